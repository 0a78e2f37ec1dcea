"""
`lg.root`, `lg.fixed_point` and `lg.linear_solve`: solutions and their derivatives against mpmath,
in all modes, on all backends, and inside of other constructs.
"""

from __future__ import annotations

import functools
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from xdsl.parser import Parser

import letgrad as lg
from letgrad.dialects import delta
from letgrad.lowering.backends import context as backend_context
from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.driver import run_passes
from letgrad.passes.simplify.lower_solves import LowerSolvesPass

BACKENDS = ("cpu", "numpy", "triton")
SOLVERS = ("dense", "gmres")

W = np.array([[0.2, -0.3, 0.1], [0.4, 0.1, -0.2], [-0.1, 0.3, 0.2]])
DATA = np.array([[1.0, 0.5], [-0.7, 1.2], [0.3, -1.1], [1.4, 0.2]])
LABELS = np.array([1.0, -1.0, -1.0, 1.0])
A, B = np.array([[0.9, 0.2], [-0.1, 0.8]]), np.array([[0.3], [1.0]])
LEFT, RIGHT = np.array([[2.0, 1.0], [0.3, 3.0]]), np.array([[1.5, -0.2], [0.4, 1.0]])


# Each problem is a function of one number, with its solver, and the same function in mpmath.


def square_root(solver: str, a: Any) -> Any:
    return lg.root(lambda x, a: x * x - a, 1.0, a, solver=solver)


def exact_square_root(mp: Any, a: Any) -> Any:
    return mp.sqrt(a)


def kepler(solver: str, e: Any) -> Any:
    return lg.root(lambda x, e: x - e * np.sin(x) - 1.2, 1.2, e, solver=solver)


def exact_kepler(mp: Any, e: Any) -> Any:
    return mp.findroot(lambda x: x - e * mp.sin(x) - mp.mpf(1.2), mp.mpf(1.2))


def sylvester(solver: str, a: Any) -> Any:
    x = lg.linear_solve(lambda x: LEFT @ x * a + x @ RIGHT, np.eye(2), solver=solver)
    return np.sum(x * x)


def exact_sylvester(mp: Any, a: Any) -> Any:
    left, right = mp.matrix(LEFT.tolist()), mp.matrix(RIGHT.tolist())
    whole = mp.matrix(4, 4)
    for i in range(2):
        for j in range(2):
            for k in range(2):
                whole[2 * i + j, 2 * k + j] += a * left[i, k]
                whole[2 * i + j, 2 * i + k] += right[k, j]
    x = mp.lu_solve(whole, mp.matrix([1, 0, 0, 1]))
    return mp.fsum(v * v for v in x)


def riccati(solver: str, r: Any) -> Any:
    def step(x: Any, r: Any) -> Any:
        gain = A.T @ x @ B
        return np.eye(2) + A.T @ x @ A - gain @ gain.T / (r + B.T @ x @ B)

    return np.sum(lg.fixed_point(step, np.eye(2), r, tol=1e-14, solver=solver))


def exact_riccati(mp: Any, r: Any) -> Any:
    a, b, x = mp.matrix(A.tolist()), mp.matrix(B.tolist()), mp.eye(2)
    for _ in range(150):
        gain = a.T * x * b
        x = mp.eye(2) + a.T * x * a - gain * gain.T / (r + (b.T * x * b)[0])
    return mp.fsum(x)


def network(solver: str, a: Any) -> Any:
    x = lg.fixed_point(
        lambda x, a: np.tanh(a * (W @ x) + 0.5), np.zeros(3), a, tol=1e-15, solver=solver
    )
    return np.sum(x * x)


def exact_network(mp: Any, a: Any) -> Any:
    w, x = mp.matrix(W.tolist()), mp.matrix(3, 1)
    for _ in range(150):
        x = (a * w * x).apply(lambda v: mp.tanh(v + mp.mpf(0.5)))
    return mp.fsum(v * v for v in x)


