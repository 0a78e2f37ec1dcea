"""Programs of further subjects: weather kernels, statistics, and the ways to go through arrays."""

# ruff: noqa: E741

from __future__ import annotations

import itertools
import math
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

R = np.random.default_rng(5)
FURTHER: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...]]] = {}


def case(*args, wrt=(0,)):
    def keep(fn):
        FURTHER[fn.__name__] = (fn, args, wrt)
        return fn

    return keep


def r(*shape):
    return R.standard_normal(shape)


def u(*shape):
    return R.random(shape)


def positive(n):
    a = r(n, n)
    return a @ a.T + n * np.eye(n)


@case(u(30), u(30), 6)
def azimint_naive(data, radius, npt):
    rmax = radius.max()
    res = np.zeros(npt, dtype=np.float64)
    for i in range(npt):
        r1 = rmax * i / npt
        r2 = rmax * (i + 1) / npt
        mask_r12 = np.logical_and((r1 <= radius), (radius < r2))
        values_r12 = data[mask_r12]
        res[i] = values_r12.mean()
    return res


@case(u(30), u(30), 6, wrt=(0,))
def azimint_hist(data, radius, npt):
    histu = np.histogram(radius, npt)[0]
    histw = np.histogram(radius, npt, weights=data)[0]
    return histw / histu


def get_bin_edges(a, bins):
    bin_edges = np.zeros((bins + 1,), dtype=np.float64)
    a_min = a.min()
    a_max = a.max()
    delta = (a_max - a_min) / bins
    for i in range(bin_edges.shape[0]):
        bin_edges[i] = a_min + i * delta
    bin_edges[-1] = a_max
    return bin_edges


def compute_bin(x, bin_edges):
    n = bin_edges.shape[0] - 1
    a_min = bin_edges[0]
    a_max = bin_edges[-1]
    if x == a_max:
        return n - 1
    return int(n * (x - a_min) / (a_max - a_min))


@case(u(20), 5, u(20), wrt=(2,))
def histogram_binned(a, bins, weights):
    hist = np.zeros((bins,), dtype=a.dtype)
    bin_edges = get_bin_edges(a, bins)
    for i in range(a.shape[0]):
        b = compute_bin(a[i], bin_edges)
        hist[b] += weights[i]
    return hist, bin_edges


@case(positive(6))
def cholesky2(A):
    A[:] = np.linalg.cholesky(A) + np.triu(A, k=1)
    return A


@case(r(4, 5, 3), r(4, 5, 3), r(4, 5, 3), 3, 4, 3, wrt=(0, 2))
def hdiff(in_field_, out_field, coeff, I, J, K):
    in_field = np.pad(in_field_, ((2, 2), (2, 2), (0, 0)), mode="edge")
    lap_field = 4.0 * in_field[1 : I + 3, 1 : J + 3, :] - (
        in_field[2 : I + 4, 1 : J + 3, :]
        + in_field[0 : I + 2, 1 : J + 3, :]
        + in_field[1 : I + 3, 2 : J + 4, :]
        + in_field[1 : I + 3, 0 : J + 2, :]
    )
    res = lap_field[1:, 1 : J + 1, :] - lap_field[:-1, 1 : J + 1, :]
    flx_field = np.where(
        (res * (in_field[2 : I + 3, 2 : J + 2, :] - in_field[1 : I + 2, 2 : J + 2, :])) > 0, 0, res
    )
    res = lap_field[1 : I + 1, 1:, :] - lap_field[1 : I + 1, :-1, :]
    fly_field = np.where(
        (res * (in_field[2 : I + 2, 2 : J + 3, :] - in_field[2 : I + 2, 1 : J + 2, :])) > 0, 0, res
    )
    out_field[:I, :J, :] = in_field[2 : I + 2, 2 : J + 2, :] - coeff[:I, :J, :] * (
        flx_field[1:, :, :] - flx_field[:-1, :, :] + fly_field[:, 1:, :] - fly_field[:, :-1, :]
    )
    return out_field


BET_M = 0.5


