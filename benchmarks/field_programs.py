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
    """The array functions of a system, and those that have another name in each."""

    def __init__(
        self,
        functions: Any,
        add: Callable[[int, Any, Any], Any],
        scan: Callable[[Callable[[Any, Any], tuple[Any, Any]], Any, Any], tuple[Any, Any]],
    ):
        self.np, self.add, self.scan = functions, add, scan
        """
        `add(n, places, values)` adds rows of values to n rows of zeros, at places.
        `scan(step, carry, rows)` gives the last carry, and the results of all steps.
        """


def _numpy_add(n: int, places: Any, values: Any) -> Any:
    y = np.zeros((n, *values.shape[1:]))
    np.add.at(y, places, values)
    return y


def _numpy_scan(step: Callable[..., Any], carry: Any, rows: Any) -> tuple[Any, Any]:
    found = []
    for row in rows:
        carry, result = step(carry, row)
        found.append(result)
    return carry, np.stack(found)


BY_NUMPY = System(np, _numpy_add, _numpy_scan)


def _letgrad_add(n: int, places: Any, values: Any) -> Any:
    table = lg.asarray(places)
    return lg.scatter(n, values, lambda i: table[i])


BY_LETGRAD = System(np, _letgrad_add, lg.scan)


def by_jax(jax: Any) -> System:
    def add(n: int, places: Any, values: Any) -> Any:
        return jax.numpy.zeros((n, *values.shape[1:])).at[places].add(values)

    return System(jax.numpy, add, jax.lax.scan)


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


def convolutions(random: Random) -> Made:
    """Two layers of 3 x 3 windows over eight images, with 8 and 16 channels."""

    def layer(x: System, z: Any, w: Any) -> Any:
        high, wide = z.shape[2] - 2, z.shape[3] - 2
        parts = [
            x.np.einsum("bchw,oc->bohw", z[:, :, i : i + high, j : j + wide], w[:, :, i, j])
            for i in range(3)
            for j in range(3)
        ]
        return x.np.maximum(sum(parts), 0.0)

    def f(x: System, z: Any, w: Any, v: Any) -> Any:
        return x.np.mean(layer(x, layer(x, z, w), v), axis=(2, 3))

    shapes = (8, 3, 32, 32), (8, 3, 3, 3), (16, 8, 3, 3)
    return tuple(random.standard_normal(s) for s in shapes), f


def hidden_markov(random: Random) -> Made:
    """The likelihood of 500 observations, with 32 hidden states."""

    def f(x: System, a: Any, b: Any) -> Any:
        moves = a - x.np.log(x.np.sum(x.np.exp(a), axis=1, keepdims=True))

        def step(alpha: Any, seen: Any) -> Any:
            s = alpha[:, None] + moves
            top = x.np.max(s, axis=0)
            alpha = x.np.log(x.np.sum(x.np.exp(s - top), axis=0)) + top + seen
            return alpha, alpha[0]

        last, _ = x.scan(step, 0.0 * b[0], b)
        return last

    return (random.standard_normal((32, 32)), random.standard_normal((500, 32))), f


def kalman(random: Random) -> Made:
    """A filter of four states and two observations, over 300 steps."""

    def f(x: System, a: Any, c: Any, y: Any) -> Any:
        def step(carry: Any, seen: Any) -> Any:
            m, p = carry
            m, p = a @ m, a @ p @ a.T + 0.1 * np.eye(4)
            s = c @ p @ c.T + 0.5 * np.eye(2)
            wrong = seen - c @ m
            gain = x.np.linalg.solve(s, c @ p).T
            m, p = m + gain @ wrong, p - gain @ c @ p
            return (m, p), x.np.sum(wrong * wrong)

        _, errors = x.scan(step, (0.0 * a[0], 0.0 * a + np.eye(4)), y)
        return errors

    a = 0.9 * np.eye(4) + 0.05 * random.standard_normal((4, 4))
    return (a, random.standard_normal((2, 4)), random.standard_normal((300, 2))), f


def time_warping(random: Random) -> Made:
    """The smooth distance of two series of 200 numbers, diagonal by diagonal."""
    n = 200
    i = np.arange(n)
    k = np.arange(2 * n - 1)[:, None]
    inside = (k - i >= 0) & (k - i < n)

    def f(x: System, a: Any, b: Any) -> Any:
        cost = x.np.where(inside, (a - b[np.where(inside, k - i, 0)]) ** 2, 0.0)
        first = np.where(i == 0, 0.0, 1e6)

        def step(carry: Any, row: Any) -> Any:
            before, last = carry
            c, is_inside = row[:n], row[n:]
            moved = x.np.where(i == 0, 1e6, x.np.roll(last, 1))
            across = x.np.where(i == 0, 1e6, x.np.roll(before, 1)) + 0.0 * c
            least = x.np.minimum(x.np.minimum(last, moved), across)
            e = x.np.exp(least - last) + x.np.exp(least - moved) + x.np.exp(least - across)
            now = x.np.where(is_inside > 0, c + least - x.np.log(e), 1e6)
            return (last, now), now[n - 1]

        start = (0.0 * a + 1e6, cost[0] + first)
        rows = x.np.concatenate([cost[1:], inside[1:] * 1.0], axis=1)
        _, ends = x.scan(step, start, rows)
        return ends[-1:]

    return (random.standard_normal(n), random.standard_normal(n)), f


