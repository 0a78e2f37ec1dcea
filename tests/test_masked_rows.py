"""Rows that are no whole vectors: the last vector of a function leaves out numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import kernel
from letgrad.lowering.cpu import backend, machine, schedule

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


def test_which_rows_have_a_masked_end():
    """Few single numbers beside many vectors are no reason: LLVM then has several vectors."""

    def masked(n: int, function: Any) -> bool:
        traced = lg.jit(lambda x: function(x).sum(1)).traced(lg.spec((40, n), np.float32))
        module = backend.prepared(traced.module, False, traced.entry)
        nests = [op for op in module.walk() if isinstance(op, kernel.GenericOp)]
        return any(schedule.has_masked_end(op, n, "ed") for op in nests)

    assert [n for n in (2, 3, 8, 10, 12, 16, 17, 20, 24, 50, 100) if masked(n, np.exp)] == [
        3, 10, 12, 20,
    ]  # fmt: skip
    assert not masked(20, np.square)


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
