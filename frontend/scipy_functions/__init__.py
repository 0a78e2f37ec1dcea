"""
SciPy's functions on traced arrays: `letgrad.scipy` has the names of SciPy.

`offers` has the table of rules. Each of the other modules has the rules of one module of
SciPy. Rules are made of NumPy's functions on traced arrays, and of the special functions of the IR.
letgrad imports SciPy only when a program asks for a name of it, or computes a function that only
SciPy has.
"""

from . import integrate, scipy_linalg, scipy_special, signal, stats
from .offers import RULES

__all__ = ["RULES", "integrate", "scipy_linalg", "scipy_special", "signal", "stats"]
