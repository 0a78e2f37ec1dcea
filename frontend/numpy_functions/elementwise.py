"""Ufuncs, and functions that are defined element by element."""

from __future__ import annotations

import functools
import math as pymath
from collections.abc import Callable
from typing import Any

import numpy
from xdsl.dialects import arith, math

from ...dialects import delta, ten, types
from .. import ops
from ..ops import BOOL
from ..tracing import Array, constant, emit, use
from ..user_code import located
from .registration import ufunc

np: Any = numpy  # its type stubs know no traced arrays


def pair(kind: type) -> Callable[[Array, Array], Array]:
    return lambda a, b: ops.binary(kind, a, b)


def by_kind(
    *, floats: Any, integers: Any = None, unsigned: Any = None, bools: Any = None
) -> Callable[..., Any]:
    """
    A rule that chooses another rule by the kind of the operands' elements (one kind for all).
    Without a rule for unsigned integers, these are as other integers.
    """
    chosen = {"b": bools, "i": integers, "u": integers if unsigned is None else unsigned}

    def rule(*xs: Array) -> Any:
        return chosen.get(xs[0].dtype.kind, floats)(*xs)

    return rule


def same(x: Array) -> Array:
    return x


FLOAT_UNARY: dict[str, type] = {
    "sin": math.SinOp, "cos": math.CosOp, "tan": math.TanOp,
    "arcsin": math.AsinOp, "arccos": math.AcosOp, "arctan": math.AtanOp,
    "sinh": math.SinhOp, "cosh": math.CoshOp, "tanh": math.TanhOp,
    "arcsinh": math.AsinhOp, "arccosh": math.AcoshOp, "arctanh": math.AtanhOp,
    "exp": math.ExpOp, "exp2": math.Exp2Op, "expm1": math.ExpM1Op,
    "log": math.LogOp, "log2": math.Log2Op, "log10": math.Log10Op, "log1p": math.Log1pOp,
    "sqrt": math.SqrtOp, "cbrt": math.CbrtOp, "fabs": math.AbsFOp, "rint": math.RoundEvenOp,
    "floor": math.FloorOp, "ceil": math.CeilOp, "trunc": math.TruncOp,
}  # fmt: skip
for _name, _kind in FLOAT_UNARY.items():
    ufunc(_name)(by_kind(floats=functools.partial(ops.unary, _kind), integers=same, bools=same))

ufunc("add")(
    by_kind(floats=pair(arith.AddfOp), integers=pair(arith.AddiOp), bools=pair(arith.OrIOp))
)
ufunc("subtract")(by_kind(floats=pair(arith.SubfOp), integers=pair(arith.SubiOp)))
ufunc("multiply")(
    by_kind(floats=pair(arith.MulfOp), integers=pair(arith.MuliOp), bools=pair(arith.AndIOp))
)
ufunc("divide")(pair(arith.DivfOp))
ufunc("arctan2")(pair(math.Atan2Op))
ufunc("hypot")(pair(ten.HypotOp))
ufunc("copysign")(pair(math.CopySignOp))
ufunc("maximum")(
    by_kind(
        floats=pair(arith.MaximumfOp),
        integers=pair(arith.MaxSIOp),
        unsigned=pair(arith.MaxUIOp),
        bools=pair(arith.OrIOp),
    )
)
ufunc("minimum")(
    by_kind(
        floats=pair(arith.MinimumfOp),
        integers=pair(arith.MinSIOp),
        unsigned=pair(arith.MinUIOp),
        bools=pair(arith.AndIOp),
    )
)
ufunc("fmax")(
    by_kind(
        floats=pair(arith.MaxnumfOp),
        integers=pair(arith.MaxSIOp),
        unsigned=pair(arith.MaxUIOp),
        bools=pair(arith.OrIOp),
    )
)
ufunc("fmin")(
    by_kind(
        floats=pair(arith.MinnumfOp),
        integers=pair(arith.MinSIOp),
        unsigned=pair(arith.MinUIOp),
        bools=pair(arith.AndIOp),
    )
)
ufunc("bitwise_and")(pair(arith.AndIOp))
ufunc("bitwise_or")(pair(arith.OrIOp))
ufunc("bitwise_xor")(pair(arith.XOrIOp))
ufunc("left_shift")(pair(arith.ShLIOp))
ufunc("right_shift")(
    by_kind(floats=None, integers=pair(arith.ShRSIOp), unsigned=pair(arith.ShRUIOp))
)
ufunc("positive", "conjugate")(same)


@ufunc("bitwise_count")
def bitwise_count(x: Array) -> Array:
    """The bits set in |x|, as uint8."""
    if x.dtype == BOOL:
        return ops.cast(x, np.dtype(np.uint8))
    return ops.cast(ops.unary(math.CtPopOp, abs(x)), np.dtype(np.uint8))


ufunc("absolute")(
    by_kind(
        floats=functools.partial(ops.unary, math.AbsFOp),
        integers=functools.partial(ops.unary, math.AbsIOp),
        unsigned=same,
        bools=same,
    )
)

