"""The rules that letgrad looks for, op by op."""

from __future__ import annotations

import math as pymath
import string
from collections.abc import Callable
from functools import wraps

import numpy as np
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import BFloat16Type, Float16Type, f32
from xdsl.ir import Block, Region, SSAValue

from letgrad.extend import (
    Emitter,
    Expression,
    batch,
    decompose,
    delta,
    element,
    elementwise,
    evaluate,
    exp,
    formula,
    function_of_op,
    in_float32,
    linear,
    linearize,
    partials,
    ten,
    transpose,
    types,
    where,
    with_leading,
)

from .dialect import AttentionOp, ErfcOp, LogsumexpOp, SoftplusOp, SortedSegmentSumOp

absolute = function_of_op(math.AbsFOp)
log1p = function_of_op(math.Log1pOp)


def rounded_once(compute: Callable) -> Callable:
    """The rule on floats of at least 32 bits; what it gives is rounded to the operands' type."""

    @wraps(compute)
    def rule(op, *xs):
        dtype = xs[0].dtype
        wide = np.float32 if dtype.itemsize < 4 else dtype
        return np.asarray(compute(op, *(np.asarray(x, wide) for x in xs))).astype(dtype)

    return rule


def widened(rule: Callable[..., SSAValue]) -> Callable:
    """The decompose rule, with operands of 16 bits taken as float32 and the result rounded."""

    @wraps(rule)
    def decomposed(op, e: Emitter) -> SSAValue:
        kind = types.element(op.operands[0].type)
        if not isinstance(kind, Float16Type | BFloat16Type):
            return rule(op, e, *op.operands)
        return e(ten.CastOp(rule(op, e, *(e(ten.CastOp(x, f32)) for x in op.operands)), kind))

    return decomposed


# erfc

_erfc = np.vectorize(pymath.erfc, otypes=[np.float64])


@evaluate.rule(ErfcOp)
def erfc(op, x):
    """y = erfc x = 1 - erf x, with a small relative error for large x too"""
    return _erfc(np.asarray(x, np.float64)).astype(x.dtype)


@partials(ErfcOp)
def erfc_derivative(x):
    """d erfc x = -2/√π exp(-x²) dx"""
    return -2 / pymath.sqrt(pymath.pi) * exp(-(x * x))


elementwise(ErfcOp)

# The coefficients of p in erfc z = t exp(p(4t - 2) - z²), t = 1 / (1 + z/2), z ≥ 0: of Chebyshev
# polynomials, by interpolation of log(erfc z / t) + z² at 30 nodes.
CHEBYSHEV = (
    -1.3026537197817094, 0.6419697923564901, 0.01947647320418593, -0.00956151478680868,
    -0.0009465953444821139, 0.00036683949785269547, 4.2523324807027865e-05,
    -2.0278578112697983e-05, -1.6242900045993398e-06, 1.3036558355427193e-06,
    1.562644201668873e-08, -8.523809702737448e-08, 6.529055154453252e-09, 5.059343861956236e-09,
    -9.91364295472017e-10, -2.273643850521483e-10, 9.646854571675884e-11,
    2.3948058018701443e-12, -6.8857118600098665e-12, 8.939158152125129e-13,
    3.130363300749931e-13, -1.1291096819095644e-13, 1.1730384864309547e-15, 6.69106335731325e-15,
)  # fmt: skip


@in_float32
def erfc_series(x: Expression) -> Expression:
    """erfc x with a small relative error, by Clenshaw's recurrence."""
    z = absolute(x)
    t = 1 / (1 + 0.5 * z)
    argument = 4 * t - 2
    first, *middle, last = CHEBYSHEV
    b, before = argument * 0 + last, argument * 0
    for a in reversed(middle):
        b, before = argument * b - before + a, b
    y = t * exp(0.5 * (argument * b + first) - before - z * z)
    return where(x < 0.0, 2 - y, y, x)


