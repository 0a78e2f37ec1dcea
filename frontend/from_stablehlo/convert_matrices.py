"""
Linear algebra: the ops of StableHLO, and the calls of LAPACK with which JAX writes it on a CPU.

LAPACK packs the factors of a matrix into one array, and letgrad's ops give them apart. The
functions here pack them again, with LAPACK's signs and pivots, and each has a derivative.
"""

from __future__ import annotations

from typing import Any

import numpy

from .. import ops
from ..custom_rules import custom_jvp
from ..derivatives import stop_gradient
from ..loops import fold, scan
from ..numpy_functions.elementwise import filled
from ..tracing import Array, constant
from .conversion_table import Call, converts, target
from .foreign_op import NotConvertible, ints_of

np: Any = numpy  # its type stubs know no traced arrays


def _letter(call: Call, name: str, default: str) -> str:
    """A flag of LAPACK, such as `L` of `uplo = 76`."""
    found = call.table("mhlo.backend_config").get(name)
    return default if found is None else chr(ints_of(found)[0] % 256)


def _real(*xs: Array) -> None:
    if any(x.dtype.kind == "c" for x in xs):
        raise NotConvertible("letgrad decomposes real matrices, and not complex ones")


def _info(call: Call, k: int, failed: Array | None = None) -> Array:
    """LAPACK's report: 0, and 1 for the matrices that have no such factors."""
    shape, dtype = call.kind(k)
    if failed is None:
        return constant(0, dtype, shape)
    return ops.reshape(ops.cast(failed, dtype), shape)


# Triangular matrices.


def triangular(a: Array, lower: bool, unit: bool) -> Array:
    """The triangle of a matrix, with a diagonal of 1 if `unit`."""
    a = np.tril(a) if lower else np.triu(a)
    return np.where(np.eye(a.shape[-1], dtype=bool), filled(a, 1), a) if unit else a


def solved(a: Array, b: Array, left: bool, lower: bool, unit: bool, transposed: str) -> Array:
    """x with a x = b, or x a = b; a may be transposed (T) or conjugate (C)."""
    a = triangular(a, lower, unit)
    if transposed in ("T", "C"):
        a = a.mT
    if transposed == "C":
        a = np.conjugate(a)
    return np.linalg.solve(a, b) if left else np.linalg.solve(a.mT, b.mT).mT


@target(*(f"lapack_{kind}trsm_ffi" for kind in "sdcz"))
def trsm(call: Call, a: Array, b: Array, *alpha: Array) -> Any:
    """custom_call @lapack_strsm_ffi(a, b)  →  the solution of a triangular system"""
    left = _letter(call, "side", "L") == "L"
    lower, unit = _letter(call, "uplo", "L") == "L", _letter(call, "diag", "N") == "U"
    if alpha:
        b = np.multiply(b, alpha[0])
    return solved(a, b, left, lower, unit, _letter(call, "trans_x", "N"))


@converts("stablehlo.triangular_solve")
def triangular_solve(call: Call, a: Array, b: Array) -> Array:
    """stablehlo.triangular_solve a, b  →  the solution of a triangular system"""
    kind = {"NO_TRANSPOSE": "N", "TRANSPOSE": "T", "ADJOINT": "C"}
    lower, unit = call.flag("lower"), call.flag("unit_diagonal")
    way = kind[call.word("transpose_a", "NO_TRANSPOSE")]
    return solved(a, b, call.flag("left_side"), lower, unit, way)


# Symmetric matrices.


@target(*(f"lapack_{kind}potrf_ffi" for kind in "sdcz"))
def potrf(call: Call, a: Array) -> Any:
    """custom_call @lapack_spotrf_ffi(a)  →  the Cholesky factor; info is 1 where it is NaN"""
    factor = _cholesky(a, _letter(call, "uplo", "L") == "L")
    failed = np.any(np.isnan(np.real(factor)), axis=(-2, -1))
    return [factor, _info(call, 1, failed)]


@converts("stablehlo.cholesky")
def cholesky(call: Call, a: Array) -> Array:
    """stablehlo.cholesky a  →  the Cholesky factor"""
    return _cholesky(a, call.flag("lower"))


