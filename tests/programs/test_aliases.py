"""Arrays that have two names in a loop or a branch: writes show under both, as in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value, compare, copies, leaves

import letgrad as lg

pytestmark = pytest.mark.sampled(2)

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


def one_result(x):
    """The spare array has no name that is read after the loop."""
    b = x.copy()
    for _ in range(5):
        b[1:-1] = x[2:] + x[:-2]
        x, b = b, x
    return x


def one_result_of_copies(x):
    a = x.copy()
    b = a.copy()
    c = b
    for _ in range(4):
        b[1:-1] = a[2:] + a[:-2]
        a, b = b, a
    return a, c


@pytest.mark.parametrize("fn", [one_result, one_result_of_copies])
def test_an_exchange_of_a_spare_array_is_one_loop(fn):
    x = np.arange(5.0) ** 2
    with lg.remarks() as found:
        lg.trace(lg.program(fn), x)
    assert "is unrolled" not in str(found)
    mine, theirs = x.copy(), x.copy()
    compare(lg.jit(lg.program(fn))(mine), fn(theirs))
    np.testing.assert_allclose(mine, theirs)
    check_gradient(fn, x)


def test_an_exchange_is_one_loop():
    assert str(lg.trace(lg.program(exchange), X)).count("ten.scan") == 1


# An array that is one array or another by a condition.

A = np.random.default_rng(0).standard_normal((4, 4))


def write_behind(x, z):
    y = x if x[0, 0] > z[0, 0] else z
    x[1] = 5.0
    return y


def write_through(x, z):
    y = x if x[0, 0] > z[0, 0] else z
    y[1] = 5.0
    return y


def write_or_rebind(w, z):
    if w[0, 0] > 0:
        w = w * 0.9
    else:
        w *= 1.1
    return w


def write_or_rebind_in_turns(w, z):
    for k in range(4):
        if w[0, k] > 0:
            w = w * 0.9
        else:
            w *= 1.1
    return w


def new_or_old(w, z):
    y = w
    if y[0, 0] > 0:
        y = y * 0.9
    y[0] = 1.0
    return y, w


def best_row(x, z):
    best = x[0]
    for i in range(1, 4):
        if x[i, 0] > best[0]:
            best = x[i]
        x[0] += 1.0
    return best * 1.0


def rows(x, z):
    row = x[0] if x[0, 0] > 0 else x[1]
    x[0, 0] = 9.0
    row[1] = -1.0
    return row * 1.0


def pick(a, b):
    if a[0, 0] > b[0, 0]:
        return a
    return b


def from_a_function(x, z):
    y = pick(x, z)
    z[0], x[0] = 1.0, 2.0
    return y * 1.0


def in_a_loop(x, z):
    y = x if x[0, 0] > 0 else z
    for i in range(3):
        y[i] += x[i]
        x[i, 1] = 2.0
    return y, x * z


def parts(x, z):
    y = x[1:] if x[0, 0] > 0 else z[:-1]
    y[0, ::2] *= 3
    y.T[1] = x[1, 1]
    if x[1, 1] > 0:
        y[:] = y * y
    return y


def crosswise(x, z):
    a = x if x[0, 0] > 0 else z
    b = z if x[0, 0] > 0 else x
    a[0], b[1] = 1.0, a[2]
    a += b
    return a * b


def two_names_after_turns(x, z):
    a, b = x, x
    for i in range(3):
        n = x * i
        a, b = n, n
    a[0] = 5
    return b * 1.0


def two_names_after_a_condition(x, z):
    if x[0, 0] > 0:
        y = x * 2
        w = y
    else:
        y = x * 3
        w = y
    y[0] = 7.0
    return w * 1.0


def own_copy(x, z):
    best, most = x.copy(), x.sum()
    for i in range(3):
        n = z * i
        if n.sum() > most:
            best, most = n, n.sum()
    best[0] = 0.0
    return best, most


def maybe_the_argument(x, z):
    best, most = x, x.sum()
    for i in range(3):
        n = z * i
        if n.sum() > most:
            best, most = n, n.sum()
    best[0] = 0.0
    return best, most


CHOICES = [
    write_behind, write_through, write_or_rebind, write_or_rebind_in_turns, new_or_old, best_row,
    rows, from_a_function, in_a_loop, parts, crosswise, two_names_after_turns,
    two_names_after_a_condition, own_copy, maybe_the_argument,
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fn", CHOICES, ids=lambda fn: fn.__name__)
def test_a_choice_is_the_array_itself(fn, sign):
    mine, theirs = [sign * A, -sign * A], [sign * A, -sign * A]
    result, expected = lg.jit(lg.program(fn))(*mine), fn(*theirs)
    for r, e in zip(leaves(result), leaves(expected), strict=True):
        np.testing.assert_allclose(r, e)
    np.testing.assert_allclose(mine, theirs)
    check_gradient(fn, sign * A, -sign * A, argnums=(0, 1))


def last_row_then_write(x, z):
    row = x[0]
    for i in range(1, 4):
        row = x[i]
    x[3] = 5.0
    return row * 1.0


def part_then_write(x, z):
    if x[0, 0] > 0:
        y = x * 2
        w = y[0]
    else:
        y = x * 3
        w = y[1]
    y[0] = 7.0
    return w * 1.0


def nested_then_write(x, z):
    w = x[0]
    if x[0, 0] > 0:
        if z[0, 0] < 0:
            w = z[0]
        else:
            w = z[1]
    z[0] = 7.0
    return w * 1.0


UNCLEAR = [last_row_then_write, part_then_write, nested_then_write]


@pytest.mark.parametrize("fn", UNCLEAR, ids=lambda fn: fn.__name__)
def test_a_read_behind_a_write_to_perhaps_another_array_is_an_error(fn):
    with pytest.raises(ValueError, match="wrote to one of them since"):
        lg.jit(lg.program(fn))(A.copy(), -A)


def test_a_write_to_the_row_of_a_turn_is_an_error():
    def last_row(x):
        row = x[0]
        for i in range(1, 4):
            row = x[i]
        row[:] = 5.0
        return x

    with pytest.raises(ValueError, match="one array or another by a condition"):
        lg.jit(lg.program(last_row))(A.copy())


def the_last_and_the_best(x):
    best, cur = x.copy(), x * 1
    for k in range(3):
        cur = cur * np.cos(k + cur)
        if cur[1] > best[1]:
            best = cur
    best[0] += 1
    return best, cur


def nested_conditions(x):
    best, cur = x.copy(), x * 1
    for k in range(3):
        new = cur * np.cos(k + cur)
        if new[0] > cur[0]:
            cur = new
            if new[1] > best[1]:
                best = new
    best[0] += 1
    return best, cur


def two_conditions(x):
    best, cur = x.copy(), x * 1
    for k in range(3):
        new = cur * np.cos(k + cur)
        if new[0] > cur[0]:
            cur = new
        if new[1] > best[1]:
            best = new
    best[0] += 1
    return best, cur


def turns_that_a_condition_ends(x):
    a, b = x * 1, x * 2
    while a[0] < 4:
        a = a + 1
        if a[1] > 2:
            b = a
    b[1] = 7.0
    return a, b


def a_loop_in_a_loop(x):
    best, cur = x.copy(), x * 1
    for _ in range(3):
        for k in range(3):
            cur = cur * np.cos(k + cur)
            if cur[1] > best[1]:
                best = cur
        cur[0] += 1
    return best, cur


def arrays_that_turns_hand_on(x):
    a, b, c = x * 1, x * 2, x * 3
    for _ in range(5):
        c = b
        b = a
        a = a * 1.1 if x[0] > 0 else a
    b[0] = 1.0
    return a, b, c


@pytest.mark.parametrize(
    "fn",
    [
        the_last_and_the_best, nested_conditions, two_conditions, turns_that_a_condition_ends,
        a_loop_in_a_loop, arrays_that_turns_hand_on,
    ],
)  # fmt: skip
def test_a_write_behind_a_loop_to_an_array_that_two_variables_may_hold(fn):
    """The other variable kept its values, where Python shows the write in both."""
    with pytest.raises(ValueError, match="one array or another"):
        lg.jit(lg.program(fn))(np.array([1.5, -0.7]))


def reads_only_the_one_it_wrote(x):
    best, cur = x.copy(), x * 1
    for k in range(3):
        cur = cur * np.cos(k + cur)
        if cur[1] > best[1]:
            best = cur
    best[0] += 1
    return best


def writes_to_none(x):
    best, cur = x.copy(), x * 1
    for k in range(20):
        cur = cur * np.cos(k + cur)
        if cur[1] > best[1]:
            best = cur
    return best, cur


def arrays_that_stay_apart(x):
    a, b, c = x * 1, x * 2, x * 3
    for _ in range(5):
        c = a
        a = b * 1.1
        b = c
    b[0] = 1.0
    return a, b, c


@pytest.mark.parametrize(
    "fn", [reads_only_the_one_it_wrote, writes_to_none, arrays_that_stay_apart]
)
def test_no_write_that_another_variable_shows(fn):
    check_value(fn, np.array([1.5, -0.7]))
    check_gradient(fn, np.array([1.5, -0.7]))


def reads_an_exchanged_array(x):
    """The loop read `b` as it was before all turns."""
    a, c = x * 0.5, x + 1
    b, total = a, 0.0
    for i in range(20):
        total += b[i % 2]
        a, c = c, a
        a += 0.5
    return total


def reads_a_part_of_an_exchanged_array(x):
    a, c = x * 0.5, x + 1
    b, total = a[1:], 0.0
    for _ in range(20):
        total += b[0] ** 2
        a, c = c, a
        a += 0.5
    return total


def reads_one_exchanged_array_or_the_other(x):
    a, c = x * 0.5, x + 1
    b, total = (c if x[0] > 1 else a), 0.0
    for i in range(20):
        total += b[i % 2]
        a, c = c, a
        a *= 1.1
    return total


def reads_what_may_be_exchanged(x):
    a, c = x * 0.5, x + 1
    holder, total = [a], 0.0
    if x[0] > 1:
        a = x * 3.0
    for _ in range(20):
        total += holder[0][1]
        a, c = c, a
        a += 0.5
    return total


@pytest.mark.parametrize(
    "fn",
    [
        reads_an_exchanged_array,
        reads_a_part_of_an_exchanged_array,
        reads_one_exchanged_array_or_the_other,
        reads_what_may_be_exchanged,
    ],
)
def test_a_loop_that_reads_an_array_that_others_exchange(fn):
    for x in (np.array([1.5, -0.7]), np.array([0.5, -0.7])):
        check_value(fn, x)
        check_gradient(fn, x)
