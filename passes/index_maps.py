"""
Index maps: what the region of a gather or scatter computes, as formulas to reason about.

An index is a `Form`: a constant plus integer multiples of atoms. Atoms are the index arguments,
floor quotients by constants, choices by a condition, and leaves that nothing is known of but
bounds: values from outside, reads of tensors, results of other ops. x mod n is x - n⌊x/n⌋, so that
taking a number apart and putting it together again cancels.

All rules about bounds are exact: what is not known is unbounded, never "in bounds". Integers wrap
at 64 bits; sums and multiples may be rearranged modulo 2^64, and what is not so (quotients,
comparisons) is rearranged only where bounds rule out a wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import gcd, inf

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerType,
    i1,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ..dialects import ten, types
from ..dialects.types import ints, rank, shape
from .copying import copy_op

LIMIT = 200
"""Size of the formulas that are looked at; what a larger region computes is not analysed."""
TABLE_LIMIT = 4096
"""Elements of a constant table that are looked at."""

_SAFE = 1 << 62

Bounds = tuple[float, float]
"""Least and greatest value, both included; infinite where not known."""
ANYTHING: Bounds = (-inf, inf)


class TooLarge(Exception):
    """The region computes more than is worth analysing, or something that has no formula."""


# Formulas.


@dataclass(frozen=True)
class Arg:
    """An index argument of the region."""

    position: int


@dataclass(frozen=True)
class Quotient:
    """⌊x / by⌋ with by > 0."""

    x: Form
    by: int


@dataclass(frozen=True)
class AtLeastZero:
    """Whether x ≥ 0; the bounds of x are known."""

    x: Form


@dataclass(frozen=True)
class Choice:
    """a where the condition holds, else b."""

    condition: Condition
    a: Form
    b: Form


@dataclass(frozen=True)
class Outside:
    """A value that is defined outside of the region."""

    value: SSAValue

    @property
    def type(self) -> Attribute:
        return self.value.type


@dataclass(frozen=True)
class Read:
    """A tensor at leading indices; 0 outside."""

    tensor: Outside | Read | Computed
    indices: tuple[Form, ...]
    type: Attribute


@dataclass(frozen=True)
class Computed:
    """What any other op gives, of operands that are formulas. `key` tells ops apart."""

    key: tuple[object, ...]
    operands: tuple[Expr, ...]
    op: Operation = field(compare=False)

    @property
    def type(self) -> Attribute:
        return self.op.results[0].type


class Form:
    """constant + Σ k · atom, with integers k ≠ 0."""

    __slots__ = ("_hash", "constant", "size", "terms")

    def __init__(self, constant: int = 0, terms: Mapping[Atom, int] | None = None):
        self.constant = constant
        self.terms: dict[Atom, int] = {a: k for a, k in (terms or {}).items() if k}
        self.size = 1 + sum(size_of(a) for a in self.terms)
        self._hash = hash((constant, frozenset(self.terms.items())))

    @staticmethod
    def of(atom: Atom) -> Form:
        return Form(0, {atom: 1})

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Form)
            and self._hash == other._hash
            and self.constant == other.constant
            and self.terms == other.terms
        )

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Form | int) -> Form:
        if isinstance(other, int):
            return Form(self.constant + other, self.terms)
        terms = dict(self.terms)
        for atom, k in other.terms.items():
            terms[atom] = terms.get(atom, 0) + k
        return Form(self.constant + other.constant, terms)

    def __mul__(self, k: int) -> Form:
        return Form(self.constant * k, {a: c * k for a, c in self.terms.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Form:
        return self * -1

    def __sub__(self, other: Form | int) -> Form:
        return self + (-other)

    def __rsub__(self, other: int) -> Form:
        return -self + other

    @property
    def number(self) -> int | None:
        """The constant that it is, if it is one."""
        return None if self.terms else self.constant

    @property
    def single(self) -> tuple[Atom, int] | None:
        """The atom and its multiple, if there is exactly one atom."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    @property
    def argument(self) -> int | None:
        """The position of the index argument that it is, if it is just that."""
        return self.affine_argument[0] if self.affine_argument and self.is_plain else None

    @property
    def is_plain(self) -> bool:
        """Whether it is one atom, once."""
        return self.constant == 0 and list(self.terms.values()) == [1]

    @property
    def affine_argument(self) -> tuple[int, int] | None:
        """(position, k) for k · argument + constant."""
        match self.single:
            case (Arg(position), k):
                return position, k
            case _:
                return None

    def __repr__(self) -> str:
        return " + ".join([*(f"{k}·{a}" for a, k in self.terms.items()), str(self.constant)])


