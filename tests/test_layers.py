"""
Who may import whom: tests → extend.py → tools → frontend → lowering → passes → dialects → xDSL, and
inside of these layers, room by room, no circle.

    python tests/test_layers.py        prints the imports between rooms, and the circles
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ["dialects", "passes", "lowering", "frontend", "tools"]


def module_name(path: Path) -> str:
    """`passes.sharing.cse` for a file; `passes.vectorize` for the `__init__` of a package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(path): path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))
}
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in FILES.items()}


def room(module: str) -> str:
    """The folder that a module is in; a layer's own files are a room too."""
    parts = module.split(".")
    package = FILES.get(module, Path()).name == "__init__.py"
    return ".".join(parts if package else parts[:-1])


def defines(source: str, base: str) -> bool:
    """Whether a file has a class with that base."""
    if base not in source:
        return False  # without parsing it
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return any(ast.unparse(b).split(".")[-1] == base for c in classes for b in c.bases)


def units(layer: str, base: str) -> set[str]:
    """The modules of a layer that define a class with that base: passes, or targets."""
    mine = {name: text for name, text in SOURCES.items() if name.startswith(f"{layer}.")}
    return {name for name, text in mine.items() if defines(text, base)}


# `pipelines` is the one file that knows an order of passes; what else is there is to be shared.
PASSES = units("passes", "ModulePass") - {"passes.pipelines"}
# A target is a file, or a room of its own.
TARGETS = {
    room(name) if room(name) in ("lowering.cpu", "lowering.triton") else name
    for name in units("lowering", "Target")
} | {"lowering.cpu", "lowering.triton"}
APART = {"passes": PASSES, "lowering": TARGETS}
KIND = {"passes": "pass", "lowering": "target"}


@functools.cache
def imports(source: str, path: Path) -> tuple[tuple[int, str], ...]:
    """As `each_import`, kept for the tests that ask for it again."""
    return tuple(each_import(source, path))


def each_import(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """
    The modules of letgrad that a file imports, late imports inside of functions too, with line
    numbers: `layer.room.module`, or `letgrad.…` as it stands.
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
                # `from . import rules` names a module, `from .rules import x` a thing in one.
                yield node.lineno, f"{origin}.{alias.name}" if origin else alias.name


def unit(module: str, apart: Iterable[str]) -> str | None:
    """The pass or target that a module, or a thing in one, belongs to."""
    return next((u for u in apart if module == u or module.startswith(f"{u}.")), None)


def violations(source: str, path: Path, apart: Mapping[str, Iterable[str]] = APART) -> list[str]:
    """What a file in one of the layers imports and must not."""
    here = module_name(path)
    layer = here.split(".")[0]
    found: list[str] = []
    for line, target in imports(source, path):
        to_layer = target.partition(".")[0]
        where = f"{path.relative_to(ROOT)}:{line}"
        mine, other = (unit(m, apart.get(layer, ())) for m in (here, target))
        if to_layer == "letgrad":
            found.append(f"{where}: imports between the folders are relative")
        elif to_layer == target and to_layer not in LAYERS:
            found.append(f"{where}: {layer} imports the package itself")
        elif to_layer not in LAYERS:
            found.append(f"{where}: {layer} imports {to_layer}")
        elif LAYERS.index(to_layer) > LAYERS.index(layer):
            found.append(f"{where}: {layer} imports {target}, which is above it")
        elif mine and other and mine != other:
            found.append(f"{where}: the {KIND[layer]} {mine} imports the {KIND[layer]} {other}")
    return found


def import_graph(sources: Mapping[str, str]) -> nx.DiGraph:
    """Which module imports which; a package's own file only where nothing in it is named."""
    graph: nx.DiGraph = nx.DiGraph()
    for name, text in sources.items():
        graph.add_node(name)
        for _, target in imports(text, FILES.get(name, ROOT / f"{name.replace('.', '/')}.py")):
            module = target if target in sources else target.rpartition(".")[0]
            if module in sources and module != name:
                graph.add_edge(name, module)
    return graph


def circles(graph: nx.DiGraph) -> list[list[str]]:
    return sorted(sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1)


def between_rooms(graph: nx.DiGraph) -> Counter[tuple[str, str]]:
    """How many imports go from one room into another."""
    pairs = ((room(a), room(b)) for a, b in graph.edges)
    return Counter((a, b) for a, b in pairs if a != b)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", FILES)
def test_layers(name: str):
    assert violations(SOURCES[name], FILES[name]) == []


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("passes/d/linearize.py", "from ...dialects import ten", ""),
        ("passes/d/linearize.py", "from ..rewriting.rule_tables import RuleTable", ""),
        ("passes/d/linearize.py", "from ...lowering import reference", "which is above it"),
        ("passes/d/linearize.py", "from . import transpose", "imports the pass"),
        ("passes/d/linearize.py", "from .transpose import f", "imports the pass"),
        ("passes/vectorize/walk.py", "from . import calls", ""),
        ("passes/vectorize/walk.py", "from ..d.transpose import f", "imports the pass"),
        ("dialects/delta.py", "def f():\n    from ..passes import rules", "which is above it"),
        ("dialects/delta.py", "from .. import __init__", "imports"),
        ("lowering/views/terms.py", "from ..triton import emit", "imports the target"),
        ("lowering/views/terms.py", "from . import graphs", ""),
        ("lowering/cpu/emit.py", "from .. import backends", ""),
        ("lowering/cpu/emit.py", "from ..triton import emit", "imports the target"),
        ("frontend/api.py", "from ..tools import opt", "which is above it"),
        ("tools/opt.py", "from ..tests import x", "tools imports tests"),
        ("tools/opt.py", "import letgrad.passes.rules", "are relative"),
        ("tools/opt.py", "from ..extend import evaluate", "tools imports extend"),
        ("tools/opt.py", "def f():\n    from .. import extend", "the package itself"),
    ],
)
def test_the_check_itself(path: str, source: str, expected: str):
    apart = {
        "passes": {"passes.d.linearize", "passes.d.transpose", "passes.vectorize"},
        "lowering": {"lowering.views.terms", "lowering.triton", "lowering.cpu"},
    }
    found = violations(source, ROOT / path, apart)
    if expected:
        assert len(found) >= 1 and any(expected in each for each in found)
    else:
        assert found == []


