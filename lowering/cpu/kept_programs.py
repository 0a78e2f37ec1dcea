"""
Compiled programs in files: what the backend knows after it compiled a program, under a name that is
a hash of the program's text. A second process then runs no pass, and writes no code.

A file holds the places of the values, the steps, and the machine code. A step of an op that no
machine code runs is the text of the op, and `host_step` makes the step again. The file begins with
a hash of its contents; a damaged file counts as none. No file holds code of Python.

A program stays out of the files if its ops, or rules for letgrad's ops, come from another package,
because a hash of the text does not see them.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.parser import Parser

from ...dialects import host
from ...dialects.walking import captured
from ...passes.rewriting.functions import by_name
from ...passes.rewriting.printing import exact_text
from .. import backends, cache_files
from . import common_code, library_calls, machine
from .control_flow import MachineLoop, compile_native_loop
from .frames import Frames, Layout, Places, Step
from .host_steps import host_step
from .loop_code import Written
from .matrices import blas
from .native_pool import start_pool
from .nest_code import NestCode, run_step
from .program import Program
from .threads import thread_count

VERSION = 4
MAGIC = b"letgrad-program\n"
KEPT = 500
"""Files of programs in the folder, at most."""
MOST = 1 << 26
"""Bytes of constants in a program, at most."""


def _around() -> tuple[Any, ...]:
    """What a compiled program depends on beside its text."""
    return (
        VERSION, cache_files.own_sources(), machine.host_key(True), machine.vector_functions(),
        blas.integers(), thread_count(), np.__version__, cache_files.environment(),
    )  # fmt: skip


def place_of(text: str, entry: str, strict: bool) -> Path | None:
    """The file of a program; None if there is no folder."""
    try:
        folder = cache_files.folder()
    except RuntimeError:  # there is no home
        return None
    if folder is None:
        return None
    key = hashlib.sha256(repr((_around(), entry, strict, text)).encode()).hexdigest()
    return folder / f"{key}.program"


# Writing.


@dataclass
class Piece:
    """A function, its code, and for each step the run of nests, or the op that it runs."""

    function: func.FuncOp
    layout: Layout
    code: NestCode
    items: list[tuple[str, bool, bool] | Operation]


Pieces = Mapping[str, Piece]
Loops = Mapping[Operation, MachineLoop | None]


def keep(path: Path, pieces: Pieces, loops: Loops, entry: str) -> None:
    """Write a compiled program to its file. A folder that refuses to be written is no error."""
    blobs: list[bytes] = []
    try:
        head = recipe(pieces, loops, entry, blobs)
    except NotKept:
        return
    text = json.dumps(head).encode()
    parts = [struct.pack("<Q", len(text)), text]
    body = b"".join([*parts, *blobs])
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        cache_files.replace(path, MAGIC + hashlib.sha256(body).digest() + body)
        cache_files.forget_oldest(path, KEPT)
    except OSError:
        pass


class NotKept(Exception):
    """A program has something that files do not hold."""


def recipe(
    pieces: Pieces,
    loops: Loops,
    entry: str,
    blobs: list[bytes],
    texts: Callable[[machine.Library], int] | None = None,
) -> dict[str, Any]:
    """
    What a file says of a program. `blobs` gets the arrays and the machine code. With `texts`, the
    machine code is only the number that `texts` gives to its library.
    """

    libraries: dict[str, dict[str, Any]] = {}

    def code_of(library: machine.Library) -> str | dict[str, Any]:
        if texts is None:
            # Equal functions have equal libraries.
            if library.tag not in libraries:
                after = list(map(code_of, library.after))
                libraries[library.tag] = {**_library(library, blob), "after": after}
            return library.tag
        if library.calls_addresses:
            raise NotKept
        return {
            "number": texts(library),
            "elementary": library.calls_elementary,
            "common": list(library.common),
            "outside": library.outside,
            "pool": library.needs_pool,
            "tag": library.tag,
        }

    def blob(data: bytes) -> list[int]:
        begin = sum(map(len, blobs))
        blobs.append(data)
        return [begin, len(data)]

    programs: dict[str, Any] = {}
    for name, piece in pieces.items():
        layout, code = piece.layout, piece.code
        steps: list[Any] = []
        for item in piece.items:
            if isinstance(item, tuple):
                steps.append(["run", *item])
                continue
            slots = [layout.slot[x] for x in dict.fromkeys((*captured(item), *item.operands))]
            loop = loops.get(item)
            if loop is not None:
                given = [layout.slot[x] for x in loop.values]
                steps.append(["loop", code_of(loop.library), given, loop.memory, loop.wakes_blas])
                continue
            if any(op is not item and _calls_unknown(op, pieces) for op in item.walk()):
                raise NotKept
            if any(isinstance(op, host.CALLS) for op in item.walk()):
                # The error in a process without the function names the place of the op, and files
                # hold no places.
                raise NotKept
            steps.append(["op", _text_of_op(item), slots, [layout.slot[r] for r in item.results]])
        places = layout.places
        if sum(x.nbytes for _, x in places.constants) > MOST:
            raise NotKept
        programs[name] = {
            "signature": _signature(piece.function),
            "places": _places(places, blob),
            "scratch": code.scratch,
            "library": None if code.library is None else code_of(code.library),
            "loops": code.loops,
            "wakes_blas": code.wakes_blas,
            "steps": steps,
        }
    return {"entry": entry, "programs": programs, "libraries": libraries}


def _calls_unknown(op: Operation, pieces: Pieces) -> bool:
    return isinstance(op, func.CallOp) and op.callee.string_value() not in pieces


def _library(library: machine.Library, blob: Callable[[bytes], list[int]]) -> dict[str, Any]:
    if library.calls_addresses:
        raise NotKept
    return {
        "codes": [blob(code) for code in library.objects()],
        "elementary": library.calls_elementary,
        "common": library.common,
        "outside": library.outside,
        "pool": library.needs_pool,
        "tag": library.tag,
    }


def _places(places: Places, blob: Callable[[bytes], list[int]]) -> dict[str, Any]:
    return {
        "expected": [[d.name, s] for d, s in places.expected],
        "fresh": [[k, s, d.name, n] for k, s, d, n in places.fresh],
        "kept": [[k, s, d.name, at] for k, s, d, at in places.kept],
        "constants": [[k, x.dtype.name, x.shape, blob(x.tobytes())] for k, x in places.constants],
        "given": places.given,
        "size": places.size,
        "arena": places.arena,
        "results": places.results,
        "in_place": list(places.in_place.items()),
    }


def _signature(function: func.FuncOp) -> str:
    """The text of a declaration with the types of a function."""
    declared = func.FuncOp.external(
        function.sym_name.data,
        list(function.function_type.inputs),
        list(function.function_type.outputs),
    )
    return exact_text(ModuleOp([declared]))


def _text_of_op(op: Operation) -> str:
    """A module with a function whose arguments are the values that an op reads."""
    values = list(dict.fromkeys((*captured(op), *op.operands)))
    block = Block(arg_types=[x.type for x in values])
    mapped: dict[SSAValue, SSAValue] = dict(zip(values, block.args))
    copy = op.clone(mapped)
    block.add_ops([copy, func.ReturnOp()])
    called = {
        inner.callee.string_value(): inner
        for inner in copy.walk()
        if isinstance(inner, func.CallOp)
    }
    declared = [
        func.FuncOp.external(name, [x.type for x in call.operands], [x.type for x in call.results])
        for name, call in called.items()
    ]
    function = func.FuncOp("op", ([x.type for x in values], []), Region(block))
    return exact_text(ModuleOp([function, *declared]))


# Reading.


def kept(path: Path, function: Callable[[], func.FuncOp] | None = None) -> Program | None:
    """
    The program of a file; None if there is none, if the file is damaged, or if a library of this
    process lacks a function. `function` gives the entry, for errors.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    body = data[len(MAGIC) + 32 :]
    whole = data.startswith(MAGIC) and hashlib.sha256(body).digest() == data[len(MAGIC) :][:32]
    if not whole:
        return None
    (size,) = struct.unpack_from("<Q", body)
    head = json.loads(body[8 : 8 + size])
    os.utime(path)
    try:
        return made(head, body[8 + size :], function)
    except library_calls.NotFound:
        return None


