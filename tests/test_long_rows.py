"""Rows that do not stay in registers: one kernel that goes over the row several times."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.triton import backend, long_rows, nest_kernels, resources
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.plans import plan


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a long row here is a short one for the interpreter."""
    monkeypatch.setattr(nest_kernels, "LONGEST_ROW", 16)
    monkeypatch.setattr(nest_kernels, "REGISTERS", 64)
    monkeypatch.setattr(long_rows, "BLOCK", 32)
    monkeypatch.setattr(long_rows, "MULTIPROCESSORS", 4)


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def logsumexp(x: Any) -> Any:
    m = x.max(-1)
    return np.log(np.exp(x - m[:, None]).sum(-1)) + m


def entropy(x: Any, y: Any) -> Any:
    s = x - x.max(1, keepdims=True)
    logs = np.log(np.exp(s).sum(1)) - s[np.arange(x.shape[0]), y]
    return logs.sum()


def normalized(x: Any) -> Any:
    d = x - x.mean(-1, keepdims=True)
    return d / np.sqrt((d * d).mean(-1, keepdims=True) + 1e-5)


def both(x: Any) -> Any:
    y = normalized(x)
    return softmax(y), y.min(-1), (y > 1).any(-1), (y < 9).all(-1)


def planes(x: Any) -> Any:
    """Rows of two dimensions."""
    d = x - x.mean((1, 2), keepdims=True)
    return d / np.abs(d).max((1, 2), keepdims=True)


def products(x: Any) -> Any:
    return x / (1 + x * x / 64).prod(-1, keepdims=True)


PROGRAMS = {
    "softmax": (softmax, (9, 70)),
    "softmax of a whole number of blocks": (softmax, (9, 96)),
    "softmax in two dimensions": (softmax, (2, 5, 77)),
    "logsumexp": (logsumexp, (9, 70)),
    "layer norm": (normalized, (9, 70)),
    "several results": (both, (9, 70)),
    "planes": (planes, (9, 11, 7)),
    "products": (products, (9, 70)),
}


def compare(f: Any, *args: Any, tolerance: float) -> None:
    exact = lg.jit(f, backend="numpy")(*(wide(x) for x in args))
    found = lg.jit(f, backend="triton")(*args)
    several = isinstance(exact, tuple)
    for x, y in zip(exact if several else [exact], found if several else [found], strict=True):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_allclose(
            np.asarray(y, np.float64), np.asarray(x, np.float64), rtol=tolerance, atol=tolerance
        )


def wide(x: np.ndarray) -> np.ndarray:
    return x if x.dtype.kind in "biu" else x.astype(np.float64)


def is_one_kernel(f: Any, *args: Any) -> bool:
    file = backend.lower(lg.jit(f).traced(*args).module, Options())
    (name,) = file.functions.values()
    return plan(file.steps, name, []).launches == 1 and "_acc" in file.text


@pytest.mark.sampled(3)
@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_value_is_that_of_the_reference(name: str, dtype: Any, short: None):
    f, shape = PROGRAMS[name]
    x = (2 * np.random.default_rng(0).standard_normal(shape)).astype(dtype)
    assert is_one_kernel(f, x)
    compare(f, x, tolerance={4: 2e-5, 2: 4e-2}[np.dtype(dtype).itemsize])


@pytest.mark.parametrize("derive", [lg.grad, lg.value_and_grad])
def test_cross_entropy(derive: Any, short: None):
    random = np.random.default_rng(0)
    x, y = random.standard_normal((11, 75)).astype(np.float32), random.integers(-75, 75, 11)
    compare(derive(entropy), x, y, tolerance=2e-5)


def test_a_nan_and_infinities_stay_in_their_rows(short: None):
    x = np.zeros((9, 70), np.float32)
    x[1, 33], x[2, 65], x[3] = np.nan, np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        exact = softmax(x)
    np.testing.assert_allclose(lg.jit(softmax, backend="triton")(x), exact, rtol=1e-6)


def test_sums_over_rows_stay_apart(short: None):
    """A sum over whole rows, as the gradient of the scale of a layer norm, is another kernel's."""
    x = np.random.default_rng(0).standard_normal((9, 70)).astype(np.float32)

    def f(x: Any, g: Any) -> Any:
        return (normalized(x) * g)[:, :3].sum() + (softmax(x) * g).sum()

    compare(lg.grad(f, (0, 1)), x, np.ones(70, np.float32), tolerance=1e-4)


