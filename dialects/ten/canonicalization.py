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

from collections.abc import Iterable, Sequence
from math import copysign

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from .. import ten, types
from ..types import Term, element, ints, rank, shape

# The questions of rules about values.


def splat(value: SSAValue) -> int | float | None:
    """The number that all elements of `value` are equal to; None if that is not known."""
    if isinstance(op := value.owner, ten.BroadcastOp):
        value = op.x
    return types.constant_value(value)


def is_zero(value: SSAValue) -> bool:
    """Whether all elements are 0, and not -0."""
    number = splat(value)
    return number is not None and number == 0 and copysign(1, number) > 0


def same_splat(a: SSAValue, b: SSAValue) -> bool:
    """Whether all elements of `a` and of `b` are one number, bit for bit."""
    if (scalar := scalar_of(a)) is not None and scalar == scalar_of(b):
        return True
    x, y = splat(a), splat(b)
    return x is not None and y is not None and x == y and copysign(1, x) == copysign(1, y)


def constant_indices(values: Sequence[SSAValue]) -> list[int | None]:
    """The number of each index, or None for an index that is not constant."""
    return [None if (n := types.constant_value(v)) is None else int(n) for v in values]


def has_one_use(value: SSAValue) -> bool:
    return value.get_unique_use() is not None


def replace_by_splat(rewriter: PatternRewriter, op: Operation, number: int | float) -> None:
    """Replace the one result of `op` by a value whose elements are all `number`."""
    type = op.results[0].type
    scalar = types.constant(number, element(type))
    if rank(type) == 0:
        rewriter.replace(op, scalar)
        return
    rewriter.replace(op, [scalar, ten.BroadcastOp(scalar, range(rank(type)), shape(type))])


def scalar_of(value: SSAValue) -> SSAValue | None:
    """The scalar that `value` is a broadcast of, or None."""
    op = value.owner
    return op.x if isinstance(op, ten.BroadcastOp) and rank(op.x.type) == 0 else None


def replace_by_broadcast(rewriter: PatternRewriter, op: Operation, scalar: SSAValue) -> None:
    """Replace the one result of `op` by a value whose elements are all `scalar`."""
    sizes = shape(op.results[0].type)
    if sizes:
        rewriter.replace(op, ten.BroadcastOp(scalar, range(len(sizes)), sizes))
    else:
        rewriter.replace(op, (), (scalar,))


def kept(rank: int, dims: Sequence[int]) -> list[int]:
    """The dimensions that are not in `dims`."""
    return [d for d in range(rank) if d not in dims]


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
        return 1 << types.PRECISION[type(element)]  # type: ignore[index]
    return (1 << (_width(element) - 1)) - 1


def _width(element: Attribute) -> int:
    return element.width.data if isinstance(element, IntegerType) else 64


# Updates.


def _place_in_box(op: ten.UpdateOp, d: int, place: int) -> int | None:
    """
    Which element of the box, along dimension d, has this place of x; -1 if none has. None if the
    program has to run to say so.
    """
    (low,), size = constant_indices(op.offsets[d : d + 1]), shape(op.v.type)[d]
    if low is None:
        return None
    k, rest = divmod(place - low, ints(op.strides)[d])
    # The stride of a box of size 1 moves nothing.
    return k if 0 <= k < size and not rest else -1


def _is_whole(op: ten.UpdateOp, d: int) -> bool:
    """Whether the box is all of x along dimension d."""
    low = constant_indices(op.offsets[d : d + 1])[0]
    n, size = shape(op.x.type)[d], shape(op.v.type)[d]
    return low == 0 and n == size and (ints(op.strides)[d] == 1 or n <= 1)


class UpdateOfAll(RewritePattern):
    """update(x, v)  →  v    where the box is all of x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.UpdateOp, rewriter: PatternRewriter):
        if not all(_is_whole(op, d) for d in range(rank(op.x.type))):
            return

        rewriter.replace(op, (), (op.v,))


def _box(op: ten.UpdateOp) -> Iterable[tuple[int | None, int, int, int]]:
    """For each dimension: the offset if it is known, the size of the box, the stride, x's size."""
    offsets = constant_indices(op.offsets)
    return zip(offsets, shape(op.v.type), ints(op.strides), shape(op.x.type), strict=True)


class UpdateOutside(RewritePattern):
    """update(x, v)  →  x    where, along one dimension, the box is known to be outside of x"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.UpdateOp, rewriter: PatternRewriter):
        if all(o is None or (o < n and o + (m - 1) * t >= 0) for o, m, t, n in _box(op)):
            return

        rewriter.replace(op, (), (op.x,))


class UpdateOfZero(RewritePattern):
    """
    update(0, v)  →  pad(v)

    The transpose of a pad is a slice, and a sum of pads is one nest.
    Requires: a constant box inside of x, and no -0 in x: a pad has +0 around its operand.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.UpdateOp, rewriter: PatternRewriter):
        if isinstance(op.x.type, Term) or not is_zero(op.x):
            return
        low, high = [], []
        for o, m, t, n in _box(op):
            if o is None or not m or o < 0 or o + (m - 1) * t >= n:
                return
            low.append(o)
            high.append(n - 1 - o - (m - 1) * t)

        rewriter.replace(op, ten.PadOp(op.v, low, high, [t - 1 for t in ints(op.strides)]))


