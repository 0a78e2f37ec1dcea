"""Rules for `ten.scatter`: the scatter becomes a cheaper op, if its index map allows it."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.ir import SSAValue
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern

from ....dialects import ten, types
from ....dialects.ten.update_rules import is_box_at
from ....dialects.ten.value_facts import is_zero
from ....dialects.types import element, ints, rank, shape
from .. import index_maps
from ..building import Ops, reshaped, resized, transposed, zeros
from ..index_maps import Arg, Form, IndexMap
from .common import (
    Bulk,
    MapRule,
    Step,
    gather,
    has_one_use,
    is_layout,
    joined,
    scatter,
    split_argument,
    split_index,
)
from .gathers import (
    along,
    composed,
    inside,
    is_in_pieces,
    is_one_of_several,
    masked,
    split_at,
    threshold,
    turn,
)

WINDOW_LIMIT = 4
"""
A gather in the place of a scatter may read at most this many times the elements that it adds.
"""


class ScatterOutside(MapRule):
    """
    scatter(t, i ↦ …, f(i), …)  →  0    where f(i) is outside for every i

    Requires: bounds of f that say so.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        if not any(m.space.never_within(f, n) for f, n in zip(m.forms, ints(op.dims))):
            return

        ops = Ops()
        zeros(op.result.type, ops)
        rewriter.replace(op, ops)


class ScatterWithoutArgument(MapRule):
    """
    scatter(t, i j ↦ f(i))  →  scatter(sum(t over j), i ↦ f(i))

    A constant map gives the sum of t, put in one place.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        unused = [p for p in range(len(m.domain)) if not m.count(p)]
        if not unused:
            return

        ops = Ops()
        t, more = op.t, [p for p in unused if m.domain[p] != 1]
        if more:
            t = ops(ten.SumOp(t, more))
        gone = [n for p, n in enumerate(shape(op.t.type)) if p not in unused]
        t = reshaped(t, gone, ops)
        ops(scatter(ints(op.dims), t, m.without_arguments(unused)))
        rewriter.replace(op, ops)


class ScatterToTrailingArgument(MapRule):
    """
    scatter(t, i j ↦ f(i), j)  →  scatter(t, i ↦ f(i))    where j ranges over its dimension

    Moves rows instead of elements. scatter(t, i j ↦ i, j) becomes t.
    Requires: f does not need j, and j ranges over the whole dimension.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None:
            return
        if not m.forms:
            # The map has no index, and no argument remains to sum over.
            if not m.domain:
                rewriter.replace(op, (), (op.t,))
            return
        last = len(m.domain) - 1
        if last < 0 or m.forms[-1].argument != last or m.count(last) != 1:
            return
        if m.domain[last] != dims[-1]:
            return

        rest = IndexMap(m.domain, m.forms[:-1]).without_arguments([last])
        rewriter.replace(op, scatter(dims[:-1], op.t, rest))


