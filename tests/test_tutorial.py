"""
The tutorials that a reader types: on passes, which ends with a test that passes, and can fail; and
from a NumPy function to a GPU kernel.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from setuptools import build_meta

from letgrad.tools import cli, opt

from .conftest import ROOT

PAGE = (ROOT / "docs" / "writing-a-pass.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TESTS = ("letgrad-opt", "letgrad", "lit", "filecheck")
"""The commands that a user has in an environment with what the page installs."""


def steps(page: str) -> Iterator[tuple[str, str, str]]:
    """
    What a reader does, in order: ("file", name, text), or ("run", command, what it prints); and
    what the page shows of a file that a command wrote: ("shown", "", text).
    """
    found = list(BLOCK.finditer(page))
    for k, (name, language, text) in enumerate(map(re.Match.groups, found)):
        if name:
            yield "file", name, text
        elif language == "sh":
            *others, last = text.splitlines()
            after = found[k + 1] if k + 1 < len(found) else None
            shown = after[3] if after and not after[1] and after[2] in ("text", "mlir") else ""
            yield from (("run", command, "") for command in others)
            yield "run", last, shown
        elif language == "py":
            yield "shown", "", text


PASS_STEPS = list(steps(PAGE[: PAGE.index("What to keep in mind")]))
GPU_STEPS = list(steps((ROOT / "docs" / "numpy-to-gpu.md").read_text(encoding="utf-8")))


def test_the_page_has_all_steps():
    names = [name for kind, name, _ in PASS_STEPS if kind == "file"]
    assert names == ["pyproject.toml", "my_passes.py", "tests/simplify-sums.mlir", "tests/lit.cfg"]
    commands = [command for kind, command, _ in PASS_STEPS if kind == "run"]
    assert "pip install -e ." in commands and commands[-1] == "lit -v tests"


def install(folder: Path, home: Path) -> Path:
    """
    The bin folder of an environment that has what this one has, and the project in `folder`, as
    `pip install -e` leaves it: its metadata, from its build backend, and its folder on the path.
    """
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    build_meta.prepare_metadata_for_build_wheel(str(site))  # of the current folder
    own = [p for p in sys.path if p.endswith("site-packages")]
    others = "".join(f"import site; site.addsitedir({p!r})\n" for p in own)
    (site / "tutorial.pth").write_text(f"{folder}\n{others}")
    scripts = {e.name: e for e in entry_points(group="console_scripts") if e.name in TESTS}
    for name, script in scripts.items():
        module, _, function = script.value.partition(":")
        path = home / "bin" / name
        path.write_text(
            f"#!{home / 'bin' / 'python'}\nimport sys\nfrom {module} import {function}\n"
            f"sys.exit({function}())\n"
        )
        path.chmod(0o755)
    return home / "bin"


def lit(bin: Path, tests: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PATH": os.pathsep.join([str(bin), os.environ["PATH"]])}
    command = [bin / "lit", "-v", tests]
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True)


def without_time(text: str) -> str:
    return re.sub(r"Testing Time: .*", "", text)


def test_from_an_empty_folder_to_a_green_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """In this process, but for lit; then once more with the rule that the page says to break."""
    project = tmp_path / "my-passes"
    (project / "tests").mkdir(parents=True)
    monkeypatch.chdir(project)
    bin, shown = tmp_path, ""
    for kind, name, text in PASS_STEPS:
        if kind == "file":
            Path(name).write_text(text, encoding="utf-8")
            continue
        program, *arguments = shlex.split(name)
        if name == "pip install -e .":
            bin = install(project, tmp_path / "env")
            # Here, and in what `letgrad generate-checks` starts.
            site = next((tmp_path / "env").glob("lib/python*/site-packages"))
            monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(project), str(site)]))
            monkeypatch.syspath_prepend(project)
            monkeypatch.syspath_prepend(site)
        elif program in ("letgrad-opt", "letgrad"):
            capfd.readouterr()
            assert {"letgrad-opt": opt.main, "letgrad": cli.main}[program](arguments) == 0
            out, err = capfd.readouterr()
            assert err + out == text
        elif program == "cat":
            assert Path(arguments[0]).read_text(encoding="utf-8") == text
        elif program == "lit":
            shown = text
    rule = Path("my_passes.py").read_text(encoding="utf-8")
    required = re.search(r"        if not set.*\n            return\n", rule)
    assert required is not None

    green = lit(bin, project / "tests")
    assert green.returncode == 0 and without_time(green.stdout) == without_time(shown)
    Path("my_passes.py").write_text(rule.replace(required[0], ""), encoding="utf-8")
    red = lit(bin, project / "tests")
    failed = re.search(r"^FAIL: .*$", PAGE, re.M)
    assert failed is not None
    assert red.returncode == 1 and failed[0] in red.stdout and "ten.reverse" in red.stdout


def test_the_way_to_a_kernel_has_all_steps():
    kinds = [kind for kind, _, _ in GPU_STEPS]
    assert kinds.count("file") == 3 and kinds.count("shown") == 2
    commands = [shlex.split(command) for kind, command, _ in GPU_STEPS if kind == "run"]
    assert ["python", "check.py"] in commands and ["python", "save.py"] in commands
    assert {command[1] for command in commands if command[0] == "letgrad"} == {"grad", "compile"}


def without_registers(text: str) -> str:
    """How many registers a kernel uses, and how much it spills, is up to the version of Triton."""
    return re.sub(r"uses .*", "", text)


@pytest.mark.slow
def test_from_a_numpy_function_to_a_kernel(tmp_path: Path):
    """Without a GPU: the kernels are interpreted, and compiled for a card that is not there."""
    pytest.importorskip("triton", reason="Triton has no wheel for this system")
    for kind, name, text in GPU_STEPS:
        if kind == "file":
            (tmp_path / name).write_text(text, encoding="utf-8")
            continue
        if kind == "shown":
            assert text in (tmp_path / "gate_triton.py").read_text(encoding="utf-8")
            continue
        program, *arguments = shlex.split(name)
        result = subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        assert without_registers(result.stdout) == without_registers(text)
    ptx = (tmp_path / "gate.ptx").read_text(encoding="utf-8")
    assert ".target sm_90" in ptx and "st.global" in ptx
