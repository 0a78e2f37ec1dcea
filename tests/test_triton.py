"""
The backend `triton` agrees with the reference. Kernels run in Triton's interpreter, and are
compiled for cards that are not there.
"""

from __future__ import annotations

import ast
import functools
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp, bf16, f16, f32, f64, i1, i8, i16
from xdsl.ir import Block, Operation, Region
from xdsl.utils.exceptions import VerifyException

pytest.importorskip("triton", reason="Triton has no wheel for this system")

import letgrad as lg
from letgrad.dialects import ten
from letgrad.frontend import pytree
from letgrad.lowering import backends
from letgrad.lowering.nests.decompose import DecomposePass
from letgrad.lowering.nests.fuse_rows import FuseRowsPass
from letgrad.lowering.reference import Evaluator
from letgrad.lowering.triton import backend, interpreter, nest_kernels, resources, scatter, tiles
from letgrad.lowering.triton.emit import File, Options
from letgrad.lowering.triton.loading import load
from letgrad.passes.differentiate.widths import is_short
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting import diagnostics
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import cli, opt

from . import generators, test_cpu
from .test_cpu import agree, normal, parse

pytestmark = pytest.mark.sampled(5)

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.mlir"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """That kernels are interpreted is known here."""
    with diagnostics.handling(lambda diagnostic: None):
        yield


@pytest.fixture
def as_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests of the cpu backend run, runs here."""
    original = backends.compile
    monkeypatch.setattr(
        backends, "compile", lambda name, module, entry: original("triton", module, entry)
    )
    monkeypatch.setitem(test_cpu.TOLERANCE, 4, 3e-6)


def run(file: File, entry: str, *args: Any) -> tuple[Any, ...]:
    """A function of an emitted file, interpreted."""
    with interpreter.interpreted(), interpreter.torch_or_fake() as torch:
        launcher = getattr(load(file.text), file.functions[entry])
        results = launcher(*(backend.to_torch(np.array(x, order="C"), torch) for x in args))
        results = results if isinstance(results, tuple) else (results,)
        return tuple(backend.to_numpy(x, torch) for x in results)


def both(module: ModuleOp, *args: Any, entry: str = "main", **how: Any) -> tuple[Any, ...]:
    expected = Evaluator(module).call(entry, args)
    actual = backends.compile("triton", module, entry)(*args)
    agree(actual, expected, **how)
    return actual


def check(f: Callable[..., Any], *args: Any, **how: Any) -> None:
    traced = lg.jit(f).traced(*args)
    leaves = pytree.flatten((args, {}))[0]
    both(traced.module, *leaves, entry=traced.entry, **how)


def some(params: Iterable[Any], *quick: Any) -> list[Any]:
    """Parameters of which some are quick, and the others are tested with the slow tests."""
    return [p if p in quick else pytest.param(p, marks=pytest.mark.slow) for p in params]


# Ops.

NO_KERNEL = ("arith.addui_extended", "arith.mului_extended", "arith.mulsi_extended")


@pytest.mark.parametrize(
    "name",
    [n for n, op in test_cpu.OPS.items() if op not in test_cpu.CONVERSIONS and n not in NO_KERNEL],
)
def test_elementwise(name: str, as_triton: None):
    test_cpu.test_elementwise(name)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("kind", test_cpu.CONVERSIONS, ids=lambda op: op.name)
def test_conversions_of_scalars(kind: type[Operation]):
    """As many scalars as there are values, to all types that the op gives, in one function."""
    tested = 0
    for e in test_cpu.ELEMENTS:
        values = list(test_cpu.values(e))
        block = Block(arg_types=[e] * len(values))
        ops: list[Operation] = []
        for to, x in itertools.product(test_cpu.ELEMENTS, block.args):
            op = kind.create(operands=[x], result_types=[to])
            try:
                op.verify()
            except VerifyException:
                continue
            ops.append(op)
        if not ops:
            continue
        block.add_ops([*ops, func.ReturnOp(*(op.results[0] for op in ops))])
        signature = ([e] * len(values), [op.results[0].type for op in ops])
        both(ModuleOp([func.FuncOp("main", signature, Region(block))]), *values)
        tested += 1
    assert tested >= 1


@pytest.mark.parametrize("kind", [arith.FPToSIOp, arith.FPToUIOp], ids=lambda op: op.name)
def test_floats_to_i1_in_bulk(kind: type[Operation], as_triton: None):
    test_cpu.test_floats_to_i1_in_bulk(kind)


