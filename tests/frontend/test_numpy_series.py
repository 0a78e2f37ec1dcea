"""
`letgrad.numpy.polynomial`: NumPy's functions of polynomials and other series, on traced
coefficients and places. Values are NumPy's, and derivatives are differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import letgrad as lg
import letgrad.numpy as np

MODULES = {
    "polynomial": "poly", "chebyshev": "cheb", "legendre": "leg", "hermite": "herm",
    "hermite_e": "herme", "laguerre": "lag",
}  # fmt: skip
C = numpy.array([1.0, -3, 2.2, 0.5])
X = numpy.array([-1.3, -0.4, 0.2, 0.7, 1.9])
TABLE = numpy.random.default_rng(0).normal(size=(3, 4))

CASES: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "val": (lambda f, c, x: f("val")(x, c), [C, X]),
    "val of columns": (lambda f, c: f("val")(X, c), [TABLE]),
    "val of known coefficients": (lambda f, x: f("val")(x, C), [X]),
    "val2d": (lambda f, c: f("val2d")(X, X, c), [TABLE]),
    "grid2d": (lambda f, c: f("grid2d")(X, X[:2], c), [TABLE]),
    "der": (lambda f, c: f("der")(c, 2), [C]),
    "int": (lambda f, c: f("int")(c, lbnd=0.5, k=[1.0]), [C]),
    "add": (lambda f, c: f("add")(c, c[:2]), [C]),
    "sub": (lambda f, c: f("sub")(c[:2], c), [C]),
    "mul": (lambda f, c: f("mul")(c, c[:2]), [C]),
    "pow": (lambda f, c: f("pow")(c, 2), [C]),
    "fit": (lambda f, y: f("fit")(X, y, 2), [C[[0, 1, 3, 2, 1]]]),
    "fit of powers": (lambda f, y: f("fit")(X, y, [0, 2], w=X + 2), [C[[0, 1, 3, 2, 1]]]),
    "vander": (lambda f, x: f("vander")(x, 3), [X]),
    "roots": (lambda f, c: abs(f("roots")(c)), [C]),
    "fromroots": (lambda f, c: f("fromroots")(c), [C]),
}


@pytest.mark.sampled(29)
@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", CASES)
def test_a_function_of_series(name: str, module: str):
    case, xs = CASES[name]

    def of(namespace: Any) -> Callable[..., Any]:
        found = getattr(namespace.polynomial, module)
        return lambda *xs: case(lambda what: getattr(found, MODULES[module] + what), *xs)

    ours, theirs = of(np), of(numpy)
    result = lg.jit(ours)(*xs)
    wanted = numpy.asarray(theirs(*xs))
    assert result.dtype == wanted.dtype
    if name == "roots":  # NumPy's order is of the complex numbers
        result, wanted = numpy.sort(result), numpy.sort(wanted)
    numpy.testing.assert_allclose(result, wanted, rtol=1e-9, atol=1e-10)
    random = numpy.random.default_rng(1)
    ds = [numpy.asarray(random.normal(size=x.shape)) for x in xs]
    h = 1e-5

    def at(t: float) -> float:
        return float(numpy.sum(numpy.cos(theirs(*(x + t * d for x, d in zip(xs, ds))))))

    slope = lg.jvp(lambda *xs: np.sum(np.cos(ours(*xs))), tuple(xs), tuple(ds))[1]
    numpy.testing.assert_allclose(slope, (at(h) - at(-h)) / (2 * h), rtol=1e-4, atol=1e-5)


def test_known_numbers_are_numpys_and_programs_of_plain_numpy_find_the_functions():
    chebval = np.polynomial.chebyshev.chebval
    numpy.testing.assert_array_equal(chebval(X, C), numpy.polynomial.chebyshev.chebval(X, C))

    @lg.program
    def f(c: Any) -> Any:
        return numpy.polynomial.chebyshev.chebval(0.3, c)

    numpy.testing.assert_allclose(lg.grad(f)(C), [1, 0.3, -0.82, -0.792])
