"""
The turns of a nest that change nothing, which its loops leave out.

A nest that updates a part of an array writes over the array, and stores an element that is already
there at each point outside of the part. A sum to a length adds 0 at each point from the length on.
The conditions of these choices are guards. If a guard compares an index of a loop with numbers that
are the same for all turns of this loop, the loop runs only where the guard lets it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerType
from xdsl.ir import BlockArgument, Operation, SSAValue

from ...dialects import kernel, ten, types
from .schedule import Schedule

SMALL = 1 << 31
"""Numbers below this one, of which no sum or product of a few wraps."""


@dataclass(frozen=True)
class Sum:
    """Loops times whole numbers, and values that are the same at all points, plus a constant."""

    loops: tuple[tuple[int, int], ...] = ()
    """Loops of the nest, each with its factor."""
    fixed: tuple[tuple[SSAValue, int], ...] = ()
    """Values, each with its factor."""
    constant: int = 0

    def plus(self, other: Sum, sign: int) -> Sum:
        return Sum(
            _joined(self.loops, other.loops, sign),
            _joined(self.fixed, other.fixed, sign),
            self.constant + sign * other.constant,
        )


def _joined(a: tuple, b: tuple, sign: int) -> tuple:
    total = dict(a)
    for x, c in b:
        total[x] = total.get(x, 0) + sign * c
    return tuple((x, c) for x, c in total.items() if c)


@dataclass(frozen=True)
class Limit:
    """
    The turns of a loop that a guard lets through: those from `begin` on, those before `end`, or
    `width` turns from `begin` on. The sums have no loop but those around this one.
    """

    loop: int
    begin: Sum | None
    end: Sum | None
    width: int = 0


@dataclass
class Guards:
    """The limits of the loops of a nest, and what the nest yields inside of them."""

    limits: list[Limit]
    value: SSAValue


def guards_of(schedule: Schedule, is_idle: Callable[[SSAValue], bool]) -> Guards | None:
    """
    The guards of a nest with one result, at which `is_idle` says that a yielded value changes
    nothing; None if there are none.
    """
    op = schedule.op
    if not isinstance(op, kernel.GenericOp) or len(op.yielded) != 1:
        return None
    limits: list[Limit] = []
    value = op.yielded[0]
    kept = None
    while isinstance(choice := value.owner, arith.SelectOp | ten.SelectOp):
        cond, yes, no = choice.operands
        if is_idle(no):
            found, rest = _limits(schedule, cond, True), yes
        elif is_idle(yes):
            found, rest = _limits(schedule, cond, False), no
        else:
            break
        if found is None:
            # The choice stays, and with it all that it chooses from.
            kept = kept or value
            found = []
        limits += found
        value = rest
    return Guards(limits, kept or value) if limits else None


def _limits(schedule: Schedule, cond: SSAValue, holds: bool) -> list[Limit] | None:
    """The limits where a condition holds, or does not hold; None if there are none so simple."""
    op = cond.owner
    if isinstance(op, arith.AndIOp if holds else arith.OrIOp):
        parts = [_limits(schedule, x, holds) for x in op.operands]
        return None if None in parts else [x for part in parts if part is not None for x in part]
    if not isinstance(op, arith.CmpiOp) or not _is_wide(op.lhs):
        return None
    name = arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
    if not holds:
        name = _OPPOSITE[name]
    a, b = _sum(schedule, op.lhs), _sum(schedule, op.rhs)
    if a is None or b is None:
        return None
    if name == "eq":
        return _window(schedule, a.plus(b, -1), Sum(constant=1), 0)
    if name in ("ult", "ule"):
        return _window(schedule, a, b, int(name == "ule"))
    if name in ("ugt", "uge"):
        return _window(schedule, b, a, int(name == "uge"))
    if name == "ne":
        return None
    # The comparison a < b of two sums that are as they are written, because none is modulo 2^64.
    if not (_is_exact(schedule, a) and _is_exact(schedule, b)):
        return None
    if name in ("sgt", "sge"):
        a, b = b, a
    return _below(schedule, a, b, int(name in ("sle", "sge")))


_OPPOSITE = {
    "eq": "ne", "ne": "eq", "slt": "sge", "sge": "slt", "sle": "sgt", "sgt": "sle",
    "ult": "uge", "uge": "ult", "ule": "ugt", "ugt": "ule",
}  # fmt: skip


def _window(schedule: Schedule, a: Sum, b: Sum, more: int) -> list[Limit] | None:
    """
    The limits of 0 ≤ a < b + more modulo 2^64, where b is a positive constant. For a sum of one
    index and a number, this holds for the same turns without the modulus.
    """
    width = b.constant + more
    if b.loops or b.fixed or not 0 < width < SMALL:
        return None
    loop = _innermost(schedule, a)
    if loop is None or abs(dict(a.loops)[loop]) != 1 or abs(a.constant) >= SMALL:
        return None
    rest = _without(a, loop)
    if dict(a.loops)[loop] == 1:
        return [Limit(loop, Sum().plus(rest, -1), None, width)] if _is_one(rest) else None
    # 0 ≤ rest - i < width
    begin = rest.plus(Sum(constant=width - 1), -1)
    return [Limit(loop, begin, None, width)] if _is_one(begin) else None


def _below(schedule: Schedule, a: Sum, b: Sum, more: int) -> list[Limit] | None:
    """The limits of a < b + more."""
    both = a.plus(b, -1)
    loop = _innermost(schedule, both)
    if loop is None or not _is_one(rest := _without(both, loop)):
        return None
    factor = dict(both.loops)[loop]
    if factor == 1:
        return [Limit(loop, None, Sum(constant=more).plus(rest, -1))]
    if factor == -1:
        return [Limit(loop, rest.plus(Sum(constant=1 - more), 1), None)]
    return None


def _is_one(x: Sum) -> bool:
    """Whether a sum is of one value and a constant, or of loops and a constant."""
    if x.fixed:
        return len(x.fixed) == 1 and not x.loops and abs(x.fixed[0][1]) == 1
    return True


def _without(x: Sum, loop: int) -> Sum:
    return Sum(tuple(pair for pair in x.loops if pair[0] != loop), x.fixed, x.constant)


def _innermost(schedule: Schedule, x: Sum) -> int | None:
    """The innermost of the loops of a sum, if it is a loop of the nest, and not joined."""
    order = {d: k for k, group in enumerate(schedule.loops) for d in group}
    loop = max((d for d, _ in x.loops), key=lambda d: order[d], default=None)
    if loop is None or loop < schedule.first or max(schedule.sizes) >= SMALL:
        return None
    joined = any(schedule.loops[order[d]] != [d] for d, _ in x.loops)
    return None if joined else loop


def _is_exact(schedule: Schedule, x: Sum) -> bool:
    """Whether a sum is no larger than a number with a sign: one value, or small loops."""
    small = sum(abs(c) * schedule.sizes[d] for d, c in x.loops) + abs(x.constant) < SMALL
    if not x.fixed:
        return small
    return not x.loops and not x.constant and x.fixed[0][1] == 1 and len(x.fixed) == 1


def _sum(schedule: Schedule, x: SSAValue) -> Sum | None:
    """An index as a sum; None if it is none."""
    if (form := schedule.forms.get(x)) is not None:
        loops = tuple((d, c) for d, c in enumerate(form[0]) if c)
        return Sum(loops, (), form[1])
    if _is_fixed(schedule, x):
        constant = types.constant_value(x)
        if isinstance(constant, int):
            return Sum(constant=constant)
        return Sum(fixed=((x, 1),))
    op = x.owner
    if isinstance(op, arith.IndexCastOp) and _is_wide(op.input) and _is_wide(x):
        return _sum(schedule, op.input)
    if isinstance(op, ten.CastOp) and _is_wide(op.x) and _is_wide(x):
        return _sum(schedule, op.x)
    if isinstance(op, arith.AddiOp | arith.SubiOp):
        a, b = _sum(schedule, op.lhs), _sum(schedule, op.rhs)
        if a is not None and b is not None:
            return a.plus(b, 1 if isinstance(op, arith.AddiOp) else -1)
    return None


def _is_wide(x: SSAValue) -> bool:
    """Whether a number is of 64 bits, so that sums of indices wrap as indices do."""
    return isinstance(x.type, IndexType) or (
        isinstance(x.type, IntegerType) and x.type.width.data == 64
    )


def _is_fixed(schedule: Schedule, x: SSAValue) -> bool:
    """Whether a value is the same at all points, and not read where the nest may write."""
    pending, seen = [x], set[SSAValue]()
    while pending:
        y = pending.pop()
        if y in seen:
            continue
        seen.add(y)
        if isinstance(y, BlockArgument):
            if y in schedule.args:
                return False
        elif isinstance(y.owner, Operation) and y.owner.parent is schedule.op.block:
            if isinstance(y.owner, kernel.LoadOp) and y.owner.t in schedule.written:
                return False
            pending.extend(y.owner.operands)
    return True


def points_of(schedule: Schedule, guards: Guards | None) -> int:
    """How often the body of a nest runs at most."""
    sizes = list(schedule.sizes)
    for x in guards.limits if guards else ():
        if x.width:
            sizes[x.loop] = min(sizes[x.loop], x.width)
    return prod(sizes)
