"""Long Fourier transforms on the backend `cpu`, which are many short ones, and real columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu.instructions import Scalars
from letgrad.lowering.cpu.transforms import convolved, long_transforms, vector_transforms
from letgrad.lowering.cpu.transforms.convolved import Convolved
from letgrad.lowering.cpu.transforms.long_transforms import Long, split
from letgrad.lowering.cpu.transforms.own_transforms import own_transform, transform_in_loop
from letgrad.lowering.cpu.transforms.real_columns import Columns
from letgrad.lowering.cpu.transforms.vector_transforms import Transform
from letgrad.passes.rewriting import remarks

SIZES = [64, 72, 4096, 4225, 66 * 67, 64 * 100, 63 * 129, 97 * 90, 8 * 131, 16 * 139]
"""Equal factors, odd ones, rows of conflicts in the cache, ends of blocks, and large primes."""

KINDS = "forward", "backward", "real", "hermitian"


@pytest.fixture
def shorter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(long_transforms, "LONG", 64)
    split.cache_clear()
    yield
    split.cache_clear()


def numbers(*shape: int) -> np.ndarray:
    r = np.random.default_rng(6)
    return r.normal(size=shape) + 1j * r.normal(size=shape)


def wanted(z: np.ndarray, kind: str, n: int, axis: int) -> np.ndarray:
    """By longer numbers, without the factor of an inverse transform."""
    z = z.astype("G" if z.dtype.kind == "c" else "g")
    match kind:
        case "forward":
            return np.fft.fft(z, axis=axis)
        case "backward":
            return np.fft.ifft(z, axis=axis, norm="forward")
        case "real":
            return np.fft.rfft(z, axis=axis)
        case _:
            return np.fft.irfft(z, n, axis=axis, norm="forward")


def operand(kind: str, sizes: tuple[int, ...], d: int, type: str) -> np.ndarray:
    """Of the kind "hermitian", imaginary parts that count for nothing are not 0."""
    if kind == "real":
        return numbers(*sizes).real.astype(type.lower())
    sizes = (*sizes[:d], sizes[d] // 2 + 1, *sizes[d + 1 :]) if kind == "hermitian" else sizes
    return numbers(*sizes).astype(type)


def check(
    made: Any, kind: str, sizes: tuple[int, ...], d: int, type: str, room: float = 1.0
) -> None:
    """Values, with a factor of 0.5, and that nothing is written beside the results."""
    x = operand(kind, sizes, d, type)
    exact = 0.5 * wanted(x, kind, sizes[d], d)
    result = type.lower() if kind == "hermitian" else type
    memory = np.full(exact.size + 16, np.nan, result)
    y = memory[8:-8].reshape(exact.shape)
    made(x, y)
    room *= 5e-16 if type == "D" else 2.5e-7
    size = np.sqrt(np.mean(np.abs(exact) ** 2))
    assert np.sqrt(np.mean(np.abs(y - exact) ** 2)) <= room * size
    assert np.abs(y - exact).max() <= 8 * room * size
    assert np.isnan(memory[:8]).all() and np.isnan(memory[-8:]).all()
    if kind == "real":
        assert not np.take(y, 0, d).imag.any(), "the sum of real numbers is real"
        assert sizes[d] % 2 or not np.take(y, -1, d).imag.any()


@pytest.mark.sampled(4)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("type", ["D", "F"])
@pytest.mark.parametrize("kind", KINDS)
def test_values(
    kind: str, type: str, threads: int, shorter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_transforms, "SHARED", 1)
    monkeypatch.setattr(long_transforms, "thread_count", lambda: threads)
    for n in SIZES:
        check(Long((n,), 0, kind, 0.5, type), kind, (n,), 0, type, 2 if n % 139 == 0 else 1)


@pytest.mark.parametrize("type", ["D", "F"])
@pytest.mark.parametrize("kind", KINDS)
def test_several_rows_and_threads(kind: str, type: str) -> None:
    """From `SHARED` numbers on, threads share the columns and the rows."""
    long = Long((2, 66000), 1, kind, 0.5, type)
    assert all(step.parts > 1 for step in long.steps)
    check(long, kind, (2, 66000), 1, type)


def test_in_place(shorter: None) -> None:
    x = numbers(3, 960)
    exact = wanted(x, "forward", 960, 1)
    Long((3, 960), 1, "forward", 1.0, "D")(x, x)
    assert np.abs(x - exact).max() <= 1e-15 * np.abs(exact).max()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("type", ["D", "F"])
@pytest.mark.parametrize("kind", ["real", "hermitian"])
@pytest.mark.parametrize("inner", [2, 5, 8, 31, 32, 33, 70])
def test_real_columns(inner: int, kind: str, type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in (16, 18, 60, 74, 194, 262):
        monkeypatch.setattr(vector_transforms, "SHARED", 1 if n % 4 else 1 << 30)
        sizes = 3, n, inner
        check(Columns(sizes, 1, kind, 0.5, type), kind, sizes, 1, type, 2 if n == 262 else 1)


@pytest.mark.parametrize("kind", ["real", "hermitian"])
def test_columns_do_not_change_each_other(kind: str) -> None:
    sizes = 64, 37
    x = operand(kind, sizes, 0, "D")
    changed = x.copy()
    changed[5, ::3] *= 1e20
    changed[7, 6] = np.nan
    shape, result = wanted(x, kind, 64, 0).shape, "d" if kind == "hermitian" else "D"
    y, z = np.empty(shape, result), np.empty(shape, result)
    for source, target in ((x, y), (changed, z)):
        Columns(sizes, 0, kind, 1.0, "D")(source, target)
    assert np.array_equal(y[:, 1::3], z[:, 1::3]) and np.array_equal(y[:, 2::3], z[:, 2::3])
    assert np.isnan(z[:, 6]).all() and not np.isnan(np.delete(z, 6, 1)).any()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("type", ["D", "F"])
@pytest.mark.parametrize("n", [127, 131, 508, 1021, 2062, 4099])
def test_large_prime_factors(n: int, type: str) -> None:
    """Up to 127 they have passes, and larger ones are convolutions, of rows and of columns."""
    for kind in KINDS:
        check(Transform((3, n), 1, kind, 0.5, type), kind, (3, n), 1, type, 2)
    for kind in ("forward", "backward"):
        check(Transform((n, 5), 0, kind, 0.5, type), kind, (n, 5), 0, type, 2)


def test_which_code() -> None:
    """The code for transforms of a row or column, and none where libraries take less time."""

    def code(kind: str, sizes: tuple[int, ...], d: int) -> type | None:
        return type(found) if (found := own_transform(sizes, d, kind, 1.0, "D")) else None

    assert split(1 << 20) == (1024, 1024) and split(10007 * 64) == (64, 10007)
    assert split(4096) is split(10007 * 2) is split(99991) is None
    for kind in KINDS:
        assert code(kind, (1 << 15,), 0) is code(kind, (3, 10000), 1) is Long
        assert code(kind, (3, 4099), 1) is code(kind, (16, 4096), 1) is Transform
        assert code(kind, (1000,), 0) is code(kind, (99991,), 0) is None
    assert code("real", (512, 512), 0) is code("hermitian", (9, 100, 16), 1) is Columns
    assert code("real", (512, 8), 0) is None, "half of a block would be empty"
    assert code("forward", (512, 512), 0) is Transform
    found = transform_in_loop((99991,), 0, "real", 1.0, "D")
    assert isinstance(found, Convolved) and found.m >= 2 * 99991 - 1 and split(found.m)
    assert transform_in_loop((997, 2), 0, "real", 1.0, "D") is None


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n", [1 << 13, 20011, 40009, 1 << 16, 99991])
def test_code_that_threads_share_says_so(
    n: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also 40009 numbers, of which the transforms of the convolution alone are shared."""
    for module in (convolved, long_transforms):
        monkeypatch.setattr(module, "thread_count", lambda: threads)
    for kind in KINDS:
        w = Scalars("", True)
        made = transform_in_loop((n,), 0, kind, 1.0, "D")
        assert isinstance(made, Long | Convolved)
        made.write(w, "%x", "%y", "%scratch")
        shares = "@letgrad_parallel" in "\n".join((*w.lines, *w.declared.values()))
        assert shares == (made.parts > 1) == (threads == 2 and n > 1 << 15)


