"""
Lists to which each turn of a loop appends, and which nothing else in the loop reads.

    path = []
    for k in range(1000):
        x = step(x)
        path.append(x)

The items are rows of the results of one loop, and the list gets them behind the loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import CellType
from typing import Any

from .. import pytree, tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..tracing import Array, Number
from . import joined_containers, leaf_kinds, variables, written_arrays
from .chosen_items import Perhaps
from .leaf_kinds import Kind, Unalike
from .variables import Part, Surroundings

FEWEST_TURNS = 8
"""A loop of fewer turns is unrolled, so that what is known of its items stays known."""


@dataclass
class Item:
    """What a turn appends: leaves that are known, and places of those that are rows."""

    tree: pytree.Tree
    leaves: list[Any]
    rows: list[tuple[int, Kind, Array]]
    first: dict[int, str]
    """The variables that hold leaves before the turn."""
    last: dict[int, str]
    """The variables that hold leaves after the turn."""


class Lists:
    """The lists of some variables around a body. Inside of the `with`, other lists stand there."""

    def __init__(self, body: Part, names: Iterable[str]):
        cells = zip(body.__code__.co_freevars, body.__closure__ or ())
        wanted = set(names)
        self.cells: dict[str, CellType] = {
            name: cell
            for name, cell in cells
            if name in wanted and type(variables.value_at(cell, "")) is list
        }
        self.own = {name: cell.cell_contents for name, cell in self.cells.items()}
        self.new: dict[str, list[Any]] = {name: [] for name in self.cells}
        self.body = body

    def __enter__(self) -> Lists:
        for name, cell in self.cells.items():
            cell.cell_contents = self.new[name]
        around = Surroundings([self.body]) if self.cells else None
        reached = set() if around is None else {id(value) for value, _ in around.contents}
        ids = [id(x) for x in self.own.values()]
        for name in list(self.cells):
            is_one = id(self.own[name]) in reached or ids.count(id(self.own[name])) > 1
            if is_one or around is None or not around.is_whole:
                # The body may read the list under another name.
                self.cells.pop(name).cell_contents = self.own[name]
        return self

    def __exit__(self, *error: Any) -> None:
        for name, cell in self.cells.items():
            cell.cell_contents = self.own[name]

    def taken(
        self, scope: tracing.Scope, given: dict[str, Any], after: dict[str, Any]
    ) -> dict[str, list[Item]]:
        """
        What a turn has appended. The lists are empty again.

        Errors: `Unalike` for items that another turn may change.
        """
        found: dict[str, list[Item]] = {}
        after = {name: after[name] for name in given}
        changed = any(s.version for s in _storages(given))
        carried = _storages(after)
        seen: set[Storage] = set()
        for name in self.cells:
            found[name] = [
                _item(x, scope, changed, carried, given, after, seen) for x in self.new[name]
            ]
        items = [item for part in found.values() for item in part]
        first, last = any(i.first for i in items), any(i.last for i in items)
        # A variable that hands its array on to another one would hold an item in the middle.
        if (first and last) or ((first or last) and carried & _storages(given)):
            raise _may_change()
        self.clear()
        return found

    def clear(self) -> None:
        for new in self.new.values():
            new.clear()

    def extend(
        self,
        items: dict[str, list[Item]],
        rows: Iterable[Array],
        begun: dict[str, Any],
        ends: dict[str, Any],
        n: int,
    ) -> None:
        """
        Gives the lists the items of n turns. `begun` and `ends` are the variables before and behind
        the loop.
        """
        left = iter(rows)
        for name, parts in items.items():
            whole = [[next(left) for _ in item.rows] for item in parts]
            for turn in range(n):
                for item, columns in zip(parts, whole):
                    leaves = list(item.leaves)
                    for (place, kind, _), column in zip(item.rows, columns):
                        if turn == 0 and place in item.first:
                            leaves[place] = begun[item.first[place]]
                        elif turn == n - 1 and place in item.last:
                            leaves[place] = ends[item.last[place]]
                        else:
                            leaves[place] = kind.wrap(column[turn])
                    self.own[name].append(item.tree.unflatten(leaves))


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
    changed: bool,
    carried: set[Storage],
    given: dict[str, Any],
    after: dict[str, Any],
    seen: set[Storage],
) -> Item:
    leaves, tree = leaf_kinds.opened(value)
    item = Item(tree, list(leaves), [], {}, {})
    if joined_containers.containers(value) or any(isinstance(x, Perhaps) for x in (value, *leaves)):
        raise Unalike("the body changes a Python list")
    for place, leaf in enumerate(leaves):
        if not isinstance(leaf, Array):
            if not variables.is_atom(leaf):
                raise Unalike("the body changes a Python list")
            continue
        if isinstance(leaf, Number) and leaf.kind is int:
            raise Unalike("the body changes a Python list")  # Sizes may need the known int.
        kind = leaf_kinds.kind_of(leaf)
        if not storages.is_number(leaf):
            own = set(storages.roots(storages.of(leaf)))
            if written_arrays.is_outer(leaf, scope) or own & seen or (own & carried and changed):
                raise _may_change()
            seen |= own
            for where, values, held in (
                (item.first, given, _storages(given)),
                (item.last, after, carried),
            ):
                if own & held:
                    holders = [name for name, x in values.items() if x is leaf]
                    if not holders:
                        raise _may_change()
                    where[place] = holders[0]
        item.rows.append((place, kind, kind.lift(leaf)))
    return item


def _may_change() -> Unalike:
    return Unalike("the body appends an array that another turn may change")
