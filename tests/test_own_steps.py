"""
Steps of matrix ops in machine code, beside NumPy: all kinds of numbers, batches, matrices that have
no results, and the threads of the libraries.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import host_steps, own_steps
from letgrad.lowering.cpu.matrices import blas

FUNCTIONS: dict[str, Any] = {
    "cholesky": np.linalg.cholesky,
    "upper": lambda a: np.linalg.cholesky(a, upper=True),
    "inv": np.linalg.inv,
    "det": lambda a: np.linalg.det(a / 3),
    "solve": lambda a: np.linalg.solve(a, a[..., :3] * 2),
    "qr": lambda a: np.matmul(*np.linalg.qr(a[..., :-1])),
    "r": lambda a: abs(np.linalg.qr(a, mode="r")),
    "svd": lambda a: np.linalg.svd(a[..., :-1, :], full_matrices=False)[1],
    "svd vectors": lambda a: (lambda u, s, v: u * s[..., None, :] @ v)(
        *np.linalg.svd(a[..., 1:, :], full_matrices=False)
    ),
    "eigh": lambda a: (lambda w, v: v * w[..., None, :] @ np.conj(v.mT))(*np.linalg.eigh(a)),
    "eigvalsh": lambda a: np.linalg.eigvalsh(a, "U"),
    "eig": lambda a: np.sort(np.real(np.linalg.eig(a)[0]), axis=-1),
}


def positive(sizes: tuple[int, ...], kind: str, seed: int = 0) -> np.ndarray:
    """Hermitian matrices whose eigenvalues are positive."""
    r = np.random.default_rng(seed)
    a = r.normal(size=sizes)
    if np.dtype(kind).kind == "c":
        a = a + 1j * r.normal(size=sizes)
    return (a @ np.conj(a.swapaxes(-1, -2)) / sizes[-1] + np.eye(sizes[-1])).astype(kind)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("sizes", [(35, 35), (64, 64), (65, 65), (3, 40, 40), (2, 2, 33, 33)])
@pytest.mark.parametrize("kind", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values(name, kind, sizes):
    f, a = FUNCTIONS[name], positive(sizes, kind)
    compiled = lg.jit(f)
    for matrices in (a, 2 * a, np.conj(a[..., ::-1, ::-1])):
        wanted, found = f(matrices), compiled(matrices)
        assert found.dtype == wanted.dtype
        error = 3e-4 if np.finfo(kind).bits == 32 else 1e-11
        np.testing.assert_allclose(found, wanted, rtol=error, atol=error * np.abs(wanted).max())


def test_steps_are_machine_code(monkeypatch):
    """Python's own steps, which would give these results too, do not run."""
    monkeypatch.setattr(host_steps.lapack, "cholesky_into", None)
    monkeypatch.setattr(host_steps.lapack, "lu_into", None)
    monkeypatch.setattr(host_steps.lapack, "solve_triangular", None)
    monkeypatch.setattr(host_steps, "decomposed", None)
    a = positive((100, 100), "f8")
    for f in (np.linalg.cholesky, np.linalg.inv, np.linalg.eigvalsh):
        np.testing.assert_allclose(lg.jit(f)(a), f(a), rtol=1e-9, atol=1e-11)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", [40, 70, 130])
@pytest.mark.parametrize("kind", ["f4", "f8", "c16"])
@pytest.mark.parametrize("name", ["cholesky", "upper", "inv", "solve"])
def test_matrices_without_results(name, kind, n):
    """One matrix of a batch has none: its results are NaN, and those of the others stay."""
    a = positive((3, n, n), kind)
    wanted = FUNCTIONS[name](a)
    bad = a.copy()
    bad[1] = 0
    compiled = lg.jit(FUNCTIONS[name])
    compiled(a)
    found = compiled(bad)
    assert np.all(np.isnan(found[1]))
    error = 3e-3 if kind == "f4" else 1e-9
    np.testing.assert_allclose(found[::2], wanted[::2], rtol=error, atol=error)
    if name in ("cholesky", "upper"):
        bad[1], bad[2, n - 1, n - 1] = -a[1], -1
        found = compiled(bad)
        assert np.all(np.isnan(found[1:]))
        np.testing.assert_allclose(found[0], wanted[0], rtol=error, atol=error)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["cholesky", "inv", "qr", "svd", "eigvalsh"])
def test_numbers_that_are_not_finite(name, bad):
    """Without a warning."""
    a = positive((2, 40, 40), "f8")
    wanted = FUNCTIONS[name](a)[1]
    a[0, 7, 7] = bad
    found = lg.jit(FUNCTIONS[name])(a)
    assert np.isnan(found[0]).any()
    np.testing.assert_allclose(found[1], wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n", [40, 100])
def test_the_threads_of_the_library_come_back(n):
    """Short steps keep the library to one thread in machine code, others by a context."""
    library = blas.openblas()
    if library is None:
        pytest.skip("NumPy has another library")
    get, set = library.function("get_num_threads"), library.function("set_num_threads")
    before = get()
    a, compiled = positive((n, n), "f8"), lg.jit(np.linalg.inv)
    assert (a.size <= own_steps.SHORT) == (n == 40)
    try:
        for threads in (1, 2):
            set(threads)
            compiled(a)
            assert get() == threads
    finally:
        set(before)


def test_several_threads_call_at_once():
    matrices = [positive((48, 48), "f8", seed) for seed in range(16)]
    wanted = [np.linalg.inv(a) for a in matrices]
    compiled = lg.jit(np.linalg.inv)
    compiled(matrices[0])
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for a, b in zip(pool.map(compiled, matrices), wanted, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


def test_a_large_batch_of_small_matrices():
    """The library takes it, and its gradient is that of one matrix after the other."""
    a = positive((150, 20, 20), "f8")
    assert a.nbytes > 1 << 18

    def loss(a):
        return np.sum(np.linalg.cholesky(a)[..., -1, :] ** 2) + np.sum(np.linalg.inv(a)[..., 0, 1])

    some = [lg.grad(loss)(a[k : k + 1])[0] for k in (0, 149)]
    np.testing.assert_allclose(lg.grad(loss)(a)[[0, 149]], some, rtol=1e-9, atol=1e-12)
