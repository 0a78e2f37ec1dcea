"""
What a loop reads and writes at places that its counter gives becomes rows: `ten-raise-rows`.

    X = scan [n] (X = X0) over (i = c + s·iota) { …, v = f(X[i - s]), ten.yield update(X, i, v) }
        →  h, V = scan [n] (h = X0[c - s]) { …, v = f(h), ten.yield v, row v }
           update(X0, c + s·k, V)
    X = scan [n] (X = X0) { …, v = f(X[p]), ten.yield update(X, p, v) }
        →  x = scan [n] (x = X0[p]) { …, v = f(x), ten.yield v };  update(X0, p, x)
    X = scan [m] turns t (X = X0) over (k = iota) { …, ten.yield update(X, c + k, f(X[c + k])) }
        →  scan [n] () over (j = iota) { …, row (c <= j < c + t ? f(X0[j]) : X0[j]) }
    scan [n] over (i = c + s·iota) { …, a[i] }
        →  scan [n] over (x = a[c + s·k]) { …, x }
    if c { …, ten.yield update(X, p, v) } else { ten.yield X },  in a loop
        →  w = if c { …, ten.yield v } else { ten.yield X[p] };  update(X, p, w)

The first two loops carry rows in registers, where the array would be in memory. The third loop
carries nothing: `ten-vectorize-maps` makes bulk ops of it. The gradient of each loop has rows where
it would add to one element of an array in each step. A row may also be a column of the array: all
of some dimensions, at one index of each other one. Behind the last rule, a conditional that costs
less than a branch becomes a select.

Needs:   no `ten.build`.
Leaves:  no such loop, with the exceptions below.
Keeps:   the value, bit for bit. Sharing: no computation runs more often.
Ends:    one walk, inner loops first: an inner loop leaves an update of a whole row, which may then
         leave the outer loop. Each firing takes an array out of a loop, or a read.

Exceptions: branches that read an array that they have updated, or update boxes of two sizes; a
place that may be outside of the array; a read of an element that the loop may have
written, if the program does not show in which step; of more than four steps before; loops with a
checkpoint; loops with a number of turns that carry anything else, do costly work, or reach few of
the rows, on average over the loops around them, or about whose turns nothing is known; a read at a
place of a row that the body computes, because the gradient would have rows of zeros; with `free`, a
read for which the rows would have to be copied, and a loop with a number of turns whose rows are
vectors in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i64
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.types import Term, ints
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..rewriting.levels import Level
from ..rewriting.lines_of_rows import Place, mean_turns, place_of, progression, turns_of
from ..sharing.copying import copy_op
from ..sharing.evaluations import is_heavy
from ..sharing.shared_terms import drop_broken_stamps
from .conditional_updates import is_in_loop, keeps_order, keeps_place, simplify_conditional
from .index_maps.bounds import bounds_of_elements

MOST_BEFORE = 4
"""The steps before, of which a loop carries the rows."""

INDICES = ten.index_type, i64
"""Types of indices, whose values are at most 2^63 - 1 in both."""

MOST_UNREACHED = 3
"""
A loop with a number of turns becomes one over all rows of its array if it reaches one in so many of
them, on average. The others are work for nothing.
"""


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
    seeks: ClassVar[Kinds] = (ten.ScanOp, scf.IfOp)
    needs: ClassVar[Level] = Level.BULK

    free: bool = False
    """Whether only those reads become rows for which no array is copied."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        turned: Turned = {}
        # An outer loop comes before its inner loops.
        for scan in reversed([x for x in ops_in(op) if isinstance(x, ten.ScanOp | scf.IfOp)]):
            if isinstance(scan, scf.IfOp):
                if is_in_loop(scan):
                    count(self.name, simplify_conditional(scan))
                continue
            if (
                scan.trips < 2
                or scan.states is not None
                or any(isinstance(x.type, Term) for x in (*scan.operands, *scan.results))
            ):
                continue
            for k in reversed(range(len(scan.inits))):
                if (found := updated_rows(scan, k)) is not None:
                    if scan.turns is None:
                        scan = carry_rows(scan, k, found)
                    elif reaches_most(scan, found, self.free):
                        scan = take_all_rows(scan, found)
                    else:
                        continue
                    count(self.name)
                elif (kept := updated_part(scan, k)) is not None:
                    scan = carry_part(scan, k, kept)
                    count(self.name)
            reads = rows_read(scan, self.free)
            if reads:
                read_rows(scan, reads, turned)
                count(self.name, len(reads))
        drop_broken_stamps(op, self.name)


