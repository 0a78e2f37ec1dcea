"""
Where things stand: blocks around blocks, the place that dominates several uses, and how often a
place runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from xdsl.dialects import func, scf
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ..dialects import ten, types


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
    """The op of `block` that is `op` or has it inside."""
    while op.parent is not block:
        parent = op.parent_op()
        assert parent is not None
        op = parent
    return op


def first_of(block: Block, ops: Iterable[Operation]) -> Operation:
    """The op of `block` that comes first among those that are, or have inside, one of `ops`."""
    wanted = {ancestor_in(block, op) for op in ops}
    return next(op for op in block.ops if op in wanted)


def index_arguments(values: Iterable[SSAValue], inside: Block) -> tuple[BlockArgument, ...]:
    """
    The index arguments of regions inside of `inside` that the values depend on, outer regions
    first.
    """
    found: dict[BlockArgument, None] = {}
    seen: set[SSAValue] = set()
    pending = list(values)
    while pending:
        x = pending.pop()
        if x in seen:
            continue
        seen.add(x)
        if isinstance(x, BlockArgument):
            parent = x.block.parent_op()
            if x.block is not inside and parent is not None and inside in blocks_around(parent):
                found[x] = None
        elif isinstance(x.owner, Operation) and inside in blocks_around(x.owner):
            for op in x.owner.walk():
                pending.extend(op.operands)
    own = {x for x in found if _is_own(x, values)}
    kept = [x for x in found if x in own]
    # type: ignore[arg-type]
    return tuple(sorted(kept, key=lambda x: (len(blocks_around(x.block.parent_op())), x.index)))


def _is_own(argument: BlockArgument, values: Iterable[SSAValue]) -> bool:
    """
    Whether the values stand inside of the region of `argument` (rather than having that region
    inside).
    """
    owners = [x.owner for x in values if isinstance(x.owner, Operation)]
    return any(argument.block in blocks_around(op) for op in owners)


def trips(place: Operation, inside: Block) -> int:
    """
    How often `place` runs for one run of `inside`, a block around it; 1 per branch and 2 for an
    unknown loop.
    """
    count = 1
    for block in reversed(blocks_around(place)):
        if block is inside:
            break
        parent = block.parent_op()
        if isinstance(parent, ten.IndexRegionOp):
            count *= prod(parent.domain)
        elif isinstance(parent, scf.ForOp):
            bounds = [types.constant_value(x) for x in parent.operands[:3]]
            known = all(isinstance(b, int) for b in bounds) and bool(bounds[2])
            # type: ignore[operator]
            count *= max(0, -(-(bounds[1] - bounds[0]) // bounds[2])) if known else 2
    return count


def dynamic_uses(value: SSAValue) -> int:
    """How many times a value is read, for one run of the block that defines it."""
    block = value.owner if isinstance(value.owner, Block) else value.owner.parent
    assert block is not None
    return sum(trips(use.operation, block) for use in value.uses)


def is_conditional(op: Operation, inside: Block) -> bool:
    """
    Whether `op` may not run although `inside` does: it is in a branch, or in a region over no
    indices.
    """
    for block in reversed(blocks_around(op)):
        if block is inside:
            return False
        parent = block.parent_op()
        if isinstance(parent, scf.IfOp | scf.ForOp):
            return True
    return False


def needed_by_all_branches(ops: Sequence[Operation], inside: Block) -> bool:
    """
    Whether one of `ops` runs whenever `inside` does: unconditionally, or one in each branch of a
    conditional.
    """
    if any(not is_conditional(op, inside) for op in ops):
        return True
    by_if: dict[Operation, set[Block]] = {}
    for op in ops:
        top = ancestor_in(inside, op)
        if isinstance(top, scf.IfOp):
            for region in top.regions:
                for block in region.blocks:
                    if block in blocks_around(op):
                        by_if.setdefault(top, set()).add(block)
    for branching, blocks in by_if.items():
        whole = all(region.blocks for region in branching.regions)
        if whole and len(blocks) == len(branching.regions):
            within = [[op for op in ops if block in blocks_around(op)] for block in blocks]
            if all(needed_by_all_branches(group, block) for group, block in zip(within, blocks)):
                return True
    return False
