"""
`sharing`: facts about shared values that SSA cannot express.

An SSA value that has several uses is shared within its region. The ops of this dialect say two more
things. `sharing.share` says, by a stamp, that two copies of a term in two regions are the same
value (global sharing). `sharing.let` says that the program computes a value once and keeps it, and
does not compute it again at each use (local sharing).

Example:

    >>> x = types.constant(1.0, f64).result
    >>> print(sharing.ShareOp(x, 7))
    %0 = sharing.share %1 {stamp = 7} : f64
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import IndexType, IntegerAttr, i64
from xdsl.interfaces import HasFolderInterface
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from . import types


@irdl_op_definition
class ShareOp(IRDLOperation):
    """
    y = x. This op is one of the places where the program computes the value with this stamp.

    A stamp names one function F of integers, and y = x = F(i, j). A share lists the arguments of F:
    indices that x depends on, or functions of such indices. All shares of a stamp list theirs in
    one order. A pass that copies a region keeps the stamps of the region, and gives the shares
    their new arguments.

        %y = sharing.share %x {stamp = 7} [%i, %j] : type of x

    Errors:  a negative stamp; a delta term, which is no value.
    """

    name = "sharing.share"
    T: ClassVar = VarConstraint("T", AnyAttr())
    x = operand_def(T)
    indices = var_operand_def(IndexType())
    stamp = prop_def(IntegerAttr)
    result = result_def(T)
    traits = traits_def(Pure())

    def __init__(self, x: SSAValue, stamp: int, indices: Sequence[SSAValue] = ()):
        super().__init__(
            operands=[x, list(indices)],
            properties={"stamp": IntegerAttr(stamp, i64)},
            result_types=[x.type],
        )

    def verify_(self) -> None:
        types.check(self.x.type, self.name, "its operand")
        if isinstance(self.x.type, types.Term):
            raise VerifyException(f"sharing.share: {self.x.type} is no value")
        if self.stamp.value.data < 0:
            raise VerifyException(f"sharing.share: the stamp {self.stamp.value.data} is negative")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_operand(self.x)
        printer.print_string(f" {{stamp = {self.stamp.value.data}")
        for name, attribute in self.attributes.items():
            printer.print_string(f", {name} = ")
            printer.print_attribute(attribute)
        printer.print_string("}")
        if self.indices:
            printer.print_string(" ")
            with printer.in_square_brackets():
                printer.print_list(self.indices, printer.print_operand)
        printer.print_string(" : ")
        printer.print_attribute(self.x.type)

    @classmethod
    def parse(cls, parser: Parser) -> ShareOp:
        x = parser.parse_unresolved_operand()
        position = parser.pos
        attributes = parser.parse_optional_attr_dict()
        stamp = attributes.pop("stamp", None)
        if not isinstance(stamp, IntegerAttr):
            parser.raise_error("sharing.share has an integer {stamp = …}", position)
        indices = parser.parse_optional_comma_separated_list(
            parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        parser.parse_punctuation(":")
        position = parser.pos
        type = parser.parse_type()
        given = indices or []
        operands = parser.resolve_operands(
            [x, *given], [type, *[IndexType()] * len(given)], position
        )
        return cls.create(
            operands=operands,
            result_types=[type],
            properties={"stamp": stamp},
            attributes=attributes,
        )


@irdl_op_definition
class LetOp(IRDLOperation, HasFolderInterface):
    """
    y = x, computed once, here, and kept.

    No pass computes x again for a use of y. At the end, each let-bound value is a buffer. A value
    that is not let-bound is a term, and its consumers may absorb the term. If a cost model inserts
    a let, attributes of the let say why.

        %y = sharing.let %x : type of x
    """

    name = "sharing.let"
    T: ClassVar = VarConstraint("T", AnyAttr())
    x = operand_def(T)
    result = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$x attr-dict `:` type($x)"

    def __init__(self, x: SSAValue):
        super().__init__(operands=[x], result_types=[x.type])

    def verify_(self) -> None:
        types.check(self.x.type, self.name, "its operand")

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        """let of let  →  let;  let of a constant  →  the constant"""
        if isinstance(self.x.owner, LetOp):
            return (self.x,)
        return (self.x,) if types.is_constant(self.x) else None


Sharing = Dialect("sharing", [ShareOp, LetOp])
