"""`lg.check` finds the op where numbers go wrong."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import letgrad as lg

DTYPES = (np.float16, np.float32, np.float64)


def root(x: Any) -> Any:
    y = np.sqrt(x)
    return np.sum(y)


def ratio(x: Any) -> Any:
    d = x - x
    return x / d


def line_of(fn: Any, text: str) -> int:
    lines, first = inspect.getsourcelines(fn)
    return first + next(k for k, line in enumerate(lines) if text in line)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_infinity_of_the_derivative(dtype: type) -> None:
    found = lg.check(root, np.array([4.0, 0.0], dtype))
    assert not found.ok and not found.in_function
    (finding,) = found.in_derivative
    assert finding.kind == "infinity" and finding.element == (1,)
    assert finding.place[:2] == (__file__, line_of(root, "np.sqrt"))
    assert finding.rules == ("linearize(math.sqrt)",)
    assert "arith.divf of" in str(found) and "0.0 makes an infinity at [1]" in str(found)
    assert found.value == 2.0


def test_a_nan_and_an_infinity_of_the_function() -> None:
    found = lg.check(ratio, np.array([1.0, 0.0]))
    assert [f.kind for f in found.in_function] == ["NaN", "infinity"]
    assert {f.place[1] for f in found.in_function} == {line_of(ratio, "x / d")}


def test_what_an_operand_brings_is_no_finding() -> None:
    assert lg.check(lambda x: x + 1, np.array([np.nan, np.inf])).ok
    assert lg.check(lambda x: x * x, 2.0).ok
    assert lg.check(lambda x: x * x)(np.zeros((0, 3))).ok


def test_an_index_outside() -> None:
    def rows(x: Any, i: Any) -> Any:
        return x[i]

    for index in (np.array([0, 5]), 5):
        found = lg.check(rows, np.ones(2), index)
        assert [f.kind for f in found.in_function] == ["index outside"]
        assert "uses the index [5] in an array of the shape [2]" in str(found)
    assert lg.check(rows, np.ones(2), np.array([0, 1])).ok


def test_an_integer_division_by_zero() -> None:
    found = lg.check(lambda n, m: n // m, np.array([4, 5]), np.array([2, 0]))
    (finding,) = found.findings
    assert finding.kind == "division by zero" and finding.operands == ("5", "0")


def test_the_step_of_a_loop() -> None:
    found = lg.check(lambda x: lg.fold(lambda c, t: np.log(c), x, np.arange(3)), 2.0)
    assert [f.kind for f in found.in_function] == ["NaN"]


def test_a_function_without_a_forward_derivative() -> None:
    @lg.custom_vjp
    def f(x: Any) -> Any:
        return np.log(x)

    f.defvjp(lambda x: (np.log(x), x), lambda x, ct: (ct / x,))
    assert not lg.check(f, 0.0).ok
    assert lg.check(f, 1.0).ok
    assert lg.check(lambda n: n + 1, 3).ok


def test_a_trace_has_no_numbers() -> None:
    with pytest.raises(TypeError, match="a trace has no numbers"):
        lg.jit(lambda x: lg.check(np.sin, x).value)(1.0)
