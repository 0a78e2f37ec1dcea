"""
Canonicalization of `ten.update`, and of the ops that read an update: the rules of these ops in the
table of `canonicalization`, which has the contract of all rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from .. import ten, types
from ..types import ints, rank, shape
from .value_facts import constant_indices, has_one_use, is_zero


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
        if not is_zero(op.x):
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


def is_box_at(
    op: ten.UpdateOp, indices: Sequence[SSAValue], dims: Sequence[int] | None = None
) -> bool:
    """
    Whether the box is the part of x at these indices of its first dimensions, or of the first ones
    of `dims`: one place along each of these, and all places along the others.
    """
    sizes, lead = shape(op.v.type), len(indices)
    dims = range(len(sizes)) if dims is None else dims
    places, known = constant_indices(op.offsets), constant_indices(indices)
    same = (
        op.offsets[d] is index or (c is not None and c == places[d])
        for d, index, c in zip(dims, indices, known)
    )
    return (
        all(sizes[d] == 1 for d in dims[:lead])
        and all(same)
        and all(_is_whole(op, d) for d in dims[lead:])
    )


class UpdateByOwnPart(RewritePattern):
    """
    update(x, index(x, p…), p…)               →  x
    update(x, index(transpose(x), p…), p…)    →  x    for columns

    Requires: one place for both, and the dimensions without an index in their order. Outside of x,
              the left side writes nothing.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.UpdateOp, rewriter: PatternRewriter):
        part = op.v.owner
        while isinstance(part, ten.ReshapeOp):
            part = part.x.owner
        if not isinstance(part, ten.IndexOp):
            return
        dims = list(range(rank(op.x.type)))
        if part.t is not op.x:
            turned = part.t.owner
            if not isinstance(turned, ten.TransposeOp) or turned.x is not op.x:
                return
            dims = list(ints(turned.perm))
        lead = len(part.indices)
        if dims[lead:] != sorted(dims[lead:]) or not is_box_at(op, part.indices, dims):
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