# Arrays that a loop updates.


@dataclass
class Updated:
    """
    A carried array in which each step replaces a row: all of the dimensions `whole`, at the indices
    `fixed` of others, and at `first + step · (number of the row)` of the dimension `d`; and the ops
    that read the array.
    """

    update: ten.UpdateOp
    d: int
    fixed: Mapping[int, SSAValue]
    whole: Sequence[int]
    first: Place
    step: int
    same: dict[ten.IndexOp, int]
    """Reads of rows that the loop writes so many steps later; before, if negative."""
    others: list[ten.IndexOp]
    """Reads of elements that the loop never writes, or not before it reads them."""

    @property
    def order(self) -> list[int]:
        """The dimensions of the array as the loop goes through them."""
        return [*self.fixed, self.d, *self.whole]


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
    strides, offsets = ints(update.strides), update.offsets
    places = [place_of(x) for x in offsets]
    d = next((d for d, place in enumerate(places) if scan in place.steps), None)
    if d is None or box[d] != 1 or (line := line_of(places[d], scan)) is None:
        return None
    fixed: dict[int, SSAValue] = {}
    whole: list[int] = []
    for e in range(len(sizes)):
        if e == d:
            continue
        if box[e] == sizes[e] and strides[e] == 1 and places[e] == Place(0, {}):
            # In front of the row, a dimension of one element is like an index.
            (whole.append(e) if e > d or sizes[e] > 1 else fixed.update({e: offsets[e]}))
        elif box[e] == 1 and _is_outside(offsets[e], scan):
            fixed[e] = offsets[e]
        else:
            return None
    first, step = line
    found = Updated(update, d, fixed, whole, first, step, {}, [])
    for array in (carried, update.result):
        for use in array.uses:
            op = use.operation
            if op is update or (op is scan.block.last_op and array is update.result):
                continue
            # A column is a row of the array in another order.
            dims = range(len(sizes))
            reads = [op]
            if isinstance(op, ten.TransposeOp):
                dims, reads = ints(op.perm), [x.operation for x in op.result.uses]
            for read in reads:
                if not isinstance(read, ten.IndexOp) or not _add_read(
                    scan, found, read, dims, array is update.result, sizes
                ):
                    return None
    # A read of a row outside is 0, and not what the loop would write there.
    inside = all(places[e].in_range(sizes[e]) for e in (d, *fixed))
    if not inside and (found.same or (not first.steps and not places[d].in_range(sizes[d]))):
        return None
    return found


def line_of(place: Place, scan: ten.ScanOp) -> tuple[Place, int] | None:
    """
    (first, step) of an index along the rows of a scan. The first one is made of constants and of
    the rows of loops around it.
    """
    steps = dict(place.steps)
    step = steps.pop(scan, 0)
    around: list[Operation] = []
    op = scan.parent_op()
    while op is not None:
        around.append(op)
        op = op.parent_op()
    if not all(isinstance(x, ten.ScanOp) and x in around for x in steps):
        return None
    return Place(place.first, steps), step


