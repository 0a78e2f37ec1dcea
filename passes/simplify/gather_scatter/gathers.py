"""Rules for `ten.gather`: the gather becomes a cheaper op, if its index map allows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from xdsl.dialects import arith
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.types import element, ints, rank, shape
from .. import index_maps
from ..building import Ops, reshaped, resized, transposed, zeros
from ..index_maps import AtLeastZero, Form, IndexMap, Quotient
from .common import (
    Bulk,
    MapRule,
    Maps,
    Step,
    gather,
    has_one_use,
    is_layout,
    is_splittable,
    joined,
    split_argument,
    split_index,
)

FUSED_COST = 24
"""Two gathers become one if the index arithmetic has at most this many ops."""


def targets(op: ten.GatherOp, m: IndexMap) -> tuple[int, ...]:
    """The sizes of the dimensions that are indexed."""
    return shape(op.t.type)[: len(m.forms)]


class GatherOutside(MapRule):
    """
    gather(t, i ↦ …, f(i), …)  →  0    where f(i) is outside for every i

    Requires: bounds of f that say so.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        if not any(m.space.never_within(f, n) for f, n in zip(m.forms, targets(op, m))):
            return

        ops = Ops()
        zeros(op.result.type, ops)
        rewriter.replace(op, ops)


class GatherWithoutArgument(MapRule):
    """
    gather(t, i j ↦ f(i))  →  broadcast(gather(t, i ↦ f(i)))

    Reads each element once.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        unused = [p for p in range(len(m.domain)) if not m.count(p)]
        if not unused:
            return

        part = gather(op.t, m.without_arguments(unused))
        rewriter.replace(op, [part, ten.BroadcastOp(part, unused, shape(op.result.type))])


class GatherAtTrailingArgument(MapRule):
    """
    gather(t, i j ↦ f(i), j)  →  gather(t, i ↦ f(i))    where j ranges over its dimension

    Reads rows instead of elements. gather(t, i j ↦ i, j) becomes t.
    Requires: f does not need j, and j ranges over the whole dimension.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or not m.forms or not m.domain:
            return
        last = len(m.domain) - 1
        if m.forms[-1].argument != last or m.count(last) != 1:
            return
        if m.domain[last] != targets(op, m)[-1]:
            return

        if last == 0 and len(m.forms) == 1:
            rewriter.replace(op, (), (op.t,))
            return
        rest = IndexMap(m.domain, m.forms[:-1]).without_arguments([last])
        rewriter.replace(op, gather(op.t, rest))


class GatherAtFixedIndex(MapRule):
    """
    gather(t, i ↦ c, f(i))  →  gather(index(t, c), i ↦ f(i))    for an index c that does not need i

    If c is outside, both sides are 0.
    Requires: such indices come first, or the remaining map is a layout: then the rule transposes t.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        fixed = [d for d, use in enumerate(m.uses) if not use]
        if not is_layout(m, targets(op, m)):
            fixed = [d for k, d in enumerate(fixed) if d == k]
        if not fixed:
            return

        ops = Ops()
        others = [d for d in range(rank(op.t.type)) if d not in fixed]
        t = transposed(op.t, [*fixed, *others], ops)
        writer = index_maps.Writer(m.space, (), ops)
        t = ops(ten.IndexOp(t, [writer.form(m.forms[d]) for d in fixed]))
        rest = [f for d, f in enumerate(m.forms) if d not in fixed]
        ops(gather(t, m.with_forms(rest)))
        rewriter.replace(op, ops)


class GatherAtMultiple(MapRule):
    """
    gather(t, i j ↦ k j + c, i)  →  transpose(pad(reverse(slice(t))))

    Slice: the elements that the gather reads, c first, every |k|-th. Reverse: for k < 0. Pad: the
    zeros that the gather reads beside t.
    Requires: the whole map is a layout, with one argument for each index.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or len(m.forms) != len(m.domain) or not is_layout(m, targets(op, m)):
            return
        ops = Ops()
        t = at_multiples(op.t, m, ops)
        if t is not None:
            rewriter.replace(op, ops, (t,))


