"""
Results that are never None, as the conditions of the program together show.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


def best_of_both(x):
    """Each branch knows what the branches in front of it have left."""
    above = below = None
    for v in x:
        if v > 0 and (above is None or v < above):
            above = v
        elif v < 0 and (below is None or v > below):
            below = v
    if above is None and below is None:
        return 0.0
    elif above is None:
        return below
    elif below is None:
        return above
    return above - below if above < -below else below


def tuples(x):
    left = right = None
    for v in x:
        if v > 0:
            left = (v, v**2)
        if v < -0.5:
            right = (v, -v)
    if left is None:
        left = right
    if left is None:
        return 1.0, 2.0
    return left


def helper(x, y):
    if x > 0:
        found = x * y
    elif y > 0:
        found = None
    else:
        found = x - y
    if found is None:
        found = 3 * y
    return found


def in_containers(x):
    best = best_of_both(x)
    if best is None:
        best = 3.0
    first = helper(x[0], x[1])
    return [best, (first, 2 * first)], best * first


def through_a_loop(x):
    """The value that the loop carries is never None."""
    total = best_of_both(x)
    for v in x:
        total = helper(total, v) + best_of_both(x * total)
    return total


def inside_of_a_condition(x):
    a = b = None
    if x[0] > 0:
        a = x[1]
    if x[1] > 0:
        b = x[0]
    if a is not None or b is not None:
        if a is None:
            return b * 2
        return a * 3
    return x[2]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "fn", [best_of_both, tuples, helper, in_containers, through_a_loop, inside_of_a_condition]
)
@pytest.mark.parametrize("n", [3, 6])
def test_results_that_are_never_none(fn, n):
    """They were errors: the flags of the branches were one flag, and nobody asked what it is."""
    for signs in (1, -1, 0):
        x = np.random.default_rng(n).uniform(0.2, 1.2, n)
        x = x * (signs or (-1.0) ** np.arange(n))
        args = (x[0], x[1]) if fn is helper else (x,)
        check_value(fn, *args, backends=("cpu", "numpy"))
        check_gradient(fn, *args)


def leaves_a_case(x):
    above = None
    for v in x:
        if v > 0:
            above = v
    if above is None and x[0] > -1:
        return 0.0
    return above


def other_flags(x):
    a = b = None
    if x[0] > 0:
        a = x[1]
    if x[0] > 1:
        b = x[0]
    if b is None:
        return a
    return b


@pytest.mark.parametrize("fn", [leaves_a_case, other_flags])
def test_results_that_may_be_none_are_errors(fn):
    with pytest.raises(TypeError, match="None or a value"):
        lg.jit(lg.program(fn))(np.ones(3))
