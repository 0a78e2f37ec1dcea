"""
More programs of many fields, for `programs.py`, of small and middle sizes: short last axes,
matrices of 3 x 3 to 16 x 16, sums over leading axes, chains of conditions, small transforms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from field_programs import Field, Made, Random, System


def robot_arms(random: Random) -> Made:
    """The tips of 500 arms of seven joints, by products of 4 x 4 matrices."""

    def f(x: System, angles: Any, lengths: Any) -> Any:
        zero, one = 0.0 * angles[:, 0], 0.0 * angles[:, 0] + 1.0
        pose = None
        for k in range(7):
            c, s = x.np.cos(angles[:, k]), x.np.sin(angles[:, k])
            length = lengths[k] * one
            rows = [[c, -s, zero, length * c], [s, c, zero, length * s]]
            rows += [[zero, zero, one, 0.1 * one], [zero, zero, zero, one]]
            turn = x.np.stack([x.np.stack(row, axis=-1) for row in rows], axis=-2)
            turn = turn[:, [0, 2, 1, 3]] if k % 2 else turn
            pose = turn if pose is None else pose @ turn
        assert pose is not None
        return pose[:, :3, 3]

    return (random.standard_normal((500, 7)), random.random(7)), f


def quaternions(random: Random) -> Made:
    """20,000 points, each turned by a quaternion of its own."""

    def f(x: System, q: Any, p: Any) -> Any:
        q = q / x.np.sqrt(x.np.sum(q * q, axis=1, keepdims=True))
        w, v = q[:, :1], q[:, 1:]
        t = 2 * x.np.cross(v, p)
        return p + w * t + x.np.cross(v, t)

    return (random.standard_normal((20_000, 4)), random.standard_normal((20_000, 3))), f


def batch_norm(random: Random) -> Made:
    """Columns of a batch with mean 0 and variance 1, twice, with a layer between them."""

    def f(x: System, z: Any, w: Any, scale: Any, shift: Any) -> Any:
        def norm(z: Any) -> Any:
            middle = x.np.mean(z, axis=0)
            wide = x.np.var(z, axis=0)
            return (z - middle) / x.np.sqrt(wide + 1e-5) * scale + shift

        return norm(x.np.maximum(norm(z) @ w, 0.0))

    shapes = (256, 64), (64, 64), (64,), (64,)
    return tuple(random.standard_normal(s) for s in shapes), f


def volatility(random: Random) -> Made:
    """The likelihood of 2,000 returns whose variance follows them."""
    returns = random.standard_normal(2000)

    def f(x: System, p: Any) -> Any:
        def step(h: Any, r: Any) -> Any:
            h = p[0] + p[1] * r * r + p[2] * h
            return h, x.np.log(h) + r * r / h

        _, losses = x.scan(step, p[0] * 1.0, returns)
        return losses

    return (np.array([0.1, 0.1, 0.8]),), f


def lattice_gas(random: Random) -> Made:
    """Ten steps of the lattice Boltzmann method with nine speeds on 64 x 64 places."""
    ways = [(i, j) for i in (0, 1, -1) for j in (0, 1, -1)]
    parts = [4 / 9 if not i and not j else 1 / 9 if not i or not j else 1 / 36 for i, j in ways]

    def f(x: System, f: Any) -> Any:
        for _ in range(10):
            f = x.np.stack([x.np.roll(f[k], ways[k], (0, 1)) for k in range(9)])
            density = x.np.sum(f, axis=0)
            u = sum(ways[k][0] * f[k] for k in range(9) if ways[k][0]) / density
            v = sum(ways[k][1] * f[k] for k in range(9) if ways[k][1]) / density
            square = 1.5 * (u * u + v * v)
            rest = []
            for k in range(9):
                along = 3 * (ways[k][0] * u + ways[k][1] * v)
                rest.append(parts[k] * density * (1 + along + 0.5 * along * along - square))
            f = 0.4 * f + 0.6 * x.np.stack(rest)
        return f

    start = np.array(parts)[:, None, None] * (1 + 0.1 * random.random((9, 64, 64)))
    return (start,), f


def reactions(random: Random) -> Made:
    """Gray and Scott's reaction of two substances: 50 steps on 64 x 64 places, with a border."""

    def f(x: System, u: Any, v: Any) -> Any:
        def spread(z: Any) -> Any:
            z = x.np.pad(z, 1)
            return z[2:, 1:-1] + z[:-2, 1:-1] + z[1:-1, 2:] + z[1:-1, :-2] - 4 * z[1:-1, 1:-1]

        def step(carry: Any, feed: Any) -> Any:
            u, v = carry
            r = u * v * v
            u = u + 0.16 * spread(u) - r + feed * (1 - u)
            v = v + 0.08 * spread(v) + r - (feed + 0.06) * v
            return (u, v), u[0, 0]

        (_, v), _ = x.scan(step, (u, v), np.full(50, 0.035))
        return v

    return (random.random((64, 64)), 0.3 * random.random((64, 64))), f


