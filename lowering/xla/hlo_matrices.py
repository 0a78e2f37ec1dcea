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
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    f32,
    i32,
    i64,
)
from xdsl.ir import Attribute

from ...dialects import ten
from .builder import Hlo, Value, element, shape, tensor, tensor_of
from .converter import stablehlo
from .hlo_floats import finite


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
    letter = "s" if element(operands[0]) == f32 else "d"
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
    """The operand of a decomposition, ready for LAPACK, and which of its matrices are finite."""

    def __init__(self, h: Hlo, a: Value):
        self.h = h
        *batch, self.m, self.n = shape(a)
        self.batch = tuple(batch)
        self.k = min(self.m, self.n)
        rank = len(batch)
        true = h.constant(True, element(finite(h, a)))
        self.good = h.reduce([finite(h, a)], [true], [rank, rank + 1], h.both)[0]
        self.a = h.select(self._spread(self.good, shape(a)), a, h.zeros(a.type))
        self.element = element(a)

    def kind(self, *sizes: int, element: Attribute | None = None) -> TensorType:
        return tensor((*self.batch, *sizes), element or self.element)

    def _spread(self, x: Value, sizes: Sequence[int]) -> Value:
        return self.h.broadcast(x, sizes, range(len(self.batch)))

    def reported(self, info: Value) -> None:
        """LAPACK's report on each matrix: 0 if all is well."""
        self.good = self.h.both(self.good, self.h.against("EQ", info, 0))

    def or_nan(self, *xs: Value) -> tuple[Value, ...]:
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
        if name == "p":
            sizes = kind.get_shape()
            rows, columns = (h.iota(sizes, len(sizes) - d) for d in (2, 1))
            zeros = h.convert(h.compare("EQ", rows, columns), kind.element_type)
        found.append(zeros)
    return found


@stablehlo.rule(ten.EighOp)
def eigh(op: ten.EighOp, h: Hlo, a: Value) -> Sequence[Value]:
    """syevd, of the lower triangle"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a)
    vectors, values, info = lapack(
        h, "syevd", [x.a], [x.kind(x.n, x.n), x.kind(x.n), x.kind(element=i32)],
        mode="V", uplo="L",
    )  # fmt: skip
    x.reported(info)
    return x.or_nan(values, vectors)


@stablehlo.rule(ten.SvdOp)
def svd(op: ten.SvdOp, h: Hlo, a: Value) -> Sequence[Value]:
    """gesdd, with the first vectors alone"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a)
    m, n, k = x.m, x.n, x.k
    kinds = [x.kind(m, n), x.kind(k), x.kind(m, k), x.kind(k, n), x.kind(element=i32)]
    _, s, u, vt, info = lapack(h, "gesdd", [x.a], kinds, mode="S")
    x.reported(info)
    return x.or_nan(u, s, vt)


@stablehlo.rule(ten.QrOp)
def qr(op: ten.QrOp, h: Hlo, a: Value) -> Sequence[Value]:
    """geqrf, then orgqr"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a)
    packed, factors = lapack(h, "geqrf", [x.a], [x.kind(x.m, x.n), x.kind(x.k)])
    q = lapack(h, "orgqr", [x.corner(packed, x.m, x.k), factors], [x.kind(x.m, x.k)])[0]
    r = x.corner(packed, x.k, x.n)
    return x.or_nan(q, x.triangle(r, "LE", h.zeros(r.type)))


@stablehlo.rule(ten.LuOp)
def lu(op: ten.LuOp, h: Hlo, a: Value) -> Sequence[Value]:
    """getrf; a loop turns its exchanges of rows into a permutation"""
    if (empty := _nothing(op, h)) is not None:
        return empty
    x = _Matrices(h, a)
    m, n, k = x.m, x.n, x.k
    kinds = [x.kind(m, n), x.kind(k, element=i32), x.kind(element=i32)]
    packed, pivots, _ = lapack(h, "getrf", [x.a], kinds)
    order = _order(h, h.convert(pivots, i64), x)
    # Row i of p l is row `place of i` of l.
    sizes = (*x.batch, m, m)
    rank = len(x.batch)
    columns = h.broadcast(order, sizes, [*range(rank), rank + 1])
    p = h.convert(h.compare("EQ", h.iota(sizes, rank), columns), x.element)
    left = x.corner(packed, m, k)
    one = x.triangle(h.full(1, left), "EQ", h.zeros(left.type))
    left = x.triangle(left, "GT", one)
    right = x.corner(packed, k, n)
    return x.or_nan(p, left, x.triangle(right, "LE", h.zeros(right.type)))


def _order(h: Hlo, pivots: Value, x: _Matrices) -> Value:
    """The row of the matrix for each row of the product. Step j exchanges two rows."""
    rank = len(x.batch)
    sizes = (*x.batch, x.m)
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
