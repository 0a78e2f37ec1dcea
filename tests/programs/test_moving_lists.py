"""Stacks, queues and sets whose lengths depend on traced values, beside Python."""

from __future__ import annotations

import heapq
from collections import deque

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

GRID = np.array([[0, 0, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0]])
X = np.array([0.4, -1.2, 0.9, 0.1, 2.0])
W = np.array(
    [[9.0, 0.4, 2.0, 9.0], [0.4, 9.0, 0.3, 1.5], [2.0, 0.3, 9.0, 0.2], [9.0, 1.5, 0.2, 9.0]]
)


def flood(grid, i0, j0):
    g, old, n = grid.copy(), grid[i0, j0], 0
    stack = [(i0, j0)]
    while stack:
        i, j = stack.pop()
        if i < 0 or j < 0 or i >= g.shape[0] or j >= g.shape[1] or g[i, j] != old:
            continue
        g[i, j] = 7
        n += 1
        for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            stack.append((i + di, j + dj))
    return g, n


def breadth_first(grid, i0, j0):
    h, w = grid.shape
    distance = -np.ones(grid.shape, dtype=int)
    distance[i0, j0] = 0
    queue = deque([(i0, j0)])
    while len(queue) > 0:
        i, j = queue.popleft()
        for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            a, b = i + di, j + dj
            if 0 <= a < h and 0 <= b < w and grid[a, b] == 0 and distance[a, b] < 0:
                distance[a, b] = distance[i, j] + 1
                queue.append((a, b))
    return distance


