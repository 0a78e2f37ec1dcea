"""
The derivatives of zeta, hypergeometric and elliptic functions by their parameters, as sums.

The sums are those of the functions (NIST Handbook, 25.11.5, 15.2.1, 13.2.2, 16.2.1, 19.2.4), term
by term. Where a sum does not hold, the slope is NaN and not wrong.
"""

from __future__ import annotations

import functools
import math as pymath
from collections.abc import Callable

import numpy as np
from xdsl.dialects import arith, math

from ..rewriting.emitter import Expression, cos, exp, function, log, sin, sqrt, where
from ..rewriting.special_formulas import special
from .bessel_slopes import ORDER_SLOPES
from .shape_slopes import Function, _nodes, in_float64, series

log1p = function(math.Log1pOp)
tan = function(math.TanOp)
tanh = function(math.TanhOp)
cosh = function(math.CoshOp)
asinh = function(math.AsinhOp)
rint = function(math.RoundEvenOp)
absolute = function(math.AbsFOp)
power = function(math.PowFOp)
both = function(arith.AndIOp)
either = function(arith.OrIOp)

NAN = float("nan")

FIRST = 12
"""The terms of a zeta function that are added as they are, before the formula of Euler."""
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
"""B₂, B₄, …"""


@in_float64
def zeta_by_s(s: Expression, q: Expression) -> Expression:
    """
    ∂ζ(s, q)/∂s  =  -Σ log(q + k) (q + k)⁻ˢ over k ≥ 0

    From k = 12 on, the formula of Euler and Maclaurin takes the place of the sum.
    """
    inside = both(s > 1.0, q > 0.0)
    s, q = where(inside, s, 2.0, s), where(inside, q, 1.0, q)

    def term(k: Expression, s: Expression, q: Expression) -> Expression:
        low = log(q + k)
        return -low * exp(-s * low)

    a = q + float(FIRST)
    low = log(a)
    rest = -(low + 1 / (s - 1)) * a / (s - 1) - 0.5 * low
    # The terms B₂ⱼ / (2j)! · s (s + 1) … (s + 2j - 2) / a^(2j - 1), and their slopes.
    product, slope, power = s, s._operand(1.0), 1 / a
    for j, number in enumerate(BERNOULLI, 1):
        if j > 1:
            for more in (s + float(2 * j - 3), s + float(2 * j - 2)):
                slope = slope * more + product
                product = product * more
            power = power / (a * a)
        rest = rest + number / pymath.factorial(2 * j) * power * (slope - product * low)
    total = series(term, (np.arange(float(FIRST)),), s, q) + exp(-s * low) * rest
    return where(inside, total, NAN, s)


# Hypergeometric functions

WIDE, LARGE = 64.0, 1024.0
"""Up to here, the terms of a series of `MANY` powers fall to nothing: those of ₁F₁, and of ₀F₁."""
MANY = np.arange(256.0)
LOG_FACTORIALS = np.array([pymath.lgamma(k + 1) for k in MANY])
STEEP, STEEP_POWERS = 0.9, np.arange(448.0)
STEEP_FACTORIALS = np.array([pymath.lgamma(k + 1) for k in STEEP_POWERS])
"""The same for the powers of a number below 1."""


def _steps(a: Expression, k: Expression) -> tuple[Expression, Expression]:
    """log (a)ₖ and its derivative by a"""
    return (
        special("gammaln", a + k) - special("gammaln", a),
        special("psi", a + k) - special("psi", a),
    )


def _inside(holds: Expression, *xs: Expression) -> list[Expression]:
    """The operands where the sum holds, and others elsewhere."""
    return [where(holds, x, 0.5, x) for x in xs]


