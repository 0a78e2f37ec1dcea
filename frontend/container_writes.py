"""
Changes of lists, dicts and objects that are arguments of a traced function.

The function runs on containers that `pytree` builds around stand-ins, so `l.append(v)` changes a
list that only the function has. `Before` notes what these containers hold when the function begins.
After the trace, `Before.changes` compares, and gives the changes as `ContainerWrites`. A call of
`lg.jit` makes the same changes in the caller's containers: their structure is that of the trace,
and new arrays are results of the program. The comparison is part of the trace. A call of a function
that changes no container pays nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from . import pytree
from .pytree import Tree
from .tracing import Array
from .user_code import located

Path = tuple[int, ...]
"""The way to a container: at each structure, the number of the child."""

PLAIN: Mapping[type, type] = {
    pytree.Known: int, pytree.KnownBool: bool, pytree.WeakFloat: float,
}  # fmt: skip
"""The classes of Python for those that `known_ints` puts in their place."""

IMMUTABLE = (bool, int, float, complex, str, bytes, type(None), np.generic)


@dataclass(frozen=True)
class Leaf:
    """The caller's leaf at a place."""

    place: int


@dataclass(frozen=True)
class Same:
    """The caller's container at a path."""

    path: Path


@dataclass(frozen=True)
class Result:
    """The result of the program at a place."""

    place: int


@dataclass(frozen=True)
class Plain:
    """A value that each call gives."""

    value: Any


@dataclass(frozen=True, eq=False)
class New:
    """A container that each call makes: a structure whose children are leaves."""

    tree: Tree
    parts: tuple[Item, ...]


Item = Leaf | Same | Result | Plain | New


@dataclass(frozen=True)
class Change:
    """What a container holds at the end: items, with the keys of a dict or names of attributes."""

    path: Path
    name: str
    keys: tuple[Any, ...] | None
    items: tuple[Item, ...]
    removed: tuple[Any, ...] = ()
    """The attributes that an object had when the function began."""


@dataclass(frozen=True)
class ContainerWrites:
    """
    What a traced function changes in the containers among its arguments.

    refused: what the first change is that no call can make, in words; None if there is none.
    returned: the result of the function, if there is a container of an argument in it.
    adds: whether objects get attributes that are no fields of their classes.
    """

    tree: Tree
    changes: tuple[Change, ...]
    refused: str | None = None
    returned: Item | None = None
    adds: bool = False

    @property
    def text(self) -> str:
        """The first change, in words."""
        return self.refused or self.changes[0].name

    def targets(self, arguments: Any) -> dict[Path, Any]:
        """
        The caller's containers.

        Errors: `TypeError` for a change that no call can make; `ValueError` for a container that
                stands at two places: the program would see the change at one of them only.
        """
        if self.refused is not None:
            raise located(
                TypeError,
                f"the function changes {self.refused}, and the caller's object would not change; "
                "change a copy, and return it",
            )
        found = {path: value for path, _, value in _walked(self.tree, arguments)}
        changed = {id(found[each.path]): each for each in self.changes}
        for path, value in found.items():
            each = changed.get(id(value))
            if each is not None and each.path != path:
                raise located(
                    ValueError,
                    f"the function changes {each.name}, and is given the same object as "
                    f"{_name(self.tree, path)}; pass a copy of one of them",
                )
        return found

    def put(
        self, targets: dict[Path, Any], leaves: Sequence[Any], results: Sequence[Any], out: Tree
    ) -> Any:
        """
        Changes the caller's containers, and gives the result of the call. The first results are
        those of the structure `out`.
        """
        values = _Values(targets, leaves, results)
        made = [[values.of(item) for item in each.items] for each in self.changes]
        for each, items in zip(self.changes, made):
            _fill(targets[each.path], each, items)
        if self.returned is not None:
            return values.of(self.returned)
        return out.unflatten(results[: out.size])