class ScatterToConstant(MapRule):
    """
    scatter(t, i ↦ …, c, …)  →  pad(scatter(t, i ↦ …, …))    for a constant c

    Requires: c in bounds. If c is outside, ScatterOutside fires instead.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None:
            return
        constants = {d: c for d, f in enumerate(m.forms) if (c := f.number) is not None}
        if not constants or any(not 0 <= c < dims[d] for d, c in constants.items()):
            return

        ops = Ops()
        left = [d for d in range(len(dims)) if d not in constants]
        part = ops(scatter([dims[d] for d in left], op.t, m.with_forms(m.forms[d] for d in left)))
        sizes = shape(op.result.type)
        part = reshaped(part, [1 if d in constants else n for d, n in enumerate(sizes)], ops)
        low = [constants.get(d, 0) for d in range(len(sizes))]
        high = [n - 1 - constants[d] if d in constants else 0 for d, n in enumerate(sizes)]
        padded = ops(ten.PadOp(part, low, high)) if any((*low, *high)) else part
        rewriter.replace(op, ops, (padded,))


class ScatterToMultiple(MapRule):
    """
    scatter(t, i j ↦ k j + c, i)  →  pad(transpose(reverse(slice(t))))

    Slice: the elements that the scatter does not drop. Reverse: for k < 0. Pad: the zeros around
    and between.
    Requires: the whole map is a layout, with an argument of its own for each index.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or not is_layout(m, dims, scattering=True):
            return
        multiples = [x for f in m.forms if (x := f.affine_argument) is not None]
        # The map is a layout after its other steps, and an argument may be in two indices before.
        if len({p for p, _ in multiples}) < len(m.forms):
            return
        sizes = list(shape(op.t.type))
        offsets, counts, flips = [0] * len(sizes), list(sizes), []
        low, high, between = ([0] * rank(op.result.type) for _ in range(3))
        for d, f in enumerate(m.forms):
            p, k = multiples[d]
            start, end = inside(k, f.constant, m.domain[p], dims[d])
            if start == end:
                ops = Ops()
                zeros(op.result.type, ops)
                rewriter.replace(op, ops)
                return
            offsets[p], counts[p] = start, end - start
            if k < 0 and end - start > 1:
                flips.append(p)
            first = min(k * start + f.constant, k * (end - 1) + f.constant)
            low[d], between[d] = first, abs(k) - 1 if end - start > 1 else 0
            high[d] = dims[d] - first - (end - start - 1) * abs(k) - 1

        ops = Ops()
        t = op.t
        if counts != sizes:
            t = ops(ten.SliceOp(t, offsets, counts))
        if flips:
            t = ops(ten.ReverseOp(t, sorted(flips)))
        y = transposed(t, [*(p for p, _ in multiples), *range(len(multiples), len(sizes))], ops)
        if any((*low, *high, *between)):
            y = ops(ten.PadOp(y, low, high, between))
        rewriter.replace(op, ops, (y,))


class ScatterByPermutation(MapRule):
    """scatter(t, i j ↦ j, i)  →  transpose(t)    where i and j range over the dimensions"""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None:
            return
        places = [f.argument for f in m.forms]
        if len(places) != len(m.domain) or None in places or len(set(places)) != len(places):
            return
        perm = [p for p in places if p is not None]
        if [m.domain[p] for p in perm] != list(dims):
            return

        rewriter.replace(op, ten.TransposeOp(op.t, [*perm, *range(len(perm), rank(op.t.type))]))


class ScatterToQuotient(MapRule):
    """
    scatter(t, i ↦ ⌊i / n⌋, i mod n)  →  scatter(reshape(t), u v ↦ u, v)    where i = n u + v
    scatter(t, i ↦ ⌊i / n⌋)           →  scatter(reshape(t), u v ↦ u)

    `ScatterWithoutArgument` then makes a sum over v, which is the transpose of a broadcast.
    Requires: the remaining map is a layout of the arguments that it depends on.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or (step := split_argument(m, dims)) is None:
            return
        unused = [p for p in range(len(step.map.domain)) if not step.map.count(p)]
        rest = step.map.without_arguments(unused)
        if not is_layout(rest, step.targets, scattering=True):
            return

        ops = Ops()
        assert step.resized is not None
        t = resized(op.t, step.d, step.resized, ops)
        sizes = shape(t.type)
        t = reshaped(t, (*sizes[: step.d], *step.sizes, *sizes[step.d + 1 :]), ops)
        ops(scatter(dims, t, step.map))
        rewriter.replace(op, ops)


class ScatterToSum(MapRule):
    """
    scatter(t, i j ↦ n i + j)  →  reshape(scatter(t, i j ↦ i, j))    where j < n

    Requires: the index is in bounds, and the remaining map is a layout.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (step := split_index(m, ints(op.dims))) is None:
            return
        if not is_layout(step.map, step.targets, scattering=True):
            return

        rewriter.replace(op, _into_reshaped(op, step))


