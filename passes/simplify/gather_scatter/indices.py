"""Rules for `ten.index`: an index into the result of an op becomes an index into its operand."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import OpResult, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.ten.value_facts import constant_indices
from ....dialects.types import ints, rank, shape
from .. import index_maps
from ..building import Ops, zeros
from ..index_maps import Choice, Form, Outside


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


class IndexOfBroadcastWithin(RewritePattern):
    """
    index(broadcast(x, D), i…)  →  index(x, i… without those for D)

    `IndexOfBroadcast` does this for constants. Otherwise vmap of a gather leaves a tensor in the
    region of its indices, which no loop nest computes.
    Requires: indices in bounds for D. Outside, the left side reads 0, the right might read x. Also:
    all dimensions in D are indexed.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner, depth = op.t.owner, len(op.indices)
        if not isinstance(inner, ten.BroadcastOp):
            return
        dims, sizes = ints(inner.dims), shape(op.t.type)
        if any(d >= depth or not is_within(op.indices[d], sizes[d]) for d in dims):
            return

        indices = [i for d, i in enumerate(op.indices) if d not in dims]
        if indices:
            rewriter.replace(op, ten.IndexOp(inner.x, indices))
        else:
            rewriter.replace(op, (), (inner.x,))


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
    index(scatter(x, ↦ k), i)  →  select(k = i, x, 0)    where one slice x is put at k

    Without a comparison where the program decides it: x for k = i; for k = (c ? 0 : 1) and i = 0,
    select(c, x, 0).
    Requires: i in bounds. Outside, the scatter drops x, and the index reads 0.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.ScatterOp) or inner.domain:
            return
        if len(op.indices) != len(inner.yielded):
            return
        if not all(is_within(i, n) for i, n in zip(op.indices, shape(op.t.type))):
            return
        if any(k.owner.parent is inner.block for k in inner.yielded if isinstance(k, OpResult)):
            return

        ops = Ops()
        same = [_equal(k, i, ops) for k, i in zip(inner.yielded, op.indices)]
        conditions = [c for c in same if not isinstance(c, bool)]
        value = inner.t
        if False in same:
            value, conditions = zeros(op.result.type, ops), []
        for condition, holds in conditions:
            branches = (value, zeros(op.result.type, ops))
            value = ops(ten.SelectOp(condition, *(branches if holds else branches[::-1])))
        rewriter.replace(op, ops, (value,))


def _equal(a: SSAValue, b: SSAValue, ops: Ops) -> tuple[SSAValue, bool] | bool:
    """
    Whether two indices are equal: a number if the program decides it. Otherwise a truth value, and
    whether they are equal where it is true, or where it is false.
    """
    if a is b:
        return True
    for x, y in ((a, b), (b, a)):
        choice, number = index_maps.choice_of_numbers(x), types.constant_value(y)
        if choice is None or number is None:
            continue
        condition, one, other = _parts(choice)
        if (one == number) == (other == number):
            return one == number
        return condition, one == number
    numbers = constant_indices([a, b])
    if None not in numbers:
        return numbers[0] == numbers[1]
    return ops(arith.CmpiOp(a, b, "eq")), True


def _parts(choice: Form) -> tuple[SSAValue, int, int]:
    """c, a and b of c ? a : b with constants a and b."""
    ((atom, _),) = choice.terms.items()
    assert isinstance(atom, Choice) and isinstance(atom.condition, Outside)
    return atom.condition.value, atom.a.constant, atom.b.constant


class IndexOfStackByCondition(RewritePattern):
    """
    index(stack(x_0, x_1, …), c ? a : b, i…)
        →  select(c, index(stack(…), a, i…), index(stack(…), b, i…))    for constants a and b

    The two reads are at constant places, so they name two operands of the stack.
    Requires: the read is not in the region of a gather or scatter, whose map has choices of its
    own.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.StackOp) or not op.indices:
            return
        if isinstance(op.parent_op(), ten.GatherOp | ten.ScatterOp):
            return
        choice = index_maps.choice_of_numbers(op.indices[0])
        if choice is None:
            return

        condition, *places = _parts(choice)
        ops = Ops()
        a, b = (ops(ten.IndexOp(op.t, [_number(place, ops), *op.indices[1:]])) for place in places)
        ops(ten.SelectOp(condition, a, b))
        rewriter.replace(op, ops)


FEW_SCALARS = 4
"""Of a stack of this many scalars, selects read an element in fewer steps than a table does."""


class IndexOfFewScalars(RewritePattern):
    """
    index(stack(x, y, z), k)  →  select(k = 0, x, select(k = 1, y, select(k = 2, z, 0)))

    No table is written. The last comparison is left out where k is in bounds.
    Requires: a few scalars. Also: all uses of the stack are such
    reads. Otherwise the program needs the table anyway. Also: the read is not in the region of a
    gather or scatter, whose map knows tables.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.IndexOp, rewriter: PatternRewriter):
        inner = op.t.owner
        if not isinstance(inner, ten.StackOp) or len(inner.xs) > FEW_SCALARS:
            return
        if rank(op.t.type) != 1 or rank(op.result.type):
            return
        if isinstance(op.parent_op(), ten.GatherOp | ten.ScatterOp):
            return
        if not all(isinstance(use.operation, ten.IndexOp) for use in inner.result.uses):
            return

        ops = Ops()
        (k,) = op.indices
        xs = list(inner.xs)
        value = xs.pop() if is_within(k, len(xs)) else zeros(op.result.type, ops)
        for n, x in reversed(list(enumerate(xs))):
            same = ops(arith.CmpiOp(k, _number(n, ops), "eq"))
            value = ops(ten.SelectOp(same, x, value))
        rewriter.replace(op, ops, (value,))


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
    IndexOfBroadcastWithin,
    IndexOfSlice,
    IndexOfConcat,
    IndexOfGather,
    IndexOfScatter,
    IndexOfStackByCondition,
    IndexOfFewScalars,
    IndexOfReshape,
)
