"""
Programs of loops in loops, written for `lg` or for `Plain`, which runs the same loops in Python.

A program takes four numbers between 0 and 1 and gives one. `k` is the number of checkpoints of its
loops. The lists at the end say which programs there are.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import letgrad as lg


class Plain:
    """The loops of `lg`, run by Python on NumPy's arrays."""

    @staticmethod
    def while_loop(cond: Any, body: Any, init: Any, max_steps: Any = None, checkpoint: Any = None):
        turns = 0
        while cond(init) and (max_steps is None or turns < max_steps):
            init, turns = body(init), turns + 1
        return init

    @staticmethod
    def fori_loop(
        low: Any, high: Any, body: Any, init: Any, max_steps: Any = None, checkpoint: Any = None
    ):
        for i in range(int(low), int(high))[:max_steps]:
            init = body(i, init)
        return init

    @staticmethod
    def scan(
        f: Any, init: Any, xs: Any = None, length: Any = None, reverse: Any = False,
        checkpoint: Any = None,
    ):  # fmt: skip
        rows = [None] * length if xs is None else [_row(xs, k) for k in range(_count(xs))]
        ys = []
        for row in rows[::-1] if reverse else rows:
            init, y = f(init, row)
            ys.append(y)
        return init, _stack(ys[::-1] if reverse else ys)

    @staticmethod
    def cond(pred: Any, then: Any, other: Any, *operands: Any):
        return (then if pred else other)(*operands)

    @staticmethod
    def switch(index: Any, branches: Any, *operands: Any):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)

    @staticmethod
    def checkpoint(f: Any, policy: Any = None):
        return f

    @staticmethod
    def vmap(f: Any):
        return lambda *xs: _stack([f(*row) for row in zip(*xs, strict=True)])

    @staticmethod
    def associative_scan(op: Any, xs: Any):
        found = [_row(xs, slice(0, 1))]
        for k in range(1, _count(xs)):
            found.append(op(found[-1], _row(xs, slice(k, k + 1))))
        return _joined(found)

    @staticmethod
    def fixed_point(f: Any, x: Any, *params: Any, **_: Any):
        for _ in range(80):
            x = f(x, *params)
        return x

    @staticmethod
    def root(f: Any, x: Any, *params: Any, **_: Any):
        """Newton's method; differences give the slopes, and the last digits come from the steps."""
        x = np.asarray(x, float)
        for _ in range(15):
            units = np.eye(x.size).reshape(x.size, *x.shape) * 1e-6
            columns = [(f(x + e, *params) - f(x - e, *params)) / 2e-6 for e in units]
            slope = np.stack([np.ravel(c) for c in columns], 1)
            x = x - np.linalg.solve(slope, np.ravel(f(x, *params))).reshape(x.shape)
        return x

    @staticmethod
    def linear_solve(a: Any, b: Any, **_: Any):
        columns = [a(e) - a(np.zeros_like(b)) for e in np.eye(b.size)]
        return np.linalg.solve(np.stack(columns, 1), b - a(np.zeros_like(b)))

    @staticmethod
    def odeint(f: Any, y: Any, ts: Any, *params: Any, **_: Any):
        """The classical method of order 4 with many steps."""
        found = [y]
        for start, end in pairwise(ts):
            h, n = (end - start) / 100, 100
            for j in range(n):
                t = start + j * h
                a = f(y, t, *params)
                b = f(y + h / 2 * a, t + h / 2, *params)
                c = f(y + h / 2 * b, t + h / 2, *params)
                d = f(y + h * c, t + h, *params)
                y = y + h / 6 * (a + 2 * b + 2 * c + d)
            found.append(y)
        return np.stack(found)


def _row(xs: Any, k: Any) -> Any:
    return tuple(_row(x, k) for x in xs) if isinstance(xs, tuple) else xs[k]


def _count(xs: Any) -> int:
    return _count(xs[0]) if isinstance(xs, tuple) else len(xs)


def _stack(ys: list[Any], join: Any = np.stack) -> Any:
    if not ys or ys[0] is None:
        return None
    if isinstance(ys[0], tuple):
        return tuple(_stack(list(part), join) for part in zip(*ys, strict=True))
    return join(ys)


def _joined(ys: list[Any]) -> Any:
    return _stack(ys, np.concatenate)


