"""Ops of `vector` that xDSL lacks: masks around an op, reads and writes at places, and scans."""

from __future__ import annotations

from typing import ClassVar, Self

from xdsl.dialects import vector
from xdsl.dialects.builtin import (
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    StringAttr,
    TensorType,
    VectorType,
    i1,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    opt_prop_def,
    opt_result_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    NoMemoryEffect,
    Pure,
    RecursiveMemoryEffect,
)
from xdsl.utils.exceptions import VerifyException

from .vector_ops import check_elements, element, sizes

BASE = MemRefType.constr() | TensorType.constr()


def check_access(op: IRDLOperation, base: Attribute, indices: int, value: Attribute) -> None:
    """
    An access has an index for each dimension of the base, whose elements are those of the vector.
    """
    assert isinstance(base, MemRefType | TensorType)
    if indices != base.get_num_dims():
        raise VerifyException(f"{op.name} takes one index for each dimension of {base}")
    if base.get_element_type() != element(value):
        raise VerifyException(f"{value} has no elements of {base}")


def check_mask(
    op: IRDLOperation, mask: Attribute, value: Attribute, others: Attribute | None = None
) -> None:
    """A mask has a bit for each element of a vector; `others` is the type of what is unmasked."""
    if element(mask) != i1 or sizes(mask) != sizes(value):
        raise VerifyException(f"{op.name} of {value} has a mask of its shape, and not {mask}")
    if others not in (None, value):
        raise VerifyException(f"{others} is not {value}")


@irdl_op_definition
class YieldOp(IRDLOperation):
    """The end of the region of a `vector.mask`, with the results of the region."""

    name = "vector.yield"
    arguments = var_operand_def(AnyAttr())
    traits = traits_def(IsTerminator(), Pure())
    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"


@irdl_op_definition
class MaskOp(IRDLOperation):
    """
    The op of the region, for the elements where the mask is set. The others have the values of the
    second operand: `vector.mask %m, %v { arith.divf %a, %b : vector<4xf32> } : vector<4xi1> -> …`
    """

    name = "vector.mask"
    mask = operand_def(VectorType)
    passthru = opt_operand_def(AnyAttr())
    maskRegion = region_def("single_block")
    results_ = var_result_def(AnyAttr())
    traits = traits_def(RecursiveMemoryEffect())

    def verify_(self) -> None:
        if element(self.mask.type) != i1:
            raise VerifyException(f"vector.mask takes a mask, and not {self.mask.type}")
        ops = list(self.maskRegion.block.ops)
        if not ops or not isinstance(ops[-1], YieldOp):
            raise VerifyException("the region of vector.mask ends by vector.yield")
        if len(ops) > 2:
            raise VerifyException(f"vector.mask is for one op, and not for {len(ops) - 1}")
        given = [v.type for v in ops[-1].operands]
        if given != list(self.result_types):
            raise VerifyException(
                f"the region of vector.mask gives ({', '.join(map(str, given))}), and not "
                f"({', '.join(map(str, self.result_types))})"
            )
        if self.passthru is not None and [self.passthru.type] != given:
            raise VerifyException(f"{self.passthru.type} is not the type of the result")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        given = [parser.parse_unresolved_operand()]
        if parser.parse_optional_punctuation(","):
            given.append(parser.parse_unresolved_operand())
        region = parser.parse_region()
        block = region.block
        last = block.last_op
        if not isinstance(last, YieldOp):
            block.add_op(YieldOp.create(operands=list(last.results) if last else []))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kind = parser.parse_type()
        results = []
        if parser.parse_optional_punctuation("->"):
            results = parser.parse_optional_comma_separated_list(
                Parser.Delimiter.PAREN, parser.parse_type
            ) or [parser.parse_type()]
        kinds = [kind, *results[: len(given) - 1]]
        return cls.create(
            operands=parser.resolve_operands(given, kinds, parser.pos),
            result_types=results,
            regions=[region],
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        printer.print_string(" ")
        printer.print_region(self.maskRegion)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.mask.type)
        if self.results:
            printer.print_string(" -> ")
            if len(self.results) > 1:
                printer.print_string("(")
            printer.print_list(self.result_types, printer.print_attribute)
            if len(self.results) > 1:
                printer.print_string(")")