def at_multiples(t: SSAValue, m: IndexMap, ops: Ops) -> SSAValue | None:
    """The elements at multiples of one argument for each index; None if an index is no multiple."""
    sizes = list(shape(t.type))
    windows = [(0, n, 1, False, 0, 0) for n in sizes]
    for d, f in enumerate(m.forms):
        if (multiple := f.affine_argument) is None:
            return None
        windows[d] = _window(multiple[1], f.constant, m.domain[multiple[0]], sizes[d])
    offsets, counts, strides, flips, low, high = zip(*windows, strict=True)

    if list(counts) != sizes:
        t = ops(ten.SliceOp(t, offsets, counts, strides))
    if any(flips):
        t = ops(ten.ReverseOp(t, [d for d, flip in enumerate(flips) if flip]))
    if any((*low, *high)):
        t = ops(ten.PadOp(t, low, high))
    places = [min(use) for use in m.uses]
    perm = [places.index(p) for p in range(len(places))]
    return transposed(t, [*perm, *range(len(perm), len(sizes))], ops)


def _window(k: int, c: int, m: int, n: int) -> tuple[int, int, int, bool, int, int]:
    """
    For the reads at k i + c, i < m, from n elements: offset, count and stride of the slice that is
    inside, whether the slice is taken backwards, and how many reads before and after it are
    outside.
    """
    start, end = inside(k, c, m, n)
    first = k * start + c if k > 0 else k * (end - 1) + c
    count = end - start
    stride = abs(k) if count > 1 else 1
    return (first if count else 0), count, stride, k < 0 and count > 1, start, m - end