def rays(random: Random) -> Made:
    """64 x 64 rays march in eight steps to three balls and a floor."""
    column, row = np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64))
    way = np.stack([column, row, np.ones((64, 64))], axis=-1)
    way /= np.linalg.norm(way, axis=-1, keepdims=True)

    def f(x: System, middles: Any, sizes: Any) -> Any:
        def far(p: Any) -> Any:
            least = p[..., 1] + 1.0
            for k in range(3):
                d = p - middles[k]
                least = x.np.minimum(least, x.np.sqrt(x.np.sum(d * d, axis=-1)) - sizes[k])
            return least

        t = x.np.zeros((64, 64)) + 0.0 * sizes[0]
        for _ in range(8):
            t = t + far(t[..., None] * way)
        return x.np.where(t < 10.0, x.np.exp(-0.3 * t), 0.0)

    return (np.array([0, 0, 4.0]) + random.standard_normal((3, 3)), 0.5 + random.random(3)), f


def colours(random: Random) -> Made:
    """Hue, saturation and value of 40,000 pixels."""

    def f(x: System, pixels: Any) -> Any:
        r, g, b = pixels[:, 0], pixels[:, 1], pixels[:, 2]
        top, low = x.np.max(pixels, axis=1), x.np.min(pixels, axis=1)
        wide = top - low + 1e-6
        hue = x.np.where(
            top == r, (g - b) / wide, x.np.where(top == g, 2 + (b - r) / wide, 4 + (r - g) / wide)
        )
        return x.np.stack([hue / 6 % 1.0, wide / (top + 1e-6), top], axis=1)

    return (random.random((40_000, 3)),), f


def cosine_blocks(random: Random) -> Made:
    """The cosine transform of the 8 x 8 blocks of an image, made coarse, and back."""
    k = np.arange(8)
    table = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / 16) / 2
    table[0] /= 2**0.5

    def f(x: System, image: Any, steps: Any) -> Any:
        blocks = image.reshape(32, 8, 32, 8).transpose(0, 2, 1, 3)
        z = table @ blocks @ table.T / steps
        z = x.np.tanh(z) * steps
        return (table.T @ z @ table).transpose(0, 2, 1, 3).reshape(256, 256)

    return (random.standard_normal((256, 256)), 1 + random.random((8, 8))), f


def table_lookup(random: Random) -> Made:
    """50,000 values between the rows of a table, by search."""
    knots = np.sort(random.random(100))
    knots[0], knots[-1] = 0.0, 1.0

    def f(x: System, heights: Any, at: Any, places: Any) -> Any:
        k = x.np.clip(x.np.searchsorted(at, places) - 1, 0, 98)
        t = (places - at[k]) / (at[k + 1] - at[k])
        return heights[k] * (1 - t) + heights[k + 1] * t

    return (random.standard_normal(100), knots, random.uniform(0.01, 0.99, 50_000)), f


def legendre(random: Random) -> Made:
    """Series of 12 polynomials of Legendre, at 5,000 places."""

    def f(x: System, c: Any, t: Any) -> Any:
        p = [0 * t + 1, t]
        for n in range(1, 11):
            p.append(((2 * n + 1) * t * p[n] - n * p[n - 1]) / (n + 1))
        return x.np.stack(p, axis=1) @ c

    return (random.standard_normal((12, 3)), random.uniform(-1, 1, 5000)), f


