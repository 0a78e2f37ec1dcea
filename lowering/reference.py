"""
The reference: what every op means, one function each, on NumPy arrays.

Written to be obviously right, not fast: index regions run once per index. Everything else is
compared with it.

- Values are NumPy arrays, or NumPy scalars for scalar types; `index` is int64, `i1` is bool.
- f16 and bf16 ops compute in float32 and round their result once.
- Integers wrap. Operations that upstream leaves undefined have a value here, so that code may be
  moved and both sides of
  a choice be computed: x / 0 = x % 0 = 0, shifts by the width or more give 0 (or the sign),
  conversions of floats to integers saturate and make 0 of NaN.
"""

from __future__ import annotations

import math as pymath
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, math, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.interpreter import Interpreter, OpImplResult, PythonValues, ReturnedValues
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.traits import IsTerminator

from ..dialects import delta, kernel, sharing, ten, types
from ..dialects.types import ints
from ..passes.decomposing import has_to_be_taken_apart, take_apart
from ..passes.diagnostics import LetgradError
from ..passes.rules import evaluate, with_regions
from . import arrays

Array = Any
"""A NumPy array or a NumPy scalar."""

MAX_CALL_DEPTH = 200


class Evaluator(Interpreter):
    """
    xDSL's interpreter, with the `evaluate` table for the meaning of ops.

    The values that a rule gives are checked against the types of the op's results: shape and dtype
    must be exact.
    """

    _depth: int = 0

    def call(self, entry: str, args: Sequence[Any]) -> tuple[Array, ...]:
        """
        The results of function `entry` on arrays or numbers.

        Errors: `LetgradError` for an unknown function, an argument of another shape or dtype, an op
                without a rule.
        """
        function = find_function(self.module, entry)
        with np.errstate(all="ignore"):
            return self.call_function(function, check_arguments(function, args))

    def call_function(self, function: func.FuncOp, args: Sequence[Array]) -> tuple[Array, ...]:
        if self._depth >= MAX_CALL_DEPTH:
            raise LetgradError(
                f"calls of @{function.sym_name.data} nest deeper than {MAX_CALL_DEPTH}", function
            )
        self._depth += 1
        try:
            return self.run_ssacfg_region(function.body, tuple(args), function.sym_name.data)
        finally:
            self._depth -= 1

    def run(self, region: Region, args: Sequence[Array] = ()) -> tuple[Array, ...]:
        """What the terminator of a region gives, on these arguments of its first block."""
        return self.run_ssacfg_region(region, tuple(args))

    def _run_op(self, op: Operation, inputs: PythonValues) -> OpImplResult:
        if is_return(op):
            return OpImplResult((), ReturnedValues(inputs))
        rule = self._by_parts if has_to_be_taken_apart(op, evaluate) else evaluate.of(op)
        try:
            values = rule(op, self, *inputs) if hasattr(rule, "regions") else rule(op, *inputs)
        except (LetgradError, RecursionError):
            raise
        except Exception as error:
            raise LetgradError(
                f"{op.name} cannot be evaluated: {type(error).__name__}: {error}", op
            ) from error
        values = values if isinstance(values, tuple) else (values,)
        if len(values) != len(op.results):
            raise LetgradError(
                f"the evaluate rule of {op.name} gave {len(values)} values for {len(op.results)} "
                "results",
                op,
            )
        return OpImplResult(tuple(checked(op, v, r.type) for v, r in zip(values, op.results)), None)

    @cached_property
    def _parts(self) -> dict[Operation, Region]:
        """What ops are made of that have no rule of their own."""
        return {}

    @with_regions
    def _by_parts(self, op: Operation, evaluator: Evaluator, *args: Array) -> tuple[Array, ...]:
        """The value of an op by that of the ops which it decomposes into."""
        if op not in self._parts:
            block = Block(arg_types=op.operand_types)
            whole = op.clone(dict(zip(op.operands, block.args)))
            block.add_ops([whole, func.ReturnOp(*whole.results)])
            take_apart(whole)
            self._parts[op] = Region(block)
        return self.run(self._parts[op], args)


_returns: dict[type[Operation], bool] = {}


def is_return(op: Operation) -> bool:
    """Whether `op` ends its region and gives its operands to whoever ran it."""
    kind = type(op)
    if kind not in _returns:
        _returns[kind] = op.has_trait(IsTerminator) and not op.successors
    return _returns[kind]