def waves(random: Random) -> Made:
    """The wave equation on 128 x 128 places, over 100 steps."""

    def f(x: System, u: Any, speed: Any) -> Any:
        def step(carry: Any, row: Any) -> Any:
            before, now = carry
            around = x.np.roll(now, 1, 0) + x.np.roll(now, -1, 0)
            around = around + x.np.roll(now, 1, 1) + x.np.roll(now, -1, 1) - 4 * now
            after = 2 * now - before + speed * around * (1 + 0.0 * row)
            return (now, after), after[64, 64]

        (_, last), _ = x.scan(step, (u, u), np.zeros(100))
        return last

    return (random.standard_normal((128, 128)), 0.1 * random.random((128, 128))), f


def bodies(random: Random) -> Made:
    """The forces between 300 bodies."""

    def f(x: System, p: Any, m: Any) -> Any:
        d = p[None] - p[:, None]
        near = x.np.sum(d * d, axis=2) + 0.01
        return x.np.sum((m / (near * x.np.sqrt(near)))[:, :, None] * d, axis=1)

    return (random.standard_normal((300, 3)), random.random(300)), f


def transformer_block(random: Random) -> Made:
    """Norms, four heads and a layer of 256, over 128 positions of 64 numbers."""

    def f(x: System, z: Any, w: Any, out: Any, up: Any, down: Any) -> Any:
        def norm(z: Any) -> Any:
            z = z - x.np.mean(z, axis=-1, keepdims=True)
            return z / x.np.sqrt(x.np.mean(z * z, axis=-1, keepdims=True) + 1e-5)

        q, k, v = (x.np.reshape(norm(z) @ w[i], (128, 4, 16)) for i in range(3))
        s = x.np.einsum("ihd,jhd->hij", q, k) / 4.0
        e = x.np.exp(s - x.np.max(s, axis=-1, keepdims=True))
        seen = x.np.einsum("hij,jhd->ihd", e / x.np.sum(e, axis=-1, keepdims=True), v)
        z = z + x.np.reshape(seen, (128, 64)) @ out
        h = norm(z) @ up
        h = 0.5 * h * (1 + x.np.tanh(0.7978845608 * (h + 0.044715 * h**3)))
        return z + h @ down

    shapes = (128, 64), (3, 64, 64), (64, 64), (64, 256), (256, 64)
    return tuple(0.2 * random.standard_normal(s) for s in shapes), f


def options(random: Random) -> Made:
    """The prices of 100,000 options, with the normal distribution by powers."""
    strike, years = random.uniform(80, 120, 100_000), random.uniform(0.1, 2, 100_000)

    def f(x: System, spot: Any, volatility: Any) -> Any:
        def below(d: Any) -> Any:
            t = 1 / (1 + 0.2316419 * x.np.abs(d))
            p = 0.31938153 * t - 0.356563782 * t**2 + 1.781477937 * t**3
            p = p - 1.821255978 * t**4 + 1.330274429 * t**5
            p = 0.3989422804 * x.np.exp(-0.5 * d**2) * p
            return x.np.where(d > 0, 1 - p, p)

        wide = volatility * x.np.sqrt(years)
        d = (x.np.log(spot / strike) + (0.02 + 0.5 * volatility**2) * years) / wide
        return spot * below(d) - strike * x.np.exp(-0.02 * years) * below(d - wide)

    return (random.uniform(80, 120, 100_000), random.uniform(0.1, 0.5, 100_000)), f


def gated_units(random: Random) -> Made:
    """A recurrent net with gates: 32 series of 60 steps, 64 units."""

    def f(x: System, w: Any, u: Any, rows: Any) -> Any:
        def gate(z: Any) -> Any:
            return 1 / (1 + x.np.exp(-z))

        def step(h: Any, row: Any) -> Any:
            old = gate(row @ w[0] + h @ u[0])
            reset = gate(row @ w[1] + h @ u[1])
            new = x.np.tanh(row @ w[2] + (reset * h) @ u[2])
            h = old * h + (1 - old) * new
            return h, h[0, 0]

        last, _ = x.scan(step, np.zeros((32, 64)), rows)
        return last

    shapes = (3, 16, 64), (3, 64, 64), (60, 32, 16)
    return tuple(0.3 * random.standard_normal(s) for s in shapes), f


