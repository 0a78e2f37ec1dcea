"""`np.histogram` and its kin on traced arrays: values, dtypes and derivatives beside NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.context import Context

import letgrad as lg
from letgrad.passes.simplify.canonicalize import CanonicalizePass

R = np.random.default_rng(0)
X, W = R.standard_normal(40), R.standard_normal(40)
EDGES = np.array([-1.0, -0.5, 0.0, 1.0])

CASES = {
    "bins": (lambda x: np.histogram(x, 7), X),
    "weights": (lambda x, w: np.histogram(x, 7, weights=w), X, W),
    "narrow weights": (lambda x, w: np.histogram(x, 7, weights=w), X, W.astype(np.float32)),
    "on the edges": (lambda x: np.histogram(x, 10, range=(0, 1)), np.arange(11) / 10),
    "range": (lambda x: np.histogram(x, 5, range=(-1, 1)), X),
    "density": (lambda x: np.histogram(x, 5, density=True), X),
    "edges": (lambda x: np.histogram(x, EDGES), np.append(X, [1.0, -1.0, np.nan])),
    "edges and weights": (lambda x, w: np.histogram(x, EDGES, weights=w), X, W),
    "traced edges": (lambda x, e: np.histogram(x, e), X, EDGES),
    "all equal": (lambda x: np.histogram(x, 3), np.ones(4)),
    "empty": (lambda x: np.histogram(x, 3), np.ones(0)),
    "edges alone": (lambda x: np.histogram_bin_edges(x, 3), X),
    "2d": (lambda x, y: np.histogram2d(x, y, 4), X, X**2),
    "2d, weights": (
        lambda x, y, w: np.histogram2d(x, y, [3, 4], weights=w, density=True), X, X**2, W
    ),
    "2d, edges": (lambda x, y: np.histogram2d(x, y, [EDGES, 4]), X, X**2),
    "bincount": (lambda w: np.bincount(np.array([0, 3, 1, 0]), w, 6), np.arange(4.0) + 1),
    "bincount of none": (lambda w: np.bincount(np.zeros(0, int), w, 3), np.zeros(0)),
}  # fmt: skip


def check(fn, *args):
    found, expected = lg.jit(fn)(*args), fn(*args)
    pairs = zip(found, expected) if isinstance(expected, tuple) else [(found, expected)]
    for a, b in pairs:
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-6 if b.dtype.itemsize < 8 else 1e-12)


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    check(*CASES[name])


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.int8])
def test_dtypes(dtype):
    x = (5 * X).astype(dtype)
    check(lambda x: np.histogram(x, 7), x)
    check(lambda x, w: np.histogram(x, 7, weights=w), x, W)


def test_derivatives():
    places = np.digitize(X, np.histogram(X, 7)[1][1:-1])
    slope = lg.grad(lambda w: (np.histogram(X, 7, weights=w)[0] * np.arange(7)).sum())(W)
    np.testing.assert_allclose(slope, places)
    slope = lg.grad(lambda x: (np.histogram(x, 4)[1] * np.arange(5)).sum())(X)
    assert set(np.flatnonzero(slope)) == {X.argmin(), X.argmax()}
    np.testing.assert_allclose(slope.sum(), 10.0)


def test_a_length_that_depends_on_values_is_an_error():
    with pytest.raises(TypeError, match="depends on values; give minlength"):
        lg.trace(lambda x: np.bincount(x), np.array([1, 2]))


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted_in_vectors_of_each_length(side: str):
    """The bisection asks for n + 1 answers, of which the first step leaves a power of 2."""
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 4, 6, 7, 8, 9, 15, 16, 17, 33):
        numbers = rng.integers(0, n, n).astype(float)
        numbers[: n // 5], numbers[n - n // 4 :] = -np.inf, np.nan
        a, v = np.sort(numbers), np.concatenate([np.arange(-1.0, n + 1), [-np.inf, np.inf, np.nan]])
        check(lambda a, v: np.searchsorted(a, v, side), a, v)
        check(
            lambda a, v: np.searchsorted(a, v, side),
            np.maximum(a[: n - n // 4], -9).astype(int),
            v[:-3].astype(int),
        )


def test_searchsorted_reads_only_places_that_are_there():
    """So a step has one choice: none counts from the end, and none asks for the bounds."""
    module = lg.trace(np.searchsorted, np.arange(10.0), np.arange(5.0))
    CanonicalizePass().apply(Context(), module)
    names = [op.name for op in module.walk()]
    assert names.count("ten.select") == 1
    assert "arith.select" not in names
