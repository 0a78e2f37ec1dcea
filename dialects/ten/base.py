"""The common parts of the ops of `ten`: construction, types, checks, folds, and syntax."""

from __future__ import annotations

import importlib
from abc import ABC
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Self

from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    StringAttr,
    TensorType,
    i64,
)
from xdsl.interfaces import HasCanonicalizationPatternsInterface, HasFolderInterface
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, prop_def, traits_def
from xdsl.parser import Parser
from xdsl.pattern_rewriter import RewritePattern
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from .. import types
from ..types import Term, element, ints

index_type = IndexType()

Message = str | Callable[[], str]
"""The text of an error. A function makes a text that prints types, so only an error pays for it."""


def require(op: Operation, condition: bool, message: Message) -> None:
    if not condition:
        text = message if isinstance(message, str) else message()
        raise VerifyException(f"{op.name}: {text}")


class TenOp(IRDLOperation, HasFolderInterface, HasCanonicalizationPatternsInterface, ABC):
    """
    An op without regions. The syntax is

        ten.op [lead,] %a, %b keyword [ints] … {attributes} : type of %a, type of %b -> type of the
        result
    """

    traits = traits_def(Pure())

    LISTS: ClassVar[tuple[str, ...]] = ()
    """Properties that are lists of integers, in the order in which they are written."""
    DIMENSION: ClassVar[bool] = False
    """Whether the op has a property `dim`, written `dim 0`."""
    LEAD: ClassVar[str | None] = None
    """The string property that the syntax puts first, as a bare word."""
    AFTER_LEAD: ClassVar[str] = ","
    """The text between that string and the operands."""
    ONE_TYPE: ClassVar[bool] = False
    """
    Whether the syntax has only one type: the type of the operands. The result has the same type if
    `result_type` infers it so.
    """

    def result_type(self) -> Attribute:
        """
        The result's type, from the operands and properties.

        Errors: `VerifyException` if the operands and properties do not fit each other.
        """
        raise NotImplementedError

    def verify_(self) -> None:
        for name in self.LISTS:
            check_int_list(self, name)
        for i, value in enumerate(self.operands):
            types.check(value.type, self.name, f"operand {i}")
        types.check(self.results[0].type, self.name, "the result")
        expected = self.result_type()
        if self.results[0].type != expected:
            raise VerifyException(
                f"{self.name}: the result is {expected}, not {self.results[0].type}"
            )

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        return fold_empty(self)

    @classmethod
    def get_canonicalization_patterns(cls) -> tuple[RewritePattern, ...]:
        return patterns_of(cls)

    def require(self, condition: bool, message: Message) -> None:
        require(self, condition, message)

    def _build(
        self,
        operands: Sequence[SSAValue | Operation | Sequence[SSAValue | Operation]],
        properties: dict[str, Attribute],
        result_type: Attribute | None = None,
    ) -> None:
        """Construct the op. Without a given result type, the op infers the type."""
        # IRDL's constructor looks up which arguments belong to which definition, and that takes
        # half of the time of making an op. The ops here have one list of operands, and need no
        # look-up.
        values = [
            SSAValue.get(x)
            for given in operands
            for x in ((given,) if isinstance(given, SSAValue | Operation) else given)
        ]
        Operation.__init__(
            self, operands=values, properties=properties, result_types=[result_type or index_type]
        )
        if result_type is None:
            self.results[0]._type = self.result_type()  # pyright: ignore[reportPrivateUsage]

    def print(self, printer: Printer) -> None:
        if self.LEAD is not None:
            printer.print_string(f" {self._lead_text()}")
            printer.print_string(self.AFTER_LEAD if self.operands else "")
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_operand)
        if self.DIMENSION:
            dim = self.properties["dim"]
            assert isinstance(dim, IntegerAttr)
            printer.print_string(f" dim {dim.value.data}")
        for name in self.LISTS:
            numbers = self.properties[name]
            assert isinstance(numbers, DenseArrayBase)
            printer.print_string(f" {name} [{', '.join(map(str, ints(numbers)))}]")
        if self.attributes:
            printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if self.ONE_TYPE:
            printer.print_attribute(
                self.operands[0].type if self.operands else self.results[0].type
            )
            return
        printer.print_list(self.operand_types, printer.print_attribute)
        printer.print_string(" -> ")
        printer.print_attribute(self.results[0].type)

    def _lead_text(self) -> str:
        return self.properties[self.LEAD].data  # type: ignore[index, attr-defined]

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        properties: dict[str, Attribute] = {}
        if cls.LEAD is not None:
            properties[cls.LEAD] = StringAttr(cls._parse_lead(parser))
        operands = parse_operands(parser)
        if cls.DIMENSION:
            parser.parse_keyword("dim")
            properties["dim"] = IntegerAttr(parse_int(parser), i64)
        for name in cls.LISTS:
            parser.parse_keyword(name)
            properties[name] = parse_int_list(parser)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        if cls.ONE_TYPE:
            type = parser.parse_type()
            values = parser.resolve_operands(operands, [type] * len(operands), position)
            return cls._of_one_type(parser, values, type, properties, attributes)
        operand_types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        parser.parse_punctuation("->")
        result = parser.parse_type()
        values = parser.resolve_operands(operands, operand_types, position)
        return cls.create(
            operands=values, result_types=[result], properties=properties, attributes=attributes
        )

    @classmethod
    def _parse_lead(cls, parser: Parser) -> str:
        word = parser.parse_identifier()
        parser.parse_punctuation(",")
        return word

    @classmethod
    def _of_one_type(
        cls,
        parser: Parser,
        values: Sequence[SSAValue],
        type: Attribute,
        properties: dict[str, Attribute],
        attributes: dict[str, Attribute],
    ) -> Self:
        return cls.create(
            operands=values, result_types=[type], properties=properties, attributes=attributes
        )


