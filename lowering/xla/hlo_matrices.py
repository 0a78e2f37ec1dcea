"""
The rules of the table `stablehlo` for decompositions of matrices: calls of LAPACK, as JAX writes
them for a CPU.

A matrix for which LAPACK reports an error, or that has an element that is not finite, gives NaN.
LAPACK itself may run for ever on NaN, so it gets zeros instead of such a matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from xdsl.dialects.builtin import (
    ArrayAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute

from ...dialects import ten
from ...dialects.stablehlo import attributes
from .builder import Hlo, Value, element, shape, tensor, tensor_of
from .converter import stablehlo
from .hlo_floats import finite

_LETTERS: dict[Attribute, str] = {
    f32: "s", f64: "d", ComplexType(f32): "c", ComplexType(f64): "z",
}  # fmt: skip
"""LAPACK's letter for the type of the elements."""


def _layout(rank: int, batch: int) -> DenseIntOrFPElementsAttr:
    """The order of dimensions in memory, the nearest first: columns of matrices are contiguous."""
    order = list(range(rank))[::-1]
    if rank - batch == 2:
        order[0], order[1] = order[1], order[0]
    return DenseIntOrFPElementsAttr.from_list(TensorType(IndexType(), [rank]), order)


def lapack(
    h: Hlo, name: str, operands: Sequence[Value], results: Sequence[TensorType], **options: str
) -> list[Value]:
    """A call of a function of LAPACK, by its name without the letter of the type."""
    batch = len(shape(operands[0])) - 2
    letter = _LETTERS[element(operands[0])]
    flag = IntegerType(8, Signedness.UNSIGNED)
    flags: dict[str, Attribute] = {k: IntegerAttr(ord(v), flag) for k, v in options.items()}
    op = h.op(
        "custom_call", operands, results,
        call_target_name=StringAttr(f"lapack_{letter}{name}_ffi"),
        api_version=IntegerAttr(4, i32),
        backend_config=DictionaryAttr(flags),
        operand_layouts=ArrayAttr([_layout(len(shape(x)), batch) for x in operands]),
        result_layouts=ArrayAttr([_layout(len(r.get_shape()), batch) for r in results]),
    )  # fmt: skip
    return list(op.results)


class _Matrices:
    """
    The operand of a decomposition, ready for LAPACK, and which of its matrices are finite. Complex
    matrices are pairs of real numbers before and behind LAPACK.
    """

    def __init__(self, h: Hlo, a: Value, is_complex: bool):
        self.h = h
        self.real = element(a)
        *batch, self.m, self.n = shape(a)[:-1] if is_complex else shape(a)
        self.batch = tuple(batch)
        self.k = min(self.m, self.n)
        rank = len(batch)
        true = h.constant(True, element(finite(h, a)))
        dims = list(range(rank, len(shape(a))))
        self.good = h.reduce([finite(h, a)], [true], dims, h.both)[0]
        self.a = h.select(self._spread(self.good, shape(a)), a, h.zeros(a.type))
        self.is_complex = is_complex
        if is_complex:
            self.a = _numbers(h, self.a)
        self.element = element(self.a)

    def kind(self, *sizes: int, element: Attribute | None = None) -> TensorType:
        return tensor((*self.batch, *sizes), element or self.element)

    def _spread(self, x: Value, sizes: Sequence[int]) -> Value:
        return self.h.broadcast(x, sizes, range(len(self.batch)))

    def reported(self, info: Value) -> None:
        """LAPACK's report on each matrix: 0 if all is well."""
        self.good = self.h.both(self.good, self.h.against("EQ", info, 0))

    def or_nan(self, *xs: Value) -> tuple[Value, ...]:
        """The results as letgrad has them, and NaN for matrices that have none."""
        xs = tuple(_pairs(self.h, x) for x in xs)
        return tuple(
            self.h.select(self._spread(self.good, shape(x)), x, self.h.full(np.nan, x)) for x in xs
        )

    def triangle(self, x: Value, order: str, other: Value) -> Value:
        """x where the row and the column stand in this order, else `other`."""
        h, sizes, rank = self.h, shape(x), len(self.batch)
        rows, columns = h.iota(sizes, rank), h.iota(sizes, rank + 1)
        return h.select(h.compare(order, rows, columns), x, other)

    def corner(self, x: Value, rows: int, columns: int) -> Value:
        sizes = (*self.batch, rows, columns)
        return self.h.slice(x, [0] * len(sizes), sizes, [1] * len(sizes))


