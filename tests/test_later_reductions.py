"""
Reductions that `convert-ten-to-kernel` puts into later nests: random programs that reduce arrays
again and again, on the cpu backend, beside NumPy.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import letgrad as lg


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


@pytest.mark.sampled(12)
@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int):
    random, f = np.random.default_rng(seed), program(seed)
    arguments = [random.standard_normal((40, 7)) for _ in range(3)]
    for found, want in zip(lg.jit(f, backend="cpu")(*arguments), f(*arguments), strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9)
