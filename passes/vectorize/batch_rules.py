"""
The rules of the table `batch`. They give the bulk op of an op whose operands, some or all, have new
leading dimensions.

In an equation k is the number of these dimensions. On the left x is the operand at one place of
them; on the right it is the operand at all places, with these dimensions first. If only some of
several operands have them, `lead` broadcasts the others.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import IntegerType, f64, i64
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects import delta, host, sharing, ten, types
from ...dialects.types import ints, of_shape, rank, shape
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter
from ..rewriting.rule_tables import batch
from ..sharing.copying import copy_op


def bulk_type(type: Attribute, sizes: Sequence[int]) -> Attribute:
    return of_shape((*sizes, *shape(type)), types.element(type))


def reshaped(x: SSAValue, sizes: Sequence[int], e: Emitter) -> SSAValue:
    return x if shape(x.type) == tuple(sizes) else e(ten.ReshapeOp(x, sizes))


def moved(x: SSAValue, source: int, target: int, e: Emitter) -> SSAValue:
    """The tensor with a dimension moved to another position."""
    if source == target:
        return x
    perm = [d for d in range(rank(x.type)) if d != source]
    perm.insert(target, source)
    return e(ten.TransposeOp(x, perm))


def lead(x: SSAValue, batched: bool, sizes: Sequence[int], e: Emitter) -> SSAValue:
    """
    The operand with the leading dimensions. If the operand does not have them, they are added.

    Example:

        >>> @batch.rule(CubeOp)
        ... def cube_of_batch(op, xs, batched, sizes, e):
        ...     return e(CubeOp(with_leading(xs[0], batched[0], sizes, e)))
        >>> module = lg.trace(lambda x: lg.build(4, lambda i: cube(x[i])), lg.spec(4))
        >>> run_pipeline(ctx, module, "ten-vectorize,canonicalize")
        >>> show(module)
        lambda = \\x -> my.cube x
    """
    return x if batched else e(ten.BroadcastOp(x, range(len(sizes)), (*sizes, *shape(x.type))))


def elementwise_in_bulk(
    op: Operation, xs: Sequence[SSAValue], batched: Sequence[bool], sizes: Sequence[int], e: Emitter
) -> tuple[SSAValue, ...]:
    """batch(op(x, y)) = op(x, y), at all places at once"""
    given = [lead(x, b, sizes, e) for x, b in zip(xs, batched)]
    new = copy_op(op, given, [bulk_type(r.type, sizes) for r in op.results])
    return (e(new),) if len(op.results) == 1 else tuple(e.insert(new).results)


def elementwise(*ops: type[Operation]) -> None:
    """
    State that these ops do the same at every place. Their operands and results have one shape.

    Example:

        >>> elementwise(CubeOp)
        >>> module = lg.trace(lambda x: lg.build(4, lambda i: cube(x[i])), lg.spec(4))
        >>> run_pipeline(ctx, module, "ten-vectorize,canonicalize")
        >>> show(module)
        lambda = \\x -> my.cube x
    """
    batch.rule(*ops)(elementwise_in_bulk)


_CONVERSIONS = (
    arith.IndexCastOp, arith.FPToSIOp, arith.FPToUIOp, arith.SIToFPOp, arith.UIToFPOp,
    arith.TruncIOp, arith.ExtSIOp, arith.ExtUIOp,
)  # fmt: skip
elementwise(*(op for op in (*arith.Arith.operations, *math.Math.operations) if op not in
    (arith.ConstantOp, arith.CmpfOp, arith.CmpiOp, arith.SelectOp, *_CONVERSIONS)))  # fmt: skip
elementwise(ten.CompareOp, ten.CastOp, delta.StopOp, sharing.LetOp)
elementwise(ten.FmodOp, ten.HypotOp, ten.UnitOp, ten.InvertOp, ten.Sech2Op, ten.SpecialOp)
elementwise(ten.ComplexOp, ten.RealOp, ten.ImagOp)


@batch.rule(arith.CmpfOp, arith.CmpiOp)
def comparison_in_bulk(op, xs, batched, sizes, e):
    """batch(x < y) = compare(x, y), by the same predicate"""
    names = (
        arith.CMPF_COMPARISON_OPERATIONS
        if isinstance(op, arith.CmpfOp)
        else arith.CMPI_COMPARISON_OPERATIONS
    )
    a, b = (lead(x, k, sizes, e) for x, k in zip(xs, batched))
    predicate = names[op.predicate.value.data]
    if types.is_bool(types.element(a.type)) and predicate.startswith("s"):
        # Read as signed, a set i1 is -1, so the order is reversed.
        swap = {"slt": "ugt", "sle": "uge", "sgt": "ult", "sge": "ule"}
        predicate = swap[predicate]
    return e(ten.CompareOp(predicate, a, b))


@batch.rule(*_CONVERSIONS)
def conversion_in_bulk(op, xs, batched, sizes, e):
    """
    batch(convert x) = cast x

    ten.cast reads integers as signed, and i1 as 0 or 1. Ops that read integers as unsigned, or a
    set i1 as -1, get further ops that correct the difference.
    """
    (x,) = xs
    source, target = types.element(x.type), types.element(op.results[0].type)
    signs = isinstance(op, arith.ExtSIOp | arith.SIToFPOp | arith.IndexCastOp)
    if isinstance(op, arith.TruncIOp | arith.IndexCastOp) and types.is_bool(target):
        x = e(arith.AndIOp(x, e.constant(1, x.type)))
    if isinstance(op, arith.ExtUIOp | arith.UIToFPOp) and not types.is_bool(source):
        assert isinstance(source, IntegerType)
        width = source.width.data
        if width == 64:
            return _unsigned_to_float(x, target, e)
        x = e(ten.CastOp(x, i64 if isinstance(op, arith.UIToFPOp) else target))
        x = e(arith.AndIOp(x, e.constant((1 << width) - 1, x.type)))
    if isinstance(op, arith.FPToUIOp):
        assert isinstance(target, IntegerType)
        width = target.width.data
        if width == 64:
            return _float_to_unsigned(x, e)
        whole = e(ten.CastOp(x, i64))
        low, high = e.constant(0, whole.type), e.constant((1 << width) - 1, whole.type)
        x = e(arith.MaxSIOp(e(arith.MinSIOp(whole, high)), low))
    if isinstance(op, arith.FPToSIOp) and types.is_bool(target):
        x = e(ten.CastOp(x, i64))  # towards zero, and 0 for NaN: ten.cast tests x ≠ 0
    y = e(ten.CastOp(x, target))
    if signs and types.is_bool(source):
        zero = e.constant(0, y.type)
        y = e((arith.SubfOp if types.is_float(target) else arith.SubiOp)(zero, y))
    return y


def _unsigned_to_float(x: SSAValue, target: Attribute, e: Emitter) -> SSAValue:
    """
    x of 64 bits, read as unsigned  →  x < 0 ? 2 · cast (x / 2, its last bit kept) : cast x

    The shift drops the last bit, so the rule keeps that bit in the new last bit: the bit decides
    how halves are rounded.
    """
    one = e.constant(1, x.type)
    half = e(arith.OrIOp(e(arith.ShRUIOp(x, one)), e(arith.AndIOp(x, one))))
    y, z = (e(ten.CastOp(v, target)) for v in (x, half))
    return e.select(e.compare("slt", x, e.constant(0, x.type)), e.add(z, z), y)


def _float_to_unsigned(x: SSAValue, e: Emitter) -> SSAValue:
    """
    cast x to 64 bits, saturating  →  x < 2⁶³ ? max(cast x, 0) : cast (x - 2⁶³) + 2⁶³, which wraps
    """
    wide = e(ten.CastOp(x, f64))
    limit = e.constant(2.0**63, wide.type)
    low = e(ten.CastOp(wide, i64))
    low = e(arith.MaxSIOp(low, e.constant(0, low.type)))
    rest = e(ten.CastOp(e(arith.SubfOp(wide, limit)), i64))
    high = e(arith.AddiOp(rest, e.constant(-(1 << 63), rest.type)))
    return e.select(e.compare("oge", wide, limit), high, low)


@batch.rule(arith.SelectOp, ten.SelectOp)
def select_in_bulk(op, xs, batched, sizes, e):
    """
    batch(select(m, x, y)) = select(m, x, y)

    If each place has a single truth value, the rule broadcasts it to all of the tensor there.
    """
    mask, a, b = xs
    a, b = lead(a, batched[1], sizes, e), lead(b, batched[2], sizes, e)
    inner = len(shape(a.type)) - len(sizes)
    if rank(mask.type) == len(sizes) * batched[0] and inner and batched[0]:
        # One truth value per place, for all of the tensor there.
        mask = e(ten.BroadcastOp(mask, range(len(sizes), len(sizes) + inner), shape(a.type)))
    elif rank(mask.type) and not batched[0]:
        mask = lead(mask, False, sizes, e)
    return e(ten.SelectOp(mask, a, b))


@batch.rule(*host.CALLS)
def host_call(
    op: host.HostCallOp,
    xs: Sequence[SSAValue],
    batched: Sequence[bool],
    sizes: Sequence[int],
    e: Emitter,
) -> tuple[SSAValue, ...]:
    """batch(f(x…)) = f(x…) for one example after the other"""
    given = [lead(x, b, sizes, e) for x, b in zip(xs, batched)]
    new = type(op)(
        op.called.data,
        op.function.value.data,
        given,
        [bulk_type(r.type, sizes) for r in op.results],
        op.batch_dims + len(sizes),
    )
    if isinstance(op, host.OrderedCallOp) and op.when is not None:
        new.properties["when"] = op.when
    return tuple(e.insert(new).results)


@batch.rule(host.EndOp)
def end_of_calls(op, xs, batched, sizes, e):
    """batch(end n) = end n, for all counts are needed"""
    e.insert(host.EndOp(xs[0]))
    return ()


@batch.rule(sharing.ShareOp)
def share_in_bulk(op, xs, batched, sizes, e):
    """batch(share x) = x, for a stamped term in bulk is one value, whatever regions read it"""
    return lead(xs[0], batched[0], sizes, e)


@batch.rule(ten.BroadcastOp)
def broadcast_in_bulk(op, xs, batched, sizes, e):
    """batch(broadcast[d] x) = broadcast[d + k] x"""
    k = len(sizes)
    return e(
        ten.BroadcastOp(xs[0], [d + k for d in ints(op.dims)], (*sizes, *shape(op.result.type)))
    )


@batch.rule(ten.SumOp)
def sum_in_bulk(op, xs, batched, sizes, e):
    """batch(sum[d] x) = sum[d + k] x"""
    return e(ten.SumOp(xs[0], [d + len(sizes) for d in ints(op.dims)]))


@batch.rule(ten.ReduceOp)
def reduce_in_bulk(op, xs, batched, sizes, e):
    """batch(reduce[d] x) = reduce[d + k] x, of the same kind"""
    return e(ten.ReduceOp(op.kind.data, xs[0], [d + len(sizes) for d in ints(op.dims)]))


@batch.rule(ten.ArgmaxOp, ten.ArgminOp, ten.ArgsortOp)
def argmax_in_bulk(op, xs, batched, sizes, e):
    """batch(argmax[d] x) = argmax[d + k] x; argmin and argsort likewise"""
    return e(type(op)(xs[0], op.dim.value.data + len(sizes), types.element(op.result.type)))


@batch.rule(ten.CumsumOp)
def cumsum_in_bulk(op, xs, batched, sizes, e):
    """batch(cumsum[d] x) = cumsum[d + k] x"""
    return e(ten.CumsumOp(xs[0], op.dim.value.data + len(sizes)))


@batch.rule(ten.FftOp)
def fft_in_bulk(op, xs, batched, sizes, e):
    """batch(fft[dims] x) = fft[dims + k] x"""
    dims = [d + len(sizes) for d in ints(op.dims)]
    kind = op.kind.data
    n = types.shape(op.result.type)[ints(op.dims)[0]] if kind == "hermitian" else None
    return e(ten.FftOp(kind, xs[0], dims, n))


@batch.rule(ten.DctOp)
def dct_in_bulk(op, xs, batched, sizes, e):
    """batch(dct[d] x) = dct[d + k] x"""
    return e(ten.DctOp(op.kind.data, xs[0], op.dim + len(sizes)))


@batch.rule(ten.TransposeOp)
def transpose_in_bulk(op, xs, batched, sizes, e):
    """batch(transpose[p] x) = transpose[0 … k - 1, p + k] x"""
    k = len(sizes)
    return e(ten.TransposeOp(xs[0], [*range(k), *(p + k for p in ints(op.perm))]))


@batch.rule(ten.ReshapeOp)
def reshape_in_bulk(op, xs, batched, sizes, e):
    """batch(reshape[sizes] x) = reshape[new sizes, sizes] x"""
    return e(ten.ReshapeOp(xs[0], (*sizes, *shape(op.result.type))))


@batch.rule(ten.ReverseOp)
def reverse_in_bulk(op, xs, batched, sizes, e):
    """batch(reverse[d] x) = reverse[d + k] x"""
    return e(ten.ReverseOp(xs[0], [d + len(sizes) for d in ints(op.dims)]))


@batch.rule(ten.SliceOp)
def slice_in_bulk(op, xs, batched, sizes, e):
    """batch(slice x) = slice x, which takes all of the new dimensions"""
    k = len(sizes)
    offsets, strides = (*[0] * k, *ints(op.offsets)), (*[1] * k, *ints(op.strides))
    return e(ten.SliceOp(xs[0], offsets, (*sizes, *ints(op.sizes)), strides))


@batch.rule(ten.PadOp)
def pad_in_bulk(op, xs, batched, sizes, e):
    """batch(pad x) = pad x, which adds nothing along the new dimensions"""
    zeros = [0] * len(sizes)
    return e(ten.PadOp(xs[0], *((*zeros, *ints(w)) for w in (op.low, op.high, op.interior))))


@batch.rule(ten.UpdateOp)
def update_in_bulk(op, xs, batched, sizes, e):
    """
    batch(update(x, v)) = update(x, v), whose box takes all of the new dimensions

    Requires: the same offsets at all places. With others, `ten-vectorize` takes the op apart.
    """
    x, v = (lead(y, b, sizes, e) for y, b in zip(xs[:2], batched))
    zero = e.constant(0, ten.index_type)
    offsets = [*[zero] * len(sizes), *xs[2:]]
    return e(ten.UpdateOp(x, v, offsets, (*[1] * len(sizes), *ints(op.strides))))


@batch.rule(ten.ConcatOp)
def concat_in_bulk(op, xs, batched, sizes, e):
    """batch(concat[d](x, y)) = concat[d + k](x, y)"""
    given = [lead(x, b, sizes, e) for x, b in zip(xs, batched)]
    return e(ten.ConcatOp(given, op.dim.value.data + len(sizes)))


@batch.rule(ten.StackOp)
def stack_in_bulk(op, xs, batched, sizes, e):
    """batch(stack(x, y)) = stack(x, y), its first dimension moved behind the k new ones"""
    k = len(sizes)
    stack = e(ten.StackOp([lead(x, b, sizes, e) for x, b in zip(xs, batched)]))
    return e(ten.TransposeOp(stack, [*range(1, k + 1), 0, *range(k + 1, rank(stack.type))]))


@batch.rule(ten.EinsumOp)
def einsum_in_bulk(op, xs, batched, sizes, e):
    """
    batch(einsum "ij,jk->ik" (x, y)) = einsum "Aij,Ajk->Aik" (x, y)

    A stands for the new dimensions; an operand without them keeps its letters.
    """
    words, output = op.letters
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in op.spec.data]
    if len(free) < len(sizes):
        raise LetgradError(f"einsum has no letters left for {len(sizes)} more dimensions", op)
    new = "".join(free[: len(sizes)])
    spec = ",".join(new * b + word for word, b in zip(words, batched)) + "->" + new + output
    return e(ten.EinsumOp(spec, xs))


@batch.rule(*ten.ATTENTION_OPS)
def attention_in_bulk(op, xs, batched, sizes, e):
    """
    batch(attention "id,jd,je->ie" (q, k, v)) = attention "Aid,Ajd,Aje->Aie" (q, k, v)

    A stands for the new dimensions. Queries, keys, values, a bias and a mask without them keep
    their letters, unless the op is part of a derivative.
    """
    words, output = op.words
    free = [c for c in string.ascii_uppercase + string.ascii_lowercase if c not in op.spec.data]
    free = [c for c in free if c not in "ijde"]
    if len(free) < len(sizes):
        raise LetgradError(f"attention has no letters left for {len(sizes)} more dimensions", op)
    new = "".join(free[: len(sizes)])
    whole = isinstance(op, ten.AttentionOp)
    pairs = isinstance(op, ten.AttentionTangentOp)  # a bias and its tangent have the same letters
    may_lack = [whole] * 3 + [not pairs or types.is_bool(types.element(x.type)) for x in op.xs[3:]]
    may_lack[len(words) :] = [False] * len(op.rest)
    has = [b or not lacks for b, lacks in zip(batched, may_lack)]
    xs = [lead(x, b, sizes, e) if h else x for x, b, h in zip(xs, batched, has, strict=True)]
    spec = ",".join(new * h + word for word, h in zip(words, has)) + f"->{new}{output}"
    made = type(op)(spec, xs, op.scores)
    for result, old in zip(made.results, op.results):
        kind = types.element(old.type)  # some results may be float32
        result._type = of_shape(shape(result.type), kind)  # pyright: ignore[reportPrivateUsage]
    return tuple(e.insert(made).results)


@batch.rule(*ten.MATRIX_OPS)
def decomposition_in_bulk(op, xs, batched, sizes, e):
    """batch(op(a)) = op(a): leading dimensions are a batch"""
    return tuple(e.insert(op.of(xs[0])).results)


@batch.rule(ten.SymmetricSolveOp, ten.TriangularSolveOp)
def system_in_bulk(op, xs, batched, sizes, e):
    """
    batch(a⁻¹ b) = a⁻¹ b: leading dimensions are a batch

    One matrix for all places takes the right sides of all places as its columns.
    """
    a, b = xs

    def solved(b):
        return e(copy_op(op, [a, b], [b.type]))

    if batched[0]:
        return solved(lead(b, batched[1], sizes, e))
    is_complex = isinstance(op, ten.TriangularSolveOp) and op.is_complex
    k, n = len(sizes), rank(op.b.type)
    columns = n - 1 - is_complex
    front = [*range(k, k + columns), *range(k), *range(k + columns, k + n)]
    wide = e(ten.TransposeOp(b, front))
    moved_sizes = shape(wide.type)
    joined = prod(moved_sizes[columns : columns + k + 1])
    tail = moved_sizes[columns + k + 1 :]
    joined_b = e(ten.ReshapeOp(wide, (*moved_sizes[:columns], joined, *tail)))
    x = e(ten.ReshapeOp(solved(joined_b), moved_sizes))
    return e(ten.TransposeOp(x, [front.index(d) for d in range(k + n)]))