BET_P = 0.5


@case(r(4, 3, 5), r(4, 3, 5), r(5, 3, 5), r(4, 3, 5), r(4, 3, 5), 0.3, wrt=(0, 2, 3))
def vadv(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
    I, J, K = utens_stage.shape[0], utens_stage.shape[1], utens_stage.shape[2]
    ccol = np.ndarray((I, J, K), dtype=utens_stage.dtype)
    dcol = np.ndarray((I, J, K), dtype=utens_stage.dtype)
    data_col = np.ndarray((I, J), dtype=utens_stage.dtype)
    for k in range(1):
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        cs = gcv * BET_M
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - ccol[:, :, k]
        correction_term = -cs * (u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided
    for k in range(1, K - 1):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        as_ = gav * BET_M
        cs = gcv * BET_M
        acol = gav * BET_P
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - acol - ccol[:, :, k]
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k]) - cs * (
            u_stage[:, :, k + 1] - u_stage[:, :, k]
        )
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided
    for k in range(K - 1, K):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        as_ = gav * BET_M
        acol = gav * BET_P
        bcol = dtr_stage - acol
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k])
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided
    for k in range(K - 1, K - 2, -1):
        datacol = dcol[:, :, k]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])
    for k in range(K - 2, -1, -1):
        datacol = dcol[:, :, k] - ccol[:, :, k] * data_col[:, :]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])
    return utens_stage


@case(positive(6), r(6))
def conjugate_gradient(A, b):
    x = np.zeros_like(b)
    rr = b - A @ x
    p = rr.copy()
    rs = rr @ rr
    for _i in range(len(b)):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        rr -= alpha * Ap
        new = rr @ rr
        if np.sqrt(new) < 1e-10:
            break
        p = rr + (new / rs) * p
        rs = new
    return x


@case(np.array([1.0, -2.0, 0.5]), wrt=())
def bisection(c):
    def f(x):
        return c[0] * x**3 + c[1] * x + c[2]

    lo, hi = 0.0, 1.0
    n = 0
    while hi - lo > 1e-9:
        mid = (lo + hi) / 2
        if f(lo) * f(mid) <= 0:
            hi = mid
        else:
            lo = mid
        n += 1
        if n > 100:
            break
    else:
        n = -n
    return lo, n


@case(np.log(u(3, 3)), np.log(u(3, 4)), np.array([0, 1, 3, 2, 0]), np.log(u(3)), wrt=(0, 1))
def viterbi(logA, logB, obs, logpi):
    n, T = logA.shape[0], len(obs)
    delta = np.zeros((T, n))
    psi = np.zeros((T, n), dtype=int)
    delta[0] = logpi + logB[:, obs[0]]
    for t in range(1, T):
        for j in range(n):
            scores = delta[t - 1] + logA[:, j]
            psi[t, j] = np.argmax(scores)
            delta[t, j] = scores[psi[t, j]] + logB[j, obs[t]]
    path = np.zeros(T, dtype=int)
    path[-1] = np.argmax(delta[-1])
    for t in range(T - 2, -1, -1):
        path[t] = psi[t + 1, path[t + 1]]
    return path, delta[-1].max()


@case(r(5), r(6), 0.5, wrt=(0, 1))
def soft_dtw(x, y, gamma):
    n, m = x.size, y.size
    R_ = np.ones((n + 2, m + 2)) * 1e8
    R_[0, 0] = 0
    for j in range(1, m + 1):
        for i in range(1, n + 1):
            r0 = -R_[i - 1, j - 1] / gamma
            r1 = -R_[i - 1, j] / gamma
            r2 = -R_[i, j - 1] / gamma
            rmax = max(max(r0, r1), r2)
            rsum = np.exp(r0 - rmax) + np.exp(r1 - rmax) + np.exp(r2 - rmax)
            softmin = -gamma * (np.log(rsum) + rmax)
            R_[i, j] = (x[i - 1] - y[j - 1]) ** 2 + softmin
    return R_[-2, -2]