@pytest.mark.parametrize("body", test_cpu.WRAPPING)
def test_indices_that_wrap(body: str, as_triton: None):
    test_cpu.test_indices_that_wrap(body)


def test_indices_of_more_than_32_bits(as_triton: None):
    test_cpu.test_indices_of_more_than_32_bits()


@pytest.mark.parametrize(("x", "root"), [(-np.inf, np.inf), (np.inf, np.inf), (-0.0, 0.0)])
def test_powers_of_a_half(x: float, root: float, as_triton: None):
    test_cpu.test_powers_of_a_half(x, root)


@pytest.mark.parametrize("e", some(test_cpu.ELEMENTS, f32, bf16, i8), ids=str)
def test_casts_and_comparisons(e: Any, as_triton: None):
    test_cpu.test_casts_of_tensors(e)
    test_cpu.test_comparisons(e)


QUICK = (
    ("sum", f32),
    ("sum", i8),
    ("max", bf16),
    ("min", f64),
    ("prod", i16),
    ("any", i1),
    ("all", i1),
)


@pytest.mark.parametrize("case", some(test_cpu.REDUCTIONS, *QUICK), ids=str)
def test_reductions(case: tuple[str, Any], as_triton: None):
    test_cpu.test_reductions(*case)


@pytest.mark.parametrize("e", some(test_cpu.ELEMENTS, f16, i1), ids=str)
def test_positions_and_scans(e: Any, as_triton: None):
    test_cpu.test_positions_and_scans(e, zeros=False)  # torch.cumsum begins with 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "shape", [(0,), (1,), (1, 1), (7,), (3, 5, 7), (0, 4), (4, 0), (100, 103), (2, 1, 33, 1)]
)
def test_shapes(shape: tuple[int, ...], dtype: Any, as_triton: None):
    test_cpu.test_shapes(shape, dtype)


@pytest.mark.parametrize(
    ("what", "e"),
    [(w, e) for w in test_cpu.GIVEN for e in ("f64", "i1") if e != "i1" or w != "a view"],
)
def test_results_are_the_callers_own(what: str, e: str, as_triton: None):
    test_cpu.test_results_are_the_callers_own(what, e, 3)


@pytest.mark.parametrize("layout", test_cpu.laid_out(np.eye(2)))
def test_layouts_of_inputs(layout: str, monkeypatch: pytest.MonkeyPatch):
    x, y = normal(5, 7), normal(5, 7)
    jitted = lg.jit(test_cpu.outer, backend="triton")
    agree(jitted(test_cpu.laid_out(x)[layout], y), jitted(x, y))


@pytest.mark.parametrize("k", [2, 2.0, np.float64(2), np.array(2.0)])
def test_scalars_of_all_kinds(k: Any, as_triton: None):
    test_cpu.test_scalars_of_all_kinds(k)


def test_an_op_without_a_kernel_is_an_error_with_its_place():
    text = "func.func @f(%x: f32) -> f32 {\n  %y = math.erfc %x : f32\n"
    module = parse(text + "  func.return %y : f32\n}")
    with pytest.raises(LetgradError, match=r"no code for math\.erfc") as error:
        backends.compile("triton", module, "f")
    assert error.value.diagnostic.position[1] == 2


