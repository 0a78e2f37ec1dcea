"""Rules for `ten.index`: an index into the result of an op becomes an index into its operand."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.ten.canonicalization import constant_indices
from ....dialects.types import ints, rank, shape
from .. import index_maps
from ..index_maps import Form
from .common import Ops, zeros


def _number(n: int, ops: Ops) -> SSAValue:
    return ops(arith.ConstantOp(IntegerAttr(n, ten.index_type)))


class IndexOfTranspose(RewritePattern):
    """
    index(transpose(x, p), i…)  →  index(x, i… in x's order)

    Requires: the indexed dimensions are leading dimensions in x, too, and the others stay in order.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner, depth = op.t.owner, len(op.indices)
        if not isinstance(inner, ten.TransposeOp):
            return
        perm = ints(inner.perm)
        if list(perm[depth:]) != list(range(depth, len(perm))):
            return

        rewriter.replace(
            op, ten.IndexOp(inner.x, [op.indices[perm.index(d)] for d in range(depth)])
        )


class IndexOfReverse(RewritePattern):
    """
    index(reverse(x), i)  →  index(x, n - 1 - i)

    An index outside stays outside, on the other side.
    Requires: only indexed dimensions are reversed.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.ReverseOp):
            return
        dims, sizes = ints(inner.dims), shape(op.t.type)
        if any(d >= len(op.indices) for d in dims):
            return

        ops, indices = Ops(), list(op.indices)
        for d in dims:
            last = _number(sizes[d] - 1, ops)
            indices[d] = ops(arith.SubiOp(last, indices[d]))
        ops(ten.IndexOp(inner.x, indices))
        rewriter.replace(op, ops)


class IndexOfPad(RewritePattern):
    """
    index(pad(x, low, high), i)  →  index(x, i - low)
    index(pad(x, low, high, m), c)  →  index(x, (c - low) / (m + 1)), or 0 between elements

    Requires: no zeros between the elements of x, if the index is not constant; and no padding of
    dimensions that are not indexed.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner, depth = op.t.owner, len(op.indices)
        if not isinstance(inner, ten.PadOp):
            return
        low, between = ints(inner.low), ints(inner.interior)
        if shape(inner.x.type)[depth:] != shape(op.t.type)[depth:]:
            return
        constants = constant_indices(op.indices)
        if any(k and c is None for k, c in zip(between, constants)):
            return

        ops, indices = Ops(), []
        for i, c, before, k in zip(op.indices, constants, low, between):
            if c is not None and (c - before) % (k + 1):
                zeros(op.result.type, ops)
                rewriter.replace(op, ops)
                return
            if c is not None:
                indices.append(_number((c - before) // (k + 1), ops))
            else:
                indices.append(ops(arith.SubiOp(i, _number(before, ops))) if before else i)
        ops(ten.IndexOp(inner.x, indices))
        rewriter.replace(op, ops)


class IndexOfSlice(RewritePattern):
    """
    index(slice(x, offset, stride), i)  →  index(x, offset + stride i)

    Requires: i in bounds of the slice. Outside, the left side reads 0, the right might read x.
    Also: only indexed dimensions are sliced.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner, depth = op.t.owner, len(op.indices)
        if not isinstance(inner, ten.SliceOp):
            return
        if shape(inner.x.type)[depth:] != shape(op.t.type)[depth:]:
            return
        if not all(is_within(i, n) for i, n in zip(op.indices, shape(op.t.type))):
            return

        ops, indices = Ops(), []
        for i, offset, stride in zip(op.indices, ints(inner.offsets), ints(inner.strides)):
            if (c := types.constant_value(i)) is not None:
                indices.append(_number(int(c) * stride + offset, ops))
                continue
            if stride != 1:
                i = ops(arith.MuliOp(i, _number(stride, ops)))
            indices.append(ops(arith.AddiOp(i, _number(offset, ops))) if offset else i)
        ops(ten.IndexOp(inner.x, indices))
        rewriter.replace(op, ops)


def is_within(i: SSAValue, size: int) -> bool:
    """Whether an index is proved to be inside of a dimension."""
    low, high = index_maps.bounds_of_elements(i)
    return 0 <= low and high < size


class IndexOfConcat(RewritePattern):
    """
    index(concat(…, x, …), c)  →  index(x, c - start of x)

    Requires: a constant c, into the dimension that is joined.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.ConcatOp) or inner.dim.value.data >= len(op.indices):
            return
        d, start = inner.dim.value.data, 0
        c = types.constant_value(op.indices[d])
        if c is None or not 0 <= c < shape(op.t.type)[d]:
            return

        for x in inner.xs:
            if c < start + shape(x.type)[d]:
                ops = Ops()
                place = _number(int(c) - start, ops)
                indices = [*op.indices[:d], place, *op.indices[d + 1 :]]
                ops(ten.IndexOp(x, indices))
                rewriter.replace(op, ops)
                return
            start += shape(x.type)[d]


class IndexOfGather(RewritePattern):
    """
    index(gather(t, i ↦ f(i)), c)  →  index(t, f(c))

    Requires: constants c in bounds, for all of the gather's domain, and an f of index arithmetic
    only. Otherwise the gather would do the reads, and this index would do them again.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.GatherOp) or len(op.indices) < len(inner.domain):
            return
        depth = len(inner.domain)
        constants = constant_indices(op.indices[:depth])
        if not all(c is not None and 0 <= c < n for c, n in zip(constants, inner.domain)):
            return
        m = index_maps.index_map(inner)
        if m is None or not all(index_maps.is_arithmetic(f) for f in m.forms):
            return

        space = index_maps.Space(())
        args = [Form(c or 0) for c in constants]
        ops = Ops()
        writer = index_maps.Writer(space, (), ops)
        places = [writer.form(space.rebuild(f, args)) for f in m.forms]
        ops(ten.IndexOp(inner.t, [*places, *op.indices[depth:]]))
        rewriter.replace(op, ops)


class IndexOfScatter(RewritePattern):
    """
    index(scatter(x, ↦ k), k)  →  x    where one slice x is put at k

    Requires: k in bounds. Outside, the scatter drops x, and the index reads 0.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.ScatterOp) or inner.domain:
            return
        if list(op.indices) != list(inner.yielded):
            return
        if not all(is_within(i, n) for i, n in zip(op.indices, shape(op.t.type))):
            return

        rewriter.replace(op, (), (inner.t,))


class IndexOfReshape(RewritePattern):
    """
    index(reshape(x), c…)  →  index(x, the same place)

    Requires: constants in bounds, for all dimensions.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.ReshapeOp) or rank(op.result.type) or not op.indices:
            return
        flat = 0
        for c, n in zip(constant_indices(op.indices), shape(op.t.type)):
            if c is None or not 0 <= c < n:
                return
            flat = flat * n + c

        places: list[int] = []
        for n in reversed(shape(inner.x.type)):
            places.append(flat % n)
            flat //= n
        if not places:
            rewriter.replace(op, (), (inner.x,))
            return
        ops = Ops()
        ops(ten.IndexOp(inner.x, [_number(c, ops) for c in reversed(places)]))
        rewriter.replace(op, ops)


RULES: tuple[type[RewritePattern], ...] = (
    IndexOfTranspose,
    IndexOfReverse,
    IndexOfPad,
    IndexOfSlice,
    IndexOfConcat,
    IndexOfGather,
    IndexOfScatter,
    IndexOfReshape,
)
