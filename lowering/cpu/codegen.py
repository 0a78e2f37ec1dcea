"""
One loop nest as LLVM IR text: a `kernel.generic`, a `kernel.scatter`, or a `kernel.fused` with the
nests inside of it.

The nest becomes a function. The function takes one pointer for each tensor or scalar that the nest
reads, one for each result, and a range of the outermost loop. Threads share this loop. Pointers are
`noalias`, so that LLVM may keep a sum in a register and vectorize around it. Reductions accumulate
into their results, which begin with the combiner's identity.

The innermost loop is the loop along which most accesses move by one element; short loops may be
written out inside of it. If all accesses move along two loops as along one loop, the code has one
loop for both. The loops of a `kernel.fused` are around the loops of its nests, and stay as they
are. If only its nests read a row, the row is on the stack. The code makes the rows of a product of
matrices one panel at a time: it calls BLAS, and then runs the nests for each row of the panel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from math import prod

from xdsl.dialects import arith
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints, shape
from ...passes.rewriting.diagnostics import LetgradError
from ..nests.matrix_products import Side
from . import common_code, one_point
from .guards import SMALL, Sum
from .instructions import (
    MASKED_LOOP,
    PART,
    SCALAR_LOOP,
    UNROLLED_LOOP,
    Scalars,
    identity,
    is_one_turn,
    number,
    register,
    stored,
)
from .long_sums import Blocks, LongSum, compensated
from .matrices import blas
from .matrices.product_calls import multiply
from .nest_layout import Layout, Rows
from .row_blocks import numbers_read, write_blocks
from .schedule import Linear, Place, Schedule, Tile, Write, has_masked_end
from .select_forms import counts_from_the_end
from .threads import GRAIN
from .transposing import transposing

Counters = dict[int, str]
"""The counters of the loops around a place, by their place in `Schedule.loops`."""

PADDING = 8
"""Elements between the rows of a buffer, so that a column does not lie in few sets of the cache."""
LONG_ROW = 64
"""A row of more elements is set by a loop. LLVM does not keep so many in registers."""
LOOP_ID = "!LOOP"
"""Stands for the number of a loop's metadata, until the code around the loop is known."""


