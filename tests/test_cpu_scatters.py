"""Scatters of arrays with functions: the cpu backend stores the array before it adds elements."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import arrays, kernel
from letgrad.lowering.cpu.backend import prepared

pytestmark = pytest.mark.sampled(4)

DTYPES = (np.float64, np.float32, np.float16, arrays.bfloat16)


def nests(f: Any, *args: Any) -> list[type]:
    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in args)))
    return [type(op) for op in module.walk() if isinstance(op, kernel.Nest)]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("count", (0, 1, 63, 64, 65, 1000))
@pytest.mark.parametrize("row", ((), (1,), (3,), (9,)), ids=str)
def test_values(dtype: Any, count: int, row: tuple[int, ...]):
    """Places may be outside, and elements may have no finite value."""
    rng = np.random.default_rng(count)
    x = rng.normal(size=(count, *row)).astype(dtype)
    x.flat[::7], x.flat[3::31] = -0.0, np.inf
    places = rng.integers(-3, 12, count)

    def f(x: Any, at: Any) -> Any:
        return lg.scatter(8, np.sin(x) * 0.5, lambda i: at[i])

    with np.errstate(all="ignore"):
        expected = lg.jit(f, backend="numpy")(x, places)
    actual = lg.jit(f, backend="cpu")(x, places)
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    eps = float(ml_dtypes.finfo(dtype).eps)
    a, b = (np.asarray(y, np.float64) for y in (actual, expected))
    np.testing.assert_allclose(a, b, rtol=64 * eps, atol=64 * eps)


def test_derivatives_of_a_gather():
    """The gradient of Σ sin(x[i]) scatters cosines; so does the second derivative with sines."""
    rng = np.random.default_rng(1)
    x, i = rng.normal(size=40), rng.integers(-40, 40, 3000)

    def total(x: Any) -> Any:
        return np.sum(np.sin(x[i]) ** 2)

    def slope(x: Any) -> Any:
        return np.sum(lg.grad(total)(x) * np.arange(40.0))

    counts = np.bincount(i % 40, minlength=40)
    np.testing.assert_allclose(lg.grad(total)(x), counts * np.sin(2 * x), rtol=1e-12, atol=1e-12)
    expected = 2 * counts * np.cos(2 * x) * np.arange(40.0)
    np.testing.assert_allclose(lg.grad(slope)(x), expected, rtol=1e-12, atol=1e-9)
    assert nests(lg.grad(total), x)[-2:] == [kernel.GenericOp, kernel.ScatterOp]


def test_a_scatter_of_plain_arithmetic_is_one_nest():
    x, i = np.ones(40), np.arange(3000) % 40
    assert nests(lambda x, i: lg.scatter(40, x[i] * 2, lambda k: i[k]), x, i) == [kernel.ScatterOp]
