"""
On a GPU: what `tests/test_triton.py` interprets runs on the device. Skipped without one.

    python -m pytest tests/gpu
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("triton", reason="Triton has no wheel for this system")

from letgrad.lowering.triton import backend

if not backend.has_gpu():
    pytest.skip("there is no GPU that torch can use", allow_module_level=True)

import numpy as np
from xdsl.ir import Operation

import letgrad as lg
from letgrad.lowering.triton.emit import File, Options
from letgrad.lowering.triton.loading import load

from .. import generators, test_cpu, test_triton
from ..test_triton import _quiet, as_triton  # noqa: F401  (fixtures)


@pytest.fixture(autouse=True)
def _device_is_sound() -> Iterator[None]:
    """After a fault of the device, all that this process does there would fail."""
    import torch

    yield
    try:
        torch.cuda.synchronize()
    except RuntimeError as error:
        print(error, file=sys.stderr, flush=True)
        if "PYTEST_XDIST_WORKER" in os.environ:
            os._exit(1)  # another process is started, and goes on
        pytest.exit(f"the device is at fault: {error}", 1)


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
    test_triton.decompose_short_einsums(module)
    test_triton.both(module, *args, zeros=False, atol=1e-5)


@pytest.mark.parametrize(("kind", "e"), test_cpu.REDUCTIONS, ids=str)
def test_reductions(kind: str, e: Any, as_triton: None):  # noqa: F811
    test_cpu.test_reductions(kind, e)


def on_device(file: File, entry: str, *args: Any) -> tuple[Any, ...]:
    import torch

    launcher = getattr(load(file.text), file.functions[entry])
    results = launcher(*(backend.to_torch(np.array(x, order="C"), torch) for x in args))
    results = results if isinstance(results, tuple) else (results,)
    return tuple(backend.to_numpy(x, torch) for x in results)


@pytest.fixture
def run_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `test_triton` interprets a file, it runs on the device."""
    monkeypatch.setattr(test_triton, "run", on_device)


@pytest.mark.parametrize("spec", test_triton.SPECS)
@pytest.mark.parametrize("e", ["f16", "bf16", "f32", "f64", "i32"])
def test_products(spec: str, e: str, run_there: None):
    test_triton.test_products(spec, e)


def test_a_product_that_is_read_by_one_nest_alone():
    test_triton.test_a_product_that_is_read_by_one_nest_alone()


@pytest.mark.parametrize("spec", test_triton.MATRICES)
def test_products_of_matrices_by_torch(spec: str, run_there: None):
    test_triton.test_products_of_matrices_are_calls_of_matmul(spec)


@pytest.mark.parametrize("n", [2.0, 3.0, 4.0])
def test_small_powers(n: float, run_there: None):
    test_triton.test_powers_are_products(n, True)


@pytest.mark.parametrize("how", ["sorted", "atomic"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int8", "int64"])
@pytest.mark.parametrize("rest", [(), (3,), (300,)])
def test_scatters(how: str, dtype: str, rest: tuple[int, ...], run_there: None):
    test_triton.test_scatters(how, np.dtype(dtype), rest)


# Ops, and types of elements.


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, op in test_cpu.OPS.items()
        if op not in test_cpu.CONVERSIONS and name not in test_triton.NO_KERNEL
    ],
)
def test_elementwise(name: str, as_triton: None):  # noqa: F811
    test_cpu.test_elementwise(name)


@pytest.mark.parametrize("kind", test_cpu.CONVERSIONS, ids=lambda op: op.name)
def test_conversions_of_scalars(kind: type[Operation]):
    test_triton.test_conversions_of_scalars(kind)


@pytest.mark.parametrize("e", test_cpu.ELEMENTS, ids=str)
def test_casts_and_comparisons(e: Any, as_triton: None):  # noqa: F811
    test_cpu.test_casts_of_tensors(e)
    test_cpu.test_comparisons(e)


@pytest.mark.parametrize("e", test_cpu.ELEMENTS, ids=str)
def test_positions_and_scans(e: Any, as_triton: None, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    # torch's running sums begin with +0, and so have no -0.
    monkeypatch.setattr(test_cpu, "both", functools.partial(test_cpu.both, zeros=False))
    test_cpu.test_positions_and_scans(e)


# Shapes.


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "shape", [(0,), (1,), (1, 1), (7,), (3, 5, 7), (0, 4), (4, 0), (100, 103), (2, 1, 33, 1)]
)
def test_shapes(shape: tuple[int, ...], dtype: Any, as_triton: None):  # noqa: F811
    test_cpu.test_shapes(shape, dtype)


def log_softmax(x: Any) -> Any:
    x = x - np.max(x, axis=1, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=1, keepdims=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 31, 1000, 1024, 4096, 8191, 16384, 16385, 40000])
def test_rows_of_all_lengths(n: int, dtype: Any):
    """Held in registers up to 16384 elements, and shared out above."""
    draw = np.random.default_rng(n).standard_normal
    x, c = (draw((5, n)).astype(dtype) for _ in range(2))
    g, b = (draw(n).astype(dtype) for _ in range(2))
    normalized = lg.value_and_grad(test_triton.normalized, argnums=(0, 1, 2))
    test_triton.check(normalized, x, g, b, c, atol=1e-4, zeros=False)
    logs = lg.value_and_grad(lambda x, c: np.mean(log_softmax(x) * c))
    test_triton.check(logs, x, c, atol=1e-3, zeros=False)


