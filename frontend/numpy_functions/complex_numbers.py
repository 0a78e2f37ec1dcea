"""
Ufuncs of complex arrays, written on their real and imaginary parts.

The formulas keep their digits for large and for small numbers, and have the branch cuts of NumPy: a
zero part has a sign, and the sign says on which side of the cut the number is. Derivatives are
those of the formulas, so a formula also says how each function differentiates.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable
from typing import Any

import numpy

from ...dialects import delta, ten, types
from ...dialects.ten.value_facts import is_zero
from .. import ops, tracing
from ..tracing import Array, emit, use
from .elementwise import filled, fma
from .registration import complex_ufunc, implements

np: Any = numpy  # its type stubs know no traced arrays

Parts = tuple[Any, Any]
"""The real and the imaginary part of a complex array: two real arrays."""


def on_parts(*names: str) -> Callable[[Callable[..., Parts]], Callable[..., Parts]]:
    """Decorator: the function below is a ufunc of complex arrays, from parts to parts."""

    def register(rule: Callable[..., Parts]) -> Callable[..., Parts]:
        @complex_ufunc(*names)
        def of_arrays(*zs: Array) -> Array:
            return ops.complex_(*rule(*map(ops.parts, zs)))

        return rule

    return register


def to_real(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function below is a ufunc from parts of complex arrays to a real array."""

    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        @complex_ufunc(*names)
        def of_arrays(*zs: Array) -> Any:
            return rule(*map(ops.parts, zs))

        return rule

    return register


def _stopped(x: Array) -> Array:
    return emit(delta.StopOp, use(x))


# Arithmetic.


@on_parts("add")
def add(a: Parts, b: Parts) -> Parts:
    return a[0] + b[0], a[1] + b[1]


@on_parts("subtract")
def subtract(a: Parts, b: Parts) -> Parts:
    return a[0] - b[0], a[1] - b[1]


@on_parts("multiply")
def multiply(a: Parts, b: Parts) -> Parts:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


@on_parts("divide")
def divide(a: Parts, b: Parts) -> Parts:
    """Smith's formula, as in NumPy: it divides by the greater part first, and does not overflow."""
    (x, y), (c, d) = a, b
    if is_zero(use(d)):
        return _divide_by_real(a, c)
    by_real = abs(c) >= abs(d)
    greater, less = np.where(by_real, c, d), np.where(by_real, d, c)
    by_zero = (c == 0) & (d == 0)  # greater is 0 for c = NaN, too
    ratio = less / np.where(by_zero, filled(c, 1), greater)
    scale = 1 / (greater + less * ratio)
    u, v = np.where(by_real, x, y), np.where(by_real, y, x)
    re = (u + v * ratio) * scale
    im = np.where(by_real, v - u * ratio, u * ratio - v) * scale
    zero = abs(greater)
    return np.where(by_zero, x / zero, re), np.where(by_zero, y / zero, im)


def _divide_by_real(a: Parts, c: Array) -> Parts:
    """`divide` by c + 0i, step by step as there: c is the greater part, and 0 / c the ratio."""
    x, y = a
    by_zero = c == 0
    safe = np.where(by_zero, filled(c, 1), c)
    ratio, scale = filled(c, 0) / safe, np.where(by_zero, filled(c, np.inf), 1 / safe)
    re = np.where(by_zero, x, x + y * ratio) * scale
    return re, np.where(by_zero, y, y - x * ratio) * scale


@on_parts("reciprocal")
def reciprocal(a: Parts) -> Parts:
    x, y = a
    by_real = abs(y) <= abs(x)
    greater, less = np.where(by_real, x, y), np.where(by_real, y, x)
    ratio = less / greater
    scale = 1 / (greater + less * ratio)
    return np.where(by_real, scale, ratio * scale), -np.where(by_real, ratio * scale, scale)


@on_parts("negative")
def negative(a: Parts) -> Parts:
    return -a[0], -a[1]


@on_parts("conjugate")
def conjugate(a: Parts) -> Parts:
    return a[0], -a[1]


complex_ufunc("positive")(lambda z: z)


@on_parts("square")
def square(a: Parts) -> Parts:
    x, y = a
    return x * x - y * y, x * y + y * x


@on_parts("rint")
def rint(a: Parts) -> Parts:
    return np.rint(a[0]), np.rint(a[1])


