"""Programs of science and statistics, for `programs.py`, mostly in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from peers import F32, Peer, Random, System, double, single

# States in time.


def track_arrays(r: Random) -> Any:
    return [np.array([0.1, 0.5]), np.cumsum(r.standard_normal(500))]


def track(x: System, noise: Any, seen: Any) -> Any:
    """A Kalman filter of place and speed, with two numbers seen at each step."""
    same = x.np.eye(2, dtype=seen.dtype)
    move = x.np.asarray([[1.0, 1.0], [0.0, 1.0]], dtype=seen.dtype)

    def step(carry: Any, y: Any) -> Any:
        m, p = carry
        m, p = move @ m, move @ p @ move.T + noise[0] * same
        s = p + noise[1] * same
        wrong = x.np.stack([y, 0.5 * y]) - m
        back = x.np.linalg.inv(s)
        gain = p @ back
        loss = wrong @ back @ wrong + x.np.log(x.det(s))
        return (m + gain @ wrong, (same - gain) @ p), loss

    _, losses = x.scan(step, (0.0 * noise, same + 0.0 * noise), seen)
    return 0.5 * x.np.sum(losses)


def symbols_arrays(r: Random) -> Any:
    return [*double(r, (16, 16), (16, 30)), r.integers(0, 30, 1000)]


def symbols(x: System, moves: Any, shows: Any, seen: Any) -> Any:
    """The likelihood of 1,000 symbols, with 16 hidden states."""
    a, b = x.softmax(moves), x.softmax(shows)

    def step(alpha: Any, row: Any) -> Any:
        alpha = (alpha @ a) * row
        total = x.np.sum(alpha)
        return alpha / total, x.np.log(total)

    _, logs = x.scan(step, 0.0 * a[0] + 1 / 16, b.T[seen])
    return -x.np.sum(logs)


def volatility_arrays(r: Random) -> Any:
    return [np.array([0.1, 0.1, 0.8]), r.standard_normal(2000)]


def volatility(x: System, p: Any, returns: Any) -> Any:
    def step(h: Any, r: Any) -> Any:
        h = p[0] + p[1] * r * r + p[2] * h
        return h, x.np.log(h) + r * r / h

    _, losses = x.scan(step, p[0] / (1 - p[1] - p[2]), returns)
    return 0.5 * x.np.sum(losses)


def random_volatility_arrays(r: Random) -> Any:
    return [np.array([0.04, 2.0, 0.04, 0.3]), *double(r, (50, 4000), (50, 4000))]


def random_volatility(x: System, p: Any, a: Any, b: Any) -> Any:
    """Heston's model: the price of an option from 4,000 paths."""

    def step(carry: Any, noise: Any) -> Any:
        s, v = carry
        z, w = noise
        root = x.np.sqrt(x.relu(v) * 0.02 + 1e-9)
        s = s - 0.01 * x.relu(v) + root * z
        v = v + 0.02 * p[1] * (p[2] - v) + p[3] * root * (0.6 * w - 0.8 * z)
        return (s, v), None

    (s, _), _ = x.scan(step, (0.0 * a[0], p[0] + 0.0 * a[0]), (a, b))
    return x.np.mean(x.relu(100 * x.np.exp(s) - 100.0))


def lorenz_arrays(r: Random) -> Any:
    return [np.array([1.0, 1.0, 1.0]), np.array([10.0, 28.0, 8 / 3]), np.full(500, 0.005)]


