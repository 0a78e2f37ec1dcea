"""
The door for authors of extensions: each name is there, says what it is, and shows an example that
runs; and what we show to such authors uses nothing deeper.
"""

from __future__ import annotations

import ast
import copy
import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import letgrad.extend as door
from letgrad.dialects import own_types
from letgrad.lowering import backends
from letgrad.passes.rewriting.rule_tables import RuleTable
from letgrad.tools import cli
from letgrad.tools.docs import definitions, extend_page

from .conftest import ROOT

NAMES = list(door.__all__)
PARSER = doctest.DocTestParser()
BEFORE = PARSER.get_examples(definitions.docstring(door))
"""The lines that the examples of all names begin with."""


@pytest.fixture
def tables() -> Iterator[None]:
    """Rules and backends that an example adds are gone after it."""
    definitions.load_rules()
    found = [v for name in NAMES if isinstance(v := getattr(door, name), RuleTable)]
    saved = [(vars(table), copy.copy(table._rules)) for table in found]
    backends.names()  # which loads those that come with letgrad
    machines = dict(backends._backends)
    storages = dict(own_types.STORAGES)
    yield
    own_types.STORAGES.clear()
    own_types.STORAGES.update(storages)
    for table, rules in saved:
        table["_rules"] = rules
        table["_found"].clear()
    backends._backends.clear()
    backends._backends.update(machines)


def failures(examples: list[doctest.Example], name: str) -> str:
    """What a run of examples prints that is not what they show; nothing if they are right."""
    test = doctest.DocTest([*BEFORE, *examples], {}, name, None, None, None)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", NAMES)
def test_each_name_has_an_example_that_is_right(name: str, tables: None):
    examples = PARSER.get_examples(extend_page.said(name))
    used = {
        n.id for e in examples for n in ast.walk(ast.parse(e.source)) if isinstance(n, ast.Name)
    }
    assert name in used, f"no example of {name} uses it"
    assert failures(examples, name) == ""


def test_a_wrong_example_fails(tables: None):
    assert "Expected:" in failures(PARSER.get_examples(">>> Level('bulk').name\n'SURFACE'\n"), "")
    assert "NameError" in failures(PARSER.get_examples(">>> no_such_name\n"), "")


def test_what_examples_add_is_taken_away():
    definitions.load_rules()
    assert [op.name for op in door.evaluate if op.name == "my.cube"] == []
    assert "loud" not in backends.names()


def test_each_name_stands_in_one_group_and_comes_from_somewhere():
    assert len(set(NAMES)) == len(NAMES)
    assert sorted(n for names in extend_page.groups().values() for n in names) == sorted(NAMES)
    assert set(door._homes()) == set(NAMES)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = door.no_such_name
    assert set(NAMES) <= set(dir(door))


def test_names_are_imported_when_they_are_used():
    """A dialect that asks for types loads no pass, no backend and no tool."""
    code = """
import sys
from letgrad.extend import types
loaded = [m for m in sys.modules if m.startswith("letgrad.") and m.count(".") > 1]
# The modules of letgrad.numpy and letgrad.scipy are empty until a name is used.
empty = ("letgrad.numpy.", "letgrad.scipy.")
print([m for m in loaded if not m.startswith(("letgrad.dialects.", *empty))])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


# What we show uses the door.

SHOWN = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.py")),
    *sorted((ROOT / "examples").rglob("*.md")),
]
PUBLIC = ("letgrad.extend", "letgrad.numpy", "letgrad.scipy")


def deeper(text: str) -> list[str]:
    """The modules below the public ones that a text imports."""
    found = re.findall(r"^\s*(?:>>> )?(?:from|import)\s+(letgrad\.[\w.]+)", text, re.M)
    return [m for m in found if m not in PUBLIC and not m.startswith("letgrad.scipy.")]


def test_deeper_imports_are_found():
    assert deeper("from letgrad.tools import opt") == ["letgrad.tools"]
    assert deeper("def f():\n    import letgrad.passes.pipelines as p") == [
        "letgrad.passes.pipelines"
    ]
    assert deeper("import letgrad as lg\nfrom letgrad.extend import evaluate") == []


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_shown_imports_nothing_deeper(path: Path):
    assert deeper(path.read_text(encoding="utf-8")) == []


def test_the_page_names_all_of_it():
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:@|extend\.)?(\w+)[^`]*`", text))
    assert set(NAMES) - named == set()


# `letgrad docs`.


def test_docs_prints_the_door(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", "extend"]) == 0
    out = capsys.readouterr().out
    assert [n for n in NAMES if f"### extend.{n}\n" not in out] == []
    assert ">>> from letgrad.extend import *" in out
    assert " at 0x" not in out, "an address differs in each run"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("extend.Emitter", "Emitter(place: InsertPoint"),
        ("extend.evaluate", "@evaluate.rule(CubeOp)"),
        ("extend.exp", "e to the power"),
        ("extend.ten", "`ten`: structural ops on tensors"),
    ],
)
def test_docs_prints_one_name(name: str, shown: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# {name}\n") and shown in out


def test_docs_of_a_name_that_is_not_there(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", "extend.no_such_name"]) == 1
    assert "extend.no_such_name" in capsys.readouterr().err


def test_all_pages_have_the_door(tmp_path: Path):
    assert cli.main(["docs", "-o", str(tmp_path)]) == 0
    assert (tmp_path / "extend.md").read_text(encoding="utf-8").startswith("# letgrad.extend")
