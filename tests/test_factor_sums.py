"""
`ten-factor-sums`: all programs of a family, before and after the pass; and gradients that it
changes, on both compiled backends.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.simplify.factor_sums import FactorSumsPass

LAYOUTS = [
    ((400, 12), (0,)), ((12, 400), (1,)), ((20, 3, 80), (0, 2)), ((3, 41, 40), (1, 2)),
    ((5000,), (0,)),
]  # fmt: skip
"""Shapes of arrays, and the dimensions that are summed."""


def bodies() -> dict[str, Callable[..., Any]]:
    """By name, what is summed: of two arrays, a factor that waits for a sum, and a number."""
    return {
        "product": lambda x, c, s, n: x * s * c,
        "quotient": lambda x, c, s, n: c * (x / s) / s,
        "inverse": lambda x, c, s, n: (2 / s) * x,
        "difference": lambda x, c, s, n: -(x * s - c / s * n),
        "square of a sum": lambda x, c, s, n: (x * s + c * n) * (x * s + c * n),
        "three values": lambda x, c, s, n: x * c * x * s,
        "number of all": lambda x, c, s, n: c * n - n * s * x,
        "the same everywhere": lambda x, c, s, n: x * s + s * s * np.ones_like(x),
        "equal terms": lambda x, c, s, n: (x * s + c * n) + x * s,
        "exact difference": lambda x, c, s, n: (x - s) * s,
        "values that wait": lambda x, c, s, n: np.exp(x - s) * c / s,
    }


STAYS = "product", "three values", "exact difference", "values that wait"
"""The first two, as `ten-raise-einsum` has taken the factors out of the sum."""


@pytest.mark.parametrize("body", bodies())
def test_values_of_a_family(body: str):
    random, f, fired = np.random.default_rng(0), bodies()[body], 0
    for (shape, dims), later in product(LAYOUTS, (False, True)):
        x, c = (random.uniform(0.5, 2, shape) for _ in range(2))

        def run(x: Any, c: Any, dims: Any = dims, later: bool = later) -> Any:
            s = np.sqrt((x * x).sum(dims, keepdims=True) / 100)
            n = np.tanh(c.max() if later else c.sum() / 1e4)
            return f(x, c, s, n).sum(dims), s

        module = lg.trace(run, x, c)
        run_passes(backends.context(), module, [OptimizePass()])
        before = str(module)
        run_passes(backends.context(), module, [FactorSumsPass()])
        fired += str(module) != before
        for found, want in zip(Evaluator(module).call("run", [x, c]), run(x, c), strict=True):
            np.testing.assert_allclose(found, want, rtol=1e-12)
    assert fired == (0 if body in STAYS else 2 * len(LAYOUTS))


def batch_norm(x: Any, g: Any, c: Any) -> Any:
    d = x - x.mean((0, 2), keepdims=True)
    s = np.sqrt((d * d).mean((0, 2), keepdims=True) + 1e-5)
    return (d / s * g[:, None] * c).sum()


def deviation(x: Any, g: Any, c: Any) -> Any:
    return (x.std((0, 2)) * g).sum() + (x.var() * c).sum()


@pytest.mark.parametrize("f", [batch_norm, deviation])
@pytest.mark.parametrize("backend", ["cpu", "triton"])
def test_gradients(f: Any, backend: str):
    random = np.random.default_rng(0)
    x, c = (3 + random.standard_normal((70, 3, 50)) for _ in range(2))
    g = random.standard_normal(3)
    df = lg.grad(f, (0, 1, 2))
    for a, b in zip(lg.jit(df, backend=backend)(x, g, c), df(x, g, c), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


def test_a_difference_keeps_its_digits():
    """The sum of x - m is that of small numbers, not a difference of large ones."""

    def f(x: Any) -> Any:
        m = x.max()
        return ((x - m) / np.sqrt(((x - m) ** 2).mean())).sum()

    x = 1e8 + np.random.default_rng(0).standard_normal(9999)
    np.testing.assert_allclose(lg.jit(f)(x), f(x), rtol=1e-13)


def test_a_sum_of_what_many_ops_share_is_not_opened_again_and_again():
    """Each turn reads the value before twice: 2⁴⁰ terms, and a sum that waits for another."""

    def f(x: Any, s: Any) -> Any:
        m = (x * x).sum(0)
        y = x * m
        for _ in range(40):
            y = y * s + y
        return y.sum(0)

    x = np.random.default_rng(0).standard_normal((400, 12))
    np.testing.assert_allclose(lg.jit(f)(x, 0.1), f(x, 0.1), rtol=1e-9)


def test_a_sum_of_one_number():
    """Nothing varies, and no factor is left."""

    def f(x: Any) -> Any:
        return (x * 0 / x.sum(0) * 0 - 1.0 + x.max(0) * 0).sum(0)

    x = 1 + np.random.default_rng(0).random((400, 12))
    np.testing.assert_allclose(lg.jit(f)(x), f(x), rtol=1e-12)
