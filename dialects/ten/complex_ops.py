"""
Complex numbers and their parts.

A complex tensor moves like any other: the ops of `ten` that move, join, repeat and add elements
take complex elements, and so do loops and branches. Arithmetic is on the parts, which are real
tensors. `ten-split-complex` writes a pair of real tensors for each complex tensor, so that no pass
behind it sees a complex number.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import ComplexType, Float32Type, Float64Type
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import AnyAttr, irdl_op_definition, operand_def, result_def

from .. import types
from ..types import Term, element, of_shape, shape
from .base import TenOp


@irdl_op_definition
class ComplexOp(TenOp):
    """
    The complex number with these parts, at each place.

        z[i…] = re[i…] + im[i…] √-1

    The syntax is `ten.complex %re, %im : type of re, type of im -> type of z`.
    Shapes:  re, im (n…)  ->  z (n…)
    Errors:  parts of different types; parts that are neither f32 nor f64.
    """

    name = "ten.complex"
    SYNTAX: ClassVar = "ten.complex %re, %im : type of re, type of im -> type of z"
    re = operand_def(AnyAttr())
    im = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, re: SSAValue | Operation, im: SSAValue | Operation):
        self._build([re, im], {})

    def result_type(self) -> Attribute:
        re, im = (v.type for v in self.operands)
        self.require(re == im, lambda: f"the parts are {re} and {im}")
        part = element(re)
        if isinstance(re, Term) or not isinstance(part, Float32Type | Float64Type):
            self.require(False, lambda: f"the parts are f32 or f64, not {re}")
            raise AssertionError
        return of_shape(shape(re), ComplexType(part))

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        re, im = self.re.owner, self.im.owner
        # -> complex(real z, imag z) = z
        if isinstance(re, RealOp) and isinstance(im, ImagOp) and re.x is im.x:
            return (re.x,)
        return super().fold()


class PartOp(TenOp, ABC):
    """One part of complex numbers."""

    x = operand_def(AnyAttr())
    result = result_def(AnyAttr())

    def __init__(self, x: SSAValue | Operation):
        self._build([x], {})

    def result_type(self) -> Attribute:
        x = self.x.type
        self.require(
            types.is_complex(element(x)), lambda: f"the operand is {x}, which is not complex"
        )
        return of_shape(shape(x), types.part(element(x)))


@irdl_op_definition
class RealOp(PartOp):
    """
    The real part of complex numbers.

        x[i…] = Re z[i…]

    Shapes:  z (n…)  ->  x (n…)
    Errors:  an operand that is not complex.
    """

    name = "ten.real"

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        made = self.x.owner
        return (made.re,) if isinstance(made, ComplexOp) else super().fold()


@irdl_op_definition
class ImagOp(PartOp):
    """
    The imaginary part of complex numbers.

        y[i…] = Im z[i…]

    Shapes:  z (n…)  ->  y (n…)
    Errors:  an operand that is not complex.
    """

    name = "ten.imag"

    def fold(self) -> Sequence[SSAValue | Attribute] | None:
        made = self.x.owner
        return (made.im,) if isinstance(made, ComplexOp) else super().fold()
