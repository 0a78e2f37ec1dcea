"""
Factors of large matrices by blocks, on letgrad's own threads. Each block is a call of LAPACK or of
BLAS that stays on its thread.

The library has threads of its own, which wait for each other in a loop. If another program needs a
processor, this wait takes many times as long as the factors.

All matrices keep columns together, as LAPACK does. Element (i, j) of a matrix is `at(i, j)`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np

from ..threads import run_parts, thread_count
from . import lapack_calls
from .lapack_calls import LETTERS, Array, call, run

WIDTH = 128
"""The columns of a block."""

LARGE = 512
"""From this number of rows and columns on, threads share the factors of a matrix."""


def are_shared(m: int, n: int) -> bool:
    """Whether threads share the factors of a matrix of this size."""
    return min(m, n) >= LARGE and thread_count() > 1


class _Matrix:
    """A matrix, and the functions of the library for its numbers."""

    def __init__(self, x: Array, rows: int) -> None:
        self.start, self.item, self.rows = x.ctypes.data, x.itemsize, rows
        self.one, self.minus_one = np.ones(1, x.dtype), -np.ones(1, x.dtype)
        # The numbers by which an update of one triangle multiplies are real.
        self.real_one, self.real_minus_one = self.one.real.copy(), self.minus_one.real.copy()
        is_complex = x.dtype.kind == "c"
        self.adjoint = b"C" if is_complex else b"T"
        names = ("getrf", "potrf", "laswp", "trsm", "gemm", "herk" if is_complex else "syrk")
        self.factor_rows, self.factor, self.swap, self.solve, self.multiply, self.update = (
            lapack_calls.function(f"{LETTERS[x.dtype.char]}{name}") for name in names
        )

    def at(self, i: int, j: int) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.start + (j * self.rows + i) * self.item)


def _blocks(first: int, last: int) -> list[tuple[int, int]]:
    return [(k, min(k + WIDTH, last)) for k in range(first, last, WIDTH)]


def _share(entry: Callable[[int, int], None], blocks: list[tuple[int, int]]) -> None:
    """Call the function once for each block, by the threads that are free."""
    run_parts(lambda _, first, last: entry(first, last), [(None, *block) for block in blocks])


def lu(x: Array, rows: int, columns: int, swaps: Array) -> None:
    """
    Write the factors of a matrix over it, and the exchanges of rows, counted from 1, as getrf does.

    While some threads subtract the product of one block of columns from the rest, the thread that
    is first at the next block factorizes this block already.
    """
    m, end = _Matrix(x, rows), min(rows, columns)

    def factorize(first: int, last: int) -> None:
        own = swaps[first:last]
        call(m.factor_rows, rows - first, last - first, m.at(first, first), rows, own)
        own += first

    panels = _blocks(0, end)

    def update(panel: tuple[int, int], first: int, last: int) -> None:
        """Subtract the product of a factorized panel from a block behind it."""
        left, right = panel
        width, n, corner = right - left, last - first, m.at(left, first)
        run(m.swap, n, m.at(0, first), rows, left + 1, right, swaps, 1)
        run(m.solve, b"L", b"L", b"N", b"U", width, n, m.one, m.at(left, left), rows, corner, rows)
        if right < rows:
            run(m.multiply, b"N", b"N", rows - right, n, width, m.minus_one, m.at(right, left),
                rows, corner, rows, m.one, m.at(right, first), rows)  # fmt: skip
        if first == right < end:
            factorize(first, last)

    factorize(*panels[0])
    for k, panel in enumerate(panels):
        blocks = panels[k + 1 :] + _blocks(end, columns)
        run_parts(update, [(panel, *block) for block in blocks])

    def exchange(first: int, last: int) -> None:
        run(m.swap, last - first, m.at(0, first), rows, last + 1, end, swaps, 1)

    _share(exchange, panels[:-1])


def cholesky(x: Array, size: int, upper: bool) -> int:
    """
    Write a triangular factor of a matrix over the triangle, as potrf does. Returns 0, or the size
    of the first part that is not positive definite.

    The first half of a matrix, and then the rest, from which the threads subtract a product.
    """
    m = _Matrix(x, size)
    letter, side = (b"U", b"L") if upper else (b"L", b"R")
    how = (m.adjoint, b"N") if upper else (b"N", m.adjoint)

    def factorize(first: int, last: int) -> int:
        n = last - first
        if n <= 2 * WIDTH:
            failed = call(m.factor, letter, n, m.at(first, first), size)
            return first + failed if failed else 0
        middle = first + (n // 2 + WIDTH - 1) // WIDTH * WIDTH
        inner = middle - first
        if failed := factorize(first, middle):
            return failed

        def beside(k: int) -> ctypes.c_void_p:
            """A block above the rest of the matrix, or left of it."""
            return m.at(first, k) if upper else m.at(k, first)

        def solve(begin: int, end: int) -> None:
            sizes = (inner, end - begin) if upper else (end - begin, inner)
            run(m.solve, side, letter, m.adjoint, b"N", *sizes, m.one, m.at(first, first), size,
                beside(begin), size)  # fmt: skip

        def subtract(begin: int, end: int) -> None:
            before, width = begin - middle, end - begin
            if before:
                sizes, others = (before, width), (beside(middle), beside(begin))
                target = m.at(middle, begin)
                if not upper:
                    sizes, others, target = sizes[::-1], others[::-1], m.at(begin, middle)
                run(m.multiply, *how, *sizes, inner, m.minus_one, others[0], size, others[1], size,
                    m.one, target, size)  # fmt: skip
            run(m.update, letter, how[0], width, inner, m.real_minus_one, beside(begin), size,
                m.real_one, m.at(begin, begin), size)  # fmt: skip

        blocks = _blocks(middle, last)
        _share(solve, blocks)
        # The last blocks are the largest, so they come first.
        _share(subtract, blocks[::-1])
        return factorize(middle, last)

    return factorize(0, size)
