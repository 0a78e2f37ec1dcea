"""Sums into places one of which is very frequent: parts of its sources are added up first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.triton import backend, scatter
from letgrad.lowering.triton.emit import Options
from letgrad.tools import source


def embedding(table: Any, k: Any, c: Any) -> Any:
    return np.sum(table[k] * c)


def places(n: int, size: int, often: float) -> np.ndarray:
    random = np.random.default_rng(n)
    found = random.integers(0, size, n)
    found[random.random(n) < often] = size // 2
    return found


@pytest.mark.parametrize(
    ("n", "size", "row", "dtype", "often"),
    [
        (100, 7, 3, "f32", 0.6),
        (101, 40, 0, "f32", 0.0),
        (101, 3, 0, "f32", 0.9),
        (200, 2, 33, "f16", 1.0),
        (64, 3, 1, "f64", 0.6),
    ],
)
def test_the_sums(
    n: int, size: int, row: int, dtype: str, often: float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scatter, "MOST_STEPS", 16)
    monkeypatch.setattr(scatter, "SHORTEST_PART", 4)
    kind = {"f16": np.float16, "f32": np.float32, "f64": np.float64}[dtype]
    rest = (row,) if row else ()
    c = np.random.default_rng(row).integers(-4, 5, (n, *rest)).astype(kind)
    k = places(n, size, often)
    wanted = np.zeros((size, *rest))
    np.add.at(wanted, k, c)  # sums of small integers are exact, also in f16
    got = lg.jit(lg.grad(embedding), backend="triton")(np.zeros_like(wanted, kind), k, c)
    np.testing.assert_array_equal(got, wanted)


def test_sources_outside_are_dropped(monkeypatch: pytest.MonkeyPatch):
    """They stand behind the others when sorted, and are parts of one place there."""
    monkeypatch.setattr(scatter, "MOST_STEPS", 16)
    monkeypatch.setattr(scatter, "SHORTEST_PART", 4)
    module = source.parse(
        backends.context(),
        """
        func.func @f(%x: tensor<90xf32>, %k: tensor<90xindex>) -> tensor<5xf32> {
          %s = ten.scatter [5] %x (%i) : tensor<90xf32> -> tensor<5xf32> {
            %p = ten.index %k[%i] : tensor<90xindex> -> index
            ten.yield %p : index
          }
          func.return %s : tensor<5xf32>
        }
        """,
    )
    k = np.repeat([-3, 7, 2, 4, 1 << 40, 0], 15)
    (got,) = backend.compile(module, "f")(np.arange(90, dtype=np.float32), k)
    wanted = np.arange(90).reshape(6, 15).sum(1)
    assert got.tolist() == [wanted[5], 0, wanted[2], 0, wanted[3]]


@pytest.mark.parametrize(("n", "has_parts"), [(4096, False), (4097, True)])
def test_few_sources_need_no_parts(n: int, has_parts: bool):
    specs = lg.spec((9, 3), "f32"), lg.spec(n, "i64"), lg.spec((n, 3), "f32")
    file = backend.lower(lg.trace(lg.grad(embedding), *specs), Options())
    assert ("_parts(" in file.text) == has_parts