for _name, _order in {
    "equal": "eq", "not_equal": "ne", "less": "lt", "less_equal": "le", "greater": "gt",
    "greater_equal": "ge",
}.items():  # fmt: skip
    ufunc(_name)(functools.partial(ops.compare, _order))


def in_single(rule: Callable[..., Any]) -> Callable[..., Any]:
    """
    The rule of a function that is made of several ops. For floats of 16 bits the ops compute in
    float32, and only the result is rounded, as in NumPy.
    """

    @functools.wraps(rule)
    def wide(*xs: Array) -> Any:
        kind = xs[0].dtype
        if kind.itemsize != 2 or kind.kind in "iub":
            return rule(*xs)
        results = rule(*(ops.cast(x, np.dtype(np.float32)) for x in xs))
        if isinstance(results, tuple):
            return tuple(ops.cast(x, kind) for x in results)
        return ops.cast(results, kind)

    return wide


def filled(x: Array, number: Any) -> Array:
    """A constant of x's shape and dtype."""
    return constant(number, x.dtype, x.shape)


def truth(x: Array) -> Array:
    """x ≠ 0: NumPy takes such elements for true."""
    return ops.cast(x, BOOL)


@ufunc("negative")
def negative(x: Array) -> Array:
    return (
        ops.binary(arith.SubiOp, filled(x, 0), x)
        if x.dtype.kind in "iu"
        else ops.unary(arith.NegfOp, x)
    )


@ufunc("invert")
def invert(x: Array) -> Array:
    return ops.binary(arith.XOrIOp, x, _ones(x))


def _ones(x: Array) -> Array:
    """All bits set, or true."""
    return filled(x, -1 if x.dtype.kind == "i" else 1 if x.dtype == BOOL else np.iinfo(x.dtype).max)


@ufunc("logical_not")
def logical_not(x: Array) -> Array:
    return invert(truth(x))


@ufunc("logical_and")
def logical_and(a: Array, b: Array) -> Array:
    return ops.binary(arith.AndIOp, truth(a), truth(b))


@ufunc("logical_or")
def logical_or(a: Array, b: Array) -> Array:
    return ops.binary(arith.OrIOp, truth(a), truth(b))


@ufunc("logical_xor")
def logical_xor(a: Array, b: Array) -> Array:
    return ops.binary(arith.XOrIOp, truth(a), truth(b))


@ufunc("sign")
def sign(x: Array) -> Array:
    one, zero = filled(x, 1), filled(x, 0)
    if x.dtype.kind == "u":
        return ops.select(ops.compare("ne", x, zero), one, zero)
    rest = x if x.dtype.kind != "i" else zero
    if x.dtype.kind != "i":  # a zero of either sign becomes +0, NaN stays
        rest = ops.select(ops.compare("eq", x, zero), zero, x)
    below = ops.select(ops.compare("lt", x, zero), filled(x, -1), rest)
    return ops.select(ops.compare("gt", x, zero), one, below)


@ufunc("square")
def square(x: Array) -> Array:
    return x * x


@ufunc("reciprocal")
def reciprocal(x: Array) -> Array:
    division = {"i": arith.DivSIOp, "u": arith.DivUIOp}.get(x.dtype.kind, arith.DivfOp)
    return ops.binary(division, filled(x, 1), x)


@ufunc("power")
def power(a: Array, b: Array) -> Array:
    """
    The constant exponents 2, 1, 0.5 and -1 give x * x, x, sqrt(x) and 1 / x, as NumPy's operator
    does.
    """
    n = types.constant_value(b.value)
    if n == 2:
        return a * a
    if n == 1:
        return a
    if a.dtype.kind == "u":
        return _unsigned_power(a, b, n)
    if a.dtype.kind == "i":
        if n is not None and n < 0:
            raise located(ValueError, "Integers to negative integer powers are not allowed.")
        return ops.binary(math.IPowIOp, a, b)
    if n == 0.5:
        return ops.unary(math.SqrtOp, a)
    return reciprocal(a) if n == -1 else ops.binary(math.PowFOp, a, b)


def _unsigned_power(a: Array, b: Array, n: Any) -> Array:
    """
    a^b = (a^⌊b / 2⌋)² a^(b mod 2). The power of the IR reads exponents as signed, and the half of
    an exponent is not negative.
    """
    if n is not None and n >= 0:
        return ops.binary(math.IPowIOp, a, b)
    one = filled(b, 1)
    root = ops.binary(math.IPowIOp, a, ops.binary(arith.ShRUIOp, b, one))
    odd = ops.compare("eq", ops.binary(arith.AndIOp, b, one), one)
    return root * root * ops.select(odd, a, one)


ufunc("float_power")(power)


@ufunc("deg2rad", "radians")
@in_single
def deg2rad(x: Array) -> Array:
    return x * (np.pi / 180)


@ufunc("rad2deg", "degrees")
@in_single
def rad2deg(x: Array) -> Array:
    return x * (180 / np.pi)


@ufunc("isnan")
def isnan(x: Array) -> Array:
    return constant(False, None, x.shape) if x.dtype.kind in "iub" else ops.compare_by("uno", x, x)