def _nothing(op: ten.MatrixOp, h: Hlo) -> list[Value] | None:
    """The results for matrices without elements; None for other ones."""
    if prod(tensor_of(op.a.type).get_shape()):
        return None
    found = []
    for name, result in zip(op.RESULTS, op.results, strict=True):
        kind = tensor_of(result.type)
        zeros = h.zeros(kind)
        if name == "order":
            zeros = h.iota(kind.get_shape(), len(kind.get_shape()) - 1)
        found.append(zeros)
    return found


@stablehlo.rule(ten.CholeskyOp)
def cholesky(op: ten.CholeskyOp, h: Hlo, a: Value) -> Sequence[Value]:
    """potrf, and zeros in the other triangle"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a, op.is_complex)
    kinds = [x.kind(x.n, x.n), x.kind(element=i32)]
    factor, info = lapack(h, "potrf", [x.a], kinds, uplo="LU"[op.is_upper])
    x.reported(info)
    return x.or_nan(x.triangle(factor, "LE" if op.is_upper else "GE", h.zeros(factor.type)))


@stablehlo.rule(ten.EighOp)
def eigh(op: ten.EighOp, h: Hlo, a: Value) -> Sequence[Value]:
    """syevd, or heevd, of one triangle"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a, op.is_complex)
    vectors, values, info = lapack(
        h, "heevd" if x.is_complex else "syevd", [x.a],
        [x.kind(x.n, x.n), x.kind(x.n, element=x.real), x.kind(element=i32)],
        mode="V", uplo="LU"[op.is_upper],
    )  # fmt: skip
    x.reported(info)
    return x.or_nan(values, vectors)


@stablehlo.rule(ten.SvdOp)
def svd(op: ten.SvdOp, h: Hlo, a: Value) -> Sequence[Value]:
    """gesdd, with the first vectors alone"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a, op.is_complex)
    m, n, k = x.m, x.n, x.k
    values = x.kind(k, element=x.real)
    kinds = [x.kind(m, n), values, x.kind(m, k), x.kind(k, n), x.kind(element=i32)]
    _, s, u, vt, info = lapack(h, "gesdd", [x.a], kinds, mode="S")
    x.reported(info)
    return x.or_nan(u, s, vt)


@stablehlo.rule(ten.EigOp)
def eig(op: ten.EigOp, h: Hlo, a: Value) -> Sequence[Value]:
    """geev, with the right vectors alone"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a, op.is_complex)
    kind = ComplexType(x.real)  # type: ignore[arg-type]
    parts = [x.kind(x.n)] if x.is_complex else [x.kind(x.n)] * 2
    vectors = [x.kind(x.n, x.n, element=kind)] * 2
    *found, _, v, info = lapack(
        h, "geev", [x.a], [*parts, *vectors, x.kind(element=i32)],
        compute_left="N", compute_right="V",
    )  # fmt: skip
    x.reported(info)
    return x.or_nan(found[0] if x.is_complex else h.complex(*found), v)


@stablehlo.rule(ten.QrOp)
def qr(op: ten.QrOp, h: Hlo, a: Value) -> Sequence[Value]:
    """geqrf, then orgqr, or ungqr"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a, op.is_complex)
    packed, factors = lapack(h, "geqrf", [x.a], [x.kind(x.m, x.n), x.kind(x.k)])
    name = "ungqr" if x.is_complex else "orgqr"
    q = lapack(h, name, [x.corner(packed, x.m, x.k), factors], [x.kind(x.m, x.k)])[0]
    r = x.corner(packed, x.k, x.n)
    return x.or_nan(q, x.triangle(r, "LE", h.zeros(r.type)))


@stablehlo.rule(ten.LuOp)
def lu(op: ten.LuOp, h: Hlo, a: Value) -> Sequence[Value]:
    """getrf; a loop turns its exchanges of rows into a permutation"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a, op.is_complex)
    rank = len(x.batch)
    turned = [*range(rank), rank + 1, rank]
    m, n = (x.n, x.m) if op.by_columns else (x.m, x.n)
    kinds = [x.kind(m, n), x.kind(x.k, element=i32), x.kind(element=i32)]
    a = h.transpose(x.a, turned) if op.by_columns else x.a
    packed, pivots, _ = lapack(h, "getrf", [a], kinds)
    # The zeros that LAPACK gets for a matrix that is not finite have the order 0, 1, ….
    order = _order(h, h.convert(pivots, i64), x, m)
    return order, *x.or_nan(h.transpose(packed, turned) if op.by_columns else packed)


