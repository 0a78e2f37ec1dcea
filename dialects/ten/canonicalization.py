"""
Canonicalization of `ten`: rules that are right in every context of the op.

Keeps:   the value, bit for bit, with NaN, infinities and signed zeros: sums of sums join for
         integers only. Sharing: no rule copies a computation, or leaves more ops than it found
         (scalar constants aside).
Ends:    each rule removes an op from a chain, moves a broadcast towards the results, or ends in
         a constant; none does the reverse.

The rules write a value with all elements equal as `ten.broadcast` of a scalar, because a dense
constant holds each element. The rules keep the dense constants of a program, and `splat` sees
whether all elements of such a constant are equal.

The linear rules serve terms, too. Only the rules that make *zeros* leave terms alone: the dialect
of the terms has a zero of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from .. import ten, types
from ..types import Term, element, ints, rank, shape
from .update_rules import (
    IndexOfUpdate,
    SliceOfUpdate,
    UpdateByOwnPart,
    UpdateOfAll,
    UpdateOfUpdate,
    UpdateOfZero,
    UpdateOutside,
)
from .value_facts import (
    constant_indices,
    has_one_use,
    is_zero,
    kept,
    replace_by_broadcast,
    replace_by_splat,
    same_splat,
    scalar_of,
    splat,
)

# Broadcast.


class BroadcastOfBroadcast(RewritePattern):
    """broadcast(broadcast(x, D), E)  →  broadcast(x, E and, among the other dimensions, D)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.BroadcastOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.BroadcastOp):
            return

        sizes = shape(op.result.type)
        rest = kept(len(sizes), ints(op.dims))
        dims = sorted((*ints(op.dims), *(rest[d] for d in ints(inner.dims))))
        rewriter.replace(op, ten.BroadcastOp(inner.x, dims, sizes))


class TransposeOfBroadcast(RewritePattern):
    """
    transpose(broadcast(x, D), p)  →  broadcast(transpose(x, p among x's dimensions), D moved by p)

    Moves x instead of the copies of x, and moves nothing if the dimensions of x stay in order.
    Requires: that the broadcast has no other use, if x must be transposed: two ops would become
    three.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.TransposeOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.BroadcastOp):
            return
        perm = ints(op.perm)
        place = {d: i for i, d in enumerate(kept(len(perm), ints(inner.dims)))}
        x_perm = [place[p] for p in perm if p in place]
        in_order = x_perm == sorted(x_perm)
        if not in_order and not has_one_use(op.x):
            return

        dims = [d for d, p in enumerate(perm) if p not in place]
        x = inner.x if in_order else ten.TransposeOp(inner.x, x_perm)
        moved = ten.BroadcastOp(x, dims, shape(op.result.type))
        rewriter.replace(op, moved if isinstance(x, SSAValue) else [x, moved])


class ReshapeOfBroadcast(RewritePattern):
    """
    reshape(broadcast(x))  →  reshape(x)      where the broadcast adds dimensions of size 1 only
    reshape(broadcast(s))  →  broadcast(s)    for a scalar s
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReshapeOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.BroadcastOp):
            return
        sizes = shape(op.result.type)
        if rank(inner.x.type) == 0:
            replace_by_broadcast(rewriter, op, inner.x)
        elif types.size(inner.x.type) == types.size(op.x.type):
            rewriter.replace(op, ten.ReshapeOp(inner.x, sizes))


class ReverseOfBroadcast(RewritePattern):
    """reverse(broadcast(x, D), R)  →  reverse(broadcast(x, D), R without D)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReverseOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.BroadcastOp):
            return
        dims = [d for d in ints(op.dims) if d not in ints(inner.dims)]
        if len(dims) == len(ints(op.dims)):
            return

        if dims:
            rewriter.replace(op, ten.ReverseOp(op.x, dims))
        else:
            rewriter.replace(op, (), (op.x,))


class SliceOfBroadcast(RewritePattern):
    """
    slice(broadcast(x, D))  →  broadcast(x, D) of the slice's shape

    Requires: that the slice takes all of x's own dimensions.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.BroadcastOp):
            return
        sizes, rest = shape(op.result.type), kept(rank(op.x.type), ints(inner.dims))
        if [sizes[d] for d in rest] != list(shape(inner.x.type)):
            return

        rewriter.replace(op, ten.BroadcastOp(inner.x, ints(inner.dims), sizes))


