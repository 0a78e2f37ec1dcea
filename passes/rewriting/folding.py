"""
Arithmetic of constants, in the arithmetic of their type.

Floats round to the type and overflow to infinity, and functions of `math` are correctly rounded.
Integers wrap, and `index` wraps at 64 bits. An op whose result MLIR leaves open stays: a division
by zero, a shift by the width or more, a float that does not fit into an integer.

A table of constants folds element by element, if it is small or all its elements are equal.
"""

from __future__ import annotations

import math as numbers
from collections.abc import Callable, Mapping, Sequence
from math import copysign, inf, isnan, nan
from typing import Any, NamedTuple, cast

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    ShapedType,
    Signedness,
    TensorType,
    VectorType,
)
from xdsl.ir import Attribute, Operation

from ...dialects import ten, types
from . import rounding

FEW = 64
"""Tables of more elements than this stay, if the elements differ: they are cheap to compute."""

Number = int | float
"""An integer stands for its bits read as a signed number: a set `i1` is -1."""


class _Types(NamedTuple):
    """The element types that an op has, and the op."""

    op: Operation
    operand: Attribute
    result: Attribute


_Fold = Callable[..., "Number | tuple[Number, ...] | None"]
"""A function of the types and the numbers. None where the op stays."""


# Integers.


def _width(type: Attribute) -> int:
    return type.width.data if isinstance(type, IntegerType) else 64


def _wrapped(x: int, width: int) -> int:
    """x modulo 2^width, as a signed number."""
    half = 1 << (width - 1)
    return (x + half) % (1 << width) - half


def _unsigned(x: int, width: int) -> int:
    return x % (1 << width)


def _quotient(x: int, y: int) -> int:
    """x / y, towards zero"""
    return abs(x) // abs(y) if (x < 0) == (y < 0) else -(abs(x) // abs(y))


def _overflows(x: int, y: int, width: int) -> bool:
    """Whether x / y is not a number of the type."""
    return y == 0 or (y == -1 and x == -(1 << (width - 1)))


def _of_signed(function: Callable[[int, int, int], int | None]) -> _Fold:
    def fold(of: _Types, x: int, y: int) -> int | None:
        width = _width(of.operand)
        whole = function(x, y, width)
        return None if whole is None else _wrapped(whole, width)

    return fold


def _of_unsigned(function: Callable[[int, int, int], int | None]) -> _Fold:
    def of_bits(x: int, y: int, width: int) -> int | None:
        return function(_unsigned(x, width), _unsigned(y, width), width)

    return _of_signed(of_bits)


def _shifted(function: Callable[[int, int], int]) -> _Fold:
    def fold(x: int, y: int, width: int) -> int | None:
        by = _unsigned(y, width)
        return function(x, by) if by < width else None

    return _of_signed(fold)


def _integer_power(x: int, y: int, width: int) -> int | None:
    if y >= 0:
        return pow(x, y, 1 << width)
    if x == 0:
        return None
    return _quotient(1, x) if y % 2 else abs(_quotient(1, x))


def _of_bits(function: Callable[[int, int], int]) -> _Fold:
    def fold(of: _Types, x: int) -> int:
        width = _width(of.operand)
        return _wrapped(function(_unsigned(x, width), width), width)

    return fold


def _trailing_zeros(bits: int, width: int) -> int:
    return (bits & -bits).bit_length() - 1 if bits else width


def _extended_sum(of: _Types, x: int, y: int) -> tuple[int, int]:
    width = _width(of.operand)
    total = _unsigned(x, width) + _unsigned(y, width)
    return _wrapped(total, width), -(total >> width)


def _extended_product(read: Callable[[int, int], int]) -> _Fold:
    def fold(of: _Types, x: int, y: int) -> tuple[int, int]:
        width = _width(of.operand)
        product = read(x, width) * read(y, width)
        return _wrapped(product, width), _wrapped(product >> width, width)

    return fold


_CMPI: Mapping[str, Callable[[int, int], bool]] = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
}


def _compared_integers(predicate: str, type: Attribute, x: int, y: int) -> int:
    if predicate not in ("eq", "ne"):
        if predicate[0] == "u":
            x, y = _unsigned(x, _width(type)), _unsigned(y, _width(type))
        predicate = predicate[1:]
    return -int(_CMPI[predicate](x, y))