def square_roots_in_a_scan(L: Any, x: Any, k: Any) -> Any:
    """Newton's method for each row; the next row starts from the last root."""

    def step(c: Any, r: Any) -> Any:
        near = lambda y: abs(y * y - (1.0 + r + c)) > 1e-13  # noqa: E731
        y = L.while_loop(near, lambda y: (y + (1.0 + r + c) / y) / 2, c + 1.0, 60, checkpoint=k)
        return 0.3 * y, y * r

    last, ys = L.scan(step, x[0], x, checkpoint=k)
    return np.sum(ys) + last


def three_whiles(L: Any, x: Any, k: Any) -> Any:
    """Each level leaves its carry to the next; the counters are integers and floats."""

    def inner(c: Any) -> Any:
        return L.while_loop(
            lambda s: s[1] < 2, lambda s: (np.sin(s[0]) + 0.1 * s[1], s[1] + 1), (c, 0),
            checkpoint=k,
        )[0]  # fmt: skip

    def middle(c: Any, limit: Any) -> Any:
        return L.while_loop(
            lambda s: s[1] < limit,
            lambda s: (inner(s[0] * x[1] + 0.2), s[1] + 0.75),
            (c, 0.0),
            checkpoint=k,
        )[0]

    def outer(s: Any) -> Any:
        c, n = s
        return middle(c + x[2:].sum() * 0.1, n), n + 1.0

    c, _ = L.while_loop(lambda s: s[1] < 3.0, outer, (x[:2] * 1.0, 0.0), checkpoint=k)
    return np.sum(c * c) + c[0]


def branches_in_a_while_in_a_scan(L: Any, x: Any, k: Any) -> Any:
    def turn(s: Any) -> Any:
        y, n = s
        y = L.cond(n % 2 == 0, lambda: np.cos(y) * x[0], lambda: y * y + 0.3 * x[1])
        return y, n + 1

    def step(c: Any, r: Any) -> Any:
        y, n = L.while_loop(lambda s: s[0] + 0.4 * s[1] < 1.9 + r, turn, (c, 0), checkpoint=k)
        return y * 0.5, y + r * n

    return np.sum(L.scan(step, x[3], x, checkpoint=k)[1] ** 2)


def triangle(L: Any, x: Any, k: Any) -> Any:
    """The bounds of the inner loop are the counter of the outer one, and a number made of data."""

    def row(i: Any, c: Any) -> Any:
        n = i + np.floor(2.5 * x[0]).astype(int)
        return L.fori_loop(1, n, lambda j, d: np.sin(d + x[1] * j) * (1.0 + 0.1 * i), c)

    return np.sum(L.fori_loop(0, 5, row, x, checkpoint=k) * x)


def bounds_with_limits(L: Any, x: Any, k: Any) -> Any:
    """Limits below and above the turns that the bounds allow."""

    def row(i: Any, c: Any) -> Any:
        n = np.floor(4.0 * x[i]).astype(int)
        c = L.fori_loop(-1, n, lambda j, d: d * np.cos(x[2] * d) + 0.1 * j, c, 2, checkpoint=k)
        return L.fori_loop(n, 3, lambda j, d: np.tanh(d) + 0.01 * j * x[3], c, 9, checkpoint=k)

    return np.sum(L.fori_loop(0, 4, row, x * 0.5, checkpoint=k))


def fixed_points_in_a_scan(L: Any, x: Any, k: Any) -> Any:
    def step(c: Any, r: Any) -> Any:
        y = L.fixed_point(lambda y, a, b: 0.4 * np.sin(y + a) + 0.2 * b, c, c, r, tol=1e-14)
        return y, y * y * r

    last, ys = L.scan(step, x[:2], x, checkpoint=k)
    return np.sum(ys) + np.sum(last)


def a_fixed_point_of_loops(L: Any, x: Any, k: Any) -> Any:
    def f(y: Any, a: Any) -> Any:
        turn = lambda s: (0.5 * np.sin(s[0] + a), s[1] + 1)  # noqa: E731
        return L.while_loop(lambda s: s[1] < 3, turn, (y, 0), checkpoint=k)[0]

    first = L.fixed_point(f, np.zeros(4), x, tol=1e-14)
    second = L.fixed_point(
        lambda y, a: L.scan(lambda c, r: (0.3 * c * r + a[0], c), y[3], first)[1] * 0.5,
        np.zeros(4), x, tol=1e-14,
    )  # fmt: skip
    return np.sum(first * second)


