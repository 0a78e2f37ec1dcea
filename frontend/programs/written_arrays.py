"""
The arrays that a traced part can reach and write to: a snapshot of their contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import storages, tracing
from ..storages import State, Storage
from ..tracing import Array, Scope

States = tuple[dict[Storage, State], dict[Storage, np.ndarray]]


def snapshot(arrays: Iterable[Array]) -> States:
    """The contents of all storages of some arrays."""
    found = list(dict.fromkeys(a.storage for a in arrays if a.storage is not None))
    # Writes of known values change a known content in place.
    known = {s: s.known.copy() for s in found if s.known is not None}
    return storages.snapshot(found), known


def restore(states: States) -> None:
    before, known = states
    storages.restore(before)
    for storage, content in known.items():
        assert storage.known is not None
        storage.known[...] = content


MAY_BE_A_VIEW = (
    "this array is one array or another by a condition, or by the turns of a loop, and a write "
    "would have to show in the right one; write to x.copy()"
)


def is_outer(value: Any, scope: Scope) -> bool:
    """Whether a value is an array from outside of a scope, or a view of one."""
    if not isinstance(value, Array) or not value.shape:
        return False
    home = value.scope if value.storage is None else value.storage.home
    return home is not scope and home.encloses(scope)


def read_only(value: Array) -> Array:
    """The content of an array, as an array that refuses writes."""
    array = Array(value.value, value.shape, value.dtype, value.scope)
    scope = tracing.current()
    array.storage = Storage(
        array.shape, array.dtype, scope, array.value, array.scope, None, MAY_BE_A_VIEW
    )
    return array
