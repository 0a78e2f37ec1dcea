"""
Facts about integer scalars: numbers that are known, and numbers that a counted loop determines.

JAX computes the place of a row from the counter of a loop: it adds the size where the place is
negative, and compares. With these facts the conversion decides such comparisons, and it sees which
row the program reads.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import types
from .. import tracing
from ..tracing import Array


class Loop:
    """A counted loop whose body is being converted. `loop_rows.Frame` is such a loop."""

    trips: int


@dataclass(frozen=True)
class Affine:
    """offset + scale * k in turn k of a loop, or the number `offset` where there is no loop."""

    loop: Loop | None
    scale: int
    offset: int

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest of the numbers."""
        trips = 1 if self.loop is None else max(self.loop.trips, 1)
        ends = self.offset, self.offset + self.scale * (trips - 1)
        return min(ends), max(ends)


def _number(n: int) -> Affine:
    return Affine(None, 0, n)


def joined(a: Affine, b: Affine, sign: int) -> Affine | None:
    """a + b, or a - b for the sign -1; None if the numbers follow two loops."""
    if a.loop is not None and b.loop is not None and a.loop is not b.loop:
        return None
    scale = a.scale + sign * b.scale
    return Affine((a.loop or b.loop) if scale else None, scale, a.offset + sign * b.offset)


def times(a: Affine, b: Affine) -> Affine | None:
    """a * b; None if both numbers follow a loop."""
    if b.loop is not None:
        a, b = b, a
    if b.loop is not None:
        return None
    scale = a.scale * b.offset
    return Affine(a.loop if scale else None, scale, a.offset * b.offset)


def _least(a: Affine, b: Affine) -> Affine | None:
    if a.bounds[1] <= b.bounds[0]:
        return a
    return b if b.bounds[1] <= a.bounds[0] else None


def _greatest(a: Affine, b: Affine) -> Affine | None:
    if a.bounds[0] >= b.bounds[1]:
        return a
    return b if b.bounds[0] >= a.bounds[1] else None


def _clamped(low: Affine, x: Affine, high: Affine) -> Affine | None:
    above = _greatest(low, x)
    return None if above is None else _least(above, high)


_ARITHMETIC: dict[str, Callable[..., Affine | None]] = {
    "stablehlo.add": lambda a, b: joined(a, b, 1),
    "stablehlo.subtract": lambda a, b: joined(a, b, -1),
    "stablehlo.multiply": times,
    "stablehlo.negate": lambda a: joined(_number(0), a, -1),
    "stablehlo.maximum": _greatest,
    "stablehlo.minimum": _least,
    "stablehlo.clamp": _clamped,
}
_SAME = {"stablehlo.convert", "stablehlo.reshape", "stablehlo.optimization_barrier"}

_ORDERS = {
    "EQ": operator.eq, "NE": operator.ne, "LT": operator.lt, "LE": operator.le,
    "GT": operator.gt, "GE": operator.ge,
}  # fmt: skip


class Facts:
    """The facts about the values of one conversion."""

    def __init__(self) -> None:
        self.of: dict[SSAValue, Affine] = {}

    def get(self, x: Any) -> Affine | None:
        """The fact about an array; None if nothing is known."""
        if not isinstance(x, Array) or x.shape or x.dtype.kind not in "iub":
            return None
        found = self.of.get(x.value)
        if found is not None:
            return found
        number = types.constant_value(x.value)
        if number is None:
            return None
        if x.dtype.kind == "b":
            return _number(int(bool(number)))
        return _number(int(number) % (1 << 8 * x.itemsize) if x.dtype.kind == "u" else int(number))

    def number(self, x: Any) -> int | None:
        """The number that an array holds, if it is known."""
        fact = self.get(x)
        return fact.offset if fact is not None and fact.loop is None else None

    def known(self, call: Any, xs: Sequence[Any]) -> list[Array] | None:
        """The results of an op on scalars that the facts decide."""
        if len(call.op.results) != 1 or not xs or any(_is_wide(x) for x in xs):
            return None
        if call.name == "stablehlo.compare":
            answer = self._compared(call, xs)
            return None if answer is None else [tracing.constant(np.bool_(answer))]
        if call.name == "stablehlo.select":
            mask = self.number(xs[0])
            return None if mask is None else [xs[1] if mask else xs[2]]
        fact = self._computed(call, xs)
        if fact is None or fact.loop is not None:
            return None
        return [tracing.constant(np.asarray(fact.offset, call.kind()[1]))]

    def note(self, call: Any, xs: Sequence[Any], given: Sequence[Any]) -> None:
        """Remember the fact about the result of an op on scalars."""
        if len(given) != 1 or not isinstance(given[0], Array) or any(_is_wide(x) for x in xs):
            return
        fact = self._computed(call, xs)
        if fact is not None and fact.loop is not None:
            self.of[given[0].value] = fact

    def _compared(self, call: Any, xs: Sequence[Any]) -> bool | None:
        a, b = map(self.get, xs)
        if a is None or b is None:
            return None
        compare = _ORDERS[call.word("comparison_direction")]
        if a == b:
            return bool(compare(0, 0))
        (a_low, a_high), (b_low, b_high) = a.bounds, b.bounds
        if a_low == a_high and b_low == b_high:
            return bool(compare(a_low, b_low))
        if a_high < b_low or b_high < a_low:  # The numbers never meet, so one answer is for all.
            return bool(compare(a_low, b_low))
        if a_high == b_low and call.word("comparison_direction") in ("LE", "GT"):
            return bool(compare(a_low, b_low))
        if b_high == a_low and call.word("comparison_direction") in ("LT", "GE"):
            return bool(compare(a_low, b_low))
        return None

    def _computed(self, call: Any, xs: Sequence[Any]) -> Affine | None:
        facts = [self.get(x) for x in xs]
        if any(f is None for f in facts) or not facts:
            return None
        shape, dtype = call.kind()
        if shape or dtype.kind not in "iu":
            return None
        if any(x.dtype.kind not in "iu" for x in xs):
            return None
        if call.name in _SAME:
            fact = facts[0]
        elif (rule := _ARITHMETIC.get(call.name)) is not None:
            fact = rule(*facts)
        else:
            return None
        if fact is None:
            return None
        limits = np.iinfo(dtype)
        low, high = fact.bounds
        # A number that the type cannot hold wraps, and then the fact is another one.
        return fact if limits.min <= low and high <= limits.max else None


def _is_wide(x: Any) -> bool:
    return not isinstance(x, Array) or bool(x.shape)
