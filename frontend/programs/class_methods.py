"""
Methods of the user's classes that builtins and comparisons call: `abs(x)`, `float(x)`, `if x`,
`a < b`, `item in x`, `sum(items)`. They are rewritten, as methods of operators are.
"""

from __future__ import annotations

import builtins
import dis
import functools
import math
import operator
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

from ..tracing import Array
from ..user_code import as_python
from . import class_operators, failures, variables, weak_numbers
from .callees import REPLACED

CONVERSIONS: dict[Callable[..., Any], tuple[str, type | None]] = {
    abs: ("__abs__", None),
    operator.abs: ("__abs__", None),
    bool: ("__bool__", bool),
    complex: ("__complex__", complex),
    float: ("__float__", float),
    int: ("__int__", int),
    math.ceil: ("__ceil__", None),
    math.floor: ("__floor__", None),
    math.trunc: ("__trunc__", None),
    reversed: ("__reversed__", None),
    round: ("__round__", None),
}
"""The method that a builtin calls, and the class of its result if there is only one."""

COMPARISONS = {
    "Eq": ("__eq__", "__eq__"), "NotEq": ("__ne__", "__ne__"),
    "Lt": ("__lt__", "__gt__"), "Gt": ("__gt__", "__lt__"),
    "LtE": ("__le__", "__ge__"), "GtE": ("__ge__", "__le__"),
}  # fmt: skip
"""The methods of the left and of the right operand for each comparison."""


def has(x: Any, *names: str) -> bool:
    """Whether the user wrote one of these methods of the class of x."""
    return any(class_operators.own(type(x), name) is not None for name in names)


def _converting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The builtin for all values: objects whose class has the method take it."""
    method, kind = CONVERSIONS[function]
    plain = REPLACED.get(function, function)

    def calling(*args: Any, **named: Any) -> Any:
        if not args or not has(args[0], method):
            return plain(*args, **named)
        found = class_operators.call(args[0], method, *args[1:], **named)
        return found if kind is None else _checked(found, args[0], method, kind, plain)

    calling.__name__ = function.__name__
    return calling


def _checked(found: Any, x: Any, method: str, kind: type, plain: Callable[[Any], Any]) -> Any:
    """What the builtin makes of the result of the method."""
    if isinstance(found, Array) or isinstance(found, kind):
        return plain(found)
    name, other = type(x).__name__, type(found).__name__
    raise as_python(TypeError, f"{name}.{method} returned non-{kind.__name__} (type {other})")


def install() -> None:
    """Rewritten functions call these in the place of the builtins that they have called so far."""
    for function in CONVERSIONS:
        REPLACED[function] = _converting(function)


def _truth(x: Any) -> Any:
    """
    The truth that `__bool__` of the user gives to an object, if it is traced; or None. Then nothing
    has happened: Python asks the object again.
    """
    method = class_operators.own(type(x), "__bool__")
    if method is None:
        return None
    before = variables.Surroundings([method, x]) if _may_change(method.__code__) else None
    found = class_operators.call(x, "__bool__")
    if isinstance(found, Array):
        return weak_numbers.truth(found)
    if before is not None:
        before.restore()
    return None


def _may_change(code: CodeType) -> bool:
    """Whether a method may change something, itself or by a call."""
    calls = any(i.opname.startswith("CALL") for i in dis.get_instructions(code))
    return calls or failures.may_change(code)


weak_numbers.TRUTHS.append(_truth)


def compared(name: str, a: Any, b: Any) -> Any:
    """
    A comparison by methods that the user wrote; NotImplemented where no class has one, or where
    the methods leave it to Python.
    """
    method, reflected = COMPARISONS[name]
    if not has(a, method) and not has(b, reflected):
        return NotImplemented
    tries = [(method, a, b), (reflected, b, a)]
    if type(a) is not type(b) and issubclass(type(b), type(a)):
        tries.reverse()
    for chosen, x, y in tries:
        if (found := class_operators.call(x, chosen, y)) is not NotImplemented:
            return found
    return a is b if name == "Eq" else a is not b if name == "NotEq" else NotImplemented


def is_unequal_by_equal(name: str, a: Any, b: Any) -> bool:
    """Whether `a != b` asks a method `__eq__` of the user: Python's `__ne__` does."""
    return name == "NotEq" and has(a, "__eq__") and not has(a, "__ne__") and not has(b, "__ne__")


def contained(x: Any, item: Any) -> Any:
    """`item in x` by a method of the user; NotImplemented if there is none."""
    if not has(x, "__contains__"):
        return NotImplemented
    return REPLACED[bool](class_operators.call(x, "__contains__", item))


def folded(operation: str, items: Iterable[Any], start: Any) -> Any:
    """The sum or the product of items, of which some have methods of the user."""
    return functools.reduce(functools.partial(class_operators.binary, operation), items, start)


def summed(items: Iterable[Any], start: Any) -> Any:
    """`sum(items, start)`"""
    items = list(class_operators.iterated(items))
    if any(has(x, "__add__", "__radd__") for x in (start, *items)):
        return folded("Add", items, start)
    return builtins.sum(items, start)
