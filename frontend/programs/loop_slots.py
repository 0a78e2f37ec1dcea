"""
What a loop carries, and guesses of it from an earlier trace of the same loop.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np
from xdsl.ir import Operation

from .. import pytree, tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..tracing import Array
from . import joined_containers, leaf_kinds, optional_values, static_states, variables
from .appended_rows import Item
from .leaf_kinds import Kind
from .variables import Part, Surroundings


@dataclass
class Slot:
    """A carried variable: the structure and the kinds of its leaves, and their first values."""

    tree: pytree.Tree
    kinds: list[Kind]
    inits: list[Any]
    """The leaves before the loop; None where the variable has no value then."""
    is_defined: bool = True
    is_filled: bool = False
    """Whether the first value is a filler: turns that do not assign the variable hand it on."""
    stays: bool = False
    """Whether the loop carries whether the variable is still the array from before the loop."""
    is_shared: bool = False
    """Whether another variable may hold the array of a turn, so that the loop cannot say it."""
    first_rows: int = 0
    """How many rows an array may have before the loop, if turns append rows to it."""
    more_rows: int = 0
    """How many rows a turn may append to such an array."""
    sources: tuple[Storage, ...] = ()
    """The storages of which an array with a length of its own may be a part."""

    def widen(self, tree: pytree.Tree) -> None:
        """Takes a structure in which a `OneOf` has more values."""
        place = Kind((), np.dtype(np.int64))
        move = static_states.same_place
        self.kinds = static_states.fit(self.kinds, self.tree, tree, lambda k: place, move)
        if self.is_defined:
            self.inits = static_states.fit(self.inits, self.tree, tree)
        else:
            self.inits = [None] * len(self.kinds)
        self.tree = tree

    def fitted(self, value: Any) -> Any:
        """A value of the variable, with a `Maybe` or a `OneOf` where the structure has one."""
        value = optional_values.fitted(value, self.tree, self.kinds)
        leaves, own = leaf_kinds.opened(value)
        if (
            static_states.is_one(own, self.tree)
            or static_states.common(self.tree, own) != self.tree
        ):
            return value
        found = self.tree.unflatten(static_states.fit(leaves, own, self.tree))
        joined_containers.continues(found, value)
        return found


@dataclass
class Trial:
    """A body, traced: its scope, and the leaves after it."""

    scope: tracing.Scope
    after: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)
    """The values of the carried variables at the start of the turn."""
    leaves: dict[str, list[Array]] = field(default_factory=dict)
    exchanged: dict[str, str] = field(default_factory=dict)
    """The variable whose array a variable has after the turn; see `aliases`."""
    written: list[Array] = field(default_factory=list)
    staying: list[Array] = field(default_factory=list)
    """Whether variables are still the arrays from before the loop; see `Slot.stays`."""
    rows: list[list[Item]] = field(default_factory=list)
    """What the turn appends to each list."""
    test: Any = None
    """The value of the test of a `while`, at the start of the turn."""
    tested: Operation | None = None
    """The last op of the test, in the scope of the body."""


@dataclass(frozen=True)
class Guess:
    """
    What a loop carried when letgrad traced it before. A loop around it is traced again and again,
    and without a guess each of its traces would begin with one that only finds this out: the
    traces would double with each loop around.
    """

    defined: tuple[str, ...]
    undefined: dict[str, tuple[pytree.Tree, list[Kind]]]
    """The variables that have no value before the loop."""
    filled: dict[str, tuple[pytree.Tree, list[Kind]]]
    """Those of them that begin with a filler."""
    held: tuple[tuple[Storage, str | None], ...]
    """The arrays that the body writes to, and for each a variable that held it."""
    staying: frozenset[str] = frozenset()


class _Guesses(threading.local):
    by_code: dict[CodeType, Guess | None] | None = None
    """
    By the code of a body, while a loop around is traced: no trace depends on an earlier one. None
    in place of a guess that was wrong.
    """


guesses = _Guesses()


def guess_of(
    body: Part, slots: dict[str, Slot], held: list[Storage], surroundings: Surroundings
) -> Guess | None:
    """None for a loop that writes to an array that the body reaches in no way of its own."""
    reached = {x.storage for x in surroundings.arrays}
    if not reached.issuperset(held):
        return None
    names = {x.storage: name for name, x in array_variables(body).items()}
    undefined = {n: (s.tree, list(s.kinds)) for n, s in slots.items() if not s.is_defined}
    filled = {n: (s.tree, list(s.kinds)) for n, s in slots.items() if s.is_filled}
    return Guess(
        tuple(n for n, s in slots.items() if s.is_defined and not s.is_filled),
        undefined,
        filled,
        tuple((s, names.get(s)) for s in held),
        frozenset(staying(slots)),
    )


def staying(slots: dict[str, Slot]) -> list[str]:
    return [name for name, slot in slots.items() if slot.stays]


def take_staying(names: Iterable[str], slots: dict[str, Slot]) -> bool:
    """
    Lets the loop carry whether these variables are still the arrays from before the loop. False if
    it does so already, or cannot.
    """
    found = [slots[name] for name in names if name in slots]
    if not found or any(slot.stays or not can_stay(slot) for slot in found):
        return False
    for slot in found:
        slot.stays = True
    return True


def can_stay(slot: Slot) -> bool:
    """Whether a variable begins as an array of the type that it has in each turn."""
    if len(slot.kinds) != 1 or slot.is_shared or slot.is_filled or not slot.is_defined:
        return False
    (kind,), (init,) = slot.kinds, slot.inits
    is_array = isinstance(init, Array) and slot.tree.unflatten([init]) is init
    return is_array and len(init.shape) > 0 and (init.shape, init.dtype) == (kind.shape, kind.dtype)


def array_variables(body: Part) -> dict[str, Array]:
    """The variables around a body that hold arrays now."""
    cells = zip(body.__code__.co_freevars, body.__closure__ or ())
    values = {name: variables.value_at(cell, name) for name, cell in cells}
    return {name: x for name, x in values.items() if isinstance(x, Array)}


def order(slots: dict[str, Slot], names: Iterable[str]) -> None:
    """Brings the slots into the order of the variables, which the arguments of a body have."""
    ordered = {name: slots[name] for name in names if name in slots}
    slots.clear()
    slots.update(ordered)


def carry_lists(
    changed: Sequence[list[Any]], before: dict[str, Any], slots: dict[str, Slot]
) -> bool:
    """
    Makes slots for variables that hold lists which a turn changes before it assigns another list:
    `hist.append(x); hist = hist[-3:]`. Each turn then has a list of its own. False if no variable
    holds such a list.
    """
    found = False
    for name, value in before.items():
        if name in slots or variables.is_own(name) or not any(value is one for one in changed):
            continue
        inits, tree = leaf_kinds.flatten(value, name)
        slots[name] = Slot(tree, list(map(leaf_kinds.kind_of, inits)), inits)
        found = True
    return found


def unfilled(slots: dict[str, Slot]) -> list[str]:
    """The variables that begin without a value, and that a turn may hand on as they are."""
    return [
        name
        for name, slot in slots.items()
        if not slot.is_defined and not variables.is_own(name) and name in variables.filled.names
    ]


def storages_of(x: Any) -> Sequence[Storage]:
    """The storages that a value before the loop may be in."""
    return storages.roots(storages.of(x)) if isinstance(x, Array) and x.shape else ()