@to_real("absolute")
def absolute(a: Parts) -> Any:
    return np.hypot(*a)


@on_parts("sign")
def sign(a: Parts) -> Parts:
    """z / |z|, and 0 at 0; as in NumPy, NaN where both parts are infinite"""
    x, y = a
    re, im = emit(ten.UnitOp, use(x), use(y)), emit(ten.UnitOp, use(y), use(x))
    return _sign_of_part(x, y, re), _sign_of_part(y, x, im)


def _sign_of_part(x: Any, y: Any, value: Any) -> Any:
    """`value`, and where x or y is infinite, the part x of the sign."""
    own, other = np.isinf(x), np.isinf(y)
    one = np.where(own, np.copysign(filled(x, 1), x), filled(x, 0))
    return np.where(own | other, np.where(own & other, filled(x, np.nan), one), value)


# Questions and comparisons. The order is that of the real parts, then of the imaginary parts.


@to_real("equal")
def equal(a: Parts, b: Parts) -> Any:
    return (a[0] == b[0]) & (a[1] == b[1])


@to_real("not_equal")
def not_equal(a: Parts, b: Parts) -> Any:
    return (a[0] != b[0]) | (a[1] != b[1])


def _ordered(strict: Callable[[Any, Any], Any], last: Callable[[Any, Any], Any]) -> Any:
    def rule(a: Parts, b: Parts) -> Any:
        numbers = ~(np.isnan(a[1]) | np.isnan(b[1]))
        return (strict(a[0], b[0]) & numbers) | ((a[0] == b[0]) & last(a[1], b[1]))

    return rule


less = to_real("less")(_ordered(lambda x, y: x < y, lambda x, y: x < y))
less_equal = to_real("less_equal")(_ordered(lambda x, y: x < y, lambda x, y: x <= y))
greater = to_real("greater")(_ordered(lambda x, y: x > y, lambda x, y: x > y))
greater_equal = to_real("greater_equal")(_ordered(lambda x, y: x > y, lambda x, y: x >= y))


@to_real("isnan")
def isnan(a: Parts) -> Any:
    return np.isnan(a[0]) | np.isnan(a[1])


@to_real("isinf")
def isinf(a: Parts) -> Any:
    return np.isinf(a[0]) | np.isinf(a[1])


@to_real("isfinite")
def isfinite(a: Parts) -> Any:
    return np.isfinite(a[0]) & np.isfinite(a[1])


def _truth(z: Array) -> Array:
    return ops.cast(z, ops.BOOL)


complex_ufunc("logical_not")(lambda z: np.invert(_truth(z)))
complex_ufunc("logical_and")(lambda a, b: _truth(a) & _truth(b))
complex_ufunc("logical_or")(lambda a, b: _truth(a) | _truth(b))
complex_ufunc("logical_xor")(lambda a, b: _truth(a) ^ _truth(b))


def _where(first: Any, a: Parts, b: Parts) -> Parts:
    return np.where(first, a[0], b[0]), np.where(first, a[1], b[1])


@on_parts("maximum")
def maximum(a: Parts, b: Parts) -> Parts:
    return _where(greater_equal(a, b) | isnan(a), a, b)


@on_parts("minimum")
def minimum(a: Parts, b: Parts) -> Parts:
    return _where(less_equal(a, b) | isnan(a), a, b)


@on_parts("fmax")
def fmax(a: Parts, b: Parts) -> Parts:
    return _where(less_equal(b, a) | isnan(b), a, b)


@on_parts("fmin")
def fmin(a: Parts, b: Parts) -> Parts:
    return _where(less_equal(a, b) | isnan(b), a, b)


# Powers and roots.


def _in_range(x: Any, y: Any) -> tuple[Any, Any, Any]:
    """
    x and y times a power of 4, which keeps x² + y² in the range of the type, and half of the
    exponent of 4's root: the power is 4^k with k = 0 but for very large and very small numbers.
    """
    info = np.finfo(x.dtype)
    most = np.maximum(abs(x), abs(y))
    up = info.nmant + 3
    large, small = most > info.max / 4, most < info.tiny * 2.0 ** (info.nmant + 2)
    factor = np.where(large, filled(x, 2.0**-4), np.where(small, filled(x, 4.0**up), filled(x, 1)))
    k = np.where(large, filled(x, -2), np.where(small, filled(x, up), filled(x, 0)))
    return x * factor, y * factor, k


