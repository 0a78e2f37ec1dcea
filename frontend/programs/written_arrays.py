"""
The arrays that a traced part can reach and write to: a snapshot of their contents.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .. import tracing
from ..array_views import storages, viewing
from ..array_views.storages import State, Storage
from ..tracing import Array, Scope

States = tuple[dict[Storage, State], dict[Storage, np.ndarray], dict[Storage, tuple]]


def snapshot(arrays: Iterable[Array]) -> States:
    """
    The contents of all storages of some arrays. An array that a program may write to, but that has
    no storage yet, gets one: otherwise nobody would know its content from before the first write.
    """
    own = [storages.of(a) for a in arrays if not storages.is_number(a)]
    found = list(dict.fromkeys(s for o in own for s in (o, *storages.roots(o))))
    # Writes of known values change a known content in place.
    known = {s: s.known.copy() for s in found if s.known is not None}
    return storages.snapshot(found), known, {s: s.rivals for s in found}


def restore(states: States) -> None:
    before, known, rivals = states
    storages.restore(before)
    for storage, own in rivals.items():
        storage.rivals = own  # Others belong to arrays that nobody has any more.
    for storage, content in known.items():
        assert storage.known is not None
        storage.known[...] = content


def changed(states: States) -> bool:
    """Whether somebody wrote to one of the storages since `snapshot`."""
    return storages.snapshot(states[0]) != states[0]


MAY_BE_A_VIEW = (
    "this array is one array or another by a condition, or by the turns of a loop, and a write "
    "would have to show in the right one; write to x.copy()"
)


def outer_storages(value: Any, scope: Scope) -> list[Storage]:
    """The storages from outside of a scope whose memory a value is, or may be."""
    if not isinstance(value, Array) or storages.is_number(value):
        return []
    return [
        s
        for s in storages.possible(storages.of(value))
        if s.home is not scope and s.home.encloses(scope)
    ]


def is_outer(value: Any, scope: Scope) -> bool:
    """Whether a value is an array from outside of a scope, or a view of one."""
    return bool(outer_storages(value, scope))


def owners(sides: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """
    A key for the storages that a variable holds on each way through a program. Variables with one
    key hold one array. None for variables that hold no whole array of this type.
    """
    found = []
    for x in sides:
        if not isinstance(x, Array) or storages.is_number(x) or x.steps:
            return None
        if (x.shape, x.dtype) != (shape, dtype):
            return None
        found.append(storages.of(x))
    return tuple(found)


def chosen(mask: Array, sides: Sequence[Any], scopes: Sequence[Scope], joined: Array) -> Array:
    """
    The array after a condition. `sides` are the arrays after its two sides, one or both of them
    from outside, and `joined` is the content of the right one.
    """
    outer = [outer_storages(x, scope) for x, scope in zip(sides, scopes)]
    arrays = []
    for x, found in zip(sides, outer):
        is_same = isinstance(x, Array) and (x.dtype, x.shape) == (joined.dtype, joined.shape)
        home = storages.of(x).home if found else None
        if found and (
            not is_same
            or home is None
            or not home.encloses(tracing.current())
            or not _is_reachable(x)
        ):
            # The array is a choice that the side made, a part that only the side knows, or one of
            # another dtype.
            return storages.watching(joined, [s for side in outer for s in side], MAY_BE_A_VIEW)
        arrays.append(x if found else storages.fresh(joined))
    for x, other in (arrays, arrays[::-1]):
        if _is_one_or_nobody(x, other):
            return other
    return storages.choice(mask, arrays[0], arrays[1], joined, True)


NOWHERE = object()
"""In the key of `owners`: a way on which the variable has no value."""


class Held:
    """
    The array that a variable holds at the end of side k of a condition. On the other side the
    variable has no value, and nobody reads it or writes to it there.

    `masks` are traced bools of the side: the variable has a value, and the array is `array`, where
    all of them hold.
    """

    def __init__(self, value: Array, k: int, scope: Scope):
        self.k, self.scope = k, scope
        self.array, self.masks = value, list[Array]()
        while self._has_one_side():
            mask, *sides = storages.choice_of(storages.of(self.array))
            first, second = sides
            is_second = storages.of(first).is_nobody
            self.masks.append(np.logical_not(mask) if is_second else mask)  # type: ignore[arg-type]
            steps, part = self.array.steps, self.array
            whole = second if is_second else first
            self.array = storages.lazy(whole, part.shape, steps, part.dtype) if steps else whole
        self.outer = outer_storages(self.array, scope)
        storage = storages.of(self.array)
        key = (storage, NOWHERE)
        self.base = key if k == 0 else key[::-1]
        self.owner = None if self.array.steps else self.base

    def _has_one_side(self) -> bool:
        """Whether the array is one that a condition in the side left without a value somewhere."""
        storage = storages.of(self.array)
        if storage.choice is None or storage.home is not self.scope:
            return False
        return any(storages.of(x).is_nobody for x in storage.choice[1:])

    def after(
        self, mask: Array, is_held: Array | None, joined: Array, made: dict[Any, Array]
    ) -> tuple[Array, Any]:
        """
        The array after the condition with this mask, and the owner that it is for others, or None.
        `is_held` is the traced bool that all `masks` hold. `joined` is the content, and `made` has
        the arrays of other variables by their owners.
        """
        own = [
            (NOWHERE in key, y)
            for key, y in made.items()
            if key != self.owner
            and any(a is b and a is not NOWHERE for a, b in zip(key, self.base))
        ]
        # A variable with a value on both sides comes first: the others are its array, too.
        whole = [y for _, y in sorted(own, key=lambda pair: pair[0])]
        storage, steps = storages.of(self.array), self.array.steps
        found: Array | None = None
        if storage.home is not self.scope and storage.home.encloses(tracing.current()):
            found = self.array
        elif whole and not self.outer:
            found = (
                storages.lazy(whole[0], joined.shape, steps, joined.dtype) if steps else whole[0]
            )
        elif not self.outer:
            return joined, self.owner
        if found is None or not _is_reachable(found):
            return read_only(joined, [*self.outer, *map(storages.of, whole)]), None
        nobody = storages.fresh(joined)
        storages.of(nobody).is_nobody = True
        sides = (found, nobody) if is_held is not None or self.k == 0 else (nobody, found)
        return storages.choice(mask if is_held is None else is_held, *sides, joined, True), None


def inner_storages(value: Any, scope: Scope) -> list[Storage]:
    """The storages that a scope made, and whose memory a value at its end is, or may be."""
    if not isinstance(value, Array) or storages.is_number(value):
        return []
    found = storages.possible(storages.of(value))
    return [s for s in found if s.home is scope or scope.encloses(s.home)]


def note_shared(found: Sequence[tuple[Sequence[Storage], Array]]) -> None:
    """
    Notes which arrays behind a condition may have memory in common that a side made. `found` has
    arrays with the storages of the sides. Arrays that follow each other already stay as they are.
    """
    places: dict[Storage, list[Array]] = {}
    for own, array in found:
        for s in own:
            places.setdefault(s, []).append(array)
    for arrays in places.values():
        for a, b in itertools.combinations(arrays, 2):
            x, y = storages.of(a), storages.of(b)
            if x is not y and set(storages.possible(x)).isdisjoint(storages.possible(y)):
                storages.may_be_one(a, [y])


def _is_reachable(value: Array) -> bool:
    """Whether no step to a view has an index that belongs to another region."""
    here = tracing.current()
    return all(
        x.scope is here or x.scope.encloses(here)
        for step in value.steps
        for x in getattr(step, "offsets", ())
        if isinstance(x, Array)
    )


def _is_one_or_nobody(x: Array, array: Array) -> bool:
    """
    Whether x, where it has a value, is another array. This keeps chains of choices short: each turn
    of a loop may put one on top, as `x = f(x)` in a `try` does, and without this twice.
    """
    choice = storages.of(x).choice
    if choice is None or x.steps:
        return False
    real = [y for y in choice[1:] if not storages.of(y).is_nobody]
    if len(real) != 1:
        return False
    (y,) = real
    return storages.of(y) is storages.of(array) and y.steps == array.steps


def read_only(value: Array, sources: Iterable[Storage]) -> Array:
    """The content of an array, which may be that of `sources`, as an array that refuses writes."""
    return storages.watching(value, sources, MAY_BE_A_VIEW)


def refused(leaf: Array, content: Array, sides: Iterable[Storage]) -> Array:
    """
    An array after a condition, with the memory of these storages of its sides. If one of them
    refuses writes, as that of an item of a list does, so does the array.
    """
    refusal = next((s.refusal for s in sides if s.refusal is not None), None)
    return leaf if refusal is None else storages.watching(content, [storages.of(leaf)], refusal)


def is_array(value: Any) -> bool:
    """Whether a program can write to a value under each of its names."""
    return isinstance(value, Array | np.ndarray) and value.ndim > 0


def entry_or_new(made: storages.Mask, entry: Any, new: Array, after: Array) -> Array:
    """
    A variable after a loop that may make no turn: `new`, the array that the last turn made, if the
    loop made one, and otherwise the array from before, `entry`. `after` is the content of the right
    one.
    """
    if isinstance(entry, np.ndarray):
        if (entry.shape, entry.dtype) != (after.shape, after.dtype):
            return storages.refusing(after, viewing.OTHERS)
        entry = storages.holding(entry, viewing.OTHERS)
    if (entry.shape, entry.dtype) != (after.shape, after.dtype):
        # Python would write to an array of another dtype.
        storages.may_be_one(new, storages.roots(storages.of(entry)))
        return new
    return storages.choice(made, new, entry, after, True)
