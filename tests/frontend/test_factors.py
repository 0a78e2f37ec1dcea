"""
Eigenvalues of any matrices, decompositions of complex matrices, and the systems and factors that a
library computes: values as NumPy's on all backends, first and second derivatives as differences, in
both modes, and batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import ten
from letgrad.frontend.numpy_derived import factors
from letgrad.frontend.numpy_derived.linalg import SMALL
from letgrad.lowering.cpu import backend as cpu
from letgrad.lowering.cpu.matrices import lapack

L = np.linalg
BACKENDS = ["numpy", "cpu"]
Function = Callable[[Any], Any]


def numbers(seed: int, *shape: int, kind: type = float) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.normal(size=shape)
    return x + 1j * random.normal(size=shape) if kind is complex else x


def adjoint(a: Any) -> Any:
    return np.swapaxes(np.conjugate(a), -1, -2)


def positive(a: Any) -> Any:
    return a @ adjoint(a) + np.eye(a.shape[-1])


def mixed(z: Any) -> Any:
    """A real number that depends on all real and imaginary parts."""
    return np.sum(np.sin(np.real(z))) + np.sum(np.imag(z) ** 3)


def of_svd(a: Any) -> Any:
    """Functions of singular vectors that no turn of a pair of vectors changes."""
    u, s, vt = L.svd(a, full_matrices=False)
    w = np.arange(1.0, 1 + s.shape[-1])
    return np.sum(s**2 * w) + np.sum(abs(u) ** 3) + np.sum(abs(vt) ** 3) + mixed((u * w) @ vt)


def of_eigh(a: Any) -> Any:
    w, v = L.eigh(a)
    return np.sum(w**3) + np.sum(abs(v) ** 3) + mixed((v * np.arange(v.shape[-1])) @ adjoint(v))


def of_eig(a: Any) -> Any:
    """The signs and the order of the vectors are the library's choice."""
    w, v = L.eig(a)
    real, imag = np.real(v), np.imag(v)
    vectors = np.sum((real**4 + imag**4 + real**2 * imag**2) * abs(w)[..., None, :])
    return np.sum(abs(w) ** 3) + np.sum(np.real(w) ** 2 + np.imag(w) ** 4) + vectors


def of_solve(a: Any) -> Any:
    b = np.arange(2.0 * a.shape[-1]).reshape(-1, 2) + a[..., :2]
    return mixed(L.solve(a + 5 * np.eye(a.shape[-1]), b))


def of_slogdet(a: Any) -> Any:
    sign, size = L.slogdet(a)
    return mixed(sign) + np.sum(size)


def product_of_svd(a: Any) -> Any:
    u, s, vt = L.svd(a, full_matrices=False)
    return (u * s[..., None, :]) @ vt


def product_of_qr(a: Any) -> Any:
    q, r = L.qr(a)
    return q @ r


def product_of_lu(a: Any) -> Any:
    order, packed = factors.decompose(ten.LuOp, a)
    k = min(a.shape[-2:])
    product = factors.unit_lower(packed) @ np.triu(packed[..., :k, :])
    return factors.rows_of(np.argsort(order, axis=-1), product)


def product_of_lu_by_columns(a: Any) -> Any:
    order, packed = factors.decompose(ten.LuOp, a, columns=True)
    lower, upper = np.triu(packed.mT)[..., : min(a.shape[-2:]), :], factors.unit_lower(packed.mT)
    return factors.rows_of(np.argsort(order, axis=-1), upper @ lower).mT


FUNCTIONS: dict[str, Function] = {
    "eig": of_eig,
    "eigvals": lambda a: np.sum(abs(L.eigvals(a)) ** 3),
    "eigh": of_eigh,
    "eigh U": lambda a: np.sum(L.eigh(a, "U")[0] ** 3) + np.sum(abs(L.eigh(a, "U")[1]) ** 3),
    "eigvalsh": lambda a: np.sum(L.eigvalsh(a) ** 3),
    "svd": of_svd,
    "qr": lambda a: mixed(L.qr(a)[0]) + mixed(L.qr(a)[1]),
    "pinv": lambda a: mixed(L.pinv(a)),
    "solve": of_solve,
    "inv": lambda a: mixed(L.inv(a + 3 * np.eye(a.shape[-1]))),
    "slogdet": of_slogdet,
    "cholesky": lambda a: mixed(L.cholesky(positive(a))),
    "cholesky upper": lambda a: mixed(L.cholesky(positive(a), upper=True)),
    "cond": lambda a: np.sum(L.cond(a)),
    "norm nuc": lambda a: np.sum(L.norm(a, "nuc", axis=(-2, -1))),
}


