"""The reference is made from the definitions: all of them say what they are."""

from __future__ import annotations

import inspect
import logging
import re
from pathlib import Path

import pytest

from letgrad.dialects import ten
from letgrad.lowering import backends
from letgrad.tools import cli
from letgrad.tools.docs import definitions, pages
from letgrad.tools.docs import markdown as md

OPS = [op for dialect in definitions.own_dialects() for op in dialect.operations]


def test_every_op_says_what_it_means():
    assert [op.name for op in OPS if len(definitions.docstring(op)) < 20] == []


def test_a_dialect_is_described_by_its_package_and_not_by_the_module_of_one_of_its_ops():
    about = pages.dialect_page(ten.Ten).splitlines()[2]
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
    page = pages.commands_page(cli.argument_parser())
    assert "| `--traceback` |" in page and "## letgrad docs" in page
    assert [line for line in page.splitlines() if line.endswith("|  |")] == []


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
    assert md.prose(doc) == markdown


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
        ("lg.grad", "lg.grad("),
        ("np.sum", "np.sum(a, axis=None, dtype=None, keepdims=False"),
        ("np.sum", "left at their defaults: `out`"),
        ("numpy.sin", "np.sin(x, dtype=None)"),
        ("np.matmul", "np.matmul(x, y, dtype=None)"),
        ("np.linalg.solve", "NaN for singular matrices."),
        ("np.union1d", "the shape of the result depends on values"),
        ("np.nextafter", "does not trace it"),
        ("cpu", "# The backend `cpu`"),
        ("cpu", "| `strict` |"),
        ("numpy", "letgrad run --backend numpy"),
        ("triton", "# The backend `triton`"),
        ("triton", "| `scatter` |"),
        ("GatherOutside", "gather(t, i ↦ …, f(i), …)  →  0"),
        ("GatherOutside", "- **Requires:** bounds of f that say so."),
        ("GatherOutside", "`passes/simplify/gather_scatter/gathers.py:"),
        ("ScanOfOneRow", "`dialects/ten/scans.py:"),
        ("rules", "- `BroadcastOfBroadcast`: `broadcast(broadcast(x, D), E) → "),
        ("ten.slice", "In Python: `ten.SliceOp(x, offsets, sizes, strides=None)`."),
        ("ten.SliceOp", "## ten.slice"),
        ("SliceOp", "## ten.slice"),
        ("types", "- `types.ints`: The numbers of"),
        ("letgrad.extend.types", "- `types.ints`: The numbers of"),
        ("types.ints", "types.ints(values: DenseArrayBase | Sequence[int])"),
    ],
)
def test_docs_prints_what_is_named(name: str, shown: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", name]) == 0
    assert shown in capsys.readouterr().out


def test_docs_without_a_name_prints_all_names(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs"]) == 0
    shown = capsys.readouterr().out
    names = [
        *(d.name for d in definitions.own_dialects()),
        *(p.name for p in [*definitions.passes(), *definitions.targets()]),
        *(f"lg.{name}" for name in definitions.public_names()),
        *backends.names(),
    ]
    assert [name for name in names if f"- `{name}`: " not in shown] == []
    others = [line for line in shown.splitlines() if line.startswith("- ")][-11:]
    assert len(others) == len(pages.PAGES) + len(pages.OTHERS)
    for name in [*pages.PAGES, *(name for name in pages.OTHERS if name != "my.dialect")]:
        assert cli.main(["docs", name]) == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", [None, "ten", "builtin", "passes", "commands", "lg"])
def test_a_terminal_gets_no_entities(name: str | None, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", *([name] if name else [])]) == 0
    assert re.findall(r"&(?:lt|gt|amp|#\d+);|\\[*_\[]", capsys.readouterr().out) == []


def test_pages_that_are_written_are_markdown(tmp_path: Path):
    assert cli.main(["docs", "ten.slice", "-o", str(tmp_path)]) == 0
    (page,) = tmp_path.iterdir()
    text = page.read_text(encoding="utf-8")
    assert "&lt;" in text and "&lt;" not in md.shown(text)


def test_code_is_shown_as_it_is_written():
    text = "a \\* b &lt; `&lt; &#124;`\n\n```text\n&lt; \\*\n```\n"
    assert md.shown(text) == "a * b < `&lt; |`\n\n```text\n&lt; \\*\n```\n"


@pytest.mark.parametrize("name", ["no.such", "np.no_such", "NoSuchRule", "lg.no_such"])
def test_docs_of_what_is_not_there(name: str, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["docs", name]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and f"'{name}'" in err


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
