"""
Dependences in a `ten.while`, and its canonicalization.

Keeps:   the value, bit for bit. Sharing: no rule copies a computation, or leaves more of it.
Ends:    each rule removes a part of a loop: a carried value, ops, or the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint, Rewriter

from .. import ten, types
from ..walking import ops_in
from . import call_counts
from .scans import is_kept_inside, that_end, with_operands


def blocks_of(loop: ten.WhileOp) -> tuple[Block, Block]:
    """The block of the condition, and the block of the body."""
    return loop.condition.block, loop.block


def reached(block: Block, sources: set[SSAValue], through: Callable[[SSAValue], bool]) -> None:
    """
    Add to `sources` the results of ops of a block that depend on them, also by values that regions
    of the ops use. A dependence goes through a result only if `through` is true for the result.
    """
    for op in block.ops:
        if any(x in sources for inner in ops_in(op) for x in inner.operands):
            sources.update(r for r in op.results if through(r))


def depending(
    loop: ten.WhileOp,
    is_source: Callable[[SSAValue], bool],
    through: Callable[[SSAValue], bool] = lambda result: True,
) -> tuple[set[int], set[SSAValue]]:
    """
    The positions of the carried values that depend on sources (inits, or values from outside), at
    once or in a later turn; and the sources with all values of both regions that depend on them.
    """
    carried = {k for k, x in enumerate(loop.inits) if is_source(x)}
    outside = {
        x for inner in ops_in(loop) if inner is not loop for x in inner.operands if is_source(x)
    }
    while True:
        found = set(outside)
        for block in blocks_of(loop):
            found.update(block.args[k] for k in carried)
            reached(block, found, through)
        new = carried | {k for k, x in enumerate(loop.nexts) if x in found}
        if new == carried:
            return carried, found
        carried = new


def variant(block: Block) -> set[SSAValue]:
    """The values of a region of a loop that may differ from turn to turn."""
    found: set[SSAValue] = set(block.args)
    reached(block, found, lambda result: True)
    return found


def invariant(block: Block) -> list[Operation]:
    """The ops of a region that are worth computing once in front of the loop, in order."""
    varies = variant(block)
    found = [
        op
        for op in block.ops
        if not is_kept_inside(op) and not any(r in varies for r in op.results)
    ]
    return with_operands(found, block)


LESS, GREATER = 2, 4
"""The numbers of `slt` and `sgt` among the predicates of `arith.cmpi`."""


def counter_of(op: ten.WhileOp) -> tuple[int, SSAValue] | None:
    """
    The carried value that counts the turns of a loop from one number up to another one, and that
    number. None for a loop that does not end by counting.
    """
    test, block = op.goes_on.owner, op.condition.block
    if not isinstance(test, arith.CmpiOp) or test.predicate.value.data not in (LESS, GREATER):
        return None
    i, high = test.operands if test.predicate.value.data == LESS else reversed(test.operands)
    if not isinstance(i, BlockArgument) or i.block is not block:
        return None
    if (high.owner if isinstance(high.owner, Block) else high.owner.parent) is block:
        return None
    add, arg = op.nexts[i.index].owner, op.carried[i.index]
    if not isinstance(add, arith.AddiOp) or arg not in add.operands:
        return None
    if types.constant_value(add.rhs if add.lhs is arg else add.lhs) != 1:
        return None
    return i.index, high


def carried_for(values: Sequence[SSAValue], op: ten.WhileOp) -> set[int]:
    """
    The positions of the carried values that values of the body depend on, at once or by earlier
    turns.
    """
    return _needed(values, op.block, op.nexts)


def erase_unused(block: Block) -> None:
    """Erase the ops of a block whose results nothing uses, but for its last op."""
    inner = block.last_op
    while inner is not None:
        before = inner.prev_op
        if inner is not block.last_op and all(r.first_use is None for r in inner.results):
            Rewriter.erase_op(inner)
        inner = before


def restrict(op: ten.WhileOp, rewriter: PatternRewriter, kept: Sequence[int]) -> None:
    """Leave only these carried values of a loop; nothing needs the others."""
    last = op.block.last_op
    assert last is not None
    rewriter.replace(last, ten.YieldOp(*(op.nexts[k] for k in kept)))
    for block in blocks_of(op):
        inner = block.last_op
        while inner is not None:
            before = inner.prev_op
            if inner is not block.last_op and all(r.first_use is None for r in inner.results):
                rewriter.erase(inner)
            inner = before
        for arg in list(block.args)[::-1]:
            if arg.index not in kept:
                block.erase_arg(arg)
    inits = [op.inits[k] for k in kept]
    regions = [op.detach_region(region) for region in list(op.regions)]
    new = ten.WhileOp(inits, regions[0], regions[1], op.most)
    new.attributes.update(op.attributes)
    given: list[SSAValue | None] = [None] * len(op.results)
    for k, result in zip(kept, new.results):
        result.name_hint = op.results[k].name_hint
        given[k] = result
    rewriter.replace(op, new, given)


# Rules.


class WhileOfNoTurn(RewritePattern):
    """
    while (c = c0) { false } do {…}  →  c0
    while limit 0 (c = c0) {…} do {…}  →  c0
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.WhileOp, rewriter: PatternRewriter):
        if op.most != 0 and types.constant_value(op.goes_on) not in (0, False):
            return

        rewriter.replace(op, (), list(op.inits))