def elastic(random: Random) -> Made:
    """The energy of 5,000 elements, by determinants and inverses of 3 x 3 matrices."""

    def f(x: System, m: Any) -> Any:
        size = x.np.linalg.det(m)
        back = x.np.linalg.inv(m)
        stretch = x.np.sum(m * m, axis=(1, 2))
        return stretch - 3 - 2 * x.np.log(size) + 0.1 * x.np.trace(back, axis1=1, axis2=2)

    return (np.eye(3) + 0.1 * random.standard_normal((5000, 3, 3)),), f


def elastic_by_hand(random: Random) -> Made:
    """The stress in 5,000 elements, with the inverse of 3 x 3 matrices written out."""

    def f(x: System, m: Any) -> Any:
        r0, r1, r2 = m[:, 0], m[:, 1], m[:, 2]
        rows = [x.np.cross(r1, r2), x.np.cross(r2, r0), x.np.cross(r0, r1)]
        size = x.np.sum(r0 * rows[0], axis=1)[:, None, None]
        other = x.np.stack(rows, axis=1) / size
        stress = m @ m.transpose(0, 2, 1)
        return stress @ other + x.np.log(size) * other

    return (np.eye(3) + 0.1 * random.standard_normal((5000, 3, 3)),), f


def gaussians(random: Random) -> Made:
    """The log density of 1,000 vectors of 8 numbers, each with a covariance of its own."""

    def f(x: System, a: Any, y: Any) -> Any:
        s = a @ a.transpose(0, 2, 1) + np.eye(8)
        low = x.np.linalg.cholesky(s)
        half = x.np.linalg.solve(low, y[..., None])[..., 0]
        diagonal = x.np.diagonal(low, axis1=1, axis2=2)
        return 0.5 * x.np.sum(half * half, axis=1) + x.np.sum(x.np.log(diagonal), axis=1)

    return (random.standard_normal((1000, 8, 8)), random.standard_normal((1000, 8))), f


def drawdown(random: Random) -> Made:
    """The greatest loss from a former top, of 64 series of 1,000 days."""

    def f(x: System, returns: Any, w: Any) -> Any:
        worth = x.np.cumsum(returns * w, axis=0)
        growth = x.np.exp(0.01 * worth)
        return x.np.mean(growth, axis=0) + x.np.cumsum(growth[::-1], axis=0)[-1] / 1000

    return (random.standard_normal((1000, 64)), random.random(64)), f


def advantages(random: Random) -> Made:
    """Discounted sums of what 32 players earn in 200 turns, backwards."""

    def f(x: System, rewards: Any, values: Any) -> Any:
        errors = rewards + 0.99 * values[1:] - values[:-1]

        def step(total: Any, error: Any) -> Any:
            total = error + 0.95 * total
            return total, total

        _, found = x.scan(step, 0.0 * errors[0], errors[::-1])
        found = found[::-1]
        return (found - x.np.mean(found)) / (x.np.std(found) + 1e-6)

    return (random.standard_normal((200, 32)), random.standard_normal((201, 32))), f


def mixtures(random: Random) -> Made:
    """The log density of 10,000 points in a mixture of five normal distributions of the plane."""

    def f(x: System, p: Any, m: Any, s: Any, w: Any) -> Any:
        d = (p[:, None] - m) / x.np.exp(s)
        each = w - 0.5 * x.np.sum(d * d, axis=2) - x.np.sum(s, axis=1)
        top = x.np.max(each, axis=1, keepdims=True)
        return x.np.log(x.np.sum(x.np.exp(each - top), axis=1)) + top[:, 0]

    shapes = (10_000, 2), (5, 2), (5, 2), (5,)
    return tuple(random.standard_normal(s) for s in shapes), f


def pooling(random: Random) -> Made:
    """A layer of channels last, and the maximum of 2 x 2 places, of 16 images."""

    def f(x: System, z: Any, w: Any) -> Any:
        z = x.np.maximum(z @ w, 0.0)
        return x.np.max(z.reshape(16, 14, 2, 14, 2, 16), axis=(2, 4))

    return (random.standard_normal((16, 28, 28, 8)), random.standard_normal((8, 16))), f


