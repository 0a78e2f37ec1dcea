"""
Sums that wait for other sums only because of their factors: `ten-factor-sums`.

Needs:   no `ten.build`.
Leaves:  no sum of float32 or float64 over at least `LEAST` elements, that goes over an array after
         another reduction, where the same sum without factors that stay along it need not.
Keeps:   the value up to the order of roundings. A sum may overflow where it did not with its
         factors: the squares of the same numbers do so before. A factor that is infinite or NaN may
         give an infinity instead of a NaN.
Ends:    one visit to each sum. The sums that the pass makes have no factors.

    m = mean(x);  d = x - m;  s = sqrt(Σ d² / n)        m = mean(x);  d = x - m;  s = sqrt(Σ d² / n)
    t = Σ (d / s) c                                  →  u = Σ d c;  v = Σ c;  w = Σ d
    r = Σ (c / s - k d)                                 t = u / s;  r = v / s - k w

Left, s is there after a second pass over x, and t and r take a third. Right, the second pass makes
all sums, and the rest is arithmetic on them. This is the gradient of a batch norm, in which a
backend would go over the array once more for each sum in a row.

The pass sees a sum as Σ over terms, each of which is a number times factors that stay along the
summed dimensions times values that vary. It opens a sum or a difference only if both sides are
products. A difference such as x - m is no product: Σ x - n m loses digits that Σ (x - m) has. The
sum of a scatter is one of what it scatters, and needs no pass: in the gradient of a cross entropy,
a scatter subtracts 1 at the place of each label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, prod
from typing import ClassVar, cast

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import Float32Type, Float64Type, ModuleOp
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects import ten, types
from ...dialects.ten.value_facts import splat
from ...dialects.types import ints, shape
from ..rewriting import remarks
from ..rewriting.driver import count
from ..rewriting.functions import functions
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .building import Ops

RULE = "factor sum"
LEAST = 16
"""Elements that a sum adds up, at least. The factors of shorter sums are as many as their terms."""
PASS = 4096
"""Elements of a reduction from which on it counts as a pass over memory."""
SMALL = 2.0**-100
"""The numbers of terms are between this and its inverse: products of constants stay finite."""
DEEP, SHALLOW = 32, 3
"""
Ops that the pass looks through, one after the other: of a sum that waits for another one, and of
one that waits for none, which is looked at to be found again.
"""
MOST_OPENED = 200
"""Ops that the pass looks through for one sum."""
MOST = 8
"""Terms of a sum, at most."""

Reduction = ten.SumOp | ten.ReduceOp | ten.EinsumOp


@dataclass(frozen=True)
class FactorSumsPass(ModulePass):
    """
    Takes factors out of sums that wait for them.

    Example:

        >>> def scaled(x, c):
        ...     return ((x / np.sqrt((x * x).sum(0))) * c).sum(0)
        >>> module = lg.trace(scaled, lg.spec((9000, 4)), lg.spec((9000, 4)))
        >>> run_pipeline(ctx, module, "optimize")
        >>> FactorSumsPass().apply(ctx, module)
        >>> [op.name for op in find_entry(module, None).body.block.ops]
        ['ten.einsum', 'math.sqrt', 'ten.einsum', 'arith.divf', 'func.return']
    """

    name = "ten-factor-sums"
    needs: ClassVar[Level] = Level.BULK

    row: int = 0
    """
    A row of at most so many elements along the last dimensions stays in registers: passes over it
    cost nothing.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        changed = False
        for function in functions(op):
            if any([_Block(block, self.row).run() for block in function.body.blocks]):
                region_dce(function.body)
                changed = True
        if changed:
            drop_broken_stamps(op, self.name)


@dataclass(frozen=True)
class _Factor:
    """A value that stays along the dimensions `dims` of a sum's terms, and has the others."""

    x: SSAValue
    dims: tuple[int, ...]
    divides: bool = False


@dataclass(frozen=True)
class _Term:
    """number * factors * values that vary; with no values, it is the same everywhere."""

    number: float = 1.0
    factors: tuple[_Factor, ...] = ()
    values: tuple[SSAValue, ...] = ()

    @property
    def is_product(self) -> bool:
        return bool(self.factors) or len(self.values) != 1 or abs(self.number) != 1

    def times(self, other: _Term) -> _Term:
        factors = (*self.factors, *other.factors)
        return _Term(self.number * other.number, factors, (*self.values, *other.values))


