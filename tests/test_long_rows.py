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


@pytest.mark.parametrize("f", [softmax, logsumexp, normalized])
def test_a_row_of_50000_is_one_kernel(f: Any):
    file = backend.lower(lg.trace(f, lg.spec((8192, 50_000), "f32")), Options())
    (name,) = file.functions.values()
    found = plan(file.steps, name, [])
    assert found.launches == 1
    assert found.moved <= 4 * 4 * 8192 * 50_000 + 4 * 8192


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