def logistic_regression(solver: str, penalty: Any) -> Any:
    def loss(w: Any, penalty: Any) -> Any:
        return np.sum(np.log1p(np.exp(-LABELS * (DATA @ w)))) + penalty * np.sum(w * w)

    w = lg.root(lg.grad(loss), np.zeros(2), penalty, solver=solver)
    return np.sum((DATA[:2] @ w - 0.5) ** 2)


def exact_logistic_regression(mp: Any, penalty: Any) -> Any:
    rows = [[mp.mpf(v) for v in row] for row in DATA.tolist()]
    labels = [mp.mpf(v) for v in LABELS.tolist()]

    def slope(*w: Any) -> Any:
        parts = [2 * penalty * v for v in w]
        for row, label in zip(rows, labels):
            weight = -label / (1 + mp.exp(label * (row[0] * w[0] + row[1] * w[1])))
            parts = [p + weight * x for p, x in zip(parts, row)]
        return parts

    w = mp.findroot(slope, (0, 0))
    return mp.fsum((row[0] * w[0] + row[1] * w[1] - mp.mpf(0.5)) ** 2 for row in rows[:2])


def steady_state(solver: str, a: Any) -> Any:
    def equation(u: Any, a: Any) -> Any:
        wide = np.pad(u, 1)
        return 25 * (2 * u - wide[:-2] - wide[2:]) + a * u**3 - 10.0

    return np.sum(lg.root(equation, np.zeros(4), a, solver=solver))


def exact_steady_state(mp: Any, a: Any) -> Any:
    def equation(*u: Any) -> Any:
        wide = (0, *u, 0)
        return [
            25 * (2 * wide[i] - wide[i - 1] - wide[i + 1]) + a * wide[i] ** 3 - 10
            for i in range(1, 5)
        ]

    return mp.fsum(mp.findroot(equation, (1, 1, 1, 1)))


PROBLEMS: list[tuple[Callable, Callable, float]] = [
    (square_root, exact_square_root, 2.0),
    (kepler, exact_kepler, 0.6),
    (sylvester, exact_sylvester, 1.3),
    (riccati, exact_riccati, 0.7),
    (network, exact_network, 0.8),
    (logistic_regression, exact_logistic_regression, 0.4),
    (steady_state, exact_steady_state, 2.0),
]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p[0].__name__)
def test_derivatives_are_those_of_mpmath(problem: Any, solver: str) -> None:
    """The value, the gradient, and the second derivative in two ways."""
    mpmath = pytest.importorskip("mpmath", reason="mpmath is the oracle of this test")
    function, exact, at = problem
    f = functools.partial(function, solver)
    with mpmath.workdps(40):
        wanted = [float(mpmath.diff(lambda a: exact(mpmath, a), at, n)) for n in range(3)]
    found = [f(at), lg.grad(f)(at), lg.grad(lg.grad(f))(at)]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    np.testing.assert_allclose(lg.jacfwd(lg.grad(f))(at), wanted[2], rtol=1e-9)


# All modes and backends, against the network written out as a loop of Python.


def states(w: Any, b: Any, solver: str | None = None) -> Any:
    return lg.fixed_point(lambda x, p: np.tanh(p[0] @ x + p[1]), np.zeros(3), (w, b), solver=solver)


def unrolled(w: Any, b: Any) -> Any:
    x = np.zeros(3)
    for _ in range(60):
        x = np.tanh(w @ x + b)
    return x


BIAS = np.array([0.3, -0.2, 0.5])


@pytest.mark.sampled(6)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_jacobians_and_batches_on_all_backends(solver: str, backend: str) -> None:
    f = functools.partial(states, solver=solver)
    wanted = lg.jacrev(unrolled)(W, BIAS)
    np.testing.assert_allclose(lg.jit(lg.jacrev(f), backend=backend)(W, BIAS), wanted, atol=1e-9)
    np.testing.assert_allclose(lg.jit(lg.jacfwd(f), backend=backend)(W, BIAS), wanted, atol=1e-9)
    many = np.stack([BIAS, 2 * BIAS, 0 * BIAS])
    loss = lambda w, b: np.sum(f(w, b) ** 3)  # noqa: E731
    wanted = np.stack([lg.grad(lambda w, b: np.sum(unrolled(w, b) ** 3))(W, b) for b in many])
    batched = lg.jit(lg.vmap(lg.grad(loss), (None, 0)), backend=backend)
    np.testing.assert_allclose(batched(W, many), wanted, atol=1e-9)
    outside = lg.grad(lambda w: np.sum(lg.vmap(loss, (None, 0))(w, many)))
    np.testing.assert_allclose(outside(W), wanted.sum(axis=0), atol=1e-9)