@on_parts("sqrt")
def sqrt(a: Parts) -> Parts:
    """The root with a real part that is not negative; the cut is the negative real axis."""
    x, y = a
    u, v, k = _in_range(x, y)
    right = x >= 0
    # Not |u|, which has no derivative at 0.
    away = np.where(right, u, -u)
    t = np.sqrt((away + np.hypot(u, v)) * 0.5) * np.exp2(-k)
    at_zero = t == 0
    t_or_one = np.where(at_zero, filled(t, 1), t)
    upright = np.copysign(t_or_one, y)
    re = np.where(right, t, y / (2 * upright))
    im = np.where(right, y / (2 * t_or_one), upright)
    re, im = np.where(at_zero, abs(x), re), np.where(at_zero, y, im)
    return np.where(np.isinf(y), filled(x, np.inf), re), np.where(np.isinf(y), y, im)


def _log_of_length(x: Any, y: Any) -> Any:
    """
    log √(x² + y²). Next to the unit circle, x² + y² - 1 is computed with twice the digits: both
    squares with their rounding errors, and the difference of the greater one and 1 with its error.
    """
    u, v, k = _in_range(x, y)
    far = np.log(np.hypot(u, v)) - k * (2 * pymath.log(2))
    by_real = abs(x) >= abs(y)
    p, q = np.where(by_real, x, y), np.where(by_real, y, x)
    pp, qq = p * p, q * q
    rest = _stopped(fma(p, p, -pp) + fma(q, q, -qq))
    difference = pp - 1
    back = difference - pp
    lost = _stopped((pp - (difference - back)) + (-1 - back))
    excess = (difference + qq) + (lost + rest)
    near = abs(pp + qq - 1) < 0.5
    return np.where(near, 0.5 * np.log1p(np.where(near, excess, filled(x, 0))), far)


@on_parts("log")
def log(a: Parts) -> Parts:
    """log |z| and the angle; the cut is the negative real axis."""
    return _log_of_length(*a), np.arctan2(a[1], a[0])


def _times(a: Parts, number: float) -> Parts:
    return a[0] * number, a[1] * number


@on_parts("log2")
def log2(a: Parts) -> Parts:
    return _times(log(a), 1 / pymath.log(2))


@on_parts("log10")
def log10(a: Parts) -> Parts:
    return _times(log(a), 1 / pymath.log(10))


@on_parts("log1p")
def log1p(a: Parts) -> Parts:
    """log(1 + z). Next to 0, |1 + z|² - 1 = x (2 + x) + y² has no difference of large numbers."""
    x, y = a
    near = (abs(x) < 0.5) & (abs(y) < 0.5)
    u, v = np.where(near, x, filled(x, 0)), np.where(near, y, filled(y, 0))
    uu, vv = u * u, v * v
    rest = _stopped(fma(u, u, -uu) + fma(v, v, -vv))
    # 2 u + u² + v² where the last two may cancel the first: the sum of all keeps the errors.
    part = 2 * u + uu
    back = part - 2 * u
    lost = _stopped((2 * u - (part - back)) + (uu - back))
    excess = (part + vv) + (lost + rest)
    re = np.where(near, 0.5 * np.log1p(excess), _log_of_length(1 + x, y))
    return re, np.arctan2(y, 1 + x)


def _grown(x: Any, both_sides: bool = False) -> tuple[Any, Any]:
    """
    x' and c with exp(x) = exp(x') c, where exp(x') does not overflow although exp(x) may: a factor
    below 1 brings the product back into the range. With `both_sides`, the same for exp(-x).
    """
    limit = pymath.floor(pymath.log(float(np.finfo(x.dtype).max))) - 1
    step = limit // 8
    beyond = (abs(x) if both_sides else x) > limit
    return (
        np.where(beyond, x - np.copysign(filled(x, float(step)), x), x),
        np.where(beyond, filled(x, pymath.exp(step)), filled(x, 1)),
    )


@on_parts("exp")
def exp(a: Parts) -> Parts:
    x, y = a
    inner, factor = _grown(x)
    e = np.exp(inner)
    re, im = e * np.cos(y) * factor, e * np.sin(y) * factor
    # A zero wins over an infinite factor, and exp(-inf) over a cosine that is no number.
    gone = (x == -np.inf) & ~np.isfinite(y)
    re = np.where(gone, filled(x, 0), re)
    im = np.where(gone, filled(x, 0), np.where(y == 0, _zero_beside(y, im), im))
    return np.where((x == np.inf) & ~np.isfinite(y), x, re), im


