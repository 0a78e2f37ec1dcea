"""
What a program does with a `OneOf`: comparisons, attributes, methods, and keys of dicts.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..user_code import located
from . import branching, callees, static_states, variables
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


def _with_keys(x: OneOf, items: dict) -> tuple[OneOf, list[int]]:
    """x with the values that are keys only, and their places."""
    places = [k for k, value in enumerate(x.values) if value in items]
    if not places:
        raise located(KeyError, f"the dict has none of the keys {', '.join(map(repr, x.values))}")
    return x, places


def item(items: dict, x: OneOf) -> Any:
    """
    `items[x]`. A value that is no key does not count: there Python raises KeyError.

    Errors: KeyError if no value is a key.
    """
    _, places = _with_keys(x, items)
    found = [items[x.values[k if k in places else places[0]]] for k in range(len(x.values))]
    return chosen(x, found)


def item_or(items: dict, x: OneOf, default: Any = None) -> Any:
    """`items.get(x, default)`"""
    return chosen(x, [items.get(value, default) for value in x.values])


def put_item(items: dict, x: OneOf, value: Any, put: Callable[[Any, Any, Any], None]) -> None:
    """
    `items[x] = value`, by `put` of each key.

    Errors: TypeError if a value of x is no key: letgrad cannot know whether the dict gets it.
    """
    if missing := [key for key in x.values if key not in items]:
        raise located(
            TypeError,
            f"a traced value decides whether this dict gets the new key {missing[0]!r}; give the "
            "dict the key before",
        )
    for k, key in enumerate(x.values):
        put(items, key, branching.select(x.is_at(k), value, items[key]))