class ScatterToDigits(MapRule):
    """
    scatter(t, x ↦ ⌊x / n⌋, x mod n)  →  reshape(scatter(t, x ↦ x))    into n columns
    scatter(t, i ↦ i, i)              →  reshape(scatter(t, i ↦ (n + 1) i))

    Requires: both indices are in bounds, and the remaining map is a layout.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None or (step := joined(m, ints(op.dims), diagonal=True)) is None:
            return
        if not is_layout(step.map, step.targets, scattering=True):
            return

        rewriter.replace(op, _into_reshaped(op, step))


def _into_reshaped(op: ten.ScatterOp, step: Step) -> Ops:
    ops = Ops()
    sizes = list(shape(op.result.type))
    part = ops(scatter(step.targets, op.t, step.map))
    if step.resized is not None:
        goal = list(sizes)
        goal[step.d] = step.resized
        resized(reshaped(part, goal, ops), step.d, sizes[step.d], ops)
    else:
        reshaped(part, sizes, ops)
    return ops


# Scatters that add.


class ScatterToWindow(MapRule):
    """
    scatter(t, i p ↦ i + f(p))  →  sum(gather(t, k p ↦ k - f(p), p) over p)

    Each place of the result collects the elements that go there, so no two elements write to one
    place. The sums run in another order.
    Requires: each index has an argument of its own that it adds or subtracts once, and the gather
    does not read many times the number of elements that the scatter adds. If k - f(p) is outside, 0
    is added.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or is_layout(m, dims, True) or (own := solved(m, dims)) is None:
            return

        rest = [p for p in range(len(m.domain)) if p not in own]
        domain = (*dims, *(m.domain[p] for p in rest))
        space = index_maps.Space(domain)
        args = [Form(0)] * len(m.domain)
        for k, p in enumerate(rest):
            args[p] = space.arg(len(dims) + k)
        forms = list(args)
        for d, (p, f) in enumerate(zip(own, m.forms)):
            k = f.terms[Arg(p)]
            others = space.rebuild(f - m.space.arg(p) * k, args)
            forms[p] = (space.arg(d) - others) * k
        ops = Ops()
        windows = ops(gather(op.t, IndexMap(domain, tuple(forms))))
        ops(ten.SumOp(windows, range(len(dims), len(domain))))
        rewriter.replace(op, ops)


def solved(m: IndexMap, dims: tuple[int, ...]) -> list[int] | None:
    """
    For each index f, an argument a with f = ±a + … that no other index has, such that a gather over
    all indices reads at most WINDOW_LIMIT times the elements that the scatter adds.
    """
    own: list[int] = []
    for f in m.forms:
        if not index_maps.is_arithmetic(f) or not m.space.is_bounded(f):
            return None
        single = [
            a.position
            for a, k in f.terms.items()
            if isinstance(a, Arg) and abs(k) == 1 and m.count(a.position) == 1
        ]
        nested = {p for a in f.terms if not isinstance(a, Arg) for p in index_maps.arguments(a)}
        single = [p for p in single if p not in nested]
        if not single:
            return None
        own.append(max(single, key=lambda p: m.domain[p]))
    if len(own) == len(m.domain) or not own:
        return None
    reads, adds = 1, 1
    for p, n in zip(own, dims):
        reads *= n
        adds *= m.domain[p]
    return own if reads <= WINDOW_LIMIT * adds else None


