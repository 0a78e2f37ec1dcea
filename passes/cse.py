"""
Upstream's `cse`, kept from merging what differs.

xDSL 0.74 compares the regions of two ops without the result types in them: two `ten.build`s whose
bodies differ only in the type that a `ten.cast` goes through count as equal. So, while the pass
runs, each op with regions carries the types of the results in them. That makes them part of the
comparison, and of the hash, which ignores regions.

Needs:   nothing.
Leaves:  no op that repeats one that dominates it.
Keeps:   the value, bit for bit.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ArrayAttr, ModuleOp
from xdsl.transforms.common_subexpression_elimination import CommonSubexpressionElimination

_TYPES = "letgrad.result_types"


class CsePass(CommonSubexpressionElimination):
    """Replaces ops by equal ones that dominate them."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for holder in op.walk():
            if holder.regions and holder.results:
                # Ops deeper down carry their own.
                inner = (o for r in holder.regions for b in r.blocks for o in b.ops)
                holder.attributes[_TYPES] = ArrayAttr(t for o in inner for t in o.result_types)
        super().apply(ctx, op)
        for holder in op.walk():
            holder.attributes.pop(_TYPES, None)
