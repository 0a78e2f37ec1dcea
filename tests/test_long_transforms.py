"""Long Fourier transforms on the backend `cpu`, which are many short ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import host_steps
from letgrad.lowering.cpu.transforms import long_transforms

SIZES = [4096, 4225, 66 * 67, 64 * 100, 65 * 128, 130 * 131]
"""Equal factors, odd ones, an odd and an even one, and rows of conflicts in the cache."""


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pytest.importorskip("scipy.fft._pocketfft.pypocketfft")
    monkeypatch.setattr(long_transforms, "LONG", 4096)
    monkeypatch.setattr(host_steps, "SHARED_TRANSFORM", 4096)
    monkeypatch.setattr(host_steps, "thread_count", lambda: 2)
    long_transforms.split.cache_clear()
    yield
    long_transforms.split.cache_clear()


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the transforms that were split."""
    kinds: list[str] = []
    split = host_steps._split_transform

    def spy(library: Any, kind: str, *rest: Any) -> None:
        kinds.append(kind)
        split(library, kind, *rest)

    monkeypatch.setattr(host_steps, "_split_transform", spy)
    return kinds


def numbers(*shape: int) -> np.ndarray:
    r = np.random.default_rng(6)
    return r.normal(size=shape) + 1j * r.normal(size=shape)


def check(f: Any, x: np.ndarray) -> None:
    wanted = f(x)
    found = lg.jit(f, backend="cpu")(x)
    assert found.dtype == wanted.dtype
    room = 1e-5 if x.real.dtype == np.float32 else 5e-15
    np.testing.assert_allclose(found, wanted, rtol=0, atol=room * np.abs(wanted).max())


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_values(n: int, norm: Any, used: list[str]) -> None:
    z = numbers(n)
    check(lambda x: np.fft.fft(x, norm=norm), z)
    check(lambda x: np.fft.ifft(x, norm=norm), z)
    check(lambda x: np.fft.rfft(x, norm=norm), z.real.copy())
    # The imaginary parts of the first number, and of the last of an even number, count for nothing.
    check(lambda x: np.fft.irfft(x, n, norm=norm), z[: n // 2 + 1])
    assert used == ["forward", "backward", "real", "hermitian"]


def test_rows_and_float32(used: list[str]) -> None:
    z = numbers(3, 4096).astype(np.complex64)
    check(lambda x: np.fft.fft(x).astype(np.complex64), z)
    check(lambda x: np.fft.rfft(x).astype(np.complex64), z.real.copy())
    assert used == ["forward"] * 3 + ["real"] * 3


def test_others_stay(used: list[str]) -> None:
    """Sizes without two long factors, columns, and several axes are transforms of the library."""
    check(lambda x: np.fft.fft(x), numbers(4099))
    check(lambda x: np.fft.fft(x), numbers(2 * 4099))
    check(lambda x: np.fft.fft(x, axis=0), numbers(4096, 2))
    check(lambda x: np.fft.rfft(x, axis=0), numbers(4096, 2).real.copy())
    check(lambda x: np.fft.fft2(x), numbers(2, 4096))
    assert not used


def test_one_thread_splits_complex_numbers_alone(
    used: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_steps, "thread_count", lambda: 1)
    check(lambda x: np.fft.rfft(x), numbers(4096).real.copy())
    check(lambda x: np.fft.fft(x), numbers(4096))
    assert used == ["forward"]


def test_special_numbers_and_derivatives() -> None:
    x = np.zeros(4096)
    x[5] = 1.0
    check(lambda x: np.fft.rfft(x), x)
    x[7] = np.nan
    assert np.isnan(lg.jit(lambda x: np.fft.fft(x + 0j), backend="cpu")(x)).all()
    weights = np.cos(np.arange(4096.0))

    def f(x: Any) -> Any:
        return np.sum(np.abs(np.fft.fft(np.fft.ifft(x * x + 0j) * weights)) ** 2)

    x = np.sin(np.arange(4096.0))
    direction = np.cos(3 * np.arange(4096.0))
    slope = (f(x + 1e-6 * direction) - f(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(lg.grad(f)(x) @ direction, slope, rtol=1e-6)
