"""
The rules of the table `stablehlo` for floats: `arith` and `math`, at every place of a tensor.

Floats of 16 bits are computed in f32, and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from math import e as euler
from math import log, pi

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import Float64Type, IntegerType, f32, f64, i1, i64
from xdsl.ir import Operation

from ...dialects import arrays, ten, types
from ...passes.rewriting.rule_tables import named_after
from .builder import Hlo, Value, element, hlo_element, is_float, is_short, shape, tensor
from .converter import stablehlo

Function = Callable[..., Value]


def in_float32(function: Function) -> Function:
    """The function, on floats of 16 bits computed in f32 and rounded once."""

    def rounded(h: Hlo, *xs: Value) -> Value:
        short = element(xs[0])
        if not is_short(xs[0]):
            return function(h, *xs)
        wide = (h.convert(x, f32) if element(x) == short else x for x in xs)
        return h.convert(function(h, *wide), short)

    return rounded


def floats(*ops: type[Operation]) -> Callable[[Function], Function]:
    """Decorator: the function below is these ops, on floats. It rounds once."""

    def register(function: Function) -> Function:
        computed = in_float32(function)

        @stablehlo.rule(*ops)
        @named_after(function)
        def rounded_once(op: Operation, h: Hlo, *xs: Value) -> Value:
            """y = f(x), rounded once"""
            return computed(h, *xs)

        return function

    return register


UNARY: dict[type[Operation], str] = {
    math.SqrtOp: "sqrt", math.CbrtOp: "cbrt", math.ExpOp: "exponential",
    math.ExpM1Op: "exponential_minus_one", math.LogOp: "log", math.Log1pOp: "log_plus_one",
    math.SinOp: "sine", math.CosOp: "cosine", math.TanOp: "tan", math.TanhOp: "tanh",
    math.CeilOp: "ceil", math.FloorOp: "floor", math.RoundOp: "round_nearest_afz",
    math.RoundEvenOp: "round_nearest_even", math.ErfOp: "chlo.erf", math.AsinOp: "chlo.asin",
    math.AcosOp: "chlo.acos", math.AtanOp: "chlo.atan", math.SinhOp: "chlo.sinh",
    math.CoshOp: "chlo.cosh", math.AsinhOp: "chlo.asinh", math.AcoshOp: "chlo.acosh",
    math.AtanhOp: "chlo.atanh",
}  # fmt: skip
"""Functions that StableHLO or CHLO has."""

for _op, _name in UNARY.items():

    @floats(_op)
    def _unary(h: Hlo, x: Value, name: str = _name) -> Value:
        """y = f(x), by the op of StableHLO or CHLO"""
        return h.unary(name, x)


@stablehlo.rule(arith.NegfOp)
def negate(op: Operation, h: Hlo, x: Value) -> Value:
    """-x"""
    return h.neg(x)


@stablehlo.rule(math.AbsFOp)
def absolute(op: Operation, h: Hlo, x: Value) -> Value:
    """|x|"""
    return h.unary("abs", x)


BINARY: dict[type[Operation], str] = {
    arith.AddfOp: "add", arith.SubfOp: "subtract", arith.MulfOp: "multiply",
    arith.DivfOp: "divide", math.PowFOp: "power", ten.FmodOp: "remainder",
}  # fmt: skip

for _op, _name in BINARY.items():

    @floats(_op)
    def _binary(h: Hlo, x: Value, y: Value, name: str = _name) -> Value:
        """z = f(x, y), by the op of StableHLO"""
        return h.binary(name, x, y)


def maximum(h: Hlo, x: Value, y: Value) -> Value:
    """max(x, y); NaN where x or y is NaN, and -0 < 0"""
    if not is_float(x):
        return h.binary("maximum", x, y)
    # XLA leaves the sign of a zero open: the sum of two zeros is -0 only if both are.
    zeros = h.both(h.against("EQ", x, 0), h.against("EQ", y, 0))
    return h.select(zeros, h.add(x, y), h.binary("maximum", x, y))


def minimum(h: Hlo, x: Value, y: Value) -> Value:
    """min(x, y); NaN where x or y is NaN, and -0 < 0"""
    if not is_float(x):
        return h.binary("minimum", x, y)
    zeros = h.both(h.against("EQ", x, 0), h.against("EQ", y, 0))
    either = h.neg(h.add(h.neg(x), h.neg(y)))
    return h.select(zeros, either, h.binary("minimum", x, y))


stablehlo.rule(arith.MaximumfOp)(lambda op, h, x, y: maximum(h, x, y))
stablehlo.rule(arith.MinimumfOp)(lambda op, h, x, y: minimum(h, x, y))


def _number_of(h: Hlo, name: str, x: Value, y: Value) -> Value:
    x, y = h.alike(x, y)
    other = h.select(h.is_nan(y), x, h.binary(name, x, y))
    return h.select(h.is_nan(x), y, other)


@stablehlo.rule(arith.MaxnumfOp)
def largest_number(op: Operation, h: Hlo, x: Value, y: Value) -> Value:
    """max(x, y); the other one where one is NaN"""
    return _number_of(h, "maximum", x, y)


@stablehlo.rule(arith.MinnumfOp)
def smallest_number(op: Operation, h: Hlo, x: Value, y: Value) -> Value:
    """min(x, y); the other one where one is NaN"""
    return _number_of(h, "minimum", x, y)


def copysign(h: Hlo, x: Value, y: Value) -> Value:
    """|x| with the sign of y"""
    x, y = h.alike(x, y)
    a, b = h.bits(x), h.bits(y)
    kind = element(a)
    assert isinstance(kind, IntegerType)
    sign = h.constant(-(1 << (kind.width.data - 1)), kind)
    joined = h.either(h.both(a, h.no(sign)), h.both(b, sign))
    return h.bitcast(joined, element(x))


stablehlo.rule(math.CopySignOp)(lambda op, h, x, y: copysign(h, x, y))


@floats(math.Atan2Op)
def arctangent_2(h: Hlo, y: Value, x: Value) -> Value:
    """
    atan2(y, x)

    XLA divides y by x where x is known to be no less than 0. So the rule itself gives the angles of
    points whose quotient is NaN: those of two zeros, and of two infinities.
    """
    y, x = h.alike(y, x)
    zeros = h.both(h.against("EQ", x, 0), h.against("EQ", y, 0))
    infinite = h.both(*(h.against("EQ", h.unary("abs", v), np.inf) for v in (x, y)))
    special = h.either(zeros, infinite)
    one = h.full(1, x)
    left = h.against("LT", copysign(h, one, x), 0)
    at_zero = h.select(left, h.number(pi, x), h.number(0, x))
    at_infinity = h.select(left, h.number(3 * pi / 4, x), h.number(pi / 4, x))
    angle = copysign(h, h.select(zeros, at_zero, at_infinity), y)
    plain = h.binary("atan2", h.select(special, one, y), h.select(special, one, x))
    return h.select(special, angle, plain)


@floats(math.RsqrtOp)
def reciprocal_square_root(h: Hlo, x: Value) -> Value:
    """1 / √x; ∞ at 0, -∞ at -0"""
    return h.div(h.full(1, x), h.unary("sqrt", x))


@floats(math.Exp2Op)
def exponential_2(h: Hlo, x: Value) -> Value:
    """2ˣ as a power"""
    return h.binary("power", h.number(2, x), x)


@floats(math.Log2Op)
def logarithm_2(h: Hlo, x: Value) -> Value:
    """log₂ x = log x · log₂ e"""
    return _logarithm(h, x, 2)


@floats(math.Log10Op)
def logarithm_10(h: Hlo, x: Value) -> Value:
    """log₁₀ x = log x · log₁₀ e"""
    return _logarithm(h, x, 10)


def _logarithm(h: Hlo, x: Value, base: int) -> Value:
    """
    log x to the base. A quotient of rounded logarithms may miss a whole number by its last bit, so
    the whole number wins where its power is x.
    """
    found = h.div(h.unary("log", x), h.number(log(base, euler), x))
    whole = h.unary("round_nearest_even", found)
    power = h.binary("power", h.number(base, x), whole)
    return h.select(h.compare("EQ", power, x), whole, found)


@stablehlo.rule(math.TruncOp)
def truncate(op: Operation, h: Hlo, x: Value) -> Value:
    """x towards zero"""
    below = h.against("LT", x, 0)
    return h.select(below, h.unary("ceil", x), h.unary("floor", x))


@floats(math.FPowIOp)
def integer_power(h: Hlo, x: Value, n: Value) -> Value:
    """x^n, with n as a float"""
    return h.binary("power", x, h.convert(n, element(x)))


@stablehlo.rule(math.FmaOp)
def multiply_add(op: Operation, h: Hlo, x: Value, y: Value, z: Value) -> Value:
    """
    x y + z, rounded once

    Floats below 64 bits are computed in f64, where the product is exact. Products of f64 are two
    numbers, whose sum is exact: the product, and what its rounding left out.
    """
    kind = element(x)
    x, y, z = h.alike(x, y, z)
    if not isinstance(kind, Float64Type):
        wide = [h.convert(v, f64) for v in (x, y, z)]
        return h.convert(_odd_sum(h, h.mul(wide[0], wide[1]), wide[2]), kind)
    p = h.mul(x, y)
    s = h.add(p, z)
    low = h.add(_rest_of_product(h, x, y, p), _rest_of_sum(h, p, z, s))
    exact = h.add(s, low)
    return h.select(finite(h, exact), exact, s)


def finite(h: Hlo, x: Value) -> Value:
    """Whether x is neither infinite nor NaN."""
    return h.one("is_finite", [x], tensor(shape(x), i1))


def _rest_of_sum(h: Hlo, a: Value, b: Value, s: Value) -> Value:
    """a + b - s, exactly, where s is the rounded sum."""
    t = h.sub(s, a)
    return h.add(h.sub(a, h.sub(s, t)), h.sub(b, t))


def _halves(h: Hlo, x: Value) -> tuple[Value, Value]:
    """x as a sum of two numbers of 26 bits."""
    mask = h.constant(-(1 << 27), i64)
    high = h.bitcast(h.both(h.bits(x), h.alike(mask, x)[0]), f64)
    return high, h.sub(x, high)


def _rest_of_product(h: Hlo, x: Value, y: Value, p: Value) -> Value:
    """x y - p, exactly, where p is the rounded product."""
    (a, b), (c, d) = _halves(h, x), _halves(h, y)
    rest = h.sub(h.mul(a, c), p)
    rest = h.add(h.add(rest, h.mul(a, d)), h.mul(b, c))
    return h.add(rest, h.mul(b, d))


def _odd_sum(h: Hlo, p: Value, z: Value) -> Value:
    """
    p + z, with the last bit set if the sum is not exact. A second rounding to fewer digits then is
    the rounding of the exact sum.
    """
    s = h.add(p, z)
    rest = _rest_of_sum(h, p, z, s)
    bits = h.bits(s)
    even = h.against("EQ", h.both(bits, h.full(1, bits)), 0)
    inexact = h.both(h.both(finite(h, s), h.against("NE", rest, 0)), even)
    # The neighbour of s in the direction of the rest: its bits are one more where both have a sign.
    same = h.compare("EQ", h.against("GT", rest, 0), h.against("GT", s, 0))
    step = h.select(same, h.full(1, bits), h.full(-1, bits))
    return h.select(inexact, h.bitcast(h.add(bits, step), f64), s)


@stablehlo.rule(arith.ConstantOp)
def constant(op: arith.ConstantOp, h: Hlo) -> Value:
    """The number or the table that is written"""
    array = np.asarray(arrays.constant_array(op))
    e = hlo_element(types.element(op.result.type))
    if array.size and not any(array.strides):
        return h.constant(array.reshape(-1)[0], e, array.shape)
    return h.table(np.ascontiguousarray(array), e)
