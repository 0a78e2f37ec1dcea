"""
The derivatives of elementwise functions: one formula each.

A function below takes the operands of its op, and also the result of the op if it has a parameter
`result`. It returns one partial derivative per operand: a formula, a number, or None if there is
none. Formulas that nobody needs are not emitted.
Sources: the NIST Handbook of Mathematical Functions (dlmf.nist.gov), chapters 4 and 7; ties and
         corners as JAX has them.
"""

from __future__ import annotations

import inspect
import math as pymath
import sys
from collections.abc import Callable, Sequence

from xdsl.dialects import arith, math
from xdsl.ir import Operation, SSAValue

from ...dialects import delta, ten, types
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import (
    Emitter,
    Expression,
    cast,
    copysign,
    cos,
    cosh,
    exp,
    function,
    log,
    power,
    sin,
    sinh,
    sqrt,
    where,
)
from ..rewriting.rule_tables import linearize, named_after

absolute_value = function(math.AbsFOp)
fma = function(math.FmaOp)
round_to_even = function(math.RoundEvenOp)
tanh = function(math.TanhOp)
hypot = function(ten.HypotOp)
unit = function(ten.UnitOp)
invert = function(ten.InvertOp)
sech2 = function(ten.Sech2Op)
both = function(arith.AndIOp)
either = function(arith.OrIOp)

Formula = Callable[..., "Expression | float | tuple[Expression | float | None, ...] | None"]


def partials(*ops: type[Operation]) -> Callable[[Formula], Formula]:
    """
    Decorator: the function below gives the partial derivatives of these elementwise ops.

        d op(x, y) = ∂₀ dx + ∂₁ dy

    Example:

        >>> @partials(CubeOp)
        ... def cube_derivative(x):
        ...     return 3 * x * x
        >>> module = lg.trace(cube, 1.0)
        >>> run_pipeline(ctx, module, "gradient")
        >>> show(module)
        cube = \\x ct -> (my.cube x, 3.0 * x * x * ct)
    """

    def register(formula: Formula) -> Formula:
        wants_result = "result" in inspect.signature(formula).parameters

        @linearize.rule(*ops)
        @named_after(formula)
        def scaled_terms(
            op: Operation, ds: Sequence[SSAValue | None], e: Emitter
        ) -> tuple[SSAValue | None]:
            """d op(x, y) = ∂₀ dx + ∂₁ dy"""
            xs = [Expression.of(x) for x in op.operands]
            given = {"result": Expression.of(op.results[0])} if wants_result else {}
            ks = formula(*xs, **given)
            if ks is None:
                raise LetgradError(
                    f"the partials {formula.__name__} of {op.name} gave None; they must return a "
                    "formula for each operand, and 0 for a zero",
                    op,
                )
            ks = ks if isinstance(ks, tuple) else (ks,)
            if len(ks) != len(ds):
                raise LetgradError(
                    f"the partials {formula.__name__} of {op.name} gave {len(ks)} formulas for "
                    f"{len(ds)} operands",
                    op,
                )
            return (total([scaled(k, d, e) for k, d in zip(ks, ds)], e),)

        return formula

    return register


def scaled(k: Expression | float | None, d: SSAValue | None, e: Emitter) -> SSAValue | None:
    """k ⊙ d, where either may be zero."""
    if d is None or k is None or (not isinstance(k, Expression) and k == 0):
        return None
    if not isinstance(k, Expression):
        if k == 1:
            return d
        if k == -1:
            return e(delta.NegOp(d))
        return e(delta.ScaleOp(e.constant(k, types.value_type(d.type)), d))
    return e(delta.ScaleOp(k.emit(e), d))


def total(ds: Sequence[SSAValue | None], e: Emitter) -> SSAValue | None:
    """The sum of terms. None means zero."""
    sum: SSAValue | None = None
    for d in ds:
        if d is not None:
            sum = d if sum is None else e(delta.AddOp(sum, d))
    return sum


def constant_derivative(*ops: type[Operation]) -> None:
    """State that these ops are step functions: their derivative is 0 wherever it exists."""

    def step(op: Operation, ds: Sequence[SSAValue | None], e: Emitter) -> tuple[None, ...]:
        """d step(x) = 0, at the jumps as well"""
        return (None,) * len(op.results)

    # The rule is one of whoever states it.
    step.__module__ = sys._getframe(1).f_globals.get("__name__", __name__)
    linearize.rule(*ops)(step)


# Arithmetic.


@partials(arith.AddfOp)
def add(x, y):
    """d (x + y) = dx + dy"""
    return 1, 1


@partials(arith.SubfOp)
def subtract(x, y):
    """d (x - y) = dx - dy"""
    return 1, -1


@partials(arith.MulfOp)
def multiply(x, y):
    """d (x y) = y dx + x dy"""
    return y, x


@partials(arith.DivfOp)
def divide(x, y, result):
    """d (x / y) = 1/y dx - (x/y)/y dy"""
    # (x/y) (1/y) is as good, but its own derivative has the factor 1/y², which may be 0 or infinite
    # where the derivative is an ordinary number.
    return 1 / y, -result.loosely_over(y)


