"""`scipy.linalg`: functions of matrices beside the exponential, and factors."""

from __future__ import annotations

from typing import Any

import numpy

from ..control_flow.loops import scan
from ..ops import lift
from ..tracing import Array, constant
from ..transforms.derivatives import jvp, stop_gradient
from ..user_code import located
from .batches import over_batches
from .offers import floats_or_complex, implements
from .scipy_linalg import _adjoint, _square, expm, lu, principal_root, regular_root

np: Any = numpy  # its type stubs know no traced arrays


def _times_i(a: Array) -> Array:
    return a * 1j


@implements("linalg.cosm")
def cosm(A):
    """cos A"""
    a = _square("cosm", A)
    if a.dtype.kind == "c":
        return 0.5 * (expm(_times_i(a)) + expm(-_times_i(a)))
    return np.real(expm(_times_i(a)))


@implements("linalg.sinm")
def sinm(A):
    """sin A"""
    a = _square("sinm", A)
    if a.dtype.kind == "c":
        return -0.5j * (expm(_times_i(a)) - expm(-_times_i(a)))
    return np.imag(expm(_times_i(a)))


@implements("linalg.tanm")
def tanm(A):
    """sin A (cos A)⁻¹"""
    return np.linalg.solve(cosm(A), sinm(A))


@implements("linalg.coshm")
def coshm(A):
    """cosh A"""
    a = _square("coshm", A)
    return 0.5 * (expm(a) + expm(-a))


@implements("linalg.sinhm")
def sinhm(A):
    """sinh A"""
    a = _square("sinhm", A)
    return 0.5 * (expm(a) - expm(-a))


@implements("linalg.tanhm")
def tanhm(A):
    """sinh A (cosh A)⁻¹"""
    return np.linalg.solve(coshm(A), sinhm(A))


ROOTS = 7
"""The square roots that `logm` takes, so that its argument is near the identity."""


@implements("linalg.logm")
@over_batches(A=2)
def logm(A, disp=None):
    """The principal logarithm. Real for a real A, and NaN if it is not; NaN for a singular A"""
    a = _square("logm", A)
    if a.ndim != 2:
        raise located(ValueError, f"scipy.linalg.logm takes one traced matrix, not {a.shape}")
    if not a.size:
        return a
    # The eigenvalues of a root have positive real parts, but for those of negative eigenvalues,
    # which are imaginary. So the other roots need no eigenvalues.
    a = principal_root(a) if a.dtype.kind == "c" else regular_root(a)
    for _ in range(ROOTS - 1):
        a = regular_root(a)
    # log(1 + x) = ∫ x / (1 + t x) dt from 0 to 1, by Gauss's sum: Padé's approximation.
    nodes, weights = numpy.polynomial.legendre.leggauss(8)
    one = np.eye(a.shape[-1], dtype=a.dtype)
    x = a - one
    total = 0 * x
    for node, weight in zip((nodes + 1) / 2, weights / 2):
        total = total + float(weight) * np.linalg.solve(one + float(node) * x, x)
    return total * 2.0**ROOTS


@implements("linalg.fractional_matrix_power")
@over_batches(A=2)
def fractional_matrix_power(A, t):
    """exp(t log A); whole powers by products"""
    if isinstance(t, int | numpy.integer):
        return np.linalg.matrix_power(_square("fractional_matrix_power", A), int(t))
    return expm(t * logm(A))


@implements("linalg.signm")
@over_batches(A=2)
def signm(A, disp=None):
    """A (A²)^(-1/2); NaN if an eigenvalue is an imaginary number"""
    a = _square("signm", A)
    return np.linalg.solve(regular_root(a @ a), a)


@implements("linalg.funm")
def funm(A, func, disp=True):
    """V f(w) V⁻¹, by eigenvalues. Real for a real A, and NaN if this is not real"""
    a = _square("funm", A)
    w, v = np.linalg.eig(a)
    result = np.linalg.solve(v.mT, (v * func(w)[..., None, :]).mT).mT
    if a.dtype.kind == "c":
        return result
    real, rest = np.real(result), np.imag(result)
    size = np.max(abs(real), axis=(-2, -1), keepdims=True)
    small = abs(rest) <= 1e6 * np.finfo(a.dtype).eps * size
    return np.where(np.all(small, axis=(-2, -1), keepdims=True), real, np.nan)


