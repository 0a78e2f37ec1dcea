"""
Ops between devices, where a device is alone in its group.

letgrad runs a program on one device. So the sum over a group of one device is the device's own
value, and a program for more devices has no meaning here: its op is an error.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Operation

from ...dialects import types
from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array, constant
from .conversion_table import Call, converts
from .foreign_op import NotConvertible, Source, ints_of

np: Any = numpy  # its type stubs know no traced arrays


def _devices(call: Call) -> int:
    """How many devices the module is for."""
    op = call.op
    while op is not None and not isinstance(op, ModuleOp):
        op = op.parent_op()
    if op is None:
        return 1
    names = ("mhlo.num_partitions", "mhlo.num_replicas")
    return math.prod(ints_of(op.attributes[name])[0] for name in names if name in op.attributes)


def _alone(call: Call) -> None:
    """Errors: `NotConvertible` if a device is in a group with another one."""
    groups = call.need("replica_groups")
    if not isinstance(groups, DenseIntOrFPElementsAttr):
        raise NotConvertible(f"letgrad runs a program on one device, and not on {groups}")
    shape = types.shape(groups.type)
    # No groups mean one group of all devices.
    size = shape[1] if math.prod(shape) else _devices(call)
    if size != 1:
        raise NotConvertible(f"letgrad runs a program on one device, and not on a group of {size}")


@converts(
    "stablehlo.all_reduce", "stablehlo.all_gather", "stablehlo.all_to_all",
    "stablehlo.reduce_scatter", "stablehlo.collective_broadcast", "stablehlo.cross-replica-sum",
)  # fmt: skip
def alone(call: Call, *xs: Array) -> Any:
    """stablehlo.all_reduce x  →  x, where each device is a group of its own"""
    _alone(call)
    return list(xs)


@converts("stablehlo.collective_permute")
def collective_permute(call: Call, x: Array) -> Array:
    """stablehlo.collective_permute x  →  x for the pair [0, 0], and 0 without a pair"""
    pairs = ints_of(call.need("source_target_pairs"))
    if any(pairs) or _devices(call) != 1:
        raise NotConvertible("letgrad runs a program on one device")
    return x if pairs else filled(x, 0)


@converts("stablehlo.partition_id", "stablehlo.replica_id")
def number_of_device(call: Call) -> Array:
    """stablehlo.partition_id  →  0, the number of the only device"""
    if _devices(call) != 1:
        raise NotConvertible(f"letgrad runs a program on one device, and not on {_devices(call)}")
    return ops.cast(constant(np.int32(0)), call.dtype())


@converts("stablehlo.create_token", "stablehlo.after_all")
def token(call: Call, *tokens: Any) -> Any:
    """stablehlo.create_token  →  nothing: letgrad keeps no order among ops without effects"""
    return [None]


# Shardy.


def _mesh_size(call: Call, name: str) -> int:
    """The number of devices of a mesh."""
    op: Operation = call.op
    while (parent := op.parent_op()) is not None:
        op = parent
    for other in op.walk():
        source = Source(other)
        if source.name == "sdy.mesh" and source.word("sym_name") == name:
            text = str(source.need("mesh"))
            return math.prod(int(n) for n in re.findall(r"=\s*(\d+)", text))
    raise NotConvertible(f"there is no mesh @{name}")


@converts("sdy.manual_computation")
def manual_computation(call: Call, *xs: Array) -> Any:
    """sdy.manual_computation x  →  the ops of its body, on a mesh of one device"""
    text = f"{call.need('in_shardings')} {call.need('out_shardings')}"
    if "mesh<" in text:
        raise NotConvertible("letgrad knows a mesh by its name")
    for name in set(re.findall(r"@\"?([\w.-]+)", text)):
        if (size := _mesh_size(call, name)) != 1:
            raise NotConvertible(
                f"letgrad runs a program on one device, and the mesh @{name} has {size}"
            )
    return call.region()(*xs)


@converts("sdy.named_computation")
def named_computation(call: Call, *xs: Array) -> Any:
    """sdy.named_computation x  →  the ops of its body"""
    return call.region()(*xs)
