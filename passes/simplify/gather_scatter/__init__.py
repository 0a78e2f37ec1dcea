"""
Simplify gathers and scatters: reads and sums at computed indices become layout ops if the index map
is a layout.

Needs:   no `ten.build`, no terms.
Leaves:  no gather or scatter whose map is a layout (each index a multiple of its own argument, a
         digit of one, or fixed); no index arithmetic that bounds decide; proved facts about the ops
         that stay, as attributes `in_bounds`, `unique`, `sorted`.
Keeps:   the value. Reads stay bit for bit, NaN and infinities included, and reads outside are
         exactly 0. Sums keep their value up to their order: rounding, and the sign of a zero. With
         `fast`, 0 · y may be NaN where y is infinite or NaN, and a factor moves out of a sum.
         Sharing: shared values stay shared; a rule may copy index arithmetic of a few ops.
Ends:    each rule removes an argument, an index, a condition or a quotient from a map, an op from
         the chain under or over it, or the gather or scatter itself.

The rules run together with canonicalization, whose rules for layouts simplify the resulting layout
ops. A gather that reads a diagonal, (i ↦ i, i), stays a gather here: an einsum takes it in, or
`ten-raise-einsum` makes it a slice.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import RewritePattern

from ....dialects import ten
from ....dialects.types import ints
from ...rewriting import remarks
from ...rewriting.driver import RuleDriver
from ...rewriting.levels import Level
from ...sharing.shared_terms import drop_broken_stamps
from . import braids, gathers, index_regions, indices, layouts, scatters, sums
from .common import Maps, not_a_layout


@dataclass(frozen=True)
class SimplifyGatherScatterPass(ModulePass):
    """Turns gathers and scatters into layout ops, and proves facts about those that stay."""

    name = "ten-simplify-gather-scatter"
    needs: ClassVar[Level] = Level.BULK

    fast: bool = False
    """
    Whether a rule may multiply 0, read outside, by a value that may be infinite or NaN, and may
    take a factor out of a sum that may overflow without the factor.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        own = _of_thread.rules.get(self.fast)
        if own is None:
            own = _of_thread.rules[self.fast] = rules(self.fast)
        RuleDriver(own, canonical=True, ctx=ctx, remark_as=self.name).run(op)
        drop_broken_stamps(op, self.name)
        if remarks.wanted():
            for inner in op.walk():
                if isinstance(inner, ten.GatherOp | ten.ScatterOp):
                    _remark_missed(inner)


class _OfThread(threading.local):
    """
    The rules of a thread, by `fast`. The driver remembers, for rules that it has met, which op they
    can match. They share what they know about the op at hand, and so threads do not share them.
    """

    def __init__(self) -> None:
        self.rules: dict[bool, tuple[RewritePattern, ...]] = {}


_of_thread = _OfThread()


def _remark_missed(op: ten.GatherOp | ten.ScatterOp) -> None:
    """Say why an op stays unchanged."""
    scattering = isinstance(op, ten.ScatterOp)
    rule = scatters.ScatterToMultiple if scattering else gathers.GatherAtMultiple
    m = Maps().of(op)
    if m is None:
        why = "its indices have no formula, or the op moves nothing"
    else:
        sizes = ints(op.dims) if isinstance(op, ten.ScatterOp) else gathers.targets(op, m)
        failed = not_a_layout(m, sizes, scattering)
        why = "no rule simplifies it" if failed is None else failed()
    remarks.missed(SimplifyGatherScatterPass.name, rule.__name__, op, f"{op.name} stays one: {why}")


def rules(fast: bool = False) -> tuple[RewritePattern, ...]:
    """All rules, in the order in which they are tried on an op."""
    maps = Maps()
    return (
        # The first one looks at the op anew.
        index_regions.RegionOfIndexArithmetic(maps),
        index_regions.RegionWithInvariant(maps),
        *(rule(maps) for rule in (*braids.GATHERS, *gathers.RULES)),
        gathers.GatherOfProduct(maps, fast),
        gathers.GatherOfOuterProduct(maps, fast),
        *(rule(maps) for rule in (*braids.SCATTERS, *scatters.RULES)),
        *(rule() for rule in (*indices.RULES, *layouts.RULES, *braids.RULES, *sums.RULES)),
        scatters.AddOfUpdateAndScatter(),
        sums.SumOfScaled(fast),
        index_regions.FactsOfIndices(maps),
    )