def _cholesky(a: Array, lower: bool) -> Array:
    if lower:
        return np.linalg.cholesky(a)
    return np.conjugate(np.linalg.cholesky(np.conjugate(a).mT)).mT


@target(*(f"lapack_{kind}_ffi" for kind in ("ssyevd", "dsyevd", "cheevd", "zheevd")))
def syevd(call: Call, a: Array) -> Any:
    """custom_call @lapack_ssyevd_ffi(a)  →  ten.eigh"""
    _real(a)
    w, v = np.linalg.eigh(a, _letter(call, "uplo", "L"))
    return [v, w, _info(call, 2)]


# Singular values.


@target(*(f"lapack_{kind}gesdd_ffi" for kind in "sdcz"))
def gesdd(call: Call, a: Array) -> Any:
    """custom_call @lapack_sgesdd_ffi(a)  →  ten.svd; the mode A completes the vectors to a basis"""
    _real(a)
    mode = _letter(call, "mode", "S")
    if mode == "N":
        s = np.linalg.svd(a, compute_uv=False)
        rest = [constant(0, kind, shape) for shape, kind in map(call.kind, (0, 2, 3))]
        return [rest[0], s, rest[1], rest[2], _info(call, 4)]
    u, s, vt = np.linalg.svd(a, full_matrices=mode == "A")
    return [stop_gradient(a), s, u, vt, _info(call, 4)]


# Orthonormal factors.


@target(*(f"lapack_{kind}geqrf_ffi" for kind in "sdcz"))
def geqrf(call: Call, a: Array) -> Any:
    """
    custom_call @lapack_sgeqrf_ffi(a)  →  a loop over the columns: the Householder reflection of a
    column makes 0 of the elements below the diagonal, and its vector takes their place
    """
    m, n = a.shape[-2:]
    if not min(m, n):
        return [a, constant(0, a.dtype, (*a.shape[:-2], 0))]
    row, column = np.arange(m), np.arange(n)

    def step(x: Array, k: Array) -> Any:
        here = x[..., k]
        alpha = x[..., k, k]
        below = np.where(row > k, here, filled(here, 0))
        re, im = np.real(alpha), np.imag(alpha)
        rest = np.sum(_square(below), axis=-1) + im * im
        stays = rest == 0
        one = filled(alpha, 1)
        size = np.sqrt(np.where(stays, filled(re, 1), re * re + rest))
        beta = np.where(re < 0, size, -size).astype(alpha.dtype)
        tau = np.where(stays, filled(alpha, 0), (beta - alpha) / np.where(stays, one, beta))
        scale = 1 / np.where(stays, one, alpha - beta)
        vector = np.where(row == k, filled(below, 1), below * scale[..., None])
        along = np.sum(np.conj(vector)[..., :, None] * x, axis=-2)
        # LAPACK applies the adjoint of the reflection, which differs for complex numbers.
        reflected = x - (np.conj(tau)[..., None] * vector)[..., :, None] * along[..., None, :]
        top = np.where(stays, alpha, beta)[..., None]
        packed = np.where(row < k, here, np.where(row == k, top, vector))
        after = np.where(column > k, reflected, x)
        return np.where(column == k, packed[..., :, None], after), tau

    packed, taus = scan(step, a, np.arange(min(m, n)))
    return [packed, np.moveaxis(taus, 0, -1)]


def _square(x: Array) -> Array:
    """|x|², for each element."""
    if x.dtype.kind != "c":
        return x * x
    re, im = ops.parts(x)
    return re * re + im * im


@target(
    *(f"lapack_{kind}orgqr_ffi" for kind in "sd"), *(f"lapack_{kind}ungqr_ffi" for kind in "cz")
)
def orgqr(call: Call, a: Array, taus: Array) -> Any:
    """custom_call @lapack_sorgqr_ffi(a, tau)  →  the product of the reflections, in a loop"""
    m, n = a.shape[-2:]
    row = np.arange(m)
    q = ops.broadcast_to(constant(np.eye(m, n, dtype=a.dtype)), a.shape)
    count = taus.shape[-1]
    if not count:
        return q

    def step(q: Array, k: Array) -> Any:
        here = a[..., k]
        zero, one = filled(here, 0), filled(here, 1)
        vector = np.where(row == k, one, np.where(row > k, here, zero))
        along = np.sum(np.conj(vector)[..., :, None] * q, axis=-2)
        return q - (taus[..., k][..., None] * vector)[..., :, None] * along[..., None, :]

    return fold(step, q, np.arange(count)[::-1].copy())


