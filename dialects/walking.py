"""Walks through nests of regions, in time linear in the number of ops, whatever their depth."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Block, Operation, Region


def ops_in(root: Operation | Region | Block) -> Iterator[Operation]:
    """
    Every op in `root`, itself included, in program order. xDSL's `root.walk()` passes each op on
    through one generator per region around the op, so it costs the number of ops times the depth
    of the nest, and it recurses.

    Requires: nobody changes a block between its first op and its last op in the walk.
    """
    stack = [root] if isinstance(root, Operation) else _ops_backwards(root)
    while stack:
        op = stack.pop()
        yield op
        for region in reversed(op.regions):
            stack.extend(_ops_backwards(region))


def _ops_backwards(root: Region | Block) -> list[Operation]:
    blocks = (root,) if isinstance(root, Block) else reversed(root.blocks)
    return [op for block in blocks for op in reversed(block.ops)]
