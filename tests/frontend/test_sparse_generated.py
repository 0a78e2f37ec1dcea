"""
Patterns of random chains of loops, conditions, sorts, transforms, decompositions, and reads and
writes at computed places.

Where the pattern depends on data it is larger than the nonzeros of one point, often dense. It must
never be too small: nobody would notice the derivatives that are then missing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

scipy_sparse = pytest.importorskip("scipy.sparse", reason="sparse matrices are SciPy's")

N = 6
Step = Callable[[Any], Any]
RNG = np.random.default_rng(5)
MIXED = RNG.uniform(-0.2, 0.2, (N, N))
GRID = np.linspace(-2.0, 2.0, N)


def bins(x: Any) -> Any:
    """Places that are computed from values."""
    return np.floor(np.abs(3.0 * x)).astype(int) % N


def walk(x: Any) -> Any:
    return lg.scan(lambda c, r: (0.5 * c * np.cos(r), c + r * r), x[0], x)[1]


def back_and_forth(x: Any) -> Any:
    """A scan whose steps are scans."""

    def row(carry: Any, factor: Any) -> Any:
        return lg.scan(lambda c, r: (np.sin(c) + r, factor * c), carry[0], carry)[1], carry[1]

    return lg.scan(row, x, x[:3])[0]


def until_small(x: Any) -> Any:
    return lg.while_loop(
        lambda y: np.sum(y * y) > 1.0, lambda y: 0.5 * y * np.cos(np.roll(y, 1)), x
    )


def counted_by_data(x: Any) -> Any:
    """A value moves by as many places as another value says."""
    return lg.while_loop(
        lambda s: s[0] > 0.0, lambda s: (s[0] - 1.0, np.roll(s[1], 1)), (np.abs(x[0]), x)
    )[1]


def one_of_two(x: Any) -> Any:
    return lg.cond(x[0] > x[1], lambda: np.roll(x, 1) * x, lambda: np.where(GRID > 0, x, x * x))


@lg.program
def added_at(x: np.ndarray) -> np.ndarray:
    y = np.zeros(6)
    for i in range(6):
        y[int(abs(3.0 * x[i])) % 6] += x[i] * x[i]
    return y


# A step takes a vector of N numbers to another.
STEPS: dict[str, Step] = {
    "neighbours": lambda x: x * np.roll(x, 1),
    "half": lambda x: np.where(np.arange(N) % 2 == 0, np.sin(x), 1.0),
    "scaled": lambda x: x * GRID,
    "sort": np.sort,
    "sorted by another": lambda x: x[np.argsort(np.sin(3.0 * x))],
    "sorted rows": lambda x: np.ravel(np.sort(np.reshape(x, (2, 3)), axis=1)),
    "median": lambda x: x * np.median(x),
    "largest": lambda x: x * x[np.argmax(x)],
    "largest so far": np.maximum.accumulate,
    "running product": np.cumprod,
    "filtered": lambda x: np.fft.irfft(np.fft.rfft(x) * np.array([1.0, 0.5, 0.2, 0.0]), N),
    "filtered rows": lambda x: np.ravel(np.fft.fft(np.reshape(x, (3, 2)), axis=1).real),
    "solved": lambda x: np.linalg.solve(np.diag(2.0 + x * x) + MIXED, x),
    "solved blocks": lambda x: np.ravel(
        np.linalg.solve(np.eye(2) * 3.0 + np.reshape(x, (3, 2, 1)), np.ones((3, 2, 1)))
    ),
    "cholesky": lambda x: np.linalg.cholesky(np.diag(2.0 + x * x) + 0.1)[:, 0],
    "orthogonal": lambda x: np.ravel(np.linalg.qr(np.reshape(x, (3, 2)) + np.eye(3, 2))[0]),
    "singular values": lambda x: (
        x * np.sum(np.linalg.svd(np.reshape(x, (3, 2)) + np.eye(3, 2), compute_uv=False))
    ),
    "eigenvalues": lambda x: np.linalg.eigvalsh(np.diag(x + 3.0 * np.arange(N)) + 0.1),
    "walk": walk,
    "back and forth": back_and_forth,
    "until small": until_small,
    "counted by data": counted_by_data,
    "one of two": one_of_two,
    "scattered by order": lambda x: (lambda order: lg.scatter(N, x * x, lambda i: order[i]))(
        np.argsort(x)
    ),
    "scattered by data": lambda x: (lambda at: lg.scatter(N, np.sin(x), lambda i: at[i]))(bins(x)),
    "added at": added_at,
    "taken by data": lambda x: x[bins(x)],
    "interpolated": lambda x: np.interp(x, GRID, GRID**2),
    "interpolated values": lambda x: np.interp(GRID + 0.1, GRID, x),
}


def chain(seed: int) -> list[str]:
    """Two or three steps; those that keep a pattern sparse come often."""
    rng = random.Random(seed)
    sparse = ["neighbours", "half", "scaled"]
    return [rng.choice(sparse) if rng.random() < 0.3 else rng.choice([*STEPS]) for _ in range(3)]


def check(names: list[str], seed: int) -> None:
    def f(x: Any) -> Any:
        for name in names:
            x = STEPS[name](x)
        return x

    rng = np.random.default_rng(seed)
    jacobian, dense = lg.sparse_jacobian(f), lg.jacfwd(f)
    pattern: np.ndarray | None = None
    for _ in range(3):
        x = rng.uniform(-1.5, 1.5, N)
        if pattern is None:
            pattern = lg.sparsity(f, x).toarray()
        wanted = dense(x)
        assert not ((wanted != 0) & ~pattern).any(), names
        np.testing.assert_allclose(
            jacobian(x).toarray(), wanted, rtol=1e-8, atol=1e-10, err_msg=str(names)
        )


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", STEPS)
def test_one_step(name: str) -> None:
    check([name], 0)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("seed", range(48))
def test_chains(seed: int) -> None:
    check(chain(seed), seed)


@pytest.mark.parametrize(
    ("name", "places"),
    [
        # Rows of three, and of two, stay apart; the order inside of a row is data.
        ("sorted rows", 18),
        ("filtered rows", 12),
        ("solved blocks", 12),
        # Only what is written, or read, at a place that is data is dense.
        ("taken by data", 36),
        ("interpolated", 6),
    ],
)
def test_only_what_depends_on_data_is_dense(name: str, places: int) -> None:
    assert lg.sparsity(STEPS[name], np.ones(N)).nnz == places


@pytest.mark.parametrize(
    "name",
    [
        "sort",
        "sorted by another",
        "median",
        "largest",
        "scattered by order",
        "scattered by data",
        "added at",
        "taken by data",
    ],
)
def test_a_remark_says_what_made_the_pattern_dense(name: str) -> None:
    with lg.remarks() as found:
        pattern = lg.sparsity(STEPS[name], np.ones(N))
    assert pattern.nnz == N * N
    assert any(
        r.rule == "UnknownIndex" and "not known before the program runs" in r.text for r in found
    )
