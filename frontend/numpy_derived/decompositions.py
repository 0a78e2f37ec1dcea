"""
NumPy's `linalg`: decompositions of matrices, and functions that are made of these.

LAPACK computes a decomposition of a whole batch at once. The derivatives are made of the factors.
Where eigenvalues or singular values are equal, vectors have no derivative. There, the derivative
takes 0 for the part that turns vectors with equal values into each other. So the first derivatives
of smooth functions, such as a sum over all eigenvalues, are right there, and nothing is NaN. Second
derivatives at equal values may lack the part of that turn.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy

from ...dialects import ten
from .. import ops
from ..control_flow.cond_and_switch import cond as either
from ..numpy_functions.elementwise import filled
from ..numpy_functions.registration import implements
from ..tracing import Array, constant
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import stop_gradient
from ..user_code import located
from .factors import adjoint, decompose, solve_triangle
from .linalg import SMALL, _operands, _square

np: Any = numpy  # its type stubs know no traced arrays


def _matrices(name: str, a: Any) -> Array:
    """The operand as float32 or float64. Errors: `LinAlgError` for fewer than two dimensions."""
    (x,) = _operands(name, a)
    if x.ndim < 2:
        raise located(
            np.linalg.LinAlgError,
            f"numpy.linalg.{name} takes matrices, not an array of {x.ndim} dimensions",
        )
    return x


def _reciprocal(x: Array) -> Array:
    """1 / x, and 0 for 0."""
    return np.where(x == 0, 0.0, 1 / np.where(x == 0, 1.0, x))


# Eigenvalues of symmetric matrices.


def _eigh_by(upper: bool) -> Any:
    """The eigenvalues and eigenvectors by one triangle, with their derivative."""

    @custom_jvp
    def eigh(a: Array) -> tuple[Array, Array]:
        w, v = decompose(ten.EighOp, a, upper=upper)
        return w, v

    @eigh.defjvp
    def eigh_rule(primals: Any, tangents: Any) -> Any:
        """dw = diag(c), dv = v (f ∘ c), c = vᴴ da v, f[i, j] = 1 / (w[j] - w[i]), 0 for equal w"""
        (a,), (da,) = primals, tangents
        w, v = eigh(a)
        c = adjoint(v) @ of_lower_triangle(adjoint(da) if upper else da) @ v
        f = _reciprocal(w[..., None, :] - w[..., :, None])
        return (w, v), (np.real(np.diagonal(c, axis1=-2, axis2=-1)), v @ (f * c))

    return eigh


_LOWER, _UPPER = _eigh_by(upper=False), _eigh_by(upper=True)


EighResult = namedtuple("EighResult", ["eigenvalues", "eigenvectors"])


def _eigh(name: str, a: Any, UPLO: str) -> tuple[Array, Array]:
    (a,) = _square(name, a)
    if UPLO.upper() not in ("L", "U"):
        raise located(ValueError, "UPLO argument must be 'L' or 'U'")
    return (_UPPER if UPLO.upper() == "U" else _LOWER)(a)


def of_lower_triangle(a: Array) -> Array:
    """The symmetric, or Hermitian, matrix of the lower triangle. It is real on its diagonal."""
    if a.dtype.kind != "c":
        return np.tril(a) + np.tril(a, -1).mT
    below = np.tril(a, -1)
    on = np.where(np.eye(a.shape[-1], dtype=bool), np.real(a), 0.0)
    return below + on + adjoint(below)


@implements("linalg.eigh")
def eigh(a, UPLO="L"):
    """Reads and differentiates by one triangle. Not NaN where eigenvalues are equal."""
    return EighResult(*_eigh("eigh", a, UPLO))


@implements("linalg.eigvalsh")
def eigvalsh(a, UPLO="L"):
    """Reads and differentiates by one triangle."""
    return _eigh("eigvalsh", a, UPLO)[0]


# Eigenvalues of any matrices.


@custom_jvp
def _eig(a: Array) -> tuple[Array, Array]:
    w, v = decompose(ten.EigOp, a)
    return w, v


@_eig.defjvp
def _eig_rule(primals: Any, tangents: Any) -> Any:
    """
    With c = v⁻¹ da v and f[i, j] = 1 / (w[j] - w[i]), 0 for equal w:

        dw = diag(c),  dv = e - v (Re diag(vᴴ e) + i Im(e[m] / v[m])),  e = v (f ∘ c)

    where m is the place of the largest element of a column. So each column keeps its norm 1, and
    its largest element stays real.
    """
    (a,), (da,) = primals, tangents
    w, v = _eig(a)
    if a.dtype.kind == "c":
        moved = da @ v
    else:
        moved = ops.complex_(*(da @ part for part in ops.parts(v)))
    c = np.linalg.solve(v, moved)
    e = v @ (_reciprocal(w[..., None, :] - w[..., :, None]) * c)
    if not a.shape[-1]:
        return (w, v), (np.diagonal(c, axis1=-2, axis2=-1), e)
    m = np.argmax(abs(v), axis=-2)[..., None, :]
    longer = np.sum(np.real(np.conjugate(v) * e), axis=-2, keepdims=True)
    turned = np.take_along_axis(e, m, -2) / np.take_along_axis(v, m, -2)
    turned = turned - np.real(turned)
    return (w, v), (np.diagonal(c, axis1=-2, axis2=-1), e - v * (longer + turned))


EigResult = namedtuple("EigResult", ["eigenvalues", "eigenvectors"])


@implements("linalg.eig")
def eig(a):
    """Complex results, also for real matrices. Differentiates where eigenvalues are distinct."""
    (a,) = _square("eig", a)
    return EigResult(*_eig(a))


@implements("linalg.eigvals")
def eigvals(a):
    """Complex results, also for real matrices. Differentiates where eigenvalues are distinct."""
    (a,) = _square("eigvals", a)
    return _eig(a)[0]


# Singular values.


@custom_jvp
def _svd(a: Array) -> tuple[Array, Array, Array]:
    u, s, vt = decompose(ten.SvdOp, a)
    return u, s, vt


@_svd.defjvp
def _svd_rule(primals: Any, tangents: Any) -> Any:
    """
    With c = uᴴ da v, and 1 / 0 = 0 where singular values are equal:

        k[i, j] = (c + cᴴ)[i, j] / (s[j] - s[i]) / 2,  w[i, j] = (c - cᴴ)[i, j] / (s[j] + s[i]) / 2

        ds = diag(c),  du = u (k + w) + (1 - u uᴴ) da v / s,  dv = v (k - w) + (1 - v vᴴ) daᴴ u / s

    Equal singular values leave k unknown, but not w: so the product u vᴴ keeps its derivative, and
    the sum of the values its second derivative.

    The diagonal of c of complex matrices has imaginary parts. They turn the columns of u, and those
    of v stay: only the difference of both turns is known.
    """
    (a,), (da,) = primals, tangents
    u, s, vt = _svd(a)
    v = adjoint(vt)
    m, n = a.shape[-2:]
    c = adjoint(u) @ da @ v
    row, column = s[..., None, :], s[..., :, None]
    turned = adjoint(c)
    both, one = c + turned, c - turned
    phases = None
    if a.dtype.kind == "c":
        phases = np.where(np.eye(c.shape[-1], dtype=bool), c - np.real(c), 0)
        one = one - 2 * phases
    k = (0.5 * _reciprocal(row - column)) * both
    w = (0.5 * _reciprocal(row + column)) * one
    turn = k + w
    if phases is not None:
        turn = turn + phases * _reciprocal(row)
    du = u @ turn
    dv = v @ (k - w)
    if m > n:
        along = da @ v
        du = du + (along - u @ (adjoint(u) @ along)) * _reciprocal(row)
    if n > m:
        along = adjoint(da) @ u
        dv = dv + (along - v @ (adjoint(v) @ along)) * _reciprocal(row)
    return (u, s, vt), (du, np.real(np.diagonal(c, axis1=-2, axis2=-1)), adjoint(dv))


def _completed(q: Array, a: Array) -> Array:
    """
    Orthonormal columns [… m k], completed to a basis [… m m]. They span the columns of a [… m k].

    The added vectors are those of LAPACK's full factor of a: columns of zeros have no reflections.
    They are not unique and have no derivative. The bare op has no rule, and its error says so.
    """
    whole, _ = _whole_qr(a)
    return np.concatenate([q, whole[..., q.shape[-1] :]], axis=-1)


def _whole_qr(a: Array) -> tuple[Array, Array]:
    """The factors [… m m] of a [… m k] and columns of zeros."""
    m, k = a.shape[-2:]
    nothing = constant(0, a.dtype, (*a.shape[:-1], m - k))
    q, r = decompose(ten.QrOp, np.concatenate([a, nothing], axis=-1))
    return q, r


def _svd_of_hermitian(a: Array) -> tuple[Array, Array, Array]:
    """The singular values and vectors by the eigenvalues of the lower triangle, as in NumPy."""
    w, v = _eigh("svd", a, "L")
    order = np.argsort(abs(w), axis=-1)[..., ::-1]
    w = np.take_along_axis(w, order, -1)
    v = np.take_along_axis(v, order[..., None, :], -1)
    return v, abs(w), adjoint(v * np.sign(w)[..., None, :])


SVDResult = namedtuple("SVDResult", ["U", "S", "Vh"])


@implements("linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """Not NaN where singular values are equal. Of full matrices, only square ones differentiate."""
    a = _matrices("svd", a)
    if hermitian:
        u, s, vt = _svd_of_hermitian(a)
        return SVDResult(u, s, vt) if compute_uv else s
    u, s, vt = _svd(a)
    if not compute_uv:
        return s
    if full_matrices:
        m, n = a.shape[-2:]
        u = _completed(u, u) if m > n else u
        vt = adjoint(_completed(adjoint(vt), adjoint(vt))) if n > m else vt
    return SVDResult(u, s, vt)


@implements("linalg.svdvals")
def svdvals(x):
    """The singular values."""
    return _svd(_matrices("svdvals", x))[1]


# Orthonormal and triangular factors.


@custom_jvp
def _tall_qr(a: Array) -> tuple[Array, Array]:
    q, r = decompose(ten.QrOp, a)
    return q, r


@_tall_qr.defjvp
def _tall_qr_rule(primals: Any, tangents: Any) -> Any:
    """
    With b = da r⁻¹, c = qᴴ b and its part w = tril(c, -1) - tril(c, -1)ᴴ:

        dq = b + q (w - c),  dr = (c - w) r

    For complex matrices, w also has the imaginary parts of the diagonal of c. So the diagonal of r
    stays real.
    """
    return _qr_derivative(_tall_qr, primals, tangents)


@custom_jvp
def _first_of_whole(a: Array) -> tuple[Array, Array]:
    """As `_tall_qr`, from the decomposition that has the completed basis too: it runs once."""
    n = a.shape[-1]
    q, r = _whole_qr(a)
    return q[..., :n], r[..., :n, :n]


@_first_of_whole.defjvp
def _first_of_whole_rule(primals: Any, tangents: Any) -> Any:
    """As `_tall_qr`: the other columns of q are not among the results"""
    return _qr_derivative(_first_of_whole, primals, tangents)


def _qr_derivative(factors: Any, primals: Any, tangents: Any) -> Any:
    (a,), (da,) = primals, tangents
    q, r = factors(a)
    b = solve_triangle("lower", r.mT, da.mT).mT
    c = adjoint(q) @ b
    below = np.tril(c, -1)
    w = below - adjoint(below)
    if a.dtype.kind == "c":
        w = w + np.where(np.eye(c.shape[-1], dtype=bool), c - np.real(c), 0)
    return (q, r), (b + q @ (w - c), (c - w) @ r)


QRResult = namedtuple("QRResult", ["Q", "R"])


@implements("linalg.qr")
def qr(a, mode="reduced"):
    """The modes reduced, complete and r. Differentiates where the first columns are independent."""
    a = _matrices("qr", a)
    if mode not in ("reduced", "complete", "r"):
        raise located(
            ValueError,
            f"numpy.linalg.qr on traced arrays has no mode {mode!r}: reduced, complete, r",
        )
    m, n = a.shape[-2:]
    if n <= m:
        q, r = _first_of_whole(a) if mode == "complete" and m > n > 0 else _tall_qr(a)
    else:
        q, first = _tall_qr(a[..., :m])
        r = np.concatenate([first, adjoint(q) @ a[..., m:]], axis=-1)
    if mode == "r":
        return r
    if mode == "complete" and m > n:
        q = _completed(q, a)
        nothing = constant(0, a.dtype, (*a.shape[:-2], m - n, n))
        r = np.concatenate([r, nothing], axis=-2)
    return QRResult(q, r)


# Functions of singular values.


@custom_jvp
def _pinv(a: Array, rcond: Array) -> Array:
    u, s, vt = _svd(a)
    largest = np.max(s, axis=-1, keepdims=True, initial=0.0)
    kept = s > rcond[..., None] * largest
    return (adjoint(vt) * np.where(kept, _reciprocal(s), 0.0)[..., None, :]) @ adjoint(u)


@_pinv.defjvp
def _pinv_rule(primals: Any, tangents: Any) -> Any:
    """dp = -p da p + p pᴴ daᴴ (1 - a p) + (1 - p a) daᴴ pᴴ p, where the rank stays"""
    (a, rcond), (da, _) = primals, tangents
    p = _pinv(a, rcond)
    t = adjoint(da)
    left, right = p @ adjoint(p) @ t, t @ adjoint(p) @ p
    return p, -(p @ da @ p) + left - (left @ a) @ p + right - p @ (a @ right)


@implements("linalg.pinv")
def pinv(a, rcond=None, hermitian=False, rtol=None):
    """The derivative is the one of matrices of the same rank."""
    a = _matrices("pinv", a)
    if hermitian:
        (a,) = _square("pinv", a)
        a = of_lower_triangle(a)
    bound = rtol if rtol is not None else rcond
    if bound is None:
        bound = 1e-15 if rcond is None and rtol is None else rcond
    limit = ops.broadcast_to(ops.cast(ops.lift(bound), ops.part_of(a.dtype)), a.shape[:-2])
    return _pinv(a, stop_gradient(limit))


@implements("linalg.matrix_rank")
def matrix_rank(A, tol=None, hermitian=False, rtol=None):
    """How many singular values are above the bound."""
    a = ops.lift(A)
    if a.ndim < 2:
        return ops.cast(np.any(a != 0), np.dtype(np.int64))
    a = _matrices("matrix_rank", a)
    s = abs(_eigh("matrix_rank", a, "L")[0]) if hermitian else _svd(a)[1]
    if tol is None:
        share = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
        bound = np.max(s, axis=-1, keepdims=True, initial=0.0) * ops.lift(share)[..., None]
    else:
        bound = ops.lift(tol)[..., None]
    return np.sum(s > bound, axis=-1)


@implements("linalg.cond")
def cond(x, p=None):
    """The norm of a matrix times the norm of its inverse."""
    a = _matrices("cond", x)
    if not a.size:
        raise located(np.linalg.LinAlgError, "cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = _svd(a)[1]
        return _inf_or_nan(a, s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1])
    (a,) = _square("cond", a)
    norm = np.linalg.norm
    found = norm(a, p, axis=(-2, -1)) * norm(np.linalg.inv(a), p, axis=(-2, -1))
    return _inf_or_nan(a, found)


def _inf_or_nan(a: Array, found: Array) -> Array:
    """As in NumPy, a matrix without NaN has no condition number NaN: it is infinite."""
    known = ~np.any(np.isnan(a), axis=(-2, -1))
    return np.where(np.isnan(found) & known, np.inf, found)


@custom_jvp
def _least_squares(a: Array, b: Array, bound: Array) -> tuple[Array, Array]:
    """
    The shortest x [n k] for which a x - b is shortest, and the singular values of a [m n].

    A factor of [a b] has all of a and b that counts, in n + k rows. Where all columns of a are
    independent, a triangle gives x, and no singular vectors are computed.
    """
    m, n = a.shape
    if n <= SMALL or m < n + b.shape[1]:
        return _by_singular_values(a, b, bound)
    _, factor = _tall_qr(np.concatenate([a, b], axis=1))
    r, c = factor[:n, :n], factor[:n, n:]
    s = _svd(r)[1]
    x = either(
        s[-1] > bound * s[0],
        lambda: solve_triangle("upper", r, c),
        lambda: _by_singular_values(a, b, bound)[0],
    )
    return x, s


def _by_singular_values(a: Array, b: Array, bound: Array) -> tuple[Array, Array]:
    u, s, vt = _svd(a)
    kept = s > bound * np.max(s, initial=0.0)
    inner = np.where(kept, _reciprocal(s), 0.0)[:, None] * (adjoint(u) @ b)
    return adjoint(vt) @ inner, s


@_least_squares.defjvp
def _least_squares_rule(primals: Any, tangents: Any) -> Any:
    """
    dx = p (db - da x) + p pᴴ daᴴ (b - a x) + (1 - p a) daᴴ pᴴ x, for p = pinv(a) of the same rank,
    and ds as for singular values
    """
    (a, b, bound), (da, db, _) = primals, tangents
    x, s = _least_squares(a, b, bound)
    p = _pinv(a, bound)
    dual, t = adjoint(p), adjoint(da)
    beside = t @ (dual @ x)
    dx = p @ (db - da @ x + dual @ (t @ (b - a @ x))) + beside - p @ (a @ beside)
    u, _, vt = _svd(a)
    ds = np.sum(np.conj(u) * (da @ adjoint(vt)), axis=0)
    return (x, s), (dx, np.real(ds))


@implements("linalg.lstsq")
def lstsq(a, b, rcond=None):
    """The derivative is the one of matrices of the same rank."""
    a, b = _operands("lstsq", a, b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise located(
            np.linalg.LinAlgError,
            f"numpy.linalg.lstsq takes a matrix and as many right sides, not arrays of {a.shape} "
            f"and {b.shape}",
        )
    m, n = a.shape
    eps = np.finfo(a.dtype).eps
    bound = max(m, n) * eps if rcond is None else rcond
    if not 0 < bound < 1:
        bound = eps / 2  # as LAPACK's gelsd does, with its own eps
    limit = stop_gradient(constant(bound, ops.part_of(a.dtype)))
    columns = b if b.ndim == 2 else b[:, None]
    x, s = _least_squares(a, columns, limit)
    x = x if b.ndim == 2 else x[:, 0]
    rank = np.sum(s > bound * np.max(s, initial=0.0)).astype(np.int32)  # as LAPACK's
    rest = b - a @ x
    sums = np.sum(np.real(rest * np.conjugate(rest)), axis=0, keepdims=b.ndim == 1)
    # NumPy gives no sums for matrices of less than full rank; here the size is static.
    return x, sums if m > n else sums[:0], rank, s


def spectral_norm(x: Array, order: Any, dims: tuple[int, int]) -> Array:
    """The norms 2, -2 and nuc of matrices, whose dims go."""
    s = _svd(np.moveaxis(x, dims, (-2, -1)))[1]
    if order == "nuc":
        return np.sum(s, axis=-1)
    if not s.shape[-1]:
        return filled(s[..., :0].sum(axis=-1), 0)
    return s[..., 0] if order == 2 else s[..., -1]