@case(8 * u(10), r(10), 8, 3, wrt=(0, 1))
def particle_in_cell(x, v, ng, steps):
    dt = 0.1
    L = 8.0
    for _ in range(steps):
        j = np.floor(x).astype(int)
        w = x - j
        rho = np.zeros(ng)
        np.add.at(rho, j % ng, 1 - w)
        np.add.at(rho, (j + 1) % ng, w)
        rho -= rho.mean()
        phi = np.zeros(ng)
        for _k in range(10):
            phi = 0.5 * (np.roll(phi, 1) + np.roll(phi, -1) + rho)
            phi -= phi[0]
        E = -(np.roll(phi, -1) - np.roll(phi, 1)) / 2
        Ep = (1 - w) * E[j % ng] + w * E[(j + 1) % ng]
        v += -dt * Ep
        x += dt * v
        x %= L
    return 0.5 * np.sum(v**2)


@case(np.sign(r(5, 5)), u(3, 5, 5), 0.4, wrt=())
def ising(s, noise, beta):
    n = s.shape[0]
    for t in range(noise.shape[0]):
        for i in range(n):
            for j in range(n):
                nb = s[(i + 1) % n, j] + s[i, (j + 1) % n] + s[(i - 1) % n, j] + s[i, (j - 1) % n]
                dE = 2 * s[i, j] * nb
                if dE < 0:
                    s[i, j] *= -1
                elif noise[t, i, j] < np.exp(-dE * beta):
                    s[i, j] *= -1
    return s.mean()


@case(1 + 0.1 * u(6, 5), 0.1 * r(6, 5), 4, wrt=(0, 1))
def lbm(rho0, ux0, steps):
    c = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, 1], [-1, -1], [1, -1]])
    w = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4)

    def equilibrium(rho, u):
        feq = np.zeros((9, *rho.shape))
        usq = u[0] ** 2 + u[1] ** 2
        for i in range(9):
            cu = c[i, 0] * u[0] + c[i, 1] * u[1]
            feq[i] = w[i] * rho * (1 + 3 * cu + 4.5 * cu**2 - 1.5 * usq)
        return feq

    f = equilibrium(rho0, np.array([ux0, np.zeros_like(ux0)]))
    for _ in range(steps):
        rho = f.sum(axis=0)
        u_ = np.zeros((2, *rho.shape))
        for i in range(9):
            u_[0] += c[i, 0] * f[i]
            u_[1] += c[i, 1] * f[i]
        u_ /= rho
        f += (equilibrium(rho, u_) - f) / 0.6
        for i in range(9):
            f[i] = np.roll(f[i], c[i], axis=(0, 1))
    return rho, u_


@case(100.0, 105.0, 0.05, 0.2, 1.0, 12, wrt=(0, 3))
def binomial_option(S, K, r_, sigma, T, n):
    dt = T / n
    up = np.exp(sigma * np.sqrt(dt))
    d = 1 / up
    p = (np.exp(r_ * dt) - d) / (up - d)
    disc = np.exp(-r_ * dt)
    V = np.zeros(n + 1)
    for i in range(n + 1):
        V[i] = max(0, K - S * up**i * d ** (n - i))
    for j in range(n - 1, -1, -1):
        for i in range(j + 1):
            cont = disc * (p * V[i + 1] + (1 - p) * V[i])
            V[i] = max(cont, K - S * up**i * d ** (j - i))
    return V[0]


@case(u(7, 6))
def median3(img):
    H, W = img.shape
    out = img.copy()
    for i in range(1, H - 1):
        for j in range(1, W - 1):
            window = img[i - 1 : i + 2, j - 1 : j + 2].ravel()
            out[i, j] = np.sort(window)[4]
    return out


@case(r(3, 4))
def flat_loop(a):
    t = 0.0
    for k, v in enumerate(a.flat):
        t += k * v
        a.flat[k] = t
    return t


@dataclass
class State:
    pos: np.ndarray
    vel: np.ndarray
    t: float = 0.0
    log: list = field(default_factory=list)

    def energy(self):
        return 0.5 * np.sum(self.vel**2) + 0.5 * np.sum(self.pos**2)


