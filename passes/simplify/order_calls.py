"""
Order the calls of Python functions in loops and branches.

Needs:   no call with effects in the condition of a `ten.while`, in a `ten.build` where it depends
         on an index, or in another region that letgrad may run in any order.
Leaves:  no `host.call` in a function that has one in a loop or in a branch, and no region that has
         effects. A function without such a call stays as it is.
Keeps:   the value. Each call happens as often as before, and in the same order.
Ends:    the pass visits each op once.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp, i64
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import host, ten
from ...dialects.op_names import op_name
from ...dialects.walking import ops_in
from ..rewriting.diagnostics import LetgradError


class OrderCallsPass(ModulePass):
    """
    Gives calls with effects in loops and branches a count that the loops and branches carry:

        scan { host.call f(x) }  →  n' = scan (n = host.begin) { n' = host.ordered_call f(n, x) }
                                    host.end n'

    Example:

        >>> def f(x):
        ...     return lg.fori_loop(0, 2, lambda k, c: (lg.debug_print("{}", c), c * x)[1], x)
        >>> lg.jit(f)(3.0)
        3.0
        9.0
        np.float64(27.0)
    """

    name = "host-order-calls"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in op.ops:
            if isinstance(function, func.FuncOp) and function.body.blocks:
                order_calls(function)


def order_calls(function: func.FuncOp) -> None:
    """
    Order the calls of a function, if one stands in a loop or in a branch.

    Errors: `LetgradError` for a call in a region that letgrad may run in any order.
    """
    block = function.body.block if len(function.body.blocks) == 1 else None
    if block is None or not any(
        isinstance(op, host.BeginOp) or (_acts(op) and op.parent is not block)
        for op in ops_in(function)
    ):
        return
    begin = host.BeginOp()
    first = next(op for op in block.ops if isinstance(op, host.BeginOp) or _has_effects(op))
    begin.location = first.location
    Rewriter.insert_op(begin, InsertPoint.before(first))
    count = _ordered(block, begin.count)
    assert block.last_op is not None
    end = host.EndOp(count)
    end.location = block.last_op.location
    Rewriter.insert_op(end, InsertPoint.before(block.last_op))


def _acts(op: Operation) -> bool:
    return isinstance(op, host.EFFECTS)


def _has_effects(op: Operation) -> bool:
    return any(_acts(inner) for inner in ops_in(op))


def _ordered(block: Block, count: SSAValue) -> SSAValue:
    """Order the calls of a block. `count` counts those before; returns the count at the end."""
    for op in list(block.ops):
        count = _ordered_op(op, count)
    return count


def _ordered_op(op: Operation, count: SSAValue) -> SSAValue:
    if isinstance(op, host.BeginOp) and count is not op.count:
        Rewriter.replace_op(op, [], [count])
    elif isinstance(op, host.EndOp):
        count = op.count
        Rewriter.erase_op(op)
    elif isinstance(op, host.CallOp):
        return _call(op, count)
    elif _has_effects(op):
        return _region_op(op, count)
    return count


def _call(op: host.CallOp, count: SSAValue) -> SSAValue:
    """y = host.call f(x)  →  n', y = host.ordered_call f(n, x)"""
    new = host.OrderedCallOp(
        op.called.data,
        op.function.value.data,
        [count, *op.xs],
        [i64, *(y.type for y in op.ys)],
        op.batch_dims,
    )
    return _replaced(op, new, list(new.ys)[1:], new.ys[0])


def _region_op(op: Operation, count: SSAValue) -> SSAValue:
    match op:
        case ten.ScanOp():
            return _scan(op, count)
        case ten.WhileOp():
            return _while(op, count)
        case scf.IfOp():
            return _if(op, count)
        case ten.BuildOp() if not any(map(_has_effects, _varying(op.body.block))):
            # Each element would make the same calls: they happen once.
            for inner in _moved_before(op):
                count = _ordered_op(inner, count)
            return count
    raise LetgradError(
        f"a call with effects (lg.debug_print, or lg.callback with pure=False) cannot stand in "
        f"{op_name(op)}: letgrad may run it in any order",
        next(inner for inner in ops_in(op) if _acts(inner)),
    )


