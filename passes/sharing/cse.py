"""
Eliminate common subexpressions: an op that repeats one that dominates it gives way to that one.

Needs:   nothing.
Leaves:  no op that repeats one that dominates it, the operands of commutative ops taken in either
         order; no dead op.
Keeps:   the value, bit for bit (but for the payload of a NaN).
Ends:    one walk that keeps what is computed in a table (hash-consing): linear in the program,
         times the depth of its nests.

    a = x * y; b = y * x; f(a, b)   →   a = x * y; f(a, a)

So a program that arrives as a tree becomes the DAG that it is. Upstream's pass is not used: it
takes two `ten.build`s for one whose bodies differ only in the type that a `ten.cast` goes through,
keeps the operands of commutative ops apart, and copies its table at each region.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from . import equal_ops


class CsePass(ModulePass):
    """
    Replaces ops by equal ones that dominate them.

    Example:

        >>> module = lg.trace(lambda x, y: np.sin(x * y) + y * x, 1.0, 1.0)
        >>> CsePass().apply(ctx, module)
        >>> show(module)
        lambda = \\x y -> let x1 = x * y in sin x1 + x1
    """

    name = "cse"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        equal_ops.merge(op)
