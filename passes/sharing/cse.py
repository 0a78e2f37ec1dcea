"""
Eliminate common subexpressions: if an op repeats an op that dominates it, the earlier op replaces
it.

Needs:   nothing.
Leaves:  no op that repeats an op that dominates it, where operands of commutative ops may stand in
         either order; no read of memory that repeats one in its block with no write in between; no
         dead op.
Keeps:   the value, bit for bit (but for the payload of a NaN).
Ends:    one walk with a table of the computed values (hash-consing): linear in the program, times
         the depth of its nests.

    a = x * y; b = y * x; f(a, b)   →   a = x * y; f(a, a)

Two divisions that differ only in their flags become one, with the flags that both have.

So a program that arrives as a tree becomes the DAG that it stands for. letgrad does not use
upstream's pass, for three reasons. That pass merges two `ten.build`s whose bodies differ only in
the intermediate type of a `ten.cast`. It does not merge commutative ops with swapped operands. It
copies its table at each region.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from . import equal_ops


class CsePass(ModulePass):
    """
    Replaces ops by equal ops that dominate them.

    Example:

        >>> module = lg.trace(lambda x, y: np.sin(x * y) + y * x, 1.0, 1.0)
        >>> CsePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x y -> let x1 = x * y in sin x1 + x1
    """

    name = "cse"
    title: ClassVar[str] = "CSE"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        equal_ops.merge(op)
