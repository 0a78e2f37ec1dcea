"""
Transforms of cosines and sines in loops become Fourier transforms: `ten-decompose-cosines`.

    scan (c ↦ dct cosine2 c)
        →  scan (c ↦ 2 Re (fft real (c in Makhoul's order) · exp(-iπk/2n)))

Needs:   no terms.
Leaves:  no `ten.dct` in a loop, or in a function that a loop calls, but those that a backend keeps.
Keeps:   the value, up to rounding.
Ends:    each visit makes transforms of a kind that is nearer to `cosine2` and `cosine3`, and these
         make none.

A backend that calls a library of Python for a transform of cosines, and has machine code of Fourier
transforms, runs this pass: a loop without such calls is one piece of machine code. The tables of
the rule are constants after the passes that follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ...dialects import ten
from ...dialects.op_kinds import Kinds
from ...dialects.types import Term
from ...dialects.walking import ops_in
from ..general import symbols
from ..rewriting.decomposing import take_apart
from ..rewriting.levels import Level

LOOPS = ten.ScanOp, ten.WhileOp, scf.ForOp


@dataclass(frozen=True)
class DecomposeCosinesPass(ModulePass):
    """
    Writes transforms of cosines in loops as Fourier transforms.

    Example:

        >>> def steps(x):
        ...     return lg.scan(lambda c, _: (lg.scipy.fft.dct(c), None), x, None, length=5)[0]
        >>> module = lg.trace(steps, lg.spec(8))
        >>> DecomposeCosinesPass().apply(ctx, module)
        >>> "ten.dct" in str(module), "ten.fft" in str(module)
        (False, True)
    """

    name = "ten-decompose-cosines"
    seeks: ClassVar[Kinds] = (ten.DctOp,)
    needs: ClassVar[Level] = Level.SURFACE

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        while found := [x for x in _in_loops(op) if isinstance(x, ten.DctOp) and self.changes(x)]:
            for inner in found:
                take_apart(inner)

    def changes(self, op: ten.DctOp) -> bool:
        """Whether to write a transform in a loop. A backend may have code of its own for some."""
        return not isinstance(op.x.type, Term)


def _in_loops(module: ModuleOp) -> Iterator[Operation]:
    """The ops of all loops, and of the functions that loops call, directly or through others."""
    if not any(isinstance(op, ten.DctOp) for op in ops_in(module)):
        return
    functions = {x.sym_name.data: x for x in ops_in(module) if isinstance(x, func.FuncOp)}
    pending: list[Operation] = [op for op in ops_in(module) if isinstance(op, LOOPS)]
    seen: set[Operation] = set()
    while pending:
        for op in ops_in(pending.pop()):
            if op in seen:
                continue
            seen.add(op)
            yield op
            for reference in symbols.references_of(op):
                function = functions.get(reference.string_value())
                if function is not None and function not in seen:
                    pending.append(function)
