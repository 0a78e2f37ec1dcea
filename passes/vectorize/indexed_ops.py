"""Reads, gathers and scatters in a body, and the index regions of their bulk forms."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ...dialects import ten
from ...dialects.types import ints, shape
from ...dialects.walking import ops_in
from ..rewriting.decomposing import replace_by_parts
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, made
from ..sharing.copying import copy_op
from .bulk_forms import Axes, Axis, Batched, BulkForms, sizes


def read(
    walk: BulkForms, op: ten.IndexOp, t: Batched, indices: Sequence[Batched], axes: Axes
) -> Batched:
    """
    t[i, j]  →  t itwalk, where i and j are the next axes and range over all of t; else a gather
    over the axes
    """
    own = [x.axis for x in indices]
    found = tuple(a for a in own if a is not None)
    if (
        len(found) == len(own)
        and (*t.axes, *found) == axes
        and sizes(found) == shape(t.type)[: len(own)]
    ):
        return Batched(walk.e, axes, op.result.type, walk.bulk(t))
    e = walk.e.derived(op, "batch(ten.index)")
    body = RegionCopier(walk, axes)
    places = [body.index(a) for a in t.axes] + [body.scalar(x) for x in indices]
    body.e.insert(ten.YieldOp(*places))
    gather = ten.GatherOp(sizes(axes), walk.bulk(t), Region(body.block))
    return Batched(walk.e, axes, op.result.type, e(gather))


def visit_indexed(
    walk: BulkForms, op: ten.GatherOp | ten.ScatterOp, t: Batched, axes: Axes
) -> Batched:
    """
    gather [m] t(i) (j) {idx(i, j)}   →  gather [n, m] t (i, j) {i, idx(i, j)}
    scatter [m] t(i) (j) {idx(i, j)}  →  scatter [n, m] t (i, j) {i, idx(i, j)}
    """
    body = RegionCopier(walk, axes)
    targets = body.copy(op.block)
    e = walk.e.derived(op, f"batch({op.name})")
    if isinstance(op, ten.GatherOp):
        body.e.insert(ten.YieldOp(*(body.index(a) for a in t.axes), *targets))
        new: Operation = ten.GatherOp(
            (*sizes(axes), *ints(op.dims)), walk.bulk(t), Region(body.block)
        )
    else:
        body.e.insert(ten.YieldOp(*(body.index(a) for a in axes), *targets))
        new = ten.ScatterOp(
            (*sizes(axes), *ints(op.dims)), walk.aligned(t, axes), Region(body.block)
        )
    count(f"batch({op.name})")
    return Batched(walk.e, axes, op.result.type, e(new))


def update_by_elements(op: ten.UpdateOp) -> Operation | None:
    """
    update(x, v)  →  build (j…) {(j - offsets) / strides is a place of v ? v[that place] : x[j…]}

    For offsets that differ from place to place. Returns the op to go on with.
    """
    block, before = op.parent, op.prev_op
    assert block is not None
    n, sizes = shape(op.x.type), shape(op.v.type)
    body = Block(arg_types=[ten.index_type] * len(n))
    inner, args = Emitter(InsertPoint.at_end(body), op.location), body.args
    places: list[SSAValue] = []
    inside: SSAValue | None = None
    for j, offset, t, m in zip(args, op.offsets, ints(op.strides), sizes):
        place = inner(made(arith.SubiOp, j, offset))
        tests = []
        if t > 1 and m > 1:
            step = inner.constant(t, ten.index_type)
            whole = inner(made(arith.FloorDivSIOp, place, step))
            tests.append(inner.compare("eq", inner(made(arith.MuliOp, whole, step)), place))
            place = whole
        tests.append(inner.compare("ult", place, inner.constant(m, ten.index_type)))
        for test in tests:
            inside = test if inside is None else inner(made(arith.AndIOp, inside, test))
        places.append(place)
    new, old = (inner(ten.IndexOp(y, at)) for y, at in ((op.v, places), (op.x, list(args))))
    value = new if inside is None else inner(ten.SelectOp(inside, new, old))
    inner.insert(ten.YieldOp(value))
    build = Emitter.before(op)(ten.BuildOp(n, Region(body)))
    replace_by_parts(op, (build,))
    return block.first_op if before is None else before.next_op


class RegionCopier:
    """
    Writes an index region over given axes.

    Values from outside that depend on axes are copied as index arithmetic, or read from their bulk
    forms.
    """

    def __init__(self, walk: BulkForms, axes: Axes):
        self.walk = walk
        self.axes = axes
        self.block = Block(arg_types=[ten.index_type] * len(axes))
        self.e = Emitter(InsertPoint.at_end(self.block), walk.e.location)
        self.known: dict[Batched, SSAValue] = {}

    def index(self, axis: Axis) -> SSAValue:
        return self.block.args[self.axes.index(axis)]

    def scalar(self, b: Batched) -> SSAValue:
        """The value at the region's indices."""
        if b in self.known:
            return self.known[b]
        if not b.axes:
            value = self.walk.bulk(b)
        elif b.axis is not None:
            value = self.index(b.axis)
        elif b.is_symbolic:
            assert b.op is not None
            given = [self.scalar(x) for x in b.operands]
            value = self.e(copy_op(b.op, given, [r.type for r in b.op.results]))
        else:
            value = self.e(ten.IndexOp(self.walk.bulk(b), [self.index(a) for a in b.axes]))
        self.known[b] = value
        return value

    def copy(self, block: Block) -> list[SSAValue]:
        """
        Copy the ops of another region's block, whose arguments come after the axes. Return the
        yielded values.
        """
        mapping: dict[SSAValue, SSAValue] = {}
        for arg in block.args:
            mapping[arg] = self.block.insert_arg(arg.type, len(self.block.args))
            mapping[arg].name_hint = arg.name_hint
        last = block.last_op
        assert last is not None
        inside = set(mapping)
        for op in block.ops:
            for inner in ops_in(op):
                inside.update(inner.results)
                inside.update(a for region in inner.regions for b in region.blocks for a in b.args)
        for op in block.ops:
            for inner in ops_in(op):
                for x in inner.operands:
                    if x not in inside and x not in mapping:
                        mapping[x] = self.scalar(self.walk.of(x))
            if op is not last:
                self.e.insert(op.clone(mapping))
        return [mapping[x] for x in last.operands]
