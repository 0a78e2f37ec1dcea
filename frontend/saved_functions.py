"""
Functions of `lg.jit` in files: `f.save(path)` and `lg.load(path)`.

A file is MLIR text, which `letgrad-opt` reads too. Comments in front of the program hold a
checksum, the version, the options, and the structures of arguments and results. Nothing in a file
is code of Python, and reading imports no module: a class of a container must be there already.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser
from xdsl.utils.exceptions import ParseError, VerifyException

from ..dialects import arrays, types
from ..dialects.host import Host
from ..dialects.op_names import op_name
from ..lowering import backends
from ..passes.rewriting.diagnostics import LetgradError
from ..passes.rewriting.printing import exact_text
from ..passes.rewriting.verify import verify
from . import pytree, unsigned
from .traced_functions import Spec, Traced, functions_of
from .tracing import ir_type

FORMAT = 2
"""Format 1 had no order of the keys of dicts. An older letgrad would not see the order."""
TITLE = "// A function that letgrad saved, format "
SEPARATOR = "// -----\n"


class FileError(LetgradError):
    """A file holds no function that this version of letgrad can read."""


def own_version() -> str:
    try:
        return version("letgrad")
    except PackageNotFoundError:  # a source tree that is not installed
        return "unknown"


# Structures.

STATICS: Mapping[str, type] = {
    kind.__name__: kind for kind in (str, bool, int, float, pytree.Known, pytree.KnownBool)
}


DICTS = {kind.__name__: kind for kind in (dict, OrderedDict, defaultdict, Counter)}


def _written_tree(tree: pytree.Tree, path: str) -> Any:
    children = [_written_tree(child, path + tree._step(k)) for k, child in enumerate(tree.children)]
    kind = tree.kind
    if kind == "leaf":
        return "leaf"
    if kind == "static":
        return ["static", *_written_static(tree.detail[0], tree.value, path)]
    if kind in (tuple, list):
        return [kind.__name__, children]
    if kind is dict:
        keys = [_written_static(type(key), key, path) for key in tree.detail]
        if (form := tree.form) is None:
            return ["dict", keys, children]
        # A file cannot hold the function that makes the values of new keys. `written` refuses two
        # programs that this alone tells apart.
        name = "dict" if form.default is not None else form.kind.__name__
        return ["dict", keys, children, name, list(form.order)]
    if kind in pytree.REGISTERED:
        rest = _written_static(type(tree.detail), tree.detail, path)
        return ["registered", kind.__module__, kind.__qualname__, rest, children]
    return ["class", kind.__module__, kind.__qualname__, tree.detail, children]


def _written_static(kind: type, value: Any, path: str) -> list[Any]:
    if value is None:
        return ["None", None]
    if kind is bytes:
        return ["bytes", value.hex()]
    if isinstance(value, np.dtype):
        return ["dtype", value.str]
    if isinstance(value, tuple):
        return ["tuple", [_written_static(type(x), x, path) for x in value]]
    if STATICS.get(kind.__name__) is kind:
        base = {pytree.Known: int, pytree.KnownBool: int}.get(kind, kind)
        return [kind.__name__, base(value)]
    raise LetgradError(f"the value {value!r} at {path or 'the function'} cannot be saved")


def _read_tree(data: Any) -> pytree.Tree:
    if data == "leaf":
        return pytree.LEAF
    kind, *rest = data
    match kind:
        case "static":
            value = _read_static(*rest)
            return pytree.static(value)
        case "tuple" | "list":
            return _node(tuple if kind == "tuple" else list, None, rest[0])
        case "dict":
            keys = tuple(_read_static(*key) for key in rest[0])
            return _node(dict, keys, rest[1], _read_form(*rest[2:]))
        case "class":
            module, name, detail, children = rest
            found = _known_class(module, name)
            return _node(found, None if detail is None else tuple(detail), children)
        case "registered":
            module, name, detail, children = rest
            return _node(_known_class(module, name), _read_static(*detail), children)
        case _:
            raise ValueError(f"no structure is called {kind!r}")


def _node(
    kind: type, detail: Any, children: Sequence[Any], form: pytree.DictForm | None = None
) -> pytree.Tree:
    return pytree.node(kind, detail, tuple(_read_tree(child) for child in children), form)


def _read_form(*written: Any) -> pytree.DictForm | None:
    if not written:
        return None
    name, order = written
    if sorted(order) != list(range(len(order))):
        raise ValueError(f"{order} is no order of the keys of a dict")
    if name == "dict" and list(order) == sorted(order):
        return None
    return pytree.DictForm(DICTS[name], None, tuple(order))


def _known_class(module: str, name: str) -> type:
    """A class of containers that the process has. A file must not make Python import a module."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    is_container = isinstance(found, type) and (
        hasattr(found, "__dataclass_fields__")
        or hasattr(found, "_fields")
        or found in pytree.REGISTERED
    )
    if not is_container:
        raise LetgradError(f"the function takes or gives {module}.{name}; import {module} first")
    return found


