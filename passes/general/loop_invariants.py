"""
Move ops whose operands no loop changes out of the loop.

Needs:   nothing.
Leaves:  no op in a loop that only depends on values from outside of the loop, that has no effect,
         and that may run where the loop makes no turn.
Keeps:   the value, bit for bit. An op that runs in no turn of the loop now runs once.
Ends:    each op leaves a loop at most once.

Inner loops come first, so an op leaves as many loops as it can. A division stays unless its divisor
is a constant with a quotient: other tools take a division by zero for undefined. A loop of unknown
length stays too, because it may never end, and so does an `scf.for` whose step may be zero.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import affine, arith, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.traits import is_speculatable

from ...dialects import ten, types
from ...dialects.walking import ops_in
from ..rewriting import effects
from ..rewriting.driver import count

LOOPS = (
    scf.ForOp,
    scf.WhileOp,
    scf.ParallelOp,
    affine.ForOp,
    affine.ParallelOp,
    ten.ScanOp,
    ten.WhileOp,
)
_ENDLESS = (scf.WhileOp, ten.WhileOp)
_QUOTIENTS = (
    arith.DivUIOp,
    arith.DivSIOp,
    arith.CeilDivSIOp,
    arith.CeilDivUIOp,
    arith.FloorDivSIOp,
    arith.RemSIOp,
    arith.RemUIOp,
)
_SIGNED = (arith.DivSIOp, arith.CeilDivSIOp, arith.FloorDivSIOp, arith.RemSIOp)


class LoopInvariantCodeMotionPass(ModulePass):
    """Moves ops that do not depend on a loop out of the loop."""

    name = "loop-invariant-code-motion"
    title: ClassVar[str] = "LoopInvariantCodeMotion"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        for loop in reversed([each for each in ops_in(op) if isinstance(each, LOOPS)]):
            for region in loop.regions:
                _move_out(loop, region)


def _move_out(loop: Operation, region: Region) -> None:
    around = loop.parent
    if around is None:
        return
    known = effects.EffectsOfNests()
    for block in region.blocks:
        op = block.first_op
        while op is not None:
            following = op.next_op
            # The operands of an op come before it, so one walk finds the ops that depend on others.
            if _may_run(op, known) and not _depends_on(op, region):
                op.detach()
                around.insert_op_before(op, loop)
                count(LoopInvariantCodeMotionPass.name)
            op = following


def _may_run(op: Operation, known: effects.EffectsOfNests) -> bool:
    """Whether an op may run where the program would not run it."""
    if effects.is_terminator(type(op)) or not known.is_side_effect_free(op):
        return False
    return all(
        effects.is_terminator(type(each))
        or (
            (isinstance(each, scf.ForOp) or is_speculatable(each))
            and not isinstance(each, _ENDLESS)
            and not _may_fail(each)
        )
        for each in ops_in(op)
    )


def _may_fail(op: Operation) -> bool:
    """Whether another tool may take an op for undefined, or for endless."""
    if isinstance(op, scf.ForOp):
        bounds = [types.constant_value(x) for x in (op.lb, op.ub, op.step)]
        return bounds[2] != 1 and None in bounds
    if not isinstance(op, _QUOTIENTS):
        return False
    divisor = types.constant_value(op.operands[1])
    return divisor is None or divisor == 0 or (divisor == -1 and isinstance(op, _SIGNED))


def _depends_on(op: Operation, region: Region) -> bool:
    """Whether an op in `region`, or an op inside of it, reads a value that `region` defines."""
    return any(
        _is_in(x, region) and not _is_inside(x, op) for each in ops_in(op) for x in each.operands
    )


def _is_in(value: SSAValue, region: Region) -> bool:
    block: Block | None = _home(value)
    while block is not None:
        if block.parent is region:
            return True
        around = block.parent_op()
        block = None if around is None else around.parent
    return False


def _is_inside(value: SSAValue, op: Operation) -> bool:
    around = _home(value)
    while around is not None:
        holder = around.parent_op()
        if holder is op:
            return True
        around = None if holder is None else holder.parent
    return False


def _home(value: SSAValue) -> Block | None:
    owner = value.owner
    return owner if isinstance(owner, Block) else owner.parent
