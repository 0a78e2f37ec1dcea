"""`convert-stablehlo-to-ten`: the values are those of StableHLO's interpreter and of XLA."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from letgrad.frontend.from_stablehlo.foreign_op import kind_of
from letgrad.frontend.from_stablehlo.foreign_programs import functions_in
from letgrad.frontend.from_stablehlo.stablehlo_to_ten import convert
from letgrad.lowering import backends
from letgrad.tools import source
from letgrad.tools.programs import new_context

from .. import forked

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "filecheck" / "passes" / "convert-stablehlo-to-ten"
DATA = ROOT.parent / "shared" / "data" / "stablehlo"
FILES = sorted(DATA.glob("*.mlir"))


def read(path: Path) -> ModuleOp:
    return source.parse(new_context(), path.read_text(), path.name)


def sample(shape: tuple[int, ...], dtype: np.dtype, r: np.random.Generator) -> np.ndarray:
    """Random numbers, with zeros, large numbers and negative ones among the integers."""
    if dtype.kind == "b":
        return r.random(shape) < 0.5
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        few = np.array([0, 1, 2, 3, 5, 31, 33, limits.max, limits.min, limits.max - 1], dtype)
        return r.choice(few, size=shape).astype(dtype)
    return (r.normal(size=shape) * 1.5).astype(dtype)


def inputs_of(function: func.FuncOp, seed: int = 0) -> list[np.ndarray]:
    r = np.random.default_rng(seed)
    return [sample(*kind_of(argument.type), r) for argument in function.args]


def bits(x: np.ndarray) -> np.ndarray:
    """Unsigned integers as the signed ones that letgrad's functions take."""
    return x.view(f"i{x.itemsize}") if x.dtype.kind == "u" else x


