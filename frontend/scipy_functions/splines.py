"""`scipy.interpolate`: splines of one variable, as polynomials between their knots."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..array_views import viewing
from ..transforms.derivatives import jvp
from ..user_code import as_python, located
from .objects import Offered, scipy_object
from .offers import floats_or_complex, implements

np: Any = numpy  # its type stubs know no traced arrays


def wide(x: Any) -> Any:
    """Numbers in double precision; known ones stay NumPy's, which computes with them."""
    x = viewing.plain(x)
    if not viewing.has_traced(x):
        known = numpy.asarray(x)
        return known.astype(numpy.complex128 if known.dtype.kind == "c" else numpy.float64)
    (y,) = floats_or_complex(x)
    return ops.cast(y, np.dtype(np.complex128 if y.dtype.kind == "c" else np.float64))


def samples(name: str, x: Any, y: Any, axis: int) -> tuple[Any, Any, int]:
    """
    The places, the values with their axis first, and the axis.

    Errors: `ValueError` for places that do not increase, as far as they are known.
    """
    x, y = wide(x), wide(y)
    if x.ndim != 1:
        raise located(ValueError, f"scipy.interpolate.{name}: `x` must be 1-dimensional.")
    d = ops.axis(axis, y.ndim)
    if y.shape[d] != x.shape[0]:
        raise located(
            ValueError, f"scipy.interpolate.{name}: the length of `y` along `axis`={axis} is "
            f"{y.shape[d]}, and `x` has {x.shape[0]} elements"
        )  # fmt: skip
    if x.shape[0] < 2:
        raise located(
            ValueError, f"scipy.interpolate.{name}: `x` must contain at least 2 elements."
        )
    if isinstance(x, numpy.ndarray) and not (numpy.diff(x) > 0).all():
        raise located(
            ValueError, f"scipy.interpolate.{name}: `x` must be strictly increasing sequence."
        )
    return x, np.moveaxis(y, d, 0), d


def taken(x: Any, i: Any, axis: int = 0) -> Any:
    """np.take, which finds traced indices of known arrays."""
    return np.take(ops.lift(x) if viewing.has_traced(i) else x, i, axis=axis)


def _column(x: Any, like: Any) -> Any:
    """A vector, with dimensions behind it as those of `like`."""
    return np.reshape(x, (*x.shape, *[1] * (len(like.shape) - 1)))


def _placed(value: Any, shape: tuple[int, ...], axis: int) -> Any:
    """The rows of places (n, …) in the shape of the places, which stand where the axis was."""
    value = np.reshape(value, (*shape, *value.shape[1:]))
    places = list(range(len(shape)))
    return np.moveaxis(value, places, [axis + d for d in places])


