"""
`letgrad.random`: random numbers that a program draws from a generator that it carries.

    def noisy(x, rng):
        return x + 0.1 * rng.standard_normal(x.shape)

    rng = lg.random.default_rng(0)
    lg.jit(noisy)(x, rng)

A generator has NumPy's names, and a state of two numbers (a key). The bits are the function
Threefry of the key and a counter. So they are the same on every backend, and those of `jax.random`.
"""

from __future__ import annotations

from .generator import Generator, default_rng
from .threefry import bits, fold_in, key, normal, split, uniform

__all__ = [
    "Generator",
    "bits",
    "default_rng",
    "fold_in",
    "key",
    "normal",
    "split",
    "uniform",
]