def test_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["compile", str(ROOT / "examples" / "foo.mlir"), "-o", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"letgrad: error: cannot write {tmp_path}: is a directory\n"


def test_its_passes_are_watched():
    explanation = lg.explain(lambda x: x + 1.0, np.ones(3), backend="triton")
    names = [step.name for step in explanation.steps]
    assert names.index("outline-regions") < names.index("convert-ten-to-kernel")


def test_names_that_python_or_the_file_has_already():
    text = """
      func.func @range(%for: tensor<3xf32>, %tl: tensor<3xf32>) -> tensor<3xf32> {
        %np = arith.addf %for, %tl : tensor<3xf32>
        %range = ten.reduce max, %np dims [0] : tensor<3xf32> -> f32
        %b = ten.broadcast %range dims [0] : f32 -> tensor<3xf32>
        %BLOCK = arith.mulf %b, %np : tensor<3xf32>
        func.return %BLOCK : tensor<3xf32>
      }"""
    both(parse(text), *[normal(3).astype(np.float32) for _ in range(2)], entry="range")


# Programs.


def decompose_short_einsums(module: ModuleOp) -> None:
    """
    The parts of a decomposed einsum are rounded to 16 bits, and a function of the result may
    magnify that: sin of 12 does so ten times. So both run the decomposed program.
    """
    if any(isinstance(op, ten.EinsumOp) and is_short(op.result.type) for op in module.walk()):
        DecomposePass().apply(opt.LetgradOptMain([]).ctx, module)


@pytest.mark.parametrize("seeds", some(range(0, 200, 20), 0, 20))
def test_random_programs(seeds: int):
    for seed in range(seeds, seeds + 20):
        module = generators.random_program(seed)
        args = generators.arguments(module, seed)
        decompose_short_einsums(module)
        both(module, *args, zeros=False, atol=1e-6)


@pytest.mark.parametrize("longest", [2, 16, 64])
def test_random_programs_in_small_tiles(longest: int, monkeypatch: pytest.MonkeyPatch):
    """Loops of programs, partial results and fused rows, at sizes that the reference can do."""
    small_tiles(monkeypatch, longest)
    for seed in range(200, 210):
        module = generators.random_program(seed)
        both(module, *generators.arguments(module, seed), zeros=False, atol=1e-6)


def small_tiles(monkeypatch: pytest.MonkeyPatch, longest: int) -> None:
    sizes = {
        "REDUCTION": 4,
        "ELEMENTWISE": 4,
        "SEGMENTS": 4,
        "TRANSPOSED": 2,
        "ENOUGH": 3,
        "LONGEST_ROW": longest,
    }
    for name, size in sizes.items():
        for module in (tiles, nest_kernels, scatter):
            monkeypatch.setattr(module, name, size, raising=False)
    original = backend.passes
    fuse = FuseRowsPass(row_bytes=1 << 20, min_row=1, min_rows=1, tiles=True)
    monkeypatch.setattr(
        backend,
        "passes",
        lambda *given: [fuse if isinstance(p, FuseRowsPass) else p for p in original(*given)],
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_and_their_gradients(path: Path):
    module = parse(path.read_text())
    (entry,) = (op.sym_name.data for op in module.ops if isinstance(op, func.FuncOp))
    ctx = opt.LetgradOptMain([]).ctx
    for gradient in (False, True):
        if gradient:
            GradientPass().apply(ctx, module)
        args = generators.arguments(module, 0, entry=entry, special=False)
        both(module, *args, entry=entry, zeros=False, atol=1e-9)


def mlp(p: Any, x: Any, y: Any) -> Any:
    hidden = np.tanh(x @ p["w1"] + p["b1"])
    out = hidden @ p["w2"] + p["b2"]
    out = out - np.max(out, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(out), axis=1)) - np.sum(out * y, axis=1))


def mlp_arguments(batch: int = 12, dtype: Any = np.float32) -> tuple[Any, ...]:
    p = {"w1": normal(7, 9), "b1": normal(9), "w2": normal(9, 5), "b2": normal(5)}
    p = {name: x.astype(dtype) for name, x in p.items()}
    return p, normal(batch, 7).astype(dtype), np.eye(5, dtype=dtype)[np.arange(batch) % 5]


def normalized(x: Any, g: Any, b: Any, c: Any) -> Any:
    """Layer norm, then softmax."""
    d = x - np.mean(x, axis=1, keepdims=True)
    y = d / np.sqrt(np.mean(d * d, axis=1, keepdims=True) + 1e-5) * g + b
    e = np.exp(y - np.max(y, axis=1, keepdims=True))
    return np.sum(e / np.sum(e, axis=1, keepdims=True) * c)


def convolved(image: Any, kernel: Any) -> Any:
    n, m = image.shape
    height, width = kernel.shape
    r = lg.build(
        (n, m),
        lambda i, j: np.sum(
            lg.gather((height, width), image, lambda p, q: (i + p, j + q)) * kernel
        ),
    )
    return np.sum(r * r)


