"""
Sorts by any comparator. A network of compare-and-exchange steps sorts places, in one loop, and
gathers take the operands from these places. So sorted values have derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .. import ops
from ..derivatives import stop_gradient
from ..loops import fold
from ..ops import BOOL
from ..tracing import Array, constant
from . import convert_reductions
from .conversion_table import Call, converts, target
from .convert_elements import total_order
from .foreign_op import NotConvertible

np: Any = numpy  # its type stubs know no traced arrays

Before = Callable[[Sequence[Array], Sequence[Array]], Array]


def positions(keys: Sequence[Array], before: Before) -> Array:
    """
    The positions that sort the last dimension of the keys; equal elements stay in order.

    Batcher's bitonic network, in which positions order the elements that the comparator takes for
    equal. The elements that fill the row up to a power of two come last.
    Cost: O(n log² n) for n elements.
    """
    shape = keys[0].shape
    n = shape[-1]
    bits = max(n - 1, 0).bit_length()
    fill = 2**bits - n
    low, high = [0] * len(shape), [0] * (len(shape) - 1) + [fill]
    rows = [_without_gradient(ops.pad(k, low, high)) for k in keys]
    at = ops.broadcast_to(ops.iota((2**bits,), 0), rows[0].shape)
    place = np.arange(2**bits)
    stages = [(2**k, 2**j) for k in range(1, bits + 1) for j in reversed(range(k))]

    def step(carry: Any, stage: Any) -> Any:
        *mine, at = carry
        block, distance = stage[0], stage[1]
        partner = ops.lift(place) ^ distance
        others = [_taken(x, partner) for x in mine]
        other_at = _taken(at, partner)
        known = (at < n) & (other_at < n)
        tied = at < other_at
        first, second = before(mine, others), before(others, mine)
        less = np.where(known, first | (~second & tied), tied)
        keep = less == (((place & distance) == 0) == ((place & block) == 0))
        pairs = zip((*mine, at), (*others, other_at))
        return tuple(np.where(keep, x, y) for x, y in pairs)

    if not stages:
        return at
    *_, at = fold(step, (*rows, at), np.array(stages, np.int64))
    return ops.part(at, len(shape) - 1, 0, n)


def _without_gradient(x: Array) -> Array:
    return x if x.dtype.kind in "iub" else stop_gradient(x)


def _taken(x: Array, places: Array) -> Array:
    """x[..., places]"""
    front = ops.transpose(x, [x.ndim - 1, *range(x.ndim - 1)])
    read = ops.gather([x.shape[-1]], front, lambda i: [ops.index(places, [i])])
    return ops.transpose(read, [*range(1, x.ndim), 0])


def taken_along(x: Array, at: Array) -> Array:
    """x[…, at[…, k]] for each row of the last dimension."""
    return ops.gather(at.shape, x, lambda *i: [*i[:-1], ops.index(at, i)])


@converts("stablehlo.sort")
def sort(call: Call, *xs: Array) -> Any:
    """
    stablehlo.sort xs, comparator  →  the sorted places, from a scan over a network, and a
    ten.gather of each operand. Every sort is stable.
    """
    d = call.int("dimension", -1) % max(xs[0].ndim, 1)
    if not xs[0].ndim or xs[0].shape[d] < 2 or not xs[0].size:
        return list(xs)
    # This refuses a comparator that does not compute each element alone.
    convert_reductions.reducer(call)
    used = [
        k for k in range(len(xs))
        if any(call.block().args[2 * k + j].first_use is not None for j in (0, 1))
    ]  # fmt: skip
    perm = [e for e in range(xs[0].ndim) if e != d] + [d]
    moved = [ops.transpose(x, perm) for x in xs]
    region = call.region()

    def before(a: Sequence[Array], b: Sequence[Array]) -> Array:
        given: list[Array] = []
        of_a, of_b = dict(zip(used, a)), dict(zip(used, b))
        for k in range(len(xs)):
            # No part of the comparator reads the operands that are not keys.
            given += [of_a.get(k, a[0]), of_b.get(k, b[0])]
        return ops.broadcast_to(region(*given)[0], a[0].shape)

    if not used:
        return list(xs)
    at = positions([moved[k] for k in used], before)
    back = np.argsort(perm).tolist()
    return [ops.transpose(taken_along(x, at), back) for x in moved]


@converts("chlo.top_k")
def top_k(call: Call, x: Array) -> Any:
    """
    chlo.top_k x, k  →  the k first elements of each row in decreasing order, and their places;
    NaN is the greatest, and equal elements stay in order
    """
    return _greatest(call, x, call.int("k"))


@target("mhlo.topk")
def topk_target(call: Call, x: Array) -> Any:
    """stablehlo.custom_call @mhlo.topk(x)  →  as chlo.top_k"""
    attributes = call.table("mhlo.attributes")
    if "k" not in attributes:
        raise NotConvertible("the call has no k")
    largest = attributes.get("largest")
    if largest is not None and "false" in str(largest):
        raise NotConvertible("letgrad has the k greatest elements, and not the k least ones")
    return _greatest(call, x, int(attributes["k"].value.data))  # type: ignore[attr-defined]


def _greatest(call: Call, x: Array, k: int) -> list[Array]:
    keys = x
    if x.dtype.kind == "f" or x.dtype.kind == "V":
        keys = total_order(x)
    if x.dtype == BOOL:
        keys = ops.cast(x, np.dtype(np.int8))
    at = positions([keys], lambda a, b: ops.compare("gt", a[0], b[0]))
    if x.shape[-1] < 2:
        at = ops.broadcast_to(constant(np.zeros(x.shape[-1], np.int64)), x.shape)
    at = ops.part(at, x.ndim - 1, 0, k)
    values = taken_along(x, at)
    return [values, ops.cast(at, call.kind(1)[1])]
