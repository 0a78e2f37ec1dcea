"""
Programs of loops that change arrays in places, and of many fields: the backend `cpu` beside plain
NumPy, JAX, PyTorch (eager and compiled), numba, DaCe and C, each where it is installed.

    python benchmarks/programs.py [--quick] [--only lu] [--without jax,numba] [--seconds 1]
    python benchmarks/programs.py --peers [--check] [--least]

Each program has a process of its own, in which all systems take turns on the same arrays. A time is
the median over the turns, in milliseconds, of the value, then of value and gradient. letgrad's
results are compared with those of the others first, or with differences where no other system has
a gradient; where they differ, no time is taken. NumPy, numba and C compute values only. numba
compiles the loops of the NumPy version. So does DaCe (2.0), which also differentiates them
(`by_dace.py`). Where DaCe or torch.compile fails or its results differ, it alone takes no part,
and the line ends with the reason. The programs of `plain_programs.py` go through letgrad as NumPy
has them, by `lg.program`. Those of `field_programs.py` and `more_field_programs.py` are functions
of whole arrays, of many fields. Those of `learning_programs.py`, `science_programs.py`,
`further_learning_programs.py` and `further_science_programs.py` (`--peers`) are PyTorch's, too.

Ratios are letgrad to each system. The last lines are geometric means, and shares of all programs.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["LETGRAD_CACHE"] = "0"
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"

import numpy as np
from cpu import differs, geometric_mean, rounds, shown, shown_ratio
from field_programs import BY_LETGRAD, BY_NUMPY, FIELDS, Field, by_jax
from further_learning_programs import FURTHER_LEARNING
from further_science_programs import FURTHER_SCIENCE
from learning_programs import LEARNING
from more_field_programs import MORE_FIELDS
from peers import ByJAX, ByLetgrad, ByNumPy, ByTorch, Peer
from plain_programs import PLAIN
from science_programs import SCIENCE

import letgrad as lg
from letgrad.lowering.cpu import machine

Run = Callable[[], Any]
SYSTEMS = ("numpy", "numba", "c", "dace", "jax", "torch", "compile", "letgrad")
PEERS = "numpy", "jax", "torch", "compile"
"""Systems for whole arrays. The best of them is what letgrad is to be faster than."""
CAUSES = {
    "neural rate: 20 steps of 64, f32": "a chain of tanh and sums of 32 products for two columns",
    "tags in a chain: 40 x 16 x 12, f32": "rows of 12 are vectors of 16, partly empty",
    "batches of 12 x 12: 200": "each of 12 steps of elimination goes over all matrices",
    "flow: 2,048 x 8, f32": "tanh takes a third; rows of four of eight columns are gathered",
    "encoder, decoder: 128 x 784, f32": "two products of BLAS: three quarters of the time",
    "Gaussian process: 256 points": "a product, a factor and two solves of LAPACK and BLAS",
    "layer norm, GELU: 256 x 1,024, f32": "six products of BLAS: nine tenths of the time",
    "soft k-means: 10,000 points, f32": "not known: 0.32 ms in some processes, 0.47 in others",
    "squares of images: 16 x 64 x 96, f32": "not known: 1.4 ms in some processes, 2.3 in others",
}
"""Why letgrad is not the fastest, by program."""
BY_HAND = "numpy", "numba", "c"
"""Systems that compute the value alone."""


@dataclass(frozen=True)
class Program:
    """
    A program by NumPy's loops, by letgrad and by JAX, each of the same arrays. The value that is
    differentiated is the sum of the result's elements times a fixed array. `c` is the body of
    `void run(long n, long steps, const double *x, double *out)`, where x has n elements a row and
    `out` begins as x. A result that is one number is differentiated as it is.
    """

    name: str
    inputs: Callable[[np.random.Generator], Sequence[np.ndarray]]
    by_numpy: Callable[..., Any] | None
    by_letgrad: Callable[..., Any]
    by_jax: Callable[..., Any]
    steps: int
    c: str | None = None
    quick: bool = True
    wrt: int | None = None
    """So many of the first arrays are differentiated; all, if None."""
    by_torch: Callable[..., Any] | None = None
    unrolled: bool = False
    """torch.compile would write out a long loop, in minutes: it stays out."""


def heat_1d(steps: int, x: Any) -> Any:
    x = x.copy()
    for _ in range(steps):
        x[1:-1] = x[1:-1] + 0.1 * (x[2:] - 2 * x[1:-1] + x[:-2])
    return x


def heat_1d_letgrad(steps: int, x: Any) -> Any:
    def step(x: Any, _: Any) -> Any:
        x = x.copy()
        x[1:-1] = x[1:-1] + 0.1 * (x[2:] - 2 * x[1:-1] + x[:-2])
        return x, None

    return lg.scan(step, x, None, length=steps)[0]


def heat_1d_jax(jax: Any, steps: int, x: Any) -> Any:
    def step(_: Any, x: Any) -> Any:
        return x.at[1:-1].set(x[1:-1] + 0.1 * (x[2:] - 2 * x[1:-1] + x[:-2]))

    return jax.lax.fori_loop(0, steps, step, x)


HEAT_1D = """
double *a = malloc(n * 8), *b = malloc(n * 8), *t;
memcpy(a, x, n * 8); memcpy(b, x, n * 8);
for (long k = 0; k < steps; k++) {
  for (long i = 1; i < n - 1; i++) b[i] = a[i] + 0.1 * (a[i + 1] - 2 * a[i] + a[i - 1]);
  t = a; a = b; b = t;
}
memcpy(out, a, n * 8); free(a); free(b);
"""


def heat_2d(steps: int, x: Any) -> Any:
    x = x.copy()
    for _ in range(steps):
        inner = x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2]
        x[1:-1, 1:-1] = x[1:-1, 1:-1] + 0.1 * (inner - 4 * x[1:-1, 1:-1])
    return x


def heat_2d_letgrad(steps: int, x: Any) -> Any:
    def step(x: Any, _: Any) -> Any:
        x = x.copy()
        inner = x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2]
        x[1:-1, 1:-1] = x[1:-1, 1:-1] + 0.1 * (inner - 4 * x[1:-1, 1:-1])
        return x, None

    return lg.scan(step, x, None, length=steps)[0]


def heat_2d_jax(jax: Any, steps: int, x: Any) -> Any:
    def step(_: Any, x: Any) -> Any:
        inner = x[2:, 1:-1] + x[:-2, 1:-1] + x[1:-1, 2:] + x[1:-1, :-2]
        return x.at[1:-1, 1:-1].set(x[1:-1, 1:-1] + 0.1 * (inner - 4 * x[1:-1, 1:-1]))

    return jax.lax.fori_loop(0, steps, step, x)


HEAT_2D = """
double *a = malloc(n * n * 8), *b = malloc(n * n * 8), *t;
memcpy(a, x, n * n * 8); memcpy(b, x, n * n * 8);
for (long k = 0; k < steps; k++) {
  for (long i = 1; i < n - 1; i++)
    for (long j = 1; j < n - 1; j++) {
      double c = a[i * n + j];
      double s = a[(i + 1) * n + j] + a[(i - 1) * n + j] + a[i * n + j + 1] + a[i * n + j - 1];
      b[i * n + j] = c + 0.1 * (s - 4 * c);
    }
  t = a; a = b; b = t;
}
memcpy(out, a, n * n * 8); free(a); free(b);
"""


def gauss_seidel(steps: int, x: Any) -> Any:
    x = x.copy()
    n, m = x.shape
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                s = x[i - 1, j] + x[i, j - 1] + x[i, j] + x[i, j + 1] + x[i + 1, j]
                x[i, j] = s * 0.2
    return x


def gauss_seidel_letgrad(steps: int, x: Any) -> Any:
    n, m = x.shape

    def sweep(x: Any, _: Any) -> Any:
        def row(x: Any, i: Any) -> Any:
            def point(x: Any, j: Any) -> Any:
                s = x[i - 1, j] + x[i, j - 1] + x[i, j] + x[i, j + 1] + x[i + 1, j]
                x = x.copy()
                x[i, j] = s * 0.2
                return x, None

            return lg.scan(point, x, np.arange(1, m - 1))[0], None

        return lg.scan(row, x, np.arange(1, n - 1))[0], None

    return lg.scan(sweep, x, None, length=steps)[0]


def gauss_seidel_jax(jax: Any, steps: int, x: Any) -> Any:
    n, m = x.shape
    loop = jax.lax.fori_loop

    def point(i: Any, j: Any, x: Any) -> Any:
        s = x[i - 1, j] + x[i, j - 1] + x[i, j] + x[i, j + 1] + x[i + 1, j]
        return x.at[i, j].set(s * 0.2)

    def row(i: Any, x: Any) -> Any:
        return loop(1, m - 1, lambda j, x: point(i, j, x), x)

    return loop(0, steps, lambda _, x: loop(1, n - 1, row, x), x)


GAUSS_SEIDEL = """
memcpy(out, x, n * n * 8);
for (long k = 0; k < steps; k++)
  for (long i = 1; i < n - 1; i++)
    for (long j = 1; j < n - 1; j++)
      out[i * n + j] = (out[(i - 1) * n + j] + out[i * n + j - 1] + out[i * n + j]
                        + out[i * n + j + 1] + out[(i + 1) * n + j]) * 0.2;
