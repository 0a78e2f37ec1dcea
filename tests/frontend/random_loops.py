"""
Random nests of loops, written for `lg` or for `Plain`, which runs the same loops in Python.

A number chooses a program: what it carries (float64, float32, complex128, int64 and bool, of
several shapes), how a step changes it, and which loops, branches and solves stand around the steps.

As a script, it runs programs one after another, each in a process of its own:

    python -m tests.frontend.random_loops FIRST LAST SECONDS
"""

from __future__ import annotations

import functools
import importlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import letgrad as lg

from .nested_loops import Plain as LoopsInPython

SHAPES: list[tuple[int, ...]] = [(), (1,), (2,), (3,), (2, 2), (3, 3), (4,), (9,), (4, 4), (5, 3)]
LARGE: list[tuple[int, ...]] = [(), (3,), (17,), (40, 8), (300,), (12, 12), (2, 70)]
F, S, Z, N, B = (np.dtype(k) for k in ("f8", "f4", "c16", "i8", "?"))

LONGEST = 400
"""Of a gradient with more lines, the second derivative takes too long to compile."""

Carry = tuple[Any, ...]
Step = Callable[[Any, Carry, Any], Carry]


cubed: Any = lg.custom_jvp(lambda x: x * x * x * 0.1)
cubed.defjvp(lambda x, d: (cubed(x[0]), 0.3 * x[0] * x[0] * d[0]))

squared: Any = lg.custom_vjp(lambda x: x * x * 0.2)
squared.defvjp(lambda x: (squared(x), x), lambda x, ct: (ct * x * 0.4,))


class Plain(LoopsInPython):
    """The loops in Python, and what else the programs here use."""

    cubed = staticmethod(lambda x: x * x * x * 0.1)
    squared = staticmethod(lambda x: x * x * 0.2)

    @staticmethod
    def build(n: int, f: Any) -> Any:
        return np.stack([f(i) for i in range(n)])


class Traced:
    """The same functions of letgrad."""

    cubed, squared = staticmethod(cubed), staticmethod(squared)
    build = staticmethod(lg.build)

    def __getattr__(self, name: str) -> Any:
        return getattr(lg, name)


@dataclass
class Program:
    """`f(L, *args)` gives a tuple like `args`, and L is `Traced()` or `Plain`."""

    f: Callable[..., Carry]
    args: tuple[np.ndarray, ...]
    forward: bool
    """Whether forward mode can differentiate it."""

    @property
    def floats(self) -> tuple[int, ...]:
        return tuple(k for k, x in enumerate(self.args) if x.dtype in (F, S))

    @property
    def single(self) -> bool:
        """Whether it rounds to float32: the other values depend on those in float32."""
        return any(x.dtype == S for x in self.args)

    def loss(self, loops: Any) -> Callable[..., Any]:
        """A number, as a function of the arguments in `floats`."""

        def f(*xs: Any) -> Any:
            args = list(self.args)
            for k, x in zip(self.floats, xs, strict=True):
                args[k] = x
            total: Any = 0.0
            for y in self.f(loops, *args):
                kind = np.dtype(y.dtype)
                if kind == Z:
                    y = y.real * 0.7 + y.imag
                if kind != B:
                    total = total + np.sum(y.astype(F) * np.cos(0.3 * y.astype(F)))
            return total

        return f

    def points(self) -> tuple[np.ndarray, ...]:
        return tuple(self.args[k] for k in self.floats)


def program(seed: int, shapes: list[tuple[int, ...]] | None = None) -> Program:
    """The program of a number."""
    solvers = seed % 5 == 3
    made = _Maker(random.Random(seed), shapes or (LARGE if seed % 7 == 4 else SHAPES), solvers)
    return made.program(seed)


@dataclass
class Body:
    """An object that a step makes, changes and reads."""

    position: Any
    speed: Any

    def moved(self, dt: Any) -> Body:
        return Body(self.position + dt * self.speed, self.speed * 0.9 - dt * self.position)

    def push(self, force: Any) -> None:
        self.speed = self.speed + force

    @property
    def energy(self) -> Any:
        return np.mean(self.speed * self.speed + self.position * self.position)


