"""Rules for the pads and slices that gathers and scatters become."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.types import ints, rank, shape
from ..building import Ops, plus_zero, resized, transposed
from .common import has_one_use


class SliceOfPartOfPad(RewritePattern):
    """
    slice(pad(x))  →  pad(slice(x))    where the slice takes some of x and some of the zeros

    Pads move outwards, where they meet each other, and slices inwards.
    Requires: steps of 1, no zeros between the elements of x, and no other use of the pad.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.PadOp) or not has_one_use(op.x):
            return
        if not types.size(op.result.type):
            return
        offsets, sizes, low, high = [], [], [], []
        for n, before, between, o, s, k in zip(
            shape(inner.x.type),
            ints(inner.low),
            ints(inner.interior),
            ints(op.offsets),
            ints(op.sizes),
            ints(op.strides),
            strict=True,
        ):
            if (k != 1 and s > 1) or (between and n > 1):
                return
            start, end = max(o - before, 0), min(o + s - before, n)
            if end <= start:
                return
            offsets.append(start)
            sizes.append(end - start)
            low.append(max(before - o, 0))
            high.append(s - low[-1] - sizes[-1])

        ops = Ops()
        part = ops(ten.SliceOp(inner.x, offsets, sizes))
        ops(ten.PadOp(part, low, high))
        rewriter.replace(op, ops)


class SliceOfPartOfConcat(RewritePattern):
    """
    slice(concat(x, y, z), …)  →  concat(slice(x), y)    where the slice takes some of x, all of y

    Moves only elements that the slice takes.
    Requires: steps of 1 along the dimension that is joined; the concat has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ConcatOp) or not has_one_use(op.x):
            return
        d = inner.dim.value.data
        first, count = ints(op.offsets)[d], ints(op.sizes)[d]
        if ints(op.strides)[d] != 1 or not count:
            return

        ops, parts, start = Ops(), list[SSAValue](), 0
        for x in inner.xs:
            n = shape(x.type)[d]
            low, high = max(first - start, 0), min(first + count - start, n)
            start += n
            if low < high:
                offsets, sizes = list(ints(op.offsets)), list(ints(op.sizes))
                offsets[d], sizes[d] = low, high - low
                whole = tuple(sizes) == shape(x.type)
                parts.append(x if whole else ops(ten.SliceOp(x, offsets, sizes, ints(op.strides))))
        ops(ten.ConcatOp(parts, d)) if len(parts) > 1 else None
        rewriter.replace(op, ops, (ops[-1].results[0],) if len(parts) > 1 else (parts[0],))


class TransposeOfPadOfTranspose(RewritePattern):
    """
    transpose(pad(transpose(x, p), …), q)  →  pad(transpose(x, q after p), …)

    One transpose less, often two.
    Requires: the pad has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.TransposeOp, rewriter: PatternRewriter):
        pad = op.x.owner
        if not isinstance(pad, ten.PadOp) or not has_one_use(op.x):
            return
        inner = pad.x.owner
        if not isinstance(inner, ten.TransposeOp):
            return

        ops, order, first = Ops(), ints(op.perm), ints(inner.perm)
        x = transposed(inner.x, [first[q] for q in order], ops)
        low, high, interior = (
            [v[q] for q in order] for v in map(ints, (pad.low, pad.high, pad.interior))
        )
        ops(ten.PadOp(x, low, high, interior))
        rewriter.replace(op, ops)