"""


def lu(steps: int, a: Any) -> Any:
    a = a.copy()
    for k in range(steps):
        for i in range(k + 1, a.shape[0]):
            f = a[i, k] / a[k, k]
            a[i, k:] = a[i, k:] - f * a[k, k:]
            a[i, k] = f
    return a


def lu_letgrad(steps: int, a: Any) -> Any:
    n = a.shape[0]

    def column(a: Any, k: Any) -> Any:
        def row(a: Any, i: Any) -> Any:
            f = a[i, k] / a[k, k]
            a = a.copy()
            a[i] = np.where(np.arange(n) > k, a[i] - f * a[k], a[i])
            a[i, k] = f
            return a, None

        # The rows after k: a loop of run-time length, whose rows begin at k + 1.
        body = lambda r, a: row(a, r + k + 1)[0]  # noqa: E731
        return lg.fori_loop(0, n - 1 - k, body, a, n), None

    return lg.scan(column, a, np.arange(steps))[0]


def lu_jax(jax: Any, steps: int, a: Any) -> Any:
    xp, n = jax.numpy, a.shape[0]

    def row(k: Any, i: Any, a: Any) -> Any:
        f = a[i, k] / a[k, k]
        new = xp.where(xp.arange(n) > k, a[i] - f * a[k], a[i]).at[k].set(f)
        return a.at[i].set(xp.where(i > k, new, a[i]))

    # JAX differentiates loops of known length alone.
    column = lambda k, a: jax.lax.fori_loop(0, n, lambda i, a: row(k, i, a), a)  # noqa: E731
    return jax.lax.fori_loop(0, steps, column, a)


LU = """
memcpy(out, x, n * n * 8);
for (long k = 0; k < steps; k++)
  for (long i = k + 1; i < n; i++) {
    double f = out[i * n + k] / out[k * n + k];
    for (long j = k + 1; j < n; j++) out[i * n + j] -= f * out[k * n + j];
    out[i * n + k] = f;
  }
