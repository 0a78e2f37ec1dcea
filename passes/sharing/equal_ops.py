"""
Equal ops: one that repeats another that dominates it gives way to that one, by hash-consing, in one
walk.
"""

from __future__ import annotations

from collections.abc import Hashable

from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ..rewriting import effects
from ..rewriting.driver import DCE, count
from ..rewriting.emitter import COMMUTATIVE

Kinds = tuple[type[Operation], ...]


def merge(holder: Operation, kinds: Kinds | None = None) -> None:
    """
    In the regions of `holder`, replace ops by equal ones that dominate them: those of these kinds,
    or all, and then erase what is dead.
    """
    _in_regions(holder, {}, kinds)


def _in_regions(holder: Operation, known: dict[Hashable, Operation], kinds: Kinds | None) -> None:
    for region in holder.regions:
        # Blocks that jump to each other see what is around them, and nothing of each other.
        for block in region.blocks:
            _in_block(block, known, kinds)


def _in_block(block: Block, known: dict[Hashable, Operation], kinds: Kinds | None) -> None:
    """`known` is what is computed around the block; it is that again afterwards."""
    added: list[Hashable] = []
    op = block.first_op
    while op is not None:
        following = op.next_op
        if effects.is_isolated(type(op)):
            _in_regions(op, {}, kinds)
        elif op.regions:
            _in_regions(op, known, kinds)
        if (kinds is None or isinstance(op, kinds)) and (key := key_of(op)) is not None:
            if (same := known.get(key)) is None:
                known[key] = op
                added.append(key)
            else:
                Rewriter.replace_op(op, [], same.results)
                count("cse")
        op = following
    for key in added:
        del known[key]
    if kinds is not None:
        return
    op = block.last_op
    while op is not None:
        before = op.prev_op
        if effects.is_trivially_dead(op):
            Rewriter.erase_op(op)
            count(DCE)
        op = before


def key_of(op: Operation) -> Hashable | None:
    """What an op computes, as a key; None if it does more, or has several blocks in a region."""
    if (
        effects.is_terminator(type(op))
        or not op.results
        or any(len(region.blocks) > 1 for region in op.regions)
        or not effects.is_side_effect_free(op)
    ):
        return None
    return _written(op, {}, nested=False)


def _written(op: Operation, local: dict[SSAValue, int], nested: bool = True) -> Hashable:
    """An op as it is written, with numbers for the values that its regions define: `local`."""
    operands: list[SSAValue | int] = [local.get(x, x) for x in op.operands]
    if op.__class__ in COMMUTATIVE:
        operands.sort(key=lambda x: (0, x) if isinstance(x, int) else (1, id(x)))
    inner: list[Hashable] = []
    for region in op.regions:
        for block in region.blocks:
            for arg in block.args:
                local[arg] = len(local)
            inner.append(tuple(_written(o, local) for o in block.ops))
            inner.append(tuple(arg.type for arg in block.args))
    if nested:
        for result in op.results:
            local[result] = len(local)
    return (
        op.name,
        tuple(operands),
        op.result_types,
        frozenset(op.properties.items()),
        frozenset(op.attributes.items()),
        tuple(inner),
    )
