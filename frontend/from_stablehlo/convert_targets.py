"""Calls of functions outside of StableHLO, by the names of their targets."""

from __future__ import annotations

from typing import Any

from ..tracing import Array
from .conversion_table import TARGETS, Call, converts, target
from .foreign_op import NotConvertible
from .known_values import known_array


@converts("stablehlo.custom_call")
def custom_call(call: Call, *xs: Any) -> Any:
    """stablehlo.custom_call @name(x)  →  the rule of this target"""
    name = call.word("call_target_name")
    rule = TARGETS.get(name)
    if rule is None:
        raise NotConvertible(f"letgrad has no rule for the target @{name}")
    return rule(call, *xs)


_REFUSED = {
    "stablehlo.rng": "letgrad makes random numbers of a key, as rng_bit_generator does",
    "stablehlo.infeed": "letgrad takes values as arguments",
    "stablehlo.outfeed": "letgrad gives values as results",
    "stablehlo.send": "letgrad runs a program on one device",
    "stablehlo.recv": "letgrad runs a program on one device",
    "stablehlo.async_start": "letgrad runs one op after the other",
    "stablehlo.async_done": "letgrad runs one op after the other",
    "sdy.all_reduce": "letgrad runs a program on one device",
    "sdy.reduce_scatter": "letgrad runs a program on one device",
    "sdy.replicated_to_unreduced": "letgrad runs a program on one device",
    "sdy.sharded_to_unreduced": "letgrad runs a program on one device",
}
"""The ops that letgrad does not convert, with the reasons."""


def _refuse(name: str, reason: str) -> None:
    def rule(call: Call, *xs: Any) -> Any:
        raise NotConvertible(reason)

    rule.__doc__ = f"{name}  →  an error: {reason}"
    converts(name)(rule)


for _name, _reason in _REFUSED.items():
    _refuse(_name, _reason)


@target("shape_assertion")
def shape_assertion(call: Call, holds: Array, *sizes: Array) -> Any:
    """custom_call @shape_assertion(c)  →  nothing, where c is known to hold"""
    found = known_array(holds)
    if found is None or not found:
        text = call.word("error_message", "the assertion of sizes")
        known = "does not hold" if found is not None else "is not known to hold"
        raise NotConvertible(f"{text!r} {known}")
    return []


@target(
    "Sharding", "annotate_device_placement", "LayoutConstraint", "xla.sdy.FuncResultSharding",
    "mhlo.optimization_barrier",
)  # fmt: skip
def identity(call: Call, *xs: Any) -> Any:
    """custom_call @Sharding(x)  →  x: where a machine keeps x does not change x"""
    return list(xs)[: len(call.op.results)]
