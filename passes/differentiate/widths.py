"""
The width of cotangents: a cotangent of a float of 16 bits may be a float32.

A derivative adds up cotangents: of an element that many others come from, of a value with many
uses, over the steps of a loop. In 16 bits such a sum stops growing at 2048 (float16) or 256
(bfloat16) ones, and it may exceed the greatest float16 although the derivative is an ordinary
number. So reverse mode keeps these sums in float32. They stay in float32 through scales and
layouts, and become narrow again at an op that wants the type of its term (a product of matrices,
for example), and at the end.
"""

from __future__ import annotations

from xdsl.dialects.builtin import BFloat16Type, Float16Type, f32
from xdsl.ir import Attribute, SSAValue

from ...dialects import ten, types
from ..rewriting.emitter import Emitter


def is_short(type: Attribute) -> bool:
    """Whether the elements are floats of 16 bits."""
    return isinstance(types.element(type), BFloat16Type | Float16Type)


def wide_type(type: Attribute) -> Attribute:
    """The type, with float32 in the place of floats of 16 bits."""
    return types.of_shape(types.shape(type), f32) if is_short(type) else type


def widened(value: SSAValue, e: Emitter) -> SSAValue:
    """The value, as float32 if it has 16 bits."""
    return e(ten.CastOp(value, f32)) if is_short(value.type) else value


def fitted(value: SSAValue, term: SSAValue, e: Emitter) -> SSAValue:
    """The cotangent with the type of its term."""
    element = types.element(types.value_type(term.type))
    return value if types.element(value.type) == element else e(ten.CastOp(value, element))


def may_be_cotangent(given: Attribute, wanted: Attribute) -> bool:
    """Whether a value of type `given` may be the cotangent of a value of type `wanted`."""
    return given in (wanted, wide_type(wanted))
