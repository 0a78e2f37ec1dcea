"""
What a loop reads and writes at places that its counter gives becomes rows: `ten-raise-rows`.

    X = scan [n] (X = X0) over (i = c + s·iota) { …, v = f(X[i - s]), ten.yield update(X, i, v) }
        →  h, V = scan [n] (h = X0[c - s]) { …, v = f(h), ten.yield v, row v }
           update(X0, c + s·k, V)
    X = scan [n] (X = X0) { …, v = f(X[p]), ten.yield update(X, p, v) }
        →  x = scan [n] (x = X0[p]) { …, v = f(x), ten.yield v };  update(X0, p, x)
    scan [n] over (i = c + s·iota) { …, a[i] }
        →  scan [n] over (x = a[c + s·k]) { …, x }

The first two loops carry rows in registers, where the array would be in memory. The gradient of
each loop has rows where it would add to one element of an array in each step.

Needs:   no `ten.build`.
Leaves:  no such loop, with the exceptions below.
Keeps:   the value, bit for bit. Sharing: no computation runs more often.
Ends:    one walk, inner loops first: an inner loop leaves an update of a whole row, which may then
         leave the outer loop. Each firing takes an array out of a loop, or a read.

Exceptions: a place that may be outside of the array; a read of an element that the loop may have
written, if the program does not show in which step; of more than four steps before; loops with a
number of turns, of which only one part of an array leaves, and those with a checkpoint; a read at
an unknown place of a row, because the gradient would have rows of zeros; with `free`, a read for
which the rows would have to be copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.types import Term, ints
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.levels import Level
from ..rewriting.lines_of_rows import Place, place_of
from ..sharing.shared_terms import drop_broken_stamps
from .index_maps.bounds import bounds_of_elements

MOST_BEFORE = 4
"""The steps before, of which a loop carries the rows."""


@dataclass(frozen=True)
class RaiseRowsPass(ModulePass):
    """
    Makes rows of loops out of reads and updates at places that the counter of the loop gives.

    With `free`, only those reads become rows that need no copy of an array.

    Example:

        >>> @lg.program
        ... def decay(a):
        ...     for i in range(1, 5):
        ...         a[i] = 0.5 * a[i - 1]
        ...     return a
        >>> module = lg.trace(decay, lg.spec(5))
        >>> RaiseRowsPass().apply(ctx, module)
        >>> "ten.scan [4] (%5 = %3 : f64) -> (f64, tensor<4xf64>)" in str(module)
        True
    """

    name = "ten-raise-rows"
    needs: ClassVar[Level] = Level.BULK

    free: bool = False
    """Whether only those reads become rows for which no array is copied."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # An outer loop comes before its inner loops.
        for scan in reversed([x for x in ops_in(op) if isinstance(x, ten.ScanOp)]):
            if (
                scan.trips < 2
                or scan.states is not None
                or any(isinstance(x.type, Term) for x in (*scan.operands, *scan.results))
            ):
                continue
            for k in reversed(range(len(scan.inits))):
                if scan.turns is None and (found := updated_rows(scan, k)) is not None:
                    scan = carry_rows(scan, k, found)
                    count(self.name)
                elif (kept := updated_part(scan, k)) is not None:
                    scan = carry_part(scan, k, kept)
                    count(self.name)
            reads = rows_read(scan, self.free)
            if reads:
                read_rows(scan, reads)
                count(self.name, len(reads))
        drop_broken_stamps(op, self.name)


# Arrays that a loop updates.


@dataclass
class Updated:
    """
    A carried array in which each step replaces the row at `first + step · (number of the row)` of
    the dimension behind the indices `fixed`; and the ops that read the array.
    """

    update: ten.UpdateOp
    fixed: Sequence[SSAValue]
    first: int
    step: int
    same: dict[ten.IndexOp, int]
    """Reads of rows that the loop writes so many steps later; before, if negative."""
    others: list[ten.IndexOp]
    """Reads of elements that the loop never writes, or not before it reads them."""


