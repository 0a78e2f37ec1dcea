"""
Terms as functions of the indices around them.

One walk gives to each value of a function the number of a function F, and the variables to which F
is applied: x = F(i, j). Variables are the arguments of regions: indices, counters, carried values.
Two values with the same number are the same function, whatever their variables are called, and in
whatever order and over whatever sizes regions bind them. Two values with the same number and the
same variables are equal.

    region (i, j) {… exp m[i, j] …}, region (k, l) {… exp m[l, k] …}
        →   F(i, j) and F(l, k), for the same F

The variables of a term are in the order in which the term uses them. Sums and differences of whole
numbers, and their multiples by constants, are collected: arithmetic of 64 bits wraps, so this is
exact. Operands of commutative ops are sorted.

Cost: linear in the program, times the variables of a value, which are at most the arguments of the
regions around it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import IndexType, IntegerType
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue

from ...dialects import sharing, types
from ..rewriting import effects, scopes
from ..rewriting.emitter import COMMUTATIVE

MOST_PARTS = 8
"""The longest sum, in parts, that is collected. A longer one is the sum of two operands."""

SAFE = 1 << 62
"""A whole number between -SAFE and SAFE has not wrapped."""

Places = tuple[int, ...]
Range = tuple[int, int]
"""The least and the greatest value, both included."""


class Applied(NamedTuple):
    """A function, by its number, and the variables to which it is applied."""

    function: int
    to: tuple[BlockArgument, ...] = ()


class Sum(NamedTuple):
    """constant + Σ k · part, of 64 bits."""

    constant: int
    parts: Mapping[Applied, int]


Get = Callable[[SSAValue], Applied]


@dataclass
class Terms:
    """The values of a function (of the program), as functions of the variables around them."""

    known: dict[SSAValue, Applied] = field(default_factory=dict)
    computed: dict[Operation, Applied] = field(default_factory=dict)
    """The ops with one result, in their order."""
    _table: dict[Hashable, int] = field(default_factory=dict)
    _sums: dict[int, tuple[int, tuple[tuple[int, int, Places], ...]]] = field(default_factory=dict)
    """For functions that are sums: the constant, and k, function and places of each part."""
    _steps: dict[int, tuple[type[Operation], tuple[tuple[int, Places], ...]]] = field(
        default_factory=dict
    )
    """For other functions of whole numbers: the op, and its operands."""
    _order: dict[BlockArgument, int] = field(default_factory=dict)
    _opaque: set[Operation] = field(default_factory=set)
    _effects: effects.EffectsOfNests = field(default_factory=effects.EffectsOfNests)
    _slots: list[BlockArgument] = field(default_factory=list)
    """Variables that no region binds."""
    _substituted: dict[Hashable, dict[SSAValue, Applied]] = field(default_factory=dict)

    @staticmethod
    def of(function: func.FuncOp) -> Terms:
        terms = Terms()
        for block in function.body.blocks:
            for k, arg in enumerate(block.args):
                terms.known[arg] = Applied(terms._fresh(("argument", id(block), k)))
            terms._visit(block)
        return terms

    def value(self, value: SSAValue) -> Applied:
        """A value as a function of the variables around it."""
        found = self.known.get(value)
        if found is None:
            found = self.known[value] = Applied(self._fresh(("unknown", id(value))))
        return found

    def together(self, xs: Iterable[Applied]) -> Applied:
        """Several values as one function of the variables around them."""
        to: dict[BlockArgument, int] = {}
        key = ("together", *[self._placed(x, to) for x in xs])
        return Applied(self._fresh(key), tuple(to))

    def order(self, variable: BlockArgument) -> int:
        """The place of a variable among all variables, outer regions first."""
        return self._order[variable]

    # One op.

    def _fresh(self, key: Hashable) -> int:
        return self._table.setdefault(key, len(self._table))

    def _visit(self, block: Block) -> None:
        for op in block.ops:
            for region in op.regions:
                for inner in region.blocks:
                    for arg in inner.args:
                        self._order[arg] = len(self._order)
                        self.known[arg] = self.variable(arg)
                    self._visit(inner)
            if not effects.is_terminator(type(op)) and (op in self._opaque or self._acts(op)):
                self._opaque.add(op)
                parent = op.parent_op()
                if parent is not None and not isinstance(parent, func.FuncOp):
                    self._opaque.add(parent)
            if op.results:
                self._number(op)

    def _acts(self, op: Operation) -> bool:
        """`is_opaque`, where the ops in the regions of the op have been visited."""
        if isinstance(op, func.CallOp):
            return False
        free = self._effects.is_side_effect_free(op)
        return not free or any(len(r.blocks) > 1 for r in op.regions)

    def _number(self, op: Operation) -> None:
        applied = self._apply(op, self.value)
        if len(op.results) == 1:
            self.known[op.results[0]] = self.computed[op] = applied
            return
        for k, result in enumerate(op.results):
            self.known[result] = self._result(applied, k)

    def _result(self, applied: Applied, k: int) -> Applied:
        return Applied(self._fresh(("result", applied.function, k)), applied.to)

    def variable(self, arg: BlockArgument) -> Applied:
        return Applied(self._fresh(("variable", arg.type)), (arg,))

    def _placed(self, x: Applied, to: dict[BlockArgument, int]) -> tuple[int, Places]:
        """A function, with the places of its variables in `to`, where new ones are added."""
        return x.function, tuple([to.setdefault(v, len(to)) for v in x.to])

    def _rank(self, x: Applied) -> tuple[int, Places]:
        return x.function, tuple([self._order.get(v, -1) for v in x.to])

    def _apply(self, op: Operation, get: Get) -> Applied:
        """The results of an op, given its operands and the values that its regions yield."""
        if isinstance(op, sharing.LetOp | sharing.ShareOp):
            # A name for a value is the value.
            return get(op.x)
        if op in self._opaque:
            return Applied(self._fresh(("opaque", id(op))))
        if (whole := self._arithmetic(op, get)) is not None:
            return whole
        operands = [get(x) for x in op._operands]
        if op.__class__ in COMMUTATIVE:
            operands.sort(key=self._rank)
        to: dict[BlockArgument, int] = {}
        placed = tuple([self._placed(x, to) for x in operands])
        regions: tuple[Hashable, ...] = ()
        if op.regions:
            regions, to = self._regions(op, get, to)
        number = self._fresh((
            op.name,
            placed,
            op.result_types,
            frozenset(op.properties.items()),
            frozenset(op.attributes.items()),
            regions,
        ))  # fmt: skip
        if type(op) in _BOUNDED and len(op.results) == 1 and is_whole(op.results[0].type):
            self._steps.setdefault(number, (type(op), placed))
        return Applied(number, tuple(to))

    def _regions(
        self, op: Operation, get: Get, to: dict[BlockArgument, int]
    ) -> tuple[tuple[Hashable, ...], dict[BlockArgument, int]]:
        """The regions of an op, as functions of their own arguments and of the variables around."""
        bound: dict[BlockArgument, tuple[int, int]] = {}
        for r, region in enumerate(op.regions):
            for block in region.blocks:
                bound.update({arg: (r, k) for k, arg in enumerate(block.args)})
        regions: list[Hashable] = []
        for region in op.regions:
            yielded: list[Hashable] = []
            for block in region.blocks:
                last = block.last_op
                if last is None:
                    continue
                yielded.append((last.name, frozenset(last.properties.items())))
                for x in last.operands:
                    applied = get(x)
                    places = tuple(
                        [bound[v] if v in bound else to.setdefault(v, len(to)) for v in applied.to]
                    )
                    yielded.append((applied.function, places))
            regions.append(tuple(yielded))
        return tuple(regions), to

    # Sums of whole numbers.

    def _arithmetic(self, op: Operation, get: Get) -> Applied | None:
        """The result of an op as a sum, if it is one."""
        if op.__class__ not in _SUMS or not is_whole(op.results[0].type):
            return None
        if isinstance(op, arith.ConstantOp):
            number = types.constant_value(op.result)
            return None if number is None else self.sum(int(number), {})
        if isinstance(op, arith.IndexCastOp):
            return get(op.input) if is_whole(op.input.type) else None
        a, b = (self._parts(get(x)) for x in op.operands)
        if isinstance(op, arith.MuliOp):
            if a.parts and b.parts:
                return None
            many, one = (a, b) if a.parts else (b, a)
            return self.sum(
                many.constant * one.constant, {x: k * one.constant for x, k in many.parts.items()}
            )
        return self._plus(a, b, -1 if isinstance(op, arith.SubiOp) else 1)

    def _plus(self, a: Sum, b: Sum, times: int) -> Applied | None:
        parts = dict(a.parts)
        for x, k in b.parts.items():
            parts[x] = parts.get(x, 0) + times * k
        return self.sum(a.constant + times * b.constant, parts) if fits(parts) else None

    def sum(self, constant: int, parts: Mapping[Applied, int]) -> Applied:
        """constant + Σ k · part"""
        constant = wrapped(constant)
        given = {x: w for x, k in parts.items() if (w := wrapped(k))}
        if not constant and list(given.values()) == [1]:
            return next(iter(given))
        to: dict[BlockArgument, int] = {}
        found: list[tuple[int, int, Places]] = []
        for x in sorted(given, key=lambda x: (x.function, given[x], self._rank(x)[1])):
            found.append((given[x], *self._placed(x, to)))
        number = self._fresh(("sum", constant, tuple(found)))
        self._sums.setdefault(number, (constant, tuple(found)))
        return Applied(number, tuple(to))

    def _parts(self, x: Applied) -> Sum:
        if (found := self._sums.get(x.function)) is None:
            return Sum(0, {x: 1})
        constant, parts = found
        return Sum(constant, {Applied(f, _at(x.to, places)): k for k, f, places in parts})

    # Other variables.

    def substituted(self, value: SSAValue, by: Mapping[Applied, Applied]) -> Applied:
        """
        A value with other functions in the place of some of its parts.

        Cost: the ops that depend on the same variables as these parts. All values of one
        substitution share the work.
        """
        key = frozenset(by.items())
        done = self._substituted.setdefault(key, {})
        free = {v for x in by.values() for v in x.to}
        variables = {v for x in by for v in x.to}

        def get(x: SSAValue) -> Applied:
            applied = self.value(x)
            return by[applied] if applied in by else done.get(x, applied)

        def waits(x: SSAValue) -> bool:
            return (
                isinstance(x.owner, Operation)
                and x not in done
                and x.owner not in self._opaque
                and self.value(x) not in by
                and not variables.isdisjoint(self.value(x).to)
            )

        pending = [value]
        while pending:
            x = pending[-1]
            if not waits(x):
                pending.pop()
                continue
            op = x.owner
            assert isinstance(op, Operation)
            needs = [y for y in _needs(op) if waits(y)]
            pending.extend(needs)
            if not needs:
                pending.pop()
                # A region that binds one of the new variables would capture it.
                captures = any(arg in free for region in op.regions for arg in _bound_by(region))
                if captures:
                    applied = Applied(self._fresh(("captured", id(op), key)))
                else:
                    applied = self._apply(op, get)
                for k, result in enumerate(op.results):
                    done[result] = applied if len(op.results) == 1 else self._result(applied, k)
        return get(value)

    def depends_only_on(self, value: SSAValue, xs: Sequence[Applied]) -> bool:
        """
        Whether a value reads the variables of these different parts only through the parts.
        """
        variables = {v for x in xs for v in x.to}
        if len(set(xs)) < len(xs) or not all(x.to for x in xs):
            return False
        while len(self._slots) < len(xs):
            slot = Block(arg_types=[IndexType()]).args[0]
            self._order[slot] = len(self._order)
            self._slots.append(slot)
        by = {x: self.variable(slot) for x, slot in zip(xs, self._slots)}
        return variables.isdisjoint(self.substituted(value, by).to)

    def undo(self, xs: Sequence[Applied]) -> tuple[Undone, ...] | None:
        """
        For each x, one variable of x and its value if x is given: v = ± (x - constant). The other
        variables of x are 0 then. None if some x is no sum of indices, or has no such variable for
        itself alone.
        """
        sums = [self._parts(x) for x in xs]
        plain: list[dict[BlockArgument, int]] = []
        for s in sums:
            if any(len(part.to) != 1 or part != self.variable(part.to[0]) for part in s.parts):
                return None
            plain.append({part.to[0]: k for part, k in s.parts.items()})
        found: list[Undone] = []
        for p, (s, own) in enumerate(zip(sums, plain)):
            others = [v for q, other in enumerate(plain) if q != p for v in other]
            mine = [v for v, k in own.items() if abs(k) == 1 and v not in others]
            if not mine:
                return None
            zero = tuple(v for v in own if v is not mine[0] and v not in others)
            if len(zero) < len(own) - 1:
                return None
            found.append(Undone(mine[0], own[mine[0]], s.constant, zero))
        return tuple(found)

    def undoing(self, undone: Sequence[Undone], xs: Sequence[Applied]) -> dict[Applied, Applied]:
        """The variables that `undo` found, as functions of the given values."""
        by: dict[Applied, Applied] = {}
        for u, x in zip(undone, xs, strict=True):
            s = self._parts(x)
            parts = {part: u.sign * k for part, k in s.parts.items()}
            by[self.variable(u.variable)] = self.sum(u.sign * (s.constant - u.constant), parts)
            by.update((self.variable(v), self.sum(0, {})) for v in u.zero)
        return by

    # Ranges.

    def range_of(self, x: Applied) -> Range | None:
        """The least and greatest value of a whole number over the sizes of its variables."""
        return self._range(x, 16)

    def _range(self, x: Applied, depth: int) -> Range | None:
        if depth == 0:
            return None
        if len(x.to) == 1 and x == self.variable(x.to[0]):
            size = scopes.size_of(x.to[0])
            # Over no index at all, any range is right.
            return None if size is None else (0, max(size - 1, 0))
        if x.function in self._sums:
            return self._range_of_sum(self._parts(x), depth)
        if (step := self._steps.get(x.function)) is None:
            return None
        kind, operands = step
        xs = [self._range(Applied(f, _at(x.to, places)), depth - 1) for f, places in operands]
        return safe(_BOUNDED[kind](xs))

    def _range_of_sum(self, s: Sum, depth: int) -> Range | None:
        low = high = s.constant
        for part, k in s.parts.items():
            if (found := self._range(part, depth - 1)) is None:
                return None
            a, b = sorted((k * found[0], k * found[1]))
            low, high = low + a, high + b
        for part, k in s.parts.items():
            # x mod n, written x - n ⌊x / n⌋, is between 0 and n - 1.
            step = self._steps.get(part.function)
            if step is None or step[0] not in _QUOTIENTS:
                continue
            (f, places), by = step[1][0], self._parts(Applied(step[1][1][0]))
            n = by.constant
            whole = Applied(f, _at(part.to, places))
            if by.parts or n <= 0 or k % n or not self._is_floor(step[0], whole, depth):
                continue
            times = -k // n
            inner = self._parts(whole)
            rest = dict(s.parts)
            del rest[part]
            for y, c in inner.parts.items():
                rest[y] = rest.get(y, 0) - times * c
            rest = {y: c for y, c in rest.items() if c}
            if len(rest) >= len(s.parts):
                continue
            constant = s.constant - times * inner.constant
            if (found := self._range_of_sum(Sum(constant, rest), depth - 1)) is not None:
                a, b = sorted((0, times * (n - 1)))
                low, high = max(low, found[0] + a), min(high, found[1] + b)
        return safe((low, high))

    def _is_floor(self, kind: type[Operation], x: Applied, depth: int) -> bool:
        found = self._range(x, depth - 1)
        return found is not None and (kind is arith.FloorDivSIOp or found[0] >= 0)


class Undone(NamedTuple):
    """variable = sign · (x - constant), and 0 for the other variables of x."""

    variable: BlockArgument
    sign: int
    constant: int
    zero: tuple[BlockArgument, ...]


def _at(to: Sequence[BlockArgument], places: Places) -> tuple[BlockArgument, ...]:
    return tuple([to[p] for p in places])


def _bound_by(region: Region) -> Iterable[BlockArgument]:
    return (arg for block in region.blocks for arg in block.args)


def _needs(op: Operation) -> list[SSAValue]:
    """The values from which the results of an op are computed."""
    found = list(op.operands)
    for region in op.regions:
        for block in region.blocks:
            if block.last_op is not None:
                found.extend(block.last_op.operands)
    return found


def is_opaque(op: Operation) -> bool:
    """Whether two runs of an op on equal operands may differ, or do something else beside."""
    if isinstance(op, func.CallOp):
        return False
    return not effects.is_side_effect_free(op) or (
        bool(op.regions) and (effects.is_unknown(op) or any(len(r.blocks) > 1 for r in op.regions))
    )


def is_whole(type: Attribute) -> bool:
    """Integers of 64 bits, which sums collect."""
    return isinstance(type, IndexType) or (isinstance(type, IntegerType) and type.width.data == 64)


def fits(parts: Mapping[Applied, int]) -> bool:
    return len(parts) <= MOST_PARTS


def wrapped(n: int) -> int:
    """A whole number, as 64 bits hold it."""
    return (n + (1 << 63)) % (1 << 64) - (1 << 63)


def safe(found: Range | None) -> Range | None:
    """A range, if none of its numbers has wrapped."""
    return found if found is not None and -SAFE < found[0] and found[1] < SAFE else None


Ranges = Sequence[Range | None]


def _range_of_quotient(xs: Ranges) -> Range | None:
    """⌊x / n⌋ for one n > 0, for quotients that round down."""
    x, by = xs
    if x is None or by is None or by[0] != by[1] or by[0] <= 0:
        return None
    return x[0] // by[0], x[1] // by[0]


def _range_of_whole_quotient(xs: Ranges) -> Range | None:
    """x / n for one n > 0 and x ≥ 0."""
    return _range_of_quotient(xs) if xs[0] is not None and xs[0][0] >= 0 else None


def _range_of_remainder(xs: Ranges) -> Range | None:
    """x mod n for one n > 0 and x ≥ 0."""
    x, by = xs
    if x is None or by is None or by[0] != by[1] or by[0] <= 0 or x[0] < 0:
        return None
    return (0, min(x[1], by[0] - 1))


def _range_of_either(xs: Ranges) -> Range | None:
    a, b = xs[-2:]
    return None if a is None or b is None else (min(a[0], b[0]), max(a[1], b[1]))


def _range_of_greater(xs: Ranges) -> Range | None:
    a, b = xs
    return None if a is None or b is None else (max(a[0], b[0]), max(a[1], b[1]))


def _range_of_less(xs: Ranges) -> Range | None:
    a, b = xs
    return None if a is None or b is None else (min(a[0], b[0]), min(a[1], b[1]))


_SUMS: frozenset[type[Operation]] = frozenset(
    (arith.ConstantOp, arith.AddiOp, arith.SubiOp, arith.MuliOp, arith.IndexCastOp)
)

_QUOTIENTS = (arith.FloorDivSIOp, arith.DivSIOp, arith.DivUIOp)

_BOUNDED: dict[type[Operation], Callable[[Ranges], Range | None]] = {
    arith.FloorDivSIOp: _range_of_quotient,
    arith.DivSIOp: _range_of_whole_quotient,
    arith.DivUIOp: _range_of_whole_quotient,
    arith.RemSIOp: _range_of_remainder,
    arith.RemUIOp: _range_of_remainder,
    arith.SelectOp: _range_of_either,
    arith.MaxSIOp: _range_of_greater,
    arith.MinSIOp: _range_of_less,
}
