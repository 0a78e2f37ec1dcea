"""
Values that a trace would freeze: random numbers, and numbers of the function's globals.

letgrad runs a function once, on stand-ins. If the function draws a number from a generator, the
number becomes a constant of the program, and each later call would use the same number. So letgrad
compares the states of all generators that the function can reach, before and after the trace.
A generator that the function makes itself is reached by nobody else. With a seed, its numbers are
the same in each call of the plain function too. Without a seed, NumPy takes numbers from the
operating system, which letgrad refuses during the trace.
"""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import linecache
import os
import pickle
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from .tracing import tracing
from .user_code import located

MOST_OBJECTS = 2_000
"""The search for generators stops after this number of objects, so that the search costs little."""

Generator = np.random.Generator | np.random.RandomState | np.random.BitGenerator | random.Random

_NUMBERS_AND_TEXT = {type(None), bool, int, float, str, bytes}
"""The search does not count objects of these types."""

_ENDS = {
    ModuleType, GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType,
    WrapperDescriptorType, np.ndarray, np.ufunc, np.dtype,
}  # fmt: skip
"""Objects of these types lead to no other object."""

LIBRARIES = ("builtins", "numpy", "letgrad", "xdsl")
"""No class of these packages, or of Python's own library, holds a generator of the user."""

_PYTHON = str(Path(os.__file__).parent)
"""The folder of Python's own library."""


def _names(code: CodeType) -> Iterator[str]:
    """The global names and attributes that a code object or a function inside of it reads."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _free_variables(fn: FunctionType) -> Iterator[tuple[str, Any]]:
    """The variables around a function that already have a value."""
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:  # The program assigns the variable later.
            continue


def _is_library(name: str, names: Mapping[str, Any] | None) -> bool:
    """
    Whether a module with this name and these names in it belongs to one of `LIBRARIES`, or to
    Python's own library: its name does, and it lies in no other folder. A user may have a module
    `profile` too.
    """
    package = name.partition(".")[0]
    if package in LIBRARIES:
        return True
    if package not in sys.stdlib_module_names or names is None:
        return False
    file = names.get("__file__") or ""
    return file.startswith(_PYTHON) and "-packages" not in file


def _is_of_a_library(fn: FunctionType) -> bool:
    """
    Whether a function belongs to NumPy, to letgrad or to Python's own library. Only the closure of
    such a function can hold objects of the user.
    """
    return _is_library(str(fn.__globals__.get("__name__", "")), fn.__globals__)


def _globals(fn: FunctionType) -> Iterator[Any]:
    """The globals that a function's code names. Of modules, also the attributes that it names."""
    names = list(dict.fromkeys(_names(fn.__code__)))
    for name in names:
        found = fn.__globals__.get(name)
        yield found
        if isinstance(found, ModuleType):
            yield from (vars(found).get(attribute) for attribute in names)


_slots_of: WeakKeyDictionary[type, tuple[MemberDescriptorType, ...]] = WeakKeyDictionary()
"""The slots of each class that a search met, those of its bases among them."""


def _slots(value: Any) -> Iterator[Any]:
    """The contents of the slots that its classes give to an object; properties do not run."""
    kind = type(value)
    slots = _slots_of.get(kind)
    if slots is None:
        members = [m for base in kind.__mro__ for m in vars(base).values()]
        slots = tuple(m for m in members if isinstance(m, MemberDescriptorType))
        _slots_of[kind] = slots
    for member in slots:
        # An empty slot, or the slot of another class (in extension modules).
        with suppress(AttributeError, TypeError):
            yield member.__get__(value)


def _parts(value: Any) -> Iterator[Any]:
    """The objects that an object leads to: objects that its code can name, or that it contains."""
    match value:
        case MethodType():
            yield from (value.__func__, value.__self__)
        case BuiltinFunctionType():
            yield value.__self__  # a method that is written in C, as `random.Random(0).random`
        case functools.partial():
            yield from (value.func, *value.args, *value.keywords.values())
        case FunctionType():
            yield from () if _is_of_a_library(value) else _globals(value)
            yield from (content for _, content in _free_variables(value))
            yield from (value.__defaults__ or ())
            yield from (value.__kwdefaults__ or {}).values()
            yield getattr(value, "__wrapped__", None)
        case dict():
            yield from value.values()
        case list() | tuple() | set() | frozenset():
            yield from value
        case staticmethod() | classmethod():
            yield value.__func__
        case property():
            yield value.fget
        case functools.cached_property():
            yield value.func
        case type():
            module = sys.modules.get(value.__module__)
            if not _is_library(value.__module__, None if module is None else vars(module)):
                yield from vars(value).values()
                yield from value.__bases__
        case np.ndarray() | np.generic() | ModuleType():
            return
        case _:
            attributes = getattr(value, "__dict__", None)
            if isinstance(attributes, dict):
                yield from attributes.values()
            yield from _slots(value)
            # An object's methods, and what its class holds for all objects.
            yield type(value)


def reachable_generators(fn: Callable[..., Any]) -> list[Generator]:
    """
    The generators that `fn` can draw from. The search covers its globals, its closure, its defaults
    and the objects in these. The result also has the global generators of NumPy and of Python.
    """
    found: list[Generator] = [np.random.mtrand._rand, random._inst]
    pending, seen = [fn], {id(g) for g in found}
    while pending and len(seen) < MOST_OBJECTS:
        value = pending.pop()
        kind = type(value)
        if kind in _NUMBERS_AND_TEXT or id(value) in seen:
            continue
        seen.add(id(value))
        if kind in _ENDS:
            continue
        if isinstance(value, Generator):
            found.append(value)
        else:
            pending.extend(_parts(value))
    return found


