"""
Find equal terms in different regions, and stamp them: from then on they are one value.

Needs:   nothing.
Leaves:  a `sharing.share` on each costly term that is computed in several regions, none of which
         dominates the others (`cse` takes care of those that a first one dominates).
Keeps:   the value.
Ends:    one walk that numbers values, and one that stamps; linear.

    region {… sin x[i] …}, region {… sin x[j] …}   →   both sin under sharing.share {stamp = n},
    with their index arguments

Of a term that is repeated as a whole, the root is stamped, not its parts.
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
