"""
The places of ops: the blocks around blocks, the place that dominates several uses, and how often a
place runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from xdsl.dialects import func, scf
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ...dialects import sharing, ten
from ...dialects.walking import ops_in
from . import costs


def blocks_around(op: Operation) -> list[Block]:
    """The blocks that `op` is in, from the function's own to the innermost."""
    found: list[Block] = []
    block = op.parent
    while block is not None:
        found.append(block)
        parent = block.parent_op()
        if parent is None or isinstance(parent, func.FuncOp):
            break
        block = parent.parent
    return found[::-1]


def common_block(ops: Iterable[Operation]) -> Block:
    """The innermost block that all ops are in, at any depth."""
    chains = [blocks_around(op) for op in ops]
    last = chains[0][0]
    for level in zip(*chains):
        if any(block is not level[0] for block in level):
            break
        last = level[0]
    return last


def ancestor_in(block: Block, op: Operation) -> Operation:
    """The op of `block` that is `op` or contains it."""
    while op.parent is not block:
        parent = op.parent_op()
        assert parent is not None
        op = parent
    return op


def rename(op: Operation, names: Mapping[SSAValue, SSAValue]) -> None:
    """Let an op, and the ops in its regions, read other values."""
    for inner in ops_in(op):
        for k, x in enumerate(inner.operands):
            if x in names:
                inner.operands[k] = names[x]


class Dependences:
    """
    The arguments of regions that values depend on: indices of index regions, and carried values of
    loops. Arguments of functions do not count.

    Requires: as long as the object is asked, no op gets other operands, unless the new operand
              depends on the same arguments as the old one.
    Cost:     linear in the ops that all values together depend on, up to the ops outside of all
              index regions and loops.
    """

    def __init__(self):
        self._of: dict[SSAValue, frozenset[BlockArgument]] = {}
        self._operands: dict[Operation, list[SSAValue]] = {}
        self._binders: dict[Block, bool] = {}

    def indices_of(self, value: SSAValue) -> tuple[BlockArgument, ...] | None:
        """
        The arguments of regions around the op of `value` that the value depends on, outer regions
        first. None if one of them is a carried value of a loop.
        """
        assert isinstance(value.owner, Operation)
        depths = {block: k for k, block in enumerate(blocks_around(value.owner))}
        # The arguments of regions inside of the ops that the value depends on do not matter here.
        around = [x for x in self._reached(value) if x.block in depths]
        if any(size_of(x) is None for x in around):
            return None
        return tuple(sorted(around, key=lambda x: (depths[x.block], x.index)))

    def _reached(self, value: SSAValue) -> frozenset[BlockArgument]:
        known, pending = self._of, [value]
        while pending:
            x = pending[-1]
            if x in known:
                pending.pop()
                continue
            owner = x.owner
            if isinstance(x, BlockArgument):
                inside = not isinstance(x.block.parent_op(), func.FuncOp)
                known[x] = frozenset((x,)) if inside else frozenset()
            elif not isinstance(owner, Operation) or not self._is_in_a_binder(owner.parent):
                known[x] = frozenset()
            else:
                if (read := self._operands.get(owner)) is None:
                    read = [y for op in ops_in(owner) for y in op.operands]
                    self._operands[owner] = read
                if missing := [y for y in read if y not in known]:
                    pending.extend(missing)
                    continue
                found = frozenset[BlockArgument]().union(*(known[y] for y in read))
                for result in owner.results:
                    known[result] = found
            pending.pop()
        return known[value]

    def _is_in_a_binder(self, block: Block | None) -> bool:
        """Whether the block is in a region with arguments, at any depth."""
        if block is None:
            return False
        if block not in self._binders:
            parent = block.parent_op()
            own = bool(block.args) and not isinstance(parent, func.FuncOp)
            around = None if parent is None else parent.parent
            self._binders[block] = own or self._is_in_a_binder(around)
        return self._binders[block]