@irdl_op_definition
class GatherOp(IRDLOperation):
    """
    y[k…] = x[i…, j + at[k…]] where the mask is set, and v[k…] elsewhere:
    `vector.gather %x[%i, %j] [%at], %m, %v : memref<…>, vector<…>, … into vector<…>`
    """

    name = "vector.gather"
    base = operand_def(BASE)
    offsets = var_operand_def(IndexType)
    indices = operand_def(VectorType)
    mask = operand_def(VectorType)
    pass_thru = operand_def(VectorType)
    alignment = opt_prop_def(IntegerAttr)
    result = result_def(VectorType)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$base `[` $offsets `]` `[` $indices `]` `,` $mask `,` $pass_thru attr-dict `:` "
        "type($base) `,` type($indices) `,` type($mask) `,` type($pass_thru) `into` type($result)"
    )

    def verify_(self) -> None:
        check_access(self, self.base.type, len(self.offsets), self.result.type)
        check_mask(self, self.mask.type, self.result.type, self.pass_thru.type)
        check_places(self.indices.type, self.result.type)


def check_places(places: Attribute, value: Attribute) -> None:
    """A vector of places has an integer for each element of another vector."""
    if not isinstance(element(places), IntegerType | IndexType) or sizes(places) != sizes(value):
        raise VerifyException(f"{places} gives no place for each element of {value}")


@irdl_op_definition
class ScatterOp(IRDLOperation):
    """
    x[i…, j + at[k…]] = v[k…] where the mask is set, the last of two that go to one place:
    `vector.scatter %x[%i, %j] [%at], %m, %v : memref<…>, vector<…>, vector<…xi1>, vector<…>`
    """

    name = "vector.scatter"
    base = operand_def(BASE)
    offsets = var_operand_def(IndexType)
    indices = operand_def(VectorType)
    mask = operand_def(VectorType)
    valueToStore = operand_def(VectorType)
    alignment = opt_prop_def(IntegerAttr)
    result = opt_result_def(TensorType)
    traits = traits_def(MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$base `[` $offsets `]` `[` $indices `]` `,` $mask `,` $valueToStore attr-dict `:` "
        "type($base) `,` type($indices) `,` type($mask) `,` type($valueToStore) "
        "(`->` type($result)^)?"
    )

    def verify_(self) -> None:
        check_access(self, self.base.type, len(self.offsets), self.valueToStore.type)
        check_mask(self, self.mask.type, self.valueToStore.type)
        check_places(self.indices.type, self.valueToStore.type)
        found = [] if self.result is None else [self.result.type]
        if found != ([self.base.type] if isinstance(self.base.type, TensorType) else []):
            raise VerifyException("vector.scatter gives a tensor where it takes one")


@irdl_op_definition
class ExpandLoadOp(IRDLOperation):
    """
    The places of y where the mask is set have x[i…], x[i… + 1] and so on; the others have v:
    `vector.expandload %x[%i], %m, %v : memref<…>, vector<…xi1>, vector<…> into vector<…>`
    """

    name = "vector.expandload"
    base = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    mask = operand_def(VectorType)
    pass_thru = operand_def(VectorType)
    alignment = opt_prop_def(IntegerAttr)
    result = result_def(VectorType)
    traits = traits_def(MemoryReadEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$base `[` $indices `]` `,` $mask `,` $pass_thru attr-dict `:` type($base) `,` "
        "type($mask) `,` type($pass_thru) `into` type($result)"
    )

    def verify_(self) -> None:
        check_access(self, self.base.type, len(self.indices), self.result.type)
        check_mask(self, self.mask.type, self.result.type, self.pass_thru.type)


@irdl_op_definition
class CompressStoreOp(IRDLOperation):
    """
    x[i…], x[i… + 1] and so on become the elements of v where the mask is set:
    `vector.compressstore %x[%i], %m, %v : memref<…>, vector<…xi1>, vector<…>`
    """

    name = "vector.compressstore"
    base = operand_def(MemRefType)
    indices = var_operand_def(IndexType)
    mask = operand_def(VectorType)
    valueToStore = operand_def(VectorType)
    alignment = opt_prop_def(IntegerAttr)
    traits = traits_def(MemoryWriteEffect())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$base `[` $indices `]` `,` $mask `,` $valueToStore attr-dict `:` type($base) `,` "
        "type($mask) `,` type($valueToStore)"
    )

    def verify_(self) -> None:
        check_access(self, self.base.type, len(self.indices), self.valueToStore.type)
        check_mask(self, self.mask.type, self.valueToStore.type)


@irdl_op_definition
class ScanOp(IRDLOperation):
    """
    y[k] = x[0] joined with … and x[k] along a dimension, and the last of them; without `inclusive`,
    y[k] = start joined with x[0] … x[k - 1]:
    `vector.scan <add>, %x, %start {inclusive = true, reduction_dim = 1} : vector<…>, vector<…>`
    """

    name = "vector.scan"
    T: ClassVar = VarConstraint("T", VectorType.constr())
    A: ClassVar = VarConstraint("A", VectorType.constr())
    kind = prop_def(vector.CombiningKindAttr)
    source = operand_def(T)
    initial_value = operand_def(A)
    reduction_dim = prop_def(IntegerAttr)
    inclusive = prop_def(IntegerAttr)
    dest = result_def(T)
    accumulated_value = result_def(A)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$kind `,` $source `,` $initial_value attr-dict `:` type($source) `,` type($initial_value)"
    )

    def verify_(self) -> None:
        check_elements(self)
        shape, d = sizes(self.source.type), self.reduction_dim.value.data
        if not 0 <= d < len(shape):
            raise VerifyException(f"{self.source.type} has no dimension {d}")
        if sizes(self.initial_value.type) != shape[:d] + shape[d + 1 :]:
            raise VerifyException(
                f"{self.source.type} without dimension {d} is no {self.initial_value.type}"
            )


