"""
Gradients by elements that a program does not read: they are 0, also where a slope is infinite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

X = np.array([0.0, 1.0, 4.0, 9.0])

EXAMPLES: dict[str, Callable[..., Any]] = {
    "slice": lambda x: np.sum(np.sqrt(x)[1:]),
    "index": lambda x: np.sqrt(x)[2] * 3 + np.sqrt(x)[1],
    "gather": lambda x: np.sum(np.sqrt(x)[np.array([1, 2, 2])]),
    "every second": lambda x: np.sum(np.sqrt(x)[1::2]),
    "row": lambda x: np.sum(np.sqrt(x.reshape(2, 2))[1]) + 0 * x[2],
    "two slices": lambda x: np.sum(np.sqrt(x)[2:] * np.sqrt(x)[1:-1]),
    "chain": lambda x: np.sum(np.sqrt(np.sin(x) + 2 * x)[1:] ** 3),
    "norms": lambda x: np.sqrt(np.sum(np.stack([0 * x[:2], x[2:]]) ** 2, axis=1))[1],
    "log": lambda x: np.sum(np.log(x)[1:]),
    "power": lambda x: np.sum((x**0.3)[1:] ** 2),
    "power of a table": lambda x: np.sum((x ** np.array([0.5, 0.5, 1, 2]))[1:]),
    "cbrt": lambda x: np.sum(np.cbrt(x)[1:]),
    "arcsin": lambda x: np.sum(np.arcsin(1 - x / 10)[1:]),
    "arccosh": lambda x: np.sum(np.arccosh(x + 1)[1:]),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_their_derivatives_are_zero(name: str, backend: str):
    f = EXAMPLES[name]
    beside = X + np.array([0.5, 0, 0, 0])  # There no slope is infinite.
    for derived in (lg.grad(f), lg.hessian(f)):
        compiled = lg.jit(derived, backend=backend)
        found, expected = compiled(X), compiled(beside)
        assert not np.any(found[0])
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_elements_that_are_read_keep_their_infinite_slopes():
    for f in (lambda x: np.sum(np.sqrt(x)[:2]), lambda x: np.sum(np.log(x)[:2])):
        slope = lg.grad(f)(X)
        assert np.isinf(slope[0])
        assert not slope[2:].any()
