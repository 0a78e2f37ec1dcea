"""Loops, branches and calls: `scf`, `affine`, `func`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr
from xdsl.ir import Block
from xdsl.irdl import IRDLOperation

from ...dialects import arrays, ten
from ...dialects.upstream import affine_ops
from ...passes.rewriting.diagnostics import LetgradError
from .. import ops, tracing
from ..from_stablehlo.foreign_op import NotConvertible, ints_of
from ..tracing import Array
from . import loop_writing
from .cells import Box
from .elements import binary
from .places import Place
from .upstream_evaluator import array
from .upstream_rules import Call, converts


@converts("func.call")
def call_(call: Call, *xs: Any) -> Any:
    """func.call @f(x)  →  the ops of @f"""
    function = call.evaluator.functions.get(call.word("callee"))
    if function is None:
        raise LetgradError(f"there is no function @{call.word('callee')}", call.op)
    return call.evaluator.call(function, xs, call.op)


@converts("scf.execute_region", "memref.alloca_scope")
def execute_region(call: Call) -> Any:
    """scf.execute_region { … }  →  its ops"""
    return call.region()()


# Branches.


@converts("scf.if")
def if_(call: Call, mask: Array) -> Any:
    """scf.if mask  →  scf.if, which gives the memory that a branch writes; or the branch chosen"""
    return _branches(call, mask)


def _branches(call: Call, mask: Array | bool) -> Any:
    def other() -> list[Any]:
        return call.region(1)() if len(call.op.regions[1].blocks) else []

    return call.evaluator.branches(mask, call.region(0), other)


@converts("affine.if")
def affine_if(call: Call, *operands: Array) -> Any:
    """affine.if set(i)  →  scf.if of the set's constraints"""
    condition = call.op.condition.data
    places = [call.places.of(x) for x in operands]
    return _branches(call, call.places.holds(condition, places))


@converts("scf.index_switch")
def index_switch(call: Call, index: Array) -> Any:
    """scf.index_switch k  →  a chain of scf.if"""
    cases = call.ints("cases")
    place = call.places.of(index)

    def from_case(k: int) -> list[Any]:
        if k == len(cases):
            return call.region(0)()
        if isinstance(place, int):
            return call.region(k + 1)() if place == cases[k] else from_case(k + 1)
        mask = ops.compare_by("eq", place, call.places.traced(cases[k]))
        return call.evaluator.branches(mask, call.region(k + 1), lambda: from_case(k + 1))

    return from_case(0)


# Loops.


@converts("scf.for")
def for_(call: Call, low: Array, high: Array, step: Array, *inits: Any) -> Any:
    """scf.for  →  ten.scan where the number of turns is known, otherwise ten.while"""
    kind = call.block().args[0].type
    region = call.region()

    def body(i: Place, values: list[Any]) -> list[Any]:
        return region(counter_of(i, kind), *values)

    first, last, by = (_integer(call, x) for x in (low, high, step))
    unsigned = call.flag("unsignedCmp")
    return loop_writing.counted(call.evaluator, first, last, by, inits, body, kind, unsigned)


def _integer(call: Call, x: Array) -> Place:
    """A bound of a loop: known, or of the type of its counter."""
    number = call.places.known(x)
    return x if number is None else number


def counter_of(i: Place, kind: Any) -> Array:
    """A counter as a value of its type."""
    if not isinstance(i, int):
        return i
    return constant_of(i, kind)


def constant_of(i: int, kind: Any) -> Array:
    """An integer constant of a type."""
    if kind == ten.index_type:
        return tracing.constant_index(i)
    return tracing.constant(np.asarray(i).astype(arrays.dtype(kind)))


@converts("affine.for")
def affine_for(call: Call, *operands: Any) -> Any:
    """affine.for  →  ten.scan where the number of turns is known, otherwise ten.while"""
    op, places = call.op, call.places
    lows = [places.of(x) for x in call.of(op.lowerBoundOperands)]
    highs = [places.of(x) for x in call.of(op.upperBoundOperands)]
    low = _extreme(places.greatest, places.map(op.lowerBoundMap.data, lows))
    high = _extreme(places.least, places.map(op.upperBoundMap.data, highs))
    region = call.region()

    def body(i: Place, values: list[Any]) -> list[Any]:
        return region(places.traced(i), *values)

    step = int(op.step.value.data)
    return loop_writing.counted(call.evaluator, low, high, step, call.of(op.inits), body)


def _extreme(choose: Callable[[Place, Place], Place], values: Sequence[Place]) -> Place:
    result = values[0]
    for value in values[1:]:
        result = choose(result, value)
    return result


def nest(
    call: Call, bounds: Sequence[tuple[Place, Place, Place]], inits: Sequence[Any],
    body: Callable[[list[Place], list[Any]], Sequence[Any]],
) -> list[Any]:  # fmt: skip
    """Loops inside of each other, the last one innermost."""

    def level(d: int, at: list[Place], values: list[Any]) -> list[Any]:
        if d == len(bounds):
            return list(body(at, values))
        return loop_writing.counted(
            call.evaluator, *bounds[d], values, lambda i, xs: level(d + 1, [*at, i], xs)
        )

    return level(0, [], list(inits))


