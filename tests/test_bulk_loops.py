"""
Loops over single elements, as people write them, which become sums and bulk ops: values beside
NumPy's loops, derivatives beside differences, and what is left of the loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.cpu.backend import prepared
from letgrad.passes.pipelines import OptimizePass


def correlation(image: Any, weights: Any) -> Any:
    k, l = weights.shape  # noqa: E741
    n, m = image.shape[0] - k + 1, image.shape[1] - l + 1
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for p in range(k):
                for q in range(l):
                    out[i, j] += image[i + p, j + q] * weights[p, q]
    return out


def rows_of_products(a: Any, b: Any) -> Any:
    """Each element of a product of matrices begins at an element of `b`."""
    c = b.copy()
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] -= a[i, k] * b[k, j]
    return c


def triangle(a: Any, b: Any) -> Any:
    """A solve from above: the inner loop has as many turns as the outer one counts."""
    x = b[:, 0].copy()
    for i in range(x.shape[0]):
        for j in range(i):
            x[i] -= a[i, j] * x[j] - 0.1
        x[i] = x[i] / (2.0 + a[i, i])
    return x


def last_element(a: Any, b: Any) -> Any:
    """The loop reads the element that it changes, before and after, and another one."""
    x = b[:, 0].copy()
    for i in range(a.shape[0]):
        old = x[2]
        x[2] = old * a[i, 1] + x[0]
        x[2] += x[2] * b[i, 1]
    return x


def forces(a: Any, b: Any) -> Any:
    out = np.zeros(a.shape[0])
    for i in range(a.shape[0]):
        total, count = 0.0, 0
        for j in range(b.shape[0]):
            d = a[i, 0] - b[j, 0]
            if d > 0:
                total += d / (1.0 + d * d)
                count += j
        out[i] = total + 0.5 * count
    return out


def table(a: Any, b: Any) -> Any:
    n, m = a.shape
    t = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            t[i, j] = (
                np.sin(a[i - 1, j - 1]) + 0.5 * t[i - 1, j] + 0.25 * t[i, j - 1] * t[i - 1, j - 1]
            )
    return t


PROGRAMS = [correlation, rows_of_products, triangle, last_element, forces, table]


def arguments(f: Callable[..., Any]) -> list[np.ndarray]:
    random = np.random.default_rng(3)
    n = (5, 4) if f is correlation else (9, 9)
    return [random.standard_normal((9, 9)), random.standard_normal(n)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("backend", ["cpu", "numpy"])
def test_values_and_gradients(f: Callable[..., Any], backend: str):
    args = arguments(f)
    program = lg.program(f)
    expected = f(*args)
    np.testing.assert_allclose(lg.jit(program, backend=backend)(*args), expected, rtol=1e-12)

    def total(*args: Any) -> Any:
        y = program(*args)
        return np.sum(y * np.cos(np.arange(np.size(y))).reshape(np.shape(y)))

    slopes = lg.jit(lg.grad(total, argnums=(0, 1)), backend=backend)(*args)
    random, step = np.random.default_rng(4), 1e-6
    ways = [random.standard_normal(x.shape) for x in args]
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)
    above, below = (
        np.sum(weights * f(*(x + sign * step * d for x, d in zip(args, ways)))) for sign in (1, -1)
    )
    found = sum(np.sum(s * d) for s, d in zip(slopes, ways))
    np.testing.assert_allclose(found, (above - below) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize("f, loops", [(correlation, 0), (rows_of_products, 0), (table, 2)])
def test_the_loops_that_are_left(f: Callable[..., Any], loops: int):
    module = lg.trace(lg.program(f), *arguments(f))
    OptimizePass().apply(backends.context(), module)
    assert str(module).count("ten.scan [") == loops, module


def test_no_loop_carries_a_table():
    """Each row is computed from the row before."""
    module = lg.trace(lg.program(table), *arguments(table))
    OptimizePass().apply(backends.context(), module)
    assert not [x for x in str(module).splitlines() if "ten.scan" in x and "= %0 : tensor<10x" in x]
    assert "ten.update" not in str(module).split("ten.scan", 1)[1].split("ten.yield")[0]


def test_counters_are_inside():
    """
    A loop over counters that are no line reads without tests of its indices; one that may read
    outside has them.
    """
    places = np.array([1, 4, 2, 3, 1])

    def f(a: Any, first: int) -> Any:
        def step(c: Any, i: Any) -> Any:
            return np.sin(c * a[i] + a[i + first]), None

        return lg.scan(step, 0.5, places)[0]

    for first, known in ((0, True), (1, False)):
        module = prepared(lg.trace(lambda a, first=first: f(a, first), np.ones(5)))
        loads = [x for x in str(module).splitlines() if "kernel.load" in x and "5xf64" in x]
        assert loads and all("in_bounds" in x for x in loads) == known, module
        a = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
        results = [
            lg.jit(lambda a, first=first: f(a, first), backend=b)(a) for b in ("cpu", "numpy")
        ]
        np.testing.assert_allclose(*results, rtol=1e-13)


def test_strict_sums_add_in_order():
    """From large to small numbers, a sum in order loses what one of vectors does not."""
    x = np.array([1e16, 1.0, -1e16, 1.0, 1.0, 1.0, 1.0, 1.0] * 3)

    def total(x: Any, first: Any) -> Any:
        s = first
        for k in range(2):
            for i in range(x.shape[0]):
                s += x[i] * (k + 1)
        return s

    run = lg.jit(lg.program(total), backend="cpu", strict=True)
    for first in (0.0, 1.0, 1e16):
        assert run(x, first) == total(x, first)
    module = lg.trace(lg.program(total), x, 1.0)
    assert "ten.scan" in str(prepared(module.clone(), strict=True))
    assert "ten.scan" not in str(prepared(module.clone()))


def test_calls_of_a_loop_at_the_same_time():
    """Each call has memory of its own for the values in between."""
    from concurrent.futures import ThreadPoolExecutor

    def f(a: Any) -> Any:
        step = lambda c, _: ((c @ c) / (1.0 + np.sum(c * c)) + a, None)  # noqa: E731
        return lg.scan(step, a, None, length=40)[0]

    run = lg.jit(f, backend="cpu")
    given = [np.random.default_rng(k).standard_normal((6, 6)) for k in range(8)]
    expected = [run(a) for a in given]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            for y, wanted in zip(pool.map(run, given), expected):
                assert (y == wanted).all()
