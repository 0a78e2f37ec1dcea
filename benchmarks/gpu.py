"""
The backend `triton` on the GPU at hand, beside PyTorch (eager and compiled) and JAX, each where it
is installed, and beside what the card can do: the rate at which it copies, and multiplies matrices.

    python benchmarks/gpu.py [--only mlp] [--without compile,jax] [--seconds 540]
    python benchmarks/gpu.py --dry-run

First, each case is checked at a small size against the backend `cpu`, and at full size against
PyTorch; a case that is wrong is not timed, and the exit status is 1. Then the times: medians, in
milliseconds, of `triton.testing.do_bench`, which empties the cache between two runs. "of bound" is
the time that the card needs for the bytes or operations of the case, at its measured rates, over
letgrad's time. What is not done when the seconds are over is said to be so.

With --dry-run, everything runs in Triton's interpreter, at small sizes, and the table has no times:
it shows that this script works where there is no GPU.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

import letgrad as lg
from letgrad.frontend import pytree
from letgrad.lowering import backends
from letgrad.lowering.triton import backend, interpreter
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.loading import load
from letgrad.passes.rewriting import diagnostics
from letgrad.tools import opt, source

SYSTEMS = ("torch", "compile", "jax")
Arrays = list[Any]


@dataclass
class Case:
    """
    A function and its gradient by the first `wrt` arguments; `program(xp, *args)` is NumPy code
    that JAX runs too, `torch(torch, *args)` PyTorch's. With `text`, the program is MLIR, run as it
    is.
    """

    name: str
    inputs: Callable[[np.random.Generator, float], Arrays]
    """The arguments, at a part of the full size."""
    wrt: int = 0
    program: Callable[..., Any] | None = None
    torch: Callable[..., Any] | None = None
    text: Callable[[Arrays], str] | None = None
    bound: Callable[[Arrays], tuple[str, float]] = lambda xs: ("bytes", 0)
    """What it has to move, in bytes, or to multiply, in flops, at least."""
    tolerance: float = 1e-4
    has_jax: bool = True
    options: Options = Options()  # noqa: RUF009


def count(full: int, part: float, least: int = 8) -> int:
    return max(int(full * part), least)


def floats(*sizes: int) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda random: random.standard_normal(sizes, dtype=np.float32)


def draws(number: int, full: int) -> Callable[[np.random.Generator, float], Arrays]:
    return lambda random, part: [floats(count(full, part))(random) for _ in range(number)]


def bytes_of(times: float) -> Callable[[Arrays], tuple[str, float]]:
    """So many times the bytes of the first argument."""
    return lambda xs: ("bytes", times * xs[0].nbytes)


def foo(xp, x, y, z):
    w = x * xp.sin(y)
    return xp.sum(xp.arctan2(z, w) + z * w)


def foo_torch(torch, x, y, z):
    w = x * torch.sin(y)
    return (torch.atan2(z, w) + z * w).sum()


def relu(xp, x):
    return xp.sum(xp.maximum(x, 0) ** 2)


def relu_torch(torch, x):
    return (torch.clamp(x, min=0) ** 2).sum()


def normalized(xp, x, g, b, c):
    d = x - xp.mean(x, axis=1, keepdims=True)
    y = d / xp.sqrt(xp.mean(d * d, axis=1, keepdims=True) + 1e-5) * g + b
    e = xp.exp(y - xp.max(y, axis=1, keepdims=True))
    return xp.sum(e / xp.sum(e, axis=1, keepdims=True) * c)


def normalized_torch(torch, x, g, b, c):
    y = torch.nn.functional.layer_norm(x, (x.shape[1],), g, b, 1e-5)
    return (torch.softmax(y, dim=1) * c).sum()


def mlp(xp, w1, b1, w2, b2, x, y):
    out = xp.tanh(x @ w1 + b1) @ w2 + b2
    out = out - xp.max(out, axis=1, keepdims=True)
    return xp.mean(xp.log(xp.sum(xp.exp(out), axis=1)) - xp.sum(out * y, axis=1))


def mlp_torch(torch, w1, b1, w2, b2, x, y):
    out = torch.tanh(x @ w1 + b1) @ w2 + b2
    return torch.nn.functional.cross_entropy(out, y)


def mlp_inputs(random: np.random.Generator, part: float) -> Arrays:
    batch, hidden = count(4096, part), count(4096, part)
    y = np.eye(10, dtype=np.float32)[random.integers(0, 10, batch)]
    shapes = ((784, hidden), (hidden,), (hidden, 10), (10,))
    weights = [0.05 * floats(*s)(random) for s in shapes]
    return [*weights, floats(batch, 784)(random), y]


def mlp_flops(xs: Arrays) -> tuple[str, float]:
    w1, _, w2, _, x, _ = xs
    # Forward, and backward for the weights of both layers and the values between them.
    return "flops32", 2.0 * len(x) * (2 * w1.size + 3 * w2.size)


def column_sums(xp, x, c):
    return xp.sum(xp.sum(x, axis=0) ** 2 * c)


def scattered(xp, v, at):
    return lg.scatter(1 << 20, v, lambda i: at[i])


def scattered_torch(torch, v, at):
    return torch.zeros(1 << 20, dtype=v.dtype, device=v.device).index_add_(0, at, v)


def product_text(xs: Arrays) -> str:
    (m, k), (_, n) = xs[0].shape, xs[1].shape
    e = "bf16" if xs[0].dtype.itemsize == 2 and xs[0].dtype != np.float16 else "f16"
    a, b, c = (f"tensor<{i}x{j}x{e}>" for i, j in ((m, k), (k, n), (m, n)))
    return f"""func.func @main(%a: {a}, %b: {b}) -> {c} {{
      %r = ten.einsum "ij,jk->ik" %a, %b : {a}, {b} -> {c}
      func.return %r : {c}
    }}"""


def matrices(name: str) -> Callable[[np.random.Generator, float], Arrays]:
    def inputs(random: np.random.Generator, part: float) -> Arrays:
        dtype = interpreter.DTYPES[name].numpy
        n = count(8192, part, 48)
        return [(floats(n, n)(random) / np.sqrt(n)).astype(dtype) for _ in range(2)]

    return inputs


def matrix_flops(xs: Arrays) -> tuple[str, float]:
    return "flops16", 2.0 * xs[0].shape[0] ** 3


CASES = [
    Case("foo, 10^8", draws(3, 10**8), 3, foo, foo_torch, bound=bytes_of(6)),
    Case("relu, 10^8", draws(1, 10**8), 1, relu, relu_torch, bound=bytes_of(2)),
    Case(
        "layer norm, softmax",
        lambda random, part: [
            floats(*s)(random)
            for n, m in [(count(16384, part), count(4096, part**0.5, 32))]
            for s in ((n, m), (m,), (m,), (n, m))
        ],
        3, normalized, normalized_torch, bound=bytes_of(3),
    ),
    Case(
        "column sums",
        lambda random, part: [
            floats(n, m)(random) if k == 0 else floats(m)(random)
            for n, m in [(count(100_000, part), count(1024, part**0.5))]
            for k in range(2)
        ],
        1, column_sums, lambda torch, x, c: (x.sum(0) ** 2 * c).sum(), bound=bytes_of(2),
    ),
    Case("mlp, batch 4096", mlp_inputs, 4, mlp, mlp_torch, bound=mlp_flops, tolerance=1e-3),
    Case(
        "einsum 8192, bf16", matrices("bfloat16"), text=product_text,
        torch=lambda torch, a, b: a @ b, bound=matrix_flops, tolerance=2e-2, has_jax=False,
    ),
    Case(
        "einsum 8192, f16", matrices("float16"), text=product_text, torch=lambda torch, a, b: a @ b,
        bound=matrix_flops, tolerance=4e-3, has_jax=False,
    ),
    *(
        Case(
            f"scatter 10^7, {how}",
            lambda random, part: [
                floats(count(10**7, part))(random),
                random.integers(0, 1 << 20, count(10**7, part)),
            ],
            0, scattered, scattered_torch, has_jax=False, options=Options(scatter=how),
            bound=lambda xs: ("bytes", xs[0].nbytes + xs[1].nbytes + (4 << 20)),
        )
        for how in ("sorted", "atomic")
    ),
]  # fmt: skip


class Machine:
    """Where kernels run, and how long they take."""

    def __init__(self, dry: bool):
        self.dry = dry
        self.context = interpreter.interpreted if dry else nullcontext
        self.rates: dict[str, float] = {}

    def time(self, run: Callable[[], Any]) -> float:
        """Milliseconds."""
        if self.dry:
            run()
            return float("nan")
        import triton

        return triton.testing.do_bench(run, warmup=50, rep=200, return_mode="median")

    def measure(self, torch: Any) -> None:
        """The rates of copying and of products, a second."""
        if self.dry:
            self.rates = {"bytes": float("nan"), "flops16": float("nan"), "flops32": float("nan")}
            return
        self.rates["bytes"] = self._copy_rate(torch)
        self.rates["flops16"] = self._product_rate(torch, torch.bfloat16)
        self.rates["flops32"] = self._product_rate(torch, torch.float32)

    def _copy_rate(self, torch: Any) -> float:
        x = torch.zeros(1 << 28, device="cuda")
        y = torch.empty_like(x)
        return 2 * x.numel() * 4 / self.time(lambda: y.copy_(x)) * 1e3

    def _product_rate(self, torch: Any, dtype: Any) -> float:
        a = torch.randn(8192, 8192, device="cuda", dtype=dtype)
        return 2 * 8192**3 / self.time(lambda: a @ a) * 1e3


def with_letgrad(case: Case, args: Arrays, torch: Any) -> tuple[Callable[..., Any], Any]:
    """The launcher of the case's emitted file, and the module that it was made of."""
    if case.text is not None:
        module, entry = source.parse(opt.LetgradOptMain([]).ctx, case.text(args)), "main"
    else:
        program = case.program
        assert program is not None
        f = lambda *xs: program(np, *xs)  # noqa: E731
        f = lg.value_and_grad(f, argnums=tuple(range(case.wrt))) if case.wrt else f
        traced = lg.jit(f).traced(*args)
        module, entry = traced.module, traced.entry
    file = backend.lower(module, case.options)
    return getattr(load(file.text), file.functions[entry]), (module, entry)