"""


def rnn(steps: int, h: Any, w: Any, u: Any, xs: Any) -> Any:
    for t in range(steps):
        h = np.tanh(w @ h + u @ xs[t])
    return h


def rnn_letgrad(steps: int, h: Any, w: Any, u: Any, xs: Any) -> Any:
    return lg.scan(lambda h, x: (np.tanh(w @ h + u @ x), None), h, xs)[0]


def rnn_jax(jax: Any, steps: int, h: Any, w: Any, u: Any, xs: Any) -> Any:
    return jax.lax.scan(lambda h, x: (jax.numpy.tanh(w @ h + u @ x), None), h, xs)[0]


def predator_prey(steps: int, x: Any) -> Any:
    a, b = x[0], x[1]
    for _ in range(steps):
        a, b = a + 1e-3 * (1.1 * a - 0.4 * a * b), b + 1e-3 * (0.1 * a * b - 0.4 * b)
    return a + b


def predator_prey_letgrad(steps: int, x: Any) -> Any:
    def step(c: Any, _: Any) -> Any:
        a, b = c
        return (a + 1e-3 * (1.1 * a - 0.4 * a * b), b + 1e-3 * (0.1 * a * b - 0.4 * b)), None

    (a, b), _ = lg.scan(step, (x[0], x[1]), None, length=steps)
    return a + b


def predator_prey_jax(jax: Any, steps: int, x: Any) -> Any:
    def step(_: Any, c: Any) -> Any:
        a, b = c
        return a + 1e-3 * (1.1 * a - 0.4 * a * b), b + 1e-3 * (0.1 * a * b - 0.4 * b)

    a, b = jax.lax.fori_loop(0, steps, step, (x[0], x[1]))
    return a + b


PREDATOR_PREY = """
double a = x[0], b = x[1];
for (long k = 0; k < steps; k++) {
  double c = a + 1e-3 * (1.1 * a - 0.4 * a * b);
  b = b + 1e-3 * (0.1 * a * b - 0.4 * b);
  a = c;
}
out[0] = a + b;
"""


def solve(steps: int, a: Any, b: Any) -> Any:
    x = b.copy()
    for i in range(steps):
        for j in range(i):
            x[i] = x[i] - a[i, j] * x[j]
        x[i] = x[i] / a[i, i]
    return x


def solve_letgrad(steps: int, a: Any, b: Any) -> Any:
    def put(x: Any, i: Any, value: Any) -> Any:
        x = x.copy()
        x[i] = value
        return x

    def row(x: Any, i: Any) -> Any:
        body = lambda j, s: s - a[i, j] * x[j]  # noqa: E731
        s = lg.fori_loop(0, i, body, x[i], steps)
        return put(x, i, s / a[i, i]), None

    return lg.scan(row, b, np.arange(steps))[0]


def solve_jax(jax: Any, steps: int, a: Any, b: Any) -> Any:
    def row(i: Any, x: Any) -> Any:
        def body(j: Any, s: Any) -> Any:
            return s - jax.numpy.where(j < i, a[i, j] * x[j], 0.0)

        return x.at[i].set(jax.lax.fori_loop(0, steps, body, x[i]) / a[i, i])

    return jax.lax.fori_loop(0, steps, row, b)


def well_conditioned(n: int) -> Callable[[np.random.Generator], list[np.ndarray]]:
    return lambda random: [random.random((n, n)) + n * np.eye(n)]


PROGRAMS = [
    Program(
        "heat, 1-D: 1,000 steps of 1,000", lambda r: [r.random(1000)],
        heat_1d, heat_1d_letgrad, heat_1d_jax, 1000, HEAT_1D,
    ),
    Program(
        "heat, 2-D: 1,000 steps of 100 x 100", lambda r: [r.random((100, 100))],
        heat_2d, heat_2d_letgrad, heat_2d_jax, 1000, HEAT_2D,
    ),
    Program(
        "Gauss-Seidel: 10 sweeps of 100 x 100", lambda r: [r.random((100, 100))],
        gauss_seidel, gauss_seidel_letgrad, gauss_seidel_jax, 10, GAUSS_SEIDEL,
    ),
    Program(
        "Gauss-Seidel: 10 sweeps of 1,000 x 1,000", lambda r: [r.random((1000, 1000))],
        gauss_seidel, gauss_seidel_letgrad, gauss_seidel_jax, 10, GAUSS_SEIDEL, quick=False,
    ),
    Program(
        "LU by rows: 100 x 100", well_conditioned(100), lu, lu_letgrad, lu_jax, 100, LU,
    ),
    Program(
        "RNN: 200 steps of 32",
        lambda r: [
            r.random(32), r.random((32, 32)) / 32, r.random((32, 16)) / 16, r.random((200, 16)),
        ],
        rnn, rnn_letgrad, rnn_jax, 200,
    ),
    Program(
        "predator and prey: 10,000 steps", lambda r: [np.array([10.0, 5.0])],
        predator_prey, predator_prey_letgrad, predator_prey_jax, 10_000, PREDATOR_PREY,
    ),
    Program(
        "triangular solve: 200 x 200",
        lambda r: [r.random((200, 200)) + 200 * np.eye(200), r.random(200)],
        solve, solve_letgrad, solve_jax, 200,
    ),
]  # fmt: skip

PROGRAMS += [
    Program(p.name, p.inputs, p.by_numpy, lg.program(p.by_numpy), p.by_jax, p.steps) for p in PLAIN
]


def of_field(field: Field) -> Program:
    made = cache(lambda: field.make(np.random.default_rng(0)))
    return Program(
        field.name,
        lambda _: made()[0],
        lambda _, *args: made()[1](BY_NUMPY, *args),
        lambda _, *args: made()[1](BY_LETGRAD, *args),
        lambda jax, _, *args: made()[1](by_jax(jax), *args),
        0,
    )


PROGRAMS += map(of_field, [*FIELDS, *MORE_FIELDS])


def of_peer(peer: Peer) -> Program:
    return Program(
        peer.name,
        peer.make,
        None if peer.derivatives else lambda _, *args: peer.run(ByNumPy(), *args),
        lambda _, *args: peer.run(ByLetgrad(), *args),
        lambda jax, _, *args: peer.run(ByJAX(jax), *args),
        0,
        wrt=peer.wrt,
        by_torch=lambda torch, _, *args: peer.run(ByTorch(torch), *args),
        unrolled=peer.loops,
    )


PROGRAMS += map(of_peer, [*LEARNING, *SCIENCE, *FURTHER_LEARNING, *FURTHER_SCIENCE])


def weights(shape: Sequence[int]) -> np.ndarray:
    """The factors of the result's elements in the value that is differentiated."""
    return np.cos(np.arange(math.prod(shape), dtype=np.float64)).reshape(shape)