def _add_read(
    scan: ten.ScanOp,
    found: Updated,
    op: ten.IndexOp,
    dims: Sequence[int],
    after: bool,
    sizes: Sequence[int],
) -> bool:
    """
    Add a read to those that are known; False if the loop may have written what it reads. The read
    sees the dimensions of the array in the order `dims`.
    """
    d, n = found.d, len(op.indices)
    places = {e: place_of(x) for e, x in zip(dims, op.indices)}
    for e, fixed in found.fixed.items():
        if e in places and places[e].is_not(place_of(fixed)):
            found.others.append(op)
            return True
    if d not in places:
        return False
    line, index = line_of(places[d], scan), op.indices[dims.index(d)]
    is_same_row = _is_outside(index, scan) if line is None else line[1] == 0
    if is_same_row and keeps_place(found.update, d, index):
        found.others.append(op)
        return True
    if line is None:
        return False
    first, step = line
    distance = first.plus(found.first, -1)
    if distance.steps:
        return False
    # A read that leaves the array is no read of a row of the loop.
    inside = places[d].in_range(sizes[d])
    turn, rest = divmod(distance.first, found.step)
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
    if any(
        e not in places or places[e].plus(place_of(x), -1).steps for e, x in found.fixed.items()
    ):
        return False
    # What follows the index in the row are leading indices of the row.
    behind = [e for e in dims[:n] if e in found.whole]
    if not inside or scan.turns is not None or behind != found.whole[: len(behind)]:
        return False
    if list(dims[n:]) != sorted(dims[n:]):
        return False
    if -later > min(MOST_BEFORE, scan.trips):
        return False
    found.same[op] = later
    return True


def carry_rows(scan: ten.ScanOp, k: int, found: Updated) -> ten.ScanOp:
    """
    X = scan (X = X0) { …, f(X[i - s], X[i + s]), ten.yield update(X, i, v) }
        →  h, V = scan (h = X0[c - s]) { …, f(h, X0[i + s]), ten.yield v, row v };  update(X0, …, V)

    The loop carries as many rows as it reads, and not the array.
    Requires: each place that it reads after the update, or of a step before, is in the array.
              Outside, the read is 0, and the update has no effect.
    Requires: an element that the loop reads is from a step before that is known, or from X0.
    """
    block, update, n = scan.block, found.update, len(scan.inits)
    carried, init = scan.carried[k], scan.inits[k]
    before = Emitter.before(scan)
    _move_indices(before, found, scan)
    # The rows of the steps before, the last one first.
    deep = max((-later for later in found.same.values()), default=0)
    zeroth = scan.trips - 1 if scan.is_reverse else 0
    sign = 1 if scan.is_reverse else -1
    starts: list[SSAValue] = []
    steps_before: list[SSAValue] = []
    base = _rows_of(before, init, found) if deep else None
    first = _first_of(before, found, scan)
    for j in range(1, deep + 1):
        assert base is not None
        place = _plus(before, first, found.step * (zeroth + sign * j))
        starts.append(before(ten.IndexOp(base, [place])))
        steps_before.append(block.insert_arg(starts[-1].type, n + j - 1))
    turned = _turned(scan, k, found)
    for op in found.others:
        _read_from(op, init, turned, before)

    def use(reads: Sequence[tuple[ten.IndexOp, SSAValue]]) -> None:
        for op, value in reads:
            dims = ints(turned[op].perm) if op in turned else range(types.rank(init.type))
            if behind := [x for e, x in zip(dims, op.indices) if e in found.whole]:
                value = Emitter.before(op)(ten.IndexOp(value, behind))
            op.result.replace_all_uses_with(value)
            Rewriter.erase_op(op)

    use([(op, steps_before[-later - 1]) for op, later in found.same.items() if later])
    # The row may be what one of these ops read.
    v, row = update.v, _row_of(found)
    use([(op, row) for op, later in found.same.items() if not later])
    history = [row, *steps_before]
    last = block.last_op
    assert last is not None
    nexts = [x for j, x in enumerate(scan.nexts) if j != k]
    Rewriter.replace_op(last, ten.YieldOp(*nexts, *history[:deep], *scan.ys, row))
    for op in dict.fromkeys(turned.values()):
        Rewriter.erase_op(op)
    Rewriter.erase_op(update)
    if isinstance(v.owner, ten.ReshapeOp) and v.first_use is None:
        Rewriter.erase_op(v.owner)
    block.erase_arg(carried)
    inits = [x for j, x in enumerate(scan.inits) if j != k]
    xs, body = list(scan.xs), scan.detach_region(scan.body)
    new = ten.ScanOp(scan.trips, [*inits, *starts], xs, body, scan.is_reverse, scan.turns)
    new.attributes.update(scan.attributes)
    new.location = scan.location
    Rewriter.insert_op(new, before.place)
    array = _with_rows(Emitter.after(new), init, found, new, first)
    ys = new.results[len(inits) + deep : -1]
    results: list[SSAValue] = [*new.results[: len(inits)], *ys]
    results.insert(k, array)
    for result, old in zip(results, scan.results, strict=True):
        result.name_hint = result.name_hint or old.name_hint
        old.replace_all_uses_with(result)
    Rewriter.erase_op(scan)
    return new


