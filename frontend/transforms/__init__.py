"""
Functions of functions: derivatives (`grad`, `vjp`, `jvp`, `linearize`, Jacobians and Hessians, dense
and sparse), derivatives of your own (`custom_vjp`, `custom_jvp`), and batches (`vmap`).
"""
