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
ROWS, LEFT, UPPER, LOWER = 101, 141, 121, 122
PLAIN, CONJUGATE, OWN_DIAGONAL, UNIT_DIAGONAL = 111, 113, 131, 132
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


def _call(function: Any, *arguments: Any) -> int:
    """Call a function of LAPACK, whose last argument is its report. The rest go by address."""
    info = _integer()()
    function(*(x if isinstance(x, bytes) else _place(x) for x in arguments), ctypes.byref(info))
    return info.value


def _place(x: Any) -> Any:
    return _pointer(x) if isinstance(x, np.ndarray) else ctypes.byref(x)


def lu(a: Array) -> tuple[Array, ...]:
    """The order of the rows, and the two triangular factors in one."""
    m = a.shape[-2]
    order, packed = np.empty(a.shape[:-1], np.int64), np.empty(a.shape, a.dtype)
    return (order, packed) if m and lu_into(a, order, packed, False) else matrix_rules.lu(a)


def lu_into(a: Array, order: Array, packed: Array, by_columns: bool) -> bool:
    """
    Write the order and the factors of finite matrices into arrays that exist. Returns False if
    there is no library.

    LAPACK keeps columns together: it takes the rows of a matrix for its columns. So elimination
    with exchanges of columns needs no other memory.
    """
    factor = _function(f"{LETTERS[a.dtype.char]}getrf", is_c=False)
    if factor is None or not packed.flags.c_contiguous:
        return False
    work = packed
    if not by_columns:
        a = np.swapaxes(a, -1, -2)
        work = packed if a.shape == packed.shape else np.empty(a.shape, a.dtype)
    n, m = a.shape[-2:]
    np.copyto(work, a)
    integer = _integer()
    swaps: Any = np.empty(min(m, n), integer)
    rows, columns = integer(m), integer(n)
    for place in np.ndindex(*a.shape[:-2]):
        _call(factor, rows, columns, work[place], rows, swaps)
        row = list(range(m))
        for i, j in enumerate(swaps.tolist()):
            row[i], row[j - 1] = row[j - 1], row[i]
        order[place] = row
    if work is not packed:
        np.copyto(packed, np.swapaxes(work, -1, -2))
    elif not by_columns:
        _transpose(packed)
    return True


def _transpose(x: Array) -> None:
    """Transpose square matrices in place. Blocks need no other memory of their size."""
    n = x.shape[-1]
    for top in range(0, n, BLOCK):
        rows = slice(top, top + BLOCK)
        for left in range(top, n, BLOCK):
            columns = slice(left, left + BLOCK)
            above = np.array(x[..., rows, columns])
            x[..., rows, columns] = np.swapaxes(x[..., columns, rows], -1, -2)
            x[..., columns, rows] = np.swapaxes(above, -1, -2)


def qr_into(a: Array, q: Array | None, r: Array | None) -> bool:
    """
    Write the factors of finite matrices, which have at least as many rows as columns, into arrays
    that exist. A factor that nobody reads is None. Returns False if there is no library.

    LAPACK takes the rows of a matrix for its columns. So its lower triangular factor, and the rows
    of its other factor, are those that are wanted, without moving a matrix. Tall matrices move:
    columns that lie together save more time than that. No reflections are computed for the columns
    of zeros at the end.
    """
    *batch, m, n = a.shape
    rank = n - _zeros_at_the_end(a)
    is_tall = 2 * m >= 3 * rank
    letter, orthonormal = LETTERS[a.dtype.char], "un" if a.dtype.kind == "c" else "or"
    kind = "qr" if is_tall else "lq"
    factorize = _function(f"{letter}ge{kind}f", is_c=False)
    expand = _function(f"{letter}{orthonormal}g{kind}", is_c=False)
    if factorize is None or expand is None or (q is not None and not q.flags.c_contiguous):
        return False
    integer = _integer()
    if is_tall:
        work = np.empty((*batch, n, m), a.dtype)
        np.copyto(work, np.swapaxes(a, -1, -2))
    else:
        work = np.empty(a.shape, a.dtype) if q is None else q
        np.copyto(work, a)
    factors, space = np.empty(n, a.dtype), np.empty(ROWS_AT_ONCE * m, a.dtype)
    length = integer(space.size)
    sizes, first = (integer(m), integer(n)), (integer(m), integer(rank))
    if not is_tall:
        sizes, first = sizes[::-1], first[::-1]
    for place in np.ndindex(*batch):
        part = work[place]
        _call(factorize, *first, part, sizes[0], factors, space, length)
        if r is not None:
            _triangle_into(r[place], (part.T if is_tall else part)[:n], below=False)
        if q is not None:
            _call(expand, *sizes, integer(rank), part, sizes[0], factors, space, length)
            if is_tall:
                np.copyto(q[place], part.T)
    return True