@partials(arith.NegfOp)
def negate(x):
    """d (-x) = -dx"""
    return -1


@partials(math.FmaOp)
def fused_multiply_add(x, y, z):
    """d (x y + z) = y dx + x dy + dz"""
    return y, x, 1


@partials(arith.MaximumfOp, arith.MaxnumfOp)
def maximum(x, y):
    """d max(x, y) = dx where x > y, dy where y > x, and half of each where they are equal"""
    k = where(x > y, 1.0, where(x.compare("oeq", y), 0.5, 0.0, x), x)
    return _not_of_nan(k, x, y)


@partials(arith.MinimumfOp, arith.MinnumfOp)
def minimum(x, y):
    """d min(x, y) = dx where x < y, dy where y < x, and half of each where they are equal"""
    k = where(x < y, 1.0, where(x.compare("oeq", y), 0.5, 0.0, x), x)
    return _not_of_nan(k, x, y)


def _not_of_nan(k: Expression, x: Expression, y: Expression) -> tuple[Expression, Expression]:
    """k and 1 - k; where y is NaN, x is the one that maxnumf and minnumf choose."""
    k = where(y.compare("uno", y), 1.0, k, x)
    return k, 1 - k


@partials(math.AbsFOp)
def absolute(x):
    """d |x| = sign x dx, 0 at 0"""
    return where(x.compare("oeq", 0.0), 0.0, copysign(x._operand(1.0), x), x)


@partials(math.CopySignOp)
def copy_sign(x, y):
    """d copysign(x, y) = sign x sign y dx, 0 at x = 0"""
    one = x._operand(1.0)
    sign = where(x.compare("oeq", 0.0), 0.0, copysign(one, x), x)
    return sign * copysign(one, y), None


# Powers, exponentials, logarithms.


@partials(math.SqrtOp)
def square_root(x, result):
    """d √x = 1 / (2 √x) dx"""
    return 0.5 / result


@partials(math.RsqrtOp)
def reciprocal_square_root(x, result):
    """d 1/√x = -1/2 (1/√x) / x dx"""
    return -0.5 * result / x


@partials(math.CbrtOp)
def cube_root(x, result):
    """d ∛x = ∛x / (3 x) dx, 1 / (3 ∛x²) where x is 0 or infinite"""
    third = 1 / 3 * result  # the error of ∛x counts once, and not twice as in ∛x²
    r = 1 / result
    return where(_is_usual(x), third / x, r * r, x)


@partials(math.PowFOp)
def power_of(x, y, result):
    """d x^y = y x^(y-1) dx + log x x^y dy; the second is 0 where x^y is 0, and for x = y = 0"""
    n = y.number
    if n is None:
        # At y = 0 this is y times something, so that its own derivative by y is not 0. Only where
        # x^-1 is no finite number, another base takes its place.
        base = where(x.compare("one", 0.0), x, 1.0, x)
        lower = power(where(y.compare("oeq", 0.0), base, x, x), y - 1)
        kx = _power_slope(x, y, result, lower)
    elif n == 0:
        kx = None
    else:
        lower = power(x, x._operand(n - 1))
        kx = _power_slope(x, y, result, lower) if abs(n) < 0.5 else y * lower
    zero = either(result.compare("oeq", 0.0), both(x.compare("oeq", 0.0), y.compare("oeq", 0.0)))
    return kx, log(where(zero, 1.0, x, x)) * result


def _power_slope(x: Expression, y: Expression, result: Expression, lower: Expression) -> Expression:
    """
    y x^(y-1). `lower` is x^(y-1) as one op. For small y, y - 1 is not exact, and y x^y / x keeps
    more digits; that quotient has no value where x is 0 or infinite.
    """
    small = absolute_value(y).compare("olt", 0.5)
    return where(both(small, _is_usual(x)), y * result / x, y * lower, x)


def _is_usual(x: Expression) -> Expression:
    """Whether x is neither 0 nor infinite nor NaN."""
    size = absolute_value(x)
    return both(size.compare("ogt", 0.0), size.compare("olt", pymath.inf))


@partials(math.FPowIOp)
def integer_power(x, n):
    """d x^n = n x^(n-1) dx, 0 for n = 0"""
    one = Expression(n.type, lambda e: e.constant(1, n.type))
    less = function(arith.SubiOp)(n, one)
    kx = cast(n, types.element(x.type)) * function(math.FPowIOp)(x, less)
    return where(n.compare("eq", 0), 0.0, kx, x), None


@partials(math.ExpOp)
def exponential(x, result):
    """d eˣ = eˣ dx"""
    return result


@partials(math.Exp2Op)
def exponential_2(x, result):
    """d 2ˣ = log 2 2ˣ dx"""
    return pymath.log(2) * result


@partials(math.ExpM1Op)
def exponential_minus_1(x):
    """d (eˣ - 1) = eˣ dx"""
    return exp(x)  # result + 1 loses the digits of a small eˣ


@partials(math.LogOp)
def logarithm(x):
    """d log x = 1/x dx"""
    return 1 / x


@partials(math.Log2Op)
def logarithm_2(x):
    """d log₂ x = 1/(x log 2) dx"""
    return 1 / pymath.log(2) / x