def medians(random: Random) -> Made:
    """The middle of seven neighbours, of 5,000 places."""

    def f(x: System, y: Any) -> Any:
        around = x.np.stack([y[k : k + 5000] for k in range(7)], axis=1)
        return x.np.sort(around, axis=1)[:, 3]

    return (random.standard_normal(5006),), f


def sorted_rows(random: Random) -> Made:
    """Weights by rank, of 256 rows of 100 numbers."""
    weights = np.linspace(-1, 1, 100)

    def f(x: System, z: Any) -> Any:
        return x.np.sum(x.np.sort(z, axis=1) * weights, axis=1)

    return (random.standard_normal((256, 100)),), f


def filters(random: Random) -> Made:
    """64 signals of 256 numbers, filtered by Fourier transforms."""

    def f(x: System, y: Any, h: Any) -> Any:
        z = x.np.fft.irfft(x.np.fft.rfft(y, axis=1) * x.np.fft.rfft(h), n=256, axis=1)
        return x.np.tanh(z)

    return (random.standard_normal((64, 256)), random.standard_normal(256)), f


def spectrogram(random: Random) -> Made:
    """The power in 125 windows of a sound."""
    at = 64 * np.arange(125)[:, None] + np.arange(256)
    window = np.hanning(256)

    def f(x: System, y: Any) -> Any:
        z = x.np.fft.rfft(y[at] * window, axis=1)
        return x.np.log(z.real**2 + z.imag**2 + 1e-3)

    return (random.standard_normal(8192),), f


def hashed_grid(random: Random) -> Made:
    """Four numbers for each of 10,000 points, from two hashed grids."""

    def f(x: System, table: Any, p: Any) -> Any:
        found: Any = 0.0
        for level, size in enumerate((16, 64)):
            at = x.np.floor(p * size).astype(np.int64)
            t = p * size - at
            for i in (0, 1):
                for j in (0, 1):
                    key = ((at[:, 0] + i) * 73856093 ^ (at[:, 1] + j) * 19349663) % 4096
                    s = t[:, 0] if i else 1 - t[:, 0]
                    r = t[:, 1] if j else 1 - t[:, 1]
                    found = found + (s * r)[:, None] * table[level][key]
        return found

    return (random.standard_normal((2, 4096, 4)), random.random((10_000, 2))), f


def words(random: Random) -> Made:
    """The mean of the vectors of 20 words, for 500 texts, and a layer."""
    texts = random.integers(0, 5000, (500, 20))
    known = texts > 250

    def f(x: System, table: Any, w: Any) -> Any:
        rows = x.np.where(known[:, :, None], table[texts], 0.0)
        middle = x.np.sum(rows, axis=1) / np.sum(known, axis=1)[:, None]
        return x.np.tanh(middle @ w)

    return (random.standard_normal((5000, 32)), random.standard_normal((32, 8))), f


def graph_attention(random: Random) -> Made:
    """The softmax over the edges that end at each of 2,000 nodes."""
    n, m = 2000, 10_000
    begin, end = random.integers(0, n, m), random.integers(0, n, m)

    def f(x: System, h: Any, a: Any, b: Any) -> Any:
        z = (h @ a)[begin] + (h @ b)[end]
        e = x.np.exp(x.np.where(z > 0, z, 0.2 * z))
        total = x.add(n, end, e)
        return x.add(n, end, (e / (total[end] + 1e-9))[:, None] * h[begin])

    shapes = (n, 8), (8,), (8,)
    return tuple(random.standard_normal(s) for s in shapes), f


def survival(random: Random) -> Made:
    """Cox's likelihood of 5,000 lives, with the risk of all who live longer."""
    people = random.standard_normal((5000, 10))
    died = random.random(5000) < 0.6

    def f(x: System, w: Any) -> Any:
        risk = people @ w
        total = x.np.cumsum(x.np.exp(risk)[::-1])[::-1]
        return x.np.where(died, risk - x.np.log(total), 0.0)

    return (random.standard_normal(10),), f


def answers(random: Random) -> Made:
    """The likelihood of the answers of 1,000 people to 40 questions."""
    right = random.random((1000, 40)) < 0.5

    def f(x: System, skill: Any, hard: Any, slope: Any) -> Any:
        z = slope * (skill[:, None] - hard)
        p = 1 / (1 + x.np.exp(-z))
        return x.np.log(x.np.where(right, p, 1 - p) + 1e-9)

    shapes = (1000,), (40,), (40,)
    return tuple(random.standard_normal(s) for s in shapes), f


