"""Ops of `memref`: short syntax that xDSL lacks, and views that it does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from xdsl.dialects import memref
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AffineMapAttr,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    MemRefType,
    StringAttr,
    TensorType,
    UnitAttr,
    UnrankedMemRefType,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    base,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.irdl.constraints import AnyAttr
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsTerminator,
    MemoryAllocEffect,
    MemoryFreeEffect,
    MemoryReadEffect,
    MemoryWriteEffect,
    NoMemoryEffect,
    SymbolOpInterface,
)
from xdsl.utils.exceptions import VerifyException

from .affine_ops import KINDS, check_kind, name, parse_hints, print_hints
from .scf_ops import print_types, types_after_arrow

MEMORY = base(MemRefType) | base(UnrankedMemRefType)


class AllocaScopeOp(memref.AllocaScopeOp):
    """`memref.alloca_scope -> (type) { … }`"""

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        kinds = types_after_arrow(parser)
        scope = parser.parse_region()
        last = scope.blocks.last
        if last is not None and not isinstance(last.last_op, memref.AllocaScopeReturnOp):
            last.add_op(memref.AllocaScopeReturnOp.build(operands=[[]]))
        attributes = parser.parse_optional_attr_dict()
        return cls.build(result_types=[kinds], regions=[scope], attributes=attributes)

    def print(self, printer: Printer) -> None:
        print_types(printer, self.res.types)
        printer.print_string(" ")
        printer.print_region(self.scope, print_block_terminators=bool(self.res))
        printer.print_op_attributes(self.attributes)


class AllocaScopeReturnOp(memref.AllocaScopeReturnOp):
    """`memref.alloca_scope.return %x : type`"""

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        pos, values, kinds = parser.pos, [], []
        first = parser.parse_optional_unresolved_operand()
        if first is not None:
            values.append(first)
            while parser.parse_optional_punctuation(","):
                values.append(parser.parse_unresolved_operand())
            parser.parse_punctuation(":")
            kinds = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        return cls.build(
            operands=[parser.resolve_operands(values, kinds, pos)], attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)
        if self.ops:
            printer.print_string(" ")
            printer.print_list(self.ops, printer.print_operand)
            printer.print_string(" : ")
            printer.print_list(self.ops.types, printer.print_attribute)


class AtomicRMWOp(memref.AtomicRMWOp):
    """`memref.atomic_rmw addf %x, %m[%i] : (f32, memref<4xf32>) -> f32`"""

    def verify_(self) -> None:
        check_kind(self.name, self.kind, self.value.type)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        kind = parser.parse_keyword_in(KINDS, "the kind of the update")
        value = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        target = parser.parse_unresolved_operand()
        indices = parser.parse_comma_separated_list(
            Parser.Delimiter.SQUARE, lambda: parser.parse_operand(IndexType())
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        parser.parse_punctuation("(")
        type = parser.parse_type()
        parser.parse_punctuation(",")
        memory = parser.parse_type()
        parser.parse_punctuation(")")
        result = types_after_arrow(parser)
        return cls.build(
            operands=[
                parser.resolve_operand(value, type),
                parser.resolve_operand(target, memory),
                indices,
            ],
            result_types=result or [type],
            properties={"kind": IntegerAttr(KINDS.index(kind), i64)},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {name(self.kind)} ")
        printer.print_operand(self.value)
        printer.print_string(", ")
        printer.print_operand(self.memref)
        printer.print_string("[")
        printer.print_list(self.indices, printer.print_operand)
        printer.print_string("]")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : (")
        printer.print_attribute(self.value.type)
        printer.print_string(", ")
        printer.print_attribute(self.memref.type)
        printer.print_string(") -> ")
        printer.print_attribute(self.result.type)


@irdl_op_definition
class GlobalOp(IRDLOperation):
    """`memref.global "private" constant @x : memref<2xf32> = dense<[1.0, 2.0]>`"""

    name = "memref.global"
    sym_name = prop_def(StringAttr)
    sym_visibility = opt_prop_def(StringAttr)
    type = prop_def(MemRefType)
    initial_value = opt_prop_def(base(UnitAttr) | base(DenseIntOrFPElementsAttr))
    constant = opt_prop_def(UnitAttr)
    alignment = opt_prop_def(IntegerAttr)
    traits = traits_def(SymbolOpInterface(), MemoryAllocEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {}
        visibility = parser.parse_optional_str_literal()
        if visibility is not None:
            properties["sym_visibility"] = StringAttr(visibility)
        if parser.parse_optional_keyword("constant"):
            properties["constant"] = UnitAttr()
        properties["sym_name"] = parser.parse_symbol_name()
        parser.parse_punctuation(":")
        pos = parser.pos
        type = parser.parse_type()
        if not isinstance(type, MemRefType):
            parser.raise_error("a type of memory expected", pos)
        properties["type"] = type
        if parser.parse_optional_punctuation("="):
            if parser.parse_optional_keyword("uninitialized"):
                properties["initial_value"] = UnitAttr()
            else:
                tensor = TensorType(type.element_type, type.get_shape())
                properties["initial_value"] = _table(parser, tensor)
        attributes = parser.parse_optional_attr_dict()
        if "alignment" in attributes:
            properties["alignment"] = attributes.pop("alignment")
        return cls.create(properties=properties, attributes=attributes)

    def print(self, printer: Printer) -> None:
        if self.sym_visibility is not None:
            printer.print_string(f' "{self.sym_visibility.data}"')
        if self.constant is not None:
            printer.print_string(" constant")
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        printer.print_string(" : ")
        printer.print_attribute(self.type)
        if isinstance(self.initial_value, UnitAttr):
            printer.print_string(" = uninitialized")
        elif self.initial_value is not None:
            printer.print_string(" = dense<")
            text = str(self.initial_value)
            printer.print_string(text[len("dense<") : text.rindex("> : ")])
            printer.print_string(">")
        attributes = dict(self.attributes)
        if self.alignment is not None:
            attributes["alignment"] = self.alignment
        printer.print_op_attributes(attributes)


def _table(parser: Parser, type: TensorType) -> DenseIntOrFPElementsAttr:
    """`dense<…>` without its type, which the memory has; or with it."""
    parser.parse_keyword("dense")
    kind: Any = type
    return parser.parse_dense_int_or_fp_elements_attr(kind)


@irdl_op_definition
class TransposeOp(IRDLOperation):
    """`memref.transpose %x (i, j) -> (j, i) : memref<…> to memref<…>`, another view of x."""

    name = "memref.transpose"
    source = operand_def(MemRefType)
    permutation = prop_def(AffineMapAttr)
    result = result_def(MemRefType)
    traits = traits_def(NoMemoryEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        x = parser.parse_unresolved_operand()
        map = parser.parse_affine_map()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        parser.parse_keyword("to")
        result = parser.parse_type()
        return cls.build(
            operands=[parser.resolve_operand(x, type)],
            result_types=[result],
            properties={"permutation": AffineMapAttr(map)},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.source)
        printer.print_string(f" {self.permutation.data}")
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.source.type)
        printer.print_string(" to ")
        printer.print_attribute(self.result.type)


@irdl_op_definition
class ReshapeOp(IRDLOperation):
    """`memref.reshape %x(%shape) : (memref<…>, memref<…>) -> memref<…>`, another view of x."""

    name = "memref.reshape"
    source = operand_def(base(MemRefType) | base(UnrankedMemRefType))
    shape = operand_def(MemRefType)
    result = result_def(base(MemRefType) | base(UnrankedMemRefType))
    traits = traits_def(MemoryReadEffect())
    assembly_format = "$source `(` $shape `)` attr-dict `:` functional-type(operands, results)"


@irdl_op_definition
class CopyOp(IRDLOperation):
    """`memref.copy %x, %y : memref<…> to memref<…>`: y gets the elements of x."""

    name = "memref.copy"
    source = operand_def(MEMORY)
    destination = operand_def(MEMORY)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())
    assembly_format = "$source `,` $destination attr-dict `:` type($source) `to` type($destination)"


@irdl_op_definition
class CastOp(IRDLOperation):
    """`memref.cast %x : memref<4xf32> to memref<?xf32>`: another type of the same memory."""

    name = "memref.cast"
    source = operand_def(MEMORY)
    dest = result_def(MEMORY)
    traits = traits_def(NoMemoryEffect())
    assembly_format = "$source attr-dict `:` type($source) `to` type($dest)"


@irdl_op_definition
class MemorySpaceCastOp(IRDLOperation):
    """`memref.memory_space_cast %x : memref<4xf32> to memref<4xf32, 1>`"""

    name = "memref.memory_space_cast"
    source = operand_def(MEMORY)
    dest = result_def(MEMORY)
    traits = traits_def(NoMemoryEffect())
    assembly_format = "$source attr-dict `:` type($source) `to` type($dest)"


@irdl_op_definition
class RankOp(IRDLOperation):
    """`memref.rank %x : memref<2x3xf32>`, the number of dimensions."""

    name = "memref.rank"
    source = operand_def(MEMORY)
    rank = result_def(IndexType())
    traits = traits_def(NoMemoryEffect())
    assembly_format = "$source attr-dict `:` type($source)"


@irdl_op_definition
class PrefetchOp(IRDLOperation):
    """
    `memref.prefetch %x[%i], write, locality<3>, data : memref<4xf32>`. The value of no program
    depends on it.
    """

    name = "memref.prefetch"
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    isWrite = prop_def(IntegerAttr)
    localityHint = prop_def(IntegerAttr)
    isDataCache = prop_def(IntegerAttr)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        memref, indices = _element(parser)
        hints = parse_hints(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.build(
            operands=[parser.resolve_operand(memref, parser.parse_type()), indices],
            properties=hints,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        _print_element(printer, self.memref, self.indices)
        print_hints(printer, self.isWrite, self.localityHint, self.isDataCache)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.memref.type)


def _element(parser: Parser) -> tuple[UnresolvedOperand, list[SSAValue]]:
    """`%x[%i, %j]`"""
    memref = parser.parse_unresolved_operand()
    return memref, parser.parse_comma_separated_list(
        Parser.Delimiter.SQUARE, lambda: parser.parse_operand(IndexType())
    )


def _print_element(printer: Printer, memref: SSAValue, indices: Sequence[SSAValue]) -> None:
    printer.print_string(" ")
    printer.print_operand(memref)
    printer.print_string("[")
    printer.print_list(indices, printer.print_operand)
    printer.print_string("]")


@irdl_op_definition
class GenericAtomicRMWOp(IRDLOperation):
    """
    `memref.generic_atomic_rmw %x[%i] : memref<4xf32> { ^bb0(%old: f32): … memref.atomic_yield %y }`
    """

    name = "memref.generic_atomic_rmw"
    memref = operand_def(MemRefType)
    indices = var_operand_def(IndexType())
    result = result_def(AnyAttr())
    atomic_body = region_def("single_block")
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def verify_(self) -> None:
        assert isinstance(self.memref.type, MemRefType)
        kind = self.memref.type.element_type
        given = [a.type for a in self.atomic_body.block.args]
        if given != [kind] or self.result.type != kind:
            raise VerifyException(f"{self.name} reads and gives one {kind}")
        if len(self.indices) != self.memref.type.get_num_dims():
            raise VerifyException(
                f"{self.name} has {len(self.indices)} indices, and {self.memref.type}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        memref, indices = _element(parser)
        parser.parse_punctuation(":")
        pos = parser.pos
        type = parser.parse_type()
        if not isinstance(type, MemRefType):
            parser.raise_error("a type of memory expected", pos)
        body = parser.parse_region()
        return cls.build(
            operands=[parser.resolve_operand(memref, type), indices],
            result_types=[type.element_type],
            regions=[body],
            attributes=parser.parse_optional_attr_dict(),
        )

    def print(self, printer: Printer) -> None:
        _print_element(printer, self.memref, self.indices)
        printer.print_string(" : ")
        printer.print_attribute(self.memref.type)
        printer.print_string(" ")
        printer.print_region(self.atomic_body)
        printer.print_op_attributes(self.attributes)


@irdl_op_definition
class AtomicYieldOp(IRDLOperation):
    """`memref.atomic_yield %y : f32`, the element that `memref.generic_atomic_rmw` writes."""

    name = "memref.atomic_yield"
    result = operand_def(AnyAttr())
    traits = traits_def(IsTerminator(), HasParent(GenericAtomicRMWOp), NoMemoryEffect())
    assembly_format = "$result attr-dict `:` type($result)"


@irdl_op_definition
class ReallocOp(IRDLOperation):
    """
    `memref.realloc %x(%n) : memref<4xf32> to memref<?xf32>`: memory of another size that begins
    with the elements of x. The program uses x no more.
    """

    name = "memref.realloc"
    source = operand_def(MemRefType)
    size = opt_operand_def(IndexType())
    alignment = opt_prop_def(IntegerAttr)
    result = result_def(MemRefType)
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryAllocEffect(), MemoryFreeEffect(), MemoryReadEffect())
    assembly_format = "$source (`(` $size^ `)`)? attr-dict `:` type($source) `to` type($result)"

    def verify_(self) -> None:
        x, y = self.source.type, self.result.type
        assert isinstance(x, MemRefType) and isinstance(y, MemRefType)
        if x.get_num_dims() != 1 or y.get_num_dims() != 1 or x.element_type != y.element_type:
            raise VerifyException(f"{self.name} keeps one dimension and the elements: {x}, {y}")
        if (DYNAMIC_INDEX in y.get_shape()) != (self.size is not None):
            raise VerifyException(f"{self.name} has a size where {y} says none, and only there")


OPS = [
    AllocaScopeOp, AllocaScopeReturnOp, AtomicRMWOp, CastOp, CopyOp, GlobalOp, MemorySpaceCastOp,
    PrefetchOp, RankOp, ReshapeOp, TransposeOp, GenericAtomicRMWOp, AtomicYieldOp, ReallocOp,
]  # fmt: skip
