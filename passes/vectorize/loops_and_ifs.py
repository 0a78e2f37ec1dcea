"""Loops and conditionals in a body, where their conditions and bounds depend on no index."""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.ten import scans, whiles
from ..rewriting.diagnostics import LetgradError
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter
from ..sharing.rotate import guard_loops, rotate
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
    results have their own axes. Turns that depend on an index become a choice in the body: each
    step past its own turns changes nothing.
    """
    turns = None if op.turns is None else walk.of(op.turns)
    if turns is not None and turns.axes:
        op = choose_turns(op, walk.e.at(op.location))
        axes = join(axes, turns.axes)
        # The loop ends when the last element is done.
        longest = walk.e.at(op.location)(
            ten.ReduceOp("max", walk.bulk(turns), range(len(turns.axes)))
        )
        turns = Batched(walk.e, (), ten.index_type, longest)
    n, given = len(op.inits), [walk.of(x) for x in (*op.inits, *op.xs)]
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
    end = None if turns is None else walk.bulk(turns)
    scan = e.insert(ten.ScanOp(op.trips, inits, xs, Region(block), op.is_reverse, end))
    scan.attributes.update(op.attributes)
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


def choose_turns(op: ten.ScanOp, outer: Emitter) -> ten.ScanOp:
    """
    scan [n] turns m (c) { f(c), y }
        →  scan [n] (c) over (k = iota) { select(k < m, f(c), c), select(k < m, y, 0) }, in place
    """
    assert op.turns is not None
    steps = outer(ten.IotaOp(0, types.of_shape((op.trips,), ten.index_type)))
    block, last = op.block, op.block.last_op
    assert last is not None
    k = block.insert_arg(ten.index_type, len(block.args))
    first = block.first_op
    assert first is not None
    goes_on = Emitter.before(first).at(op.location).compare("slt", k, op.turns)
    guard_loops([inner for inner in block.ops if inner is not goes_on.owner], goes_on)
    e = Emitter.before(last).at(op.location)
    nexts = [e.select(goes_on, new, old) for new, old in zip(op.nexts, op.carried)]
    ys = [e.select(goes_on, y, e.constant(0, y.type)) for y in op.ys]
    Rewriter.replace_op(last, ten.YieldOp(*nexts, *ys))
    body = op.detach_region(op.body)
    new = ten.ScanOp(op.trips, list(op.inits), [*op.xs, steps], body, op.is_reverse)
    new.attributes.update(op.attributes)
    new.location = op.location
    for old, result in zip(op.results, new.results):
        result.name_hint = old.name_hint
    Rewriter.replace_op(op, new)
    return new


def visit_while(walk: BulkForms, op: ten.WhileOp, axes: Axes) -> Operation | None:
    """
    while (c = c0) { p } do { f }  →  while (c = bulk c0) { bulk p } do { bulk f }
        →  while (c = bulk c0, go = bulk p(c0)) { any(go) } do { select(go, f(c), c), … }

    The second form is for a condition that depends on an index. That loop ends when the last
    element is done, and an element that is done changes no more. To get there, the function rotates
    the loop and returns the op to go on with.
    """
    sources = {x for x in (*op.inits, *captures(op)) if walk.of(x).axes}
    carried, found = whiles.depending(op, sources.__contains__)
    n, last = len(op.inits), op.condition.block.last_op
    assert last is not None
    many = op.goes_on in found
    if many and not (op.condition.block.first_op is last and op in walk.rotated):
        new, following = rotate(op, choose=True)
        walk.rotated.add(new)
        return following
    own = [axes if many or k in carried else () for k in range(n)]
    inits = [walk.aligned(walk.of(x), some) for x, some in zip(op.inits, own)]
    kinds = [x.type for x in inits]
    regions: list[Region] = []
    outer, e = walk.e, walk.e.at(op.location)
    for old in whiles.blocks_of(op):
        block = Block(arg_types=kinds)
        walk.e = Emitter(InsertPoint.at_end(block), op.location).derived(op, "batch(ten.while)")
        for arg, some, new_arg in zip(old.args, own, block.args):
            new_arg.name_hint = arg.name_hint
            walk.env[arg] = Batched(walk.e, some, arg.type, new_arg)
        walk.visit_block(old)
        if old is not op.block:
            value = walk.bulk(walk.of(op.goes_on))
            if many:
                value = walk.e(ten.ReduceOp("any", value, range(len(axes))))
            walk.e.insert(ten.YieldOp(value))
        else:
            nexts = (walk.aligned(walk.of(x), some) for x, some in zip(op.nexts, own))
            walk.e.insert(ten.YieldOp(*nexts))
        regions.append(Region(block))
    walk.e = outer
    loop = e.insert(ten.WhileOp(inits, regions[0], regions[1], op.most))
    loop.attributes.update(op.attributes)
    count("batch(ten.while)")
    for result, some, value in zip(op.results, own, loop.results):
        value.name_hint = value.name_hint or result.name_hint
        walk.env[result] = Batched(walk.e, some, result.type, value)
    return op.next_op


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
