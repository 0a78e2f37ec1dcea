"""
What a rule may know about a value, and how a rule writes values whose elements are all equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign

from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriter

from .. import ten, types
from ..types import element, rank, shape


def splat(value: SSAValue) -> int | float | None:
    """The number that all elements of `value` are equal to; None if that is not known."""
    if isinstance(op := value.owner, ten.BroadcastOp):
        value = op.x
    return types.constant_value(value)


def is_zero(value: SSAValue) -> bool:
    """Whether all elements are 0, and not -0."""
    number = splat(value)
    return number is not None and number == 0 and copysign(1, number) > 0


def same_splat(a: SSAValue, b: SSAValue) -> bool:
    """Whether all elements of `a` and of `b` are one number, bit for bit."""
    if (scalar := scalar_of(a)) is not None and scalar == scalar_of(b):
        return True
    x, y = splat(a), splat(b)
    return x is not None and y is not None and x == y and copysign(1, x) == copysign(1, y)


def constant_indices(values: Sequence[SSAValue]) -> list[int | None]:
    """The number of each index, or None for an index that is not constant."""
    return [None if (n := types.constant_value(v)) is None else int(n) for v in values]


def has_one_use(value: SSAValue) -> bool:
    return value.get_unique_use() is not None


def replace_by_splat(rewriter: PatternRewriter, op: Operation, number: int | float) -> None:
    """Replace the one result of `op` by a value whose elements are all `number`."""
    type = op.results[0].type
    scalar = types.constant(number, element(type))
    if rank(type) == 0:
        rewriter.replace(op, scalar)
        return
    rewriter.replace(op, [scalar, ten.BroadcastOp(scalar, range(rank(type)), shape(type))])


def scalar_of(value: SSAValue) -> SSAValue | None:
    """The scalar that `value` is a broadcast of, or None."""
    op = value.owner
    return op.x if isinstance(op, ten.BroadcastOp) and rank(op.x.type) == 0 else None


def replace_by_broadcast(rewriter: PatternRewriter, op: Operation, scalar: SSAValue) -> None:
    """Replace the one result of `op` by a value whose elements are all `scalar`."""
    sizes = shape(op.results[0].type)
    if sizes:
        rewriter.replace(op, ten.BroadcastOp(scalar, range(len(sizes)), sizes))
    else:
        rewriter.replace(op, (), (scalar,))


def kept(rank: int, dims: Sequence[int]) -> list[int]:
    """The dimensions that are not in `dims`."""
    return [d for d in range(rank) if d not in dims]
