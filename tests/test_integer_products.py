"""Matrix products of integers on the cpu backend: exact modulo 2^bits, in every size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu.backend import prepared
from letgrad.lowering.cpu.matrices import einsum, integer_products

pytestmark = pytest.mark.sampled(4)

DTYPES = (np.int8, np.int16, np.int32, np.int64)
SIZES = (0, 1, 2, 3, 5, 15, 17, 33, 64, 70, 130)


def numbers(rng: np.random.Generator, size: tuple[int, ...], dtype: Any) -> np.ndarray:
    limits = np.iinfo(dtype)
    x = rng.integers(limits.min, limits.max, size, dtype, endpoint=True)
    x.flat[::5], x.flat[2::7] = limits.min, limits.max
    return x


def exact(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The product by Python's integers, modulo 2^bits."""
    bits = 8 * x.dtype.itemsize
    total = np.asarray(x.astype(object) @ y.astype(object), object)
    wrapped = (total + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
    return wrapped.astype(x.dtype)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("m", SIZES)
def test_every_size(dtype: Any, m: int):
    rng = np.random.default_rng(m)
    for n in SIZES:
        for k in (0, 1, 7, 66):
            x, y = numbers(rng, (m, k), dtype), numbers(rng, (k, n), dtype)
            z = np.full((m, n), 77, dtype)
            integer_products.multiply(x, y, z)
            expected = exact(x, y) if k else np.zeros((m, n), dtype)
            np.testing.assert_array_equal(z, expected)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("size", ((3, 700, 4), (1, 513, 40), (9, 1025, 2)), ids=str)
def test_long_sums(dtype: Any, size: tuple[int, int, int]):
    """More rows than a panel has."""
    m, k, n = size
    rng = np.random.default_rng(k)
    x, y, z = numbers(rng, (m, k), dtype), numbers(rng, (k, n), dtype), np.empty((m, n), dtype)
    integer_products.multiply(x, y, z)
    np.testing.assert_array_equal(z, exact(x, y))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("threads", (1, 2, 3))
@pytest.mark.parametrize("batch", ((), (1,), (2, 5)), ids=str)
def test_threads_take_rows_or_matrices(
    threads: int, batch: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(integer_products, "SPLIT", 0)
    monkeypatch.setattr(integer_products, "thread_count", lambda: threads)
    rng = np.random.default_rng(0)
    x, y = (numbers(rng, (*batch, *size), np.int32) for size in ((7, 6), (6, 9)))
    z = np.empty((*batch, 7, 9), np.int32)
    integer_products.multiply(x, y, z)
    np.testing.assert_array_equal(z, x @ y)


SPECS = ("ij,jk->ik", "ji,jk->ik", "ij,kj->ki", "bij,bjk->bik", "bij,jk->kbi", "ijk,kjl->li")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
def test_einsums(spec: str, dtype: Any):
    """Axes in any order, by machine code and by the reference."""
    sizes = dict(zip("bijkl", (3, 11, 12, 13, 14)))
    rng = np.random.default_rng(0)
    a, b = (
        numbers(rng, tuple(sizes[c] for c in w), dtype) for w in spec[: spec.index("-")].split(",")
    )
    assert einsum.not_a_product(spec, np.dtype(dtype)) is None

    def f(x: Any, y: Any) -> Any:
        return np.einsum(spec, x, y)

    module = prepared(lg.trace(f, *(lg.spec(x.shape, x.dtype) for x in (a, b))))
    assert "ten.einsum" in {op.name for op in module.walk()}
    actual = lg.jit(f, backend="cpu")(a, b)
    np.testing.assert_array_equal(actual, np.einsum(spec, a, b))
    np.testing.assert_array_equal(actual, lg.jit(f, backend="numpy")(a, b))


def test_operands_that_are_views():
    x = np.arange(70 * 80).reshape(70, 80)
    f = lg.jit(lambda a, b: a.T @ b[::-1], backend="cpu")
    np.testing.assert_array_equal(f(x, x), x.T @ x[::-1])
    np.testing.assert_array_equal(f(x[:, ::2], x[:, 1::3]), x[:, ::2].T @ x[:, 1::3][::-1])
