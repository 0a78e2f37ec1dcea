"""
Dependences in the body of a `ten.scan`, and the canonicalization of scans.

Keeps:   the value, bit for bit. Sharing: no rule copies a computation, or leaves more of it.
Ends:    each rule removes a part of a scan: a carried value, rows, results, ops, or the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr
from xdsl.ir import Block, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from .. import ten, types
from ..types import Term, element, rank, shape
from ..walking import ops_in
from . import call_counts


def depending(
    scan: ten.ScanOp,
    is_source: Callable[[SSAValue], bool],
    through: Callable[[SSAValue], bool] = lambda result: True,
    *,
    outside: bool = True,
) -> set[SSAValue]:
    """
    The values of a scan's body that depend on sources (arguments of the body, or values from
    outside), also from step to step. A dependence goes through a result of an op only if `through`
    is true for the result. Without `outside`, no value from outside is a source.

    Cost: linear in the body; without `outside`, linear in the uses of the values that it finds.
    """
    block, n = scan.block, len(scan.inits)
    last = block.last_op
    found: set[SSAValue] = set()
    pending: list[SSAValue] = [arg for arg in block.args if is_source(arg)]

    def reach(op: Operation, index: int) -> None:
        if op is last:
            if index < n:
                pending.append(block.args[index])
        else:
            pending.extend(r for r in op.results if through(r))

    for op in block.ops if outside else ():
        for inner in ops_in(op):
            for k, x in enumerate(inner.operands):
                if is_source(x):
                    reach(op, k)
    while pending:
        x = pending.pop()
        if x in found:
            continue
        found.add(x)
        for use in x.uses:
            op = use.operation
            while op.parent is not block:
                op = op.parent_op()
                assert op is not None
            reach(op, use.index)
    return found


def variant(scan: ten.ScanOp) -> set[SSAValue]:
    """The values of a scan's body that may differ from step to step."""
    # All arguments of the body do, so there is nothing to follow from one step to the next.
    found: set[SSAValue] = set(scan.block.args)
    for op in scan.block.ops:
        if op.regions:
            varies = any(not found.isdisjoint(inner._operands) for inner in ops_in(op))
        else:
            varies = not found.isdisjoint(op._operands)
        if varies:
            found.update(op.results)
    return found


def with_operands(ops: Iterable[Operation], block: Block) -> list[Operation]:
    """These ops of a block and the ops of the block that they need, in the order of the block."""
    needed: set[Operation] = set()
    pending = list(ops)
    while pending:
        op = pending.pop()
        if op in needed:
            continue
        needed.add(op)
        for inner in ops_in(op):
            for x in inner.operands:
                if isinstance(x.owner, Operation) and x.owner.parent is block:
                    pending.append(x.owner)
    return [op for op in block.ops if op in needed]


def is_kept_inside(op: Operation) -> bool:
    """Whether an op that does not vary stays in the loop: its result costs more room than time."""
    return type(op) in KEPT_INSIDE


KEPT_INSIDE = frozenset({arith.ConstantOp, ten.BroadcastOp, ten.IotaOp, ten.YieldOp})


def invariant(scan: ten.ScanOp) -> list[Operation]:
    """The ops of a scan's body that are worth computing once in front of the scan, in order."""
    varies = variant(scan)
    found = [
        op for op in scan.block.ops if not is_kept_inside(op) and varies.isdisjoint(op.results)
    ]
    if not found:
        return []
    needed = with_operands(found, scan.block)
    return needed if scan.surely_runs else that_end(needed, scan.block)


def that_end(ops: Sequence[Operation], block: Block) -> list[Operation]:
    """Those of a block's ops that surely end, and that need no op of the block that may not end."""
    endless = [op for op in ops if ten.may_not_end(op)]
    if not endless:
        return list(ops)
    return [op for op in ops if not any(x in endless for x in with_operands([op], block))]


# Rules.