def update_of(scan: ten.ScanOp, k: int) -> ten.UpdateOp | None:
    """The only update of the carried value k in each turn, if that is what the next turn gets."""
    update = scan.nexts[k].owner
    if not isinstance(update, ten.UpdateOp) or update.parent is not scan.block:
        return None
    is_carried = update.x is scan.carried[k]
    return update if is_carried and sum(x is update.result for x in scan.yielded) == 1 else None


def updated_rows(scan: ten.ScanOp, k: int) -> Updated | None:
    """How the loop updates the carried value k; None if it does anything else with it."""
    carried, update = scan.carried[k], update_of(scan, k)
    if update is None:
        return None
    sizes, box = types.shape(carried.type), types.shape(update.v.type)
    places = [place_of(x) for x in update.offsets]
    d = next((d for d, place in enumerate(places) if scan in place.steps), None)
    if d is None or (line := places[d].line(scan)) is None:
        return None
    if box != (*[1] * (d + 1), *sizes[d + 1 :]) or any(
        s != 1 for s in ints(update.strides)[d + 1 :]
    ):
        return None
    fixed = update.offsets[:d]
    if not all(p.in_range(n) for p, n in zip(places[: d + 1], sizes)):
        return None
    if not all(p == Place(0, {}) for p in places[d + 1 :]):
        return None
    if not all(_is_outside(x, scan) for x in fixed):
        return None
    found = Updated(update, fixed, *line, {}, [])
    for array in (carried, update.result):
        for use in array.uses:
            op = use.operation
            if op is update or (op is scan.block.last_op and array is update.result):
                continue
            if not isinstance(op, ten.IndexOp) or not _add_read(
                scan, found, op, array is update.result, sizes
            ):
                return None
    return found


def _add_read(
    scan: ten.ScanOp, found: Updated, op: ten.IndexOp, after: bool, sizes: Sequence[int]
) -> bool:
    """Add a read to those that are known; False if the loop may have written what it reads."""
    d = len(found.fixed)
    if len(op.indices) <= d:
        return False
    places = [place_of(x) for x in op.indices]
    for place, fixed in zip(places, found.fixed):
        distance = place.plus(place_of(fixed), -1)
        if distance.steps:
            return False
        if distance.first:
            found.others.append(op)
            return True
    if (line := places[d].line(scan)) is None or not places[d].in_range(sizes[d]):
        return False
    first, step = line
    turn, rest = divmod(first - found.first, found.step)
    if step == 0:
        if rest or not 0 <= turn < scan.trips:
            found.others.append(op)
            return True
        return False
    if step != found.step:
        return False
    if rest:
        found.others.append(op)
        return True
    later = -turn if scan.is_reverse else turn
    if later > 0 or (later == 0 and not after):
        found.others.append(op)
        return True
    if -later > min(MOST_BEFORE, scan.trips):
        return False
    found.same[op] = later
    return True


