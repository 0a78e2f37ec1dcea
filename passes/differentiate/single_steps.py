"""
Parts of a program as loops of one step with a checkpoint: a derivative computes their values again.

    x, …  →  ys = scan [1] over (x = [x], …) { the ops of the part } {checkpoint = 1},  y = ys[0], …

The part takes the floats that it reads as rows, so that the derivative of the loop gives their
cotangents as rows too. It uses all other values from outside.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import host, sharing, ten, types
from ...dialects.types import shape
from ...dialects.walking import ops_in
from ..rewriting import costs, effects, scopes
from ..rewriting.emitter import Emitter

LEAST = 1 << 12
"""A value of fewer bytes is not worth a computation."""


@dataclass
class Part:
    """Ops that follow each other in a block, and what computing them again costs and saves."""

    ops: list[Operation]
    bytes: int
    flops: int


def parts_of(block: Block, count: int) -> list[Part]:
    """
    The block in about `count` parts of equal bytes. Each part ends where few bytes are alive. Parts
    with ops that may have effects are not among them. The last part is, although a derivative needs
    its values at once: in a loop of one step, its values have the memory that the values of the
    other parts have too.
    """
    ops = list(block.ops)[:-1]
    saved = [_bytes_inside(op) for op in ops]
    total = sum(saved)
    if total == 0 or count < 2:
        return []
    ends = _ends(block, ops, saved, total / count)
    parts: list[Part] = []
    begin = 0
    for end in ends:
        run = [op for op in ops[begin:end] if not isinstance(op, arith.ConstantOp)]
        begin = end
        part = Part(run, sum(map(_bytes_inside, run)), sum(map(costs.flops, run)))
        if part.bytes >= LEAST and all(map(_may_move, run)):
            parts.append(part)
    return parts


def _ends(block: Block, ops: Sequence[Operation], saved: Sequence[int], size: float) -> list[int]:
    """The places after which parts end: near each multiple of `size`, where fewest bytes live."""
    place = {op: k for k, op in enumerate(ops)}
    change = [0] * (len(ops) + 2)
    for k, op in enumerate(ops):
        for x in op.results:
            readers = [place.get(scopes.ancestor_in(block, u.operation), len(ops)) for u in x.uses]
            change[k + 1] += costs.bytes_of(x.type)
            change[max(readers, default=k) + 1] -= costs.bytes_of(x.type)
    alive = list(itertools.accumulate(change))
    ends: list[int] = []
    done, last = 0.0, 0
    near: list[int] = []
    for k, bytes in enumerate(saved):
        done += bytes
        if done >= 0.75 * size:
            near.append(k + 1)
        if done >= 1.25 * size or (near and k + 1 == len(ops)):
            end = min(near, key=lambda at: (alive[at], -at))
            ends.append(end)
            last, near = end, []
            done = float(sum(saved[last : k + 1]))
    return [*(end for end in ends if end < len(ops)), len(ops)]


def _is_real(x: SSAValue) -> bool:
    return types.is_float(types.part(types.element(x.type)))


def _bytes_inside(op: Operation) -> int:
    """The bytes of the values that a derivative may keep of an op."""
    if costs.is_view(op) or isinstance(op, arith.ConstantOp):
        return 0
    rows = sum(costs.bytes_of(x.type) for x in op.results if _is_real(x))
    # A loop keeps its states, which are inside.
    for inner in ops_in(op):
        if inner is not op and isinstance(inner, ten.ScanOp | ten.WhileOp):
            rows += sum(costs.bytes_of(x.type) for x in inner.results if _is_real(x))
    return rows


def _may_move(op: Operation) -> bool:
    values = (*op.operands, *op.results)
    return (
        not any(isinstance(x.type, types.Term) for x in values)
        and all(types.unsupported(x.type) is None for x in values)
        and all(
            effects.is_side_effect_free(inner) and not isinstance(inner, host.CALLS)
            for inner in ops_in(op)
            if not effects.is_terminator(type(inner))
        )
    )


def compute_again(part: Part, kept: Sequence[SSAValue] = ()) -> ten.ScanOp | None:
    """
    Make a loop of one step of a part, whose derivative keeps the values `kept`. None if nothing
    after the part reads its values.
    """
    inside = {x for op in part.ops for x in op.results}
    last = part.ops[-1]
    read: dict[SSAValue, None] = {}
    for op in part.ops:
        for x in scopes.operands_of(op):
            if x not in inside and _is_real(x) and not types.is_constant(x):
                read[x] = None
    moved = set(part.ops)
    block = last.parent
    assert block is not None
    given = [
        x
        for op in part.ops
        for x in op.results
        if any(scopes.ancestor_in(block, use.operation) not in moved for use in x.uses)
    ]
    if not given:
        return None
    e = Emitter(InsertPoint.after(last), last.location)
    rows = [e(ten.ReshapeOp(x, (1, *shape(x.type)))) for x in read]
    body = Block(arg_types=[x.type for x in read])
    names = dict(zip(read, body.args, strict=True))
    for op in part.ops:
        op.detach()
        body.add_op(op)
        scopes.rename(op, names)
    for x in kept:
        assert isinstance(x.owner, Operation)
        let = sharing.LetOp(x)
        let.location = x.owner.location
        Rewriter.insert_op(let, InsertPoint.after(x.owner))
        x.replace_uses_with_if(let.result, lambda use, let=let: use.operation is not let)
        given = [let.result if y is x else y for y in given]
    body.add_op(ten.YieldOp(*given))
    scan = ten.ScanOp(1, [], rows, Region(body))
    scan.attributes[ten.CHECKPOINT] = IntegerAttr(1, i64)
    if kept:
        scan.attributes[ten.KEEP] = StringAttr("lets")
    e.insert(scan)
    for x, ys in zip(given, scan.results, strict=True):
        y = e(ten.ReshapeOp(ys, shape(x.type)))
        y.name_hint = x.name_hint
        x.replace_uses_with_if(y, lambda use: not _is_in(use.operation, body))
    return scan


def _is_in(op: Operation, block: Block) -> bool:
    around: Operation | None = op
    while around is not None:
        if around.parent is block:
            return True
        around = around.parent_op()
    return False


def worth_keeping(parts: Sequence[Part], room: int) -> dict[int, list[SSAValue]]:
    """
    The values to keep in at most `room` bytes, by the parts: those first whose computation takes
    the most operations for a byte.
    """
    found = [
        (costs.flops(op) / costs.bytes_of(x.type), k, x)
        for k, part in enumerate(parts)
        for op in part.ops
        for x in op.results
        if len(op.results) == 1 and _is_real(x) and not costs.is_view(op)
        if costs.bytes_of(x.type) >= LEAST and costs.flops(op) > 0
    ]
    chosen: dict[int, list[SSAValue]] = {}
    for _, k, x in sorted(found, key=lambda item: -item[0]):
        if (size := costs.bytes_of(x.type)) <= room:
            room -= size
            chosen.setdefault(k, []).append(x)
    return chosen
