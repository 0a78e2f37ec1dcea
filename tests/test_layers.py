"""Who may import whom: tests → tools → frontend → lowering → passes → dialects → xDSL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ["dialects", "passes", "lowering", "frontend", "tools"]


def defines(source: str, base: str) -> bool:
    """Whether a file has a class with that base."""
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return any(ast.unparse(b).split(".")[-1] == base for c in classes for b in c.bases)


def units(layer: str, base: str) -> set[str]:
    """The files and folders of a layer that define a class with that base: passes, or targets."""
    return {
        path.relative_to(ROOT / layer).with_suffix("").parts[0]
        for path in (ROOT / layer).rglob("*.py")
        if defines(path.read_text(encoding="utf-8"), base)
    }


# What else is in these folders is there to be shared.
# `pipelines` is the one file that knows an order of passes.
APART = {
    "passes": units("passes", "ModulePass") - {"pipelines"},
    "lowering": units("lowering", "Target"),
}
KIND = {"passes": "pass", "lowering": "target"}


def imports(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """
    The modules of letgrad that a file imports, with line numbers: `layer.module`, `layer`, or
    `letgrad.…` as it stands.
    """
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "letgrad":
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                if (node.module or "").split(".")[0] == "letgrad":
                    yield node.lineno, node.module or ""
                continue
            base = ".".join(here[: len(here) - node.level])
            origin = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                full = f"{origin}.{alias.name}" if origin else alias.name
                # `from . import rules` names a module, `from .rules import x` a thing in one.
                yield node.lineno, full


def violations(source: str, path: Path, apart: dict[str, set[str]] = APART) -> list[str]:
    """What a file in one of the layers imports and must not."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    layer, unit = parts[0], parts[1]
    found: list[str] = []
    for line, target in imports(source, path):
        to_layer, _, rest = target.partition(".")
        to_unit = rest.partition(".")[0]
        where = f"{path.relative_to(ROOT)}:{line}"
        if to_layer == "letgrad":
            found.append(f"{where}: imports between the folders are relative")
        elif not to_layer:
            found.append(f"{where}: {layer} imports the package itself")
        elif to_layer not in LAYERS:
            found.append(f"{where}: {layer} imports {to_layer}")
        elif LAYERS.index(to_layer) > LAYERS.index(layer):
            found.append(f"{where}: {layer} imports {target}, which is above it")
        elif layer == to_layer and unit != to_unit and {unit, to_unit} <= apart.get(layer, set()):
            kind = KIND[layer]
            found.append(f"{where}: the {kind} {unit} imports the {kind} {to_unit}")
    return found


def files() -> list[Path]:
    return [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_layers(path: Path):
    assert violations(path.read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("passes/linearize.py", "from ..dialects import ten", ""),
        ("passes/linearize.py", "from .rules import RuleTable", ""),
        ("passes/linearize.py", "from ..lowering import reference", "which is above it"),
        ("passes/linearize.py", "from . import transpose", "imports the pass transpose"),
        ("passes/linearize.py", "from .transpose import f", "imports the pass transpose"),
        ("passes/linearize/arith.py", "from . import math", ""),
        ("passes/linearize/arith.py", "from ..transpose import f", "imports the pass transpose"),
        ("dialects/delta.py", "def f():\n    from ..passes import rules", "which is above it"),
        ("dialects/delta.py", "from .. import __init__", "imports"),
        ("lowering/terms.py", "from .triton import emit", "imports the target triton"),
        ("lowering/terms.py", "from . import arrays", ""),
        ("lowering/cpu/emit.py", "from .. import arrays", ""),
        ("lowering/cpu/emit.py", "from ..triton import emit", "imports the target triton"),
        ("frontend/api.py", "from ..tools import opt", "which is above it"),
        ("tools/opt.py", "from ..tests import x", "tools imports tests"),
        ("tools/opt.py", "import letgrad.passes.rules", "are relative"),
    ],
)
def test_the_check_itself(path: str, source: str, expected: str):
    apart = {"passes": {"linearize", "transpose"}, "lowering": {"terms", "triton", "cpu"}}
    found = violations(source, ROOT / path, apart)
    if expected:
        assert len(found) >= 1 and any(expected in each for each in found)
    else:
        assert found == []


def test_passes_and_targets_are_found():
    assert {"scalarize"} <= APART["passes"]
    assert {"terms"} <= APART["lowering"]