class PiecewisePolynomial(Offered):
    """
    Σ c[j, i] (x - x[i])^(k - j), where i is the interval of x.

    Shapes:  x (m + 1), c (k + 1, m, …)
    """

    def __init__(self, path: str, own: Any, x: Any, c: Any, axis: int = 0, extrapolate: Any = True):
        super().__init__(path, own)
        self.x, self.c, self.axis, self.extrapolate = x, c, axis, extrapolate

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own(x, nu, extrapolate)
        at = wide(x)
        how = self.extrapolate if extrapolate is None else extrapolate
        flat = np.reshape(at, (-1,))
        ends = self.x[0], self.x[-1]
        if how == "periodic":
            flat = ends[0] + np.mod(flat - ends[0], ends[1] - ends[0])
        i = np.clip(np.searchsorted(self.x, flat, side="right") - 1, 0, self.x.shape[0] - 2)
        c = _differentiated(self.c, nu)
        step = _column(flat - taken(self.x, i), c[0])
        value = taken(c[0], i, axis=0) + 0 * step
        for k in range(1, c.shape[0]):
            value = value * step + taken(c[k], i, axis=0)
        if how is False or (isinstance(how, np.bool_) and not how):
            inside = _column((flat >= ends[0]) & (flat <= ends[1]), c[0])
            value = np.where(inside, value, np.nan)
        return _placed(value, at.shape, self.axis)

    def derivative(self, nu: int = 1) -> PiecewisePolynomial:
        """The derivative of this order, as another one."""
        if nu < 0:
            return self.antiderivative(-nu)
        own = None if self._own is None else self._own.derivative(nu)
        c = _differentiated(self.c, nu)
        return PiecewisePolynomial("interpolate.PPoly", own, self.x, c, self.axis, self.extrapolate)

    def antiderivative(self, nu: int = 1) -> PiecewisePolynomial:
        """The integral from the first place, as another one."""
        if nu < 0:
            return self.derivative(-nu)
        own = None if self._own is None else self._own.antiderivative(nu)
        c = self.c
        steps = np.diff(self.x)
        for _ in range(nu):
            n = c.shape[0]
            c = c / numpy.arange(n, 0, -1.0).reshape(n, *[1] * (len(c.shape) - 1))
            over = _column(steps, c[0])
            whole = 0 * c[0]
            for k in range(n):
                whole = (whole + c[k]) * over
            sums = np.concatenate([0 * whole[:1], np.cumsum(whole, axis=0)[:-1]])
            c = np.concatenate([c, sums[None]])
        how = False if self.extrapolate == "periodic" else self.extrapolate
        return PiecewisePolynomial("interpolate.PPoly", own, self.x, c, self.axis, how)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b."""
        a, b = viewing.plain(a), viewing.plain(b)
        if self._own is not None and not viewing.has_traced((a, b)):
            return self._own.integrate(a, b, extrapolate)
        how = self.extrapolate if extrapolate is None else extrapolate
        if how == "periodic":
            raise located(TypeError, "a traced periodic spline has no integrate")
        whole = self.antiderivative()
        return whole(b, extrapolate=how) - whole(a, extrapolate=how)


def _differentiated(c: Any, nu: int) -> Any:
    for _ in range(nu):
        n = c.shape[0]
        if n == 1:
            return 0 * c
        c = c[: n - 1] * numpy.arange(n - 1, 0, -1.0).reshape(n - 1, *[1] * (len(c.shape) - 1))
    return c


def _from_slopes(x: Any, y: Any, d: Any) -> Any:
    """The coefficients of the cubics of these values and slopes at the ends of intervals."""
    dx = _column(np.diff(x), y)
    mean = np.diff(y, axis=0) / dx
    t = (d[:-1] + d[1:] - 2 * mean) / dx
    return np.stack([t / dx, (mean - d[:-1]) / dx - t, d[:-1], y[:-1]])


def _own_polynomial(path: str, own: Any) -> PiecewisePolynomial:
    return PiecewisePolynomial(path, own, own.x, own.c, own.axis, own.extrapolate)


@implements("interpolate.CubicHermiteSpline", makes_objects=True)
def CubicHermiteSpline(x, y, dydx, axis=0, extrapolate=None):
    """The cubics of these values and slopes"""
    path = "interpolate.CubicHermiteSpline"
    if (own := scipy_object(path, x, y, dydx, axis, extrapolate)) is not None:
        return _own_polynomial(path, own)
    x, y, axis = samples("CubicHermiteSpline", x, y, axis)
    d = np.moveaxis(wide(dydx), axis, 0)
    c = _from_slopes(x, y, d)
    return PiecewisePolynomial(path, None, x, c, axis, True if extrapolate is None else extrapolate)


@implements("interpolate.CubicSpline", makes_objects=True)
def CubicSpline(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    """With two continuous derivatives; the slopes by a system of n equations"""
    path = "interpolate.CubicSpline"
    if (own := scipy_object(path, x, y, axis, bc_type, extrapolate)) is not None:
        return _own_polynomial(path, own)
    x, y, axis = samples("CubicSpline", x, y, axis)
    if extrapolate is None:
        extrapolate = "periodic" if isinstance(bc_type, str) and bc_type == "periodic" else True
    c = _from_slopes(x, y, _spline_slopes(x, y, bc_type))
    return PiecewisePolynomial(path, None, x, c, axis, extrapolate)


def _ends(bc_type: Any) -> list[Any]:
    both = (bc_type, bc_type) if isinstance(bc_type, str) else tuple(bc_type)
    found = []
    for end in both:
        match end:
            case "not-a-knot":
                found.append(None)
            case "clamped":
                found.append((1, 0.0))
            case "natural":
                found.append((2, 0.0))
            case (1 | 2, _) | [(1 | 2, _)]:
                order, value = end if len(end) == 2 else end[0]
                found.append((order, wide(value)))
            case _:
                raise located(ValueError, f"bc_type {end!r} is not allowed")
    return found


def _spline_slopes(x: Any, y: Any, bc_type: Any) -> Any:
    n = x.shape[0]
    dx = np.diff(x)
    over = _column(dx, y)
    slope = np.diff(y, axis=0) / over
    if isinstance(bc_type, str) and bc_type == "periodic":
        m = n - 1
        if m < 2:
            return np.concatenate([0 * y[:1], 0 * y[:1]])
        before, one = np.roll(dx, 1), numpy.eye(m)
        a = np.diag(2 * (before + dx))
        a = a + dx[:, None] * numpy.roll(one, -1, axis=1) + before[:, None] * numpy.roll(one, 1, 1)
        b = 3 * (over * np.roll(slope, 1, axis=0) + np.roll(over, 1, axis=0) * slope)
        s = _solved(a, b)
        return np.concatenate([s, s[:1]])
    first, last = _ends(bc_type)
    if n == 2:
        first, last = (e if e is not None else (1, slope[0]) for e in (first, last))
    zero, rows = np.zeros_like(dx[:1]), []
    if n == 3 and first is None and last is None:
        # A parabola through three points.
        a = np.stack([
            np.concatenate([zero + 1, zero + 1, zero]),
            np.stack([dx[1], 2 * (dx[0] + dx[1]), dx[0]]),
            np.concatenate([zero, zero + 1, zero + 1]),
        ])  # fmt: skip
        b = np.stack([
            2 * slope[0], 3 * (over[0] * slope[1] + over[1] * slope[0]), 2 * slope[1]
        ])  # fmt: skip
        return _solved(a, b)
    main, up, down, end_main = [zero], [zero], [zero], [zero]
    head = tail = 0 * slope[0]
    middle = 3 * (over[1:] * slope[:-1] + over[:-1] * slope[1:])
    inner_main, inner_up, inner_down = 2 * (dx[:-1] + dx[1:]), dx[:-1], dx[1:]
    match first:
        case None:
            d = x[2] - x[0]
            main, up = [dx[1:2]], [np.reshape(d, (1,))]
            head = ((dx[0] + 2 * d) * dx[1] * slope[0] + dx[0] * dx[0] * slope[1]) / d
        case (1, value):
            main, up = [zero + 1], [zero]
            head = value + 0 * slope[0]
        case (_, value):
            main, up = [2 * dx[:1]], [dx[:1]]
            head = -0.5 * value * dx[0] * dx[0] + 3 * (y[1] - y[0])
    match last:
        case None:
            d = x[n - 1] - x[n - 3]
            end_main, down = [dx[n - 3 : n - 2]], [np.reshape(d, (1,))]
            tail = dx[n - 2] * dx[n - 2] * slope[n - 3]
            tail = (tail + (2 * d + dx[n - 2]) * dx[n - 3] * slope[n - 2]) / d
        case (1, value):
            end_main, down = [zero + 1], [zero]
            tail = value + 0 * slope[0]
        case (_, value):
            end_main, down = [2 * dx[n - 2 :]], [dx[n - 2 :]]
            tail = 0.5 * value * dx[n - 2] * dx[n - 2] + 3 * (y[n - 1] - y[n - 2])
    a = np.diag(np.concatenate([*main, inner_main, *end_main]))
    a = a + np.diag(np.concatenate([*up, inner_up]), 1)
    a = a + np.diag(np.concatenate([inner_down, *down]), -1)
    rows = [head[None], middle, tail[None]]
    return _solved(a, np.concatenate(rows))


def _solved(a: Any, b: Any) -> Any:
    """The solution of a x = b, of rows b (n, …)."""
    flat = np.reshape(b, (b.shape[0], -1))
    return np.reshape(np.linalg.solve(a, flat), b.shape)


@implements("interpolate.PchipInterpolator", makes_objects=True)
def PchipInterpolator(x, y, axis=0, extrapolate=None):
    """Cubics that rise and fall as the samples do"""
    path = "interpolate.PchipInterpolator"
    if (own := scipy_object(path, x, y, axis, extrapolate)) is not None:
        return _own_polynomial(path, own)
    x, y, axis = samples("PchipInterpolator", x, y, axis)
    c = _from_slopes(x, y, _pchip_slopes(x, y))
    return PiecewisePolynomial(path, None, x, c, axis, True if extrapolate is None else extrapolate)


def _pchip_slopes(x: Any, y: Any) -> Any:
    h = _column(np.diff(x), y)
    m = np.diff(y, axis=0) / h
    if x.shape[0] == 2:
        return np.concatenate([m, m])
    before, after = m[:-1], m[1:]
    flat = (np.sign(before) != np.sign(after)) | (before == 0) | (after == 0)
    v, w = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    mean = v / np.where(flat, 1.0, before) + w / np.where(flat, 1.0, after)
    inner = np.where(flat, 0.0, (v + w) / np.where(flat, 1.0, mean))

    def end(h: Any, h_next: Any, m: Any, m_next: Any) -> Any:
        d = ((2 * h + h_next) * m - h * m_next) / (h + h_next)
        turned = np.sign(d) != np.sign(m)
        steep = (np.sign(m) != np.sign(m_next)) & (abs(d) > 3 * abs(m))
        return np.where(turned, 0.0, np.where(steep, 3 * m, d))[None]

    k = x.shape[0] - 2
    first = end(h[0], h[1], m[0], m[1])
    return np.concatenate([first, inner, end(h[k], h[k - 1], m[k], m[k - 1])])


@implements("interpolate.pchip_interpolate")
def pchip_interpolate(xi, yi, x, der=0, axis=0):
    """PchipInterpolator(xi, yi)(x, der)"""
    spline = PchipInterpolator(xi, yi, axis)
    if isinstance(der, list | tuple | numpy.ndarray):
        return [spline(x, int(nu)) for nu in der]
    return spline(x, der)


@implements("interpolate.Akima1DInterpolator", makes_objects=True)
def Akima1DInterpolator(x, y, axis=0, *, method="akima", extrapolate=None):
    """Cubics whose slopes are means of those of four neighbours. The method may be 'makima'"""
    path = "interpolate.Akima1DInterpolator"
    own = scipy_object(path, x, y, axis, method=method, extrapolate=extrapolate)
    if own is not None:
        return _own_polynomial(path, own)
    if method not in ("akima", "makima"):
        raise located(
            NotImplementedError, f"`method`={method} is unsupported. Please choose 'akima' or "
            "'makima'."
        )  # fmt: skip
    x, y, axis = samples("Akima1DInterpolator", x, y, axis)
    extrapolate = False if extrapolate is None else extrapolate
    m = np.diff(y, axis=0) / _column(np.diff(x), y)
    if m.shape[0] == 1:
        return PiecewisePolynomial(
            path, None, x, _from_slopes(x, y, np.concatenate([m, m])), axis, extrapolate
        )
    low, high = 2 * m[:1] - m[1:2], 2 * m[-1:] - m[-2:-1]
    m = np.concatenate([2 * low - m[:1], low, m, high, 2 * high - m[-1:]])
    turn = abs(np.diff(m, axis=0))
    if method == "makima":
        turn = turn + 0.5 * abs(m[1:] + m[:-1])
    f, g = turn[2:], turn[:-2]
    both = f + g
    bent = both > 1e-9 * np.max(both)
    t = m[1:-2] + g / np.where(bent, both, 1.0) * (m[2:-1] - m[1:-2])
    d = np.where(bent, t, 0.5 * (m[3:] + m[:-3]))
    return PiecewisePolynomial(path, None, x, _from_slopes(x, y, d), axis, extrapolate)


# Sums of B-splines.


class BSplineSum(Offered):
    """
    Σ c[j] B(x; t[j], …, t[j + k + 1]), the B-splines of degree k.

    Shapes:  t (n + k + 1), c (n, …)
    """

    def __init__(self, own: Any, t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0):
        super().__init__("interpolate.BSpline", own)
        self.t, self.c, self.k, self.extrapolate, self.axis = t, c, int(k), extrapolate, axis

    @property
    def tck(self) -> tuple[Any, Any, int]:
        return self.t, self.c, self.k

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own(x, nu, extrapolate)
        at = wide(x)
        how = self.extrapolate if extrapolate is None else extrapolate
        flat = np.reshape(at, (-1,))
        t, c, k = self.t, np.moveaxis(self.c, self.axis, 0), self.k
        n = t.shape[0] - k - 1
        ends = t[k], t[n]
        if how == "periodic":
            flat = ends[0] + np.mod(flat - ends[0], ends[1] - ends[0])
        i = np.clip(np.searchsorted(t, flat, side="right") - 1, k, n - 1)
        t, c, k, i = _b_differentiated(t, c[:n], k, i, int(nu))
        value = _de_boor(t, c, k, i, flat)
        if how is False or (isinstance(how, np.bool_) and not how):
            inside = _column((flat >= ends[0]) & (flat <= ends[1]), c)
            value = np.where(inside, value, np.nan)
        return _placed(value, at.shape, self.axis)

    def derivative(self, nu: int = 1) -> BSplineSum:
        """The derivative of this order, as another one."""
        own = None if self._own is None else self._own.derivative(nu)
        c = np.moveaxis(self.c, self.axis, 0)
        n = self.t.shape[0] - self.k - 1
        t, c, k, _ = _b_differentiated(self.t, c[:n], self.k, 0, nu)
        return BSplineSum(own, t, np.moveaxis(c, 0, self.axis), k, self.extrapolate, self.axis)

    def antiderivative(self, nu: int = 1) -> BSplineSum:
        """The integral from the first place, as another one."""
        own = None if self._own is None else self._own.antiderivative(nu)
        t, k, c = self.t, self.k, np.moveaxis(self.c, self.axis, 0)
        c = c[: t.shape[0] - k - 1]
        for _ in range(nu):
            n = t.shape[0] - k - 1
            parts = c * _column(t[k + 1 :] - t[:n], c) / (k + 1)
            c = np.concatenate([0 * c[:1], np.cumsum(parts, axis=0)])
            t, k = np.concatenate([t[:1], t, t[-1:]]), k + 1
        how = False if self.extrapolate == "periodic" else self.extrapolate
        return BSplineSum(own, t, np.moveaxis(c, 0, self.axis), k, how, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        """The integral from a to b."""
        a, b = viewing.plain(a), viewing.plain(b)
        if self._own is not None and not viewing.has_traced((a, b)):
            return self._own.integrate(a, b, extrapolate)
        how = self.extrapolate if extrapolate is None else extrapolate
        if how == "periodic":
            raise located(TypeError, "a traced periodic spline has no integrate")
        if not how:  # the spline is 0 outside of its places
            a, b = (np.clip(wide(x), self.t[self.k], self.t[-self.k - 1]) for x in (a, b))
        whole = self.antiderivative()
        return whole(b, extrapolate=True) - whole(a, extrapolate=True)


def _b_differentiated(t: Any, c: Any, k: int, i: Any, nu: int) -> tuple[Any, Any, int, Any]:
    """The knots, coefficients and degree of the derivative, and the interval among its knots."""
    for _ in range(nu):
        if k == 0:
            return t, 0 * c, k, i
        apart = t[k + 1 : -1] - t[1 : -k - 1]
        apart = _column(np.where(apart == 0, 1.0, apart), c)
        c = k * np.diff(c, axis=0) / apart
        t, k, i = t[1:-1], k - 1, i - 1
    return t, c, k, i


def _de_boor(t: Any, c: Any, k: int, i: Any, x: Any) -> Any:
    d = [taken(c, i - k + j, axis=0) + 0 * _column(x, c) for j in range(k + 1)]
    for r in range(1, k + 1):
        for j in range(k, r - 1, -1):
            low = taken(t, i + j - k)
            share = _column((x - low) / (taken(t, i + j + 1 - r) - low), c)
            d[j] = (1 - share) * d[j - 1] + share * d[j]
    return d[k]


@implements("interpolate.BSpline", makes_objects=True)
def BSpline(t, c, k, extrapolate=True, axis=0):
    """The sum of B-splines of degree k with these knots and coefficients"""
    own = scipy_object("interpolate.BSpline", t, c, k, extrapolate, axis)
    if own is not None:
        return BSplineSum(own, own.t, own.c, own.k, own.extrapolate, own.axis)
    t, c = wide(t), wide(c)
    if t.ndim != 1 or t.shape[0] < 2 * k + 2:
        raise located(ValueError, f"Need at least {2 * k + 2} knots for degree {k}")
    return BSplineSum(None, t, c, k, extrapolate, ops.axis(axis, c.ndim))


@implements("interpolate.make_interp_spline", makes_objects=True)
def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    """The B-splines through the samples; the coefficients by a system of n equations"""
    own = scipy_object("interpolate.make_interp_spline", x, y, k, t, bc_type, axis, check_finite)
    if own is not None:
        return BSplineSum(own, own.t, own.c, own.k, own.extrapolate, own.axis)
    if isinstance(bc_type, str) and bc_type == "periodic":
        raise located(TypeError, "make_interp_spline on traced arrays has no bc_type 'periodic'")
    x, y, axis = samples("make_interp_spline", x, y, axis)
    k, n = int(k), x.shape[0]
    none = bc_type in (None, "not-a-knot") or tuple(bc_type) == (None, None)
    ends = [] if none or k < 2 else [e for e in _ends(bc_type) if e is not None]
    if not none and (k != 3 or len(ends) != 2):
        raise located(
            TypeError, "make_interp_spline on traced arrays takes bc_type with the degree 3 and "
            "two conditions"
        )  # fmt: skip
    if t is not None:
        t = wide(t)
    elif ends:
        t = np.concatenate([x[:1]] * k + [x] + [x[-1:]] * k)
    elif k == 0:
        t = np.concatenate([x, x[-1:]])
    else:
        half = (k + 1) // 2
        inner = x[half : n - half] if k % 2 else ((x[1:] + x[:-1]) / 2)[k // 2 : n - 1 - k // 2]
        t = np.concatenate([x[:1]] * (k + 1) + [inner] + [x[-1:]] * (k + 1))
    size = t.shape[0] - k - 1
    if size != n + len(ends):
        raise located(ValueError, f"The number of derivatives at boundaries does not match: {size}")
    basis = BSplineSum(None, t, numpy.eye(size), k)
    a, b = basis(x), y
    if ends:
        (p, low), (q, high) = ends
        edge = np.stack([x[0], x[-1]])
        rows = np.concatenate([basis(edge[:1], p), a, basis(edge[1:], q)])
        a, b = rows, np.concatenate([(low + 0 * y[0])[None], y, (high + 0 * y[0])[None]])
    c = np.moveaxis(_solved(a, b), 0, axis)
    return BSplineSum(None, t, c, k, True, axis)


@implements("interpolate.splev")
def splev(x, tck, der=0, ext=0):
    """The spline of these knots, coefficients and degree; with ext=2, NaN beyond the ends"""
    t, c, k = tck
    if ext not in (0, 1, 2, 3):
        raise located(ValueError, f"ext = {ext} not in (0, 1, 2, 3)")
    if not 0 <= der <= k:
        raise located(ValueError, f"0<=der={der}<=k={k} must hold")
    t, x = wide(t), wide(x)
    spline = BSplineSum(None, t, wide(c), k)
    low, high = t[k], t[t.shape[0] - k - 1]
    if ext == 3 and not der:
        return spline(np.clip(x, low, high))
    value = spline(x, der)
    if ext in (0, 3):  # FITPACK's derivatives go on beyond the ends, also where values do not
        return value
    return np.where((x >= low) & (x <= high), value, 0.0 if ext == 1 else np.nan)


@implements("interpolate.splrep")
def splrep(x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0,
           quiet=1):  # fmt: skip
    """Knots, coefficients and degree of the B-splines through the samples"""
    if w is not None or s or t is not None or per or full_output or task:
        raise located(
            TypeError, "scipy.interpolate.splrep on traced arrays has no weights, smoothing and "
            "knots"
        )  # fmt: skip
    spline = make_interp_spline(x, y, k)
    return spline.t, np.concatenate([spline.c, np.zeros(k + 1)]), k


# Lines and steps.


class Interpolation(Offered):
    """`interp1d`: lines, steps or splines through samples."""

    def __init__(
        self, own: Any, x: Any, y: Any, kind: Any, axis: int, fill: Any, dtypes: tuple[Any, Any]
    ):
        super().__init__("interpolate.interp1d", own)
        self.x, self.y, self._kind, self.axis, self._fill = x, y, kind, axis, fill
        self._dtypes = dtypes

    def __call__(self, x: Any) -> Any:
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own(x)
        at = wide(x)
        flat = np.reshape(at, (-1,))
        value = self._value(flat)
        below = _column(flat < self.x[0], value)
        above = _column(flat > self.x[-1], value)
        fill = self._fill
        if isinstance(fill, str) and fill == "extrapolate":
            # No sample comes before the first, and none after the last.
            if self._kind == "previous":
                value = np.where(below, np.nan, value)
            elif self._kind == "next":
                value = np.where(above, np.nan, value)
        else:
            low, high = fill if isinstance(fill, tuple) and len(fill) == 2 else (fill, fill)
            value = np.where(below, low, np.where(above, high, value))
        return _placed(value.astype(self._dtype(x)), at.shape, self.axis)

    def _dtype(self, x: Any) -> Any:
        """The dtype of SciPy's result: steps keep that of y, and splines are of float64."""
        of_x, of_y = self._dtypes
        match self._kind:
            case "nearest" | "nearest-up" | "previous" | "next":
                return of_y
            case "linear":
                at = ops.dtype_of(x)
                return numpy.result_type(of_x, of_y, at if at.kind == "f" else numpy.float64)
        return self.y.dtype

    def _value(self, flat: Any) -> Any:
        x, y, n = self.x, self.y, self.x.shape[0]
        match self._kind:
            case "linear" | "slinear" | 1:
                i = np.clip(np.searchsorted(x, flat) - 1, 0, n - 2)
                low, high = taken(x, i), taken(x, i + 1)
                share = _column((flat - low) / (high - low), y)
                below = taken(y, i, axis=0)
                return below + share * (taken(y, i + 1, axis=0) - below)
            case "nearest":
                i = np.searchsorted((x[1:] + x[:-1]) / 2, flat, side="left")
            case "nearest-up":
                i = np.searchsorted((x[1:] + x[:-1]) / 2, flat, side="right")
            case "zero" | 0:
                i = np.clip(np.searchsorted(x, flat, side="right") - 1, 0, n - 1)
                return np.where(_column(np.isnan(flat), y), np.nan, taken(y, i, axis=0))
            case "previous":
                i = np.searchsorted(x, flat, side="right") - 1
            case "next":
                i = np.searchsorted(x, flat, side="left")
            case "quadratic" | 2:
                return make_interp_spline(x, y, 2)(flat)
            case "cubic" | 3:
                return make_interp_spline(x, y, 3)(flat)
            case int(k):
                return make_interp_spline(x, y, k)(flat)
            case _:
                raise as_python(TypeError, f"{self._kind} is unsupported: Use fitpack routines")
        return taken(y, np.clip(i, 0, n - 1), axis=0)


