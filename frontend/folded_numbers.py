"""
The numbers of a traced array that comes from constants only.

A program makes a mask from arrays that it makes itself: `X, Y = np.meshgrid(…); disk = X * X + Y *
Y < 4`. Each of these is a value of the program. Where the program needs the numbers, as in
`f[disk, :]`, letgrad computes them while it traces, by the rules of the reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, ShapedType
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue

from ..dialects import ten
from ..lowering.reference.evaluator import Evaluator
from . import tracing
from .tracing import Array

MOST_OPS = 200
MOST_ELEMENTS = 1 << 22
"""letgrad does not compute more ops, or larger arrays, while it traces."""


def folded(x: Array) -> np.ndarray | None:
    """The numbers of an array; None if they depend on values of the program."""
    scope = tracing.scope_or_none()
    if scope is None:
        return None
    if (known := x.numbers()) is not None:
        return known
    value = tracing.use(x)
    cache = scope.root.folded
    if value not in cache:
        cache[value] = _folded(value)
    return cache[value]


def _folded(value: SSAValue) -> np.ndarray | None:
    if (needed := _needed(value)) is None:
        return None
    block, copies = Block(), {}
    for op in needed:
        new = op.clone(copies)
        block.add_op(new)
        copies.update(zip(op.results, new.results))
    block.add_op(func.ReturnOp(copies[value]))
    try:
        with np.errstate(all="ignore"):
            (found,) = Evaluator(ModuleOp([])).run(Region(block))
    except Exception:
        return None  # An op without a rule, or one that calls a function of the module.
    return np.asarray(found)


def _needed(value: SSAValue) -> list[Operation] | None:
    """The ops that compute a value, in order; None if it depends on an argument, or on many ops."""
    found: dict[Operation, None] = {}
    pending: list[tuple[SSAValue, bool]] = [(value, False)]
    while pending:
        x, is_done = pending.pop()
        op = x.owner
        if isinstance(x, BlockArgument) or not isinstance(op, Operation):
            return None
        if is_done:
            found.setdefault(op)
        elif op not in found:
            if len(found) + len(pending) > MOST_OPS or not all(map(_is_small, op.results)):
                return None
            if isinstance(op, ten.ScanOp | ten.WhileOp):
                return None  # It may take long.
            pending.append((x, True))
            pending += [(y, False) for y in _reads(op)]
    return list(found)


def _is_small(x: SSAValue) -> bool:
    return not isinstance(x.type, ShapedType) or math.prod(x.type.get_shape()) <= MOST_ELEMENTS


def _reads(op: Operation) -> Iterator[SSAValue]:
    """The values that an op, and the ops inside of it, take from outside of the op."""
    yield from op.operands
    for inner in (x for region in op.regions for x in region.walk()):
        for y in inner.operands:
            block = y.owner if isinstance(y.owner, Block) else y.owner.parent_block()
            if block is None or not op.is_ancestor(block):
                yield y


def with_known_masks(key: Any) -> Any:
    """A key in which masks that come from constants only are arrays of NumPy."""
    if isinstance(key, tuple) and any(map(_is_mask, key)):
        return tuple(map(with_known_masks, key))
    if not _is_mask(key) or (found := folded(key)) is None:
        return key
    return found


def _is_mask(item: Any) -> TypeGuard[Array]:
    return isinstance(item, Array) and item.dtype == np.bool_ and item.ndim > 0
