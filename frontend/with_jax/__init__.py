"""
What letgrad and JAX have of each other: functions of letgrad's in programs of JAX (`lg.to_jax`),
functions of JAX's in programs of letgrad (`lg.from_jax`), and arrays on many devices.

The modules load without JAX. A function here imports JAX when somebody calls the function.
"""