@element.rule(ErfcOp)
def erfc_at(op, i, get, nest):
    """erfc(x)[i] = erfc x[i], by a series of Chebyshev polynomials"""
    return erfc_series(Expression.of(get(op.x, i))).emit(nest.e)


# softplus


@evaluate.rule(SoftplusOp)
@rounded_once
def softplus_in_numpy(op, x):
    """y = log(1 + eˣ), without overflow"""
    return np.logaddexp(0, x)


@formula(SoftplusOp)
def softplus(x):
    """softplus x = max(x, 0) + log(1 + e⁻|x|), which does not overflow"""
    return where(x < 0.0, 0.0, x, x) + log1p(exp(-absolute(x)))


@partials(SoftplusOp)
def softplus_derivative(x):
    """d log(1 + eˣ) = 1 / (1 + e⁻ˣ) dx"""
    return 1 / (1 + exp(-x))


elementwise(SoftplusOp)


# logsumexp


@evaluate.rule(LogsumexpOp)
@rounded_once
def logsumexp(op, x):
    """y[i…] = log Σ eˣ over dims; -∞ of nothing"""
    axes = types.ints(op.dims)
    largest = np.max(x, axis=axes, keepdims=True, initial=-np.inf)
    largest = np.where(np.isinf(largest), 0, largest)
    return np.log(np.sum(np.exp(x - largest), axis=axes)) + np.squeeze(largest, axes)


@linearize.rule(LogsumexpOp)
def logsumexp_linearized(op, ds, e):
    """d log Σ eˣ = Σ eˣ⁻ʸ dx, y = log Σ eˣ"""
    dims = types.ints(op.dims)
    y = broadcast(op.y, dims, types.shape(op.x.type), e)
    softmax = e(math.ExpOp(e(arith.SubfOp(op.x, y))))
    return total(e(delta.ScaleOp(softmax, ds[0])), dims, e)


@batch.rule(LogsumexpOp)
def logsumexp_in_bulk(op, xs, batched, sizes, e):
    """batch(logsumexp[d] x) = logsumexp[d + k] x, k the number of new dimensions"""
    return e(LogsumexpOp(xs[0], [d + len(sizes) for d in types.ints(op.dims)]))


@decompose.rule(LogsumexpOp)
@widened
def logsumexp_by_largest(op, e, x):
    """logsumexp x = log Σ eˣ⁻ᵐ + m, m the largest x, or 0 where that is infinite"""
    dims, sizes = types.ints(op.dims), types.shape(x.type)
    m = e(ten.ReduceOp("max", x, dims)) if dims else x
    zero = e.constant(0, m.type)
    infinite = e.constant(float("inf"), m.type)
    m = e.select(e.compare("oeq", e(math.AbsFOp(m)), infinite), zero, m)
    shifted = e(arith.SubfOp(x, broadcast(m, dims, sizes, e)))
    return e.add(e(math.LogOp(total(e(math.ExpOp(shifted)), dims, e))), m)


def broadcast(x: SSAValue, dims, sizes, e: Emitter) -> SSAValue:
    return e(ten.BroadcastOp(x, dims, sizes)) if dims else x


def total(x: SSAValue, dims, e: Emitter) -> SSAValue:
    return e(ten.SumOp(x, dims)) if dims else x


# sorted_segment_sum


@evaluate.rule(SortedSegmentSumOp)
def sorted_segment_sum(op, x, ids):
    """y[s, j…] = Σ x[i, j…] over all i with ids[i] = s; an id outside of y is dropped"""
    short = x.dtype.itemsize == 2 and x.dtype.kind != "i"
    y = np.zeros(types.shape(op.y.type), np.float32 if short else x.dtype)
    inside = (ids >= 0) & (ids < len(y))
    np.add.at(y, ids[inside], x[inside].astype(y.dtype))
    return y.astype(x.dtype)


linear(SortedSegmentSumOp)


