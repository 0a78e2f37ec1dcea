"""
Derivatives of distributions and special functions at points where their formulas change: they are
those of the points beside them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytest.importorskip("scipy.stats", reason="SciPy is an extra")
special: Any = lg.scipy.special
stats: Any = lg.scipy.stats

DISTANCE = 1e-4

SMOOTH: dict[str, tuple[Callable[..., Any], list[float], int]] = {
    # The function, the points, and the order up to which the derivatives there are continuous.
    "laplace.cdf": (stats.laplace.cdf, [0.0], 1),
    "laplace.sf": (stats.laplace.sf, [0.0], 1),
    "laplace.logcdf": (stats.laplace.logcdf, [0.0], 1),
    "dgamma.cdf": (lambda y: stats.dgamma.cdf(y, 1.0), [0.0], 1),
    "dweibull.logsf": (lambda y: stats.dweibull.logsf(y, 1.0), [0.0], 1),
    "hypsecant.logpdf": (stats.hypsecant.logpdf, [0.0], 3),
    "hypsecant.pdf": (stats.hypsecant.pdf, [0.0], 3),
    "gennorm.logpdf": (lambda y: stats.gennorm.logpdf(y, 2.0), [0.0], 3),
    "gennorm.pdf": (lambda y: stats.gennorm.pdf(y, 2.0), [0.0], 3),
    "gennorm.cdf": (lambda y: stats.gennorm.cdf(y, 2.0), [0.0], 3),
    "gennorm.sf": (lambda y: stats.gennorm.sf(y, 4.0), [0.0], 3),
    "gennorm.ppf": (lambda p: stats.gennorm.ppf(p, 2.0), [0.5], 3),
    "gennorm.isf": (lambda p: stats.gennorm.isf(p, 1.3), [0.5], 1),
    "fatiguelife.ppf": (lambda p: stats.fatiguelife.ppf(p, 0.7), [0.5], 2),
    "fatiguelife.isf": (lambda p: stats.fatiguelife.isf(p, 2.9), [0.5], 2),
    "diric odd": (lambda x: special.diric(x, 7), [0.0, np.pi, 2 * np.pi + 1e-6, 4 * np.pi], 2),
    "diric even": (lambda x: special.diric(x, 4), [0.0, np.pi, 2 * np.pi + 1e-6, 4 * np.pi], 2),
    "agm": (lambda a: special.agm(a, 3.0), [3.0], 2),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_are_those_of_the_points_beside(name: str):
    f, points, order = SMOOTH[name]
    x = np.array(points)
    for backend, reverse in (("cpu", True), ("numpy", False)):
        derived: Callable[..., Any] = f
        for k in range(1, order + 1):
            if reverse:
                derived = lambda x, f=derived: lg.grad(lambda x: np.sum(f(x)))(x)  # noqa: E731
            else:
                derived = lambda x, f=derived: lg.jvp(f, (x,), (np.ones_like(x),))[1]  # noqa: E731
            compiled = lg.jit(derived, backend=backend)
            middle, left, right = np.split(
                compiled(np.concatenate([x, x - DISTANCE, x + DISTANCE])), 3
            )
            size = np.maximum(np.abs(left), np.abs(right)) + 1e-2
            error = np.abs(middle - (left + right) / 2) / size
            assert np.all(error < 1e-2), f"order {k}: {middle} between {left} and {right}"


def test_the_slope_at_the_top_of_an_edge_is_0():
    for f in (stats.laplace.logpdf, lambda y: stats.gennorm.logpdf(y, 1.0)):
        assert lg.grad(f)(0.0) == 0.0


def test_by_its_exponent_a_generalized_normal_number_has_a_slope_at_one():
    """At the exponent 1 the formula of an edge is another one."""
    slope = lg.jit(lg.grad(lambda b: stats.gennorm.logpdf(0.5, b)))
    np.testing.assert_allclose(slope(1.0), (slope(1 - 1e-5) + slope(1 + 1e-5)) / 2, rtol=1e-7)


def test_an_inverse_of_an_f_number_near_one_keeps_its_digits():
    m, n = 0.4725920854346971, 0.10450690949671015
    x = lg.jit(special.fdtri)(m, n, 0.7484312990354531)
    np.testing.assert_allclose(x, 1968748410.6058807, rtol=1e-12)


def test_means_of_far_numbers_keep_their_digits():
    np.testing.assert_allclose(lg.jit(special.agm)(100.5, 1e-8), 6.465338577029899, rtol=1e-14)


def test_a_lomax_number_of_a_small_shape_has_an_infinite_variance():
    assert lg.jit(stats.lomax.var)(0.4) == np.inf


EDGES: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    # The function of SciPy's or letgrad's `special`, and the places.
    "wofz": (lambda s, x: s.wofz(x), [[np.inf, -np.inf, 0.0, 9.0, -30.0]]),
    "wofz complex": (lambda s, x: s.wofz(x + 0j), [[np.inf, -np.inf, 1.0]]),
    "ndtr complex": (lambda s, x: s.ndtr(x + 0j), [[np.inf, -np.inf, 1.0]]),
    "kn": (lambda s, n, x: s.kn(n, x), [[0.5, -0.5, -2.5, 3.0], [1.0, 2.0, 0.5, 1e-8]]),
    "yn": (lambda s, n, x: s.yn(n, x), [[0.5, -0.5, -2.5, 3.0], [1.0, 2.0, 0.5, 4.0]]),
    "polygamma": (lambda s, n, x: s.polygamma(n, x), [[0.5, 1e-8, 2.0, 1.0], [0.5, 1.0, 2.0, 3.0]]),
    "pdtri": (
        lambda s, k, y: s.pdtri(k, y),
        [[0.0, 1.0, -0.5, -1.0, 2.0, 2.7], [1.0, 1.0, 0.5, 0.5, -0.1, 0.3]],
    ),
    "agm": (
        lambda s, a, b: s.agm(a, b),
        [[0.0, np.inf, 1.0, np.inf, 0.0, 2.0], [0.0, 1.0, np.inf, np.inf, 2.0, 3.0]],
    ),
    "powm1": (lambda s, x, y: s.powm1(x, y), [[1.0, 1.0, np.nan, 2.0], [np.inf, np.nan, 0.0, 3.0]]),
    **{
        name: (lambda s, x, name=name: getattr(s, name)(x), [[np.inf, -np.inf, 2e14, 30.0, 1e9]])
        for name in ("sindg", "cosdg", "tandg", "cotdg")
    },
    **{
        name: (
            lambda s, v, z, name=name: getattr(s, name)(v, z),
            [[0.0, 1.0, 2.0, 0.5, -2.5, 0.3, 1.0], [0.0, 0.0, -1.0, -3.0, -0.7, 2.0, 1.5]],
        )
        for name in ("hankel1", "hankel2", "hankel1e", "hankel2e")
    },
    "yve": (lambda s, v, z: s.yve(v, z), [[0.0, 1.0, 2.0], [0.0, 0.0, 3.0]]),
    "jve": (lambda s, v, z: s.jve(v, z), [[-0.5, -1.0, np.inf, 0.3], [0.0, 0.0, 1.0, 2.0]]),
    "voigt_profile": (
        lambda s, x, a, b: s.voigt_profile(x, a, b),
        [[0.0, 5.0, 6.0, 0.3], [0.0, 0.5, 0.4, 1.0], [0.0, 0.0, 0.0, 0.0]],
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_values_at_the_edges_are_those_of_scipy(name: str):
    import scipy.special

    f, places = EDGES[name]
    xs = [np.array(x) for x in places]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # An order may be broken.
        wanted = f(scipy.special, *xs)
    for backend in ("cpu", "numpy"):
        found = lg.jit(lambda *xs: f(special, *xs), backend=backend)(*xs)
        np.testing.assert_allclose(
            found, wanted, rtol=1e-9, atol=1e-300 if name[0] == "v" else 1e-15
        )


def test_the_slopes_of_hankel_functions_left_of_0():
    """H'_v = H_(v - 1) - v / z H_v, on the same branch."""
    z, v = np.array([-0.7, -2.5]), 1.3
    for name in ("hankel1", "hankel2"):
        h = getattr(special, name)
        slope = lg.jvp(lambda z, h=h: h(v, z), (z,), (np.ones(2),))[1]
        np.testing.assert_allclose(slope, h(v - 1, z) - v / z * h(v, z), rtol=1e-9)


def test_voigt_without_a_cauchy_number_has_slopes_by_gamma():
    def of_gamma(g: Any) -> Any:
        return special.voigt_profile(1.2, 0.9, g)

    d = 1e-4
    slope = (of_gamma(d) - of_gamma(0.0)) / d
    np.testing.assert_allclose(lg.grad(of_gamma)(0.0), slope, rtol=2e-3)
    second = (of_gamma(2 * d) - 2 * of_gamma(d) + of_gamma(0.0)) / d**2
    np.testing.assert_allclose(lg.grad(lg.grad(of_gamma))(0.0), second, rtol=2e-3)
