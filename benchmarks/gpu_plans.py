"""
The plans of programs on a GPU, without a GPU: each program of `gpu_cases.py` at its full size, and
those of `PLANS` below, compiled for a card offline.

    python benchmarks/gpu_plans.py                     # a table of Markdown
    python benchmarks/gpu_plans.py --only softmax      # the programs with this in their names
    python benchmarks/gpu_plans.py --json plans.json   # all numbers, and those of each kernel
    python benchmarks/gpu_plans.py --host              # µs of a launcher for a step; needs torch

A row has the launches of kernels, of torch, and of fills and copies; the bytes that these move; the
bytes of the arguments and results, which are the least; the tensors in global memory that are no
results; and the most registers and spilled bytes of a kernel. Nothing here is a time on a card.

With --host, the launchers run on this machine's processor, with small arguments, and kernels that
do nothing: the time is Python's and that of torch's allocator, without Triton's own launch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gpu_cases
import numpy as np
from gpu import of_program
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.dialects import arrays, types
from letgrad.lowering.triton import backend, resources
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.kernels import bits
from letgrad.lowering.triton.loading import load
from letgrad.lowering.triton.plans import Plan, plan
from letgrad.passes.rewriting.functions import by_name
from letgrad.tools import opt, source


class Zeros:
    """Stands for a random generator: its arrays have the shapes, and no memory."""

    def standard_normal(self, size: Any, dtype: Any = np.float64) -> np.ndarray:
        return np.broadcast_to(np.dtype(dtype).type(0), size)

    def integers(self, low: int, high: int, size: Any) -> np.ndarray:
        return np.broadcast_to(np.int64(0), size)


@dataclass(frozen=True)
class Row:
    """The plan of a program."""

    name: str
    plan: Plan
    least: int
    """Bytes of the arguments and results."""
    registers: int
    spills: int
    kernels: list[dict[str, Any]]


def causal(q: Any, k: Any) -> Any:
    n = q.shape[0]
    keep = np.arange(n)[:, None] >= np.arange(n)[None, :]
    return np.where(keep, q @ k.T, -1e9)


def n_body(x: Any) -> Any:
    d = x[:, None, :] - x[None, :, :]
    r = (d * d).sum(2) + 1e-3
    return (d / (r * np.sqrt(r))[:, :, None]).sum(1)


def pairwise(x: Any, y: Any) -> Any:
    d = x[:, None, :] - y[None, :, :]
    return np.sqrt((d * d).sum(2))


def pooled(x: Any) -> Any:
    b, h, w = x.shape
    return x.reshape(b, h // 2, 2, w // 2, 2).max(axis=(2, 4))


def batch_norm(x: Any, g: Any, b: Any) -> Any:
    m = x.mean(0)
    v = ((x - m) ** 2).mean(0)
    return (((x - m) / np.sqrt(v + 1e-5) * g + b) ** 2).sum()


def group_norm(x: Any, g: Any, b: Any) -> Any:
    """Of images (n, c, h, w), in 8 groups of channels."""
    y = np.reshape(x, (x.shape[0], 8, -1))
    d = y - y.mean(-1, keepdims=True)
    y = np.reshape(d / np.sqrt((d * d).mean(-1, keepdims=True) + 1e-5), x.shape)
    return y * g[:, None, None] + b[:, None, None]


def chamfer(x: Any, y: Any) -> Any:
    """The distances from each point of a batch to the next one of the other set."""
    d = ((x[:, :, None] - y[:, None]) ** 2).sum(-1)
    return d.min(1).mean() + d.min(2).mean()


def pooled_windows(x: Any) -> Any:
    """Maxima of 3×3 windows that overlap, of images (n, c, h, w)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return windows[:, :, ::2, ::2].max((-2, -1))


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def cross_entropy(x: Any, y: Any) -> Any:
    s = x - x.max(1, keepdims=True)
    return (np.log(np.exp(s).sum(1)) - s[np.arange(len(s)), y]).mean()


def gradient(f: Any) -> Any:
    """By the first argument, of the sum of squares."""
    return lg.grad(lambda *args: (f(*args) ** 2).sum())