def restrict(
    op: ten.ScanOp,
    rewriter: PatternRewriter,
    carried: Sequence[int],
    rows: Sequence[int],
    ys: Sequence[int],
) -> ten.ScanOp:
    """
    The scan with only these of its carried values, rows and results; nothing needs the others.
    """
    block, n = op.block, len(op.inits)
    last = block.last_op
    assert last is not None
    rewriter.replace(last, ten.YieldOp(*(op.nexts[k] for k in carried), *(op.ys[k] for k in ys)))
    inner = block.last_op
    while inner is not None:
        before = inner.prev_op
        if inner is not block.last_op and all(r.first_use is None for r in inner.results):
            rewriter.erase(inner)
        inner = before
    kept = {*carried, *(n + k for k in rows)}
    for arg in list(block.args)[::-1]:
        if arg.index not in kept:
            block.erase_arg(arg)
    inits, xs = [op.inits[k] for k in carried], [op.xs[k] for k in rows]
    results = {old: new for new, old in enumerate([*carried, *(n + k for k in ys)])}
    new = ten.ScanOp(op.trips, inits, xs, op.detach_region(op.body), op.is_reverse, op.turns)
    new.attributes.update(op.attributes)
    for old, k in results.items():
        new.results[k].name_hint = op.results[old].name_hint
    given = [new.results[results[k]] if k in results else None for k in range(len(op.results))]
    rewriter.replace(op, new, given)
    return new


class ScanOfNoRows(RewritePattern):
    """scan [0] (c = c0) {…}  →  c0, and results without rows"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        if op.trips or any(isinstance(r.type, Term) for r in op.results):
            return

        empty = [
            arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(r.type, []), r.type)  # type: ignore[arg-type]
            for r in op.results[len(op.inits) :]
        ]
        rewriter.replace(op, empty, [*op.inits, *(e.result for e in empty)])


class ScanOfOneRow(RewritePattern):
    """
    scan [1] (c = c0) over (x = xs) { f(c, x) }  →  f(c0, xs[0])

    Requires: no checkpoint. Outside of a loop, `cse` would make one computation of f and of the f
              that the derivative computes again, and the program would keep all values between.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        if op.trips != 1 or op.turns is not None or op.states is not None:
            return

        rows = [ten.ReshapeOp(x, shape(x.type)[1:]) for x in op.xs]
        for row in rows:
            rewriter.insert(row, InsertPoint.before(op))
        values = [*op.inits, *(row.result for row in rows)]
        for arg, value in zip(op.block.args, values):
            arg.replace_all_uses_with(value)
        nexts, ys = list(op.nexts), list(op.ys)
        last = op.block.last_op
        assert last is not None
        nexts = [_after(value, op, values) for value in nexts]
        ys = [_after(value, op, values) for value in ys]
        rewriter.erase(last)
        for inner in list(op.block.ops):
            inner.detach()
            rewriter.insert(inner, InsertPoint.before(op))
        stacked = [ten.ReshapeOp(y, (1, *shape(y.type))) for y in ys]
        rewriter.replace(op, stacked, [*nexts, *(y.result for y in stacked)])


def _after(value: SSAValue, op: ten.ScanOp, values: Sequence[SSAValue]) -> SSAValue:
    """The value that replaces `value` if it is an argument of the body; else `value` itself."""
    return values[value.index] if value in op.block.args else value  # type: ignore[attr-defined]


