"""
The tables of tracing: they say which IR NumPy's ufuncs and functions become.

The rule of a ufunc gets operands that letgrad has already broadcast, and cast to the dtypes that
NumPy chooses. The rule of a function has NumPy's parameters, or the supported ones among them. If a
call gives another parameter, an error names that parameter, except for a default value. Many rules
are NumPy's own definitions in terms of other NumPy functions, applied to traced arrays.

`registration` has the tables and fills them. Each of the other modules has one family of functions.
`numpy_derived` has the functions that are made of loops and derivatives; loops and derivatives
build on this package.
"""

from . import (
    along_axes,
    choices,
    complex_numbers,
    elementwise,
    fourier,
    indexing,
    joining,
    making,
    numbers,
    padding,
    products,
    reductions,
    scaling,
    shapes,
    writers,
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
    "complex_numbers",
    "einsum",
    "elementwise",
    "find",
    "fourier",
    "indexing",
    "joining",
    "making",
    "numbers",
    "padding",
    "products",
    "reductions",
    "scaling",
    "shapes",
    "truth",
    "writers",
]
