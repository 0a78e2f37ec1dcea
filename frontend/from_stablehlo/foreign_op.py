"""One op of a StableHLO program, as the rules of the conversion read it."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from xdsl.dialects import builtin
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute, Operation

from ...dialects import arrays, quant, types
from ...passes.rewriting.diagnostics import LetgradError


class NotConvertible(Exception):
    """A rule has no program for an op. The text says why."""


@dataclass(frozen=True)
class SmallFloat:
    """
    A format of floats with few bits, as the documentation of MLIR's type describes it: the bits of
    the mantissa, the bias of the exponent, the largest number, the number that stands for larger
    ones, and whether the format has -0.
    """

    mantissa: int
    bias: int
    largest: float
    beyond: float
    has_negative_zero: bool = True
    is_power: bool = False
    """Whether the numbers are the powers of two, and NaN: without a sign, and without 0."""

    @property
    def has_nan(self) -> bool:
        return not math.isfinite(self.beyond)


SMALL_FLOATS: dict[type[Attribute], SmallFloat] = {
    builtin.Float8E5M2Type: SmallFloat(2, 15, 57344.0, math.inf),
    builtin.Float8E4M3Type: SmallFloat(3, 7, 240.0, math.inf),
    builtin.Float8E3M4Type: SmallFloat(4, 3, 15.5, math.inf),
    builtin.Float8E4M3FNType: SmallFloat(3, 7, 448.0, math.nan),
    builtin.Float8E5M2FNUZType: SmallFloat(2, 16, 57344.0, math.nan, has_negative_zero=False),
    builtin.Float8E4M3FNUZType: SmallFloat(3, 8, 240.0, math.nan, has_negative_zero=False),
    builtin.Float8E4M3B11FNUZType: SmallFloat(3, 11, 30.0, math.nan, has_negative_zero=False),
    # The formats of fewer bits have no NaN and no infinity.
    builtin.Float6E2M3FNType: SmallFloat(3, 1, 7.5, 7.5),
    builtin.Float6E3M2FNType: SmallFloat(2, 3, 28.0, 28.0),
    builtin.Float4E2M1FNType: SmallFloat(1, 1, 6.0, 6.0),
    builtin.Float8E8M0FNUType: SmallFloat(0, 127, 2.0**127, math.nan, False, is_power=True),
}
"""
Floats of at most 8 bits, which letgrad does not have. A program may round to them on its way: the
conversion keeps their numbers as float32, and rounds each result.
"""


def small_float(type: Attribute) -> SmallFloat | None:
    """The format of the elements of a type, if they are floats that letgrad keeps as float32."""
    return SMALL_FLOATS.get(types.element(type).__class__)


def narrow_bits(type: Attribute) -> int | None:
    """The bits of the elements of a type, if they are integers that letgrad keeps as 8 bits."""
    element = types.element(type)
    found = element.width.data if isinstance(element, IntegerType) else 0
    return found if found in (2, 4) else None


_FLOATS = {
    "f16": np.dtype(np.float16), "bf16": arrays.bfloat16, "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
}  # fmt: skip


@functools.lru_cache(maxsize=4096)
def kind_of(type: Attribute) -> tuple[tuple[int, ...], np.dtype]:
    """
    The shape and the dtype of a value.

    Errors: `NotConvertible` for a type that letgrad does not compute with.
    """
    shape = tuple(types.shape(type))
    if isinstance(type, TensorType) and any(n < 0 for n in shape):
        raise NotConvertible(f"letgrad computes with fixed sizes, and not with {type}")
    if small_float(type) is not None:
        return shape, np.dtype(np.float32)
    element = types.element(type)
    if narrow_bits(type) is not None:
        unsigned = (
            isinstance(element, IntegerType) and element.signedness.data == Signedness.UNSIGNED
        )
        return shape, np.dtype(np.uint8 if unsigned else np.int8)
    if isinstance(element, quant.UniformType):
        # The numbers are those of the float type that stands before the scale.
        for name, dtype in _FLOATS.items():
            if re.search(rf":\s*{name}\b", element.data):
                return shape, dtype
    try:
        dtype = arrays.dtype(types.element(type))
        arrays.element_type(dtype)
    except (TypeError, ValueError, KeyError):
        raise NotConvertible(f"letgrad does not compute with {type}") from None
    return shape, np.dtype(dtype)


_FIELD = re.compile(r"(\w+)\s*=\s*(\[[^\]]*\]|-?\w+)")


def ints_of(attribute: Attribute) -> tuple[int, ...]:
    """The numbers of `array<i64: …>`, `dense<…>`, or of a list of integers."""
    match attribute:
        case DenseArrayBase():
            return tuple(int(x) for x in cast(Any, attribute).get_values())
        case DenseIntOrFPElementsAttr():
            values = tuple(int(cast(Any, x)) for x in attribute.get_values())
            count = types.size(attribute.type)
            return values * count if len(values) == 1 else values
        case ArrayAttr():
            return tuple(int(x.value.data) for x in attribute.data if isinstance(x, IntegerAttr))
        case IntegerAttr():
            return (int(attribute.value.data),)
        case _:
            raise NotConvertible(f"{attribute} holds no integers")


class Source:
    """An op, and its attributes by their names."""

    def __init__(self, op: Operation):
        self.op = op
        self.name = op.name if op.name != "builtin.unregistered" else op.op_name.data  # type: ignore[attr-defined]

    def get(self, name: str) -> Attribute | None:
        found = self.op.properties.get(name)
        return self.op.attributes.get(name) if found is None else found

    def need(self, name: str) -> Attribute:
        """The attribute. Errors: `LetgradError` if the op does not have the attribute."""
        found = self.get(name)
        if found is None:
            raise LetgradError(f"{self.name} has no attribute {name}", self.op)
        return found

    def ints(self, name: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        found = self.get(name)
        if found is None and default is not None:
            return default
        return ints_of(self.need(name) if found is None else found)

    def int(self, name: str, default: int | None = None) -> int:
        found = self.get(name)
        if found is None and default is not None:
            return default
        return ints_of(self.need(name) if found is None else found)[0]

    def flag(self, name: str, default: bool = False) -> bool:
        found = self.get(name)
        if found is None:
            return default
        if isinstance(found, UnitAttr):
            return True
        return bool(ints_of(found)[0])

    def word(self, name: str, default: str | None = None) -> str:
        """`LT` of `#stablehlo<comparison_direction LT>`, or the text of a string or a symbol."""
        found = self.get(name)
        if found is None and default is not None:
            return default
        found = self.need(name)
        if isinstance(found, StringAttr):
            return found.data
        if isinstance(found, SymbolRefAttr):
            return found.string_value()
        words = re.findall(r"\w+", str(found))
        return words[-1]

    def fields(self, name: str) -> dict[str, Any]:
        """The numbers of `#stablehlo.gather<offset_dims = [1], index_vector_dim = 1>`, by name."""
        text = str(self.need(name))
        result: dict[str, Any] = {}
        for key, value in _FIELD.findall(text):
            if value.startswith("["):
                result[key] = tuple(int(x) for x in value[1:-1].split(",") if x.strip())
            else:
                result[key] = int(value) if value.lstrip("-").isdigit() else value
        return result

    def table(self, name: str) -> dict[str, Attribute]:
        """The entries of a dictionary; none if the attribute is missing."""
        found = self.get(name)
        return dict(found.data) if isinstance(found, DictionaryAttr) else {}

    def dtype(self, k: int = 0) -> np.dtype:
        """The dtype of a result, which may have unknown sizes."""
        return kind_of(types.element(self.op.results[k].type))[1]

    def kind(self, k: int = 0) -> tuple[tuple[int, ...], np.dtype]:
        """The shape and the dtype of a result."""
        return kind_of(self.op.results[k].type)
