"""
`ten-align-shapes`: random programs of reshapes, reductions and repetitions, before and after the
pass; and what becomes of group norm on a GPU.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.nests.align_shapes import AlignShapesPass
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.plans import Plan, plan
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting.driver import run_passes

SIZES = 24, 30, 36, 0


def factors(n: int, random: Random) -> tuple[int, ...]:
    """A shape of n elements."""
    found, left = list[int](), n
    while left > 1 and len(found) < 4:
        d = random.choice([d for d in range(1, left + 1) if left % d == 0])
        found.append(d)
        left //= d
    return (*found, left) if left != 1 or not found else tuple(found)


def program(seed: int) -> tuple[Any, int]:
    """A function of an array, and the array's size."""
    random = Random(seed)
    n = random.choice(SIZES)
    steps = [(random.randrange(5), factors(n, random), random.random()) for _ in range(9)]

    def run(x: Any) -> Any:
        y, kept = x, list[Any]()
        for kind, sizes, where in steps:
            d = int(where * y.ndim)
            if kind == 0:
                y = np.exp(y * 0.1)
            elif kind == 1:
                y = y - y.mean(d, keepdims=True)
            elif kind == 2:
                y = y * np.arange(1.0, y.shape[d] + 1).reshape(
                    [-1 if k == d else 1 for k in range(y.ndim)]
                )
            elif kind == 3:
                kept.append(y.sum(tuple(range(d))))
                y = y + np.reshape(x, y.shape)
            y = np.reshape(y, sizes)
        return y, *kept

    return run, n


def test_random_programs_keep_their_values():
    changed = 0
    for seed in range(30):
        run, n = program(seed)
        x = np.random.default_rng(seed).standard_normal(n)
        module = lg.trace(run, x)
        run_passes(backends.context(), module, [OptimizePass()])
        before = str(module)
        run_passes(backends.context(), module, [AlignShapesPass()])
        changed += str(module) != before
        for a, b in zip(Evaluator(module).call("run", [x]), run(x), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12, err_msg=f"seed {seed}")
    assert changed > 10


def outer(x: Any) -> Any:
    """Two dimensions are one class, as both are those of x. The sum goes over one of them."""
    w = np.exp(x[:, None]) * np.exp(x)
    y = np.reshape(w, (4, 6, 24))
    z = np.reshape(y - y.mean(1, keepdims=True), (24, 24))
    return (np.einsum("ij,ij->i", z, z),)


def both_ways(x: Any) -> Any:
    """A shape in parts of 4 and one in parts of 6, and both transposed."""
    y = np.exp(np.reshape(x, (6, 4)))
    z = np.reshape(y / y.sum(0), (4, 6)) + 1
    w = np.reshape(z * z.max(1, keepdims=True), (2, 12))
    return (w - w.min(1, keepdims=True)).T, np.reshape(w, (4, 6))[:, 1:5], w[::-1]


@pytest.mark.parametrize("f", [outer, both_ways])
@pytest.mark.parametrize("backend", ["cpu", "triton"])
def test_classes_of_dimensions(f: Any, backend: str):
    x = np.random.default_rng(0).standard_normal(24)
    for found, want in zip(lg.jit(f, backend=backend)(x), f(x), strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-12)


def group_norm(x: Any, g: Any, b: Any) -> Any:
    y = np.reshape(x, (x.shape[0], 3, -1))
    d = y - y.mean(-1, keepdims=True)
    z = d / np.sqrt((d * d).mean(-1, keepdims=True) + 1e-5)
    return np.reshape(z, x.shape) * g[:, None, None] + b[:, None, None]


def loss(x: Any, g: Any, b: Any, c: Any) -> Any:
    return (group_norm(x, g, b) * c).sum()


def of(f: Any, *specs: Any) -> Plan:
    file = backend.lower(lg.jit(f).traced(*specs).module, Options())
    (name,) = file.functions.values()
    return plan(file.steps, name, [])


def test_group_norm_is_one_kernel_that_moves_the_least():
    x, g = lg.spec((64, 48, 20, 20), "f32"), lg.spec(48, "f32")
    found = of(group_norm, x, g, g)
    assert found.launches == 1 and found.moved < 2.01 * 4 * 64 * 48 * 400
    found = of(lg.grad(loss, (0, 1, 2)), x, g, g, x)
    # The sums of c and those by groups are passes of their own.
    assert found.launches <= 4 and found.moved < 6.05 * 4 * 64 * 48 * 400


MANY = pytest.param((70, 12, 4, 5), marks=pytest.mark.slow)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("shape", [(5, 6, 7, 3), MANY, (1, 3, 1, 1)])
def test_values_of_group_norm(shape: tuple[int, ...], dtype: Any):
    random = np.random.default_rng(0)
    x, c = (random.standard_normal(shape).astype(dtype) for _ in range(2))
    g, b = (random.standard_normal(shape[1]).astype(dtype) for _ in range(2))

    def both(x: Any, g: Any, b: Any, c: Any) -> Any:
        return group_norm(x, g, b), lg.grad(loss, (0, 1, 2))(x, g, b, c)

    y, dy = lg.jit(both, backend="triton")(x, g, b, c)
    z, dz = both(*(v.astype(np.float64) for v in (x, g, b, c)))
    tolerance = 2e-3 if dtype is np.float32 else 5e-2
    for found, want in zip((y, *dy), (z, *dz), strict=True):
        scale = max(abs(want).max(), 1)
        np.testing.assert_allclose(found / scale, want / scale, atol=tolerance)


def test_views_that_are_returned_are_arrays_of_their_own():
    """Two results that would be views of one array do not share memory."""

    def f(x: Any) -> Any:
        y = np.exp(x)
        return np.reshape(y, (3, 4)), np.reshape(y, (2, 6)), y

    results = lg.jit(f, backend="triton")(np.arange(12.0))
    for a in results:
        for b in results:
            assert a is b or not np.shares_memory(a, b)
        np.testing.assert_allclose(a.ravel(), np.exp(np.arange(12.0)), rtol=1e-6)