def _zero_beside(zero: Any, value: Any) -> Any:
    """
    `zero`, with the derivative of `value`, where the value is that zero, or the product of the zero
    and an infinite number.
    """
    return np.where(np.isnan(value), zero, value)


@on_parts("exp2")
def exp2(a: Parts) -> Parts:
    return exp(_times(a, pymath.log(2)))


@on_parts("expm1")
def expm1(a: Parts) -> Parts:
    x, y = a
    half = np.sin(y * 0.5)
    return np.expm1(x) * np.cos(y) - 2 * half * half, exp(a)[1]


@complex_ufunc("power", "float_power")
def power(a: Array, b: Array) -> Array:
    """
    A constant whole exponent gives the products that NumPy computes. For other exponents
    a^b = exp(b log a), and 0^b is 0 for a b with a positive real part.
    """
    n = _whole(b)
    if n is not None and -100 < n < 100:
        return ops.complex_(*_power(ops.parts(a), n))
    base, exponent = ops.parts(a), ops.parts(b)
    at_zero = (base[0] == 0) & (base[1] == 0)
    safe = np.where(at_zero, filled(base[0], 1), base[0]), base[1]
    re, im = exp(multiply(exponent, log(safe)))
    c, d = exponent
    one, nan = filled(re, 1), filled(re, np.nan)
    nought = np.where((c == 0) & (d == 0), one, np.where(c > 0, filled(re, 0), nan))
    nothing = np.where((c == 0) & (d == 0) | (c > 0), filled(re, 0), nan)
    is_one = (c == 0) & (d == 0)
    re, im = np.where(is_one, one, re), np.where(is_one, filled(re, 0), im)
    return ops.complex_(np.where(at_zero, nought, re), np.where(at_zero, nothing, im))


def _whole(b: Array) -> int | None:
    """The integer that an exponent is known to be."""
    re, im = (types.constant_value(x.value) for x in ops.parts(b))
    return int(re) if re is not None and im == 0 and pymath.isfinite(re) and re == int(re) else None


def _power(a: Parts, n: int) -> Parts:
    if n == 0:
        return filled(a[0], 1), filled(a[0], 0)
    if n < 0:
        one = filled(a[0], 1), filled(a[0], 0)
        return divide(one, _power(a, -n))
    result: Parts | None = None
    while n:
        if n % 2:
            result = a if result is None else multiply(result, a)
        n //= 2
        a = multiply(a, a) if n else a
    assert result is not None
    return result


# Trigonometric and hyperbolic functions. i z = (-y, x) turns one kind into the other.


def _turned(a: Parts) -> Parts:
    return -a[1], a[0]


def _turned_back(a: Parts) -> Parts:
    return a[1], -a[0]


def _cosh_sinh(x: Any) -> tuple[Any, Any, Any]:
    """cosh and sinh of x over a factor, and the factor: only the products with it may overflow."""
    inner, factor = _grown(x, both_sides=True)
    return np.cosh(inner), np.sinh(inner), factor


def _far_out(x: Any, y: Any, value: Any) -> Any:
    """`value`, and ∞ where x is infinite and y has no cosine: C leaves open its sign."""
    return np.where(np.isinf(x) & ~np.isfinite(y), filled(x, np.inf), value)


@on_parts("cosh")
def cosh(a: Parts) -> Parts:
    x, y = a
    c, s, factor = _cosh_sinh(x)
    re, im = c * np.cos(y) * factor, s * np.sin(y) * factor
    zero = np.copysign(filled(x, 0), x) * np.copysign(filled(x, 1), y)
    return _far_out(x, y, re), np.where((x == 0) | (y == 0), _zero_beside(zero, im), im)


@on_parts("sinh")
def sinh(a: Parts) -> Parts:
    x, y = a
    c, s, factor = _cosh_sinh(x)
    re, im = s * np.cos(y) * factor, c * np.sin(y) * factor
    return (
        np.where(x == 0, _zero_beside(x, re), _far_out(x, y, re)),
        np.where(y == 0, _zero_beside(y, im), im),
    )