class _Block:
    """The sums of a block, from the first to the last."""

    def __init__(self, block: Block, row: int):
        self.block, self.row = block, row
        self.level: dict[SSAValue, int] = {}
        """The passes over memory that come before a value."""
        self.place: dict[Operation, float] = {op: k for k, op in enumerate(block.ops)}
        self.opened: dict[SSAValue, list[_Term]] = {}
        """The terms of values in the sum at hand."""
        self.sums: dict[tuple[tuple[int, ...], tuple[SSAValue, ...]], SSAValue] = {}
        """The sums without factors, by dimensions and values."""

    def run(self) -> bool:
        changed = False
        for op in list(self.block.ops):
            changed |= isinstance(op, ten.SumOp | ten.EinsumOp) and self._factor(op)
            if op.parent is self.block:
                self._note(op)
        return changed

    def _note(self, op: Operation) -> None:
        level = max((self.level.get(x, 0) for x in _read(op)), default=0) + _is_pass(op)
        self.level |= dict.fromkeys(op.results, level)

    def _factor(self, op: ten.SumOp | ten.EinsumOp) -> bool:
        """
        Σ f v  →  f Σ v, and Σ (f v + g w)  →  f Σ v + g Σ w

        One pass over memory less: the sums without factors join an earlier pass.
        Requires: f and g stay along the summed dimensions. The sums of v and w wait for fewer
        passes than f and g do. Both sides of an addition are products, or scattered. Elements are
        float32 or float64. The sum has at least `LEAST` terms, and is no row of `row` elements.
        """
        before = max(self.level.get(x, 0) for x in op.operands) + 1
        found = self._terms(op, 0 if before > 1 else DEEP - SHALLOW)
        if found is None:
            return False
        terms, sizes, dims = found
        result = op.result
        single = _only_values(terms)
        if single is not None and not _is_scattered(single, dims):
            self.sums.setdefault((dims, single), result)
        factors = {f.x for t in terms for f in t.factors}
        last = max((self.level.get(x, 0) for x in factors), default=0)
        values = max((self._passes(t.values, dims) for t in terms), default=1)
        if max(last, values) >= before:
            return False

        count(RULE)
        remarks.passed(
            FactorSumsPass.name,
            RULE,
            op,
            f"without its factors the sum waits for {before - max(last, values)} passes less",
        )
        ops = Ops()
        parts = [self._part(t, sizes, dims, result.type, ops) for t in terms]
        total = parts[0]
        for x in parts[1:]:
            total = ops(arith.AddfOp(total, x))
        total.name_hint = result.name_hint
        for new in ops:
            self.block.insert_op_before(new, op)
            self.place[new] = self.place[op] - 0.5
            self._note(new)
        result.replace_all_uses_with(total)
        self.level[total] = max(last, values)
        self.block.erase_op(op)
        return True

    def _passes(self, values: tuple[SSAValue, ...], dims: tuple[int, ...]) -> int:
        """The passes over memory until the sum of a product is there."""
        if _is_scattered(values, dims):
            read = _read(cast(ten.ScatterOp, values[0].owner))
            return max(self.level.get(y, 0) for y in read)
        return max((self.level.get(x, 0) + 1 for x in values), default=1)

    def _terms(
        self, op: ten.SumOp | ten.EinsumOp, depth: int
    ) -> tuple[list[_Term], tuple[int, ...], tuple[int, ...]] | None:
        """The terms of a sum, their shape, and the dimensions that it sums over."""
        if not isinstance(types.element(op.result.type), Float32Type | Float64Type):
            return None  # the sums of large numbers of 16 bits would be rounded, or overflow
        self.opened = {}
        if isinstance(op, ten.SumOp):
            sizes, dims = shape(op.x.type), ints(op.dims)
            terms = self._open(op.x, dims, depth)
        else:
            inputs, output = op.letters
            order = max(inputs, key=len)
            if len(set(order)) != len(order) or set("".join(inputs)) != set(order):
                return None
            sizes = shape(op.xs[inputs.index(order)].type)
            dims = tuple(d for d, c in enumerate(order) if c not in output)
            if output != "".join(c for c in order if c in output):
                return None
            terms = self._product(op, order, dims, depth)
        number = prod(sizes[d] for d in dims)
        if terms is None or number < LEAST or prod(sizes) < PASS:
            return None
        if dims == tuple(range(len(sizes)))[-len(dims) :] and number <= self.row:
            return None
        merged: dict[tuple[frozenset[_Factor], tuple[SSAValue, ...]], _Term] = {}
        for t in terms:
            t = replace(t, values=tuple(sorted(t.values, key=self._order)))
            key = frozenset(t.factors), t.values
            if key in merged:
                t = replace(t, number=t.number + merged[key].number)
            merged[key] = t
        if not all(SMALL <= abs(t.number) <= 1 / SMALL for t in merged.values()):
            return None
        return list(merged.values()), sizes, dims

    def _order(self, x: SSAValue) -> tuple[float, int]:
        """By the places of values in the block."""
        if isinstance(x, BlockArgument):
            return -1, x.index
        assert isinstance(x, OpResult)
        return self.place[x.op], x.index

    def _product(
        self, op: ten.EinsumOp, order: str, dims: tuple[int, ...], depth: int
    ) -> list[_Term] | None:
        """The terms of the products of an einsum over these letters; None for other layouts."""
        terms = [_Term()]
        for letters, x in zip(op.letters[0], op.xs):
            if letters == order:
                terms = _times(terms, self._open(x, dims, depth))
            elif letters == "".join(c for c in order if c in letters) and not any(
                order[d] in letters for d in dims
            ):
                gone = tuple(d for d, c in enumerate(order) if c not in letters)
                terms = _times(terms, [_Term(factors=(_Factor(x, gone),))])
            else:
                return None
            if terms is None:
                return None
        return terms

    def _open(self, x: SSAValue, dims: tuple[int, ...], depth: int) -> list[_Term]:
        """A value as a sum of terms; at least, as one term of itself."""
        if x not in self.opened:
            self.opened[x] = [_Term(values=(x,))]
            if depth < DEEP and len(self.opened) < MOST_OPENED:
                self.opened[x] = self._terms_of(x, dims, depth + 1)
        return self.opened[x]

    def _terms_of(self, x: SSAValue, dims: tuple[int, ...], depth: int) -> list[_Term]:
        whole = [_Term(values=(x,))]
        if (number := splat(x)) is not None:
            return [_Term(float(number))] if isfinite(number) else whole
        match x.owner:
            case ten.BroadcastOp() as op if {*dims} <= {*ints(op.dims)}:
                return [_Term(factors=(_Factor(op.x, ints(op.dims)),))]
            case arith.NegfOp() as op:
                return [replace(t, number=-t.number) for t in self._open(op.operand, dims, depth)]
            case arith.MulfOp() as op:
                return (
                    _times(self._open(op.lhs, dims, depth), self._open(op.rhs, dims, depth))
                    or whole
                )
            case arith.DivfOp() as op:
                (below, *more) = self._open(op.rhs, dims, depth)
                if more or below.values or not below.number:
                    return whole
                turned = tuple(replace(f, divides=not f.divides) for f in below.factors)
                inverse = _Term(1 / below.number, turned)
                return _times(self._open(op.lhs, dims, depth), [inverse]) or whole
            case arith.AddfOp() | arith.SubfOp() as op:
                a, b = self._open(op.lhs, dims, depth), self._open(op.rhs, dims, depth)
                if len(a) + len(b) > MOST:
                    return whole
                if not all(t.is_product or _is_scattered(t.values, dims) for t in (*a, *b)):
                    return whole
                sign = -1 if isinstance(op, arith.SubfOp) else 1
                return [*a, *(replace(t, number=sign * t.number) for t in b)]
            case ten.EinsumOp() as op:
                order = op.letters[1]
                if len(set(order)) == len(order) and set("".join(op.letters[0])) == set(order):
                    return self._product(op, order, dims, depth) or whole
        return whole

    def _part(
        self,
        t: _Term,
        sizes: tuple[int, ...],
        dims: tuple[int, ...],
        type: Attribute,
        ops: Ops,
    ) -> SSAValue:
        """The sum of a term, of this type: its factors times the sum of its values."""
        kept = [d for d in range(len(sizes)) if d not in dims]
        number = t.number
        if t.values:
            total = self._sum(t.values, dims)
        else:
            number *= prod(sizes[d] for d in dims)
            total = None
        for f in t.factors:
            new = [kept.index(d) for d in f.dims if d not in dims]
            x = ops(ten.BroadcastOp(f.x, new, shape(type))) if new else f.x
            if total is None:
                total = x if not f.divides else ops(arith.DivfOp(_number(1.0, type, ops), x))
            else:
                total = ops((arith.DivfOp if f.divides else arith.MulfOp)(total, x))
        if total is None:
            return _number(number, type, ops)
        if number == 1:
            return total
        if number == -1:
            return ops(arith.NegfOp(total))
        return ops(arith.MulfOp(total, _number(number, type, ops)))

    def _sum(self, values: tuple[SSAValue, ...], dims: tuple[int, ...]) -> SSAValue:
        """The sum of a product, made where the last of its factors is there."""
        if (dims, values) in self.sums:
            return self.sums[dims, values]
        (value, *more) = values
        ops = Ops()
        if _is_scattered(values, dims):
            result = _sum_of_scatter(cast(ten.ScatterOp, value.owner), dims, ops)
        elif not more:
            result = ops(ten.SumOp(value, dims))
        else:
            letters = "abcdefghijklmnopqrstuvwxyz"[: types.rank(values[0].type)]
            output = "".join(c for d, c in enumerate(letters) if d not in dims)
            spec = f"{','.join([letters] * len(values))}->{output}"
            result = ops(ten.EinsumOp(spec, values))
        owners = [x.owner for x in values if isinstance(x.owner, Operation)]
        last = max((o for o in owners if o in self.place), key=self.place.__getitem__, default=None)
        first = self.block.first_op
        assert first is not None
        for op in ops:
            if last is not None:
                self.block.insert_op_after(op, last)
                self.place[op] = self.place[last] + 2.0**-10
                last = op
            else:
                self.block.insert_op_before(op, first)
                self.place[op] = -1
            self._note(op)
        self.sums[dims, values] = result
        return result