def check(got: Any, wanted: np.ndarray, tolerance: float = 2e-5, of_largest: float = 0.0) -> None:
    """The same values, up to a tolerance, or up to a part of the largest finite element."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    if wanted.dtype.kind == "u":
        got = got.view(wanted.dtype)
    assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
    if wanted.dtype.kind in "iub":
        np.testing.assert_array_equal(got, wanted)
        return
    wide = np.complex128 if wanted.dtype.kind == "c" else np.float64
    a, b = got.astype(wide), wanted.astype(wide)
    slack = max(tolerance, of_largest * np.max(np.abs(b[np.isfinite(b)]), initial=0))
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=slack)


NO_ORACLE = {
    # The interpreter's process ends at a division by 0. JAX's programs in `jax_programs.py` divide.
    "elementwise.mlir": {
        f"{name}_of_{kind}" for name in ("divide", "remainder") for kind in ("integers", "unsigned")
    },
    # jaxlib lowers a broadcast along the last dimensions only.
    "broadcasts.mlir": {"along_the_first"},
    # The interpreter has none of these. `test_values_of_xla` evaluates them.
    "more.mlir": {
        "normalized",
        "normalizing",
        "gradient_of_normalizing",
        "chosen",
        "diagonal_and_sums",
        "sizes_that_are_known",
        "random_words",
        "alone",
        "scan_with_two_carries",
    },
    "functions.mlir": {"fft", "identity_targets", "cholesky", "adds_two"},
}
"""The functions that the interpreter does not evaluate."""

NO_ORACLE_FILES = ("errors", "quantized_and_ragged", "unknown_ops", "unknown_sizes")
"""The files that the interpreter does not read."""


@pytest.mark.sampled(13)
@pytest.mark.parametrize(
    "path",
    # Other tests have the values of files whose types jaxlib's interpreter does not read.
    [p for p in sorted(CASES.glob("*.mlir")) if p.stem not in NO_ORACLE_FILES],
    ids=lambda p: p.stem,
)
@pytest.mark.parametrize("backend", ["numpy", pytest.param("cpu", marks=pytest.mark.slow)])
def test_each_rule_keeps_the_value(path: Path, backend: str, tmp_path: Path):
    pytest.importorskip("jax", reason="JAX makes the arrays of jaxlib's reference interpreter")
    module = read(path)
    given = {
        name: inputs_of(f) for name, f in functions_in(module).items() if f.sym_visibility is None
    }
    (tmp_path / "in").write_bytes(pickle.dumps(given))
    oracle = Path(__file__).with_name("oracle.py")
    command = [sys.executable, str(oracle), str(path), str(tmp_path / "in"), str(tmp_path)]
    log = subprocess.run(command, capture_output=True, text=True).stderr
    convert(module)
    without = {name for name in given if not (tmp_path / name).exists()}
    assert without <= NO_ORACLE.get(path.name, set()), log[-2000:]
    for name, args in given.items():
        if name in without:
            continue
        wanted = pickle.loads((tmp_path / name).read_bytes())
        compiled = backends.compile(backend, module.clone(), name)
        for x, y in zip(compiled(*map(bits, args)), wanted, strict=True):
            try:
                check(x, y)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from None


@pytest.mark.parametrize("name", ["normalized", "normalizing", "gradient_of_normalizing",
                                   "random_words", "alone"])  # fmt: skip
@pytest.mark.sampled(3)
def test_values_of_xla(name: str):
    text = (CASES / "more.mlir").read_text()
    found = re.search(rf"^func.func @{name}\(.*?^}}$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    alone = found[0].replace(f"@{name}(", "@main(", 1)
    module = source.parse(new_context(), alone, name)
    args = inputs_of(functions_in(module)["main"])
    wanted = run_xla(alone, args)
    convert(module)
    for backend in "numpy", "cpu":
        compiled = backends.compile(backend, module.clone(), "main")
        for x, y in zip(compiled(*map(bits, args)), wanted, strict=True):
            check(x, y)


def test_a_vector_along_the_first_dimension():
    module = read(CASES / "broadcasts.mlir")
    convert(module)
    x, v = np.arange(9, dtype=np.float32).reshape(3, 3), np.array([5, 3, 9], np.float32)
    difference, less = backends.compile("numpy", module, "along_the_first")(x, v)
    np.testing.assert_array_equal(difference, x - v[:, None])
    np.testing.assert_array_equal(less, v[:, None] < x)


def test_an_einsum_of_one_operand():
    module = read(CASES / "more.mlir")
    convert(module)
    x = np.arange(36, dtype=np.float32).reshape(3, 3, 4)
    r, s = backends.compile("numpy", module, "diagonal_and_sums")(x)
    np.testing.assert_array_equal(r, np.einsum("aab->ab", x))
    np.testing.assert_array_equal(s, np.einsum("aab->b", x))


def test_a_scan_of_chlo_backwards():
    module = read(CASES / "more.mlir")
    convert(module)
    x, a = np.arange(8, dtype=np.float32).reshape(2, 4), np.array([1, 2], np.float32)
    n = np.array([1, 3], np.int32)
    rows, last, m = backends.compile("numpy", module, "scan_with_two_carries")(x, a, n)
    sums = np.cumsum(x[:, ::-1], axis=1)[:, ::-1] + a[:, None]
    np.testing.assert_array_equal(rows, sums * x)
    np.testing.assert_array_equal(last, sums[:, 0])
    np.testing.assert_array_equal(m, 16 * n)


# The programs that JAX printed.


def run_xla(text: str, args: list[np.ndarray]) -> list[np.ndarray]:
    """The results of @main by XLA, as JAX compiles it."""
    return run_xla_once(text)(args)


def run_xla_once(text: str) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """@main as XLA compiles it for JAX."""
    jax = pytest.importorskip("jax", reason="XLA is in the package jax")
    from jax._src.interpreters import mlir
    from jax._src.lib import _jax, xla_client
    from jaxlib.mlir import ir

    # LAPACK's functions are there after JAX has used one of them.
    np.asarray(jax.numpy.linalg.cholesky(jax.numpy.eye(2)))
    device = jax.devices("cpu")[0]
    with mlir.make_ir_context(), jax.enable_x64(True):
        options = xla_client.CompileOptions()
        module = ir.Module.parse(text)
        compiled = device.client.compile_and_load(module, _jax.DeviceList((device,)), options)

    def run(args: list[np.ndarray]) -> list[np.ndarray]:
        with jax.enable_x64(True):
            results = compiled.execute_sharded([jax.device_put(x, device) for x in args])
            return [np.asarray(x[0]) for x in results.disassemble_into_single_device_arrays()]

    return run


def example(name: str, function: func.FuncOp) -> list[np.ndarray]:
    """Arguments at which the program's functions are smooth and its matrices are positive."""
    result = []
    for x in inputs_of(function, seed=1):
        if x.dtype.kind in "iu" and x.dtype.itemsize > 1:
            x = (np.abs(x.astype(np.int64)) % 5).astype(x.dtype)
        square = x.ndim == 2 and x.shape[0] == x.shape[1] and x.dtype.kind == "f"
        if square and re.match("cholesky|eigh|svd|gmm", name):
            x = x @ x.T + np.eye(len(x), dtype=x.dtype)
        if name == "special" and x.dtype.kind == "f":
            x = np.abs(x) * x.dtype.type(0.3) + x.dtype.type(0.1)
        result.append(x)
    return result


