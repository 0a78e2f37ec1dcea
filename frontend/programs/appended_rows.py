"""
Lists to which each turn of a loop appends.

    path = []
    for k in range(1000):
        x = step(x)
        path.append(x)

The items are rows of the results of one loop, and the list gets them behind the loop. The body may
read the last items and the length of the list, which the loop carries then. An item that a turn
appends under a condition has a mask, which is a row too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.ir import SSAValue

from ...dialects import ten
from .. import pytree, tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..tracing import Array
from . import joined_containers, known_turns, leaf_kinds, list_sites, variables, written_arrays
from .chosen_items import Perhaps
from .growing_lists import Growing, Reads
from .leaf_kinds import Kind, Unalike
from .variables import Cell, Part

FEWEST_TURNS = 8
"""A loop of fewer turns is unrolled, so that what is known of its items stays known."""

MOST_UNSHARED = 64
"""
A `for` loop of fewer turns is unrolled if its items may be the arrays of variables, too: then a
later write to such an array shows in the right ones. In a longer loop nobody may write to them.
"""

MOST_RETRIES = 8
"""So often a loop is traced again because it appends to more lists, or reads more of them."""


@dataclass
class Item:
    """What a turn appends: leaves that are known, and places of those that are rows."""

    tree: pytree.Tree
    leaves: list[Any]
    rows: list[tuple[int, Kind, Array]] = field(default_factory=list)
    first: dict[int, str] = field(default_factory=dict)
    """The variables that hold leaves before the turn."""
    last: dict[int, str] = field(default_factory=dict)
    """The variables that hold leaves after the turn."""
    shared: set[int] = field(default_factory=set)
    """The leaves that may be arrays of variables in other turns, too. Nobody may write to them."""
    mask: Array | None = None
    """Whether the turn appends the item, if a condition decides it. It is the last row."""

    @property
    def outputs(self) -> list[Array]:
        found = [x for *_, x in self.rows]
        return found if self.mask is None else [*found, self.mask]


@dataclass
class Kept:
    """A list, the places that hold it, and the list that stands there for the body."""

    own: list[Any]
    places: list[Cell]
    growing: Growing


class Lists:
    """The lists to which a body appends. Inside of the `with`, others stand in their places."""

    def __init__(self, body: Part, names: Iterable[str]):
        """The body does nothing with the variables `names` but appending to them."""
        self.body = body
        cells = zip(body.__code__.co_freevars, body.__closure__ or ())
        found = [variables.value_at(cell, "") for name, cell in cells if name in set(names)]
        self.lists = {id(x): x for x in found if type(x) in (list, Growing)}
        self.last: dict[int, int] = {}
        self.length: set[int] = set()
        self.kept: list[Kept] = []
        self.shares = False
        """Whether items may be the arrays of variables, too."""

    def take(self, lists: Sequence[list[Any]]) -> None:
        """More lists. Errors: `Unalike` for a list that stands there for another one already."""
        if any(x is kept.growing for x in lists for kept in self.kept):
            raise Unalike("the body changes a Python list")
        self.lists |= {id(x): x for x in lists}

    def carry(self, reads: Reads) -> None:
        """Carries the items, or the length, that a body reads."""
        for kept in self.kept:
            if kept.growing is reads.list:
                key = id(kept.own)
                self.last[key] = max(reads.last, self.last.get(key, 0))
                self.length |= {key} if reads.length else set()
                return
        raise reads

    def __enter__(self) -> Lists:
        self.kept = []
        if not self.lists:
            return self
        found = holders(self.body, self.lists)
        for key, own in self.lists.items():
            self.kept.append(Kept(own, found[key], self._growing(own)))
            list_sites.stands_for(self.kept[-1].growing, own)
        for kept in self.kept:
            for place in kept.places:
                place.cell_contents = kept.growing
        return self

    def _growing(self, own: list[Any]) -> Growing:
        if isinstance(own, Growing):
            # The loop around carries these.
            least, last = own.least + len(own.new()), self.last.get(id(own), 0)
            items = own.last_items(last) if last else ()
            length = [own.size()] if id(own) in self.length else ()
            return Growing(items, length, least, variables.is_under_condition)
        if any(type(x) is Perhaps for x in own):
            raise Unalike("the body changes a Python list")
        last = self.last.get(id(own), 0)
        items = own[-last:] if last else []
        items = [*items[:1] * (last - len(items)), *items]  # Only a condition may read the first.
        length = [len(own)] if id(own) in self.length else ()
        return Growing(items, length, len(own), variables.is_under_condition)

    def __exit__(self, *error: Any) -> None:
        for kept in self.kept:
            for place in kept.places:
                if variables.value_at(place, "") is kept.growing:
                    place.cell_contents = kept.own

    def taken(
        self,
        scope: tracing.Scope,
        given: dict[str, Any],
        after: dict[str, Any],
        cells: dict[str, Cell],
    ) -> list[list[Item]]:
        """
        What a turn has appended to each list. The lists are empty again.

        Errors: `Unalike` for items that another turn may change.
        """
        try:
            return self._taken(scope, given, after, cells)
        except Unalike as error:
            raise list_sites.because_of(error, *(kept.own for kept in self.kept)) from None

    def _taken(
        self,
        scope: tracing.Scope,
        given: dict[str, Any],
        after: dict[str, Any],
        cells: dict[str, Cell],
    ) -> list[list[Item]]:
        after = {name: after[name] for name in given}
        changed = _storages(after) if any(s.version for s in _storages(given)) else set()
        # The last items, which the body may read, are items of the list.
        last = {id(kept.growing.last) for kept in self.kept}
        names = [n for n in given if id(getattr(cells.get(n), "owner", None)) not in last]
        older = _storages({n: x for n, x in given.items() if n not in names})
        given, after = ({n: values[n] for n in names} for values in (given, after))
        carried = _storages(after)
        if carried & older:
            raise Unalike("a variable holds an item of a list to which the body appends")
        seen: set[Storage] = set()
        found = [
            [_item(x, scope, changed, carried, given, after, seen) for x in kept.growing.new()]
            for kept in self.kept
        ]
        items = [item for part in found for item in part]
        starts, ends = any(i.first for i in items), any(i.last for i in items)
        # A variable that hands its array on to another one would hold an item in the middle.
        if (starts and ends) or ((starts or ends) and carried & _storages(given)):
            for item in items:
                item.shared |= item.first.keys() | item.last.keys()
        if any(item.shared for item in items):
            if not self.shares or any(s.version for s in _storages(given)):
                raise _may_change()
        self.clear()
        return found

    def clear(self) -> None:
        for kept in self.kept:
            kept.growing.become([])

    def memory(self) -> set[Storage]:
        """The storages whose memory the new items are, or may be."""
        values = [x for kept in self.kept for x in kept.growing.new()]
        parts = [x.value if isinstance(x, Perhaps) else x for x in values]
        return _storages({str(k): x for k, x in enumerate(parts)})

    def extend(
        self,
        items: Sequence[Sequence[Item]],
        rows: Iterable[Array],
        begun: dict[str, Any],
        ends: dict[str, Any],
        scan: ten.ScanOp,
    ) -> None:
        """
        Gives the lists the items of all turns. `begun` and `ends` are the variables before and
        behind the loop.
        """
        left = iter(rows)
        n = scan.length.value.data
        for kept, parts in zip(self.kept, items):
            whole = [_Columns(item, [next(left) for _ in item.outputs], scan) for item in parts]
            for turn in range(n):
                for item, columns in zip(parts, whole):
                    if (mask := columns.mask(turn)) is False:
                        continue
                    leaves = list(item.leaves)
                    for k, (place, _, _) in enumerate(item.rows):
                        if place in item.shared:
                            leaves[place] = shared(columns.at(k, turn), begun, ends)
                        elif turn == 0 and place in item.first:
                            leaves[place] = begun[item.first[place]]
                        elif turn == n - 1 and place in item.last:
                            leaves[place] = ends[item.last[place]]
                        else:
                            leaves[place] = columns.at(k, turn)
                    value = item.tree.unflatten(leaves)
                    if mask is True:
                        kept.own.append(value)
                    elif isinstance(kept.own, Growing):
                        kept.own.perhaps(mask, value)
                    else:
                        kept.own.append(Perhaps(mask, value))


def shared(
    leaf: Array, begun: dict[str, Any], ends: dict[str, Any], more: Sequence[Storage] = ()
) -> Array:
    """
    An item that may be an array of these variables, or one of the storages `more`, as an array that
    refuses writes.
    """
    found = [
        x
        for values in (begun, ends)
        for value in values.values()
        for x in leaf_kinds.opened(value)[0]
        if isinstance(x, Array) and (x.shape, x.dtype) == (leaf.shape, leaf.dtype)
    ]
    sources = [
        s for x in found if not storages.is_number(x) for s in storages.roots(storages.of(x))
    ]
    return written_arrays.read_only(leaf, [*more, *sources])


class _Columns:
    """The leaves of an item in all turns."""

    def __init__(self, item: Item, rows: Sequence[Array], scan: ten.ScanOp):
        self.item, self.rows = item, rows
        self.known: dict[int, list[int]] = {}
        for k, (_, kind, x) in enumerate(item.rows):
            if kind.weak is int and (found := _known(scan, x.value)) is not None:
                self.known[k] = found
        mask = item.mask
        self.is_there = None if mask is None else _known(scan, mask.value)

    def at(self, k: int, turn: int) -> Any:
        if k in self.known:
            return self.known[k][turn]
        return self.item.rows[k][1].wrap(self.rows[k][turn])

    def mask(self, turn: int) -> Any:
        """Whether the turn appends the item: a bool, or a traced one."""
        if self.item.mask is None:
            return True
        return self.rows[-1][turn] if self.is_there is None else bool(self.is_there[turn])


def holders(body: Part, wanted: dict[int, Any]) -> dict[int, list[Cell]]:
    """
    For each list, all places that hold it and that a body can reach.

    Errors: `Unalike` if something holds a list that cannot hold another one in its place.
    """
    found: dict[int, list[Cell]] = {key: [] for key in wanted}
    seen: set[int] = set()
    pending: list[Any] = [body]
    while pending:
        value = pending.pop()
        if variables.is_atom(value) or id(value) in seen or isinstance(value, np.ndarray):
            continue
        seen.add(id(value))
        if variables.is_internal(value):
            continue
        if len(seen) > variables.MOST_OBJECTS:
            raise Unalike("the body changes a Python list, and reaches very many objects")
        parts = list(variables.parts_of(value))
        held = {id(x) for x in parts if id(x) in wanted}
        if held:
            places = list(variables.cells_where(value, lambda x: id(x) in wanted))
            for place in places:
                key = id(variables.value_at(place, ""))
                found[key].append(place)
                held.discard(key)
            if held:
                raise Unalike(f"a {type(value).__name__} holds a list to which the body appends")
        pending.extend(parts)
    return found


def _known(scan: ten.ScanOp, value: SSAValue) -> list[Any] | None:
    """
    An int or a bool of the body in each turn, if it comes from known numbers. Then an item can be a
    size behind the loop, as in Python, and the list can have a known length.
    """
    ends = scan.body.block.last_op
    assert ends is not None
    own = known_turns.Simulation(scan.body.block, scan.inits, ends.operands, scan.xs)
    return known_turns.values(own, value, scan.length.value.data)


def _storages(values: dict[str, Any]) -> set[Storage]:
    found: set[Storage] = set()
    for value in values.values():
        for leaf in leaf_kinds.opened(value)[0]:
            if isinstance(leaf, Array) and not storages.is_number(leaf):
                found.update(storages.roots(storages.of(leaf)))
    return found


def _item(
    value: Any,
    scope: tracing.Scope,
    changed: set[Storage],
    carried: set[Storage],
    given: dict[str, Any],
    after: dict[str, Any],
    seen: set[Storage],
) -> Item:
    mask = None
    if isinstance(value, Perhaps):
        mask, value = Kind((), np.dtype(bool)).lift(value.mask), value.value
    leaves, tree = leaf_kinds.opened(value)
    item = Item(tree, list(leaves), mask=mask)
    if joined_containers.containers(value) or any(isinstance(x, Perhaps) for x in (value, *leaves)):
        raise Unalike("the body appends a list, a dict or an object to a list")
    for place, leaf in enumerate(leaves):
        if not isinstance(leaf, Array):
            if not variables.is_atom(leaf):
                raise Unalike(f"the body appends a {type(leaf).__name__} to a list")
            continue
        kind = leaf_kinds.kind_of(leaf)
        if not storages.is_number(leaf):
            own = set(storages.roots(storages.of(leaf)))
            if written_arrays.is_outer(leaf, scope) or own & (seen | changed):
                raise _may_change()
            seen |= own
            for where, values, held in (
                (item.first, given, _storages(given)),
                (item.last, after, carried),
            ):
                if own & held:
                    holders = [name for name, x in values.items() if x is leaf]
                    if holders:
                        where[place] = holders[0]
                    else:
                        item.shared.add(place)
        item.rows.append((place, kind, kind.lift(leaf)))
    return item


def _may_change() -> Unalike:
    return Unalike("the body appends an array that another turn may change")
