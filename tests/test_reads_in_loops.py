"""
The gradient of a loop of unknown length in another loop: it reserves memory for the arrays that the
loop reads, and not for 2³⁰ turns.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import letgrad as lg


def segments(first, x, w):
    """The sum of the products of each segment, by elements of `x` and rows of `w`."""
    total = x[0] * 0
    for i in range(first.size - 1):
        for k in range(first[i], first[i + 1]):
            total += x[k] * x[k] * np.sum(w[k])
    return total


def expected(first, x, w):
    inside = np.zeros(len(x), bool)
    for low, high in pairwise(first):
        inside[low:high] = True
    by_x = np.where(inside, 2 * x * w.sum(axis=1), 0)
    by_w = np.where(inside, x * x, 0)[:, None] * np.ones_like(w)
    return by_x, by_w


@pytest.mark.sampled(4)
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("first", [[0, 2, 2, 5], [3, 3], [1, 6]])
def test_reads_of_an_inner_loop(first, dtype, backend):
    first = np.array(first)
    random = np.random.default_rng(0)
    x, w = random.random(6).astype(dtype), random.random((6, 2)).astype(dtype)
    gradient = lg.jit(lg.grad(lg.program(segments), argnums=(1, 2)), backend=backend)
    tolerance = 20 * np.finfo(dtype).eps
    for found, right in zip(gradient(first, x, w), expected(first, x, w)):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, right, rtol=tolerance, atol=tolerance)


def test_zeros_of_a_mask_win():
    """A read whose cotangent a choice masks gives 0, and not NaN, for an infinite derivative."""

    def roots(first, x):
        total = 0.0
        for i in range(first.size - 1):
            for k in range(first[i], first[i + 1]):
                total += np.where(x[k] > 0, np.sqrt(x[k]), 0.0)
        return total

    gradient = lg.grad(lg.program(roots), argnums=1)
    found = gradient(np.array([0, 1, 3]), np.array([0.0, 4.0, 0.0]))
    np.testing.assert_array_equal(found, [0, 0.25, 0])
