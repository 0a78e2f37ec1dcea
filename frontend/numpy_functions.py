"""
What NumPy's ufuncs and functions are in the IR: the tables of tracing.

A ufunc's rule gets arrays that are already broadcast and cast to the dtypes that NumPy resolves to.
A function's rule has NumPy's parameters, or those of them that are supported; others than their
defaults are refused by name. Many rules are NumPy's own definitions in terms of other NumPy
functions, applied to traced arrays.
"""

from __future__ import annotations

import functools
import inspect
import math as pymath
import string
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy
from xdsl.dialects import arith, math

from ..dialects import types
from . import ops, tracing
from .ops import BOOL, INT64, lift
from .tracing import FUNCTIONS, GENERALIZED, UFUNCS, Array, constant, located, use

np: Any = numpy  # its type stubs know no traced arrays


# Registration.


def find(name: str) -> Any:
    """`numpy.<name>`, or None where this version of NumPy has no such thing."""
    value: Any = np
    for step in name.split("."):
        value = getattr(value, step, None)
    return value


UFUNC_RULES: dict[str, Callable] = {}
"""By name, whether or not this version of NumPy has it."""

FUNCTION_RULES: dict[str, Callable] = {}
"""By name, whether or not this version of NumPy has it."""


def ufunc(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for these ufuncs."""

    def register(rule: Callable) -> Callable:
        for name in names:
            UFUNC_RULES[name] = rule
            if (found := find(name)) is not None:
                UFUNCS[found] = rule
        return rule

    return register


def implements(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is what these NumPy functions are on traced arrays."""

    def register(rule: Callable) -> Callable:
        for name in names:
            FUNCTION_RULES[name] = rule
            if (found := find(name)) is not None:
                FUNCTIONS[found] = _checked(name, found, rule)
        return rule

    return register


def _checked(name: str, function: Callable, rule: Callable) -> Callable:
    """The rule, with an error for arguments that NumPy's function has and the rule has not."""
    accepted = list(inspect.signature(rule).parameters.values())
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in accepted):
        return rule
    try:
        theirs = list(inspect.signature(function).parameters.values())
    except ValueError:  # written in C, without a signature
        theirs = accepted
    names = [p.name for p in accepted]
    prefix = 0
    while prefix < min(len(names), len(theirs)) and names[prefix] == theirs[prefix].name:
        prefix += 1
    defaults = {p.name: p.default for p in theirs}

    @functools.wraps(rule)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if len(args) > prefix:
            kwargs = {**dict(zip((p.name for p in theirs[prefix:]), args[prefix:])), **kwargs}
            args = args[:prefix]
        for key in [key for key in kwargs if key not in names]:
            value = kwargs.pop(key)
            default = defaults.get(key)
            if (
                value is not None
                and value is not np._NoValue
                and not (value is default or _same(value, default))
            ):
                raise located(
                    TypeError, f"numpy.{name} of traced arrays does not know {key}={value!r}"
                )
        return rule(*args, **kwargs)

    return checked


def _same(value: Any, default: Any) -> bool:
    return isinstance(value, str | bool | int) and type(value) is type(default) and value == default


# Elementwise.


def pair(kind: type) -> Callable[[Array, Array], Array]:
    return lambda a, b: ops.binary(kind, a, b)


def by_kind(*, floats: Any, integers: Any = None, bools: Any = None) -> Callable[..., Any]:
    """The rule for the kind of elements that the (equal) operands have."""

    def rule(*xs: Array) -> Any:
        kind = xs[0].dtype.kind
        chosen = bools if kind == "b" else integers if kind == "i" else floats
        return chosen(*xs)

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
ufunc("copysign")(pair(math.CopySignOp))
ufunc("maximum")(
    by_kind(floats=pair(arith.MaximumfOp), integers=pair(arith.MaxSIOp), bools=pair(arith.OrIOp))
)
ufunc("minimum")(
    by_kind(floats=pair(arith.MinimumfOp), integers=pair(arith.MinSIOp), bools=pair(arith.AndIOp))
)
ufunc("fmax")(
    by_kind(floats=pair(arith.MaxnumfOp), integers=pair(arith.MaxSIOp), bools=pair(arith.OrIOp))
)
ufunc("fmin")(
    by_kind(floats=pair(arith.MinnumfOp), integers=pair(arith.MinSIOp), bools=pair(arith.AndIOp))
)
ufunc("bitwise_and")(pair(arith.AndIOp))
ufunc("bitwise_or")(pair(arith.OrIOp))
ufunc("bitwise_xor")(pair(arith.XOrIOp))
ufunc("left_shift")(pair(arith.ShLIOp))
ufunc("right_shift")(pair(arith.ShRSIOp))
ufunc("positive", "conjugate")(same)
ufunc("absolute")(
    by_kind(
        floats=functools.partial(ops.unary, math.AbsFOp),
        integers=functools.partial(ops.unary, math.AbsIOp),
        bools=same,
    )
)

for _name, _order in {
    "equal": "eq", "not_equal": "ne", "less": "lt", "less_equal": "le", "greater": "gt",
    "greater_equal": "ge",
}.items():  # fmt: skip
    ufunc(_name)(functools.partial(ops.compare, _order))


def filled(x: Array, number: Any) -> Array:
    """A constant of x's shape and dtype."""
    return constant(number, x.dtype, x.shape)


def truth(x: Array) -> Array:
    """x ≠ 0: what NumPy takes for true."""
    return ops.cast(x, BOOL)


@ufunc("negative")
def negative(x: Array) -> Array:
    return (
        ops.binary(arith.SubiOp, filled(x, 0), x)
        if x.dtype.kind == "i"
        else ops.unary(arith.NegfOp, x)
    )


@ufunc("invert")
def invert(x: Array) -> Array:
    return ops.binary(arith.XOrIOp, x, filled(x, True if x.dtype == BOOL else -1))


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
    return ops.binary(arith.DivSIOp if x.dtype.kind == "i" else arith.DivfOp, filled(x, 1), x)


@ufunc("power")
def power(a: Array, b: Array) -> Array:
    """
    Exponents that are the constants 2, 1, 0.5 and -1 become x * x, x, sqrt(x) and 1 / x, as NumPy's
    operator has it.
    """
    n = types.constant_value(b.value)
    if n == 2:
        return a * a
    if n == 1:
        return a
    if a.dtype.kind == "i":
        if n is not None and n < 0:
            raise located(ValueError, "Integers to negative integer powers are not allowed.")
        return ops.binary(math.IPowIOp, a, b)
    if n == 0.5:
        return ops.unary(math.SqrtOp, a)
    return reciprocal(a) if n == -1 else ops.binary(math.PowFOp, a, b)


ufunc("float_power")(power)


@ufunc("hypot")
def hypot(a: Array, b: Array) -> Array:
    """
    s · sqrt((a / s)² + (b / s)²) for a power of two s near the greater operand: no overflow, and s
    has derivative 0.
    """
    greatest = np.maximum(abs(a), abs(b))
    usual = (greatest > 0) & (greatest < np.inf)
    # The logarithm of the greatest numbers rounds to that of infinity.
    exponent = np.floor(np.log2(np.where(usual, greatest, 1.0)))
    scale = np.exp2(np.minimum(exponent, ml_dtypes.finfo(a.dtype).maxexp - 1))
    scale = np.where(usual, scale, filled(a, 1.0))
    a, b = a / scale, b / scale
    length = scale * np.sqrt(a * a + b * b)
    return np.where(np.isinf(a) | np.isinf(b), filled(a, np.inf), length)


@ufunc("deg2rad", "radians")
def deg2rad(x: Array) -> Array:
    return x * (np.pi / 180)


@ufunc("rad2deg", "degrees")
def rad2deg(x: Array) -> Array:
    return x * (180 / np.pi)


@ufunc("isnan")
def isnan(x: Array) -> Array:
    return constant(False, None, x.shape) if x.dtype.kind in "ib" else ops.compare_by("uno", x, x)


@ufunc("isinf")
def isinf(x: Array) -> Array:
    return constant(False, None, x.shape) if x.dtype.kind in "ib" else abs(x) == np.inf


@ufunc("isfinite")
def isfinite(x: Array) -> Array:
    return constant(True, None, x.shape) if x.dtype.kind in "ib" else abs(x) < np.inf


@ufunc("signbit")
def signbit(x: Array) -> Array:
    return np.copysign(filled(x, 1), x) < 0


@ufunc("heaviside")
def heaviside(x: Array, at_zero: Array) -> Array:
    step = np.where(x == 0, at_zero, np.where(x > 0, filled(x, 1), filled(x, 0)))
    return np.where(np.isnan(x), x, step)


@ufunc("logaddexp")
def logaddexp(a: Array, b: Array) -> Array:
    """log(exp a + exp b), without overflow."""
    top = np.maximum(a, b)
    return np.where(a == b, a + pymath.log(2), top + np.log1p(np.exp(-abs(a - b))))


