"""The wheel: it holds what it should, and works where only it is installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

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


def tracked_files() -> list[str]:
    """The files of the checkout that git knows. Without git, the test that asks is skipped."""
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if files.returncode:
        pytest.skip("this is no checkout of git")
    return files.stdout.splitlines()


def test_no_tracked_file_is_named_like_an_option():
    """A command that takes `--help` or lit's `%t` as the name of its output made such files."""
    parts = {part for name in tracked_files() for part in Path(name).parts}
    assert [part for part in parts if part.startswith("-") or "%" in part] == []


@pytest.mark.slow
def test_build_makes_a_source_distribution_and_a_wheel(tmp_path: Path):
    """`python -m build` makes the wheel out of the source distribution."""
    pytest.importorskip("build", reason="the package build is not installed")
    sources = tmp_path / "sources"
    for name in tracked_files():
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, sources / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(sources)], check=True, capture_output=True)
    (archive,) = tmp_path.glob("letgrad-*.tar.gz")
    inside = {name.partition("/")[2] for name in tarfile.open(archive).getnames()}
    for name in ("CHANGELOG.md", "SECURITY.md", "docs/design.md", "tests/conftest.py", "lit.cfg"):
        assert name in inside
    (wheel,) = tmp_path.glob("letgrad-*.whl")
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    expected = {
        f"{package.replace('.', '/')}/{path.name}"
        for package in PACKAGES
        for path in shipped(package)
    }
    assert names == expected


def environments() -> Any:
    path = ROOT / ".ci" / "environments.py"
    spec = importlib.util.spec_from_file_location("environments", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_has_a_lowest_version():
    script = environments()
    assert script.lowest("numpy>=2.2,<3") == "numpy==2.2"
    assert script.lowest("triton>=3.6 ; platform_system == 'Linux'") == (
        "triton==3.6 ; platform_system == 'Linux'"
    )
    with pytest.raises(ValueError, match="names no lowest version"):
        script.lowest("numpy<3")
    for requirement in script.requirements():
        assert "==" in script.lowest(requirement)
    assert [name for name in script.QUICK if not (ROOT / name).is_file()] == []


def test_the_version_has_a_section_of_the_changelog():
    project = environments().project()
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{project['version']}]" in changelog
    classifiers = [c.rpartition(" :: ")[2] for c in project["classifiers"]]
    assert set(environments().PYTHONS) <= set(classifiers)
