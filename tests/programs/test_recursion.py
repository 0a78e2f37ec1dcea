"""Functions that call themselves until a traced condition holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg
from letgrad.frontend.programs import recursion


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


def halved(v):
    if v < 0.5:
        return v
    return halved(v / 2) + 0.1 * v


def power(b, n):
    if n == 0:
        return 1.0
    if n % 2 == 0:
        return power(b * b, n // 2)
    return b * power(b, n - 1)


def gamma(z):
    """Lanczos' approximation, with the reflection of small numbers."""
    if z < 0.5:
        return math.pi / (math.sin(math.pi * z) * gamma(1 - z))
    z -= 1
    x = 1.000000000190015
    for k, c in enumerate((76.18009172947146, -86.50532032941677, 24.01409824083091)):
        x += c / (z + k + 1)
    t = z + 3.5
    return math.sqrt(2 * math.pi) * t ** (z + 0.5) * math.exp(-t) * x


def place(x, t):
    def search(low, high):
        if low >= high:
            return low
        middle = (low + high) // 2
        if x[middle] < t:
            return search(middle + 1, high)
        return search(low, middle)

    return search(0, len(x)) * t


class Doubling:
    def __init__(self, most):
        self.most = most

    def start(self, v):
        if v > self.most:
            return v
        return self.start(2 * v)


def doubled(v):
    return Doubling(5.0).start(v) + Doubling(3.0).start(v)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fn, args",
    [
        (gcd, (np.int64(1071), np.int64(462))),
        (gcd, (np.int64(5), np.int64(0))),
        (halved, (9.3,)),
        (halved, (0.2,)),
        (power, (1.3, np.int64(11))),
        (gamma, (2.7,)),
        (gamma, (0.2,)),
        (place, (np.arange(20.0), 7.5)),
        (place, (np.arange(20.0), 70.0)),
        (doubled, (1.3,)),
    ],
)
def test_recursion(fn, args):
    check_value(fn, *args)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "fn, args, wrt",
    [
        (halved, (9.3,), 0),
        (power, (1.3, np.int64(11)), 0),
        (gamma, (0.2,), 0),
        (doubled, (1.3,), 0),
    ],
)
def test_gradients(fn, args, wrt):
    check_gradient(fn, *args, argnums=(wrt,))


def test_recursion_to_a_known_depth():
    def factorial(x, n):
        return x if n == 0 else n * factorial(x, n - 1) / (n + 1)

    check_value(factorial, 2.0, 200)


def test_a_call_that_is_too_deep():
    program = lg.jit(lg.program(halved))
    assert program(2.0**20) == pytest.approx(halved(2.0**20))
    with pytest.raises(OverflowError, match=r"test_recursion\.py:\d+: the function halved calls"):
        program(2.0**200)


def test_no_condition_ends_the_recursion():
    def endless(v):
        if v > 0:
            return endless(v / 2)
        return endless(v + 1)

    with pytest.raises(RecursionError):
        lg.jit(lg.program(endless))(1.0)


def test_only_other_recursions_have_a_limit():
    """A function to a known depth, beside one with a traced condition."""

    def known(x, n):
        return x if n == 0 else np.sin(known(x, n - 1)) + n

    def both(x):
        total = known(x, 40) + halved(x)
        if x > 100:
            total = known(x, 3)
        return total

    check_value(both, 9.3)


def test_recursion_without_an_end_in_a_loop():
    def doubled(x):
        return doubled(x * 2) + 1

    def twice(x):
        return sum(twice(x + k) for k in range(2))

    def each(x):
        total = 0.0
        for _ in range(2):
            total += each(x + 1)
        return total

    def in_a_loop(x):
        total = 0.0
        for _ in range(10):
            total += doubled(x)
        return total

    def in_a_while(x):
        while x < 10:
            x += doubled(x)
        return x

    for fn in (in_a_loop, in_a_while, each, twice):
        with pytest.raises(RecursionError, match=r"test_recursion.py:\d+: .*write a loop"):
            lg.trace(lg.program(fn), 1.5)


def test_a_trace_of_very_many_calls_ends(monkeypatch):
    """A function that trains a decision tree was traced for minutes."""

    def leaves(v):
        if v < 1:
            return v
        return leaves(v / 2) + leaves(v / 3)

    check_value(leaves, 8.0)
    monkeypatch.setattr(recursion, "MOST_SECONDS", 0.0)
    with pytest.raises(
        RecursionError, match=r"test_recursion.py:\d+: the trace takes .* leaves calls itself"
    ):
        lg.trace(lg.program(leaves), 8.0)
