"""
`ten-slice-windows`: all windows of a family, read and added up, before and after the pass, by the
reference; and gradients of pooling.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.simplify.slice_windows import SliceWindowsPass

WINDOWS = np.lib.stride_tricks.sliding_window_view


def sliced(f: Any, *args: Any) -> Any:
    """The module of a function after the pass, and what it gives."""
    module = lg.trace(f, *args)
    SliceWindowsPass().apply(backends.context(), module)
    (result,) = Evaluator(module).call(f.__name__, list(args))
    return str(module), result


OTHERS = [[[0, 1], [1, 3]], [[3, 2], [2, 1]], [[0, 0], [0, 0]]]
"""Tables without steps, with two steps backwards, and without a way to go."""


def tables() -> list[np.ndarray]:
    """The places of windows in 9 elements, in both orders, and some that no slices are."""
    found: list[np.ndarray] = []
    for size, step, inner in product((1, 2, 3, 5), (1, 2, 3), (-2, -1, 1, 2)):
        places = step * np.arange(3)[:, None] + inner * np.arange(size)
        places = places - places.min()
        if places.max() < 9:
            found += [places, places.T]
    return [*found, *map(np.array, OTHERS)]


@pytest.mark.parametrize("table", tables(), ids=lambda t: f"{t.tolist()}"[:40])
def test_windows_become_slices(table: np.ndarray):
    x = np.random.default_rng(0).normal(size=(9, 2))

    def f(x: Any) -> Any:
        return x[table]

    text, found = sliced(f, x)
    assert np.array_equal(found, x[table])
    assert ("ten.gather" in text) == (1 in table.shape or table.tolist() in OTHERS)
    y = np.random.default_rng(1).integers(-5, 5, (*table.shape, 2)).astype(float)

    def add(y: Any) -> Any:
        z = np.zeros((9, 2)) + 0 * y[0, 0]
        np.add.at(z, table, y)
        return z

    expected = np.zeros((9, 2))
    np.add.at(expected, table, y)
    _, found = sliced(add, y)
    assert np.array_equal(found, expected)


def test_windows_along_several_axes_at_once():
    x = np.random.default_rng(0).normal(size=(7, 6))
    rows, columns = np.arange(5)[:, None] + np.arange(3), 2 * np.arange(2)[:, None] + np.arange(2)

    def f(x: Any) -> Any:
        return np.max(x[rows[:, :, None, None], columns], axis=1)

    text, found = sliced(f, x)
    assert "ten.gather" not in text and text.count("ten.slice") == 6
    assert np.array_equal(found, f(x))


def test_a_scatter_counts_equal_places():
    """The places of windows overlap: a middle element gets three cotangents."""

    def f(x: Any) -> Any:
        return WINDOWS(x, 3).sum()

    assert lg.grad(f)(np.ones(6)).tolist() == [1, 2, 3, 3, 2, 1]
    text = str(lg.trace(lg.grad(f), lg.spec(6)))
    assert "ten.scatter" not in text and "ten.gather" not in text


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", ["max", "mean", "std"])
@pytest.mark.parametrize("size, step", [(2, 2), (3, 2), (3, 1)])
def test_gradients_of_pooling(how: str, size: int, step: int):
    x = np.random.default_rng(0).normal(size=(2, 7, 9))

    def f(x: Any) -> Any:
        windows = WINDOWS(x, (size, size), axis=(1, 2))[:, ::step, ::step]
        return np.sum(np.sin(getattr(windows, how)((-1, -2))))

    slope = lg.grad(f)(x)
    way = np.random.default_rng(1).normal(size=x.shape)
    ends = [f(x + s * way) for s in (1e-6, -1e-6)]
    assert np.isclose(np.sum(slope * way), (ends[0] - ends[1]) / 2e-6, rtol=1e-6)
    assert "ten.scatter" not in str(lg.trace(lg.grad(f), lg.spec(x.shape)))


def test_equal_elements_share_the_gradient_of_a_maximum():
    def f(x: Any) -> Any:
        return WINDOWS(x, 3)[::3].max(1).sum()

    assert np.allclose(lg.grad(f)(np.array([2.0, 2, 2, 1, 5, 5])), [1 / 3] * 3 + [0, 0.5, 0.5])
    assert np.allclose(lg.grad(lg.jit(f))(np.zeros(6)), [1 / 3] * 6)


def test_a_sum_of_negative_zeros_is_zero():
    def f(x: Any) -> Any:
        return np.stack([x, x]).sum(0)

    text, found = sliced(f, -np.zeros(2))
    assert "ten.sum" not in text and not np.signbit(found).any()
