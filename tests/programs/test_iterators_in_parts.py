"""
Iterators that a program goes through in several parts, and items of lists that it writes to.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, 2, -1, 3, 4, -2, -3, 0.5, 2, -1])


def first_and_rest(x):
    pairs = enumerate(x)
    _, total = next(pairs)
    for k, v in pairs:
        total += k * v
    return total, next(pairs, 7)


def last_and_rest(x):
    back = reversed(x)
    last = next(back)
    return last, sum(v * v for v in back) + 0.0


def one_pass(x):
    pairs, total = zip(x, x[::-1]), 0.0
    for a, b in pairs:
        total += a * a * b
    for a, _ in pairs:
        total += 100 * a
    return total


@pytest.mark.parametrize("n", [1, 2, 10])
@pytest.mark.parametrize("fn", [first_and_rest, last_and_rest, one_pass], ids=lambda f: f.__name__)
def test_the_rest_of_an_iterator(fn, n):
    check_value(fn, X[:n], backends=("numpy", "cpu"))
    check_gradient(fn, X[:n])


def breaks_between(x):
    pairs, total = zip(x, x[::-1]), 0.0
    for a, _ in pairs:
        if a > 2:
            break
    for a, b in pairs:
        total += a * b
    return total


def takes_in_a_loop(x):
    pairs, total = enumerate(x), 0.0
    for v in x[:4]:
        if v > 0:
            total += next(pairs)[1]
    return total


@pytest.mark.parametrize("fn", [breaks_between, takes_in_a_loop], ids=lambda f: f.__name__)
def test_an_unknown_number_of_items_is_an_error(fn):
    with pytest.raises(TypeError, match=r"test_iterators_in_parts\.py:.*taken from this iterator"):
        lg.trace(lg.program(fn), X)


def adds_to_the_last_run(x):
    runs = []
    for v in x:
        if runs and v > 0:
            runs[-1][0] += v
        else:
            runs.append([v])
    return sum(r[0] * r[0] for r in runs)


def adds_in_a_second_loop(x):
    rows = [[v, 1.0] for v in x if v > 0]
    for row in rows:
        row[1] += row[0]
    return sum(b for _, b in rows)


def adds_to_an_attribute(x):
    class Run:
        def __init__(self, total):
            self.total = total

    runs = []
    for v in x:
        if runs and v > 0:
            runs[-1].total += v
        else:
            runs.append(Run(v))
    return sum(r.total**2 for r in runs)


def writes_to_an_array(x):
    rows = []
    for v in x:
        if v > 0:
            rows.append(np.array([v, 2 * v]))
    if rows:
        rows[-1][0] = 100.0
    return sum(r.sum() for r in rows)


def writes_to_a_popped_array(x):
    """Another name may hold it, too."""
    rows = [np.array([v, 2 * v]) for v in x if v > 0]
    last = rows.pop()
    last[0] = 100.0
    return sum(r.sum() for r in rows) + last.sum()


@pytest.mark.parametrize("n", [5, 10])
@pytest.mark.parametrize(
    "fn",
    [
        adds_to_the_last_run,
        adds_in_a_second_loop,
        adds_to_an_attribute,
        writes_to_an_array,
        writes_to_a_popped_array,
    ],
    ids=lambda f: f.__name__,
)
def test_a_write_that_would_be_lost_is_an_error(fn, n):
    with pytest.raises(
        (TypeError, ValueError), match=r"test_iterators_in_parts\.py:.*an item of a"
    ):
        lg.trace(lg.program(fn), X[:n])


def puts_the_last_run_back(x):
    runs = []
    for v in x:
        if runs and v > 0:
            total = runs.pop()
            total[0] += v
            runs.append(total)
        else:
            runs.append([v])
    return sum(r[0] * r[0] for r in runs)


def writes_the_last_run_anew(x):
    runs = []
    for v in x:
        if runs and v > 0:
            runs[-1] = [runs[-1][0] + v]
        else:
            runs.append([v])
    return sum(r[0] * r[0] for r in runs)


def writes_to_a_copy_of_a_popped_array(x):
    rows = [np.array([v, 2 * v]) for v in x if v > 0]
    last = rows.pop().copy()
    last[0] = 100.0
    return sum(r.sum() for r in rows) + last.sum()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [1, 5, 10])
@pytest.mark.parametrize(
    "fn",
    [puts_the_last_run_back, writes_the_last_run_anew, writes_to_a_copy_of_a_popped_array],
    ids=lambda f: f.__name__,
)
def test_popped_and_new_items(fn, n):
    check_value(fn, X[:n])
    check_gradient(fn, X[:n])