def with_torch(case: Case, args: Sequence[Any], torch: Any, compiled: bool) -> Callable[[], Any]:
    program = case.torch
    assert program is not None
    f = lambda *xs: program(torch, *xs)  # noqa: E731
    if compiled:
        f = torch.compile(f)
    if not case.wrt:
        return lambda: (f(*args),)
    leaves = [x.detach().clone().requires_grad_() for x in args[: case.wrt]]

    def run() -> tuple[Any, ...]:
        value = f(*leaves, *args[case.wrt :])
        return value.detach(), *torch.autograd.grad(value, leaves)

    return run


def with_jax(case: Case, args: Arrays) -> Callable[[], Any]:
    import jax

    program = case.program
    assert program is not None
    f = lambda *xs: program(jax.numpy, *xs)  # noqa: E731
    run = jax.jit(jax.value_and_grad(f, argnums=tuple(range(case.wrt))))
    xs = [jax.device_put(x) for x in args]
    return lambda: jax.block_until_ready(run(*xs))


def error(actual: Sequence[Any], expected: Sequence[Any]) -> float:
    """The largest difference, relative to the largest element of a result."""
    worst = 0.0
    for a, b in zip(actual, expected, strict=True):
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        if a.shape != b.shape or not np.all(np.isfinite(a) == np.isfinite(b)):
            return float("inf")
        if b.size:
            worst = max(worst, float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30)))
    return worst


