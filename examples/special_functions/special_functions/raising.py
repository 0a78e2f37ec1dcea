"""
Find special functions in what users write: `special-raise`.

Needs:   nothing.
Leaves:  none of the left sides below.
Keeps:   the value, up to rounding; where the left side overflows, or loses all its digits, the
         right side has the value that is meant.
Ends:    each rule takes an op away.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from letgrad.extend import apply_rules, ten, types

from .dialect import ErfcOp, LogsumexpOp, SoftplusOp


class OneMinusErf(RewritePattern):
    """
    1 - erf x  →  erfc x

    Keeps the digits that the difference loses where erf x is nearly 1.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.SubfOp, rewriter: PatternRewriter):
        erf = op.rhs.owner
        if types.constant_value(op.lhs) != 1 or not isinstance(erf, math.ErfOp):
            return

        rewriter.replace(op, ErfcOp(erf.operand))


class Log1pOfExp(RewritePattern):
    """
    log(1 + eˣ)  →  softplus x

    Does not overflow.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: math.Log1pOp, rewriter: PatternRewriter):
        exp = op.operand.owner
        if not isinstance(exp, math.ExpOp):
            return

        rewriter.replace(op, SoftplusOp(exp.operand))


class LogOfSumOfExp(RewritePattern):
    """
    log Σ eˣ  →  logsumexp x

    Does not overflow.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: math.LogOp, rewriter: PatternRewriter):
        sum = op.operand.owner
        if not isinstance(sum, ten.SumOp) or not isinstance(exp := sum.x.owner, math.ExpOp):
            return

        rewriter.replace(op, LogsumexpOp(exp.operand, types.ints(sum.dims)))


class RaisePass(ModulePass):
    """Finds erfc, softplus and logsumexp."""

    name = "special-raise"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        apply_rules(op, [OneMinusErf(), Log1pOfExp(), LogOfSumOfExp()])
