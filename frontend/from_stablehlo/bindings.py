"""
A module of JAX, held by the bindings of MLIR in jaxlib, as a module of xDSL. This way is faster
than text, and it keeps the locations.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from xdsl.context import Context
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FileLineColLoc,
    IntAttr,
    LocationAttr,
    ModuleOp,
    StringAttr,
    TensorType,
    UnregisteredOp,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import IRDLOperation
from xdsl.parser import Parser

from ...dialects import arrays, types

_PLACE = re.compile(r'"([^"]*)":(\d+):(\d+)')
_NUMPY = "biuf"
"""The kinds of the elements of tables that the bindings give as NumPy arrays."""


class Reader:
    """Reads modules. It keeps each attribute that it has read, by its text."""

    def __init__(self, ctx: Context):
        self.ctx = ctx
        self.attributes: dict[str, Attribute] = {}
        self.locations: dict[Any, LocationAttr] = {}

    def module(self, module: Any) -> ModuleOp:
        op = self.operation(module.operation, {})
        assert isinstance(op, ModuleOp)
        return op

    def attribute(self, attribute: Any) -> Attribute:
        table = self._table(attribute)
        return self.parsed(str(attribute)) if table is None else table

    def parsed(self, text: str) -> Attribute:
        """The attribute or the type of a text."""
        if text not in self.attributes:
            self.attributes[text] = Parser(self.ctx, text).parse_attribute()
        return self.attributes[text]

    def _table(self, attribute: Any) -> Attribute | None:
        """A large table without its text."""
        if not hasattr(attribute, "is_splat") or attribute.is_splat:
            return None
        type = self.parsed(str(attribute.type))
        if not isinstance(type, TensorType) or types.size(type) < 16:
            return None
        try:
            dtype = arrays.dtype(types.element(type))
            data = np.array(attribute)
        except (TypeError, ValueError, BufferError):
            return None
        if dtype.kind not in _NUMPY or data.dtype != dtype or dtype == np.bool_:
            return None
        return DenseIntOrFPElementsAttr(type, BytesAttr(data.tobytes()))

    def location(self, location: Any) -> LocationAttr:
        """The innermost place of the user's program."""
        text = str(location)
        if text not in self.locations:
            found = _PLACE.search(text)
            self.locations[text] = (
                UNKNOWN_LOC
                if found is None
                else FileLineColLoc(
                    StringAttr(found[1]), IntAttr(int(found[2])), IntAttr(int(found[3]))
                )
            )
        return self.locations[text]

    def operation(self, view: Any, values: dict[Any, SSAValue]) -> Operation:
        """The op and all that is in it."""
        name = view.name
        kind = self.ctx.get_optional_op(name)
        attributes = {k: self.attribute(view.attributes[k]) for k in view.attributes}
        regions = [self.region(region, values) for region in view.regions]
        operands = [values[v] for v in view.operands]
        results = [self.parsed(str(v.type)) for v in view.results]
        if kind is None:
            kind = UnregisteredOp.with_name(name)
            op = kind.create(
                operands=operands, result_types=results, attributes=attributes, regions=regions
            )
        else:
            known: set[str] = set()
            if issubclass(kind, IRDLOperation):
                known = set(kind.get_irdl_definition().properties)
            op = kind.create(
                operands=operands,
                result_types=results,
                properties={k: v for k, v in attributes.items() if k in known},
                attributes={k: v for k, v in attributes.items() if k not in known},
                regions=regions,
            )
        op.location = self.location(view.location)
        for old, new in zip(view.results, op.results):
            values[old] = new
        return op

    def region(self, view: Any, values: dict[Any, SSAValue]) -> Region:
        blocks = []
        for block in view.blocks:
            new = Block(arg_types=[self.parsed(str(a.type)) for a in block.arguments])
            for old, argument in zip(block.arguments, new.args):
                values[old] = argument
            for op in block.operations:
                new.add_op(self.operation(op.operation, values))
            blocks.append(new)
        return Region(blocks)