def _hyp0f1_by_b(b: Expression, x: Expression) -> Expression:
    holds = both(b > 0.0, both(x > -9.0, x < LARGE))

    def term(k: Expression, f: Expression, b: Expression, x: Expression) -> Expression:
        step, slope = _steps(b, k)
        size = power(x * (1 / LARGE), k) * exp(k * pymath.log(LARGE) - f - step)
        return -slope * size

    near = series(term, (MANY, LOG_FACTORIALS), *_inside(holds, b, x))
    far = both(b > 0.0, both(x < -8.999, x > -2500.0))
    b_far, x_far = where(far, b, 1.0, b), where(far, -x, 16.0, x)
    z, half = 2 * sqrt(x_far), 0.5 * log(x_far)
    scale = exp(special("gammaln", b_far) + (1 - b_far) * half)
    order = b_far - 1
    turning = scale * (
        (special("psi", b_far) - half) * special("jv", order, z) + ORDER_SLOPES["jv_by_v"](order, z)
    )
    return where(holds, near, where(far, turning, NAN, x), x)


def _hyp1f1_sum(by_a: bool, a: Expression, b: Expression, x: Expression) -> Expression:
    """∂/∂a or ∂/∂b Σ (a)ₖ / (b)ₖ xᵏ / k! for a, b > 0"""

    def term(
        k: Expression, f: Expression, a: Expression, b: Expression, x: Expression
    ) -> Expression:
        (up, by_up), (down, by_down) = _steps(a, k), _steps(b, k)
        size = power(x * (1 / WIDE), k) * exp(k * pymath.log(WIDE) + up - down - f)
        return size * (by_up if by_a else -by_down)

    return series(term, (MANY, LOG_FACTORIALS), a, b, x)


def _hyp1f1_by(by_a: bool, a: Expression, b: Expression, x: Expression) -> Expression:
    """
    The sum for x ≥ -4, and for x below that by M(a, b, x) = eˣ M(b - a, b, -x), whose sum has no
    terms of other signs.
    """
    falls = both(x < -4.0, b > a)
    holds = both(both(a > 0.0, b > 0.0), both(absolute(x) < WIDE, either(x > -4.0, falls)))
    other = where(falls, b - a, a, x)
    p, b_in, y = _inside(holds, other, b, where(falls, -x, x, x))
    if by_a:
        direct = _hyp1f1_sum(True, p, b_in, y)
        total = where(falls, -exp(-y) * direct, direct, x)
    else:
        direct = _hyp1f1_sum(False, p, b_in, y)
        more = _hyp1f1_sum(True, p, b_in, y)
        total = where(falls, exp(-y) * (direct + more), direct, x)
    return where(holds, total, NAN, x)


def _hyp2f1_sum(place: int | None, *given: Expression) -> Expression:
    """Σ (a)ₖ (b)ₖ / (c)ₖ xᵏ / k! for a, b, c > 0, or the derivative by one of these."""

    def term(
        k: Expression, f: Expression, a: Expression, b: Expression, c: Expression, x: Expression
    ) -> Expression:
        steps = [_steps(a, k), _steps(b, k), _steps(c, k)]
        size = power(x, k) * exp(steps[0][0] + steps[1][0] - steps[2][0] - f)
        if place is None:
            return size
        slope = steps[place][1]
        return size * (-slope if place == 2 else slope)

    return series(term, (STEEP_POWERS, STEEP_FACTORIALS), *given)


def _hyp2f1_by(place: int, *given: Expression) -> Expression:
    """
    The sum for -0.4 < x < 0.9, and for x from -9 to -0.4, if c > b, by
    F(a, b; c; x) = (1 - x)⁻ᵃ F(a, c - b; c; x / (x - 1)), whose sum has no terms of other signs.
    """
    a, b, c, x = given
    falls = both(c > b, both(x < -0.4, x > -9.0))
    near = both(x > -0.4001, x < STEEP)
    holds = both(both(a > 0.0, b > 0.0), both(c > 0.0, either(falls, near)))
    a, c = _inside(holds, a, c)
    b_in, y = _inside(holds, where(falls, c - b, b, b), where(falls, x / (x - 1), x, x))
    low = where(both(holds, falls), log1p(-x), 0.0, x)
    total = _hyp2f1_sum(place, a, b_in, c, y)
    if place == 0:
        total = total - low * _hyp2f1_sum(None, a, b_in, c, y)
    elif place == 1:
        total = where(falls, -total, total, x)
    else:
        total = total + where(falls, _hyp2f1_sum(1, a, b_in, c, y), 0.0, x)
    return where(holds, exp(-a * low) * total, NAN, x)


# Elliptic integrals