# Triangular factors.


@target(*(f"lapack_{kind}getrf_ffi" for kind in "sdcz"))
def getrf(call: Call, a: Array) -> Any:
    """
    custom_call @lapack_sgetrf_ffi(a)  →  the pivots, from an elimination without a derivative; and
    the factors of the matrix with its rows in the order of the pivots
    """
    m, n = a.shape[-2:]
    k = min(m, n)
    if not a.size or not k:
        return [a, constant(0, call.dtype(1), call.kind(1)[0]), _info(call, 2)]
    pivots, order = _pivots(stop_gradient(a))
    ordered = np.take_along_axis(a, order[..., None], axis=-2)
    square = _packed(ordered[..., :k, :k])
    packed = square
    if n > m:
        rest = np.linalg.solve(triangular(square, True, True), ordered[..., m:])
        packed = np.concatenate([square, rest], axis=-1)
    if m > n:
        upper = triangular(square, False, False)
        rest = np.linalg.solve(upper.mT, ordered[..., n:, :].mT).mT
        packed = np.concatenate([square, rest], axis=-2)
    return [packed, ops.cast(pivots + 1, call.dtype(1)), _info(call, 2)]


def _pivots(a: Array) -> tuple[Array, Array]:
    """The row that each step of the elimination chooses, and the order of the rows at its end."""
    m, n = a.shape[-2:]
    row = np.arange(m)
    order = ops.broadcast_to(ops.iota((m,), 0), (*a.shape[:-2], m))

    def step(state: Any, k: Array) -> Any:
        x, order = state
        column = x[..., k]
        size = _size(column)
        p = np.argmax(np.where(row >= k, size, filled(size, -1)), axis=-1)
        at_k, at_p = row == k, row == p[..., None]
        upper, lower = x[..., k, :], np.take_along_axis(x, p[..., None, None], -2)[..., 0, :]
        first = order[..., k]
        second = np.take_along_axis(order, p[..., None], -1)[..., 0]
        order = np.where(at_p, first[..., None], order)
        order = np.where(at_k, second[..., None], order)
        x = np.where(at_p[..., None], upper[..., None, :], x)
        x = np.where(at_k[:, None], lower[..., None, :], x)
        return (_reduced(x, row, k), order), p

    (_, order), pivots = scan(step, (a, order), np.arange(min(m, n)))
    return np.moveaxis(pivots, 0, -1), order


def _size(x: Array) -> Array:
    """The number by which LAPACK chooses a pivot: |x|, or |re x| + |im x| for a complex x."""
    if x.dtype.kind != "c":
        return abs(x)
    re, im = ops.parts(x)
    return abs(re) + abs(im)


def _reduced(x: Array, row: Any, k: Array) -> Array:
    """One step of the elimination: row k is subtracted from the rows below it."""
    pivot, column = x[..., k, k], x[..., k]
    safe = np.where(pivot == 0, filled(pivot, 1), pivot)[..., None]
    factor = np.where(row > k, column / safe, filled(column, 0))
    there = x - factor[..., :, None] * x[..., k, :][..., None, :]
    at = (row > k)[:, None] & (np.arange(x.shape[-1]) == k)
    packed = np.where(at, factor[..., :, None], there)
    # The factors of the columns before k stay where they are.
    return np.where(np.arange(x.shape[-1]) < k, x, packed)


@custom_jvp
def _packed(a: Array) -> Array:
    row = np.arange(a.shape[-2])
    return fold(lambda x, k: _reduced(x, row, k), a, np.arange(a.shape[-1]))


@_packed.defjvp
def _packed_rule(primals: Any, tangents: Any) -> Any:
    """With c = l⁻¹ da u⁻¹: d(l - 1 + u) = l tril(c, -1) + triu(c) u"""
    (a,), (da,) = primals, tangents
    packed = _packed(a)
    lower, upper = triangular(packed, True, True), triangular(packed, False, False)
    c = np.linalg.solve(upper.mT, np.linalg.solve(lower, da).mT).mT
    return packed, lower @ np.tril(c, -1) + np.triu(c) @ upper
