"""
Bounds and steps of slices that the program computes: their arithmetic, and the places that a slice
takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.ir import BlockArgument, OpResult

from ...passes.rewriting.remarks import missed
from .. import masked, tracing
from ..tracing import Array, Number, use
from ..user_code import as_python, located
from . import weak_numbers

Bound = int | Number

Bounds = tuple[Bound, Bound]


def difference(a: Bound, b: Bound) -> int | None:
    """a - b, if it is the same number in each run; None if it is not known."""
    return sum_of((1, a), (-1, b))


def sum_of(*terms: tuple[int, Bound]) -> int | None:
    """The sum of bounds times signs, if the traced parts of it cancel; None if they do not."""
    total, parts = _cancelled(terms)
    return None if parts else total


def unmatched(*terms: tuple[int, Bound]) -> list[Any]:
    """The traced parts of a sum that do not cancel."""
    return [root for _, root in _cancelled(terms)[1]]


def _cancelled(terms: Sequence[tuple[int, Bound]]) -> tuple[int, list[tuple[int, Any]]]:
    """The known part of a sum of bounds times signs, and the traced parts with their signs."""
    total = 0
    parts: list[tuple[int, Any]] = []
    for factor, bound in terms:
        if not isinstance(bound, Number):
            total += factor * int(bound)
            continue
        known = bound.root is not None
        sign, root = (factor * bound.sign, bound.root) if known else (factor, use(bound))
        total += factor * bound.offset if known else 0
        opposite = next((p for p in parts if p[0] == -sign and same_computation(p[1], root)), None)
        if opposite is None:
            parts.append((sign, root))
        else:
            parts.remove(opposite)
    return total, parts


range_of = weak_numbers.limits

MOST_OPS = 32
"""The comparison of two computations stops after this number of ops."""


def same_computation(a: Any, b: Any, depth: int = MOST_OPS) -> bool:
    """Whether two values come from the same computation."""
    if a is b:
        return True
    if not depth or not isinstance(a, OpResult) or not isinstance(b, OpResult):
        return False
    first, second = a.op, b.op
    return (
        type(first) is type(second)
        and a.index == b.index
        and not first.regions
        and first.properties == second.properties
        and first.attributes == second.attributes
        and a.type == b.type
        and len(first.operands) == len(second.operands)
        and all(same_computation(x, y, depth - 1) for x, y in zip(first.operands, second.operands))
    )


def _no_integer(x: Array) -> TypeError:
    # Python takes bools, and a traced bool may be one of Python.
    make = located if x.dtype.kind == "b" else as_python
    return make(TypeError, f"slice indices must be integers, not {x!r}")


def bound_of(x: Any, n: int, default: int) -> Bound:
    """A bound of a slice, counted from the start."""
    if x is None:
        return default
    if not isinstance(x, Array):
        k = int(x)
        return min(max(k + n if k < 0 else k, 0), n)
    if x.shape or x.dtype.kind not in "iu":
        raise _no_integer(x)
    number = x if isinstance(x, Number) else weak_numbers.number(x, int)
    low, high = range_of(number)
    if low >= 0:
        return number
    if high < 0 and low >= -n:
        return number + n
    behind = np.maximum(number + n, 0)
    return weak_numbers.number(np.where(number < 0, behind, number), int)


def is_moving(key: Any) -> bool:
    """Whether a key has a slice with a traced bound."""
    items = key if isinstance(key, tuple) else (key,)
    return any(
        isinstance(item, slice)
        and any(isinstance(b, Array) for b in (item.start, item.stop, item.step))
        for item in items
    )


@dataclass(frozen=True)
class Strided:
    """
    The places `start + k * step` for k below `count`, of an axis of which a slice takes no more
    than `most` places.
    """

    start: Bound
    count: Bound
    step: Bound
    most: int

    @staticmethod
    def of(item: slice, n: int) -> Strided:
        """
        A slice with a step, of an axis of n places. A step of 0, which NumPy refuses, takes none.

        Errors: `TypeError` for a step that is no integer.
        """
        step = item.step
        if isinstance(step, Array):
            if step.shape or step.dtype.kind not in "iu":
                raise _no_integer(step)
            step = step if isinstance(step, Number) else weak_numbers.number(step, int)
            low, high = range_of(step)
            if low >= 0:
                return Strided(*_upwards(item, n, step), step, n)
            if high <= 0:
                return Strided(*_downwards(item, n, -step), step, n)
            ways = _upwards(item, n, step), _downwards(item, n, -step)
            start, count = (
                weak_numbers.number(np.where(step > 0, up, down), int) for up, down in zip(*ways)
            )
            count.limits = 0, n
            return Strided(start, count, step, n)
        step = int(step)
        if step == 0:
            raise located(ValueError, "slice step cannot be zero")
        found = _upwards(item, n, step) if step > 0 else _downwards(item, n, -step)
        return Strided(*found, step, -(-n // abs(step)))

    def fixed(self) -> int | None:
        """The number of places, if it is known; None if not, or if they may leave the axis."""
        return self.count if isinstance(self.count, int) else None

    def at(self, k: Any) -> Any:
        return k * self.step + self.start

    def found(self, n: int) -> tuple[Any, Any]:
        """For each place of the axis: whether the slice takes it, and as which element."""
        places = np.arange(n) - self.start
        k = places // self.step
        taken = np.equal(k * self.step, places)
        taken = np.logical_and(taken, np.logical_and(k >= 0, np.less(k, self.count)))
        return taken, np.clip(k, 0, max(self.most - 1, 0))


def _upwards(item: slice, n: int, step: Bound) -> tuple[Bound, Bound]:
    """The first place of a slice with a positive step, and the number of its places."""
    start, stop = bound_of(item.start, n, 0), bound_of(item.stop, n, n)
    return start, _steps(start, smaller(stop, n), step, n)


def _downwards(item: slice, n: int, size: Bound) -> tuple[Bound, Bound]:
    """The same for the step `-size`. Such a slice may stop in front of the axis, at -1."""
    start, stop = (
        default if b is None else bound_of(b, n, 0) if _is_inside(b) else _before(b, n)
        for b, default in ((item.start, n - 1), (item.stop, -1))
    )
    start = smaller(start, n - 1)
    return start, _steps(stop, start, size, n)


def _is_inside(x: Any) -> bool:
    return isinstance(x, Array) and range_of(x)[0] >= 0


def _before(x: Any, n: int) -> Bound:
    """A bound counted from the start, and -1 for one in front of the axis."""
    if not isinstance(x, Array):
        return max(int(x) + n if x < 0 else int(x), -1)
    number = x if isinstance(x, Number) else weak_numbers.number(x, int)
    return weak_numbers.number(np.where(number < 0, np.maximum(number + n, -1), number), int)


def smaller(x: Bound, most: int) -> Bound:
    """The smaller one of a bound and a number."""
    if not isinstance(x, Number):
        return min(x, most)
    return x if range_of(x)[1] <= most else weak_numbers.number(np.minimum(x, most), int)


def _steps(low: Bound, high: Bound, size: Bound, n: int) -> Bound:
    """How many steps of this size, and the last one of any size, lead from `low` to `high`."""
    way = difference(high, low)
    way = high - low if way is None else way
    if isinstance(way, int) and isinstance(size, int):
        return max(-(-way // size), 0)
    count = weak_numbers.number(np.maximum((way + (size - 1)) // size, 0), int)
    count.limits = 0, n
    return count


# Two slices, and slices of slices.


def check_lengths(a: Bounds, b: Bounds) -> None:
    """
    Leaves out NumPy's check that two slices have the same length, or that one of them has the
    length 1.

    Errors: `TypeError` if the lengths do differ: the difference depends on one number, as in
            `x[:n] * x[n:]`, or on the turns of loops alone. letgrad then traces the turns one after
            the other, and knows the lengths.
    """
    roots = unmatched((1, a[1]), (-1, a[0]), (-1, b[1]), (1, b[0]))
    computed = [r for r in roots if not isinstance(r, BlockArgument)]
    if not any(not same_computation(r, computed[0]) for r in computed[1:]):
        raise unequal()

    def differ() -> Any:
        (m, n) = (bounds[1] - bounds[0] for bounds in (a, b))
        return np.not_equal(m, n) & np.not_equal(m, 1) & np.not_equal(n, 1)

    masked.check_raises(
        ValueError,
        "the function",
        "compare the bounds before",
        differ,
        "operands could not be broadcast together",
    )
    missed(
        "program",
        "check",
        tracing.location(),
        "letgrad does not know whether two slices with traced bounds have the same length, and a "
        "compiled program cannot raise: letgrad leaves the check out",
    )


def unequal() -> TypeError:
    return located(
        TypeError,
        "letgrad cannot tell that these slices with traced bounds have the same length; write the "
        "bounds in the same way, as in x[:n] and y[:n]",
    )


def inner_bounds(item: slice, start: Bound, stop: Bound) -> Bounds:
    """The bounds of a slice of a slice, which leaves the outer one nowhere."""
    first, last = inside(item.start, start, stop, start), inside(item.stop, start, stop, stop)
    if item.start is not None and not _from_start(item.start):
        first = weak_numbers.number(np.maximum(first, start), int)
    if item.stop is not None and not _from_end(item.stop):
        last = weak_numbers.number(np.minimum(last, stop), int)
    return first, last


def _from_start(x: Any) -> bool:
    return (range_of(x)[0] if isinstance(x, Array) else int(x)) >= 0


def _from_end(x: Any) -> bool:
    return (range_of(x)[1] if isinstance(x, Array) else int(x)) < 0


def inside(item: Any, start: Bound, stop: Bound, default: Bound) -> Any:
    """A place in a window as a place in its data."""
    if item is None:
        return default
    if isinstance(item, Array):
        if range_of(item if isinstance(item, Number) else weak_numbers.number(item, int))[0] < 0:
            return np.where(item < 0, stop + item, start + item)
        return start + item
    return stop + int(item) if int(item) < 0 else start + int(item)


def equal_lengths(a: Bounds, b: Bounds) -> bool:
    return sum_of((1, a[1]), (-1, a[0]), (-1, b[1]), (1, b[0])) == 0
