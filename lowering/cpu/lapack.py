"""
Functions of matrices from the library with which NumPy multiplies. NumPy has no function for these:
factors by elimination, and triangular systems.

If this module does not find the library, the rules that define the ops run instead.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from ...dialects import ten
from ..reference import matrix_rules
from .blas import openblas

LETTERS = {"f": "s", "d": "d", "F": "c", "D": "z"}
"""The first letters of the names of the library's functions, by NumPy's letters for dtypes."""
ROWS, LEFT, UPPER, LOWER, PLAIN, CONJUGATE, OWN_DIAGONAL = 101, 141, 121, 122, 111, 113, 131
"""The numbers of the C interface."""

Array = np.ndarray[Any, Any]


@cache
def _function(name: str, is_c: bool) -> Any:
    """A function of the library; None if the library does not have it."""
    found = openblas()
    if found is None:
        return None
    name = f"cblas_{name}" if is_c else f"{name}_"
    return getattr(found.library, f"{found.prefix}{name}{found.suffix}", None)


def _integer() -> Any:
    found = openblas()
    return ctypes.c_int64 if found is not None and found.suffix else ctypes.c_int32


def lu(a: Array) -> tuple[Array, ...]:
    """The permutation, and the two triangular factors."""
    *batch, m, n = a.shape
    k = min(m, n)
    p = np.empty((*batch, m, m), a.real.dtype)
    lower, upper = np.empty((*batch, m, k), a.dtype), np.empty((*batch, k, n), a.dtype)
    return (p, lower, upper) if lu_into(a, p, lower, upper) else matrix_rules.lu(a)


def lu_into(a: Array, p: Array, lower: Array, upper: Array) -> bool:
    """
    Write the permutation and the two factors into arrays that exist: new memory for four matrices
    takes longer than the factors. Returns False if there is no library.
    """
    factor = _function(f"{LETTERS[a.dtype.char]}getrf", is_c=False)
    if factor is None:
        return False
    *batch, m, n = a.shape
    k, integer = min(m, n), _integer()
    # LAPACK keeps columns together: it takes the transposed matrices. Until the end the memory of
    # the permutation has them.
    is_free = m == n and p.dtype == a.dtype and p.flags.c_contiguous
    packed = p if is_free else np.empty((*batch, n, m), a.dtype)
    np.copyto(packed, np.swapaxes(a, -1, -2))
    order = np.empty((*batch, m), np.int64)
    swaps: Any = np.empty(k, integer)
    rows, columns, info = integer(m), integer(n), integer()
    for place in np.ndindex(*batch):
        factor(
            ctypes.byref(rows), ctypes.byref(columns), _pointer(packed[place]), ctypes.byref(rows),
            _pointer(swaps), ctypes.byref(info),
        )  # fmt: skip
        row = list(range(m))
        for i, j in enumerate(swaps.tolist()):
            row[i], row[j - 1] = row[j - 1], row[i]
        order[place] = row
    found = np.swapaxes(packed, -1, -2)
    np.copyto(lower, _one(m, k))
    np.copyto(lower, found[..., :k], where=_below(m, k))
    np.copyto(upper, found[..., :k, :])
    np.copyto(upper, 0, where=_below(k, n))
    p[...] = 0
    np.put_along_axis(p, order[..., None, :], 1, -2)
    return True


@lru_cache(8)
def _one(m: int, n: int) -> Array:
    """The ones on the diagonal of a matrix."""
    return np.eye(m, n, dtype=bool)


@lru_cache(8)
def _below(m: int, n: int) -> Array:
    """Which elements of a matrix are below its diagonal."""
    return np.tri(m, n, -1, bool)


FUNCTIONS: Mapping[type[ten.MatrixOp], Callable[[Array], tuple[Array, ...]]] = {
    **matrix_rules.FUNCTIONS,
    ten.LuOp: lu,
}
"""The decompositions, by LAPACK."""


def solve_triangular(op: ten.TriangularSolveOp, t: Array, x: Array) -> None:
    """Solve the systems in place: x has the right sides, and then the solutions."""
    solve = _function(f"{LETTERS[t.dtype.char]}trsm", is_c=True)
    if solve is None:
        x[...] = matrix_rules.substituted(op, t, x)
        return
    t = np.ascontiguousarray(t)
    *batch, n, m = x.shape
    if not x.size:
        return
    is_complex = t.dtype.kind == "c"
    if is_complex:
        one: Any = _pointer(np.ones(1, t.dtype))
    else:
        one = (ctypes.c_float if t.dtype.char == "f" else ctypes.c_double)(1)
    integer = _integer()
    numbers = (
        ctypes.c_int(ROWS), ctypes.c_int(LEFT), ctypes.c_int(LOWER if op.is_lower else UPPER),
        ctypes.c_int(CONJUGATE if op.is_adjoint else PLAIN), ctypes.c_int(OWN_DIAGONAL),
        integer(n), integer(m), one,
    )  # fmt: skip
    for place in np.ndindex(*batch):
        a, b = _pointer(t[place]), _pointer(x[place])
        solve(*numbers, a, integer(n), b, integer(m))


def _pointer(x: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(x.ctypes.data)
