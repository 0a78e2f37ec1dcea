"""
The law of sharing: no pass duplicates a costly computation, unless it stamps the copies.

`SharingPass` checks the conditions that one program shows: definitions dominate uses across
regions, and each stamp is on one function of its arguments (`shared_terms`). `check_law` compares a
program before and after a pass. The check fails if the pass added costly ops that repeat existing
computations.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting import verify
from ..rewriting.diagnostics import LetgradError
from ..rewriting.functions import functions
from .numbering import Work, work
from .shared_terms import Stamps, check_stamps


class VerifySharingPass(ModulePass):
    """Checks that stamps are consistent and that definitions dominate uses."""

    name = "sharing-verify"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        verify.verify_dominance(op)
        for function in functions(op):
            if (stamps := Stamps.of(function)) is not None:
                check_stamps(stamps)


def work_of(module: ModuleOp) -> dict[str, Work]:
    """The work of each function, by name."""
    return {f.sym_name.data: work(f) for f in functions(module) if f.body.blocks}


def check_law(before: dict[str, Work], module: ModuleOp, by: str) -> None:
    """
    Compare with the work before a pass.

    A pass may make two different computations equal, may add computations, and may leave two
    computations without the stamp that they shared. A pass must not add a computation that repeats
    another.
    Errors: `LetgradError` at the function with such an added computation.
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
