"""
The derivatives of incomplete gamma and beta functions by their shapes, far out and at the ends.

`test_special_table.py` has the slopes of each function at moderate places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg

pytestmark = pytest.mark.sampled(4)

mp: Any = pytest.importorskip("mpmath", reason="mpmath is an extra").mp
special: Any = pytest.importorskip("scipy.special", reason="SciPy is an extra")


def slope_in_many_digits(f: Callable[..., Any], xs: tuple[float, ...], k: int) -> float:
    """The derivative by parameter k, by a difference that loses 13 of 60 digits."""
    with mp.workdps(60):
        place = [mp.mpf(x) for x in xs]
        step = place[k] * mp.mpf(10) ** -13
        high, low = list(place), list(place)
        high[k] += step
        low[k] -= step
        return float((f(*high) - f(*low)) / (2 * step))


def lower_gamma(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def upper_gamma(a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, mp.inf, regularized=True)


def lower_beta(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


def student(n: Any, t: Any) -> Any:
    """The distribution for t < 0, and less 1 for t > 0, where 1 would hide the digits."""
    rest = lower_beta(n / 2, mp.mpf(1) / 2, n / (n + t * t)) / 2
    return rest if t < 0 else -rest


@pytest.mark.sampled(3)
@pytest.mark.parametrize("a, x", [
    (0.01, 1e-10), (0.01, 0.5), (1e-4, 2.0), (0.3, 1.0), (0.3, 1 + 1e-9), (1.0, 1.0), (2.5, 2.5),
    (2.5, 60.0), (40.0, 1e-3), (40.0, 39.9), (40.0, 41.0), (150.0, 20.0), (150.0, 700.0),
])  # fmt: skip
def test_incomplete_gamma_by_its_shape(a: float, x: float):
    """The slope has its digits in both tails, where it is 10⁻¹⁰⁰ and less."""
    tail, sign = (lower_gamma, 1) if x < a else (upper_gamma, -1)
    wanted = sign * slope_in_many_digits(tail, (a, x), 0)
    np.testing.assert_allclose(lg.grad(special.gammainc)(a, x), wanted, rtol=4e-13)
    np.testing.assert_allclose(lg.grad(special.gammaincc)(a, x), -wanted, rtol=4e-13)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("a, b, x", [
    (0.03, 0.15, 0.38), (0.03, 40.0, 1e-9), (1e-3, 1e-3, 0.5), (1.0, 1.0, 0.5), (2.3, 0.15, 0.57),
    (30.0, 0.07, 0.9999), (0.2, 90.0, 5e-3), (120.0, 66.0, 0.59), (120.0, 66.0, 0.3),
    (3.0, 2.0, 1e-12), (3.0, 2.0, 0.999999),
])  # fmt: skip
def test_incomplete_beta_by_its_shapes(a: float, b: float, x: float):
    for k in (0, 1):
        wanted = slope_in_many_digits(lower_beta, (a, b, x), k)
        found = lg.grad(special.betainc, k)(a, b, x)
        np.testing.assert_allclose(found, wanted, rtol=4e-12)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("n", [0.4, 1.0, 3.7, 60.0])
@pytest.mark.parametrize("t", [-30.0, -1.5, -1e-4, 1e-6, 1e-3, 0.4, 2.0, 1e5])
def test_students_distribution_by_its_degrees_of_freedom(n: float, t: float):
    wanted = slope_in_many_digits(student, (n, t), 0)
    np.testing.assert_allclose(lg.grad(special.stdtr)(n, t), wanted, rtol=2e-12)


@pytest.mark.slow
def test_student_at_zero_has_mixed_derivatives():
    """By t, the slope at 0 is that of the density, although the slope itself is 0."""

    def density(n: float) -> float:
        return np.exp(-special.betaln(0.5, 0.5 * n)) / np.sqrt(n)

    n = 3.0
    by_n = lg.grad(special.stdtr)
    assert by_n(n, 0.0) == 0
    np.testing.assert_allclose(lg.grad(by_n, 1)(n, 0.0), lg.grad(density)(n), rtol=1e-12)
    third = lg.grad(lg.grad(lg.grad(by_n, 1), 1), 1)(n, 0.0)
    # The density is c (1 - (n + 1) / (2 n) t² + …).
    np.testing.assert_allclose(third, lg.grad(lambda n: -density(n) * (n + 1) / n)(n), rtol=1e-12)


def test_the_ends_and_wrong_shapes():
    x = np.array([0.0, np.inf, np.nan, -0.0])
    slopes = lg.vmap(lg.grad(special.gammainc), in_axes=(None, 0))(2.0, x)
    np.testing.assert_array_equal(slopes, [0, 0, np.nan, 0])
    x = np.array([0.0, 1.0, np.nan])
    for k in (0, 1):
        slopes = lg.vmap(lg.grad(special.betainc, k), in_axes=(None, None, 0))(2.0, 3.0, x)
        np.testing.assert_array_equal(slopes, [0, 0, np.nan])
    slopes = lg.vmap(lg.grad(special.stdtr), in_axes=(None, 0))(2.0, np.array([np.inf, -np.inf]))
    np.testing.assert_array_equal(slopes, [0, 0])
    for a in (-1.0, np.nan):
        assert np.isnan(lg.grad(special.gammainc)(a, 0.5))
        assert np.isnan(lg.grad(special.betainc)(a, 2.0, 0.5))
        assert np.isnan(lg.grad(special.betainc)(2.0, a, 0.5))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("dtype, error", [
    (np.float16, 2e-3), (ml_dtypes.bfloat16, 2e-2), (np.float32, 1e-6),
])  # fmt: skip
def test_small_floats_round_once(dtype: Any, error: float, backend: str):
    a, b, x = (np.array(v).astype(dtype) for v in ([0.5, 3.0, 40.0], [2.0, 0.75, 30.0],
                                                  [0.25, 0.5, 0.5]))  # fmt: skip
    slope = lg.jit(lg.grad(lambda a: np.sum(special.betainc(a, b, x))), backend=backend)(a)
    wide = lg.grad(
        lambda a: np.sum(special.betainc(a, b.astype(np.float64), x.astype(np.float64)))
    )(a.astype(np.float64))
    assert slope.dtype == dtype
    np.testing.assert_allclose(slope.astype(np.float64), wide, rtol=error, atol=error / 100)


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_odd_shapes_no_elements_and_loops(backend: str):
    def total(a: Any) -> Any:
        return np.sum(special.gammainc(a, 1.5))

    slope = lg.jit(lg.grad(total), backend=backend)
    assert slope(np.zeros((0, 3))).shape == (0, 3)
    a = np.linspace(0.5, 4, 7).reshape(7, 1, 1)
    one = np.array([lg.grad(total)(v) for v in a.ravel()]).reshape(a.shape)
    np.testing.assert_allclose(slope(a), one, rtol=1e-13)

    def in_a_loop(a: Any) -> Any:
        return lg.scan(lambda c, _: (c + special.gammainc(a, c), c), a, length=3)[0]

    step = 1e-6
    difference = (in_a_loop(2 + step) - in_a_loop(2 - step)) / (2 * step)
    found = lg.jit(lg.grad(in_a_loop), backend=backend)(2.0)
    np.testing.assert_allclose(found, difference, rtol=1e-8)


def test_a_distribution_by_its_shapes():
    """The cdf and the ppf of scipy.stats: each is the inverse of the other, so are the slopes."""
    stats: Any = pytest.importorskip("letgrad.scipy.stats")
    cases = [
        (stats.gamma, (2.5,)), (stats.chi2, (3.0,)), (stats.beta, (2.0, 0.7)), (stats.t, (4.0,)),
    ]  # fmt: skip
    for family, shapes in cases:
        x = family.ppf(0.3, *shapes)
        for k in range(len(shapes)):
            by_shape = lg.grad(family.cdf, k + 1)(x, *shapes)
            inverse = lg.grad(family.ppf, k + 1)(0.3, *shapes)
            np.testing.assert_allclose(inverse, -by_shape / family.pdf(x, *shapes), rtol=1e-11)
            step = 1e-6
            high = [s + step * (j == k) for j, s in enumerate(shapes)]
            low = [s - step * (j == k) for j, s in enumerate(shapes)]
            difference = (family.cdf(x, *high) - family.cdf(x, *low)) / (2 * step)
            np.testing.assert_allclose(by_shape, difference, rtol=1e-7)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name, exact", [
    ("jv", lambda v, x: mp.besselj(v, x)), ("yv", lambda v, x: mp.bessely(v, x)),
    ("iv", lambda v, x: mp.besseli(v, x)), ("kv", lambda v, x: mp.besselk(v, x)),
    ("ive", lambda v, x: mp.exp(-x) * mp.besseli(v, x)),
    ("kve", lambda v, x: mp.exp(x) * mp.besselk(v, x)),
])  # fmt: skip
def test_bessel_functions_by_their_order(name: str, exact: Callable[..., Any]):
    """Small and large arguments and orders, also orders below 0; NaN where the sums do not hold."""
    f = getattr(special, name)
    slope = lg.vmap(lg.grad(f))
    places = [
        (0.3, 0.05), (1.0, 1.0), (0.0, 2.5), (-0.7, 0.4), (-3.2, 7.0), (2.5, 11.0), (6.5, 12.0),
        (45.0, 0.7), (48.0, 41.0), (0.4, 98.0), (30.0, 97.0),
    ]  # fmt: skip
    v, x = (np.array(column) for column in zip(*places))
    with mp.workdps(60):
        wanted = [
            float((exact(a + h, b) - exact(a - h, b)) / (2 * h))
            for a, b in ((mp.mpf(a), mp.mpf(b)) for a, b in places)
            for h in (mp.mpf(10) ** -20,)
        ]
    np.testing.assert_allclose(slope(v, x), wanted, rtol=4e-10)
    beyond = slope(np.array([1.0, 60.0, 1.0, 1.0, np.nan]), np.array([101.0, 2.0, -1.0, np.nan, 1]))
    assert np.all(np.isnan(beyond))
    at_zero = lg.grad(f)(1.5, 0.0)
    assert np.isnan(at_zero) if name[0] in "yk" else at_zero == 0
    mixed = lg.grad(lambda v, x: lg.grad(f, 1)(v, x))(1.3, 2.2)
    np.testing.assert_allclose(lg.grad(lg.grad(f), 1)(1.3, 2.2), mixed, rtol=1e-11)
