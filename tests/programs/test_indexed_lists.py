"""Lists of Python that a loop indexes by its counter."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

N = 20
X = np.random.default_rng(0).random(N)


def american_put(x):
    n = 30
    u = np.exp(0.2 * np.sqrt(1 / n))
    p = (np.exp(0.05 / n) - 1 / u) / (u - 1 / u)
    v = [max(1.05 - x[0] * u ** (2 * j - n), 0.0) for j in range(n + 1)]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            kept = np.exp(-0.05 / n) * (p * v[j + 1] + (1 - p) * v[j])
            v[j] = max(kept, 1.05 - x[0] * u ** (2 * j - i))
    return v[0]


def best_sum(x):
    best = [0.0] * (len(x) + 1)
    best[1] = x[0]
    for i in range(2, len(x) + 1):
        best[i] = max(best[i - 1], best[i - 2] + x[i - 1])
    return best[len(x)]


def edit_distance(x):
    a, b = x[:9], x[9:]
    m, n = len(a), len(b)
    d = [[0.0] * (n + 1) for _ in range(m + 1)]
    for i in range(m + 1):
        d[i][0] = 0.1 * i
    for j in range(n + 1):
        d[0][j] = 0.1 * j
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            cost = d[i - 1][j - 1] + abs(a[i - 1] - b[j - 1])
            d[i][j] = min(d[i - 1][j] + 0.1, d[i][j - 1] + 0.1, cost)
    return d[m][n]


def a_new_list_in_each_turn(x):
    u = list(x)
    for _ in range(30):
        new = u[:]
        for i in range(1, N - 1):
            new[i] = u[i] + 0.1 * (u[i + 1] - 2 * u[i] + u[i - 1])
        u = new
    return sum(a * a for a in u)


def lists_of_arrays(x):
    bodies = [[x[2 * i : 2 * i + 2], x[i : i + 2] * 0.1] for i in range(4)]
    for _ in range(20):
        for i in range(4):
            pull = np.zeros(2)
            for j in range(4):
                if i != j:
                    d = bodies[j][0] - bodies[i][0]
                    pull = pull + d / (np.sum(d * d) + 0.1) ** 1.5
            bodies[i][1] = bodies[i][1] + 0.01 * pull
        for i in range(4):
            bodies[i][0] = bodies[i][0] + 0.01 * bodies[i][1]
    return np.array(bodies)


def tuples(x):
    points = [(x[i], 0.0) for i in range(N)]
    for i in range(1, N):
        a, b = points[i - 1]
        points[i] = (points[i][0] + b, 0.1 * a * b + 1)
    return points


def tridiagonal(x):
    c, d, y = [0.0] * N, [0.0] * N, [0.0] * N
    c[0], d[0] = 1 / 4, x[0] / 4
    for i in range(1, N):
        m = 4 - c[i - 1]
        c[i], d[i] = 1 / m, (x[i] - d[i - 1]) / m
    y[N - 1] = d[N - 1]
    for i in range(N - 2, -1, -1):
        y[i] = d[i] - c[i] * y[i + 1]
    return np.array(y)


def cholesky_of_lists(x):
    a = np.outer(x, x) + N * np.eye(N)
    low = [[0.0] * N for _ in range(N)]
    for i in range(N):
        for j in range(i + 1):
            s = sum(low[i][k] * low[j][k] for k in range(j))
            low[i][j] = (a[i, i] - s) ** 0.5 if i == j else (a[i, j] - s) / low[j][j]
    return np.array(low)


def bubbles(x):
    v = list(x)
    for i in range(N):
        for j in range(N - i - 1):
            if v[j] > v[j + 1]:
                v[j], v[j + 1] = v[j + 1], v[j]
    return v


def insertions(x):
    v = list(x)
    for i in range(1, N):
        key, j = v[i], i - 1
        while j >= 0 and v[j] > key:
            v[j + 1] = v[j]
            j -= 1
        v[j + 1] = key
    return v


def until_a_condition(x):
    v, i = [1.0] * N, 1
    while i < N and v[i - 1] < 5:
        v[i] = v[i - 1] * 0.9 + x[i]
        i += 1
    return v[i - 1], v


def two_names(x):
    v = [0.0] * N
    w = v
    v[0] = x[0]
    for i in range(1, N):
        v[i] = 0.5 * w[i - 1] + x[i]
    return w


class Box:
    def __init__(self, v):
        self.v = v


def an_attribute(x):
    v = [a for a in x]
    box = Box(v)
    for i in range(1, N):
        box.v[i] = box.v[i] + v[i - 1]
        v[i] = v[i] * 0.5
    return box.v


def a_row_has_a_name(x):
    d = [[0.0] * N for _ in range(N)]
    row, last = d[3], d[-1]
    for i in range(1, N):
        for j in range(N):
            d[i][j] = d[i - 1][j - 1] * 0.5 + x[j]
            row[j] = row[j] + 1.0
    return row, last


def relax(v, i, x):
    if v[i - 1] + x[i] < v[i]:
        v[i] = v[i - 1] + x[i]


def a_function_writes(x):
    v = [np.inf] * N
    v[0] = 0.0
    for i in range(1, N):
        relax(v, i, x)
    return v


def a_break(x):
    v = [1.0] * N
    for i in range(1, N):
        if x[i] < 0.1:
            break
        v[i] = v[i - 1] + x[i]
    return v


def it_is_a_list(x):
    v, n = [0.0] * N, 0
    for i in range(N):
        if isinstance(v, list) and type(v) is list and v:
            n += len(v)
        v[i] = x[i] * n + sum(v[:3]) + max(v)
    return v


def negative_indices(x):
    v = [1.0] * N
    for i in range(N):
        v[-i - 1] = v[i] * x[i] + v[-1]
    return v


def ten_lists(x):
    a, b, c, d, e = ([0.5] * (N + 1) for _ in range(5))
    f, g, h, p, q = ([0.25] * (N + 1) for _ in range(5))
    for i in range(N):
        a[i + 1] = 0.5 * a[i] + x[i]
        b[i + 1] = 0.5 * b[i] + a[i] * x[i]
        c[i + 1] = 0.5 * c[i] + b[i]
        d[i + 1] = 0.5 * d[i] - c[i] * x[i]
        e[i + 1] = 0.5 * e[i] + d[i]
        f[i + 1] = 0.5 * f[i] - e[i]
        g[i + 1] = 0.5 * g[i] + f[i] * x[i]
        h[i + 1] = 0.5 * h[i] + g[i]
        p[i + 1] = 0.5 * p[i] - h[i]
        q[i + 1] = 0.5 * q[i] + p[i] * a[i]
    return a, f, q


def reads_in_a_while(x):
    """letgrad traced this loop again and again, without an end."""
    rows = [list(x) for _ in range(4)]
    total, k = x[0], 0
    while k < 9:
        k += 1
        if total > rows[0][k % 4]:
            continue
        total = total + 0.5 * rows[k % 4][-2]
    return total, rows


IN_ROWS = [
    american_put, best_sum, edit_distance, a_new_list_in_each_turn, lists_of_arrays, tuples,
    tridiagonal, cholesky_of_lists, bubbles, insertions, until_a_condition, two_names, an_attribute,
    a_row_has_a_name, a_function_writes, a_break, it_is_a_list, negative_indices, ten_lists,
]  # fmt: skip


def remarks(fn):
    with lg.remarks() as found:
        lg.trace(lg.program(fn), X)
    return str(found)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("fn", IN_ROWS)
def test_rows(fn):
    check_value(fn, X)
    check_gradient(fn, X)
    assert "unrolled" not in remarks(fn)


# Lists that have to stay lists: the arrays in them, or the lists, have other names.


def one_row_twice(x):
    d = [[0.0] * N] * 3
    for i in range(1, N):
        d[1][i] = d[0][i - 1] + x[i]
    return d


def items_that_are_views(x):
    y = x.copy().reshape(N, 1)
    rows = [y[i] for i in range(N)]
    for i in range(1, N):
        y[i] = y[i] + rows[i - 1]
    return rows[-1], sum(rows)


def items_that_change(x):
    rows = [x[i] * np.ones(2) for i in range(N)]
    for i in range(1, N):
        rows[i] += rows[i - 1]
    return rows


def one_array_in_all_places(x):
    rows, h = [np.zeros(2) for _ in range(N)], np.zeros(2)
    for i in range(N):
        h[0] = h[0] + x[i]
        rows[i] = h
    return rows


def a_write_behind_the_loop(x):
    rows, h = [np.zeros(2) for _ in range(N)], np.zeros(2)
    for i in range(N):
        h = h * 0.5 + x[i]
        rows[i] = h
    h[0] = 7.0
    return rows


def a_tuple_holds_it(x):
    v = [a for a in x]
    t = (v, 1)
    for i in range(1, N):
        v[i] = v[i] + t[0][i - 1]
    return t[0]


def one_list_or_another(x):
    a, b = [0.0] * N, [1.0] * N
    v = a if x[0] > 0.5 else b
    for i in range(1, N):
        v[i] = v[i - 1] + x[i]
    return a, b


def sizes(x):
    counts = [1 + k % 3 for k in range(N)]
    total = 0.0
    for i in range(N):
        total += np.sum(np.ones(counts[i])) * x[i]
    return total


def an_index_outside(x):
    v, total = [1.0] * N, 0.0
    for i in range(N + 5):
        try:
            total += v[i] * x[0]
        except IndexError:
            total += 1
    return total


def lists_that_swap(x):
    prev, cur = [0.0] * N, [0.0] * N
    for t in range(N):
        for j in range(1, N):
            cur[j] = max(cur[j - 1], prev[j - 1] + x[j] * x[t])
        prev, cur = cur, prev
    return prev, cur


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "fn",
    [
        one_row_twice, items_that_are_views, items_that_change, one_array_in_all_places,
        a_write_behind_the_loop, a_tuple_holds_it, one_list_or_another, sizes, an_index_outside,
        lists_that_swap, reads_in_a_while,
    ],
)  # fmt: skip
def test_lists_stay(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def ints_and_floats(x):
    c = [0] * N
    for i in range(1, N):
        c[i] = c[i - 1] + x[i]
    return c


def test_an_int_beside_floats_is_a_float():
    found = lg.jit(lg.program(ints_and_floats))(X)
    np.testing.assert_allclose(found, ints_and_floats(X))
    assert found[0].dtype == np.float64


def long(x):
    v = [0.0] * 500
    for _ in range(300):
        for i in range(1, 500):
            v[i] = 0.5 * v[i - 1] + 0.4 * v[i] + x[i % N]
    return v[-1]


def test_a_loop_of_many_turns_stays_a_loop():
    """150,000 turns, of which none is written on its own."""
    assert "unrolled" not in remarks(long)
    check_value(long, X)
