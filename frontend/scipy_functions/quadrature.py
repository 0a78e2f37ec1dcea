"""`scipy.integrate`: integrals of functions, by sums over fixed nodes."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..transforms.batching import vmap
from ..transforms.derivatives import stop_gradient
from ..user_code import located
from .offers import floats, implements

np: Any = numpy  # its type stubs know no traced arrays

# Kronrod's nodes and weights of order 21 in [-1, 1], and Gauss's weights of order 10 among them
# (QUADPACK's qk21). The others follow by symmetry.
NODES = (
    0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
    0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
    0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
    0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
    0.294392862701460198131126603103866, 0.14887433898163121088482600112972, 0.0,
)  # fmt: skip
KRONROD = (
    0.011694638867371874278064396062192, 0.03255816230796472747881897245938964,
    0.05475589657435199603138130024458, 0.07503967481091995276704314091619,
    0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
    0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
    0.149445554002916905664936468389821,
)  # fmt: skip
GAUSS = (
    0.066671344308688137593568809893332, 0.149451349150580593145863396957698,
    0.219086362515982043995534934228163, 0.269266719309996355091226921569469,
    0.295524224714752870173815619188769,
)  # fmt: skip

_HALF = numpy.array(NODES)
_AT = numpy.concatenate([-_HALF, _HALF[-2::-1]])
_KRONROD = numpy.concatenate([KRONROD, KRONROD[-2::-1]])
_GAUSS = numpy.zeros(21)
_GAUSS[1:10:2] = GAUSS
_GAUSS[11::2] = GAUSS[::-1]

HALVINGS = 30
"""The panels next to an end of the interval are each half as wide as the panel before."""
MIDDLE = 16
"""The panels of the middle half."""


def _panels() -> numpy.ndarray:
    """The ends of panels in [0, 1], which become small towards both ends."""
    near = 0.25 * 0.5 ** numpy.arange(HALVINGS, -1.0, -1.0)
    inner = numpy.linspace(0.25, 0.75, MIDDLE + 1)[1:-1]
    return numpy.concatenate([[0.0], near, inner, 1 - near[::-1], [1.0]])


def _nodes() -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """
    The nodes in [0, 1], also as distances from 1, and the half widths of their panels. The
    distances keep the digits of nodes that are near 1.
    """
    ends = _panels()
    half = numpy.diff(ends) / 2
    places = (ends[:-1] + half)[:, None] + half[:, None] * _AT
    return places.ravel(), places.ravel()[::-1].copy(), half


_PLACES, _FROM_ONE, _WIDTHS = _nodes()


def _sums(values: Array, widths: Any) -> tuple[Array, Array]:
    """The integral by the values at the nodes (nodes, …), and an estimate of its error."""
    parts = np.reshape(values, (len(_WIDTHS), 21, *values.shape[1:]))

    def of(weights: Any) -> Array:
        return np.tensordot(lift(weights, values.dtype), parts, axes=([0], [1]))

    scale = np.reshape(lift(widths, values.dtype), (-1, *[1] * (values.ndim - 1)))
    kronrod, gauss = of(_KRONROD) * scale, of(_GAUSS) * scale
    return np.sum(kronrod, axis=0), stop_gradient(np.sum(abs(kronrod - gauss), axis=0))


def _is_infinite(x: Any) -> bool:
    return not isinstance(x, Array) and numpy.ndim(x) == 0 and bool(numpy.isinf(x))


def _integral(f: Callable[[Array], Any], a: Any, b: Any) -> tuple[Array, Array]:
    """∫ f from a to b, and an estimate of the error; infinite limits are known numbers."""

    def at(x: Array) -> Array:
        (value,) = floats(vmap(f)(x))
        return ops.broadcast_to(value, (x.shape[0], *value.shape[1:]))

    def scaled(values: Array, factors: Any) -> Array:
        return values * np.reshape(lift(factors, values.dtype), (-1, *[1] * (values.ndim - 1)))

    if _is_infinite(a) or _is_infinite(b):
        if _is_infinite(a) and _is_infinite(b):
            if a == b:
                return lift(0.0), lift(0.0)
            sign = 1.0 if b > a else -1.0
            first, e = _integral(lambda x: f(x), 0.0, numpy.inf)
            second, d = _integral(lambda x: f(-x), 0.0, numpy.inf)
            return sign * (first + second), e + d
        if (_is_infinite(b) and b < 0) or (_is_infinite(a) and a > 0):
            value, error = _integral(f, b, a)
            return -value, error
        sign, start = (1.0, a) if _is_infinite(b) else (-1.0, b)
        # x = start ± (1 - t) / t, as QUADPACK.
        t, rest = _PLACES, _FROM_ONE
        x = lift(start, numpy.dtype(float)) + sign * (rest / t)
        values = at(x)
        return _sums(scaled(values, 1 / (t * t)), _WIDTHS)
    a, b = floats(a, b)
    span = b - a
    t, rest = lift(_PLACES, a.dtype), lift(_FROM_ONE, a.dtype)
    x = np.where(_PLACES < 0.5, a + span * t, b - span * rest)
    value, error = _sums(at(x), _WIDTHS)
    return value * span, error * stop_gradient(abs(span))


def _function(func: Any, args: Any) -> Callable[[Any], Any]:
    args = args if isinstance(args, tuple) else (args,)
    return lambda x: func(x, *args)


@implements("integrate.quad")
def quad(func, a, b, args=(), full_output=0, epsabs=1.49e-08, epsrel=1.49e-08, limit=50,
         points=None, weight=None, wvar=None, wopts=None, maxp1=50, limlst=50,
         complex_func=False):  # fmt: skip
    """By Kronrod's sums over fixed panels, up to 30 periods (see the error); `points` split them"""
    if weight is not None or complex_func or full_output:
        raise located(
            TypeError, "scipy.integrate.quad on traced arrays has no weight, complex_func and "
            "full_output"
        )  # fmt: skip
    ends = [a, *(() if points is None else sorted(numpy.asarray(points).tolist())), b]
    parts = [_integral(_function(func, args), low, high) for low, high in itertools.pairwise(ends)]
    value, error = (functools.reduce(operator.add, p) for p in zip(*parts))
    if value.ndim:
        raise located(
            ValueError, f"scipy.integrate.quad takes a function with numbers as results, not "
            f"arrays of {value.shape}"
        )  # fmt: skip
    return value, error


