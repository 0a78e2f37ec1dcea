"""
Values of `vector`. A vector is an array: before the conversion, each vector type of a function
becomes the type of a tensor of the same shape, and then the ops of `arith`, `math` and `scf` on
vectors are ops on tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects import arith, func, math
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FunctionType,
    TensorType,
    VectorType,
)
from xdsl.ir import Attribute, Operation
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineMap
from xdsl.irdl import IRDLOperation

from ...dialects import ten, types
from ...dialects.walking import ops_in
from ...passes.rewriting.diagnostics import LetgradError
from .. import ops, tracing
from ..from_stablehlo.convert_elements import bits_of, narrower, wider
from ..from_stablehlo.foreign_op import NotConvertible, kind_of
from ..tracing import Array
from . import convert_linalg, elements, loop_writing
from .cells import View, box, element, put
from .elements import binary, select
from .places import Place
from .upstream_evaluator import array
from .upstream_rules import Call, converts

# Vectors as tensors.


def array_type(type: Attribute, op: Operation) -> Attribute:
    """
    The type of a tensor for that of a vector, and any other type as it is.

    Errors: `LetgradError` at `op` for a vector whose size the machine decides.
    """
    if not isinstance(type, VectorType):
        return type
    if any(type.get_scalable_dims()):
        raise LetgradError(f"letgrad computes with fixed sizes, and not with {type}", op)
    return types.of_shape(tuple(type.get_shape()), type.element_type)


def as_arrays(function: func.FuncOp) -> None:
    """Make the vectors of a function tensors, in place. Errors: those of `array_type`."""
    for op in ops_in(function):
        for value in op.results:
            _retype(value, op)
        for region in op.regions:
            for block in region.blocks:
                for value in block.args:
                    _retype(value, op)
        for table in (op.properties, op.attributes):
            for name, attribute in table.items():
                if isinstance(attribute, DenseIntOrFPElementsAttr):
                    if isinstance(attribute.type, VectorType):
                        kind = attribute.type
                        of = TensorType(kind.get_element_type(), kind.get_shape())
                        table[name] = DenseIntOrFPElementsAttr(of, attribute.data)
                elif isinstance(attribute, FunctionType):
                    table[name] = FunctionType.from_lists(
                        [array_type(t, op) for t in attribute.inputs],
                        [array_type(t, op) for t in attribute.outputs],
                    )


def _retype(value: Any, op: Operation) -> None:
    if isinstance(value.type, VectorType):
        value._type = array_type(value.type, op)  # pyright: ignore[reportPrivateUsage]


def _shape(call: Call, k: int = 0) -> tuple[int, ...]:
    return tuple(types.shape(call.op.results[k].type))


# Elements and shapes.


@converts("vector.broadcast", "vector.splat")
def broadcast(call: Call, x: Array) -> Any:
    """vector.broadcast x  →  ten.broadcast"""
    return ops.broadcast_to(array(x), _shape(call))


@converts("vector.shape_cast")
def shape_cast(call: Call, x: Array) -> Any:
    """vector.shape_cast x  →  ten.reshape"""
    return elements.reshape(array(x), _shape(call))


@converts("vector.transpose")
def transpose(call: Call, x: Array) -> Any:
    """vector.transpose x  →  ten.transpose"""
    return ops.transpose(array(x), call.ints("permutation")) if array(x).ndim else x


@converts("vector.extract")
def extract(call: Call, x: Array, *rest: Array) -> Any:
    """vector.extract x[i]  →  ten.index, or ten.slice of the part"""
    at = call.mixed("static_position", rest)
    if len(at) == x.ndim:
        return element(x, at)
    left = x.shape[len(at) :]
    part = box(x, [*at, *[0] * len(left)], [*[1] * len(at), *left], [1] * x.ndim)
    return elements.reshape(part, left)


@converts("vector.insert")
def insert(call: Call, part: Array, x: Array, *rest: Array) -> Any:
    """vector.insert v, x[i]  →  ten.update"""
    return _inserted(x, part, call.mixed("static_position", rest))


def _inserted(x: Array, part: Array, at: Sequence[Place]) -> Array:
    left = x.shape[len(at) :]
    value = elements.reshape(array(part), [*[1] * len(at), *left])
    return put(x, value, [*at, *[0] * len(left)], [1] * x.ndim)


@converts("vector.extractelement")
def extract_element(call: Call, x: Array, *at: Array) -> Any:
    """vector.extractelement x[i]  →  ten.index"""
    return element(x, [call.places.of(i) for i in at])


@converts("vector.insertelement")
def insert_element(call: Call, value: Array, x: Array, *at: Array) -> Any:
    """vector.insertelement v, x[i]  →  ten.update"""
    return _inserted(x, value, [call.places.of(i) for i in at])


@converts("vector.extract_strided_slice")
def extract_slice(call: Call, x: Array) -> Any:
    """vector.extract_strided_slice x  →  ten.slice"""
    offsets, sizes, strides = (call.ints(name) for name in ("offsets", "sizes", "strides"))
    rest = x.ndim - len(offsets)
    return ops.slice_(
        x, [*offsets, *[0] * rest], [*sizes, *x.shape[len(sizes) :]], [*strides, *[1] * rest]
    )


@converts("vector.insert_strided_slice")
def insert_slice(call: Call, part: Array, x: Array) -> Any:
    """vector.insert_strided_slice v, x  →  ten.update"""
    front = x.ndim - part.ndim
    value = elements.reshape(part, [*[1] * front, *part.shape])
    return put(x, value, call.ints("offsets"), [*[1] * front, *call.ints("strides")])


@converts("vector.shuffle")
def shuffle(call: Call, a: Array, b: Array) -> Any:
    """vector.shuffle a, b [i]  →  ten.concat and rows of it"""
    if not a.ndim:
        a, b = elements.reshape(a, (1,)), elements.reshape(b, (1,))
    # The place -1 may have any element.
    rows = np.asarray([max(k, 0) for k in call.ints("mask")], np.int64)
    return ops.along(ops.concat([a, b], 0), 0, rows)


@converts("vector.interleave")
def interleave(call: Call, a: Array, b: Array) -> Any:
    """vector.interleave a, b  →  ten.concat of columns"""
    columns = [elements.reshape(x, (*x.shape, 1)) for x in (a, b)]
    return elements.reshape(ops.concat(columns, a.ndim), _shape(call))


@converts("vector.from_elements")
def from_elements(call: Call, *xs: Array) -> Any:
    """vector.from_elements x, y  →  ten.stack"""
    shape = _shape(call)
    if not shape:
        return xs[0]
    return elements.reshape(tracing.emit(ten.StackOp, [tracing.use(x) for x in xs]), shape)


@converts("vector.to_elements")
def to_elements(call: Call, x: Array) -> Any:
    """vector.to_elements x  →  ten.slice of each element"""
    return [element(x, list(at)) for at in np.ndindex(*x.shape)]


@converts("vector.step")
def step(call: Call) -> Any:
    """vector.step  →  ten.build of its index"""
    return elements.build(_shape(call), lambda i: i)


@converts("vector.constant_mask")
def constant_mask(call: Call) -> Any:
    """vector.constant_mask [n]  →  a constant"""
    shape, mask = _shape(call), np.zeros(_shape(call), np.bool_)
    mask[tuple(slice(n) for n in call.ints("mask_dim_sizes"))] = True
    return tracing.constant(mask, np.dtype(np.bool_), shape)


@converts("vector.create_mask")
def create_mask(call: Call, *sizes: Array) -> Any:
    """vector.create_mask n  →  ten.build of i < n"""
    if not _shape(call):
        raise NotConvertible("letgrad has no mask of rank 0")
    limits = [call.places.traced(call.places.of(n)) for n in sizes]

    def inside(*at: Array) -> Array:
        return _all([ops.compare_by("slt", i, n) for i, n in zip(at, limits)])

    return elements.build(_shape(call), inside)


def _all(masks: Sequence[Array]) -> Array:
    result = masks[0]
    for mask in masks[1:]:
        result = ops.binary(arith.AndIOp, result, mask)
    return result


@converts("vector.bitcast")
def bitcast(call: Call, x: Array) -> Any:
    """vector.bitcast x  →  arith.bitcast; the lowest bits of an element come first"""
    shape = _shape(call)
    dtype = kind_of(types.element(call.op.results[0].type))[1]
    if "b" in (dtype.kind, x.dtype.kind) or x.is_index:
        raise NotConvertible("letgrad has no bits of truth values and of indices")
    wide, narrow = x.dtype.itemsize, dtype.itemsize
    if wide == narrow:
        return bits_of(x, dtype)
    if wide > narrow:
        return elements.reshape(narrower(x, dtype), shape)
    return wider(elements.reshape(x, (*shape, narrow // wide)), dtype)


# Arithmetic.


@converts("vector.fma")
def fma(call: Call, a: Array, b: Array, c: Array) -> Any:
    """vector.fma a, b, c  →  math.fma"""
    x, y, z = (tracing.use(array(v)) for v in (a, b, c))
    return tracing.emit(lambda: math.FmaOp(x, y, z))


JOINS: dict[str, type[IRDLOperation]] = {
    "minui": arith.MinUIOp, "minsi": arith.MinSIOp, "minnumf": arith.MinnumfOp,
    "maxui": arith.MaxUIOp, "maxsi": arith.MaxSIOp, "maxnumf": arith.MaxnumfOp,
    "and": arith.AndIOp, "or": arith.OrIOp, "xor": arith.XOrIOp, "maximumf": arith.MaximumfOp,
    "minimumf": arith.MinimumfOp,
}  # fmt: skip


def joining(call: Call, like: Array) -> type[IRDLOperation]:
    """The op of two operands that joins the values of a reduction."""
    word = call.word("kind")
    if word in ("add", "mul"):
        floats = types.is_float(types.element(like.value.type))
        add, multiply = (arith.AddfOp, arith.MulfOp) if floats else (arith.AddiOp, arith.MuliOp)
        return add if word == "add" else multiply
    return JOINS[word]


def _filled(like: Array, value: Any) -> Array:
    return tracing.constant(np.full(like.shape, value, like.dtype), like.dtype, like.shape)


def neutral(kind: str, like: Array) -> Array:
    """An array of the number that changes nothing where a reduction of this kind joins it."""
    element = types.element(like.value.type)
    if element == ten.index_type:
        raise NotConvertible("letgrad reduces no masked vectors of indices")
    bits = np.iinfo(like.dtype) if like.dtype.kind == "i" else None
    match kind:
        case "add" | "or" | "xor" | "maxui":
            return _filled(like, 0)
        case "mul":
            return _filled(like, 1)
        case "and" | "minui":
            return _filled(like, True if like.dtype.kind == "b" else -1)
        case "minsi":
            return _filled(like, bits.max if bits is not None else 0)
        case "maxsi":
            return _filled(like, bits.min if bits is not None else 0)
        case "minnumf" | "minimumf":
            return _filled(like, np.inf)
        case _:  # the maximum of floats
            return _filled(like, -np.inf)


def _reduced(call: Call, x: Array, dims: Sequence[int], start: Array | None) -> Array:
    """The elements along some dimensions, joined with `start` by the kind of the op."""
    join = joining(call, x)
    if not dims:
        return x if start is None else binary(join, start, x)
    if join.name in convert_linalg.JOINS:
        found = convert_linalg._reduced(join.name, x, dims)  # pyright: ignore[reportPrivateUsage]
        if found is not None:
            return found if start is None else binary(join, start, found)
    # No op of letgrad joins so: one part after the other.
    rest = [d for d in range(x.ndim) if d not in dims]
    front = ops.transpose(x, [*dims, *rest])
    left = tuple(x.shape[d] for d in rest)
    rows = elements.reshape(front, (int(np.prod([x.shape[d] for d in dims])), *left))

    def part(k: Place) -> Array:
        offsets: list[Place] = [k, *[0] * len(left)]
        return elements.reshape(box(rows, offsets, (1, *left), (1,) * rows.ndim), left)

    def body(k: Place, values: list[Any]) -> list[Any]:
        return [binary(join, values[0], part(k))]

    first = 0 if start is not None else 1
    begin = part(0) if start is None else start
    (result,) = loop_writing.counted(call.evaluator, first, rows.shape[0], 1, [begin], body)
    return result


@converts("vector.reduction")
def reduction(call: Call, x: Array, *start: Array) -> Any:
    """vector.reduction x  →  ten.sum, ten.reduce, or a loop"""
    return _reduced(call, array(x), range(x.ndim), start[0] if start else None)


@converts("vector.multi_reduction")
def multi_reduction(call: Call, x: Array, start: Array) -> Any:
    """vector.multi_reduction x, acc [d]  →  ten.sum, ten.reduce, or a loop"""
    return _reduced(call, array(x), sorted(call.ints("reduction_dims")), start)


@converts("vector.contract")
def contract(call: Call, a: Array, b: Array, start: Array) -> Any:
    """vector.contract a, b, acc  →  ten.einsum, or ten.build and ten.reduce"""
    return products(call, a, b, start, None)


def products(call: Call, a: Array, b: Array, start: Array, mask: Array | None) -> Array:
    """
    The products of a contraction where the mask of its whole domain is set, joined with `start`.

    Errors: `NotConvertible` for a map that does not select dimensions.
    """
    maps: list[AffineMap] = [m.data for m in call.op.indexing_maps]
    sizes = convert_linalg.domain(maps, [a, b, start])
    kind = types.element(start.value.type)
    a, b = _wide(a, kind), _wide(b, kind)
    places = [convert_linalg.dims_of(map) for map in maps]
    target = places[2]
    if target is None or places[0] is None or places[1] is None:
        raise NotConvertible("each map selects dimensions")
    reduced = [d for d in range(len(sizes)) if d not in target]
    if mask is None and call.word("kind", "add") == "add":
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = ["".join(letters[d] for d in dims or ()) for dims in places]
        found = ops.einsum(f"{words[0]},{words[1]}->{words[2]}", [a, b])
        return binary(joining(call, start), start, found)
    order = [*target, *reduced]
    product = arith.MulfOp if types.is_float(kind) else arith.MuliOp

    def point(*given: Array) -> Array:
        at = dict(zip(order, given))
        x, y = (element(v, [at[d] for d in dims or ()]) for v, dims in zip((a, b), places))
        return binary(product, x, y)

    whole = elements.build([sizes[d] for d in order], point)
    if mask is not None:
        mask = ops.transpose(mask, order)
        whole = select(mask, whole, neutral(call.word("kind", "add"), whole))
    return _reduced(call, whole, range(len(target), len(order)), start)


def _wide(x: Array, kind: Attribute) -> Array:
    """x with the elements of the sum that x takes part in."""
    if types.element(x.value.type) == kind:
        return x
    return tracing.emit(ten.CastOp, tracing.use(x), kind)


@converts("vector.outerproduct")
def outer_product(call: Call, a: Array, b: Array, *start: Array) -> Any:
    """vector.outerproduct a, b, acc  →  products of two ten.broadcast"""
    shape = _shape(call)
    if b.ndim:
        a = elements.reshape(a, (a.shape[0], 1))
    product = arith.MulfOp if types.is_float(types.element(a.value.type)) else arith.MuliOp
    found = binary(product, ops.broadcast_to(a, shape), ops.broadcast_to(b, shape))
    return binary(joining(call, found), start[0], found) if start else found


# Reads and writes.


def content(call: Call, x: Any) -> Array:
    """The elements of memory, or of a tensor."""
    return call.memory.read(x) if isinstance(x, View) else array(x)


@converts("vector.load")
def load(call: Call, x: Any, *indices: Array) -> Any:
    """vector.load x[i]  →  ten.slice, or ten.gather at places that the program computes"""
    return _window(content(call, x), [call.places.of(i) for i in indices], _shape(call))


def _window(x: Array, at: Sequence[Place], shape: Sequence[int]) -> Array:
    """The elements from a place on, along the last dimensions."""
    sizes = [*[1] * (x.ndim - len(shape)), *shape]
    return elements.reshape(box(x, at, sizes, [1] * x.ndim), shape)


@converts("vector.store")
def store(call: Call, value: Array, view: View, *indices: Array) -> Any:
    """vector.store v, x[i]  →  ten.update"""
    _store(call, value, view, [call.places.of(i) for i in indices])
    return []


def _store(call: Call, value: Array, view: View, at: Sequence[Place]) -> None:
    x = call.memory.read(view)
    part = elements.reshape(value, [*[1] * (x.ndim - value.ndim), *value.shape])
    call.memory.write(view, put(x, part, at, [1] * x.ndim))


@converts("affine.vector_load")
def affine_load(call: Call, x: Any, *indices: Array) -> Any:
    """affine.vector_load x[map(i)]  →  ten.slice, or ten.gather"""
    at = call.places.map(call.op.map.data, [call.places.of(i) for i in indices])
    return _window(content(call, x), at, _shape(call))


@converts("affine.vector_store")
def affine_store(call: Call, value: Array, view: View, *indices: Array) -> Any:
    """affine.vector_store v, x[map(i)]  →  ten.update"""
    at = call.places.map(call.op.map.data, [call.places.of(i) for i in indices])
    _store(call, value, view, at)
    return []


@converts("vector.maskedload")
def masked_load(call: Call, x: Any, *rest: Array) -> Any:
    """vector.maskedload x[i], m, v  →  ten.select of the elements and v"""
    *indices, mask, other = rest
    found = _window(content(call, x), [call.places.of(i) for i in indices], _shape(call))
    return select(mask, found, other)


@converts("vector.maskedstore")
def masked_store(call: Call, view: View, *rest: Array) -> Any:
    """vector.maskedstore x[i], m, v  →  ten.update"""
    *indices, mask, value = rest
    places = [call.places.of(i) for i in indices]
    x, last = call.memory.read(view), view.shape
    dims = list(range(len(last) - value.ndim, len(last)))
    call.memory.write(view, _written(call, x, value, places, dims, mask))
    return []


def _transfer(call: Call) -> list[int | None]:
    """For each dimension of the vector, the dimension that it moves along; None if it repeats."""
    dims: list[int | None] = []
    for e in call.op.permutation_map.data.results:
        if isinstance(e, AffineDimExpr):
            dims.append(e.position)
        elif isinstance(e, AffineConstantExpr) and e.value == 0:
            dims.append(None)
        else:
            raise NotConvertible(f"{call.op.permutation_map} selects no dimensions")
    return dims


def _inside(call: Call, rank: int) -> list[bool]:
    """The dimensions of the vector for which the program says that they stay inside."""
    flags = call.op.in_bounds
    return [bool(x.value.data) for x in flags] if len(flags) else [False] * rank


@converts("vector.transfer_read")
def transfer_read(call: Call, source: Any, *rest: Array) -> Any:
    """vector.transfer_read x[i], v  →  ten.slice, ten.gather, or ten.build with v outside"""
    x = content(call, source)
    at = [call.places.of(i) for i in rest[: x.ndim]]
    padding, mask = rest[x.ndim], rest[x.ndim + 1] if len(rest) > x.ndim + 1 else None
    shape, dims = _shape(call), _transfer(call)
    if len(shape) != len(dims):
        raise NotConvertible("letgrad reads vectors of numbers")
    known = _inside(call, len(shape))
    for k, (d, n) in enumerate(zip(dims, shape)):
        if d is None:
            known[k] = True
        elif isinstance(i := at[d], int) and 0 <= i and i + n <= x.shape[d]:
            known[k] = True
    moved = [d for d in dims if d is not None]
    if mask is None and all(known) and len(moved) == len(dims):
        sizes = [1] * x.ndim
        for d, n in zip(moved, shape):
            sizes[d] = n
        part = elements.reshape(box(x, at, sizes, [1] * x.ndim), [sizes[d] for d in sorted(moved)])
        return ops.transpose(part, [sorted(moved).index(d) for d in moved])
    if not shape:
        return element(x, at) if mask is None else select(mask, element(x, at), padding)
    begins = [call.places.traced(p) for p in at]

    def point(*i: Array) -> Array:
        places = list(begins)
        for d, k in zip(dims, i):
            if d is not None:
                places[d] = call.places.traced(call.places.add(begins[d], k))
        found = element(x, places)
        tests = []
        for d, sure in zip(dims, known):
            if d is not None and not sure:
                tests += _in_range(places[d], x.shape[d])
        if mask is not None:
            # The mask has the dimensions that move, in the order of the source.
            order = sorted((d, k) for k, d in enumerate(dims) if d is not None)
            tests.append(element(mask, [i[k] for _, k in order]))
        return elements.select(_all(tests), found, padding) if tests else found

    return elements.build(shape, point)


def _in_range(place: Array, size: int) -> list[Array]:
    zero, end = tracing.constant_index(0), tracing.constant_index(size)
    return [ops.compare_by("sge", place, zero), ops.compare_by("slt", place, end)]


@converts("vector.transfer_write")
def transfer_write(call: Call, value: Array, target: Any, *rest: Array) -> Any:
    """vector.transfer_write v, x[i]  →  ten.update; elements outside are not written"""
    x = content(call, target)
    at = [call.places.of(i) for i in rest[: x.ndim]]
    mask = rest[x.ndim] if len(rest) > x.ndim else None
    dims = [d for d in _transfer(call) if d is not None]
    if len(dims) != value.ndim:
        raise NotConvertible("letgrad writes vectors of numbers, each element to its own place")
    result = _written(call, x, value, at, dims, mask)
    if isinstance(target, View):
        call.memory.write(target, result)
        return []
    return result


def _written(
    call: Call, x: Array, value: Array, at: Sequence[Place], dims: Sequence[int],
    mask: Array | None,
) -> Array:  # fmt: skip
    """x, in which the elements from a place on are those of a vector, where the mask says so."""
    order = [dims.index(d) for d in sorted(dims)]
    sizes = [value.shape[dims.index(d)] if d in dims else 1 for d in range(x.ndim)]
    value = elements.reshape(ops.transpose(value, order) if order else value, sizes)
    if mask is not None:
        before = box(x, at, sizes, [1] * x.ndim)
        value = select(elements.reshape(mask, sizes), value, before)
    return put(x, value, at, [1] * x.ndim)
