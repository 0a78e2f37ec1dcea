"""
Lists that a loop indexes by its counter.

    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            v[j] = max(p * v[j + 1] + (1 - p) * v[j], K - price(i, j))

A list of Python needs the index itself. So letgrad would have to trace the turns one after the
other. But the items of `v` are alike: numbers, arrays of one shape, tuples of these, or lists of
these that have one length. So letgrad keeps them in the rows of arrays while it traces the body,
which reads and writes the rows, and gives the list its items behind the loop.

    v  ->  columns, one for each leaf of an item;  v[j]  ->  column[j];  v[j] = x  ->  column[j] = x

If the body does something else with the list than a `Rows` can, the trace of the loop fails, and
letgrad traces the loop again without rows.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..tracing import Array
from . import appended_rows, joined_containers, leaf_kinds, static_states, variables
from .chosen_items import StandIn
from .leaf_kinds import Kind, Unalike
from .variables import Cell, Part

FEWEST_TURNS = 8
"""Loops of fewer turns are unrolled, so that what is known of the items stays known."""

MOST_ITEMS = 10_000

ITEM = (
    "this array is an item of a list that a loop indexes by its counter, and a write would have to "
    "show in the list; write to x.copy()"
)


class Indexed(BaseException):
    """A loop has to keep a list in rows, or with other kinds. Nothing else may catch this."""

    def __init__(self, frame: Frame, own: list[Any], kinds: tuple[Kind, ...] | None = None):
        self.frame, self.own, self.kinds = frame, own, kinds


class Known(Exception):
    """A loop only reads a list whose items are known. They stay known if it is unrolled."""

    def __init__(self, own: list[Any]):
        self.own = own


@dataclass
class Layout:
    """What is alike in the items of a list, or of lists in a list."""

    lengths: tuple[int, ...]
    """The lengths of the list and of the lists in it."""
    tree: pytree.Tree
    kinds: tuple[Kind, ...]
    lists: list[list[Any]]
    """The list and all lists in it."""
    items: list[list[Any]]
    """The leaves of each item."""


def _lists(own: list[Any]) -> tuple[tuple[int, ...], list[list[Any]], list[Any]]:
    """The lengths of a list and of the lists in it, these lists, and the items of the last ones."""
    lengths: list[int] = []
    found, level, items = [own], [own], list(own)
    while True:
        lengths.append(len(level[0]))
        if any(len(x) != lengths[-1] for x in level):
            raise Unalike("the lists in a list have several lengths")
        if not items or math.prod(lengths) > MOST_ITEMS:
            raise Unalike("a list has no items, or very many")
        if type(items[0]) is not list:
            break
        if any(type(x) is not list for x in items):
            raise Unalike("a list holds lists and other items")
        level = items
        found += level
        items = [x for inner in level for x in inner]
    if len({id(x) for x in found}) < len(found):
        raise Unalike("a list holds the same list twice")
    return tuple(lengths), found, items


def layout_of(own: list[Any], wider: tuple[Kind, ...] | None = None) -> Layout:
    """
    The layout of a list, whose leaves are to have the kinds `wider` or wider ones.

    Errors: `Unalike` for items that are not alike, or that no array can hold.
    """
    lengths, lists, values = _lists(own)
    if len(values) > 1 and any(type(x) is not type(values[0]) for x in values):
        if any(type(x) in (tuple, str, bytes, type(None)) for x in values):
            raise Unalike("the items of a list are not alike")
    rows, trees = [], []
    for value in values:
        leaves, tree = leaf_kinds.flatten(value, "item")
        rows.append(leaves)
        trees.append(tree)
    common = static_states.together(trees)
    if common is None or not all(static_states.is_one(tree, common) for tree in trees):
        raise Unalike("the items of a list have several structures")
    kinds = []
    for k, column in enumerate(zip(*rows, strict=True)):
        seen = {leaf_kinds.kind_of(x): x for x in column}
        if wider is not None:
            seen |= {wider[k]: leaf_kinds.stand_in(wider[k])}
        kinds.append(leaf_kinds.join(list(seen.values()), "item"))
    if not kinds:
        raise Unalike("the items of a list hold no numbers")
    return Layout(lengths, common, tuple(kinds), lists, rows)


class Table:
    """A list in rows of arrays, for one trace of a loop."""

    def __init__(self, frame: Frame, own: list[Any], wider: tuple[Kind, ...] | None):
        self.frame, self.own = frame, own
        layout = layout_of(own, wider)
        self.lengths, self.lists = layout.lengths, layout.lists
        self.tree, self.kinds = layout.tree, layout.kinds
        leaves = [x for row in layout.items for x in row]
        self.is_known = not any(isinstance(x, Array) for x in leaves)
        self.sources = _roots(leaves)
        self.contents = [_content(s) for s in self.sources]
        self.columns = tuple(
            storages.fresh(_column(kind, self.lengths, column))
            for kind, column in zip(self.kinds, zip(*layout.items, strict=True), strict=True)
        )
        self.begun, self.reached = self.writes(), self._versions()
        self.put: dict[Storage, Any] = {}
        """The arrays that the body put into the list, and their contents then."""
        self.twins: list[tuple[Any, list[Any]]] = []
        """Lists that may be the same, by a condition or by turns of a loop, and their items."""
        self.places: list[tuple[Cell, Any, Any]] = []
        """The places that hold the lists, with the lists and what stands there for the body."""

    def was_written(self) -> bool:
        return self.writes() != self.begun

    def writes(self) -> list[int]:
        """What differs after a write to the list that nobody has taken back."""
        return [storages.of(x).writes for x in self.columns]

    def was_reached(self) -> bool:
        """Whether a loop or a condition in the body could write to the list, or the body did."""
        return self._versions() != self.reached

    def _versions(self) -> list[int]:
        return [storages.of(x).version for x in self.columns]

    def check(self) -> None:
        """Errors: `Unalike` if the program wrote to an array that is an item of the list."""
        changed = any(_content(s) != x for s, x in zip(self.sources, self.contents))
        if changed or any(_content(s) != x for s, x in self.put.items()):
            raise Unalike("the body writes to an array that is an item of a list")
        if self.twins and (self.was_written() or any(not _are(x, y) for x, y in self.twins)):
            raise Unalike("the body changes a list that is one list or another")

    def give_back(self, begun: dict[str, Any], ends: dict[str, Any]) -> None:
        """Gives the lists their items. `begun` and `ends` are variables around the loop."""
        if not self.was_written():
            return
        here = tracing.current()
        sources = [s for s in (*self.sources, *self.put) if s.home.encloses(here)]
        inner = self.lists[-math.prod(self.lengths[:-1]) :]
        for k, place in enumerate(np.ndindex(*self.lengths)):
            leaves = []
            for kind, column in zip(self.kinds, self.columns, strict=True):
                part: Any = kind.wrap(ops.number(column[place]))
                if kind.shape:
                    part = appended_rows.shared(part, begun, ends, sources)
                leaves.append(part)
            row, item = divmod(k, self.lengths[-1])
            inner[row][item] = self.tree.unflatten(leaves)


def _column(kind: Kind, lengths: tuple[int, ...], leaves: Sequence[Any]) -> Array:
    """The leaves of all items as one array."""
    shape = (*lengths, *kind.shape)
    if not any(isinstance(x, Array) for x in leaves):
        known = np.stack([np.asarray(x, kind.dtype) for x in leaves])
        return tracing.constant(known.reshape(shape))
    found: Any = np.stack([kind.lift(x) for x in leaves])
    return found.reshape(shape)


def _are(items: Any, before: list[Any]) -> bool:
    return len(items) == len(before) and all(x is y for x, y in zip(items, before))


def _roots(leaves: Sequence[Any]) -> list[Storage]:
    """The storages of the arrays among some leaves."""
    arrays = [x for x in leaves if isinstance(x, Array) and x.shape]
    return list(dict.fromkeys(r for x in arrays for r in storages.roots(storages.of(x))))


class Rows(StandIn):
    """A list in the rows of a table, or the list at some indices of lists in it."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, table: Table, indices: tuple[Any, ...] = ()):
        self.table, self.indices = table, indices

    def _indices(self, key: Any) -> tuple[Any, ...]:
        n = len(self)
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            if not -n <= key < n:
                raise IndexError("list index out of range")
            return (*self.indices, int(key) % n)
        if not isinstance(key, Array) or key.shape or key.dtype.kind not in "iu":
            raise Unalike("the body takes another part of a list than an item")
        if variables.catches(IndexError):
            raise Unalike("a handler of the program may catch an index outside of a list")
        return (*self.indices, key)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self[k] for k in range(len(self))[key]]
        table, indices = self.table, self._indices(key)
        if len(indices) < len(table.lengths):
            return Rows(table, indices)
        leaves = []
        for kind, column in zip(table.kinds, table.columns, strict=True):
            part: Any = kind.wrap(ops.number(column[indices]))
            leaves.append(storages.refusing(part, ITEM) if kind.shape else part)
        return table.tree.unflatten(leaves)

    def __setitem__(self, key: Any, value: Any) -> None:
        table, indices = self.table, self._indices(key)
        if len(indices) < len(table.lengths) or isinstance(value, list):
            raise Unalike("the body puts a list into a list that it indexes by its counter")
        leaves, tree = leaf_kinds.flatten(value, "item")
        if not static_states.is_one(tree, table.tree):
            raise Unalike("the items of a list have several structures")
        pairs = list(zip(table.kinds, leaves, strict=True))
        joined = [leaf_kinds.join([leaf_kinds.stand_in(k), x], "item") for k, x in pairs]
        if tuple(joined) != table.kinds:
            raise Indexed(table.frame, table.own, tuple(joined))
        table.put |= {s: _content(s) for s in _roots(leaves)}
        for (kind, leaf), column in zip(pairs, table.columns, strict=True):
            column[indices] = kind.lift(leaf)

    def __len__(self) -> int:
        return self.table.lengths[len(self.indices)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self[:])

    def as_list(self) -> list[Any]:
        return self[:]

    copy = as_list

    def parts(self) -> Sequence[Any]:
        return self.table.columns

    def _refuse(self, *others: Any) -> Any:
        raise Unalike("the body does more with a list than to read and to write its items")

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __add__ = __radd__ = __iadd__ = __mul__ = __rmul__ = __imul__ = _refuse
    __array__ = __array_ufunc__ = __array_function__ = _refuse

    def __repr__(self) -> str:
        return "a list that a loop indexes by its counter"


