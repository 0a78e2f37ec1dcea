"""
lit on tests/filecheck, one pytest case per file; and that no file there passes because it checks
nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILECHECK = ROOT / "tests" / "filecheck"
FILES = sorted(
    str(p.relative_to(FILECHECK))
    for p in FILECHECK.rglob("*.mlir")
    if not {"Inputs", "Output"} & set(p.relative_to(FILECHECK).parts)
)


@pytest.fixture(scope="session")
def lit_results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """By file: lit's code (`PASS`, `FAIL` …) and what the file's commands said."""
    report = tmp_path_factory.mktemp("lit") / "report.json"
    lit = Path(sys.executable).with_name("lit")
    run = subprocess.run(
        [lit, "--no-progress-bar", "-q", "-o", report, FILECHECK], capture_output=True, text=True
    )
    assert report.exists(), f"lit did not run:\n{run.stdout}{run.stderr}"
    prefix = "letgrad :: tests/filecheck/"
    return {
        test["name"].removeprefix(prefix): (test["code"], test["output"])
        for test in json.loads(report.read_text())["tests"]
    }


@pytest.mark.parametrize("file", FILES)
def test_lit(file: str, lit_results: dict[str, tuple[str, str]]) -> None:
    code, output = lit_results.get(file, ("NOT RUN", "lit did not find this file"))
    assert code == "PASS", output


@pytest.mark.slow
def test_lit_with_the_installed_scripts() -> None:
    """The same, each command started as a user starts it."""
    lit = Path(sys.executable).with_name("lit")
    run = subprocess.run(
        [lit, "--no-progress-bar", "-q", "--param", "cold=1", FILECHECK],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


@cache
def _lines(file: str) -> tuple[str, ...]:
    return tuple((FILECHECK / file).read_text().splitlines())


def run_lines(file: str) -> list[str]:
    """The commands of a file, with continued lines joined."""
    commands = [m[1] for line in _lines(file) if (m := re.search(r"\bRUN:\s*(.*)$", line))]
    return "\n".join(commands).replace("\\\n", " ").splitlines()


def prefixes_used(command: str) -> set[str]:
    """The check prefixes that a RUN line reads; none where it does not use filecheck."""
    if not re.search(r"(\||;|&&|^)\s*(not )?filecheck\b", command):
        return set()
    given = re.findall(r"--check-prefix(?:es)?[= ]([\w,-]+)", command)
    return {p for names in given for p in names.split(",")} or {"CHECK"}


@pytest.mark.parametrize("file", FILES)
def test_file_checks_something(file: str) -> None:
    """
    Each file has a RUN line; each prefix that a RUN line uses has a line that must match; each
    prefix that has lines is used; and a file whose commands use neither filecheck nor
    --verify-diagnostics checks nothing.
    """
    commands = run_lines(file)
    assert commands, "there is no RUN line"
    used = set().union(*map(prefixes_used, commands))
    assert used or any("--verify-diagnostics" in c for c in commands), "no command checks anything"
    text = "\n".join(_lines(file))
    positive = set(
        re.findall(r"//\s*([A-Z][A-Z0-9_-]*?)(?:-NEXT|-SAME|-LABEL|-DAG|-EMPTY|-COUNT-\d+)?:", text)
    )
    assert used <= positive, f"prefixes without a line that must match: {sorted(used - positive)}"
    written = set(
        re.findall(r"//\s*([A-Z][A-Z0-9_-]*?)-(?:NEXT|SAME|LABEL|DAG|NOT|EMPTY|COUNT-\d+):", text)
    )
    assert written <= used, f"lines of prefixes that no RUN line uses: {sorted(written - used)}"