class WhileOfInvariant(RewritePattern):
    """while (c = c0) {…} do { …, ten.yield c }  →  c0, inside and after it"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.WhileOp, rewriter: PatternRewriter):
        changed = False
        for k, (init, arg, new) in enumerate(zip(op.inits, op.carried, op.nexts)):
            tested = op.condition.block.args[k]
            used = tested.first_use is not None or op.results[k].first_use is not None
            if new is not arg or (arg.has_one_use() and not used):
                continue
            # The yield still names the old parts. They are dead, and `WhileWithDeadParts` removes
            # them.
            changed = True
            tested.replace_all_uses_with(init)
            for use in list(arg.uses):
                if use.operation is not op.block.last_op or use.index != k:
                    use.operation.operands[use.index] = init
                    rewriter.notify_op_modified(use.operation)
            op.results[k].replace_all_uses_with(init)
        if changed:
            rewriter.notify_op_modified(op)


class WhileWithRepeatedParts(RewritePattern):
    """
    c, d = while (c = x, d = x) {…} do { …, ten.yield v, v }  →  c = while (c = x) {…}; d = c
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.WhileOp, rewriter: PatternRewriter):
        first: dict[tuple[SSAValue, SSAValue], int] = {}
        changed = False
        for k, pair in enumerate(zip(op.inits, op.nexts)):
            j = first.setdefault(pair, k)
            values = (op.results[k], *(block.args[k] for block in blocks_of(op)))
            if j == k or all(x.first_use is None for x in values):
                continue
            changed = True
            kept = (op.results[j], *(block.args[j] for block in blocks_of(op)))
            for old, new in zip(values, kept):
                old.replace_all_uses_with(new)
        if changed:
            rewriter.notify_op_modified(op)


class WhileWithDeadParts(RewritePattern):
    """
    c, e = while (c = c0, e = e0) { p(c) } do { c', e' }  →  c = while (c = c0) { p(c) } do { c' }

    Requires: nothing uses e, and neither the condition nor c' depends on it.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.WhileOp, rewriter: PatternRewriter):
        n = len(op.results)
        needed = {k for k, r in enumerate(op.results) if r.first_use is not None}
        if len(needed) == n:
            return
        needed |= _needed([op.goes_on], op.condition.block)
        needed |= carried_for([op.nexts[k] for k in needed], op)
        if len(needed) == n:
            return

        restrict(op, rewriter, sorted(needed))


def _needed(values: Sequence[SSAValue], block: Block, nexts: Sequence[SSAValue] = ()) -> set[int]:
    """
    The positions of the arguments of a block that values of the block depend on. With the values
    that the block gives to the next turn, also those that they depend on by earlier turns.
    """
    found: set[int] = set()
    seen: set[Operation] = set()
    pending = list(values)
    while pending and len(found) < len(block.args):
        x = pending.pop()
        owner = x.owner
        if isinstance(x, BlockArgument):
            if owner is block and x.index not in found:
                found.add(x.index)
                if nexts:
                    pending.append(nexts[x.index])
        elif isinstance(owner, Operation) and owner.parent is block and owner not in seen:
            seen.add(owner)
            if owner.regions:
                pending.extend(y for inner in ops_in(owner) for y in inner.operands)
            else:
                pending.extend(owner.operands)
    return found


class WhileWithInvariantOps(RewritePattern):
    """
    while { p(f(outside)) } do { g(h(outside)) }  →  a = f(outside); b = h(outside);
        while { p(a) } do { g(b) }

    The program computes f(outside) and h(outside) once instead of at each turn.
    Requires: that the ops of the body end; a loop may take no turn. The condition runs at least
              once, without a limit of 0.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.WhileOp, rewriter: PatternRewriter):
        ops = [
            *(invariant(op.condition.block) if op.most != 0 else ()),
            *that_end(invariant(op.block), op.block),
        ]
        if not ops:
            return

        for inner in ops:
            inner.detach()
            rewriter.insert(inner, InsertPoint.before(op))
        rewriter.notify_op_modified(op)


PATTERNS: dict[type[Operation], tuple[RewritePattern, ...]] = {
    ten.WhileOp: (
        WhileOfNoTurn(),
        WhileOfInvariant(),
        WhileWithRepeatedParts(),
        call_counts.LoopOfUnneededCount(),
        WhileWithDeadParts(),
        WhileWithInvariantOps(),
    ),
}
