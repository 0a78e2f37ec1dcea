"""
Linear algebra: the ops of StableHLO, and the calls of LAPACK with which JAX writes it on a CPU.

LAPACK packs the factors of a matrix into one array, and letgrad's ops give them apart. The
functions here pack them again, with LAPACK's signs and pivots, and each has a derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from xdsl.dialects import arith
from xdsl.ir import SSAValue

from ...dialects import ten, types
from ...dialects.types import ints
from .. import ops
from ..control_flow.loops import fold, scan
from ..numpy_derived.decompositions import of_lower_triangle
from ..numpy_functions.elementwise import filled
from ..tracing import Array, constant, use
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import stop_gradient
from .conversion_table import Call, converts, target
from .foreign_op import NotConvertible, ints_of
from .known_values import known_array

np: Any = numpy  # its type stubs know no traced arrays


def _letter(call: Call, name: str, default: str) -> str:
    """A flag of LAPACK, such as `L` of `uplo = 76`."""
    found = call.table("mhlo.backend_config").get(name)
    return default if found is None else chr(ints_of(found)[0] % 256)


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
    of_lower = np.linalg.cholesky if _is_symmetrized(use(a)) else _factor
    factor = _cholesky(of_lower, a, _letter(call, "uplo", "L") == "L")
    failed = np.any(np.isnan(np.real(factor)), axis=(-2, -1))
    return [factor, _info(call, 1, failed)]


@converts("stablehlo.cholesky")
def cholesky(call: Call, a: Array) -> Array:
    """stablehlo.cholesky a  →  the Cholesky factor"""
    return _cholesky(np.linalg.cholesky, a, call.flag("lower"))


def _cholesky(of_lower: Callable[[Array], Array], a: Array, lower: bool) -> Array:
    return of_lower(a) if lower else np.conjugate(of_lower(np.conjugate(a).mT)).mT


def _is_symmetrized(a: SSAValue) -> bool:
    """Whether a matrix is x + xᵀ, or a part of it: JAX writes (x + xᵀ) / 2 for `jnp.linalg`."""
    if isinstance(a.owner, arith.DivfOp):
        a = a.owner.lhs
    if not isinstance(a.owner, arith.AddfOp):
        return False
    pair, last = (a.owner.lhs, a.owner.rhs), types.rank(a.type) - 1
    swapped = [*range(last - 1), last, last - 1]
    return any(
        isinstance(y.owner, ten.TransposeOp)
        and y.owner.x == x
        and list(ints(y.owner.perm)) == swapped
        for x, y in (pair, pair[::-1])
    )


@custom_jvp
def _factor(a: Array) -> Array:
    return np.linalg.cholesky(a)


@_factor.defjvp
def _factor_rule(primals: Any, tangents: Any) -> Any:
    """
    dl = l tril(l⁻¹ da l⁻ᴴ) with half of the diagonal, as in JAX's rule

    The values need one triangle, and this derivative has both: da need not be symmetric.
    """
    (a,), (da,) = primals, tangents
    lower = _factor(a)
    half = np.linalg.solve(lower, da)
    c = np.conjugate(np.linalg.solve(lower, np.conjugate(half).mT)).mT
    return lower, lower @ (np.tril(c, -1) + np.eye(a.shape[-1]) * c / 2)


@target(*(f"lapack_{kind}_ffi" for kind in ("ssyevd", "dsyevd", "cheevd", "zheevd")))
def syevd(call: Call, a: Array) -> Any:
    """custom_call @lapack_ssyevd_ffi(a)  →  ten.eigh"""
    w, v = np.linalg.eigh(a, _letter(call, "uplo", "L"))
    return [v, w, _info(call, 2)]


# Singular values.


@target(*(f"lapack_{kind}{name}_ffi" for kind in "sdcz" for name in ("gesdd", "gesvd")))
def gesdd(call: Call, a: Array) -> Any:
    """custom_call @lapack_sgesdd_ffi(a)  →  ten.svd; the mode A completes the vectors to a basis"""
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
    return _reflected(a)


def _reflected(a: Array) -> list[Array]:
    """The packed factors of a matrix that is not empty, and the numbers tau."""
    m, n = a.shape[-2:]
    row, column = np.arange(m), np.arange(n)

    def step(x: Array, k: Array) -> Any:
        here = x[..., k]
        vector, tau, top = _reflection(here, x[..., k, k], row, k)
        along = np.sum(np.conj(vector)[..., :, None] * x, axis=-2)
        # LAPACK applies the adjoint of the reflection, which differs for complex numbers.
        reflected = x - (np.conj(tau)[..., None] * vector)[..., :, None] * along[..., None, :]
        packed = np.where(row < k, here, np.where(row == k, top[..., None], vector))
        after = np.where(column > k, reflected, x)
        return np.where(column == k, packed[..., :, None], after), tau

    packed, taus = scan(step, a, np.arange(min(m, n)))
    return [packed, np.moveaxis(taus, 0, -1)]


def _reflection(here: Array, alpha: Array, row: Any, k: Any) -> tuple[Array, Array, Array]:
    """
    The reflection 1 - tau v vᴴ whose adjoint makes 0 of the elements of a column below row k: v,
    which is 0 above row k and 1 there; tau; and the element at row k after it. `alpha` is the
    element at row k before it.
    """
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
    return vector, tau, np.where(stays, alpha, beta)


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
    q = ops.broadcast_to(constant(np.eye(*a.shape[-2:], dtype=a.dtype)), a.shape)
    return _product(a, taus, q, False)


def _product(a: Array, taus: Array, c: Array, is_adjoint: bool) -> Array:
    """The product of the packed reflections, or its adjoint, and c."""
    row, count = np.arange(a.shape[-2]), taus.shape[-1]
    if not count:
        return c

    def step(c: Array, k: Array) -> Any:
        here = a[..., k]
        zero, one = filled(here, 0), filled(here, 1)
        vector = np.where(row == k, one, np.where(row > k, here, zero))
        tau = np.conj(taus[..., k]) if is_adjoint else taus[..., k]
        along = np.sum(np.conj(vector)[..., :, None] * c, axis=-2)
        return c - (tau[..., None] * vector)[..., :, None] * along[..., None, :]

    order = np.arange(count)
    return fold(step, c, order if is_adjoint else order[::-1].copy())


@target(
    *(f"lapack_{kind}ormqr_ffi" for kind in "sd"), *(f"lapack_{kind}unmqr_ffi" for kind in "cz")
)
def ormqr(call: Call, a: Array, taus: Array, c: Array) -> Any:
    """custom_call @lapack_sormqr_ffi(a, tau, c)  →  the reflections, applied to c in a loop"""
    config = call.table("mhlo.backend_config")
    left, transpose = (bool(ints_of(config[name])[0]) for name in ("left", "transpose"))
    if left:
        return _product(a, taus, c, transpose)
    # c q = (qᴴ cᴴ)ᴴ
    return np.conj(_product(a, taus, np.conj(c).mT, not transpose)).mT


@target(*(f"lapack_{kind}geqp3_ffi" for kind in "sdcz"))
def geqp3(call: Call, a: Array, chosen: Array) -> Any:
    """
    custom_call @lapack_sgeqp3_ffi(a, order)  →  the order of the columns, from a loop without a
    derivative that takes the longest rest of a column first; and the factors of these columns
    """
    found = known_array(chosen)
    if found is None or found.any():
        raise NotConvertible("letgrad chooses the order of all columns")
    m, n = a.shape[-2:]
    if not a.size:
        order = ops.broadcast_to(ops.iota((n,), 0), (*a.shape[:-2], n))
        return [a, ops.cast(order + 1, call.dtype(1)), constant(0, a.dtype, call.kind(2)[0])]
    row, column = np.arange(m), np.arange(n)

    def step(state: Any, k: Array) -> Any:
        x, order = state
        rest = np.sum(np.where((row >= k)[:, None], _square(x), 0), axis=-2)
        p = np.argmax(np.where(column >= k, rest, filled(rest, -1)), axis=-1)[..., None]
        moved = np.where(column == k, p, np.where(column == p, k, column))
        x = np.take_along_axis(x, moved[..., None, :], -1)
        vector, tau, _ = _reflection(x[..., k], x[..., k, k], row, k)
        along = np.sum(np.conj(vector)[..., :, None] * x, axis=-2)
        x = x - (np.conj(tau)[..., None] * vector)[..., :, None] * along[..., None, :]
        return (x, np.take_along_axis(order, moved, -1)), ()

    start = ops.broadcast_to(ops.iota((n,), 0), (*a.shape[:-2], n))
    (_, order), _ = scan(step, (stop_gradient(a), start), np.arange(min(m, n)))
    packed, taus = _reflected(np.take_along_axis(a, order[..., None, :], -1))
    return [packed, ops.cast(order + 1, call.dtype(1)), taus]


# Matrices that are almost triangular.


def _hessenberg(a: Array) -> tuple[Array, Array]:
    """qᴴ a q with zeros below the first diagonal under the main one; the vectors of q are there."""
    n = a.shape[-1]
    if n < 2:
        return a, constant(0, a.dtype, (*a.shape[:-2], max(n - 1, 0)))
    row = np.arange(n)

    def step(x: Array, k: Array) -> Any:
        here = x[..., k]
        vector, tau, top = _reflection(here, x[..., k + 1, k], row, k + 1)
        tau = tau[..., None]
        across = np.sum(x * vector[..., None, :], axis=-1)
        moved = x - (tau * across)[..., :, None] * np.conj(vector)[..., None, :]
        along = np.sum(np.conj(vector)[..., :, None] * moved, axis=-2)
        moved = moved - (np.conj(tau) * vector)[..., :, None] * along[..., None, :]
        packed = np.where(row <= k, here, np.where(row == k + 1, top[..., None], vector))
        after = np.where(row > k, moved, x)
        return np.where(row == k, packed[..., :, None], after), tau[..., 0]

    packed, taus = scan(step, a, np.arange(n - 1))
    return packed, np.moveaxis(taus, 0, -1)


@target(*(f"lapack_{kind}gehrd_ffi" for kind in "sdcz"))
def gehrd(call: Call, a: Array) -> Any:
    """custom_call @lapack_sgehrd_ffi(a)  →  a loop of reflections from both sides"""
    config = call.table("mhlo.backend_config")
    low, high = (ints_of(config[name])[0] for name in ("low", "high"))
    if (low, high) != (1, a.shape[-1]):
        raise NotConvertible("letgrad reflects whole matrices")
    return [*_hessenberg(a), _info(call, 2)]


@target(*(f"lapack_{name}_ffi" for name in ("ssytrd", "dsytrd", "chetrd", "zhetrd")))
def sytrd(call: Call, a: Array) -> Any:
    """
    custom_call @lapack_ssytrd_ffi(a)  →  the reflections of the matrix of one triangle. Those of
    the upper triangle are those of the lower one, for rows and columns in the other order
    """
    upper = _letter(call, "uplo", "L") == "U"
    b = np.flip(a, (-2, -1)) if upper else a
    packed, taus = _hessenberg(of_lower_triangle(b))
    diagonals = [np.real(np.diagonal(packed, k, axis1=-2, axis2=-1)) for k in (0, -1)]
    below = np.tril(np.ones(a.shape[-2:], bool))
    packed = np.where(below, packed, b)
    if upper:
        packed = np.flip(packed, (-2, -1))
        diagonals, taus = [np.flip(d, -1) for d in diagonals], np.flip(taus, -1)
    return [packed, *diagonals, taus, _info(call, 4)]


@target(*(f"lapack_{kind}gtsv_ffi" for kind in "sdcz"))
def gtsv(call: Call, lower: Array, main: Array, upper: Array, b: Array) -> Any:
    """
    custom_call @lapack_sgtsv_ffi(lower, main, upper, b)  →  an elimination, which exchanges a row
    and the next one where its pivot is smaller; and a loop that puts in from the end
    """
    n = main.shape[-1]
    if not n:
        return [lower, main, upper, b, _info(call, 4)]
    rows = [np.moveaxis(x, -1, 0) for x in (lower, main, upper)]
    rhs = np.moveaxis(b, -2, 0)

    def eliminate(state: Any, here: Any) -> Any:
        p, q, f = state
        low, mid, up, g = here
        swaps = _size(low) > _size(p)
        top, bottom = np.where(swaps, low, p), np.where(swaps, p, low)
        factor = bottom / top
        first, second = np.where(swaps, mid, q), np.where(swaps, q, mid)
        third, fourth = np.where(swaps, up, filled(up, 0)), np.where(swaps, filled(up, 0), up)
        wide = swaps[..., None]
        f, g = np.where(wide, g, f), np.where(wide, f, g)
        after = second - factor * first, fourth - factor * third, g - factor[..., None] * f
        return after, (top, first, third, f)

    start = rows[1][0], rows[2][0], rhs[0]
    rest = tuple(x[1:] for x in (*rows, rhs))
    end, above = scan(eliminate, start, rest) if n > 1 else (start, None)
    zero = filled(end[0], 0)
    last = end[0], zero, zero, end[2]
    joined = [
        x[None] if above is None else np.concatenate([y, x[None]], axis=0)
        for x, y in zip(last, above or last)
    ]

    def put_in(state: Any, here: Any) -> Any:
        x1, x2 = state
        p, q, r, f = (x if k == 3 else x[..., None] for k, x in enumerate(here))
        x = (f - q * x1 - r * x2) / p
        return (x, x1), x

    nothing = filled(rhs[0], 0)
    _, found = scan(put_in, (nothing, nothing), tuple(joined), reverse=True)
    pivots, first, second = (np.moveaxis(x, 0, -1) for x in joined[:3])
    second = np.concatenate([filled(second[..., :1], 0), second[..., :-1]], axis=-1)
    singular = np.any(pivots == 0, axis=-1)
    return [second, pivots, first, np.moveaxis(found, 0, -2), _info(call, 4, singular)]


# Eigenvalues of any matrices.


@target(*(f"lapack_{kind}geev_ffi" for kind in "sdcz"))
def geev(call: Call, a: Array) -> Any:
    """custom_call @lapack_sgeev_ffi(a)  →  ten.eig; left vectors are those of the inverse"""
    left, right = (_letter(call, f"compute_{side}", "V") == "V" for side in ("left", "right"))
    w, v = np.linalg.eig(a)
    count = len(call.op.results) - 3
    values = [np.real(w), np.imag(w)] if count == 2 else [w]
    return [
        *values,
        _left_vectors(v) if left else filled(v, 0),
        v if right else filled(v, 0),
        _info(call, count + 2),
    ]


def _left_vectors(v: Array) -> Array:
    """The vectors u with uᴴ a = w uᴴ, of length 1, of which the largest element is real."""
    if not v.size:
        return v
    u = np.conj(np.linalg.inv(v)).mT
    u = u / np.sqrt(np.sum(_square(u), axis=-2, keepdims=True))
    m = np.argmax(_square(u), axis=-2)[..., None, :]
    largest = np.take_along_axis(u, m, -2)
    return u * np.conj(largest) / abs(largest)


@target("lapack_cgees_ffi", "lapack_zgees_ffi")
def gees(call: Call, a: Array) -> Any:
    """
    custom_call @lapack_zgees_ffi(a)  →  a loop over the columns. An eigenvector of the rest of the
    matrix gives a reflection, which makes this column triangular. The vectors have their own signs
    """
    count = a.shape[-1]
    w, _ = np.linalg.eig(a)
    identity = ops.broadcast_to(constant(np.eye(count, dtype=a.dtype)), a.shape)
    if not a.size:
        return [a, a, w, _info(call, 3), _info(call, 4)]
    row = np.arange(count)
    # No eigenvalue is as large as this number: the columns that are done have it as theirs.
    size = np.sqrt(np.sum(_square(stop_gradient(a)), axis=(-2, -1)))
    far = np.where(size == 0, 1.0, 2 * size)

    def step(state: Any, k: Array) -> Any:
        t, z = state
        done = row < k
        inside = ~done[:, None] & ~done
        diagonal = np.where(done, far[..., None], 0.0)
        rest = np.where(inside, t, filled(t, 0)) + diagonal[..., None] * identity
        values, vectors = np.linalg.eig(rest)
        place = np.argmin(abs(values - w[..., k][..., None]), axis=-1)
        v = np.take_along_axis(vectors, place[..., None, None], -1)[..., 0]
        v = np.where(done, filled(v, 0), v)
        alpha = v[..., k]
        vector, tau, _ = _reflection(v, alpha, row, k)
        # The adjoint of the reflection takes v to a multiple of the unit vector k.
        along = np.sum(np.conj(vector)[..., :, None] * t, axis=-2)
        moved = t - (np.conj(tau)[..., None] * vector)[..., :, None] * along[..., None, :]
        across = np.sum(moved * vector[..., None, :], axis=-1)
        back = (tau[..., None] * np.conj(vector))[..., None, :]
        moved = moved - across[..., :, None] * back
        turned = np.sum(z * vector[..., None, :], axis=-1)
        gone = (row > k)[:, None] & (row == k)
        return (np.where(gone, filled(t, 0), moved), z - turned[..., :, None] * back), ()

    (t, z), _ = scan(step, (a, identity), np.arange(count))
    values = np.diagonal(t, axis1=-2, axis2=-1)
    return [t, z, values, _info(call, 3), _info(call, 4)]


@target("lapack_sgees_ffi", "lapack_dgees_ffi")
def real_gees(call: Call, a: Array) -> Any:
    """
    custom_call @lapack_dgees_ffi(a)  →  a loop over the columns. A real eigenvector of the rest of
    the matrix makes one column triangular; the two parts of a complex one make a block of 2 × 2,
    which a rotation gives equal elements on its diagonal. The vectors have their own signs
    """
    count = a.shape[-1]
    w, _ = np.linalg.eig(a)
    values = [np.real(w), np.imag(w)]
    if not a.size:
        return [a, a, *values, _info(call, 4), _info(call, 5)]
    row = np.arange(count)
    identity = ops.broadcast_to(constant(np.eye(count, dtype=a.dtype)), a.shape)
    # No eigenvalue is as large as this number: the columns that are done have it as theirs.
    size = np.sqrt(np.sum(_square(stop_gradient(a)), axis=(-2, -1)))
    far = np.where(size == 0, 1.0, 2 * size)

    def reflection(x: Array, k: Array, on: Array) -> Array:
        """The orthogonal matrix that moves x, from row k on, to a multiple of unit vector k."""
        x = np.where((row >= k) & on[..., None], x, filled(x, 0))
        length = np.sqrt(np.sum(x * x, axis=-1))
        signed = np.where(np.sum(np.where(row == k, x, filled(x, 0)), axis=-1) < 0, -length, length)
        u = x + np.where(row == k, signed[..., None], filled(x, 0))
        square = np.sum(u * u, axis=-1)
        factor = np.where(square == 0, 0.0, 2 / np.where(square == 0, 1.0, square))
        return identity - factor[..., None, None] * u[..., :, None] * u[..., None, :]

    def step(state: Any, k: Array) -> Any:
        t, z = state
        turn = np.sum(np.where(row == k, np.imag(w), 0.0), axis=-1)
        begins, on = turn > 0, turn >= 0  # a pair ends where its imaginary part is negative
        done = row < k
        inside = ~done[:, None] & ~done
        diagonal = np.where(done, far[..., None], 0.0)
        rest = np.where(inside, t, filled(t, 0)) + diagonal[..., None] * identity
        found, vectors = np.linalg.eig(rest)
        place = np.argmin(abs(found - w[..., k][..., None]), axis=-1)
        v = np.take_along_axis(vectors, place[..., None, None], -1)[..., 0]
        first = reflection(np.real(v), k, on)
        other = np.sum(first * np.imag(v)[..., None, :], axis=-1)
        turned = first @ reflection(other, k + 1, begins)
        t = turned.mT @ t @ turned
        # The rotation of the rows k and k + 1.
        here, next_ = (np.where(row == j, 1.0, 0.0).astype(a.dtype) for j in (k, k + 1))
        corner = [
            np.sum(t * i[:, None] * j, axis=(-2, -1)) for i in (here, next_) for j in (here, next_)
        ]
        angle = np.where(begins, np.arctan2(corner[3] - corner[0], corner[1] + corner[2]) / 2, 0.0)
        cosine, sine = np.cos(angle)[..., None, None], np.sin(angle)[..., None, None]
        plane = here[:, None] * here + next_[:, None] * next_
        across = next_[:, None] * here - here[:, None] * next_
        rotation = identity + (cosine - 1) * plane + sine * across
        gone = (row > k)[:, None] & (row == k) & (on & ~begins)[..., None, None]
        gone |= (row > k + 1)[:, None] & ((row == k) | (row == k + 1)) & begins[..., None, None]
        t = rotation.mT @ t @ rotation
        return (np.where(gone, filled(t, 0), t), z @ turned @ rotation), ()

    (t, z), _ = scan(step, (a, identity), np.arange(count))
    return [t, z, *values, _info(call, 4), _info(call, 5)]


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