def summed(y: Any) -> Any:
    """The value that is differentiated."""
    return y if np.ndim(y) == 0 else (y * weights(np.shape(y))).sum()


def by_c(program: Program, args: Sequence[np.ndarray]) -> Run | None:
    gcc = shutil.which("gcc")
    if program.c is None or gcc is None:
        return None
    folder = Path(tempfile.mkdtemp())
    source, target = folder / "run.c", folder / "run.so"
    head = "void run(long n, long steps, const double *restrict x, double *restrict out)"
    source.write_text(f"#include <stdlib.h>\n#include <string.h>\n{head} {{{program.c}}}\n")
    flags = "-O3 -march=native -shared -fPIC".split()
    subprocess.run([gcc, *flags, str(source), "-o", str(target)], check=True)
    library = ctypes.CDLL(str(target))
    x = args[0]
    out = np.empty_like(x)
    given = [ctypes.c_void_p(a.ctypes.data) for a in (x, out)]
    size, steps = ctypes.c_long(x.shape[0]), ctypes.c_long(program.steps)

    def run() -> Any:
        library.run(size, steps, *given)
        return out[0] if x.shape == (2,) else out

    return run


def installed(name: str) -> bool:
    modules = {"compile": "torch", "c": "ctypes"}
    return importlib.util.find_spec(modules.get(name, name)) is not None


