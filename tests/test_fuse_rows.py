"""Nests in common loops: the same meaning, on the reference and on the cpu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg
from letgrad.dialects import kernel
from letgrad.lowering.cpu import backend, split
from letgrad.lowering.nests.fuse_rows import FuseRowsPass
from letgrad.lowering.nests.to_kernel import ConvertTenToKernelPass
from letgrad.lowering.reference import Evaluator
from letgrad.passes.sharing.materialize import MaterializePass
from letgrad.tools import opt

from . import generators
from .test_kernel import agree

CTX = opt.LetgradOptMain([]).ctx
ALWAYS = FuseRowsPass(min_row=0, min_rows=0)


def fused(module: ModuleOp, fuse: FuseRowsPass = ALWAYS) -> ModuleOp:
    """The module as nests, those that can be in common loops."""
    changed = module.clone()
    for a_pass in backend.passes():
        (fuse if isinstance(a_pass, FuseRowsPass) else a_pass).apply(CTX, changed)
        changed.verify()
    return changed


def count(module: ModuleOp) -> int:
    """How many `kernel.fused` there are."""
    return sum(isinstance(op, kernel.FusedOp) for op in module.walk())


def check(f: Callable[..., Any], *args: Any) -> int:
    """Compare with the reference, on the reference and on the cpu; how many groups there were."""
    traced = lg.jit(f).traced(*args)
    expected = Evaluator(traced.module).call(traced.entry, args)
    changed = fused(traced.module)
    agree(Evaluator(changed).call(traced.entry, args), expected, changed)
    agree(backend.Compiler(changed).entry(traced.entry)(*args), expected, changed)
    return count(changed)


def normal(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def layer_norm(x: Any, scale: Any, shift: Any) -> Any:
    centered = x - np.mean(x, axis=-1, keepdims=True)
    deviation = np.sqrt(np.mean(centered**2, axis=-1, keepdims=True) + 1e-5)
    return centered / deviation * scale + shift


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "shape", [(5, 7), (1, 9), (9, 1), (1, 1), (3, 4, 5), (2, 1, 3, 4), (300, 130)]
)
def test_softmax_is_one_op(shape: tuple[int, ...]):
    assert check(softmax, normal(*shape)) == 1


@pytest.mark.parametrize("shape", [(0, 4), (0, 3, 2)])
def test_no_rows(shape: tuple[int, ...]):
    check(softmax, normal(*shape))


def test_rows_of_nothing():
    assert check(lambda x: (x + 1) * np.sum(x * x, axis=1, keepdims=True), normal(4, 0)) <= 1


@pytest.mark.sampled(2)
@pytest.mark.parametrize("shape", [(6, 5), (33, 64), (1, 3)])
def test_gradients_of_layer_norm_and_softmax(shape: tuple[int, ...]):
    n = shape[-1]

    def loss(x: Any, scale: Any, shift: Any, w: Any) -> Any:
        return np.sum(softmax(layer_norm(x, scale, shift)) * w)

    args = normal(*shape), normal(n), normal(n) + 1, normal(*shape) * 2
    assert check(loss, *args) == 1
    # All in one pass over the rows, the sums over them too.
    assert check(lg.value_and_grad(loss, argnums=(0, 1, 2, 3)), *args) == 1
    check(lg.grad(lambda *args: np.sum(lg.grad(loss)(*args) ** 2)), *args)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_other_types(dtype: Any):
    check(softmax, normal(5, 20, dtype=dtype))


def test_truth_values_and_integers():
    x = np.random.default_rng(0).integers(-9, 9, (6, 5))
    check(
        lambda x: (x - np.max(x, 1, keepdims=True) < np.min(x, 1, keepdims=True)) & np.any(x > 3), x
    )
    check(lambda x: np.all(x < np.max(x, 1, keepdims=True), axis=0), x)
    check(lambda x: np.sum(x // (np.max(x, 1, keepdims=True) - 2), axis=0), x)


def test_rows_that_are_results_several_times():
    def f(x: Any) -> Any:
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        s = np.sum(e, axis=1, keepdims=True)
        return e, e / s, s, np.sum(e / s, axis=0), np.sum(np.max(x, 1)), np.max(e / s, axis=0)

    check(f, normal(7, 6))


def test_a_result_in_another_order_of_dimensions():
    check(lambda x: (softmax(x).T, softmax(x)[:, ::-1]), normal(7, 6))


def test_reads_at_other_rows_stay_apart():
    """Row i needs the sum of row i + 1, which is not there yet."""
    x = normal(8, 6)
    assert check(lambda x: x[:-1] * np.sum(x, 1)[1:, None], x) == 0
    assert check(lambda x: x * np.sum(x, 1)[::-1, None], x) == 0
    assert check(lambda x: x - np.sum(x, axis=0), x) == 0
    assert check(lambda x: x - np.sum(x), x) == 0


def test_reads_within_a_row_at_any_place():
    def f(x: Any, places: Any) -> Any:
        y = softmax(x)
        return lg.build((5, 8), lambda i, j: y[i, places[j]] + y[i, 5 - j])

    check(f, normal(5, 6), np.array([0, 5, 3, -1, 6, 7, 2, 2]))


def test_what_has_to_run_between_keeps_two_nests_apart():
    """The matrix product needs all rows of the first nest, and gives rows to the second."""

    def f(x: Any, w: Any) -> Any:
        s = softmax(x)
        return s * np.sum((s @ w) * x, axis=1, keepdims=True)

    check(f, normal(40, 30), normal(30, 30))


@pytest.mark.slow
def test_random_programs():
    made = 0
    for seed in range(30):
        module = generators.random_program(seed, generators.ALL, max_ops=25)
        args = generators.arguments(module, seed, special=False)
        expected = Evaluator(module).call("main", args)
        changed = fused(module)
        made += count(changed)
        results = backend.Compiler(changed).entry("main")(*args)
        assert all(map(generators.near, results, expected)), f"{seed}:\n{module}\n{changed}"
    assert made > 2, "there are nests that are put together"


@pytest.mark.parametrize(
    ("shape", "limits"),
    [((4, 5000), {"row_bytes": 1 << 10}), ((40, 3), {"min_row": 4}), ((3, 40), {"min_rows": 4})],
)
def test_limits(shape: tuple[int, ...], limits: dict[str, int]):
    traced = lg.jit(softmax).traced(normal(*shape))
    assert count(fused(traced.module, FuseRowsPass(**{"min_row": 0, "min_rows": 0, **limits}))) == 0
    assert count(fused(traced.module)) == 1


def test_a_long_program_takes_time_in_proportion(monkeypatch: pytest.MonkeyPatch):
    """Many softmaxes, one after the other: no search goes back to the first."""
    monkeypatch.setenv("LETGRAD_ROLL", "0")

    def f(x: Any) -> Any:
        for _ in range(200):
            x = softmax(x)
        return x

    traced = lg.jit(f).traced(normal(4, 3))
    module = traced.module.clone()
    for a_pass in (MaterializePass(), ConvertTenToKernelPass(), ALWAYS):
        a_pass.apply(CTX, module)
    module.verify()
    assert count(module) >= 5, "a group has at most some nests"


@pytest.mark.parametrize("threads", ["1", "2"])
def test_parts_for_threads(threads: str, monkeypatch: pytest.MonkeyPatch):
    """Rows are shared out, and sums over them put together from the parts."""
    monkeypatch.setattr(split, "THREAD_WORK", 1 << 6)

    def loss(x: Any, scale: Any, shift: Any) -> Any:
        return np.sum(softmax(layer_norm(x, scale, shift)) ** 2)

    check(lg.value_and_grad(loss, argnums=(0, 1, 2)), normal(70, 20), normal(20), normal(20) + 1)
