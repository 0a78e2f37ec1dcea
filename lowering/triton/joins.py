"""
Reductions of which only partial results are in memory, each from one program.

A nest that reads such a reduction can combine the partial results by itself, if there are few of
them beside what it reads anyway:

    %s = kernel.generic [65536, 64] (%i, %j) add [1] { … %x[%i, %j] … }
    %y = kernel.generic [65536, 64] (%i, %j) store [0, 1] { … %x[%i, %j] - %s[%j] … }
    →
    s_parts = …;  for each tile of y: s = Σ s_parts, y = x - s

This saves a launch, in which most of the card would wait. Where a reduction has to be in memory,
one kernel joins all of the same shape that somebody still needs. It also computes the nests that go
over the elements of the results, such as the mean of a sum. A reader that joins computes these
nests too.

Each kernel combines parts in an order of its own, which is the same in every run. So two readers
may see sums that differ in the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from xdsl.ir import Block, Operation, SSAValue

from ...dialects import kernel, types
from ...dialects.types import ints, shape
from ...dialects.walking import captured
from .index_forms import Indices
from .kernels import Buffer, Output, bits
from .tiles import Axis

Part = tuple[Output, Buffer]

NEAR = 16
"""The steps after a nest among which its join looks for nests that read it."""

SMALL = 1 << 16
"""Elements of a reduction that is not in parts, at most, over which readers compute nests."""

SHARE = 4
"""A reader moves so many times more bytes than its programs load of parts, at least;"""
LAUNCH = 1 << 22
"""or these are so few that they come from a cache in less time than a launch takes."""


class Joins:
    """The reductions of one block of a launcher that are not joined yet."""

    def __init__(self) -> None:
        self.parts: dict[SSAValue, Part] = {}
        self.over: dict[SSAValue, kernel.GenericOp] = {}
        """The nests over the elements of such reductions, by result. They are not computed yet."""
        self.held: set[SSAValue] = set()
        """What these nests read beside the reductions. It stays until they are computed."""
        self.done: set[Operation] = set()
        """The ops of the block that have run."""

    def __contains__(self, x: SSAValue) -> bool:
        """Whether a value is not in memory yet."""
        return x in self.parts or x in self.over

    def frees(self, x: SSAValue) -> bool:
        """Whether a tensor that no later op of the block reads is there, and can be deleted."""
        return x not in self and x not in self.held

    def add(
        self, op: kernel.Nest, parts: Iterable[Part], apart: set[Operation]
    ) -> set[kernel.GenericOp]:
        """
        Take note of the parts of a nest, and of the nests over their elements, which it returns.
        These need no step of their own. The ops `apart` are none of them.
        """
        for o, buffer in parts:
            assert isinstance(o.to, SSAValue)
            self.parts[o.to] = o, buffer
        found = self._over(op, apart)
        for nest in found:
            self.over |= dict.fromkeys(nest.res, nest)
            self.held |= {x for x in captured(nest) if x not in self}
        return {*found}

    def _over(self, op: kernel.Nest, apart: set[Operation]) -> list[kernel.GenericOp]:
        """
        Later nests over the elements of the reductions of a nest, whose other operands are there.
        """
        if op.parent is None:
            return []
        small = prod(shape(op.results[0].type)) <= SMALL
        made = {x for x in _reductions(op) if small or x in self.parts}
        later: set[Operation] = set()
        found: list[kernel.GenericOp] = []
        at = op.next_op
        while at is not None and len(later) < NEAR:
            if (
                isinstance(at, kernel.GenericOp)
                and at not in apart
                and _is_over(at, made)
                and not any(x.owner in later for x in captured(at))
            ):
                found.append(at)
                made |= {*at.res}
            elif not (isinstance(at, kernel.GenericOp) and at.res and at.res[0] in self.over):
                later.add(at)
            at = at.next_op
        return found

    def sums_of(self, x: SSAValue) -> set[SSAValue]:
        """The reductions that a value is, or is computed from, and that are not joined yet."""
        found: set[SSAValue] = set()
        pending, seen = [x], {x}
        while pending:
            x = pending.pop()
            if x in self.parts:
                found.add(x)
            elif x in self.over:
                new = {y for y in captured(self.over[x]) if y in self} - seen
                seen |= new
                pending += new
        return found

    def can_join(self, op: Operation, reads: Iterable[SSAValue], axes: list[Axis]) -> bool:
        """
        Whether a nest with these axes can join all of these that it reads, before its programs take
        steps, and whether this is cheap.
        """
        assert isinstance(op, kernel.GenericOp)
        indices = Indices(op.block.args, ints(op.loops))
        for inner in op.block.ops:
            indices.visit(inner)
        mine = {x for x in reads if x in self}
        parts: dict[SSAValue, int] = {x: 0 for x in mine}
        for inner in op.block.ops:
            if not isinstance(inner, kernel.LoadOp) or inner.t not in mine:
                continue
            form = indices.linear(inner.t.type, inner.indices)
            if form is None or "in_bounds" not in inner.attributes:
                return False
            elements = 1
            for axis in axes:
                if any(form[0][d] for d in axis.loops):
                    if axis.steps > 1:
                        return False
                    elements *= axis.block
            parts[inner.t] += elements
        bytes = 0
        for x, elements in parts.items():
            for total in self.sums_of(x):
                buffer = self.parts[total][1]
                bytes += max(elements, 1) * buffer.shape[0] * buffer.bytes
        moved = sum(
            types.size(x.type) * bits(x.type) // 8
            for x in {*captured(op), *op.res}
            if types.rank(x.type)
        )
        return bytes * prod(a.programs for a in axes) <= max(moved // SHARE, LAUNCH)

    def inline(self, op: kernel.GenericOp) -> None:
        """Put the nests over the elements of reductions into a nest that reads their results."""
        while True:
            at = next(
                (i for i in op.block.ops for x in i.operands if x in self.over),
                None,
            )
            if at is None:
                return
            x = next(x for x in at.operands if x in self.over)
            nest = self.over[x]
            where = at.indices if isinstance(at, kernel.LoadOp) else ()
            mapped: dict[SSAValue, SSAValue] = dict(zip(nest.block.args, where))
            for inner in nest.block.ops:
                if inner is not nest.block.last_op:
                    op.block.insert_op_before(inner.clone(mapped), at)
            value = nest.yielded[nest.res.index(x)]
            value = mapped.get(value, value)
            if isinstance(at, kernel.LoadOp):
                at.result.replace_all_uses_with(value)
                op.block.erase_op(at)
            else:
                at.operands = [value if y is x else y for y in at.operands]

    def waits(self, x: SSAValue, block: Block) -> bool:
        """Whether an op of the block that has not run yet reads a value."""
        for use in x.uses:
            at: Operation | None = use.operation
            while at is not None and at.parent is not block:
                at = at.parent_op()
            if at is None:
                continue
            if any(y in self.over for y in at.results):
                if any(self.waits(y, block) for y in at.results):
                    return True
            elif at not in self.done:
                return True
        return False

    def due(
        self, reads: Iterable[SSAValue], block: Block
    ) -> list[tuple[list[Part], list[kernel.GenericOp]]]:
        """
        The kernels that compute what is read, each as the parts and the nests over what they give.
        All reductions of these shapes that are still needed take part. A nest over reductions that
        are in memory comes without parts. None of them waits any longer.
        """
        needed = {s for x in reads for s in self.sums_of(x)}
        groups: dict[tuple[int, ...], list[Part]] = {self.parts[x][1].shape: [] for x in needed}
        for part in self.parts.values():
            if (group := groups.get(part[1].shape)) is not None:
                group.append(part)
        made: list[tuple[list[Part], list[kernel.GenericOp]]] = []
        for group in groups.values():
            results = {part[0].to: part for part in group if isinstance(part[0].to, SSAValue)}
            over = dict.fromkeys(self.over.values())
            over = [nest for nest in over if {*results} & self.sums_of(nest.res[0])]
            for x in results:
                del self.parts[x]
            mine: list[kernel.GenericOp] = []
            for nest in over:
                if not self.sums_of(nest.res[0]):
                    for x in nest.res:
                        del self.over[x]
                    if any(self.waits(x, block) for x in nest.res):
                        mine.append(nest)
            read = {x for nest in mine for x in captured(nest)}
            kept = [p for x, p in results.items() if x in read or self.waits(x, block)]
            made.append((kept, mine))
        closure = [x for x in reads if x in self.over]
        for x in closure:
            closure += [y for y in captured(self.over[x]) if y in self.over and y not in closure]
        for nest in dict.fromkeys(self.over.values()):
            if any(x in closure for x in nest.res):
                for x in nest.res:
                    del self.over[x]
                made.append(([], [nest]))
        return made


def _reductions(op: kernel.Nest) -> list[SSAValue]:
    assert not isinstance(op, kernel.ScatterOp)
    return [x for (combiner, _), x in zip(op.outputs, op.results) if combiner != "store"]


def _is_over(nest: kernel.GenericOp, made: set[SSAValue]) -> bool:
    """Whether a nest goes over the elements of what is made, and reads them in their places."""
    mine = [x for x in captured(nest) if x in made]
    return (
        bool(mine)
        and all(shape(x.type) == ints(nest.loops) for x in mine)
        and all(combiner == "store" for combiner, _ in nest.outputs)
        and all(
            list(load.indices) == list(nest.block.args)
            for load in nest.block.ops
            if isinstance(load, kernel.LoadOp) and load.t in made
        )
    )