def made(name: str, program: Program, args: Sequence[np.ndarray]) -> tuple[Run | None, Run | None]:
    """What computes the value, and value and gradient, by a system."""
    steps, wrt = program.steps, tuple(range(slots(program, args)))
    plain = program.by_numpy
    if name == "numpy":
        return plain and (lambda: plain(steps, *args)), None
    if name == "numba":
        if not steps or plain is None:
            return None, None
        import numba

        compiled = numba.njit(plain)
        return lambda: compiled(steps, *args), None
    if name == "c":
        return by_c(program, args), None
    if name == "dace":
        if not steps or plain is None:
            return None, None
        from by_dace import by_dace

        shape = np.shape(lg.jit(lambda *args: program.by_letgrad(steps, *args))(*args))
        return by_dace(plain, steps, args, wrt, shape, weights(shape) if shape else None)
    if name == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)

        def f(*args: Any) -> Any:
            return program.by_jax(jax, steps, *args)

        def total(*args: Any) -> Any:
            return summed(f(*args))

        given = [jax.numpy.asarray(x) for x in args]
        value, both = jax.jit(f), jax.jit(jax.value_and_grad(total, argnums=wrt))
        wait = jax.block_until_ready
        return lambda: wait(value(*given)), lambda: wait(both(*given))

    if name in ("torch", "compile"):
        return by_torch(program, args, compiled=name == "compile")

    def g(*args: Any) -> Any:
        return program.by_letgrad(steps, *args)

    def sum_of(*args: Any) -> Any:
        return summed(g(*args))

    value = lg.jit(g, backend="cpu")
    both = lg.jit(lg.value_and_grad(sum_of, argnums=wrt), backend="cpu")
    return lambda: value(*args), lambda: both(*args)


