"""Arrays whose number of rows depends on traced values, beside NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([1.1, -2.0, 3.0, 0.45, -1.0])
Y = np.array([0.3, 0.2, -1.0, 0.6, 0.4, 1.7, 0.8])


def append_under_a_condition(x):
    h = np.array([1.0])
    for v in x:
        if v > 0:
            h = np.append(h, h[-1] * v)
    return (h * h).sum() + len(h) + h.mean()


def either_of_two_lengths(x):
    h = x[:2]
    if x[0] > 1:
        h = np.append(h, 3 * x[2])
    k = h[1:] if x[1] > 0 else h * 2
    return h.sum() * k.max() + k[-1] + len(h) + k.shape[0]


def returned_by_a_function(x):
    def kept(h, v):
        if v > 0.4:
            return np.append(h, v)
        return h

    h = x[:1]
    for v in x:
        h = kept(h, v)
    return np.median(h) * h.size + np.sort(h)[-1]


def from_the_front(x):
    h, t = x * 1.0, 0.0
    while t < 3.7 and len(h) > 0:
        t += h[0] ** 2
        h = h[1:]
    return t + h.sum() + len(h)


def from_the_back(x):
    h = x * 1.0
    while h.sum() > 1 and len(h) > 1:
        h = h[:-1]
    return (h**2).sum() + h[-1]


def the_greatest_out(x):
    h, t = x * 1.0, 0.0
    while t < 3.7 and len(h) > 1:
        t += h.max() * len(h)
        h = np.delete(h, np.argmax(h))
    return t * h.sum() + np.delete(h, 0).sum() + np.delete(h, -1).sum()


def doubled_until(x):
    h, t = np.array([1.0]), x[0] ** 2 + 0.1
    while t < 40:
        t = t * 2
        h = np.append(h, t)
    return h.sum() + len(h) + h[-1] ** 0.5


def at_most_turns(x):
    h, t, k = np.zeros(0), x[0] ** 2 + 0.1, 0
    while t < 40 and k < 20:
        t = t * 2
        h = np.concatenate([h, [t]])
        k += 1
    return h.sum() + len(h)


def taken_and_put_back(x):
    h, t, n = x * 1.0, 0.0, 0
    while len(h) > 0 and n < 20:
        v, h = h[0], h[1:]
        if v > 0.9:
            h = np.append(h, v / 2)
        t += v * v
        n += 1
    return t + n


def rows_of_two(x):
    h, k = np.zeros((0, 2)), 0.0
    while k < 6:
        h = np.vstack([h, [k, x[0] * k]])
        k += abs(x[1]) + 0.3
    for v in x:
        if v > 0.5:
            h = np.append(h, [[v, v * v]], axis=0)
    return h.sum() + h[-1, 1] + h[:, 0].max() + h.shape[0]


def beside_each_other(x):
    a, b = np.array([]), np.zeros(0)
    for v in x:
        if v > 0:
            a = np.append(a, v)
            b = np.append(b, v * v)
    p = x[x > 0]
    least = x[x == x.min()][:1]
    s = (a * b).sum() + ((p[1:] - p[:-1]) ** 2).sum() + (p * a).sum()
    return s + (x[x < 0.5] * least).sum() + np.maximum(least, p).sum()


def loops_in_loops(x):
    h = np.array([0.5])
    for i in range(3):
        k = 0.0
        while k < x[i]:
            h = np.append(h, k * x[0])
            k += 0.77
        for j in range(i + 1):
            if x[j] > -1.5:
                h = np.append(h, x[i] * x[j])
    return h.sum() + len(h) + h[-1]


def a_part_that_a_condition_changes(x):
    h = x[x > 0.5]
    if x[0] > 1:
        h = h * 2
    s = 0.0
    for k, v in enumerate(h):
        s += (k + 1) * v
    return s + h.size


def parts_in_known_turns(x):
    p = x[x > 0]
    for k in range(3):
        p = p[p > 0.3 * k]
        p -= 0.1
    p *= 2
    return p.sum() + p.size


def written_before(x):
    x = x * 1.0
    h = x
    if x[0] > 1:
        x[1] = 5.0
        h = x[:3]
    return h.sum() + x[1] + len(h)


PROGRAMS = [
    append_under_a_condition, either_of_two_lengths, returned_by_a_function, from_the_front,
    from_the_back, the_greatest_out, doubled_until, at_most_turns, taken_and_put_back, rows_of_two,
    beside_each_other, loops_in_loops, a_part_that_a_condition_changes,
    written_before, parts_in_known_turns,
]  # fmt: skip


@pytest.mark.sampled(8)
@pytest.mark.parametrize("x", [X, Y, -X, np.full(4, 0.7)], ids=["x", "y", "-x", "equal"])
@pytest.mark.parametrize("f", PROGRAMS)
def test_values_are_those_of_numpy(f: Callable[..., Any], x: np.ndarray) -> None:
    check_value(f, x, backends=("cpu", "numpy"))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("f", PROGRAMS)
def test_gradients(f: Callable[..., Any]) -> None:
    check_gradient(f, X)


def test_dtypes_are_those_of_numpy() -> None:
    def mixed(x):
        h, k = np.array([1, 2]), x[:1]
        for v in x:
            if v > 0:
                h = np.append(h, 7)
                k = np.append(k, v)
        return h.sum(), h[-1], k.sum(), k[-1]

    check_value(mixed, X.astype(np.float32))


def test_more_rows_than_places_are_an_error() -> None:
    @lg.program(most_items=8)
    def f(x):
        h = np.array([1.0])
        while h[-1] < x[0]:
            h = np.append(h, h[-1] + 1)
        return h.sum()

    assert lg.jit(f)(np.array([9.0])) == 45
    with pytest.raises(Exception, match=r"test_lengths_at_run_time.py:\d+: .*more than 9 rows"):
        lg.jit(f)(np.array([11.0]))


def changed_behind_a_condition(x):
    x = x * 1.0
    h = x[1:]
    if x[0] > 1:
        h = x[2:]
    x[3] = 100.0
    return h.sum()


def changed_behind_a_loop(x):
    x = x * 1.0
    h = x
    while h[0] > 1 and len(h) > 1:
        h = h[1:]
    x[3] = 100.0
    return h.sum()


def changed_behind_two_loops(x):
    x = x * 1.0
    h = x
    for _ in range(2):
        while h.sum() > 1 and len(h) > 1:
            h = h[1:]
    x[3] = 100.0
    return h.sum()


def changed_in_the_loop(x):
    x = x * 1.0
    h, t = x, 0.0
    while h[0] > 0.5 and len(h) > 1:
        h = h[1:]
        x[3] += 1.0
        t += h.sum()
    return t


def carried_beside_its_parts(x):
    y, h, t = x * 1.0, x, 0.0
    while t < 3 and len(h) > 1:
        t += h[0] ** 2 + 1
        y[3] = t
        y = y * 2
        h = y[1:] if t < 2 else y
    return t + h.sum()


def changed_under_another_name(x):
    p, q = x[:2] * 1.0, x[:3] * 1.0
    if x[0] > 0.5:
        p = np.append(p, x[3])
        q = p
    q[0] = 50.0
    return p.sum() + q.sum()


@pytest.mark.parametrize(
    "f",
    [
        changed_under_another_name, changed_behind_a_condition, changed_behind_a_loop,
        changed_behind_two_loops,
        changed_in_the_loop, carried_beside_its_parts,
    ],
)  # fmt: skip
def test_a_write_that_should_show_is_an_error(f: Callable[..., Any]) -> None:
    """Such an array is a copy of a part of x. In NumPy it is a view, and shows the write."""
    errors = (TypeError, ValueError)
    with pytest.raises(errors, match=r"test_lengths_at_run_time.py:\d+: this array is one array"):
        lg.jit(lg.program(f))(X)


def test_a_write_behind_a_view_of_two_lengths_is_an_error() -> None:
    """In NumPy the write shows in x."""

    def f(x):
        h = x[1:]
        if x[0] > 1:
            h = x[2:]
        h *= 2
        return x.sum()

    with pytest.raises(TypeError, match=r"test_lengths_at_run_time.py:\d+: .*another name shares"):
        lg.jit(lg.program(f))(X)


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda h: h.__setitem__(0, 3.0), "writes to elements of an array whose length"),
        (lambda h: h.reshape(2, -1), "shape depends on values"),
        (lambda h: h + np.ones(3), "shape depends on values"),
    ],
)
def test_other_uses_are_errors(f: Callable[..., Any], text: str) -> None:
    def program(x):
        h = x[:2]
        if x[0] > 0:
            h = np.append(h, x[2])
        return f(h)

    with pytest.raises(TypeError, match=r"test_lengths_at_run_time.py:\d+: .*" + text):
        lg.jit(lg.program(program))(X)


def test_such_an_array_is_no_result() -> None:
    def program(x):
        h = x[:2]
        if x[0] > 0:
            h = np.append(h, x[2])
        return h

    with pytest.raises(TypeError, match=r"test_lengths_at_run_time.py:\d+: .*length depends on"):
        lg.jit(lg.program(program))(X)