@implements("interpolate.interp1d", makes_objects=True)
def interp1d(x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan,
             assume_sorted=False):  # fmt: skip
    """Lines, steps or splines. Traced places outside of x give `fill_value`, and no error"""
    how = (kind, axis, copy, bounds_error, fill_value, assume_sorted)
    own = scipy_object("interpolate.interp1d", x, y, *how)
    if own is not None:
        d = ops.axis(axis, numpy.ndim(y))
        values, dtypes = numpy.moveaxis(wide(own.y), d, 0), (own.x.dtype, own.y.dtype)
        return Interpolation(own, wide(own.x), values, kind, d, fill_value, dtypes)
    dtypes = tuple(inexact(z) for z in (x, y))
    places, values = wide(x), wide(y)
    d = ops.axis(axis, values.ndim)
    if not assume_sorted:
        order = np.argsort(places, kind="stable")
        places, values = taken(places, order), taken(values, order, axis=d)
    places, values, d = samples("interp1d", places, values, d)
    return Interpolation(None, places, values, kind, d, fill_value, dtypes)


def inexact(x: Any) -> Any:
    """The dtype of an array of floats or complex numbers; float64 for other arrays."""
    dtype = ops.as_array(viewing.plain(x)).dtype
    return dtype if dtype.kind in "fc" else numpy.dtype(numpy.float64)


