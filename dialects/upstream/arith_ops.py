"""Ops of `arith`: comparisons, choices and casts of each element, and two ops that xDSL lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from xdsl.dialects import arith
from xdsl.dialects.arith import FastMathFlagsAttr, IntegerOverflowAttr
from xdsl.dialects.builtin import (
    AnyFloat,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    UnitAttr,
    VectorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from .arith_flags import EXACT, ROUNDED, check_flags, parse_flags, print_flags, without_empty


def mask_type(type: Attribute) -> Attribute:
    """The type of the answers of a comparison of values of a type."""
    match type:
        case TensorType():
            return TensorType(i1, type.get_shape())
        case VectorType():
            return VectorType(i1, type.get_shape(), type.scalable_dims)
        case _:
            return i1


class TensorCompareOp(IRDLOperation):
    """A comparison of each element. On numbers the op is xDSL's."""

    ORDERS: ClassVar[Sequence[str]]
    ON_NUMBERS: ClassVar[type[Operation]]

    @classmethod
    def create(cls, *, result_types: Sequence[Attribute] = (), **kwargs: Any) -> Self:
        on_tensors = bool(result_types) and isinstance(result_types[0], TensorType | VectorType)
        if on_tensors:
            return super().create(result_types=result_types, **kwargs)
        return cls.ON_NUMBERS.create(result_types=result_types, **kwargs)  # type: ignore[return-value]

    def verify_(self) -> None:
        a, b = self.operands[0].type, self.operands[1].type
        if a != b:
            raise VerifyException(f"{self.name} compares {a} with {b}")
        if self.results[0].type != mask_type(a):
            raise VerifyException(
                f"{self.name} of {a} gives {mask_type(a)}, and not {self.results[0].type}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        order = parser.parse_keyword_in(cls.ORDERS, "the order of the comparison")
        parser.parse_punctuation(",")
        a = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        b = parser.parse_unresolved_operand()
        properties: dict[str, Attribute] = {"predicate": IntegerAttr(cls.ORDERS.index(order), i64)}
        if cls is CmpfOp:
            flags = FastMathFlagsAttr("none")
            if parser.parse_optional_keyword("fastmath"):
                flags = FastMathFlagsAttr(FastMathFlagsAttr.parse_parameter(parser))
            properties["fastmath"] = flags
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        operands = parser.resolve_operands([a, b], [type, type], parser.pos)
        return cls.create(
            operands=operands,
            result_types=[mask_type(type)],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        predicate = self.properties["predicate"]
        assert isinstance(predicate, IntegerAttr)
        printer.print_string(f" {self.ORDERS[predicate.value.data]}, ")
        printer.print_list(self.operands, printer.print_operand)
        flags = self.properties.get("fastmath")
        if isinstance(flags, FastMathFlagsAttr) and flags != FastMathFlagsAttr("none"):
            printer.print_string(" fastmath")
            flags.print_parameter(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operands[0].type)


@irdl_op_definition
class CmpfOp(TensorCompareOp):
    """y[i…] = a[i…] ∘ b[i…], by the order `predicate` of floats."""

    name = "arith.cmpf"
    ORDERS: ClassVar = tuple(arith.CMPF_COMPARISON_OPERATIONS)
    ON_NUMBERS: ClassVar = arith.CmpfOp
    predicate = prop_def(IntegerAttr)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    lhs = operand_def(AnyAttr())
    rhs = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    traits = traits_def(Pure())


@irdl_op_definition
class CmpiOp(TensorCompareOp):
    """y[i…] = a[i…] ∘ b[i…], by the order `predicate` of integers."""

    name = "arith.cmpi"
    ORDERS: ClassVar = tuple(arith.CMPI_COMPARISON_OPERATIONS)
    ON_NUMBERS: ClassVar = arith.CmpiOp
    predicate = prop_def(IntegerAttr)
    lhs = operand_def(AnyAttr())
    rhs = operand_def(AnyAttr())
    result = result_def(AnyAttr())
    traits = traits_def(Pure())


@irdl_op_definition
class SelectOp(IRDLOperation):
    """y[i…] = mask[i…] ? a[i…] : b[i…]. With a mask of one number the op is xDSL's."""

    name = "arith.select"
    ON_NUMBERS: ClassVar = arith.SelectOp
    T: ClassVar = VarConstraint("T", AnyAttr())
    cond = operand_def(AnyAttr())
    lhs = operand_def(T)
    rhs = operand_def(T)
    result = result_def(T)
    traits = traits_def(Pure())

    @classmethod
    def create(cls, *, operands: Sequence[Any] = (), **kwargs: Any) -> Self:
        if operands and operands[0].type == i1:
            return arith.SelectOp.create(operands=operands, **kwargs)  # type: ignore[return-value]
        return super().create(operands=operands, **kwargs)

    def verify_(self) -> None:
        if self.cond.type != mask_type(self.lhs.type):
            raise VerifyException(
                f"the mask of {self.lhs.type} is {mask_type(self.lhs.type)} or i1, and not "
                f"{self.cond.type}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        mask = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        a = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        b = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type: Attribute = parser.parse_type()
        kind: Attribute = i1
        if parser.parse_optional_punctuation(","):
            kind, type = type, parser.parse_type()
        operands = parser.resolve_operands([mask, a, b], [kind, type, type], parser.pos)
        return cls.create(operands=operands, result_types=[type], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_operand)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.cond.type != i1:
            printer.print_attribute(self.cond.type)
            printer.print_string(", ")
        printer.print_attribute(self.result.type)


@irdl_op_definition
class RemfOp(IRDLOperation):
    """y = a - n b, for the whole number n with |y| < |b| for which y has the sign of a."""

    name = "arith.remf"
    T: ClassVar = VarConstraint("T", AnyAttr())
    lhs = operand_def(T)
    rhs = operand_def(T)
    fastmath = prop_def(FastMathFlagsAttr, default_value=FastMathFlagsAttr("none"))
    result = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$lhs `,` $rhs (`fastmath` `` $fastmath^)? attr-dict `:` type($result)"


@irdl_op_definition
class IndexCastUIOp(IRDLOperation):
    """y = x in another type, of integers whose bits are read without a sign."""

    name = "arith.index_castui"
    input = operand_def(AnyAttr())
    nonNeg = opt_prop_def(UnitAttr)
    result = result_def(AnyAttr())
    traits = traits_def(Pure())
    assembly_format = "$input (`nneg` $nonNeg^)? attr-dict `:` type($input) `to` type($result)"


class CastOp(IRDLOperation):
    """
    A cast of each element. On numbers and without flags the op is xDSL's, which takes no tensors.
    """

    ON_NUMBERS: ClassVar[type[Operation]]
    KINDS: ClassVar[tuple[type[Attribute], type[Attribute]]]
    input = operand_def(AnyAttr())
    nonNeg = opt_prop_def(UnitAttr)
    overflowFlags = opt_prop_def(IntegerOverflowAttr)
    fastmath = opt_prop_def(FastMathFlagsAttr)
    roundingmode = opt_prop_def(IntegerAttr)
    result = result_def(AnyAttr())
    traits = traits_def(Pure())

    @classmethod
    def create(
        cls, *, result_types: Sequence[Attribute] = (),
        properties: Mapping[str, Attribute | None] = {}, **kwargs: Any,
    ) -> Self:  # fmt: skip
        properties = without_empty(properties)
        kwargs |= {"result_types": result_types, "properties": properties}
        # xDSL's casts of floats take tensors.
        on_tensors = result_types and isinstance(result_types[0], TensorType | VectorType)
        if properties or (on_tensors and cls.name not in ("arith.extf", "arith.truncf")):
            return super().create(**kwargs)
        return cls.ON_NUMBERS.create(**kwargs)  # type: ignore[return-value]

    def verify_(self) -> None:
        check_flags(self)
        x, y = self.input.type, self.result.type
        kinds: tuple[Any, Any] = x, y
        if isinstance(x, TensorType | VectorType) or isinstance(y, TensorType | VectorType):
            alike = x.__class__ is y.__class__
            if not alike or x.get_shape() != y.get_shape():  # type: ignore[union-attr]
                raise VerifyException(f"{self.name} of {x} gives the same shape, and not {y}")
            kinds = x.get_element_type(), y.get_element_type()  # type: ignore[union-attr]
        if not all(map(isinstance, kinds, self.KINDS)) or not self.fits(*kinds):
            raise VerifyException(f"{self.name} is no cast from {kinds[0]} to {kinds[1]}")

    @classmethod
    def fits(cls, x: Any, y: Any) -> bool:
        """Whether the op may cast x to y, which are of the right kinds."""
        bits = {
            "arith.extsi": -1, "arith.extui": -1, "arith.trunci": 1, "arith.extf": -1,
            "arith.truncf": 1,
        }.get(cls.name, 0)  # fmt: skip
        return not bits or bits * (_width(x) - _width(y)) > 0

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        x = parser.parse_unresolved_operand()
        properties = parse_flags(cls.name, parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        given = parser.parse_type()
        parser.parse_keyword("to")
        return cls.create(
            operands=[parser.resolve_operand(x, given)],
            result_types=[parser.parse_type()],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.input)
        print_flags(self, printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)
        printer.print_string(" to ")
        printer.print_attribute(self.result.type)


class IndexCastOfTensorOp(CastOp):
    """A cast between indices and integers."""

    @classmethod
    def fits(cls, x: Any, y: Any) -> bool:
        return isinstance(x, IndexType) != isinstance(y, IndexType)


def _width(x: Any) -> int:
    return x.width.data if isinstance(x, IntegerType) else x.bitwidth


_ANY_INTEGER: Any = IntegerType | IndexType


def _cast(
    number: type[Operation], source: Any, target: Any, base: type[CastOp] = CastOp
) -> type[CastOp]:
    body: dict[str, Any] = {
        "__doc__": f"y[i…] = {number.name} x[i…].",
        "__module__": __name__,
        "name": number.name,
    }
    made = irdl_op_definition(type(number.__name__, (base,), body))
    made.ON_NUMBERS, made.KINDS = number, (source, target)
    return made


CASTS = [
    _cast(arith.SIToFPOp, IntegerType, AnyFloat),
    _cast(arith.UIToFPOp, IntegerType, AnyFloat),
    _cast(arith.FPToSIOp, AnyFloat, IntegerType),
    _cast(arith.FPToUIOp, AnyFloat, IntegerType),
    _cast(arith.ExtSIOp, IntegerType, IntegerType),
    _cast(arith.ExtUIOp, IntegerType, IntegerType),
    _cast(arith.TruncIOp, IntegerType, IntegerType),
    _cast(arith.ExtFOp, AnyFloat, AnyFloat),
    _cast(arith.TruncFOp, AnyFloat, AnyFloat),
    _cast(arith.IndexCastOp, _ANY_INTEGER, _ANY_INTEGER, IndexCastOfTensorOp),
]

OPS = [CmpfOp, CmpiOp, SelectOp, RemfOp, IndexCastUIOp, *CASTS, *EXACT, *ROUNDED]