def _read_static(kind: str, value: Any) -> Any:
    match kind:
        case "None":
            return None
        case "bytes":
            return bytes.fromhex(value)
        case "dtype":
            return np.dtype(value)
        case "tuple":
            return tuple(_read_static(*x) for x in value)
        case _:
            return STATICS[kind](value)


def _written_spec(spec: Spec) -> list[Any]:
    return [list(spec.shape), spec.dtype.name, spec.is_weak]


def _read_spec(shape: Sequence[int], dtype: str, is_weak: bool) -> Spec:
    kind = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    return Spec(tuple(int(n) for n in shape), kind, bool(is_weak))


# Files.

Key = tuple[tuple[pytree.Tree, Hashable], tuple[Spec, ...]]


def described(tree: pytree.Tree, specs: Sequence[Spec]) -> str:
    """Arguments, for messages."""
    return f"{tree} of {', '.join(map(str, specs)) or 'nothing'}"


def written(
    traces: Mapping[Key, Traced], name: str, backend: str | None, options: Mapping[str, Any],
    keeps_ints: bool, statics: tuple[Sequence[int], Sequence[str]],
) -> str:  # fmt: skip
    """
    The text of a file with these traces.

    Errors: `LetgradError` for a value in a structure that a file cannot hold, for options that are
            no numbers or words, for a program whose text is not exact, and for two programs whose
            arguments are the same in a file.
    """
    programs: list[str] = []
    heads: list[dict[str, Any]] = []
    taken: set[Key] = set()
    for ((tree, _), specs), traced in traces.items():
        _refuse_calls(traced.module)
        if traced.containers is not None:
            raise LetgradError(
                f"@{traced.entry} changes {traced.containers.text}, and a saved function cannot; "
                "let it change a copy, and return that copy"
            )
        text = exact_text(traced.module) + "\n"
        if traced.captures or exact_text(_parsed(text)) + "\n" != text:
            raise LetgradError(f"@{traced.entry} has no exact text, so it cannot be saved")
        programs.append(text)
        arguments = _written_tree(tree, "")
        key = _read_tree(arguments).key, specs
        if key in taken:
            raise LetgradError(
                f"{name} has two programs for {described(tree, specs)}, which differ in the "
                "function of a defaultdict, and a file cannot hold it; give the types of the "
                "arguments of one"
            )
        taken.add(key)
        outs = [Spec(types.shape(t), arrays.dtype(t)) for t in traced.out_types]
        heads.append(
            {
                "entry": traced.entry,
                "arguments": arguments,
                "takes": [_written_spec(s) for s in specs],
                "results": _written_tree(traced.out_tree, "the result"),
                "gives": [_written_spec(s) for s in outs],
                "written": list(traced.written),
                "rebound": list(traced.rebound),
            }
        )
    head = {
        "version": own_version(), "name": name, "backend": backend, "options": dict(options),
        "keeps_ints": keeps_ints, "statics": [list(each) for each in statics],
    }  # fmt: skip
    try:
        lines = "".join(f"// {json.dumps(each)}\n" for each in (head, *heads))
    except TypeError as error:
        raise LetgradError(f"the options of the function cannot be saved: {error}") from error
    body = lines + SEPARATOR + SEPARATOR.join(programs)
    return f"{TITLE}{FORMAT}\n// {hashlib.sha256(body.encode()).hexdigest()}\n{body}"


def write(path: str | os.PathLike[str], text: str) -> None:
    """Errors: `LetgradError` if the file cannot be written."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise LetgradError(f"cannot write {path}: {reason}") from error


def read(path: str | os.PathLike[str]) -> str:
    """Errors: `FileError` if the file cannot be read, or is no text."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"cannot read {path}: {reason}") from error
    except UnicodeDecodeError:
        raise FileError(f"{path} holds no function that letgrad saved") from None