def size_of(argument: BlockArgument) -> int | None:
    """
    The number of values of an index argument. None for an argument that is not of an index region.
    """
    parent = argument.block.parent_op()
    return parent.domain[argument.index] if isinstance(parent, ten.IndexRegionOp) else None


def operands_of(op: Operation) -> list[SSAValue]:
    """
    The values that an op reads: its operands, and the outside values that its regions use, once for
    each use. `captured` has each value once.
    """
    if not op.regions:
        return list(op.operands)
    inside = {block for inner in ops_in(op) for region in inner.regions for block in region.blocks}
    return [
        x
        for inner in ops_in(op)
        for x in inner.operands
        if (x.owner if isinstance(x.owner, Block) else x.owner.parent) not in inside
    ]


def trips(place: Operation, inside: Block) -> int:
    """
    How often `place` runs for one run of `inside`, a block around it. A branch counts as 1 and an
    unknown loop as 2.
    """
    count = 1
    for block in reversed(blocks_around(place)):
        if block is inside:
            break
        parent = block.parent_op()
        if isinstance(parent, ten.IndexRegionOp):
            count *= prod(parent.domain)
        elif isinstance(parent, ten.ScanOp):
            count *= parent.trips if parent.turns is None else min(parent.trips, 2)
        elif isinstance(parent, scf.ForOp):
            known = costs.trip_count(parent)
            count *= 2 if known is None else known
        elif isinstance(parent, ten.WhileOp):
            count *= 2
    return count


def dynamic_uses(value: SSAValue) -> int:
    """
    How many times a value is read, for one run of the block that defines it. A view of the value
    counts as many reads as the view has.
    """
    reads: dict[SSAValue, int] = {}
    pending = [value]
    while pending:
        x = pending[-1]
        through = [r for use in x.uses for r in _read_through(use.operation)]
        unknown = [r for r in through if r not in reads]
        if unknown and x not in reads:
            pending.extend(unknown)
            continue
        pending.pop()
        block = x.owner if isinstance(x.owner, Block) else x.owner.parent
        assert block is not None
        reads[x] = 0
        for use in x.uses:
            results = _read_through(use.operation)
            times = sum(reads[r] for r in results) if results else 1
            reads[x] += trips(use.operation, block) * times
    return reads[value]


def _read_through(op: Operation) -> Sequence[SSAValue]:
    """The results of an op that stores nothing: readers of these read the operands of the op."""
    keeps = op.regions or isinstance(op, sharing.LetOp)
    return op.results if costs.is_view(op) and not keeps else ()


def runs(holder: Operation) -> bool:
    """
    Whether the region of an op runs if the op does: an index region over some indices, or the body
    of a loop. Of the loops whose length is not known, those of `scf` count as running.
    """
    if isinstance(holder, ten.IndexRegionOp):
        return prod(holder.domain) > 0
    if isinstance(holder, ten.ScanOp):
        return holder.surely_runs
    return isinstance(holder, scf.ForOp) and costs.trip_count(holder) != 0


def needed_by_all_branches(ops: Sequence[Operation], inside: Block) -> bool:
    """
    Whether one of `ops` runs whenever `inside` does: unconditionally, or one in each branch of a
    conditional.
    """
    if any(op.parent is inside for op in ops):
        return True
    holders: dict[Operation, dict[Block, list[Operation]]] = {}
    for op in ops:
        around = blocks_around(op)
        if inside not in around:
            continue  # in another block of a function with jumps
        block = around[around.index(inside) + 1]
        holder = block.parent_op()
        assert holder is not None
        holders.setdefault(holder, {}).setdefault(block, []).append(op)
    for holder, blocks in holders.items():
        needed = (needed_by_all_branches(group, block) for block, group in blocks.items())
        if isinstance(holder, scf.IfOp):
            # An `scf.if` without an else has a region without blocks.
            if len(blocks) == len(holder.regions) and all(needed):
                return True
        elif runs(holder) and any(needed):
            return True
    return False
