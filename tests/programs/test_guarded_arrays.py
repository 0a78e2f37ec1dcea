"""Arrays of variables that have a value on one side of a condition: writes show, beside Python."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import compare

import letgrad as lg

GOOD = np.array([[2.0, 1.0], [3.0, 4.0]])
BAD = np.array([[-2.0, 1.0], [3.0, 4.0]])


def value(fn, *args):
    return lg.jit(lg.program(fn), backend="numpy")(*args)


def same(a, v):
    if v < 0:
        raise ValueError
    return a


def same_of_two_errors(a, v):
    if v < 0:
        raise ValueError
    if v > 100:
        raise KeyError
    return a


def same_of_a_callee(a, v):
    return same(a, v)


def row(a, v):
    if v < 0:
        raise ValueError
    return a[1]


def two(a, b, v):
    if v < 0:
        raise ValueError
    return a, b


def divided(a, v):
    if v < 0:
        raise ValueError
    a /= v
    return a


class Holder:
    def __init__(self, array):
        self.array = array

    def get(self, v):
        if v < 0:
            raise ValueError
        return self.array


def the_argument(x):
    b = x * 1
    try:
        r = same(b, x[0, 0])
        r[0] = 50.0
    except ValueError:
        b[1] = 7.0
    return b


def the_argument_behind_two_errors(x):
    b = x * 1
    try:
        r = same_of_two_errors(b, x[0, 0])
        r[0] = 50.0
    except ValueError:
        b[1] = 7.0
    return b


def the_argument_of_a_callee(x):
    b = x * 1
    try:
        r = same_of_a_callee(b, x[0, 0])
        r[0] = 50.0
    except ValueError:
        b[1] = 7.0
    return b


def a_part(x):
    b = x * 1
    try:
        r = row(b, x[0, 0])
        r[0] = 50.0
    except ValueError:
        b[1] = 7.0
    return b


def of_a_method(x):
    holder = Holder(x * 1)
    try:
        w = holder.get(x[0, 0])
        w += 5
    except ValueError:
        holder.array[1] = 7.0
    return holder.array


def of_a_tuple(x):
    b, c = x * 1, x * 2
    try:
        r, s = two(b, c, x[0, 0])
        r[0] = 50.0
        s[1] = 3.0
    except ValueError:
        b[1] = 7.0
    return b + 10 * c


def written_in_the_callee(x):
    b = x * 1
    try:
        z = divided(b, x[0, 0])
        z += 1
    except ValueError:
        b[1] = 7.0
    return b


def a_part_sees_a_write(x):
    b = x * 1
    try:
        r = row(b, x[0, 0])
        b[1] = 70.0
        return r
    except ValueError:
        b[1] = 7.0
    return b[0]


def written_behind_the_handler(x):
    b, is_good = x * 1, True
    try:
        if x[0, 0] < 0:
            raise ValueError
        r = b[1]
    except ValueError:
        is_good = False
    if is_good:
        r[0] = 50.0
    return b


def one_condition_twice(x):
    b, c = x * 1, x[0, 0] > 0
    if c:
        r = b[1]
    if c:
        r[0] = 50.0
    return b


def an_item_of_a_list(x):
    b, c = x * 1, x[0, 0] > 0
    if c:
        rows = [b[1]]
    if c:
        rows[0][0] = 50.0
    return b


def two_names_of_a_new_array(x):
    c = x[0, 0] > 0
    if c:
        r = x * 3
        q = r
    if c:
        q[0] = 5.0
        return r
    return x


def a_second_name_on_one_side(x):
    c = x[0, 0] > 0
    if c:
        r = x * 3
        q = r
        p = r[1]
    else:
        r = x * 2
    if c:
        q[0] = 5.0
        p[1] = 6.0
    return r


def a_part_of_a_new_array(x):
    c = x[0, 0] > 0
    if c:
        r = x * 3
        q = r[1]
    if c:
        q[0] = 5.0
        return r
    return x


def in_a_loop(x):
    b = x * 1
    for k in range(3):
        try:
            r = same(b, x[0, 0] - 0.7 * k)
            r[0] += 50.0
        except ValueError:
            b[1] = 7.0
    return b


def each_turn_in_a_loop(x):
    y = x * 1
    for k in range(20):
        try:
            y = same(y, y[0, 0] - k)
        except ValueError:
            y = y + 5
        y[0] += 0.5
    return y


def returned_from_a_loop(x):
    y = x[0] * 1
    for _ in range(20):
        y[:] = y * 1.1 + 1
        if y[0] > 3:
            return y
    return y * 0


def two_new_arrays(x):
    is_good, y = x[0, 0] > 0, x * 5
    if is_good:
        r, s = x + 1, x * 3
    if is_good:
        r[0] = 50.0
        y = s + r[1]
    return y


def two_new_arrays_of_two_kinds(x):
    is_good, y = x[0, 0] > 0, x * 5
    if not is_good:
        y = x * 2
    else:
        r, above = x + 1, x > 1.5
    if is_good:
        r[0] = 50.0
        y = x * above + r
    return y


def returns_two(x):
    if x[0, 0] < 0:
        raise ValueError
    return x + 1, x * 3, x > 1.5


def two_new_arrays_of_a_callee(x):
    try:
        r, s, above = returns_two(x)
        r[0] = 50.0
        s[1] += 7.0
    except ValueError:
        return x * 2
    return r + s * above


PROGRAMS = [
    the_argument, the_argument_behind_two_errors, the_argument_of_a_callee, a_part, of_a_method,
    of_a_tuple, written_in_the_callee, a_part_sees_a_write, written_behind_the_handler,
    one_condition_twice, an_item_of_a_list, two_names_of_a_new_array, a_second_name_on_one_side,
    a_part_of_a_new_array, in_a_loop, each_turn_in_a_loop, returned_from_a_loop,
    two_new_arrays, two_new_arrays_of_two_kinds, two_new_arrays_of_a_callee,
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("fn", PROGRAMS)
def test_writes_to_an_array_of_one_side(fn):
    """The variable held a copy behind the condition, so that writes were lost."""
    direction = np.array([[0.3, -0.2], [0.5, 0.7]])
    loss = lambda x: np.sum(fn(x) ** 2)  # noqa: E731
    for x in (GOOD, BAD):
        compare(value(fn, x), fn(x.copy()))
        slope = np.sum(lg.grad(lambda x: np.sum(lg.program(fn)(x) ** 2))(x) * direction)
        h = 1e-6
        difference = (loss(x + h * direction) - loss(x - h * direction)) / (2 * h)
        np.testing.assert_allclose(slope, difference, rtol=1e-5, atol=1e-5)


def an_index_of_the_side(x):
    b, c = x * 1, x[0, 0] > 0
    if c:
        r = b[int(x[0, 1])]
    if c:
        r[0] = 50.0
    return b


def an_index_of_one_of_two_sides(x):
    b = x * 1
    r = b[int(x[0, 1])] if x[0, 0] > 0 else b[0]
    r[0] = 50.0
    return b


def two_names_on_one_side(x):
    if x[0, 0] > 0:
        r = x * 3
        q = r
    else:
        r, q = x * 2, x * 4
    q[0] = 5.0
    return r


def parts_of_a_new_array(x):
    if x[0, 0] > 0:
        whole = x * 3
        q, r = whole[0], whole[:, 0]
    else:
        whole = x * 2
        q, r = whole[0], whole[:, 0]
    q[0] = 5.0
    return r


@pytest.mark.parametrize(
    "fn",
    [
        an_index_of_the_side,
        an_index_of_one_of_two_sides,
        two_names_on_one_side,
        parts_of_a_new_array,
    ],
)
def test_writes_that_letgrad_cannot_follow_are_errors(fn):
    with pytest.raises(ValueError, match=r"one array or another by a condition"):
        value(fn, GOOD)