def reverse_twice(f: Callable[..., Any]) -> Callable[..., Any]:
    return lg.jacrev(lg.jacrev(f))


def forward_twice(f: Callable[..., Any]) -> Callable[..., Any]:
    return lg.jacfwd(lg.jacfwd(f))


@pytest.mark.parametrize(
    "second",
    [
        lg.hessian,
        *(pytest.param(f, marks=pytest.mark.slow) for f in (reverse_twice, forward_twice)),
    ],
)
def test_hessian(second: Callable[..., Any]) -> None:
    loss = lambda b: np.sum(states(W, b) ** 3)  # noqa: E731
    wanted = lg.hessian(lambda b: np.sum(unrolled(W, b) ** 3))(BIAS)
    np.testing.assert_allclose(second(loss)(BIAS), wanted, atol=1e-9)


def test_no_derivative_by_the_start() -> None:
    f = lambda x0, a: lg.root(lambda x, a: x * x - a, x0, a)  # noqa: E731
    assert lg.grad(f, (0, 1))(1.0, 4.0) == (0.0, 0.25)
    g = lambda x0: np.sum(lg.fixed_point(np.cos, x0))  # noqa: E731
    assert list(lg.grad(g)(np.ones(2))) == [0.0, 0.0]


class Params(NamedTuple):
    scale: Any
    count: int
    nothing: None


def test_containers() -> None:
    """Unknowns of two dtypes and shapes, and parameters that are integers or None."""

    def f(x: Any, p: Params) -> Any:
        y = np.cos(p.scale * x["v"]) / p.count
        return {"u": (y[:2], y[2]), "v": np.sin(x["u"][0][0]) + x["u"][1] * np.ones(3)}

    def value(scale: Any) -> Any:
        start = {"u": (np.zeros(2), 0.0), "v": np.zeros(3, np.float32)}
        x = lg.fixed_point(f, start, Params(scale, 3, None))
        return np.sum(x["u"][0]) + np.sum(x["v"])

    slope = (value(1.0 + 1e-2) - value(1.0 - 1e-2)) / 2e-2
    np.testing.assert_allclose(lg.grad(value)(1.0), slope, rtol=1e-3)
    numbers = lg.fixed_point(
        lambda x: (x[1] * np.float32(0.5), x[0] * np.float32(0.5) + 1), (0.0, np.float32(0))
    )
    assert [x.dtype for x in numbers] == [np.float32] * 2
    np.testing.assert_allclose(numbers, [2 / 3, 4 / 3], rtol=5e-5)
    pair = lg.root(lambda x: (x[0] - 1, x[1] - 2), (np.float32(0), np.float64(0)))
    assert [x.dtype for x in pair] == [np.float32, np.float64]
    counted = lambda n: lg.root(lambda x, n: x**n - 8.0, 1.5, n)  # noqa: E731
    np.testing.assert_allclose(counted(3), 2.0)
    np.testing.assert_allclose(lg.jit(counted)(np.int64(3)), 2.0)


def test_complex_unknowns() -> None:
    cube = lambda a: lg.root(lambda z, a: z**3 - a, 1 + 1j, a)  # noqa: E731
    np.testing.assert_allclose(cube(8j), np.sqrt(3) + 1j)
    real = lambda a: np.real(lg.root(lambda z, a: z**3 - a * (1 + 1j), 1 + 1j, a))  # noqa: E731
    slope = (real(2 + 1e-6) - real(2 - 1e-6)) / 2e-6
    np.testing.assert_allclose(lg.grad(real)(2.0), slope, rtol=1e-6)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("solver", (*SOLVERS, "cg"))
