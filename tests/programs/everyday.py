"""
Programs of many subjects as scientists write them, in NumPy, with small inputs.

`case` keeps a program with its arguments, and with the arguments to differentiate by.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

EVERYDAY: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...]]] = {}
R = np.random.default_rng(7)


def case(*args, wrt=(0,)):
    def keep(fn):
        EVERYDAY[fn.__name__] = (fn, args, wrt)
        return fn

    return keep


def r(*shape):
    return R.standard_normal(shape)


def positive(n):
    a = r(n, n)
    return a @ a.T + n * np.eye(n)


# Differential equations.


def pendulum(t, y):
    return np.array([y[1], -np.sin(y[0]) - 0.1 * y[1] + 0.5 * np.cos(t)])


@case(np.array([0.5, 0.1]), 0.0, 2.0)
def adaptive_rk45(y, t, t_end, tol=1e-4, h=0.5, max_steps=200):
    steps = rejected = 0
    while t < t_end and steps < max_steps:
        if t + h > t_end:
            h = t_end - t
        k1 = pendulum(t, y)
        k2 = pendulum(t + h / 4, y + h * k1 / 4)
        k3 = pendulum(t + 3 * h / 8, y + h * (3 * k1 + 9 * k2) / 32)
        k4 = pendulum(t + 12 * h / 13, y + h * (1932 * k1 - 7200 * k2 + 7296 * k3) / 2197)
        k5 = pendulum(t + h, y + h * (439 * k1 / 216 - 8 * k2 + 3680 * k3 / 513 - 845 * k4 / 4104))
        low = y + h * (25 * k1 / 216 + 1408 * k3 / 2565 + 2197 * k4 / 4104 - k5 / 5)
        high = y + h * (16 * k1 / 135 + 6656 * k3 / 12825 + 28561 * k4 / 56430 - 9 * k5 / 50)
        error = np.linalg.norm(high - low)
        if error > tol:
            h = 0.5 * h
            rejected += 1
            continue
        t += h
        y = high
        steps += 1
        if error < tol / 50:
            h *= 2
    return y, steps


@case(np.array([1.0, 0.0]), 20, 0.1)
def adams_bashforth(y0, n, h):
    f = lambda y: np.array([y[1], -y[0]])  # noqa: E731
    ys = [y0, y0 + h * f(y0 + h / 2 * f(y0))]
    for i in range(2, n):
        ys.append(ys[-1] + h * (1.5 * f(ys[i - 1]) - 0.5 * f(ys[i - 2])))
    return np.array(ys)


def thomas(a, b, c, d):
    n = len(d)
    cp, dp = np.zeros(n), np.zeros(n)
    cp[0], dp[0] = c[0] / b[0], d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i - 1]) / m
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x


@case(r(8), 0.3, 5)
def crank_nicolson(u, lam, steps):
    n = u.size
    low = np.full(n, -lam / 2)
    mid = np.full(n, 1 + lam)
    high = np.full(n, -lam / 2)
    for _ in range(steps):
        rhs = (1 - lam) * u
        rhs[1:] += lam / 2 * u[:-1]
        rhs[:-1] += lam / 2 * u[1:]
        u = thomas(low, mid, high, rhs)
    return u


def relax(u, f, h, sweeps):
    for _ in range(sweeps):
        u[1:-1:2] = 0.5 * (u[0:-2:2] + u[2::2] + h * h * f[1:-1:2])
        u[2:-1:2] = 0.5 * (u[1:-2:2] + u[3::2] + h * h * f[2:-1:2])


def v_cycle(u, f, h):
    relax(u, f, h, 2)
    if len(u) <= 3:
        return u
    residual = np.zeros_like(u)
    residual[1:-1] = f[1:-1] + (u[:-2] - 2 * u[1:-1] + u[2:]) / h**2
    coarse = residual[::2].copy()
    coarse[1:-1] = 0.25 * (residual[1:-2:2] + 2 * residual[2:-1:2] + residual[3::2])
    error = v_cycle(np.zeros_like(coarse), coarse, 2 * h)
    u[::2] += error
    u[1::2] += 0.5 * (error[:-1] + error[1:])
    relax(u, f, h, 2)
    return u


@case(r(17), 3)
def multigrid(f, cycles):
    u = np.zeros(17)
    for _ in range(cycles):
        v_cycle(u, f, 1 / 16)
    return u


@case(1 + 0.1 * r(7, 7), 0.1 * r(7, 7), 0.1 * r(7, 7), 4)
def shallow_water(h, u, v, steps, g=9.8, dt=0.01, dx=1.0):
    for _ in range(steps):
        dhdx = (np.roll(h, -1, axis=0) - np.roll(h, 1, axis=0)) / (2 * dx)
        dhdy = (np.roll(h, -1, axis=1) - np.roll(h, 1, axis=1)) / (2 * dx)
        u -= g * dt * dhdx
        v -= g * dt * dhdy
        u[[0, -1], :] = 0
        v[:, [0, -1]] = 0
        flux_x, flux_y = h * u, h * v
        h = h - dt * (np.gradient(flux_x, dx, axis=0) + np.gradient(flux_y, dx, axis=1))
    return h, u, v


@case(r(5, 5, 5), 3)
def fdtd_3d(ez, steps):
    hx = np.zeros_like(ez)
    hy = np.zeros_like(ez)
    source = 0.0
    for n in range(steps):
        hx[:, :-1, :] -= 0.5 * (ez[:, 1:, :] - ez[:, :-1, :])
        hy[:-1, :, :] += 0.5 * (ez[1:, :, :] - ez[:-1, :, :])
        ez[1:, 1:, :] += 0.5 * (hy[1:, 1:, :] - hy[:-1, 1:, :] - (hx[1:, 1:, :] - hx[1:, :-1, :]))
        source = np.exp(-((n - 2.0) ** 2) / 2)
        ez[2, 2, 2] += source
    return ez, source


@case(r(5, 2), r(5, 2), 2)
def sph(pos, vel, steps, h=1.5, dt=0.01):
    n = pos.shape[0]
    for _ in range(steps):
        rho = np.zeros(n)
        for i in range(n):
            for j in range(n):
                d = pos[i] - pos[j]
                q = np.sqrt(d[0] ** 2 + d[1] ** 2) / h
                if q < 1:
                    rho[i] += 1 - 1.5 * q**2 + 0.75 * q**3 if q > 0 else 1.0
                elif q < 2:
                    rho[i] += 0.25 * (2 - q) ** 3
        acc = np.zeros_like(pos)
        for i in range(n):
            for j in range(n):
                if i == j:
                    continue
                d = pos[i] - pos[j]
                dist = np.linalg.norm(d)
                if not 0 < dist < 2 * h:
                    continue
                acc[i, :] += (1 / rho[i] + 1 / rho[j]) * d / dist
        vel += dt * acc
        pos += dt * vel
    return pos


# Linear algebra.


@case(r(5, 5), r(5))
def lu_pivot(A, b):
    A = A.copy()
    n = len(A)
    perm = np.arange(n)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            perm[[k, p]] = perm[[p, k]]
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            A[i, k + 1 :] -= A[i, k] * A[k, k + 1 :]
    y = b[perm]
    for i in range(n):
        y[i] -= A[i, :i] @ y[:i]
    for i in reversed(range(n)):
        y[i] = (y[i] - A[i, i + 1 :] @ y[i + 1 :]) / A[i, i]
    return y, perm


@case(r(5, 3))
def svd_jacobi(A, max_sweeps=12, eps=1e-12):
    U = A.copy()
    n = U.shape[1]
    V = np.eye(n)
    for _ in range(max_sweeps):
        off = 0.0
        for p in range(n - 1):
            for q in range(p + 1, n):
                alpha = np.sum(U[:, p] ** 2)
                beta = np.sum(U[:, q] ** 2)
                gamma = np.sum(U[:, p] * U[:, q])
                off = max(off, abs(gamma) / np.sqrt(alpha * beta))
                if abs(gamma) < 1e-15:
                    continue
                zeta = (beta - alpha) / (2 * gamma)
                t = np.sign(zeta) / (abs(zeta) + np.sqrt(1 + zeta**2))
                c = 1 / np.sqrt(1 + t * t)
                s = c * t
                U[:, p], U[:, q] = c * U[:, p] - s * U[:, q], s * U[:, p] + c * U[:, q]
                V[:, [p, q]] = V[:, [p, q]] @ np.array([[c, s], [-s, c]])
        if off < eps:
            break
    return np.sqrt((U**2).sum(axis=0)), np.abs(V)


def gram_schmidt(A):
    Q, T = np.zeros_like(A), np.zeros_like(A)
    for j in range(A.shape[1]):
        v = A[:, j].copy()
        for i in range(j):
            T[i, j] = Q[:, i] @ A[:, j]
            v -= T[i, j] * Q[:, i]
        T[j, j] = np.linalg.norm(v)
        Q[:, j] = v / T[j, j]
    return Q, T


@case(positive(4))
def eigen_qr(A, iterations=8):
    n = A.shape[0]
    for _ in range(iterations):
        mu = A[-1, -1]
        Q, T = gram_schmidt(A - mu * np.eye(n))
        A = T @ Q + mu * np.eye(n)
        if np.abs(np.tril(A, -1)).max() < 1e-10:
            break
    return np.sort(np.diag(A))


@case(np.array([4.0, 1.0, 0.5, 0.25, 0.1]), r(5), wrt=(0, 1))
def levinson(r_, y):
    n = len(r_)
    f = np.array([1 / r_[0]])
    x = np.array([y[0] / r_[0]])
    for k in range(1, n):
        e = np.dot(r_[k:0:-1], f)
        d = 1 - e * e
        fp = np.append(f, 0.0)
        f = fp / d - e / d * fp[::-1]
        x = np.append(x, 0.0)
        x = x + (y[k] - np.dot(r_[k:0:-1], x[:-1])) * f[::-1]
    return x


@case(positive(5))
def householder_tridiagonal(A):
    n = len(A)
    A = A.copy()
    for k in range(n - 2):
        x = A[k + 1 :, k].copy()
        alpha = -np.copysign(np.linalg.norm(x), x[0])
        x[0] -= alpha
        x /= np.linalg.norm(x)
        A[k + 1 :, k:] -= 2 * np.outer(x, x @ A[k + 1 :, k:])
        A[k:, k + 1 :] -= 2 * np.outer(A[k:, k + 1 :] @ x, x)
    return np.diag(A), np.diag(A, 1)


# Statistics and learning.


def normalize(p):
    total = p.sum()
    return p / total, total


@case(np.abs(r(3, 3)) + 0.1, np.abs(r(3, 4)) + 0.1, np.array([0, 2, 1, 3, 3, 0]), wrt=(0, 1))
def hmm_forward_backward(T, E, obs):
    T = T / T.sum(axis=1, keepdims=True)
    E = E / E.sum(axis=1)[:, np.newaxis]
    n, steps = T.shape[0], len(obs)
    alpha = np.empty((steps, n))
    beta = np.ones((steps, n))
    loglik = 0.0
    alpha[0], z = normalize(E[:, obs[0]] / n)
    loglik += np.log(z)
    for t in range(1, steps):
        alpha[t], z = normalize((alpha[t - 1] @ T) * E[:, obs[t]])
        loglik += np.log(z)
    for t in range(steps - 2, -1, -1):
        beta[t], _ = normalize(T @ (E[:, obs[t + 1]] * beta[t + 1]))
    gamma = alpha * beta
    gamma /= gamma.sum(axis=1, keepdims=True)
    return loglik, gamma


@case(r(12), np.array([-1.0, 1.0]), 6)
def em_mixture(x, mu, steps):
    k = mu.size
    sigma = np.ones(k)
    pi = np.full(k, 1 / k)
    for _ in range(steps):
        dens = np.exp(-0.5 * ((x[:, None] - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
        resp = pi * dens
        resp /= resp.sum(axis=1, keepdims=True)
        nk = resp.sum(0)
        mu = (resp * x[:, None]).sum(0) / nk
        sigma = np.sqrt((resp * (x[:, None] - mu) ** 2).sum(0) / nk) + 1e-2
        pi = nk / len(x)
    return mu, sigma, pi


@case(r(10, 3), (r(10) > 0).astype(float))
def logistic_newton(X, y, max_iter=20, tol=1e-9):
    w = np.zeros(X.shape[1])
    for _ in range(max_iter):
        p = 1 / (1 + np.exp(-X @ w))
        g = X.T @ (p - y) + 0.1 * w
        H = (X.T * (p * (1 - p))) @ X + 0.1 * np.eye(X.shape[1])
        step = np.linalg.solve(H, g)
        w -= step
        if np.max(np.abs(step)) < tol:
            break
    return w


@case(r(8, 2), np.where(r(8) > 0, 1, -1), np.array([3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 7]))
def svm_sgd(X, y, order, lam=0.1):
    w = np.zeros(2)
    b = 0.0
    for t, i in enumerate(order, start=1):
        eta = 1.0 / (lam * t)
        if y[i] * (w @ X[i] + b) < 1:
            w = (1 - eta * lam) * w + eta * y[i] * X[i]
            b += eta * y[i]
        else:
            w *= 1 - eta * lam
    return w, b


@case(r(6, 2), np.array([1, -1, 1, -1, 1, 1]))
def perceptron(X, y, epochs=5):
    w, b, mistakes = np.zeros(2), 0.0, 0
    for _ in range(epochs):
        wrong = 0
        for x, t in zip(X, y):
            if t * (np.dot(w, x) + b) <= 0:
                w += t * x
                b += t
                wrong += 1
        mistakes += wrong
        if wrong == 0:
            break
    return w, b, mistakes


@case(
    r(8, 2),
    np.array([1, 1, -1, 1, -1, -1, 1, -1]),
    np.array([0.11, 0.13, 0.12, 0.14, 0.1, 0.15, 0.09, 0.16]),
    wrt=(2,),
)
def decision_stump(X, y, weights):
    best = (np.inf, 0, 0.0, 1)
    for j in range(X.shape[1]):
        for thr in np.sort(X[:, j]):
            for sign in (1, -1):
                pred = np.where(X[:, j] < thr, -sign, sign)
                err = weights[pred != y].sum()
                if err < best[0]:
                    best = err, j, thr, sign
    return best


@case(r(20, 2), r(6), np.sort(R.random((6, 1)), axis=0))
def particle_filter(particles, ys, us):
    n = len(particles)
    means = []
    for y, u in zip(ys, us):
        particles = 0.9 * particles + 0.1
        w = np.exp(-0.5 * (y - particles[:, 0]) ** 2) + 1e-300
        w = w / w.sum()
        means.append(w @ particles)
        positions = (np.arange(n) + u) / n
        cumulative = np.cumsum(w)
        idx = np.zeros(n, dtype=int)
        i = j = 0
        while i < n and j < n:
            if positions[i] < cumulative[j]:
                idx[i] = j
                i += 1
            else:
                j += 1
        particles = particles[idx]
    return np.stack(means)


@case(r(7), 0.1, 0.5, wrt=(0,))
def kalman_smoother(z, q, rr):
    n = len(z)
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    x, P = np.zeros(2), np.eye(2)
    xs, Ps = np.zeros((n, 2)), np.zeros((n, 2, 2))
    xp, Pp = np.zeros((n, 2)), np.zeros((n, 2, 2))
    for k in range(n):
        x, P = F @ x, F @ P @ F.T + q * np.eye(2)
        xp[k], Pp[k] = x, P
        S = H @ P @ H.T + rr
        K = P @ H.T @ np.linalg.inv(S)
        x = x + K @ (z[k] - H @ x)
        P = (np.eye(2) - K @ H) @ P
        xs[k], Ps[k] = x, P
    for k in range(n - 2, -1, -1):
        C = Ps[k] @ F.T @ np.linalg.inv(Pp[k + 1])
        xs[k] += C @ (xs[k + 1] - xp[k + 1])
        Ps[k] += C @ (Ps[k + 1] - Pp[k + 1]) @ C.T
    return xs


@case(r(5, 3), r(12, 3), r(12, 4), r(12))
def gru(xs, W, U, b, hidden=4):
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    h = np.zeros(hidden)
    outs = []
    for x in xs:
        gates = W @ x + b
        z = sigmoid(gates[:hidden] + U[:hidden] @ h)
        rt = sigmoid(gates[hidden : 2 * hidden] + U[hidden : 2 * hidden] @ h)
        c = np.tanh(gates[-hidden:] + U[-hidden:] @ (rt * h))
        h = (1 - z) * h + z * c
        outs.append(h)
    return np.stack(outs), outs[-1]


@case(r(5, 4), r(3, 4, 4), 2, wrt=(0, 1))
def causal_attention(x, W, heads):
    q, k, v = (x @ w for w in W)
    n, d = x.shape
    split = lambda t: t.reshape(n, heads, d // heads).transpose(1, 0, 2)  # noqa: E731
    q, k, v = map(split, (q, k, v))
    scores = q @ k.transpose(0, 2, 1) / math.sqrt(d // heads)
    mask = np.triu(np.ones((n, n), dtype=bool), k=1)
    scores[:, mask] = -np.inf
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return (scores @ v).transpose(1, 0, 2).reshape(n, d)


# Images and signals.


@case(R.random((6, 7)))
def bilateral(img, radius=1, ss=1.0, sr=0.3):
    out = np.zeros_like(img)
    h, w = img.shape
    for y in range(h):
        for x in range(w):
            total = norm = 0.0
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    yy, xx = min(max(y + dy, 0), h - 1), min(max(x + dx, 0), w - 1)
                    d = img[yy, xx] - img[y, x]
                    wgt = np.exp(-(dx * dx + dy * dy) / (2 * ss**2) - d * d / (2 * sr**2))
                    total += wgt * img[yy, xx]
                    norm += wgt
            out[y, x] = total / norm
    return out


@case(R.random((7, 7)))
def canny_thin(img):
    gx = np.zeros_like(img)
    gy = np.zeros_like(img)
    gx[1:-1, 1:-1] = img[1:-1, 2:] - img[1:-1, :-2]
    gy[1:-1, 1:-1] = img[2:, 1:-1] - img[:-2, 1:-1]
    mag = np.hypot(gx, gy)
    angle = np.rad2deg(np.arctan2(gy, gx)) % 180
    out = np.zeros_like(img)
    for i in range(1, img.shape[0] - 1):
        for j in range(1, img.shape[1] - 1):
            a = angle[i, j]
            if a < 22.5 or a >= 157.5:
                before, after = mag[i, j - 1], mag[i, j + 1]
            elif a < 67.5:
                before, after = mag[i - 1, j - 1], mag[i + 1, j + 1]
            elif a < 112.5:
                before, after = mag[i - 1, j], mag[i + 1, j]
            else:
                before, after = mag[i - 1, j + 1], mag[i + 1, j - 1]
            if before <= mag[i, j] >= after:
                out[i, j] = mag[i, j]
    return out


@case((R.random((6, 6)) > 0.7), 8, wrt=())
def hough(edges, bins):
    h, w = edges.shape
    thetas = np.linspace(0, np.pi, bins, endpoint=False)
    diag = int(np.ceil(np.hypot(h, w)))
    acc = np.zeros((2 * diag + 1, bins), dtype=np.int64)
    ys, xs = np.mgrid[0:h, 0:w]
    for k, th in enumerate(thetas):
        rho = np.round(xs * np.cos(th) + ys * np.sin(th)).astype(int) + diag
        np.add.at(acc[:, k], rho, np.where(edges, 1, 0))
    return acc


@case(R.random((5, 6)), wrt=(0,))
def flood_heights(dem):
    """Fills the basins of a landscape, until nothing changes."""
    w = np.full(dem.shape, 10.0)
    w[0, :], w[-1, :] = dem[0, :], dem[-1, :]
    w[:, 0], w[:, -1] = dem[:, 0], dem[:, -1]
    changed = True
    while changed:
        changed = False
        for i in range(1, dem.shape[0] - 1):
            for j in range(1, dem.shape[1] - 1):
                if w[i, j] > dem[i, j]:
                    for di, dj in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                        other = w[i + di, j + dj]
                        if dem[i, j] >= other:
                            w[i, j] = dem[i, j]
                            changed = True
                            break
                        elif w[i, j] > other:
                            w[i, j] = other
                            changed = True
    return w


@case(r(16), 2)
def haar(x, levels):
    x = x.copy()
    n = len(x)
    for _ in range(levels):
        a = (x[:n:2] + x[1:n:2]) / np.sqrt(2)
        d = (x[:n:2] - x[1:n:2]) / np.sqrt(2)
        x[: n // 2], x[n // 2 : n] = a, d
        n //= 2
    return x


@case(r(11))
def savitzky_golay(y, window=5, order=2):
    half = window // 2
    A = np.vander(np.arange(-half, half + 1), order + 1, increasing=True).astype(float)
    coeffs = np.linalg.pinv(A)[0]
    padded = np.concatenate([y[half:0:-1], y, y[-2 : -half - 2 : -1]])
    return np.array([coeffs @ padded[i : i + window] for i in range(len(y))])


def fft_rec(re, im):
    n = len(re)
    if n == 1:
        return re, im
    er, ei = fft_rec(re[::2], im[::2])
    orr, oi = fft_rec(re[1::2], im[1::2])
    ang = -2 * np.pi * np.arange(n // 2) / n
    c, s = np.cos(ang), np.sin(ang)
    tr, ti = c * orr - s * oi, s * orr + c * oi
    return np.concatenate((er + tr, er - tr)), np.concatenate((ei + ti, ei - ti))


@case(r(8), r(8), wrt=(0, 1))
def fft_recursive(re, im):
    return fft_rec(re, im)


# Numbers.


@case(np.float64(0.7), 20, wrt=())
def cordic(angle, n):
    x, y, z = 0.6072529350088812561694, 0.0, angle
    for i in range(n):
        d = 1 if z >= 0 else -1
        x, y, z = (
            x - d * y * 2.0**-i,
            y + d * x * 2.0**-i,
            z - d * math.atan(2.0**-i),
        )
    return x, y


@case(np.float64(1.3))
def romberg(b, max_k=8, tol=1e-10):
    f = lambda t: math.exp(-t * t)  # noqa: E731
    T = np.zeros((max_k, max_k))
    h = b
    T[0, 0] = h * (f(0.0) + f(b)) / 2
    for k in range(1, max_k):
        h /= 2
        T[k, 0] = T[k - 1, 0] / 2 + h * sum(f((2 * j - 1) * h) for j in range(1, 2 ** (k - 1) + 1))
        for m in range(1, k + 1):
            T[k, m] = T[k, m - 1] + (T[k, m - 1] - T[k - 1, m - 1]) / (4**m - 1)
        if abs(T[k, k] - T[k - 1, k - 1]) < tol:
            return T[k, k]
    return T[-1, -1]


@case(np.float64(2.0))
def secant(a, x0=1.0, x1=2.0, max_iter=50):
    f = lambda x: x**3 - a * x - 1  # noqa: E731
    f0, f1 = f(x0), f(x1)
    iterations = 0
    while abs(f1) > 1e-13:
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
        f0, f1 = f1, f(x1)
        if (iterations := iterations + 1) >= max_iter:
            break
    return x1


@case(np.sort(r(6)), r(6), np.linspace(-0.5, 0.5, 4), wrt=(1, 2))
def spline(x, y, q):
    n = len(x)
    h = np.diff(x)
    A = np.eye(n)
    rhs = np.zeros(n)
    for i in range(1, n - 1):
        A[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        rhs[i] = 6 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    M = np.linalg.solve(A, rhs)
    out = np.empty_like(q)
    for k, t in enumerate(q):
        i = np.searchsorted(x, t) - 1
        i = min(max(i, 0), n - 2)
        a, b = (x[i + 1] - t) / h[i], (t - x[i]) / h[i]
        out[k] = (
            a * y[i] + b * y[i + 1] + ((a**3 - a) * M[i] + (b**3 - b) * M[i + 1]) * h[i] ** 2 / 6
        )
    return out


def hit_sphere(o, d, center, radius):
    oc = o - center
    b = np.dot(oc, d)
    disc = b * b - (np.dot(oc, oc) - radius * radius)
    if disc < 0:
        return np.inf
    t = -b - np.sqrt(disc)
    return t if t > 1e-4 else np.inf


@case(np.array([[0.03, 0.04, 3.0], [0.8, 0.2, 4.0]]), np.array([1.0, 0.7]), 5, wrt=(0, 1))
def ray_trace(centers, radii, size):
    img = np.zeros((size, size))
    light = np.array([1.0, 1.0, -1.0]) / np.sqrt(3)
    origin = np.zeros(3)
    for i, y in enumerate(np.linspace(-1, 1, size)):
        for j, x in enumerate(np.linspace(-1, 1, size)):
            d = np.array([x, y, 2.0])
            d = d / np.linalg.norm(d)
            nearest, which = np.inf, -1
            for k in range(len(radii)):
                t = hit_sphere(origin, d, centers[k], radii[k])
                if t < nearest:
                    nearest, which = t, k
            if which < 0:
                continue
            p = origin + nearest * d
            n = (p - centers[which]) / radii[which]
            img[i, j] = max(np.dot(n, light), 0.05)
    return img


# Integers, searches, graphs.


@case(np.array([5, 2, 9, 1, 5, 6, 0, 3]), wrt=())
def mergesort(a):
    n = len(a)
    src, dst = a.copy(), np.empty_like(a)
    width = 1
    while width < n:
        for lo in range(0, n, 2 * width):
            mid, hi = min(lo + width, n), min(lo + 2 * width, n)
            i, j = lo, mid
            for k in range(lo, hi):
                if i < mid and (j >= hi or src[i] <= src[j]):
                    dst[k] = src[i]
                    i += 1
                else:
                    dst[k] = src[j]
                    j += 1
        src, dst = dst, src
        width *= 2
    return src


@case(r(9), 4)
def quickselect(a, k):
    a = a.copy()
    lo, hi = 0, len(a) - 1
    while lo < hi:
        pivot = a[(lo + hi) // 2]
        i, j = lo, hi
        while i <= j:
            while a[i] < pivot:
                i += 1
            while a[j] > pivot:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i, j = i + 1, j - 1
        if k <= j:
            hi = j
        elif k >= i:
            lo = i
        else:
            break
    return a[k]


@case(np.array([[0, 1], [2, 3], [1, 2], [4, 5]]), 7, wrt=())
def union_find(edges, n):
    parent = np.arange(n)
    rank = np.zeros(n, dtype=int)

    def find(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in edges:
        ra, rb = find(a), find(b)
        if ra == rb:
            continue
        if rank[ra] < rank[rb]:
            ra, rb = rb, ra
        parent[rb] = ra
        if rank[ra] == rank[rb]:
            rank[ra] += 1
    return np.array([find(i) for i in range(n)])


@case((R.random((7, 7)) > 0.7), 0, wrt=())
def bfs(adj, start):
    n = len(adj)
    dist = -np.ones(n, dtype=int)
    queue = np.zeros(n, dtype=int)
    head, tail = 0, 1
    queue[0] = start
    dist[start] = 0
    while head < tail:
        u = queue[head]
        head += 1
        for v in range(n):
            if adj[u, v] and dist[v] == -1:
                dist[v] = dist[u] + 1
                queue[tail] = v
                tail += 1
    return dist


@case((R.random((6, 6)) > 0.5).astype(int), 4, wrt=())
def conway(grid, generations):
    for _ in range(generations):
        padded = np.pad(grid, 1, mode="wrap")
        neighbors = sum(
            padded[1 + i : 1 + i + grid.shape[0], 1 + j : 1 + j + grid.shape[1]]
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            if (i, j) != (0, 0)
        )
        grid = np.where((neighbors == 3) | ((grid == 1) & (neighbors == 2)), 1, 0)
    return grid


@case(30, np.array([0, 0, 0, 1, 0, 0, 0, 0]), 5, wrt=())
def rule_30(rule, state, steps):
    table = np.array([(rule >> k) & 1 for k in range(8)])
    rows = np.zeros((steps + 1, state.size), dtype=state.dtype)
    rows[0] = state
    for t in range(steps):
        left, right = np.roll(rows[t], 1), np.roll(rows[t], -1)
        rows[t + 1] = table[4 * left + 2 * rows[t] + right]
    return rows


@case(np.array([5, 10, 3, 12, 5]), wrt=())
def matrix_chain(p):
    n = len(p) - 1
    m = np.zeros((n, n), dtype=int)
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            m[i, j] = np.iinfo(np.int64).max
            for k in range(i, j):
                q = m[i, k] + m[k + 1, j] + p[i] * p[k + 1] * p[j + 1]
                if q < m[i, j]:
                    m[i, j] = q
    return m[0, n - 1]


@case(np.abs(r(4, 4)))
def tsp_bitmask(d):
    n = len(d)
    dp = np.full((1 << n, n), np.inf)
    dp[1, 0] = 0.0
    for mask in range(1, 1 << n):
        for last in range(n):
            if not mask & (1 << last):
                continue
            for nxt in range(n):
                if mask & (1 << nxt):
                    continue
                new = mask | (1 << nxt)
                dp[new, nxt] = min(dp[new, nxt], dp[mask, last] + d[last, nxt])
    return np.min(dp[-1] + d[:, 0])


@case((np.arange(81).reshape(9, 9) * 3 + np.arange(81).reshape(9, 9) // 27) % 9 + 1, wrt=())
def sudoku_ok(g):
    for i in range(9):
        seen_row = np.zeros(10, dtype=bool)
        seen_box = np.zeros(10, dtype=bool)
        bi, bj = 3 * (i // 3), 3 * (i % 3)
        for j in range(9):
            if seen_row[g[i, j]]:
                return False
            seen_row[g[i, j]] = True
            v = g[bi + j // 3, bj + j % 3]
            if seen_box[v]:
                return False
            seen_box[v] = True
    return True


@case(np.array([1, 2, 3, 2, 4]), np.array([2, 1, 3, 4]), wrt=())
def lcs_traceback(a, b):
    n, m = len(a), len(b)
    L = np.zeros((n + 1, m + 1), dtype=np.int32)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            L[i, j] = L[i - 1, j - 1] + 1 if a[i - 1] == b[j - 1] else max(L[i - 1, j], L[i, j - 1])
    out = np.full(min(n, m), -1)
    i, j, k = n, m, int(L[n, m])
    while i > 0 and j > 0:
        if a[i - 1] == b[j - 1]:
            k -= 1
            out[k] = a[i - 1]
            i -= 1
            j -= 1
        elif L[i - 1, j] >= L[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return L, out


@case(r(7, 2), r(2), wrt=(0,))
def nearest_search(points, q):
    best, where = np.inf, -1
    for i, p in enumerate(points):
        d = 0.0
        for a, b in zip(p, q):
            d += (a - b) ** 2
            if d >= best:
                break
        else:
            best, where = d, i
    return best, where


@case(R.random(30), R.random(30), np.float64(1.1), wrt=(2,))
def option_monte_carlo(u1, u2, s0, k=1.0, sigma=0.2):
    z = np.sqrt(-2 * np.log(u1)) * np.cos(2 * np.pi * u2)
    paths = s0 * np.exp(sigma * z - sigma**2 / 2)
    payoff = np.maximum(paths - k, 0)
    return payoff.mean(), payoff.std(ddof=1) / math.sqrt(len(z))


PERM = np.array([3, 1, 0, 2, 3, 1, 0, 2])
GRAD = np.array([[1, 1], [-1, 1], [1, -1], [-1, -1]])


@case(np.array([[0.3, 0.9], [1.4, 2.2]]))
def simplex_noise(ps):
    F, G = 0.5 * (np.sqrt(3) - 1), (3 - np.sqrt(3)) / 6
    out = np.zeros(len(ps))
    for k in range(len(ps)):
        x, y = ps[k]
        s = (x + y) * F
        i, j = int(np.floor(x + s)), int(np.floor(y + s))
        t = (i + j) * G
        x0, y0 = x - (i - t), y - (j - t)
        i1, j1 = (1, 0) if x0 > y0 else (0, 1)
        total = 0.0
        for dx, dy, di, dj in (
            (x0, y0, 0, 0),
            (x0 - i1 + G, y0 - j1 + G, i1, j1),
            (x0 - 1 + 2 * G, y0 - 1 + 2 * G, 1, 1),
        ):
            att = 0.5 - dx * dx - dy * dy
            if att > 0:
                g = GRAD[PERM[(i + di + PERM[(j + dj) & 3]) & 7]]
                total += att**4 * (g[0] * dx + g[1] * dy)
        out[k] = 70 * total
    return out