@implements("integrate.quad_vec")
def quad_vec(f, a, b, epsabs=1e-200, epsrel=1e-8, norm="2", cache_size=100e6, limit=10000,
             workers=1, points=None, quadrature=None, full_output=False, *, args=()):  # fmt: skip
    """As `quad`, of a function whose results are arrays; the error is the largest"""
    if full_output:
        raise located(TypeError, "scipy.integrate.quad_vec on traced arrays has no full_output")
    ends = [a, *(() if points is None else sorted(numpy.asarray(points).tolist())), b]
    parts = [_integral(_function(f, args), low, high) for low, high in itertools.pairwise(ends)]
    value, error = (functools.reduce(operator.add, p) for p in zip(*parts))
    return value, np.max(error)


@implements("integrate.dblquad")
def dblquad(func, a, b, gfun, hfun, args=(), epsabs=1.49e-08, epsrel=1.49e-08):
    """∫ ∫ func(y, x) dy dx, y from gfun(x) to hfun(x), each as `quad`"""

    def bound(g: Any, x: Any) -> Any:
        return g(x) if callable(g) else g

    def inner(x: Any) -> Any:
        return quad(lambda y: func(y, x, *args), bound(gfun, x), bound(hfun, x))[0]

    return quad(inner, a, b)


@implements("integrate.fixed_quad")
def fixed_quad(func, a, b, args=(), n=5):
    """By Gauss's sum of n nodes; the function takes all nodes as a vector"""
    if _is_infinite(a) or _is_infinite(b):
        raise located(ValueError, "Gaussian quadrature is only available for finite limits.")
    a, b = floats(a, b)
    nodes, weights = numpy.polynomial.legendre.leggauss(int(n))
    x = (b - a) * (lift(nodes, a.dtype) + 1) / 2.0 + a
    (values,) = floats(func(x, *args))
    return (b - a) / 2.0 * np.sum(lift(weights, a.dtype) * values, axis=-1), None
