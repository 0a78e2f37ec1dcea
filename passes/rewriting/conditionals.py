"""
Conditionals as straight code: the code computes both branches, which every op allows, and then
selects the results.
"""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from . import costs
from .emitter import Emitter

CHEAP_FLOPS = 8
"""
If both branches together take at most this many flops, to compute both costs less than to choose
one.
"""

MOST_READS = 4
"""The elements of arrays that both branches of a cheap conditional may read together."""

MOST_OF_ROW = 2
"""
The flops for each element of a row that an update would keep: to compute them costs about as much
as to copy the row.
"""


def is_cheap(op: scf.IfOp) -> bool:
    """Whether both branches compute next to nothing: a few elementary ops on scalars."""
    inner = [x for region in op.regions for block in region.blocks for x in block.ops]
    return (
        bool(op.results)
        and not any(x.regions for x in inner)
        and all(x.dialect_name() in ("arith", "math", "scf") for x in inner)
        and all(types.rank(r.type) == 0 for x in (op, *inner) for r in x.results)
        and sum(costs.flops(x) for x in inner) <= CHEAP_FLOPS
    )


def flatten_if(op: scf.IfOp) -> Operation | None:
    """
    scf.if c {a} else {b}  →  a; b; select(c, a, b), in the block of the conditional

    Returns the op to go on with.
    """
    start = Emitter.before(op).insert(types.constant(0, i1))
    yielded = []
    for region in op.regions:
        if region.blocks:
            last = region.block.last_op
            assert last is not None
            yielded.append(list(last.operands))
            last.detach()
            last.erase()
            Rewriter.inline_block(region.block, InsertPoint.before(op))
    e = Emitter.before(op).derived(op, "flatten(scf.if)")
    values = [e.select(op.cond, a, b) for a, b in zip(*yielded)] if op.results else []
    Rewriter.replace_op(op, [], values)
    following = start.next_op
    start.detach()
    start.erase()
    return following


def flatten_cheap(op: scf.IfOp, most_of_row: int = 0) -> bool:
    """
    scf.if c {a} else {b}  →  select(c, a, b), if the branches compute a few elementary ops on
    scalars and read a few elements. Both together cost less than to choose one. On arrays the
    branches may take `most_of_row` flops for each element.
    """
    inner = [x for region in op.regions for block in region.blocks for x in block.ops]
    reads = sum(isinstance(x, ten.IndexOp) for x in inner)
    if (
        not op.results
        or any(x.regions for x in inner)
        or reads > MOST_READS
        or not all(x.dialect_name() in ("arith", "math", "scf") for x in inner if not _reads(x))
        or (not most_of_row and any(types.rank(r.type) for x in (op, *inner) for r in x.results))
        or sum(costs.flops(x) for x in inner) > max(CHEAP_FLOPS, most_of_row * _size(op))
        or any(types.size(r.type) > _size(op) for x in inner for r in x.results)
    ):
        return False
    flatten_if(op)
    return True


def _reads(op: Operation) -> bool:
    return isinstance(op, ten.IndexOp | ten.CastOp | ten.BroadcastOp | ten.ReshapeOp)


def _size(op: scf.IfOp) -> int:
    return max(types.size(x.type) for x in op.results)
