"""What ops on numbers mean, and on arrays of them: `arith` and `math`."""

from __future__ import annotations

import math as pymath
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from xdsl.dialects import arith, math
from xdsl.ir import Operation

from ...dialects import arrays, types
from ...passes.rewriting.diagnostics import LetgradError
from ...passes.rewriting.rule_tables import evaluate
from .evaluator import Array

# arith. Python's `x // y` floors; what is derived from it says how.


@evaluate.rule(arith.ConstantOp)
def _(op):
    return arrays.constant_array(op)


def in_float32(function: Callable[..., Array]) -> Callable[..., Array]:
    """The function of floats, with operands of 16 bits computed in float32 and rounded once."""

    def rounded(*xs: Array) -> Array:
        dtype = np.asarray(xs[0]).dtype
        if dtype.itemsize >= 4:
            return function(*xs)
        wide = (np.asarray(x).astype(np.float32) if np.asarray(x).dtype == dtype else x for x in xs)
        return np.asarray(function(*wide)).astype(dtype)

    return rounded


def elementwise(function: Callable[..., Array]) -> Callable[..., Array]:
    computed = in_float32(function)
    return lambda op, *xs: computed(*xs)


def maximum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 maximum: NaN wins, and -0 < +0."""
    return np.where((a == 0) & (b == 0), a + b, np.maximum(a, b))


def minimum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 minimum: NaN wins, and -0 < +0."""
    return -maximum(-a, -b)


for _op, _function in {
    arith.AddfOp: np.add,
    arith.SubfOp: np.subtract,
    arith.MulfOp: np.multiply,
    arith.DivfOp: np.divide,
    arith.NegfOp: np.negative,
    arith.MaximumfOp: maximum,
    arith.MinimumfOp: minimum,
    arith.MaxnumfOp: np.fmax,
    arith.MinnumfOp: np.fmin,
}.items():
    evaluate.rule(_op)(elementwise(_function))


def wrapping(function: Callable[..., Array]) -> Callable[..., Array]:
    """
    The function of integers, modulo 2^width; a bool counts as the integer modulo 2 that it is.
    """

    def rule(op: Operation, *xs: Array) -> Array:
        if np.asarray(xs[0]).dtype == np.bool_:
            wide = function(*(np.asarray(x).astype(np.int8) for x in xs))
            return (wide & 1).astype(np.bool_)
        return function(*(np.asarray(x) for x in xs))

    return rule


def unsigned(function: Callable[..., Array]) -> Callable[..., Array]:
    """The function, on the operands' bits read as unsigned integers."""

    def rule(op: Operation, *xs: Array) -> Array:
        read = [as_unsigned(x) for x in xs]
        result = np.asarray(function(*read))
        dtype = np.asarray(xs[0]).dtype
        return (
            result.astype(np.bool_)
            if dtype == np.bool_
            else result.astype(read[0].dtype).view(dtype)
        )

    return rule


def as_unsigned(x: Array) -> np.ndarray:
    x = np.asarray(x)
    return x.astype(np.uint8) if x.dtype == np.bool_ else x.view(f"u{x.dtype.itemsize}")


def signed(x: Array) -> np.ndarray:
    """The bits read as a signed integer: an i1 that is set is -1."""
    x = np.asarray(x)
    return -x.astype(np.int8) if x.dtype == np.bool_ else x


