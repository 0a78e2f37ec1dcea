"""
Functions of floats, element by element, that upstream lacks and that derivatives need, or that a
formula of upstream's ops cannot compute: a remainder of a large quotient.

A quotient like x / (x² + y²) overflows or underflows on the way, although its value is an ordinary
number. The derivative of such a formula cancels. So these functions are ops: each has a formula
that keeps its digits for all operands, and partial derivatives that are products of such functions.
"""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, result_def

from .. import types
from ..types import Term, element
from .base import TenOp


class FloatFunctionOp(TenOp, ABC):
    """The same function of floats at each place. The syntax is `ten.op %x, … : type of all`."""

    ONE_TYPE: ClassVar = True

    def result_type(self) -> Attribute:
        first, *others = (v.type for v in self.operands)
        self.require(
            all(other == first for other in others),
            lambda: f"operands are {' and '.join(map(str, (first, *others)))}",
        )
        self.require(
            types.is_float(element(first)) and not isinstance(first, Term),
            lambda: f"operands are floats, not {first}",
        )
        return first

    @classmethod
    def _of_one_type(cls, parser, values, type, properties, attributes):
        return cls.create(
            operands=values, result_types=[type], properties=properties, attributes=attributes
        )


class OfTwoFloatsOp(FloatFunctionOp, ABC):
    """A function of a point (x, y)."""

    x = operand_def(AnyAttr())
    y = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation, y: SSAValue | Operation):
        self._build([x, y], {})


@irdl_op_definition
class HypotOp(OfTwoFloatsOp):
    """
    r = √(x² + y²), without overflow; ∞ where x or y is infinite.

    Shapes:  x, y (n…)  ->  r (n…)
    Errors:  operands of different types; operands that are no floats.
    """

    name = "ten.hypot"
    SYNTAX: ClassVar = "ten.hypot %x, %y : type of all"


@irdl_op_definition
class UnitOp(OfTwoFloatsOp):
    """
    c = x / √(x² + y²), the cosine of the angle of the point (x, y); 0 at the point (0, 0).

    At infinity, c is the cosine of `math.atan2 y, x`.
    Shapes:  x, y (n…)  ->  c (n…)
    Errors:  operands of different types; operands that are no floats.
    """

    name = "ten.unit"
    SYNTAX: ClassVar = "ten.unit %x, %y : type of all"


@irdl_op_definition
class InvertOp(OfTwoFloatsOp):
    """
    p = x / (x² + y²), the first coordinate of the point (x, y) mirrored at the unit circle; NaN at
    the point (0, 0), and 0 where x or y is infinite.

    Shapes:  x, y (n…)  ->  p (n…)
    Errors:  operands of different types; operands that are no floats.
    """

    name = "ten.invert"
    SYNTAX: ClassVar = "ten.invert %x, %y : type of all"


@irdl_op_definition
class FmodOp(OfTwoFloatsOp):
    """
    r = x - n y, exactly, for the whole number n with |r| < |y| for which r has the sign of x.

    NaN for an infinite x and for y = 0, and x for an infinite y.
    Shapes:  x, y (n…)  ->  r (n…)
    Errors:  operands of different types; operands that are no floats.
    """

    name = "ten.fmod"
    SYNTAX: ClassVar = "ten.fmod %x, %y : type of all"


@irdl_op_definition
class Sech2Op(FloatFunctionOp):
    """
    y = 1 / cosh² x = 1 - tanh² x, with all its digits where tanh x is nearly 1.

    Shapes:  x (n…)  ->  y (n…)
    Errors:  an operand that is no float.
    """

    name = "ten.sech2"
    SYNTAX: ClassVar = "ten.sech2 %x : type of both"
    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation):
        self._build([x], {})