def check(f: Function, x: np.ndarray) -> None:
    """Value, gradient, tangent, and the derivatives of the gradient in both modes."""
    for backend in BACKENDS:
        np.testing.assert_allclose(lg.jit(f, backend=backend)(x), f(x), rtol=1e-9)
    d, h = np.random.default_rng(1).normal(size=x.shape), 1e-5
    slope = (f(x + h * d) - f(x - h * d)) / (2 * h)
    gradient = lg.jit(lg.grad(f))
    np.testing.assert_allclose(np.sum(gradient(x) * d), slope, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(lg.jvp(f, (x,), (d,))[1], slope, rtol=1e-5, atol=1e-5)
    along = (gradient(x + h * d) - gradient(x - h * d)) / (2 * h)
    size = float(np.max(abs(along)))
    for second in (
        lg.jvp(gradient, (x,), (d,))[1],
        lg.grad(lambda x: np.sum(lg.grad(f)(x) * d))(x),
    ):
        np.testing.assert_allclose(second, along, rtol=1e-5, atol=1e-5 * max(size, 1))


@pytest.mark.sampled(61)
@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("shape", [(3, 3), (2, SMALL + 1, SMALL + 1), (4, 3), (3, 5)], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_matrices(name: str, shape: tuple[int, ...], kind: type):
    f, (m, n) = FUNCTIONS[name], shape[-2:]
    if m != n and name not in ("svd", "qr", "pinv", "norm nuc"):
        pytest.skip("the function takes square matrices")
    if m > SMALL and name.split()[0] not in ("solve", "inv", "slogdet", "cholesky"):
        shape = (2, 4, 4)  # these functions do not ask how large a matrix is
    if kind is complex:
        check(lambda x: f(x[0] + 1j * x[1]), numbers(m, 2, *shape))
    else:
        check(f, numbers(m, *shape))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", [float, complex])
def test_factors_of_matrices(kind: type, backend: str):
    """A product of the factors is the matrix: NumPy's factors may have other signs."""
    for shape in ((2, 4, 3), (3, 4), (3, 3), (0, 3, 3), (0, 0)):
        a = numbers(3, *shape, kind=kind)
        for product in (
            product_of_svd,
            product_of_qr,
            product_of_lu,
            product_of_lu_by_columns,
        ):
            np.testing.assert_allclose(lg.jit(product, backend=backend)(a), a, atol=1e-12)
        if shape[-1] != shape[-2]:
            continue
        w, v = lg.jit(lambda a: tuple(L.eig(a)), backend=backend)(a)
        assert w.dtype == v.dtype == np.complex128
        np.testing.assert_allclose(a @ v, v * w[..., None, :], atol=1e-12)
        h = positive(a)
        w, v = lg.jit(lambda a: tuple(L.eigh(a)), backend=backend)(h)
        np.testing.assert_allclose(h @ v, v * w[..., None, :], atol=1e-12)
        assert w.dtype == np.float64


@pytest.mark.sampled(3)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("kind", [k for k in ten.TRIANGLES if not k.startswith("complex")])
def test_triangular_systems(kind: str, dtype: Any, backend: str):
    error = (
        2e-4 if np.dtype(dtype).itemsize // (1 + np.dtype(dtype).kind.count("c")) == 4 else 1e-12
    )
    number = complex if np.dtype(dtype).kind == "c" else float
    for batch, n, m in (((), 4, 2), ((2, 3), 3, 1), ((2,), 0, 3), ((2,), 3, 0), ((0,), 3, 2)):
        t = (numbers(1, *batch, n, n, kind=number) + 3 * np.eye(n)).astype(dtype)
        b = numbers(2, *batch, n, m, kind=number).astype(dtype)
        triangle = np.tril(t) if "lower" in kind else np.triu(t)
        own = triangle
        if "unit" in kind:
            own = np.where(np.eye(n, dtype=bool), 0, triangle)
            triangle = own + np.eye(n)
        wanted = L.solve(adjoint(triangle) if "adjoint" in kind else triangle, b)
        # The op must not read the other triangle.
        t = np.where(own != 0, t, np.nan).astype(dtype)
        solve = lg.jit(lambda t, b: factors.solve_triangle(kind, t, b), backend=backend)
        found = solve(t, b)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=error, atol=error)


@pytest.mark.parametrize("backend", BACKENDS)
def test_large_matrices_that_have_no_factors_are_nan(backend: str):
    n = SMALL + 2
    a = np.stack([np.eye(n), np.ones((n, n)), np.full((n, n), np.nan), -np.eye(n)])
    ones = np.ones(n)
    x = lg.jit(lambda a: L.solve(a, ones), backend=backend)(a)
    np.testing.assert_array_equal(x[[0, 3]], [ones, -ones])
    assert np.all(np.isnan(x[1:3]))
    factor = lg.jit(L.cholesky, backend=backend)(a)
    np.testing.assert_array_equal(factor[0], np.eye(n))
    assert np.all(np.isnan(factor[2:]))
    sign, size = lg.jit(lambda a: tuple(L.slogdet(a)), backend=backend)(a[:2])
    np.testing.assert_array_equal(sign, [1, 0])
    np.testing.assert_array_equal(size, [0, -np.inf])


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 3, 3)], ids=str)
def test_derivatives_of_functions_of_empty_matrices_are_empty(shape: tuple[int, ...]):
    """A rule's tangent of an array without elements need not depend on the tangents it takes."""
    a = np.ones(shape)
    for f in (L.inv, L.pinv, L.det, L.slogdet, L.cholesky, L.qr, L.eigh, lambda a: L.solve(a, a)):
        value, slopes = lg.jit(lambda a, f=f: lg.jvp(f, (a,), (a,)))(a)
        for x, dx, y in zip(*map(lg.tree.leaves, (value, slopes, f(a))), strict=True):
            np.testing.assert_allclose(x, y)
            np.testing.assert_array_equal(dx, np.zeros_like(y))
        found = lg.grad(lambda a, f=f: sum(np.sum(x) for x in lg.tree.leaves(f(a))))(a)
        assert found.shape == shape


