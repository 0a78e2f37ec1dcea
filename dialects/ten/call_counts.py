"""
Counts of calls in loops (`host.ordered_call`), and the canonicalization of loops whose count nobody
needs.

Keeps:   the value. Calls that somebody needs: those of a loop whose count has uses.
Ends:    the rule takes the uses of a carried value away.
"""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.dialects.builtin import i64
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from .. import host, ten, types
from ..walking import has_op_of, ops_in


def is_count(x: SSAValue) -> bool:
    """Whether a value counts calls: from `host.begin` on, through calls, loops and branches."""
    if types.any_element(x.type) != i64:
        return False
    owner = x.owner
    if isinstance(x, BlockArgument):
        loop = x.block.parent_op()
        return isinstance(loop, ten.ScanOp | ten.WhileOp) and is_count(loop.operands[x.index])
    assert isinstance(owner, Operation)
    k = owner.results.index(x)
    match owner:
        case host.BeginOp():
            return True
        case host.OrderedCallOp():
            return k == 0
        case ten.BroadcastOp():
            return is_count(owner.x)
        case ten.SelectOp():
            return is_count(owner.operands[1])
        case ten.ScanOp():
            return is_count(owner.inits[k] if k < len(owner.inits) else owner.yielded[k])
        case ten.WhileOp():
            return is_count(owner.inits[k])
        case scf.IfOp():
            last = owner.true_region.block.last_op
            return last is not None and is_count(last.operands[k])
    return False


def forget(block: Block, start: SSAValue) -> bool:
    """
    Let all ops in a block read the count `start`. Returns whether an op read another one. Then no
    count goes from one call to another one, and calls without other results are dead. So are rows
    of counts, which a derivative keeps.
    """
    found = [
        (inner, k)
        for op in block.ops
        for inner in ops_in(op)
        for k, x in enumerate(inner.operands)
        if x is not start and x.type == start.type and is_count(x)
    ]
    for op, k in found:
        op.operands[k] = start
    return bool(found)


class LoopOfUnneededCount(RewritePattern):
    """
    scan (n = n0) { …, ten.yield n' }  →  scan (n = n0) { n0 in place of all counts; ten.yield n }

    The count leaves the loop then, and so do calls whose results nobody needs: those of a loop that
    a derivative computes again.
    Requires: that nothing uses the last count. The calls would not happen, or in another order.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScanOp | ten.WhileOp, rewriter: PatternRewriter):
        if not has_op_of(op, host.OrderedCallOp):
            return  # there is no count, as in nearly all programs
        if any(r.first_use is not None and is_count(r) for r in op.results):
            return
        outside = [x for x in op.inits if _is_one(x)] or [
            x for inner in ops_in(op) for x in inner.operands if _is_one(x) and _is_outside(x, op)
        ]
        if outside:
            start = outside[0]
        elif any(_is_one(x) for inner in ops_in(op) for x in inner.operands):
            # All counts come from rows, which the loop would only keep for them.
            begin = host.BeginOp()
            rewriter.insert(begin, InsertPoint.before(op))
            start = begin.count
        else:
            return
        if forget(op.block, start):
            rewriter.notify_op_modified(op)


def _is_one(x: SSAValue) -> bool:
    """Whether a value is one count, and no rows of counts."""
    return x.type == i64 and is_count(x)


def _is_outside(x: SSAValue, op: Operation) -> bool:
    home = x.owner if isinstance(x.owner, Block) else x.owner.parent
    return home is not None and not op.is_ancestor(home)