@transpose.rule(SortedSegmentSumOp)
def sorted_segment_sum_is_gather(op, ct, e):
    """sorted_segment_sum(x, ids)ᵀ ȳ = gather(ȳ, i ↦ ids[i]), 0 where an id is outside of ȳ"""
    return e(ten.GatherOp(types.shape(op.ids.type), ct, region_of_ids(op.ids)))


@batch.rule(SortedSegmentSumOp)
def sorted_segment_sum_in_bulk(op, xs, batched, sizes, e):
    """
    batch(sorted_segment_sum(x, ids)) = sorted_segment_sum(x, ids), or scatter(x, (b, i) ↦ (b, ids))

    Under one set of ids, the new dimensions come after that of the rows. Under many, it is a
    scatter: rows of different ids are not sorted together.
    """
    (x, ids), k = xs, len(sizes)
    x = with_leading(x, batched[0], sizes, e)
    count = op.count.value.data
    if not batched[1]:
        rest = range(k + 1, types.rank(x.type))
        rows = e(ten.TransposeOp(x, [k, *range(k), *rest]))
        y = e(SortedSegmentSumOp(rows, ids, count))
        return e(ten.TransposeOp(y, [*range(1, k + 1), 0, *rest]))
    block = Block(arg_types=[ten.index_type] * (k + 1))
    body = region_of_ids(ids, block, block.args[:k])
    return e(ten.ScatterOp((*sizes, count), x, body))


@decompose.rule(SortedSegmentSumOp)
def sorted_segment_sum_is_scatter(op, e):
    """sorted_segment_sum(x, ids) = scatter(x, i ↦ ids[i])"""
    return e(ten.ScatterOp([op.count.value.data], op.x, region_of_ids(op.ids)))


def region_of_ids(ids: SSAValue, block: Block | None = None, first=()) -> Region:
    """(i…) ↦ (the first indices, ids[i…])"""
    block = Block(arg_types=[ten.index_type]) if block is None else block
    block.add_op(read := ten.IndexOp(ids, block.args))
    place = read.result
    if place.type != ten.index_type:
        block.add_op(cast := ten.CastOp(place, ten.index_type))
        place = cast.result
    block.add_op(ten.YieldOp(*first, place))
    return Region(block)


# attention


@evaluate.rule(AttentionOp)
@rounded_once
def attention(op, q, k, v):
    """y = softmax(q kᵀ / √d) v, d the length of the rows of q"""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(np.asarray(max(q.shape[-1], 1), q.dtype))
    weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True, initial=-np.inf))
    return (weights / np.sum(weights, axis=-1, keepdims=True)) @ v


@batch.rule(AttentionOp)
def attention_in_bulk(op, xs, batched, sizes, e):
    """batch(attention(q, k, v)) = attention(q, k, v)"""
    return e(AttentionOp(*(with_leading(x, b, sizes, e) for x, b in zip(xs, batched))))


@decompose.rule(AttentionOp)
@widened
def attention_by_products(op, e, q, k, v):
    """
    attention(q, k, v) = softmax(q kᵀ / √d) v, by products of matrices

    The derivative comes from this as well.
    """
    lead_letters = string.ascii_uppercase[: types.rank(q.type) - 2]
    spec = f"{lead_letters}nd,{lead_letters}md->{lead_letters}nm"
    scores = e(ten.EinsumOp(spec, [q, k]))
    sizes, last = types.shape(scores.type), [types.rank(scores.type) - 1]
    scale = e.constant(1 / pymath.sqrt(max(types.shape(q.type)[-1], 1)), scores.type)
    scores = e.multiply(scores, scale)
    # The value does not depend on what is subtracted, and so its derivative does not either.
    largest = e(delta.StopOp(e(ten.ReduceOp("max", scores, last))))
    weights = e(math.ExpOp(e(arith.SubfOp(scores, broadcast(largest, last, sizes, e)))))
    sums = broadcast(e(ten.SumOp(weights, last)), last, sizes, e)
    spec = f"{lead_letters}nm,{lead_letters}me->{lead_letters}ne"
    return e(ten.EinsumOp(spec, [e(arith.DivfOp(weights, sums)), v]))
