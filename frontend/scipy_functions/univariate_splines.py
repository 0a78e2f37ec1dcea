"""`scipy.interpolate`: the splines of FITPACK, of known data or through all samples."""

from __future__ import annotations

from typing import Any

import numpy

from ..array_views import viewing
from ..user_code import located
from .objects import Offered, scipy_object
from .offers import implements
from .splines import BSplineSum, make_interp_spline, samples, wide

np: Any = numpy  # its type stubs know no traced arrays

BEYOND = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}
"""By SciPy's name → the number of what holds outside of the interval."""


class UnivariateSum(Offered):
    """A spline of one variable, whose data or places are traced."""

    def __init__(self, path: str, own: Any, spline: BSplineSum, ends: Any, ext: int):
        super().__init__(path, own)
        self._spline, self._ends, self._ext = spline, ends, ext

    def __call__(self, x: Any, nu: int = 0, ext: Any = None) -> Any:
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own(x, nu, ext)
        x, ext = wide(x), self._ext if ext is None else _number(ext)
        low, high = self._ends
        if ext == 3:
            return self._spline(np.clip(x, low, high), nu)
        value = self._spline(x, nu)
        if ext == 0:
            return value
        return np.where((x >= low) & (x <= high), value, 0.0 if ext == 1 else np.nan)

    def _other(self, name: str, n: int) -> UnivariateSum:
        own = None if self._own is None else getattr(self._own, name)(n)
        spline = getattr(self._spline, name)(n)
        return UnivariateSum(self._path, own, spline, self._ends, self._ext)

    def derivative(self, n: int = 1) -> UnivariateSum:
        """The derivative of this order, as another one."""
        return self._other("derivative", n)

    def antiderivative(self, n: int = 1) -> UnivariateSum:
        """The integral from the first place, as another one."""
        return self._other("antiderivative", n)

    def integral(self, a: Any, b: Any) -> Any:
        """The integral from a to b, of a spline that is 0 outside of its interval."""
        a, b = viewing.plain(a), viewing.plain(b)
        if self._own is not None and not viewing.has_traced((a, b)):
            return self._own.integral(a, b)
        return self._spline.integrate(a, b, extrapolate=False)

    def derivatives(self, x: Any) -> Any:
        """The value and all derivatives at a place."""
        return np.stack([self(x, nu) for nu in range(self._spline.k + 1)])

    def get_coeffs(self) -> Any:
        """The coefficients."""
        return self._spline.c

    def get_knots(self) -> Any:
        """The knots, each once."""
        t, k = self._spline.t, self._spline.k
        return t[k : t.shape[0] - k]


def _number(ext: Any) -> int:
    found: Any = BEYOND.get(ext, ext)
    if found not in BEYOND.values():
        raise located(ValueError, f"Unknown extrapolation mode {ext}.")
    return found


def _known(path: str, own: Any, ext: Any) -> UnivariateSum:
    """SciPy's spline of known data."""
    t, c, k = own._eval_args
    spline = BSplineSum(None, t, c[: len(t) - k - 1], k)
    return UnivariateSum(path, own, spline, (t[k], t[-k - 1]), _number(ext))


def _through(name: str, x: Any, y: Any, bbox: Any, k: int, ext: Any) -> UnivariateSum:
    """The spline through all samples, whose knots are FITPACK's."""
    x, y, _ = samples(name, x, y, 0)
    k, n = int(k), x.shape[0]
    if not 1 <= k <= 5:
        raise located(ValueError, "k should be 1 <= k <= 5")
    if n <= k:
        raise located(ValueError, f"{n} samples have no spline of degree {k}")
    low, high = (np.reshape(e if b is None else b, (1,)) for b, e in zip(bbox, (x[0], x[n - 1])))
    half = (k + 1) // 2
    inner = x[half : n - half] if k % 2 else ((x[1:] + x[:-1]) / 2)[k // 2 : n - 1 - k // 2]
    t = np.concatenate([low] * (k + 1) + [inner] + [high] * (k + 1))
    spline = make_interp_spline(x, y, k, t)
    sums = BSplineSum(None, wide(spline.t), wide(spline.c), k)
    path = f"interpolate.{name}"
    return UnivariateSum(path, None, sums, (low[0], high[0]), _number(ext))


@implements("interpolate.InterpolatedUnivariateSpline", makes_objects=True)
def InterpolatedUnivariateSpline(x, y, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
    """The spline through the samples"""
    path = "interpolate.InterpolatedUnivariateSpline"
    own = scipy_object(path, x, y, w, list(bbox), k, ext, check_finite)
    if own is not None:
        return _known(path, own, ext)
    return _through("InterpolatedUnivariateSpline", x, y, bbox, k, ext)


@implements("interpolate.UnivariateSpline", makes_objects=True)
def UnivariateSpline(x, y, w=None, bbox=(None, None), k=3, s=None, ext=0, check_finite=False):
    """Of traced samples with s=0: how many knots smoothing takes depends on values"""
    path = "interpolate.UnivariateSpline"
    own = scipy_object(path, x, y, w, list(bbox), k, s, ext, check_finite)
    if own is not None:
        return _known(path, own, ext)
    if viewing.has_traced(s) or s is None or s != 0:
        raise located(
            TypeError, "the knots of scipy.interpolate.UnivariateSpline depend on values; traced "
            "samples need s=0"
        )  # fmt: skip
    return _through("UnivariateSpline", x, y, bbox, k, ext)