@dataclass
class Frame:
    """A loop that keeps lists in rows. Inside of the `with`, rows stand in their places."""

    loop: Any
    turns: float
    """The number of turns; infinite if the program computes it."""
    known: Sequence[list[Any]] = ()
    """Lists whose items have to stay known."""
    wanted: dict[int, tuple[list[Any], tuple[Kind, ...] | None]] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    around: variables.Surroundings | None = None
    """The contents of the objects that the body can reach, before the loop."""
    before: dict[str, Any] = field(default_factory=dict)
    """The variables that the body assigns, before the loop."""

    @property
    def body(self) -> Part:
        return self.loop.body

    @property
    def is_refused(self) -> bool:
        return self.loop.code in _state.refused

    def can_take(self, own: list[Any]) -> bool:
        """Whether the list is there before the loop, and no variable is another list after it."""
        if self.is_refused or self.around is None or any(x is own for x in self.known):
            return False
        if not any(x is own for x, _ in self.around.contents):
            return False
        return not any(value is own for value in self.before.values())

    def take(self, more: Indexed) -> None:
        self.wanted[id(more.own)] = more.own, more.kinds

    def __enter__(self) -> Frame:
        self.tables = []
        for own, wider in self.wanted.values():
            table = Table(self, own, wider)
            others = [y for x in table.lists for y in joined_containers.others(x)]
            table.twins = [(y, list(y)) for y in others]
            self.tables.append(table)
        for table in self.tables:
            self._replace(table)
        _state.frames.append(self)
        return self

    def _replace(self, table: Table) -> None:
        stands: dict[int, Any] = {}
        around = [np.ndindex(*table.lengths[:k]) for k in range(len(table.lengths))]
        places = [place for level in around for place in level]
        for own, place in zip(table.lists, places, strict=True):
            stands[id(own)] = own, Rows(table, tuple(map(int, place)))
        found = appended_rows.holders(self.body, stands)
        inner = {id(x) for x in table.lists}
        for key, cells in found.items():
            own, rows = stands[key]
            for cell in cells:
                if id(getattr(cell, "owner", None)) in inner:
                    continue  # This list goes away itself.
                table.places.append((cell, own, rows))
        for cell, _, rows in table.places:
            cell.cell_contents = rows

    def __exit__(self, *error: Any) -> None:
        _state.frames.pop()
        for table in self.tables:
            for cell, own, rows in table.places:
                if variables.value_at(cell, "") is rows:
                    cell.cell_contents = own

    def check(self) -> None:
        """Errors: `Unalike` if the loop should not have kept the lists in rows."""
        for table in self.tables:
            table.check()
            if table.put and self.turns <= appended_rows.MOST_UNSHARED and self._shares(table):
                raise Unalike("an item of a list may be the array of a variable, too")
            # Loops inside would be unrolled, too, and all their turns could be very many.
            if table.is_known and not table.was_reached() and self.turns < math.inf:
                raise Known(table.own)

    def _shares(self, table: Table) -> bool:
        """Whether an item of a list may be the array of a variable, too."""
        here, shapes = tracing.current(), {kind.shape for kind in table.kinds}
        ends = self.loop.variables.read().values()
        leaves = [x for value in ends for x in leaf_kinds.opened(value)[0]]
        held = any(isinstance(x, Array) and x.shape in shapes for x in leaves if np.ndim(x))
        return held or any(s.home.encloses(here) for s in table.put)

    def finish(self) -> None:
        """Gives all lists their items, behind the loop."""
        begun, ends = self.before, self.loop.variables.read()
        for table in self.tables:
            table.give_back(begun, ends)

    def refuse(self) -> bool:
        """
        The loop needs the lists themselves, and so do later traces of it. Whether the loop kept a
        list in rows.
        """
        if self.wanted:
            _state.refused.add(self.loop.code)
        return bool(self.wanted)


