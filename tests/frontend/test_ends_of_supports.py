"""Distribution functions and their derivatives at the ends of the supports."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg

stats: Any = pytest.importorskip("scipy.stats", reason="SciPy is an extra")

STARTS: dict[str, tuple[float, ...]] = {
    "alpha": (3.6,), "burr": (10.5, 4.3), "exponweib": (2.9, 1.95), "fatiguelife": (29.0,),
    "johnsonsb": (4.3, 3.2), "mielke": (10.4, 4.6), "powerlaw": (1.66,),
    "powerlognorm": (2.1, 0.45), "semicircular": (), "truncnorm": (-1.0, 1.0), "expon": (),
    "uniform": (), "beta": (1.0, 2.0), "gamma": (1.0,), "weibull_min": (1.0,), "triang": (0.3,),
    "lognorm": (0.9,), "levy": (), "invgamma": (2.0,), "gamma ": (2.5,), "chi2": (2.0,),
}  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", STARTS)
def test_the_derivative_at_the_lower_end_is_the_density(name: str, backend: str):
    shapes, name = STARTS[name], name.strip()
    theirs, ours = getattr(stats, name), getattr(lg.scipy.stats, name)
    start = theirs.support(*shapes)[0]
    density = theirs.pdf(start, *shapes)
    for method, sign in (("cdf", 1), ("sf", -1)):
        share = lambda x, method=method: getattr(ours, method)(x, *shapes)  # noqa: E731
        for derived in (lg.grad(share), lg.jacfwd(share)):
            slope = lg.jit(derived, backend=backend)(start)
            np.testing.assert_allclose(slope, sign * density, rtol=1e-7, atol=1e-12)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize(
    "ends", [(-1.0, 1.0), (3.0, 9.0), (-9.0, -3.0), (30.0, np.inf), (-0.5, np.inf), (-2.0, -0.3)]
)
def test_a_truncated_normal_number_at_its_ends(ends: tuple[float, float], backend: str):
    low, high = ends
    ends_only = np.array([low - 1, low, np.nextafter(low, np.inf), high, high + 1])
    inside = low + np.array([1e-3, 0.05, 0.25, 1.0])
    theirs = stats.truncnorm(low, high)
    for method in ("cdf", "sf", "logcdf", "logsf"):
        ours = lambda x, method=method: getattr(lg.scipy.stats.truncnorm, method)(x, low, high)  # noqa: E731
        for x, errors in ((ends_only, {"atol": 1e-12}), (inside, {"atol": 0.0})):
            found, expected = lg.jit(ours, backend=backend)(x), getattr(theirs, method)(x)
            if method.startswith("log"):
                found, expected = np.exp(found), np.exp(expected)
            np.testing.assert_allclose(found, expected, rtol=1e-9, **errors)


ENDS: dict[str, tuple[float, ...]] = {
    **STARTS, "chi": (3.0,), "f": (5.0, 7.0), "fisk": (2.5,), "nakagami": (1.7,), "rice": (0.8,),
    "betaprime": (2.0, 3.0), "gengamma": (2.0, 1.3), "burr12": (2.0, 3.0), "gibrat": (),
    "invweibull": (2.5,), "kappa3": (1.5,), "halfgennorm": (0.7,), "genpareto": (-0.5,),
    "arcsine": (), "cosine": (), "gompertz": (0.9,), "halfnorm": (), "lomax": (1.9,), "norm": (),
    "pareto": (2.6,), "rdist": (1.6,), "trapezoid": (0.2, 0.8), "weibull_max": (2.9,),
}  # fmt: skip


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", ENDS)
def test_derivatives_of_quantiles_at_the_ends(name: str):
    """They are 1 / density by q, and those of the ends by the parameters. Most were NaN."""
    shapes, name = ENDS[name], name.strip()
    theirs, ours = getattr(stats, name), getattr(lg.scipy.stats, name)
    parameters = (*shapes, 0.25, 1.5)
    low, high = theirs.support(*parameters)
    for method, ends in (("ppf", (low, high)), ("isf", (high, low))):
        quantile = getattr(ours, method)
        argnums = tuple(range(len(parameters) + 1))
        slopes = lg.jit(lg.value_and_grad(quantile, argnums=argnums))
        for q, end in zip((0.0, 1.0), ends):
            if not np.isfinite(end):
                continue
            value, (by_q, *by_parameters) = slopes(q, *parameters)
            np.testing.assert_allclose(value, end, rtol=1e-14)
            with np.errstate(divide="ignore"):
                density = theirs.pdf(end, *parameters)
                expected = (1 if method == "ppf" else -1) / np.where(density < 1e-9, 0, density)
            np.testing.assert_allclose(by_q, expected, rtol=1e-9, atol=1e-12)
            which = int(end == high)
            for k, slope in enumerate(by_parameters):
                step = np.eye(len(parameters))[k] * 1e-6
                after, before = (
                    theirs.support(*(np.array(parameters) + d))[which] for d in (step, -step)
                )
                np.testing.assert_allclose(slope, (after - before) / 2e-6, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize(
    ("name", "shapes", "q"),
    [
        ("powerlaw", (1.66,), 1.0), ("truncnorm", (-1.0, 1.3), 0.0),
        ("truncnorm", (-1.0, 1.3), 1.0), ("genpareto", (-0.5,), 0.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["ppf", "isf"])
def test_second_derivatives_of_quantiles_at_the_ends(
    name: str, shapes: tuple[float, ...], q: float, method: str
):
    """They were 0. The slope 1 / density changes with the number and with the parameters."""
    theirs, parameters, h = getattr(stats, name), (*shapes, 0.25, 1.5), 1e-6
    sign, q = (1, q) if method == "ppf" else (-1, 1 - q)
    which = int(q == (1.0 if method == "ppf" else 0.0))

    step = h if which == 0 else -h

    def slope(distance: float, *parameters: float) -> float:
        inside = distance + step * 1e-3  # The density at the end itself may be 0 by rounding.
        return sign / theirs.pdf(theirs.support(*parameters)[which] + inside, *parameters)

    by_x = 4 * slope(step, *parameters) - 3 * slope(0, *parameters) - slope(2 * step, *parameters)
    expected = [by_x / (2 * step) * slope(0, *parameters)]
    for k in range(len(parameters)):
        move = np.eye(len(parameters))[k] * h
        ends = (slope(0, *(np.array(parameters) + d)) for d in (move, -move))
        expected.append((next(ends) - next(ends)) / (2 * h))
    quantile = lambda z: getattr(getattr(lg.scipy.stats, name), method)(*z)  # noqa: E731
    at = np.array([q, *parameters])
    for second in (lg.jacfwd(lg.grad(quantile)), lg.jacrev(lg.jacfwd(quantile))):
        found = second(at)
        np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(found[:, 0], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_slopes_of_a_density_at_its_ends(backend: str):
    slope = lg.grad(lambda x: np.sum(lg.scipy.stats.semicircular.pdf(x)))
    np.testing.assert_array_equal(
        lg.jit(slope, backend=backend)(np.array([-1.0, 0.0, 1.0])), [np.inf, 0.0, -np.inf]
    )


@pytest.mark.parametrize("name", ["burr", "mielke", "exponweib"])
def test_both_tails_keep_their_digits(name: str):
    shapes, ours = STARTS[name], getattr(lg.scipy.stats, name)
    shares = np.array([1e-9, 1e-3, 0.3, 0.49, 0.51, 0.9])
    for there, back in (("ppf", "cdf"), ("isf", "sf")):

        def again(q: Any, there: str = there, back: str = back) -> Any:
            return getattr(ours, back)(getattr(ours, there)(q, *shapes), *shapes)

        np.testing.assert_allclose(lg.jit(again)(shares), shares, rtol=3e-10)


LOG_SHARES: dict[str, Any] = {
    "powerlaw": lambda y, a: a * np.log(y),
    "exponweib": lambda y, a, c: a * np.log(-np.expm1(-(y**c))),
    "burr": lambda y, c, d: -d * np.log1p(y**-c),
    "mielke": lambda y, k, s: -k / s * np.log1p(y**-s),
}
"""The logarithms of `cdf`, for numbers of more bits."""


@pytest.mark.skipif(np.finfo(np.longdouble).maxexp < 16_000, reason="long doubles are doubles")
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("powerlaw", (0.01,)), ("powerlaw", (1e-6,)), ("powerlaw", (1e-10,)),
        ("exponweib", (0.01, 2.0)), ("exponweib", (1e-10, 2.0)), ("exponweib", (3.0, 0.5)),
        ("burr", (4.0, 0.001)), ("burr", (4.0, 1e-12)), ("burr", (0.5, 4.0)),
        ("mielke", (0.001, 4.6)), ("mielke", (1e-12, 4.6)), ("mielke", (9.0, 3.0)),
    ],
)  # fmt: skip
def test_shares_of_small_shapes_keep_their_digits(
    name: str, shapes: tuple[float, ...], backend: str
):
    y = np.array([1e-90, 1e-20, 1e-12, 1e-3, 0.1, 0.4, 0.5, 0.51, 0.9, 0.999])
    log = LOG_SHARES[name](y.astype(np.longdouble), *map(np.longdouble, shapes))
    expected = {"cdf": np.exp(log), "sf": -np.expm1(log), "logcdf": log}
    for method, value in expected.items():
        ours = lambda y, method=method: getattr(getattr(lg.scipy.stats, name), method)(y, *shapes)  # noqa: E731
        found = lg.jit(ours, backend=backend)(y)
        np.testing.assert_allclose(found, value.astype(float), rtol=1e-13, atol=1e-300)
