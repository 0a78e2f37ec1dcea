"""
The backend `triton` on the GPU at hand, beside PyTorch (eager and compiled) and JAX, each where it
is installed, and beside what the card can do: the rate at which it copies, and multiplies matrices.

    python benchmarks/gpu.py [--only mlp] [--without compile,jax] [--budget 540] [--json gpu.json]
    python benchmarks/gpu.py --dry-run

Each case runs in a process of its own, which may fail, or take too long, without harm to the
others. Several prepare at once: they check the case at a small size against the reference, and
compile it at full size. Then one after the other is timed, with nothing else running. What is known
is written to the JSON after each step; cases come in the order of their importance, until the
budget, in seconds, is spent.

At full size, letgrad's results and PyTorch's are compared with PyTorch's in float64. A case that is
wrong makes the exit status 1. The times, all with the card's cache emptied before each run, and all
medians of many:

- `device`: milliseconds between two events on the stream, around one call.
- `wall`: milliseconds of the host from the call until the device is done.
- `call`: microseconds of one call, where calls follow each other (with a warm cache).

The table shows `wall`, which is the same for all systems, and JAX has no other. "of bound" is the
time that the card needs for the bytes that the case reads and writes at least, or for its matrix
products, at rates measured here, over letgrad's `device` time. The rates of letgrad's single
kernels are in the JSON. JAX multiplies float32 exactly here, as the others do by default.

With --dry-run, everything runs in Triton's interpreter, at small sizes, and the times mean nothing:
it shows that this script works where there is no GPU.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import gc
import importlib.util
import json
import os
import platform
import pstats
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO

# Of this process only as much as is used: several share the card. Compiling is shared by processes.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

import numpy as np
from gpu_cases import CASES, Arrays, Case

import letgrad as lg
from letgrad.frontend import pytree
from letgrad.lowering import backends
from letgrad.lowering.triton import backend, interpreter
from letgrad.lowering.triton.emit import File
from letgrad.lowering.triton.kernels import Kernel
from letgrad.lowering.triton.loading import load
from letgrad.passes.rewriting import diagnostics
from letgrad.tools import opt, source

Run = Callable[[], Any]
Report = dict[str, Any]
SYSTEMS = ("letgrad", "graph", "torch", "compile", "jax")
RATES = "the card"
"""The name under which a process measures what the card can do."""
LINES = 12
"""Of a traceback, how many of the last lines are kept."""


def installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def failure() -> str:
    """The last lines of the traceback of what is being handled."""
    return "\n".join(traceback.format_exc().strip().splitlines()[-LINES:])


# Times.


class Machine:
    """Where kernels run, and how long they take."""

    def __init__(self, torch: Any, dry: bool):
        self.torch, self.dry = torch, dry
        self.milliseconds = 200.0
        """That one number may take."""
        self.flush = None if dry else torch.empty(1 << 27, dtype=torch.int8, device="cuda")
        """Twice as large as the cache of the cards there are."""

    def synchronize(self) -> None:
        if not self.dry:
            self.torch.cuda.synchronize()

    def empty_cache(self) -> None:
        if self.flush is not None:
            self.flush.zero_()

    def release(self) -> None:
        """Give memory back, for other processes."""
        gc.collect()
        if not self.dry:
            self.torch.cuda.empty_cache()

    def to_device(self, x: np.ndarray) -> Any:
        x = backend.to_torch(np.asarray(x), self.torch)
        return x if self.dry else x.cuda()

    def repetitions(self, run: Run) -> int:
        """How often to run for a number, after some runs that are not counted."""
        run()
        self.synchronize()
        begin = time.perf_counter()
        for _ in range(3):
            self.empty_cache()
            run()
        self.synchronize()
        once = (time.perf_counter() - begin) / 3 * 1e3
        return max(7, min(200, int(self.milliseconds / max(once, 1e-3))))

    def wall(self, run: Run, count: int) -> Report:
        times = []
        for _ in range(count):
            self.empty_cache()
            self.synchronize()
            begin = time.perf_counter()
            run()
            self.synchronize()
            times.append((time.perf_counter() - begin) * 1e3)
        return summary(times)

    def device(self, run: Run, count: int) -> Report:
        pairs = []
        for _ in range(count):
            begin, end = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
            self.empty_cache()
            begin.record()
            run()
            end.record()
            pairs.append((begin, end))
        self.synchronize()
        return summary([begin.elapsed_time(end) for begin, end in pairs])

    def calls(self, run: Run, once: float) -> float:
        """Microseconds of one call among many; `once` is about how many milliseconds one takes."""
        count = max(5, min(500, int(self.milliseconds / 2 / max(once, 1e-3))))
        run()
        self.synchronize()
        begin = time.perf_counter()
        for _ in range(count):
            run()
        self.synchronize()
        return (time.perf_counter() - begin) / count * 1e6

    def times(self, run: Run, has_stream: bool) -> Report:
        if self.dry:
            once = self.wall(run, 1)
            return {"wall": once, "device": once, "call": once["median"] * 1e3}
        count = self.repetitions(run)
        found: Report = {"wall": self.wall(run, count)}
        if has_stream:
            found["device"] = self.device(run, count)
        found["call"] = self.calls(run, found["wall"]["median"])
        return found


def summary(times: list[float]) -> Report:
    ordered = sorted(times)
    return {
        "median": statistics.median(ordered),
        "p20": ordered[len(ordered) // 5],
        "p80": ordered[-1 - len(ordered) // 5],
        "count": len(ordered),
    }


def card(machine: Machine) -> Report:
    """What the device is, and its rates, a second."""
    found: Report = {"python": platform.python_version(), "packages": {}}
    for name in ("torch", "triton", "jax", "numpy", "xdsl"):
        with contextlib.suppress(PackageNotFoundError):
            found["packages"][name] = version(name)
    if machine.dry:
        return found
    torch = machine.torch
    found["name"] = torch.cuda.get_device_name()
    properties = torch.cuda.get_device_properties(0)
    found["properties"] = {
        name: getattr(properties, name, None)
        for name in ("multi_processor_count", "total_memory", "L2_cache_size", "major", "minor")
    }
    query = "driver_version,clocks.sm,clocks.mem,clocks.max.sm,power.limit,temperature.gpu"
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        found["nvidia-smi"] = subprocess.run(
            command, capture_output=True, text=True, timeout=20
        ).stdout.strip()
    rates = {"bytes": copy_rate(machine)}
    for kind, dtype, n in (
        ("bfloat16", torch.bfloat16, 8192),
        ("float16", torch.float16, 8192),
        ("float32", torch.float32, 8192),
        ("float64", torch.float64, 4096),
    ):
        a, b = (torch.randn(n, n, device="cuda").to(dtype) for _ in range(2))
        machine.device(lambda a=a, b=b: a @ b, 5)
        rates[kind] = 2 * n**3 / machine.device(lambda a=a, b=b: a @ b, 10)["median"] * 1e3
    found["rates"] = rates
    x = torch.zeros(1, device="cuda")
    found["torch_launch_us"] = machine.calls(lambda: x.add_(1), 0.003)
    return found


def copy_rate(machine: Machine) -> float:
    """Bytes that are read or written, a second."""
    x = machine.torch.randn(1 << 28, device="cuda")
    y = machine.torch.empty_like(x)
    return 2 * x.numel() * 4 / machine.device(lambda: y.copy_(x), 20)["median"] * 1e3


# Systems.


class Subject:
    """A case for letgrad at certain arguments: its file, and its launcher."""

    def __init__(self, case: Case, args: Arrays):
        begin = time.perf_counter()
        if case.text is not None:
            self.module = source.parse(opt.LetgradOptMain([]).ctx, case.text(args))
            self.entry = "main"
        else:
            traced = lg.jit(of_program(case)).traced(*args)
            self.module, self.entry = traced.module, traced.entry
        self.file: File = backend.lower(self.module, case.options)
        self.seconds = time.perf_counter() - begin
        self.python = load(self.file.text)
        self.launcher = getattr(self.python, self.file.functions[self.entry])

    def reference(self, args: Arrays) -> tuple[Any, ...]:
        """What the backend `numpy` gives, which defines what is right."""
        return backends.compile("numpy", self.module, self.entry)(*pytree.flatten((args, {}))[0])

    def tune_again(self) -> None:
        """Forget which tiles were the fastest: this was measured while other processes ran."""
        for kernel in vars(self.python).values():
            if hasattr(kernel, "configs") and hasattr(kernel, "cache"):
                kernel.cache.clear()

    def tuned(self) -> dict[str, str]:
        return {
            name: str(kernel.best_config)
            for name, kernel in vars(self.python).items()
            if hasattr(kernel, "configs") and getattr(kernel, "best_config", None) is not None
        }


def of_program(case: Case) -> Callable[..., Any]:
    program = case.program
    assert program is not None
    f = lambda *xs: program(np, *xs)  # noqa: E731
    if case.hvp:
        return lambda w, *rest: lg.hvp(lambda w: f(w, *rest[:-1]), (w,), (rest[-1],))
    return lg.value_and_grad(f, argnums=tuple(range(case.wrt))) if case.wrt else f


def with_torch(case: Case, args: Sequence[Any], torch: Any, compiled: bool) -> Run:
    program = case.torch
    assert program is not None
    f = lambda *xs: program(torch, *xs)  # noqa: E731
    if compiled:
        f = torch.compile(f)
    if case.hvp:
        w = args[0].detach().clone().requires_grad_()
        rest, direction = args[1:-1], args[-1]

        def product() -> tuple[Any, ...]:
            (slope,) = torch.autograd.grad(f(w, *rest), [w], create_graph=True)
            return torch.autograd.grad(slope, [w], direction)

        return product
    if not case.wrt:
        return lambda: tuple_of(f(*args))
    leaves = [x.detach().clone().requires_grad_() for x in args[: case.wrt]]

    def run() -> tuple[Any, ...]:
        value = f(*leaves, *args[case.wrt :])
        return value.detach(), *torch.autograd.grad(value, leaves)

    return run


def with_jax(case: Case) -> tuple[Any, Callable[..., Any]]:
    """The module, and the function to be compiled."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")
    # The function is called as users call it, and finds there what was compiled before.
    jax.config.update("jax_compilation_cache_dir", tempfile.mkdtemp(prefix="gpu-benchmark-jax-"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    program = case.jax or case.program
    assert program is not None
    f = lambda *xs: program(jax.numpy, *xs)  # noqa: E731
    if case.hvp:

        def product(w: Any, *rest: Any) -> Any:
            slope = jax.grad(lambda w: f(w, *rest[:-1]))
            return jax.jvp(slope, (w,), (rest[-1],))[1]

        return jax, jax.jit(product)
    if case.wrt:
        return jax, jax.jit(jax.value_and_grad(f, argnums=tuple(range(case.wrt))))
    return jax, jax.jit(f)


def tuple_of(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)


# Errors.


def error(actual: Sequence[Any], expected: Sequence[Any]) -> float:
    """The largest difference, relative to the largest element of a result, of NumPy arrays."""
    worst = 0.0
    for a, b in zip(actual, expected, strict=True):
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        if a.shape != b.shape or not np.all(np.isfinite(a) == np.isfinite(b)):
            return float("inf")
        if b.size:
            worst = max(worst, float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30)))
    return worst


