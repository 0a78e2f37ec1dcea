"""
Lists, deques and sets that traced values make longer and shorter: stacks, queues and marks.

    stack = [start]
    while stack:
        i = stack.pop()
        for j in neighbours(i):
            if not seen[j]:
                stack.append(j)

A Python list has a known length in each turn of a loop. Where a loop or a condition cannot keep it,
letgrad traces the program again, and the list is a `Moving` from its beginning: its items are parts
of arrays, and its length is a traced number. The list is found again by the place in the source
that makes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .. import ops, pytree, tracing, user_code
from ..array_views import storages
from ..array_views.storages import Storage
from ..masked import check_raises
from ..tracing import Array, Number
from ..user_code import located
from . import (
    branching,
    chosen_items,
    given_items,
    joined_containers,
    joined_roots,
    leaf_kinds,
    list_sites,
    static_states,
    variables,
)
from .chosen_items import Chosen, no, settled
from .leaf_kinds import Kind
from .list_sites import LEAST_ROOM, MOST_ROOM, Restart, Site


def made(place: str, value: Any) -> Any:
    """The list, deque or set that an assignment at this place of the source makes."""
    kind = type(value)
    if kind not in (list, deque, set, Chosen) and kind not in MAKERS:
        return value
    if (kind is deque and value.maxlen is not None) or (kind is Chosen and value.is_generator):
        return value
    site = list_sites.known(place, value)
    if site is None:
        return value
    if kind in MAKERS:
        return MAKERS[kind](site, value)
    if kind is Chosen or chosen_items.has_perhaps(value):
        return _moving_of(site, settled(value))
    found = Moving(site, kind)
    for item in value:
        found.add(item) if kind is set else found.append(item)
    return found


def as_result(value: Any) -> Any:
    """A result of a program, with lists of Python in the places of those of known lengths."""
    if isinstance(value, Moving):
        return value.as_known()
    if type(value) in (tuple, list):
        return type(value)(map(as_result, value))
    if type(value) is dict:
        return {key: as_result(part) for key, part in value.items()}
    return value


MAKERS: dict[type, Callable[[Site, Any], Moving]] = {}
"""Other kinds of containers, and what stands in their places; see `moving_dicts`."""


def _moving_of(site: Site, items: Chosen) -> Moving:
    found = Moving(site, list)
    fill(found, items)
    return found


def fill(found: Moving, items: Chosen) -> None:
    """Gives an empty list these items."""
    site = found.site
    found.learn(items.tree, items.kinds)
    front = items.front()
    leaves = static_states.fit(front.leaves, items.tree, found.all_of())
    n = min(front.places, site.room)
    found.length = as_int(items.size())
    if front.places > site.room:
        found.check_room(1)
    columns = []
    for old, x in zip(found.columns, leaves):
        new: Any = storages.fresh(old).copy()
        new[:n] = x[:n]
        columns.append(_value(new))
    found.columns = tuple(columns)


class Moving(Chosen):
    """
    A list, deque or set of `length` items in rows of arrays. Item k is at the place `begin` + k,
    which goes around.
    """

    __hash__ = object.__hash__

    is_carried = True
    """Whether loops and conditions carry the attributes of such an object."""

    def __init__(self, site: Site, origin: type):
        self.site, self.origin = site, origin
        self.columns: tuple[Array, ...] = tuple(
            tracing.constant(np.zeros((), k.dtype), None, (site.room, *k.shape)) for k in site.kinds
        )
        self.begin: Any = 0
        self.length: Any = 0
        self.is_generator = False

    def all_of(self) -> pytree.Tree:
        """The structure of a row."""
        if self.site.tree is None:
            raise no("read an item of it: nothing is appended to it before")
        return self.site.tree

    # What a list with a mask has.

    @property
    def tree(self) -> pytree.Tree:  # type: ignore[override]
        return self.all_of()

    @property
    def kinds(self) -> tuple[Kind, ...]:  # type: ignore[override]
        return self.site.kinds

    @property
    def places(self) -> int:
        return self.site.room

    @property
    def leaves(self) -> tuple[Array, ...]:  # type: ignore[override]
        return self.ordered()

    def ordered(self) -> tuple[Array, ...]:
        """The columns, with the first item at the place 0."""
        self._check_contents()
        if type(self.begin) is int and self.begin == 0:
            return self.columns
        order = (np.arange(self.places) + self.begin) % self.places
        return tuple(x[order] for x in self.columns)

    @property
    def mask(self) -> Array:  # type: ignore[override]
        return ops.lift(np.arange(self.places) < self.length)

    def size(self) -> Any:
        if isinstance(self.length, Number):
            self.length.limits = 0, self.places
        return self.length

    def now(self) -> Chosen | list[Any]:
        """The items as they are now."""
        if self.site.tree is None:
            return []
        return Chosen(self.tree, self.kinds, self.leaves, self.mask)

    def stamp(self) -> tuple[Any, ...]:
        return self.begin, self.length, *self.columns

    def masked(self) -> Any:
        if type(self.length) is not int or self.tree.kind != "leaf":
            return super().masked()
        return self.leaves[0][: self.length]

    def some(self) -> Array | None:
        """Whether there is an item; None if the length is known."""
        return None if type(self.length) is int else ops.lift(self.length > 0)

    # Changes.

    def as_known(self) -> Any:
        """A list or deque of a known length as one of Python; others as they are."""
        return self.origin(self) if type(self.length) is int and self.origin is not set else self

    def _become(self, other: Chosen) -> None:
        front = other.front()
        if front.places != self.places:
            raise no("give it the items of another list")
        self.columns, self.begin, self.length = front.leaves, 0, as_int(other.size())

    def _leaves_of(self, item: Any) -> list[Any]:
        """The leaves of a new item, of which the list takes notice."""
        item = self._as_record(settled(item))
        if joined_containers.containers(item) or isinstance(item, Chosen):
            raise no("keep lists, dicts and objects in it")
        leaves, tree = leaf_kinds.flatten(item, "item")
        self.learn(tree, list(map(leaf_kinds.kind_of, leaves)))
        site = self.site
        for leaf in leaves:
            if isinstance(leaf, Array) and not storages.is_number(leaf):
                for root in storages.roots(storages.of(leaf)):
                    site.seen.setdefault(root, _content(root))
        return static_states.fit(leaves, tree, self.all_of())

    def _as_record(self, item: Any) -> Any:
        """
        A new item that is a list, as a tuple: the items of such a list can be read, and `pop` gives
        a list again. The list of the program may not change any more.
        """
        site, is_record = self.site, type(item) is list and not chosen_items.has_perhaps(item)
        if site.tree is not None and is_record != site.has_records:
            raise no("keep lists and other items in it")
        site.has_records = is_record
        if not is_record:
            return item
        site.records[id(item)] = item, tuple(item)
        site.items.is_repeated |= site.items in joined_roots.groups(item)
        given_items.put(item, [site.items])
        return tuple(item)

    def _taken(self, item: Any) -> Any:
        """An item that the list has no more, as the program put it there."""
        if not self.site.has_records:
            return item
        found = list(item)
        given_items.got(found, [self.site.items], True)
        return found

    def _given(self, item: Any) -> Any:
        """An item that the list keeps, for the program."""
        given_items.got(item, [self.site.items], False, self.site.has_records)
        return given_items.give(item)

    def learn(self, tree: pytree.Tree, kinds: Sequence[Kind]) -> None:
        """
        Takes notice of the structure and the kinds of a new item.

        Errors: `Restart` if they are new; `TypeError` for items that are not alike.
        """
        site = self.site
        if site.tree is None:
            site.tree, site.kinds = tree, tuple(kinds)
            raise Restart
        if (common := static_states.common(site.tree, tree)) is None:
            difference = static_states.unlike(site.tree, tree)
            raise located(TypeError, f"two items of a list have two structures: {difference}")
        rows = [
            static_states.fit(own, own_tree, common, lambda _: PLACE, static_states.same_place)
            for own, own_tree in ((site.kinds, site.tree), (kinds, tree))
        ]
        try:
            joined = tuple(
                leaf_kinds.join([leaf_kinds.stand_in(kind) for kind in pair], "item")
                for pair in zip(*rows)
            )
        except leaf_kinds.Unalike as error:
            raise leaf_kinds.with_line(error) from None
        if (common, joined) != (site.tree, site.kinds):
            site.tree, site.kinds = common, joined
            raise Restart

    def _check_contents(self) -> None:
        for storage, content in self.site.seen.items():
            if _content(storage) is not content:
                raise located(
                    ValueError,
                    "the program wrote to an array that is an item of this list; append x.copy()",
                )
        for record, parts in self.site.records.values():
            if len(record) != len(parts) or any(x is not y for x, y in zip(record, parts)):
                raise located(
                    ValueError,
                    "the program changed a list that is an item of this list; append x.copy()",
                )

    def check_room(self, extra: int = 0) -> None:
        """
        Errors: `OverflowError`, when the program runs, if the list has no place any more, or if it
                has more items than places, where `extra` is 1.
        """
        most, place = self.places, user_code.place()
        text = (
            f"{place}a list whose length depends on values has more than {most} items; write "
            f"@lg.program(most_items={4 * most})"
        )
        if type(self.length) is int:
            if self.length >= most + extra:
                raise OverflowError(text)
            return
        branching.overflow_if(self.length >= most + extra, text)

    def _write(self, place: Any, leaves: Sequence[Any], mask: Any = None) -> None:
        columns = []
        for kind, column, leaf in zip(self.site.kinds, self.columns, leaves):
            new: Any = storages.fresh(column).copy()
            value: Any = kind.lift(leaf)
            new[place] = value if mask is None else np.where(mask, value, column[place])
            columns.append(_value(new))
        self.columns = tuple(columns)

    def _place(self, k: Any) -> Any:
        return (self.begin + k) % self.places

    def _from_front(self, k: Any) -> Any:
        if isinstance(k, Array):
            return np.where(k < 0, k + self.length, k)
        return int(k) if k >= 0 else self.length + int(k)

    def _note_plain(self) -> None:
        """The program puts an item into the list, and does not ask `heapq` to do so."""
        self.site.is_plain = self.site.is_plain or not self.site.is_kept

    @property
    def is_heap(self) -> bool:
        """
        Whether the first item is the least one. The body of a loop may read it in front of the
        first call of `heapq`.
        """
        return self.site.is_heap and (self.site.is_kept or not self.site.is_plain)

    def keep_as_heap(self) -> None:
        """A function of `heapq` takes the list."""
        self.site.is_heap = self.site.is_kept = True

    def append(self, item: Any) -> None:
        self._note_plain()
        leaves = self._leaves_of(item)
        self.check_room()
        self._write(self._place(self.length), leaves)
        self.length = as_int(self.length + 1)

    def appendleft(self, item: Any) -> None:
        leaves = self._leaves_of(item)
        self.check_room()
        self.begin = as_int((self.begin + self.places - 1) % self.places)
        self._write(self.begin, leaves)
        self.length = as_int(self.length + 1)

    def extend(self, items: Any) -> None:
        items = settled(items)
        if isinstance(items, Moving):
            items = items.now()
        if not isinstance(items, Chosen):
            for item in list(items):
                self.append(item)
            return
        for k in range(items.places):
            self.append_if(items.mask[k], items.at(k))

    def _check_joins(self) -> None:
        """Errors: `TypeError` for a `Counter`, whose sum is none of lists, a dict or a set."""
        if self.origin not in (list, deque):
            raise no(f"add a {self.origin.__name__} to another one")

    def __add__(self, other: Any) -> Any:
        self._check_joins()
        return super().__add__(other)

    def __radd__(self, other: Any) -> Any:
        self._check_joins()
        return super().__radd__(other)

    def __iadd__(self, items: Any) -> Moving:
        self._check_joins()
        self.extend(items)
        return self

    def __ior__(self, items: Any) -> Any:
        if self.origin is not set:
            return NotImplemented
        self.update(items)
        return self

    def _operator(self, other: Any) -> Any:
        """Errors: `TypeError` for sets and dicts. Lists have no such operators."""
        if self.origin in (list, deque):
            return NotImplemented
        raise no(
            f"take a {self.origin.__name__} with another one by `|`, `&`, `-`, `^` or `<=`; put "
            "the items into it, or take them out, in a loop"
        )

    __or__ = __ror__ = __and__ = __rand__ = __sub__ = __rsub__ = __xor__ = __rxor__ = _operator
    __le__ = __lt__ = __ge__ = __gt__ = _operator

    def append_if(self, mask: Any, item: Any) -> None:
        self._note_plain()
        leaves = self._leaves_of(item)
        branching.if_(mask, self.check_room, _nothing, (), (), ())
        self._write(self._place(self.length), leaves, mask)
        self.length = as_int(self.length + np.where(mask, 1, 0))

    def insert(self, k: Any, item: Any) -> None:
        if not isinstance(k, Array) and k == 0:
            self.appendleft(item)
            return
        self._note_plain()
        leaves = self._leaves_of(item)
        self.check_room()
        place: Any = np.clip(self._from_front(k), 0, self.length)
        own = np.arange(self.places)
        order = own - np.where(own > place, 1, 0)
        self.columns = tuple(x[order] for x in self.leaves)
        self.begin = 0
        self._write(place, leaves)
        self.length = as_int(self.length + 1)

    def clear(self) -> None:
        self.begin = self.length = 0

    def copy(self) -> Any:
        return self.now()

    def pop(self, k: Any = -1) -> Any:
        if self.is_heap and type(k) is int and k == 0:
            return self.pop_least()
        place, is_end = self._from_front(k), type(k) is int and k in (0, -1)
        if is_end:
            self._check_some("pop from an empty list")
        else:
            self._check_index(place, "pop index out of range")
        is_there = True if is_end else self._has_caught(place)
        item = self._item(place)
        if is_end and k == 0:
            self.begin = as_int((self.begin + 1) % self.places)
        elif not is_end:
            own = np.arange(self.places)
            is_behind = np.logical_and(own >= place, is_there)
            order = np.minimum(own + np.where(is_behind, 1, 0), self.places - 1)
            self.columns = tuple(x[order] for x in self.leaves)
            self.begin = 0
        self._shorten(is_there)
        return self._taken(item)

    def _shorten(self, is_there: Any = True) -> None:
        """Behind an error that a handler catches, a list without the item stays as it is."""
        is_caught = variables.catches(IndexError) or variables.catches(KeyError)
        if is_there is True:
            is_there = self.length > 0 if is_caught else True
        step = 1 if is_there is True else np.where(is_there, 1, 0)
        self.length = as_int(self.length - step)

    def _has(self, place: Any) -> Any:
        """Whether there is an item at a place from the front: a bool, or a traced one."""
        if type(self.length) is int and not isinstance(place, Array):
            return 0 <= place < self.length
        return np.logical_and(np.greater_equal(place, 0), np.less(place, self.length))

    def _has_caught(self, place: Any) -> Any:
        """`_has`, where a handler catches the error for an item that there is not; else True."""
        return self._has(place) if variables.catches(IndexError) else True

    def _check_index(self, place: Any, text: str) -> None:
        """
        Errors: `IndexError` if there is for certain no item at a place from the front. Where values
                decide, a handler of the program runs.
        """
        is_known = type(self.length) is int
        if is_known and not isinstance(place, Array):
            if not self._has(place):
                self._raise_certainly(text, IndexError)
            return
        if is_known and not self.length:
            self._raise_certainly(text, IndexError)
        none = lambda: np.logical_not(self._has(place))  # noqa: E731
        check_raises(IndexError, "an index", chosen_items.ASK_FOR_LENGTH, none, text)

    def _check_some(self, text: str, kind: type[Exception] = IndexError) -> None:
        """
        Errors: `IndexError` if the list has no item for certain. Under a condition, the program
                goes the other way, as at a `raise`: it may put an item there in another turn.
        """
        if type(self.length) is not int:
            none = lambda: self.length <= 0  # noqa: E731
            check_raises(kind, "this", chosen_items.ASK_FOR_LENGTH, none, text)
        if type(self.length) is not int or self.length:
            return
        self._raise_certainly(text, kind)

    def _raise_certainly(self, text: str, kind: type[Exception]) -> None:
        if not variables.is_under_condition():
            raise located(kind, text)
        if variables.is_caught():
            raise located(
                variables.Undecided,
                "a condition on a traced value decides whether the program takes an item of an "
                "empty list, and a handler of the program may catch the error; ask for its length",
            )
        raise variables.Raised

    def popleft(self) -> Any:
        return self.pop(0)

    # Items.

    def _item(self, k: Any) -> Any:
        if type(self.length) is int and not self.length:
            self._raise_certainly("list index out of range", IndexError)
        self._check_contents()
        place = self._place(k)
        leaves = []
        for kind, column in zip(self.site.kinds, self.columns):
            leaves.append(chosen_items.part_of(kind, ops.number(column[place])))
        assert self.site.tree is not None  # There is an item.
        return self.site.tree.unflatten(leaves)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            found = self.now()
            return found[key]
        if not isinstance(key, int | np.integer | Array) or isinstance(key, bool):
            raise no("take such a part of it")
        if self.is_heap and not isinstance(key, Array) and key == 0:
            self._check_some("list index out of range")
            return self._given(self._item(self._least()))
        place = self._from_front(key)
        self._check_index(place, "list index out of range")
        return self._given(self._item(place))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            raise no("write to such a part of it")
        is_least = self.is_heap and not isinstance(key, Array) and key == 0
        leaves, place = self._leaves_of(value), self._from_front(key)
        self._check_index(place, "list assignment index out of range")
        has = self._has_caught(place)
        if is_least:
            place = self._least()
        self._write(self._place(place), leaves, None if has is True else has)

    def __delitem__(self, key: Any) -> None:
        if isinstance(key, slice):
            raise no("delete such a part of it")
        self.pop(key)

    def __bool__(self) -> bool:
        if type(self.length) is int:
            return self.length > 0
        return super().__bool__()

    def __len__(self) -> int:
        if type(self.length) is int:
            return self.length
        return super().__len__()

    def __iter__(self) -> Any:
        if type(self.length) is int:
            return iter(_Items(self))
        return super().__iter__()

    # Sets.

    def _where(self, value: Any) -> Any:
        """Which places hold an item that equals a value."""
        leaves, tree = leaf_kinds.flatten(value, "item")
        common = None if self.site.tree is None else static_states.common(self.tree, tree)
        if common is None:
            return np.zeros(self.places, bool)
        static_states.check_different(common)
        leaves = static_states.fit(leaves, tree, common)
        found: Any = self.mask
        for own, leaf in zip(static_states.fit(self.leaves, self.tree, common), leaves):
            found = np.logical_and(found, own == leaf)
        return found

    def contains(self, value: Any) -> Any:
        return False if self.site.tree is None else np.any(self._where(value))

    def add(self, item: Any) -> None:
        self._leaves_of(item)
        self.append_if(np.logical_not(np.any(self._where(item))), item)

    def update(self, items: Any) -> None:
        for item in list(items):
            self.add(item)

    def discard(self, item: Any) -> None:
        found = self._where(item)
        kept = np.logical_and(self.mask, np.logical_not(found))
        self._become(Chosen(self.tree, self.kinds, self.leaves, ops.lift(kept)))

    def remove(self, item: Any) -> None:
        """Takes the first such item away."""
        kind = KeyError if self.origin is set else ValueError
        found = self._where(item)
        none = lambda: np.logical_not(np.any(found))  # noqa: E731
        check_raises(kind, "remove", "ask `x in items` before", none)
        if variables.catches(kind):
            kept = np.logical_and(found, np.cumsum(found, dtype=np.int64) == 1)
            kept = np.logical_and(self.mask, np.logical_not(kept))
            self._become(Chosen(self.tree, self.kinds, self.leaves, ops.lift(kept)))
            return
        place = np.argmax(found)
        self.pop(Number(ops.lift(place), int))

    # Heaps.

    def _least(self) -> Any:
        """The place of the least item."""
        left: Any = self.mask
        for column in static_states.ranks(self.leaves, self.tree):
            top = ops.lowest(column.dtype, 1)
            best = np.min(np.where(left, column, top))
            left = np.logical_and(left, column == best)
        return np.argmax(left)

    def push(self, item: Any) -> None:
        self.keep_as_heap()
        self.append(item)

    def pop_least(self) -> Any:
        self.keep_as_heap()
        self._check_some("index out of range")
        place = self._least()
        item = self._item(place)
        last = self._item(self.length - 1)
        self._write(self._place(place), leaf_kinds.flatten(last, "item")[0])
        self._shorten()
        return self._taken(item)


class _Items:
    """The items of a list of a known length, for Python, which goes through it as it is then."""

    def __init__(self, own: Moving):
        self.own = own

    def __getitem__(self, k: int) -> Any:
        """Errors: `ChangedList` if the length is not known any more."""
        if type(self.own.length) is not int:
            text = chosen_items.DEPENDS.format("go through it while the program changes it")
            raise located(chosen_items.ChangedList, text)
        if k >= self.own.length:
            raise IndexError
        return self.own._item(k)


PLACE = Kind((), np.dtype(np.int64))
"""The kind of a text, or of another state, as its place among those that a list holds."""


def _content(storage: Storage) -> Any:
    return storage.known if storage.value is None else storage.value


def _value(x: Any) -> Array:
    """The content of an array, which nobody writes to."""
    return Array.of(tracing.use(x), tracing.current())


def as_int(x: Any) -> Any:
    """A number of items, or a place."""
    return Number(ops.cast(x, np.dtype(np.int64)), int) if isinstance(x, Array) else int(x)


def _nothing() -> None:
    return None


def room_for(args: Iterable[Any]) -> int:
    """How many items a list may have, by the sizes of the arguments of the program."""
    sizes = [np.size(x) for x in args if isinstance(x, Array | np.ndarray)]
    return min(max(LEAST_ROOM, 4 * max(sizes, default=0)), MOST_ROOM)


pytree.REGISTERED[Moving] = (
    lambda x: ((x.begin, x.length, *x.columns), (x.site, x.origin)),
    lambda about, parts: _again(about, parts),
)


def _again(about: tuple[Site, type], parts: Any) -> Moving:
    found = object.__new__(Moving)
    found.site, found.origin = about
    found.begin, found.length, *columns = parts
    found.columns, found.is_generator = tuple(columns), False
    return found
