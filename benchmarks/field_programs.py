"""
Programs of many fields, for `programs.py`: each is one function of `x`, which has the array
functions of a system and `add`, and of some arrays. numba gets none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import letgrad as lg

Random = np.random.Generator


Made = tuple[Sequence[np.ndarray], Callable[..., Any]]


class Field(NamedTuple):
    """A program; `make` draws its arrays, and the function that the systems run on them."""

    name: str
    make: Callable[[Random], Made]


class System:
    """The array functions of a system, and the one that has another name in each."""

    def __init__(self, functions: Any, add: Callable[[int, Any, Any], Any]):
        self.np, self.add = functions, add
        """`add(n, places, values)` adds rows of values to n rows of zeros, at places."""


def _numpy_add(n: int, places: Any, values: Any) -> Any:
    y = np.zeros((n, *values.shape[1:]))
    np.add.at(y, places, values)
    return y


BY_NUMPY = System(np, _numpy_add)


def _letgrad_add(n: int, places: Any, values: Any) -> Any:
    table = lg.asarray(places)
    return lg.scatter(n, values, lambda i: table[i])


BY_LETGRAD = System(np, _letgrad_add)


def by_jax(jax: Any) -> System:
    def add(n: int, places: Any, values: Any) -> Any:
        return jax.numpy.zeros((n, *values.shape[1:])).at[places].add(values)

    return System(jax.numpy, add)


def attention(random: Random) -> Made:
    """Four heads over 128 positions; later positions are masked."""
    q, k, v = (random.standard_normal((4, 128, 32)) for _ in range(3))
    later = np.triu(np.ones((128, 128), bool), 1)

    def f(x: System, q: Any, k: Any, v: Any) -> Any:
        s = x.np.where(later, -1e9, q @ k.transpose(0, 2, 1) / 32**0.5)
        e = x.np.exp(s - x.np.max(s, axis=-1, keepdims=True))
        return (e / x.np.sum(e, axis=-1, keepdims=True)) @ v

    return (q, k, v), f


def cross_entropy(random: Random) -> Made:
    """Rows of 1,000 classes, with integer labels."""
    labels = random.integers(0, 1000, 256)

    def f(x: System, z: Any) -> Any:
        top = x.np.max(z, axis=1, keepdims=True)
        total = x.np.log(x.np.sum(x.np.exp(z - top), axis=1)) + top[:, 0]
        return total - z[np.arange(256), labels]

    return (random.standard_normal((256, 1000)),), f


def factors(random: Random) -> Made:
    """Ratings of users for items, by the product of two factors each."""
    users, items = random.integers(0, 1000, 50_000), random.integers(0, 2000, 50_000)
    ratings = random.standard_normal(50_000)

    def f(x: System, u: Any, v: Any) -> Any:
        return (x.np.sum(u[users] * v[items], axis=1) - ratings) ** 2

    return (random.standard_normal((1000, 16)), random.standard_normal((2000, 16))), f


def sparse_product(random: Random) -> Made:
    """A sparse matrix by its rows, columns and values, times a vector, three times."""
    n = 20_000
    rows, columns = random.integers(0, n, 5 * n), random.integers(0, n, 5 * n)

    def f(x: System, a: Any, y: Any) -> Any:
        for _ in range(3):
            y = x.add(n, rows, a * x.np.sin(y[columns]))
        return y

    return (random.standard_normal(5 * n), random.standard_normal(n)), f


def neighbours(random: Random) -> Made:
    """The energy of 1,000 particles and their 30 neighbours, which are in a list."""
    near = random.integers(0, 999, (1000, 30))
    near += near >= np.arange(1000)[:, None]

    def f(x: System, p: Any) -> Any:
        d = p[:, None] - p[near]
        s = 1 / (x.np.sum(d * d, axis=2) + 0.5) ** 3
        return x.np.sum(4 * (s * s - s), axis=1)

    return (10 * random.random((1000, 3)),), f


def elements(random: Random) -> Made:
    """The energy of a function on 20,000 triangles."""
    corners = random.integers(0, 10_000, (20_000, 3))

    def f(x: System, p: Any, u: Any) -> Any:
        a, b, c = (p[corners[:, k]] for k in range(3))
        e, g = b - a, c - a
        area = e[:, 0] * g[:, 1] - e[:, 1] * g[:, 0] + 3.0
        du, dv = (u[corners[:, k]] - u[corners[:, 0]] for k in (1, 2))
        x1, x2 = (du * g[:, 1] - dv * e[:, 1]) / area, (dv * e[:, 0] - du * g[:, 0]) / area
        return area * (x1 * x1 + x2 * x2)

    return (random.random((10_000, 2)), random.standard_normal(10_000)), f


def warping(random: Random) -> Made:
    """An image at places that move, with the four pixels around each place."""
    n = 256
    row, column = np.meshgrid(np.arange(n) * 1.0, np.arange(n) * 1.0, indexing="ij")

    def f(x: System, image: Any, move: Any) -> Any:
        r = x.np.clip(row + move[0], 0, n - 1.001)
        c = x.np.clip(column + move[1], 0, n - 1.001)
        i, j = x.np.floor(r).astype(np.int64), x.np.floor(c).astype(np.int64)
        s, t = r - i, c - j
        above = image[i, j] * (1 - t) + image[i, j + 1] * t
        below = image[i + 1, j] * (1 - t) + image[i + 1, j + 1] * t
        return above * (1 - s) + below * s

    return (random.standard_normal((n, n)), 3 * random.standard_normal((2, n, n))), f


def soft_histogram(random: Random) -> Made:
    """Each of 20,000 numbers in 64 smooth bins."""
    middles = np.linspace(-3, 3, 64)

    def f(x: System, y: Any) -> Any:
        return x.np.sum(x.np.exp(-50 * (y[:, None] - middles) ** 2), axis=0)

    return (random.standard_normal(20_000),), f


def small_systems(random: Random) -> Made:
    """2,000 systems of four equations."""
    a = random.standard_normal((2000, 4, 4)) + 6 * np.eye(4)

    def f(x: System, a: Any, b: Any) -> Any:
        return x.np.linalg.solve(a @ a.transpose(0, 2, 1), b)

    return (a, random.standard_normal((2000, 4, 1))), f


def gaussian_process(random: Random) -> Made:
    """The likelihood of 200 points, with a kernel of three numbers."""
    place = np.sort(random.random(200))[:, None] * 10

    def f(x: System, y: Any, p: Any) -> Any:
        k = p[0] ** 2 * x.np.exp(-((place - place.T) ** 2) / (2 * p[1] ** 2))
        k = k + (p[2] ** 2 + 1e-3) * np.eye(200)
        _, size = x.np.linalg.slogdet(k)
        return 0.5 * y * x.np.linalg.solve(k, y) + 0.5 * size / 200

    return (random.standard_normal(200), np.array([1.0, 0.7, 0.5])), f


def tail_risk(random: Random) -> Made:
    """The greatest 5 % of 20,000 losses."""
    returns = random.standard_normal((20_000, 20))

    def f(x: System, w: Any) -> Any:
        return x.np.sort(-(returns @ w))[-1000:]

    return (random.standard_normal(20),), f


def sinkhorn(random: Random) -> Made:
    """Rows and columns of a matrix sum to one, after ten turns."""

    def f(x: System, z: Any) -> Any:
        for _ in range(10):
            z = z - x.np.log(x.np.sum(x.np.exp(z), axis=1, keepdims=True))
            z = z - x.np.log(x.np.sum(x.np.exp(z), axis=0, keepdims=True))
        return x.np.exp(z)

    return (random.standard_normal((200, 200)),), f


def both_ways(random: Random) -> Made:
    """A matrix by its rows and by its columns."""

    def f(x: System, a: Any) -> Any:
        return x.np.tanh(a.T) * a + x.np.exp(-((a - a.T) ** 2))

    return (random.standard_normal((700, 700)),), f


def clusters(random: Random) -> Made:
    """One turn of k-means: each point goes to the nearest of 20 middles."""
    points = random.standard_normal((5000, 16))

    def f(x: System, m: Any) -> Any:
        d = x.np.sum(m * m, axis=1) - 2 * points @ m.T
        return x.np.min(d, axis=1)

    return (random.standard_normal((20, 16)),), f


FIELDS = [
    Field("attention with a causal mask: 4 x 128 x 32", attention),
    Field("cross entropy: 256 x 1,000, integer labels", cross_entropy),
    Field("factors of users and items: 50,000 ratings", factors),
    Field("sparse product, 3 times: 100,000 entries", sparse_product),
    Field("particles: 1,000 with 30 neighbours", neighbours),
    Field("finite elements: 20,000 triangles", elements),
    Field("image warping: 256 x 256", warping),
    Field("smooth histogram: 20,000 in 64", soft_histogram),
    Field("small systems: 2,000 of 4 x 4", small_systems),
    Field("Gaussian process: 200 points", gaussian_process),
    Field("tail of 20,000 losses", tail_risk),
    Field("Sinkhorn: 10 turns of 200 x 200", sinkhorn),
    Field("rows and columns: 700 x 700", both_ways),
    Field("k-means: 5,000 points, 20 middles", clusters),
]