# Floats.


def _rounded(x: float, type: Attribute) -> float:
    """
    The float of a type that is nearest to x.

    Sums, products, quotients and roots of narrower floats may be rounded to f64 first: f64 has more
    than twice their bits.
    """
    if isnan(x):
        return nan
    format = rounding.format_of(type)
    if format is None or x == 0 or numbers.isinf(x):
        return x
    return copysign(rounding.nearest(rounding.dyadic(x), format), x)


def _of_floats(function: Callable[..., float | None]) -> _Fold:
    def fold(of: _Types, *xs: float) -> float | None:
        found = function(*xs)
        return None if found is None else _rounded(found, of.result)

    return fold


def _divided(x: float, y: float) -> float:
    if y != 0:
        return x / y
    return nan if x == 0 or isnan(x) else copysign(inf, x) * copysign(1.0, y)


def _greater(x: float, y: float) -> float:
    """The greater one of two numbers, where -0 < 0."""
    if x == y:
        return x if copysign(1, x) > copysign(1, y) else y
    return x if x > y else y


def _maximum(x: float, y: float) -> float:
    return nan if isnan(x) or isnan(y) else _greater(x, y)


def _minimum(x: float, y: float) -> float:
    return -_maximum(-x, -y)


def _maximum_number(x: float, y: float) -> float:
    return y if isnan(x) else x if isnan(y) else _greater(x, y)


def _minimum_number(x: float, y: float) -> float:
    return -_maximum_number(-x, -y)


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    """The function that makes a float an integer; an integer's zero has the sign of the float."""

    def fold(x: float) -> float:
        return copysign(float(function(x)), x) if numbers.isfinite(x) else x

    return fold


def _half_away(x: float) -> int:
    whole = numbers.floor(abs(x))
    return whole + (abs(x) - whole >= 0.5)


def _copied_sign(x: float, y: float) -> float | None:
    # A constant that is NaN does not keep its sign.
    return None if isnan(y) else copysign(x, y)


_CMPF: Mapping[str, Callable[[float, float], bool]] = {
    "eq": lambda x, y: x == y,
    "gt": lambda x, y: x > y,
    "ge": lambda x, y: x >= y,
    "lt": lambda x, y: x < y,
    "le": lambda x, y: x <= y,
    "ne": lambda x, y: x != y,
}


def _compared_floats(predicate: str, x: float, y: float) -> int:
    unordered = isnan(x) or isnan(y)
    if predicate in ("false", "true"):
        return -int(predicate == "true")
    if predicate in ("ord", "uno"):
        return -int(unordered == (predicate == "uno"))
    if unordered:
        return -int(predicate[0] == "u")
    return -int(_CMPF[predicate[1:]](x, y))


def _function(name: str) -> _Fold:
    function = rounding.FUNCTIONS[name]

    def fold(of: _Types, x: float) -> float | None:
        format = rounding.format_of(of.result)
        return None if format is None else function(x, format)

    return fold


def _function_of_two(function: Callable[[Any, Any, rounding.Format], float | None]) -> _Fold:
    def fold(of: _Types, x: float, y: float) -> float | None:
        format = rounding.format_of(of.result)
        return None if format is None else function(x, y, format)

    return fold


def _fused(of: _Types, x: float, y: float, z: float) -> float | None:
    format = rounding.format_of(of.result)
    return None if format is None else rounding.multiply_add(x, y, z, format)


# Conversions.


def _float_of_integer(x: int, type: Attribute) -> float | None:
    format = rounding.format_of(type)
    return None if format is None else rounding.nearest(rounding.Dyadic(x, 0), format)


def _float_of_unsigned(of: _Types, x: int) -> float | None:
    return _float_of_integer(_unsigned(x, _width(of.operand)), of.result)


def _integer_of_float(low: Callable[[int], int], bits: Callable[[int], int]) -> _Fold:
    """An integer from `low(width)` to below 2^`bits(width)`; None for floats outside."""

    def fold(of: _Types, x: float) -> int | None:
        if not numbers.isfinite(x):
            return None
        width, whole = _width(of.result), numbers.trunc(x)
        inside = low(width) <= whole < 1 << bits(width)
        return _wrapped(whole, width) if inside else None

    return fold


