"""`lg.switch`: the function that an index chooses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg

FUNCTIONS = (np.sin, lambda x: x * x * x, lambda x: np.exp(-x), lambda x: 2.0 * x, np.tanh)


def choose(k: Any, x: Any) -> Any:
    return lg.switch(k, FUNCTIONS, x)


@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_each_function(backend: str) -> None:
    x = np.array([0.3, -0.7])
    value = lg.jit(choose, backend=backend)
    slope = lg.jit(lg.grad(lambda k, x: choose(k, x).sum(), argnums=1), backend=backend)
    for k in range(-2, 8):
        f: Any = FUNCTIONS[min(max(k, 0), 4)]
        np.testing.assert_allclose(value(np.int64(k), x), f(x), rtol=1e-15)
        np.testing.assert_allclose(choose(k, x), f(x), rtol=1e-15)
        step = 1e-6
        expected = (f(x + step) - f(x - step)) / (2 * step)
        np.testing.assert_allclose(slope(np.int64(k), x), expected, rtol=1e-8)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64])
def test_narrow_and_unsigned_indices(dtype: Any) -> None:
    many = [lambda x, k=k: x + k for k in range(140)]
    last = np.iinfo(dtype).max
    found = lg.jit(lambda k, x: lg.switch(k, many, x))(dtype(last), 1.0)
    assert found == 1.0 + min(int(last), 139)


def test_vmap_and_second_derivative() -> None:
    k, x = np.array([0, 1, 4, 2, 9, -3]), np.linspace(-1.0, 1.0, 6)
    found = lg.jit(lg.vmap(lg.grad(lg.grad(choose, argnums=1), argnums=1)))(k, x)
    exact: Any = (
        lambda x: -np.sin(x),
        lambda x: 6 * x,
        lambda x: np.exp(-x),
        lambda x: 0 * x,
        lambda x: -2 * np.tanh(x) / np.cosh(x) ** 2,
    )
    expected = [exact[min(max(i, 0), 4)](y) for i, y in zip(k, x)]
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


def test_errors() -> None:
    with pytest.raises(ValueError, match="at least one function"):
        lg.switch(0, [])
    with pytest.raises(TypeError, match="must be an integer scalar"):
        lg.switch(0.5, FUNCTIONS, 1.0)
    with pytest.raises(TypeError, match=r"integer scalar, not int64\[2\]"):
        lg.trace(lambda k: lg.switch(k, FUNCTIONS, 1.0), np.array([1, 2]))
    with pytest.raises(TypeError, match="different types"):
        lg.trace(lambda k, x: lg.switch(k, [lambda x: x, lambda x: x.sum()], x), 1, np.ones(3))
