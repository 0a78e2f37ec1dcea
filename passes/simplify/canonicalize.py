"""
Upstream's `canonicalize`, applied by letgrad's driver. The patterns and the removal of dead ops
are the same. Ops of constants fold in the arithmetic of their type (`rewriting/folding.py`). The
driver adds checked types, locations, counts and traces, and the pass adds the identities of
`arithmetic.py`.

Needs:   nothing.
Leaves:  no op that one of its canonicalization patterns or its fold would rewrite.
Keeps:   the value, bit for bit. A function of `math` of constants becomes the float that is nearest
         to the exact value; a backend may be some steps of the float away from it.
Ends:    when no pattern fires; the driver reports patterns that go round in circles.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.transforms import canonicalize
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects.walking import ops_in
from ..rewriting import effects
from ..rewriting.driver import RuleDriver
from ..sharing.shared_terms import drop_broken_stamps
from . import arithmetic, counted_loops


class CanonicalizePass(canonicalize.CanonicalizePass):
    """
    Applies all canonicalization patterns and folds, and removes dead ops.

    Example:

        >>> module = lg.trace(lambda x: x * 1.0, 1.0)
        >>> CanonicalizePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x -> x
    """

    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # One look at each region finds unreachable blocks and dead ops without results. The driver
        # does not find these op by op.
        while (
            RuleDriver((*arithmetic.RULES, *counted_loops.RULES), canonical=True, ctx=ctx).run(op)
            and _may_hide_dead_code(op)
            and region_dce(op.body)
        ):
            pass
        drop_broken_stamps(op, self.name)


def _may_hide_dead_code(module: ModuleOp) -> bool:
    """
    Whether there can be dead code that the driver leaves: unreachable blocks, or an op without
    results and without effects. If other code in a block is dead, the last op of that code has no
    uses.
    """
    return any(
        any(len(region.blocks) > 1 for region in op.regions)
        or (not op.results and effects.would_be_trivially_dead(op))
        for op in ops_in(module)
    )
