"""
Norms, standard deviations and sums of exponentials: their values far out, and derivatives of their
own. `test_numpy_functions.py` compares the values of NumPy's functions with NumPy.
"""

# ruff: noqa: E731 (a function of one line reads best as one)

from __future__ import annotations

import functools
import warnings

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg

from .test_derivatives import assert_equal, differences

pytestmark = pytest.mark.sampled(4)

X = np.array([[0.5, -1.25, 2.0], [3.0, 0.75, -0.5]])
BACKENDS = ["numpy", "cpu"]


def run(f, *args, backend="numpy"):
    return lg.jit(f, backend=backend)(*args)


def slope_along(f, x, dx):
    return lg.jvp(f, (x,), (dx,))[1]


SMOOTH = {
    "norm": lambda x: np.linalg.norm(x) ** 3,
    "norm of rows": lambda x: np.sum(np.linalg.norm(x, axis=1) * np.linalg.norm(x, axis=0)[:2]),
    "norm, dims kept": lambda x: np.sum(x / np.linalg.norm(x, axis=(0, 1), keepdims=True) ** 2),
    "3-norm": lambda x: np.sum(np.linalg.norm(x, 3, axis=0) ** 2),
    "1.5-norm": lambda x: np.linalg.norm(x[0], 1.5) ** 2,
    "-2-norm": lambda x: np.sum(np.linalg.norm(x, -2, axis=1)),
    "vector norm": lambda x: np.linalg.vector_norm(x, ord=2.5) ** 2,
    "matrix norm": lambda x: np.linalg.matrix_norm(x) ** 2 + np.linalg.matrix_norm(x, ord=1),
    "std": lambda x: np.std(x) ** 3,
    "std of columns": lambda x: np.sum(np.std(x, axis=0, ddof=1) * x[0]),
    "std of some": lambda x: np.std(x, where=np.abs(X) < 2.5) ** 2,
    "var": lambda x: np.sum(np.var(x, axis=1, correction=1) ** 2),
}
PROBABILITIES = {
    "softmax": lambda x: np.sum(lg.softmax(x, 1) ** 2 * X),
    "softmax of all": lambda x: lg.softmax(x)[0, 1] ** 2,
    "log_softmax": lambda x: np.sum(lg.log_softmax(x, (0,)) ** 2),
    "logsumexp": lambda x: np.sum(lg.logsumexp(x, -1) ** 2) + lg.logsumexp(x, keepdims=True)[0, 0],
}
# The same without derivatives of their own, for differences in plain NumPy.
PLAIN = {
    "softmax": lambda x: np.sum((np.exp(x) / np.sum(np.exp(x), 1, keepdims=True)) ** 2 * X),
    "softmax of all": lambda x: (np.exp(x[0, 1]) / np.sum(np.exp(x))) ** 2,
    "log_softmax": lambda x: np.sum((x - np.log(np.sum(np.exp(x), 0))) ** 2),
    "logsumexp": lambda x: np.sum(np.log(np.sum(np.exp(x), 1)) ** 2) + np.log(np.sum(np.exp(x))),
}


@pytest.mark.parametrize("name", [*SMOOTH, *PROBABILITIES])
def test_first_and_second_derivatives(name):
    """The gradient by differences; the other modes, and the second derivative, by the gradient."""
    f = SMOOTH.get(name) or PROBABILITIES[name]
    plain = PLAIN.get(name, f)
    assert_equal(run(f, X), plain(X), rtol=1e-13)
    gradient = run(lg.grad(f), X)
    assert_equal(gradient, differences(plain, X), rtol=2e-7, atol=1e-8)
    v = np.cos(np.arange(6.0)).reshape(2, 3)
    assert_equal(run(lambda x: lg.jvp(f, (x,), (v,))[1], X), np.sum(gradient * v), rtol=1e-12)
    second = run(lambda x: lg.jvp(lg.grad(f), (x,), (v,))[1], X)
    step = 1e-6 * v
    by_differences = (run(lg.grad(f), X + step) - run(lg.grad(f), X - step)) / 2e-6
    assert_equal(second, by_differences, rtol=1e-6, atol=1e-7)
    slope = lambda x: np.sum(lg.grad(f)(x) * v)
    assert_equal(run(lg.grad(slope), X), second, rtol=1e-11, atol=1e-12)
    twice = lambda x: lg.jvp(lambda x: lg.jvp(f, (x,), (v,))[1], (x,), (v,))[1]
    assert_equal(run(twice, X), np.sum(second * v), rtol=1e-11)


