"""The dialect `index`: arithmetic on numbers of type `index`. xDSL has none of its ops."""

from __future__ import annotations

from enum import auto
from typing import Any, Self

from xdsl.dialects.builtin import BoolAttr, IndexType, IntegerAttr, IntegerType, i1
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Dialect, SpacedOpaqueSyntaxAttribute
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import ConstantLike, Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

MEANINGS = {
    "add": "a + b",
    "sub": "a - b",
    "mul": "a * b",
    "divs": "a / b, rounded toward 0",
    "divu": "a / b, rounded down, of numbers without a sign",
    "ceildivs": "a / b, rounded up",
    "ceildivu": "a / b, rounded up, of numbers without a sign",
    "floordivs": "a / b, rounded down",
    "rems": "a - b * (a / b rounded toward 0)",
    "remu": "a - b * (a / b rounded down), of numbers without a sign",
    "maxs": "the greater of a and b",
    "maxu": "the greater of a and b, read without a sign",
    "mins": "the lesser of a and b",
    "minu": "the lesser of a and b, read without a sign",
    "shl": "the bits of a, b places further up",
    "shrs": "the bits of a, b places further down, filled with the sign",
    "shru": "the bits of a, b places further down, filled with zeros",
    "and": "the bits that a and b have",
    "or": "the bits that a or b has",
    "xor": "the bits that a or b has, and not both",
}
"""The ops with two operands: index.<name> %a, %b"""


def _binary(word: str, meaning: str) -> type[IRDLOperation]:
    body: dict[str, Any] = {
        "__doc__": f"y = {meaning}. All are of type `index`.",
        "__module__": __name__,
        "name": f"index.{word}",
        "lhs": operand_def(IndexType()),
        "rhs": operand_def(IndexType()),
        "result": result_def(IndexType()),
        "traits": traits_def(Pure()),
        "assembly_format": "$lhs `,` $rhs attr-dict",
    }
    return irdl_op_definition(type(f"{word.capitalize()}Op", (IRDLOperation,), body))


class Predicate(StrEnum):
    """The orders of `index.cmp`."""

    EQ = auto()
    NE = auto()
    SLT = auto()
    SLE = auto()
    SGT = auto()
    SGE = auto()
    ULT = auto()
    ULE = auto()
    UGT = auto()
    UGE = auto()


@irdl_attr_definition
class PredicateAttr(EnumAttribute[Predicate], SpacedOpaqueSyntaxAttribute):
    """The order of a comparison: `#index<cmp_predicate slt>`"""

    name = "index.cmp_predicate"


@irdl_op_definition
class CmpOp(IRDLOperation):
    """y = whether a and b have the order `pred`: `index.cmp slt(%a, %b)`"""

    name = "index.cmp"
    pred = prop_def(PredicateAttr)
    lhs = operand_def(IndexType())
    rhs = operand_def(IndexType())
    result = result_def(i1)
    traits = traits_def(Pure())
    assembly_format = "$pred `(` $lhs `,` $rhs `)` attr-dict"


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """y = the number `value`: `index.constant 4`"""

    name = "index.constant"
    value = prop_def(IntegerAttr)
    result = result_def(IndexType())
    traits = traits_def(ConstantLike(), Pure())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        value = IntegerAttr(parser.parse_integer(), IndexType())
        return cls.create(
            result_types=[IndexType()], properties={"value": value}, attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(f" {self.value.value.data}")


@irdl_op_definition
class BoolConstantOp(IRDLOperation):
    """y = `value`: `index.bool.constant true`"""

    name = "index.bool.constant"
    value = prop_def(IntegerAttr)
    result = result_def(i1)
    traits = traits_def(ConstantLike(), Pure())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        value = BoolAttr.from_bool(parser.parse_boolean())
        return cls.create(result_types=[i1], properties={"value": value}, attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        printer.print_string(" true" if self.value.value.data else " false")


@irdl_op_definition
class SizeOfOp(IRDLOperation):
    """y = the number of bits of an `index`."""

    name = "index.sizeof"
    result = result_def(IndexType())
    traits = traits_def(Pure())
    assembly_format = "attr-dict"


class CastOp(IRDLOperation):
    """A number as an index, or an index as a number."""

    input = operand_def(AnyAttr())
    output = result_def(AnyAttr())
    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($input) `to` type($output)"

    def verify_(self) -> None:
        kinds = self.input.type, self.output.type
        if not any(isinstance(t, IndexType) for t in kinds) or not any(
            isinstance(t, IntegerType) for t in kinds
        ):
            raise VerifyException(
                f"{self.name} is between index and an integer, and not {kinds[0]} to {kinds[1]}"
            )


@irdl_op_definition
class CastSOp(CastOp):
    """y = x in another type; new bits have the sign of x."""

    name = "index.casts"


@irdl_op_definition
class CastUOp(CastOp):
    """y = x in another type; new bits are zeros."""

    name = "index.castu"


Index = Dialect(
    "index",
    [
        *(_binary(word, meaning) for word, meaning in MEANINGS.items()),
        CmpOp, ConstantOp, BoolConstantOp, SizeOfOp, CastSOp, CastUOp,
    ],
    [PredicateAttr],
)  # fmt: skip