CHUNK = 1 << 28


def error_on_device(actual: Sequence[Any], expected: Sequence[Any], torch: Any) -> float:
    """The same for tensors, in parts, so that it takes little memory."""
    worst = 0.0
    for a, b in zip(actual, expected, strict=True):
        if tuple(a.shape) != tuple(b.shape):
            return float("inf")
        off = most = 0.0
        for x, y in zip(a.reshape(-1).split(CHUNK), b.reshape(-1).split(CHUNK)):
            x, y = x.double(), y.double()
            if not bool((torch.isfinite(x) == torch.isfinite(y)).all()):
                return float("inf")
            off = max(off, float((x - y).nan_to_num(0, 0, 0).abs().max()))
            most = max(most, float(y.nan_to_num(0, 0, 0).abs().max()))
        worst = max(worst, off / max(most, 1e-30))
    return worst


def upcast(xs: Sequence[Any]) -> list[Any]:
    return [x.double() if x.is_floating_point() else x for x in xs]


# A process for one case.


class Worker:
    """Prepares one case, and measures it; `tell` gets what is known, step by step."""

    def __init__(
        self, case: Case, machine: Machine, without: Sequence[str], tell: Callable[[Report], None]
    ):
        self.case, self.machine, self.tell = case, machine, tell
        self.torch = machine.torch
        self.has_torch = not isinstance(self.torch.bfloat16, interpreter.Dtype)
        self.systems = [s for s in SYSTEMS if s not in without]
        if not self.has_torch:
            self.systems = [s for s in self.systems if s not in ("torch", "compile")]
        if machine.dry or not case.graph:
            self.systems = [s for s in self.systems if s != "graph"]
        if not case.has_jax or not installed("jax"):
            self.systems = [s for s in self.systems if s != "jax"]
        if not case.has_compile:
            self.systems = [s for s in self.systems if s != "compile"]
        self.part = 1e-6 if machine.dry else 1.0
        self.compiled: Any = None
        self.jax: Any = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Failures are told, and what follows goes on."""
        self.tell({"doing": name})
        try:
            yield
        except Exception:
            self.tell({"failures": {name: failure()}})

    def prepare(self) -> None:
        case, machine = self.case, self.machine
        with self.step("small"):
            args = case.inputs(np.random.default_rng(0), min(1e-4, self.part))
            subject = Subject(case, args)
            results = tuple_of(subject.launcher(*(machine.to_device(x) for x in args)))
            off = error([backend.to_numpy(x, self.torch) for x in results], subject.reference(args))
            self.tell({"small_error": off, "wrong": not off <= max(case.tolerance, 1e-4)})
        with self.step("inputs"):
            self.make_inputs()
        with self.step("first letgrad"):
            self.subject = Subject(case, self.args)
            kernels = self.subject.file.kernels
            self.tell({"lower_seconds": self.subject.seconds, "kernels": len(kernels)})
            xs = self.on_device()
            begin = time.perf_counter()
            self.subject.launcher(*xs)
            machine.synchronize()
            self.tell({"first_seconds": {"letgrad": time.perf_counter() - begin}})
            del xs
        # Products are tuned by time, so that nothing else may run.
        if "jax" in self.systems and not case.flops:
            with self.step("first jax"):
                self.prepare_jax()
        if "compile" in self.systems:
            with self.step("first compile"):
                xs = self.on_device()
                begin = time.perf_counter()
                run = with_torch(case, xs, self.torch, True)
                run()
                machine.synchronize()
                self.compiled = run
                self.tell({"first_seconds": {"compile": time.perf_counter() - begin}})
                # The inputs are part of what was compiled.
                del xs
        machine.release()

    def make_inputs(self) -> None:
        random = np.random.default_rng(1)
        if self.case.huge and not self.machine.dry:
            # Known by its shape: who writes kernels reads no elements.
            n = self.case.inputs(np.random.default_rng(0), 1e-9)[0]
            self.args = [np.broadcast_to(np.zeros((), n.dtype), ((1 << 31) + 1000,))]
            return
        self.args = self.case.inputs(random, self.part)

    def on_device(self) -> list[Any]:
        if self.case.huge and not self.machine.dry:
            torch = self.torch
            x = torch.empty(self.args[0].shape, dtype=torch.float16, device="cuda")
            for part in x.split(CHUNK):
                part.normal_()
            return [x]
        return [self.machine.to_device(x) for x in self.args]

    def prepare_jax(self) -> None:
        begin = time.perf_counter()
        jax, f = with_jax(self.case)
        shapes = [jax.ShapeDtypeStruct(np.shape(x), np.asarray(x).dtype) for x in self.args]
        f.lower(*shapes).compile()
        self.jax = jax, f
        self.tell({"first_seconds": {"jax": time.perf_counter() - begin}})

    def measure(self) -> None:
        case, machine, torch = self.case, self.machine, self.torch
        xs = self.on_device()
        launcher = self.subject.launcher
        self.subject.tune_again()
        with self.step("error"):
            results = tuple_of(launcher(*xs))
            machine.synchronize()
            moved = sum(x.nbytes for x in self.args) + sum(
                r.numel() * r.dtype.itemsize for r in results
            )
            flops = case.flops(self.args) if case.flops else 0
            self.tell({"bytes": moved, "flops": flops, "dtype": self.args[0].dtype.name})
            if self.has_torch:
                self.compare(xs, results)
            del results
            machine.release()
        with self.step("letgrad"):
            self.told("letgrad", lambda: launcher(*xs))
            self.tell({"tuned": self.subject.tuned()})
        if not machine.dry:
            with self.step("single kernels"):
                self.tell({"single_kernels": self.single_kernels(lambda: launcher(*xs))})
        if case.graph and not machine.dry:
            with self.step("host"):
                self.tell({"host": self.host(lambda: launcher(*xs))})
        if "graph" in self.systems:
            with self.step("graph"):
                replay = self.subject.python.graphed(launcher, *xs)
                self.told("graph", lambda: replay(*xs))
        if "torch" in self.systems:
            with self.step("torch"):
                self.told("torch", with_torch(case, xs, torch, False))
        if self.compiled is not None:
            with self.step("compile"):
                self.told("compile", self.compiled)
        if not machine.dry:
            with self.step("letgrad again"):
                self.told("letgrad again", lambda: launcher(*xs))
        xs.clear()
        machine.release()
        if "jax" in self.systems:
            with self.step("jax"):
                if self.jax is None:
                    self.prepare_jax()
                jax, f = self.jax
                given = [jax.device_put(x) for x in self.args]
                run = lambda: jax.block_until_ready(f(*given))  # noqa: E731
                self.told("jax", run, has_stream=False)

    def told(self, system: str, run: Run, has_stream: bool = True) -> None:
        self.tell({"times": {system: self.machine.times(run, has_stream)}})

    def compare(self, xs: list[Any], results: Sequence[Any]) -> None:
        """letgrad and PyTorch with PyTorch in float64; the same type where there is no memory."""
        torch, case = self.torch, self.case
        same = with_torch(case, xs, torch, False)()
        if case.huge:
            off = error_on_device(results, same, torch)
            self.tell({"error": off})
        else:
            exact = with_torch(case, upcast(xs), torch, False)()
            off = error_on_device(results, exact, torch)
            self.tell({"error": off, "torch_error": error_on_device(same, exact, torch)})
        if not off <= case.tolerance:
            self.tell({"wrong": True})

    def host(self, run: Run) -> dict[str, float]:
        """Microseconds of one call by functions of Python, under its profiler, which adds to it."""
        count, profiler = 100, cProfile.Profile()
        profiler.enable()
        for _ in range(count):
            run()
        profiler.disable()
        self.machine.synchronize()
        rows = {
            f"{Path(file).name}:{line}:{name}": seconds / count * 1e6
            for (file, line, name), (_, _, seconds, _, _) in stats_of(profiler).items()
        }
        return dict(sorted(rows.items(), key=lambda item: -item[1])[:16])

    def single_kernels(self, run: Run) -> dict[str, Report]:
        """For each kernel of one call, those of libraries too, its time, and its rate."""
        from torch.profiler import ProfilerActivity, profile  # type: ignore[import-not-found]

        count = 5
        with profile(activities=[ProfilerActivity.CUDA]) as found:
            for _ in range(count):
                self.machine.empty_cache()
                run()
            self.machine.synchronize()
        known: dict[str, Kernel] = {k.name: k for k in self.subject.file.kernels}
        rows: dict[str, Report] = {}
        for event in found.key_averages():
            microseconds = getattr(event, "self_device_time_total", 0) / count
            if microseconds <= 0:
                continue
            row: Report = {"us": microseconds, "times": event.count / count}
            if (k := known.get(event.key)) is not None:
                row["gb_per_s"] = (k.reads + k.writes) / microseconds / 1e3
                row["launch"] = f"{k.grid} x {k.constants}, {k.warps} warps"
                if k.matrix:
                    row["tflop_per_s"] = k.work / microseconds / 1e6
            rows[event.key[:120]] = row
        # The emptying of the cache is one of them.
        return dict(sorted(rows.items(), key=lambda item: -item[1]["us"])[:24])


def stats_of(profiler: cProfile.Profile) -> dict[Any, Any]:
    return pstats.Stats(profiler).stats  # type: ignore[attr-defined]


def work(name: str, options: argparse.Namespace) -> int:
    """In a process of its own: one case, told line by line; it waits before it measures."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what else is printed is no line of ours
    tell = lambda report: print(json.dumps(report), file=out, flush=True)  # noqa: E731
    with surroundings(options.dry_run) as torch:
        machine = Machine(torch, options.dry_run)
        if name == RATES:
            tell({"ready": True})
            sys.stdin.readline()
            tell({**card(machine), "done": True})
            return 0
        case = next(c for c in CASES if c.name == name)
        worker = Worker(case, machine, options.without.split(","), tell)
        worker.prepare()
        tell({"ready": True})
        if sys.stdin.readline().strip() == "go":
            worker.measure()
            tell({"done": True})
    return 0


