"""Variables that are None or a value, as a condition on traced values decides, beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg

X = np.array([0.3, 1.2, -0.7, 2.0, 0.9, 1.1])


def least_above(x, t):
    best = None
    for v in x:
        if v > t and (best is None or v < best):
            best = v
    if best is None:
        return 0.0
    return best * 2


def least_of_all(x, t):
    best, at = None, -1
    for i in range(x.shape[0]):
        if best is None or x[i] < best:
            best = x[i]
            at = i
    return best * t, at


def place_and_value(x, t):
    best = None
    at = None
    for i in range(len(x)):
        if x[i] > t and (best is None or x[i] < best):
            best = x[i]
            at = i
    if at is not None:
        return x[at] * 2 + best
    return -1.0


def pairs(x, t):
    pair = None
    for i in range(len(x)):
        if x[i] > t:
            pair = (i, x[i])
    if pair is None:
        return 0.0
    i, v = pair
    return v * i + x[i]


def none_in_a_tuple(x, t):
    pair = (None, 0.0)
    for v in x:
        if v > t:
            pair = (v, pair[1] + 1)
    v, n = pair
    return n if v is None else v * n


def first_place(x, t):
    found = None
    for i in range(len(x)):
        if x[i] > t:
            found = i
            break
    return -1 if found is None else found


def rows(x, t):
    row = None
    if x[0] < t:
        row = x * 2
    if row is not None:
        row[0] = 5.0
        return row.sum() + row[0]
    return 0.0


def hit(v, t):
    if v < t:
        return None
    return v - t


def calls(x, t):
    s = 0.0
    for v in x:
        d = hit(v, t)
        if d is not None:
            s += d * d
        s += d or 0.25
        if d:
            s += 1
        if not d:
            s -= 1.5
    return s


def items(x, t):
    state = {"best": None}
    for v in x:
        if v > t and (state["best"] is None or v > state["best"]):
            state["best"] = v
    return 0.0 if state["best"] is None else state["best"] * 3


def unknown_turns(x, t):
    prev = None
    k, s = 0, 0.0
    while k < t * 4:
        if prev is not None:
            s += abs(x[k] - prev)
        prev = x[k]
        k += 1
    return s


def back_to_none(x, t):
    current = x[0]
    s = 0.0
    for v in x:
        if v > t:
            current = None
        elif current is None:
            current = v
        else:
            current = current + v
        if current is not None:
            s += current
    return s


def equal_to_none(x, t):
    best = None
    for v in x:
        if v > t:
            best = v
    return x[0] if best == None else np.sin(best) - abs(best)  # noqa: E711


@pytest.mark.sampled(4)
@pytest.mark.parametrize("t", [0.8, 1.5])
@pytest.mark.parametrize(
    "fn",
    [
        least_above,
        least_of_all,
        place_and_value,
        pairs,
        none_in_a_tuple,
        rows,
        calls,
        items,
        unknown_turns,
        back_to_none,
        equal_to_none,
    ],
    ids=lambda fn: fn.__name__,
)
def test_as_in_numpy(fn, t):
    check_value(fn, X, np.float64(t))
    check_gradient(fn, X, np.float64(t))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("t", [0.8, 5.0])
def test_without_a_value(dtype, t):
    for fn in (first_place, least_above, none_in_a_tuple):
        with lg.remarks() as found:
            lg.trace(lg.program(fn), X.astype(dtype), dtype(t))
        assert "is unrolled" not in str(found)
        got = lg.jit(lg.program(fn))(X.astype(dtype), dtype(t))
        expected = fn(X.astype(dtype), dtype(t))
        np.testing.assert_allclose(np.asarray(got, float), float(expected), rtol=1e-3)


def test_a_float_that_is_none_is_nan_where_nobody_asked():
    def unasked(x, t):
        best = None
        for v in x:
            if v > t:
                best = v
        return best + 1

    run = lg.jit(lg.program(unasked))
    assert np.isnan(run(X, np.float64(5.0)))
    np.testing.assert_allclose(run(X, np.float64(1.0)), unasked(X, 1.0))


def test_what_may_be_none_is_an_error_where_it_has_no_meaning():
    def result(x, t):
        return hit(x[0], t)

    def index(x, t):
        k = None
        if x[0] > t:
            k = 2
        return np.argsort(x)[k]  # NaN cannot stand in the place of x[None].

    def write(x, t):
        row = None
        if x[0] > t:
            row = x * 2
        row[0] = 1.0
        return x

    for fn, said in [
        (result, "return a number in the place of None"),
        (index, "read it where `is not None` holds"),
        (write, "write to it where `is not None` holds"),
    ]:
        with pytest.raises(TypeError, match=rf"test_optional_values.py:\d+: .*{said}"):
            lg.trace(lg.program(fn), X, np.float64(1.0))


def best_pair(x, t):
    best = (np.inf, None, None)
    for i in range(len(x)):
        for j in range(3):
            if x[i] * x[j] < min(t, best[0]):
                best = (x[i] * x[j], i, j)
    value, i, j = best
    return value + x[i] * (i - j)


def test_an_int_that_is_none_where_nobody_asked():
    check_value(best_pair, X, np.float64(5.0))
    check_gradient(best_pair, X, np.float64(5.0))
    assert np.isnan(lg.jit(lg.program(best_pair))(X, np.float64(-1e9)))


def test_none_equals_no_number():
    def equal(x, t):
        k = other = None
        for i in range(len(x)):
            if x[i] > t:
                k = i
        return k == 0, k != 0, k == other, k in (0, 1)

    for t in (-9.0, 9.0):
        assert lg.jit(lg.program(equal))(X, np.float64(t)) == equal(X, t)


def test_second_derivatives():
    def value(x):
        return least_above(np.sin(x) * x, np.float64(0.1))

    hessian = lg.hessian(lg.program(value))(X)
    h = 1e-5
    gradient = lg.grad(lg.program(value))
    for k in range(X.size):
        step = h * np.eye(X.size)[k]
        expected = (gradient(X + step) - gradient(X - step)) / (2 * h)
        np.testing.assert_allclose(hessian[k], expected, rtol=1e-6, atol=1e-6)
