"""
The backend `cpu` beside what users would pick instead: NumPy, JAX, PyTorch and a hand-written loop
in C, each where it is installed.

    python benchmarks/cpu.py [--quick] [--only foo] [--without compile,jax] [--seconds 1]

All run in one process, in turns, on the same arrays; a time is the median over the turns, in
milliseconds, of the value, then of value and gradient. "first" is the time to the first gradient:
tracing, differentiating, compiling. The ratio is letgrad to the best of the others but C. Results
are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib.util
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Two-thread libraries that wait in a loop take the processors from those whose turn it is.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# The time to the first gradient is that of a program that was never compiled before.
os.environ["LETGRAD_CACHE"] = "0"

import numpy as np
from cases import CASES, Case

import letgrad as lg

Run = Callable[[], Any]
SYSTEMS = ("numpy", "c", "jax", "torch", "compile", "letgrad")


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def scalar_of(case: Case, program: Callable[..., Any], module: Any) -> Callable[..., Any]:
    return lambda *args: program(module, *args)


def with_letgrad(case: Case) -> tuple[Run, Run]:
    f = scalar_of(case, case.program, np)
    args = list(case.arguments)
    primal = lg.jit(f, backend="cpu")
    if case.hvp:
        *point, direction = args
        w, rest = point[0], point[1:]
        product = lg.jit(
            lambda w, v, *rest: lg.hvp(lambda w: f(w, *rest), (w,), (v,)), backend="cpu"
        )
        return lambda: primal(*point), lambda: product(w, direction, *rest)
    both = lg.jit(lg.value_and_grad(f, argnums=tuple(range(case.wrt))), backend="cpu")
    return lambda: primal(*args), lambda: both(*args)


def with_numpy(case: Case) -> tuple[Run, None]:
    args = case.arguments[:-1] if case.hvp else case.arguments
    return lambda: case.program(np, *args), None


def with_jax(case: Case) -> tuple[Run, Run]:
    import jax

    jax.config.update("jax_enable_x64", True)
    f = scalar_of(case, case.jax or case.program, jax.numpy)
    args = [jax.numpy.asarray(x) for x in case.arguments]
    primal = jax.jit(f)
    if case.hvp:
        *point, direction = args
        w, rest = point[0], point[1:]

        def hvp(w, v, *rest):
            return jax.jvp(jax.grad(lambda w: f(w, *rest)), (w,), (v,))[1]

        product = jax.jit(hvp)
        return (
            lambda: jax.block_until_ready(primal(*point)),
            lambda: jax.block_until_ready(product(w, direction, *rest)),
        )
    both = jax.jit(jax.value_and_grad(f, argnums=tuple(range(case.wrt))))
    return (
        lambda: jax.block_until_ready(primal(*args)),
        lambda: jax.block_until_ready(both(*args)),
    )


def with_torch(case: Case, compiled: bool = False) -> tuple[Run, Run] | None:
    if case.torch is None or (compiled and not case.compiles):
        return None
    import torch

    f = scalar_of(case, case.torch, torch)
    args = [torch.as_tensor(x) for x in case.arguments]
    if compiled:
        torch._dynamo.reset()
        f = torch.compile(f)
    if case.hvp:
        *point, direction = args
        w, rest = point[0].clone().requires_grad_(), point[1:]

        def product():
            (slope,) = torch.autograd.grad(f(w, *rest), w, create_graph=True)
            return torch.autograd.grad(slope, w, direction)[0]

        return lambda: f(*point), product
    leaves = [x.clone().requires_grad_() for x in args[: case.wrt]]
    rest = args[case.wrt :]

    def both():
        value = f(*leaves, *rest)
        return value.detach(), torch.autograd.grad(value, leaves)

    def primal():
        with torch.no_grad():
            return f(*args)

    return primal, both


def with_c(case: Case, library: ctypes.CDLL | None) -> tuple[Run, Run] | None:
    """The hand-written loop; its results go into arrays that are there already."""
    if case.by_hand is None or library is None:
        return None
    x = case.arguments[0]
    suffix, real = ("f64", ctypes.c_double) if x.dtype == np.float64 else ("f32", ctypes.c_float)
    primal = getattr(library, f"{case.by_hand}_{suffix}")
    both = getattr(library, f"{case.by_hand}_gradient_{suffix}")
    primal.restype = both.restype = real
    given = [a.ctypes.data_as(ctypes.c_void_p) if np.ndim(a) else real(a) for a in case.arguments]
    slopes = [np.zeros_like(a) for a in case.arguments[: case.wrt]]
    slopes = [np.zeros(1, x.dtype) if not s.ndim else s for s in slopes]
    out = [s.ctypes.data_as(ctypes.c_void_p) for s in slopes]
    n = ctypes.c_long(x.size)
    return lambda: primal(n, *given), lambda: (both(n, *given, *out), slopes)


def hand_written() -> ctypes.CDLL | None:
    gcc = shutil.which("gcc")
    if gcc is None:
        print("gcc is not there: no hand-written C")
        return None
    source = Path(__file__).with_name("by_hand.c")
    target = Path(tempfile.mkdtemp()) / "by_hand.so"
    flags = "-O3 -march=native -ffast-math -fopenmp -shared -fPIC".split()
    subprocess.run([gcc, *flags, source, "-o", target, "-lmvec", "-lm"], check=True)
    return ctypes.CDLL(str(target))


def leaves(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, tuple | list):
        for part in value:
            yield from leaves(part)
    else:
        yield np.asarray(value)


def differs(found: Any, expected: Any) -> str:
    """What is different, in words; empty where all agrees up to rounding."""
    worst = 0.0
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        scale = max(float(np.linalg.norm(b)), 1e-6)
        worst = max(worst, float(np.linalg.norm(a.reshape(b.shape) - b)) / scale)
    limit = 1e-2 if a.dtype == np.float32 else 1e-6
    return f" (differs by {worst:.1e})" if not worst < limit else ""


def rounds(runs: dict[str, Run], seconds: float) -> dict[str, float]:
    """The median time of each, in milliseconds; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    repeats = {}
    for name, run in runs.items():
        start = time.perf_counter()
        run()
        repeats[name] = max(1, int(2e-4 / (time.perf_counter() - start + 1e-9)))
    end = time.perf_counter() + seconds * len(runs)
    turns = 0
    gc.collect()
    while turns < 5 or time.perf_counter() < end:
        turns += 1
        for name, run in runs.items():
            run()
            start = time.perf_counter()
            for _ in range(repeats[name]):
                run()
            times[name].append((time.perf_counter() - start) / repeats[name])
    return {name: 1e3 * statistics.median(t) for name, t in times.items()}