def _move_indices(e: Emitter, found: Updated, scan: ten.ScanOp) -> None:
    """The fixed indices that the body writes as 0 stand in front of the loop."""
    found.fixed = {
        k: x if _is_outside(x, scan) else e.constant(0, x.type) for k, x in found.fixed.items()
    }


def _turned(scan: ten.ScanOp, k: int, found: Updated) -> dict[ten.IndexOp, ten.TransposeOp]:
    """The reads of the carried array k in another order of its dimensions, and these orders."""
    return {
        use.operation: op
        for array in (scan.carried[k], found.update.result)
        for op in [use.operation for use in array.uses]
        if isinstance(op, ten.TransposeOp)
        for use in op.result.uses
        if isinstance(use.operation, ten.IndexOp)
    }


def _read_from(
    op: ten.IndexOp,
    array: SSAValue,
    turned: Mapping[ten.IndexOp, ten.TransposeOp],
    before: Emitter,
) -> None:
    """Let an op read an array from outside of the loop."""
    if op in turned:
        array = before(ten.TransposeOp(array, ints(turned[op].perm)))
    op.operands[0] = array


def _row_of(found: Updated) -> SSAValue:
    """What a step writes, without the dimensions of which it writes one place."""
    v, sizes = found.update.v, types.shape(found.update.result.type)
    rest = tuple(sizes[e] for e in found.whole)
    # The update has dimensions of size 1, which another update may have given to a row.
    while isinstance(v.owner, ten.ReshapeOp | ten.TransposeOp) and keeps_order(v.owner):
        v = v.owner.x
        if types.shape(v.type) == rest:
            return v
    return Emitter.before(found.update)(ten.ReshapeOp(found.update.v, rest))


def _first_of(e: Emitter, found: Updated, scan: ten.ScanOp) -> SSAValue:
    """The index of the first row of the scan."""
    if not found.first.steps:
        return e.constant(found.first.first, ten.index_type)
    return _at_row_0(e, found.update.offsets[found.d], scan)


def _at_row_0(e: Emitter, x: SSAValue, scan: ten.ScanOp) -> SSAValue:
    """An index of the body that is a `line_of` the scan, for the row 0."""
    number = types.constant_value(x)
    if isinstance(number, int):
        return e.constant(number, x.type)
    if _is_outside(x, scan):
        return x
    op = x.owner
    if isinstance(op, Block):
        assert isinstance(x, BlockArgument)
        line = progression(scan.xs[x.index - len(scan.inits)])
        assert line is not None
        return e.constant(line[0], x.type)
    return e(copy_op(op, [_at_row_0(e, y, scan) for y in op.operands], op.result_types))


def _plus(e: Emitter, x: SSAValue, number: int) -> SSAValue:
    known = types.constant_value(x)
    if isinstance(known, int):
        return e.constant(known + number, x.type)
    return e(arith.AddiOp(x, e.constant(number, x.type))) if number else x


def _rows_of(e: Emitter, x: SSAValue, found: Updated) -> SSAValue:
    """All rows of an array of the kind that the loop updates."""
    if found.order != sorted(found.order):
        x = e(ten.TransposeOp(x, found.order))
    return e(ten.IndexOp(x, [*found.fixed.values()])) if found.fixed else x


