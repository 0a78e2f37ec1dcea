"""Indexing by functions: take, put and the like."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops, tracing
from ..ops import lift
from ..tracing import Array, located
from .registration import implements

np: Any = numpy  # its type stubs know no traced arrays


@implements("take")
def take(a, indices, axis=None, mode="raise"):
    x = lift(a)
    x, axis = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, axis)
    d = ops.axis(axis, x.ndim)
    indices = ops.as_array(indices)
    if mode == "wrap":
        indices = np.remainder(indices, x.shape[d])
    elif mode == "clip":
        indices = np.clip(indices, 0, x.shape[d] - 1)
    elif mode != "raise":
        raise located(
            ValueError, f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})"
        )
    if not isinstance(indices, Array) and not indices.ndim:
        indices = int(indices)
    return x[(slice(None),) * d + (indices,)]


@implements("take_along_axis")
def take_along_axis(arr, indices, axis=-1):
    x, indices = lift(arr), ops.as_array(indices)
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
    return ops.gather(dims, x, lambda *i: (*i[:d], ops.index(chosen, i), *i[d + 1 :]))
