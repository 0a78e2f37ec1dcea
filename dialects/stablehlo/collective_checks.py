"""The verifiers of collectives, which many devices run together, and of tokens."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IntegerType,
    Signedness,
    i64,
)

from . import attributes
from .checks import UNKNOWN, checks, require, require_element, require_result, sizes, tensor
from .region_checks import reducer, same_types, scalar


def _groups(op: Any) -> int | None:
    """The number of devices in each group; None if the op does not say it."""
    groups = op.replica_groups
    if not isinstance(groups, DenseIntOrFPElementsAttr):
        return None
    shape = groups.type.get_shape()
    require(
        op,
        len(shape) == 2 and groups.get_element_type() == i64,
        lambda: f"replica_groups is a matrix of i64, not {groups.type}",
    )
    ids = [int(n) for n in groups.get_values() if int(n) != -1]
    require(op, min(ids, default=0) >= 0, lambda: "replica_groups has a number below -1")
    require(op, len(set(ids)) == len(ids), lambda: "replica_groups has a device twice")
    missing = next((n for n in range(len(ids)) if n not in ids), None)
    require(op, missing is None, lambda: f"replica_groups lacks the device {missing}")
    return shape[1]


@checks("stablehlo.all_gather")
def all_gather(op: Any) -> None:
    count, dim = _groups(op), op.all_gather_dim.value.data
    require(op, len(op.inputs) == len(op.results), lambda: "there is a result for each input")
    for value, result in zip(op.inputs, op.results, strict=True):
        x, y = tensor(op, value, "each input"), tensor(op, result, "each result")
        shape = sizes(x)
        require(op, 0 <= dim < len(shape), lambda x=x: f"{x} has no dimension {dim}")
        # A device alone may not know how large its group is, so any multiple is right.
        require_result(op, y, (*shape[:dim], UNKNOWN, *shape[dim + 1 :]))
        require_element(op, y, x.element_type)
        n, m = shape[dim], sizes(y)[dim]
        if UNKNOWN not in (n, m) and n != 0:
            fine = m % n == 0 and (count in (None, 0) or m == n * (count or 1))
            require(op, fine, lambda x=x, y=y: f"{y} does not hold the parts {x} of a group")


@checks("stablehlo.all_reduce")
def all_reduce(op: Any) -> None:
    _groups(op)
    require(op, bool(op.inputs), lambda: "there is at least one input")
    require(op, len(op.inputs) == len(op.results), lambda: "there is a result for each input")
    for value, result in zip(op.inputs, op.results, strict=True):
        x, y = tensor(op, value, "each input"), tensor(op, result, "each result")
        require_result(op, y, sizes(x))
        reducer(op, op.computation, "computation", [x.element_type])
        require_element(op, y, op.computation.block.args[0].type.element_type)


@checks("stablehlo.reduce_scatter")
def reduce_scatter(op: Any) -> None:
    count = _groups(op)
    x, y = tensor(op, op.operand, "the operand"), tensor(op, op.result, "the result")
    dim, shape = op.scatter_dimension.value.data, sizes(x)
    require(op, 0 <= dim < len(shape), lambda: f"{x} has no dimension {dim}")
    reducer(op, op.computation, "computation", [x.element_type])
    require_element(op, y, op.computation.block.args[0].type.element_type)
    require_result(op, y, (*shape[:dim], UNKNOWN, *shape[dim + 1 :]))
    n, m = shape[dim], sizes(y)[dim]
    if UNKNOWN not in (n, m):
        fine = m > 0 and n % m == 0 and (count in (None, 0) or n == m * (count or 1))
        require(op, fine, lambda: f"{y} is no part of {x} for each device of a group")


@checks("stablehlo.all_to_all")
def all_to_all(op: Any) -> None:
    _groups(op)
    split, concat = op.split_dimension.value.data, op.concat_dimension.value.data
    count = op.split_count.value.data
    require(op, count > 0, lambda: f"split_count is above 0, not {count}")
    require(op, len(op.inputs) == len(op.results), lambda: "there is a result for each input")
    for value, result in zip(op.inputs, op.results, strict=True):
        x, y = tensor(op, value, "each input"), tensor(op, result, "each result")
        shape = list(sizes(x))
        for d in (split, concat):
            require(op, 0 <= d < len(shape), lambda x=x, d=d: f"{x} has no dimension {d}")
        n = shape[split]
        require(
            op,
            n == UNKNOWN or n % count == 0,
            lambda x=x: f"dimension {split} of {x} has not {count} equal parts",
        )
        shape[split] = n if n == UNKNOWN else n // count
        shape[concat] = shape[concat] if shape[concat] == UNKNOWN else shape[concat] * count
        require_result(op, y, shape)
        require_element(op, y, x.element_type)


@checks(
    "stablehlo.collective_broadcast", "stablehlo.collective_permute", "stablehlo.cross-replica-sum"
)
def collective(op: Any) -> None:
    same_types(op, op.operands, op.results, "operand", "result")
    if op.name != "stablehlo.collective_permute":
        _groups(op)
        return
    pairs = op.source_target_pairs
    shape = pairs.type.get_shape()
    require(
        op,
        len(shape) == 2 and shape[1] == 2 and pairs.get_element_type() == i64,
        lambda: f"source_target_pairs has rows of two i64, not {pairs.type}",
    )
    flat = [int(n) for n in pairs.get_values()]
    for column, name in ((flat[::2], "source"), (flat[1::2], "target")):
        require(op, min(column, default=0) >= 0, lambda name=name: f"a {name} is below 0")
        require(
            op,
            len(set(column)) == len(column),
            lambda name=name: f"a {name} comes twice in source_target_pairs",
        )


@checks("stablehlo.partition_id", "stablehlo.replica_id")
def identity(op: Any) -> None:
    wanted = scalar(IntegerType(32, Signedness.UNSIGNED))
    found = op.result.type
    require(op, found == wanted, lambda: f"the result is {wanted}, not {found}")


# --- Tokens ---------------------------------------------------------------------------------------


@checks(
    "stablehlo.after_all", "stablehlo.create_token", "stablehlo.outfeed", "stablehlo.send",
    "stablehlo.infeed", "stablehlo.recv",
)  # fmt: skip
def tokens(op: Any) -> None:
    token = attributes.TokenType()
    taken = op.operands if op.name == "stablehlo.after_all" else op.operands[-1:]
    for value in [*taken, *op.results[-1:]]:
        require(
            op, value.type == token, lambda value=value: f"{token} belongs here, not {value.type}"
        )
