"""
Variables, attributes and keys that one side of a condition gives a value. Python raises an error
where such a variable has no value; a compiled program cannot raise, and has NaN or zero there.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, -2.0, 3.0, 0.5, -1.0, 2.0])


def two_ifs(x):
    if x[0] <= 0:
        y = 3 * x
    elif x[0] > 0:
        y = 2 * x
    return y


def last_of_each_sign(x):
    for v in x:
        if v > 0.7:
            last = v
        elif v < -0.7:
            previous = v
    return last - previous


def first_place(x):
    for i in range(len(x)):
        if x[i] < 0:
            found = i
            break
    return x[found] * found


def before_the_jump(x):
    for v in x:
        if v > 2.5:
            break
        w = v
    return w


def after_a_while(x):
    n = 0
    while x[n] < 2.5:
        square = x[n] ** 2
        n += 1
    return square + n


def tuples(x):
    for i in range(len(x)):
        if x[i] > 0.7:
            place = i, x[i]
            if x[i] > 2:
                far = x[i]
                break
    return place[0] * place[1] + far


def nested(x):
    total = 0.0
    for v in x:
        for w in x:
            if v * w > 0.7:
                most = v * w
        total += most
    return total


class Side:
    def __init__(self, x):
        if x <= 0:
            self.slope = 3 * x
        elif x > 0:
            self.slope = 2 * x


def attributes(x):
    total = 0.0
    for i in range(4):
        total = total + Side(x[i]).slope
    return total


def keys(x):
    found = {}
    if x[0] > 0:
        found["y"], found["n"] = x, 1
    else:
        found["y"], found["n"] = -x, 2
    return found["y"] * found["n"] * len(found)


PROGRAMS = [
    two_ifs, last_of_each_sign, first_place, before_the_jump, after_a_while, tuples, nested,
    attributes, keys,
]  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fn", PROGRAMS)
def test_values_and_gradients(fn):
    check_value(fn, X)
    check_gradient(fn, X)


def remarks(fn, *args):
    with lg.remarks() as found:
        lg.trace(lg.program(fn), *args)
    return str(found)


def test_a_remark_names_the_variable():
    found = remarks(two_ifs, X)
    assert "whether the variable y has a value" in found and "leaves the check out" in found


def test_both_sides_leave_no_check_out():
    assert "check" not in remarks(keys, X)


@pytest.mark.parametrize("fn", [last_of_each_sign, before_the_jump, after_a_while])
def test_there_is_no_number_where_python_raises(fn):
    x = np.full(6, 2.6) if fn is not last_of_each_sign else np.zeros(6)
    with pytest.raises(UnboundLocalError):
        fn(x)
    assert np.isnan(lg.jit(lg.program(fn))(x))


def test_a_key_of_one_side():
    def one_side(x):
        found = {}
        if x[0] > 0:
            found["y"] = x
        return len(found)

    def of_an_argument(x, found):
        if x[0] > 0:
            found["y"] = x
        return len(found)

    for x in (X, -X):
        assert lg.jit(lg.program(one_side))(x) == one_side(x)
    with pytest.raises(TypeError, match=r"test_unset_variables.py:\d+: .* the new key 'y'"):
        lg.trace(lg.program(of_an_argument), X, {"x": X})


def test_keys_in_two_orders_are_an_error():
    def two_orders(x):
        found = {}
        if x[0] > 0:
            found["low"], found["high"] = x[0], x[1]
        else:
            found["high"], found["low"] = x[0], x[1]
        low, high = found.values()
        return low - 2 * high

    with pytest.raises(TypeError, match=r"test_unset_variables.py:\d+: .* new keys in two orders"):
        lg.jit(lg.program(two_orders))(X)


class Best:
    found = 0.75

    def __init__(self):
        pass

    def see(self, x):
        if x > self.found:
            self.found = x


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_an_attribute_of_the_class_stands_in(scale):
    def best(x):
        seen = Best()
        for v in x:
            seen.see(v)
        return seen.found, Best.found

    check_value(best, scale * X)


def test_a_handler_does_not_take_the_error():
    def handles(x):
        try:
            if x[0] > 0:
                y = x[0]
            return y
        except NameError:
            return 0.0

    with pytest.raises(NameError, match=r"test_unset_variables.py:\d+: the variable y may have no"):
        lg.jit(lg.program(handles))(X)


def test_an_attribute_of_one_side_is_not_asked_for():
    def asks(x):
        side = Side(-1.0)
        if x[0] > 0:
            side.speed = x[0]
        return getattr(side, "speed", 0.0)

    with pytest.raises(TypeError, match=r"test_unset_variables.py:\d+: .* has the attribute speed"):
        lg.jit(lg.program(asks))(X)


def test_rows_of_a_batch_do_not_see_the_missing_number():
    def correlated(x, w):
        if x > 0:
            t = np.sqrt(x)
        y = w
        if x > 0:
            y = t * w
        return y

    gradient = lg.vmap(lg.grad(lg.program(correlated), argnums=(0, 1)))
    dx, dw = gradient(np.array([4.0, -1.0]), np.array([3.0, 5.0]))
    np.testing.assert_allclose(dx, [0.75, 0.0])
    np.testing.assert_allclose(dw, [2.0, 1.0])


def set_by_an_earlier_turn(x):
    total = 0.0
    for v in x:
        if v > 0:
            step = v
        else:
            total += step
    return total


def a_name_that_is_not_there(x):
    return x[0] + no_such_name  # noqa: F821


@pytest.mark.parametrize(
    ("fn", "text"),
    [
        (set_by_an_earlier_turn, "the variable step has no value .* assign it before"),
        (a_name_that_is_not_there, "name 'no_such_name' is not defined"),
    ],
)
def test_an_error_for_a_variable_without_a_value_names_the_line(fn, text):
    """Python's error, which named no line."""
    with pytest.raises(NameError, match=rf"test_unset_variables.py:\d+: {text}"):
        lg.trace(lg.program(fn), X)
