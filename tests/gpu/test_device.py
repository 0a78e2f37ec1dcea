"""
On a GPU: what `tests/test_triton.py` interprets runs on the device. Skipped without one.

    python -m pytest tests/gpu
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("triton", reason="Triton has no wheel for this system")

from letgrad.lowering.triton import backend

if not backend.has_gpu():
    pytest.skip("there is no GPU that torch can use", allow_module_level=True)

import numpy as np

import letgrad as lg
from letgrad.lowering.triton.emit import Options
from letgrad.lowering.triton.loading import load

from .. import generators, test_cpu, test_triton
from ..test_triton import _quiet, as_triton  # noqa: F401  (fixtures)


@pytest.mark.parametrize("name", test_triton.PROGRAMS)
def test_programs(name: str):
    f, args = test_triton.PROGRAMS[name]
    test_triton.check(f, *args, atol=1e-4, zeros=False)


@pytest.mark.parametrize("path", test_triton.EXAMPLES, ids=lambda p: p.stem)
def test_examples(path: Path):
    test_triton.test_examples_and_their_gradients(path)


@pytest.mark.parametrize("seed", range(100))
def test_random_programs(seed: int):
    module = generators.random_program(seed)
    args = generators.arguments(module, seed)
    test_triton.both(module, *args, zeros=False, atol=1e-5)


@pytest.mark.parametrize(("kind", "e"), test_cpu.REDUCTIONS, ids=str)
def test_reductions(kind: str, e: Any, as_triton: None):  # noqa: F811
    test_cpu.test_reductions(kind, e)


@pytest.mark.parametrize("spec", test_triton.SPECS)
@pytest.mark.parametrize("e", ["f16", "bf16", "f32", "f64", "i32"])
def test_products(spec: str, e: str, monkeypatch: pytest.MonkeyPatch):
    def on_device(file: Any, entry: str, *args: Any) -> tuple[Any, ...]:
        import torch

        launcher = getattr(load(file.text), file.functions[entry])
        results = launcher(*(backend.to_torch(np.array(x), torch) for x in args))
        results = results if isinstance(results, tuple) else (results,)
        return tuple(backend.to_numpy(x, torch) for x in results)

    monkeypatch.setattr(test_triton, "run", on_device)
    test_triton.test_products(spec, e)


def test_a_long_sum_is_the_same_in_each_run():
    x = np.random.default_rng(0).standard_normal(10_000_019, dtype=np.float32)
    total = lg.jit(lambda x: np.sum(x), backend="triton")
    first = total(x)
    np.testing.assert_allclose(first, np.sum(x, dtype=np.float64), atol=0.1)
    assert all(total(x) == first for _ in range(5))


def test_a_graph_gives_what_the_launches_give():
    import torch

    f, args = lg.value_and_grad(test_triton.mlp), test_triton.mlp_arguments()
    traced = lg.jit(f).traced(*args)
    file = backend.lower(traced.module, Options())
    module = load(file.text)
    launcher = getattr(module, file.functions[traced.entry])
    p, x, y = args
    leaves = [torch.as_tensor(v).cuda() for v in (*(p[k] for k in sorted(p)), x, y)]
    expected = launcher(*leaves)
    for a, b in zip(module.graphed(launcher, *leaves)(*leaves), expected, strict=True):
        assert torch.equal(a, b)