def hull_area(points):
    order = np.argsort(points[:, 0])

    def half(places):
        out = []
        for k in places:
            p = points[k]
            while len(out) >= 2:
                a, b = out[-2], out[-1]
                if (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0:
                    break
                out.pop()
            out.append(p)
        return out

    area = 0.0
    for side in (half(order), half(order[::-1])):
        for k in range(len(side) - 1):
            area += side[k][0] * side[k + 1][1] - side[k + 1][0] * side[k][1]
    return area / 2


def runs(x):
    values, lengths = [], []
    i = 0
    while i < len(x):
        j = i
        while j < len(x) and x[j] == x[i]:
            j += 1
        values.append(x[i])
        lengths.append(j - i)
        i = j
    return len(values), sum(v * n for v, n in zip(values, lengths)), lengths[0], lengths[-1]


def cheapest(weights):
    n = len(weights)
    distance = np.full(n, np.inf)
    distance[0] = 0.0
    heap, done = [(0.0, 0)], set()
    while heap:
        d, u = heapq.heappop(heap)
        if u in done:
            continue
        done.add(u)
        for v in range(n):
            if d + weights[u, v] < distance[v]:
                distance[v] = d + weights[u, v]
                heapq.heappush(heap, (distance[v], v))
    return distance, len(done)


def on_the_way(demand):
    stock, cost, orders = 5.0, 0.0, []
    for day, d in enumerate(demand):
        stock += sum(q for t, q in orders if t == day)
        orders = [(t, q) for t, q in orders if t > day]
        stock = max(stock - d, 0.0)
        if stock < 3 and not orders:
            orders.append((day + 2, 4.0 + 0.1 * d))
        cost += stock
    return cost, len(orders)


class Tasks:
    def __init__(self):
        self.items = []
        self.total = 0.0

    def push(self, v):
        self.items.append(v)

    @property
    def empty(self):
        return len(self.items) == 0

    def take(self):
        v = self.items.pop()
        self.total = self.total + v
        return v


def split(x):
    tasks, n = Tasks(), 0
    tasks.push(1.1 * x[4])  # no number that the conditions name
    while not tasks.empty:
        v = tasks.take()
        n += 1
        if v > 0.3:
            tasks.push(v * 0.5)
        if v > 1:
            tasks.push(v * 0.25)
    return tasks.total, n


PROGRAMS = {
    "split": (split, (X,)),
    "flood": (flood, (GRID, 0, 0)),
    "breadth_first": (breadth_first, (GRID, 0, 0)),
    "runs": (runs, (np.array([2, 2, 0, 1, 1, 1, 2]),)),
    "cheapest": (cheapest, (W,)),
    "on_the_way": (on_the_way, (np.abs(X),)),
}


def reckoned(x, ops):
    """Items are taken before letgrad sees that a turn appends one."""
    stack = []
    for k in range(len(x)):
        if ops[k] == 1:
            a = stack.pop()
            stack.append(a + stack.pop())
        elif ops[k] == 2:
            stack[-1] = stack[-1] * stack.pop(-2)
        else:
            stack.append(x[k])
    return stack.pop()


def united(x):
    """`and` of a list whose items a condition chose."""
    ends = []
    for k in np.argsort(x):
        if ends and x[k] <= ends[-1][1] + 0.5:
            low, high = ends.pop()
            ends.append((low, max(high, x[k])))
        else:
            ends.append((x[k], x[k]))
    return sum(b - a for a, b in ends) + len(ends)


def inserted(x):
    items = []
    for v in x:
        k = 0
        while k < len(items) and items[k] < v:
            k += 1
        items.insert(k, v)
        if v < 0:
            items.insert(-1, 0.1 * v)
    return sum(k * v for k, v in enumerate(items))


def chosen_places(x):
    items, total = list(x), 0.0
    while items:
        k = 0
        for j in range(1, len(items)):
            if items[j] < items[k]:
                k = j
        total = 0.5 * total + items.pop(k)
    return total


def greatest(x):
    heap, least = [], 0.0
    for v in x:
        if len(heap) < 3:
            heapq.heappush(heap, v)
        elif v > heap[0]:
            least += heapq.heapreplace(heap, v)
        else:
            least += heapq.heappushpop(heap, 2 * v)
    return sum(heap) * heap[0] + least


NEW = (united, inserted, chosen_places, greatest)


@pytest.mark.parametrize("fn", NEW)
def test_where_items_go_and_come_from(fn):
    check_value(fn, X, backends=("numpy",))
    check_value(fn, -X, backends=("numpy",))


@pytest.mark.slow
@pytest.mark.parametrize("fn", NEW)
def test_gradients_of_these(fn):
    check_gradient(fn, X)


def test_an_item_of_a_list_that_is_empty_yet():
    ops = np.array([0, 0, 0, 1, 0, 2, 1])
    check_value(reckoned, np.arange(7) + 0.5, ops, backends=("numpy",))
    check_gradient(lambda x: reckoned(x, ops), np.arange(7) + 0.5)


def test_no_trace_depends_on_an_earlier_one():
    """The items kept the dtype of the call before."""

    @lg.program
    def last(x):
        stack = []
        for v in x:
            if v > 0:
                stack.append(v)
            elif stack:
                stack.pop()
        return stack[-1]

    f = lg.jit(last, backend="numpy")
    assert f(X).dtype == np.float64
    assert f(X.astype(np.float32)).dtype == np.float32


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", PROGRAMS)
def test_values(name):
    fn, args = PROGRAMS[name]
    check_value(fn, *args)


@pytest.mark.slow
def test_a_stack_in_derivatives():
    points = np.random.default_rng(2).random((7, 2))
    check_value(hull_area, points)
    check_gradient(hull_area, points)
    check_gradient(on_the_way, np.abs(X))
    check_gradient(split, X)


def popped(x):
    stack = [x[0]]
    for v in x[1:]:
        while stack and stack[-1] < v:
            stack.pop()
        stack.append(2 * v)
    stack[0] = stack[0] * 3
    return stack[0], stack[-1], len(stack)


def test_a_stack():
    check_value(popped, X, backends=("numpy",))
    check_gradient(popped, X)


def filled(x):
    k, stack = 0.0, []
    while k < x[0]:
        stack.append(k)
        k += 1
    return len(stack)


def test_more_items_than_places():
    assert lg.jit(lg.program(filled))(np.array([200.0])) == 200
    with pytest.raises(OverflowError, match=r"test_moving_lists.py:\d+: .* more than 256 items"):
        lg.jit(lg.program(filled))(np.array([300.0]))
    assert lg.jit(lg.program(most_items=400)(filled))(np.array([300.0])) == 300


def test_what_such_a_list_cannot_do():
    def inner(x):
        stack = [{"a": x[0], "b": 1}]
        while len(stack) < x[1]:
            stack.append({"a": x[0], "b": 2})
            if x[0] > 3:
                stack.pop()
        return len(stack)

    def written(x):
        row = x * 2
        stack = [row]
        while len(stack) < x[1]:
            stack.append(row)
        row[0] = 1.0
        return stack[0][0]

    def part(x):
        stack = [x]
        while len(stack) < x[1]:
            stack.append(x * 2)
        stack[-1][0] = 1.0
        return stack[0][0]

    for fn, error, said in (
        (inner, TypeError, "keep lists, dicts and objects in it"),
        (written, ValueError, "append x.copy"),
        (part, ValueError, "write to x.copy"),
    ):
        with pytest.raises(error, match=rf"test_moving_lists.py:\d+: .*{said}"):
            lg.trace(lg.program(fn), X)


def printing(x):
    a = x.copy()
    n = np.argmax(x) + 2
    while n > 0:
        n -= 1
        if n < 2:
            for j in range(n, 3):
                a[j] = a[j] * a[n]
            if n > 1000:
                lg.debug_print("{}", n)
    return np.sum(a)


@pytest.mark.slow
def test_the_derivative_of_a_call_in_nested_loops():
    """The count of the calls was replaced by the counts of all turns."""
    check_gradient(printing, X)


def shortest_paths(near, cost, start):
    dist = [np.inf] * 4
    dist[0] = 0
    heap = [(0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        if d > dist[u]:
            continue
        for e in range(2):
            v = near[u, e]
            way = d + cost[u, e]
            if way < dist[v]:
                dist[v] = way
                heapq.heappush(heap, (way, v))
    return dist, dist[start], [0, 2.5, True][start]


@pytest.mark.parametrize("kind", [int, float])
def test_items_of_unlike_number_types_have_their_common_dtype(kind):
    near = np.array([[1, 2], [3, 3], [1, 3], [3, 3]])
    cost = np.array([[4, 1], [1, 1], [2, 5], [0, 0]], dtype=kind)
    for start in range(3):
        args = near, cost, np.int64(start)
        (dist, one, item), expected = (
            lg.jit(lg.program(shortest_paths))(*args),
            shortest_paths(*args),
        )
        assert (dist, one, item) == expected
        # A traced number decides whether the first item is the int 0 of Python.
        assert dist[0].dtype == kind and one.dtype == item.dtype == np.float64


def children_in_an_inner_loop(x):
    stack, total = [x[0]], 0.0
    while len(stack) > 0:
        u = stack.pop()
        total += u
        for k in range(2):
            if u > 0.1:
                stack.append((0.3 + 0.01 * k) * u)
    return total


def level_by_level(x):
    """`frontier` holds lists of two places."""
    frontier, total = [(x[0], 0)], 0.0
    while frontier:
        following = []
        for u, depth in frontier:
            for k in range(2):
                if u > 0.1:
                    following.append((0.5 * u - 0.01 * k, depth + 1))
                    total += u * depth
        frontier = following
    return total


def levels_of_a_graph(x):
    n = len(x)
    level = [-1] * n
    level[0] = 0
    frontier = [0]
    while frontier:
        following = []
        for u in frontier:
            for v in range(n):
                if x[u] + x[v] > 0.8 and level[v] < 0:
                    level[v] = level[u] + 1
                    following.append(v)
        frontier = following
    return sum(k * v for k, v in zip(level, x)), max(level)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("fn", [children_in_an_inner_loop, level_by_level, levels_of_a_graph])
@pytest.mark.parametrize("x", [[0.57, 0.9, 0.31, 0.02], [0.04, 0.83, 0.61, 0.8]])
def test_lists_in_loops_inside_of_a_while(fn, x):
    """Each was an error about Moving.columns, or about the structure of `frontier`."""
    check_value(fn, np.array(x), backends=("numpy",))
    check_gradient(fn, np.array(x))


def queue_of_chosen_items(x):
    queue = deque(i for i in range(len(x)) if x[i] > 0)
    total, k = 0.0, 0
    while queue:
        i = queue.popleft()
        total += x[i] * (k + 1)
        k += 1
        if k < 5 and i % 2:
            queue.append(i - 1)
    return total, k


def deque_of_a_list(x):
    above = [v for v in x if v > 0]
    queue = deque(above)
    queue.append(1.0)
    queue.appendleft(2.0)
    total = 0.0
    for k, v in enumerate(queue):
        total += k * v
    return total, len(above), len(queue), queue[0], len(deque([v for v in x if v > 1]))


def methods_of_a_chosen_list(x):
    above = [v for v in x if v > 0]
    above.insert(0, 3.0)
    above.append(4.0)
    above.remove(3.0)
    last = above[-1]
    size = len(above)
    above.clear()
    return last, size, len(above)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 20])
@pytest.mark.parametrize("fn", [queue_of_chosen_items, deque_of_a_list, methods_of_a_chosen_list])
def test_queues_of_items_that_a_condition_chose(fn, n):
    x = np.random.default_rng(n).standard_normal(n)
    check_value(fn, x)


def test_derivatives_of_queues_of_chosen_items():
    x = np.random.default_rng(1).standard_normal(7)
    check_gradient(lambda x: queue_of_chosen_items(x)[0], x)


def a_heap_of_a_list(x):
    """The first item of the list is no least one before `heapify`."""
    items = []
    while len(items) < 5 and x[len(items)] < 100:
        items.append(x[len(items)])
    first = items[0]
    heapq.heapify(items)
    return first, heapq.heappop(items), items[0]


def a_write_to_the_least_item(x):
    heap, total = [], 0.0
    for v in x:
        if v > 0:
            heapq.heappush(heap, v)
    heap[0] = x[0] * 3
    heapq.heapify(heap)
    while heap:
        total = 0.5 * total + heapq.heappop(heap)
    return total


def the_least_item_by_pop(x):
    heap = []
    for v in x:
        if v > 0:
            heapq.heappush(heap, v)
    least = heap.pop(0)
    heapq.heapify(heap)
    return least, heap[0], len(heap)


@pytest.mark.parametrize("fn", [a_heap_of_a_list, a_write_to_the_least_item, the_least_item_by_pop])
def test_the_first_item_of_a_heap(fn):
    check_value(fn, np.array([3.0, 1.0, -2.0, 4.0, 0.5, -1.0, 2.0]))