class SamplePolynomial(Offered):
    """
    `BarycentricInterpolator` and `KroghInterpolator`: the polynomial of degree n - 1 through n
    samples at different places.

    Shapes:  xi (n,), yi (…, n, …); x (m…)  ->  (…, m…, …), with the axis of the samples replaced
    """

    def __init__(self, path: str, own: Any, xi: Any, yi: Any, axis: int):
        super().__init__(path, own)
        if yi is None:
            raise located(TypeError, f"scipy.{path} of traced places needs yi")
        self.xi, self.yi = wide(xi), wide(yi)
        self.axis = ops.axis(axis, self.yi.ndim)
        if self.xi.shape != self.yi.shape[self.axis : self.axis + 1]:
            raise located(
                ValueError, f"scipy.{path}: x and y arrays must be equal in length along "
                f"interpolation axis: {self.xi.shape}, and {self.yi.shape} along {axis}"
            )  # fmt: skip

    def __call__(self, x: Any) -> Any:
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own(x)
        return _through(self.xi, self.yi, x, self.axis)

    def derivative(self, x: Any, der: int = 1) -> Any:
        """The derivative of this order at x."""
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own.derivative(x, der)
        return _derivatives(self, x, der)[der]

    def derivatives(self, x: Any, der: int | None = None) -> Any:
        """The first `der` derivatives at x, the value first; all of them without `der`."""
        x = viewing.plain(x)
        if self._own is not None and not viewing.has_traced(x):
            return self._own.derivatives(x, der)
        count = self.xi.shape[0] if der is None else int(der)
        return np.stack(_derivatives(self, x, count - 1))