class ScatterToStrides(MapRule):
    """
    scatter(t, i p ↦ n i + p)  →  scatter(pad(t, n - 1 between), i p ↦ i + p)

    The added zeros make the map a window.
    Requires: ScatterToWindow takes the result.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or is_layout(m, dims, True) or solved(m, dims) is not None:
            return
        domain, forms = list(m.domain), list(m.forms)
        between = [0] * rank(op.t.type)
        for d, f in enumerate(m.forms):
            steps = [
                (a, k)
                for a, k in f.terms.items()
                if isinstance(a, Arg) and abs(k) > 1 and m.count(a.position) == 1
            ]
            if len(f.terms) < 2 or len(steps) != 1:
                continue
            ((a, k),) = steps
            between[a.position] = abs(k) - 1
            domain[a.position] = (m.domain[a.position] - 1) * abs(k) + 1
            forms[d] = f - Form.of(a) * (k - (1 if k > 0 else -1))
        new = IndexMap(tuple(domain), tuple(forms))
        if not any(between) or solved(new, dims) is None:
            return

        ops = Ops()
        padded = ops(ten.PadOp(op.t, [0] * len(between), [0] * len(between), between))
        ops(scatter(dims, padded, new))
        rewriter.replace(op, ops)


class ScatterOfStack(MapRule):
    """
    scatter(stack(x, y, z), k ↦ c_k)  →  stack(x + z, 0, y)    for c = (0, 2, 0)

    The cotangents of reads at constant places become one stack.
    Requires: constants c_k; the stack has no other use; there are not many more places than
    operands.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims, inner = self.maps.of(op), ints(op.dims), op.t.owner
        if m is None or not isinstance(inner, ten.StackOp) or len(m.domain) != 1:
            return
        if not has_one_use(op.t):
            return
        places = 1
        for n in dims:
            places *= n
        if places > 4 * len(inner.xs) or types.is_bool(element(op.t.type)):
            return
        rows: dict[int, list[SSAValue]] = {}
        space = index_maps.Space(())
        for k, x in enumerate(inner.xs):
            flat, dropped = 0, False
            for f, n in zip(m.forms, dims):
                number = space.rebuild(f, [Form(k)]).number
                if number is None:
                    return
                dropped |= not 0 <= number < n
                flat = flat * n + number
            if not dropped:
                rows.setdefault(flat, []).append(x)

        ops = Ops()
        zero = None
        values: list[SSAValue] = []
        for k in range(places):
            if k not in rows:
                zero = zero or zeros(inner.xs[0].type, ops)
                values.append(zero)
                continue
            total, *more = rows[k]
            for x in more:
                total = add(total, x, ops)
            values.append(total)
        reshaped(ops(ten.StackOp(values)), shape(op.result.type), ops)
        rewriter.replace(op, ops)


def add(a: SSAValue, b: SSAValue, ops: Ops) -> SSAValue:
    floats = types.is_float(element(a.type))
    return ops((arith.AddfOp if floats else arith.AddiOp)(a, b))


class ScatterByThreshold(MapRule):
    """
    scatter(t, i ↦ i < c ? f(i) : g(i))  →  scatter(t[:c], i ↦ f(i)) + scatter(t[c:], i ↦ g(i + c))

    Requires: both scatters are layouts.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or (found := threshold(m)) is None:
            return
        p, at = found
        if not all(is_layout(part, dims, True) for part in split_at(m, p, at)):
            return

        rewriter.replace(op, _in_two(op.t, dims, m, p, at))


class ScatterByTurn(MapRule):
    """
    scatter(t, i ↦ (i + c) mod n)
        →  scatter(t[:n - c], i ↦ i + c) + scatter(t[n - c:], i ↦ i)

    The scatter of a rotation puts two slices. The first part ends where the quotient ⌊(i + c) / n⌋
    changes. If several dimensions rotate, the rule rotates one of them and leaves a scatter for the
    others.
    Requires: the quotient changes a few times (`turn`), and all parts become layouts in the end.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or (found := turn(m)) is None or not is_in_pieces(m, dims, True):
            return

        p, at = found
        if (d := is_one_of_several(m, p, turn)) is None:
            rewriter.replace(op, _in_two(op.t, dims, m, p, at))
            return
        domain = (*m.domain[:p], dims[d], *m.domain[p + 1 :])
        ops = _in_two(op.t, domain, along(m.domain, p, m.forms[d]), p, at)
        forms = [m.space.arg(p) if e == d else f for e, f in enumerate(m.forms)]
        ops(scatter(dims, ops[-1].results[0], IndexMap(domain, tuple(forms))))
        rewriter.replace(op, ops)


