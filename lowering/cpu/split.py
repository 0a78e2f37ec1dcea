"""
A nest whose outermost loop the pool of threads runs in parts.

A part has a range of the loop. If all parts add to a result, each part adds into memory of its own
(the frame's scratch), and the nest joins the parts in their order. So the result does not depend on
the thread that ran a part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from itertools import pairwise
from math import prod

from xdsl.dialects.builtin import Float32Type, Float64Type
from xdsl.ir import Operation

from ...dialects import kernel, types
from ...dialects.types import ints, shape
from ...passes.rewriting import remarks
from ...passes.rewriting.costs import bytes_of
from . import common_code, entries
from .codegen import Codegen
from .instructions import Scalars, bytes_stored, stored
from .threads import GRAIN, parts, thread_count

ALIGNMENT = 64
"""Bytes of a cache line: two parts do not write to the same one."""

THREAD_WORK = 1 << 14
"""The work (`Layout.work`) that a part should have at least: taking it then costs little."""

WORTH = 4
"""A nest needs this many times the work of a part, else waking threads takes too long."""

MAX_PARTS = 64
"""Parts of a nest, at most: more than threads, for one may be slower."""

SCATTER_ROW = 4
"""For rows of this many elements, one more read of all indices for each thread costs little."""


class Planned(list[tuple[int, int]]):
    """The ranges of a loop whose number of turns is that of one size among many."""

    grain = 1
    """All ranges but the first begin at a multiple of this number."""


class Plan:
    """
    The number of parts of each nest, for a program that stands for many sizes: nests come in their
    order. Without `counts`, the plan notes what each nest would have.
    """

    def __init__(self, counts: Sequence[tuple[int, int]] | None = None):
        self.counts = None if counts is None else list(counts)
        self.found: list[tuple[int, int, int]] = []
        """The turns, the parts and the work of each nest."""

    def bounds(self, trip: int, count: int, work: int) -> list[tuple[int, int]]:
        """The ranges of the next nest, which has `count` parts if it stands for its own size."""
        k = len(self.found)
        self.found.append((trip, count, work))
        if self.counts is None or k >= len(self.counts):
            return parts(trip, count) if count > 1 else [(0, trip)]
        count, grain = self.counts[k]
        if count == 1:
            return [(0, trip)]
        begins = [trip * j // count // grain * grain for j in range(count)]
        planned = Planned(pairwise([*begins, trip]))
        planned.grain = grain
        return planned


PLAN: ContextVar[Plan | None] = ContextVar("plan", default=None)


def common_plan(found: Sequence[Sequence[tuple[int, int, int]]]) -> Plan | None:
    """
    A plan for programs that differ in their sizes, of which `found` says the turns and parts of
    each nest. None if threads share a nest at some sizes only.
    """
    if len({len(each) for each in found}) != 1:
        return None
    counts: list[tuple[int, int]] = []
    for nests in zip(*found):
        count = min(count for _, count, _ in nests)
        if count == 1 and any(count > 1 for _, count, _ in nests):
            return None
        least = min(trip for trip, _, _ in nests)
        counts.append((count, GRAIN if least >= count * 16 * GRAIN else 1))
    return Plan(counts)


def bounds_of(op: kernel.Nest, code: Codegen, strict: bool) -> list[tuple[int, int]]:
    """The ranges of a nest's outermost loop that threads take."""
    trip, count = _count_of(op, code, strict)
    if (plan := PLAN.get()) is not None:
        return plan.bounds(trip, count, code.work)
    # The parts do not depend on the number of threads, and so the results do not.
    return parts(trip, count) if count > 1 else [(0, trip)]


