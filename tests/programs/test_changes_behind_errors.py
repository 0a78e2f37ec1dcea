"""What stands behind an error in the same expression does not run, as in Python."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg

GOOD = np.array([2.0, -1.0, 0.5, 3.0])
BAD = np.array([-2.0, 1.0, 0.0, -3.0])


def value(fn, *args):
    return lg.jit(lg.program(fn), backend="numpy")(*args)


def checked(v):
    if v <= 0:
        raise ValueError("not positive")
    return v * 2


class Counter:
    def __init__(self):
        self.n = 0.0

    def bump(self, v=1.0):
        self.n = self.n + 1
        return v


def a_sum(x):
    c = Counter()
    try:
        y = checked(x[0]) + c.bump()
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_division(x):
    c = Counter()
    try:
        y = 1 / float(x[2]) + c.bump()
    except ZeroDivisionError:
        y = -3.0
    return y + 10 * c.n


def an_array(x):
    out = np.zeros(3)

    def put(v):
        out[0] = v
        return v

    try:
        y = checked(x[0]) + put(4.0)
    except ValueError:
        y = -3.0
    return y + 10 * out[0]


def an_argument(x):
    c = Counter()
    try:
        y = c.bump(checked(x[0]))
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_display(x):
    c = Counter()
    try:
        parts = [checked(x[3]), c.bump(), checked(x[0]), c.bump(), checked(x[1]), c.bump()]
        y = sum(parts)
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def stars_and_keywords(x):
    c = Counter()

    def total(first, *rest, last=0.0):
        return first + sum(rest) + last

    try:
        y = total(c.bump(), *[c.bump(), checked(x[0])], last=c.bump()) if x[1] < 3 else c.bump()
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_lazy_side(x):
    c = Counter()
    try:
        y = 2.0 if checked(x[0]) > 1 and c.bump() > 0 else 1.0
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_variable_that_a_call_sets(x):
    total = 1.0

    def put(v):
        nonlocal total
        total = total + 5
        return v

    try:
        y = total + put(checked(x[0])) * total
    except ValueError:
        y = -3.0
    return y + 10 * total


def a_callee_that_only_names_values(x):
    c = Counter()

    def two(v):
        y = checked(v)
        return c.bump(y)

    try:
        y = two(x[0])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_callee_of_one_expression(x):
    c = Counter()

    def two(v):
        return checked(v) + c.bump()

    try:
        y = two(x[0])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def new_objects(x):
    class Checked:
        def __init__(self, v):
            self.v = checked(v)

    try:
        y = sum([Checked(v).v for v in x[::3]])
    except ValueError:
        y = -3.0
    return y


GUARDED = [
    a_sum, a_division, an_array, an_argument, a_display, stars_and_keywords, a_lazy_side,
    a_variable_that_a_call_sets, a_callee_that_only_names_values, a_callee_of_one_expression,
    new_objects,
]  # fmt: skip


@pytest.mark.parametrize("fn", GUARDED)
def test_a_call_behind_an_error_does_not_run(fn):
    for x in (GOOD, BAD):
        compare(value(fn, x), fn(x))


def a_function_of_map(x):
    log = []

    def put(v):
        log.append(v)
        return checked(v)

    try:
        y = sum(map(put, x))
    except ValueError:
        y = -3.0
    return y + sum(log)


def a_comprehension(x):
    c = Counter()
    try:
        y = sum([checked(v) + c.bump() for v in x])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_lambda(x):
    c = Counter()
    both = lambda v: checked(v) + c.bump()  # noqa: E731
    try:
        y = both(x[0])
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def a_text(x):
    c = Counter()
    try:
        f"{checked(x[0])} {c.bump()}"
    except ValueError:
        pass
    return c.n


def an_operator_of_a_class(x):
    class Added(Counter):
        def __radd__(self, other):
            return other + self.bump()

    c = Added()
    try:
        y = checked(x[0]) + c
    except ValueError:
        y = -3.0
    return y + 10 * c.n


def an_error_of_the_trace(x):
    try:
        y = checked(x[0]) + [1.0, 2.0][5]
    except ValueError:
        y = -3.0
    except IndexError:
        y = -4.0
    return y


REFUSED = [
    a_function_of_map, a_comprehension, a_lambda, a_text, an_operator_of_a_class,
    an_error_of_the_trace,
]  # fmt: skip


@pytest.mark.parametrize("fn", REFUSED)
def test_a_change_that_has_no_statement_is_an_error(fn):
    """It was made for all values."""
    for x in (GOOD, BAD):
        with pytest.raises(TypeError, match=r"test_changes_behind_errors.py:\d+: .*traced"):
            value(fn, x)