def scattered(v: Any, at: Any) -> Any:
    return np.sum(lg.scatter(6, v, lambda i: at[i]) ** 2)


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "mlp": (lg.value_and_grad(mlp), mlp_arguments()),
    "layer norm and softmax": (
        lg.value_and_grad(normalized, argnums=(0, 1, 2)),
        (normal(33, 20), normal(20), normal(20), normal(33, 20)),
    ),
    "convolution": (lg.grad(convolved, argnums=(0, 1)), (normal(6, 7), normal(3, 2))),
    "scatter": (
        lg.value_and_grad(scattered),
        (normal(40, 3), np.random.default_rng(0).integers(-2, 8, 40)),
    ),
    "gather": (
        lg.grad(lambda t, at: np.sum(lg.gather(50, t, lambda i: at[i]) ** 3)),
        (normal(6, 4), np.random.default_rng(1).integers(-2, 8, 50)),
    ),
    "scan": (
        lg.value_and_grad(
            lambda w, xs: np.sum(lg.scan(lambda h, x: ((h := np.tanh(w @ h + x)), h), xs[0], xs)[1])
        ),
        (normal(3, 3), normal(5, 3)),
    ),
    "while": (
        lg.value_and_grad(
            lambda x, v: lg.while_loop(
                lambda c: c[0] < 3, lambda c: (c[0] + 1, np.sin(c[1]) * x + v), (0, v), 4
            )[1].sum()
        ),
        (np.float64(0.7), normal(3)),
    ),
    "turns": (
        lg.value_and_grad(
            lambda x, n: lg.fori_loop(0, n, lambda i, c: np.sin(c) * x + i, x, max_steps=5)
        ),
        (np.float64(0.7), 3),
    ),
    "while without a limit": (
        lg.value_and_grad(
            lambda a: lg.while_loop(lambda x: abs(x * x - a) > 0.01, lambda x: (x + a / x) / 2, a)
        ),
        (np.float64(5.0),),
    ),
    "hessian": (lg.hessian(lambda v: np.prod(np.sin(v))), (normal(4),)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_in_python(name: str):
    f, args = PROGRAMS[name]
    check(f, *args, atol=1e-5, zeros=False)


@pytest.mark.parametrize(
    ("name", "longest"), [("mlp", 4), ("layer norm and softmax", 64), ("scatter", 4)]
)
def test_programs_in_small_tiles(name: str, longest: int, monkeypatch: pytest.MonkeyPatch):
    small_tiles(monkeypatch, longest)
    f, args = PROGRAMS[name]
    check(f, *args, atol=1e-5, zeros=False)


SPECS = {
    "ij,jk->ik": {"i": 70, "j": 33, "k": 65},
    "ij,jk->ki": {"i": 64, "j": 64, "k": 130},
    "bij,bjk->bik": {"b": 3, "i": 20, "j": 30, "k": 40},
    "ji,jk->ik": {"i": 1, "j": 50, "k": 30},
    "i,ij->j": {"i": 40, "j": 50},
    "abij,jbck->kiabc": {"a": 2, "b": 3, "i": 5, "j": 7, "k": 6, "c": 2},
    "abij,ijc->abc": {"a": 3, "b": 2, "i": 8, "j": 9, "c": 17},
    "ij,ij->": {"i": 5, "j": 6},
    "i,j->ij": {"i": 3, "j": 4},
    "ij,jk->i": {"i": 5, "j": 6, "k": 7},
}


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("e", some(["f16", "bf16", "f32", "f64", "i32"], "bf16", "f32"))
def test_products(spec: str, e: str):
    """As tiles, with what is computed of the product, and the product itself, stored."""
    sizes = {c: n // (4 if e == "i32" else 1) + 1 for c, n in SPECS[spec].items()}
    (a, b), out = spec.split("->")[0].split(","), spec.split("->")[1]

    def tensor(word: str) -> str:
        return f"tensor<{''.join(f'{sizes[c]}x' for c in word)}{e}>" if word else e

    add = "addi" if e == "i32" else "addf"
    x, y, z = tensor(a), tensor(b), tensor(out)
    module = parse(f"""
      func.func @main(%a: {x}, %b: {y}, %d: {z}) -> ({z}, {z}) {{
        %r = ten.einsum "{spec}" %a, %b : {x}, {y} -> {z}
        %s = arith.{add} %r, %d : {z}
        func.return %s, %r : {z}, {z}
      }}""")
    args = generators.arguments(module, 0, special=False)
    file = backend.lower(module, Options(matmul="triton"))
    expected = Evaluator(module).call("main", args)
    tolerance = {"f16": 2e-3, "bf16": 2e-2, "f32": 1e-5, "f64": 1e-12, "i32": 0}[e]
    for x, y in zip(run(file, "main", *args), expected, strict=True):
        assert x.dtype == np.asarray(y).dtype and x.shape == np.shape(y)
        x, y = (np.asarray(z, np.float64) for z in (x, y))
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=40 * tolerance)


LONG = {
    "ij,jk->ik": {"i": 17, "j": 5003, "k": 9},
    "bji,bjk->bik": {"b": 3, "j": 4096, "i": 5, "k": 66},
    "jli,jkl->ki": {"j": 230, "l": 11, "i": 6, "k": 33},
}
"""Products with few tiles and a long sum, which several programs share."""


@pytest.mark.parametrize("spec", LONG)
@pytest.mark.parametrize("e", some(["f16", "bf16", "f32"], "bf16"))
def test_sums_in_parts(spec: str, e: str):
    """In float32: the result is rounded once, as where one program has the whole sum."""
    sizes = LONG[spec]
    (a, b), out = spec.split("->")[0].split(","), spec.split("->")[1]

    def tensor(word: str) -> str:
        return f"tensor<{''.join(f'{sizes[c]}x' for c in word)}{e}>" if word else e

    x, y, z = tensor(a), tensor(b), tensor(out)
    module = parse(f"""
      func.func @main(%a: {x}, %b: {y}) -> {z} {{
        %r = ten.einsum "{spec}" %a, %b : {x}, {y} -> {z}
        %s = arith.negf %r : {z}
        func.return %s : {z}
      }}""")
    args = generators.arguments(module, 0, special=False)
    file = backend.lower(module, Options(matmul="triton"))
    assert "part = pid" in file.text
    (actual,) = run(file, "main", *args)
    exact = -np.einsum(spec, *(np.asarray(x, np.float64) for x in args))
    terms = np.einsum(spec, *(np.abs(np.asarray(x, np.float64)) for x in args))
    rounding = {"f16": 2**-11, "bf16": 2**-8, "f32": 2**-24}[e]
    error = np.abs(np.asarray(actual, np.float64) - exact)
    assert np.all(error <= rounding * np.abs(exact) + 2**-21 * terms)


def test_a_product_that_is_read_by_one_nest_alone():
    """It is never in memory: there is nothing to free."""
    x, y, z = "tensor<20x30xbf16>", "tensor<30x40xbf16>", "tensor<20x40xbf16>"
    module = parse(f"""
      func.func @main(%a: {x}, %b: {y}, %d: {z}) -> {z} {{
        %r = ten.einsum "ij,jk->ik" %a, %b : {x}, {y} -> {z}
        %s = arith.addf %r, %d : {z}
        func.return %s : {z}
      }}""")
    both(module, *generators.arguments(module, 0, special=False), zeros=False, atol=1e-2)


@pytest.mark.parametrize("how", ["sorted", "atomic"])
@pytest.mark.parametrize("dtype", [np.float32, np.int8, ml_dtypes.bfloat16])
@pytest.mark.parametrize("rest", [(), (3,), (300,)])
def test_scatters(how: str, dtype: Any, rest: tuple[int, ...]):
    at = np.random.default_rng(0).integers(-1, 6, (9, 5))

    def f(v: Any, at: Any) -> Any:
        return lg.scatter((5, 2), v, lambda i, j: (at[i, j], at[i, j] % 3))

    v = (normal(9, 5, *rest) * 8).astype(dtype)
    traced = lg.jit(f).traced(v, at)
    file = backend.lower(traced.module, Options(scatter=how))
    expected = Evaluator(traced.module).call(traced.entry, (v, at))
    assert ("atomic_add" in file.text) == (how == "atomic" and np.dtype(dtype) != np.int8)
    (actual,) = run(file, traced.entry, v, at)
    if how == "sorted":
        # In the order of the sources: to the bit.
        assert generators.same(actual, expected[0])
    agree((actual,), expected, atol=1e-4 if np.dtype(dtype) == np.float32 else 0.1)


# What is emitted.


def grad_file(batch: int = 12) -> tuple[File, Any, tuple[Any, ...]]:
    f, args = lg.value_and_grad(mlp), mlp_arguments(batch)
    traced = lg.jit(f).traced(*args)
    return backend.lower(traced.module, Options()), traced, args


def test_emitted_files_import_torch_and_triton_only():
    file, _, _ = grad_file()
    tree = ast.parse(file.text)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= {"torch", "triton", "numpy", "math"}
    compile(file.text, "emitted", "exec")


SCRIPT = """
import sys
import numpy as np
import torch
import emitted

args = [torch.as_tensor(x) for x in np.load("args.npz").values()]
results = emitted.{name}(*args)
np.savez("results.npz", *(np.asarray(r) for r in results))
assert not [m for m in sys.modules if m.startswith("letgrad")]
"""


def run_alone(python: str, folder: Path, fake: bool) -> None:
    """The emitted gradient of the MLP, from a folder that has nothing else in it."""
    file, traced, args = grad_file()
    leaves = pytree.flatten((args, {}))[0]
    (folder / "emitted.py").write_text(file.text)
    np.savez(folder / "args.npz", *leaves)
    script = SCRIPT.format(name=file.functions[traced.entry])
    if fake:
        # The fake torch, with the module that it is in, and nothing of letgrad.
        source = Path(interpreter.__file__).read_text()
        source = source.replace("from ...dialects import arrays", FAKE_ARRAYS)
        (folder / "fake.py").write_text(source)
        script = "import sys, fake\nsys.modules['torch'] = fake.fake_torch()\n" + script
    (folder / "main.py").write_text(script)
    environment = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": ""}
    subprocess.run([python, "main.py"], cwd=folder, env=environment, check=True)
    expected = Evaluator(traced.module).call(traced.entry, leaves)
    with np.load(folder / "results.npz") as results:
        agree([results[name] for name in results], expected, atol=1e-6, zeros=False)


FAKE_ARRAYS = """
class arrays:
    import ml_dtypes
    bfloat16 = np.dtype(ml_dtypes.bfloat16)
"""


def test_an_emitted_file_runs_alone(tmp_path: Path):
    """With torch faked, so that it is seen where there is none."""
    run_alone(sys.executable, tmp_path, fake=True)


def test_an_emitted_file_runs_alone_with_torch(tmp_path: Path):
    python = os.environ.get("LETGRAD_TORCH_PYTHON", sys.executable)
    found = subprocess.run([python, "-c", "import torch, triton"], capture_output=True)
    if found.returncode:
        pytest.skip("there is no torch here; LETGRAD_TORCH_PYTHON may name a Python that has it")
    run_alone(python, tmp_path, fake=False)


@pytest.fixture(scope="module")
def compiled_gradient() -> list[resources.Compiled]:
    file, _, _ = grad_file(batch=4096)
    return resources.compile_kernels(file, "sm_90", Options())


def test_kernels_compile_to_machine_code(compiled_gradient: list[resources.Compiled]):
    assert len(compiled_gradient) >= 3
    for c in compiled_gradient:
        assert c.stages["cubin"][:4] == b"\x7fELF"
        assert ".entry " + c.kernel.name in c.stages["ptx"]
        registers, spilled = resources.resources(c.stages["cubin"])
        assert 0 < registers <= 128 and spilled == 0


def test_nothing_is_contracted_unless_asked(compiled_gradient: list[resources.Compiled]):
    """
    Products and sums are rounded apart, in kernels whose functions have no fused operations of
    their own.
    """
    text = "func.func @f(%x: tensor<512xf32>) -> tensor<512xf32> {\n"
    text += "%a = arith.mulf %x, %x : tensor<512xf32>\n%b = arith.addf %a, %x : tensor<512xf32>\n"
    module = parse(text + "func.return %b : tensor<512xf32>\n}")
    for fast in (False, True):
        options = Options(fast=fast)
        (c,) = resources.compile_kernels(backend.lower(module, options), "sm_90", options)
        assert ("fma.rn" in c.stages["ptx"]) == fast


@pytest.mark.parametrize("call", ["ceil %x", "floor %x", "log1p %x", "cbrt %x", "powf %x, %x"])
def test_subnormal_numbers_are_flushed_only_if_asked(call: str):
    """
    By instructions that compute; the approximations that libdevice begins with flush, where that
    is harmless.
    """
    text = f"func.func @f(%x: tensor<512xf32>) -> tensor<512xf32> {{\n%a = math.{call}"
    module = parse(f"{text} : tensor<512xf32>\nfunc.return %a : tensor<512xf32>\n}}")
    for fast in (False, True):
        options = Options(fast=fast)
        (c,) = resources.compile_kernels(backend.lower(module, options), "sm_90", options)
        flushing = re.findall(r"\b(?:abs|add|cvt|fma|mul|sub)(?:\.\w+)*\.ftz\b", c.stages["ptx"])
        assert bool(flushing) == fast


def test_gradients_of_fused_rows_do_not_spill():
    f, args = (
        lg.value_and_grad(normalized, argnums=(0, 1, 2)),
        [normal(*s).astype(np.float32) for s in ((4096, 1024), (1024,), (1024,), (4096, 1024))],
    )
    file = backend.lower(lg.jit(f).traced(*args).module, Options())
    first, *_ = resources.compile_kernels(file, "sm_90", Options())
    assert resources.resources(first.stages["cubin"])[1] == 0
    assert set(resources.widths(first.stages["ptx"], "ld")) == {"128 bits"}
    # Nothing is read twice: x and c, a row for each point, and two rows for all.
    assert first.kernel.reads == 4 * (2 * 4096 * 1024 + 2 * 1024)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_compile_for_a_card(name: str):
    f, args = PROGRAMS[name]
    file = backend.lower(lg.jit(f).traced(*args).module, Options())
    for c in resources.compile_kernels(file, "sm_90", Options()):
        assert c.stages["cubin"][:4] == b"\x7fELF"


@pytest.mark.parametrize("name", ["foo", "relu", "reluMax", "reluT2", "reluMaxT2", "conv"])
def test_examples_compile_for_a_card(name: str):
    """Gradients of MLIR text."""
    path = Path(__file__).parents[1] / "examples" / f"{name}.mlir"
    module = parse(path.read_text())
    GradientPass(entry=name).apply(opt.LetgradOptMain([]).ctx, module)
    for c in resources.compile_kernels(backend.lower(module, Options()), "sm_90", Options()):
        assert c.stages["cubin"][:4] == b"\x7fELF"


MATRICES = """ij,jk->ik ji,jk->ik ij,kj->ik ji,kj->ik ij,jk->ki ji,jk->ki ij,kj->ki ji,kj->ki
    kj,ji->ik
    bij,bjk->bik bji,bkj->bik bij,bjk->bki bkj,bji->bik abij,abjk->abik""".split()


@pytest.mark.parametrize("spec", MATRICES)
def test_products_of_matrices_are_calls_of_matmul(spec: str):
    """Where torch multiplies, and the letters say no more than its `matmul` does."""
    sizes = {"a": 2, "b": 3, "i": 34, "j": 33, "k": 65}
    words, out = spec.split("->")[0].split(","), spec.split("->")[1]
    x, y, z = (f"tensor<{''.join(f'{sizes[c]}x' for c in w)}f32>" for w in (*words, out))
    module = parse(f"""
      func.func @main(%a: {x}, %b: {y}) -> {z} {{
        %r = ten.einsum "{spec}" %a, %b : {x}, {y} -> {z}
        func.return %r : {z}
      }}""")
    file = backend.lower(module, Options(matmul="library"))
    assert "torch.matmul" in file.text
    args = generators.arguments(module, 0, special=False)
    (actual,), (expected,) = run(file, "main", *args), Evaluator(module).call("main", args)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)
    fake = interpreter.fake_torch()
    line = next(line for line in file.text.splitlines() if "torch.matmul" in line)
    known = dict(zip("ab", map(fake.as_tensor, args))) | {"torch": fake}
    exec(line.strip(), known)
    np.testing.assert_allclose(np.asarray(known["r"]), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(("n", "product"), [(2.0, 1), (5.0, 1), (2.5, 1), (65.0, 0), (0.3, 0)])
def test_powers_are_products(n: float, product: bool):
    x = np.array([0.0, -0.0, 1.5, -3.0, 1e-20, -1e30, np.inf, -np.inf, np.nan], np.float32)
    module = parse(f"""
      func.func @main(%x: tensor<9xf32>) -> tensor<9xf32> {{
        %n = arith.constant dense<{n}> : tensor<9xf32>
        %r = math.powf %x, %n : tensor<9xf32>
        func.return %r : tensor<9xf32>
      }}""")
    file = backend.lower(module, Options())
    assert ("libdevice.pow" in file.text) != product
    (actual,), (expected,) = run(file, "main", x), Evaluator(module).call("main", (x,))
    np.testing.assert_allclose(actual, expected, rtol=4e-7, atol=0)


def test_a_long_row_that_registers_hold_is_one_kernel():
    """Of one tensor or two that are read along it; more would leave no registers."""

    def softmax(*xs: np.ndarray) -> np.ndarray:
        x = functools.reduce(np.add, xs)
        e = np.exp(x - np.max(x, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)

    counts = []
    for n in (1, 2, 3):
        xs = [np.zeros((64, 32768), np.float32)] * n
        kernels = backend.lower(lg.jit(softmax).traced(*xs).module, Options()).kernels
        counts.append(len(kernels))
        assert n > 2 or kernels[0].warps == 16
    assert counts[:2] == [1, 1] and counts[2] > 1


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["sm_80", "sm_90", "gfx942"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_compile(name: str, arch: str):
    f, args = PROGRAMS[name]
    for options in (Options(), Options(scatter="atomic", matmul="triton")):
        file = backend.lower(lg.jit(f).traced(*args).module, options)
        made = resources.compile_kernels(file, arch, options)
        assert made and resources.report(made, arch, "h100", file)


@pytest.mark.slow
@pytest.mark.parametrize("e", ["f16", "bf16", "f32"])
@pytest.mark.parametrize("arch", ["sm_80", "sm_90", "gfx942"])
def test_products_compile(e: str, arch: str):
    x, y, z = (f"tensor<{size}x{e}>" for size in ("512x256", "256x640", "512x640"))
    module = parse(f"""
      func.func @main(%a: {x}, %b: {y}) -> {z} {{
        %r = ten.einsum "ij,jk->ik" %a, %b : {x}, {y} -> {z}
        %s = arith.mulf %r, %r : {z}
        func.return %s : {z}
      }}""")
    options = Options(matmul="triton")
    (c,) = resources.compile_kernels(backend.lower(module, options), arch, options)
    if arch == "sm_90" and e != "f32":
        assert "wgmma.mma_async" in c.stages["ptx"]
    if arch == "sm_80" and e != "f32":
        assert "mma.sync" in c.stages["ptx"]


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["sm_80", "sm_90", "gfx942"])
def test_sums_in_parts_compile(arch: str):
    module = parse("""
      func.func @main(%a: tensor<65536x64xbf16>, %b: tensor<65536x64xbf16>) -> tensor<64x64xbf16> {
        %r = ten.einsum "ki,kj->ij" %a, %b
          : tensor<65536x64xbf16>, tensor<65536x64xbf16> -> tensor<64x64xbf16>
        func.return %r : tensor<64x64xbf16>
      }""")
    made = resources.compile_kernels(backend.lower(module, Options()), arch, Options())
    assert len(made) == 2
    if arch == "sm_90":
        assert "wgmma.mma_async" in made[0].stages["ptx"]


def test_an_operand_stays_until_a_product_that_waits_has_read_it():
    """The first product runs with the nest that adds them, after the second read the operand."""
    random = np.random.default_rng(0)
    x, w, v = (random.standard_normal(s).astype(np.float16) for s in ((32, 48), (48, 16), (48, 16)))

    def f(x: Any, w: Any, v: Any) -> Any:
        return np.tanh(x) @ w + np.tanh(x) @ v

    np.testing.assert_allclose(lg.jit(f, backend="triton")(x, w, v), f(x, w, v), atol=0.05)


def test_an_unknown_architecture():
    file, _, _ = grad_file()
    # For a number that it does not know, Triton's LLVM would end the process.
    for name in ("sm", "sm_999", "gfx000"):
        with pytest.raises(LetgradError, match=f"'{name}' is no architecture; these are: sm_75"):
            resources.compile_kernels(file, name, Options())


def test_interpreting_and_compiling_take_turns():
    """The interpreter leaves nothing behind."""
    import triton
    import triton.language as tl

    before = tl.sum
    check(lambda x: np.sum(x, axis=1), normal(5, 7))
    assert tl.sum is before and not triton.knobs.runtime.interpret
    file = backend.lower(lg.jit(lambda x: np.sum(x)).traced(normal(5, 7)).module, Options())
    assert resources.compile_kernels(file, "sm_80", Options())


# Commands.


@pytest.mark.slow
def test_the_benchmark_of_the_gpu_runs_dry():
    run = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "gpu.py", "--dry-run", "--without", "compile,jax"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "30 of 30 cases are right" in run.stdout and "the times mean nothing" in run.stdout


def letgrad(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("letgrad")
    return subprocess.run([command, *arguments], capture_output=True, text=True)


def test_compile_writes_machine_code(tmp_path: Path):
    example = str(ROOT / "examples" / "foo.mlir")
    assert letgrad("compile", example, "--emit", "cubin", "-o", str(tmp_path / "foo")).stdout == ""
    assert (tmp_path / "foo").read_bytes()[:4] == b"\x7fELF"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--emit", "cubin"), "letgrad: error: cubin is no text: name a file with -o"),
        (("--emit", "hsaco", "-o", "x"), "letgrad: error: sm_90 has no hsaco; it has ttir, "),
        (("--arch", "cpu", "--report"), "letgrad: error: 'cpu' is no architecture; these are: "),
    ],
)
def test_compile_says_what_is_wrong_in_one_line(arguments: tuple[str, ...], message: str):
    run = letgrad("compile", str(ROOT / "examples" / "foo.mlir"), *arguments)
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr.startswith(message) and run.stderr.count("\n") == 1


def test_a_function_with_a_derivative_of_its_own():
    """The derivative is not asked for: the op is a call."""
    f = lg.custom_jvp(lambda x: np.sin(x) * 2)
    f.defjvp(lambda x, dx: (f(x[0]), 7 * dx[0]))
    x = np.arange(3.0)
    np.testing.assert_allclose(lg.jit(lambda x: f(x) + 1, backend="triton")(x), np.sin(x) * 2 + 1)
