"""
The derivatives of Bessel functions by their order, as integrals and series.

The integrals are the derivatives of Schläfli's (NIST Handbook, 10.9.6, 10.9.7, 10.32.4, 10.32.9):

    J_v(x) = 1/π ∫ cos(x sin t - v t) dt over (0, π)  -  sin(v π)/π ∫ exp(-x sinh t - v t) dt
    I_v(x) = 1/π ∫ exp(x cos t) cos(v t) dt over (0, π)  -  sin(v π)/π ∫ exp(-x cosh t - v t) dt
    K_v(x) = ∫ exp(-x cosh t) cosh(v t) dt

For small x, where J and I are much smaller than the integrals' parts, the power series takes their
place. A sum over nodes holds up to `MOST`, and beyond, the slope is NaN and not wrong.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable

import numpy as np
from xdsl.dialects import arith, math

from ..rewriting.emitter import Expression, cos, exp, function, log, sin, where
from ..rewriting.special_formulas import special
from .shape_slopes import Function, in_float64, integral, series

log1p = function(math.Log1pOp)
sinh = function(math.SinhOp)
cosh = function(math.CoshOp)
absolute = function(math.AbsFOp)
both = function(arith.AndIOp)
either = function(arith.OrIOp)

MOST = 100.0
"""The largest x for which the nodes resolve cos(x sin t), and all orders up to half of it."""
TURNS = 192
"""Nodes for an integrand that turns `MOST` / π times, and for narrow peaks far from 0."""
POWERS = np.arange(128.0)
"""The powers of the series. It is in use where its last terms are nothing."""
NAN = float("nan")


def _end(v: Expression, x: Expression) -> Expression:
    """Where x sinh t - v t is above 40 (or x cosh t - v t above 40 more than at its least)."""
    size = absolute(v)
    t = log1p(2 * (40.0 + 12.0 * size) / x)
    for _ in range(3):
        t = log1p(2 * (40.0 + size * t) / x) + 0.1
    return t


def _half_turn(x: Expression) -> Expression:
    return x._operand(pymath.pi)


def _by_series(v: Expression, x: Expression, alternates: bool) -> Expression:
    """∂/∂v Σ (±1)^k (x/2)^(2k + v) / (k! Γ(k + v + 1)), each term by log(x/2) - ψ(k + v + 1)"""
    signs = np.where(POWERS % 2 == 1, -1.0 if alternates else 1.0, 1.0)
    factorials = np.array([pymath.lgamma(k + 1) for k in POWERS])

    def term(
        k: Expression, s: Expression, f: Expression, v: Expression, half: Expression
    ) -> Expression:
        a = k + v + 1
        return s * exp((2 * k + v) * half - f - special("gammaln", a)) * (half - special("psi", a))

    return series(term, (POWERS, signs, factorials), v, log(0.5 * x))


def _guarded(slope: Callable[[Expression, Expression], Expression], zero: float) -> Function:
    """
    The slope where its sums hold. At x = 0 it is `zero` for v > 0; elsewhere it is NaN.
    """

    @in_float64
    def guarded(v: Expression, x: Expression) -> Expression:
        inside = both(both(x > 0.0, x < MOST), absolute(v) < MOST / 2)
        one = x._operand(1.0)
        value = slope(where(inside, v, 1.0, v), where(inside, x, one, x))
        at_zero = both(x.compare("oeq", 0.0), v > 0.0)
        return where(inside, value, where(at_zero, zero, NAN, x), x)

    return guarded


def _few(v: Expression, x: Expression, holds: Expression) -> tuple[Expression, Expression]:
    """v and x for the series, where it is in use."""
    return where(holds, v, 1.0, v), where(holds, x, 1.0, x)


def _jv_by_v(v: Expression, x: Expression) -> Expression:
    # Up to here the terms of the series are at most some ten times the sum.
    short = both(v > -0.5, x * x < 12.0 * (v + 1))
    near = _by_series(*_few(v, x, short), alternates=True)

    def turning(t: Expression, v: Expression, x: Expression) -> Expression:
        return t * sin(x * sin(t) - v * t)

    def falling(t: Expression, v: Expression, x: Expression, *more: Expression) -> Expression:
        s, c = more
        return exp(-x * sinh(t) - v * t) * (s * t - c)

    s, c = sin(pymath.pi * v) * (1 / pymath.pi), cos(pymath.pi * v)
    far = integral(turning, _half_turn(x), v, x, count=TURNS) * (1 / pymath.pi)
    far = far + integral(falling, _end(v, x), v, x, s, c)
    return where(short, near, far, x)


def _yv_by_v(v: Expression, x: Expression) -> Expression:
    def turning(t: Expression, v: Expression, x: Expression) -> Expression:
        return t * cos(x * sin(t) - v * t)

    def falling(t: Expression, v: Expression, x: Expression, *more: Expression) -> Expression:
        s, c = more
        low = x * sinh(t)
        return t * exp(v * t - low) - (c * t + s) * exp(-v * t - low)

    s, c = pymath.pi * sin(pymath.pi * v), cos(pymath.pi * v)
    total = integral(turning, _half_turn(x), v, x, count=TURNS)
    total = total + integral(falling, _end(v, x), v, x, s, c, count=TURNS)
    return total * (-1 / pymath.pi)


def _ive_by_v(v: Expression, x: Expression) -> Expression:
    """∂/∂v of exp(-x) I_v(x)"""
    short = both(v > -0.5, x * x < 200.0 * (v + 50.0))
    v_near, x_near = _few(v, x, short)
    near = exp(-x_near) * _by_series(v_near, x_near, alternates=False)

    def turning(t: Expression, v: Expression, x: Expression) -> Expression:
        return t * exp(x * (cos(t) - 1)) * sin(v * t)

    def falling(t: Expression, v: Expression, x: Expression, *more: Expression) -> Expression:
        s, c = more
        return exp(-x * (cosh(t) + 1) - v * t) * (s * t - c)

    s, c = sin(pymath.pi * v) * (1 / pymath.pi), cos(pymath.pi * v)
    far = integral(turning, _half_turn(x), v, x, count=TURNS) * (-1 / pymath.pi)
    far = far + integral(falling, _end(v, x), v, x, s, c)
    return where(short, near, far, x)


def _kve_by_v(v: Expression, x: Expression) -> Expression:
    """∂/∂v of exp(x) K_v(x)"""

    def integrand(t: Expression, v: Expression, x: Expression) -> Expression:
        return t * exp(-x * (cosh(t) - 1)) * sinh(v * t)

    return integral(integrand, _end(v, x), v, x, count=TURNS)


def _iv_by_v(v: Expression, x: Expression) -> Expression:
    return exp(x) * _ive_by_v(v, x)


def _kv_by_v(v: Expression, x: Expression) -> Expression:
    return exp(-x) * _kve_by_v(v, x)


ORDER_SLOPES: dict[str, Function] = {
    "jv_by_v": _guarded(_jv_by_v, 0.0),
    "yv_by_v": _guarded(_yv_by_v, NAN),
    "iv_by_v": _guarded(_iv_by_v, 0.0),
    "ive_by_v": _guarded(_ive_by_v, 0.0),
    "kv_by_v": _guarded(_kv_by_v, NAN),
    "kve_by_v": _guarded(_kve_by_v, NAN),
}
"""The functions that the slopes in the table of special functions may use beside all others."""
