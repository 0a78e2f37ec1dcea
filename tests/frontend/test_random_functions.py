"""
Functions of NumPy and SciPy, drawn at random: values, shapes and dtypes are NumPy's and SciPy's,
derivatives of first and second order are differences, and both modes agree.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.rewriting.diagnostics import LetgradError

from .random_functions import KINDS, Drawn, numbers

scipy: Any = pytest.importorskip("scipy", reason="SciPy is an extra")
pytest.importorskip("scipy.signal")

STEP = 1e-5


def parts(result: Any) -> list[Any]:
    """The results, of a function of one or more."""
    return list(result) if isinstance(result, tuple | list) else [result]


def flat(result: Any) -> np.ndarray:
    """All numbers of the results as one vector of real numbers."""
    found = []
    for part in parts(result):
        q: Any = np.ravel(np.asarray(part))
        found += [q.real, q.imag] if q.dtype.kind == "c" else [q]
    return np.concatenate([q.astype(np.float64) for q in found])


def real_sum(result: Any, weights: np.ndarray) -> Any:
    """The sum of all numbers with weights, of traced arrays."""
    total, k = 0.0, 0
    for part in parts(result):
        q = np.ravel(part)
        for x in [np.real(q), np.imag(q)] if q.dtype.kind == "c" else [q]:
            total, k = total + np.sum(x * weights[k : k + x.size]), k + x.size
    return total


def differences(f: Any, xs: list[np.ndarray], way: list[np.ndarray]) -> np.ndarray | None:
    """The slope along a way; None if a longer step gives another one."""
    slopes = []
    for h in (STEP, 2 * STEP):
        ends = [flat(f(*(x + s * h * v for x, v in zip(xs, way)))) for s in (1, -1)]
        slopes.append((ends[0] - ends[1]) / (2 * h))
    size = 1 + np.max(abs(slopes[0]), initial=0)
    is_smooth = np.all(np.isfinite(slopes)) and np.max(abs(slopes[0] - slopes[1]), initial=0) < (
        1e-6 * size
    )
    return slopes[0] if is_smooth else None


def check_values(drawn: Drawn, backend: str) -> Any:
    """Values, shapes and dtypes. Returns SciPy's; None if SciPy refuses the arguments."""
    try:
        wanted = drawn.call(scipy, *drawn.xs)
    except (ValueError, IndexError, np.linalg.LinAlgError, TypeError):
        return None
    found = lg.jit(lambda *xs: drawn.call(lg.scipy, *xs), backend=backend)(*drawn.xs)
    is_short = any(x.dtype in (np.float32, np.complex64) for x in drawn.xs)
    error = (2e-5 if is_short else 1e-10) * drawn.rough
    for x, y in zip(parts(found), parts(wanted), strict=True):
        assert np.shape(x) == np.shape(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(x, y, rtol=error, atol=error)
    return wanted


def check_derivatives(drawn: Drawn, r: np.random.Generator, count: int) -> None:
    """Of the first order in both modes, and of the second order, in double precision."""
    doubles = {"c": np.complex128, "f": np.float64}
    xs = [x.astype(doubles[x.dtype.kind]) for x in drawn.xs]
    way = [numbers(r, x.shape, -1, 1, x.dtype.type) for x in xs]
    weights = r.uniform(-1, 1, count)
    slope = differences(lambda *xs: drawn.call(scipy, *xs), xs, way)
    if slope is None:
        return

    def f(*xs: Any) -> Any:
        return drawn.call(lg.scipy, *xs)

    def along(*xs: Any) -> Any:
        every = tuple(range(len(xs)))
        gradients = lg.grad(lambda *xs: real_sum(f(*xs), weights), argnums=every)(*xs)
        return sum(np.real(np.sum(g * v)) for g, v in zip(gradients, way))

    size = 1 + np.max(abs(slope), initial=0)
    error = 3e-6 * drawn.rough**0.5
    try:
        tangent = flat(lg.jvp(f, tuple(xs), tuple(way))[1])
    except LetgradError as why:
        # Some parameters of special functions have no derivative, and the error names them.
        assert "has no derivative of" in str(why)
        return
    np.testing.assert_allclose(tangent, slope, rtol=error, atol=error * size)
    compiled = lg.jit(along)
    wanted, near = np.sum(slope * weights), error * size * max(1, count) ** 0.5
    np.testing.assert_allclose(compiled(*xs), wanted, rtol=error, atol=near)
    second = differences(compiled, xs, way)
    if second is not None:
        found = lg.jvp(compiled, tuple(xs), tuple(way))[1]
        np.testing.assert_allclose(found, second[0], rtol=30 * error, atol=30 * error * size)


@pytest.mark.sampled(90)
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("kind", KINDS)
def test_a_function(kind: str, seed: int) -> None:
    r = np.random.default_rng([seed, list(KINDS).index(kind)])
    drawn = KINDS[kind](r)
    backend = "cpu" if r.random() < 0.8 else "numpy"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = check_values(drawn, backend)
        if wanted is not None and drawn.smooth:
            check_derivatives(drawn, r, flat(wanted).size)
    assert drawn.text