def _scan(op: ten.ScanOp, count: SSAValue) -> SSAValue:
    """scan (c = c0) {…}  →  scan (c = c0, n = n0) { …, ten.yield c', n' }"""
    block, k = op.block, len(op.inits)
    argument = block.insert_arg(i64, k)
    after = _ordered(block, argument)
    assert block.last_op is not None
    yielded = list(block.last_op.operands)
    _end_with(block, [*yielded[:k], after, *yielded[k:]])
    new = ten.ScanOp(
        op.trips, [*op.inits, count], op.xs, op.detach_region(op.body), op.is_reverse, op.turns
    )
    results = [*new.results[:k], *new.results[k + 1 :]]
    return _replaced(op, new, results, new.results[k])


def _while(op: ten.WhileOp, count: SSAValue) -> SSAValue:
    """while (c = c0) {…} do {…}  →  while (c = c0, n = n0) {…} do { …, ten.yield c', n' }"""
    tested = op.condition.block
    for inner in (x for each in tested.ops for x in ops_in(each)):
        if _acts(inner):
            raise LetgradError(
                "a call with effects (lg.debug_print, or lg.callback with pure=False) cannot "
                "stand in the condition of a loop; call it in the body",
                inner,
            )
    tested.insert_arg(i64, len(tested.args))
    argument = op.block.insert_arg(i64, len(op.block.args))
    after = _ordered(op.block, argument)
    _end_with(op.block, [*op.nexts, after])
    regions = [op.detach_region(region) for region in list(op.regions)]
    new = ten.WhileOp([*op.inits, count], regions[0], regions[1], op.most)
    return _replaced(op, new, new.results[:-1], new.results[-1])


def _if(op: scf.IfOp, count: SSAValue) -> SSAValue:
    """if p {…} else {…}  →  n' = if p { …, yield n' } else { …, yield n }"""
    regions = [op.detach_region(region) for region in list(op.regions)]
    for region in regions:
        if not region.blocks:
            region.add_block(Block())
        block = region.block
        after = _ordered(block, count)
        if isinstance(block.last_op, scf.YieldOp):
            _end_with(block, [*block.last_op.operands, after])
        else:
            block.add_op(scf.YieldOp(after))
    new = scf.IfOp(op.cond, [*(r.type for r in op.results), i64], regions[0], regions[1])
    return _replaced(op, new, new.results[:-1], new.results[-1])


def _varying(block: Block) -> list[Operation]:
    """The ops of a block that depend on its arguments."""
    varies: set[SSAValue] = set(block.args)
    found: list[Operation] = []
    for op in block.ops:
        if any(x in varies for inner in ops_in(op) for x in inner.operands):
            found.append(op)
            varies.update(op.results)
    return found


def _moved_before(op: ten.BuildOp) -> list[Operation]:
    """Move the ops that depend on no index in front of a build."""
    block = op.body.block
    last, varying = block.last_op, set(_varying(block))
    moved = [inner for inner in block.ops if inner not in varying and inner is not last]
    for inner in moved:
        inner.detach()
        Rewriter.insert_op(inner, InsertPoint.before(op))
    return moved


def _end_with(block: Block, values: list[SSAValue]) -> None:
    last = block.last_op
    assert last is not None
    new = type(last)(*values)
    new.location = last.location
    Rewriter.replace_op(last, new, [])


def _replaced(
    op: Operation, new: Operation, results: Sequence[SSAValue], count: SSAValue
) -> SSAValue:
    new.attributes.update(op.attributes)
    new.location = op.location
    hints = [old.name_hint for old in op.results]
    Rewriter.replace_op(op, new, results)
    # The rewriter gives the hint of the op to its first result.
    count.name_hint = None
    for value, hint in zip(results, hints, strict=True):
        value.name_hint = hint
    return count
