"""
Dicts of lists whose keys traced values decide: groups.

    groups = defaultdict(list)
    for k, v in zip(labels, x):
        groups[k].append(v)

Each list has a number, and the keys of a `MovingDict` have the numbers of their lists as values.
One list, the pool, has the items of all lists in the order in which the program appends them, each
beside the number of its list. A `Group` is one of these lists. It stays the same list if the dict
gets another one for its key, and two keys may have one list, as in Python.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
from xdsl.ir import SSAValue

from .. import ops, pytree, tracing
from ..tracing import Array
from . import joined_containers, list_sites, moving_dicts
from .chosen_items import Chosen, no, settled
from .leaf_kinds import Kind
from .list_sites import Site
from .moving_dicts import MovingDict
from .moving_lists import Moving, as_int

DROPPED = -2
"""The number, in the pool, of an item that no list has any more."""

NOWHERE = -1
"""The number of the list of a key that there is not."""

OWN_REFERENCES = 3
"""References to a list that nobody but a record holds, where `_check_names` counts them."""


class Keys(Chosen):
    """
    The keys of a dict of lists, in any order. Such a dict never loses a key: a program that reads
    the list of a key of these does not change the dict.
    """

    def __init__(self, owner: Groups, found: Chosen):
        super().__init__(found.tree, found.kinds, found.leaves, found.mask)
        self.owner = owner

    def where(self, mask: Any) -> Chosen:
        return Keys(self.owner, super().where(mask))

    def moved(self, order: Any, mask: Any) -> Chosen:
        return Keys(self.owner, super().moved(order, mask))

    def item(self, leaves: Sequence[Array]) -> Any:
        return self.owner.note_key(super().item(leaves))


class _OwnKeys:
    """
    Numbers that are keys for certain, because the program took them from the dict. This is nothing
    that a program changes.
    """

    def __init__(self) -> None:
        self.values: list[SSAValue] = []


class Groups(MovingDict):
    """A dict of lists. The values of its rows are the numbers of the lists."""

    def __init__(self, site: Site, origin: type, factory: Callable[[], Any] | None = None):
        super().__init__(site, origin, factory)
        self.pool = Moving(list_sites.pool_of(site), list)
        self.made: Any = as_int(ops.lift(np.int64(0)))
        """How many lists have got a number."""

        self.own_keys = _OwnKeys()

    def _new(self) -> Any:
        """The number of a new list."""
        number, self.made = self.made, as_int(self.made + 1)
        return number

    def _number_at(self, place: Any) -> Any:
        column: Any = self.columns[-1]
        return as_int(column[self._place(place)])

    def note_key(self, key: Any) -> Any:
        if isinstance(key, Array):
            self.own_keys.values.append(tracing.use(key))
        return key

    def _is_own(self, key: Any) -> bool:
        if not isinstance(key, Array):
            return False
        value = tracing.use(key)
        return any(value is own for own in self.own_keys.values)

    def now(self) -> Any:
        found = super().now()
        return found if self.site.tree is None else self._keys()

    def _keys(self) -> Keys:
        return Keys(self, Chosen(self.tree, self.kinds, self.leaves, self.mask))

    def moved(self, order: Any, mask: Any) -> Chosen:
        return self._keys().moved(order, mask)

    def key_at(self, place: Any) -> Any:
        return self.note_key(super().key_at(place))

    def _value(self, place: Any) -> Any:
        return Group(self, self._number_at(place))

    def _leaves_of(self, item: Any) -> list[Any]:
        return Moving._leaves_of(self, item)

    def __getitem__(self, key: Any) -> Any:
        if self.origin is defaultdict and self.factory is not None:
            return self.setdefault(key, self.factory())
        self._check_key(key)
        return self._found_group(key)

    def _found_group(self, key: Any, other: Any = NOWHERE) -> Group:
        """The list of a key, or the one with the number `other`."""
        found, place = self._found(key)
        return Group(self, as_int(np.where(found, self._number_at(place), other)))

    def get(self, key: Any, default: Any = None, /) -> Any:
        """Errors: `TypeError` for another default than an empty list or tuple."""
        if default != [] and default != ():
            raise no("give it another default than an empty list")
        return default if self.site.tree is None else self._found_group(key, self._new())

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        if type(default) is not list or default:
            raise no("put another value than an empty list into it")
        if not self._is_own(key):
            super().setdefault(key, self._new())
        return self._found_group(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, Group) and value.owner is self:
            super().__setitem__(key, value.number)
            return
        value = settled(value)
        records = self.pool.site.records
        if type(value) is not list or id(value) in records:
            raise no("put another value than a new list into it")
        group = Group(self, self._new())
        super().__setitem__(key, group.number)
        group.extend(value)
        records[id(value)] = value, tuple(value)

    def values(self) -> Any:
        return EachGroup(self, False) if self.site.tree is not None else []

    def items(self) -> Any:
        return EachGroup(self, True) if self.site.tree is not None else []

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise no("do this with a dict of lists")

    pop = popitem = update = copy = __delitem__ = most_common = total = _refuse  # type: ignore[assignment]


class Group(Chosen):
    """A list of a dict. It is the list in the dict, and not a copy of it."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    leads_on = True
    """Who changes it, changes the dict."""

    is_in_dict = True

    def __init__(self, owner: Groups, number: Any):
        self.owner, self.number = owner, number
        self.is_generator = False

    def _has_items(self) -> bool:
        """Whether any group has got an item in this trace, or in an earlier one."""
        return self.owner.pool.site.tree is not None

    @property
    def tree(self) -> pytree.Tree:  # type: ignore[override]
        return self.owner.pool.tree.children[1]

    @property
    def kinds(self) -> tuple[Kind, ...]:  # type: ignore[override]
        return self.owner.pool.kinds[1:]

    @property
    def leaves(self) -> tuple[Array, ...]:  # type: ignore[override]
        return self.owner.pool.leaves[1:]

    @property
    def mask(self) -> Array:  # type: ignore[override]
        pool = self.owner.pool
        if not self._has_items():
            return ops.lift(np.zeros(pool.places, bool))
        return ops.lift(np.logical_and(pool.mask, pool.leaves[0] == self.number))

    @property
    def places(self) -> int:
        return self.owner.pool.places

    def now(self) -> Any:
        if not self._has_items():
            return []
        return Chosen(self.tree, self.kinds, self.leaves, self.mask)

    def stamp(self) -> tuple[Any, ...]:
        return ()  # The items stand in one list with those of the other groups, which may change.

    def _check_names(self) -> None:
        """
        Errors: `TypeError` for a change, if a variable leads to a list that the program put into
                the dict. The change may have to show in it.
        """
        site = self.owner.pool.site
        records = site.records.values()
        kept = {id(own) for own, _ in records if sys.getrefcount(own) > OWN_REFERENCES}
        if kept and joined_containers.reached(kept, site):
            raise no(
                "change one of its lists while another name leads to a list that the program put "
                "into it"
            )

    def append(self, item: Any) -> None:
        self._check_names()
        self.owner.pool.append((as_int(self.number), item))

    def extend(self, items: Any) -> None:
        items = settled(items)
        if isinstance(items, Chosen):
            items = items.now()
        if not isinstance(items, Chosen):
            for item in list(items):
                self.append(item)
            return
        self._check_names()
        for k in range(items.places):
            self.owner.pool.append_if(items.mask[k], (as_int(self.number), items.at(k)))

    def __iadd__(self, items: Any) -> Group:
        self.extend(items)
        return self

    # Before a first item, no group has one.

    def __add__(self, other: Any) -> Any:
        return super().__add__(other) if self._has_items() else [*other]

    def __radd__(self, other: Any) -> Any:
        return super().__radd__(other) if self._has_items() else [*other]

    def clear(self) -> None:
        """Takes all items out of the list."""
        self._check_names()
        pool = self.owner.pool
        if self._has_items():
            column: Any = pool.columns[0]
            kept = ops.lift(np.where(column == self.number, DROPPED, column))
            pool.columns = (kept, *pool.columns[1:])

    def _reorder(self, other: Chosen) -> None:
        """The places in the pool stay those of the list."""
        self._check_names()
        pool = self.owner.pool
        if type(pool.begin) is not int or pool.begin != 0:
            raise no("change the order of it")
        mask = self.mask
        ranks: Any = np.cumsum(mask) - 1
        columns = [
            ops.lift(np.where(np.reshape(mask, (-1, *[1] * (old.ndim - 1))), new[ranks], old))
            for old, new in zip(pool.columns[1:], other.front().leaves)
        ]
        pool.columns = (pool.columns[0], *columns)

    def _become(self, other: Chosen) -> None:
        raise no("change the order or the length of it in another way than by appending")

    def __setitem__(self, key: Any, value: Any) -> None:
        raise no("write to its items")