Atom = Arg | Quotient | Choice | Outside | Read | Computed
Condition = AtLeastZero | Outside | Read | Computed
Expr = Form | AtLeastZero | Outside | Read | Computed | bool


def size_of(e: Expr | Atom) -> int:
    """Nodes of the formula, written as a tree."""
    match e:
        case Form():
            return e.size
        case Quotient(x) | AtLeastZero(x):
            return 1 + x.size
        case Choice(c, a, b):
            return 1 + size_of(c) + a.size + b.size
        case Read(t, indices):
            return 1 + size_of(t) + sum(i.size for i in indices)
        case Computed(_, operands):
            return 1 + sum(size_of(x) for x in operands)
        case _:
            return 1


def atoms(e: Expr | Atom) -> Iterator[Atom | AtLeastZero]:
    """All atoms of a formula, at all depths."""
    match e:
        case Form():
            for atom in e.terms:
                yield from atoms(atom)
            return
        case bool():
            return
        case Quotient(x) | AtLeastZero(x):
            yield from atoms(x)
        case Choice(c, a, b):
            for part in (c, a, b):
                yield from atoms(part)
        case Read(t, indices):
            yield from atoms(t)
            for i in indices:
                yield from atoms(i)
        case Computed(_, operands):
            for x in operands:
                yield from atoms(x)
        case _:
            pass
    yield e


def arguments(e: Expr | Atom) -> frozenset[int]:
    """The positions of the index arguments in a formula."""
    return frozenset(a.position for a in atoms(e) if isinstance(a, Arg))


def as_forms(values: Iterable[Expr]) -> tuple[Form, ...]:
    """Formulas that are known to be of integers."""
    found = tuple(values)
    assert all(isinstance(x, Form) for x in found)
    return found  # type: ignore[return-value]


def is_arithmetic(e: Expr | Atom) -> bool:
    """Whether a formula reads and computes nothing but index arithmetic."""
    return not any(isinstance(a, Read | Computed) for a in atoms(e))


def is_whole(type: Attribute) -> bool:
    """Integers of 64 bits: what forms are of."""
    return isinstance(type, IndexType) or (isinstance(type, IntegerType) and type.width.data == 64)


# What is known over a domain.


