"""
Turn memory of one element into values.

Needs:   nothing.
Leaves:  no `memref.alloca` of one element whose uses are all loads and stores in its own block, the
         first of them a store.
Keeps:   the value, bit for bit.
Ends:    one walk through each block.

A load before the first store reads memory that nobody wrote, so such memory stays.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ...dialects.walking import ops_in
from ..rewriting.driver import count


class Mem2RegPass(ModulePass):
    """Turns memory of one element into values."""

    name = "mem2reg"
    title: ClassVar[str] = "Mem2Reg"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        for each in [x for x in ops_in(op) if isinstance(x, memref.AllocaOp)]:
            if (uses := _uses(each)) is not None:
                _promote(each, uses)
                count(self.name)


def _uses(alloca: memref.AllocaOp) -> list[Operation] | None:
    """The loads and stores of one element, in order; None if the memory has to stay."""
    kind = alloca.memref.type
    if not isinstance(kind, MemRefType) or any(n != 1 for n in kind.get_shape()):
        return None
    users: set[Operation] = set()
    for use in alloca.memref.uses:
        user = use.operation
        if user.parent is not alloca.parent:
            return None
        if isinstance(user, memref.StoreOp):
            if use.index != 1:  # the memory itself is stored
                return None
        elif not isinstance(user, memref.LoadOp):
            return None
        users.add(user)
    found: list[Operation] = []
    op = alloca.next_op
    while op is not None and len(found) < len(users):
        if op in users:
            found.append(op)
        op = op.next_op
    if found and not isinstance(found[0], memref.StoreOp):
        return None
    return found


def _promote(alloca: memref.AllocaOp, uses: list[Operation]) -> None:
    value: SSAValue | None = None
    for user in uses:
        if isinstance(user, memref.StoreOp):
            value = user.value
            user.detach()
            user.erase()
        else:
            assert value is not None
            Rewriter.replace_op(user, [], [value])
    alloca.detach()
    alloca.erase()
