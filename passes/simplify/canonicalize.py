"""
Upstream's `canonicalize`, applied by letgrad's driver: the same patterns, folds and removal of dead
ops, but typed, located, counted and traced; and with the identities of `arithmetic.py`.

Needs:   nothing.
Leaves:  no op that one of its canonicalization patterns or its fold would rewrite.
Keeps:   the value, bit for bit.
Ends:    when no pattern fires; the driver reports patterns that go round in circles.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.transforms import canonicalize
from xdsl.transforms.dead_code_elimination import region_dce

from ..rewriting import effects
from ..rewriting.driver import RuleDriver
from . import arithmetic


class CanonicalizePass(canonicalize.CanonicalizePass):
    """
    Applies all canonicalization patterns and folds, and removes dead ops.

    Example:

        >>> module = lg.trace(lambda x: x * 1.0, 1.0)
        >>> CanonicalizePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x -> x
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # Blocks that nothing reaches, and ops without results, are not found op by op, but once per
        # region.
        while (
            RuleDriver(arithmetic.RULES, canonical=True, ctx=ctx).run(op)
            and _may_hide_dead_code(op)
            and region_dce(op.body)
        ):
            pass


def _may_hide_dead_code(module: ModuleOp) -> bool:
    """
    Whether there can be dead code that the driver leaves: blocks that nothing reaches, or an op
    without results that does nothing. Of what else is dead in a block, the last op has no uses.
    """
    return any(
        any(len(region.blocks) > 1 for region in op.regions)
        or (not op.results and effects.would_be_trivially_dead(op))
        for op in module.walk()
    )