def roots_in_a_fori(L: Any, x: Any, k: Any) -> Any:
    def step(i: Any, c: Any) -> Any:
        return L.root(lambda y, a: y + 0.1 * y * y * y - a, c, c * x + 0.1 * i, tol=1e-12) + x * 0.1

    return np.sum(L.fori_loop(0, 3, step, x, checkpoint=k) ** 2)


def a_root_through_a_scan(L: Any, x: Any, k: Any) -> Any:
    """Shooting: the first slope with which a discrete pendulum ends where it shall."""

    def miss(v: Any, a: Any) -> Any:
        def step(c: Any, r: Any) -> Any:
            p, q = c
            return (p + 0.2 * q, q - 0.2 * np.sin(p) * r), None

        return L.scan(step, (a[0], v), a, checkpoint=k)[0][0] - 0.5

    return L.root(miss, 0.1, x, tol=1e-12) ** 2 + x[0]


def an_equation_with_a_loop(L: Any, x: Any, k: Any) -> Any:
    def slope(y: Any, t: Any, a: Any) -> Any:
        turn = lambda i, c: np.sin(c) * a[0] + 0.1 * i  # noqa: E731
        return L.fori_loop(0, 3, turn, y) - a[1] * y + L.cond(a[2] > 0.4, lambda: t * y, lambda: y)

    ys = L.odeint(slope, x[:2], np.array([0.0, 0.4, 1.0]), x, rtol=1e-11, atol=1e-12)
    return np.sum(ys * ys)


def equations_in_a_while(L: Any, x: Any, k: Any) -> Any:
    """A ball that is kicked each time; the number of flights is data."""

    def flight(s: Any) -> Any:
        y, n = s
        rate = lambda y, t, a: np.stack([y[1], -y[0] - a * y[1]])  # noqa: E731
        y = L.odeint(rate, y, np.array([0.0, 0.5]), x[1], rtol=1e-11, atol=1e-12)[-1]
        return y * np.array([1.0, 0.7]) + x[2] * 0.1, n + 1

    y, _ = L.while_loop(lambda s: s[1] < 2 + (x[0] > 0.5), flight, (x[:2], 0), checkpoint=k)
    return y[0] * y[1]


def prefixes_in_a_while(L: Any, x: Any, k: Any) -> Any:
    def turn(s: Any) -> Any:
        y, n = s
        join = lambda p, q: (p[0] * q[0], q[0] * p[1] + q[1])  # noqa: E731
        return L.associative_scan(join, (np.cos(y), x))[1] * 0.4, n + 1

    def more(s: Any) -> Any:
        return (s[1] < 5) & (np.sum(s[0]) > 0.1)

    y, n = L.while_loop(more, turn, (x, 0), checkpoint=k)
    return np.sum(y * y) + n


def prefixes_of_loops(L: Any, x: Any, k: Any) -> Any:
    """The function of an associative scan multiplies 2 × 2 matrices in a loop."""

    def product(p: Any, q: Any) -> Any:
        add = lambda j, c: c + q[:, :, j, None] * p[:, j, None, :]  # noqa: E731
        return L.fori_loop(0, 2, add, np.zeros(p.shape))

    rows = np.reshape(x, (4, 1, 1)) * np.array([[0.5, 0.2], [0.1, 0.4]]) + np.eye(2)
    return np.sum(L.associative_scan(product, rows)[:, 0, 1] * x)


def recomputed_loops(L: Any, x: Any, k: Any) -> Any:
    @L.checkpoint
    def layer(c: Any, w: Any) -> Any:
        turn = lambda s: (np.tanh(s[0] * w + 0.1), s[1] * 0.5)  # noqa: E731
        return L.while_loop(lambda s: s[1] > w, turn, (c, w + 2.3))[0]

    step = lambda c, w: (layer(c, w), L.checkpoint(np.sum)(c * w))  # noqa: E731
    last, ys = L.scan(step, x, x, checkpoint=k)
    return np.sum(last) + np.sum(ys * ys)


