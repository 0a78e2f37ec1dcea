"""
Variables of a loop that hold the same array, or parts of it.

A loop carries a variable by its value. That is the whole truth as long as nobody writes to the
array under another name. So a body may write to the array of a carried variable only where letgrad
knows who else holds this array: where the turn hands the array on to a variable (`a, b = b, a`), or
where the array comes from the turn before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .. import tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..tracing import Array, Scope
from . import leaf_kinds, written_arrays
from .leaf_kinds import Unalike
from .loop_slots import Slot, Trial

MOST_TURNS = 12
"""Through so many turns letgrad follows an array, in a loop of an unknown number of turns."""


class Stays(Unalike):
    """A turn writes to the array of a variable, which may be the one from before the loop."""

    def __init__(self, text: str, names: Iterable[str]):
        super().__init__(text)
        self.names = tuple(names)


class Shared(Unalike):
    """Another variable may hold the array that a variable has in a turn."""

    def __init__(self, text: str, name: str):
        super().__init__(text)
        self.name = name


def may_stay(old: Any, new: Any) -> bool:
    """Whether a variable is after a turn its array from before, or another one, by a condition."""
    if not isinstance(new, Array) or new.storage is None or new.storage.choice is None:
        return False
    return not set(roots_of(new)).isdisjoint(roots_of(old))


def arrays(value: Any) -> list[Array]:
    """The arrays in a value, and those that an array may be by a condition."""
    try:
        leaves, _ = leaf_kinds.opened(value)
    except TypeError:
        return []
    found: list[Array] = []
    for leaf in leaves:
        if isinstance(leaf, Array) and leaf.shape:
            found.append(leaf)
            if leaf.storage is not None and leaf.storage.choice is not None:
                found += arrays(leaf.storage.choice[1:])
    return found


def is_view(value: Any, scope: Scope) -> bool:
    """Whether a value after a turn is a part of an array, or an array from outside of the turn."""
    if not isinstance(value, Array) or not value.shape:
        return False
    return bool(value.steps) or written_arrays.is_outer(value, scope)


def exchanged(
    scope: Scope,
    given: dict[str, Any],
    after: dict[str, Any],
    before: dict[str, Any],
    written: Iterable[Storage],
    is_later: bool,
    staying: Iterable[str],
) -> dict[str, str]:
    """
    For the variables that exchange arrays in a turn and write to these: the variable that had the
    array at the start of the turn. `given` and `after` are the values of variables at the start and
    at the end, and `before` those before the loop. `staying` are the variables for which the loop
    carries whether they are still the arrays from before it.

    Errors: `Unalike` for a turn that writes to an array that has two names.
    """
    outer = set(written)
    for name in staying:
        _check_alone(name, given, after)
    given = {name: x for name, x in given.items() if name not in set(staying)}
    for name in given:
        for x in (*arrays(before[name]), *arrays(after[name])):
            # A variable that the turn does not assign keeps the array itself, and not its value.
            if x.storage is not None and outer & set(storages.roots(x.storage)):
                text = f"the variable {name} is an array that the body writes to, or a part"
                raise Stays(text, [name])
    owner = {storages.of(x): name for name in given for x in arrays(given[name])}
    changed = {name for storage, name in owner.items() if storage.writes}
    if not changed:
        return {}
    bound = {}
    for name in given:
        x = after[name]
        if isinstance(x, Array) and x.storage in owner and not x.steps:
            bound[name] = owner[x.storage]
    closed = set(bound) == set(bound.values())
    for name in changed:
        if not (closed and name in bound) and not (
            is_later and _is_alone(name, after, owner) and _is_one(before[name])
        ):
            text = (
                f"the body writes to the array of the variable {name}, and then gives the variable "
                "another array"
            )
            raise Stays(text, [name])
    if not (changed & set(bound)):
        return {}
    entries = {name: before[name] for name in bound}
    found: set[Any] = set()
    for name, x in entries.items():
        others = [v for other, v in before.items() if other != name]
        if (
            not isinstance(x, Array)
            or x.steps
            or (storage := storages.of(x)) in found
            or any(y is x or y.storage is storage for v in others for y in arrays(v))
        ):
            raise Unalike(f"the array of the variable {name} has another name too")
        found.add(storage)
    return bound


def check_readers(entries: dict[str, Any], readers: Sequence[Any]) -> None:
    """
    Errors: `Unalike` if a turn reads an array that variables exchange by a variable that the loop
            does not carry: an earlier turn may have written to it under one of their names.
    """
    reached = {storage for x in readers for storage in roots_of(x)}
    for name, x in entries.items():
        if reached.intersection(roots_of(x)):
            raise Unalike(f"the array of the variable {name} has another name too")


def _check_alone(name: str, given: dict[str, Any], after: dict[str, Any]) -> None:
    """
    Errors: `Unalike` if another variable holds an array that a variable has in the turn, or a part:
            the next turn writes to this array under one of the names.
    """
    start = storages.of(given[name])
    assert start.choice is not None
    entry = storages.roots(storages.of(start.choice[1]))
    found = (*roots_of(after[name]), *roots_of(given[name]))
    own = {s for x in found for s in (x, *storages.possible(x))}.difference(entry)
    for other, value in after.items():
        if other != name and own.intersection(roots_of(value)):
            text = f"the variables {name} and {other} may be one array"
            raise Shared(text, name)


def roots_of(value: Any) -> list[Storage]:
    """The storages whose memory the arrays of a value have, or may have."""
    found = [storages.of(x) for x in arrays(value)]
    return [r for s in found for r in (s, *storages.roots(s))]


def stays(name: str, after: Any, start: Array) -> Any:
    """
    Whether a variable is after a turn the array from before the loop, a bool or a traced one.
    `start` is the variable at the start of the turn: the array from before the loop, or one that a
    turn made.

    Errors: `Shared` for another array from outside of the turn, or a part of one.
    """
    storage = storages.of(start)
    assert storage.choice is not None
    flag, entry, _ = storage.choice
    if not isinstance(after, Array) or after.storage is None:
        return False
    if after.storage is storage and not after.steps:
        return flag
    if after.storage is storages.of(entry) and after.steps == entry.steps:
        return True
    if after.storage.choice is not None and not after.steps:
        mask, *sides = storages.choice_of(after.storage)
        a, b = (stays(name, x, start) for x in sides)
        return a if a is b else np.where(mask, a, b)
    is_known = not set(roots_of(after)).isdisjoint(roots_of(start))
    if is_known or after.steps or written_arrays.is_outer(after, tracing.current()):
        raise Shared(f"the variable {name} may be another array in each turn, or a part", name)
    return False


def _is_one(value: Any) -> bool:
    """Whether the arrays of a value are not one array or another by a condition."""
    return all(
        x.storage is None or storages.roots(x.storage) == (x.storage,) for x in arrays(value)
    )


def _is_alone(name: str, after: dict[str, Any], owner: dict[Any, str]) -> bool:
    """Whether no other variable holds the array that a variable has after the turn."""
    own = arrays(after[name])
    mine = {
        s for x in own if x.storage is not None for s in (x.storage, *storages.possible(x.storage))
    }
    others = [x for other, value in after.items() if other != name for x in arrays(value)]
    if any(y is x or storages.any_shared(y.storage, mine) for x in own for y in others):
        return False
    return not any(
        x.steps or (x.storage is not None and owner.keys() & set(storages.roots(x.storage)))
        for x in own
    )


def storages_at_start(trial: Trial) -> set[Storage]:
    """The storages that the carried variables hold at the start of a turn."""
    return {storages.of(x) for value in trial.given.values() for x in arrays(value)}


def after(bound: dict[str, str], name: str, turns: int) -> str:
    """The variable whose array a variable has after so many turns."""
    cycle = [name]
    while (following := bound[cycle[-1]]) != name:
        cycle.append(following)
    return cycle[turns % len(cycle)]


def refuse(bound: dict[str, str]) -> None:
    """Errors: `Unalike` for an exchange of arrays in a loop whose number of turns is unknown."""
    if bound:
        raise Unalike(
            f"the variables {' and '.join(sorted(bound))} exchange arrays that the body writes to, "
            "and the number of turns is not known"
        )


def may_be_entries(
    slots: dict[str, Slot],
    trial: Trial,
    leaves: dict[str, list[Any]],
    count: int | None,
    at_least_one: bool,
) -> None:
    """
    Notes the arrays that may be, after `count` turns, those that the loop began with. A
    variable hands its array on to others in each turn, and keeps it if there is no turn.
    """
    entries: dict[Storage, Any] = {}
    following: dict[Storage, set[Storage]] = {}
    holders: list[tuple[Array, set[Storage], Storage]] = []
    for name, slot in slots.items():
        given, _ = leaf_kinds.opened(trial.given[name])
        after, _ = leaf_kinds.opened(trial.after[name])
        for x, y, init, leaf in zip(given, after, slot.inits, leaves[name]):
            if not (isinstance(x, Array) and isinstance(y, Array) and x.shape):
                continue
            found = set(storages.possible(storages.of(y)))
            following[storages.of(x)] = found
            if isinstance(init, Array):
                entries[storages.of(x)] = init
            if name not in trial.exchanged:
                holders.append((leaf, found, storages.of(x)))
    for leaf, found, own in holders:
        turn, before = 1, found & entries.keys()
        if before and not at_least_one and own in entries:
            before = before | {own}
        while before and turn < (count or MOST_TURNS):
            older = {s for x in before for s in following[x]} & entries.keys()
            before = older if count is not None else before | older
            turn += 1
        inits = [storages.of(entries[s]) for s in before]
        storages.may_be_one(leaf, [r for init in inits for r in storages.roots(init)])


def may_be_one_another(
    slots: dict[str, Slot], trial: Trial, leaves: dict[str, list[Any]], count: int | None
) -> None:
    """
    Notes which of the arrays that the variables hold after `count` turns may be one array: the last
    turn gave it to both, or an earlier turn did, and the later turns handed it on.

        x = step(x)
        if cost(x) < cost(best):
            best = x
    """
    following: dict[Storage, set[Storage]] = {}
    entries: dict[Storage, set[Storage]] = {}
    holders: list[Array] = []
    now: list[set[Storage]] = []
    for name, slot in slots.items():
        given, _ = leaf_kinds.opened(trial.given[name]) if name in trial.given else ([], None)
        after, _ = leaf_kinds.opened(trial.after[name])
        for k, (y, leaf) in enumerate(zip(after, leaves[name], strict=True)):
            if not (isinstance(y, Array) and y.shape and isinstance(leaf, Array)):
                continue
            found = set(storages.possible(storages.of(y)))
            holders.append(leaf)
            now.append(found)
            x = given[k] if k < len(given) else None
            if isinstance(x, Array) and x.shape:
                following[storages.of(x)] = found
                init = slot.inits[k]
                if isinstance(init, Array) and init.shape:
                    entries[storages.of(x)] = set(storages.possible(storages.of(init)))
    pairs: set[tuple[int, int]] = set()
    for turn in range(1, min(count or MOST_TURNS, MOST_TURNS) + 1):
        known = [found | _of_entries(found, entries) for found in now]
        is_first = count is None or count > MOST_TURNS or turn == count
        pairs |= _meeting(known if is_first else now)
        now = [{s for x in found & following.keys() for s in following[x]} for found in now]
    for i, j in pairs:
        a, b = storages.of(holders[i]), storages.of(holders[j])
        if a is not b:
            storages.may_be_one(holders[i], storages.roots(b))


def _of_entries(found: set[Storage], entries: dict[Storage, set[Storage]]) -> set[Storage]:
    """The storages from before the loop that these arrays at the start of a turn may have."""
    return {s for x in found & entries.keys() for s in entries[x]}


def _meeting(found: list[set[Storage]]) -> set[tuple[int, int]]:
    """The pairs of sets that have something in common."""
    places: dict[Storage, list[int]] = {}
    for k, own in enumerate(found):
        for s in own:
            places.setdefault(s, []).append(k)
    return {pair for ks in places.values() for pair in itertools.combinations(ks, 2)}
