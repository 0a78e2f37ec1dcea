"""Constant tables of indices that count in a few parts."""

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes.simplify.index_maps.values import PART, PARTS, counting


def counted(numbers: np.ndarray, parts: list[tuple[int, int, int]]) -> list[int]:
    ends = [*(begin for begin, _, _ in parts[1:]), len(numbers)]
    return [
        first + step * k
        for (begin, first, step), end in zip(parts, ends)
        for k in range(end - begin)
    ]


def test_parts_give_the_table():
    """Tables of random parts, beside each other so that a number may belong to two of them."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(3000):
        lengths = random.integers(1, 9, random.integers(1, 6))
        pieces = [random.integers(-3, 9) + random.integers(-2, 3) * np.arange(n) for n in lengths]
        numbers = np.concatenate(pieces)
        parts = counting(numbers, PARTS)
        if parts is None:
            assert len(lengths) > 1
            continue
        found += 1
        assert counted(numbers, parts) == numbers.tolist()
        assert len(parts) <= max(1, min(PARTS, len(numbers) // PART))
    assert found > 1000


@pytest.mark.parametrize(
    ("numbers", "parts"),
    [
        ([0, 0, 1, 2, 3, 4, 5, 6, 6], [(0, 0, 0), (1, 0, 1), (8, 6, 0)]),
        ([6, 0, 1, 2, 3, 4, 5, 6, 0], [(0, 6, 0), (1, 0, 1), (8, 0, 0)]),
        ([2, 1, 0, 1, 2, 3, 4, 3, 2], [(0, 2, -1), (3, 1, 1), (7, 3, -1)]),
        ([3, 4, 5, 6, 0, 1, 2], [(0, 3, 1), (4, 0, 1)]),
        ([1, 0, 3, 2, 5, 4], None),
        ([1, 2, 0], None),
        ([2**62, -(2**62), 2**62, -(2**62)], None),
    ],
)
def test_a_number_of_two_parts_is_the_longer_ones(numbers, parts):
    assert counting(np.array(numbers), PARTS) == parts


n = 9
NEXT, LAST = np.r_[1:n, 0], np.r_[n - 1, 0 : n - 1]
EAST, WEST = np.clip(np.arange(n) + 1, 0, n - 1), np.clip(np.arange(n) - 1, 0, n - 1)
ROWS, COLUMNS = np.indices((n, n))


@pytest.mark.parametrize("backend", ["numpy", "cpu"])
@pytest.mark.parametrize(
    "f",
    [
        lambda u: u[NEXT] - u[LAST],
        lambda u: u[NEXT][:, LAST] * u[EAST],
        lambda u: u[np.ix_(NEXT, WEST)],
        lambda u: u[EAST[:, None], LAST[None]] ** 2,
        lambda u: u[(ROWS + 1) % n, COLUMNS] * u[ROWS, (COLUMNS - 2) % n],
        lambda u: u[(ROWS + COLUMNS) % n, COLUMNS],
        lambda u: u[NEXT, LAST],
        lambda u: np.take(u, [0, 0, 1, 2, 3, 3, 3, 8, 8], axis=1),
        lambda u: np.take(u, [7, 8, 9, 10, 0, 1, 2, 3, -1], axis=0, mode="wrap"),
    ],
)
def test_neighbors_by_tables(f, backend):
    """Values equal NumPy's bit for bit, and products with tangents equal differences."""
    random = np.random.default_rng(1)
    u, v = random.standard_normal((2, n, n))
    assert np.array_equal(lg.jit(f, backend=backend)(u), f(u))
    weights = random.standard_normal(f(u).shape)

    def loss(u):
        return np.sum(f(u) * weights)

    slope = np.sum(lg.jit(lg.grad(loss), backend=backend)(u) * v)
    assert slope == pytest.approx((loss(u + 1e-6 * v) - loss(u - 1e-6 * v)) / 2e-6, rel=1e-6)