def checked(op: Operation, value: Array, type: Attribute) -> Array:
    """`value` as the array or scalar that `type` says it is."""
    # In order, since how NumPy rounds sums depends on the strides of what is summed.
    array = np.asarray(value, order="C")
    if array.shape != types.shape(type) or array.dtype != arrays.dtype(type):
        raise LetgradError(
            f"the evaluate rule of {op.name} gave {array.dtype}{list(array.shape)} where the "
            f"type is {type}",
            op,
        )
    return array[()] if array.ndim == 0 else array


def find_function(module: ModuleOp, name: str, at: Operation | None = None) -> func.FuncOp:
    """
    The function of that name. Errors: `LetgradError` that lists the functions there are; for a
    declaration.
    """
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    if name not in functions:
        known = ", ".join(f"@{n}" for n in functions) or "none"
        raise LetgradError(f"there is no function @{name}; the module has {known}", at or module)
    if not functions[name].body.blocks:
        raise LetgradError(f"@{name} has no body to run", at or functions[name])
    return functions[name]


def check_arguments(function: func.FuncOp, args: Sequence[Any]) -> tuple[Array, ...]:
    """The arguments as NumPy values of exactly the types that the function takes."""
    expected = function.function_type.inputs.data
    name = function.sym_name.data
    if len(args) != len(expected):
        raise LetgradError(f"@{name} takes {len(expected)} arguments, not {len(args)}", function)
    values = []
    for i, (arg, type) in enumerate(zip(args, expected)):
        try:
            dtype = arrays.dtype(type)
        except TypeError as error:
            raise LetgradError(
                f"argument {i} of @{name} has type {type}: {error}", function
            ) from error
        # Numbers and lists of them have no dtype of their own.
        plain = isinstance(arg, bool | int | float | list | tuple)
        array = np.asarray(arg, dtype) if plain else arrays.asarray(arg)
        if array.shape != types.shape(type) or array.dtype != dtype:
            raise LetgradError(
                f"argument {i} of @{name} is {type}, and was given "
                f"{array.dtype}{list(array.shape)}",
                function,
            )
        values.append(array[()] if array.ndim == 0 else array)
    return tuple(values)


# func, scf.


@evaluate.rule(func.CallOp)
@with_regions
def _(op, evaluator, *args):
    return evaluator.call_function(
        find_function(evaluator.module, op.callee.string_value(), op), args
    )


@evaluate.rule(scf.IfOp)
@with_regions
def _(op, evaluator, condition):
    region = op.true_region if condition else op.false_region
    return evaluator.run(region) if region.blocks else ()


@evaluate.rule(scf.ForOp)
@with_regions
def _(op, evaluator, lower, upper, step, *carried):
    if step <= 0:
        raise ValueError(f"the step is {step}")
    for i in range(int(lower), int(upper), int(step)):
        carried = evaluator.run(op.body, (type(lower)(i), *carried))
    return carried


@evaluate.rule(scf.ExecuteRegionOp)
@with_regions
def _(op, evaluator):
    return evaluator.run(op.region)


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


# delta: the ops of a program that say how it is differentiated. Terms have no value.


@evaluate.rule(delta.StopOp, sharing.LetOp)
def _(op, x):
    return x


@evaluate.rule(sharing.ShareOp)
def _(op, x, *indices):
    return x


@evaluate.rule(delta.CustomVjpOp, delta.CustomJvpOp)
@with_regions
def _(op, evaluator, *args):
    return evaluator.call_function(
        find_function(evaluator.module, op.callee.string_value(), op), args
    )


for _op in delta.Delta.operations:
    if _op not in evaluate:
        evaluate.never(_op, "terms and what uses them have no value")


# ten.


@evaluate.rule(ten.IotaOp)
def _(op):
    sizes = types.shape(op.result.type)
    d = op.dim.value.data
    along = np.arange(sizes[d]).reshape([-1 if e == d else 1 for e in range(len(sizes))])
    return np.broadcast_to(along, sizes).astype(arrays.dtype(op.result.type))


@evaluate.rule(ten.SelectOp)
def _(op, mask, a, b):
    return np.where(mask, a, b)


@evaluate.rule(ten.CompareOp)
def _(op, a, b):
    floats = types.is_float(types.element(op.a.type))
    return (compare_floats if floats else compare_integers)(op.predicate.data, a, b)


@evaluate.rule(ten.CastOp)
def _(op, x):
    return cast(x, arrays.dtype(op.result.type))


