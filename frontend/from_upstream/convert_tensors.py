"""Values of `tensor`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from xdsl.ir import Block

from ...dialects import ten, types
from .. import ops, tracing
from ..from_stablehlo.convert_elements import bits_of
from ..from_stablehlo.foreign_op import NotConvertible, kind_of
from ..from_stablehlo.known_values import known_array
from ..tracing import Array
from . import convert_loops, convert_memrefs, elements, loop_writing
from .cells import box as box_of
from .cells import element, put
from .upstream_evaluator import array
from .upstream_rules import Call, converts, shape_of


def build(call: Call, sizes: tuple[int, ...], function: Any) -> Array:
    """
    An array by a function of its indices.

    Errors: `NotConvertible` if the function writes to memory.
    """
    if not sizes:
        return function()
    before = dict(call.memory.contents)
    result = elements.build(sizes, function)
    if any(call.memory.contents[c] is not x for c, x in before.items()):
        raise NotConvertible("the region writes to memory")
    call.memory.contents = before
    return result


@converts("tensor.empty")
def empty(call: Call, *sizes: Array) -> Any:
    """tensor.empty  →  zeros"""
    return convert_memrefs.empty(call, sizes)


@converts("tensor.extract")
def extract(call: Call, x: Array, *indices: Array) -> Any:
    """tensor.extract x[i]  →  ten.index"""
    return element(x, [call.places.of(i) for i in indices])


@converts("tensor.insert")
def insert(call: Call, value: Array, x: Array, *indices: Array) -> Any:
    """tensor.insert v into x[i]  →  ten.update"""
    at = [call.places.of(i) for i in indices]
    return put(x, elements.reshape(value, (1,) * x.ndim), at, (1,) * x.ndim)


@converts("tensor.extract_slice")
def extract_slice(call: Call, x: Array, *rest: Array) -> Any:
    """tensor.extract_slice x  →  ten.slice, or ten.gather at places that the program computes"""
    return convert_loops.slice_box(call, rest, shape_of(call.op.results[0].type)).read(x)


@converts("tensor.insert_slice")
def insert_slice(call: Call, part: Array, whole: Array, *rest: Array) -> Any:
    """tensor.insert_slice v into x  →  ten.update"""
    return convert_loops.inserted(call, part, whole, *rest)


@converts("tensor.from_elements")
def from_elements(call: Call, *xs: Array) -> Any:
    """tensor.from_elements x, y  →  ten.stack"""
    shape = call.sizes(())
    if not xs:
        return convert_memrefs.empty(call, ())
    if not shape:
        return xs[0]
    return elements.reshape(tracing.emit(ten.StackOp, [tracing.use(x) for x in xs]), shape)


@converts("tensor.splat")
def splat(call: Call, x: Array, *sizes: Array) -> Any:
    """tensor.splat x  →  ten.broadcast"""
    shape = call.sizes(sizes)
    return tracing.emit(ten.BroadcastOp, tracing.use(x), list(range(len(shape))), shape) if (
        shape
    ) else x  # fmt: skip


@converts("tensor.generate")
def generate(call: Call, *sizes: Array) -> Any:
    """tensor.generate { f }  →  ten.build"""
    return build(call, call.sizes(sizes), lambda *at: call.region()(*at)[0])


@converts("tensor.pad")
def pad(call: Call, x: Array, *rest: Array) -> Any:
    """tensor.pad x { v }  →  ten.update of an array that is filled with v"""
    count = len(call.op.low)
    low = call.fixed("padding", call.mixed("static_low", rest[:count]))
    high = call.fixed("padding", call.mixed("static_high", rest[count:]))
    if any(n < 0 for n in (*low, *high)):
        raise NotConvertible("a negative width of padding")
    shape = tuple(n + a + b for n, a, b in zip(x.shape, low, high))
    block = call.block()
    (given,) = block.last_op.operands  # type: ignore[union-attr]
    owner = given.owner
    if owner is not block and (isinstance(owner, Block) or owner.parent is not block):
        filled = ops.broadcast_to(array(call.values[given]), shape)
    else:
        filled = build(call, shape, lambda *at: call.region()(*at)[0])
    return put(filled, x, low, (1,) * x.ndim)


@converts("tensor.cast")
def cast(call: Call, x: Array) -> Any:
    """tensor.cast x  →  x"""
    type = call.op.results[0].type
    if not hasattr(type, "get_shape"):
        return x
    if len(shape_of(type)) != x.ndim or any(
        n not in (None, m) for n, m in zip(shape_of(type), x.shape)
    ):
        raise NotConvertible(f"an array of the shape {x.shape} is no {type}")
    return x


@converts("tensor.dim")
def dim(call: Call, x: Array, index: Array) -> Any:
    """tensor.dim x, d  →  a constant"""
    return convert_memrefs.dim(call, x, index)


@converts("tensor.rank")
def rank(call: Call, x: Array) -> Any:
    """tensor.rank x  →  a constant"""
    return tracing.constant_index(x.ndim)


@converts("tensor.collapse_shape")
def collapse(call: Call, x: Array) -> Any:
    """tensor.collapse_shape x  →  ten.reshape"""
    return elements.reshape(x, convert_memrefs.collapsed(call, x.shape))


@converts("tensor.expand_shape")
def expand(call: Call, x: Array, *sizes: Array) -> Any:
    """tensor.expand_shape x  →  ten.reshape"""
    return elements.reshape(x, convert_memrefs.expanded(call, sizes))


@converts("tensor.reshape")
def reshape(call: Call, x: Array, shape: Array) -> Any:
    """tensor.reshape x(shape)  →  ten.reshape"""
    type = call.op.results[0].type
    ranked = hasattr(type, "get_shape")
    sizes: list[int | None] = list(shape_of(type)) if ranked else [None] * shape.shape[0]
    if None in sizes:
        known = known_array(shape)
        if known is not None:
            sizes = [int(n) for n in known]
    rest = prod(n for n in sizes if n is not None)
    if sizes.count(None) == 1 and rest:  # the elements say the last size
        sizes[sizes.index(None)] = prod(x.shape) // rest
    found = [n for n in sizes if n is not None]
    if len(found) < len(sizes):
        raise NotConvertible("letgrad computes with fixed sizes; it must know the sizes")
    if prod(found) != prod(x.shape):
        raise NotConvertible(f"an array of the shape {x.shape} has not the sizes {found}")
    return elements.reshape(x, found)


@converts("tensor.bitcast")
def bitcast(call: Call, x: Array) -> Any:
    """tensor.bitcast x  →  arith.bitcast"""
    dtype = kind_of(types.element(call.op.results[0].type))[1]
    if dtype.itemsize != x.dtype.itemsize or "c" in (dtype.kind, x.dtype.kind):
        raise NotConvertible(f"letgrad has no bits of {x.dtype} as {dtype}")
    return bits_of(x, dtype)


@converts("tensor.concat")
def concat(call: Call, *xs: Array) -> Any:
    """tensor.concat xs, dim = d  →  ten.concat"""
    return ops.concat(xs, call.int("dim"))


@converts("tensor.gather")
def gather(call: Call, x: Array, indices: Array) -> Any:
    """tensor.gather x[i]  →  ten.gather; a dimension that is gathered has the size 1 or none"""
    dims = call.ints("gather_dims")
    rest = [d for d in range(x.ndim) if d not in dims]
    front = ops.transpose(x, [*dims, *rest])
    batch = indices.shape[:-1]

    def at(*i: Array) -> list[Array]:
        return [ops.as_index(ops.index(indices, [*i, tracing.constant_index(k)]))
                for k in range(len(dims))]  # fmt: skip

    read = elements.gather(batch, front, at) if batch else ops.index(front, at())
    # The window has the order of x, with the size 1 at each gathered dimension.
    shape = shape_of(call.op.results[0].type)
    window = [1 if d in dims else x.shape[d] for d in range(x.ndim)]
    if len(shape) == len(batch) + x.ndim:
        return elements.reshape(read, (*batch, *window))
    return read


@converts("tensor.scatter")
def scatter(call: Call, part: Array, x: Array, indices: Array) -> Any:
    """tensor.scatter unique v into x[i]  →  ten.update, one slice after the other"""
    dims = call.ints("scatter_dims")
    batch = indices.shape[:-1]
    count = prod(batch)
    window = tuple(1 if d in dims else x.shape[d] for d in range(x.ndim))
    parts = elements.reshape(part, (count, *window))
    rows = elements.reshape(indices, (count, len(dims)))

    def body(k: Any, values: list[Any]) -> list[Any]:
        row = [element(rows, [k, j]) for j in range(len(dims))]
        at = [call.places.of(row[dims.index(d)]) if d in dims else 0 for d in range(x.ndim)]
        offsets = [k, *([0] * x.ndim)]
        one = box_of(parts, offsets, (1, *window), (1,) * (x.ndim + 1))
        one = elements.reshape(one, window)
        return [put(values[0], one, at, (1,) * x.ndim)]

    return loop_writing.counted(call.evaluator, 0, count, 1, [x], body)


# Tiles.


def _tiles(call: Call, rank: int, dynamic: Sequence[Array]) -> tuple[list[int], list[int]]:
    """The size of the tiles along each dimension, and the axes of the packed array in tiles."""
    dims, order = call.ints("inner_dims_pos"), call.ints("outer_dims_perm", ())
    tiles = call.fixed("sizes of the tiles", call.mixed("static_inner_tiles", dynamic))
    sizes = [tiles[dims.index(d)] if d in dims else 1 for d in range(rank)]
    # An array that is cut has the axes (outer, inner) of each dimension, one pair after the other.
    axes = [2 * d for d in order or range(rank)] + [2 * d + 1 for d in dims]
    return sizes, axes + [2 * d + 1 for d in range(rank) if d not in dims]


@converts("linalg.pack", "tensor.pack")
def pack(call: Call, x: Array, dest: Array, *rest: Array) -> Any:
    """linalg.pack x  →  ten.update, if x is padded, ten.reshape and ten.transpose"""
    padding = rest[: call.ints("operandSegmentSizes")[2]]
    sizes, axes = _tiles(call, x.ndim, rest[len(padding) :])
    outer = [-(-n // t) for n, t in zip(x.shape, sizes)]
    whole = tuple(n * t for n, t in zip(outer, sizes))
    if whole != x.shape:
        if not padding:
            raise NotConvertible(f"the shape {x.shape} has no whole number of tiles")
        x = put(ops.broadcast_to(array(padding[0]), whole), x, [0] * x.ndim, [1] * x.ndim)
    cut = elements.reshape(x, tuple(m for pair in zip(outer, sizes) for m in pair))
    shape = tuple(cut.shape[a] for a in axes[: dest.ndim])
    if shape != dest.shape:
        raise NotConvertible(f"the tiles have the shape {shape}, and not {dest.shape}")
    return elements.reshape(ops.transpose(cut, axes), shape)


@converts("linalg.unpack", "tensor.unpack")
def unpack(call: Call, x: Array, dest: Array, *dynamic: Array) -> Any:
    """linalg.unpack x  →  ten.transpose, ten.reshape and ten.slice"""
    sizes, axes = _tiles(call, dest.ndim, dynamic)
    outer = [-(-n // t) for n, t in zip(dest.shape, sizes)]
    pairs = [m for pair in zip(outer, sizes) for m in pair]
    if x.shape != tuple(pairs[a] for a in axes[: x.ndim]):
        raise NotConvertible(f"tiles of the shape {x.shape} do not fill the shape {dest.shape}")
    cut = elements.reshape(x, tuple(pairs[a] for a in axes))
    back = ops.transpose(cut, [axes.index(a) for a in range(len(axes))])
    whole = elements.reshape(back, tuple(n * t for n, t in zip(outer, sizes)))
    return box_of(whole, [0] * dest.ndim, dest.shape, (1,) * dest.ndim)