@ufunc("logaddexp2")
def logaddexp2(a: Array, b: Array) -> Array:
    """log2(2^a + 2^b), without overflow."""
    top = np.maximum(a, b)
    return np.where(a == b, a + 1, top + np.log1p(np.exp2(-abs(a - b))) * (1 / pymath.log(2)))


def fma(a: Array, b: Array, c: Array) -> Array:
    return ops._add(math.FmaOp, (use(a), use(b), use(c)), a)


def _float_fmod(a: Array, b: Array) -> Array:
    """
    The remainder with a's sign, exact while |a / b| < 2^53 (2^24 in f32); from there on, 0 unless
    it is below b, so that it is a remainder still.

    One rounded a - q·b is exact, for the whole q next to a / b; where rounding made q too great by
    one, b is added back.
    """
    quotient = np.trunc(a / b)
    rest = fma(-quotient, b, a)
    overshot = (rest != 0) & ((rest < 0) != (a < 0))
    rest = np.where(overshot, rest + np.copysign(b, a), rest)
    rest = np.where(abs(rest) >= abs(b), filled(a, 0), rest)
    rest = np.where(np.isinf(b) & np.isfinite(a), a, rest)
    return np.where(rest == 0, np.copysign(filled(a, 0), a), rest)


def _float_divmod(a: Array, b: Array) -> tuple[Array, Array]:
    """Quotient rounded down and remainder with b's sign, as Python and NumPy define them."""
    rest = _float_fmod(a, b)
    other_sign = (rest != 0) & ((b < 0) != (rest < 0))
    quotient = (a - rest) / b
    quotient = np.where(other_sign, quotient - 1, quotient)
    rest = np.where(other_sign, rest + b, rest)
    rest = np.where(rest == 0, np.copysign(filled(a, 0), b), rest)
    whole = np.floor(quotient)
    whole = np.where(quotient - whole > 0.5, whole + 1, whole)
    whole = np.where(quotient == 0, np.copysign(filled(a, 0), a / b), whole)
    return np.where(b == 0, a / b, whole), rest


def _integer_remainder(a: Array, b: Array) -> Array:
    """Python's modulo; 0 for b = 0."""
    rest = a - ops.binary(arith.FloorDivSIOp, a, b) * b
    known = types.constant_value(b.value)
    if known is not None and known != 0:
        return rest
    return ops.select(ops.compare("eq", b, filled(b, 0)), filled(b, 0), rest)


@ufunc("floor_divide")
def floor_divide(a: Array, b: Array) -> Array:
    return ops.binary(arith.FloorDivSIOp, a, b) if a.dtype.kind == "i" else _float_divmod(a, b)[0]


@ufunc("remainder")
def remainder(a: Array, b: Array) -> Array:
    return _integer_remainder(a, b) if a.dtype.kind == "i" else _float_divmod(a, b)[1]


@ufunc("divmod")
def divmod_(a: Array, b: Array) -> tuple[Array, Array]:
    if a.dtype.kind == "i":
        return ops.binary(arith.FloorDivSIOp, a, b), _integer_remainder(a, b)
    return _float_divmod(a, b)


@ufunc("fmod")
def fmod(a: Array, b: Array) -> Array:
    return ops.binary(arith.RemSIOp, a, b) if a.dtype.kind == "i" else _float_fmod(a, b)


@ufunc("modf")
def modf(x: Array) -> tuple[Array, Array]:
    whole = np.trunc(x)
    rest = np.where(np.isinf(x), filled(x, 0), x - whole)
    return np.copysign(rest, x), whole


# ufunc methods.

_REDUCTIONS: dict[str, str] = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min",
    "logical_and": "all", "logical_or": "any",
}  # fmt: skip


_RUNNING: dict[str, str] = {"add": "cumsum", "multiply": "cumprod"}
"""ufunc: its `accumulate`."""


def ufunc_method(
    kind: numpy.ufunc, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]
) -> Any:
    """
    `ufunc.reduce`, `accumulate` or `outer`. Errors: `TypeError` for other methods, or ufuncs that
    have none here.
    """
    name = kind.__name__
    kwargs = {k: v for k, v in kwargs.items() if not (k == "out" and (v is None or v == (None,)))}
    if method == "reduce" and name in _REDUCTIONS:
        options = dict(zip(("axis", "dtype"), inputs[1:])) | kwargs
        return getattr(np, _REDUCTIONS[name])(inputs[0], **({"axis": 0} | options))
    if method == "accumulate" and name in _RUNNING:
        options = dict(zip(("axis", "dtype"), inputs[1:])) | kwargs
        return getattr(np, _RUNNING[name])(inputs[0], **({"axis": 0} | options))
    if method == "outer" and kind.nin == 2:
        a, b = (lift(x) if isinstance(x, Array) else x for x in inputs)
        a = np.asarray(a) if not isinstance(a, Array) else a
        return kind(np.reshape(a, (*a.shape, *[1] * np.ndim(b))), b, **kwargs)
    raise located(TypeError, f"numpy.{name}.{method} is not supported on traced arrays")


# Reductions.


def _sum_dtype(x: Array, dtype: Any) -> numpy.dtype:
    """Small integers and bools are added up as int64."""
    if dtype is not None:
        return np.dtype(dtype)
    return INT64 if x.dtype.kind in "ib" else x.dtype


def _keep(result: Array, x: Array, dims: Sequence[int], keepdims: Any) -> Array:
    if not keepdims or keepdims is np._NoValue:
        return result
    return ops.reshape(result, [1 if d in dims else n for d, n in enumerate(x.shape)])


def _given(value: Any) -> bool:
    return value is not None and value is not np._NoValue


def _masked(x: Array, where: Any, neutral: Any) -> Array:
    """x, with the neutral element where the mask does not hold."""
    if where is True or where is np._NoValue:
        return x
    return np.where(where, x, filled(x, neutral))


@implements("sum")
def sum_(a, axis=None, dtype=None, keepdims=False, initial=0, where=True):
    x = lift(a)
    x = _masked(ops.cast(x, _sum_dtype(x, dtype)), where, 0)
    dims = ops.axes(axis, x.ndim)
    if x.dtype == BOOL:
        result = ops.reduce("any", x, dims)
    else:
        result = ops.sum_(x, dims)
    if _given(initial) and not (type(initial) is int and initial == 0):
        result = result + initial
    return _keep(result, x, dims, keepdims)


@implements("prod")
def prod(a, axis=None, dtype=None, keepdims=False, initial=1, where=True):
    x = lift(a)
    x = _masked(ops.cast(x, _sum_dtype(x, dtype)), where, 1)
    dims = ops.axes(axis, x.ndim)
    result = ops.reduce("all" if x.dtype == BOOL else "prod", x, dims)
    if _given(initial) and not (type(initial) is int and initial == 1):
        result = result * initial
    return _keep(result, x, dims, keepdims)