def test_dtypes(dtype: str, solver: str) -> None:
    kind = np.dtype(dtype) if dtype != "bfloat16" else pytest.importorskip("ml_dtypes").bfloat16
    a = np.array([2.0, 3.0]).astype(kind)
    f = lambda a: lg.root(lambda x, a: x * x - a, np.ones(2).astype(kind), a, solver=solver)  # noqa: E731
    value, slope = f(a), lg.grad(lambda a: np.sum(f(a)))(a)
    digits = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-5, "float64": 1e-9}[dtype]
    assert value.dtype == slope.dtype == kind
    np.testing.assert_allclose(value.astype(float), np.sqrt([2.0, 3.0]), rtol=digits)
    np.testing.assert_allclose(slope.astype(float), 0.5 / np.sqrt([2.0, 3.0]), rtol=digits)


# Inside of other constructs, and with others inside.


def test_in_loops_and_branches() -> None:
    """Implicit Euler in a scan and in a while, with a branch, against the closed form of a step."""

    def implicit(y: Any, a: Any) -> Any:
        step = lambda _: lg.root(lambda z, y, a: z - y + 0.1 * a * z, y, y, a)  # noqa: E731
        return lg.cond(y > 0.0, step, lambda _: y, None)

    def explicit(y: Any, a: Any) -> Any:
        return y / (1 + 0.1 * a)

    def scanned(step: Callable, a: Any) -> Any:
        return lg.scan(lambda y, _: (step(y, a),) * 2, a * a, length=5)[1].sum()

    def looped(step: Callable, a: Any) -> Any:
        body = lambda s: (step(s[0], a), s[1] + 1)  # noqa: E731
        return lg.while_loop(lambda s: s[1] < 5, body, (a * a, 0))[0]

    for loop in (scanned, looped):
        f, g = (functools.partial(loop, step) for step in (implicit, explicit))
        np.testing.assert_allclose(f(1.5), g(1.5))
        np.testing.assert_allclose(lg.grad(f)(1.5), lg.grad(g)(1.5))
        np.testing.assert_allclose(lg.jvp(f, (1.5,), (1.0,))[1], lg.grad(g)(1.5))
    second = lg.jacfwd(lg.grad(functools.partial(scanned, implicit)))(1.5)
    wanted = lg.jacfwd(lg.grad(functools.partial(scanned, explicit)))(1.5)
    np.testing.assert_allclose(second, wanted)


@pytest.mark.slow
def test_nested() -> None:
    """A root whose equation has a fixed point with a loop in it."""

    def inner(x: Any, a: Any) -> Any:
        def halves(y: Any, x: Any) -> Any:
            return lg.fori_loop(0, 3, lambda i, z: np.cos(z) * 0.3 + x / 4, y)

        return lg.fixed_point(halves, 0.0, x * a)

    f = lambda a: lg.root(lambda x, a: x + inner(x, a) - 1.0, 1.0, a)  # noqa: E731
    e = 1e-5
    np.testing.assert_allclose(lg.grad(f)(0.5), (f(0.5 + e) - f(0.5 - e)) / (2 * e), rtol=1e-7)
    slopes = (lg.grad(f)(0.5 + e) - lg.grad(f)(0.5 - e)) / (2 * e)
    np.testing.assert_allclose(lg.grad(lg.grad(f))(0.5), slopes, rtol=1e-6)


def test_custom_derivatives_inside() -> None:
    """The rules count twice what the functions count, and the solution follows the rules."""

    @lg.custom_jvp
    def twice(x):
        return 0.2 * x

    twice.defjvp(lambda p, t: (twice(p[0]), 0.4 * t[0]))

    @lg.custom_vjp
    def back(x):
        return 0.2 * x

    back.defvjp(lambda x: (back(x), None), lambda _, ct: (0.4 * ct,))
    f = lambda a: lg.fixed_point(lambda x, a: twice(x) + a, 0.0, a)  # noqa: E731
    np.testing.assert_allclose([f(1.0), lg.grad(f)(1.0)], [1.25, 1 / 0.6])
    g = lambda a: lg.fixed_point(lambda x, a: 0.2 * x + back(a), 0.0, a)  # noqa: E731
    np.testing.assert_allclose([g(1.0), lg.grad(g)(1.0)], [0.25, 0.5])


