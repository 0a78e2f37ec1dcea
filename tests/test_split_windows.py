"""
`ten-split-windows`: all windows of a family, as NumPy makes them and as arrays of indices make
them, before and after the pass, by the reference; and convolutions with their gradients.
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
from letgrad.passes.simplify.split_windows import SplitWindowsPass

WINDOWS = np.lib.stride_tricks.sliding_window_view


def table(n: int, size: int, step: int, inner: int) -> np.ndarray:
    """The places of windows in n elements."""
    last = (size - 1) * inner
    return np.arange(0, n - last, step)[:, None] + inner * np.arange(size)


FAMILY = list(product((7, 8), (2, 3), (1, 2), (1, 2), ("nkc,kc->n", "nkc,kcd->dn", "nkc,ck->nc")))


def test_windows_of_a_family_become_slices():
    random = np.random.default_rng(0)
    for n, size, step, inner, spec in FAMILY:
        places = table(n, size, step, inner)
        word = spec[4 : spec.index("->")]
        sizes = {"k": size, "c": 2, "d": 3}
        x, w = random.random((n, 2)), random.random([sizes[c] for c in word])

        def f(x: Any, w: Any) -> Any:
            return np.einsum(spec, x[places], w)  # noqa: B023

        module = lg.trace(f, x, w)
        SplitWindowsPass().apply(backends.context(), module)
        assert str(module).count("ten.einsum") == size, (n, size, step, inner, spec)
        (found,) = Evaluator(module).call("f", [x, w])
        np.testing.assert_allclose(found, np.einsum(spec, x[places], w))


def layer(z: Any, w: Any) -> Any:
    high, wide = w.shape[2:]
    around = (0, 0), (0, 0), (high // 2, high // 2), (wide // 2, wide // 2)
    return np.einsum("nchwij,ocij->nohw", WINDOWS(np.pad(z, around), (high, wide), axis=(2, 3)), w)


def by_places(z: Any, w: Any) -> Any:
    """The same by one array of indices for each axis."""
    rows, columns = (table(n + 2, 3, 1, 1) for n in z.shape[2:])
    z = np.pad(z, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = z[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    return np.einsum("nchwij,ocij->nohw", windows, w)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("conv", [layer, by_places])
def test_gradients_of_convolutions_have_no_scatter(conv: Callable[..., Any]):
    random = np.random.default_rng(1)
    z, w = random.random((2, 3, 4, 5)), random.random((4, 3, 3, 3))
    slope = lg.grad(lambda z, w: np.sum(np.sin(conv(z, w))), argnums=(0, 1))
    module = lg.trace(slope, z, w)
    assert "ten.scatter" not in str(module) and "ten.gather" not in str(module)
    found = slope(z, w)
    way = random.random(z.shape), random.random(w.shape)
    ends = [np.sum(np.sin(conv(z + s * way[0], w + s * way[1]))) for s in (1e-6, -1e-6)]
    along = sum(np.sum(g * d) for g, d in zip(found, way))
    np.testing.assert_allclose(along, (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


def test_integers_are_added_too():
    x, w = np.arange(8), np.array([1, -2, 3])
    f = lambda x, w: np.einsum("nk,k->n", WINDOWS(x, 3), w)  # noqa: E731
    np.testing.assert_array_equal(lg.jit(f, backend="cpu")(x, w), f(x, w))


def last(z: Any, w: Any) -> Any:
    """Channels last, windows of 5 x 2 by rows that are two apart."""
    windows = WINDOWS(z, (5, 2), axis=(1, 2))[:, ::2]
    return np.einsum("nhwcij,ijco->nhwo", windows, w)


@pytest.mark.parametrize(
    "conv, shapes",
    [
        (layer, [(2, 3, 6, 7), (2, 3, 5, 5)]),
        (layer, [(2, 1, 6, 7), (2, 1, 3, 7)]),
        (layer, [(1, 16, 3, 4), (2, 16, 3, 3)]),
        (last, [(2, 9, 4, 3), (5, 2, 3, 2)]),
    ],
    ids=["five by five", "one channel", "many channels", "channels last"],
)
def test_windows_of_many_places_are_split_by_rows(conv: Callable[..., Any], shapes: Any):
    random = np.random.default_rng(2)
    z, w = (random.random(shape) for shape in shapes)
    module = lg.trace(conv, z, w)
    SplitWindowsPass().apply(backends.context(), module)
    assert str(module).count("ten.einsum") == (3 if shapes[1][2] == 3 and conv is layer else 5)
    assert str(module).count("ten.concat") == 1
    (found,) = Evaluator(module).call(conv.__name__, [z, w])
    np.testing.assert_allclose(found, conv(z, w))
    slope = lg.jit(lg.grad(lambda z, w: np.sum(np.sin(conv(z, w))), argnums=(0, 1)), backend="cpu")
    way = random.random(z.shape), random.random(w.shape)
    ends = [np.sum(np.sin(conv(z + s * way[0], w + s * way[1]))) for s in (1e-6, -1e-6)]
    along = sum(np.sum(g * d) for g, d in zip(slope(z, w), way))
    np.testing.assert_allclose(along, (ends[0] - ends[1]) / 2e-6, rtol=1e-6)
