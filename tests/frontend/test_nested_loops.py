"""
Loops in loops: each program of `nested_loops` in all modes, beside the same loops run by Python,
and functions of plain Python beside `lg.program`. Finite differences give the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.parser import Parser

import letgrad as lg
from letgrad.lowering import backends

from .nested_loops import PROGRAMS, Program, of_lg, of_python

X = np.array([0.83, 0.31, 0.67, 0.47])
ROWS = np.stack([X, X[::-1], X * 0.2 + 0.1, [0.9, 0.9, 0.05, 0.6]])
T = np.array([0.3, -0.2, 0.5, 0.1])
STEP = 1e-5
"""Small: some of the programs change the number of their turns near these points."""


def slopes(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """Differences of order 4; the first dimension numbers the elements of x."""
    units = np.eye(x.size).reshape(x.size, *x.shape) * STEP
    near = [(f(x + e) - f(x - e), f(x + 2 * e) - f(x - 2 * e)) for e in units]
    return np.array([(8 * a - b) / (12 * STEP) for a, b in near])


def values(p: Program, backend: str) -> tuple[Any, Any]:
    run = lg.jit(of_lg(p), backend=backend)
    return [run(x) for x in ROWS], [of_python(p)(x) for x in ROWS]


def gradients(p: Program, k: int | None, backend: str) -> tuple[Any, Any]:
    run = lg.jit(lg.grad(of_lg(p, k)), backend=backend)
    return [run(x) for x in ROWS[:2]], [slopes(of_python(p), x) for x in ROWS[:2]]


def from_text(p: Program) -> tuple[Any, Any]:
    """The values of the program as MLIR text."""
    module = lg.trace(of_lg(p), X)
    name = next(iter(module.ops)).sym_name.data  # type: ignore[attr-defined]
    parsed = Parser(backends.context(), str(module)).parse_module()
    found = [backends.compile(b, parsed, name)(X)[0] for b in ("cpu", "numpy")]
    return found, [of_python(p)(X)] * 2


def tangents(p: Program) -> tuple[Any, Any]:
    return lg.jvp(of_lg(p), (X,), (T,))[1], slopes(of_python(p), X) @ T


def rows(p: Program) -> tuple[Any, Any]:
    return lg.jit(lg.vmap(of_lg(p)))(ROWS), [of_python(p)(x) for x in ROWS]


def rows_of_gradients(p: Program, backend: str) -> tuple[Any, Any]:
    run = lg.jit(lg.vmap(lg.grad(of_lg(p))), backend=backend)
    return run(ROWS), [slopes(of_python(p), x) for x in ROWS]


def gradients_of_rows(p: Program) -> tuple[Any, Any]:
    run = lg.jit(lg.grad(lambda r: np.sum(lg.vmap(of_lg(p))(r))))
    return run(ROWS), [slopes(of_python(p), x) for x in ROWS]


def second(order: Callable[..., Any]) -> Callable[[Program], tuple[Any, Any]]:
    return lambda p: (lg.jit(order(of_lg(p)))(X), slopes(lg.jit(lg.grad(of_lg(p))), X))


def forward_of_reverse(f: Any) -> Any:
    return lg.jacfwd(lg.jacrev(f))


def reverse_of_forward(f: Any) -> Any:
    return lg.jacrev(lg.jacfwd(f))


MODES: dict[str, Callable[[Program], tuple[Any, Any]]] = {
    "values": lambda p: values(p, "cpu"),
    "values, numpy": lambda p: values(p, "numpy"),
    "gradients": lambda p: gradients(p, None, "cpu"),
    "gradients, numpy": lambda p: gradients(p, None, "numpy"),
    "values, triton": lambda p: values(p, "triton"),
    "gradients, triton": lambda p: gradients(p, None, "triton"),
    "from text": from_text,
    "checkpoint=1": lambda p: gradients(p, 1, "cpu"),
    "checkpoint=3": lambda p: gradients(p, 3, "cpu"),
    "tangents": tangents,
    "rows": rows,
    "rows of gradients": lambda p: rows_of_gradients(p, "cpu"),
    "rows of gradients, numpy": lambda p: rows_of_gradients(p, "numpy"),
    "gradients of rows": gradients_of_rows,
    "hessian": second(lg.hessian),
    "forward of reverse": second(forward_of_reverse),
    "reverse of forward": second(reverse_of_forward),
}


@pytest.mark.sampled(59)  # 391 cases; 59 has no factor in common with 17 modes and 23 programs
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
@pytest.mark.parametrize("mode", MODES)
def test_program(mode: str, program: Program) -> None:
    found, wanted = MODES[mode](program)
    np.testing.assert_allclose(found, wanted, rtol=2e-7, atol=2e-8)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_a_small_budget_of_memory(program: Program) -> None:
    """The loops keep few states, or an error says in one line what the program needs."""
    f = of_lg(program)
    try:
        found = lg.grad(f, memory="6kB")(X)
    except ValueError as error:
        assert "the program needs" in str(error) and "\n" not in str(error)
        return
    np.testing.assert_allclose(found, lg.grad(f)(X), rtol=1e-10)


# Plain Python.


def sieve(x: Any) -> Any:
    """A while with a branch and a break, in a for whose bounds are the outer counter."""
    total = 0.0
    for i in range(4):
        y, n = x[i], 0
        while True:
            if y > 1.5 or n >= 6:
                break
            for j in range(i):
                y = y + 0.1 * x[j] * np.cos(y)
            y = y * 1.3 + 0.05
            n += 1
        total = total + y * n
    return total


def secants(x: Any) -> Any:
    """The secant method for each number, with `continue` where the number is small."""
    total = x[0] * 0.0
    for i in range(4):
        if x[i] < 0.2:
            continue
        low, high = 0.0, 2.0
        while high - low > 1e-12:
            middle = (low + high) / 2
            if middle * middle * middle > x[i]:
                high = middle
            else:
                low = middle
        y = (low + high) / 2
        for _ in range(3):
            y = y - (y * y * y - x[i]) / (3 * y * y)
        total = total + y * x[3 - i]
    return total


@pytest.mark.parametrize(
    "function", [sieve, pytest.param(secants, marks=pytest.mark.slow)], ids=lambda f: f.__name__
)
def test_plain_python(function: Callable[[Any], Any]) -> None:
    f = lg.program(function)
    wanted = [slopes(function, x) for x in ROWS]
    for backend in ("cpu", "numpy"):
        run = lg.jit(lg.value_and_grad(f), backend=backend)
        for x, slope in zip(ROWS, wanted, strict=True):
            value, found = run(x)
            np.testing.assert_allclose(value, function(x), rtol=1e-12)
            np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(lg.jit(lg.vmap(lg.grad(f)))(ROWS), wanted, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(lg.jvp(f, (X,), (T,))[1], wanted[0] @ T, rtol=1e-6)
    curves = slopes(lg.jit(lg.grad(f)), X)
    np.testing.assert_allclose(lg.jit(lg.hessian(f))(X), curves, rtol=1e-6, atol=1e-6)
