"""Nests of a row run for several rows before the next nest begins, and change no digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering.cpu import codegen, nest_layout, split


def norm(x: Any) -> Any:
    moved = x - np.mean(x, axis=1)[:, None]
    return moved / np.sqrt(np.mean(moved**2, axis=1)[:, None] + 1e-3)


def net(x: Any) -> Any:
    """Rows of 2, then of as many as x has, and of 2 again, twice."""
    weights = np.cos(np.arange(x.shape[1] * 2.0).reshape(-1, 2)).astype(x.dtype)
    z = x[:, :2]
    for _ in range(2):
        z = z + np.tanh(np.tanh(z @ weights.T) @ weights)
    return z


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: lg.softmax(x, axis=1),
    "logsumexp": lambda x: lg.logsumexp(x, axis=1),
    "norm": norm,
    "net": net,
    "columns": lambda x: np.max(lg.softmax(x, axis=1), axis=0),
    "gradient of softmax": lg.grad(lambda x: np.sum(lg.softmax(x, axis=1) ** 2)),
    "gradient of norm": lg.grad(lambda x: np.sum(norm(x) ** 3)),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", PROGRAMS)
def test_no_digit_changes(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(split, "THREAD_WORK", 1 << 8)
    blocks: list[str] = []
    monkeypatch.setattr(
        codegen.Codegen,
        "_blocks_of_rows",
        lambda *a, f=codegen.Codegen._blocks_of_rows: blocks.append(name) or f(*a),
    )
    for size in ((37, 20), (66, 33)):
        x = np.random.default_rng(0).standard_normal(size).astype(np.float32)
        blocks.clear()
        found = lg.jit(lambda x: PROGRAMS[name](x), backend="cpu")(x)
        assert blocks, size
        with monkeypatch.context() as one:
            one.setattr(nest_layout, "AT_ONCE", 1)
            expected = lg.jit(lambda x: PROGRAMS[name](x), backend="cpu")(x)
        np.testing.assert_array_equal(found, expected)


def cut(x: Any) -> Any:
    return x / np.sum(x, axis=1)[:, None]


@pytest.mark.parametrize(
    "name, size", [("softmax", (8, 20)), ("softmax", (64, 600)), ("cut", (64, 20))]
)
def test_when_a_row_runs_by_itself(name: str, size: Any, monkeypatch: pytest.MonkeyPatch):
    """Few rows, long rows, and chains of two nests."""
    monkeypatch.setattr(
        codegen.Codegen, "_blocks_of_rows", lambda *a: pytest.fail("several rows at once")
    )
    function = PROGRAMS.get(name, cut)
    x = np.random.default_rng(0).uniform(1, 2, size).astype(np.float32)
    found = lg.jit(lambda x: function(x), backend="cpu")(x)
    np.testing.assert_allclose(np.sum(found, axis=1), np.ones(size[0]), rtol=1e-5)
