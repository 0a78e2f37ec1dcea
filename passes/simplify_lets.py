"""
Simplify lets: drop those that save nothing.

Needs:   nothing.
Leaves:  a let only on a value that costs something and is read more than once.
Keeps:   the value. No rule duplicates work: what is inlined is read once, or cheap.
Ends:    each rule removes a let, or moves it towards the leaves of a stack.

How often a value is read is counted dynamically: a use in a region counts as often as the region
runs.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ..dialects import sharing, ten
from . import costs, scopes
from .driver import apply_rules


class UnusedLet(RewritePattern):
    """let x = u in v  →  v, where x does not occur in v"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        if op.result.first_use is None:
            rewriter.erase(op)


class LetOfVariable(RewritePattern):
    """let x = y in v  →  v[x := y], where y is an argument, a let or a constant: a name already"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        owner = op.x.owner
        if (
            not isinstance(owner, Operation)
            or isinstance(owner, sharing.LetOp)
            or costs_nothing(owner)
        ):
            rewriter.replace(op, (), (op.x,))


def costs_nothing(op: Operation) -> bool:
    return not op.operands and not op.regions


class LetUsedOnce(RewritePattern):
    """
    let x = u in v  →  v[x := u]

    Requires: x is read once, in one run of where it is bound: a use in a region over n indices is n
              uses.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        if op.result.first_use is not None and scopes.dynamic_uses(op.result) <= 1:
            rewriter.replace(op, (), (op.x,))


class LetOfCheap(RewritePattern):
    """
    let x = u in v  →  v[x := u], where computing u costs no more than reading a kept value

    Cheap is what the cost model says costs no flops: views, selects and index arithmetic, of values
    that are kept anyway.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        owner = op.x.owner
        if (
            isinstance(owner, Operation)
            and costs.is_cheap(owner)
            and not isinstance(owner, ten.StackOp)
        ):
            rewriter.replace(op, (), (op.x,))


class LetOfStack(RewritePattern):
    """
    let x = stack [a, b] in v  →  let y = a; z = b in v[x := stack [y, z]]

    Then an index of x at a constant reaches its element. Requires: the stack has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        stack = op.x.owner
        if not isinstance(stack, ten.StackOp) or not stack.result.has_one_use():
            return

        lets = [sharing.LetOp(x) for x in dict.fromkeys(stack.xs)]
        by_value = {let.x: let.result for let in lets}
        rewriter.replace(op, [*lets, ten.StackOp([by_value[x] for x in stack.xs])])


RULES: tuple[RewritePattern, ...] = (
    UnusedLet(),
    LetOfVariable(),
    LetUsedOnce(),
    LetOfStack(),
    LetOfCheap(),
)


class SimplifyLetsPass(ModulePass):
    """Drops lets of names, of unused, once-used and cheap values, and splits lets of stacks."""

    name = "sharing-simplify-lets"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_rules(op, RULES)
