"""
Find equal terms in different regions, and stamp them: from then on they are one value.

Needs:   nothing.
Leaves:  a `sharing.share` on each costly term that is computed in several regions, none of which
         dominates the others.
Keeps:   the value.
Ends:    one walk that numbers values, and one that stamps; linear.

    region {… sin x[i] …}, region {… sin x[j] …}   →   both sin under sharing.share {stamp = n},
    with their index arguments

Of a term that is repeated as a whole, the root is stamped, not its parts.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ..dialects import sharing
from . import scopes
from .driver import count
from .functions import functions
from .numbering import Numbering, is_costly
from .stamps import fresh_stamp, share_value


class StampPass(ModulePass):
    """Stamps equal terms in different regions."""

    name = "sharing-stamp"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            if function.body.blocks:
                stamp_function(function)


def stamp_function(function: func.FuncOp, stamp: int) -> int:
    """
    Stamp the repeated terms of a function, with stamps from `stamp` on; give the next free one.
    """
    numbering = Numbering.of(function)
    repeated = {
        number: ops
        for number, ops in numbering.computed.items()
        if len(ops) > 1 and is_costly(ops[0]) and len(ops[0].results) == 1 and are_apart(ops)
    }
    inside = {op for ops in repeated.values() for op in ops}
    for ops in repeated.values():
        if any(
            isinstance(use.operation, sharing.ShareOp) for op in ops for use in op.results[0].uses
        ):
            continue
        if all(use.operation in inside for op in ops for use in op.results[0].uses):
            continue
        block = scopes.common_block(ops)
        stamp = fresh_stamp(function)
        for op in ops:
            share_value(op.results[0], stamp, block)
        count("stamp")


def are_apart(ops: Sequence[Operation]) -> bool:
    """Whether the ops are in different blocks, so that no one of them dominates all the others."""
    block = scopes.common_block(ops)
    return not any(op.parent is block for op in ops)
