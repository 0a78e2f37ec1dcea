"""
The rules of the table `linearize` for ops that are no elementwise functions: ops that move, join,
reduce and index, and ops that mark values. `partials` has the elementwise functions.

In an equation, x, y, … are the operands of an op, dx, dy, … are their terms.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType, i64
from xdsl.ir import Operation, SSAValue

from ...dialects import delta, host, kernel, sharing, ten, types
from ...dialects.delta import term_of
from ...dialects.types import ints
from ..rewriting.diagnostics import LetgradError
from ..rewriting.emitter import Emitter
from ..rewriting.rule_tables import linearize
from ..sharing.copying import copy_op
from . import partials, widths
from . import scipy_slopes as scipy_slopes  # This import adds a rule.

Terms = Sequence[SSAValue | None]
"""One per operand; None where the derivative is zero."""


def linear(
    op: type[Operation],
    operands: Callable[[Operation], Sequence[int]] = lambda op: [0],
    equation: str | None = None,
) -> None:
    """
    State that `op` is linear in the operands at these positions together. The term of the result is
    the same op on the terms of these operands.

        d op(x) = op(dx)

    `equation` states this for `op`, if the op is linear in other operands than its first.

    Example:

        >>> linear(CubeOp)
        >>> linearize.find(CubeOp) is None, transpose.is_missing(CubeOp)
        (False, True)
    """
    word = op.name.rpartition(".")[2]

    @linearize.rule(op)
    def takes_terms(op: Operation, ds: Terms, e: Emitter) -> tuple[SSAValue | None]:
        """d op(x) = op(dx)"""
        positions = operands(op)
        if all(ds[i] is None for i in positions):
            return (None,)
        values = list(op.operands)
        for i in positions:
            values[i] = ds[i] or e(delta.ZeroOp(values[i].type))
        return (e(copy_op(op, values, [term_of(op.results[0].type)])),)

    takes_terms.__name__ = word
    takes_terms.__doc__ = equation or f"d {word}(x) = {word}(dx)"


for _op in (
    ten.BroadcastOp, ten.SumOp, ten.CumsumOp, ten.TransposeOp, ten.ReshapeOp, ten.ReverseOp,
    ten.SliceOp, ten.PadOp, ten.FftOp, ten.DctOp,
):  # fmt: skip
    linear(_op)
linear(ten.IndexOp, equation="d t[i…] = dt[i…], 0 if an index is outside of t")
linear(ten.GatherOp, equation="d gather(t, i ↦ f(i)) = gather(dt, i ↦ f(i))")
linear(ten.ScatterOp, equation="d scatter(t, i ↦ f(i)) = scatter(dt, i ↦ f(i))")
linear(ten.SelectOp, lambda op: [1, 2], "d select(m, x, y) = select(m, dx, dy)")
linear(ten.UpdateOp, lambda op: [0, 1], "d update(x, v) = update(dx, dv), in the same box")
for _op in (ten.ConcatOp, ten.StackOp):
    _word = _op.name.rpartition(".")[2]
    linear(_op, lambda op: range(len(op.operands)), f"d {_word}(x, y, …) = {_word}(dx, dy, …)")


@linearize.rule(arith.SelectOp)
def select(op: arith.SelectOp, ds: Terms, e: Emitter) -> SSAValue:
    """d (c ? x : y) = c ? dx : dy"""
    dx, dy = (d or e(delta.ZeroOp(x.type)) for d, x in zip(ds[1:], op.operands[1:]))
    return e(ten.SelectOp(op.cond, dx, dy))


@linearize.rule(ten.CastOp, arith.ExtFOp, arith.TruncFOp)
def cast(op: Operation, ds: Terms, e: Emitter) -> SSAValue:
    """d cast(x) = cast(dx), from floats to floats"""
    assert ds[0] is not None, "its only operand has a term"
    return e(ten.CastOp(ds[0], types.element(op.results[0].type)))


@linearize.rule(ten.EinsumOp)
def einsum(op: ten.EinsumOp, ds: Terms, e: Emitter) -> tuple[SSAValue | None]:
    """d einsum(x, y, …) = einsum(dx, y, …) + einsum(x, dy, …) + …"""
    products = []
    for i, d in enumerate(ds):
        if d is not None:
            values = list(op.operands)
            values[i] = d
            products.append(e(copy_op(op, values, [term_of(op.result.type)])))
    return (partials.total(products, e),)


PRODUCT = (1.0, 0.0, 0.0, 1.0, 0.0, 1.0, -1.0, 0.0)
PRODUCT_WITH_CONJUGATE = (1.0, 0.0, 0.0, 1.0, 0.0, -1.0, 1.0, 0.0)
"""Tables [p, q, r]: the part r of a product has these multiples of the parts p and q."""


@linearize.rule(ten.TriangularSolveOp)
def triangular_solve(op: ten.TriangularSolveOp, ds: Terms, e: Emitter) -> SSAValue | None:
    """d (triangle(t)⁻¹ b) = triangle(t)⁻¹ (db - triangle(dt) x)"""
    dt, db = ds
    right = partials.total([db, _less(op, dt, e)], e)
    return None if right is None else e(ten.TriangularSolveOp(op.kind.data, op.t, right))


def _less(op: ten.TriangularSolveOp, dt: SSAValue | None, e: Emitter) -> SSAValue | None:
    """- triangle(dt) x, or with the adjoint of the triangle. A diagonal of 1 has no tangent."""
    if dt is None:
        return None
    sizes, pair = types.shape(op.t.type), "p" if op.is_complex else ""
    k = len(sizes) - len(pair) - 2
    counts = types.of_shape(sizes, i64)
    row, column = e(ten.IotaOp(k, counts)), e(ten.IotaOp(k + 1, counts))
    strict = "t" if op.is_unit else "e"
    inside = e.compare(f"s{'g' if op.is_lower else 'l'}{strict}", row, column)
    minus = e(delta.ScaleOp(e.constant(-1, op.t.type), dt))
    triangle = e(ten.SelectOp(inside, minus, e(delta.ZeroOp(op.t.type))))
    batch = string.ascii_uppercase[:k]
    matrix = f"{batch}{'ji' if op.is_adjoint else 'ij'}{pair}"
    if not op.is_complex:
        spec, xs = f"{matrix},{batch}jk->{batch}ik", [triangle, op.result]
    else:
        cube = types.of_shape((2, 2, 2), types.element(op.t.type))
        assert isinstance(cube, TensorType), "it has dimensions"
        numbers = PRODUCT_WITH_CONJUGATE if op.is_adjoint else PRODUCT
        table = e(arith.ConstantOp(DenseIntOrFPElementsAttr.from_list(cube, numbers), cube))
        spec, xs = f"{matrix},{batch}jkq,pqr->{batch}ikr", [triangle, op.result, table]
    return e(ten.EinsumOp(spec, xs))


@linearize.rule(ten.SymmetricSolveOp)
def symmetric_solve(op: ten.SymmetricSolveOp, ds: Terms, e: Emitter) -> SSAValue | None:
    """d (mirrored(a)⁻¹ b) = mirrored(a)⁻¹ (db - mirrored(da) x)"""
    da, right = ds
    if da is not None:
        sizes = types.shape(op.a.type)
        k = len(sizes) - 2
        counts = types.of_shape(sizes, i64)
        row, column = e(ten.IotaOp(k, counts)), e(ten.IotaOp(k + 1, counts))
        own = e.compare(f"s{'g' if op.is_lower else 'l'}e", row, column)
        minus = e(delta.ScaleOp(e.constant(-1, op.a.type), da))
        turned = e(ten.TransposeOp(minus, [*range(k), k + 1, k]))
        batch = string.ascii_uppercase[:k]
        spec = f"{batch}ij,{batch}jk->{batch}ik"
        less = e(ten.EinsumOp(spec, [e(ten.SelectOp(own, minus, turned)), op.result]))
        right = partials.total([right, less], e)
    return None if right is None else e(ten.SymmetricSolveOp(op.triangle.data, op.a, right))


@linearize.rule(ten.ReduceOp)
def reduce_by_max_or_min(op: ten.ReduceOp, ds: Terms, e: Emitter) -> SSAValue:
    """d max x = the mean of dx over the places where x is its maximum; d min x likewise"""
    assert ds[0] is not None, "its only operand has a term"
    x, y, dims, shape = op.x, op.result, ints(op.dims), types.shape(op.x.type)
    wide = e(ten.BroadcastOp(y, dims, shape)) if dims else y
    # The number of places may be beyond float16, and have more digits than bfloat16.
    kind = widths.wide_type(x.type)
    best = e.select(e.compare("oeq", x, wide), e.constant(1, kind), e.constant(0, kind))
    number = e(ten.SumOp(best, dims))
    share = e(arith.DivfOp(best, e(ten.BroadcastOp(number, dims, shape))))
    share = share if kind == x.type else e(ten.CastOp(share, types.element(x.type)))
    return e(ten.SumOp(e(delta.ScaleOp(share, ds[0])), dims))


_INTEGERS = "its result is no float, so it has no derivative"
for _op in (
    ten.IotaOp,
    ten.CompareOp,
    ten.ArgmaxOp,
    ten.ArgminOp,
    ten.ArgsortOp,
    arith.CmpfOp,
    arith.CmpiOp,
    arith.FPToSIOp,
    arith.FPToUIOp,
):
    linearize.never(_op, _INTEGERS)


for _op in (ten.ComplexOp, ten.RealOp, ten.ImagOp):
    linearize.never(_op, "its derivative is that of the parts, which ten-split-complex writes")


@linearize.rule(arith.SIToFPOp, arith.UIToFPOp)
def float_of_integer(op: Operation, ds: Terms, e: Emitter) -> tuple[None]:
    """d float(n) = 0, n an integer"""
    return (None,)


@linearize.rule(arith.ConstantOp)
def constant(op: Operation, ds: Terms, e: Emitter) -> tuple[None]:
    """d c = 0, c a constant"""
    return (None,)


@linearize.rule(delta.StopOp)
def stop(op: Operation, ds: Terms, e: Emitter) -> tuple[None]:
    """d stop(x) = 0"""
    assert isinstance(op, delta.StopOp)
    if op.reason is not None:
        raise LetgradError(f"there is no derivative here: {op.reason.data}", op)
    return (None,)


@linearize.rule(sharing.LetOp, sharing.ShareOp)
def name_of_value(op: Operation, ds: Terms, e: Emitter) -> SSAValue | None:
    """d let(x) = dx, for a let or a stamp is a name of a value, and a derivative needs no other"""
    return ds[0]


for _op in (*host.CALLS, host.BeginOp, host.EndOp):
    linearize.never(
        _op,
        "nobody knows the derivative of a Python function that the program calls; lg.custom_jvp or "
        "lg.custom_vjp around the call states it",
    )


for _op in kernel.Kernel.operations:
    linearize.never(_op, "kernels are not differentiated; convert-ten-to-kernel runs afterwards")


for _op in ten.MATRIX_OPS:
    linearize.never(
        _op,
        "only functions of its factors have a derivative: np.linalg.svd(a, full_matrices=False), "
        "np.linalg.eigh and np.linalg.qr(a) state theirs, and the vectors that complete a basis "
        "have none",
    )
