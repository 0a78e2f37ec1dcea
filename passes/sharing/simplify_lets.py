"""
Simplify lets: remove the lets that save nothing.

Needs:   nothing.
Leaves:  a let only on a value that costs something and is read more than once.
Keeps:   the value. No rule duplicates work: a rule inlines only values that are read once, or
         cheap.
Ends:    each rule removes a let, or moves it to the operands of its value.

The pass counts dynamically how often a value is read: a use in a region counts as often as the
region runs. If a let states a decision of `sharing-materialize`, the pass keeps it while it is
used. So it does if the let stands in a scan with `keep = "lets"`: the derivative of this scan keeps
the value.
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
"""The attribute of lets that a pass or a person put there to stay."""


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


def _must_stay(let: sharing.LetOp) -> bool:
    """Whether a let says more than that its value has several uses."""
    loop = let.parent_op()
    keeps = isinstance(loop, ten.ScanOp) and loop.keeps == "lets"
    return keeps or DECISION in let.attributes


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

    Requires: x is read once, in one run of the block that binds it. A use in a region over n
    indices is n uses. A use in a view counts as many uses as the view has.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        if (
            not _must_stay(op)
            and op.result.first_use is not None
            and scopes.dynamic_uses(op.result) <= 1
        ):
            rewriter.replace(op, (), (op.x,))


class LetOfCheap(RewritePattern):
    """
    let x = view(a, b) in v  →  let y = a; z = b in v[x := view(y, z)]

    A let of a cheap term (`costs.is_cheap_term`) moves to the operands of the term, until an
    operand is costly, or a name. Without this let, the operands of the view would be computed for
    each use of x.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: sharing.LetOp, rewriter: PatternRewriter, /) -> None:
        view = op.x.owner
        if (
            not isinstance(view, Operation)
            or isinstance(view, ten.StackOp)
            or not costs.is_cheap_term(op.x)
            or _must_stay(op)
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
        if not isinstance(stack, ten.StackOp) or _must_stay(op):
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
    """Removes lets of names, of unused, once-used and cheap values. Splits lets of stacks."""

    name = "sharing-simplify-lets"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_rules(op, RULES)
