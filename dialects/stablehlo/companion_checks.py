"""The verifiers of the dialects `chlo` and `sdy`."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import ComplexType, FloatAttr, IntegerAttr, TensorType, i1
from xdsl.ir import Attribute

from .checks import (
    UNKNOWN,
    checks,
    is_integer,
    numbers,
    require,
    require_dims,
    require_element,
    require_kind,
    require_result,
    same_size,
    sizes,
    tensor,
)
from .region_checks import block_of, results_of

# --- CHLO -----------------------------------------------------------------------------------------


@checks("chlo.top_k")
def top_k(op: Any) -> None:
    x, k = tensor(op, op.operand, "the operand"), op.k.value.data
    values, indices = tensor(op, op.values, "the values"), tensor(op, op.indices, "the indices")
    shape = sizes(x)
    require(op, bool(shape), lambda: f"the operand has a last dimension, not {x}")
    require(
        op,
        k >= 0 and (shape[-1] == UNKNOWN or k <= shape[-1]),
        lambda: f"k is {k}, and the operand is {x}",
    )
    require_result(op, values, (*shape[:-1], k), "values")
    require_result(op, indices, (*shape[:-1], k), "indices")
    require_element(op, values, x.element_type, "values")
    require(
        op, is_integer(indices.element_type), lambda: f"the indices are integers, not {indices}"
    )


@checks("chlo.is_inf", "chlo.is_neg_inf", "chlo.is_pos_inf")
def is_infinite(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    require_kind(op, x, "the operand", "floats")
    require_result(op, y, sizes(x))
    require_element(op, y, i1)


@checks("chlo.constant_like")
def constant_like(op: Any) -> None:
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    value = op.value
    require_result(op, y, sizes(x))
    require_element(op, y, x.element_type)
    right = isinstance(value, FloatAttr | IntegerAttr) and value.type == y.element_type
    require(op, right, lambda: f"the value is {value}, and the result is {y}")


_BROADCASTS = (
    "add and atan2 compare complex divide maximum minimum multiply next_after or polygamma power "
    "remainder shift_left shift_right_arithmetic shift_right_logical subtract xor zeta"
).split()


@checks(*(f"chlo.broadcast_{word}" for word in _BROADCASTS))
def broadcasting(op: Any) -> None:
    x, y = tensor(op, op.lhs, "lhs"), tensor(op, op.rhs, "rhs")
    result = tensor(op, op.result, "the result")
    require_element(op, y, x.element_type, "rhs")
    word = op.name.removeprefix("chlo.broadcast_")
    element = {"compare": i1, "complex": ComplexType(x.element_type)}.get(word, x.element_type)
    require_element(op, result, element)
    short, long = sorted((sizes(x), sizes(y)), key=len)
    given = op.broadcast_dimensions
    dims = range(len(long) - len(short), len(long)) if given is None else numbers(given)
    require(
        op,
        len(dims) == len(short),
        lambda: (
            f"broadcast_dimensions has {len(dims)} dimensions, and the shorter operand has "
            f"{len(short)}"
        ),
    )
    require_dims(op, dims, len(long), "broadcast_dimensions", ordered=True)
    shape = list(long)
    for d, n in zip(dims, short, strict=True):
        m = shape[d]
        require(
            op,
            n == 1 or m == 1 or same_size(n, m),
            lambda d=d: f"lhs {x} and rhs {y} do not fit each other in dimension {d}",
        )
        if m == 1 or (m == UNKNOWN and n != 1):
            shape[d] = n
    require_result(op, result, shape)


@checks("chlo.broadcast_select")
def broadcast_select(op: Any) -> None:
    pred = tensor(op, op.pred, "pred")
    a, b = tensor(op, op.on_true, "on_true"), tensor(op, op.on_false, "on_false")
    y = tensor(op, op.result, "the result")
    require_element(op, pred, i1, "pred")
    require_element(op, b, a.element_type, "on_false")
    require_element(op, y, a.element_type)
    for type in (pred, a, b):
        shape = sizes(type)
        last = sizes(y)[len(sizes(y)) - len(shape) :]
        fine = len(shape) <= len(sizes(y)) and all(
            n == 1 or same_size(n, m) for n, m in zip(shape, last, strict=True)
        )
        require(op, fine, lambda type=type: f"{type} does not fit the result {y}")


@checks("chlo.ragged_dot")
def ragged_dot(op: Any) -> None:
    x, y, groups = (
        tensor(op, v, n) for v, n in zip(op.operands, ("lhs", "rhs", "group_sizes"), strict=True)
    )
    dims = op.ragged_dot_dimension_numbers
    left = (*dims.lhs_batching_dimensions, *dims.lhs_contracting_dimensions)
    right = (*dims.rhs_batching_dimensions, *dims.rhs_contracting_dimensions)
    require(
        op, len(left) == len(right), lambda: "lhs and rhs have not as many dimensions in common"
    )
    require_dims(op, left, len(sizes(x)), "the list of lhs")
    require_dims(op, right, len(sizes(y)), "the list of rhs")
    for a, b in zip(left, right, strict=True):
        require(
            op,
            same_size(sizes(x)[a], sizes(y)[b]),
            lambda a=a, b=b: f"dimension {a} of lhs {x} and dimension {b} of rhs {y} differ",
        )
    ragged = dims.lhs_ragged_dimensions
    require(op, len(ragged) == 1, lambda: f"there is one ragged dimension, not {len(ragged)}")
    require_dims(op, ragged, len(sizes(x)), "lhs_ragged_dimensions")
    require_dims(op, dims.rhs_group_dimensions, len(sizes(y)), "rhs_group_dimensions")
    integer = is_integer(groups.element_type)
    require(op, integer, lambda: f"group_sizes are integers, not {groups}")


@checks("chlo.scan")
def scan(op: Any) -> None:
    inputs = [tensor(op, v, "each input") for v in op.inputs]
    dim = op.dimension.value.data
    taken: list[Attribute] = []
    for x in inputs:
        shape = sizes(x)
        require(op, 0 <= dim < len(shape), lambda x=x: f"{x} has no dimension {dim}")
        taken.append(TensorType(x.element_type, [*shape[:dim], *shape[dim + 1 :]], x.encoding))
    count = len(op.inits)
    require(op, len(op.carries) == count, lambda: f"there are {count} initial values and carries")
    for init, carry in zip(op.inits, op.carries, strict=True):
        require(
            op,
            init.type == carry.type,
            lambda init=init, carry=carry: f"{init.type} is carried on as {carry.type}",
        )
    block = block_of(op, op.body, "body", [*taken, *(v.type for v in op.inits)])
    found = results_of(op, block, "body")
    fine = len(found) == len(op.outputs) + count
    require(op, fine, lambda: f"the body gives {len(op.outputs) + count} values, not {len(found)}")


# --- SDY ------------------------------------------------------------------------------------------


@checks("sdy.sharding_constraint", "sdy.reshard")
def sharding(op: Any) -> None:
    x, found = op.input.type, op.sharding.data
    require(op, op.result.type == x, lambda: f"the result is {x}, not {op.result.type}")
    require_sharding(op, found, x, "the sharding")


def require_sharding(op: Any, found: Any, type: Attribute, what: str) -> None:
    """An error unless the sharding has an entry for each dimension, and each axis once."""
    if isinstance(type, TensorType):
        rank, count = len(sizes(type)), len(found.dimensions)
        require(
            op, rank == count, lambda: f"{what} has {count} dimensions, and the tensor is {type}"
        )
    axes = [axis for d in found.dimensions for axis in d.axes]
    axes += [*found.replicated, *found.unreduced]
    require(op, len(set(axes)) == len(axes), lambda: f"{what} has an axis twice: {found}")


@checks("sdy.manual_computation")
def manual_computation(op: Any) -> None:
    for name, values in (("in_shardings", op.operands), ("out_shardings", op.results)):
        shardings = op.properties[name].data
        require(
            op,
            len(shardings) == len(values),
            lambda name=name, shardings=shardings, values=values: (
                f"{name} has {len(shardings)} shardings for {len(values)} values"
            ),
        )
        for each, value in zip(shardings, values, strict=True):
            require_sharding(op, each, value.type, name)
    require(op, len(op.body.blocks) == 1, lambda: "the body has one block")
    block = op.body.block
    require(
        op,
        len(block.args) == len(op.operands),
        lambda: f"the body has {len(op.operands)} arguments, not {len(block.args)}",
    )
    found = results_of(op, block, "body", "sdy.return")
    require(
        op,
        len(found) == len(op.results),
        lambda: f"the body gives {len(op.results)} values, not {len(found)}",
    )


@checks("sdy.func_data_flow_edge", "sdy.propagation_barrier", "sdy.data_flow_edge")
def passes_on(op: Any) -> None:
    x, y = op.operands[0].type, op.result.type
    require(op, x == y, lambda: f"the result is {x}, not {y}")
    found = op.properties.get("sharding")
    if found is not None:
        require_sharding(op, found.data, x, "the sharding")


@checks(
    "sdy.all_gather", "sdy.all_reduce", "sdy.all_slice", "sdy.all_to_all",
    "sdy.collective_permute", "sdy.reduce_scatter", "sdy.replicated_to_unreduced",
    "sdy.sharded_to_unreduced",
)  # fmt: skip
def collective(op: Any) -> None:
    x, y = op.tensor.type, op.result.type
    require(op, x == y, lambda: f"the result is {x}, not {y}")
    require_sharding(op, op.out_sharding.data, x, "out_sharding")


@checks("sdy.named_computation")
def named_computation(op: Any) -> None:
    for name, values in (("in_shardings", op.operands), ("out_shardings", op.results)):
        found = op.properties.get(name)
        if found is None:
            continue
        require(
            op,
            len(found.data) == len(values),
            lambda name=name, found=found, values=values: (
                f"{name} has {len(found.data)} shardings for {len(values)} values"
            ),
        )
        for each, value in zip(found.data, values, strict=True):
            require_sharding(op, each, value.type, name)
    block = block_of(op, op.body, "body", op.operand_types)
    found = results_of(op, block, "body", "sdy.return")
    require(
        op,
        found == list(op.result_types),
        lambda: f"the body gives {', '.join(map(str, op.result_types))}",
    )


@checks("sdy.mesh")
def mesh(op: Any) -> None:
    found = op.mesh.data
    names = [name for name, _ in found.axes]
    require(op, len(set(names)) == len(names), lambda: f"the mesh {found} has an axis twice")
    for name, size in found.axes:
        require(op, size > 0, lambda name=name, size=size: f"the axis {name} has the size {size}")
    ids = found.device_ids
    if not ids:
        return
    if not found.axes:
        require(op, len(ids) == 1 and ids[0] >= 0, lambda: "a mesh without axes has one device")
        return
    fine = sorted(ids) == list(range(found.size)) and list(ids) != sorted(ids)
    require(
        op,
        fine,
        lambda: f"device_ids is another order of 0 to {found.size - 1}, not {ids}",
    )