def carry_rows(scan: ten.ScanOp, k: int, found: Updated) -> ten.ScanOp:
    """
    X = scan (X = X0) { …, f(X[i - s], X[i + s]), ten.yield update(X, i, v) }
        →  h, V = scan (h = X0[c - s]) { …, f(h, X0[i + s]), ten.yield v, row v };  update(X0, …, V)

    The loop carries as many rows as it reads, and not the array.
    Requires: each place is in the array. Outside, the read is 0, and the update has no effect.
    Requires: an element that the loop reads is from a step before that is known, or from X0.
    """
    block, update, n = scan.block, found.update, len(scan.inits)
    carried, init, d = scan.carried[k], scan.inits[k], len(found.fixed)
    sizes = types.shape(init.type)
    rest = sizes[d + 1 :]
    before = Emitter.before(scan)
    base = before(ten.IndexOp(init, found.fixed)) if d else init
    inside = Emitter.before(update)
    v = update.v
    if isinstance(v.owner, ten.ReshapeOp) and types.shape(v.owner.x.type) == rest:
        row = v.owner.x
    else:
        row = inside(ten.ReshapeOp(v, rest))
    # The rows of the steps before, the last one first.
    deep = max((-later for later in found.same.values()), default=0)
    zeroth = scan.trips - 1 if scan.is_reverse else 0
    sign = 1 if scan.is_reverse else -1
    starts: list[SSAValue] = []
    history: list[SSAValue] = [row]
    for j in range(1, deep + 1):
        place = before.constant(found.first + found.step * (zeroth + sign * j), ten.index_type)
        starts.append(before(ten.IndexOp(base, [place])))
        history.append(block.insert_arg(starts[-1].type, n + j - 1))
    for op in found.others:
        op.operands[0] = init
    for op, later in found.same.items():
        value: SSAValue = history[-later]
        if len(op.indices) > d + 1:
            value = Emitter.before(op)(ten.IndexOp(value, op.indices[d + 1 :]))
        op.result.replace_all_uses_with(value)
        Rewriter.erase_op(op)
    last = block.last_op
    assert last is not None
    nexts = [x for j, x in enumerate(scan.nexts) if j != k]
    Rewriter.replace_op(last, ten.YieldOp(*nexts, *history[:deep], *scan.ys, row))
    Rewriter.erase_op(update)
    if isinstance(v.owner, ten.ReshapeOp) and v.first_use is None:
        Rewriter.erase_op(v.owner)
    block.erase_arg(carried)
    inits = [x for j, x in enumerate(scan.inits) if j != k]
    xs, body = list(scan.xs), scan.detach_region(scan.body)
    new = ten.ScanOp(scan.trips, [*inits, *starts], xs, body, scan.is_reverse)
    new.attributes.update(scan.attributes)
    new.location = scan.location
    Rewriter.insert_op(new, before.place)
    behind = Emitter.after(new)
    rows, first, step = new.results[-1], found.first, found.step
    if step < 0:
        rows, first, step = behind(ten.ReverseOp(rows, [0])), first + step * (scan.trips - 1), -step
    zero = behind.constant(0, ten.index_type)
    offsets = [behind.constant(first, ten.index_type), *[zero] * len(rest)]
    array = behind(ten.UpdateOp(base, rows, offsets, [step, *[1] * len(rest)]))
    if d:
        array = behind(ten.ReshapeOp(array, (*[1] * d, *sizes[d:])))
        array = behind(ten.UpdateOp(init, array, [*found.fixed, *[zero] * (len(rest) + 1)]))
    ys = new.results[len(inits) + deep : -1]
    results: list[SSAValue] = [*new.results[: len(inits)], *ys]
    results.insert(k, array)
    for result, old in zip(results, scan.results, strict=True):
        result.name_hint = result.name_hint or old.name_hint
        old.replace_all_uses_with(result)
    Rewriter.erase_op(scan)
    return new


# Arrays of which a loop updates one part.


@dataclass
class UpdatedPart:
    """
    A carried array in which each step replaces the part at the same indices, and the ops that read
    the array: this part before and after the update, and elements that the loop does not write.
    """

    update: ten.UpdateOp
    fixed: Sequence[SSAValue]
    before: list[ten.IndexOp]
    after: list[ten.IndexOp]
    others: list[ten.IndexOp]


