"""Ops that few programs have: normalizations, maps and scans, and functions of CHLO on integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from .. import ops
from ..control_flow import loops
from ..numpy_functions.elementwise import filled
from ..tracing import Array
from . import convert_reductions
from .conversion_table import ELEMENTWISE, RULES, Call, converts, elementwise
from .convert_elements import bits_of, table_of
from .foreign_op import NotConvertible
from .known_values import known_ints

np: Any = numpy  # its type stubs know no traced arrays


# Operands of unequal shapes.

_BROADCASTS = {
    name: f"stablehlo.{name}"
    for name in (
        "add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "remainder", "and",
        "or", "xor", "shift_left", "shift_right_arithmetic", "shift_right_logical", "complex",
        "compare", "atan2",
    )
} | {name: f"chlo.{name}" for name in ("next_after", "zeta", "polygamma")}  # fmt: skip


def aligned(call: Call, *xs: Array) -> list[Array]:
    """
    The operands in one shape. The dimensions of an operand of lower rank are `broadcast_dimensions`
    of the result, or else the last ones.
    """
    rank = max(x.ndim for x in xs)
    dims = call.ints("broadcast_dimensions", ())
    moved = []
    for x in xs:
        if 0 < x.ndim < rank:
            places = dims if len(dims) == x.ndim else range(rank - x.ndim, rank)
            wide = [1] * rank
            for d, n in zip(places, x.shape):
                wide[d] = n
            x = ops.reshape(x, wide)
        moved.append(x)
    shape = np.broadcast_shapes(*(x.shape for x in moved))
    return [ops.broadcast_to(x, shape) for x in moved]


def _offer(name: str, inner: str) -> None:
    def rule(call: Call, a: Array, b: Array) -> Any:
        return RULES[inner](call, *aligned(call, a, b))

    rule.__doc__ = f"chlo.broadcast_{name} a, b  →  {inner} of a and b, repeated to one shape"
    rule.__name__ = f"broadcast_{name}"
    converts(f"chlo.broadcast_{name}")(rule)
    ELEMENTWISE.add(f"chlo.broadcast_{name}")


for _name, _inner in _BROADCASTS.items():
    _offer(_name, _inner)


@converts("chlo.broadcast_select")
def broadcast_select(call: Call, mask: Array, a: Array, b: Array) -> Array:
    """chlo.broadcast_select m, a, b  →  arith.select of the operands, repeated to one shape"""
    return ops.select(*aligned(call, mask, a, b))


# Integers.


@elementwise("chlo.mulhi")
def mulhi(call: Call, a: Array, b: Array) -> Array:
    """chlo.mulhi a, b  →  the product in twice the bits, moved down; of 64 bits, four products"""
    dtype = a.dtype
    if dtype.itemsize < 8:
        wide = np.dtype(f"{dtype.kind}{2 * dtype.itemsize}")
        product = np.multiply(ops.cast(a, wide), ops.cast(b, wide))
        return ops.cast(np.right_shift(product, filled(product, 8 * dtype.itemsize)), dtype)
    u64 = np.dtype(np.uint64)
    x, y = (ops.cast(v, u64) for v in (a, b))
    half, low = filled(x, 32), filled(x, 0xFFFFFFFF)
    x0, x1 = np.bitwise_and(x, low), np.right_shift(x, half)
    y0, y1 = np.bitwise_and(y, low), np.right_shift(y, half)
    middle = np.add(np.multiply(x1, y0), np.right_shift(np.multiply(x0, y0), half))
    other = np.add(np.multiply(x0, y1), np.bitwise_and(middle, low))
    upper = np.add(np.multiply(x1, y1), np.right_shift(middle, half))
    upper = bits_of(np.add(upper, np.right_shift(other, half)), dtype)
    if dtype.kind == "u":
        return upper
    # The bits of a negative number are those of one that is greater by 2⁶⁴.
    zero = filled(a, 0)
    upper = np.subtract(upper, ops.select(ops.compare("lt", a, zero), b, zero))
    return np.subtract(upper, ops.select(ops.compare("lt", b, zero), a, zero))


# Regions.


@converts("stablehlo.map")
def map_(call: Call, *xs: Array) -> Any:
    """stablehlo.map x  →  the computation on whole arrays, if it computes each element alone"""
    convert_reductions.check_elementwise(call)
    found = call.region()(*xs)
    return [ops.broadcast_to(y, xs[0].shape) for y in found]


@converts("chlo.scan")
def scan(call: Call, *operands: Array) -> Any:
    """chlo.scan x, init  →  ten.scan over the rows of the dimension"""
    op: Any = call.op
    carries = len(op.carries)
    d, count = call.int("dimension"), len(operands) - carries
    xs, inits = operands[:count], operands[count:]
    length = xs[0].shape[d] if xs else call.int("scan_dim_size")
    body, outputs = call.region(), len(call.op.results) - carries

    def step(carry: Any, rows: Any) -> Any:
        found = body(*(rows or ()), *carry)
        return tuple(found[outputs:]), tuple(found[:outputs])

    rows = tuple(np.moveaxis(x, d, 0) for x in xs) or None
    last, ys = loops.scan(step, tuple(inits), rows, length, call.flag("is_reverse"))
    return [*(np.moveaxis(y, 0, d) for y in ys), *last]


# Normalizations.


def _features(call: Call, x: Array) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """How a number of each feature becomes as wide as x; and the sum over all of a feature."""
    feature = call.int("feature_index")
    others = [d for d in range(x.ndim) if d != feature]

    def wide(v: Array) -> Array:
        shape = [1] * x.ndim
        shape[feature] = x.shape[feature]
        return ops.broadcast_to(ops.reshape(v, shape), x.shape)

    return wide, lambda v: ops.sum_(v, others)


def _epsilon(call: Call, like: Array) -> Array:
    return filled(like, call.need("epsilon").value.data)  # type: ignore[attr-defined]


def _normalized(
    call: Call, x: Array, scale: Array, offset: Array, mean: Array, variance: Array
) -> Array:
    wide, _ = _features(call, x)
    deviation = np.sqrt(variance + _epsilon(call, variance))
    return (x - wide(mean)) / wide(deviation) * wide(scale) + wide(offset)


@converts("stablehlo.batch_norm_inference")
def batch_norm_inference(call: Call, *xs: Array) -> Array:
    """stablehlo.batch_norm_inference  →  (x - mean) / √(variance + ε) · scale + offset"""
    return _normalized(call, *xs)


@converts("stablehlo.batch_norm_training")
def batch_norm_training(call: Call, x: Array, scale: Array, offset: Array) -> Any:
    """stablehlo.batch_norm_training  →  the mean and the variance, and x with these normalized"""
    wide, total = _features(call, x)
    count = filled(scale, x.size // max(scale.size, 1))
    mean = total(x) / count
    centred = x - wide(mean)
    variance = total(centred * centred) / count
    return [_normalized(call, x, scale, offset, mean, variance), mean, variance]


@converts("stablehlo.batch_norm_grad")
def batch_norm_grad(
    call: Call, x: Array, scale: Array, mean: Array, variance: Array, ct: Array
) -> Any:
    """stablehlo.batch_norm_grad  →  the pullback of batch_norm_training, by its formula"""
    wide, total = _features(call, x)
    count = filled(scale, x.size // max(scale.size, 1))
    spread = variance + _epsilon(call, variance)
    deviation, centred = np.sqrt(spread), x - wide(mean)
    offset_ct, along = total(ct), total(ct * centred)
    inner = ct * wide(count) - wide(offset_ct) - centred * wide(along / spread)
    return [wide(scale / deviation / count) * inner, along / deviation, offset_ct]


# Sizes and shardings.


@converts("stablehlo.set_dimension_size")
def set_dimension_size(call: Call, x: Array, size: Array) -> Array:
    """stablehlo.set_dimension_size x, n  →  x, if all its elements count"""
    d = call.int("dimension")
    (n,) = known_ints(size, "sizes")
    if n != x.shape[d]:
        raise NotConvertible(f"letgrad has no array of which {n} of {x.shape[d]} elements count")
    return x


@converts("sdy.constant")
def sdy_constant(call: Call) -> Array:
    """sdy.constant  →  arith.constant"""
    return table_of(call.need("value"), call.op.results[0].type)


@converts(
    "sdy.all_gather", "sdy.all_slice", "sdy.all_to_all", "sdy.collective_permute",
    "sdy.data_flow_edge", "sdy.func_data_flow_edge",
)  # fmt: skip
def same(call: Call, x: Array) -> Array:
    """sdy.all_gather x  →  x: the op moves the parts of x, and keeps the whole"""
    return x
