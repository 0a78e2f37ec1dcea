"""
The types that a letgrad value may have, and the questions that ops ask about types.

A value is a scalar or a ranked static tensor of scalars. A value of rank 0 has the scalar type. A
*term* type (a dialect's `Term` subclass, such as `!delta.term<T>`) stands for a linear function
whose value has type T. A structural op takes a term for each operand in which the op is linear. So
the functions about shapes answer for T if they get a term type over T.

Example:

    >>> matrix = types.of_shape((2, 3), f64)
    >>> types.rank(matrix), types.shape(matrix), types.is_float(types.element(matrix))
    (2, (2, 3), True)
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import copysign, inf, prod
from typing import TYPE_CHECKING, Any, cast
from weakref import ref

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    BytesAttr,
    ComplexType,
    ContainerType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    NoneAttr,
    Signedness,
    StringAttr,
    TensorType,
    UnrankedTensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue, TypeAttribute
from xdsl.utils.exceptions import VerifyException

FLOATS = (Float16Type, BFloat16Type, Float32Type, Float64Type)
_FLOAT_CLASSES = frozenset(FLOATS)
_FLOATS_AND_INDEX = frozenset((*FLOATS, IndexType))
_SCALARS = frozenset((*FLOATS, IndexType, IntegerType))
INTEGER_WIDTHS = (1, 8, 16, 32, 64)


class Term(TypeAttribute, ABC):
    """
    A type that stands for a linear function with values of type `value_type`.

    The term type of a dialect derives from `ParametrizedAttribute` and from this class, and has a
    parameter `value_type`.
    """

    if TYPE_CHECKING:
        value_type: Attribute

    @abstractmethod
    def of(self, value_type: Attribute) -> Term:
        """The same kind of term with values of another type."""


def gives_terms(op: Operation) -> bool:
    for result in op.results:
        type = result.type
        # Most types are these, and `isinstance` takes long for an abstract base.
        if type.__class__ is not TensorType and type.__class__ not in _SCALARS:
            if isinstance(type, Term):
                return True
    return False


def is_float(element: Attribute) -> bool:
    return element.__class__ in _FLOAT_CLASSES


PRECISION = {BFloat16Type: 8, Float16Type: 11, Float32Type: 24, Float64Type: 53}
"""Bits of a float's significand: integers up to 2^bits are exact."""


def is_exact(number: int, element: Attribute) -> bool:
    """Whether an element can be this natural number, or a repeated sum wraps as the number does."""
    return not is_float(element) or number <= 1 << PRECISION[type(element)]


def is_any_float(element: Attribute) -> bool:
    """Whether an element type is a float of any width, also of a width that letgrad lacks."""
    return isinstance(element, AnyFloat)


_LIMITS = {Float16Type: 65520.0, Float32Type: float.fromhex("0x1.ffffffp+127")}
"""The least numbers that round to infinity: half a step beyond the largest finite number."""


def rounded(number: float, element: Attribute) -> float:
    """
    The number, or an infinity if the number is too large for the type.

    xDSL rounds to nearest by `struct.pack`, which raises an OverflowError for such numbers.
    """
    limit = _LIMITS.get(element.__class__)
    return copysign(inf, number) if limit is not None and abs(number) >= limit else number


def float_attr(number: float, element: Attribute) -> FloatAttr:
    """The float of a type that is nearest to a number; ties to even, and infinities far out."""
    return FloatAttr(rounded(number, element), cast(AnyFloat, element))


def is_integer(element: Attribute) -> bool:
    """Whether an element type is an integer that is a number: not `i1`."""
    # By its class, here and below: `isinstance` takes long for an abstract base.
    if element.__class__ is IntegerType:
        return cast(IntegerType, element).width.data != 1
    return element.__class__ is IndexType


def is_bool(element: Attribute) -> bool:
    return element.__class__ is IntegerType and cast(IntegerType, element).width.data == 1


def is_complex(element: Attribute) -> bool:
    """Whether an element type is a complex number with parts that NumPy has: f32 or f64."""
    return element.__class__ is ComplexType and isinstance(
        cast(ComplexType, element).element_type, Float32Type | Float64Type
    )


