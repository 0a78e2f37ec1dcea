"""
Long sums of float32: how a nest adds them in blocks, so that a sum of 10⁷ elements has the digits
of its type. A float64 has digits to spare.

A sum that adds one element after the other to one number loses digits: each addition rounds, and
the number is much greater than the element. So a block of few additions goes into a sum of its own.
The sum of a block is then added to the result, and the rounding error of this addition is taken off
the next one (W. Kahan, 1965):

    for each block:  part = Σ of the block;  y = part - error;  t = result + y
                     error = (t - result) - y;  result = t

LLVM makes many sums of a sum along the innermost loop, one for each lane of its vectors. Each of
them counts as one number here. Parts of the outermost loop have results of their own, which `split`
adds in pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from xdsl.dialects.builtin import Float32Type

from ...dialects import kernel
from .instructions import MVEC
from .schedule import Place, Schedule, Write

ENOUGH = 128
"""A sum of up to this many additions to one number has no blocks."""

BLOCK = 32
"""Additions to one number in a block, at most."""

LANES, FEW_LANES = 64, 2
"""
The numbers to which LLVM's code adds along an innermost loop, in turn: where all accesses move by
one element, and elsewhere. Some machines have half as many.
"""

SHORT = 16
"""For an innermost loop of up to this many turns, LLVM may write one addition after the other."""

STACK = 1 << 16
"""The bytes of blocks and errors that a nest may have on the stack."""

INTRINSICS = frozenset(
    "absf ceil copysign floor fma isfinite isinf isnan round roundeven rsqrt sqrt trunc".split()
)
"""Functions of `math` that processors compute in vectors, without a library."""


SMALL, LARGE = 16, 256
"""
If a block has fewer elements than `SMALL` for each element of its result, adding its sum to the
result costs too much. If it has as many as `LARGE`, this costs nothing.
"""


@dataclass
class LongSum:
    """A result that adds in blocks: its write, the sum of a block, and the rounding error."""

    write: Write
    block: Place
    block_size: int
    error: Place
    error_size: int
    begin: int | None
    """The loop before which the error is 0; None: it is 0 before all loops of the code."""


@dataclass
class Blocks:
    """
    The long sums of a nest. A block is `length` turns of the loop at `depth`, with the loops inside
    of it; None means all turns. With `rows`, a block is `length` turns of the innermost loop around
    the nest.
    """

    depth: int
    length: int | None
    sums: dict[int, LongSum]
    """By the number of the write."""
    rows: bool = False

    @property
    def writes_of_block(self) -> dict[int, Write]:
        return {k: Write(s.write.combiner, s.block) for k, s in self.sums.items()}


def blocks_of(schedule: Schedule, number: int, has_vectors: bool) -> Blocks | None:
    """The blocks of a nest; None if no sum is long. `number` makes its names unique."""
    if schedule.domain is not None or not all(schedule.sizes):
        return None
    lanes = _lanes(schedule, has_vectors)
    weights = _weights(schedule, lanes)
    longest, chosen = ENOUGH, None
    for write in schedule.writes:
        if _is_sum(write) and (adds := _additions(schedule, write, weights)) > longest:
            longest, chosen = adds, write
    if chosen is None:
        return None
    rows = False
    depth, length = _cut(schedule, chosen, weights, lanes)
    if length is None:
        # All of the nest is in one block, and the loops around it add to the result.
        elements = _additions(schedule, chosen, schedule.trips, schedule.first)
        around = range(schedule.first)
        rows = elements < LARGE and all(_reduces(schedule, chosen, g) for g in around)
        if rows:
            inside = _additions(schedule, chosen, weights, schedule.first)
            # A power of 2, so that a turn knows by its last bits whether it ends a block.
            depth, length = schedule.first - 1, 1 << (BLOCK // inside).bit_length() - 1
        elif elements < SMALL:
            return None
    sums: dict[int, LongSum] = {}
    room = STACK
    for k, write in enumerate(schedule.writes):
        if not _is_sum(write) or _additions(schedule, write, weights) <= ENOUGH:
            continue
        reduced = [g for g in range(len(schedule.loops)) if _reduces(schedule, write, g)]
        if depth not in reduced or (rows and min(reduced) > 0):
            continue
        begin = min(reduced) if min(reduced) >= schedule.first else None
        block, block_size = _place(f"%block{number}.{k}", schedule, write, depth)
        outside = -1 if begin is None else begin
        error, error_size = _place(f"%error{number}.{k}", schedule, write, outside)
        room -= 4 * (block_size + error_size)
        sums[k] = LongSum(write, block, block_size, error, error_size, begin)
    return Blocks(depth, length, sums, rows) if sums and room >= 0 else None


def longest_sum(schedule: Schedule) -> int:
    """The most additions to one element of a result, if all are in order."""
    sums = [_additions(schedule, w, schedule.trips) for w in schedule.writes if _is_sum(w)]
    return max(sums, default=0)


def _is_sum(write: Write) -> bool:
    return write.combiner == "add" and isinstance(write.place.type, Float32Type)


def _reduces(schedule: Schedule, write: Write, g: int) -> bool:
    """
    Whether the turns of a loop add to the same elements. A row that begins anew in each turn of the
    loops around its nest has another sum in each turn, though all of them have one place.
    """
    if write.begin is not None and g < schedule.first:
        return False
    return not write.place.moves[schedule.loops[g][-1]]


def _lanes(schedule: Schedule, has_vectors: bool) -> int:
    """The numbers to which the innermost loop adds, in turn."""
    if len(schedule.loops) == schedule.first:
        return 1
    known = INTRINSICS | MVEC if has_vectors else INTRINSICS
    innermost = schedule.loops[-1][-1]
    lanes = LANES
    for op in schedule.op.block.ops:
        dialect, name = op.name.split(".", 1)
        if dialect == "math" and name not in known:
            return 1
        if isinstance(op, kernel.LoadOp):
            access = schedule.linear(op.t, op.indices)
            if access is None or abs(access[0][innermost]) > 1:
                lanes = FEW_LANES
    return lanes


def _weights(schedule: Schedule, lanes: int) -> list[int]:
    """For each loop, how many additions to one number its turns make, if it reduces."""
    weights = list(schedule.trips)
    if lanes > 1 and weights[-1] > SHORT:
        weights[-1] = max(SHORT, -(-weights[-1] // lanes))
    return weights


def _additions(schedule: Schedule, write: Write, weights: Sequence[int], depth: int = 0) -> int:
    """The additions to one number by the loops from `depth` on."""
    loops = range(depth, len(schedule.loops))
    return prod(weights[g] for g in loops if _reduces(schedule, write, g))


def _cut(
    schedule: Schedule, write: Write, weights: Sequence[int], lanes: int
) -> tuple[int, int | None]:
    """The loop that is cut, and the turns of a block; None for all turns."""
    last = len(schedule.loops)
    for depth in range(schedule.first, last):
        inside = _additions(schedule, write, weights, depth + 1)
        if inside <= BLOCK and _reduces(schedule, write, depth):
            turns, trip = BLOCK // inside, schedule.trips[depth]
            if depth == last - 1 and weights[depth] < trip:
                turns *= lanes
            return depth, turns if turns < trip else None
    return last, None


def _place(pointer: str, schedule: Schedule, write: Write, depth: int) -> tuple[Place, int]:
    """A place for the elements of a result that the loops behind `depth` reach; their number."""
    moves, stride = [0] * len(schedule.sizes), 1
    for g in reversed(range(depth + 1, len(schedule.loops))):
        if not _reduces(schedule, write, g):
            moves[schedule.loops[g][-1]] = stride
            stride *= schedule.trips[g]
    return Place(pointer, write.place.type, tuple(moves)), stride
