"""New arrays of computed sizes, and the functions of `bisect`, beside Python."""

from __future__ import annotations

import bisect

import numpy as np
import pytest
from program_checks import check_gradient, check_value

import letgrad as lg


def squares_above(x, k):
    n = int(np.sum(x > 0))
    out = np.zeros(n)
    place = 0
    for v in x:
        if v > 0:
            out[place] = v * v
            place += 1
    return out.sum(), n, (out**2).sum(), len(out)


def makers(x, k):
    n = np.count_nonzero(x > 0)
    a, b, c = np.full((n, 3), 2.0), np.ones((2, n)), np.empty(shape=n, dtype=np.int32)
    a[:, 0] = 1
    b *= 3
    return a.sum(), b.sum(axis=1), a.sum(axis=0), a.shape[1], len(c)


def histogram(x, k):
    n = np.clip(k.max(), 0, 20) + 1 if len(k) else 1
    sums = np.zeros(n)
    for i in range(len(k)):
        sums[k[i]] += x[i]
    return sums.max(), (sums * sums).sum(), sums[0]


def running(x, k):
    p = x[x > 0]
    d = np.zeros(len(p))
    for i in range(len(p)):
        d[i] = p[i] * i
    e = np.zeros(len(p) + 1)
    e[0] = 1.0
    for i in range(1, len(e)):
        e[i] = e[i - 1] * 0.5 + d[i - 1]
    return d.sum(), e[-1], e.sum()


def under_a_condition(x, k):
    n = int((x > 0).sum())
    if n > 0:
        w = np.zeros(n)
        w[n - 1] = 2.0
        w[-1] += 1.0
        w[0] += x.sum()
        return w.sum() + w[-1]
    return 0.0


SIZED = [squares_above, makers, histogram, running, under_a_condition]


def arguments(n):
    random = np.random.default_rng(n + 1)
    return random.standard_normal(n), random.integers(0, 9, n)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 33])
@pytest.mark.parametrize("fn", SIZED)
def test_arrays_of_computed_sizes(fn, n):
    check_value(fn, *arguments(n), backends=("numpy", "cpu"))


@pytest.mark.parametrize("fn", [squares_above, histogram, running, under_a_condition])
def test_derivatives_through_arrays_of_computed_sizes(fn):
    check_gradient(fn, *arguments(7))


def test_a_size_without_a_bound_is_an_error():
    def fn(k):
        return np.zeros(k.max() + 1).sum()

    with pytest.raises(TypeError, match=r"test_computed_sizes.py:\d+: .*bound it by known numbers"):
        lg.jit(lg.program(fn))(np.arange(3))


def longest_increasing(x, k):
    tails = []
    for v in k:
        place = bisect.bisect_left(tails, v)
        if place == len(tails):
            tails.append(v)
        else:
            tails[place] = v
    return len(tails)


