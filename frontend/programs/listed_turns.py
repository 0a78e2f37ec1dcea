"""
The turns of a `for` loop over a list of traced numbers, or of tuples of these.

    for i, v in enumerate([*heights, 0]):     ->     rows = np.stack(heights)
        ...                                          for i, v in enumerate(rows): ...
                                                     the last turn


Python's loop goes through the list as it is in each turn. So a body that changes the list has to
run turn by turn; `Listed.check` finds out.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from types import GeneratorType
from typing import Any

import numpy as np

from ..array_views import storages
from ..tracing import Array
from . import hidden_states, leaf_kinds
from .appended_rows import FEWEST_TURNS
from .chosen_items import has_perhaps
from .leaf_kinds import Unalike
from .turns import ITERATORS, Source, Turns, Walk

MOST_ITEMS = 10_000


@dataclass
class Listed:
    """The turns of a loop over lists, or over Python's iterators over lists."""

    first: int
    """The number of the first one of these turns. Others may stand in front, and behind."""
    turns: Turns
    lists: list[tuple[Any, list[Any]]]
    """The lists, and their items before the loop."""

    def check(self) -> None:
        """Errors: `Unalike` if the body has changed one of the lists."""
        if any(not _are(own, items) for own, items in self.lists):
            raise Unalike("the body changes a list through which the loop goes")


@dataclass
class _Items:
    """The items of a list, in the order of the turns."""

    items: list[Any]


def _are(own: Any, items: list[Any]) -> bool:
    return len(own) == len(items) and all(x is y for x, y in zip(own, items))


def of(iterable: Any) -> Listed | None:
    """
    The first turns of an iterable whose items, in lists, are numbers of one kind, or tuples of
    such; None if there are too few, or if Python has to go through it.
    """
    lists: list[tuple[Any, list[Any]]] = []
    found = list(map(id, iterators(iterable)))
    if len(set(found)) < len(found):
        return None  # A turn takes several items of one iterator.
    plan, count = _plan(iterable, lists)
    if not lists or not FEWEST_TURNS <= count <= MOST_ITEMS:
        return None
    columns = [part.items for part in _leaves(plan) if isinstance(part, _Items)]
    keys = [tuple(map(_key, items)) for items in zip(*columns)][:count]
    first = 0
    for key, run in itertools.groupby(keys):
        n = len(list(run))
        if n >= FEWEST_TURNS and None not in key:
            items = _sources(plan, first, n)
            return None if items is None else Listed(first, Turns(n, items), lists)
        first += n
    return None


def iterators(iterable: Any) -> Iterator[Any]:
    """Python's iterators of which a loop takes the items: the iterable, and those in a `zip`."""
    if isinstance(iterable, Iterator):
        yield iterable
    if type(iterable) in (enumerate, zip):
        inner = iterable.__reduce__()[1]  # type: ignore[misc]
        for part in inner[:1] if type(iterable) is enumerate else inner:
            yield from iterators(part)


def lists(iterable: Any) -> list[Any]:
    """The lists through which Python goes for the items of a loop."""
    if type(iterable) is list:
        return [iterable]
    if type(iterable) in (enumerate, zip, *ITERATORS):
        inner = iterable.__reduce__()[1]  # type: ignore[misc]
        return [own for part in inner for own in lists(part)]
    return []


def is_finite(iterable: Any) -> bool:
    """Whether an iterable is known to have an end."""
    if type(iterable) in (enumerate, zip, map, filter, itertools.islice, itertools.starmap):
        parts = gc.get_referents(iterable)
        parts += [x for part in parts if type(part) is tuple for x in part]
        found = [is_finite(x) for x in parts if isinstance(x, Iterator)]
        is_any = type(iterable) in (zip, map, itertools.islice)
        return type(iterable) is itertools.islice or (any(found) if is_any else all(found))
    if isinstance(iterable, hidden_states.Replay):
        return is_finite(iterable.source)
    endless = itertools.count | itertools.cycle | itertools.repeat | GeneratorType
    return not isinstance(iterable, endless)


def _plan(iterable: Any, lists: list[tuple[Any, list[Any]]]) -> tuple[Any, int]:
    """The sources of the items, as tuples of turns and items of lists, and the number of turns."""
    if type(iterable) in (list, tuple) and not has_perhaps(iterable):
        lists.append((iterable, list(iterable)))
        return _Items(list(iterable)), len(iterable)
    if type(iterable) is enumerate:
        _, (inner, start) = iterable.__reduce__()[:2]  # type: ignore[misc]
        plan, count = _plan(inner, lists)
        return (Turns(count, Source(start, 1)), plan), count if type(start) is int else 0
    if type(iterable) is zip:
        _, inner, *strict = iterable.__reduce__()  # type: ignore[misc]
        parts = [_plan(part, lists) for part in inner]
        counts = {count for _, count in parts}
        if not parts or (strict and len(counts) > 1):
            return None, 0
        return tuple(plan for plan, _ in parts), min(counts)
    if type(iterable) in ITERATORS:
        _, (own, *_), *place = iterable.__reduce__()  # type: ignore[misc]
        turned = type(iterable) is ITERATORS[-1]
        if type(own) not in (list, tuple) or place != ([len(own) - 1] if turned else [0]):
            return None, 0
        plan, count = _plan(own, lists)
        if turned and isinstance(plan, _Items):
            plan.items.reverse()
        return plan, count
    turns = (
        (iterable.turns if iterable.begun == 0 else None)
        if type(iterable) is Walk
        else Turns.of(iterable)
    )
    if turns is None or isinstance(turns.count, Array):
        return None, 0
    return turns, turns.count


def _leaves(plan: Any) -> Iterator[Any]:
    if isinstance(plan, tuple):
        for part in plan:
            yield from _leaves(part)
    else:
        yield plan


def _key(item: Any) -> Any:
    """What has to be alike in the items of one loop; None for an item that a loop does not take."""
    if type(item) is tuple:
        keys = tuple(map(_key, item))
        return None if None in keys or not keys else keys
    try:
        kind = leaf_kinds.kind_of(item)
    except Unalike:
        return None
    return None if kind.shape else kind


def _sources(plan: Any, first: int, count: int) -> Any:
    if isinstance(plan, tuple):
        parts = [_sources(part, first, count) for part in plan]
        return None if any(part is None for part in parts) else tuple(parts)
    if isinstance(plan, Turns):
        return plan.rest(first).items
    return _rows(plan.items[first : first + count])


def _rows(items: list[Any]) -> Any:
    """The sources of items that are alike; None for items that the trace knows."""
    if type(items[0]) is tuple:
        parts = [_rows(list(column)) for column in zip(*items)]
        return None if any(part is None for part in parts) else tuple(parts)
    if not any(isinstance(x, Array) for x in items):
        return None
    kind = leaf_kinds.kind_of(items[0])
    rows: Any = np.stack([kind.lift(x) for x in items])
    return Source(rows=storages.fresh(rows), wrap=kind.wrap)
