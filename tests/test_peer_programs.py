"""The programs that benchmarks/programs.py runs beside PyTorch, too: slopes as differences."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import letgrad as lg

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


def load(name: str) -> Any:
    sys.path.insert(0, BENCHMARKS)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(BENCHMARKS)


peers = load("peers")
PROGRAMS = [
    *load("learning_programs").LEARNING,
    *load("science_programs").SCIENCE,
    *load("further_learning_programs").FURTHER_LEARNING,
    *load("further_science_programs").FURTHER_SCIENCE,
]


def test_there_are_eighty_programs_with_names_of_their_own():
    assert len({peer.name for peer in PROGRAMS}) == len(PROGRAMS) >= 80


@pytest.mark.sampled(32)
@pytest.mark.parametrize("peer", PROGRAMS, ids=lambda p: p.run.__name__)
def test_value_and_slope(peer: Any):
    arrays = peer.make(np.random.default_rng(0))
    args = [x.astype(np.float64) if x.dtype == np.float32 else x for x in arrays]
    moved, rest = args[: peer.wrt], args[peer.wrt :]

    def f(*moved: Any) -> Any:
        return peer.run(peers.ByLetgrad(), *moved, *map(lg.asarray, rest))

    wrt = tuple(range(peer.wrt))
    value, slopes = lg.jit(lg.value_and_grad(f, argnums=wrt), backend="cpu")(*moved)
    if not peer.derivatives:
        expected = peer.run(peers.ByNumPy(), *args)
        np.testing.assert_allclose(value, expected, rtol=1e-8)

    random = np.random.default_rng(1)
    way = [random.standard_normal(x.shape) for x in moved]
    run = lg.jit(f, backend="cpu")

    def difference(step: float) -> Any:
        high, low = (run(*(x + s * d for x, d in zip(moved, way))) for s in (step, -step))
        return (high - low) / (2 * step)

    found = sum(np.sum(s * d) for s, d in zip(slopes, way))
    scale = max(sum(np.linalg.norm(s) for s in slopes), abs(value), 1.0)
    # A long step may pass a place where the slope jumps, such as a point of a grid of pixels.
    assert min(abs(found - difference(step)) for step in (1e-6, 1e-8)) < 1e-3 * scale