@evaluate.rule(ten.BroadcastOp)
def _(op, x):
    return np.broadcast_to(np.expand_dims(x, ints(op.dims)), types.shape(op.result.type))


@evaluate.rule(ten.SumOp)
def _(op, x):
    if not ints(op.dims):
        return x  # nothing is added: -0 stays, where 0 + -0 is 0
    return in_float32(lambda x: np.sum(x, axis=ints(op.dims), dtype=x.dtype))(np.asarray(x))


def least(dtype: np.dtype) -> Any:
    return np.iinfo(dtype).min if dtype.kind == "i" else -np.inf


def greatest(dtype: np.dtype) -> Any:
    return np.iinfo(dtype).max if dtype.kind == "i" else np.inf


def maximum_over(x: Array, dims: tuple[int, ...]) -> Array:
    """IEEE 754-2019 maximum of all, whatever the order: NaN wins, and -0 < +0."""
    y = np.max(x, axis=dims, initial=least(x.dtype))
    if x.dtype.kind == "i":
        return y
    zero = np.where(np.any((x == 0) & ~np.signbit(x), axis=dims), 0.0, -0.0)
    return np.where(y == 0, zero, y).astype(x.dtype)


def minimum_over(x: Array, dims: tuple[int, ...]) -> Array:
    """IEEE 754-2019 minimum of all, whatever the order: NaN wins, and -0 < +0."""
    if x.dtype.kind == "i":
        return np.min(x, axis=dims, initial=greatest(x.dtype))
    return -maximum_over(-x, dims)


def reduction(kind: str, x: Array, dims: tuple[int, ...]) -> Array:
    """What `ten.reduce` does, by its kinds."""
    function = {
        "max": lambda x: maximum_over(x, dims),
        "min": lambda x: minimum_over(x, dims),
        "prod": lambda x: np.prod(x, axis=dims, dtype=x.dtype),
        "any": lambda x: np.any(x, axis=dims),
        "all": lambda x: np.all(x, axis=dims),
    }[kind]
    x = np.asarray(x)
    return function(x) if x.dtype == np.bool_ or x.dtype.kind == "i" else in_float32(function)(x)


@evaluate.rule(ten.ReduceOp)
def _(op, x):
    return reduction(op.kind.data, x, ints(op.dims))


def _argument_of(best: Callable[..., Array]) -> Callable[..., Array]:
    def rule(op: Operation, x: Array) -> Array:
        assert isinstance(op, ten.ArgmaxOp | ten.ArgminOp)
        dtype, d = arrays.dtype(op.results[0].type), op.dim.value.data
        if x.shape[d] == 0:
            return np.zeros(types.shape(op.results[0].type), dtype)
        return best(x.astype(np.float32) if x.dtype == arrays.bfloat16 else x, axis=d).astype(dtype)

    return rule


evaluate.rule(ten.ArgmaxOp)(_argument_of(np.argmax))
evaluate.rule(ten.ArgminOp)(_argument_of(np.argmin))


@evaluate.rule(ten.CumsumOp)
def _(op, x):
    return in_float32(lambda x: np.cumsum(x, axis=op.dim.value.data, dtype=x.dtype))(x)


@evaluate.rule(ten.TransposeOp)
def _(op, x):
    return np.transpose(x, ints(op.perm))


@evaluate.rule(ten.ReshapeOp)
def _(op, x):
    return np.reshape(x, types.shape(op.result.type))


@evaluate.rule(ten.ReverseOp)
def _(op, x):
    return np.flip(x, ints(op.dims))


def _box(offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]) -> tuple[slice, ...]:
    return tuple(
        slice(o, o + (s - 1) * t + 1 if s else o, t) for o, s, t in zip(offsets, sizes, strides)
    )


@evaluate.rule(ten.SliceOp)
def _(op, x):
    return np.asarray(x)[_box(ints(op.offsets), ints(op.sizes), ints(op.strides))]


@evaluate.rule(ten.PadOp)
def _(op, x):
    x = np.asarray(x)
    y = np.zeros(types.shape(op.result.type), x.dtype)
    y[_box(ints(op.low), x.shape, [m + 1 for m in ints(op.interior)])] = x
    return y


@evaluate.rule(ten.ConcatOp)
def _(op, *xs):
    return np.concatenate(xs, axis=op.dim.value.data)