def _in_two(t: SSAValue, dims: tuple[int, ...], m: IndexMap, p: int, at: int) -> Ops:
    """The scatter of the part of the domain with argument p below `at`, plus that of the rest."""
    ops = Ops()
    values = []
    for (start, end), part in zip(((0, at), (at, m.domain[p])), split_at(m, p, at)):
        sizes = list(shape(t.type))
        sizes[p] = end - start
        offsets = [start if d == p else 0 for d in range(len(sizes))]
        values.append(ops(scatter(dims, ops(ten.SliceOp(t, offsets, sizes)), part)))
    add(values[0], values[1], ops)
    return ops


class ScatterByCondition(MapRule):
    """
    scatter(t, i ↦ c(i) ? f(i) : g(i))  →  scatter(select(c, t, 0), f) + scatter(select(c, 0, t), g)

    If f and g are rows 0 and 1, the rule stacks the parts instead of adding them. If c does not
    depend on i, the result is select(c, scatter(t, f), scatter(t, g)).

    The condition moves out of the region, and the program computes it in bulk. An element that a
    select drops becomes 0, whatever its value was.
    Requires: both scatters are layouts.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        m, dims = self.maps.of(op), ints(op.dims)
        if m is None or not m.domain:
            return
        condition = next((c for c in m.conditions() if Bulk.can(c)), None)
        if condition is None:
            return
        cases = [m.assuming(condition, holds) for holds in (True, False)]
        if not all(_puts(case, dims) for case in cases):
            return

        ops = Ops()
        if not index_maps.arguments(condition):
            mask = Bulk(m, ops).condition(condition)
            a, b = (ops(scatter(dims, op.t, case)) for case in cases)
            ops(ten.SelectOp(mask, a, b))
            rewriter.replace(op, ops)
            return
        mask = masked(m, condition, shape(op.t.type), ops)
        zero = zeros(op.t.type, ops)
        values = [ops(ten.SelectOp(mask, op.t, zero)), ops(ten.SelectOp(mask, zero, op.t))]
        d = _two_rows(cases, dims)
        if d is None:
            a, b = (ops(scatter(dims, v, case)) for v, case in zip(values, cases))
            add(a, b, ops)
            rewriter.replace(op, ops)
            return
        rows: list[SSAValue] = [zero, zero]
        for v, case in zip(values, cases):
            rest = case.with_forms(f for e, f in enumerate(case.forms) if e != d)
            row = ops(scatter([n for e, n in enumerate(dims) if e != d], v, rest))
            rows[case.forms[d].constant] = row
        stack = ops(ten.StackOp(rows))
        if d:
            order = [*range(1, d + 1), 0, *range(d + 1, rank(stack.type))]
            ops(ten.TransposeOp(stack, order))
        rewriter.replace(op, ops)


def _puts(m: IndexMap, dims: tuple[int, ...]) -> bool:
    """Whether a map is a layout after a sum over the arguments that the map lacks."""
    unused = [p for p in range(len(m.domain)) if not m.count(p)]
    return not m.conditions() and is_layout(m.without_arguments(unused), dims, True)


def _two_rows(cases: list[IndexMap], dims: tuple[int, ...]) -> int | None:
    """
    The dimension of size 2 of which each case takes one place, if the cases differ only there.
    """
    a, b = (case.forms for case in cases)
    differ = [d for d in range(len(dims)) if a[d] != b[d]]
    if len(differ) != 1 or dims[differ[0]] != 2:
        return None
    return differ[0] if {a[differ[0]].number, b[differ[0]].number} == {0, 1} else None


# Scatters of the result of another op, and ops on the result of a scatter.


class ScatterOfTranspose(MapRule):
    """
    scatter(transpose(x, p), i ↦ f(i))  →  scatter(x, i in x's order ↦ f(i))

    The sums may run in another order.
    Requires: the arguments range over leading dimensions of x, too.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.TransposeOp):
            return
        perm, depth = ints(inner.perm), len(m.domain)
        if list(perm[depth:]) != list(range(depth, len(perm))):
            return

        order = [perm.index(d) for d in range(depth)]
        rewriter.replace(op, scatter(ints(op.dims), inner.x, m.in_order(order)))