def ranking(random: Random) -> Made:
    """The loss of all pairs of 400 results whose order is wrong."""
    better = random.random((400, 400)) < 0.3

    def f(x: System, features: Any, w: Any) -> Any:
        s = features @ w
        d = s[:, None] - s[None]
        return x.np.sum(x.np.where(better, x.np.maximum(0.0, 1.0 - d), 0.0), axis=1)

    return (random.standard_normal((400, 10)), random.standard_normal(10)), f


def waveforms(random: Random) -> Made:
    """Three gated layers over time with gaps of 1, 2 and 4, of four sounds of 500 numbers."""

    def f(x: System, z: Any, w: Any, v: Any) -> Any:
        for k in range(3):
            gap = 2**k
            before = x.np.pad(z, ((0, 0), (gap, 0), (0, 0)))[:, :-gap]
            a = z @ w[k, 0] + before @ w[k, 1]
            b = z @ v[k, 0] + before @ v[k, 1]
            z = z + x.np.tanh(a) / (1 + x.np.exp(-b))
        return z

    shapes = (4, 500, 16), (3, 2, 16, 16), (3, 2, 16, 16)
    return tuple(0.3 * random.standard_normal(s) for s in shapes), f


def depthwise(random: Random) -> Made:
    """Windows of 3 x 3 over each channel of eight images, channels last."""

    def f(x: System, z: Any, w: Any) -> Any:
        z = x.np.pad(z, ((0, 0), (1, 1), (1, 1), (0, 0)))
        parts = [z[:, i : i + 32, j : j + 32] * w[i, j] for i in range(3) for j in range(3)]
        return x.np.maximum(sum(parts), 0.0)

    return (random.standard_normal((8, 32, 32, 16)), random.standard_normal((3, 3, 16))), f


def pyramid(random: Random) -> Made:
    """An image beside its half, made large again, three times."""

    def f(x: System, z: Any) -> Any:
        parts = []
        for _ in range(3):
            n = z.shape[0] // 2
            half = x.np.mean(z.reshape(n, 2, n, 2), axis=(1, 3))
            large = x.np.repeat(x.np.repeat(half, 2, axis=0), 2, axis=1)
            parts.append(x.np.sum(x.np.abs(z - large), axis=1))
            z = half
        return x.np.concatenate(parts)

    return (random.standard_normal((256, 256)),), f


def wavelets(random: Random) -> Made:
    """Haar's transform of 8,192 numbers, made small, and back."""

    def f(x: System, y: Any) -> Any:
        parts = []
        for _ in range(5):
            even, odd = y[::2], y[1::2]
            parts.append((even - odd) / 2**0.5)
            y = (even + odd) / 2**0.5
        for d in parts[::-1]:
            d = x.np.sign(d) * x.np.maximum(x.np.abs(d) - 0.5, 0.0)
            y = x.np.stack([y + d, y - d], axis=1).reshape(-1) / 2**0.5
        return y

    return (random.standard_normal(8192),), f


def pendulums(random: Random) -> Made:
    """A double pendulum, over 1,000 steps of second order."""

    def f(x: System, y: Any, p: Any) -> Any:
        def rate(y: Any) -> Any:
            a, b, u, v = y[0], y[1], y[2], y[3]
            s, c = x.np.sin(a - b), x.np.cos(a - b)
            low = p[0] + p[1] * s * s
            du = -s * (p[1] * v * v + p[1] * c * u * u) - 9.81 * ((p[0] + p[1]) * x.np.sin(a))
            dv = s * ((p[0] + p[1]) * u * u + p[1] * c * v * v) - 9.81 * p[0] * x.np.sin(b)
            return x.np.stack([u, v, du / low, dv / low])

        def step(y: Any, h: Any) -> Any:
            y = y + h * rate(y + 0.5 * h * rate(y))
            return y, y

        _, path = x.scan(step, y, np.full(1000, 0.005))
        return path

    return (np.array([1.0, 0.5, 0.0, 0.1]), np.array([1.0, 0.5])), f


