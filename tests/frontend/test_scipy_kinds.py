"""
Derivatives of Bessel functions, spherical harmonics, angles in degrees, samples of directions,
powers of samples, and filters along an axis: SciPy's values, and derivatives beside differences.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import letgrad as lg

from .directions import along

pytest.importorskip("scipy", reason="SciPy is an extra")
import letgrad.scipy.ndimage as images
import letgrad.scipy.special as special
import letgrad.scipy.stats as stats

RANDOM = np.random.default_rng(3)
Z = np.array([0.4, 1.7, 4.2, 9.0])
ANGLES = np.array([0.3, 1.1, 2.2, 3.0])
SHARES = np.array([0.1, 0.35, 0.8])
SAMPLE = RANDOM.normal(size=(4, 7))
LABELS = RANDOM.integers(0, 3, size=(4, 7))


class Case(NamedTuple):
    """A function of a module of SciPy, and of arrays."""

    module: str
    f: Callable[..., Any]
    xs: tuple[np.ndarray, ...]
    order: int = 2


CASES: dict[str, Case] = {
    **{
        name: Case("special", lambda s, z, n=name: getattr(s, n)(1.3, z), (Z,))
        for name in ("jve", "yve", "hankel1e", "hankel2e")
    },
    **{
        f"{name} {k}": Case("special", lambda s, z, n=name, k=k: getattr(s, n)(0.7, z, k), (Z,))
        for name in ("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp")
        for k in (0, 1, 3)
    },
    "jvp by v": Case("special", lambda s, v: s.jvp(v, 2.5, 2), (Z,), 1),
    "pdtri": Case("special", lambda s, y: s.pdtri(2, y), (SHARES,)),
    "bdtri": Case("special", lambda s, y: s.bdtri(2, 5, y), (SHARES,)),
    "bdtri 0": Case("special", lambda s, y: s.bdtri(0, 5, y), (SHARES,)),
    "nbdtri": Case("special", lambda s, y: s.nbdtri(2, 5, y), (SHARES,)),
    "gdtria": Case("special", lambda s, p, b, x: s.gdtria(p, b, x), (SHARES, Z[:3], Z[1:])),
    **{
        f"eval_sh_chebyu {n}": Case("special", lambda s, x, n=n: s.eval_sh_chebyu(n, x), (SHARES,))
        for n in (0, 1, 4)
    },
    **{
        f"eval_sh_jacobi {n}": Case(
            "special",
            lambda s, p, q, x, n=n: s.eval_sh_jacobi(n, p, q, x),
            (np.array([2.5, 3.0, 4.0]), np.array([1.3, 2.0, 0.7]), SHARES),
        )
        for n in (0, 1, 3)
    },
    **{
        f"sph_harm_y {n} {m}": Case(
            "special", lambda s, t, p, n=n, m=m: s.sph_harm_y(n, m, t, p), (ANGLES, ANGLES[::-1])
        )
        for n, m in ((0, 0), (1, 1), (2, -1), (3, 0), (5, -3), (4, 4), (2, 3), (12, 7))
    },
    "cotdg": Case("special", lambda s, x: s.cotdg(x), (np.array([-130.0, 20.0, 100.0, 400.0]),)),
    "circmean": Case("stats", lambda s, x: s.circmean(x), (SAMPLE,)),
    "circmean rows": Case("stats", lambda s, x: s.circmean(x, 3, -1, axis=1), (SAMPLE,)),
    "circvar": Case("stats", lambda s, x: s.circvar(x, 3, -1, axis=0), (SAMPLE,)),
    "circstd": Case("stats", lambda s, x: s.circstd(x, 3, -1, axis=0), (SAMPLE,)),
    "circstd one": Case("stats", lambda s, x: s.circstd(x, 5, normalize=True), (SAMPLE,)),
    "tmin": Case("stats", lambda s, x: s.tmin(x, 0.1, axis=1), (SAMPLE,)),
    "tmax": Case("stats", lambda s, x: s.tmax(x, 0.1, axis=None, inclusive=False), (SAMPLE,)),
    "tmax none": Case("stats", lambda s, x: s.tmax(x, axis=0), (SAMPLE,)),
    "tsem": Case("stats", lambda s, x: s.tsem(x, (-1.0, None), (False, True), axis=1), (SAMPLE,)),
    **{
        f"kstat {n}": Case("stats", lambda s, x, n=n: s.kstat(x, n, axis=1), (SAMPLE,))
        for n in (1, 2, 3, 4)
    },
    "kstatvar 1": Case("stats", lambda s, x: s.kstatvar(x, 1), (SAMPLE,)),
    "kstatvar 2": Case("stats", lambda s, x: s.kstatvar(x, 2, axis=1), (SAMPLE,)),
    **{
        f"yeojohnson {p}": Case("stats", lambda s, x, p=p: s.yeojohnson(x, p), (SAMPLE,))
        for p in (0.0, 0.7, 2.0)
    },
    "yeojohnson_llf": Case(
        "stats", lambda s, p, x: s.yeojohnson_llf(p, x), (np.array(0.7), SAMPLE)
    ),
    "boxcox_llf": Case(
        "stats", lambda s, p, x: s.boxcox_llf(p, x, axis=1), (np.array(0.7), abs(SAMPLE) + 0.3)
    ),
    "variance": Case("ndimage", lambda s, x: s.variance(x, LABELS, [0, 2]), (SAMPLE,)),
    "standard_deviation": Case("ndimage", lambda s, x: s.standard_deviation(x, LABELS), (SAMPLE,)),
    "maximum": Case("ndimage", lambda s, x: s.maximum(x, LABELS, [0, 5, 2]), (SAMPLE,)),
    "minimum": Case("ndimage", lambda s, x: s.minimum(x, LABELS, 1), (SAMPLE,)),
    "minimum of all": Case("ndimage", lambda s, x: s.minimum(x), (SAMPLE,)),
    **{
        f"percentile_filter {p}": Case(
            "ndimage", lambda s, x, p=p: s.percentile_filter(x, p, (2, 3)), (SAMPLE,)
        )
        for p in (0, 40, 100, -30)
    },
    "maximum_filter1d": Case("ndimage", lambda s, x: s.maximum_filter1d(x, 3), (SAMPLE,)),
    "minimum_filter1d": Case(
        "ndimage", lambda s, x: s.minimum_filter1d(x, 4, 0, mode="wrap", origin=1), (SAMPLE,)
    ),
}


def total(value: Any) -> Any:
    if value.dtype.kind == "c":
        return np.sum(np.cos(np.real(value))) + np.sum(np.sin(np.imag(value)))
    return np.sum(np.cos(value))


@pytest.mark.sampled(12)
@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str):
    module, f, xs, order = CASES[name]

    def ours(*xs: Any) -> Any:
        return f(importlib.import_module(f"letgrad.scipy.{module}"), *xs)

    def theirs(*xs: Any) -> Any:
        return np.asarray(f(importlib.import_module(f"scipy.{module}"), *xs))

    found, expected = lg.jit(ours)(*xs), theirs(*xs)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)
    assert np.asarray(found).dtype == expected.dtype
    rows = lg.vmap(ours)(*(np.stack([x, 0.99 * x]) for x in xs))
    np.testing.assert_allclose(rows[1], theirs(*(0.99 * x for x in xs)), rtol=1e-9, atol=1e-12)

    ds = [np.asarray(np.random.default_rng(0).normal(size=x.shape)) for x in xs]

    def slope(*xs: Any) -> Any:
        return lg.jvp(lambda *xs: total(ours(*xs)), xs, tuple(ds))[1]

    exact = along(lambda *xs: total(theirs(*xs)), xs, ds)
    slopes = lg.grad(lambda *xs: total(ours(*xs)), tuple(range(len(xs))))(*xs)
    for found in (slope(*xs), sum(np.sum(g * d) for g, d in zip(slopes, ds))):
        np.testing.assert_allclose(found, exact, rtol=1e-7, atol=1e-8)
    if order == 2:
        second = lg.jvp(slope, xs, tuple(ds))[1]
        np.testing.assert_allclose(second, along(lg.jit(slope), xs, ds), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", ["sindg", "cosdg", "tandg", "cotdg"])
def test_whole_quarters_of_a_turn_are_exact(name: str, backend: str):
    import scipy.special

    x = np.concatenate([np.arange(-9, 10) * 90.0, np.arange(-9, 10) * 45.0, [1e12 + 90.0]])
    found = lg.jit(getattr(special, name), backend=backend)(x)
    np.testing.assert_allclose(found, getattr(scipy.special, name)(x), rtol=1e-15, atol=0)


def test_the_derivatives_of_a_line_shape_without_a_normal_part():
    """By the equation of heat, the second derivative by sigma is that by x where sigma is 0."""
    x, sigma, gamma = np.array([0.3, 2.0, -7.0]), np.zeros(3), np.array([0.5, 1.0, 0.1])
    profile = lambda x, s: np.sum(special.voigt_profile(x, s, gamma))  # noqa: E731

    def second(k: int) -> Any:
        return lg.jit(lg.grad(lambda *xs: np.sum(lg.grad(profile, k)(*xs)), k))(x, sigma)

    np.testing.assert_allclose(second(1), second(0), rtol=1e-12)
    assert not np.any(lg.grad(profile, 1)(x, sigma))


def test_extremes_of_labels_keep_the_dtype():
    for kind in (np.uint8, np.int32, np.float32):
        found = lg.jit(lambda x: (images.maximum(x, LABELS, [0, 5]), images.minimum(x)))(
            np.arange(28).reshape(4, 7).astype(kind)
        )
        assert [part.dtype for part in found] == [kind, kind]


WRONG: list[tuple[Callable[..., Any], str]] = [
    (lambda x: stats.kstat(x, 5), "k-statistics only supported for 1<=n<=4"),
    (lambda x: stats.kstatvar(x, 3), "Only n=1 or n=2 supported"),
    (lambda x: stats.yeojohnson(x), "needs lmbda, which SciPy would choose"),
    (lambda x: special.jvp(0.5, x, -1), "takes a static degree n ≥ 0, not -1"),
    (lambda x: special.sph_harm_y(2, 0.5, x, x), "takes a static order m, not 0.5"),
    (lambda x: special.sph_harm_y(2, 1, x, x, diff_n=1), "has no diff_n; differentiate it"),
    (lambda x: images.percentile_filter(x, 101, 3), "invalid percentile"),
]


@pytest.mark.parametrize(("f", "message"), WRONG)
def test_errors(f: Callable[..., Any], message: str):
    with pytest.raises((TypeError, ValueError, RuntimeError), match=message) as caught:
        lg.jit(f)(Z)
    assert "test_scipy_kinds.py:" in str(caught.value)