@implements("linalg.expm_frechet")
def expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    """eᴬ, and its derivative in the direction E"""
    a, e = floats_or_complex(A, E)
    if a.shape != e.shape:
        raise located(ValueError, "expected A and E to be the same shape")
    value, slope = jvp(expm, (a,), (e,))
    return (value, slope) if compute_expm else slope


@implements("linalg.polar")
@over_batches(a=2)
def polar(a, side="right"):
    """a = u p with u unitary and p positive; or a = p u"""
    (a,) = floats_or_complex(a)
    if a.ndim != 2:
        raise located(ValueError, "`a` must be a 2-D array.")
    if side not in ("left", "right"):
        raise located(ValueError, "`side` must be either 'right' or 'left'")
    # By matrices that have a derivative also where singular values are equal.
    wide = a.shape[0] < a.shape[1]
    gram = a @ _adjoint(a) if wide else _adjoint(a) @ a
    root = regular_root(gram)
    if wide:
        u = np.linalg.solve(root, a)
        return (u, _hermitian(_adjoint(u) @ a)) if side == "right" else (u, root)
    u = _adjoint(np.linalg.solve(_adjoint(root), _adjoint(a)))
    return (u, root) if side == "right" else (u, _hermitian(a @ _adjoint(u)))


def _hermitian(a: Array) -> Array:
    return (a + _adjoint(a)) / 2


@implements("linalg.orth")
def orth(A, rcond=None):
    """An orthonormal basis of the columns of a matrix of full rank"""
    (a,) = floats_or_complex(A)
    return np.linalg.svd(a, full_matrices=False)[0]


