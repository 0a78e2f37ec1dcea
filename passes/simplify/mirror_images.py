"""
Arrays at opposite places, and halves of arrays: what `ten-real-transforms` makes of spectra.

The place that is opposite to k is -k modulo n along each transformed dimension. The spectrum of
real numbers has conjugates there: its real parts are even, its imaginary parts are odd. `Halves`
follows this through arithmetic, so that a program moves as few elements to opposite places as it
can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation, SSAValue

from ...dialects import arrays, ten, types
from ...dialects.ten.value_facts import is_zero, kept, splat
from ...dialects.types import ints, shape
from ..rewriting.costs import TRANSCENDENTAL, flops
from ..sharing.copying import copy_op
from .building import Ops, reshaped

MOST = 64
"""Elementwise ops between two transforms, at most, that are written for both halves."""

AGREE_AT_ZEROS = (
    arith.ConstantOp, arith.AddfOp, arith.SubfOp, arith.MulfOp, arith.NegfOp, math.AbsFOp,
    math.SinOp, math.CosOp, math.ExpOp, math.SqrtOp, math.TanhOp, ten.BroadcastOp, ten.CompareOp,
    ten.ReshapeOp, ten.SelectOp,
)  # fmt: skip
"""
Ops that make the same of 0.0 and -0.0, up to the signs of zeros. Not so a quotient, or an angle.
"""

EVEN, ODD, ZERO = 1, -1, 0
"""What an array has at opposite places: the same elements, their negatives, or both."""

Parts = Callable[[SSAValue], tuple[Callable[[], SSAValue], bool] | None]
"""
For the real or the imaginary parts of a spectrum that has conjugates at opposite places: a function
that makes their first half along the last transformed dimension, and whether they are the real
ones. None for other values.
"""


def part(x: SSAValue, d: int, where: slice, ops: Ops) -> SSAValue:
    """The elements at places start … stop - 1 along dimension d."""
    offsets, sizes = [0] * len(shape(x.type)), list(shape(x.type))
    if where.start == 0 and where.stop == sizes[d]:
        return x
    offsets[d], sizes[d] = where.start, where.stop - where.start
    return ops(ten.SliceOp(x, offsets, sizes, [1] * len(sizes)))


def reversed_part(x: SSAValue, d: int, where: slice, ops: Ops) -> SSAValue:
    return ops(ten.ReverseOp(part(x, d, where, ops), [d]))


def opposite(x: SSAValue, dims: Iterable[int], ops: Ops) -> SSAValue:
    """x at the places -k modulo n along dimensions: 0, n - 1, n - 2, …, 1."""
    for d in dims:
        n = shape(x.type)[d]
        if n > 2:
            ends = part(x, d, slice(0, 1), ops), reversed_part(x, d, slice(1, n), ops)
            x = ops(ten.ConcatOp(ends, d))
    return x


def opposite_half(x: SSAValue, others: Sequence[int], d: int, ops: Ops) -> SSAValue:
    """x at the places that are opposite, along all these dimensions, to the first half along d."""
    n = shape(x.type)[d]
    ends = [part(x, d, slice(0, 1), ops), reversed_part(x, d, slice(n - n // 2, n), ops)]
    return opposite(ops(ten.ConcatOp(ends, d)), others, ops)


@dataclass
class Half:
    """
    The first half of an array, `near`, and the array at the places that are opposite to these. With
    a parity, these are `near` again, or its negative.
    """

    near: SSAValue
    opposite: SSAValue | None
    parity: int | None = None

    def far(self, ops: Ops, own: Callable[[], SSAValue] | None = None) -> SSAValue:
        """
        The opposite half. `own` makes the mask of the places that are opposite to themselves: there
        an odd array keeps the sign of its zero, or of its infinity.
        """
        if self.opposite is None:
            self.opposite = self.near
            if self.parity == ODD:
                self.opposite = ops(arith.NegfOp(self.near))
                if own is not None:
                    self.opposite = ops(ten.SelectOp(own(), self.near, self.opposite))
        return self.opposite


class Halves:
    """
    Halves of arrays along the last one of the dimensions `dims`, and the opposite halves. `parts`
    finds spectra. The ops of the halves go to `ops`. Arithmetic between spectra and the asked
    arrays is written for halves, and no spectrum moves to opposite places.
    """

    def __init__(self, sizes: Sequence[int], dims: Sequence[int], parts: Parts, ops: Ops):
        self.sizes, self.dims, self.parts, self.ops = tuple(sizes), tuple(dims), parts, ops
        self.half = list(sizes)
        self.half[dims[-1]] = sizes[dims[-1]] // 2 + 1
        self.inner: set[Operation] = set()
        """The arithmetic whose result is made of its operands' halves."""
        self._known: dict[SSAValue, Half] = {}
        self._own: SSAValue | None = None

    def own(self) -> SSAValue:
        """The places of the first half that are opposite to themselves."""
        if self._own is None:
            mask = np.ones(self.half, bool)
            for d in self.dims:
                k = np.arange(self.half[d]).reshape([-1] + [1] * (len(self.half) - 1 - d))
                mask &= 2 * k % self.sizes[d] == 0
            self._own = self.ops(arrays.constant(mask, types.of_shape(self.half, i1)))
        return self._own

    def of(self, values: Sequence[SSAValue]) -> list[Half]:
        self.inner = self._inner(values)
        return [self._of(x) for x in values]

    def _inner(self, values: Sequence[SSAValue]) -> set[Operation]:
        """The ops between spectra and `values`; none if there is no spectrum, or too many ops."""
        found: dict[Operation, None] = {}
        pending, is_worth, count = list(values), False, 0
        while pending:
            x = pending.pop()
            if self.parts(x) is not None:
                is_worth = True
                continue
            op = x.owner
            if not isinstance(op, Operation) or op in found or not self._is_inner(op):
                continue
            found[op] = None
            count += not isinstance(op, ten.ReshapeOp | ten.BroadcastOp)
            pending += op.operands
        if not is_worth or count > MOST:
            return set()
        # No costly function is computed for halves, and for other readers once more.
        shared = {
            op
            for op in found
            if flops(op) >= TRANSCENDENTAL * types.size(op.results[0].type)
            and any(
                use.operation not in found and op.results[0] not in values
                for use in op.results[0].uses
            )
        }
        return set(found) - shared

    def _is_inner(self, op: Operation) -> bool:
        if len(op.results) != 1 or not self._fits(op.results[0]):
            return False
        if isinstance(op, ten.ReshapeOp):
            return self._fits(op.x)
        if isinstance(op, ten.BroadcastOp):
            return True
        if isinstance(op, arith.ConstantOp) or op.regions:
            return False
        sizes = shape(op.results[0].type)
        return (
            op.dialect_name() in ("arith", "math")
            or isinstance(op, ten.SelectOp | ten.CastOp | ten.CompareOp | ten.FloatFunctionOp)
        ) and all(shape(x.type) in (sizes, ()) for x in op.operands)

    def _fits(self, x: SSAValue) -> bool:
        """Whether x has an element for each place: pairs are often made of arrays (…, 1)."""
        return not isinstance(x.type, types.Term) and shape(x.type) in (
            self.sizes,
            (*self.sizes, 1),
        )

    def _of(self, x: SSAValue) -> Half:
        if x not in self._known:
            self._known[x] = self._found(x)
        return self._known[x]

    def _found(self, x: SSAValue) -> Half:
        ops = self.ops
        if found := self.parts(x):
            make, is_real = found
            return Half(make(), None, EVEN if is_real else ODD)
        op = x.owner
        type = types.of_shape(self.half, types.element(x.type))
        if (number := splat(x)) is not None:
            parity = ZERO if is_zero(x) else EVEN
            return Half(ops(types.constant(number, type)), None, parity)
        if isinstance(op, arith.ConstantOp) or op not in self.inner:
            return self._image(reshaped(x, self.sizes, ops), range(len(self.sizes)))
        if isinstance(op, ten.ReshapeOp):
            return self._of(op.x)
        if isinstance(op, ten.BroadcastOp):
            return self._of_broadcast(op)
        assert isinstance(op, Operation)
        halves = [self._of(y) if shape(y.type) else Half(y, None, EVEN) for y in op.operands]
        near = ops(copy_op(op, [half.near for half in halves], [type]))
        if (parity := _parity(op, [half.parity for half in halves])) is not None:
            return Half(near, None, parity)
        own = None if self._agrees_at_zeros() else self.own
        return Half(near, ops(copy_op(op, [half.far(ops, own) for half in halves], [type])))

    def _agrees_at_zeros(self) -> bool:
        """Whether the ops make the same of 0.0 and -0.0, up to the signs of zeros."""
        return all(isinstance(op, AGREE_AT_ZEROS) for op in self.inner)

    def _of_broadcast(self, op: ten.BroadcastOp) -> Half:
        axes = [d for d in kept(len(shape(op.result.type)), ints(op.dims)) if d < len(self.sizes)]
        new = [d for d in range(len(self.sizes)) if d not in axes]
        sizes = [self.sizes[d] for d in axes]
        found, ops = self._image(reshaped(op.x, sizes, self.ops), axes), self.ops

        def widened(x: SSAValue) -> SSAValue:
            return ops(ten.BroadcastOp(x, new, self.half)) if new else x

        far = None if found.opposite is None else widened(found.opposite)
        return Half(widened(found.near), far, found.parity)

    def _image(self, x: SSAValue, axes: Sequence[int]) -> Half:
        """The halves of any array that has these of the dimensions, which slices move."""
        ops, op = self.ops, x.owner
        *others, d = (axes.index(d) if d in axes else None for d in self.dims)
        others = [c for c in others if c is not None]
        if not others and d is None:
            return Half(x, None, EVEN)
        half = None if d is None else self.half[axes[d]]
        if isinstance(op, ten.ReshapeOp):
            op = op.x.owner
        if isinstance(op, arith.ConstantOp):
            whole = np.asarray(arrays.constant_array(op)).reshape(shape(x.type))
            moved = (*others, *(() if d is None else (d,)))
            far = np.roll(np.flip(whole, moved), [1] * len(moved), moved)
            near, far = (y if d is None else y.take(range(half or 0), d) for y in (whole, far))
            type = types.of_shape(near.shape, types.element(x.type))
            first = ops(arrays.constant(near, type))
            if np.array_equal(near, far):
                return Half(first, None, EVEN)
            if types.is_float(types.element(type)) and np.array_equal(near, np.negative(far)):
                return Half(first, None, ODD)
            return Half(first, ops(arrays.constant(far, type)))
        if d is None:
            return Half(x, opposite(x, others, ops))
        return Half(part(x, d, slice(0, half), ops), opposite_half(x, others, d, ops))


def _parity(op: Operation, parities: Sequence[int | None]) -> int | None:
    """The parity of a function of arrays with these parities, up to the signs of zeros."""
    known = [p for p in parities if p is not None]
    if len(known) < len(parities):
        return None
    if all(p in (EVEN, ZERO) for p in known):
        return EVEN
    match op:
        case arith.MulfOp() | arith.DivfOp():
            return ODD if known.count(ODD) == 1 else EVEN
        case arith.AddfOp() | arith.SubfOp() | arith.NegfOp():
            return ODD if EVEN not in known else None
        case ten.SelectOp():
            return ODD if known[0] != ODD and EVEN not in known[1:] else None
        case _:
            return None