def part(element: Attribute) -> Attribute:
    """The type of the real part of an element: `f32` for `complex<f32>`, T for any other T."""
    return cast(ComplexType, element).element_type if is_complex(element) else element


def is_element(element: Attribute) -> bool:
    if element.__class__ is IntegerType:
        integer = cast(IntegerType, element)
        signless = integer.signedness.data == Signedness.SIGNLESS
        return signless and integer.width.data in INTEGER_WIDTHS
    # isinstance is slow for these
    return element.__class__ in _FLOATS_AND_INDEX or is_complex(element)


def is_number(type: Attribute) -> bool:
    """
    Whether letgrad computes with values of a type: scalars, and tensors of fixed sizes without an
    encoding. Vectors and dynamic tensors, which `arith` takes too, are of other dialects.
    """
    if type.__class__ is not TensorType:
        return is_element(type)
    assert isinstance(type, TensorType)
    known: Any = type.__dict__
    if "_letgrad_number" not in known:
        fixed = all([n >= 0 for n in shape(type)]) and type.encoding.__class__ is NoneAttr
        known["_letgrad_number"] = fixed and is_element(type.element_type)
    return known["_letgrad_number"]


def is_too_large(type: Attribute) -> bool:
    """
    Whether the bytes of a tensor are more than a signed number of 64 bits can say. A dynamic size
    counts as 1. So does a size of 0: the distances between elements are products of the others.
    """
    if type.__class__ is not TensorType:
        return False
    assert isinstance(type, TensorType)
    n = prod([k.data for k in type.shape.data if k.data > 0])
    if n < 1 << 32:  # the size of an element is only looked up for large arrays
        return False
    # An element of another dialect counts as one byte.
    return n * getattr(type.element_type, "compile_time_size", 1) >= 1 << 63


SUPPORTED = (
    "letgrad computes with scalars and tensors of fixed sizes whose elements are f16, bf16, f32, "
    "f64, complex<f32>, complex<f64>, i1, i8, i16, i32, i64 or index"
)


def unsupported(type: Attribute) -> str | None:
    """
    The type, why letgrad does not compute with its values, and with which values letgrad computes:
    the rest of a sentence, after "x is". None if letgrad computes with the type. Tensors of rank 0,
    which are scalars for letgrad, are no reason.

    Example:

        >>> print(types.unsupported(TensorType(f32, [-1])))
        tensor<?xf32>, whose sizes are not fixed; letgrad computes with scalars and tensors of fixed
        sizes whose elements are f16, bf16, f32, f64, complex<f32>, complex<f64>, i1, i8, i16, i32,
        i64 or index
    """
    match type:
        case Term():
            why = ", a linear term, which only passes of differentiation use"
        case UnrankedTensorType():
            why = ", whose rank is not fixed"
        case TensorType() if any(n.data < 0 for n in type.shape.data):
            why = ", whose sizes are not fixed"
        case TensorType() if not is_element(type.element_type):
            why = f", whose elements are {type.element_type}"
        case TensorType() if not isinstance(type.encoding, NoneAttr):
            why = f", which has the encoding {type.encoding}"
        case TensorType() if is_too_large(type):
            why = f", {TOO_LARGE}"
        case TensorType():
            return None
        case _ if is_element(type):
            return None
        case _:
            why = ""
    return f"{type}{why}; {SUPPORTED}"


TOO_LARGE = "whose sizes (other than 0) multiply to more than 2^63 - 1 bytes"


def is_rank_zero(type: Attribute) -> bool:
    """Whether a type is a tensor of rank 0 with elements that letgrad knows."""
    # By its class: passes ask this of all values, and `isinstance` takes long for an abstract base.
    return (
        type.__class__ is TensorType
        and not cast(TensorType, type).shape.data
        and is_element(cast(TensorType, type).get_element_type())
    )


def word(x: int) -> int:
    """x modulo 2^64 as a signed integer of 64 bits: index arithmetic wraps like this."""
    return (x + (1 << 63)) % (1 << 64) - (1 << 63)


def value_type(type: Attribute) -> Attribute:
    """T for T and for a term over T."""
    return type.value_type if isinstance(type, Term) else type


