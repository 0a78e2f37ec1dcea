"""
Transforms of cosines and sines, as Fourier transforms of real numbers: the rules of the table
`decompose` for backends whose library has no transform of cosines.
"""

from __future__ import annotations

from math import pi
from typing import Any

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import f64
from xdsl.ir import SSAValue

from ...dialects import ten, types
from ...dialects.types import shape
from .emitter import Emitter
from .rule_tables import decompose


@decompose.rule(ten.DctOp)
def dct_by_fft(op: ten.DctOp, e: Emitter) -> SSAValue:
    """cosine2(x)[k] = 2 Re (fft(x in Makhoul's order)[k] exp(-iπk/2n)); other kinds by this one"""
    return FORMULAS[op.kind.data](op.x, shape(op.x.type)[op.dim], Along(op.dim, e))


class Along:
    """Makes ops on dimension d of real numbers."""

    def __init__(self, d: int, e: Emitter):
        self.d, self.e = d, e

    def dct(self, kind: str, x: SSAValue) -> SSAValue:
        return self.e(ten.DctOp(kind, x, self.d))

    def part(self, x: SSAValue, start: int, count: int, stride: int = 1) -> SSAValue:
        sizes = list(shape(x.type))
        offsets, strides = [0] * len(sizes), [1] * len(sizes)
        offsets[self.d], sizes[self.d], strides[self.d] = start, count, stride
        return self.e(ten.SliceOp(x, offsets, sizes, strides))

    def padded(self, x: SSAValue, low: int, high: int, interior: int = 0) -> SSAValue:
        widths = [[n if k == self.d else 0 for k in range(len(shape(x.type)))]
                  for n in (low, high, interior)]  # fmt: skip
        return self.e(ten.PadOp(x, *widths))

    def turned(self, x: SSAValue) -> SSAValue:
        return self.e(ten.ReverseOp(x, [self.d]))

    def joined(self, *xs: SSAValue) -> SSAValue:
        return self.e(ten.ConcatOp(xs, self.d))

    def times(self, x: SSAValue, number: float) -> SSAValue:
        return self.e.multiply(x, self.e.constant(number, x.type))

    def parts(self, pairs: SSAValue) -> tuple[SSAValue, SSAValue]:
        sizes = shape(pairs.type)[:-1]
        offsets, one = [0] * (len(sizes) + 1), [*sizes, 1]
        re, im = (
            self.e(ten.ReshapeOp(self.e(ten.SliceOp(pairs, [*offsets[:-1], k], one)), sizes))
            for k in (0, 1)
        )
        return re, im

    def pairs(self, re: SSAValue, im: SSAValue) -> SSAValue:
        sizes = [*shape(re.type), 1]
        last = len(sizes) - 1
        return self.e(ten.ConcatOp([self.e(ten.ReshapeOp(x, sizes)) for x in (re, im)], last))

    def by_turns(self, even: SSAValue, odd: SSAValue) -> SSAValue:
        """Elements of two arrays of the same shape, one of each by turns."""
        sizes = list(shape(even.type))
        apart = [*sizes[: self.d + 1], 1, *sizes[self.d + 1 :]]
        both = [self.e(ten.ReshapeOp(x, apart)) for x in (even, odd)]
        sizes[self.d] *= 2
        return self.e(ten.ReshapeOp(self.e(ten.ConcatOp(both, self.d + 1)), sizes))

    def along(self, numbers: SSAValue, like: Any) -> SSAValue:
        """Numbers along dimension d, in the type of tensors like this."""
        sizes, scalar = shape(like), types.element(like)
        if scalar != f64:
            numbers = self.e(ten.CastOp(numbers, scalar))
        return self.e(
            ten.BroadcastOp(numbers, [k for k in range(len(sizes)) if k != self.d], sizes)
        )

    def turns(
        self, n: int, step: float, like: Any, first: float = 0.0
    ) -> tuple[SSAValue, SSAValue]:
        """cos(first + k step) and sin(…), for k below n. They are rounded once, from f64."""
        row = types.of_shape((n,), f64)
        angles = self.times(self.e(ten.IotaOp(0, row)), step)
        if first:
            angles = self.e.add(angles, self.e.constant(first, row))
        return (
            self.along(self.e(math.CosOp(angles)), like),
            self.along(self.e(math.SinOp(angles)), like),
        )

    def signs(self, like: Any) -> SSAValue:
        """(-1)^k"""
        n = shape(like)[self.d]
        half = types.of_shape(((n + 1) // 2, 1), f64)
        ends = self.e.constant(1.0, half), self.e.constant(-1.0, half)
        both = self.e(ten.ReshapeOp(self.e(ten.ConcatOp(ends, 1)), [(n + 1) // 2 * 2]))
        return self.along(self.e(ten.SliceOp(both, [0], [n])), like)


def cosine1(x: SSAValue, n: int, a: Along) -> SSAValue:
    """Re fft(x, and its inner elements from the end)"""
    if n > 2:
        x = a.joined(x, a.turned(a.part(x, 1, n - 2)))
    return a.parts(a.e(ten.FftOp("real", x, [a.d])))[0]


def cosine2(x: SSAValue, n: int, a: Along) -> SSAValue:
    """2 Re z, and -2 Im z from the end; z = fft(even places, odd ones from the end) e^(-iπk/2n)"""
    even, odd = (n + 1) // 2, n // 2
    if odd:
        x = a.joined(a.part(x, 0, even, 2), a.turned(a.part(x, 1, odd, 2)))
    re, im = a.parts(a.e(ten.FftOp("real", x, [a.d])))
    cos, sin = a.turns(odd + 1, pi / (2 * n), re.type)
    first = a.times(a.e.add(a.e.multiply(re, cos), a.e.multiply(im, sin)), 2.0)
    rest = n - odd - 1
    if not rest:
        return first
    second = a.e(arith.SubfOp(a.e.multiply(re, sin), a.e.multiply(im, cos)))
    return a.joined(first, a.times(a.turned(a.part(second, 1, rest)), 2.0))


def cosine3(x: SSAValue, n: int, a: Along) -> SSAValue:
    """The steps of `cosine2` from its end, which invert it up to the factor 2n"""
    even, odd = (n + 1) // 2, n // 2
    re = a.part(x, 0, odd + 1) if odd else x
    back = a.padded(a.turned(a.part(x, n - odd, odd)), 1, 0) if odd else a.times(x, 0.0)
    cos, sin = a.turns(odd + 1, pi / (2 * n), re.type)
    turned = a.pairs(
        a.e.add(a.e.multiply(re, cos), a.e.multiply(back, sin)),
        a.e(arith.SubfOp(a.e.multiply(re, sin), a.e.multiply(back, cos))),
    )
    y = a.e(ten.FftOp("hermitian", turned, [a.d], n))
    if not odd:
        return y
    # The first half at the even places, and the second one, from its end, at the odd ones.
    others = a.turned(a.part(y, even, odd))
    others = others if even == odd else a.padded(others, 0, 1)
    return a.part(a.by_turns(a.part(y, 0, even), others), 0, n)


def cosine4(x: SSAValue, n: int, a: Along) -> SSAValue:
    """
    2 Re z at the even places, and -2 Im z from the end at the odd ones, with z[k] = e^(-iπk/n)
    fft(e^(-iπ(4k + 1)/4n) (x[2k] + i x[n - 1 - 2k])). For odd n, cosine2(x, and n zeros) at the odd
    places.
    """
    if n % 2:
        return a.part(a.dct("cosine2", a.padded(x, 0, n)), 1, n, 2)
    half = n // 2

    def turned(re: SSAValue, im: SSAValue, first: float) -> tuple[SSAValue, SSAValue]:
        cos, sin = a.turns(half, pi / n, re.type, first)
        return (
            a.e.add(a.e.multiply(re, cos), a.e.multiply(im, sin)),
            a.e(arith.SubfOp(a.e.multiply(im, cos), a.e.multiply(re, sin))),
        )

    z = turned(a.part(x, 0, half, 2), a.turned(a.part(x, 1, half, 2)), pi / (4 * n))
    re, im = turned(*a.parts(a.e(ten.FftOp("forward", a.pairs(*z), [a.d]))), 0.0)
    return a.by_turns(a.times(re, 2.0), a.turned(a.times(im, -2.0)))


def sine1(x: SSAValue, n: int, a: Along) -> SSAValue:
    """-2 Im fft(0, x, and n + 1 zeros)"""
    _, im = a.parts(a.e(ten.FftOp("real", a.padded(x, 1, n + 1), [a.d])))
    return a.times(a.part(im, 1, n), -2.0)


def sine2(x: SSAValue, n: int, a: Along) -> SSAValue:
    """cosine2((-1)^j x[j]) from the end"""
    return a.turned(a.dct("cosine2", a.e.multiply(x, a.signs(x.type))))


def sine3(x: SSAValue, n: int, a: Along) -> SSAValue:
    """(-1)^k cosine3(x from the end)[k]"""
    return a.e.multiply(a.dct("cosine3", a.turned(x)), a.signs(x.type))


def sine4(x: SSAValue, n: int, a: Along) -> SSAValue:
    """(-1)^k cosine4(x from the end)[k]"""
    return a.e.multiply(a.dct("cosine4", a.turned(x)), a.signs(x.type))


FORMULAS = {f.__name__: f for f in (cosine1, cosine2, cosine3, cosine4, sine1, sine2, sine3, sine4)}