def inside(k: int, c: int, m: int, n: int) -> tuple[int, int]:
    """From which i to before which the places k i + c, i < m, are among n."""
    if k > 0:
        start, end = -(c // k), (n - 1 - c) // k + 1
    else:
        start, end = -((n - 1 - c) // -k), c // -k + 1
    start = min(max(start, 0), m)
    return start, max(min(end, m), start)


class GatherByPermutation(MapRule):
    """gather(t, i j ↦ j, i)  →  transpose(t)    where i and j range over t's dimensions"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        places = [f.argument for f in m.forms]
        if sorted(p for p in places if p is not None) != list(range(len(m.domain))):
            return
        if len(places) != len(m.domain):
            return
        if any(m.domain[p] != n for p, n in zip(places, targets(op, m)) if p is not None):
            return

        perm = [places.index(p) for p in range(len(m.domain))]
        rest = range(len(places), rank(op.t.type))
        rewriter.replace(op, ten.TransposeOp(op.t, [*perm, *rest]))


class GatherAtQuotient(MapRule):
    """
    gather(t, i ↦ ⌊i / n⌋, i mod n)  →  reshape(gather(t, u v ↦ u, v))    where i = n u + v

    Requires: the remaining map is a layout.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (step := split_argument(m, targets(op, m))) is None:
            return
        if not is_layout(step.map, step.targets):
            return

        ops = Ops()
        part = ops(gather(op.t, step.map))
        sizes = list(shape(op.result.type))
        assert step.resized is not None
        sizes[step.d] = step.resized
        resized(reshaped(part, sizes, ops), step.d, shape(op.result.type)[step.d], ops)
        rewriter.replace(op, ops)


class GatherAtSum(MapRule):
    """
    gather(t, i j ↦ n i + j)  →  gather(reshape(t), i j ↦ i, j)    where j < n

    Requires: the index is in bounds, and the remaining map is a layout.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (step := split_index(m, targets(op, m))) is None:
            return
        if not is_layout(step.map, step.targets):
            return

        rewriter.replace(op, _of_reshaped(op.t, step))


class GatherAtDigits(MapRule):
    """
    gather(t, x ↦ ⌊x / n⌋, x mod n)  →  gather(reshape(t), x ↦ x)    where t has n columns

    Requires: both indices are in bounds, and the remaining map is a layout. The rule does not
    rewrite a diagonal (i, i): it stays a gather.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (step := joined(m, targets(op, m), diagonal=False)) is None:
            return
        if not is_layout(step.map, step.targets):
            return

        rewriter.replace(op, _of_reshaped(op.t, step))


def _of_reshaped(t: SSAValue, step: Step) -> Ops:
    ops = Ops()
    if step.resized is not None:
        t = resized(t, step.d, step.resized, ops)
    sizes = shape(t.type)
    t = reshaped(t, (*sizes[: step.d], *step.sizes, *sizes[step.d + step.before :]), ops)
    ops(gather(t, step.map))
    return ops


# Choices.


class GatherByThreshold(MapRule):
    """
    gather(t, i ↦ i < c ? f(i) : g(i))  →  concat(gather(t, i ↦ f(i)), gather(t, i ↦ g(i + c)))

    Each part has its share of the domain: no element is read twice. If several dimensions have such
    parts, the rule takes one of them apart and leaves a gather for the others.
    Requires: all parts become layouts in the end.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (found := threshold(m)) is None:
            return
        sizes = targets(op, m)
        if not all(is_splittable(part, sizes, False) for part in split_at(m, *found)):
            return

        rewriter.replace(op, _in_parts(op.t, sizes, m, *found, threshold))


def _in_parts(t: SSAValue, sizes: Sequence[int], m: IndexMap, p: int, at: int, seek: Cut) -> Ops:
    """The gather of the part of the domain with argument p below `at`, joined with the rest's."""
    ops, one, rest = Ops(), m, None
    if (d := is_one_of_several(m, p, seek)) is not None:
        domain = (*sizes[:d], m.domain[p], *sizes[d + 1 :])
        one = along(domain, d, m.forms[d])
        rest = m.with_forms(m.space.arg(p) if e == d else f for e, f in enumerate(m.forms))
        p = d
    values = [_part(t, part, ops) for part in split_at(one, p, at)]
    whole = ops(ten.ConcatOp(values, p))
    if rest is not None:
        ops(gather(whole, rest))
    return ops


def threshold(m: IndexMap) -> tuple[int, int] | None:
    """An argument and the place in its range where a condition on it alone changes."""
    for c in m.conditions():
        if isinstance(c, AtLeastZero) and (multiple := c.x.affine_argument) is not None:
            p, k = multiple
            # k i + c ≥ 0 from i = ⌈-c / k⌉ on, or, for k < 0, up to i = ⌊c / -k⌋.
            at = -(c.x.constant // k) if k > 0 else c.x.constant // -k + 1
            if 0 < at < m.domain[p]:
                return p, at
    return None


class GatherByTurn(MapRule):
    """
    gather(t, i ↦ (i + c) mod n)  →  concat(gather(t, i ↦ i + c), gather(t, i ↦ i))

    A rotation is two slices. The first part ends where the quotient ⌊(i + c) / n⌋ changes. If
    several dimensions rotate, the rule rotates one of them and leaves a gather for the others.
    Requires: the quotient changes a few times (`turn`), and all parts become layouts in the end.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (found := turn(m)) is None:
            return
        sizes = targets(op, m)
        if not is_in_pieces(m, sizes, False):
            return

        rewriter.replace(op, _in_parts(op.t, sizes, m, *found, turn))


def _part(t: SSAValue, m: IndexMap, ops: Ops) -> SSAValue:
    """A gather; a slice if it reads one place of one dimension, and all of the others."""
    sizes, places = shape(t.type), [f.number for f in m.forms]
    fixed = [d for d, k in enumerate(places) if k is not None]
    is_square = len(m.domain) == len(m.forms)
    if (
        is_square
        and fixed
        and all(m.domain[d] == 1 and 0 <= m.forms[d].constant < sizes[d] for d in fixed)
    ):
        others = (d for d in range(len(places)) if d not in fixed)
        if all(m.forms[d].argument == d and m.domain[d] == sizes[d] for d in others):
            offsets = [*(k or 0 for k in places), *(0 for _ in sizes[len(places) :])]
            return ops(ten.SliceOp(t, offsets, [*m.domain, *sizes[len(places) :]]))
    return ops(gather(t, m))


Cut = Callable[[IndexMap], tuple[int, int] | None]
"""An argument and a place in its range where the map can be taken apart."""


def is_one_of_several(m: IndexMap, p: int, seek: Cut) -> int | None:
    """The index that alone depends on argument p, and cuts it, if other indices cut theirs too."""
    d, *more = (d for d, use in enumerate(m.uses) if p in use)
    if more or m.uses[d] != {p}:
        return None
    others = m.with_forms(Form(0) if e == d else f for e, f in enumerate(m.forms))
    return None if seek(others) is None else d


def along(domain: tuple[int, ...], d: int, f: Form) -> IndexMap:
    """The map that is f along argument d, written for the only argument of f, and else i ↦ i."""
    args = IndexMap(domain, ()).identity()
    (p,) = index_maps.arguments(f)
    space = index_maps.Space(domain)
    args[d] = space.rebuild(f, [args[d]] * (p + 1))
    return IndexMap(domain, tuple(args))


TURNS = 2
"""A gather or scatter is taken apart where a quotient in its map changes at most this often."""


def turn(m: IndexMap) -> tuple[int, int] | None:
    """An argument and the first place in its range where a quotient of it alone changes."""
    for f in m.forms:
        for atom in index_maps.atoms(f):
            if not isinstance(atom, Quotient) or (multiple := atom.x.affine_argument) is None:
                continue
            (p, k), c, n = multiple, atom.x.constant, atom.by
            first, last = c // n, (k * (m.domain[p] - 1) + c) // n
            if 0 < abs(last - first) <= TURNS:
                # k i + c leaves n first … n first + n - 1 above, or, for k < 0, below.
                at = -((c - n * first - n) // k) if k > 0 else (c - n * first) // -k + 1
                return p, at
    return None


def is_in_pieces(m: IndexMap, sizes: Sequence[int], scattering: bool, depth: int = 4) -> bool:
    """Whether the map is a layout, or becomes layouts if its domain is split at a few turns."""
    if is_layout(m, sizes, scattering):
        return True
    if depth == 0 or (found := turn(m)) is None:
        return False
    parts = split_at(m, *found)
    return all(is_in_pieces(part, sizes, scattering, depth - 1) for part in parts)


def split_at(m: IndexMap, p: int, at: int) -> tuple[IndexMap, IndexMap]:
    """The map where argument p is below `at`, and the map on the rest, counted from there."""
    return part_of(m, p, 0, at), part_of(m, p, at, m.domain[p])


def part_of(m: IndexMap, p: int, start: int, end: int) -> IndexMap:
    """The map on the part of the domain where argument p is in start … end - 1, counted from 0."""
    domain = (*m.domain[:p], end - start, *m.domain[p + 1 :])
    args = m.identity()
    args[p] = args[p] + start
    return m.mapped(domain, args)


class GatherByCondition(MapRule):
    """
    gather(t, i ↦ c(i) ? f(i) : g(i))  →  select(c, gather(t, i ↦ f(i)), gather(t, i ↦ g(i)))

    The condition moves out of the region, and the program computes it in bulk: `ten.index
    %mask[%i]` is %mask itself.
    Requires: both gathers are cheap and become layouts, because the program computes both
    everywhere.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or not m.domain:
            return
        condition = next((c for c in m.conditions() if Bulk.can(c)), None)
        if condition is None or not is_splittable(m, targets(op, m), False):
            return

        ops = Ops()
        mask = masked(m, condition, shape(op.result.type), ops)
        a, b = (ops(gather(op.t, m.assuming(condition, holds))) for holds in (True, False))
        ops(ten.SelectOp(mask, a, b))
        rewriter.replace(op, ops)


def masked(
    m: IndexMap, condition: index_maps.Condition, sizes: tuple[int, ...], ops: Ops
) -> SSAValue:
    """The condition over the domain as a mask of these sizes, of which the domain comes first."""
    mask = Bulk(m, ops).condition(condition)
    if rank(mask.type) in (0, len(sizes)):
        return mask
    return ops(ten.BroadcastOp(mask, range(len(m.domain), len(sizes)), sizes))


# Gathers of the result of another op.


class GatherOfTranspose(MapRule):
    """
    gather(transpose(x, p), i ↦ f(i))  →  gather(x, i ↦ f(i) in x's order)

    Requires: the indexed dimensions are leading dimensions in x, too.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.TransposeOp):
            return
        perm, depth = ints(inner.perm), len(m.forms)
        if list(perm[depth:]) != list(range(depth, len(perm))):
            return

        forms = [m.forms[perm.index(d)] for d in range(depth)]
        rewriter.replace(op, gather(inner.x, m.with_forms(forms)))


class GatherOfReverse(MapRule):
    """
    gather(reverse(x), i ↦ f(i))  →  gather(x, i ↦ n - 1 - f(i))

    An index outside stays outside, on the other side.
    Requires: only indexed dimensions are reversed.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.ReverseOp):
            return
        dims, sizes = ints(inner.dims), targets(op, m)
        if any(d >= len(sizes) for d in dims):
            return

        forms = [
            sizes[d] - 1 - f if d in dims and sizes[d] > 1 else f for d, f in enumerate(m.forms)
        ]
        rewriter.replace(op, gather(inner.x, m.with_forms(forms)))


class GatherOfPad(MapRule):
    """
    gather(pad(x, low, high), i ↦ f(i))  →  gather(x, i ↦ f(i) - low)

    The zeros of the padding, and the zeros outside of it, become the zeros outside of x.
    Requires: no zeros between the elements of x, and no padding of dimensions that are not indexed.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.PadOp):
            return
        depth, low = len(m.forms), ints(inner.low)
        between = [k for k, n in zip(ints(inner.interior), shape(inner.x.type)) if n > 1]
        if any((*between, *low[depth:], *ints(inner.high)[depth:])):
            return

        forms = [f - k for f, k in zip(m.forms, low)]
        rewriter.replace(op, gather(inner.x, m.with_forms(forms)))


class GatherOfSlice(MapRule):
    """
    gather(slice(x, offset, stride), i ↦ f(i))  →  gather(x, i ↦ offset + stride f(i))

    Requires: f(i) in bounds of the slice. Outside, the left side reads 0, the right might read x.
    Also: only indexed dimensions are sliced.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.SliceOp):
            return
        depth = len(m.forms)
        whole = shape(inner.x.type)[depth:] == shape(op.t.type)[depth:]
        if not whole or not m.in_bounds(targets(op, m)):
            return

        strides, offsets = ints(inner.strides), ints(inner.offsets)
        forms = [f * k + o for f, k, o in zip(m.forms, strides, offsets)]
        rewriter.replace(op, gather(inner.x, m.with_forms(forms)))


class GatherOfBroadcast(MapRule):
    """
    gather(broadcast(x, D), i ↦ f(i))  →  gather(x, i ↦ f(i) without those for D)

    Requires: the indices for D are in bounds. Otherwise the left side reads 0. Also: only indexed
    dimensions are broadcast.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.BroadcastOp):
            return
        dims, sizes = ints(inner.dims), targets(op, m)
        if any(d >= len(sizes) for d in dims):
            return
        if not all(m.space.within(m.forms[d], sizes[d]) for d in dims):
            return

        forms = [f for d, f in enumerate(m.forms) if d not in dims]
        rewriter.replace(op, gather(inner.x, m.with_forms(forms)))


class GatherOfConcat(MapRule):
    """
    gather(concat(…, x, …), i ↦ f(i))  →  gather(x, i ↦ f(i) - start of x)

    Requires: f(i) within x for all i.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.ConcatOp):
            return
        d, start = inner.dim.value.data, 0
        if d >= len(m.forms):
            return
        for x in inner.xs:
            f = m.forms[d] - start
            if m.space.within(f, shape(x.type)[d]):
                forms = [*m.forms[:d], f, *m.forms[d + 1 :]]
                rewriter.replace(op, gather(x, m.with_forms(forms)))
                return
            start += shape(x.type)[d]


