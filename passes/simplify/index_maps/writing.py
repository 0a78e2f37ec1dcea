"""Formulas and maps, written as ops again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ....dialects import ten, types
from ...sharing.copying import copy_op
from .forms import (
    Arg,
    AtLeastZero,
    Atom,
    Choice,
    Computed,
    Expr,
    Form,
    Outside,
    Quotient,
    Read,
    is_whole,
)
from .maps import IndexMap
from .spaces import Space


class Writer:
    """Writes formulas as ops, each formula once. `insert` chooses the place of the ops."""

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
    """A region that computes the map in fewer ops than `block`, if there is one."""
    present = sum(not isinstance(op, arith.ConstantOp) for op in block.ops) - 1
    if present == 0:
        return None
    region, cost = _written(m)
    if cost < present:
        return region
    region.drop_all_references()
    return None


def cost(m: IndexMap) -> int:
    """The number of ops that compute the map at one place."""
    region, cost = _written(m)
    region.drop_all_references()
    return cost