def floor_divide(a: Array, b: Array) -> Array:
    """⌊a / b⌋; 0 where b is 0."""
    return np.where(
        b == 0, 0, np.where(b == -1, 0 - a, a // np.where((b == 0) | (b == -1), 1, b))
    ).astype(a.dtype)


def _remainder_sign(a: Array, b: Array) -> Array:
    """Whether a / b is not whole."""
    return (b != 0) & (a - floor_divide(a, b) * b != 0)


def ceil_divide(a: Array, b: Array) -> Array:
    """⌈a / b⌉; 0 where b is 0."""
    return (floor_divide(a, b) + _remainder_sign(a, b)).astype(a.dtype)


def divide(a: Array, b: Array) -> Array:
    """a / b towards zero; 0 where b is 0."""
    return np.where((a < 0) != (b < 0), ceil_divide(a, b), floor_divide(a, b)).astype(a.dtype)


def remainder(a: Array, b: Array) -> Array:
    """a - b * divide(a, b), which has the sign of a; 0 where b is 0."""
    return np.where(b == 0, 0, a - divide(a, b) * b).astype(a.dtype)


def shifted(function: Callable[..., Array]) -> Callable[[Array, Array], Array]:
    """A shift; by the width or more, all bits are gone."""

    def shift(a: Array, b: Array) -> Array:
        width = a.dtype.itemsize * 8
        inside = as_unsigned(b) < width
        return np.where(inside, function(a, np.where(inside, b, 0)), 0).astype(a.dtype)

    return shift


def shift_right_signed(a: Array, b: Array) -> Array:
    width = a.dtype.itemsize * 8
    return a >> np.where(as_unsigned(b) < width, b, width - 1)


@evaluate.rule(arith.ShRSIOp)
def _(op, a, b):
    # All that an i1 has is its sign.
    a, b = np.asarray(a), np.asarray(b)
    return a if a.dtype == np.bool_ else shift_right_signed(a, b)


for _op, _function in {
    arith.AddiOp: np.add,
    arith.SubiOp: np.subtract,
    arith.MuliOp: np.multiply,
    arith.AndIOp: np.bitwise_and,
    arith.OrIOp: np.bitwise_or,
    arith.XOrIOp: np.bitwise_xor,
    arith.DivSIOp: divide,
    arith.RemSIOp: remainder,
    arith.FloorDivSIOp: floor_divide,
    arith.CeilDivSIOp: ceil_divide,
    arith.ShLIOp: shifted(np.left_shift),
    math.AbsIOp: np.abs,
}.items():
    evaluate.rule(_op)(wrapping(_function))

for _op, _function in {
    arith.DivUIOp: lambda a, b: np.where(b == 0, 0, a // np.where(b == 0, 1, b)),
    arith.RemUIOp: lambda a, b: np.where(b == 0, 0, a % np.where(b == 0, 1, b)),
    arith.CeilDivUIOp: lambda a, b: np.where(
        b == 0, 0, a // np.where(b == 0, 1, b) + (a % np.where(b == 0, 1, b) != 0)
    ),
    arith.ShRUIOp: shifted(np.right_shift),
    arith.MaxUIOp: np.maximum,
    arith.MinUIOp: np.minimum,
}.items():
    evaluate.rule(_op)(unsigned(_function))


@evaluate.rule(arith.MaxSIOp)
def _(op, a, b):
    return np.where(signed(a) >= signed(b), a, b)


@evaluate.rule(arith.MinSIOp)
def _(op, a, b):
    return np.where(signed(a) <= signed(b), a, b)


@evaluate.rule(arith.AddUIExtendedOp)
def _(op, a, b):
    total = wrapping(np.add)(op, a, b)
    return total, as_unsigned(total) < as_unsigned(a)


def _extended_product(
    op: Operation, a: Array, b: Array, read: Callable[[Array], np.ndarray]
) -> tuple[Array, Array]:
    dtype = np.asarray(a).dtype
    width = 1 if dtype == np.bool_ else dtype.itemsize * 8
    product = read(a).astype(object) * read(b).astype(object)

    def bits(x: Array) -> Array:
        low = np.asarray(x & ((1 << width) - 1)).astype(np.uint64)
        return (
            low.astype(np.bool_)
            if dtype == np.bool_
            else low.astype(f"u{dtype.itemsize}").view(dtype)
        )

    return bits(product), bits(product >> width)


@evaluate.rule(arith.MulUIExtendedOp)
def _(op, a, b):
    return _extended_product(op, a, b, as_unsigned)


@evaluate.rule(arith.MulSIExtendedOp)
def _(op, a, b):
    return _extended_product(op, a, b, signed)


def compare_floats(predicate: str, a: Array, b: Array) -> Array:
    """
    By the name of a predicate of `arith.cmpf`: o… is false, and u… true, where an operand is NaN.
    """
    unordered = np.isnan(a) | np.isnan(b)
    if predicate in ("false", "true"):
        return np.full(np.shape(a), predicate == "true")
    if predicate in ("ord", "uno"):
        return unordered == (predicate == "uno")
    order = {
        "eq": np.equal,
        "ne": np.not_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "lt": np.less,
        "le": np.less_equal,
    }
    holds = order[predicate[1:]](a, b)
    return (holds & ~unordered) if predicate[0] == "o" else (holds | unordered)


def compare_integers(predicate: str, a: Array, b: Array) -> Array:
    """By the name of a predicate of `arith.cmpi`."""
    if predicate in ("eq", "ne"):
        return np.equal(a, b) if predicate == "eq" else np.not_equal(a, b)
    read = as_unsigned if predicate[0] == "u" else signed
    order = {"gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal}
    return order[predicate[1:]](read(a), read(b))


def _of_scalars(op: Operation) -> None:
    if types.rank(op.operands[0].type):
        raise LetgradError(
            f"{op.name} of tensors has a single i1 in xDSL; compare tensors with ten.compare", op
        )


@evaluate.rule(arith.CmpfOp)
def _(op, a, b):
    _of_scalars(op)
    return compare_floats(arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data], a, b)


@evaluate.rule(arith.CmpiOp)
def _(op, a, b):
    _of_scalars(op)
    return compare_integers(arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data], a, b)


@evaluate.rule(arith.SelectOp)
def _(op, condition, a, b):
    return a if condition else b


@evaluate.rule(arith.BitcastOp)
def _(op, x):
    return np.asarray(x).view(arrays.dtype(op.result.type))


def to_odd(exact: Fraction, dtype: Any) -> Any:
    """
    `exact` as a float: itself, or else that one of its two neighbours whose last bit is set.

    Rounded again, to a type with at least two bits less, it gives what `exact` does.
    """
    y = dtype(float(exact))
    if not np.isfinite(y) or Fraction(float(y)) == exact or as_unsigned(y) & 1:
        return y
    return np.nextafter(y, dtype(np.inf if exact > Fraction(float(y)) else -np.inf))


def cast(x: Array, dtype: np.dtype) -> Array:
    """Numeric conversion as `ten.cast` has it."""
    x = np.asarray(x)
    if dtype == np.bool_:
        return x != 0
    if np.issubdtype(dtype, np.integer) and x.dtype.kind not in "iub":
        x = x.astype(np.float64)
        limits = np.iinfo(dtype)
        whole = np.trunc(np.where(np.isnan(x), 0, x))
        # 2^63 - 1 is no float64: clip by comparing, not by the rounded limit.
        low, high = whole <= limits.min, whole >= float(limits.max)
        inside = np.where(low | high, 0, whole).astype(dtype)
        return np.where(low, limits.min, np.where(high, limits.max, inside)).astype(dtype)
    if dtype == arrays.bfloat16 and x.dtype in (np.float64, np.int64, np.int32):
        # ml_dtypes goes through float32: rounded to odd there, it is rounded once.
        def narrowed(v: float) -> Any:
            return to_odd(Fraction(v), np.float32) if v and pymath.isfinite(v) else np.float32(v)

        x = np.vectorize(narrowed, otypes=[np.float32])(x)
    return x.astype(dtype)


@evaluate.rule(
    arith.ExtFOp,
    arith.TruncFOp,
    arith.TruncIOp,
    arith.FPToSIOp,
    arith.SIToFPOp,
    arith.ExtSIOp,
    arith.IndexCastOp,
)
def _(op, x):
    dtype = arrays.dtype(op.results[0].type)
    if isinstance(op, arith.TruncIOp | arith.IndexCastOp) and dtype == np.bool_:
        return (np.asarray(x) & 1).astype(np.bool_)
    if isinstance(op, arith.FPToSIOp) and dtype == np.bool_:
        return (np.trunc(x) != 0) & ~np.isnan(x)
    return cast(signed(x) if np.asarray(x).dtype == np.bool_ else x, dtype)


@evaluate.rule(arith.ExtUIOp, arith.UIToFPOp)
def _(op, x):
    return as_unsigned(x).astype(arrays.dtype(op.results[0].type))


@evaluate.rule(arith.FPToUIOp)
def _(op, x):
    dtype = arrays.dtype(op.results[0].type)
    if dtype == np.bool_:
        return np.trunc(x) >= 1
    bits = np.dtype(f"u{dtype.itemsize}")
    whole = np.trunc(np.where(np.isnan(x), 0, np.asarray(x, np.float64)))
    high = whole >= float(np.iinfo(bits).max)
    inside = np.where((whole < 0) | high, 0, whole).astype(bits)
    return np.where(high, np.iinfo(bits).max, inside).astype(bits).view(dtype)


# math.


def power(x: Array, y: Array) -> Array:
    """
    x^y by IEEE 754. For y = 1/2 NumPy may take √x, which is NaN at -∞ instead of ∞, and -0 at -0
    instead of 0.
    """
    root = (y == 0.5) & ((x == -np.inf) | (x == 0))
    return np.where(root, np.abs(x), np.power(x, y)).astype(x.dtype)


def erf(x: Array) -> Array:
    return np.vectorize(pymath.erf, otypes=[np.asarray(x).dtype])(x)


def round_half_away(x: Array) -> Array:
    """To the nearest integer, halves away from zero."""
    truncated = np.trunc(x)
    away = truncated + np.copysign(np.ones_like(x), x)
    return np.copysign(np.where(np.abs(x - truncated) >= 0.5, away, truncated), x)


def fused_multiply_add(a: Array, b: Array, c: Array) -> Array:
    """a * b + c, rounded once."""
    dtype = np.asarray(a).dtype

    def exact(x: float, y: float, z: float) -> float:
        x, y, z = float(x), float(y), float(z)
        if not (pymath.isfinite(x) and pymath.isfinite(y) and pymath.isfinite(z)):
            return float(np.float64(x) * np.float64(y) + np.float64(z))
        total = Fraction(x) * Fraction(y) + Fraction(z)
        if total == 0:
            return x * y + z
        try:
            return float(total) if dtype == np.float64 else to_odd(total, np.float64)
        except OverflowError:
            return pymath.inf if total > 0 else -pymath.inf

    return np.vectorize(exact, otypes=[np.float64])(a, b, c).astype(dtype)


for _op, _function in {
    math.AbsFOp: np.abs,
    math.AcosOp: np.arccos,
    math.AcoshOp: np.arccosh,
    math.AsinOp: np.arcsin,
    math.AsinhOp: np.arcsinh,
    math.Atan2Op: np.arctan2,
    math.AtanOp: np.arctan,
    math.AtanhOp: np.arctanh,
    math.CbrtOp: np.cbrt,
    math.CeilOp: np.ceil,
    math.CopySignOp: np.copysign,
    math.CosOp: np.cos,
    math.CoshOp: np.cosh,
    math.ErfOp: erf,
    math.Exp2Op: np.exp2,
    math.ExpM1Op: np.expm1,
    math.ExpOp: np.exp,
    math.FPowIOp: lambda x, n: np.power(x, np.asarray(n).astype(np.asarray(x).dtype)),
    math.FloorOp: np.floor,
    math.FmaOp: fused_multiply_add,
    math.Log10Op: np.log10,
    math.Log1pOp: np.log1p,
    math.Log2Op: np.log2,
    math.LogOp: np.log,
    math.PowFOp: power,
    math.RoundEvenOp: np.rint,
    math.RoundOp: round_half_away,
    math.RsqrtOp: lambda x: 1 / np.sqrt(x),
    math.SinOp: np.sin,
    math.SinhOp: np.sinh,
    math.SqrtOp: np.sqrt,
    math.TanOp: np.tan,
    math.TanhOp: np.tanh,
    math.TruncOp: np.trunc,
}.items():
    evaluate.rule(_op)(elementwise(_function))


def _of_bits(function: Callable[[int, int], int]) -> Callable[..., Array]:
    """A function of one integer's bits and their number."""

    def rule(op: Operation, x: Array) -> Array:
        dtype = np.asarray(x).dtype
        width = 1 if dtype == np.bool_ else dtype.itemsize * 8
        return np.vectorize(lambda bits: function(int(bits), width), otypes=[dtype])(as_unsigned(x))

    return rule


evaluate.rule(math.CountLeadingZerosOp)(_of_bits(lambda bits, width: width - bits.bit_length()))
evaluate.rule(math.CountTrailingZerosOp)(
    _of_bits(lambda bits, width: (bits & -bits).bit_length() - 1 if bits else width)
)
evaluate.rule(math.CtPopOp)(_of_bits(lambda bits, width: bits.bit_count()))


def integer_power(a: Array, b: Array) -> Array:
    """a^b; for b < 0 the truncated quotient 1 / a^-b, which is 0 but for a = ±1."""

    def power(x: int, n: int, width: int) -> int:
        if n < 0:
            return {1: 1, -1: -1 if n % 2 else 1}.get(x, 0)
        value = pow(x, n, 1 << width)
        return value - (1 << width) if value >> (width - 1) else value

    dtype = np.asarray(a).dtype
    width = dtype.itemsize * 8
    return np.vectorize(lambda x, n: power(int(x), int(n), width), otypes=[dtype])(a, b)


evaluate.rule(math.IPowIOp)(wrapping(integer_power))
