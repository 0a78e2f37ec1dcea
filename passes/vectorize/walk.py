"""
The walk over bodies of builds: which values depend on which indices, and where the bulk forms go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import IndexType, IntegerType, ModuleOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects import ten, types
from ...dialects.ten import scans
from ...dialects.types import ints, of_shape, shape
from ..rewriting.conditionals import flatten_if
from ..rewriting.decomposing import has_to_be_taken_apart, parts, replace_by_parts, take_apart
from ..rewriting.diagnostics import LetgradError, remark
from ..rewriting.driver import count
from ..rewriting.emitter import Emitter, Known, note
from ..rewriting.functions import by_name, called
from ..rewriting.rule_tables import batch, linearize
from ..sharing.copying import INLINING_LIMIT, copy_op, inline
from .batch_rules import bulk_type, moved, reshaped

REGION_LIMIT = 24
"""
At most this many ops of index arithmetic are copied into one gather. More are computed in bulk.
"""

NESTING_LIMIT = 200
"""
How deep regions may nest in a build. The walk recurses into bodies, and so do xDSL's own walks.
"""

Fallback = Literal["error", "loop"]


def vectorize_all(scope: Operation, fallback: Fallback = "error") -> None:
    """Replace all builds in `scope`. Errors: as `vectorize`."""
    take_apart_builds(scope)
    # A gather's region is copied unchanged, and a loop's body stays. So a build in one of these
    # appears only after the builds around it are gone.
    while builds := outermost_builds(scope):
        computed: dict[Block, Known] = {}
        seen: dict[Block, Operation | None] = {}
        for build in builds:
            # Values that the block computes before the build, with the bulk forms of other builds,
            # are not computed again. Builds come in the order of their block.
            block = build.parent
            assert block is not None
            known = computed.setdefault(block, {})
            op = seen.get(block, block.first_op)
            while op is not None and op is not build:
                note(op, known)
                op = op.next_op
            seen[block] = build.next_op
            vectorize(build, fallback, known)


def take_apart_builds(scope: Operation) -> None:
    """
    op(x)  →  the ops that its `decompose` rule makes of it, if a build is among them

    Requires: nobody wrote how to differentiate the op. The derivative of the op will be the
    derivative of its parts, and a build has no derivative.
    """
    for op in [op for op in scope.walk() if has_to_be_taken_apart(op, linearize)]:
        block, before = op.parent, op.prev_op
        if block is None:
            continue
        values = parts(op)
        made: list[Operation] = []
        new = block.first_op if before is None else before.next_op
        while new is not None and new is not op:
            made.append(new)
            new = new.next_op
        if any(isinstance(inner, ten.BuildOp) for new in made for inner in new.walk()):
            replace_by_parts(op, values)
        else:
            for new in reversed(made):
                new.detach()
                new.erase()


def outermost_builds(scope: Operation) -> list[ten.BuildOp]:
    """The builds in `scope` that are not inside of another build, in the order of the program."""
    found: list[ten.BuildOp] = []
    pending = [scope]
    while pending:
        op = pending.pop()
        if isinstance(op, ten.BuildOp) and op is not scope:
            found.append(op)
            continue
        for region in reversed(op.regions):
            for block in reversed(region.blocks):
                pending.extend(reversed(block.ops))
    return found


def check_nesting(scope: Operation) -> None:
    """Errors: `LetgradError`, at the first op below `NESTING_LIMIT` regions."""
    pending = [(scope, 0)]
    while pending:
        op, depth = pending.pop()
        if depth > NESTING_LIMIT:
            raise LetgradError(f"regions nest deeper than {NESTING_LIMIT} here", op)
        for region in op.regions:
            for block in region.blocks:
                pending.extend((inner, depth + 1) for inner in block.ops)


@dataclass(frozen=True, eq=False)
class Axis:
    """One index of a build: its size, and its place in the order of all axes (outer first)."""

    size: int
    depth: int


Axes = tuple[Axis, ...]
"""In order of depth."""


def join(*axes: Axes) -> Axes:
    return tuple(sorted({a for some in axes for a in some}, key=lambda a: a.depth))


def sizes(axes: Axes) -> tuple[int, ...]:
    return tuple(a.size for a in axes)


@dataclass(eq=False)
class Batched:
    """
    A value of a body, as a function of some axes.

    `tensor` is its bulk form, the axes first. Index arithmetic has no bulk form until an op needs
    one: it is an index itself (`axis`), or `op` of other values (`operands`).
    """

    home: Emitter
    """The place of its bulk form: outside of every loop that the value does not depend on."""
    axes: Axes
    type: Attribute
    tensor: SSAValue | None = None
    axis: Axis | None = None
    op: Operation | None = None
    operands: tuple[Batched, ...] = ()
    cost: int = 0
    """How many ops of index arithmetic the value takes."""
    broadcasts: dict[Axes, SSAValue] = field(default_factory=dict)

    @property
    def is_symbolic(self) -> bool:
        """Whether the value is index arithmetic, with few enough ops to copy them into a region."""
        return self.axis is not None or (self.op is not None and self.cost <= REGION_LIMIT)


def vectorize(build: ten.BuildOp, fallback: Fallback = "error", known: Known | None = None) -> None:
    """
    Replace a build that is in no other build by bulk ops. `known` holds the values that are
    computed before the build.

    Errors: `LetgradError` at an op without a batch rule, or at a loop whose bounds depend on an
            index, unless `fallback` is `loop`. Also if regions nest too deep.
    """
    check_nesting(build)
    e = Emitter.before(build, {} if known is None else known)
    walk = Vectorizer(e.derived(build, "vectorize"), fallback)
    value = walk.aligned(walk.visit_build(build), ())
    if value.name_hint is None:
        value.name_hint = build.result.name_hint
    Rewriter.replace_op(build, [], [value])


class Vectorizer:
    """Walks bodies. The bulk ops go to the place of the emitter."""

    def __init__(self, e: Emitter, fallback: Fallback = "error"):
        self.e = e
        self.fallback = fallback
        self.env: dict[SSAValue, Batched] = {}
        self.depth = 0
        self.inlined = 0
        self.callers: dict[Operation, tuple[str, ...]] = {}
        """For calls that came from inlined calls: the functions that they came from."""

    def of(self, value: SSAValue) -> Batched:
        """The known form of a value. A value from outside depends on no axes."""
        if value not in self.env:
            self.env[value] = Batched(self.e, (), value.type, value)
        return self.env[value]

    # Bulk forms.

    def bulk(self, b: Batched) -> SSAValue:
        """The tensor of the values of `b`, its axes first."""
        pending = [b]
        while pending:
            x = pending[-1]
            missing = [y for y in x.operands if y.tensor is None] if x.tensor is None else []
            pending.extend(missing)
            if missing:
                continue
            pending.pop()
            if x.tensor is None and x.axis is not None:
                x.tensor = x.home(ten.IotaOp(0, of_shape([x.axis.size], ten.index_type)))
            elif x.tensor is None:
                assert x.op is not None
                (x.tensor,) = self.by_rule(x.op, x.operands, x.axes, x.home)
        assert b.tensor is not None
        return b.tensor

    def aligned(self, b: Batched, axes: Axes) -> SSAValue:
        """The tensor of the values of `b` with these axes first. The axes of `b` are among them."""
        value = self.bulk(b)
        if b.axes == axes:
            return value
        if axes not in b.broadcasts:
            new = [k for k, a in enumerate(axes) if a not in b.axes]
            b.broadcasts[axes] = b.home(ten.BroadcastOp(value, new, (*sizes(axes), *shape(b.type))))
        return b.broadcasts[axes]

    def by_rule(
        self, op: Operation, operands: Sequence[Batched], axes: Axes, home: Emitter
    ) -> tuple[SSAValue, ...]:
        """The bulk form of an op. Operands that depend on no axes are passed unchanged."""
        if self.fallback == "loop" and batch.find(type(op)) is None:
            return self.loop(op, "it has no batch rule", axes, home)
        e = home.derived(op, f"batch({op.name})")
        xs = [self.aligned(x, axes) if x.axes else self.bulk(x) for x in operands]
        batched = [bool(x.axes) for x in operands]
        given_ = batch.apply(op, xs, batched, sizes(axes), e)
        count(f"batch({op.name})")
        wanted = [bulk_type(result.type, sizes(axes)) for result in op.results]
        results = batch.checked(op, given_, wanted)
        for given, result in zip(results, op.results):
            if given.name_hint is None:
                given.name_hint = result.name_hint
        return results

    # Walking.

    def visit_build(self, build: ten.BuildOp) -> Batched:
        """The build's value, as a function of the axes around it."""
        own = tuple(Axis(n, self.depth + k) for k, n in enumerate(build.domain))
        self.depth += len(own)
        for arg, axis in zip(build.block.args, own):
            self.env[arg] = Batched(self.e, (axis,), arg.type, axis=axis)
        self.visit_block(build.block)
        self.depth -= len(own)
        value = self.of(build.yielded[0])
        outer = tuple(a for a in value.axes if a not in own)
        return Batched(self.e, outer, build.result.type, self.aligned(value, (*outer, *own)))

    def visit_block(self, block: Block) -> None:
        """Walk all ops but the terminator."""
        op = block.first_op
        while op is not None and op is not block.last_op:
            op = self.visit(op)

    def visit(self, op: Operation) -> Operation | None:
        """Walk one op, and return the next op."""
        following = op.next_op
        operands = [self.of(x) for x in op.operands]
        captured = [self.of(x) for x in captures(op)]
        axes = join(*(x.axes for x in operands), *(x.axes for x in captured))
        if isinstance(op, ten.BuildOp):
            self.env[op.result] = self.visit_build(op)
        elif not axes and not any(isinstance(inner, ten.BuildOp) for inner in op.walk()):
            self.hoist(op)
        elif isinstance(op, scf.IfOp) and self.of(op.cond).axes:
            return flatten_if(op)
        elif isinstance(op, scf.IfOp):
            self.visit_if(op)
        elif isinstance(op, scf.ForOp):
            self.visit_for(op, join(*(x.axes for x in operands[3:]), *(x.axes for x in captured)))
        elif isinstance(op, ten.ScanOp):
            self.visit_scan(op, axes)
        elif isinstance(op, func.CallOp):
            return self.inline_call(op)
        elif is_index_arithmetic(op):
            cost = 1 + sum(x.cost for x in operands)
            self.env[op.results[0]] = Batched(
                self.e, axes, op.results[0].type, op=op, operands=tuple(operands), cost=cost
            )
        elif isinstance(op, ten.IndexOp):
            self.env[op.result] = self.read(op, operands[0], operands[1:], axes)
        elif isinstance(op, ten.GatherOp | ten.ScatterOp):
            self.env[op.result] = self.visit_indexed(op, operands[0], axes)
        elif has_to_be_taken_apart(op, batch):
            return take_apart(op)
        else:
            self.define(op, axes, self.by_rule(op, operands, axes, self.e))
        return following

    def hoist(self, op: Operation) -> None:
        """Put an op that depends on no index outside, unchanged."""
        mapping = {x: self.bulk(self.of(x)) for x in (*op.operands, *captures(op))}
        copy = self.e.insert(op.clone(mapping))
        for result, value in zip(op.results, copy.results):
            self.env[result] = Batched(self.e, (), result.type, value)

    def visit_for(self, op: scf.ForOp, axes: Axes) -> None:
        """scf.for with carried values  →  scf.for with their bulk forms"""
        lower, upper, step = (self.of(x) for x in op.operands[:3])
        if lower.axes or upper.axes or step.axes:
            if self.fallback == "error":
                raise LetgradError(
                    "the bounds of this loop depend on an index of a build around it", op
                )
            axes = join(axes, lower.axes, upper.axes, step.axes)
            values = self.loop(op, "its bounds depend on an index", axes, self.e)
            self.define(op, axes, values)
            return
        inits = [self.aligned(self.of(x), axes) for x in op.iter_args]
        block = Block(arg_types=[op.body.block.args[0].type, *(x.type for x in inits)])
        here = Emitter(InsertPoint.at_end(block), op.location)
        outer, self.e = self.e, here.derived(op, "vectorize")
        index, *carried = op.body.block.args
        self.env[index] = Batched(self.e, (), index.type, block.args[0])
        for arg, new in zip(carried, block.args[1:]):
            self.env[arg] = Batched(self.e, axes, arg.type, new)
        self.visit_block(op.body.block)
        last = op.body.block.last_op
        assert last is not None
        yielded = [self.aligned(self.of(x), axes) for x in last.operands]
        self.e.insert(scf.YieldOp(*yielded))
        self.e = outer
        bounds = self.bulk(lower), self.bulk(upper), self.bulk(step)
        loop = self.e.derived(op, "batch(scf.for)").insert(scf.ForOp(*bounds, inits, Region(block)))
        self.define(op, axes, loop.results)

    def visit_scan(self, op: ten.ScanOp, axes: Axes) -> None:
        """
        scan (c = c0) over (x = xs) { f }  →  scan (c = bulk c0) over (x = bulk rows) { bulk f }

        A carried value is in bulk if it depends on an index, at once or in a later step. Rows and
        results have their own axes.
        """
        n, given = len(op.inits), [self.of(x) for x in op.operands]
        sources = {arg for arg, x in zip(op.block.args, given) if x.axes}
        sources |= {x for x in captures(op) if self.of(x).axes}
        depends = scans.depending(op, sources.__contains__)
        own = [axes if arg in depends else () for arg in op.carried]
        inits = [self.aligned(x, some) for x, some in zip(given, own)]
        e = self.e.at(op.location)
        xs = [moved(self.bulk(x), len(x.axes), 0, e) for x in given[n:]]
        own += [x.axes for x in given[n:]]
        kinds = [bulk_type(arg.type, sizes(some)) for arg, some in zip(op.block.args, own)]
        block = Block(arg_types=kinds)
        outer, self.e = self.e, Emitter(InsertPoint.at_end(block), op.location)
        for arg, some, new in zip(op.block.args, own, block.args):
            new.name_hint = arg.name_hint
            self.env[arg] = Batched(self.e, some, arg.type, new)
        self.visit_block(op.block)
        nexts = [self.aligned(self.of(x), some) for x, some in zip(op.nexts, own)]
        ys = [self.of(y) for y in op.ys]
        self.e.insert(ten.YieldOp(*nexts, *map(self.bulk, ys)))
        self.e = outer
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
            self.env[result] = Batched(self.e, some, result.type, value)

    def define(self, op: Operation, axes: Axes, values: Sequence[SSAValue]) -> None:
        """State the bulk forms of the results of `op`."""
        for result, value in zip(op.results, values, strict=True):
            if value.name_hint is None:
                value.name_hint = result.name_hint
            self.env[result] = Batched(self.e, axes, result.type, value)

    def visit_if(self, op: scf.IfOp) -> None:
        """
        scf.if c {a} else {b}  →  scf.if c {bulk a} else {bulk b}

        Requires: c depends on no index. The program computes only the branch that is taken, as
        before.
        """
        if not op.results:
            return
        outer, blocks, yielded = self.e, [], []
        for region in op.regions:
            blocks.append(Block())
            self.e = Emitter(InsertPoint.at_end(blocks[-1]), op.location).derived(op, "vectorize")
            self.visit_block(region.block)
            last = region.block.last_op
            assert last is not None
            yielded.append([self.of(x) for x in last.operands])
        self.e = outer
        axes = [join(*(x.axes for x in pair)) for pair in zip(*yielded)]
        for block, values in zip(blocks, yielded):
            given = [self.aligned(x, some) for x, some in zip(values, axes)]
            Emitter(InsertPoint.at_end(block), op.location).insert(scf.YieldOp(*given))
        result_types = [bulk_type(r.type, sizes(some)) for r, some in zip(op.results, axes)]
        then, otherwise = (Region(b) for b in blocks)
        new = scf.IfOp(self.bulk(self.of(op.cond)), result_types, then, otherwise)
        self.e.derived(op, "batch(scf.if)").insert(new)
        for result, some, value in zip(op.results, axes, new.results):
            value.name_hint = result.name_hint
            self.env[result] = Batched(self.e, some, result.type, value)

    def loop(self, op: Operation, why: str, axes: Axes, home: Emitter) -> tuple[SSAValue, ...]:
        """
        op  →  scf.for over the places of the axes, which puts the result of op at one place into
        the results

        Cost: each turn of the loop passes over the whole results. So the cost is the square of the
              number of places.
        """
        n = prod(sizes(axes))
        remark(f"{op.name} runs in a loop of {n} turns: {why}", op)
        e = home.derived(op, "loop")
        fixed: dict[SSAValue, SSAValue] = {}
        flat: dict[SSAValue, SSAValue] = {}
        for x in dict.fromkeys((*op.operands, *captures(op))):
            if (known := self.of(x)).axes:
                flat[x] = reshaped(self.aligned(known, axes), (n, *shape(x.type)), e)
            else:
                fixed[x] = self.bulk(known)
        wide = [(n, *shape(r.type)) for r in op.results]
        empty = [e.constant(0, types.element(r.type)) for r in op.results]
        inits = [e(ten.BroadcastOp(x, range(len(s)), s)) for x, s in zip(empty, wide)]
        places = e(ten.IotaOp(0, of_shape((n,), ten.index_type)))
        zero, end, one = (e.constant(k, ten.index_type) for k in (0, n, 1))

        block = Block(arg_types=[ten.index_type, *(x.type for x in inits)])
        inner = Emitter(InsertPoint.at_end(block), e.location)
        here, *carried = block.args
        rows = {x: inner(ten.IndexOp(all, [here])) for x, all in flat.items()}
        values = inner.insert(op.clone({**fixed, **rows})).results
        mask = inner.compare("eq", places, inner(ten.BroadcastOp(here, [0], (n,))))
        joined = []
        for old, value, s in zip(carried, values, wide):
            chosen = inner(ten.BroadcastOp(mask, range(1, len(s)), s)) if len(s) > 1 else mask
            joined.append(inner.select(chosen, inner(ten.BroadcastOp(value, [0], s)), old))
        inner.insert(scf.YieldOp(*joined))
        loop = e.insert(scf.ForOp(zero, end, one, inits, Region(block)))
        full = [(*sizes(axes), *shape(r.type)) for r in op.results]
        return tuple(reshaped(y, s, e) for y, s in zip(loop.results, full))

    def inline_call(self, op: func.CallOp) -> Operation | None:
        """Write the called function in place of its call. Return the op to go on with."""
        module, block, before = op.get_toplevel_object(), op.parent, op.prev_op
        assert isinstance(module, ModuleOp) and block is not None
        name, path = op.callee.string_value(), self.callers.get(op, ())
        if name in path:
            raise LetgradError(
                f"@{name} calls itself ({' → '.join((*path, name))}), which is not vectorized", op
            )
        callee = called(by_name(module), op.callee, op, op.operand_types, op.result_types)
        self.inlined += sum(1 for _ in callee.walk())
        if self.inlined > INLINING_LIMIT:
            raise LetgradError(
                f"the calls in this build expand to more than {INLINING_LIMIT} ops", op
            )
        results = inline(callee, op.operands, Emitter.before(op))
        first = block.first_op if before is None else before.next_op
        inner = first
        while inner is not None and inner is not op:
            for part in inner.walk():
                if isinstance(part, func.CallOp):
                    self.callers[part] = (*path, name)
            inner = inner.next_op
        following = op.next_op if first is op else first
        Rewriter.replace_op(op, [], results)
        return following

    # Indexing.

    def read(self, op: ten.IndexOp, t: Batched, indices: Sequence[Batched], axes: Axes) -> Batched:
        """
        t[i, j]  →  t itself, where i and j are the next axes and range over all of t; else a gather
        over the axes
        """
        own = [x.axis for x in indices]
        found = tuple(a for a in own if a is not None)
        if (
            len(found) == len(own)
            and (*t.axes, *found) == axes
            and sizes(found) == shape(t.type)[: len(own)]
        ):
            return Batched(self.e, axes, op.result.type, self.bulk(t))
        e = self.e.derived(op, "batch(ten.index)")
        body = RegionCopier(self, axes)
        places = [body.index(a) for a in t.axes] + [body.scalar(x) for x in indices]
        body.e.insert(ten.YieldOp(*places))
        gather = ten.GatherOp(sizes(axes), self.bulk(t), Region(body.block))
        return Batched(self.e, axes, op.result.type, e(gather))

    def visit_indexed(self, op: ten.GatherOp | ten.ScatterOp, t: Batched, axes: Axes) -> Batched:
        """
        gather [m] t(i) (j) {idx(i, j)}   →  gather [n, m] t (i, j) {i, idx(i, j)}
        scatter [m] t(i) (j) {idx(i, j)}  →  scatter [n, m] t (i, j) {i, idx(i, j)}
        """
        body = RegionCopier(self, axes)
        targets = body.copy(op.block)
        e = self.e.derived(op, f"batch({op.name})")
        if isinstance(op, ten.GatherOp):
            body.e.insert(ten.YieldOp(*(body.index(a) for a in t.axes), *targets))
            new: Operation = ten.GatherOp(
                (*sizes(axes), *ints(op.dims)), self.bulk(t), Region(body.block)
            )
        else:
            body.e.insert(ten.YieldOp(*(body.index(a) for a in axes), *targets))
            new = ten.ScatterOp(
                (*sizes(axes), *ints(op.dims)), self.aligned(t, axes), Region(body.block)
            )
        count(f"batch({op.name})")
        return Batched(self.e, axes, op.result.type, e(new))


