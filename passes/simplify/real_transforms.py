"""
Fourier transforms of real numbers, and to real numbers, take half of the work:
`ten-real-transforms`.

Needs:   no `ten.build`.
Leaves:  no transform of complex numbers whose imaginary parts are zeros, and none of which only the
         real parts are read, along a dimension of at least `LONG` elements.
Keeps:   the value up to rounding. A NaN or an infinity spreads over all numbers of a transform
         before and after the pass, but maybe as another one of the two.
Ends:    each rule replaces a transform of pairs by one that no rule matches: along one dimension
         fewer, or of factors that are not 0.

    forward (x, 0)                 →  (re, im) of `real x`, and its mirror image
    slice of real parts, backward z  →  hermitian of half of (z + its mirror image) / 2

NumPy's `fft` of a real array computes with complex numbers, and so does the derivative of the real
part of `ifft`. The first n/2 + 1 coefficients along one dimension say all others, which are their
conjugates at the opposite places, -k modulo n along each transformed dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects import arith
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.transforms.dead_code_elimination import region_dce

from ...dialects import ten, types
from ...dialects.op_kinds import Kinds
from ...dialects.ten.value_facts import is_zero, splat
from ...dialects.types import ints, shape
from ...dialects.walking import ops_in
from ..rewriting.driver import RuleDriver
from ..rewriting.functions import functions
from ..rewriting.levels import Level
from ..sharing.shared_terms import drop_broken_stamps
from .building import Ops, reshaped

LONG = 16
"""Elements along a dimension from which on half of a transform saves more than the mirror costs."""


@dataclass(frozen=True)
class RealTransformsPass(ModulePass):
    """
    Transforms real numbers, and to real numbers, by half of the coefficients.

    Example:

        >>> smooth = lambda x, w: np.fft.ifft(np.fft.fft(x) * w).real
        >>> module = lg.trace(smooth, lg.spec(64), lg.spec(64))
        >>> OptimizePass().apply(ctx, module)
        >>> "fft forward" in str(module) or "fft backward" in str(module)
        False
    """

    name = "ten-real-transforms"
    seeks: ClassVar[Kinds] = (ten.FftOp,)
    needs: ClassVar[Level] = Level.BULK

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        if not any(isinstance(inner, ten.FftOp) for inner in ops_in(op)):
            return
        changed = False
        # The last rule asks which parts of a transform are read, which the first one finds.
        for rules in ((PartOfScaledTransform(),), (TransformOfReal(), RealPartOfTransform())):
            for function in functions(op):
                region_dce(function.body)
            changed |= RuleDriver(rules, remark_as=self.name).run(op)
        if changed:
            drop_broken_stamps(op, self.name)


class PartOfScaledTransform(RewritePattern):
    """
    slice (s * transform x)  →  s * slice (transform x), for a number s

    Multiplies only the parts that are read, and shows which parts of the transform these are.
    Requires: s is one number for all elements; the slice of a tensor of factors would be one op
    more.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.SliceOp, rewriter: PatternRewriter):
        found = _scaled(op.x)
        if found is None or not _is_transform(found[0].owner):
            return

        (whole, number), ops = found, Ops()
        part = ops(ten.SliceOp(whole, ints(op.offsets), shape(op.result.type), ints(op.strides)))
        _times(part, number, ops)
        rewriter.replace(op, ops)


class TransformOfReal(RewritePattern):
    """
    forward[d] (x, 0)     →  (re, im) of real[d] x, and (re, -im) of it at the opposite places
    forward[c, d] (x, 0)  →  the same of forward[c] (real[d] x)
    backward (x, 0)       →  (re, -im) of these

    Half of the work, and several transforms of x become one.
    Requires: the imaginary parts are zeros, if need be times a finite number: an infinite one makes
    NaN of them. At least `LONG` elements along d; else the mirror costs more than it saves.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.FftOp, rewriter: PatternRewriter):
        dims = ints(op.dims)
        if not _is_transform(op) or shape(op.x.type)[dims[-1]] < LONG:
            return
        pairs, number = _scaled(op.x) or (op.x, 1.0)
        ops = Ops()
        real = _real_part(pairs, ops)
        if real is None:
            return

        d, others = dims[-1], dims[:-1]
        n = shape(real.type)[d]
        half = ops(ten.FftOp("real", real, [d]))
        if others:
            half = ops(ten.FftOp("forward", half, others))
        re, im = _parts(half, ops)
        upper = slice(1, n - shape(re.type)[d] + 1)
        re = _joined([re, _opposite(_reversed(re, d, upper, ops), others, ops)], d, ops)
        mirrored = _opposite(_reversed(im, d, upper, ops), others, ops)
        if op.kind.data == "forward":
            mirrored = ops(arith.NegfOp(mirrored))
        else:
            im = ops(arith.NegfOp(im))
        _times(_pairs(re, _joined([im, mirrored], d, ops), ops), number, ops)
        rewriter.replace(op, ops)


class RealPartOfTransform(RewritePattern):
    """
    the real parts of backward[d] z     →  hermitian[d] of half of (z + conj z opposite) / 2
    the real parts of backward[c, d] z  →  the same, after backward[c]
    the real parts of forward z         →  those of backward (conj z)

    Half of the work. Where z is a product of a transform of real numbers, half of z is not needed.
    Requires: no reader of the imaginary parts. At least `LONG` elements along d; else the sum costs
    more than it saves.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.FftOp, rewriter: PatternRewriter):
        dims = ints(op.dims)
        if not _is_transform(op) or shape(op.x.type)[dims[-1]] < LONG:
            return
        readers = [use.operation for use in op.result.uses]
        if not readers or not all(map(_is_real_part, readers)):
            return

        ops, d, others = Ops(), dims[-1], dims[:-1]
        n = shape(op.x.type)[d]
        re, im = _parts(op.x, ops)
        size = n // 2 + 1
        # Places 0, n - 1, n - 2, … along d are opposite to 0, 1, 2, ….
        opposite = [
            _opposite(
                _joined(
                    [_part(x, d, slice(0, 1), ops), _reversed(x, d, slice(n - size + 1, n), ops)],
                    d,
                    ops,
                ),
                others,
                ops,
            )
            for x in (re, im)
        ]
        re, im = (_part(x, d, slice(0, size), ops) for x in (re, im))
        re = _times(ops(arith.AddfOp(re, opposite[0])), 0.5, ops)
        sign = 0.5 if op.kind.data == "backward" else -0.5
        im = _times(ops(arith.SubfOp(im, opposite[1])), sign, ops)
        half = _pairs(re, im, ops)
        if others:
            half = ops(ten.FftOp("backward", half, others))
        whole = ops(ten.FftOp("hermitian", half, [d], n))
        whole = reshaped(whole, [*shape(whole.type), 1], ops)
        rewriter.insert(ops)
        for reader in readers:
            assert isinstance(reader, ten.SliceOp)
            offsets, sizes, strides = (
                ints(reader.offsets),
                shape(reader.result.type),
                reader.strides,
            )
            rewriter.replace(reader, ten.SliceOp(whole, offsets, sizes, ints(strides)))
        rewriter.erase(op)