@on_parts("tanh")
def tanh(a: Parts) -> Parts:
    """
    (sinh x cosh x + i sin y cos y) / (sinh² x + cos² y). Far out, the real part is 1 and the
    imaginary part 4 sin y cos y exp(-2 |x|).
    """
    x, y = a
    limit = pymath.log(2 / float(np.finfo(x.dtype).eps))
    far = abs(x) > limit
    u = np.where(far, filled(x, 0), x)
    s, c = np.sinh(u), np.cosh(u)
    sin, cos = np.sin(y), np.cos(y)
    below = s * s + cos * cos
    one = np.copysign(filled(x, 1), x)
    wave = np.where(np.isfinite(y), 4 * sin * cos, np.copysign(filled(y, 0), y))
    re, im = s * c / below, sin * cos / below
    return (
        np.where(far, one, np.where(x == 0, _zero_beside(x, re), re)),
        np.where(far, wave * np.exp(-2 * abs(x)), np.where(y == 0, _zero_beside(y, im), im)),
    )


@on_parts("sin")
def sin(a: Parts) -> Parts:
    re, im = _turned_back(sinh(_turned(a)))
    return re, _far_out(a[1], a[0], im)


@on_parts("cos")
def cos(a: Parts) -> Parts:
    return cosh(_turned(a))


@on_parts("tan")
def tan(a: Parts) -> Parts:
    return _turned_back(tanh(_turned(a)))


# The inverse functions, by Kahan's formulas.


def _one_minus(a: Parts) -> Parts:
    return 1 - a[0], -a[1]


def _one_plus(a: Parts) -> Parts:
    return 1 + a[0], a[1]


def _is_infinite(a: Parts) -> Any:
    """Where the formulas would multiply 0 by infinity, or have angles of two infinite numbers."""
    return np.isinf(a[0]) | np.isinf(a[1])


def _infinite_beside(sign: Any, infinite: Any, value: Any) -> Any:
    """
    `value`, and ∞ with the sign of a number where an argument is infinite. There the formulas give
    that, but for a part that is no number.
    """
    return np.where(infinite, np.copysign(filled(value, np.inf), sign), value)


def _upright(a: Parts) -> Any:
    """The imaginary axis, at a number that is not known: functions know their real part there."""
    return (a[0] == 0) & np.isnan(a[1])


@on_parts("arcsin")
def arcsin(a: Parts) -> Parts:
    (a1, b1), (a2, b2) = sqrt(_one_minus(a)), sqrt(_one_plus(a))
    infinite = _is_infinite(a)
    beside = np.where(infinite, abs(a[1]), a1 * a2 - b1 * b2)
    re = np.where(_upright(a), a[0], np.arctan2(a[0], beside))
    return re, _infinite_beside(a[1], infinite, np.arcsinh(a1 * b2 - b1 * a2))


@on_parts("arccos")
def arccos(a: Parts) -> Parts:
    (a1, b1), (a2, b2) = sqrt(_one_minus(a)), sqrt(_one_plus(a))
    infinite = _is_infinite(a)
    angle = np.where(infinite, np.arctan2(abs(a[1]), a[0]), 2 * np.arctan2(a1, a2))
    angle = np.where(_upright(a), filled(angle, pymath.pi / 2), angle)
    return angle, _infinite_beside(-a[1], infinite, np.arcsinh(a2 * b1 - b2 * a1))


@on_parts("arccosh")
def arccosh(a: Parts) -> Parts:
    (a1, b1), (a2, b2) = sqrt((a[0] - 1, a[1])), sqrt((a[0] + 1, a[1]))
    infinite = _is_infinite(a)
    angle = np.where(infinite, np.arctan2(a[1], a[0]), 2 * np.arctan2(b1, a2))
    angle = np.where(_upright(a), filled(angle, pymath.pi / 2), angle)
    re = np.arcsinh(a1 * a2 + b1 * b2)
    return np.where(infinite, filled(re, np.inf), re), angle


@on_parts("arcsinh")
def arcsinh(a: Parts) -> Parts:
    return _turned_back(arcsin(_turned(a)))


