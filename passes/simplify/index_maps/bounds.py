"""
Bounds of integers that a program computes: of a scalar, or of all elements of a tensor.

The bounds are exact: all values are between them, also where arithmetic could wrap. Loops are
bounded by induction: if the values before the loop are within bounds, and a step keeps the values
within these bounds, then all steps do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any
from weakref import ref

import numpy as np
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IndexType,
    IntegerType,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, OpResult, SSAValue

from ....dialects import arrays, delta, sharing, ten, types
from ....dialects.types import shape
from ...rewriting import driver
from ...rewriting.lines_of_rows import progression
from .differences import bounds_of_difference
from .values import ANYTHING, SAFE, Bounds, bounds_of_remainder, bounds_of_type

VISITS = 100
"""
How many values one question looks at. Beyond, values have the bounds of their type. The number also
bounds the depth of Python's stack.
"""

NEAR = 10
"""A question about a loop that is so many values away, at most, looks at `VISITS` from there."""

ROUNDS = 3
"""How often a bound of a value that a loop carries may move before it counts as unknown."""

ROOM = 1 << 40
"""
A bound that grows is tried here before it counts as unknown. A step may keep a counter below this.
"""


NOTE = "letgrad.bounds"
"""
The attribute of an argument of a function that is the body of a loop: `[low, high]`, which all its
elements are between.
"""


def note_bounds(values: Sequence[SSAValue]) -> ArrayAttr[DictionaryAttr] | None:
    """
    The attributes of arguments that get these values, with what is known of the integers among
    them; None if nothing is.
    """
    found: list[DictionaryAttr] = []
    for x in values:
        bounds = ANYTHING
        if _is_number(types.element(x.type)):
            bounds = bounds_of_elements(x)
        note = {}
        if bounds != _of_width(types.element(x.type)) and -SAFE < bounds[0] and bounds[1] < SAFE:
            note[NOTE] = DenseArrayBase.from_list(i64, [int(bounds[0]), int(bounds[1])])
        found.append(DictionaryAttr(note))
    return ArrayAttr(found) if any(each.data for each in found) else None


def _noted(attributes: DictionaryAttr) -> Bounds:
    note = attributes.data.get(NOTE)
    if not isinstance(note, DenseArrayBase):
        return ANYTHING
    low, high = note.get_values()
    return int(low), int(high)


def bounds_of_elements(value: SSAValue) -> Bounds:
    """
    Bounds of an integer, or of all elements of a tensor of integers. A value of 64 bits about which
    nothing is known has no bounds.
    """
    facts = driver.facts()
    if facts is None:
        return _Question().of(value)
    key = bounds_of_elements, value
    if key in driver.unknown():
        return ANYTHING
    if key not in facts:
        facts[key] = _Question().of(value)
        if facts[key] == ANYTHING:
            driver.unknown().add(key)
    return facts[key]  # type: ignore[return-value]


def _of_width(element: Attribute) -> Bounds:
    """The bounds of a type of fewer than 64 bits."""
    if not isinstance(element, IntegerType) or element.width.data in (1, 64):
        return ANYTHING
    half = 1 << (element.width.data - 1)
    return -half, half - 1


def _is_number(element: Attribute) -> bool:
    return types.is_element(element) and types.is_integer(element)


_tables: dict[int, tuple[ref[DenseIntOrFPElementsAttr], Bounds]] = {}
"""The bounds of constant tables, by the table's identity, for as long as the table lives."""


def _of_table(table: DenseIntOrFPElementsAttr) -> Bounds:
    at = id(table)
    if (known := _tables.get(at)) is not None and known[0]() is table:
        return known[1]
    numbers = np.asarray(arrays.constant_array(arith.ConstantOp(table, table.type)))
    found = (int(numbers.min()), int(numbers.max())) if numbers.size else ANYTHING
    _tables[at] = (ref(table, lambda _: _tables.pop(at, None)), found)
    return found


def _union(*xs: Bounds) -> Bounds:
    return min(x[0] for x in xs), max(x[1] for x in xs)


def _widened(old: Bounds, new: Bounds, type: Attribute) -> Bounds:
    """The bounds of a carried value, with room on the side on which they grow."""
    least, most = _of_width(types.element(type))
    low, high = new
    if low < old[0]:
        low = max(least, -ROOM if low > -ROOM else -inf)
    if high > old[1]:
        high = min(most, ROOM if high < ROOM else inf)
    return low, high