@case(r(3), r(3), 6, wrt=(0, 1))
def dataclass_leapfrog(x, v, n):
    s = State(x.copy(), v.copy())
    for _k in range(n):
        s.vel -= 0.05 * s.pos
        s.pos = s.pos + 0.1 * s.vel
        s.vel -= 0.05 * s.pos
        s.t += 0.1
        s.log.append(s.energy())
    return s.pos, s.t, sum(s.log)


@case(r(4), 5)
def dict_state(x, n):
    st = {"x": x.copy(), "m": np.zeros_like(x), "v": np.zeros_like(x)}
    for t in range(1, n + 1):
        g = 2 * st["x"] + np.sin(st["x"])
        st["m"] = 0.9 * st["m"] + 0.1 * g
        st["v"] = 0.999 * st["v"] + 0.001 * g**2
        mh = st["m"] / (1 - 0.9**t)
        vh = st["v"] / (1 - 0.999**t)
        st["x"] -= 0.1 * mh / (np.sqrt(vh) + 1e-8)
    return st["x"]


@case(r(3, 4), r(4, 4), r(4, 4), 4, wrt=(0, 1, 2))
def train_layers(x, w1, w2, steps):
    ws = [w1.copy(), w2.copy()]
    for _ in range(steps):
        acts = [x]
        for w in ws:
            acts.append(np.tanh(acts[-1] @ w))
        grad = acts[-1] - 1
        for k in reversed(range(len(ws))):
            grad = grad * (1 - acts[k + 1] ** 2)
            gw = acts[k].T @ grad
            grad = grad @ ws[k].T
            ws[k] = ws[k] - 0.05 * gw
    return ws[0], ws[1]


@case(r(5), 6)
def nested_list_state(x, n):
    grid = [[x[0], x[1]], [x[2], x[3]]]
    for _ in range(n):
        (a, b), (c, d) = grid
        grid = [[a + 0.1 * d, b * 0.9], [c - 0.1 * a, d + 0.05 * b]]
    return np.array(grid).sum() + grid[1][0]


@case(r(5), 6)
def nested_list_writes(x, n):
    grid = [[x[0], x[1]], [x[2], x[3]]]
    for _k in range(n):
        grid[0][0] += 0.1 * grid[1][1]
        grid[1][0], grid[0][1] = grid[0][1], grid[1][0]
    return np.array(grid)


@case(u(6), r(6), wrt=(0, 1))
def put_copyto_mask(a, b):
    c = np.zeros(6)
    np.copyto(c, a)
    np.copyto(c, b, where=b > 0)
    np.put(c, [0, -1], [a[1] * 2, b[2]])
    np.putmask(c, a > 0.5, b * 3)
    np.place(c, np.array([True, False, True, False, False, False]), [7 * a[0]])
    m = np.zeros((6, 6))
    np.fill_diagonal(m, c)
    m[np.triu_indices(6, 1)] = a[0]
    m[m > 1] *= 0.5
    m[2, ...] += b
    m.flat[3:8] = a[:5]
    m[[0, 3]] = m[[3, 0]]
    m[:, [1, 2]] = m[:, [2, 1]]
    return m


@case(r(5), r(5), wrt=(0, 1))
def outs(a, b):
    c = np.empty(5)
    np.add(a, b, out=c)
    np.multiply(c, a, out=c, where=a > 0)
    d = np.zeros((5, 5))
    np.outer(a, c, out=d)
    np.exp(d, d)
    e = np.empty(5)
    np.dot(d, b, out=e)
    np.matmul(d, a, out=e)
    np.cumsum(e, out=c)
    np.maximum(c, 0.1, out=c)
    return c, e, np.sum(d, axis=0, out=np.empty(5))


@case(np.float64(2.0), r(4), wrt=(0, 1))
def early_return(a, x):
    for i in range(4):
        if x[i] > 10 * a:
            return x[i] * 2
        a = a + x[i] ** 2
        if a > 4:
            return a * x[i]
    else:
        a *= 3
    return a


