"""
The derivatives of the noncentral t distribution function, as integrals.

With χ_n the density of the root s of a χ² number of n degrees of freedom (Johnson, Kotz and
Balakrishnan, Continuous Univariate Distributions 2, 31.5):

    F(n, c, t) = ∫ Φ(t s / √n - c) χ_n(s) ds over s > 0

The slopes by c and t are integrals of s^(p - 1) exp(-(s - m)² / 2). Each integral goes over log s,
from its largest place to both sides, so that no digits are lost where the function is small.
"""

from __future__ import annotations

import math as pymath

from xdsl.dialects import arith, math

from ..rewriting.emitter import Expression, exp, function, log, sqrt, where
from ..rewriting.special_formulas import special
from .shape_slopes import Function, in_float64, integral

expm1 = function(math.ExpM1Op)
log1p = function(math.Log1pOp)
absolute = function(math.AbsFOp)
both = function(arith.AndIOp)

FALL = 40.0
"""An integrand ends where it is below exp(-FALL) of its largest value."""
COUNT = 128
"""Nodes on each side of the largest value."""
LEAST = 0.5
"""From this p on, the nodes resolve the power s^(p - 1) near 0."""


def _ends(p: Expression, top: Expression, fall: float) -> tuple[Expression, Expression]:
    """
    How far left and right of log `top` the integrand goes. At log `top` + r it has fallen by

        p (eʳ - 1 - r) + top² (eʳ - 1)² / 2

    and either part alone is enough: eʳ - 1 - r ≥ r² / 2, and ≥ r² / (2 - r) left of 0.
    """
    k = fall / p
    steep = pymath.sqrt(2 * fall) / top
    by_power = (k + sqrt(k * k + 8 * k)) * 0.5
    is_far = steep < 0.999
    by_square = where(is_far, -log1p(-where(is_far, steep, 0.5, p)), by_power, p)
    left = where(by_power < by_square, by_power, by_square, p)
    by_power, by_square = sqrt(2 * k), log1p(steep)
    return left, where(by_power < by_square, by_power, by_square, p)


def _log_integral(p: Expression, m: Expression) -> Expression:
    """log ∫ s^(p - 1) exp(-(s - m)² / 2) ds over s > 0"""
    root = sqrt(m * m + 4 * p)
    rising = m > 0.0
    # The largest place of s^p exp(-(s - m)² / 2), by the root that does not cancel.
    top = where(rising, 0.5 * (root + m), 2 * p / (root - where(rising, 0.0, m, p)), p)

    def part(r: Expression, p: Expression, top: Expression) -> Expression:
        rise = expm1(r)
        return exp(-p * (rise - r) - 0.5 * top * top * rise * rise)

    left, right = _ends(p, top, FALL)
    total = integral(part, right, p, top, count=COUNT)
    total = total + integral(lambda r, *xs: part(-r, *xs), left, p, top, count=COUNT)
    away = top - m
    return p * log(top) - 0.5 * away * away + log(total)


def _weighted(p: Expression, n: Expression, c: Expression, t: Expression) -> Expression:
    """∫ s^(p - n) φ(t s / √n - c) χ_n(s) ds"""
    size = n + t * t
    middle = t * c / sqrt(size)
    low = -0.5 * c * c * n / size - 0.5 * p * log(size / n)
    scale = (
        special("gammaln", 0.5 * n)
        + (0.5 * n - 1) * pymath.log(2)
        + 0.5 * pymath.log(2 * pymath.pi)
    )
    return exp(low + _log_integral(p, middle) - scale)


def _guarded(slope: Function, least: float = LEAST) -> Function:
    """The slope where n is large enough for its sums, and no number is infinite; NaN elsewhere."""

    @in_float64
    def guarded(n: Expression, c: Expression, t: Expression) -> Expression:
        size = absolute(c) + absolute(t)
        inside = both(both(n > least, n < float("inf")), size < 1e150)
        n_in, c_in, t_in = (where(inside, x, 1.0, x) for x in (n, c, t))
        return where(inside, slope(n_in, c_in, t_in), float("nan"), n)

    return guarded


def _by_c(n: Expression, c: Expression, t: Expression) -> Expression:
    """∂F/∂c  =  -∫ φ(t s / √n - c) χ_n(s) ds"""
    return -_weighted(n, n, c, t)


def _by_t(n: Expression, c: Expression, t: Expression) -> Expression:
    """∂F/∂t  =  ∫ s / √n φ(t s / √n - c) χ_n(s) ds, the density"""
    return _weighted(n + 1, n, c, t) / sqrt(n)


def _by_n(n: Expression, c: Expression, t: Expression) -> Expression:
    """
    ∂F/∂n  =  -t / (2n) ∂F/∂t + ½ ∫ Φ(t s / √n - c) (log(s² / 2) - ψ(n / 2)) χ_n(s) ds

    The nodes are close to each other near the place where Φ turns, and at the ends.
    """
    root = sqrt(n)
    left, right = _ends(n, root, FALL + 20)
    turns = c * t > 0.0
    turn = log(where(turns, c, 1.0, c) / where(turns, t, 1.0, t))
    turn = where(turns, turn, 0.0, n)
    turn = where(turn < -left, -left, where(turn > right, right, turn, n), n)

    def part(
        r: Expression, n: Expression, c: Expression, t: Expression, turn: Expression,
        first: Expression,
    ) -> Expression:  # fmt: skip
        # s = √n eʳ
        r = r + turn
        share = special("ndtr", t * exp(r) - c)
        return share * exp(-0.5 * n * (expm1(2 * r) - 2 * r)) * (2 * r + first)

    first = log(0.5 * n) - special("psi", 0.5 * n)
    total = integral(part, right - turn, n, c, t, turn, first, count=COUNT)
    below = integral(lambda r, *xs: part(-r, *xs), turn + left, n, c, t, turn, first, count=COUNT)
    # χ_n(s) ds = 2 (n / 2)^(n / 2) e^(-n / 2) / Γ(n / 2) exp(…) dr
    scale = pymath.log(2) + 0.5 * n * (log(0.5 * n) - 1) - special("gammaln", 0.5 * n)
    return 0.5 * exp(scale) * (total + below) - t / (2 * n) * _by_t(n, c, t)


NONCENTRAL_SLOPES: dict[str, Function] = {
    "nctdtr_by_n": _guarded(_by_n),
    "nctdtr_by_c": _guarded(_by_c),
    "nctdtr_by_t": _guarded(_by_t, 0.0),
}
"""The functions that the slopes in the table of special functions may use beside all others."""