def _product(x: float, y: float) -> float:
    return 0 if x == 0 or y == 0 else x * y


class _Question:
    """One question for bounds: the bounds that are known so far, some of them by assumption."""

    def __init__(self) -> None:
        # By the identities of values: xDSL's hash of a value is a function of Python.
        self.known: dict[int, Bounds] = {}
        self.open: set[int] = set()
        """Values whose bounds are being computed. Until then, `known` has those of their types."""
        self.left = VISITS
        self.assuming = 0
        """How many loops are being bounded by induction, whose carried values `known` assumes."""

    def of(self, value: SSAValue) -> Bounds:
        at = id(value)
        if (found := self.known.get(at)) is not None:
            return found
        if not _is_number(types.element(value.type)) or isinstance(value.type, types.Term):
            return ANYTHING
        whole = _of_width(types.element(value.type))
        if self.left <= 0:
            return whole
        self.left -= 1
        self.known[at] = whole
        self.open.add(at)
        low, high = (
            self._of_argument(value)
            if isinstance(value, BlockArgument)
            else (
                self._of_result(value, value.owner)
                if isinstance(value.owner, Operation)
                else ANYTHING
            )
        )
        # A result that does not fit its type has wrapped, and may be anything.
        self.open.discard(at)
        fits = whole == ANYTHING or (whole[0] <= low and high <= whole[1])
        self.known[at] = found = (low, high) if fits else whole
        return found

    # Values of blocks.

    def _of_argument(self, value: BlockArgument) -> Bounds:
        op = value.block.parent_op()
        if isinstance(op, ten.ScanOp):
            n = len(op.inits)
            if value.index >= n:
                return self.of(op.xs[value.index - n])
            return self._of_carried(op)[value.index]
        if isinstance(op, ten.WhileOp):
            return self._of_carried(op)[value.index]
        if isinstance(op, ten.IndexRegionOp) and isinstance(value.type, IndexType):
            domain = op.domain
            if value.index < len(domain):
                return 0, max(domain[value.index] - 1, 0)
        if isinstance(op, func.FuncOp) and op.arg_attrs is not None:
            return _noted(op.arg_attrs.data[value.index])
        return ANYTHING

    def _of_carried(self, op: ten.ScanOp | ten.WhileOp) -> list[Bounds]:
        """
        The bounds of the carried values before, in and after all steps. Without assumptions they
        are facts about the loop, for all questions that would look no further from here.
        """
        facts = None if self.assuming else driver.facts()
        if facts is None:
            return self._induced(op)
        if self.left >= VISITS - NEAR:
            self.left = VISITS
        key = _Question._of_carried, op
        before, found = facts.get(key, (-1, []))  # type: ignore[misc]
        if before < self.left:
            before, found = self.left, self._induced(op)
            facts[key] = VISITS if self.left > 0 else before, found
        self.known |= zip(map(id, op.carried), found)
        return found

    def _induced(self, op: ten.ScanOp | ten.WhileOp) -> list[Bounds]:
        inits = [self.of(x) for x in op.inits]
        carried, nexts = [*map(id, op.carried)], op.nexts
        known, outer, unsure = inits, self.known, set(self.open)
        self.assuming += 1
        # Each round after the first few moves a bound to one of two places, so the rounds end.
        for trial in range(ROUNDS + 4 * len(known) + 1):
            # Under this assumption other values get bounds, which hold only if it does.
            # A question about a value of the body asks for the carried values, and they for it.
            self.known = {x: b for x, b in outer.items() if x not in unsure}
            self.known |= zip(carried, known)
            if isinstance(op, ten.WhileOp):
                self.known |= zip(map(id, op.condition.block.args), known)
            step = [_union(a, self.of(x)) for a, x in zip(inits, nexts)]
            new = [_union(a, b) for a, b in zip(known, step)]
            if new == known:
                known = step  # also right, because `known` is, and often narrower
                break
            if trial >= ROUNDS:
                new = [_widened(a, b, x.type) for a, b, x in zip(known, new, op.inits)]
            known = new
        else:
            raise AssertionError("bounds that grow without an end")
        self.assuming -= 1
        self.known, self.open = outer | dict(zip(carried, known)), unsure
        return known

    # Values of ops.

    def _of_result(self, value: SSAValue, op: Operation) -> Bounds:
        rule = _RULES.get(type(op))
        if rule is not None:
            return rule(self, value, op)
        if len(op.operands) == 2 and len(op.results) == 1:
            return self._of_arithmetic(op, *op.operands)
        return ANYTHING

    def _of_constant(self, value: SSAValue, op: arith.ConstantOp) -> Bounds:
        number = types.constant_value(value)
        if number is not None:
            return int(number), int(number)
        if isinstance(op.value, DenseIntOrFPElementsAttr):
            return _of_table(op.value)
        return ANYTHING

    def _of_place(self, value: SSAValue, op: Operation) -> Bounds:
        """Places along a dimension: of an iota, and of the ops that search or sort."""
        assert isinstance(op, ten.IotaOp | ten.ArgmaxOp | ten.ArgminOp | ten.ArgsortOp)
        sizes = shape(value.type if isinstance(op, ten.IotaOp) else op.x.type)
        return 0, max(sizes[op.dim.value.data] - 1, 0)

    def _of_first(self, _: SSAValue, op: Operation) -> Bounds:
        return self.of(op.operands[0])

    def _of_slice(self, value: SSAValue, op: ten.SliceOp) -> Bounds:
        if (line := progression(value)) is None:
            return self.of(op.x)
        ends = line[0], line[0] + line[1] * (types.size(value.type) - 1)
        return min(ends), max(ends)

    def _of_first_or_0(self, _: SSAValue, op: Operation) -> Bounds:
        return _union(self.of(op.operands[0]), (0, 0))

    def _of_all(self, _: SSAValue, op: Operation) -> Bounds:
        return _union(*map(self.of, op.operands)) if op.operands else ANYTHING

    def _of_update(self, _: SSAValue, op: ten.UpdateOp) -> Bounds:
        return _union(self.of(op.x), self.of(op.v))

    def _of_reduction(self, _: SSAValue, op: ten.ReduceOp) -> Bounds:
        # Over no elements the result is the end of the type.
        known = op.kind.data in ("max", "min") and types.size(op.x.type)
        return self.of(op.x) if known else ANYTHING

    def _of_sum(self, _: SSAValue, op: Operation) -> Bounds:
        (low, high), n = self.of(op.operands[0]), types.size(op.operands[0].type)
        return _safe(_product(n, min(low, 0)), _product(n, max(high, 0)))

    def _of_scan(self, value: OpResult, op: ten.ScanOp) -> Bounds:
        carried, n = self._of_carried(op), len(op.inits)
        if value.index < n:
            return carried[value.index]
        rows = self.of(op.yielded[value.index])
        return rows if op.turns is None else _union(rows, (0, 0))

    def _of_while(self, value: OpResult, op: ten.WhileOp) -> Bounds:
        return self._of_carried(op)[value.index]

    def _of_if(self, value: OpResult, op: scf.IfOp) -> Bounds:
        return _union(*(self._of_yield(r.block, value.index) for r in op.regions))

    def _of_select(self, _: SSAValue, op: Operation) -> Bounds:
        return self._of_choice(*op.operands)

    def _of_absolute(self, value: SSAValue, op: math.AbsIOp) -> Bounds:
        low, high = self.of(op.operands[0])
        # The absolute value of the least number of a type is that number.
        least = _of_width(types.element(value.type))[0]
        if low == -inf or low <= least:
            return ANYTHING
        return max(low, -high, 0), max(high, -low)

    def _of_yield(self, block: Block, k: int) -> Bounds:
        last = block.last_op
        return self.of(last.operands[k]) if isinstance(last, scf.YieldOp) else ANYTHING

    def _of_conversion(self, _: SSAValue, op: Operation) -> Bounds:
        x = op.operands[0]
        source = types.element(x.type)
        if types.is_bool(source):
            # A cast counts true as 1; a sign extension as -1.
            return (0, 1) if isinstance(op, ten.CastOp | arith.ExtUIOp) else (-1, 0)
        if not _is_number(source):
            return ANYTHING
        low, high = self.of(x)
        if isinstance(op, arith.ExtUIOp):
            return (low, high) if low >= 0 else bounds_of_type(op, source)
        return low, high

    def _of_choice(self, mask: SSAValue, a: SSAValue, b: SSAValue) -> Bounds:
        """Of select(mask, a, b), where a or b may be what the mask compares."""
        where_true, where_false = self.of(a), self.of(b)
        pending = [mask]
        for at in pending:
            op = at.owner
            if isinstance(op, arith.AndIOp) and len(pending) < 8:
                pending += op.operands
            if not isinstance(op, arith.CmpiOp | ten.CompareOp):
                continue
            only = op is mask.owner
            where_true = self._bounded_by(op, a, where_true, holds=True)
            if only:  # If a conjunction fails, each of its parts may hold.
                where_false = self._bounded_by(op, b, where_false, holds=False)
        found = [(low, high) for low, high in (where_true, where_false) if low <= high]
        return _union(*found) if found else ANYTHING

    def _bounded_by(self, op: Operation, x: SSAValue, known: Bounds, holds: bool) -> Bounds:
        """The bounds of x, or of x + constant, where a comparison of x holds or fails."""
        offset = 0
        left, right = op.operands
        if x not in (left, right) and isinstance(x.owner, arith.AddiOp):
            number = types.constant_value(x.owner.rhs)
            if number is not None and abs(number) < SAFE:
                x, offset = x.owner.lhs, int(number)
        if x not in (left, right) or not _is_number(types.element(left.type)):
            return known
        predicate = _predicate(op)
        if x is right:
            left, right = right, left
            predicate = {"slt": "sgt", "sle": "sge", "sgt": "slt", "sge": "sle"}.get(predicate, "")
        if not holds:
            predicate = {"slt": "sge", "sle": "sgt", "sgt": "sle", "sge": "slt"}.get(predicate, "")
        p, q = self.of(right)
        low, high = self.of(x)
        match predicate:
            case "slt" | "sle":
                high = min(high, q - (predicate == "slt"))
            case "sgt" | "sge":
                low = max(low, p + (predicate == "sgt"))
            case _:
                return known
        if low > high:
            return 1, 0  # no value comes here
        if offset:
            low, high = _safe(low + offset, high + offset)
            whole = _of_width(types.element(x.type))
            if whole != ANYTHING and not (whole[0] <= low and high <= whole[1]):
                return known  # the sum may have wrapped
        return max(known[0], low), min(known[1], high)

    def _of_arithmetic(self, op: Operation, a: SSAValue, b: SSAValue) -> Bounds:
        (p, q), (r, s) = self.of(a), self.of(b)
        match op:
            case arith.MaxSIOp():
                return max(p, r), max(q, s)
            case arith.MinSIOp():
                return min(p, r), min(q, s)
            case arith.RemSIOp():
                return bounds_of_remainder((p, q), (r, s))
            case arith.RemUIOp() if r > 0:
                return 0, s - 1
            case arith.AddiOp():
                return _safe(p + r, q + s)
            case arith.SubiOp():
                if (found := _of_modulo(a, b)) is not None:
                    return found
                low, high = _safe(p - s, q - r)
                least, most = bounds_of_difference(a, b, self.of)
                return max(low, least), min(high, most)
            case arith.MuliOp():
                ends = [_product(x, y) for x in (p, q) for y in (r, s)]
                return _safe(min(ends), max(ends))
            case arith.FloorDivSIOp() | arith.DivSIOp() if r == s and 0 < r < inf:
                down = isinstance(op, arith.FloorDivSIOp) or p >= 0
                low = p if p == -inf else p // r if down else -(-p // r)
                return low, (q if q == inf else q // r if down or q >= 0 else -(-q // r))
            case arith.AndIOp():
                # Without sign, the result has only bits that both operands have.
                ends = [high for low, high in ((p, q), (r, s)) if low >= 0]
                return (0, min(ends)) if ends else ANYTHING
            case arith.OrIOp() | arith.XOrIOp() if p >= 0 and r >= 0:
                most = max(q, s)
                return 0, (inf if most == inf else (1 << int(most).bit_length()) - 1)
            case arith.ShRSIOp() if p >= 0 and r >= 0:
                return 0, q
            case _:
                return ANYTHING


_RULES: dict[type[Operation], Callable[[_Question, Any, Any], Bounds]] = {
    arith.ConstantOp: _Question._of_constant,
    ten.IotaOp: _Question._of_place,
    ten.ArgmaxOp: _Question._of_place,
    ten.ArgminOp: _Question._of_place,
    ten.ArgsortOp: _Question._of_place,
    ten.IndexOp: _Question._of_first_or_0,
    ten.GatherOp: _Question._of_first_or_0,
    ten.PadOp: _Question._of_first_or_0,
    ten.UpdateOp: _Question._of_update,
    ten.ConcatOp: _Question._of_all,
    ten.StackOp: _Question._of_all,
    ten.BroadcastOp: _Question._of_first,
    ten.ReshapeOp: _Question._of_first,
    ten.TransposeOp: _Question._of_first,
    ten.SliceOp: _Question._of_slice,
    ten.ReverseOp: _Question._of_first,
    sharing.LetOp: _Question._of_first,
    sharing.ShareOp: _Question._of_first,
    delta.StopOp: _Question._of_first,
    ten.ReduceOp: _Question._of_reduction,
    ten.SumOp: _Question._of_sum,
    ten.CumsumOp: _Question._of_sum,
    ten.ScatterOp: _Question._of_sum,
    ten.ScanOp: _Question._of_scan,
    ten.WhileOp: _Question._of_while,
    scf.IfOp: _Question._of_if,
    arith.SelectOp: _Question._of_select,
    ten.SelectOp: _Question._of_select,
    arith.IndexCastOp: _Question._of_conversion,
    ten.CastOp: _Question._of_conversion,
    arith.ExtSIOp: _Question._of_conversion,
    arith.ExtUIOp: _Question._of_conversion,
    math.AbsIOp: _Question._of_absolute,
}
"""By the op's class: to try one class after the other takes long, and passes ask often."""


def _safe(low: float, high: float) -> Bounds:
    """Bounds of a result of arithmetic: beyond, the result may have wrapped."""
    return (low, high) if -SAFE < low and high < SAFE else ANYTHING


def _predicate(op: Operation) -> str:
    if isinstance(op, arith.CmpiOp):
        return arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
    assert isinstance(op, ten.CompareOp)
    return op.predicate.data


def _of_modulo(x: SSAValue, multiple: SSAValue) -> Bounds | None:
    """Bounds of x - ⌊x / n⌋ · n for a constant n: Python's x % n."""
    op = multiple.owner
    if not isinstance(op, arith.MuliOp):
        return None
    for quotient, by in (op.operands, reversed(op.operands)):
        n = _splat(by)
        division = quotient.owner
        if not n or not isinstance(division, arith.FloorDivSIOp):
            continue
        if division.lhs is x and _splat(division.rhs) == n:
            return (0, n - 1) if n > 0 else (n + 1, 0)
    return None


def _splat(value: SSAValue) -> int | None:
    while isinstance(value.owner, ten.BroadcastOp):
        value = value.owner.x
    number = types.constant_value(value)
    return int(number) if number is not None else None


def decided(predicate: str, a: SSAValue, b: SSAValue) -> bool | None:
    """What a comparison of integers gives everywhere, if the bounds of its operands decide it."""
    question = decided, predicate, a, b
    if question in (unknown := driver.unknown()):
        return None
    if (found := _decided(predicate, a, b)) is None:
        unknown.add(question)
    return found


def _decided(predicate: str, a: SSAValue, b: SSAValue) -> bool | None:
    p, q = bounds_of_elements(a)
    if (p, q) == ANYTHING:
        return None  # whatever b is
    r, s = bounds_of_elements(b)
    if predicate[0] == "u":
        if p < 0 or r < 0:
            return None
        predicate = "s" + predicate[1:]
    holds, fails = {
        "slt": (q < r, p >= s),
        "sle": (q <= r, p > s),
        "sgt": (p > s, q <= r),
        "sge": (p >= s, q < r),
        "eq": (p == q == r == s, q < r or p > s),
        "ne": (q < r or p > s, p == q == r == s),
    }[predicate]
    return True if holds else False if fails else None


__all__ = ["bounds_of_elements", "decided", "note_bounds"]