class SavedTrace(Traced):
    """A traced function out of a file. Its program is read when somebody asks for it."""

    def __init__(self, text: str, head: Mapping[str, Any], where: str):
        own = self.__dict__
        own["text"], own["where"] = text, where
        own["entry"] = str(head["entry"])
        own["in_tree"], own["out_tree"] = _read_tree(head["arguments"]), _read_tree(head["results"])
        specs = tuple(_read_spec(*s) for s in head["takes"])
        own["specs"] = specs
        own["in_types"] = tuple(ir_type(s.shape, s.dtype) for s in specs)
        gives = (_read_spec(*s) for s in head["gives"])
        own["out_types"] = tuple(ir_type(s.shape, s.dtype) for s in gives)
        own["captures"] = ()
        own["written"] = tuple(int(k) for k in head["written"])
        own["rebound"] = tuple(int(k) for k in head["rebound"])
        own["containers"] = None
        own["compiled"] = {}
        if self.in_tree.size != len(self.in_types):
            raise ValueError("another number of arguments")
        if self.out_tree.size + len(self.written) != len(self.out_types):
            raise ValueError("another number of results")
        if any(not 0 <= k < len(specs) for k in (*self.written, *self.rebound)):
            raise ValueError("a number of no argument")

    @functools.cached_property
    def module(self) -> ModuleOp:  # type: ignore[override]
        """The program. Errors: `FileError` if the text is none, or does not fit its head."""
        try:
            module = _parsed(self.__dict__["text"])
            verify(module)
            _refuse_calls(module)
            found = functions_of(module)[self.entry].function_type
        except (ParseError, VerifyException, LetgradError, KeyError) as error:
            line = str(error).strip().splitlines()[-1]
            raise FileError(
                f"{self.__dict__['where']} holds a program with an error: {line}"
            ) from None
        wanted = [unsigned.without_sign(t) for t in (*self.in_types, *self.out_types)]
        if [*found.inputs, *found.outputs] != wanted:
            raise FileError(f"{self.__dict__['where']} holds a program of other types than it says")
        return module

    def find_kept(self, backend: str, options: Mapping[str, Any]) -> bool:
        """Take the compiled program from the cache, if it is there."""
        names_calls = f'"{Host.name}.' in self.__dict__["text"]
        if names_calls or backend != "cpu" or not set(options) <= {"strict"}:
            return False
        if any(spec.dtype.kind in "uc" for spec in self.specs) or any(  # type: ignore[attr-defined]
            arrays.dtype(t).kind in "uc" for t in self.out_types
        ):
            return False
        try:
            from ..lowering.cpu import backend as cpu
        except ModuleNotFoundError:  # the call says what is missing
            return False

        strict = bool(options.get("strict", False))
        text = self.__dict__["text"].removesuffix("\n")
        found = cpu.kept(text, self.entry, strict, lambda: self.module)
        if found is not None:
            self.compiled[(backend, *sorted(options.items()))] = found
        return found is not None


def _parsed(text: str) -> ModuleOp:
    return Parser(backends.context(), text).parse_module()


def _refuse_calls(module: ModuleOp) -> None:
    """Errors: `LetgradError` for an op that calls a Python function: no file may name one."""
    for op in module.walk():
        if op.dialect_name() == Host.name:
            raise LetgradError(
                f"{op_name(op)} calls a Python function of one process, so no file has it",
                op,
            )


def parsed_file(text: str, where: str) -> tuple[dict[str, Any], dict[Key, Traced]]:
    """
    The head of a file, and its traces.

    Errors: `FileError` for a text that letgrad did not save, that is damaged, or that a newer
            letgrad saved.
    """
    title, _, rest = text.partition("\n")
    if not title.startswith(TITLE):
        raise FileError(f"{where} holds no function that letgrad saved")
    number = title[len(TITLE) :]
    if not number.isdecimal():
        raise FileError(f"{where} is damaged: its first line names no format")
    checksum, _, body = rest.partition("\n")
    if int(number) > FORMAT:
        raise FileError(
            f"{where} has format {number} of a newer letgrad; letgrad {own_version()} reads up to "
            f"format {FORMAT}"
        )
    if checksum != f"// {hashlib.sha256(body.encode()).hexdigest()}":
        raise FileError(f"{where} is damaged: its checksum is another one")
    lines, *programs = body.split(SEPARATOR)
    try:
        head, *heads = (json.loads(line.removeprefix("// ")) for line in lines.splitlines())
        if len(heads) != len(programs):
            raise ValueError("another number of programs")
        traces: dict[Key, Traced] = {}
        for each, program in zip(heads, programs):
            trace = SavedTrace(program, each, where)
            key = trace.in_tree.key, trace.specs  # type: ignore[attr-defined]
            if key in traces:
                raise ValueError("two programs for the same arguments")
            traces[key] = trace
        for name, kind in (
            ("name", str),
            ("options", dict),
            ("keeps_ints", bool),
            ("statics", list),
        ):
            if not isinstance(head[name], kind):
                raise TypeError(f"{name} is {head[name]!r}")
    except LetgradError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise FileError(f"{where} is damaged: {type(error).__name__}: {error}") from None
    return head, traces