@partials(math.Log10Op)
def logarithm_10(x):
    """d log₁₀ x = 1/(x log 10) dx"""
    return 1 / pymath.log(10) / x  # x log 10 may overflow


@partials(math.Log1pOp)
def logarithm_of_1_plus(x):
    """d log(1 + x) = 1/(1 + x) dx"""
    return 1 / (1 + x)


@partials(math.ErfOp)
def error_function(x):
    """d erf x = 2/√π exp(-x²) dx"""
    # exp(-30²) is 0 in each type. A greater x would make 0 · ∞ of the second derivative at ∞.
    x = where(absolute_value(x) > 30.0, 30.0, x, x)
    return 2 / pymath.sqrt(pymath.pi) * exp(-(x * x))


# Trigonometric and hyperbolic functions, angles in radians.


@partials(math.SinOp)
def sine(x):
    """d sin x = cos x dx"""
    return cos(x)


@partials(math.CosOp)
def cosine(x):
    """d cos x = -sin x dx"""
    return -sin(x)


@partials(math.TanOp)
def tangent(x, result):
    """d tan x = (1 + tan² x) dx"""
    return 1 + result * result


def _one_minus_square(x: Expression) -> Expression:
    """
    1 - x², rounded once. Its derivative is -2x. The derivative of (1 - x) (1 + x) is the difference
    of 1 - x and 1 + x, which has no digits near 0.
    """
    return fma(-x, x, x._operand(1.0))


@partials(math.AsinOp)
def arcsine(x):
    """d asin x = 1/√(1 - x²) dx"""
    return 1 / sqrt(_one_minus_square(x))


@partials(math.AcosOp)
def arccosine(x):
    """d acos x = -1/√(1 - x²) dx"""
    return -1 / sqrt(_one_minus_square(x))


@partials(math.AtanOp)
def arctangent(x):
    """d atan x = 1/(1 + x²) dx"""
    return invert(x._operand(1.0), x)


@partials(math.Atan2Op)
def arctangent_2(y, x):
    """d atan2(y, x) = (x dy - y dx) / (x² + y²)"""
    return invert(x, y), -invert(y, x)


@partials(math.SinhOp)
def hyperbolic_sine(x):
    """d sinh x = cosh x dx"""
    return cosh(x)


@partials(math.CoshOp)
def hyperbolic_cosine(x):
    """d cosh x = sinh x dx"""
    return sinh(x)


@partials(math.TanhOp)
def hyperbolic_tangent(x):
    """d tanh x = sech² x dx"""
    return sech2(x)  # 1 - tanh² x has no digits where tanh x is nearly 1


@partials(math.AsinhOp)
def inverse_hyperbolic_sine(x):
    """d asinh x = 1/√(x² + 1) dx"""
    return unit(x._operand(1.0), x)


@partials(math.AcoshOp)
def inverse_hyperbolic_cosine(x):
    """d acosh x = 1/√(x² - 1) dx"""
    return 1 / sqrt(x - 1) * (1 / sqrt(x + 1))  # (x - 1) (x + 1) may overflow


@partials(math.AtanhOp)
def inverse_hyperbolic_tangent(x):
    """d atanh x = 1/(1 - x²) dx"""
    return 1 / _one_minus_square(x)


# The functions of `ten`: products of such functions, so derivatives of any order keep their digits.


@partials(ten.HypotOp)
def hypotenuse(x, y):
    """d hypot(x, y) = unit(x, y) dx + unit(y, x) dy, 0 at the point (0, 0)"""
    return unit(x, y), unit(y, x)


@partials(ten.UnitOp)
def unit_coordinate(x, y, result):
    """d c = s (s dx - c dy) / hypot(x, y), c = unit(x, y), s = unit(y, x); 0 at the point (0, 0)"""
    s, r = unit(y, x), hypot(x, y)
    if not x.number and not y.number:
        r = where(r.compare("oeq", 0.0), pymath.inf, r, r)
    # Of s and c, the smaller one is divided: 1 / r may be infinite, and c or s may be 0.
    smaller = absolute_value(result).compare("olt", absolute_value(s))
    a, b = where(smaller, result, s, s), where(smaller, s, result, s)
    return s * (s / r), -(b * (a / r))


@partials(ten.InvertOp)
def inverted_coordinate(x, y, result):
    """d p = (q² - p²) dx - 2 p q dy, p = invert(x, y), q = invert(y, x)"""
    q = invert(y, x)
    return (q - result) * (q + result), -2 * (result * q)


@partials(ten.FmodOp)
def remainder(x, y, result):
    """d fmod(x, y) = dx - n dy, n = (x - fmod(x, y)) / y"""
    return 1, -round_to_even((x - result) / y)


@partials(ten.Sech2Op)
def square_of_hyperbolic_secant(x, result):
    """d sech² x = -2 tanh x sech² x dx"""
    return -2 * (tanh(x) * result)


constant_derivative(math.CeilOp, math.FloorOp, math.RoundOp, math.RoundEvenOp, math.TruncOp)
linearize.never(arith.BitcastOp, "a bit pattern has no derivative")