def convolution(x: Any, w: Any) -> Any:
    """A 3×3 convolution of images (n, c, h, w) with a padding of one."""
    h, v = x.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return sum(
        np.einsum("nchw,oc->nohw", x[:, :, i : i + h, j : j + v], w[:, :, i, j])
        for i in range(3)
        for j in range(3)
    )


EIGHT = [lg.spec((32, 8, 64, 64), "f16"), lg.spec((8, 8, 3, 3), "f16")]
PLANS: list[tuple[str, Any, Sequence[Any]]] = [
    ("causal scores 2048 f32", causal, [lg.spec((2048, 64), "f32")] * 2),
    ("n-body 4096 f32", n_body, [lg.spec((4096, 3), "f32")]),
    ("pairwise distances 4096x4096, d 3", pairwise, [lg.spec((4096, 3), "f32")] * 2),
    ("max pooling 2x2, 64x512x512", pooled, [lg.spec((64, 512, 512), "f32")]),
    (
        "batch norm 65536x512, gradient",
        lg.value_and_grad(batch_norm, argnums=(0, 1, 2)),
        [lg.spec((65536, 512), "f32"), lg.spec(512, "f32"), lg.spec(512, "f32")],
    ),
    *(
        (
            f"group norm (64,64,56,56){', gradient' if f is not group_norm else ''}",
            f,
            [lg.spec((64, 64, 56, 56), "f32"), *[lg.spec(64, "f32")] * 2],
        )
        for f in (
            group_norm,
            lg.grad(lambda x, g, b: (group_norm(x, g, b) ** 2).sum(), (0, 1, 2)),
        )
    ),
    *(
        (
            f"conv2d (32,128,56,56)->128 {dtype}{', gradient' if f is not convolution else ''}",
            f,
            [lg.spec((32, 128, 56, 56), dtype), lg.spec((128, 128, 3, 3), dtype)],
        )
        for dtype in ("f32", "f16")
        for f in (convolution, lg.grad(lambda x, w: (convolution(x, w) ** 2).sum(), (0, 1)))
    ),
    ("conv2d (32,8,64,64)->8 f16", convolution, EIGHT),
    (
        "conv2d (32,8,64,64)->8 f16, gradient",
        lg.grad(lambda x, w: (convolution(x, w) ** 2).sum(), (0, 1)),
        EIGHT,
    ),
    (
        "chamfer distance 256 x 1024, gradient",
        lg.grad(chamfer, (0, 1)),
        [lg.spec((256, 1024, 3), "f32")] * 2,
    ),
    ("max pooling 2x2, gradient", gradient(pooled), [lg.spec((64, 512, 512), "f32")]),
    ("windows 3x3, step 2", pooled_windows, [lg.spec((32, 128, 56, 56), "f32")]),
    (
        "windows 3x3, step 2, gradient",
        gradient(pooled_windows),
        [lg.spec((32, 128, 56, 56), "f32")],
    ),
    ("softmax 4096x131072", softmax, [lg.spec((4096, 131072), "f32")]),
    (
        "cross entropy 4096x131072, gradient",
        lg.grad(cross_entropy),
        [lg.spec((4096, 131072), "f32"), lg.spec(4096, "i64")],
    ),
]
"""Programs of which the plan matters more than the time."""


