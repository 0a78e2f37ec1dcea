"""
Reads and writes at computed places. A read moves its box into the array first, as StableHLO says.
letgrad's own reads give 0 outside of an array. A write whose box leaves the array is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy
from xdsl.dialects import arith
from xdsl.ir import Region

from ...dialects import ten, types
from .. import ops, tracing
from ..array_views import assignment
from ..numpy_functions.elementwise import filled
from ..ops import BOOL, INT64
from ..tracing import Array, constant
from . import convert_moves, convert_reductions, loop_rows
from .conversion_table import Call, converts
from .foreign_op import NotConvertible
from .known_values import known_array, known_ints

np: Any = numpy  # its type stubs know no traced arrays


def clamped(x: Array, high: int) -> Array:
    """Integers, moved into 0 … high. The type of x may be too narrow for `high`."""
    if x.dtype.kind == "u" or np.iinfo(x.dtype).max < high:
        x = ops.signed_index(x) if x.dtype.kind == "u" else ops.cast(x, INT64)
    below = ops.binary(arith.MinSIOp, x, filled(x, high))
    return ops.binary(arith.MaxSIOp, below, filled(below, 0))


# Slices.


def starts(call: Call, x: Array, sizes: Sequence[int], given: Sequence[Array]) -> list[Any]:
    """The place of a box in x: ints where they are known, and clamped scalars elsewhere."""
    facts = call.evaluator.facts
    result: list[Any] = []
    for n, size, start in zip(x.shape, sizes, given):
        fact = facts.get(start)
        if size == n:
            result.append(0)
        elif fact is not None and fact.loop is None:
            result.append(min(max(fact.offset, 0), n - size))
        elif fact is not None and fact.bounds[0] >= 0 and fact.bounds[1] <= n - size:
            result.append(start)
        else:
            result.append(clamped(start, n - size))
    return result


@converts("stablehlo.dynamic_slice")
def dynamic_slice(call: Call, x: Array, *given: Array) -> Array:
    """
    stablehlo.dynamic_slice x, i  →  ten.slice at places that are known; a row of the loop, where
    the counter of the loop is the place; otherwise ten.index or ten.gather at clamped places
    """
    return _box(call, x, call.ints("slice_sizes"), given)


def _box(call: Call, x: Array, sizes: Sequence[int], given: Sequence[Array]) -> Array:
    """The box of these sizes in x, at clamped places."""
    at = starts(call, x, sizes, given)
    traced = [d for d, start in enumerate(at) if isinstance(start, Array)]
    row = loop_rows.row(call.evaluator.facts, x, at, sizes, traced)
    if row is not None:
        return row
    static = [0 if isinstance(start, Array) else start for start in at]
    kept = [n if d in traced else m for d, (n, m) in enumerate(zip(x.shape, sizes))]
    x = ops.slice_(x, static, kept)
    if not traced or not prod(sizes):
        return ops.reshape(x, sizes) if prod(sizes) else ops.slice_(x, [0] * x.ndim, sizes)
    rest = [d for d in range(x.ndim) if d not in traced]
    places = [ops.as_index(at[d]) for d in traced]
    front = ops.transpose(x, [*traced, *rest])
    if all(sizes[d] == 1 for d in traced):
        read = ops.index(front, places)
        return ops.reshape(read, sizes)
    domain = [sizes[d] for d in traced]
    read = ops.gather(domain, front, lambda *i: [p + k for p, k in zip(places, i)])
    return ops.transpose(read, np.argsort([*traced, *rest]).tolist())


@converts("stablehlo.real_dynamic_slice")
def real_dynamic_slice(call: Call, x: Array, begins: Array, ends: Array, strides: Array) -> Array:
    """
    stablehlo.real_dynamic_slice x, a, b, s  →  ten.slice, for bounds that are known; for the bounds
    a and a + n with known n and steps of 1, what dynamic_slice x, a becomes
    """
    steps, sizes = known_array(strides), _added(begins, ends)
    ones = steps is not None and (steps == 1).all()
    if sizes is not None and ones and known_array(begins) is None:
        if any(not 0 <= size <= n for size, n in zip(sizes, x.shape, strict=True)):
            raise NotConvertible(f"a slice of {list(sizes)} is not inside of {list(x.shape)}")
        places = [ops.index(begins, [ops.as_index(k)]) for k in range(x.ndim)]
        return _box(call, x, sizes, places)
    box = [known_ints(b, "bounds") for b in (begins, ends, strides)]
    for a, b, s, n in zip(*box, x.shape, strict=True):
        if not (0 <= a <= b <= n and s > 0):
            raise NotConvertible(f"the slice {a}:{b}:{s} is not inside of {n} elements")
    return convert_moves.sliced(x, *box)


def _added(begins: Array, ends: Array) -> tuple[int, ...] | None:
    """The numbers n for which `ends` is the op begins + n; None if there are none."""
    made = ends.value.owner
    if not isinstance(made, arith.AddiOp) or begins.value not in made.operands:
        return None
    other = made.rhs if made.lhs is begins.value else made.lhs
    found = known_array(Array.of(other, begins.scope))
    return None if found is None else tuple(int(n) for n in found.reshape(-1))


@converts("stablehlo.dynamic_update_slice")
def dynamic_update_slice(call: Call, x: Array, box: Array, *given: Array) -> Array:
    """stablehlo.dynamic_update_slice x, v, i  →  ten.update at clamped places"""
    if not x.shape:
        return box
    at = starts(call, x, box.shape, given)
    result = ops.update(lambda: x, box, x.shape, [_place(s) for s in at], [1] * x.ndim)
    loop_rows.note_update(call.evaluator.facts, result, x, box, at)
    return result


def _place(start: Any) -> Any:
    return ops.as_index(start) if isinstance(start, Array) else start


# Gathers.


def _columns(indices: Array, vector: int) -> list[Array]:
    """The arrays of the components of index vectors, which lie along dimension `vector`."""
    if vector == indices.ndim:
        return [indices]
    shape = tuple(n for d, n in enumerate(indices.shape) if d != vector)
    return [
        ops.reshape(ops.part(indices, vector, k, k + 1), shape)
        for k in range(indices.shape[vector])
    ]


@converts("stablehlo.gather", "stablehlo.dynamic_gather")
def gather(call: Call, x: Array, indices: Array, *sizes: Array) -> Array:
    """
    stablehlo.gather x, i  →  ten.gather over the batch and the dimensions of the window that are
    not whole, at clamped places; whole dimensions are moved behind them
    """
    given = call.fields("dimension_numbers")
    offsets = given.get("offset_dims", ())
    collapsed = given.get("collapsed_slice_dims", ())
    x_batch = given.get("operand_batching_dims", ())
    i_batch = given.get("start_indices_batching_dims", ())
    mapped = given.get("start_index_map", ())
    vector = given.get("index_vector_dim", 0)
    extents = known_ints(sizes[0], "sizes of slices") if sizes else call.ints("slice_sizes")
    columns = _columns(indices, vector)
    batch = columns[0].shape if columns else _without(indices.shape, vector)
    window = [d for d in range(x.ndim) if d not in collapsed and d not in x_batch]
    start = {
        d: clamped(column, x.shape[d] - extents[d])
        for d, column in zip(mapped, columns)
        if extents[d] != x.shape[d]
    }
    offset_sizes = iter([extents[d] for d in window])
    batch_sizes = iter(batch)
    rank = len(batch) + len(window)
    shape = [next(offset_sizes if d in offsets else batch_sizes) for d in range(rank)]
    if any(not n for n in shape):
        return ops.reshape(constant(np.zeros(0, x.dtype)), shape)
    # A whole dimension is read from its beginning; a collapsed one has one element.
    moving = [
        d for d in range(x.ndim)
        if d in start or d in x_batch or (d in window and extents[d] != x.shape[d])
    ]  # fmt: skip
    flat = [d for d in collapsed if d not in moving]
    whole = [d for d in range(x.ndim) if d not in moving and d not in flat]
    source = ops.transpose(x, [*moving, *flat, *whole])
    sizes_of = [x.shape[d] for d in (*moving, *whole)]
    source = ops.reshape(source, sizes_of)
    inner = [d for d in moving if d in window]
    positions = _batch_positions(batch, i_batch, vector)

    def places(*at: Array) -> list[Array]:
        here, there = list(at[: len(batch)]), at[len(batch) :]
        result = []
        for d in moving:
            terms = []
            if d in x_batch:
                terms.append(here[positions[x_batch.index(d)]])
            if d in start:
                terms.append(
                    ops.as_index(ops.index(start[d], here)) if here else ops.as_index(start[d])
                )
            if d in inner:
                terms.append(there[inner.index(d)])
            total = terms[0] if terms else tracing.constant_index(0)
            for term in terms[1:]:
                total = total + term
            result.append(total)
        return result

    domain = [*batch, *(extents[d] for d in inner)]
    read = ops.gather(domain, source, places) if moving else source
    if not moving:
        read = ops.broadcast_to(source, (*batch, *source.shape))
    # Now the batch, the moving dimensions of the window, the whole ones; the result mixes them.
    order = [*inner, *whole]
    slots: list[int] = []
    batch_slots = iter(range(len(batch)))
    in_window = iter(window)
    for d in range(len(shape)):
        if d in offsets:
            slots.append(len(batch) + order.index(next(in_window)))
        else:
            slots.append(next(batch_slots))
    return ops.transpose(read, slots)


def _without(shape: tuple[int, ...], d: int) -> tuple[int, ...]:
    return tuple(n for e, n in enumerate(shape) if e != d)


def _batch_positions(batch: Sequence[int], dims: Sequence[int], vector: int) -> list[int]:
    """The positions, among the dimensions of the batch, of dimensions of the indices."""
    return [d - (d > vector) for d in dims]


@converts("stablehlo.torch_index_select")
def torch_index_select(call: Call, x: Array, indices: Array) -> Array:
    """stablehlo.torch_index_select x, i  →  ten.gather at clamped places"""
    d, batch = call.int("dim"), call.int("batch_dims")
    place = clamped(indices, x.shape[d] - 1)
    front = [*range(batch), d]
    source = ops.transpose(x, [*front, *(e for e in range(x.ndim) if e not in front)])

    def places(*at: Array) -> list[Array]:
        return [*at[:batch], ops.as_index(ops.index(place, at))]

    read = ops.gather(indices.shape, source, places)
    # The dimensions in front of d come first, then those of the indices behind the batch.
    middle = d - batch
    own = indices.ndim - batch
    perm = [
        *range(batch),
        *(indices.ndim + k for k in range(middle)),
        *range(batch, batch + own),
        *(indices.ndim + k for k in range(middle, read.ndim - indices.ndim)),
    ]
    return ops.transpose(read, perm)


# Scatters.


@converts("stablehlo.scatter")
def scatter(call: Call, *operands: Array) -> Any:
    """
    stablehlo.scatter x, i, v  →  x + ten.scatter of v for sums; the last element of each place for
    writes; a loop over the windows for any other reducer
    """
    n = (len(operands) - 1) // 2
    xs, indices, updates = operands[:n], operands[n], operands[n + 1 :]
    given = call.fields("scatter_dimension_numbers")
    windows = given.get("update_window_dims", ())
    inserted = given.get("inserted_window_dims", ())
    x_batch = given.get("input_batching_dims", ())
    i_batch = given.get("scatter_indices_batching_dims", ())
    mapped = given.get("scatter_dims_to_operand_dims", ())
    vector = given.get("index_vector_dim", 0)
    x, v = xs[0], updates[0]
    window = [d for d in range(x.ndim) if d not in inserted and d not in x_batch]
    extents = {d: v.shape[k] for d, k in zip(window, windows)}
    columns = dict(zip(mapped, _columns(indices, vector)))
    batch = tuple(m for k, m in enumerate(v.shape) if k not in windows)
    if not x.size or not v.size:
        return list(xs)
    one = _one_box(call, xs, updates, columns, extents, batch, windows, window, x_batch)
    if one is not None:
        return one
    # Dimensions that a window covers whole stay behind; the others make up one long dimension.
    whole = [d for d in window if extents[d] == x.shape[d] and d not in columns]
    moving = [d for d in range(x.ndim) if d not in whole]
    inner = [d for d in moving if d in window]
    where, valid = _targets(
        x.shape, moving, inner, columns, extents, batch, x_batch,
        _batch_positions(batch, i_batch, vector),
    )  # fmt: skip
    order = [
        *(k for k in range(v.ndim) if k not in windows),
        *(windows[window.index(d)] for d in inner),
        *(windows[window.index(d)] for d in whole),
    ]
    depth = len(batch) + len(inner)
    sources = [_flat(ops.transpose(u, order), depth) for u in updates]
    bases = [_flat(ops.transpose(y, [*moving, *whole]), len(moving)) for y in xs]
    at = _flat(where, depth)
    inside = None if valid is None else _flat(valid, depth)
    unique = call.flag("unique_indices")
    if n == 1:
        name = call.operation()
        kept = "replace" if _is_write(call) else name
        done = [
            scattered(
                bases[0], [at], inside, sources[0], kept,
                lambda a, b: convert_reductions.reducer(call)([a], [b])[0], unique,
            )
        ]  # fmt: skip
    else:
        done = _one_after_the_other(
            bases, _or_nowhere(at, inside), sources, convert_reductions.reducer(call)
        )
    back = np.argsort([*moving, *whole]).tolist()
    sizes = [x.shape[d] for d in (*moving, *whole)]
    return [ops.transpose(ops.reshape(y, sizes), back) for y in done]


def _is_write(call: Call) -> bool:
    """Whether the reducer gives its second argument: the update takes the place of the element."""
    block = call.block()
    body = list(block.ops)
    return len(body) == 1 and list(body[0].operands) == [block.args[1]]


def _one_box(
    call: Call,
    xs: Sequence[Array],
    updates: Sequence[Array],
    columns: dict[int, Array],
    extents: dict[int, int],
    batch: Sequence[int],
    windows: Sequence[int],
    window: Sequence[int],
    x_batch: Sequence[int],
) -> list[Array] | None:
    """The scatter of one window to a place that is known and inside; None for all others."""
    if prod(batch) != 1 or x_batch or len(xs) != 1:
        return None
    x = xs[0]
    offsets = [0] * x.ndim
    for d, column in columns.items():
        number = types.constant_value(column.value)
        number = _single(column) if number is None else number
        if number is None:
            return None
        offsets[d] = int(number)
    sizes = [extents.get(d, 1) for d in range(x.ndim)]
    if any(not 0 <= o <= n - s for o, s, n in zip(offsets, sizes, x.shape)):
        return None
    v = updates[0]
    order = [*(k for k in range(v.ndim) if k not in windows), *windows]
    box = ops.reshape(ops.transpose(v, order), sizes)
    if not _is_write(call):
        old = ops.slice_(x, offsets, sizes)
        (box,) = convert_reductions.reducer(call)([old], [box])
    return [ops.update(lambda: x, box, x.shape, offsets, [1] * x.ndim)]


def _single(x: Array) -> int | None:
    """The number that a reshape or a broadcast of a constant holds."""
    owner = x.value.owner
    while isinstance(owner, ten.ReshapeOp | ten.BroadcastOp | ten.SliceOp):
        number = types.constant_value(owner.x)
        if number is not None:
            return int(number)
        owner = owner.x.owner
    return None


def _targets(
    shape: Sequence[int],
    moving: Sequence[int],
    inner: Sequence[int],
    columns: dict[int, Array],
    extents: dict[int, int],
    batch: Sequence[int],
    x_batch: Sequence[int],
    positions: Sequence[int],
) -> tuple[Array, Array | None]:
    """
    For each element of the moving part of each window, its place in row-major order among the
    moving dimensions; and whether the whole window is inside of the array.
    """
    domain = (*batch, *(extents[d] for d in inner))
    where: Array = constant(np.int64(0), None, domain)
    valid: Array | None = None
    stride = 1
    for d in reversed(moving):
        here: Array | None = None
        if d in columns:
            column = ops.signed_index(columns[d])
            column = ops.reshape(ops.cast(column, INT64), tuple(batch))
            high = shape[d] - extents.get(d, 1)
            low_ok = ops.compare("ge", column, filled(column, 0))
            high_ok = ops.compare("le", column, filled(column, high))
            both = ops.binary(arith.AndIOp, low_ok, high_ok)
            valid = both if valid is None else ops.binary(arith.AndIOp, valid, both)
            here = _wide(column, domain)
        if d in x_batch:
            k = positions[x_batch.index(d)]
            counter = ops.iota(domain, k)
            here = counter if here is None else np.add(here, counter)
        if d in inner:
            counter = ops.iota(domain, len(batch) + inner.index(d)) if domain else None
            if counter is not None:
                here = counter if here is None else np.add(here, counter)
        if here is not None:
            scaled = here if stride == 1 else np.multiply(here, filled(here, stride))
            where = np.add(where, scaled)
        stride *= shape[d]
    return where, None if valid is None else _wide(valid, domain)


def _wide(x: Array, domain: Sequence[int]) -> Array:
    """An array over the batch, repeated along the dimensions of the window."""
    more = len(domain) - x.ndim
    return ops.broadcast_to(ops.reshape(x, (*x.shape, *[1] * more)), tuple(domain))


def _flat(x: Array, depth: int) -> Array:
    """The first dimensions of an array as one dimension."""
    return ops.reshape(x, (prod(x.shape[:depth]), *x.shape[depth:]))


def _or_nowhere(at: Array, valid: Array | None) -> Array:
    """The places, and -1 for the windows that are not inside."""
    return at if valid is None else ops.select(valid, at, filled(at, -1))


def scattered(
    base: Array,
    places: Sequence[Array],
    valid: Array | None,
    updates: Array,
    name: str | None,
    join: Callable[[Array, Array], Array],
    unique: bool,
) -> Array:
    """
    The rows of `updates`, joined into the rows of `base` at these places. `name` is the op that
    joins, or `replace`.
    """
    at = _or_nowhere(places[0], valid)
    count = base.shape[0]

    def to(table: Array) -> Callable[..., list[Array]]:
        return lambda k: [ops.index(table, [k])]

    if name == "stablehlo.add" and base.dtype != BOOL:
        total = ops.scatter([count], updates, 1, to(at))
        return total if is_zero(base) else np.add(base, total)
    if name == "replace":
        if unique or updates.shape[0] == 1:
            numbers = constant(np.arange(1, updates.shape[0] + 1))
            winner = np.subtract(
                ops.scatter([count], numbers, 1, to(at)), constant(1, INT64, (count,))
            )
        else:
            winner = assignment.last_places(at, count)
        spread = ops.gather([count], updates, to(winner))
        taken = ops.compare("ge", winner, filled(winner, 0))
        taken = ops.reshape(taken, (count, *[1] * (base.ndim - 1)))
        return ops.select(ops.broadcast_to(taken, base.shape), spread, base)
    return _one_after_the_other([base], at, [updates], lambda a, b: [join(a[0], b[0])])[0]


def is_zero(x: Array) -> bool:
    """Whether all elements of an array are known to be 0."""
    return types.constant_value(x.value) == 0 and x.dtype.kind != "c"


def _one_after_the_other(
    bases: Sequence[Array], at: Array, updates: Sequence[Array], join: convert_reductions.Join
) -> list[Array]:
    """A loop over the updates."""
    n, carried = at.shape[0], [tracing.use(b) for b in bases]
    given = [at, *updates]
    kinds = [(b.shape, b.dtype) for b in bases] + [(r.shape[1:], r.dtype) for r in given]
    with tracing.region([tracing.ir_type(*kind) for kind in kinds]) as (scope, args):
        now, place, new = args[: len(bases)], args[len(bases)], args[len(bases) + 1 :]
        spot = ops.as_index(place)
        joined = join([ops.index(x, [spot]) for x in now], new)
        after = []
        for x, row in zip(now, joined):
            box = ops.reshape(row, (1, *row.shape))
            offsets = [spot, *[0] * row.ndim]
            after.append(_updated(x, box, offsets))
        tracing.add_yield(scope, after)
    scan = ten.ScanOp(n, carried, [tracing.use(r) for r in given], Region(scope.block))
    here = tracing.current()
    return [Array.of(r, here) for r in tracing.add(scan).results]


def _updated(x: Array, box: Array, offsets: Sequence[Any]) -> Array:
    return ops.update(lambda: x, box, x.shape, offsets, [1] * x.ndim)


@converts("stablehlo.select_and_scatter")
def select_and_scatter(call: Call, x: Array, source: Array, init: Array) -> Array:
    """
    stablehlo.select_and_scatter x, source, init  →  the place that each window selects, as a
    reduction over windows of (element, place), and a scatter of source to these places
    """
    window = convert_reductions.Window.of(call, x.ndim)
    select, scatter = call.region(0), call.region(1)
    places = ops.reshape(ops.iota((x.size,), 0), x.shape)
    nowhere = constant(np.int64(-1))
    xs = [window.padded(x, constant(0, x.dtype, ())), window.padded(places, nowhere)]

    def join(a: Sequence[Array], b: Sequence[Array]) -> list[Array]:
        (x, i), (y, j) = a, b
        zero = filled(i, 0)
        (chosen,) = select(x, y)
        first = np.where(ops.compare("lt", j, zero), True, ops.broadcast_to(chosen, x.shape))
        first = ops.binary(arith.AndIOp, first, ops.compare("ge", i, zero))
        return [ops.select(first, x, y), ops.select(first, i, j)]

    for d in reversed(range(x.ndim)):
        xs = convert_reductions.along(
            xs, join, d, window.sizes[d], window.strides[d], window.dilations[d]
        )
    at = ops.reshape(xs[1], (xs[1].size,))
    updates = ops.reshape(source, (source.size,))
    base = ops.broadcast_to(init, (x.size,))
    valid = ops.compare("ge", at, filled(at, 0))
    result = scattered(
        base, [at], valid, updates, call.operation(1), lambda a, b: scatter(a, b)[0], False
    )
    return ops.reshape(result, x.shape)
