"""The rules of the table `evaluate` for ops on tensors: `ten` and `kernel`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ...dialects import arrays, kernel, ten, types
from ...dialects.types import ints
from ...passes.rewriting.rule_tables import evaluate, named_after, with_regions
from .array_functions import (
    Array,
    cast,
    compare_floats,
    compare_integers,
    in_float32,
    maximum,
    minimum,
    sum_of,
    waves,
)

# ten.


@evaluate.rule(ten.IotaOp)
def iota(op):
    """y[i…] = i[d]"""
    sizes = types.shape(op.result.type)
    d = op.dim.value.data
    along = np.arange(sizes[d]).reshape([-1 if e == d else 1 for e in range(len(sizes))])
    return np.broadcast_to(along, sizes).astype(arrays.dtype(op.result.type))


@evaluate.rule(ten.SelectOp)
def select(op, mask, a, b):
    """y[i…] = a[i…] where mask[i…], else b[i…]; one mask may choose for all"""
    return np.where(mask, a, b)


@evaluate.rule(ten.CompareOp)
def compare(op, a, b):
    """y[i…] = a[i…] < b[i…], by the predicate"""
    floats = types.is_float(types.element(op.a.type))
    return (compare_floats if floats else compare_integers)(op.predicate.data, a, b)


@evaluate.rule(ten.CastOp)
def cast_elements(op, x):
    """
    y[i…] = x[i…] as a number of another type

    Integers wrap. A float becomes an integer towards zero, saturated, and 0 for NaN. An i1 is 0 or
    1, and becomes x ≠ 0.
    """
    return cast(x, arrays.dtype(op.result.type))


@evaluate.rule(ten.ComplexOp)
def complex_of(op, re, im):
    """z[i…] = re[i…] + im[i…] √-1"""
    z = np.empty(np.shape(re), arrays.dtype(op.result.type))
    z.real, z.imag = re, im
    return z


@evaluate.rule(ten.RealOp)
def real(op, z):
    """x[i…] = Re z[i…]"""
    return np.real(z)


@evaluate.rule(ten.ImagOp)
def imag(op, z):
    """y[i…] = Im z[i…]"""
    return np.imag(z)


# Functions of floats. An exact power of two brings the greater of x and y between 1/2 and 1.


def _scaled(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """x / 2^e, y / 2^e and e. An infinite point becomes the point of its direction."""
    infinite = (np.isinf(x) | np.isinf(y)) & ~(np.isnan(x) | np.isnan(y))
    e = np.frexp(np.maximum(np.abs(x), np.abs(y)))[1]
    x, y = (
        np.where(infinite, np.copysign(np.isinf(v).astype(v.dtype), v), np.ldexp(v, -e))
        for v in (np.asarray(x), np.asarray(y))
    )
    return x, y, e


def _floats(function: Callable[..., Array]) -> Callable[..., Array]:
    computed = in_float32(function)

    @named_after(function)
    def rounded_once(op: Any, *xs: Array) -> Array:
        """y = f(x), rounded once"""
        return computed(*xs)

    return rounded_once


@evaluate.rule(ten.HypotOp)
@_floats
def hypot(x, y):
    """r = √(x² + y²)"""
    return np.hypot(x, y)


@evaluate.rule(ten.FmodOp)
@_floats
def fmod(x, y):
    """r = x - n y, exactly, with the sign of x"""
    return np.fmod(x, y)


@evaluate.rule(ten.UnitOp)
@_floats
def unit(x, y):
    """c = x / √(x² + y²), 0 for x = y = 0"""
    a, b, _ = _scaled(x, y)
    return np.where((x == 0) & (y == 0), 0, a / np.hypot(a, b)).astype(a.dtype)


@evaluate.rule(ten.InvertOp)
@_floats
def invert(x, y):
    """p = x / (x² + y²), 0 for infinite x or y"""
    a, b, e = _scaled(x, y)
    up = np.maximum(-e - 1, 0)  # before the division, so that the quotient is a normal number
    p = np.ldexp(np.ldexp(a, up) / (a * a + b * b), -e - up)
    infinite = (np.isinf(x) | np.isinf(y)) & ~(np.isnan(x) | np.isnan(y))
    return np.where(infinite, 0, p).astype(a.dtype)


@evaluate.rule(ten.Sech2Op)
@_floats
def sech2(x):
    """y = 1 / cosh² x"""
    e = np.exp(-2 * np.abs(x))
    q = e / (1 + e)
    return 4 * (q * (1 - q))


@evaluate.rule(ten.BroadcastOp)
def broadcast(op, x):
    """y[i…] = x[i… without those of dims]"""
    return np.broadcast_to(np.expand_dims(x, ints(op.dims)), types.shape(op.result.type))


@evaluate.rule(ten.SumOp)
def sum_over(op, x):
    """y[i…] = Σ x over dims; 0 of nothing"""
    if not ints(op.dims):
        return x  # an empty sum adds nothing: -0 stays, and 0 + -0 would be 0
    return total(np.asarray(x), ints(op.dims))


def total(x: Array, dims: tuple[int, ...]) -> Array:
    """Σ x over dims."""
    count = prod(x.shape[d] for d in dims)
    return sum_of(count, lambda x: np.sum(x, axis=dims, dtype=x.dtype))(x)


def least(dtype: np.dtype) -> Any:
    return np.iinfo(dtype).min if dtype.kind == "i" else -np.inf


def greatest(dtype: np.dtype) -> Any:
    return np.iinfo(dtype).max if dtype.kind == "i" else np.inf


def maximum_over(x: Array, dims: tuple[int, ...]) -> Array:
    """IEEE 754-2019 maximum of all, whatever the order: NaN wins, and -0 < +0."""
    y = np.max(x, axis=dims, initial=least(x.dtype))
    if x.dtype.kind == "i":
        return y
    zero = np.where(np.any((x == 0) & ~np.signbit(x), axis=dims), 0.0, -0.0)
    return np.where(y == 0, zero, y).astype(x.dtype)


def minimum_over(x: Array, dims: tuple[int, ...]) -> Array:
    """IEEE 754-2019 minimum of all, whatever the order: NaN wins, and -0 < +0."""
    if x.dtype.kind == "i":
        return np.min(x, axis=dims, initial=greatest(x.dtype))
    return -maximum_over(-x, dims)


def reduction(kind: str, x: Array, dims: tuple[int, ...]) -> Array:
    """The functions of `ten.reduce`, by its kinds."""
    function = {
        "max": lambda x: maximum_over(x, dims),
        "min": lambda x: minimum_over(x, dims),
        "prod": lambda x: np.prod(x, axis=dims, dtype=x.dtype),
        "any": lambda x: np.any(x, axis=dims),
        "all": lambda x: np.all(x, axis=dims),
    }[kind]
    x = np.asarray(x)
    return function(x) if x.dtype == np.bool_ or x.dtype.kind == "i" else in_float32(function)(x)


@evaluate.rule(ten.ReduceOp)
def reduce_over(op, x):
    """
    y[i…] = max, min, Π, any or all of x over dims

    Of nothing it is the least number, the greatest, 1, false, or true. NaN wins, and -0 < 0.
    """
    return reduction(op.kind.data, x, ints(op.dims))


def _argument_of(best: Callable[..., Array], op: ten.ArgmaxOp | ten.ArgminOp, x: Array) -> Array:
    """The place of the best element along the dim of `op`: the first NaN, or first of equals."""
    dtype, d = arrays.dtype(op.results[0].type), op.dim.value.data
    if x.shape[d] == 0:
        return np.zeros(types.shape(op.results[0].type), dtype)
    return best(x.astype(np.float32) if x.dtype == arrays.bfloat16 else x, axis=d).astype(dtype)


@evaluate.rule(ten.ArgmaxOp)
def argmax(op: ten.ArgmaxOp, x: Array) -> Array:
    """y[i…] = the first j where x is its maximum along dim, or is NaN; 0 of nothing"""
    return _argument_of(np.argmax, op, x)


@evaluate.rule(ten.ArgminOp)
def argmin(op: ten.ArgminOp, x: Array) -> Array:
    """y[i…] = the first j where x is its minimum along dim, or is NaN; 0 of nothing"""
    return _argument_of(np.argmin, op, x)


@evaluate.rule(ten.ArgsortOp)
def argsort(op: ten.ArgsortOp, x: Array) -> Array:
    """y[…, j, …] = the place along dim of the element that j others come before; NaN is last"""
    return argsorted(x, op.dim.value.data).astype(arrays.dtype(op.result.type))


def argsorted(x: Array, d: int) -> Array:
    """The positions that sort along dimension d. NumPy has no order of bfloat16."""
    return np.argsort(x.astype(np.float32) if x.dtype == arrays.bfloat16 else x, d, kind="stable")


@evaluate.rule(ten.CumsumOp)
def cumsum(op, x):
    """y[…, j, …] = Σ x[…, k, …] over k ≤ j, along dim"""
    return in_float32(lambda x: np.cumsum(x, axis=op.dim.value.data, dtype=x.dtype))(x)


@evaluate.rule(ten.FftOp)
def fft(op, x):
    """y[k…] = Σ x[j…] exp(∓2πi jk/n), for complex numbers as pairs of elements"""
    x = np.ascontiguousarray(x)
    dims, kind = ints(op.dims), op.kind.data
    numbers = x if kind == "real" else x.view(f"c{2 * x.itemsize}")[..., 0]
    match kind:
        case "forward":
            y = np.fft.fftn(numbers, axes=dims)
        case "backward":
            y = np.fft.ifftn(numbers, axes=dims, norm="forward")
        case "real":
            y = np.fft.rfft(numbers, axis=dims[0])
        case _:
            n = types.shape(op.result.type)[dims[0]]
            return np.fft.irfft(numbers, n, axis=dims[0], norm="forward").astype(x.dtype)
    return np.ascontiguousarray(y[..., None]).view(x.dtype)


@evaluate.rule(ten.DctOp)
def dct(op, x):
    """y[k…] = 2 Σ x[j…] cos(π (2j+1) k / 2n), or another transform of cosines or of sines"""
    x = np.asarray(x)
    y = waves(op.kind.data, np.moveaxis(x, op.dim, -1))
    return np.ascontiguousarray(np.moveaxis(y, -1, op.dim), x.dtype)


@evaluate.rule(ten.TransposeOp)
def transpose(op, x):
    """y[i[perm[0]], i[perm[1]], …] = x[i…]"""
    return np.transpose(x, ints(op.perm))


@evaluate.rule(ten.ReshapeOp)
def reshape(op, x):
    """y = the elements of x in the same order, in another shape"""
    return np.reshape(x, types.shape(op.result.type))


@evaluate.rule(ten.ReverseOp)
def reverse(op, x):
    """y[…, j, …] = x[…, n - 1 - j, …], along each of dims"""
    return np.flip(x, ints(op.dims))


def _box(offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]) -> tuple[slice, ...]:
    return tuple(
        slice(o, o + (s - 1) * t + 1 if s else o, t) for o, s, t in zip(offsets, sizes, strides)
    )


@evaluate.rule(ten.SliceOp)
def slice_of(op, x):
    """y[i…] = x[offsets + i strides]"""
    return np.asarray(x)[_box(ints(op.offsets), ints(op.sizes), ints(op.strides))]


@evaluate.rule(ten.PadOp)
def pad(op, x):
    """y[low + i (interior + 1)] = x[i…]; 0 elsewhere"""
    x = np.asarray(x)
    y = np.zeros(types.shape(op.result.type), x.dtype)
    y[_box(ints(op.low), x.shape, [m + 1 for m in ints(op.interior)])] = x
    return y


@evaluate.rule(ten.UpdateOp)
def update(op, x, v, *offsets):
    """y = x with y[offsets + i strides] = v[i]; what is outside of x drops"""
    x, v = np.array(x), np.asarray(v)
    places = [(int(o) + t * np.arange(m)) for o, t, m in zip(offsets, ints(op.strides), v.shape)]
    inside = [(p >= 0) & (p < n) for p, n in zip(places, x.shape)]
    x[np.ix_(*(p[k] for p, k in zip(places, inside)))] = v[np.ix_(*inside)]
    return x


@evaluate.rule(ten.ConcatOp)
def concat(op, *xs):
    """y = x₀, x₁, … one after the other along dim"""
    return np.concatenate(xs, axis=op.dim.value.data)


@evaluate.rule(ten.StackOp)
def stack(op, *xs):
    """y[k] = xₖ"""
    return np.stack(xs)


def read(t: Array, indices: Sequence[Array]) -> Array:
    """The part of `t` at leading indices; zeros if one of them is outside."""
    t = np.asarray(t)
    if all(0 <= i < n for i, n in zip(indices, t.shape)):
        return t[tuple(int(i) for i in indices)]
    return np.zeros(t.shape[len(indices) :], t.dtype)


@evaluate.rule(ten.IndexOp)
def index(op, t, *indices):
    """y = t[i…]; 0 if an index is outside of t"""
    return read(t, indices)


def _indices(place: tuple[int, ...]) -> tuple[np.int64, ...]:
    return tuple(np.int64(i) for i in place)


@evaluate.rule(ten.GatherOp)
@with_regions
def gather(op, evaluator, t):
    """y[i…] = t[f(i…)]; 0 where f(i…) is outside of t"""
    y = np.zeros(types.shape(op.result.type), np.asarray(t).dtype)
    for place in np.ndindex(*op.domain):
        y[place] = read(t, evaluator.run(op.body, _indices(place)))
    return y


@evaluate.rule(ten.ScatterOp)
@with_regions
def scatter(op, evaluator, t):
    """y[j…] = Σ t[i…] over all i… with f(i…) = j…; what is outside of y is dropped"""
    t, dims = np.asarray(t), ints(op.dims)
    y = np.zeros(
        types.shape(op.result.type),
        np.float32 if t.dtype.itemsize < 4 and t.dtype.kind != "i" else t.dtype,
    )
    for place in np.ndindex(*op.domain):
        target = evaluator.run(op.body, _indices(place))
        if all(0 <= i < n for i, n in zip(target, dims)):
            y[tuple(int(i) for i in target)] += t[place]
    return y.astype(t.dtype)


@evaluate.rule(ten.BuildOp)
@with_regions
def build(op, evaluator):
    """y[i…] = f(i…)"""
    y = np.zeros(types.shape(op.result.type), arrays.dtype(op.result.type))
    for place in np.ndindex(*op.domain):
        (y[place],) = evaluator.run(op.body, _indices(place))
    return y


@evaluate.rule(ten.ScanOp)
@with_regions
def scan(op, evaluator, *args):
    """
    cₖ₊₁, ys[k] = f(cₖ, xs[k]) for k = 0, 1, …, or with reverse from the last k on; with turns for
    the first rows only, and 0 in the others; with first_rows into a part of ys, which is undefined
    beside it
    """
    n = len(op.inits)
    carried, xs = args[:n], args[n : n + len(op.xs)]
    trips = op.trips if op.turns is None else max(0, min(int(args[-1]), op.trips))
    results = [np.zeros(types.shape(r.type), arrays.dtype(r.type)) for r in op.res[n:]]
    ys = results if op.first_rows is None else _parts_of(op, results)
    for k in reversed(range(trips)) if op.is_reverse else range(trips):
        given = evaluator.run(op.body, (*carried, *(x[k] for x in xs)))
        carried = given[: len(carried)]
        for y, row in zip(ys, given[len(carried) :]):
            y[k] = row
    return (*carried, *results)


def _parts_of(op: ten.ScanOp, results: Sequence[Array]) -> list[Array]:
    """The rows of these results that a loop writes. The others become numbers that nobody wants."""
    parts: list[Array] = []
    for first, y, whole in zip(op.first_rows or (), op.ys, results):
        whole.fill(-77)
        size = types.shape(y.type)
        rows = whole.reshape((prod(whole.shape[: whole.ndim - len(size)]), *size))
        parts.append(rows[first : first + op.trips])
        parts[-1].fill(0)
    return parts


@evaluate.rule(ten.WhileOp)
@with_regions
def while_(op, evaluator, *carried):
    """c = f(c) as long as the condition holds of c, with a limit at most so many times"""
    turns = 0
    while turns != op.most and evaluator.run(op.condition, carried)[0]:
        evaluator.count_turn(turns, op)
        carried = evaluator.run(op.body, carried)
        turns += 1
    return carried


@evaluate.rule(ten.EinsumOp)
def einsum(op, *xs):
    """y[output letters] = Σ of the products of the operands, over the other letters"""
    return _einsum(op.spec.data, xs)


def _einsum(spec: str, xs: Sequence[Array]) -> Array:
    inputs, output = spec.split("->")
    sizes = {c: n for word, x in zip(inputs.split(","), xs) for c, n in zip(word, np.shape(x))}
    count = prod(n for c, n in sizes.items() if c not in output)
    return sum_of(count, lambda *xs: np.einsum(spec, *xs, optimize=True))(*xs)


# kernel.


@evaluate.rule(kernel.LoadOp)
def load(op, t, *indices):
    """y = t[i…]; 0 if an index is outside of t"""
    return read(t, indices)


@evaluate.rule(kernel.GenericOp, kernel.FusedOp)
@with_regions
def nest(op, evaluator):
    """yₖ[i…] = store of fₖ(i…), or Σ, Π, max, min, any or all of it over the other loops"""
    loops = ints(op.loops)
    points = [
        np.zeros((*loops, *types.shape(value.type)), arrays.dtype(value.type))
        for value in op.yielded
    ]
    for place in np.ndindex(*loops):
        for point, value in zip(points, evaluator.run(op.body, _indices(place))):
            point[place] = value
    results = []
    for (combiner, dims), point in zip(op.outputs, points):
        others = tuple(d for d in range(len(loops)) if d not in dims)
        row = range(len(dims), point.ndim - len(others))
        if combiner != "store":
            point = _combine(combiner, point, others)
        results.append(np.transpose(point, [*(sorted(dims).index(d) for d in dims), *row]))
    return tuple(results)


@evaluate.rule(kernel.ProductOp)
def product(op, a, b, *indices):
    """y = (einsum of a and b)[i…], where i… are the first indices"""
    (left, right), output = op.letters
    at = dict(zip(output, map(int, indices)))
    a, b = (x[tuple(at.get(c, slice(None)) for c in w)] for w, x in ((left, a), (right, b)))
    spec = f"{left},{right}->{output}".translate({ord(c): None for c in at})
    return _einsum(spec, (a, b))


@evaluate.rule(kernel.RecurrenceOp)
def recurrence(op, h, *xs):
    """hₖ₊₁ = f(hₖ, row k of xs), with the actions of f one after the other; all hₖ are a result"""
    before = np.zeros(types.shape(op.before.type), arrays.dtype(op.before.type))
    left = dict(zip(op.xs, xs))
    h = np.asarray(h)
    stack: list[Array] = []
    for k in reversed(range(op.trips)) if op.is_reverse else range(op.trips):
        before[k] = h
        for name, value in op.steps:
            x = h if value is None else left[value][k] if op.has_rows(value) else left[value]
            match name:
                case "add":
                    h = np.add(h, x)
                case "mul":
                    h = np.multiply(h, x)
                case "keep":
                    h = np.where(x, h, np.zeros_like(h))
                case "void":
                    h = np.where(x, h, -np.zeros_like(h))
                case "mark":
                    stack.append(h)
                case "swap":
                    h, stack[-1] = stack[-1], h
                case "join":
                    h = np.add(stack.pop(), h)
                case "settle":
                    h = np.where(np.isnan(h) & (stack.pop() == 0), np.zeros_like(h), h)
                case _ if h.dtype.kind == "i":
                    h = np.maximum(h, x) if name == "max" else np.minimum(h, x)
                case _:
                    h = maximum(h, x) if name == "max" else minimum(h, x)
    return h, before


@evaluate.rule(kernel.ScatterOp)
@with_regions
def scatter_of_nest(op, evaluator):
    """
    y[j…, rest of i…] = Σ v over all i… where the body gives v, j…

    The rest of i… is that behind the domain. An element outside of y is dropped.
    """
    dims, domain = ints(op.dims), op.domain.value.data
    y = np.zeros(types.shape(op.res[0].type), arrays.dtype(op.res[0].type))
    for place in np.ndindex(*ints(op.loops)):
        value, *target = evaluator.run(op.body, _indices(place))
        if all(0 <= i < n for i, n in zip(target, dims)):
            y[(*(int(i) for i in target), *place[domain:])] += value
    return y


def _combine(combiner: str, x: Array, dims: tuple[int, ...]) -> Array:
    if combiner == "add":
        return total(np.asarray(x), dims)
    return reduction("prod" if combiner == "mul" else combiner, x, dims)
