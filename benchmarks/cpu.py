"""
The backend `cpu` beside what users would pick instead: NumPy, JAX, PyTorch (eager and compiled) and
a hand-written loop in C, each where it is installed. The system `xla` is letgrad's own backend of
this name.

    python benchmarks/cpu.py [--quick] [--only foo] [--without compile,jax] [--seconds 1]
    python benchmarks/cpu.py --first 3 [--quick] [--only foo]

Each case is measured in processes of its own. First each system alone: the time to its first value
and gradient (tracing, differentiating, compiling), and the memory at its peak over some more of
them, beyond what the process has after importing the system and making the inputs. Then all that
got through, in turns, on the same arrays, in one process: a time is the median over the turns, in
milliseconds, of the value, then of value and gradient. Results are compared first.

Ratios are letgrad to the best of the others but C, and to JAX. The last lines are geometric means.

With `--first n`, only the time to the first gradient is taken, of letgrad and JAX: the median of n
processes each, in turns.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib.util
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Two-thread libraries that wait in a loop take the processors from those whose turn it is.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# The time to the first gradient is that of a program that was never compiled before.
os.environ["LETGRAD_CACHE"] = "0"
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"

import numpy as np
from cases import CASES, Case

import letgrad as lg

Run = Callable[[], Any]
SYSTEMS = ("numpy", "c", "jax", "torch", "compile", "xla", "letgrad")
MEGABYTE = 1 << 20


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def scalar_of(case: Case, program: Callable[..., Any], module: Any) -> Callable[..., Any]:
    return lambda *args: program(module, *args)


def with_letgrad(case: Case, backend: str = "cpu") -> tuple[Run, Run]:
    f = scalar_of(case, case.program, np)
    args = list(case.arguments)
    primal = lg.jit(f, backend=backend)
    if case.hvp:
        *point, direction = args
        w, rest = point[0], point[1:]
        product = lg.jit(
            lambda w, v, *rest: lg.hvp(lambda w: f(w, *rest), (w,), (v,)), backend=backend
        )
        return lambda: primal(*point), lambda: product(w, direction, *rest)
    both = lg.jit(lg.value_and_grad(f, argnums=tuple(range(case.wrt))), backend=backend)
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
    if case.torch is None:
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


def hand_written() -> Path | None:
    """The library of `by_hand.c`."""
    gcc = shutil.which("gcc")
    if gcc is None:
        print("gcc is not there: no hand-written C")
        return None
    source = Path(__file__).with_name("by_hand.c")
    target = Path(tempfile.mkdtemp()) / "by_hand.so"
    flags = "-O3 -march=native -ffast-math -fopenmp -shared -fPIC".split()
    subprocess.run([gcc, *flags, source, "-o", target, "-lmvec", "-lm"], check=True)
    return target


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


def rounds(
    runs: dict[str, Run],
    seconds: float,
    chosen: Callable[[Sequence[float]], float] = statistics.median,
) -> dict[str, float]:
    """
    The median time of each, in milliseconds; they take turns, in an order that changes. A turn
    begins with as many calls as it then times: threads of the system before may still wait in a
    loop for more, and the caches hold what that system used.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    repeats = {}
    for name, run in runs.items():
        start = time.perf_counter()
        run()
        repeats[name] = max(1, int(5e-4 / (time.perf_counter() - start + 1e-9)))
    end = time.perf_counter() + seconds * len(runs)
    turns = 0
    gc.collect()
    while turns < 5 or time.perf_counter() < end:
        turns += 1
        for name, run in random.sample(sorted(runs.items()), len(runs)):
            for _ in range(repeats[name]):
                run()
            start = time.perf_counter()
            for _ in range(repeats[name]):
                run()
            times[name].append((time.perf_counter() - start) / repeats[name])
    return {name: 1e3 * chosen(t) for name, t in times.items()}


def made(name: str, case: Case, library: ctypes.CDLL | None) -> tuple[Run, Run | None] | None:
    """What computes the value, and what computes value and gradient; None if nothing can."""
    runs: tuple[Run, Run | None] | None
    match name:
        case "numpy":
            runs = with_numpy(case) if case.plain else None
        case "c":
            runs = with_c(case, library)
        case "jax":
            runs = with_jax(case)
        case "letgrad":
            runs = with_letgrad(case)
        case "xla":
            runs = with_letgrad(case, "xla")
        case _:
            runs = with_torch(case, compiled=name == "compile")
    if runs is None or case.calls == 1:
        return runs
    return tuple(r and repeated(r, case.calls) for r in runs)  # type: ignore[return-value]


def repeated(run: Run, times: int) -> Run:
    def runs() -> Any:
        for _ in range(times - 1):
            run()
        return run()

    return runs


# One system alone.


