"""Code that the rules share: the map of the present op, and how to make ops from maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from xdsl.dialects import arith, math
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.pattern_rewriter import RewritePattern

from ....dialects import ten, types
from ....dialects.ten.value_facts import has_one_use as has_one_use
from ....dialects.types import of_shape, rank
from ...rewriting.remarks import Why
from ...sharing.copying import copy_op
from .. import index_maps
from ..building import Ops
from ..index_maps import Arg, AtLeastZero, Condition, Expr, Form, IndexMap, Outside, Quotient


@dataclass
class Maps:
    """
    The index map of the op that the driver is trying the rules on. The map is found once for all
    rules.

    The first rule that the driver tries on an op calls `forget`, because the op may have changed
    since an earlier try.
    """

    op: Operation | None = None
    map: IndexMap | None = None

    def forget(self) -> None:
        self.op = None

    def of(self, op: ten.GatherOp | ten.ScatterOp) -> IndexMap | None:
        """None also if the op moves no elements."""
        if self.op is not op:
            self.op, self.map = op, None
            if types.size(op.result.type) and types.size(op.t.type):
                self.map = index_maps.index_map(op)
        return self.map


class MapRule(RewritePattern):
    """A rule that looks at the index map of its root."""

    def __init__(self, maps: Maps):
        self.maps = maps


def gather(t: SSAValue, m: IndexMap) -> ten.GatherOp:
    return ten.GatherOp(m.domain, t, index_maps.write_region(m))


def scatter(dims: Sequence[int], t: SSAValue, m: IndexMap) -> ten.ScatterOp:
    return ten.ScatterOp(dims, t, index_maps.write_region(m))


# Maps that are layouts, and steps towards that.


@dataclass(frozen=True)
class Step:
    """
    A map over another domain, or into other dimensions, that moves the same elements. Dimension `d`
    (of the domain, or of the indexed dimensions) gets size `resized`, and then dimensions d … d +
    before - 1 are reshaped to `sizes`.
    """

    map: IndexMap
    targets: tuple[int, ...]
    """The sizes of the indexed dimensions, after the step."""
    d: int
    resized: int | None
    before: int
    sizes: tuple[int, ...]


def is_layout(m: IndexMap, sizes: Sequence[int], scattering: bool = False) -> bool:
    """
    Whether the map moves elements as slice, reverse, pad, transpose, reshape and broadcast do: each
    index is a multiple of its own argument that does not wrap, or depends on none.
    """
    return not_a_layout(m, sizes, scattering) is None


def not_a_layout(m: IndexMap, sizes: Sequence[int], scattering: bool = False) -> Why | None:
    """Why a map is no layout, or None if it is one (`is_layout`)."""
    while True:
        own = [
            not use or (f.affine_argument is not None and m.space.is_bounded(f))
            for f, use in zip(m.forms, m.uses)
        ]
        once = all(m.count(p) <= 1 for p in range(len(m.domain)))
        if all(own) and once:
            # An argument that is always 0 is left out of the indices.
            all_used = all(m.count(p) or n == 1 for p, n in enumerate(m.domain))
            constant = all(use or f.number is not None for f, use in zip(m.forms, m.uses))
            if not scattering or (all_used and constant):
                return None
            return lambda: "an argument is in no index, or an index without arguments is unknown"
        step = next_step(m, sizes, scattering)
        if step is None:
            return partial(_fault, m, tuple(sizes), own)
        m, sizes = step.map, step.targets


def _fault(m: IndexMap, sizes: tuple[int, ...], own: Sequence[bool]) -> str:
    """The fault of the map, which is no layout. `own[d]` says whether index d has no fault."""
    if all(own):
        p = next(p for p in range(len(m.domain)) if m.count(p) > 1)
        return f"argument {NAMES[p % len(NAMES)]} is in several indices, as on a diagonal"
    d = list(own).index(False)
    f = m.forms[d]
    low, high = m.space.bounds(f)
    inner = list(index_maps.atoms(f))
    if any(isinstance(a, index_maps.Read | index_maps.Computed) for a in inner):
        reason = "it is computed from data"
    elif any(isinstance(a, index_maps.Choice) for a in inner):
        reason = "a condition chooses between two indices"
    elif any(isinstance(a, Quotient) for a in inner):
        reason = "it has a quotient that does not split the argument into digits"
    elif f.affine_argument is not None:
        reason = "it may wrap"
    else:
        reason = "it adds several arguments, which are no digits of one index"
    bounds = f"it is in {low} to {high}" if m.space.is_bounded(f) else "its bounds are not known"
    return (
        f"index {d}, {spelled(f)}, is no multiple of an argument of its own: {reason} "
        f"({bounds}, and dimension {d} has {sizes[d]} elements)"
    )


NAMES = "ijklmnopqrst"
"""The names of the index arguments in remarks."""


def spelled(e: object) -> str:
    """A formula in the notation that people use."""
    match e:
        case Form():
            terms = [(k, spelled(a)) for a, k in e.terms.items()]
            texts = [a if k == 1 else f"{k}*{a}" for k, a in terms]
            if e.constant or not texts:
                texts.append(str(e.constant))
            return " + ".join(texts)
        case Arg(p):
            return NAMES[p % len(NAMES)]
        case Quotient(x, n):
            return f"floor(({spelled(x)}) / {n})"
        case AtLeastZero(x):
            return f"{spelled(x)} >= 0"
        case index_maps.Choice(c, a, b):
            return f"({spelled(c)} ? {spelled(a)} : {spelled(b)})"
        case index_maps.Read(t, indices):
            return f"{spelled(t)}[{', '.join(map(spelled, indices))}]"
        case index_maps.Computed(_, operands, op):
            return f"{op.name}({', '.join(map(spelled, operands))})"
        case Outside(value):
            return f"%{value.name_hint or '…'}"
        case _:
            return str(e)


def next_step(m: IndexMap, sizes: Sequence[int], scattering: bool) -> Step | None:
    return joined(m, sizes, scattering) or split_argument(m, sizes) or split_index(m, sizes)


def joined(m: IndexMap, sizes: Sequence[int], diagonal: bool) -> Step | None:
    """
    Indices (⌊x / n⌋, x mod n) into dimensions (…, n) become one index x into both.

    With `diagonal`, indices (i, i) become one too.
    """
    for d in range(len(m.forms) - 1):
        first, second = m.forms[d : d + 2]
        total = first * sizes[d + 1] + second
        fewer = _quotients(total) < _quotients(first) + _quotients(second)
        same = diagonal and len(total.terms) < len(first.terms) + len(second.terms)
        inside = m.space.within(first, sizes[d]) and m.space.within(second, sizes[d + 1])
        if (fewer or same) and inside:
            n = sizes[d] * sizes[d + 1]
            forms = [*m.forms[:d], total, *m.forms[d + 2 :]]
            targets = (*sizes[:d], n, *sizes[d + 2 :])
            return Step(m.with_forms(forms), targets, d, None, 2, (n,))
    return None


def _quotients(x: Form) -> int:
    return sum(isinstance(a, Quotient) for a in x.terms)


def split_argument(m: IndexMap, sizes: Sequence[int]) -> Step | None:
    """If the map contains ⌊i / n⌋, the map over (u, v) with i = n u + v."""
    for f in m.forms:
        for atom in f.terms:
            if not isinstance(atom, Quotient) or atom.x.argument is None:
                continue
            p, n = atom.x.argument, atom.by
            if not 1 < n < m.domain[p]:
                continue
            whole = -(-m.domain[p] // n)
            domain = (*m.domain[:p], whole, n, *m.domain[p + 1 :])
            new = index_maps.Space(domain)
            args = [new.arg(q if q < p else q + 1) for q in range(len(m.domain))]
            args[p] = new.arg(p) * n + new.arg(p + 1)
            return Step(m.mapped(domain, args), tuple(sizes), p, whole * n, 1, (whole, n))
    return None


def split_index(m: IndexMap, sizes: Sequence[int]) -> Step | None:
    """An index n i + j with j < n into a dimension becomes two indices (i, j) into (…, n)."""
    for d, f in enumerate(m.forms):
        multiples = {a.position: k for a, k in f.terms.items() if isinstance(a, Arg)}
        if len(multiples) < 2 or len(multiples) < len(f.terms) or min(multiples.values()) <= 0:
            continue
        if not m.space.within(f, sizes[d]):
            continue
        order = sorted(multiples, key=lambda p: -multiples[p])
        units = [multiples[p] for p in order[:-1]] + [1]
        if any(a % b or a == b for a, b in pairwise(units)):
            continue
        rest, digits = f.constant, []
        for p, unit in zip(order, units):
            digits.append(m.space.arg(p) * (multiples[p] // unit) + rest // unit)
            rest %= unit
        lows_highs = [m.space.bounds(x) for x in digits]
        first = int(lows_highs[0][1]) + 1
        radices = [first, *(a // b for a, b in pairwise(units))]
        if all(low >= 0 and high < n for (low, high), n in zip(lows_highs, radices)):
            forms = [*m.forms[:d], *digits, *m.forms[d + 1 :]]
            targets = (*sizes[:d], *radices, *sizes[d + 1 :])
            return Step(m.with_forms(forms), targets, d, first * units[0], 1, tuple(radices))
    return None


def is_splittable(m: IndexMap, sizes: Sequence[int], scattering: bool, depth: int = 6) -> bool:
    """Whether the map is a layout, or becomes layouts if a few conditions are decided."""
    conditions = m.conditions()
    if not conditions:
        return is_layout(m, sizes, scattering)
    return depth > 0 and all(
        is_splittable(m.assuming(conditions[0], holds), sizes, scattering, depth - 1)
        for holds in (True, False)
    )


# Formulas in bulk.


@dataclass
class Bulk:
    """
    Writes formulas over a domain as tensors, by elementwise ops. So per-place computations move out
    of the region. A value that does not depend on the place is a scalar.
    """

    m: IndexMap
    ops: Ops
    known: dict[object, SSAValue] = field(default_factory=dict)

    @staticmethod
    def can(e: Expr) -> bool:
        """Whether all ops of a formula have a bulk form."""
        return all(_has_bulk(a) for a in index_maps.atoms(e) if index_maps.arguments(a))

    def condition(self, c: Condition) -> SSAValue:
        """A mask over the domain, or one truth value if it has the same value everywhere."""
        return self.value(c)

    def tensor(self, e: Expr) -> SSAValue:
        value = self.value(e)
        if rank(value.type):
            return value
        sizes = self.m.domain
        return self.ops(ten.BroadcastOp(value, range(len(sizes)), sizes))

    def value(self, e: Expr) -> SSAValue:
        if e not in self.known:
            self.known[e] = self._value(e)
        return self.known[e]

    def _value(self, e: Expr) -> SSAValue:
        if not index_maps.arguments(e):
            writer = index_maps.Writer(self.m.space, (), self.ops)
            return writer.expr(e, None)
        match e:
            case AtLeastZero(x):
                zero = self.tensor(Form(0))
                return self.ops(ten.CompareOp("sge", self.tensor(x), zero))
            case Form():
                total: SSAValue | None = None
                for atom, k in e.terms.items():
                    term = self._atom(atom)
                    if k != 1:
                        term = self.ops(arith.MuliOp(term, self.tensor(Form(k))))
                    total = term if total is None else self.ops(arith.AddiOp(total, term))
                assert total is not None
                constant = Form(e.constant)
                return self.ops(arith.AddiOp(total, self.tensor(constant))) if e.constant else total
            case index_maps.Read(t, indices):
                read = IndexMap(self.m.domain, indices)
                assert isinstance(t, Outside)
                return self.ops(gather(t.value, read))
            case index_maps.Computed(_, operands, op):
                xs = [self._typed(x, v.type) for x, v in zip(operands, op.operands, strict=True)]
                return self._computed(op, xs)
            case _:
                raise AssertionError(e)

    def _atom(self, atom: index_maps.Atom) -> SSAValue:
        """A tensor of indices."""
        indices = of_shape(self.m.domain, ten.index_type)
        match atom:
            case Arg(position):
                return self.ops(ten.IotaOp(position, indices))
            case Quotient(x, n):
                return self.ops(arith.FloorDivSIOp(self.tensor(x), self.tensor(Form(n))))
            case index_maps.Choice(c, a, b):
                mask = self.value(c)
                return self.ops(ten.SelectOp(mask, self.tensor(a), self.tensor(b)))
            case _:
                value = self.tensor(atom)
                same = types.element(value.type) == ten.index_type
                return value if same else self.ops(ten.CastOp(value, ten.index_type))

    def _typed(self, x: Expr, type: Attribute) -> SSAValue:
        value = self.tensor(x)
        same = types.element(value.type) == type
        return value if same else self.ops(ten.CastOp(value, type))

    def _computed(self, op: Operation, xs: Sequence[SSAValue]) -> SSAValue:
        match op:
            case arith.CmpfOp() | arith.CmpiOp():
                return self.ops(ten.CompareOp(_predicate(op), *xs))
            case arith.SelectOp():
                return self.ops(ten.SelectOp(*xs))
            case _ if isinstance(op, _CONVERSIONS):
                return self.ops(ten.CastOp(xs[0], op.results[0].type))
            case _:
                type = of_shape(self.m.domain, op.results[0].type)
                return self.ops(copy_op(op, xs, [type]))


_CONVERSIONS = (
    arith.SIToFPOp, arith.ExtFOp, arith.TruncFOp, arith.ExtSIOp, arith.IndexCastOp, ten.CastOp,
)  # fmt: skip


def _predicate(op: arith.CmpfOp | arith.CmpiOp) -> str:
    floats = isinstance(op, arith.CmpfOp)
    names = arith.CMPF_COMPARISON_OPERATIONS if floats else arith.CMPI_COMPARISON_OPERATIONS
    return names[op.predicate.value.data]


def _has_bulk(a: object) -> bool:
    match a:
        case index_maps.Read(t, _, type):
            return isinstance(t, Outside) and rank(type) == 0
        case index_maps.Computed(_, _, op):
            operands, (result,) = op.operand_types, op.result_types
            if any(rank(t) for t in (*operands, result)):
                return False
            match op:
                case arith.CmpfOp() | arith.SelectOp():
                    return True
                case arith.CmpiOp():
                    # Read as signed, a set i1 is -1 in arith, and 1 in ten.
                    return not types.is_bool(operands[0])
                case _ if isinstance(op, _CONVERSIONS):
                    return not types.is_bool(operands[0]) and not types.is_bool(result)
                case _:
                    return op.dialect_name() in _ELEMENTWISE and all(t == result for t in operands)
        case Outside():
            return rank(a.type) == 0
        case _:
            return True


_ELEMENTWISE = (arith.Arith.name, math.Math.name)
