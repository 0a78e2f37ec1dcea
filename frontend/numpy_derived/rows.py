"""Functions of rows: functions that NumPy applies along an axis, windows, insertion, `unwrap`."""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..array_views import storages
from ..numpy_functions.registration import implements
from ..numpy_functions.shapes import one_place
from ..ops import lift
from ..tracing import Array
from ..transforms.batching import vmap
from ..user_code import located

np: Any = numpy  # its type stubs know no traced arrays


@implements("apply_along_axis")
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """The function of one traced row gives all results, in one batch."""
    x = lift(arr)
    d = ops.axis(axis, x.ndim)
    rows = np.moveaxis(x, d, -1)
    lead = rows.shape[:-1]
    count = int(numpy.prod(lead, dtype=int))
    if not count:
        raise located(ValueError, "Cannot apply_along_axis when any iteration dimensions are 0")
    flat = np.reshape(rows, (count, rows.shape[-1]))
    found = lift(vmap(lambda row: lift(func1d(row, *args, **kwargs)))(flat))
    inner = found.ndim - 1
    found = np.reshape(found, (*lead, *found.shape[1:]))
    # The dimensions of a result stand in the place of the row.
    last = range(found.ndim - inner, found.ndim)
    return np.moveaxis(found, list(last), list(range(d, d + inner)))


@implements("apply_over_axes")
def apply_over_axes(func, a, axes):
    x: Any = lift(a)
    rank = x.ndim
    for d in np.atleast_1d(numpy.asarray(axes)).tolist():
        d = ops.axis(d, rank)
        found = lift(func(x, d))
        found = ops.expand(found, [d]) if found.ndim == x.ndim - 1 else found
        if found.ndim != x.ndim:
            raise located(ValueError, "function is not returning an array of the correct shape")
        x = found
    return x


@implements("lib.stride_tricks.sliding_window_view")
def sliding_window_view(x, window_shape, axis=None):
    """A view that is read-only."""
    source = lift(x)
    sizes = tuple(window_shape) if np.iterable(window_shape) else (window_shape,)
    if axis is None:
        dims = tuple(range(source.ndim))
        if len(sizes) != source.ndim:
            raise located(
                ValueError,
                f"Since axis is None, must provide window_shape for all dimensions of `x`; got "
                f"{len(sizes)} window_shape elements and `x.ndim` is {source.ndim}.",
            )
    else:
        dims = tuple(ops.axis(d, source.ndim) for d in np.atleast_1d(axis).tolist())
        if len(sizes) != len(dims):
            raise located(ValueError, "Must provide matching length window_shape and axis")
    left = list(source.shape)
    for d, size in zip(dims, sizes):
        if size < 0:
            raise located(ValueError, "`window_shape` cannot contain negative values")
        if size > left[d]:
            raise located(ValueError, "window shape cannot be larger than input array shape")
        left[d] -= size - 1

    def windows(x: Any) -> Any:
        for d, size in zip(dims, sizes):
            x = _windows(x, d, size)
        return x

    plain = numpy.lib.stride_tricks.sliding_window_view
    return storages.read_only(source, windows, lambda x: plain(x, sizes, dims))


def _windows(x, d, size):
    """The windows of one dimension, as a new last dimension."""
    places = numpy.arange(x.shape[d] - size + 1)[:, None] + numpy.arange(size)
    return np.moveaxis(np.take(x, places, axis=d), d + 1, -1)


@implements("insert")
def insert(arr, obj, values, axis=None):
    """At places that are known, or at one traced place."""
    x = lift(arr)
    x, d = (ops.reshape(x, (x.size,)), 0) if axis is None else (x, ops.axis(axis, x.ndim))
    n = x.shape[d]
    place = one_place(obj, n, "insert") if isinstance(obj, Array) else None
    if isinstance(obj, Array):
        obj = numpy.zeros(obj.shape, numpy.int64)  # as any one place, up to the last lines
    # NumPy tells where the old and the new elements go: it inserts numbers -1, -2, … into 0, 1, ….
    obj = numpy.arange(n)[obj] if isinstance(obj, slice) else numpy.asarray(obj)
    if obj.dtype == bool:
        obj = numpy.flatnonzero(obj)
    given = ops.as_array(values)
    is_single = obj.ndim == 0 or obj.size == 1
    part = lift(given, x.dtype)
    if obj.ndim == 0:
        # The values of one place come with their own axis, as in NumPy.
        lead = (1,) * (x.ndim - part.ndim)
        part = np.moveaxis(np.reshape(part, (*lead, *part.shape)), 0, d)
        count = part.shape[d]
    else:
        lead = (1,) * (x.ndim - part.ndim)
        part = np.reshape(part, (*lead, *part.shape))
        count = part.shape[d] if is_single else obj.size
    shape = tuple(count if e == d else m for e, m in enumerate(x.shape))
    part = ops.broadcast_to(part, shape)
    if place is not None:
        both, k = np.concatenate([x, part], axis=d), np.arange(n + count)
        order = np.where(k < place, k, np.where(k < place + count, n + k - place, k - count))
        # NumPy has no result for a place outside of x; reads outside of `both` give 0.
        inside = (0 <= place) & (place <= n)
        return np.take(both, np.where(inside, order, n + count), axis=d)
    where = numpy.full(count, int(obj.reshape(-1)[0])) if is_single else obj
    order = numpy.insert(numpy.arange(n), where, -1 - numpy.arange(count))
    both = np.concatenate([x, part], axis=d)
    return np.take(both, numpy.where(order < 0, n - 1 - order, order), axis=d)


@implements("unwrap")
def unwrap(p, discont=None, axis=-1, period=2 * numpy.pi):
    x = lift(p)
    d = ops.axis(axis, x.ndim)
    n = x.shape[d]
    step = np.diff(x, axis=d)
    discont = period / 2 if discont is None else discont
    kind = ops.promote(step, period)
    if kind.kind in "iu":
        half, rest = divmod(period, 2)
        is_ambiguous = rest == 0
    else:
        half, is_ambiguous = period / 2, True
    moved = np.mod(step + half, period) - half
    if is_ambiguous:
        moved = np.where((moved == -half) & (step > 0), half, moved)
    correction = np.where(np.abs(step) < discont, 0, moved - step)
    x = ops.cast(x, kind)
    first, others = ops.part(x, d, 0, min(n, 1)), ops.part(x, d, min(n, 1), n)
    later = others + np.cumsum(ops.cast(lift(correction), kind), axis=d)
    return np.concatenate([first, later.astype(kind)], axis=d)
