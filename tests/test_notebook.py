"""What notebooks show of traces, functions, profiles and checks."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.dom import minidom

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import letgrad as lg


def shared(x: Any) -> Any:
    y = np.sin(x)
    return np.sum(y * x + y)


def text_of(html: str) -> str:
    """The text of well-formed HTML."""

    def walk(node: Any) -> str:
        return (node.nodeValue or "") + " ".join(map(walk, node.childNodes))

    return walk(minidom.parseString(f"<html>{html}</html>"))


def test_a_trace_shows_lets_shapes_costs_and_its_graph() -> None:
    html = lg.jit(shared).traced(np.ones(4))._repr_html_()
    text = text_of(html)
    assert "let y = sin x" in text or "sin x" in text
    assert "x: tensor<4xf64>" in text and "flops" in text
    assert "<svg" in html and "math.sin" in html
    assert "<script" not in html and "src=" not in html


def test_a_jitted_function_shows_all_its_traces() -> None:
    f = lg.jit(shared)
    assert "nobody has called" in f._repr_html_()
    f(np.ones(4))
    f(np.ones((2, 3), np.float32))
    text = text_of(f._repr_html_())
    assert "tensor<4xf64>" in text and "tensor<2x3xf32>" in text


@pytest.mark.parametrize(
    "fn, args",
    [
        (lambda: 1.0, ()),
        (lambda x: x, (np.zeros((0, 3)),)),
        (lambda z: z * z, (1j,)),
        (lambda x: lg.fold(lambda c, t: c * x, x, np.arange(3)), (2.0,)),
    ],
)
def test_odd_programs_are_shown_too(fn: Any, args: tuple) -> None:
    assert "@lambda" in text_of(lg.jit(fn).traced(*args)._repr_html_())


def test_a_large_program_has_no_picture() -> None:
    def f(x: Any) -> Any:
        for k in range(70):
            x = np.sin(x) * x + np.cos(x + k) * x
        return x

    assert "<svg" not in lg.jit(f).traced(1.0)._repr_html_()


def test_a_profile_is_a_table() -> None:
    profile = lg.profile(shared, np.ones(1000))
    text = text_of(profile._repr_html_())
    assert "@shared" in text and all(row.what in text for row in profile.rows)


def test_a_check_shows_its_findings() -> None:
    assert "makes an infinity" in text_of(lg.check(np.log, 0.0)._repr_html_())


def test_modules_in_ipython(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[type, Any] = {}
    html = SimpleNamespace(type_printers=shown, for_type=shown.__setitem__)
    formatter = SimpleNamespace(formatters={"text/html": html})
    shell = SimpleNamespace(display_formatter=formatter)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    module = lg.trace(shared, np.ones(4))
    assert "x: tensor<4xf64>" in text_of(shown[ModuleOp](module))


NOTEBOOKS = sorted((Path(__file__).parents[1] / "examples").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path: Path) -> None:
    """Each cell runs in a kernel, and the cells that end by a value of letgrad show HTML."""
    why = "a notebook needs a kernel: pip install 'letgrad[notebook]'"
    nbclient = pytest.importorskip("nbclient", reason=why)
    pytest.importorskip("ipykernel", reason=why)
    import nbformat  # nbclient brings it

    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs would grow old"
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert any("<svg" in html and "tanh" in html for html in shown)
    assert any("makes an infinity" in text_of(html) for html in shown)
    printed = "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stdout"
    )
    assert "func.func @loss" in printed and "[ 0.5" in printed
