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

If blocks are ranges of the outermost loop, and the sums are numbers, each block is a call of the
nest's function. The code of this function is that of a nest without blocks: with one more loop
around it, LLVM has fewer registers for the innermost loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from xdsl.dialects.builtin import Float32Type
from xdsl.ir import Attribute

from ...dialects import kernel
from .instructions import LIBM, MVEC, Scalars, number, register
from .schedule import Place, Schedule, Write

ENOUGH = 128
"""A sum of up to this many additions to one number has no blocks."""

BLOCK = 64
"""Additions to one number in a block, at most. Their rounding errors are below 1e-6 of the sum."""

LANES, FEW_LANES = 32, 2
"""
The numbers to which LLVM's code adds along an innermost loop, in turn, on a machine with vectors of
512 bits: where all accesses move by one element, and elsewhere. LLVM may choose more.
"""

VECTORS = 4
"""
The vectors to which an innermost loop adds in turn, if the code asks for it: where this needs few
registers, or where calls save all of them anyway. Then a block has more elements.
"""

LONG_BLOCK = 1024
"""If a block has so many elements, a call costs little beside them."""

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
    the nest. With `by_calls`, each block is a call of the nest's function.
    """

    depth: int
    length: int | None
    sums: dict[int, LongSum]
    """By the number of the write."""
    rows: bool = False
    by_calls: bool = False
    vectors: int = 0
    """The vectors to which the innermost loop shall add in turn; 0: LLVM chooses."""
    tiles: bool = False
    """Whether each tile of the two innermost loops is a block."""

    @property
    def writes_of_block(self) -> dict[int, Write]:
        return {k: Write(s.write.combiner, s.block) for k, s in self.sums.items()}


def blocks_of(schedule: Schedule, number: int, mvec: str) -> Blocks | None:
    """
    The blocks of a nest; None if no sum is long. `number` makes its names unique, and `mvec` are
    the kinds of vector functions.
    """
    if schedule.domain is not None or not all(schedule.sizes):
        return None
    lanes = _lanes(schedule, mvec)
    vectors = VECTORS if lanes > FEW_LANES and _may_widen(schedule) else 0
    if vectors:
        lanes = lanes * VECTORS // 2
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
    if not sums or room < 0:
        return None
    by_calls = (
        isinstance(schedule.op, kernel.GenericOp)
        and schedule.first == depth == 0
        and length is not None
        and not rows
        and length * prod(schedule.trips[1:]) >= LONG_BLOCK
        and all(w.place.moves[schedule.loops[0][-1]] or _is_number(w) for w in schedule.writes)
    )
    return Blocks(depth, length, sums, rows, by_calls, vectors if by_calls else 0)


def blocks_of_tiles(schedule: Schedule, number: int) -> Blocks | None:
    """
    The blocks of a nest that runs in tiles: each tile is one. None if the sum of an element goes on
    from tile to tile, and is long, but is no number: that nest has no tiles.
    """
    depth = len(schedule.loops) - 2
    sums: dict[int, LongSum] = {}
    for k, write in enumerate(schedule.writes):
        if not _is_sum(write) or _additions(schedule, write, schedule.trips) <= ENOUGH:
            continue
        if not _is_number(write):
            return None
        block, block_size = _place(f"%block{number}.{k}", schedule, write, depth - 1)
        error, error_size = _place(f"%error{number}.{k}", schedule, write, -1)
        sums[k] = LongSum(write, block, block_size, error, error_size, None)
    return Blocks(depth, None, sums, tiles=True)


def compensated(code: Scalars, part: str, error: str, total: str, type: Attribute) -> list[str]:
    """A sum after a part is added, and the rounding error of this addition."""
    t, zero = register(type), number(0, type)
    y = code.let(f"fsub {t} {part}, {error}")
    after = code.let(f"fadd {t} {total}, {y}")
    lost = code.let(f"fsub {t} {code.let(f'fsub {t} {after}, {total}')}, {y}")
    # Of an infinite sum, nothing is lost.
    known = code.let(f"fcmp ord {t} {lost}, {zero}")
    return [after, code.let(f"select i1 {known}, {t} {lost}, {t} {zero}")]


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


def _is_number(write: Write) -> bool:
    """Whether a result has one element."""
    return not any(write.place.moves)


def _may_widen(schedule: Schedule) -> bool:
    """Whether more vectors at a time cost an innermost loop nothing."""
    calls = any(type(op) in LIBM for op in schedule.op.block.ops)
    return len(schedule.loops) == 1 and (calls or all(map(_is_number, schedule.writes)))


def _lanes(schedule: Schedule, mvec: str) -> int:
    """The numbers to which the innermost loop adds, in turn."""
    if len(schedule.loops) == schedule.first:
        return 1
    known = INTRINSICS | MVEC if mvec else INTRINSICS
    innermost = schedule.loops[-1][-1]
    lanes = LANES if "e" in mvec else LANES // 2
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