class ScatterOfPad(MapRule):
    """
    scatter(pad(x, low, interior), i ↦ f(i))  →  scatter(x, j ↦ f(low + (interior + 1) j))

    Adds no zeros.
    Requires: the new map is a layout, if arguments that no index depends on are summed over first.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        inner, m, dims = op.t.owner, self.maps.of(op), ints(op.dims)
        if m is None or not isinstance(inner, ten.PadOp) or not types.size(inner.x.type):
            return
        depth = len(m.domain)
        low, interior, sizes = ints(inner.low), ints(inner.interior), shape(inner.x.type)
        if sizes[depth:] != shape(op.t.type)[depth:]:
            return
        space = index_maps.Space(sizes[:depth])
        args = [space.arg(p) * (interior[p] + 1) + low[p] for p in range(depth)]
        new = m.mapped(sizes[:depth], args)
        unused = [p for p in range(depth) if not new.count(p)]
        if not is_layout(new.without_arguments(unused), dims, scattering=True):
            return

        rewriter.replace(op, scatter(dims, inner.x, new))


class ScatterOfScatter(MapRule):
    """
    scatter(scatter(t, j ↦ f(j)), i ↦ g(i))  →  scatter(t, j ↦ g(f(j)))

    Adds each element once instead of twice, in another order.
    Requires: f(j) in bounds for every j. The left side drops elements outside. Also: the inner
    scatter has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.ScatterOp, rewriter: PatternRewriter):
        inner, m = op.t.owner, self.maps.of(op)
        if m is None or not isinstance(inner, ten.ScatterOp) or not has_one_use(op.t):
            return
        inner_map = index_maps.index_map(inner)
        if inner_map is None or not inner_map.in_bounds(ints(inner.dims)):
            return
        new = composed(m, inner_map)
        if new is None or not all(index_maps.is_arithmetic(f) for f in m.forms):
            return

        # Where the inner map gives more indices than the outer one takes, they stay.
        more = ints(inner.dims)[len(m.domain) :]
        rewriter.replace(op, scatter((*ints(op.dims), *more), inner.t, new))


class SumOfScatter(MapRule):
    """
    sum(scatter(t, i ↦ f(i), g(i)) over f's dimension)  →  scatter(t, i ↦ g(i))

    Requires: f(i) in bounds of its dimension. Otherwise the right side would add dropped elements.
    Also: the scatter has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SumOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ScatterOp) or not has_one_use(op.x):
            return
        m, dims = index_maps.index_map(inner), ints(inner.dims)
        gone = ints(op.dims)
        if m is None:
            return
        if not all(m.space.within(m.forms[d], dims[d]) for d in gone if d < len(dims)):
            return

        ops = Ops()
        t = inner.t
        more = [d - len(dims) + len(m.domain) for d in gone if d >= len(dims)]
        if more:
            t = ops(ten.SumOp(t, more))
        left = [d for d in range(len(dims)) if d not in gone]
        ops(scatter([dims[d] for d in left], t, m.with_forms(m.forms[d] for d in left)))
        rewriter.replace(op, ops)


class SliceOfScatter(MapRule):
    """
    slice(scatter(t, i ↦ f(i)), offset, size)  →  scatter(t, i ↦ f(i) - offset) of that size

    The new scatter drops the elements that are not in the slice.
    Requires: steps of 1; only indexed dimensions are sliced; the scatter has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ScatterOp) or not has_one_use(op.x):
            return
        depth = len(ints(inner.dims))
        sizes, strides = shape(op.result.type), ints(op.strides)
        if sizes[depth:] != shape(op.x.type)[depth:]:
            return
        if any(k != 1 and n > 1 for k, n in zip(strides, sizes)):
            return
        m = index_maps.index_map(inner)
        if m is None:
            return

        forms = [f - offset for f, offset in zip(m.forms, ints(op.offsets))]
        rewriter.replace(op, scatter(sizes[:depth], inner.t, m.with_forms(forms)))


