"""
Functions of functions: derivatives (`grad`, `vjp`, `jvp`, `linearize`, Jacobians and Hessians, also
sparse ones), derivatives of your own (`custom_vjp`, `custom_jvp`), and batches (`vmap`).
"""
