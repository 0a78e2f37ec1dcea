"""Formulas: their parts, and the questions that need no domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from xdsl.dialects.builtin import IndexType, IntegerType
from xdsl.ir import Attribute, Operation, SSAValue


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
    """The result of any other op, whose operands are formulas. `key` tells ops apart."""

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
        """The constant that the form is, if it is a constant."""
        return None if self.terms else self.constant

    @property
    def single(self) -> tuple[Atom, int] | None:
        """The atom and its multiple, if there is exactly one atom."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    @property
    def argument(self) -> int | None:
        """The position of the index argument that the form is, if it is only an argument."""
        return self.affine_argument[0] if self.affine_argument and self.is_plain else None

    @property
    def is_plain(self) -> bool:
        """Whether the form is one atom, once."""
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
    """Integers of 64 bits: the type of forms."""
    return isinstance(type, IndexType) or (isinstance(type, IntegerType) and type.width.data == 64)
