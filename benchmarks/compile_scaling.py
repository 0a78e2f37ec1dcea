"""
How compile time grows with the program: a chain of n elementwise ops through every stage.

    python benchmarks/compile_scaling.py            n = 1,000, 10,000 and 100,000
    python benchmarks/compile_scaling.py --quick    n = 100 and 1,000

A stage that is linear has the same µs/op in every row.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from letgrad.lowering.reference import Evaluator
from letgrad.lowering.views.terms import format_function
from letgrad.passes.rewriting.verify import verify
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.tools import opt, source

STEPS = (
    "math.sin %{x} : tensor<4xf64>",
    "arith.addf %{x}, %v : tensor<4xf64>",
    "arith.mulf %{x}, %{x} : tensor<4xf64>",
    "math.tanh %{x} : tensor<4xf64>",
)


def chain(n: int) -> str:
    """A function of n ops, each of which takes the result of the one before."""
    lines = ["func.func @chain(%v: tensor<4xf64>) -> tensor<4xf64> {"]
    last = "v"
    for i in range(n):
        lines.append(f"  %x{i} = {STEPS[i % len(STEPS)].replace('{x}', last)}")
        last = f"x{i}"
    lines += [f"  func.return %{last} : tensor<4xf64>", "}", ""]
    return "\n".join(lines)


def stages(n: int) -> dict[str, float]:
    """Seconds that each stage takes on a chain of n ops."""
    seconds: dict[str, float] = {}

    def timed(name: str, stage: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = stage()
        seconds[name] = time.perf_counter() - start
        return result

    text = chain(n)
    ctx = opt.LetgradOptMain([]).ctx
    module: ModuleOp = timed("parse", lambda: source.parse(ctx, text))
    timed("verify", lambda: verify(module))
    timed("canonicalize", lambda: CanonicalizePass().apply(ctx, module))
    timed("print", lambda: source.print_module(module, io.StringIO()))
    function = next(op for op in module.ops if isinstance(op, func.FuncOp))
    timed("print terms", lambda: format_function(function))
    value = np.array([0.5, -1.0, 2.0, 0.0])
    timed("evaluate", lambda: Evaluator(module).call("chain", [value]))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Time every stage on chains of n elementwise ops.")
    parser.add_argument("--quick", action="store_true", help="short chains only")
    sizes = (100, 1_000) if parser.parse_args().quick else (1_000, 10_000, 100_000)
    print(f"{'n':>8}  {'stage':<14}{'seconds':>10}{'µs/op':>10}")
    for n in sizes:
        for stage, seconds in stages(n).items():
            print(f"{n:>8}  {stage:<14}{seconds:>10.3f}{1e6 * seconds / n:>10.1f}", flush=True)


if __name__ == "__main__":
    main()
