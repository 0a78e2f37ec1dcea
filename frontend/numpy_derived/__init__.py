"""
NumPy's functions that are made of loops, derivatives and other functions of NumPy.

They stand above `numpy_functions`: those are made of ops only, and loops and derivatives build on
them.
"""

from . import linalg, sorting, ufunc_methods

__all__ = ["linalg", "sorting", "ufunc_methods"]