def relaxed(x: Any, times: int = 2, *, rate: float = 0.3) -> Any:
    """A helper that calls itself."""
    return x if times == 0 else relaxed(x - rate * np.tanh(x), times - 1, rate=rate * 0.5)


class _Maker:
    def __init__(self, chance: random.Random, shapes: list[tuple[int, ...]], solvers: bool = False):
        self.chance = chance
        self.solvers = solvers
        """Whether steps solve equations, and call helpers and methods."""
        self.kinds = [F, *chance.choices([F, F, F, S, Z, N, B], k=chance.choice([0, 1, 1, 2]))]
        # Equal shapes are likely, so that values swap.
        few = chance.sample(shapes, 2)
        self.shapes = [chance.choice(few) for _ in self.kinds]
        self.forward = True

    def program(self, seed: int) -> Program:
        f = self.block(self.chance.choice([0, 0, 1, 1, 1, 2]))
        rng = np.random.default_rng(seed)
        args = []
        for kind, shape in zip(self.kinds, self.shapes, strict=True):
            x = rng.standard_normal(shape)
            if kind == Z:
                x = x + 1j * rng.standard_normal(shape)
            elif kind == N:
                x = rng.integers(0, 5, shape)
            elif kind == B:
                x = x > 0
            args.append(np.asarray(x, kind))
        return Program(lambda L, *c: f(L, tuple(c), 1), tuple(args), self.forward)

    # The steps.

    def step(self) -> Step:
        parts = [self.change(k) for k in range(len(self.kinds))]

        def run(L: Any, c: Carry, i: Any) -> Carry:
            return tuple(clipped(part(L, c, i), x) for part, x in zip(parts, c, strict=True))

        if self.chance.random() < 0.25:  # in place, one after another: later ones see earlier ones

            def run_in_turn(L: Any, c: Carry, i: Any) -> Carry:
                c = tuple(c)
                for k, part in enumerate(parts):
                    c = (*c[:k], clipped(part(L, c, i), c[k]), *c[k + 1 :])
                return c

            return run_in_turn
        return run

    def change(self, k: int) -> Callable[[Any, Carry, Any], Any]:
        """How a step changes the carried value k."""
        R, kind, shape = self.chance, self.kinds[k], self.shapes[k]
        j, a = R.randrange(len(self.kinds)), round(R.uniform(-0.9, 0.9), 3)
        same = [m for m, s in enumerate(self.shapes) if s == shape and self.kinds[m] == kind]
        other = R.choice(same)
        n = shape[0] if shape else 1
        if kind == B:
            names = ["keep", "swap", "not", "positive", "counter"]
        elif kind == N:
            names = ["keep", "swap", "count", "counter", "truth", "modulo"]
            names += ["put", "roll", "reverse"] if shape else []
        else:
            names = ["keep", "swap", "swap", "scale", "sin", "mean", "where", "number"]
            if kind in (F, S):
                names += ["cubed", "maximum", "root", "part"]
                names += ["squared"] if R.random() < 0.3 else []
            if kind == Z:
                names += ["conj", "turn"]
            if shape:
                names += ["put", "put", "roll", "cumsum", "take", "slice", "add", "rows", "reverse"]
                names += ["build", "sorted", "prefix", "mapped"] if kind == F else []
            if len(shape) == 2:
                names += ["matmul", "outer", "column"]
                names += ["transpose"] * 2 if shape[0] == shape[1] else []
            if kind == F and len(shape) == 1 and n < 6:
                names += ["solve", "fixed"]
            if self.solvers and kind == F:
                names += ["helper", "object", "object"]
                names += ["zero", "equation"] * 2 if shape in ((), (1,), (2,), (3,)) else []
        name = R.choice(names)
        if name == "squared":
            self.forward = False

        def of(L: Any, c: Carry, i: Any) -> Any:
            x, y = c[k], number(c[j])
            match name:
                case "keep":
                    return x
                case "swap":
                    return c[other]
                case "not":
                    return ~x
                case "positive":
                    return x ^ (y > 0.1)
                case "counter":
                    return x + i if kind == N else x ^ (i % 2 == 0)
                case "count":
                    return (x + 1) % 7
                case "modulo":
                    return (x * 3 + i) % 5
                case "truth":
                    return x + (y > 0)
                case "scale":
                    return x * a + y * 0.1
                case "sin":
                    return np.sin(x) * 0.8 + y * 0.1 + 0.01 * a
                case "mean":
                    return x - np.mean(x) * a
                case "where":
                    return np.where(real(x) > y, x * 0.5, c[other])
                case "number":
                    return x * 0.9 + i * 0.01
                case "maximum":
                    return np.maximum(x * a, c[other])
                case "root":
                    return np.sqrt(x * x + 1.0) - 1.0
                case "part":
                    return np.tanh(x) * (1.0 if i is None else 1.0 + 0.1 * (i % 3)) + y * y * 0.1
                case "cubed":
                    return L.cubed(x)
                case "squared":
                    return L.squared(x) + x * 0.3
                case "conj":
                    return np.conj(x) * 0.9 + y * 0.1
                case "turn":
                    return x * np.exp(1j * a) + 0.1j * y
                case "put":
                    return put(x, i % n, y * 0.3 + a if kind != N else i)
                case "add":
                    return put(x, i % n, x[(i + 1) % n] * a + x[i % n])
                case "slice":
                    return put(x, slice(0, (n + 1) // 2), x[n // 2 :] * a)
                case "rows":
                    return put(x, -1, x[0] * 0.5 + y * 0.1)
                case "reverse":
                    return c[other][::-1]
                case "roll":
                    return np.roll(x, 1, axis=0)
                case "cumsum":
                    return np.cumsum(x, axis=0) * 0.3
                case "take":
                    return x[(np.arange(n) * 2 + i) % n] * 0.9
                case "build":
                    return L.build(n, lambda q: x[(q + i) % n] * a + y * 0.1)
                case "sorted":
                    return np.sort(x, axis=0) * 0.9
                case "prefix":
                    return L.associative_scan(lambda p, q: p * 0.0 + np.maximum(p, q), x) * 0.8
                case "mapped":
                    return L.vmap(lambda r, s: np.sin(r) * a + s * 0.2)(x, c[other])
                case "matmul":
                    return x @ (x.T @ x) * 0.05 + a
                case "outer":
                    return np.outer(x[:, 0], x[0]) * 0.5 + 0.1 * y
                case "column":
                    return put(x, (slice(None), i % shape[-1]), x[:, 0] * a)
                case "transpose":
                    return c[other].T
                case "solve":
                    m = np.eye(n) * 2.0 + np.outer(np.sin(x), np.cos(x)) * 0.3
                    return L.linear_solve(lambda v: m @ v, x)
                case "fixed":
                    return L.fixed_point(
                        lambda v, p: np.cos(v) * 0.3 + p * 0.4, x * 0.0, x, tol=1e-13
                    )
                case "helper":
                    return relaxed(x, 3, rate=0.2) + 0.1 * relaxed(y)
                case "object":
                    body = Body(x, c[other])
                    body.push(0.1 * y)
                    body = body.moved(0.2).moved(0.1)
                    return body.position * 0.8 + 0.1 * body.energy
                case "zero":
                    return L.root(
                        lambda v, p: v + 0.2 * v * v * v - p, x * 0.0, x + 0.1 * y, tol=1e-13
                    )
                case "equation":
                    ends = np.array([0.0, 0.3])
                    slope = lambda v, t, p: np.cos(t) * p - 0.5 * v  # noqa: E731
                    return L.odeint(slope, x, ends, y * 0.5, rtol=1e-11, atol=1e-12)[-1]
            raise AssertionError(name)

        return of

    # The loops.

    def block(self, depth: int) -> Step:
        parts: list[Step] = []
        for _ in range(self.chance.choice([1, 1, 2])):
            deeper = depth and self.chance.random() < 0.8
            parts.append(self.block(depth - 1) if deeper else self.step())

        def body(L: Any, c: Carry, i: Any) -> Carry:
            for part in parts:
                c = part(L, c, i)
            return c

        name = self.chance.choice(
            "scan reverse rows over for for range triangle while while until bounded cond switch "
            "again batch".split()
        )
        length = self.chance.choice([0, 1, 2, 3, 3, 4, 5])
        k = self.chance.choice([None, None, None, 1, 2, 3])
        steps = self.chance.choice([None, 3, 6])
        chosen = self.chance.randrange(len(self.kinds))

        def loop(L: Any, c: Carry, i: Any) -> Carry:
            rows = np.arange(length)
            match name:
                case "scan" | "reverse":
                    step = lambda c, x: (body(L, c, x), None)  # noqa: E731
                    return L.scan(step, c, rows, reverse=name == "reverse", checkpoint=k)[0]
                case "rows":

                    def keeping(c: Any, x: Any) -> Any:
                        new = body(L, c, x)
                        return new, (new[chosen], c[0])

                    if not length:
                        return c
                    c, (ys, zs) = L.scan(keeping, c, rows, checkpoint=k)
                    y = (number(ys) + number(zs)) * 0.1
                    return (clipped(c[0] + y, c[0]), *c[1:])
                case "over":  # over the rows of a carried value
                    if not c[chosen].shape:
                        return c
                    step = lambda c, x: (clipped_first(body(L, c, 1), number(x)), x)  # noqa: E731
                    c, back = L.scan(step, c, c[chosen], checkpoint=k)
                    return (*c[:chosen], clipped(back * 1, c[chosen]), *c[chosen + 1 :])
                case "for":
                    return L.fori_loop(0, length, lambda j, c: body(L, c, j), c, checkpoint=k)
                case "range":
                    high = i % 3 + length if steps is None else i % 4
                    step = lambda j, c: body(L, c, j)  # noqa: E731
                    return L.fori_loop(i % 2, high, step, c, max_steps=steps, checkpoint=k)
                case "triangle":
                    inner = lambda j, c: L.fori_loop(0, j, lambda m, c: body(L, c, m), c)  # noqa: E731
                    return L.fori_loop(0, min(length, 3), inner, c)
                case "while":
                    return L.while_loop(
                        lambda s: (s[0] < length) & (number(s[1][0]) < 0.7),
                        lambda s: (s[0] + 1, body(L, s[1], s[0])),
                        (0, c), checkpoint=k,
                    )[1]  # fmt: skip
                case "until":  # the condition reads what the body changes
                    return L.while_loop(
                        lambda s: s[1] & (s[0] < length + 3),
                        lambda s: (s[0] + 1, number(s[2][0]) < 0.4, body(L, s[2], s[0])),
                        (0, np.bool_(True), c), checkpoint=k,
                    )[2]  # fmt: skip
                case "bounded":
                    return L.while_loop(
                        lambda s: number(s[1][0]) < 0.5 + 0.01 * s[0],
                        lambda s: (s[0] + 1, body(L, s[1], s[0])),
                        (0, c), max_steps=length + 1, checkpoint=k,
                    )[1]  # fmt: skip
                case "cond":
                    return L.cond(
                        number(c[chosen]) > 0.05,
                        lambda: L.fori_loop(0, length, lambda j, c: body(L, c, j), c),
                        lambda: body(L, c, 0) if length % 2 else c,
                    )
                case "switch":
                    several = [
                        lambda c: body(L, c, i),
                        lambda c: c,
                        lambda c: L.scan(lambda c, x: (body(L, c, x), None), c, rows)[0],
                    ]
                    return L.switch((i + length) % 3, several, c)
                case "again":
                    return L.checkpoint(lambda *c: body(L, c, 2))(*c)
                case "batch":  # each row with another number of turns
                    one = lambda m, x: L.fori_loop(0, m, lambda j, x: np.sin(x) * 0.9 + 0.1 * j, x)  # noqa: E731
                    turns = (np.arange(3) + i) % 4
                    seeds = np.stack([number(c[0]), number(c[-1]), number(c[chosen])])
                    total = np.sum(L.vmap(one)(turns, seeds)) * 0.1
                    c = body(L, c, i)
                    return (clipped(c[0] + total, c[0]), *c[1:])
            raise AssertionError(name)

        return loop


def real(x: Any) -> Any:
    return x.real if np.dtype(x.dtype) == Z else x


def number(x: Any) -> Any:
    """A float between -1 and 1 that depends on all of x."""
    return np.sin(np.mean(real(x * 1)) * 1.3)


def put(x: Any, place: Any, value: Any) -> Any:
    x = x.copy() if x.shape else x + 0
    x[place] = value
    return x


def clipped(new: Any, old: Any) -> Any:
    """The new value, in the dtype of the old one, and not too large."""
    kind = np.dtype(old.dtype)
    if kind in (F, S):
        new = np.clip(new, -3.0, 3.0)
    elif kind == Z:
        new = new / (1.0 + 0.05 * np.abs(new) ** 2)
    elif kind == N:
        new = new % 11
    return new if np.dtype(new.dtype) == kind else new.astype(kind)


def clipped_first(c: Carry, y: Any) -> Carry:
    return (clipped(c[0] + 0.1 * y, c[0]), *c[1:])


# The checks.


def directions(p: Program) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(7)
    return tuple(rng.standard_normal(x.shape).astype(x.dtype) for x in p.points())


def slope(f: Callable[..., Any], xs: tuple[Any, ...], ts: tuple[Any, ...]) -> float | None:
    """The derivative of f in direction ts, by differences; None if f is not smooth there."""

    def at(h: float) -> Any:
        return f(*(x + np.asarray(h * t, x.dtype) for x, t in zip(xs, ts, strict=True)))

    found = []
    for h in (1e-5, 4e-6):
        a, b, c, d = at(-2 * h), at(-h), at(h), at(2 * h)
        found.append((8 * (c - b) - (d - a)) / (12 * h))
    one, two = found
    if not np.isfinite(one) or abs(one - two) > 1e-6 * (1 + abs(one)):
        return None
    return float(two)


def check_values(p: Program, backend: str) -> None:
    with np.errstate(all="ignore"):
        wanted = p.f(Plain, *p.args)
    found = lg.jit(lambda *c: p.f(Traced(), *c), backend=backend)(*p.args)
    for x, y in zip(found, wanted, strict=True):
        same(x, y, p.single)


def same(x: Any, y: Any, single: bool) -> None:
    x, y = np.asarray(x), np.asarray(y)
    assert x.shape == y.shape and x.dtype == y.dtype, (x.dtype, x.shape, y.dtype, y.shape)
    rounding = 3e-4 if single else 1e-9
    np.testing.assert_allclose(x, y, rtol=rounding, atol=rounding)


def check_rows(p: Program) -> None:
    """Of `vmap`, beside one call for each row."""
    batch = tuple(
        np.stack([x, x * 0.5 if x.dtype in (F, S) else x[..., ::-1] if x.ndim else x, x])
        for x in p.args
    )
    f = lambda *c: p.f(Traced(), *c)  # noqa: E731
    one = lg.jit(f)
    found = lg.jit(lg.vmap(f))(*batch)
    for k in range(3):
        for x, y in zip(found, one(*(b[k] for b in batch)), strict=True):
            same(np.asarray(x)[k], y, p.single)


def check_derivatives(p: Program, numpy: bool, second: bool) -> None:
    """By both modes, by differences where the program is in float64, and by the other backend."""
    f, xs, ts = p.loss(Traced()), p.points(), directions(p)
    which = tuple(range(len(xs)))
    single = p.single
    near: dict[str, Any] = {"rtol": 3e-3, "atol": 3e-3} if single else {"rtol": 2e-7, "atol": 2e-8}
    gradient = lg.grad(f, argnums=which)
    found = lg.jit(gradient)(*xs)
    if numpy:
        for x, y in zip(found, lg.jit(gradient, backend="numpy")(*xs), strict=True):
            np.testing.assert_allclose(x, y, **near, err_msg="gradient: cpu, numpy")
    along = sum(float(np.vdot(g, t)) for g, t in zip(found, ts, strict=True))
    if p.forward:
        tangent = lg.jit(lambda *xs: lg.jvp(f, xs, ts)[1])(*xs)
        np.testing.assert_allclose(along, tangent, **near, err_msg="gradient, tangent")
    if not single:
        with np.errstate(all="ignore"):
            wanted = slope(p.loss(Plain), xs, ts)
        if wanted is not None:
            np.testing.assert_allclose(along, wanted, rtol=1e-5, atol=1e-5, err_msg="differences")
    if not second or str(lg.trace(gradient, *xs)).count("\n") > LONGEST:
        return
    half = lambda *xs: sum(np.sum(g * t) for g, t in zip(gradient(*xs), ts, strict=True))  # noqa: E731
    hessian = lg.jit(lg.grad(half, argnums=which))
    twice = hessian(*xs)
    if not p.forward:
        other = lg.jit(lg.grad(half, argnums=which), backend="numpy")(*xs)
        for x, y in zip(twice, other, strict=True):
            np.testing.assert_allclose(x, y, **near, err_msg="second: cpu, numpy")
    if p.forward:
        other = lg.jit(lambda *xs: lg.jvp(lg.grad(f, argnums=which), xs, ts)[1])(*xs)
        for x, y in zip(twice, other, strict=True):
            np.testing.assert_allclose(x, y, **near, err_msg="second: reverse, forward")
    if not single:
        wanted = slope(lg.jit(half), xs, ts)
        total = sum(float(np.vdot(g, t)) for g, t in zip(twice, ts, strict=True))
        if wanted is not None:
            np.testing.assert_allclose(total, wanted, rtol=1e-4, atol=1e-4, err_msg="second")


def check_memory(p: Program) -> None:
    """A budget of memory changes no digit of the gradient."""
    f, xs = p.loss(Traced()), p.points()
    which = tuple(range(len(xs)))
    wanted = lg.grad(f, argnums=which)(*xs)
    for budget in (1 << 20, 1 << 14):
        try:
            found = lg.grad(f, argnums=which, memory=budget)(*xs)
        except ValueError as error:
            assert "memory=" in str(error), error
            continue  # No program fits.
        for x, y in zip(found, wanted, strict=True):
            same(x, y, p.single)


def check(seed: int) -> None:
    """All checks of a program, the longer ones not for every number."""
    p = program(seed)
    check_values(p, "cpu")
    if seed % 6 == 1:
        check_values(p, "numpy")
    check_derivatives(p, numpy=seed % 6 == 2 or not p.forward, second=seed % 12 == 0)
    if seed % 6 == 3:
        check_rows(p)
    if seed % 4 == 3:
        check_memory(p)


def _modules() -> str:
    """The modules that a program loads, for the process whose forks run the programs."""
    check(1)
    return " ".join(name for name in sys.modules if name.partition(".")[0] in ("letgrad", "xdsl"))


def _in_fork(run: Callable[[], str | None], seconds: int = 600) -> str:
    """What `run` gives, or its error, or the signal that ended it."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.alarm(seconds)
            text = run() or ""
        except BaseException as error:
            text = f"{type(error).__name__}: {str(error).strip()[:300]}"
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    status = os.waitpid(child, 0)[1]
    return f"signal {os.WTERMSIG(status)}" if status else text


def failures(seeds: Iterator[int], seconds: float, each: int = 200) -> Iterator[tuple[int, str]]:
    """Run programs in forks, so that one that crashes or does not end is a failure too."""
    end = time.monotonic() + seconds
    for name in _in_fork(_modules).split():
        importlib.import_module(name)
    for seed in seeds:
        if time.monotonic() > end:
            return
        text = _in_fork(functools.partial(check, seed), each)
        if text:
            yield seed, " ".join(text.split())


if __name__ == "__main__":
    first, last, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    count = 0

    def counted() -> Iterator[int]:
        global count
        for seed in range(first, last):
            count += 1
            if count % 50 == 0:
                print("at", seed, file=sys.stderr, flush=True)
            yield seed

    for seed, text in failures(counted(), seconds):
        print(seed, text, flush=True)
    print("ran", count)
