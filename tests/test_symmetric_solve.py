"""`ten.symmetric_solve`, which `letgrad.scipy.linalg.solve` emits for large matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region

import letgrad as lg
from letgrad.dialects import arrays, delta, ten
from letgrad.frontend.tracing import emit, use
from letgrad.lowering.cpu.backend import compile
from letgrad.lowering.cpu.matrices import lapack
from letgrad.lowering.reference import Evaluator
from letgrad.passes.differentiate.linearity import is_linear
from letgrad.passes.rewriting import costs

N = 65
"""A matrix with more rows than those that the front end eliminates in a loop."""


def system(triangle: str, a: np.ndarray, b: np.ndarray) -> ModuleOp:
    block = Block(arg_types=[arrays.type_of(x) for x in (a, b)])
    op = ten.SymmetricSolveOp(triangle, *block.args)
    block.add_ops([op, func.ReturnOp(op)])
    signature = (list(block.arg_types), [op.result.type])
    return ModuleOp([func.FuncOp("f", signature, Region(block))])


def symmetric(n: int, *batch: int, seed: int = 0) -> np.ndarray:
    a = np.random.default_rng(seed).standard_normal((*batch, n, n))
    return a + a.mT


def half(a: np.ndarray, lower: bool) -> np.ndarray:
    """The triangle that a system reads, and NaN for the numbers that it must not read."""
    rows, columns = np.indices(a.shape[-2:])
    return np.where(rows >= columns if lower else rows <= columns, a, np.nan)


def solve(a: Any, b: Any, lower: bool = True) -> Any:
    return lg.scipy.linalg.solve(a, b, lower=lower, assume_a="sym")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("triangle", ["lower", "upper"])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 40])
def test_values_of_the_op(n: int, triangle: str, dtype: type):
    b = np.random.default_rng(1).standard_normal((2, n, 3)).astype(dtype)
    whole = symmetric(n, 2)
    a = half(whole, triangle == "lower").astype(dtype)
    module = system(triangle, a, b)
    (found,) = compile(module, "f")(a, b)
    (wanted,) = Evaluator(module).call("f", [a, b])
    error = 1e-9 if dtype is np.float64 else 2e-3
    for x in (found, wanted):
        assert x.dtype == dtype
        np.testing.assert_allclose(x, np.linalg.solve(whole, b), rtol=error, atol=error)


@pytest.mark.parametrize("backend", ["cpu", "xla", "triton"])
def test_a_matrix_without_a_solution_gives_nan(backend: str):
    """The other matrices of its batch have their solutions."""
    pytest.importorskip({"xla": "jax", "triton": "torch"}.get(backend, "numpy"))
    if backend == "triton":
        pytest.importorskip("triton")
    a = symmetric(4, 5)
    a[1] = 1.0
    a[2, 3, 3] = np.inf
    a[3, 3, 0] = np.nan
    a[4, 0, 3] = np.nan  # not read
    b = np.ones((5, 4, 2))
    (wanted,) = Evaluator(system("lower", a, b)).call("f", [a, b])
    assert np.isnan(wanted[1:4]).all() and np.isfinite(wanted[[0, 4]]).all()
    (found,) = lg.lowering.backends.compile(backend, system("lower", a, b), "f")(a, b)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_without_a_library_the_rule_of_the_op_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lapack, "function", lambda name, is_c=False: None)
    a, b = symmetric(5), np.ones((5, 1))
    np.testing.assert_allclose(compile(system("lower", a, b), "f")(a, b)[0], np.linalg.solve(a, b))


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("shape", [(N,), (N, 3), (2, N, 3)], ids=str)
def test_values_of_scipy(shape: tuple[int, ...], lower: bool):
    linalg = pytest.importorskip("scipy.linalg")
    a, b = symmetric(N), np.random.default_rng(1).standard_normal(shape)
    found = lg.jit(solve, static_argnums=2)(half(a, lower), b, lower)
    wanted = [linalg.solve(a, x, assume_a="sym", lower=lower) for x in b.reshape(-1, *shape[-2:])]
    np.testing.assert_allclose(found, np.reshape(wanted, shape), rtol=1e-8)


def test_real_hermitian_matrices_and_float32():
    linalg = pytest.importorskip("scipy.linalg")
    a, b = (symmetric(N) + 30 * np.eye(N)).astype(np.float32), np.ones(N, np.float32)
    found = lg.jit(lambda a, b: lg.scipy.linalg.solve(a, b, assume_a="her"))(a, b)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, linalg.solve(a, b, assume_a="her"), rtol=1e-3)


def test_only_large_real_systems_have_the_op():
    def ops_of(a: np.ndarray, b: np.ndarray) -> list[str]:
        return [op.name for op in lg.trace(solve, a, b).walk()]

    assert "ten.symmetric_solve" in ops_of(symmetric(N), np.ones(N))
    assert "ten.symmetric_solve" not in ops_of(symmetric(32), np.ones(32))
    assert "ten.symmetric_solve" not in ops_of(symmetric(N), 1j * np.ones(N))
    assert "ten.symmetric_solve" not in ops_of(1j * symmetric(N), np.ones(N))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("lower", [False, True])
def test_the_gradient_lies_in_the_triangle_that_is_read(lower: bool):
    a, b = symmetric(N) + 30 * np.eye(N), np.ones(N)
    da, db = np.random.default_rng(2).standard_normal((2, N, N))
    db = db[0]

    def f(a: Any, b: Any) -> Any:
        return np.sum(np.sin(solve(a, b, lower)))

    ga, gb = lg.grad(f, argnums=(0, 1))(a, b)
    outside = np.isnan(half(a, lower))
    assert not ga[outside].any() and ga[~outside].all()
    h = 1e-5
    difference = (f(a + h * da, b + h * db) - f(a - h * da, b - h * db)) / (2 * h)
    np.testing.assert_allclose(np.sum(ga * da) + np.sum(gb * db), difference, rtol=1e-6)


@pytest.mark.slow
def test_second_derivatives():
    """Of s ↦ bᵀ (s a)⁻¹ b at s = 1: 2 bᵀ a⁻¹ b."""
    a, b = symmetric(N) + 30 * np.eye(N), np.random.default_rng(2).standard_normal(N)
    found = lg.grad(lg.grad(lambda s: b @ solve(s * a, b)))(1.0)
    np.testing.assert_allclose(found, 2 * b @ np.linalg.solve(a, b))


def test_a_hessian_by_right_sides():
    """Of b ↦ bᵀ a⁻¹ b: 2 a⁻¹."""
    a, b = symmetric(N) + 30 * np.eye(N), np.random.default_rng(2).standard_normal(N)
    h = lg.hessian(lambda b: b @ solve(a, b))(b)
    np.testing.assert_allclose(h, 2 * np.linalg.inv(a), rtol=1e-8, atol=1e-12)


def test_second_derivatives_by_the_rules_of_the_op():
    """The front end states a derivative of its own; a program of the op has the op's."""
    a, b = symmetric(3), np.random.default_rng(2).standard_normal((3, 2))

    def f(s: Any) -> Any:
        return np.sum(emit(ten.SymmetricSolveOp, "upper", use(s * a), use(s * s * b)))

    x = np.sum(np.linalg.solve(a, b))  # f(s) = s x
    np.testing.assert_allclose(lg.grad(f)(2.0), x)
    np.testing.assert_allclose(lg.grad(lambda s: f(s) ** 2)(2.0), 4 * x * x)
    np.testing.assert_allclose(lg.grad(lg.grad(lambda s: f(s) ** 2))(2.0), 2 * x * x)