def predators(random: Random) -> Made:
    """1,000 populations of two species, over 200 steps of fourth order."""

    def f(x: System, y: Any, p: Any) -> Any:
        def rate(y: Any) -> Any:
            a, b = y[0], y[1]
            return x.np.stack([a * (p[0] - p[1] * b), b * (p[2] * a - p[3])])

        def step(y: Any, h: Any) -> Any:
            k1 = rate(y)
            k2 = rate(y + 0.5 * h * k1)
            k3 = rate(y + 0.5 * h * k2)
            k4 = rate(y + h * k3)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            return y, y[0, 0]

        last, _ = x.scan(step, y, np.full(200, 0.01))
        return last

    return (random.uniform(0.5, 1.5, (2, 1000)), random.uniform(0.5, 1.5, (4, 1000))), f


def messages(random: Random) -> Made:
    """Two rounds of messages along 20,000 edges of a graph."""
    n = 4000
    begin, end = random.integers(0, n, 20_000), random.integers(0, n, 20_000)

    def f(x: System, h: Any, w: Any, v: Any) -> Any:
        for _ in range(2):
            sent = x.np.tanh(h[begin] @ w)
            h = x.np.maximum(h @ v + 0.2 * x.add(n, end, sent), 0.0)
        return h

    shapes = (n, 16), (16, 16), (16, 16)
    return tuple(0.4 * random.standard_normal(s) for s in shapes), f


def edges_of_images(random: Random) -> Made:
    """A blur by five rows and five columns, and the length of the slope, of 4 images."""
    weights = [0.06, 0.24, 0.4, 0.24, 0.06]

    def f(x: System, image: Any) -> Any:
        n = image.shape[1]
        rows: Any = sum(w * image[:, k : n - 4 + k] for k, w in enumerate(weights))
        blurred: Any = sum(w * rows[:, :, k : n - 4 + k] for k, w in enumerate(weights))
        dy = blurred[:, 2:, 1:-1] - blurred[:, :-2, 1:-1]
        dx = blurred[:, 1:-1, 2:] - blurred[:, 1:-1, :-2]
        return x.np.sqrt(dx * dx + dy * dy + 1e-6)

    return (random.standard_normal((4, 256, 256)),), f


def spectrum(random: Random) -> Made:
    """The Poisson equation on 128 x 128 places, by Fourier transforms."""
    k = np.fft.fftfreq(128) * 2 * np.pi
    size = 4 - 2 * np.cos(k)[:, None] - 2 * np.cos(k)[None]
    size[0, 0] = 1.0

    def f(x: System, charge: Any) -> Any:
        return x.np.fft.ifft2(x.np.fft.fft2(x.np.tanh(charge)) / size).real

    return (random.standard_normal((128, 128)),), f


def contrast(random: Random) -> Made:
    """Pairs of 256 vectors, each beside all others."""

    def f(x: System, a: Any, b: Any) -> Any:
        a = a / x.np.sqrt(x.np.sum(a * a, axis=1, keepdims=True))
        b = b / x.np.sqrt(x.np.sum(b * b, axis=1, keepdims=True))
        s = 10 * a @ b.T
        rows = x.np.log(x.np.sum(x.np.exp(s), axis=1))
        columns = x.np.log(x.np.sum(x.np.exp(s), axis=0))
        return rows + columns - 2 * x.np.diagonal(s)

    return (random.standard_normal((256, 64)), random.standard_normal((256, 64))), f


def portfolios(random: Random) -> Made:
    """The mean square of what 100 portfolios are worth, over 2,000 days."""
    returns = 0.01 * random.standard_normal((2000, 8))

    def f(x: System, w: Any) -> Any:
        worth = x.np.cumsum(returns @ w, axis=0)
        return x.np.mean(worth * worth, axis=0) + worth[-1]

    return (random.standard_normal((8, 100)),), f


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
    Field("convolutions: 8 images of 32 x 32", convolutions),
    Field("hidden Markov model: 500 steps, 32 states", hidden_markov),
    Field("Kalman filter: 300 steps, 4 states", kalman),
    Field("time warping: 200 by 200", time_warping),
    Field("waves: 100 steps of 128 x 128", waves),
    Field("bodies: 300 in space", bodies),
    Field("transformer block: 128 x 64", transformer_block),
    Field("options: 100,000", options),
    Field("gated units: 60 steps of 32 x 64", gated_units),
    Field("predators and prey: 200 steps of 1,000", predators),
    Field("messages in a graph: 20,000 edges", messages),
    Field("edges of images: 4 of 256 x 256", edges_of_images),
    Field("Poisson equation by transforms: 128 x 128", spectrum),
    Field("contrast of pairs: 256 x 64", contrast),
    Field("portfolios: 100 over 2,000 days", portfolios),
]