def _zeros_at_the_end(a: Array) -> int:
    """How many columns of zeros the matrices have at their end, but for their first column."""
    if a[..., -1].any():
        return 0
    others = np.flatnonzero(a.any(axis=tuple(range(a.ndim - 1))))
    return a.shape[-1] - max(int(others[-1]) + 1 if others.size else 1, 1)


ROWS_AT_ONCE = 64
"""The rows of the space that LAPACK takes for a factorization in blocks."""


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


def cholesky_into(a: Array, factor: Array, upper: bool) -> bool:
    """
    Write a triangular factor into an array that exists, and NaN for matrices that have none. Only
    the triangle that the factor has is read. Returns False if there is no library.
    """
    factorize = _function(f"{LETTERS[a.dtype.char]}potrf", is_c=False)
    if factorize is None or not factor.flags.c_contiguous:
        return False
    size = _integer()(a.shape[-1])
    # Columns of LAPACK are rows here: its lower triangle is the upper one, transposed. LAPACK takes
    # a fifth less time for its lower triangle, so the lower triangle here moves there and back.
    if upper:
        _triangle_into(factor, a, below=False)
    else:
        for top in range(0, a.shape[-1], BLOCK):
            below = a[..., top:, top : top + BLOCK]
            factor[..., top : top + BLOCK, top:] = np.swapaxes(below, -1, -2)
    for place in np.ndindex(*a.shape[:-2]):
        failed = _call(factorize, b"L", size, factor[place], size)
        if not upper:
            _lower_of_upper(factor[place])
        # An element that is not finite makes the diagonal of its row or column NaN.
        if failed or not np.all(np.isfinite(np.diagonal(factor[place]))):
            factor[place] = np.nan
    return True


def _lower_of_upper(x: Array) -> None:
    """Transpose the upper triangle of a square matrix in place, and write zeros above."""
    n = len(x)
    for top in range(0, n, BLOCK):
        end = min(top + BLOCK, n)
        rows = slice(top, end)
        x[rows, rows] = np.tril(x[rows, rows].T)
        for left in range(end, n, BLOCK):
            columns = slice(left, left + BLOCK)
            x[columns, rows] = x[rows, columns].T
        x[rows, end:] = 0


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
    of_vector = _function(f"{LETTERS[t.dtype.char]}trsv", is_c=True)
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
    triangle = (
        ctypes.c_int(LOWER if op.is_lower else UPPER),
        ctypes.c_int(CONJUGATE if op.is_adjoint else PLAIN),
        ctypes.c_int(UNIT_DIAGONAL if op.is_unit else OWN_DIAGONAL),
    )
    for place in np.ndindex(*batch):
        a, b = t[place], x[place]
        if m == 1 and of_vector is not None:
            of_vector(
                ctypes.c_int(ROWS), *triangle, integer(n), _pointer(a), integer(n), _pointer(b),
                integer(1),
            )  # fmt: skip
            continue
        for rows, columns in _parts(b, op.is_lower != op.is_adjoint):
            corner, part = a[rows, rows], b[rows, columns]
            solve(
                ctypes.c_int(ROWS), ctypes.c_int(LEFT), *triangle, integer(part.shape[0]),
                integer(part.shape[1]), one, _pointer(corner), integer(n), _pointer(part),
                integer(m),
            )  # fmt: skip


def solve_symmetric(a: Array, b: Array, x: Array, lower: bool) -> bool:
    """
    Write the solutions of symmetric systems into an array that exists, and NaN for singular
    matrices and for those that are not finite. Only one triangle of a is read. Returns False if
    there is no library.
    """
    solve = _function(f"{LETTERS[a.dtype.char]}sysv", is_c=False)
    if solve is None:
        return False
    *batch, n, m = b.shape
    if not b.size:
        return True
    integer = _integer()
    # Columns of LAPACK are rows here: its lower triangle is the upper one, transposed.
    triangle, matrix = b"U" if lower else b"L", np.empty((n, n), a.dtype)
    columns, swaps = np.empty((m, n), a.dtype), np.empty(n, integer)
    space = np.empty(ROWS_AT_ONCE * n, a.dtype)
    rows, count, length = integer(n), integer(m), integer(space.size)
    for place in np.ndindex(*batch):
        _triangle_into(matrix, a[place], lower)
        np.copyto(columns, b[place].T)
        failed = not np.all(np.isfinite(matrix)) or _call(
            solve, triangle, rows, count, matrix, rows, swaps, columns, rows, space, length
        )
        x[place] = np.nan if failed else columns.T
    return True


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