def updated_part(scan: ten.ScanOp, k: int) -> UpdatedPart | None:
    """The part of the carried value k that a loop updates, if it does nothing else with it."""
    carried, update = scan.carried[k], update_of(scan, k)
    if update is None:
        return None
    sizes, box = types.shape(carried.type), types.shape(update.v.type)
    places = [place_of(x) for x in update.offsets]
    # The leading dimensions of which the part has one place.
    whole = [p == Place(0, {}) and m == n for p, m, n in zip(places, box, sizes)]
    d = len(sizes)
    while d and whole[d - 1]:
        d -= 1
    fixed = update.offsets[:d]
    if not d or box[:d] != (1,) * d or any(s != 1 for s in ints(update.strides)[d:]):
        return None
    if not all(_is_outside(x, scan) for x in fixed):
        return None
    if not all(_is_inside(x, p, n) for x, p, n in zip(fixed, places, sizes)):
        return None
    found = UpdatedPart(update, fixed, [], [], [])
    for array, same in ((carried, found.before), (update.result, found.after)):
        for use in array.uses:
            op = use.operation
            if op is update or (op is scan.block.last_op and array is update.result):
                continue
            if not isinstance(op, ten.IndexOp) or len(op.indices) < d:
                return None
            distances = [place_of(x).plus(place, -1) for x, place in zip(op.indices, places[:d])]
            if any(not x.steps and x.first for x in distances):
                found.others.append(op)
            elif any(x.steps for x in distances):
                return None
            else:
                same.append(op)
    return found


def carry_part(scan: ten.ScanOp, k: int, found: UpdatedPart) -> ten.ScanOp:
    """
    X = scan (X = X0) { …, f(X[p]), ten.yield update(X, p, v) }
        →  x = scan (x = X0[p]) { …, f(x), ten.yield v };  update(X0, p, x)

    A part of few elements stays in registers, where the array would be in memory.
    Requires: p is in the array. Outside, the read is 0, and the update has no effect.
    Requires: an element that the loop reads is in the part, or from X0.
    """
    block, update = scan.block, found.update
    carried, init, d = scan.carried[k], scan.inits[k], len(found.fixed)
    before = Emitter.before(scan)
    start = before(ten.IndexOp(init, found.fixed))
    rest = types.shape(start.type)
    inside = Emitter.before(update)
    v = update.v
    if isinstance(v.owner, ten.ReshapeOp) and types.shape(v.owner.x.type) == rest:
        row = v.owner.x
    else:
        row = inside(ten.ReshapeOp(v, rest))
    last = block.last_op
    assert last is not None
    last.operands[k] = row
    for op in found.others:
        op.operands[0] = init
    part = block.insert_arg(start.type, k)
    for ops, value in ((found.before, part), (found.after, row)):
        for op in ops:
            x: SSAValue = value
            if len(op.indices) > d:
                x = Emitter.before(op)(ten.IndexOp(x, op.indices[d:]))
            op.result.replace_all_uses_with(x)
            Rewriter.erase_op(op)
    Rewriter.erase_op(update)
    if isinstance(v.owner, ten.ReshapeOp) and v.first_use is None:
        Rewriter.erase_op(v.owner)
    block.erase_arg(carried)
    inits = [*scan.inits]
    inits[k] = start
    xs, body = list(scan.xs), scan.detach_region(scan.body)
    new = ten.ScanOp(scan.trips, inits, xs, body, scan.is_reverse, scan.turns)
    new.attributes.update(scan.attributes)
    new.location = scan.location
    Rewriter.insert_op(new, before.place)
    behind = Emitter.after(new)
    value = behind(ten.ReshapeOp(new.results[k], (*[1] * d, *rest)))
    zeros = [behind.constant(0, ten.index_type)] * len(rest)
    array = behind(ten.UpdateOp(init, value, [*found.fixed, *zeros], [1] * (d + len(rest))))
    results: list[SSAValue] = list(new.results)
    results[k] = array
    for result, old in zip(results, scan.results, strict=True):
        result.name_hint = result.name_hint or old.name_hint
        old.replace_all_uses_with(result)
    Rewriter.erase_op(scan)
    return new


def _is_inside(x: SSAValue, place: Place, size: int) -> bool:
    """Whether an index is surely one of an array of this size."""
    if place.in_range(size):
        return True
    low, high = bounds_of_elements(x)
    return 0 <= low and high < size