def _sum_of_scatter(op: ten.ScatterOp, dims: Sequence[int], ops: Ops) -> SSAValue:
    """
    Σ over k of scatter [n, m] t (i) { j(i), k(i) }  →  scatter [n] t' (i) { j(i) }
                                                      t'[i] = t[i] where 0 ≤ k(i) < m, else 0
    """
    kept = [d for d in range(len(op.yielded)) if d not in dims]
    indices, sizes = [op.yielded[d] for d in kept], [ints(op.dims)[d] for d in kept]
    t = op.t
    if "in_bounds" not in op.attributes:
        # A gather gives 0 outside: of ones, it says what is inside.
        scalar = types.element(t.type)
        gone = [ints(op.dims)[d] for d in dims]
        ones = _number(1.0, types.of_shape(gone, scalar), ops)
        found = ops(ten.GatherOp(op.domain, ones, _yielding(op, dims)))
        zeros = _number(0.0, t.type, ops)
        rest = range(len(op.domain), types.rank(t.type))
        found = ops(ten.BroadcastOp(found, rest, shape(t.type))) if rest else found
        t = ops(ten.SelectOp(ops(ten.CompareOp("one", found, zeros)), t, zeros))
    if indices == list(op.block.args) and tuple(sizes) == op.domain:
        return t
    if not kept:
        return ops(ten.SumOp(t, range(len(op.domain))))
    new = ten.ScatterOp(sizes, t, _yielding(op, kept))
    if "in_bounds" in op.attributes:
        new.attributes["in_bounds"] = op.attributes["in_bounds"]
    return ops(new)


