"""
What letgrad knows of lists whose lengths depend on traced values, by the places in the source that
make them.

An error that there would not be if a list had a traced length names the list. Then letgrad traces
the program again, with such a list from its beginning; see `moving_lists`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .joined_roots import Group

LEAST_ROOM = 256

MOST_ROOM = 1 << 16
"""More items than these have to be asked for."""

MOST_RESTARTS = 24


@dataclass(eq=False)
class Site:
    """What letgrad knows of the lists that one place of the source makes."""

    leads_on: ClassVar[bool] = False
    room: int
    tree: Any = None
    kinds: tuple[Any, ...] = ()
    seen: dict[Any, Any] = field(default_factory=dict)
    """The arrays that the program put into the list, and their contents then."""
    is_heap: bool = False
    """Whether `heapq` keeps the list, at any place of the program."""
    is_kept: bool = False
    """Whether `heapq` has kept it up to here."""
    is_plain: bool = False
    """Whether the program has put items into it before."""
    has_records: bool = False
    """Whether the items are lists, which stand here as tuples."""
    has_lists: bool = False
    """Whether the values of a dict are lists."""
    pool: Any = None
    """The site of the list that has the items of these lists."""
    records: dict[int, tuple[list[Any], tuple[Any, ...]]] = field(default_factory=dict)
    """The lists that the program put into the list, and their items then."""
    items: Group = field(default_factory=Group)
    """What the items that the program puts into the list, and those that it gets, may be."""


class Restart(BaseException):
    """letgrad has learned more about a list, and has to trace the program again."""


class _State(threading.local):
    def __init__(self) -> None:
        self.sites: dict[str, Site] | None = None
        self.made: dict[int, tuple[Any, str]] = {}
        self.chosen: list[Any] = []
        self.places: dict[Any, list[tuple[Site, str]]] = {}
        self.room = LEAST_ROOM
        self.indices: set[str] = set()


_state = _State()


@contextmanager
def planning(sites: dict[str, Site], room: int) -> Iterator[bool]:
    """Inside of the `with`, lists get what is known of them. Whether no other program is around."""
    if _state.sites is not None:
        yield False
        return
    _state.sites, _state.room, _state.indices = sites, room, set()
    try:
        yield True
    finally:
        _state.sites, _state.made, _state.chosen, _state.places = None, {}, [], {}


def pool_of(site: Site) -> Site:
    """What is known of the list that has the items of all lists of a dict."""
    if site.pool is None:
        site.pool = Site(site.room)
        if _state.sites is not None:
            _state.sites[f"the pool of {id(site)}"] = site.pool
    return site.pool


def begin() -> None:
    """The trace of the program begins, or begins again."""
    _state.made, _state.chosen, _state.places = {}, [], {}
    for site in (_state.sites or {}).values():
        site.seen.clear()
        site.records.clear()
        site.items = Group()
        site.is_kept = site.is_plain = False


def room() -> int:
    """How many items a list may have whose length depends on values."""
    return _state.room


def known(place: str, value: Any) -> Site | None:
    """What is known of a list that an assignment makes here; None for a list of Python."""
    if _state.sites is None:
        return None
    if (site := _state.sites.get(place)) is None:
        _state.made[id(value)] = value, place
    return site


def note_chosen(x: Any) -> None:
    """Notes that a traced condition chose the items of this list."""
    if id(x) in _state.made:
        _state.chosen.append(x)


def chosen() -> list[Any]:
    """The lists whose items a traced condition chose, as far as the program used them."""
    return _state.chosen


def note_places(code: Any, places: Iterable[Any]) -> None:
    """Notes which attributes of lists a part of the program changes."""
    kept = _state.places.setdefault(code, [])
    kept += [(p.owner.site, p.key) for p in places if getattr(p.owner, "is_carried", False)]


def places_of(code: Any, reached: Callable[[], Iterable[Any]]) -> list[tuple[Any, str]]:
    """
    The lists among those that a part reaches, and the attributes of them that it changed in an
    earlier trace. Without this, each part would be traced twice, and the parts in it four times.
    """
    known = _state.places.get(code)
    if not known:
        return []
    lists = [x for x in reached() if getattr(x, "is_carried", False)]
    return [(x, key) for x in lists for site, key in dict.fromkeys(known) if x.site is site]


def stands_for(new: Any, old: Any) -> None:
    """Notes that a list stands in the place of another one."""
    if id(old) in _state.made:
        _state.made[id(new)] = new, _state.made[id(old)][1]


def unite(a: Site, b: Site) -> None:
    """
    A variable holds lists of both places, as in `frontier = following`: in the next trace, the
    lists have the same kinds of items, and as many places.

    Errors: `Restart`.
    """
    if a is not b and _state.sites is not None:
        for place, site in _state.sites.items():
            if site is b:
                _state.sites[place] = a
        raise Restart


def because_of(error: Any, *lists: Any) -> Any:
    """The error, which there would not be if these lists had traced lengths."""
    error.lists = [*lists_of(error), *lists]
    return error


def because_of_index(error: BaseException, place: str) -> None:
    """Notes that there is no error if the index at this place chooses an item at run time."""
    error.index = place  # type: ignore[attr-defined]


def chooses(place: str) -> bool:
    """Whether the index at this place chooses an item at run time, although a loop counts it."""
    return place in _state.indices


def lists_of(error: BaseException) -> list[Any]:
    return getattr(error, "lists", [])


def learned(error: BaseException) -> bool:
    """Whether another trace knows more about the lists that an error is about."""
    if isinstance(error, Restart):
        return True
    found = False
    for owner in lists_of(error):
        known, place = _state.made.get(id(owner), (None, ""))
        if known is not owner or _state.sites is None:
            continue
        if hasattr(error, "index") and _holds_lists(owner):
            continue  # The program may write to these lists.
        if place not in _state.sites:
            _state.sites[place] = Site(_state.room)
            found = True
    place = getattr(error, "index", None)
    if not found and _state.sites is not None and place is not None:
        found = place not in _state.indices
        _state.indices.add(place)
    return found


def _holds_lists(owner: Any) -> bool:
    """Whether a list has items that are lists or dicts."""
    return isinstance(owner, Sequence) and any(isinstance(x, list | dict) for x in owner)