def shape(type: Attribute) -> tuple[int, ...]:
    """The sizes of a scalar (none), a tensor, or a term over one."""
    if type.__class__ is TensorType:  # isinstance is slow for these, and passes call this often
        known: Any = type.__dict__
        if "_letgrad_shape" not in known:
            known["_letgrad_shape"] = tuple([n.data for n in type.shape.data])  # type: ignore[attr-defined]
        return known["_letgrad_shape"]
    if type.__class__ in _SCALARS:
        return ()
    type = value_type(type)
    return type.get_shape() if isinstance(type, TensorType) else ()


def rank(type: Attribute) -> int:
    return len(shape(type))


def size(type: Attribute) -> int:
    """How many elements a value of this type has. A dynamic size counts as 1."""
    if type.__class__ is TensorType:
        known: Any = type.__dict__
        if "_letgrad_size" not in known:
            known["_letgrad_size"] = _product_of(shape(type))
        return known["_letgrad_size"]
    return _product_of(shape(type))


def _product_of(sizes: tuple[int, ...]) -> int:
    n = prod(sizes)
    # xDSL spells a dynamic size -2⁶³.
    return n if 0 <= n < 1 << 63 else prod(k for k in sizes if k >= 0)


def element(type: Attribute) -> Attribute:
    if type.__class__ is TensorType:
        return type.element_type  # type: ignore[attr-defined]
    if type.__class__ in _SCALARS:
        return type
    type = value_type(type)
    return type.get_element_type() if isinstance(type, TensorType) else type


def any_element(type: Attribute) -> Attribute:
    """The element type of any type that has one, also of vectors and dynamic tensors."""
    return type.get_element_type() if isinstance(type, ContainerType) else type


def of_shape(shape: Sequence[int], element: Attribute) -> Attribute:
    """The tensor type, or the scalar where the shape is empty."""
    return _tensor(tuple(shape), element) if shape else element


KEPT = 1 << 12
"""
The number of attributes that the caches keep. Attributes never change, so a cache may give the same
attribute again. Making an attribute takes ten times as long as finding it in a cache.
"""


@functools.lru_cache(KEPT)
def _tensor(shape: tuple[int, ...], element: Attribute) -> TensorType:
    return TensorType(element, shape)


def like(type: Attribute, shape: Sequence[int], element_type: Attribute | None = None) -> Attribute:
    """`type` (a value or a term) with another shape and, where given, another element type."""
    new = of_shape(shape, element(type) if element_type is None else element_type)
    return type.of(new) if isinstance(type, Term) else new


def check(type: Attribute, op: str, operand: str) -> None:
    """Raise unless `type` is a scalar, a static tensor of rank ≥ 1, or a term over one."""
    inner = value_type(type)
    if isinstance(inner, TensorType):
        if not inner.get_shape():
            raise VerifyException(
                f"{op}: {operand} is the rank-0 {inner}; rank 0 is written {element(inner)}"
            )
    if not is_number(inner) or is_too_large(inner):
        raise VerifyException(f"{op}: {operand} is {unsupported(inner)}")


def ints(values: DenseArrayBase | Sequence[int]) -> tuple[int, ...]:
    """The numbers of an `array<i64: …>` attribute, or of any sequence."""
    if isinstance(values, DenseArrayBase):
        return cast(DenseArrayBase[IntegerType], values).get_values()
    return tuple([int(v) for v in values])


@functools.lru_cache(KEPT)
def text_attr(value: str) -> StringAttr:
    """The attribute of a text: one for all ops that have it."""
    return StringAttr(value)


@functools.lru_cache(KEPT)
def integer_attr(value: int) -> IntegerAttr:
    """The attribute of an integer of type i64: one for all ops that have it."""
    return IntegerAttr(value, i64)


def int_array(values: DenseArrayBase | Sequence[int]) -> DenseArrayBase:
    return values if isinstance(values, DenseArrayBase) else _packed(tuple(values))


@functools.lru_cache(KEPT)
def _packed(values: tuple[int, ...]) -> DenseArrayBase:
    return DenseArrayBase.from_list(i64, values)


def constant(number: float | int | bool, type: Attribute) -> arith.ConstantOp:
    """`arith.constant` of a scalar type, or of a tensor type with all elements equal."""
    e = element(type)
    value = rounded(float(number), e) if is_float(e) else int(number)
    if isinstance(type, TensorType):
        return arith.ConstantOp(_splat(repr(value), value, type), type)
    return arith.ConstantOp.create(
        result_types=[e], properties={"value": _number(repr(value), value, e)}
    )


