"""
`itertools.groupby` of known keys.

    for key, group in itertools.groupby(items, key):
        total += sum(group)

The groups of Python take their items from one iterator. So when the program asks for the next
group, the one before has no items any more.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .hidden_states import Replay


class Groups:
    """The keys and groups. Loops and conditions can go back to a group: it keeps its items."""

    leads_on = True

    def __init__(self, items: Iterable[Any], key: Callable[[Any], Any]):
        found = ((k, list(group)) for k, group in itertools.groupby(items, key))
        self.source = Replay(enumerate(found))
        self.end: int | None = None
        self.turn: int | None = None
        """The group of the present turn of a comprehension, which takes all groups first."""

    def __iter__(self) -> Groups:
        return self

    def __next__(self) -> Any:
        try:
            number, (key, items) = next(self.source)
        except StopIteration:
            self.end = self.source.place
            raise
        return key, Group(self, number, items)

    def present(self) -> int | None:
        """The number of the group whose items the program can take; None for none."""
        if self.turn is not None:
            return self.turn
        place = self.source.place
        return None if place == self.end else place - 1


class Group:
    """The items of one group."""

    leads_on = True

    def __init__(self, groups: Groups, number: int, items: list[Any]):
        self.groups, self.number = groups, number
        self.source = Replay(iter(items))

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self.groups.present() != self.number:
            raise StopIteration
        return next(self.source)


def in_turn(groups: Groups, run: Callable[[Any], Any], item: Any) -> Any:
    """The turn of a comprehension for a group, which it may begin again."""
    _, group = item
    groups.turn, group.source.place = group.number, 0
    return run(item)