def _is_transform(op: object) -> bool:
    return (
        isinstance(op, ten.FftOp)
        and op.kind.data in ("forward", "backward")
        and bool(ints(op.dims))
    )


def _scaled(x: SSAValue) -> tuple[SSAValue, float] | None:
    """The value of which x is a finite multiple, and the number; None if x is no product."""
    if isinstance(op := x.owner, arith.MulfOp):
        for factor, other in ((op.lhs, op.rhs), (op.rhs, op.lhs)):
            if (number := splat(factor)) is not None and isfinite(number):
                return other, float(number)
    return None


def _times(x: SSAValue, number: float, ops: Ops) -> SSAValue:
    if number == 1:
        return x
    factor = ops(types.constant(number, x.type))
    return ops(arith.MulfOp(x, factor))


def _real_part(pairs: SSAValue, ops: Ops) -> SSAValue | None:
    """The first elements of pairs, if the second ones are known to be zeros."""
    sizes = shape(pairs.type)
    match pairs.owner:
        case ten.ConcatOp() as op if op.dim.value.data == len(sizes) - 1 and len(op.xs) == 2:
            first, second = op.xs
            if shape(first.type)[-1] != 1 or not is_zero(second):
                return None
        case ten.PadOp() as op:
            first = op.x
            low, high = ints(op.low), ints(op.high)
            is_behind = not any(low) and not any(high[:-1]) and not any(ints(op.interior))
            if not is_behind or high[-1] != 1:
                return None
        case _:
            return None
    return reshaped(first, sizes[:-1], ops)


def _is_real_part(op: Operation) -> bool:
    return (
        isinstance(op, ten.SliceOp) and shape(op.result.type)[-1] == 1 and ints(op.offsets)[-1] == 0
    )


def _part(x: SSAValue, d: int, where: slice, ops: Ops) -> SSAValue:
    """The elements at places start … stop - 1 along dimension d."""
    offsets, sizes = [0] * len(shape(x.type)), list(shape(x.type))
    if where.start == 0 and where.stop == sizes[d]:
        return x
    offsets[d], sizes[d] = where.start, where.stop - where.start
    return ops(ten.SliceOp(x, offsets, sizes, [1] * len(sizes)))


def _reversed(x: SSAValue, d: int, where: slice, ops: Ops) -> SSAValue:
    return ops(ten.ReverseOp(_part(x, d, where, ops), [d]))


def _joined(xs: Sequence[SSAValue], d: int, ops: Ops) -> SSAValue:
    return ops(ten.ConcatOp(xs, d))


def _opposite(x: SSAValue, dims: Iterable[int], ops: Ops) -> SSAValue:
    """x at the places -k modulo n along dimensions: 0, n - 1, n - 2, …, 1."""
    for d in dims:
        n = shape(x.type)[d]
        if n > 2:
            ends = _part(x, d, slice(0, 1), ops), _reversed(x, d, slice(1, n), ops)
            x = _joined(ends, d, ops)
    return x


def _parts(pairs: SSAValue, ops: Ops) -> tuple[SSAValue, SSAValue]:
    sizes = shape(pairs.type)
    re, im = (
        reshaped(_part(pairs, len(sizes) - 1, slice(k, k + 1), ops), sizes[:-1], ops)
        for k in (0, 1)
    )
    return re, im


def _pairs(re: SSAValue, im: SSAValue, ops: Ops) -> SSAValue:
    sizes = [*shape(re.type), 1]
    return _joined([reshaped(x, sizes, ops) for x in (re, im)], len(sizes) - 1, ops)
