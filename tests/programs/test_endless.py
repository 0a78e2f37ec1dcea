"""Loops over `itertools.count`, tuples of traced values in `max` and `min`, and deques."""

from __future__ import annotations

import itertools
import math
from collections import deque

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.3, 1.4, 2.0])


def power_method(x):
    A = np.outer(x, x) + np.diag([1.0, 2.0, 4.0])
    v, old = np.ones(3), np.inf
    for turn in itertools.count():
        w = A @ v
        size = v @ w
        v = w / np.linalg.norm(w)
        if abs(size - old) < 1e-12 or turn >= 500:
            break
        old = size
    return size


def halved(x):
    for k in itertools.count(1, 2):
        x = x * 0.5 + 0.01 * k
        if x.sum() < 0.5:
            return x, k


def known(x):
    for k in itertools.count(2, 3):
        if k > 10:
            break
        x = x * k
    return x, k


def best_pair(x):
    value, place = max((x[k] * (3 - k), k) for k in range(3))
    least = min([(x[k], -k) for k in range(3)])
    return value * place, least


def window(x):
    last = deque([0.0] * 2, maxlen=2)
    total = 0.0
    for v in x:
        last.appendleft(v)
        total += np.array(last) @ np.array([1.0, 2.0]) + np.mean(last)
    return total, np.add(last, 1.0)


def of_math(x):
    return math.erf(x[0]), math.erfc(x[1]), math.gamma(x[1]), math.lgamma(x[2]), math.erf(0.3)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fn", [power_method, halved, known, best_pair, window, of_math])
def test_values_and_gradients(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def test_a_counter_is_one_loop():
    module = str(lg.trace(lg.program(power_method), X))
    assert module.count("ten.while") == 1


def test_a_traced_number_of_turns_that_changes_a_list():
    def grows(x):
        found = [v for v in x if v > 1]
        out = []
        for v in found:
            out.append(v)
            if v > 2:
                out.append(2 * v)
        return sum(out)

    check_value(grows, X, backends=("numpy",))
    out = []

    def grows(x):
        for v in [v for v in x if v > 1]:
            out.append(v)
        return sum(out)

    with pytest.raises(TypeError, match=r"test_endless.py:\d+: the body changes a Python list"):
        lg.jit(lg.program(grows))(X)


def least_of_a_list(x):
    costs = [np.sum((x - k) ** 2) for k in range(3)]
    steps = [x * k for k in range(3)]
    pairs = [(k, x[k]) for k in range(3)]
    best = min(range(3), key=lambda k: pairs[k][1])
    return costs[np.argmin(costs)], steps[np.argmin(costs)], pairs[best][0] * pairs[best][1]


def test_an_item_of_a_list_by_a_traced_place():
    check_value(least_of_a_list, X)
    check_gradient(least_of_a_list, X)


def test_a_write_to_an_item_by_a_traced_place_is_an_error():
    def writes(x):
        steps = [x * k for k in range(3)]
        best = steps[np.argmax(x)]
        best += 1
        return steps[0]

    with pytest.raises(ValueError, match=r"test_endless.py:\d+: .*write to x.copy\(\)"):
        lg.jit(lg.program(writes))(X)
