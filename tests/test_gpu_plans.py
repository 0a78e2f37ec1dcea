"""The plans of programs on a GPU: what `benchmarks/gpu_plans.py` prints, without a compiler."""

from __future__ import annotations

import importlib.util
import re
from itertools import product
from typing import Any

import numpy as np
import pytest

import letgrad as lg
from letgrad.dialects import types
from letgrad.lowering import backends
from letgrad.lowering.nests import split_kept
from letgrad.lowering.nests.split_kept import SplitKeptPass
from letgrad.lowering.nests.unroll_reductions import UnrollReductionsPass
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.kernels import bits
from letgrad.lowering.triton.plans import Plan, plan
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting.driver import run_passes

needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton has no wheel for this system"
)


def plan_of(f: Any, *specs: Any) -> tuple[Plan, int]:
    """The plan of a function, and the bytes of its arguments and results."""
    traced = lg.jit(f).traced(*specs)
    file = backend.lower(traced.module, Options())
    sizes = [
        [types.size(t) * bits(t) // 8 for t in side] for side in (traced.in_types, traced.out_types)
    ]
    found = plan(file.steps, file.functions[traced.entry], sizes[1])
    return found, sum(map(sum, sizes))


def n_body(x: Any) -> Any:
    d = x[:, None, :] - x[None, :, :]
    r = (d * d).sum(2) + 1e-3
    return (d / (r * np.sqrt(r))[:, :, None]).sum(1)


def distances(x: Any, y: Any) -> Any:
    d = x[:, None, :] - y[None, :, :]
    return np.sqrt((d * d).sum(2))


def pooled(x: Any) -> Any:
    b, h, w = x.shape
    return np.tanh(x.reshape(b, h // 2, 2, w // 2, 2).max(axis=(2, 4)))


def points(n: int, d: int = 3) -> Any:
    return lg.spec((n, d), "f32")


@pytest.mark.parametrize(
    ("f", "specs"),
    [
        (n_body, [points(500)]),
        (distances, [points(300), points(400)]),
        (lambda x, y: distances(x, y).min(1), [points(300, 15), points(400, 15)]),
        (pooled, [lg.spec((8, 20, 30), "f32")]),
    ],
    ids=["n-body", "distances", "nearest", "pooling"],
)
def test_short_reductions_leave_nothing_in_memory(f: Any, specs: list[Any]):
    found, least = plan_of(f, *specs)
    assert found.kernels == 1 and found.tensors == 0 and found.stored == 0
    assert found.moved <= least * 1.01 and found.torch == found.fills == found.copies == 0


def test_a_mask_is_no_tensor():
    mask = np.tri(300, dtype=bool)
    found, least = plan_of(lambda x: np.where(mask, x, -np.inf), lg.spec((300, 300), "f32"))
    assert (found.kernels, found.tensors, found.moved) == (1, 0, least)


def test_the_steps_of_loops_are_counted():
    def f(w: Any, h: Any, xs: Any) -> Any:
        return lg.scan(lambda h, x: (np.tanh(h @ w + x), h), h, xs)

    n, rows, steps = 128, 64, 7
    specs = [lg.spec((n, n), "f32"), lg.spec((rows, n), "f32"), lg.spec((steps, rows, n), "f32")]
    found, _ = plan_of(f, *specs)
    # The kernel of a step writes its row. The one copy is that of the last carried value.
    assert (found.torch, found.kernels, found.fills, found.copies) == (steps, steps, 0, 1)
    assert found.launches == found.torch + found.kernels + found.fills + found.copies


def lstm(w: Any, u: Any, b: Any, h: Any, c: Any, xs: Any) -> Any:
    n = h.shape[1]

    def step(state: Any, x: Any) -> Any:
        h, c = state
        gates = x @ u + h @ w + b
        i, f, o = (1 / (1 + np.exp(-gates[:, k * n : (k + 1) * n])) for k in range(3))
        c = f * c + i * np.tanh(gates[:, 3 * n :])
        return (h := o * np.tanh(c), c), h

    return np.mean(lg.scan(step, (h, c), xs)[1] ** 2)


def test_a_step_of_an_lstm_is_one_product_and_at_most_three_kernels():
    steps, rows, n = 9, 16, 32
    sizes = ((n, 4 * n), (n, 4 * n), 4 * n, (rows, n), (rows, n), (steps, rows, n))
    specs = [lg.spec(s, "f32") for s in sizes]
    value, _ = plan_of(lstm, *specs)
    assert value.torch == steps + 1 and value.kernels <= steps + 3 and value.copies <= 1
    both, _ = plan_of(lg.value_and_grad(lstm, argnums=(0, 1, 2)), *specs)
    # The product of all rows in front, and those of the two weights behind.
    assert both.torch == 2 * steps + 3
    # A product of torch is copied into its row.
    assert both.kernels <= 2 * 2 * steps + 12 and both.copies <= steps


def reductions() -> list[tuple[str, str, tuple[int, ...], tuple[int, ...]]]:
    shapes = [
        ((5, 2), (1,)),
        ((3, 15), (1,)),
        ((2, 4, 3), (0, 2)),
        ((4, 1, 3), (1, 2)),
        ((0, 3), (1,)),
    ]
    found = []
    for (shape, dims), kind in product(shapes, ("sum", "max", "min", "prod", "any", "all")):
        for dtype in (
            ("i1",) if kind in ("any", "all") else ("f16", "bf16", "f32", "f64", "i8", "i64")
        ):
            found.append((kind, dtype, shape, dims))
    return found


@pytest.mark.parametrize(("kind", "dtype", "shape", "dims"), reductions())
def test_every_reduction_unrolls_to_its_value(
    kind: str, dtype: str, shape: tuple[int, ...], dims: tuple[int, ...]
):
    def f(x: Any) -> Any:
        y = getattr(np, kind)(x, axis=dims)
        return ~y if y.dtype == np.bool_ else y + y

    spec = lg.spec(shape, dtype)
    module = lg.jit(f).traced(spec).module
    (name,) = (op.sym_name.data for op in module.ops)  # type: ignore[union-attr]
    x = np.random.default_rng(0).integers(-3, 4, shape).astype(spec.dtype)
    special = [np.nan, np.inf, -np.inf, -0.0] if spec.dtype.kind in "fV" else []
    for k, value in enumerate([None, *special]):
        if value is not None and x.size:
            x.reshape(-1)[k::4] = value
        expected = Evaluator(module).call(name, [x])[0]
        unrolled = module.clone()
        run_passes(backends.context(), unrolled, [UnrollReductionsPass()])
        is_gone = not any(op.name in ("ten.sum", "ten.reduce") for op in unrolled.walk())
        assert is_gone or not x.size
        made = Evaluator(unrolled).call(name, [x])[0]
        wide = np.float64 if spec.dtype.kind in "fV" else spec.dtype
        assert np.allclose(
            np.asarray(made, wide), np.asarray(expected, wide), rtol=2e-2, equal_nan=True
        )
    zeros = np.full(shape, -0.0).astype(spec.dtype)
    a, b = (Evaluator(m).call(name, [zeros])[0] for m in (module, unrolled))
    assert np.array_equal(np.signbit(a), np.signbit(b)) if spec.dtype.kind == "f" else True


def weighted(x: Any, y: Any, how: str) -> Any:
    d = x[:, None] - y
    s = np.where(np.abs(x[:, :1] * y[:, 0]) < 1, d[..., 0], x[:, -1:])
    return getattr((np.exp(-s * s)[:, :, None] * d / (s[..., None] + 3) - x[:, None]), how)(1)


@pytest.mark.parametrize("how", ["sum", "max", "min", "prod"])
@pytest.mark.parametrize("shapes", [((3, 2), (17, 2)), ((2, 8), (20, 8)), ((1, 3), (16, 3))])
def test_a_split_reduction_keeps_its_value(
    how: str, shapes: tuple[tuple[int, int], ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(split_kept, "LEAST", 0)

    def f(x: Any, y: Any) -> Any:
        return weighted(x, y, how)

    random = np.random.default_rng(0)
    xs = [random.normal(size=shape) for shape in shapes]
    module = lg.jit(f).traced(*(lg.spec(shape) for shape in shapes)).module
    (name,) = (op.sym_name.data for op in module.ops)  # type: ignore[union-attr]
    split = module.clone()
    run_passes(backends.context(), split, [OptimizePass(), SplitKeptPass()])
    reductions = sum(op.name in ("ten.sum", "ten.reduce") for op in split.walk())
    assert reductions == shapes[0][1]
    expected, made = (Evaluator(m).call(name, xs)[0] for m in (module, split))
    assert np.allclose(made, expected, rtol=1e-14)
    assert np.allclose(made, weighted(*xs, how))


def test_the_weights_of_pairs_of_points_are_not_stored():
    def chamfer(x: Any, y: Any) -> Any:
        d = x[:, None] - y
        s = (d * d).sum(2)
        return s.min(0).sum() + s.min(1).sum()

    n = 2048
    found, _ = plan_of(lg.grad(chamfer, argnums=(0, 1)), points(n), points(n))
    assert found.stored < n * n * 4


@needs_triton
@pytest.mark.parametrize("dtype", ["f32", "bf16", "f64"])
@pytest.mark.parametrize(
    ("f", "shapes"), [(n_body, [(7, 3)]), (distances, [(5, 3), (6, 3)]), (pooled, [(2, 4, 6)])],
    ids=["n-body", "distances", "pooling"],
)  # fmt: skip
def test_values_and_gradients(f: Any, shapes: list[tuple[int, ...]], dtype: str):
    random, kind = np.random.default_rng(0), lg.spec((), dtype).dtype
    xs = [(random.standard_normal(s) * 2).astype(kind) for s in shapes]

    def both(*xs: Any) -> Any:
        return f(*xs), lg.grad(lambda *xs: (f(*xs) ** 2).sum())(*xs)

    tolerance = {"f64": 1e-9, "f32": 1e-3, "bf16": 0.2}[dtype]
    for y, wanted in zip(lg.jit(both, backend="triton")(*xs), lg.jit(both, backend="numpy")(*xs)):
        y, wanted = y.astype(float), wanted.astype(float)
        assert np.allclose(y, wanted, rtol=tolerance, atol=tolerance * np.abs(wanted).max())


@pytest.mark.parametrize("size", [(8192, 8192), (128, 128), (16, 100000), (1, 1)])
def test_at_most_four_tiles_are_timed(size: tuple[int, int]):
    m, n = size
    text = backend.lower(
        lg.trace(lambda a, b: a @ b, lg.spec((m, 64), "bf16"), lg.spec((64, n), "bf16")), Options()
    ).text
    tiles = re.findall(r'^    triton.Config\({"BLOCK_M": (\d+), "BLOCK_N": (\d+)', text, re.M)
    assert len(tiles) <= 4 and len(set(tiles)) >= len(tiles) - 1
    if m * n > 1 << 20:
        # Large tiles where they fill the card, and no taller ones than the matrix.
        assert (int(tiles[0][0]) >= 128) == (m >= 128)