class SelectByBroadcast(RewritePattern):
    """select(broadcast(m), a, b)  →  select(m, a, b)    for a scalar m"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SelectOp, rewriter: PatternRewriter):
        inner = op.mask.owner
        if not isinstance(inner, ten.BroadcastOp) or rank(inner.x.type) != 0:
            return

        rewriter.replace(op, ten.SelectOp(inner.x, op.a, op.b))


# Layout.


class TransposeOfTranspose(RewritePattern):
    """transpose(transpose(x, p), q)  →  transpose(x, p∘q)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.TransposeOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.TransposeOp):
            return

        perm = ints(inner.perm)
        rewriter.replace(op, ten.TransposeOp(inner.x, [perm[q] for q in ints(op.perm)]))


class ReshapeOfReshape(RewritePattern):
    """reshape(reshape(x))  →  reshape(x)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReshapeOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ReshapeOp):
            return

        rewriter.replace(op, ten.ReshapeOp(inner.x, shape(op.result.type)))


class ReverseOfReverse(RewritePattern):
    """reverse(reverse(x, D), E)  →  reverse(x, D xor E)"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReverseOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ReverseOp):
            return

        rewriter.replace(op, ten.ReverseOp(inner.x, sorted({*ints(inner.dims)} ^ {*ints(op.dims)})))


class LayoutOfSplatConstant(RewritePattern):
    """
    transpose, reshape, reverse, slice(constant c…)  →  constant c…

    The program had the old constant already, and the new constant is no larger.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: ten.TransposeOp | ten.ReshapeOp | ten.ReverseOp | ten.SliceOp,
        rewriter: PatternRewriter,
    ):
        number = types.constant_value(op.x)
        if number is None or rank(op.x.type) == 0:
            return

        rewriter.replace(op, types.constant(number, op.result.type))


# Slice and pad.


class SliceOfSlice(RewritePattern):
    """slice(slice(x, o, s, t), o', s', t')  →  slice(x, o + o' t, s', t t')"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.SliceOp):
            return

        offsets, strides = [], []
        for o, t, p, size, u in zip(
            ints(inner.offsets),
            ints(inner.strides),
            ints(op.offsets),
            ints(op.sizes),
            ints(op.strides),
            strict=True,
        ):
            # An empty slice may start at the end of a slice with strides, which can lie outside of
            # x.
            offsets.append(o + p * t if size else 0)
            strides.append(t * u)
        rewriter.replace(op, ten.SliceOp(inner.x, offsets, ints(op.sizes), strides))


class SliceOfPad(RewritePattern):
    """
    slice(pad(x))  →  slice(x)    where the slice takes elements of x only
    slice(pad(x))  →  0           where, along one dimension, it takes none of them

    Requires: one of the two. A slice that takes elements of x and zeros is neither.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.PadOp):
            return
        offsets, strides, only_x = [], [], True
        for n, low, m, o, size, t in zip(
            shape(inner.x.type),
            ints(inner.low),
            ints(inner.interior),
            ints(op.offsets),
            ints(op.sizes),
            ints(op.strides),
            strict=True,
        ):
            # Positions count from the first element of x. The elements of x are at 0, period, …,
            # end.
            period, first = m + 1, o - low
            last, end = first + (size - 1) * t, (n - 1) * period
            in_step = t % period == 0 or size == 1
            beside = last < 0 or first > end or (in_step and first % period != 0)
            if size and beside and not isinstance(op.result.type, Term):
                replace_by_splat(rewriter, op, 0)
                return
            within = in_step and first % period == 0 and 0 <= first and last <= end
            only_x &= size == 0 or within
            offsets.append(first // period if size else 0)
            strides.append(max(t // period, 1))
        if not only_x:
            return

        rewriter.replace(op, ten.SliceOp(inner.x, offsets, ints(op.sizes), strides))


class SliceOfConcat(RewritePattern):
    """
    slice(concat(…, x, …))  →  slice(x)

    Requires: that the slice takes from one operand only.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ConcatOp):
            return
        d = inner.dim.value.data
        first, count = ints(op.offsets)[d], ints(op.sizes)[d]
        last = first + (count - 1) * ints(op.strides)[d]
        start, found = 0, None
        for x in inner.xs:
            end = start + shape(x.type)[d]
            if count and start <= first and last < end:
                found = x
                break
            start = end
        if found is None:
            return

        offsets = list(ints(op.offsets))
        offsets[d] -= start
        rewriter.replace(op, ten.SliceOp(found, offsets, ints(op.sizes), ints(op.strides)))