@case(r(6), wrt=(0,))
def closures(x):
    scale = 2.0
    total = 0.0

    def add(v, *, k=1.0):
        nonlocal total
        total = total + k * v * scale

    for i in range(len(x)):
        add(x[i])
        if x[i] > 0:
            add(x[i] ** 2, k=0.5)

    def make(n):
        return lambda y: y**n + total

    fs = [make(n) for n in (1, 2, 3)]
    return sum(f(x[0]) for f in fs)


@case(np.float64(0.5), wrt=(0,))
def while_else(a):
    n = 0
    x = a
    while x < 10:
        if x > 100:
            break
        n += 1
        if n % 2 == 0:
            x = x * 1.5
            continue
        x += 1.0
    else:
        x = -x
    return x, n


@case(r(7), r(7), wrt=(0, 1))
def zips_rev(a, b):
    s = 0.0
    for i, (x, y) in enumerate(zip(reversed(a), b[::2])):
        s = s * x + i * y
    for x, y in zip(a[1:], a[:-1]):
        s += (x - y) ** 2
    for i in reversed(range(0, 7, 2)):
        s = s * 0.5 + a[i]
    for _k, v in sorted({"b": b[0], "a": a[0]}.items()):
        s = s - v
    for i, j in itertools.combinations(range(4), 2):
        s += a[i] * b[j]
    return s


@case(r(5, 5))
def views_inplace(a):
    top = a[:2]
    top += 1
    d = a[1:4, ::2]
    d *= 2
    row = a[3]
    row[...] = row[::-1].copy()
    col = a[:, 1]
    col -= a[:, 2]
    a.T[0] /= 3
    blk = a.reshape(-1)
    blk[::6] = 0.5
    return top.sum() + d.sum()


@case(r(3, 2), u(3), 3, wrt=(0,))
def namedtuple_bodies(p, m, n):
    Body = namedtuple("Body", "pos mass")
    bodies = [Body(p[i], m[i]) for i in range(3)]
    for _ in range(n):
        new = []
        for b in bodies:
            f = np.zeros(2)
            for o in bodies:
                if o is b:
                    continue
                d = o.pos - b.pos
                f += o.mass * d / (d @ d + 0.1) ** 1.5
            new.append(b._replace(pos=b.pos + 0.01 * f))
        bodies = new
    return np.array([b.pos for b in bodies])


@case(r(8))
def bubble(x):
    n = len(x)
    swapped = True
    while swapped:
        swapped = False
        for i in range(1, n):
            if x[i - 1] > x[i]:
                x[i - 1], x[i] = x[i], x[i - 1]
                swapped = True
        n -= 1
    return x


@case(r(8), 5)
def ring_buffer(x, n):
    buf = np.zeros(4)
    head = 0
    out = []
    for t in range(len(x)):
        buf[head] = x[t]
        head = (head + 1) % 4
        out.append(buf.mean() * buf[head - 1])
    return np.array(out)


@case(r(4, 4), wrt=(0,))
def inverse_gauss_jordan(A):
    n = len(A)
    M = np.hstack([A + 5 * np.eye(n), np.eye(n)])
    for i in range(n):
        p = i + np.abs(M[i:, i]).argmax()
        if p != i:
            M[[i, p]] = M[[p, i]]
        M[i] /= M[i, i]
        for k in range(n):
            if k != i:
                M[k] -= M[k, i] * M[i]
    return M[:, n:]


@case(np.array([1.0, 0.5]), 0.0, 1.0, 10)
def rk4(y, t0, t1, n):
    def f(t, y):
        return np.array([y[1], -np.sin(y[0]) - 0.1 * y[1] + 0.2 * math.cos(t)])

    h = (t1 - t0) / n
    ts = np.linspace(t0, t1, n + 1)
    ys = np.zeros((n + 1, len(y)))
    ys[0] = y
    for i, t in enumerate(ts[:-1]):
        k1 = f(t, ys[i])
        k2 = f(t + h / 2, ys[i] + h / 2 * k1)
        k3 = f(t + h / 2, ys[i] + h / 2 * k2)
        k4 = f(t + h, ys[i] + h * k3)
        ys[i + 1] = ys[i] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return ts, ys


