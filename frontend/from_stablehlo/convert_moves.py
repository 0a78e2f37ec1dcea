"""Ops that move elements: broadcasts, slices, pads, joins; and constants that count."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy

from ...dialects import ten, types
from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array, constant
from .conversion_table import Call, converts
from .convert_elements import table_of
from .known_values import known_ints

np: Any = numpy  # its type stubs know no traced arrays


@converts("stablehlo.iota", "stablehlo.dynamic_iota")
def iota(call: Call, *sizes: Array) -> Array:
    """stablehlo.iota dim = d  →  ten.iota"""
    shape, dtype = call.kind()
    d = call.int("iota_dimension")
    if dtype.kind == "c":
        return ops.cast(ops.iota(shape, d, np.float64), dtype)
    if dtype.kind == "u":
        return ops.cast(ops.iota(shape, d), dtype)
    return ops.iota(shape, d, dtype)


@converts("stablehlo.broadcast_in_dim", "stablehlo.dynamic_broadcast_in_dim")
def broadcast_in_dim(call: Call, x: Array, *sizes: Array) -> Array:
    """stablehlo.broadcast_in_dim x, dims = […]  →  ten.broadcast of x without its dims of size 1"""
    shape, _ = call.kind()
    dims = call.ints("broadcast_dimensions")
    if x.ndim and x.size == 1 != prod(shape):
        x, dims = reshaped(x, ()), ()
    # Dimensions of the result may stand in another order than those of x.
    order = sorted(range(x.ndim), key=lambda k: dims[k])
    x = ops.transpose(x, order)
    wide = [1] * len(shape)
    for k, n in zip(order, x.shape):
        wide[dims[k]] = n
    return ops.broadcast_to(reshaped(x, wide) if x.ndim else x, shape)


@converts("stablehlo.broadcast")
def broadcast(call: Call, x: Array) -> Array:
    """stablehlo.broadcast x, sizes = […]  →  ten.broadcast along new leading dimensions"""
    return ops.broadcast_to(x, (*call.ints("broadcast_sizes"), *x.shape))


def reshaped(x: Array, shape: Any) -> Array:
    """
    x in another shape. A reshape of a reshape is one reshape: JAX writes each row of a loop through
    a dimension of size 1, and takes this dimension away again.
    """
    shape = tuple(shape)
    owner = x.value.owner
    while isinstance(owner, ten.ReshapeOp) and x.shape != shape:
        x = Array.of(owner.x, x.scope) if x.dtype.kind != "u" else x
        if x.value is not owner.x:
            break
        owner = x.value.owner
    return ops.reshape(x, shape)


@converts("stablehlo.reshape", "stablehlo.dynamic_reshape")
def reshape(call: Call, x: Array, *sizes: Array) -> Array:
    """stablehlo.reshape x  →  ten.reshape"""
    shape, _ = call.kind()
    return reshaped(x, shape)


@converts("stablehlo.transpose")
def transpose(call: Call, x: Array) -> Array:
    """stablehlo.transpose x, dims = […]  →  ten.transpose"""
    return ops.transpose(x, call.ints("permutation"))


@converts("stablehlo.reverse")
def reverse(call: Call, x: Array) -> Array:
    """stablehlo.reverse x, dims = […]  →  ten.reverse"""
    return ops.reverse(x, call.ints("dimensions"))


@converts("stablehlo.slice")
def slice_(call: Call, x: Array) -> Array:
    """stablehlo.slice x [0:3:2]  →  ten.slice"""
    starts, limits = call.ints("start_indices"), call.ints("limit_indices")
    return sliced(x, starts, limits, call.ints("strides", (1,) * x.ndim))


def sliced(x: Array, starts: Any, limits: Any, strides: Any) -> Array:
    """The elements of x from `starts` to before `limits`, with these strides."""
    sizes = [len(range(*box)) for box in zip(starts, limits, strides)]
    offsets = [a if n else 0 for a, n in zip(starts, sizes)]
    return ops.slice_(x, offsets, sizes, strides)


@converts("stablehlo.concatenate")
def concatenate(call: Call, *xs: Array) -> Array:
    """stablehlo.concatenate xs, dim = d  →  ten.concat"""
    return ops.concat(xs, call.int("dimension"))


@converts("stablehlo.pad", "stablehlo.dynamic_pad")
def pad(call: Call, x: Array, value: Array, *widths: Array) -> Array:
    """
    stablehlo.pad x, v  →  ten.pad; a negative width cuts; for v other than 0, a mask chooses v
    """
    names = ("edge_padding_low", "edge_padding_high", "interior_padding")
    edges = [known_ints(w, "widths") for w in widths] or [call.ints(name) for name in names]
    return padded(x, value, *edges)


def is_zero(x: Array) -> bool:
    """Whether x is the constant 0, and not -0."""
    number = types.constant_value(x.value)
    if number is None:
        return False
    return number == 0 and not (isinstance(number, float) and np.signbit(number))


def padded(x: Array, value: Array, low: Any, high: Any, interior: Any) -> Array:
    """x with `value` around and between its elements. Negative widths cut at the ends."""
    positive = [[max(n, 0) for n in widths] for widths in (low, high)]
    result = x
    if any(positive[0]) or any(positive[1]) or any(interior):
        result = ops.pad(x, positive[0], positive[1], interior)
        if not is_zero(value):
            inside = ops.pad(constant(True, None, x.shape), positive[0], positive[1], interior)
            result = ops.select(inside, result, ops.broadcast_to(value, result.shape))
    if any(n < 0 for n in (*low, *high)):
        offsets = [max(-n, 0) for n in low]
        sizes = [max(n - a - max(-b, 0), 0) for n, a, b in zip(result.shape, offsets, high)]
        offsets = [a if n else 0 for a, n in zip(offsets, sizes)]
        result = ops.slice_(result, offsets, sizes)
    return result


@converts("stablehlo.get_dimension_size")
def get_dimension_size(call: Call, x: Array) -> Array:
    """stablehlo.get_dimension_size x  →  a constant"""
    return constant(np.int32(x.shape[call.int("dimension")]))


@converts("chlo.constant_like")
def constant_like(call: Call, x: Array) -> Array:
    """chlo.constant_like x  →  a constant of x's shape"""
    return filled(x, call.need("value").value.data)  # type: ignore[attr-defined]


@converts("chlo.constant")
def constant_(call: Call) -> Array:
    """chlo.constant  →  arith.constant"""
    return table_of(call.need("value"), call.op.results[0].type)
