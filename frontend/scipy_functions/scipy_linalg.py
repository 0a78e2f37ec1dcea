"""`scipy.linalg`: functions of matrices, on NumPy's `linalg` for traced arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ...dialects import ten
from .. import ops
from ..control_flow.cond_and_switch import cond
from ..control_flow.loops import scan
from ..numpy_derived.factors import decompose, lu_of_rows, rows_of, solve_triangle, unit_lower
from ..numpy_derived.linalg import SMALL, cholesky_of
from ..tracing import Array, constant, emit, use
from ..transforms.custom_rules import custom_jvp
from ..transforms.derivatives import stop_gradient
from ..user_code import located
from .batches import ONE_OR_TWO, over_batches
from .offers import floats_or_complex, implements

np: Any = numpy  # its type stubs know no traced arrays


def _square(name: str, a: Any) -> Array:
    (a,) = floats_or_complex(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise located(ValueError, f"scipy.linalg.{name} takes square matrices, not {a.shape}")
    return a


def _by_numpy(name: str) -> Any:
    """NumPy's function of the same name and first parameters."""
    function = getattr(np.linalg, name)

    def rule(a, overwrite_a=False, check_finite=True):
        return function(*floats_or_complex(a))

    rule.__doc__ = f"As numpy.linalg.{name}"
    return rule


for _name in ("inv", "det"):
    implements(f"linalg.{_name}")(_by_numpy(_name))


@implements("linalg.solve")
def solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True,
          assume_a=None, transposed=False):  # fmt: skip
    """The solution of a x = b, or NaN. With assume_a 'pos', 'her' or 'sym', reads one triangle"""
    a, b = _square("solve", a), floats_or_complex(b)[0]
    if _has_symmetric_factors(a, b, assume_a):
        return _symmetric(a, b, lower)
    if assume_a in ("sym", "symmetric"):
        a = _mirrored(a, lower, conjugate=False)
    elif assume_a in ("pos", "positive definite") and a.shape[-1] > SMALL:
        # The transpose of a Hermitian matrix is its conjugate.
        is_conjugate = transposed and a.dtype.kind == "c"
        factor = cholesky_of(np.conj(a) if is_conjugate else a, not lower)
        return cho_solve((factor, lower), b)
    elif assume_a in ("pos", "her", "positive definite", "hermitian"):
        a = _mirrored(a, lower)
    elif assume_a in ("lower triangular", "upper triangular"):
        return _triangular(a, b, assume_a.startswith("lower"), transposed)
    elif assume_a in ("diagonal", "tridiagonal"):
        # SciPy reads these diagonals alone.
        places = numpy.arange(a.shape[-1])
        read = abs(places[:, None] - places) <= (assume_a == "tridiagonal")
        a = np.where(read, a, numpy.zeros((), a.dtype))
    return np.linalg.solve(a.mT if transposed else a, b)


def _has_symmetric_factors(a: Array, b: Array, assume_a: Any) -> bool:
    """Whether the library solves a system by the factors of a symmetric matrix."""
    return (
        assume_a in ("sym", "symmetric", "her", "hermitian")
        and "c" not in (a.dtype.kind, b.dtype.kind)
        and a.shape[-1] > SMALL
        and b.shape[-2:][:1] == a.shape[-1:]
    )


def _symmetric(a: Array, b: Array, lower: Any) -> Array:
    """The solution for the symmetric matrix of a triangle."""
    a, b = floats_or_complex(a, b)
    a, wide = _of_one_batch(a, b[:, None] if b.ndim == 1 else b)
    x = _SYMMETRIC[bool(lower)](a, wide)
    return x[..., 0] if b.ndim == 1 else x


def _symmetric_by(lower: bool) -> Callable[[Array, Array], Array]:
    """The function of one triangle."""

    @custom_jvp
    def symmetric(a: Array, b: Array) -> Array:
        return emit(ten.SymmetricSolveOp, "lower" if lower else "upper", use(a), use(b))

    @symmetric.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        """dx = a⁻¹ (db - da x), by elimination: x and dx, or x̄, have the same factors."""
        (a, b), (da, db) = primals, tangents
        whole, tangent = (_mirrored(m, lower, conjugate=False) for m in (a, da))
        x = np.linalg.solve(whole, b)
        return x, np.linalg.solve(whole, db - tangent @ x)

    return symmetric


_SYMMETRIC = {lower: _symmetric_by(lower) for lower in (False, True)}