class AddOfPads(RewritePattern):
    """
    pad(a) + pad(b)  →  concat(a + 0, b + 0)    where b begins where a ends, or later
    pad(a) + pad(b)  →  concat(a, b)            for integers

    The gradient of reading the parts of a tensor one by one is their concatenation.
    The left side adds +0, the padding of b, to each element of a. This changes one number only: -0
    becomes +0. So the right side adds +0 as well, and both sides are equal bit for bit. A loop that
    moves the elements does this addition on its way.
    Requires: padding of one dimension only, the same for both, such that no element of a is under
    an element of b; and no other use of the pads, as a pad would be computed beside the concat.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp | arith.AddiOp, rewriter: PatternRewriter):
        a, b = op.lhs.owner, op.rhs.owner
        if not isinstance(a, ten.PadOp) or not isinstance(b, ten.PadOp):
            return
        if not types.size(op.result.type):
            return
        if not has_one_use(op.lhs) or not has_one_use(op.rhs):
            return
        found = [_padded_dimension(a), _padded_dimension(b)]
        if None in found or found[0] != found[1]:
            return
        d = found[0]
        assert d is not None
        if ints(a.low)[d]:
            a, b = b, a
        n = shape(a.x.type)[d]
        if ints(a.low)[d] or n > ints(b.low)[d]:
            return

        # Zeros between and after stay; at least one side loses its padding.
        ops = Ops()
        between, after = ints(b.low)[d] - n, ints(b.high)[d]
        first, second = plus_zero(a.x, ops), plus_zero(b.x, ops)
        if between:
            first = resized(first, d, n + between, ops)
        if after:
            second = resized(second, d, shape(second.type)[d] + after, ops)
        ops(ten.ConcatOp([first, second], d))
        rewriter.replace(op, ops)


def _padded_dimension(op: ten.PadOp) -> int | None:
    """The one dimension that is padded, before or after."""
    sides = zip(ints(op.low), ints(op.high), strict=True)
    dims = [d for d, (low, high) in enumerate(sides) if low or high]
    spread = any(k and n > 1 for k, n in zip(ints(op.interior), shape(op.x.type)))
    return dims[0] if len(dims) == 1 and not spread else None


class SelectOfBroadcasts(RewritePattern):
    """
    select(m, broadcast(x, D), broadcast(y, D))  →  broadcast(select(m, x, y), D)

    The program selects once, and not once for each copy. A value with equal elements is a broadcast
    along any D.
    Requires: a scalar m, or m = broadcast(n, D). Then n is in the place of m.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SelectOp | arith.SelectOp, rewriter: PatternRewriter):
        mask, *branches = op.operands
        sizes = shape(op.results[0].type)
        if not sizes:
            return
        dims = tuple(range(len(sizes)))
        for x in branches:
            if isinstance(x.owner, ten.BroadcastOp) and rank(x.owner.x.type):
                dims = ints(x.owner.dims)

        repeated = branches if not rank(mask.type) else [mask, *branches]
        if not all(_is_broadcast(x, dims) for x in repeated):
            return

        ops = Ops()
        small = mask if not rank(mask.type) else _without(mask, dims, ops)
        chosen = ops(ten.SelectOp(small, *(_without(x, dims, ops) for x in branches)))
        ops(ten.BroadcastOp(chosen, dims, sizes))
        rewriter.replace(op, ops)


def _is_broadcast(x: SSAValue, dims: tuple[int, ...]) -> bool:
    op = x.owner
    if isinstance(op, ten.BroadcastOp):
        return ints(op.dims) == dims or not rank(op.x.type)
    return types.constant_value(x) is not None


def _without(x: SSAValue, dims: tuple[int, ...], ops: Ops) -> SSAValue:
    """The value of which x is the broadcast along `dims`."""
    op = x.owner
    if isinstance(op, ten.BroadcastOp) and ints(op.dims) == dims:
        return op.x
    left = [n for d, n in enumerate(shape(x.type)) if d not in dims]
    if isinstance(op, ten.BroadcastOp):
        return ops(ten.BroadcastOp(op.x, range(len(left)), left)) if left else op.x
    number = types.constant_value(x)
    assert number is not None
    return ops(types.constant(number, types.of_shape(left, types.element(x.type))))


RULES: tuple[type[RewritePattern], ...] = (
    SelectOfBroadcasts,
    SliceOfPartOfPad,
    SliceOfPartOfConcat,
    TransposeOfPadOfTranspose,
    AddOfPads,
)
