"""Which function is the rule of which of NumPy's: the tables, and how they are filled."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy

from ..tracing import FUNCTIONS, UFUNCS, located

np: Any = numpy  # its type stubs know no traced arrays


def find(name: str) -> Any:
    """`numpy.<name>`, or None where this version of NumPy has no such thing."""
    value: Any = np
    for step in name.split("."):
        value = getattr(value, step, None)
    return value


UFUNC_RULES: dict[str, Callable] = {}
"""By name, whether or not this version of NumPy has it."""

FUNCTION_RULES: dict[str, Callable] = {}
"""By name, whether or not this version of NumPy has it."""

REFUSED: list[str] = []
"""Functions whose result's shape depends on the values, which no static shape can say."""


def ufunc(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for these ufuncs."""

    def register(rule: Callable) -> Callable:
        for name in names:
            UFUNC_RULES[name] = rule
            if (found := find(name)) is not None:
                UFUNCS[found] = rule
        return rule

    return register


def implements(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is what these NumPy functions are on traced arrays."""

    def register(rule: Callable) -> Callable:
        for name in names:
            FUNCTION_RULES[name] = rule
            if (found := find(name)) is not None:
                FUNCTIONS[found] = _checked(name, found, rule)
        return rule

    return register


def _checked(name: str, function: Callable, rule: Callable) -> Callable:
    """The rule, with an error for arguments that NumPy's function has and the rule has not."""
    accepted = list(inspect.signature(rule).parameters.values())
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in accepted):
        return rule
    try:
        theirs = list(inspect.signature(function).parameters.values())
    except ValueError:  # written in C, without a signature
        theirs = accepted
    names = [p.name for p in accepted]
    prefix = 0
    while prefix < min(len(names), len(theirs)) and names[prefix] == theirs[prefix].name:
        prefix += 1
    defaults = {p.name: p.default for p in theirs}

    @functools.wraps(rule)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if len(args) > prefix:
            kwargs = {**dict(zip((p.name for p in theirs[prefix:]), args[prefix:])), **kwargs}
            args = args[:prefix]
        for key in [key for key in kwargs if key not in names]:
            value = kwargs.pop(key)
            default = defaults.get(key)
            if (
                value is not None
                and value is not np._NoValue
                and not (value is default or _same(value, default))
            ):
                raise located(
                    TypeError, f"numpy.{name} of traced arrays does not know {key}={value!r}"
                )
        return rule(*args, **kwargs)

    return checked


def _same(value: Any, default: Any) -> bool:
    return isinstance(value, str | bool | int) and type(value) is type(default) and value == default


def result_shape_depends(*names: str) -> None:
    """Refuse functions whose result's shape depends on the values."""
    for name in names:

        def refuse(*args: Any, _name: str = name, **kwargs: Any) -> Any:
            raise located(
                TypeError,
                f"the shape of numpy.{_name}'s result depends on values, which traced arrays "
                "do not have",
            )

        REFUSED.append(name)
        if (found := find(name)) is not None:
            FUNCTIONS[found] = refuse


result_shape_depends(
    "nonzero", "flatnonzero", "argwhere", "unique", "compress", "extract", "trim_zeros"
)
