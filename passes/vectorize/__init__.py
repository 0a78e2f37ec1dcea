"""
Vectorize: array comprehensions become bulk ops.

Needs:   nothing.
Leaves:  no `ten.build`.
Keeps:   the value, bit for bit where the bulk ops are (a sum may be taken in another order).
Ends:    each op of a body is taken once. Index arithmetic is copied into the gathers that it is
         for, a bounded piece of it per gather; what is larger is computed in bulk and read there.

A body is walked with what each of its values depends on: some of the indices of the builds around
it, its *axes*. A value of no axes stays as it is, outside. One of axes (i, j) gets a bulk form with
two more leading dimensions. An op joins the axes of its operands, and its `batch` rule gives the
bulk op. Builds within builds are walked together, as one domain.

    build [n] (i) { f(x[i], y) }   →   f(x, broadcast y)

Index arithmetic stays as it is, a function of the indices, until it is known what needs it: a read
at computed indices becomes a gather, which takes the arithmetic into its region; anything else gets
it as a tensor, made from `ten.iota`. Where a condition depends on an index, both branches are
computed, and selected from: all ops are total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting.levels import Level
from . import call_rules
from .batch_rules import elementwise, lead
from .calls import batched_function
from .walk import Fallback, vectorize, vectorize_all

__all__ = [
    "Fallback",
    "VectorizePass",
    "batched_function",
    "call_rules",
    "elementwise",
    "lead",
    "vectorize",
    "vectorize_all",
]


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
    What to do with an op that has no batch rule, or with a loop whose bounds depend on an index: an
    error, or a loop over the indices, with a remark.
    """

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        vectorize_all(op, self.fallback)
