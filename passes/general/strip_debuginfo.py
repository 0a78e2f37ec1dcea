"""
Forget the places in the source from which ops and arguments come.

Needs:   nothing.
Leaves:  the location `unknown` on each op and on each argument of a block.
Keeps:   all else.
Ends:    one walk.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import UNKNOWN_LOC, ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects.walking import ops_in


class StripDebugInfoPass(ModulePass):
    """
    Replaces all locations by `unknown`.

    Example:

        >>> module = lg.trace(lambda x: x * x, 1.0)
        >>> StripDebugInfoPass().apply(ctx, module)
        >>> print(functions_by_name(module)["lambda"].location)
        loc(unknown)
    """

    name = "strip-debuginfo"
    title: ClassVar[str] = "StripDebugInfo"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        self.apply_to(ctx, op)

    def apply_to(self, ctx: Context, op: Operation) -> None:
        for each in ops_in(op):
            each.location = UNKNOWN_LOC
            for region in each.regions:
                for block in region.blocks:
                    for argument in block.args:
                        argument.location = UNKNOWN_LOC
