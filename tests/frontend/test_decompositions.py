"""
Decompositions of matrices and the functions on top of them: values as NumPy's and SciPy's on all
backends, first and second derivatives as differences, batches, and matrices of special kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import ten
from letgrad.lowering.cpu.backend import prepared
from letgrad.lowering.cpu.read_results import reads
from letgrad.passes.rewriting.diagnostics import LetgradError

L = np.linalg
BACKENDS = ["numpy", "cpu"]
Function = Callable[[Any], Any]


def differences(f: Function, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        slopes[place] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


def check(f: Function, reference: Function, a: np.ndarray, second: bool = True) -> None:
    """Value, gradient, and the derivative of the gradient along a direction, of a sum."""
    for backend in BACKENDS:
        found = lg.jit(f, backend=backend)(a)
        np.testing.assert_allclose(found, reference(a), rtol=1e-10)
    gradient = lg.grad(f)
    np.testing.assert_allclose(gradient(a), differences(reference, a), rtol=1e-5, atol=1e-6)
    if second:
        d, h = np.random.default_rng(9).normal(size=a.shape), 1e-5
        along = (gradient(a + h * d) - gradient(a - h * d)) / (2 * h)
        np.testing.assert_allclose(lg.jvp(gradient, (a,), (d,))[1], along, rtol=1e-4, atol=1e-4)


def matrices(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def of_svd(a: Any) -> Any:
    u, s, vt = L.svd(a, full_matrices=False)
    weights = np.arange(1.0, 1 + s.shape[-1])
    return np.sum(abs(u) ** 3) + np.sum(s**2 * weights) + np.sum(np.cos(abs(vt)))


def of_eigh(a: Any, triangle: str = "L") -> Any:
    w, v = L.eigh(a, triangle)
    return np.sum(w**3) + np.sum(abs(v) ** 3)


ANY: dict[str, Function] = {
    "svd": of_svd,
    "singular values": lambda a: np.sum(L.svd(a, compute_uv=False) ** 3),
    "qr": lambda a: np.sum(np.sin(L.qr(a)[0])) + np.sum(np.cos(L.qr(a)[1])),
    "r": lambda a: np.sum(np.cos(L.qr(a, mode="r"))),
    "pinv": lambda a: np.sum(np.sin(L.pinv(a))),
    "norm nuc": lambda a: np.sum(L.norm(a, "nuc", axis=(-2, -1))),
    "norm 2": lambda a: np.sum(L.norm(a, 2, axis=(-2, -1), keepdims=True)),
    "norm -2": lambda a: np.sum(L.norm(a, -2, axis=(-2, -1))),
    "cond": lambda a: np.sum(L.cond(a)),
}
SQUARE: dict[str, Function] = {
    "eigh": of_eigh,
    "eigh U": lambda a: of_eigh(a, "U"),
    "eigvalsh": lambda a: np.sum(L.eigvalsh(a) ** 3),
    "cond 1": lambda a: np.sum(L.cond(a, 1)),
    "full svd": lambda a: np.sum(L.svd(a)[0] ** 2 * np.arange(1.0, 4)),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 3, 2)], ids=str)
@pytest.mark.parametrize("name", ANY)
def test_functions_of_any_matrices(name: str, shape: tuple[int, ...]):
    check(ANY[name], ANY[name], matrices(*shape), second=shape != (2, 3, 2))


@pytest.mark.parametrize("name", [*SQUARE, "svd", "qr", "pinv"])
def test_functions_of_square_matrices(name: str):
    f = (SQUARE | ANY)[name]
    check(f, f, matrices(3, 3))


def test_eigenvalues_of_a_batch_in_both_triangles_and_in_single_precision():
    a = matrices(2, 3, 3)
    for triangle in "LU":
        found = lg.vmap(lambda m, t=triangle: L.eigvalsh(m, t))(a)
        np.testing.assert_allclose(found, L.eigvalsh(a, triangle), rtol=1e-12)
    single = lg.jit(lambda m: L.eigh(m)[1])(a.astype(np.float32))
    assert single.dtype == np.float32


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [float, complex])
def test_vectors_have_the_signs_of_the_triangle_that_numpy_reads(backend: str, dtype: type):
    a = matrices(2, 4, 4).astype(dtype)
    if dtype is complex:
        a = a + 1j * matrices(4, 2, 4).reshape(a.shape)
    for triangle in "LU":
        found = lg.jit(lambda m, t=triangle: L.eigh(m, t)[1], backend=backend)(a)
        np.testing.assert_allclose(found, L.eigh(a, triangle)[1], rtol=1e-10, atol=1e-12)
        batched = lg.vmap(lambda m, t=triangle: L.eigh(m, t)[1])
        np.testing.assert_allclose(lg.jit(batched, backend=backend)(a), found, atol=1e-14)


def test_functions_of_hermitian_matrices_read_the_lower_triangle():
    a = matrices(3, 3)
    for f in (
        lambda a: [*L.svd(a, hermitian=True)],
        lambda a: [L.svd(a, compute_uv=False, hermitian=True)],
        lambda a: [L.pinv(a, hermitian=True)],
        lambda a: [L.matrix_rank(a, hermitian=True)],
    ):
        for found, wanted in zip(lg.jit(f)(a), f(a), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-10)

    def cubes(a: Any) -> Any:
        return np.sum(L.svd(a, hermitian=True)[1] ** 3)

    check(cubes, cubes, a)


def test_values_without_vectors_and_programs_that_read_both():
    a = matrices(140, 140)
    a = a + a.T
    np.testing.assert_allclose(lg.jit(L.eigvalsh)(a), L.eigvalsh(a), atol=1e-11)
    w, v = lg.jit(lambda a: tuple(L.eigh(a)))(a)
    np.testing.assert_allclose((v * w) @ v.T, a, atol=1e-9)
    np.testing.assert_allclose(lg.jit(L.svdvals)(a), L.svdvals(a), atol=1e-11)
    np.testing.assert_allclose(lg.jit(lambda a: L.svd(a)[2])(a), L.svd(a)[2], atol=1e-9)


def test_the_text_of_a_decomposition_says_which_results_are_read():
    """A kept program is made of such texts, which have no readers."""
    for f, wanted in ((L.eigvalsh, [True, False]), (lambda a: tuple(L.eigh(a)), [True, True])):
        module = lg.trace(f, lg.spec((3, 3)))
        name: Any = next(iter(module.body.block.ops))
        module = prepared(module, entry=name.sym_name.data)
        (op,) = (op for op in module.walk() if isinstance(op, ten.EighOp))
        assert reads(op) == wanted
        assert ("unread" in str(op)) == (wanted == [True, False])


def test_large_factors():
    a = matrices(140, 140)
    symmetric = a @ a.T + np.eye(140)
    factor = lg.jit(L.cholesky)
    np.testing.assert_allclose(factor(symmetric), L.cholesky(symmetric), atol=1e-11)
    assert np.all(np.isnan(factor(-symmetric)))
    np.testing.assert_allclose(lg.jit(L.inv)(a), L.inv(a), rtol=1e-9, atol=1e-9)
    det = lg.jit(L.det)
    for x in (a / 6, a[::-1] / 6):
        np.testing.assert_allclose(det(x), L.det(x), rtol=1e-9)


@pytest.mark.sampled(1)
def test_the_derivative_of_the_inverse_of_a_large_matrix():
    a, d, h = matrices(70, 70) + 20 * np.eye(70), matrices(70, 70)[::-1], 1e-5
    slope = (L.inv(a + h * d) - L.inv(a - h * d)) / (2 * h)
    np.testing.assert_allclose(lg.jvp(L.inv, (a,), (d,))[1], slope, atol=1e-8)


def test_least_squares():
    a, b = matrices(4, 3), matrices(4, 2)
    for k in range(4):
        found = lg.jit(lambda a, b, k=k: L.lstsq(a, b)[k])(a, b)
        np.testing.assert_allclose(found, L.lstsq(a, b)[k], rtol=1e-12)
    check(lambda a: np.sum(np.sin(L.lstsq(a, b)[0])), lambda a: np.sum(np.sin(L.lstsq(a, b)[0])), a)
    assert lg.jit(L.matrix_rank)(np.ones((3, 2))) == 1


@pytest.mark.parametrize("right", [(), (3,)], ids=["one", "several"])
def test_least_squares_of_many_columns(right: tuple[int, ...]):
    """A triangular factor gives the solution; singular values where columns depend."""
    r = np.random.default_rng(6)
    a, b, da = r.normal(size=(90, 70)), r.normal(size=(90, *right)), r.normal(size=(90, 70))
    dependent = a.copy()
    dependent[:, 5] = a[:, 6]

    def f(a: Any, b: Any) -> Any:
        x, *_, s = L.lstsq(a, b, 1e-10)
        return np.sum(np.sin(x)) + np.sum(np.cos(s))

    for x in (a, dependent):
        for k in range(4):
            wanted = L.lstsq(x, b, 1e-10)[k]
            found = lg.jit(lambda x, b, k=k: L.lstsq(x, b, 1e-10)[k])(x, b)
            if wanted.shape == found.shape:  # NumPy gives no sums for dependent columns
                np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9)
        slopes = lg.grad(f, (0, 1))(x, b)
        step = da.copy()
        step[:, 5] = da[:, 6]  # the rank stays
        ends = [f(x + h * step, b + h) for h in (1e-6, -1e-6)]
        expected = (ends[0] - ends[1]) / 2e-6
        assert np.sum(slopes[0] * step) + np.sum(slopes[1]) == pytest.approx(expected, rel=1e-5)


def test_full_bases():
    for a in (matrices(4, 2), matrices(2, 4)):
        u, s, vt = lg.jit(lambda a: tuple(L.svd(a)))(a)
        k = len(s)
        np.testing.assert_allclose((u[:, :k] * s) @ vt[:k], a, atol=1e-12)
        for q in (u, vt):
            np.testing.assert_allclose(q @ q.T, np.eye(len(q)), atol=1e-12)
        q, r = lg.jit(lambda a: tuple(L.qr(a, mode="complete")))(a)
        np.testing.assert_allclose(q @ r, a, atol=1e-12)
        np.testing.assert_allclose(q @ q.T, np.eye(len(q)), atol=1e-12)


def test_the_vectors_that_complete_a_basis_have_no_derivative():
    with pytest.raises(LetgradError, match="vectors that complete a basis have none"):
        lg.grad(lambda a: np.sum(L.svd(a)[0]))(matrices(4, 2))


def test_equal_values_give_no_nan_and_the_right_slopes_of_smooth_functions():
    one = np.eye(3)
    gradient = lg.grad(lambda a: np.sum(np.sin(L.eigvalsh(a))))(one)
    np.testing.assert_allclose(gradient, np.cos(1) * one, atol=1e-14)
    gradient = lg.grad(lambda a: L.norm(a, "nuc"))(one)
    np.testing.assert_allclose(gradient, one, atol=1e-14)

    def projection(a: Any) -> Any:
        w, v = L.eigh(a)
        return np.sum((v * w) @ v.T * np.arange(9.0).reshape(3, 3))

    assert np.all(np.isfinite(lg.grad(projection)(one)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_matrices_without_elements_and_with_nan(backend: str):
    for shape in ((0, 0), (0, 3), (3, 0), (0, 2, 2)):
        a = np.zeros(shape)
        svd = lg.jit(lambda a: tuple(L.svd(a, full_matrices=False)), backend=backend)(a)
        assert [x.shape for x in svd] == [x.shape for x in L.svd(a, full_matrices=False)]
        qr = lg.jit(lambda a: tuple(L.qr(a)), backend=backend)(a)
        assert [x.shape for x in qr] == [x.shape for x in L.qr(a)]
    a = matrices(2, 3, 3)
    a[1, 0, 0] = np.nan
    found = lg.jit(lambda a: L.eigvalsh(a), backend=backend)(a)
    np.testing.assert_allclose(found[0], L.eigvalsh(a[0]), rtol=1e-12)
    assert np.all(np.isnan(found[1]))


def test_one_call_of_the_library_for_a_batch():
    with lg.remarks() as report:
        lg.jit(lambda a: L.eigvalsh(a))(matrices(5, 3, 3))
    assert "one call of LAPACK for the whole batch" in str(report)
    assert "in Python" not in str(report)


def test_errors():
    for wrong, message in (
        (lambda a: L.eigh(a[:2]), "takes square matrices"),
        (lambda a: L.svd(a[0]), "takes matrices, not an array of 1 dimensions"),
        (lambda a: L.qr(a, mode="raw"), "no mode 'raw'"),
        (lambda a: L.eigh(a, "X"), "UPLO argument must be 'L' or 'U'"),
        (lambda a: L.norm(a, 3), "Invalid norm order for matrices"),
    ):
        with pytest.raises(ValueError, match=message):
            lg.trace(wrong, lg.spec((3, 3)))


def test_a_program_is_a_text_and_comes_back():
    module = lg.trace(lambda a: L.eigvalsh(a), lg.spec((2, 3, 3)))
    assert "ten.eigh %" in str(module)
    assert {op.name for op in ten.MATRIX_OPS} == {
        f"ten.{word}" for word in ("cholesky", "eig", "eigh", "lu", "qr", "svd")
    }


# SciPy's functions.

scipy_linalg: Any = pytest.importorskip("scipy.linalg", reason="SciPy is an extra")
import scipy.integrate  # noqa: E402
import scipy.signal  # noqa: E402

import letgrad.scipy as ours  # noqa: E402

pytestmark = pytest.mark.sampled(4)

V, M = matrices(4), matrices(4, 2)


def positive(m: Any) -> Any:
    return m @ m.T + np.eye(4)


OF_SCIPY: dict[str, Callable[[Any, Any], Any]] = {
    "expm": lambda X, m: X.expm(m),
    "sqrtm": lambda X, m: X.sqrtm(positive(m)),
    "solve_triangular": lambda X, m: X.solve_triangular(m + 4 * np.eye(4), V, lower=True),
    "transposed": lambda X, m: X.solve_triangular(m, M, trans=1, unit_diagonal=True),
    "solve_sylvester": lambda X, m: X.solve_sylvester(m, positive(m), M @ M.T),
    "lyapunov": lambda X, m: X.solve_continuous_lyapunov(m, positive(m)),
    "solve_banded": lambda X, m: X.solve_banded((1, 1), m[:3] + 3.0, V),
    "cho_solve": lambda X, m: X.cho_solve(X.cho_factor(positive(m)), V),
    "cholesky": lambda X, m: X.cholesky(positive(m)),
    "block_diag": lambda X, m: X.block_diag(m, m[:2], 3.0),
    "toeplitz": lambda X, m: X.toeplitz(m[0], m[1]),
    "circulant": lambda X, m: X.circulant(m[0]),
    "generalized": lambda X, m: X.eigh(m + m.T, positive(m))[0],
    "lu": lambda X, m: X.lu(m)[2],
    "wide lu": lambda X, m: X.lu(m[:3])[2],
    "tall lu": lambda X, m: X.lu(m[:, :3])[1],
    "permuted lu": lambda X, m: X.lu(m[:, :3], permute_l=True)[0],
    "pinv": lambda X, m: X.pinv(m[:3]),
    "qr": lambda X, m: X.qr(m[:, :2], mode="economic")[1],
    "svdvals": lambda X, m: X.svdvals(m),
    "positive solve": lambda X, m: X.solve(positive(m), V, assume_a="pos"),
}


@pytest.mark.sampled(7)
@pytest.mark.parametrize("name", OF_SCIPY)
def test_scipy_linalg(name: str):
    f = OF_SCIPY[name]
    m = matrices(4, 4)
    for backend in BACKENDS:
        found = lg.jit(lambda m: f(ours.linalg, m), backend=backend)(m)
        np.testing.assert_allclose(found, f(scipy_linalg, m).real, rtol=1e-9, atol=1e-13)
    gradient = lg.grad(lambda m: np.sum(np.sin(f(ours.linalg, m))))(m)
    expected = differences(lambda m: np.sum(np.sin(f(scipy_linalg, m).real)), m)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_the_exponential_of_large_and_of_zero_matrices():
    expm = lg.jit(ours.linalg.expm)
    for m in (30 * matrices(4, 4), np.zeros((4, 4)), np.diag([-500.0, 1.0, 2.0, 3.0])):
        np.testing.assert_allclose(expm(m), scipy_linalg.expm(m), rtol=1e-8, atol=1e-300)
    assert np.all(np.isnan(expm(np.full((4, 4), 1e9))))


SIZES = [((5,), (3,)), ((3,), (5,)), ((4, 5), (2, 3)), ((2, 3), (4, 5)), ((4, 3), (2, 5))]


@pytest.mark.parametrize("first, second", SIZES, ids=str)
def test_convolutions(first: tuple[int, ...], second: tuple[int, ...]):
    a, b = matrices(*first), matrices(*second)
    tested = 0
    for mode in ("full", "same", "valid"):
        for name in ("convolve", "correlate", "fftconvolve"):
            mine, theirs = getattr(ours.signal, name), getattr(scipy.signal, name)

            def f(a: Any, b: Any, mode: str = mode, mine: Any = mine) -> Any:
                return mine(a, b, mode)

            try:
                expected = theirs(a, b, mode)
            except ValueError:
                with pytest.raises(ValueError, match="valid"):
                    lg.trace(f, a, b)
                continue
            found = lg.jit(f)(a, b)
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
            tested += 1

    def loss(a: Any, b: Any, convolve: Any = ours.signal.convolve) -> Any:
        return np.sum(np.sin(convolve(a, b)))

    def exact(a: Any, b: Any) -> Any:
        return loss(a, b, scipy.signal.convolve)

    slopes = lg.grad(loss, (0, 1))(a, b)
    np.testing.assert_allclose(slopes[0], differences(lambda a: exact(a, b), a), atol=1e-8)
    np.testing.assert_allclose(slopes[1], differences(lambda b: exact(a, b), b), atol=1e-8)
    assert tested >= 6


@pytest.mark.parametrize("mode", ["full", "valid"])
@pytest.mark.parametrize("longer", [False, True])
def test_a_convolution_along_some_axes_that_sums_over_others(mode: str, longer: bool):
    a, b = matrices(2, 5, 3), matrices(3, 7 if longer else 4, 2)

    def f(a: Any, b: Any) -> Any:
        return ours.signal.convolve(a, b, axes=([1], [1]), dot_axes=([2], [0]), mode=mode)

    expected = [
        [sum(np.convolve(a[i, :, k], b[k, :, j], mode) for k in range(3)) for j in range(2)]
        for i in range(2)
    ]
    np.testing.assert_allclose(lg.jit(f)(a, b), expected, rtol=1e-10, atol=1e-12)


def test_planes_and_a_batch_of_convolutions():
    a, b = matrices(2, 5, 3), matrices(1, 2, 3)
    found = lg.jit(lambda a, b: ours.signal.fftconvolve(a, b, axes=[1]))(a, b)
    np.testing.assert_allclose(found, scipy.signal.fftconvolve(a, b, axes=[1]), atol=1e-12)
    for name in ("convolve2d", "correlate2d"):
        found = lg.jit(getattr(ours.signal, name))(a[0], b[0])
        np.testing.assert_allclose(found, getattr(scipy.signal, name)(a[0], b[0]), atol=1e-12)


@pytest.mark.slow
def test_an_initial_value_problem():
    def f(y: Any, t: Any, a: Any, b: Any) -> Any:
        return -np.sqrt(t) - y + a - np.mean((y + b) ** 2)

    y0, a, b = 0.3 * matrices(3), 0.3 * matrices(3) - 0.1, 0.2 * matrices(3)
    t = np.array([0.1, 0.3, 0.9])
    xs = [y0, t, a, b]

    def solution(y0: Any, t: Any, a: Any, b: Any) -> Any:
        return ours.integrate.odeint(f, y0, t, (a, b))

    exact = scipy.integrate.odeint(f, y0, t, (a, b), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(lg.jit(solution)(*xs), exact, atol=1e-8)
    slopes = lg.grad(lambda *ys: np.sum(np.sin(solution(*ys))), (0, 1, 2, 3))(*xs)

    def loss(y0: Any, t: Any, a: Any, b: Any) -> Any:
        return np.sum(np.sin(scipy.integrate.odeint(f, y0, t, (a, b), rtol=1e-12, atol=1e-12)))

    for k in range(4):
        expected = differences(lambda x, k=k: loss(*xs[:k], x, *xs[k + 1 :]), xs[k])
        np.testing.assert_allclose(slopes[k], expected, atol=2e-6)


def test_backwards_in_time_and_twice_the_same_time():
    t = np.array([3.0, 1.0, 1.0, 0.0])
    found = lg.jit(lambda y: ours.integrate.odeint(lambda y, t: -y, y, t))(np.array([0.5]))
    np.testing.assert_allclose(found[:, 0], 0.5 * np.exp(3.0 - t), rtol=1e-7)


@pytest.mark.parametrize("how", [{}, {"x": np.array([0, 0.5, 2, 3.0])}, {"dx": 0.3}, {"axis": 0}])
@pytest.mark.parametrize("name", ["trapezoid", "cumulative_trapezoid"])
def test_integrals_of_samples(name: str, how: dict[str, Any]):
    y = matrices(3, 4)
    found = lg.jit(lambda y: getattr(ours.integrate, name)(y, **how))(y)
    np.testing.assert_allclose(found, getattr(scipy.integrate, name)(y, **how), rtol=1e-12)


POLAR_SLOPES = [[0, 0, 0, 0], [0, 0.5, -0.5, 0], [0, -0.5, 0.5, 0], [0, 0, 0, 0]]
"""Of the orthogonal factor, and the second ones of the sum of the singular values, at the unit
matrix: that sum is √((a + d)² + (b - c)²) there."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [1.0, 3.0])
def test_equal_singular_values_leave_the_orthogonal_factor_its_derivative(
    size: float, backend: str
):
    def factor(a: Any) -> Any:
        u, _, vt = L.svd(a, full_matrices=False)
        return u @ vt

    x, want = size * np.eye(2), np.array(POLAR_SLOPES) / size
    for slopes in (lg.jacfwd, lg.jacrev):
        got = lg.jit(slopes(factor), backend=backend)(x)
        np.testing.assert_allclose(got.reshape(4, 4), want, atol=1e-14)
    for f in (lambda a: np.sum(L.svd(a, compute_uv=False)), lambda a: L.norm(a, "nuc")):
        for outer in (lg.jacfwd, lg.jacrev):
            got = lg.jit(outer(lg.grad(f)), backend=backend)(x)
            np.testing.assert_allclose(got.reshape(4, 4), want, atol=1e-14)


def test_equal_singular_values_of_complex_matrices_leave_the_unitary_factor_its_derivative():
    def factor(a: Any) -> Any:
        u, _, vt = L.svd(a, full_matrices=False)
        return u @ vt

    unitary = np.array([[0, 1], [1j, 0]])  # its singular values are 1 to the last bit
    for step in (np.array([[0, 1], [0, 0]]), np.array([[1j, 2], [0.5 - 1j, 1]])):
        h = 1e-5
        want = (factor(2 * unitary + h * step) - factor(2 * unitary - h * step)) / (2 * h)
        got = lg.jvp(factor, (2 * unitary,), (step.astype(complex),))[1]
        np.testing.assert_allclose(got, want, atol=1e-9)
