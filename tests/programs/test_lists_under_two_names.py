"""
Lists whose lengths depend on values, and their items, that the program knows by two names.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, 2, -1, 3, 4, -2, -3, 0.5, 2, -1])


def added_in_place(x):
    near = [v for v in x if v > 0]
    other = near
    near += [x[0]]
    return sum(other) + 0.0, len(other)


def added_to_an_item(x):
    near = [v for v in x if v > 0]
    held = {"near": near}
    held["near"] += [x[0]]
    return sum(near) + 0.0, len(near)


def added_in_a_function(x):
    def more(items, new):
        items += new
        return items

    near = [v for v in x if v > 0]
    other = more(near, [x[0]])
    other.append(x[1])
    return sum(near) + 0.0, len(near)


def a_known_list_gets_chosen_items(x):
    known = [x[0]]
    other = known
    known += [v for v in x if v > 0]
    known.extend(v for v in x[:4] if v > 0)
    return sum(other) + 0.0, len(other)


def a_list_gets_itself(x):
    near = [v for v in x[:3] if v > 0]
    other = near
    near += near
    return sum(other) + 0.0, len(other)


def all_items_are_replaced(x):
    known = [x[0]]
    other = known
    known[:] = [v for v in x if v > 0]
    return sum(other) + 0.0, len(other)


def chosen_items_in_each_turn(x):
    known = [x[0]]
    other = known
    for v in x:
        known += [w for w in x[:3] if w > v + 0.25]
    return sum(other) + 0.0, len(other)


def an_item_is_replaced(x):
    near = [v for v in x if v > 0]
    other = near
    near[0] = 7.0 * x[0]
    del near[1]
    return sum(other) + 0.0, len(other)


@pytest.mark.parametrize(
    "fn",
    [
        added_in_place, added_to_an_item, added_in_a_function, a_known_list_gets_chosen_items,
        a_list_gets_itself, all_items_are_replaced, chosen_items_in_each_turn, an_item_is_replaced,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_the_other_name_sees_the_change(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def a_popped_item_alone(x):
    q, total = deque(), 0.0
    q.append([x[0], x[1]])
    while q:
        item = q.popleft()
        item[0] = item[0] - 1.0
        total += item[0]
        if item[0] > x[2] + 0.25:
            q.append(item)
    return total


def two_popped_items(x):
    blocks = []
    for v in x:
        blocks.append([v, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            b = blocks.pop()
            a = blocks.pop()
            a[0] = (a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1])
            a[1] += b[1]
            blocks.append(a)
    return sum([a[0] ** 2 * a[1] for a in blocks])


def popped_from_a_comprehension(x):
    pairs = [[v, v] for v in x if v > 0]
    item = pairs.pop()
    item[0] = 7.0 * x[0]
    pairs.append(item)
    return sum([a * b for a, b in pairs])


@pytest.mark.parametrize(
    "fn",
    [a_popped_item_alone, two_popped_items, popped_from_a_comprehension],
    ids=lambda f: f.__name__,
)
def test_writes_to_popped_items(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def the_program_keeps_the_item(x):
    q, item = deque(), [x[0], x[1]]
    q.append(item)
    for v in x:
        if v > 0:
            q.append([v, v])
    first = q.popleft()
    first[0] = 100.0
    return item[0]


def another_list_keeps_the_item(x):
    rows = [[x[0], x[1]], [x[2], x[3]]]
    q, total = list(rows), 0.0
    while q:
        item = q.pop()
        item[0] = item[0] - 1.0
        total += item[0]
        if item[0] > 0:
            q.append([item[0], item[1]])
    return rows[0][0], total


def the_head_is_read_before(x):
    q, total = deque(), 0.0
    q.append([x[0], x[1]])
    while q:
        head = q[0]
        item = q.popleft()
        item[0] = item[0] - 1.0
        total += head[0]
        if item[0] > x[2]:
            q.append([item[0], item[1]])
    return total


def an_item_is_read_before(x):
    pairs = [[v, v] for v in x if v > 0]
    first = pairs[0]
    item = pairs.pop(0)
    item[0] = 7.0
    return first[0]


def a_copy_of_the_list_keeps_the_item(x):
    pairs = [[v, v] for v in x if v > 0]
    other = list(pairs)
    item = pairs.pop(0)
    item[0] = 7.0
    return other[0][0]


def an_object_of_the_program(x):
    class Particle:
        def __init__(self, place):
            self.place = place

    particles = [Particle(v) for v in x]
    near = [p for p in particles if p.place > 0]
    last = near.pop()
    last.place = 100.0
    return particles[8].place


def one_item_twice(x):
    def twice(q, x):
        item = [x[0], x[1]]
        q.append(item)
        q.append(item)

    q, total = [], 0.0
    twice(q, x)
    while q:
        a = q.pop()
        b = q.pop()
        a[0] = a[0] - 1.0
        total += b[0]
        if a[0] > x[2]:
            q.append([a[0], 1.0])
            q.append([a[0], 1.0])
    return total


def a_later_turn_pops_the_item(x):
    q, last, total = deque(), [x[3], x[4]], 0.0
    q.append([x[0], x[1]])
    while q:
        item = q.popleft()
        item[0] = item[0] - 1.0
        total += last[0]
        if item[0] > x[2]:
            last = [item[0], item[1]]
            q.append(last)
    return total


@pytest.mark.parametrize(
    "fn",
    [
        the_program_keeps_the_item, another_list_keeps_the_item, the_head_is_read_before,
        an_item_is_read_before, a_copy_of_the_list_keeps_the_item, an_object_of_the_program,
        one_item_twice, a_later_turn_pops_the_item,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_a_popped_item_that_is_elsewhere_takes_no_writes(fn):
    """In Python, the write to the popped item shows there, too."""
    with pytest.raises(TypeError, match=r"test_lists_under_two_names.py:\d+: .*(change|item)"):
        lg.jit(lg.program(fn), backend="numpy")(X)