def _with_rows(
    e: Emitter, x: SSAValue, found: Updated, scan: ten.ScanOp, first: SSAValue
) -> SSAValue:
    """The array with the rows that are the last result of the scan."""
    sizes, rows, step, d = types.shape(x.type), scan.results[-1], found.step, found.d
    rest = [sizes[k] for k in found.whole]
    zero = e.constant(0, ten.index_type)
    if step < 0:
        rows = e(ten.ReverseOp(rows, [0]))
        first, step = _plus(e, first, step * (scan.trips - 1)), -step
    if (scan.trips, step) != (sizes[d], 1) and found.fixed:
        # The loop around this one then has an update of a row that it may carry.
        base = _rows_of(e, x, found)
        rows = e(ten.UpdateOp(base, rows, [first, *[zero] * len(rest)], [step, *[1] * len(rest)]))
        first, step = zero, 1
    # The box of the rows: dimensions in the order of the loop, then in that of the array.
    box = rows
    if found.fixed:
        box = e(ten.ReshapeOp(rows, (*[1] * len(found.fixed), *types.shape(rows.type))))
    if found.order != sorted(found.order):
        box = e(ten.TransposeOp(box, [found.order.index(k) for k in range(len(sizes))]))
    if (
        types.shape(box.type) == tuple(sizes)
        and types.constant_value(first) == 0
        # An update outside of a dimension of one element has no effect.
        and all(place_of(x).in_range(1) for x in found.fixed.values())
    ):
        return box
    offsets = [found.fixed.get(k, first if k == d else zero) for k in range(len(sizes))]
    strides = [step if k == d else 1 for k in range(len(sizes))]
    return e(ten.UpdateOp(x, box, offsets, strides))


# Loops with a number of turns, which update rows.


def reaches_most(scan: ten.ScanOp, found: Updated, free: bool) -> bool:
    """
    Whether a loop that carries nothing but an array, and may end early, updates one in
    `MOST_UNREACHED` of its rows, on average. With `free`, not if a row is a vector in memory: a
    vector for each step is as good as one for all.
    """
    if len(scan.inits) > 1 or scan.ys or found.same or found.step != 1:
        return False
    if any(progression(x) is None for x in scan.xs) or any(is_heavy(x) for x in ops_in(scan)):
        return False
    sizes = types.shape(found.update.result.type)
    if free and any(e > found.d and sizes[e] > 1 for e in found.whole):
        return False
    mean = mean_turns(scan)
    return mean is not None and MOST_UNREACHED * mean >= sizes[found.d]


def take_all_rows(scan: ten.ScanOp, found: Updated) -> ten.ScanOp:
    """
    X = scan [m] turns t (X = X0) over (k = iota) { …, ten.yield update(X, c + k, f(X[c + k], k)) }
        →  V = scan [n] () over (j = iota)
               { …, row (c <= j < c + t ? f(X0[j], j - c) : X0[j]) };  V as an array

    Nothing of the new loop depends on the step before, and its rows are those of the array.
    Requires: f reads no element that the loop has written. The loop carries nothing else.
    """
    block, update, init, d = scan.block, found.update, scan.inits[0], found.d
    size = types.shape(init.type)[d]
    before = Emitter.before(scan)
    _move_indices(before, found, scan)
    turns = scan.turns
    assert turns is not None
    first = _first_of(before, found, scan)
    known = turns_of(scan)
    if known is None or known.range()[1] > scan.trips:
        turns = before(arith.MinSIOp(turns, before.constant(scan.trips, ten.index_type)))
    end = before(arith.AddiOp(first, turns))
    start = block.first_op
    assert start is not None
    old_args = list(block.args)
    # The index of the row is j, and not what it was computed from.
    place, indices = place_of(update.offsets[d]), list[SSAValue]()
    for op in ops_in(scan):
        if op is not scan:
            indices += [x for x in op.results if x.type in INDICES and place_of(x) == place]
    j = block.insert_arg(ten.index_type, len(old_args))
    inside = Emitter.before(start)
    turn = inside(arith.SubiOp(j, first))
    is_reached = inside(
        arith.AndIOp(inside.compare("sle", first, j), inside.compare("slt", j, end))
    )
    for x in indices:
        x.replace_all_uses_with(_cast(inside, j, x.type))
    for x, old in zip(scan.xs, old_args[1:], strict=True):
        line = progression(x)
        assert line is not None
        value = turn
        if line[1] != 1:
            value = inside(arith.MuliOp(value, inside.constant(line[1], ten.index_type)))
        old.replace_all_uses_with(_cast(inside, _plus(inside, value, line[0]), old.type))
    turned = _turned(scan, 0, found)
    for op in found.others:
        _read_from(op, init, turned, before)
    # The row may be an index, which is now another value.
    row = _row_of(found)
    last = block.last_op
    assert last is not None
    here = Emitter.before(last)
    if found.whole:
        old_row = here(ten.IndexOp(_rows_of(before, init, found), [j]))
    else:
        # A loop around this one then has a read of an element, as those of the body.
        old_row = here(ten.IndexOp(init, [found.fixed.get(e, j) for e in range(len(found.order))]))
    row = here.select(is_reached, row, old_row)
    Rewriter.replace_op(last, ten.YieldOp(row))
    for op in dict.fromkeys(turned.values()):
        Rewriter.erase_op(op)
    Rewriter.erase_op(update)
    for old in old_args:
        block.erase_arg(old)
    rows = before(ten.IotaOp(0, types.of_shape((size,), ten.index_type)))
    new = ten.ScanOp(size, [], [rows], scan.detach_region(scan.body))
    new.attributes.update(scan.attributes)
    new.location = scan.location
    Rewriter.insert_op(new, before.place)
    behind = Emitter.after(new)
    array = _with_rows(behind, init, found, new, behind.constant(0, ten.index_type))
    array.name_hint = array.name_hint or scan.results[0].name_hint
    scan.results[0].replace_all_uses_with(array)
    Rewriter.erase_op(scan)
    return new