@irdl_op_definition
class DeinterleaveOp(IRDLOperation):
    """a[…, i] = x[…, 2 i] and b[…, i] = x[…, 2 i + 1]."""

    name = "vector.deinterleave"
    T: ClassVar = VarConstraint("T", VectorType.constr())
    source = operand_def(VectorType)
    res1 = result_def(T)
    res2 = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$source attr-dict `:` type($source) `->` type($res1)"

    def verify_(self) -> None:
        check_elements(self)
        given, half = sizes(self.source.type), sizes(self.res1.type)
        if not half or given != (*half[:-1], 2 * half[-1]):
            raise VerifyException(f"{self.source.type} is not two of {self.res1.type}")


@irdl_op_definition
class TypeCastOp(IRDLOperation):
    """Memory as one vector: `vector.type_cast %x : memref<2x3xf32> to memref<vector<2x3xf32>>`"""

    name = "vector.type_cast"
    memref = operand_def(MemRefType)
    result = result_def(MemRefType)
    traits = traits_def(NoMemoryEffect())
    assembly_format = "$memref attr-dict `:` type($memref) `to` type($result)"

    def verify_(self) -> None:
        kind, wanted = self.memref.type, self.result.type
        assert isinstance(kind, MemRefType) and isinstance(wanted, MemRefType)
        whole = wanted.element_type
        if (
            wanted.get_num_dims()
            or not isinstance(whole, VectorType)
            or (whole.element_type, sizes(whole)) != (kind.element_type, tuple(kind.get_shape()))
        ):
            raise VerifyException(f"{wanted} is not memory of one vector of the shape of {kind}")


@irdl_op_definition
class PrintOp(IRDLOperation):
    """Prints x, or a text: `vector.print %x : vector<4xf32>`, `vector.print str "x = "`"""

    name = "vector.print"
    source = opt_operand_def(AnyAttr())
    punctuation = opt_prop_def(AnyAttr())
    stringLiteral = opt_prop_def(StringAttr)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        operands: list[SSAValue] = []
        properties: dict[str, Attribute] = {}
        if parser.parse_optional_keyword("str"):
            properties["stringLiteral"] = StringAttr(parser.parse_str_literal())
        elif (given := parser.parse_optional_unresolved_operand()) is not None:
            pos = parser.pos
            punctuation = cls._punctuation(parser)
            properties |= {} if punctuation is None else {"punctuation": punctuation}
            parser.parse_punctuation(":")
            operands = [*parser.resolve_operands([given], [parser.parse_type()], pos)]
        elif (punctuation := cls._punctuation(parser)) is not None:
            properties["punctuation"] = punctuation
        return cls.create(
            operands=operands,
            properties=properties,
            attributes=parser.parse_optional_attr_dict(),
        )

    @staticmethod
    def _punctuation(parser: Parser) -> Attribute | None:
        if not parser.parse_optional_keyword("punctuation"):
            return None
        parser.parse_punctuation("<")
        word = StringAttr(parser.parse_identifier())
        parser.parse_punctuation(">")
        return word

    def print(self, printer: Printer) -> None:
        if self.stringLiteral is not None:
            printer.print_string(" str ")
            printer.print_string_literal(self.stringLiteral.data)
        if self.source is not None:
            printer.print_string(" ")
            printer.print_operand(self.source)
        if isinstance(self.punctuation, StringAttr):
            printer.print_string(f" punctuation <{self.punctuation.data}>")
        if self.source is not None:
            printer.print_string(" : ")
            printer.print_attribute(self.source.type)
        printer.print_op_attributes(self.attributes)


@irdl_op_definition
class VectorScaleOp(IRDLOperation):
    """The number of times that the machine's vectors repeat those of the text."""

    name = "vector.vscale"
    res = result_def(IndexType)
    traits = traits_def(Pure())
    assembly_format = "attr-dict"


OPS = [
    YieldOp, MaskOp, GatherOp, ScatterOp, ExpandLoadOp, CompressStoreOp, ScanOp, DeinterleaveOp,
    TypeCastOp, PrintOp, VectorScaleOp,
]  # fmt: skip
