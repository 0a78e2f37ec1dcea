"""
Eliminate common subexpressions: an op that repeats one that dominates it gives way to that one.

Needs:   nothing.
Leaves:  no op that repeats one that dominates it, the operands of commutative ops taken in either
         order; no dead op.
Keeps:   the value, bit for bit (but for the payload of a NaN).
Ends:    one walk that keeps what is computed in a table (hash-consing): linear in the program,
         times the depth of its nests.

    a = x * y; b = y * x; f(a, b)   →   a = x * y; f(a, a)

So a program that arrives as a tree becomes the DAG that it is. Upstream's pass is not used: it
takes two `ten.build`s for one whose bodies differ only in the type that a `ten.cast` goes through,
keeps the operands of commutative ops apart, and copies its table at each region.
"""

from __future__ import annotations

from collections.abc import Hashable

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.traits import IsolatedFromAbove, IsTerminator, is_side_effect_free
from xdsl.transforms.dead_code_elimination import is_trivially_dead

from .driver import DCE, count
from .emitter import COMMUTATIVE


class CsePass(ModulePass):
    """Replaces ops by equal ones that dominate them."""

    name = "cse"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        _in_regions(op, {})


def _in_regions(holder: Operation, known: dict[Hashable, Operation]) -> None:
    for region in holder.regions:
        # Blocks that jump to each other see what is around them, and nothing of each other.
        for block in region.blocks:
            _in_block(block, known)


def _in_block(block: Block, known: dict[Hashable, Operation]) -> None:
    """`known` is what is computed around the block; it is that again afterwards."""
    added: list[Hashable] = []
    op = block.first_op
    while op is not None:
        following = op.next_op
        if op.has_trait(IsolatedFromAbove, value_if_unregistered=True):
            _in_regions(op, {})
        elif op.regions:
            _in_regions(op, known)
        if (key := key_of(op)) is not None:
            if (same := known.get(key)) is None:
                known[key] = op
                added.append(key)
            else:
                Rewriter.replace_op(op, [], same.results)
                count("cse")
        op = following
    for key in added:
        del known[key]
    op = block.last_op
    while op is not None:
        before = op.prev_op
        if is_trivially_dead(op):
            Rewriter.erase_op(op)
            count(DCE)
        op = before


def key_of(op: Operation) -> Hashable | None:
    """What an op computes, as a key; None if it does more, or has several blocks in a region."""
    if (
        op.has_trait(IsTerminator)
        or not op.results
        or any(len(region.blocks) > 1 for region in op.regions)
        or not is_side_effect_free(op)
    ):
        return None
    return _written(op, {}, nested=False)


def _written(op: Operation, local: dict[SSAValue, int], nested: bool = True) -> Hashable:
    """An op as it is written, with numbers for the values that its regions define: `local`."""
    operands: list[SSAValue | int] = [local.get(x, x) for x in op.operands]
    if isinstance(op, COMMUTATIVE):
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
