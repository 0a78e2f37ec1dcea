"""
Tests check something: a test has an assertion, or it calls a function of this folder that has one.
What a test takes from the module of another test is there, also where no machine here runs it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from . import conftest

HERE = Path(__file__).parent
PATHS = {*HERE.rglob("*.py")}

RAISES = {
    "test_passes_keep_the_law_on_examples": "each pass is verified, and held to the law of sharing",
    "test_a_size_that_is_unknown_fits_any_size": "the reader verifies",
    "test_right_rules_pass_the_check": "the check of a rule raises an error for a wrong one",
    "test_jaxlib_reads_the_text_of_the_filecheck_tests": "the parser of jaxlib raises an error",
}
"""Tests of which letgrad or another library does the checking, and how."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
IMPORTS = (ast.Import, ast.ImportFrom)
Names = dict[str, ast.AST]


def defined(tree: ast.AST) -> Names:
    """The functions, classes and variables that a file makes, nested ones included."""
    names: Names = {}
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef):
            names.setdefault(node.name, node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, node)
    return names


def module_file(path: Path, module: str | None, level: int) -> Path | None:
    """The file or folder here that an import of the file at `path` names."""
    if level:
        base = path.parents[level - 1]
    elif (module or "").startswith("tests"):
        base, module = HERE, (module or "").removeprefix("tests").removeprefix(".")
    else:
        base = path.parent  # pytest puts the folder of some tests on the path
    found = base / (module or "").replace(".", "/")
    return next((f for f in (found.with_suffix(".py"), found) if f in PATHS or f.is_dir()), None)


def imported(path: Path, tree: ast.AST) -> tuple[dict[str, tuple[Path, str]], dict[str, Path]]:
    """The names that a file takes from other files here, and the modules here that it imports."""
    names: dict[str, tuple[Path, str]] = {}
    modules: dict[str, Path] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom):
            continue
        origin = module_file(path, node.module, node.level)
        for alias in node.names if origin is not None else ():
            assert origin is not None
            name, inner = alias.asname or alias.name, origin / f"{alias.name}.py"
            if inner in PATHS:
                modules[name] = inner
            elif origin in PATHS:
                names[name] = origin, alias.name
    return names, modules


@dataclass(frozen=True)
class File:
    tree: ast.AST
    defined: Names
    imported: dict[str, tuple[Path, str]]
    modules: dict[str, Path]
    names: set[str]
    """All names of the file, also those that it imports from other packages."""

    @classmethod
    def of(cls, path: Path, text: str) -> File:
        tree = ast.parse(text)
        own, imports = defined(tree), [n for n in ast.walk(tree) if isinstance(n, IMPORTS)]
        names = {a.asname or a.name.partition(".")[0] for node in imports for a in node.names}
        return cls(tree, own, *imported(path, tree), names | own.keys())


@functools.cache
def files() -> dict[Path, File]:
    """All files here. Only the process that runs the tests of this module reads them."""
    return {path: File.of(path, path.read_text(encoding="utf-8")) for path in sorted(PATHS)}


def is_assertion(node: ast.AST) -> bool:
    """`assert`, `pytest.raises(…)`, `np.testing.assert_…(…)`, `subprocess.run(…, check=True)`."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Raise):
        return node.exc is not None and "AssertionError" in ast.unparse(node.exc)
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2]
    if called == "run":
        return any(k.arg == "check" and ast.unparse(k.value) == "True" for k in node.keywords)
    return called in ("raises", "warns", "fail") or called.startswith("assert_")


def uses(file: File, node: ast.AST) -> Iterator[tuple[File, ast.AST]]:
    """The functions and classes of this folder that `node` names."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id) if id in file.imported:
                origin, id = file.imported[id]
                file_of = files()[origin]
            case ast.Attribute(ast.Name(module), id) if module in file.modules:
                file_of = files()[file.modules[module]]
            case ast.Name(id) | ast.Attribute(_, id):  # a function, or a method
                file_of = file
            case _:
                continue
        if id in file_of.defined:
            yield file_of, file_of.defined[id]


def checks_something(file: File, test: ast.AST) -> bool:
    """Whether a function, or one that the function reaches, has an assertion."""
    pending, seen = [(file, test)], set[ast.AST]()
    while pending:
        where, node = pending.pop()
        if node in seen or not isinstance(node, Function | ast.ClassDef):
            continue
        seen.add(node)
        if any(map(is_assertion, ast.walk(node))):
            return True
        pending += uses(where, node)
    return False


def test_each_test_checks_something():
    found = {
        node.name
        for path, file in files().items()
        if path.name.startswith("test_")
        for node in ast.walk(file.tree)
        if isinstance(node, Function) and node.name.startswith("test_")
        if not checks_something(file, node)
    }
    assert found == set(RAISES)


def test_what_tests_take_from_each_other_is_there():
    """Such as a test that runs on a device too, under the name that the test had once."""
    missing: list[str] = []
    for path, file in files().items():
        here = path.relative_to(HERE)
        for origin, name in file.imported.values():
            if name not in files()[origin].names:
                missing.append(f"{here}: {name}")
        for node in ast.walk(file.tree):
            match node:
                case ast.Attribute(ast.Name(module), name) if module in file.modules:
                    if name not in files()[file.modules[module]].names:
                        missing.append(f"{here}:{node.lineno}: {module}.{name}")
    assert missing == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test(): f(1)", False),
        ("def test(): assert f(1)", True),
        ("def test(): subprocess.run([x], check=True)", True),
        ("def test(): subprocess.run([x])", False),
        ("def test():\n  with pytest.raises(TypeError): f()", True),
        ("def g(): assert True\ndef test(): list(map(g, xs))", True),
        ("def g(): return 1\ndef test(): g()", False),
    ],
)
def test_the_walk_itself(text: str, expected: bool):
    file = File.of(HERE / "test_of_text.py", text)
    assert checks_something(file, file.defined["test"]) == expected


class Case:
    """What the hook of conftest.py reads and writes of a test's case."""

    callspec = None

    def __init__(self, name: str, *marks: pytest.MarkDecorator):
        self.nodeid, self.path = f"test_x.py::{name}", Path("test_x.py")
        self.marks = [mark.mark for mark in marks]

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next((mark for mark in self.marks if mark.name == name), None)

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.marks.append(mark.mark)


def test_at_least_one_case_of_a_sampled_test_stays():
    """Whole tests had been left out, as those of two cases under `sampled(8)`."""
    cases: list[Any] = [Case(f"test_{f}[{k}]", pytest.mark.sampled(8)) for f in "abc" for k in "01"]
    cases += [Case(f"test_d[{k}]", pytest.mark.sampled(8)) for k in range(800)]
    conftest.pytest_collection_modifyitems(cases)
    left = [case.nodeid for case in cases if case.get_closest_marker("slow") is None]
    for f in "abc":
        assert sum(f"test_{f}" in name for name in left) == 1
    assert 60 < sum("test_d" in name for name in left) < 140