class PadOfPad(RewritePattern):
    """
    pad(pad(x, l, h, m), l', h', m')  →  pad(x, l' + l (m'+1), h' + h (m'+1), (m+1)(m'+1) - 1)

    Requires: m' = 0 where x has no elements. The left side then has m' zeros between l and h, and
    the right side has no place for these zeros.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.PadOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.PadOp):
            return
        if any(n == 0 and m for n, m in zip(shape(inner.x.type), ints(op.interior), strict=True)):
            return

        low, high, interior = [], [], []
        for before, after, m, k in zip(
            zip(ints(inner.low), ints(inner.high), strict=True),
            zip(ints(op.low), ints(op.high), strict=True),
            ints(inner.interior),
            ints(op.interior),
            strict=True,
        ):
            low.append(after[0] + before[0] * (k + 1))
            high.append(after[1] + before[1] * (k + 1))
            interior.append((m + 1) * (k + 1) - 1)
        rewriter.replace(op, ten.PadOp(inner.x, low, high, interior))


# Joining.


class ConcatOfConcat(RewritePattern):
    """
    concat(…, concat(x…), …)  →  concat(…, x…, …)    along one dimension, all levels at once

    Moves each element once.
    Requires: no other use of an inner concat. With another use, the program would list and move the
    operands of the inner concat twice.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ConcatOp, rewriter: PatternRewriter):
        def joins(x: SSAValue) -> bool:
            return isinstance(x.owner, ten.ConcatOp) and x.owner.dim == op.dim and has_one_use(x)

        # Start at the outermost concat only, so that the rule walks a chain of n once and not n
        # times.
        user = op.result.get_user_of_unique_use()
        outermost = not (isinstance(user, ten.ConcatOp) and user.dim == op.dim)
        if not outermost or not any(joins(x) for x in op.xs):
            return

        flat, todo = [], list(reversed(op.xs))
        while todo:
            x = todo.pop()
            if joins(x):
                todo.extend(reversed(x.owner.operands))  # type: ignore[union-attr]
            else:
                flat.append(x)
        rewriter.replace(op, ten.ConcatOp(flat, op.dim.value.data))


class ConcatOfSlices(RewritePattern):
    """
    concat(slice(x), slice(x), …)  →  slice(x)    where each slice goes on where the last one ends

    Moves each element once instead of twice, or not at all: a slice of all of x is x. So two
    transforms of complex numbers in a row do not rebuild their pairs.
    Requires: slices of one x that differ in their places along the joined dimension only, which
    follow each other with one stride. Else the elements would be others.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ConcatOp, rewriter: PatternRewriter):
        parts = [x.owner for x in op.xs]
        first, d = parts[0], op.dim.value.data
        if not isinstance(first, ten.SliceOp):
            return
        start, strides = ints(first.offsets), ints(first.strides)
        offsets = list(start)
        for part in parts:
            if not isinstance(part, ten.SliceOp) or part.x is not first.x:
                return
            if ints(part.offsets) != tuple(offsets) or ints(part.strides) != strides:
                return
            offsets[d] += ints(part.sizes)[d] * strides[d]

        rewriter.replace(op, ten.SliceOp(first.x, start, shape(op.result.type), strides))


class ConcatWithEmptyOperand(RewritePattern):
    """concat(…, x, …)  →  concat(…, …)    where x has size 0 along the dimension"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ConcatOp, rewriter: PatternRewriter):
        d = op.dim.value.data
        xs = [x for x in op.xs if shape(x.type)[d]] or [op.xs[0]]
        if len(xs) == len(op.xs):
            return

        rewriter.replace(op, ten.ConcatOp(xs, d))