@functools.lru_cache(KEPT)
def _number(text: str, value: float | int, element: Attribute) -> FloatAttr | IntegerAttr:
    """An attribute for a number; `text` tells numbers apart that are equal: 0.0, -0.0 and 0."""
    if isinstance(value, float):
        return FloatAttr(value, cast(AnyFloat, element))
    if isinstance(element, IndexType):
        value = word(value)
    return IntegerAttr(value, cast(IntegerType | IndexType, element), truncate_bits=True)


LARGE = 1 << 12
"""For tables with more elements than this, letgrad remembers whether the table is a splat."""

_known: dict[int, tuple[ref[DenseIntOrFPElementsAttr], bool]] = {}
"""Whether a large table is a splat, by the table's identity, for as long as the table lives."""


@functools.lru_cache(KEPT)
def _splat(text: str, number: float | int, type: TensorType) -> DenseIntOrFPElementsAttr:
    """A table of one number; `text` as in `_number`."""
    one = TensorType(type.get_element_type(), [1])
    return splat(DenseIntOrFPElementsAttr.from_list(cast(TensorType[Any], one), [number]), type)


def splat(table: DenseIntOrFPElementsAttr, type: Attribute) -> DenseIntOrFPElementsAttr:
    """
    The first element of a table as the table of a type.

    A large table holds one element, as MLIR's splats do: 10⁷ zeros that are written out take longer
    than all other work of a pass.
    """
    of = cast(TensorType[Any], type)
    number, n = table.data.data[: of.get_element_type().compile_time_size], prod(of.get_shape())
    return DenseIntOrFPElementsAttr(of, BytesAttr(number if n > LARGE else number * n))


def compact(table: DenseIntOrFPElementsAttr) -> DenseIntOrFPElementsAttr:
    """The table; if all its elements are equal, the form of it that `splat` makes."""
    return splat(table, table.type) if len(table) > LARGE and is_splat(table) else table


def _remember(value: DenseIntOrFPElementsAttr, splat: bool) -> None:
    at = id(value)
    _known[at] = (ref(value, lambda _: _known.pop(at, None)), splat)


def is_constant(value: SSAValue) -> bool:
    """Whether a value is an `arith.constant`."""
    return value.owner.__class__ is arith.ConstantOp


def is_splat(value: DenseIntOrFPElementsAttr) -> bool:
    """Whether a table has elements, all with the same bits; xDSL's own test takes -0.0 for 0.0."""
    if len(value) <= LARGE:
        return _is_splat(value)
    known = _known.get(id(value))
    if known is None or known[0]() is not value:
        _remember(value, _is_splat(value))
        known = _known[id(value)]
    return known[1]


PIECE = 1 << 16
"""The bytes of a table that are compared at once."""


def _is_splat(value: DenseIntOrFPElementsAttr) -> bool:
    data, width = value.data.data, value.type.get_element_type().compile_time_size
    # Two elements are enough to see that most tables are no splat, and tables may be large.
    ends = data[:width] == data[-width:] == data[len(data) // 2 // width * width :][:width]
    if not data or not ends:
        return False
    # In pieces that stay in the cache. NumPy would do the same, but takes long to import.
    piece = data[:width] * (PIECE // width + 1)
    return all(
        data[k : k + len(piece)] == piece[: len(data) - k] for k in range(0, len(data), len(piece))
    )


def constant_value(value: SSAValue) -> int | float | None:
    """The number that a scalar or splat `arith.constant` holds; None for anything else."""
    op = value.owner
    if op.__class__ is not arith.ConstantOp:
        return None
    assert isinstance(op, arith.ConstantOp)
    match op.value:
        case IntegerAttr() | FloatAttr():
            return op.value.value.data
        case DenseIntOrFPElementsAttr() as table:
            known: Any = table.__dict__
            if "_letgrad_number" not in known:
                number = next(iter(table.iter_values())) if is_splat(table) else None
                # A pair is a complex number.
                known["_letgrad_number"] = None if isinstance(number, tuple) else number
            return known["_letgrad_number"]
        case _:
            return None
