"""How rules make ops: ops in order, and layout ops that are left out where nothing moves."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import ten, types
from ...dialects.types import shape


class Ops(list[Operation]):
    """Ops of a replacement in order. A call adds one op and returns its result."""

    def __call__(self, op: Operation) -> SSAValue:
        self.append(op)
        return op.results[0]


def zeros(type: Attribute, ops: Ops) -> SSAValue:
    """A value of zeros, as a broadcast of one zero."""
    scalar = ops(types.constant(0, types.element(type)))
    sizes = shape(type)
    return ops(ten.BroadcastOp(scalar, range(len(sizes)), sizes)) if sizes else scalar


def plus_zero(x: SSAValue, ops: Ops) -> SSAValue:
    """x + 0, so that no element is -0; x itself if its elements are integers."""
    if not types.is_float(types.element(x.type)):
        return x
    return ops(arith.AddfOp(x, zeros(x.type, ops)))


def reshaped(x: SSAValue, sizes: Sequence[int], ops: Ops) -> SSAValue:
    return x if shape(x.type) == tuple(sizes) else ops(ten.ReshapeOp(x, sizes))


def transposed(x: SSAValue, perm: Sequence[int], ops: Ops) -> SSAValue:
    return x if list(perm) == list(range(len(perm))) else ops(ten.TransposeOp(x, perm))


def resized(x: SSAValue, d: int, n: int, ops: Ops) -> SSAValue:
    """x with n elements along dimension d: its first elements, or with zeros after them."""
    sizes = list(shape(x.type))
    if n > sizes[d]:
        high = [n - s if k == d else 0 for k, s in enumerate(sizes)]
        return ops(ten.PadOp(x, [0] * len(sizes), high))
    if n == sizes[d]:
        return x
    sizes[d] = n
    return ops(ten.SliceOp(x, [0] * len(sizes), sizes))


def renumbered(dims: Sequence[int], gone: Sequence[int]) -> list[int]:
    """The places that dimensions `dims`, without those in `gone`, have when `gone` are left out."""
    return [d - sum(g < d for g in gone) for d in dims if d not in gone]
