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

from collections.abc import Iterator, Mapping, Sequence

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from ..dialects import sharing
from . import scopes
from .driver import count
from .functions import functions
from .numbering import Numbering
from .stamps import fresh_stamp, is_term, share_value


class StampPass(ModulePass):
    """Stamps equal terms in different regions."""

    name = "sharing-stamp"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in functions(op):
            if function.body.blocks:
                stamp_function(function)


def stamp_function(function: func.FuncOp) -> None:
    """Stamp the repeated terms of a function."""
    numbering = Numbering.of(function)
    repeated = {
        number: ops
        for number, ops in numbering.computed.items()
        if len(ops) > 1 and is_term(ops[0]) and are_apart(ops)
    }
    number_of = {op: number for number, ops in repeated.items() for op in ops}
    for ops in repeated.values():
        if is_part(ops, number_of):
            continue
        stamp = fresh_stamp(function)
        for op in ops:
            share_value(op.results[0], stamp)
        count("stamp")


def are_apart(ops: Sequence[Operation]) -> bool:
    """
    Whether the first of the ops does not dominate the others: it is in a block inside of the one
    that they have in common.
    """
    return ops[0].parent is not scopes.common_block(ops)


def is_part(ops: Sequence[Operation], number_of: Mapping[Operation, int]) -> bool:
    """
    Whether the ops need no stamp, because all of them are in regions of repeated ops, or all go
    into one other repeated value; or have a stamp.
    """
    if all(any(o in number_of for o in ancestors(op)) for op in ops):
        return True
    users = {use.operation for op in ops for use in op.results[0].uses}
    if any(isinstance(user, sharing.ShareOp) for user in users):
        return True
    # What nothing reads is repeated in vain.
    return len({number_of.get(user, user) for user in users}) <= 1 and all(
        user in number_of for user in users
    )


def ancestors(op: Operation) -> Iterator[Operation]:
    parent = op.parent_op()
    while parent is not None:
        yield parent
        parent = parent.parent_op()
