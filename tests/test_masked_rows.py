"""Rows that are no whole vectors: the last vector of a function leaves out numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import kernel
from letgrad.lowering.cpu import backend, codegen, machine, schedule

SIZES = [1, 3, 10, 20, 31]


def rows(x: Any, y: Any, z: Any) -> tuple[Any, ...]:
    """Stored, added up along rows and columns, and with a function that is not finite at 0."""
    t = np.tanh(z[:, None] * y + x)
    return t, np.exp(t).sum(1), np.log(np.abs(x) + z[:, None]).sum(0), np.max(np.sin(x), axis=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_of_each_size(dtype: Any):
    rng = np.random.default_rng(0)
    tolerance = 40 * np.finfo(dtype).eps
    for n in SIZES:
        args = [rng.uniform(0.1, 1, size).astype(dtype) for size in ((37, n), (n,), (37,))]
        found = lg.jit(rows, backend="cpu")(*args)
        for a, b in zip(found, rows(*args), strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def masked(f: Any, *shape: int) -> bool:
    """Whether a function of one float32 array has a nest with a masked end on AVX-512."""
    traced = lg.jit(f).traced(lg.spec(shape, np.float32))
    module = backend.prepared(traced.module, False, traced.entry)
    found = False
    for op in module.walk():
        if isinstance(op, kernel.GenericOp):
            for s in codegen.Codegen(op, "nest", "ed", lambda x: 0).schedules:
                found |= schedule.has_masked_end(s, s.trips[-1], "ed")
    return found


def test_which_rows_have_a_masked_end():
    """Few single numbers beside many vectors are no reason: LLVM then has several vectors."""
    sizes = 2, 3, 8, 10, 12, 16, 17, 20, 24, 50, 100
    assert [n for n in sizes if masked(lambda x: np.exp(x).sum(1), 40, n)] == [3, 10, 12, 20]
    assert not masked(lambda x: np.square(x).sum(1), 40, 20)


def test_which_rows_of_a_greatest_number_have_a_masked_end():
    """LLVM writes out all turns of a short row, and a long row has several vectors."""
    sizes = 7, 12, 17, 18, 19, 20, 21, 24, 27, 31, 32, 93, 127
    for f in (np.max, np.min):
        assert [n for n in sizes if masked(lambda x, f=f: f(x, 1), 40, n)] == [
            19,
            20,
            21,
            27,
            31,
            93,
        ]
    # Not along the row: each number has its own greatest, and waits for none beside it.
    assert not masked(lambda x: np.max(x, 0), 40, 21)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_greatest_and_least_of_rows(dtype: Any):
    """Also of infinities and NaN, and of a zero with a sign, which the left out numbers are not."""
    rng = np.random.default_rng(0)
    for n in (19, 21, 31, 93):
        x = (8 * rng.standard_normal((40, n))).astype(dtype)
        x[1], x[2] = -np.abs(x[1]) - 1, np.abs(x[2]) + 1
        if dtype != np.int32:
            x[3, -1], x[4, 0], x[5], x[6], x[7] = np.nan, np.nan, -np.inf, np.inf, -0.0
        found = lg.jit(lambda x: (np.max(x, 1), np.min(x, 1)), backend="cpu")(x)
        for a, b in zip(found, (np.max(x, 1), np.min(x, 1)), strict=True):
            np.testing.assert_array_equal(a, b)
            np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


@pytest.mark.skipif("e" not in machine.vector_functions(), reason="the machine has no AVX-512")
def test_no_single_number_calls_a_function(monkeypatch: pytest.MonkeyPatch):
    texts: list[str] = []
    monkeypatch.setattr(
        machine, "kept_code", lambda *a, f=machine.kept_code, **k: texts.append(a[0]) or f(*a, **k)
    )
    x = np.random.default_rng(0).standard_normal((40, 20)).astype(np.float32)
    function = lambda x: np.log1p(np.exp(x[:, None] - x)).sum((1, 2))  # noqa: E731
    np.testing.assert_allclose(lg.jit(function, backend="cpu")(x), function(x), rtol=1e-5)
    nests = [text for text in texts if "log1pf" in text]
    assert nests
    for text in nests:
        made = str(machine.optimized(text, machine.target_machine()))
        assert "@_ZGVeN16v_log1pf(" in made
        assert "call float @log1pf(" not in made
