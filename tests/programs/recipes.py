"""
Recipes as scientists write them: classes that hold arrays, generators, memos, hashes, graphs,
dynamic programming, filters. `RECIPES` has each program with arguments, and the arguments to
differentiate by.
"""

from __future__ import annotations

import functools
import math
import operator
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

RECIPES: dict[str, tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...]]] = {}
R = np.random.default_rng(3)


def collector(programs):
    """A decorator `case(*args, wrt=…)` that notes a function among `programs`, by its name."""

    def case(*args, wrt=(0,)):
        def keep(fn):
            programs[fn.__name__] = (fn, args, wrt)
            return fn

        return keep

    return case


case = collector(RECIPES)


def r(*shape):
    return R.standard_normal(shape)


@dataclass
class Grid:
    u: np.ndarray
    dx: float = 0.1
    history: list = field(default_factory=list)

    def laplacian(self):
        return (np.roll(self.u, 1) - 2 * self.u + np.roll(self.u, -1)) / self.dx**2

    def step(self, dt):
        self.u = self.u + dt * self.laplacian()
        self.history.append(np.abs(self.u).max())

    @property
    def energy(self):
        return 0.5 * np.sum(self.u**2) * self.dx


@case(r(10))
def grid_class(u0):
    g = Grid(u0)
    for _ in range(5):
        g.step(0.001)
    return g.energy, np.array(g.history)


@case(r(8))
def fib_memo(x):
    memo = {}

    def f(n):
        if n in memo:
            return memo[n]
        if n < 2:
            v = x[n]
        else:
            v = np.tanh(f(n - 1) + x[n] * f(n - 2))
        memo[n] = v
        return v

    return f(7)


def gen_pairs(n):
    for i in range(n):
        for j in range(i + 1, n):
            yield i, j


@case(r(5, 3))
def lennard_jones(pos):
    e = 0.0
    for i, j in gen_pairs(len(pos)):
        d2 = np.sum((pos[i] - pos[j]) ** 2)
        inv6 = 1.0 / (d2 + 0.5) ** 3
        e += 4 * (inv6**2 - inv6)
    return e


@case(r(6), r(6))
def adam(w, target):
    m = np.zeros_like(w)
    v = np.zeros_like(w)
    b1, b2, lr, eps = 0.9, 0.999, 0.05, 1e-8
    for t in range(1, 21):
        g = 2 * (w - target) + 0.1 * np.sin(w)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        mh = m / (1 - b1**t)
        vh = v / (1 - b2**t)
        w -= lr * mh / (np.sqrt(vh) + eps)
    return w


@case(R.integers(0, 255, 20).astype(np.uint8), wrt=())
def fnv1a(data):
    h = np.uint32(2166136261)
    for b in data:
        h ^= np.uint32(b)
        h *= np.uint32(16777619)
    return h


@case(R.integers(0, 2**31, 9).astype(np.uint32), wrt=())
def popcounts(x):
    x = x - ((x >> 1) & np.uint32(0x55555555))
    x = (x & np.uint32(0x33333333)) + ((x >> 2) & np.uint32(0x33333333))
    x = (x + (x >> 4)) & np.uint32(0x0F0F0F0F)
    return (x * np.uint32(0x01010101)) >> 24


@case(r(7), r(7))
def dtw(a, b):
    n, m = len(a), len(b)
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = abs(a[i - 1] - b[j - 1])
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


@case(R.integers(0, 4, 8), R.integers(0, 4, 9), wrt=())
def edit_distance(s, t):
    prev = list(range(len(t) + 1))
    for i, a in enumerate(s, 1):
        cur = [i]
        for j, b in enumerate(t, 1):
            cur.append(min(prev[j] + 1, cur[-1] + 1, prev[j - 1] + (a != b)))
        prev = cur
    return prev[-1]


