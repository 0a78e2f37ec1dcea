"""
Reductions that `convert-ten-to-kernel` puts into later nests: random programs that reduce arrays
again and again, beside NumPy.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.nests.decompose import DecomposePass
from letgrad.lowering.nests.to_kernel import ConvertTenToKernelPass
from letgrad.lowering.reference import Evaluator
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.sharing.materialize import MaterializePass


def program(seed: int) -> Any:
    random = Random(seed)
    steps = [(random.randrange(6), random.random(), random.random()) for _ in range(10)]

    def run(x: Any, y: Any, z: Any) -> Any:
        arrays, rows, kept = [x, y, z], [x[0]], list[Any]()
        for kind, a, b in steps:
            first, second = (arrays[int(k * len(arrays))] for k in (a, b))
            row = rows[int(b * len(rows))]
            if kind == 0:
                rows.append(first.max(0))
            elif kind == 1:
                rows.append((first * second).sum(0) / 40)
            elif kind == 2:
                arrays.append(np.tanh(first - row))
            elif kind == 3:
                kept.append((first * row).sum(0))
            elif kind == 4:
                kept.append((second + first.mean()).sum(1))
            else:
                arrays.append(first * row + second)
        return arrays[-1], rows[-1], *kept

    return run


def nests(f: Any, arguments: list[Any], later: bool) -> ModuleOp:
    module = lg.trace(f, *arguments)
    passes = [
        OptimizePass(),
        DecomposePass(),
        MaterializePass(),
        ConvertTenToKernelPass(later=later),
    ]
    run_passes(backends.context(), module, passes)
    return module


def test_random_programs():
    changed = 0
    for seed in range(25):
        random, f = np.random.default_rng(seed), program(seed)
        arguments = [random.standard_normal((20, 3)) for _ in range(3)]
        module = nests(f, arguments, later=True)
        changed += str(module) != str(nests(f, arguments, later=False))
        results = Evaluator(module).call("run", arguments)
        for found, want in zip(results, f(*arguments), strict=True):
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9, err_msg=f"seed {seed}")
    assert changed > 2
