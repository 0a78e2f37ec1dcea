"""
A `ten.while` whose condition is a carried value, which the body computes for the next turn.

    while (c = c0) { p(c) } do { f(c) }
        →  while (c = c0, go = p(c0)) { go } do { n = f(c); ten.yield n, p(n) }

So one region holds all the work of a turn.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects import arith
from xdsl.dialects.builtin import UnitAttr, i1
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import host, ten
from ...dialects.walking import ops_in
from ..rewriting.emitter import Emitter
from .copying import copy_region


def rotate(op: ten.WhileOp, choose: bool = False) -> tuple[ten.WhileOp, Operation]:
    """
    Rotate a loop in place. Return the new loop, and the first op that now stands for the old one.
    The condition is the last carried value of the new loop.

    With `choose`, a turn in which the condition does not hold changes nothing: the body selects
    between the new carried values and the old ones. The loops inside of the body then take no turn.
    """
    e = Emitter.before(op)
    start = e.insert(arith.ConstantOp.from_int_and_width(0, 1))
    first = copy_region(op.condition)
    begins = _moved(first, InsertPoint.before(op), op.inits)

    block = op.block
    n = len(op.inits)
    for k in range(n):
        if block.args[k].name_hint is None:
            block.args[k].name_hint = op.condition.block.args[k].name_hint
    go = block.insert_arg(i1, n)
    last = block.last_op
    assert last is not None
    e = Emitter.before(last).at(op.location)
    if choose:
        guard_loops(block.ops, go)
    nexts = list(last.operands)
    if choose:
        nexts = [e.select(go, new, old) for new, old in zip(nexts, block.args)]
        guard_loops(op.condition.block.ops, go)
    more = _moved(op.condition, InsertPoint.before(last), nexts)
    if choose:
        more = e(arith.AndIOp(go, more))
    Rewriter.replace_op(last, ten.YieldOp(*nexts, more))

    tested = Block(arg_types=[*(x.type for x in op.inits), i1])
    tested.add_op(ten.YieldOp(tested.args[-1]))
    new = ten.WhileOp([*op.inits, begins], Region(tested), op.detach_region(op.body), op.most)
    new.attributes.update(op.attributes)
    new.location = op.location
    for old, result in zip(op.results, new.results):
        result.name_hint = old.name_hint
    Rewriter.insert_op(new, InsertPoint.before(op))
    Rewriter.replace_op(op, [], new.results[:n])
    following = start.next_op
    assert following is not None
    Rewriter.erase_op(start)
    return new, following


def _moved(region: Region, place: InsertPoint, arguments: Iterable[SSAValue]) -> SSAValue:
    """Move the ops of a region to a place. Return the value that the region yields."""
    block = region.block
    last = block.last_op
    assert last is not None
    for arg, value in zip(block.args, arguments):
        arg.replace_all_uses_with(value)
    value = last.operands[0]
    Rewriter.erase_op(last)
    for op in list(block.ops):
        op.detach()
        Rewriter.insert_op(op, place)
    return value


def guard_loops(ops: Iterable[Operation], condition: SSAValue) -> None:
    """
    Let the loops of unknown length in these ops take no turn unless a condition holds: where the
    program would not run a loop, the loop may not end. Calls in order do not happen then.
    """
    pending = list(ops)
    while pending:
        op = pending.pop()
        if isinstance(op, ten.WhileOp):
            last = op.condition.block.last_op
            assert last is not None
            e = Emitter.before(last).at(op.location)
            Rewriter.replace_op(last, ten.YieldOp(e(arith.AndIOp(condition, last.operands[0]))))
            pending.extend(op.block.ops)
        elif isinstance(op, host.OrderedCallOp):
            _guard_call(op, condition)
        else:
            pending.extend(inner for region in op.regions for b in region.blocks for inner in b.ops)


def _guard_call(op: host.OrderedCallOp, condition: SSAValue) -> None:
    """host.ordered_call f(n, x)  →  host.ordered_call f when (n, condition, x)"""
    count, *xs = op.xs
    if op.when is not None:
        condition = Emitter.before(op).at(op.location)(arith.AndIOp(xs.pop(0), condition))
    new = host.OrderedCallOp(
        op.called.data,
        op.function.value.data,
        [count, condition, *xs],
        list(op.result_types),
        op.batch_dims,
    )
    new.properties["when"] = UnitAttr()
    new.location = op.location
    Rewriter.replace_op(op, new)


def has_loops(op: Operation) -> bool:
    """Whether an op is a `ten.while` or a call in order, or holds one in its regions."""
    return any(isinstance(inner, ten.WhileOp | host.OrderedCallOp) for inner in ops_in(op))
