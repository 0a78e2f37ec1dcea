"""
Dicts whose keys traced values decide: counts, groups and tables of what a program has seen.

    counts = {}
    for k in labels:
        counts[k] = counts.get(k, 0) + 1

As with a stack (see `moving_lists`), letgrad traces the program again, and the dict is a
`MovingDict` from its beginning: its keys and values are rows of arrays, in Python's order.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ...passes.rewriting.remarks import missed
from .. import ops, pytree, tracing
from ..array_views import storages
from ..masked import check_raises
from ..tracing import Array, Number
from ..user_code import as_python, located
from . import (
    branching,
    chosen_items,
    leaf_kinds,
    list_sites,
    moving_lists,
    static_states,
    variables,
)
from .chosen_items import Chosen, no, settled
from .leaf_kinds import Kind
from .list_sites import Site
from .moving_lists import Moving

KINDS = (dict, OrderedDict, defaultdict, Counter)


class MovingDict(Moving):
    """
    A dict of `length` items. Each row has the leaves of a key, and behind them those of its value.
    As a list, it is the list of its keys.
    """

    def __init__(self, site: Site, origin: type, factory: Callable[[], Any] | None = None):
        super().__init__(site, origin)
        self.factory = factory

    # As a list.

    def _side(self, k: int) -> tuple[pytree.Tree, slice]:
        """The structure of the keys (0) or the values (1), and their columns."""
        if self.site.tree is None:
            raise no("read an item of it: nothing is put into it before")
        trees = self.site.tree.children
        first = 0 if k == 0 else trees[0].size
        return trees[k], slice(first, first + trees[k].size)

    @property
    def tree(self) -> pytree.Tree:
        return self._side(0)[0]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return () if self.site.tree is None else self.site.kinds[self._side(0)[1]]

    @property
    def leaves(self) -> tuple[Array, ...]:
        return self.ordered()[self._side(0)[1]]

    def keys(self) -> Chosen | list[Any]:
        return self.now()

    def values(self) -> Chosen | list[Any]:
        if self.site.tree is None:
            return []
        tree, part = self._side(1)
        return Chosen(tree, self.site.kinds[part], self.ordered()[part], self.mask)

    def items(self) -> Chosen | list[Any]:
        if self.site.tree is None:
            return []
        return Chosen(self.site.tree, self.site.kinds, self.ordered(), self.mask)

    def __iter__(self) -> Any:
        if type(self.length) is int:
            return iter([self._item(k)[0] for k in range(self.length)])
        return super().__iter__()

    def key_at(self, place: Any) -> Any:
        """The key at a place."""
        return self._item(place)[0]

    # Reads.

    def _found(self, key: Any) -> tuple[Any, Any]:
        """Whether there is a key, and its place."""
        mask = self._where(key)
        return np.any(mask), np.argmax(mask)

    def _value(self, place: Any) -> Any:
        return self._item(place)[1]

    def _check_key(self, key: Any) -> None:
        """
        Errors: `KeyError` if the dict has no key for certain. Otherwise a handler runs where it has
                no such key, or a remark says that the check is left out.
        """
        is_empty = type(self.length) is int and not self.length
        if self.site.tree is None or (is_empty and not variables.is_under_condition()):
            raise located(KeyError, f"no key of this dict is {key!r}")
        check_raises(
            KeyError,
            "a key",
            "ask `key in items` before",
            lambda: np.logical_not(self._found(key)[0]),
        )
        missed(
            "program",
            "check",
            tracing.location(),
            "a dict may not have this key, and a compiled program cannot raise: letgrad leaves the "
            "check out",
        )

    def __getitem__(self, key: Any) -> Any:
        if self.origin is defaultdict and self.factory is not None:
            return self.setdefault(key, self.factory())
        if self.origin is Counter:
            return self.get(key, 0)
        return self._value_of(key)

    def _value_of(self, key: Any) -> Any:
        """The value of a key that has to be there."""
        self._check_key(key)
        found, place = self._found(key)
        leaves, tree = leaf_kinds.flatten(self._value(place), "item")
        kinds = self.site.kinds[self._side(1)[1]]
        return tree.unflatten(
            [
                chosen_items.part_of(k, ops.lift(np.where(found, x, k.filler())))
                for k, x in zip(kinds, leaves)
            ]
        )

    def get(self, key: Any, default: Any = None, /) -> Any:
        if self.site.tree is None:
            if default is not None:
                self._leaves_of((key, default))
            return default
        found, place = self._found(key)
        value = branching.value_of(ops.lift(found), lambda: self._value(place), lambda: default)
        if isinstance(value, Array) and value.shape:
            return storages.watching(ops.number(value), [], chosen_items.ITEM)
        return value

    # Changes.

    def _leaves_of(self, item: Any) -> list[Any]:
        """Errors: `Restart` for a first value that is a list."""
        if type(item[1]) is list and self.site.tree is None:
            self.site.has_lists = True
            raise list_sites.Restart
        return super()._leaves_of(item)

    def __setitem__(self, key: Any, value: Any) -> None:
        leaves = self._leaves_of((key, value))
        found, place = self._found(key)
        self._write(self._place(np.where(found, place, self.length)), leaves)
        self._count(np.logical_not(found))

    def _count(self, is_new: Any) -> None:
        """Counts an item at the end, which may be new."""
        branching.if_(ops.lift(is_new), self.check_room, lambda: None, (), (), ())
        self.length = moving_lists.as_int(self.length + np.where(is_new, 1, 0))

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        leaves = self._leaves_of((key, default))
        found, place = self._found(key)
        is_new = np.logical_not(found)
        place = np.where(found, place, self.length)
        self._write(self._place(place), leaves, is_new)
        self._count(is_new)
        return self._value(place)

    def pop(self, key: Any, *default: Any) -> Any:  # type: ignore[override]
        value = self.get(key, *default) if default else self._value_of(key)
        kept = np.logical_and(self.mask, np.logical_not(self._where(key)))
        rest = Chosen(self.site.tree, self.site.kinds, self.ordered(), ops.lift(kept))
        self._become(rest)
        return value

    def __delitem__(self, key: Any) -> None:
        self.pop(key, *([0] if self.origin is Counter else []))

    def popitem(self, last: Any = None) -> Any:
        """
        The last item, which goes away. An OrderedDict gives the first one for `last=False`.

        Errors: `TypeError` for a traced `last`, and for a dict that takes none.
        """
        if last is not None and self.origin is not OrderedDict:
            raise as_python(TypeError, f"{self.origin.__name__}.popitem() takes no arguments")
        if isinstance(last, Array):
            raise no("take the first or the last item of it, as a traced value decides")
        is_first = last is not None and not last
        self._check_some("popitem(): dictionary is empty", KeyError)
        item = self._item(0 if is_first else self.length - 1)
        if is_first:
            self.begin = moving_lists.as_int((self.begin + 1) % self.places)
        self._shorten()
        return item

    def update(self, items: Any = (), **named: Any) -> None:
        other = settled(items)
        if isinstance(other, Chosen) or named:
            raise no("update it here")
        if self.origin is Counter:
            counts = other.items() if isinstance(other, dict) else [(key, 1) for key in other]
            for key, count in counts:
                self[key] = self.get(key, 0) + count
            return
        for key, value in other.items() if isinstance(other, dict) else other:
            self[key] = value

    def __ior__(self, items: Any) -> MovingDict:
        if self.origin is Counter:
            raise no("take the greater counts of it and of another one")
        self.update(items)
        return self

    def as_dict(self) -> MovingDict:
        """`dict(self)`"""
        found = self.copy()
        found.origin, found.factory = dict, None
        return found

    def copy(self) -> MovingDict:
        found = _again((self.site, self.origin, self.factory), ())
        found.begin, found.length, found.columns = self.begin, self.length, self.columns
        return found

    # Counters.

    def most_common(self, n: Any = None) -> Any:
        pairs = self.items()
        if not isinstance(pairs, Chosen):
            return pairs
        count: Any = pairs.leaves[-1]
        key = np.where(self.mask, -count, ops.lowest(count.dtype, 1))
        order = np.argsort(key, kind="stable")
        found = pairs.moved(order, self.mask[order])
        return found if n is None else found[:n]

    def total(self) -> Any:
        found = self.values()
        return found.reduced("sum") if isinstance(found, Chosen) else 0


of_lists: list[Callable[[Site, dict], MovingDict]] = []
"""What makes a dict of lists; `moving_groups` gives it."""


def _made(site: Site, value: dict) -> MovingDict:
    if site.has_lists:
        return of_lists[0](site, value)
    found = MovingDict(site, type(value), getattr(value, "default_factory", None))
    for key, item in value.items():
        found[key] = item
    return found


for _kind in KINDS:
    moving_lists.MAKERS[_kind] = _made


class Counted:
    """
    `Counter(items)` of traced items, before an assignment makes the dict. It has no attribute by
    the name of one of a Counter: each use is an error for which letgrad traces the program again.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: Any):
        self._counted_items = items

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._used()

    def _used(self, *_: Any) -> NoReturn:
        error = located(
            TypeError, "assign the Counter of traced values to a variable, and use the variable"
        )
        raise list_sites.because_of(error, self)

    __len__ = __bool__ = __iter__ = __contains__ = __getitem__ = __setitem__ = __delitem__ = _used
    __add__ = __radd__ = __sub__ = __rsub__ = __and__ = __or__ = __eq__ = __ne__ = _used