class ScanWithDeadParts(RewritePattern):
    """
    scan (c = c0, e = e0) over (x = xs) { …, ten.yield c', e', y, z }
        →  scan (c = c0) { …, ten.yield c', y },  where only c and y are needed

    A part is needed if it has uses, or if the body computes a needed part from it.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        block, n = op.block, len(op.inits)
        used = [r.first_use is not None for r in op.results]
        if all(used) and all(arg.first_use is not None for arg in op.rows):
            return
        live: set[SSAValue] = set()
        seen: set[Operation] = set()
        pending = [value for value, needed in zip(op.yielded, used) if needed]
        while pending:
            x = pending.pop()
            if x in live:
                continue
            live.add(x)
            if isinstance(x.owner, Block):
                if x.owner is block and x.index < n:  # type: ignore[attr-defined]
                    pending.append(op.nexts[x.index])  # type: ignore[attr-defined]
            elif x.owner.parent is block and x.owner not in seen:
                seen.add(x.owner)
                pending.extend(y for inner in ops_in(x.owner) for y in inner.operands)
        carried = [k for k in range(n) if used[k] or block.args[k] in live]
        rows = [k for k, arg in enumerate(op.rows) if arg in live]
        ys = [k for k in range(len(op.ys)) if used[n + k]]
        if len(carried) == n and len(rows) == len(op.xs) and len(ys) == len(op.ys):
            return

        # The kept parts need none of the others: `live` follows each carried value to its next one.
        restrict(op, rewriter, carried, rows, ys)


class ScanOfInvariant(RewritePattern):
    """
    scan (c = c0) { …, ten.yield c }  →  c0, inside and after it
    scan { …, ten.yield y }           →  broadcast(y),  where y is from outside
    scan over (x = xs) { ten.yield x }  →  xs

    Requires: no `turns`, for the last two. With `turns`, rows that the loop does not reach are 0.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        n = len(op.inits)
        changed = False
        for k, (init, arg, new) in enumerate(zip(op.inits, op.carried, op.nexts)):
            if new is not arg or (arg.has_one_use() and op.results[k].first_use is None):
                continue
            # The yield still names the old parts. They are dead, and `ScanWithDeadParts` removes
            # them.
            changed = True
            uses = [(use.operation, use.index) for use in arg.uses]
            for user, index in uses:
                if user is not op.block.last_op or index != k:
                    user.operands[index] = init
                    rewriter.notify_op_modified(user)
            op.results[k].replace_all_uses_with(init)
        rows: dict[SSAValue, SSAValue] = dict(zip(op.rows, op.xs))
        for k, y in enumerate(op.ys):
            result = op.results[n + k]
            if result.first_use is None:
                continue
            if op.turns is not None:
                continue  # the rows that the loop does not reach are 0
            if y in rows:
                value = rows[y]
            elif _is_outside(y, op.block):
                wide = ten.BroadcastOp(y, [0], (op.trips, *shape(y.type)))
                rewriter.insert(wide, InsertPoint.before(op))
                value = wide.result
            else:
                continue
            changed = True
            result.replace_all_uses_with(value)
        if changed:
            rewriter.notify_op_modified(op)


def _is_outside(value: SSAValue, block: Block) -> bool:
    home = value.owner if isinstance(value.owner, Block) else value.owner.parent
    return home is not block


class ScanWithRepeatedParts(RewritePattern):
    """
    scan over (x = a, y = a) { f(x, y) }  →  scan over (x = a) { f(x, x) }
    y, z = scan { …, ten.yield v, v }     →  y = scan { …, ten.yield v };  z = y
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        n = len(op.inits)
        pairs = [*zip(op.xs, op.rows), *zip(op.ys, op.results[n:])]
        first: dict[tuple[bool, SSAValue], SSAValue] = {}
        changed = False
        for k, (given, value) in enumerate(pairs):
            same = first.setdefault((k < len(op.xs), given), value)
            if same is not value and value.first_use is not None:
                value.replace_all_uses_with(same)
                changed = True
        if changed:
            rewriter.notify_op_modified(op)


class ScanWithInvariantOps(RewritePattern):
    """
    scan { …, a = f(outside) }  →  a = f(outside); scan {…}

    The program computes f(outside) once instead of at each step. All ops but `ten.while` are total,
    so such an op may run even if no step of the loop runs.
    Requires: that the loop takes a step, for ops that may not end.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        ops = invariant(op)
        if not ops:
            return

        for inner in ops:
            inner.detach()
            rewriter.insert(inner, InsertPoint.before(op))
        rewriter.notify_op_modified(op)