class Codegen(Layout):
    """Writes the function of one nest, or of nests in common loops."""

    # The function.

    def function(self, whole: tuple[int, int] | None = None) -> str:
        """
        The definition, without its name, of a function (arrays…, lo, hi) that runs a range of the
        outermost loop. `declared` then has its declarations of outside names. With `whole`, the
        range is known, and the code is shorter.
        """
        if self.calls is not None:
            return self._in_calls(self.calls, whole)
        if whole:
            self.range = str(whole[0]), str(whole[1])
        return self._function()

    def _in_calls(self, blocks: Blocks, whole: tuple[int, int] | None) -> str:
        """`function`, as calls of another function for blocks of the range."""
        self.blocks = {}
        text = self._function()
        # Nests that are alike share this function too, so its text gives the name.
        key = hashlib.sha256(text.encode()).hexdigest()
        block, loop = f"block.{key[:16]}", int(key[:7], 16)
        self.declare(block, f"define internal void @{block}{text.replace(LOOP_ID, f'!{loop}')}")
        if blocks.vectors:
            wide = f'!{{!"llvm.loop.interleave.count", i32 {blocks.vectors}}}'
            self.declare(f"!{loop}", f"!{loop} = distinct !{{!{loop}, {wide}}}")
        if whole:
            self.range = str(whole[0]), str(whole[1])
        low, high = self.range
        # With `strict`, so that nothing moves an error into a sum.
        writer = Scalars(self.mvec, True)
        sums = {k: self.places[k] for k in self.partial}
        for k, place in sums.items():
            value = number(identity(self.outputs[k][0], place.type)[0], place.type)
            kind = stored(place.type)
            writer.put(f"%part{k} = alloca {kind}, align 64")
            writer.put(f"%sum{k} = alloca {kind}, align 64")
            writer.put(f"%error{k} = alloca {kind}, align 64")
            writer.store(value, f"%sum{k}", "0", place.type)
            writer.store(number(0, place.type), f"%error{k}", "0", place.type)
        # A part of the loop may have some elements more than its blocks; they are no block.
        assert blocks.length is not None
        most = blocks.length + GRAIN
        size = writer.let(f"sub i64 {high}, {low}")
        count = writer.let(f"udiv i64 {writer.let(f'add i64 {size}, {most - 1}')}, {most}")
        some = writer._call_intrinsic("umax", "i64", [count, "1"])
        up = writer.let(f"add i64 {size}, {some}")
        length = writer.let(f"udiv i64 {writer.let(f'sub i64 {up}, 1')}, {some}")
        if len(self.loops) == 1:
            length = writer.let(f"and i64 {writer.let(f'add i64 {length}, {GRAIN - 1}')}, {-GRAIN}")
        inputs = [f"%in{k}" for k in range(len(self.inputs))]
        results = [f"%part{k}" if k in sums else f"%out{k}" for k in range(len(self.places))]
        given = "".join(f"ptr {p}, " for p in (*inputs, *results))

        def call(i: str) -> None:
            begin = writer.let(f"add i64 {low}, {writer.let(f'mul i64 {i}, {length}')}")
            begin = writer._call_intrinsic("smin", "i64", [begin, high])
            end = writer.let(f"add i64 {begin}, {length}")
            end = writer._call_intrinsic("smin", "i64", [end, high])
            writer.put(f"call void @{block}({given}i64 {begin}, i64 {end})")
            for k, place in sums.items():
                type = place.type
                part, total = (writer.load(f"%{p}{k}", "0", type) for p in ("part", "sum"))
                if k in blocks.sums:
                    error = writer.load(f"%error{k}", "0", type)
                    total, error = compensated(writer, part, error, total, type)
                    writer.store(error, f"%error{k}", "0", type)
                else:
                    total = writer.combine(self.outputs[k][0], total, part, type)
                writer.store(total, f"%sum{k}", "0", type)

        loop = writer.declare(*SCALAR_LOOP)
        writer.counted("0", count, call, f", !llvm.loop {loop}")
        for k, place in sums.items():
            total = writer.load(f"%sum{k}", "0", place.type)
            writer.store(total, place.pointer, "0", place.type)
        writer.put("ret void")
        self.declared |= writer.declared
        pointers = (*inputs, *(f"%out{k}" for k in range(len(self.places))))
        return self._definition(pointers, writer.lines)

    def _function(self) -> str:
        pointers = [f"%in{k}" for k in range(len(self.inputs))] + [
            f"%out{k}" for k in range(len(self.op.res))
        ]
        self.values: dict[SSAValue, str] = {}
        self.pointer = dict(zip(self.inputs, pointers))
        # Pointers are noalias.
        self.pointer |= {x: f"%out{k}" for x, k in self.in_place.items()}
        for x in self.inputs:
            if not types.rank(x.type):
                self.values[x] = self.load(self.pointer[x], "0", types.element(x.type))
        for place, size in self.stack:
            size *= self.rows_at_once
            self.put(f"{place.pointer} = alloca [{size} x {stored(place.type)}], align 64")
        for k in range(len(self.op.res)):
            self._initialize(k)
        for blocks in self.blocks.values():
            self._reserve(blocks)
        for schedule in self.schedules:
            if self._is_tiled(schedule):
                self._reserve_tiles(schedule)
        if all(ints(self.op.loops)):
            if isinstance(self.op, kernel.FusedOp):
                self._outer_loop(0, {})
            else:
                self._loop(self.schedules[0], 0, {})
        for schedule, blocks in self.blocks.items():
            if blocks.rows:
                self._add_blocks(schedule, blocks, {})
        self.put("ret void")
        return self._definition(pointers, [*self.unknown_constants(), *self.lines])

    @staticmethod
    def _definition(pointers: Sequence[str], lines: Sequence[str]) -> str:
        arguments = "".join(f"ptr noalias nocapture {p}, " for p in pointers)
        body = "\n".join(lines)
        # A function of its own, because inlined code would repeat the facts about its pointers at
        # each access. The stack has an alignment of its own, because vector functions keep no
        # register: half of the values saved on the stack would otherwise lie in two cache lines.
        return (
            f"({arguments}i64 %lo, i64 %hi) nounwind noinline alignstack(64)"
            f' "prefer-vector-width"="512" {{\nentry:\n{body}\n}}\n'
        )

    def _begin(self, combiner: str, place: Place, low: str, high: str) -> None:
        """As `_fill`, by a function that all such results share. Each result calls it once."""
        value, type = identity(combiner, place.type)
        if self.unrolls or value == 0 or is_one_turn(low, high):
            self._fill(combiner, place, low, high)
            return
        writer = Scalars(self.mvec, self.strict)
        write = partial(writer.store, pointer="%at", type=place.type)
        writer.counted("%low", "%high", lambda i: write("%value", offset=i))
        name = common_code.share(
            self,
            f"fill.{place.type}",
            f"(ptr noalias %at, i64 %low, i64 %high, {register(type)} %value) nounwind noinline",
            writer,
        )
        given = f"{register(type)} {number(value, type)}"
        self.put(f"call void @{name}(ptr {place.pointer}, i64 {low}, i64 {high}, {given})")

    def _fill(self, combiner: str, place: Place, low: str, high: str) -> None:
        """Set these elements after a pointer to the combiner's identity."""
        value, type = identity(combiner, place.type)
        if value == 0 and not self.unrolls and not is_one_turn(low, high):
            self.clear(place.pointer, low, high, place.type)
            return
        note = f", !llvm.loop {self.declare(*UNROLLED_LOOP)}" if self.unrolls else ""
        write = partial(self.store, number(value, type), place.pointer, type=place.type)
        self.counted(low, high, lambda i: write(offset=i), note)

    def _initialize(self, k: int) -> None:
        """
        If a result accumulates, set all of it to its combiner's identity.
        """
        (combiner, _), place = self.outputs[k], self.places[k]
        if combiner == "store" or k in self.begun:
            return
        result = self.op.res[k]
        size = types.size(result.type)
        if isinstance(self.op, kernel.ScatterOp) and not self.apart:
            # Parts are rows of the result.
            width = prod(shape(result.type)[len(ints(self.op.dims)) and 1 :])
            self._begin(combiner, place, *(self.let(f"mul i64 {e}, {width}") for e in self.range))
            return
        if k in self.partial:
            self._begin(combiner, place, "0", str(size))
            return
        # Each part begins its own rows. They are one piece only if the loop is outermost there too.
        width = place.moves[self.loops[0][-1]]
        blocks = size // (width * self.trips[0]) if size else 0

        def part(begin: str) -> None:
            low, high = (
                self.let(f"add i64 {begin}, {self.let(f'mul i64 {end}, {width}')}")
                for end in self.range
            )
            self._begin(combiner, place, low, high)

        if blocks == 1:
            part("0")
        else:
            self.counted(
                "0", str(blocks), lambda q: part(self.let(f"mul i64 {q}, {width * self.trips[0]}"))
            )

    # Loops.

    def _outer_loop(self, depth: int, counters: Counters) -> None:
        """The loops of a `kernel.fused` from `depth` on, with one nest after the other inside."""
        if depth == len(self.trips):
            for schedule in self.schedules:
                self._row_of(schedule, counters)
            for value, j in self.copies:
                self._copy_row(value, j, counters)
            self._end_of_row(counters)
            return
        low, high = self.range if depth == 0 else ("0", str(self.trips[depth]))
        if depth == len(self.trips) - 1 and (self.products or self.rows_at_once > 1):
            (self._panels if self.products else self._blocks_of_rows)(low, high, counters)
        else:
            self.counted(low, high, lambda i: self._outer_loop(depth + 1, {**counters, depth: i}))

    def _panels(self, low: str, high: str, counters: Counters) -> None:
        """The innermost loop around nests, in panels of rows of products, of similar size."""
        size = high if low == "0" else self.let(f"sub i64 {high}, {low}")
        if self.trips[-1] <= self.panel_rows:
            self._panel(low, size, counters)
            return
        up = self.let(f"add i64 {size}, {self.panel_rows - 1}")
        count = self.let(f"sdiv i64 {up}, {self.panel_rows}")

        def end(k: str) -> str:
            part = self.let(f"sdiv i64 {self.let(f'mul i64 {k}, {size}')}, {count}")
            return self.let(f"add i64 {low}, {part}")

        def panel(k: str) -> None:
            begin, after = end(k), end(self.let(f"add i64 {k}, 1"))
            self._panel(begin, self.let(f"sub i64 {after}, {begin}"), counters)

        self.counted("0", count, panel)

    def _panel(self, begin: str, rows: str, counters: Counters) -> None:
        """A panel of rows: first all products, then the nests for each row."""
        last = len(self.trips) - 1
        for x in self.products:
            self._multiply(x, rows, {**counters, last: begin})

        def row(i: str) -> None:
            at = i if begin == "0" else self.let(f"add i64 {begin}, {i}")
            for x in self.products:
                if x.panel:
                    move = self.let(f"mul i64 {i}, {types.size(x.op.result.type)}")
                    x.place.pointer = self.address(x.panel, move, x.place.type)
            self._outer_loop(last + 1, {**counters, last: at})

        if self.schedules or self.copies:
            self.counted("0", rows, row)

    def _blocks_of_rows(self, low: str, high: str, counters: Counters) -> None:
        """The innermost loop around nests, in blocks of rows."""
        last = len(self.trips) - 1

        def nest(schedule: Schedule, i: str) -> None:
            at = {**counters, last: i}
            for value in numbers_read(schedule.op, self.rows):
                self.values[value] = self._row_value(self.rows[value], at)
            self._row_of(schedule, at)

        def copy(value: SSAValue, j: int, i: str) -> None:
            self._copy_row(value, j, {**counters, last: i})

        steps = [partial(nest, schedule) for schedule in self.schedules]
        write_blocks(self, low, high, [*steps, *(partial(copy, *each) for each in self.copies)])

    def _multiply(self, x: Rows, rows: str, counters: Counters) -> None:
        """This number of rows of a product, from these indices on."""
        word = self.word or blas.integers()
        if word is None:
            raise LetgradError(f"{x.op.name}: NumPy's BLAS is not found", x.op)

        def side(s: Side) -> str:
            t = (x.op.a, x.op.b)[s.operand]
            return self.address(self.pointer[t], self._sum(s.moves, 0, counters), x.place.type)

        if x.panel:
            target, stride = x.panel, x.product.columns
        else:
            at = self._row_begin(x.place, counters)
            target = self.address(x.place.pointer, at, x.place.type)
            stride = x.place.moves[self.around - 1]
        if word == "i32":
            rows = self.let(f"trunc i64 {rows} to i32")
        sides = side(x.product.left), side(x.product.right)
        multiply(self, x.product, x.place.type, word, rows, sides, (target, stride))

    def _row_of(self, schedule: Schedule, counters: Counters) -> None:
        """All of a nest, for these indices of the loops around it."""
        for write in schedule.writes:
            if write.begin is not None:
                begin = self._row_begin(write.place, counters)
                at = self.address(write.place.pointer, begin, write.place.type)
                self._begin_row(schedule, write, Place(at, write.place.type, ()))
        if all(schedule.sizes):
            self._loop(schedule, schedule.first, counters)
        for result in schedule.op.res:
            if result in schedule.rows and not types.rank(result.type):
                self.values[result] = self._row_value(schedule.rows[result], counters)

    def _row_value(self, place: Place, counters: Counters) -> str:
        """The number of a row without dimensions."""
        return self.load(place.pointer, self._row_begin(place, counters), place.type)

    def _begin_row(self, schedule: Schedule, write: Write, place: Place) -> None:
        """Set a row to its combiner's identity, in the way in which the nest runs."""
        assert write.begin is not None
        if not schedule.unrolled or write.begin > LONG_ROW:
            self._fill(write.combiner, place, "0", str(write.begin))
            return
        value, type = identity(write.combiner, place.type)
        for k in range(write.begin):
            self.store(number(value, type), place.pointer, str(k), place.type)

    def _row_begin(self, place: Place, counters: Counters) -> str:
        """The offset of a place for these indices of the loops around a nest, in elements."""
        return self._sum(place.moves[: self.around], 0, counters)

    def _copy_row(self, value: SSAValue, j: int, counters: Counters) -> None:
        """Copy a computed row into another result."""
        source, target = self.rows[value], self.places[j]
        begin, at = (self._row_begin(place, counters) for place in (source, target))
        start = self.address(source.pointer, begin, source.type)
        goal = self.address(target.pointer, at, target.type)

        def element(i: str) -> None:
            loaded = self.load(start, i, source.type)
            self._put(self.outputs[j][0], loaded, goal, i, target.type)

        self.counted("0", str(types.size(value.type)), element)

    def _loop(self, schedule: Schedule, depth: int, counters: Counters) -> None:
        """The loops from `depth` on; `counters` are the loops around, by their place in `loops`."""
        if depth == schedule.domain:
            self._scatter(schedule, counters)
        else:
            self._inner_loop(schedule, depth, counters)

    def _inner_loop(self, schedule: Schedule, depth: int, counters: Counters) -> None:
        blocks = self.blocks.get(schedule)
        if blocks and blocks.rows and depth == schedule.first:
            results = schedule.writes
            schedule.writes = self._writes_of_block(schedule, blocks)
            self._turns(schedule, depth, counters)
            schedule.writes = results
            return
        for sum in blocks.sums.values() if blocks else ():
            if sum.begin == depth:
                self._fill("add", sum.error, "0", str(sum.error_size))
        if blocks and blocks.depth == depth and blocks.length is None and not blocks.tiles:
            self._block(schedule, blocks, counters, lambda: self._turns(schedule, depth, counters))
        else:
            self._turns(schedule, depth, counters)

    def _turns(self, schedule: Schedule, depth: int, counters: Counters) -> None:
        """The loop at `depth`, or the body."""
        if depth == len(schedule.loops):
            self._body(schedule, counters)
            return
        if depth == len(schedule.loops) - 2 and self._is_tiled(schedule):
            self._tiles(schedule, depth, counters)
            return
        for k, at in self.begun.items():
            if at == depth:
                place = self.places[k]
                value, type = identity(self.outputs[k][0], place.type)
                offset = self._offset(schedule, (place.moves, 0), counters)
                self.store(number(value, type), place.pointer, offset, place.type)
        d = schedule.loops[depth][-1]
        segments = schedule.segments.get(d, [(0, schedule.trips[depth])])
        has_edges = d in schedule.joined
        for segment in segments[1:2] if has_edges else segments:
            if not self.is_idle(schedule, d, segment):
                self._segment(schedule, depth, counters, segment, *map(str, segment))
        if has_edges:
            self._edges(schedule, depth, counters, segments[0], segments[2])

    def _segment(
        self,
        schedule: Schedule,
        depth: int,
        counters: Counters,
        known: tuple[int, int],
        low: str,
        high: str,
    ) -> None:
        """The turns of a loop from `low` to `high`, of which `known` are the known ends."""
        outermost = depth == 0 and (schedule.domain is None or self.apart)
        d = schedule.loops[depth][-1]
        ends = low, high
        if outermost and self.range == PART and d in schedule.segments:
            ends = (
                self._call_intrinsic("smax", "i64", [PART[0], low]),
                self._call_intrinsic("smin", "i64", [PART[1], high]),
            )
        elif outermost and d not in schedule.segments:
            ends = self.range
        whole = schedule.ranges[d]
        if d in schedule.segments:
            schedule.ranges[d] = known[0], known[1] - 1
        one, ends = self._guarded(schedule, d, counters, *ends)
        if one is None:
            self._cut(schedule, depth, counters, *ends)
        else:
            self._one_turn(schedule, depth, counters, one, *ends)
        schedule.ranges[d] = whole

    def _edges(
        self,
        schedule: Schedule,
        depth: int,
        counters: Counters,
        first: tuple[int, int],
        last: tuple[int, int],
    ) -> None:
        """
        The first and the last segment of a loop, as one piece of code. In it, only the innermost
        loop has segments.
        """
        segments, joined = schedule.segments, schedule.joined
        innermost = schedule.loops[-1][-1]
        inside = {group[-1] for group in schedule.loops[depth + 1 :]} - {innermost}

        def side(k: str) -> None:
            is_last = self.let(f"icmp ne i64 {k}, 0")
            low, high = (
                self.let(f"select i1 {is_last}, i64 {b}, i64 {a}") for a, b in zip(first, last)
            )
            self._segment(schedule, depth, counters, (first[0], last[1]), low, high)

        schedule.joined = joined - inside
        schedule.segments = {d: s for d, s in segments.items() if d not in inside}
        self.counted("0", "2", side)
        schedule.segments, schedule.joined = segments, joined

    def _tiles(self, schedule: Schedule, depth: int, counters: Counters) -> None:
        """The two innermost loops, in tiles."""
        assert schedule.tile is not None
        height, width = schedule.tile.turns
        low, high = self.range if depth == 0 else ("0", str(schedule.trips[depth]))

        def ends(low: str, high: str, length: int, k: str) -> tuple[str, str]:
            begin = self.let(f"add nsw i64 {low}, {self.let(f'mul nsw i64 {k}, {length}')}")
            end = self.let(f"add nsw i64 {begin}, {length}")
            return begin, self._call_intrinsic("smin", "i64", [end, high])

        def count(low: str, high: str, length: int) -> str:
            size = self.let(f"sub i64 {high}, {low}")
            return self.let(f"sdiv i64 {self.let(f'add i64 {size}, {length - 1}')}, {length}")

        def row(k: str) -> None:
            outer = ends(low, high, height, k)
            last = str(schedule.trips[depth + 1])

            def column(k: str) -> None:
                inner = ends("0", last, width, k)
                self._tile(schedule, depth, counters, outer, inner)

            self.counted("0", count("0", last, width), column)

        self.counted("0", count(low, high, height), row)

    def _tile(
        self,
        schedule: Schedule,
        depth: int,
        counters: Counters,
        outer: tuple[str, str],
        inner: tuple[str, str],
    ) -> None:
        """One tile: first its loads across, then its points, then its writes across."""
        assert schedule.tile is not None
        pitch = self._pitch(schedule.tile)

        begin = {**counters, depth: outer[0], depth + 1: inner[0]}
        height, width = (self.let(f"sub nsw i64 {high}, {low}") for low, high in (outer, inner))

        def load(op: kernel.LoadOp) -> None:
            type, linear = types.element(op.t.type), schedule.linear(op.t, op.indices)
            assert linear is not None
            stride = linear[0][schedule.loops[depth + 1][-1]]
            at = self._offset(schedule, linear, begin)
            source = self.address(self.pointer[op.t], at, type)
            name = transposing(self, type)
            self.put(
                f"call void @{name}(ptr {source}, i64 {stride}, ptr {self.tiles[op]}, i64 {pitch}, "
                f"i64 {width}, i64 {height})"
            )

        def store(k: int) -> None:
            place, type = self.places[k], self.places[k].type
            stride = place.moves[schedule.loops[depth + 1][-1]]
            at = self._offset(schedule, (place.moves, 0), begin)
            target = self.address(place.pointer, at, type)
            name = transposing(self, type)
            self.put(
                f"call void @{name}(ptr {self.tiles[k]}, i64 {pitch}, ptr {target}, i64 {stride}, "
                f"i64 {height}, i64 {width})"
            )

        def points() -> None:
            def row(j: str) -> None:
                first = self.let(f"mul nsw i64 {self.let(f'sub nsw i64 {j}, {outer[0]}')}, {pitch}")
                first = self.let(f"sub nsw i64 {first}, {inner[0]}")
                self.row_of_tile = first
                self.counted(
                    *inner, lambda i: self._body(schedule, {**counters, depth: j, depth + 1: i})
                )
                self.row_of_tile = ""

            self.counted(*outer, row)

        for op in schedule.tile.loads:
            load(op)
        blocks = self.blocks.get(schedule)
        if blocks is not None:
            self._block(schedule, blocks, counters, points)
        else:
            points()
        for k in schedule.tile.writes:
            store(k)

    @staticmethod
    def _pitch(tile: Tile) -> int:
        """The elements from one row of a buffer to the next."""
        return tile.turns[1] + PADDING

    def _reserve_tiles(self, schedule: Schedule) -> None:
        """Memory for the buffers of a tile."""
        assert schedule.tile is not None
        size = schedule.tile.turns[0] * self._pitch(schedule.tile)
        kinds = [(op, types.element(op.t.type)) for op in schedule.tile.loads]
        kinds += [(k, self.places[k].type) for k in schedule.tile.writes]
        for key, type in kinds:
            self.tiles[key] = self.let(f"alloca [{size} x {stored(type)}], align 64")

    def _guarded(
        self, schedule: Schedule, d: int, counters: Counters, low: str, high: str
    ) -> tuple[str | None, tuple[str, str]]:
        """
        The turns of loop d from `low` to `high` that its guards let through. If a guard lets only
        one turn through, this turn comes first, and it may lie outside of the others.
        """
        guards = self.guards.get(schedule)
        order = {group[0]: g for g, group in enumerate(schedule.loops)}
        one: str | None = None

        def least(name: str, a: str, b: str) -> str:
            return self._call_intrinsic(name, "i64", [a, b])

        def number(x: Sum, wraps: bool = False) -> str:
            """A sum, which is right up to numbers larger than all loops, or modulo 2^64."""
            total = str(x.constant)
            for loop, factor in x.loops:
                step = self.let(f"mul i64 {counters[order[loop]]}, {factor}")
                total = self.let(f"add i64 {total}, {step}")
            for value, sign in x.fixed:
                v = self._compute(schedule, [value], counters)[value]
                if not wraps:
                    v = least("smax", least("smin", v, str(4 * SMALL)), str(-4 * SMALL))
                total = self.let(f"{'add' if sign == 1 else 'sub'} i64 {total}, {v}")
            return total

        for limit in guards.limits if guards else ():
            if limit.loop != d:
                continue
            if limit.begin is not None and limit.width == 1 and one is None:
                one = number(limit.begin, wraps=True)
            elif limit.begin is not None:
                begin = number(limit.begin)
                low = least("smax", low, begin)
                if limit.width:
                    end = self.let(f"add i64 {begin}, {limit.width}")
                    high = least("smin", high, end)
            if limit.end is not None:
                high = least("smin", high, number(limit.end))
        return one, (low, high)

    def _one_turn(
        self, schedule: Schedule, depth: int, counters: Counters, i: str, low: str, high: str
    ) -> None:
        """
        The turn i of a loop, if it lies in the range. LLVM would not know that a loop has one turn
        at most, and would take long to make vectors of it.
        """
        if low == "0" and high.isdecimal():
            inside = self.let(f"icmp ult i64 {i}, {high}")
        else:
            inside = self.let(
                f"and i1 {self.let(f'icmp sge i64 {i}, {low}')}, "
                f"{self.let(f'icmp slt i64 {i}, {high}')}"
            )
        self.where(inside, lambda: self._loop(schedule, depth + 1, {**counters, depth: i}))

    # Long sums.

    def _reserve(self, blocks: Blocks) -> None:
        """Memory for the blocks of a nest, and for the errors of its sums."""
        for sum in blocks.sums.values():
            kind = stored(sum.block.type)
            self.put(f"{sum.block.pointer} = alloca [{sum.block_size} x {kind}], align 64")
            self.put(f"{sum.error.pointer} = alloca [{sum.error_size} x {kind}], align 64")
            if sum.begin is None:
                self._fill("add", sum.error, "0", str(sum.error_size))
            if blocks.rows:
                self._fill("add", sum.block, "0", str(sum.block_size))

    def _end_of_row(self, counters: Counters) -> None:
        """Add the blocks that end with this turn of the innermost loop around nests."""
        for schedule, blocks in self.blocks.items():
            if not blocks.rows or blocks.length is None:
                continue
            last = self.let(f"and i64 {counters[blocks.depth]}, {blocks.length - 1}")
            ends = self.let(f"icmp eq i64 {last}, {blocks.length - 1}")

            def add(schedule: Schedule = schedule, blocks: Blocks = blocks) -> None:
                self._add_blocks(schedule, blocks, {})
                for sum in blocks.sums.values():
                    self._fill("add", sum.block, "0", str(sum.block_size))

            self.where(ends, add)

    def _cut(self, schedule: Schedule, depth: int, counters: Counters, low: str, high: str) -> None:
        """The turns of a loop from `low` to `high`, in blocks if the loop is cut."""

        def turn(i: str) -> None:
            self._loop(schedule, depth + 1, {**counters, depth: i})

        blocks = self.blocks.get(schedule)
        if blocks is None or blocks.rows or blocks.depth != depth or blocks.length is None:
            # Only the run knows the ends of a loop with guards.
            is_known = low.isdecimal() and high.isdecimal()
            if is_known and len(schedule.loops) - depth <= schedule.unrolled:
                for k in range(int(low), int(high)):
                    turn(str(k))
                return
            wide = self.calls is not None and self.calls.vectors > 0
            after = f", !llvm.loop {LOOP_ID}" if wide else ""
            if schedule.is_scalar and len(schedule.loops) - depth == schedule.unrolled + 1:
                after = f", !llvm.loop {self.declare(*SCALAR_LOOP)}"
            elif not after and is_known and depth == len(schedule.loops) - 1:
                if has_masked_end(schedule, int(high) - int(low), self.mvec):
                    after = f", !llvm.loop {self.declare(*MASKED_LOOP)}"
            self.counted(low, high, turn, after)
            return
        length = blocks.length
        size = self.let(f"sub i64 {high}, {low}")
        count = self.let(f"sdiv i64 {self.let(f'add i64 {size}, {length - 1}')}, {length}")

        def block(k: str) -> None:
            begin = self.let(f"add nsw i64 {low}, {self.let(f'mul nsw i64 {k}, {length}')}")
            end = self.let(f"add nsw i64 {begin}, {length}")
            end = self._call_intrinsic("smin", "i64", [end, high])
            self._block(schedule, blocks, counters, lambda: self.counted(begin, end, turn))

        self.counted("0", count, block)

    def _block(
        self, schedule: Schedule, blocks: Blocks, counters: Counters, write: Callable[[], None]
    ) -> None:
        """The code of `write`, whose long sums go into a block, and then into their results."""
        for sum in blocks.sums.values():
            self._fill("add", sum.block, "0", str(sum.block_size))
        results = schedule.writes
        schedule.writes = self._writes_of_block(schedule, blocks)
        write()
        schedule.writes = results
        self._add_blocks(schedule, blocks, counters)

    @staticmethod
    def _writes_of_block(schedule: Schedule, blocks: Blocks) -> list[Write]:
        inside = blocks.writes_of_block
        return [inside.get(k, write) for k, write in enumerate(schedule.writes)]

    def _add_blocks(self, schedule: Schedule, blocks: Blocks, counters: Counters) -> None:
        """Add the sums of a block to their results."""
        for sum in blocks.sums.values():
            self._add_block(schedule, sum, blocks.depth + 1, counters)

    def _add_block(self, schedule: Schedule, sum: LongSum, depth: int, counters: Counters) -> None:
        """Add the sum of a block to its result, for the elements of the loops from `depth` on."""
        if depth < len(schedule.loops):
            if sum.block.moves[schedule.loops[depth][-1]]:
                self.counted(
                    "0",
                    str(schedule.trips[depth]),
                    lambda i: self._add_block(schedule, sum, depth + 1, {**counters, depth: i}),
                )
            else:
                self._add_block(schedule, sum, depth + 1, counters)
            return
        places = [sum.block, sum.error, sum.write.place]
        at = [self._offset(schedule, (place.moves, 0), counters) for place in places]
        type = sum.block.type
        part, error, total = (self.load(p.pointer, i, type) for p, i in zip(places, at))
        after, lost = compensated(self, part, error, total, type)
        self.store(after, places[2].pointer, at[2], type)
        self.store(lost, places[1].pointer, at[1], type)

    def _offset(self, schedule: Schedule, linear: Linear, counters: Counters) -> str:
        """The offset of an access, in elements."""
        moves = [linear[0][group[-1]] for group in schedule.loops]
        return self._sum(moves, linear[1], counters)

    def _sum(self, moves: Sequence[int], begin: int, counters: Counters) -> str:
        """`begin`, and for each loop its counter times a move."""
        total = ""
        for g, move in enumerate(moves):
            if move:
                step = counters[g] if move == 1 else self.once(f"mul nsw i64 {counters[g]}, {move}")
                total = step if not total else self.once(f"add nsw i64 {total}, {step}")
        if begin or not total:
            total = str(begin) if not total else self.once(f"add nsw i64 {total}, {begin}")
        return total

    def _compute(
        self, schedule: Schedule, yielded: Sequence[SSAValue], counters: Counters
    ) -> dict[SSAValue, str]:
        """The registers that the body has for these values."""
        values = dict(self.values)
        for g, group in enumerate(schedule.loops):
            if len(group) == 1 and g in counters:
                values[schedule.args[group[0]]] = counters[g]
        needed = schedule.needed(yielded)
        self.is_point = self.unrolls and self.points == 1
        for op in schedule.op.block.ops:
            if op in needed and (result := op.results[0]) not in values:
                values[result] = self._value(schedule, op, values, counters)
        return values

    def _value(
        self, schedule: Schedule, op: Operation, values: dict[SSAValue, str], counters: Counters
    ) -> str:
        kind = op.__class__  # most ops are none of these, and `isinstance` takes ten times as long
        if kind is kernel.LoadOp:
            return self._load_op(schedule, op, values, counters)  # type: ignore[arg-type]
        if kind is arith.CmpiOp and (known := schedule.holds(op)) is not None:  # type: ignore[arg-type]
            return str(int(known))
        if kind is arith.SelectOp and (chosen := schedule.chosen(op)) is not None:
            return values[chosen]
        if self.is_point and (value := one_point.value(self, op, values)) is not None:
            return value
        if kind is arith.SelectOp and counts_from_the_end(op):  # type: ignore[arg-type]
            # As unsigned numbers, x + n < 2^63 <= x for -n <= x < 0, and x is the lesser elsewhere.
            below, above = op._operands[1:]
            return self._call_intrinsic("umin", "i64", [values[below], values[above]])
        return self.op_of(op, [values[x] for x in op._operands])

    def _body(self, schedule: Schedule, counters: Counters) -> None:
        yielded = schedule.op.yielded if schedule.domain is None else schedule.op.yielded[:1]
        if (guards := self.guards.get(schedule)) is not None:
            yielded = [guards.value]
        values = self._compute(schedule, yielded, counters)
        for n, (value, write) in enumerate(zip(yielded, schedule.writes)):
            place = write.place
            if self.row_of_tile and n in self.tiles:
                at = self.once(
                    f"add nsw i64 {self.row_of_tile}, {counters[len(schedule.loops) - 1]}"
                )
                self.store(values[value], self.tiles[n], at, place.type)
                continue
            offset = self._offset(schedule, (place.moves, 0), counters)
            if schedule.domain is not None and self.base != "0":
                rest = prod(schedule.sizes[schedule.domain :])
                base = self.base if rest == 1 else self.let(f"mul nsw i64 {self.base}, {rest}")
                offset = base if offset == "0" else self.let(f"add nsw i64 {base}, {offset}")
            self._put(write.combiner, values[value], place.pointer, offset, place.type)

    def _put(self, combiner: str, value: str, pointer: str, offset: str, type: Attribute) -> None:
        """Store a value, or combine it with the stored element."""
        if combiner != "store":
            value = self.combine(combiner, self.load(pointer, offset, type), value, type)
        self.store(value, pointer, offset, type)

    def _scatter(self, schedule: Schedule, counters: Counters) -> None:
        """
        A scatter's place for these indices. The code around it runs only if the place is inside,
        and in a row of this thread.
        """
        assert isinstance(schedule.op, kernel.ScatterOp)
        places = schedule.op.yielded[1:]
        outside = self.values
        self.values = self._compute(schedule, places, counters)
        inside, self.base = "", "0"
        for k, (place, n) in enumerate(zip(places, ints(schedule.op.dims))):
            x = self.values[place]
            if k == 0 and self.apart:
                inside, self.base = self.let(f"icmp ult i64 {x}, {n}"), x
            elif k == 0:
                here = self.let(
                    f"and i1 {self.let(f'icmp sge i64 {x}, {self.range[0]}')}, "
                    f"{self.let(f'icmp slt i64 {x}, {self.range[1]}')}"
                )
                inside, self.base = here, x
            else:
                here = self.let(f"icmp ult i64 {x}, {n}")
                inside = self.let(f"and i1 {inside}, {here}")
                self.base = self.let(f"add i64 {self.let(f'mul i64 {self.base}, {n}')}, {x}")
        if not inside:
            self._inner_loop(schedule, schedule.domain or 0, counters)
        else:
            self.where(inside, lambda: self._inner_loop(schedule, schedule.domain or 0, counters))
        self.values = outside

    def _load_op(
        self, schedule: Schedule, op: kernel.LoadOp, values: dict[SSAValue, str], counters: Counters
    ) -> str:
        t, *indices = op._operands
        type, sizes = types.element(t.type), shape(t.type)
        if not indices:
            return values[t]
        if self.row_of_tile and op in self.tiles:
            at = self.once(f"add nsw i64 {self.row_of_tile}, {counters[len(schedule.loops) - 1]}")
            return self.load(self.tiles[op], at, type)
        row = schedule.rows.get(t)
        pointer = self.pointer[t] if row is None else row.pointer
        linear = schedule.linear(t, indices)
        inside = [True] * len(sizes)
        if "in_bounds" not in op.attributes:
            inside = [schedule.is_inside(i, n) for i, n in zip(indices, sizes)]
        if False in inside or not types.size(t.type):
            return number(0, type)
        if linear is not None and all(inside):
            return self.load(pointer, self._offset(schedule, linear, counters), type)
        offset, good = "0", ""
        for i, n, known in zip(indices, sizes, inside):
            x = values[i]
            if not known:
                # Keep each index inside by itself, so that a vector of the others stays a vector.
                here = self.once(f"icmp ult i64 {x}, {n}")
                x = self.once(f"select i1 {here}, i64 {x}, i64 0")
                good = here if not good else self.once(f"and i1 {good}, {here}")
            step = self.once(f"mul i64 {offset}, {n}") if offset != "0" else "0"
            offset = x if step == "0" else self.once(f"add i64 {step}, {x}")
        if row is not None and any(row.moves):
            begin = self._row_begin(row, counters)
            offset = self.once(f"add i64 {begin}, {offset}")
        value = self.load(pointer, offset, type)
        if not good:
            return value
        r = register(type)
        return self.let(f"select i1 {good}, {r} {value}, {r} {number(0, type)}")