def test_batches_of_matrices_and_of_right_sides():
    a, b = symmetric(N, 3), np.random.default_rng(2).standard_normal((3, N, 2))
    wanted = np.linalg.solve(a, b)
    np.testing.assert_allclose(lg.vmap(solve)(a, b), wanted, rtol=1e-7)
    alone = lg.vmap(solve, in_axes=(None, 0))(a[0], b)
    np.testing.assert_allclose(alone, np.linalg.solve(a[0], b), rtol=1e-7)
    alone = lg.vmap(solve, in_axes=(0, None))(a, b[0])
    np.testing.assert_allclose(alone, np.linalg.solve(a, b[0]), rtol=1e-7)


def test_in_a_loop():
    a, b = symmetric(N) + 30 * np.eye(N), np.ones(N)

    def f(a: Any, b: Any) -> Any:
        x, xs = lg.scan(lambda x, k: (solve(a, x) * 30 + k, x[0]), b, np.arange(4.0))
        return x, xs

    x, xs = b, []
    for k in range(4):
        xs.append(x[0])
        x = np.linalg.solve(a, x) * 30 + k
    for found, wanted in zip(lg.jit(f)(a, b), (x, xs), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_right_sides_that_do_not_fit_are_an_error_of_the_line():
    with pytest.raises(ValueError, match=r"test_symmetric_solve.py:\d+.*does not fit"):
        lg.jit(solve)(symmetric(N), np.ones(N - 1))


def test_linear_in_the_right_sides_alone():
    block = Block(arg_types=[arrays.type_of(np.ones((3, 3)))])
    term = delta.InputOp(0, block.args[0].type)
    block.add_op(term)
    op = ten.SymmetricSolveOp("lower", block.args[0], term.results[0])
    assert is_linear(op, {op.b}) and not is_linear(op, {op.a})


def test_the_cost_is_below_that_of_other_factors():
    block = Block(arg_types=[arrays.type_of(np.ones((30, 30)))])
    solved = ten.SymmetricSolveOp("lower", block.args[0], block.args[0])
    assert costs.flops(solved) == 30**3 // 3 + 2 * 30**3
    assert costs.flops(solved) < costs.flops(ten.LuOp(block.args[0]))
