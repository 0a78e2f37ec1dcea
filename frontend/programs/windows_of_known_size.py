"""
Slices with computed bounds as arrays of other shapes.

    x[a:b].reshape(3, 1)      # the shape says how many elements there are
    x[a:b][:, None]           # the new axis has the size 1
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..user_code import located
from .traced_bounds import Bounds
from .windows import FUNCTIONS, Window, refused

_NO_WRITE = (
    "letgrad cannot write to a slice with traced bounds through its other shape; write to the "
    "slice itself"
)


def _reshape(x: Any, shape: Any = None, order: str = "C", **kwargs: Any) -> Any:
    """
    The elements as an array of a known shape. With one size -1 beside sizes of 1, as in
    `reshape(-1, 1)`, a slice of a vector gets axes.

    Errors: `TypeError` for other shapes with -1.
    """
    shape = kwargs.pop("newshape", shape)
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    if kwargs or order != "C" or not all(isinstance(n, int | np.integer) for n in sizes):
        return refused("reshape")
    if any(bounds is not None for bounds in x.bounds[1:]):
        return refused("reshape")
    if -1 in sizes:
        if x.ndim != 1 or any(n not in (-1, 1) for n in sizes) or sizes.count(-1) > 1:
            return refused("reshape")
        return _of_shape(x, [x.data.shape[0] if n == -1 else 1 for n in sizes], sizes.index(-1))
    if x.bounds[0] is None:
        return np.reshape(x.data, sizes)
    count, rest = math.prod(sizes), math.prod(x.data.shape[1:])
    if min(sizes, default=0) < 0 or (count % rest if rest else count):
        raise located(
            ValueError, f"cannot reshape a slice of rows of {rest} elements into shape {sizes}"
        )
    rows = count // rest if rest else 0
    return np.reshape(x.moved(0, (0, rows), rows).data, sizes)


def _of_shape(x: Window, sizes: Sequence[int], d: int) -> Window:
    """A slice of a vector as an array with other axes of size 1: its axis is the axis d."""
    bounds: list[Bounds | None] = [x.bounds[0] if k == d else None for k in range(len(sizes))]
    return Window(ops.reshape(ops.lift(x.data), tuple(sizes)), tuple(bounds), refusal=_NO_WRITE)


def _new_axes(x: Window, key: tuple[Any, ...]) -> Any:
    """`x[key]` for a key with None, which makes an axis of size 1."""
    items = [item for item in key if item is not None]
    found = x[tuple(items)] if items else x
    sizes: list[int] = []
    bounds: list[Bounds | None] = []
    axes = iter(range(found.ndim))
    for item in [*key, *[slice(None)] * (x.ndim - len(items))]:
        if item is None:
            sizes.append(1)
            bounds.append(None)
        elif isinstance(item, slice):
            axis = next(axes)
            whole = found.data if isinstance(found, Window) else found
            sizes.append(whole.shape[axis])
            bounds.append(found.bounds[axis] if isinstance(found, Window) else None)
    if not isinstance(found, Window):
        return np.reshape(found, sizes)
    data = ops.reshape(ops.lift(found.data), tuple(sizes))
    return Window(data, tuple(bounds), refusal=_NO_WRITE)


def _expand(x: Window, axis: Any) -> Any:
    places = axis if isinstance(axis, tuple | list) else (axis,)
    dims = ops.axes(tuple(places), x.ndim + len(places))
    return x[tuple(None if d in dims else slice(None) for d in range(x.ndim + len(places)))]


FUNCTIONS[np.reshape] = _reshape
FUNCTIONS[np.expand_dims] = _expand
FUNCTIONS[np.newaxis] = _new_axes
