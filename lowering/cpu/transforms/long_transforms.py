"""
Long Fourier transforms as many short ones, which stay in the cache, and which threads share.

Of n = p q numbers, with w = exp(-2πi / n):

    y[k + p l] = Σ_j w^(p j l) (w^(j k) Σ_i w^(q i k) x[q i + j])

That is a transform of the p numbers of each column j of x, a factor, and a transform of the q
numbers of each row k (D. H. Bailey, FFTs in external or hierarchical memory, 1990). The library
takes several columns at once, by vector instructions, which it cannot do in one long transform. A
transform of real numbers computes the rows k ≤ p / 2 alone: the others are their mirror images.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import isqrt
from typing import Any

import numpy as np

from ..memory import pool
from ..threads import parts, run_parts, thread_count

Array = np.ndarray[Any, Any]

LONG = 1 << 17
"""From this number of elements on, short transforms take less time."""

SHORTEST = 64
"""A transform is split only into transforms of at least so many numbers."""

BLOCK = 32
"""The rows or columns that a thread takes at once."""

CONFLICT = 512
"""
If the bytes of a row are a multiple of this number, the numbers of a column share few places of the
cache. Then columns are read and written by blocks of rows, and rows in between are padded.
"""

PADDING = 128
"""The bytes behind a padded row: two cache lines."""


@lru_cache
def split(n: int) -> tuple[int, int] | None:
    """The two factors p ≤ q of n that are nearest to each other; None if p would be too short."""
    p = next(p for p in range(isqrt(n), 0, -1) if n % p == 0)
    return (p, n // p) if n >= LONG and p >= SHORTEST else None


class _Split:
    """A transform of n numbers, split, and how its arrays lie in memory."""

    def __init__(self, library: Any, n: int, kind: np.dtype[Any], forward: bool, norm: int) -> None:
        self.library, self.kind, self.forward, self.norm = library, kind, forward, norm
        found = split(n)
        assert found is not None
        self.n, (self.p, self.q) = n, found
        self.half = self.p // 2 + 1

    def between(self, rows: int, columns: int) -> Array:
        """Memory for numbers between two steps, which is not initialized."""
        length, item = columns, self.kind.itemsize
        if length * item % CONFLICT == 0:
            length += PADDING // item
        return pool.empty((rows, length), self.kind, rows * length * item)[:, :columns]

    def columns(self, x: Array, y: Array, first: int, last: int) -> None:
        """Transform columns of x into those of y."""
        here = slice(first, last)
        part = x[:, here]
        if x.strides[0] % CONFLICT == 0:
            part = self.block(len(x), last - first, x.dtype)
            np.copyto(part, x[:, here])
        if x.dtype == self.kind:
            self.library.c2c(part, (0,), self.forward, self.norm, y[:, here], 1)
        else:
            self.library.r2c(part, (0,), True, self.norm, y[:, here], 1)

    def rows(self, x: Array, turned: Array, first: int, last: int) -> None:
        """Transform rows of x into columns of `turned`."""
        target = turned[:, first:last].T
        if turned.strides[0] % CONFLICT == 0:
            target = self.block(last - first, self.q, self.kind)
        self.library.c2c(x[first:last], (1,), self.forward, self.norm, target, 1)
        if turned.strides[0] % CONFLICT == 0:
            np.copyto(turned[:, first:last].T, target)

    def block(self, rows: int, columns: int, kind: np.dtype[Any]) -> Array:
        """Padded memory of a few rows or columns."""
        return np.empty((rows, columns + PADDING // kind.itemsize), kind)[:, :columns]

    def multiply(self, rows: Array, first: int) -> None:
        """Multiply rows by their factors; the first of them is the row of this number."""
        coarse, fine = _factors(self.n, self.p, self.forward, self.kind)
        here = slice(first, first + len(rows))
        blocks = rows.reshape(len(rows), coarse.shape[1], fine.shape[1])
        np.multiply(blocks, coarse[here, :, None], out=blocks)
        np.multiply(blocks, fine[here, None, :], out=blocks)


@lru_cache(maxsize=16)
def _factors(n: int, p: int, forward: bool, kind: np.dtype[Any]) -> tuple[Array, Array]:
    """
    w^(j k) for k < p, as a product of two small tables: w^(j k) is coarse[k, j // m] fine[k, j %
    m]. A table of all of them would be as large as the numbers.
    """
    q = n // p
    m = next(m for m in range(isqrt(q), 0, -1) if q % m == 0)
    k = np.arange(p)[:, None]

    def powers(j: Array) -> Array:
        turns = (j * k) % n / n
        return np.exp((-2j if forward else 2j) * np.pi * turns).astype(kind)

    return powers(np.arange(0, q, m)), powers(np.arange(m))


def _share(entry: Callable[[int, int], None], trip: int) -> None:
    count = max(-(-trip // BLOCK), thread_count())
    run_parts(lambda _, first, last: entry(first, last), [(None, *x) for x in parts(trip, count)])


def complex_transform(library: Any, x: Array, y: Array, forward: bool, norm: int) -> None:
    """The transform of a vector of complex numbers into y, which may have the memory of x."""
    s = _Split(library, x.size, x.dtype, forward, norm)
    table, turned, middle = x.reshape(s.p, s.q), y.reshape(s.q, s.p), s.between(s.p, s.q)

    def rows(first: int, last: int) -> None:
        s.multiply(middle[first:last], first)
        s.rows(middle, turned, first, last)

    _share(lambda first, last: s.columns(table, middle, first, last), s.q)
    _share(rows, s.p)


def real_transform(library: Any, x: Array, y: Array, norm: int) -> None:
    """The first n // 2 + 1 numbers of the transform of a vector of n real numbers."""
    s = _Split(library, x.size, y.dtype, True, norm)
    p, table = s.p, x.reshape(s.p, s.q)
    middle, turned = s.between(s.half, s.q), s.between(s.q, s.half)

    def rows(first: int, last: int) -> None:
        s.multiply(middle[first:last], first)
        s.rows(middle, turned, first, last)

    def results(first: int, last: int) -> None:
        whole = min(last, len(y) // p)
        _unfold(turned, first, y[p * first : p * whole].reshape(-1, p))
        if whole < last:  # the last row ends at the number n // 2
            row = np.empty((1, p), y.dtype)
            _unfold(turned, whole, row)
            y[p * whole :] = row[0, : len(y) - p * whole]

    _share(lambda first, last: s.columns(table, middle, first, last), s.q)
    _share(rows, s.half)
    _share(results, -(-len(y) // p))


def _unfold(turned: Array, first: int, target: Array) -> None:
    """Rows l of y[k + p l]: those of k ≤ p / 2, and the mirror images, y[n - k] = conj y[k]."""
    (q, half), (count, p) = turned.shape, target.shape
    target[:, :half] = turned[first : first + count]
    mirror = turned[q - first - count : q - first][::-1, p - half : 0 : -1]
    np.conjugate(mirror, out=target[:, half:])


def hermitian_transform(library: Any, y: Array, x: Array, norm: int) -> None:
    """
    The inverse of `real_transform`: the first n // 2 + 1 numbers give n real ones, times n. As in
    NumPy, the imaginary parts of numbers that a real transform makes real count for nothing.
    """
    n = x.size
    s = _Split(library, n, y.dtype, False, norm)
    p, half, table = s.p, s.half, x.reshape(s.p, s.q)
    middle, turned = s.between(half, s.q), s.between(s.q, half)
    # Rows l before this one are y[p l + k], and those behind it are mirror images.
    known = (n // 2 - half + 1) // p + 1

    def sources(first: int, last: int) -> None:
        end = min(max(known, first), last)
        turned[first:end] = _rows_of(y, p * first, end - first, p)[:, :half]
        if first <= known < last:
            count = min(max(n // 2 + 1 - p * known, 0), half)
            turned[known, :count] = y[p * known : p * known + count]
            rest = y[n - p * known - half + 1 : n - p * known - count + 1][::-1]
            np.conjugate(rest, out=turned[known, count:])
            end += 1
        # y[n - p l - k] for l = end, end + 1, … and k < half.
        mirror = _rows_of(y, n - p * (last - 1) - half + 1, last - end, p)[:, :half]
        np.conjugate(mirror[::-1, ::-1], out=turned[end:last])

    def rows(first: int, last: int) -> None:
        s.library.c2c(turned[:, first:last].T, (1,), False, norm, middle[first:last], 1)
        s.multiply(middle[first:last], first)

    def columns(first: int, last: int) -> None:
        here = slice(first, last)
        has_conflicts = table.strides[0] % CONFLICT == 0
        target = s.block(p, last - first, x.dtype) if has_conflicts else table[:, here]
        s.library.c2r(middle[:, here], (0,), p, False, norm, target, 1)
        if has_conflicts:
            np.copyto(table[:, here], target)

    _share(sources, s.q)
    row, k = divmod(n // 2, p)
    if n % 2 == 0 and k < half:
        turned[row, k] = y[n // 2].real
    _share(rows, half)
    _share(columns, s.q)


def _rows_of(y: Array, first: int, count: int, p: int) -> Array:
    """Rows of p numbers. The last may be shorter in y: nobody may read its end then."""
    start = y[first:] if count else y
    steps = (p * y.itemsize, y.itemsize)
    return np.lib.stride_tricks.as_strided(start, (count, p), steps, writeable=False)