def _extremum(kind: str, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Array:
    x = lift(a)
    dims = ops.axes(axis, x.ndim)
    if not _given(initial) and dims and ops.count(x, dims) == 0:
        raise located(
            ValueError, f"zero-size array to reduction operation {kind}imum which has no identity"
        )
    if where is not True and where is not np._NoValue:
        if not _given(initial):
            raise located(
                ValueError,
                f"reduction operation '{kind}imum' does not have an identity, so to use a "
                "where mask one has to specify 'initial'",
            )
        x = np.where(where, x, ops.cast(lift(initial), x.dtype))
    names = {"max": "any", "min": "all"} if x.dtype == BOOL else {"max": "max", "min": "min"}
    result = ops.reduce(names[kind], x, dims)
    if _given(initial):
        result = (np.maximum if kind == "max" else np.minimum)(result, initial)
    return _keep(result, x, dims, keepdims)


@implements("max", "amax")
def max_(a, axis=None, keepdims=False, initial=None, where=True):
    return _extremum("max", a, axis, keepdims, initial, where)


@implements("min", "amin")
def min_(a, axis=None, keepdims=False, initial=None, where=True):
    return _extremum("min", a, axis, keepdims, initial, where)


@implements("any")
def any_(a, axis=None, keepdims=False, where=True):
    x = _masked(truth(lift(a)), where, False)
    dims = ops.axes(axis, x.ndim)
    return _keep(ops.reduce("any", x, dims), x, dims, keepdims)


@implements("all")
def all_(a, axis=None, keepdims=False, where=True):
    x = _masked(truth(lift(a)), where, True)
    dims = ops.axes(axis, x.ndim)
    return _keep(ops.reduce("all", x, dims), x, dims, keepdims)


def _position(kind: Any, a: Any, axis: Any, keepdims: Any) -> Array:
    x = lift(a)
    source = x if axis is not None else ops.reshape(x, (x.size,))
    d = ops.axis(0 if axis is None else axis, source.ndim)
    if source.shape[d] == 0:
        raise located(
            ValueError,
            f"attempt to get {kind.__name__.removesuffix('Op').lower()} of an empty sequence",
        )
    source = ops.cast(source, np.dtype(np.int8)) if source.dtype == BOOL else source
    result = tracing.emit(kind, use(source), d)
    return _keep(result, x, range(x.ndim) if axis is None else (d,), keepdims)


@implements("argmax")
def argmax(a, axis=None, keepdims=False):
    from ..dialects import ten

    return _position(ten.ArgmaxOp, a, axis, keepdims)


@implements("argmin")
def argmin(a, axis=None, keepdims=False):
    from ..dialects import ten

    return _position(ten.ArgminOp, a, axis, keepdims)


@implements("cumsum")
def cumsum(a, axis=None, dtype=None):
    from ..dialects import ten

    x = lift(a)
    x = ops.cast(x, _sum_dtype(x, dtype))
    x = ops.reshape(x, (x.size,)) if axis is None else x
    return tracing.emit(ten.CumsumOp, use(x), ops.axis(0 if axis is None else axis, x.ndim))


@implements("cumulative_sum")
def cumulative_sum(x, axis=None, dtype=None, include_initial=False):
    return cumulative(np.cumsum, 0, x, axis, dtype, include_initial)


def cumulative(
    running: Any, neutral: int, x: Any, axis: Any, dtype: Any, include_initial: bool
) -> Array:
    """A running sum or product with the array API's parameters."""
    x = lift(x)
    if axis is None and x.ndim > 1:
        raise located(
            ValueError,
            "For arrays which have more than one dimension ``axis`` argument is required.",
        )
    d = ops.axis(0 if axis is None else axis, x.ndim)
    result = running(x, axis=d, dtype=dtype)
    if not include_initial:
        return result
    shape = tuple(1 if e == d else n for e, n in enumerate(x.shape))
    return ops.concat([constant(neutral, result.dtype, shape), result], d)


@implements("nancumsum")
def nancumsum(a, axis=None, dtype=None):
    return np.cumsum(_without_nan(a, 0), axis=axis, dtype=dtype)


def _float_dtype(x: Array, dtype: Any) -> numpy.dtype:
    """Integers have their mean in float64."""
    if dtype is not None:
        return np.dtype(dtype)
    return np.dtype(np.float64) if x.dtype.kind in "ib" else x.dtype


@implements("mean")
def mean(a, axis=None, dtype=None, keepdims=False, where=True):
    x = lift(a)
    kind = _float_dtype(x, dtype)
    wide = np.dtype(np.float32) if dtype is None and kind.itemsize == 2 else kind
    total = np.sum(x, axis=axis, dtype=wide, keepdims=keepdims, where=where)
    return ops.cast(total / _number_of(x, axis, keepdims, where), kind)


def _number_of(x: Array, axis: Any, keepdims: Any, where: Any) -> Any:
    """How many elements are joined: a number, or an array where there is a mask."""
    if where is True or where is np._NoValue:
        return float(ops.count(x, ops.axes(axis, x.ndim)))
    mask = ops.broadcast_to(lift(where), x.shape)
    return np.sum(mask, axis=axis, keepdims=keepdims)


@implements("var")
def var(a, axis=None, dtype=None, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    x = lift(a)
    x = ops.cast(x, _float_dtype(x, dtype))
    if not _given(mean):
        mean = np.mean(x, axis=axis, keepdims=True, where=where)
    number = _number_of(x, axis, keepdims, where)
    freedom = np.maximum(number - (correction if _given(correction) else ddof), 0.0)
    squares = np.sum(np.square(x - mean), axis=axis, keepdims=keepdims, where=where)
    return ops.cast(
        lift(squares / (freedom if isinstance(freedom, Array) else float(freedom))), x.dtype
    )


@implements("std")
def std(a, axis=None, dtype=None, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    return np.sqrt(var(a, axis, dtype, ddof, keepdims, where, mean, correction))


@implements("ptp")
def ptp(a, axis=None, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@implements("count_nonzero")
def count_nonzero(a, axis=None, keepdims=False):
    return np.sum(truth(lift(a)), axis=axis, keepdims=keepdims)


@implements("average")
def average(a, axis=None, weights=None, keepdims=False):
    x = lift(a)
    if weights is None:
        return np.mean(x, axis=axis, keepdims=keepdims)
    weights = lift(weights)
    kind = ops.promote(x, weights, *([np.dtype(np.float64)] if x.dtype.kind in "ib" else []))
    if weights.shape != x.shape:
        dims = ops.axes(axis, x.ndim)
        if axis is None or weights.shape != tuple(x.shape[d] for d in dims):
            raise located(
                ValueError,
                f"weights of shape {weights.shape} do not fit an array of shape {x.shape} "
                f"and axis {axis}",
            )
        order = np.argsort(dims).tolist()
        weights = ops.transpose(weights, order)
        weights = ops.reshape(weights, [n if d in dims else 1 for d, n in enumerate(x.shape)])
    weights = ops.broadcast_to(ops.cast(weights, kind), x.shape)
    total = np.sum(ops.cast(x, kind) * weights, axis=axis, keepdims=keepdims)
    return total / np.sum(weights, axis=axis, keepdims=keepdims)


@implements("cov")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None):
    x = _variables(m, y, rowvar, dtype)
    weights = 1 if fweights is None else ops.as_array(fweights)
    if aweights is not None:
        aweights = ops.as_array(aweights)
        weights = weights * aweights
    weights = lift(weights).astype(x.dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = x.shape[1]
    weights = ops.broadcast_to(weights, (n,))
    total = np.sum(weights)
    freedom = total - ddof
    if aweights is not None:
        freedom = total - ddof * np.sum(weights * aweights) / total
    centred = x - (x @ weights / total)[:, None]
    result = (centred * weights) @ centred.T
    return np.squeeze(result / np.where(freedom > 0, freedom, 0.0).astype(x.dtype))


def _variables(m: Any, y: Any, rowvar: bool, dtype: Any) -> Array:
    """A row for each variable, a column for each observation."""
    parts = []
    for value in (m,) if y is None else (m, y):
        x = lift(value)
        if x.ndim > 2:
            raise located(ValueError, f"numpy.cov takes up to two dimensions, not {x!r}")
        in_columns = not rowvar and x.ndim == 2 and (not parts or x.shape[0] != 1)
        x = x.T if in_columns else x
        parts.append(x if x.ndim == 2 else ops.reshape(x, (1, x.size)))
    kind = np.result_type(*(x.dtype for x in parts), np.float64) if dtype is None else dtype
    return np.concatenate([ops.cast(x, np.dtype(kind)) for x in parts])


@implements("corrcoef")
def corrcoef(x, y=None, rowvar=True, dtype=None):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(np.diag(c))
    return np.clip(c / deviation[:, None] / deviation, -1, 1)


def _without_nan(a: Any, number: Any) -> Array:
    x = lift(a)
    return x if x.dtype.kind in "ib" else np.where(np.isnan(x), filled(x, number), x)


@implements("nansum")
def nansum(a, axis=None, dtype=None, keepdims=False, initial=0, where=True):
    return np.sum(
        _without_nan(a, 0), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


@implements("nanprod")
def nanprod(a, axis=None, dtype=None, keepdims=False, initial=1, where=True):
    return np.prod(
        _without_nan(a, 1), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where
    )


@implements("nanmean")
def nanmean(a, axis=None, dtype=None, keepdims=False):
    return np.mean(
        a, axis=axis, dtype=dtype, keepdims=keepdims, where=np.logical_not(np.isnan(lift(a)))
    )


@implements("nanvar")
def nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False):
    x, there = _without_nan(a, 0), np.logical_not(np.isnan(lift(a)))
    return np.var(x, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims, where=there)


@implements("nanstd")
def nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False):
    return np.sqrt(nanvar(a, axis, dtype, ddof, keepdims))


def _nan_extremum(reduction: Any, least: float, a: Any, axis: Any, keepdims: Any) -> Array:
    x = lift(a)
    result = reduction(_without_nan(x, least), axis=axis, keepdims=keepdims)
    if x.dtype.kind in "ib":
        return result
    return np.where(
        np.all(np.isnan(x), axis=axis, keepdims=keepdims), filled(result, np.nan), result
    )


@implements("nanmax")
def nanmax(a, axis=None, keepdims=False):
    return _nan_extremum(np.max, -np.inf, a, axis, keepdims)


@implements("nanmin")
def nanmin(a, axis=None, keepdims=False):
    return _nan_extremum(np.min, np.inf, a, axis, keepdims)


# Shapes.


@implements("shape")
def shape(a):
    return ops.shape_of(a)


@implements("ndim")
def ndim(a):
    return len(ops.shape_of(a))


@implements("size")
def size(a, axis=None):
    sizes = ops.shape_of(a)
    return pymath.prod(sizes[d] for d in ops.axes(axis, len(sizes)))


@implements("iscomplexobj")
def iscomplexobj(x):
    return False


@implements("isrealobj")
def isrealobj(x):
    return True


@implements("result_type")
def result_type(*arrays_and_dtypes):
    return ops.promote(*arrays_and_dtypes)


@implements("can_cast")
def can_cast(from_, to, casting="safe"):
    return np.can_cast(from_.dtype if isinstance(from_, Array) else from_, to, casting)


@implements("copy")
def copy(a, order="K", subok=False):
    return lift(a)


@implements("astype")
def astype(x, dtype, copy=True):
    return ops.cast(lift(x), np.dtype(dtype))


def _sizes(shape: Any, size: int) -> tuple[int, ...]:
    """A shape as a user gives it, with -1 for what is left."""
    shape = tuple(
        ops.operator.index(n) for n in (shape if isinstance(shape, list | tuple) else (shape,))
    )
    known = pymath.prod(n for n in shape if n != -1)
    if shape.count(-1) == 1 and known and size % known == 0:
        shape = tuple(size // known if n == -1 else n for n in shape)
    if pymath.prod(shape) != size or min(shape, default=0) < 0:
        raise located(ValueError, f"cannot reshape array of size {size} into shape {shape}")
    return shape


@implements("reshape")
def reshape(a, shape=None, order="C", newshape=None, copy=None):
    if order != "C":
        raise located(
            TypeError, f"reshape of traced arrays knows the order 'C' only, not {order!r}"
        )
    x = lift(a)
    return ops.reshape(x, _sizes(newshape if shape is None else shape, x.size))


@implements("ravel")
def ravel(a, order="C"):
    x = lift(a)
    if order not in ("C", "K", "A"):
        raise located(TypeError, f"ravel of traced arrays knows the order 'C' only, not {order!r}")
    return ops.reshape(x, (x.size,))


@implements("transpose")
def transpose(a, axes=None):
    x = lift(a)
    if axes is None:
        return ops.transpose(x, range(x.ndim)[::-1])
    perm = ops.axes(tuple(axes), x.ndim)
    if len(perm) != x.ndim:
        raise located(ValueError, f"axes {axes} do not match an array of {x.ndim} dimensions")
    return ops.transpose(x, perm)


@implements("matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(x):
    return np.swapaxes(x, -1, -2)


@implements("swapaxes")
def swapaxes(a, axis1, axis2):
    x = lift(a)
    perm = list(range(x.ndim))
    first, second = ops.axis(axis1, x.ndim, "axis1"), ops.axis(axis2, x.ndim, "axis2")
    perm[first], perm[second] = second, first
    return ops.transpose(x, perm)


@implements("moveaxis")
def moveaxis(a, source, destination):
    x = lift(a)
    origin, goal = ops.axes(source, x.ndim), ops.axes(destination, x.ndim)
    if len(origin) != len(goal):
        raise located(ValueError, "source and destination must have the same number of elements")
    perm = [d for d in range(x.ndim) if d not in origin]
    for to, d in sorted(zip(goal, origin)):
        perm.insert(to, d)
    return ops.transpose(x, perm)


@implements("rollaxis")
def rollaxis(a, axis, start=0):
    x = lift(a)
    d = ops.axis(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    if not 0 <= start <= x.ndim:
        raise located(
            np.exceptions.AxisError,
            f"start {start} is out of bounds for array of dimension {x.ndim}",
        )
    return np.moveaxis(x, d, start - 1 if d < start else start)


@implements("expand_dims")
def expand_dims(a, axis):
    x = lift(a)
    axis = tuple(axis) if isinstance(axis, list | tuple) else (axis,)
    return ops.expand(x, ops.axes(axis, x.ndim + len(axis)))


@implements("squeeze")
def squeeze(a, axis=None):
    x = lift(a)
    dims = [d for d, n in enumerate(x.shape) if n == 1] if axis is None else ops.axes(axis, x.ndim)
    if any(x.shape[d] != 1 for d in dims):
        raise located(
            ValueError,
            f"cannot select an axis to squeeze out of {x.shape} which has size not equal to "
            f"one: {axis}",
        )
    return ops.reshape(x, [n for d, n in enumerate(x.shape) if d not in dims])


@implements("broadcast_to")
def broadcast_to(array, shape, subok=False):
    return ops.broadcast_to(
        lift(array), tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    )


@implements("broadcast_arrays")
def broadcast_arrays(*args):
    shape = tracing.broadcast_shape(*map(ops.shape_of, args))
    return tuple(ops.broadcast_to(lift(a), shape) for a in args)


def _several(results: list[Array]) -> Any:
    return results[0] if len(results) == 1 else tuple(results)


@implements("atleast_1d")
def atleast_1d(*arys):
    return _several([ops.reshape(x, x.shape or (1,)) for x in map(lift, arys)])


@implements("atleast_2d")
def atleast_2d(*arys):
    return _several([ops.reshape(x, (*[1] * (2 - x.ndim), *x.shape)) for x in map(lift, arys)])


@implements("atleast_3d")
def atleast_3d(*arys):
    def one(x: Array) -> Array:
        return ops.reshape(
            x, {0: (1, 1, 1), 1: (1, *x.shape, 1), 2: (*x.shape, 1)}.get(x.ndim, x.shape)
        )

    return _several([one(x) for x in map(lift, arys)])


@implements("flip")
def flip(m, axis=None):
    x = lift(m)
    return ops.reverse(x, sorted(ops.axes(axis, x.ndim)))


@implements("fliplr")
def fliplr(m):
    return np.flip(m, 1)


@implements("flipud")
def flipud(m):
    return np.flip(m, 0)


@implements("rot90")
def rot90(m, k=1, axes=(0, 1)):
    x = lift(m)
    first, second = ops.axes(tuple(axes), x.ndim)
    if k % 4 == 0:
        return x
    if k % 4 == 2:
        return np.flip(x, (first, second))
    return (
        np.swapaxes(np.flip(x, second), first, second)
        if k % 4 == 1
        else np.flip(np.swapaxes(x, first, second), second)
    )


@implements("roll")
def roll(a, shift, axis=None):
    x = lift(a)
    if axis is None:
        return ops.reshape(np.roll(np.ravel(x), shift, 0), x.shape)
    for s, d in np.broadcast(shift, axis):
        d = ops.axis(int(d), x.ndim)
        n = x.shape[d]
        cut = int(s) % n if n else 0
        if cut:
            x = ops.concat([ops.part(x, d, n - cut, n), ops.part(x, d, 0, n - cut)], d)
    return x


def _band(m: Array, k: int, lower: bool) -> Array:
    if m.ndim < 2:
        m = ops.broadcast_to(m, (m.shape[0], m.shape[0]))
    rows, columns = (ops.iota(m.shape[-2:], d) for d in (0, 1))
    mask = columns <= rows + k if lower else columns >= rows + k
    return np.where(mask, m, filled(m, 0))


@implements("tril")
def tril(m, k=0):
    return _band(lift(m), k, True)


@implements("triu")
def triu(m, k=0):
    return _band(lift(m), k, False)


@implements("diagonal")
def diagonal(a, offset=0, axis1=0, axis2=1):
    """A strided slice of the two dimensions made one."""
    x = lift(a)
    if x.ndim < 2:
        raise located(ValueError, "diag requires an array of at least two dimensions")
    x = np.moveaxis(x, ops.axes((axis1, axis2), x.ndim), (-2, -1))
    *batch, rows, columns = x.shape
    start = offset if offset >= 0 else -offset * columns
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    flat = ops.reshape(x, (*batch, rows * columns))
    return ops.part(
        flat,
        len(batch),
        start,
        start + (length - 1) * (columns + 1) + 1 if length else start,
        columns + 1,
    )


implements("linalg.diagonal")(lambda x, offset=0: diagonal(x, offset, -2, -1))


@implements("trace")
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


implements("linalg.trace")(lambda x, offset=0, dtype=None: trace(x, offset, -2, -1, dtype))


@implements("diag")
def diag(v, k=0):
    """A vector's elements, spread by padding between them; or a matrix's diagonal."""
    x = lift(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise located(ValueError, "Input must be 1- or 2-d.")
    n = x.shape[0] + abs(k)
    if x.shape[0] == 0:
        return constant(0, x.dtype, (n, n))
    low = k if k >= 0 else -k * n
    span = x.shape[0] + (x.shape[0] - 1) * n
    return ops.reshape(ops.pad(x, [low], [n * n - low - span], [n]), (n, n))


@implements("diagflat")
def diagflat(v, k=0):
    return diag(np.ravel(lift(v)), k)


@implements("tile")
def tile(A, reps):
    x = lift(A)
    reps = tuple(reps) if isinstance(reps, list | tuple | np.ndarray) else (reps,)
    reps = (1,) * (x.ndim - len(reps)) + tuple(int(r) for r in reps)
    x = ops.reshape(x, (1,) * (len(reps) - x.ndim) + x.shape)
    spread = ops.reshape(x, [n for size in x.shape for n in (1, size)])
    full = ops.broadcast_to(spread, tuple(n for r, size in zip(reps, x.shape) for n in (r, size)))
    return ops.reshape(full, [r * n for r, n in zip(reps, x.shape)])


@implements("repeat")
def repeat(a, repeats, axis=None):
    x = lift(a)
    if isinstance(repeats, Array):
        raise located(
            TypeError, "the shape of numpy.repeat is that of its repeats, which may not be traced"
        )
    if axis is None:
        x, axis = ops.reshape(x, (x.size,)), 0
    d = ops.axis(axis, x.ndim)
    times = np.asarray(repeats)
    if times.size == 1:
        n = int(times.item())
        shape = (*x.shape[: d + 1], n, *x.shape[d + 1 :])
        return ops.reshape(
            ops.broadcast_to(ops.expand(x, [d + 1]), shape),
            (*x.shape[:d], x.shape[d] * n, *x.shape[d + 1 :]),
        )
    return ops.along(x, d, np.repeat(np.arange(x.shape[d]), times))


@implements("delete")
def delete(arr, obj, axis=None):
    x = lift(arr)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    return ops.along(x, d, np.delete(np.arange(x.shape[d]), obj))


def _pairs(value: Any, rank: int) -> list[tuple[Any, Any]]:
    """What `np.pad` makes of one value, a pair, or a pair per dimension."""
    if isinstance(value, dict):
        pairs = {ops.axis(d, rank): v if isinstance(v, tuple) else (v, v) for d, v in value.items()}
        return [pairs.get(d, (0, 0)) for d in range(rank)]
    if isinstance(value, Array):
        return [(value, value)] * rank
    full = np.broadcast_to(np.asarray(value), (rank, 2))
    return [(low, high) for low, high in full.tolist()]


@implements("pad")
def pad(array, pad_width, mode="constant", constant_values=0, reflect_type="even"):
    x = lift(array)
    widths = [(int(low), int(high)) for low, high in _pairs(pad_width, x.ndim)]
    if any(n < 0 for pair in widths for n in pair):
        raise located(ValueError, "index can't contain negative values")
    if mode == "constant":
        return _pad_constant(x, widths, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or reflect_type != "even":
        raise located(
            TypeError,
            f"numpy.pad of traced arrays does not know mode={mode!r}, "
            f"reflect_type={reflect_type!r}",
        )
    for d, width in enumerate(widths):
        if any(width):
            try:
                positions = np.pad(np.arange(x.shape[d]), width, mode)
            except ValueError as error:
                raise located(ValueError, str(error)) from None
            x = ops.along(x, d, positions)
    return x


def _pad_constant(x: Array, widths: list[tuple[int, int]], values: Any) -> Array:
    if type(values) in (int, float) and values == 0:
        return ops.pad(x, [low for low, _ in widths], [high for _, high in widths])
    for d, ((low, high), ends) in enumerate(zip(widths, _pairs(values, x.ndim))):
        before, after = (
            ops.to(ops.as_array(v), x.dtype, (*x.shape[:d], n, *x.shape[d + 1 :]))
            for v, n in zip(ends, (low, high))
        )
        x = ops.concat([p for p in (before, x, after) if p.shape[d]] or [x], d)
    return x


@implements("linalg.norm")
def norm(x, ord=None, axis=None, keepdims=False):
    x = lift(x)
    x = ops.cast(x, _float_dtype(x, None))
    if axis is None and (
        ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)
    ):
        return _keep(np.sqrt(np.sum(x * x)), x, range(x.ndim), keepdims)
    dims = ops.axes(axis, x.ndim)
    if len(dims) == 1:
        return _vector_norm(x, 2 if ord is None else ord, dims, keepdims)
    if len(dims) != 2:
        raise located(ValueError, "Improper number of dimensions to norm.")
    if ord in (None, "f", "fro"):
        return _vector_norm(x, 2, dims, keepdims)
    if ord not in (1, -1, np.inf, -np.inf):
        raise located(
            TypeError,
            f"numpy.linalg.norm of traced matrices does not know ord={ord!r}, which needs "
            "singular values",
        )
    first, second = dims if abs(ord) == 1 else dims[::-1]
    sums = np.sum(abs(x), axis=first, keepdims=True)
    result = (np.max if ord > 0 else np.min)(sums, axis=second, keepdims=True)
    return result if keepdims else np.squeeze(result, dims)


def _vector_norm(x: Array, ord: Any, dims: tuple[int, ...], keepdims: bool) -> Array:
    if ord == np.inf:
        return np.max(abs(x), axis=dims, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(abs(x), axis=dims, keepdims=keepdims)
    if ord == 0:
        return ops.cast(np.sum(x != 0, axis=dims, keepdims=keepdims), x.dtype)
    if ord == 1:
        return np.sum(abs(x), axis=dims, keepdims=keepdims)
    if ord == 2:
        return np.sqrt(np.sum(x * x, axis=dims, keepdims=keepdims))
    if not isinstance(ord, int | float):
        raise located(ValueError, f"Invalid norm order {ord!r} for vectors")
    return np.sum(abs(x) ** ord, axis=dims, keepdims=keepdims) ** (1 / ord)


@implements("linalg.vector_norm")
def vector_norm(x, axis=None, keepdims=False, ord=2):
    x = lift(x)
    x = ops.cast(x, _float_dtype(x, None))
    return _vector_norm(x, ord, ops.axes(axis, x.ndim), keepdims)


@implements("linalg.matrix_norm")
def matrix_norm(x, keepdims=False, ord="fro"):
    return norm(x, ord, (-2, -1), keepdims)


# Joining and taking apart.


def _items(arrays: Any, name: str) -> list[Any]:
    """The arrays of a sequence, or the parts of one array."""
    items = list(arrays)
    if not items:
        raise located(ValueError, f"need at least one array to {name}")
    return [ops.as_array(item) for item in items]


@implements("concatenate")
def concatenate(arrays, axis=0, dtype=None, casting="same_kind"):
    items = _items(arrays, "concatenate")
    kind = ops.promote(*items) if dtype is None else np.dtype(dtype)
    parts = [ops.to(item, kind, item.shape) for item in items]
    if axis is None:
        return ops.concat([ops.reshape(p, (p.size,)) for p in parts], 0)
    if parts[0].ndim == 0:
        raise located(ValueError, "zero-dimensional arrays cannot be concatenated")
    d = ops.axis(axis, parts[0].ndim)
    if any(
        p.ndim != parts[0].ndim
        or any(m != n and e != d for e, (m, n) in enumerate(zip(p.shape, parts[0].shape)))
        for p in parts
    ):
        shapes = ", ".join(str(p.shape) for p in parts)
        raise located(
            ValueError, f"arrays of shapes {shapes} cannot be concatenated along axis {d}"
        )
    return ops.concat(parts, d)


@implements("stack")
def stack(arrays, axis=0, dtype=None, casting="same_kind"):
    items = _items(arrays, "stack")
    if any(item.shape != items[0].shape for item in items):
        raise located(ValueError, "all input arrays must have the same shape")
    kind = ops.promote(*items) if dtype is None else np.dtype(dtype)
    d = ops.axis(axis, len(items[0].shape) + 1)
    return np.moveaxis(ops.stack(items, kind), 0, d)


@implements("vstack")
def vstack(tup, dtype=None, casting="same_kind"):
    return concatenate([atleast_2d(a) for a in _items(tup, "vstack")], 0, dtype, casting)


@implements("hstack")
def hstack(tup, dtype=None, casting="same_kind"):
    items = [atleast_1d(a) for a in _items(tup, "hstack")]
    return concatenate(items, 0 if items[0].ndim == 1 else 1, dtype, casting)


@implements("dstack")
def dstack(tup):
    return concatenate([atleast_3d(a) for a in _items(tup, "dstack")], 2)


@implements("column_stack")
def column_stack(tup):
    columns = [
        a if len(a.shape) >= 2 else np.transpose(atleast_2d(a)) for a in _items(tup, "column_stack")
    ]
    return concatenate(columns, 1)


@implements("block")
def block(arrays):
    def depth(item: Any) -> int:
        return 1 + max(map(depth, item)) if isinstance(item, list) else 0

    levels = depth(arrays)
    leaves: list[int] = []

    def ranks(item: Any) -> None:
        if isinstance(item, list):
            for inner in item:
                ranks(inner)
        else:
            leaves.append(len(ops.shape_of(item)))

    ranks(arrays)
    rank = max(levels, *leaves)

    def joined(item: Any, level: int) -> Array:
        if not isinstance(item, list):
            x = lift(item)
            return ops.reshape(x, (1,) * (rank - x.ndim) + x.shape)
        return concatenate([joined(inner, level - 1) for inner in item], -level)

    return joined(arrays, levels)


@implements("append")
def append(arr, values, axis=None):
    if axis is None:
        return concatenate([np.ravel(lift(arr)), np.ravel(lift(values))])
    return concatenate([arr, values], axis)


@implements("array_split")
def array_split(ary, indices_or_sections, axis=0):
    x = lift(ary)
    d = ops.axis(axis, x.ndim)
    bounds = [*np.array_split(np.arange(x.shape[d]), indices_or_sections)]
    result, start = [], 0
    for bound in bounds:
        start = int(bound[0]) if len(bound) else start
        result.append(ops.part(x, d, start, start + len(bound)))
    return result


@implements("split")
def split(ary, indices_or_sections, axis=0):
    x = lift(ary)
    if np.ndim(indices_or_sections) == 0 and x.shape[ops.axis(axis, x.ndim)] % indices_or_sections:
        raise located(ValueError, "array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


@implements("hsplit")
def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 1 if lift(ary).ndim > 1 else 0)


@implements("vsplit")
def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


@implements("dsplit")
def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


@implements("unstack")
def unstack(x, axis=0):
    return tuple(np.moveaxis(lift(x), axis, 0))


@implements("meshgrid")
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    parts = [np.ravel(lift(x)) for x in xi]
    rank = len(parts)
    grids = [
        ops.reshape(p, [p.size if d == i else 1 for d in range(rank)]) for i, p in enumerate(parts)
    ]
    if indexing == "xy" and rank > 1:
        grids = [np.swapaxes(g, 0, 1) for g in grids]
    return tuple(grids) if sparse else tuple(broadcast_arrays(*grids))


# Differences and sums along a line.


@implements("diff")
def diff(a, n=1, axis=-1, prepend=None, append=None):
    x = lift(a)
    d = ops.axis(axis, x.ndim)

    def end(value: Any) -> list[Array]:
        if not _given(value):
            return []
        value = lift(value)
        return [
            value if value.ndim else ops.broadcast_to(value, (*x.shape[:d], 1, *x.shape[d + 1 :]))
        ]

    ends = [*end(prepend), x, *end(append)]
    x: Any = concatenate(ends, d) if len(ends) > 1 else x
    for _ in range(n):
        size = x.shape[d]
        upper, lower = ops.part(x, d, 1, size), ops.part(x, d, 0, size - 1 if size else 0)
        x = upper != lower if x.dtype == BOOL else upper - lower
    return x


@implements("ediff1d")
def ediff1d(ary, to_end=None, to_begin=None):
    x = np.ravel(lift(ary))
    parts = [diff(x)]
    if to_begin is not None:
        parts.insert(0, np.ravel(ops.cast(lift(to_begin), x.dtype)))
    if to_end is not None:
        parts.append(np.ravel(ops.cast(lift(to_end), x.dtype)))
    return ops.concat(parts, 0)


@implements("gradient")
def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences, one-sided at the ends. The spacing is a number per axis."""
    x = lift(f)
    x = ops.cast(x, _float_dtype(x, None))
    dims = ops.axes(axis, x.ndim)
    steps = list(varargs) * (len(dims) if len(varargs) == 1 else 1) or [1.0] * len(dims)
    if len(steps) != len(dims) or edge_order != 1 or any(len(ops.shape_of(h)) for h in steps):
        raise located(
            TypeError,
            "numpy.gradient of traced arrays takes a number per axis as spacing, and edge_order=1",
        )
    results = []
    for d, h in zip(dims, steps):
        n = x.shape[d]
        if n < 2:
            raise located(
                ValueError,
                "Shape of array too small to calculate a numerical gradient, at least 2 "
                "elements are required.",
            )
        inner = (ops.part(x, d, 2, n) - ops.part(x, d, 0, n - 2)) / (2.0 * h)
        first = (ops.part(x, d, 1, 2) - ops.part(x, d, 0, 1)) / h
        last = (ops.part(x, d, n - 1, n) - ops.part(x, d, n - 2, n - 1)) / h
        results.append(concatenate([first, inner, last], d))
    return results[0] if len(results) == 1 else tuple(results)


@implements("trapezoid", "trapz")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = lift(y)
    d = ops.axis(axis, y.ndim)
    n = y.shape[d]
    if x is not None:
        x = lift(x)
        dx = diff(x, axis=d if x.ndim > 1 else -1)
        if x.ndim == 1:
            dx = ops.reshape(dx, [n - 1 if e == d else 1 for e in range(y.ndim)])
    upper, lower = ops.part(y, d, 1, n), ops.part(y, d, 0, n - 1 if n else 0)
    return np.sum(dx * (upper + lower) / 2.0, axis=d)


def _convolution(a: Array, v: Array, mode: str, reverse: bool) -> Array:
    """Windows of a times v, where a reads 0 outside: y[i] = Σ_j a[i + start ∓ j] v[j]."""
    kind = ops.promote(a, v)
    a, v = ops.cast(a, kind), ops.cast(v, kind)
    n, m = a.shape[0], v.shape[0]
    longest, shortest = max(n, m), min(n, m)
    full = n + m - 1
    start, length = {
        "full": (0, full),
        "same": ((shortest - 1) // 2, longest),
        "valid": (shortest - 1, longest - shortest + 1),
    }[mode]
    if reverse:
        windows = ops.gather([length, m], a, lambda i, j: (i + start - (m - 1) + j,))
    else:
        windows = ops.gather([length, m], a, lambda i, j: (i + start - j,))
    return ops.einsum("ij,j->i", [windows, v])


def _vectors(a: Any, v: Any, name: str, mode: str) -> tuple[Array, Array]:
    a, v = atleast_1d(a), atleast_1d(v)
    if a.ndim != 1 or v.ndim != 1 or not a.size or not v.size:
        raise located(
            ValueError,
            f"numpy.{name} takes two vectors with elements, not shapes {a.shape} and {v.shape}",
        )
    if mode not in ("full", "same", "valid"):
        raise located(ValueError, f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    return a, v


@implements("convolve")
def convolve(a, v, mode="full"):
    a, v = _vectors(a, v, "convolve", mode)
    if v.size > a.size:
        a, v = v, a
    return _convolution(a, v, mode, reverse=False)


@implements("correlate")
def correlate(a, v, mode="valid"):
    a, v = _vectors(a, v, "correlate", mode)
    if v.size > a.size:  # NumPy computes the other way round, and turns the result
        return np.flip(_convolution(v, a, mode, reverse=True))
    return _convolution(a, v, mode, reverse=True)


# Choices.


@implements("where")
def where(condition, x=None, y=None):
    if x is None or y is None:
        raise located(
            TypeError,
            "the result of numpy.where(condition) has a shape that depends on values; give "
            "both alternatives",
        )
    x, y = (v if tracing.is_weak(v) else ops.as_array(v) for v in (x, y))
    x, y = (ops.number(v) if isinstance(v, Array) else v for v in (x, y))
    kind = ops.promote(x, y)
    mask = truth(lift(condition))
    shape = tracing.broadcast_shape(
        mask.shape,
        np.shape(x) if not isinstance(x, Array) else x.shape,
        np.shape(y) if not isinstance(y, Array) else y.shape,
    )
    mask = ops.broadcast_to(mask, shape) if mask.shape else mask
    return ops.select(mask, ops.to(x, kind, shape), ops.to(y, kind, shape))


@implements("select")
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist) or not condlist:
        raise located(
            ValueError, "list of cases must be same length as list of conditions, and not empty"
        )
    result: Any = default
    kind = ops.promote(*choicelist, default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = np.where(lift(condition), choice, result)
    return ops.cast(result, kind)


@implements("clip")
def clip(a, a_min=None, a_max=None, min=None, max=None):
    low = min if a_min is None or a_min is np._NoValue else a_min
    high = max if a_max is None or a_max is np._NoValue else a_max
    x = lift(a)
    kind = ops.promote(*[v for v in (x, low, high) if _given(v)])
    x = ops.cast(x, kind)
    x = np.maximum(x, low) if _given(low) else x
    return np.minimum(x, high) if _given(high) else x


@implements("nan_to_num")
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    x = lift(x)
    if x.dtype.kind in "ib":
        return x
    limits = np.finfo(x.dtype) if x.dtype.kind == "f" else np.finfo(np.float32)
    result = np.where(np.isnan(x), ops.cast(lift(nan), x.dtype), x)
    result = np.where(
        x == np.inf,
        filled(x, limits.max) if posinf is None else ops.cast(lift(posinf), x.dtype),
        result,
    )
    return np.where(
        x == -np.inf,
        filled(x, limits.min) if neginf is None else ops.cast(lift(neginf), x.dtype),
        result,
    )


@implements("isclose")
def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    x, y = lift(a), lift(b)
    if y.dtype.kind in "ib":
        y = ops.cast(y, np.dtype(np.float64))
    close = (abs(x - y) <= atol + rtol * abs(y)) & np.isfinite(y) | (x == y)
    return close | (np.isnan(x) & np.isnan(y)) if equal_nan else close


@implements("allclose")
def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return np.all(isclose(a, b, rtol, atol, equal_nan))


@implements("array_equal")
def array_equal(a1, a2, equal_nan=False):
    x, y = lift(a1), lift(a2)
    if x.shape != y.shape:
        return False
    return np.all((x == y) | (np.isnan(x) & np.isnan(y)) if equal_nan else x == y)


# Numbers.


@implements("real")
def real(val):
    return lift(val)


@implements("imag")
def imag(val):
    return np.zeros_like(val)


@implements("isreal")
def isreal(x):
    return np.ones_like(x, dtype=bool)


@implements("iscomplex")
def iscomplex(x):
    return np.zeros_like(x, dtype=bool)


@implements("isposinf")
def isposinf(x):
    return lift(x) == np.inf


@implements("isneginf")
def isneginf(x):
    return lift(x) == -np.inf


@implements("fix")
def fix(x):
    return np.trunc(x)


@implements("round", "around")
def round_(a, decimals=0):
    x = lift(a)
    if x.dtype == BOOL:
        return ops.cast(x, np.dtype(np.float16))
    if x.dtype.kind == "i":
        if decimals >= 0:
            return x
        raise located(TypeError, "numpy.round of traced integers takes no negative decimals")
    if decimals == 0:
        return np.rint(x)
    scale = 10.0 ** abs(decimals)
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


@implements("sinc")
def sinc(x):
    """sin(πx) / πx. At 0 it divides by something else, so that its derivative is not NaN there."""
    x = lift(x)
    y = np.pi * x
    safe = np.where(y == 0, 1.0, y)
    return np.where(y == 0, 1.0, np.sin(safe) / safe)


@implements("polyval")
def polyval(p, x):
    x = lift(x)
    p = ops.as_array(p)
    y: Any = np.zeros_like(x)
    for c in p:
        y = y * x + c
    return y


@implements("vander")
def vander(x, N=None, increasing=False):
    x = lift(x)
    if x.ndim != 1:
        raise located(ValueError, "x must be a one-dimensional array or sequence.")
    n = x.shape[0] if N is None else N
    kind = ops.promote(x, INT64)
    x = ops.cast(x, kind)
    powers = [constant(1, kind, x.shape)][:n]
    while len(powers) < n:
        powers.append(powers[-1] * x)
    if not powers:
        return constant(0, kind, (x.shape[0], 0))
    return np.stack(powers if increasing else powers[::-1], axis=1)


# Making arrays like others.


def _like(a: Any, number: Any, dtype: Any, shape: Any) -> numpy.ndarray:
    from .api import asarray

    sizes = (
        ops.shape_of(a)
        if shape is None
        else (tuple(shape) if isinstance(shape, list | tuple) else (shape,))
    )
    return asarray(np.full(sizes, number, ops.dtype_of(a) if dtype is None else dtype))


@implements("zeros_like")
def zeros_like(a, dtype=None, shape=None):
    return _like(a, 0, dtype, shape)


@implements("ones_like")
def ones_like(a, dtype=None, shape=None):
    return _like(a, 1, dtype, shape)


@implements("empty_like")
def empty_like(prototype, dtype=None, shape=None):
    return _like(prototype, 0, dtype, shape)


@implements("full_like")
def full_like(a, fill_value, dtype=None, shape=None):
    kind = ops.dtype_of(a) if dtype is None else np.dtype(dtype)
    if not isinstance(fill_value, Array) and np.ndim(fill_value) == 0:
        return _like(a, fill_value, kind, shape)
    sizes = (
        ops.shape_of(a)
        if shape is None
        else (tuple(shape) if isinstance(shape, list | tuple) else (shape,))
    )
    return ops.broadcast_to(lift(fill_value, kind), sizes)


@implements("linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """start + i · step, where the last one is exactly stop."""
    start, stop = lift(start), lift(stop)
    kind = ops.promote(start, stop, float(num))
    kind = np.dtype(np.float64) if kind.kind in "ib" else kind
    start, stop = broadcast_arrays(ops.cast(start, kind), ops.cast(stop, kind))
    gaps = num - 1 if endpoint else num
    step = (stop - start) / float(gaps) if gaps > 0 else filled(start, np.nan)
    counter = constant(np.arange(num, dtype=kind).reshape((num, *[1] * start.ndim)))
    points = counter * step + start if gaps > 0 else counter * (stop - start) + start
    if endpoint and num > 1:
        points = ops.concat([ops.part(points, 0, 0, num - 1), ops.expand(stop, [0])], 0)
    points = np.moveaxis(points, 0, axis)
    if dtype is not None:
        points = np.floor(points) if np.dtype(dtype).kind == "i" else points
        points = ops.cast(points, np.dtype(dtype))
    return (points, step) if retstep else points


# Indexing by functions.


@implements("take")
def take(a, indices, axis=None, mode="raise"):
    x = lift(a)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    indices = ops.as_array(indices)
    if mode == "wrap":
        indices = np.remainder(indices, x.shape[d])
    elif mode == "clip":
        indices = np.clip(indices, 0, x.shape[d] - 1)
    elif mode != "raise":
        raise located(
            ValueError, f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})"
        )
    if not isinstance(indices, Array) and not indices.ndim:
        indices = int(indices)
    return x[(slice(None),) * d + (indices,)]


@implements("take_along_axis")
def take_along_axis(arr, indices, axis=-1):
    x, indices = lift(arr), ops.as_array(indices)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    if len(indices.shape) != x.ndim:
        raise located(ValueError, "`indices` and `arr` must have the same number of dimensions")
    if not isinstance(indices, Array):
        if indices.size and not (-x.shape[d] <= indices.min() and indices.max() < x.shape[d]):
            raise located(
                IndexError, f"an index is out of bounds for axis {d} with size {x.shape[d]}"
            )
        indices = np.where(indices < 0, indices + x.shape[d], indices)
    chosen = lift(indices)
    others = tracing.broadcast_shape(*([(*s[:d], 1, *s[d + 1 :]) for s in (x.shape, chosen.shape)]))
    dims = (*others[:d], chosen.shape[d], *others[d + 1 :])
    chosen = ops.broadcast_to(chosen, dims)
    x = ops.broadcast_to(x, (*others[:d], x.shape[d], *others[d + 1 :]))
    return ops.gather(dims, x, lambda *i: (*i[:d], ops.index(chosen, i), *i[d + 1 :]))


# Products.


def _product_dtype(kind: numpy.ufunc, a: Any, b: Any) -> numpy.dtype:
    return tracing._resolved(kind, (ops.dtype_of(a), ops.dtype_of(b)), None)[0]


def _contract(spec: str, xs: Sequence[Array]) -> Array:
    """An einsum, of bools by counting."""
    if xs[0].dtype == BOOL:
        return truth(ops.einsum(spec, [ops.cast(x, INT64) for x in xs]))
    return ops.einsum(spec, xs)


def contract(subscripts: str, xs: Sequence[Array]) -> Array:
    """
    An einsum with NumPy's broadcasting: a letter of size 1 goes with any size, and is left out
    there.
    """
    inputs, output = subscripts.split("->")
    words = inputs.split(",")
    sizes: dict[str, int] = {}
    for word, x in zip(words, xs):
        if len(word) != x.ndim:
            raise located(
                ValueError,
                f'einsum operand of shape {x.shape} has {len(word)} subscripts, "{word}"',
            )
        for letter, n in zip(word, x.shape):
            if n != 1 and sizes.setdefault(letter, n) not in (1, n):
                raise located(
                    ValueError, f"einsum subscript '{letter}' has sizes {sizes[letter]} and {n}"
                )
            sizes[letter] = n if n != 1 else sizes.get(letter, 1)
    kept_words, kept = [], []
    for word, x in zip(words, xs):
        used = [i for i, letter in enumerate(word) if x.shape[i] == sizes[letter]]
        kept_words.append("".join(word[i] for i in used))
        kept.append(ops.reshape(x, [x.shape[i] for i in used]))
    return _contract(f"{','.join(kept_words)}->{output}", kept)


def matmul(a, b, dtype=None, **options):
    """Products of matrices in the last two dimensions; vectors count as a row, a column."""
    _refuse("matmul", options)
    a, b = lift(a), lift(b)
    if not a.ndim or not b.ndim:
        raise located(ValueError, "matmul: an operand has no dimensions")
    kind = _product_dtype(np.matmul, a, b) if dtype is None else np.dtype(dtype)
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise located(
            ValueError,
            f"matmul: shapes {a.shape} and {b.shape} do not fit: {a.shape[-1]} columns, "
            f"{b.shape[-2 if b.ndim > 1 else 0]} rows",
        )
    left = "ij" if a.ndim > 1 else "j"
    right = "jk" if b.ndim > 1 else "j"
    return _batched(
        left,
        right,
        left.replace("j", "") + right.replace("j", ""),
        ops.cast(a, kind),
        ops.cast(b, kind),
    )


def _batched(left: str, right: str, output: str, a: Array, b: Array) -> Array:
    """An einsum of the last dimensions, with the others broadcast."""
    batch = "abcdefghlmnopqrstuvwxyz"
    outer_a, outer_b = a.ndim - len(left), b.ndim - len(right)
    rank = max(outer_a, outer_b)
    tracing.broadcast_shape(a.shape[:outer_a], b.shape[:outer_b])
    words = batch[rank - outer_a : rank] + left, batch[rank - outer_b : rank] + right
    return contract(f"{words[0]},{words[1]}->{batch[:rank]}{output}", [a, b])


def _refuse(name: str, options: dict[str, Any]) -> None:
    for key, value in options.items():
        if (
            value is not None
            and value != (None,)
            and (key, value) not in (("casting", "same_kind"), ("order", "K"), ("subok", True))
        ):
            raise located(TypeError, f"numpy.{name} of traced arrays does not know {key}={value!r}")


def vecdot(x1, x2, dtype=None, axis=-1, **options):
    """Σ x1 · x2 over the last dimension, the others broadcast."""
    _refuse("vecdot", options)
    a, b = lift(x1), lift(x2)
    kind = _product_dtype(find("vecdot"), a, b) if dtype is None else np.dtype(dtype)
    a, b = (np.moveaxis(ops.cast(x, kind), ops.axis(axis, x.ndim), -1) for x in (a, b))
    if a.shape[-1] != b.shape[-1]:
        raise located(ValueError, f"vecdot: shapes {a.shape} and {b.shape} do not fit")
    return _batched("i", "i", "", a, b)


def matvec(x1, x2, **options):
    """Matrix times vector, the leading dimensions broadcast."""
    _refuse("matvec", options)
    a, b = _promoted(x1, x2)
    return _batched("ij", "j", "i", a, b)


def vecmat(x1, x2, **options):
    """Vector times matrix, the leading dimensions broadcast."""
    _refuse("vecmat", options)
    a, b = _promoted(x1, x2)
    return _batched("i", "ij", "j", a, b)


for _name, _rule in {
    "matmul": matmul,
    "vecdot": vecdot,
    "matvec": matvec,
    "vecmat": vecmat,
}.items():
    UFUNC_RULES[_name] = _rule
    if (_found := find(_name)) is not None:
        GENERALIZED[_found] = _rule

implements("linalg.matmul")(lambda x1, x2: matmul(x1, x2))


def _promoted(*values: Any) -> list[Array]:
    items = [ops.as_array(v) for v in values]
    kind = ops.promote(*items)
    return [lift(item, kind) for item in items]


@implements("dot")
def dot(a, b):
    a, b = _promoted(a, b)
    if not a.ndim or not b.ndim:
        return a * b
    d = -2 if b.ndim > 1 else 0
    return tensordot(a, b, ((-1,), (d,)))


@implements("vdot")
def vdot(a, b):
    a, b = (np.ravel(x) for x in _promoted(a, b))
    if a.shape != b.shape:
        raise located(ValueError, f"cannot take the vdot of sizes {a.size} and {b.size}")
    return _contract("i,i->", [a, b])


@implements("linalg.vecdot")
def linalg_vecdot(x1, x2, axis=-1):
    return vecdot(x1, x2, axis=axis)


@implements("inner")
def inner(a, b):
    a, b = _promoted(a, b)
    return a * b if not a.ndim or not b.ndim else tensordot(a, b, ((-1,), (-1,)))


@implements("outer")
def outer(a, b):
    a, b = (np.ravel(x) for x in _promoted(a, b))
    return _contract("i,j->ij", [a, b])


@implements("tensordot")
def tensordot(a, b, axes: Any = 2):
    a, b = _promoted(a, b)
    if isinstance(axes, int):
        left, right = tuple(range(-axes, 0)), tuple(range(axes))
    else:
        left, right = (tuple(side) if isinstance(side, list | tuple) else (side,) for side in axes)
    left, right = ops.axes(left, a.ndim), ops.axes(right, b.ndim)
    if [a.shape[d] for d in left] != [b.shape[d] for d in right]:
        raise located(
            ValueError, f"shape-mismatch for sum: {a.shape} and {b.shape} along {left} and {right}"
        )
    letters = iter("ijklmnopqrstuvwxyzabcdefgh" + string.ascii_uppercase)
    first = [next(letters) for _ in a.shape]
    second = [first[left[right.index(d)]] if d in right else next(letters) for d in range(b.ndim)]
    output = [c for d, c in enumerate(first) if d not in left] + [
        c for d, c in enumerate(second) if d not in right
    ]
    return _contract(f"{''.join(first)},{''.join(second)}->{''.join(output)}", [a, b])


implements("linalg.outer")(lambda x1, x2: outer(x1, x2))
implements("linalg.tensordot")(lambda x1, x2, axes=2: tensordot(x1, x2, axes))


@implements("kron")
def kron(a, b):
    a, b = _promoted(a, b)
    rank = max(a.ndim, b.ndim)
    a, b = (ops.reshape(x, (1,) * (rank - x.ndim) + x.shape) for x in (a, b))
    letters = string.ascii_letters
    first, second = letters[:rank], letters[rank : 2 * rank]
    product = _contract(
        f"{first},{second}->{''.join(p + q for p, q in zip(first, second))}", [a, b]
    )
    return ops.reshape(product, [m * n for m, n in zip(a.shape, b.shape)])


@implements("cross")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = _promoted(a, b)
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise located(
            ValueError,
            f"numpy.cross of traced arrays takes vectors of 3 elements, not {a.shape[-1]} "
            f"and {b.shape[-1]}",
        )
    a0, a1, a2 = (a[..., i] for i in range(3))
    b0, b1, b2 = (b[..., i] for i in range(3))
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=axisc)


implements("linalg.cross")(lambda x1, x2, axis=-1: cross(x1, x2, axis=axis))


@implements("linalg.multi_dot")
def multi_dot(arrays):
    """The product from left to right."""
    return functools.reduce(dot, arrays)


@implements("linalg.matrix_power")
def matrix_power(a, n):
    x = lift(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise located(ValueError, "Last 2 dimensions of the array must be square")
    if n < 0:
        return matrix_power(np.linalg.inv(x), -n)
    if n == 0:
        return ops.broadcast_to(constant(np.eye(x.shape[-1], dtype=x.dtype)), x.shape)
    result = None
    while n:
        if n % 2:
            result = x if result is None else matmul(result, x)
        n //= 2
        x = matmul(x, x) if n else x
    return result


def parse_einsum(subscripts: str, ranks: Sequence[int]) -> str:
    """
    Subscripts with the output given and without ellipses.

    Errors: `ValueError` for what NumPy refuses too.
    """
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    words = left.split(",")
    if len(words) != len(ranks):
        raise located(
            ValueError, f'einsum: "{subscripts}" is for {len(words)} operands, not {len(ranks)}'
        )
    named = set(text) - set(",.->")
    if not all(c in string.ascii_letters for c in named):
        raise located(ValueError, f'einsum: "{subscripts}" has subscripts that are no letters')
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in named]
    hidden = [
        rank - len(word.replace("...", "")) if "..." in word else 0
        for word, rank in zip(words, ranks)
    ]
    if any(n < 0 for n in hidden):
        raise located(
            ValueError, f'einsum: "{subscripts}" has more subscripts than an operand has dimensions'
        )
    most = max(0, *hidden)
    ellipsis = "".join(free[:most])
    words = [word.replace("...", ellipsis[most - n :]) for word, n in zip(words, hidden)]
    if not arrow:
        joined = "".join(word for word in left.replace("...", "").split(","))
        output = ("..." if "..." in left else "") + "".join(
            c for c in sorted(set(joined)) if joined.count(c) == 1
        )
    elif "..." in left and "..." not in output and most:
        raise located(
            ValueError, f'einsum: the output of "{subscripts}" lacks the ellipsis of the operands'
        )
    output = output.replace("...", ellipsis)
    for c in output:
        if output.count(c) > 1 or not any(c in word for word in words):
            raise located(
                ValueError,
                f"einsum: the output subscript '{c}' of \"{subscripts}\" stands twice, or in "
                "no operand",
            )
    if "." in output or any("." in word for word in words):
        raise located(ValueError, f'einsum: "{subscripts}" has a dot that is no ellipsis')
    return f"{','.join(words)}->{output}"


@implements("einsum")
def einsum(*operands, out=None, dtype=None, order="K", casting="safe", optimize=False):
    if out is not None:
        raise located(
            TypeError, "numpy.einsum cannot write a traced value into out=; use its result"
        )
    if not isinstance(operands[0], str):
        operands = _interleaved(operands)
    subscripts, *values = operands
    xs = _promoted(*values) if dtype is None else [lift(v, dtype) for v in values]
    return contract(parse_einsum(subscripts, [x.ndim for x in xs]), xs)


def _interleaved(operands: Sequence[Any]) -> tuple[Any, ...]:
    """`einsum(a, [0, 1], b, [1, 2], [0, 2])` in letters."""
    letters = string.ascii_letters

    def word(numbers: Any) -> str:
        return "".join("..." if n is Ellipsis else letters[n] for n in numbers)

    count = len(operands) // 2
    values, lists = operands[0 : 2 * count : 2], operands[1 : 2 * count : 2]
    text = ",".join(word(numbers) for numbers in lists)
    return (text + (f"->{word(operands[-1])}" if len(operands) % 2 else ""), *values)


def result_shape_depends(*names: str) -> None:
    """Refuse functions whose result's shape depends on the values."""
    for name in names:

        def refuse(*args: Any, _name: str = name, **kwargs: Any) -> Any:
            raise located(
                TypeError,
                f"the shape of numpy.{_name}'s result depends on values, which traced arrays "
                "do not have",
            )

        REFUSED.append(name)
        if (found := find(name)) is not None:
            FUNCTIONS[found] = refuse


REFUSED: list[str] = []
"""Functions whose result's shape depends on the values, which no static shape can say."""

result_shape_depends(
    "nonzero", "flatnonzero", "argwhere", "unique", "compress", "extract", "trim_zeros"
)
