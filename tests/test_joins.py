"""Reductions in parts: one kernel joins those of one shape, and computes what reads them."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.triton import backend
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.plans import plan


def launches(f: Any, *args: Any) -> int:
    file = backend.lower(lg.jit(f).traced(*args).module, Options())
    (name,) = file.functions.values()
    return plan(file.steps, name, []).launches


def batch_norm(x: Any, g: Any) -> Any:
    d = x - x.mean(0)
    return d / np.sqrt((d * d).mean(0) + 1e-5) * g


def loss(x: Any, g: Any, c: Any) -> Any:
    return (batch_norm(x, g) * c).sum()


def moments(x: Any, g: Any) -> Any:
    """Two sums, what is computed of one and of both, and of that."""
    a, b = x.sum(0), (x * x).sum(0)
    c = a * g[::-1]
    return a, b, c, c - b / 9, np.sqrt(abs(c) + b)


def conditions(x: Any, g: Any) -> Any:
    return np.where((x > 2).any(0), g, -g), (x < 3).all(0), (x > 0).sum(0) + 1


def planes(x: Any, g: Any) -> Any:
    """Sums of two dimensions, which are read in another order, too."""
    y = np.reshape(x, (-1, 3, 4)).sum(0)
    return y * 2, y.T + 1


def total(x: Any, g: Any) -> Any:
    return x.mean(), np.sqrt((x * x).mean()), x.max()


def channels(x: Any, g: Any) -> Any:
    """Batch norm of channels that are neither first nor last."""
    y = np.reshape(x, (-1, 3, 4))
    d = y - y.mean((0, 2), keepdims=True)
    return d / np.sqrt((d * d).mean((0, 2), keepdims=True) + 1e-5) * g[:3, None]


def shares(x: Any, g: Any) -> Any:
    """A softmax over all elements: the second reduction and the result read the first."""
    e = np.exp(x - x.max())
    return e / e.sum()


def spread(x: Any, g: Any) -> Any:
    """Numbers of the whole array, read by the next nest through two nests of scalars."""
    m = x.mean()
    return np.sqrt(((x - m) ** 2).mean() + 1e-5) * np.tanh(m), g * m


def refused(x: Any, g: Any) -> Any:
    """The sums are read in another order, by an index that no loop counts."""
    s = x.sum(0)
    return x * s[::-1], x * s[np.argsort(g)]


PROGRAMS = {
    "batch norm": (batch_norm, 4),
    "channels": (channels, 3),
    "shares": (shares, 5),
    "spread": (spread, 4),
    "refused": (refused, 7),
    "moments": (moments, 3),
    "conditions": (conditions, 2),
    "planes": (planes, 3),
    "total": (total, 2),
}
"""With the most launches."""


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_value_is_that_of_the_reference(name: str, dtype: Any):
    f, most = PROGRAMS[name]
    random = np.random.default_rng(0)
    x = random.standard_normal((6007, 12)).astype(dtype)
    g = random.standard_normal(12).astype(dtype)
    assert launches(f, x, g) <= most
    found = lg.jit(f, backend="triton")(x, g)
    exact = f(*(v.astype(np.float64) for v in (x, g)))
    several = isinstance(exact, tuple)
    for a, b in zip(found if several else [found], exact if several else [exact], strict=True):
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        assert a.shape == b.shape
        scale = 6007**0.5 if name in ("moments", "planes") else 1
        tolerance = 2e-2 if dtype is not np.float32 else 2e-5
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=scale * tolerance)


def test_the_gradient_of_batch_norm_is_four_kernels():
    random = np.random.default_rng(0)
    x, c = (random.standard_normal((6007, 12)).astype(np.float32) for _ in range(2))
    g = random.standard_normal(12).astype(np.float32)
    f = lg.grad(loss, (0, 1))
    assert launches(f, x, g, c) <= 4
    exact = lg.jit(f, backend="numpy")(*(v.astype(np.float64) for v in (x, g, c)))
    for a, b in zip(lg.jit(f, backend="triton")(x, g, c), exact, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_a_nest_of_two_shapes_waits_for_both():
    """Neither kernel that joins has the other's result."""

    def f(x: Any, y: Any) -> Any:
        return x.sum(0) + y.sum(0)[::-1], x.sum(1)

    random = np.random.default_rng(0)
    x, y = (random.standard_normal((3001, 8)).astype(np.float32) for _ in range(2))
    for a, b in zip(lg.jit(f, backend="triton")(x, y), f(x, y), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-3)
