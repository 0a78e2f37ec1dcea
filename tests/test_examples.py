"""What README and docs show is true, and the examples run."""

from __future__ import annotations

import html
import importlib.util
import itertools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

from letgrad.lowering.reference import Evaluator, find_function
from letgrad.lowering.views.terms import format_function
from letgrad.tools import opt, source

from . import forked

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = sorted((ROOT / "examples").glob("*.mlir"))


def blocks(page: Path) -> list[tuple[str, str]]:
    """The code blocks of a page: language and text."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


CONSOLE = [
    pytest.param(command, output, id=f"{page.name}: {command[:60]}")
    for page in PAGES
    for language, text in blocks(page)
    if language == "console"
    for command, output in commands(text)
]


@pytest.mark.parametrize(("command", "output"), CONSOLE)
def test_commands_print_what_is_shown(command: str, output: str, server: forked.Server):
    name, *arguments = shlex.split(command)
    path = Path(sys.executable).with_name(name)
    assert server.run(path, *arguments, cwd=ROOT, joined=True).stdout == output


WITH_PYTHON = [page for page in PAGES if "```python\n" in page.read_text(encoding="utf-8")]


@pytest.mark.sampled(8)
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda p: p.name)
def test_python_prints_what_is_shown(page: Path, tmp_path: Path, server: forked.Server):
    """The Python of a page, run as one program; what it prints is in the blocks after it."""
    found = blocks(page)
    program = "".join(text for language, text in found if language == "python")
    if re.search("^import jax", program, re.MULTILINE):
        pytest.importorskip("jax", reason="the page is for those who have the package jax")
    expected = "".join(
        text
        for (before, _), (language, text) in itertools.pairwise(found)
        if before == "python" and language in ("text", "mlir")
    )
    (tmp_path / "page.py").write_text(program, encoding="utf-8")
    result = server.run(tmp_path / "page.py", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout == expected


PROGRAMS_IN_PAGES = [
    pytest.param(text, id=f"{page.name}: {text.splitlines()[0][:40]}")
    for page in PAGES
    for (before, _), (language, text) in itertools.pairwise([("", ""), *blocks(page)])
    if language == "mlir" and before != "python" and re.match(r"func\.|builtin\.|//", text)
]


@pytest.mark.parametrize("text", PROGRAMS_IN_PAGES)
def test_programs_in_pages_are_right(text: str):
    """Whole programs that no other block prints. Parts of programs, such as one op, stay out."""
    module = source.parse(opt.LetgradOptMain([]).ctx, text)
    module.verify()
    assert any(isinstance(op, func.FuncOp) for op in module.ops)


def test_a_dialect_takes_less_than_a_hundred_lines():
    """From nothing to Triton kernels of a gradient, as the tutorial says."""
    page = (ROOT / "docs" / "writing-a-dialect.md").read_text(encoding="utf-8")
    page = page[: page.index("## Is it right?")]
    code = "".join(re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S))
    lines = [line for line in code.splitlines() if line.strip()]
    assert "triton" in code and len(lines) < 100


@pytest.mark.parametrize(
    ("page", "program"),
    [("README.md", "square"), ("docs/ten-minutes.md", "tower")],
)
def test_pages_show_the_file(page: str, program: str):
    """A block of MLIR is the program that the commands after it read."""
    file = (ROOT / "examples" / f"{program}.mlir").read_text(encoding="utf-8")
    shown = [text for language, text in blocks(ROOT / page) if language == "mlir"]
    assert any(file.endswith(text) for text in shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`", "", text)  # equations such as `sum[d](x)` are no links
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("http") or (page.parent / target).exists(), target


def read(path: Path) -> ModuleOp:
    return source.parse(opt.LetgradOptMain([]).ctx, path.read_text(encoding="utf-8"), path.name)


def evaluate(name: str, *arguments) -> np.ndarray:
    module = read(ROOT / "examples" / f"{name}.mlir")
    return Evaluator(module).call(name.removesuffix("_unshared"), arguments)[0]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.name)
def test_programs_keep_their_meaning(path: Path, capfd: pytest.CaptureFixture[str]):
    arguments = [str(path), "-p", "canonicalize,cse", "--check-semantics=3"]
    assert opt.main(arguments) == 0
    assert capfd.readouterr().err == ""


M = np.array([[1.1, -2.2, 0, 4.4], [5.5, 6.6, 7.7, 8.8], [-9.9, -10, 11, 12]])
V = np.array([1.1, -2.2, 0, 4.4, 5.5])


def test_foo():
    x, y, z = 1.1, 2.2, 3.3
    expected = np.arctan2(z, x * np.sin(y)) + z * (x * np.sin(y))
    assert evaluate("foo", x, y, z) == evaluate("foo_unshared", x, y, z) == expected


def test_sharing_is_found():
    ctx = opt.LetgradOptMain([])
    module = read(ROOT / "examples" / "foo_unshared.mlir")
    for a_pass in ctx.parse_passes("cse"):
        a_pass.apply(ctx.ctx, module)
    shared = find_function(read(ROOT / "examples" / "foo.mlir"), "foo")
    assert format_function(find_function(module, "foo")) == format_function(shared)


@pytest.mark.parametrize("name", ["relu", "reluMax"])
def test_relu(name: str):
    np.testing.assert_array_equal(evaluate(name, M), np.maximum(M, 0))


@pytest.mark.parametrize("name", ["reluT2", "reluMaxT2"])
def test_relu_of_a_product(name: str):
    np.testing.assert_array_equal(evaluate(name, V, 7.0), np.maximum(V * 7, 0))


def test_shifted():
    v, u = np.arange(1.0, 8), np.arange(11.0, 18)
    np.testing.assert_array_equal(evaluate("shifted", v, u, 1), [v[1:6], u[1:6]])
    # Reading outside gives 0.
    np.testing.assert_array_equal(
        evaluate("shifted", v, u, 5), [[6, 7, 0, 0, 0], [16, 17, 0, 0, 0]]
    )


def test_let_of_stack():
    s, c = np.sin(0.5), np.cos(0.7)
    assert evaluate("let_of_stack", 0.5, 0.7) == s * c + s


def test_widths():
    np.testing.assert_allclose(evaluate("widths", 0.5), np.exp(0.5) * (45 + 190), rtol=1e-15)


def test_conv():
    image, kernel = np.arange(42.0).reshape(6, 7), np.arange(1.0, 7).reshape(3, 2)
    padded = np.pad(image, ((0, 2), (0, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 2))
    expected = np.einsum("ijpq,pq->ij", windows, kernel)
    np.testing.assert_allclose(evaluate("conv", image, kernel), expected, rtol=1e-15)


@pytest.mark.parametrize("script", ["sharing.py", "demo.py"])
def test_scripts_run(script: str):
    if script == "demo.py":
        pytest.importorskip("sklearn")
    path = ROOT / "examples" / script
    result = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "foo = " in result.stdout


def test_the_benchmark_runs():
    path = ROOT / "benchmarks" / "compile_scaling.py"
    result = subprocess.run([sys.executable, path, "--quick"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "canonicalize" in result.stdout


# The pictures.


def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs" / "pictures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawn(svg: str) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """The lines of text in each node of a picture, and its edges."""
    nodes: dict[str, list[str]] = {}
    edges: list[tuple[str, str]] = []
    for kind, title, rest in re.findall(
        r'class="(node|edge)">\s*<title>(.*?)</title>(.*?)</g>', svg, re.S
    ):
        if kind == "node":
            nodes[title] = [html.unescape(t) for t in re.findall(r"<text.*?>(.*?)</text>", rest)]
        else:
            source, target = html.unescape(title).split("->")
            edges.append((source, target))
    return nodes, sorted(edges)


def described(dot: str) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """The same, of the text for Graphviz."""
    labels = re.findall(r'^ *(\w+) \[label="(.*?)",', dot, re.M)
    edges = re.findall(r"^ *(\w+) -> (\w+);", dot, re.M)
    return {name: label.split(r"\n") for name, label in labels}, sorted(edges)


@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "docs/pictures").glob("*.svg")))
def test_pictures_show_what_the_compiler_prints(name: str, monkeypatch: pytest.MonkeyPatch):
    """Those that are checked in; no Graphviz is needed for this."""
    monkeypatch.chdir(ROOT)
    nodes, edges = described(pictures().graph(name))
    svg = (ROOT / "docs" / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    assert nodes and edges
    assert drawn(svg) == (nodes, edges)


def test_each_picture_is_there_and_shown():
    names = set(pictures().PICTURES)
    assert names == {p.stem for p in (ROOT / "docs" / "pictures").glob("*.svg")}
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in names if f"pictures/{name}.svg" not in shown] == []
