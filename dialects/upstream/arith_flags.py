"""
Flags of ops of `arith` that xDSL does not have: `exact`, `nneg`, and those of casts. An op without
flags is xDSL's. `convert-upstream-to-ten` drops a flag that only says for which operands the op
has no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from xdsl.dialects import arith
from xdsl.dialects.arith import FastMathFlagsAttr, IntegerOverflowAttr
from xdsl.dialects.builtin import IntegerAttr, UnitAttr, i32
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import NoMemoryEffect
from xdsl.utils.exceptions import VerifyException

ROUNDINGS = ("to_nearest_even", "downward", "upward", "toward_zero", "to_nearest_away")
"""The ways in which `arith.truncf` rounds, by their numbers."""

FLAGS: Mapping[str, tuple[str, ...]] = {
    "arith.extui": ("nonNeg",),
    "arith.uitofp": ("nonNeg",),
    "arith.index_castui": ("nonNeg",),
    "arith.trunci": ("overflowFlags",),
    "arith.extf": ("fastmath",),
    "arith.truncf": ("roundingmode", "fastmath"),
}
"""The flags of each cast, in the order of the text."""

_NONE: Mapping[str, Attribute] = {
    "overflowFlags": IntegerOverflowAttr("none"),
    "fastmath": FastMathFlagsAttr("none"),
}
"""What stands in the generic form of an op without the flag."""


def without_empty(properties: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    """The properties without flags that say nothing."""
    return {k: v for k, v in properties.items() if v is not None and _NONE.get(k) != v}


def parse_flags(name: str, parser: Parser) -> dict[str, Attribute]:
    """The flags that stand behind the operand of a cast."""
    found: dict[str, Attribute] = {}
    for flag in FLAGS.get(name, ()):
        if flag == "nonNeg" and parser.parse_optional_keyword("nneg"):
            found[flag] = UnitAttr()
        elif flag == "overflowFlags" and parser.parse_optional_keyword("overflow"):
            found[flag] = IntegerOverflowAttr(IntegerOverflowAttr.parse_parameter(parser))
        elif flag == "fastmath" and parser.parse_optional_keyword("fastmath"):
            found[flag] = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
        elif flag == "roundingmode":
            word = parser.parse_optional_keyword_in(ROUNDINGS)
            if word is not None:
                found[flag] = IntegerAttr(ROUNDINGS.index(word), i32)
    return without_empty(found)


def print_flags(op: Operation, printer: Printer) -> None:
    for flag in FLAGS.get(op.name, ()):
        match op.properties.get(flag):
            case UnitAttr():
                printer.print_string(" nneg")
            case IntegerOverflowAttr() as flags:
                printer.print_string(" overflow")
                flags.print_parameter(printer)
            case FastMathFlagsAttr() as flags:
                printer.print_string(" fastmath")
                flags.print_parameter(printer)
            case IntegerAttr() as mode:
                printer.print_string(f" {ROUNDINGS[mode.value.data]}")
            case _:
                pass


def check_flags(op: Operation) -> None:
    """
    Errors: `VerifyException` for a flag that the op does not have, or a number that is no rounding.
    """
    for flag, value in op.properties.items():
        if flag not in FLAGS.get(op.name, ()):
            raise VerifyException(f"{op.name} has no flag {flag}")
        if isinstance(value, IntegerAttr) and not 0 <= value.value.data < len(ROUNDINGS):
            raise VerifyException(f"{value.value.data} is no rounding")


class ExactOp(IRDLOperation):
    """An integer op whose operands are known to leave no rest. Without the flag it is xDSL's."""

    ON_NUMBERS: ClassVar[type[Operation]]
    T: ClassVar = VarConstraint("T", arith.signlessIntegerLike)
    lhs = operand_def(T)
    rhs = operand_def(T)
    isExact = opt_prop_def(UnitAttr)
    result = result_def(T)
    traits = traits_def(NoMemoryEffect())

    @classmethod
    def create(cls, **kwargs: Any) -> Self:
        if "isExact" in kwargs.get("properties", {}):
            return super().create(**kwargs)
        return cls.ON_NUMBERS.create(**kwargs)  # type: ignore[return-value]

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        exact = parser.parse_optional_keyword("exact")
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        return cls.create(
            operands=parser.resolve_operands([lhs, rhs], [type, type], parser.pos),
            result_types=[type],
            properties={"isExact": UnitAttr()} if exact else {},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        printer.print_string(" exact")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)


class RoundedOp(IRDLOperation):
    """A float op with another rounding than to the nearest number. Without one it is xDSL's."""

    ON_NUMBERS: ClassVar[type[Operation]]
    T: ClassVar = VarConstraint("T", AnyAttr())
    lhs = operand_def(T)
    rhs = operand_def(T)
    roundingmode = opt_prop_def(IntegerAttr)
    fastmath = opt_prop_def(FastMathFlagsAttr)
    result = result_def(T)
    traits = traits_def(NoMemoryEffect())

    @classmethod
    def create(cls, *, properties: Mapping[str, Attribute] = {}, **kwargs: Any) -> Self:
        kept, mode = dict(properties), properties.get("roundingmode")
        if isinstance(mode, IntegerAttr) and mode.value.data:
            return super().create(properties=kept, **kwargs)
        kept.pop("roundingmode", None)  # to the nearest number, as without it
        return cls.ON_NUMBERS.create(properties=kept, **kwargs)  # type: ignore[return-value]

    def verify_(self) -> None:
        mode = self.roundingmode
        if mode is not None and not 0 <= mode.value.data < len(ROUNDINGS):
            raise VerifyException(f"{mode.value.data} is no rounding")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        properties: dict[str, Attribute] = {"fastmath": FastMathFlagsAttr("none")}
        word = parser.parse_optional_keyword_in(ROUNDINGS)
        if word is not None:
            properties["roundingmode"] = IntegerAttr(ROUNDINGS.index(word), i32)
        if parser.parse_optional_keyword("fastmath"):
            properties["fastmath"] = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        return cls.create(
            operands=parser.resolve_operands([lhs, rhs], [type, type], parser.pos),
            result_types=[type],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        if self.roundingmode is not None:
            printer.print_string(f" {ROUNDINGS[self.roundingmode.value.data]}")
        if self.fastmath is not None and self.fastmath != FastMathFlagsAttr("none"):
            printer.print_string(" fastmath")
            self.fastmath.print_parameter(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)


def _flagged(number: type[Operation], base: type[IRDLOperation], form: str) -> type[Any]:
    """The op of xDSL with a flag in its text, as `base` reads it."""
    doc = f"`{number.name} %a, %b {form}"
    body: dict[str, Any] = {"__doc__": doc, "__module__": __name__, "name": number.name}
    made: Any = irdl_op_definition(type(number.__name__, (base,), body))
    made.ON_NUMBERS = number
    return made


ROUNDED = [
    _flagged(op, RoundedOp, "downward : f32`, with the rounding that the word says.")
    for op in (arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.DivfOp)
]
EXACT = [
    _flagged(op, ExactOp, "exact : i32`, for operands that leave no rest.")
    for op in (arith.DivSIOp, arith.DivUIOp, arith.ShRSIOp, arith.ShRUIOp)
]
