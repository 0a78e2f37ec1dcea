"""`scipy.linalg`: matrices of a shape, and equations with them."""

from __future__ import annotations

from typing import Any

import numpy

from ..tracing import Array, constant
from ..user_code import located
from .batches import ONE_OR_TWO, over_batches
from .offers import floats_or_complex, implements
from .scipy_linalg import _adjoint, circulant, toeplitz

np: Any = numpy  # its type stubs know no traced arrays


@implements("linalg.hankel")
def hankel(c, r=None):
    """The matrix of constant antidiagonals, by its first column and its last row"""
    c, r = floats_or_complex(c, np.zeros_like(np.ravel(c)) if r is None else r)
    c, r = np.ravel(c), np.ravel(r)
    n, m = c.shape[0], r.shape[0]
    return np.concatenate([c, r[1:]])[numpy.arange(n)[:, None] + numpy.arange(m)]


@implements("linalg.companion")
@over_batches(a=1)
def companion(a):
    """The matrix whose eigenvalues are the roots of a polynomial"""
    (a,) = floats_or_complex(a)
    if a.ndim != 1 or a.shape[0] < 2:
        raise located(ValueError, "The length of `a` along the last axis must be at least 2.")
    n = a.shape[0] - 1
    below = constant(numpy.eye(n - 1, n).astype(a.dtype))
    return np.concatenate([-a[None, 1:] / a[0], below])


@implements("linalg.leslie")
@over_batches(f=1, s=1)
def leslie(f, s):
    """The matrix of a population: f in the first row, and s below the diagonal"""
    f, s = floats_or_complex(f, s)
    n = f.shape[0]
    if s.shape != (n - 1,):
        raise located(ValueError, "Incorrect lengths for f and s: s must be one shorter than f.")
    below = np.concatenate([np.diag(s), np.zeros((n - 1, 1), s.dtype)], axis=1)
    return np.concatenate([f[None], below])


@implements("linalg.fiedler")
@over_batches(a=1)
def fiedler(a):
    """|a[i] - a[j]|"""
    (a,) = floats_or_complex(a)
    return abs(a[:, None] - a)


@implements("linalg.convolution_matrix")
@over_batches(a=1)
def convolution_matrix(a, n, mode="full"):
    """The matrix of np.convolve(a, x, mode), x of the static size n"""
    (a,) = floats_or_complex(a)
    n, m = int(n), a.shape[0]
    if mode not in ("full", "valid", "same"):
        raise located(ValueError, "'mode' argument must be one of ('full', 'valid', 'same')")
    zeros = np.zeros(n - 1, a.dtype)
    full = toeplitz(np.concatenate([a, zeros]), np.concatenate([a[:1], zeros]))
    if mode == "same":
        start = (min(n, m) - 1) // 2
        return full[start : start + max(n, m)]
    return full if mode == "full" else full[min(n, m) - 1 : max(n, m)]


# Equations.


@implements("linalg.solve_toeplitz")
@over_batches(c_or_cr=1, b=ONE_OR_TWO)
def solve_toeplitz(c_or_cr, b, check_finite=True):
    """By the whole matrix: O(n³)"""
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    return _solved(toeplitz(c, r), b)


@implements("linalg.matmul_toeplitz")
@over_batches(c_or_cr=1, x=ONE_OR_TWO)
def matmul_toeplitz(c_or_cr, x, check_finite=False, workers=None):
    """The product with the whole matrix"""
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    a, x = floats_or_complex(toeplitz(c, r), x)
    return a @ x


@implements("linalg.solve_circulant")
def solve_circulant(c, b, singular="raise", tol=None, caxis=-1, baxis=0, outaxis=0):
    """By the whole matrix: O(n³); NaN if it is singular. Vectors c, and b of one or two axes"""
    if np.ndim(c) != 1 or baxis not in (0, -np.ndim(b)) or outaxis != 0:
        raise located(
            TypeError, "scipy.linalg.solve_circulant takes one traced vector c, and the axis 0 of b"
        )
    return _solved(circulant(c), b)


def _solved(a: Any, b: Any) -> Array:
    a, b = floats_or_complex(a, b)
    return np.linalg.solve(a, b)


