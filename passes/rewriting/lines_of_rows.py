"""
Places in arrays that a loop reads or writes: indices as linear functions of the numbers of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import i64
from xdsl.ir import Block, SSAValue

from ...dialects import arrays, ten, types
from ...dialects.types import ints

SLT, SLE, SGT, SGE = 2, 3, 4, 5
"""Predicates of `arith.cmpi`."""


@dataclass(frozen=True)
class Place:
    """
    The index  first + Σ steps[x] · x.  Each x is a scan, which stands for the number of the row
    that it takes, or an index of which nothing is known.
    """

    first: int
    steps: Mapping[ten.ScanOp | SSAValue, int]

    def plus(self, other: Place, times: int = 1) -> Place:
        steps = dict(self.steps)
        for x, s in other.steps.items():
            steps[x] = steps.get(x, 0) + times * s
        return Place(self.first + times * other.first, {x: s for x, s in steps.items() if s})

    def range(self) -> tuple[float, float]:
        """The least and the greatest index that it may be, for all rows of its loops."""
        low: float = self.first
        high: float = self.first
        for x, s in self.steps.items():
            if not isinstance(x, ten.ScanOp):
                return -inf, inf
            low += min(0, s * (x.trips - 1))
            high += max(0, s * (x.trips - 1))
        return low, high

    def in_range(self, size: int) -> bool:
        """Whether the index is surely one of an array of this size, for all rows of its loops."""
        low, high = self.range()
        return 0 <= low and high < size

    def is_not(self, other: Place) -> bool:
        """
        Whether the two are surely different indices, with the same rows of all loops. The loops are
        in a turn that they take.
        """
        low, high = self.plus(other, -1).range_in_turns()
        return low > 0 or high < 0

    def range_in_turns(self) -> tuple[float, float]:
        """The least and the greatest index that it may be, in all turns that its loops take."""
        if not all(isinstance(x, ten.ScanOp) for x in self.steps):
            return -inf, inf
        return self._last_turns(-1).range()[0], self._last_turns(1).range()[1]

    def _last_turns(self, sign: int) -> Place:
        """
        The place with the last turn of each loop that ends early in its place, where this makes it
        greater (sign 1) or smaller (sign -1).
        """
        place = self
        while True:
            for x, s in place.steps.items():
                if isinstance(x, ten.ScanOp) and s * sign > 0 and x.turns is not None:
                    if (turns := turns_of(x)) is not None:
                        rest = {y: t for y, t in place.steps.items() if y is not x}
                        place = Place(place.first - s, rest).plus(turns, s)
                        break
            else:
                return place

    def line(self, scan: ten.ScanOp) -> tuple[int, int] | None:
        """(first, step) of the index along the rows of a scan, if it depends on nothing else."""
        if not self.steps.keys() <= {scan}:
            return None
        return self.first, self.steps.get(scan, 0)


def place_of(x: SSAValue, depth: int = 8) -> Place:
    """An integer as a place, through at most `depth` ops."""
    if isinstance(number := types.constant_value(x), int):
        return Place(number, {})
    op = x.owner
    match op:
        case arith.IndexCastOp() | ten.CastOp() if (
            depth and _is_index(x) and _is_index(op.operands[0])
        ):
            return place_of(op.operands[0], depth - 1)
        case arith.AddiOp() if depth:
            return place_of(op.lhs, depth - 1).plus(place_of(op.rhs, depth - 1))
        case arith.SubiOp() if depth:
            return place_of(op.lhs, depth - 1).plus(place_of(op.rhs, depth - 1), -1)
        case arith.MuliOp() if depth:
            for a, b in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
                if isinstance(number := types.constant_value(b), int):
                    return Place(0, {}).plus(place_of(a, depth - 1), number)
        case Block():
            scan = op.parent_op()
            if isinstance(scan, ten.ScanOp) and x in scan.rows:
                line = progression(scan.xs[x.index - len(scan.inits)])  # type: ignore[attr-defined]
                if line is not None:
                    return Place(line[0], {scan: line[1]} if line[1] else {})
        case _:
            pass
    return Place(0, {x: 1})


def _is_index(x: SSAValue) -> bool:
    """Whether a value is an integer of 64 bits."""
    return x.type in (i64, ten.index_type)


def progression(x: SSAValue) -> tuple[int, int] | None:
    """(first, step) of a vector of integers at equal distances."""
    op = x.owner
    if types.rank(x.type) != 1 or not types.is_integer(types.element(x.type)):
        return None
    if isinstance(op, ten.IotaOp):
        return 0, 1
    if isinstance(op, ten.SliceOp) and types.size(x.type) > 1:
        if (line := progression(op.x)) is None:
            return None
        (offset,), (stride,) = ints(op.offsets), ints(op.strides)
        return line[0] + offset * line[1], stride * line[1]
    if not isinstance(op, arith.ConstantOp) or types.size(x.type) < 2:
        return None
    numbers = np.asarray(arrays.constant_array(op))
    if numbers.dtype.kind != "i" or np.ptp(numbers[:2].astype(object)) >= 1 << 31:
        return None
    first, step = int(numbers[0]), int(numbers[1]) - int(numbers[0])
    if abs(first) >= 1 << 31 or (np.diff(numbers) != step).any():
        return None
    return first, step


def turns_of(scan: ten.ScanOp) -> Place | None:
    """
    The turns of a scan in the rows of the loops around it, if they are a linear function of these
    numbers; where that is negative, there is no turn.
    """
    x = scan.turns
    if x is None:
        return Place(scan.trips, {})
    while isinstance(x.owner, arith.IndexCastOp | ten.CastOp) and _is_index(x.owner.operands[0]):
        x = x.owner.operands[0]
    match x.owner:
        case arith.SelectOp(cond=cond, lhs=y, rhs=zero) if types.constant_value(zero) == 0:
            test = cond.owner
            if isinstance(test, arith.CmpiOp):
                greater, less, predicate = test.lhs, test.rhs, test.predicate.value.data
                if predicate in (SLT, SLE):
                    greater, less = less, greater
                if predicate in (SLT, SLE, SGT, SGE) and greater is y and less is zero:
                    x = y
        case arith.MaxSIOp(lhs=y, rhs=zero) if types.constant_value(zero) == 0:
            x = y
        case _:
            pass
    place = place_of(x)
    return place if all(isinstance(y, ten.ScanOp) for y in place.steps) else None


def mean_turns(scan: ten.ScanOp) -> float | None:
    """
    The turns of a scan, about, on average over the loops around it; None if nothing is known.
    """
    if (turns := turns_of(scan)) is None:
        return None
    mean = float(turns.first)
    for around, step in turns.steps.items():
        assert isinstance(around, ten.ScanOp)
        if (turns_around := mean_turns(around)) is None:
            return None
        mean += step * (turns_around - 1) / 2
    return min(max(mean, 0.0), scan.trips)
