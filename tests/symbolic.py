"""
Letgrad's own index arithmetic on integers that are not known: functions that were written for
Python's integers are run on `Number`s, once for each way through them, and z3 says what holds of
the results for all integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import z3

SECONDS = 5


class Path:
    """One way through a function: what was decided, by `choices` as far as they go."""

    def __init__(self, given: list[Any], choices: list[bool]):
        self.conditions = list(given)
        self.choices = choices
        self.taken: list[bool] = []
        self.others: list[list[bool]] = []

    def decide(self, condition: Any) -> bool:
        if len(self.taken) < len(self.choices):
            chosen = self.choices[len(self.taken)]
        else:
            can = [_possible([*self.conditions, c]) for c in (condition, z3.Not(condition))]
            chosen = can[0]
            if all(can):
                self.others.append([*self.taken, False])
        self.taken.append(chosen)
        self.conditions.append(condition if chosen else z3.Not(condition))
        return chosen


def _possible(conditions: list[Any]) -> bool:
    return _solver(conditions).check() != z3.unsat


def _solver(conditions: list[Any]) -> z3.Solver:
    solver = z3.Solver()
    solver.set("timeout", SECONDS * 1000)
    solver.add(*conditions)
    return solver


_path: list[Path] = []


class Truth:
    """A condition; asked whether it holds, the path says."""

    def __init__(self, e: Any):
        self.e = e

    def __bool__(self) -> bool:
        e = z3.simplify(self.e)
        if z3.is_true(e) or z3.is_false(e):
            return z3.is_true(e)
        return _path[-1].decide(self.e)


def raw(x: Any) -> Any:
    """z3's expression for a number."""
    return x.e if isinstance(x, Number | Truth) else x


def infinite(x: Any) -> bool:
    return isinstance(x, float) and abs(x) == float("inf")


class Number:
    """An integer, as an expression of z3."""

    def __init__(self, e: Any):
        self.e = e

    def __add__(self, other: Any) -> Any:
        return other if infinite(other) else Number(self.e + raw(other))

    __radd__ = __add__

    def __neg__(self) -> Number:
        return Number(-self.e)

    def __sub__(self, other: Any) -> Any:
        return -other if infinite(other) else Number(self.e - raw(other))

    def __rsub__(self, other: Any) -> Any:
        return other if infinite(other) else Number(raw(other) - self.e)

    def __mul__(self, other: Any) -> Number:
        return Number(self.e * raw(other))

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Number:
        return Number(floor_divide(self.e, raw(other)))

    def __rfloordiv__(self, other: Any) -> Number:
        return Number(floor_divide(raw(other), self.e))

    def __mod__(self, other: Any) -> Number:
        return Number(self.e - raw(other) * floor_divide(self.e, raw(other)))

    def __abs__(self) -> Number:
        return Number(z3.If(self.e >= 0, self.e, -self.e))

    def __lt__(self, other: Any) -> Any:
        return other > 0 if infinite(other) else Truth(self.e < raw(other))

    def __le__(self, other: Any) -> Any:
        return other > 0 if infinite(other) else Truth(self.e <= raw(other))

    def __gt__(self, other: Any) -> Any:
        return other < 0 if infinite(other) else Truth(self.e > raw(other))

    def __ge__(self, other: Any) -> Any:
        return other < 0 if infinite(other) else Truth(self.e >= raw(other))

    def __eq__(self, other: Any) -> Any:
        return isinstance(other, int | Number) and Truth(self.e == raw(other))

    def __ne__(self, other: Any) -> Any:
        return not isinstance(other, int | Number) or Truth(self.e != raw(other))

    def __hash__(self) -> int:
        return 0  # numbers that may be equal

    def __bool__(self) -> bool:
        return bool(self != 0)


class _Whole(type):
    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, int | Number)

    def __call__(cls, x: Any) -> Any:
        return x if isinstance(x, Number) else int(x)


class Whole(metaclass=_Whole):
    """Stands in for `int`: unknown numbers are integers, too."""


def floor_divide(a: Any, b: Any) -> Any:
    """Towards -∞, as Python's; z3's division leaves a remainder that is not negative."""
    if isinstance(b, int):
        if isinstance(a, int):
            return a // b
        return a / b if b > 0 else -a / -b
    return z3.If(b > 0, a / b, -a / -b)


def paths(fn: Callable[[], Any], *given: Any) -> Iterator[tuple[list[Any], Any]]:
    """What holds on each way through fn, if `given` does, and what it gives there."""
    pending: list[list[bool]] = [[]]
    while pending:
        path = Path(list(given), pending.pop())
        _path.append(path)
        try:
            result = fn()
            result = bool(result) if isinstance(result, Truth) else result
        finally:
            _path.pop()
        pending += path.others
        yield path.conditions, result


def counterexample(claim: Any, *given: Any) -> z3.ModelRef | None:
    """Integers for which what is given holds, and the claim does not. None: there are none."""
    solver = _solver([*given, z3.Not(claim)])
    answer = solver.check()
    if answer == z3.unknown:
        raise TimeoutError(f"undecided ({solver.reason_unknown()}): {claim}")
    return solver.model() if answer == z3.sat else None


def proved(claim: Any, *given: Any) -> None:
    """Fail unless the claim follows for all integers."""
    found = counterexample(claim, *given)
    assert found is None, f"{claim}\ndoes not hold for\n{found}"