def _cast(e: Emitter, x: SSAValue, type: Attribute) -> SSAValue:
    return x if x.type == type else e(arith.IndexCastOp(x, type))


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
            if any(place_of(x).is_not(place) for x, place in zip(op.indices, places[:d])):
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
    for ops in (found.before, found.after):
        # What the step writes may be what it read before.
        value = part if ops is found.before else last.operands[k]
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
    A read of an array from outside, in the turn k at first + step · k of the dimension `d`, at the
    indices `fixed` of others, and at known indices of the dimensions behind it.
    """

    op: ten.IndexOp
    d: int
    fixed: Sequence[SSAValue]
    first: int
    step: int
    behind: Sequence[int]

    @property
    def rows(self) -> object:
        """A key of the rows."""
        return self.op.t, self.d, tuple(self.fixed), self.first, self.step, tuple(self.behind)


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
        behind, fixed = places[d + 1 :], op.indices[:d]
        if any(place.steps for place in behind):
            # Rows along a dimension of which all others have indices: those of another order of
            # the array, which is made once.
            around = scan.parent_op()
            if free or (isinstance(around, ten.ScanOp) and not _is_outside(op.t, around)):
                continue
            behind, fixed = [], [*fixed, *op.indices[d + 1 :]]
        if not all(place.in_range(n) for place, n in zip([places[d], *behind], sizes[d:])):
            continue
        if not all(_is_outside(x, scan) for x in fixed):
            continue
        if free and (d or behind or line != (0, 1) or sizes[0] != scan.trips):
            continue
        found.append(Read(op, d, fixed, *line, [place.first for place in behind]))
    return found


Turned = dict[tuple[SSAValue, int, int], SSAValue]
"""Arrays with the dimension d behind the first n others, by (array, d, n)."""


def read_rows(scan: ten.ScanOp, reads: Sequence[Read], turned: Turned) -> None:
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
            xs.append(_rows(before, read, scan.trips, turned))
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


def _rows(e: Emitter, read: Read, trips: int, turned: Turned) -> SSAValue:
    """What a read gives in each turn."""
    x, d, step = read.op.t, read.d, read.step
    if d != (n := len(read.fixed)):
        if (x, d, n) not in turned:
            if isinstance(x.owner, Block):
                assert x.owner.first_op is not None
                here = Emitter.before(x.owner.first_op)
            else:
                here = Emitter.after(x.owner)
            dims = [*range(d), *range(d + 1, n + 1), d, *range(n + 1, types.rank(x.type))]
            turned[x, d, n] = here(ten.TransposeOp(x, dims))
        x = turned[x, d, n]
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
