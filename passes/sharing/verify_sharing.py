"""
The law of sharing: nobody duplicates a computation that is not cheap without stamping it.

`SharingPass` checks what can be seen in one program: definitions dominate uses across regions, and
one stamp is on one term.
`check_law` compares a program before and after a pass: it fails where costly ops were added that
repeat what is computed already.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting import verify
from ..rewriting.diagnostics import LetgradError
from ..rewriting.functions import functions
from .numbering import Numbering, Work, work
from .shared_terms import check_stamps, shares_by_stamp


class VerifySharingPass(ModulePass):
    """Checks that stamps are consistent and that definitions dominate uses."""

    name = "sharing-verify"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        verify.verify_dominance(op)
        for function in functions(op):
            check_stamps(shares_by_stamp(function), Numbering.of(function))


def work_of(module: ModuleOp) -> dict[str, Work]:
    """The work of each function, by name."""
    return {f.sym_name.data: work(f) for f in functions(module) if f.body.blocks}


def check_law(before: dict[str, Work], module: ModuleOp, by: str) -> None:
    """
    Compare with the work before a pass.

    A pass may make two computations equal that were not, may add computations, and may leave two
    that had one stamp without it; it must not add one that repeats another.
    Errors: `LetgradError` at the function where it did.
    """
    for function in functions(module):
        old = before.get(function.sym_name.data)
        if old is None or not function.body.blocks:
            continue
        new = work(function)
        added = min(new.repeated - old.repeated, new.written - old.written)
        if added > 0:
            raise LetgradError(
                f"{by} duplicated work: @{function.sym_name.data} computes "
                f"{new.repeated} of {new.total} values again, "
                f"and {old.repeated} of {old.total} before",
                function,
            )
