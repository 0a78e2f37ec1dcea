"""Ops of `func` that xDSL lacks: functions as values."""

from __future__ import annotations

from typing import Self, cast

from xdsl.dialects.builtin import FunctionType, SymbolRefAttr
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """`%f = func.constant @f : (f64) -> f64`: a function of the module as a value."""

    name = "func.constant"
    value = prop_def(SymbolRefAttr)
    result = result_def(FunctionType)
    traits = traits_def(Pure())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        value = parser.parse_symbol_name()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(
            properties={"value": SymbolRefAttr(value)},
            attributes=attributes,
            result_types=[parser.parse_type()],
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.value.root_reference.data)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)


@irdl_op_definition
class CallIndirectOp(IRDLOperation):
    """`%y = func.call_indirect %f(%x) : (f64) -> f64`: the results of the function %f."""

    name = "func.call_indirect"
    callee = operand_def(FunctionType)
    callee_operands = var_operand_def()
    results_ = var_result_def()

    def verify_(self) -> None:
        type = cast(FunctionType, self.callee.type)
        given = tuple(v.type for v in self.callee_operands), tuple(v.type for v in self.results_)
        if (tuple(type.inputs), tuple(type.outputs)) != given:
            raise VerifyException(
                f"the function has the type {type}, and the call the type "
                f"{FunctionType.from_lists(*given)}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        callee = parser.parse_unresolved_operand()
        names = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        at = parser.pos
        type = parser.parse_type()
        if not isinstance(type, FunctionType):
            parser.raise_error(f"{type} is no type of a function", at, parser.pos)
        operands = parser.resolve_operands(names, type.inputs.data, at)
        return cls.create(
            operands=[parser.resolve_operand(callee, type), *operands],
            attributes=attributes,
            result_types=type.outputs.data,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.callee)
        printer.print_string("(")
        printer.print_list(self.callee_operands, printer.print_operand)
        printer.print_string(")")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.callee.type)


OPS = (ConstantOp, CallIndirectOp)
