"""
The arrays that a traced part can reach and write to: a snapshot of their contents.
"""

from __future__ import annotations

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
        if found and (not is_same or home is None or not home.encloses(tracing.current())):
            # The array is a choice that the side made, or one of another dtype.
            return storages.watching(joined, [s for side in outer for s in side], MAY_BE_A_VIEW)
        arrays.append(x if found else storages.fresh(joined))
    return storages.choice(mask, arrays[0], arrays[1], joined)


def read_only(value: Array, sources: Iterable[Storage]) -> Array:
    """The content of an array, which may be that of `sources`, as an array that refuses writes."""
    return storages.watching(value, sources, MAY_BE_A_VIEW)


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
