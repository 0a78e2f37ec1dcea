"""
Factors of matrices, by the ops of `ten`, and the solutions of triangular systems.

The ops take complex numbers as pairs of elements. The functions here take and give arrays of
complex numbers. Where the derivative of a factor needs the inverse of a factor, a triangular system
is solved instead.
"""

from __future__ import annotations

from typing import Any

import numpy
from xdsl.ir import Operation

from ...dialects import ten
from .. import ops, tracing
from ..numpy_functions.elementwise import filled
from ..tracing import Array, emit, use
from ..transforms.custom_rules import custom_jvp

np: Any = numpy  # its type stubs know no traced arrays


Factors = tuple[Array, Array]
"""An order of columns or rows, and the two triangular factors in one matrix, of each matrix."""


def decompose(kind: type[ten.MatrixOp], a: Array, **flags: bool) -> tuple[Array, ...]:
    """The factors of the matrices of a. The flags are those of the op."""
    is_complex = a.dtype.kind == "c"
    op: Operation = tracing.add(kind(use(ops.pairs(a) if is_complex else a), is_complex, **flags))
    assert isinstance(op, ten.MatrixOp)
    found = zip(op.RESULTS, (Array.of(r, tracing.current()) for r in op.results), strict=True)
    return tuple(ops.of_pairs(x) if op.has_pairs(name) else x for name, x in found)


def adjoint(a: Array) -> Array:
    """The transposed matrices, with the conjugates of their elements."""
    return np.conjugate(a).mT if a.dtype.kind == "c" else a.mT


def solve_triangle(kind: str, t: Array, b: Array) -> Array:
    """
    The solution x [… n m] of systems with one triangle of t [… n n]. The kinds are lower and upper,
    and lower_adjoint and upper_adjoint for the adjoint of the triangle.
    """
    if t.dtype.kind != "c":
        return emit(ten.TriangularSolveOp, kind, use(t), use(b))
    x = emit(ten.TriangularSolveOp, f"complex_{kind}", use(ops.pairs(t)), use(ops.pairs(b)))
    return ops.of_pairs(x)


def rows_of(order: Array, x: Array) -> Array:
    """The rows of matrices x [… n m] in an order [… n]."""
    return np.take_along_axis(x, order[..., None], -2)


def unit_lower(packed: Array) -> Array:
    """The lower triangular factor [… m k] in the matrices [… m n] of both factors."""
    m, n = packed.shape[-2:]
    k = min(m, n)
    return np.tril(packed[..., :k], -1) + np.eye(m, k, dtype=packed.dtype)


@custom_jvp
def lu_factors(a: Array) -> Factors:
    """The order of the columns, and the two triangular factors in one, of square matrices."""
    order, packed = decompose(ten.LuOp, a, columns=True)
    return order, packed


@lu_factors.defjvp
def _lu_rule(primals: Any, tangents: Any) -> Any:
    """
    As `lu_of_rows`, of the transposed matrices. No function differentiates by these factors: the
    rules of `inv`, `solve` and `det` differentiate by the matrix.
    """
    (a,), (da,) = primals, tangents
    order, packed = lu_factors(a)
    dy = _packed_tangent(packed.mT, rows_of(order, da.mT))
    return (order, packed), (filled(order, 0), dy.mT)


@custom_jvp
def lu_of_rows(a: Array) -> Factors:
    """The order of the rows, and the two triangular factors in one, of square matrices."""
    order, packed = decompose(ten.LuOp, a)
    return order, packed


@lu_of_rows.defjvp
def _lu_of_rows_rule(primals: Any, tangents: Any) -> Any:
    """With c = l⁻¹ da[order] u⁻¹: dl = l tril(c, -1), du = triu(c) u, and the order stays"""
    (a,), (da,) = primals, tangents
    order, packed = lu_of_rows(a)
    dy = _packed_tangent(packed, rows_of(order, da))
    return (order, packed), (filled(order, 0), dy)


def _packed_tangent(packed: Array, da: Array) -> Array:
    """The tangent of both factors of a, whose rows are in order, in one matrix."""
    c = solve_triangle("unit_lower", packed, da)
    c = solve_triangle("lower", packed.mT, c.mT).mT
    lower = unit_lower(packed) @ np.tril(c, -1)
    return np.tril(lower, -1) + np.triu(np.triu(c) @ np.triu(packed))


def solve_by_factors(factors: Factors, b: Array) -> Array:
    """a⁻¹ b, by the factors of a. It is linear in b."""
    order, packed = factors
    x = solve_triangle("unit_upper", packed, solve_triangle("lower", packed, b))
    return rows_of(np.argsort(order, axis=-1), x)
