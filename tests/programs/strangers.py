"""
More programs as people write them: classes and data classes inside of functions, None or a value,
tuples that are compared, iterators over places. `STRANGERS` has each program with arguments, and
the arguments to differentiate by.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

STRANGERS: dict[str, tuple[Any, tuple[Any, ...], tuple[int, ...]]] = {}

R = np.random.default_rng(7)
r = R.standard_normal


def case(*args, wrt=(0,)):
    def note(fn):
        STRANGERS[fn.__name__] = fn, args, wrt
        return fn

    return note


@case(r((12, 2)), np.concatenate([r((3, 2)), [[50.0, 50.0]]]), 3)
def k_means_with_an_empty_cluster(X, C, iterations):
    for _ in range(iterations):
        distances = ((X[:, None, :] - C[None]) ** 2).sum(-1)
        labels = np.argmin(distances, axis=1)
        for k in range(len(C)):
            points = X[labels == k]
            if len(points) > 0:
                C[k] = points.mean(axis=0)
    return C


@case(r(5))
def classes_inside(y0):
    @dataclass
    class Oscillator:
        k: float = 2.0

        def slope(self, y):
            return np.array([y[1], -self.k * y[0]])

    class Damped(Oscillator):
        def __init__(self, c):
            super().__init__(3.0)
            self.__c = c

        def slope(self, y):
            d = super().slope(y)
            if y[0] > 0.5:
                d = d - self.__c * np.array([0.0, y[1]])
            return d

    system = Damped(0.3)
    y, t, h = y0[:2].copy(), 0.0, 0.1
    while t < 0.95:
        k1 = system.slope(y)
        k2 = system.slope(y + h * k1)
        y = y + h / 2 * (k1 + k2)
        t += h
    return y


@case(r((5, 6)), np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1.0]]) / 16, wrt=(0, 1))
def blur_by_places(image, kernel):
    out = np.zeros_like(image)
    padded = np.pad(image, 1, mode="edge")
    for i, j in np.ndindex(*image.shape):
        out[i, j] = np.sum(padded[i : i + 3, j : j + 3] * kernel)
    return out


@case(r((4, 4)))
def blocks_by_places(A):
    B = np.zeros((2, 2))
    for i, j in itertools.product(range(2), range(2)):
        B[i, j] = A[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean()
    for (i, j), v in np.ndenumerate(B):
        A[i : i + 2, j] += v
    return A, B


@case(np.array([1.0, 2.0, 3.5, 4.0]))
def best_split(x):
    best = None
    best_gain = -np.inf
    for i in range(1, len(x)):
        left, right = x[:i], x[i:]
        gain = x.var() - (len(left) * left.var() + len(right) * right.var()) / len(x)
        if gain > best_gain:
            best_gain = gain
            best = {"i": i, "threshold": (x[i - 1] + x[i]) / 2}
    return best_gain, best["threshold"]


@case(r(4), r(5), wrt=(0,))
def first_close_pair(a, b):
    pair = None
    for x in a:
        for y in b:
            if abs(x - y) < 0.5 and (pair is None or abs(x - y) < abs(pair[0] - pair[1])):
                pair = (x, y)
    return np.array(pair) if pair is not None else np.zeros(2)


@case(r(3), r((6, 3)), wrt=(0, 1))
def nearest(q, points):
    distance = at = None
    for i, p in enumerate(points):
        d = np.sqrt(((p - q) ** 2).sum())
        if distance is None or d < distance:
            distance, at = d, i
    return points[at], distance


@case(r((5, 2)), np.float64(0.1))
def first_hit(points, t):
    hit = None
    for p in points:
        d = np.hypot(p[0], p[1]) - 1
        if d < t:
            hit = p + d
            break
    if hit is None:
        return np.zeros(2)
    return hit / np.linalg.norm(hit)


@case(r(10), wrt=())
def longest_fall(x):
    peak, start, longest = x[0], None, 0
    for i, v in enumerate(x):
        if v >= peak:
            peak, start = v, None
        else:
            if start is None:
                start = i
            longest = max(longest, i - start + 1)
    return longest, peak


@case(R.random((4, 5)), wrt=(0,))
def cheapest_path(g):
    n, m = g.shape
    d = np.full((n, m), np.inf)
    d[0, 0] = g[0, 0]
    for i in range(n):
        for j in range(m):
            for di, dj in [(-1, 0), (0, -1)]:
                ii, jj = i + di, j + dj
                if 0 <= ii < n and 0 <= jj < m:
                    d[i, j] = min(d[i, j], d[ii, jj] + g[i, j])
    i, j = n - 1, m - 1
    cost = 0.0
    while (i, j) != (0, 0):
        cost += g[i, j]
        if i == 0:
            j -= 1
        elif j == 0 or d[i - 1, j] < d[i, j - 1]:
            i -= 1
        else:
            j -= 1
    return d[-1, -1], cost


@case(r(4))
def walk_to_a_goal(x):
    i, j = 0, 3
    total = 0.0
    goal = (2, 1)
    while (i, j) != goal and i < 4:
        total += x[i] * x[j]
        if x[i] > 0 or (i, j) in [(0, 3), (1, 2)]:
            i += 1
        j = max(j - 1, 0)
        if (i, j) > (2, 2) or [i, j] <= [1, 2]:
            total += x[0]
    return total


@case(np.array([[0, 1], [2, 3], [1, 3], [4, 5]]), 7, wrt=())
def union_find(edges, n):
    parent = np.arange(n)
    size = np.ones(n, int)

    def find(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    parts = n
    for a, b in edges:
        ra, rb = find(a), find(b)
        if ra != rb:
            if size[ra] < size[rb]:
                ra, rb = rb, ra
            parent[rb] = ra
            size[ra] += size[rb]
            parts -= 1
    return parts, size
