"""
Rules for `ten.sum`: a sum of a layout is a sum of the operand, and a sum of equal elements is a
multiple.

Floats keep their value up to the order of the sum: rounding, and the sign of a zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import BFloat16Type, Float16Type
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.types import element, ints, rank, shape
from ..building import Ops, renumbered, transposed, zeros


def summed(x: SSAValue, dims: Sequence[int], ops: Ops) -> SSAValue:
    return ops(ten.SumOp(x, dims)) if dims else x


class SumOfBroadcast(RewritePattern):
    """
    sum(broadcast(x, D), S)  →  broadcast(n * sum(x, S without D), D without S)

    n is the number of elements along the dimensions in both D and S. If n is 0, the sum is 0.
    Requires: the element type has the number n. If S has other dimensions too, the elements are no
              floats of 16 bits: a sum of these is rounded once, and n * sum(x) twice.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner, gone = op.x.owner, ints(op.dims)
        if not isinstance(inner, ten.BroadcastOp):
            return
        sizes, dims = shape(op.x.type), ints(inner.dims)
        times = 1
        for d in dims:
            times *= sizes[d] if d in gone else 1
        e = element(op.result.type)
        if not any(d in gone for d in dims) or not types.is_exact(times, e):
            return

        ops = Ops()
        if not times:
            zeros(op.result.type, ops)
            rewriter.replace(op, ops)
            return
        own = [d for d in range(len(sizes)) if d not in dims]
        others = [own.index(d) for d in gone if d in own]
        if others and times != 1 and isinstance(e, BFloat16Type | Float16Type):
            return
        x = summed(inner.x, others, ops)
        if times != 1:
            n = ops(types.constant(times, e))
            if rank(x.type):
                n = ops(ten.BroadcastOp(n, range(rank(x.type)), shape(x.type)))
            x = ops((arith.MulfOp if types.is_float(e) else arith.MuliOp)(x, n))
        if left := renumbered(dims, gone):
            x = ops(ten.BroadcastOp(x, left, shape(op.result.type)))
        rewriter.replace(op, ops, (x,))


class SumOfTranspose(RewritePattern):
    """sum(transpose(x, p), S)  →  transpose(sum(x, p[S]))"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner, gone = op.x.owner, ints(op.dims)
        if not isinstance(inner, ten.TransposeOp) or not gone:
            return

        perm = ints(inner.perm)
        first = [perm[d] for d in gone]
        left = [p for d, p in enumerate(perm) if d not in gone]
        ops = Ops()
        x = summed(inner.x, sorted(first), ops)
        x = transposed(x, renumbered(left, first), ops)
        rewriter.replace(op, ops, (x,))


class SumOfReverse(RewritePattern):
    """
    sum(reverse(x, R), S)  →  reverse(sum(x, S), R without S)

    Requires: R and S have a dimension in common.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner, gone = op.x.owner, ints(op.dims)
        if not isinstance(inner, ten.ReverseOp):
            return
        dims = ints(inner.dims)
        if not set(dims) & set(gone):
            return

        ops = Ops()
        x = summed(inner.x, gone, ops)
        if left := renumbered(dims, gone):
            x = ops(ten.ReverseOp(x, left))
        rewriter.replace(op, ops, (x,))


class SumOfReshape(RewritePattern):
    """sum(reshape(x))  →  sum(x)    over all dimensions"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ReshapeOp):
            return
        if len(ints(op.dims)) != rank(op.x.type):
            return

        ops = Ops()
        x = summed(inner.x, range(rank(inner.x.type)), ops)
        rewriter.replace(op, ops, (x,))


class SumOfPad(RewritePattern):
    """
    sum(pad(x, low, high), S)  →  pad(sum(x, S), low and high of the other dimensions)

    Requires: a dimension in S has padding. Only zeros are left out.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner, gone = op.x.owner, ints(op.dims)
        if not isinstance(inner, ten.PadOp):
            return
        padding = list(zip(ints(inner.low), ints(inner.high), ints(inner.interior)))
        if not any(any(padding[d]) for d in gone):
            return

        ops = Ops()
        x = summed(inner.x, gone, ops)
        left = [p for d, p in enumerate(padding) if d not in gone]
        if any(map(any, left)):
            x = ops(ten.PadOp(x, *zip(*left, strict=True)))
        rewriter.replace(op, ops, (x,))


class SumOfSelect(RewritePattern):
    """
    sum(select(m, x, 0), S)  →  select(m, sum(x, S), 0)    also for select(m, 0, x)

    The selects of two branches share one sum: c ? x : 0 and c ? 0 : x.
    Requires: a scalar m.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.SelectOp | arith.SelectOp):
            return
        mask, *branches = inner.operands
        if rank(mask.type):
            return
        empty = [_is_zero(x) for x in branches]
        if not any(empty):
            return

        ops = Ops()
        values = [
            zeros(op.result.type, ops) if zero else summed(x, ints(op.dims), ops)
            for x, zero in zip(branches, empty)
        ]
        ops(ten.SelectOp(mask, *values))
        rewriter.replace(op, ops)


def _is_zero(x: SSAValue) -> bool:
    while isinstance(x.owner, ten.BroadcastOp):
        x = x.owner.x
    return types.constant_value(x) == 0


class SumOfScaled(RewritePattern):
    """
    sum(broadcast(s, D) * x, S)  →  broadcast(s, D without S) * sum(x, S)    for S within D

    One product for each sum, and not for each element.
    Requires: integers, or `fast`: a sum of floats may overflow where the sum of the products does
    not. Also: the product has no other use.
    """

    def __init__(self, fast: bool):
        self.fast = fast

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        product, gone = op.x.owner, ints(op.dims)
        if not isinstance(product, arith.MulfOp | arith.MuliOp):
            return
        if isinstance(product, arith.MulfOp) and not self.fast:
            return
        if op.x.get_unique_use() is None:
            return
        for s, x in ((product.lhs, product.rhs), (product.rhs, product.lhs)):
            if isinstance(s.owner, ten.BroadcastOp) and set(gone) <= set(ints(s.owner.dims)):
                ops = Ops()
                scale, sizes = s.owner.x, shape(op.result.type)
                if left := renumbered(ints(s.owner.dims), gone):
                    scale = ops(ten.BroadcastOp(scale, left, sizes))
                ops(type(product)(scale, summed(x, gone, ops)))
                rewriter.replace(op, ops)
                return


RULES: tuple[type[RewritePattern], ...] = (
    SumOfBroadcast,
    SumOfTranspose,
    SumOfReverse,
    SumOfReshape,
    SumOfPad,
    SumOfSelect,
)