TURNS = 192
"""Nodes for an integrand with poles that are π / 2 from the line, which is up to 40 long."""


def _elliptic_by_m(
    weight: Callable[[Expression], Expression],
    formula: Callable[[Expression, Expression], Expression],
    complete: Callable[[Expression], Expression],
    p: Expression,
    m: Expression,
) -> Expression:
    """
    ∫ ½ sin² t weight(1 - m sin² t) dt from 0 to p. With sin t = tanh w the poles of the integrand
    keep away from the line, also for m near 1. For large -m, where they do not, the formula of
    complete functions loses no digits.
    """
    turns = rint(p * (1 / pymath.pi))
    p = p - turns * pymath.pi
    sine = sin(p)
    steep = -m * sine * sine > 0.3
    end = asinh(tan(where(steep, 0.1, p, p)))
    m_near = where(steep, 0.5, m, m)

    def term(node: Expression, part: Expression, end: Expression, m: Expression) -> Expression:
        w = end * node
        square = tanh(w) * tanh(w)
        other = 1 / (cosh(w) * cosh(w))
        return 0.5 * part * square * weight(other + (1 - m) * square) / cosh(w)

    near = end * series(term, _nodes(TURNS), end, m_near)
    far = formula(where(steep, p, 1.0, p), where(steep, m, -1.0, m))
    whole = turns.compare("one", 0.0)
    rest = where(whole, 2 * turns * complete(where(whole, m, 0.5, m)), 0.0, m)
    return where(m.compare("ole", 1.0), where(steep, far, near, m) + rest, NAN, m)


def _ellipkinc_far(p: Expression, m: Expression) -> Expression:
    root = sqrt(1 - m * sin(p) * sin(p))
    lost = special("ellipeinc", p, m) / m - sin(p) * cos(p) / root
    return (lost / (1 - m) - special("ellipkinc", p, m) / m) * 0.5


def _ellipeinc_far(p: Expression, m: Expression) -> Expression:
    return (special("ellipeinc", p, m) - special("ellipkinc", p, m)) / (2 * m)


def _complete(name: str) -> Callable[[Expression], Expression]:
    """The derivative of a complete elliptic integral."""
    if name == "ellipk":
        return lambda m: pymath.pi / 8 * special("hyp2f1", *_numbers(m, 1.5, 1.5, 2.0), m)
    return lambda m: -pymath.pi / 8 * special("hyp2f1", *_numbers(m, 0.5, 1.5, 2.0), m)


def _numbers(like: Expression, *numbers: float) -> list[Expression]:
    return [like._operand(n) for n in numbers]


@in_float64
def ellipkinc_by_m(p: Expression, m: Expression) -> Expression:
    """∂F(p, m)/∂m  =  ½ ∫ sin² t (1 - m sin² t)^(-3/2) dt from 0 to p"""
    return _elliptic_by_m(lambda r: 1 / (r * sqrt(r)), _ellipkinc_far, _complete("ellipk"), p, m)


@in_float64
def ellipeinc_by_m(p: Expression, m: Expression) -> Expression:
    """∂E(p, m)/∂m  =  -½ ∫ sin² t (1 - m sin² t)^(-1/2) dt from 0 to p"""
    return _elliptic_by_m(lambda r: -1 / sqrt(r), _ellipeinc_far, _complete("ellipe"), p, m)


ARGUMENT_SLOPES: dict[str, Function] = {
    "zeta_by_s": zeta_by_s,
    "hyp0f1_by_b": in_float64(_hyp0f1_by_b),
    "hyp1f1_by_a": in_float64(functools.partial(_hyp1f1_by, True)),
    "hyp1f1_by_b": in_float64(functools.partial(_hyp1f1_by, False)),
    "hyp2f1_by_a": in_float64(functools.partial(_hyp2f1_by, 0)),
    "hyp2f1_by_b": in_float64(functools.partial(_hyp2f1_by, 1)),
    "hyp2f1_by_c": in_float64(functools.partial(_hyp2f1_by, 2)),
    "ellipkinc_by_m": ellipkinc_by_m,
    "ellipeinc_by_m": ellipeinc_by_m,
}
"""The functions that the slopes in the table of special functions may use beside all others."""
