"""Lists of lists, dicts and objects, with an index that traced values decide."""

from __future__ import annotations

import heapq
from collections import deque

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.3, 2.0, -1.0, 1.2])
MATRIX = np.array([[0.1, 2.0, -1.0], [1.5, -0.3, 0.8], [-2.0, 0.7, 1.1]])
NEIGHBOURS = [[1, 2], [3], [3, 0, 1], []]


def an_item(x):
    rows = [[1.0, 2.0], [3.0, x[0]], [x[1], 5.0]]
    k = int(np.argmax(x)) % 3
    return rows[k][1] * x[2] + sum(rows[k - 1])


def writes_show_in_the_right_row(x):
    rows = [[1.0, 2.0], [3.0, x[0]], [x[1], 5.0]]
    k = int(np.argmax(x)) % 3
    rows[k][1] = 9.0 * x[3]
    row = rows[k]
    row[0] += 1
    rows[0][1] += x[2]
    return [v for r in [*rows, row] for v in r]


def rows_that_swap(x):
    rows = [[1.0, 2.0], [3.0, x[0]], [x[1], 5.0]]
    first = rows[0]
    k = int(np.argmax(x)) % 3
    rows[0], rows[k] = rows[k], rows[0]
    rows[0][0] *= 2
    rows[k][1] += x[2]
    first[0] -= x[3]
    return [v for r in rows for v in r]


