"""
Loops over a band of a matrix: the ends of the inner loops depend on the row, and their difference
does not. So such a loop has few rows, and its gradient keeps few values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import letgrad as lg
from letgrad.dialects import ten
from letgrad.lowering import backends
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.simplify.canonicalize import CanonicalizePass

WIDTH = 3


def cholesky(a: Any) -> Any:
    a = a.copy()
    for i in range(a.shape[0]):
        for j in range(max(0, i - WIDTH), i + 1):
            s = a[i, j]
            for k in range(max(0, i - WIDTH), j):
                s -= a[i, k] * a[j, k]
            if i == j:
                a[i, i] = np.sqrt(s)
            else:
                a[i, j] = s / a[j, j]
    return a


def near(x: Any) -> Any:
    """Sums over the elements that are at most `WIDTH` places away."""
    out = np.zeros(x.shape[0])
    for i in range(x.shape[0]):
        high = i + WIDTH + 1 if i + WIDTH + 1 < x.shape[0] else x.shape[0]
        for j in range(max(i - WIDTH, 0), high):
            out[i] = out[i] * 0.9 + x[i] * x[j]
    return out


def lengths(f: Any, *args: Any) -> list[int]:
    """The rows of all loops, after `canonicalize`."""
    module = lg.trace(f, *args)
    run_passes(backends.context(), module, [CanonicalizePass()] * 2)
    loops = [op for op in module.walk() if isinstance(op, ten.ScanOp | ten.WhileOp)]
    assert not any(isinstance(op, ten.WhileOp) for op in loops)
    return [op.trips for op in loops if isinstance(op, ten.ScanOp)]


def band(n: int) -> np.ndarray:
    random = np.random.default_rng(0)
    a = sum(np.diag(random.random(n - d), -d) for d in range(1, WIDTH + 1))
    return a + a.T + 8 * np.eye(n)


def check_slope(f: Any, x: np.ndarray) -> None:
    direction = np.random.default_rng(1).standard_normal(x.shape)
    weights = np.cos(np.arange(x.size)).reshape(x.shape)

    def total(x: Any) -> Any:
        return np.sum(lg.program(f)(x) * weights)

    slope = lg.grad(total)(x)
    step = 1e-6
    expected = (np.sum(f(x + step * direction) * weights)
                - np.sum(f(x - step * direction) * weights)) / (2 * step)  # fmt: skip
    np.testing.assert_allclose(np.sum(slope * direction), expected, rtol=1e-6)


def test_a_banded_cholesky_factor() -> None:
    a = band(40)
    np.testing.assert_allclose(lg.jit(lg.program(cholesky))(a), cholesky(a), rtol=1e-13)
    assert max(lengths(lg.program(cholesky), a)[1:]) <= WIDTH + 1
    check_slope(cholesky, a)


def test_sums_over_neighbours() -> None:
    x = np.random.default_rng(0).random(40)
    np.testing.assert_allclose(lg.jit(lg.program(near))(x), near(x), rtol=1e-13)
    assert max(lengths(lg.program(near), x)[1:]) <= 2 * WIDTH + 1
    check_slope(near, x)


def test_a_band_that_grows_has_its_rows() -> None:
    """The loop begins at i / 2, so the number of its turns grows with i."""

    def f(x: Any) -> Any:
        out = np.zeros(x.shape[0])
        for i in range(x.shape[0]):
            for j in range(i // 2, i + 1):
                out[i] = out[i] * 0.5 + x[j]
        return out

    x = np.random.default_rng(0).random(40)
    np.testing.assert_allclose(lg.jit(lg.program(f))(x), f(x), rtol=1e-13)
    assert max(lengths(lg.program(f), x)[1:]) >= 20
    check_slope(f, x)