def jit(f: Any, x: Any) -> tuple[Any, str]:
    found = remarks.Report()
    with remarks.listening(found):
        result = lg.jit(f, backend="cpu")(x)
    return result, repr(found)


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_programs(norm: Any) -> None:
    n = 1 << 15
    z = numbers(n)
    several = "in vectors of several"
    for f, x, way in (
        (lambda x: np.fft.fft(x, norm=norm), z, Long.WAY),
        (lambda x: np.fft.ifft(x, norm=norm), z, Long.WAY),
        (lambda x: np.fft.rfft(x, norm=norm), z.real.copy(), Long.WAY),
        (lambda x: np.fft.irfft(x, n, norm=norm), z[: n // 2 + 1], Long.WAY),
        (lambda x: np.fft.rfft(x, norm=norm, axis=0), z.real.reshape(-1, 32), Columns.WAY),
        (lambda x: np.fft.irfft(x, 2046, norm=norm, axis=0), z.reshape(-1, 32), Columns.WAY),
        (lambda x: np.fft.fft2(x, norm=norm), z.reshape(16, -1), several),
        (lambda x: np.fft.fft2(x, norm=norm), numbers(16, n), f"{Long.WAY} and {several}"),
    ):
        found, said = jit(f, x)
        np.testing.assert_allclose(found, f(x), rtol=0, atol=3e-15 * np.abs(found).max())
        assert f"the Fourier transform {way} (transform)" in said


@pytest.mark.sampled(4)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [9000, 12289, 20014, 1 << 15, 66049, 65537])
def test_loops(n: int, dtype: str) -> None:
    """Machine code runs loops with transforms of any length, and their gradients."""
    x = np.random.default_rng(n).normal(size=n).astype(dtype)

    def f(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            z = np.fft.ifft(np.fft.fft(c) * (0.3 + 0.2j))
            return np.real(z) + np.fft.irfft(np.fft.rfft(c) * 1j, n) + 0.1 * c, None

        return lg.scan(step, x, None, length=2)[0]

    got, said = jit(f, x)
    assert "all steps are one piece of machine code" in said
    exact = lg.jit(f, backend="numpy")(x)
    room = 1e-14 if dtype == "float64" else 4e-6
    assert np.abs(got - exact).max() <= room * np.abs(exact).max()
    outside = np.fft.rfft(x).real.sum()  # a number that the result of a gradient depends on
    slope, said = jit(lg.grad(lambda x: np.sum(f(x) ** 2) + outside), x)
    assert "all steps are one piece of machine code" in said
    slope_exact = lg.jit(lg.grad(lambda x: np.sum(f(x) ** 2)), backend="numpy")(x)
    assert np.abs(slope - slope_exact).max() <= 4 * room * np.abs(slope_exact).max()


@pytest.mark.parametrize("sizes", [(2, 20011), (20011, 2), (3, 5, 3001), (1200, 40), (70000, 2)])
def test_loops_over_several_rows_and_columns(sizes: tuple[int, ...]) -> None:
    x = numbers(*sizes)
    d = int(np.argmax(sizes))

    def f(x: Any) -> Any:
        def step(c: Any, _: Any) -> Any:
            z = np.fft.ifft(np.fft.fft(c, axis=d) * 0.5, axis=d)
            half = np.fft.rfft(np.real(z), axis=d)
            return z + np.fft.irfft(half * 1j, sizes[d], axis=d), None

        return lg.scan(step, x, None, length=2)[0]

    got, said = jit(f, x)
    assert "all steps are one piece of machine code" in said
    exact = lg.jit(f, backend="numpy")(x)
    assert np.abs(got - exact).max() <= 1e-14 * np.abs(exact).max()


def test_numbers_that_are_none() -> None:
    x = np.zeros(1 << 14)
    x[7] = np.nan
    assert np.isnan(lg.jit(lambda x: np.fft.fft(x + 0j), backend="cpu")(x)).all()


def test_derivatives() -> None:
    n = 1 << 14
    weights = np.cos(np.arange(n))

    def f(x: Any) -> Any:
        return np.sum(np.abs(np.fft.fft(np.fft.ifft(x * x + 0j) * weights)) ** 2)

    x, direction = np.sin(np.arange(n)), np.cos(3 * np.arange(n))
    slope = (f(x + 1e-6 * direction) - f(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(lg.grad(f)(x) @ direction, slope, rtol=1e-6)


def test_few_real_rows_of_a_moderate_length_pay_if_they_fill_no_vector(monkeypatch):
    """The library's vectors have 2 float64, or 4 float32."""
    monkeypatch.setattr(vector_transforms, "thread_count", lambda: 1)

    def rows(kind, type, n):
        return [k for k in range(1, 8) if long_transforms.takes(kind, (k, n), 1, type)]

    assert rows("real", "D", 8192) == [1] and rows("hermitian", "D", 10_000) == [1, 3, 5]
    assert rows("real", "F", 8192) == [1, 2, 3, 7] and rows("real", "F", 10_000) == [
        1,
        2,
        3,
        5,
        6,
        7,
    ]
    everything = [1, 2, 3, 4, 5, 6, 7]
    assert rows("real", "F", 16_384) == rows("forward", "D", 8192) == everything
    assert rows("backward", "F", 8192) == everything
    assert isinstance(transform_in_loop((2, 8192), 1, "real", 1.0, "D"), Long)