class UpdateOfUpdate(RewritePattern):
    """
    update(update(x, u), v)  →  update(x, v)    where the box of v covers that of u

    Requires: the same offsets, sizes and strides, or a box of v that is all of x along the
              dimension. No other use of the inner update: its box would then be stored twice.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.UpdateOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.UpdateOp) or not has_one_use(op.x):
            return
        sizes, inners = shape(op.v.type), shape(inner.v.type)
        strides, others = ints(op.strides), ints(inner.strides)
        places, before = constant_indices(op.offsets), constant_indices(inner.offsets)
        for d in range(len(sizes)):
            same = op.offsets[d] is inner.offsets[d] or (
                places[d] is not None and places[d] == before[d]
            )
            alike = sizes[d] == inners[d] and (strides[d] == others[d] or sizes[d] == 1)
            if not (same and alike) and not _is_whole(op, d):
                return

        rewriter.replace(op, ten.UpdateOp(inner.x, op.v, op.offsets, strides))


def is_box_at(op: ten.UpdateOp, indices: Sequence[SSAValue]) -> bool:
    """
    Whether the box is the part of x at these indices of its first dimensions: one place along each
    of these, and all places along the others.
    """
    lead = len(indices)
    places, known = constant_indices(op.offsets), constant_indices(indices)
    same = (
        op.offsets[d] is indices[d] or (known[d] is not None and known[d] == places[d])
        for d in range(lead)
    )
    sizes = shape(op.v.type)
    return (
        all(n == 1 for n in sizes[:lead])
        and all(same)
        and all(_is_whole(op, d) for d in range(lead, len(sizes)))
    )


class UpdateByOwnPart(RewritePattern):
    """
    update(x, index(x, p…), p…)  →  x

    Requires: one place for both. Outside of x, the left side writes nothing.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.UpdateOp, rewriter: PatternRewriter):
        part = op.v.owner
        while isinstance(part, ten.ReshapeOp):
            part = part.x.owner
        if not isinstance(part, ten.IndexOp) or part.t is not op.x:
            return
        if not is_box_at(op, part.indices):
            return

        rewriter.replace(op, (), (op.x,))


class IndexOfUpdate(RewritePattern):
    """
    index(update(x, v), c…)  →  index(x, c…)    where the box does not have the place
    index(update(x, v), c…)  →  index(v, k…)    where the box has it, as its element k

    A chain of updates is read at one place without a look at the others.
    Requires: constants. For the second, a box that is whole along the dimensions without an index.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        if not isinstance(op.t.owner, ten.UpdateOp):
            return
        t, indices = op.t, list(op.indices)
        while isinstance(inner := t.owner, ten.UpdateOp):
            found = [
                None if c is None else _place_in_box(inner, d, c)
                for d, c in enumerate(constant_indices(indices))
            ]
            sizes = shape(t.type)
            if (
                any(c is None or not 0 <= c < n for c, n in zip(constant_indices(indices), sizes))
                and -1 not in found
            ):
                break  # outside of x, the left side reads 0
            if -1 in found:
                t = inner.x
                continue
            rest = range(len(indices), rank(t.type))
            if None in found or not all(_is_whole(inner, d) for d in rest):
                break
            t = inner.v
            made = [types.constant(k, ten.index_type) for k in found if k is not None]
            rewriter.insert(made)
            indices = [c.result for c in made]
        if t is op.t:
            return

        rewriter.replace(op, ten.IndexOp(t, indices))


class SliceOfUpdate(RewritePattern):
    """
    slice(update(x, v))  →  slice(x)    where the box has none of the places
    slice(update(x, v))  →  slice(v)    where the box has all of them

    Requires: one of the two, by constant offsets. A slice of old and new elements is neither.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        if not isinstance(op.x.owner, ten.UpdateOp) or not types.size(op.result.type):
            return
        x, offsets, strides = op.x, list(ints(op.offsets)), list(ints(op.strides))
        sizes = ints(op.sizes)
        while isinstance(inner := x.owner, ten.UpdateOp):
            ends = [
                [_place_in_box(inner, d, p) for p in (o, o + (n - 1) * t)]
                for d, (o, n, t) in enumerate(zip(offsets, sizes, strides))
            ]
            if any(_is_beside(inner, d, *b) for d, b in enumerate(zip(offsets, sizes, strides))):
                x = inner.x
                continue
            steps = zip(strides, ints(inner.strides), sizes, strict=True)
            if not all(t % u == 0 or n == 1 for t, u, n in steps) or any(
                k is None or k < 0 for pair in ends for k in pair
            ):
                break
            x = inner.v
            offsets = [pair[0] or 0 for pair in ends]
            strides = [
                t // u if n > 1 else 1 for t, u, n in zip(strides, ints(inner.strides), sizes)
            ]
        if x is op.x:
            return

        rewriter.replace(op, ten.SliceOp(x, offsets, sizes, strides))


def _is_beside(op: ten.UpdateOp, d: int, offset: int, size: int, stride: int) -> bool:
    """Whether the box has none of these places along dimension d, as far as their ends say."""
    low = constant_indices(op.offsets[d : d + 1])[0]
    if low is None:
        return False
    last = low + (shape(op.v.type)[d] - 1) * ints(op.strides)[d]
    if last < offset or offset + (size - 1) * stride < low:
        return True
    return size == 1 and _place_in_box(op, d, offset) == -1


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
        wide = types.is_float(b) and types.PRECISION[type(b)] >= 24  # type: ignore[index]
        return wide and types.PRECISION[type(a)] <= types.PRECISION[type(b)]  # type: ignore[index]
    if types.is_float(b):
        return _width(a) - 1 <= types.PRECISION[type(b)]  # type: ignore[index]
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
    ten.ConcatOp: (ConcatWithEmptyOperand(), ConcatOfConcat(), JoinOfSplats()),
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
