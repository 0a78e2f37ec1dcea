"""
Runs the quick tests on each Python, with the lowest and the highest versions of all packages.

    python .ci/environments.py                        all of them
    python .ci/environments.py 3.12 lowest            one of them
    python .ci/environments.py --turn                 one by turns: another one each day
    python .ci/environments.py --list                 what there is to run

Each environment gets letgrad from a wheel, which is built from the source distribution. The exit
status is 1 if a test fails, and 3 if an environment could not be made (no such Python, no network).
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
VERSIONS = ("lowest", "highest")

FAILED, NOT_MADE = 1, 3

QUICK = (
    "tests/test_cpu.py", "tests/test_derivatives.py", "tests/test_saving.py", "tests/test_ahead.py",
    "tests/test_terms.py", "tests/frontend/test_fft.py",
)  # fmt: skip
"""Files whose tests take a minute or two, and go through every floor."""

NEEDED = ("pytest", "pytest-xdist", "hypothesis", "filecheck", "lit", "scipy")
"""What the quick tests need of the extra `dev`."""


class NotMade(Exception):
    """An environment could not be made."""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements() -> list[str]:
    """The packages that letgrad needs."""
    return project()["dependencies"]


def test_requirements() -> list[str]:
    """The packages that the quick tests need beside them. Their versions do not matter."""
    return [r for r in project()["optional-dependencies"]["dev"] if name_of(r) in NEEDED]


def name_of(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None
    return match.group()


def lowest(requirement: str) -> str:
    """The requirement of the lowest version: `numpy>=2.2,<3` becomes `numpy==2.2`."""
    text, _, marker = requirement.partition(";")
    bound = re.search(r">=\s*([\w.]+)", text)
    if bound is None:
        raise ValueError(f"{requirement} names no lowest version")
    pinned = f"{name_of(text)}=={bound.group(1)}"
    return f"{pinned} ; {marker.strip()}" if marker else pinned


def command(words: Sequence[str | Path], where: Path, what: str) -> None:
    """Run a command that makes an environment."""
    ran = subprocess.run(words, cwd=where, capture_output=True, text=True)
    if ran.returncode:
        lines = (ran.stdout + ran.stderr).strip().splitlines()
        raise NotMade(f"{what}: {lines[-1] if lines else 'no message'}")


def python_of(version: str) -> Path:
    """The interpreter of a version: on the path, or one of pyenv's."""
    candidates = [shutil.which(f"python{version}")]
    candidates += sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
    for found in filter(None, candidates):
        ran = subprocess.run([found, "-c", "import sys; print(sys.version)"], capture_output=True)
        if ran.returncode == 0 and ran.stdout.decode().startswith(f"{version}."):
            return Path(found)
    raise NotMade(f"there is no Python {version}")


def wheel(folder: Path) -> Path:
    """letgrad's wheel, from its source distribution."""
    command(
        [sys.executable, "-m", "build", "--outdir", folder, ROOT],
        ROOT,
        "the wheel (python -m build)",
    )
    return next(folder.glob("*.whl"))


def run(version: str, versions: str, built: Path, folder: Path) -> int:
    """The exit status of the quick tests in a new environment."""
    home = folder / f"{version}-{versions}"
    command([python_of(version), "-m", "venv", home], folder, f"Python {version}")
    python = home / "bin" / "python"
    wanted = requirements()
    if versions == "lowest":
        wanted = [lowest(r) for r in wanted]
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    command(
        [*pip, "--upgrade", built, *wanted, *test_requirements()], folder, f"packages ({versions})"
    )
    # A copy without the sources: the tests import the wheel.
    tests = home / "checkout"
    for name in ("tests", "examples", "benchmarks"):
        shutil.copytree(ROOT / name, tests / name)
    for name in ("pyproject.toml", "README.md", "lit.cfg"):
        shutil.copy(ROOT / name, tests)
    ran = subprocess.run(
        [python, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", *QUICK], cwd=tests
    )
    return ran.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("python", nargs="?", choices=PYTHONS)
    parser.add_argument("versions", nargs="?", choices=VERSIONS)
    parser.add_argument("--turn", action="store_true", help="one of them, another one each day")
    parser.add_argument("--list", action="store_true", help="print them, and run none")
    options = parser.parse_args()
    chosen = [
        (python, versions)
        for python in PYTHONS
        for versions in VERSIONS
        if options.python in (None, python) and options.versions in (None, versions)
    ]
    if options.turn:
        chosen = [chosen[int(time.time() // 86_400) % len(chosen)]]
    if options.list:
        print(*(" ".join(pair) for pair in chosen), sep="\n")
        return 0
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            built = wheel(home / "dist")
        except NotMade as error:
            print(f"not made: {error}")
            return NOT_MADE
        for python, versions in chosen:
            print(f"== Python {python}, {versions} versions", flush=True)
            try:
                if run(python, versions, built, home):
                    print(f"failed: Python {python}, {versions} versions")
                    status = FAILED
            except NotMade as error:
                print(f"not made: {error}")
                status = status or NOT_MADE
    return status


if __name__ == "__main__":
    raise SystemExit(main())
