"""
Identities of upstream's arithmetic that upstream's canonicalization lacks. Each identity holds for
every value: NaN, infinities and signed zeros included.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ...dialects import ten, types
from ...dialects.types import constant_value
from . import index_maps


def _is(value: SSAValue, number: float) -> bool:
    """
    Whether a value is this number everywhere: a constant, or a repeated constant. A zero must have
    the same sign.
    """
    while isinstance(value.owner, ten.BroadcastOp):
        value = value.owner.x
    known = constant_value(value)
    # Two floats have the same text if they are the same number, with the same sign of zero.
    return known is not None and str(float(known)) == str(number)


def _either_way(op: Operation) -> Sequence[tuple[SSAValue, SSAValue]]:
    a, b = op.operands
    return (a, b), (b, a)


class MultiplyByOne(RewritePattern):
    """x * 1  →  x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MulfOp, rewriter: PatternRewriter, /) -> None:
        for x, k in _either_way(op):
            if _is(k, 1.0):
                rewriter.replace(op, (), (x,))
                return


class MultiplyByMinusOne(RewritePattern):
    """x * -1  →  -x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MulfOp, rewriter: PatternRewriter, /) -> None:
        for x, k in _either_way(op):
            if _is(k, -1.0):
                rewriter.replace(op, arith.NegfOp(x))
                return


class DivideByOne(RewritePattern):
    """x / 1  →  x"""

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.DivfOp, rewriter: PatternRewriter, /) -> None:
        if _is(op.rhs, 1.0):
            rewriter.replace(op, (), (op.lhs,))


class SubtractZero(RewritePattern):
    """
    x - 0  →  x

    Requires: the zero is +0; -0 - -0 is +0.
    """

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.SubfOp, rewriter: PatternRewriter, /) -> None:
        if _is(op.rhs, 0.0):
            rewriter.replace(op, (), (op.lhs,))


class AddMinusZero(RewritePattern):
    """
    x + -0  →  x

    Requires: the zero is -0; -0 + +0 is +0.
    """

    of_constants = True

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp, rewriter: PatternRewriter, /) -> None:
        for x, k in _either_way(op):
            if _is(k, -0.0):
                rewriter.replace(op, (), (x,))
                return


class NegateOfNegate(RewritePattern):
    """-(-x)  →  x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.NegfOp, rewriter: PatternRewriter, /) -> None:
        if isinstance(op.operand.owner, arith.NegfOp):
            rewriter.replace(op, (), (op.operand.owner.operand,))


class AddOfNegate(RewritePattern):
    """x + -y  →  x - y"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp, rewriter: PatternRewriter, /) -> None:
        for x, y in _either_way(op):
            if isinstance(y.owner, arith.NegfOp):
                rewriter.replace(op, arith.SubfOp(x, y.owner.operand, op.fastmath))
                return


class CompareOfBounds(RewritePattern):
    """
    x < y  →  true or false    where the bounds of x and y decide the comparison of integers

    An index that is data counts from the end if it is negative. So the program compares the index
    with 0, and chooses. This rule removes both where an index cannot be negative.
    Requires: bounds that hold for all elements, also where arithmetic wraps.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self, op: arith.CmpiOp | ten.CompareOp, rewriter: PatternRewriter, /
    ) -> None:
        a, b = op.operands
        if not types.is_integer(types.element(a.type)):
            return
        if isinstance(op, arith.CmpiOp):
            predicate = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
        else:
            predicate = op.predicate.data
        if (holds := index_maps.decided(predicate, a, b)) is not None:
            rewriter.replace(op, types.constant(holds, op.results[0].type))


RULES: tuple[RewritePattern, ...] = (
    MultiplyByOne(),
    MultiplyByMinusOne(),
    DivideByOne(),
    SubtractZero(),
    AddMinusZero(),
    NegateOfNegate(),
    AddOfNegate(),
    CompareOfBounds(),
)
