"""The tables of rules for NumPy's functions, and the decorators that fill these tables."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy

from ..tracing import COMPLEX_UFUNCS, FUNCTIONS, UFUNCS
from ..user_code import located

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
"""Functions whose result has a shape that depends on values. No static shape describes it."""


def ufunc(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for these ufuncs."""

    def register(rule: Callable) -> Callable:
        for name in names:
            UFUNC_RULES[name] = rule
            if (found := find(name)) is not None:
                UFUNCS[found] = rule
        return rule

    return register


def complex_ufunc(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for these ufuncs on complex arrays."""

    def register(rule: Callable) -> Callable:
        for name in names:
            if (found := find(name)) is not None:
                COMPLEX_UFUNCS[found] = rule
        return rule

    return register


def implements(*names: str) -> Callable[[Callable], Callable]:
    """Decorator: the function below is the rule for these NumPy functions on traced arrays."""

    def register(rule: Callable) -> Callable:
        for name in names:
            FUNCTION_RULES[name] = rule
            if (found := find(name)) is not None:
                FUNCTIONS[found] = _checked(name, found, rule)
        return rule

    return register


def _checked(name: str, function: Callable, rule: Callable) -> Callable:
    """The rule, with an error for arguments of NumPy's function that the rule does not support."""
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
                    TypeError, f"numpy.{name} does not support {key}={value!r} on traced arrays"
                )
        return rule(*args, **kwargs)

    return checked


def _same(value: Any, default: Any) -> bool:
    return isinstance(value, str | bool | int) and type(value) is type(default) and value == default


ADVICE = {"trim_zeros": "; in place of numpy.poly1d write letgrad.numpy.poly1d, or use @lg.program"}
"""What to write in place of a function that letgrad refuses."""


def result_shape_depends(*names: str) -> None:
    """Refuse functions whose result has a shape that depends on values."""
    for name in names:

        def refuse(*args: Any, _name: str = name, **kwargs: Any) -> Any:
            raise located(
                TypeError,
                f"the shape of numpy.{_name}'s result depends on values, and traced arrays have "
                f"no values during the trace{ADVICE.get(_name, '')}",
            )

        REFUSED.append(name)
        if (found := find(name)) is not None:
            FUNCTIONS[found] = refuse


result_shape_depends(
    "trim_zeros",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "union1d",
    "intersect1d",
    "setdiff1d",
    "setxor1d",
)
