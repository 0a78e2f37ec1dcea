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
    …, z arithmetic on spectra       →  the same arithmetic on halves of the spectra

NumPy's `fft` of a real array computes with complex numbers, and so does the derivative of the real
part of `ifft`. The first n/2 + 1 coefficients along one dimension say all others, which are their
conjugates at the opposite places, -k modulo n along each transformed dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from .mirror_images import EVEN, ODD, Half, Halves, opposite, part, reversed_part

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
        # The second rule asks which parts of a transform are read, which the first one finds, and
        # takes halves of the spectra that the last one writes out.
        for rule in (PartOfScaledTransform(), RealPartOfTransform(), TransformOfReal()):
            for function in functions(op):
                region_dce(function.body)
            changed |= RuleDriver((rule,), remark_as=self.name).run(op)
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
        if _real_source(op) is None:
            return

        ops, d, others = Ops(), dims[-1], dims[:-1]
        n = shape(op.x.type)[d]
        re, im = _half(op, ops)
        upper = slice(1, n - shape(re.type)[d] + 1)
        mirrored = [opposite(reversed_part(x, d, upper, ops), others, ops) for x in (re, im)]
        mirrored[1] = ops(arith.NegfOp(mirrored[1]))
        re, im = (ops(ten.ConcatOp(ends, d)) for ends in zip((re, im), mirrored))
        _pairs(re, im, ops)
        rewriter.replace(op, ops)


class RealPartOfTransform(RewritePattern):
    """
    the real parts of backward[d] z     →  hermitian[d] of half of (z + conj z opposite) / 2
    the real parts of backward[c, d] z  →  the same, after backward[c]
    the real parts of forward z         →  those of backward (conj z)

    Half of the work. Where z is arithmetic on spectra of real numbers, half of z is not needed, and
    the spectra are not moved to opposite places: they are their conjugates there. So only arrays
    that the spectra are multiplied by are moved, and constant ones not even then.
    Requires: no reader of the imaginary parts; z is not real, else `TransformOfReal` saves more. At
    least `LONG` elements along d; else the sum costs more than it saves.
    """

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: ten.FftOp, rewriter: PatternRewriter):
        dims = ints(op.dims)
        if not _is_transform(op) or shape(op.x.type)[dims[-1]] < LONG:
            return
        readers = [use.operation for use in op.result.uses]
        if not readers or not all(map(_is_real_part, readers)):
            return

        if _real_source(op) is not None:
            return

        ops, d, others = Ops(), dims[-1], dims[:-1]
        n = shape(op.x.type)[d]
        spectra: dict[ten.FftOp, tuple[SSAValue, SSAValue]] = {}

        def spectrum(x: SSAValue) -> tuple[Callable[[], SSAValue], bool] | None:
            if (found := _part_of_spectrum(x, dims)) is None:
                return None
            transform, k = found

            def half() -> SSAValue:
                if transform not in spectra:
                    spectra[transform] = _half(transform, ops)
                return spectra[transform][k]

            return half, k == 0

        halves = Halves(shape(op.x.type)[:-1], dims, spectrum, ops)
        re, im = halves.of(_parts(op.x, ops))
        re, im = _mean(re, ops), _mean(im, ops, minus=True)
        if op.kind.data == "forward":
            im = ops(arith.NegfOp(im))
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


def _real_source(op: ten.FftOp) -> tuple[SSAValue, float] | None:
    """
    The real numbers that an op transforms, as (…, 1), and the number that multiplies them; None if
    the imaginary parts are not known to be zeros.
    """
    pairs, number = _scaled(op.x) or (op.x, 1.0)
    sizes = shape(pairs.type)
    match pairs.owner:
        case ten.ConcatOp() as owner if owner.dim.value.data == len(sizes) - 1:
            if len(owner.xs) != 2:
                return None
            first, second = owner.xs
            if shape(first.type)[-1] == 1 and is_zero(second):
                return first, number
        case ten.PadOp() as owner:
            low, high = ints(owner.low), ints(owner.high)
            is_behind = not any(low) and not any(high[:-1]) and not any(ints(owner.interior))
            if is_behind and high[-1] == 1:
                return owner.x, number
        case _:
            pass
    return None


def _half(op: ten.FftOp, ops: Ops) -> tuple[SSAValue, SSAValue]:
    """The real and imaginary parts of the first half of a transform of real numbers."""
    source = _real_source(op)
    assert source is not None
    x, number = source
    *others, d = ints(op.dims)
    half = ops(ten.FftOp("real", reshaped(x, shape(x.type)[:-1], ops), [d]))
    if others:
        half = ops(ten.FftOp("forward", half, others))
    re, im = _parts(half, ops)
    if op.kind.data == "backward":
        im = ops(arith.NegfOp(im))
    return _times(re, number, ops), _times(im, number, ops)


def _part_of_spectrum(x: SSAValue, dims: Sequence[int]) -> tuple[ten.FftOp, int] | None:
    """The transform of real numbers along `dims` whose real (0) or imaginary (1) parts x are."""
    op = x.owner
    if isinstance(op, ten.ReshapeOp):
        op = op.x.owner
    if not isinstance(op, ten.SliceOp) or not isinstance(transform := op.x.owner, ten.FftOp):
        return None
    sizes = shape(op.x.type)[:-1]
    *before, k = ints(op.offsets)
    is_part = shape(op.result.type) == (*sizes, 1) and shape(x.type) in (sizes, (*sizes, 1))
    if not is_part or any(before) or any(stride != 1 for stride in ints(op.strides)):
        return None
    if not _is_transform(transform) or ints(transform.dims) != dims:
        return None
    return None if _real_source(transform) is None else (transform, k)


def _mean(half: Half, ops: Ops, minus: bool = False) -> SSAValue:
    """The mean of a half and the opposite one, or half of their difference."""
    if half.parity == (ODD if minus else EVEN):
        return half.near
    far = half.far(ops)
    joined = ops((arith.SubfOp if minus else arith.AddfOp)(half.near, far))
    return _times(joined, 0.5, ops)


def _is_real_part(op: Operation) -> bool:
    return (
        isinstance(op, ten.SliceOp) and shape(op.result.type)[-1] == 1 and ints(op.offsets)[-1] == 0
    )


def _parts(pairs: SSAValue, ops: Ops) -> tuple[SSAValue, SSAValue]:
    *sizes, _ = shape(pairs.type)
    op = pairs.owner
    if isinstance(op, ten.ConcatOp) and [shape(x.type)[-1] for x in op.xs] == [1, 1]:
        re, im = (reshaped(x, sizes, ops) for x in op.xs)
    else:
        re, im = (
            reshaped(part(pairs, len(sizes), slice(k, k + 1), ops), sizes, ops) for k in (0, 1)
        )
    return re, im


def _pairs(re: SSAValue, im: SSAValue, ops: Ops) -> SSAValue:
    sizes = [*shape(re.type), 1]
    return ops(ten.ConcatOp([reshaped(x, sizes, ops) for x in (re, im)], len(sizes) - 1))
