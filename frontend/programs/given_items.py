"""
Items of lists whose lengths depend on values, as the program reads them.

    runs[-1][1] += v

Such a list keeps its items in arrays, and an item that is a list, a dict or an object is made when
the program reads it. So a write to the item would be lost. At the end of the trace letgrad looks
for such a write, and refuses the program.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .. import pytree
from ..tracing import Array
from ..user_code import located, place
from . import joined_roots, leaf_kinds
from .joined_roots import Group

Content = tuple[Any, list[Any]]
"""A container, and its contents at some time."""


class _State(threading.local):
    def __init__(self) -> None:
        self.given: dict[int, tuple[Any, list[Any], str]] = {}
        """The containers that the program got, with their contents then, and its line."""
        self.copies: dict[int, tuple[Any, list[Content]]] = {}
        """These and others that are copies, with the containers that the list got and theirs."""
        self.taken: dict[int, tuple[Any, list[Content]]] = {}
        """Containers that a list got or gave, with copies that the program took, and theirs."""
        self.popped: set[int] = set()
        """The copies that the program took."""


_state = _State()

PERHAPS: list[type] = []
"""Classes that stand for a `value`, or for None."""


def begin() -> None:
    """The trace of a program begins, or begins again."""
    _state.given, _state.copies, _state.taken, _state.popped = {}, {}, {}, set()


def give(item: Any) -> Any:
    """An item that the program reads, and that the list keeps."""
    if not isinstance(item, Array):
        line = ""
        for container in _containers(item):
            line = line or place()
            _state.given[id(container)] = container, _contents(container), line
    return item


def copied(item: Any, contents: list[Content]) -> Any:
    """An item of a list, which is one of these containers, but was made of the list's arrays."""
    if contents and not isinstance(item, Array):
        for container in _containers(item):
            _state.copies[id(container)] = container, contents
    return item


def took(item: Any, contents: list[Content]) -> Any:
    """An item that the program took from a list, and may change."""
    if not isinstance(item, Array):
        copies = [(container, _contents(container)) for container in _containers(item)]
        _state.popped |= {id(container) for container, _ in copies}
        others = [container for container, _ in contents] if copies else []
        # An item that the program got before may be this one. Two that it took are two.
        found = {id(container) for container in others}
        others += [
            container
            for container, own in _state.copies.values()
            if id(container) not in _state.popped and any(id(x) in found for x, _ in own)
        ]
        for container in others:
            _, known = _state.taken.get(id(container), (container, []))
            _state.taken[id(container)] = container, [*known, *copies]
    return item


def follow(new: Any, others: Iterable[Any]) -> None:
    """A value behind a condition or a loop is one of some others."""
    if not _state.copies or isinstance(new, Array):
        return
    found = [
        pair
        for other in others
        for container in _containers(other)
        for pair in _state.copies.get(id(container), (None, []))[1]
    ]
    copied(new, found)


def check_read(container: Any, key: Any = None) -> None:
    """
    The program reads an attribute or an item of a container. None stands for any key.

    Errors: `TypeError` if this is a copy of a container that the program has changed there, or if
            the program has changed a copy of it.
    """
    if not _state.copies and not _state.taken:
        return
    container = container.value if type(container) in PERHAPS else container
    for known in (_state.copies, _state.taken):
        owner, others = known.get(id(container), (None, ()))
        if owner is container and any(
            type(other) is type(container) and _differs(other, before, key)
            for other, before in others
        ):
            raise located(
                TypeError,
                "a condition on traced values or an order by them chose this "
                f"{type(container).__name__} from a list, and the program has changed it by "
                "another name since; choose its number, as in items[k], or read it before",
            )


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


def _differs(container: Any, before: list[Any], key: Any = None) -> bool:
    """Whether a container has other parts than before, or another part for this name or key."""
    after = _contents(container)
    if isinstance(key, str) and not isinstance(container, list):
        now, then = (dict(zip(x[::2], x[1::2])) for x in (after, before))
        return now.get(key) is not then.get(key)
    return len(after) != len(before) or any(x is not y for x, y in zip(after, before))


def put(item: Any, groups: Sequence[Group]) -> None:
    """Notes that the program puts an item into the lists of these groups."""
    found = list(_containers(item)) if groups else []
    for container in (*found, *_roots(found)):
        joined_roots.share(container, groups)


def got(item: Any, groups: Sequence[Group], is_taken: bool = False, is_tuple: bool = False) -> None:
    """
    Notes that the program got an item from the lists of these groups. With `is_taken`, the lists do
    not have it any more. A tuple may stand for a list.
    """
    if groups:
        for container in [item] if is_tuple else _containers(item):
            joined_roots.share(container, groups, True, is_taken)


def _roots(found: Iterable[Any]) -> Iterator[Any]:
    """The other containers that these may be."""
    for container in found:
        roots = joined_roots.roots(container)
        yield from (x for x in roots if x is not container and not isinstance(x, Group))


class Contents:
    """
    The containers that a program put into a list that keeps its items in arrays, in groups: each
    list to which such an item may belong has its group, so that a change of the item is known to
    all of them. The list does not have the containers `apart` any more. The contents say nothing
    about the structure of the list, so each equals each.
    """

    leads_on = False

    def __init__(self, apart: dict[Group, frozenset[int]] | None = None):
        self.apart = apart or {}

    def __bool__(self) -> bool:
        return bool(self.apart)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents)

    def __hash__(self) -> int:
        return 0

    @property
    def groups(self) -> list[Group]:
        return list(self.apart)

    def members(self) -> list[Content]:
        """The containers that the list may have, with their contents then."""
        return [
            (container, before)
            for group, apart in self.apart.items()
            for container, before in group.members
            if id(container) not in apart
        ]

    @staticmethod
    def of(items: Iterable[Any]) -> Contents:
        every = [x for item in items for x in _containers(item)]
        if not every:
            return NO_CONTENTS
        # A container behind a condition is one or another of the program.
        found = {id(x): x for x in (*every, *_roots(every))}
        # A copy of a container changes with that one.
        outer = [_state.copies.get(k, (None, []))[1] for k in found]
        group = Group([*((x, _contents(x)) for x in found.values()), *itertools.chain(*outer)])
        group.is_repeated = len({id(x) for x in every}) < len(every)
        for x in found.values():
            joined_roots.share(x, [group])
        return Contents({group: frozenset()})

    @staticmethod
    def joined(parts: Iterable[Contents]) -> Contents:
        """Those of a list that has, or may have, the items of each part."""
        found: dict[Group, frozenset[int]] = {}
        for part in parts:
            for group, apart in part.apart.items():
                found[group] = found.get(group, apart) & apart
        return Contents(found) if found else NO_CONTENTS

    def without(self, item: Any) -> Contents:
        """Those of the list when the program has taken an item, which it may write to."""
        taken = list(_containers(item))
        if not taken or not self.apart:
            return self
        got(item, self.groups, True)
        for group in self.apart:
            group.members += [(x, _contents(x)) for x in taken]
        ids = frozenset(map(id, taken))
        return Contents({group: apart | ids for group, apart in self.apart.items()})

    def are_changed(self) -> bool:
        """Whether the program has changed one of them since."""
        return any(_differs(container, before) for container, before in self.members())


NO_CONTENTS = Contents()


def _containers(value: Any) -> Iterator[Any]:
    """The lists, dicts and objects in a value that a program can change."""
    if isinstance(value, list | tuple):
        parts: Any = value
    elif isinstance(value, dict):
        parts = value.values()
    elif type(value) in PERHAPS:
        yield from _containers(value.value)
        return
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
