"""
Derivatives of functions that sort, search and eliminate. Their values are compared with NumPy's in
`test_numpy_functions.py`.
"""

# ruff: noqa: E731 (a function of one line reads best as one)

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.frontend import pytree

from .test_derivatives import assert_equal, differences

random = np.random.default_rng(0)
V = random.standard_normal(5)
M = random.standard_normal((4, 4))
POSITIVE = M @ M.T + np.eye(4)
NODES = np.array([-2.0, -0.5, 0.25, 2.0])
W = np.arange(1.0, 6.0)


def symmetric(a):
    return (a + a.T) / 2


FUNCTIONS = {
    "sort": (lambda x: np.sum(W * np.sort(x) ** 2), V),
    "median": (lambda x: np.median(x[:4]) ** 2 + np.median(x), V),
    "quantile": (lambda p: np.quantile(p[0], p[1]) ** 2, (V, 0.3)),
    "interp": (lambda p: np.sum(np.interp(p[0], p[1], p[2]) ** 2), (V, NODES, NODES**2)),
    "cumprod with a zero": (
        lambda x: np.sum(W * np.cumprod(x)),
        np.array([2.0, 3.0, 0.0, -1.0, 4.0]),
    ),
    "cov": (lambda x: np.sum(np.cov(x) ** 2) + np.corrcoef(x)[0, 1], M[:2]),
    "inv": (lambda a: np.sum(np.linalg.inv(a) ** 2), M),
    "solve": (lambda p: np.sum(np.linalg.solve(*p) ** 2), (M, V[:4])),
    "det": (lambda a: np.linalg.det(a) ** 2, M),
    "det of a singular matrix": (lambda a: np.linalg.det(a), np.outer(V[:3], V[:3])),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1] ** 2, M),
    "cholesky": (lambda a: np.sum(np.linalg.cholesky(symmetric(a)) ** 3), POSITIVE),
}


def run(f, *args):
    """On the reference backend, which compiles nothing."""
    return lg.jit(f, backend="numpy")(*args)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient(name):
    """Reverse mode by differences in plain NumPy; forward mode by reverse mode."""
    f, x = FUNCTIONS[name]
    gradient = run(lg.grad(f), x)
    assert_equal(gradient, differences(f, x), rtol=2e-7, atol=1e-8)
    v = pytree.map_leaves(lambda y: np.cos(1 + np.arange(np.size(y))).reshape(np.shape(y)), x)
    slope = run(lambda x, v: lg.jvp(f, (x,), (v,))[1], x, v)
    pairs = zip(pytree.flatten(gradient)[0], pytree.flatten(v)[0])
    assert_equal(slope, sum(np.sum(g * d) for g, d in pairs), rtol=1e-10)


@pytest.mark.parametrize("name", ["inv", "cholesky", "cumprod with a zero"])
def test_second_derivative(name):
    f, x = FUNCTIONS[name]
    v = np.cos(np.arange(x.size)).reshape(x.shape)
    slope = lambda x: np.sum(lg.grad(f)(x) * v)
    found = run(lg.grad(slope), x)
    assert_equal(run(lambda x: lg.jvp(lg.grad(f), (x,), (v,))[1], x), found, rtol=1e-10)
    step = 1e-6 * v
    by_differences = (run(lg.grad(f), x + step) - run(lg.grad(f), x - step)) / 2e-6
    assert_equal(found, by_differences, rtol=1e-6, atol=1e-6)


def test_under_vmap():
    rows = np.stack([POSITIVE, POSITIVE + np.eye(4), M @ M.T + 3 * np.eye(4)])
    f = lambda a: np.sum(np.linalg.cholesky(a) ** 2) + np.sum(np.sort(a[0]) ** 3)
    found = run(lg.vmap(lg.value_and_grad(f)), rows)
    assert_equal(found[0], np.array([f(a) for a in rows]))
    assert_equal(found[1], np.stack([run(lg.grad(f), a) for a in rows]))