def _of_one_batch(a: Array, b: Array) -> tuple[Array, Array]:
    """The matrices and the right sides, with the same leading dimensions."""
    outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = ops.broadcast_to(a, (*outer, *a.shape[-2:]))
    return a, ops.broadcast_to(b, (*outer, *b.shape[-2:]))


def _adjoint(a: Array) -> Array:
    """The conjugate transpose."""
    return (np.conj(a) if a.dtype.kind == "c" else a).mT


def _mirrored(a: Array, lower: bool, conjugate: bool = True) -> Array:
    """The Hermitian matrix of a triangle, or the symmetric matrix."""
    half, rest = (np.tril(a), np.tril(a, -1)) if lower else (np.triu(a), np.triu(a, 1))
    return half + (_adjoint(rest) if conjugate else rest.mT)


@implements("linalg.solve_triangular")
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False,
                     check_finite=True):  # fmt: skip
    """Reads and differentiates by one triangle"""
    a, b = _square("solve_triangular", a), floats_or_complex(b)[0]
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise located(ValueError, f"trans is {trans!r}, and must be one of 0, 1, 2, 'N', 'T', 'C'")
    if trans in (2, "C") and a.dtype.kind == "c":
        a = np.conj(a)
    return _triangular(a, b, lower, trans not in (0, "N"), unit_diagonal)


def _triangular(t: Array, b: Array, lower: Any, transposed: bool, unit: Any = False) -> Array:
    """The solution for one triangle of a matrix, or for the transpose of this triangle."""
    t, b = floats_or_complex(t, b)
    n = t.shape[-1]
    if n <= SMALL or b.shape[-2:][:1] != (n,):
        t = np.tril(t) if lower else np.triu(t)
        if unit:
            t = np.where(np.eye(n, dtype=bool), 1.0, t)
        return np.linalg.solve(t.mT if transposed else t, b)
    if transposed and t.dtype.kind == "c":
        t = np.conj(t)  # the op takes the adjoint
    t, wide = _of_one_batch(t, b[:, None] if b.ndim == 1 else b)
    triangle = "lower" if lower else "upper"
    kind = f"{'unit_' if unit else ''}{triangle}{'_adjoint' if transposed else ''}"
    x = solve_triangle(kind, t, wide)
    return x[..., 0] if b.ndim == 1 else x


