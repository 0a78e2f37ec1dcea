"""
Split deep nests of `scf.if` into several nests, before they are linearized.

Needs:   calls are expanded.
Leaves:  no `scf.if` nests deeper than `2 * DEPTH`, where the values that nests exchange have zeros.
Keeps:   the value, bit for bit; the order of effects; sharing (each op stays, and stays single).
Ends:    each split takes `DEPTH` levels from a nest. The pass goes once through each block.

The linearizer makes two nests of one. The first gives out the values that the second needs, and a
value at depth d leaves d levels. A nest of n levels would yield n² values. Here an inner nest
leaves the nest around it, and its condition says whether it runs. So each value leaves at most
`2 * DEPTH` levels:

    y = if c { a; r = if d { … }; b }   →   a, t = if c { a; yield a, true } else { 0, false }
                                            r = if t { if d { … } } else { 0 }
                                            y = if c { b }
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import types
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter

DEPTH = 8
"""
How many levels a split leaves above an inner nest. A larger number makes longer lists of yielded
values; a smaller number makes more conditionals that run one after the other. It is at least 2,
because a nest that leaves gets one level more.
"""

RULE = "split(scf.if)"


def split_nests(function: func.FuncOp) -> None:
    """Split the deep nests of a function, in place."""
    heights = _heights(function)
    pending = [
        op for op in heights if heights[op] > 2 * DEPTH and not isinstance(op.parent_op(), scf.IfOp)
    ]
    while pending:
        outer = pending.pop()
        for inner in [op for op in _at_depth(outer, DEPTH) if heights[op] > DEPTH]:
            moved = _wrapped(inner)
            if moved is None:
                continue
            heights[moved] = heights[inner] + 1
            while moved.parent is not outer.parent and _leave(moved):
                pass
            count(RULE)
            if moved.parent is outer.parent and heights[moved] > 2 * DEPTH:
                pending.append(moved)


def _heights(function: func.FuncOp) -> dict[scf.IfOp, int]:
    """How many levels of `scf.if` each `scf.if` has, with itself."""
    heights: dict[scf.IfOp, int] = {}
    for op in reversed(list(ops_in(function))):
        if isinstance(op, scf.IfOp):
            heights[op] = 1 + max((heights[inner] for inner in _inner(op)), default=0)
    return heights


def _inner(op: scf.IfOp) -> Iterator[scf.IfOp]:
    for region in op.regions:
        for block in region.blocks:
            yield from (inner for inner in block.ops if isinstance(inner, scf.IfOp))


def _at_depth(op: scf.IfOp, depth: int) -> Sequence[scf.IfOp]:
    """The `scf.if`s that many levels below `op`, in program order."""
    level = [op]
    for _ in range(depth):
        level = [inner for outer in level for inner in _inner(outer)]
    return level


def _have_zeros(values: Sequence[SSAValue]) -> bool:
    return all(types.is_element(types.element(x.type)) for x in values)


def _zeros(types: Sequence[Attribute], source: Operation) -> Region:
    """A branch that gives zeros."""
    region = Region(Block())
    e = Emitter(InsertPoint.at_end(region.block), source.location).derived(source, RULE)
    e.insert(scf.YieldOp(*[e.constant(0, type) for type in types]))
    return region


def _wrapped(op: scf.IfOp) -> scf.IfOp | None:
    """r = if d { … }  →  r = if true { if d { … } } else { 0 };  None if a result has no zero"""
    if not _have_zeros(op.results):
        return None
    e = Emitter.before(op).derived(op, RULE)
    then = Region(Block())
    here = e.constant(1, i1)
    new = e.insert(scf.IfOp(here, op.result_types, then, _zeros(op.result_types, op)))
    assert isinstance(new, scf.IfOp)
    for old, result in zip(op.results, new.results):
        result.name_hint = old.name_hint
        old.replace_all_uses_with(result)
    op.detach()
    then.block.add_op(op)
    Emitter(InsertPoint.at_end(then.block), op.location).derived(op, RULE).insert(
        scf.YieldOp(*op.results)
    )
    return new


def _leave(op: scf.IfOp) -> bool:
    """
    Move an `scf.if` that otherwise gives zeros out of the branch that it is in. The ops before it
    in the branch come along, in a conditional of their own. False if one of their values has no
    zero.
    """
    outer, block = op.parent_op(), op.parent
    assert isinstance(outer, scf.IfOp) and block is not None
    before: list[Operation] = []
    first = block.first_op
    while first is not op:
        assert first is not None
        before.append(first)
        first = first.next_op
    inside = {
        (inner, k) for one in before for inner in ops_in(one) for k in range(len(inner.operands))
    }
    given = [
        r
        for one in before
        for r in one.results
        if any((use.operation, use.index) not in inside for use in r.uses)
    ]
    if not _have_zeros(given):
        return False
    given_types = [*(x.type for x in given), i1]
    ahead = Region(Block())
    for one in before:
        one.detach()
        ahead.block.add_op(one)
    zeros = _zeros(given_types, outer)
    inside_true = block.parent is outer.true_region
    first, second = (ahead, zeros) if inside_true else (zeros, ahead)
    e = Emitter.before(outer).derived(outer, RULE)
    new = e.insert(scf.IfOp(outer.cond, given_types, first, second))
    for old, result in zip(given, new.results):
        result.name_hint = old.name_hint
        old.replace_uses_with_if(result, lambda use: (use.operation, use.index) not in inside)
    taken = op.cond
    op.operands[0] = new.results[-1]
    # The condition may be one of the values that leave the branch.
    taken = given[new.results.index(taken)] if taken in new.results else taken
    Emitter(InsertPoint.at_end(ahead.block), outer.location).derived(outer, RULE).insert(
        scf.YieldOp(*given, taken)
    )
    op.detach()
    Rewriter.insert_op(op, InsertPoint.before(outer))
    return True
