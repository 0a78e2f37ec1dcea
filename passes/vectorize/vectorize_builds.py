"""
Vectorize: array comprehensions become bulk ops.

Needs:   nothing.
Leaves:  no `ten.build`.
Keeps:   the value, bit for bit if the bulk ops keep every bit (a sum may run in another order).
Ends:    the pass takes each op of a body once. It copies index arithmetic into the gathers that
         need it, a bounded number of ops per gather. It computes larger index arithmetic in bulk,
         and the gather reads the result.

The pass walks a body, and notes for each value on which indices of the builds around it the value
depends: the *axes* of the value. A value without axes stays unchanged, outside. A value with axes
(i, j) gets a bulk form with two more leading dimensions. The axes of a result are all axes of the
op's operands, and the op's `batch` rule gives the bulk op. The pass walks builds within builds
together, as one domain.

    build [n] (i) { f(x[i], y) }   →   f(x, broadcast y)

Index arithmetic stays a function of the indices until an op needs it. A read at computed indices
becomes a gather, which takes the arithmetic into its region. Any other op gets the arithmetic as a
tensor, made from `ten.iota`. If a condition depends on an index, the bulk form computes both
branches and selects, because all ops are total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .builds import vectorize_all
from .bulk_forms import Fallback


@dataclass(frozen=True)
class VectorizePass(ModulePass):
    """
    Replaces every ten.build by bulk ops.

    Example:

        >>> module = lg.trace(lambda x: lg.build(3, lambda i: np.sin(x[i])), lg.spec(3))
        >>> VectorizePass().apply(ctx, module)
        >>> any(isinstance(op, ten.BuildOp) for op in module.walk())
        False
    """

    name = "ten-vectorize"
    leaves: ClassVar[Level] = Level.BULK

    fallback: Fallback = "error"
    """
    How the pass treats an op without a batch rule, or a loop whose bounds depend on an index: it
    raises an error, or it writes a loop over the indices, with a remark.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        vectorize_all(op, self.fallback)
        drop_broken_stamps(op, self.name)
