"""
Report the costs of a function: one remark per function, which changes nothing.

    @f: 12 distinct computations of 12, tree size 40, 2 lets, peak 96 bytes, 31 flops (2.38 times
    its primal)

The first two numbers count the different computations, and all computations that are written
(`numbering`). The tree size is the exact size of the function as a tree. Bytes and flops come from
the cost model. A derivative knows the flops of its primal from the attribute
`letgrad.primal_flops`, which `delta-linearize` sets. After `kernel-plan-buffers`, the bytes are
those of the plan, beside the bytes without any reuse.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.passes import ModulePass

from ...dialects import sharing
from ...dialects.walking import ops_in
from ..rewriting import costs
from ..rewriting.diagnostics import remark
from ..rewriting.functions import functions
from . import numbering


class ReportPass(ModulePass):
    """Reports for each function how much it computes, keeps and shares."""

    name = "sharing-report"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            if function.body.blocks:
                remark(report(function), function)


def report(function: func.FuncOp) -> str:
    work = numbering.work(function)
    lets = sum(isinstance(op, sharing.LetOp) for op in ops_in(function))
    flops = costs.function_flops(function)
    primal = function.attributes.get(costs.PRIMAL_FLOPS)
    ratio = ""
    if isinstance(primal, IntegerAttr) and primal.value.data:
        ratio = f" ({flops / primal.value.data:.2f} times its primal)"
    peak = f"peak {costs.peak_bytes(function)} bytes"
    planned, arena = (function.attributes.get(a) for a in (costs.PEAK_BYTES, costs.ARENA_BYTES))
    if isinstance(planned, IntegerAttr) and isinstance(arena, IntegerAttr):
        peak = (
            f"peak {planned.value.data} bytes, {arena.value.data} of them planned "
            f"(without a plan {costs.all_bytes(function)})"
        )
    return (
        f"@{function.sym_name.data}: {work.distinct} distinct computations of {work.total}, "
        f"tree size {costs.in_digits(costs.tree_sizes(function))}, {lets} lets, "
        f"{peak}, {flops} flops{ratio}"
    )
