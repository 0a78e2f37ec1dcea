"""
The rules of the table `stablehlo` for reads and writes at computed places.

XLA moves a slice that leaves its tensor until the slice is inside. Here such a read gives 0, and
such a write does nothing: the rules write masks where the place may be outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import IntegerAttr, f32, i1, i64
from xdsl.ir import Block, SSAValue

from ...dialects import ten, types
from ...dialects.stablehlo import attributes
from ...dialects.types import ints
from .builder import Hlo, Value, element, is_short, numbers, shape, tensor, tensor_of
from .converter import Converter, stablehlo
from .hlo_tensors import added


def constant_of(x: SSAValue) -> int | None:
    found = types.constant_value(x)
    return found if isinstance(found, int) else None


def stays_inside(index: SSAValue, size: int, block: Block, domain: Sequence[int]) -> bool:
    """Whether the program shows that an index is at least 0 and less than `size`."""
    if (number := constant_of(index)) is not None:
        return 0 <= number < size
    for arg, n in zip(block.args, domain):
        if index is arg:
            return n <= size
    return False


def mask_of(h: Hlo, index: Value, size: int) -> Value:
    """Whether an index is at least 0 and less than `size`: less than it as an unsigned number."""
    return h.against("LT", h.unsigned(index), size)


def read(
    h: Hlo, t: Value, indices: Sequence[Value], domain: Sequence[int], safe: Sequence[bool]
) -> Value:
    """t[indices] at each index of a domain; 0 where an index that is not `safe` is outside."""
    sizes, depth = shape(t), len(indices)
    rest = sizes[depth:]
    whole = (*domain, *rest)
    if not depth:
        return h.broadcast(t, whole)
    if prod(whole) == 0 or prod(sizes) == 0:
        return h.zeros(tensor(whole, element(t)))
    checked = [(i, n) for i, n, known in zip(indices, sizes, safe) if not known]
    mask = h.all_of(h.alike(*(mask_of(h, i, n) for i, n in checked))) if checked else None
    if not domain:
        zero = h.constant(0, i64)
        found = h.dynamic_slice(t, [*indices, *[zero] * len(rest)], (*[1] * depth, *rest))
        found = h.reshape(found, rest)
    else:
        found = _gather(h, t, _joined(h, indices, domain), domain, depth)
    if mask is None:
        return found
    if shape(mask) and shape(mask) != whole:
        mask = h.broadcast(mask, whole, range(len(domain)))
    return h.select(mask, found, h.zeros(found.type))


def _joined(h: Hlo, indices: Sequence[Value], domain: Sequence[int]) -> Value:
    """The indices side by side, in a last dimension."""
    spread = [h.broadcast(i, domain, () if not shape(i) else None) for i in indices]
    return h.concat([h.reshape(i, (*domain, 1)) for i in spread], len(domain))


def _gather(h: Hlo, t: Value, places: Value, domain: Sequence[int], depth: int) -> Value:
    sizes, n = shape(t), len(domain)
    rest = sizes[depth:]
    return h.one(
        "gather", [t, places], tensor((*domain, *rest), element(t)),
        dimension_numbers=attributes.GatherAttr.of(
            offset_dims=tuple(range(n, n + len(rest))),
            collapsed_slice_dims=tuple(range(depth)),
            start_index_map=tuple(range(depth)),
            index_vector_dim=n,
        ),
        slice_sizes=numbers((*[1] * depth, *rest)),
        indices_are_sorted=IntegerAttr(0, i1),
    )  # fmt: skip


@stablehlo.rule(ten.IndexOp)
def index(op: ten.IndexOp, h: Converter, t: Value, *indices: Value) -> Value:
    """A dynamic_slice of one place, or a gather of the places of an index function"""
    domain = max((shape(i) for i in indices), key=len, default=())
    known = [
        (c := constant_of(x)) is not None and 0 <= c < n
        for x, n in zip(op.operands[1:], shape(t), strict=False)
    ]
    return read(h, t, indices, domain, known)


@stablehlo.rule(ten.GatherOp)
def gather(op: ten.GatherOp, h: Converter, t: Value) -> Value:
    """gather, at the places of the index function"""
    if prod(types.shape(op.result.type)) == 0:
        return h.zeros(tensor_of(op.result.type))
    places = h.at_all(op.block, op.domain)
    sizes = types.shape(op.t.type)
    known = [stays_inside(x, n, op.block, op.domain) for x, n in zip(op.yielded, sizes)]
    return read(h, t, places, op.domain, known)


@stablehlo.rule(ten.ScatterOp)
def scatter(op: ten.ScatterOp, h: Converter, t: Value) -> Value:
    """scatter by add into zeros; it drops what is outside"""
    kind, depth = tensor_of(op.result.type), len(ints(op.dims))
    if prod(kind.get_shape()) == 0 or prod(shape(t)) == 0:
        return h.zeros(kind)
    short = element(t)
    if is_short(t):
        t = h.convert(t, f32)
    n, rest = len(op.domain), len(shape(t)) - len(op.domain)
    if not depth:
        return h.convert(added(h, t, range(n)), short)
    places = h.at_all(op.block, op.domain)
    if not n:
        # One place: the domain has rank 0.
        t = h.reshape(t, (1, *shape(t)))
    domain = op.domain or (1,)
    start = h.zeros(tensor(kind.get_shape(), element(t)))
    found = scattered(h, start, _joined(h, places, domain), t, len(domain), depth, rest, h.add)
    return h.convert(found, short)


def scattered(
    h: Hlo, start: Value, places: Value, v: Value, n: int, depth: int, rest: int, combine
) -> Value:
    """`start`, joined with parts of v at places; v has n dimensions of places and `rest` others."""
    kinds = [tensor((), element(v))] * 2
    return h.one(
        "scatter", [start, places, v], start.type, [h.region(kinds, combine)],
        scatter_dimension_numbers=attributes.ScatterAttr.of(
            update_window_dims=tuple(range(n, n + rest)),
            inserted_window_dims=tuple(range(depth)),
            scatter_dims_to_operand_dims=tuple(range(depth)),
            index_vector_dim=n,
        ),
        indices_are_sorted=IntegerAttr(0, i1),
        unique_indices=IntegerAttr(0, i1),
    )  # fmt: skip


@stablehlo.rule(ten.UpdateOp)
def update(op: ten.UpdateOp, h: Converter, x: Value, v: Value, *offsets: Value) -> Value:
    """
    dynamic_update_slice, if the box is in x or has one place along the other dimensions; else a
    scatter of its elements
    """
    sizes, box, strides = shape(x), shape(v), ints(op.strides)
    if prod(box) == 0 or prod(sizes) == 0:
        return x
    numbers_ = [constant_of(o) for o in op.offsets]
    kept = [
        o is not None and (m == 1 or t == 1) and 0 <= o <= n - m
        for o, m, n, t in zip(numbers_, box, sizes, strides)
    ]
    if all(known or m == 1 for known, m in zip(kept, box)):
        # A place that is outside moves inside, and must not change what stands there.
        checks = [mask_of(h, o, n) for o, n, known in zip(offsets, sizes, kept) if not known]
        mask = h.all_of(checks)
        if mask is not None:
            v = h.select(mask, v, h.dynamic_slice(x, offsets, box))
        return h.dynamic_update(x, v, offsets)
    places = [
        h.add(h.mul(h.iota(box, d), h.constant(t, i64)), o)
        for d, (o, t) in enumerate(zip(offsets, strides))
    ]
    rank = len(box)
    return scattered(h, x, _joined(h, places, box), v, rank, rank, 0, lambda old, new: new)
