"""`is` between numbers and arrays of a trace, as Python answers it."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


def forces(r):
    """Two indices of loops were never one object, so that this divided by zero."""
    n = len(r)
    total = np.zeros(n)
    for i in range(n):
        for j in range(n):
            if i is not j:
                d = r[j] - r[i]
                total[i] += d / abs(d) ** 3
    return total


def first_and_last(x):
    first, last = 0, -1
    total = 0.0
    for i in range(len(x)):
        if i is first:
            total += x[i]
        elif i - len(x) is last:
            total += 10 * x[i]
        else:
            total += x[i] ** 2
    return total


@pytest.mark.parametrize("fn", [forces, first_and_last])
@pytest.mark.parametrize("n", [4, 11])
def test_indices_that_are_one_object(fn, n):
    x = np.cumsum(np.random.default_rng(n).uniform(0.5, 1.5, n))
    check_value(fn, x, backends=("cpu", "numpy"))
    check_gradient(fn, x)


def test_numbers_of_two_classes_are_two_objects():
    def classes(x, n):
        return (x.sum() is n, x[0] is True, n is not x[1], x[0] is None)

    check_value(classes, np.ones(3), 2)


def test_numbers_that_may_be_one_object_are_an_error():
    """These were False, as if each were a new object."""

    def least(x):
        best = np.inf
        for v in x:
            if v > 0 and v < best:
                best = v
        return 0.0 if best is np.inf else best

    def marked(x):
        return np.where(x[0] is np.nan, 1.0, x[1])

    for fn, advice in (least, "write `==`"), (marked, r"write np\.isnan\(x\)"):
        with pytest.raises(TypeError, match=rf"test_identities.py:\d+: `is` asks .*{advice}"):
            lg.jit(lg.program(fn))(np.array([-1.0, -2.0, 3.0]))


def test_a_loop_over_ints_that_may_be_two_objects_is_traced_turn_by_turn():
    def far(x):
        total = 0.0
        for i in range(262):
            if i is not len(x) * 130:
                total += x[0] / (i + 1)
        return total

    check_value(far, np.ones(2))


def test_arrays_and_their_names():
    def names(x, flag):
        y = x
        z = x.copy()
        w = x if flag > 0 else z
        return x is y, x is z, w is x, w is not z, x + 1

    for flag in (1.0, -1.0):
        check_value(names, np.ones(3), flag, backends=("cpu", "numpy"))
