"""Loops that append to lists: one loop where nothing else reads the lists, and right everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.0, 2.0, 3.0])
N = 9


def behind_a_first_item(x):
    path = [x]
    for _ in range(N):
        x = x * 1.1
        path.append(x)
    return np.array(path), np.array(path[3:-1]), np.array(path[::2])


def at_the_start(x):
    path, times, t = [x * 2], [], 0.0
    first = x
    for _ in range(N):
        path.append(x)
        times.append(t)
        x = x * 0.9
        t += 0.1
    first[0] = 100.0
    return np.stack(path), np.array(times), times[-1], len(path)


def a_write_behind_the_loop(x):
    path = []
    for _ in range(N):
        x = x * 1.1
        path.append(x)
    x += 5
    path[2][0] = 7.0
    return np.array(path)


def an_item_of_the_list_is_the_variable(x):
    path = []
    for _ in range(N):
        x = x * 1.1
        path.append(x)
    path[-1][0] = 100.0
    return x


def losses(x):
    found, w = [], x.copy()
    for _ in range(N):
        w -= 0.2 * (w - 1)
        found.append(np.sum((w - 1) ** 2))
    return w, found


def pairs(x):
    found = []
    for v in np.arange(N):
        found.append((x * v, 0.5))
    return found[3][0], found[8][1]


def a_write_in_the_next_turn(x):
    path = []
    for _ in range(N):
        x[0] += 1
        x = x * 1.1
        path.append(x)
    return np.array(path)


def one_array(x):
    path = []
    for _ in range(N):
        x += 1
        path.append(x)
    return np.array(path)


def another_name(x):
    path = []
    same = path
    for _ in range(N):
        x = x * 1.1
        path.append(x)
        x = x + same[0]
    return np.array(path)


def a_function_reads_it(x):
    path, last = [], []

    def newest():
        return path[-1]

    for k in range(N):
        path.append(x * k)
        last.append(newest()[0])
    return np.array(last)


def two_lists(x):
    a, b = [], []
    for _ in range(N):
        x = x * 1.1
        a.append(x)
        b.append(x)
    a[3][0] = 100.0
    return np.array(b)


def an_older_item(x):
    path = []
    for _ in range(N):
        old = x
        x = x * 1.1
        path.append(x)
    old[0] = 9.0
    return np.array(path)


def known_ints(x):
    sizes = []
    for k in range(N):
        x = x * 0.9
        sizes.append(k // 2)
    return np.zeros(sizes[4]).sum() + x


def under_a_condition(x):
    found = []
    for k in range(N):
        x = x * 1.2
        if x[0] > 2:
            found.append(x[0] * k)
    return sum(found), len(found)


def copies_of_the_last_item(x):
    path = [x]
    for _ in range(N):
        z = path[-1].copy()
        for _ in range(2):
            z += 0.1 * np.sin(z)
        path.append(z)
    path[3][1] = 55.0
    return np.array(path), z


ONE_LOOP = [
    copies_of_the_last_item,
    behind_a_first_item, at_the_start, a_write_behind_the_loop,
    an_item_of_the_list_is_the_variable, losses, pairs, a_function_reads_it,
    known_ints, under_a_condition,
]  # fmt: skip


def a_write_to_the_last_item(x):
    path = [x.copy()]
    for _ in range(N):
        path[-1][0] += 1
        path.append(path[-1] * 0.9)
    return np.array(path)


def the_last_item_again(x):
    path = [x.copy()]
    for _ in range(N):
        path.append(path[-1])
        path[-1][1] += 1
    return np.array(path)


def a_variable_holds_an_older_item(x):
    path, old = [x.copy(), x * 2], x
    for _ in range(N):
        old = path[-2]
        path.append(path[-1] + old)
    old[0] = 5.0
    return np.array(path)


def accepted_steps(x):
    t, h, n, ts, path = 0.0, 0.5, 0, [0.0], [x]
    while t < 2.0 and n < 40:
        n += 1
        new = x + h * np.sin(x)
        if np.abs(new - x).max() < 0.4:
            x = new
            t = t + h
            ts.append(t)
            path.append(x)
        else:
            h = h / 2
    return x, len(ts), sum(y[0] for y in path)


def kept_states(x):
    chain = [x]
    for k in range(70):
        new = x + 0.1 * np.cos(k + x)
        if new[0] > 0.9:
            x = new
        chain.append(x)
    return np.array(chain)


def test_items_that_variables_hold_too():
    for fn in (accepted_steps, kept_states):
        check_value(fn, X, backends=("numpy",))
        assert "unrolled" not in remarks(fn)
    check_gradient(accepted_steps, X)


def test_a_write_to_an_item_that_a_variable_may_hold_is_an_error():
    def written(x):
        chain = [x]
        for k in range(70):
            if x[0] > k:
                x = x * 0.9
            chain.append(x)
        chain[3][0] = 7.0
        return np.array(chain)

    with pytest.raises(ValueError, match=r"test_appended_rows.py:\d+: this array is one array or"):
        lg.trace(lg.program(written), X)


def choices_are_written_and_kept(x):
    chain = []
    for k in range(5):
        if x[1] > k:
            x = x + 0.1
        x[0] += 1.0
        chain.append(x)
    return np.array(chain)


UNROLLED = [
    choices_are_written_and_kept,
    a_write_to_the_last_item, the_last_item_again, a_variable_holds_an_older_item,
    a_write_in_the_next_turn, one_array, another_name, two_lists,
    an_older_item,
]  # fmt: skip


def remarks(fn):
    with lg.remarks() as found:
        lg.trace(lg.program(fn), X)
    return str(found)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("fn", ONE_LOOP)
def test_one_loop(fn):
    check_value(fn, X)
    check_gradient(fn, X)
    assert "unrolled" not in remarks(fn)


@pytest.mark.parametrize("fn", UNROLLED)
def test_turns_that_depend_on_each_other(fn):
    check_value(fn, X, backends=("numpy",))
    assert "unrolled" in remarks(fn)


def test_the_array_of_all_items_is_the_result_of_the_loop():
    def path_of(x):
        path = []
        for _ in range(N):
            x = x * 1.1
            path.append(x)
        return np.array(path)

    module = str(lg.trace(lg.program(path_of), X))
    assert "ten.scan" in module and "ten.stack" not in module and "ten.concat" not in module


def window_of_a_list(x):
    history, s = [x[0], x[1], x[2]], 0.5
    for v in x[3:]:
        history.append(v * s)
        *_, a, b = history
        s = s * 0.5 + a - b * 0.3 + history[-4] * 0.1
        history = history[-3:]
    return s + history[0]


def inserted_in_front(x):
    buffer, total = [0.0] * 3, 0.0
    for v in x:
        buffer.insert(0, v)
        buffer = buffer[:3]
        total += buffer[0] - buffer[2] * v
    return total


def aliased_window(x):
    history = [x[0]] * 3
    other, total = history, 0.0
    for v in x:
        history.append(v)
        total += history[-2] * v
        history = history[-3:]
    return total + len(other) + other[-1]


@pytest.mark.parametrize(
    "program", [window_of_a_list, inserted_in_front, aliased_window], ids=lambda p: p.__name__
)
def test_windows_of_lists(program):
    check_value(program, np.linspace(0.1, 1.7, 12))


def test_a_window_of_a_list_is_a_loop():
    with lg.remarks() as found:
        lg.trace(lg.program(window_of_a_list), np.linspace(0.1, 1.7, 12))
    assert "unrolled" not in str(found)


def some_rows(x):
    rows = []
    for r in x:
        if r[0] > 0:
            rows.append(r)
    return x, rows


def parts_of_rows(x):
    rows = []
    for r in x:
        rows.append(r[1:])
    return x, rows


def pairs_with_rows(x):
    rows = []
    for i, r in enumerate(x):
        if i > 1:
            rows.append((i, r))
    return x, [i * r for i, r in rows]


ROWS = np.random.default_rng(3).normal(size=(400, 3))
"""So many that the loop is not unrolled."""


@pytest.mark.parametrize("rows", [some_rows, parts_of_rows, pairs_with_rows])
def test_rows_of_a_long_loop_without_a_write(rows):
    def total(x):
        return sum((r * r).sum() for r in rows(x)[1])

    found = lg.program(total)
    np.testing.assert_allclose(lg.jit(found)(ROWS), total(ROWS), rtol=1e-12)
    direction = np.cos(np.arange(1200.0)).reshape(ROWS.shape)
    _, slope = lg.jvp(found, (ROWS,), (direction,))
    np.testing.assert_allclose(np.sum(lg.grad(found)(ROWS) * direction), slope, rtol=1e-10)


@pytest.mark.parametrize("rows", [some_rows, parts_of_rows])
def test_a_write_behind_a_long_loop_shows_in_the_rows_that_a_list_keeps(rows):
    """Or it is an error: never are the rows those from before the write."""

    def total(x):
        x, kept = rows(x)
        x[1] += 10.0
        return sum(r.sum() for r in kept)

    try:
        found = lg.jit(lg.program(total))(ROWS.copy())
    except ValueError as error:
        assert "test_appended_rows.py" in str(error) and "take x.copy()" in str(error)
    else:
        np.testing.assert_allclose(found, total(ROWS.copy()), rtol=1e-12)


def test_a_while_behind_many_operations_that_appends():
    """Where letgrad looks for the list, it does not look at the operations of the trace."""

    def settled(x):
        for word in ["a", "bc"] * 60:
            x = np.sin(x) + x[len(word)] / 9
        errors = []
        k, error = 0, 1.0
        while error > 1e-3 and k < 64:
            x = 0.9 * x
            if k % 10 == 0:
                error = np.sum(x**2)
                errors.append(error)
            k += 1
        return errors[-1]

    check_value(settled, X)
    assert "unrolled" not in remarks(settled)