def _same_bits(of: _Types, x: Number) -> Number | None:
    a, b = cast(Any, of.operand), cast(Any, of.result)
    if isinstance(a, IndexType) or isinstance(b, IndexType) or not _is_packed(a, b):
        return None
    (bits,) = b.unpack(a.pack((x,)), 1)
    # A constant that is NaN does not keep its bits.
    if isnan(x) or isnan(bits):
        return None
    return bits


def _is_packed(a: Attribute, b: Attribute) -> bool:
    """Whether the bytes of constants of these types are their bits."""
    if isinstance(a, IntegerType) and isinstance(b, IntegerType):
        return a.width == b.width
    sizes = [cast(Any, t).bitwidth for t in (a, b)]
    return sizes[0] == sizes[1] and sizes[0] in (16, 32, 64)


def _cast(of: _Types, x: Number) -> Number | None:
    """`ten.cast`, which is total."""
    a, b = of.operand, of.result
    if types.is_bool(a):
        x = -x
    if types.is_bool(b):
        return -int(x != 0)
    if types.is_float(b):
        return _float_of_integer(x, b) if isinstance(x, int) else _rounded(x, b)
    width = _width(b)
    if isinstance(x, int):
        return _wrapped(x, width)
    high = 1 << (width - 1)
    if numbers.isfinite(x):
        return max(-high, min(high - 1, numbers.trunc(x)))
    return 0 if isnan(x) else high - 1 if x > 0 else -high


def _predicate_of(op: Operation) -> str:
    if isinstance(op, ten.CompareOp):
        return op.predicate.data
    if isinstance(op, arith.CmpiOp):
        return arith.CMPI_COMPARISON_OPERATIONS[op.predicate.value.data]
    return arith.CMPF_COMPARISON_OPERATIONS[cast(arith.CmpfOp, op).predicate.value.data]


def _comparison(of: _Types, x: Number, y: Number) -> int:
    predicate = _predicate_of(of.op)
    if isinstance(x, float) or isinstance(y, float):
        return _compared_floats(predicate, x, y)
    return _compared_integers(predicate, of.operand, x, y)


def _chosen(of: _Types, condition: int, x: Number, y: Number) -> Number:
    return x if condition else y