def _yielding(op: ten.ScatterOp, dims: Sequence[int]) -> Region:
    """The index function of a scatter, with some of its indices."""
    body = op.body.clone()
    last = body.block.last_op
    assert last is not None
    last.operands = [last.operands[d] for d in dims]
    return body


def _is_scattered(values: Sequence[SSAValue], dims: Sequence[int]) -> bool:
    """Whether a product is one scatter along the summed dimensions."""
    if len(values) != 1:
        return False
    op = values[0].owner
    return isinstance(op, ten.ScatterOp) and all(d < len(op.yielded) for d in dims)


def _times(a: Sequence[_Term], b: Sequence[_Term]) -> list[_Term] | None:
    """The terms of a product, if they are not too many."""
    if len(a) * len(b) > MOST:
        return None
    return [x.times(y) for x in a for y in b]


def _only_values(terms: Sequence[_Term]) -> tuple[SSAValue, ...] | None:
    """The values of which the terms are the product, if nothing else is in them."""
    (first, *more) = terms
    plain = not more and not first.factors and first.number == 1
    return first.values if plain and first.values else None


def _number(number: float, type: Attribute, ops: Ops) -> SSAValue:
    sizes = shape(type)
    scalar = ops(types.constant(number, types.element(type)))
    return ops(ten.BroadcastOp(scalar, range(len(sizes)), sizes)) if sizes else scalar


def _is_pass(op: Operation) -> bool:
    """Whether an op goes over an array before something is there."""
    if isinstance(op, ten.EinsumOp) and len(op.letters[1]) == len(set("".join(op.letters[0]))):
        return False
    if not isinstance(op, ten.SumOp | ten.ReduceOp | ten.EinsumOp):
        return bool(op.regions)
    return max(types.size(x.type) for x in op.operands) >= PASS


def _read(op: Operation) -> Sequence[SSAValue]:
    """Operands, and what the regions of an op read."""
    if not op.regions:
        return op.operands
    return [x for inner in op.walk() for x in inner.operands]
