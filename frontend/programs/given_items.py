"""
Items of lists whose lengths depend on values, as the program reads them.

    runs[-1][1] += v

Such a list keeps its items in arrays, and an item that is a list, a dict or an object is made when
the program reads it. So a write to the item would be lost. At the end of the trace letgrad looks
for such a write, and refuses the program.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from .. import pytree
from ..tracing import Array
from ..user_code import place
from . import leaf_kinds


class _State(threading.local):
    def __init__(self) -> None:
        self.given: dict[int, tuple[Any, list[Any], str]] = {}


_state = _State()
"""The containers that the program got, with their contents then, and its line."""


def begin() -> None:
    """The trace of a program begins, or begins again."""
    _state.given = {}


def give(item: Any) -> Any:
    """An item that the program reads, and that the list keeps."""
    if not isinstance(item, Array):
        line = ""
        for container in _containers(item):
            line = line or place()
            _state.given[id(container)] = container, _contents(container), line
    return item


def check() -> None:
    """Errors: `TypeError` if the program wrote to an item that a list keeps."""
    for container, before, line in _state.given.values():
        if _differs(container, before):
            raise TypeError(
                f"{line}the program changes an item of a list whose length depends on values, and "
                "the list would keep the old item; write the new item to its place, as in "
                "items[k] = [a, b], or take it by items.pop()"
            )


def _contents(container: Any) -> list[Any]:
    if isinstance(container, list):
        return list(container)
    own = container if isinstance(container, dict) else pytree.attributes_of(container) or {}
    return [x for pair in own.items() for x in pair]


def _differs(container: Any, before: list[Any]) -> bool:
    after = _contents(container)
    return len(after) != len(before) or any(x is not y for x, y in zip(after, before))


class Contents(list[tuple[Any, list[Any]]]):
    """
    The containers that a program put into a list that keeps its items in arrays, each with its
    contents then. They say nothing about the structure of the list, so each equals each.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents)

    def __hash__(self) -> int:  # type: ignore[override]
        return 0

    @staticmethod
    def of(items: Iterable[Any]) -> Contents:
        found = {id(x): x for item in items for x in _containers(item)}
        return Contents((x, _contents(x)) for x in found.values())

    def are_changed(self) -> bool:
        """Whether the program has changed one of them since."""
        return any(_differs(*pair) for pair in self)


NO_CONTENTS = Contents()


def _containers(value: Any) -> Iterator[Any]:
    """The lists, dicts and objects in a value that a program can change."""
    if isinstance(value, list | tuple):
        parts: Any = value
    elif isinstance(value, dict):
        parts = value.values()
    elif not isinstance(value, type) and _is_record(type(value)):
        parts = (pytree.attributes_of(value) or {}).values()
    else:
        return
    if not isinstance(value, tuple):
        yield value
    for part in parts:
        yield from _containers(part)


def _is_record(kind: type) -> bool:
    return leaf_kinds.is_object(kind) or (
        hasattr(kind, "__dataclass_fields__") and not kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    )