def _derivatives(f: Any, x: Any, count: int) -> list[Any]:
    """The values of a function of each number of x, and its derivatives up to this order."""
    at = wide(ops.lift(x))
    found = [lambda x: f(x)]
    for _ in range(count):
        found.append(lambda x, f=found[-1]: jvp(f, (x,), (np.ones_like(x),))[1])
    return [g(at) for g in found]


def _of_orders(spline: SamplePolynomial, x: Any, der: Any) -> Any:
    if isinstance(der, list | tuple | numpy.ndarray):
        every = _derivatives(spline, x, max(int(nu) for nu in der))
        return [every[int(nu)] for nu in der]
    return spline.derivative(x, int(der)) if der else spline(x)


@implements("interpolate.BarycentricInterpolator", makes_objects=True)
def BarycentricInterpolator(xi, yi=None, axis=0, *, wi=None, rng=None, random_state=None):
    """The polynomial through the samples"""
    if not viewing.has_traced((xi, yi, wi)) and yi is None:
        return scipy_object("interpolate.BarycentricInterpolator", xi, yi, axis, wi=wi)
    own = scipy_object("interpolate.BarycentricInterpolator", xi, yi, axis)
    return SamplePolynomial("interpolate.BarycentricInterpolator", own, xi, yi, axis)


