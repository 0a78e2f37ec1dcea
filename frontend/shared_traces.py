"""
Traces that several derivatives of one Python function share.

`lg.grad(f)` makes a new function at each call. Without this module, each of them would trace,
differentiate and compile `f` again. They may share a trace only if `f` would do the same again: a
trace holds the numbers that `f` read from its globals and its closure. So a trace is shared as long
as all that `f` can read is the same, and is of a kind that nobody can change in place.
"""

from __future__ import annotations

import dis
import functools
import os
from collections.abc import Callable, Hashable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..passes.rewriting import driver, remarks
from ..passes.rewriting.rule_tables import RuleTable
from . import frozen_values
from .traced_functions import Traced

Kept = dict[Any, tuple[Traced, dict[Any, Traced]]]
"""Traces by the structure, shapes and dtypes of arguments, each with its derivatives."""

_shared: WeakKeyDictionary[Any, tuple[Hashable, Kept]] = WeakKeyDictionary()

_CONSTANT_MODULES = ("numpy", "math", "cmath", "letgrad", "scipy", "functools", "operator")
_PLAIN = (int, float, complex, bool, str, bytes, type(None), type(Ellipsis), np.generic, np.dtype)


class _Unknown(Exception):
    """A function reads a value that somebody may change in place."""


def of(fn: Callable[..., Any]) -> Kept:
    """The shared traces of `fn` as it is now. A new dict, if nobody can share them."""
    if remarks.wanted() or driver.is_watched():
        return {}  # The listener wants to hear of the trace.
    try:
        state = _surroundings(), _state(fn, set())
        hash(state)
        known, kept = _shared.get(fn, (None, None))
        if kept is None or known != state:
            kept = {}
            _shared[fn] = state, kept
        return kept
    except (_Unknown, TypeError, RecursionError):  # The last two: no hash, no weak reference.
        return {}


def _surroundings() -> Hashable:
    """What else decides about a trace, its derivatives and their machine code."""
    settings = [(k, v) for k, v in os.environ.items() if k.startswith("LETGRAD_")]
    return RuleTable.changes, tuple(sorted(settings))


def _state(value: Any, seen: set[int]) -> Hashable:
    """What decides how a value behaves. Errors: `_Unknown` for a value that may change."""
    if isinstance(value, _PLAIN):
        return type(value), repr(value)
    if isinstance(value, BuiltinFunctionType | np.ufunc):
        return id(value)
    if isinstance(value, ModuleType):
        if value.__name__.partition(".")[0] in _CONSTANT_MODULES:
            return value.__name__
        raise _Unknown
    if isinstance(value, type):
        if value.__module__.partition(".")[0] in ("builtins", *_CONSTANT_MODULES):
            return value
        raise _Unknown
    if isinstance(value, tuple | frozenset):
        if type(value) not in (tuple, frozenset):
            raise _Unknown
        return type(value), tuple(_state(x, seen) for x in value)
    if isinstance(value, FunctionType):
        return _of_function(value, seen)
    if isinstance(value, np.ndarray | list | dict | set):
        raise _Unknown
    inner = getattr(value, "fn", None)
    if isinstance(inner, FunctionType) and getattr(value, "is_shareable", False):
        return type(value), value.share_key(), _state(inner, seen)
    if type(value).__module__.partition(".")[0] == "numpy" and callable(value):
        return id(value)  # functions of NumPy that are objects of a class
    raise _Unknown


def _of_function(fn: FunctionType, seen: set[int]) -> Hashable:
    if id(fn) in seen:
        return id(fn)
    seen.add(id(fn))
    parts: list[Hashable] = [fn.__code__]
    package = fn.__globals__.get("__name__", "").partition(".")[0]
    if package not in _CONSTANT_MODULES:
        for name in _global_names(fn.__code__):
            if name in fn.__globals__:
                parts.append((name, _state(fn.__globals__[name], seen)))
    cells = list(frozen_values._free_variables(fn))
    if len(cells) != len(fn.__closure__ or ()):
        raise _Unknown
    parts += [(name, _state(value, seen)) for name, value in cells]
    parts += [_state(value, seen) for value in fn.__defaults__ or ()]
    parts += [(n, _state(value, seen)) for n, value in (fn.__kwdefaults__ or {}).items()]
    return tuple(parts)


@functools.lru_cache(maxsize=4096)
def _global_names(code: CodeType) -> tuple[str, ...]:
    """The names that the code, or a function inside of it, reads from its globals."""
    return tuple(dict.fromkeys(_reads(code)))


def _reads(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
        elif instruction.opname == "IMPORT_NAME":
            # The module may have any state.
            if str(instruction.argval).partition(".")[0] not in _CONSTANT_MODULES:
                raise _Unknown
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _reads(constant)
