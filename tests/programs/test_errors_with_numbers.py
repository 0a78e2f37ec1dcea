"""
Errors that hold numbers which a condition or a loop computes, where a handler reads them.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

X = np.array([0.5, -1.0, 2.0, -0.3, 1.5])


class TooLarge(Exception):
    def __init__(self, value, *, limit):
        super().__init__(f"{value} is above {limit}")
        self.value, self.limit = value, limit


def in_the_try(x):
    total = 0.0
    for v in x:
        try:
            if v < 0:
                raise ValueError(2 * v, "negative")
            total += v
        except ValueError as e:
            double, what = e.args
            total -= 3 * double * len(what)
    return total


def in_a_function(x):
    def checked(v, limit):
        if v > limit:
            raise TooLarge(v * v, limit=limit)
        return v + 1

    out = np.zeros_like(x)
    for i, v in enumerate(x):
        try:
            out[i] = checked(v, 1.0)
        except TooLarge as e:
            out[i] = e.value - e.limit
    return out


def by_two_calls(x):
    def checked(v):
        if v < 0:
            raise ValueError(v * v)
        return v

    total = 0.0
    for i in range(len(x) - 1):
        try:
            total += checked(x[i]) + 2 * checked(x[i + 1])
        except ValueError as e:
            total -= e.args[0]
    return total


def two_places(x):
    total = 0.0
    for v in x:
        try:
            if v < 0:
                raise ValueError(3 * v)
            if v > 1:
                raise ValueError(v + 10)
            total += v
        except ValueError as e:
            total += e.args[0]
    return total


def out_of_a_loop(x):
    try:
        s = 0.0
        for k, v in enumerate(x):
            s += v * v
            if s > 4:
                raise StopIteration(s, k)
    except StopIteration as e:
        s = 10 * e.args[0] + e.args[1]
    return s


def again(x):
    total = 0.0
    for v in x:
        try:
            try:
                if v > 0:
                    raise ValueError(v + 1)
                total += 1
            except ValueError as e:
                if v > 1:
                    raise TypeError(e.args[0] * 2) from e
                total += e.args[0]
        except TypeError as t:
            total -= t.args[0]
    return total


PROGRAMS = in_the_try, in_a_function, by_two_calls, two_places, out_of_a_loop, again


@pytest.mark.sampled(4)
@pytest.mark.parametrize("n", [1, 2, 5, 20])
@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_values_and_gradients(fn, n):
    x = np.resize(X, n) + 0.01 * np.arange(n)
    check_value(fn, x, backends=("numpy", "cpu"))
    check_gradient(fn, x)
