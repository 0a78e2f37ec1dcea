"""
Loops in derivatives: `scf.for` as `ten.scan`, and a scan with terms in its body as two scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, ten, types
from ...dialects.ten import scans
from ...dialects.walking import ops_in
from ..rewriting import costs, scopes
from ..rewriting.emitter import Emitter
from ..rewriting.scopes import rename
from ..sharing.copying import copy_op

MUCH = 4
"""
How many times more a loop around must store than a loop inside before the loop inside stores values
that it could compute again. Several values often come from one array.
"""


def move_before(ops: Sequence[Operation], place: Operation) -> None:
    """Move ops, in their order, to the place before another one."""
    for op in ops:
        op.detach()
        Rewriter.insert_op(op, InsertPoint.before(place))


def scan_of_for(op: scf.ForOp) -> ten.ScanOp | None:
    """
    for i = low to high step s (c = c0) { f }  →  scan [n] (c = c0) over (i = low + iota * s) { f }

    Works in place. If the number of steps n is not known, returns None and changes nothing.
    """
    n = costs.trip_count(op)
    if n is None:
        return None
    e = Emitter.before(op)
    low, step, index = op.lb, op.step, op.body.block.args[0]
    steps = e(ten.IotaOp(0, types.of_shape((n,), index.type)))
    steps = e(arith.MuliOp(steps, e(ten.BroadcastOp(step, [0], (n,)))))
    steps = e(arith.AddiOp(steps, e(ten.BroadcastOp(low, [0], (n,)))))
    block = op.body.block
    row = block.insert_arg(index.type, len(block.args))
    row.name_hint = index.name_hint
    index.replace_all_uses_with(row)
    block.erase_arg(index)
    last = block.last_op
    assert last is not None
    Rewriter.replace_op(last, ten.YieldOp(*last.operands))
    scan = ten.ScanOp(n, list(op.iter_args), [steps], op.detach_region(op.body))
    scan.attributes.update(op.attributes)
    scan.location = op.location
    for old, new in zip(op.results, scan.results):
        new.name_hint = old.name_hint
    Rewriter.replace_op(op, scan)
    return scan


def while_of_for(op: scf.ForOp) -> ten.WhileOp:
    """
    for i = low to high step s (c = c0) { f }
        →  n = ⌈(high - low) / s⌉; while (k = 0, c = c0) { k < n } do { k + 1, f(low + k s, c) }

    Works in place. A step that is not positive gives no turn: `scf.for` has no meaning for it.
    """
    e = Emitter.before(op).derived(op, "linearize(scf.for)")
    low, kind = op.lb, op.lb.type
    first, last, step = (
        x if kind == ten.index_type else e(ten.CastOp(x, ten.index_type))
        for x in (op.lb, op.ub, op.step)
    )
    zero, one = (e.constant(x, ten.index_type) for x in (0, 1))
    # (high - low - 1) / s + 1, because high - low + s - 1 may wrap.
    distance = e(arith.SubiOp(e(arith.SubiOp(last, first)), one))
    turns = e(arith.AddiOp(e(arith.DivSIOp(distance, step)), one))
    some = e(arith.AndIOp(e.compare("slt", first, last), e.compare("sgt", step, zero)))
    turns = e.select(some, turns, zero)

    block = op.body.block
    index = block.args[0]
    k = block.insert_arg(ten.index_type, len(block.args))
    before = block.first_op
    end = block.last_op
    assert before is not None and end is not None
    here = Emitter.before(before).at(op.location)
    at = k if kind == ten.index_type else here(ten.CastOp(k, kind))
    at = here(arith.AddiOp(low, here(arith.MuliOp(at, op.step))))
    at.name_hint = index.name_hint
    index.replace_all_uses_with(at)
    block.erase_arg(index)
    here = Emitter.before(end).at(op.location)
    Rewriter.replace_op(end, ten.YieldOp(*end.operands, here(arith.AddiOp(k, one))))
    condition = Region(Block(arg_types=[arg.type for arg in block.args]))
    test = Emitter(InsertPoint.at_end(condition.block), op.location)
    test.insert(ten.YieldOp(test.compare("slt", condition.block.args[-1], turns)))
    loop = ten.WhileOp([*op.iter_args, zero], condition, op.detach_region(op.body))
    loop.attributes.update(op.attributes)
    loop.location = op.location
    for old, new in zip(op.results, loop.results):
        new.name_hint = old.name_hint
    Rewriter.insert_op(loop, InsertPoint.before(op))
    Rewriter.replace_op(op, [], list(loop.results[:-1]))
    return loop


@dataclass
class Residuals:
    """
    Values of a scan's body that another scan over the same rows needs. Some of these values are
    stored, and some are computed again.

    Carried values and costly values are stored. Rows of the scan's operands are there already.
    Cheap values are computed again from these, if that takes no more room. Values that do not vary
    from step to step move out of the loop.

    With a checkpoint, the scan stores carried values only, so that a later pass may compute these
    again (`states_again`), and those that its attribute `keep` names. All other values are computed
    again from them.
    """

    scan: ten.ScanOp
    block: Block
    """The body of the other scan. Its arguments and first ops replace the values."""
    xs: list[SSAValue | int] = field(default_factory=list)
    """The rows of the other scan: values, or positions in `stored`."""
    stored: list[SSAValue] = field(default_factory=list)
    mapping: dict[SSAValue, SSAValue] = field(default_factory=dict)
    """The replacement of each value in the other body."""
    around: dict[ten.ScanOp, set[SSAValue]] = field(default_factory=dict)
    """The values that vary from turn to turn of a loop around the scan."""

    def take(self, values: Sequence[SSAValue]) -> None:
        """Make all of these values available."""
        self.varies = scans.variant(self.scan)
        if not self.scan.surely_runs:
            # An op that may not end stays where the loop runs it.
            for op in self.scan.block.ops:
                used = any(x in self.varies for inner in ops_in(op) for x in inner.operands)
                if used or ten.may_not_end(op):
                    self.varies.update(op.results)
        self.again: set[Operation] = set()
        if self.scan.states is not None:
            self._compute(values)
            return
        # The rows of an inner loop with a checkpoint are many.
        inner = [x for x in values if isinstance(x.owner, ten.ScanOp) and _has_many_rows(x.owner)]
        inner = [x for x in inner if x in self.varies and x.owner.parent is self.scan.block]
        copied = list(dict.fromkeys(x.owner for x in inner if isinstance(x.owner, ten.ScanOp)))
        needed = [y for op in copied for y in scopes.operands_of(op)]
        self._keep_or_compute_all([x for x in (*values, *needed) if x not in inner])
        self._copy(copied)

    def _keep_or_compute_all(self, values: Sequence[SSAValue]) -> None:
        cheap = []
        for value in values:
            if value in self.varies and self._is_cheap(value):
                cheap.append(value)
            else:
                self._keep(value)
        # In the order of the program, so that each value is computed again only once.
        order = {op: k for k, op in enumerate(self.scan.block.ops)}
        for value in sorted(cheap, key=lambda x: order[x.owner]):
            self._keep_or_compute(value)
        hoisted = [
            x.owner
            for x in (*values, *(y for op in self.again for y in op.operands))
            if x not in self.varies and isinstance(x.owner, Operation)
            if x.owner.parent is self.scan.block
        ]
        move_before(scans.with_operands(hoisted, self.scan.block), self.scan)
        order = {op: k for k, op in enumerate(self.scan.block.ops)}
        for op in sorted(self.again, key=order.__getitem__):
            operands = [self.mapping.get(x, x) for x in op.operands]
            copy = copy_op(op, operands, op.result_types)
            self.block.add_op(copy)
            self.mapping[op.results[0]] = copy.results[0]

    def _compute(self, values: Sequence[SSAValue]) -> None:
        """Compute values again from carried values, from rows, and from values that do not vary."""
        block = self.scan.block
        needed: set[Operation] = set()
        kept: dict[SSAValue, None] = {}
        pending = list(values)
        while pending:
            x = pending.pop()
            if x in self.varies and self._is_kept(x):
                kept[x] = None
            elif isinstance(x.owner, Operation):
                if x.owner.parent is block and x.owner not in needed:
                    needed.add(x.owner)
                    pending += scopes.operands_of(x.owner)
            elif x.owner is block:
                kept[x] = None
        ops = [op for op in block.ops if op in needed]
        again = [op for op in ops if any(x in self.varies for x in op.results)]
        move_before([op for op in ops if op not in again], self.scan)
        for x in kept:
            self._keep(x)
        self._copy(again)

    def _is_kept(self, x: SSAValue) -> bool:
        """Whether the scan keeps a value although it has a checkpoint."""
        if self.scan.keeps == "lets":
            # The value itself: the derivative of exp reads it, and not the let.
            uses = (use.operation for use in x.uses)
            return any(
                isinstance(let, sharing.LetOp) and let.parent is self.scan.block for let in uses
            )
        if self.scan.keeps != "dots" or not isinstance(x.owner, ten.EinsumOp):
            return False
        words, output = x.owner.letters
        return len(words) > 1 and any(c not in output for word in words for c in word)

    def _copy(self, ops: Sequence[Operation]) -> None:
        for op in ops:
            copy = copy_op(op, list(op.operands), op.result_types)
            self.block.add_op(copy)
            rename(copy, self.mapping)
            self.mapping.update(zip(op.results, copy.results))

    def _is_cheap(self, value: SSAValue) -> bool:
        op = value.owner
        return (
            isinstance(op, Operation)
            and not op.regions
            and len(op.results) == 1
            and costs.is_cheap(op)
        )

    def _keep(self, value: SSAValue) -> None:
        """A row of the scan's operands or of a new result, unless the value never varies."""
        if value in self.mapping or value not in self.varies:
            return
        if value in self.scan.rows:
            self.xs.append(self.scan.xs[self.scan.rows.index(value)])
        else:
            self.xs.append(len(self.stored))
            self.stored.append(value)
        row = self.block.insert_arg(value.type, len(self.block.args))
        row.name_hint = value.name_hint
        self.mapping[value] = row

    def _keep_or_compute(self, value: SSAValue) -> None:
        ops: set[Operation] = set()
        bases: set[SSAValue] = set()
        pending = [value]
        while pending and len(ops) <= costs.CHEAP_OPS:
            x = pending.pop()
            if x in self.mapping or x not in self.varies or x.owner in ops | self.again:
                continue
            if self._is_cheap(x):
                ops.add(x.owner)  # type: ignore[arg-type]
                pending.extend(x.owner.operands)  # type: ignore[union-attr]
            else:
                bases.add(x)
        room = sum(costs.bytes_of(x.type) for x in bases if x not in self.scan.rows)
        if pending or room > costs.bytes_of(value.type) or self._is_part_of_more(value, ops):
            self._keep(value)
            return
        self.again |= ops
        for x in bases:
            self._keep(x)

    def _is_part_of_more(self, value: SSAValue, ops: set[Operation]) -> bool:
        """
        Whether a loop around this one would store more for the ops that compute a value again than
        all turns of this loop store for the value. A loop of columns that reads two columns of the
        matrix that it carries must not store the matrix in each turn.
        """
        read = {x for op in ops for x in op.operands if x not in self.varies}
        rows = costs.bytes_of(value.type)
        scan: Operation = self.scan
        while read and isinstance(scan, ten.ScanOp):
            rows *= scan.trips
            scan = scan.parent_op()  # type: ignore[assignment]
            if not isinstance(scan, ten.ScanOp):
                return False
            if scan not in self.around:
                self.around[scan] = scans.variant(scan)
            varies = self.around[scan]
            stored = [x for x in read if x in varies and x not in scan.rows]
            room = sum(costs.bytes_of(x.type) for x in stored if not self._is_cheap(x))
            if room >= MUCH * rows:
                return True
            read -= varies
        return False