def test_values_from_outside_have_derivatives() -> None:
    f = lambda a: lg.root(lambda x: x * x - a, 1.0)  # noqa: E731
    np.testing.assert_allclose(lg.grad(f)(4.0), 0.25)
    w = lambda a: np.sum(lg.linear_solve(lambda x: a * x + np.sum(x), np.ones(3)))  # noqa: E731
    np.testing.assert_allclose([w(2.0), lg.grad(w)(2.0)], [3 / 5, -3 / 25])


def test_in_builds_and_programs() -> None:
    a = np.array([2.0, 3.0, 5.0])

    def built(a: Any) -> Any:
        return np.sum(lg.build(3, lambda i: lg.root(lambda x: x * x - a[i], 1.0)))

    @lg.program
    def summed(a: Any) -> Any:
        total = 0.0
        for i in range(3):
            total = total + lg.root(lambda x: x * x - a[i], 1.0)  # noqa: B023
        return total

    for f in (built, summed):
        np.testing.assert_allclose(lg.jit(f)(a), np.sum(np.sqrt(a)))
        np.testing.assert_allclose(lg.grad(f)(a), 0.5 / np.sqrt(a))


def test_each_element_of_a_batch_ends_on_its_own() -> None:
    f = lambda a: lg.root(lambda x: x * x - a, 1.0, full_output=True)  # noqa: E731
    x, info = lg.vmap(f)(np.array([2.0, -1.0, 1e6]))
    np.testing.assert_allclose(x[[0, 2]], [np.sqrt(2), 1000.0])
    assert info.converged.tolist() == [True, False, True]


# Linear systems.


@pytest.mark.sampled(4)
@pytest.mark.parametrize("solver", (None, *SOLVERS, "cg"))
def test_linear_solve(solver: str | None) -> None:
    matrix = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 5.0]])
    b = np.array([1.0, -2.0, 0.5])
    by_matrix = lambda m, b: lg.linear_solve(m, b, solver=solver)  # noqa: E731
    by_function = lambda m, b: lg.linear_solve(lambda x: m @ x, b, solver=solver)  # noqa: E731
    wanted = np.linalg.solve(matrix, b)
    slopes = lg.jacrev(np.linalg.solve, (0, 1))(matrix, b)
    for f in (by_matrix, by_function):
        np.testing.assert_allclose(f(matrix, b), wanted, rtol=1e-12)
        for got, want in zip(lg.jacrev(f, (0, 1))(matrix, b), slopes):
            np.testing.assert_allclose(got, want, atol=1e-12)
    np.testing.assert_allclose(by_function(matrix, 1e-200 * b), 1e-200 * wanted, rtol=1e-12)
    np.testing.assert_allclose(by_function(matrix, 0 * b), 0 * b)
    assert np.isnan(by_function(0 * matrix, b)).all()


def test_affine_functions() -> None:
    x = lg.linear_solve(lambda x: 2 * x + 1, np.array([3.0, 5.0]))
    np.testing.assert_allclose(x, [1.0, 2.0])


def test_loops_in_a_linear_function() -> None:
    """The function sums with weights from left to right, in a scan or in a while."""

    def scanned(x: Any, w: Any) -> Any:
        return lg.scan(lambda c, r: (c * w + r,) * 2, 0.0, x)[1]

    b = np.array([1.0, 3.0, 6.0])
    f = lambda w: np.sum(lg.linear_solve(lambda x: scanned(x, w), b))  # noqa: E731
    np.testing.assert_allclose([f(2.0), lg.grad(f)(2.0)], [1 + 1 + 0, -4.0])

    def eightfold(x: Any) -> Any:
        return lg.while_loop(lambda s: s[1] < 3, lambda s: (s[0] * 2, s[1] + 1), (x, 0))[0]

    np.testing.assert_allclose(lg.linear_solve(eightfold, b), b / 8)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (1,), (2, 1, 3), ()])
