"""
The verifiers of ops that make and move values: the sizes of results from those of operands, and the
indices.
"""

from __future__ import annotations

from math import prod
from typing import Any

from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseIntOrFPElementsAttr,
    IntegerType,
    TensorType,
    TupleType,
    i32,
)
from xdsl.ir import Attribute, SSAValue

from . import attributes
from .checks import (
    UNKNOWN,
    Sizes,
    checks,
    fits,
    is_complex,
    is_integer,
    is_quantized,
    numbers,
    refuse,
    require,
    require_dims,
    require_element,
    require_kind,
    require_result,
    same_shape,
    same_size,
    shown,
    sizes,
    tensor,
)


@checks("stablehlo.constant", "chlo.constant", "sdy.constant")
def constant(op: Any) -> None:
    value, result = op.value, op.output.type
    require(
        op,
        isinstance(value, DenseIntOrFPElementsAttr),
        lambda: f"the value is a table of elements, dense<…>, not {value}",
    )
    require(op, value.type == result, lambda: f"the value is {value.type}, the result is {result}")


@checks("stablehlo.iota", "stablehlo.dynamic_iota")
def iota(op: Any) -> None:
    result = tensor(op, op.results[0], "the result")
    require_kind(op, result, "the result", "integers", "floats", "complex numbers")
    dim, rank = op.iota_dimension.value.data, len(sizes(result))
    require(op, 0 <= dim < rank, lambda: f"iota_dimension is {dim}, and the result is {result}")
    if op.operands:
        _shape_operand(op, op.output_shape, "output_shape", rank)
    else:
        require(
            op, UNKNOWN not in sizes(result), lambda: f"the result has a fixed shape, not {result}"
        )


def _shape_operand(op: Any, value: SSAValue, name: str, length: int) -> None:
    """An error unless the value is a list of so many integers."""
    type = tensor(op, value, name)
    require_index(op, type, name)
    require(
        op,
        sizes(type) == (length,),
        lambda: f"{name} has {length} numbers, one for each dimension, not {type}",
    )


def require_index(op: Any, type: TensorType[Any], name: str) -> None:
    element = type.element_type
    require(
        op,
        is_integer(element) or element.name == "index",
        lambda: f"{name} has elements that are integers, not {type}",
    )


def _bits(element: Attribute) -> int | None:
    if isinstance(element, IntegerType):
        return element.width.data
    if isinstance(element, ComplexType):
        inner = _bits(element.element_type)
        return None if inner is None else 2 * inner
    if isinstance(element, AnyFloat):
        return element.bitwidth
    return None