def test_singular_matrices_give_nan():
    """NumPy raises, which needs values. Others of the batch are not concerned."""
    singular = np.array([[1.0, 2.0], [2.0, 4.0]])
    found = run(np.linalg.inv, np.stack([singular, np.eye(2)]))
    assert np.isnan(found[0]).all()
    assert_equal(found[1], np.eye(2))
    solved = run(np.linalg.solve, singular, np.ones(2))
    assert np.isnan(solved).all()
    assert np.isnan(run(np.linalg.cholesky, -np.eye(3))).all()


def test_a_program_does_not_grow_with_what_is_sorted():
    """The network is one loop, whatever the number of elements; longer rows take one op."""
    count = lambda *sizes: sum(1 for _ in lg.trace(np.sort, lg.spec(sizes)).walk())
    assert count(50, 3) == count(50, 7)
    assert count(9) == count(100_000)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("backend", ["cpu", "numpy", "triton"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i1", "u1", "u8", "?", "c16"])
def test_rows_of_every_length_and_dtype(dtype, backend):
    """Equal elements stay in order, zeros of both signs are equal, and NaN is last."""
    rng = np.random.default_rng(0)
    for sizes, axis in (((50,), 0), ((3, 20), 1), ((20, 3), 0), ((5, 7), 1), ((0,), 0), ((1,), 0)):
        low = 0 if dtype[0] in "u?" else -7
        x = rng.integers(low, low + 15, sizes).astype(dtype)
        if dtype[0] in "fc" and x.size > 5:
            x.flat[[0, 2, 4, 5]] = np.inf, np.nan, -0.0, np.nan
        both = lambda x, d=axis: (np.argsort(x, d), np.sort(x, d))
        order, values = lg.jit(both, backend=backend)(x)
        np.testing.assert_array_equal(order, np.argsort(x, axis, kind="stable"), strict=True)
        np.testing.assert_array_equal(values, np.sort(x, axis), strict=True)


def expansion(a):
    """The determinant by its definition: a polynomial, with all its derivatives."""
    n = a.shape[-1]
    total = 0.0
    for order in itertools.permutations(range(n)):
        wrong = sum(order[k] > order[m] for k in range(n) for m in range(k + 1, n))
        term = -1.0 if wrong % 2 else 1.0
        for row, column in enumerate(order):
            term = term * a[..., row, column]
        total = total + term
    return total


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "n, rank",
    [
        # Singular matrices, of a rank one or two below the full one, are where formulas fail.
        pytest.param(n, r, marks=() if n <= 3 or n - 2 <= r < n else pytest.mark.slow)
        for n in (1, 2, 3, 4, 5)
        for r in range(n + 1)
    ],
)
def test_determinants_of_every_rank_have_the_cofactors_as_gradient(n, rank):
    random = np.random.default_rng(10 * n + rank)
    factors = random.integers(-3, 4, (2, n, n)).astype(float)
    a = factors[0][:, :rank] @ factors[1][:rank]
    found = run(lg.grad(np.linalg.det), a)
    assert_equal(found, run(lg.grad(expansion), a), rtol=1e-11, atol=1e-10)
    v = np.cos(np.arange(n * n)).reshape(n, n)
    assert_equal(run(lambda a: lg.jvp(np.linalg.det, (a,), (v,))[1], a), np.sum(found * v))
    if n == 4:
        # By reverse mode over reverse mode, and by forward mode over reverse mode.
        second = run(lg.hessian(expansion), a)
        assert_equal(run(lg.hessian(np.linalg.det), a), second, rtol=1e-11, atol=1e-11)
        assert_equal(run(lg.jacrev(lg.grad(np.linalg.det)), a), second, rtol=1e-11, atol=1e-11)


def test_determinants_of_batches_and_of_few_elements():
    a = M + np.zeros((2, 3, 1, 1)) + np.arange(6.0).reshape(2, 3, 1, 1) * np.eye(4)
    a[0, 1] = 0
    a[1, 2, 0] = a[1, 2, 3]
    expected = run(lg.grad(lambda a: np.sum(expansion(a))), a)
    assert_equal(run(lg.grad(lambda a: np.sum(np.linalg.det(a))), a), expected, atol=1e-12)
    assert_equal(run(lg.vmap(lg.vmap(lg.grad(np.linalg.det))), a), expected, atol=1e-12)
    assert run(lg.grad(np.linalg.det), np.zeros((0, 0))).shape == (0, 0)
    single = run(lg.grad(np.linalg.det), np.zeros((4, 4), np.float32))
    assert single.dtype == np.float32 and not single.any()
    # The determinant is 1e-400, which is no float64. Its derivatives are float64s.
    assert_equal(run(lg.grad(np.linalg.det), np.diag([1e-100] * 4)), np.diag([1e-300] * 4))


@pytest.mark.slow
def test_the_third_derivative_of_a_determinant_is_right_or_nan():
    third = lg.jacfwd(lg.hessian(np.linalg.det))
    assert_equal(lg.jit(third)(M), lg.jit(lg.jacfwd(lg.hessian(expansion)))(M), atol=1e-12)
    assert np.isnan(lg.jit(third)(np.zeros((4, 4)))).all()


def test_the_logarithm_of_a_singular_determinant_has_no_derivative():
    for a in (np.zeros((2, 2)), np.ones((4, 4))):
        assert np.isnan(run(lg.grad(lambda a: np.linalg.slogdet(a)[1]), a)).all()


@pytest.mark.parametrize("f", [np.cumsum, np.cumprod, np.argsort])
@pytest.mark.parametrize("axis", [0, -1, None])
def test_a_number_is_a_vector_of_one_element(f: Any, axis: int | None):
    """As in NumPy; `np.sort` refuses a number."""
    x = np.float64(2.5)
    found = lg.jit(lambda x: f(x, axis=axis))(x)
    np.testing.assert_array_equal(found, f(x, axis=axis))
    assert found.shape == (1,)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("function", [np.quantile, np.nanquantile])
@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("method", ["linear", "interpolated_inverted_cdf", "hazen"])
def test_the_slope_of_a_quantile_by_its_share_at_the_ends(function, n, method):
    """At 1 it is that from below. It was 0, and so were the second derivatives."""
    x, h = np.array([0.4, -1.3, 2.0, 0.9, 1.7])[:n], 1e-6
    quantile = lambda x, q: function(x, q, method=method)
    for q, side in ((0.0, 1), (1.0, -1)):
        moved = q + side * h
        slope = (quantile(x, moved) - quantile(x, q)) / (side * h)
        np.testing.assert_allclose(lg.grad(quantile, argnums=1)(x, q), slope, atol=1e-8)
        by_x = (lg.grad(quantile)(x, moved) - lg.grad(quantile)(x, q)) / (side * h)
        for both in (
            lg.jacfwd(lg.grad(quantile), argnums=1),
            lg.jacrev(lg.grad(quantile), argnums=1),
            lg.jacfwd(lg.grad(quantile, argnums=1)),
        ):
            np.testing.assert_allclose(both(x, q), by_x, atol=1e-8)


@pytest.mark.parametrize("function", [np.quantile, np.nanquantile])
@pytest.mark.parametrize("method", ["linear", "midpoint", "averaged_inverted_cdf", "hazen"])
def test_infinite_elements_beside_the_last_share(function, method):
    quantile = lg.jit(lambda x, q: function(x, q, method=method))
    for x in ([-np.inf, 3.0], [-np.inf, -np.inf, 2.0], [1.0, 2.0, 3.0]):
        shares = np.array([0.5, 1.0])
        with np.errstate(invalid="ignore"):
            expected = function(np.array(x), shares, method=method)
        np.testing.assert_allclose(quantile(np.array(x), shares), expected)


def test_the_slope_of_a_quantile_of_a_part_by_the_share_1():
    part = lg.program(lambda x, q: np.quantile(x[x > 0], q))
    x = np.array([1.0, -3.0, 2.0, 5.0])
    assert lg.grad(part, argnums=1)(x, 1.0) == 6.0
    np.testing.assert_array_equal(lg.jacfwd(lg.grad(part), argnums=1)(x, 1.0), [0, 0, -2, 2])
