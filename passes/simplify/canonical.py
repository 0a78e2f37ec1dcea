"""The walk of `canonicalize`, for passes that simplify what they made."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.context import Context
from xdsl.ir import Operation
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects.walking import ops_in
from ..rewriting import effects
from ..rewriting.driver import RuleDriver
from . import arithmetic, counted_loops


def run(
    ctx: Context,
    op: Operation,
    may_fire: Callable[[str], bool] | None = None,
    iterations: int = -1,
    regions: bool = True,
) -> None:
    """
    Apply all canonicalization patterns, folds and identities to the ops in `op`, and remove dead
    ops, until nothing changes or for a number of `iterations`.

    `may_fire` says which rules may fire. Without `regions`, unreachable blocks stay.
    """
    rules = (*arithmetic.RULES, *counted_loops.RULES)
    driver = RuleDriver(rules, canonical=True, ctx=ctx, may_fire=may_fire)
    # One look at each region finds unreachable blocks and dead ops without results. The driver
    # does not find these op by op.
    while iterations != 0 and driver.run(op):
        iterations -= 1
        if not regions or not _may_hide_dead_code(op):
            break
        if not any([region_dce(region) for region in op.regions]):
            break


def _may_hide_dead_code(module: Operation) -> bool:
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
