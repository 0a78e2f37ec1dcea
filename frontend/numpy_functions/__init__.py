"""
What NumPy's ufuncs and functions are in the IR: the tables of tracing.

A ufunc's rule gets arrays that are already broadcast and cast to the dtypes that NumPy resolves to.
A function's rule has NumPy's parameters, or those of them that are supported; others than their
defaults are refused by name. Many rules are NumPy's own definitions in terms of other NumPy
functions, applied to traced arrays.

The tables and how they are filled are in `registration`; each of the other modules has a family.
Functions that are made of loops and derivatives, which build on this package, are in
`numpy_derived`.
"""

from . import (
    along_axes,
    choices,
    elementwise,
    indexing,
    joining,
    making,
    numbers,
    products,
    reductions,
    shapes,
)
from .elementwise import truth
from .products import einsum
from .registration import FUNCTION_RULES, REFUSED, UFUNC_RULES, find

__all__ = [
    "FUNCTION_RULES",
    "REFUSED",
    "UFUNC_RULES",
    "along_axes",
    "choices",
    "einsum",
    "elementwise",
    "find",
    "indexing",
    "joining",
    "making",
    "numbers",
    "products",
    "reductions",
    "shapes",
    "truth",
]
