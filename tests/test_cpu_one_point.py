"""
Steps of loops over single elements: branches around rare operands change no value, and numbers that
a loop waits for stay apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import machine

NUMBERS = [
    0.0, -0.0, 0.4, -0.4, 0.99, -0.99, 1.0, 2.9, 6.0, 6.99, 7.0, -1.0, -3.5, -7.0, -7.9, -8.0, 1e5,
    -1e5, 2.0**31 - 1, 2.0**31, -(2.0**31), -(2.0**31) - 1, 2.0**62, 2.0**63, -(2.0**63), 2.0**64,
    1e30, -1e30, np.inf, -np.inf, np.nan, -np.nan, 5e-324,
]  # fmt: skip
"""Floats whose integers are inside, outside, and beyond the limits of integers."""


def both(f: Callable[..., Any], *args: Any) -> None:
    """Compare machine code with the reference, bit for bit."""
    found = lg.jit(f, backend="cpu")(*args)
    expected = lg.jit(f, backend="numpy")(*args)
    for x, y in zip(np.atleast_1d(found), np.atleast_1d(expected), strict=True):
        assert x.tobytes() == y.tobytes()


def texts(f: Callable[..., Any], *args: Any) -> str:
    """The texts of all modules that a first call compiles."""
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LETGRAD_CACHE", "0")
        compiled = machine._compiled
        patch.setattr(
            machine, "_compiled", lambda t, faster: (seen.append(t), compiled(t, faster))[1]
        )
        lg.jit(f, backend="cpu")(*args)
    return "".join(seen)


@pytest.mark.parametrize("source", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("target", [np.int64, np.int32, np.int16, np.int8])
def test_conversions_saturate(source: Any, target: Any) -> None:
    """Each step converts one number: the sum of the step before goes on, so no vector may."""

    def f(x: Any) -> Any:
        def step(total: Any, v: Any) -> Any:
            number = (v * 1).astype(target)
            return total * 3 + number, number

        return lg.scan(step, np.zeros((), target), x)

    with np.errstate(over="ignore"):
        x = np.array(NUMBERS).astype(source)
    for k in (0, 1):
        both(lambda x, k=k: f(x)[k], x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_indices_of_conversions(dtype: Any) -> None:
    """Adds to elements that a float chooses. An index below 0 counts from the end."""

    def f(x: Any, w: Any) -> Any:
        def step(out: Any, row: Any) -> Any:
            place, weight = row
            out = out.copy()
            out[(place * 1).astype(np.int64)] += weight * weight + out[0]
            return out, None

        return lg.scan(step, np.zeros(7, dtype), (x, w))[0]

    x = np.array(NUMBERS).astype(dtype)
    both(f, x, np.arange(len(x), dtype=dtype))


@pytest.mark.parametrize("n", [1, 7])
def test_indices_of_integers(n: int) -> None:
    places = np.array([0, n - 1, -1, -n, n, -n - 1, 2**62, -(2**62), 2**63 - 1, -(2**63), 0])

    def f(places: Any, w: Any) -> Any:
        def step(out: Any, row: Any) -> Any:
            place, weight = row
            out = out.copy()
            out[place] += weight + out[-1]
            return out, out[place]

        return lg.scan(step, np.ones(n), (places, w))

    for k in (0, 1):
        both(lambda *a, k=k: f(*a)[k], places, np.arange(11.0))


def test_a_histogram_has_the_short_code() -> None:
    """The usual index needs one comparison with the size, and none of the limits of integers."""

    @lg.program
    def histogram(x: Any) -> Any:
        out = np.zeros(50)
        for i in range(x.shape[0]):
            out[int(x[i] * 50)] += x[i]
        return out

    text = texts(histogram, np.linspace(0, 0.99, 3000))
    assert "fptosi.sat" in text
    assert ("x86.sse2.cvttsd2si64" in text) == bool(machine.vector_functions())
    assert "icmp ult i64" in text and "branch_weights" in text


def prey(step: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def f(a: Any, b: Any) -> Any:
        return sum(lg.fori_loop(0, 2000, lambda _, c: step(*c), (a, b)))

    return f


def numbers(a: Any, b: Any) -> Any:
    return a + 1e-3 * (1.1 * a - 0.4 * a * b), b + 1e-3 * (0.1 * a * b - 0.4 * b)


def test_numbers_that_a_loop_waits_for_stay_apart() -> None:
    f = prey(numbers)
    assert texts(f, 10.0, 5.0).count("noimplicitfloat") == 1
    a, b = 10.0, 5.0
    for _ in range(2000):
        a, b = numbers(a, b)
    assert lg.jit(f, backend="cpu")(10.0, 5.0) == a + b
    # The pullback has a loop forwards and one backwards.
    assert texts(lg.grad(f, argnums=(0, 1)), 10.0, 5.0).count("noimplicitfloat") == 2


def test_loops_that_do_not_wait_stay_as_they_are() -> None:
    """Arrays; numbers of the step before as they are; and work for which a loop does not wait."""

    def previous(a: Any, b: Any) -> Any:
        x = np.linspace(0, 1, 2000)
        return lg.scan(lambda c, v: (v, v * c), a, x)[1].sum() + b

    def much(a: Any, b: Any) -> Any:
        terms = [(a - 0.1 * k) * (b + 0.1 * k) for k in range(64)]
        while len(terms) > 1:
            terms = [x + y for x, y in zip(terms[::2], terms[1::2])]
        return 1e-9 * terms[0] + a, b * 0.5

    def pairs(x: Any) -> Any:
        return lg.fori_loop(0, 2000, lambda _, c: 1e-3 * c * c[::-1] + c, x)

    assert "noimplicitfloat" not in texts(previous, 0.5, 0.25)
    assert "noimplicitfloat" not in texts(prey(much), 0.5, 0.25)
    assert "noimplicitfloat" not in texts(pairs, np.array([0.5, 0.25]))
