"""The wheel: it holds what it should, and works where only it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]


def folder(package: str) -> Path:
    """Where the sources of a package are."""
    return ROOT.joinpath(*package.split(".")[1:])


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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that no old build folder gets into it."""
    sources = tmp_path_factory.mktemp("sources")
    for package in PACKAGES:
        target = sources / folder(package).relative_to(ROOT)
        target.mkdir(parents=True, exist_ok=True)
        for path in [*folder(package).glob("*.py"), folder(package) / "py.typed"]:
            shutil.copy(path, target)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", out, sources]
    subprocess.run(command, check=True)
    return next(out.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    expected = {
        f"{package.replace('.', '/')}/{path.name}"
        for package in PACKAGES
        for path in [*folder(package).glob("*.py"), folder(package) / "py.typed"]
    }
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel, and this environment's other packages."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    site = next(home.glob("lib/python*/site-packages"))
    own = next(p for p in sys.path if p.endswith("site-packages"))
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*command, wheel], check=True)
    # The .pth files in there are not followed, and so its editable letgrad is not seen.
    (site / "dependencies.pth").write_text(own + "\n")
    return home / "bin"


def run(command: list[str | Path], where: Path, **options) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=where, env=environment, capture_output=True, text=True, check=False, **options
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_the_wheel_works(installed: Path, tmp_path: Path):
    imports = "import letgrad.dialects.ten, letgrad.passes.driver, letgrad.lowering.reference as r"
    where = run([installed / "python", "-c", f"{imports}; print(r.__file__)"], tmp_path).strip()
    assert Path(where).is_relative_to(installed.parent)

    assert run([installed / "letgrad-opt", "--version"], tmp_path).startswith("letgrad-opt ")
    program = (ROOT / "examples" / "reluT2.mlir").read_text(encoding="utf-8")
    once = run([installed / "letgrad-opt"], tmp_path, input=program)
    assert "ten.build [5] (%i)" in once
    assert run([installed / "letgrad-opt"], tmp_path, input=once) == once


@pytest.mark.slow
def test_plain_xdsl_opt_knows_our_dialects_and_targets(installed: Path, tmp_path: Path):
    program = (ROOT / "examples" / "foo.mlir").read_text(encoding="utf-8")
    xdsl_opt = [installed / "python", "-m", "xdsl.tools.xdsl_opt"]
    out = run([*xdsl_opt, "-t", "terms"], tmp_path, input=program)
    assert out == "foo = \\x y z -> let w = x * sin y in atan2 z w + z * w\n"
    program = (ROOT / "examples" / "reluT2.mlir").read_text(encoding="utf-8")
    assert "ten.build" in run(xdsl_opt, tmp_path, input=program)
