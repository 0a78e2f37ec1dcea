"""
NumPy's `linalg`: solve, inv, det, slogdet and cholesky of square matrices.

For small matrices, the elimination is one loop over the columns, which is compiled with the code
around it. A library computes the factors of larger ones. The derivatives use the results of the
functions (the factors, for example). So the program keeps no values of the loops for the
derivatives, and a derivative costs as much as the function: O(n³).

If a matrix is singular, or not positive definite, NumPy raises an error; here the result is NaN.
"""

from __future__ import annotations

import math as pymath
from collections import namedtuple
from typing import Any

import numpy

from ...dialects import ten
from .. import ops
from ..control_flow.loops import scan
from ..numpy_functions.elementwise import filled
from ..numpy_functions.registration import implements
from ..ops import lift
from ..tracing import Array, constant
from ..transforms.custom_rules import custom_jvp
from ..user_code import located
from .factors import (
    Factors,
    adjoint,
    decompose,
    lu_factors,
    solve_by_factors,
    solve_triangle,
)

np: Any = numpy  # its type stubs know no traced arrays

SMALL = 32
"""The largest matrices for which a loop in compiled code is as fast as a call of the library."""

ALWAYS_SMALL = 16
CACHED = 1 << 18
"""
Each step of the loop goes over all matrices of a batch. For matrices of more than `ALWAYS_SMALL`
rows, which have more than `CACHED` bytes together, a library that takes one after the other is
faster.
"""


def _operands(name: str, *values: Any) -> list[Array]:
    """
    The operands with one dtype: float32, float64, complex64 or complex128. Errors: `TypeError` for
    others.
    """
    xs = [lift(x) for x in values]
    if any(x.dtype.kind not in "biufc" or x.dtype == np.float16 for x in xs):
        raise located(
            TypeError,
            f"numpy.linalg.{name} takes float32, float64, complex64 and complex128, not {xs}",
        )
    single = all(x.dtype in (np.float32, np.complex64) for x in xs)
    if any(x.dtype.kind == "c" for x in xs):
        kind = np.complex64 if single else np.complex128
    else:
        kind = np.float32 if single else np.float64
    return [ops.cast(x, np.dtype(kind)) for x in xs]


def _square(name: str, a: Any, *others: Any) -> list[Array]:
    """The operands with one dtype. Errors: `LinAlgError` if `a` has no square matrices."""
    xs = _operands(name, a, *others)
    shape = xs[0].shape
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise located(
            np.linalg.LinAlgError,
            f"numpy.linalg.{name} takes square matrices, not an array of {shape}",
        )
    return xs


def _identity(a: Array) -> Array:
    """An identity matrix for each matrix in `a`."""
    return ops.broadcast_to(constant(np.eye(a.shape[-1], dtype=a.dtype)), a.shape)


