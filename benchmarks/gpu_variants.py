"""
How the times of kernels depend on the numbers that were chosen without a GPU: elements of a tile,
programs that share a sum, warps, the longest row that stays in registers.

    python benchmarks/gpu_variants.py [--only softmax,foo] [--first foo] [--budget 120]
                                      [--json variants.json]

One number at a time is another than the default. Times are milliseconds of the device, with an
empty cache, each the median of many runs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from gpu import Machine, Subject, chosen, failure, surroundings
from gpu_cases import CASES

from letgrad.lowering.triton import backend, nest_kernels, scatter, tiles
from letgrad.lowering.triton.loading import load

VARIANTS: dict[str, dict[str, Sequence[int]]] = {
    "layer norm, softmax": {"warps": (4, 8, 32), "ENOUGH": (528, 2112), "LONGEST_ROW": (2048,)},
    "layer norm, softmax, rows of 16384": {"warps": (8, 32), "LONGEST_ROW": (8192,)},
    "softmax 16384x4096": {"warps": (4, 8), "LONGEST_ROW": (2048,)},
    "foo 2^26 f32": {
        "DEMANDING": (1, 2, 8),
        "REDUCTION": (1024, 4096),
        "ENOUGH": (528, 2112, 4224),
        "warps": (4,),
    },
    "relu 2^27 f32": {"REDUCTION": (1024, 4096, 8192), "ENOUGH": (528, 2112, 4224), "warps": (4,)},
    "column sums": {"REDUCTION": (1024, 4096, 8192), "ENOUGH": (528, 2112, 4224), "warps": (4,)},
    "gelu(x + b), 8192x16384 bf16": {"ELEMENTWISE": (512, 2048, 4096), "warps": (2, 8)},
    "sin(x.T) + x, 16384": {"TRANSPOSED": (16, 64), "warps": (2, 8)},
    "conv1d 2^24, k = 9": {"REDUCTION": (512, 1024, 4096), "warps": (4,)},
    "cross-entropy 4096x32768": {"warps": (8, 32), "LONGEST_ROW": (8192,)},
    "embedding, segments": {"SEGMENTS": (32, 512, 1024)},
    "scatter 10^7 sorted": {"SEGMENTS": (32, 64, 256, 1024)},
}


@contextmanager
def changed(name: str, value: int) -> Iterator[None]:
    """A constant of `tiles`, in each module that has it."""
    modules = [m for m in (tiles, nest_kernels, scatter) if hasattr(m, name)]
    before = [getattr(m, name) for m in modules]
    for m in modules:
        setattr(m, name, value)
    try:
        yield
    finally:
        for m, old in zip(modules, before):
            setattr(m, name, old)


def launcher(subject: Subject, warps: int | None) -> Any:
    """The launcher, with as many warps for each kernel of several."""
    text = subject.file.text
    if warps is not None:
        text = re.sub(r"num_warps=(?!1,)\d+", f"num_warps={warps}", text)
    return getattr(load(text), subject.file.functions[subject.entry])


def cell(found: float | str) -> str:
    """A time, "not run", or the last line of a failure."""
    if not isinstance(found, str):
        return f"{found:.3f}"
    return found if found == "not run" else f"failed: {found.splitlines()[-1][:100]}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", default="", help="cases whose names have one of these, by commas")
    parser.add_argument("--first", default="", help="cases that come first, by commas, in order")
    parser.add_argument("--budget", type=float, default=120, help="after so many seconds it ends")
    parser.add_argument("--json", default="", help="the file for the times")
    parser.add_argument("--dry-run", action="store_true", help="in the interpreter")
    options = parser.parse_args(arguments)
    if not options.dry_run and not backend.has_gpu():
        print("there is no GPU that torch can use", file=sys.stderr)
        return 1
    begin, found = time.monotonic(), dict[str, dict[str, Any]]()
    with surroundings(options.dry_run) as torch:
        machine = Machine(torch, options.dry_run)
        left = [c for c in chosen(CASES, options.only, options.first) if c.name in VARIANTS]
        while left and time.monotonic() - begin < options.budget:
            case = left.pop(0)
            args = case.inputs(np.random.default_rng(0), 1e-6 if options.dry_run else 1.0)
            xs = [machine.to_device(x) for x in args]
            row = found[case.name] = {}
            variants = [("default", 0)]
            variants += [(n, v) for n, vs in VARIANTS[case.name].items() for v in vs]
            for name, value in variants:
                key = f"{name}={value}" if value else name
                if time.monotonic() - begin > options.budget:
                    row[key] = "not run"
                    continue
                try:
                    with changed(name, value):
                        subject = Subject(case, args)
                    run = launcher(subject, value if name == "warps" else None)
                    times = machine.times(lambda run=run, xs=xs: run(*xs), True)
                    row[key] = times["device"]["median"]
                except Exception:
                    row[key] = failure()
                if options.json:
                    Path(options.json).write_text(json.dumps(found, indent=1) + "\n")
            del xs
            machine.release()
            shown = [f"{key} {cell(value)}" for key, value in row.items()]
            print(f"{case.name}: {', '.join(shown)}", flush=True)
    if left:
        print(f"out of time; not run: {'; '.join(c.name for c in left)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
