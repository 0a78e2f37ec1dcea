"""Ops that compute each element alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr

from ...dialects import arrays, ten, types
from .. import ops, tracing
from ..array_views.bits import bits_of, narrower, wider
from ..numpy_functions.elementwise import filled
from ..ops import BOOL, INT64
from ..tracing import Array, constant
from ..transforms.custom_rules import custom_jvp
from . import quantized_numbers
from .conversion_table import Call, converts, elementwise
from .foreign_op import NotConvertible, SmallFloat, kind_of, narrow_bits, small_float

np: Any = numpy  # its type stubs know no traced arrays


@converts("stablehlo.constant")
def constant_(call: Call) -> Array:
    """stablehlo.constant dense<…>  →  arith.constant"""
    return table_of(call.need("value"), call.op.results[0].type)


@converts("arith.constant")
def arith_constant(call: Call) -> Array:
    """arith.constant  →  arith.constant; a tensor of rank 0 becomes a scalar"""
    value, type = call.need("value"), call.op.results[0].type
    if isinstance(value, DenseIntOrFPElementsAttr):
        return table_of(value, type)
    copy = tracing.add(call.op.clone())
    return Array.of(copy.results[0], tracing.current())


def table_of(value: Any, type: Any) -> Array:
    """The constant of an attribute. Equal constants of a function are one op."""
    shape, dtype = kind_of(type)
    if small_float(type) is not None:
        numbers = np.array(list(value.get_values()), dtype)
        return constant(numbers.reshape(shape) if numbers.size != 1 else numbers[0], None, shape)
    if (grid := quantized_numbers.grid(type)) is not None:
        integers = np.array([int(x) for x in value.get_values()])
        size = integers.size
        return constant(grid.floats(np.broadcast_to(integers, shape) if size == 1 else
                                    integers.reshape(shape)))  # fmt: skip
    count = int(np.prod(shape, dtype=object))
    kind = dtype
    if narrow_bits(type) is not None:
        numbers = np.array([int(n) for n in value.get_values()]).astype(dtype)
        return constant(numbers.reshape(()) if numbers.size != count else numbers.reshape(shape),
                        None, shape)  # fmt: skip
    if kind.kind == "b":
        parts = np.array([bool(x) for x in value.get_values()], kind)
    else:
        data = value.data.data
        parts = np.frombuffer(data, kind) if kind is not arrays.bfloat16 else _halves(data)
    if parts.size == 1 and count != 1:
        return constant(parts.reshape(()), None, shape)
    return constant(parts.reshape(shape))


def _halves(data: bytes) -> Any:
    return np.frombuffer(data, arrays.bfloat16)


def is_known_nonzero(x: Array) -> bool:
    """Whether x is a constant without a 0 and, among signed integers, without a -1."""
    number = types.constant_value(x.value)
    return number is not None and number not in (0, -1)


# Arithmetic.


@elementwise("stablehlo.add")
def add(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.add a, b  →  a + b; a or b for truth values"""
    return np.add(a, b)


