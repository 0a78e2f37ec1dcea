"""
Expand a function to the tree that it stands for: every use has its own copy. The tree serves
comparisons, and shows how much sharing saves.

Needs:   nothing.
Leaves:  no value of an op that is used twice, except arguments, constants, and values of
         ops that may have effects.
Keeps:   the value.
Ends:    after as many copies as the tree has nodes. The pass first checks this number against
         `budget`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import sharing, types
from ..rewriting import costs, effects
from ..rewriting.diagnostics import LetgradError
from ..rewriting.functions import functions


@dataclass(frozen=True)
class UnsharePass(ModulePass):
    """Copies every shared value to each of its uses."""

    name = "sharing-unshare"
    duplicates: ClassVar[bool] = True
    """This pass copies on purpose, so the law of sharing does not apply to it."""

    budget: int = 100_000
    """The size of the largest tree, in ops, that the pass writes."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            size = costs.tree_sizes(function)
            if size > self.budget:
                raise LetgradError(
                    f"@{function.sym_name.data} is a tree of {costs.in_digits(size)} ops, "
                    f"above budget={self.budget}",
                    function,
                )
            for block in function.body.blocks:
                unshare(block)


def unshare(block: Block) -> None:
    """
    Give each use its own copy. The walk goes from the last op to the first, so that an op is copied
    as often as its users were.
    """
    op = block.last_op
    while op is not None:
        before = op.prev_op
        for region in op.regions:
            for inner in region.blocks:
                unshare(inner)
        if isinstance(op, sharing.LetOp | sharing.ShareOp):
            Rewriter.replace_op(op, [], [op.x])
        elif op.results and not types.is_constant(op.results[0]):
            if effects.is_side_effect_free(op):
                _split(op)
        op = before


def _split(op: Operation) -> None:
    uses = [use for result in op.results for use in result.uses]
    for use in uses[1:]:
        position = next(
            k for k, r in enumerate(op.results) if r is use.operation.operands[use.index]
        )
        copy = op.clone()
        Rewriter.insert_op(copy, InsertPoint.after(op))
        use.operation.operands[use.index] = copy.results[position]