@implements("linalg.solve_banded")
@over_batches(ab=2, b=ONE_OR_TWO)
def solve_banded(l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    """By the whole matrix: O(n³)"""
    (low, up), (ab, b) = l_and_u, floats_or_complex(ab, b)
    n = ab.shape[-1]
    if ab.ndim != 2 or ab.shape[0] != low + up + 1:
        raise located(
            ValueError, f"invalid values for the number of lower and upper diagonals: l+u+1 is "
            f"{low + up + 1}, and ab has {ab.shape[0]} rows"
        )  # fmt: skip
    a = constant(0, ab.dtype, (n, n))
    for row in range(low + up + 1):
        k = up - row  # a[i, i + k] = ab[row, i + k]
        if abs(k) < n:
            values = ab[row, k:] if k >= 0 else ab[row, : n + k]
            a = a + np.diag(values, k)
    return np.linalg.solve(a, b)


@implements("linalg.cholesky")
def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    """NaN for matrices that are not positive definite. Reads one triangle"""
    return cholesky_of(_square("cholesky", a), not lower)


@implements("linalg.cho_factor")
def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """The other triangle of the factor is 0"""
    return cholesky(a, lower), lower


@implements("linalg.cho_solve")
def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    """The solution, by a factor of Cholesky"""
    c, lower = c_and_lower
    c, b = floats_or_complex(c, b)
    # The factor with its adjoint: l lᴴ, or uᴴ u.
    conjugate = np.conj(c) if c.dtype.kind == "c" else c
    if lower:
        return _triangular(conjugate, _triangular(c, b, True, False), True, True)
    return _triangular(c, _triangular(conjugate, b, False, True), False, False)


@implements("linalg.qr")
def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    """Without pivoting; the modes full, economic and r"""
    (a,) = floats_or_complex(a)
    modes = {"full": "complete", "economic": "reduced", "r": "r"}
    if pivoting or mode not in modes:
        raise located(
            TypeError, "scipy.linalg.qr on traced arrays has no pivoting, and the modes full, "
            "economic and r"
        )  # fmt: skip
    if mode == "r":
        r, (m, n) = np.linalg.qr(a, mode="r"), a.shape[-2:]
        below = constant(0, a.dtype, (*a.shape[:-2], m - n, n)) if m > n else None
        return (r if below is None else np.concatenate([r, below], axis=-2),)
    return tuple(np.linalg.qr(a, mode=modes[mode]))


@implements("linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True,
        lapack_driver="gesdd"):  # fmt: skip
    """As numpy.linalg.svd"""
    result = np.linalg.svd(
        *floats_or_complex(a), full_matrices=full_matrices, compute_uv=compute_uv
    )
    return tuple(result) if compute_uv else result


@implements("linalg.svdvals")
def svdvals(a, overwrite_a=False, check_finite=True):
    """The singular values"""
    return np.linalg.svd(*floats_or_complex(a), compute_uv=False)


@implements("linalg.eigh")
def eigh(a, b=None, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False,
         check_finite=True, subset_by_index=None, driver=None):  # fmt: skip
    """With b, the generalized problem a v = b v w"""
    a = _square("eigh", a)
    n = a.shape[-1]
    first, last = (0, n - 1) if subset_by_index is None else map(int, subset_by_index)
    if subset_by_index is not None and not 0 <= first <= last < n:
        raise located(
            ValueError,
            "Requested eigenvalue indices are not valid. Valid range is "
            f"[0, {n - 1}] and start <= end, but start={first}, end={last} is given",
        )
    part = (..., slice(first, last + 1))
    if b is None:
        w, v = np.linalg.eigh(a, UPLO="L" if lower else "U")
        return w[part] if eigvals_only else (w[part], v[part])
    factor = np.linalg.cholesky(_mirrored(_square("eigh", b), lower))
    inner = np.linalg.solve(factor, _mirrored(a, lower))
    inner = np.linalg.solve(factor, _adjoint(inner))
    w, v = np.linalg.eigh((inner + _adjoint(inner)) / 2)
    return w[part] if eigvals_only else (w[part], np.linalg.solve(_adjoint(factor), v[part]))


@implements("linalg.eigvalsh")
def eigvalsh(a, b=None, lower=True, overwrite_a=False, overwrite_b=False, check_finite=True,
             subset_by_index=None, driver=None):  # fmt: skip
    """The eigenvalues"""
    return eigh(a, b, lower, eigvals_only=True, subset_by_index=subset_by_index)


@implements("linalg.lu")
def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    """Differentiates where the first columns and rows are independent"""
    (a,) = floats_or_complex(a)
    if a.ndim < 2:
        raise located(ValueError, "The input array must be at least two-dimensional.")
    m, n = a.shape[-2:]
    k = min(m, n)
    if m <= n:
        order, packed = lu_of_rows(a[..., :m])
        lower, upper = unit_lower(packed), np.triu(packed)
        if m < n:
            rest = solve_triangle("unit_lower", packed, rows_of(order, a[..., m:]))
            upper = np.concatenate([upper, rest], axis=-1)
    else:
        # The rows that the pivots choose, and then the others, from the square part.
        order, _ = decompose(ten.LuOp, stop_gradient(a))
        ordered = rows_of(order, a)
        _, packed = lu_of_rows(ordered[..., :k, :])
        lower, upper = unit_lower(packed), np.triu(packed)
        rest = solve_triangle("lower", packed.mT, ordered[..., k:, :].mT).mT
        lower = np.concatenate([lower, rest], axis=-2)
    if p_indices or permute_l:
        # Row i of p l is row `places[i]` of l.
        places = np.argsort(order, axis=-1).astype(np.int32)
        return (rows_of(places, lower), upper) if permute_l else (places, lower, upper)
    p = (np.arange(m)[:, None] == order[..., None, :]).astype(np.real(a).dtype)
    return p, lower, upper


@implements("linalg.pinv")
def pinv(a, atol=None, rtol=None, return_rank=False, check_finite=True):
    """The derivative is the one of matrices of the same rank"""
    if atol is not None or return_rank:
        raise located(TypeError, "scipy.linalg.pinv on traced arrays has no atol and return_rank")
    (a,) = floats_or_complex(a)
    share = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
    return np.linalg.pinv(a, rcond=share)


@implements("linalg.lstsq")
@over_batches(a=2, b=ONE_OR_TWO)
def lstsq(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True,
          lapack_driver=None):  # fmt: skip
    """As numpy.linalg.lstsq"""
    a, b = floats_or_complex(a, b)
    x, sums, rank, s = np.linalg.lstsq(a, b, rcond=np.finfo(a.dtype).eps if cond is None else cond)
    return x, sums, rank.astype(np.int64), s


@implements("linalg.norm")
def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    """As numpy.linalg.norm"""
    return np.linalg.norm(ops.lift(a), ord=ord, axis=axis, keepdims=keepdims)


@implements("linalg.block_diag")
def block_diag(*arrs):
    """The matrices along the diagonal, with zeros beside them"""
    parts = floats_or_complex(*arrs)
    parts = [np.reshape(p, (1, -1)) if p.ndim < 2 else p for p in parts]
    height, width = (sum(p.shape[d] for p in parts) for d in (0, 1))
    rows, left = [], 0
    for p in parts:
        right = width - left - p.shape[1]
        rows.append(np.pad(p, ((0, 0), (left, right))))
        left += p.shape[1]
    return np.concatenate(rows, axis=0) if height else constant(0, parts[0].dtype, (0, width))


@implements("linalg.toeplitz")
@over_batches(c=1, r=1)
def toeplitz(c, r=None):
    """The matrix of constant diagonals, by its first column and its first row"""
    c, r = floats_or_complex(c, np.conj(c) if r is None else r)
    c, r = np.ravel(c), np.ravel(r)
    values = np.concatenate([c[::-1], r[1:]])
    n, m = c.shape[0], r.shape[0]
    return values[np.arange(n - 1, -1, -1)[:, None] + np.arange(m)]


@implements("linalg.circulant")
@over_batches(c=1)
def circulant(c):
    """The matrix whose columns are c, turned round"""
    (c,) = floats_or_complex(c)
    n = c.shape[0]
    return c[(np.arange(n)[:, None] - np.arange(n)) % n]


# Equations of matrices, and functions of matrices.


@implements("linalg.solve_sylvester")
@over_batches(a=2, b=2, q=2)
def solve_sylvester(a, b, q):
    """The solution x of a x + x b = q, by a system of all elements: O((m n)³)"""
    a, b, q = floats_or_complex(a, b, q)
    m, n = a.shape[-1], b.shape[-1]
    return np.reshape(np.linalg.solve(_sylvester(a, b), np.reshape(q, (m * n,))), (m, n))


def _sylvester(a: Array, b: Array) -> Array:
    """The matrix of x ↦ a x + x b, of x in row-major order."""
    m, n = a.shape[-1], b.shape[-1]
    one_m, one_n = np.eye(m, dtype=a.dtype), np.eye(n, dtype=a.dtype)
    left = a[:, None, :, None] * one_n[None, :, None, :]
    right = one_m[:, None, :, None] * b.T[None, :, None, :]
    return np.reshape(left + right, (m * n, m * n))


@implements("linalg.solve_continuous_lyapunov", "linalg.solve_lyapunov")
@over_batches(a=2, q=2)
def solve_continuous_lyapunov(a, q):
    """The solution x of a x + x aᴴ = q"""
    a, q = floats_or_complex(a, q)
    return solve_sylvester(a, _adjoint(a), q)


# The coefficients of Padé's approximation of eˣ, of degree 13 (Higham 2005, table 2.3 and (2.4)),
# and the norm up to which its error is below that of float64.
PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
    129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0,
    960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
PADE_NORM = 5.371920351148152
SQUARINGS = 24


@implements("linalg.expm")
def expm(A):
    """eᴬ; NaN for matrices of a norm above 9e7"""
    a = _square("expm", A)
    n = a.shape[-1]
    if not n:
        return a
    identity = ops.broadcast_to(constant(np.eye(n, dtype=a.dtype)), a.shape)
    size = stop_gradient(np.max(np.sum(abs(a), axis=-2, keepdims=True), axis=-1, keepdims=True))
    over = np.where(size > PADE_NORM, size / PADE_NORM, 1.0)
    turns = np.ceil(np.log2(over))
    turns = np.where(turns > SQUARINGS, np.nan, turns)
    x = a * np.exp2(-turns)
    x2 = x @ x
    x4 = x2 @ x2
    x6 = x4 @ x2
    c = PADE
    odd = x6 @ (c[13] * x6 + c[11] * x4 + c[9] * x2) + c[7] * x6 + c[5] * x4 + c[3] * x2
    odd = x @ (odd + c[1] * identity)
    even = x6 @ (c[12] * x6 + c[10] * x4 + c[8] * x2) + c[6] * x6 + c[4] * x4 + c[2] * x2
    even = even + c[0] * identity
    result = np.linalg.solve(even - odd, even + odd)

    def square(r: Array, k: Array) -> Any:
        # Later turns square the identity, which stays as it is, and does not overflow.
        wanted = k < turns

        def squared(r: Array) -> Array:
            again = np.where(wanted, r, identity)
            return np.where(wanted, again @ again, r)

        return cond(np.any(wanted), squared, lambda r: r, r), ()

    result, _ = scan(square, result, np.arange(SQUARINGS).astype(turns.dtype))
    return np.where(np.isnan(turns), np.nan, result)


@custom_jvp
def regular_root(a: Array) -> Array:
    """
    The principal square root of a matrix [n n] without an eigenvalue that is negative or 0; of
    another matrix NaN.

    By the product form of Denman and Beavers' iteration, with scaling by determinants.
    """
    n = a.shape[-1]
    identity = np.eye(n, dtype=a.dtype)

    def step(state: Any, _: Array) -> Any:
        m, x = state
        inverse = np.linalg.inv(m)
        distance = np.max(abs(m - identity))
        # Far from the end, a scale by the determinant saves turns; near it, the scale is 1.
        scale = np.exp(-np.linalg.slogdet(m)[1] / (2 * n))
        g = np.where(distance > 1e-2, scale, 1.0)
        m_next = 0.5 * (identity + 0.5 * (g * g * m + inverse / (g * g)))
        x_next = 0.5 * g * x @ (identity + inverse / (g * g))
        return (m_next, x_next), ()

    (m, x), _ = scan(step, (a, a), np.arange(30))
    # Without a root, the turns do not come to an end. Then m does not approach the identity. By
    # chance x may be so large that x² hides its distance from a.
    rough = np.finfo(a.dtype).eps ** 0.5 * n
    found = _is_root(x, a) & (np.max(abs(m - identity)) <= rough)
    return np.where(found, x, np.nan)


@custom_jvp
def principal_root(a: Array) -> Array:
    """
    The principal square root of a matrix [n n], of the dtype of a, or NaN if it has none.

    An eigenvalue that is negative, or 0, ends no iteration. Then the root is v √w v⁻¹, of which NaN
    remains where a is real and the root is not, or where a has too few eigenvectors.
    """
    x = regular_root(a)
    return cond(np.any(np.isnan(x)), _root_by_eigenvalues, lambda a: x, a)


def _root_by_eigenvalues(a: Array) -> Array:
    w, v = np.linalg.eig(a)
    # Rounding must not choose the side of the branch cut: √ of a negative number is i √|w|.
    rounding = a.shape[-1] * np.finfo(a.dtype).eps * np.max(abs(w), initial=0.0)
    size = np.where((np.real(w) < 0) & (abs(np.imag(w)) <= rounding), abs(w), 0.0)
    roots = np.where(size > 0, 1j * np.sqrt(size), np.sqrt(w)).astype(w.dtype)
    root = np.linalg.solve(v.mT, (v * roots).mT).mT
    x = root if a.dtype.kind == "c" else np.real(root)
    return np.where(_is_root(x, a), x, np.nan)


def _is_root(x: Array, a: Array) -> Array:
    """Whether x² is a, but for what half of the digits hide."""
    size = np.max(abs(x), initial=0.0) ** 2 + np.max(abs(a), initial=0.0)
    distance = np.max(abs(x @ x - a), initial=0.0)
    return distance <= np.finfo(a.dtype).eps ** 0.5 * a.shape[-1] * size


def _rule_of(root: Callable[[Array], Array]) -> Callable[..., Any]:
    def rule(primals: Any, tangents: Any) -> Any:
        """dx is the solution of x dx + dx x = da"""
        (a,), (da,) = primals, tangents
        x = root(a)
        return x, solve_sylvester(x, x, da)

    return rule


for _root in (regular_root, principal_root):
    _root.defjvp(_rule_of(_root))


@implements("linalg.sqrtm")
@over_batches(A=2)
def sqrtm(A):
    """The principal square root. Real for a real A, and NaN if it is not"""
    a = _square("sqrtm", A)
    if a.ndim != 2:
        raise located(ValueError, f"scipy.linalg.sqrtm takes one traced matrix, not {a.shape}")
    return principal_root(a) if a.size else a
