"""
Iterators whose lists change, iterators that several parts of a program share, and groups.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, 2, -1, 3, 4, -2, -3, 0.5, 2, -1])


def enumerated_before_an_append(x):
    kept = [v for v in x if v > 0]
    pairs, total = enumerate(kept, 1), 0.0
    kept.append(3.0 * x[0])
    for k, v in pairs:
        total = 0.5 * total + k * v
    return total


def zipped_before_an_append(x):
    kept = [v for v in x if v > 0]
    pairs, total = zip(kept, x), 0.0
    kept.append(3.0 * x[0])
    for v, w in pairs:
        total = 0.5 * total + v * w
    return total


def appends_while_it_enumerates(x):
    kept, total = [v for v in x if v > 0], 0.0
    for k, v in enumerate(kept):
        total = 0.5 * total + v
        if k < 2:
            kept.append(v)
    return total, len(kept)


def appends_while_it_goes_through(x):
    kept, total = [v for v in x if v > 0], 0.0
    for v in kept:
        total = 0.5 * total + v
        if len(kept) < 9:
            kept.append(v)
    return total


def removes_while_it_goes_through(x):
    kept, total = [v for v in x if v > 0], 0.0
    for v in kept:
        total += v
        kept.pop()
    return total, len(kept)


def a_queue_in_a_for_statement(x):
    queue, seen = [0], np.zeros(10)
    for k in queue:
        seen[k] += x[k]
        for j in (2 * k + 1, 2 * k + 2):
            if j < 10:
                if x[j] > 0:
                    queue.append(j)
    return seen, len(queue)


def an_enumerated_queue(x):
    queue, total = [x[0]], 0.0
    for k, v in enumerate(queue):
        total += v * k
        if v > x[2] + 0.25:
            queue.append(v - 0.5)
    return total, len(queue)


def a_known_list_that_takewhile_goes_through(x):
    known = [1.0, 2.0, 3.0]
    small = itertools.takewhile(lambda v: v < 100, known)
    known[0] = 50.0
    return sum(small) * x[0]


def a_shared_count(x):
    numbers, total = itertools.count(), 0.0

    def shared():
        return numbers

    for k in shared():
        total += x[0] * k
        if k > 5:
            break
    for k in shared():
        total += x[1] * k
        if k > 9:
            break
    return total, next(numbers)


def a_shared_iterator(x):
    items, total = iter([x[k % 10] * k for k in range(20)]), 0.0

    def shared():
        return items

    for v in shared():
        total += v * v * next(items)
    return total


GOOD = [
    enumerated_before_an_append, zipped_before_an_append, appends_while_it_enumerates,
    appends_while_it_goes_through, removes_while_it_goes_through, a_queue_in_a_for_statement,
    an_enumerated_queue, a_known_list_that_takewhile_goes_through, a_shared_count,
    a_shared_iterator,
]  # fmt: skip


@pytest.mark.parametrize("fn", GOOD, ids=lambda f: f.__name__)
def test_the_items_are_those_of_python(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def a_generator_before_an_append(x):
    items = [x[k] for k in range(10)]
    positive = (v for v in items if v > 0)
    items.append(3.0)
    return sum(positive)


def a_generator_over_a_chosen_list(x):
    kept = [v for v in x if v > 0]
    doubled = (2 * v for v in kept)
    kept.append(3.0)
    return sum(doubled)


def a_generator_before_a_write(x):
    y = x.copy()
    positive = (v for v in y if v > 0)
    y[0] = 50.0
    return sum(positive)


def a_generator_before_an_assignment(x):
    least = 0.5
    large = (v for v in x if v > least)
    least = 2.0
    return sum(large) + least


def filter_before_a_write(x):
    items = [x[k] for k in range(10)]
    positive = filter(lambda v: v > 0, items)
    items[0] = 30.0
    return sum(positive)


def filter_in_a_loop_that_appends(x):
    items, total = [x[k] for k in range(10)], 0.0
    for v in filter(None, items):
        total = 0.5 * total + v
        if len(items) < 13:
            items.append(v + 1)
    return total


def map_over_a_chosen_list(x):
    kept = [v for v in x if v > 0]
    doubled = map(lambda v: 2 * v, kept)
    kept.append(3.0)
    return sum(doubled)


def takewhile_before_a_write(x):
    items = [x[k] for k in range(10)]
    first = itertools.takewhile(lambda v: v > 0, items)
    items[0] = 30.0
    return sum(first)


def reversed_before_an_append(x):
    kept = [v for v in x if v > 0]
    back, total = reversed(kept), 0.0
    kept.append(3.0)
    for v in back:
        total = 0.5 * total + v
    return total


CHANGED = [
    a_generator_before_an_append, a_generator_over_a_chosen_list, a_generator_before_a_write,
    a_generator_before_an_assignment, filter_before_a_write, filter_in_a_loop_that_appends,
    map_over_a_chosen_list, takewhile_before_a_write, reversed_before_an_append,
]  # fmt: skip


@pytest.mark.parametrize("fn", CHANGED, ids=lambda f: f.__name__)
def test_a_change_before_the_items_are_taken_is_an_error(fn):
    """Python looks at the list when it takes an item."""
    message = r"test_changes_under_iterators.py:\d+: the program changes a variable, a list"
    with pytest.raises(TypeError, match=message):
        lg.jit(lg.program(fn), backend="numpy")(X)


@pytest.mark.parametrize(
    "make",
    [itertools.count, lambda: itertools.cycle([1.0, 2.0]), lambda: itertools.repeat(2.0)],
    ids=["count", "cycle", "repeat"],
)
def test_a_jump_on_traced_values_out_of_an_iterator_without_an_end(make):
    def program(x):
        numbers, total = make(), 0.0
        for k in numbers:
            total += x[0] * k
            if total > 10:
                break
        return total

    with pytest.raises(TypeError, match=r"iterators.py:\d+: .* an iterator without an end"):
        lg.jit(lg.program(program), backend="numpy")(X)


PAIRS = [(1, 0), (1, 1), (2, 2), (2, 3), (3, 4)]


def next_group_ends_the_old_one(x):
    groups = itertools.groupby(PAIRS, key=lambda pair: pair[0])
    _, first = next(groups)
    taken = next(first)
    _, second = next(groups)
    return x[taken[1]] * len(list(first)), len(list(second))


def kept_groups_are_empty(x):
    kept = [g for _, g in itertools.groupby(PAIRS, key=lambda pair: pair[0])]
    return x[0] + sum([len(list(g)) for g in kept])


def groups_in_a_loop(x):
    total, kept = 0.0, []
    for k, group in itertools.groupby(PAIRS, key=lambda pair: pair[0]):
        kept.append(group)
        if x[next(group)[1]] > 0:  # noqa: B031
            total += k
        for _, place in group:  # noqa: B031
            if x[place] > 0:
                total += k * x[place]
    return total + sum([len(list(g)) for g in kept])


def groups_in_comprehensions(x):
    by_key = lambda: itertools.groupby(PAIRS, key=lambda pair: pair[0])  # noqa: E731
    sums = {k: sum([x[place] for _, place in g]) for k, g in by_key()}
    return sums[2], sum(k * max(x[place] for _, place in g) for k, g in by_key())


@pytest.mark.parametrize(
    "fn",
    [
        next_group_ends_the_old_one,
        kept_groups_are_empty,
        groups_in_a_loop,
        groups_in_comprehensions,
    ],
    ids=lambda f: f.__name__,
)
def test_groups_end_where_the_next_one_begins(fn):
    check_value(fn, X)
    check_gradient(fn, X)