class ScanOfCounter(RewritePattern):
    """
    scan (i = i0) { …, ten.yield i + s }  →  scan over (i = i0 + iota * s) {…};  i0 + length * s

    A derivative that needs i computes i, and the program does not store i.
    Requires: integers, and that s is the same at each step. The loop begins with row 0, or with the
              last row that the program knows: not with one that `turns` says.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        if op.turns is not None and op.is_reverse:
            return

        for k, (arg, new) in enumerate(zip(op.carried, op.nexts)):
            if rank(arg.type) or not types.is_integer(element(arg.type)):
                continue
            add = new.owner
            if not isinstance(add, arith.AddiOp) or arg not in add.operands:
                continue
            step = add.rhs if add.lhs is arg else add.lhs
            number = types.constant_value(step)
            if number is None and (step is arg or not _is_outside(step, op.block)):
                continue
            self.rewrite(op, rewriter, k, step, number)
            return

    def rewrite(
        self,
        op: ten.ScanOp,
        rewriter: PatternRewriter,
        k: int,
        step: SSAValue,
        number: int | float | None,
    ) -> None:
        type, n, init = op.inits[k].type, op.trips, op.inits[k]

        def add(new: Operation) -> SSAValue:
            rewriter.insert(new, InsertPoint.before(op))
            return new.results[0]

        if number is not None:
            step = add(types.constant(number, type))
        many = types.of_shape((n,), type)
        steps: SSAValue = add(ten.IotaOp(0, many))
        if number != 1:
            steps = add(arith.MuliOp(steps, add(ten.BroadcastOp(step, [0], (n,)))))
        if types.constant_value(init) != 0:
            steps = add(arith.AddiOp(steps, add(ten.BroadcastOp(init, [0], (n,)))))
        if op.is_reverse:
            steps = add(ten.ReverseOp(steps, [0]))
        count = add(types.constant(n, type))
        if op.turns is not None:
            count = add(ten.CastOp(taken(op, add), type))
        end = add(arith.AddiOp(init, add(arith.MuliOp(count, step))))
        old = op.carried[k]
        row = op.block.insert_arg(type, len(op.block.args))
        row.name_hint = old.name_hint
        last = op.block.last_op
        assert last is not None
        old.replace_all_uses_with(row)
        kept = [j for j in range(len(op.inits)) if j != k]
        rewriter.replace(last, ten.YieldOp(*(op.nexts[j] for j in kept), *op.ys))
        op.block.erase_arg(old)
        inits = [op.inits[j] for j in kept]
        body = op.detach_region(op.body)
        new = ten.ScanOp(n, inits, [*op.xs, steps], body, op.is_reverse, op.turns)
        new.attributes.update(op.attributes)
        results: list[SSAValue] = list(new.results)
        for j, result in zip([*kept, *range(len(op.inits), len(op.results))], results):
            result.name_hint = op.results[j].name_hint
        results.insert(k, end)
        rewriter.replace(op, new, results)


def taken(op: ten.ScanOp, add: Callable[[Operation], SSAValue]) -> SSAValue:
    """max(0, min(turns, length)) of a scan with `turns`, in ops that `add` inserts."""
    assert op.turns is not None
    most = add(arith.MinSIOp(op.turns, add(types.constant(op.trips, ten.index_type))))
    return add(arith.MaxSIOp(most, add(types.constant(0, ten.index_type))))


class ScanOfKnownTurns(RewritePattern):
    """
    scan [n] turns m (c) over (xs) {…}  →  scan [n] (c) over (xs) {…},  n ≤ m
        →  c, ys = scan [m] (c) over (xs[:m]) {…};  c, pad(ys),  m < n

    A loop with a known number of steps has more rules.
    Requires: m is a constant.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp, rewriter: PatternRewriter):
        if op.turns is None or not isinstance(m := types.constant_value(op.turns), int):
            return

        n, most, steps = len(op.inits), op.trips, min(max(m, 0), op.trips)
        xs: list[SSAValue] = list(op.xs)
        if steps < most:
            for k, x in enumerate(xs):
                sizes = shape(x.type)
                zeros, ones = [0] * len(sizes), [1] * len(sizes)
                rewriter.insert(cut := ten.SliceOp(x, zeros, (steps, *sizes[1:]), ones))
                xs[k] = cut.results[0]
        body = op.detach_region(op.body)
        new = ten.ScanOp(steps, list(op.inits), xs, body, op.is_reverse)
        new.attributes.update(op.attributes)
        rewriter.insert(new)
        results: list[SSAValue] = list(new.results)
        for old, result in zip(op.results, results):
            result.name_hint = old.name_hint
        if steps < most:
            for k, rows in enumerate(results[n:], n):
                zeros = [0] * rank(rows.type)
                rewriter.insert(pad := ten.PadOp(rows, zeros, [most - steps, *zeros[1:]], zeros))
                results[k] = pad.results[0]
        rewriter.replace(op, (), results)


PATTERNS: dict[type[Operation], tuple[RewritePattern, ...]] = {
    ten.ScanOp: (
        ScanOfNoRows(),
        ScanOfKnownTurns(),
        ScanOfOneRow(),
        ScanOfInvariant(),
        ScanWithRepeatedParts(),
        call_counts.LoopOfUnneededCount(),
        ScanWithDeadParts(),
        ScanWithInvariantOps(),
        ScanOfCounter(),
    ),
}