@case(r(8, 3), r(8), wrt=(0, 1))
def masked_many(X, w):
    m = w > 0
    P = X[m]
    n = len(P)
    c = P.mean(axis=0)
    D = P - c
    s = D.std(axis=0) + P.var(axis=0, ddof=1) + P.max(axis=0) + P.min(0)
    t = P.sum(axis=1)
    return (
        c,
        s,
        t.max() + np.max(t) + n,
        P[:, 0] @ w[m],
        (P @ r3).sum(),
        P.shape[0] * 1.0,
        P.size,
        w[m].dot(w[m]),
        np.count_nonzero(P > 0.2),
        np.std(P),
        P.mean(),
    )


r3 = r(3)


@case(r(5, 2), u(6, 2), 3)
def kmeans(X0, C, iters):
    X = np.vstack([X0, X0 + 0.1])
    labels = np.zeros(len(X), dtype=int)
    for _it in range(iters):
        d = np.sqrt(((X[:, None, :] - C[None, :, :]) ** 2).sum(axis=2))
        labels = d.argmin(axis=1)
        for k in range(C.shape[0]):
            members = X[labels == k]
            if len(members) > 0:
                C[k] = members.mean(axis=0)
    return C, labels


@case(r(9))
def int_and_bool(x):
    k = (x * 5).astype(int)
    m = x > -0.5
    return k[m].max(), k[m].min(), (k[m] > 0).any(), (x[m] > 0).all(), k[m].sum(), k[m].mean()


@case(r(4, 5))
def two_d(x):
    m = x > 0
    return x[m].mean(), x[m].std(), x[m].max(), (x[m] ** 2).sum(), x[m].size


@case(r(3, 4))
def ndenum(a):
    s = 0.0
    out = np.zeros_like(a)
    for (i, j), v in np.ndenumerate(a):
        s += v * (i + 2 * j)
        out[j % 3, i] += v
        a[2, 3] = s
    return s, out


@case(r(3, 4, 2).astype(np.float32), wrt=())
def ndenum_narrow(a):
    s = np.float32(0)
    for idx, v in np.ndenumerate(a):
        s += v * (idx[0] + 2 * idx[2])
        a[idx] = s + idx[1]
    return a * s


@case(r(3, 4))
def nditer_read(a):
    s = 0.0
    for x in np.nditer(a):
        s = 0.9 * s + x * x
    return s


@case(r(3, 4))
def nditer_write(a):
    with np.nditer(a, op_flags=["readwrite"]) as it:
        for x in it:
            x[...] = 2 * x + 1
    return a.sum()


@case(r(3, 4), r(4), wrt=(0, 1))
def nditer_two(a, b):
    it = np.nditer([a, b], flags=["multi_index"])
    s = 0.0
    for x, y in it:
        i, j = it.multi_index
        s += x * y * (i - j) + a[i, j]
    return s


@case(r(3, 4))
def products(a):
    s = 0.0
    for i, j in itertools.product(range(3), range(1, 4)):
        s = s * 0.5 + a[i, j] * a[i, j - 1]
    for i, x in itertools.product(range(2), a[0]):
        s += i * x
    for (i, j), k in zip(itertools.product(range(3), repeat=2), range(5)):
        s += a[i, j] * k
    for n, (i, j) in enumerate(itertools.product([0, 1], [2, 3])):
        s += a[i, j] * n
    for i, j in reversed(list(itertools.product(range(2), range(2)))):
        s += a[i, j]
    return s


@case(r(3, 4))
def indices(a):
    out = np.zeros((3, 4))
    for idx in np.ndindex(3, 4):
        out[idx] = a[idx] * idx[0] + out[idx[0] - 1, idx[1]]
    for (i,) in np.ndindex(3):
        out[i] += 1
    for i, _j in np.ndindex(0, 3):
        out[i] += 1
    return out
