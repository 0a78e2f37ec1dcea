"""`itertools.takewhile` and `dropwhile` under traced conditions, beside Python."""

from __future__ import annotations

import itertools
from itertools import dropwhile, takewhile

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.1, -2.0, 3.0, 0.45, -1.0])


def of_an_array(x):
    s = sum(v * v for v in dropwhile(lambda v: v > -1.5, x)) + sum(takewhile(lambda v: v > -2.5, x))
    found = list(takewhile(lambda v: v > -1.5, x))
    return s + len(found) * x[1] + found[0]


def in_a_for_statement(x):
    t = 0.0
    for k, v in takewhile(lambda pair: pair[1] < 2.5, enumerate(x)):
        t += (k + 1) * v
    for v in dropwhile(lambda v: v < 2.5, x):
        t = t * 0.5 + v
    return t


def of_all_and_none(x):
    none = sum(takewhile(lambda v: v > 100, x)) + sum(dropwhile(lambda v: v < 100, x))
    return none + sum(takewhile(lambda v: v < 100, x)) + sum(dropwhile(lambda v: v > 100, x))


def of_lists(x):
    items = [x[0], x[2] * 2, x[1], x[3]]
    s = sum(takewhile(lambda v: v > 0, items)) * 2 + sum(dropwhile(lambda v: v > 0, items))
    known = sum(takewhile(lambda v: v < 3, [1, 2, 3, 1])) + sum(
        dropwhile(lambda v: v < 3, (1, 3, 1))
    )
    return s + known * x[0] + len(list(takewhile(lambda k: x[k] > -1.5, range(5))))


def of_parts(x):
    s = sum(takewhile(lambda v: v > 0.7, x[x > 0]))
    s += sum(dropwhile(lambda v: v > 0.7, [v for v in x if v > 0]))
    return s + sum(
        i * v for i, v in takewhile(lambda p: p[0] < 3, zip(np.where(x > 0)[0], x[x > 0]))
    )


PROGRAMS = [of_an_array, in_a_for_statement, of_all_and_none, of_lists, of_parts]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("x", [X, np.abs(X) + 0.01], ids=["mixed", "positive"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_values_and_gradients(f, x):
    check_value(f, x, backends=("cpu", "numpy"))
    check_gradient(f, x)


def test_a_known_test_is_asked_as_often_as_in_python():
    asked = []

    @lg.program
    def f(x):
        def is_small(k):
            asked.append(k)
            return k < 2

        return x * sum(takewhile(is_small, [0, 1, 2, 3]))

    lg.trace(f, 1.0)
    assert asked == [0, 1, 2]


def test_numbers_without_an_end_are_an_error():
    def f(x):
        return sum(takewhile(lambda k: k * x[0] < 5, itertools.count()))

    with pytest.raises(TypeError, match=r"test_leading_items.py:\d+: "):
        lg.trace(lg.program(f), X)
