"""
Places in arrays that a loop reads or writes: indices as linear functions of the numbers of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import i64
from xdsl.ir import Block, SSAValue

from ...dialects import arrays, ten, types


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

    def in_range(self, size: int) -> bool:
        """Whether the index is surely one of an array of this size."""
        low = high = self.first
        for x, s in self.steps.items():
            if not isinstance(x, ten.ScanOp):
                return False
            low += min(0, s * (x.trips - 1))
            high += max(0, s * (x.trips - 1))
        return 0 <= low and high < size

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
        case arith.IndexCastOp() if depth and op.input.type in (i64, ten.index_type):
            return place_of(op.input, depth - 1)
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


def progression(x: SSAValue) -> tuple[int, int] | None:
    """(first, step) of a vector of integers at equal distances."""
    op = x.owner
    if types.rank(x.type) != 1 or not types.is_integer(types.element(x.type)):
        return None
    if isinstance(op, ten.IotaOp):
        return 0, 1
    if not isinstance(op, arith.ConstantOp) or types.size(x.type) < 2:
        return None
    numbers = np.asarray(arrays.constant_array(op))
    if numbers.dtype.kind != "i" or np.ptp(numbers[:2].astype(object)) >= 1 << 31:
        return None
    first, step = int(numbers[0]), int(numbers[1]) - int(numbers[0])
    if abs(first) >= 1 << 31 or (np.diff(numbers) != step).any():
        return None
    return first, step