@pytest.mark.parametrize("name", ["norm", "3-norm", "std of columns", "softmax", "logsumexp"])
def test_in_a_batch(name):
    f = SMOOTH.get(name) or PROBABILITIES[name]
    xs = np.stack([X, X * 2, X - 1])
    expected = np.stack([run(lg.grad(f), x) for x in xs])
    for backend in BACKENDS:
        assert_equal(run(lg.vmap(lg.grad(f)), xs, backend=backend), expected, rtol=1e-13)
        built = lambda xs: lg.build(3, lambda i: lg.grad(f)(xs[i]))
        assert_equal(run(built, xs, backend=backend), expected, rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "dtype, far",
    [(np.float64, (1e200, 1e-200, 5e-320)), (np.float32, (1e30, 1e-30, 1e-43)),
     (ml_dtypes.bfloat16, (1e30, 1e-30)), (np.float16, (2e4, 6e-8))],
)  # fmt: skip
def test_norms_far_out(dtype, far, backend):
    """3 : 4 : 5, times numbers whose squares overflow or underflow."""
    epsilon = float(ml_dtypes.finfo(dtype).eps)
    for unit in far:
        x = (np.array([[-3.0], [4.0], [0.0]]) * (unit / 4)).astype(dtype)
        exact = [np.longdouble(float(v)) for v in x[:, 0]]  # a wider range
        length = np.sqrt(exact[0] ** 2 + exact[1] ** 2)
        for f, scale in (
            (np.linalg.norm, 1.0),
            (lambda x: np.linalg.norm(x, axis=0)[0], 1.0),
            (lambda x: np.linalg.norm(x[:, 0], 3.0), None),
            (lambda x: np.std(x, mean=np.zeros((1, 1), x.dtype)), np.sqrt(3)),
        ):
            value, slope = run(lg.value_and_grad(f), x, backend=backend)
            assert value.dtype == slope.dtype == dtype
            if scale is None:
                cubes = [(abs(v) / unit) ** 3 for v in exact]
                expected = sum(cubes) ** (1 / 3) * unit
                slopes = [np.sign(v) * (v / expected) ** 2 for v in exact]
            else:
                expected = length / scale
                slopes = [v / (length * scale) for v in exact]
            tiny = float(ml_dtypes.finfo(dtype).smallest_subnormal)
            assert abs(np.longdouble(float(value)) - expected) <= 4 * epsilon * expected + tiny
            np.testing.assert_allclose(
                slope[:, 0].astype(float), np.array(slopes, float), rtol=8 * epsilon
            )


def test_the_derivative_of_a_norm_that_overflows():
    x = np.full(4, 6e4, np.float16)
    value, slope = run(lg.value_and_grad(np.linalg.norm), x)
    assert np.isinf(value) and np.all(slope == 0.5)
    value, slope = run(lg.value_and_grad(np.linalg.norm), np.full(4, 1.5e308))
    assert np.isinf(value) and np.all(slope == 0.5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_subgradient_at_zero_is_zero(backend):
    for f in (
        np.linalg.norm,
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x, 1.5) + np.linalg.norm(x, 0.5) + np.linalg.norm(x, -1),
        lambda x: np.std(x + 2),
        lambda x: np.sum(np.linalg.norm(x[:, None], axis=1)),
        lambda x: np.std(x[:1] + 7.0) + np.sqrt(np.var(x[1:2] * 3)),
        lambda x: np.linalg.norm(x[:0]) + np.std(np.ones(2) * x[0]),
    ):
        assert not run(lg.grad(f), np.zeros(3), backend=backend).any()
        along = functools.partial(slope_along, f)
        assert run(along, np.zeros(3), np.ones(3), backend=backend) == 0
        assert not run(lg.hessian(f), np.zeros(3), backend=backend).any()


def test_infinities_and_nans_are_seen():
    norm = lambda *x: run(np.linalg.norm, np.array(x))
    assert norm(np.inf, 1.0) == np.inf and norm(-np.inf, np.inf) == np.inf
    assert np.isnan(norm(np.nan, 1e300)) and np.isnan(norm(np.nan, 0.0, np.inf))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for x, ddof in ((np.zeros(0), 0), (np.ones(1), 1), (np.ones(2), 2), (np.arange(2.0), 2)):
            std = functools.partial(np.std, ddof=ddof)
            assert_equal(run(std, x), std(x))