def test_shapes(shape: tuple[int, ...]) -> None:
    b = np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
    for solver in SOLVERS:
        x = lg.linear_solve(lambda x: 2 * x + np.sum(x), b, solver=solver)
        np.testing.assert_allclose(2 * x + np.sum(x), b, rtol=1e-12)
    np.testing.assert_allclose(lg.root(lambda x, b: x**3 - b, b + 1, b), np.cbrt(b))
    np.testing.assert_allclose(lg.fixed_point(lambda x, b: x / 2 + b, b, b), 2 * b)


def test_products_only_where_short_cycles_fail() -> None:
    """A rotation of 200 elements: 199 steps of GMRES leave the residual as it is."""
    b = np.arange(200.0)
    x = lg.linear_solve(lambda x: np.roll(x, 1), b)
    np.testing.assert_allclose(x, np.roll(b, -1), atol=1e-10)


def test_many_unknowns_without_a_matrix() -> None:
    """The matrix of 30,000 unknowns would have 7 GB."""
    n = 30_000

    def f(a: Any) -> Any:
        step = lambda x, a: 0.5 * np.cos(a * x) + 0.2 * np.roll(x, 1)  # noqa: E731
        return np.sum(lg.fixed_point(step, np.zeros(n), a) ** 2)

    a = np.linspace(0.2, 0.9, n)
    tracemalloc.start()
    slope = lg.grad(f)(a)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * a.nbytes
    d = np.cos(np.arange(n))
    e = 1e-5
    # The difference of two sums of many elements has few digits.
    np.testing.assert_allclose(slope @ d, (f(a + e * d) - f(a - e * d)) / (2 * e), rtol=1e-4)


# How a solver ends.


def test_no_solution_is_nan() -> None:
    no_root = lambda x: x * x + 1  # noqa: E731
    assert np.isnan(lg.root(no_root, 1.0))
    x, info = lg.root(no_root, 1.0, full_output=True)
    assert not info.converged and np.isfinite(x) and info.residual >= 1
    assert np.isnan(lg.fixed_point(lambda x: 2 * x + 1, 1.0))
    assert np.isnan(lg.fixed_point(lambda x: x + 1e-3, 1.0, max_steps=5))
    x, info = lg.fixed_point(lambda x: 1 - x, 0.25, max_steps=5, full_output=True)
    assert (x, info.converged, info.steps, info.residual) == (0.75, False, 5, 0.5)
    assert np.isnan(lg.root(lambda x: np.log(x), -1.0))
    assert np.isnan(lg.root(lambda x: x * x - 4, 1.0, max_steps=1))


