"""Factors by elimination on the backend `cpu`, which writes them into the results' own memory."""

from __future__ import annotations

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region

import letgrad as lg
from letgrad.dialects import arrays, ten
from letgrad.dialects.walking import ops_in
from letgrad.lowering.cpu.backend import compile, prepared
from letgrad.lowering.reference import Evaluator

SHAPES = [
    (4, 4),
    (2, 140, 140),
    (2, 3, 3),
    (5, 3),
    (3, 5),
    (2, 1, 4),
    (1, 1),
    (0, 0),
    (0, 3, 3),
    (2, 0, 3),
]


def factors(shape: tuple[int, ...], dtype: type, columns: bool) -> ModuleOp:
    block = Block(arg_types=[arrays.type_of(np.zeros(shape, dtype))])
    op = ten.LuOp(block.args[0], columns=columns)
    block.add_ops([op, func.ReturnOp(*op.results)])
    kinds = [x.type for x in op.results]
    return ModuleOp([func.FuncOp("f", (list(block.arg_types), kinds), Region(block))])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("columns", [False, True])
def test_as_the_reference(columns: bool, shape: tuple[int, ...], dtype: type) -> None:
    module = factors(shape, dtype, columns)
    a = np.random.default_rng(3).standard_normal(shape).astype(dtype)
    for special in (None, np.nan):
        if special is not None and a.ndim == 3 and a.size:
            a[-1, 0, 0] = special
        wanted = Evaluator(module).call("f", [a])
        found = compile(module, "f")(a)
        for x, y in zip(found, wanted, strict=True):
            assert np.shape(x) == np.shape(y)
            error = 1e-5 if shape[-1:] != (140,) else 1e-2
            np.testing.assert_allclose(x, y, rtol=10 * error, atol=error)


def test_a_determinant_of_zero_and_a_solution() -> None:
    a = np.array([[[1.0, 2.0], [2.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]])
    np.testing.assert_allclose(lg.jit(np.linalg.det)(a), [0.0, -1.0])
    b = np.array([[3.0], [5.0]])
    np.testing.assert_allclose(lg.jit(np.linalg.solve)(a[1], b), [[5.0], [3.0]])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
@pytest.mark.parametrize("shape", [(130, 130), (2, 200, 130), (150, 140)], ids=str)
def test_orthonormal_factors_of_large_matrices(shape: tuple[int, ...], dtype: type) -> None:
    r = np.random.default_rng(4)
    a = r.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        a = a + 1j * r.standard_normal(shape)
    a = a.astype(dtype)
    wanted = np.linalg.qr(a)
    found = lg.jit(lambda a: tuple(np.linalg.qr(a)))(a)
    for x, y in zip(found, wanted, strict=True):
        np.testing.assert_allclose(x, y, atol=2e-4 if dtype is np.float32 else 1e-10)
    np.testing.assert_allclose(lg.jit(lambda a: np.linalg.qr(a, mode="r"))(a), found[1], atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float64, np.complex64])
@pytest.mark.parametrize("shape", [(200, 130), (2, 150, 140)], ids=str)
def test_a_full_basis_is_lapacks(shape: tuple[int, ...], dtype: type) -> None:
    """The reflections of columns of zeros are left out: those vectors are still LAPACK's."""
    r = np.random.default_rng(4)
    a = r.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        a = a + 1j * r.standard_normal(shape)
    a = a.astype(dtype)
    wanted = np.linalg.qr(a, "complete")
    found = lg.jit(lambda a: tuple(np.linalg.qr(a, "complete")))(a)
    for x, y in zip(found, wanted, strict=True):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        np.testing.assert_allclose(x, y, atol=1e-3 if dtype is np.complex64 else 1e-10)
    zeros = np.zeros((150, 130), dtype)
    q, r = lg.jit(lambda a: tuple(np.linalg.qr(a)))(zeros)
    np.testing.assert_allclose(np.conj(q.T) @ q, np.eye(130), atol=1e-6)
    assert not r.any()


def test_a_triangular_factor_of_the_other_triangle_is_not_read() -> None:
    n = 130
    a = np.random.default_rng(5).standard_normal((n, n))
    a = a @ a.T + n * np.eye(n)
    for upper, triangle in ((True, np.triu), (False, np.tril)):
        held = np.where(triangle(np.ones((n, n))) == 1, a, np.nan)
        found = lg.jit(lambda a, upper=upper: np.linalg.cholesky(a, upper=upper))(held)
        np.testing.assert_allclose(found, np.linalg.cholesky(a, upper=upper), atol=1e-10)
        held[5, 5] = np.inf
        broken = lg.jit(lambda a, upper=upper: np.linalg.cholesky(a, upper=upper))(held)
        assert np.isnan(broken).all()


def test_a_full_basis_takes_one_decomposition() -> None:
    a = np.random.default_rng(6).standard_normal((9, 4))
    module = prepared(lg.trace(lambda a: tuple(np.linalg.qr(a, mode="complete")), a))
    assert sum(isinstance(op, ten.QrOp) for op in ops_in(module)) == 1
