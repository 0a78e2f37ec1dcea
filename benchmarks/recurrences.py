"""
Recurrences and prefixes of a million numbers, by letgrad and by what users would pick instead:
NumPy, SciPy's `lfilter` for constant coefficients, JAX and PyTorch, each where it is installed.

    python benchmarks/recurrences.py [--only cumsum] [--n 1000000]

All systems run in turns in one process, on the same arrays. A time is the least of the turns, in
milliseconds, of the value, then of the gradient of the sum of squares. letgrad's values are
compared with NumPy's loop first.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import letgrad as lg

Array = Any


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


# The recurrence y[i] = a[i] y[i - 1] + b[i], as people write it.


def by_scan(a: Array, b: Array) -> Array:
    def step(y: Array, row: Array) -> tuple[Array, Array]:
        y = row[0] * y + row[1]
        return y, y

    return lg.scan(step, 0.5, (a, b))[1]


@lg.program
def by_program(a: Array, b: Array) -> Array:
    out = np.zeros(a.shape[0])
    y = 0.5
    for i in range(a.shape[0]):
        y = a[i] * y + b[i]
        out[i] = y
    return out


@lg.program
def in_place(a: Array, b: Array) -> Array:
    y = np.zeros(a.shape[0])
    y[0] = a[0] * 0.5 + b[0]
    for i in range(1, a.shape[0]):
        y[i] = a[i] * y[i - 1] + b[i]
    return y


def constant(a: Array, b: Array) -> Array:
    def step(y: Array, b: Array) -> tuple[Array, Array]:
        y = 0.9 * y + b
        return y, y

    return lg.scan(step, 0.5, b)[1]


def prefixes(a: Array, b: Array) -> Array:
    return lg.associative_scan(lambda p, q: (p[0] * q[0], p[1] * q[0] + q[1]), (a, b))[1]


# States of two and three numbers.

TURN = np.array([[0.8, -0.5], [0.5, 0.8]])
MIX = np.array([[0.8, -0.5, 0.1], [0.5, 0.7, 0.1], [0.1, 0.2, 0.3]])


def matrices(m: np.ndarray) -> Callable[[Array, Array], Array]:
    def f(a: Array, b: Array) -> Array:
        def step(x: Array, u: Array) -> tuple[Array, Array]:
            x = m @ x + u
            return x, x

        return lg.scan(step, np.zeros(len(m)), np.stack([a, b, b][: len(m)], axis=1))[1]

    return f


def two_before(a: Array, b: Array) -> Array:
    def step(c: Array, b: Array) -> tuple[Array, Array]:
        y = 0.5 * c[0] + 0.3 * c[1] + b
        return (y, c[0]), y

    return lg.scan(step, (0.1, 0.2), b)[1]


def jax_scan(step: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    """All y of y = step(y, (a[i], b[i]))."""

    def twice(y: Any, row: Any) -> tuple[Any, Any]:
        y = step(y, row)
        return y, y

    return lambda jax: lambda a, b: jax.lax.scan(twice, 0.5, (a, b))[1]


CASES: dict[str, tuple[Callable[..., Any], dict[str, Callable[[Any], Callable[..., Any]]]]] = {
    "a[i] y + b[i]: lg.scan": (by_scan, {"jax": jax_scan(lambda y, r: r[0] * y + r[1])}),
    "a[i] y + b[i]: lg.program": (by_program, {}),
    "a[i] y + b[i]: in place": (in_place, {}),
    "a[i] y + b[i]: associative_scan": (
        prefixes,
        {
            "jax": lambda jax: (
                lambda a, b: jax.lax.associative_scan(
                    lambda p, q: (p[0] * q[0], p[1] * q[0] + q[1]), (a, b)
                )[1]
            )
        },
    ),
    "0.9 y + b[i]": (constant, {"jax": jax_scan(lambda y, r: 0.9 * y + r[1])}),
    "0.5 y₁ + 0.3 y₂ + b[i]": (two_before, {}),
    "2 x 2 matrix": (matrices(TURN), {}),
    "3 x 3 matrix": (matrices(MIX), {}),
    "cumsum": (
        lambda a, b: np.cumsum(b),
        {
            "jax": lambda jax: lambda a, b: jax.numpy.cumsum(b),
            "torch": lambda t: lambda a, b: b.cumsum(0),
        },
    ),
    "cumprod": (
        lambda a, b: np.cumprod(a),
        {
            "jax": lambda jax: lambda a, b: jax.numpy.cumprod(a),
            "torch": lambda t: lambda a, b: a.cumprod(0),
        },
    ),
    "cummax": (
        lambda a, b: np.maximum.accumulate(b),
        {
            "jax": lambda jax: lambda a, b: jax.lax.cummax(b),
            "torch": lambda t: lambda a, b: b.cummax(0)[0],
        },
    ),
    "logcumsumexp": (
        lambda a, b: np.logaddexp.accumulate(b),
        {
            "jax": lambda jax: lambda a, b: jax.lax.cumlogsumexp(b),
            "torch": lambda t: lambda a, b: b.logcumsumexp(0),
        },
    ),
}  # fmt: skip

BY_NUMPY = {
    "cumsum": lambda a, b: np.cumsum(b),
    "cumprod": lambda a, b: np.cumprod(a),
    "cummax": lambda a, b: np.maximum.accumulate(b),
    "logcumsumexp": lambda a, b: np.logaddexp.accumulate(b),
}


def systems(name: str, a: np.ndarray, b: np.ndarray) -> dict[str, tuple[Callable, Callable | None]]:
    """The value and the gradient of a case, without arguments, by each system that has it."""
    f, others = CASES[name]
    value = lg.jit(f)
    gradient = lg.jit(lg.grad(lambda a, b: np.sum(f(a, b) ** 2), argnums=(0, 1)))
    found: dict[str, tuple[Callable, Callable | None]] = {
        "letgrad": (lambda: value(a, b), lambda: gradient(a, b))
    }
    if name in BY_NUMPY:
        found["numpy"] = lambda: BY_NUMPY[name](a, b), None
    if name.startswith("0.9") and installed("scipy"):
        from scipy.signal import lfilter

        found["lfilter"] = lambda: lfilter([1.0], [1.0, -0.9], b, zi=[0.45])[0], None
    if "jax" in others and installed("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        g = others["jax"](jax)
        by_jax = jax.jit(g)
        slope = jax.jit(jax.grad(lambda a, b: (g(a, b) ** 2).sum(), argnums=(0, 1)))
        x, y = jax.numpy.asarray(a), jax.numpy.asarray(b)
        found["jax"] = (
            lambda: by_jax(x, y).block_until_ready(),
            lambda: jax.block_until_ready(slope(x, y)),
        )
    if "torch" in others and installed("torch"):
        import torch

        h = others["torch"](torch)
        u, v = (torch.tensor(x, requires_grad=True) for x in (a, b))

        def torch_slope() -> Any:
            return torch.autograd.grad((h(u, v) ** 2).sum(), (u, v), allow_unused=True)

        found["torch"] = lambda: h(u.detach(), v.detach()), torch_slope
    return found


def least(runs: dict[str, Callable], seconds: float) -> dict[str, float]:
    """The least time of each, in turns."""
    times = {k: float("inf") for k in runs}
    for run in runs.values():
        run()
    end = time.perf_counter() + seconds * len(runs)
    while time.perf_counter() < end:
        for k, run in runs.items():
            begin = time.perf_counter()
            run()
            times[k] = min(times[k], time.perf_counter() - begin)
    return {k: 1e3 * t for k, t in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="cases whose names have this part")
    parser.add_argument("--n", type=int, default=1_000_000, help="numbers")
    parser.add_argument("--seconds", type=float, default=0.5, help="time per system and number")
    options = parser.parse_args()
    draw = np.random.default_rng(0)
    a, b = draw.uniform(0.5, 0.99, options.n), draw.standard_normal(options.n)
    wanted = np.empty(options.n)
    y = 0.5
    for i in range(options.n):
        wanted[i] = y = a[i] * y + b[i]
    for f in (by_scan, by_program, in_place):
        np.testing.assert_allclose(lg.jit(f)(a, b), wanted, rtol=1e-9, atol=1e-9)
    print("value / gradient in ms\n\n| case | system | value | gradient |\n|---|---|---|---|")
    for name in CASES:
        if options.only not in name:
            continue
        found = systems(name, a, b)
        values = least({k: v for k, (v, _) in found.items()}, options.seconds)
        slopes = least({k: g for k, (_, g) in found.items() if g is not None}, options.seconds)
        for k in found:
            slope = f"{slopes[k]:.2f}" if k in slopes else "–"
            print(f"| {name} | {k} | {values[k]:.2f} | {slope} |", flush=True)


if __name__ == "__main__":
    main()