@checks("stablehlo.bitcast_convert")
def bitcast_convert(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    a, b = _bits(x.element_type), _bits(y.element_type)
    if a is None or b is None:
        return
    require(
        op,
        is_complex(x.element_type) == is_complex(y.element_type),
        lambda: f"{x} and {y} are not both complex, or not both real",
    )
    wide, narrow = (x, y) if a > b else (y, x)
    if a == b:
        same_shape(op, (x, y), ("the operand", "the result"))
        return
    ratio, rest = divmod(max(a, b), min(a, b))
    right = rest == 0 and fits((*sizes(wide), ratio), sizes(narrow))
    require(op, right, lambda: f"the bits of {x} are not those of {y}")


@checks("stablehlo.broadcast_in_dim")
def broadcast_in_dim(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    dims = numbers(op.broadcast_dimensions)
    require(op, UNKNOWN not in sizes(y), lambda: f"the result has a fixed shape, not {y}")
    broadcast(op, x, y, dims)


def broadcast(op: Any, x: TensorType[Any], y: TensorType[Any], dims: Sizes) -> None:
    shape, result = sizes(x), sizes(y)
    require(
        op,
        len(dims) == len(shape),
        lambda: f"broadcast_dimensions has {len(dims)} dimensions, and the operand is {x}",
    )
    require_dims(op, dims, len(result), "broadcast_dimensions")
    for i, d in enumerate(dims):
        n = shape[i]
        require(
            op,
            n == 1 or same_size(n, result[d]),
            lambda i=i, d=d: (
                f"dimension {i} of the operand {x} does not fit dimension {d} of the result {y}"
            ),
        )
    if not is_quantized(x.element_type):
        require_element(op, y, x.element_type)


@checks("stablehlo.dynamic_broadcast_in_dim")
def dynamic_broadcast_in_dim(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    broadcast(op, x, y, numbers(op.broadcast_dimensions))
    _shape_operand(op, op.output_dimensions, "output_dimensions", len(sizes(y)))
    known: list[int] = []
    for attr in (op.known_expanding_dimensions, op.known_nonexpanding_dimensions):
        known += () if attr is None else numbers(attr)
    require_dims(op, known, len(sizes(x)), "known dimensions")


@checks("stablehlo.broadcast")
def broadcast_sizes(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    first = numbers(op.broadcast_sizes)
    require(op, min(first, default=0) >= 0, lambda: f"a size is below 0: {shown(first)}")
    require_result(op, y, (*first, *sizes(x)))
    require_element(op, y, x.element_type)


@checks("stablehlo.concatenate")
def concatenate(op: Any) -> None:
    require(op, bool(op.inputs), lambda: "there is at least one input")
    types = [tensor(op, v, "each input") for v in op.inputs]
    y, dim, rank = (
        tensor(op, op.result, "the result"),
        op.dimension.value.data,
        len(sizes(types[0])),
    )
    require(op, 0 <= dim < rank, lambda: f"the dimension is {dim}, and input 0 is {types[0]}")
    total = 0
    shape = list(sizes(types[0]))
    for i, type in enumerate(types):
        require_element(op, type, types[0].element_type, f"input {i}")
        mine = sizes(type)
        others = (*mine[:dim], UNKNOWN, *mine[dim + 1 :])
        require(
            op,
            fits(others, (*shape[:dim], UNKNOWN, *shape[dim + 1 :])),
            lambda i=i, type=type: (
                f"input 0 is {types[0]} and input {i} is {type}; they differ outside of "
                f"dimension {dim}"
            ),
        )
        shape = [m if n == UNKNOWN else n for n, m in zip(shape, mine, strict=True)]
        n = mine[dim]
        total = UNKNOWN if UNKNOWN in (n, total) else total + n
    shape[dim] = total
    require_result(op, y, shape)
    require_element(op, y, types[0].element_type)


@checks("stablehlo.pad")
def pad(op: Any) -> None:
    x, value = tensor(op, op.operand, "the operand"), tensor(op, op.padding_value, "padding_value")
    y = tensor(op, op.result, "the result")
    require_element(op, value, x.element_type, "padding_value")
    require(op, not sizes(value), lambda: f"padding_value has rank 0, not {value}")
    require_element(op, y, x.element_type)
    lists = [
        (name, numbers(op.properties[name]))
        for name in ("edge_padding_low", "edge_padding_high", "interior_padding")
    ]
    for name, found in lists:
        require(
            op,
            len(found) == len(sizes(x)),
            lambda name=name, found=found: (
                f"{name} has {len(found)} numbers, and the operand is {x}"
            ),
        )
    (_, low), (_, high), (_, interior) = lists
    require(
        op, min(interior, default=0) >= 0, lambda: f"interior_padding is below 0: {shown(interior)}"
    )
    shape: list[int] = []
    for n, lo, hi, gap in zip(sizes(x), low, high, interior, strict=True):
        shape.append(UNKNOWN if n == UNKNOWN else n + lo + hi + max(n - 1, 0) * gap)
        size = shape[-1]
        require(op, n == UNKNOWN or size >= 0, lambda: "a size is below 0")
    require_result(op, y, shape)


@checks("stablehlo.dynamic_pad")
def dynamic_pad(op: Any) -> None:
    x, value = tensor(op, op.operand, "the operand"), tensor(op, op.padding_value, "padding_value")
    y = tensor(op, op.result, "the result")
    require_element(op, value, x.element_type, "padding_value")
    require(op, not sizes(value), lambda: f"padding_value has rank 0, not {value}")
    require_element(op, y, x.element_type)
    require_result(op, y, (UNKNOWN,) * len(sizes(x)))
    for name in ("edge_padding_low", "edge_padding_high", "interior_padding"):
        _shape_operand(op, getattr(op, name), name, len(sizes(x)))


@checks("stablehlo.reshape", "stablehlo.dynamic_reshape")
def reshape(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    if not is_quantized(x.element_type):
        require_element(op, y, x.element_type)
    if op.name == "stablehlo.reshape":
        require(op, UNKNOWN not in sizes(y), lambda: f"the result has a fixed shape, not {y}")
    else:
        _shape_operand(op, op.output_shape, "output_shape", len(sizes(y)))
    if UNKNOWN not in sizes(x) and UNKNOWN not in sizes(y):
        require(
            op,
            prod(sizes(x)) == prod(sizes(y)),
            lambda: f"{x} has {prod(sizes(x))} elements, and {y} has {prod(sizes(y))}",
        )


@checks("stablehlo.reverse")
def reverse(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    require_dims(op, numbers(op.dimensions), len(sizes(x)), "dimensions")
    require_result(op, y, sizes(x))
    require_element(op, y, x.element_type)


@checks("stablehlo.slice")
def slice_(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    starts, limits, strides = (
        numbers(each) for each in (op.start_indices, op.limit_indices, op.strides)
    )
    rank = len(sizes(x))
    for found, name in ((starts, "start"), (limits, "limit"), (strides, "stride")):
        require(
            op,
            len(found) == rank,
            lambda found=found, name=name: (
                f"there are {len(found)} numbers for the {name}, and the operand is {x}"
            ),
        )
    shape: list[int] = []
    for d, (n, start, limit, stride) in enumerate(
        zip(sizes(x), starts, limits, strides, strict=True)
    ):
        right = stride > 0 and 0 <= start <= limit and (n == UNKNOWN or limit <= n)
        require(
            op,
            right,
            lambda d=d, start=start, limit=limit, stride=stride: (
                f"the range {start}:{limit}:{stride} of dimension {d} does not lie in the operand "
                f"{x}"
            ),
        )
        shape.append(-(-(limit - start) // stride))
    require_result(op, y, shape)
    require_element(op, y, x.element_type)


@checks("stablehlo.real_dynamic_slice")
def real_dynamic_slice(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    rank = len(sizes(x))
    require(op, len(sizes(y)) == rank, lambda: f"the result has the rank {rank}, not {y}")
    require_element(op, y, x.element_type)
    for name in ("start_indices", "limit_indices", "strides"):
        _shape_operand(op, getattr(op, name), name, rank)


@checks("stablehlo.transpose")
def transpose(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    order, shape = numbers(op.permutation), sizes(x)
    require(
        op,
        sorted(order) == list(range(len(shape))),
        lambda: f"{shown(order)} is no order of the dimensions of {x}",
    )
    require_result(op, y, [shape[d] for d in order])
    if not is_quantized(x.element_type):
        require_element(op, y, x.element_type)


@checks("stablehlo.get_dimension_size")
def get_dimension_size(op: Any) -> None:
    x, dim = tensor(op, op.operand, "the operand"), op.dimension.value.data
    require(op, 0 <= dim < len(sizes(x)), lambda: f"{x} has no dimension {dim}")
    expected = TensorType(i32, [])
    require(
        op,
        op.result.type == expected,
        lambda: f"the result is {expected}, not {op.result.type}",
    )


@checks("stablehlo.set_dimension_size")
def set_dimension_size(op: Any) -> None:
    x, dim = tensor(op, op.operand, "the operand"), op.dimension.value.data
    y, size = tensor(op, op.result, "the result"), tensor(op, op.size, "size")
    require(op, 0 <= dim < len(sizes(x)), lambda: f"{x} has no dimension {dim}")
    require(op, size == TensorType(i32, []), lambda: f"size is {TensorType(i32, [])}, not {size}")
    require_element(op, y, x.element_type)
    shape = sizes(x)
    require_result(op, y, (*shape[:dim], UNKNOWN, *shape[dim + 1 :]))


# --- Indices --------------------------------------------------------------------------------------


def _starts(op: Any, rank: int, x: TensorType[Any]) -> None:
    require(
        op,
        len(op.start_indices) == rank,
        lambda: f"there are {len(op.start_indices)} start indices, and the operand is {x}",
    )
    types = [tensor(op, v, "each start index") for v in op.start_indices]
    for type in types:
        require(
            op,
            not sizes(type) and is_integer(type.element_type),
            lambda type=type: f"each start index is an integer of rank 0, not {type}",
        )
        require(
            op,
            type == types[0],
            lambda type=type: f"the start indices have one type, not {types[0]} and {type}",
        )


@checks("stablehlo.dynamic_slice")
def dynamic_slice(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    _starts(op, len(sizes(x)), x)
    box = numbers(op.slice_sizes)
    require_box(op, box, x)
    require_result(op, y, box)
    require_element(op, y, x.element_type)


def require_box(op: Any, box: Sizes, x: TensorType[Any]) -> None:
    """An error unless the sizes of a box lie in a tensor."""
    shape = sizes(x)
    right = len(box) == len(shape) and all(
        0 <= b and (n == UNKNOWN or b <= n) for b, n in zip(box, shape, strict=True)
    )
    require(op, right, lambda: f"slice_sizes is {shown(box)}, and the operand is {x}")


@checks("stablehlo.dynamic_update_slice")
def dynamic_update_slice(op: Any) -> None:
    x, u = tensor(op, op.operand, "the operand"), tensor(op, op.update, "the update")
    y = tensor(op, op.result, "the result")
    _starts(op, len(sizes(x)), x)
    right = len(sizes(x)) == len(sizes(u)) and all(
        UNKNOWN in (a, b) or b <= a for a, b in zip(sizes(x), sizes(u), strict=True)
    )
    require(op, right, lambda: f"the update {u} does not lie in the operand {x}")
    require_element(op, u, x.element_type, "the update")
    require_result(op, y, sizes(x))
    require_element(op, y, x.element_type)


def _index_vector(op: Any, indices: TensorType[Any], at: int, expected: int) -> Sizes:
    """The sizes of the indices without the dimension of the index vectors."""
    shape = sizes(indices)
    require(
        op,
        0 <= at <= len(shape),
        lambda: f"index_vector_dim is {at}, and the indices are {indices}",
    )
    require_index(op, indices, "the indices")
    length = shape[at] if at < len(shape) else 1
    require(
        op,
        same_size(length, expected),
        lambda: f"the index vectors have {length} numbers, and {expected} dimensions are indexed",
    )
    return (*shape[:at], *shape[at + 1 :])


def _batching(
    op: Any, x: TensorType[Any], indices: TensorType[Any], dims: Any, mine: Sizes, theirs: Sizes
) -> None:
    require(
        op,
        len(mine) == len(theirs),
        lambda: f"{len(mine)} batching dimensions are paired with {len(theirs)}",
    )
    require_dims(op, theirs, len(sizes(indices)), "the batching dimensions of the indices")
    require(
        op,
        dims.index_vector_dim not in theirs,
        lambda: f"index_vector_dim {dims.index_vector_dim} is a batching dimension",
    )
    for a, b in zip(mine, theirs, strict=True):
        require(
            op,
            same_size(sizes(x)[a], sizes(indices)[b]),
            lambda a=a, b=b: (
                f"batching dimension {a} of {x} differs from dimension {b} of {indices}"
            ),
        )


@checks("stablehlo.gather", "stablehlo.dynamic_gather")
def gather(op: Any) -> None:
    x, indices = tensor(op, op.operand, "the operand"), tensor(op, op.start_indices, "the indices")
    y = tensor(op, op.result, "the result")
    dims: attributes.GatherAttr = op.dimension_numbers
    rank = len(sizes(x))
    require_dims(op, dims.start_index_map, rank, "start_index_map")
    batch = _index_vector(op, indices, dims.index_vector_dim, len(dims.start_index_map))
    require_dims(op, dims.collapsed_slice_dims, rank, "collapsed_slice_dims", ordered=True)
    require_dims(op, dims.operand_batching_dims, rank, "operand_batching_dims", ordered=True)
    gone = (*dims.collapsed_slice_dims, *dims.operand_batching_dims)
    require_dims(op, gone, rank, "collapsed_slice_dims and operand_batching_dims")
    mapped = (*dims.start_index_map, *dims.operand_batching_dims)
    require_dims(op, mapped, rank, "start_index_map and operand_batching_dims")
    _batching(op, x, indices, dims, dims.operand_batching_dims, dims.start_indices_batching_dims)
    if op.name == "stablehlo.gather":
        box = numbers(op.slice_sizes)
        require_box(op, box, x)
    else:
        _shape_operand(op, op.slice_sizes, "slice_sizes", rank)
        box = (UNKNOWN,) * rank
    for d in gone:
        require(
            op,
            box[d] in (UNKNOWN, 1) or (box[d] == 0 and d in dims.collapsed_slice_dims),
            lambda d=d: f"the box has the size {box[d]} in dimension {d}, which the result lacks",
        )
    kept = [n for d, n in enumerate(box) if d not in gone]
    offsets = dims.offset_dims
    require_dims(op, offsets, len(batch) + len(kept), "offset_dims", ordered=True)
    require(
        op,
        len(offsets) == len(kept),
        lambda: f"offset_dims has {len(offsets)} dimensions, and the box has {len(kept)}",
    )
    rest_batch, rest_kept = iter(batch), iter(kept)
    shape = [
        next(rest_kept) if d in offsets else next(rest_batch) for d in range(len(batch) + len(kept))
    ]
    require_result(op, y, shape)
    require_element(op, y, x.element_type)


def scatter_shape(op: Any) -> None:
    """The part of the check of a scatter that compares sizes."""
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    updates = [tensor(op, v, "each update") for v in op.updates]
    indices = tensor(op, op.scatter_indices, "the indices")
    require(op, bool(inputs), lambda: "there is at least one input")
    x, u = inputs[0], updates[0]
    for each, first, name in [(t, x, "inputs") for t in inputs] + [
        (t, u, "updates") for t in updates
    ]:
        require(
            op,
            fits(sizes(each), sizes(first)),
            lambda each=each, first=first, name=name: f"the {name} {first} and {each} differ",
        )
    for a, b in zip(inputs, updates, strict=True):
        require_element(op, b, a.element_type, "the update")
    dims: attributes.ScatterAttr = op.scatter_dimension_numbers
    rank = len(sizes(x))
    require_dims(op, dims.scatter_dims_to_operand_dims, rank, "scatter_dims_to_operand_dims")
    batch = _index_vector(
        op, indices, dims.index_vector_dim, len(dims.scatter_dims_to_operand_dims)
    )
    require_dims(op, dims.inserted_window_dims, rank, "inserted_window_dims", ordered=True)
    require_dims(op, dims.input_batching_dims, rank, "input_batching_dims", ordered=True)
    gone = (*dims.inserted_window_dims, *dims.input_batching_dims)
    require_dims(op, gone, rank, "inserted_window_dims and input_batching_dims")
    mapped = (*dims.scatter_dims_to_operand_dims, *dims.input_batching_dims)
    require_dims(op, mapped, rank, "scatter_dims_to_operand_dims and input_batching_dims")
    _batching(op, x, indices, dims, dims.input_batching_dims, dims.scatter_indices_batching_dims)
    window, mine = dims.update_window_dims, sizes(u)
    require_dims(op, window, len(mine), "update_window_dims", ordered=True)
    require(
        op,
        len(window) + len(gone) == rank,
        lambda: (
            f"update_window_dims has {len(window)} dimensions, and the input {x} has "
            f"{rank - len(gone)} that are not inserted"
        ),
    )
    require(
        op,
        len(window) + len(batch) == len(mine),
        lambda: f"the update {u} has not the rank {len(window) + len(batch)}",
    )
    kept = [n for d, n in enumerate(sizes(x)) if d not in gone]
    for d, n in zip(window, kept, strict=True):
        require(
            op,
            UNKNOWN in (n, mine[d]) or mine[d] <= n,
            lambda d=d: f"dimension {d} of the update {u} is larger than the input {x}",
        )
    rest = [n for d, n in enumerate(mine) if d not in window]
    require(
        op,
        fits(rest, batch),
        lambda: f"the update {u} has not the sizes {shown(batch)} of the indices",
    )
    for value, result in zip(op.inputs, op.results, strict=True):
        y = tensor(op, result, "each result")
        require_result(op, y, sizes(tensor(op, value, "each input")))
        require_element(op, y, value.type.element_type)


@checks("stablehlo.torch_index_select")
def torch_index_select(op: Any) -> None:
    x, index = tensor(op, op.operand, "the operand"), tensor(op, op.index, "the index")
    y = tensor(op, op.result, "the result")
    dim, batch = op.dim.value.data, op.batch_dims.value.data
    require(op, 0 <= dim < len(sizes(x)), lambda: f"{x} has no dimension {dim}")
    require(
        op,
        0 <= batch <= min(dim, len(sizes(index))) and fits(sizes(x)[:batch], sizes(index)[:batch]),
        lambda: f"{x} and {index} have not the same first {batch} dimensions",
    )
    require_index(op, index, "the index")
    require_result(op, y, (*sizes(x)[:dim], *sizes(index)[batch:], *sizes(x)[dim + 1 :]))
    require_element(op, y, x.element_type)


# --- Tuples ---------------------------------------------------------------------------------------


@checks("stablehlo.tuple")
def tuple_(op: Any) -> None:
    type = op.result.type
    require(
        op,
        isinstance(type, TupleType) and tuple(type.types) == tuple(op.operand_types),
        lambda: f"the result is a tuple of the operands' types, not {type}",
    )


@checks("stablehlo.get_tuple_element")
def get_tuple_element(op: Any) -> None:
    type, index = op.operand.type, op.index.value.data
    if not isinstance(type, TupleType):
        refuse(op, f"the operand is a tuple, not {type}")
    require(op, 0 <= index < len(type.types), lambda: f"{type} has no element {index}")
    found = type.types.data[index]
    require(op, op.result.type == found, lambda: f"the result is {found}, not {op.result.type}")
