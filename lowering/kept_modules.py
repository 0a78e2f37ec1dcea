"""
Modules in files: what passes made of a program, under a name that is a hash of the program and of
what the passes depend on. A second process then does not run the passes.

A file holds the attributes of the module, each once, then its ops, as JSON. It also holds the
source locations, which are part of the name: a program at another line has another file. The file
begins with a hash of its contents; a damaged file counts as none. No file holds code of Python.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FileLineColLoc,
    FusedLoc,
    IntAttr,
    IntegerAttr,
    ModuleOp,
    NameLoc,
    NoneAttr,
    StringAttr,
    TensorType,
    UnknownLoc,
    UnregisteredOp,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.parser import Parser

from ..dialects import host
from ..passes.rewriting.printing import exact_attribute
from . import backends, cache_files

VERSION = 1
KEPT = 500
"""Files of modules in the folder, at most."""
MOST = 1 << 21
"""Characters in a file, at most."""


class NotKept(Exception):
    """A module has something that files do not hold."""


def made(module: ModuleOp, how: Any, make: Callable[[], None]) -> ModuleOp:
    """
    What `make` makes of a module, in place; or that of an earlier process, if the cache has it.
    `how` says in words what `make` does. `make` depends on nothing but the module, letgrad's own
    sources and variables, and the folder's rules for ops.
    """
    place = _place_of(module, how) if cache_files.wanted() else None
    if place is not None and (found := _read(place)) is not None:
        return found
    make()
    if place is not None:
        _write(place, module)
    return module


def _place_of(module: ModuleOp, how: Any) -> Path | None:
    """The file of what is made of a module; None if there is none."""
    try:
        folder = cache_files.folder()
        if folder is None or not cache_files.may_be_kept(module):
            return None
        text = _text(module)
    except (NotKept, RuntimeError):  # RuntimeError: there is no home
        return None
    around = VERSION, cache_files.own_sources(), cache_files.environment(), repr(how)
    return folder / f"{hashlib.sha256(repr((around, text)).encode()).hexdigest()}.module"


def _read(place: Path) -> ModuleOp | None:
    try:
        data = place.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        os.utime(place)
    except OSError:
        return None
    return read(data[32:].decode())


def _write(place: Path, module: ModuleOp) -> None:
    try:
        if not cache_files.may_be_kept(module):
            return
        text = _text(module)
        if len(text) > MOST:
            return
        data = text.encode()
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        cache_files.replace(place, hashlib.sha256(data).digest() + data)
        cache_files.forget_oldest(place, KEPT)
    except (NotKept, OSError):
        return


def _text(module: ModuleOp) -> str:
    written = _Writer()
    op = written.op(module)
    return json.dumps([written.attributes, written.locations, op], separators=(",", ":"))


def read(text: str) -> ModuleOp:
    """The module of a text that `_text` gave."""
    attributes, locations, op = json.loads(text)
    module = _Reader(attributes, locations).op(op)
    assert isinstance(module, ModuleOp)
    return module


class _Writer:
    """The parts of a module as lists and numbers. A part comes after those that it refers to."""

    def __init__(self) -> None:
        self.attributes: list[Any] = []
        self.locations: list[Any] = []
        self._attributes: dict[Attribute, int] = {}
        self._places: dict[Attribute, int] = {}
        self._values: dict[SSAValue, int] = {}

    def attribute(self, x: Attribute) -> int:
        found = self._attributes.get(x)
        if found is None:
            self.attributes.append(self._attribute(x))
            found = self._attributes[x] = len(self.attributes) - 1
        return found

    def _attribute(self, x: Attribute) -> Any:
        # The parser takes a tenth of a millisecond for each of these.
        kind = type(x)
        if kind is StringAttr:
            return ["s", x.data]  # type: ignore[attr-defined]
        if kind is IntegerAttr:
            return ["i", x.value.data, self.attribute(x.type)]  # type: ignore[attr-defined]
        if kind is TensorType and isinstance(x.encoding, NoneAttr):  # type: ignore[attr-defined]
            return ["t", list(x.get_shape()), self.attribute(x.element_type)]  # type: ignore[attr-defined]
        if kind is DenseIntOrFPElementsAttr:
            return ["d", self.attribute(x.type), x.data.data.hex()]  # type: ignore[attr-defined]
        return exact_attribute(x)

    def place(self, x: Attribute) -> int:
        """The number of a location: 0 for an unknown one."""
        if isinstance(x, UnknownLoc):
            return 0
        found = self._places.get(x)
        if found is None:
            self.locations.append(self._place(x))
            found = self._places[x] = len(self.locations)
        return found

    def _place(self, x: Attribute) -> Any:
        if isinstance(x, NameLoc):
            return [x.desc.data, self.place(x.location)]
        if isinstance(x, FileLineColLoc):
            return [x.filename.data, x.line.data, x.column.data]
        if isinstance(x, FusedLoc) and isinstance(x.metadata, NoneAttr):
            return [[self.place(each) for each in x.locations.data]]  # type: ignore[attr-defined]
        raise NotKept

    def _define(self, x: SSAValue) -> list[Any]:
        self._values[x] = len(self._values)
        kind = self.attribute(x.type)
        return [kind] if x._name is None else [kind, x._name]

    def op(self, op: Operation) -> list[Any]:
        if isinstance(op, (UnregisteredOp, *host.CALLS)) or op.successors:
            raise NotKept
        try:
            operands = [self._values[x] for x in op._operands]
        except KeyError:
            raise NotKept from None  # a value from below
        found = [
            op.name,
            operands,
            [self._region(region) for region in op.regions],
            [self._define(x) for x in op.results],
            {name: self.attribute(x) for name, x in op.properties.items()},
            {name: self.attribute(x) for name, x in op.attributes.items()},
            self.place(op.location),
        ]
        return found

    def _region(self, region: Region) -> list[Any]:
        if region.first_block is not region.last_block:
            raise NotKept
        block = region.first_block
        if block is None:
            return []
        args = [[*self._define(x)[:2], self.place(x.location)] for x in block.args]
        return [args, [self.op(op) for op in block.ops]]


class _Reader:
    """Makes a module out of its parts."""

    def __init__(self, attributes: list[Any], locations: list[Any]) -> None:
        self.attributes: list[Attribute] = []
        for each in attributes:
            self.attributes.append(self._attribute(each))
        self.locations: list[Any] = [UNKNOWN_LOC]
        for each in locations:
            self.locations.append(self._place(each))
        self._values: list[SSAValue] = []

    def _attribute(self, each: Any) -> Attribute:
        match each:
            case ["s", str(data)]:
                return StringAttr(data)
            case ["i", int(data), int(kind)]:
                return IntegerAttr(data, self.attributes[kind])  # type: ignore[arg-type]
            case ["t", list(shape), int(kind)]:
                return TensorType(self.attributes[kind], shape)
            case ["d", int(kind), str(data)]:
                table = self.attributes[kind], BytesAttr(bytes.fromhex(data))
                return DenseIntOrFPElementsAttr(*table)  # type: ignore[arg-type]
            case _:
                return Parser(backends.context(), each).parse_attribute()

    def _place(self, each: Any) -> Attribute:
        match each:
            case [str(rule), int(place)]:
                return NameLoc(StringAttr(rule), self.locations[place])
            case [str(file), int(line), int(column)]:
                return FileLineColLoc(StringAttr(file), IntAttr(line), IntAttr(column))
            case _:
                return FusedLoc(tuple(self.locations[k] for k in each[0]), NoneAttr())

    def _define(self, x: SSAValue, stated: list[Any]) -> None:
        self._values.append(x)
        if len(stated) > 1:
            x._name = stated[1]

    def op(self, stated: list[Any]) -> Operation:
        name, operands, regions, results, properties, attributes, place = stated
        kinds = self.attributes
        given = [self._values[k] for k in operands]
        op = (
            backends.context()
            .get_op(name)
            .create(
                operands=given,
                regions=[self._region(region) for region in regions],
                result_types=[kinds[x[0]] for x in results],
                properties={name: kinds[k] for name, k in properties.items()},
                attributes={name: kinds[k] for name, k in attributes.items()},
                location=self.locations[place],
            )
        )
        for x, each in zip(op.results, results):
            self._define(x, each)
        return op

    def _region(self, stated: list[Any]) -> Region:
        if not stated:
            return Region()
        args, ops = stated
        block = Block(arg_types=[self.attributes[each[0]] for each in args])
        for x, each in zip(block.args, args):
            self._define(x, each[:-1])
            x.location = self.locations[each[-1]]
        block.add_ops([self.op(op) for op in ops])
        return Region(block)