class GatherOfGather(MapRule):
    """
    gather(gather(x, j ↦ f(j)), i ↦ g(i))  →  gather(x, i ↦ f(g(i)))

    Moves each element once instead of twice.
    Requires: g(i) in bounds for every i. Outside, the left side reads 0, the right might read x.
    Also: little index arithmetic, because f now runs where g runs. If f computes more than that, it
    must not run more often: g has no more places than f, and the inner gather has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.GatherOp) or not m.in_bounds(targets(op, m)):
            return
        inner_map = index_maps.index_map(inner)
        if inner_map is None or (new := composed(inner_map, m)) is None:
            return
        if index_maps.cost(new) > FUSED_COST:
            return
        if index_maps.flops(inner_map) and (
            not has_one_use(op.t) or prod(op.domain) > prod(inner.domain)
        ):
            return

        rewriter.replace(op, gather(inner.t, new))


def composed(f: IndexMap, g: IndexMap) -> IndexMap | None:
    """
    f after g. If g gives fewer indices than f takes, the others are further arguments. If g gives
    more, the extra indices come after the indices of f.
    """
    depth = len(f.domain)
    domain = (*g.domain, *f.domain[len(g.forms) :])
    space = index_maps.Space(domain)
    try:
        # Data in the place of an argument may leave a condition without bounds.
        own = [space.rebuild(x, [space.arg(p) for p in range(len(g.domain))]) for x in g.forms]
        more = [space.arg(p) for p in range(len(g.domain), len(domain))]
        args: list[Form] = [*own, *more]
        forms = [space.rebuild(x, args[:depth]) for x in f.forms]
        new = index_maps.tidy(domain, [*forms, *args[depth:]])
        return new if sum(f.size for f in new.forms) <= index_maps.LIMIT else None
    except index_maps.TooLarge:
        return None


class GatherOfIota(MapRule):
    """
    gather(iota, i ↦ f(i))  →  f(i) by elementwise ops on iotas

    Requires: f(i) in bounds, for all dimensions, and index arithmetic without reads.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.IotaOp) or not m.domain:
            return
        d = inner.dim.value.data
        if len(m.forms) < rank(op.t.type) or not m.in_bounds(targets(op, m)):
            return
        if not index_maps.is_arithmetic(m.forms[d]) or not Bulk.can(m.forms[d]):
            return

        ops = Ops()
        value = Bulk(m, ops).tensor(m.forms[d])
        if (e := element(op.result.type)) != ten.index_type:
            ops(ten.CastOp(value, e))
        rewriter.replace(op, ops, (ops[-1].results[0],) if ops else (value,))


