"""`delta-inline-custom`: functions with a derivative of their own, in the nests around calls."""

from __future__ import annotations

from typing import Any

import numpy as np

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.cpu.backend import prepared
from letgrad.passes.general.inline_custom import LONG, SHORT, InlineCustomPass
from letgrad.passes.pipelines import OptimizePass


def long_sine(length: int) -> Any:
    """A function with a derivative of its own and about so many ops."""

    @lg.custom_jvp
    def f(x: Any) -> Any:
        for _ in range(length // 2):
            x = np.sin(x) + x
        return x

    f.defjvp(lambda primals, tangents: (f(*primals), tangents[0]))
    return f


def inlined(f: Any, *args: Any) -> str:
    module = lg.trace(f, *args)
    InlineCustomPass().apply(backends.context(), module)
    return str(module)


def test_value_and_gradient_of_cross_entropy_share_exponentials():
    def loss(z: Any, y: Any) -> Any:
        return np.mean(lg.logsumexp(z, axis=1) - np.take_along_axis(z, y[:, None], 1)[:, 0])

    z, y = np.random.default_rng(0).standard_normal((5, 7)), np.array([0, 6, 2, 2, 1])
    both = lg.value_and_grad(loss)
    module = lg.trace(both, z, y)
    for step in (InlineCustomPass(), OptimizePass()):
        step.apply(backends.context(), module)
    text = str(module)
    assert text.count("math.exp ") == 1 and text.count("func.func") == 1
    assert "delta.custom_jvp" not in str(prepared(lg.trace(both, z, y), entry="lambda"))
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    value, slope = lg.jit(both, backend="cpu")(z, y)
    np.testing.assert_allclose(value, -np.mean(np.log(p[range(5), y])))
    np.testing.assert_allclose(slope, (p - np.eye(7)[y]) / 5)


def test_long_functions_that_are_called_often_stay():
    short, long = long_sine(SHORT - 4), long_sine(SHORT + 10)

    def often(f: Any) -> Any:
        def g(x: Any) -> Any:
            for _ in range(LONG // SHORT + 1):
                x = f(x)
            return x

        return g

    x = np.zeros(3)
    assert "custom_jvp" not in inlined(often(short), x)
    assert "custom_jvp" not in inlined(long, x)
    text = inlined(often(long), x)
    assert "custom_jvp" in text and "func.func private" in text
