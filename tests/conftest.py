"""Environments where letgrad is installed as users install it, from a wheel."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from . import forked

ROOT = Path(__file__).parents[1]

FIRST = """
test_filecheck.py test_examples.py test_rules_exhaustively.py test_sharing.py test_implicit.py
test_cpu.py test_from_jax.py test_derivatives.py test_triton.py test_stamps.py
""".split()
"""The files whose tests take longest together, the longest first."""

# Tests change passes and limits, which a kept program does not see.
os.environ.setdefault("LETGRAD_CACHE_PROGRAMS", "0")


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out the slow ones
def pytest_collection_modifyitems(items: list[pytest.Item]):
    """
    Marks some cases of large families as slow: under `sampled(n)`, a case of a parametrized test
    stays if the checksum of its name is divisible by n, and of each test at least one case stays.
    So `make test` takes the same sample each time, and `make test-slow` the rest.
    """
    families: dict[str, list[tuple[int, pytest.Item]]] = {}
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is not None and hasattr(item, "callspec") and not item.get_closest_marker("slow"):
            name = item.nodeid.partition("::")[2]
            rest = zlib.crc32(name.encode()) % mark.args[0]
            families.setdefault(f"{item.path}::{name.partition('[')[0]}", []).append((rest, item))
    for cases in families.values():
        first = min(cases, key=lambda case: case[0])
        for rest, item in cases:
            if rest and item is not first[1]:
                item.add_marker(pytest.mark.slow)
    # One worker takes a whole file. If it took a long one last, the others would wait for it.
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else 99)


def pytest_collection_finish(session: pytest.Session):
    """Takes the tests themselves, a large heap that stays, out of the collector's rounds.

    The rounds took a tenth of the time of all tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_unconfigure(config: pytest.Config):
    """Extensions report what was not collected at the end."""
    gc.unfreeze()


def packages() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["tool"]["setuptools"]["packages"]


def folder(package: str) -> Path:
    """Where the sources of a package are."""
    return ROOT.joinpath(*package.split(".")[1:])


def built(sources: Path, out: Path) -> Path:
    """The wheel of a project; offline where this environment's setuptools will do."""
    try:
        from setuptools import __version__ as setuptools

        new_enough = int(setuptools.split(".")[0]) >= 77
    except ImportError:
        new_enough = False
    offline = ["--no-build-isolation"] if new_enough else []
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *offline]
    subprocess.run([*command, "-w", out, sources], check=True)
    return next(out.glob("*.whl"))


def environment(home: Path, wheels: Sequence[Path]) -> Path:
    """The bin folder of an environment with these wheels, and this one's other packages."""
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    site = next(home.glob("lib/python*/site-packages"))
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*command, *wheels], check=True)
    # The .pth files in there are not followed, and so its editable letgrad is not seen.
    own = [p for p in sys.path if p.endswith("site-packages")]
    (site / "dependencies.pth").write_text("".join(f"{p}\n" for p in own))
    return home / "bin"


def run(command: Sequence[str | Path], where: Path, **options) -> str:
    """What a command prints, without this source tree on its path. It has to succeed."""
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=where, env=variables, capture_output=True, text=True, check=False, **options
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def shipped(package: str) -> list[Path]:
    """The files of a package that belong to the wheel."""
    suffixes = (".py", ".css", ".html", ".js")
    files = folder(package).iterdir()
    return [path for path in files if path.suffix in suffixes or path.name == "py.typed"]


@pytest.fixture(scope="session")
def server() -> Iterator[forked.Server]:
    """Runs programs in Python and the installed commands as forks of one process."""
    server = forked.Server({k: v for k, v in os.environ.items() if k != "PYTHONPATH"})
    yield server
    server.close()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that no old build folder gets into it."""
    sources = tmp_path_factory.mktemp("sources")
    for package in packages():
        target = sources / folder(package).relative_to(ROOT)
        target.mkdir(parents=True, exist_ok=True)
        for path in shipped(package):
            shutil.copy(path, target)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    return built(sources, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel alone."""
    return environment(tmp_path_factory.mktemp("venv"), [wheel])