class JoinOfSplats(RewritePattern):
    """
    concat, stack(broadcast(s), broadcast(s), …)  →  broadcast(s)

    The operands are broadcasts of one scalar s, or equal constants.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ConcatOp | ten.StackOp, rewriter: PatternRewriter):
        first = op.xs[0]
        scalar, number = scalar_of(first), splat(first)
        known = scalar is not None or number is not None
        if not known or not all(same_splat(x, first) for x in op.xs):
            return

        if scalar is not None:
            replace_by_broadcast(rewriter, op, scalar)
        elif number is not None:
            replace_by_splat(rewriter, op, number)


class StackOfOneOperand(RewritePattern):
    """stack(x, x, …)  →  broadcast(x, [0])    where all operands are one value"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.StackOp, rewriter: PatternRewriter):
        if any(x != op.xs[0] for x in op.xs):
            return

        rewriter.replace(op, ten.BroadcastOp(op.xs[0], [0], shape(op.result.type)))


class StackOfAllRows(RewritePattern):
    """stack(index(t, 0), index(t, 1), …)  →  t    where these are all of t"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.StackOp, rewriter: PatternRewriter):
        rows = [x.owner for x in op.xs]
        first = rows[0]
        if not isinstance(first, ten.IndexOp) or first.t.type != op.result.type:
            return
        for k, row in enumerate(rows):
            if (
                not isinstance(row, ten.IndexOp)
                or row.t != first.t
                or constant_indices(row.indices) != [k]
            ):
                return

        rewriter.replace(op, (), (first.t,))


# Reductions.


class SumOfSum(RewritePattern):
    """
    sum(sum(x, D), E)  →  sum(x, D and, among the other dimensions, E)

    Requires: integers. The rounding of a sum of floats depends on the order of the sum.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.SumOp) or types.is_float(element(op.x.type)):
            return

        rewriter.replace(op, ten.SumOp(inner.x, _both(inner, op)))


class ReduceOfReduce(RewritePattern):
    """
    reduce(reduce(x, D), E)  →  reduce(x, D and, among the other dimensions, E)    of one kind

    Requires: integers, where the kind is prod. The rounding of a product of floats depends on the
    order of the product.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ReduceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ReduceOp) or inner.kind != op.kind:
            return
        if op.kind.data == "prod" and types.is_float(element(op.x.type)):
            return

        rewriter.replace(op, ten.ReduceOp(op.kind.data, inner.x, _both(inner, op)))


def _both(inner: ten.SumOp | ten.ReduceOp, outer: ten.SumOp | ten.ReduceOp) -> list[int]:
    """The dimensions of the inner operand that two reductions together remove."""
    rest = kept(rank(inner.x.type), ints(inner.dims))
    return sorted((*ints(inner.dims), *(rest[d] for d in ints(outer.dims))))


class ReductionOfUnitDims(RewritePattern):
    """
    sum, reduce(x, D)  →  reshape(x)    where x has size 1 along all of D

    Requires: that x is not -0, for a sum of floats: 0 + -0 is 0.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp | ten.ReduceOp, rewriter: PatternRewriter):
        sizes = shape(op.x.type)
        if any(sizes[d] != 1 for d in ints(op.dims)):
            return
        if isinstance(op, ten.SumOp) and types.is_float(element(op.x.type)):
            return

        rewriter.replace(op, ten.ReshapeOp(op.x, shape(op.result.type)))


# Index.


class IndexOfIndex(RewritePattern):
    """
    index(index(t, i…), j…)  →  index(t, i…, j…)

    If an index of i… is outside, both sides read 0.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.IndexOp):
            return

        rewriter.replace(op, ten.IndexOp(inner.t, [*inner.indices, *op.indices]))


class IndexAtConstantOutside(RewritePattern):
    """index(t, …, c, …)  →  0    where the constant c is not in t's dimension"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        outside = any(
            i is not None and not 0 <= i < n
            for i, n in zip(constant_indices(op.indices), shape(op.t.type), strict=False)
        )
        if not outside or isinstance(op.result.type, Term):
            return

        replace_by_splat(rewriter, op, 0)