# Arrays that a loop only reads.


@dataclass(frozen=True)
class Read:
    """
    A read of an array from outside, in the turn k at first + step · k of the dimension behind the
    indices `fixed`, and at known indices behind it.
    """

    op: ten.IndexOp
    fixed: Sequence[SSAValue]
    first: int
    step: int
    behind: Sequence[int]

    @property
    def rows(self) -> object:
        """A key of the rows."""
        return self.op.t, tuple(self.fixed), self.first, self.step, tuple(self.behind)


def rows_read(scan: ten.ScanOp, free: bool) -> list[Read]:
    """The reads of arrays from outside that become rows."""
    found = []
    for op in scan.block.ops:
        if not isinstance(op, ten.IndexOp) or not _is_outside(op.t, scan):
            continue
        places, sizes = [place_of(x) for x in op.indices], types.shape(op.t.type)
        d = next((d for d, place in enumerate(places) if scan in place.steps), None)
        if d is None or (line := places[d].line(scan)) is None:
            continue
        behind = places[d + 1 :]
        if any(place.steps for place in behind):
            continue
        if not all(place.in_range(n) for place, n in zip(places[d:], sizes[d:])):
            continue
        if not all(_is_outside(x, scan) for x in op.indices[:d]):
            continue
        if free and (d or behind or line != (0, 1) or sizes[0] != scan.trips):
            continue
        found.append(Read(op, op.indices[:d], *line, [place.first for place in behind]))
    return found


def read_rows(scan: ten.ScanOp, reads: Sequence[Read]) -> None:
    """
    scan [n] over (i = c + s·iota) { …, a[i] }  →  scan [n] over (x = a[c + s·k]) { …, x }

    The gradient has a row where it would add to an element of an array.
    Requires: each place is in the array. Outside, a read is 0.
    """
    before = Emitter.before(scan)
    known: dict[object, SSAValue] = {}
    xs = list(scan.xs)
    for read in reads:
        op = read.op
        if read.rows not in known:
            xs.append(_rows(before, read, scan.trips))
            known[read.rows] = scan.block.insert_arg(op.result.type, len(scan.block.args))
        op.result.replace_all_uses_with(known[read.rows])
        Rewriter.erase_op(op)
    body = scan.detach_region(scan.body)
    new = ten.ScanOp(scan.trips, list(scan.inits), xs, body, scan.is_reverse, scan.turns)
    new.attributes.update(scan.attributes)
    new.location = scan.location
    for result, old in zip(new.results, scan.results):
        result.name_hint = old.name_hint
    Rewriter.replace_op(scan, new)


def _rows(e: Emitter, read: Read, trips: int) -> SSAValue:
    """What a read gives in each turn."""
    x, step = read.op.t, read.step
    if read.fixed:
        x = e(ten.IndexOp(x, read.fixed))
    n, *sizes = types.shape(x.type)
    rest = sizes[len(read.behind) :]
    low = min(read.first, read.first + step * (trips - 1))
    if (low, abs(step), trips, len(read.behind)) != (0, 1, n, 0):
        offsets = [low, *read.behind, *[0] * len(rest)]
        box = (trips, *[1] * len(read.behind), *rest)
        x = e(ten.SliceOp(x, offsets, box, [abs(step), *[1] * len(sizes)]))
    if read.behind:
        x = e(ten.ReshapeOp(x, (trips, *rest)))
    return e(ten.ReverseOp(x, [0])) if step < 0 else x


def _is_outside(x: SSAValue, scan: ten.ScanOp) -> bool:
    """Whether a value is made outside of the body of a scan."""
    block: Block | None = x.owner if isinstance(x.owner, Block) else x.owner.parent
    op: Operation | None
    while block is not None and block is not scan.block:
        op = block.parent_op()
        block = None if op is None else op.parent
    return block is None