def alone(case: Case, name: str, library: ctypes.CDLL | None, calls: int) -> dict[str, Any]:
    """
    In megabytes, the peak of memory in so many more calls beyond that before the first one; in
    seconds, the time to the first gradient.
    """
    case.arguments = case.inputs(np.random.default_rng(0))
    warm(name)
    gc.collect()
    before = resident("VmRSS")
    start = time.perf_counter()
    runs = made(name, case, library)
    if runs is None:
        return {}
    run = runs[1] or runs[0]
    run()
    first = time.perf_counter() - start
    forget_peak()
    for _ in range(calls):
        run()
    peak = resident("VmHWM")
    return {"first": first if runs[1] else None, "memory": peak and max(peak - before, 0)}


def warm(name: str) -> None:
    """Import a system, and let it make what it makes once: for this size, threads too."""
    tiny = Case(
        "", lambda random: [], lambda xp, x: xp.sum(x * x), 1, lambda torch, x: (x * x).sum()
    )
    tiny.arguments = [np.ones(1 << 18)]
    if name != "c":
        for run in made(name, tiny, None) or ():
            if run is not None:
                run()


def resident(key: str) -> float | None:
    """Megabytes of this process, now (VmRSS) or at most (VmHWM); None where the system says not."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 / MEGABYTE for line in lines if line.startswith(key))


def forget_peak() -> None:
    """Let the peak of memory begin again, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


# All in turns.


def together(
    case: Case, systems: Sequence[str], library: ctypes.CDLL | None, seconds: float
) -> dict[str, Any]:
    """Milliseconds of value and gradient by system, and remarks on results that differ."""
    case.arguments = case.inputs(np.random.default_rng(0))
    primal: dict[str, Run] = {}
    gradient: dict[str, Run] = {}
    for name in systems:
        runs = made(name, case, library)
        if runs is not None:
            primal[name] = runs[0]
            if runs[1] is not None:
                gradient[name] = runs[1]
    results = {name: run() for name, run in gradient.items()}
    notes = []
    if "letgrad" in results:
        for name in results:
            if name != "letgrad" and (d := differs(results["letgrad"], results[name])):
                notes.append(f"{name}{d}")
    results.clear()
    return {
        "value": rounds(primal, seconds),
        "gradient": rounds(gradient, seconds),
        "notes": notes,
    }


def worker(options: argparse.Namespace) -> None:
    """The part of a process of its own: the last line that it prints is what it found."""
    case = next(c for c in CASES if c.name == options.case)
    library = ctypes.CDLL(options.library) if options.library else None
    systems = options.systems.split(",")
    if options.alone:
        found = alone(case, systems[0], library, options.calls)
    else:
        found = together(case, systems, library, options.seconds)
    print(json.dumps(found))


def ask(options: argparse.Namespace, case: Case, systems: Sequence[str], *more: str) -> Any:
    """What a worker finds; a string says why it found nothing."""
    command = [
        sys.executable, __file__, "--case", case.name, "--systems", ",".join(systems),
        "--library", options.library, "--seconds", str(options.seconds), *more,
    ]  # fmt: skip
    limit = options.patience * (1 if more else 4)
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"not done in {limit:.0f} s"
    if run.returncode:
        last = (run.stderr.strip().splitlines() or [f"exit status {run.returncode}"])[-1]
        return last[:100]
    return json.loads(run.stdout.splitlines()[-1])


def measure(options: argparse.Namespace, case: Case, systems: Sequence[str]) -> dict[str, Any]:
    """All that is known of a case."""
    found: dict[str, Any] = {"first": {}, "memory": {}, "notes": []}
    able = []
    for name in systems:
        progress(f"{case.name}: {name} alone")
        answer = ask(options, case, [name], "--alone")
        if isinstance(answer, str):
            found["notes"].append(f"{name}: {answer}")
        elif answer:
            able.append(name)
            for key in ("first", "memory"):
                if answer[key] is not None:
                    found[key][name] = answer[key]
    progress(f"{case.name}: in turns")
    answer = ask(options, case, able)
    if isinstance(answer, str):
        return {"notes": [*found["notes"], f"in turns: {answer}"]}
    answer["notes"] = [*found["notes"], *answer["notes"]]
    return found | answer


def first_gradients(options: argparse.Namespace, cases: Sequence[Case]) -> None:
    """The table of times to the first gradient, of letgrad and of JAX where that is installed."""
    systems = ("letgrad", "jax") if installed("jax") else ("letgrad",)
    print("| case | letgrad, s | jax, s | letgrad to JAX |\n|---|---|---|---|")
    table: dict[str, dict[str, float]] = {}
    for case in cases:
        times: dict[str, list[float]] = {name: [] for name in systems}
        for name in systems * options.first:
            progress(f"{case.name}: {name}")
            answer = ask(options, case, [name], "--alone", "--calls", "0")
            if isinstance(answer, dict) and answer["first"] is not None:
                times[name].append(answer["first"])
        progress("")
        found = {name: statistics.median(t) for name, t in times.items() if t}
        table[case.name] = found
        cells = [f"{found[s]:.3f}" if s in found else "–" for s in ("letgrad", "jax")]
        known = ratio(found, "jax")
        print(f"| {case.name} | {' | '.join(cells)} | {shown_ratio(known)} |", flush=True)
    ratios = [ratio(found, "jax") for found in table.values()]
    print(f"\nfirst gradient, letgrad to JAX: {geometric_mean(ratios)}")
    if options.json:
        Path(options.json).write_text(json.dumps(table, indent=1))


