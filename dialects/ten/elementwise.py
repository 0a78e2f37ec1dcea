"""Elementwise ops that upstream lacks for tensors: choice, comparison, conversion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects import arith
from xdsl.dialects.builtin import StringAttr, i1
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, prop_def, result_def
from xdsl.parser import Parser
from xdsl.printer import Printer

from .. import types
from ..types import Term, element, like, of_shape, shape
from .base import TenOp, parse_operands

FLOAT_PREDICATES = tuple(arith.CMPF_COMPARISON_OPERATIONS)
INTEGER_PREDICATES = tuple(arith.CMPI_COMPARISON_OPERATIONS)


@irdl_op_definition
class SelectOp(TenOp):
    """
    Elementwise choice.

        y[i…] = mask[i…] ? a[i…] : b[i…]        or, with a scalar mask,  y = mask ? a : b

    The program computes both a and b. The syntax is
    `ten.select %mask, %a, %b : type of mask, type of a`.
    Shapes:  mask (n…) or scalar, of i1;  a, b (n…)  ->  y (n…)
    Linear in a and b, together.
    """

    name = "ten.select"
    SYNTAX: ClassVar = "ten.select %mask, %a, %b : type of mask, type of a"
    mask = operand_def(AnyAttr())
    a = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(
        self, mask: SSAValue | Operation, a: SSAValue | Operation, b: SSAValue | Operation
    ):
        self._build([mask, a, b], {})

    def result_type(self) -> Attribute:
        mask, a, b = (v.type for v in self.operands)
        self.require(a == b, lambda: f"the alternatives are {a} and {b}")
        self.require(
            not isinstance(mask, Term) and element(mask) == i1 and shape(mask) in ((), shape(a)),
            lambda: (
                f"the mask of {a} is "
                f"{' or '.join(dict.fromkeys((str(of_shape(shape(a), i1)), 'i1')))}, not {mask}"
            ),
        )
        return a

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        if self.a == self.b:
            return (self.a,)
        if (known := types.constant_value(self.mask)) is not None:
            return (self.a if known else self.b,)
        return super().fold()

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.mask.type)
        printer.print_string(", ")
        printer.print_attribute(self.a.type)

    @classmethod
    def parse(cls, parser: Parser) -> SelectOp:
        operands = parse_operands(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        mask = parser.parse_type()
        parser.parse_punctuation(",")
        type = parser.parse_type()
        values = parser.resolve_operands(operands, [mask, type, type], position)
        return cls.create(operands=values, result_types=[type], attributes=attributes)


@irdl_op_definition
class CompareOp(TenOp):
    """
    Elementwise comparison, by the predicates of `arith.cmpf` for floats and of `arith.cmpi` for
    integers.

        y[i…] = a[i…] predicate b[i…]

    This op is for tensors, because in xDSL upstream's comparisons give one `i1` for tensors as
    well. The syntax is `ten.compare olt, %a, %b : type of both`.
    Shapes:  a, b (n…)  ->  y (n…) of i1
    Errors:  operands of different types; a predicate of the other kind of numbers; a signed one on
             i1.
    """

    name = "ten.compare"
    SYNTAX: ClassVar = "ten.compare predicate, %a, %b : type of both"
    predicate = prop_def(StringAttr)
    a = operand_def(AnyAttr())
    b = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    LEAD: ClassVar = "predicate"
    ONE_TYPE: ClassVar = True

    def __init__(self, predicate: str, a: SSAValue | Operation, b: SSAValue | Operation):
        self._build([a, b], {"predicate": types.text_attr(predicate)})

    def result_type(self) -> Attribute:
        a, b = (v.type for v in self.operands)
        self.require(a == b, lambda: f"operands are {a} and {b}")
        self.require(not isinstance(a, Term), lambda: f"cannot compare terms ({a})")
        self.require(not types.is_complex(element(a)), lambda: f"{a} is complex; compare its parts")
        predicates = FLOAT_PREDICATES if types.is_float(element(a)) else INTEGER_PREDICATES
        if types.is_bool(element(a)):
            predicates = tuple(p for p in predicates if not p.startswith("s"))
        self.require(
            self.predicate.data in predicates,
            lambda: (
                f"'{self.predicate.data}' is none of the predicates on {element(a)}: "
                f"{', '.join(predicates)}"
            ),
        )
        return of_shape(shape(a), i1)

    @classmethod
    def _of_one_type(cls, parser, values, type, properties, attributes):
        result = of_shape(shape(type), i1)
        return cls.create(
            operands=values, result_types=[result], properties=properties, attributes=attributes
        )


@irdl_op_definition
class CastOp(TenOp):
    """
    Elementwise conversion between numeric types, i1 and index.

        y[i…] = x[i…], as the result's element type

    The cast is total. To a narrower float, the cast rounds to nearest even. From a float to an
    integer, the cast truncates towards zero, saturates at the integer's limits, and makes 0 of NaN.
    To a narrower integer, the cast wraps. To i1, the cast gives x ≠ 0. From i1, false and true
    count as 0 and 1. To a complex number, the cast converts the real part.

    Shapes:  x (n…)  ->  y (n…)
    Errors:  a complex x with another y, which would lose a part.
    Linear in x, where both are floats.
    """

    name = "ten.cast"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, element_type: Attribute):
        type = SSAValue.get(x).type
        self._build([x], {}, like(type, shape(type), element_type))

    def result_type(self) -> Attribute:
        x, y = self.x.type, self.result.type
        self.require(isinstance(x, Term) == isinstance(y, Term), lambda: f"{x} cannot become {y}")
        self.require(
            not isinstance(x, Term) or (types.is_float(element(x)) and types.is_float(element(y))),
            lambda: f"only floats have terms: {x} -> {y}",
        )
        self.require(
            not types.is_complex(element(x)) or types.is_complex(element(y)),
            lambda: f"{x} cannot become {y}: take a part of it",
        )
        return like(x, shape(x), element(y))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return (self.x,) if self.x.type == self.result.type else super().fold()