def slots(program: Program, args: Sequence[np.ndarray]) -> int:
    return len(args) if program.wrt is None else program.wrt


def by_torch(
    program: Program, args: Sequence[np.ndarray], compiled: bool
) -> tuple[Run | None, Run | None]:
    source = program.by_torch
    if source is None or (compiled and program.unrolled):
        return None, None
    import torch

    def f(*args: Any) -> Any:
        return source(torch, program.steps, *args)

    run = torch.compile(f) if compiled else f
    given = [torch.as_tensor(x) for x in args]
    wrt = slots(program, args)
    leaves = [x.clone().requires_grad_() for x in given[:wrt]]

    def value() -> Any:
        with torch.no_grad():
            return run(*given)

    def both() -> Any:
        y = run(*leaves, *given[wrt:])
        return y.detach(), torch.autograd.grad(y, leaves)

    return value, both


def slope_differs(program: Program, args: Sequence[np.ndarray], both: Any) -> str:
    """How the gradient differs from a difference of values along a direction; empty if not."""
    step, random = 1e-5, np.random.default_rng(1)
    value = lg.jit(lambda *args: program.by_letgrad(program.steps, *args), backend="cpu")
    way = [random.standard_normal(x.shape) for x in args[: slots(program, args)]]

    def total(sign: int) -> float:
        moved = [x + sign * step * d for x, d in zip(args, way)]
        return float(summed(value(*moved, *args[len(way) :])))

    expected = (total(1) - total(-1)) / (2 * step)
    slopes = both[1] if isinstance(both[1], tuple) else (both[1],)
    found = sum(float(np.sum(s * d)) for s, d in zip(slopes, way))
    worst = abs(found - expected) / max(abs(expected), 1.0)
    return f" (differs from a difference by {worst:.1e})" if not worst < 1e-4 else ""


def measure(
    program: Program, systems: Sequence[str], seconds: float, most: float, least: bool
) -> dict[str, Any]:
    """The times of a program by system, and remarks; none where results differ."""
    args = program.inputs(np.random.default_rng(0))
    values: dict[str, Run] = {}
    slopes: dict[str, Run] = {}
    found: dict[str, Any] = {"notes": [], "first": {}, "value": {}, "gradient": {}}
    results: dict[str, Any] = {}
    for name in systems:
        try:
            value, both = made(name, program, args)
            if value is None:
                continue
            begin = time.perf_counter()
            results[name] = np.array(value())
            took = time.perf_counter() - begin
            if name == "numpy" and took > most:
                found["value"][name] = 1e3 * took
                continue
            values[name] = value
            if both is not None:
                begin = time.process_time()
                results[f"{name} gradient"] = both()
                found["first"][name] = time.process_time() - begin
                slopes[name] = both
        except Exception as error:
            text = " ".join(str(error).split())[:100]
            found["notes"].append(f"{name}: {type(error).__name__}: {text}")
    # Where compilers of others give other results than letgrad, the other times still count: those
    # of NumPy, JAX and PyTorch are compared with letgrad's below.
    for name in ("dace", "compile"):
        for part, runs in ((" gradient", slopes), ("", values)):
            kind, letgrad = f"{name}{part}", f"letgrad{part}"
            if kind in results and (d := differs(results.get(letgrad), results.pop(kind))):
                found["notes"].append(f"{kind}{d}")
                del runs[name]
    for part, runs in (("value", values), ("gradient", slopes)):
        if "dace" in runs:
            begin = time.perf_counter()
            runs["dace"]()
            if (took := time.perf_counter() - begin) > most:
                found[part]["dace"] = 1e3 * took
                del runs["dace"]
    notes = disagreements(program, args, results)
    if notes or "letgrad" not in slopes:
        return {"notes": [*found["notes"], *notes]}
    chosen = min if least else statistics.median
    found["value"] |= rounds(values, seconds, chosen)
    found["gradient"] |= rounds(slopes, seconds, chosen)
    return found