class _Values:
    """The values of items in one call. An item of two places is one object."""

    def __init__(
        self, targets: dict[Path, Any], leaves: Sequence[Any], results: Sequence[Any]
    ) -> None:
        self.targets, self.leaves, self.results = targets, leaves, results
        self.made: dict[New, Any] = {}

    def of(self, item: Item) -> Any:
        match item:
            case Leaf(place):
                value = self.leaves[place]
                return PLAIN.get(type(value), lambda x: x)(value)
            case Same(path):
                return self.targets[path]
            case Result(place):
                return self.results[place]
            case Plain(value):
                return value
            case New(tree, parts):
                if item not in self.made:
                    self.made[item] = tree.unflatten(map(self.of, parts))
                return self.made[item]


def _fill(target: Any, change: Change, items: Sequence[Any]) -> None:
    """Gives a container new contents."""
    if isinstance(target, list):
        target[:] = items
        return
    assert change.keys is not None
    if isinstance(target, dict):
        target.clear()
        for key, item in zip(change.keys, items):  # `update` of a Counter counts
            target[key] = item
        return
    old = pytree.attributes_of(target) or {}
    for name, value in zip(change.keys, items):
        if name not in old or old[name] is not value:
            object.__setattr__(target, name, value)
    for name in change.removed:
        if name in old:
            object.__delattr__(target, name)


def _name(tree: Tree, path: Path) -> str:
    """The place of a container in words: `argument [0].w`, or `argument 'options'`."""
    text = ""
    for k, child in enumerate(path):
        text += tree._step(child) if k else ""
        tree = tree.children[child]
    return f"argument {text[1:].replace(']', '', 1)}" if text else "the arguments"


def _walked(tree: Tree, value: Any, path: Path = ()) -> Iterator[tuple[Path, Tree, Any]]:
    """The containers in a value of this structure, outer ones first."""
    if not tree.children and tree.kind in ("leaf", "static"):
        return
    yield path, tree, value
    for k, (child, part) in enumerate(zip(tree.children, tree.parts(value) or ())):
        yield from _walked(child, part, (*path, k))


def _contents(tree: Tree, value: Any) -> tuple[tuple[Any, ...] | None, list[Any]]:
    """The keys and the items of a container, or the attributes of an object."""
    if isinstance(value, tuple) and tree.kind not in pytree.REGISTERED:
        return None, []  # which nobody can change
    if isinstance(value, list):
        return None, list(value)
    if isinstance(value, dict):
        return tuple(value), list(value.values())
    own = pytree.attributes_of(value) or {}
    attributes = {n: x for n, x in own.items() if not _is_cache(tree.kind, n)}
    return tuple(attributes), list(attributes.values())


def _is_cache(kind: type, name: str) -> bool:
    """Whether an attribute keeps a value that the class computes again."""
    return isinstance(getattr(kind, name, None), functools.cached_property)


def _same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b))


def _is_own(kind: type) -> bool:
    """Whether this is a class of letgrad's."""
    return kind.__module__.partition(".")[0] == __name__.partition(".")[0]


def _opened(tree: Tree, value: Any) -> tuple[list[Any], Any]:
    """The parts of an instance of a registered class, and the rest; nothing for others."""
    if tree.kind not in pytree.REGISTERED:
        return [], None
    parts, rest = pytree.REGISTERED[tree.kind][0](value)
    return list(parts), rest


def _is_instance_kept(
    tree: Tree, value: Any, before: tuple[list[Any], Any], has_attributes: bool
) -> bool:
    """
    Whether an instance of a registered class is as it was, as far as its class tells: it may make
    new parts for everybody who asks. `has_attributes` says whether its attributes are the same.
    """
    now, again = _opened(tree, value), _opened(tree, value)
    if _is_own(type(value)):
        is_same = has_attributes and _same(before[0], now[0])
        return is_same or not _same(now[0], again[0])
    is_same = _are_parts_alike(before, now) or not _are_parts_alike(now, again)
    return has_attributes and is_same


