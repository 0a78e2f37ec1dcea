"""
SciPy's ufuncs take traced arrays, and SciPy's other functions take none. The error names the
function and the user's line, wherever in SciPy it comes from, and says what to write instead.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

import letgrad as lg

pytest.importorskip("scipy", reason="SciPy is an extra")
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.special
import scipy.stats
from scipy.special import logsumexp as renamed

NO_SCIPY = "the functions of SciPy that letgrad.scipy has"


def line_of(program: Any) -> str:
    return f"test_scipy.py:{inspect.getsourcelines(program)[1]}: "


@pytest.mark.parametrize(
    "program, who, advice",
    [
        (
            lambda x: scipy.special.softmax(x),
            "scipy.special.softmax",
            "write letgrad.scipy.special.softmax",
        ),
        (lambda x: renamed(x), "scipy.special.logsumexp", "write letgrad.scipy.special.logsumexp"),
        (
            lambda x: scipy.linalg.solve(x * np.eye(3), x),
            "scipy.linalg.solve",
            "letgrad.scipy.linalg.solve",
        ),
        (
            lambda x: scipy.linalg.expm(x * np.eye(3)),
            "scipy.linalg.expm",
            "letgrad.scipy.linalg.expm",
        ),
        (
            lambda x: scipy.signal.convolve(x, x),
            "scipy.signal.convolve",
            "letgrad.scipy.signal.convolve",
        ),
        (
            lambda x: scipy.stats.norm.pdf(x),
            "SciPy (in scipy.stats.norm.pdf(x))",
            "letgrad.scipy.stats",
        ),
        (lambda x: scipy.sparse.csr_matrix(x), "scipy.sparse.csr_matrix", NO_SCIPY),
        # The number was wanted of a result of the user's function, and by a function in C.
        (
            lambda x: scipy.integrate.quad(lambda t: t * x[0], 0, 1)[0],
            "scipy.integrate.quad",
            "write letgrad.scipy.integrate.quad",
        ),
        # SciPy catches the error, and raises one about something else.
        (
            lambda x: scipy.optimize.minimize(lambda t: np.sum((t - x) ** 2), np.zeros(3)).x,
            "scipy.optimize.minimize",
            NO_SCIPY,
        ),
    ],
)
def test_the_error_names_the_function_and_the_line(program: Any, who: str, advice: str):
    with pytest.raises(TypeError, match=re.escape(line_of(program))) as caught:
        lg.trace(program, lg.spec(3))
    said = str(caught.value).split(line_of(program))[1]
    assert said.startswith(f"{who} wanted numbers, and a traced array has no numbers"), said
    assert advice in said, said


def test_an_error_in_a_function_that_scipy_calls_has_the_line_of_that_function():
    def called(t: Any, x: Any) -> Any:
        return t * float(x[0])

    def program(x: Any) -> Any:
        return scipy.integrate.quad(called, 0, 1, (x,))[0]

    line = f"test_scipy.py:{inspect.getsourcelines(called)[1] + 1}: "
    with pytest.raises(TypeError, match=rf"{line}Python float\(\) wanted numbers"):
        lg.trace(program, lg.spec(3))


def test_ops_of_a_function_that_scipy_calls_have_its_lines():
    """`brentq` calls Python; the numbers that letgrad needs are constants here."""

    def program(x: Any) -> Any:
        scipy.optimize.brentq(lambda t: t + 0 * len(x * x), -1.0, 2.0)
        return x

    traced = lg.trace(program, lg.spec(3))
    products = [op for op in traced.walk() if op.name == "arith.mulf"]
    line = inspect.getsourcelines(program)[1] + 1
    assert products
    assert all(f'test_scipy.py":{line}:' in str(op.location) for op in products)


def test_a_ufunc_of_scipy_without_a_rule_has_its_name():
    def program(x: Any) -> Any:
        return scipy.special.kolmogorov(x)

    line = f"test_scipy.py:{inspect.getsourcelines(program)[1] + 1}: "
    with pytest.raises(TypeError, match=re.escape(line)) as caught:
        lg.trace(program, lg.spec(3))
    assert ": scipy.special.kolmogorov is not supported on traced arrays; " in str(caught.value)
    assert NO_SCIPY in str(caught.value)


@pytest.mark.parametrize(
    "instead, function",
    [
        (lambda x: lg.softmax(x, 0), scipy.special.softmax),
        (lambda x: lg.log_softmax(x, 0), scipy.special.log_softmax),
        (lambda x: lg.logsumexp(x, 0), scipy.special.logsumexp),
        (lambda x: 1 / (1 + np.exp(-x)), scipy.special.expit),
        (lambda x: np.log(x / (1 - x)), scipy.special.logit),
        (lambda x: -np.logaddexp(0, -x), scipy.special.log_expit),
        (lambda x: x * np.log(x), lambda x: scipy.special.xlogy(x, x)),
        (lambda x: x * np.log1p(x), lambda x: scipy.special.xlog1py(x, x)),
        (lambda x: np.power(10.0, x), scipy.special.exp10),
        (
            lambda x: np.linalg.norm(x - 2 * x),
            lambda x: scipy.spatial.distance.euclidean(x, 2 * x),
        ),
    ],
)
def test_the_advice_works(instead: Any, function: Any):
    x = np.array([0.1, 0.7, 0.25])
    np.testing.assert_allclose(lg.jit(instead)(x), function(x), rtol=1e-13)