def many_weights(random: Random) -> Made:
    """A net of ten small layers, each with two arrays of its own."""

    def f(x: System, z: Any, *parts: Any) -> Any:
        for k in range(0, len(parts), 2):
            z = x.np.tanh(parts[k] @ z + parts[k + 1])
        return z

    parts = [random.standard_normal(s) for _ in range(10) for s in ((6, 6), (6,))]
    return (random.standard_normal(6), *parts), f


def curve_fit(random: Random) -> Made:
    """Three steps of Gauss and Newton for a curve of three numbers, on 1,000 places."""
    t = np.linspace(0, 3, 1000)

    def f(x: System, y: Any, p: Any) -> Any:
        for _ in range(3):
            e = x.np.exp(-p[1] * t)
            r = p[0] * e + p[2] - y
            j = x.np.stack([e, -p[0] * t * e, 0 * e + 1], axis=1)
            p = p - x.np.linalg.solve(j.T @ j + 0.1 * np.eye(3), j.T @ r)
        return p

    y = 2 * np.exp(-t) + 0.5 + 0.1 * random.standard_normal(1000)
    return (y, np.array([1.5, 0.8, 0.3])), f


def control(random: Random) -> Made:
    """The cost of a linear system, backwards over 50 steps, with six states and two controls."""

    def f(x: System, a: Any, b: Any) -> Any:
        def step(p: Any, row: Any) -> Any:
            s = b.T @ p @ b + row * np.eye(2)
            k = x.np.linalg.solve(s, b.T @ p @ a)
            p = a.T @ p @ (a - b @ k) + np.eye(6)
            return p, p[0, 0]

        last, _ = x.scan(step, np.eye(6) + 0.0 * a, np.ones(50))
        return last

    a = 0.9 * np.eye(6) + 0.1 * random.standard_normal((6, 6))
    return (a, random.standard_normal((6, 2))), f


def orbits(random: Random) -> Made:
    """Kepler's equation for 20,000 planets, by six turns of Newton's method."""

    def f(x: System, m: Any, e: Any) -> Any:
        u = m
        for _ in range(6):
            u = u - (u - e * x.np.sin(u) - m) / (1 - e * x.np.cos(u))
        return x.np.stack([x.np.cos(u) - e, x.np.sqrt(1 - e * e) * x.np.sin(u)], axis=1)

    return (random.uniform(0, 6.28, 20_000), random.uniform(0, 0.6, 20_000)), f


def moments(random: Random) -> Made:
    """Mean, spread, skew and kurtosis of 20 columns of 5,000 rows."""

    def f(x: System, z: Any) -> Any:
        middle = x.np.mean(z, axis=0)
        d = z - middle
        spread = x.np.sqrt(x.np.mean(d * d, axis=0))
        u = d / spread
        return x.np.stack([middle, spread, x.np.mean(u**3, axis=0), x.np.mean(u**4, axis=0)])

    return (random.standard_normal((5000, 20)),), f


def three_factors(random: Random) -> Made:
    """An array of 30 x 40 x 50 beside a sum of eight products of vectors."""
    seen = random.standard_normal((30, 40, 50))

    def f(x: System, a: Any, b: Any, c: Any) -> Any:
        return (x.np.einsum("ir,jr,kr->ijk", a, b, c) - seen) ** 2

    return tuple(random.standard_normal((n, 8)) for n in (30, 40, 50)), f


def splines(random: Random) -> Made:
    """1,000 curves of four points in the plane, each at 20 places, and their lengths."""
    t = np.linspace(0, 1, 20)[:, None]
    base = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)

    def f(x: System, points: Any) -> Any:
        line = x.np.einsum("tk,nkd->ntd", base, points)
        d = line[:, 1:] - line[:, :-1]
        return x.np.sum(x.np.sqrt(x.np.sum(d * d, axis=2) + 1e-12), axis=1)

    return (random.standard_normal((1000, 4, 2)),), f


