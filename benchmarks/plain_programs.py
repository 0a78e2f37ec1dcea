"""
Programs as people write them in NumPy, for `programs.py`: letgrad takes each as it is, by
`lg.program`, and numba compiles the same function. JAX gets a version with `fori_loop`, `scan` and
`at[].set`, in which slices of a length that the loop computes are masks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Random = np.random.Generator


class Plain(NamedTuple):
    """A program of `steps` and some arrays, by NumPy and by JAX."""

    name: str
    inputs: Callable[[Random], Sequence[np.ndarray]]
    by_numpy: Callable[..., Any]
    by_jax: Callable[..., Any]
    steps: int


def cholesky(steps: int, a: Any) -> Any:
    a = a.copy()
    for i in range(steps):
        for j in range(i):
            a[i, j] = (a[i, j] - np.sum(a[i, :j] * a[j, :j])) / a[j, j]
        a[i, i] = np.sqrt(a[i, i] - np.sum(a[i, :i] * a[i, :i]))
    return a


def cholesky_jax(jax: Any, steps: int, a: Any) -> Any:
    xp, loop = jax.numpy, jax.lax.fori_loop
    at = xp.arange(a.shape[0])

    def row(i: Any, a: Any) -> Any:
        def column(j: Any, a: Any) -> Any:
            dot = xp.sum(xp.where(at < j, a[i] * a[j], 0.0))
            return a.at[i, j].set(xp.where(j < i, (a[i, j] - dot) / a[j, j], a[i, j]))

        a = loop(0, steps, column, a)
        rest = a[i, i] - xp.sum(xp.where(at < i, a[i] * a[i], 0.0))
        return a.at[i, i].set(xp.sqrt(rest))

    return loop(0, steps, row, a)


def durbin(steps: int, r: Any) -> Any:
    y = np.zeros_like(r)
    y[0] = -r[0]
    alpha, beta = -r[0], 1.0
    for k in range(1, steps):
        beta = beta * (1.0 - alpha * alpha)
        total = 0.0
        for i in range(k):
            total += r[k - i - 1] * y[i]
        alpha = -(r[k] + total) / beta
        z = y.copy()
        for i in range(k):
            y[i] = z[i] + alpha * z[k - i - 1]
        y[k] = alpha
    return y


def durbin_jax(jax: Any, steps: int, r: Any) -> Any:
    xp = jax.numpy
    at = xp.arange(steps)

    def step(k: Any, c: Any) -> Any:
        y, alpha, beta = c
        beta = beta * (1.0 - alpha * alpha)
        back = xp.clip(k - at - 1, 0, steps - 1)
        alpha = -(r[k] + xp.sum(xp.where(at < k, r[back] * y, 0.0))) / beta
        y = xp.where(at < k, y + alpha * y[back], y).at[k].set(alpha)
        return y, alpha, beta

    y = xp.zeros_like(r).at[0].set(-r[0])
    return jax.lax.fori_loop(1, steps, step, (y, -r[0], xp.ones(())))[0]


def floyd_warshall(steps: int, path: Any) -> Any:
    path = path.copy()
    for k in range(steps):
        path[:] = np.minimum(path, path[:, k].copy().reshape(-1, 1) + path[k].copy())
    return path


def floyd_warshall_jax(jax: Any, steps: int, path: Any) -> Any:
    xp = jax.numpy
    step = lambda k, p: xp.minimum(p, p[:, k][:, None] + p[k][None, :])  # noqa: E731
    return jax.lax.fori_loop(0, steps, step, path)


def gram_schmidt(steps: int, a: Any) -> Any:
    a = a.copy()
    n = a.shape[0]
    for k in range(steps):
        norm = 0.0
        for i in range(n):
            norm += a[i, k] * a[i, k]
        for i in range(n):
            a[i, k] = a[i, k] / np.sqrt(norm)
        for j in range(k + 1, steps):
            dot = 0.0
            for i in range(n):
                dot += a[i, k] * a[i, j]
            for i in range(n):
                a[i, j] -= a[i, k] * dot
    return a


def gram_schmidt_jax(jax: Any, steps: int, a: Any) -> Any:
    xp = jax.numpy
    at = xp.arange(steps)

    def step(k: Any, a: Any) -> Any:
        q = a[:, k] / xp.sqrt(xp.sum(a[:, k] ** 2))
        a = a.at[:, k].set(q)
        return a - xp.outer(q, xp.where(at > k, q @ a, 0.0))

    return jax.lax.fori_loop(0, steps, step, a)


def fdtd_2d(steps: int, ex: Any, ey: Any, hz: Any) -> Any:
    ex, ey, hz = ex.copy(), ey.copy(), hz.copy()
    for t in range(steps):
        ey[0, :] = 0.01 * t
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return hz


def fdtd_2d_jax(jax: Any, steps: int, ex: Any, ey: Any, hz: Any) -> Any:
    def step(t: Any, c: Any) -> Any:
        ex, ey, hz = c
        ey = ey.at[0].set(0.01 * t).at[1:].add(-0.5 * (hz[1:] - hz[:-1]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        change = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
        return ex, ey, hz.at[:-1, :-1].add(-0.7 * change)

    return jax.lax.fori_loop(0, steps, step, (ex, ey, hz))[2]


def heat_3d(steps: int, a: Any) -> Any:
    a = a.copy()
    b = a.copy()
    for _ in range(steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1]
        )
        a, b = b, a
    return a


def heat_3d_jax(jax: Any, steps: int, a: Any) -> Any:
    def step(_: Any, c: Any) -> Any:
        a, b = c
        inner = a[1:-1, 1:-1, 1:-1]
        new = inner + 0.125 * (
            a[2:, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1] + a[1:-1, 2:, 1:-1] + a[1:-1, :-2, 1:-1]
            + a[1:-1, 1:-1, 2:] + a[1:-1, 1:-1, :-2] - 6.0 * inner
        )  # fmt: skip
        return b.at[1:-1, 1:-1, 1:-1].set(new), a

    return jax.lax.fori_loop(0, steps, step, (a, a))[0]


def conjugate_gradient(steps: int, a: Any, b: Any) -> Any:
    x = np.zeros_like(b)
    r = b.copy()
    p = b.copy()
    old = np.sum(r * r)
    for _ in range(steps):
        ap = a @ p
        alpha = old / np.sum(p * ap)
        x += alpha * p
        r -= alpha * ap
        new = np.sum(r * r)
        p = r + new / old * p
        old = new
    return x


def conjugate_gradient_jax(jax: Any, steps: int, a: Any, b: Any) -> Any:
    xp = jax.numpy

    def step(_: Any, c: Any) -> Any:
        x, r, p, old = c
        ap = a @ p
        alpha = old / xp.sum(p * ap)
        x, r = x + alpha * p, r - alpha * ap
        new = xp.sum(r * r)
        return x, r, r + new / old * p, new

    return jax.lax.fori_loop(0, steps, step, (xp.zeros_like(b), b, b, xp.sum(b * b)))[0]


def n_body(steps: int, pos: Any, vel: Any) -> Any:
    pos, vel = pos.copy(), vel.copy()
    n = pos.shape[0]
    for _ in range(steps):
        for i in range(n):
            fx, fy = 0.0, 0.0
            for j in range(n):
                dx, dy = pos[j, 0] - pos[i, 0], pos[j, 1] - pos[i, 1]
                w = (dx * dx + dy * dy + 0.1) ** -1.5
                fx += w * dx
                fy += w * dy
            vel[i, 0] += 0.01 * fx
            vel[i, 1] += 0.01 * fy
        pos += 0.01 * vel
    return pos


def n_body_jax(jax: Any, steps: int, pos: Any, vel: Any) -> Any:
    xp = jax.numpy

    def step(_: Any, c: Any) -> Any:
        pos, vel = c
        d = pos[None] - pos[:, None]
        w = (xp.sum(d * d, -1) + 0.1) ** -1.5
        vel = vel + 0.01 * xp.sum(w[..., None] * d, 1)
        return pos + 0.01 * vel, vel

    return jax.lax.fori_loop(0, steps, step, (pos, vel))[0]


def time_warping(steps: int, x: Any, y: Any) -> Any:
    d = np.full((steps + 1, steps + 1), 1e30)
    d[0, 0] = 0.0
    for i in range(1, steps + 1):
        for j in range(1, steps + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            d[i, j] = cost + min(d[i - 1, j], min(d[i, j - 1], d[i - 1, j - 1]))
    return d[1:, -1].copy()


def time_warping_jax(jax: Any, steps: int, x: Any, y: Any) -> Any:
    xp, loop = jax.numpy, jax.lax.fori_loop

    def point(i: Any, j: Any, d: Any) -> Any:
        least = xp.minimum(d[i - 1, j], xp.minimum(d[i, j - 1], d[i - 1, j - 1]))
        return d.at[i, j].set((x[i - 1] - y[j - 1]) ** 2 + least)

    d = xp.full((steps + 1, steps + 1), 1e30).at[0, 0].set(0.0)
    row = lambda i, d: loop(1, steps + 1, lambda j, d: point(i, j, d), d)  # noqa: E731
    return loop(1, steps + 1, row, d)[1:, -1]


def hidden_markov(steps: int, a: Any, e: Any) -> Any:
    f = e[0] / np.sum(e[0])
    total = np.zeros(1)
    for t in range(1, steps):
        f = (f @ a) * e[t]
        s = np.sum(f)
        total[0] += np.log(s)
        f = f / s
    return total


def hidden_markov_jax(jax: Any, steps: int, a: Any, e: Any) -> Any:
    xp = jax.numpy

    def step(t: Any, c: Any) -> Any:
        f, total = c
        f = (f @ a) * e[t]
        s = xp.sum(f)
        return f / s, total.at[0].add(xp.log(s))

    return jax.lax.fori_loop(1, steps, step, (e[0] / xp.sum(e[0]), xp.zeros(1)))[1]


def kalman(steps: int, a: Any, q: Any, z: Any) -> Any:
    n = a.shape[0]
    x = np.zeros(n)
    p = np.eye(n)
    for t in range(steps):
        x = a @ x
        p = a @ p @ a.T + q
        s = p[0, 0] + 0.5
        gain = p[:, 0] / s
        x = x + gain * (z[t] - x[0])
        p = p - gain.reshape(-1, 1) * p[0]
    return x


def kalman_jax(jax: Any, steps: int, a: Any, q: Any, z: Any) -> Any:
    xp = jax.numpy

    def step(t: Any, c: Any) -> Any:
        x, p = c
        x, p = a @ x, a @ p @ a.T + q
        gain = p[:, 0] / (p[0, 0] + 0.5)
        return x + gain * (z[t] - x[0]), p - gain[:, None] * p[0]

    n = a.shape[0]
    return jax.lax.fori_loop(0, steps, step, (xp.zeros(n), xp.eye(n)))[0]


def shallow_water(steps: int, h: Any, u: Any, v: Any) -> Any:
    h, u, v = h.copy(), u.copy(), v.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] -= 0.02 * (h[1:-1, 2:] - h[1:-1, :-2])
        v[1:-1, 1:-1] -= 0.02 * (h[2:, 1:-1] - h[:-2, 1:-1])
        flow = u[1:-1, 2:] - u[1:-1, :-2] + v[2:, 1:-1] - v[:-2, 1:-1]
        h[1:-1, 1:-1] -= 0.02 * h[1:-1, 1:-1] * flow
    return h


def shallow_water_jax(jax: Any, steps: int, h: Any, u: Any, v: Any) -> Any:
    def step(_: Any, c: Any) -> Any:
        h, u, v = c
        u = u.at[1:-1, 1:-1].add(-0.02 * (h[1:-1, 2:] - h[1:-1, :-2]))
        v = v.at[1:-1, 1:-1].add(-0.02 * (h[2:, 1:-1] - h[:-2, 1:-1]))
        flow = u[1:-1, 2:] - u[1:-1, :-2] + v[2:, 1:-1] - v[:-2, 1:-1]
        return h.at[1:-1, 1:-1].add(-0.02 * h[1:-1, 1:-1] * flow), u, v

    return jax.lax.fori_loop(0, steps, step, (h, u, v))[0]


def pendulum(steps: int, y: Any) -> Any:
    a, b = y[0], y[1]
    h = 1e-3
    for _ in range(steps):
        k1, l1 = b, -np.sin(a)
        k2, l2 = b + h / 2 * l1, -np.sin(a + h / 2 * k1)
        k3, l3 = b + h / 2 * l2, -np.sin(a + h / 2 * k2)
        k4, l4 = b + h * l3, -np.sin(a + h * k3)
        a, b = a + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), b + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return a + b


def pendulum_jax(jax: Any, steps: int, y: Any) -> Any:
    sin, h = jax.numpy.sin, 1e-3

    def step(_: Any, c: Any) -> Any:
        a, b = c
        k1, l1 = b, -sin(a)
        k2, l2 = b + h / 2 * l1, -sin(a + h / 2 * k1)
        k3, l3 = b + h / 2 * l2, -sin(a + h / 2 * k2)
        k4, l4 = b + h * l3, -sin(a + h * k3)
        return a + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), b + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)

    a, b = jax.lax.fori_loop(0, steps, step, (y[0], y[1]))
    return a + b


def convolution(steps: int, image: Any, kernel: Any) -> Any:
    n, m = image.shape[0] - steps + 1, image.shape[1] - steps + 1
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for k in range(steps):
                for l in range(steps):  # noqa: E741
                    out[i, j] += image[i + k, j + l] * kernel[k, l]
    return out


def convolution_jax(jax: Any, steps: int, image: Any, kernel: Any) -> Any:
    n, m = image.shape[0] - steps + 1, image.shape[1] - steps + 1

    def step(k: Any, out: Any) -> Any:
        i, j = k // steps, k % steps
        return out + jax.lax.dynamic_slice(image, (i, j), (n, m)) * kernel[i, j]

    return jax.lax.fori_loop(0, steps * steps, step, jax.numpy.zeros((n, m)))


def binomial_option(steps: int, x: Any) -> Any:
    price, volatility = x[0], x[1]
    up = np.exp(volatility * np.sqrt(1.0 / steps))
    p = (np.exp(0.05 / steps) - 1 / up) / (up - 1 / up)
    discount = np.exp(-0.05 / steps)
    v = np.zeros(steps + 1)
    for i in range(steps + 1):
        v[i] = max(0.0, 105.0 - price * up ** (2.0 * i - steps))
    for j in range(steps - 1, -1, -1):
        for i in range(j + 1):
            held = discount * (p * v[i + 1] + (1 - p) * v[i])
            v[i] = max(held, 105.0 - price * up ** (2.0 * i - j))
    return v[:1].copy()


def binomial_option_jax(jax: Any, steps: int, x: Any) -> Any:
    xp = jax.numpy
    price, volatility = x[0], x[1]
    up = xp.exp(volatility * xp.sqrt(1.0 / steps))
    p = (xp.exp(0.05 / steps) - 1 / up) / (up - 1 / up)
    discount = xp.exp(-0.05 / steps)
    at = xp.arange(steps + 1.0)
    v = xp.maximum(0.0, 105.0 - price * up ** (2.0 * at - steps))

    def step(k: Any, v: Any) -> Any:
        j = steps - 1 - k
        held = discount * (p * xp.roll(v, -1) + (1 - p) * v)
        return xp.where(at <= j, xp.maximum(held, 105.0 - price * up ** (2.0 * at - j)), v)

    return jax.lax.fori_loop(0, steps, step, v)[:1]


def wave(steps: int, u: Any, c: Any) -> Any:
    old = u.copy()
    now = u.copy()
    for _ in range(steps):
        new = now.copy()
        new[1:-1] = 2 * now[1:-1] - old[1:-1] + c[1:-1] * (now[2:] - 2 * now[1:-1] + now[:-2])
        old = now
        now = new
    return now


def wave_jax(jax: Any, steps: int, u: Any, c: Any) -> Any:
    def step(_: Any, s: Any) -> Any:
        old, now = s
        change = c[1:-1] * (now[2:] - 2 * now[1:-1] + now[:-2])
        return now, now.at[1:-1].set(2 * now[1:-1] - old[1:-1] + change)

    return jax.lax.fori_loop(0, steps, step, (u, u))[1]


def histogram(steps: int, x: Any, weights: Any) -> Any:
    out = np.zeros(steps)
    for i in range(x.shape[0]):
        out[int(x[i] * steps)] += weights[i] * weights[i]
    return out


def histogram_jax(jax: Any, steps: int, x: Any, weights: Any) -> Any:
    def step(i: Any, out: Any) -> Any:
        return out.at[(x[i] * steps).astype(int)].add(weights[i] * weights[i])

    return jax.lax.fori_loop(0, x.shape[0], step, jax.numpy.zeros(steps))


def positive(r: Random, n: int) -> np.ndarray:
    a = r.random((n, n))
    return a @ a.T + n * np.eye(n)


def rotation(r: Random, n: int) -> np.ndarray:
    return 0.95 * np.linalg.qr(r.standard_normal((n, n)))[0]


RISING = np.arange(1.0, 401.0)

PLAIN = [
    Plain("Cholesky by rows: 100 x 100", lambda r: [positive(r, 100)], cholesky, cholesky_jax, 100),
    Plain("Durbin: 400", lambda r: [0.3 * r.random(400) / RISING], durbin, durbin_jax, 400),
    Plain(
        "Floyd-Warshall: 100 x 100", lambda r: [r.random((100, 100))], floyd_warshall,
        floyd_warshall_jax, 100,
    ),
    Plain(
        "Gram-Schmidt: 100 x 80", lambda r: [r.random((100, 80))], gram_schmidt,
        gram_schmidt_jax, 80,
    ),
    Plain(
        "FDTD, 2-D: 100 steps of 100 x 100", lambda r: [r.random((100, 100)) for _ in range(3)],
        fdtd_2d, fdtd_2d_jax, 100,
    ),
    Plain(
        "heat, 3-D: 50 steps of 30 x 30 x 30", lambda r: [r.random((30, 30, 30))], heat_3d,
        heat_3d_jax, 50,
    ),
    Plain(
        "conjugate gradients: 50 steps of 200", lambda r: [positive(r, 200), r.random(200)],
        conjugate_gradient, conjugate_gradient_jax, 50,
    ),
    Plain(
        "bodies: 20 steps of 60", lambda r: [r.random((60, 2)), r.random((60, 2))], n_body,
        n_body_jax, 20,
    ),
    Plain(
        "time warping: 200 x 200", lambda r: [r.random(200), r.random(200)], time_warping,
        time_warping_jax, 200,
    ),
    Plain(
        "hidden Markov model: 500 steps of 32",
        lambda r: [r.random((32, 32)) / 16, r.random((500, 32)) + 0.1],
        hidden_markov, hidden_markov_jax, 500,
    ),
    Plain(
        "Kalman filter: 1,000 steps of 4",
        lambda r: [rotation(r, 4), 0.1 * np.eye(4), r.standard_normal(1000)], kalman, kalman_jax,
        1000,
    ),
    Plain(
        "shallow water: 200 steps of 64 x 64",
        lambda r: [1 + 0.1 * r.random((64, 64)), *(0.1 * r.random((64, 64)) for _ in range(2))],
        shallow_water, shallow_water_jax, 200,
    ),
    Plain(
        "pendulum, RK4: 10,000 steps", lambda r: [np.array([0.5, 0.1])], pendulum, pendulum_jax,
        10_000,
    ),
    Plain(
        "convolution by loops: 64 x 64, 5 x 5", lambda r: [r.random((64, 64)), r.random((5, 5))],
        convolution, convolution_jax, 5,
    ),
    Plain(
        "binomial option: 300 steps", lambda r: [np.array([100.0, 0.2])], binomial_option,
        binomial_option_jax, 300,
    ),
    Plain(
        "wave, 1-D: 1,000 steps of 1,000",
        lambda r: [np.sin(np.linspace(0, 6, 1000)), 0.2 + 0.1 * r.random(1000)], wave, wave_jax,
        1000,
    ),
    Plain(
        "histogram by a loop: 100,000 in 50", lambda r: [r.random(100_000), r.random(100_000)],
        histogram, histogram_jax, 50,
    ),
]  # fmt: skip
