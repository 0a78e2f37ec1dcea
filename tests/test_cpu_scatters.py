"""Scatters of arrays with functions: the cpu backend stores the array before it adds elements."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import arrays, kernel
from letgrad.lowering.cpu import split
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


@pytest.mark.parametrize("row, few", [((), True), ((3,), True), ((), False)], ids=str)
def test_threads_share_the_values_of_a_scatter_into_few_places(
    monkeypatch: pytest.MonkeyPatch, row: tuple[int, ...], few: bool
):
    """Parts have places of their own, whose number depends on the sizes and not on the threads."""
    rng = np.random.default_rng(2)
    count = 70_000
    places = 11 if few else count
    at, x = rng.integers(-2, places + 2, count), rng.random((count, *row))

    def f(x: Any, at: Any) -> Any:
        return lg.scatter(places, x, lambda i: at[i])

    found = []
    for threads in (1, 3):
        monkeypatch.setattr(split, "thread_count", lambda threads=threads: threads)
        monkeypatch.setenv("LETGRAD_CACHE", "0")
        found.append(lg.jit(f, backend="cpu")(x, at))
    expected = np.zeros((places, *row))
    inside = at < places
    np.add.at(expected, at[inside], x[inside])
    np.testing.assert_array_equal(*found)
    np.testing.assert_allclose(found[0], expected, rtol=1e-10)
    strict = lg.jit(f, backend="cpu", strict=True)(x, at)
    np.testing.assert_array_equal(strict, expected)
    with lg.remarks() as said:
        lg.jit(lambda x, at: f(x, at), backend="cpu")(x, at)
    split_ones = [r for r in said if r.rule == "threads" and "is split into" in r.text]
    assert any("scatter" in str(r) for r in split_ones) or not few
