"""
NumPy's functions that are made of loops, derivatives and other functions of NumPy.

This package builds on `numpy_functions`. The functions there are made of ops only, and loops and
derivatives build on them.
"""

from . import (
    counting,
    decompositions,
    integers,
    linalg,
    norms,
    polynomials,
    rows,
    sorting,
    spacings,
    ufunc_methods,
)

__all__ = [
    "counting",
    "decompositions",
    "integers",
    "linalg",
    "norms",
    "polynomials",
    "rows",
    "sorting",
    "spacings",
    "ufunc_methods",
]
