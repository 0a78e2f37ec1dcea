"""Factors of large matrices on letgrad's own threads, and the library behind them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import threads
from letgrad.lowering.cpu.matrices import blas, lapack, lapack_calls, threaded_factors

DTYPES = (np.float32, np.float64, np.complex64, np.complex128)


@pytest.fixture(autouse=True)
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small blocks, and threads also for small matrices."""
    monkeypatch.setattr(threaded_factors, "LARGE", 16)
    monkeypatch.setattr(threaded_factors, "WIDTH", 8)
    monkeypatch.setattr(threaded_factors, "thread_count", lambda: 2)


def matrix(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    r = np.random.default_rng(5)
    a = r.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        a = a + 1j * r.normal(size=shape)
    return a.astype(dtype)


def tolerance(dtype: Any) -> float:
    return 2e-4 if np.finfo(dtype).bits == 32 else 1e-12


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(40, 40), (37, 37), (16, 50), (51, 16), (2, 20, 20)], ids=str)
@pytest.mark.parametrize("columns", [False, True])
def test_elimination(shape: tuple[int, ...], dtype: Any, columns: bool) -> None:
    """The factors multiply to the rows or columns in order, and no multiplier is above 1."""
    a = matrix(shape, dtype)
    order = np.empty((*shape[:-2], shape[-1 if columns else -2]), np.int64)
    packed = np.empty(shape, dtype)
    if lapack_calls.library() is None:
        pytest.skip("no library")
    assert threaded_factors.are_shared(*shape[-2:])
    assert lapack.lu_into(a, order, packed, columns)
    if columns:
        a, packed = np.swapaxes(a, -1, -2), np.swapaxes(packed, -1, -2)
    k = min(a.shape[-2:])
    lower, upper = np.tril(packed, -1)[..., :k], np.triu(packed)[..., :k, :]
    lower = lower + np.eye(a.shape[-2], k, dtype=dtype)
    ordered = np.take_along_axis(a, order[..., None], -2)
    np.testing.assert_allclose(lower @ upper, ordered, atol=10 * tolerance(dtype))
    parts = np.abs(lower.real) + np.abs(lower.imag) if np.iscomplexobj(lower) else np.abs(lower)
    assert parts.max() <= (1 if not np.iscomplexobj(lower) else 2) + 1e-6


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [17, 40, 61])
@pytest.mark.parametrize("upper", [False, True])
def test_positive_matrices(size: int, dtype: Any, upper: bool) -> None:
    a = matrix((size, size), dtype)
    a = a @ np.conj(a.T) / size + np.eye(size, dtype=dtype)
    wanted = np.linalg.cholesky(a)
    factor = np.empty_like(a)
    assert lapack.cholesky_into(a, factor, upper)
    np.testing.assert_allclose(
        factor, np.conj(wanted.T) if upper else wanted, atol=tolerance(dtype)
    )
    for place in (0, size // 2, size - 1):
        bad = a.copy()
        bad[place, place] = -1
        assert lapack.cholesky_into(bad, factor, upper)
        assert np.isnan(factor).all()
    # Factors may take the memory of their matrix.
    here = a.copy()
    assert lapack.cholesky_into(here, here, upper)
    np.testing.assert_allclose(here, np.conj(wanted.T) if upper else wanted, atol=tolerance(dtype))


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("shape", [(40, 40), (20, 30)], ids=str)
def test_elimination_in_place(columns: bool, shape: tuple[int, int]) -> None:
    a = matrix(shape, np.float64)
    length = shape[1 if columns else 0]
    orders, wanted, here = np.empty((2, length), np.int64), np.empty_like(a), a.copy()
    assert lapack.lu_into(a, orders[0], wanted, columns)
    assert lapack.lu_into(here, orders[1], here, columns)
    np.testing.assert_array_equal(here, wanted)
    np.testing.assert_array_equal(*orders)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_programs_of_large_matrices(dtype: Any) -> None:
    a, b = matrix((140, 140), dtype), matrix((140, 20), dtype)

    def f(a: Any, b: Any) -> Any:
        c = a + a
        return np.linalg.inv(c), np.linalg.det(c / 10), np.linalg.solve(c, b)

    for x, y in zip(lg.jit(f)(a, b), f(a, b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-10)


def test_values_without_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each triangle alone, as NumPy; a matrix whose values the library cannot find is NaN."""
    monkeypatch.setattr(lapack, "LONG_VALUES", 2)
    a = matrix((2, 30, 30), np.float64)
    for uplo in "LU":
        wanted = np.linalg.eigvalsh(a, uplo)
        np.testing.assert_allclose(lapack.eigenvalues(a, uplo == "U"), wanted, atol=1e-12)
        found = lg.jit(lambda a, uplo=uplo: np.linalg.eigvalsh(a, uplo))(a)
        np.testing.assert_allclose(found, wanted, atol=1e-12)
    for shape in ((30, 30), (2, 20, 30), (30, 20)):
        a = matrix(shape, np.float32)
        wanted = np.linalg.svd(a, compute_uv=False)
        np.testing.assert_allclose(lapack.singular_values(a), wanted, rtol=1e-4, atol=1e-5)
        found = lg.jit(lambda a: np.linalg.svd(a, compute_uv=False))(a)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_limits_of_libraries_overlap() -> None:
    """Contexts that overlap in time leave a library with the threads that it had."""
    limit = lapack_calls.one_thread()
    if not limit.limits:
        pytest.skip("no library")
    before = [x.get() for x in limit.limits]
    blas.one_thread.__enter__()
    limit.__enter__()
    blas.one_thread.__exit__()
    assert [x.get() for x in limit.limits] == [1] * len(before)
    limit.__exit__()
    assert [x.get() for x in limit.limits] == before


def test_programs_without_decompositions_load_no_other_library() -> None:
    code = (
        "import sys, numpy as np, letgrad as lg\n"
        "lg.jit(lambda a: a @ a)(np.eye(3))\n"
        "from letgrad.lowering.cpu.matrices import blas, lapack_calls\n"
        "assert 'scipy' not in sys.modules and not lapack_calls.library.cache_info().currsize\n"
        "lg.jit(np.linalg.cholesky)(np.eye(200))\n"
        "assert 'scipy' not in sys.modules and lapack_calls.library.cache_info().currsize\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy's library takes the place of SciPy's."""
    monkeypatch.setattr(lapack_calls.blas, "bundled", lambda package: None)
    assert lapack_calls.library.__wrapped__() == blas.openblas()


def test_shared_blocks_keep_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    run_parts = threads.run_parts

    def spy(entry: Any, calls: Any) -> None:
        seen.append(lapack_calls.one_thread().depth)
        run_parts(entry, calls)

    monkeypatch.setattr(threaded_factors, "run_parts", spy)
    monkeypatch.setattr(lapack, "run_parts", spy)
    lg.jit(np.linalg.inv)(matrix((260, 260), np.float64))
    if lapack_calls.library() is not None:
        assert seen and min(seen) >= 1
    assert lapack_calls.one_thread().depth == 0


@pytest.mark.parametrize("dtype", ["f", "D"])
def test_threads_share_copies_and_checks(dtype: str, monkeypatch: pytest.MonkeyPatch):
    """Each block once: rows that fill no block, triangles, and matrices in each other's memory."""
    calls: list[int] = []
    monkeypatch.setattr(threaded_factors, "thread_count", lambda: 2)
    shared = threads.run_parts
    monkeypatch.setattr(
        threads, "run_parts", lambda f, given: (calls.append(len(given)), shared(f, given))
    )
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 600, 700)).astype(dtype)
    y = np.full_like(x, np.nan)
    lapack.copy(y, x)
    assert np.array_equal(x, y)
    z = np.full((2, 700, 600), np.nan, dtype)
    lapack.copy(z, np.swapaxes(x, 1, 2))
    assert np.array_equal(z, np.swapaxes(x, 1, 2))
    for below, triangle in ((True, np.tril), (False, np.triu)):
        y[...] = np.nan
        lapack._triangle_into(y, x, below)
        assert np.array_equal(y, triangle(x))
    square = np.ascontiguousarray(x[:, :, :600])
    wanted = np.swapaxes(square, 1, 2).copy()
    lapack._transpose(square)
    assert np.array_equal(square, wanted)
    assert lapack.all_finite(x) and len(calls) == 6 and min(calls) > 1
    for place in ((0, 0, 0), (1, 300, 5), (1, 599, 699)):
        y = x.copy()
        y[place] = np.inf
        assert not lapack.all_finite(y)
