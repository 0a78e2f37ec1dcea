"""
The formulas of the ops of `arith` that give two results: a sum with its carry, and the two halves
of a product. No nest yields the halves of a wider number, so other ops compute them.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.ir import SSAValue

from ...dialects import arrays, types
from ...passes.rewriting.emitter import Emitter
from ...passes.rewriting.rule_tables import decompose


@decompose.rule(arith.AddUIExtendedOp)
def extended_sum(op: arith.AddUIExtendedOp, e: Emitter) -> tuple[SSAValue, SSAValue]:
    """low, carry = x + y, x + y < x, unsigned"""
    low = e(arith.AddiOp(op.lhs, op.rhs))
    return low, e.compare("ult", low, op.lhs)


@decompose.rule(arith.MulUIExtendedOp)
def unsigned_extended_product(op: arith.MulUIExtendedOp, e: Emitter) -> tuple[SSAValue, SSAValue]:
    """low, high = x y modulo 2^width, and the sum of products of half words above it"""
    return e(arith.MuliOp(op.lhs, op.rhs)), _high(op.lhs, op.rhs, e)


@decompose.rule(arith.MulSIExtendedOp)
def extended_product(op: arith.MulSIExtendedOp, e: Emitter) -> tuple[SSAValue, SSAValue]:
    """low, high = x y, high = the unsigned high - (x < 0 ? y : 0) - (y < 0 ? x : 0)"""
    x, y = op.lhs, op.rhs
    high, zero = _high(x, y, e), e.constant(0, x.type)
    if not types.is_bool(types.element(x.type)):  # -1 · -1 = 1 has no high half
        for a, b in ((x, y), (y, x)):
            part = e.select(e.compare("slt", a, zero), b, zero)
            high = e(arith.SubiOp(high, part))
    return e(arith.MuliOp(x, y)), high


def _high(x: SSAValue, y: SSAValue, e: Emitter) -> SSAValue:
    """
    The high half of an unsigned product. With half words x = x1 2^h + x0, as for y:

        a = x0 y0;  b = x1 y0 + (a >> h);  c = x0 y1 + (b mod 2^h)
        high = x1 y1 + (b >> h) + (c >> h)

    No sum overflows (H. S. Warren, Hacker's Delight, 8-2).
    """
    element = types.element(x.type)
    if types.is_bool(element):
        return e.constant(0, x.type)
    half = 4 * arrays.dtype(element).itemsize
    by, mask = e.constant(half, x.type), e.constant((1 << half) - 1, x.type)

    def low(a: SSAValue) -> SSAValue:
        return e(arith.AndIOp(a, mask))

    def high(a: SSAValue) -> SSAValue:
        return e(arith.ShRUIOp(a, by))

    def sum_of(a: SSAValue, b: SSAValue, c: SSAValue) -> SSAValue:
        return e(arith.AddiOp(e(arith.MuliOp(a, b)), c))

    b = sum_of(high(x), low(y), high(e(arith.MuliOp(low(x), low(y)))))
    c = sum_of(low(x), high(y), low(b))
    return e(arith.AddiOp(sum_of(high(x), high(y), high(b)), high(c)))