def test_deviations_of_floats_of_16_bits_do_not_overflow():
    x = np.array([6e4, 6e4, -6e4, 1.0], np.float16)
    expected = np.std(x.astype(float))
    value, slope = run(lg.value_and_grad(np.std), x)
    assert value == np.float16(expected)
    assert_equal(slope, run(lg.grad(np.std), x.astype(float)), rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype, big", [(np.float64, 1e300), (np.float32, 1e30), (np.float16, 6e4)])
def test_exponentials_far_out_and_masked(dtype, big, backend):
    none = -np.inf
    x = np.array([[1.0, 2.0, none], [none] * 3, [big, -big, big], [-big] * 3], dtype)
    p = 1 / (1 + np.exp(1.0))
    soft = np.array([[p, 1 - p, 0], [0, 0, 0], [0.5, 0, 0.5], [1 / 3] * 3])
    near = 4 * float(np.finfo(dtype).eps)
    found = run(lambda x: lg.softmax(x, 1), x, backend=backend)
    assert found.dtype == dtype and np.isnan(found[1]).all()
    np.testing.assert_allclose(np.nan_to_num(found), soft, rtol=near)

    def both(x):
        total, pullback = lg.vjp(lambda x: lg.logsumexp(x, 1), x)
        return total, pullback(np.ones(4, dtype))[0]

    total, slope = run(both, x, backend=backend)
    assert total[1] == -np.inf
    np.testing.assert_allclose(total[[0, 2, 3]], [2 - np.log(1 - p), big, -big], rtol=near)
    np.testing.assert_allclose(slope, soft, rtol=near)
    chosen = lambda x: lg.log_softmax(x, 1)[0, 1] + lg.log_softmax(x, 1)[3, 0]
    value, slope = run(lg.value_and_grad(chosen), x, backend=backend)
    np.testing.assert_allclose(value, np.log(1 - p) + np.log(1 / 3), rtol=near)
    expected = [[-p, p, 0], [0] * 3, [0] * 3, [2 / 3, -1 / 3, -1 / 3]]
    np.testing.assert_allclose(slope, expected, rtol=2 * near)


def test_weights_do_not_lose_digits_where_the_sum_is_great():
    """exp(x - logsumexp x) is 0.5028 here, because the logsumexp is rounded to 1/16."""
    x = np.full(2, 1e6, np.float32)
    assert_equal(run(lg.grad(lg.logsumexp), x), np.full(2, 0.5, np.float32))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_gradient_of_a_log_softmax_over_many_float16_values(backend):
    """The cotangents add up to 65,636, which is no float16."""
    x = np.linspace(-9, 9, 65_636).astype(np.float16)
    ones = np.ones(65_636, np.float16)
    (slope,) = run(lambda x: lg.vjp(lg.log_softmax, x)[1](ones), x, backend=backend)
    e = np.exp(x.astype(float))
    np.testing.assert_allclose(slope, 1 - 65_636 * e / e.sum(), rtol=2e-3, atol=1e-3)


def test_no_elements():
    assert run(lambda x: lg.softmax(x, 0), np.zeros((0, 3))).shape == (0, 3)
    assert run(lambda x: lg.log_softmax(x), np.zeros((2, 0))).shape == (2, 0)
    assert_equal(run(lambda x: lg.logsumexp(x, 0), np.zeros((0, 3))), np.full(3, -np.inf))
    assert lg.logsumexp([1, 2], keepdims=True).shape == (1,)
    assert lg.softmax(np.array([1, 2], np.float32)).dtype == np.float32
    with pytest.raises(np.exceptions.AxisError, match="axis 2 is out of bounds"):
        lg.softmax(np.ones(3), 2)


def test_as_in_scipy():
    special = pytest.importorskip("scipy.special", reason="compares with SciPy")
    random = np.random.default_rng(3)
    for shape, axis in (((4,), None), ((2, 3, 4), 1), ((2, 3, 4), (0, -1)), ((3, 5), None)):
        x = random.standard_normal(shape) * 50
        for name in ("softmax", "log_softmax", "logsumexp"):
            found = run(functools.partial(getattr(lg, name), axis=axis), x)
            np.testing.assert_allclose(found, getattr(special, name)(x, axis=axis), rtol=1e-12)
        found = run(functools.partial(lg.logsumexp, axis=axis, keepdims=True), x)
        expected = special.logsumexp(x, axis=axis, keepdims=True)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