class GatherOfStack(MapRule):
    """
    gather(stack(x, y, …), i j ↦ i, f(j))  →  stack(gather(x, j ↦ f(j)), gather(y, j ↦ f(j)), …)

    Requires: each part is a layout, and i ranges over the operands.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.StackOp) or not m.forms:
            return
        p = m.forms[0].argument
        if p != 0 or m.count(0) != 1 or m.domain[0] != len(inner.xs) or len(m.forms) == 1:
            return
        rest = IndexMap(m.domain, m.forms[1:]).without_arguments([0])
        if not is_layout(rest, targets(op, m)[1:]):
            return

        ops = Ops()
        ops(ten.StackOp([ops(gather(x, rest)) for x in inner.xs]))
        rewriter.replace(op, ops)


class GatherOfProduct(MapRule):
    """
    gather(x * broadcast(y, D), i ↦ f(i))
        →  gather(x, i ↦ f(i)) * gather(y, i ↦ f(i) without those for D)

    The rest of y moves before it is repeated, and a sum of such products is an einsum.
    Requires: the indices for D are in bounds, or `fast`. If they are outside, the left side is 0,
    and the right side is 0 * y, which is NaN for an infinite y. Also: the product has no other use.
    Otherwise the program would compute the product twice.
    """

    def __init__(self, maps: Maps, fast: bool):
        super().__init__(maps)
        self.fast = fast

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        product, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(product, arith.MulfOp | arith.MuliOp):
            return
        if not has_one_use(op.t) or types.size(op.result.type) > FEW * types.size(op.t.type):
            return
        sizes = targets(op, m)
        for x, other in ((product.rhs, product.lhs), (product.lhs, product.rhs)):
            if not isinstance(other.owner, ten.BroadcastOp):
                continue
            dims, y = ints(other.owner.dims), other.owner.x
            inside = all(m.space.within(m.forms[d], sizes[d]) for d in dims if d < len(sizes))
            whole = isinstance(product, arith.MuliOp) or self.fast
            if any(d >= len(sizes) for d in dims) or not (inside or whole):
                continue
            if not is_product_worth_splitting(m, dims):
                continue

            rest = m.with_forms(f for d, f in enumerate(m.forms) if d not in dims)
            a, b = gather(x, m), gather(y, rest)
            rewriter.replace(op, [a, b, type(product)(a, b)])
            return


class GatherOfOuterProduct(GatherOfProduct):
    """
    gather(einsum "p,k->kp" x y, i ↦ f(i), g(i))  →  gather(x, i ↦ g(i)) * gather(y, i ↦ f(i))

    Requires: the conditions of GatherOfProduct, where D are the dimensions that a factor lacks; and
    no index is summed over.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp, rewriter: PatternRewriter):
        product, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(product, ten.EinsumOp) or len(product.xs) != 2:
            return
        words, output = product.letters
        if any(len(set(w)) < len(w) or not set(w) <= set(output) for w in words):
            return
        if not has_one_use(op.t) or types.size(op.result.type) > FEW * types.size(op.t.type):
            return
        sizes = targets(op, m)
        outside = {c for c, f, n in zip(output, m.forms, sizes) if not m.space.within(f, n)}
        exact = all(outside <= set(w) for w in words) or not types.is_float(element(op.t.type))
        if not exact and not self.fast:
            return

        domain = shape(op.result.type)
        space = index_maps.Space(domain)
        own = [space.rebuild(f, [space.arg(p) for p in range(len(m.domain))]) for f in m.forms]
        rows = [space.arg(p) for p in range(len(m.domain), len(domain))]
        at = dict(zip(output, [*own, *rows], strict=True))
        ops = Ops()
        factors = [
            ops(gather(x, index_maps.tidy(domain, [at[c] for c in w])))
            for x, w in zip(product.xs, words, strict=True)
        ]
        a, b = factors
        ops(arith.MulfOp(a, b) if types.is_float(element(op.t.type)) else arith.MuliOp(a, b))
        rewriter.replace(op, ops)


FEW = 2
"""The factor by which the number of products may grow if a rule takes a gather out of a product."""


def is_product_worth_splitting(m: IndexMap, dims: tuple[int, ...]) -> bool:
    """Whether the reads of the factor without dimensions `dims` are a layout."""
    rest = [f for d, f in enumerate(m.forms) if d not in dims]
    return all(f.affine_argument is not None for f in rest)


RULES = (
    GatherOutside,
    GatherWithoutArgument,
    GatherAtTrailingArgument,
    GatherOfTranspose,
    GatherOfReverse,
    GatherOfPad,
    GatherOfSlice,
    GatherOfBroadcast,
    GatherOfConcat,
    GatherOfIota,
    GatherOfGather,
    GatherAtFixedIndex,
    GatherByPermutation,
    GatherByThreshold,
    GatherByCondition,
    GatherAtDigits,
    GatherAtQuotient,
    GatherAtSum,
    GatherByTurn,
    GatherOfStack,
    GatherAtMultiple,
)