def crystals(random: Random) -> Made:
    """The energy of 200 particles in a box that repeats."""
    apart = 1e3 * np.eye(200)

    def f(x: System, p: Any) -> Any:
        d = p[:, None] - p[None]
        d = d - x.np.round(d)
        r = x.np.sum(d * d, axis=2) + apart
        s = (0.01 / (r + 0.005)) ** 3
        return x.np.sum(x.np.where(r < 0.16, s * s - s, 0.0), axis=1)

    return (random.random((200, 3)),), f


def squeeze(random: Random) -> Made:
    """Channels of eight images, scaled by a small net of their means."""

    def f(x: System, z: Any, w: Any, v: Any) -> Any:
        middle = x.np.mean(z, axis=(2, 3))
        gate = 1 / (1 + x.np.exp(-(x.np.maximum(middle @ w, 0.0) @ v)))
        return z * gate[:, :, None, None]

    shapes = (8, 32, 28, 28), (32, 8), (8, 32)
    return tuple(random.standard_normal(s) for s in shapes), f


def per_example(random: Random) -> Made:
    """Products of 512 matrices of 16 x 16, three times, with their traces."""

    def f(x: System, a: Any, b: Any) -> Any:
        z = a
        for _ in range(3):
            z = x.np.tanh(z @ b)
        return x.np.trace(z, axis1=1, axis2=2)

    return (0.3 * random.standard_normal((512, 16, 16)), random.standard_normal((512, 16, 16))), f


def tiny(random: Random) -> Made:
    """Rosenbrock's function of ten numbers."""

    def f(x: System, y: Any) -> Any:
        return 100 * (y[1:] - y[:-1] ** 2) ** 2 + (1 - y[:-1]) ** 2

    return (random.standard_normal(10),), f


MORE_FIELDS = [
    Field("robot arms: 500 of seven joints", robot_arms),
    Field("quaternions: 20,000", quaternions),
    Field("batch norm: 256 x 64", batch_norm),
    Field("volatility: 2,000 returns", volatility),
    Field("lattice gas: 10 steps of 64 x 64", lattice_gas),
    Field("reactions: 50 steps of 64 x 64", reactions),
    Field("rays: 64 x 64, eight steps", rays),
    Field("colours: 40,000 pixels", colours),
    Field("cosine transforms: 1,024 of 8 x 8", cosine_blocks),
    Field("table lookup: 50,000", table_lookup),
    Field("Legendre series: 5,000", legendre),
    Field("elastic energy: 5,000 of 3 x 3", elastic),
    Field("elastic stress by hand: 5,000 of 3 x 3", elastic_by_hand),
    Field("normal densities: 1,000 of 8 x 8", gaussians),
    Field("running sums of columns: 1,000 x 64", drawdown),
    Field("advantages: 200 turns of 32", advantages),
    Field("mixture of five: 10,000 points", mixtures),
    Field("pooling: 16 images of 28 x 28", pooling),
    Field("middle of seven: 5,000", medians),
    Field("sorted rows: 256 x 100", sorted_rows),
    Field("filters by transforms: 64 x 256", filters),
    Field("spectrogram: 125 windows", spectrogram),
    Field("hashed grid: 10,000 points", hashed_grid),
    Field("words: 500 texts of 20", words),
    Field("attention in a graph: 10,000 edges", graph_attention),
    Field("survival: 5,000 lives", survival),
    Field("answers: 1,000 x 40", answers),
    Field("ranking: 400 results", ranking),
    Field("waveforms: 4 x 500 x 16", waveforms),
    Field("depthwise convolution: 8 of 32 x 32 x 16", depthwise),
    Field("pyramid: 256 x 256", pyramid),
    Field("wavelets: 8,192", wavelets),
    Field("double pendulum: 1,000 steps", pendulums),
    Field("ten small layers: 21 arrays", many_weights),
    Field("curve fit: 3 steps, 1,000 places", curve_fit),
    Field("control: 50 steps, 6 states", control),
    Field("orbits: 20,000", orbits),
    Field("moments: 5,000 x 20", moments),
    Field("three factors: 30 x 40 x 50", three_factors),
    Field("splines: 1,000 curves", splines),
    Field("crystal: 200 particles", crystals),
    Field("squeeze: 8 x 32 x 28 x 28", squeeze),
    Field("small products: 512 of 16 x 16", per_example),
    Field("Rosenbrock's function: 10", tiny),
]