def elimination_with_pivots(a):
    rows = [[a[i, j] for j in range(len(a))] + [1.0] for i in range(len(a))]
    n = len(rows)
    for i in range(n):
        p = i
        for k in range(i + 1, n):
            if abs(rows[k][i]) > abs(rows[p][i]):
                p = k
        rows[i], rows[p] = rows[p], rows[i]
        for k in range(i + 1, n):
            f = rows[k][i] / rows[i][i]
            for j in range(i, n + 1):
                rows[k][j] -= f * rows[i][j]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        x[i] = (rows[i][n] - sum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x


def lengths_that_differ(x):
    k = int(np.argmax(x))
    return len(NEIGHBOURS[k]) * x[0] + sum(NEIGHBOURS[k - 1])


def breadth_first(x):
    dist = [-1] * 4
    start = 0 if x[0] > 0.5 else 2
    dist[start] = 0
    queue = deque([start])
    while queue:
        u = queue.popleft()
        for v in NEIGHBOURS[u]:
            if dist[v] < 0:
                dist[v] = dist[u] + 1
                queue.append(v)
    return dist


def shortest_ways(w):
    near = [[(j, abs(w[i, j])) for j in range(3) if j != i] for i in range(3)]
    best = [0.0, np.inf, np.inf]
    heap = [(0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        for v, length in near[u]:
            if d + length < best[v]:
                best[v] = d + length
                heapq.heappush(heap, (best[v], v))
    return best


def table_with_a_way_back(x):
    table = [[0] * 4 for _ in range(4)]
    for i in range(1, 4):
        for j in range(1, 4):
            if x[i] > x[j]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    i, j, way = 3, 3, []
    while i > 0 and j > 0:
        if x[i] > x[j]:
            way.append(i)
            i, j = i - 1, j - 1
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return len(way), sum(way[::-1])


def heap_under_a_condition(x):
    heap = [(0.5, 0)]
    heapq.heappop(heap)
    for k in range(4):
        if x[k] > 0:
            heapq.heappush(heap, (x[k], k))
    return heapq.heappop(heap)[0] * len(heap)


VALUES = [
    an_item, writes_show_in_the_right_row, rows_that_swap, lengths_that_differ, breadth_first,
    table_with_a_way_back, heap_under_a_condition,
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("fn", VALUES)
def test_values(fn):
    for x in (X, X[::-1].copy(), -X):
        check_value(fn, x)


@pytest.mark.parametrize("fn", [elimination_with_pivots, shortest_ways])
def test_values_of_matrices(fn):
    for a in (MATRIX, MATRIX[::-1].copy(), MATRIX.T.copy()):
        check_value(fn, a)
        check_gradient(fn, a)


@pytest.mark.parametrize("fn", [an_item, writes_show_in_the_right_row, rows_that_swap])
def test_gradients(fn):
    for x in (X, X[::-1].copy()):
        check_gradient(fn, x)


def test_no_write_is_lost():
    def appended(x):
        rows = [[1.0, 2.0], [3.0], [x[0], 5.0]]
        row = rows[int(np.argmax(x)) % 3]
        row.append(x[1])
        return sum(rows[0])

    def longer_in_place(x):
        rows = [[1.0, 2.0], [3.0], [x[0], 5.0]]
        row = rows[int(np.argmax(x)) % 3]
        row += [x[1]]
        return sum(rows[0])

    def read_before(x):
        rows = [[1.0, 2.0], [3.0], [x[0], 5.0]]
        row = rows[int(np.argmax(x)) % 3]
        rows[0].append(x[1])
        return sum(row)

    def item_of_unequal_rows(x):
        rows = [[1.0, 2.0], [3.0], [x[0], 5.0]]
        rows[int(np.argmax(x)) % 3][0] = x[1]
        return sum(rows[0])

    for fn in (appended, longer_in_place, read_before, item_of_unequal_rows):
        with pytest.raises(TypeError, match=r"test_lists_of_lists.py:\d+: "):
            lg.trace(lg.program(fn), X)


def flood(grid):
    grid = grid.copy()
    queue = deque()
    queue.append([1, 1])
    count = 0
    while queue:
        r, c = queue.popleft()
        if r < 0 or c < 0 or r >= 3 or c >= 3 or grid[r, c] < -0.5:
            continue
        grid[r, c] -= 5.0
        count += 1
        for step in [[0, 1], [1, 0], [0, -1], [-1, 0]]:
            queue.append([r + step[0], c + step[1]])
    return count, grid


def popped_lists_are_the_programs_own(x):
    stack = [[0, 1.0]]
    total = 0.0
    while stack:
        item = stack.pop()
        item[1] *= 2 * x[3]
        total += item[1]
        if item[0] < x[1] + 0.5:
            stack.append([item[0] + 1, item[1]])
    return total


def test_stacks_of_lists():
    check_value(flood, MATRIX)
    check_gradient(lambda a: flood(a)[1], MATRIX)
    check_value(popped_lists_are_the_programs_own, X)
    check_gradient(popped_lists_are_the_programs_own, X)


def test_no_write_to_a_list_in_a_stack_is_lost():
    def outside(x):
        stack, now = [], [0, 1.0]
        while len(stack) < x[1]:
            stack.append(now)
            now[1] += 1
        return stack[0][1]

    def inside(x):
        stack = [[0, x[0]]]
        while len(stack) < x[1]:
            stack.append([0, x[0]])
        stack[-1][1] = 5.0
        return stack.pop()[1]

    def in_a_loop(x):
        stack = [[0, x[0]]]
        while len(stack) < x[1]:
            stack.append([0, x[0]])
        for item in stack:
            item[1] = 5.0
        return stack.pop()[1]

    def other_items(x):
        stack = [[0, x[0]]]
        while len(stack) < x[1]:
            stack.append((0, x[0]))
        return stack.pop()[1]

    for fn in (outside, inside, in_a_loop, other_items):
        with pytest.raises((TypeError, ValueError), match=r"test_lists_of_lists.py:\d+: "):
            lg.trace(lg.program(fn), X)


def hull_area(points):
    points = sorted(points.tolist())

    def turn(o, a, b):
        return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])

    lower, upper = [], []
    for side, order in ((lower, points), (upper, points[::-1])):
        for p in order:
            while len(side) >= 2 and turn(side[-2], side[-1], p) <= 0:
                side.pop()
            side.append(p)
    hull = lower[:-1] + upper[:-1]
    area = 0.0
    for i in range(len(hull)):
        (x, y), (u, v) = hull[i], hull[(i + 1) % len(hull)]
        area += x * v - u * y
    return area / 2


def best_of_each_generation(x):
    pop = [[x[i], x[(i + 1) % 4]] for i in range(4)]
    for _ in range(5):
        ranked = sorted(pop, key=lambda p: p[0] ** 2 + p[1] ** 2)
        best = ranked[:2]
        pop = best + [[0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])] for a, b in zip(best, ranked[2:])]
    return pop[0]