@on_parts("arctanh")
def arctanh(a: Parts) -> Parts:
    """log((1 + z) / (1 - z)) / 2; the cuts are the real axis beyond -1 and 1."""
    # Not |x|, which has no derivative at 0.
    side = np.copysign(filled(a[0], 1), a[0])
    x, y = a[0] * side, a[1]
    limit = 2 / float(np.finfo(x.dtype).eps) ** 0.5
    far = (x > limit) | (abs(y) > limit)  # also beside a part that is no number
    u, v = np.where(far, filled(x, 0), x), np.where(far, filled(y, 0), y)
    gap = 1 - u
    re = 0.25 * np.log1p(4 * u / (gap * gap + v * v))
    im = 0.5 * np.arctan2(2 * v, gap * (1 + u) - v * v)
    quarter = np.copysign(filled(y, pymath.pi / 2), y)
    inverse = emit(ten.InvertOp, use(x), use(y))
    re = np.where(far, np.where(_is_infinite(a), filled(x, 0), inverse), re)
    re = np.where(_upright(a), filled(x, 0), re)
    return re * side, np.where(far, np.where(np.isnan(y), y, quarter), im)


@on_parts("arctan")
def arctan(a: Parts) -> Parts:
    return _turned_back(arctanh(_turned(a)))


def product(z: Array, dims: tuple[int, ...]) -> Array:
    """The product over dimensions: of the two halves of the elements, again and again."""
    order = [*(d for d in range(z.ndim) if d not in dims), *dims]
    kept = tuple(n for d, n in enumerate(z.shape) if d not in dims)
    count = ops.count(z, dims)
    z = ops.reshape(ops.transpose(z, order), (*kept, count))
    d = len(kept)
    while count > 1:
        half = count // 2
        new = ops.part(z, d, 0, half) * ops.part(z, d, half, 2 * half)
        rest = [ops.part(z, d, 2 * half, count)] if count % 2 else []
        z = ops.concat([new, *rest], d)
        count = half + len(rest)
    if not count:
        return tracing.constant(1, z.dtype, kept)
    return ops.reshape(z, kept)


# Reductions that need an order, or a length.


def squared_length(x: Array) -> Any:
    """|x|² of complex or real numbers."""
    if x.dtype.kind != "c":
        return np.square(x)
    re, im = ops.parts(x)
    return re * re + im * im


def marks_of_extremum(kind: str, z: Array, d: int) -> Array:
    """
    1 at the greatest (`max`) or least (`min`) elements along a dimension, in the order of the real
    parts and then of the imaginary parts; at the elements that are no numbers if there are some.
    """
    best, worst = (np.max, -np.inf) if kind == "max" else (np.min, np.inf)
    (re, im), missing = ops.parts(z), np.isnan(z)
    re = np.where(missing, filled(re, worst), re)
    at_best = ~missing & (re == best(re, axis=d, keepdims=True))
    im = np.where(at_best, im, filled(im, worst))
    at_best = at_best & (im == best(im, axis=d, keepdims=True))
    marks = np.where(np.any(missing, axis=d, keepdims=True), missing, at_best)
    return ops.cast(marks, np.dtype(np.int8))


def extremum(kind: str, z: Array, dims: tuple[int, ...]) -> Array:
    """The greatest or least element over dimensions, which have elements."""
    order = [*(d for d in range(z.ndim) if d not in dims), *dims]
    kept = tuple(n for d, n in enumerate(z.shape) if d not in dims)
    z = ops.reshape(ops.transpose(z, order), (*kept, ops.count(z, dims)))
    d = len(kept)
    place = np.argmax(marks_of_extremum(kind, z, d), axis=d, keepdims=True)
    return ops.reshape(np.take_along_axis(z, place, d), kept)


# NumPy's functions whose result is complex where a real one does not exist.


def _of_any_number(name: str) -> None:
    function = getattr(numpy, name)

    def rule(x):
        """Always complex, because traced numbers have no sign during the trace."""
        z = ops.lift(x)
        single = z.dtype in (np.float32, np.complex64)
        return function(ops.cast(z, np.dtype(np.complex64 if single else np.complex128)))

    implements(f"emath.{name}")(rule)


for _name in ("sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh"):
    _of_any_number(_name)


@implements("emath.power")
def emath_power(x, p):
    """Always complex, because traced numbers have no sign during the trace."""
    z = ops.lift(x)
    single = z.dtype in (np.float32, np.complex64)
    return np.power(ops.cast(z, np.dtype(np.complex64 if single else np.complex128)), p)


@implements("emath.logn")
def emath_logn(n, x):
    """Always complex, because traced numbers have no sign during the trace."""
    return np.emath.log(ops.lift(x)) / np.emath.log(ops.lift(n))