def tuple_of(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)


def check(case: Case, machine: Machine, torch: Any) -> float:
    """The error at a small size, against the backend `cpu`."""
    args = case.inputs(np.random.default_rng(0), 1e-6 if machine.dry else 1e-4)
    launcher, (module, entry) = with_letgrad(case, args, torch)
    results = tuple_of(launcher(*(backend.to_torch(x, torch) for x in args)))
    expected = backends.compile("cpu", module, entry)(*pytree.flatten((args, {}))[0])
    return error([backend.to_numpy(x, torch) for x in results], expected)


def measure(case: Case, machine: Machine, torch: Any, without: Sequence[str]) -> dict[str, Any]:
    """The times of all systems at full size, after their results were compared."""
    args = case.inputs(np.random.default_rng(1), 1e-6 if machine.dry else 1.0)
    launcher, _ = with_letgrad(case, args, torch)
    xs = [backend.to_torch(x, torch) for x in args]
    if not machine.dry:
        xs = [x.cuda() for x in xs]
    found: dict[str, Any] = {"error": float("nan")}
    results = tuple_of(launcher(*xs))
    if not isinstance(torch.bfloat16, interpreter.Dtype):
        expected = [backend.to_numpy(x, torch) for x in with_torch(case, xs, torch, False)()]
        found["error"] = error([backend.to_numpy(x, torch) for x in results], expected)
        if not found["error"] <= case.tolerance:
            return found
    if not machine.dry:
        for name in ("torch", "compile"):
            if name not in without:
                found[name] = machine.time(with_torch(case, xs, torch, name == "compile"))
        if "jax" not in without and case.has_jax and case.wrt and is_installed("jax"):
            found["jax"] = machine.time(with_jax(case, args))
    found["letgrad"] = machine.time(lambda: launcher(*xs))
    kind, amount = case.bound(args)
    found["bound"] = amount / machine.rates[kind] * 1e3 / found["letgrad"]
    return found


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def shown(x: Any, form: str) -> str:
    return "-" if x is None or x != x else format(x, form)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", default="", help="cases whose names have this in them")
    parser.add_argument("--without", default="", help=f"systems to leave out: {', '.join(SYSTEMS)}")
    parser.add_argument("--seconds", type=float, default=540, help="after which no case is begun")
    parser.add_argument("--dry-run", action="store_true", help="in the interpreter, without times")
    options = parser.parse_args(arguments)
    if not options.dry_run and not backend.has_gpu():
        print(
            "there is no GPU that torch can use; --dry-run runs in the interpreter", file=sys.stderr
        )
        return 1
    begin, machine = time.monotonic(), Machine(options.dry_run)
    cases = [c for c in CASES if options.only in c.name]
    wrong = 0
    with (
        diagnostics.handling(lambda d: None),
        machine.context(),
        interpreter.torch_or_fake() as torch,
    ):
        good = []
        for case in cases:
            off = check(case, machine, torch)
            is_good = off <= case.tolerance
            wrong += not is_good
            print(f"{case.name:22} {'right' if is_good else 'WRONG'}, off by {off:.1e}", flush=True)
            good += [case] if is_good else []
        machine.measure(torch)
        card = "the interpreter: no times" if machine.dry else torch.cuda.get_device_name()
        print(f"\n{card}")
        if not machine.dry:
            rates = machine.rates
            print(
                f"copies {rates['bytes'] / 1e9:.0f} GB/s, multiplies {rates['flops16'] / 1e12:.0f} "
                f"Tflop/s in bf16 and {rates['flops32'] / 1e12:.0f} in float32"
            )
        columns = ("letgrad", "of bound", *SYSTEMS, "off by")
        print(f"\n{'':22} {' '.join(f'{name:>9}' for name in columns)}")
        without = options.without.split(",")
        for case in good:
            if time.monotonic() - begin > options.seconds:
                print(f"{case.name:22} not run: the seconds are over")
                continue
            found = measure(case, machine, torch, without)
            if "letgrad" not in found:
                wrong += 1
                print(f"{case.name:22} WRONG at full size, off by {found['error']:.1e}", flush=True)
                continue
            times = [shown(found.get(name), "9.3f").rjust(9) for name in SYSTEMS]
            print(
                f"{case.name:22} {shown(found['letgrad'], '9.3f'):>9} "
                f"{shown(found['bound'], '9.0%'):>9} {' '.join(times)} "
                f"{shown(found['error'], '9.1e'):>9}",
                flush=True,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
