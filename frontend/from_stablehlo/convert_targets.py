"""Calls of functions outside of StableHLO, by the names of their targets."""

from __future__ import annotations

from typing import Any

import numpy
from xdsl.dialects import arith

from .. import ops
from ..numpy_functions.elementwise import filled
from ..tracing import Array
from .conversion_table import TARGETS, Call, converts, target
from .foreign_op import NotConvertible

np: Any = numpy  # its type stubs know no traced arrays


@converts("stablehlo.custom_call")
def custom_call(call: Call, *xs: Any) -> Any:
    """stablehlo.custom_call @name(x)  →  the rule of this target"""
    name = call.word("call_target_name")
    rule = TARGETS.get(name)
    if rule is None:
        raise NotConvertible(f"letgrad has no rule for the target @{name}")
    return rule(call, *xs)


@target(
    "Sharding", "annotate_device_placement", "LayoutConstraint", "xla.sdy.FuncResultSharding",
    "mhlo.optimization_barrier",
)  # fmt: skip
def identity(call: Call, *xs: Any) -> Any:
    """custom_call @Sharding(x)  →  x: where a machine keeps x does not change x"""
    return list(xs)[: len(call.op.results)]


@target("cu_threefry2x32", "cu_threefry2x32_ffi", "hip_threefry2x32", "hip_threefry2x32_ffi")
def threefry(call: Call, *xs: Array) -> Any:
    """custom_call @cu_threefry2x32_ffi(k0, k1, x0, x1)  →  the twenty rounds of Threefry"""
    k0, k1, x0, x1 = xs[:4]
    shape = call.kind(0)[0]
    k0, k1, x0, x1 = (ops.broadcast_to(x, shape) for x in (k0, k1, x0, x1))
    parity = filled(k0, 0x1BD11BDA)
    keys = [k0, k1, ops.binary(arith.XOrIOp, ops.binary(arith.XOrIOp, k0, k1), parity)]
    rotations = ((13, 15, 26, 6), (17, 29, 16, 24))
    a, b = np.add(x0, keys[0]), np.add(x1, keys[1])
    for k in range(5):
        for r in rotations[k % 2]:
            a = np.add(a, b)
            left = ops.binary(arith.ShLIOp, b, filled(b, r))
            right = ops.binary(arith.ShRUIOp, b, filled(b, 32 - r))
            b = ops.binary(arith.XOrIOp, ops.binary(arith.OrIOp, left, right), a)
        a = np.add(a, keys[(k + 1) % 3])
        b = np.add(np.add(b, keys[(k + 2) % 3]), filled(b, k + 1))
    return [a, b]
