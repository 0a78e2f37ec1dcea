"""
Compute the states of a loop again instead of keeping them all: `ten-checkpoint-scans`.

    cs = scan [n] (c = c0) { f(c), row c } {checkpoint = k}
    scan [n] reverse (g) over (c = cs) { b(c) }
        →  scan [n] reverse (g, stack of c) over (t = iota) { c, from the stack; b(c) }

Needs:   nothing.
Leaves:  no scan with more steps than its checkpoint says, whose carried values only scans in the
         other direction take as rows. Other readers of these rows keep them all.
Keeps:   the value, bit for bit: f runs again on equal values.
Ends:    each firing leaves one pair of such scans less.

`states_again` has the schedule, and writes the program.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ...dialects import ten
from ...dialects.op_kinds import Kinds
from ..sharing.shared_terms import drop_broken_stamps
from . import states_again


class CheckpointScansPass(ModulePass):
    """
    Computes the states that a reversed loop needs again, from at most `checkpoint` states.

    Example:

        >>> def decay(x):
        ...     return lg.scan(lambda c, _: (np.sin(c), None), x, length=100, checkpoint=3)[0]
        >>> module = lg.trace(lg.grad(decay), 1.0)
        >>> "tensor<100xf64>" in str(module)
        True
        >>> CheckpointScansPass().apply(ctx, module)
        >>> "tensor<100xf64>" in str(module)
        False
    """

    name = states_again.PASS
    seeks: ClassVar[Kinds] = (ten.ScanOp,)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        states_again.checkpoint_scans(op)
        drop_broken_stamps(op, self.name)