def disagreements(
    program: Program, args: Sequence[np.ndarray], results: dict[str, Any]
) -> list[str]:
    """How values and gradients of the systems differ from letgrad's, in words."""
    notes = []
    if "letgrad" not in results:
        return notes
    for name, result in results.items():
        kind = "letgrad gradient" if name.endswith(" gradient") else "letgrad"
        if kind in results and (d := differs(results[kind], result)):
            notes.append(f"{name}{d}")
    gradients = [name for name in results if name.endswith(" gradient")]
    if gradients == ["letgrad gradient"]:
        if d := slope_differs(program, args, results["letgrad gradient"]):
            notes.append(f"gradient{d}")
    return notes


def check(program: Program, systems: Sequence[str]) -> list[str]:
    """How the systems but DaCe differ, with the program's arrays in float32, and in float64."""
    notes = []
    for dtype in (np.float32, np.float64):
        given = program.inputs(np.random.default_rng(0))
        args = [x.astype(dtype) if x.dtype.kind == "f" else x for x in given]
        results: dict[str, Any] = {}
        for name in systems:
            if name == "dace":
                continue
            try:
                value, both = made(name, program, args)
                results |= {name: np.array(value())} if value else {}
                results |= {f"{name} gradient": both()} if both else {}
            except Exception as error:
                text = " ".join(str(error).split())[:100]
                notes.append(f"{np.dtype(dtype)}, {name}: {type(error).__name__}: {text}")
        found = disagreements(program, args, results)
        notes += [f"{np.dtype(dtype)}, {note}" for note in found]
        for name, result in results.items():
            if program.wrt and not name.endswith(" gradient") and result.dtype != dtype:
                notes.append(f"{np.dtype(dtype)}, {name}: the value is {result.dtype}")
    return notes


def to_best(times: dict[str, float]) -> float | None:
    """letgrad to the best of the others, C and numba apart."""
    others = [times[name] for name in PEERS if name in times]
    return times["letgrad"] / min(others) if others else None


def row(program: Program, found: dict[str, Any], systems: Sequence[str]) -> str:
    if "value" not in found:
        return f"| {program.name} | {'; '.join(found['notes'])} |"
    values, slopes, first = found["value"], found["gradient"], found["first"]
    cells = [
        "absent" if not installed(s)
        else shown(values.get(s)) + ("" if s in BY_HAND else f"/{shown(slopes.get(s))}")
        for s in systems
    ]  # fmt: skip
    mine = values["letgrad"]
    best = [to_best(values), to_best(slopes)]
    by_hand = [mine / values[s] if s in values else None for s in BY_HAND]
    jax = slopes["letgrad"] / slopes["jax"] if "jax" in slopes else None
    ratios = [*best, *by_hand, jax, slopes["letgrad"] / mine]
    cells += map(shown_ratio, ratios)
    cells.append(f"{first['letgrad']:.2f}")
    cells.append(shown_ratio(first["letgrad"] / first["jax"] if "jax" in first else None))
    behind = any(r and r > 1 for r in best)
    cells.append(CAUSES.get(program.name, "not known") if behind else "")
    notes = f" {'; '.join(found['notes'])}" if found["notes"] else ""
    return f"| {program.name} | {' | '.join(cells)} |{notes}"


COLUMNS = (
    "value to best", "gradient to best", "value to NumPy", "value to numba", "value to C",
    "gradient to JAX", "gradient to value", "first gradient, s of processor time",
    "first gradient to JAX", "cause",
)  # fmt: skip


def summary(table: dict[str, dict[str, Any]]) -> list[str]:
    known = {name: found for name, found in table.items() if "value" in found}
    lines = []
    for name, part in (
        *((name, "value") for name in BY_HAND),
        *((name, part) for name in ("jax", "dace") for part in ("value", "gradient")),
    ):
        ratios = [f[part]["letgrad"] / f[part][name] for f in known.values() if name in f[part]]
        lines.append(f"{part}, letgrad to {name}: {geometric_mean(ratios)}")
    for part in ("value", "gradient"):
        ratios = {name: to_best(found[part]) for name, found in known.items()}
        lines.append(f"{part}, letgrad to the best of the others: {shares(ratios)}")
    first = {
        name: found["first"]["letgrad"] / found["first"]["jax"]
        for name, found in known.items()
        if "jax" in found["first"]
    }
    lines.append(f"first gradient, letgrad to JAX: {shares(first)}")
    if over := [f["gradient"]["letgrad"] / f["value"]["letgrad"] for f in known.values()]:
        lines.append(f"value and gradient to value, median: {statistics.median(over):.1f}")
    return lines