class EachGroup(Chosen):
    """The lists of a dict, each beside its key or not."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    leads_on = True

    items_lead_on = True
    """A loop over this can change the dict by its items."""

    def __init__(self, owner: Groups, has_keys: bool):
        self.owner, self.has_keys = owner, has_keys
        self.is_generator = False

    def stamp(self) -> tuple[Any, ...]:
        return ()  # Its items are the lists in the dict, which may change.

    @property
    def mask(self) -> Array:  # type: ignore[override]
        return self.owner.mask

    @property
    def places(self) -> int:
        return self.owner.places

    def size(self) -> Any:
        return self.owner.size()

    def front(self) -> Chosen:
        return self

    def at(self, place: Any) -> Any:
        group = self.owner._value(place)
        return (self.owner.key_at(place), group) if self.has_keys else group

    @property
    def tree(self) -> pytree.Tree:  # type: ignore[override]
        raise no("do more with the lists of a dict than go through them")

    kinds = tree  # type: ignore[assignment]

    @property
    def leaves(self) -> tuple[Array, ...]:  # type: ignore[override]
        return (ops.lift(np.arange(self.places)),)

    def item(self, leaves: Sequence[Array]) -> Any:
        return self.at(leaves[0])


def _made(site: Site, value: dict) -> MovingDict:
    found = Groups(site, type(value), getattr(value, "default_factory", None))
    groups: dict[int, Group] = {}
    for key, items in value.items():
        found[key] = groups.get(id(items), items)
        groups.setdefault(id(items), found[key])
    return found


moving_dicts.of_lists.append(_made)


def _again(about: tuple[Site, type, Any], parts: Any) -> Groups:
    found = object.__new__(Groups)
    found.site, found.origin, found.factory = about
    found.is_generator = False
    found.begin, found.length, found.pool, found.made, *columns = parts
    found.columns, found.own_keys = tuple(columns), _OwnKeys()
    return found


pytree.REGISTERED[Groups] = (
    lambda x: ((x.begin, x.length, x.pool, x.made, *x.columns), (x.site, x.origin, x.factory)),
    lambda about, parts: _again(about, parts),
)
