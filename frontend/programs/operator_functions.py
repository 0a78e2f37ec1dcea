"""
The functions of Python that are operators, as `pow` and those of `operator`: a program that calls
them has the methods of its classes, and the errors, of the operators.
"""

from __future__ import annotations

import builtins
import functools
import operator
from typing import Any

from ..tracing import Array
from ..user_code import located
from . import class_methods, class_operators, expression_values, static_states
from .python_functions import replaces


@replaces(pow)
def pow_(base: Any, exp: Any, mod: Any = None) -> Any:
    if mod is None:
        return class_operators.binary("Pow", base, exp)
    if any(isinstance(x, Array) for x in (base, exp, mod)):
        raise located(
            TypeError,
            "pow(x, y, z) does not take traced numbers; write a loop that takes the rest of each "
            "product, or x**y % z where x**y is small",
        )
    return builtins.pow(base, exp, mod)


def _operator(name: str) -> Any:
    def calling(a: Any, b: Any, /) -> Any:
        return class_operators.binary(name, a, b)

    return calling


def _in_place(name: str) -> Any:
    def calling(a: Any, b: Any, /) -> Any:
        return expression_values.augment(a, name, b)

    return calling


for _name, (_, _function) in class_operators.METHODS.items():
    replaces(_function)(functools.wraps(_function)(_operator(_name)))
for _name, _function in expression_values.IN_PLACE.items():
    replaces(_function)(functools.wraps(_function)(_in_place(_name)))
for _name, (_, _function) in class_operators.UNARY.items():
    replaces(_function)(functools.partial(class_operators.unary, _name))


def _comparing(name: str) -> Any:
    def calling(a: Any, b: Any, /) -> Any:
        return expression_values.compare((name,), a, lambda: b)

    return calling


for _name, _function in static_states.COMPARISONS.items():
    replaces(_function)(functools.wraps(_function)(_comparing(_name)))
replaces(operator.not_)(expression_values.not_)
replaces(operator.getitem)(expression_values.getitem)


@replaces(operator.contains)
def contains(items: Any, x: Any, /) -> Any:
    return expression_values.compare(("In",), x, lambda: items)


class_methods.install()