@implements("interpolate.KroghInterpolator", makes_objects=True)
def KroghInterpolator(xi, yi, axis=0):
    """The polynomial through the samples. Traced places must be different"""
    own = scipy_object("interpolate.KroghInterpolator", xi, yi, axis)
    known = None if viewing.has_traced(xi) else numpy.asarray(xi)
    if known is not None and numpy.any(known[1:] == known[:-1]):
        if own is not None:
            return own
        raise located(
            TypeError, "scipy.interpolate.KroghInterpolator on traced arrays takes each place once"
        )
    return SamplePolynomial("interpolate.KroghInterpolator", own, xi, yi, axis)


@implements("interpolate.krogh_interpolate")
def krogh_interpolate(xi, yi, x, der=0, axis=0):
    """The polynomial through the samples"""
    return _of_orders(KroghInterpolator(xi, yi, axis), x, der)


@implements("interpolate.barycentric_interpolate")
def barycentric_interpolate(xi, yi, x, axis=0, *, der=0):
    """The polynomial through the samples, by its barycentric form"""
    return _of_orders(BarycentricInterpolator(xi, yi, axis), x, der)


def _through(xi: Any, yi: Any, x: Any, axis: int) -> Any:
    """The values at x of the polynomial through the samples."""
    at = wide(x)
    d = ops.axis(axis, yi.ndim)
    yi, flat, n = np.moveaxis(yi, d, 0), np.reshape(at, (-1,)), xi.shape[0]
    apart = flat[:, None] - xi
    # Σ y[j] Π (x - x[k]) / (x[j] - x[k]), which has derivatives also at the samples.
    others = numpy.array([[k for k in range(n) if k != j] for j in range(n)], dtype=int)
    above = np.prod(taken(apart, others, axis=1), axis=-1)
    below = np.prod(xi[:, None] - taken(xi, others), axis=-1)
    value = np.reshape((above / below) @ np.reshape(yi, (n, -1)), (flat.shape[0], *yi.shape[1:]))
    return _placed(value, at.shape, d)