class ByDims(TenOp, ABC):
    """An op on some dimensions of x. The op lists these dimensions in increasing order."""

    dims = prop_def(DenseArrayBase)
    LISTS: ClassVar = ("dims",)

    def checked_dims(self, rank: int) -> tuple[int, ...]:
        dims = ints(self.dims)
        check_dims(self, dims, rank, "dims")
        return dims


def check_dims(op: TenOp, dims: Sequence[int], rank: int, what: str) -> None:
    op.require(
        all(a < b for a, b in pairwise(dims)),
        lambda: f"{what} {list(dims)} are not strictly increasing",
    )
    op.require(
        all(0 <= d < rank for d in dims),
        lambda: f"{what} {list(dims)} are not all in 0..{rank - 1} (rank {rank})",
    )


def check_joined(op: TenOp, operands: Sequence[SSAValue]) -> None:
    op.require(len(operands) > 0, "there is nothing to join")
    first = operands[0].type
    for i, value in enumerate(operands):
        op.require(
            isinstance(value.type, Term) == isinstance(first, Term)
            and element(value.type) == element(first),
            lambda: f"operand {i} is {value.type}, but operand 0 is {first}",
        )


def without(sizes: Sequence[int], dims: Sequence[int]) -> tuple[int, ...]:
    return tuple(n for d, n in enumerate(sizes) if d not in dims)


def check_int_list(op: Operation, name: str) -> None:
    """Refuse an array of other elements than i64, because the op would misread its numbers."""
    values = op.properties[name]
    if not isinstance(values, DenseArrayBase) or values.elt_type != i64:
        raise VerifyException(f"{op.name}: {name} is {values}, not a list of i64")


def fold_empty(op: Operation) -> Sequence[Attribute] | None:
    """Fold an op to a constant if its result has no elements."""
    type = op.results[0].type
    if isinstance(type, TensorType) and types.size(type) == 0:
        return (DenseIntOrFPElementsAttr.from_list(type, []),)
    return None


def patterns_of(
    op: type[Operation], module: str = "canonicalization"
) -> tuple[RewritePattern, ...]:
    """
    The canonicalization patterns of an op, from the table `PATTERNS` of a module of this package.

    This function finds the module by its name, and loads it at the first call. The rules in the
    module name the ops, so the ops cannot import the module. A tool that canonicalizes nothing
    starts without it.
    """
    patterns = importlib.import_module(f"{__package__}.{module}").PATTERNS
    return patterns.get(op, ())


def parse_operands(parser: Parser) -> list:
    first = parser.parse_optional_unresolved_operand()
    if first is None:
        return []
    operands = [first]
    while parser.parse_optional_punctuation(","):
        operands.append(parser.parse_unresolved_operand())
    return operands


def parse_int_list(parser: Parser) -> DenseArrayBase:
    return types.int_array(
        parser.parse_comma_separated_list(parser.Delimiter.SQUARE, lambda: parse_int(parser))
    )


def parse_int(parser: Parser) -> int:
    start = parser.pos
    value = parser.parse_integer()
    if not -(1 << 63) <= value < 1 << 63:
        parser.raise_error(f"{value} is no 64-bit integer", start, parser.pos)
    return value
