"""
Simplify lets: drop those that save nothing.

Needs:   nothing.
Leaves:  a let only on a value that costs something and is read more than once.
Keeps:   the value. No rule duplicates work: what is inlined is read once, or cheap.
Ends:    each rule removes a let, or moves it to what its value is made of.

How often a value is read is counted dynamically: a use in a region counts as often as the region
runs. A let that states a decision of `sharing-materialize` is left as it is, while it is used.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from ...dialects import sharing, ten
from ..rewriting import costs, locations, scopes
from ..rewriting.driver import apply_rules

DECISION = "decision"
"""The attribute of lets that were put, or edited, to stay."""


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
        if is_a_name(op.x):
            rewriter.replace(op, (), (op.x,))


def is_a_name(value: SSAValue) -> bool:
    op = value.owner
    return (
        not isinstance(op, Operation)
        or isinstance(op, sharing.LetOp)
        or (not op.operands and not op.regions)
    )


class LetUsedOnce(RewritePattern):
    """
    let x = u in v  →  v[x := u]

    Requires: x is read once, in one run of where it is bound: a use in a region over n indices is n
              uses, and a use in a view is as many as the view has.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        if (
            DECISION not in op.attributes
            and op.result.first_use is not None
            and scopes.dynamic_uses(op.result) <= 1
        ):
            rewriter.replace(op, (), (op.x,))


class LetOfCheap(RewritePattern):
    """
    let x = view(a, b) in v  →  let y = a; z = b in v[x := view(y, z)]

    A let of a cheap term (`costs.is_cheap_term`) goes to what the term is made of, until that is
    costly, or a name. Without it, what the view is of would be computed for each use of x.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        view = op.x.owner
        if (
            not isinstance(view, Operation)
            or isinstance(view, ten.StackOp)
            or not costs.is_cheap_term(op.x)
            or DECISION in op.attributes
        ):
            return

        let_each(view.operands, rewriter)
        rewriter.replace(op, (), (op.x,))


class LetOfStack(RewritePattern):
    """
    let x = stack [a, b] in v  →  let y = a; z = b in v[x := stack [y, z]]

    Then an index of x at a constant reaches its element.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        stack = op.x.owner
        if not isinstance(stack, ten.StackOp) or DECISION in op.attributes:
            return

        let_each(stack.xs, rewriter)
        rewriter.replace(op, (), (op.x,))


def let_each(values: Sequence[SSAValue], rewriter: PatternRewriter) -> None:
    """Put a let behind each value that has no name, for all its uses."""
    for value in dict.fromkeys(values):
        if is_a_name(value):
            continue
        let = sharing.LetOp(value)
        let.result.name_hint = value.name_hint
        assert isinstance(value.owner, Operation)
        let.location = locations.derived(value.owner.location, LetOfStack.__name__)
        rewriter.insert(let, InsertPoint.after(value.owner))
        value.replace_uses_with_if(let.result, lambda use, let=let: use.operation is not let)


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
