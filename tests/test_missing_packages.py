"""letgrad without a package that it has one use for: it says what is missing, and does the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

BLOCK = """
import ctypes, sys
blocked = {blocked!r}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())

class Library(ctypes.CDLL):
    def __init__(self, name, *args, **options):
        if name and "mvec" in str(name) and "mvec" in blocked:
            raise OSError("no such library")
        super().__init__(name, *args, **options)

ctypes.CDLL = Library
import numpy as np
import letgrad as lg
from letgrad.tools import cli, opt
"""


def run(blocked: list[str], program: str, folder: Path) -> tuple[str, str]:
    """What a program prints in a process without these packages, on both streams."""
    text = BLOCK.format(blocked=blocked) + program
    ran = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.stdout, ran.stderr


def test_without_llvmlite(tmp_path: Path):
    example = ROOT / "examples" / "foo.mlir"
    out, err = run(
        ["llvmlite"],
        f"""
f = lambda x: np.sum(np.sin(x) ** 2)
print(lg.grad(f)(np.ones(2)).round(6), lg.jit(f, strict=True)(np.zeros(3)))
try:
    lg.jit(f, backend="cpu")(np.ones(2))
except lg.extend.LetgradError as error:
    print(error)
try:
    lg.export(f, np.ones(2), path="f.o")
except lg.extend.LetgradError as error:
    print(error)
lg.jit(f).save("f.mlir", np.ones(3))
print(lg.load("f.mlir")(np.ones(3)).round(6))
assert cli.main(["run", {str(example)!r}, "-i", "1", "-i", "2", "-i", "3"]) == 0
assert cli.main(["compile", {str(example)!r}, "--emit", "llvm"]) == 1
assert opt.main([{str(example)!r}, "-p", "gradient", "-t", "terms"]) == 0
""".replace("lg.extend.", "__import__('letgrad.extend').extend."),
        tmp_path,
    )
    assert out.startswith("[0.909297 0.909297] 0.0\n")
    first, second = (line for line in out.splitlines() if "error: " in line)
    assert first.endswith(
        "error: the backend 'cpu' needs the package llvmlite, which is not installed: "
        "pip install llvmlite"
    )
    assert "error: lg.export needs the package llvmlite, which is not" in second
    assert first.startswith("<string>:") and second.startswith("<string>:")
    assert "2.124220" in out or "2.12422" in out
    assert "%0: f64 = 4.0" in out and "atan2 z w" in out
    assert err.count("Programs run on the slow backend 'numpy'") == 1
    assert "letgrad: error: this needs the package llvmlite, which is not installed" in err


def test_without_triton(tmp_path: Path):
    example = str(ROOT / "examples" / "foo.mlir")
    out, err = run(
        ["triton"],
        f"""
print(lg.grad(lambda x: x * x)(3.0))
try:
    lg.jit(lambda x: x * x, backend="triton")(3.0)
except Exception as error:
    print(type(error).__name__, error)
assert cli.main(["compile", {example!r}]) == 0
assert cli.main(["compile", {example!r}, "--report"]) == 1
""",
        tmp_path,
    )
    first, second, *_ = out.splitlines()
    assert first == "6.0" and "import triton.language as tl" in out
    assert second.startswith("LetgradError <string>:") and second.endswith(
        "error: the backend 'triton' needs the package triton, which is not installed: "
        "pip install triton"
    )
    assert "triton" in err.splitlines()[-1] and err.count("error:") == 1


def test_without_the_vector_functions_of_the_c_library(tmp_path: Path):
    out, _ = run(
        ["mvec"],
        """
from letgrad.lowering.cpu.machine import vector_functions
x = np.linspace(0.1, 2, 1000)
for f in (np.sin, np.exp, np.log, np.arctan):
    np.testing.assert_allclose(lg.jit(f)(x), f(x), 1e-14)
print(repr(vector_functions()))
""",
        tmp_path,
    )
    assert out == "''\n"


@pytest.mark.sampled(5)
@pytest.mark.parametrize("package", ["networkx", "scipy", "jax", "torch"])
def test_import_needs_none_of_the_packages_with_one_use(package: str, tmp_path: Path):
    out, _ = run([package], "print(lg.jit(lambda x: x + 1)(1.0))", tmp_path)
    assert out == "2.0\n"
