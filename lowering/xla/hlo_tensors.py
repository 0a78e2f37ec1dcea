"""The rules of the table `stablehlo` for ops of `ten` on whole tensors."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TypeAlias

import numpy as np
from xdsl.dialects.builtin import ComplexType, f32, i1, i64
from xdsl.ir import Operation

from ...dialects import arrays, delta, sharing, ten, types
from ...dialects.stablehlo import attributes
from ...dialects.types import ints
from .builder import Hlo, Value, element, is_float, is_short, numbers, shape, tensor, tensor_of
from .converter import stablehlo
from .hlo_floats import maximum, minimum


@stablehlo.rule(delta.StopOp, sharing.LetOp, sharing.ShareOp)
def same(op: Operation, h: Hlo, x: Value, *indices: Value) -> Value:
    """x"""
    return x


# Layout.


@stablehlo.rule(ten.IotaOp)
def iota(op: ten.IotaOp, h: Hlo) -> Value:
    """iota, along the same dimension"""
    kind = tensor_of(op.result.type)
    return h.convert(h.iota(kind.get_shape(), op.dim.value.data), kind.element_type)


@stablehlo.rule(ten.BroadcastOp)
def broadcast(op: ten.BroadcastOp, h: Hlo, x: Value) -> Value:
    """broadcast_in_dim, to the dimensions that are not new"""
    sizes = types.shape(op.result.type)
    new = ints(op.dims)
    return h.broadcast(x, sizes, [d for d in range(len(sizes)) if d not in new])


@stablehlo.rule(ten.TransposeOp)
def transpose(op: ten.TransposeOp, h: Hlo, x: Value) -> Value:
    """transpose"""
    return h.transpose(x, ints(op.perm))


@stablehlo.rule(ten.ReshapeOp)
def reshape(op: ten.ReshapeOp, h: Hlo, x: Value) -> Value:
    """reshape"""
    return h.reshape(x, types.shape(op.result.type))


@stablehlo.rule(ten.ReverseOp)
def reverse(op: ten.ReverseOp, h: Hlo, x: Value) -> Value:
    """reverse"""
    return h.reverse(x, ints(op.dims)) if ints(op.dims) else x


@stablehlo.rule(ten.SliceOp)
def slice_of(op: ten.SliceOp, h: Hlo, x: Value) -> Value:
    """slice"""
    sizes = types.shape(op.result.type)
    if prod(sizes) == 0:
        return h.zeros(tensor_of(op.result.type))
    low, strides = ints(op.offsets), ints(op.strides)
    high = [a + (n - 1) * t + 1 for a, n, t in zip(low, sizes, strides)]
    return h.slice(x, low, high, strides)


@stablehlo.rule(ten.PadOp)
def pad(op: ten.PadOp, h: Hlo, x: Value) -> Value:
    """pad with zeros"""
    sizes, low, interior = types.shape(op.result.type), ints(op.low), ints(op.interior)
    if prod(sizes) == 0 or prod(shape(x)) == 0:
        return h.zeros(tensor_of(op.result.type))
    high = [
        n - a - m - (m - 1) * t for n, a, m, t in zip(sizes, low, shape(x), interior, strict=True)
    ]
    if isinstance(element(x), ComplexType):
        parts = (h.pad(v, low, high, interior) for v in (h.real(x), h.imag(x)))
        return h.complex(*parts)
    return h.pad(x, low, high, interior)


@stablehlo.rule(ten.ConcatOp)
def concat(op: ten.ConcatOp, h: Hlo, *xs: Value) -> Value:
    """concatenate"""
    return h.concat(xs, op.dim.value.data)


@stablehlo.rule(ten.StackOp)
def stack(op: ten.StackOp, h: Hlo, *xs: Value) -> Value:
    """concatenate, of tensors with a new dimension in front"""
    return h.concat([h.reshape(x, (1, *shape(x))) for x in xs], 0)


# Reductions.


def added(h: Hlo, x: Value, dims: Sequence[int]) -> Value:
    """The sum over dimensions. Floats of 16 bits are added in f32."""
    if is_short(x):
        return h.convert(h.sum(h.convert(x, f32), dims), element(x))
    return h.sum(x, dims)


@stablehlo.rule(ten.SumOp)
def sum_over(op: ten.SumOp, h: Hlo, x: Value) -> Value:
    """reduce by add, from 0 on"""
    return added(h, x, ints(op.dims)) if ints(op.dims) else x


@stablehlo.rule(ten.ReduceOp)
def reduce_over(op: ten.ReduceOp, h: Hlo, x: Value) -> Value:
    """reduce by max, min, Π, any or all, from the neutral element on"""
    dims, kind, e = ints(op.dims), op.kind.data, element(x)
    if not dims:
        return x
    if kind == "prod" and is_short(x):
        wide = h.convert(x, f32)
        found = h.reduce([wide], [h.constant(1, f32)], dims, lambda a, b: h.mul(a, b))[0]
        return h.convert(found, e)
    dtype = arrays.dtype(e)
    start = {
        "max": -np.inf if is_float(x) else _limit(dtype, "min"),
        "min": np.inf if is_float(x) else _limit(dtype, "max"),
        "prod": 1,
        "any": False,
        "all": True,
    }[kind]
    combine = {
        "max": lambda a, b: maximum(h, a, b),
        "min": lambda a, b: minimum(h, a, b),
        "prod": h.mul,
        "any": h.either,
        "all": h.both,
    }[kind]
    return h.reduce([x], [h.constant(start, e)], dims, combine)[0]


def _limit(dtype: np.dtype, which: str) -> int:
    return 0 if dtype.kind == "b" else int(getattr(np.iinfo(dtype), which))


@stablehlo.rule(ten.ArgmaxOp)
def argmax(op: ten.ArgmaxOp, h: Hlo, x: Value) -> Value:
    """reduce of pairs of a number and its place"""
    return _place_of(op, h, x, "GT")


@stablehlo.rule(ten.ArgminOp)
def argmin(op: ten.ArgminOp, h: Hlo, x: Value) -> Value:
    """reduce of pairs of a number and its place"""
    return _place_of(op, h, x, "LT")


def _place_of(op: ten.ArgmaxOp | ten.ArgminOp, h: Hlo, x: Value, order: str) -> Value:
    """The place of the best element along a dimension: the first NaN, or the first of equals."""
    d, kind = op.dim.value.data, tensor_of(op.results[0].type)
    if shape(x)[d] == 0 or prod(kind.get_shape()) == 0:
        return h.zeros(kind)
    if element(x) == i1:
        x = h.convert(x, i64)
    e = element(x)
    dtype = arrays.dtype(e)
    worst = (
        (-np.inf if order == "GT" else np.inf)
        if is_float(x)
        else _limit(dtype, "min" if order == "GT" else "max")
    )

    def better(a: Value, i: Value, b: Value, j: Value) -> list[Value]:
        wins, equal = h.compare(order, a, b), h.compare("EQ", a, b)
        if is_float(a):
            nan, other = h.is_nan(a), h.is_nan(b)
            wins = h.either(wins, h.both(nan, h.no(other)))
            equal = h.either(equal, h.both(nan, other))
        first = h.either(wins, h.both(equal, h.compare("LT", i, j)))
        return [h.select(first, a, b), h.select(first, i, j)]

    places = h.iota(shape(x), d)
    starts = [h.constant(worst, e), h.constant(np.iinfo(np.int64).max, i64)]
    found = h.reduce([x, places], starts, [d], better)[1]
    return h.convert(found, kind.element_type)


@stablehlo.rule(ten.ArgsortOp)
def argsort(op: ten.ArgsortOp, h: Hlo, x: Value) -> Value:
    """stable sort of pairs of a number and its place, by the number"""
    d, kind = op.dim.value.data, tensor_of(op.results[0].type)
    if element(x) == i1:
        x = h.convert(x, i64)

    def before(a: Value, b: Value, i: Value, j: Value) -> list[Value]:
        less = h.compare("LT", a, b)
        if is_float(a):
            less = h.either(less, h.both(h.is_nan(b), h.no(h.is_nan(a))))
        return [less]

    places = h.sort([x, h.iota(shape(x), d)], d, before)[1]
    return h.convert(places, kind.element_type)


@stablehlo.rule(ten.CumsumOp)
def cumsum(op: ten.CumsumOp, h: Hlo, x: Value) -> Value:
    """
    y = x;  y = y + y moved by 1;  y = y + y moved by 2;  by 4, …

    The number of adds is the logarithm of the length.
    """
    d, short = op.dim.value.data, element(x)
    y = h.convert(x, f32) if is_short(x) else x
    n, step = shape(x)[d], 1
    while step < n and prod(shape(x)):
        head, rest = h.part(y, d, 0, step), h.part(y, d, step, n)
        moved = h.part(y, d, 0, n - step)
        y = h.concat([head, h.add(rest, moved)], d)
        step *= 2
    return h.convert(y, short)


# Sums of products.


@stablehlo.rule(ten.EinsumOp)
def einsum(op: ten.EinsumOp, h: Hlo, *xs: Value) -> Value:
    """dot_general, of two operands at a time; sums over letters of one operand come first"""
    inputs, output = op.spec.data.split("->")
    short = element(xs[0])
    if is_short(xs[0]):
        xs = tuple(h.convert(x, f32) for x in xs)
    terms = [_diagonal(h, word, x) for word, x in zip(inputs.split(","), xs, strict=True)]
    for left, right in _path([word for word, _ in terms], terms, output):
        second, first = terms.pop(max(left, right)), terms.pop(min(left, right))
        needed = set(output).union(*(word for word, _ in terms))
        terms.append(
            _product(
                h,
                _summed(h, first, needed | set(second[0])),
                _summed(h, second, needed | set(first[0])),
                needed,
            )
        )
    word, x = _summed(h, terms[0], set(output))
    return h.convert(h.transpose(x, [word.index(c) for c in output]), short)


Term: TypeAlias = tuple[str, Value]
"""The letters of the dimensions of a tensor, and the tensor."""


def _path(words: Sequence[str], terms: Sequence[Term], output: str) -> list[tuple[int, ...]]:
    """Which two operands to multiply next, and where in the list they stand."""
    if len(words) <= 2:
        return [(0, 1)] if len(words) == 2 else []
    import opt_einsum  # only where the order of the products matters

    sizes = {c: max(n, 1) for word, x in terms for c, n in zip(word, shape(x))}
    views = [tuple(sizes[c] for c in word) for word in words]
    spec = f"{','.join(words)}->{output}"
    path = opt_einsum.contract_path(spec, *views, shapes=True, optimize="auto")[0]
    found: list[tuple[int, ...]] = []
    for step in path:
        # A step takes its operands out of the list, and puts the product at the end. A step of
        # more than two operands is one step after the other: the product so far is the last one.
        step, count = sorted(step, reverse=True), len(words)
        while len(step) > 1:
            found.append((step[0], step[1]))
            count -= 1
            step = [count - 1, *step[2:]]
        words = words[:count]
    return found


def _diagonal(h: Hlo, word: str, x: Value) -> Term:
    """x[…, i, …, i, …] with one dimension for each letter."""
    for c in word:
        while word.count(c) > 1:
            first, second = word.index(c), word.rindex(c)
            sizes = shape(x)
            same_place = h.compare("EQ", h.iota(sizes, first), h.iota(sizes, second))
            # One element of each row is left, so the sum is this element.
            x = added(h, h.select(same_place, x, h.zeros(x.type)), [second])
            word = word[:second] + word[second + 1 :]
    return word, x


def _summed(h: Hlo, term: Term, needed: set[str]) -> Term:
    word, x = term
    dims = [d for d, c in enumerate(word) if c not in needed]
    if not dims:
        return term
    return "".join(c for c in word if c in needed), added(h, x, dims)


def _product(h: Hlo, first: Term, second: Term, needed: set[str]) -> Term:
    """The product of two tensors, summed over the letters that nothing needs any more."""
    (a, x), (b, y) = first, second
    batch = [c for c in a if c in b and c in needed]
    inner = [c for c in a if c in b and c not in needed]
    left = [c for c in a if c not in b]
    right = [c for c in b if c not in a]
    word = "".join([*batch, *left, *right])
    if not inner:
        sizes = dict(zip(a + b, (*shape(x), *shape(y))))
        whole = [sizes[c] for c in word]

        def spread(term: Term) -> Value:
            letters, v = term
            order = [c for c in word if c in letters]
            v = h.transpose(v, [letters.index(c) for c in order])
            return h.broadcast(v, whole, [word.index(c) for c in order])

        return word, h.mul(spread(first), spread(second))
    return word, h.dot(
        x, y, ([a.index(c) for c in batch], [b.index(c) for c in batch]),
        ([a.index(c) for c in inner], [b.index(c) for c in inner]),
    )  # fmt: skip


# Fourier transforms.


@stablehlo.rule(ten.FftOp)
def fft(op: ten.FftOp, h: Hlo, x: Value) -> Value:
    """fft over the last dimensions, between transposes; at most three dimensions at a time"""
    kind, dims = op.kind.data, ints(op.dims)
    if prod(shape(x)) == 0:
        return h.zeros(tensor_of(op.result.type))
    z = x if kind == "real" else _joined(h, x)
    while dims:
        dims, now = dims[:-3], dims[-3:]
        rank = len(shape(z))
        order = [d for d in range(rank) if d not in now] + list(now)
        z = h.transpose(z, order)
        z = _transform(h, kind, z, len(now), types.shape(op.result.type), now)
        z = h.transpose(z, [order.index(d) for d in range(rank)])
    if kind == "hermitian":
        return z
    parts = [h.reshape(v, (*shape(v), 1)) for v in (h.real(z), h.imag(z))]
    return h.concat(parts, len(shape(z)))


def _joined(h: Hlo, x: Value) -> Value:
    """Pairs of elements as complex numbers."""
    d = len(shape(x)) - 1
    parts = (h.reshape(h.part(x, d, k, k + 1), shape(x)[:-1]) for k in (0, 1))
    return h.complex(*parts)


def _transform(
    h: Hlo, kind: str, z: Value, count: int, result: Sequence[int], dims: Sequence[int]
) -> Value:
    """One op of StableHLO over the last `count` dimensions, without a factor in front."""
    names = {"forward": "FFT", "backward": "IFFT", "real": "RFFT", "hermitian": "IRFFT"}
    sizes, e = list(shape(z)), element(z)
    length = sizes[-count:]
    to = e
    if kind == "real":
        sizes[-1] = sizes[-1] // 2 + 1
        to = ComplexType(e)  # type: ignore[arg-type]
    if kind == "hermitian":
        length = [result[dims[0]]]
        sizes[-1] = length[0]
        to = types.part(e)
    y = h.one(
        "fft", [z], tensor(sizes, to),
        fft_type=attributes.FftTypeAttr(attributes.FftType(names[kind])),
        fft_length=numbers(length),
    )  # fmt: skip
    if kind in ("forward", "real"):
        return y
    # XLA divides by the number of elements.
    n = prod(length)
    if kind == "hermitian":
        return h.mul(y, h.number(n, y))
    return h.complex(*(h.mul(v, h.number(n, v)) for v in (h.real(y), h.imag(y))))
