"""
Find equal terms in different regions, and stamp them: after that they are one value.

Needs:   nothing.
Leaves:  a `sharing.share` on each costly term that several regions compute, if none of the regions
         dominates the others (`cse` replaces the terms that a first one dominates).
Keeps:   the value.
Ends:    one walk numbers values, and one walk stamps them; linear.

    region {… sin x[i] …}, region {… sin x[j] …}   →   both sin under sharing.share {stamp = n},
    with their index arguments

If a whole term is repeated, the pass stamps the root of the term, and not its parts.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..rewriting.functions import functions
from .shared_terms import stamp_repeated


class StampPass(ModulePass):
    """Stamps equal terms in different regions."""

    name = "sharing-stamp"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            if function.body.blocks:
                stamp_repeated(function)
