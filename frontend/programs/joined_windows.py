"""
Slices with computed bounds, one behind the other: `np.concatenate([x[n:], x[:n]])`.

Where the lengths add up to a known number, as in a rotation, the result is an array. Elsewhere it
is a part of an array with a mask, as the elements are that a traced mask chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..array_views import storages
from ..masked import Masked
from ..tracing import Array, Number
from . import weak_numbers
from .traced_bounds import Bound, range_of, sum_of
from .windows import FUNCTIONS, Window, refused


def _as_part(x: Any, name: str) -> Any:
    """A slice as a part of its data with a mask; so for those in a list. Other values stay."""
    if isinstance(x, list | tuple):
        return type(x)(_as_part(item, name) for item in x)
    if not isinstance(x, Window):
        return x
    if any(bounds is not None for bounds in x.bounds[1:]):
        refused(name)
    mask = ops.broadcast_to(ops.lift(x.mask((0,))).reshape(-1), x.data.shape[:1])
    return Masked(ops.number(ops.lift(x.data)), mask)


def _ends(x: Any) -> tuple[Bound, Bound] | None:
    """
    The first place of the rows, and the one behind the last. None if there may be fewer rows than
    none between these.
    """
    if not isinstance(x, Window):
        return 0, x.shape[0]
    if x.bounds[0] is None or any(bounds is not None for bounds in x.bounds[1:]):
        return None
    start, stop = (_between(bound, x.data.shape[0]) for bound in x.bounds[0])
    return (start, stop) if range_of(stop)[0] >= range_of(start)[1] else None


def _between(bound: Bound, n: int) -> Bound:
    """A bound that is beyond an axis of n places as the end of the axis."""
    low, high = range_of(bound)
    if low >= 0 and high <= n:
        return bound
    found = weak_numbers.number(np.clip(bound, 0, n), int)
    if isinstance(found, Number):
        found.limits = 0, n
    return found


def _rows(items: Sequence[Any]) -> Array | None:
    """The rows of some arrays and slices in one array; None if their number is not known."""
    parts = [x if isinstance(x, Window) else ops.lift(x) for x in items]
    ends = [_ends(x) if x.ndim else None for x in parts]
    if any(own is None for own in ends):
        return None
    bounds = [own for own in ends if own is not None]
    total = sum_of(*((1, stop) for _, stop in bounds), *((-1, start) for start, _ in bounds))
    if type(total) is not int:
        return None
    row = parts[0].data.shape[1:] if isinstance(parts[0], Window) else parts[0].shape[1:]
    dtype = np.result_type(*(x.dtype for x in parts))
    found: Any = ops.lift(np.zeros((total, *row), dtype))
    begin: Any = 0
    for x, (start, stop) in zip(parts, bounds):
        data: Any = x.data if isinstance(x, Window) else x
        if data.shape[1:] != row:
            return None
        if not data.shape[0]:
            continue
        end = begin + (stop - start)
        places: Any = np.arange(total)
        mask: Any = np.logical_and(places >= begin, places < end)
        moved = np.take(data, np.clip(places - begin + start, 0, data.shape[0] - 1), axis=0)
        found = np.where(np.reshape(mask, (total, *[1] * len(row))), moved, found)
        begin = end
    return storages.fresh(found)


def _joined(name: str, arrays: Sequence[Any], axis: Any, **kwargs: Any) -> Any:
    if arrays and axis is not None and not kwargs:
        if ops.axis(axis, np.ndim(arrays[0])) == 0 and (found := _rows(arrays)) is not None:
            return found
    return np.concatenate(_as_part(arrays, name), axis=axis, **kwargs)


def concatenate(arrays: Any, axis: Any = 0, **kwargs: Any) -> Any:
    """np.concatenate of arrays and slices with computed bounds. Errors: `TypeError` elsewhere."""
    return _joined("concatenate", list(arrays), axis, **kwargs)


def hstack(arrays: Any, **kwargs: Any) -> Any:
    """np.hstack of arrays and slices with computed bounds."""
    if all(np.ndim(x) == 1 for x in arrays):
        return _joined("hstack", list(arrays), 0, **kwargs)
    return np.hstack(_as_part(list(arrays), "hstack"), **kwargs)


def vstack(arrays: Any, **kwargs: Any) -> Any:
    """
    np.vstack of arrays and slices of rows. Errors: `TypeError` for a slice of a vector, which would
    be a row of computed length.
    """
    if any(isinstance(x, Window) and x.ndim == 1 for x in arrays):
        refused("vstack")
    rows: list[Any] = [
        x if isinstance(x, Window | Masked) else np.atleast_2d(ops.lift(x)) for x in arrays
    ]
    if any(isinstance(x, Masked) for x in rows):
        return np.vstack(_as_part(rows, "vstack"), **kwargs)
    return _joined("vstack", rows, 0, **kwargs)


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """np.append of arrays and slices with computed bounds."""
    parts: list[Any] = [x if isinstance(x, Window | Masked) else ops.lift(x) for x in (arr, values)]
    if any(isinstance(x, Masked) or (axis is None and np.ndim(x) > 1) for x in parts):
        return np.append(*_as_part(parts, "append"), axis=axis)
    if axis is None:
        parts = [x if isinstance(x, Window) else np.ravel(x) for x in parts]
    return _joined("append", parts, 0 if axis is None else axis)


def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """np.delete of a slice with computed bounds."""
    return np.delete(*_as_part((arr, obj), "delete"), axis=axis)


FUNCTIONS.update(
    {
        np.concatenate: concatenate,
        np.hstack: hstack,
        np.append: append,
        np.vstack: vstack,
        np.delete: delete,
    }
)
