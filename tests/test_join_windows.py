"""`ten-join-windows`: convolutions as one product of windows, which Triton reads where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.nests.affine_reads import Line
from letgrad.lowering.nests.join_windows import JoinWindowsPass, _grid
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.plans import Plan, plan
from letgrad.tools import source


def images(x: Any, w: Any) -> Any:
    """Images n, c, h, w; weights o, c, i, j."""
    (i, j), (h, v) = w.shape[2:], x.shape[2:]
    h, v = h - i + 1, v - j + 1
    return sum(
        np.einsum("nchw,oc->nohw", x[:, :, p : p + h, q : q + v], w[:, :, p, q])
        for p in range(i)
        for q in range(j)
    )


def windows(x: Any, w: Any) -> Any:
    found = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", found, w)


def channels_last(x: Any, w: Any) -> Any:
    h, v = x.shape[1] - w.shape[0] + 1, x.shape[2] - w.shape[1] + 1
    return sum(
        x[:, i : i + h, j : j + v] @ w[i, j] for i in range(w.shape[0]) for j in range(w.shape[1])
    )


def padded(x: Any, w: Any) -> Any:
    return channels_last(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), w)


def dilated(x: Any, w: Any) -> Any:
    n = x.shape[1] - 2 * (w.shape[0] - 1)
    return sum(x[:, 2 * k : 2 * k + n] @ w[k] for k in range(w.shape[0]))


def strided(x: Any, w: Any) -> Any:
    n = (x.shape[1] - w.shape[0]) // 2 + 1
    return sum(x[:, k : k + 2 * n - 1 : 2] @ w[k] for k in range(w.shape[0]))


def grouped(x: Any, w: Any) -> Any:
    n = x.shape[-1] - w.shape[-1] + 1
    return sum(
        np.einsum("ngcl,goc->ngol", x[..., k : k + n], w[..., k]) for k in range(w.shape[-1])
    )


Convolution = Callable[[Any, Any], Any]
SMALL: dict[Convolution, tuple[tuple[int, ...], tuple[int, ...]]] = {
    images: ((1, 16, 6, 5), (17, 16, 3, 2)),
    windows: ((1, 16, 6, 5), (17, 16, 2, 2)),
    channels_last: ((1, 6, 6, 16), (2, 3, 16, 17)),
    padded: ((1, 5, 5, 16), (3, 3, 16, 17)),
    dilated: ((2, 15, 16), (3, 16, 17)),
    strided: ((3, 15, 16), (3, 16, 17)),
    grouped: ((1, 2, 16, 20), (2, 16, 16, 5)),
}


def random(shape: tuple[int, ...], dtype: str = "f32") -> np.ndarray:
    found = np.random.default_rng(len(shape)).normal(size=shape)
    return found.astype({"f32": np.float32, "f16": np.float16}[dtype])


def squares(f: Convolution) -> Callable[..., Any]:
    return lg.grad(lambda x, w: np.sum(f(x, w) ** 2), (0, 1))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("f", SMALL, ids=lambda f: f.__name__)
def test_the_value_and_the_derivatives(f: Convolution):
    args = [random(shape) for shape in SMALL[f]]
    module = lg.trace(squares(f), *args)
    joined = module.clone()
    JoinWindowsPass().apply(backends.context(), joined)
    count = [sum(op.name == "ten.einsum" for op in m.walk()) for m in (module, joined)]
    assert count[1] < count[0]
    name = next(iter(module.ops)).sym_name.data
    for x, y in zip(Evaluator(module).call(name, args), Evaluator(joined).call(name, args)):
        np.testing.assert_allclose(y, x, rtol=1e-4, atol=1e-4 * np.abs(x).max())


@pytest.mark.parametrize(("f", "dtype"), [(images, "f32"), (padded, "f16"), (dilated, "f16")])
def test_the_kernels(f: Convolution, dtype: str):
    args = [random(shape, dtype) for shape in SMALL[f]]
    wanted = squares(f)(*(x.astype(np.float64) for x in args))
    for x, y in zip(lg.jit(squares(f), backend="triton")(*args), wanted):
        bound = np.abs(y).max() * (1e-5 if dtype == "f32" else 5e-3)
        np.testing.assert_allclose(x, y, rtol=0, atol=bound)


def plan_of(f: Callable[..., Any], *shapes: tuple[int, ...], **options: Any) -> Plan:
    module = lg.trace(f, *(lg.spec(shape, "f32") for shape in shapes))
    file = backend.lower(module, Options(**options))
    return plan(file.steps, list(file.steps)[-1], [])


LARGE = {
    images: ((8, 32, 34, 34), (64, 32, 3, 3)),
    windows: ((8, 32, 34, 34), (64, 32, 3, 3)),
    channels_last: ((8, 34, 34, 32), (3, 3, 32, 64)),
    padded: ((8, 32, 32, 32), (3, 3, 32, 64)),
}


@pytest.mark.parametrize("f", LARGE, ids=lambda f: f.__name__)
def test_a_convolution_is_one_kernel_and_its_gradient_three(f: Convolution):
    value = plan_of(f, *LARGE[f])
    assert (value.kernels, value.torch, value.copies) == (1, 0, 0)
    x, w = (int(np.prod(shape)) for shape in LARGE[f])
    y = 8 * 64 * 32 * 32
    assert value.moved == 4 * (x + w + y)
    # By the image; by the weights, whose sum is split; and their parts.
    gradient = plan_of(squares(f), *LARGE[f])
    assert (gradient.kernels, gradient.torch, gradient.copies) == (4, 0, 0)


def test_a_library_gets_no_windows():
    """They would be in memory, with each element once for each shift."""
    found = plan_of(images, *LARGE[images], matmul="library")
    assert found.torch == 9


def test_a_grid_of_places():
    assert _grid([(0, 0), (0, 2), (3, 0), (3, 2)]) == [(2, (0, 2)), (2, (3, 0))]
    assert _grid([(0,), (1,), (3,)]) is None
    assert _grid([(0,), (0,)]) is None


def test_lines():
    line = Line.of(1, {"a": 2, "b": -1})
    assert line.where({"a": Line(3, (("c", 1),)), "b": Line(0, (("c", 2),))}) == Line(7)
    assert line.is_inside(4, {"a": 2, "b": 2}) and not line.is_inside(3, {"a": 2, "b": 2})
    assert not line.is_inside(4, {"a": 2, "b": 3})


def test_a_long_sum_needs_no_deep_stack():
    lines = ["%s0 = arith.addf %x, %x : tensor<2xf32>"]
    lines += [f"%s{k + 1} = arith.addf %s{k}, %x : tensor<2xf32>" for k in range(1200)]
    text = "\n".join([
        "func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {",
        *lines,
        "func.return %s1200 : tensor<2xf32> }",
    ])  # fmt: skip
    module = source.parse(backends.context(), text)
    before = str(module)
    JoinWindowsPass().apply(backends.context(), module)
    assert str(module) == before
