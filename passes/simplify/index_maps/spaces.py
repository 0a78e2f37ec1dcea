"""How to build formulas, and bound them over the domain of their arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd, inf

from xdsl.dialects import arith
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects import ten, types
from ....dialects.types import ints, rank, shape
from .bounds import bounds_of_elements
from .forms import (
    Arg,
    AtLeastZero,
    Atom,
    Choice,
    Computed,
    Condition,
    Expr,
    Form,
    Outside,
    Quotient,
    Read,
    as_forms,
    is_arithmetic,
    is_whole,
    size_of,
)
from .values import (
    ANYTHING,
    PARTS,
    SAFE,
    Bounds,
    along_one,
    bounds_of_remainder,
    bounds_of_type,
    counting,
    elements,
    outside,
    truth,
)

LIMIT = 200
"""The size up to which formulas are analysed. A larger region is not analysed."""


class TooLarge(Exception):
    """The region is too large to analyse, or computes a value that has no formula."""


@dataclass(frozen=True)
class Space:
    """
    The domain over which index arguments range, with the functions that build and bound formulas
    there.
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
                    if -SAFE < a and b < SAFE:
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
        return (low, high) if -SAFE < low and high < SAFE else ANYTHING

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
                return bounds_of_remainder(*xs)
            case arith.RemUIOp() if xs[1][0] > 0:
                return 0, xs[1][1] - 1
            case arith.ExtUIOp() | arith.ExtSIOp() | arith.IndexCastOp() | ten.CastOp():
                low, high = bounds_of_type(e.op, types.element(e.op.operands[0].type))
                match e.operands[0]:
                    case Outside() | Read() as leaf if types.is_integer(leaf.type):
                        a, b = self._atom_bounds(leaf)
                        if a >= 0 or not isinstance(e.op, arith.ExtUIOp):
                            return max(low, a), min(high, b)
                    case _:
                        pass
                return low, high
            case _:
                return ANYTHING

    def is_bounded(self, x: Form) -> bool:
        low, high = self.bounds(x)
        return low > -inf and high < inf

    def within(self, x: Form, size: int) -> bool:
        """Whether x is an index into a dimension of this size, at every place of the domain."""
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
            case (Quotient(y, m), 1) if x.constant == 0 and m * n < SAFE:
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
        """A read, or index arithmetic if the tensor holds only that."""
        if isinstance(tensor, Outside) and len(indices) == rank(tensor.type):
            sizes = shape(tensor.type)
            if all(self.within(i, n) for i, n in zip(indices, sizes)):
                found = self.element(tensor.value, indices)
                if found is not None and is_arithmetic(found):
                    return found
        e = Read(tensor, indices, type)
        return Form.of(e) if is_whole(type) else e

    def element(self, value: SSAValue, at: Sequence[Form], depth: int = 8) -> Expr | None:
        """The element of a tensor at indices in bounds, if the op that made the tensor tells it."""
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
            case arith.ConstantOp() if len(at) == 1 and types.is_bool(element):
                return truth(value, at[0].number)
            case ten.StackOp() if (k := at[0].number) is not None:
                return self.element(op.xs[k], at[1:], depth - 1)
            case arith.ConstantOp() | ten.StackOp():
                return self.counted(value, at)
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
            case arith.AndIOp() | arith.OrIOp() | arith.XOrIOp() if types.is_bool(element):
                a, b = (self.element(x, at, depth - 1) for x in op.operands)
                if isinstance(op, arith.XOrIOp):
                    return a != b if isinstance(a, bool) and isinstance(b, bool) else None
                return None if a is None or b is None else _connective(op, a, b)
            case _:
                return None

    def counted(self, value: SSAValue, at: Sequence[Form]) -> Form | None:
        """
        An element of a constant table that counts in equal steps, or in a few parts that do, along
        one dimension. Of several parts, the element is a choice: 0, 0, 1, 2, 3, 3 are
        i ≥ 5 ? 3 : i ≥ 1 ? i - 1 : 0.
        """
        numbers = elements(value)
        if numbers is None or not numbers.size:
            return None
        if all(i.number is not None for i in at):
            return Form(int(numbers[tuple(i.number for i in at)]))
        if (found := along_one(numbers, at)) is None:
            return None
        numbers, i = found
        parts = counting(numbers, 1 if i.argument is None else PARTS)
        if parts is None:
            return None
        (_, first, step), *later = parts
        result = i * step + first
        for begin, first, step in later:
            condition = self.at_least_zero(i - begin)
            if condition is None:
                return None
            result = self.choice(condition, (i - begin) * step + first, result)
        return result

    def arithmetic(self, op: Operation, a: Form, b: Form) -> Form | None:
        """The result of an op on integers of 64 bits, if the result has a formula."""
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
            case arith.DivSIOp() | arith.DivUIOp() if (
                n is not None and n > 0 and self.bounds(a)[0] >= 0
            ):
                return self.quotient(a, n)
            case arith.RemSIOp() | arith.RemUIOp() if (
                n is not None and n > 0 and self.bounds(a)[0] >= 0
            ):
                return self.remainder(a, n)
            case arith.MaxSIOp() | arith.MinSIOp():
                least = self.at_least_zero(a - b)
                if isinstance(least, bool):
                    return a if least == isinstance(op, arith.MaxSIOp) else b
                return None
            case _:
                return None

    def compare(self, predicate: str, a: Form, b: Form) -> Condition | bool | None:
        """A comparison of integers. None if the comparison has no formula."""
        if predicate[0] == "u":
            if self.bounds(a)[0] < 0 or self.bounds(b)[0] < 0:
                return None
            predicate = "s" + predicate[1:]
        if predicate in ("eq", "ne"):
            if a == b:
                return predicate == "eq"
            low, high = self.bounds(a - b)
            return predicate == "ne" if high < 0 or low > 0 else None
        (p, q), (r, s) = self.bounds(a), self.bounds(b)
        if q < r or (q == r and predicate in ("sle", "sgt")):
            return predicate in ("slt", "sle")
        if s < p or (s == p and predicate in ("sge", "slt")):
            return predicate in ("sgt", "sge")
        if not (self.is_bounded(a) and self.is_bounded(b)):
            return None
        difference = {"sge": a - b, "sgt": a - b - 1, "sle": b - a, "slt": b - a - 1}[predicate]
        return self.at_least_zero(difference)

    def apply(self, op: Operation, xs: Sequence[Expr]) -> Expr:
        """The result of an op of the region, whose operands are formulas."""
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
            case arith.ExtUIOp() | arith.ExtSIOp() | arith.IndexCastOp() | ten.CastOp() if (
                is_whole(result) and (chosen := as_choice(op, xs[0])) is not None
            ):
                return self.choice(*chosen)
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

    # Other arguments, and other known facts.

    def rebuild(
        self,
        f: Form,
        args: Sequence[Form],
        known: Mapping[Condition, bool] | None = None,
    ) -> Form:
        """
        The formula with `args` (over this space) in place of its arguments. Known conditions are
        decided.
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


def as_choice(op: Operation, x: Expr) -> tuple[Expr, Form, Form] | None:
    """
    The condition of a conversion of x to 64 bits, and its two results, if x is a truth value, or a
    truth value that another conversion made 0 or 1.
    """
    if isinstance(x, Computed) and isinstance(x.op, arith.ExtUIOp | ten.CastOp):
        if not is_truth(x):
            op, x = x.op, x.operands[0]
    if not is_truth(x):
        return None
    negative = isinstance(op, arith.ExtSIOp | arith.IndexCastOp)
    return x, Form(-1 if negative else 1), Form(0)


def is_truth(e: Expr) -> bool:
    """Whether a formula is a condition, and no number."""
    if isinstance(e, bool | AtLeastZero):
        return True
    return not isinstance(e, Form) and types.is_bool(e.type)


def _connective(op: Operation, a: Expr, b: Expr) -> Expr | None:
    absorbing = isinstance(op, arith.OrIOp)
    for x, y in ((a, b), (b, a)):
        if isinstance(x, bool):
            return absorbing if x == absorbing else y
    return a if a == b else None