@evaluate.rule(ten.StackOp)
def _(op, *xs):
    return np.stack(xs)


def read(t: Array, indices: Sequence[Array]) -> Array:
    """The part of `t` at leading indices; zeros if one of them is outside."""
    t = np.asarray(t)
    if all(0 <= i < n for i, n in zip(indices, t.shape)):
        return t[tuple(int(i) for i in indices)]
    return np.zeros(t.shape[len(indices) :], t.dtype)


@evaluate.rule(ten.IndexOp)
def _(op, t, *indices):
    return read(t, indices)


def _indices(place: tuple[int, ...]) -> tuple[np.int64, ...]:
    return tuple(np.int64(i) for i in place)


@evaluate.rule(ten.GatherOp)
@with_regions
def _(op, evaluator, t):
    y = np.zeros(types.shape(op.result.type), np.asarray(t).dtype)
    for place in np.ndindex(*op.domain):
        y[place] = read(t, evaluator.run(op.body, _indices(place)))
    return y


@evaluate.rule(ten.ScatterOp)
@with_regions
def _(op, evaluator, t):
    t, dims = np.asarray(t), ints(op.dims)
    y = np.zeros(
        types.shape(op.result.type),
        np.float32 if t.dtype.itemsize < 4 and t.dtype.kind != "i" else t.dtype,
    )
    for place in np.ndindex(*op.domain):
        target = evaluator.run(op.body, _indices(place))
        if all(0 <= i < n for i, n in zip(target, dims)):
            y[tuple(int(i) for i in target)] += t[place]
    return y.astype(t.dtype)


@evaluate.rule(ten.BuildOp)
@with_regions
def _(op, evaluator):
    y = np.zeros(types.shape(op.result.type), arrays.dtype(op.result.type))
    for place in np.ndindex(*op.domain):
        (y[place],) = evaluator.run(op.body, _indices(place))
    return y


@evaluate.rule(ten.ScanOp)
@with_regions
def _(op, evaluator, *args):
    carried, xs = args[: len(op.inits)], args[len(op.inits) :]
    ys = [np.zeros(types.shape(r.type), arrays.dtype(r.type)) for r in op.res[len(carried) :]]
    for k in reversed(range(op.trips)) if op.is_reverse else range(op.trips):
        given = evaluator.run(op.body, (*carried, *(x[k] for x in xs)))
        carried = given[: len(carried)]
        for y, row in zip(ys, given[len(carried) :]):
            y[k] = row
    return (*carried, *ys)


@evaluate.rule(ten.EinsumOp)
def _(op, *xs):
    return in_float32(lambda *xs: np.einsum(op.spec.data, *xs, optimize=True))(*xs)


# kernel.


@evaluate.rule(kernel.LoadOp)
def _(op, t, *indices):
    return read(t, indices)


@evaluate.rule(kernel.GenericOp, kernel.FusedOp)
@with_regions
def _(op, evaluator):
    """The body at each point, and reductions as those of `ten` over what it gave."""
    loops = ints(op.loops)
    points = [
        np.zeros((*loops, *types.shape(value.type)), arrays.dtype(value.type))
        for value in op.yielded
    ]
    for place in np.ndindex(*loops):
        for point, value in zip(points, evaluator.run(op.body, _indices(place))):
            point[place] = value
    results = []
    for (combiner, dims), point in zip(op.outputs, points):
        others = tuple(d for d in range(len(loops)) if d not in dims)
        row = range(len(dims), point.ndim - len(others))
        if combiner != "store":
            point = _combine(combiner, point, others)
        results.append(np.transpose(point, [*(sorted(dims).index(d) for d in dims), *row]))
    return tuple(results)


@evaluate.rule(kernel.ScatterOp)
@with_regions
def _(op, evaluator):
    dims, domain = ints(op.dims), op.domain.value.data
    y = np.zeros(types.shape(op.res[0].type), arrays.dtype(op.res[0].type))
    for place in np.ndindex(*ints(op.loops)):
        value, *target = evaluator.run(op.body, _indices(place))
        if all(0 <= i < n for i, n in zip(target, dims)):
            y[(*(int(i) for i in target), *place[domain:])] += value
    return y


def _combine(combiner: str, x: Array, dims: tuple[int, ...]) -> Array:
    if combiner == "add":
        return in_float32(lambda x: np.sum(x, axis=dims, dtype=x.dtype))(x)
    return reduction("prod" if combiner == "mul" else combiner, x, dims)
