"""
The package in `examples/special_functions`, installed beside a wheel of letgrad in an environment
of its own: its tests, letgrad's tools, and xDSL's.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .conftest import ROOT, built, environment, run

PROJECT = ROOT / "examples" / "special_functions"
PROGRAM = """
func.func @f(%x: tensor<3xf64>) -> f64 {
  %e = math.exp %x : tensor<3xf64>
  %s = ten.sum %e dims [0] : tensor<3xf64> -> f64
  %l = math.log %s : f64
  func.return %l : f64
}
"""
RAISED = "f = \\x -> special.logsumexp x {dims = array<i64: 0>}\n"


@pytest.fixture(scope="module")
def beside(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with both wheels."""
    sources = tmp_path_factory.mktemp("special") / "sources"
    shutil.copytree(PROJECT, sources, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    own = built(sources, tmp_path_factory.mktemp("special_wheel"))
    return environment(tmp_path_factory.mktemp("both"), [wheel, own])


@pytest.mark.slow
def test_its_tests_pass(beside: Path, tmp_path: Path):
    shutil.copytree(PROJECT / "tests", tmp_path / "tests")
    where = run([beside / "python", "-c", "import letgrad as l; print(l.__file__)"], tmp_path)
    assert Path(where).is_relative_to(beside.parent)
    out = run([beside / "python", "-m", "pytest", "-q", "tests"], tmp_path)
    assert " passed" in out


@pytest.mark.slow
def test_it_conforms(beside: Path, tmp_path: Path):
    """As tests of its own, by the plugin that comes with the wheel."""
    command = ["-m", "pytest", "-q", "--conform", "special_functions.dialect"]
    out = run([beside / "python", *command, "--conform-cases", "6"], tmp_path)
    assert " passed" in out and "failed" not in out


@pytest.mark.parametrize(
    "tool",
    [pytest.param("letgrad.tools.opt", marks=pytest.mark.slow), "xdsl.tools.xdsl_opt"],
)
def test_every_tool_knows_it(beside: Path, tmp_path: Path, tool: str):
    """letgrad's own tool and plain xdsl-opt."""
    command = [beside / "python", "-c", f"import sys; from {tool} import main; sys.exit(main())"]
    out = run([*command, "-p", "special-raise,dce", "-t", "terms"], tmp_path, input=PROGRAM)
    assert out == RAISED
    out = run([*command, "-p", "special-raise,gradient"], tmp_path, input=PROGRAM)
    assert "special.logsumexp" in out


def test_it_is_explained_and_documented(beside: Path, tmp_path: Path):
    """As its README says."""
    letgrad = beside / "letgrad"
    run([letgrad, "explain", "-", "-p", "special-raise,gradient"], tmp_path, input=PROGRAM)
    page = (tmp_path / "explain.html").read_text(encoding="utf-8")
    assert "special.logsumexp" in page and "linearize(special.logsumexp)" in page
    out = run([letgrad, "docs", "special.logsumexp"], tmp_path)
    assert out.startswith("## special.logsumexp") and "| `decompose` |" in out


def test_letgrad_does_not_name_it():
    """What works for this package works for any."""
    for layer in ("dialects", "passes", "lowering", "frontend", "tools"):
        for path in (ROOT / layer).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "special_functions" not in text, path
            # SciPy has a `special`, too; these names are the package's own.
            assert not re.search(r"\bspecial\.(attention|softplus|sorted_segment_sum)", text), path