def row(name: str, module: ModuleOp, entry: str, options: Options, arch: str | None) -> Row:
    file = backend.lower(module, options)
    kind = by_name(module)[entry].function_type
    sizes = [
        [types.size(t) * bits(t) // 8 for t in side]
        for side in (kind.inputs.data, kind.outputs.data)
    ]
    made = [] if arch is None else resources.compile_kernels(file, arch, options)
    kernels = []
    for c in made:
        registers, spills = resources.resources(c.stages["cubin"])
        k = c.kernel
        kernels.append(
            {
                "name": k.name,
                "registers": registers,
                "spills": spills,
                "warps": k.warps,
                "programs": k.grid,
                "reads": k.reads,
                "writes": k.writes,
                "shared": c.shared,
            }
        )
    return Row(
        name,
        plan(file.steps, file.functions[entry], sizes[1]),
        sum(map(sum, sizes)),
        max((k["registers"] for k in kernels), default=0),
        max((k["spills"] for k in kernels), default=0),
        kernels,
    )


def of_case(case: gpu_cases.Case, arch: str | None) -> Row:
    args = case.inputs(cast(np.random.Generator, Zeros()), 1.0)
    if case.text is not None:
        module, entry = source.parse(opt.LetgradOptMain([]).ctx, case.text(args)), "main"
    else:
        specs = [lg.spec(x.shape, x.dtype) for x in args]
        traced = lg.jit(of_program(case)).traced(*specs)
        module, entry = traced.module, traced.entry
    return row(case.name, module, entry, case.options, arch)


def rows(only: str, arch: str | None) -> list[Row]:
    found = []
    for case in gpu_cases.CASES:
        # The arguments of a huge case do not fit into this machine.
        if only.lower() in case.name.lower() and not case.huge:
            begin = time.perf_counter()
            found.append(of_case(case, arch))
            print(f"{case.name}: {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    for name, f, specs in PLANS:
        if only.lower() in name.lower():
            traced = lg.jit(f).traced(*specs)
            found.append(row(name, traced.module, traced.entry, Options(), arch))
    return found


HOST = ("mlp 784-300-100-10, batch 128", "conv1d 2^24, k = 9", "batch norm", "gmm", "foo 1000")
"""Programs of many small kernels."""


class Nothing:
    """A kernel that does nothing."""

    def __getitem__(self, grid: Any) -> Any:
        return lambda *args, **settings: None


def host_times() -> None:
    """Print the time of launchers for each step."""
    import torch

    cases: list[tuple[str, ModuleOp, str, Options]] = []
    for case in gpu_cases.CASES:
        if case.program is not None and case.name.startswith(HOST):
            args = case.inputs(cast(np.random.Generator, Zeros()), 1e-4)
            traced = lg.jit(of_program(case)).traced(*[lg.spec(x.shape, x.dtype) for x in args])
            cases.append((case.name, traced.module, traced.entry, case.options))
    traced = lg.jit(lg.value_and_grad(batch_norm, argnums=(0, 1, 2))).traced(
        lg.spec((64, 512), "f32"), lg.spec(512, "f32"), lg.spec(512, "f32")
    )
    cases.append(("batch norm, gradient", traced.module, traced.entry, Options()))
    print("| program | steps | µs a call | µs a step |\n|---|--:|--:|--:|")
    for name, module, entry, options in cases:
        file = backend.lower(module, options)
        python = load(file.text)
        vars(python)["DEVICE"] = "cpu"
        for k in file.kernels:
            vars(python)[k.name] = Nothing()
        kind = by_name(module)[entry].function_type
        given = [
            torch.zeros(types.shape(t), dtype=getattr(torch, arrays.dtype(t).name))
            for t in kind.inputs.data
        ]
        launcher = getattr(python, file.functions[entry])
        launcher(*given)
        times = []
        for _ in range(200):
            begin = time.perf_counter()
            launcher(*given)
            times.append(time.perf_counter() - begin)
        steps = plan(file.steps, file.functions[entry], []).launches
        best = min(times) * 1e6
        print(f"| {name} | {steps} | {best:.1f} | {best / steps:.2f} |")


def megabytes(n: int) -> str:
    return f"{n / 1e6:.4g}"


def table(found: Sequence[Row]) -> str:
    lines = [
        "| program | kernels | torch | fills, copies | MB moved | MB at least | tensors "
        "| MB stored | registers | spilled |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for r in found:
        p = r.plan
        cells = [
            r.name, p.kernels, p.torch, p.fills + p.copies, megabytes(p.moved), megabytes(r.least),
            p.tensors, megabytes(p.stored), r.registers, r.spills,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="programs with this text in their names")
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--no-compile", action="store_true", help="plans without registers")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--host", action="store_true", help="time launchers with empty kernels")
    options = parser.parse_args(arguments)
    if options.host:
        host_times()
        return 0
    found = rows(options.only, None if options.no_compile else options.arch)
    print(table(found))
    if options.json is not None:
        report = {
            r.name: {**vars(r.plan), "least": r.least, "kernels_of_file": r.kernels} for r in found
        }
        options.json.write_text(json.dumps(report, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
