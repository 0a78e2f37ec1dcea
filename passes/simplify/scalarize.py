"""
Rank 0 is the scalar: `tensor<f32>` becomes `f32` before letgrad's passes begin.

Needs:   nothing; it runs on the result of a parser, before any pass sees the program.
Leaves:  no value, function type or constant of a rank-0 tensor type.
Keeps:   the value.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FunctionType,
    ModuleOp,
    TensorType,
)
from xdsl.ir import Attribute, SSAValue, TypeAttribute
from xdsl.passes import ModulePass

from ...dialects import types
from ...dialects.walking import ops_in


def _scalar(type: Attribute) -> Attribute:
    if isinstance(type, types.Term):
        return type.of(_scalar(type.value_type))
    if (
        isinstance(type, TensorType)
        and not type.get_shape()
        and types.is_element(type.get_element_type())
    ):
        return type.get_element_type()
    return type


def _converted(attribute: Attribute) -> Attribute:
    match attribute:
        case FunctionType():
            inputs, outputs = attribute.inputs.data, attribute.outputs.data
            return FunctionType.from_lists(
                [_scalar(t) for t in inputs], [_scalar(t) for t in outputs]
            )
        case DenseIntOrFPElementsAttr() if not attribute.type.get_shape():
            return attribute.get_attrs()[0]
        case TypeAttribute():
            return _scalar(attribute)
        case _:
            return attribute


def scalarize(module: ModuleOp) -> None:
    """
    Turn rank-0 tensors into scalars, in place. The time is linear in the program. If the program
    has no such tensor, nothing changes.
    """
    for op in ops_in(module):
        for result in op.results:
            _retype(result)
        for region in op.regions:
            for block in region.blocks:
                for arg in block.args:
                    _retype(arg)
        for name, attribute in op.properties.items():
            if isinstance(attribute, FunctionType | DenseIntOrFPElementsAttr | TensorType):
                op.properties[name] = _converted(attribute)


def _retype(value: SSAValue) -> None:
    if (
        isinstance(value.type, TensorType | types.Term)
        and (new := _scalar(value.type)) is not value.type
    ):
        value._type = new  # pyright: ignore[reportPrivateUsage]


class ScalarizePass(ModulePass):
    """Turns rank-0 tensors into scalars."""

    name = "ten-scalarize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        scalarize(op)