_FOLDS: Mapping[type[Operation], _Fold] = {
    arith.AddiOp: _of_signed(lambda x, y, width: x + y),
    arith.SubiOp: _of_signed(lambda x, y, width: x - y),
    arith.MuliOp: _of_signed(lambda x, y, width: x * y),
    arith.AndIOp: _of_signed(lambda x, y, width: x & y),
    arith.OrIOp: _of_signed(lambda x, y, width: x | y),
    arith.XOrIOp: _of_signed(lambda x, y, width: x ^ y),
    arith.DivSIOp: _of_signed(
        lambda x, y, width: None if _overflows(x, y, width) else _quotient(x, y)
    ),
    arith.RemSIOp: _of_signed(lambda x, y, width: None if y == 0 else x - _quotient(x, y) * y),
    arith.FloorDivSIOp: _of_signed(lambda x, y, width: None if _overflows(x, y, width) else x // y),
    arith.CeilDivSIOp: _of_signed(
        lambda x, y, width: None if _overflows(x, y, width) else -(-x // y)
    ),
    arith.DivUIOp: _of_unsigned(lambda x, y, width: x // y if y else None),
    arith.RemUIOp: _of_unsigned(lambda x, y, width: x % y if y else None),
    arith.CeilDivUIOp: _of_unsigned(lambda x, y, width: -(-x // y) if y else None),
    arith.MaxSIOp: _of_signed(lambda x, y, width: max(x, y)),
    arith.MinSIOp: _of_signed(lambda x, y, width: min(x, y)),
    arith.MaxUIOp: _of_unsigned(lambda x, y, width: max(x, y)),
    arith.MinUIOp: _of_unsigned(lambda x, y, width: min(x, y)),
    arith.ShLIOp: _shifted(lambda x, by: x << by),
    arith.ShRSIOp: _shifted(lambda x, by: x >> by),
    arith.ShRUIOp: _of_unsigned(lambda x, by, width: x >> by if by < width else None),
    arith.AddUIExtendedOp: _extended_sum,
    arith.MulSIExtendedOp: _extended_product(lambda x, width: x),
    arith.MulUIExtendedOp: _extended_product(_unsigned),
    arith.CmpiOp: _comparison,
    arith.CmpfOp: _comparison,
    arith.SelectOp: _chosen,
    arith.AddfOp: _of_floats(lambda x, y: x + y),
    arith.SubfOp: _of_floats(lambda x, y: x - y),
    arith.MulfOp: _of_floats(lambda x, y: x * y),
    arith.DivfOp: _of_floats(_divided),
    arith.NegfOp: _of_floats(lambda x: -x),
    arith.MaximumfOp: _of_floats(_maximum),
    arith.MinimumfOp: _of_floats(_minimum),
    arith.MaxnumfOp: _of_floats(_maximum_number),
    arith.MinnumfOp: _of_floats(_minimum_number),
    arith.ExtFOp: _of_floats(lambda x: x),
    arith.TruncFOp: _of_floats(lambda x: x),
    arith.ExtSIOp: lambda of, x: x,
    arith.ExtUIOp: lambda of, x: _unsigned(x, _width(of.operand)),
    arith.TruncIOp: lambda of, x: _wrapped(x, _width(of.result)),
    arith.IndexCastOp: lambda of, x: _wrapped(x, _width(of.result)),
    arith.SIToFPOp: lambda of, x: _float_of_integer(x, of.result),
    arith.UIToFPOp: _float_of_unsigned,
    arith.FPToSIOp: _integer_of_float(lambda width: -(1 << (width - 1)), lambda width: width - 1),
    arith.FPToUIOp: _integer_of_float(lambda width: 0, lambda width: width),
    arith.BitcastOp: _same_bits,
    math.AbsFOp: _of_floats(lambda x: abs(x)),
    math.AbsIOp: _of_bits(lambda bits, width: abs(_wrapped(bits, width))),
    math.Atan2Op: _function_of_two(rounding.atan2),
    math.CeilOp: _of_floats(_whole(numbers.ceil)),
    math.CopySignOp: _of_floats(_copied_sign),
    math.CountLeadingZerosOp: _of_bits(lambda bits, width: width - bits.bit_length()),
    math.CountTrailingZerosOp: _of_bits(_trailing_zeros),
    math.CtPopOp: _of_bits(lambda bits, width: bits.bit_count()),
    math.FloorOp: _of_floats(_whole(numbers.floor)),
    math.FmaOp: _fused,
    math.FPowIOp: _function_of_two(rounding.power),
    math.IPowIOp: _of_signed(_integer_power),
    math.PowFOp: _function_of_two(rounding.power),
    math.RoundEvenOp: _of_floats(_whole(round)),
    math.RoundOp: _of_floats(_whole(_half_away)),
    math.TruncOp: _of_floats(_whole(numbers.trunc)),
    **{
        op: _function(op.name.removeprefix("math."))
        for op in (
            math.AcosOp,
            math.AcoshOp,
            math.AsinOp,
            math.AsinhOp,
            math.AtanOp,
            math.AtanhOp,
            math.CbrtOp,
            math.CosOp,
            math.CoshOp,
            math.ErfOp,
            math.Exp2Op,
            math.ExpM1Op,
            math.ExpOp,
            math.Log10Op,
            math.Log1pOp,
            math.Log2Op,
            math.LogOp,
            math.RsqrtOp,
            math.SinOp,
            math.SinhOp,
            math.SqrtOp,
            math.TanOp,
            math.TanhOp,
        )
    },
    ten.CastOp: _cast,
    ten.CompareOp: _comparison,
    ten.SelectOp: _chosen,
}


# Constants.


def folds(kind: type[Operation]) -> bool:
    """Whether there is a fold for ops of a class."""
    return kind in _FOLDS


def of_constants(op: Operation) -> bool:
    """Whether an op has operands, and all of them are constants."""
    for x in op._operands:
        if x.owner.__class__ is not arith.ConstantOp:
            return False
    return bool(op._operands)


def folded(op: Operation) -> list[arith.ConstantOp] | None:
    """
    The constants that an op of constants gives, one for each result.

    None if an operand is no constant, if the op is not a known one, or if the op has no result for
    these constants.
    """
    fold = _FOLDS.get(type(op))
    if fold is None or not of_constants(op):
        return None
    # Any type at all: also vectors, and tensors of rank 0.
    result_types = [r.type for r in op.results]
    values = [cast(arith.ConstantOp, x.owner).value for x in op.operands]
    elements = [types.any_element(t) for t in (*(x.type for x in op.operands), *result_types)]
    if not all(map(_is_known, elements)):
        return None
    of = _Types(op, elements[0], elements[len(values)])
    if not isinstance(result_types[0], ShapedType):
        if not all(isinstance(value, IntegerAttr | FloatAttr) for value in values):
            return None
        found = _applied(fold, of, [_number(cast(Any, value)) for value in values])
        if found is None:
            return None
        return [_scalar(x, t) for x, t in zip(found, result_types, strict=True)]
    columns = _columns(values, result_types)
    if columns is None:
        return None
    rows: list[tuple[Number, ...]] = []
    for row in zip(*columns, strict=True):
        found = _applied(fold, of, row)
        if found is None:
            return None
        rows.append(found)
    return [_table([row[k] for row in rows], t) for k, t in enumerate(result_types)]


def _is_known(element: Attribute) -> bool:
    if isinstance(element, IntegerType):
        return element.signedness.data == Signedness.SIGNLESS and 0 < element.width.data <= 64
    return isinstance(element, IndexType) or types.is_float(element)


def _applied(fold: _Fold, of: _Types, xs: Sequence[Number]) -> tuple[Number, ...] | None:
    found = fold(of, *xs)
    return found if found is None or isinstance(found, tuple) else (found,)


def _number(value: IntegerAttr | FloatAttr) -> Number:
    number = value.value.data
    return number if isinstance(value, FloatAttr) else _wrapped(int(number), _width(value.type))


def _scalar(x: Number, type: Attribute) -> arith.ConstantOp:
    if isinstance(type, IntegerType | IndexType):
        return arith.ConstantOp(IntegerAttr(int(x), type), type)
    return arith.ConstantOp(FloatAttr(x, cast(Any, type)), type)


def _columns(
    values: Sequence[Attribute], result_types: Sequence[Attribute]
) -> list[list[Number]] | None:
    """
    The elements of each operand. One element stands for all, if all are equal in each operand.

    None if an operand is no table of the shape of the result, or has too many elements. A scalar
    that chooses between tables counts as a table.
    """
    shapes = {cast(ShapedType, t).get_shape() for t in result_types}
    size = numbers.prod(next(iter(shapes)))
    splat, columns = True, []
    for value in values:
        if isinstance(value, IntegerAttr | FloatAttr):
            columns.append([_number(value)])
            continue
        if not isinstance(value, DenseIntOrFPElementsAttr):
            return None
        shapes.add(value.get_shape())
        element = value.get_element_type()
        same = types.is_splat(value)
        splat = splat and same
        if not same and size > FEW:
            return None
        elements = value.iter_values()
        xs = cast(list[Number], [next(iter(elements))] if same else [*elements])
        if not types.is_float(element):
            xs = [_wrapped(int(x), _width(element)) for x in xs]
        columns.append(xs)
    if len(shapes) > 1 or -1 in next(iter(shapes)):
        return None
    n = 1 if splat and size else size
    return [column * n if len(column) == 1 else column for column in columns]


def _table(xs: Sequence[Number], type: Attribute) -> arith.ConstantOp:
    """A table of elements; one element alone stands for all."""
    of = cast(TensorType[Any] | VectorType[Any], type)
    data = of.get_element_type().pack(tuple(xs))
    size = numbers.prod(of.get_shape())
    if len(xs) == 1 and size != 1 and size <= types.LARGE:
        data *= size
    return arith.ConstantOp(DenseIntOrFPElementsAttr(of, BytesAttr(data)), type)
