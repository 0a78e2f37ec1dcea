"""
Bounds of differences of integers that depend on the same values: i + 1 - max(i - 8, 0) is at most
9, whatever i is.

Both numbers are linear functions of the numbers of rows of loops, and of other values. What they
have in common cancels. A value that is the greater or the lesser of two is one after the other of
them.
"""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i64
from xdsl.ir import Operation, OpResult, SSAValue

from ....dialects import ten
from ...rewriting.lines_of_rows import Place, place_of
from .values import ANYTHING, SAFE, Bounds

CHOICES = 4
"""At most so many values are taken for the greater or the lesser of two, one inside of another."""

Find = Callable[[SSAValue], Bounds]
"""The bounds of an integer."""


def bounds_of_difference(a: SSAValue, b: SSAValue, find: Find) -> Bounds:
    """
    The bounds of a - b, as integers; `ANYTHING` if they have nothing in common, or if one of them
    is not known to be less than `SAFE`.

    Sums and products modulo 2^64 are those of integers where these are less than 2^63. So it is
    enough to know how large each linear function is whose value the program computes.
    """
    if a.type not in (i64, ten.index_type) or a.type != b.type:
        return ANYTHING
    x, y = place_of(a), place_of(b)
    together = x.plus(y, -1)
    cancels = len(together.steps) < len(x.steps.keys() | y.steps.keys())
    if not cancels and not any(_extremum(v) for v in together.steps):
        return ANYTHING
    if not _is_safe(x, find) or not _is_safe(y, find):
        return ANYTHING
    return _bounds(together, find, CHOICES)


def _bounds(place: Place, find: Find, choices: int) -> Bounds:
    """The bounds of a linear function."""
    for x, factor in place.steps.items() if choices else ():
        if (found := _extremum(x)) is None:
            continue
        is_greater, sides = found
        places = [place_of(side) for side in sides]
        if not all(_is_safe(p, find) for p in places):
            continue
        rest = Place(place.first, {y: f for y, f in place.steps.items() if y is not x})
        lows, highs = zip(*(_bounds(rest.plus(p, factor), find, choices - 1) for p in places))
        # A negative factor makes the least of the greatest.
        end = max if is_greater == (factor > 0) else min
        return end(lows), end(highs)
    # A float would round integers from 2^53 on.
    low: float = place.first
    high: float = place.first
    for x, factor in place.steps.items():
        ends = [factor * end for end in _of_leaf(x, find)]
        low, high = low + min(ends), high + max(ends)
    return low, high


def _is_safe(place: Place, find: Find) -> bool:
    """Whether a linear function is less than `SAFE`, and so the value of the program."""
    leaves = ((factor, _of_leaf(x, find)) for x, factor in place.steps.items())
    most = sum(max(abs(factor * low), abs(factor * high)) for factor, (low, high) in leaves)
    return abs(place.first) + most < SAFE


def _of_leaf(x: ten.ScanOp | SSAValue, find: Find) -> Bounds:
    return (0, max(x.trips - 1, 0)) if isinstance(x, ten.ScanOp) else find(x)


def _extremum(x: ten.ScanOp | SSAValue) -> tuple[bool, tuple[SSAValue, SSAValue]] | None:
    """The two values of which x is the greater one (true) or the lesser one (false)."""
    op = None if isinstance(x, ten.ScanOp) else x.owner
    match op:
        case arith.MaxSIOp() | arith.MinSIOp():
            return isinstance(op, arith.MaxSIOp), (op.lhs, op.rhs)
        case arith.SelectOp():
            return _chosen(op.cond, op.lhs, op.rhs)
        case scf.IfOp():
            assert isinstance(x, OpResult)
            yes, no = (_yielded(region.block.last_op, x.index) for region in op.regions)
            return None if yes is None or no is None else _chosen(op.cond, yes, no)
        case _:
            return None


def _yielded(last: Operation | None, k: int) -> SSAValue | None:
    return last.operands[k] if isinstance(last, scf.YieldOp) else None


def _chosen(
    cond: SSAValue, yes: SSAValue, no: SSAValue
) -> tuple[bool, tuple[SSAValue, SSAValue]] | None:
    """The values of  cond ? yes : no,  if the condition compares these two."""
    test = cond.owner
    if not isinstance(test, arith.CmpiOp) or test.lhs.type not in (i64, ten.index_type):
        return None
    predicate = arith.CMPI_COMPARISON_OPERATIONS[test.predicate.value.data]
    if predicate not in ("slt", "sle", "sgt", "sge"):
        return None
    sides = [place_of(x) for x in (yes, no)]
    compared = [place_of(x) for x in test.operands]
    takes_greater = predicate.startswith("sg")
    if sides == compared:
        return takes_greater, (yes, no)
    if sides == compared[::-1]:
        return not takes_greater, (yes, no)
    return None


__all__ = ["bounds_of_difference"]
