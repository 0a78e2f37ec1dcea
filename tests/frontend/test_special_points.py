"""
Derivatives of distributions and special functions at points where their formulas change: they are
those of the points beside them.
"""

from __future__ import annotations

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


@pytest.mark.sampled(4)
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
