"""The reference is made from the definitions: all of them say what they are."""

from __future__ import annotations

import inspect
import logging
from pathlib import Path

import pytest

from letgrad.dialects import ten
from letgrad.tools import cli
from letgrad.tools.docs import definitions

OPS = [op for dialect in definitions.own_dialects() for op in dialect.operations]


def test_every_op_says_what_it_means():
    assert [op.name for op in OPS if len(definitions.docstring(op)) < 20] == []


def test_a_dialect_is_described_by_its_package_and_not_by_the_module_of_one_of_its_ops():
    about = definitions.dialect_page(ten.Ten).splitlines()[2]
    assert about == f"`{ten.Ten.name}`: structural ops on tensors."


def test_every_op_says_how_it_is_written():
    assert [
        op.name for op in OPS if not definitions.syntax(op) and op.name not in (op.__doc__ or "")
    ] == []


def test_every_type_and_attribute_says_what_it_means():
    kinds = [a for dialect in definitions.own_dialects() for a in dialect.attributes]
    assert kinds and [a.name for a in kinds if len(definitions.docstring(a)) < 20] == []


def test_every_pass_and_target_says_what_it_does():
    all_of_them = [*definitions.passes(), *definitions.targets()]
    assert [p.name for p in all_of_them if len(definitions.docstring(p)) < 20] == []


def test_every_option_of_a_pass_says_what_it_does():
    silent = [
        f"{p.name}{{{name}}}"
        for p in [*definitions.passes(), *definitions.targets()]
        for name, _, _, said in definitions.option_docs(p)
        if len(said) < 5
    ]
    assert silent == []


def test_every_public_function_says_what_it_does():
    import letgrad

    names = definitions.public_names()
    assert [n for n in names if len(inspect.getdoc(getattr(letgrad, n)) or "") < 20] == []


def test_every_command_says_what_its_options_do():
    assert "| `--traceback` |  |" not in definitions.commands_page()
    assert [
        line for line in definitions.commands_page().splitlines() if line.endswith("|  |")
    ] == []


@pytest.mark.parametrize(
    ("doc", "markdown"),
    [
        ("a * b_c[i] < 1", r"a \* b\_c\[i\] &lt; 1"),
        ("`a * b`", "`a * b`"),
        ("Sum.\n\n    y[i] = x\n\nEnd.", "Sum.\n\n```text\ny[i] = x\n```\n\nEnd."),
        (
            "Shapes:  x (n)\n         more\nErrors:  none",
            "- **Shapes:** x (n)\n  more\n- **Errors:** none",
        ),
    ],
)
def test_docstrings_in_markdown(doc: str, markdown: str):
    assert definitions.prose(doc) == markdown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ten.sum", "ten.sum %x dims [0, 1] : type of x -> result"),
        ("sharing-recover", "**Leaves:** no `sharing.share`"),
        ("builtin", "## builtin.module"),
        ("riscv", "## riscv.add"),
        ("dce", "## dce"),
        ("gradient", "| `mode` |"),
        ("grad", "lg.grad("),
        ("environment-variables", "`LETGRAD_NUM_THREADS`"),
        ("math.sin", "## math.sin"),
    ],
)
def test_docs_prints_what_is_named(name: str, shown: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", name]) == 0
    assert shown in capsys.readouterr().out


def test_docs_of_what_is_not_there(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", "no.such"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "'no.such'" in err


@pytest.mark.parametrize(
    ("text", "name"),
    [("raise KeyError(3)", "fails"), ("raise KeyError(3)", "fails.inner"), ("exit(3)", "fails")],
)
def test_docs_of_a_module_that_fails(
    text: str,
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    (tmp_path / "fails").mkdir()
    (tmp_path / "fails" / "__init__.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert cli.main(["docs", name]) == 1
    assert capsys.readouterr().err.startswith(f"letgrad: error: {name} cannot be imported: ")


def test_docs_with_examples_from_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", "ten.sum"]) == 0
    assert "Example:" in capsys.readouterr().out
    assert cli.main(["docs", "ten.sum", "--tests", str(tmp_path)]) == 0
    assert "Example:" not in capsys.readouterr().out


def test_docs_of_a_dialect_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(definitions.ROOT / "examples" / "special_functions")
    assert cli.main(["docs", "special_functions.dialect", "-o", str(tmp_path)]) == 0
    (page,) = tmp_path.iterdir()
    assert page.read_text(encoding="utf-8").startswith("# The dialect `special`")


def test_the_site_has_all_pages_and_no_broken_link(tmp_path: Path):
    pytest.importorskip("mkdocs")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    config = load_config(
        str(definitions.ROOT / "mkdocs.yml"), site_dir=str(tmp_path / "site"), strict=True
    )
    build(config)
    made = {p.parent.name for p in (tmp_path / "site").glob("**/index.html")}
    assert {p.stem for p in (definitions.ROOT / "docs").glob("**/*.md")} <= made
    navigation = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert [n for n in made - {"site"} if f"{n}/" not in navigation] == []
