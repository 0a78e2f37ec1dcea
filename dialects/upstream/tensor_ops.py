"""Ops of `tensor` that xDSL lacks."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Self

from xdsl.dialects import tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    IntegerType,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
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
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import NoMemoryEffect, Pure, RecursiveMemoryEffect
from xdsl.utils.exceptions import VerifyException

from . import pack_ops

ANY_RANK = base(TensorType) | base(UnrankedTensorType)


@irdl_op_definition
class GenerateOp(IRDLOperation):
    """`tensor.generate %n { ^bb0(%i: index): … tensor.yield %x : f32 } : tensor<?xf32>`"""

    name = "tensor.generate"
    dynamicExtents = var_operand_def(IndexType)
    body = region_def("single_block")
    result = result_def(TensorType)
    traits = traits_def(RecursiveMemoryEffect())

    def verify_(self) -> None:
        type = self.result.type
        assert isinstance(type, TensorType)
        if len(self.body.block.args) != type.get_num_dims():
            raise VerifyException(
                f"the body of tensor.generate has {len(self.body.block.args)} indices, and {type} "
                f"has {type.get_num_dims()} dimensions"
            )
        wanted = sum(n == DYNAMIC_INDEX for n in type.get_shape())
        if len(self.dynamicExtents) != wanted:
            raise VerifyException(
                f"tensor.generate has {len(self.dynamicExtents)} sizes, and {type} needs {wanted}"
            )
        last = self.body.block.last_op
        if not isinstance(last, tensor.YieldOp) or len(last.operands) != 1:
            raise VerifyException("the body of tensor.generate ends by tensor.yield of one value")
        if last.operands[0].type != type.get_element_type():
            raise VerifyException(
                f"the body of tensor.generate gives {last.operands[0].type}, and not an element of "
                f"{type}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        sizes: list[SSAValue] = []
        first = parser.parse_optional_operand(IndexType())
        while first is not None:
            sizes.append(first)
            first = (
                parser.parse_operand(IndexType())
                if parser.parse_optional_punctuation(",")
                else None
            )
        body = parser.parse_region()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.build(
            operands=[sizes],
            result_types=[parser.parse_type()],
            regions=[body],
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        if self.dynamicExtents:
            printer.print_string(" ")
            printer.print_list(self.dynamicExtents, printer.print_operand)
        printer.print_string(" ")
        printer.print_region(self.body)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)


@irdl_op_definition
class RankOp(IRDLOperation):
    """`tensor.rank %x : tensor<2x3xf32>`, the number of dimensions."""

    name = "tensor.rank"
    tensor = operand_def(ANY_RANK)
    result = result_def(IndexType)
    traits = traits_def(NoMemoryEffect())
    assembly_format = "$tensor attr-dict `:` type($tensor)"


@irdl_op_definition
class ParallelInsertSliceOp(IRDLOperation):
    """
    `tensor.parallel_insert_slice %v into %x[%i] [1] [1] : tensor<1xf32> into tensor<4xf32>`, at the
    end of an `scf.forall`
    """

    name = "tensor.parallel_insert_slice"
    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    offsets = var_operand_def(IndexType)
    sizes = var_operand_def(IndexType)
    strides = var_operand_def(IndexType)
    static_offsets = prop_def(DenseArrayBase.constr(i64))
    static_sizes = prop_def(DenseArrayBase.constr(i64))
    static_strides = prop_def(DenseArrayBase.constr(i64))

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def verify_(self) -> None:
        assert isinstance(self.dest.type, TensorType)
        rank = self.dest.type.get_num_dims()
        for values in (self.static_offsets, self.static_sizes, self.static_strides):
            if len(values.get_values()) != rank:
                raise VerifyException(
                    f"the slice has {len(values.get_values())} dimensions, and {self.dest.type} "
                    f"has {rank}"
                )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        source = parser.parse_unresolved_operand()
        parser.parse_keyword("into")
        dest = parser.parse_unresolved_operand()
        lists = []
        for _ in range(3):
            values, numbers = parse_dynamic_index_list_without_types(parser, DYNAMIC_INDEX)
            lists.append(([parser.resolve_operand(v, IndexType()) for v in values], numbers))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        part = parser.parse_type()
        parser.parse_keyword("into")
        whole = parser.parse_type()
        names = ("static_offsets", "static_sizes", "static_strides")
        return cls.build(
            operands=[
                parser.resolve_operand(source, part),
                parser.resolve_operand(dest, whole),
                *(values for values, _ in lists),
            ],
            properties={
                n: DenseArrayBase.from_list(i64, list(numbers))
                for n, (_, numbers) in zip(names, lists)
            },
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.source)
        printer.print_string(" into ")
        printer.print_operand(self.dest)
        lists: Sequence[tuple[Sequence[SSAValue], Sequence[int]]] = (
            (self.offsets, self.static_offsets.get_values()),
            (self.sizes, self.static_sizes.get_values()),
            (self.strides, self.static_strides.get_values()),
        )
        for k, (values, numbers) in enumerate(lists):
            printer.print_string(" " if k else "")
            print_dynamic_index_list(printer, DYNAMIC_INDEX, values, numbers)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.source.type)
        printer.print_string(" into ")
        printer.print_attribute(self.dest.type)


@irdl_op_definition
class GatherOp(IRDLOperation):
    """
    `tensor.gather %x[%i] gather_dims([0, 2]) : (tensor<…>, tensor<…xindex>) -> tensor<…>`: the
    slices of x at the places whose indices lie along the last dimension of i
    """

    name = "tensor.gather"
    source = operand_def(TensorType)
    indices = operand_def(TensorType)
    gather_dims = prop_def(DenseArrayBase.constr(i64))
    unique = opt_prop_def(UnitAttr)
    result = result_def(TensorType)
    traits = traits_def(Pure())
    assembly_format = (
        "$source `[` $indices `]` `gather_dims` `(` $gather_dims `)` (`unique` $unique^)? "
        "attr-dict `:` functional-type(operands, results)"
    )


@irdl_op_definition
class ScatterOp(IRDLOperation):
    """
    `tensor.scatter %v into %x[%i] scatter_dims([0]) unique : (…) -> tensor<…>`: x with slices that
    are replaced
    """

    name = "tensor.scatter"
    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    indices = operand_def(TensorType)
    scatter_dims = prop_def(DenseArrayBase.constr(i64))
    unique = opt_prop_def(UnitAttr)
    result = result_def(TensorType)
    traits = traits_def(Pure())
    assembly_format = (
        "$source `into` $dest `[` $indices `]` `scatter_dims` `(` $scatter_dims `)` "
        "(`unique` $unique^)? attr-dict `:` functional-type(operands, results)"
    )


@irdl_op_definition
class ReshapeOp(IRDLOperation):
    """
    `tensor.reshape %x(%n) : (tensor<*xf32>, tensor<2xindex>) -> tensor<?x3xf32>`: the elements in
    row-major order, with the sizes in n
    """

    name = "tensor.reshape"
    source = operand_def(ANY_RANK)
    shape = operand_def(TensorType)
    result = result_def(ANY_RANK)
    traits = traits_def(Pure())
    assembly_format = (
        "$source `(` $shape `)` attr-dict `:` `(` type($source) `,` type($shape) `)` `->` "
        "type($result)"
    )

    def verify_(self) -> None:
        x, y, n = self.source.type, self.result.type, self.shape.type
        assert isinstance(n, TensorType) and hasattr(x, "element_type")
        if x.element_type != y.element_type:  # type: ignore[attr-defined]
            raise VerifyException(f"{x} and {y} have different elements")
        if n.get_num_dims() != 1 or not isinstance(n.element_type, IntegerType | IndexType):
            raise VerifyException(f"the sizes are a row of integers, and not {n}")
        if isinstance(y, TensorType) and n.get_shape()[0] not in (DYNAMIC_INDEX, y.get_num_dims()):
            raise VerifyException(f"{n} has not the {y.get_num_dims()} sizes of {y}")
        shapes = [t.get_shape() for t in (x, y) if isinstance(t, TensorType)]
        known = [prod(shape) for shape in shapes if DYNAMIC_INDEX not in shape]
        if len(set(known)) > 1:
            raise VerifyException(f"{x} has {known[0]} elements, and {y} has {known[1]}")


@irdl_op_definition
class BitcastOp(IRDLOperation):
    """y[i…] has the bits of x[i…]: `tensor.bitcast %x : tensor<4xf32> to tensor<4xi32>`"""

    name = "tensor.bitcast"
    source = operand_def(ANY_RANK)
    dest = result_def(ANY_RANK)
    traits = traits_def(Pure())
    assembly_format = "$source attr-dict `:` type($source) `to` type($dest)"

    def verify_(self) -> None:
        x, y = self.source.type, self.dest.type
        widths = [getattr(t.element_type, "bitwidth", None) for t in (x, y)]  # type: ignore[attr-defined]
        if None in widths or widths[0] != widths[1]:
            raise VerifyException(f"the elements of {x} and {y} have not the same number of bits")
        if isinstance(x, TensorType) and isinstance(y, TensorType):
            a, b = x.get_shape(), y.get_shape()
            both = zip(a, b)
            if len(a) != len(b) or any(DYNAMIC_INDEX not in (m, n) and m != n for m, n in both):
                raise VerifyException(f"{x} has not the shape of {y}")


OPS = [
    GenerateOp, RankOp, ParallelInsertSliceOp, GatherOp, ScatterOp, ReshapeOp, BitcastOp,
    *pack_ops.TENSOR_OPS,
]  # fmt: skip
