"""
Move ops into the branch that alone uses them.

Needs:   nothing.
Leaves:  no op without effects whose uses are all in one branch of an `scf.if` or an
         `scf.index_switch` beside it.
Keeps:   the value, bit for bit. An op that ran in vain no longer runs.
Ends:    each op goes into each branch at most once.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region
from xdsl.passes import ModulePass

from ...dialects.walking import ops_in
from ..rewriting import effects
from ..rewriting.driver import count

CHOICES = (scf.IfOp, scf.IndexSwitchOp)


class ControlFlowSinkPass(ModulePass):
    """Moves ops into the branch that alone uses them."""

    name = "control-flow-sink"
    title: ClassVar[str] = "ControlFlowSink"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        # Outer choices come first, so that an op goes down as far as it can.
        for choice in [each for each in ops_in(op) if isinstance(each, CHOICES)]:
            self._sink(choice)

    def _sink(self, choice: Operation) -> None:
        assert choice.parent is not None
        known = effects.EffectsOfNests()
        op = choice.prev_op
        while op is not None:
            before = op.prev_op
            if (
                op.results
                and not effects.is_terminator(type(op))
                and known.is_side_effect_free(op)
                and (region := _only_user(op, choice)) is not None
            ):
                first = region.blocks[0].first_op
                assert first is not None
                op.detach()
                region.blocks[0].insert_op_before(op, first)
                count(self.name)
            op = before


def _only_user(op: Operation, choice: Operation) -> Region | None:
    """The only region of `choice` that uses `op`, if nothing else does."""
    found: Region | None = None
    for result in op.results:
        for use in result.uses:
            region = _region_in(use.operation, choice)
            if region is None or (found is not None and region is not found):
                return None
            found = region
    return found


def _region_in(user: Operation, choice: Operation) -> Region | None:
    block: Block | None = user.parent
    while block is not None:
        around = block.parent_op()
        if around is choice:
            return block.parent
        block = None if around is None else around.parent
    return None
