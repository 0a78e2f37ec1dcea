"""
Methods of the user's classes that builtins, comparisons and statements call have conditions on
traced values.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


class Part:
    """A number whose methods have conditions."""

    def __init__(self, x: Any):
        self.x = x

    def _sized(self) -> Any:
        if self.x < 0:
            return -2 * self.x
        return 3 * self.x

    def __abs__(self) -> Any:
        return self._sized()

    def __float__(self) -> float:
        return float(self._sized())

    def __int__(self) -> int:
        return int(self._sized())

    def __complex__(self) -> complex:
        return complex(self._sized(), 1.0)

    def __round__(self, digits: int = 0) -> Any:
        return self._sized() + digits

    def __floor__(self) -> Any:
        return self._sized() - 1

    def __ceil__(self) -> Any:
        return self._sized() + 1

    def __trunc__(self) -> Any:
        return self._sized() * 2

    def __bool__(self) -> bool:
        return bool(self._sized() > 2)

    def __lt__(self, other: Any) -> bool:
        return bool(self._sized() < getattr(other, "x", other))

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __eq__(self, other: object) -> bool:
        return bool(self._sized() == getattr(other, "x", other))

    def __contains__(self, item: Any) -> bool:
        return bool(self._sized() > item)

    def __iter__(self) -> Any:
        yield self._sized()
        yield self.x

    def __reversed__(self) -> Any:
        return [self.x, self._sized()]

    def __getitem__(self, k: int) -> Any:
        return self._sized() * k

    def __getattr__(self, name: str) -> Any:
        if name != "size":
            raise AttributeError(name)
        return self._sized()

    def __add__(self, other: Any) -> Part:
        return Part(self._sized() + getattr(other, "x", other))

    __radd__ = __add__

    def __enter__(self) -> Any:
        return self._sized()

    def __exit__(self, *error: Any) -> None:
        self.x = self._sized()


class Bounded:
    """Objects that only know whether they are less."""

    def __init__(self, low: Any):
        self.low = low

    def __lt__(self, other: Any) -> Any:
        if self.low > 1:
            return False
        return self.low < other.low


def held(x: Any) -> Any:
    part = Part(x)
    with part as size:
        size = size * 2
    return size + part.x


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "abs": lambda x: abs(Part(x)),
    "operator.abs": lambda x: operator.abs(Part(x)),
    "float": lambda x: float(Part(x)) * 2,
    "math.exp": lambda x: math.exp(Part(x)),
    "math.hypot": lambda x: math.hypot(Part(x), 1.0),
    "int": lambda x: int(Part(1.1 * x)) + x,
    "complex": lambda x: abs(complex(Part(x))),
    "round": lambda x: round(Part(x)) + round(Part(x), 2),
    "floor": lambda x: math.floor(Part(x)),
    "ceil": lambda x: math.ceil(Part(x)),
    "trunc": lambda x: math.trunc(Part(x)),
    "bool": lambda x: x if Part(x) else 5 * x,
    "not": lambda x: x if not Part(x) else 5 * x,
    "less": lambda x: x if Part(x) < Part(2.0) else 5 * x,
    "less than a number": lambda x: x if Part(x) < 2.0 else 5 * x,
    "more": lambda x: x if Part(2.0) > Part(x) else 5 * x,
    "not less": lambda x: x if Part(x) >= Part(2.0) else 5 * x,
    "reflected": lambda x: x if Bounded(x) > Bounded(0.5) else 5 * x,
    "operator.lt": lambda x: x if operator.lt(Part(x), Part(2.0)) else 5 * x,
    "equal": lambda x: x if Part(x) == Part(3 * x) else 5 * x,
    "unequal": lambda x: x if Part(x) != Part(3 * x) else 5 * x,
    "in": lambda x: x if 2.0 in Part(x) else 5 * x,
    "not in": lambda x: x if 2.0 not in Part(x) else 5 * x,
    "in a list": lambda x: x if Part(3 * x) in [Part(1.0), Part(x)] else 5 * x,
    "operator.contains": lambda x: x if operator.contains(Part(x), 2.0) else 5 * x,
    "operator.getitem": lambda x: operator.getitem(Part(x), 2),
    "sum of an object": lambda x: sum(Part(x)),
    "sum of objects": lambda x: sum([Part(x), Part(2 * x)]).x,
    "comprehension": lambda x: [2 * v for v in Part(x)],
    "list": lambda x: list(Part(x)),
    "next": lambda x: next(iter(Part(x))),
    "reversed": lambda x: [2 * v for v in reversed(Part(x))],
    "attribute": lambda x: Part(x).size,
    "getattr": lambda x: getattr(Part(x), "size"),  # noqa: B009
    "with": held,
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("x", [1.5, -0.5])
@pytest.mark.parametrize("name", PROGRAMS)
def test_methods_with_conditions(name: str, x: float):
    check_value(PROGRAMS[name], x)
    check_gradient(PROGRAMS[name], x)


def walked(x: Any) -> Any:
    total = 0.0
    for v in Part(x):
        total = 2 * total + v
    return total


def test_a_loop_over_an_object():
    for x in (1.5, -0.5):
        check_value(walked, x)
        check_gradient(walked, x)


class Wrong:
    def __init__(self, x: Any):
        self.x = x

    def __float__(self) -> Any:
        return "a text" if self.x is None else self.x

    def __bool__(self) -> bool:
        return self.x is None


def test_results_of_another_class_are_errors_as_in_python():
    with pytest.raises(TypeError, match="non-float"):
        lg.jit(lg.program(lambda x: x + float(Wrong(None))))(1.0)


def test_known_objects_have_known_truths():
    @lg.program
    def sized(x: Any) -> Any:
        return x[:1] if Wrong(None) else x

    assert lg.jit(sized)(np.ones(3)).shape == (1,)


def test_logarithms_to_a_base():
    for base in (2, 2.5):
        check_value(lambda x, base=base: math.log(x, base) + math.log(int(x) + 5, base), 3.7)
    check_value(lambda x, b: math.log(x, b), 3.7, 1.9)
    check_gradient(lambda x, b: math.log(x, b), 3.7, 1.9, argnums=(0, 1))


@pytest.mark.parametrize(("x", "base"), [(3.0, 2.0), (-3.0, 2.0), (3.0, 0.0), (3.0, 1.0)])
def test_errors_of_logarithms_to_a_base(x: float, base: float):
    def caught(x: Any, b: Any) -> Any:
        try:
            y = math.log(x, b)
        except ValueError:
            y = 10 * x
        except ZeroDivisionError:
            y = 20 * x
        return y

    check_value(caught, x, base)


def test_ranges_are_operands():
    check_value(lambda x: (x + range(3)) / range(1, 4) - range(0, 6, 2) * x, np.array([0.5, 2, 3]))
    check_value(lambda x: x > range(3), np.array([0.5, 0, 3]))
    check_gradient(lambda x: (range(1, 4) - x) * x, np.array([0.5, 2, 3]))


class Budget:
    def __init__(self, count):
        self.count = count

    def __bool__(self):
        self.count -= 1
        return self.count >= 0


def turns_of_a_budget(x):
    budget, total = Budget(3), 0.0
    if budget:
        total += x[0]
    if not budget:
        total += 100.0
    return total + (x[1] if budget else x[2]), budget.count


def test_a_known_truth_is_asked_once():
    """`__bool__` ran once for letgrad and once for Python."""
    check_value(turns_of_a_budget, np.arange(1.0, 5.0))
