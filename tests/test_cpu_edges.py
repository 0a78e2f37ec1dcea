"""Nests with edges, as stencils have: the two edges of an outer loop have their code in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import kernel
from letgrad.lowering.cpu import codegen, schedule, split
from letgrad.lowering.cpu.backend import prepared


def star(x: Any) -> Any:
    """A stencil with its seven points, and what lies two places away."""
    p = np.pad(x, 2)
    near = p[1:-3, 2:-2, 2:-2] + p[3:-1, 2:-2, 2:-2] * p[2:-2, 1:-3, 2:-2] - p[2:-2, 3:-1, 2:-2]
    far = p[:-4, 2:-2, 2:-2] * p[2:-2, 2:-2, 4:] + p[2:-2, :-4, 2:-2]
    return near * far - p[2:-2, 2:-2, 1:-3] * x


def one_nest(f: Any, *shape: int) -> tuple[schedule.Schedule, str]:
    """The schedule and the code of the only nest of a function of one array."""
    module = prepared(lg.trace(f, lg.spec(shape, np.float64)))
    (nest,) = (op for op in module.walk() if isinstance(op, kernel.GenericOp))
    writer = codegen.Codegen(nest, "nest", "", lambda x: 0)
    return writer.schedules[0], writer.function()


def test_a_stencil_in_three_dimensions_has_half_of_the_code(monkeypatch: pytest.MonkeyPatch):
    """27 of them took LLVM 1.4 seconds in the gradient of a heat equation."""
    found, text = one_nest(star, 10, 11, 12)
    assert len(found.joined) == 2
    monkeypatch.setattr(schedule, "MANY_OPS", 1 << 40)
    alone, longer = one_nest(star, 10, 11, 12)
    assert not alone.joined
    assert text.count("\n") < 0.5 * longer.count("\n")


def test_sums_over_edges_keep_their_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(schedule, "MANY_OPS", 1)
    found, _ = one_nest(lambda x: (np.pad(x, 1)[2:, 1:-1] * x).sum(axis=0), 20, 21)
    assert not found.joined


@pytest.mark.sampled(3)
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("shape", [(5, 6, 7), (7, 1, 6), (3, 4, 12)])
def test_joined_edges_have_the_values_of_the_reference(
    shape: tuple[int, ...], threads: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(schedule, "MANY_OPS", 1)
    if threads:  # the ends of a part cut the segments
        monkeypatch.setattr(split, "THREAD_WORK", 4)
    x = np.random.default_rng(1).standard_normal(shape)
    value = lg.jit(star, backend="cpu")(x)
    np.testing.assert_array_equal(value, lg.jit(star, backend="numpy")(x))
    gradient = lg.grad(lambda x: np.sum(star(x) * x))
    gradients = [lg.jit(gradient, backend=b)(x) for b in ("cpu", "numpy")]
    np.testing.assert_allclose(*gradients, rtol=1e-13, atol=1e-13)