@converts("scf.parallel")
def parallel(call: Call, *operands: Any) -> Any:
    """scf.parallel  →  loops; a reduction joins the values in their order"""
    op, places = call.op, call.places
    parts = [call.of(x) for x in (op.lowerBound, op.upperBound, op.step)]
    bounds = [(places.of(a), places.of(b), places.of(c)) for a, b, c in zip(*parts)]
    block: Block = call.block()

    def body(at: list[Place], values: list[Any]) -> list[Any]:
        last = call.evaluator.block(block, [places.traced(i) for i in at], call.values)
        # An older syntax has one `scf.reduce` for each value, in front of the end of the body.
        reductions = [x for x in block.ops if x.name == "scf.reduce"]
        pairs = [(r, k) for r in reductions for k in range(len(r.operands))]
        if len(pairs) != len(values):
            raise LetgradError(
                f"scf.parallel has {len(values)} initial values and {len(pairs)} reductions",
                last or op,
            )
        return [
            call.evaluator.region(r.regions[k], [value, call.values[r.operands[k]]], call.values)[0]
            for (r, k), value in zip(pairs, values)
        ]

    return nest(call, bounds, call.of(op.initVals), body)


@converts("scf.reduce")
def reduce(call: Call, *xs: Any) -> Any:
    """scf.reduce  →  nothing here: the loop around it joins the values"""
    return []


_JOINS: dict[str, type[IRDLOperation]] = {
    "addf": arith.AddfOp, "addi": arith.AddiOp, "mulf": arith.MulfOp, "muli": arith.MuliOp,
    "maximumf": arith.MaximumfOp, "minimumf": arith.MinimumfOp, "maxnumf": arith.MaxnumfOp,
    "minnumf": arith.MinnumfOp, "maxs": arith.MaxSIOp, "mins": arith.MinSIOp,
    "maxu": arith.MaxUIOp, "minu": arith.MinUIOp, "ori": arith.OrIOp, "andi": arith.AndIOp,
    "xori": arith.XOrIOp,
}  # fmt: skip


def joined(kind: Any, old: Array, new: Array) -> Array:
    """Two values, joined as `affine.parallel` and `memref.atomic_rmw` join values."""
    name = affine_ops.name(kind)
    if name == "assign":
        return new
    return binary(_JOINS[name], old, new)


_NEUTRAL: dict[str, Any] = {
    "addf": 0, "addi": 0, "mulf": 1, "muli": 1, "ori": 0, "xori": 0, "andi": -1, "maxu": 0,
    "minu": -1, "assign": 0,
}  # fmt: skip


def _neutral(kind: Any, like: Any) -> Array:
    """The value that a reduction starts with."""
    name = affine_ops.name(kind)
    dtype = arrays.dtype(like)
    if name in _NEUTRAL:
        return _constant(like, np.asarray(_NEUTRAL[name]).astype(dtype))
    sign = 1 if name.startswith("min") else -1
    return _constant(like, np.asarray(ops.lowest(dtype, sign), dtype))


def _constant(like: Any, number: np.ndarray) -> Array:
    if like == ten.index_type:
        return tracing.constant_index(int(number))
    return tracing.constant(number)


@converts("affine.parallel")
def affine_parallel(call: Call, *operands: Any) -> Any:
    """affine.parallel  →  loops; a reduction joins the values in their order"""
    op, places = call.op, call.places
    lows_map, highs_map = op.lowerBoundsMap.data, op.upperBoundsMap.data
    given = [places.of(x) for x in operands]
    n = lows_map.num_dims + lows_map.num_symbols
    lows = _grouped(places.greatest, places.map(lows_map, given[:n]), op.lowerBoundsGroups)
    highs = _grouped(places.least, places.map(highs_map, given[n:]), op.upperBoundsGroups)
    steps = [int(x) for x in _steps(op.steps)]
    kinds = list(op.reductions.data)
    region = call.region()

    def body(at: list[Place], values: list[Any]) -> list[Any]:
        found = region(*[places.traced(i) for i in at])
        return [joined(kind, old, array(new)) for kind, old, new in zip(kinds, values, found)]

    inits = [_neutral(kind, r.type) for kind, r in zip(kinds, op.results)]
    return nest(call, list(zip(lows, highs, steps)), inits, body)


def _steps(attribute: Any) -> list[int]:
    if isinstance(attribute, ArrayAttr):
        return [int(x.value.data) for x in attribute.data if isinstance(x, IntegerAttr)]
    return list(ints_of(attribute))


def _grouped(
    choose: Callable[[Place, Place], Place], values: Sequence[Place], groups: Any
) -> list[Place]:
    """One bound for each loop: the greatest or the least of the results that belong to it."""
    result, rest = [], list(values)
    for n in ints_of(groups):
        result.append(_extreme(choose, rest[:n]))
        rest = rest[n:]
    return result


@converts("scf.while")
def while_(call: Call, *inits: Any) -> Any:
    """scf.while  →  ten.while"""

    def test(xs: list[Any]) -> tuple[Array, list[Any]]:
        mask, *ys = call.region(0)(*xs)
        return mask, ys

    return loop_writing.while_(call.evaluator, inits, test, lambda ys: call.region(1)(*ys))


