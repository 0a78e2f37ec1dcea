"""Indexing by functions: take, put and the like."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops, tracing
from ..indexing import DEPENDS
from ..masked import Masked
from ..ops import lift
from ..tracing import Array
from ..user_code import located
from .registration import implements

np: Any = numpy  # its type stubs know no traced arrays


@implements("take")
def take(a, indices, axis=None, mode="raise"):
    x = lift(a)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    if isinstance(indices, Masked) and mode == "raise":
        return x[(slice(None),) * d + (indices,)]
    indices = _places(indices)
    if mode == "wrap":
        indices = np.remainder(_wide(indices), x.shape[d])
    elif mode == "clip":
        indices = np.clip(_wide(indices), 0, x.shape[d] - 1)
    elif mode != "raise":
        raise located(
            ValueError, f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})"
        )
    if not isinstance(indices, Array) and not indices.ndim:
        indices = int(indices)
    return x[(slice(None),) * d + (indices,)]


def _places(indices: Any) -> Array | numpy.ndarray:
    """
    Indices as an array. Unsigned integers become int64.
    """
    if not isinstance(indices, Array | list | tuple):
        indices = numpy.asarray(indices)
        if indices.dtype.kind == "u":
            largest = numpy.iinfo(numpy.int64).max
            return numpy.minimum(indices.astype(numpy.uint64), largest).astype(numpy.int64)
    indices = ops.as_array(indices)
    return ops.signed_index(indices) if isinstance(indices, Array) else indices


def _wide(indices: Any) -> Any:
    """Integers of 64 bits, because a size may be too large for the dtype of the indices."""
    return indices.astype(np.int64) if indices.dtype.kind in "iu" else indices


@implements("take_along_axis")
def take_along_axis(arr, indices, axis=-1):
    x, indices = lift(arr), _places(indices)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    if len(indices.shape) != x.ndim:
        raise located(ValueError, "`indices` and `arr` must have the same number of dimensions")
    if not isinstance(indices, Array):
        if indices.size and not (-x.shape[d] <= indices.min() and indices.max() < x.shape[d]):
            raise located(
                IndexError, f"an index is out of bounds for axis {d} with size {x.shape[d]}"
            )
        indices = np.where(indices < 0, indices + x.shape[d], indices)
    chosen = lift(indices)
    others = tracing.broadcast_shape(*([(*s[:d], 1, *s[d + 1 :]) for s in (x.shape, chosen.shape)]))
    dims = (*others[:d], chosen.shape[d], *others[d + 1 :])
    chosen = ops.broadcast_to(chosen, dims)
    x = ops.broadcast_to(x, (*others[:d], x.shape[d], *others[d + 1 :]))
    size = x.shape[d]

    def index_map(*i: Array) -> tuple[Array, ...]:
        return (*i[:d], ops.as_index(ops.index(chosen, i), size), *i[d + 1 :])

    return ops.gather(dims, x, index_map)


@implements("diag_indices_from")
def diag_indices_from(arr):
    x = lift(arr)
    if x.ndim < 2 or len(set(x.shape)) > 1:
        raise located(ValueError, "the array is at least 2-d, and all its dimensions are equal")
    return np.diag_indices(x.shape[0], x.ndim)


@implements("ix_")
def ix_(*args):
    found = []
    for k, arg in enumerate(args):
        x = lift(arg)
        if x.ndim != 1:
            raise located(ValueError, "Cross index must be 1 dimensional")
        if x.dtype.kind == "b":
            known = x.numbers() if isinstance(arg, Array) else np.asarray(arg)
            if known is None:
                raise located(TypeError, DEPENDS)
            x = lift(np.flatnonzero(known))
        elif not x.shape[0]:
            x = ops.cast(x, ops.INT64)
        found.append(ops.reshape(x, [x.shape[0] if e == k else 1 for e in range(len(args))]))
    return tuple(found)


@implements("tril_indices_from")
def tril_indices_from(arr, k=0):
    return np.tril_indices(*_rows_and_columns(arr, k))


@implements("triu_indices_from")
def triu_indices_from(arr, k=0):
    return np.triu_indices(*_rows_and_columns(arr, k))


def _rows_and_columns(arr: Any, k: int) -> tuple[int, int, int]:
    shape = ops.shape_of(arr)
    if len(shape) != 2:
        raise located(ValueError, "input array must be 2-d")
    return shape[0], k, shape[1]


@implements("unravel_index")
def unravel_index(indices, shape, order="C"):
    """The program does not detect indices outside of the shape."""
    rest = _wide(lift(indices))
    sizes = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    by_columns = _by_columns(order)
    found = []
    for n in sizes if by_columns else reversed(sizes):
        found.append(rest % n)
        rest = rest // n
    return tuple(found if by_columns else reversed(found))


def _by_columns(order: str) -> bool:
    """Whether places count along columns. Errors: `ValueError` for an unknown order."""
    if order not in ("C", "F"):
        raise located(ValueError, f"order must be 'C' or 'F', not {order!r}")
    return order == "F"


@implements("ravel_multi_index")
def ravel_multi_index(multi_index, dims, mode="raise", order="C"):
    """With the mode "raise", the program does not detect indices outside of dims."""
    sizes = tuple(dims) if isinstance(dims, list | tuple) else (dims,)
    modes = mode if isinstance(mode, tuple) else (mode,) * len(sizes)
    steps = list(zip(multi_index, sizes, modes, strict=True))
    place: Any = 0
    for given, n, way in reversed(steps) if _by_columns(order) else steps:
        index = _wide(ops.as_array(given))
        if way == "wrap":
            index = np.remainder(index, n)
        elif way == "clip":
            index = np.clip(index, 0, n - 1)
        place = place * n + index
    return place
