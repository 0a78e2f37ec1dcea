"""
Operators, items and properties of the user's classes: their methods are rewritten, as methods that
a program calls by their names are. And formats of texts.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..scipy_functions import sparse_matrices
from ..tracing import Array
from . import state_values
from .callees import rewritten
from .function_source import is_users
from .static_states import OneOf

METHODS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Add": ("add", operator.add), "Sub": ("sub", operator.sub), "Mult": ("mul", operator.mul),
    "Div": ("truediv", operator.truediv), "FloorDiv": ("floordiv", operator.floordiv),
    "Mod": ("mod", operator.mod), "Pow": ("pow", operator.pow),
    "LShift": ("lshift", operator.lshift), "RShift": ("rshift", operator.rshift),
    "BitOr": ("or", operator.or_), "BitXor": ("xor", operator.xor),
    "BitAnd": ("and", operator.and_), "MatMult": ("matmul", operator.matmul),
}  # fmt: skip
"""Each operator's name in Python's syntax trees: the stem of its methods, and its function."""

UNARY: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "USub": ("__neg__", operator.neg),
    "UAdd": ("__pos__", operator.pos),
    "Invert": ("__invert__", operator.invert),
}


@functools.lru_cache(maxsize=4096)
def own(cls: type, name: str) -> FunctionType | None:
    """The method of this name, if the user wrote it."""
    method = getattr(cls, name, None)
    if not isinstance(method, FunctionType) or not is_users(method):
        return None
    return None if method.__code__.co_filename.startswith("<") else method


def binary(name: str, a: Any, b: Any) -> Any:
    """`a + b`, and so for the other operators."""
    stem, plain = METHODS[name]
    if name == "Mod" and type(a) is str:
        return formatted(a, b)
    if isinstance(a, OneOf) or isinstance(b, OneOf):
        return state_values.binary(plain, a, b)
    if isinstance(b, Array) and sparse_matrices.is_scipys(a):
        return plain(sparse_matrices.Sparse.of(a), b)
    if own(type(a), f"__{stem}__") is None and own(type(b), f"__r{stem}__") is None:
        return plain(a, b)
    found = by_methods(f"__{stem}__", f"__r{stem}__", a, b)
    return plain(a, b) if found is NotImplemented else found  # Python's own error


def by_methods(name: str, reflected: str, a: Any, b: Any) -> Any:
    """The result of the methods of both operands, in Python's order; or NotImplemented."""
    tries = [(name, a, b), (reflected, b, a)]
    if type(a) is type(b):
        tries.pop()
    elif issubclass(type(b), type(a)) and _overrides(type(b), type(a), reflected):
        tries.reverse()
    for method, x, y in tries:
        if getattr(type(x), method, None) is None:
            continue
        if (result := call(x, method, y)) is not NotImplemented:
            return result
    return NotImplemented


def _overrides(cls: type, base: type, name: str) -> bool:
    return getattr(cls, name, None) is not getattr(base, name, None)


def call(x: Any, name: str, *args: Any) -> Any:
    """`type(x).name(x, *args)`, rewritten if the user wrote the method."""
    method = own(type(x), name)
    if method is None:
        return getattr(type(x), name)(x, *args)
    return rewritten(method)(x, *args)


def unary(name: str, x: Any) -> Any:
    """`-x`, `+x` and `~x`."""
    method, plain = UNARY[name]
    return plain(x) if own(type(x), method) is None else call(x, method)


@functools.lru_cache(maxsize=4096)
def _computed(cls: type, name: str) -> FunctionType | None:
    """The function of the user that computes this attribute: that of a property."""
    for base in cls.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            function = found.fget if type(found) is property else None
            users = isinstance(function, FunctionType) and is_users(function)
            return function if users else None
    return None


def attribute(x: Any, name: str) -> Any:
    """`x.name`"""
    if isinstance(x, OneOf):
        return state_values.attribute(x, name, attribute)
    function = _computed(type(x), name)
    return getattr(x, name) if function is None else rewritten(function)(x)


CONVERSION = re.compile(r"%(\(.*?\))?[-#0 +]*\d*(\.\d+)?[hlL]?([a-zA-Z%])")
"""A conversion of a `%` format; those with `*` stay as they are."""


def formatted(text: str, values: Any) -> str:
    """`text % values`. A traced number has no digits: its text says its type."""
    items = values if isinstance(values, dict | tuple) else (values,)
    if not any(map(_is_traced, items.values() if isinstance(items, dict) else items)):
        return text % values
    count = 0

    def conversion(found: re.Match[str]) -> str:
        nonlocal count
        if found[3] == "%":
            return found[0]
        count += 1
        if isinstance(items, dict):
            item = items.get(found[1][1:-1]) if found[1] else None
        else:
            item = items[count - 1] if count <= len(items) else None
        return f"%{found[1] or ''}s" if _is_traced(item) else found[0]

    return CONVERSION.sub(conversion, text) % items


class Text(str):
    """The text of a traced number, which is the same in each format."""

    def __format__(self, spec: str) -> str:
        return str(self)


def shown(value: Any) -> Any:
    """A value to which a program gives a format."""
    return Text(value) if _is_traced(value) else value


def shown_in_error(value: Any) -> Any:
    """A value in the message of an error."""
    return Text(repr(value)) if isinstance(value, OneOf) else value


def format_method(text: str) -> Callable[..., str]:
    """`text.format`"""

    def format_(*args: Any, **kwargs: Any) -> str:
        named = {name: shown(value) for name, value in kwargs.items()}
        return text.format(*map(shown, args), **named)

    return format_


def _is_traced(value: Any) -> bool:
    return isinstance(value, Array) and value.numbers() is None