def _count_of(op: kernel.Nest, code: Codegen, strict: bool) -> tuple[int, int]:
    """The turns of a nest's outermost loop, and the number of its parts."""
    trip = code.trips[0] if code.trips else 1
    points = code.points
    if isinstance(op, kernel.ScatterOp) and not code.apart:
        # Parts are rows of the result, and each part reads all indices: that pays for long
        # rows.
        rest = shape(op.res[0].type)
        trip = rest[0] if ints(op.dims) else 1
        worth = (
            prod(code.trips[op.domain.value.data :]) >= SCATTER_ROW
            and points >= 4 * WORTH * THREAD_WORK
        )
        count = min(thread_count(), trip) if worth else 1
    elif strict and code.partial:
        count = 1
    else:
        most = max(MAX_PARTS, code.least_parts)
        # A costly body makes a nest worth threads, and then it has as many parts as the least one.
        points = max(points, min(code.work, WORTH * THREAD_WORK))
        count = min(most, points // max(THREAD_WORK, 1), trip // code.part_rows)
        if partial := sum(types.size(op.results[k].type) for k in code.partial):
            # Each part writes its elements, and the join reads them: they must be few beside the
            # computed ones. Four parts still keep two threads busy.
            count = min(count, max(points // (16 * partial), min(4, points // (4 * partial))))
        if points < WORTH * THREAD_WORK:
            count = 1
    return trip, max(count, 1)


def remark_threads(nest: Operation, work: int, count: int) -> None:
    """A remark: whether a nest is split, and if not, why."""
    name, rule = "cpu", "threads"
    if count > 1:
        remarks.passed(name, rule, nest, f"the nest is split into {count} parts")
    elif work < WORTH * THREAD_WORK:
        text = f"the work of {work} points does not pay for waking threads ({WORTH * THREAD_WORK})"
        remarks.missed(name, rule, nest, f"the nest is not split over threads: {text}")
    else:
        text = "its outermost loop has too few turns, or its sums too many elements or an order"
        remarks.missed(name, rule, nest, f"the nest is not split over threads: {text}")


def partial_places(code: Codegen, count: int) -> tuple[dict[int, tuple[int, int]], int]:
    """For each partial result its first part's place and the bytes between parts; all bytes."""
    places: dict[int, tuple[int, int]] = {}
    end = ALIGNMENT
    for k in code.partial:
        room = -(-bytes_of(code.op.results[k].type) // ALIGNMENT) * ALIGNMENT
        places[k] = end, room
        end += count * room
    return places, end


def scratch_bytes(code: Codegen, count: int) -> int:
    """The bytes of scratch for a nest in these parts; the scratch itself may be unaligned."""
    return partial_places(code, count)[1] if code.partial else 0


def part_function(
    code: Codegen,
    name: str,
    nest: str,
    bounds: Sequence[tuple[int, int]],
    places: Sequence[int],
    of_table: bool = False,
) -> str:
    """
    `@<name>.part(args, k)`, which runs the part k of a nest. Its inputs, its results and the
    scratch are at these places of a frame, or of a table.
    """
    pointers = entries.Pointers(of_table)
    *values, scratch = places
    given = [pointers.at(place) for place in values]
    for k, (at, room) in partial_places(code, len(bounds))[0].items():
        even = _even(pointers, scratch)
        pointers.put(f"  %m{k} = mul i64 %k, {room}", f"  %n{k} = add i64 %m{k}, {at - ALIGNMENT}")
        pointers.put(f"  %own{k} = getelementptr i8, ptr {even}, i64 %n{k}")
        given[len(code.inputs) + k] = f"%own{k}"
    listed = "".join(f"ptr {p}, " for p in given)
    table, range_ = _range(name, bounds)
    pointers.put(*range_, f"  call void @{nest}({listed}i64 %lo, i64 %hi)")
    return (
        f"{table}define internal void @{name}.part(ptr %args, i64 %k) {entries.HEAD} {{\n"
        f"{pointers.text()}}}\n"
    )


def run_parts(
    code: Codegen,
    name: str,
    bounds: Sequence[tuple[int, int]],
    places: Sequence[int],
    pointers: entries.Pointers,
    caller: Scalars,
) -> None:
    """
    Run the parts of a nest by its `part_function`, and join their results. The `caller` declares
    the functions that join.
    """
    count = len(bounds)
    *values, scratch = places
    pointers.put(f"  call void @letgrad_parallel(ptr @{name}.part, ptr %args, i64 {count})")
    for k, (at, room) in partial_places(code, count)[0].items():
        join, size = _join(code, k, caller), types.size(code.op.results[k].type)
        out, even = pointers.at(values[len(code.inputs) + k]), _even(pointers, scratch)
        first = f"%{name}.first{k}"
        pointers.put(
            f"  {first} = getelementptr i8, ptr {even}, i64 {at - ALIGNMENT}",
            f"  call void @{join}(ptr {out}, ptr {first}, i64 {size}, i64 {count}, i64 {room})",
        )


def split_by_table(code: Codegen, name: str, nest: str, bounds: Sequence[tuple[int, int]]) -> str:
    """
    `@<name>(args)`, which runs the parts of a nest, and joins their results. `args` is a table of
    the pointers of the nest, behind which is that of the scratch.
    """
    places = range(len(code.inputs) + len(code.op.results) + 1)
    pointers = entries.Pointers(of_table=True)
    run_parts(code, name, bounds, places, pointers, code)
    text = entries.entry(name, pointers).replace("define void", "define internal void")
    return part_function(code, name, nest, bounds, places, of_table=True) + text


def _even(pointers: entries.Pointers, scratch: int) -> str:
    """The first aligned address of the scratch."""
    raw = pointers.at(scratch)
    even = f"  {raw}.even = inttoptr i64 {raw}.whole to ptr"
    if even not in pointers.lines:
        pointers.put(
            f"  {raw}.raw = ptrtoint ptr {raw} to i64",
            f"  {raw}.up = add i64 {raw}.raw, {ALIGNMENT - 1}",
            f"  {raw}.whole = and i64 {raw}.up, {-ALIGNMENT}",
            even,
        )
    return f"{raw}.even"


def _range(name: str, bounds: Sequence[tuple[int, int]]) -> tuple[str, list[str]]:
    """The code of the range of part %k: a table, and the instructions."""
    count, trip = len(bounds), bounds[-1][1]
    if not isinstance(bounds, Planned):
        ends = ", ".join(f"i64 {b}" for b in (*(low for low, _ in bounds), trip))
        return (
            f"@{name}.ends = internal constant [{count + 1} x i64] [{ends}]\n",
            [
                f"  %lo.at = getelementptr i64, ptr @{name}.ends, i64 %k",
                "  %hi.at = getelementptr i64, ptr %lo.at, i64 1",
                *("  %lo = load i64, ptr %lo.at", "  %hi = load i64, ptr %hi.at"),
            ],
        )
    lines = ["  %k.next = add i64 %k, 1"]
    for end, k in (("lo", "%k"), ("end", "%k.next")):
        lines.append(f"  %{end}.turns = mul i64 {k}, {trip}")
        lines.append(f"  %{end}.even = udiv i64 %{end}.turns, {count}")
        lines.append(f"  %{end} = and i64 %{end}.even, {-bounds.grain}")
    lines.append(f"  %is.last = icmp eq i64 %k.next, {count}")
    lines.append(f"  %hi = select i1 %is.last, i64 {trip}, i64 %end")
    return "", lines


def _join(code: Codegen, k: int, caller: Scalars) -> str:
    """
    The name of a function `(out, first, size, count, room)`, which the `caller` declares. It joins
    each element of a result like k from the elements of all parts, in pairs. Parts are `room` bytes
    apart.
    """
    type, combiner = types.element(code.op.results[k].type), code.outputs[k][0]
    # With `strict`, so that additions stay in the written order.
    writer = Scalars(code.mvec, True)
    # Sums and products of floats are written as vectors. LLVM's passes, which find these vectors
    # too, take 6 ms, and the code generator takes 4.
    lanes = 0
    if combiner in ("add", "mul") and isinstance(type, Float32Type | Float64Type):
        lanes = ALIGNMENT // bytes_stored(type)
    vector, whole = f"<{lanes} x {stored(type)}>", ""

    def each(body: Callable[[str], None], wide: Callable[[str], None]) -> None:
        """Write `wide` for all groups of `lanes` elements, and `body` for each of the others."""
        if lanes:
            turns = writer.let(f"udiv i64 %size, {lanes}")
            writer.counted("0", turns, lambda j: wide(writer.let(f"mul i64 {j}, {lanes}")))
        writer.counted(whole or "0", "%size", body)

    def place(pointer: str, i: str) -> str:
        return writer.let(f"getelementptr inbounds {stored(type)}, ptr {pointer}, i64 {i}")

    def load(pointer: str) -> str:
        return writer.let(f"load {vector}, ptr {pointer}, align {bytes_stored(type)}")

    def copy(i: str) -> None:
        writer.store(writer.load("%first", i, type), "%out", i, type)

    def copy_wide(i: str) -> None:
        value = load(place("%first", i))
        writer.put(f"store {vector} {value}, ptr {place('%out', i)}, align {bytes_stored(type)}")

    def at(m: str) -> str:
        """The part m."""
        return writer.let(f"getelementptr i8, ptr %first, i64 {writer.let(f'mul i64 {m}, %room')}")

    def pair(m: str, step: str) -> None:
        """Join the part 2 m step with the one `step` parts later."""
        first = writer.let(f"mul i64 {writer.let(f'mul i64 {m}, 2')}, {step}")
        a, b = at(first), at(writer.let(f"add i64 {first}, {step}"))

        def join(i: str) -> None:
            x, y = writer.load(a, i, type), writer.load(b, i, type)
            writer.store(writer.combine(combiner, x, y, type), a, i, type)

        def join_wide(i: str) -> None:
            here = place(a, i)
            x, y = load(here), load(place(b, i))
            value = writer.let(f"f{combiner} {vector} {x}, {y}")
            writer.put(f"store {vector} {value}, ptr {here}, align {bytes_stored(type)}")

        each(join, join_wide)

    def pairs(level: str) -> None:
        """Join parts that are 2 to the power `level` apart."""
        step = writer.let(f"shl i64 1, {level}")
        # Only the last of these parts may lack a partner.
        number = writer.let(f"sub i64 {writer.let(f'add i64 %count, {step}')}, 1")
        number = writer.let(f"ashr i64 {writer.let(f'ashr i64 {number}, {level}')}, 1")
        writer.counted("0", number, lambda m: pair(m, step))

    if lanes:
        whole = writer.let(f"and i64 %size, {-lanes}")
    # Pairs of pairs: so a sum of many parts rounds only a few times.
    width = writer._flagged("ctlz", "i64", writer.let("sub i64 %count, 1"))
    levels = writer.let(f"sub i64 64, {width}")
    writer.counted("0", levels, pairs)
    each(copy, copy_wide)
    return common_code.share(
        caller,
        f"join.{combiner}.{type}",
        "(ptr noalias %out, ptr noalias %first, i64 %size, i64 %count, i64 %room)"
        ' nounwind noinline "prefer-vector-width"="512"',
        writer,
        is_plain=bool(lanes),
    )
