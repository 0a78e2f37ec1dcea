"""The wheel: it holds what it should, and works where only it is installed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from .conftest import ROOT, folder, packages, run, shipped

PACKAGES = packages()


def test_every_folder_of_sources_is_listed():
    """A folder that is not listed works in an editable install, and is missing from the wheel."""
    found = {
        ".".join(("letgrad", *path.relative_to(ROOT).parent.parts))
        for layer in ("dialects", "passes", "lowering", "frontend", "tools")
        for path in (ROOT / layer).rglob("*.py")
    }
    assert found | {"letgrad"} == set(PACKAGES)


def test_every_package_says_that_it_is_typed():
    assert [p for p in PACKAGES if not (folder(p) / "py.typed").is_file()] == []


@pytest.mark.slow
def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    expected = {
        f"{package.replace('.', '/')}/{path.name}"
        for package in PACKAGES
        for path in shipped(package)
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_the_wheel_works(installed: Path, tmp_path: Path):
    modules = "letgrad.dialects.ten, letgrad.passes.rewriting.driver"
    imports = f"import {modules}, letgrad.lowering.reference as r"
    where = run([installed / "python", "-c", f"{imports}; print(r.__file__)"], tmp_path).strip()
    assert Path(where).is_relative_to(installed.parent)

    door = "from letgrad.extend import *; print(GradientPass.name, ten.Ten.name)"
    assert run([installed / "python", "-c", door], tmp_path) == "gradient ten\n"
    assert "@evaluate.rule" in run([installed / "letgrad", "docs", "extend.evaluate"], tmp_path)

    assert run([installed / "letgrad-opt", "--version"], tmp_path).startswith("letgrad-opt ")
    program = (ROOT / "examples" / "reluT2.mlir").read_text(encoding="utf-8")
    once = run([installed / "letgrad-opt"], tmp_path, input=program)
    assert "ten.build [5] (%i)" in once
    assert run([installed / "letgrad-opt"], tmp_path, input=once) == once

    (tmp_path / "program.mlir").write_text(program, encoding="utf-8")
    run([installed / "letgrad", "explain", "program.mlir", "-o", "page.html"], tmp_path)
    assert "ten.build" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_plain_xdsl_opt_knows_our_dialects_and_targets(installed: Path, tmp_path: Path):
    program = (ROOT / "examples" / "foo.mlir").read_text(encoding="utf-8")
    xdsl_opt = [installed / "python", "-m", "xdsl.tools.xdsl_opt"]
    out = run([*xdsl_opt, "-t", "terms"], tmp_path, input=program)
    assert out == "foo = \\x y z -> let w = x * sin y in atan2 z w + z * w\n"
    program = (ROOT / "examples" / "reluT2.mlir").read_text(encoding="utf-8")
    assert "ten.build" in run(xdsl_opt, tmp_path, input=program)