@dataclass(frozen=True)
class Space:
    """
    The domain over which index arguments range, and how formulas are built and bounded there.
    """

    domain: tuple[int, ...]

    def arg(self, position: int) -> Form:
        return Form.of(Arg(position))

    # Bounds.

    def bounds(self, x: Form) -> Bounds:
        """Least and greatest value of a formula in the domain."""
        low, high = self._sum_of_bounds(x)
        for atom, c in x.terms.items():
            # k (y mod n), written k y - k n ⌊y / n⌋, is between 0 and k (n - 1).
            if isinstance(atom, Quotient) and c % atom.by == 0:
                k = -c // atom.by
                rest = x - (k * atom.x - k * atom.by * Form.of(atom))
                if len(rest.terms) < len(x.terms) and self.is_bounded(atom.x):
                    a, b = self.bounds(rest)
                    a, b = a + min(0, k * (atom.by - 1)), b + max(0, k * (atom.by - 1))
                    if -_SAFE < a and b < _SAFE:
                        low, high = max(low, a), min(high, b)
        return low, high

    def _sum_of_bounds(self, x: Form) -> Bounds:
        low: float = x.constant
        high: float = x.constant
        for atom, k in x.terms.items():
            a, b = self._atom_bounds(atom)
            low += k * (a if k > 0 else b)
            high += k * (b if k > 0 else a)
        if x.is_plain:
            return low, high
        # Beyond, the sum may have wrapped.
        return (low, high) if -_SAFE < low and high < _SAFE else ANYTHING

    def _atom_bounds(self, atom: Atom) -> Bounds:
        match atom:
            case Arg(position):
                return 0, self.domain[position] - 1
            case Quotient(x, n):
                low, high = self.bounds(x)
                return (low if low == -inf else low // n), (high if high == inf else high // n)
            case Choice(_, a, b):
                (p, q), (r, s) = self.bounds(a), self.bounds(b)
                return min(p, r), max(q, s)
            case Outside(value):
                return bounds_of_elements(value)
            case Read(Outside(value)):
                low, high = bounds_of_elements(value)
                return min(low, 0), max(high, 0)
            case Computed():
                return self._bounds_of_result(atom)
            case _:
                return ANYTHING

    def _bounds_of_result(self, e: Computed) -> Bounds:
        xs = [self.bounds(x) for x in e.operands if isinstance(x, Form)]
        match e.op:
            case arith.MaxSIOp():
                return max(xs[0][0], xs[1][0]), max(xs[0][1], xs[1][1])
            case arith.MinSIOp():
                return min(xs[0][0], xs[1][0]), min(xs[0][1], xs[1][1])
            case arith.RemSIOp():
                return _bounds_of_remainder(*xs)
            case arith.ExtUIOp() | arith.ExtSIOp() | arith.IndexCastOp() | ten.CastOp():
                return _bounds_of_type(e.op, types.element(e.op.operands[0].type))
            case _:
                return ANYTHING

    def is_bounded(self, x: Form) -> bool:
        low, high = self.bounds(x)
        return low > -inf and high < inf

    def within(self, x: Form, size: int) -> bool:
        """Whether x is an index into a dimension of this size, wherever it is asked."""
        low, high = self.bounds(x)
        return 0 <= low and high < size

    def never_within(self, x: Form, size: int) -> bool:
        low, high = self.bounds(x)
        return high < 0 or low >= size

    # Building formulas.

    def quotient(self, x: Form, n: int) -> Form:
        """⌊x / n⌋, with multiples of n taken out where nothing wraps."""
        if n == 1:
            return x
        match x.single:
            case (Quotient(y, m), 1) if x.constant == 0 and m * n < _SAFE:
                return self.quotient(y, m * n)
            case _:
                pass
        if not self.is_bounded(x):
            return Form.of(Quotient(x, n))
        whole = Form(x.constant // n, {a: k // n for a, k in x.terms.items() if k % n == 0})
        rest = x - whole * n
        if rest != x and self.is_bounded(rest) and self.is_bounded(whole):
            return whole + self.quotient(rest, n)
        low, high = self.bounds(x)
        if low // n == high // n:
            return Form(int(low // n))
        # ⌊(g y + r) / (g m)⌋ = ⌊y / m⌋ for 0 ≤ r < g.
        g = gcd(n, *x.terms.values())
        if g > 1:
            r = x.constant % g
            y = Form((x.constant - r) // g, {a: k // g for a, k in x.terms.items()})
            return self.quotient(y, n // g)
        return Form.of(Quotient(x, n))

    def remainder(self, x: Form, n: int) -> Form:
        """x mod n, between 0 and n - 1."""
        return x - n * self.quotient(x, n)

    def at_least_zero(self, x: Form) -> AtLeastZero | bool | None:
        """x ≥ 0, decided where bounds decide it; None where x may have wrapped."""
        low, high = self.bounds(x)
        if low >= 0:
            return True
        if high < 0:
            return False
        return AtLeastZero(x) if self.is_bounded(x) else None

    def choice(self, condition: Expr, a: Form, b: Form) -> Form:
        assert not isinstance(condition, Form)
        if isinstance(condition, bool):
            return a if condition else b
        if a == b:
            return a
        if isinstance(condition, Computed) and types.is_bool(condition.type):
            match condition.op, condition.operands:
                case arith.AndIOp(), (p, q):
                    return self.choice(p, self.choice(q, a, b), b)
                case arith.OrIOp(), (p, q):
                    return self.choice(p, a, self.choice(q, a, b))
                case arith.XOrIOp(), (p, True) | (True, p):
                    return self.choice(p, b, a)
                case _:
                    pass
        return Form.of(Choice(condition, a, b))

    def read(
        self, tensor: Outside | Read | Computed, indices: tuple[Form, ...], type: Attribute
    ) -> Expr:
        """A read; index arithmetic where the tensor holds nothing else."""
        if isinstance(tensor, Outside) and len(indices) == rank(tensor.type):
            sizes = shape(tensor.type)
            if all(self.within(i, n) for i, n in zip(indices, sizes)):
                found = self.element(tensor.value, indices)
                if found is not None and is_arithmetic(found):
                    return found
        e = Read(tensor, indices, type)
        return Form.of(e) if is_whole(type) else e

    def element(self, value: SSAValue, at: Sequence[Form], depth: int = 8) -> Expr | None:
        """The element of a tensor at indices in bounds, where the op that made it says it."""
        op = value.owner
        element = types.element(value.type)
        if depth == 0 or not (is_whole(element) or types.is_bool(element)):
            return None
        if not rank(value.type):
            return outside(value)
        match op:
            case ten.IotaOp():
                return at[op.dim.value.data]
            case ten.BroadcastOp():
                rest = [i for d, i in enumerate(at) if d not in ints(op.dims)]
                return self.element(op.x, rest, depth - 1)
            case ten.TransposeOp():
                source = dict(zip(ints(op.perm), at))
                return self.element(op.x, [source[d] for d in range(len(at))], depth - 1)
            case ten.CastOp() if is_whole(types.element(op.x.type)) and is_whole(element):
                return self.element(op.x, at, depth - 1)
            case arith.ConstantOp() if (number := types.constant_value(value)) is not None:
                return Form(int(number)) if is_whole(element) else bool(number)
            case ten.StackOp() if (k := at[0].number) is not None:
                return self.element(op.xs[k], at[1:], depth - 1)
            case arith.ConstantOp() | ten.StackOp() if len(at) == 1:
                return _progression(value, at[0])
            case (
                arith.AddiOp()
                | arith.SubiOp()
                | arith.MuliOp()
                | arith.FloorDivSIOp()
                | arith.RemSIOp()
            ):
                a, b = (self.element(x, at, depth - 1) for x in op.operands)
                if isinstance(a, Form) and isinstance(b, Form):
                    return self.arithmetic(op, a, b)
                return None
            case ten.CompareOp():
                a, b = (self.element(x, at, depth - 1) for x in op.operands)
                if isinstance(a, Form) and isinstance(b, Form):
                    return self.compare(op.predicate.data, a, b)
                return None
            case _:
                return None

    def arithmetic(self, op: Operation, a: Form, b: Form) -> Form | None:
        """What an op on integers of 64 bits gives, if that has a formula."""
        n = b.number
        match op:
            case arith.AddiOp():
                return a + b
            case arith.SubiOp():
                return a - b
            case arith.MuliOp() if n is not None:
                return a * n
            case arith.MuliOp() if a.number is not None:
                return b * a.number
            case arith.FloorDivSIOp() | arith.DivSIOp() | arith.RemSIOp() if n == 0:
                return Form(0)
            case arith.FloorDivSIOp() if n is not None and n > 0:
                return self.quotient(a, n)
            case arith.DivSIOp() if n is not None and n > 0 and self.bounds(a)[0] >= 0:
                return self.quotient(a, n)
            case arith.RemSIOp() if n is not None and n > 0 and self.bounds(a)[0] >= 0:
                return self.remainder(a, n)
            case arith.MaxSIOp() | arith.MinSIOp():
                least = self.at_least_zero(a - b)
                if isinstance(least, bool):
                    return a if least == isinstance(op, arith.MaxSIOp) else b
                return None
            case _:
                return None

    def compare(self, predicate: str, a: Form, b: Form) -> Condition | bool | None:
        """A comparison of integers; None where it has no formula."""
        if predicate[0] == "u":
            if self.bounds(a)[0] < 0 or self.bounds(b)[0] < 0:
                return None
            predicate = "s" + predicate[1:]
        if predicate in ("eq", "ne"):
            if a == b:
                return predicate == "eq"
            low, high = self.bounds(a - b)
            return predicate == "ne" if high < 0 or low > 0 else None
        if not (self.is_bounded(a) and self.is_bounded(b)):
            return None
        difference = {"sge": a - b, "sgt": a - b - 1, "sle": b - a, "slt": b - a - 1}[predicate]
        return self.at_least_zero(difference)

    def apply(self, op: Operation, xs: Sequence[Expr]) -> Expr:
        """What an op of the region gives, of operands that are formulas."""
        result = op.results[0].type
        found: Expr | None = None
        match op:
            case ten.IndexOp():
                tensor, *indices = xs
                assert isinstance(tensor, Outside | Read | Computed)
                return self.read(tensor, as_forms(indices), result)
            case arith.ConstantOp():
                number = types.constant_value(op.result)
                if is_whole(result):
                    assert isinstance(number, int)
                    return Form(number)
                if types.is_bool(result):
                    return bool(number)
            case arith.IndexCastOp() | ten.CastOp() if is_whole(op.operands[0].type) and is_whole(
                result
            ):
                return xs[0]
            case arith.SelectOp() if is_whole(result):
                condition, a, b = xs
                assert isinstance(a, Form) and isinstance(b, Form)
                return self.choice(condition, a, b)
            case arith.CmpiOp() if is_whole(op.lhs.type):
                predicate = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
                found = self.compare(predicate, *as_forms(xs))
            case arith.AndIOp() | arith.OrIOp() if types.is_bool(result):
                found = _connective(op, *xs)
            case _ if is_whole(result) and len(xs) == 2 and all(isinstance(x, Form) for x in xs):
                found = self.arithmetic(op, *as_forms(xs))
            case _:
                pass
        found = self.computed(op, xs) if found is None else found
        if size_of(found) > LIMIT:
            raise TooLarge
        return found

    def computed(self, op: Operation, xs: Sequence[Expr]) -> Expr:
        key = (type(op), frozenset(op.properties.items()), op.operand_types, op.result_types)
        e = Computed(key, tuple(xs), op)
        return Form.of(e) if is_whole(e.type) else e

    # Other arguments, and what else is known.

    def rebuild(
        self,
        f: Form,
        args: Sequence[Form],
        known: Mapping[Condition, bool] | None = None,
    ) -> Form:
        """
        The formula with `args` (over this space) in place of its arguments, and with conditions
        that are known decided.
        """
        known = known or {}

        def form(x: Form) -> Form:
            total = Form(x.constant)
            for atom, k in x.terms.items():
                total += k * of_atom(atom)
            return total

        def whole(x: Expr) -> Form:
            assert isinstance(x, Form)
            return x

        def of_atom(atom: Atom) -> Form:
            match atom:
                case Arg(position):
                    return args[position]
                case Quotient(x, n):
                    return self.quotient(form(x), n)
                case Choice(c, a, b):
                    decided = condition(c)
                    if isinstance(decided, bool):
                        return form(a if decided else b)
                    return self.choice(decided, form(a), form(b))
                case Outside():
                    return Form.of(atom)
                case Read() | Computed():
                    return whole(leaf(atom))

        def condition(c: Condition) -> Condition | bool:
            if c in known:
                return known[c]
            if isinstance(c, AtLeastZero):
                decided = self.at_least_zero(form(c.x))
                if decided is None:
                    raise TooLarge
                return decided
            found = any_expr(c)
            assert not isinstance(found, Form)
            return found

        def leaf(atom: Read | Computed) -> Expr:
            if isinstance(atom, Read):
                tensor = any_expr(atom.tensor)
                assert isinstance(tensor, Outside | Read | Computed)
                return self.read(tensor, tuple(form(i) for i in atom.indices), atom.type)
            return self.apply(atom.op, [any_expr(x) for x in atom.operands])

        def any_expr(x: Expr) -> Expr:
            match x:
                case Form():
                    return form(x)
                case AtLeastZero():
                    return condition(x)
                case Read() | Computed():
                    return known[x] if x in known else leaf(x)
                case _:
                    return x

        return form(f)


def _connective(op: Operation, a: Expr, b: Expr) -> Expr | None:
    absorbing = isinstance(op, arith.OrIOp)
    for x, y in ((a, b), (b, a)):
        if isinstance(x, bool):
            return absorbing if x == absorbing else y
    return a if a == b else None


def outside(value: SSAValue) -> Expr:
    """The formula of a value that is defined outside of the region."""
    number = types.constant_value(value) if not rank(value.type) else None
    if is_whole(value.type):
        return Form.of(Outside(value)) if number is None else Form(int(number))
    if types.is_bool(value.type) and number is not None:
        return bool(number)
    return Outside(value)


def table(value: SSAValue) -> list[int] | None:
    """The numbers of a constant tensor of integers, or of a stack of such constants."""
    op = value.owner
    if not (is_whole(types.element(value.type)) and rank(value.type)):
        return None
    if isinstance(op, ten.StackOp) and rank(value.type) == 1 and len(op.xs) <= TABLE_LIMIT:
        numbers = [n for x in op.xs if (n := types.constant_value(x)) is not None]
        return [int(n) for n in numbers] if len(numbers) == len(op.xs) else None
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, DenseIntOrFPElementsAttr):
        if types.size(value.type) <= TABLE_LIMIT:
            return [int(n) for n in op.value.iter_values()]  # type: ignore[arg-type]
    return None


def _progression(value: SSAValue, at: Form) -> Form | None:
    """An element of a constant table that counts in equal steps, or the one at a constant place."""
    numbers = table(value)
    if not numbers:
        return None
    if (k := at.number) is not None:
        return Form(numbers[k])
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 0
    if any(b - a != step for a, b in pairwise(numbers)) or abs(step) >= _SAFE:
        return None
    return at * step + numbers[0]


def bounds_of_elements(value: SSAValue, depth: int = 6) -> Bounds:
    """Bounds of an integer, or of all elements of a tensor of integers."""
    op = value.owner
    if depth == 0 or not isinstance(op, Operation):
        return ANYTHING
    if rank(value.type) == 0 and (number := types.constant_value(value)) is not None:
        return number, number
    xs = [bounds_of_elements(x, depth - 1) for x in op.operands] if type(op) in _BOUNDED else []
    match op:
        case arith.MaxSIOp():
            return max(xs[0][0], xs[1][0]), max(xs[0][1], xs[1][1])
        case arith.MinSIOp():
            return min(xs[0][0], xs[1][0]), min(xs[0][1], xs[1][1])
        case arith.RemSIOp():
            return _bounds_of_remainder(*xs)
        case arith.AddiOp() | arith.SubiOp() if is_whole(types.element(value.type)):
            (p, q), (r, s) = xs
            low, high = (p + r, q + s) if isinstance(op, arith.AddiOp) else (p - s, q - r)
            return (low, high) if -_SAFE < low and high < _SAFE else ANYTHING
        case arith.SelectOp() | ten.SelectOp():
            return min(xs[1][0], xs[2][0]), max(xs[1][1], xs[2][1])
        case ten.IotaOp():
            return 0, max(shape(value.type)[op.dim.value.data] - 1, 0)
        case ten.ArgmaxOp() | ten.ArgminOp():
            return 0, max(shape(op.x.type)[op.dim.value.data] - 1, 0)
        case ten.IndexOp() | ten.GatherOp() | ten.PadOp():
            return min(xs[0][0], 0), max(xs[0][1], 0)
        case (
            ten.BroadcastOp()
            | ten.ReshapeOp()
            | ten.TransposeOp()
            | ten.SliceOp()
            | ten.ReverseOp()
        ):
            return xs[0]
        case arith.IndexCastOp() | ten.CastOp() | arith.ExtSIOp() | arith.ExtUIOp():
            source = types.element(op.operands[0].type)
            if is_whole(source) and is_whole(types.element(value.type)):
                return xs[0]
            return _bounds_of_type(op, source)
        case _:
            numbers = table(value)
            return (min(numbers), max(numbers)) if numbers else ANYTHING


_BOUNDED: set[type[Operation]] = {
    arith.MaxSIOp, arith.MinSIOp, arith.RemSIOp, arith.AddiOp, arith.SubiOp, arith.SelectOp,
    ten.SelectOp, ten.IndexOp, ten.GatherOp, ten.PadOp, ten.BroadcastOp, ten.ReshapeOp,
    ten.TransposeOp, ten.SliceOp, ten.ReverseOp, arith.IndexCastOp, ten.CastOp, arith.ExtSIOp,
    arith.ExtUIOp,
}  # fmt: skip


def _bounds_of_remainder(x: Bounds, by: Bounds) -> Bounds:
    """Of x - n·trunc(x / n), which has the sign of x; 0 for n = 0."""
    m = max(abs(by[0]), abs(by[1]), 1) - 1
    return (0 if x[0] >= 0 else -m), (0 if x[1] <= 0 else m)


def _bounds_of_type(conversion: Operation, source: Attribute) -> Bounds:
    """Of an integer of fewer bits, converted to 64."""
    if not isinstance(source, IntegerType) or source.width.data == 64:
        return ANYTHING
    if not is_whole(types.element(conversion.results[0].type)):
        return ANYTHING
    half = 1 << (source.width.data - 1)
    boolean = types.is_bool(source) and isinstance(conversion, ten.CastOp)
    if boolean or isinstance(conversion, arith.ExtUIOp):
        return 0, 2 * half - 1
    return -half, half - 1


# Maps.


@dataclass(frozen=True)
class IndexMap:
    """From index arguments over a domain to indices."""

    domain: tuple[int, ...]
    forms: tuple[Form, ...]

    @cached_property
    def space(self) -> Space:
        return Space(self.domain)

    @cached_property
    def uses(self) -> tuple[frozenset[int], ...]:
        """For each index, the arguments that it depends on."""
        return tuple(arguments(f) for f in self.forms)

    def count(self, position: int) -> int:
        """How many of the indices depend on an argument."""
        return sum(position in use for use in self.uses)

    def mapped(self, domain: Sequence[int], args: Sequence[Form]) -> IndexMap:
        """The map with its arguments computed from those of another domain."""
        space = Space(tuple(domain))
        return tidy(tuple(domain), [space.rebuild(f, args) for f in self.forms])

    def with_forms(self, forms: Iterable[Form]) -> IndexMap:
        return tidy(self.domain, list(forms))

    def without_arguments(self, gone: Iterable[int]) -> IndexMap:
        """Over the domain without arguments that no index depends on."""
        gone = set(gone)
        left = [p for p in range(len(self.domain)) if p not in gone]
        space = Space(tuple(self.domain[p] for p in left))
        args = [space.arg(left.index(p)) if p in left else Form(0) for p in range(len(self.domain))]
        return self.mapped(space.domain, args)

    def in_order(self, order: Sequence[int]) -> IndexMap:
        """The map with argument `order[k]` in place k."""
        space = Space(tuple(self.domain[p] for p in order))
        return self.mapped(space.domain, [space.arg(order.index(p)) for p in range(len(order))])

    def assuming(self, condition: Condition, holds: bool) -> IndexMap:
        known = {condition: holds}
        forms = [self.space.rebuild(f, self.identity(), known) for f in self.forms]
        return tidy(self.domain, forms)

    def identity(self) -> list[Form]:
        return [self.space.arg(p) for p in range(len(self.domain))]

    def in_bounds(self, sizes: Sequence[int]) -> bool:
        """Whether all indices are proved to be inside of dimensions of these sizes."""
        return all(self.space.within(f, n) for f, n in zip(self.forms, sizes))

    def conditions(self) -> list[Condition]:
        """Those that choices in the indices depend on, outermost first, each once."""
        found = [a.condition for f in self.forms for a in atoms(f) if isinstance(a, Choice)]
        return list(dict.fromkeys(reversed(found)))

    def is_unique(self) -> bool:
        """Whether it is proved that no two places have the same indices."""
        known = {p for p, n in enumerate(self.domain) if n <= 1}
        pending = list(self.forms)
        while True:
            left = []
            for f in pending:
                unknown = {p for p in arguments(f) if p not in known}
                digits = {a.position: k for a, k in f.terms.items() if isinstance(a, Arg)}
                nested = {p for a in f.terms if not isinstance(a, Arg) for p in arguments(a)}
                if (
                    unknown
                    and not unknown & nested
                    and self._are_digits({p: digits[p] for p in unknown})
                ):
                    known |= unknown
                elif unknown:
                    left.append(f)
            if len(left) == len(pending):
                return len(known) == len(self.domain)
            pending = left

    def _are_digits(self, multiples: Mapping[int, int]) -> bool:
        """Whether Σ k · argument tells the arguments apart."""
        reach = 0
        for p, k in sorted(multiples.items(), key=lambda item: abs(item[1])):
            if abs(k) <= reach:
                return False
            reach += abs(k) * (self.domain[p] - 1)
        return reach < _SAFE

    def is_sorted(self, sizes: Sequence[int]) -> bool:
        """
        Whether it is proved that the places that indices in bounds lead to come in row-major order,
        equal ones beside each other, as the arguments go in row-major order.
        """
        if not self.in_bounds(sizes):
            return False
        total = Form()
        for f, n in zip(self.forms, sizes):
            total = total * n + f
        reach = 0
        for p in reversed(range(len(self.domain))):
            k = total.terms.get(Arg(p), 0)
            if k < reach:
                return False
            reach += k * (self.domain[p] - 1)
        return all(isinstance(a, Arg) for a in total.terms)


def tidy(domain: tuple[int, ...], forms: Sequence[Form]) -> IndexMap:
    """
    The map, with arguments that are always 0 gone, except from an index that is nothing but such an
    argument.
    """
    m = IndexMap(domain, tuple(forms))
    gone = [
        p
        for p, n in enumerate(domain)
        if n == 1 and m.count(p) and not (m.count(p) == 1 and any(f.argument == p for f in m.forms))
    ]
    if not gone:
        return m
    args = [Form(0) if p in gone else m.space.arg(p) for p in range(len(domain))]
    return IndexMap(domain, tuple(m.space.rebuild(f, args) for f in m.forms))


def index_map(op: ten.GatherOp | ten.ScatterOp) -> IndexMap | None:
    """The map of an op's region; None where the region is too large, or has regions itself."""
    return region_map(op.block, op.domain)


def region_map(block: Block, domain: tuple[int, ...]) -> IndexMap | None:
    space = Space(domain)
    env: dict[SSAValue, Expr] = {a: space.arg(p) for p, a in enumerate(block.args)}
    last = block.last_op
    assert last is not None
    try:
        for op in block.ops:
            if op is last:
                break
            if op.regions or len(op.results) != 1:
                return None
            xs = [env[x] if x in env else outside(x) for x in op.operands]
            env[op.results[0]] = space.apply(op, xs)
        forms = [env[x] if x in env else outside(x) for x in last.operands]
        return tidy(domain, as_forms(forms))
    except TooLarge:
        return None


# Writing formulas as ops again.


class Writer:
    """Writes formulas as ops, each once, where `insert` puts them."""

    def __init__(
        self, space: Space, args: Sequence[SSAValue], insert: Callable[[Operation], object]
    ):
        self.space = space
        self.args = args
        self.insert = insert
        self.known: dict[object, SSAValue] = {}
        self.cost = 0
        """Ops written, other than constants."""

    def op(self, op: Operation) -> SSAValue:
        self.insert(op)
        self.cost += not isinstance(op, arith.ConstantOp)
        return op.results[0]

    def constant(self, number: int | bool, type: Attribute) -> SSAValue:
        key = ("constant", number, type)
        if key not in self.known:
            if is_whole(type):
                number = types.word(number)
            self.known[key] = self.op(types.constant(number, type))
        return self.known[key]

    def form(self, x: Form) -> SSAValue:
        """The value of a formula, of type index."""
        if x not in self.known:
            self.known[x] = self._form(x)
        return self.known[x]

    def _form(self, x: Form) -> SSAValue:
        for atom, c in x.terms.items():
            # y mod n, which is one op where y is not negative.
            if (
                isinstance(atom, Quotient)
                and c % atom.by == 0
                and self.space.bounds(atom.x)[0] >= 0
            ):
                k = -c // atom.by
                rest = x - (k * atom.x - k * atom.by * Form.of(atom))
                if len(rest.terms) < len(x.terms):
                    n = self.constant(atom.by, ten.index_type)
                    key = ("remainder", atom)
                    if key not in self.known:
                        self.known[key] = self.op(arith.RemSIOp(self.form(atom.x), n))
                    return self._sum(rest.constant, [*rest.terms.items(), (self.known[key], k)])
        return self._sum(x.constant, list(x.terms.items()))

    def _sum(self, constant: int, terms: Sequence[tuple[Atom | SSAValue, int]]) -> SSAValue:
        total: SSAValue | None = None
        for atom, k in sorted(terms, key=lambda term: term[1] < 0):
            value = atom if isinstance(atom, SSAValue) else self.atom(atom)
            if k == -1 and total is None:
                total = self.op(arith.SubiOp(self.constant(constant, ten.index_type), value))
                constant = 0
                continue
            if abs(k) != 1:
                value = self.op(arith.MuliOp(value, self.constant(k, ten.index_type)))
            join = arith.SubiOp if k == -1 else arith.AddiOp
            total = value if total is None else self.op(join(total, value))
        if total is None:
            return self.constant(constant, ten.index_type)
        if constant:
            total = self.op(arith.AddiOp(total, self.constant(constant, ten.index_type)))
        return total

    def atom(self, atom: Atom) -> SSAValue:
        """The value of an atom, of type index."""
        value = self._whole(atom)
        if value.type == ten.index_type:
            return value
        key = ("index", atom)
        if key not in self.known:
            self.known[key] = self.op(arith.IndexCastOp(value, ten.index_type))
        return self.known[key]

    def _whole(self, atom: Atom) -> SSAValue:
        """The value of an atom, of its own type."""
        if atom not in self.known:
            match atom:
                case Arg(position):
                    value = self.args[position]
                case Quotient(x, n):
                    n_value = self.constant(n, ten.index_type)
                    value = self.op(arith.FloorDivSIOp(self.form(x), n_value))
                case Choice(c, a, b):
                    condition = self.expr(c, None)
                    value = self.op(arith.SelectOp(condition, self.form(a), self.form(b)))
                case Outside(value):
                    pass
                case Read(t, indices, _):
                    tensor = self.expr(t, None)
                    value = self.op(ten.IndexOp(tensor, [self.form(i) for i in indices]))
                case Computed(_, operands, op):
                    xs = [self.expr(x, v.type) for x, v in zip(operands, op.operands)]
                    value = self.op(copy_op(op, xs, op.result_types))
            self.known[atom] = value
        return self.known[atom]

    def expr(self, e: Expr, type: Attribute | None) -> SSAValue:
        """The value of any formula; integers of 64 bits are of type `type`."""
        match e:
            case bool():
                return self.constant(e, i1)
            case AtLeastZero(x):
                if e not in self.known:
                    left = Form(max(x.constant, 0), {a: k for a, k in x.terms.items() if k > 0})
                    right = left - x
                    if not (self.space.is_bounded(left) and self.space.is_bounded(right)):
                        # x does not wrap, but its parts may.
                        left, right = x, Form(0)
                    self.known[e] = self.op(arith.CmpiOp(self.form(left), self.form(right), "sge"))
                return self.known[e]
            case Form():
                if e.is_plain and not isinstance(
                    atom := next(iter(e.terms)), Arg | Quotient | Choice
                ):
                    if atom.type == type:
                        return self._whole(atom)
                value = self.form(e)
                if type is None or value.type == type:
                    return value
                return self.op(arith.IndexCastOp(value, type))
            case _:
                return self._whole(e)


def write_region(m: IndexMap) -> Region:
    """An index region that computes the map."""
    return _written(m)[0]


def _written(m: IndexMap) -> tuple[Region, int]:
    block = Block(arg_types=[ten.index_type] * len(m.domain))
    writer = Writer(m.space, block.args, block.add_op)
    block.add_op(ten.YieldOp(*(writer.form(f) for f in m.forms)))
    return Region(block), writer.cost


def write_shorter(m: IndexMap, block: Block) -> Region | None:
    """A region that computes the map in fewer ops than `block` does, if that can be."""
    present = sum(not isinstance(op, arith.ConstantOp) for op in block.ops) - 1
    if present == 0:
        return None
    region, cost = _written(m)
    if cost < present:
        return region
    region.drop_all_references()
    return None


def cost(m: IndexMap) -> int:
    """How many ops it takes to compute the map at one place."""
    region, cost = _written(m)
    region.drop_all_references()
    return cost
