"""Loops that append to lists of objects and dicts, under conditions, and that read these lists."""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.linspace(0.5, 1.5, 4)
N = 10


class Simulation:
    def __init__(self, x):
        self.x = x
        self.history = []

    def step(self):
        self.x = 0.9 * self.x + 0.01
        self.history.append(self.x.sum())


def of_an_object(x):
    simulation = Simulation(x)
    for _ in range(N):
        simulation.step()
    return np.array(simulation.history), simulation.x


def of_a_dict(x):
    found = defaultdict(list)
    for k in range(N):
        x = x * 0.9
        for name, value in (("x", x.copy()), ("sum", x.sum())):
            found[name].append(value)
        found["k"].append(k)
    return np.array(found["x"]) * np.array(found["sum"])[:, None], found["k"][-1]


def by_a_function(x):
    log = []

    def record(value):
        log.append(value)

    for _ in range(N):
        x = x * 0.9
        record(x[0])
    return np.array(log)


def behind_a_break(x):
    residuals = []
    for k in range(3 * N):
        x = x * 0.6
        residuals.append((k, np.linalg.norm(x)))
        if residuals[-1][1] < 0.01:
            break
    return x, sum(r for _, r in residuals), len(residuals)


def under_a_known_condition(x):
    kept, places = [], []
    for k in range(N):
        x = x * 0.9
        if k % 3 == 0:
            kept.append(x.sum())
            places.append(k)
    return np.array(kept), x[places[1]] + np.zeros(places[2])


def the_last_items(x):
    values = [1.0, 1.0]
    for k in range(2, N):
        values.append(0.5 * values[-1] + 0.2 * values[-2] + x[k % 4])
        x = x + 0.01 * sum(values[-2:])
    return np.array(values)


def the_length(x):
    history = []
    for _ in range(3 * N):
        x = x * 0.8
        history.append(x.sum())
        if len(history) > 5 and abs(history[-1] - history[-5]) < 0.2:
            break
    return history[-1], len(history)


def a_window(x):
    history, total = [], 0.0
    for k in range(3 * N):
        x = x * 0.9
        history.append(x[k % 4])
        if len(history) > 3:
            history.pop(0)
        total += sum(history) / len(history)
    return total


def a_deque(x):
    recent = deque(maxlen=3)
    for k in range(3 * N):
        recent.append(x * k)
        x = 0.9 * x + 0.01 * np.mean(recent, axis=0)
    return x


def two_loops(x):
    found = []
    for i in range(N):
        for j in range(N):
            if x[i % 4] * j > 4:
                break
            found.append(x[i % 4] * j)
    return sum(found)


def in_a_while(x):
    t, times, xs = 0.0, [], []
    while t < 1.0:
        x = 0.9 * x + 0.01 * t
        t += 0.07
        times.append(t)
        xs.append(x.copy())
    return np.array(times), np.array(xs)


def in_an_endless_loop(x):
    k, residuals = 0, []
    while True:
        x = x * 0.5
        residuals.append(np.linalg.norm(x))
        k += 1
        if k >= 3 * N or residuals[-1] < 1e-3:
            break
    return x, sum(residuals), k


def with_a_walrus(x):
    k, residuals = 0, []
    while (r := np.linalg.norm(x)) > 0.1 and k < 3 * N:
        x = x * 0.7
        k += 1
        residuals.append(r)
    return x, r, k, sum(residuals)


LOOPS = [
    of_an_object, of_a_dict, by_a_function, behind_a_break, under_a_known_condition, the_last_items,
    the_length, a_window, a_deque, two_loops, in_a_while, in_an_endless_loop, with_a_walrus,
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("fn", LOOPS, ids=lambda f: f.__name__)
def test_value_and_gradient(fn):
    check_value(fn, X, backends=("numpy",))
    check_gradient(fn, X)


@pytest.mark.parametrize("fn", LOOPS, ids=lambda f: f.__name__)
def test_is_one_loop(fn):
    with lg.remarks() as found:
        lg.trace(lg.program(fn), X)
    assert "unrolled" not in str(found)


def all_items(x):
    found = []
    for _ in range(N):
        x = x * 0.9
        found.append(x.sum())
        x = x + 0.01 * sum(found)
    return x


def in_front(x):
    found = []
    for k in range(N):
        found.insert(0, x * k)
    return np.array(found)


def a_list_of_lists(x):
    rows = []
    for k in range(N):
        row = [x[0] * k]
        rows.append(row)
        row.append(x[1])
    rows[2][0] = 7.0
    return np.array(rows)


@pytest.mark.parametrize("fn", [all_items, in_front, a_list_of_lists], ids=lambda f: f.__name__)
def test_other_uses_stay_right(fn):
    check_value(fn, X, backends=("numpy",))


def test_an_unknown_number_of_turns_is_an_error():
    found = []

    def f(x):
        while np.sum(x) > 0.1:
            x = x * 0.7
            found.append(np.sum(x))
        return sum(found)

    with pytest.raises(TypeError, match=r"test_growing_lists\.py:\d+: .* how many turns"):
        lg.trace(lg.program(f), X)


def test_a_while_of_known_numbers_is_a_loop_of_known_length():
    def f(x, n):
        k = 0
        while k < n:
            x = np.sin(x)
            k += 2
        return x

    module = str(lg.trace(lg.program(f), X, 19))
    assert "ten.scan" in module and "ten.while" not in module
    check_value(f, X, 19, backends=("numpy",))