def test_sorted_lists_of_lists():
    points = np.random.default_rng(0).standard_normal((6, 2))
    check_value(hull_area, points)
    check_gradient(hull_area, points)
    for x in (X, -X):
        check_value(best_of_each_generation, x)
        check_gradient(best_of_each_generation, x)


def test_no_write_to_a_sorted_list_is_lost():
    def to_a_result(x):
        rows = [[x[0], 0.5], [x[1], 1.5]]
        ordered = sorted(rows)
        ordered[0][0] = 7.0
        return rows[0][0]

    def to_an_item(x):
        rows = [[x[0], 0.5], [x[1], 1.5]]
        ordered = sorted(rows)
        rows[0][0] = 7.0
        return ordered[0][0]

    def in_place(x):
        rows = [[x[0], 0.5], [x[1], 1.5]]
        first = rows[0]
        rows.sort()
        first[1] = 100.0
        return rows[0][1]

    for fn in (to_a_result, to_an_item, in_place):
        with pytest.raises(TypeError, match=r"test_lists_of_lists.py:\d+: .*change a copy"):
            lg.trace(lg.program(fn), X)


# Buckets: the list that a traced value chooses gets an item.

V = np.array([0.6, -2.3, 1.4, 0.2, -1.7, 2.9])


def buckets(x):
    found = [[] for _ in range(3)]
    for v in x:
        found[int(abs(v))].append(v)
    found[np.argmin(x)].append(x[1])
    t = 0.0
    for k in range(3):
        t += (k + 1) * sum(found[k]) + len(found[k]) + max(found[k], default=0.0)
    return t


def long_buckets(x):
    found = [[], []]
    for j in range(40):
        v = x[j % len(x)] * (j + 0.13)
        found[-1 if v > 0.7 else 0].append((v, v * v))
    return sum(p * q for p, q in found[1]) + len(found[0])


def buckets_in_a_while(x):
    found, v, n = [[0.0], [1.0], [2.0]], x[2] * 0.97, 0
    while v < 40 and n < 30:
        found[n % 2 if v < 20 else 2].append(v)
        v *= 1.3
        n += 1
    return sum(found[0]) - sum(found[1]) + len(found[2])


def names_of_buckets(x):
    first = []
    found = [first, [], first]
    for v in x:
        found[int(abs(v))].append(v)
    return sum(first) * 2 + len(found[2]) + sum(found[1])


def one_of_two_names(x):
    above, below = [], []
    for v in x:
        (above if v > 0.3 else below).append(v * v)
    (above if len(x) > 3 else below).append(x[0])
    return sum(above) * len(below) + below[-1]


BUCKETS = [buckets, long_buckets, buckets_in_a_while, names_of_buckets, one_of_two_names]


@pytest.mark.parametrize("fn", BUCKETS)
def test_buckets(fn):
    check_value(fn, V, backends=("cpu", "numpy"))
    check_gradient(fn, V)


def test_buckets_are_one_loop():
    with lg.remarks() as found:
        lg.trace(lg.program(long_buckets), V)
    assert "unrolled" not in str(found)


@pytest.mark.parametrize("n", [3, 12])
def test_a_list_around_the_program_keeps_its_numbers(n):
    """Loops that only read the list gave it traced numbers, which had no value after the trace."""
    rows = [[0.1 * i - 0.05 * j for j in range(n + 2)] for i in range(n + 2)]
    before = [list(row) for row in rows]

    def fn(x):
        s = x
        for i in range(1, n + 1):
            for j in range(1, n + 1):
                s += rows[i + 1][j] * s
        return s

    assert lg.jit(lg.program(fn))(1.0) == pytest.approx(fn(1.0))
    assert rows == before
    assert all(type(v) is float for row in rows for v in row)