def _banded(ab: Array, lower: bool) -> Array:
    """The Hermitian matrix of its diagonals on one side of the main one."""
    u, n = ab.shape[0] - 1, ab.shape[1]
    half: Any = constant(numpy.zeros((n, n), ab.dtype))
    for k in range(1, min(u + 1, n)):
        half = half + (np.diag(ab[k, : n - k], -k) if lower else np.diag(ab[u - k, k:], k))
    main = ab[0] if lower else ab[u]
    if ab.dtype.kind == "c":
        main = np.real(main) + 0j
    return half + _adjoint(half) + np.diag(main)


@implements("linalg.solveh_banded")
@over_batches(ab=2, b=ONE_OR_TWO)
def solveh_banded(ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    """By the whole matrix: O(n³)"""
    ab, b = floats_or_complex(ab, b)
    return np.linalg.solve(_banded(ab, lower), b)


@implements("linalg.cholesky_banded")
@over_batches(ab=2)
def cholesky_banded(ab, overwrite_ab=False, lower=False, check_finite=True):
    """The diagonals of the factor"""
    (ab,) = floats_or_complex(ab)
    u = ab.shape[0] - 1
    factor = np.linalg.cholesky(_banded(ab, lower))
    factor = factor if lower else _adjoint(factor)
    rows = []
    for row in range(u + 1):
        k = row if lower else u - row
        part = np.diagonal(factor, -k if lower else k)
        rows.append(np.pad(part, (0, k) if lower else (k, 0)))
    return np.stack(rows)


@implements("linalg.cho_solve_banded")
def cho_solve_banded(cb_and_lower, b, overwrite_b=False, check_finite=True):
    """The solution, by a factor of cholesky_banded"""
    cb, lower = cb_and_lower
    cb, b = floats_or_complex(cb, b)
    u, n = cb.shape[0] - 1, cb.shape[1]
    c: Any = constant(numpy.zeros((n, n), cb.dtype))
    for k in range(min(u + 1, n)):
        c = c + (np.diag(cb[k, : n - k], -k) if lower else np.diag(cb[u - k, k:], k))
    first, second = (c, _adjoint(c)) if lower else (_adjoint(c), c)
    return np.linalg.solve(second, np.linalg.solve(first, b))


@implements("linalg.eigh_tridiagonal")
@over_batches(d=1, e=1)
def eigh_tridiagonal(d, e, eigvals_only=False, select="a", select_range=None, check_finite=True,
                     tol=0.0, lapack_driver="auto"):  # fmt: skip
    """As eigh, of the whole matrix"""
    if select not in ("a", "all"):
        raise located(TypeError, "scipy.linalg.eigh_tridiagonal on traced arrays has no select")
    d, e = floats_or_complex(d, e)
    a = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    return np.linalg.eigvalsh(a) if eigvals_only else tuple(np.linalg.eigh(a))


@implements("linalg.eigvalsh_tridiagonal")
@over_batches(d=1, e=1)
def eigvalsh_tridiagonal(d, e, select="a", select_range=None, check_finite=True, tol=0.0,
                         lapack_driver="auto"):  # fmt: skip
    """The eigenvalues"""
    return eigh_tridiagonal(d, e, True, select)


@implements("linalg.eig_banded")
@over_batches(a_band=2)
def eig_banded(a_band, lower=False, eigvals_only=False, overwrite_a_band=False, select="a",
               select_range=None, max_ev=0, check_finite=True):  # fmt: skip
    """As eigh, of the whole matrix"""
    if select not in ("a", "all"):
        raise located(TypeError, "scipy.linalg.eig_banded on traced arrays has no select")
    (band,) = floats_or_complex(a_band)
    a = _banded(band, lower)
    return np.linalg.eigvalsh(a) if eigvals_only else tuple(np.linalg.eigh(a))


@implements("linalg.eigvals_banded")
@over_batches(a_band=2)
def eigvals_banded(a_band, lower=False, overwrite_a_band=False, select="a", select_range=None,
                   check_finite=True):  # fmt: skip
    """The eigenvalues"""
    return eig_banded(a_band, lower, True, select=select)


@implements("linalg.solve_discrete_lyapunov")
@over_batches(a=2, q=2)
def solve_discrete_lyapunov(a, q, method=None):
    """The solution x of a x aᴴ - x + q = 0, by a system of all elements: O(n⁶)"""
    a, q = floats_or_complex(a, q)
    n = a.shape[-1]
    conj = np.conj(a) if a.dtype.kind == "c" else a
    system = np.eye(n * n, dtype=a.dtype) - np.kron(a, conj)
    return np.reshape(np.linalg.solve(system, np.reshape(q, (-1,))), q.shape)
