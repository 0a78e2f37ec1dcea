"""Calls of functions outside of StableHLO, by the names of their targets."""

from __future__ import annotations

from typing import Any

from .conversion_table import TARGETS, Call, converts, target
from .foreign_op import NotConvertible


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
