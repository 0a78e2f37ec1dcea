"""Ops of `linalg` that cut a matrix into tiles, and put tiles together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, IndexType, TensorType, i64
from xdsl.dialects.utils.dynamic_index_list import (
    parse_dynamic_index_list_without_types,
    print_dynamic_index_list,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

_ARRAY = DenseArrayBase.constr(i64)


def ints(attribute: Attribute | None) -> list[int]:
    if not isinstance(attribute, DenseArrayBase):
        return []
    return [int(n) for n in attribute.get_values()]


def packed_shape(
    shape: Sequence[int], dims: Sequence[int], tiles: Sequence[int], order: Sequence[int]
) -> list[int]:
    """The shape of an array of `shape` in tiles. A size that nothing knows is DYNAMIC_INDEX."""
    outer = list(shape)
    for d, t in zip(dims, tiles):
        known = DYNAMIC_INDEX not in (outer[d], t)
        outer[d] = -(-outer[d] // t) if known else DYNAMIC_INDEX
    return [outer[d] for d in order or range(len(outer))] + list(tiles)


class TilingOp(IRDLOperation):
    """
    Dimension `inner_dims_pos[k]` of the array lies in tiles of `inner_tiles[k]`. The outer
    dimensions of the tiles stand in the order `outer_dims_perm`, and the tiles behind them.

    Errors: dimensions that the array does not have, or has twice; tiles below 1; a shape that is
    not that of the tiles.
    """

    PACKS: ClassVar[bool]
    """Whether the operand is the array and the result the tiles, or the other way round."""

    def padded(self) -> bool:
        """Whether the last tiles may have more elements than the array."""
        return True

    def tiles(self) -> list[int]:
        return ints(self.properties.get("static_inner_tiles"))

    def verify_(self) -> None:
        dims, order = ints(self.properties.get("inner_dims_pos")), self.order()
        tiles = self.tiles()
        whole, packed = self.whole_and_packed()
        n = whole.get_num_dims()
        if len(set(dims)) != len(dims) or any(not 0 <= d < n for d in dims):
            raise VerifyException(f"{self.name} has tiles along {dims}, and {whole}")
        if order and sorted(order) != list(range(n)):
            raise VerifyException(f"outer_dims_perm is no order of {n} dimensions: {order}")
        if len(tiles) != len(dims) or any(t < 1 and t != DYNAMIC_INDEX for t in tiles):
            raise VerifyException(f"{self.name} has {len(dims)} dimensions with tiles, and {tiles}")
        wanted, given = packed_shape(whole.get_shape(), dims, tiles, order), packed.get_shape()
        if len(wanted) != len(given) or any(
            a != b and DYNAMIC_INDEX not in (a, b) for a, b in zip(wanted, given)
        ):
            shape = "x".join("?" if m == DYNAMIC_INDEX else str(m) for m in wanted)
            raise VerifyException(f"{whole} in tiles has the shape {shape}, and not {packed}")
        if not self.padded() and any(
            DYNAMIC_INDEX not in (whole.get_shape()[d], t) and whole.get_shape()[d] % t
            for d, t in zip(dims, tiles)
        ):
            raise VerifyException(f"{whole} has no whole number of tiles, and no padding_value")

    def order(self) -> list[int]:
        return ints(self.properties.get("outer_dims_perm"))

    def whole_and_packed(self) -> tuple[TensorType, TensorType]:
        """The types of the array and of the array in tiles."""
        source, dest = (x.type for x in self.operands[:2])
        assert isinstance(source, TensorType) and isinstance(dest, TensorType)
        return (source, dest) if self.PACKS else (dest, source)

    @staticmethod
    def parse_tiles(
        parser: Parser,
    ) -> tuple[dict[str, Attribute], list[SSAValue], UnresolvedOperand]:
        """The properties, the sizes of tiles that the program computes, and the destination."""
        properties: dict[str, Attribute] = {}
        for word in ("outer_dims_perm", "inner_dims_pos"):
            if word == "inner_dims_pos":
                parser.parse_keyword(word)
            elif parser.parse_optional_keyword(word) is None:
                continue
            parser.parse_punctuation("=")
            dims = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
            properties[word] = DenseArrayBase.from_list(i64, dims)
        parser.parse_keyword("inner_tiles")
        parser.parse_punctuation("=")
        pos = parser.pos
        values, tiles = parse_dynamic_index_list_without_types(parser, DYNAMIC_INDEX)
        properties["static_inner_tiles"] = DenseArrayBase.from_list(i64, tiles)
        given = parser.resolve_operands(values, [IndexType()] * len(values), pos)
        parser.parse_keyword("into")
        return properties, list(given), parser.parse_unresolved_operand()

    @staticmethod
    def parse_types(parser: Parser) -> tuple[dict[str, Attribute], Attribute, Attribute]:
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        source = parser.parse_type()
        parser.parse_punctuation("->")
        return attributes, source, parser.parse_type()

    def print_tiles(self, printer: Printer, dynamic: Sequence[SSAValue]) -> None:
        for word in ("outer_dims_perm", "inner_dims_pos"):
            if dims := ints(self.properties.get(word)):
                printer.print_string(f" {word} = {dims}")
        printer.print_string(" inner_tiles = ")
        print_dynamic_index_list(printer, DYNAMIC_INDEX, dynamic, self.tiles())
        printer.print_string(" into ")
        source, dest = self.operands[:2]
        printer.print_operand(dest)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(source.type)
        printer.print_string(" -> ")
        printer.print_attribute(dest.type)


class Pack(TilingOp):
    """
    `linalg.pack %x padding_value(%v : f32) inner_dims_pos = [0] inner_tiles = [8] into %y :
    tensor<13xf32> -> tensor<2x8xf32>`
    """

    PACKS: ClassVar = True
    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    padding_value = opt_operand_def(AnyAttr())
    inner_tiles = var_operand_def(IndexType())
    outer_dims_perm = opt_prop_def(_ARRAY)
    inner_dims_pos = prop_def(_ARRAY)
    static_inner_tiles = prop_def(_ARRAY)
    result = result_def(TensorType)
    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def padded(self) -> bool:
        return self.padding_value is not None

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        source = parser.parse_unresolved_operand()
        padding: list[SSAValue] = []
        if parser.parse_optional_keyword("padding_value"):
            parser.parse_punctuation("(")
            value = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            padding = [parser.resolve_operand(value, parser.parse_type())]
            parser.parse_punctuation(")")
        properties, tiles, dest = cls.parse_tiles(parser)
        attributes, kind, result = cls.parse_types(parser)
        x, y = parser.resolve_operand(source, kind), parser.resolve_operand(dest, result)
        return cls.build(
            operands=[x, y, padding, tiles],
            result_types=[result],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.source)
        if self.padding_value is not None:
            printer.print_string(" padding_value(")
            printer.print_operand(self.padding_value)
            printer.print_string(" : ")
            printer.print_attribute(self.padding_value.type)
            printer.print_string(")")
        self.print_tiles(printer, self.inner_tiles)


class Unpack(TilingOp):
    """
    `linalg.unpack %x inner_dims_pos = [0] inner_tiles = [8] into %y : tensor<2x8xf32> ->
    tensor<13xf32>`. The elements that y has no place for are left out.
    """

    PACKS: ClassVar = False
    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    inner_tiles = var_operand_def(IndexType())
    outer_dims_perm = opt_prop_def(_ARRAY)
    inner_dims_pos = prop_def(_ARRAY)
    static_inner_tiles = prop_def(_ARRAY)
    result = result_def(TensorType)
    traits = traits_def(Pure())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        source = parser.parse_unresolved_operand()
        properties, tiles, dest = cls.parse_tiles(parser)
        attributes, kind, result = cls.parse_types(parser)
        x, y = parser.resolve_operand(source, kind), parser.resolve_operand(dest, result)
        return cls.build(
            operands=[x, y, tiles],
            result_types=[result],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.source)
        self.print_tiles(printer, self.inner_tiles)


@irdl_op_definition
class PackOp(Pack):
    __doc__ = Pack.__doc__
    name = "linalg.pack"


@irdl_op_definition
class UnpackOp(Unpack):
    __doc__ = Unpack.__doc__
    name = "linalg.unpack"


@irdl_op_definition
class TensorPackOp(Pack):
    """`linalg.pack`, as older versions of upstream call it."""

    name = "tensor.pack"


@irdl_op_definition
class TensorUnpackOp(Unpack):
    """`linalg.unpack`, as older versions of upstream call it."""

    name = "tensor.unpack"


OPS = [PackOp, UnpackOp]
TENSOR_OPS = [TensorPackOp, TensorUnpackOp]
