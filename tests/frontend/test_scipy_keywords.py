"""
Keywords of `scipy.signal`, `interpolate`, `integrate` and `spatial.distance` that few calls have:
SciPy's values, shapes and dtypes, and derivatives beside differences of SciPy's values.
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
import scipy.sparse.linalg
import scipy.spatial.distance

import letgrad.scipy.integrate as integrate
import letgrad.scipy.interpolate as interpolate
import letgrad.scipy.signal as signal
import letgrad.scipy.spatial.distance as distance

RANDOM = np.random.default_rng(5)
X, Y = RANDOM.normal(size=7), RANDOM.normal(size=4)
Z, W = X + 1j * RANDOM.normal(size=7), Y + 1j * RANDOM.normal(size=4)
A, B = RANDOM.normal(size=(5, 6)), RANDOM.normal(size=(4, 2))
PLACES = np.array([0.0, 0.7, 1.1, 2.3, 3.0, 4.2, 5.0])
AT = np.array([0.35, 0.9, 2.6, 1.7])
BEYOND = np.array([0.9, -0.5, 6.0])
GRID = (np.array([0.0, 0.5, 1.3, 2.0, 2.2, 3.1, 4.0]), np.array([-1.0, 0.0, 0.4, 1.1, 2.0, 2.5]))
DIRECT: dict[str, Any] = {  # SciPy's usual solver is iterative
    method: {"solver": scipy.sparse.linalg.spsolve} for method in ("slinear", "cubic", "quintic")
}
VALUES = RANDOM.normal(size=(7, 6))
POINTS = np.array([[0.3, -0.5], [2.7, 1.0], [0.6, 0.45], [3.3, 2.1]])
ON_POINTS = np.array([[0.3, -1.0], [4.0, 2.5], [0.5, 0.4]])
ROWS = RANDOM.normal(size=(4, 3))
TWICE = np.array([0.0, 0.5, 0.5, 1.25, 2.0, 2.0, 3.5])


class Case(NamedTuple):
    """A function of a module of SciPy, and of arrays; without an order, only the values."""

    module: str
    f: Callable[..., Any]
    xs: tuple[np.ndarray, ...]
    order: int = 0


CASES: dict[str, Case] = {
    # Signals.
    **{
        f"correlate complex {mode} {m}": Case(
            "signal", lambda s, a, b, mode=mode: s.correlate(a, b, mode), (Z[:m], W)
        )
        for mode in ("full", "same", "valid")
        for m in (7, 3)
    },
    "correlate2d complex": Case(
        "signal", lambda s, a, b: s.correlate2d(a, b), (A[:3] + 1j * A[2:], B + 2j * B)
    ),
    "fftconvolve complex": Case("signal", lambda s, a, b: s.fftconvolve(a, b), (Z, Y)),
    "oaconvolve complex": Case("signal", lambda s, a, b: s.oaconvolve(a, b, "same"), (X, W)),
    "convolve bool": Case("signal", lambda s, a, b: s.convolve(a, b), (X > 0, Y > -1)),
    **{
        f"correlate2d same {m}": Case(
            "signal", lambda s, a, b: s.correlate2d(a, b, "same"), (A, B[:m]), 1
        )
        for m in (3, 4)
    },
    **{
        f"resample {n} {num} {domain} {window}": Case(
            "signal",
            lambda s, x, num=num, domain=domain, window=window: s.resample(
                x, num, window=window, domain=domain
            ),
            ((X if domain == "time" else Z)[:n],),
        )
        for n in (6, 7)
        for num in (4, n, 9, 10)
        for domain in ("time", "freq")
        for window in (None, "hamming")
    },
    "resample complex": Case("signal", lambda s, x: s.resample(x, 4), (Z,)),
    "resample window": Case(
        "signal", lambda s, x, w: s.resample(x, 10, window=w), (X, abs(RANDOM.normal(size=7))), 2
    ),
    "resample times": Case("signal", lambda s, x, t: s.resample(x, 4, t)[1], (X, PLACES)),
    "medfilt of integers": Case(
        "signal", lambda s, x: s.medfilt(x, 3), (np.array([3, 1, 4, 1, 5, 9, 2]),)
    ),
    **{
        f"chirp {method} {zero}": Case(
            "signal",
            lambda s, t, a, b, method=method, zero=zero: s.chirp(
                t, a, 1.5, b, method, 20, vertex_zero=zero
            ),
            (AT, np.array(1.0), np.array(3.0)),
            2,
        )
        for method in ("quadratic", "hyperbolic", "logarithmic")
        for zero in (True, False)
    },
    **{
        f"chirp {method} of one frequency": Case(
            "signal", lambda s, t, method=method: s.chirp(t, 2.0, 1.5, 2.0, method), (AT,), 1
        )
        for method in ("linear", "quadratic", "hyperbolic", "logarithmic")
    },
    # Splines.
    **{
        f"interp1d {kind} {fill}": Case(
            "interpolate",
            lambda s, y, t, kind=kind, fill=fill: s.interp1d(
                PLACES, y, kind, bounds_error=False, fill_value=fill
            )(t),
            (X, np.append(BEYOND, np.nan) if kind in ("zero", 0) else BEYOND),
        )
        for kind in ("previous", "next", "nearest", "zero", 0)
        for fill in ("extrapolate", (1.0, 2.0))
    },
    **{
        f"interp1d {kind} of float32": Case(
            "interpolate",
            lambda s, x, y, t, kind=kind: s.interp1d(x, y, kind)(t),
            tuple(z.astype(np.float32) for z in (PLACES, X, AT + 0.1)),
        )
        for kind in ("linear", "previous", "nearest")
    },
    "interp1d of known complex values": Case(
        "interpolate", lambda s, t: s.interp1d(PLACES, Z)(t), (AT,)
    ),
    "makima": Case(
        "interpolate",
        lambda s, x, y, t: s.Akima1DInterpolator(x, y, method="makima")(t),
        (PLACES, X, AT),
        2,
    ),
    "pchip_interpolate": Case(
        "interpolate", lambda s, y: np.stack(s.pchip_interpolate(PLACES, y, AT, [0, 2])), (X,), 1
    ),
    **{
        f"splev ext {ext} {der}": Case(
            "interpolate",
            lambda s, x, y, t, ext=ext, der=der: s.splev(t, s.splrep(x, y), der, ext),
            (PLACES, X, AT if ext == 2 else BEYOND),
        )
        for ext in (0, 1, 2, 3)
        for der in (0, 1)
    },
    **{
        f"splrep {k}": Case(
            "interpolate", lambda s, x, y, k=k: s.splev(AT, s.splrep(x, y, k=k)), (PLACES, X)
        )
        for k in (2, 4)
    },
    "make_interp_spline with lists of conditions": Case(
        "interpolate",
        lambda s, x, y, t: s.make_interp_spline(x, y, bc_type=([(1, 0.5)], [(2, 0.1)]))(t),
        (PLACES, X, AT),
        1,
    ),
    **{
        f"{name} {method}": Case(
            "interpolate",
            lambda s, x, y, t, name=name, method=method: getattr(getattr(s, name)(x, y), method)(
                t, 2
            ),
            (PLACES[:5], np.stack([X[:5], X[2:]], axis=1), AT),
            1 if method == "derivative" else 0,
        )
        for name in ("BarycentricInterpolator", "KroghInterpolator")
        for method in ("derivative", "derivatives")
    },
    "krogh_interpolate": Case(
        "interpolate", lambda s, x, y, t: s.krogh_interpolate(x, y, t, 1), (PLACES[:5], X[:5], AT)
    ),
    "barycentric_interpolate": Case(
        "interpolate",
        lambda s, x, y, t: np.stack(s.barycentric_interpolate(x, y, t, der=[1, 3])),
        (PLACES[:5], X[:5], AT),
    ),
    # Grids.
    **{
        f"RegularGridInterpolator {method} {len(p)}": Case(
            "interpolate",
            lambda s, v, p, method=method: s.RegularGridInterpolator(
                GRID, v, method, **DIRECT.get(method, {})
            )(p),
            (VALUES, p),
            1 if method in ("linear", "cubic", "pchip") and p is POINTS else 0,
        )
        for method in ("linear", "nearest", "slinear", "cubic", "quintic", "pchip")
        for p in (POINTS, ON_POINTS)
    },
    **{
        f"RegularGridInterpolator {method} more values": Case(
            "interpolate",
            lambda s, v, p, method=method: s.RegularGridInterpolator(
                GRID, v, method, bounds_error=False, fill_value=None, **DIRECT.get(method, {})
            )(p),
            (np.stack([VALUES, VALUES**2], axis=-1), np.append(POINTS, [[5.0, 1.0]], axis=0)),
        )
        for method in ("linear", "nearest", "cubic")
    },
    **{
        f"RegularGridInterpolator {method} from high to low": Case(
            "interpolate",
            lambda s, q, v, p, method=method: s.RegularGridInterpolator(
                (q, GRID[1][::-1]), v, method, **DIRECT.get(method, {})
            )(p),
            (GRID[0][::-1].copy(), VALUES, POINTS[:2]),
        )
        for method in ("linear", "nearest", "cubic")
    },
    **{
        f"RegularGridInterpolator {method} of one point": Case(
            "interpolate",
            lambda s, v, p, method=method: s.RegularGridInterpolator(
                (GRID[0], [0.4]), v, method, bounds_error=False
            )(p),
            (VALUES[:, :1], np.array([[0.3, 0.4], [1.0, 0.4], [1.0, 0.5]])),
        )
        for method in ("linear", "nearest")
    },
    **{
        f"interpn {method} {fill}": Case(
            "interpolate",
            lambda s, v, p, method=method, fill=fill: s.interpn(
                GRID, v, p, method, bounds_error=False, fill_value=fill
            ),
            (VALUES, np.array([[0.3, 0.4], [np.nan, 0.0], [9.0, 0.4]])),
        )
        for method in ("linear", "nearest")
        for fill in (0.0, None)
    },
    # Integrals of samples.
    **{
        f"simpson {n} {k}": Case(
            "integrate", lambda s, y, x: s.simpson(y, x=x), (X[k:n], TWICE[k:n])
        )
        for n in (3, 4, 6, 7)
        for k in (0, 1)
    },
    "cumulative_simpson initial": Case(
        "integrate",
        lambda s, y, i: s.cumulative_simpson(y, dx=0.5, axis=0, initial=i),
        (A, RANDOM.normal(size=(1, 6))),
        1,
    ),
    "cumulative_simpson of two": Case(
        "integrate", lambda s, y: s.cumulative_simpson(y), (X[:2].astype(np.float32),)
    ),
    # Distances.
    **{
        f"cdist {metric}": Case(
            "spatial.distance", lambda s, a, b, m=metric: s.cdist(a, b, m), (ROWS, ROWS[1:] ** 2), 1
        )
        for metric in ("seuclidean", "mahalanobis", "cheb", "e", "c")
    },
    "pdist mahalanobis": Case("spatial.distance", lambda s, a: s.pdist(a, "mahalanobis"), (A.T,)),
    "cdist by a function of SciPy": Case(
        "spatial.distance",
        lambda s, a, b: s.cdist(a, b, scipy.spatial.distance.cosine),
        (ROWS, ROWS[1:]),
        1,
    ),
    "squareform of truth values": Case(
        "spatial.distance", lambda s, x: s.squareform(x), (X[1:] > 0,)
    ),
}  # fmt: skip


def total(value: Any) -> Any:
    return np.sum(np.cos(value))


@pytest.mark.sampled(10)
@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str):
    module, f, xs, order = CASES[name]

    def ours(*xs: Any) -> Any:
        return f(importlib.import_module(f"letgrad.scipy.{module}"), *xs)

    def theirs(*xs: Any) -> Any:
        return np.asarray(f(importlib.import_module(f"scipy.{module}"), *xs))

    found, expected = lg.jit(ours)(*xs), theirs(*xs)
    single = expected.dtype in (np.float32, np.complex64)
    np.testing.assert_allclose(found, expected, rtol=1e-5 if single else 1e-9, atol=1e-10)
    assert np.asarray(found).dtype == expected.dtype
    if not order:
        return
    ds = [np.asarray(np.random.default_rng(0).normal(size=x.shape)) for x in xs]
    gradient = lg.grad(lambda *xs: total(ours(*xs)), tuple(range(len(xs))))

    def slope(*xs: Any) -> Any:
        return sum(np.sum(g * d) for g, d in zip(gradient(*xs), ds))

    exact = along(lambda *xs: total(theirs(*xs)), xs, ds)
    np.testing.assert_allclose(slope(*xs), exact, rtol=1e-6, atol=1e-7)
    if order == 2:
        second = lg.jvp(slope, xs, tuple(ds))[1]
        np.testing.assert_allclose(second, along(lg.jit(slope), xs, ds), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("metric", ["mahalanobis", "jensenshannon", "euclidean"])
def test_the_distance_of_a_point_to_itself_has_the_slope_zero(metric: str):
    more = {"VI": np.eye(3)} if metric == "mahalanobis" else {}
    rows = abs(ROWS)
    slope = lg.grad(lambda a: np.sum(distance.cdist(a, a, metric, **more)))(rows)
    apart = lg.grad(lambda a: 2 * np.sum(distance.pdist(a, metric, **more)))(rows)
    np.testing.assert_allclose(slope, apart, rtol=1e-10, atol=1e-12)


def test_the_slope_of_samples_at_the_same_place():
    slope = lg.grad(lambda x: integrate.simpson(X, x=x))(TWICE)
    assert np.isfinite(slope).all()


WRONG: list[tuple[Callable[..., Any], str]] = [
    (lambda x: signal.resample(x, 3, domain="tim"), "not in \\('time', 'freq'\\)"),
    (lambda x: signal.resample(x, 3, window=np.ones(3)), "window length is not equal"),
    (lambda x: signal.medfilt(x > 0, 3), "dtype=bool is not supported by medfilt"),
    (lambda x: signal.chirp(x, 1.0, 2.0, 3.0, "cubic"), "method must be 'linear', 'quadratic'"),
    (
        lambda x: interpolate.Akima1DInterpolator(PLACES, x, method="other"),
        "`method`=other is unsupported",
    ),
    (lambda x: interpolate.splev(x, (PLACES, x, 2), der=3), "0<=der=3<=k=2 must hold"),
    (lambda x: interpolate.splev(x, (PLACES, x, 2), ext=4), "ext = 4 not in"),
    (
        lambda x: interpolate.RegularGridInterpolator(([0.0, 2.0, 1.0],), x[:3]),
        "dimension 0 must be strictly ascending or descending",
    ),
    (
        lambda x: interpolate.RegularGridInterpolator(([0.0, 1.0, 2.0],), x[:3], "cubic")([[1.0]]),
        "method cubic requires at least 4 points",
    ),
    (lambda x: integrate.cumulative_trapezoid(x, initial=1.5), "must be `None` or `0`"),
    (lambda x: integrate.cumulative_simpson(x, x=TWICE), "must be strictly increasing"),
    (lambda x: distance.pdist(x[:, None] * np.ones(9), "mahalanobis"), "is too small"),
]


@pytest.mark.parametrize(("f", "message"), WRONG)
def test_errors(f: Callable[..., Any], message: str):
    with pytest.raises((TypeError, ValueError, NotImplementedError), match=message) as caught:
        lg.jit(f)(X)
    assert "test_scipy_keywords.py:" in str(caught.value)