def weighted(x: Any) -> Any:
    """A sum that grows with the maximum, with a factor; one that counts; one that does neither."""
    m = x.max(-1, keepdims=True)
    e = np.exp(x - m) * np.cos(x)
    return e.sum(-1), (x == m).sum(-1), (x - m).sum(-1), e / np.exp(x - m).sum(-1, keepdims=True)


def test_sums_grow_with_the_maximum(short: None):
    """Rows that rise, fall, are constant, have few numbers or none, and end in an infinity."""
    x = np.tile(np.linspace(-300, 300, 70, dtype=np.float32), (9, 1))
    x[1], x[2], x[3, :50], x[4], x[5, 1:] = x[1, ::-1], 5, -np.inf, -np.inf, -np.inf
    x[6, 69], x[7, 3], x[8] = np.inf, np.nan, np.repeat([1, 1, 2, 2, 0, 2, 1], 10)
    with np.errstate(invalid="ignore"):
        exact = weighted(x)
    found = lg.jit(weighted, backend="triton")(x)
    for a, b in zip(exact, found, strict=True):
        np.testing.assert_allclose(b, a, rtol=2e-5, atol=1e-5)


def passes_of(f: Any, *args: Any) -> int:
    file = backend.lower(lg.jit(f).traced(*args).module, Options())
    return file.text.count("for step in range")


def test_a_sum_takes_no_pass_of_its_own_if_it_grows_with_a_maximum(short: None):
    x = np.zeros((9, 70), np.float32)
    assert passes_of(logsumexp, x) == 1
    assert passes_of(softmax, x) == 2

    def another(x: Any) -> Any:
        return np.exp(x - 2 * x.max(-1, keepdims=True)).sum(-1)

    def smallest(x: Any) -> Any:
        return np.exp(x - x.min(-1, keepdims=True)).sum(-1)

    def of_another(x: Any) -> Any:
        return np.exp(x * x - x.max(-1, keepdims=True)).sum(-1)

    def squared(x: Any) -> Any:
        return (np.exp(x - x.max(-1, keepdims=True)) ** 2).sum(-1)

    def plus(x: Any) -> Any:
        return (np.exp(x - x.max(-1, keepdims=True)) + 1).sum(-1)

    for f in (another, smallest, of_another, squared, plus):
        assert passes_of(f, x) == 2, f
        compare(f, np.random.default_rng(0).standard_normal((9, 70)).astype("f4"), tolerance=1e-4)


def loss(x: Any) -> Any:
    return entropy(x, np.arange(8192) * 7 % 5000).mean()


def test_shared_values_are_compared_once(short: None):
    """Each of 40 squares has two operands, which are one value."""

    def f(x: Any) -> Any:
        y = x
        for _ in range(40):
            y = y * y * 0.5
        e = np.exp(y - y.max(-1, keepdims=True))
        for _ in range(40):
            y = y * y * 0.5
        return (e * np.cos(y)).sum(-1)

    x = np.random.default_rng(0).random((9, 70), np.float32)
    compare(f, x, tolerance=1e-4)


@pytest.mark.parametrize(
    "f, arrays", [(softmax, 3), (logsumexp, 1), (normalized, 4), (lg.grad(loss), 3)]
)
@pytest.mark.parametrize("n", [50_000, 200_000])
def test_long_rows_are_one_kernel(f: Any, arrays: int, n: int):
    file = backend.lower(lg.trace(f, lg.spec((8192, n), "f32")), Options())
    (name,) = file.functions.values()
    found = plan(file.steps, name, [])
    assert found.launches == 1
    assert found.moved <= 4 * arrays * 8192 * n + 12 * 8192


def test_few_rows_are_shared_among_programs():
    """One program for each row would leave the card idle."""
    file = backend.lower(lg.trace(logsumexp, lg.spec((4, 100_000), "f32")), Options())
    assert "_parts" in file.text


@pytest.mark.slow
def test_the_kernels_compile():
    for f in (softmax, normalized):
        file = backend.lower(lg.trace(f, lg.spec((8192, 50_000), "f32")), Options())
        for made in resources.compile_kernels(file, "sm_90", Options()):
            _, spills = resources.resources(made.stages["cubin"])
            assert spills == 0
