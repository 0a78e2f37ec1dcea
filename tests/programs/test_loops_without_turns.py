"""
Arrays that a loop binds anew in each turn, where the loop may make no turn, or a condition may keep
the array: a later write shows under all names of the array that the program has then.
"""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, compare, copies

import letgrad as lg

X, Y = np.array([1.05, 0.3, -0.7]), np.array([0.5, 2.0, 1.1])


def for_loop(x, y, k):
    z = y
    for _ in range(k):
        y = x.copy()
    y[...] = 3.0
    return z * 1.0, y * 1.0


def while_loop(x, y, k):
    z, j = y, 0
    while j < k:
        y = x.copy()
        j += 1
    y[1:] *= 3.0
    return z * 1.0, y * 1.0


def while_of_traced_numbers(x, y, k):
    z, s = y, x[0]
    while s < k:
        y = y * s
        s = s + 0.6
    y[0] = s
    return z * 1.0, y * 1.0


def item_of_a_dict(x, y, k):
    d = {"a": y}
    for _ in range(k):
        d["a"] = x.copy()
    d["a"][...] = 3.0
    return y * 1.0


def item_of_a_list(x, y, k):
    o = [y]
    for _ in range(k):
        o[0] = x.copy()
    o[0][...] = 3.0
    return y * 1.0


def in_a_loop_over_rows(x, y, k):
    s = 0.0
    for e in y:
        for _ in range(k):
            y = x.copy()
        y[...] = 3.0
        s = s + e
    return y * 1.0, s


def write_under_the_other_name(x, y, k):
    z = y
    for _ in range(k):
        y = x.copy()
    z[...] = 3.0
    return z * 1.0, y * 1.0


def two_variables_of_one_array(x, y, k):
    a, b = x, y
    for j in range(k):
        n = x * j
        a, b = n, n
    a[0] = 5.0
    return a * 1.0, b * 1.0


def jump_in_the_first_turn(x, y, k):
    for j in range(k):
        if x[j] < 0.5:
            break
        y = x.copy()
    y[0] = 3.0
    return y * 1.0


def two_variables_of_an_array_by_a_condition(x, y, k):
    a, b = x, y * 0.5
    for _ in range(k):
        if x[1] > a[0]:
            b = b * 1.5
        a = b
    return a * 1.0, b


def boundary_behind_an_inner_loop(x, y, k):
    for _ in range(12):
        for _ in range(k):
            x = x * 0.9 + 0.01
        x[0] = 1.0
    return x


def write_behind_two_loops(x, y, k):
    for _ in range(12):
        for _ in range(k):
            x = x * 0.9
    x[0] = 3.0
    return x


def write_behind_two_traced_loops(x, y, k):
    for _ in range(k):
        for _ in range(k):
            x = x * 0.9
    x[0] = 3.0
    return x


def inner_while_of_a_new_array(x, y, k):
    for _ in range(12):
        e = 10.0
        while e > 1.0 * k:
            new = x * 0.9
            e = e * 0.5
            x = new
        x[0] = 1.0
    return x


def new_array_or_write(x, y, k):
    for _ in range(12):
        for _ in range(k):
            x = x * 0.9
        if x[0] > 0.45:
            x = x * 0.5
        else:
            x[0] = 1.0
    return x


def best_so_far(x, y, k):
    best = x
    for t in range(12):
        new = y * t
        if new.sum() > best.sum() * k:
            best = new
    best[0] = 3.0
    return best


def new_array_by_a_condition_and_a_write(x, y, k):
    z = x
    for t in range(100):
        if x[0] < 100.0 * k:
            x = x * 2.0
        x[1] = 0.1 * t
    return x, z


