"""Arrays that have two names in a loop or a branch: writes show under both, as in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value, copies

import letgrad as lg

X = np.array([1.0, -2.0, 3.0, 0.5])


def exchange(x):
    y = np.ones_like(x)
    first = x
    for _ in range(5):
        y[1:] = 0.5 * (x[1:] + x[:-1])
        x, y = y, x
    return x, y, first


def three(x):
    a, b, c = x.copy(), 2 * x, 3 * x
    a0, b0 = a, b
    for k in range(4):
        a[0] += k
        a, b, c = b, c, a
    return a, b, c, a0, b0


def writes_and_binds(x):
    first = x
    for k in range(5):
        x[0] = k
        x = x * 2
    return x, first


def history(x):
    previous = x
    s = 0.0
    for _ in range(4):
        x[0] += 1
        s = s + previous[0]
        previous = x
    return s, previous


def part(x):
    row = x[:2]
    for k in range(4):
        x[k] *= 2
        row = x[:2]
    return row, x


def same_array(x):
    y = x
    for _ in range(4):
        x[1] += 1
        y = y * 1
        y[0] += 1
    return x, y


def both_bound(x):
    for _ in range(3):
        a = x * 2
        b = a
        b[0] += 1
        x = a
    return a, b, x


def condition(x):
    y = x.copy()
    if x[0] > 0:
        y[0] = 5.0
        x[1] *= 2
    else:
        y[1:3] = 7.0
    return x, y


ALL = [
    exchange, three, writes_and_binds, history, part, same_array, both_bound, condition,
]  # fmt: skip


@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
def test_it_is_as_in_numpy(fn):
    check_value(fn, X, backends=("numpy", "cpu"))
    check_gradient(fn, X)
    mine, theirs = copies([X])[0], copies([X])[0]
    lg.jit(lg.program(fn))(mine)
    fn(theirs)
    np.testing.assert_allclose(mine, theirs)


def test_an_exchange_is_one_loop():
    assert str(lg.trace(lg.program(exchange), X)).count("ten.scan") == 1


def test_a_write_to_one_of_two_arrays_is_an_error():
    def unclear(x):
        y = x if x[0] > 0 else x.copy()
        y[0] = 3.0
        return x, y

    with pytest.raises(ValueError, match="one array or another by a condition"):
        lg.jit(lg.program(unclear))(X.copy())
