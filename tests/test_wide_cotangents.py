"""Cotangents of floats of 16 bits: what is summed is summed in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg

MANY = 65_636
SHORT = [np.float16, ml_dtypes.bfloat16]


def single(x: Any) -> Any:
    return x.astype(np.float32)


def log_softmax(x: Any) -> Any:
    y = x - np.max(x)
    return y - np.log(np.sum(np.exp(y)))


PLACES = np.zeros(5000, np.int64)
PROGRAMS: dict[str, tuple[Callable[[Any, Any], Any], float]] = {
    # A sum of 5000 ones, at each place where a gradient sums.
    "broadcast": (lambda x, one: np.sum(single(x[0] * np.broadcast_to(one, 5000))), 5000),
    "gather": (lambda x, one: np.sum(single((x * one)[PLACES])), 5000),
    "reads in a loop": (
        lambda x, one: lg.fold(
            lambda c, i: c + single(x[i] * one), np.float32(0), np.zeros(5000, np.int64)
        ),
        5000,
    ),
    "uses in a loop": (
        lambda x, one: lg.fold(
            lambda c, y: c + single(x[0] * y), np.float32(0), np.broadcast_to(one, 5000)
        ),
        5000,
    ),
    "running sum": (lambda x, one: single(np.cumsum(np.broadcast_to(x[0] * one, 5000))[-1]), 5000),
    "build": (lambda x, one: np.sum(single(lg.build(5000, lambda i: x[i // 5000] * one))), 5000),
    "many uses": (lambda x, one: sum(single(x[0] * one) for _ in range(300)), 300),
    "branches": (
        lambda x, one: np.sum(
            single(lg.cond(one > 0, lambda: x[0] * np.broadcast_to(one, 5000),
                           lambda: np.broadcast_to(one, 5000)))
        ),
        5000,
    ),
    "einsum": (
        lambda x, one: np.sum(single(np.einsum("i,j->ij", x[:1], np.broadcast_to(one, 5000)))),
        5000,
    ),
}  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("dtype", SHORT)
@pytest.mark.parametrize("name", PROGRAMS)
def test_sums_of_cotangents(name, dtype, backend):
    f, expected = PROGRAMS[name]
    x, one = np.ones(2, dtype), np.ones((), dtype)
    found = lg.jit(lg.grad(f), backend=backend)(x, one)
    assert found.dtype == dtype
    assert found[0] == np.asarray(expected).astype(dtype) and found[1] == 0


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
def test_a_log_softmax_of_many_values(backend):
    """The sum of the cotangents is no float16, and its derivative is an ordinary number."""
    x = np.linspace(-9, 9, MANY).astype(np.float16)
    e = np.exp(x.astype(float))
    expected = 1 - MANY * e / e.sum()
    pullback = lambda x: lg.vjp(log_softmax, x)[1](np.ones(MANY, np.float16))[0]  # noqa: E731
    found = lg.jit(pullback, backend=backend)(x)
    np.testing.assert_allclose(found, expected, rtol=0.03, atol=0.01)
    total = lg.grad(lambda x: np.sum(single(log_softmax(x))))
    np.testing.assert_allclose(lg.jit(total, backend=backend)(x), found, rtol=0.01, atol=1e-3)


def test_masked_and_second_derivatives():
    def f(x):
        return np.sum(single(np.where(x > 0, np.sqrt(x), x) * np.exp(x[:1])))

    x = np.array([0.5, 0.0, -1.0, 2.0], np.float16)
    exact = x.astype(np.float64)
    wide = lambda x: np.sum(np.where(x > 0, np.sqrt(x), x) * np.exp(x[:1]))  # noqa: E731
    for derivative in (lg.grad, lambda f: lg.grad(lambda x: np.sum(single(lg.grad(f)(x))))):
        found = lg.jit(derivative(f), backend="numpy")(x)
        expected = lg.jit(lg.grad(wide), backend="numpy")(exact)
        if derivative is not lg.grad:
            expected = lg.jit(lg.grad(lambda x: np.sum(lg.grad(wide)(x))), backend="numpy")(exact)
        np.testing.assert_allclose(found, expected, rtol=0.01)


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize(
    "function", [np.max, np.min, np.nanmax, lambda x: np.linalg.norm(x, np.inf)]
)
def test_shares_of_many_equal_maxima(function, backend):
    """float16 has no count of 70,000 places, and bfloat16 none of 300."""
    for n, dtype in ((70_000, np.float16), (300, ml_dtypes.bfloat16)):
        x = np.ones(n, dtype)
        slope = lg.jit(lg.grad(function), backend=backend)(x)
        assert slope.dtype == dtype
        np.testing.assert_array_equal(slope, np.full(n, 1 / n, dtype))
        change = lg.jit(lambda x: lg.jvp(function, (x,), (x,))[1], backend=backend)(x)
        np.testing.assert_allclose(np.float32(change), 1, rtol=0.01)