ONE_LOOP = [
    boundary_behind_an_inner_loop, write_behind_two_loops, inner_while_of_a_new_array,
    new_array_or_write, best_so_far, new_array_by_a_condition_and_a_write,
]  # fmt: skip
ALL = [
    for_loop, while_loop, while_of_traced_numbers, item_of_a_dict, item_of_a_list,
    in_a_loop_over_rows, write_under_the_other_name, two_variables_of_one_array,
    write_behind_two_traced_loops, two_variables_of_an_array_by_a_condition, *ONE_LOOP,
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("fn", ALL, ids=lambda fn: fn.__name__)
def test_a_later_write_shows_under_all_names(fn):
    compiled = lg.jit(lg.program(fn))
    for k in (0, 1, 3):
        mine, theirs = copies([X, Y]), copies([X, Y])
        compare(compiled(*mine, np.int64(k)), fn(*theirs, k))
        np.testing.assert_allclose(mine, theirs)
        check_gradient(fn, X, Y, np.int64(k), argnums=(0, 1))


@pytest.mark.parametrize("fn", ONE_LOOP, ids=lambda fn: fn.__name__)
def test_it_is_one_loop(fn):
    with lg.remarks() as found:
        lg.trace(lg.program(fn), X, Y, np.int64(1))
    assert "unrolled" not in str(found)


def test_a_loop_carries_no_flag_that_nobody_reads():
    def best(x, y):
        for t in range(12):
            new = y * t
            if new.sum() > x.sum():
                x = new
        return x

    (scan,) = [line for line in str(lg.trace(lg.program(best), X, Y)).split("\n") if "scan" in line]
    assert "-> (tensor<3xf64>) {" in scan


def test_many_turns_with_a_write_behind_a_condition_are_one_loop():
    def fn(x):
        for t in range(3000):
            if x[0] < 5.0:
                x = x * 2.0
            x[1] = t
        return x

    mine, theirs = X.copy(), X.copy()
    with lg.remarks() as found:
        compare(lg.jit(lg.program(fn))(mine), fn(theirs))
    np.testing.assert_allclose(mine, theirs)
    assert "unrolled" not in str(found)


def test_a_write_is_not_of_an_array_that_each_turn_binds():
    """The body writes to its first array in the first turn, and to another one in the others."""

    def another(x, y, k):
        for _ in range(3):
            x += x[2]
            x = y
        return y * 1.0

    def entry(x, y, k):
        b = y * 0.5
        for _ in x:
            b = x
            b[1:] *= 0.5
        x *= 0.7
        return b * 1.0

    for fn in (another, entry):
        mine, theirs = copies([X, Y]), copies([X, Y])
        compare(lg.jit(lg.program(fn))(*mine, np.int64(0)), fn(*theirs, 0))
        np.testing.assert_allclose(mine, theirs)


def nested_conditions_in_an_inner_loop(x, y, k):
    b = y
    for _ in range(3):
        for _ in range(k):
            if x[0] > 0:
                if x[1] > 0:
                    b = x * 2
    y *= 0.7
    return b * 1.0


@pytest.mark.parametrize("fn", [jump_in_the_first_turn, nested_conditions_in_an_inner_loop])
def test_an_array_that_jumps_or_conditions_may_keep_is_not_written_in_silence(fn):
    with pytest.raises(ValueError, match="one array or another"):
        lg.jit(lg.program(fn))(X.copy(), Y.copy(), np.int64(0))


def test_a_loop_without_a_turn_leaves_an_array_of_the_user():
    w = np.zeros(3)

    def fn(x, k):
        y = w
        for _ in range(k):
            y = x.copy()
        y[...] = 3.0
        return y

    with pytest.raises(ValueError, match=r"test_loops_without_turns.py:\d+: a NumPy array from"):
        lg.jit(lg.program(fn))(X.copy(), np.int64(0))
    assert not w.any()


def test_an_array_that_gets_another_dtype_is_not_written_in_silence():
    def fn(x, y, k):
        y = np.array([1, 2, 3])
        z = y
        for _ in range(k):
            y = x * 2
        y[0] = 3.5
        return z.sum()

    with pytest.raises(
        ValueError, match=r"test_loops_without_turns.py:\d+: .*one array or another"
    ):
        lg.jit(lg.program(fn))(X, Y, np.int64(0))
