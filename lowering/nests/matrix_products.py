"""
Einsums of two operands as products of matrices where they lie in memory, without a copy.

    y[o…, i, j…] = Σ over a, k… of left[o…, a…, i, k…] * right[o…, a…, k…, j…]

For each of the outer o, the einsum is a sum of matrix products, over a, with rows i, columns j and
inner k. i is one letter of the output. a…, j… and k… are groups of letters, and each group moves
through memory by one stride. In each operand, rows or columns are in one piece. Mostly there are no
letters a: all letters of the sum move by one stride, and the sum is one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from xdsl.dialects.builtin import Float32Type, Float64Type
from xdsl.ir import Attribute

from ...dialects import types
from ...passes.rewriting.remarks import Why

MOST = 1 << 31
"""Elements, at most: a library may count them in 32 bits."""

FEW_ROWS = 8
"""A product of fewer rows is no call of a library, unless rows of outer letters join it."""

ADDED_INNER, ADDED_WORK = 32, 1 << 25
"""
The inner size of each of several products that are added up, at least; and the multiplications of
all of them, at most. Calls for few rows each would copy a large operand many times.
"""


@dataclass(frozen=True)
class Side:
    """An operand of a product of matrices."""

    operand: int
    moves: tuple[int, ...]
    """Elements by which its matrix moves along each of the loops: the outer ones, and the rows."""
    is_transposed: bool
    stride: int
    """From one row to the next, or from one column to the next if it is transposed."""
    added: int = 0
    """From one of the products that are added up to the next."""


@dataclass(frozen=True)
class Product:
    """How an einsum is a product of matrices, for each of some outer loops."""

    loops: tuple[int, ...]
    """The sizes of the first letters of the output: the outer ones, and the rows of a matrix."""
    columns: int
    inner: int
    left: Side
    right: Side
    added: int = 1
    """The products that are added up for each of the outer loops."""
    is_joined: bool = False
    """Whether the rows of one outer turn are few, so that two or more loops have to run as one."""

    @property
    def work(self) -> int:
        """Multiplications."""
        return prod(self.loops) * self.columns * self.inner * self.added


def product(words: Sequence[str], output: str, operands: Sequence[Attribute]) -> Product | Why:
    """An einsum of operands of these types as a product of matrices, or why it is none."""
    if not isinstance(types.element(operands[0]), Float32Type | Float64Type):
        return lambda: f"its elements are {types.element(operands[0])}, not f32 or f64"
    if len(words) != 2 or any(len(set(w)) < len(w) for w in words):
        return lambda: "it is not of two operands, each of which has an index once"
    sizes = {c: n for w, x in zip(words, operands) for c, n in zip(w, types.shape(x))}
    if not 0 < prod(sizes.values()) or max(map(types.size, operands)) >= MOST:
        return lambda: "it is empty, or too large for a library"
    inner = [c for c in words[0] if c not in output]
    if set(inner) != {c for c in words[1] if c not in output} or not inner:
        return lambda: "the indices that are summed over are not those of both operands"
    for x, y in ((0, 1), (1, 0)):
        depth = len(output)
        while depth and output[depth - 1] not in words[x]:
            depth -= 1
        if 0 < depth < len(output) and output[depth - 1] not in words[y]:
            return _lying(words, output, depth, inner, sizes, (x, y))
    return lambda: "its last indices are not one of the one operand, and then some of the other"


def _lying(
    words: Sequence[str],
    output: str,
    depth: int,
    inner: Sequence[str],
    sizes: dict[str, int],
    order: tuple[int, int],
) -> Product | Why:
    """The product, if each group of letters moves by one stride in its operands."""
    x, y = order
    outer, columns = output[:depth], output[depth:]
    first = depth - 1
    while first and output[first - 1] in words[x] and output[first - 1] not in words[y]:
        first -= 1
    is_joined = sizes[outer[-1]] < FEW_ROWS and any(sizes[c] > 1 for c in outer[first:-1])
    if is_joined and prod(sizes[c] for c in outer[first:]) < FEW_ROWS:
        return lambda: f"its rows come in pieces of {sizes[outer[-1]]}"
    strides: dict[int, dict[str, int]] = {0: {}, 1: {}}
    for k in (0, 1):
        at = 1
        for c in reversed(words[k]):
            strides[k][c], at = at, at * sizes[c]
    if is_joined and _as_one(outer[first:], strides[x], sizes) is None:
        return lambda: f"its rows come in pieces of {sizes[outer[-1]]}"
    failed = x
    for at in range(len(inner)):
        added, rest = inner[:at], inner[at:]
        if at and (prod(sizes[c] for c in rest) < ADDED_INNER or prod(sizes.values()) > ADDED_WORK):
            break
        sides: list[Side] = []
        for k, above, beside in ((x, [outer[-1]], rest), (y, rest, columns)):
            a, b, moved = (_as_one(g, strides[k], sizes) for g in (above, beside, added))
            lying = a and b and _stride(a, b)
            if not lying or moved is None:
                failed = failed if at else k
                break
            moves = tuple(strides[k].get(c, 0) for c in outer)
            sides.append(Side(k, moves, *lying, moved[1] if added else 0))
        else:
            n, total, turns = (prod(sizes[c] for c in group) for group in (columns, rest, added))
            loops = tuple(sizes[c] for c in outer)
            left, right = sides
            return Product(loops, n, total, left, right, turns, is_joined)
    return lambda: f"operand {failed} is no matrix where it lies"


def _as_one(
    letters: Sequence[str], strides: dict[str, int], sizes: dict[str, int]
) -> tuple[int, int] | None:
    """The size and the stride of some indices as one; None if they have no common stride."""
    moving = [c for c in letters if sizes[c] > 1]
    if any(strides[c] != strides[d] * sizes[d] for c, d in pairwise(moving)):
        return None
    return prod(sizes[c] for c in letters), strides[moving[-1]] if moving else 1


def _stride(rows: tuple[int, int], columns: tuple[int, int]) -> tuple[bool, int] | None:
    """Whether a matrix is transposed, and the stride of its rows, or then of its columns."""
    for is_transposed, (many, stride), (one, step) in (
        (False, rows, columns),
        (True, columns, rows),
    ):
        if (step == 1 or one == 1) and (stride >= one or many == 1):
            return is_transposed, max(stride, one)
    return None
