"""
Known arrays, ranges and sets beside traced values: their methods and operators, and `in`.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

KNOWN = np.arange(12.0).reshape(4, 3) / 7


def methods_of_a_known_array(x):
    """The methods were errors, which said to write np.dot(KNOWN, …)."""
    first = x > np.sort(x)[0]
    return (
        KNOWN.dot(x), KNOWN.T.dot(KNOWN.dot(x)), KNOWN.take(np.argmax(x), axis=1),
        KNOWN.compress(first, axis=1).sum(), KNOWN.mean(where=first), KNOWN.sum(initial=x[0]),
        KNOWN.clip(0.2, x[1]), KNOWN[0].searchsorted(x), KNOWN.max(axis=0, initial=x[2]),
    )  # fmt: skip


def ranges(x):
    """Arrays take ranges as operands, as they take lists."""
    n = len(x)
    y = x + range(n)
    y *= range(1, n + 1)
    return (
        y, range(n) + x, x - range(n), range(n) - x, x / range(1, n + 1), x ** range(n),
        x @ range(n), range(n) @ x, x < range(n), np.hypot(x, range(n)), x[0] * range(n),
    )  # fmt: skip


def in_sets(x):
    """Which of the items are equal does not matter for the question."""
    total = 0.0
    for k in range(1, len(x)):
        if x[k] not in {x[k - 1], x[0]}:
            total += x[k] ** 2
        if x[k] in {1.0, x[0]}:
            total -= 3 * x[k]
    return total, 2.0 in {x[0], x[1]}, (x[0], x[1]) in {(x[1], x[2]), (1.0, 2.0)}


@pytest.mark.parametrize("fn", [methods_of_a_known_array, ranges])
def test_known_operands(fn):
    for numbers in ([0.5, 1.5, 2.5], [3.0, 0.2, 1.0]):
        x = np.array(numbers)
        check_value(fn, x, backends=("cpu", "numpy"))
        check_gradient(fn, x)


def test_traced_items_of_sets():
    for numbers in ([1.0, 2.0, 2.0, 1.0, 3.0], [0.5, 0.5, 1.0, 2.0], [2.0, 1.0, 2.0]):
        check_value(in_sets, np.array(numbers), backends=("cpu", "numpy"))
    check_gradient(in_sets, np.array([0.5, 1.5, 2.5, 3.5]))


def compared_sets(x):
    places, total = set(range(len(x))), 0.0
    if places == {0, 1, 2}:
        total += x[0]
    if places != {0, 1}:
        total += 10 * x[1]
    if places <= {0, 1, 2, 3}:
        total += 100 * x[0]
    return total + (x[1] if 0 in places == {0, 1, 2} else 1000.0)


def test_sets_are_compared_as_sets():
    """`places == {0, 1}` compared a set with a list."""
    for n in (2, 3):
        check_value(compared_sets, np.arange(1.0, 1.0 + n), backends=("cpu",))


def test_the_number_of_items_of_a_set_of_traced_numbers_is_an_error():
    """The error had no place."""

    def count(x):
        return len({x[0], x[1]})

    def of_numbers(a, b):
        return len({a, b})

    for fn, args in (count, (np.ones(2),)), (of_numbers, (1.0, 2.0)):
        with pytest.raises(TypeError, match=r"test_known_operands.py:\d+: .*items of a set"):
            lg.jit(lg.program(fn))(*args)


def test_methods_that_write_to_a_known_array_stay_errors():
    def fills(x):
        KNOWN.fill(x[0])
        return KNOWN.sum()

    with pytest.raises(TypeError, match=r"test_known_operands.py:\d+: "):
        lg.jit(lg.program(fills))(np.ones(2))
    np.testing.assert_array_equal(KNOWN, np.arange(12.0).reshape(4, 3) / 7)
