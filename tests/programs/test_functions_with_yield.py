"""Functions with `yield`: their statements without `yield` run as those of other functions."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([3.1, 1.2, 2.3, 5.4, 4.2, 6.7])


def a_condition_beside_the_yield(x):
    def scaled(v):
        for a in v:
            if a > 2.5:
                b = a * 2
            else:
                b = -a
            yield b

    return sum(scaled(x))


def a_while_of_each_item(x):
    def roots(v):
        for a in v:
            g = 1.0
            while abs(g * g - a) > 1e-9:
                g = 0.5 * (g + a / g)
            yield g

    total = 0.0
    for k, r in enumerate(roots(x)):
        total = total + r * k
    return total


def an_endless_one(x):
    def largest(y):
        y = y.copy()
        while True:
            k = int(np.argmax(y))
            if y[k] > 4:
                y[k] = 0.5 * y[k]
            elif y[k] > 2:
                y[k] -= 1
            yield y[k]

    items = largest(x)
    return next(items) + 2 * next(items) + 3 * next(items)


def checks_and_a_loop_that_breaks(x):
    def once(v):
        assert v[0] > 0
        t = v.sum()
        if t < 0:
            raise ValueError("no")
        with np.errstate(invalid="ignore"):
            if t > 3:
                t = t / 2
                for _ in range(10):
                    if t < 1:
                        break
                    t = t * 0.8
        yield t, v

    for a, b in once(x):
        return a * b


def jumps_of_python(x):
    def some(n):
        k = 0
        while k < n:
            if k % 2:
                k += 1
                continue
            if k > 4:
                return
            m = 0.0
            for j in range(len(x)):
                if x[j] > k:
                    m += x[j]
                    continue
                m -= 1
            yield m
            k += 1

    return sum(some(9))


def an_inner_function_assigns(x):
    def powers():
        t = 1.0

        def double():
            nonlocal t
            if x[0] > 1:
                t = t * 2

        for _ in range(3):
            double()
            yield t * x[1]

    return sum(powers())


def behind_the_last_item(x):
    def positive():
        try:
            for v in x:
                w = v if v > 2 else 0.0
                if v > 5:
                    w = w * v
                yield w
        finally:
            if x[1] < 3:
                x[0] = 1

    return sum(positive()) + x[0]


@pytest.mark.parametrize(
    "fn",
    [
        a_condition_beside_the_yield, a_while_of_each_item, an_endless_one,
        checks_and_a_loop_that_breaks, jumps_of_python, an_inner_function_assigns,
        behind_the_last_item,
    ],
)  # fmt: skip
def test_conditions_beside_the_yield(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def chosen_items(x):
    def positive(v):
        for a in v:
            if a > 2:
                yield a

    return sum(positive(x))


def an_early_end(x):
    def some():
        if x[0] > 2:
            return
        yield 1.0

    return sum(some())


@pytest.mark.parametrize("fn", [chosen_items, an_early_end])
def test_a_condition_that_decides_the_items_is_an_error(fn):
    with pytest.raises(TypeError, match=r"test_functions_with_yield.py:\d+: .* append the items"):
        lg.jit(lg.program(fn))(X)