class IndexOfStack(RewritePattern):
    """
    index(stack(x_0, x_1, …), c, i…)  →  index(x_c, i…)

    Requires: a constant c in bounds. A constant outside makes 0, by IndexAtConstantOutside.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.StackOp) or not op.indices:
            return
        c = constant_indices(op.indices[:1])[0]
        if c is None or not 0 <= c < len(inner.xs):
            return

        if len(op.indices) == 1:
            rewriter.replace(op, (), (inner.xs[c],))
        else:
            rewriter.replace(op, ten.IndexOp(inner.xs[c], op.indices[1:]))


class IndexOfBroadcast(RewritePattern):
    """
    index(broadcast(x, D), i…)  →  broadcast(index(x, i… without those for D), D that are left)

    Requires: constant indices in bounds for D, because the left side reads 0 at an index out of
    bounds. If an index and a broadcast are both left, the rule also requires that the broadcast has
    no other use: two ops would become three.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.BroadcastOp) or not op.indices:
            return
        depth, sizes, dims = len(op.indices), shape(op.t.type), ints(inner.dims)
        constants = constant_indices(op.indices)
        for d in dims:
            if d < depth and not ((c := constants[d]) is not None and 0 <= c < sizes[d]):
                return
        indices = [i for d, i in enumerate(op.indices) if d not in dims]
        left = [d - depth for d in dims if d >= depth]
        if (indices and left) and not has_one_use(op.t):
            return

        part = ten.IndexOp(inner.x, indices) if indices else inner.x
        if not left:
            replacement = (part,) if isinstance(part, Operation) else ()
            rewriter.replace(op, replacement, (SSAValue.get(part),))
            return
        again = ten.BroadcastOp(part, left, shape(op.result.type))
        rewriter.replace(op, [part, again] if isinstance(part, Operation) else again)


class IndexOfIota(RewritePattern):
    """
    index(iota, …, c, …)  →  c

    Requires: constant indices in bounds for all dimensions, and a number c that the type can hold.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.IotaOp) or rank(op.result.type):
            return
        constants = constant_indices(op.indices)
        if not all(
            i is not None and 0 <= i < n for i, n in zip(constants, shape(op.t.type), strict=True)
        ):
            return
        number = constants[inner.dim.value.data]
        if number is None or number > _greatest_exact(op.result.type):
            return

        replace_by_splat(rewriter, op, number)


def _greatest_exact(element: Attribute) -> int:
    """The number up to which the element type holds every natural number."""
    if types.is_float(element):
        return 1 << types.PRECISION[type(element)]
    return (1 << (_width(element) - 1)) - 1


def _width(element: Attribute) -> int:
    return element.width.data if isinstance(element, IntegerType) else 64


# Casts.


class CastOfCast(RewritePattern):
    """
    cast(cast(x : A) : B) : C  →  cast(x : A) : C

    Requires: that B has every value of A. If A and C are integers and B is a float, the rule also
    requires that C is not narrower than A: a cast from a float saturates, and a cast from an
    integer wraps.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.CastOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.CastOp):
            return
        a, b, c = (element(v.type) for v in (inner.x, op.x, op.result))
        if not _has_all(b, a):
            return
        if (
            types.is_integer(a)
            and types.is_float(b)
            and types.is_integer(c)
            and _width(c) < _width(a)
        ):
            return

        rewriter.replace(op, ten.CastOp(inner.x, c))


def _has_all(b: Attribute, a: Attribute) -> bool:
    """Whether `b` has every value of element type `a`, and a cast back gives the value again."""
    if types.is_float(a):
        # f16 and bf16 each lack numbers of the other.
        wide = types.is_float(b) and types.PRECISION[type(b)] >= 24
        return wide and types.PRECISION[type(a)] <= types.PRECISION[type(b)]
    if types.is_float(b):
        return _width(a) - 1 <= types.PRECISION[type(b)]
    return _width(a) <= _width(b)


# Zeros, and values without elements.


class LinearOfZero(RewritePattern):
    """sum, cumsum, pad, index, gather, scatter(0)  →  0"""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: ten.SumOp | ten.CumsumOp | ten.PadOp | ten.IndexOp | ten.GatherOp | ten.ScatterOp,
        rewriter: PatternRewriter,
    ):
        x = op.operands[0]
        if not is_zero(x):
            return

        scalar = scalar_of(x)
        if scalar is None:
            replace_by_splat(rewriter, op, 0)
        else:
            replace_by_broadcast(rewriter, op, scalar)


class LinearOfNothing(RewritePattern):
    """sum, pad, index, gather, scatter(x)  →  0    where x has no elements"""

    @op_type_rewrite_pattern
    def match_and_rewrite(
        self,
        op: ten.SumOp | ten.PadOp | ten.IndexOp | ten.GatherOp | ten.ScatterOp,
        rewriter: PatternRewriter,
    ):
        if types.size(op.operands[0].type) or isinstance(op.results[0].type, Term):
            return

        replace_by_splat(rewriter, op, 0)


