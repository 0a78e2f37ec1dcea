"""
Programs about which users of other libraries for array programs and derivatives reported a wrong
value, NaN or an error: derivatives at special points, of second order, through loops and batches.
The expected numbers are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
import letgrad.numpy as lnp

A = np.array
INF, NAN = np.inf, np.nan

FIRST: dict[str, tuple[Callable[..., Any], Any, Any]] = {
    "squared norm at 0": (lambda x: np.linalg.norm(x) ** 2, np.zeros(3), np.zeros(3)),
    "norm at 0": (np.linalg.norm, np.zeros(3), np.zeros(3)),
    "norm of order 3 at 0": (lambda x: np.linalg.norm(x, 3), np.zeros(2), np.zeros(2)),
    "greatest of equal": (lambda x: np.linalg.norm(x, INF), A([2.0, -2, 1]), A([0.5, -0.5, 0])),
    "largest singular value": (lambda x: np.linalg.norm(x, 2), np.diag([3.0, 1]), np.diag([1, 0])),
    "a row of zeros": (
        lambda x: np.sum(np.linalg.norm(x, axis=1)),
        A([[0.0, 0], [3, 4]]),
        A([[0, 0], [0.6, 0.8]]),
    ),
    "fraction to the power 0": (lambda x: np.power(x - np.floor(x), 0), 1.0, 0.0),
    "0 to the power 0": (lambda x: x**0, 0.0, 0.0),
    "0 to the power 2.0": (lambda x: x**2.0, 0.0, 0.0),
    "0 to a traced power": (lambda x: np.power(x, A(1.0)), 0.0, 1.0),
    "base 0, by the exponent": (lambda y: np.power(0.0, y), 2.0, 0.0),
    "negative base": (lambda x: np.power(x, 3.0), -2.0, 12.0),
    "mean of squares beside NaN": (
        lambda x: np.nanmean(x**2),
        A([NAN, 1, 2, 3, 4]),
        A([0, 0.5, 1, 1.5, 2]),
    ),
    "product with one zero": (np.prod, A([0.0, 2, 3]), A([6, 0, 0])),
    "product with two zeros": (np.prod, A([0.0, 0, 3]), np.zeros(3)),
    "running product with a zero": (
        lambda x: np.sum(np.cumprod(x) * A([1, 2, 3])),
        A([2.0, 0, 3]),
        A([1, 22, 0]),
    ),
    "softplus at 0": (lambda x: np.logaddexp(x, 0.0), 0.0, 0.5),
    "logarithm of a sum with -inf": (lambda x: np.logaddexp(x, -INF), 1.0, 1.0),
    "all masked": (lg.logsumexp, A([-INF, -INF]), np.zeros(2)),
    "weight 0": (
        lambda x: lg.scipy.special.logsumexp(x, b=A([1.0, 0])),
        A([1.0, 1000]),
        A([1, 0]),
    ),
    "ldexp at 0": (lambda x: np.ldexp(x, 1), 0.0, 2.0),
    "ldexp with a negative exponent": (lambda x: np.ldexp(x, A(-3)), 1.5, 0.125),
    "frexp": (lambda x: np.frexp(x)[0], 12.0, 1 / 16),
    "sinc at 0": (lambda t: np.sinc(2 * t + 1), -0.5, 0.0),
    "maximum of equal": (lambda x: np.maximum(x, 1.0), 1.0, 0.5),
    "median of four": (np.median, A([1.0, 2, 2, 3]), A([0, 0.5, 0.5, 0])),
    "standard deviation of equal": (np.std, A([3.0, 3, 3]), np.zeros(3)),
    "standard deviation of one": (np.std, A([1.0]), np.zeros(1)),
    "exp that is not chosen": (lambda a: np.where(a <= 0, np.exp(a), 1 + a), 1000.0, 1.0),
    "root that is not chosen": (
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), x)),
        A([-1.0, -4]),
        A([1, 1]),
    ),
    "NaN that is not chosen": (
        lambda x: np.sum(np.where(x <= 10, np.exp(x), 1.0)),
        A([0.0, NAN, 1e10]),
        A([1, 0, 0]),
    ),
    "0 / 0 that is not chosen": (lambda x: np.where(x >= 0, x, 0 * (x / 0.0)), 1.0, 1.0),
    "logarithm behind where=": (
        lambda a: np.sum(np.log1p(a), where=a > -1),
        A([-1.0, 1]),
        A([0, 0.5]),
    ),
    "arcsinh far out": (np.arcsinh, -1e200, 1e-200),
    "quotient far out": (lambda y: 1e200 / y, 1e200, -1e-200),
    "angle near 0": (lambda x: np.arctan2(x, 1e-200), 1e-200, 5e199),
    "remainder by its divisor": (lambda y: np.mod(-7.0, y), 3.0, 3.0),
    "x log y at x = 0": (lambda x: lg.scipy.special.xlogy(x, 2.0), 0.0, np.log(2)),
    "incomplete gamma at 0": (lambda x: lg.scipy.special.gammainc(1.0, x), 0.0, 1.0),
    "incomplete gamma at 0, steep": (lambda x: lg.scipy.special.gammainc(0.5, x), 0.0, INF),
    "incomplete beta at 1": (lambda x: lg.scipy.special.betainc(3.0, 1.0, x), 1.0, 3.0),
    "digamma of -16.5": (lg.scipy.special.digamma, -16.5, 9.81079781),
    "reciprocal gamma at a pole": (lg.scipy.special.rgamma, -2.0, 2.0),
    "distances of equal points": (
        lambda x: np.sum(lg.scipy.spatial.distance.cdist(x, x)),
        np.ones((3, 2)),
        np.zeros((3, 2)),
    ),
    "determinant of a singular matrix": (np.linalg.det, np.ones((2, 2)), A([[1, -1], [-1, 1]])),
    "singular values of ones": (
        lambda x: np.sum(np.linalg.svd(x, compute_uv=False) ** 2),
        np.ones((3, 3)),
        np.full((3, 3), 2),
    ),
    "exponential of the zero matrix": (
        lambda x: np.sum(lg.scipy.linalg.expm(x)),
        np.zeros((2, 2)),
        np.ones((2, 2)),
    ),
    "trace by einsum": (lambda x: np.einsum("ii->", x), np.ones((3, 3)), np.eye(3)),
    "diagonal by einsum, not at the end": (
        lambda x: np.sum(np.einsum("iij->ij", x) * A([[1, 2], [3, 4]])),
        np.ones((2, 2, 2)),
        A([[[1, 2], [0, 0]], [[0, 0], [3, 4]]]),
    ),
    "one-hot factor of a scan": (
        lambda x: lg.scan(
            lambda c, _: (
                lg.cond(c[1], lambda v: (v[0] * x, v[1]), lambda v: (v[0], v[1] & False), c),
                None,
            ),
            (1.0, True),
            None,
            4,
        )[0][0],
        3.0,
        108.0,
    ),
    "closure in a batch": (
        lambda z: np.sum(lg.vmap(lambda y: np.logaddexp(z, np.sum(y) + z))(np.ones((3, 2)))),
        0.1,
        3.0,
    ),
    "norm of no elements": (np.linalg.norm, np.zeros((0, 3)), np.zeros((0, 3))),
    "norms of no elements": (
        lambda x: np.sum(np.linalg.norm(x, axis=1)),
        np.zeros((2, 0)),
        np.zeros((2, 0)),
    ),
    "logsumexp of no elements": (
        lambda x: np.exp(lg.logsumexp(x)),
        np.zeros((0, 3)),
        np.zeros((0, 3)),
    ),
    "scatter outside": (
        lambda d: np.sum(lg.scatter(2, d, lambda i: i + 2)),
        np.ones(2),
        np.zeros(2),
    ),
    "binomial with p = 0": (lambda p: lg.scipy.stats.binom.logpmf(0.0, 5.0, p), 0.0, -5.0),
    "chi2 at 0": (lambda x: lg.scipy.stats.chi2.logpdf(x, 2.0), 0.0, -0.5),
}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", FIRST)
def test_a_first_derivative(name: str, backend: str):
    f, x, expected = FIRST[name]
    for derived in (lg.grad(f), lg.jacfwd(f)):
        found = lg.jit(derived, backend=backend)(x)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=0)


def batch_norm(t: Any) -> Any:
    x = np.stack([(i + 1) * t + (i % 3 - 1) * t * t + i for i in range(8)]).reshape(2, 2, 2)
    mean = np.mean(x, axis=(0, 2), keepdims=True)
    y = (x - mean) / np.sqrt(np.var(x, axis=(0, 2), keepdims=True) + 0.25)
    y = y * A([1.5, -0.5])[:, None] + A([0.25, 1.0])[:, None]
    return np.sum(y * np.arange(1.0, 9).reshape(2, 2, 2))


def right_solve(t: Any) -> Any:
    a = np.stack((t + 2, 1.0, 0.0, t + 3)).reshape(2, 2)
    b = np.stack((t, 2 * t + 1, t + 1, 3 - t)).reshape(2, 2)
    return np.sum(np.linalg.solve(a.T, b.T).T * A([[1, 2], [-1, 3]]))


def running_products(t: Any) -> Any:
    x = np.stack((t, t + 1, 2 - t, t - 1, 2 * t + 1, t + 3)).reshape(2, 3)
    return np.sum(np.cumprod(x, axis=-1) * A([[1, 2, 3], [4, 5, 6]]))


SECOND: dict[str, tuple[Callable[..., Any], float, float]] = {
    "running products with a zero": (running_products, 1.0, 144.0),
    "determinant": (
        lambda t: np.linalg.det(np.stack((t + 2, 1, 1, 2 * t + 3)).reshape(2, 2)),
        0.7,
        4.0,
    ),
    "logarithm of a determinant": (
        lambda t: np.linalg.slogdet(np.stack((t + 2, 1, 1, 3.0)).reshape(2, 2))[1],
        0.7,
        -9 / 7.1**2,
    ),
    "solution from the right": (right_solve, -0.5, 3.0435555555555553),
    "normalized batch": (batch_norm, -6.0, -0.20703015646993195),
    "sinc": (lambda t: np.sinc(2 * t + 1), -0.5, -4 * np.pi**2 / 3),
    "product with two zeros": (lambda t: np.prod(np.stack((2.0, 3.0, t, 4 * t))), 0.0, 48.0),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", SECOND)
def test_a_second_derivative_in_all_modes(name: str, backend: str):
    f, t, expected = SECOND[name]
    pushed = lambda f: lambda t: lg.jvp(f, (t,), (1.0,))[1]  # noqa: E731
    for outer in (lg.grad, lg.jacfwd, pushed):
        for inner in (lg.grad, lg.jacfwd, pushed):
            found = lg.jit(outer(inner(f)), backend=backend)(t)
            np.testing.assert_allclose(found, expected, rtol=1e-7)


def overlapping(d: Any) -> Any:
    d[1:] += d[:-1]
    d[::-1] += d
    return d


def own_transpose(d: Any) -> Any:
    d += d.T
    return d


def written_view(x: Any) -> Any:
    a = x * 1
    middle = a[1:-1]
    middle[...] = 2.0
    middle += 1.0
    return a


def written_rows(x: Any) -> Any:
    a = x * 1
    for row in a:
        row *= 2
    first, second, _ = a
    first += 1
    a[[0, 1]] = a[[1, 0]]
    return a, second


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (overlapping, np.arange(6.0)),
        (own_transpose, np.arange(9.0).reshape(3, 3)),
        (written_view, np.ones(5)),
        (written_rows, np.arange(6.0).reshape(3, 2)),
    ],
)
def test_writes_in_place(f: Callable[[Any], Any], x: np.ndarray, backend: str):
    found, expected = lg.jit(f, backend=backend)(x.copy()), f(x.copy())
    pairs = zip(found, expected) if isinstance(expected, tuple) else [(found, expected)]
    for got, wanted in pairs:
        np.testing.assert_array_equal(got, wanted)


def products_at(v: Any) -> Any:
    y = lnp.ones(3)
    lnp.multiply.at(y, A([0, 0, 1]), v)
    return np.sum(y)


def last_of_two(v: Any) -> Any:
    y = lnp.zeros(4)
    y[A([1, 1, 2])] = v
    return np.sum(y * A([1, 10, 100, 1000]))


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_writes_to_one_place_twice(backend: str):
    slope = lambda f, v: lg.jit(lg.grad(f), backend=backend)(v)  # noqa: E731
    np.testing.assert_array_equal(slope(products_at, A([0.0, 3, 4])), [3, 0, 1])
    np.testing.assert_array_equal(slope(last_of_two, A([1.0, 2, 4])), [0, 10, 100])


def test_a_rule_of_the_user_for_no_elements():
    @lg.custom_jvp
    def relative(x: Any, s: Any) -> Any:
        return np.sum(x) / s

    @relative.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x, s), (dx, ds) = primals, tangents
        return np.sum(x) / s, np.sum(x * dx) / np.where(s == 0, 1.0, s) - 0.0 * ds

    assert lg.grad(relative)(np.zeros(0), 2.0).shape == (0,)
    np.testing.assert_array_equal(lg.grad(relative)(A([3.0, 4]), 2.0), [1.5, 2])
