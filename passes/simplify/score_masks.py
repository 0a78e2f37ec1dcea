"""
What masks of scores exclude. A score has a query i and a key j; a band of places is two bounds of
j - i.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from xdsl.dialects import arith
from xdsl.ir import SSAValue

from ...dialects import arrays, ten, types
from .lettered_views import origin


@dataclass
class Excluding:
    """What the masks of the scores leave."""

    below: int | None = None
    above: int | None = None
    tensors: list[tuple[SSAValue, str, bool]] = field(default_factory=list)
    """Masks with their letters, and whether each is to be negated."""

    def narrow(self, below: int | None, above: int | None) -> None:
        if below is not None:
            self.below = below if self.below is None else max(self.below, below)
        if above is not None:
            self.above = above if self.above is None else min(self.above, above)


def add_mask(
    found: Excluding, mask: SSAValue, letters: str, negated: bool, sizes: tuple[int, int]
) -> None:
    """Add what a mask excludes to `found`. A band of places becomes two numbers."""
    x, word = origin(mask, letters)
    op = x.owner
    if isinstance(op, arith.XOrIOp) and types.constant_value(op.rhs) not in (None, 0):
        add_mask(found, op.lhs, word, not negated, sizes)
        return
    if isinstance(op, arith.OrIOp if negated else arith.AndIOp):
        add_mask(found, op.lhs, word, negated, sizes)
        add_mask(found, op.rhs, word, negated, sizes)
        return
    band = None
    if isinstance(op, arith.ConstantOp) and sorted(word) == ["i", "j"]:
        table = np.asarray(arrays.constant_array(op), bool)
        table = table if word == "ij" else table.T
        band = band_of(~table if negated else table)
    elif isinstance(op, ten.CompareOp):
        band = compared_band(op, word, negated)
    if band is None:
        found.tensors.append((x, word, negated))
    else:
        found.narrow(*band)


def band_of(table: np.ndarray) -> tuple[int | None, int | None] | None:
    """The bounds of j - i where a table is true, if it is true at just these places."""
    rows, columns = table.shape
    i, j = np.nonzero(table)
    if i.size == 0:
        return None
    low, high = int((j - i).min()), int((j - i).max())
    # No table is made: a row of a band has one run of places, of a known length.
    at = np.arange(rows)
    wanted = np.clip(np.minimum(at + high, columns - 1) - np.maximum(at + low, 0) + 1, 0, None)
    if int(wanted.sum()) != i.size:
        return None
    return (None if low <= 1 - rows else low), (None if high >= columns - 1 else high)


def added_band(x: SSAValue, word: str) -> tuple[int | None, int | None, float] | None:
    """The band and the number, if a table adds 0 in a band, and one other number elsewhere."""
    if not isinstance(x.owner, arith.ConstantOp) or sorted(word) != ["i", "j"]:
        return None
    table = np.asarray(arrays.constant_array(x.owner)).astype(np.float64)
    table = table if word == "ij" else table.T
    others = table[table != 0]
    if others.size == 0 or not others[0] < 0 or (others != others[0]).any():
        return None
    band = band_of(table == 0)
    return None if band is None else (*band, float(others[0]))


PREDICATES = {
    "slt": (-1, -1), "sle": (-1, 0), "sgt": (1, -1), "sge": (1, 0),
}  # fmt: skip
"""Of a predicate on x - y: the sign that makes it `… >= -slack`, and the slack."""

NEGATED = {"slt": "sge", "sge": "slt", "sgt": "sle", "sle": "sgt"}


def compared_band(
    op: ten.CompareOp, word: str, negated: bool
) -> tuple[int | None, int | None] | None:
    """The band, if an op compares the place of a query with the place of a key."""
    predicate = op.predicate.data
    if negated:
        predicate = NEGATED.get(predicate, "")
    left, right = place_of(op.a, word), place_of(op.b, word)
    if predicate not in PREDICATES or left is None or right is None:
        return None
    (ai, aj, a), (bi, bj, b) = left, right
    ci, cj, c = ai - bi, aj - bj, a - b
    if ci != -cj or abs(cj) != 1:
        return None
    sign, slack = PREDICATES[predicate]
    # sign · (cj (j - i) + c) + slack >= 0
    side, number = sign * cj, sign * c + slack
    return (-number, None) if side == 1 else (None, number)


def place_of(x: SSAValue, word: str) -> tuple[int, int, int] | None:
    """The factors of i and j, and the number, if integers are such a sum."""
    x, word = origin(x, word)
    op = x.owner
    if isinstance(op, ten.IotaOp):
        c = word[op.dim.value.data]
        return (int(c == "i"), int(c == "j"), 0) if c in "ij" else None
    if (number := types.constant_value(x)) is not None:
        return 0, 0, int(number)
    if isinstance(op, arith.ConstantOp) and len(word) == 1 and word in "ij":
        table = np.asarray(arrays.constant_array(op)).astype(np.int64)
        if (np.diff(table) == 1).all():
            return int(word == "i"), int(word == "j"), int(table[0])
        return None
    if isinstance(op, ten.CastOp) and types.is_integer(types.element(op.x.type)):
        return place_of(op.x, word)
    if isinstance(op, arith.AddiOp | arith.SubiOp):
        left, right = place_of(op.lhs, word), place_of(op.rhs, word)
        if left is None or right is None:
            return None
        sign = 1 if isinstance(op, arith.AddiOp) else -1
        return left[0] + sign * right[0], left[1] + sign * right[1], left[2] + sign * right[2]
    return None