@implements("linalg.null_space")
@over_batches(A=2)
def null_space(A, rcond=None, *, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    """An orthonormal basis of the x with A x = 0, for a matrix of full rank"""
    (a,) = floats_or_complex(A)
    m, n = a.shape
    if m >= n:
        return lift(numpy.zeros((n, 0)), a.dtype)
    start = _adjoint(np.linalg.svd(stop_gradient(a), full_matrices=True)[2][m:])
    # The start, projected and made orthonormal again, has the derivative of the space.
    moved = start - _adjoint(a) @ np.linalg.solve(a @ _adjoint(a), a @ start)
    factor = np.linalg.cholesky(_adjoint(moved) @ moved)
    return _adjoint(np.linalg.solve(factor, _adjoint(moved)))


@implements("linalg.lu_factor")
def lu_factor(a, overwrite_a=False, check_finite=True):
    """The factors in one matrix, and the rows that change places. Square matrices only"""
    p, lower, upper = lu(_square("lu_factor", a))
    n = p.shape[-1]
    if not n:
        return lower, numpy.zeros(p.shape[:-1], numpy.int32)
    # Row k of the product comes from this row of a.
    order = np.argmax(p.mT, axis=-1)
    pivots = []
    for k in range(n):
        pivot = order[..., k]
        pivots.append(pivot)
        # Row k has gone to the place of the pivot.
        place = np.where(order == k, pivot[..., None], order)
        order = place
    return np.tril(lower, -1) + upper, np.stack(pivots, axis=-1).astype(np.int32)


@implements("linalg.lu_solve")
def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    """The solution, by the factors of lu_factor"""
    both, pivots = lu_and_piv
    both, b = floats_or_complex(both, b)
    pivots = lift(pivots)
    n = both.shape[-1]
    if both.ndim != 2:
        raise located(ValueError, "scipy.linalg.lu_solve takes one traced matrix")
    order: Any = constant(numpy.arange(n))
    for k in range(n):
        # Rows k and pivots[k] change places.
        other = pivots[k].astype(np.int64)
        at_k, at_other = order[k], order[other]
        places = numpy.arange(n)
        order = np.where(places == k, at_other, np.where(places == other, at_k, order))
    lower = np.tril(both, -1) + np.eye(n, dtype=both.dtype)
    upper = np.triu(both)
    if trans == 0:
        return np.linalg.solve(upper, np.linalg.solve(lower, np.take(b, order, axis=0)))
    if trans == 2 and both.dtype.kind == "c":
        lower, upper = np.conj(lower), np.conj(upper)
    y = np.linalg.solve(lower.mT, np.linalg.solve(upper.mT, b))
    return np.take(y, np.argsort(order), axis=0)


@implements("linalg.eig")
def eig(a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True,
        homogeneous_eigvals=False):  # fmt: skip
    """As numpy.linalg.eig; with b, of b⁻¹ a"""
    if left or homogeneous_eigvals:
        raise located(
            TypeError, "scipy.linalg.eig on traced arrays has no left and no homogeneous_eigvals"
        )
    w, v = np.linalg.eig(_pencil("eig", a, b))
    return (w, v) if right else w


@implements("linalg.eigvals")
def eigvals(a, b=None, overwrite_a=False, check_finite=True, homogeneous_eigvals=False):
    """As numpy.linalg.eigvals; with b, of b⁻¹ a"""
    if homogeneous_eigvals:
        raise located(TypeError, "scipy.linalg.eigvals on traced arrays has no homogeneous_eigvals")
    return np.linalg.eigvals(_pencil("eigvals", a, b)) + 0j


def _pencil(name: str, a: Any, b: Any) -> Array:
    a = _square(name, a)
    return a if b is None else np.linalg.solve(_square(name, b), a)


@implements("linalg.khatri_rao")
@over_batches(a=2, b=2)
def khatri_rao(a, b):
    """The Kronecker products of the columns"""
    a, b = lift(a), lift(b)
    return np.reshape(a[..., :, None, :] * b[..., None, :, :], (-1, b.shape[-1]))


@implements("linalg.subspace_angles")
@over_batches(A=2, B=2)
def subspace_angles(A, B):
    """The angles of two spaces of columns, the largest first; without a derivative at 0 and π/2"""
    q, p = orth(A), orth(B)
    if q.shape[-1] < p.shape[-1]:
        q, p = p, q
    shared = _adjoint(q) @ p
    cosine = np.linalg.svd(shared, compute_uv=False)[::-1]
    # A small angle has its digits in its sine.
    sine = np.linalg.svd(p - q @ shared, compute_uv=False)
    return np.where(
        cosine * cosine < 0.5,
        np.arccos(np.clip(cosine, 0.0, 1.0)),
        np.arcsin(np.minimum(sine, 1.0)),
    )


# A form that is almost triangular.


@implements("linalg.hessenberg")
def hessenberg(a, calc_q=False, overwrite_a=False, check_finite=True):
    """qᴴ a q, which is 0 below the first diagonal under the main one; with calc_q also q"""
    (a,) = floats_or_complex(a)
    if a.ndim < 2 or a.shape[-2] != a.shape[-1]:
        raise located(ValueError, "expected square matrix")
    n = a.shape[-1]
    row = np.arange(n)
    q = a * 0 + np.eye(n, dtype=a.dtype)
    # A complex element below the last column but one becomes real.
    steps = n - 1 if a.dtype.kind == "c" else n - 2
    if steps < 1:
        return (a, q) if calc_q else a

    def step(state: Any, k: Any) -> Any:
        """LAPACK's reflection 1 - τ v vᴴ, which turns the column below its first element to 0."""
        x, q = state
        here, first = x[..., k], x[..., k + 1, k]
        below = np.where(row > k + 1, here, 0)
        rest = np.sum(np.square(np.real(below)) + np.square(np.imag(below)), axis=-1)
        done = (rest == 0) & (np.imag(first) == 0)
        square = np.square(np.real(first)) + np.square(np.imag(first)) + rest
        length = np.sqrt(np.where(done, 1.0, square))
        top = np.where(np.real(first) >= 0, -length, length)
        tau = np.where(done, 0, (top - first) / top)[..., None]
        apart = np.where(done, 1, first - top)[..., None]
        v = np.where(row == k + 1, 1, below / apart) * (row > k)

        def behind(x: Any) -> Any:
            return x - (tau * (x @ v[..., None])[..., 0])[..., :, None] * np.conj(v)[..., None, :]

        x = behind(x)
        along = (np.conj(v)[..., None, :] @ x)[..., 0, :]
        x = x - (np.conj(tau) * v)[..., :, None] * along[..., None, :]
        return (x, behind(q)), None

    (h, q), _ = scan(step, (a, q), np.arange(steps))
    h = np.triu(h, -1)
    return (h, q) if calc_q else h
