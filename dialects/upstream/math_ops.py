"""Ops of `math` that xDSL lacks."""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.arith import FastMathFlagsAttr
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from .arith_ops import mask_type


class TestOp(IRDLOperation):
    """A question about each float."""

    operand = operand_def(AnyAttr())
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    result = result_def(AnyAttr())
    traits = traits_def(Pure())

    def verify_(self) -> None:
        wanted = mask_type(self.operand.type)
        if self.result.type != wanted:
            raise VerifyException(
                f"{self.name} of {self.operand.type} gives {wanted}, and not {self.result.type}"
            )

    @classmethod
    def parse(cls, parser):
        x = parser.parse_unresolved_operand()
        flags = FastMathFlagsAttr("none")
        if parser.parse_optional_keyword("fastmath"):
            flags = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        return cls.create(
            operands=[parser.resolve_operand(x, type)],
            result_types=[mask_type(type)],
            properties={"fastmath": flags},
            attributes=attributes,
        )

    def print(self, printer):
        printer.print_string(" ")
        printer.print_operand(self.operand)
        if self.fastmath != FastMathFlagsAttr("none"):
            printer.print_string(" fastmath")
            self.fastmath.print_parameter(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operand.type)


@irdl_op_definition
class IsNaNOp(TestOp):
    """y = 1 where x is NaN."""

    name = "math.isnan"


@irdl_op_definition
class IsInfOp(TestOp):
    """y = 1 where x is ∞ or -∞."""

    name = "math.isinf"


@irdl_op_definition
class IsFiniteOp(TestOp):
    """y = 1 where x is neither NaN nor infinite."""

    name = "math.isfinite"


@irdl_op_definition
class IsNormalOp(TestOp):
    """y = 1 where x is finite and has the full precision of its type, so x is not 0."""

    name = "math.isnormal"


@irdl_op_definition
class ClampFOp(IRDLOperation):
    """y = max(min(x, high), low)."""

    name = "math.clampf"
    T: ClassVar = VarConstraint("T", AnyAttr())
    value = operand_def(T)
    min = operand_def(T)
    max = operand_def(T)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    result = result_def(T)
    traits = traits_def(Pure())
    assembly_format = (
        "$value `to` `[` $min `,` $max `]` (`fastmath` `` $fastmath^)? attr-dict `:` type($result)"
    )


@irdl_op_definition
class SincosOp(IRDLOperation):
    """s = sin x, c = cos x."""

    name = "math.sincos"
    T: ClassVar = VarConstraint("T", AnyAttr())
    operand = operand_def(T)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    sin = result_def(T)
    cos = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$operand (`fastmath` `` $fastmath^)? attr-dict `:` type($operand)"


@irdl_op_definition
class ErfcOp(IRDLOperation):
    """y = 1 - erf(x), exact also for large x."""

    name = "math.erfc"
    T: ClassVar = VarConstraint("T", AnyAttr())
    operand = operand_def(T)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    result = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$operand (`fastmath` `` $fastmath^)? attr-dict `:` type($result)"


OPS = [IsNaNOp, IsInfOp, IsFiniteOp, IsNormalOp, ClampFOp, SincosOp, ErfcOp]
