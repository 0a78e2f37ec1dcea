"""Rules for the regions of gathers and scatters, and for proved facts about them."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import UnitAttr
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, op_type_rewrite_pattern
from xdsl.rewriter import InsertPoint

from ....dialects import ten
from ....dialects.types import ints, shape
from .. import index_maps
from ..index_maps import IndexMap
from .common import MapRule


class RegionOfIndexArithmetic(MapRule):
    """
    (i ↦ i * 1 + 0, select(i ≥ 0, a, b), (4 i + 3) div 4, …)  →  (i ↦ i, a, i, …)

    Fewer ops for the same map. The rule collects sums and multiples, decides conditions and
    simplifies quotients by the bounds of the domain, and computes tables that count in equal steps,
    or in a few parts that do, instead of reading them.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp | ten.ScatterOp, rewriter: PatternRewriter):
        self.maps.forget()
        m = self.maps.of(op)
        if m is None or (region := index_maps.write_shorter(m, op.block)) is None:
            return

        if isinstance(op, ten.GatherOp):
            rewriter.replace(op, ten.GatherOp(op.domain, op.t, region))
        else:
            rewriter.replace(op, ten.ScatterOp(ints(op.dims), op.t, region))


class RegionWithInvariant(MapRule):
    """
    gather(t, i ↦ … f(x) …)  →  y = f(x); gather(t, i ↦ … y …)    for an op that does not need i

    The op runs once, in front of the gather. All ops are total, so the op may run even if the
    domain is empty.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp | ten.ScatterOp, rewriter: PatternRewriter):
        inside: set[SSAValue] = set(op.block.args)
        constants: list[Operation] = []
        found: dict[Operation, None] = {}
        for inner in op.block.ops:
            if isinstance(inner, arith.ConstantOp):
                constants.append(inner)
            elif inner.regions or not inner.results or inside.intersection(inner.operands):
                inside.update(inner.results)
            else:
                used = {x.owner for x in inner.operands}
                found.update((c, None) for c in constants if c in used)
                found[inner] = None
        if not found:
            return

        for inner in found:
            inner.detach()
            rewriter.insert(inner, InsertPoint.before(op))
        rewriter.notify_op_modified(op)


class FactsOfIndices(MapRule):
    """
    gather, scatter  →  the same, marked `in_bounds`, `unique`, `sorted`, where that is proved

    in_bounds: no index is outside. unique: no two places have equal indices. sorted: indices are in
    bounds and come in row-major order. Then generated code needs no masks, no atomics and no
    scattered writes.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.GatherOp | ten.ScatterOp, rewriter: PatternRewriter):
        m = self.maps.of(op)
        if m is None:
            return
        sizes = shape(op.t.type) if isinstance(op, ten.GatherOp) else ints(op.dims)
        new = {name for name in facts(m, sizes[: len(m.forms)]) if name not in op.attributes}
        if not new:
            return

        op.attributes.update({name: UnitAttr() for name in sorted(new)})
        rewriter.notify_op_modified(op)


def facts(m: IndexMap, sizes: tuple[int, ...]) -> set[str]:
    proved = {
        "in_bounds": m.in_bounds(sizes),
        "unique": m.is_unique(),
        "sorted": m.is_sorted(sizes),
    }
    return {name for name, holds in proved.items() if holds}
