"""
Equal ops: if an op repeats an op that dominates it, the earlier op replaces it. One walk finds
equal ops by hash-consing.
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
    In the regions of `holder`, replace ops by equal ops that dominate them. With kinds given, only
    ops of these kinds are replaced. Otherwise all are, and then dead ops are erased.
    """
    _in_regions(holder, {}, kinds)


def _in_regions(holder: Operation, known: dict[Hashable, Operation], kinds: Kinds | None) -> None:
    for region in holder.regions:
        # Blocks that jump to each other see the values around them, but no values of each other.
        for block in region.blocks:
            _in_block(block, known, kinds)


def _in_block(block: Block, known: dict[Hashable, Operation], kinds: Kinds | None) -> None:
    """`known` holds the values that are computed around the block. It is unchanged afterwards."""
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
    """A key of an op's computation. None if the op has effects, or a region of several blocks."""
    if (
        effects.is_terminator(type(op))
        or not op.results
        or any(len(region.blocks) > 1 for region in op.regions)
        or not effects.is_side_effect_free(op)
    ):
        return None
    return _written(op, {}, nested=False)


def _written(op: Operation, local: dict[SSAValue, int], nested: bool = True) -> Hashable:
    """An op as it is written, with the numbers in `local` for values that its regions define."""
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