def state(generator: Generator) -> bytes:
    """The state of a generator, pickled."""
    match generator:
        case np.random.Generator():
            found: Any = generator.bit_generator.state
        case np.random.BitGenerator():
            found = generator.state
        case np.random.RandomState():
            found = generator.get_state()
        case _:
            found = generator.getstate()
    return pickle.dumps(found)


def put_state(generator: Generator, found: Any) -> None:
    """Puts a generator into a state that `state` has read."""
    match generator:
        case np.random.Generator():
            generator.bit_generator.state = found
        case np.random.BitGenerator():
            generator.state = found
        case np.random.RandomState():
            generator.set_state(found)
        case _:
            generator.setstate(found)


States = list[tuple[Generator, bytes]]


def states(fn: Callable[..., Any]) -> States:
    """The generators that `fn` can reach, with their states."""
    return [(generator, state(generator)) for generator in reachable_generators(fn)]


def refuse_draws(before: States) -> None:
    """
    Errors: `TypeError` if a generator has another state now than before the trace.
    """
    for generator, old in before:
        if state(generator) != old:
            module = type(generator).__module__.partition(".")[0]
            kind = f"{module}{'.random' * (module == 'numpy')}.{type(generator).__name__}"
            raise located(
                TypeError,
                f"the traced function draws random numbers from a {kind}, and each call of the "
                "compiled program would use the same numbers; draw the numbers before the call, "
                "and pass them as an argument, or draw from a generator of "
                "lg.random.default_rng(seed) that you pass as an argument",
            )


_lock = threading.Lock()
_traces = 0
"""How many traces run, in all threads."""
_randbits: Callable[[int], int] | None = getattr(np.random.bit_generator, "randbits", None)
"""The function by which NumPy seeds a generator that has no seed."""


def _importing() -> bool:
    """Whether Python runs the body of a module that the traced function imports."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_name != "trace_function":
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _gets_a_seed() -> bool:
    """
    Whether the user's code calls `RandomState(seed)`: NumPy makes that generator without a seed
    first, and then seeds it. This function reads the call in the source. A seed that a call of the
    user's gives is not known.
    """
    frame = sys._getframe(2)
    first, last, begin, end = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    if first is None or first != last or begin is None or end is None:
        return False
    line = linecache.getline(frame.f_code.co_filename, first, frame.f_globals).encode()
    try:
        call = ast.parse(line[begin:end].decode(), mode="eval").body
    except SyntaxError:
        return False
    if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("RandomState"):
        return False
    match [*call.args, *(k.value for k in call.keywords)]:
        case [ast.BinOp() | ast.UnaryOp() | ast.List() | ast.Tuple()]:
            return True
        case [ast.Call(ast.Name(name))] if name in ("int", "len", "hash", "abs", "ord", "round"):
            return True
        case [seed] if all(isinstance(x, READS) for x in ast.walk(seed)):
            code = compile(ast.unparse(seed), "<seed>", "eval")
            with suppress(Exception):
                return eval(code, dict(frame.f_globals), dict(frame.f_locals)) is not None
    return False


READS = ast.Constant | ast.Name | ast.Attribute | ast.Subscript | ast.expr_context
"""The parts of an expression that only reads."""


def _refuse_randbits(bits: int) -> int:
    # Other threads may make generators meanwhile, and so do modules that the function imports:
    # `scipy.stats` does.
    if tracing() and not _importing() and not _gets_a_seed():
        raise located(
            TypeError,
            "the traced function makes a random generator without a seed, and each call of the "
            "compiled program would use the same numbers; draw the numbers before the call, and "
            "pass them as an argument, or give the generator a seed; a function can draw from a "
            "generator of lg.random.default_rng(seed) that you pass as an argument",
        )
    assert _randbits is not None
    return _randbits(bits)


@contextmanager
def refusing_generators_without_seeds() -> Iterator[None]:
    """Errors: `TypeError` in this context, if the trace makes a generator without a seed."""
    global _traces
    if _randbits is None:
        yield
        return
    module: Any = np.random.bit_generator
    with _lock:
        _traces += 1
        module.randbits = _refuse_randbits
    try:
        yield
    finally:
        with _lock:
            _traces -= 1
            if not _traces:
                module.randbits = _randbits


def global_numbers(fn: Callable[..., Any]) -> dict[str, Any]:
    """The numbers that a function reads from its globals and its closure, by their names."""
    fn = inspect.unwrap(fn) if callable(fn) else fn
    if not isinstance(fn, FunctionType):
        return {}
    reads = {i.argval for i in dis.get_instructions(fn) if i.opname == "LOAD_GLOBAL"}
    around = {name: fn.__globals__[name] for name in reads if name in fn.__globals__}
    around |= dict(_free_variables(fn))
    return {n: v for n, v in around.items() if isinstance(v, int | float | np.generic)}


def changed_numbers(fn: Callable[..., Any], traced_with: dict[str, Any]) -> Iterator[str]:
    """One sentence for each number that has changed since the trace of `fn`."""
    now = global_numbers(fn)
    for name, old in traced_with.items():
        new = now.get(name, old)
        if type(new) is not type(old) or (new != old and not (new != new and old != old)):
            yield (
                f"{name} was {old!r} when the function was traced, and is {new!r} now; the "
                f"compiled program still uses the old number; pass {name} as an argument"
            )
