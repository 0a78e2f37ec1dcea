"""
Functions of matrices from the library with which NumPy multiplies. NumPy has no function for these:
factors by elimination, and triangular systems.

If this module does not find the library, the rules that define the ops run instead.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ...dialects import ten
from ..reference import matrix_rules
from .blas import openblas
from .read_results import reads

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


def lu_into(a: Array, p: Array, lower: Array | None, upper: Array | None) -> bool:
    """
    Write the permutation and the two factors into arrays that exist: new memory for four matrices
    takes longer than the factors. A factor that nobody reads is None. Returns False if there is no
    library.
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
    if lower is not None:
        _triangle_into(lower, found[..., :k], below=True)
        np.einsum("...ii->...i", lower[..., :k, :])[...] = 1
    if upper is not None:
        _triangle_into(upper, found[..., :k, :], below=False)
    p[...] = 0
    np.put_along_axis(p, order[..., None, :], 1, -2)
    return True


BLOCK = 128
"""The rows or columns of a block."""


def _triangle_into(target: Array, source: Array, below: bool) -> None:
    """
    Write one triangle of the source, which has its diagonal too, and zeros into the target.

    Blocks of rows move only the elements of their triangle, and the mask is one of a block.
    """
    m, n = source.shape[-2:]
    for top in range(0, m, BLOCK):
        end = min(top + BLOCK, m)
        # The columns of the diagonal, which the mask cuts, and those on its sides.
        left, right = min(top, n), min(end, n)
        rows, corner = target[..., top:end, :], (..., slice(top, end), slice(left, right))
        kept, zero = (slice(0, left), slice(right, n))[:: 1 if below else -1]
        rows[..., kept] = source[..., top:end, kept]
        rows[..., zero] = 0
        target[corner] = np.tril(source[corner]) if below else np.triu(source[corner])


def cholesky_into(a: Array, factor: Array) -> bool:
    """
    Write the lower triangular factor of finite matrices into an array that exists, and NaN for
    matrices that have none. Returns False if there is no library.
    """
    factorize = _function(f"{LETTERS[a.dtype.char]}potrf", is_c=False)
    if factorize is None or not factor.flags.c_contiguous:
        return False
    n, integer = a.shape[-1], _integer()
    size, info = integer(n), integer()
    # Columns of LAPACK are rows here: its upper triangle is the lower one, transposed.
    _triangle_into(factor, a, below=True)
    for place in np.ndindex(*a.shape[:-2]):
        factorize(
            b"U", ctypes.byref(size), _pointer(factor[place]), ctypes.byref(size),
            ctypes.byref(info),
        )  # fmt: skip
        if info.value:
            factor[place] = np.nan
    return True


FUNCTIONS: Mapping[type[ten.MatrixOp], Callable[[Array], tuple[Array, ...]]] = {
    **matrix_rules.FUNCTIONS,
    ten.LuOp: lu,
}
"""The decompositions, by LAPACK."""


def values_of(op: ten.MatrixOp) -> Callable[[Array], Array] | None:
    """
    The function of the values alone, which takes a third of the time, if nobody reads the vectors
    of a decomposition. None otherwise.
    """
    match op, reads(op):
        case ten.EighOp(), [_, False]:
            uplo = "U" if op.is_upper else "L"
            return lambda a: np.linalg.eigvalsh(a, uplo)
        case ten.SvdOp(), [False, _, False]:
            return lambda a: np.linalg.svd(a, compute_uv=False)
        case _:
            return None


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
    )  # fmt: skip
    for place in np.ndindex(*batch):
        a, b = t[place], x[place]
        for rows, columns in _parts(b, op.is_lower != op.is_adjoint):
            corner, part = a[rows, rows], b[rows, columns]
            solve(
                *numbers, integer(part.shape[0]), integer(part.shape[1]), one,
                _pointer(corner), integer(n), _pointer(part), integer(m),
            )  # fmt: skip


def _parts(b: Array, forward: bool) -> list[tuple[slice, slice]]:
    """
    Rows and columns of the right sides that a system must read. Zeros at the end where it starts
    stay zeros: for a triangle, such as the identity, a third of the work is left.
    """
    n, m = b.shape
    everything = [(slice(n), slice(m))]
    if m <= BLOCK or np.any(b[0, BLOCK:] if forward else b[-1, :-BLOCK]):
        return everything
    found = []
    for left in range(0, m, BLOCK):
        right = min(left + BLOCK, m)
        columns = slice(left, right)
        rows = slice(min(left, n), n) if forward else slice(0, min(right, n))
        zeros = b[: rows.start, columns] if forward else b[rows.stop :, columns]
        if np.any(zeros) or rows.start == rows.stop:
            return everything
        found.append((rows, columns))
    return found


def _pointer(x: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(x.ctypes.data)
