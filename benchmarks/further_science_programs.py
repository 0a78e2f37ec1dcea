"""More programs of science and engineering, for `programs.py`, mostly in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from peers import Peer, Random, System, double, single

# Estimation.


def filter_arrays(r: Random) -> Any:
    move = np.eye(4) + 0.1 * np.eye(4, k=2)
    noise = np.array([0.1, 0.5])
    return [move, noise, np.eye(4)[:2], *double(r, (200, 2))]


def filter_of_four(x: System, move: Any, noise: Any, seen: Any, rows: Any) -> Any:
    """The likelihood of 200 places, by a Kalman filter with four states."""
    q, s = noise[0] * (seen.T @ seen + 0.1 * move.T @ move), noise[1] * (seen @ seen.T)

    def step(carry: Any, row: Any) -> Any:
        m, p, total = carry
        m, p = move @ m, move @ p @ move.T + q
        d, v = row - seen @ m, seen @ p @ seen.T + s
        inner = x.np.linalg.inv(v)
        gain = p @ seen.T @ inner
        total = total + d @ inner @ d + x.np.log(x.det(v))
        return (m + gain @ d, p - gain @ seen @ p, total), None

    start = (0.0 * move[0], move.T @ move, 0.0 * noise[0])
    return x.scan(step, start, rows)[0][2]


def chains_arrays(r: Random) -> Any:
    return [*double(r, (8, 8), (8, 16)), r.integers(0, 16, (60, 64))]


def chains(x: System, moves: Any, shows: Any, symbols: Any) -> Any:
    """The likelihood of 64 rows of 60 symbols, with eight hidden states."""
    moves, shows = x.softmax(moves), x.softmax(shows)

    def step(carry: Any, row: Any) -> Any:
        p, total = carry
        p = (p @ moves) * shows.T[row]
        size = x.np.sum(p, axis=1)
        return (p / size[:, None], total + x.np.log(size)), None

    start = 0.0 * shows.T[symbols[0]] + 0.125, 0.0 * shows.T[symbols[0]][:, 0]
    return -x.np.sum(x.scan(step, start, symbols)[0][1])


def warped_arrays(r: Random) -> Any:
    return double(r, (16, 50), (16, 50))


def warped(x: System, a: Any, b: Any) -> Any:
    """Time warping of 16 pairs, by the least of three, row by row and place by place."""
    d = (a[:, :, None] - b[:, None, :]) ** 2

    def row(above: Any, d: Any) -> Any:
        left, found = above[:, 0] * 0.0 + 1e9, []
        for j in range(50):
            back = above[:, j - 1] if j else above[:, 0] * 0.0 + 1e9
            left = d[:, j] + x.np.minimum(x.np.minimum(above[:, j], left), back)
            found.append(left)
        return x.np.stack(found, axis=1), None

    first = x.np.cumsum(d[:, 0], axis=1)
    return x.np.sum(x.scan(row, first, d[:, 1:].swapaxes(0, 1))[0][:, -1])


def sparse_process_arrays(r: Random) -> Any:
    points = np.sort(r.uniform(0, 10, 1000))
    return [np.array([0.3, 0.0, -2.0]), np.linspace(0, 10, 40), points, np.sin(points)]


def sparse_process(x: System, sizes: Any, middles: Any, points: Any, y: Any) -> Any:
    """The bound of a Gaussian process of 1,000 points, by 40 middles."""
    width, height, noise = x.np.exp(sizes)[0], x.np.exp(sizes)[1], x.np.exp(sizes)[2]

    def kernel(a: Any, b: Any) -> Any:
        return height * x.np.exp(-0.5 * ((a[:, None] - b) / width) ** 2)

    eye = x.np.eye(40, dtype=middles.dtype)
    low = x.np.linalg.cholesky(kernel(middles, middles) + 0.01 * eye)
    a = x.triangular(low, kernel(middles, points)) / noise**0.5
    b = x.np.linalg.cholesky(a @ a.T + eye)
    c = x.triangular(b, a @ y) / noise**0.5
    fit = x.np.sum(y * y) / noise - x.np.sum(c * c)
    size = 1000 * x.np.log(noise) + 2 * x.np.sum(x.np.log(x.np.diagonal(b)))
    return 0.5 * (fit + size + 1000 * height / noise - x.np.sum(a * a))


def events_arrays(r: Random) -> Any:
    return [np.array([0.5, 0.8, 1.2]), np.sort(r.uniform(0, 300, 600))]


def events(x: System, rates: Any, times: Any) -> Any:
    """The likelihood of 600 events that excite each other (Hawkes), over all pairs."""
    base, jump, fall = rates[0], rates[1], rates[2]
    gap = times[:, None] - times
    near = x.np.where(gap > 0, x.np.exp(-fall * x.np.where(gap > 0, gap, 1.0)), 0.0)
    rate = base + jump * fall * x.np.sum(near, axis=1)
    whole = base * 300.0 + jump * x.np.sum(1 - x.np.exp(-fall * (300.0 - times)))
    return whole - x.np.sum(x.np.log(rate))


def bent_arrays(r: Random) -> Any:
    return [*double(r, (6, 50), scale=0.3), *double(r, (500, 6)), r.random((500, 50))]


def remembered(x: System, w: Any, points: Any, y: Any) -> Any:
    """Three steps of a method of the second order that remembers its steps (L-BFGS)."""

    def loss(w: Any) -> Any:
        z = points @ w
        return x.np.mean(x.np.log1p(x.np.exp(z)) - y * z) + 0.01 * x.np.sum(w * w)

    slope = x.grad(loss)
    g, steps = slope(w), []
    for _ in range(3):
        q, kept = g, []
        for s, d in reversed(steps):
            share = x.np.sum(s * q) / x.np.sum(s * d)
            q, kept = q - share * d, [share, *kept]
        for (s, d), share in zip(steps, kept):
            q = q + (share - x.np.sum(d * q) / x.np.sum(s * d)) * s
        new = w - 0.5 * q
        h = slope(new)
        steps, w, g = [*steps, (new - w, h - g)], new, h
    return loss(w)


# Simulation.


def stars_arrays(r: Random) -> Any:
    return [*double(r, (64, 3), (64, 3)), r.uniform(0.5, 1.0, 64)]


def stars(x: System, at: Any, speed: Any, mass: Any) -> Any:
    """64 bodies that draw each other, over 20 steps."""

    def pull(at: Any) -> Any:
        way = at[None, :] - at[:, None]
        far = x.np.sum(way * way, axis=-1) + 0.1
        return x.np.sum(way * (mass / far**1.5)[:, :, None], axis=1)

    def step(carry: Any, _: Any) -> Any:
        at, speed = carry
        speed = speed + 0.01 * pull(at)
        return (at + 0.01 * speed, speed), None

    rows = 0.0 * mass[:20]
    at, speed = x.scan(step, (at, speed), rows)[0]
    return x.np.sum(mass * x.np.sum(speed * speed, axis=1)) + x.np.sum(at * at)


def metal_arrays(r: Random) -> Any:
    n = 500
    begin, end = r.integers(0, n, 15_000), r.integers(0, n, 15_000)
    other = begin != end
    return [np.array([1.2, 2.0]), r.uniform(0, 8, (n, 3)), begin[other], end[other]]


def metal(x: System, sizes: Any, at: Any, begin: Any, end: Any) -> Any:
    """The energy of 500 atoms of a metal: pairs, and the root of what surrounds each."""
    way = at[begin] - at[end]
    way = way - 8.0 * x.np.round(way / 8.0)
    far = x.np.sqrt(x.np.sum(way * way, axis=1) + 1e-3)
    near = x.np.where(far < 3.0, (1 - (far / 3.0) ** 2) ** 2, 0.0)
    pairs = 0.5 * x.np.sum(near * x.np.exp(-sizes[0] * far))
    around = x.add(500, begin, near * x.np.exp(-sizes[1] * far))
    return pairs - x.np.sum(x.np.sqrt(around + 1e-6))


def solid_arrays(r: Random) -> Any:
    places = np.stack(np.meshgrid(*[np.arange(11.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
    number = np.arange(1331).reshape(11, 11, 11)
    corner = [number[i : i + 10, j : j + 10, k : k + 10].ravel() for i, j, k in np.ndindex(2, 2, 2)]
    parts = (0, 1, 3, 7), (0, 1, 5, 7), (0, 2, 3, 7), (0, 2, 6, 7), (0, 4, 5, 7), (0, 4, 6, 7)
    tets = np.concatenate([np.stack([corner[k] for k in part], 1) for part in parts])
    edges = places[tets[:, 1:]] - places[tets[:, :1]]
    rest = np.linalg.inv(edges)
    return [np.array([1.0, 2.0]), places + 0.05 * r.standard_normal((1331, 3)), tets, rest]


def solid(x: System, stiff: Any, at: Any, tets: Any, rest: Any) -> Any:
    """The energy of 6,000 tetrahedra of a soft solid."""
    corners = at[tets]
    f = rest @ (corners[:, 1:] - corners[:, :1])
    volume = x.det(f)
    log = x.np.log(x.relu(volume) + 1e-3)
    spread = x.np.sum(f * f, axis=(1, 2)) - 3
    return x.np.sum(0.5 * stiff[0] * (spread - 2 * log) + 0.5 * stiff[1] * log**2)


def conjugate_arrays(r: Random) -> Any:
    n = 4000
    i, j = r.integers(0, n, 20_000), r.integers(0, n, 20_000)
    return [0.1 * r.random(20_000), r.standard_normal(n), i, j]


def conjugate(x: System, values: Any, b: Any, i: Any, j: Any) -> Any:
    """Ten turns of conjugate gradients for a sparse matrix of 40,000 entries."""

    def product(v: Any) -> Any:
        return 5.0 * v + x.add(4000, i, values * v[j]) + x.add(4000, j, values * v[i])

    y, rest = 0.0 * b, b
    way, size = rest, x.np.sum(rest * rest)
    for _ in range(10):
        q = product(way)
        step = size / x.np.sum(way * q)
        y, rest = y + step * way, rest - step * q
        new = x.np.sum(rest * rest)
        way, size = rest + (new / size) * way, new
    return x.np.sum(y * b)


def fields_arrays(r: Random) -> Any:
    return [1.0 + r.random((100, 100)), *double(r, (100, 100))]


def fields(x: System, slow: Any, e: Any) -> Any:
    """Electric and magnetic fields in the plane, over 50 steps."""

    def step(carry: Any, _: Any) -> Any:
        e, hx, hy = carry
        hx = hx - 0.5 * (x.roll(e, -1, 1) - e)
        hy = hy + 0.5 * (x.roll(e, -1, 0) - e)
        e = e + 0.5 / slow * (hy - x.roll(hy, 1, 0) - hx + x.roll(hx, 1, 1))
        return (e, hx, hy), None

    last = x.scan(step, (e, 0.0 * e, 0.0 * e), 0.0 * slow[0, :50])[0]
    return x.np.sum(last[0] * last[0])


def spins_arrays(r: Random) -> Any:
    return [
        np.array([0.4, 0.1]),
        *double(r, (256, 256), scale=0.1),
        r.choice([-1.0, 1.0], (256, 256)),
    ]


def spins(x: System, pulls: Any, field: Any, s: Any) -> Any:
    """The likelihood of each spin of 256 x 256 by its four neighbours."""
    around = x.roll(s, 1, 0) + x.roll(s, -1, 0) + x.roll(s, 1, 1) + x.roll(s, -1, 1)
    z = 2 * s * (pulls[0] * around + pulls[1] + field)
    return x.np.mean(x.np.log1p(x.np.exp(-z)))


# Images, curves and tables.


def flow_arrays(r: Random) -> Any:
    return [*single(r, (96, 96, 2)), *single(r, (96, 96), (96, 96))]


def moved_image(x: System, flow: Any, a: Any, b: Any) -> Any:
    """How an image that a flow moves differs from another, with a flow that is to be smooth."""
    lines = x.np.arange(96, dtype=flow.dtype)
    row, column = lines[:, None] + flow[..., 0], lines + flow[..., 1]
    i, j = x.whole(x.np.clip(row, 0, 94)), x.whole(x.np.clip(column, 0, 94))
    s, t = row - x.np.floor(x.np.clip(row, 0, 94)), column - x.np.floor(x.np.clip(column, 0, 94))
    top = (1 - t) * b[i, j] + t * b[i, j + 1]
    low = (1 - t) * b[i + 1, j] + t * b[i + 1, j + 1]
    error = x.np.mean(x.np.sqrt(((1 - s) * top + s * low - a) ** 2 + 1e-3))
    down, across = flow[1:] - flow[:-1], flow[:, 1:] - flow[:, :-1]
    return error + 0.1 * (x.np.mean(x.np.abs(down)) + x.np.mean(x.np.abs(across)))


def shared_arrays(r: Random) -> Any:
    a = r.random(4000)
    return [a, (a + 0.2 * r.random(4000)) / 1.2]


def shared_information(x: System, a: Any, b: Any) -> Any:
    """What two images of 4,000 points say about each other, by a smooth table of 24 x 24."""
    middles = (x.np.arange(24) + 0.5) / 24

    def parts(z: Any) -> Any:
        w = x.np.exp(-0.5 * ((z[:, None] - middles) * 24) ** 2)
        return w / x.np.sum(w, axis=1, keepdims=True)

    p = parts(a).T @ parts(b) / 4000
    alone = x.np.sum(p, axis=1, keepdims=True) * x.np.sum(p, axis=0, keepdims=True)
    return -x.np.sum(p * x.np.log((p + 1e-9) / (alone + 1e-9)))


def sliced_arrays(r: Random) -> Any:
    way = r.standard_normal((3, 32))
    return [*double(r, (500, 3), (500, 3)), way / np.linalg.norm(way, axis=0)]


def sliced(x: System, a: Any, b: Any, ways: Any) -> Any:
    """The cost of moving 500 points to others, along 32 lines."""

    return x.np.mean((x.sort(a @ ways, 0) - x.sort(b @ ways, 0)) ** 2)


def natural_arrays(r: Random) -> Any:
    return [*double(r, (32, 40)), np.sort(r.uniform(0, 39, 2000))]


def natural(x: System, heights: Any, places: Any) -> Any:
    """32 natural cubic splines of 40 places, by a system of equations, at 2,000 places."""
    eye = x.np.eye(38, dtype=heights.dtype)
    near = x.np.tril(x.np.ones_like(eye), 1) - x.np.tril(x.np.ones_like(eye), -2)
    second = heights[:, 2:] - 2 * heights[:, 1:-1] + heights[:, :-2]
    inner = x.np.linalg.solve((near + 3 * eye) / 6, second.T).T
    none = 0.0 * heights[:, :1]
    m = x.np.concatenate([none, inner, none], axis=1)
    k = x.whole(x.np.clip(places, 0, 38))
    t = places - k
    u = 1 - t
    y = u * heights[:, k] + t * heights[:, k + 1]
    y = y + (u**3 - u) / 6 * m[:, k] + (t**3 - t) / 6 * m[:, k + 1]
    return x.np.mean(y * y)


def batches_arrays(r: Random) -> Any:
    return double(r, (200, 12, 12), (200, 12))


def batches(x: System, a: Any, b: Any) -> Any:
    """The densities of 200 vectors of 12, by Cholesky factors."""
    v = a @ a.swapaxes(1, 2) + 2 * x.np.eye(12, dtype=a.dtype)
    low = x.np.linalg.cholesky(v)
    y = x.np.linalg.solve(v, b[:, :, None])[..., 0]
    diagonal = x.np.einsum("nii->ni", low)
    return x.np.mean(0.5 * x.np.sum(b * y, axis=1) + x.np.sum(x.np.log(diagonal), axis=1))


def turns_arrays(r: Random) -> Any:
    return [
        *double(r, (100, 3), (100, 3), (3000, 3)),
        r.integers(0, 100, 3000),
        *double(r, (3000, 3)),
    ]


def turns(x: System, turn: Any, move: Any, points: Any, which: Any, seen: Any) -> Any:
    """3,000 points, turned and moved by one of 100 poses (Rodrigues' formula)."""
    w, t = turn[which], move[which]
    angle = x.np.sqrt(x.np.sum(w * w, axis=1, keepdims=True) + 1e-12)
    k = w / angle
    cos, sin = x.np.cos(angle), x.np.sin(angle)
    cross = x.np.stack(
        [
            k[:, 1] * points[:, 2] - k[:, 2] * points[:, 1],
            k[:, 2] * points[:, 0] - k[:, 0] * points[:, 2],
            k[:, 0] * points[:, 1] - k[:, 1] * points[:, 0],
        ],
        axis=1,
    )
    along = x.np.sum(k * points, axis=1, keepdims=True)
    error = points * cos + cross * sin + k * along * (1 - cos) + t - seen
    size = x.np.sum(error * error, axis=1)
    return x.np.sum(x.np.where(size < 1, size, 2 * x.np.sqrt(size) - 1))


FURTHER_SCIENCE = [
    Peer("filter of four states: 200 steps", filter_arrays, filter_of_four, 2, loops=True),
    Peer("chains: 60 steps of 64 x 8", chains_arrays, chains, 2, loops=True),
    Peer("least warping: 16 of 50 x 50", warped_arrays, warped, 2, loops=True),
    Peer("process by 40 middles: 1,000 points", sparse_process_arrays, sparse_process, 2),
    Peer("exciting events: 600", events_arrays, events, 1),
    Peer("remembered steps: 500 x 6 x 50", bent_arrays, remembered, 1, derivatives=True),
    Peer("stars: 20 steps of 64", stars_arrays, stars, 3, loops=True),
    Peer("metal: 15,000 pairs", metal_arrays, metal, 2),
    Peer("soft solid: 6,000 tetrahedra", solid_arrays, solid, 2),
    Peer("conjugate gradients: 40,000 entries", conjugate_arrays, conjugate, 2),
    Peer("fields: 50 steps of 100 x 100", fields_arrays, fields, 2, loops=True),
    Peer("spins: 256 x 256", spins_arrays, spins, 2),
    Peer("moved image: 96 x 96, f32", flow_arrays, moved_image, 1),
    Peer("shared information: 4,000 in 24 x 24", shared_arrays, shared_information, 2),
    Peer("sliced transport: 500 x 32", sliced_arrays, sliced, 2),
    Peer("natural splines: 32 of 40", natural_arrays, natural, 1),
    Peer("batches of 12 x 12: 200", batches_arrays, batches, 2),
    Peer("poses: 3,000 points", turns_arrays, turns, 2),
]