# Index regions.


class RegionWithoutItsIndices(RewritePattern):
    """
    gather(x, i ↦ f)  →  broadcast(index(x, f))
    build(i ↦ f)      →  broadcast(f)

    Requires: that the region does not use i. The code of the region then runs once, in front.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp | ten.BuildOp, rewriter: PatternRewriter):
        if any(arg.first_use is not None for arg in op.block.args):
            return

        values = _inline(op.block, op, rewriter)
        part = ten.IndexOp(op.t, values) if isinstance(op, ten.GatherOp) else values[0]
        sizes = shape(op.result.type)
        result = ten.BroadcastOp(part, range(len(op.domain)), sizes)
        rewriter.replace(op, [part, result] if isinstance(part, Operation) else result)


def _inline(block: Block, op: Operation, rewriter: PatternRewriter) -> Sequence[SSAValue]:
    """Move the ops of a pure region in front of `op`, and give the values that it yields."""
    last = block.last_op
    assert last is not None
    values = tuple(last.operands)
    rewriter.erase(last)
    for inner in list(block.ops):
        inner.detach()
        rewriter.insert(inner, InsertPoint.before(op))
    return values


class EinsumOfOneOperand(RewritePattern):
    """
    einsum("ij->ji", x)  →  transpose(x)

    Requires: that each letter stands once on both sides: no diagonal, no sum.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.EinsumOp, rewriter: PatternRewriter):
        inputs, output = op.letters
        if len(inputs) != 1 or len(inputs[0]) != len(output) or len(set(inputs[0])) != len(output):
            return

        rewriter.replace(
            op, ten.TransposeOp(op.xs[0], [inputs[0].index(letter) for letter in output])
        )


PATTERNS: dict[type[Operation], tuple[RewritePattern, ...]] = {
    ten.BroadcastOp: (BroadcastOfBroadcast(),),
    ten.BuildOp: (RegionWithoutItsIndices(),),
    ten.CastOp: (CastOfCast(),),
    ten.ConcatOp: (
        ConcatWithEmptyOperand(),
        ConcatOfConcat(),
        ConcatOfSlices(),
        JoinOfSplats(),
    ),
    ten.CumsumOp: (LinearOfZero(),),
    ten.EinsumOp: (EinsumOfOneOperand(),),
    ten.GatherOp: (LinearOfNothing(), LinearOfZero(), RegionWithoutItsIndices()),
    ten.IndexOp: (
        LinearOfNothing(),
        LinearOfZero(),
        IndexAtConstantOutside(),
        IndexOfIndex(),
        IndexOfStack(),
        IndexOfBroadcast(),
        IndexOfIota(),
        IndexOfUpdate(),
    ),
    ten.PadOp: (LinearOfNothing(), LinearOfZero(), PadOfPad()),
    ten.ReduceOp: (ReductionOfUnitDims(), ReduceOfReduce()),
    ten.ReshapeOp: (ReshapeOfReshape(), ReshapeOfBroadcast(), LayoutOfSplatConstant()),
    ten.ReverseOp: (ReverseOfReverse(), ReverseOfBroadcast(), LayoutOfSplatConstant()),
    ten.ScatterOp: (LinearOfNothing(), LinearOfZero()),
    ten.SelectOp: (SelectByBroadcast(),),
    ten.SliceOp: (
        SliceOfSlice(),
        SliceOfPad(),
        SliceOfConcat(),
        SliceOfUpdate(),
        SliceOfBroadcast(),
        LayoutOfSplatConstant(),
    ),
    ten.StackOp: (StackOfAllRows(), StackOfOneOperand(), JoinOfSplats()),
    ten.SumOp: (LinearOfNothing(), LinearOfZero(), ReductionOfUnitDims(), SumOfSum()),
    ten.TransposeOp: (TransposeOfTranspose(), TransposeOfBroadcast(), LayoutOfSplatConstant()),
    ten.UpdateOp: (
        UpdateOfAll(),
        UpdateOutside(),
        UpdateOfZero(),
        UpdateOfUpdate(),
        UpdateByOwnPart(),
    ),
}