def test_factors_of_an_empty_matrix_are_scipys():
    scipy_linalg = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")
    a = np.ones((0, 0))
    found = lg.jit(lg.scipy.linalg.lu_factor)(a)
    for x, y in zip(found, scipy_linalg.lu_factor(a), strict=True):
        assert (x.shape, x.dtype) == (y.shape, y.dtype)


def test_one_matrix_for_a_batch_of_right_sides_is_factored_once():
    a, b = numbers(1, SMALL + 1, SMALL + 1), numbers(2, 5, SMALL + 1)
    solve = lg.vmap(lambda b: L.solve(a, b))
    np.testing.assert_allclose(solve(b), L.solve(a, b.T).T, rtol=1e-8)


def test_without_the_library_the_rules_of_the_reference_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lapack, "function", lambda name, is_c=False: None)
    a, b = numbers(1, SMALL + 1, SMALL + 1), numbers(2, SMALL + 1, 2)
    np.testing.assert_allclose(lg.jit(L.solve)(a, b), L.solve(a, b), rtol=1e-8)


def test_defective_matrices_and_equal_eigenvalues_give_no_nan_in_the_eigenvalues():
    gradient = lg.grad(lambda a: np.sum(np.real(L.eigvals(a))))(np.diag([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(gradient, np.eye(3), atol=1e-14)


def test_roots():
    p = np.array([2.0, -3.0, 4.0, 5.0])
    jacobian = lg.jacfwd(lambda p: np.roots(p))(p)
    for k in range(4):
        step = 1e-6 * np.eye(4)[k]
        slope = (np.roots(p + step) - np.roots(p - step)) / 2e-6
        np.testing.assert_allclose(jacobian[:, k], slope, rtol=1e-6, atol=1e-8)


def test_triangular_systems_of_scipy():
    scipy_linalg = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")
    n = SMALL + 1
    t, h = numbers(1, n, n) + 9 * np.eye(n), positive(numbers(2, n, n))
    for b in (numbers(3, n), numbers(3, n, 2)):
        for lower in (False, True):
            for trans in (0, 1):
                found = lg.jit(
                    lambda t, b, lower=lower, trans=trans: lg.scipy.linalg.solve_triangular(
                        t, b, trans, lower
                    )
                )(t, b)
                wanted = scipy_linalg.solve_triangular(t, b, trans, lower)
                np.testing.assert_allclose(found, wanted, rtol=1e-10)
            factor = scipy_linalg.cho_factor(h, lower)[0]
            found = lg.jit(
                lambda c, b, lower=lower: lg.scipy.linalg.cho_solve((c, lower), b),
            )(factor, b)
            np.testing.assert_allclose(found, L.solve(h, b), rtol=1e-8)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_matrix_without_a_real_root_has_none(backend: str):
    scipy_linalg = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")
    root = lg.jit(lg.scipy.linalg.sqrtm, backend=backend)
    for a in (np.diag([1.0, -2.0, 3.0]), -np.eye(2), numbers(4, 3, 3) - 5 * np.eye(3)):
        assert np.all(np.isnan(root(a)))
    for a in (np.diag([1e-6, 1.0, 1e6]), positive(numbers(4, 3, 3)), np.zeros((0, 0))):
        np.testing.assert_allclose(root(a), scipy_linalg.sqrtm(a), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_a_complex_matrix_with_negative_eigenvalues_has_a_root(name: str, backend: str):
    """The principal one of a real matrix, whatever rounding does to its eigenvalues."""
    scipy_linalg = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")
    found = lg.jit(getattr(lg.scipy.linalg, name), backend=backend)
    v = numbers(5, 3, 3)
    for a in (
        np.diag([1.0, -2.0, 3.0]),
        -np.eye(2),
        np.array([[1.0, 2.0, 0.0], [0.0, -3.0, 1.0], [0.0, 0.0, -2.0]]),
        v @ np.diag([1.0, -2.0, -3.0]) @ np.linalg.inv(v),
    ):
        wanted = getattr(scipy_linalg, name)(a)
        np.testing.assert_allclose(found(a + 0j), wanted, rtol=1e-7, atol=1e-8)


def test_the_root_of_a_singular_matrix():
    scipy_linalg = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")
    for a in (np.diag([0.0, 1.0, 4.0]), np.array([[1.0, 2.0], [2.0, 4.0]])):
        for kind in (float, complex):
            found = lg.jit(lg.scipy.linalg.sqrtm)(a.astype(kind))
            np.testing.assert_allclose(found, scipy_linalg.sqrtm(a), rtol=1e-7, atol=1e-7)
    # Without enough eigenvectors, there is no root.
    assert np.all(np.isnan(lg.jit(lg.scipy.linalg.sqrtm)(np.array([[0.0, 1.0], [0.0, 0.0]]))))


def test_the_slope_of_a_complex_root():
    pytest.importorskip("scipy", reason="SciPy is an extra")
    a = np.array([[1.0, 2.0, 0.0], [0.0, -3.0, 1.0], [0.0, 0.5, -2.0]]) + 0j
    da = numbers(6, 3, 3)
    x, dx = lg.jvp(lg.scipy.linalg.sqrtm, (a,), (da + 0j,))
    np.testing.assert_allclose(x @ dx + dx @ x, da, atol=1e-10)


@pytest.mark.parametrize("kind", [float, complex])
def test_triton_calls_the_functions_of_torch(kind: type):
    """Without a GPU, these are NumPy's under the same names."""
    pytest.importorskip("triton")
    a = numbers(7, 2, 3, 3, kind=kind)
    wide, b = numbers(8, SMALL + 1, SMALL + 1, kind=kind), numbers(9, SMALL + 1, kind=kind)
    for f, *xs in (
        (product_of_svd, a),
        (product_of_qr, a),
        (product_of_lu, a),
        (product_of_lu_by_columns, a),
        (lambda a: L.cholesky(a, upper=True), positive(wide)),
        (lambda a: L.eigh(a)[0], a),
        (lambda a: L.eig(a)[0] + 0j, a),
        (L.solve, wide, b),
        (L.cholesky, np.stack([positive(wide), -positive(wide)])),
    ):
        found = lg.jit(f, backend="triton")(*xs)
        wanted = lg.jit(f, backend="numpy")(*xs)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_the_functions_of_one_matrix_and_their_derivatives_factor_it_once():
    n = SMALL + 1
    a, y = numbers(5, n, n) + 3 * np.eye(n), numbers(6, n)

    def f(a: Any, y: Any) -> Any:
        return L.slogdet(a)[1] + np.sum(y * L.solve(a, y)) + np.sum(L.inv(a))

    for run in (f, lg.value_and_grad(f)):
        module = cpu.prepared(lg.trace(run, a, y))
        assert sum(op.name == "ten.lu" for op in module.walk()) == 1
    step, way = 1e-6, numbers(7, n, n)
    ends = [f(a + s * step * way, y) for s in (1, -1)]
    expected = (ends[0] - ends[1]) / (2 * step)
    assert np.sum(lg.grad(f)(a, y) * way) == pytest.approx(expected, rel=1e-5)
