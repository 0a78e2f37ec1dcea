"""Ops of `vector` that xDSL lacks."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Self

from xdsl.dialects import vector
from xdsl.dialects.arith import FastMathFlagsAttr
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    StringAttr,
    VectorType,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
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

from .spelling import WordAttr

ADD = vector.CombiningKindAttr(vector.CombiningKindFlag.ADD)
DENSE = DenseArrayBase.constr(i64)


def sizes(type: Attribute) -> tuple[int, ...]:
    """The sizes of a vector; none for a number."""
    return tuple(type.get_shape()) if isinstance(type, VectorType) else ()


def element(type: Attribute) -> Attribute:
    return type.get_element_type() if isinstance(type, VectorType) else type


def numbers(attribute: ArrayAttr[Attribute]) -> tuple[int, ...]:
    return tuple(int(x.value.data) for x in attribute.data if isinstance(x, IntegerAttr))


def check_elements(op: IRDLOperation) -> None:
    """All operands and results that are no indices have elements of one type."""
    kinds = {element(v.type) for v in (*op.operands, *op.results)}
    if len(kinds) > 1:
        raise VerifyException(f"{op.name} has elements of the types {', '.join(map(str, kinds))}")


@irdl_attr_definition
class IteratorTypeAttr(WordAttr):
    """How a dimension takes part in a contraction: `#vector.iterator_type<reduction>`"""

    name = "vector.iterator_type"
    word: StringAttr


@irdl_op_definition
class SplatOp(IRDLOperation):
    """y[i…] = x."""

    name = "vector.splat"
    T: ClassVar = VarConstraint("T", AnyAttr())
    input = operand_def(T)
    aggregate = result_def(VectorType.constr(T))
    traits = traits_def(Pure())
    assembly_format = "$input attr-dict `:` type($aggregate)"


class ElementOp(IRDLOperation):
    """`%x[%i : index] : vector<4xf32>`; a vector of rank 0 has no index."""

    @staticmethod
    def parse_place(parser: Parser) -> tuple[object, list[SSAValue]]:
        given = parser.parse_unresolved_operand()
        parser.parse_punctuation("[")
        at: list[SSAValue] = []
        if parser.parse_optional_punctuation("]") is None:
            place = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            at.append(parser.resolve_operand(place, parser.parse_type()))
            parser.parse_punctuation("]")
        return given, at

    @staticmethod
    def print_place(printer: Printer, x: SSAValue, at: SSAValue | None) -> None:
        printer.print_operand(x)
        printer.print_string("[")
        if at is not None:
            printer.print_operand(at)
            printer.print_string(" : ")
            printer.print_attribute(at.type)
        printer.print_string("]")


def check_place(op: IRDLOperation, type: Attribute, at: SSAValue | None) -> None:
    if len(sizes(type)) != (at is not None):
        raise VerifyException(f"{op.name} takes one index for each dimension of {type}")


@irdl_op_definition
class ExtractElementOp(ElementOp):
    """y = x[i]: `vector.extractelement %x[%i : index] : vector<4xf32>`"""

    name = "vector.extractelement"
    vector = operand_def(VectorType)
    position = opt_operand_def(AnyAttr())
    result = result_def(AnyAttr())
    traits = traits_def(Pure())

    def verify_(self) -> None:
        check_place(self, self.vector.type, self.position)
        if self.result.type != element(self.vector.type):
            raise VerifyException(f"an element of {self.vector.type} is no {self.result.type}")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        given, at = cls.parse_place(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        x = parser.resolve_operand(given, type)  # type: ignore[arg-type]
        return cls.create(
            operands=[x, *at], result_types=[element(type)], attributes=attributes
        )  # fmt: skip

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        self.print_place(printer, self.vector, self.position)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.vector.type)


@irdl_op_definition
class InsertElementOp(ElementOp):
    """y = x with y[i] = v: `vector.insertelement %v, %x[%i : index] : vector<4xf32>`"""

    name = "vector.insertelement"
    T: ClassVar = VarConstraint("T", VectorType.constr())
    source = operand_def(AnyAttr())
    dest = operand_def(T)
    position = opt_operand_def(AnyAttr())
    result = result_def(T)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        check_place(self, self.dest.type, self.position)
        if self.source.type != element(self.dest.type):
            raise VerifyException(f"{self.source.type} is no element of {self.dest.type}")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        value = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        given, at = cls.parse_place(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        v = parser.resolve_operand(value, element(type))
        x = parser.resolve_operand(given, type)  # type: ignore[arg-type]
        return cls.create(operands=[v, x, *at], result_types=[type], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.source)
        printer.print_string(", ")
        self.print_place(printer, self.dest, self.position)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.dest.type)


@irdl_op_definition
class ShapeCastOp(IRDLOperation):
    """y has the elements of x in row-major order, in another shape."""

    name = "vector.shape_cast"
    source = operand_def(VectorType)
    result = result_def(VectorType)
    traits = traits_def(Pure())
    assembly_format = "$source attr-dict `:` type($source) `to` type($result)"

    def verify_(self) -> None:
        check_elements(self)
        if prod(sizes(self.source.type)) != prod(sizes(self.result.type)):
            raise VerifyException(
                f"{self.source.type} has another number of elements than {self.result.type}"
            )


@irdl_op_definition
class TransposeOp(IRDLOperation):
    """Dimension k of y is dimension `permutation[k]` of x."""

    name = "vector.transpose"
    vector = operand_def(VectorType)
    permutation = prop_def(DENSE)
    result = result_def(VectorType)
    traits = traits_def(Pure())
    assembly_format = "$vector `,` $permutation attr-dict `:` type($vector) `to` type($result)"

    def verify_(self) -> None:
        check_elements(self)
        given, order = sizes(self.vector.type), self.permutation.get_values()
        if sorted(order) != list(range(len(given))):
            raise VerifyException(f"{list(order)} is no order of {len(given)} dimensions")
        if tuple(given[int(d)] for d in order) != sizes(self.result.type):
            raise VerifyException(
                f"{self.vector.type} in the order {list(order)} is no {self.result.type}"
            )


@irdl_op_definition
class ExtractStridedSliceOp(IRDLOperation):
    """
    y[i…] = x[offsets + strides * i…] on the leading dimensions, and all of the others:
    `vector.extract_strided_slice %x {offsets = [1], sizes = [2], strides = [1]} : … to …`
    """

    name = "vector.extract_strided_slice"
    vector = operand_def(VectorType)
    offsets = prop_def(ArrayAttr)
    sizes = prop_def(ArrayAttr)
    strides = prop_def(ArrayAttr)
    result = result_def(VectorType)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$vector attr-dict `:` type($vector) `to` type($result)"

    def verify_(self) -> None:
        check_elements(self)
        given = sizes(self.vector.type)
        boxes = [numbers(x) for x in (self.offsets, self.sizes, self.strides)]
        if len({len(x) for x in boxes}) != 1 or len(boxes[0]) > len(given):
            raise VerifyException(f"offsets, sizes and strides of {self.vector.type} differ")
        for n, o, k, s in zip(given, *boxes):
            if o < 0 or k < 1 or s < 1 or o + (k - 1) * s >= n:
                raise VerifyException(f"{k} elements from {o} on by {s} leave a dimension of {n}")
        if (*boxes[1], *given[len(boxes[1]) :]) != sizes(self.result.type):
            raise VerifyException(f"a slice of the sizes {boxes[1]} is no {self.result.type}")


@irdl_op_definition
class InsertStridedSliceOp(IRDLOperation):
    """
    y = x in which a box from `offsets` on has the elements of v:
    `vector.insert_strided_slice %v, %x {offsets = [0, 2], strides = [1]} : … into …`
    """

    name = "vector.insert_strided_slice"
    T: ClassVar = VarConstraint("T", VectorType.constr())
    source = operand_def(VectorType)
    dest = operand_def(T)
    offsets = prop_def(ArrayAttr)
    strides = prop_def(ArrayAttr)
    result = result_def(T)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$source `,` $dest attr-dict `:` type($source) `into` type($dest)"

    def verify_(self) -> None:
        check_elements(self)
        part, whole = sizes(self.source.type), sizes(self.dest.type)
        offsets, strides = numbers(self.offsets), numbers(self.strides)
        if len(offsets) != len(whole) or len(strides) != len(part) or len(part) > len(whole):
            raise VerifyException(
                f"{self.dest.type} needs {len(whole)} offsets, and {self.source.type} "
                f"{len(part)} strides"
            )
        front = len(whole) - len(part)
        for n, o, k, s in zip(whole, offsets, (*[1] * front, *part), (*[1] * front, *strides)):
            if o < 0 or s < 1 or o + (k - 1) * s >= n:
                raise VerifyException(f"{k} elements from {o} on by {s} leave a dimension of {n}")


@irdl_op_definition
class MultiReductionOp(IRDLOperation):
    """y = acc joined with the elements of x along dimensions: `<add>, %x, %acc [1] : … to …`"""

    name = "vector.multi_reduction"
    D: ClassVar = VarConstraint("D", AnyAttr())
    kind = prop_def(vector.CombiningKindAttr)
    source = operand_def(VectorType)
    acc = operand_def(D)
    reduction_dims = prop_def(DENSE)
    dest = result_def(D)
    traits = traits_def(Pure())
    assembly_format = (
        "$kind `,` $source `,` $acc $reduction_dims attr-dict `:` type($source) `to` type($dest)"
    )

    def verify_(self) -> None:
        check_elements(self)
        given, gone = sizes(self.source.type), self.reduction_dims.get_values()
        if len(set(gone)) != len(gone) or any(not 0 <= d < len(given) for d in gone):
            raise VerifyException(f"{list(gone)} are no dimensions of {self.source.type}")
        left = tuple(n for d, n in enumerate(given) if d not in gone)
        if left != sizes(self.dest.type):
            raise VerifyException(
                f"{self.source.type} without the dimensions {list(gone)} is no {self.dest.type}"
            )


@irdl_op_definition
class ContractOp(IRDLOperation):
    """
    y = acc joined with products of a and b, by maps as those of `linalg.generic`:
    `vector.contract {indexing_maps = […], iterator_types = […], kind = …} %a, %b, %acc : … into …`
    """

    name = "vector.contract"
    lhs = operand_def(VectorType)
    rhs = operand_def(VectorType)
    acc = operand_def(AnyAttr())
    indexing_maps = prop_def(ArrayAttr)
    iterator_types = prop_def(ArrayAttr)
    kind = prop_def(vector.CombiningKindAttr, default_value=ADD)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    result = result_def(AnyAttr())
    traits = traits_def(Pure())

    def verify_(self) -> None:
        maps = [m.data for m in self.indexing_maps.data if isinstance(m, AffineMapAttr)]
        if len(maps) != 3:
            raise VerifyException("vector.contract has a map for each of its three operands")
        for map, value in zip(maps, self.operands):
            if map.num_dims != len(self.iterator_types.data) or map.num_symbols:
                raise VerifyException(
                    f"the map {map} is no map of {len(self.iterator_types.data)} dimensions"
                )
            if len(map.results) != len(sizes(value.type)):
                raise VerifyException(f"the map {map} is no map of {value.type}")
        if self.result.type != self.acc.type:
            raise VerifyException("the result of vector.contract has the type of its last operand")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        pos = parser.pos
        attributes |= parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kinds = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        parser.parse_keyword("into")
        kinds.append(parser.parse_type())
        if len(operands) != 3 or len(kinds) != 3:
            parser.raise_error("vector.contract has three operands, and a type for each", pos)
        properties = {
            k: attributes.pop(k) for k in ("indexing_maps", "iterator_types") if k in attributes
        }
        words = properties.get("iterator_types")
        if isinstance(words, ArrayAttr):
            properties["iterator_types"] = ArrayAttr(
                IteratorTypeAttr(w) if isinstance(w, StringAttr) else w for w in words
            )
        properties["kind"] = attributes.pop("kind", ADD)
        properties["fastmath"] = attributes.pop("fastmath", FastMathFlagsAttr("none"))
        return cls.create(
            operands=parser.resolve_operands(operands, kinds, pos),
            result_types=[kinds[-1]],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        words = ArrayAttr(
            w.word if isinstance(w, IteratorTypeAttr) else w for w in self.iterator_types
        )
        shown = {"indexing_maps": self.indexing_maps, "iterator_types": words, "kind": self.kind}
        if self.fastmath != FastMathFlagsAttr("none"):
            shown["fastmath"] = self.fastmath
        printer.print_op_attributes(shown)
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list((self.lhs.type, self.rhs.type), printer.print_attribute)
        printer.print_string(" into ")
        printer.print_attribute(self.acc.type)


@irdl_op_definition
class OuterProductOp(IRDLOperation):
    """
    y[i, j] = acc[i, j] joined with a[i] * b[j]; b may be a number. Without `acc`, only the product:
    `vector.outerproduct %a, %b, %acc {kind = #vector.kind<add>} : vector<2xf32>, vector<3xf32>`
    """

    name = "vector.outerproduct"
    lhs = operand_def(VectorType)
    rhs = operand_def(AnyAttr())
    acc = opt_operand_def(VectorType)
    kind = prop_def(vector.CombiningKindAttr, default_value=ADD)
    result = result_def(VectorType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        check_elements(self)
        wanted = sizes(self.lhs.type) + sizes(self.rhs.type)
        if len(sizes(self.lhs.type)) != 1 or len(wanted) > 2 or sizes(self.result.type) != wanted:
            raise VerifyException(
                f"the product of {self.lhs.type} and {self.rhs.type} is no {self.result.type}"
            )
        if self.acc is not None and self.acc.type != self.result.type:
            raise VerifyException(f"{self.acc.type} is no {self.result.type}")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        pos = parser.pos
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        kinds = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        if len(operands) not in (2, 3) or len(kinds) != 2:
            parser.raise_error("vector.outerproduct has two operands with types, or three", pos)
        result = VectorType(element(kinds[0]), [*sizes(kinds[0]), *sizes(kinds[1])])
        values = parser.resolve_operands(operands, [*kinds, result][: len(operands)], pos)
        return cls.create(
            operands=values,
            result_types=[result],
            properties={"kind": attributes.pop("kind", ADD)},
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        kind = {} if self.kind == ADD else {"kind": self.kind}
        printer.print_op_attributes(kind | self.attributes)
        printer.print_string(" : ")
        printer.print_list((self.lhs.type, self.rhs.type), printer.print_attribute)


@irdl_op_definition
class ConstantMaskOp(IRDLOperation):
    """y[i…] = 1 where i < `mask_dim_sizes` in every dimension."""

    name = "vector.constant_mask"
    mask_dim_sizes = prop_def(DENSE)
    result = result_def(VectorType)
    traits = traits_def(Pure())
    assembly_format = "$mask_dim_sizes attr-dict `:` type(results)"

    def verify_(self) -> None:
        if len(self.mask_dim_sizes) != len(sizes(self.result.type)):
            raise VerifyException(f"a mask of {self.result.type} has a size for each dimension")


@irdl_op_definition
class StepOp(IRDLOperation):
    """y[i] = i."""

    name = "vector.step"
    result = result_def(VectorType)
    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($result)"

    def verify_(self) -> None:
        if len(sizes(self.result.type)) != 1 or element(self.result.type) != IndexType():
            raise VerifyException(f"vector.step gives a row of indices, and no {self.result.type}")


@irdl_op_definition
class FromElementsOp(IRDLOperation):
    """y has these elements, in row-major order."""

    name = "vector.from_elements"
    elements = var_operand_def(AnyAttr())
    dest = result_def(VectorType)
    traits = traits_def(Pure())

    def verify_(self) -> None:
        check_elements(self)
        if len(self.elements) != prod(sizes(self.dest.type)):
            raise VerifyException(f"{self.dest.type} has not {len(self.elements)} elements")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        given = parser.parse_optional_undelimited_comma_separated_list(
            parser.parse_optional_unresolved_operand, parser.parse_unresolved_operand
        )
        pos, attributes = parser.pos, parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        given = given or []
        values = parser.resolve_operands(given, [element(type)] * len(given), pos)
        return cls.create(operands=values, result_types=[type], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.elements, printer.print_operand)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.dest.type)


@irdl_op_definition
class ToElementsOp(IRDLOperation):
    """The elements of x, in row-major order."""

    name = "vector.to_elements"
    source = operand_def(VectorType)
    elements = var_result_def(AnyAttr())
    traits = traits_def(Pure())

    def verify_(self) -> None:
        check_elements(self)
        if len(self.elements) != prod(sizes(self.source.type)):
            raise VerifyException(f"{self.source.type} has not {len(self.elements)} elements")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        given = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        return cls.create(
            operands=[parser.resolve_operand(given, type)],
            result_types=[element(type)] * prod(sizes(type)),
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.source)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.source.type)


@irdl_op_definition
class InterleaveOp(IRDLOperation):
    """y[…, 2 i] = a[…, i] and y[…, 2 i + 1] = b[…, i]."""

    name = "vector.interleave"
    T: ClassVar = VarConstraint("T", VectorType.constr())
    lhs = operand_def(T)
    rhs = operand_def(T)
    result = result_def(VectorType)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)"

    def verify_(self) -> None:
        check_elements(self)
        given = sizes(self.lhs.type)
        if sizes(self.result.type) != (*given[:-1], 2 * given[-1] if given else 2):
            raise VerifyException(f"two of {self.lhs.type} are no {self.result.type}")


OPS = [
    SplatOp, ExtractElementOp, InsertElementOp, ShapeCastOp, TransposeOp, ExtractStridedSliceOp,
    InsertStridedSliceOp, MultiReductionOp, ContractOp, OuterProductOp, ConstantMaskOp, StepOp,
    FromElementsOp, ToElementsOp, InterleaveOp,
]  # fmt: skip
ATTRIBUTES = [IteratorTypeAttr]