def small(wanted: np.ndarray) -> np.ndarray:
    """Floats of 8 bits as the float32 numbers that letgrad keeps in their place."""
    return wanted.astype(np.float32) if "float8" in wanted.dtype.name else wanted


@pytest.mark.skipif(not FILES, reason="the programs that JAX printed are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.sampled(25)
def test_programs_of_jax_have_the_values_of_xla(path: Path):
    module = read(path)
    args = example(path.stem, functions_in(module)["main"])
    wanted = run_xla(path.read_text(), args)
    convert(module)
    module.verify()
    got = backends.compile("cpu", module, "main")(*map(bits, args))
    for x, y in zip(got, wanted, strict=True):
        # In float32, XLA's gradient of the transformer is off by 5e-5 of its largest element, and
        # letgrad's by 1e-5.
        check(x, small(y), 2e-4, of_largest=1e-4)


MIXED = """
func.func @f(%x: tensor<3xf32>, %a: tensor<f32>) -> tensor<3xf32> {
  %c = arith.constant dense<2.0> : tensor<f32>
  %b = arith.mulf %a, %c : tensor<f32>
  %y = stablehlo.broadcast_in_dim %b, dims = [] : (tensor<f32>) -> tensor<3xf32>
  %z = arith.addf %x, %y : tensor<3xf32>
  %w = stablehlo.negate %z : tensor<3xf32>
  return %w : tensor<3xf32>
}
"""


def test_ops_of_other_dialects_stay():
    module = source.parse(new_context(), MIXED, "mixed.mlir")
    convert(module)
    module.verify()
    (y,) = backends.compile("numpy", module, "f")(np.ones(3, np.float32), np.float32(3))
    np.testing.assert_array_equal(y, [-7, -7, -7])


def test_commands_take_stablehlo(tmp_path: Path, server: forked.Server):
    text = """
    func.func @f(%x: tensor<f64>) -> tensor<f64> {
      %y = stablehlo.multiply %x, %x : tensor<f64>
      return %y : tensor<f64>
    }
    """
    (tmp_path / "f.mlir").write_text(text)
    command = Path(sys.executable).with_name("letgrad")
    for words, wanted in ((["run", "--input", "3.0"], "9"), (["grad"], "2.000000e+00")):
        done = server.run(command, words[0], "f.mlir", *words[1:], cwd=tmp_path)
        assert done.returncode == 0 and wanted in done.stdout, done.stderr
