"""
The derivatives of Struve's functions by their order, and of the function U by its parameters.

The sums and integrals are those of the functions (NIST Handbook, 11.2.1, 11.2.2, 11.5.1, 11.4.25,
13.4.4). Where none of them holds, the slope is NaN and not wrong.
"""

from __future__ import annotations

import functools
import math as pymath

import numpy as np
from xdsl.dialects import arith, math

from ..rewriting.emitter import Expression, exp, function, log, sin, sqrt, where
from ..rewriting.special_formulas import special
from .shape_slopes import Function, in_float64, integral, series

log1p = function(math.Log1pOp)
expm1 = function(math.ExpM1Op)
tanh = function(math.TanhOp)
cosh = function(math.CoshOp)
absolute = function(math.AbsFOp)
both = function(arith.AndIOp)
either = function(arith.OrIOp)

NAN = float("nan")
ROOT_PI = pymath.sqrt(pymath.pi)
MOST = 100.0
"""The largest x for which the nodes resolve sin(x t), and the largest order."""
TURNS = 256
POWERS = np.arange(160.0)
LOG_GAMMAS = np.array([pymath.lgamma(k + 1.5) for k in POWERS])
"""The powers of the series, and log Γ(k + 3/2)."""


def _by_series(alternates: bool, v: Expression, x: Expression) -> Expression:
    """∂/∂v Σ (±1)ᵏ (x/2)^(2k + v + 1) / (Γ(k + 3/2) Γ(k + v + 3/2))"""
    signs = np.where(POWERS % 2 == 1, -1.0 if alternates else 1.0, 1.0)

    def term(
        k: Expression, s: Expression, f: Expression, v: Expression, half: Expression
    ) -> Expression:
        a = k + v + 1.5
        power = exp((2 * k + v + 1) * half - f - special("gammaln", a))
        return s * power * (half - special("psi", a))

    return series(term, (POWERS, signs, LOG_GAMMAS), v, log(0.5 * x))


def _by_integral(v: Expression, x: Expression) -> Expression:
    """
    ∂/∂v of H_v(x) = 2 (x/2)^v / (√π Γ(v + ½)) ∫ (1 - t²)^(v - ½) sin(x t) dt from 0 to 1, where
    t = tanh w makes the power at t = 1 an exponential function
    """
    half = log(0.5 * x) - special("psi", v + 0.5)

    def part(w: Expression, v: Expression, x: Expression, half: Expression) -> Expression:
        low = log(cosh(w))
        return exp(-(2 * v + 1) * low) * sin(x * tanh(w)) * (half - 2 * low)

    # log cosh w ≥ w² / (2 + w), so the power is nothing at the end. Behind `turning`, sin(x t) does
    # not turn.
    k = 42.0 / (2 * v + 1)
    end = (k + sqrt(k * k + 8 * k)) * 0.5
    turning = where(end < 3.0, end, 3.0, v)
    total = integral(part, turning, v, x, half, count=TURNS)

    def behind(w: Expression, start: Expression, *xs: Expression) -> Expression:
        return part(start + w, *xs)

    total = total + integral(behind, end - turning, turning, v, x, half, count=TURNS // 2)
    return 2 / ROOT_PI * exp(v * log(0.5 * x) - special("gammaln", v + 0.5)) * total


def _struve_by_v(v: Expression, x: Expression) -> Expression:
    inside = both(both(x > 0.0, x < MOST), both(v > -1.4, v < MOST))
    # Up to here the terms of the series are at most some ten times the sum.
    short = both(inside, x * x < 8.0 * (v + 2.5))
    near = _by_series(True, where(short, v, 1.0, v), where(short, x, 1.0, x))
    # H_v = 2 (v + 1) / x H_(v + 1) + (x/2)^(v + 1) / (√π Γ(v + 5/2)) - H_(v + 2)
    low = v < -0.2
    v_in = where(inside, v, 1.0, v)
    x_in = where(inside, x, 1.0, x)
    other = where(low, v_in + 1, v_in, v)
    direct = _by_integral(other, x_in)
    half = log(0.5 * x_in)
    power = exp((v_in + 1) * half - special("gammaln", v_in + 2.5)) * (1 / ROOT_PI)
    stepped = 2 / x_in * (special("struve", v_in + 1, x_in) + (v_in + 1) * direct)
    stepped = stepped + power * (half - special("psi", v_in + 2.5))
    stepped = stepped - _by_integral(where(low, v_in + 2, 2.0, v), x_in)
    far = where(low, stepped, direct, v)
    return where(inside, where(short, near, far, v), NAN, v)


def _modstruve_by_v(v: Expression, x: Expression) -> Expression:
    inside = both(both(x > 0.0, x < MOST), both(v > -1.4, v < MOST))
    value = _by_series(False, where(inside, v, 1.0, v), where(inside, x, 1.0, x))
    return where(inside, value, NAN, v)


LEAST, FALL = 0.2, 40.0
"""The least a for which the nodes resolve t^(a - 1) near 0, and where an integrand ends."""


def _hyperu_by(by_a: bool, a: Expression, b: Expression, x: Expression) -> Expression:
    """
    ∂/∂a or ∂/∂b of U(a, b, x) = 1 / Γ(a) ∫ e^(-x t) t^(a - 1) (1 + t)^(b - a - 1) dt over t > 0

    The integral goes over log t, from the largest place of the integrand to both sides.
    """
    inside = both(both(a > LEAST, x > 0.0), both(both(x < 1e4, a < 1e3), absolute(b) < 1e3))
    a, b, x = (where(inside, y, 1.0, y) for y in (a, b, x))
    c, d = b - a - 1, b - 1 - x
    # x t² - d t - a = 0, by the root that does not cancel.
    root, rises = sqrt(d * d + 4 * a * x), d > 0.0
    top = where(rises, (d + root) / (2 * x), 2 * a / (root - where(rises, 0.0, d, x)), x)
    size, most = x * top, where(c > 0.0, a + c, a, x)
    left = (FALL + size + absolute(c) * log1p(top)) / a
    right = log1p(2 * (FALL + 12 * most) / size)
    for _ in range(3):
        right = log1p((FALL + most * right) / size) + 0.1
    psi = special("psi", a)

    def part(
        r: Expression, a: Expression, c: Expression, x: Expression, top: Expression,
        psi: Expression,
    ) -> Expression:  # fmt: skip
        rise = top * expm1(r)
        more = log1p(rise / (1 + top))
        # (1 + t) / (1 + top) is 1 + rise / (1 + top), with t = top eʳ.
        whole = more + log1p(top)
        weight = r + log(top) - whole - psi if by_a else whole
        return exp(a * r - x * rise + c * more) * weight

    total = integral(part, right, a, c, x, top, psi, count=TURNS)
    total = total + integral(lambda r, *xs: part(-r, *xs), left, a, c, x, top, psi, count=TURNS)
    scale = a * log(top) - size + c * log1p(top) - special("gammaln", a)
    return where(inside, exp(scale) * total, NAN, x)


STRUVE_SLOPES: dict[str, Function] = {
    "struve_by_v": in_float64(_struve_by_v),
    "modstruve_by_v": in_float64(_modstruve_by_v),
    "hyperu_by_a": in_float64(functools.partial(_hyperu_by, True)),
    "hyperu_by_b": in_float64(functools.partial(_hyperu_by, False)),
}
"""The functions that the slopes in the table of special functions may use beside all others."""