def lorenz(x: System, y: Any, p: Any, steps: Any) -> Any:
    def rate(y: Any) -> Any:
        a, b, c = y[0], y[1], y[2]
        return x.np.stack([p[0] * (b - a), a * (p[1] - c) - b, a * b - p[2] * c])

    def step(y: Any, h: Any) -> Any:
        k1 = rate(y)
        k2 = rate(y + 0.5 * h * k1)
        k3 = rate(y + 0.5 * h * k2)
        k4 = rate(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return y, y

    _, path = x.scan(step, y, steps)
    return x.np.mean(path * path)


def neural_rate_arrays(r: Random) -> Any:
    return [*single(r, (2, 32), (32, 2), scale=0.5), *single(r, (64, 2)), np.full(20, 0.1, F32)]


def neural_rate(x: System, a: Any, b: Any, z: Any, steps: Any) -> Any:
    """A differential equation whose right side is a net, for 64 points."""

    def rate(z: Any) -> Any:
        return x.np.tanh(z**3 @ a) @ b

    def step(z: Any, h: Any) -> Any:
        k1 = rate(z)
        k2 = rate(z + 0.5 * h * k1)
        k3 = rate(z + 0.5 * h * k2)
        k4 = rate(z + h * k3)
        return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    z, _ = x.scan(step, 0.5 * z, steps)
    return x.np.mean(z * z)


def warped_arrays(r: Random) -> Any:
    return double(r, (100,), (100,))


def warped(x: System, a: Any, b: Any) -> Any:
    """The smooth distance of two series, row by row and place by place."""
    cost = (a[:, None] - b[None]) ** 2
    far = 0.0 * b + 1e6

    def row(last: Any, c: Any) -> Any:
        corner = x.np.concatenate([last[1][None], last[0][:-1]])

        def place(left: Any, at: Any) -> Any:
            c, up, across = at
            least = x.np.minimum(x.np.minimum(left, up), across)
            e = x.np.exp(least - left) + x.np.exp(least - up) + x.np.exp(least - across)
            left = c + least - x.np.log(e)
            return left, left

        _, now = x.scan(place, far[0], (c, last[0], corner))
        return (now, far[0]), None

    (last, _), _ = x.scan(row, (far, 0.0 * far[0]), cost)
    return last[-1]


def diffusion_arrays(r: Random) -> Any:
    return [r.random((64, 64)) + 0.5, r.random((64, 64)), np.zeros(50)]


def diffusion(x: System, speed: Any, u: Any, steps: Any) -> Any:
    def step(u: Any, _: Any) -> Any:
        around = x.roll(u, 1, 0) + x.roll(u, -1, 0) + x.roll(u, 1, 1) + x.roll(u, -1, 1)
        return u + 0.1 * speed * (around - 4 * u), None

    u, _ = x.scan(step, u, steps)
    return x.np.sum(u * u)


def bands_arrays(r: Random) -> Any:
    return [*(r.random((200, 64)) for _ in range(2)), 3 + r.random((200, 64)), r.random((200, 64))]


def bands(x: System, low: Any, high: Any, middle: Any, right: Any) -> Any:
    """64 systems of three diagonals, of 200 rows, by elimination there and back."""

    def down(carry: Any, row: Any) -> Any:
        c, d = carry
        a, b, m, r = row
        s = m - a * c
        carry = b / s, (r - a * d) / s
        return carry, x.np.stack(carry)

    zero = 0.0 * low[0]
    _, rows = x.scan(down, (zero, zero), (low, high, middle, right))
    rows = x.np.flip(rows, (0,))

    def up(y: Any, row: Any) -> Any:
        y = row[1] - row[0] * y
        return y, y

    _, y = x.scan(up, zero, rows)
    return x.np.sum(y * y)


# Particles, elements and sparse matrices.


def molecules_arrays(r: Random) -> Any:
    grid = np.stack(np.meshgrid(*[np.arange(8.0)] * 3), axis=-1).reshape(-1, 3)
    place = grid + 0.05 * r.standard_normal((512, 3))
    d = place[:, None] - place
    d -= 8 * np.round(d / 8)
    near = np.argsort(np.sum(d * d, axis=2), axis=1)[:, 1:33]
    return [place, 0.1 * r.standard_normal((512, 3)), near]


def pair_energy(x: System, p: Any, near: Any) -> Any:
    d = p[:, None] - p[near]
    d = d - 8 * x.np.round(d / 8)
    square = x.np.sum(d * d, axis=2)
    s = (0.8 / square) ** 3
    return 2 * x.np.sum(x.np.where(square < 4.0, s * s - s, 0.0))


def molecules(x: System, place: Any, speed: Any, near: Any) -> Any:
    """Three steps of 512 molecules in a box that repeats; the forces are slopes of the energy."""
    force = x.grad(lambda p: -pair_energy(x, p, near))
    for _ in range(3):
        speed = speed + 0.005 * force(place)
        place = place + 0.01 * speed
        speed = speed + 0.005 * force(place)
    return pair_energy(x, place, near) + 0.5 * x.np.sum(speed * speed)


def liquid_arrays(r: Random) -> Any:
    place, _, near = molecules_arrays(r)
    return [place, near]


def liquid(x: System, place: Any, near: Any) -> Any:
    return pair_energy(x, place, near)


def scattering_arrays(r: Random) -> Any:
    return [10 * r.random((500, 3)), r.standard_normal(500), *double(r, (200, 3))]


def scattering(x: System, place: Any, charge: Any, waves: Any) -> Any:
    angle = waves @ place.T
    c, s = x.np.cos(angle) @ charge, x.np.sin(angle) @ charge
    return x.np.sum((c * c + s * s) * x.np.exp(-0.1 * x.np.sum(waves * waves, axis=1)))


def membrane_arrays(r: Random) -> Any:
    n = 80
    i, j = (k.ravel() for k in np.meshgrid(np.arange(n - 1), np.arange(n - 1)))
    a = i * n + j
    corners = np.concatenate([np.stack([a, a + 1, a + n]), np.stack([a + n + 1, a + n, a + 1])], 1)
    place = np.stack(np.meshgrid(np.arange(n), np.arange(n)), -1).reshape(-1, 2) / n
    return [r.standard_normal(n * n), 1 + r.random(corners.shape[1]), place, corners]


def membrane(x: System, u: Any, stiff: Any, place: Any, corners: Any) -> Any:
    """Forces in a membrane of 12,482 triangles: local matrices, added into the places."""
    p = place[corners]
    e, g = p[1] - p[0], p[2] - p[0]
    area = e[:, 0] * g[:, 1] - e[:, 1] * g[:, 0]
    along = x.np.stack([p[1] - p[2], p[2] - p[0], p[0] - p[1]])
    local = x.np.einsum("itk,jtk->tij", along, along) * (stiff / area)[:, None, None]
    force = x.np.einsum("tij,jt->it", local, u[corners])
    total = x.add(6400, corners.reshape(-1), force.reshape(-1))
    return x.np.sum(total * total)


def sparse_arrays(r: Random) -> Any:
    n = 10_000
    rows, columns = np.sort(r.integers(0, n, 5 * n)), r.integers(0, n, 5 * n)
    return [*double(r, (5 * n,), (n,)), rows, columns]


def sparse(x: System, a: Any, y: Any, rows: Any, columns: Any) -> Any:
    """Five powers of a sparse matrix, with vectors of length 1."""
    for _ in range(5):
        y = x.add(10_000, rows, a * y[columns])
        y = y / x.np.sqrt(x.np.sum(y * y))
    return x.np.sum(y[:100])


# Images and histograms.


def affine_arrays(r: Random) -> Any:
    turn = np.array([[0.9137, 0.2191, 3.3], [-0.2083, 0.9211, 5.7]])
    return [*single(r, (128, 128, 3)), turn.astype(F32), np.arange(128, dtype=F32)]


def affine(x: System, image: Any, turn: Any, at: Any) -> Any:
    """A colour image, turned and moved, with the four pixels around each place."""
    row, column = at[:, None] + 0 * at, 0 * at[:, None] + at
    r = x.np.clip(turn[0, 0] * row + turn[0, 1] * column + turn[0, 2], 0, 126.99)
    c = x.np.clip(turn[1, 0] * row + turn[1, 1] * column + turn[1, 2], 0, 126.99)
    i, j = x.whole(r), x.whole(c)
    s, t = (r - x.np.floor(r))[..., None], (c - x.np.floor(c))[..., None]
    above = image[i, j] * (1 - t) + image[i, j + 1] * t
    below = image[i + 1, j] * (1 - t) + image[i + 1, j + 1] * t
    y = above * (1 - s) + below * s
    return x.np.sum(y * y)


def histogram_arrays(r: Random) -> Any:
    return single(r, (100_000,), (100_000,))


def histogram(x: System, y: Any, weights: Any) -> Any:
    """The entropy of 64 bins; a number goes into the two bins beside it."""
    at = x.np.clip(8 * y + 32, 0.0, 62.99)
    k = x.whole(at)
    t = at - x.np.floor(at)
    w = x.np.exp(weights)
    bins = x.add(64, k, w * (1 - t)) + x.add(64, k + 1, w * t)
    p = bins / x.np.sum(bins) + 1e-9
    return -x.np.sum(p * x.np.log(p))


def poisson_arrays(r: Random) -> Any:
    k = np.fft.fftfreq(256) * 2 * np.pi
    size = 4 - 2 * np.cos(k)[:, None] - 2 * np.cos(k)
    size[0, 0] = 1.0
    return [*double(r, (256, 256)), size]


def poisson(x: System, charge: Any, size: Any) -> Any:
    u = x.np.fft.ifft2(x.np.fft.fft2(charge) / size).real
    return x.np.sum(u * charge)


# Small and large matrices.


def process_arrays(r: Random) -> Any:
    return [np.array([0.0, -0.3, -1.0]), *double(r, (256, 2), (256,))]


def process(x: System, p: Any, places: Any, y: Any) -> Any:
    """The likelihood of a Gaussian process of 256 points."""
    scale, wide, noise = x.np.exp(p[0]), x.np.exp(p[1]), x.np.exp(p[2])
    d = x.np.sum((places[:, None] - places) ** 2, axis=2)
    k = scale * x.np.exp(-0.5 * d / wide**2) + (noise + 1e-6) * x.np.eye(256, dtype=y.dtype)
    low = x.np.linalg.cholesky(k)
    half = x.triangular(low, y)
    return 0.5 * x.np.sum(half * half) + x.np.sum(x.np.log(x.np.diagonal(low)))


def distances_arrays(r: Random) -> Any:
    return double(r, (2000, 3, 3), (2000, 3))


def distances(x: System, a: Any, d: Any) -> Any:
    """Distances in 2,000 ellipsoids, by determinants and systems of 3 x 3."""
    s = a @ a.swapaxes(1, 2) + x.np.eye(3, dtype=a.dtype)
    y = x.np.linalg.solve(s, d[..., None])[..., 0]
    return x.np.sum(d * y) + x.np.sum(x.np.log(x.det(s)))


def traces_arrays(r: Random) -> Any:
    return double(r, (10_000, 4, 4), (10_000, 4, 4))


def traces(x: System, a: Any, b: Any) -> Any:
    return x.np.sum(x.np.sin(x.np.einsum("nij,nji->n", a, b)))


def cameras_arrays(r: Random) -> Any:
    camera, point = r.integers(0, 20, 5000), r.integers(0, 1000, 5000)
    return [
        *double(r, (20, 3), scale=0.2), np.array([0, 0, 5.0]) + 0.3 * r.standard_normal((20, 3)),
        *double(r, (1000, 3)), *double(r, (5000, 2), scale=0.1), camera, point,
    ]  # fmt: skip


def cameras(
    x: System, turn: Any, move: Any, points: Any, seen: Any, camera: Any, point: Any
) -> Any:
    """The errors of 5,000 pictures of points, by turns of Rodrigues."""
    w, p = turn[camera], points[point]
    angle = x.np.sqrt(x.np.sum(w * w, axis=1, keepdims=True) + 1e-9)
    axis = w / angle
    c, s = x.np.cos(angle), x.np.sin(angle)
    along = x.np.sum(axis * p, axis=1, keepdims=True)
    cross = x.np.stack([
        axis[:, 1] * p[:, 2] - axis[:, 2] * p[:, 1],
        axis[:, 2] * p[:, 0] - axis[:, 0] * p[:, 2],
        axis[:, 0] * p[:, 1] - axis[:, 1] * p[:, 0],
    ], 1)  # fmt: skip
    q = c * p + s * cross + (1 - c) * along * axis + move[camera]
    error = q[:, :2] / q[:, 2:] - seen
    return x.np.mean(x.np.log(1 + x.np.sum(error * error, axis=1)))


def spline_arrays(r: Random) -> Any:
    return [r.standard_normal(20), r.uniform(0, 1, 10_000), np.linspace(-0.2, 1.2, 24)]


def spline(x: System, c: Any, t: Any, knots: Any) -> Any:
    """A cubic spline at 10,000 places, by the recurrence of Cox and de Boor."""
    t = t[:, None]
    b = x.np.where((t >= knots[:-1]) & (t < knots[1:]), 0 * t + 1.0, 0.0)
    for k in (1, 2, 3):
        left = (t - knots[: -k - 1]) / (knots[k:-1] - knots[: -k - 1])
        right = (knots[k + 1 :] - t) / (knots[k + 1 :] - knots[1:-k])
        b = left * b[:, :-1] + right * b[:, 1:]
    y = b @ c
    return x.np.sum(y * y)


def prices_arrays(r: Random) -> Any:
    n = 100_000
    values = (
        r.uniform(80, 120, n),
        r.uniform(0.1, 0.5, n),
        r.uniform(80, 120, n),
        r.uniform(0.1, 2, n),
    )
    return [v.astype(F32) for v in values]


def prices(x: System, spot: Any, wide: Any, strike: Any, years: Any) -> Any:
    def below(d: Any) -> Any:
        return 0.5 + 0.5 * x.erf(d / 2**0.5)

    s = wide * x.np.sqrt(years)
    d = (x.np.log(spot / strike) + (0.02 + 0.5 * wide**2) * years) / s
    return x.np.sum(spot * below(d) - strike * x.np.exp(-0.02 * years) * below(d - s))


def transport_arrays(r: Random) -> Any:
    return [*single(r, (128, 2), (128, 2)), np.zeros(30, F32)]


def transport(x: System, a: Any, b: Any, steps: Any) -> Any:
    """The cost of a smooth plan of transport, by 30 turns of Sinkhorn."""
    cost = x.np.sum((a[:, None] - b) ** 2, axis=2)

    def step(carry: Any, _: Any) -> Any:
        f, g = carry
        f = -0.5 * x.logsumexp((g - cost) / 0.5, 1)
        g = -0.5 * x.logsumexp((f[:, None] - cost) / 0.5, 0)
        return (f, g), None

    (f, g), _ = x.scan(step, (0.0 * a[:, 0], 0.0 * b[:, 0]), steps)
    return x.np.sum(x.np.exp((f[:, None] + g - cost) / 0.5) * cost)


def counts_arrays(r: Random) -> Any:
    x = r.standard_normal((20_000, 20))
    return [*double(r, (20,), scale=0.1), x, 1.0 * r.poisson(2.0, 20_000)]


def counts(x: System, w: Any, points: Any, seen: Any) -> Any:
    z = points @ w
    return x.np.mean(x.np.exp(z) - seen * z) + 0.1 * x.np.sum(x.np.sqrt(w * w + 1e-6))


SCIENCE = [
    Peer("Kalman filter: 500 steps of 2 x 2", track_arrays, track, 1, loops=True),
    Peer("hidden states: 1,000 symbols", symbols_arrays, symbols, 2, loops=True),
    Peer("GARCH: 2,000 returns", volatility_arrays, volatility, 1, loops=True),
    Peer("random volatility: 4,000 paths", random_volatility_arrays, random_volatility, 1),
    Peer("Lorenz: 500 steps", lorenz_arrays, lorenz, 2, loops=True),
    Peer("neural rate: 20 steps of 64, f32", neural_rate_arrays, neural_rate, 2),
    Peer("smooth warping: 100 x 100", warped_arrays, warped, 2, loops=True),
    Peer("diffusion: 50 steps of 64 x 64", diffusion_arrays, diffusion, 2),
    Peer("three diagonals: 64 of 200", bands_arrays, bands, 4, loops=True),
    Peer("molecules: 3 steps of 512 x 32", molecules_arrays, molecules, 2, derivatives=True),
    Peer("liquid: 512 x 32 neighbours", liquid_arrays, liquid, 1),
    Peer("scattering: 200 x 500", scattering_arrays, scattering, 2),
    Peer("membrane: 12,482 triangles", membrane_arrays, membrane, 2),
    Peer("sparse powers: 50,000 entries", sparse_arrays, sparse, 2),
    Peer("affine image: 128 x 128 x 3, f32", affine_arrays, affine, 2),
    Peer("histogram: 100,000 in 64, f32", histogram_arrays, histogram, 2),
    Peer("Poisson by FFT: 256 x 256", poisson_arrays, poisson, 1),
    Peer("Gaussian process: 256 points", process_arrays, process, 1),
    Peer("ellipsoids: 2,000 of 3 x 3", distances_arrays, distances, 2),
    Peer("traces: 10,000 of 4 x 4", traces_arrays, traces, 2),
    Peer("cameras: 5,000 pictures", cameras_arrays, cameras, 3),
    Peer("B-spline: 10,000 places", spline_arrays, spline, 2),
    Peer("prices: 100,000, f32", prices_arrays, prices, 2),
    Peer("transport: 30 turns of 128 x 128, f32", transport_arrays, transport, 2),
    Peer("counts: 20,000 x 20", counts_arrays, counts, 1),
]
