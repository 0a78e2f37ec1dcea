"""
Loops of `scf` as loops of `ten`: `convert-scf-to-ten`.

    r = scf.while (x = x0) { scf.condition(p(x)) y(x) } do { b(y) }
        →  _, r = ten.while (go = p(x0), y = y(x0)) { go } do { x = b(y); p(x), y(x) }

Needs:   nothing.
Leaves:  no `scf.while` of arrays and numbers whose regions are pure. Loops of other values, and
         loops with side effects, stay.
Keeps:   the value, bit for bit. The first region stands twice in the program, and runs as often as
         before.
Ends:    each firing leaves one `scf.while` less.

So a loop of MLIR text has what `ten.while` has: derivatives, machine code, kernels, and rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.walking import ops_in
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..sharing.shared_terms import drop_broken_stamps, renew_stamps


class ConvertScfPass(ModulePass):
    """Makes `ten.while` of each `scf.while` that carries arrays and has no side effects."""

    name = "convert-scf-to-ten"
    seeks: ClassVar[Kinds] = (scf.WhileOp,)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # An inner loop comes before the loops around it, whose regions must be pure.
        loops = [inner for inner in ops_in(op) if isinstance(inner, scf.WhileOp)]
        for loop in reversed(loops):
            if may_convert(loop):
                convert(loop)
        if loops:
            drop_broken_stamps(op, self.name)


def may_convert(op: scf.WhileOp) -> bool:
    """Whether a loop carries only arrays and numbers, and its regions do nothing else."""
    kinds = [x.type for x in (*op.arguments, *op.results)]
    if not all(map(types.is_number, kinds)):
        return False
    inside = [inner for inner in ops_in(op) if inner is not op]
    if any(isinstance(inner, scf.WhileOp) for inner in inside):
        return False  # it could not be converted
    ends = (scf.ConditionOp, scf.YieldOp, ten.YieldOp)
    return all(bool(x.regions) or isinstance(x, ends) or ten.is_pure(x) for x in inside)


def convert(op: scf.WhileOp) -> None:
    """`scf.while` → `ten.while`, as at the top of this file."""
    e = Emitter.before(op).derived(op, "convert(scf.while)")
    before, after = op.before_region.block, op.after_region.block
    stamps: dict[int, int] = {}
    begins = copied(before, list(op.arguments), e, stamps)
    kinds = [x.type for x in begins]

    condition = Region(Block(arg_types=kinds))
    test = Emitter(InsertPoint.at_end(condition.block), op.location)
    test.insert(ten.YieldOp(condition.block.args[0]))
    body = Block(arg_types=kinds)
    for arg, old in zip(body.args[1:], after.args):
        arg.name_hint = old.name_hint
    here = Emitter(InsertPoint.at_end(body), op.location)
    given = moved(after, body.args[1:], here)
    here.insert(ten.YieldOp(*moved(before, given, here)))
    loop = e.insert(ten.WhileOp(begins, condition, Region(body)))
    for old, new in zip(op.results, loop.results[1:]):
        new.name_hint = old.name_hint
    Rewriter.replace_op(op, [], loop.results[1:])
    count("convert(scf.while)")


def copied(
    block: Block, args: Sequence[SSAValue], e: Emitter, stamps: dict[int, int]
) -> list[SSAValue]:
    """The ops of a block again, on these arguments. Returns the operands of its terminator."""
    mapping: dict[SSAValue, SSAValue] = dict(zip(block.args, args, strict=True))
    last = block.last_op
    assert last is not None
    for inner in block.ops:
        if inner is not last:
            renew_stamps(e.insert(inner.clone(mapping)), stamps)
    return [mapping.get(x, x) for x in last.operands]


def moved(block: Block, args: Sequence[SSAValue], e: Emitter) -> list[SSAValue]:
    """The ops of a block, at another place, on these arguments."""
    for old, new in zip(block.args, args, strict=True):
        old.replace_all_uses_with(new)
    last = block.last_op
    assert isinstance(last, Operation)
    given = list(last.operands)
    for inner in list(block.ops):
        if inner is not last:
            inner.detach()
            e.insert(inner)
    return given
