"""
The layout of a loop nest: what its code must know before the first line. Where each result and each
row lies, which loops the nest has, and which guards, tiles and blocks of long sums.

The rows of a `kernel.fused` lie in results, or on the stack, and rows of products in panels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from xdsl.ir import Attribute, Block, Operation, SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints
from ...passes.rewriting import costs
from ...passes.rewriting.diagnostics import LetgradError
from ..nests.matrix_products import FEW_ROWS, Product, product
from .guards import Guards, guards_of, points_of
from .instructions import PART, Scalars, either_zero, identity
from .long_sums import (
    ENOUGH,
    Blocks,
    blocks_of,
    blocks_of_tiles,
    longest_sum,
)
from .matrices import blas
from .schedule import Place, Schedule, Tile, Write

Slots = Callable[[SSAValue], int]
"""The places of a function's arrays in the list that its nests receive."""

PANEL_BYTES, MOST_ROWS, LEAST_ROWS = 1 << 18, 256, 64
"""
For a panel of rows of products: the bytes that stay in a cache until the nests read them; the rows
from which more rows make BLAS no faster; and the rows from which a thread of its own pays.
"""

JOINED_ROWS, JOINED_INNER = 512, 128
"""
Rows of a batch that are one call of BLAS, and the products of an element, at most: for so few, BLAS
copies no operand first, and a call for each matrix takes longer than its work.
"""

SMALL_CALL, ADDED_ROWS = 1 << 18, 32
"""
Multiplications of a call of BLAS that copies no operand, at most; and rows of larger calls, at
least, where each row is a sum of several products.
"""

FUSED = 32
"""As many multiplications of a product of matrices take as long as one point of a nest."""


@dataclass
class Rows:
    """A product of matrices in common loops, and the place of its rows."""

    op: kernel.ProductOp
    product: Product
    place: Place
    panel: str | None
    """The panel that holds the rows, if no result holds them."""


BYTES_OF_FLOPS = 64
"""
The bytes of the results of so many operations on vectors, which take the time of a body that reads
and writes an element: sixteen operations in float32, eight in float64.
"""

AT_ONCE, LEAST_AT_ONCE = 4, 16
"""Rows for which a nest runs before the next one begins, and the rows that pay for that."""

CHAIN = 3
"""The nests that wait for each other, at least, if a nest runs for several rows at once."""

SHORT_ROW = 8, 512
"""
The points of the longest nest of a row. The processor sees no end of a longer nest, and the numbers
of a shorter one are in registers.
"""

VALUES_OF_PLACE = 64
"""
So many values that a scatter adds for each element of its result pay for copies of the result: one
for each part, so that no part reads the places of all values.
"""


def _joined(moves: tuple[int, ...]) -> tuple[int, ...]:
    """The moves along loops of which the last two run as one."""
    return (*moves[:-2], moves[-1])


def _has_few_places(op: kernel.ScatterOp) -> bool:
    """Whether to add up and join a copy of a scatter's result costs little beside its values."""
    sizes = ints(op.loops)
    if not op.domain.value.data or not ints(op.dims):
        return False
    return prod(sizes) >= VALUES_OF_PLACE * types.size(op.res[0].type)


def _weight(op: kernel.Nest) -> int:
    """
    How often a body with a sum or two runs in the time of the body of a nest, in vectors, about.
    """
    flops = costs.flops(op) // max(prod(ints(op.loops)), 1)
    widths = [costs.bytes_of(types.element(x.type)) for x in op.res]
    return 1 + flops * max(widths, default=0) // BYTES_OF_FLOPS


