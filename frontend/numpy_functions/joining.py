"""Joining arrays, and taking them apart."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .registration import implements
from .shapes import atleast_1d, atleast_2d, atleast_3d, broadcast_arrays

np: Any = numpy  # its type stubs know no traced arrays


def _items(arrays: Any, name: str) -> list[Any]:
    """The arrays of a sequence, or the parts of one array."""
    items = list(arrays)
    if not items:
        raise located(ValueError, f"need at least one array to {name}")
    return [ops.as_array(item) for item in items]


@implements("concatenate")
def concatenate(arrays, axis=0, dtype=None, casting="same_kind"):
    items = _items(arrays, "concatenate")
    kind = ops.promote(*items) if dtype is None else np.dtype(dtype)
    parts = [ops.to(item, kind, item.shape) for item in items]
    if axis is None:
        return ops.concat([ops.reshape(p, (p.size,)) for p in parts], 0)
    if parts[0].ndim == 0:
        raise located(ValueError, "zero-dimensional arrays cannot be concatenated")
    d = ops.axis(axis, parts[0].ndim)
    if any(
        p.ndim != parts[0].ndim
        or any(m != n and e != d for e, (m, n) in enumerate(zip(p.shape, parts[0].shape)))
        for p in parts
    ):
        shapes = ", ".join(str(p.shape) for p in parts)
        raise located(
            ValueError, f"arrays of shapes {shapes} cannot be concatenated along axis {d}"
        )
    return ops.concat(parts, d)


@implements("stack")
def stack(arrays, axis=0, dtype=None, casting="same_kind"):
    items = _items(arrays, "stack")
    if any(item.shape != items[0].shape for item in items):
        raise located(ValueError, "all input arrays must have the same shape")
    kind = ops.promote(*items) if dtype is None else np.dtype(dtype)
    d = ops.axis(axis, len(items[0].shape) + 1)
    return np.moveaxis(ops.stack(items, kind), 0, d)


@implements("vstack")
def vstack(tup, dtype=None, casting="same_kind"):
    return concatenate([atleast_2d(a) for a in _items(tup, "vstack")], 0, dtype, casting)


@implements("hstack")
def hstack(tup, dtype=None, casting="same_kind"):
    items = [atleast_1d(a) for a in _items(tup, "hstack")]
    return concatenate(items, 0 if items[0].ndim == 1 else 1, dtype, casting)


@implements("dstack")
def dstack(tup):
    return concatenate([atleast_3d(a) for a in _items(tup, "dstack")], 2)


@implements("column_stack")
def column_stack(tup):
    columns = [
        a if len(a.shape) >= 2 else np.transpose(atleast_2d(a)) for a in _items(tup, "column_stack")
    ]
    return concatenate(columns, 1)


@implements("block")
def block(arrays):
    def depth(item: Any) -> int:
        return 1 + max(map(depth, item)) if isinstance(item, list) else 0

    levels = depth(arrays)
    leaves: list[int] = []

    def ranks(item: Any) -> None:
        if isinstance(item, list):
            for inner in item:
                ranks(inner)
        else:
            leaves.append(len(ops.shape_of(item)))

    ranks(arrays)
    rank = max(levels, *leaves)

    def joined(item: Any, level: int) -> Array:
        if not isinstance(item, list):
            x = lift(item)
            return ops.reshape(x, (1,) * (rank - x.ndim) + x.shape)
        return concatenate([joined(inner, level - 1) for inner in item], -level)

    return joined(arrays, levels)


@implements("append")
def append(arr, values, axis=None):
    if axis is None:
        return concatenate([np.ravel(lift(arr)), np.ravel(lift(values))])
    return concatenate([arr, values], axis)


@implements("array_split")
def array_split(ary, indices_or_sections, axis=0):
    x = lift(ary)
    d = ops.axis(axis, x.ndim)
    if isinstance(indices_or_sections, Array):
        indices_or_sections = int(indices_or_sections)  # NumPy would call this function again
    bounds = [*np.array_split(np.arange(x.shape[d]), indices_or_sections)]
    result, start = [], 0
    for bound in bounds:
        start = int(bound[0]) if len(bound) else start
        result.append(ops.part(x, d, start, start + len(bound)))
    return result


@implements("split")
def split(ary, indices_or_sections, axis=0):
    x = lift(ary)
    if np.ndim(indices_or_sections) == 0 and x.shape[ops.axis(axis, x.ndim)] % indices_or_sections:
        raise located(ValueError, "array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


@implements("hsplit")
def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 1 if lift(ary).ndim > 1 else 0)


@implements("vsplit")
def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


@implements("dsplit")
def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


@implements("unstack")
def unstack(x, axis=0):
    return tuple(np.moveaxis(lift(x), axis, 0))


@implements("meshgrid")
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    parts = [np.ravel(lift(x)) for x in xi]
    rank = len(parts)
    grids = [
        ops.reshape(p, [p.size if d == i else 1 for d in range(rank)]) for i, p in enumerate(parts)
    ]
    if indexing == "xy" and rank > 1:
        grids = [np.swapaxes(g, 0, 1) for g in grids]
    return tuple(grids) if sparse else tuple(broadcast_arrays(*grids))