def _are_parts_alike(a: tuple[list[Any], Any], b: tuple[list[Any], Any]) -> bool:
    is_same = a[1] is b[1] or a[1] == b[1]
    return is_same and len(a[0]) == len(b[0]) and all(map(_is_alike, a[0], b[0]))


def _is_alike(x: Any, y: Any) -> bool:
    """Whether two parts are one object, or new containers of the same objects."""
    if x is y:
        return True
    if isinstance(x, IMMUTABLE):
        return type(x) is type(y) and x == y
    _, detail, parts = pytree._opened(x, pytree._never)
    if parts is None or type(x) is not type(y):
        return False
    _, other_detail, others = pytree._opened(y, pytree._never)
    return _are_parts_alike((list(parts), detail), (list(others or ()), other_detail))


def _alike(a: tuple[Any, ...] | None, b: tuple[Any, ...] | None) -> bool:
    """Whether keys are the same, in the same order."""
    if a is None or b is None:
        return a is b
    return len(a) == len(b) and all(x is y or (type(x) is type(y) and x == y) for x, y in zip(a, b))


class Before:
    """What the containers among the arguments of a traced function hold when it begins."""

    def __init__(self, tree: Tree, arguments: Any):
        self.tree = tree
        # The arguments and keywords of a call are in containers of Python's own.
        self.found = [
            (path, own, value, _contents(own, value), _opened(own, value))
            for path, own, value in _walked(tree, arguments)
            if len(path) > 1
        ]

    def changes(
        self, stand_ins: Sequence[Any] = (), result: Any = None, leaves: list[Any] | None = None
    ) -> ContainerWrites | None:
        """
        The changes until now; None without any. `leaves` are those of the result of the function,
        and the new arrays in containers come behind them. Without `leaves`, nobody makes these
        changes, and nothing but their names is there.

        Errors: `TypeError` for a new item that no result of a program can be.
        """
        changed = []
        refused, adds = None, False
        for path, tree, value, (keys, items), parts in self.found:
            now = _contents(tree, value)
            is_kept = _alike(now[0], keys) and _same(now[1], items)
            if tree.kind in pytree.REGISTERED:
                is_kept = _is_instance_kept(tree, value, parts, is_kept)
            if is_kept:
                continue
            kind = type(value) if isinstance(value, dict) else tree.kind
            name = f"{_name(self.tree, path)}, a {kind.__name__}"
            if tree.kind in pytree.REGISTERED:
                refused = refused or f"{name}, whose class is registered"
                continue
            removed = set(keys or ()).difference(now[0] or ())
            if leaves is not None and tree._has_names:
                new = set(now[0] or ()).difference(keys or ())
                pytree.ATTRIBUTES.setdefault(tree.kind, set()).update(new)
                adds = adds or bool(new)
            changed.append((path, name, now, tuple(removed)))
        if not changed and refused is None:
            return None
        if leaves is None:
            named = tuple([Change(path, name, None, ()) for path, name, *_ in changed])
            return ContainerWrites(self.tree, named, refused)
        count = len(leaves)
        items_of = _Items(self, stand_ins, leaves)
        changes = tuple(
            [
                Change(path, name, keys, tuple([items_of.of(x, name) for x in items]), removed)
                for path, name, (keys, items), removed in changed
            ]
        )
        returned = None
        if _holds(result, {*items_of.containers, *items_of.made}):
            returned = items_of.of_result(result, iter(range(count)))
        adds = adds or items_of.adds
        return ContainerWrites(self.tree, changes, refused, returned, adds)


def _holds(value: Any, wanted: set[int]) -> bool:
    """Whether a container of these is in a value."""
    if id(value) in wanted:
        return True
    parts = pytree._opened(value, pytree._never)[2]
    return parts is not None and any(_holds(part, wanted) for part in parts)


