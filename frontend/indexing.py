"""
Indexing of traced arrays: `x[i, 1:, ..., None, [0, 2], j]`, by NumPy's rules.

This module checks the indices that are known during the trace (ints, slices, NumPy arrays, masks).
Negative ones count from the end. An integer that the program computes counts from the end, too,
where it is negative; beyond the array, the result is 0. An index of a comprehension is used as it
is. docs/indices.md has the rule.

Slices come first (`ten.slice`, `ten.reverse`). Then `ten.index` reads scalar indices, which move to
the front. If the key contains an array, all arrays and integers form one index map: a `ten.gather`
over their common shape. NumPy's rule places this shape in the result: in the place of the indices
if they are neighbours, otherwise in front.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import ops, tracing
from .array_views import storages
from .array_views.view_steps import Box, Flip, Shape, Step
from .ops import INT64
from .tracing import Array, constant
from .user_code import located

DEPENDS = (
    "indexing with a traced mask gives a result whose shape depends on values; "
    "use np.where(mask, a, b), or a NumPy mask"
)


@dataclass
class Advanced:
    """
    One index of a gather: an integer or an array of integers, traced or not. Or a 0-d mask, which
    indexes no dimension.
    """

    index: Any
    dim: int | None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.index.shape) if hasattr(self.index, "shape") else ()


def get(x: Array, key: Any) -> Array:
    """
    x[key].

    Errors: `IndexError` for too many indices, or for a static index out of bounds; `TypeError` for
    traced masks and slices.
    """
    base = x
    x = ops.number(x)
    items = expanded(x, key)
    if any(_is_array(item) for item in items):
        return _gathered(x, items)
    result, axes = _basic(x, items)
    if not result.shape and Ellipsis not in items:
        return storages.fresh(result)  # a number, and no view
    found = storages.view(base, result, *steps_of(x.shape, items, axes))
    found.origin = base, key
    return found


def expanded(x: Array, key: Any) -> list[Any]:
    """The items of a key, in their normal forms, with full slices for what the key leaves out."""
    parts = key if isinstance(key, tuple) else (key,)
    return _expanded(x, [_normal(item) for item in parts])


def is_basic(items: Sequence[Any]) -> bool:
    """Whether NumPy takes a view for these items: they contain no array."""
    return not any(_is_array(item) for item in items)


def resolved(shape: tuple[int, ...], items: Sequence[Any]) -> list[Any]:
    """The index of each dimension: a slice, a checked int, or a traced `index`."""
    return [
        _static(item, n, d)
        if isinstance(item, int)
        else ops.as_index(item, n)
        if isinstance(item, Array)
        else item
        for d, (item, n) in enumerate(zip(_axes(items), shape))
    ]


def _axes(items: Sequence[Any]) -> list[Any]:
    return [item for item in items if item is not None and item is not Ellipsis]


def steps_of(shape: tuple[int, ...], items: Sequence[Any], axes: Sequence[Any]) -> list[Step]:
    """The steps to the view at basic items, whose `axes` are resolved."""
    offsets: list[Any] = []
    sizes, strides, flipped = [], [], []
    for d, (item, n) in enumerate(zip(axes, shape)):
        if isinstance(item, slice):
            place = _range(item, n)
            if place.step < 0:
                place = place[::-1]
                if len(place) > 1:
                    flipped.append(d)
            offsets.append(place.start if len(place) else 0)
            sizes.append(len(place))
            strides.append(place.step if len(place) > 1 else 1)
        else:
            offsets.append(item)
            sizes.append(1)
            strides.append(1)
    steps: list[Step] = [Box(tuple(offsets), tuple(sizes), tuple(strides))]
    if flipped:
        steps.append(Flip(tuple(flipped)))
    rest = iter([n for n, item in zip(sizes, axes) if isinstance(item, slice)])
    final = tuple(
        1 if item is None else next(rest)
        for item in items
        if item is None or isinstance(item, slice)
    )
    return [*steps, Shape(final)]


def _normal(item: Any) -> Any:
    """
    The item as None, Ellipsis, a slice, a Python int, a NumPy array of ints or bools, or a traced
    array of ints.
    """
    if item is None or item is Ellipsis or isinstance(item, slice):
        return item
    if isinstance(item, list | tuple | range):
        item = ops.join(item, INT64 if not len(item) else None)
    if isinstance(item, Array):
        if item.dtype.kind == "b":
            raise located(TypeError, DEPENDS)
        if item.dtype.kind not in "iu":
            raise located(
                IndexError, f"arrays used as indices must be of integer type, not {item.dtype}"
            )
        return ops.signed_index(item)
    if isinstance(item, bool | np.bool_):
        return np.asarray(item)
    if isinstance(item, np.ndarray):
        if item.dtype.kind not in "iub":
            raise located(
                IndexError,
                f"arrays used as indices must be of integer (or boolean) type, not {item.dtype}",
            )
        return item if item.ndim or item.dtype.kind == "b" else int(item)
    try:
        return operator.index(item)
    except TypeError:
        raise located(
            IndexError,
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and "
            "integer or boolean arrays are valid "
            f"indices, not {item!r}",
        ) from None


def _is_array(item: Any) -> bool:
    return isinstance(item, np.ndarray) or (isinstance(item, Array) and item.ndim > 0)


def _consumed(item: Any) -> int:
    """How many dimensions of the array an index uses up."""
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype.kind == "b" else 1


def _expanded(x: Array, items: list[Any]) -> list[Any]:
    """
    The items, with full slices for the ellipsis. The ellipsis itself stays before these slices as a
    mark that separates its neighbours.
    """
    marks = [k for k, item in enumerate(items) if item is Ellipsis]
    if len(marks) > 1:
        raise located(IndexError, "an index can only have a single ellipsis ('...')")
    taken = sum(map(_consumed, items))
    if taken > x.ndim:
        raise located(
            IndexError,
            f"too many indices for array: array is {x.ndim}-dimensional, but {taken} were indexed",
        )
    rest = [slice(None)] * (x.ndim - taken)
    if not marks:
        return [*items, *rest]
    return [*items[: marks[0]], Ellipsis, *rest, *items[marks[0] + 1 :]]


def _static(i: int, n: int, d: int) -> int:
    if not -n <= i < n:
        raise located(IndexError, f"index {i} is out of bounds for axis {d} with size {n}")
    return i % n if n else i


def _range(item: slice, n: int) -> range:
    try:
        return range(n)[item]
    except TypeError:
        raise located(
            TypeError,
            "a slice with traced bounds has no static shape; use lg.build, lg.gather or np.where",
        ) from None
    except ValueError as error:
        raise located(ValueError, str(error)) from None


def _sliced(x: Array, places: list[range | None]) -> Array:
    """The elements at these places along each dimension; None means all places."""
    offsets, sizes, strides, backwards = [], [], [], []
    for d, (n, place) in enumerate(zip(x.shape, places)):
        place = range(n) if place is None else place
        if place.step < 0:
            place = place[::-1]
            backwards.append(d)
        offsets.append(place.start if len(place) else 0)
        sizes.append(len(place))
        strides.append(place.step if len(place) > 1 else 1)
    x = ops.slice_(x, offsets, sizes, strides)
    return ops.reverse(x, [d for d in backwards if x.shape[d] > 1])


def _basic(x: Array, items: list[Any]) -> tuple[Array, list[Any]]:
    """x[items] for ints, traced scalars, slices and None; and the resolved indices."""
    items = [item for item in items if item is not Ellipsis]
    axes = [item for item in items if item is not None]
    traced = any(isinstance(item, Array) for item in axes)
    axes = [
        _static(item, n, d) if isinstance(item, int) else item
        for d, (item, n) in enumerate(zip(axes, x.shape))
    ]
    whole = [
        isinstance(item, slice) and _range(item, n) == range(n) for item, n in zip(axes, x.shape)
    ]
    scalars = [d for d, item in enumerate(axes) if not isinstance(item, slice)]
    leading = scalars == list(range(len(scalars))) and all(whole[len(scalars) :])

    places = [
        _range(item, n)
        if isinstance(item, slice)
        else None
        if traced or leading
        else range(item, item + 1)
        for item, n in zip(axes, x.shape)
    ]
    x = _sliced(x, places)
    if traced or leading:
        perm = [*scalars, *(d for d in range(x.ndim) if d not in scalars)]
        places = [ops.as_index(axes[d], x.shape[d]) for d in scalars]
        axes = [
            places[scalars.index(d)] if isinstance(item, Array) else item
            for d, item in enumerate(axes)
        ]
        x = ops.index(ops.transpose(x, perm), places)
        rest = iter(x.shape)
    else:
        rest = iter([n for d, n in enumerate(x.shape) if d not in scalars])
    shape = [
        1 if item is None else next(rest)
        for item in items
        if item is None or isinstance(item, slice)
    ]
    return ops.reshape(x, shape), axes


def _gathered(x: Array, items: list[Any]) -> Array:
    """x[items] for all kinds of items, at least one of them an array."""
    advanced: list[Advanced] = []
    places: list[range | None] = []
    kept: list[int | None] = []  # the dimensions of x that stay, None for new ones, in order
    position = None  # how many of them stand before the indices
    runs, inside = 0, False
    for item in items:
        d = len(places)
        if item is None or item is Ellipsis or isinstance(item, slice):
            inside = False
            if item is None:
                kept.append(None)
            elif item is not Ellipsis:
                kept.append(d)
                places.append(_range(item, x.shape[d]))
            continue
        runs += not inside
        inside = True
        position = len(kept) if position is None else position
        found = _indices(item, x, d)
        advanced += found
        places += [None] * sum(a.dim is not None for a in found)

    shape = tracing.broadcast_shape(*(a.shape for a in advanced))
    x = _sliced(x, places)
    front = [a.dim for a in advanced if a.dim is not None]
    stay = [d for d in kept if d is not None]
    source = ops.transpose(x, [*front, *stay])
    result = ops.gather(shape, source, _index_map(advanced, shape, x.shape))

    before = [d for d in kept[: position if runs == 1 else 0] if d is not None]
    moved = len(before)
    rank = len(shape)
    perm = [*range(rank, rank + moved), *range(rank), *range(rank + moved, result.ndim)]
    result = ops.transpose(result, perm)
    sizes = [1 if d is None else x.shape[d] for d in kept]
    at = (position or 0) if runs == 1 else 0
    return ops.reshape(result, [*sizes[:at], *shape, *sizes[at:]])


def _indices(item: Any, x: Array, d: int) -> list[Advanced]:
    """
    The indices of one item of the key, from dimension d on. Static indices are checked, and not
    negative.
    """
    if isinstance(item, int):
        return [Advanced(_static(item, x.shape[d], d), d)]
    if isinstance(item, Array):
        return [Advanced(item, d)]
    if item.dtype.kind == "b":
        if not item.ndim:
            return [Advanced(np.zeros(int(item), np.int64), None)]
        for k, (m, n) in enumerate(zip(item.shape, x.shape[d:])):
            if m != n:
                raise located(
                    IndexError,
                    f"boolean index did not match indexed array along axis {d + k}; size of "
                    f"axis is {n} but size of "
                    f"corresponding boolean axis is {m}",
                )
        return [Advanced(where, d + k) for k, where in enumerate(item.nonzero())]
    n = x.shape[d]
    low, high = (item.min(), item.max()) if item.size else (0, -1)
    if low < -n or high >= n:
        outside = item[(item < -n) | (item >= n)]
        raise located(
            IndexError, f"index {outside.flat[0]} is out of bounds for axis {d} with size {n}"
        )
    item = item.astype(np.int64, copy=False)
    return [Advanced(np.where(item < 0, item + n, item) if low < 0 else item, d)]


def _index_map(advanced: Sequence[Advanced], shape: tuple[int, ...], sizes: tuple[int, ...]) -> Any:
    """The function from a place in the common shape to the indices there, into dims of `sizes`."""
    sources: list[tuple[Array, int]] = []
    for a in advanced:
        if a.dim is None:
            continue
        table = constant(a.index) if isinstance(a.index, np.ndarray) else a.index
        # This op stands outside of the region, so that the program computes it once.
        place = table if _is_array(table) else ops.as_index(table, sizes[a.dim])
        sources.append((place, sizes[a.dim]))

    def index_map(*args: Array) -> list[Array]:
        indices = []
        for source, size in sources:
            if not source.shape:
                indices.append(source)
                continue
            own = args[len(shape) - source.ndim :]
            places = [tracing.constant_index(0) if n == 1 else i for i, n in zip(own, source.shape)]
            indices.append(ops.as_index(ops.index(source, places), size))
        return indices

    return index_map