@pytest.mark.parametrize("shape", [(1, 100_003), (100_003, 1), (1009, 1013), (3, 5, 40_009)])
@pytest.mark.parametrize("axis", [0, 1, None])
def test_sums_of_many_shapes(shape: tuple[int, ...], axis: int | None):
    x = np.random.default_rng(0).standard_normal(shape)
    test_triton.check(lambda x: (np.sum(x * x, axis=axis), np.max(x, axis=axis)), x, atol=1e-8)


# Programs of the benchmarks.


def benchmark_cases() -> Any:
    path = test_triton.ROOT / "benchmarks" / "cases.py"
    spec = importlib.util.spec_from_file_location("benchmark_cases", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark_cases"] = module
    spec.loader.exec_module(module)
    return module


def small_programs() -> dict[str, tuple[Callable[..., Any], int, list[Any]]]:
    """Programs, how many arguments to differentiate by, and the arguments."""
    cases, draw = benchmark_cases(), np.random.default_rng(0).standard_normal
    k, d = 5, 4
    return {
        "gmm": (cases.gmm, 3, [draw(k), draw((k, d)), draw((k, d * (d + 1) // 2)), draw((50, d))]),
        "lstm": (
            cases.lstm,
            2,
            [draw((2, 2, 4, 14)), draw((3, 14)), draw((2, 2, 14)), draw((4, 14))],
        ),
        "conv1d by shifts": (cases.conv_shifts, 2, [draw(1000), draw(9)]),
        "conv1d by gather": (cases.conv_gather, 2, [draw(1000), draw(9)]),
        "conv1d by build": (cases.conv_build, 2, [draw(1000), draw(9)]),
        "conv2d by shifts": (cases.conv2d_shifts, 2, [draw((2, 3, 9, 8)), draw((4, 3, 3, 3))]),
        "conv2d by build": (cases.conv2d_build, 2, [draw((2, 3, 9, 8)), draw((4, 3, 3, 3))]),
        "bundle adjustment": (
            cases.ba,
            3,
            [
                draw((4, 11)),
                draw((20, 3)) + np.array([0, 0, 9.0]),
                draw(30),
                draw((30, 2)),
                np.arange(30) % 4,
                np.arange(30) % 20,
            ],
        ),
    }


SMALL = small_programs()


@pytest.mark.parametrize("name", SMALL)
def test_programs_of_the_benchmarks(name: str):
    program, wrt, args = SMALL[name]
    f = lg.value_and_grad(lambda *xs: program(np, *xs), argnums=tuple(range(wrt)))
    test_triton.check(f, *args, atol=1e-7, zeros=False)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_network_in_each_type(dtype: Any):
    f, args = lg.value_and_grad(test_triton.mlp), test_triton.mlp_arguments(200, dtype)
    test_triton.check(f, *args, atol=0.02 if dtype == np.float16 else 1e-5, zeros=False)


# Tensors that are on the device.


def launcher_of(f: Callable[..., Any], *args: Any) -> tuple[Callable[..., Any], Any]:
    traced = lg.jit(f).traced(*args)
    file = backend.lower(traced.module, Options())
    module = load(file.text)
    return getattr(module, file.functions[traced.entry]), module


def test_views_of_tensors():
    """Transposed, with gaps, and at addresses that are no multiple of 16."""
    import torch

    x = torch.randn(65, 67, device="cuda")
    for view in (x.T, x[1:, 1:], x[::2, ::3], x.reshape(-1)[1:-1]):
        launcher, _ = launcher_of(lambda x: np.sin(x) + 1, np.zeros(view.shape, np.float32))
        torch.testing.assert_close(launcher(view), torch.sin(view) + 1)


def test_another_stream():
    """Kernels run on the stream that is the current one."""
    import torch

    launcher, _ = launcher_of(lambda x: np.sum(x * x), np.zeros(1 << 22, np.float32))
    x = torch.ones(1 << 22, device="cuda")
    launcher(x)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        y = x
        for _ in range(50):
            y = y * 1.0
        result = launcher(y)
    side.synchronize()
    assert result.item() == 1 << 22


def test_more_elements_than_32_bits_count():
    import torch

    n = (1 << 31) + 1000
    if torch.cuda.mem_get_info()[0] < 20 << 30:
        pytest.skip("this takes 20 GB")
    x = torch.ones(n, dtype=torch.float16, device="cuda")
    x[-1], x[1 << 31] = 3, -2
    given = np.broadcast_to(np.zeros((), np.float16), (n,))
    launcher, _ = launcher_of(lambda x: (x * x + x, np.max(x), np.min(x)), given)
    y, most, least = launcher(x)
    assert (most.item(), least.item()) == (3, -2)
    assert y[-1].item() == 12 and y[1 << 31].item() == 2
    y[-1] = y[1 << 31] = 2
    assert all(bool((part == 2).all()) for part in y.split(1 << 28))


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


def test_a_loop_of_many_launches_is_recorded():
    """Later calls replay a graph: with other arguments, and results that stay."""

    def f(w: Any, x: Any) -> Any:
        return lg.scan(lambda h, row: ((y := np.tanh(w @ h + row)), y), x[0] * 0, x)[1]

    random = np.random.default_rng(0)
    w = random.standard_normal((32, 32)) / 8
    compiled, found = lg.jit(f, backend="triton"), []
    arguments = [random.standard_normal((64, 32)) for _ in range(4)]
    for x in arguments:
        found.append(compiled(w, x))
    for x, y in zip(arguments, found):
        np.testing.assert_allclose(y, lg.jit(f, backend="cpu")(w, x), rtol=1e-9)
