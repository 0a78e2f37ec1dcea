"""Loops and conditionals in a body, where their conditions and bounds depend on no index."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Block, Region
from xdsl.rewriter import InsertPoint

from ...dialects import ten
from ...dialects.ten import scans
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from .batch_rules import bulk_type, moved
from .bulk_forms import Axes, Batched, BulkForms, captures, join, sizes


def visit_for(walk: BulkForms, op: scf.ForOp, axes: Axes) -> None:
    """scf.for with carried values  →  scf.for with their bulk forms"""
    lower, upper, step = (walk.of(x) for x in op.operands[:3])
    if lower.axes or upper.axes or step.axes:
        if walk.fallback == "error":
            raise LetgradError(
                "the bounds of this loop depend on an index of a build around it", op
            )
        axes = join(axes, lower.axes, upper.axes, step.axes)
        values = walk.loop(op, "its bounds depend on an index", axes, walk.e)
        walk.define(op, axes, values)
        return
    inits = [walk.aligned(walk.of(x), axes) for x in op.iter_args]
    block = Block(arg_types=[op.body.block.args[0].type, *(x.type for x in inits)])
    here = Emitter(InsertPoint.at_end(block), op.location)
    outer, walk.e = walk.e, here.derived(op, "vectorize")
    index, *carried = op.body.block.args
    walk.env[index] = Batched(walk.e, (), index.type, block.args[0])
    for arg, new in zip(carried, block.args[1:]):
        walk.env[arg] = Batched(walk.e, axes, arg.type, new)
    walk.visit_block(op.body.block)
    last = op.body.block.last_op
    assert last is not None
    yielded = [walk.aligned(walk.of(x), axes) for x in last.operands]
    walk.e.insert(scf.YieldOp(*yielded))
    walk.e = outer
    bounds = walk.bulk(lower), walk.bulk(upper), walk.bulk(step)
    loop = walk.e.derived(op, "batch(scf.for)").insert(scf.ForOp(*bounds, inits, Region(block)))
    walk.define(op, axes, loop.results)


def visit_scan(walk: BulkForms, op: ten.ScanOp, axes: Axes) -> None:
    """
    scan (c = c0) over (x = xs) { f }  →  scan (c = bulk c0) over (x = bulk rows) { bulk f }

    A carried value is in bulk if it depends on an index, at once or in a later step. Rows and
    results have their own axes.
    """
    n, given = len(op.inits), [walk.of(x) for x in op.operands]
    sources = {arg for arg, x in zip(op.block.args, given) if x.axes}
    sources |= {x for x in captures(op) if walk.of(x).axes}
    depends = scans.depending(op, sources.__contains__)
    own = [axes if arg in depends else () for arg in op.carried]
    inits = [walk.aligned(x, some) for x, some in zip(given, own)]
    e = walk.e.at(op.location)
    xs = [moved(walk.bulk(x), len(x.axes), 0, e) for x in given[n:]]
    own += [x.axes for x in given[n:]]
    kinds = [bulk_type(arg.type, sizes(some)) for arg, some in zip(op.block.args, own)]
    block = Block(arg_types=kinds)
    outer, walk.e = walk.e, Emitter(InsertPoint.at_end(block), op.location)
    for arg, some, new in zip(op.block.args, own, block.args):
        new.name_hint = arg.name_hint
        walk.env[arg] = Batched(walk.e, some, arg.type, new)
    walk.visit_block(op.block)
    nexts = [walk.aligned(walk.of(x), some) for x, some in zip(op.nexts, own)]
    ys = [walk.of(y) for y in op.ys]
    walk.e.insert(ten.YieldOp(*nexts, *map(walk.bulk, ys)))
    walk.e = outer
    scan = e.insert(ten.ScanOp(op.trips, inits, xs, Region(block), op.is_reverse))
    count("batch(ten.scan)")
    own = [*own[:n], *(y.axes for y in ys)]
    values = [
        *scan.results[:n],
        *(moved(rows, 0, len(y.axes), e) for rows, y in zip(scan.results[n:], ys)),
    ]
    for result, some, value in zip(op.results, own, values):
        if value.name_hint is None:
            value.name_hint = result.name_hint
        walk.env[result] = Batched(walk.e, some, result.type, value)


def visit_if(walk: BulkForms, op: scf.IfOp) -> None:
    """
    scf.if c {a} else {b}  →  scf.if c {bulk a} else {bulk b}

    Requires: c depends on no index. The program computes only the branch that is taken, as
    before.
    """
    if not op.results:
        return
    outer, blocks, yielded = walk.e, [], []
    for region in op.regions:
        blocks.append(Block())
        walk.e = Emitter(InsertPoint.at_end(blocks[-1]), op.location).derived(op, "vectorize")
        walk.visit_block(region.block)
        last = region.block.last_op
        assert last is not None
        yielded.append([walk.of(x) for x in last.operands])
    walk.e = outer
    axes = [join(*(x.axes for x in pair)) for pair in zip(*yielded)]
    for block, values in zip(blocks, yielded):
        given = [walk.aligned(x, some) for x, some in zip(values, axes)]
        Emitter(InsertPoint.at_end(block), op.location).insert(scf.YieldOp(*given))
    result_types = [bulk_type(r.type, sizes(some)) for r, some in zip(op.results, axes)]
    then, otherwise = (Region(b) for b in blocks)
    new = scf.IfOp(walk.bulk(walk.of(op.cond)), result_types, then, otherwise)
    walk.e.derived(op, "batch(scf.if)").insert(new)
    for result, some, value in zip(op.results, axes, new.results):
        value.name_hint = result.name_hint
        walk.env[result] = Batched(walk.e, some, result.type, value)
