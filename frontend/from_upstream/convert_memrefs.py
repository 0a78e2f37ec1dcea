"""Memory: `memref`, the loads and stores of `affine`, and `bufferization`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import prod
from typing import Any

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    MemRefType,
    NoneAttr,
    UnrankedMemRefType,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import arrays, types
from ...passes.rewriting.diagnostics import LetgradError
from .. import tracing
from ..from_stablehlo import loop_rows
from ..from_stablehlo.convert_elements import table_of
from ..from_stablehlo.foreign_op import NotConvertible
from ..tracing import Array
from . import convert_loops, elements
from .cells import (
    Box,
    Cell,
    Choice,
    Permute,
    Reshape,
    Strided,
    View,
    box,
    choice,
    element,
    put,
    unwritten,
)
from .places import Place
from .upstream_rules import Call, converts, number_of, shape_of


def cell_of(key: Any, shape: Sequence[int], type: Attribute, read_only: bool = False) -> Cell:
    """
    A new cell for memory of a type.

    Errors: `NotConvertible` for elements that letgrad does not compute with.
    """
    assert isinstance(type, MemRefType)
    element = number_of(type)
    try:
        arrays.element_type(arrays.dtype(element))
    except (TypeError, ValueError, KeyError):
        raise NotConvertible(f"letgrad does not compute with {type}") from None
    return Cell(key, tuple(shape), element, read_only)


@converts("memref.alloc", "memref.alloca")
def alloc(call: Call, *sizes: Array) -> Any:
    """memref.alloc  →  nothing; the memory begins with zeros"""
    type = call.op.results[0].type
    count = len(call.op.dynamic_sizes)
    uses = [use.operation for use in call.op.results[0].uses]
    if any(op.name == "memref.view" for op in uses):
        return _typed_parts(call, uses)
    key: tuple[Any, ...] = (call.op, call.evaluator.path)
    shape = _capacity(call, uses, sizes[:count])
    cell = cell_of(key, shape, type)
    for k in itertools.count(1):
        if cell not in call.memory.contents:
            break
        # The op has run before, and that memory may be in use.
        cell = cell_of((*key, k), shape, type)
    call.memory.contents[cell] = unwritten(cell)
    return View(cell)


ELEMENTWISE_USES = frozenset({
    "memref.load", "memref.store", "affine.load", "affine.store", "memref.dealloc",
    "memref.atomic_rmw", "memref.assume_alignment",
})  # fmt: skip
"""Ops that use single elements of memory, or none: they do not see how large the memory is."""


def _capacity(call: Call, uses: Sequence[Operation], given: Sequence[Array]) -> tuple[int, ...]:
    """
    The shape of memory that the program allocates. If a counter of a loop says a size and all uses
    are elementwise, the size is the greatest one: a program does not use elements beyond its own.

    Errors: `NotConvertible` for a size that is not known.
    """
    rest, shape = iter(given), list[Place]()
    for n in shape_of(call.op.results[0].type):
        place: Place = call.places.of(next(rest)) if n is None else n
        fact = call.places.facts.get(place)
        if fact is not None and all(op.name in ELEMENTWISE_USES for op in uses):
            place = max(fact.bounds[1], 0)
        shape.append(place)
    return call.fixed("sizes", shape)


def _typed_parts(call: Call, uses: Sequence[Operation]) -> View:
    """
    Memory of bytes, of which each `memref.view` is a part with elements of a type.

    Errors: `NotConvertible` if the program also uses the bytes, or if two parts overlap.
    """
    (size,) = shape_of(call.op.results[0].type)
    parts: dict[int, tuple[int, Attribute]] = {}
    for op in uses:
        if op.name == "memref.dealloc":
            continue
        if op.name != "memref.view":
            raise NotConvertible(f"{op.name} uses the bytes of memory that has elements of a type")
        type, start = op.results[0].type, _view_start(op)
        shape = shape_of(type)
        if start is None or None in shape:
            raise NotConvertible("letgrad must know the place and the sizes of each memref.view")
        sizes = [n for n in shape if n is not None]
        if parts.setdefault(start, (prod(sizes), type)) != (prod(sizes), type):
            raise NotConvertible(f"two views from byte {start} on have other types")
        cell = cell_of((call.op, call.evaluator.path, start), sizes, type)
        call.memory.contents[cell] = unwritten(cell)
    end = 0
    for start, (count, type) in sorted(parts.items(), key=lambda part: part[0]):
        if start < end:
            raise NotConvertible(f"the views before and from byte {start} on overlap")
        end = start + count * arrays.dtype(types.any_element(type)).itemsize
    if size is not None and end > size:
        raise NotConvertible(f"a view ends at byte {end}, and the memory has {size} bytes")
    return View(Cell((call.op, call.evaluator.path), (), call.op.results[0].type.element_type))


def _view_start(op: Operation) -> int | None:
    """The byte at which a `memref.view` begins, if a constant says it."""
    owner = op.operands[1].owner
    value = owner.properties.get("value") if isinstance(owner, Operation) else None
    return value.value.data if isinstance(value, IntegerAttr) else None


@converts("memref.view")
def view_(call: Call, view: View, *rest: Array) -> Any:
    """memref.view x[k]  →  other memory, which nothing else uses"""
    key = view.cell.key
    if not isinstance(key, tuple) or len(key) != 2 or call.op.source.owner is not key[0]:
        raise NotConvertible("letgrad reads the bytes of memory that the program allocates")
    shape = [n for n in shape_of(call.op.results[0].type) if n is not None]
    return View(cell_of((*key, _view_start(call.op)), shape, call.op.results[0].type))


@converts("memref.dealloc", "memref.assume_alignment", "memref.prefetch", "affine.prefetch")
def dealloc(call: Call, view: View, *rest: Any) -> Any:
    """memref.dealloc x  →  nothing"""
    return [view] if call.op.results else []


@converts("memref.load")
def load(call: Call, view: View, *indices: Array) -> Any:
    """memref.load x[i]  →  ten.index, or a row of the loop around it"""
    return _load(call, view, [call.places.of(i) for i in indices])


@converts("affine.load")
def affine_load(call: Call, view: View, *indices: Array) -> Any:
    """affine.load x[map(i)]  →  ten.index, or a row of the loop around it"""
    places = call.places
    return _load(call, view, places.map(call.op.map.data, [places.of(i) for i in indices]))


def _load(call: Call, view: View, indices: Sequence[Place]) -> Array:
    if rest := view.shape[len(indices) :]:
        sizes = [*[1] * len(indices), *rest]
        x, at = call.memory.read(view), [*indices, *[0] * len(rest)]
        return elements.reshape(box(x, at, sizes, [1] * len(sizes)), rest)
    if isinstance(view, Choice):
        yes, no = (_load(call, v, indices) for v in (view.yes, view.no))
        return elements.select(view.mask, yes, no)
    x, at = call.memory.content(view.cell), call.memory.at(view, indices)
    row = _row(call, x, at)
    return element(x, at) if row is None else row


def _row(call: Call, x: Array, at: Sequence[Place]) -> Array | None:
    """The element as one of a row of the loop around it, if a counter determines its place."""
    traced = [d for d, place in enumerate(at) if isinstance(place, Array)]
    facts = call.places.facts
    for d, (place, n) in enumerate(zip(at, x.shape)):
        if isinstance(place, int) and not 0 <= place < n:
            return None
        if isinstance(place, Array):
            fact = facts.get(place)
            if fact is None or d not in traced:
                return None
            low, high = fact.bounds
            if low < 0 or high >= n or x.value.type == types.element(x.value.type):
                return None
    row = loop_rows.row(facts, x, at, [1] * x.ndim, traced)
    return None if row is None else elements.reshape(row, ())


@converts("memref.store")
def store(call: Call, value: Array, view: View, *indices: Array) -> Any:
    """memref.store v, x[i]  →  ten.update"""
    _store(call, value, view, [call.places.of(i) for i in indices])
    return []


@converts("affine.store")
def affine_store(call: Call, value: Array, view: View, *indices: Array) -> Any:
    """affine.store v, x[map(i)]  →  ten.update"""
    places = call.places
    at = places.map(call.op.map.data, [places.of(i) for i in indices])
    _store(call, value, view, at)
    return []


def _store(call: Call, value: Any, view: View, indices: Sequence[Place]) -> None:
    if isinstance(value, View):
        raise NotConvertible("the program stores the address of memory, which then escapes")
    if rest := view.shape[len(indices) :]:
        part = elements.reshape(value, (*[1] * len(indices), *rest))
        at, x = [*indices, *[0] * len(rest)], call.memory.read(view)
        call.memory.write(view, put(x, part, at, [1] * part.ndim))
        return
    if isinstance(view, Choice):
        kept = call.memory.load(view.yes, indices)
        _store(call, elements.select(view.mask, value, kept), view.yes, indices)
        kept = call.memory.load(view.no, indices)
        _store(call, elements.select(view.mask, kept, value), view.no, indices)
        return
    before = call.memory.content(view.cell)
    at = call.memory.at(view, indices)
    after = call.memory.store(view, indices, value)
    if before.ndim and all(isinstance(p, Array) or 0 <= p < n for p, n in zip(at, before.shape)):
        box = elements.reshape(value, (1,) * before.ndim)
        loop_rows.note_update(call.places.facts, after, before, box, at)


@converts("memref.atomic_rmw")
def atomic_rmw(call: Call, value: Array, view: View, *indices: Array) -> Any:
    """memref.atomic_rmw addf v, x[i]  →  ten.index, arith.addf and ten.update"""
    at = [call.places.of(i) for i in indices]
    old = call.memory.load(view, at)
    _store(call, convert_loops.joined(call.op.kind, old, value), view, at)
    return old


@converts("memref.generic_atomic_rmw")
def generic_atomic_rmw(call: Call, view: View, *indices: Array) -> Any:
    """memref.generic_atomic_rmw x[i] { f }  →  ten.index, the ops of f, and ten.update"""
    at = [call.places.of(i) for i in indices]
    old = call.memory.load(view, at)
    (new,) = call.region()(old)
    _store(call, new, view, at)
    return old


@converts("memref.realloc")
def realloc(call: Call, view: View, *size: Array) -> Any:
    """memref.realloc x  →  other memory that begins with the elements of x"""
    type = call.op.results[0].type
    (n,) = call.sizes(size)
    cell = cell_of((call.op, call.evaluator.path), (n,), type)
    kept = min(n, view.shape[0])
    part = box(call.memory.read(view), [0], [kept], [1])
    call.memory.contents[cell] = put(unwritten(cell), part, [0], [1])
    return View(cell)


@converts("memref.copy", "linalg.copy_memory")
def copy(call: Call, source: View, target: View) -> Any:
    """memref.copy x, y  →  y has the elements of x"""
    if source.shape != target.shape:
        raise NotConvertible(f"memory of the shapes {source.shape} and {target.shape}")
    call.memory.write(target, call.memory.read(source))
    return []


@converts("memref.dim")
def dim(call: Call, view: Any, index: Array) -> Any:
    """memref.dim x, d  →  a constant"""
    (d,) = call.fixed("dimension", [call.places.of(index)])
    if not 0 <= d < len(view.shape):
        raise NotConvertible(f"there is no dimension {d} in the shape {view.shape}")
    return tracing.constant_index(view.shape[d])


@converts("memref.rank")
def rank(call: Call, view: View) -> Any:
    """memref.rank x  →  a constant"""
    return tracing.constant_index(len(view.shape))


@converts("memref.extract_strided_metadata")
def strided_metadata(call: Call, view: View) -> Any:
    """memref.extract_strided_metadata x  →  a view of the first element, and constants"""
    places, shape = call.places, view.shape
    key = view.cell.key
    if isinstance(view, Choice):
        raise NotConvertible("letgrad must know which memory a value names")
    if isinstance(key, SSAValue) and not isinstance(key.type.layout, NoneAttr):
        raise NotConvertible("letgrad knows the places of dense memory, and not of other memory")
    dense = [prod(view.cell.shape[d + 1 :]) for d in range(len(view.cell.shape))]

    def position(*indices: int) -> Place:
        result: Place = 0
        for place, step in zip(call.memory.at(view, indices), dense, strict=True):
            result = places.add(result, places.multiply(place, step))
        return result

    zero = [0] * len(shape)
    offset = position(*zero)
    strides: list[Place] = []
    for d, n in enumerate(shape):
        unit = [int(k == d) for k in range(len(shape))]
        # There is no second element in a dimension of size 1, so any stride would do.
        strides.append(places.subtract(position(*unit), offset) if n > 1 else prod(shape[d + 1 :]))
    total = prod(view.cell.shape)
    flat = View(view.cell).through(Reshape(view.cell.shape, (total,)))
    first = flat.through(Box((0,), (1,), (1,), frozenset({0})))
    return [first, *map(places.traced, (offset, *shape, *strides))]


# Views.


@converts("memref.cast", "memref.memory_space_cast")
def cast(call: Call, view: View) -> Any:
    """memref.cast x  →  x"""
    type = call.op.results[0].type
    if not isinstance(type, UnrankedMemRefType):
        for n, m in zip(shape_of(type), view.shape, strict=True):
            if n not in (None, m):
                raise NotConvertible(f"memory of the shape {view.shape} is no {type}")
    return view


@converts("memref.subview")
def subview(call: Call, view: View, *rest: Array) -> Any:
    """memref.subview x  →  a view"""
    return view.through(convert_loops.slice_box(call, rest, shape_of(call.op.results[0].type)))


@converts("memref.transpose")
def transpose(call: Call, view: View) -> Any:
    """memref.transpose x  →  a view"""
    map = call.op.permutation.data
    return view.through(Permute(view.shape, tuple(e.position for e in map.results)))


@converts("memref.collapse_shape")
def collapse(call: Call, view: View) -> Any:
    """memref.collapse_shape x  →  a view"""
    return view.through(Reshape(view.shape, collapsed(call, view.shape)))


def collapsed(call: Call, shape: Sequence[int]) -> tuple[int, ...]:
    """The shape in which each group of dimensions is one dimension."""
    groups = [[int(k.value.data) for k in group.data] for group in call.op.reassociation.data]
    return tuple(prod(shape[k] for k in group) for group in groups)


@converts("memref.expand_shape")
def expand(call: Call, view: View, *sizes: Array) -> Any:
    """memref.expand_shape x  →  a view"""
    return view.through(Reshape(view.shape, expanded(call, sizes)))


def expanded(call: Call, sizes: Sequence[Array]) -> tuple[int, ...]:
    """The shape with more dimensions."""
    return call.fixed("sizes", call.mixed("static_output_shape", sizes))


@converts("memref.reshape")
def reshape(call: Call, view: View, shape: View) -> Any:
    """memref.reshape x(shape)  →  a view"""
    sizes = shape_of(call.op.results[0].type)
    result = call.fixed("sizes", [n if n is not None else call.places.of(
        call.memory.load(shape, [d])) for d, n in enumerate(sizes)])  # fmt: skip
    return view.through(Reshape(view.shape, result))


@converts("memref.reinterpret_cast")
def reinterpret_cast(call: Call, view: View, *rest: Array) -> Any:
    """memref.reinterpret_cast x  →  a view of the elements at these offsets and strides"""
    op = call.op
    counts = [len(x) for x in (op.offsets, op.sizes, op.strides)]
    ends = [sum(counts[:k]) for k in range(4)]
    (offset,), sizes, strides = (
        call.mixed(name, rest[ends[k] : ends[k + 1]])
        for k, name in enumerate(("static_offsets", "static_sizes", "static_strides"))
    )
    return _recast(call, view, offset, call.fixed("sizes", sizes), strides)


def _recast(
    call: Call, view: View, offset: Place, sizes: tuple[int, ...], strides: Sequence[Place]
) -> View:
    if isinstance(view, Choice):
        yes, no = (_recast(call, v, offset, sizes, strides) for v in (view.yes, view.no))
        return choice(view.mask, yes, no)
    key = view.cell.key
    if isinstance(key, SSAValue) and not isinstance(key.type.layout, NoneAttr):
        raise NotConvertible("letgrad knows the places of dense memory, and not of other memory")
    dense = [prod(sizes[d + 1 :]) for d in range(len(sizes))]
    total = prod(view.cell.shape)
    steps = [s if isinstance(s, int) else None for s in strides]
    if isinstance(offset, int) and prod(sizes) and None not in steps:
        ends = [(n - 1) * s for n, s in zip(sizes, steps) if s is not None]
        low, high = (offset + sum(f(e, 0) for e in ends) for f in (min, max))
        if low < 0 or high >= total:
            raise NotConvertible(
                f"the elements from {low} to {high} leave memory of {total} elements"
            )
    # The offset counts from the first element of the memory, also for a cast of a view.
    flat = View(view.cell).through(Reshape(view.cell.shape, (total,)))
    if any(n != 1 and s != d for n, s, d in zip(sizes, steps, dense)):
        return flat.through(Strided(offset, sizes, tuple(strides), call.places))
    count = prod(sizes)
    return flat.through(Box((offset,), (count,), (1,))).through(Reshape((count,), sizes))


@converts("memref.get_global")
def get_global(call: Call) -> Any:
    """memref.get_global @x  →  the constant that the module has"""
    name = call.word("name")
    found = call.evaluator.globals.get(name)
    if found is None:
        raise LetgradError(f"there is no memref.global @{name}", call.op)
    if found.properties.get("constant") is None:
        raise NotConvertible(f"@{name} is not constant, so its content is not known here")
    table = found.properties.get("initial_value")
    if not isinstance(table, DenseIntOrFPElementsAttr):
        raise NotConvertible(f"@{name} has no initial value, so its content is not known here")
    type = call.op.results[0].type
    cell = cell_of(name, types.shape(table.type), type, read_only=True)
    if cell not in call.memory.contents:
        call.memory.contents[cell] = table_of(table, table.type)
    return View(cell)


# Between tensors and memory.


@converts("bufferization.to_tensor")
def to_tensor(call: Call, view: View) -> Any:
    """bufferization.to_tensor x  →  the content of x"""
    return call.memory.read(view)


@converts("bufferization.to_buffer", "bufferization.to_memref")
def to_buffer(call: Call, x: Array) -> Any:
    """bufferization.to_buffer t  →  constant memory with the elements of t"""
    cell = cell_of((call.op, call.evaluator.path), x.shape, call.op.results[0].type, True)
    call.memory.contents[cell] = x
    return View(cell)


@converts("bufferization.clone")
def clone(call: Call, view: View) -> Any:
    """bufferization.clone x  →  other memory with the same elements"""
    cell = cell_of((call.op, call.evaluator.path), view.shape, call.op.results[0].type)
    call.memory.contents[cell] = call.memory.read(view)
    return View(cell)


@converts("bufferization.materialize_in_destination")
def materialize(call: Call, x: Array, target: Any) -> Any:
    """bufferization.materialize_in_destination t in x  →  x has the elements of t"""
    if isinstance(target, View):
        call.memory.write(target, x)
        return []
    return x


@converts("bufferization.alloc_tensor")
def alloc_tensor(call: Call, *operands: Array) -> Any:
    """bufferization.alloc_tensor  →  zeros, or the tensor that it copies"""
    copied = list(call.op.operands)[len(call.op.dynamic_sizes) :]
    if copied:
        return operands[len(call.op.dynamic_sizes)]
    return empty(call, operands)


def empty(call: Call, sizes: Sequence[Array]) -> Array:
    """A tensor that nothing has written: zeros."""
    element = types.element(call.op.results[0].type)
    return unwritten(Cell(call.op, call.sizes(sizes), element))