@converts("scf.forall")
def forall(call: Call, *operands: Any) -> Any:
    """scf.forall  →  loops that write the slices of their results one after the other"""
    op, places = call.op, call.places
    counts = [len(call.ints(f"static{x}")) for x in ("LowerBound", "UpperBound", "Step")]
    rest = list(operands)
    parts = []
    for name in ("LowerBound", "UpperBound", "Step"):
        dynamic = len([v for v in getattr(op, f"dynamic{name}")])
        parts.append(call.mixed(f"static{name}", rest[:dynamic]))
        rest = rest[dynamic:]
    assert len(set(counts)) == 1
    block = call.block()

    def body(at: list[Place], values: list[Any]) -> list[Any]:
        last = call.evaluator.block(block, [*map(places.traced, at), *values], call.values)
        if last is None or not last.regions or not last.regions[0].blocks:
            return values
        shared = list(block.args[len(at) :])
        result = list(values)
        for insert in last.regions[0].block.ops:
            if insert.name != "tensor.parallel_insert_slice":
                continue
            k = shared.index(insert.operands[1])
            call.values[shared[k]] = result[k]
            made = Call(insert, call.evaluator, call.values)
            result[k] = inserted(made, *call.of(insert.operands))
        return result

    return nest(call, list(zip(*parts)), rest, body)


def inserted(call: Call, part: Array, whole: Array, *rest: Array) -> Array:
    """The array with a slice inserted; the box is that of the op."""
    box = slice_box(call, rest, part.shape)
    return box.written(call.places, whole, part)


def slice_box(call: Call, rest: Sequence[Array], shape: Sequence[int | None] | None) -> Box:
    """
    The box of an op on slices. `shape` is the shape of the slice, without the dimensions of size 1
    that the op drops; None if it drops none.
    """
    op = call.op
    counts = [len(x) for x in (op.offsets, op.sizes, op.strides)]
    ends = [sum(counts[:k]) for k in range(4)]
    offsets, sizes, strides = (
        call.mixed(name, rest[ends[k] : ends[k + 1]])
        for k, name in enumerate(("static_offsets", "static_sizes", "static_strides"))
    )
    extents = call.fixed("sizes of a slice", sizes)
    return Box(
        tuple(offsets),
        extents,
        call.fixed("strides of a slice", strides),
        dropped(extents, shape),
    )


def dropped(sizes: Sequence[int], shape: Sequence[int | None] | None) -> frozenset[int]:
    """The dimensions of size 1 that a slice of this shape does not have."""
    if shape is None:
        return frozenset()
    result, k = [], 0
    spare = len(sizes) - len(shape)
    for d, n in enumerate(sizes):
        fits = k < len(shape) and shape[k] in (None, n)
        if fits and not (n == 1 and spare and k < len(shape) and shape[k] is None):
            k += 1
        elif n == 1 and spare:
            result.append(d)
            spare -= 1
        elif fits:
            k += 1
        else:
            raise NotConvertible(f"a slice of the sizes {list(sizes)} has no shape {list(shape)}")
    return frozenset(result)


# Maps.


@converts("affine.apply")
def apply(call: Call, *operands: Array) -> Any:
    """affine.apply map(i)  →  arithmetic on indices"""
    places = [call.places.of(x) for x in operands]
    (value,) = call.places.map(call.op.map.data, places)
    return call.places.traced(value)


def _basis(call: Call, indices: int, dynamic: Sequence[Array]) -> list[Place]:
    """The sizes of all dimensions but the first one, whose size no index depends on."""
    sizes = call.mixed("static_basis", dynamic)
    return sizes[len(sizes) - indices + 1 :]


@converts("affine.delinearize_index")
def delinearize(call: Call, i: Array, *dynamic: Array) -> Any:
    """affine.delinearize_index i into (n, m)  →  floor(i / m) and i mod m"""
    places, rest = call.places, call.places.of(i)
    found: list[Place] = []
    for size in reversed(_basis(call, len(call.op.results), dynamic)):
        found.append(places.modulo(rest, size))
        rest = places.divide_down(rest, size)
    return [places.traced(x) for x in (rest, *reversed(found))]


@converts("affine.linearize_index")
def linearize(call: Call, *operands: Array) -> Any:
    """affine.linearize_index [i, j] by (n, m)  →  i m + j"""
    places, n = call.places, len(call.op.multi_index)
    indices = [places.of(i) for i in operands[:n]]
    total: Place = indices[0] if indices else 0
    for i, size in zip(indices[1:], _basis(call, n, operands[n:])):
        total = places.add(places.multiply(total, size), i)
    return places.traced(total)


@converts("affine.min", "affine.max")
def extreme(call: Call, *operands: Array) -> Any:
    """affine.min map(i)  →  the least of the map's results"""
    places = [call.places.of(x) for x in operands]
    choose = call.places.least if call.name == "affine.min" else call.places.greatest
    return call.places.traced(_extreme(choose, call.places.map(call.op.map.data, places)))
