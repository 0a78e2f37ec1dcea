"""
SciPy's functions of complex numbers and of complex matrices, beside SciPy.

Derivatives are compared with differences along a direction in the complex plane.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

special: Any = pytest.importorskip("scipy.special", reason="SciPy is an extra")
linalg: Any = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")

ONE = [
    "erf", "erfc", "erfcx", "erfi", "dawsn", "wofz", "ndtr", "loggamma", "gamma", "rgamma", "psi",
    "digamma", "expm1", "log1p",
]  # fmt: skip
TWO = ["xlogy", "xlog1py"]
SIZES = (0.01, 0.7, 1.7, 6.0)


def places(seed: int = 0) -> np.ndarray:
    """Numbers in all quadrants, near both axes, and near and far from 0."""
    random = np.random.default_rng(seed)
    z = [
        a * random.standard_normal(9) + 1j * b * random.standard_normal(9)
        for a in SIZES
        for b in SIZES
    ]
    return np.concatenate(z)


@pytest.mark.sampled(19)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_the_value_is_that_of_scipy(name: str, backend: str):
    f = getattr(special, name)
    zs = (places(), places(1)) if name in TWO else (places(),)
    found = lg.jit(f, backend=backend)(*zs)
    assert found.dtype == np.complex128
    np.testing.assert_allclose(found, f(*zs), rtol=2e-12, atol=1e-14)
    small = [z.astype(np.complex64).reshape(4, 36) for z in zs]
    found = lg.jit(f, backend=backend)(*small)
    assert found.dtype == f(*small).dtype
    wanted = f(*(z.astype(np.complex128) for z in small))
    fits = abs(wanted) < 1e30  # beyond, squares leave the range of complex64
    np.testing.assert_allclose(found[fits], wanted[fits], rtol=3e-4, atol=2e-6)
    assert lg.jit(f, backend=backend)(*(z[:0] for z in zs)).shape == (0,)


@pytest.mark.sampled(11)
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_the_derivative_along_a_direction(name: str):
    f = getattr(special, name)
    zs = (places(), places(1)) if name in TWO else (places(),)
    # Where the function jumps or has a pole, and where it is too large for differences.
    smooth = [((z.real > 0.05) | (abs(z.imag) > 0.05)) & (abs(z) < 6) for z in zs]
    zs = tuple(z[np.all(smooth, axis=0)] for z in zs)
    direction, step = 0.6 - 0.8j, 1e-5
    slope = lg.jvp(f, zs, tuple(np.full_like(z, direction) for z in zs))[1]

    def along(s: float) -> np.ndarray:
        return f(*(z + s * step * direction for z in zs))

    wanted = (8 * (along(1) - along(-1)) - along(2) + along(-2)) / (12 * step)
    np.testing.assert_allclose(slope, wanted, rtol=1e-7, atol=1e-7)
    # Reverse mode is the transpose of forward mode, for each argument.
    pulled = lg.vjp(f, *zs)[1](np.ones_like(slope))
    for k, back in enumerate(pulled):
        ones = tuple(np.ones_like(z) * (j == k) for j, z in enumerate(zs))
        np.testing.assert_allclose(back, lg.jvp(f, zs, ones)[1], rtol=1e-10)


def test_second_derivatives_and_real_arguments():
    z = np.array([0.3 + 0.2j, -2 + 1j, 1 - 2.5j])
    first = lg.grad(special.erf, holomorphic=True)
    second = lg.vmap(lg.grad(first, holomorphic=True))(z)
    np.testing.assert_allclose(second, -4 / np.sqrt(np.pi) * z * np.exp(-z * z), rtol=1e-12)
    x = np.array([-2.0, 0.0, 0.5])
    found = lg.jit(special.wofz)(x)
    assert found.dtype == np.complex128
    np.testing.assert_allclose(found, special.wofz(x), rtol=1e-13)
    assert lg.jit(special.erf)(x).dtype == np.float64
    np.testing.assert_array_equal(lg.jit(special.gamma)(np.array([-2 + 0j]))[0], np.nan + 0j)


def test_a_function_without_complex_numbers_says_so():
    with pytest.raises(TypeError, match="ufunc 'i0e' not supported for the input types"):
        lg.jit(special.i0e)(np.array([1 + 2j]))
    with pytest.raises(TypeError, match=r"scipy\.special\.spence is not supported on traced compl"):
        lg.jit(special.spence)(np.array([1 + 2j]))


# Matrices.


def matrix(n: int, shift: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(n)
    a = random.standard_normal((n, n)) + 1j * random.standard_normal((n, n))
    return a + shift * np.eye(n)


def positive(n: int) -> np.ndarray:
    a = matrix(n)
    return a @ a.conj().T + n * np.eye(n)


B = matrix(4)[:, :2]
OF_MATRICES: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "expm": (lambda X, a: X.expm(a), matrix(4)),
    "expm of a large matrix": (lambda X, a: X.expm(a), 9 * matrix(3)),
    "sqrtm": (lambda X, a: X.sqrtm(a), matrix(4, 6.0)),
    "inv": (lambda X, a: X.inv(a), matrix(4)),
    "det": (lambda X, a: X.det(a), matrix(4)),
    "solve": (lambda X, a: X.solve(a, B), matrix(4)),
    "solve of a Hermitian matrix": (lambda X, a: X.solve(a, B, assume_a="her"), positive(4)),
    "solve of a positive matrix": (
        lambda X, a: X.solve(a, B, lower=True, assume_a="pos"), positive(4)
    ),
    "solve of a symmetric matrix": (lambda X, a: X.solve(a, B, assume_a="sym"), matrix(4)),
    "solve_triangular": (lambda X, a: X.solve_triangular(a, B), matrix(4)),
    "solve_triangular, T": (lambda X, a: X.solve_triangular(a, B, "T"), matrix(4)),
    "solve_triangular, C": (lambda X, a: X.solve_triangular(a, B, "C", lower=True), matrix(4)),
    "solve_banded": (lambda X, a: X.solve_banded((1, 1), a[:3], B), matrix(4, 3.0)),
    "cholesky": (lambda X, a: X.cholesky(a), positive(4)),
    "cholesky, lower": (lambda X, a: X.cholesky(a, lower=True), positive(4)),
    "cho_solve": (lambda X, a: X.cho_solve(X.cho_factor(a), B), positive(4)),
    "cho_solve, lower": (lambda X, a: X.cho_solve(X.cho_factor(a, lower=True), B), positive(4)),
    "svdvals": (lambda X, a: X.svdvals(a), matrix(4)),
    "eigvalsh": (lambda X, a: X.eigvalsh(a), positive(4)),
    "eigvalsh of two": (lambda X, a: X.eigvalsh(a, positive(4).T), positive(4)),
    "pinv": (lambda X, a: X.pinv(a), matrix(4)[:, :3]),
    "norm": (lambda X, a: X.norm(a), matrix(4)),
    "block_diag": (lambda X, a: X.block_diag(a, 2 * a[:1]), matrix(3)),
    "toeplitz": (lambda X, a: X.toeplitz(a[0]), matrix(3)),
    "circulant": (lambda X, a: X.circulant(a[0]), matrix(3)),
    "solve_sylvester": (lambda X, a: X.solve_sylvester(a, a[:2, :2], B), matrix(4)),
    "lyapunov": (lambda X, a: X.solve_continuous_lyapunov(a, positive(4)), matrix(4)),
}  # fmt: skip


@pytest.mark.sampled(7)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", OF_MATRICES)
def test_a_function_of_complex_matrices(name: str, backend: str):
    f, a = OF_MATRICES[name]
    found = lg.jit(lambda a: f(lg.scipy.linalg, a), backend=backend)(a)
    np.testing.assert_allclose(found, f(linalg, a), rtol=1e-9, atol=1e-10)


@pytest.mark.sampled(9)
@pytest.mark.parametrize("name", OF_MATRICES)
def test_its_derivative_along_a_direction(name: str):
    f, a = OF_MATRICES[name]
    direction, step = np.roll(a, 1), 1e-6
    if "her" in name.lower() or "posit" in name or "ch" in name or "eig" in name:
        direction = direction + direction.conj().T
    slope = lg.jvp(lambda a: f(lg.scipy.linalg, a), (a,), (direction,))[1]
    high, low = (f(linalg, a + s * step * direction) for s in (1, -1))
    wanted = (high - low) / (2 * step)
    np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=2e-7 * np.max(abs(wanted)))
    value, pull = lg.vjp(lambda a: f(lg.scipy.linalg, a), a)
    ct = np.conj(np.roll(value, 1)) if np.ndim(value) else np.ones_like(value)
    paired = np.real(np.sum(pull(ct)[0] * direction))
    np.testing.assert_allclose(paired, np.real(np.sum(ct * slope)), rtol=1e-8, atol=1e-8)


@pytest.mark.slow
def test_a_matrix_without_a_root_gives_nan():
    """The iteration does not end, and may stop at a matrix whose square hides its distance."""
    random = np.random.default_rng(3)
    for _ in range(12):
        a = random.standard_normal((3, 3))
        a = a + a.T
        root = lg.jit(lg.scipy.linalg.sqrtm)(a)
        if np.linalg.eigvalsh(a)[0] < 0:
            assert np.all(np.isnan(root))
        else:
            np.testing.assert_allclose(root @ root, a, rtol=1e-7)
