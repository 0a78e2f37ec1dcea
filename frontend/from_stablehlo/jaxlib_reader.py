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
_TABLE = re.compile(r"dense<(.*)> : (tensor<.*>)", re.DOTALL)
_NUMBER = re.compile(r"[^\s,()\[\]]+")


def _bytes(word: str, dtype: np.dtype) -> bytes:
    """The bytes of a number of a table."""
    if dtype.kind in "iu":
        number = int(word, 0) % (1 << 8 * dtype.itemsize)
        return number.to_bytes(dtype.itemsize, "little")
    if word.startswith("0x"):
        return int(word, 16).to_bytes(dtype.itemsize, "little")
    return np.asarray(float(word)).astype(dtype).tobytes()


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
        return self.parsed(str(attribute))

    def parsed(self, text: str) -> Attribute:
        """The attribute or the type of a text."""
        if text not in self.attributes:
            table = _TABLE.fullmatch(text)
            type = self.parsed(table[2]) if table is not None else None
            if table is not None and isinstance(type, TensorType):
                self.attributes[text] = self.table(table[1], type)
            else:
                self.attributes[text] = Parser(self.ctx, text).parse_attribute()
        return self.attributes[text]

    def table(self, text: str, type: TensorType[Any]) -> Attribute:
        """
        The table of a text. MLIR writes the bits of floats that have no decimal text: infinities
        and NaN. It writes all bytes of a large table as one text.
        """
        element = types.element(type)
        try:
            dtype = arrays.dtype(element)
        except (TypeError, ValueError, KeyError):
            dtype = None
        if dtype is None or dtype.kind == "b":
            return Parser(self.ctx, f"dense<{text}> : {type}").parse_attribute()
        if text.startswith('"'):
            data = bytes.fromhex(text.strip('"').removeprefix("0x"))
        else:
            part = {8: np.dtype(np.float32), 16: np.dtype(np.float64)}.get(dtype.itemsize)
            kind = part if dtype.kind == "c" and part is not None else dtype
            data = b"".join(_bytes(word, kind) for word in _NUMBER.findall(text))
        return DenseIntOrFPElementsAttr(type, BytesAttr(data))

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
        attributes = {k: self.attribute(_entry(view, k)) for k in view.attributes}
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


def _entry(view: Any, name: str) -> Any:
    """An attribute of an op. The bindings have no class for tables of complex numbers."""
    try:
        return view.attributes[name]
    except TypeError:
        return re.search(r"dense<.*> : tensor<.*>", str(view))[0]  # type: ignore[index]
