"""
The rules of the table `evaluate` for floats: `arith` and `math`, at every place of a tensor.

A function gives the result of IEEE 754. So it gives NaN for NaN if its equation does not say
otherwise. An equation names other special points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from xdsl.dialects import arith, math
from xdsl.ir import Operation

from ...passes.rewriting.rule_tables import evaluate, named_after
from .array_functions import (
    Array,
    erf,
    fused_multiply_add,
    in_float32,
    maximum,
    minimum,
    power,
    rounded_half_away,
)

Function = Callable[..., Array]


def of_floats(*ops: type[Operation]) -> Callable[[Function], Function]:
    """
    Decorator: the function below is the meaning of these ops, on arrays of their operands. It
    computes operands of 16 bits in float32, and rounds the result once.
    """

    def register(function: Function) -> Function:
        computed = in_float32(function)

        @evaluate.rule(*ops)
        @named_after(function)
        def rounded_once(op: Operation, *xs: Array) -> Array:
            """y = f(x), rounded once"""
            return computed(*xs)

        return function

    return register


# Arithmetic.


@of_floats(arith.AddfOp)
def add(x: Array, y: Array) -> Array:
    """z = x + y"""
    return np.add(x, y)


@of_floats(arith.SubfOp)
def subtract(x: Array, y: Array) -> Array:
    """z = x - y"""
    return np.subtract(x, y)


@of_floats(arith.MulfOp)
def multiply(x: Array, y: Array) -> Array:
    """z = x y"""
    return np.multiply(x, y)


@of_floats(arith.DivfOp)
def divide(x: Array, y: Array) -> Array:
    """z = x / y; ±∞ for y = 0, NaN for x = y = 0"""
    return np.divide(x, y)


@of_floats(arith.NegfOp)
def negate(x: Array) -> Array:
    """y = -x"""
    return np.negative(x)


@of_floats(math.FmaOp)
def multiply_add(x: Array, y: Array, z: Array) -> Array:
    """w = x y + z, rounded once"""
    return fused_multiply_add(x, y, z)


@of_floats(math.AbsFOp)
def absolute(x: Array) -> Array:
    """y = |x|"""
    return np.abs(x)


@of_floats(math.CopySignOp)
def copy_sign(x: Array, y: Array) -> Array:
    """z = |x| with the sign of y"""
    return np.copysign(x, y)


@of_floats(arith.MaximumfOp)
def largest(x: Array, y: Array) -> Array:
    """z = max(x, y); NaN where x or y is NaN, and -0 < 0"""
    return maximum(x, y)


@of_floats(arith.MinimumfOp)
def smallest(x: Array, y: Array) -> Array:
    """z = min(x, y); NaN where x or y is NaN, and -0 < 0"""
    return minimum(x, y)


@of_floats(arith.MaxnumfOp)
def largest_number(x: Array, y: Array) -> Array:
    """z = max(x, y); the other one where one is NaN"""
    return np.fmax(x, y)


@of_floats(arith.MinnumfOp)
def smallest_number(x: Array, y: Array) -> Array:
    """z = min(x, y); the other one where one is NaN"""
    return np.fmin(x, y)


# Powers, exponentials, logarithms.


@of_floats(math.PowFOp)
def power_of(x: Array, y: Array) -> Array:
    """z = x^y; 1 for y = 0 and for x = 1, NaN for finite x < 0 and finite y that is no integer"""
    return power(x, y)


@of_floats(math.FPowIOp)
def integer_power(x: Array, n: Array) -> Array:
    """y = x^n, n an integer"""
    return np.power(x, np.asarray(n).astype(np.asarray(x).dtype))


@of_floats(math.SqrtOp)
def square_root(x: Array) -> Array:
    """y = √x; NaN for x < 0"""
    return np.sqrt(x)


@of_floats(math.RsqrtOp)
def reciprocal_square_root(x: Array) -> Array:
    """y = 1 / √x; ∞ at 0, -∞ at -0, NaN for x < 0"""
    return 1 / np.sqrt(x)


@of_floats(math.CbrtOp)
def cube_root(x: Array) -> Array:
    """y = ∛x"""
    return np.cbrt(x)


@of_floats(math.ExpOp)
def exponential(x: Array) -> Array:
    """y = eˣ"""
    return np.exp(x)


@of_floats(math.Exp2Op)
def exponential_2(x: Array) -> Array:
    """y = 2ˣ"""
    return np.exp2(x)


@of_floats(math.ExpM1Op)
def exponential_minus_1(x: Array) -> Array:
    """y = eˣ - 1, precise near 0"""
    return np.expm1(x)


@of_floats(math.LogOp)
def logarithm(x: Array) -> Array:
    """y = log x, to base e; -∞ at 0, NaN for x < 0"""
    return np.log(x)


@of_floats(math.Log2Op)
def logarithm_2(x: Array) -> Array:
    """y = log₂ x; -∞ at 0, NaN for x < 0"""
    return np.log2(x)


@of_floats(math.Log10Op)
def logarithm_10(x: Array) -> Array:
    """y = log₁₀ x; -∞ at 0, NaN for x < 0"""
    return np.log10(x)


@of_floats(math.Log1pOp)
def logarithm_of_1_plus(x: Array) -> Array:
    """y = log(1 + x), precise near 0; -∞ at -1, NaN for x < -1"""
    return np.log1p(x)


@of_floats(math.ErfOp)
def error_function(x: Array) -> Array:
    """y = erf x = 2/√π ∫ exp(-t²) dt from 0 to x"""
    return erf(x)


# Trigonometric and hyperbolic functions, angles in radians.


@of_floats(math.SinOp)
def sine(x: Array) -> Array:
    """y = sin x"""
    return np.sin(x)


@of_floats(math.CosOp)
def cosine(x: Array) -> Array:
    """y = cos x"""
    return np.cos(x)


@of_floats(math.TanOp)
def tangent(x: Array) -> Array:
    """y = tan x"""
    return np.tan(x)


@of_floats(math.AsinOp)
def arcsine(x: Array) -> Array:
    """y = asin x, from -π/2 to π/2; NaN for |x| > 1"""
    return np.arcsin(x)


@of_floats(math.AcosOp)
def arccosine(x: Array) -> Array:
    """y = acos x, from 0 to π; NaN for |x| > 1"""
    return np.arccos(x)


@of_floats(math.AtanOp)
def arctangent(x: Array) -> Array:
    """y = atan x, from -π/2 to π/2"""
    return np.arctan(x)


@of_floats(math.Atan2Op)
def arctangent_2(y: Array, x: Array) -> Array:
    """z = atan2(y, x), the angle of the point (x, y), from -π to π"""
    return np.arctan2(y, x)


@of_floats(math.SinhOp)
def hyperbolic_sine(x: Array) -> Array:
    """y = sinh x"""
    return np.sinh(x)


@of_floats(math.CoshOp)
def hyperbolic_cosine(x: Array) -> Array:
    """y = cosh x"""
    return np.cosh(x)


@of_floats(math.TanhOp)
def hyperbolic_tangent(x: Array) -> Array:
    """y = tanh x"""
    return np.tanh(x)


@of_floats(math.AsinhOp)
def inverse_hyperbolic_sine(x: Array) -> Array:
    """y = asinh x"""
    return np.arcsinh(x)


@of_floats(math.AcoshOp)
def inverse_hyperbolic_cosine(x: Array) -> Array:
    """y = acosh x, from 0 to ∞; NaN for x < 1"""
    return np.arccosh(x)


@of_floats(math.AtanhOp)
def inverse_hyperbolic_tangent(x: Array) -> Array:
    """y = atanh x; ±∞ at ±1, NaN for |x| > 1"""
    return np.arctanh(x)


# Steps.


@of_floats(math.CeilOp)
def ceiling(x: Array) -> Array:
    """y = ⌈x⌉"""
    return np.ceil(x)


@of_floats(math.FloorOp)
def floor(x: Array) -> Array:
    """y = ⌊x⌋"""
    return np.floor(x)


@of_floats(math.TruncOp)
def truncate(x: Array) -> Array:
    """y = x without its fraction, towards zero"""
    return np.trunc(x)


@of_floats(math.RoundOp)
def round_half_away(x: Array) -> Array:
    """y = the integer nearest to x, halves away from zero"""
    return rounded_half_away(x)


@of_floats(math.RoundEvenOp)
def round_half_even(x: Array) -> Array:
    """y = the integer nearest to x, halves to the even one"""
    return np.rint(x)