def test_info() -> None:
    x, info = lg.root(lambda x: x * x - 4, 1.0, full_output=True)
    assert x == 2 and info.converged and 4 <= info.steps <= 8 and info.residual == 0
    x, info = lg.root(lambda x: x * x, 0.0, full_output=True)
    assert x == 0 and info.converged
    x, info = lg.root(lambda x: 0 * x, np.zeros(0), full_output=True)
    assert info.converged and info.steps == 0
    # The first step of Newton's method has to be shortened to a part of 10⁻⁸.
    np.testing.assert_allclose(lg.root(lambda x: np.exp(x) - 1e10, 0.0), np.log(1e10))
    # Full steps of Newton's method from here on run away.
    np.testing.assert_allclose(lg.root(np.arctan, 3.0), 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: lg.root(lambda x: x[:3], np.ones(4)), TypeError, "it gives 3 for 4 unknowns"),
        (
            lambda: lg.fixed_point(lambda x: (x, x), 1.0),
            TypeError,
            "function of lg.fixed_point gives another structure",
        ),
        (
            lambda: lg.fixed_point(lambda x: {"a": x["a"][:1]}, {"a": np.ones(2)}),
            TypeError,
            r"gives the shape \(1,\) at \['a'\], and x has \(2,\)",
        ),
        (
            lambda: lg.linear_solve(lambda x: x * x, np.ones(2)),
            TypeError,
            "must be linear, and its derivative depends on x",
        ),
        (lambda: lg.root(np.cos, 1.0, solver="lu"), ValueError, "solver .* not 'lu'"),
        (lambda: lg.linear_solve(np.eye(2), np.ones(2), solver=""), ValueError, "solver"),
        (lambda: lg.root(np.cos, 1.0, tol=-1.0), ValueError, "tol of lg.root must not be negative"),
        (lambda: lg.root(np.cos, 1.0, tol="x"), TypeError, "tol of lg.root must be a number"),
        (lambda: lg.root(np.cos, 1.0, max_steps=2.0), TypeError, "max_steps of lg.root"),
        (lambda: lg.fixed_point(np.cos, 1.0, max_steps=-1), ValueError, "is negative: -1"),
    ],
)
def test_errors(call: Callable, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


# The methods against the reference, on each small shape.

SYSTEM = """
func.func private @apply(%m: tensor<{k}x{n}x{n}x{t}>, %v: tensor<{k}x{n}x{t}>) -> tensor<{k}x{n}x{t}> {{
  %0 = ten.einsum "kij,kj->ki" %m, %v : tensor<{k}x{n}x{n}x{t}>, tensor<{k}x{n}x{t}> -> tensor<{k}x{n}x{t}>
  func.return %0 : tensor<{k}x{n}x{t}>
}}
func.func @solve(%b: tensor<{k}x{n}x{t}>, %m: tensor<{k}x{n}x{n}x{t}>) -> tensor<{k}x{n}x{t}> {{
  %x = delta.solve @apply(%b, %m) batch 1 by {method} : (tensor<{k}x{n}x{t}>, tensor<{k}x{n}x{n}x{t}>) -> tensor<{k}x{n}x{t}>
  func.return %x : tensor<{k}x{n}x{t}>
}}
"""  # noqa: E501


@pytest.mark.sampled(4)
@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("method", ["dense", "gmres", "cg"])
@pytest.mark.parametrize("k", [0, 1, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 5, 33])
def test_lowered_methods(n: int, k: int, method: str, kind: str) -> None:
    """One of three systems is singular, and NaN says so; the others are solved."""
    module = Parser(
        backend_context(), SYSTEM.format(n=n, k=k, t=kind, method=method)
    ).parse_module()
    rng = np.random.default_rng(n)
    dtype = np.dtype(kind.replace("f", "float"))
    b = rng.standard_normal((k, n)).astype(dtype)
    root = rng.standard_normal((k, n, n))
    # A rotation has no positive part: each of its products is orthogonal to its operand.
    turn = np.roll(np.eye(n), 1, axis=0) if method == "dense" or n > 2 else np.eye(n)
    m = root @ root.transpose(0, 2, 1) + np.eye(n) if method == "cg" else root + 3 * turn
    if k == 3:
        m[1] = 0
    m = m.astype(dtype)
    (wanted,) = Evaluator(module).call("solve", (b, m))
    run_passes(backend_context(), module, [LowerSolvesPass()])
    assert not any(isinstance(op, delta.SolveOp) for op in module.walk())
    (found,) = Evaluator(module).call("solve", (b, m))
    if n and k:
        exact = [0, 2] if k == 3 else [0]
        assert np.isnan(found).all(axis=1).tolist() == [i not in exact for i in range(k)]
        want = np.linalg.solve(m[exact].astype(float), b[exact, :, None].astype(float))[..., 0]
        scale = np.max(abs(want))
        tolerance = (2e-3 if kind == "f32" else 1e-9) * scale
        np.testing.assert_allclose(found[exact], want, atol=tolerance)
        np.testing.assert_allclose(wanted[exact], want, atol=tolerance)
    assert found.shape == wanted.shape == b.shape