@ufunc("isinf")
def isinf(x: Array) -> Array:
    return constant(False, None, x.shape) if x.dtype.kind in "iub" else abs(x) == np.inf


@ufunc("isfinite")
def isfinite(x: Array) -> Array:
    return constant(True, None, x.shape) if x.dtype.kind in "iub" else abs(x) < np.inf


@ufunc("signbit")
def signbit(x: Array) -> Array:
    return np.copysign(filled(x, 1), x) < 0


@ufunc("heaviside")
def heaviside(x: Array, at_zero: Array) -> Array:
    step = np.where(x == 0, at_zero, np.where(x > 0, filled(x, 1), filled(x, 0)))
    return np.where(np.isnan(x), x, step)


@ufunc("logaddexp")
@in_single
def logaddexp(a: Array, b: Array) -> Array:
    """log(exp a + exp b), without overflow."""
    return _log_of_sum(a, b, lambda less: np.log1p(np.exp(less)))


@ufunc("logaddexp2")
@in_single
def logaddexp2(a: Array, b: Array) -> Array:
    """log2(2^a + 2^b), without overflow."""
    return _log_of_sum(a, b, lambda less: np.log1p(np.exp2(less)) / pymath.log(2))


def _log_of_sum(a: Array, b: Array, rest: Callable[[Any], Any]) -> Any:
    """
    The greater of a and b, and rest(the other one - it).

    This code chooses the greater one by a comparison, and does not take a maximum. At a = b, the
    derivative of a maximum chooses neither. Both ways to write the sum are smooth at a = b.
    """
    step = b - a
    result = np.where(step > 0, b, a) + rest(np.where(step > 0, -step, step))
    return np.where((a == b) & np.isinf(a), a, result)


def fma(a: Array, b: Array, c: Array) -> Array:
    """a b + c, rounded once."""
    return ops._add(math.FmaOp, (use(a), use(b), use(c)), a)


def _with_sign_at_zero(rest: Any, sign: Array) -> Any:
    """
    `rest`, in which each zero gets the sign of `sign`. The result has the derivative of `rest`: the
    code subtracts a 0 that depends on `rest` from the zero.
    """
    kept = emit(delta.StopOp, use(rest))
    zero = np.copysign(filled(sign, 0), sign)
    return np.where(rest == 0, zero - (kept - rest), rest)


def _float_divmod(a: Array, b: Array) -> tuple[Array, Array]:
    """The quotient rounded down, and the remainder with b's sign, as Python and NumPy do."""
    rest = ops.binary(ten.FmodOp, a, b)
    other_sign = (rest != 0) & ((b < 0) != (rest < 0))
    quotient = (a - rest) / b
    quotient = np.where(other_sign, quotient - 1, quotient)
    rest = np.where(other_sign, rest + b, rest)
    rest = _with_sign_at_zero(rest, b)
    whole = np.floor(quotient)
    whole = np.where(quotient - whole > 0.5, whole + 1, whole)
    whole = np.where(quotient == 0, np.copysign(filled(a, 0), a / b), whole)
    return np.where(b == 0, a / b, whole), rest


def _integer_remainder(a: Array, b: Array) -> Array:
    """Python's modulo; 0 for b = 0."""
    if a.dtype.kind == "u":
        return ops.binary(arith.RemUIOp, a, b)
    rest = a - ops.binary(arith.FloorDivSIOp, a, b) * b
    known = types.constant_value(b.value)
    if known is not None and known != 0:
        return rest
    return ops.select(ops.compare("eq", b, filled(b, 0)), filled(b, 0), rest)


@ufunc("floor_divide")
def floor_divide(a: Array, b: Array) -> Array:
    return _integer_quotient(a, b) if a.dtype.kind in "iu" else _float_divmod(a, b)[0]


def _integer_quotient(a: Array, b: Array) -> Array:
    """The quotient, rounded down; 0 for b = 0."""
    return ops.binary(arith.DivUIOp if a.dtype.kind == "u" else arith.FloorDivSIOp, a, b)


@ufunc("remainder")
def remainder(a: Array, b: Array) -> Array:
    return _integer_remainder(a, b) if a.dtype.kind in "iu" else _float_divmod(a, b)[1]


@ufunc("divmod")
def divmod_(a: Array, b: Array) -> tuple[Array, Array]:
    if a.dtype.kind in "iu":
        return _integer_quotient(a, b), _integer_remainder(a, b)
    return _float_divmod(a, b)


@ufunc("fmod")
def fmod(a: Array, b: Array) -> Array:
    if a.dtype.kind in "iu":
        return ops.binary(arith.RemUIOp if a.dtype.kind == "u" else arith.RemSIOp, a, b)
    return ops.binary(ten.FmodOp, a, b)


@ufunc("modf")
def modf(x: Array) -> tuple[Array, Array]:
    whole = np.trunc(x)
    rest = np.where(np.isinf(x), filled(x, 0), x - whole)
    return _with_sign_at_zero(rest, x), whole