def made(
    head: Mapping[str, Any],
    data: bytes,
    function: Callable[[], func.FuncOp] | None,
    codes: Sequence[Sequence[bytes]] = (),
) -> Program:
    """The program of a recipe. `codes` are the object files of libraries that are numbers."""
    return _Loader(head, data, codes).program(head["entry"], function)


class _Loader:
    """Makes the programs of a file; it is what region ops ask for the functions that they call."""

    strict = False

    def __init__(self, head: Mapping[str, Any], data: bytes, codes: Sequence[Sequence[bytes]] = ()):
        self.head, self.data, self.codes = head, data, codes
        self.made: dict[str, Program] = {}
        self.written: Written = {}
        self.loaded: dict[str, machine.Library] = {}
        """The libraries of the file, by their tags."""
        self.engine = machine.Engine()

    def bytes(self, place: Sequence[int]) -> bytes:
        begin, size = place
        return self.data[begin : begin + size]

    def part(self, name: str) -> Program | None:
        if name not in self.made:
            self.made[name] = self.program(name, None)
        return self.made[name]

    def function(self, name: str) -> func.FuncOp:
        raise NotImplementedError

    def loop(self, op: Operation) -> None:
        """The steps of loops that are one piece have code of their own in the file."""
        return None

    def library(self, of: str | Mapping[str, Any]) -> machine.Library:
        if isinstance(of, str):
            if of not in self.loaded:
                self.loaded[of] = self.library(self.head["libraries"][of])
            return self.loaded[of]
        if of["pool"]:
            start_pool()
        blas.integers()  # the code may call the products of NumPy's library
        if "number" in of:
            codes = self.codes[of["number"]]
            common = {name: common_code.module_of(name) for name in of["common"]}
        else:
            codes = [self.bytes(place) for place in of["codes"]]
            common = of["common"]
        elementary, pool, tag = of["elementary"], of["pool"], of["tag"]
        after = [self.library(other) for other in of.get("after", ())]
        # An error here lets the program be compiled again.
        library_calls.introduce(outside := of["outside"])
        return machine.Library.of_objects(
            codes, elementary, pool, tag, self.engine, common, after, outside
        )

    def program(self, name: str, function: Callable[[], func.FuncOp] | None) -> Program:
        of = self.head["programs"][name]
        library = None if of["library"] is None else self.library(of["library"])
        steps: list[Step] = []
        for kind, *rest in of["steps"]:
            match kind:
                case "run":
                    symbol, short, wakes = rest
                    assert library is not None
                    steps.append(run_step(library, symbol, short, wakes))
                case "loop":
                    code, given, memory, wakes = rest
                    steps.append(compile_native_loop(self.library(code), given, memory, wakes))
                case _:
                    steps.append(self.step(*rest))
        places = self.places(of["places"])
        loops = library is not None and of["loops"]
        return Program(
            function or (lambda: self.declared(of["signature"], name)),
            places,
            Frames(places, of["scratch"]),
            steps,
            None,
            library,
            library.address("run0") if loops and library else None,
            of["wakes_blas"],
        )

    def step(self, text: str, operands: Sequence[int], results: Sequence[int]) -> Step:
        """The step of an op, out of its text."""
        module = _parsed(text)
        block = by_name(module)["op"].body.block
        op = block.first_op
        assert op is not None
        slot: dict[SSAValue, int] = dict(zip((*block.args, *op.results), (*operands, *results)))
        return host_step(op, slot, self, module)

    def declared(self, text: str, name: str) -> func.FuncOp:
        return by_name(_parsed(text))[name]

    def places(self, of: Mapping[str, Any]) -> Places:
        return Places(
            [(_dtype(d), tuple(s)) for d, s in of["expected"]],
            [(k, tuple(s), _dtype(d), n) for k, s, d, n in of["fresh"]],
            [(k, tuple(s), _dtype(d), at) for k, s, d, at in of["kept"]],
            [
                (k, np.frombuffer(self.bytes(at), _dtype(d)).reshape(s).copy())
                for k, d, s, at in of["constants"]
            ],
            of["given"],
            of["size"],
            of["arena"],
            [(k, scalar, again) for k, scalar, again in of["results"]],
            dict(of["in_place"]),
        )


def _dtype(name: str) -> np.dtype:
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def _parsed(text: str) -> ModuleOp:
    return Parser(backends.context(), text).parse_module()
