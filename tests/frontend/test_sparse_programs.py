"""
Sparse derivatives of programs as engineers write them: meshes, stencils, trees, blocks, arrowheads.

The pattern holds all nonzeros at random points, and the values are those of dense derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg

scipy_sparse = pytest.importorskip("scipy.sparse", reason="sparse matrices are SciPy's")

RNG = np.random.default_rng(7)
N = 24
CELLS = [i * 4 + j for i in range(5) for j in range(3)]
TRIANGLES = np.array([(k, k + 1, k + 4) for k in CELLS] + [(k + 1, k + 5, k + 4) for k in CELLS])
"""A mesh of 6 × 4 nodes."""
BARS = np.array([(i, (i * 5 + 3) % N) for i in range(N)] + [(i, (i + 1) % N) for i in range(N)])
PARENTS = np.array([0] + [(i - 1) // 2 for i in range(1, N)])
MIXED = RNG.uniform(-1, 1, (4, 4)) * (RNG.uniform(size=(4, 4)) < 0.5)
SEGMENTS = np.sort(RNG.integers(0, 6, N))


def assembled(x: Any) -> Any:
    """Forces of finite elements: each element gives its share to its nodes."""
    y = x[TRIANGLES]
    mean = np.sum(y, axis=1) / 3.0
    out = x * 0.0
    for k in range(3):
        np.add.at(out, TRIANGLES[:, k], mean * y[:, k] - np.sin(y[:, (k + 1) % 3]))
    return out


def springs(x: Any) -> Any:
    stretch = x[BARS[:, 1]] - x[BARS[:, 0]]
    force = stretch + 0.3 * stretch**3
    out = np.zeros(N) * x[0]
    np.add.at(out, BARS[:, 0], force)
    np.add.at(out, BARS[:, 1], -force)
    return out


def periodic_3d(x: Any) -> Any:
    u = np.reshape(x, (2, 3, 4))
    around = sum(np.roll(u, s, axis) for axis in range(3) for s in (1, -1))
    return np.ravel(u * u - 0.1 * (around - 6 * u) * u)


def walls_3d(x: Any) -> Any:
    u = np.pad(np.reshape(x, (2, 3, 4)), 1)
    inner = u[1:-1, 1:-1, 1:-1]
    around = u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
    return np.ravel(inner**3 - around - u[1:-1, 1:-1, 2:] * inner)


def upwind(x: Any) -> Any:
    left, right = x - np.roll(x, 1), np.roll(x, -1) - x
    return x * np.where(x > 0, left, right)


def limited(x: Any) -> Any:
    """A limiter of slopes between cells with walls."""
    a, b = x[1:-1] - x[:-2], x[2:] - x[1:-1]
    slope = np.where(a * b > 0, np.where(np.abs(a) < np.abs(b), a, b), 0.0)
    return x[1:-1] ** 2 + 0.5 * slope


def arrowhead(x: Any) -> Any:
    return np.concatenate([[np.sum(x * x)], x[1:] * x[0] + np.sin(x[1:])])


def bordered(x: Any) -> Any:
    """Two dense columns and rows at the end of a tridiagonal part."""
    inner, p, q = x[:-2], x[-2], x[-1]
    main = inner[1:-1] * p - inner[2:] * inner[:-2] + q
    return np.concatenate([main, [np.sum(inner) * p], [np.sum(inner**2) - q]])


def tree(x: Any) -> Any:
    """Each node and its parent."""
    return x * x[PARENTS] - np.cos(x[PARENTS])


def tree_of_sums(x: Any) -> Any:
    """Children give to their parents, level by level."""
    out = x * x
    for low, high in ((15, N), (7, 15), (3, 7), (1, 3)):
        np.add.at(out, PARENTS[low:high], out[low:high] * 0.5)
    return out


def blocks(x: Any) -> Any:
    y = np.reshape(x, (6, 4))
    return np.ravel(np.einsum("bi,bj->bij", y, np.sin(y)).sum(axis=2) + np.cumsum(y, axis=1))


def blocks_solved(x: Any) -> Any:
    y = np.reshape(x, (6, 2, 2)) + 4.0 * np.eye(2)
    return np.ravel(np.linalg.solve(y, np.ones((6, 2, 1))))


def blocks_beside_blocks(x: Any) -> Any:
    y = np.reshape(x, (6, 4))
    product = y @ MIXED
    return np.ravel(product[1:] * y[:-1])


def sums_by_segment(x: Any) -> Any:
    out = np.zeros(6) * x[0]
    np.add.at(out, SEGMENTS, np.exp(0.3 * x))
    return out


def softmax_by_segment(x: Any) -> Any:
    e = np.exp(x)
    total = np.zeros(6) * x[0]
    np.add.at(total, SEGMENTS, e)
    return e / total[SEGMENTS]


def newton_each(x: Any) -> Any:
    """A while loop over all elements at once; each element stays by itself."""
    far = lambda y: np.max(np.abs(y * y * y - 2.0 - x * x)) > 1e-12  # noqa: E731
    return lg.while_loop(
        far, lambda y: y - (y**3 - 2.0 - x * x) / (3 * y * y), 1.0 + x * x, max_steps=40
    )


def steps_of_heat(x: Any) -> Any:
    """Three steps of a scan: the pattern grows by one place on each side in each."""
    step = lambda u, _: (u + 0.1 * (np.roll(u, 1) - 2 * u + np.roll(u, -1)) * u, None)  # noqa: E731
    return lg.scan(step, x, length=3)[0]


def steps_in_a_while(x: Any) -> Any:
    def turn(s: Any) -> Any:
        u, n = s
        inner = np.concatenate([u[:1], u[:-1]])
        return u - 0.2 * u * (u - inner), n + 1

    return lg.while_loop(lambda s: s[1] < 2, turn, (x, 0))[0]


def red_and_black(x: Any) -> Any:
    """Half of the places, and then the others from these."""
    red = np.arange(N) % 2 == 0
    near = lambda u: np.roll(u, 1) + np.roll(u, -1)  # noqa: E731
    x = np.where(red, np.sin(near(x)), x)
    return np.where(red, x, x * near(x))


def reversed_pairs(x: Any) -> Any:
    return x * x[::-1] + np.where(np.arange(N) < 5, 0.0, x) ** 2


MAPS: tuple[Callable[[Any], Any], ...] = (
    assembled, springs, periodic_3d, walls_3d, upwind, limited, arrowhead, bordered, tree,
    tree_of_sums, blocks, blocks_solved, blocks_beside_blocks, sums_by_segment,
    softmax_by_segment, newton_each, steps_of_heat, steps_in_a_while, red_and_black,
    reversed_pairs,
)  # fmt: skip

MOST = {
    "springs": N * 5, "periodic_3d": 144, "upwind": 3 * N, "tree": 2 * N, "blocks": 96,
    "newton_each": N, "steps_of_heat": 7 * N, "sums_by_segment": N, "reversed_pairs": 2 * N,
    "blocks_solved": N * 2,
}  # fmt: skip
"""Places of the patterns that are known by hand, at most."""


def points() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.uniform(-1.0, 1.0, N), rng.uniform(0.1, 2.0, N)]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("f", MAPS, ids=lambda f: f.__name__)
def test_jacobian(f: Callable[[Any], Any]) -> None:
    pattern = lg.sparsity(f, np.ones(N)).toarray()
    assert pattern.sum() <= MOST.get(f.__name__, pattern.size)
    sparse, dense = lg.sparse_jacobian(f), lg.jit(lg.jacfwd(f))
    for x in points():
        wanted = dense(x)
        assert not ((wanted != 0) & ~pattern).any()
        np.testing.assert_allclose(sparse(x).toarray(), wanted, rtol=1e-9, atol=1e-11)


@pytest.mark.sampled(7)
@pytest.mark.parametrize("f", MAPS, ids=lambda f: f.__name__)
def test_hessian_of_the_energy(f: Callable[[Any], Any]) -> None:
    def energy(x: Any) -> Any:
        return np.sum(np.sin(f(x)))

    sparse, dense = lg.sparse_hessian(energy), lg.jit(lg.hessian(energy))
    for x in points():
        np.testing.assert_allclose(sparse(x).toarray(), dense(x), rtol=1e-8, atol=1e-9)
