"""
Parts of an array that move from turn to turn: x[t], x[t : t + 3], x[:, 2 * t].

A part that moves by the same distance in each turn, and overlaps with no other one, is a row of a
view of the array: of a slice that has the parts of all turns side by side. Other parts are read at
places that the loop looks up in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xdsl.dialects import arith
from xdsl.ir import Block, Operation, Region, SSAValue

from ...dialects import ten, types
from ...dialects.types import rank, shape

Insert = Callable[[Operation], SSAValue]
"""Inserts an op, and gives its result."""


def distance(places: Sequence[int]) -> int | None:
    """By how much places move from each turn to the next one; None if that differs."""
    step = places[1] - places[0]
    moves = all(b - a == step for a, b in pairwise(places))
    return step if moves else None


@dataclass(frozen=True)
class Boxes:
    """A box of an array for each turn: a slice whose offsets change."""

    offsets: tuple[tuple[int, ...], ...]
    """For each turn."""
    sizes: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def moving(self) -> list[int]:
        """The dimensions in which the offsets change."""
        columns = zip(*self.offsets, strict=True)
        return [d for d, column in enumerate(columns) if len(set(column)) > 1]

    def along(self) -> tuple[int, int] | None:
        """
        The dimension in which the boxes move, and by how much, if they move in one dimension by
        equal distances and no two of them overlap.
        """
        if len(self.moving) != 1:
            return None
        (d,) = self.moving
        step = distance([o[d] for o in self.offsets])
        n = self.sizes[d]
        if step is None or not (n == 1 or (self.strides[d] == 1 and abs(step) == n)):
            return None
        return d, step


def side_by_side(x: SSAValue, boxes: Boxes, insert: Insert) -> SSAValue:
    """
    The boxes of all turns as rows of one array.

    Requires: `boxes.along()` is not None.
    """
    along = boxes.along()
    assert along is not None
    d, step = along
    turns, n = len(boxes.offsets), boxes.sizes[d]
    offsets, sizes, strides = list(boxes.offsets[0]), list(boxes.sizes), list(boxes.strides)
    offsets[d] = min(o[d] for o in boxes.offsets)
    sizes[d], strides[d] = turns * n, abs(step) if n == 1 else 1
    if tuple(sizes) != shape(x.type):
        x = insert(ten.SliceOp(x, offsets, sizes, strides))
    x = insert(ten.ReshapeOp(x, (*sizes[:d], turns, n, *sizes[d + 1 :])))
    if step < 0:
        x = insert(ten.ReverseOp(x, [d]))
    if d:
        others = [k for k in range(rank(x.type)) if k != d]
        x = insert(ten.TransposeOp(x, [d, *others]))
    return x


def elements_of(x: SSAValue, places: Sequence[int], insert: Insert) -> SSAValue | None:
    """
    The elements of x along its first dimension at these places, one for each turn. None if the
    places are not at equal distances, or not all in x.
    """
    step, n = distance(places), shape(x.type)[0]
    if not step or not all(0 <= p < n for p in places):
        return None
    turns, rest = len(places), shape(x.type)[1:]
    if turns != n:
        zeros, ones = [0] * len(rest), [1] * len(rest)
        x = insert(ten.SliceOp(x, [min(places), *zeros], [turns, *rest], [abs(step), *ones]))
    return x if step > 0 else insert(ten.ReverseOp(x, [0]))


def box_at(
    x: SSAValue,
    boxes: Boxes,
    row: Callable[[Sequence[int]], SSAValue],
    insert: Insert,
) -> SSAValue:
    """The box of this turn, read at places that are rows of tables. `row` makes such a row."""
    sizes, moving = boxes.sizes, boxes.moving
    offsets, strides = list(boxes.offsets[0]), list(boxes.strides)
    lead = moving[-1] + 1
    whole = list(shape(x.type))
    # Along a dimension that does not move, the box is an ordinary slice.
    own = [
        (o, n, s) if d not in moving else (0, whole[d], 1)
        for d, (o, n, s) in enumerate(zip(offsets, sizes, strides, strict=True))
    ]
    if [n for _, n, _ in own] != whole:
        o, n, s = zip(*own, strict=True)
        x = insert(ten.SliceOp(x, o, n, s))
    first = {d: row([o[d] for o in boxes.offsets]) for d in moving}
    if all(n == 1 for n in sizes[:lead]):
        zero = [] if len(moving) == lead else [insert(types.constant(0, ten.index_type))]
        places = [first[d] if d in first else zero[0] for d in range(lead)]
        part = insert(ten.IndexOp(x, places))
        return insert(ten.ReshapeOp(part, sizes))
    block = Block(arg_types=[ten.index_type] * lead)
    places = []
    for d, i in enumerate(block.args):
        place: SSAValue = i
        if d in first:
            if strides[d] != 1:
                block.add_op(stride := types.constant(strides[d], ten.index_type))
                block.add_op(scaled := arith.MuliOp(place, stride.result))
                place = scaled.result
            block.add_op(moved := arith.AddiOp(place, first[d]))
            place = moved.result
        places.append(place)
    block.add_op(ten.YieldOp(*places))
    return insert(ten.GatherOp(sizes[:lead], x, Region(block)))