@case(np.abs(r(6, 6)) + 0.1)
def dijkstra(W):
    n = W.shape[0]
    dist = np.full(n, np.inf)
    dist[0] = 0
    done = np.zeros(n, dtype=bool)
    for _ in range(n):
        u = np.argmin(np.where(done, np.inf, dist))
        done[u] = True
        for v in range(n):
            if not done[v] and (alt := dist[u] + W[u, v]) < dist[v]:
                dist[v] = alt
    return dist


@case(np.abs(r(6, 6)) + 0.1)
def bellman_ford(W):
    n = len(W)
    edges = [(i, j) for i in range(n) for j in range(n) if i != j]
    d = [np.inf] * n
    d[0] = 0.0
    for _ in range(n - 1):
        changed = False
        for i, j in edges:
            if d[i] + W[i, j] < d[j]:
                d[j] = d[i] + W[i, j]
                changed = True
        if not changed:
            break
    return np.array(d)


@case((R.random((6, 6)) < 0.4).astype(int), wrt=())
def topological(adj):
    n = len(adj)
    indeg = adj.sum(axis=0)
    order = -np.ones(n, dtype=int)
    k = 0
    removed = np.zeros(n, bool)
    while k < n:
        found = False
        for v in range(n):
            if indeg[v] == 0 and not removed[v]:
                found = True
                removed[v] = True
                order[k] = v
                k += 1
                indeg -= adj[v]
                break
        if not found:
            break
    return order, k


@case(r(16))
def haar_multilevel(x):
    coeffs = []
    approx = x
    while len(approx) > 1:
        even, odd = approx[::2], approx[1::2]
        coeffs.append((even - odd) / np.sqrt(2))
        approx = (even + odd) / np.sqrt(2)
    coeffs.append(approx)
    return np.concatenate(coeffs[::-1])


@case(r(10), wrt=(0,))
def goertzel(x, k=3):
    n = len(x)
    w = 2 * np.pi * k / n
    coeff = 2 * math.cos(w)
    s0 = s1 = s2 = 0.0
    for sample in x:
        s0 = sample + coeff * s1 - s2
        s2, s1 = s1, s0
    return s1**2 + s2**2 - coeff * s1 * s2


