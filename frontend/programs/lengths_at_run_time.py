"""
Arrays whose number of rows depends on values: `h = h[1:]` in a `while`, or under a condition.

Where two ways through a program give a variable arrays that differ in their first dimension only,
the variable holds a part of an array with a place for each row that there may be, and a mask. All
that a program can do with the elements that a traced mask chose (`masked.Masked`), it can do with
this part. A condition and a loop carry the array and the mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops, pytree, tracing
from ..array_views import storages
from ..array_views.storages import Storage
from ..masked import Masked
from ..tracing import Array, Number

_Sides = Sequence[tracing.Scope]


class Sized(Masked):
    """A part that conditions and loops carry. Its mask has one dimension."""

    def __init__(self, whole: Array, mask: Array):
        super().__init__(whole, mask)
        self.shares = True  # The variable may hold the array of another one, as before.


pytree.REGISTERED[Sized] = (
    lambda x: ((x.whole, x.mask), None),
    lambda _, parts: Sized(*parts),
)


def is_array(x: Any) -> bool:
    """Whether a value is an array with rows, or a part of one."""
    if isinstance(x, Masked):
        return True
    return isinstance(x, Array | np.ndarray) and not isinstance(x, Number) and x.ndim > 0


def rows_of(x: Any) -> int:
    """How many rows an array may have."""
    return x.mask.size if isinstance(x, Masked) else x.shape[0]


def _row(x: Any) -> tuple[int, ...]:
    """The shape of a row."""
    shape = x.whole.shape[x.mask.ndim :] if isinstance(x, Masked) else x.shape[1:]
    return tuple(shape)


def differ(a: Any, b: Any) -> bool:
    """Whether two values are arrays of like rows, and may have different numbers of them."""
    if not is_array(a) or not is_array(b) or _row(a) != _row(b):
        return False
    return isinstance(a, Masked) or isinstance(b, Masked) or a.shape[0] != b.shape[0]


def sized(x: Any, places: int) -> Sized:
    """An array or a part as a part with so many places, which are not fewer than its own."""
    if isinstance(x, Masked):
        whole = ops.reshape(ops.number(x.whole), (x.mask.size, *_row(x)))
        mask = ops.reshape(ops.number(x.mask), (x.mask.size,))
    else:
        whole = ops.number(ops.lift(x))
        mask = tracing.constant(np.ones(whole.shape[0], np.bool_))
    more = places - whole.shape[0]
    if more:
        zeros = np.zeros((more, *whole.shape[1:]), whole.dtype)
        whole = ops.lift(np.concatenate([whole, tracing.constant(zeros)]))
        mask = ops.lift(np.concatenate([mask, tracing.constant(np.zeros(more, np.bool_))]))
    return Sized(whole, mask)


def storages_of(x: Any) -> tuple[Storage, ...]:
    """The storages whose memory an array or a part of one is, or may be."""
    whole = x.whole if isinstance(x, Masked) else x
    if not isinstance(whole, Array) or storages.is_number(whole):
        return ()
    return storages.roots(storages.of(whole))


def outside(x: Any, scope: tracing.Scope) -> list[Storage]:
    """Those of them from outside of a scope: a write to these would show in the array."""
    return [s for s in storages_of(x) if s.home is not scope and s.home.encloses(scope)]


def part(x: Any) -> Masked:
    return x if isinstance(x, Masked) else sized(x, x.shape[0])


def packed(x: Masked, places: int) -> tuple[Sized, Array]:
    """The first rows of a part, in so many places; and whether there are more rows than places."""
    count: Any = np.sum(x.mask, dtype=np.int64)
    whole: Any = x.front()
    mask: Any = np.less(np.arange(places), count)
    return Sized(ops.lift(whole[:places]), ops.lift(mask)), np.greater(count, places)


def alike(values: Sequence[Any], scopes: _Sides, contents: Sequence[dict[int, Array]]) -> list[Any]:
    """
    The values of a variable behind the two sides of a condition. `contents` has the arrays that a
    side wrote to, as they are at its end.
    """
    if not differ(*values):
        return list(values)
    places = max(map(rows_of, values))
    found = []
    for x, scope, written in zip(values, scopes, contents):
        with tracing.within(scope):
            found.append(sized(written.get(id(x), x), places))
    return found
