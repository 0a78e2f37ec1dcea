"""
The law of sharing: no pass duplicates a costly computation, unless it stamps the copies, and no
pass lets a computation run more often.

`SharingPass` checks the conditions that one program shows: definitions dominate uses across
regions, and each stamp is on one function of its arguments (`shared_terms`). `check_law` compares a
program before and after a pass. The check fails if the pass added costly ops that repeat existing
computations, or if costly ops run more often and compute no new values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting import verify
from ..rewriting.diagnostics import LetgradError
from ..rewriting.functions import functions
from .evaluations import Evaluations, evaluations
from .numbering import Work, work
from .shared_terms import Stamps, check_stamps


class VerifySharingPass(ModulePass):
    """Checks that stamps are consistent and that definitions dominate uses."""

    name = "sharing-verify"
    wants_scalars: ClassVar[bool] = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        verify.verify_dominance(op)
        check_stamps_in(op)


def check_stamps_in(module: ModuleOp) -> None:
    """Errors: `LetgradError` if one stamp is on two different functions of its arguments."""
    for function in functions(module):
        if (stamps := Stamps.of(function)) is not None:
            check_stamps(stamps)


@dataclass(frozen=True)
class Account:
    """The computations of a function, and how often they run."""

    work: Work
    evaluations: Mapping[str, Evaluations]

    @staticmethod
    def of(function: func.FuncOp) -> Account:
        return Account(work(function), evaluations(function))


def account_of(module: ModuleOp) -> dict[str, Account]:
    """The account of each function, by name."""
    return {f.sym_name.data: Account.of(f) for f in functions(module) if f.body.blocks}


def check_law(before: dict[str, Account], module: ModuleOp, by: str) -> None:
    """
    Compare with the account before a pass.

    A pass may make two different computations equal, may add computations, and may leave two
    computations without the stamp that they shared. A pass must not add a computation that repeats
    another. If a pass adds no computation of a kind (`exp`, say), it must not let those that are
    there run more often.
    Errors: `LetgradError` at the function with such an added computation, or at the op that runs
        more often.
    """
    for function in functions(module):
        old = before.get(function.sym_name.data)
        if old is None or not function.body.blocks:
            continue
        new = Account.of(function)
        a, b = old.work, new.work
        if min(b.repeated - a.repeated, b.written - a.written) > 0:
            raise LetgradError(
                f"{by} duplicated work: @{function.sym_name.data} computes "
                f"{b.repeated} of {b.total} values again, and {a.repeated} of {a.total} before",
                function,
            )
        for kind, now in new.evaluations.items():
            was = old.evaluations.get(kind)
            if was is None or now.distinct > was.distinct:
                continue
            if min(now.times - was.times, now.written - was.written) > 0:
                raise LetgradError(
                    f"{by} multiplied work: @{function.sym_name.data} evaluates {kind} "
                    f"{now.times:,} times, and {was.times:,} times before",
                    now.most,
                )
