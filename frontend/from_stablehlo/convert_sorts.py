"""
Sorts by any comparator. `ten.argsort` has the places in the order of one key. For any other
comparator, a network of compare-and-exchange steps sorts places, in one loop. Gathers take the
operands from these places. So sorted values have derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import types
from .. import ops
from ..numpy_derived.sorting import network
from ..ops import BOOL
from ..tracing import Array
from ..transforms.derivatives import stop_gradient
from . import convert_reductions
from .conversion_table import Call, converts, target
from .convert_elements import total_order
from .foreign_op import NotConvertible, Source, ints_of

np: Any = numpy  # its type stubs know no traced arrays


def _without_gradient(x: Array) -> Array:
    return x if x.dtype.kind in "iub" else stop_gradient(x)


def taken_along(x: Array, at: Array) -> Array:
    """x[…, at[…, k]] for each row of the last dimension."""
    return ops.gather(at.shape, x, lambda *i: [*i[:-1], ops.index(at, i)])


@converts("stablehlo.sort")
def sort(call: Call, *xs: Array) -> Any:
    """
    stablehlo.sort xs, comparator  →  the sorted places, from ten.argsort or from a scan over a
    network, and a ten.gather of each operand. Every sort is stable.
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

    def compared(a: Sequence[Array], b: Sequence[Array]) -> list[Array]:
        given: list[Array] = []
        of_a, of_b = dict(zip(used, a)), dict(zip(used, b))
        for k in range(len(xs)):
            # No part of the comparator reads the operands that are not keys.
            given += [of_a.get(k, a[0]), of_b.get(k, b[0])]
        return region(*given)

    def before(a: Sequence[Array], b: Sequence[Array]) -> Array:
        return ops.broadcast_to(compared(a, b)[0], a[0].shape)

    if not used:
        return list(xs)
    keys = [moved[k] for k in used]
    if (comparison := _by_one_key(call.block())) is not None:
        compared(keys, keys)
        key = ops.broadcast_to(call.values[comparison.op.operands[0]], keys[0].shape)
        at = _places_of(key, descending=comparison.word("comparison_direction") == "GT")
    else:
        at = network([_without_gradient(k) for k in keys], before)
    back = np.argsort(perm).tolist()
    return [ops.transpose(taken_along(x, at), back) for x in moved]


def _by_one_key(block: Block) -> Source | None:
    """
    The comparison of a comparator that compares f(a) with f(b), where a is an element of one
    operand, b is another element of it, and the order has a place for each number. Else None.
    """
    last = block.last_op
    owner = last.operands[0].owner if last is not None and last.operands else None
    if not isinstance(owner, Operation) or Source(owner).name != "stablehlo.compare":
        return None
    comparison = Source(owner)
    is_float = types.is_any_float(types.element(owner.operands[0].type))
    if is_float and comparison.word("compare_type", "FLOAT") != "TOTALORDER":
        return None  # NaN has no place
    if comparison.word("comparison_direction") not in ("LT", "GT"):
        return None
    return comparison if _are_alike(owner.operands[0], owner.operands[1], block) else None


def _are_alike(a: SSAValue, b: SSAValue, block: Block) -> bool:
    """Whether b is computed as a is, from the other element of the same operand."""
    if isinstance(a, BlockArgument) or isinstance(b, BlockArgument):
        if a is b:
            return a.owner is not block
        return (
            isinstance(a, BlockArgument)
            and isinstance(b, BlockArgument)
            and a.owner is b.owner is block
            and a.index % 2 == 0
            and b.index == a.index + 1
        )
    first, second = a.owner, b.owner
    assert isinstance(first, Operation) and isinstance(second, Operation)
    if first is second and first.parent is not block:
        return True
    return (
        first.name == second.name
        and not first.regions
        and not second.regions
        and first.properties == second.properties
        and first.attributes == second.attributes
        and a.index == b.index  # type: ignore[attr-defined]
        and a.type == b.type
        and len(first.operands) == len(second.operands)
        and all(_are_alike(x, y, block) for x, y in zip(first.operands, second.operands))
    )


def _places_of(key: Array, descending: bool) -> Array:
    """The places that sort the last dimension by a key, in the total order of floats."""
    if key.dtype.kind not in "iub":
        key = total_order(key)
    if key.dtype == BOOL:
        key = ops.cast(key, np.dtype(np.int8))
    return np.argsort(~key if descending else key, axis=-1)


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
    at = ops.part(_places_of(x, descending=True), x.ndim - 1, 0, k)
    values = taken_along(x, at)
    return [values, ops.cast(at, call.dtype(1))]


@target("ApproxTopK")
def approximate_top_k(call: Call, x: Array, ids: Array, *_: Array) -> Any:
    """
    stablehlo.custom_call @ApproxTopK(x, ids)  →  the k first elements along a dimension, and their
    ids: exact ones, of which each is in its place
    """
    config = call.table("mhlo.backend_config")
    d, k = (ints_of(config[key])[0] for key in ("reduction_dim", "top_k"))
    if call.kind()[0][d] != k:
        raise NotConvertible("letgrad gives the k first elements, and not more than these")
    first = call.block().first_op
    way = Source(first).word("comparison_direction") if first is not None else ""
    if way not in ("GT", "LT"):
        raise NotConvertible("the comparator is neither GT nor LT")
    x, ids = (np.moveaxis(y, d, -1) for y in (x, ids))
    at = ops.part(_places_of(x, descending=way == "GT"), x.ndim - 1, 0, k)
    return [np.moveaxis(taken_along(y, at), -1, d) for y in (x, ids)]