def _has_many_rows(scan: ten.ScanOp) -> bool:
    """Whether a scan has a checkpoint, and so more rows of states than the program keeps."""
    return scan.states is not None and scan.trips > 1


def split_scan(
    scan: ten.ScanOp, moved: Sequence[Operation], arguments: Sequence[SSAValue]
) -> tuple[ten.ScanOp, Block, list[SSAValue], dict[SSAValue, SSAValue]]:
    """
    Move the ops `moved` out of the body of a scan, into that of another one over the same rows.

        scan (c) { f, g(f) }  →  scan (c) { f }, which also gives what g needs of f;  { g }

    The `arguments` of the body that only these ops use move with the ops, as the first arguments of
    the other body. After them come rows of the values that are returned third. The fourth returned
    value maps values of the old body to their replacements in the other body, which has no
    terminator yet.
    """
    old = scan.block
    new = Block(arg_types=[arg.type for arg in arguments])
    for arg, mine in zip(arguments, new.args):
        mine.name_hint = arg.name_hint
    chosen = set(moved)
    inside = {*old.args} - set(arguments)
    needed: dict[SSAValue, None] = {}
    for op in moved:
        for inner in ops_in(op):
            for x in inner.operands:
                owner = x.owner
                if x in inside or (
                    isinstance(owner, Operation) and owner.parent is old and owner not in chosen
                ):
                    needed[x] = None
    residuals = Residuals(scan, new, mapping=dict(zip(arguments, new.args)))
    residuals.take(list(needed))
    mapping = residuals.mapping
    for op in moved:
        op.detach()
        new.add_op(op)
        rename(op, mapping)
    last = old.last_op
    assert last is not None
    Rewriter.replace_op(last, ten.YieldOp(*last.operands, *residuals.stored))
    for arg in reversed(arguments):
        old.erase_arg(arg)  # type: ignore[arg-type]
    primal = ten.ScanOp(
        scan.trips, list(scan.inits), list(scan.xs), scan.detach_region(scan.body),
        scan.is_reverse, scan.turns,
    )  # fmt: skip
    primal.attributes.update(scan.attributes)
    primal.location = scan.location
    results = primal.results[: len(scan.results)]
    stored = primal.results[len(scan.results) :]
    for before, after in zip(scan.results, results):
        after.name_hint = before.name_hint
    for value, rows in zip(residuals.stored, stored):
        rows.name_hint = value.name_hint
    Rewriter.replace_op(scan, primal, results)
    xs = [stored[x] if isinstance(x, int) else x for x in residuals.xs]
    return primal, new, xs, mapping