class _State(threading.local):
    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.refused: set[CodeType | None] = set()


_state = _State()


def begin() -> None:
    """The trace of a program begins."""
    if not _state.frames:
        _state.refused = set()


def note(loop: Any, around: variables.Surroundings, before: dict[str, Any]) -> None:
    """
    What a loop finds before its first turn. The loop itself does not keep this: a body may lead to
    its loop, and would lead to all these objects.
    """
    for frame in _state.frames:
        if frame.loop is loop:
            frame.around, frame.before = around, before


def want(own: list[Any], may_widen: bool) -> None:
    """
    A traced index meets a list of Python: the outermost loop that can do so keeps the list in rows.
    If there is none, nothing happens. `may_widen` says whether ints may become floats.
    """
    best, turns = None, 1.0
    for frame in reversed(_state.frames):
        turns *= frame.turns
        if turns >= FEWEST_TURNS and frame.can_take(own):
            best = frame
    if best is None:
        return
    try:
        layout = layout_of(own)
    except Unalike:
        return
    columns = zip(layout.kinds, zip(*layout.items, strict=True), strict=True)
    if may_widen or all(leaf_kinds.kind_of(x) == kind for kind, column in columns for x in column):
        raise Indexed(best, own)


def is_written(own: list[Any]) -> bool:
    """Whether a loop around keeps a list in rows, and has written to it."""
    tables = [table for frame in _state.frames for table in frame.tables]
    return any(table.was_written() and any(x is own for x in table.lists) for table in tables)


Contents = dict[Storage, Any]


def begin_turn(given: dict[str, Any]) -> Contents:
    """The contents of the arrays that variables hold at the start of a turn."""
    if not any(frame.tables for frame in _state.frames):
        return {}
    leaves = [x for value in given.values() for x in leaf_kinds.opened(value)[0]]
    return {s: _content(s) for s in _roots(leaves)}


def check_turn(begun: Contents, written: Sequence[Storage]) -> None:
    """
    After the trace of a turn: `begun` is from its start, and it wrote to the storages `written`.

    Errors: `Unalike` if an array that a turn put into a list may be one to which another writes.
    """
    tables = [table for frame in _state.frames for table in frame.tables]
    putting = [table for table in tables if table.put]
    if not putting:
        return
    own = {storages.of(x) for table in tables for x in table.columns}
    least = min(len(kind.shape) for table in putting for kind in table.kinds if kind.shape)
    changed = any(_content(s) != content for s, content in begun.items())
    if changed or any(s not in own and len(s.shape) >= least for s in written):
        raise Unalike("the body writes to arrays, and puts arrays into a list")


def _content(storage: Storage) -> Any:
    """What a write to a storage changes: writes of known numbers change the content in place."""
    return storage.version if storage.value is None else storage.value