@case(r(20))
def welch(x, nperseg=8, window="hann"):
    if window == "hann":
        w = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(nperseg) / nperseg)
    elif window == "boxcar":
        w = np.ones(nperseg)
    else:
        raise ValueError(f"unknown window {window!r}")
    segs = [x[i : i + nperseg] * w for i in range(0, len(x) - nperseg + 1, nperseg // 2)]
    P = np.mean([np.abs(np.fft.rfft(s)) ** 2 for s in segs], axis=0)
    P[1:-1] *= 2
    return P / (w**2).sum()


@case(r(5, 5) + 5 * np.eye(5), r(5))
def gauss_pivot(A, b):
    A = A.copy()
    b = b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            f = A[i, k] / A[k, k]
            A[i, k:] -= f * A[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.dot(A[i, i + 1 :], x[i + 1 :])) / A[i, i]
    return x


@case(np.sort(r(6)), r(6), 0.1)
def neville(xs, ys, x):
    p = list(ys)
    n = len(xs)
    for m in range(1, n):
        for i in range(n - m):
            p[i] = ((x - xs[i + m]) * p[i] + (xs[i] - x) * p[i + 1]) / (xs[i] - xs[i + m])
    return p[0]


@case(r(6, 7, 4), r(6, 7, 4), r(6, 7, 4))
def smagorinsky(u, v, w):
    dx = 0.5
    dudx = (u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * dx)
    dvdy = (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * dx)
    T = dudx - dvdy
    S = (u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx) + (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dx)
    visc = np.minimum(0.12 * np.sqrt(T**2 + S**2) - 0.05, 0.5)
    visc[visc < 0] = 0
    out = u.copy()
    out[1:-1, 1:-1] += visc * (
        u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
    )
    return out


@case(np.abs(r(5, 8)) + 1, 0.2, 0.3)
def saturation_adjust(T, q, lam):
    ni, nk = T.shape
    qv = np.full_like(T, q)
    for k in range(nk - 1, -1, -1):
        for i in range(ni):
            es = 0.6 * np.exp(17.0 * T[i, k] / (T[i, k] + 240.0))
            if qv[i, k] > es * 0.2:
                dq = qv[i, k] - es * 0.2
                qv[i, k] -= dq
                T[i, k] += lam * dq
                if k > 0:
                    qv[i, k - 1] += 0.5 * dq
            elif T[i, k] > 2.0:
                T[i, k] *= 0.99
    return T.sum(axis=0), qv


@case(r(8), r(8))
def tri_solve_banded(d, rhs):
    a = np.full(7, -1.0)
    b = 4 + d**2
    c = np.full(7, -1.0)
    cp, dp = [c[0] / b[0]], [rhs[0] / b[0]]
    for i in range(1, 8):
        den = b[i] - a[i - 1] * cp[-1]
        if i < 7:
            cp.append(c[i] / den)
        dp.append((rhs[i] - a[i - 1] * dp[-1]) / den)
    x = [dp.pop()]
    while dp:
        x.insert(0, dp.pop() - cp.pop() * x[0])
    return np.array(x)


@case(np.array([0.3, -0.6]), wrt=(0,))
def julia_orbit(c):
    z = complex(0)
    c = c[0] + 1j * c[1]
    n = 0
    while abs(z) < 2 and n < 12:
        z = z * z + c
        n += 1
    return abs(z), n


@case(r(9))
def insertion_sort(a):
    for i in range(1, len(a)):
        key = a[i]
        j = i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return a * np.arange(len(a))


@case(r(6), np.array([2.0, 1.0]))
def knapsack_soft(v, c):
    cap = 7
    w = [1, 3, 2, 4, 2, 1]
    best = np.zeros(cap + 1)
    for vi, wi in zip(v, w):
        for k in range(cap, wi - 1, -1):
            best[k] = max(best[k], best[k - wi] + vi)
    return best


@case(R.integers(0, 256, 30).astype(np.uint8), wrt=())
def crc32_table(data):
    table = np.zeros(256, dtype=np.uint32)
    for n in range(256):
        c = np.uint32(n)
        for _ in range(8):
            c = (
                np.uint32(0xEDB88320) ^ (c >> np.uint32(1))
                if c & np.uint32(1)
                else c >> np.uint32(1)
            )
        table[n] = c
    crc = np.uint32(0xFFFFFFFF)
    for b in data:
        crc = table[(crc ^ b) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    return ~crc


@case(r(12), wrt=(0,))
def state_machine(x):
    IDLE, RISE, FALL = range(3)
    state = IDLE
    score = 0.0
    log = []
    for v in x:
        if state == IDLE:
            if v > 0.3:
                state = RISE
        elif state == RISE:
            score += v
            if v < 0:
                state = FALL
        else:
            score -= v**2
            if v > 0:
                state = IDLE
        log.append(state)
    return score, np.array(log)


@case(r(5), r(5))
def outs_everywhere(a, b):
    t = np.empty(5)
    np.multiply(a, b, out=t)
    np.add(t, a, out=t)
    np.sin(t, t)
    np.maximum(t, 0.1, out=t, where=a > 0)
    t /= 1 + np.abs(b)
    return t


@case(r(11))
def slices_neg(x):
    y = x[::-1].copy()
    y[::-2] *= 2
    y[8:2:-3] += x[1:3]
    z = x[-2::-2]
    return y, z, x[::3] * y[::-3][:4]


class Dual:
    def __init__(self, v, d=0.0):
        self.v, self.d = v, d

    def __mul__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return Dual(self.v * o.v, self.v * o.d + self.d * o.v)

    def __add__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return Dual(self.v + o.v, self.d + o.d)

    __radd__ = __add__
    __rmul__ = __mul__


@case(r(4), np.float64(0.7), wrt=(0, 1))
def dual_poly(c, x):
    t = Dual(x, 1.0)
    p = Dual(0.0)
    for a in reversed(c):
        p = p * t + a
    return p.v, p.d


@case(r(3, 3) + 4 * np.eye(3))
def try_cholesky(A):
    S = A @ A.T
    try:
        L = np.linalg.cholesky(S)
    except np.linalg.LinAlgError:
        L = np.linalg.cholesky(S + 1e-6 * np.eye(3))
    finally:
        k = 2
    return L * k


@case(r(5))
def reduce_partial(x):
    scale = functools.partial(np.multiply, 2.0)
    fs = [np.sin, scale, lambda t: t**2]
    y = functools.reduce(lambda acc, f: f(acc), fs, x)
    return functools.reduce(operator.mul, list(y))


def chunks(x, n):
    for i in range(0, len(x), n):
        yield x[i : i + n]


def flatten(parts):
    for p in parts:
        yield from p


@case(r(9))
def generators(x):
    out = 0.0
    for k, v in enumerate(flatten(c[::-1] for c in chunks(x, 4))):
        out = 0.5 * out + v * (k + 1)
    return out


@case(r(8))
def deque_window(x):
    q = deque(maxlen=3)
    out = []
    for v in x:
        q.append(v)
        out.append(sum(q) / len(q))
    return np.array(out)


@case(r(6))
def rng_inside(x):
    rng = np.random.default_rng(0)
    s = 0.0
    for _ in range(4):
        noise = rng.normal(size=6)
        s += np.sum(np.tanh(x + 0.1 * noise))
    return s


@dataclass(frozen=True)
class Params:
    a: float
    b: np.ndarray

    def with_a(self, a):
        return replace(self, a=a)


@case(r(4), np.float64(0.5), wrt=(0, 1))
def frozen_params(b, a):
    p = Params(a, b)
    for _ in range(5):
        p = p.with_a(p.a * 0.9 + np.sum(p.b) * 0.01)
    return p.a * p.b


@case(r(5, 5))
def while_walrus(x):
    n = 0
    while (norm := np.linalg.norm(x)) > 0.5 and n < 30:
        x = x * 0.7
        n += 1
    return x, norm


@case(r(4, 6))
def nested_for_else(x):
    total = 0.0
    for row in x:
        for v in row:
            if v > 1.2:
                break
            total += v
        else:
            total *= 2
    return total


@case(r(6))
def sets_and_lists(x):
    seen = set()
    out = []
    for i in [3, 1, 3, 2, 1]:
        if i in seen:
            continue
        seen.add(i)
        out.append(x[i])
    out.extend([x[0]] * 2)
    out[1:3] = [out[2], out[1]]
    out.reverse()
    head, *rest = out
    return head + 2 * rest[0] * rest[-1]


@np.vectorize
def soft(v, lam):
    if v > lam:
        return v - lam
    if v < -lam:
        return v + lam
    return 0.0


@case(r(6, 4), 0.4)
def vectorized_soft(x, lam):
    return soft(x, lam)


@case(r(7))
def sorted_key(x):
    pts = sorted(x, key=lambda v: (v - 0.3) ** 2)
    pairs = sorted(((v, v * v) for v in x), key=lambda p: -p[1], reverse=True)
    names = sorted(range(7), key=lambda k: -k)
    ties = sorted([(k, v) for k, v in enumerate(x)], key=lambda p: p[1] > 0, reverse=True)
    best = max(x, key=lambda v: abs(v))
    return (
        pts[0] * 2
        + pts[-1]
        + best
        + pairs[0][0] * pairs[1][1]
        + names[0]
        + ties[0][1] * 3
        + ties[-1][1] * ties[0][0]
    )


@case(r(5))
def close(x):
    s = 0.0
    for v in x:
        if math.isclose(v, x[2]) or math.isclose(v, x[0], rel_tol=0.2, abs_tol=0.1):
            s += v
    return s
