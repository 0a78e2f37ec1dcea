"""Backends of packages: found by their entry points, and imported when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import letgrad as lg
from letgrad.lowering import backends
from letgrad.passes.rewriting.diagnostics import LetgradError

from .conftest import ROOT

PLUGIN = """
from letgrad.extend import Evaluator, register_backend

@register_backend("doubling")
def compile_doubling(module, entry):
    return lambda *args: tuple(2 * x for x in Evaluator(module).call(entry, args))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path, whose module `doubling_machine` is the backend `doubling`."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "doubling_machine.py").write_text(PLUGIN, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("doubling_machine", None)
    backends._backends.pop("doubling", None)


def plug(monkeypatch: pytest.MonkeyPatch, name: str, module: str) -> None:
    found = EntryPoints([EntryPoint(name, module, backends.PLUGINS)])
    monkeypatch.setattr(backends, "entry_points", found.select)


def test_a_backend_is_found_and_imported_late(package: Path, monkeypatch: pytest.MonkeyPatch):
    plug(monkeypatch, "doubling", "doubling_machine")
    assert "doubling" in backends.names() and "doubling_machine" not in sys.modules
    assert lg.jit(lambda x: x * x, backend="doubling")(3.0) == 18.0


def test_a_module_that_fails_is_named(package: Path, monkeypatch: pytest.MonkeyPatch):
    plug(monkeypatch, "absent", "no_such_machine")
    with pytest.raises(LetgradError, match="'absent': no_such_machine cannot be imported"):
        lg.jit(lambda x: x * x, backend="absent")(3.0)


def test_a_module_without_the_backend_is_named(package: Path, monkeypatch: pytest.MonkeyPatch):
    plug(monkeypatch, "tripling", "doubling_machine")
    with pytest.raises(LetgradError, match="doubling_machine does not register it"):
        lg.jit(lambda x: x * x, backend="tripling")(3.0)


def test_the_command_takes_it(package: Path, monkeypatch: pytest.MonkeyPatch):
    """By the metadata that an installed package leaves."""
    info = package / "doubling-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: doubling\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[letgrad.backends]\ndoubling = doubling_machine\n")
    monkeypatch.setenv("PYTHONPATH", str(package))
    inputs = [f"--input={x}" for x in (1.1, 2.2, 3.3)]
    command = [Path(sys.executable).with_name("letgrad"), "run", ROOT / "examples" / "foo.mlir"]
    once, twice = (
        subprocess.run(
            [*command, "--backend", name, *inputs], capture_output=True, text=True, check=True
        ).stdout
        for name in ("numpy", "doubling")
    )
    assert float(twice.split("= ")[1]) == 2 * float(once.split("= ")[1])
