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
from ..tracing import Array, constant, emit, use
from ..transforms.custom_rules import custom_jvp

np: Any = numpy  # its type stubs know no traced arrays


Factors = tuple[Array, Array, Array]
"""A permutation matrix, and the two triangular factors, of each matrix."""


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


def order_of(p: Array) -> Array:
    """Which row of x is row i of pᵀ x, for a permutation matrix p."""
    if not p.shape[-1]:
        return constant(0, None, p.shape[:-1])
    return np.argmax(p, axis=-2)


@custom_jvp
def lu_factors(a: Array) -> Factors:
    """A permutation matrix, and the two triangular factors, of square matrices."""
    p, lower, upper = decompose(ten.LuOp, a)
    return p, lower, upper


@lu_factors.defjvp
def _lu_rule(primals: Any, tangents: Any) -> Any:
    """With c = l⁻¹ pᵀ da u⁻¹: dl = l tril(c, -1), du = triu(c) u, and p stays"""
    (a,), (da,) = primals, tangents
    p, lower, upper = lu_factors(a)
    c = solve_triangle("lower", lower, rows_of(order_of(p), da))
    c = solve_triangle("lower", upper.mT, c.mT).mT
    return (p, lower, upper), (filled(p, 0), lower @ np.tril(c, -1), np.triu(c) @ upper)


def solve_by_factors(factors: Factors, b: Array) -> Array:
    """a⁻¹ b, by the factors of a. It is linear in b."""
    p, lower, upper = factors
    return solve_triangle("upper", upper, solve_triangle("lower", lower, rows_of(order_of(p), b)))
