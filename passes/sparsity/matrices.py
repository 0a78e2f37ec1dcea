"""The sparsity pattern of a function: the analysis of all its results, as one matrix of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from ...dialects import types
from ...dialects.types import shape, size
from ..rewriting.diagnostics import LetgradError
from ..rewriting.functions import by_name
from . import sparsity_rules as sparsity_rules  # This import adds the rules.
from .analysis import Analysis, is_tracked
from .relations import (
    Pattern,
    Shape,
    Strided,
    each_once,
    pairs_of,
    row_major,
    whole,
)

MOST_NONZEROS = 1 << 27
"""The most places of a matrix that letgrad writes down."""


@dataclass(frozen=True)
class Found:
    """What the results of a function depend on."""

    results: tuple[Pattern, ...]
    """For each result."""
    rows: tuple[Shape, ...]
    """The shapes of the results."""
    columns: tuple[Shape, ...]
    """The shapes of the inputs."""
    views: tuple[tuple[Shape, ...], ...]
    """The other shapes in which the function takes each input."""

    @property
    def grids(self) -> list[tuple[Shape, ...]]:
        """The shapes that the inputs may have together, the most dimensions first."""
        given = [
            sorted({s, *more}, key=len, reverse=True) for s, more in zip(self.columns, self.views)
        ]
        return [tuple(shapes) for shapes in zip(*given)] if given else []


@dataclass(frozen=True, eq=False)
class Matrix:
    """
    The places of a sparse matrix that may not be zero, row by row, each row in the order of its
    columns: row i has `columns[starts[i]:starts[i + 1]]`.
    """

    starts: np.ndarray
    columns: np.ndarray
    width: int

    @property
    def height(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def rows(self) -> np.ndarray:
        """The row of each place."""
        return np.repeat(np.arange(self.height), np.diff(self.starts))

    @cached_property
    def transposed(self) -> Matrix:
        order = np.argsort(self.columns, kind="stable")
        return matrix_of(self.columns[order], self.rows[order], self.width, self.height)

    @property
    def size(self) -> int:
        return len(self.columns)


def matrix_of(rows: np.ndarray, columns: np.ndarray, height: int, width: int) -> Matrix:
    """The matrix with these places, which are in order, and each there once."""
    counts = np.bincount(rows, minlength=height)
    return Matrix(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), columns, width)


def symmetric(matrix: Matrix) -> Matrix:
    """The matrix with the places across the diagonal."""
    other = matrix.transposed
    rows = np.concatenate([matrix.rows, other.rows])
    columns = np.concatenate([matrix.columns, other.columns])
    return matrix_of(*each_once(rows, columns), matrix.height, matrix.width)


def find(module: ModuleOp, function: func.FuncOp, wrt: Sequence[int] | None = None) -> Found:
    """What the results depend on, of the arguments at `wrt`; all floats by default."""
    block = function.body.block
    if wrt is None:
        wrt = [k for k, x in enumerate(block.args) if is_tracked(x)]
    inputs = [block.args[k] for k in wrt]
    analysis = Analysis(by_name(module), [size(x.type) for x in inputs])
    given: list[Pattern] = [()] * len(block.args)
    for n, k in enumerate(wrt):
        if is_tracked(block.args[k]):
            given[k] = whole(n, shape(block.args[k].type))
    results = analysis.function(function, given)
    last = block.last_op
    assert last is not None
    sizes = [shape(x.type) if types.is_number(x.type) else () for x in last.operands]
    columns = tuple(shape(x.type) for x in inputs)
    views = tuple(tuple(dict.fromkeys(v)) for v in analysis.views)
    return Found(tuple(results), tuple(sizes), columns, views)


def matrix(found: Found, at: func.FuncOp) -> Matrix:
    """
    The pattern as a matrix: one row for each element of the results, one column for each element of
    the inputs.

    Errors: `LetgradError` for a matrix with too many places.
    """
    widths = [prod(s) for s in found.columns]
    heights = [prod(s) for s in found.rows]
    if max(sum(heights), sum(widths)) >= 1 << 31:
        raise LetgradError(
            f"the Jacobian of @{at.sym_name.data} is {sum(heights)} x {sum(widths)}, which is too "
            "large for a sparse matrix",
            at,
        )
    total = sum(p.pairs for pattern in found.results for p in pattern)
    if total > MOST_NONZEROS:
        raise LetgradError(
            f"the Jacobian of @{at.sym_name.data} has {total} places that may not be zero, which "
            "are too many for a sparse matrix",
            at,
        )
    lefts = list(accumulate(widths, initial=0))
    rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for pattern, sizes, top in zip(found.results, found.rows, accumulate(heights, initial=0)):
        for piece in pattern:
            r, c = pairs_of(piece, sizes, MOST_NONZEROS)
            rows.append(r + top)
            columns.append(c + lefts[piece.input])
    r, c = each_once(np.concatenate(rows), np.concatenate(columns))
    return matrix_of(r, c, sum(heights), lefts[-1])


def text(pattern: Pattern, result: Shape, names: Sequence[str], columns: Sequence[Shape]) -> str:
    """
    A pattern as people read it. `x[i - 1, 0:5] for i in 1:9` says that element i of the result,
    for 1 ≤ i < 9, reads those elements of x.
    """
    if not pattern:
        return "nothing"
    return ", ".join(_text(p, names[p.input], columns[p.input]) for p in pattern)


LETTERS = "ijklmnpqrstuvw"


def _text(piece: object, name: str, column: Shape) -> str:
    if not isinstance(piece, Strided):
        return f"{name} at {piece.pairs} pairs"  # type: ignore[attr-defined]
    letter = lambda d: LETTERS[d] if d < len(LETTERS) else f"i{d}"  # noqa: E731
    indices = _indices(piece, column)
    if indices is None:
        ranges = [f"{s} * 0:{n}" for s, n in piece.free]
        constant = [str(piece.start)] if piece.start else []
        terms = [_multiple(s, letter(d)) for d, s in enumerate(piece.steps) if s]
        read = f"{name}.flat[{' + '.join([*terms, *ranges, *constant]) or '0'}]"
    else:
        shown = []
        for constant, by, count in indices:
            terms = [_multiple(k, letter(d)) for d, k in enumerate(by) if k]
            begin = " + ".join(terms)
            if constant and terms:
                begin += f" {'+' if constant > 0 else '-'} {abs(constant)}"
            begin = begin or str(constant)
            end = str(constant + count) if not terms else f"{begin} + {count}"
            shown.append(begin if count == 1 else f"{begin}:{end}")
        read = f"{name}[{', '.join(shown)}]" if shown else name
    places = [f"{letter(d)} in {a}:{b}" for d, (a, b) in enumerate(zip(piece.low, piece.high))]
    return f"{read} for {', '.join(places)}" if places else read


def _multiple(k: int, letter: str) -> str:
    return {1: letter, -1: f"-{letter}"}.get(k, f"{k} * {letter}")


def _indices(piece: Strided, column: Shape) -> list[tuple[int, tuple[int, ...], int]] | None:
    """
    The reads as one index for each dimension of the input: a constant, coefficients of the places,
    and how many elements follow. None if the numbers do not say so without doubt.
    """
    distances = row_major(column)
    by = [[0] * len(piece.steps) for _ in column]
    counts = [1] * len(column)
    for d, step in enumerate(piece.steps):
        k = next((k for k, s in enumerate(distances) if step and step % s == 0), None)
        if step and k is None:
            return None
        if k is not None:
            by[k][d] = step // distances[k]
    for step, n in piece.free:
        k = next((k for k, s in enumerate(distances) if step % s == 0), None)
        if k is None or step != distances[k] or counts[k] > 1:
            return None
        while n > column[k]:
            # The range goes over whole rows.
            if n % column[k] or k == 0:
                return None
            counts[k], n, k = column[k], n // column[k], k - 1
        counts[k] = n
    constants, rest = [0] * len(column), piece.start
    # The first element that is read has an index inside of each dimension.
    first = piece.start + sum(s * a for s, a in zip(piece.steps, piece.low))
    at = np.unravel_index(first, column) if column and 0 <= first < prod(column) else ()
    for k, i in enumerate(at):
        constants[k] = int(i) - sum(c * a for c, a in zip(by[k], piece.low))
        rest -= constants[k] * distances[k]
    if rest or (column and not at):
        return None
    for k, n in enumerate(column):
        ends = [sorted((c * a, c * (b - 1))) for c, a, b in zip(by[k], piece.low, piece.high)]
        least = constants[k] + sum(e[0] for e in ends)
        most = constants[k] + sum(e[1] for e in ends) + counts[k] - 1
        if least < 0 or most >= n:
            return None
    return list(zip(constants, map(tuple, by), counts))


__all__ = ["Found", "Matrix", "find", "matrix", "matrix_of", "text"]
