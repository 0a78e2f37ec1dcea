"""`delta-inline-rules`: functions with derivative rules, in the place of their calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.lowering import backends
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.simplify.inline_rules import SHORT, InlineRulesPass


def calls(module: ModuleOp) -> int:
    InlineRulesPass().apply(backends.context(), module)
    return sum(op.name == "delta.custom_jvp" for op in find_entry(module, None).walk())


@pytest.mark.parametrize(("often", "stay"), [(1, 0), (2, 2)])
def test_a_long_function_is_inlined_if_it_is_called_once(often: int, stay: int):
    @lg.custom_jvp
    def long(x: Any) -> Any:
        for _ in range(SHORT):
            x = np.sin(x)
        return x

    long.defjvp(lambda primals, tangents: (long(*primals), tangents[0]))
    assert calls(lg.trace(lambda x: sum(long(x + k) for k in range(often)), 1.0)) == stay


def test_a_short_function_is_inlined_in_loops_and_in_rules():
    def f(x: Any) -> Any:
        return lg.scan(lambda c, row: (c + np.std(row), c), 0.0, x)[0]

    x = np.random.default_rng(0).normal(size=(4, 9))
    assert calls(lg.trace(f, x)) == 0
    assert calls(lg.trace(lg.grad(f), x)) == 0
    np.testing.assert_allclose(lg.jit(f)(x), np.std(x, 1).sum())
    step = np.cos(np.arange(36.0)).reshape(4, 9)
    slope = (f(x + 1e-6 * step) - f(x - 1e-6 * step)) / 2e-6
    np.testing.assert_allclose(np.sum(lg.grad(f)(x) * step), slope, rtol=1e-6)