def _counted(site: Site, value: Counted) -> MovingDict:
    found = MovingDict(site, Counter)
    number = Number(ops.lift(np.int64(0)), int)
    _, tree = leaf_kinds.flatten((number, number), "item")
    items = value._counted_items
    if isinstance(items, Chosen):
        part = items.masked()
        keys, mask = part.whole, part.mask
    else:
        is_array = isinstance(items, Array)
        keys = items if is_array else ops.lift(np.stack([ops.lift(x) for x in items]))
        mask = ops.lift(np.ones(len(items), bool))
    if len(keys.shape) != 1:
        raise as_python(TypeError, "unhashable type: 'numpy.ndarray'")
    both = np.logical_and(np.expand_dims(mask, 0), np.expand_dims(mask, 1))
    equal = np.expand_dims(keys, 0) == np.expand_dims(keys, 1)
    if keys.dtype.kind in "fc":
        equal = np.logical_or(equal, np.eye(len(mask), dtype=bool))  # NaN is a key of its own.
    equal = np.logical_and(equal, both)
    first = np.logical_and(np.argmax(equal, axis=1) == np.arange(len(mask)), mask)
    counts = np.sum(equal, axis=1, dtype=np.int64)
    kinds = (leaf_kinds.Kind((), keys.dtype), leaf_kinds.Kind((), np.dtype(np.int64), int))
    moving_lists.fill(found, Chosen(tree, kinds, (keys, ops.lift(counts)), ops.lift(first)))
    return found


moving_lists.MAKERS[Counted] = _counted


def new_key(items: Any, key: Any) -> TypeError:
    """The error for a key that a dict of Python may get; another trace may have a `MovingDict`."""
    error = located(
        TypeError,
        "a traced value decides whether this dict gets a new key; give the dict each key "
        "before, and write `items[key] += …`, or use an array and indices",
    )
    return list_sites.because_of(error, items) if can_hold(key) else error


def can_hold(key: Any) -> bool:
    """Whether a `MovingDict` can hold a key: numbers, texts, Enums, and tuples of these."""
    leaves, tree = leaf_kinds.opened(key)
    return len(leaves) > 0 or static_states.has_states(tree)


def _again(about: tuple[Site, type, Any], parts: Any) -> MovingDict:
    found = object.__new__(MovingDict)
    found.site, found.origin, found.factory = about
    found.is_generator = False
    if parts:
        found.begin, found.length, *columns = parts
        found.columns = tuple(columns)
    return found


pytree.REGISTERED[MovingDict] = (
    lambda x: ((x.begin, x.length, *x.columns), (x.site, x.origin, x.factory)),
    lambda about, parts: _again(about, parts),
)
