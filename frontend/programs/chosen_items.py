"""
A list whose items a traced condition chose: `[f(v) for v in xs if v > 0]`.

The number of items is not known, so this is no Python list. It keeps a place for each item that
there may be, and a mask that says which places have one. Reductions, indices, slices and loops take
the items where the mask is true. Every other use is an error at the user's line.
"""

from __future__ import annotations

import abc
import operator
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..array_views import storages
from ..masked import Masked, check_raises
from ..tracing import Array, Number
from ..user_code import as_python, located
from . import given_items, leaf_kinds, list_sites, static_states
from .given_items import NO_CONTENTS, Contents
from .leaf_kinds import Kind, Unalike

DEPENDS = (
    "the number of items in this list depends on values, because a traced condition chose them, "
    "and letgrad cannot {}; write the items to an array, and use the array and a count of the items"
)


ASK_FOR_LENGTH = "ask for its length before"


def no(use: str) -> TypeError:
    """The error for a use of such a list that letgrad cannot take."""
    return list_sites.because_of(located(TypeError, DEPENDS.format(use)), *list_sites.chosen())


def folded_dtype(start: Any, dtype: np.dtype) -> np.dtype:
    """
    The dtype in which Python adds or multiplies elements, one after the other: that of the number
    that it begins with and of an element. NumPy's `sum` takes a wider one.
    """
    return ops.promote(start if leaf_kinds.is_data(start) else 0, dtype)


OF_MOVING = ("appendleft", "clear", "insert", "popleft", "remove")
"""Methods of lists and deques with traced lengths (`moving_lists`), which these lists lack."""


ITEM = (
    "this array is an item of a list whose length depends on values, and a write would have to "
    "show in the list; write to x.copy()"
)


def part_of(kind: Kind, value: Array) -> Any:
    """A number or an array of an item. The program cannot write to such an array."""
    part: Any = kind.wrap(value)
    return storages.watching(part, [], ITEM) if kind.shape else part


def watching(items: Array, arrays: Sequence[Any]) -> Array:
    """
    The content of items that may be parts of these arrays. If the program writes to one of the
    arrays, it cannot read the items any more: the write would have to show in them.
    """
    given = [x for x in arrays if isinstance(x, Array) and not storages.is_number(x)]
    found = [storages.of(x) for x in given]
    return storages.watching(items, found, ITEM) if found else items


