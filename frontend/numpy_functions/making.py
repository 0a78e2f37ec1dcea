"""Making arrays like others."""

from __future__ import annotations

from typing import Any

import numpy

from ...dialects import arrays
from .. import ops, tracing
from ..array_views import storages, view_steps
from ..ops import lift
from ..tracing import Array, constant
from ..user_code import located
from .elementwise import filled
from .registration import implements
from .shapes import broadcast_arrays

np: Any = numpy  # its type stubs know no traced arrays


def _like(a: Any, number: Any, dtype: Any, shape: Any) -> Array:
    """A known array, which can take traced values."""
    sizes = (
        ops.shape_of(a)
        if shape is None
        else (tuple(shape) if isinstance(shape, list | tuple) else (shape,))
    )
    return storages.holding(np.full(sizes, number, ops.dtype_of(a) if dtype is None else dtype))


@implements("zeros_like")
def zeros_like(a, dtype=None, shape=None):
    return _like(a, 0, dtype, shape)


@implements("ones_like")
def ones_like(a, dtype=None, shape=None):
    return _like(a, 1, dtype, shape)


@implements("empty_like")
def empty_like(prototype, dtype=None, shape=None):
    return _like(prototype, 0, dtype, shape)


@implements("full_like")
def full_like(a, fill_value, dtype=None, shape=None):
    kind = ops.dtype_of(a) if dtype is None else np.dtype(dtype)
    if not isinstance(fill_value, Array) and np.ndim(fill_value) == 0:
        return _like(a, fill_value, kind, shape)
    sizes = (
        ops.shape_of(a)
        if shape is None
        else (tuple(shape) if isinstance(shape, list | tuple) else (shape,))
    )
    return ops.broadcast_to(lift(fill_value, kind), sizes)


@implements("logspace")
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """base to the powers of a linspace."""
    if len(ops.shape_of(base)):
        raise located(TypeError, "numpy.logspace of traced arrays takes one base")
    powers = linspace(start, stop, num, endpoint, axis=axis)
    found = np.power(ops.scalar(base, powers.dtype), powers)
    return found if dtype is None else ops.cast(found, np.dtype(dtype))


@implements("geomspace")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Numbers of one sign; the ends are exact. The program does not detect a zero."""
    if num < 0:
        raise located(ValueError, f"Number of samples, {num}, must be non-negative.")
    start, stop = lift(start), lift(stop)
    kind = ops.promote(start, stop, float(num), numbers_are_weak=True)
    kind = np.dtype(np.float64) if kind.kind in "iub" else kind
    start, stop = broadcast_arrays(ops.cast(start, kind), ops.cast(stop, kind))
    sign = np.sign(start)
    if kind.kind == "c":  # The sign of a complex number is the number with the absolute value 1.
        first, last = start / sign, stop / sign
    else:
        first, last = start * sign, stop * sign
    found = sign * logspace(np.log10(first), np.log10(last), num, endpoint)
    parts = [ops.expand(start, [0]), ops.part(found, 0, 1, num)] if num else [found]
    if endpoint and num > 1:
        parts = [parts[0], ops.part(found, 0, 1, num - 1), ops.expand(stop, [0])]
    found = np.moveaxis(ops.concat(parts, 0), 0, axis)
    return found if dtype is None else ops.cast(found, np.dtype(dtype))


@implements("resize")
def resize(a, new_shape):
    """The elements again and again; zeros if there are none."""
    x = np.ravel(lift(a))
    sizes = tuple(new_shape) if isinstance(new_shape, list | tuple) else (new_shape,)
    if any(n < 0 for n in sizes):
        raise located(ValueError, "all elements of `new_shape` must be non-negative")
    count = int(numpy.prod(sizes, dtype=int))
    if not x.size or not count:
        return constant(0, x.dtype, sizes)
    times = -(-count // x.size)
    return ops.reshape(ops.part(np.tile(x, times), 0, 0, count), sizes)


@implements("linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """start + i · step; the last element is exactly stop."""
    if num < 0:
        raise located(ValueError, f"Number of samples, {num}, must be non-negative.")
    ends = [x if tracing.is_weak(x) else ops.as_array(x) for x in (start, stop)]
    kind = ops.promote(*ends, float(num), numbers_are_weak=True)
    kind = np.dtype(np.float64) if kind.kind in "iub" else kind
    start, stop = lift(start), lift(stop)
    start, stop = broadcast_arrays(ops.cast(start, kind), ops.cast(stop, kind))
    result_kind = kind
    if kind == arrays.bfloat16:
        # Positions from 257 on are no numbers of bfloat16.
        kind = np.dtype(np.float32)
        start, stop = ops.cast(start, kind), ops.cast(stop, kind)
    gaps = num - 1 if endpoint else num
    step = (stop - start) / float(gaps) if gaps > 0 else filled(start, np.nan)
    counter = constant(np.arange(num, dtype=kind).reshape((num, *[1] * start.ndim)))
    points = counter * step + start if gaps > 0 else counter * (stop - start) + start
    if endpoint and num > 1:
        points = ops.concat([ops.part(points, 0, 0, num - 1), ops.expand(stop, [0])], 0)
    points = np.moveaxis(points, 0, axis)
    if dtype is not None and np.dtype(dtype).kind in "iu":
        points = np.floor(points)
    points = ops.cast(points, result_kind if dtype is None else np.dtype(dtype))
    return (points, ops.cast(step, result_kind)) if retstep else points


# Memory.


@implements("shares_memory", "may_share_memory")
def shares_memory(a, b, /, max_work=None):
    """
    Whether two arrays have an element in common. The trace knows this, so the result is a bool of
    Python.

    Errors: `TypeError` if a traced condition or a traced index decides which elements an array has.
    """
    first, second = lift(a), lift(b)
    if first.storage is None or second.storage is None:
        return False
    stores = first.storage, second.storage
    if any(s.choice is not None or s.watched or s.rivals for s in stores):
        raise located(TypeError, "a traced condition decides whether these arrays share memory")
    if stores[0] is not stores[1]:
        return False
    if first.size == 0 or second.size == 0:
        return False
    if not first.steps or not second.steps:
        return True
    if any(map(view_steps.is_traced, (*first.steps, *second.steps))):
        raise located(TypeError, "a traced index decides whether these arrays share memory")
    memory = numpy.empty(1, numpy.int8)
    one, other = (view_steps.layout(x.storage.shape, x.steps, memory) for x in (first, second))
    return numpy.shares_memory(one, other)