def progress(text: str) -> None:
    """A line for who watches, which the next one takes the place of."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


# The table.

COLUMNS = (
    "letgrad to the best of the others", "gradient to JAX", "gradient to C", "first gradient, s",
    "peak memory, MB",
)  # fmt: skip


def row(case: Case, found: dict[str, Any], systems: Sequence[str]) -> str:
    if "gradient" not in found:
        return f"| {case.name} | {'; '.join(found['notes'])} |"
    values, slopes = found["value"], found["gradient"]
    cells = [
        f"{shown(values.get(s))}/{shown(slopes.get(s))}" if s in values else "" for s in systems
    ]
    best = " / ".join(shown_ratio(ratio_to_best(times)) for times in (values, slopes))
    jax, c = (shown_ratio(ratio(slopes, name)) for name in ("jax", "c"))
    first = " ".join(f"{s}:{found['first'][s]:.2f}" for s in systems if s in found["first"])
    memory = " ".join(f"{s}:{found['memory'][s]:.0f}" for s in systems if s in found["memory"])
    notes = f" {'; '.join(found['notes'])}" if found["notes"] else ""
    return f"| {case.name} | {' | '.join([*cells, best, jax, c, first, memory])} |{notes}"


def ratio(times: dict[str, float], name: str) -> float | None:
    """letgrad to another system."""
    return times["letgrad"] / times[name] if {"letgrad", name} <= {*times} else None


def ratio_to_best(times: dict[str, float]) -> float | None:
    others = [t for name, t in times.items() if name not in ("letgrad", "xla", "c")]
    return times["letgrad"] / min(others) if others and "letgrad" in times else None


def geometric_mean(ratios: Sequence[float | None]) -> str:
    known = [math.log(r) for r in ratios if r]
    if not known:
        return "–"
    return f"{math.exp(statistics.mean(known)):.2f} (of {len(known)} cases)"


def summary(table: Sequence[dict[str, Any]]) -> Iterator[str]:
    slopes = [found["gradient"] for found in table if "gradient" in found]
    first = [found["first"] for found in table if "gradient" in found]
    yield f"gradient, letgrad to JAX: {geometric_mean([ratio(t, 'jax') for t in slopes])}"
    yield f"gradient, letgrad to the best: {geometric_mean([ratio_to_best(t) for t in slopes])}"
    yield f"first gradient, letgrad to JAX: {geometric_mean([ratio(t, 'jax') for t in first])}"


def shown(ms: float | None) -> str:
    return "–" if ms is None else f"{ms:.3g}" if ms < 100 else f"{ms:.0f}"


def shown_ratio(r: float | None) -> str:
    return "–" if r is None else f"{r:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="without the largest cases")
    parser.add_argument(
        "--only",
        action="append",
        metavar="TEXT",
        help="cases whose name has this in it; may repeat",
    )
    parser.add_argument("--without", default="", help="systems to leave out, with commas")
    parser.add_argument("--seconds", type=float, default=0.5, help="time per system and number")
    parser.add_argument(
        "--patience", type=float, default=300, help="seconds after which a system is left out"
    )
    parser.add_argument("--json", metavar="FILE", help="write there what was found, too")
    parser.add_argument(
        "--first", type=int, metavar="N", help="the first gradient alone, N times, beside JAX's"
    )
    parser.add_argument("--calls", type=int, default=3, help=argparse.SUPPRESS)
    for name in ("case", "systems", "library"):
        parser.add_argument(f"--{name}", default="", help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        worker(options)
        return
    only = options.only or [""]
    chosen = [
        c for c in CASES if any(text in c.name for text in only) and (c.quick or not options.quick)
    ]
    if options.first:
        options.library = ""
        first_gradients(options, [c for c in chosen if not c.missing])
        return
    out = options.without.split(",")
    systems = [s for s in SYSTEMS if s not in out]
    systems = [s for s in systems if s not in ("jax", "xla") or installed("jax")]
    systems = [s for s in systems if s not in ("torch", "compile") or installed("torch")]
    options.library = str(hand_written() or "") if "c" in systems else ""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} processors, load {load:.1f}; value / value and gradient in ms\n")
    print(f"| case | {' | '.join((*systems, *COLUMNS))} |")
    print("|---" * (len(systems) + len(COLUMNS) + 1) + "|")
    table: dict[str, dict[str, Any]] = {}
    for case in chosen:
        if case.missing:
            print(f"| {case.name} | skipped: {case.missing} |")
            continue
        table[case.name] = measure(options, case, systems)
        progress("")
        print(row(case, table[case.name], systems), flush=True)
    print()
    for line in summary(list(table.values())):
        print(line)
    if options.json:
        Path(options.json).write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