@dataclass(eq=False)
class Chosen:
    """
    The items where `mask` is true, in the order of their places. Each item has the structure
    `tree`, and leaf j of the item at place p is `leaves[j][p]`, of kind `kinds[j]`.

    Shapes:  mask (n), leaves[j] (n, *kinds[j].shape)
    """

    tree: pytree.Tree
    kinds: tuple[Kind, ...]
    leaves: tuple[Array, ...]
    mask: Array
    is_generator: bool = False
    is_taken: bool = False
    """Whether the program has gone through this generator, or taken an item of it."""
    watch: Callable[[], None] | None = None
    """Raises an error if what this generator looks at has changed."""
    home: Any = field(default_factory=tracing.scope_or_none)
    """The scope that made the list. Another scope cannot change it."""
    contents: Contents = NO_CONTENTS
    """The lists, dicts and objects that are its items."""

    is_carried = False

    @property
    def places(self) -> int:
        return self.mask.shape[0]

    def some(self) -> Any:
        """Whether there is an item."""
        return np.any(self.mask)

    def now(self) -> Any:
        """The items as they are now."""
        return self

    def stamp(self) -> tuple[Any, ...]:
        """What is other objects after a change of the list."""
        return self.mask, *self.leaves

    def size(self) -> Number:
        found = Number(np.sum(self.mask, dtype=np.int64), int)  # type: ignore[call-overload, arg-type]
        found.limits = 0, self.places
        return found

    def item(self, leaves: Sequence[Array]) -> Any:
        return self._made_of([part_of(k, ops.number(x)) for k, x in zip(self.kinds, leaves)])

    def _made_of(self, leaves: Sequence[Any]) -> Any:
        """
        Errors: `TypeError` if the program has changed an object that is an item, and that the list
                has as it was.
        """
        if self.contents.are_changed():
            raise no(
                "read its items after a change of an object, or of a list, that is one of them"
            )
        return given_items.copied(self.tree.unflatten(leaves), self.contents.members())

    def at(self, place: Any) -> Any:
        """The item at a place; zeros outside. A write to it is an error."""
        leaves: list[Any] = []
        for kind, x in zip(self.kinds, self.leaves):
            part: Any = kind.wrap(ops.number(x[place]))
            leaves.append(storages.refusing(part, ITEM) if kind.shape else part)
        return given_items.give(self._made_of(leaves))

    def copy_at(self, place: Any) -> Any:
        """The item at a place, for a program that may write to it."""
        return self.item([x[place] for x in self.leaves])

    def masked(self) -> Masked:
        """
        The items as elements of an array.

        Errors: `TypeError` for items that are no numbers and no arrays.
        """
        if self.tree.kind != "leaf":
            raise no("make an array of items that are no numbers and no arrays")
        return Masked(self.leaves[0], self.mask)

    def reduced(self, name: str, start: Any = 0, **options: Any) -> Any:
        """
        The sum, product, greatest or least, with the dtype that Python gives behind `start`, which
        the result does not contain. The sum and the product of arrays are arrays.

        Errors: `TypeError` for the greatest or least of arrays.
        """
        part = self.masked()
        if self.kinds[0].shape:
            if name not in ("sum", "prod"):
                raise no("tell which array is the greatest or least; give it a key")
            options["axis"] = 0
        if name in ("sum", "prod"):
            options["dtype"] = part.dtype if self.kinds[0].weak else folded_dtype(start, part.dtype)
        found = getattr(part, name)(**options)
        return self.kinds[0].wrap(found)

    def as_result(self, function: Any) -> TypeError:
        """The error for a program whose result is this list."""
        code = getattr(function, "__code__", None)
        place = "" if code is None else f"{code.co_filename}:{code.co_firstlineno}: "
        return TypeError(
            f"{place}a result of the program is a list, and a traced condition chooses its items, "
            "so that their number depends on values; return an array with a place for each item, "
            "such as np.where(condition, x, 0), and the mask"
        )

    def where(self, mask: Any) -> Chosen:
        return Chosen(self.tree, self.kinds, self.leaves, mask, contents=self.contents)

    def moved(self, order: Any, mask: Any) -> Chosen:
        """The items in another order of places."""
        leaves = tuple(x[order] for x in self.leaves)
        return Chosen(self.tree, self.kinds, leaves, mask, contents=self.contents)

    def front(self) -> Chosen:
        """The same items, at the first places."""
        order = np.argsort(np.logical_not(self.mask), kind="stable")
        return self.moved(order, np.arange(self.places) < self.size())

    def flat(self) -> Chosen:
        """The items of the lists of this list."""
        tree, kinds = self.tree.detail
        inner, *leaves = self.leaves
        outer = ops.broadcast_to(ops.reshape(self.mask, (self.places, 1)), inner.shape)
        size = self.places * inner.shape[1]
        flat: Any = tuple(np.reshape(x, (size, *x.shape[2:])) for x in leaves)
        mask: Any = np.reshape(np.logical_and(outer, inner), size)
        return Chosen(tree, kinds, flat, mask, contents=self.contents)

    def ranks(self) -> Any:
        """At each place, how many items stand in front of it."""
        return np.cumsum(self.mask, dtype=np.int64) - 1

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self._slice(key)
        if not isinstance(key, int | np.integer | Array) or isinstance(key, bool):
            raise no("take such a part of it")
        return self.at(self._place_of(key))

    def _place_of(self, key: Any) -> Any:
        if isinstance(key, Array):
            wanted: Any = np.where(key < 0, key + self.size(), key)
        else:
            wanted = int(key) if key >= 0 else self.size() + int(key)
        found: Any = np.logical_and(self.mask, self.ranks() == wanted)
        none = lambda: np.logical_not(np.any(found))  # noqa: E731
        check_raises(IndexError, "an index", ASK_FOR_LENGTH, none, "list index out of range")
        return np.where(np.any(found), np.argmax(found), self.places)

    # The methods of lists.

    def _become(self, other: Chosen) -> None:
        """
        Takes the items of another list.

        Errors: `TypeError` in a loop or under a condition inside of the one that made the list.
        """
        if self.home is not tracing.scope_or_none():
            list_sites.note_chosen(self)
            raise no("change it in a loop or under a condition")
        self.tree, self.kinds, self.leaves, self.mask, self.contents = (
            other.tree, other.kinds, other.leaves, other.mask, other.contents
        )  # fmt: skip

    def append(self, item: Any) -> None:
        self.extend([item])

    def extend(self, items: Any) -> None:
        self._become(self + (items if isinstance(items, Chosen) else list(items)))

    def __iadd__(self, items: Any) -> Chosen:
        if self.is_generator:
            raise as_python(TypeError, "unsupported operand type(s) for +=: 'generator' and 'list'")
        self.extend(items)  # Other names may hold the same list.
        return self

    def _reorder(self, other: Chosen) -> None:
        """Takes the same items in another order."""
        self._become(other)

    def reverse(self) -> None:
        if isinstance(self.now(), Chosen):
            self._reorder(self[::-1])

    def copy(self) -> Chosen:
        return self.where(self.mask)

    def sort(self, *, key: Any = None, reverse: Any = False) -> None:
        """A rewritten function calls another one, which can call `key`."""
        raise no("sort it here")

    def pop(self, k: int = -1) -> Any:
        item = given_items.took(self.copy_at(self._place_of(k)), self.contents.members())
        wanted = k if k >= 0 else self.size() + k
        kept: Any = np.logical_and(self.mask, self.ranks() != wanted)
        rest = self.where(kept)
        rest.contents = self.contents.without(item)
        self._become(rest)
        return item

    def count(self, value: Any) -> Any:
        return Number(np.sum((self.masked() == value).astype(np.int64)), int)

    def _slice(self, key: slice) -> Chosen:
        step = 1 if key.step is None else key.step
        if isinstance(step, Array) or step not in (1, -1):
            raise no("take each second item of it, or the like")
        if step == -1:
            if key.start is not None or key.stop is not None:
                raise no("take such a part of it backwards")
            return self.moved(np.arange(self.places)[::-1], self.mask[::-1])
        mask, ranks = self.mask, self.ranks()
        for bound, compared in ((key.start, operator.ge), (key.stop, operator.lt)):
            if bound is not None:
                if isinstance(bound, Array):
                    bound = np.where(bound < 0, bound + self.size(), bound)
                elif bound < 0:
                    bound = self.size() + bound
                mask = np.logical_and(mask, compared(ranks, bound))
        return self.where(mask)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*map(as_masked, inputs), **kwargs)

    def __array_function__(
        self, function: Callable[..., Any], kinds: Any, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        return function(*map(as_masked, args), **kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise no("make a NumPy array of it")

    def _refuse_write(self, *_: Any) -> None:
        list_sites.note_chosen(self)
        raise no("write to an item of it")

    __setitem__ = __delitem__ = _refuse_write

    def __len__(self) -> int:
        raise no("give its length to a function that needs a known number")

    def __bool__(self) -> bool:
        if self.is_generator:
            return True
        raise no("tell here whether it is empty")

    def __iter__(self) -> Any:
        raise no("go through it here; a `for` statement can")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        error = no(f"take its {name}")
        raise list_sites.because_of(error, self) if name in OF_MOVING else error

    def __mul__(self, other: Any) -> Any:
        raise no("repeat it")

    __rmul__ = __mul__

    def __eq__(self, other: object) -> Any:
        raise no("compare it")

    __hash__ = None  # type: ignore[assignment]

    def contains(self, value: Any) -> Any:
        """Whether an item equals a number."""
        return np.any(self.masked() == value)

    def __add__(self, other: Any) -> Any:
        return _joined(self, other)

    def __radd__(self, other: Any) -> Any:
        return _joined(other, self)


class StandIn(abc.ABC):
    """What stands for a list of Python in the body of a loop; `settled` makes a list of it."""

    @abc.abstractmethod
    def as_list(self) -> list[Any]:
        """The items as they are now."""

    @abc.abstractmethod
    def parts(self) -> Sequence[Any]:
        """The arrays that hold the items."""


class Perhaps:
    """
    An item of a Python list, if `mask` is true: the program appended it under a traced condition.
    Otherwise the list has no such item.
    """

    def __init__(self, mask: Any, value: Any):
        self.mask, self.value = mask, value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise no("use an item of it here")

    def _refuse(self, *others: Any) -> Any:
        raise no("use an item of it here")

    __array__ = __array_ufunc__ = __array_function__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = _refuse
    __getitem__ = __len__ = __bool__ = __iter__ = __float__ = __index__ = __neg__ = _refuse
    __lt__ = __gt__ = __le__ = __ge__ = __eq__ = _refuse
    __hash__ = object.__hash__


class ChangedList(TypeError):
    """A list gets items under conditions while Python goes through it."""


def is_moving(x: Any) -> bool:
    """Whether this is a list or a deque whose length loops carry."""
    return isinstance(x, Chosen) and x.is_carried and getattr(x, "origin", None) in (list, deque)


def has_perhaps(x: Any) -> bool:
    return type(x) is list and any(type(item) is Perhaps for item in x)


def settled(x: Any) -> Any:
    """
    A list with items under conditions as `Chosen`, the items of a generator, and a list of Python
    in the place of what stands for it; other values as they are.

    Errors: `TypeError` for a generator whose items the program has taken.
    """
    if isinstance(x, Chosen) and x.is_generator:
        if x.is_taken:
            raise no("go through this generator again")
        x.is_taken = True
        if x.watch is not None:
            x.watch()
        return x.where(x.mask)
    if isinstance(x, StandIn):
        return x.as_list()
    if not has_perhaps(x):
        return x
    list_sites.note_chosen(x)
    parts = [(i.mask, i.value) if type(i) is Perhaps else (True, i) for i in x]
    return together([mask for mask, _ in parts], [value for _, value in parts])


def extend(own: list[Any], items: Any) -> None:
    """
    `own.extend(items)` for a list of Python, which may get items that a condition chose. Other
    names may hold the same list, so it stays this object.

    Errors: `TypeError` for items under conditions that are lists, dicts or objects.
    """
    if (stands := settled(items)) is own:
        stands = list(own)
    if isinstance(stands, Chosen):
        stands = stands.now()
    if not isinstance(stands, Chosen):
        list.extend(own, stands)
        return
    if type(own) is not list:
        raise list_sites.because_of(no("put its items into a list of a loop"), own)
    items = [stands.copy_at(k) for k in range(stands.places)]
    if Contents.of(items):
        raise no("put its items, which are lists or objects, into another list")
    own += [Perhaps(mask, item) for mask, item in zip(stands.mask, items)]


def _listed(x: Any) -> tuple[list[Any], list[Any], Contents]:
    """The masks and the items of a list, and the objects that the items are."""
    x = settled(x)
    if isinstance(x, list):
        return [True] * len(x), x, NO_CONTENTS
    if not isinstance(x, Chosen):
        raise no(f"add a {type(x).__name__} to it")
    items = [x.copy_at(k) for k in range(x.places)]
    return [x.mask[k] for k in range(x.places)], items, x.contents


def keep_contents(x: Any, others: Sequence[Any]) -> None:
    """
    A list that is one of some others, as values decide, has the objects of each of them. An item of
    such a list stays a copy.
    """
    given_items.follow(x, others)
    if type(x) is Chosen:
        x.contents = Contents.joined(other.contents for other in others if type(other) is Chosen)


def _joined(a: Any, b: Any) -> Chosen:
    """The list of the items of two lists."""
    (masks, values, own), (others, more, its) = _listed(a), _listed(b)
    return together([*masks, *others], [*values, *more], [own, its])


def as_masked(value: Any) -> Any:
    """Such a list as a part of an array; other values as they are."""
    value = settled(value)
    match value:
        case Chosen():
            return value.masked()
        case tuple() if type(value) is tuple:
            return tuple(map(as_masked, value))
        case list() if any(isinstance(item, Chosen) or has_perhaps(item) for item in value):
            raise no("make one array of it and of other lists")
    return value


def _flatten(x: Chosen) -> tuple[tuple[Any, ...], Any]:
    return (x.mask, *x.leaves), (x.tree, x.kinds, x.contents)


def _unflatten(about: Any, parts: Any) -> Chosen:
    tree, kinds, contents = about
    mask, *leaves = parts
    return Chosen(tree, kinds, tuple(leaves), mask, contents=contents)


pytree.REGISTERED[Chosen] = _flatten, _unflatten
pytree.REGISTERED[Perhaps] = (
    lambda x: ((x.mask, x.value), None),
    lambda _, parts: Perhaps(*parts),
)


def together(
    masks: Sequence[Any], values: Sequence[Any], contents: Sequence[Contents] = ()
) -> Chosen:
    """
    The list of the values whose masks are true. `contents` are those of objects of which some of
    the values are copies.

    Errors: `TypeError` for values that no array can hold, or whose structures or shapes differ.
    """
    try:
        rows, trees = zip(*(leaf_kinds.flatten(value, "item") for value in values))
        tree = trees[0]
        for other in trees[1:]:
            common = static_states.together([tree, other])
            if common is None:
                text = static_states.difference(tree, other)
                raise Unalike(f"two items have two structures: {text}")
            tree = common
        rows = tuple(static_states.fit(row, own, tree) for row, own in zip(rows, trees))
        kinds: tuple[Kind, ...] = tuple(leaf_kinds.join(c, "item") for c in zip(*rows))
    except Unalike as error:
        raise located(
            TypeError,
            f"a traced condition chooses the items of a list, and the items must be alike: {error}",
        ) from None
    leaves: Any = tuple(
        watching(ops.lift(np.stack([kind.lift(x) for x in column])), column)
        for kind, column in zip(kinds, zip(*rows))
    )
    mask: Any = np.stack([ops.lift(m) for m in masks])
    return Chosen(
        tree, kinds, leaves, mask, contents=Contents.joined([*contents, Contents.of(values)])
    )