def shares(ratios: dict[str, Any]) -> str:
    """The geometric mean, the share of the programs that are below 1, and the greatest ratio."""
    known = {name: r for name, r in ratios.items() if r}
    if not known:
        return "–"
    fastest = sum(r <= 1 for r in known.values()) / len(known)
    worst = max(known, key=lambda name: known[name])
    mean = geometric_mean([*known.values()])
    return f"{mean}, fastest in {100 * fastest:.0f} %, at most {known[worst]:.2f} ({worst})"


def apart(
    program: Program, systems: Sequence[str], options: argparse.Namespace, more: Sequence[str]
) -> dict[str, Any]:
    """What `measure` or `check` finds, in a process of its own."""
    command = [
        sys.executable, __file__, "--program", program.name, "--systems", ",".join(systems),
        "--seconds", str(options.seconds), "--most", str(options.most), *more,
    ]  # fmt: skip
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=options.patience)
    except subprocess.TimeoutExpired:
        return {"notes": [f"not done in {options.patience:.0f} s"]}
    if run.returncode < 0:
        return {"notes": [f"died of signal {-run.returncode}"]}
    if run.returncode:
        return {"notes": [(run.stderr.strip().splitlines() or ["no output"])[-1][:100]]}
    return json.loads(run.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="without the largest programs")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="programs with this in their name"
    )
    parser.add_argument("--peers", action="store_true", help="programs that PyTorch has, too")
    parser.add_argument("--without", default="", help="systems to leave out, with commas")
    parser.add_argument("--seconds", type=float, default=0.5, help="time per system and number")
    parser.add_argument("--least", action="store_true", help="the least time, not the median")
    parser.add_argument("--most", type=float, default=1.0, help="seconds of NumPy to repeat it")
    parser.add_argument("--patience", type=float, default=600, help="seconds for one program")
    parser.add_argument("--json", metavar="FILE", help="write there what was found, too")
    parser.add_argument(
        "--check", action="store_true", help="no times: compare results in float32 and float64"
    )
    for name in ("program", "systems"):
        parser.add_argument(f"--{name}", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        program = next(p for p in PROGRAMS if p.name == options.program)
        systems = options.systems.split(",")
        if options.check:
            print(json.dumps({"notes": check(program, systems) or ["agree"]}))
            return
        found = measure(program, systems, options.seconds, options.most, options.least)
        print(json.dumps(found))
        return
    out = options.without.split(",")
    systems = [s for s in SYSTEMS if s not in out]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    on = f"{os.cpu_count()} processors, load {load:.1f}, {machine.llvm_in_use()}"
    print(f"{on}; value / value and gradient in ms\n")
    print(f"| program | {' | '.join((*systems, *COLUMNS))} |")
    print("|---" * (len(systems) + len(COLUMNS) + 1) + "|")
    there = [s for s in systems if installed(s)]
    more = [f"--{name}" for name in ("check", "least") if getattr(options, name)]
    table: dict[str, dict[str, Any]] = {}
    for program in PROGRAMS:
        if (options.quick and not program.quick) or (options.peers and not program.by_torch):
            continue
        if not any(text in program.name for text in options.only or [""]):
            continue
        found = apart(program, there, options, more)
        if "compile" in there and any("died of signal" in note for note in found["notes"]):
            # torch.compile crashes in code that it generated; the others still have times.
            died = found["notes"]
            found = apart(program, [name for name in there if name != "compile"], options, more)
            found["notes"] += [f"torch.compile: {note}" for note in died]
        table[program.name] = found
        print(row(program, found, systems), flush=True)
    print()
    print("\n".join(summary(table)))
    if options.json:
        Path(options.json).write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
