"""
Texts with traced numbers: f-strings, `%`, `format`, `str`, `repr` and `join`.

A traced number has no digits during the trace, so its text says its type. A program can print such
a text, keep it, and put it into other texts. It cannot ask what stands in it: that is an error at
the user's line. So a loop whose body asks for the digits of its index is traced one turn after the
other, and each turn knows the digits.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

from ..tracing import Array, NoNumber
from ..user_code import located
from .static_states import OneOf

CONVERSION = re.compile(r"%(\(.*?\))?[-#0 +]*\d*(\.\d+)?[hlL]?([a-zA-Z%])")
"""A conversion of a `%` format; those with `*` stay as they are."""

LAYOUT = (
    "capitalize", "casefold", "center", "expandtabs", "ljust", "lower", "rjust", "swapcase",
    "title", "upper", "zfill",
)  # fmt: skip
"""Methods of texts that keep the digits, and add to the rest of the text at most."""

PARTS = (
    "lstrip", "removeprefix", "removesuffix", "replace", "rstrip", "strip", "translate",
)  # fmt: skip
"""Methods of texts that may leave nothing of the text."""

ASKING = (
    "__contains__", "__ge__", "__gt__", "__iter__", "__le__", "__len__", "__lt__", "count",
    "encode", "endswith", "find", "index",
    "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower",
    "isnumeric", "isprintable", "isspace", "istitle", "isupper", "partition", "rfind", "rindex",
    "rpartition", "rsplit", "split", "splitlines", "startswith",
)  # fmt: skip
"""Methods of texts whose results depend on the digits."""


class Text(str):
    """A text with traced numbers. In each format it is the same."""

    def __format__(self, spec: str) -> str:
        return str(self)

    def __bool__(self) -> bool:
        return True  # A number has a digit.

    def __add__(self, other: str) -> Text:
        return Text(str.__add__(self, other))

    def __radd__(self, other: str) -> Text:
        return Text(str.__add__(other, self))

    def __mul__(self, count: Any) -> str:
        return Text(str.__mul__(self, count)) if count > 0 else ""

    __rmul__ = __mul__  # type: ignore[assignment]

    def __getitem__(self, key: Any) -> Part:
        return Part(self)


class Part(Text):
    """A part of such a text, which may be empty."""

    def __bool__(self) -> bool:
        raise _refusal()


def _kept(name: str, kind: type[Text]) -> Callable[..., Text]:
    def method(self: Text, *args: Any) -> Text:
        return kind(getattr(str, name)(self, *args))

    return method


def _refuse(self: Text, *args: Any) -> Any:
    raise _refusal()


for _name in LAYOUT:
    setattr(Text, _name, _kept(_name, Text))
    setattr(Part, _name, _kept(_name, Part))
for _name in PARTS:
    setattr(Text, _name, _kept(_name, Part))
for _name in ASKING:
    setattr(Text, _name, _refuse)


def _refusal() -> NoNumber:
    return located(
        NoNumber,
        "the program asks what stands in a text with a traced number, and such a number has no "
        "digits during the trace; compute with the number, as in n // 10 % 10",
    )


def check(*values: Any) -> None:
    """Errors: `NoNumber` for a text with traced numbers, also in a tuple."""
    for value in values:
        if isinstance(value, Text):
            raise _refusal()
        if type(value) is tuple:
            check(*value)
        elif isinstance(value, OneOf):
            check(*value.values)


def is_open(value: Any) -> bool:
    """Whether the text of a value says its type, and not its number."""
    return isinstance(value, Text) or (isinstance(value, Array) and value.numbers() is None)


def of(text: str, values: Iterable[Any]) -> str:
    """The text that some values make."""
    return Text(text) if any(map(is_open, values)) else text


def formatted(text: str, values: Any) -> str:
    """`text % values`"""
    items = values if isinstance(values, dict | tuple) else (values,)
    each = list(items.values() if isinstance(items, dict) else items)
    if not any(map(is_open, (text, *each))):
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
        return f"%{found[1] or ''}s" if is_open(item) else found[0]

    return Text(CONVERSION.sub(conversion, str(text)) % items)


def shown(value: Any) -> Any:
    """A value to which a program gives a format."""
    return Text(value) if is_open(value) else value


def shown_in_error(value: Any) -> Any:
    """A value in the message of an error."""
    return Text(repr(value)) if isinstance(value, OneOf) else value


def format_method(text: str) -> Callable[..., str]:
    """`text.format`"""

    def format_(*args: Any, **kwargs: Any) -> str:
        named = {name: shown(value) for name, value in kwargs.items()}
        whole = str.format(text, *map(shown, args), **named)
        return of(whole, (text, *args, *kwargs.values()))

    return format_


def join_method(text: str) -> Callable[[Iterable[str]], str]:
    """`text.join`"""

    def join(items: Iterable[str]) -> str:
        items = list(items)
        return of(str.join(text, items), (text, *items) if len(items) > 1 else items)

    return join


def method(function: Any) -> Callable[..., Any]:
    """A method of a text, which may get texts with traced numbers."""
    makers = {"format": format_method, "join": join_method}
    if function.__name__ in makers:
        return makers[function.__name__](function.__self__)

    @functools.wraps(function)
    def calling(*args: Any) -> Any:
        check(*args)
        return function(*args)

    return calling