@elementwise("stablehlo.subtract")
def subtract(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.subtract a, b  →  a - b; exclusive or for truth values"""
    return ops.binary(arith.XOrIOp, a, b) if a.dtype == BOOL else np.subtract(a, b)


@elementwise("stablehlo.multiply")
def multiply(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.multiply a, b  →  a * b; a and b for truth values"""
    return np.multiply(a, b)


@elementwise("stablehlo.divide")
def divide(call: Call, a: Array, b: Array) -> Array:
    """
    stablehlo.divide a, b  →  a / b; for integers the quotient towards zero, -1 (all bits) where b
    is 0, and the least integer for its quotient by -1
    """
    if a.dtype.kind not in "iu":
        return np.true_divide(a, b)
    kind = arith.DivSIOp if a.dtype.kind == "i" else arith.DivUIOp
    if is_known_nonzero(b):
        return ops.binary(kind, a, b)
    one, zero = filled(b, 1), filled(b, 0)
    none = ops.compare("eq", b, zero)
    safe = ops.select(none, one, b)
    if a.dtype.kind == "i":
        turned = ops.compare("eq", b, filled(b, -1))
        safe = ops.select(turned, one, safe)
        quotient = ops.select(turned, np.negative(a), ops.binary(kind, a, safe))
        return ops.select(none, filled(a, -1), quotient)
    return ops.select(none, filled(a, np.iinfo(a.dtype).max), ops.binary(kind, a, safe))


@elementwise("stablehlo.remainder")
def remainder(call: Call, a: Array, b: Array) -> Array:
    """
    stablehlo.remainder a, b  →  the remainder with the sign of a; a for integers where b is 0
    """
    if a.dtype.kind not in "iu":
        return np.fmod(a, b)
    kind = arith.RemSIOp if a.dtype.kind == "i" else arith.RemUIOp
    if is_known_nonzero(b):
        return ops.binary(kind, a, b)
    none = ops.compare("eq", b, filled(b, 0))
    unsafe = none
    if a.dtype.kind == "i":
        unsafe = ops.binary(arith.OrIOp, none, ops.compare("eq", b, filled(b, -1)))
    # By ±1, nothing remains; this is also the remainder of the least integer by -1.
    rest = ops.binary(kind, a, ops.select(unsafe, filled(b, 1), b))
    return ops.select(none, a, rest)


@elementwise("stablehlo.power")
def power(call: Call, a: Array, b: Array) -> Array:
    """
    stablehlo.power a, b  →  a ** b; for integers and a negative exponent 1 / a ** -b towards zero
    """
    if a.dtype.kind not in "iu":
        return np.power(a, b)
    result, base = filled(a, 1), a
    for k in range(8 * a.dtype.itemsize):
        bit = ops.binary(
            arith.AndIOp, b, filled(b, (1 << k) if k < 8 * b.itemsize - 1 else _top(b))
        )
        taken = ops.compare("ne", bit, filled(b, 0))
        result = ops.select(taken, np.multiply(result, base), result)
        base = np.multiply(base, base)
    if a.dtype.kind == "u":
        return result
    odd = ops.compare("ne", ops.binary(arith.AndIOp, b, filled(b, 1)), filled(b, 0))
    one, minus = (ops.compare("eq", a, filled(a, n)) for n in (1, -1))
    inverse = ops.select(
        one,
        filled(a, 1),
        ops.select(minus, ops.select(odd, filled(a, -1), filled(a, 1)), filled(a, 0)),
    )
    return ops.select(ops.compare("lt", b, filled(b, 0)), inverse, result)


def _top(x: Array) -> int:
    """The number of x's dtype with the highest bit alone."""
    return np.iinfo(x.dtype).min if x.dtype.kind == "i" else 1 << (8 * x.itemsize - 1)


@elementwise("stablehlo.maximum")
def maximum(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.maximum a, b  →  the greater one; NaN wins; a or b for truth values"""
    if a.dtype.kind == "c":
        return ops.select(_complex_order(a, b), b, a)
    return ops.binary(arith.OrIOp, a, b) if a.dtype == BOOL else np.maximum(a, b)


@elementwise("stablehlo.minimum")
def minimum(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.minimum a, b  →  the smaller one; NaN wins; a and b for truth values"""
    if a.dtype.kind == "c":
        return ops.select(_complex_order(a, b), a, b)
    return ops.binary(arith.AndIOp, a, b) if a.dtype == BOOL else np.minimum(a, b)


def _complex_order(a: Array, b: Array) -> Array:
    """a < b by the real parts and, where these are equal, by the imaginary parts."""
    (x, y), (u, v) = ops.parts(a), ops.parts(b)
    later = ops.binary(arith.AndIOp, ops.compare("eq", x, u), ops.compare("lt", y, v))
    return ops.binary(arith.OrIOp, ops.compare("lt", x, u), later)


@elementwise("stablehlo.atan2")
def atan2(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.atan2 y, x  →  math.atan2; -i log((x + i y) / √(x² + y²)) of complex numbers"""
    if a.dtype.kind == "c":
        return complex_atan2(a, b)
    return np.arctan2(a, b)


def complex_atan2(y: Array, x: Array) -> Array:
    """-i log((x + i y) / √(x² + y²))"""
    whole = np.sqrt(np.add(np.multiply(x, x), np.multiply(y, y)))
    turned = np.divide(np.add(x, np.multiply(y.dtype.type(1j), y)), whole)
    return np.multiply(y.dtype.type(-1j), np.log(turned))


@elementwise("stablehlo.negate")
def negate(call: Call, x: Array) -> Array:
    """stablehlo.negate x  →  -x"""
    return np.negative(x)


@elementwise("stablehlo.abs")
def absolute(call: Call, x: Array) -> Array:
    """stablehlo.abs x  →  |x|; the modulus of a complex number"""
    return np.absolute(x)


@elementwise("stablehlo.sign")
def sign(call: Call, x: Array) -> Array:
    """stablehlo.sign x  →  -1, 0 or 1; NaN and zeros stay; x / |x| for complex numbers"""
    if x.dtype.kind in "iu":
        return np.sign(x)
    if x.dtype.kind == "c":
        re, im = ops.parts(x)
        size = np.hypot(re, im)
        none = ops.compare("eq", size, filled(size, 0))
        safe = ops.select(none, filled(size, 1), size)
        return ops.complex_(np.true_divide(re, safe), np.true_divide(im, safe))
    one = np.copysign(filled(x, 1), x)
    stays = ops.binary(arith.OrIOp, ops.compare("eq", x, filled(x, 0)), ops.compare("ne", x, x))
    return ops.select(stays, x, one)


# Bits.


@elementwise("stablehlo.and")
def and_(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.and a, b  →  arith.andi"""
    return ops.binary(arith.AndIOp, a, b)


@elementwise("stablehlo.or")
def or_(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.or a, b  →  arith.ori"""
    return ops.binary(arith.OrIOp, a, b)


@elementwise("stablehlo.xor")
def xor(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.xor a, b  →  arith.xori"""
    return ops.binary(arith.XOrIOp, a, b)


@elementwise("stablehlo.not")
def not_(call: Call, x: Array) -> Array:
    """stablehlo.not x  →  arith.xori with all bits set"""
    ones = True if x.dtype == BOOL else (-1 if x.dtype.kind == "i" else np.iinfo(x.dtype).max)
    return ops.binary(arith.XOrIOp, x, filled(x, ones))


def _shifted(kind: Any, x: Array, by: Array, beyond: Array | None) -> Array:
    """
    The shift. A shift by as many bits as the type has, or more, gives `beyond`; a negative number
    counts as such a shift. Without `beyond`, it shifts by all bits but one.
    """
    width = 8 * x.itemsize
    number = types.constant_value(by.value)
    if number is not None and 0 <= int(number) < width:
        return ops.binary(kind, x, by)
    inside = ops.compare_by("ult", by, filled(by, width))
    if beyond is None:
        return ops.binary(kind, x, ops.select(inside, by, filled(by, width - 1)))
    return ops.select(inside, ops.binary(kind, x, ops.select(inside, by, filled(by, 0))), beyond)


@elementwise("stablehlo.shift_left")
def shift_left(call: Call, x: Array, by: Array) -> Array:
    """stablehlo.shift_left x, n  →  arith.shli; 0 where n is not below the width"""
    return _shifted(arith.ShLIOp, x, by, filled(x, 0))


@elementwise("stablehlo.shift_right_logical")
def shift_right_logical(call: Call, x: Array, by: Array) -> Array:
    """stablehlo.shift_right_logical x, n  →  arith.shrui; 0 where n is not below the width"""
    return _shifted(arith.ShRUIOp, _own_bits(call, x), by, filled(x, 0))


def _own_bits(call: Call, x: Array) -> Array:
    """The bits of integers, without the copies of the sign that letgrad keeps of 4 and 2 bits."""
    bits = narrow_bits(call.op.operands[0].type)
    return x if bits is None else np.bitwise_and(x, filled(x, (1 << bits) - 1))


@elementwise("stablehlo.shift_right_arithmetic")
def shift_right_arithmetic(call: Call, x: Array, by: Array) -> Array:
    """stablehlo.shift_right_arithmetic x, n  →  arith.shrsi; the sign at all bits for a large n"""
    return _shifted(arith.ShRSIOp, x, by, None)


@elementwise("stablehlo.popcnt")
def popcnt(call: Call, x: Array) -> Array:
    """stablehlo.popcnt x  →  math.ctpop"""
    return ops.unary(math.CtPopOp, _own_bits(call, x))


@elementwise("stablehlo.count_leading_zeros")
def count_leading_zeros(call: Call, x: Array) -> Array:
    """
    stablehlo.count_leading_zeros x  →  the width - ctpop(y), where y has all bits of x and all
    bits below the highest one of these
    """
    width, y = narrow_bits(call.op.operands[0].type) or 8 * x.itemsize, _own_bits(call, x)
    step = 1
    while step < width:
        y = ops.binary(arith.OrIOp, y, ops.binary(arith.ShRUIOp, y, filled(y, step)))
        step *= 2
    return np.subtract(filled(x, width), ops.unary(math.CtPopOp, y))


# Functions of floats.

_UNARY = {
    "exponential": np.exp, "exponential_minus_one": np.expm1, "log": np.log,
    "log_plus_one": np.log1p, "sqrt": np.sqrt, "cbrt": np.cbrt, "sine": np.sin, "cosine": np.cos,
    "tan": np.tan, "tanh": np.tanh, "floor": np.floor, "ceil": np.ceil,
    "round_nearest_even": np.rint,
}  # fmt: skip


def _offer(name: str, function: Any) -> None:
    def rule(call: Call, x: Array) -> Array:
        return function(x)

    rule.__doc__ = f"stablehlo.{name} x  →  the op of `numpy.{function.__name__}`"
    rule.__name__ = name
    elementwise(f"stablehlo.{name}")(rule)


for _name, _function in _UNARY.items():
    _offer(_name, _function)


@elementwise("stablehlo.round_nearest_afz")
def round_nearest_afz(call: Call, x: Array) -> Array:
    """stablehlo.round_nearest_afz x  →  math.round: halves go away from zero"""
    return ops.unary(math.RoundOp, x)


@elementwise("stablehlo.rsqrt")
def rsqrt(call: Call, x: Array) -> Array:
    """stablehlo.rsqrt x  →  math.rsqrt; 1 / √x of a complex x"""
    return 1 / np.sqrt(x) if x.dtype.kind == "c" else ops.unary(math.RsqrtOp, x)


@elementwise("stablehlo.logistic")
def logistic(call: Call, x: Array) -> Array:
    """stablehlo.logistic x  →  1 / (1 + exp(-x)), without overflow"""
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(np.negative(x)))
    return tracing.emit(lambda: ten.SpecialOp("expit", tracing.use(x)))


@elementwise("stablehlo.is_finite", "chlo.is_finite")
def is_finite(call: Call, x: Array) -> Array:
    """stablehlo.is_finite x  →  |x| < ∞"""
    return np.isfinite(x)


@elementwise("chlo.is_inf")
def is_inf(call: Call, x: Array) -> Array:
    """chlo.is_inf x  →  |x| = ∞"""
    return np.isinf(x)


@elementwise("chlo.is_pos_inf")
def is_pos_inf(call: Call, x: Array) -> Array:
    """chlo.is_pos_inf x  →  x = ∞"""
    return ops.compare("eq", x, filled(x, np.inf))


@elementwise("chlo.is_neg_inf")
def is_neg_inf(call: Call, x: Array) -> Array:
    """chlo.is_neg_inf x  →  x = -∞"""
    return ops.compare("eq", x, filled(x, -np.inf))


# Choice, comparison, conversion.


@converts("stablehlo.select")
def select(call: Call, mask: Array, a: Array, b: Array) -> Array:
    """stablehlo.select mask, a, b  →  ten.select"""
    shape = max((mask.shape, a.shape, b.shape), key=len)
    a, b = ops.broadcast_to(a, shape), ops.broadcast_to(b, shape)
    return ops.select(mask, a, b)


@elementwise("stablehlo.clamp")
def clamp(call: Call, low: Array, x: Array, high: Array) -> Array:
    """stablehlo.clamp low, x, high  →  min(max(x, low), high)"""
    return np.minimum(np.maximum(x, low), high)


_ORDER = {"EQ": "eq", "NE": "ne", "LT": "lt", "LE": "le", "GT": "gt", "GE": "ge"}


@elementwise("stablehlo.compare")
def compare(call: Call, a: Array, b: Array) -> Array:
    """
    stablehlo.compare LT, a, b  →  ten.compare; with TOTALORDER, a comparison of integers in the
    order of the floats: -NaN < -∞ < … < -0 < 0 < … < ∞ < NaN
    """
    order = _ORDER[call.word("comparison_direction")]
    if a.dtype.kind == "c":
        both = [ops.compare(order, x, y) for x, y in zip(ops.parts(a), ops.parts(b))]
        if order not in ("eq", "ne"):
            raise NotConvertible("complex numbers have no order")
        return ops.binary(arith.AndIOp if order == "eq" else arith.OrIOp, *both)
    if a.dtype.kind not in "iub" and call.word("compare_type", "FLOAT") == "TOTALORDER":
        a, b = total_order(a), total_order(b)
    return ops.compare(order, a, b)


def total_order(x: Array) -> Array:
    """Signed integers in the total order of floats."""
    bits = bits_of(x, np.dtype(f"i{x.dtype.itemsize}"))
    sign = ops.binary(arith.ShRSIOp, bits, filled(bits, 8 * bits.itemsize - 1))
    flips = ops.binary(arith.AndIOp, sign, filled(bits, np.iinfo(bits.dtype).max))
    return ops.binary(arith.XOrIOp, bits, flips)


@converts("stablehlo.bitcast_convert")
def bitcast_convert(call: Call, x: Array) -> Array:
    """
    stablehlo.bitcast_convert x  →  arith.bitcast. To narrower elements, the lowest bits come first
    along a new last dimension; to wider ones, the last dimension goes.
    """
    dtype = call.dtype()
    values = (*call.op.operands, *call.op.results)
    if any(
        small_float(v.type) or narrow_bits(v.type) or quantized_numbers.grid(v.type) for v in values
    ):
        raise NotConvertible(
            "letgrad has no bits of quantized numbers, small floats and small integers"
        )
    if "c" in (dtype.kind, x.dtype.kind) or BOOL in (dtype, x.dtype):
        if dtype == x.dtype:
            return x
        raise NotConvertible(f"letgrad has no bits of {x.dtype} as {dtype}")
    wide, narrow = x.dtype.itemsize, dtype.itemsize
    if wide == narrow:
        return bits_of(x, dtype)
    return narrower(x, dtype) if wide > narrow else wider(x, dtype)


@elementwise("stablehlo.convert")
def convert(call: Call, x: Array) -> Array:
    """
    stablehlo.convert x  →  ten.cast. Floats that an integer type does not hold become the nearest
    integer of the type, NaN becomes 0, and a complex number loses its imaginary part.
    """
    dtype = call.dtype()
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        x = ops.real(x)
    bits = narrow_bits(call.op.results[0].type)
    if bits is not None and x.dtype.kind not in "iub":
        low, high = (
            (0, 2**bits - 1) if dtype.kind == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        )
        x = np.minimum(np.maximum(x, filled(x, low)), filled(x, high))
    return ops.cast(x, dtype)


@elementwise("stablehlo.reduce_precision")
def reduce_precision(call: Call, x: Array) -> Array:
    """
    stablehlo.reduce_precision x  →  x rounded to nearest even by its bits; casts for e8m7 of f32
    """
    exponent, mantissa = call.int("exponent_bits"), call.int("mantissa_bits")
    own = {2: (5, 10), 4: (8, 23), 8: (11, 52)}[x.itemsize]
    own = (8, 7) if x.dtype == arrays.bfloat16 else own
    if exponent >= own[0] and mantissa >= own[1]:
        return x
    if own[0] == exponent == 8 and mantissa == 7:
        return ops.cast(ops.cast(x, arrays.bfloat16), x.dtype)
    return straight(lambda x: _rounded_bits(x, own, (exponent, mantissa)), "rounded")(x)


def straight(function: Callable[..., Array], name: str) -> Callable[..., Array]:
    """
    A function that moves its first argument a little, by its bits. Bits have no derivative, and the
    tangent of the first argument is the one of the value, as it is for a cast.
    """

    def moved(*xs: Array) -> Array:
        return function(*xs)

    moved.__name__ = name
    result = custom_jvp(moved)
    result.defjvp(lambda xs, tangents: (function(*xs), tangents[0]))
    return result


def _rounded_bits(x: Array, own: tuple[int, int], wanted: tuple[int, int]) -> Array:
    """
    A number that is too large for the narrower exponent becomes infinite. One that is too small
    for it becomes 0, as in XLA: the narrower float has no subnormal numbers here.
    """
    exponent, mantissa = (min(n, width) for n, width in zip(wanted, own))
    bits = bits_of(x, np.dtype(f"i{x.itemsize}"))
    drop = own[1] - mantissa
    if drop:
        last = ops.binary(
            arith.AndIOp, ops.binary(arith.ShRUIOp, bits, filled(bits, drop)), filled(bits, 1)
        )
        up = np.add(last, filled(bits, (1 << (drop - 1)) - 1))
        kept = ops.binary(arith.AndIOp, np.add(bits, up), filled(bits, -(1 << drop)))
    else:
        kept = bits
    if exponent < own[0]:
        bias, narrow = (1 << (own[0] - 1)) - 1, (1 << (exponent - 1)) - 1
        infinity = ((1 << own[0]) - 1) << own[1]
        powers = ops.binary(arith.AndIOp, kept, filled(bits, infinity))
        sign = ops.binary(arith.AndIOp, kept, filled(bits, np.iinfo(bits.dtype).min))
        large = ops.compare("gt", powers, filled(bits, (bias + narrow) << own[1]))
        small = ops.compare("le", powers, filled(bits, (bias - narrow) << own[1]))
        endless = ops.binary(arith.OrIOp, sign, filled(bits, infinity))
        kept = ops.select(large, endless, ops.select(small, sign, kept))
    return ops.select(np.isfinite(x), bits_of(kept, x.dtype), x)


def in_small_float(x: Array, format: SmallFloat) -> Array:
    """
    float32 numbers, rounded to nearest even to a float of fewer bits: to multiples of the step that
    the float has at this exponent. A number beyond the largest one becomes infinite, NaN, or the
    largest one. A format without NaN has -0 for it, as XLA writes it.
    """
    if format.is_power:
        return straight(_in_power, "small_float")(x)
    return straight(lambda x: _in_small_float(x, format), "small_float")(x)


def _in_power(x: Array) -> Array:
    """The nearest power of two, the larger one of two; NaN for a number that is not above 0."""
    bits = bits_of(x, np.dtype(np.int32))
    whole = ops.binary(
        arith.AndIOp, np.add(bits, filled_bits(x, 1 << 22)), filled_bits(x, 0x7F800000)
    )
    # The smallest number has the bits of a subnormal one.
    low = ops.compare("lt", bits, filled_bits(x, 3 << 21))
    found = bits_of(ops.select(low, filled_bits(x, 1 << 22), whole), x.dtype)
    inside = np.logical_and(
        ops.compare("gt", bits, filled_bits(x, 0)),
        ops.compare("lt", bits, filled_bits(x, 0x7F400000)),
    )
    return ops.select(inside, found, filled(x, np.nan))


def in_narrow_integer(x: Array, bits: int) -> Array:
    """Integers of 8 bits, modulo 2^bits: with their sign, or between 0 and 2^bits."""
    if x.dtype.kind == "u":
        return np.bitwise_and(x, filled(x, (1 << bits) - 1))
    free = filled(x, 8 - bits)
    return ops.binary(arith.ShRSIOp, ops.binary(arith.ShLIOp, x, free), free)


def _in_small_float(x: Array, format: SmallFloat) -> Array:
    bits = ops.binary(arith.AndIOp, bits_of(x, np.dtype(np.int32)), filled_bits(x, 0x7FFFFFFF))
    power = ops.binary(arith.ShRUIOp, bits, filled_bits(x, 23))
    power = np.maximum(power, filled_bits(x, 128 - format.bias))
    step = ops.binary(
        arith.ShLIOp, np.subtract(power, filled_bits(x, format.mantissa)), filled_bits(x, 23)
    )
    step = bits_of(step, x.dtype)
    rounded = np.multiply(np.rint(np.true_divide(x, step)), step)
    if not format.has_negative_zero:
        zero = filled(x, 0)
        rounded = ops.select(ops.compare("eq", rounded, zero), zero, rounded)
    beyond = np.copysign(filled(x, format.beyond), x)
    inside = ops.compare("le", np.absolute(rounded), filled(x, format.largest))
    nan = ops.compare("ne", x, x)
    found = ops.select(inside, rounded, beyond)
    return ops.select(nan, x if format.has_nan else filled(x, -0.0), found)


def filled_bits(x: Array, number: int) -> Array:
    """A constant of x's shape, of int32."""
    return constant(number, np.dtype(np.int32), x.shape)


def on_grid(x: Array, grid: quantized_numbers.Grid) -> Array:
    """
    The nearest numbers of a grid. A number within its ends has the derivative of a cast, and one
    beyond an end has the derivative 0.
    """
    scale, zero = (
        ops.broadcast_to(constant(grid.along(numbers, x.shape)), x.shape)
        for numbers in (grid.scales, grid.zeros)
    )
    place = straight(np.rint, "nearest")(np.true_divide(x, scale)) + zero
    low, high = (constant(n, grid.dtype, x.shape) for n in (grid.low, grid.high))
    return np.multiply(np.minimum(np.maximum(place, low), high) - zero, scale)


@elementwise("stablehlo.uniform_quantize", "stablehlo.uniform_dequantize")
def quantize(call: Call, x: Array) -> Array:
    """stablehlo.uniform_quantize x  →  x, which the evaluator rounds to numbers of the result"""
    return ops.cast(x, call.dtype())


# Complex numbers.


@elementwise("stablehlo.complex")
def complex_(call: Call, re: Array, im: Array) -> Array:
    """stablehlo.complex re, im  →  ten.complex"""
    return ops.complex_(re, im)


@elementwise("stablehlo.real")
def real(call: Call, z: Array) -> Array:
    """stablehlo.real z  →  ten.real"""
    return ops.parts(z)[0] if z.dtype.kind == "c" else z


@elementwise("stablehlo.imag")
def imag(call: Call, z: Array) -> Array:
    """stablehlo.imag z  →  ten.imag"""
    return ops.parts(z)[1] if z.dtype.kind == "c" else filled(z, 0)


@elementwise("chlo.conj")
def conj(call: Call, z: Array) -> Array:
    """chlo.conj z  →  the conjugate"""
    return np.conjugate(z)


__all__ = ["INT64", "bits_of", "table_of", "total_order"]