class _Items:
    """The items that stand for values after a trace. New arrays join `leaves`."""

    def __init__(self, before: Before, stand_ins: Sequence[Any], leaves: list[Any]):
        self.containers = {id(value): path for path, _, value, *_ in before.found}
        self.given = {id(x): k for k, x in enumerate(stand_ins)}
        self.leaves = leaves
        self.places: dict[int, int] = {}
        for k, x in enumerate(leaves):
            if id(x) not in self.given:
                self.places.setdefault(id(x), k)
        self.made: dict[int, New | None] = {}
        self.adds = False
        """Whether a new object has attributes that are no fields."""
        self.kept: list[Any] = []
        """The containers of `made`, whose identities no other object may get."""

    def of(self, value: Any, name: str) -> Item:
        """Errors: `TypeError` for a value that no result of a program can be."""
        key = id(value)
        if key in self.containers:
            return Same(self.containers[key])
        if key in self.given:
            return Leaf(self.given[key])
        if type(value) in PLAIN:
            return Plain(PLAIN[type(value)](value))
        if isinstance(value, IMMUTABLE):
            return Plain(value)
        if isinstance(value, Array | np.ndarray) and value.dtype != object:
            if key not in self.places:
                self.places[key] = len(self.leaves)
                self.leaves.append(value)
            return Result(self.places[key])
        if key in self.made:
            if (made := self.made[key]) is None:
                self._refuse(value, name, "it leads to itself")
            return made
        kind, detail, parts = self._opened(value)
        if parts is None and pytree.is_static(value):
            return Plain(value)
        if _is_own(kind):
            self._refuse(value, name, "traced values decide whether, or which, item it is")
        if parts is None:
            self._refuse(value, name, f"a {kind.__name__} is neither an array nor a container")
        self.made[key] = None
        self.kept.append(value)
        items = tuple([self.of(part, name) for part in parts])
        self.made[key] = made = New(_node(value, kind, detail, len(items)), items)
        return made

    def _opened(self, value: Any) -> tuple[Any, Any, Sequence[Any] | None]:
        """As `pytree._opened`, with the attributes of an object that are no fields of its class."""
        kind, detail, parts = pytree._opened(value, pytree._never)
        if parts is None or isinstance(value, tuple | list | dict) or kind in pytree.REGISTERED:
            return kind, detail, parts
        own = pytree.attributes_of(value) or {}
        more = [name for name in own if name not in detail and not _is_cache(kind, name)]
        # A field that is a property may be in another attribute, and both would be one array.
        if more and all(name in own for name in detail):
            pytree.ATTRIBUTES.setdefault(kind, set()).update(more)
            self.adds = True
        return kind, (*detail, *more), [*parts, *(own[name] for name in more)]

    def of_result(self, value: Any, places: Iterator[int]) -> Item:
        """The result of a function, whose leaves are those at `places`."""
        if (known := self._known(id(value))) is not None:
            for _ in pytree.flatten(value)[0]:
                next(places)
            return known
        kind, detail, parts = pytree._opened(value, pytree._never)
        if parts is not None:
            items = tuple([self.of_result(part, places) for part in parts])
            return New(_node(value, kind, detail, len(items)), items)
        if value is None or pytree.is_static(value):
            return Plain(PLAIN.get(type(value), lambda x: x)(value))
        place = next(places)
        return Result(self.places.get(id(value), place))

    def _known(self, key: int) -> Item | None:
        """The item that stands for a container of an argument, or for one that is put into it."""
        if key in self.containers:
            return Same(self.containers[key])
        return self.made.get(key)

    def _refuse(self, value: Any, name: str, what: str) -> NoReturn:
        raise located(
            TypeError,
            f"the function puts a value into {name}, and {what}, so the caller's object cannot "
            "have it; change a copy, and return what is needed of it",
        )


def _node(value: Any, kind: Any, detail: Any, size: int) -> Tree:
    """The structure of one container, whose children are leaves."""
    form = pytree.DictForm.of(value, detail) if kind is dict else None
    return pytree.node(kind, detail, (pytree.LEAF,) * size, form)
