"""
The test of a `while` that changes something: a turn runs it once, and so does the end of the loop.
A trace may have to run it more often, on known values and on traced ones.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


def counts_down(x):
    c = [3]

    def step():
        c[0] -= 1
        return c[0] >= 0

    t = 0.0
    k = 0
    while step():
        t += x[k]
        k += 1
    return t * 10 + k + c[0]


def counts_calls(x):
    c = [0]
    n = 0

    def more(v):
        c[0] += 1
        return v > 0.1 and c[0] < 20

    v = x[0]
    while more(v):
        v = v * 0.7
        n += 1
    return v + c[0] * 100 + n


def writes_to_an_array(x):
    c = np.zeros(1)

    def more(v):
        c[0] += v
        return v > 0.1

    v = x[0]
    while more(v):
        v = v * 0.7
    return v + c[0] * 100


class Counted:
    def __init__(s):
        s.n = 0
        s.log = []

    def go(s, v):
        s.n += 1
        s.log.append(s.n)
        return s.n < 6


def of_a_method(x):
    b = Counted()
    v = x[1]
    while b.go(v):
        v = v * x[0] + 1
    return v + b.n * 10 + sum(b.log)


def pops(x):
    b = [1, 2, 3, 0, 5]
    v = x[1]
    while b.pop(0):
        v = v * x[0] + 1
    return v + len(b) * 100


def nonlocal_number(x):
    n = 0

    def step():
        nonlocal n
        n += 1
        return n < 4

    v = x[1]
    while step():
        v = v * x[0] + n
    else:
        v = v + 1000
    return v + n * 100


def ends_by_break_or_not(x):
    n = 0

    def step(v):
        nonlocal n
        n += 1
        return v < 4

    v = x[1]
    while step(v):
        v = v * 1.3 + n
        if v > 3.5:
            break
    else:
        v = v + 1000
    return v + n * 100


def of_an_iterator(x):
    it = iter([1, 2, 3, 0, 7])
    v = x[0]
    while next(it) > 0:
        v = v * x[1] + 1
    return v + next(it)


class Damped:
    def __init__(s, v):
        s.v = v
        s.calls = 0

    def big(s):
        s.calls += 1
        s.v = s.v * 0.9
        return s.v > 0.05


def changes_an_attribute(x):
    a = Damped(x[0])
    t = 0.0
    while a.big():
        t = t + a.v
    return t + a.calls * 100


def in_another_loop(x):
    a = Damped(x[0])
    t = 0.0
    for i in range(3):
        a.v = x[i]
        while a.big():
            t = t + a.v
    return t + a.calls * 100


def in_front_of_and(x):
    a = Damped(x[0])
    t = 0.0
    while a.big() and t < 3:
        t = t + a.v
    return t + a.calls * 100


def in_front_of_or(x):
    a = Damped(x[0])
    t = 0.0
    while not a.big() or t < 1:
        t = t + a.v
        if t > 2:
            break
    return t + a.calls * 100


def appends(x):
    q = [0]
    t = 0.0

    def nxt():
        q.append(q[-1] + 1)
        return q[-1] < 30

    while nxt():
        t = t + x[q[-1] % 3] * q[-1]
    return t + len(q) * 100


def updates_a_buffer(x):
    buf = np.zeros(3)

    def upd():
        buf[:] = buf * 0.5 + x
        return np.sum(buf) < 5

    k = 0
    while upd():
        k += 1
        if k > 20:
            break
    return np.sum(buf) + k * 10


def draws(x):
    rng = lg.random.default_rng(3)
    t, n = (x[0], 0)
    while rng.uniform() < 0.8 and t < 50:
        t = t * x[1] + 1
        n += 1
    return t + n * 100 + rng.uniform()


def draws_from_an_argument(x, rng):
    t, n = (x[0], 0)
    while rng.uniform() < x[2] * 2:
        t = t * x[1] + 1
        n += 1
    return t + n * 100 + rng.uniform()


TESTS = [
    counts_down,
    counts_calls,
    writes_to_an_array,
    of_a_method,
    pops,
    nonlocal_number,
    ends_by_break_or_not,
    of_an_iterator,
    changes_an_attribute,
    in_another_loop,
    in_front_of_and,
    in_front_of_or,
    appends,
    updates_a_buffer,
    draws,
]
ARGUMENTS = [np.array([0.9, 0.5, 0.3]), np.array([1.2, 2.5, 0.7])]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("x", ARGUMENTS, ids=["small", "large"])
@pytest.mark.parametrize("fn", TESTS, ids=lambda f: f.__name__)
def test_a_turn_runs_the_test_once(fn, x):
    check_value(fn, x, backends=("numpy", "cpu"))
    check_gradient(fn, x)


def test_the_caller_sees_the_draw_that_ends_the_loop():
    x, given, wanted = (ARGUMENTS[0], lg.random.default_rng(1), lg.random.default_rng(1))
    found = lg.jit(lg.program(draws_from_an_argument))(x, given)
    np.testing.assert_allclose(found, draws_from_an_argument(x, wanted))
    np.testing.assert_array_equal(given.state, wanted.state)
