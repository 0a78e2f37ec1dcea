"""
The formulas of the functions of floats that `ten` has, for programs that have to run fast.

A sum of squares overflows or underflows for half of all exponents. So an exact power of two scales
x and y first, where that is necessary. Three such powers are enough, and a formula chooses between
them without a logarithm.
"""

from __future__ import annotations

from math import inf

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import Float64Type

from ...dialects import ten, types
from ...passes.rewriting.decomposing import formula
from ...passes.rewriting.emitter import Expression, copysign, exp, function, sqrt, where

absolute = function(math.AbsFOp)
either = function(arith.OrIOp)
fma = function(math.FmaOp)


class Scaled:
    """
    x and y times up · down, so that the sum of their squares, and its reciprocal, are normal
    numbers if x and y are finite and not both 0. One of `up` and `down` is 1.

    The bounds also keep (x · factor) / sum from being subnormal where x / (x² + y²) is normal:
    small² · power is below 2^-23 for float32, the ratio of its least subnormal and normal numbers.
    """

    def __init__(self, x: Expression, y: Expression):
        small, large, power = (
            (2.0**-400, 2.0**400, 2.0**600)
            if isinstance(types.element(x.type), Float64Type)
            else (2.0**-56, 2.0**50, 2.0**87)
        )
        size = absolute(x) + absolute(y)
        below, above = size < small, size > large
        self.up = where(below, power, 1.0, x)
        self.down = where(above, 1 / power, 1.0, x)
        self.factor = where(above, 1 / power, self.up, x)
        self.back = where(above, power, where(below, 1 / power, 1.0, x), x)
        a, b = x * self.factor, y * self.factor
        self.x = a
        self.sum = a * a + b * b


@formula(ten.HypotOp)
def hypot(x, y):
    """hypot(x, y) = √((k x)² + (k y)²) / k, k a power of two; ∞ for infinite x or y"""
    scaled = Scaled(x, y)
    infinite = either(absolute(x).compare("oeq", inf), absolute(y).compare("oeq", inf))
    return where(infinite, inf, sqrt(scaled.sum) * scaled.back, x)


@formula(ten.UnitOp)
def unit(x, y):
    """unit(x, y) = k x / √((k x)² + (k y)²), k a power of two"""
    scaled = Scaled(x, y)
    c = x * scaled.up / sqrt(scaled.sum) * scaled.down
    # At infinity, the point of the same direction with coordinates 0 and ±1.
    a, b = (where(absolute(v).compare("oeq", inf), 1.0, 0.0, v) for v in (x, y))
    direction = copysign(a * where(b > 0.0, sqrt(x._operand(0.5)), 1.0, x), x)
    c = where(scaled.sum.compare("oeq", inf), direction, c, x)
    return where(scaled.sum.compare("oeq", 0.0), 0.0, c, x)


@formula(ten.InvertOp)
def invert(x, y):
    """invert(x, y) = k (k x / ((k x)² + (k y)²)), k a power of two; 0 for infinite x or y"""
    scaled = Scaled(x, y)
    reciprocal = 1 / scaled.sum
    p = scaled.x * reciprocal * scaled.factor
    return where(reciprocal.compare("oeq", 0.0), 0.0, p, x)


@formula(ten.Sech2Op)
def sech2(x):
    """
    sech² x = 4 (q - q²), q = e / (1 + e), e = exp(-2 |x|)

    q is at most ½, where q - q² is flat. So an error of q counts once at most. In 4 e / (1 + e)²,
    the errors of the sum and of its reciprocal count twice.
    """
    e = exp(-2 * absolute(x))
    q = e * (1 / (1 + e))
    return 4 * fma(-q, q, q)
