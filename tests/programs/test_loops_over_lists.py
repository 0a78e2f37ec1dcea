"""
Loops over lists of traced numbers, and over Python's iterators over such lists, are one loop.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

R = np.random.default_rng(11)
SIZES = 1, 2, 7, 8, 20


def scans(fn, *args):
    return str(lg.trace(lg.program(fn), *args)).count("ten.scan")


def largest_rectangle(h):
    best, stack = 0.0, []
    for i, v in enumerate([*np.abs(h), 0]):
        start = i
        while stack and stack[-1][1] > v:
            start, height = stack.pop()
            best = max(best, height * (i - start))
        stack.append((start, v))
    return best


def lower_hull(p):
    points = sorted([tuple(q) for q in p])
    lower = []
    for x, y in points:
        while len(lower) >= 2:
            (a, b), (c, d) = lower[-2], lower[-1]
            if (c - a) * (y - b) - (d - b) * (x - a) > 0:
                break
            lower.pop()
        lower.append((x, y))
    return sum(x * y for x, y in lower)


def backwards_beside_an_array(x):
    total = 0.0
    doubled = [2 * v for v in x]
    for v, w in zip(reversed(doubled), x):
        total = 0.5 * total + v * w
    return total


def pairs_in_a_zip(x):
    pairs = [(v, v * v) for v in x]
    out = np.zeros_like(x)
    for k, ((a, b), v) in enumerate(zip(pairs, x), 2):
        out[k - 2] = a * k + b - v
    return out


def stops_early(x):
    items, n = [v + 0.1 for v in x], 0
    for v in items:
        if v > 1.5:
            break
        n += 1
    else:
        n += 100
    return n, sum(items)


def two_loops_share_one_iterator(x):
    items = enumerate([v * 2 for v in x])
    total = 0.0
    for k, v in items:
        total += v
        if k == 1:
            break
    for k, v in items:
        total -= k * v
    return total


def list_grows_in_the_loop(x):
    items = [v for v in x]
    total = 0.0
    for v in items:
        total = total * 0.9 + v
        if len(items) < len(x) + 3:
            items.append(v + total)
    return total


def list_changes_in_the_loop(x):
    items = [v for v in x]
    total = 0.0
    for k, v in enumerate(items):
        total += v
        items[-1 - k] = total
    return total, sum(items)


def last_item_changes_in_an_inner_loop(x):
    items = [v for v in x]
    total = 0.0
    for k in range(9):
        items[k % len(items)] += 1.0
        for v in items:
            items[-1] = 0.5 * v
            total = 0.9 * total + v
    return total


def ints_of_a_list_are_places(x):
    weights = ["a", "b", "c"] * len(x)
    total = 0.0
    for k, v in [(k, v) for k, v in enumerate(x)]:
        total += v * (2.0 if weights[k] == "a" else 1.0)
    return total


def mixed_dtypes(x):
    items = [*x[:4].astype(np.float32), *x]
    return [v * 3 for v in items], sum(v * 0.1 for v in items)


def types_in_the_loop(x):
    total = 0.0
    for v in [*x, 1, 2]:
        total += v / 2 if isinstance(v, float) else 10.0 * v
    return total


PROGRAMS = [
    largest_rectangle,
    backwards_beside_an_array,
    pairs_in_a_zip,
    stops_early,
    two_loops_share_one_iterator,
    list_grows_in_the_loop,
    list_changes_in_the_loop,
    last_item_changes_in_an_inner_loop,
    ints_of_a_list_are_places,
    types_in_the_loop,
]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_values_and_gradients(fn, n):
    x = R.standard_normal(n)
    check_value(fn, x, backends=("numpy", "cpu"))
    check_gradient(fn, x)


@pytest.mark.parametrize("n", SIZES)
def test_points_in_order(n):
    p = R.standard_normal((n, 2))
    check_value(lower_hull, p, backends=("numpy", "cpu"))
    check_gradient(lower_hull, p)


def test_dtypes_stay_apart():
    check_value(mixed_dtypes, R.standard_normal(9))


@pytest.mark.parametrize("fn", [largest_rectangle, backwards_beside_an_array, pairs_in_a_zip])
def test_is_one_loop(fn):
    assert scans(fn, np.zeros(20)) == scans(fn, np.zeros(30))
    assert len(str(lg.trace(lg.program(fn), np.zeros(20)))) < 40_000