def integers_and_truths(L: Any, x: Any, k: Any) -> Any:
    """Collatz's numbers choose factors; a flag that is carried ends the loop."""

    def turn(s: Any) -> Any:
        y, n, _, visits = s
        odd = n % 2 == 1
        y = np.where(odd, np.sin(y) + x[0], y * x[1])
        n = np.where(odd, 3 * n + 1, n // 2)
        return y, n, n == 1, visits + np.where(np.arange(3) == n % 3, 1, 0)

    def going(s: Any) -> Any:
        return np.logical_not(np.logical_or(s[2], s[1] == 1))

    def step(i: Any, c: Any) -> Any:
        init = (c, i + 1, i < 0, np.zeros(3, np.int64))
        y, _, _, visits = L.while_loop(going, turn, init, checkpoint=k)
        return y * (1.0 + 0.01 * visits[0]) + 0.1 * x[3]

    return np.sum(L.fori_loop(0, 6, step, x[2:], checkpoint=k) ** 2)


def escaping_numbers(L: Any, x: Any, k: Any) -> Any:
    """z ← z² + c of complex numbers until |z| is large; the smooth number of turns."""

    def one(c: Any, p: Any) -> Any:
        at = p + 1j * c * x[1] + 0.5
        turn = lambda s: (s[0] * s[0] + at, s[1] + 1)  # noqa: E731
        small = lambda s: np.real(s[0] * np.conj(s[0])) < 16.0  # noqa: E731
        z, n = L.while_loop(small, turn, (at * 0.5, 0), max_steps=30, checkpoint=k)
        size = np.real(z * np.conj(z)) + 1.0
        return np.sin(size * 0.1) + 0.1 * c, n - np.log(np.log(size + 3.0))

    return np.sum(L.scan(one, x[0], x, checkpoint=k)[1])


def no_turn_at_all(L: Any, x: Any, k: Any) -> Any:
    """Bodies that must not run: they would give NaN, and so would their slopes."""

    def never(c: Any) -> Any:
        return np.sqrt(-1.0 - c * c) / (c - c)

    def step(c: Any, r: Any) -> Any:
        c = L.while_loop(lambda s: np.sum(s) < -9.0, never, c, checkpoint=k)
        n = np.floor(r * 1.9 - 0.5).astype(int)
        c = L.fori_loop(0, n, lambda i, d: np.sqrt(d + 0.5) * r, c, checkpoint=k)
        c = L.fori_loop(n + 5, n, lambda i, d: never(d), c, 7)
        return c, L.scan(lambda d, _: (never(d), None), c, length=0)[0] * r

    last, ys = L.scan(step, x, x, checkpoint=k)
    return np.sum(last) + np.sum(ys)


def lanes_that_end_early(L: Any, x: Any, k: Any) -> Any:
    """A lane that goes on after its end would take the root of a negative number."""

    def one(a: Any) -> Any:
        def turn(s: Any) -> Any:
            y, n = s
            return np.sqrt(y - 0.21) * a, n + 1

        y, _ = L.while_loop(lambda s: s[0] > 0.3, turn, (1.0 + a, 0), checkpoint=k)
        inner = lambda s: np.log(s - 1.0) + a  # noqa: E731
        return y * L.while_loop(lambda s: s > 1.4, inner, 2.0 + a + y, checkpoint=k)

    first = L.vmap(one)(x)
    return np.sum(L.scan(lambda c, r: (c * 0.5 + L.vmap(one)(c * r), None), first, x)[0])


def nothing_beside_something(L: Any, x: Any, k: Any) -> Any:
    """Empty arrays in tuples and dictionaries of the carry, and as rows."""

    def turn(s: Any) -> Any:
        return {"n": s["n"] + 1, "y": (s["y"][1] * 0.9, np.sin(s["y"][0]), s["y"][2] * x[0])}

    def step(c: Any, r: Any) -> Any:
        y, none = c
        init = {"n": 0, "y": (y, y * r[0], none)}
        made = L.while_loop(lambda s: s["n"] < 3, turn, init, checkpoint=k)["y"]
        return (made[0], made[2]), (r[1], made[1] + np.sum(made[2]))

    (y, none), (rows, ys) = L.scan(step, (x, x[:0] * 2.0), (x, np.zeros((4, 0))), checkpoint=k)
    return np.sum(y) + np.sum(none) + np.sum(rows) + np.sum(ys * ys)


def a_machine_of_states(L: Any, x: Any, k: Any) -> Any:
    """An integer that is carried chooses the step, and the step chooses the integer."""

    def turn(s: Any) -> Any:
        y, state, n = s
        return *L.switch(
            state,
            [
                lambda: (np.sin(y) + x[0], np.where(y[0] > 0.5, 1, 2)),
                lambda: (L.fori_loop(0, n, lambda i, d: d * x[1], y), 2 + n % 2),
                lambda: (y * y * 0.5 + 0.3, np.where(n > 6, 4, 0)),
                lambda: (np.roll(y, 1) * x[2], 0 * n),
            ],
        ), n + 1  # fmt: skip

    y, _, n = L.while_loop(lambda s: s[1] < 4, turn, (x, 0, 0), max_steps=12, checkpoint=k)
    return np.sum(y * np.arange(4.0)) + n


def filters_in_a_fori(L: Any, x: Any, k: Any) -> Any:
    """Kalman's filter of four observations, smoothed, and its noise estimated again."""
    motion = np.array([[1.0, 0.1], [-0.2, 0.9]])

    def step(noise: Any) -> Any:
        def one(c: Any, r: Any) -> Any:
            mean, cov = c
            mean, cov = motion @ mean, motion @ cov @ motion.T + noise * np.eye(2)
            spread = cov + np.array([[0.4, 0.1], [0.1, 0.3]]) * (1.0 + r)
            gain = cov @ np.linalg.inv(spread)
            miss = np.stack([r, 0.2 * r * r]) - mean
            mean, cov = mean + gain @ miss, cov - gain @ cov
            return (mean, cov), (mean, cov)

        return one

    def again(i: Any, noise: Any) -> Any:
        init = (x[:2] * 0.5, np.eye(2))
        _, (means, covs) = L.scan(step(noise), init, x, checkpoint=k)

        def back(c: Any, row: Any) -> Any:
            mean, cov = row
            smooth = mean + cov @ np.linalg.solve(cov + noise * np.eye(2), c - mean) * 0.5
            return smooth, np.sum(smooth * smooth)

        sizes = L.scan(back, means[3], (means, covs), reverse=True, checkpoint=k)[1]
        return 0.1 + 0.05 * np.sum(sizes)

    return L.fori_loop(0, 2, again, 0.3 * x[3], checkpoint=k)


def solves_in_a_while(L: Any, x: Any, k: Any) -> Any:
    """A linear function that is itself a loop, solved until the residual is small."""

    def turn(s: Any) -> Any:
        y, n = s
        half = lambda i, c: 0.5 * c + 0.1 * np.roll(c, 1) * y  # noqa: E731
        a = lambda v: 2.0 * v + L.fori_loop(0, 2, half, v)  # noqa: E731
        return L.linear_solve(a, x + 0.1 * y), n + 1

    y, _ = L.while_loop(lambda s: s[1] < 3, turn, (x * 0.5, 0), checkpoint=k)
    return np.sum(y * y)


def orders_that_are_carried(L: Any, x: Any, k: Any) -> Any:
    """A permutation in the carry; the slopes flow through the reads at its places."""

    def turn(s: Any) -> Any:
        y, order, n = s
        y = y[order] * 0.9 + 0.1 * np.sin(y) * x
        return y, order[np.argsort(y)], n + 1

    def step(c: Any, r: Any) -> Any:
        y, order, n = L.while_loop(
            lambda s: (s[2] < 4) & (s[0][s[1][0]] > 0.05),
            turn, (c * r + 0.2, np.array([1, 2, 3, 0]), 0), checkpoint=k,
        )  # fmt: skip
        return y, y[order[0]] * n

    return np.sum(L.scan(step, x, x, checkpoint=k)[1])


Program = Callable[[Any, Any, Any], Any]
PROGRAMS: tuple[Program, ...] = (
    square_roots_in_a_scan, three_whiles, branches_in_a_while_in_a_scan, triangle,
    bounds_with_limits, fixed_points_in_a_scan, a_fixed_point_of_loops, roots_in_a_fori,
    a_root_through_a_scan, an_equation_with_a_loop, equations_in_a_while, prefixes_in_a_while,
    prefixes_of_loops, recomputed_loops, integers_and_truths, escaping_numbers, no_turn_at_all,
    lanes_that_end_early, nothing_beside_something, a_machine_of_states, filters_in_a_fori,
    solves_in_a_while, orders_that_are_carried,
)  # fmt: skip


def of_lg(program: Program, k: int | None = None) -> Callable[[Any], Any]:
    return lambda x: program(lg, x, k)


def of_python(program: Program) -> Callable[[Any], Any]:
    return lambda x: program(Plain, x, None)
