"""
What a program does with a `OneOf`: comparisons, attributes, methods, and keys of dicts.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from . import branching, callees, static_states, traced_texts, variables
from .static_states import OneOf, is_state
from .weak_numbers import number


def each(x: OneOf, function: Callable[[Any], Any]) -> Any:
    """`function(value)` for the value of x, as a chain of conditions."""

    def of(k: int) -> Any:
        if k == len(x.values) - 1:
            return function(x.values[k])
        return branching.value_of(x.is_at(k), lambda: function(x.values[k]), lambda: of(k + 1))

    return of(0)


def chosen(x: OneOf, results: Sequence[Any]) -> Any:
    """The one of these results that stands at the place of x."""
    first = results[0]
    if all(variables.same(first, other) for other in results[1:]):
        return first
    kinds = set(map(type, results))
    if kinds == {bool}:
        return x.holds(results)
    if kinds <= {int, float, complex}:
        return number(x.table(results))
    if all(map(is_state, results)):
        return static_states.one_of(x, results)
    by_place = iter(range(len(results)))
    places = {id(value): next(by_place) for value in x.values}
    return each(x, lambda value: results[places[id(value)]])


def joined(make: Callable[..., str], *values: Any) -> Any:
    """A text that `make` makes of some values. One of these may be one of several texts."""
    places = [k for k, value in enumerate(values) if isinstance(value, OneOf)]
    if len(places) != 1:
        return traced_texts.of(make(*values), values)
    k = places[0]
    rest = values[:k], values[k + 1 :]
    made = [make(*rest[0], value, *rest[1]) for value in values[k].values]
    return chosen(values[k], [traced_texts.of(text, (*rest[0], *rest[1])) for text in made])


def contained(x: OneOf, items: Any) -> Any:
    """`x in items`, for items that are known."""
    return chosen(x, [value in items for value in x.values])


def binary(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`a + b`, and so for the other operators: of members of an IntEnum, or of texts."""
    a, b = static_states.operand(a), static_states.operand(b)
    if isinstance(a, OneOf) and (is_state(b) or isinstance(b, int)):
        return chosen(a, [operation(value, b) for value in a.values])
    if isinstance(b, OneOf) and (is_state(a) or isinstance(a, int)):
        return chosen(b, [operation(a, value) for value in b.values])
    return operation(a, b)


def attribute(x: OneOf, name: str, get: Callable[[Any, str], Any]) -> Any:
    """
    `x.name`, by `get` of each value.

    Errors: AttributeError if a value has no such attribute.
    """
    parts = [getattr(type(value), name, None) for value in x.values]
    if any(isinstance(part, property) for part in parts):
        return each(x, lambda value: get(value, name))
    found = [get(value, name) for value in x.values]
    if any(callable(value) and not is_state(value) for value in found):
        return functools.partial(_method, x, name)
    return chosen(x, found)


def _method(x: OneOf, name: str, *args: Any, **options: Any) -> Any:
    methods = [getattr(value, name) for value in x.values]
    if all(type(value) in (str, bytes) for value in x.values):
        return chosen(x, [method(*args, **options) for method in methods])
    return each(x, lambda value: callees.callee(getattr(value, name))(*args, **options))


def item(items: dict, x: OneOf) -> Any:
    """`items[x]`, for values that are keys."""
    return chosen(x, [items[value] for value in x.values])


def called(x: OneOf) -> Callable[..., Any]:
    """The one of some functions, as a function."""

    def call(*args: Any, **options: Any) -> Any:
        return each(x, lambda value: callees.callee(value)(*args, **options))

    return call


def spread(function: Callable[..., Any], args: Any, options: dict[str, Any], key: Any) -> Any:
    """`function(*args, **options)` of a library, in which the argument `key` is a `OneOf`."""

    def call(value: Any) -> Any:
        if isinstance(key, str):
            return function(*args, **{**options, key: value})
        return function(*args[:key], value, *args[key + 1 :], **options)

    return each(args[key] if isinstance(key, int) else options[key], call)
