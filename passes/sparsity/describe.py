"""
Find the sparsity of a function's Jacobian, and say it in an attribute of the function.

Needs:   no terms. `ten.build` and loops of `scf` are dense; `ten-vectorize` and
         `convert-scf-to-ten` make more of them.
Leaves:  the attribute `letgrad.sparsity` of each function: one text per result, which says for
         each input that is a float which of its elements an element of the result reads.
Keeps:   the program.
Ends:    one visit to each op. A loop is visited once for each step if that is cheap, or until its
         patterns stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr
from xdsl.passes import ModulePass

from ..rewriting.functions import find_entry, functions
from . import matrices
from .analysis import is_tracked

ATTRIBUTE = "letgrad.sparsity"


@dataclass(frozen=True)
class SparsityPass(ModulePass):
    """
    Writes down which elements of the inputs each element of a result depends on.

    Example:

        >>> module = lg.trace(lambda x: x[1:] - x[:-1], lg.spec(5))
        >>> SparsityPass().apply(ctx, module)
        >>> print(find_entry(module, None).attributes["letgrad.sparsity"].data[0].data)
        x[i + 1] for i in 0:4, x[i] for i in 0:4
    """

    name = "ten-sparsity"
    wants_scalars: ClassVar[bool] = False

    entry: str | None = None
    """The name of the function; all functions by default."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        chosen = functions(op) if self.entry is None else [find_entry(op, self.entry)]
        for function in chosen:
            if len(function.body.blocks) == 1:
                describe(op, function)


def describe(module: ModuleOp, function: func.FuncOp) -> None:
    """Give a function its attribute."""
    found = matrices.find(module, function)
    floats = [x for x in function.body.block.args if is_tracked(x)]
    names = [x.name_hint or f"arg{x.index}" for x in floats]
    texts = [
        StringAttr(matrices.text(pattern, sizes, names, found.columns))
        for pattern, sizes in zip(found.results, found.rows)
    ]
    function.attributes[ATTRIBUTE] = ArrayAttr(texts)