def measure(case: Case, systems: list[str], library: ctypes.CDLL | None, seconds: float) -> str:
    case.arguments = case.inputs(np.random.default_rng(0))
    primal: dict[str, Run] = {}
    gradient: dict[str, Run] = {}
    first: dict[str, float] = {}
    results = {}
    notes = ""
    for name in systems:
        made: tuple[Run, Run | None] | None
        match name:
            case "numpy":
                made = with_numpy(case) if case.plain else None
            case "c":
                made = with_c(case, library)
            case "jax":
                made = with_jax(case)
            case "letgrad":
                made = with_letgrad(case)
            case _:
                made = with_torch(case, compiled=name == "compile")
        if made is None:
            continue
        primal[name] = made[0]
        primal[name]()
        if made[1] is not None:
            gradient[name] = made[1]
            start = time.perf_counter()
            results[name] = made[1]()
            first[name] = time.perf_counter() - start
    for name in results:
        if "letgrad" in results and name != "letgrad":
            notes += (
                (d and f" {name}{d}") if (d := differs(results["letgrad"], results[name])) else ""
            )
    values, slopes = rounds(primal, seconds), rounds(gradient, seconds)
    cells = []
    for name in systems:
        both = f"{shown(values.get(name))}/{shown(slopes.get(name))}"
        cells.append(both if name in primal else "")
    ratio = "".join(
        f"{table['letgrad'] / min(others):.2f} "
        if "letgrad" in table
        and (others := [t for n, t in table.items() if n not in ("letgrad", "c")])
        else "- "
        for table in (values, slopes)
    )
    against_c = f"{slopes['letgrad'] / slopes['c']:.2f}" if {"c", "letgrad"} <= {*slopes} else ""
    compile_times = " ".join(
        f"{n}:{t:.2f}" for n, t in first.items() if n in ("letgrad", "jax", "compile")
    )
    return f"| {case.name} | {' | '.join(cells)} | {ratio.strip().replace(' ', ' / ')} | {against_c} | {compile_times} |{notes}"


def shown(ms: float | None) -> str:
    return "–" if ms is None else f"{ms:.3g}" if ms < 100 else f"{ms:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="without the largest cases")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--without", default="", help="systems to leave out, with commas")
    parser.add_argument("--seconds", type=float, default=0.5, help="time per system and number")
    options = parser.parse_args()
    out = options.without.split(",")
    systems = [s for s in SYSTEMS if s not in out]
    systems = [s for s in systems if s != "jax" or installed("jax")]
    systems = [s for s in systems if s not in ("torch", "compile") or installed("torch")]
    library = hand_written() if "c" in systems else None
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} processors, load {load:.1f}; value / value and gradient in ms\n")
    print(
        f"| case | {' | '.join(systems)} | letgrad to the best of the others | gradient to C | first gradient, s |"
    )
    print("|---" * (len(systems) + 4) + "|")
    for case in CASES:
        if options.only in case.name and (case.quick or not options.quick):
            print(measure(case, systems, library, options.seconds), flush=True)


if __name__ == "__main__":
    main()
