"""
The classes of `letgrad.numpy.polynomial` and `np.poly1d`, of traced coefficients, domains and
places. Values are NumPy's, and derivatives are differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import letgrad as lg
import letgrad.numpy as np

KINDS = ("Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre")
C = numpy.array([1.0, -3, 2.2, 0.5])
X = numpy.array([-0.9, -0.4, 0.2, 0.7, 1.9])

CASES: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "at": (lambda K, c, x: K(c)(x), [C, X]),
    "of known coefficients": (lambda K, x: K([1.0, 2, 0.5])(x), [X]),
    "with a domain": (lambda K, c, d: K(c, domain=d, window=[-1, 1])(X), [C, C[:2]]),
    "products": (lambda K, c, d: ((K(c) * K(d) + 2 * K(c) - 1) ** 2).coef / 100, [C, C[:2]]),
    "over a number": (lambda K, c, a: (K(c) / (a * 1)).coef, [C, numpy.array(1.5)]),
    "division": (lambda K, c, d: (K(c) // K(d)).coef + (K(c) % K(d)).coef[0], [C, C[1:3]]),
    "derivative and integral": (lambda K, c: K(c).deriv()(X) + K(c).integ(1, k=[2.0])(X), [C]),
    "fit": (lambda K, y: K.fit(X, y, 2)(0.3), [C[[0, 1, 3, 2, 1]]]),
    "fit of places": (lambda K, x: K.fit(x, X, 2).coef, [X]),
    "roots": (lambda K, c: numpy.sum(abs(K(c).roots())), [C]),
    "from roots": (lambda K, c: K.fromroots(c)(0.4), [C]),
    "as powers": (lambda K, c: K(c).convert(kind=numpy.polynomial.Polynomial).coef, [C]),
    "of a series": (lambda K, c: K(c)(K([1.0, 2.0])).coef, [C]),
    "basis": (lambda K, x: K.basis(3)(x), [X]),
}


def _check(f: Callable[..., Any], g: Callable[..., Any], xs: list[Any]) -> None:
    """Whether the values of f on traced arrays are those of g on NumPy's, and the derivatives."""
    numpy.testing.assert_allclose(lg.jit(f)(*xs), g(*xs), rtol=1e-9, atol=1e-10)
    random = numpy.random.default_rng(1)
    ds = [numpy.asarray(random.normal(size=x.shape)) for x in xs]
    h = 1e-5

    def at(t: float) -> float:
        return float(numpy.sum(numpy.cos(g(*(x + t * d for x, d in zip(xs, ds))))))

    slope = lg.jvp(lambda *xs: np.sum(np.cos(f(*xs))), tuple(xs), tuple(ds))[1]
    numpy.testing.assert_allclose(slope, (at(h) - at(-h)) / (2 * h), rtol=1e-4, atol=1e-5)


@pytest.mark.sampled(21)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CASES)
def test_a_class_of_series(name: str, kind: str):
    case, xs = CASES[name]
    ours, theirs = (getattr(module.polynomial, kind) for module in (np, numpy))
    _check(lambda *xs: case(ours, *xs), lambda *xs: case(theirs, *xs), xs)


POLY1D: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "at": (lambda P, c, x: P(c)(x), [C, X]),
    "sums": (lambda P, c: (P(c) * P([1.0, 2]) + 3 * P(c) - P(c) / 2.0 + P(c) ** 2)(X), [C]),
    "beside a number": (lambda P, a: (P([1.0, 2]) * a + P([2.0]))(X), [numpy.array(1.5)]),
    "derivative and integral": (lambda P, c: P(c).deriv()(X) + P(c).integ(k=2.0)(X), [C]),
    "division": (lambda P, c: (P(c) / P([1.0, 0.5]))[0](X), [C]),
    "coefficients": (lambda P, c: P(c)[2] * P(c).c[0] * P(c).order, [C]),
    "from roots": (lambda P, c: P(c, True)(0.3), [C]),
    "of a polynomial": (lambda P, c: P(c)(P([1.0, 2.0]))(0.4), [C]),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", POLY1D)
def test_poly1d(name: str):
    case, xs = POLY1D[name]
    _check(lambda *xs: case(np.poly1d, *xs), lambda *xs: case(numpy.poly1d, *xs), xs)


def test_known_series_are_numpys():
    ours, theirs = np.polynomial.Polynomial, numpy.polynomial.Polynomial
    p = ours([1.0, 2, 0]) * theirs([1.0, 0])
    assert isinstance(p, theirs) and p == theirs([1.0, 2]) and repr(p) == repr(theirs([1.0, 2]))
    assert np.poly1d([0, 1, 2]) == numpy.poly1d([1, 2])
    assert repr(np.poly1d([0, 1, 2])) == repr(numpy.poly1d([1, 2]))


def test_programs_of_plain_numpy_find_the_classes():
    @lg.program
    def f(c: Any) -> Any:
        return numpy.polynomial.Polynomial(c).deriv()(2.0) + numpy.poly1d(c)(3.0)

    assert lg.grad(f)(C).tolist() == [27, 10, 7, 13]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda c: numpy.polynomial.Polynomial(c)(1.0), "from letgrad.numpy.polynomial import"),
        (lambda c: numpy.polynomial.Legendre([1.0])(c[0]), "from letgrad.numpy.polynomial import"),
        (lambda c: numpy.polynomial.legendre.legval(c[0], c), "write letgrad.numpy.polynomial.leg"),
        (lambda c: numpy.poly1d(c)(1.0), "write letgrad.numpy.poly1d"),
        (lambda c: numpy.ma.array(c, mask=c > 0).sum(), "letgrad supports no masked arrays"),
        (lambda c: (numpy.ma.array(C, mask=C > 0) * c).sum(), "letgrad supports no masked arrays"),
        (lambda c: np.polynomial.Polynomial(c[None])(1.0), "Coefficient array is not 1-d"),
        (lambda c: np.polynomial.Polynomial(c).trim(0.1), "the length of a trimmed series"),
        (lambda c: np.poly1d(c[None])(1.0), "Polynomial must be 1d only"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_another_way(f: Callable[..., Any], message: str):
    with pytest.raises((TypeError, ValueError), match=rf"_strides\.py:\d+: .*{message}"):
        lg.jit(f)(C)


X_TABLE = numpy.arange(12.0).reshape(3, 4)


def test_as_strided_reads_an_array_in_c_order():
    as_strided = np.lib.stride_tricks.as_strided

    def windows(x: Any) -> Any:
        return as_strided(x, (2, 2, 2, 3), x.strides + x.strides)

    numpy.testing.assert_array_equal(lg.jit(windows)(X_TABLE), windows(X_TABLE))
    counts = lg.grad(lambda x: np.sum(windows(x)))(X_TABLE)
    assert counts.tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda a, x: a(x.T, (2, 2)), "transposed, sliced or repeated array"),
        (lambda a, x: a(x[::2], (2,), (8,)), "transposed, sliced or repeated array"),
        (lambda a, x: a(x, (5, 5), (8, 32)), "leave the array, which has 12 elements"),
        (lambda a, x: a(x, (2,), (-8,)), "leave the array"),
        (lambda a, x: a(x, (2,), (4,)), "the stride 4 is no multiple of 8 bytes"),
        (lambda a, x: a(x, (2, 2), (8,)), "have other lengths"),
    ],
)  # fmt: skip
def test_as_strided_refuses_other_memory(f: Callable[..., Any], message: str):
    with pytest.raises((TypeError, ValueError), match=rf"_strides\.py:\d+: .*{message}"):
        lg.jit(lambda x: f(np.lib.stride_tricks.as_strided, x))(X_TABLE)