@contextmanager
def surroundings(dry: bool) -> Iterator[Any]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(diagnostics.handling(lambda d: None))
        if dry:
            stack.enter_context(interpreter.interpreted())
        yield stack.enter_context(interpreter.torch_or_fake())


# The process that has the others.


def merge(known: Report, more: Report) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(known.get(key), dict):
            merge(known[key], value)
        else:
            known[key] = value


class Child:
    """A process of `work`, as its parent sees it."""

    def __init__(self, name: str, options: argparse.Namespace, without: str, log: TextIO):
        command = [sys.executable, __file__, "--worker", name, "--without", without]
        command += ["--dry-run"] if options.dry_run else []
        self.name, self.log = name, log
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        self.lines: queue.Queue[Report | None] = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                self.lines.put(json.loads(line))
        self.lines.put(None)

    def until(self, key: str, deadline: float, report: Report) -> bool:
        """Merge what is told into the report until `key` is; whether it was, in time."""
        while True:
            try:
                line = self.lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            except queue.Empty:
                report["stopped"] = f"out of time while doing: {report.get('doing')}"
                return False
            if line is None:
                self.log.flush()
                text = Path(self.log.name).read_text(errors="replace").strip().splitlines()
                report["stopped"] = (
                    f"ended with status {self.process.wait()} while doing: "
                    f"{report.get('doing')}\n" + "\n".join(text[-LINES:])
                )
                return False
            if key in line:
                merge(report, {k: v for k, v in line.items() if k != key})
                return True
            merge(report, line)

    def go(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write("go\n")
            self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class Driver:
    """Starts processes, a wave at a time, lets one after the other measure, and writes the file."""

    def __init__(self, options: argparse.Namespace, cases: list[Case]):
        self.options, self.cases = options, cases
        self.begin = time.monotonic()
        self.deadline = self.begin + options.budget
        self.report: Report = {"machine": {}, "cases": {}, "not_run": [c.name for c in cases]}
        self.logs = tempfile.mkdtemp(prefix="gpu-benchmark-")

    def write(self) -> None:
        self.report["seconds"] = round(time.monotonic() - self.begin, 1)
        if self.options.json:
            path = Path(self.options.json)
            fresh = path.with_suffix(".part")
            fresh.write_text(json.dumps(self.report, indent=1) + "\n")
            fresh.replace(path)

    def child(self, name: str, without: str) -> Child:
        handle, path = tempfile.mkstemp(dir=self.logs, suffix=".log")
        os.close(handle)
        return Child(name, self.options, without, open(path, "w"))

    def run(self) -> None:
        waiting = list(self.cases)
        first = self.child(RATES, self.options.without)
        while waiting and time.monotonic() < self.deadline:
            wave, waiting = waiting[: self.options.jobs], waiting[self.options.jobs :]
            children = [self.child(c.name, self.options.without) for c in wave]
            ready = [self.prepared(c) for c in children]
            if not self.report["machine"]:
                if first.until("ready", self.limit(60), self.report["machine"]):
                    first.go()
                    first.until("done", self.limit(60), self.report["machine"])
                first.end()
                print(described(self.report["machine"]), flush=True)
            for child in ready:
                if child is None:
                    continue
                report = self.report["cases"][child.name]
                if time.monotonic() < self.deadline:
                    self.report["not_run"].remove(child.name)
                    child.go()
                    child.until("done", self.limit(self.options.timeout), report)
                    report.pop("doing", None)
                    conclude(report, self.report["machine"])
                    print(row(child.name, report), flush=True)
                child.end()
                self.write()
        self.write()

    def limit(self, seconds: float) -> float:
        return min(time.monotonic() + seconds, self.deadline + 10)

    def prepared(self, child: Child) -> Child | None:
        """The process when it is ready; one that ended is tried again with letgrad alone."""
        report = self.report["cases"].setdefault(child.name, {})
        limit = self.limit(self.options.timeout)
        if child.until("ready", limit, report):
            return child
        child.end()
        knows_ours = "letgrad" in report.get("first_seconds", {})
        if ("ended" in report["stopped"] or knows_ours) and time.monotonic() < self.deadline:
            report["stopped_first"] = report.pop("stopped")
            again = self.child(child.name, "compile,jax")
            if again.until("ready", self.limit(self.options.timeout), report):
                return again
            again.end()
        self.report["not_run"].remove(child.name)
        print(f"{child.name:36} {report['stopped']}", flush=True)
        return None


def conclude(report: Report, machine: Report) -> None:
    """What follows from the times of a case: rates, and ratios."""
    times = report.get("times", {})
    if "letgrad" not in times:
        return
    ours = min(times[s]["wall"]["median"] for s in ("letgrad", "letgrad again") if s in times)
    report["others_to_letgrad"] = {
        system: found["wall"]["median"] / ours for system, found in times.items()
    }
    seconds = times["letgrad"]["device"]["median"] / 1e3
    rates = machine.get("rates")
    if rates is None or "bytes" not in report or not seconds:
        return
    report["gb_per_s"] = report["bytes"] / seconds / 1e9
    bounds = {"bytes": report["bytes"] / rates["bytes"]}
    if report["flops"]:
        report["tflop_per_s"] = report["flops"] / seconds / 1e12
        bounds["flops"] = report["flops"] / rates[report["dtype"]]
    kind = max(bounds, key=lambda k: bounds[k])
    report["bound"] = {"by": kind, "ms": bounds[kind] * 1e3, "reached": bounds[kind] / seconds}


# What is printed.

COLUMNS = ("letgrad", "graph", "torch", "compile", "jax")


def described(machine: Report) -> str:
    rates = machine.get("rates", {})
    text = f"{machine.get('name', 'the interpreter: the times mean nothing')}; "
    text += ", ".join(f"{k} {v}" for k, v in machine.get("packages", {}).items())
    if rates:
        text += f"\ncopies {rates['bytes'] / 1e9:.0f} GB/s; multiplies, in Tflop/s: "
        text += ", ".join(f"{k} {v / 1e12:.0f}" for k, v in rates.items() if k != "bytes")
    if "stopped" in machine or "failures" in machine:
        text += f"\n{machine}"
    heads = " ".join(f"{name:>9}" for name in (*COLUMNS, "device", "call µs", "of bound", "off by"))
    return f"{text}\n{'milliseconds':36} {heads}"


def shown(x: Any, form: str) -> str:
    return "-" if x is None or x != x else format(x, form)


def row(name: str, report: Report) -> str:
    times = report.get("times", {})
    cells = [shown(times.get(s, {}).get("wall", {}).get("median"), ".3f") for s in COLUMNS]
    ours = times.get("letgrad", {})
    cells.append(shown(ours.get("device", {}).get("median"), ".3f"))
    cells.append(shown(ours.get("call"), ".0f"))
    cells.append(shown(report.get("bound", {}).get("reached"), ".0%"))
    cells.append(shown(report.get("error", report.get("small_error")), ".1e"))
    text = f"{name:36} " + " ".join(f"{cell:>9}" for cell in cells)
    if report.get("wrong"):
        text += "  WRONG"
    for step, lines in report.get("failures", {}).items():
        text += f"\n    {step} failed: {lines.splitlines()[-1][:160]}"
    if "stopped" in report:
        text += f"\n    {report['stopped']}"
    return text


def here(options: argparse.Namespace, cases: list[Case]) -> Report:
    """All cases in this process, one after the other: for dry runs."""
    known: Report = {"machine": {}, "cases": {}, "not_run": []}
    with surroundings(options.dry_run) as torch:
        machine = Machine(torch, options.dry_run)
        known["machine"] = card(machine)
        print(described(known["machine"]), flush=True)
        for case in cases:
            report = known["cases"].setdefault(case.name, {})
            worker = Worker(
                case, machine, options.without.split(","), lambda r, to=report: merge(to, r)
            )
            worker.prepare()
            worker.measure()
            conclude(report, known["machine"])
            print(row(case.name, report), flush=True)
    return known


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", default="", help="cases whose names have one of these, by commas")
    parser.add_argument("--without", default="", help=f"systems to leave out: {', '.join(SYSTEMS)}")
    parser.add_argument("--budget", type=float, default=540, help="seconds for all of it")
    parser.add_argument("--timeout", type=float, default=100, help="seconds for a step of a case")
    parser.add_argument("--jobs", type=int, default=0, help="processes that prepare at once")
    parser.add_argument("--json", default="", help="the file for all that is known")
    parser.add_argument("--dry-run", action="store_true", help="in the interpreter")
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        return work(options.worker, options)
    if not options.dry_run and not backend.has_gpu():
        print(
            "there is no GPU that torch can use; --dry-run runs in the interpreter", file=sys.stderr
        )
        return 1
    cases = [c for c in CASES if any(part in c.name for part in options.only.split(","))]
    if options.dry_run and not options.jobs:
        known = here(options, cases)
    else:
        options.jobs = options.jobs or max((os.cpu_count() or 2) - 2, 1)
        driver = Driver(options, cases)
        driver.run()
        known = driver.report
    reports = known["cases"].values()
    wrong = [n for n, r in known["cases"].items() if r.get("wrong")]
    broken = [n for n, r in known["cases"].items() if "stopped" in r or r.get("failures")]
    right = sum(r.get("wrong") is False for r in reports)
    print(f"\n{right} of {len(cases)} cases are right", end="")
    for what, names in (("wrong", wrong), ("failed", broken), ("not run", known["not_run"])):
        print(f"; {what}: {', '.join(names)}" if names else "", end="")
    print()
    return 1 if wrong or broken else 0


if __name__ == "__main__":
    sys.exit(main())
