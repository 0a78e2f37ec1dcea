"""The stamps of a function, and that each of them is on one term."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from xdsl.dialects import func
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects import sharing
from . import scopes
from .diagnostics import LetgradError
from .numbering import Numbering, is_costly


def shares_by_stamp(function: func.FuncOp) -> dict[int, list[sharing.ShareOp]]:
    """The shares of a function, by their stamps."""
    groups: dict[int, list[sharing.ShareOp]] = {}
    for op in function.walk():
        if isinstance(op, sharing.ShareOp):
            groups.setdefault(op.stamp.value.data, []).append(op)
    return groups


_last: WeakKeyDictionary[Operation, int] = WeakKeyDictionary()
"""The last stamp given in a module, so that not every copy has to look for it."""


def fresh_stamp(op: Operation) -> int:
    """A stamp that the module of `op` does not have yet."""
    module = op.get_toplevel_object()
    assert isinstance(module, Operation)
    if module not in _last:
        used = [o.stamp.value.data for o in module.walk() if isinstance(o, sharing.ShareOp)]
        _last[module] = max(used, default=-1)
    _last[module] += 1
    return _last[module]


def stamp_roots(holder: Operation) -> None:
    """
    Stamp what the regions of an op compute at a cost, so that copies of the regions share it: costly values that something else
    than another costly op reads, unless they have a stamp.

        region (i) {… cheap(costly(i)) …}   →   region (i) {… cheap(share costly(i) {stamp = n} [i]) …}
    """
    outside = holder.parent
    if outside is None:
        return
    for region in holder.regions:
        for op in list(region.walk()):
            if not is_costly(op) or op.regions or len(op.results) != 1:
                continue
            value = op.results[0]
            uses = [use for use in value.uses if not is_costly(use.operation)]
            if not uses or any(isinstance(use.operation, sharing.ShareOp) for use in value.uses):
                continue
            share_value(value, fresh_stamp(holder), outside)


def share_value(value: SSAValue, stamp: int, outside: Block) -> None:
    """Put a share behind a value, for all its uses; its index arguments are those of regions inside of `outside`."""
    assert isinstance(value.owner, Operation)
    uses = [(use.operation, use.index) for use in value.uses]
    share = sharing.ShareOp(value, stamp, scopes.index_arguments([value], outside))
    share.location = value.owner.location
    Rewriter.insert_op(share, InsertPoint.after(value.owner))
    share.result.name_hint = value.name_hint
    for user, index in uses:
        user.operands[index] = share.result


def check_stamps(groups: dict[int, list[sharing.ShareOp]], numbering: Numbering) -> None:
    """
    One stamp, one value.

    Errors: `LetgradError` at a share whose term is another one than that of the first with its
            stamp.
    """
    for stamp, shares in groups.items():
        first = shares[0]
        for share in shares[1:]:
            if (share.x.type, len(share.indices)) != (first.x.type, len(first.indices)):
                raise LetgradError(
                    f"stamp {stamp} is on a {share.x.type} here and on a {first.x.type} elsewhere",
                    share,
                )
            if numbering.number(share.x) != numbering.number(first.x):
                raise LetgradError(f"stamp {stamp} is on two different terms", share)