def running_median(x, k):
    ordered, out = [], []
    for v in x:
        bisect.insort(ordered, v)
        m = len(ordered)
        out.append(ordered[m // 2] if m % 2 else 0.5 * (ordered[m // 2 - 1] + ordered[m // 2]))
    return out


def line_between(x, k):
    xs, ys = [0.0, 0.5, 1.5, 2.0], [1.0, 2.0, 0.0, 3.0]
    total = 0.0
    for v in x:
        i = min(max(bisect.bisect_right(xs, v) - 1, 0), len(xs) - 2)
        a = (v - xs[i]) / (xs[i + 1] - xs[i])
        total += (1 - a) * ys[i] + a * ys[i + 1]
    return total


def many_places(x, k):
    xs = sorted(x)
    above = [v for v in xs if v > 0]
    return (
        bisect.bisect(xs, 0.3),
        bisect.bisect_left(above, 0.5),
        bisect.bisect(np.sort(x), 0.1),
        bisect.bisect_left(xs, 0.1, min(1, len(x))),
        bisect.bisect_left(xs, 0.1, 0, len(x) // 2),
        bisect.bisect_left(np.sort(k), 3) * bisect.bisect_right(np.sort(k), 3),
    )


def inversions(x, k):
    seen, found = [], 0
    for v in reversed(k):
        found += bisect.bisect_left(seen, v)
        bisect.insort_left(seen, v)
    return found


def insert_into_a_known_list(x, k):
    xs = [-0.5, 0.0, 0.5]
    for v in x[:3]:
        bisect.insort_right(xs, v)
    return sum(v * i for i, v in enumerate(xs))


BISECTING = [
    longest_increasing, running_median, line_between, many_places, inversions,
    insert_into_a_known_list,
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 33])
@pytest.mark.parametrize("fn", BISECTING)
def test_bisection(fn, n):
    check_value(fn, *arguments(n))


@pytest.mark.parametrize("fn", [running_median, line_between, insert_into_a_known_list])
def test_derivatives_behind_bisection(fn):
    check_gradient(fn, *arguments(7))


def test_what_bisection_does_not_take_is_an_error():
    def with_key(x):
        return bisect.bisect_left(sorted(x), 0.5, key=lambda v: v)

    def of_tuples(x):
        return bisect.bisect_left([(v, 1) for v in x], (0.5, 1))

    for fn in (with_key, of_tuples):
        with pytest.raises(TypeError, match=r"test_computed_sizes.py:\d+: bisect on traced values"):
            lg.jit(lg.program(fn))(np.arange(3.0))


def test_nan_stands_behind_all_numbers():
    """`bisect_right` gave the place 0 to NaN."""

    def fn(x, k):
        items = sorted(x)
        missing = np.where(k > 100, 1.0, np.nan) * x[0]
        return bisect.bisect_right(items, missing), bisect.bisect_left(items, missing)

    check_value(fn, np.random.default_rng(3).standard_normal(5), np.int64(2))


def test_negative_sizes():
    """A size below 0 was not an error for a handler, and nothing said that it is one."""

    def fn(x, k):
        n = int(k[0]) - 5
        try:
            return np.zeros(np.minimum(n, 9)).size
        except ValueError:
            return 20

    for first in (3, 5, 7):
        check_value(fn, np.zeros(1), np.array([first]))
    with lg.remarks() as found:
        lg.trace(lg.program(lambda k: len(np.zeros(np.minimum(int(k[0]) - 5, 9)))), np.array([7]))
    assert "may be negative" in str(found)
    with lg.remarks() as found:
        lg.trace(lg.program(lambda k: len(np.zeros(int(np.sum(k > 0))))), np.array([7]))
    assert "may be negative" not in str(found)


BOUNDS = [(0, 3), (0, 8), (0, 9), (0, 40), (2, 17), (9, 12), (0, -1), (0, -2), (3, -1), (5, 2)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("v", [-5.0, 0.2, 0.7, 5.0])
@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("search", [bisect.bisect_left, bisect.bisect_right])
def test_bounds_of_bisection(search, bounds, v):
    """Behind the list, there was a number where Python raises an error; -1 was no end."""

    def fn(x, v):
        items = sorted(x)
        try:
            place = search(items, v, *bounds)
        except IndexError:
            place = -7
        return place

    check_value(fn, np.linspace(-1, 1, 8), np.float64(v))


def test_bounds_that_values_decide():
    def fn(x, k):
        items = sorted(x)
        try:
            place = bisect.bisect(items, 0.3, int(k[0]), int(k[1]))
        except ValueError:
            place = -7
        return place

    x = np.linspace(-1, 1, 8)
    for bounds in ((0, 8), (2, -1), (-1, 5), (3, 2), (-3, -1), (1, 6)):
        check_value(fn, x, np.array(bounds))


def test_bounds_behind_the_list_that_values_decide_are_no_silent_number():
    def fn(x, k):
        items = sorted(x)
        try:
            place = bisect.bisect(items, 0.3, 0, int(k[0]))
        except IndexError:
            place = -7
        return place

    with pytest.raises(TypeError, match=r"test_computed_sizes.py:\d+: .*a handler of the program"):
        lg.jit(lg.program(fn))(np.linspace(-1, 1, 8), np.array([9]))


@pytest.mark.parametrize(
    ("bounds", "kind"), [((-1,), ValueError), ((-2, 3), ValueError), ((0, 40), IndexError)]
)
def test_bounds_that_python_refuses(bounds, kind):
    with pytest.raises(kind, match=r"test_computed_sizes.py:\d+: l"):
        lg.trace(lg.program(lambda x: bisect.bisect(sorted(x), 0.3, *bounds)), np.ones(4))