class Layout(Scalars):
    """The layout of one nest, or of nests in common loops."""

    def __init__(
        self,
        op: kernel.Nest,
        name: str,
        mvec: str,
        slots: Slots,
        in_place: Mapping[SSAValue, int] | None = None,
        strict: bool = False,
        word: str | None = None,
    ):
        super().__init__(mvec, strict)
        self.op, self.name, self.slots = op, name, slots
        self.word = word
        """The LLVM type of sizes in calls of BLAS; None takes that of NumPy's BLAS."""
        self.range = PART
        self.in_place = in_place or {}
        """The inputs that have the memory of a result, and this result: they share a pointer."""
        inside: set[Block] = {
            op.block,
            *(b for x in op.block.ops for r in x.regions for b in r.blocks),
        }
        self.inputs = list(
            dict.fromkeys(
                x
                for inner in op.walk()
                for x in inner.operands
                if (x.owner if isinstance(x.owner, Block) else x.owner.parent) not in inside
            )
        )
        self.outputs: list[tuple[str, tuple[int, ...]]] = (
            [("add", ())] if isinstance(op, kernel.ScatterOp) else op.outputs
        )
        self.places = [self._place(k) for k in range(len(op.res))]
        """The results, by the loops of the op itself."""
        self.stack: list[tuple[Place, int]] = []
        """Rows that are no results, and their sizes."""
        self.copies: list[tuple[SSAValue, int]] = []
        """Rows that the code copies into a result after it computes them."""
        self.rows: dict[SSAValue, Place] = {}
        self.products: list[Rows] = []
        self.around = len(ints(op.loops)) if isinstance(op, kernel.FusedOp) else 0
        """Loops around nests."""
        if isinstance(op, kernel.FusedOp):
            self._rows(op)
            sizes = ints(op.loops)
            self.loops, self.trips = [[d] for d in range(len(sizes))], list(sizes)
            self._join_rows()
        else:
            writes = [Write(how, place) for (how, _), place in zip(self.outputs, self.places)]
            schedule = Schedule(op, writes, {}, {}, strict)
            self.schedules = [schedule]
            self.loops, self.trips = schedule.loops, schedule.trips
        if not strict:
            for schedule in self.schedules:
                if isinstance(schedule.op, kernel.GenericOp):
                    self.either_zero |= either_zero(schedule.op)
        self.guards = self._guards()
        self.tiles: dict[kernel.LoadOp | int, str] = {}
        """The buffers of a tile, for loads and results."""
        self.row_of_tile = ""
        """Inside of a tile: the place in a buffer, without the turn of the innermost loop."""
        self.blocks = {} if strict else self._blocks()
        """The nests that add long sums in blocks."""
        calls = [b for b in self.blocks.values() if b.by_calls]
        self.calls = calls[0] if calls and isinstance(op, kernel.GenericOp) else None
        """The blocks of the outermost loop, if each is a call."""
        self.apart = not strict and isinstance(op, kernel.ScatterOp) and _has_few_places(op)
        """Whether parts of a scatter are ranges of its outermost loop, with places of their own."""
        self.partial = [
            k
            for k, (_, dims) in enumerate(self.outputs)
            if self.apart
            or (
                not isinstance(op, kernel.ScatterOp)
                and (not self.loops or any(d not in dims for d in self.loops[0]))
            )
        ]
        """The results that parts of the outermost loop all add to."""
        self.begun = {k: at for k in range(len(op.res)) if (at := self._begins_at(k)) is not None}
        """The results whose elements begin inside of the loops, and in front of which loop."""

    def _begins_at(self, k: int) -> int | None:
        """
        The loop in front of which an element of result k begins, if all loops around it are loops
        of the result, and all loops from it on add to this element. Then LLVM knows the number with
        which the element begins, and keeps the sum in registers.
        """
        if self.outputs[k][0] == "store" or not isinstance(self.op, kernel.GenericOp):
            return None
        (schedule,) = self.schedules
        if schedule in self.guards or schedule in self.blocks or schedule.segments:
            return None
        if self._is_tiled(schedule):
            return None
        moves = [self.places[k].moves[group[-1]] for group in self.loops]
        at = sum(bool(move) for move in moves)
        # The turns of an empty loop, or of a loop of size 1 without a move, begin no element.
        if not 0 < at < len(moves) or not all(moves[:at]) or not all(ints(self.op.loops)):
            return None
        return at

    def _guards(self) -> dict[Schedule, Guards]:
        """The guards of nests whose turns beside them change nothing."""
        found: dict[Schedule, Guards] = {}
        for schedule in self.schedules:
            if len(schedule.writes) != 1:
                continue
            combiner, type = schedule.writes[0].combiner, schedule.writes[0].place.type

            def is_idle(x: SSAValue, combiner: str = combiner, type: Attribute = type) -> bool:
                if combiner == "store":
                    return isinstance(x.owner, kernel.LoadOp) and x.owner.t in self.in_place
                return types.constant_value(x) == identity(combiner, type)[0]

            schedule.written = {*self.in_place}
            guards = guards_of(schedule, is_idle)
            if guards is not None:
                found[schedule] = guards
        return found

    def is_idle(self, schedule: Schedule, d: int, segment: tuple[int, int]) -> bool:
        """
        Whether a nest, in a segment of its loop d, only stores elements that are already there: it
        writes over an array, and keeps a part of it.
        """
        if not self.in_place or schedule.op is not self.op or d not in schedule.segments:
            return False
        whole = schedule.ranges[d]
        schedule.ranges[d] = segment[0], segment[1] - 1
        found = all(self._is_kept(schedule, k) for k in range(len(schedule.writes)))
        schedule.ranges[d] = whole
        return found

    def _is_kept(self, schedule: Schedule, k: int) -> bool:
        """Whether result k stays as it is, at all points of the current ranges."""
        value = schedule.op.yielded[k]
        while (
            isinstance(value.owner, Operation) and (x := schedule.chosen(value.owner)) is not None
        ):
            value = x
        load = value.owner
        return (
            schedule.writes[k].combiner == "store"
            and isinstance(load, kernel.LoadOp)
            and self.in_place.get(load.t) == k
        )

    def _points_of(self, schedule: Schedule) -> int:
        """How often the body of a nest runs at most."""
        points = points_of(schedule, self.guards.get(schedule))
        for d, segments in schedule.segments.items() if self.in_place else ():
            idle = sum(
                high - low for low, high in segments if self.is_idle(schedule, d, (low, high))
            )
            if idle:
                points = points * (schedule.sizes[d] - idle) // schedule.sizes[d]
        return points

    @property
    def tile(self) -> Tile | None:
        """The tile of a nest that runs in tiles."""
        found = [schedule.tile for schedule in self.schedules if self._is_tiled(schedule)]
        return found[0] if found else None

    def _is_tiled(self, schedule: Schedule) -> bool:
        """Whether the nest runs in tiles."""
        tile = schedule.tile
        if tile is None or schedule in self.guards or schedule.segments:
            return False
        # An array that the nest reads and writes over may not be read before, or written later.
        if any(op.t in self.in_place for op in tile.loads):
            return False
        return not any(k in self.in_place.values() for k in tile.writes)

    def _blocks(self) -> dict[Schedule, Blocks]:
        for k, schedule in enumerate(self.schedules):
            if self._is_tiled(schedule):
                blocks = blocks_of_tiles(schedule, k)
                if blocks is not None:
                    return {schedule: blocks} if blocks.sums else {}
                schedule.tile = None
        found = ((s, blocks_of(s, k, self.mvec)) for k, s in enumerate(self.schedules))
        return {schedule: blocks for schedule, blocks in found if blocks is not None}

    @property
    def least_parts(self) -> int:
        """The parts that long sums need if they have no blocks, because their rows are too long."""
        if self.strict or self.blocks or not self.partial:
            return 1
        return max((longest_sum(schedule) for schedule in self.schedules), default=0) // ENOUGH

    @property
    def part_rows(self) -> int:
        """Rows that a part of the outermost loop has at least."""
        if not self.products or self.around > 1:
            return 1
        if all(x.product.added > 1 for x in self.products):
            return self._added_rows([x.product for x in self.products])
        return max(LEAST_ROWS, min(self.panel_rows, self.trips[0] // 8))

    def _added_rows(self, products: Sequence[Product]) -> int:
        """
        Rows that a part has at least of sums of products, where a row is much work. BLAS copies the
        other operand in each call, so a call has many rows; but it does not in small calls.
        """
        most = max(FEW_ROWS * p.columns * p.inner for p in products)
        if most <= SMALL_CALL and min(p.inner for p in products) >= JOINED_INNER:
            return FEW_ROWS
        return max(ADDED_ROWS, self.trips[0] // 4)

    @property
    def wakes_blas(self) -> bool:
        """Whether BLAS would multiply with threads of its own, if it could."""
        works = (x.product.loops[-1] * x.product.columns * x.product.inner for x in self.products)
        return max(works, default=0) > blas.ALONE

    @property
    def points(self) -> int:
        """How often bodies run."""
        products = sum(x.product.work for x in self.products) // FUSED
        return products + sum(self._points_of(s) for s in self.schedules)

    @property
    def work(self) -> int:
        """The points, each as often as its body takes the time of a body with a sum or two."""
        products = sum(x.product.work for x in self.products) // FUSED
        return products + sum(self._points_of(s) * _weight(s.op) for s in self.schedules)

    def _place(self, k: int) -> Place:
        """The place of result k."""
        op, result = self.op, self.op.res[k]
        sizes = ints(op.loops)
        moves = [0] * len(sizes)
        dims: Sequence[int] = self.outputs[k][1]
        stride = 1
        if isinstance(op, kernel.FusedOp):
            stride = types.size(op.yielded[k].type)
        elif isinstance(op, kernel.ScatterOp):
            dims = range(op.domain.value.data, len(sizes))
        for d in reversed(dims):
            moves[d], stride = stride, stride * sizes[d]
        return Place(f"%out{k}", types.element(result.type), tuple(moves))

    @cached_property
    def rows_at_once(self) -> int:
        """
        The rows of a `kernel.fused` for which each nest runs before the next nest begins.

        A nest that adds up a short row takes as long as its additions one after the other, and the
        next nest waits for the sum. In this time the processor begins the nest of the next rows.
        """
        is_plain = not (self.products or self.blocks or self.in_place or self.strict)
        if not is_plain or len(self.schedules) < CHAIN or not all(ints(self.op.loops)):
            return 1
        has_sum = any(
            write.combiner != "store" and not write.place.moves[s.loops[-1][-1]]
            for s in self.schedules
            if len(s.loops) > s.first
            for write in s.writes
        )
        rows = prod(ints(self.op.loops))
        points = max(points_of(s, self.guards.get(s)) // rows for s in self.schedules)
        is_short = SHORT_ROW[0] <= points <= SHORT_ROW[1]
        return AT_ONCE if has_sum and is_short and self.trips[-1] >= LEAST_AT_ONCE else 1

    def _rows(self, op: kernel.FusedOp) -> None:
        """The nests of a `kernel.fused`, and the places of their results."""
        around = dict(zip(op.block.args, ints(op.loops)))
        self.schedules = []
        for inner in op.block.ops:
            if isinstance(inner, kernel.GenericOp):
                writes = [self._row(inner, k) for k in range(len(inner.res))]
                self.schedules.append(Schedule(inner, writes, around, self.rows, self.strict))
            elif isinstance(inner, kernel.ProductOp):
                self.products.append(self._product(inner))
        bytes = sum(costs.bytes_of(x.op.result.type) for x in self.products if x.panel)
        rows = max(1, min(MOST_ROWS, PANEL_BYTES // max(bytes, 1)))
        # No nest reads the rows while they are in the cache.
        rows = rows if self.schedules or bytes else ints(op.loops)[-1]
        for x in self.products:
            if x.panel:
                panel = Place(x.panel, x.place.type, ())
                self.stack.append((panel, rows * types.size(x.op.result.type)))
        self.panel_rows = rows

    def _join_rows(self) -> None:
        """
        Run the loops around products as one, where each operand and each result moves along all of
        them as along one. A call of BLAS then has many rows, not the few of one matrix of a batch.
        """
        if self.schedules or self.copies or any(x.panel for x in self.products):
            return
        if any(x.product.inner > JOINED_INNER and not x.product.is_joined for x in self.products):
            return
        while self.around > 1:
            rows = self.trips[-1]
            moves = [m.moves for x in self.products for m in (x.product.left, x.product.right)]
            moves += [place.moves for place in self.places]
            if rows >= LEAST_ROWS or any(move[-2] != rows * move[-1] for move in moves):
                return
            for x in self.products:
                p = x.product
                left, right = (replace(s, moves=_joined(s.moves)) for s in (p.left, p.right))
                loops = (*p.loops[:-2], p.loops[-2] * rows)
                x.product = replace(p, loops=loops, left=left, right=right)
            for place in self.places:
                place.moves = _joined(place.moves)
            self.loops[-2:] = [[*self.loops[-2], *self.loops[-1]]]
            self.trips[-2:] = [self.trips[-2] * rows]
            self.around -= 1
            self.panel_rows = min(self.trips[-1], JOINED_ROWS)

    def _product(self, inner: kernel.ProductOp) -> Rows:
        """The place for a product's rows in common loops: in a result, or a panel of the stack."""
        result, (words, output) = inner.result, inner.letters
        found = product(words, output, [inner.a.type, inner.b.type])
        if not isinstance(found, Product):
            raise LetgradError(f"{inner.name}: BLAS has no such product: {found()}", inner)
        if list(inner.indices) != list(self.op.block.args) or ints(self.op.loops) != found.loops:
            raise LetgradError(f"{inner.name}: its indices are not the loops around it", inner)
        if any(
            isinstance(x.owner, Operation) and x.owner.parent is inner.parent
            for x in (inner.a, inner.b)
        ):
            raise LetgradError(f"{inner.name}: an operand is a row of its own loops", inner)
        yielded = [j for j, x in enumerate(self.op.yielded) if x is result]
        stores = [j for j in yielded if self.outputs[j][0] == "store"]
        panel = None if stores else f"%panel{len(self.products)}"
        kind, n = types.element(result.type), len(found.loops)
        place = Place("", kind, (0,) * n) if panel else self.places[stores[0]]
        self.rows[result] = place
        self.copies += [(result, j) for j in yielded if j not in stores[:1]]
        return Rows(inner, found, place, panel)

    def _row(self, inner: kernel.GenericOp, k: int) -> Write:
        """The place for result k of a nest in common loops: in their results, or on the stack."""
        value, (combiner, dims) = inner.res[k], inner.outputs[k]
        n, sizes = len(ints(self.op.loops)), ints(inner.loops)
        own, stride = [0] * len(sizes), 1
        for d in reversed(dims):
            own[d], stride = stride, stride * sizes[d]
        yielded = [j for j, x in enumerate(self.op.yielded) if x is value]
        stores = [j for j in yielded if self.outputs[j][0] == "store"]
        is_read = any(use.operation is not self.op.block.last_op for use in value.uses)
        joined = {combiner, *(self.outputs[j][0] for j in yielded)} - {"store"}
        if not stores and not is_read and len(yielded) == 1 and len(joined) == 1:
            # No op reads a row by itself.
            at = self.places[yielded[0]]
            return Write(self.outputs[yielded[0]][0], Place(at.pointer, at.type, (*at.moves, *own)))
        if stores:
            home = self.places[stores[0]]
        else:
            home = Place(f"%row{len(self.stack)}", types.element(value.type), (0,) * n)
            self.stack.append((home, types.size(value.type)))
        self.rows[value] = home
        self.copies += [(value, j) for j in yielded if j not in stores[:1]]
        begin = None if combiner == "store" else types.size(value.type)
        return Write(combiner, Place(home.pointer, home.type, (*home.moves, *own)), begin)
