"""
The derivatives of incomplete gamma and beta functions by their shapes, as integrals.

    ∂ P(a, x) / ∂a  =  ∫ (log t - ψ(a)) t^(a-1) e⁻ᵗ dt / Γ(a)   from 0 to x

No formula of known functions has such an integral. Here a sum over the nodes of Gauss and Legendre
takes its place, so that the slope is a program of tensor ops: each backend runs it, and it has
derivatives of any order in its turn. The sum keeps about 13 digits, also where the slope is tiny:
it runs over the tail that is the smaller one.

Method: t = x e^(±s) makes an integrand that falls from s = 0 on, faster than an exponential. The
        sum ends at the s where the integrand is e⁻⁴⁰ of its value at 0. This end and the nodes
        do not count for derivatives, because the integral does not depend on them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import f64
from xdsl.ir import SSAValue

from ...dialects import arrays, delta, ten, types
from ..rewriting.emitter import Emitter, Expression, cast, exp, function, log, sqrt, where
from ..rewriting.special_formulas import special

log1p = function(math.Log1pOp)
expm1 = function(math.ExpM1Op)
either = function(arith.OrIOp)
both = function(arith.AndIOp)

NODES = 64
"""32 nodes keep 9 digits, 48 keep 12. The derivatives of the sum need some more than the sum."""
END = 40.0
"""An integrand of e⁻⁴⁰ is nothing beside its value at 0."""

Function = Callable[..., Expression]


@functools.cache
def _nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The nodes and weights of Gauss and Legendre on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def _along(x: Expression, count: int) -> Expression:
    """x (n…) repeated along a new last dimension, the nodes."""
    shape = types.shape(x.type)

    def make(e: Emitter) -> SSAValue:
        return e(ten.BroadcastOp(x.emit(e), (len(shape),), (*shape, count)))

    return Expression(types.of_shape((*shape, count), f64), make)


def _table(numbers: np.ndarray, shape: tuple[int, ...]) -> Expression:
    """A number for each node, the same at all places of `shape`."""

    whole = (*shape, len(numbers))

    def make(e: Emitter) -> SSAValue:
        table = e(arrays.constant(numbers))
        return e(ten.BroadcastOp(table, range(len(shape)), whole)) if shape else table

    return Expression(types.of_shape(whole, f64), make)


def series(term: Function, numbers: Sequence[np.ndarray], *xs: Expression) -> Expression:
    """Σ term(numbers[0][k], numbers[1][k], …, x…) over k"""
    shape, count = types.shape(xs[0].type), len(numbers[0])
    terms = term(*(_table(n, shape) for n in numbers), *(_along(x, count) for x in xs))
    return Expression(xs[0].type, lambda e: e(ten.SumOp(terms.emit(e), (len(shape),))))


def _stopped(x: Expression) -> Expression:
    """x, without a derivative."""
    return Expression(x.type, lambda e: e(delta.StopOp(x.emit(e))))


def integral(
    integrand: Function, end: Expression, *xs: Expression, count: int = NODES
) -> Expression:
    """∫ integrand(s, x…) ds from 0 to `end`, which has no derivative: nothing is behind it"""
    end = _stopped(end)

    def term(node: Expression, weight: Expression, end: Expression, *xs: Expression) -> Expression:
        return integrand(end * node, *xs) * weight

    return end * series(term, _nodes(count), end, *xs)


def in_float64(slope: Function) -> Function:
    """The function of numbers of any float type, computed in float64 and rounded once."""

    @functools.wraps(slope)
    def rounded(*xs: Expression) -> Expression:
        element = types.element(xs[0].type)
        if element == f64:
            return slope(*xs)
        return cast(slope(*(cast(x, f64) for x in xs)), element)

    return rounded


def _end_below(a: Expression, x: Expression) -> Expression:
    """
    The s with a s - x (1 - e⁻ˢ) ≥ 40, from 1 - e⁻ˢ ≤ s - s² / (2 + s)
    """
    b = 2 * (a - x) - END
    return (sqrt(b * b + 8 * END * a) - b) / (2 * a)


def _end_above(a: Expression, x: Expression) -> Expression:
    """
    The s with x (eˢ - 1) - a s ≥ 40, for x ≥ a, from eˢ - 1 - s ≥ s² / 2, and ≥ (eˢ - 1) / 2 if
    s ≥ 1.26
    """
    d = x - a
    by_square = 2 * END / (d + sqrt(d * d + 2 * END * x))
    by_power = log1p(2 * END / x)
    by_power = where(by_power > 1.26, by_power, 1.26, x)
    return where(by_square < by_power, by_square, by_power, x)


def _inside(x: Expression, end: float, slope: Function) -> Expression:
    """slope(x) for 0 < x < end; 0 at and behind the ends, where the function is constant."""
    inside = both(x > 0.0, x < end)
    value = slope(where(inside, x, 0.5, x))
    return where(inside, value, where(x.compare("uno", x), x, 0.0, x), x)


def _positive(a: Expression) -> Expression:
    """a, and NaN where a ≤ 0"""
    return where(a > 0.0, a, float("nan"), a)


@in_float64
def gammainc_by_a(a: Expression, x: Expression) -> Expression:
    """
    ∂ P(a, x) / ∂a  =  x^a e⁻ˣ / Γ(a) ∫ exp(-a s - x (e⁻ˢ - 1)) (log x - ψ(a) - s) ds

    From x = a on, the integral goes over the other tail, with -s in the place of s. For x ≤ 1 the
    integral of exp(-a s) (log x - ψ(a) - s), which has a formula, goes away first: for a small a
    its two parts are large and cancel each other.
    """
    return _inside(x, float("inf"), functools.partial(_gammainc_by_a, _positive(a)))


def _gammainc_by_a(a: Expression, x: Expression) -> Expression:
    small, log_x = x < 1.0, log(x)
    below = either(small, x < a)
    sign = where(below, -1.0, 1.0, x)
    first = where(small, exp(where(small, x, 0.0, x)), 0.0, x)
    ends = where(below, _end_below(a, x), _end_above(a, x), x)
    end = where(small, END / (a + 1), ends, x)

    def integrand(s: Expression, a: Expression, x: Expression, *more: Expression) -> Expression:
        sign, first, c = more
        s = sign * s
        return (exp(a * s - x * expm1(s)) - first * exp(a * s)) * (c + s)

    psi = special("psi", a)
    value = integral(integrand, end, a, x, sign, first, log_x - psi)
    density = exp(a * log_x - x - special("gammaln", a))
    return density * (first * (log_x - psi - 1 / a) / a - sign * value)


@in_float64
def betainc_by_a(a: Expression, b: Expression, x: Expression) -> Expression:
    """
    ∂ I_x(a, b) / ∂a  =  ∫ (log t - ψ(a) + ψ(a + b)) t^(a-1) (1 - t)^(b-1) dt / B(a, b)
    """
    a, b = _positive(a), _positive(b)
    return _inside(x, 1.0, lambda x: _betainc_by_a(a, b, x, 1 - x))


@in_float64
def betainc_by_b(a: Expression, b: Expression, x: Expression) -> Expression:
    """∂ I_x(a, b) / ∂b, because I_x(a, b) = 1 - I_(1-x)(b, a)"""
    a, b = _positive(a), _positive(b)
    return _inside(x, 1.0, lambda x: -_betainc_by_a(b, a, 1 - x, x))


def _betainc_by_a(a: Expression, b: Expression, x: Expression, y: Expression) -> Expression:
    """
    The slope for x and y = 1 - x.

    Where x is large, the integral goes over the other tail: p, q, x, y are then b, a, y, x, and the
    slope is the one by q. For p ≤ 1 an integral that has a formula goes away first, as above.
    """
    swap = x > (a + 1) / (a + b + 2)
    p, q = where(swap, b, a, x), where(swap, a, b, x)
    x, y = where(swap, y, x, x), where(swap, x, y, x)
    by_q, by_p = where(swap, 1.0, 0.0, x), where(swap, 0.0, 1.0, x)
    small, log_x, log_y = (p < 1.0), log(x), log1p(-x)
    log_y = where(y < 0.5, log(y), log_y, x)
    psi = special("psi", p + q)
    by_p_center, by_q_center = psi - special("psi", p), psi - special("psi", q)
    center = where(swap, by_q_center, by_p_center + log_x, x)
    first = where(small, exp((1 - q) * log_y), 0.0, x)
    slope = (q - 1) * x / y
    end_below = _end_below(p, where(slope > 0.0, slope, 0.0, x))
    end = where(small, END / (p + 1), end_below, x)

    def integrand(s: Expression, p: Expression, q: Expression, *more: Expression) -> Expression:
        ratio, first, by_p, by_q, log_y, center = more
        rest = log1p(-ratio * expm1(-s))  # log(1 - x e⁻ˢ) - log y
        lost = center - by_p * s
        weight = exp((q - 1) * rest - p * s)
        return weight * (lost + by_q * (rest + log_y)) - first * exp(-p * s) * lost

    value = integral(integrand, end, p, q, x / y, first, by_p, by_q, log_y, center)
    density = exp(p * log_x + (q - 1) * log_y - special("betaln", p, q))
    total = density * (first * (center - by_p / p) / p + value)
    return where(swap, -total, total, x)


@in_float64
def stdtr_by_n(n: Expression, t: Expression) -> Expression:
    """
    ∂ F(n, t) / ∂n, where F = 1 - I_x(n / 2, 1/2) / 2, x = 1 / (1 + t² / n), for t ≥ 0

    Near t = 0, F - 1/2 is c (t - (n + 1) / (6 n) t³), where c is the density at 0.
    """
    n = _positive(n)
    ratio = t / n * t
    inside = both(ratio > 1e-8, ratio < 1e300)
    r = where(inside, ratio, 1.0, t)
    x, y = 1 / (1 + r), r / (1 + r)
    beta = special("betaln", 0.5 * n, where(n > 0.0, 0.5, 0.5, n))
    # d x / d n = x y / n, and the density of I_x is x^(n/2 - 1) y^(-1/2) / B(n / 2, 1/2).
    by_x = exp(0.5 * n * log(x) + 0.5 * log(y) - beta) / n
    half = 0.5 * (0.5 * _betainc_by_a(0.5 * n, n._operand(0.5), x, y) + by_x)
    far = where(t > 0.0, -half, half, t)
    c = exp(-beta) / sqrt(n)
    by_n = 0.5 * (special("psi", 0.5 * (n + 1)) - special("psi", 0.5 * n) - 1 / n)
    near = where(ratio > 1e-8, 0.0, t, t)
    cube = near * near * near / (6 * n)
    at_zero = c * (by_n * (near - (n + 1) * cube) + cube / n)
    outside = where(t.compare("uno", t), t, at_zero, t)
    return where(inside, far, outside, t)


SHAPE_SLOPES: dict[str, Function] = {
    f.__name__: f for f in (gammainc_by_a, betainc_by_a, betainc_by_b, stdtr_by_n)
}
"""The functions that the slopes in the table of special functions may use beside all others."""
