"""
Loops in derivatives: `scf.for` as `ten.scan`, and a scan with terms in its body as two scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.ten import scans
from ...dialects.walking import ops_in
from ..rewriting import costs
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


@dataclass
class Residuals:
    """
    Values of a scan's body that another scan over the same rows needs. Some of these values are
    stored, and some are computed again.

    Carried values and costly values are stored. Rows of the scan's operands are there already.
    Cheap values are computed again from these, if that takes no more room. Values that do not vary
    from step to step move out of the loop.
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
            # What may not end stays where the loop runs it.
            for op in self.scan.block.ops:
                used = any(x in self.varies for inner in ops_in(op) for x in inner.operands)
                if used or ten.may_not_end(op):
                    self.varies.update(op.results)
        self.again: set[Operation] = set()
        cheap = []
        for value in values:
            if value in self.varies and self._is_cheap(value):
                cheap.append(value)
            else:
                self._keep(value)
        # In the order of the program, so that each value is computed again only once.
        order = {op: k for k, op in enumerate(self.scan.block.ops)}
        for value in sorted(cheap, key=lambda x: order[x.owner]):  # type: ignore[index]
            self._keep_or_compute(value)
        hoisted = [
            x.owner
            for x in (*values, *(y for op in self.again for y in op.operands))
            if x not in self.varies and isinstance(x.owner, Operation)
            if x.owner.parent is self.scan.block
        ]
        move_before(scans.with_operands(hoisted, self.scan.block), self.scan)
        for op in sorted(self.again, key=order.__getitem__):
            operands = [self.mapping.get(x, x) for x in op.operands]
            copy = copy_op(op, operands, op.result_types)
            self.block.add_op(copy)
            self.mapping[op.results[0]] = copy.results[0]

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
            self.xs.append(self.scan.xs[self.scan.rows.index(value)])  # type: ignore[arg-type]
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