@stablehlo.rule(ten.TriangularSolveOp)
def triangular_solve(op: ten.TriangularSolveOp, h: Hlo, t: Value, b: Value) -> Value:
    """stablehlo.triangular_solve, from the left"""
    if not prod(tensor_of(op.result.type).get_shape()):
        return h.zeros(tensor_of(op.result.type))
    if op.is_complex:
        t, b = _numbers(h, t), _numbers(h, b)
    way = attributes.Transpose("ADJOINT" if op.kind.data.endswith("_adjoint") else "NO_TRANSPOSE")
    x = h.one(
        "triangular_solve", [t, b], b.type,
        left_side=IntegerAttr(1, i1), lower=IntegerAttr(int(op.is_lower), i1),
        unit_diagonal=IntegerAttr(int(op.is_unit), i1), transpose_a=attributes.TransposeAttr(way),
    )  # fmt: skip
    return _pairs(h, x)


@stablehlo.rule(ten.SymmetricSolveOp)
def symmetric_solve(op: ten.SymmetricSolveOp, h: Hlo, a: Value, b: Value) -> Value:
    """getrf of the mirrored triangle, then two triangular systems: XLA has no symmetric factors"""
    if not prod(tensor_of(op.result.type).get_shape()):
        return h.zeros(tensor_of(op.result.type))
    rank = len(shape(a)) - 2
    rows, columns = h.iota(shape(a), rank), h.iota(shape(a), rank + 1)
    own = h.compare("GE" if op.is_lower else "LE", rows, columns)
    a = h.select(own, a, h.transpose(a, [*range(rank), rank + 1, rank]))
    x = _Matrices(h, a, False)
    kinds = [x.kind(x.n, x.n), x.kind(x.n, element=i32), x.kind(element=i32)]
    packed, pivots, info = lapack(h, "getrf", [x.a], kinds)
    x.reported(info)
    solved = _in_order(h, b, _order(h, h.convert(pivots, i64), x, x.n))
    for lower in (True, False):
        solved = h.one(
            "triangular_solve", [packed, solved], b.type,
            left_side=IntegerAttr(1, i1), lower=IntegerAttr(int(lower), i1),
            unit_diagonal=IntegerAttr(int(lower), i1),
            transpose_a=attributes.TransposeAttr(attributes.Transpose("NO_TRANSPOSE")),
        )  # fmt: skip
    return x.or_nan(solved)[0]


def _in_order(h: Hlo, b: Value, order: Value) -> Value:
    """The rows of b in an order. A product with zeros would turn an infinite element into NaN."""
    *batch, n, m = shape(b)
    rank, sizes = len(batch), (*batch, n, n, m)
    wide = h.broadcast(b, sizes, [*range(rank), rank + 1, rank + 2])
    at = h.compare("EQ", h.broadcast(order, sizes, range(rank + 1)), h.iota(sizes, rank + 1))
    return h.sum(h.select(at, wide, h.zeros(wide.type)), [rank + 1])


def _numbers(h: Hlo, x: Value) -> Value:
    """Pairs of real numbers along the last dimension as complex numbers."""
    *sizes, _ = shape(x)
    parts = (h.part(x, len(sizes), k, k + 1) for k in (0, 1))
    return h.complex(*(h.reshape(p, sizes) for p in parts))


def _pairs(h: Hlo, x: Value) -> Value:
    """Complex numbers as pairs of real numbers along a last dimension; real ones as they are."""
    if not isinstance(element(x), ComplexType):
        return x
    parts = [h.reshape(p, (*shape(x), 1)) for p in (h.real(x), h.imag(x))]
    return h.concat(parts, len(shape(x)))


def _order(h: Hlo, pivots: Value, x: _Matrices, rows: int) -> Value:
    """The row of the matrix for each row of the product. Step j exchanges two rows."""
    rank = len(x.batch)
    sizes = (*x.batch, rows)
    places = h.iota(sizes, rank)

    def exchange(j: Value, order: Value) -> list[Value]:
        starts = [*[h.constant(0, i64)] * rank, j]
        pivot = h.dynamic_slice(pivots, starts, (*x.batch, 1))
        pivot = h.sub(h.reshape(pivot, x.batch), h.constant(1, i64))
        at = h.compare("EQ", places, h.broadcast(pivot, sizes, range(rank)))
        low = h.reshape(h.dynamic_slice(order, starts, (*x.batch, 1)), x.batch)
        high = h.sum(h.select(at, order, h.zeros(order.type)), [rank])
        here = h.compare("EQ", places, h.broadcast(j, sizes, ()))
        moved = h.select(at, h.broadcast(low, sizes, range(rank)), order)
        return [h.select(here, h.broadcast(high, sizes, range(rank)), moved)]

    return h.count(h.constant(x.k, i64), [places], exchange)[0]
