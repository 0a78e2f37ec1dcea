"""Nests that read one operand by rows and another by columns: they run in tiles."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import arrays, kernel
from letgrad.lowering import backends
from letgrad.lowering.cpu import codegen, schedule, split
from letgrad.lowering.cpu.backend import compile, prepared

pytestmark = pytest.mark.sampled(6)

FLOATS = (np.float64, np.float32, np.float16, arrays.bfloat16)
INTEGERS = (np.int64, np.int32, np.int16, np.int8, np.bool_)
DTYPES = [np.dtype(t) for t in (*FLOATS, *INTEGERS)]


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch):
    """Tiles of few turns, and parts for threads in small nests: edges are everywhere."""
    for name, value in (
        ("TILED_POINTS", 1),
        ("LEAST_TURNS", 2),
        ("TILE_BYTES", 32),
        ("TILE_TURNS", 20),
    ):
        monkeypatch.setattr(schedule, name, value)
    monkeypatch.setattr(split, "THREAD_WORK", 16)


def tiles(f: Any, *args: Any) -> list[tuple[int, int]]:
    """For each nest that runs in tiles, how many loads and writes go through buffers."""
    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in args)))
    found: list[tuple[int, int]] = []
    for op in module.walk():
        if isinstance(op, kernel.GenericOp) and op.parent_op() is not None:
            tile = codegen.Codegen(op, "nest", "", lambda x: 0).tile
            if tile is not None:
                found.append((len(tile.loads), len(tile.writes)))
    return found


def array(rng: np.random.Generator, sizes: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "b":
        return rng.integers(0, 2, sizes).astype(bool)
    x = rng.integers(-9, 10, sizes).astype(dtype)
    if dtype.kind not in "bi" and x.size > 3:
        x.flat[:3] = np.array([np.nan, -0.0, np.inf]).astype(dtype)
    return x


def check(f: Any, *args: Any, tolerance: float = 0) -> None:
    with np.errstate(all="ignore"):
        expected, actual = (lg.jit(f, backend=b)(*args) for b in ("numpy", "cpu"))
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    if tolerance:
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
    else:
        a, b = (
            x if x.dtype.kind in "bi" else np.asarray(x, np.float64) for x in (actual, expected)
        )
        np.testing.assert_array_equal(a, b)
        assert (
            np.array_equal(np.signbit(a), np.signbit(b)) or a.dtype.kind == "b" or np.isnan(a).any()
        )


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("sizes", ((2, 2), (7, 33), (64, 8), (45, 46), (0, 5), (1, 40)), ids=str)
def test_every_type(dtype: np.dtype, sizes: tuple[int, int], small_tiles: None):
    rng = np.random.default_rng(0)
    x, w = array(rng, sizes, dtype), array(rng, sizes[::-1], dtype)
    check(lambda x, w: (x.T & w) if dtype.kind == "b" else x.T * w, x, w)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("sizes", ((15, 300), (128, 513), (511, 33), (70, 1030)), ids=str)
@pytest.mark.parametrize("dtype", DTYPES[:4], ids=str)
def test_whole_tiles(dtype: np.dtype, sizes: tuple[int, int]):
    """Tiles of the size that programs have."""
    rng = np.random.default_rng(1)
    x, w = array(rng, sizes, dtype), array(rng, sizes[::-1], dtype)
    check(lambda x, w: x.T - w, x, w)


ORDERS = tuple(itertools.permutations(range(3)))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("a", ORDERS, ids=str)
@pytest.mark.parametrize("b", ORDERS[1:], ids=str)
def test_orders_of_three_dimensions(a: tuple[int, ...], b: tuple[int, ...], small_tiles: None):
    """Two loads in any order of the dimensions, and the result in its own order."""
    rng = np.random.default_rng(2)
    sizes = 9, 12, 20
    x, y = (
        array(rng, tuple(sizes[order.index(d)] for d in range(3)), np.dtype(np.float64))
        for order in (a, b)
    )
    z = array(rng, sizes, np.dtype(np.float64))
    check(lambda x, y: x.transpose(a) - y.transpose(b), x, y)
    check(lambda x, y, z: x.transpose(a) * z - y.transpose(b), x, y, z)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", (np.float64, np.float32), ids=lambda d: d.__name__)
@pytest.mark.parametrize("axis", (None, 0, 1))
@pytest.mark.parametrize("kind", ("sum", "max", "min", "mean"))
def test_reductions(dtype: Any, axis: Any, kind: str, small_tiles: None):
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(70, 45)).astype(dtype), rng.normal(size=(45, 70)).astype(dtype)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    check(lambda x, w: getattr(np, kind)(x.T * w, axis=axis), x, w, tolerance=tolerance)


def test_long_sums_keep_their_digits():
    """Each tile adds into a sum of its own: 10⁶ additions lose no digits of float32."""
    rng = np.random.default_rng(4)
    x, w = (rng.random(size).astype(np.float32) for size in ((1000, 1001), (1001, 1000)))

    def f(x: Any, w: Any) -> Any:
        return np.sum(x.T * w)

    assert tiles(f, x, w) == [(1, 0)]
    expected = np.sum(x.T.astype(np.float64) * w)
    assert abs(lg.jit(f, backend="cpu")(x, w) / expected - 1) < 2e-7


def test_an_array_that_a_nest_writes_over(small_tiles: None):
    """The result has the memory of the product, which the nest reads by rows."""
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(40, 30)), rng.normal(size=(30, 30))
    check(lambda x, w: np.sin((w @ w)[:, :1] + w @ x.T) + x.T, x, w, tolerance=1e-12)
    check(lambda x, w: ((w @ w) + (w @ w).T) * w.T + (w @ w), x, w, tolerance=1e-12)


def test_a_gradient():
    rng = np.random.default_rng(6)
    x, w = rng.normal(size=(80, 90)), rng.normal(size=(90, 80))
    slope = lg.grad(lambda x, w: np.sum(np.tanh(x.T) * w), argnums=(0, 1))
    assert tiles(slope, x, w)
    x_bar, w_bar = slope(x, w)
    np.testing.assert_allclose(x_bar, w.T / np.cosh(x) ** 2, rtol=1e-12)
    np.testing.assert_allclose(w_bar, np.tanh(x.T), rtol=1e-12)


def test_which_nests_have_tiles():
    x, w, few = np.ones((80, 90)), np.ones((90, 80)), np.ones((1000, 8))
    assert tiles(lambda x, w: x.T * w, x, w) == [(1, 0)]
    assert tiles(lambda x: np.concatenate([x.T, x.T]), x) == []  # its loops are cut into segments
    assert tiles(lambda x, w: np.sin(x) * w, x, x) == []  # all accesses are by rows
    assert tiles(lambda x: x.T * 2, few) == []  # a row is one line of the cache
    assert tiles(lambda x, w: x.T * w, x[:30, :40], w[:40, :30]) == []  # too few points
    # The result alone goes the other way, so its tile is copied to it.
    assert tiles(lambda x, y: x.T * y.T, x, x) == [(0, 1)]


def test_strict_nests_keep_the_order_of_their_loops():
    x = np.random.default_rng(7).normal(size=(80, 90)).astype(np.float32)
    module = lg.trace(lambda x: np.sum(x.T * 2 + x[0, 0], axis=0), lg.spec(x.shape, x.dtype))
    name = next(iter(module.ops)).sym_name.data  # type: ignore[attr-defined]
    (actual,) = compile(module, name, strict=True)(x)
    np.testing.assert_array_equal(actual, backends.compile("numpy", module, name)(x)[0])