def _eliminate(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """
    a⁻¹ b, the pivots, and whether each was moved, for matrices a [… n n], b [… n m].

    Gauss-Jordan elimination with row pivoting. A pivot 0 counts as 1: such a matrix is singular.
    """
    n = a.shape[-1]
    if n == 0:
        none = (0, *a.shape[:-2])
        return b, constant(1, a.dtype, none), constant(False, None, none)
    row = np.arange(n)

    def step(m: Array, k: Array) -> Any:
        column = m[..., k]
        p = np.argmax(np.where(row >= k, abs(column), -1.0), axis=-1)[..., None]
        upper, lower = m[..., k, :], np.take_along_axis(m, p[..., None], -2)
        pivot = lower[..., 0, k]
        lower = lower / np.where(pivot == 0, filled(pivot, 1), pivot)[..., None, None]
        at_k, at_p = (row == k)[:, None], (row == p)[..., None]
        m = np.where(at_p, upper[..., None, :], m)
        m = np.where(at_k, lower, m - m[..., k][..., None] * lower)
        return m, (pivot, p[..., 0] != k)

    m, (pivots, moved) = scan(step, np.concatenate([a, b], axis=-1), np.arange(n))
    return m[..., n:], pivots, moved


def _is_small(a: Array) -> bool:
    """Whether one loop over the columns eliminates all matrices."""
    n, bytes = a.shape[-1], pymath.prod(a.shape) * a.dtype.itemsize
    return n <= ALWAYS_SMALL or (n <= SMALL and bytes <= CACHED)


def _or_nan(regular: Array, x: Array) -> Array:
    """The matrices x whose systems are regular, and NaN for the others."""
    return np.where(regular[..., None, None], x, filled(x, np.nan))


def _diagonal_of(a: Array) -> Array:
    return np.diagonal(a, axis1=-2, axis2=-1)


def _sign_and_pivots(a: Array, factors: Factors | None) -> tuple[Array, Array]:
    """The sign of the permutation, and the pivots, whose product with it is the determinant."""
    if factors is not None:
        order, packed = factors
        pivots = np.moveaxis(_diagonal_of(packed), -1, 0)
        return _sign_of_order(np.moveaxis(order, -1, 0), a), pivots
    _, pivots, moved = _eliminate(a, a[..., :0])
    sign = np.prod(np.where(moved, -1.0, 1.0).astype(a.dtype), axis=0)
    return sign, pivots


# Functions with derivatives.
#
# The functions of large matrices take the factors as arguments. So the factors are a value of the
# program around the functions: all functions of one matrix, and their derivatives, have the same
# factors. The rules give no tangent for the factors, because the tangent of the matrix says all.


def _factors(a: Array) -> Factors | None:
    """The factors of large matrices; small ones are eliminated by each function."""
    return None if _is_small(a) else lu_factors(a)


def _inv(a: Array, factors: Factors | None) -> Array:
    return _small_inv(a) if factors is None else _large_inv(a, factors)


@custom_jvp
def _large_inv(a: Array, factors: Factors) -> Array:
    """The rows of u⁻¹ l⁻¹, in order. As l⁻¹ is a triangle, it takes a third of the work."""
    x = solve_by_factors(factors, _identity(a))
    return _or_nan(np.all(_diagonal_of(factors[1]) != 0, axis=-1), x)


@_large_inv.defjvp
def _large_inv_rule(primals: Any, tangents: Any) -> Any:
    """d a⁻¹ = -a⁻¹ (da a⁻¹)"""
    (a, factors), (da, _) = primals, tangents
    y = _large_inv(a, factors)
    return y, -solve_by_factors(factors, da @ y)


@custom_jvp
def _small_inv(a: Array) -> Array:
    x, pivots, _ = _eliminate(a, _identity(a))
    return _or_nan(np.all(pivots != 0, axis=0), x)


@_small_inv.defjvp
def _small_inv_rule(primals: Any, tangents: Any) -> Any:
    """d a⁻¹ = -a⁻¹ da a⁻¹"""
    (a,), (da,) = primals, tangents
    y = _small_inv(a)
    return y, -(y @ da @ y)


@custom_jvp
def _solve(a: Array, factors: Factors | None, b: Array) -> Array:
    if factors is None:
        x, pivots, _ = _eliminate(a, b)
        return _or_nan(np.all(pivots != 0, axis=0), x)
    regular = np.all(_diagonal_of(factors[1]) != 0, axis=-1)
    return _or_nan(regular, solve_by_factors(factors, b))


@_solve.defjvp
def _solve_rule(primals: Any, tangents: Any) -> Any:
    """dx = a⁻¹ (db - da x)"""
    (a, factors, b), (da, _, db) = primals, tangents
    x = _solve(a, factors, b)
    rest = db - da @ x
    return x, _small_inv(a) @ rest if factors is None else solve_by_factors(factors, rest)


@custom_jvp
def _det(a: Array, factors: Factors | None) -> Array:
    sign, pivots = _sign_and_pivots(a, factors)
    return sign * np.prod(pivots, axis=0)


@_det.defjvp
def _det_rule(primals: Any, tangents: Any) -> Any:
    """d det a = tr(cofactor(a)ᵀ da)"""
    (a, factors), (da, _) = primals, tangents
    return _det(a, factors), np.sum(_cofactor(a) * da, axis=(-2, -1))


def _diagonalized(a: Array) -> tuple[Array, Array, Array, Array]:
    """
    s, d, e, f with e a f = diag(d) and det e · det f = s, which is 1 or -1.

    Elimination with the largest pivot of all. So d has its zeros at its end, and e and f have
    moderate elements also for singular matrices: nothing is divided by a small pivot.
    """
    n = a.shape[-1]
    row = np.arange(n)

    def step(state: Any, _: Array) -> Any:
        m, e, f, rows, columns = state
        free = rows[..., :, None] & columns[..., None, :]
        place = np.argmax(np.reshape(np.where(free, abs(m), -1.0), (*m.shape[:-2], n * n)), -1)
        i, j = place // n, place % n
        upper = np.take_along_axis(m, i[..., None, None], -2)[..., 0, :]
        left = np.take_along_axis(m, j[..., None, None], -1)[..., 0]
        pivot = np.take_along_axis(upper, j[..., None], -1)[..., 0]
        e_row = np.take_along_axis(e, i[..., None, None], -2)[..., 0, :]
        f_column = np.take_along_axis(f, j[..., None, None], -1)[..., 0]
        rows, columns = rows & (row != i[..., None]), columns & (row != j[..., None])
        divisor = np.where(pivot == 0, filled(pivot, 1), pivot)[..., None]
        down, across = np.where(rows, left / divisor, 0.0), np.where(columns, upper / divisor, 0.0)
        e = e - down[..., :, None] * e_row[..., None, :]
        f = f - f_column[..., :, None] * across[..., None, :]
        m = m - (down * pivot[..., None])[..., :, None] * across[..., None, :]
        return (m, e, f, rows, columns), (pivot, e_row, f_column, i, j)

    everywhere = constant(True, None, a.shape[:-1])
    start = (a, _identity(a), _identity(a), everywhere, everywhere)
    _, (d, e, f, i, j) = scan(step, start, row)
    sign = _sign_of_order(i, a) * _sign_of_order(j, a)
    return sign, np.moveaxis(d, 0, -1), np.moveaxis(e, 0, -2), np.moveaxis(f, 0, -1)


def _sign_of_order(places: Array, like: Array) -> Array:
    """1 if an even number of pairs of the positions [n …] are in the wrong order, -1 if odd."""
    n = places.shape[0]
    if n > SMALL:
        return np.where((n - _cycles(places)) % 2 == 0, 1.0, -1.0).astype(like.dtype)
    later = np.triu(np.ones((n, n), bool), 1).reshape(n, n, *[1] * (places.ndim - 1))
    wrong = later & (places[:, None] > places[None])
    return np.prod(np.where(wrong, -1.0, 1.0).astype(like.dtype), axis=(0, 1))


def _cycles(places: Array) -> Array:
    """
    The number of cycles of permutations [n …]. Each position learns the smallest position of its
    cycle, from twice as many steps each time.
    """
    n = places.shape[0]
    own = np.arange(n).reshape(n, *[1] * (places.ndim - 1))

    def step(state: Any, _: Array) -> Any:
        smallest, places = state
        smallest = np.minimum(smallest, np.take_along_axis(smallest, places, 0))
        return (smallest, np.take_along_axis(places, places, 0)), ()

    start = (np.minimum(own, places), places)
    (smallest, _), _ = scan(step, start, np.arange(max(n - 1, 0).bit_length()))
    return np.sum(smallest == own, axis=0)


@custom_jvp
def _if_regular(x: Array, d: Array) -> Array:
    return x


@_if_regular.defjvp
def _if_regular_rule(primals: Any, tangents: Any) -> Any:
    """
    dx, and NaN for singular matrices.

    No step of the elimination divides by a pivot 0, so its derivative says nothing about matrices
    around a singular one. Only third derivatives of a determinant ask for it.
    """
    (x, d), (dx, _) = primals, tangents
    regular = np.all(d != 0, axis=-1)
    known = np.where(regular, 1.0, np.nan).astype(x.dtype)
    return x, dx * np.reshape(known, (*known.shape, *[1] * (x.ndim - known.ndim)))


def _diagonal(a: Array) -> tuple[Array, Array, Array, Array]:
    """`_diagonalized`, with a derivative that is right or NaN."""
    sign, d, e, f = _diagonalized(a)
    return sign, *(_if_regular(x, d) for x in (d, e, f))


def _products_of_others(d: Array) -> Array:
    """The product of the elements [… n] without one of them, for each of them."""
    one = np.ones_like(d[..., :1])
    before = np.cumprod(np.concatenate([one, d[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([one, d[..., :0:-1]], -1), -1)[..., ::-1]
    return before * after


def _products_of_other_pairs(d: Array) -> Array:
    """The product of the elements [… n] without two of them, for each two; 0 on the diagonal."""
    n = d.shape[-1]
    without = np.where(np.eye(n, dtype=bool), 1.0, d[..., None, :])
    return np.where(np.eye(n, dtype=bool), 0.0, _products_of_others(without))


@custom_jvp
def _cofactor(a: Array) -> Array:
    """The derivative of the determinant: a polynomial, also of singular matrices."""
    sign, d, e, f = _diagonal(a)
    return sign[..., None, None] * ((f * _products_of_others(d)[..., None, :]) @ e).mT


@_cofactor.defjvp
def _cofactor_rule(primals: Any, tangents: Any) -> Any:
    """
    d cofactor(a) = s eᵀ g fᵀ, where e a f = diag(d), c = e da f, and p are products of all but two
    elements of d:

        g[k, k] = Σ p[k, l] c[l, l] over l,  g[k, l] = - p[k, l] c[l, k]
    """
    (a,), (da,) = primals, tangents
    sign, d, e, f = _diagonal(a)
    c = e @ da @ f
    p = _products_of_other_pairs(d)
    n = a.shape[-1]
    diagonal = np.sum(p * np.diagonal(c, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    g = np.where(np.eye(n, dtype=bool), diagonal[..., None], -p * c.mT)
    return _cofactor(a), sign[..., None, None] * (e.mT @ g @ f.mT)


@custom_jvp
def _slogdet(a: Array, factors: Factors | None) -> tuple[Array, Array]:
    sign, pivots = _sign_and_pivots(a, factors)
    return sign * np.prod(np.sign(pivots), axis=0), np.sum(np.log(abs(pivots)), axis=0)


@_slogdet.defjvp
def _slogdet_rule(primals: Any, tangents: Any) -> Any:
    """d log |det a| = Re t and d sign = i sign Im t, where t = tr(a⁻¹ da)"""
    (a, factors), (da, _) = primals, tangents
    sign, value = _slogdet(a, factors)
    slope = np.einsum("...ij,...ji->...", _inv(a, factors), da)
    if a.dtype.kind != "c":
        return (sign, value), (filled(sign, 0), slope)
    return (sign, value), (sign * (slope - np.real(slope)), np.real(slope))


@custom_jvp
def _cholesky(a: Array) -> Array:
    n = a.shape[-1]
    if not _is_small(a):
        return decompose(ten.CholeskyOp, a)[0]
    row = np.arange(n)

    def step(m: Array, k: Array) -> Any:
        """Column k of the factor, and the matrix minus the product of this column with itself."""
        pivot = np.real(m[..., k, k])
        column = np.where(row >= k, m[..., k], 0.0)
        if a.dtype.kind == "c":
            column = np.where(row == k, np.real(column), column)
        column = column / np.sqrt(pivot)[..., None]
        return m - column[..., :, None] * np.conjugate(column)[..., None, :], column

    _, columns = scan(step, a, np.arange(n))
    factor = np.moveaxis(columns, 0, -1)
    return np.where(np.any(np.isnan(factor), axis=(-2, -1), keepdims=True), np.nan, factor)


@_cholesky.defjvp
def _cholesky_rule(primals: Any, tangents: Any) -> Any:
    """dl = l Φ(l⁻¹ da l⁻ᴴ), where Φ takes the lower triangle and half of the diagonal"""
    (a,), (da,) = primals, tangents
    factor = _cholesky(a)
    da = _of_triangle(da, np.tril)
    if _is_small(a):
        inverse = _small_inv(factor)
        middle = inverse @ da @ adjoint(inverse)
    else:
        left = solve_triangle("lower", factor, da)
        middle = adjoint(solve_triangle("lower", factor, adjoint(left)))
    return factor, factor @ (np.tril(_with_half_diagonal(a)) * middle)


@custom_jvp
def _upper_cholesky(a: Array) -> Array:
    return decompose(ten.CholeskyOp, a, upper=True)[0]


@_upper_cholesky.defjvp
def _upper_cholesky_rule(primals: Any, tangents: Any) -> Any:
    """du = Φ(u⁻ᴴ da u⁻¹) u, where Φ takes the upper triangle and half of the diagonal"""
    (a,), (da,) = primals, tangents
    factor = _upper_cholesky(a)
    left = solve_triangle("upper_adjoint", factor, _of_triangle(da, np.triu))
    middle = adjoint(solve_triangle("upper_adjoint", factor, adjoint(left)))
    return factor, (np.triu(_with_half_diagonal(a)) * middle) @ factor


def _with_half_diagonal(a: Array) -> Any:
    """Ones, and halves on the diagonal."""
    n = a.shape[-1]
    return np.ones((n, n), a.dtype) - np.eye(n, dtype=a.dtype) / 2


def _of_triangle(a: Array, triangle: Any) -> Array:
    """The symmetric, or Hermitian, matrix of a triangle, which `np.tril` or `np.triu` takes."""
    with_diagonal, n = triangle(a), a.shape[-1]
    beside = np.where(np.eye(n, dtype=bool), 0.0, with_diagonal)
    if a.dtype.kind != "c":
        return with_diagonal + beside.mT
    return beside + np.where(np.eye(n, dtype=bool), np.real(a), 0.0) + adjoint(beside)


def cholesky_of(a: Array, upper: bool) -> Array:
    """The factor of one triangle, from this triangle alone."""
    if not upper:
        return _cholesky(a)
    return adjoint(_cholesky(adjoint(a))) if _is_small(a) else _upper_cholesky(a)


# NumPy's names.


@implements("linalg.inv")
def inv(a):
    """NaN for singular matrices."""
    (a,) = _square("inv", a)
    return _inv(a, _factors(a))


@implements("linalg.solve")
def solve(a, b):
    """NaN for singular matrices."""
    a, b = _square("solve", a, b)
    is_vector = b.ndim == 1
    if is_vector:
        b = b[:, None]
    if b.ndim < 2 or b.shape[-2] != a.shape[-1]:
        raise located(
            ValueError,
            f"numpy.linalg.solve: the matrices have shape {a.shape}, and the right sides have "
            f"shape {b.shape}, which does not fit",
        )
    outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = ops.broadcast_to(a, (*outer, *a.shape[-2:]))
    x = _solve(a, _factors(a), ops.broadcast_to(b, (*outer, *b.shape[-2:])))
    return x[..., 0] if is_vector else x


@implements("linalg.tensorinv")
def tensorinv(a, ind=2):
    """NaN for tensors without an inverse."""
    a = lift(a)
    if ind <= 0:
        raise located(ValueError, "Invalid ind argument.")
    rows, columns = a.shape[:ind], a.shape[ind:]
    wide = np.reshape(a, (pymath.prod(rows), pymath.prod(columns)))
    return np.reshape(np.linalg.inv(wide), (*columns, *rows))


@implements("linalg.tensorsolve")
def tensorsolve(a, b, axes=None):
    """NaN for tensors without an inverse."""
    a, b = lift(a), lift(b)
    last = [ops.axis(d, a.ndim) for d in axes or ()]
    a = np.transpose(a, [*(d for d in range(a.ndim) if d not in last), *last])
    sizes = a.shape[b.ndim :]
    n = pymath.prod(sizes)
    if n != b.size or n * n != a.size:
        raise located(
            np.linalg.LinAlgError,
            f"numpy.linalg.tensorsolve: the product of the first sizes of {a.shape} is {b.size}, "
            f"and that of the others is {n}, but both must be equal",
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (n, n)), np.reshape(b, (n,))), sizes)


@implements("linalg.det")
def det(a):
    """Two derivatives at singular matrices. Higher ones are NaN there, for more than 3 × 3."""
    (a,) = _square("det", a)
    n = a.shape[-1]
    if n > 3:
        return _det(a, _factors(a))
    if n == 0:
        return constant(1, a.dtype, a.shape[:-2])
    rows = [[a[..., i, j] for j in range(n)] for i in range(n)]
    return _expansion(rows)


def _expansion(rows: list[list[Array]]) -> Array:
    """The determinant, along its first row."""
    first, *rest = rows
    if not rest:
        return first[0]
    terms = [x * _expansion([r[:j] + r[j + 1 :] for r in rest]) for j, x in enumerate(first)]
    result = terms[0]
    for j, term in enumerate(terms[1:], 1):
        result = result - term if j % 2 else result + term
    return result


SlogdetResult = namedtuple("SlogdetResult", ["sign", "logabsdet"])


@implements("linalg.slogdet")
def slogdet(a):
    """(0, -inf) for singular matrices. The logarithm has no derivative there: it is NaN."""
    (a,) = _square("slogdet", a)
    return SlogdetResult(*_slogdet(a, _factors(a)))


@implements("linalg.cholesky")
def cholesky(a, upper=False):
    """NaN for matrices that are not positive definite. Differentiates by the lower triangle."""
    (a,) = _square("cholesky", a)
    return cholesky_of(a, bool(upper))
