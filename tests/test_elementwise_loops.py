"""Loops whose steps compute element by element are one Triton kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.triton import backend
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.plans import plan


def oscillators(y: Any) -> Any:
    def step(c: Any, _: Any) -> Any:
        x, v = c
        v = v + 0.1 * (x - x**3)
        return (x + 0.1 * v, v), x

    return lg.scan(step, (y, 0 * y), None, length=7)


def swapped(x: Any, y: Any) -> Any:
    rows = np.arange(5, dtype=x.dtype)
    return lg.scan(lambda c, row: ((c[1], c[0] * row), c[0] + c[1]), (x, y), rows)


def counted(y: Any) -> Any:
    """A number and an array are carried."""

    def step(c: Any, _: Any) -> Any:
        t, x = c
        return (t + 0.5, np.sin(x) * t + x), t

    return lg.scan(step, (y.dtype.type(0.25), y), None, length=6)


def driven(h: Any, xs: Any) -> Any:
    return lg.scan(lambda h, x: (np.tanh(0.5 * h + x), h), h, xs)


def looked_up(h: Any, table: Any) -> Any:
    """Each step reads an element of another place of an array from before the loop."""

    def step(c: Any, _: Any) -> Any:
        return c * 0.5 + np.sin(table[::-1]) * table[0], None

    return lg.scan(step, h, None, length=4)[0]


def numbers(x: Any) -> Any:
    return lg.scan(lambda c, _: (c * c - 0.5, c), x, None, length=9)


PROGRAMS: dict[Callable[..., Any], list[tuple[int, ...]]] = {
    oscillators: [(5, 7)],
    swapped: [(70,), (70,)],
    counted: [(3, 2, 5)],
    driven: [(33,), (6, 33)],
    looked_up: [(9,), (9,)],
    numbers: [()],
}


def total(f: Callable[..., Any]) -> Callable[..., Any]:
    def summed(*args: Any) -> Any:
        return sum(np.sum(x * x) for x in flat(f(*args)))

    return summed


def flat(x: Any) -> list[Any]:
    if isinstance(x, tuple):
        return [leaf for part in x for leaf in flat(part)]
    return [] if x is None else [x]


def arguments(f: Callable[..., Any], dtype: Any) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [np.asarray(random.normal(size=size) * 0.5, dtype) for size in PROGRAMS[f]]


def launches(f: Callable[..., Any], *args: Any) -> int:
    traced = lg.jit(f).traced(*args)
    file = backend.lower(traced.module, Options(), entry=traced.entry)
    found = plan(file.steps, file.functions[traced.entry], [])
    assert not found.torch
    return found.kernels + found.copies


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_the_values(f: Callable[..., Any]):
    args = arguments(f, np.float32)
    for x, y in zip(flat(lg.jit(f, backend="triton")(*args)), flat(f(*args)), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("f", [oscillators, driven, looked_up], ids=lambda f: f.__name__)
def test_the_gradients(f: Callable[..., Any]):
    args = arguments(f, np.float64)
    gradient = lg.grad(total(f), tuple(range(len(args))))
    for x, y in zip(lg.jit(gradient, backend="triton")(*args), gradient(*args), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.int16], ids=["f16", "i16"])
def test_a_step_rounds_and_wraps_as_its_type(dtype: Any):
    def f(x: Any) -> Any:
        return lg.scan(lambda c, _: (c * c + dtype(3), None), x, None, length=5)[0]

    x = np.array([0.3, 1, -2, 90], np.float16).astype(dtype)
    with np.errstate(over="ignore"):
        wanted = f(x)
    np.testing.assert_array_equal(lg.jit(f, backend="triton")(x), wanted)


def test_the_launches():
    assert launches(oscillators, lg.spec(4096, "f32")) == 2  # 0 * y, and the loop
    gradient = lg.grad(total(driven), (0, 1))
    assert launches(gradient, lg.spec(64, "f32"), lg.spec((100, 64), "f32")) == 5


def test_a_step_that_adds_up_is_no_such_loop():
    def f(x: Any) -> Any:
        return lg.scan(lambda c, _: (c * c / np.sum(c), None), x, None, length=5)[0]

    assert launches(f, lg.spec(64, "f32")) > 5
    x = np.linspace(1, 2, 9, dtype=np.float32)
    np.testing.assert_allclose(lg.jit(f, backend="triton")(x), f(x), rtol=1e-5)


def test_a_step_that_reads_a_neighbour_is_no_such_loop():
    def f(x: Any) -> Any:
        return lg.scan(lambda c, _: (np.sin(np.roll(c, 1)), None), x, None, length=5)[0]

    assert launches(f, lg.spec(64, "f32")) >= 5
    x = np.linspace(1, 2, 9, dtype=np.float32)
    np.testing.assert_allclose(lg.jit(f, backend="triton")(x), f(x), rtol=1e-5)
