"""Ops of `affine` that turn indices into one number and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    UnitAttr,
    i1,
    i64,
)
from xdsl.dialects.utils.dynamic_index_list import (
    parse_dynamic_index_list_without_types,
    print_dynamic_index_list,
)
from xdsl.ir import SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    base,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
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


def _basis(parser: Parser) -> tuple[list[SSAValue], DenseArrayBase]:
    """`(%n, 4)`, the sizes of the dimensions."""
    pos = parser.pos
    values, sizes = parse_dynamic_index_list_without_types(
        parser, DYNAMIC_INDEX, delimiter=Parser.Delimiter.PAREN
    )
    given = parser.resolve_operands(values, [IndexType()] * len(values), pos)
    return list(given), DenseArrayBase.from_list(i64, sizes)


def _print_basis(
    printer: Printer, dynamic: Sequence[SSAValue], static: DenseArrayBase[IntegerType]
) -> None:
    sizes = [int(n) for n in static.get_values()]
    print_dynamic_index_list(
        printer, DYNAMIC_INDEX, dynamic, sizes, delimiter=Parser.Delimiter.PAREN
    )


def _check(
    op: IRDLOperation, indices: int, dynamic: int, static: DenseArrayBase[IntegerType]
) -> None:
    sizes = [int(n) for n in static.get_values()]
    if len(sizes) not in (indices, indices - 1):
        raise VerifyException(f"{op.name} has {indices} indices, and {len(sizes)} sizes")
    if sizes.count(DYNAMIC_INDEX) != dynamic:
        raise VerifyException(f"{op.name} has {dynamic} operands for its sizes {sizes}")
    if any(n < 1 and n != DYNAMIC_INDEX for n in sizes):
        raise VerifyException(f"{op.name} has the sizes {sizes}, and a size is at least 1")


@irdl_op_definition
class DelinearizeIndexOp(IRDLOperation):
    """
    The indices of element `i` of an array: `affine.delinearize_index %i into (%n, 4) : index,
    index`. The size of the first dimension may be absent.
    """

    name = "affine.delinearize_index"
    linear_index = operand_def(IndexType())
    dynamic_basis = var_operand_def(IndexType())
    static_basis = prop_def(DenseArrayBase.constr(i64))
    multi_index = var_result_def(IndexType())
    traits = traits_def(Pure())

    def verify_(self) -> None:
        _check(self, len(self.multi_index), len(self.dynamic_basis), self.static_basis)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        i = parser.parse_operand(IndexType())
        parser.parse_keyword("into")
        dynamic, static = _basis(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kinds = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        return cls.build(
            operands=[i, dynamic],
            result_types=[kinds],
            properties={"static_basis": static},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.linear_index)
        printer.print_string(" into ")
        _print_basis(printer, self.dynamic_basis, self.static_basis)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list(self.multi_index.types, printer.print_attribute)


@irdl_op_definition
class LinearizeIndexOp(IRDLOperation):
    """
    The number of the element at indices: `affine.linearize_index [%i, %j] by (%n, 4) : index`. The
    size of the first dimension may be absent. `disjoint` says that the indices are in bounds.
    """

    name = "affine.linearize_index"
    multi_index = var_operand_def(IndexType())
    dynamic_basis = var_operand_def(IndexType())
    static_basis = prop_def(DenseArrayBase.constr(i64))
    disjoint = opt_prop_def(base(UnitAttr) | base(IntegerAttr))
    linear_index = result_def(IndexType())
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        _check(self, len(self.multi_index), len(self.dynamic_basis), self.static_basis)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        disjoint = parser.parse_optional_keyword("disjoint")
        indices = parser.parse_comma_separated_list(
            Parser.Delimiter.SQUARE, lambda: parser.parse_operand(IndexType())
        )
        parser.parse_keyword("by")
        dynamic, static = _basis(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kind = parser.parse_type()
        return cls.build(
            operands=[indices, dynamic],
            result_types=[kind],
            properties={"static_basis": static, "disjoint": IntegerAttr(int(bool(disjoint)), i1)},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        said = self.disjoint is not None and self.disjoint != IntegerAttr(0, i1)
        printer.print_string(" disjoint [" if said else " [")
        printer.print_list(self.multi_index, printer.print_operand)
        printer.print_string("] by ")
        _print_basis(printer, self.dynamic_basis, self.static_basis)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : index")


OPS = [DelinearizeIndexOp, LinearizeIndexOp]
