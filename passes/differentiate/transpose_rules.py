"""
The rules of the table `transpose`. They give the cotangents of an op's operands from the cotangent
ȳ of the op's result. The op gives terms.

        op(x)ᵀ ȳ = x̄
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ...dialects import delta, ten, types
from ...dialects.types import ints, shape
from ..rewriting.emitter import Emitter
from ..rewriting.functions import by_name, called
from ..rewriting.rule_tables import transpose
from ..sharing.copying import copy_region, inline
from .cotangents import OneHot
from .linearize_implicit import prepared
from .widths import wide_type


@transpose.rule(ten.BroadcastOp)
def broadcast_is_sum(op: ten.BroadcastOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """broadcast[dims](x)ᵀ ȳ = sum[dims](ȳ)"""
    return e(ten.SumOp(ct, ints(op.dims)))


@transpose.rule(ten.SumOp)
def sum_is_broadcast(op: ten.SumOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """sum[dims](x)ᵀ ȳ = broadcast[dims](ȳ), to the shape of x"""
    return e(ten.BroadcastOp(ct, ints(op.dims), shape(op.x.type)))


@transpose.rule(ten.CumsumOp)
def cumsum_is_cumsum_from_the_end(op: ten.CumsumOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """cumsum[d](x)ᵀ ȳ = reverse[d](cumsum[d](reverse[d](ȳ)))"""
    d = op.dim.value.data
    return e(ten.ReverseOp(e(ten.CumsumOp(e(ten.ReverseOp(ct, [d])), d)), [d]))


@transpose.rule(ten.FftOp)
def fft_is_fft(op: ten.FftOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """
    forward(x)ᵀ ȳ = backward(ȳ), backward(x)ᵀ ȳ = forward(ȳ), real(x)ᵀ ȳ = hermitian(ȳ w) and
    hermitian(x)ᵀ ȳ = real(ȳ) / w

    w is 1/2, but 1 for the coefficients that are their own conjugates: the first one, and the last
    one of an even number of elements. `hermitian` counts the other coefficients twice. It ignores
    the imaginary parts of those two, and those of `real` are 0.
    """
    kind, dims = op.kind.data, ints(op.dims)
    if kind in ("forward", "backward"):
        return e(ten.FftOp("backward" if kind == "forward" else "forward", ct, dims))
    (d,) = dims
    if kind == "real":
        n = shape(op.x.type)[d]
        weighted = e.multiply(ct, half_weights(ct.type, d, n, 0.5, e))
        return e(ten.FftOp("hermitian", weighted, dims, n))
    transformed = e(ten.FftOp("real", ct, dims))
    weights = half_weights(transformed.type, d, shape(op.result.type)[d], 2.0, e)
    return e.multiply(transformed, weights)


@transpose.rule(ten.DctOp)
def dct_is_dct(op: ten.DctOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """
    cosine2(x)ᵀ ȳ = cosine3(ȳ w), cosine3(x)ᵀ ȳ = cosine2(ȳ) / w, cosine1(x)ᵀ ȳ = cosine1(ȳ v) / v,
    and cosine4(x)ᵀ ȳ = cosine4(ȳ); so of sines, but without v

    w is 1, but 2 for the first element of cosines, and the last one of sines. v is 1, but 2 for the
    first and the last element.
    """
    kind, d = op.kind.data, op.dim
    n = shape(ct.type)[d]
    name, type = kind[:-1], int(kind[-1])
    if type == 4 or kind == "sine1":
        return e(ten.DctOp(kind, ct, d))
    edges = (0, n - 1) if type == 1 else (0,) if name == "cosine" else (n - 1,)

    def weighted(x: SSAValue, weight: float) -> SSAValue:
        place = e(ten.IotaOp(0, types.of_shape((n,), ten.index_type)))
        row = types.of_shape((n,), types.element(x.type))
        weights = e.constant(1.0, row)
        for edge in edges:
            is_edge = e.compare("eq", place, e.constant(edge, place.type))
            weights = e.select(is_edge, e.constant(weight, row), weights)
        sizes = shape(x.type)
        return e.multiply(
            x, e(ten.BroadcastOp(weights, [k for k in range(len(sizes)) if k != d], sizes))
        )

    if type < 3:
        ct = weighted(ct, 2.0)
    transformed = e(ten.DctOp(f"{name}{(1, 3, 2)[type - 1]}", ct, d))
    return transformed if type == 2 else weighted(transformed, 0.5)


@transpose.rule(ten.TriangularSolveOp)
def triangular_solve_is_adjoint(op: ten.TriangularSolveOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """(b ↦ triangle(t)⁻¹ b)ᵀ x̄ = triangle(t)⁻ᴴ x̄"""
    return e(ten.TriangularSolveOp(op.adjoint, op.t, ct))


@transpose.rule(ten.SymmetricSolveOp)
def symmetric_solve_is_itself(op: ten.SymmetricSolveOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """(b ↦ mirrored(a)⁻¹ b)ᵀ x̄ = mirrored(a)⁻¹ x̄"""
    return e(ten.SymmetricSolveOp(op.triangle.data, op.a, ct))


def half_weights(type: Attribute, d: int, n: int, weight: float, e: Emitter) -> SSAValue:
    """
    A tensor of this type: along dimension d the weight, but 1 for the coefficients of n real
    numbers that are their own conjugates.
    """
    own = {0, n // 2} if n % 2 == 0 else {0}
    numbers = [1.0 if k in own else weight for k in range(n // 2 + 1)]
    sizes = shape(type)
    row = cast(TensorType[Any], types.of_shape((len(numbers),), types.element(type)))
    table = e(arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(row, numbers), row))
    return e(ten.BroadcastOp(table, [k for k in range(len(sizes)) if k != d], sizes))


@transpose.rule(ten.TransposeOp)
def transpose_is_inverse(op: ten.TransposeOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """transpose[perm](x)ᵀ ȳ = transpose[perm⁻¹](ȳ)"""
    perm = ints(op.perm)
    return e(ten.TransposeOp(ct, [perm.index(d) for d in range(len(perm))]))


@transpose.rule(ten.ReshapeOp)
def reshape_is_reshape(op: ten.ReshapeOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """reshape(x)ᵀ ȳ = reshape(ȳ), to the shape of x"""
    return e(ten.ReshapeOp(ct, shape(op.x.type)))


@transpose.rule(ten.ReverseOp)
def reverse_is_reverse(op: ten.ReverseOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """reverse[dims](x)ᵀ ȳ = reverse[dims](ȳ)"""
    return e(ten.ReverseOp(ct, ints(op.dims)))


@transpose.rule(ten.CastOp)
def cast_is_cast(op: ten.CastOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """cast(x)ᵀ ȳ = cast(ȳ), to the element type of x, or to float32 instead of 16 bits"""
    element = types.element(wide_type(types.value_type(op.x.type)))
    return ct if types.element(ct.type) == element else e(ten.CastOp(ct, element))


@transpose.rule(ten.SliceOp)
def slice_is_pad(op: ten.SliceOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """slice(x)ᵀ ȳ = pad(ȳ), low = offsets, interior = strides - 1, high up to the size of x"""
    offsets, sizes, strides = ints(op.offsets), ints(op.sizes), ints(op.strides)
    spans = [(s - 1) * t + 1 if s else 0 for s, t in zip(sizes, strides)]
    high = [n - o - span for n, o, span in zip(shape(op.x.type), offsets, spans)]
    return e(ten.PadOp(ct, offsets, high, [t - 1 for t in strides]))


@transpose.rule(ten.PadOp)
def pad_is_slice(op: ten.PadOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """pad(x)ᵀ ȳ = slice(ȳ), offsets = low, sizes = those of x, strides = interior + 1"""
    return e(ten.SliceOp(ct, ints(op.low), shape(op.x.type), [m + 1 for m in ints(op.interior)]))


@transpose.rule(ten.ConcatOp)
def concat_is_slices(op: ten.ConcatOp, ct: SSAValue, e: Emitter) -> tuple[SSAValue, ...]:
    """concat[d](x, y, …)ᵀ z̄ = the slices of z̄ along d that x, y, … take up"""
    d, start, parts = op.dim.value.data, 0, []
    for x in op.xs:
        sizes = shape(x.type)
        parts.append(e(ten.SliceOp(ct, [start if k == d else 0 for k in range(len(sizes))], sizes)))
        start += sizes[d]
    return tuple(parts)


@transpose.rule(ten.StackOp)
def stack_is_rows(op: ten.StackOp, ct: SSAValue, e: Emitter) -> tuple[SSAValue, ...]:
    """stack(x₀, x₁, …)ᵀ ȳ = ȳ[0], ȳ[1], …"""
    return tuple(e(ten.IndexOp(ct, [e.constant(k, ten.index_type)])) for k in range(len(op.xs)))


@transpose.rule(ten.IndexOp)
def index_is_one_hot(op: ten.IndexOp, ct: SSAValue, e: Emitter) -> OneHot:
    """(t[i…])ᵀ ȳ = one_hot(i…, ȳ), which is 0 everywhere if an index is outside of t"""
    return OneHot(tuple(op.indices), ct)


@transpose.rule(ten.UpdateOp)
def update_is_two_parts(op: ten.UpdateOp, ct: SSAValue, e: Emitter) -> tuple[SSAValue, SSAValue]:
    """update(x, v)ᵀ ȳ = ȳ with zeros in the box, and the box of ȳ, which is 0 outside of ȳ"""
    strides, sizes = ints(op.strides), shape(op.v.type)
    zeros = e.constant(0, types.of_shape(sizes, types.element(ct.type)))
    rest = e(ten.UpdateOp(ct, zeros, op.offsets, strides))
    return rest, read_box(ct, op.offsets, sizes, strides, e)


@transpose.rule(ten.GatherOp)
def gather_is_scatter(op: ten.GatherOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """gather(t, i ↦ f(i))ᵀ ȳ = scatter(ȳ, i ↦ f(i)), which drops what is outside of t"""
    return e(ten.ScatterOp(shape(op.t.type)[: len(op.yielded)], ct, copy_region(op.body)))


@transpose.rule(ten.ScatterOp)
def scatter_is_gather(op: ten.ScatterOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """scatter(t, i ↦ f(i))ᵀ ȳ = gather(ȳ, i ↦ f(i)), which is 0 outside of ȳ"""
    return e(ten.GatherOp(op.domain, ct, copy_region(op.body)))


@transpose.rule(ten.EinsumOp)
def einsum_is_einsum(op: ten.EinsumOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """
    einsum "a,b->c" (x, y)ᵀ z̄ = einsum "b,c->a" (y, z̄), where x is the term

    If only the term has a letter, the letter is broadcast. A letter that stands twice in the term
    is put on the diagonal.
    """
    words, output = op.letters
    (j,) = (k for k, x in enumerate(op.xs) if isinstance(x.type, types.Term))
    sizes = dict(zip(words[j], shape(op.xs[j].type)))
    others = [k for k in range(len(words)) if k != j]
    known = set(output).union(*(words[k] for k in others))
    present = "".join(c for c in sizes if c in known)
    spec = ",".join([*(words[k] for k in others), output]) + "->" + present
    value = e(ten.EinsumOp(spec, [*(op.xs[k] for k in others), ct]))
    if len(present) < len(sizes):
        missing = [d for d, c in enumerate(sizes) if c not in known]
        value = e(ten.BroadcastOp(value, missing, list(sizes.values())))
    if len(sizes) < len(words[j]):
        block = Block(arg_types=[ten.index_type] * len(sizes))
        place = dict(zip(sizes, block.args))
        block.add_op(ten.YieldOp(*(place[c] for c in words[j])))
        value = e(ten.ScatterOp(shape(op.xs[j].type), value, Region(block)))
    return value


@transpose.rule(delta.TransposedCallOp)
def transposed_call_is_backward(
    op: delta.TransposedCallOp, cts: SSAValue | Sequence[SSAValue | None], e: Emitter
) -> tuple[SSAValue, ...]:
    """transposed_call @backward(r, dx)ᵀ ȳ = @backward(r, ȳ), which is inlined"""
    module = op.get_toplevel_object()
    assert isinstance(module, ModuleOp)
    given = (cts,) if isinstance(cts, SSAValue) else cts
    cotangents = [
        e.constant(0, types.value_type(r.type)) if ct is None else ct
        for ct, r in zip(given, op.results)
    ]
    takes = [v.type for v in (*op.residuals, *cotangents)]
    gives = [types.value_type(d.type) for d in op.ds]
    backward = called(by_name(module), op.backward, op, takes, gives)
    return tuple(inline(backward, [*op.residuals, *cotangents], e))


@transpose.rule(delta.SolveOp)
def solve_is_transposed_solve(op: delta.SolveOp, ct: SSAValue, e: Emitter) -> SSAValue:
    """solve @a, @aᵀ (db, p)ᵀ x̄ = solve @aᵀ, @a (x̄, p)"""
    functions = (prepared(op, op.transposed), op.apply)
    method = None if op.method is None else op.method.data
    return e(delta.SolveOp(functions, ct, list(op.params), op.batches, method))


def read_box(
    x: SSAValue,
    offsets: Sequence[SSAValue],
    sizes: Sequence[int],
    strides: Sequence[int],
    e: Emitter,
) -> SSAValue:
    """
    y[i…] = x[offsets + i * strides], 0 outside of x

    If all is known, this is a slice. Places that are not known become indices if they are single
    ones, otherwise the whole box becomes a gather.
    """
    lows = [types.constant_value(o) for o in offsets]
    n = shape(x.type)
    rank = len(n)

    def fits(d: int) -> bool:
        low = lows[d]
        return low is not None and 0 <= low and low + (sizes[d] - 1) * strides[d] < n[d]

    single = [d for d in range(rank) if not fits(d)]
    if any(sizes[d] != 1 for d in single):
        block = Block(arg_types=[ten.index_type] * rank)
        inner = Emitter(InsertPoint.at_end(block), e.location)
        places = []
        for i, o, t in zip(block.args, offsets, strides):
            step = i if t == 1 else inner(arith.MuliOp(i, inner.constant(t, ten.index_type)))
            places.append(inner(arith.AddiOp(step, o)))
        inner.insert(ten.YieldOp(*places))
        return e(ten.GatherOp(sizes, x, Region(block)))
    starts = [0 if d in single else int(lows[d] or 0) for d in range(rank)]
    spans = [n[d] if d in single else sizes[d] for d in range(rank)]
    steps = [1 if d in single else strides[d] for d in range(rank)]
    part = x if tuple(spans) == n else e(ten.SliceOp(x, starts, spans, steps))
    if not single:
        return part
    order = [*single, *(d for d in range(rank) if d not in single)]
    if order != list(range(rank)):
        part = e(ten.TransposeOp(part, order))
    read = e(ten.IndexOp(part, [offsets[d] for d in single]))
    return e(ten.ReshapeOp(read, sizes))