class TransposeOfScatter(MapRule):
    """
    transpose(scatter(t, i ↦ f(i), g(i)), p)  →  scatter(t, i ↦ g(i), f(i))

    Requires: only indexed dimensions change places, and the scatter has no other use.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.TransposeOp, rewriter: PatternRewriter):
        inner = op.x.owner
        if not isinstance(inner, ten.ScatterOp) or not has_one_use(op.x):
            return
        dims, perm = ints(inner.dims), ints(op.perm)
        if list(perm[len(dims) :]) != list(range(len(dims), len(perm))):
            return
        m = index_maps.index_map(inner)
        if m is None:
            return

        order = perm[: len(dims)]
        forms = m.with_forms(m.forms[d] for d in order)
        rewriter.replace(op, scatter([dims[d] for d in order], inner.t, forms))


class AddOfScatters(MapRule):
    """
    scatter(a, f) + scatter(b, f)  →  scatter(a + b, f)

    Requires: one map, and no other use of either.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp | arith.AddiOp, rewriter: PatternRewriter):
        a, b = op.lhs.owner, op.rhs.owner
        if not isinstance(a, ten.ScatterOp) or not isinstance(b, ten.ScatterOp) or a is b:
            return
        if not has_one_use(op.lhs) or not has_one_use(op.rhs):
            return
        # The sums have one type. So equal maps also have equal `dims`, and move values of one type.
        m = index_maps.index_map(a)
        if m is None or m != index_maps.index_map(b):
            return

        ops = Ops()
        total = add(a.t, b.t, ops)
        ops(scatter(ints(a.dims), total, m))
        rewriter.replace(op, ops)


class AddOfUpdateAndScatter(RewritePattern):
    """
    update(x, 0, p…) + scatter(v, () ↦ p…)  →  update(x, v, p…)

    The cotangent of an array that a turn adds to at one place: the turn writes one element, and not
    all of them.
    Requires: one place for both, given by the same values; a box that is whole along the dimensions
              behind the places; no other use of the scatter. A place outside of x is in neither.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddfOp | arith.AddiOp, rewriter: PatternRewriter):
        for x, y in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
            inner, one = x.owner, y.owner
            if not isinstance(inner, ten.UpdateOp) or not isinstance(one, ten.ScatterOp):
                continue
            if one.domain or not has_one_use(y) or not is_zero(inner.v):
                continue
            if not is_box_at(inner, one.yielded):
                continue

            ops = Ops()
            v = reshaped(one.t, shape(inner.v.type), ops)
            ops(ten.UpdateOp(inner.x, v, inner.offsets, ints(inner.strides)))
            rewriter.replace(op, ops)
            return


RULES = (
    ScatterOutside,
    ScatterWithoutArgument,
    ScatterToTrailingArgument,
    ScatterOfTranspose,
    ScatterOfPad,
    ScatterOfScatter,
    ScatterByPermutation,
    ScatterOfStack,
    ScatterToConstant,
    ScatterByThreshold,
    ScatterByCondition,
    ScatterToDigits,
    ScatterToQuotient,
    ScatterToSum,
    ScatterByTurn,
    ScatterToMultiple,
    ScatterToWindow,
    ScatterToStrides,
    SumOfScatter,
    SliceOfScatter,
    TransposeOfScatter,
    AddOfScatters,
)