def test_the_door_is_on_top():
    """`extend.py` may import each layer, and no other file of the package imports it."""
    door = ROOT / "extend.py"
    modules = [target for _, target in imports(door.read_text(encoding="utf-8"), door)]
    assert {target.partition(".")[0] for target in modules} <= set(LAYERS)
    assert {"passes", "lowering", "tools"} <= {target.partition(".")[0] for target in modules}


def test_passes_and_targets_are_found():
    found = {"passes.simplify.scalarize", "passes.vectorize.vectorize_builds"}
    assert found <= APART["passes"]
    assert {"lowering.views.terms", "lowering.triton"} <= APART["lowering"]


def test_no_circle():
    assert circles(import_graph(SOURCES)) == []


def test_a_circle_is_found():
    late = {"passes.a": "from . import b", "passes.b": "def f():\n    from . import a"}
    assert circles(import_graph(late)) == [["passes.a", "passes.b"]]


# A name that several rooms have means one thing in all of them.
SAME_SUBJECT = {
    "backend": "how a target compiles and runs a module",
    "codegen": "the code of a loop nest, in the language of a target",
    "elementwise": "ops and functions of single elements",
    "indexing": "`x[…]`, and NumPy's functions that read at indices",
    "reductions": "ops and functions that reduce dimensions",
}


def test_no_two_modules_with_one_name():
    names = Counter(m.split(".")[-1] for m, path in FILES.items() if path.stem != "__init__")
    assert {name for name, n in names.items() if n > 1} == set(SAME_SUBJECT)


def show() -> None:
    graph = import_graph(SOURCES)
    sizes = Counter(map(room, graph.nodes))
    for name in sorted(sizes):
        others = {b: n for (a, b), n in sorted(between_rooms(graph).items()) if a == name}
        arrows = ", ".join(f"{b} {n}" for b, n in others.items()) or "nothing"
        print(f"{name} ({sizes[name]} modules) imports {arrows}")
    total = sum(between_rooms(graph).values())
    print(f"{total} imports between {len(sizes)} rooms, {len(circles(graph))} circles")
    for circle in circles(graph):
        print("circle:", ", ".join(circle))


if __name__ == "__main__":
    show()
