"""State that a loop changes: views, rows, attributes, containers, variables of functions around."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value, copies

import letgrad as lg

pytestmark = pytest.mark.sampled(2)

A = np.arange(12.0).reshape(4, 3) / 7 + 0.3


def rows_in_place(a):
    for row in a:
        row *= 2
        row[0] = row[1] + 1
    return a


def rows_that_change(a):
    s = 0.0
    for k, row in enumerate(a):
        a[3, :] += row
        s += row.sum() * k
    return s, a


def backwards(a):
    for row in reversed(a):
        row -= a[0]
    return a


def zipped(a):
    b = np.zeros_like(a)
    for x, y in zip(a, b):
        y[:] = np.cumsum(x)
        x[1] = y[2]
    return a, b


def row_views(a):
    for i in range(a.shape[0]):
        row = a[i]
        row[1:] += row[0]
        column = a[:, 1]
        column[i] *= 0.5
    return a


def transposed(a):
    t = a.T
    for i in range(1, 3):
        t[i] += t[i - 1]
        a[0, i] = 0.25
    return t, a


def flat(a):
    x = a.reshape(-1)
    for i in range(1, x.shape[0]):
        x[i] += 0.5 * x[i - 1]
    return a


def pairs(a):
    state = (a[0], 0.0)
    for i in range(4):
        state = (np.sin(state[0]) + a[i], state[1] + a[i, 0])
    return state


def named(a):
    state = {"x": a[0], "v": np.zeros(3)}
    for _ in range(4):
        state = {"x": state["x"] + 0.1 * state["v"], "v": state["v"] - 0.1 * state["x"]}
    return state["x"], state["v"]


def entries(a):
    state = {"x": a[0], "v": np.zeros(3)}
    for _ in range(4):
        state["v"] = state["v"] - 0.1 * state["x"]
        state["x"] = state["x"] + 0.1 * state["v"]
    return state["x"], state["v"]


def listed(a):
    state = [a[0], a[1]]
    for i in range(4):
        state[0] = state[0] * state[1] + a[i]
    return state[0]


class Filter:
    def __init__(self, x):
        self.x = x
        self.count = 0

    def push(self, v):
        self.x = 0.5 * self.x + v
        self.count += 1
        return self.x


def objects(a):
    f = Filter(a[0])
    total = 0.0
    for i in range(4):
        total = total + f.push(a[i]) * f.count
    return total, f.x


def around(a):
    total = a[0] * 0
    count = 0

    def add(row):
        nonlocal total, count
        total = total + row
        count += 1

    for i in range(4):
        add(a[i] * i)
        if a[i, 0] > 0.8:
            count += 10
    return total, count


def forever(a):
    k = 0
    x = a[0]
    while True:
        x = x * 0.8 + a[1] * 0.1
        k += 1
        if x[0] < 0.35:
            break
        if k > 30:
            break
    return x, k


def tries(a):
    x = a[0]
    for i in range(4):
        try:
            x = x + a[i]
            if x[0] > 1:
                continue
            x = x * 2
        finally:
            x = x - 0.25
    return x


def returns_from_a_loop(a):
    for i in range(4):
        for j in range(3):
            if a[i, j] > 1.0:
                return a[i, j] * 10, i
    return a[0, 0], -1


def conditional_writes(a):
    for i in range(4):
        for j in range(3):
            if a[i, j] > 1:
                a[i, j] = 1 / a[i, j]
            elif i == j:
                a[i, j] += a[3, 2]
                continue
            if a[i, j] < 0.5:
                break
            a[i, 0] += 0.1
    return a


def masks(a):
    for k in range(3):
        a[a > 1.5 - 0.2 * k] *= 0.5
        a[1:][a[1:] < 0.4] = k
    return a


def fancy(a):
    order = np.array([2, 0, 1])
    for k in range(4):
        a[k] = a[k, order]
        a[k, order[1]] += order[k % 3]
    return a


def known_tables(a):
    table = np.zeros(5)
    table[2] = 3.0
    for k in range(4):
        table[k + 1] = table[k] + a[k, 0]
    return table


def last_value(a):
    for i in range(4):
        x = a[i] * i
        y = x.sum()
    return x, y, i


def comprehensions(a):
    for k in range(3):
        a = a * np.array([a[i, k] for i in range(4)])[:, None] + sum(v for v in a[0])
    return a


ALL = [
    rows_in_place, rows_that_change, backwards, zipped, row_views, transposed, flat, pairs, named,
    entries, listed, objects, around, forever, tries, returns_from_a_loop, conditional_writes,
    masks, fancy, known_tables, last_value, comprehensions,
]  # fmt: skip


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
def test_it_is_as_in_numpy(fn):
    check_value(fn, A, backends=("numpy", "cpu"))
    mine, theirs = copies([A])[0], copies([A])[0]
    lg.jit(lg.program(fn))(mine)
    fn(theirs)
    np.testing.assert_allclose(mine, theirs)


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
def test_its_gradient(fn):
    check_gradient(lambda a: fn(a), A)


def counter():
    count = 0

    def more():
        nonlocal count
        count += 1
        return count

    return more


TURNS = 0


def count_turn():
    global TURNS
    TURNS += 1
    return TURNS


def test_variables_of_other_functions_are_seen():
    def counts(a):
        more = counter()
        total = 0.0
        for i in range(4):
            total = total + a[i, 0] * more()
        return total

    check_value(counts, A)


def test_globals_of_called_functions_are_seen():
    def counts(a):
        global TURNS
        TURNS = 0
        total = 0.0
        for i in range(4):
            total = total + a[i, 0] * count_turn()
        return total

    check_value(counts, A)
