"""
Functions of matrices from the library of LAPACK, without NumPy. NumPy has no function for some of
these: factors by elimination, and triangular systems.

If `lapack_calls` does not find the library, the rules that define the ops run instead.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

import numpy as np

from ....dialects import ten
from ...reference import matrix_rules
from .. import threads
from ..python_objects import address
from ..read_results import reads
from ..threads import run_parts
from . import threaded_factors
from .lapack_calls import LETTERS, Array, call, function, integer_type, one_thread, pointer

ROWS, LEFT, UPPER, LOWER = 101, 141, 121, 122
PLAIN, CONJUGATE, OWN_DIAGONAL, UNIT_DIAGONAL = 111, 113, 131, 132
"""The numbers of the C interface."""


CHECKED = 1 << 15
"""The numbers that are checked at once: truth values of more numbers would leave the cache."""


def all_finite(a: Array) -> bool:
    """Whether no number is infinite or NaN. Threads share the numbers of large matrices."""
    if not a.flags.c_contiguous:
        return bool(np.all(np.isfinite(a)))
    flat, failed = a.reshape(-1), []

    def check(k: int) -> None:
        if not failed and not np.isfinite(flat[k : k + CHECKED]).all():
            failed.append(k)

    _each(check, range(0, flat.size, CHECKED), _is_large(a))
    return not failed


def copy(target: Array, source: Array) -> None:
    """
    Copy an array, if it does not have the memory of the target already. Threads share the rows of
    large matrices.
    """
    if _is_same(target, source):
        return
    if target.ndim < 2 or not _is_large(target):
        np.copyto(target, source)
        return

    def move(top: int) -> None:
        rows = slice(top, top + BLOCK)
        np.copyto(target[..., rows, :], source[..., rows, :])

    _each(move, range(0, target.shape[-2], BLOCK), True)


def _is_large(a: Array) -> bool:
    return a.ndim >= 2 and threaded_factors.are_shared(*a.shape[-2:])


def _each(do: Callable[[int], None], places: range, is_shared: bool) -> None:
    """
    Call the function, which calls no library, for each place, by several threads if they share.
    """
    if is_shared:
        threads.run_parts(lambda _, k, __: do(k), [(None, k, 0) for k in places])
        return
    for k in places:
        do(k)


def _is_same(x: Array, y: Array) -> bool:
    return address(x) == address(y) and x.strides == y.strides


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
    factor = function(f"{LETTERS[a.dtype.char]}getrf")
    if factor is None or not packed.flags.c_contiguous:
        return False
    work, is_here = packed, _is_same(packed, a)
    if not by_columns:
        a = np.swapaxes(a, -1, -2)
        work = packed if a.shape == packed.shape else np.empty(a.shape, a.dtype)
    n, m = a.shape[-2:]
    if not is_here or work is not packed:
        copy(work, a)
    elif not by_columns:
        _transpose(packed)
    swaps: Any = np.empty(min(m, n), integer_type())
    is_shared = threaded_factors.are_shared(m, n)
    with one_thread() if is_shared else nullcontext():
        for place in np.ndindex(*a.shape[:-2]):
            if is_shared:
                threaded_factors.lu(work[place], m, n, swaps)
            else:
                call(factor, m, n, work[place], m, swaps)
            row = list(range(m))
            for i, j in enumerate(swaps.tolist()):
                row[i], row[j - 1] = row[j - 1], row[i]
            order[place] = row
    if work is not packed:
        copy(packed, np.swapaxes(work, -1, -2))
    elif not by_columns:
        _transpose(packed)
    return True


def _transpose(x: Array) -> None:
    """Transpose square matrices in place. Blocks need no other memory of their size."""
    n = x.shape[-1]

    def exchange(top: int) -> None:
        rows = slice(top, top + BLOCK)
        for left in range(top, n, BLOCK):
            columns = slice(left, left + BLOCK)
            above = np.array(x[..., rows, columns])
            x[..., rows, columns] = np.swapaxes(x[..., columns, rows], -1, -2)
            x[..., columns, rows] = np.swapaxes(above, -1, -2)

    _each(exchange, range(0, n, BLOCK), _is_large(x))


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
    factorize = function(f"{letter}ge{kind}f")
    expand = function(f"{letter}{orthonormal}g{kind}")
    if factorize is None or expand is None or (q is not None and not q.flags.c_contiguous):
        return False
    if is_tall:
        work = np.empty((*batch, n, m), a.dtype)
        np.copyto(work, np.swapaxes(a, -1, -2))
    else:
        work = np.empty(a.shape, a.dtype) if q is None else q
        np.copyto(work, a)
    factors, space = np.empty(n, a.dtype), np.empty(ROWS_AT_ONCE * m, a.dtype)
    sizes, first = (m, n), (m, rank)
    if not is_tall:
        sizes, first = sizes[::-1], first[::-1]
    for place in np.ndindex(*batch):
        part = work[place]
        call(factorize, *first, part, sizes[0], factors, space, space.size)
        if r is not None:
            _triangle_into(r[place], (part.T if is_tall else part)[:n], below=False)
        if q is not None:
            call(expand, *sizes, rank, part, sizes[0], factors, space, space.size)
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


@lru_cache(maxsize=16)
def _outside(m: int, n: int, below: bool) -> Array:
    """Which elements are above the diagonal, or below it: not in the lower or upper triangle."""
    return ~np.tri(m, n, dtype=bool) if below else np.tri(m, n, -1, dtype=bool)


def _triangle_into(target: Array, source: Array, below: bool) -> None:
    """
    Write one triangle of the source, which has its diagonal too, and zeros into the target.

    Blocks of rows move only the elements of their triangle, and the mask is one of a block.
    """
    m, n = source.shape[-2:]

    def move(top: int) -> None:
        end = min(top + BLOCK, m)
        # The columns of the diagonal, which the mask cuts, and those on its sides.
        left, right = min(top, n), min(end, n)
        rows, others = target[..., top:end, :], source[..., top:end, :]
        kept = slice(0, right) if below else slice(left, n)
        zero = slice(right, n) if below else slice(0, left)
        rows[..., kept] = others[..., kept]
        rows[..., zero] = 0
        np.copyto(rows[..., left:right], 0, where=_outside(end - top, right - left, below))

    _each(move, range(0, m, BLOCK), _is_large(source))


def cholesky_into(a: Array, factor: Array, upper: bool) -> bool:
    """
    Write a triangular factor into an array that exists, and NaN for matrices that have none. Only
    the triangle that the factor has is read. Returns False if there is no library.
    """
    factorize = function(f"{LETTERS[a.dtype.char]}potrf")
    if factorize is None or not factor.flags.c_contiguous:
        return False
    n = a.shape[-1]
    # Columns of LAPACK are rows here: its lower triangle is the upper one, transposed.
    _triangle_into(factor, a, below=not upper)
    is_shared = threaded_factors.are_shared(n, n)
    with one_thread() if is_shared else nullcontext():
        for place in np.ndindex(*a.shape[:-2]):
            part = factor[place]
            if is_shared:
                failed = threaded_factors.cholesky(part, n, upper=not upper)
            else:
                failed = call(factorize, b"L" if upper else b"U", n, part, n)
            # An element that is not finite makes the diagonal of its row or column NaN.
            if failed or not np.all(np.isfinite(np.diagonal(part))):
                part[...] = np.nan
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
            is_upper = op.is_upper
            return lambda a: eigenvalues(a, is_upper)
        case ten.SvdOp(), [False, _, False]:
            return singular_values
        case _:
            return None


LONG_VALUES = 256
"""From this number of rows on, calls without NumPy are worth their time in Python."""


def eigenvalues(a: Array, upper: bool) -> Array:
    """
    The eigenvalues of real symmetric matrices, by one triangle. Memory of large matrices from NumPy
    has large pages, which NumPy's own copies do not have.

    Errors: `LinAlgError` if the library finds none.
    """
    n = a.shape[-1]
    solve = function(f"{LETTERS[a.dtype.char]}syevd") if a.dtype.kind == "f" else None
    if solve is None or n < LONG_VALUES:
        return np.linalg.eigvalsh(a, "U" if upper else "L")
    found, matrix = np.empty(a.shape[:-1], a.dtype), np.empty((n, n), a.dtype)
    space, places = np.empty((ROWS_AT_ONCE + 2) * n, a.dtype), np.empty(1, integer_type())
    for place in np.ndindex(*a.shape[:-2]):
        # Of a symmetric matrix, LAPACK's lower triangle takes less time. It is the upper one here.
        if upper:
            np.copyto(matrix, a[place])
        else:
            _upper_of_lower(matrix, a[place])
        if call(solve, b"N", b"L", n, matrix, n, found[place], space, space.size, places, 1):
            raise np.linalg.LinAlgError("Eigenvalues did not converge")
    return found


def _upper_of_lower(target: Array, source: Array) -> None:
    """Write the lower triangle of a matrix, transposed. Below are elements that nobody reads."""
    for top in range(0, len(source), BLOCK):
        columns = slice(top, top + BLOCK)
        target[columns, top:] = source[top:, columns].T


def singular_values(a: Array) -> Array:
    """
    The singular values of matrices, as `eigenvalues`. Errors: `LinAlgError` if the library finds
    none.
    """
    m, n = a.shape[-2:]
    k = min(m, n)
    solve = function(f"{LETTERS[a.dtype.char]}gesdd") if a.dtype.kind == "f" else None
    if solve is None or k < LONG_VALUES:
        return np.linalg.svd(a, compute_uv=False)
    found, matrix = np.empty((*a.shape[:-2], k), a.dtype), np.empty((m, n), a.dtype)
    none, places = np.empty(1, a.dtype), np.empty(8 * k, integer_type())
    sizes = (b"N", n, m, matrix, n)
    space = np.empty(space_of_singular_values(m, n, a.dtype.char), a.dtype)
    for place in np.ndindex(*a.shape[:-2]):
        # The transposed matrix has the same singular values.
        np.copyto(matrix, a[place])
        vectors = (found[place], none, 1, none, 1)
        if call(solve, *sizes, *vectors, space, space.size, places):
            raise np.linalg.LinAlgError("SVD did not converge")
    return found


def space_of_singular_values(m: int, n: int, kind: str) -> int:
    """
    The numbers of the space that LAPACK takes for the singular values of matrices m x n of real
    numbers, in blocks. `kind` is NumPy's letter for their dtype.
    """
    solve, none = function(f"{LETTERS[kind]}gesdd"), np.empty(1, kind)
    places = np.empty(1, integer_type())
    call(solve, b"N", n, m, none, n, none, none, 1, none, 1, none, -1, places)
    return int(none[0])


def solve_triangular(op: ten.TriangularSolveOp, t: Array, x: Array) -> None:
    """Solve the systems in place: x has the right sides, and then the solutions."""
    solve = function(f"{LETTERS[t.dtype.char]}trsm", is_c=True)
    of_vector = function(f"{LETTERS[t.dtype.char]}trsv", is_c=True)
    if solve is None:
        x[...] = matrix_rules.substituted(op, t, x)
        return
    t = np.ascontiguousarray(t)
    *batch, n, m = x.shape
    if not x.size:
        return
    is_complex = t.dtype.kind == "c"
    if is_complex:
        one: Any = pointer(np.ones(1, t.dtype))
    else:
        one = (ctypes.c_float if t.dtype.char == "f" else ctypes.c_double)(1)
    integer = integer_type()
    triangle = (
        ctypes.c_int(LOWER if op.is_lower else UPPER),
        ctypes.c_int(CONJUGATE if op.is_adjoint else PLAIN),
        ctypes.c_int(UNIT_DIAGONAL if op.is_unit else OWN_DIAGONAL),
    )

    def solve_part(pair: tuple[Array, Array], *_: int) -> None:
        rows, columns = pair[1].shape
        solve(
            ctypes.c_int(ROWS), ctypes.c_int(LEFT), *triangle, integer(rows), integer(columns),
            one, pointer(pair[0]), integer(n), pointer(pair[1]), integer(m),
        )  # fmt: skip

    is_shared = threaded_factors.are_shared(n, m)
    for place in np.ndindex(*batch):
        a, b = t[place], x[place]
        if m == 1 and of_vector is not None:
            of_vector(
                ctypes.c_int(ROWS), *triangle, integer(n), pointer(a), integer(n), pointer(b),
                integer(1),
            )  # fmt: skip
            continue
        parts = _parts(b, op.is_lower != op.is_adjoint)
        if is_shared and len(parts) == 1:
            parts = [(slice(n), slice(k, min(k + 2 * BLOCK, m))) for k in range(0, m, 2 * BLOCK)]
        pairs = [(a[rows, rows], b[rows, columns]) for rows, columns in parts]
        if is_shared:
            with one_thread():
                run_parts(solve_part, [(pair, 0, 0) for pair in pairs])
        else:
            for pair in pairs:
                solve_part(pair)


def solve_symmetric(a: Array, b: Array, x: Array, lower: bool) -> bool:
    """
    Write the solutions of symmetric systems into an array that exists, and NaN for singular
    matrices and for those that are not finite. Only one triangle of a is read. Returns False if
    there is no library.
    """
    solve = function(f"{LETTERS[a.dtype.char]}sysv")
    if solve is None:
        return False
    *batch, n, m = b.shape
    if not b.size:
        return True
    # Columns of LAPACK are rows here: its lower triangle is the upper one, transposed.
    triangle, matrix = b"U" if lower else b"L", np.empty((n, n), a.dtype)
    columns, swaps = np.empty((m, n), a.dtype), np.empty(n, integer_type())
    space = np.empty(ROWS_AT_ONCE * n, a.dtype)
    for place in np.ndindex(*batch):
        _triangle_into(matrix, a[place], lower)
        np.copyto(columns, b[place].T)
        failed = not np.all(np.isfinite(matrix)) or call(
            solve, triangle, n, m, matrix, n, swaps, columns, n, space, space.size
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