class RegionCopier:
    """
    Writes an index region over given axes.

    Values from outside that depend on axes are copied as index arithmetic, or read from their bulk
    forms.
    """

    def __init__(self, walk: Vectorizer, axes: Axes):
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
            for inner in op.walk():
                inside.update(inner.results)
                inside.update(a for region in inner.regions for b in region.blocks for a in b.args)
        for op in block.ops:
            for inner in op.walk():
                for x in inner.operands:
                    if x not in inside and x not in mapping:
                        mapping[x] = self.scalar(self.walk.of(x))
            if op is not last:
                self.e.insert(op.clone(mapping))
        return [mapping[x] for x in last.operands]


def captures(op: Operation) -> list[SSAValue]:
    """The values from outside that the regions of `op` use, each once."""
    if not op.regions:
        return []
    inside: set[SSAValue] = set()
    used: dict[SSAValue, None] = {}
    for inner in op.walk():
        inside.update(a for region in inner.regions for block in region.blocks for a in block.args)
        if inner is not op:
            inside.update(inner.results)
            used.update(dict.fromkeys(inner.operands))
    return [x for x in used if x not in inside]


def is_index_arithmetic(op: Operation) -> bool:
    """
    Whether `op` computes one integer or truth value from integers or truth values, all scalars.
    """
    return (
        op.dialect_name() == "arith"
        and len(op.results) == 1
        and not op.regions
        and all(isinstance(v.type, IndexType | IntegerType) for v in (*op.operands, *op.results))
    )
