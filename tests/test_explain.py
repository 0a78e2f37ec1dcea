"""`letgrad explain`: what is recorded of each pass, and the page, in a browser."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import letgrad as lg
from letgrad.lowering.views.explain import Explanation, explaining
from letgrad.passes.rewriting import driver
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.tools import cli

PROGRAM = """func.func @f(%x : f64, %y : f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %a = arith.mulf %x, %one : f64
  %b = math.sin %y : f64
  %c = arith.addf %a, %b : f64
  func.return %c : f64
}
"""


def states(lines) -> dict[str, str]:
    return {line.text.strip(): line.state for line in lines if line.state}


def written(tmp_path: Path, text: str, *arguments: str) -> tuple[int, str]:
    (tmp_path / "a f.mlir").write_text(text)
    page = tmp_path / "page.html"
    status = cli.main(["explain", str(tmp_path / "a f.mlir"), "-o", str(page), *arguments])
    return status, page.read_text() if page.exists() else ""


def recorded(page: str) -> dict[str, Any]:
    """The data of a page."""
    return json.loads(re.findall("^const data = (.*);$", page, re.M)[0])


def test_what_changed():
    """An op that is left alone is no change, one with another operand is, and names stay."""
    with explaining("f") as explanation:
        module = lg.trace(lambda x, y: x * 1.0 + np.sin(y), 1.0, 2.0)
        explanation.steps.clear()
        driver.run_passes(Context(), module, (CanonicalizePass(),))
    (step,) = explanation.steps
    before, after = states(step.before), states(step.after)
    (product,) = [text for text in before if "arith.mulf" in text]
    assert before[product] == "gone"
    (sine,) = [text for text in after if "math.sin" in text]
    assert before[sine] == after[sine] == "same"
    assert [s for text, s in after.items() if "arith.addf" in text] == ["changed"]
    assert sum(step.rules.values()) > 0 and step.ops_after < step.ops_before


def test_from_a_gradient_to_kernels():
    x = np.arange(6.0).reshape(2, 3)
    explanation = lg.explain(lg.grad(lambda x: np.sum(np.exp(x) / np.sum(np.exp(x)))), x)
    names = [step.name for step in explanation.steps]
    assert names.index("delta-transpose") < names.index("convert-ten-to-kernel")
    last = explanation.steps[-1]
    assert last.kernels and all("test_explain.py" in row[-1] for row in last.kernels)
    assert "<svg" in last.graphs[next(iter(last.graphs))]
    derived = next(s for s in explanation.steps if s.name == "delta-linearize")
    assert any("linearize" in rule for line in derived.after for rule in line.rules)
    *passes, target = explanation.steps
    assert all(r.pass_name == s.name for s in passes for r in s.remarks)
    assert {r.pass_name for r in target.remarks} <= {target.name, "cpu"}
    assert {"sharing-materialize", "convert-ten-to-kernel"} <= {
        r.pass_name for s in explanation.steps for r in s.remarks
    }


def test_flops_of_nests_in_common_loops():
    """Those of the nests inside of a `kernel.fused` count, as in `lg.profile`."""
    x = np.ones((100, 40))
    explanation = lg.explain(lambda x: x / np.sum(x, axis=1, keepdims=True), x)
    (row,) = [row for row in explanation.steps[-1].kernels if row[0] == "kernel.fused"]
    assert row[3] != "0"


def test_rules_of_the_command(tmp_path: Path):
    """Its instruments watch rules too. They have the counts of a pass that makes its own sweep."""
    program = PROGRAM.replace("mulf %x, %one", "addf %one, %one")
    _, page = written(tmp_path, program, "-p", "canonicalize,delta-linearize")
    data = recorded(page)
    canonicalize, linearize = data["steps"]
    assert canonicalize["rules"]["fold(arith.addf)"] == 1
    assert linearize["rules"]["linearize(math.sin)"] == 1
    made = {data["texts"][text]: data["origins"][o][2] for text, _, o in canonicalize["after"]}
    assert [rule for text, rule in made.items() if "arith.constant" in text] == ["fold"]


def test_a_pass_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    build = (Path(__file__).parents[1] / "examples" / "conv.mlir").read_text()
    status, page = written(tmp_path, build, "-p", "cse,convert-ten-to-kernel")
    error = capsys.readouterr().err
    assert status == 1 and error.count("\n") == 1 and "f.mlir:" in error
    assert "convert-ten-to-kernel" in page and '"name":"cse"' in page
    assert '"name":"convert-ten-to-kernel"' not in page


def test_remarks_of_a_pass_and_of_the_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Beside the page, and in it; those of machine code are with the last pass."""
    total = """func.func @f(%x : tensor<4x5xf64>) -> tensor<4xf64> {
  %s = ten.sum %x dims [1] : tensor<4x5xf64> -> tensor<4xf64>
  func.return %s : tensor<4xf64>
}
"""
    status, page = written(tmp_path, total, "-p", "sharing-materialize,cse", "--remarks")
    error = capsys.readouterr().err
    assert status == 0 and error.count("\n") == 1 and "f.mlir:2:8: remark: " in error
    assert page.count("its elements are not computed one by one") == 1
    x = np.ones((4, 5))
    with lg.remarks() as found:
        explanation = lg.explain(lambda x: np.sum(x * x, axis=1) / np.sum(np.exp(x)), x)
    assert {"ten-raise-einsum", "cpu"} <= {r.pass_name for r in found}
    (raised,) = (s for s in explanation.steps if s.name == "ten-raise-einsum")
    assert any(r.rule == "SumOfProduct" for r in raised.remarks)
    assert {r.rule for r in explanation.steps[-1].remarks if r.pass_name == "cpu"} >= {"threads"}


def test_the_backend_triton():
    explanation = lg.explain(lambda x: np.cumsum(np.exp(x)), np.ones(5, "f"), backend="triton")
    assert explanation.steps[-1].kernels
    assert any(r.rule == "library" for r in explanation.steps[-1].remarks)


def test_several_functions(tmp_path: Path):
    """Each has its graph; one without a body has none."""
    program = PROGRAM + PROGRAM.replace("@f", "@g") + "func.func private @h(f64) -> f64\n"
    status, page = written(tmp_path, program, "--backend", "triton")
    assert status == 0 and '"graphs":{"f":"' in page and ',"g":"' in page and ',"h":"' not in page


class Breaks(ModulePass):
    """Leaves what cannot be printed, and fails."""

    name = "breaks"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        inner = next(inner for inner in op.walk() if inner.name == "math.sin")
        inner.detach()
        inner.erase(safe_erase=False)
        raise LetgradError("no", op)


@pytest.mark.parametrize(
    "text, arguments, message",
    [
        (PROGRAM.replace("math.sin", "math.sine"), (), "operation math.sine is not registered"),
        (PROGRAM.replace("%c : f64", "%nowhere : f64"), (), "is used but not defined"),
        (PROGRAM, ("-p", "cze"), "there is no pass"),
    ],
)
def test_a_program_that_cannot_be_read_has_a_page(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    arguments: tuple[str, ...],
    message: str,
):
    status, page = written(tmp_path, text, *arguments)
    assert status == 1 and message in capsys.readouterr().err
    data = recorded(page)
    assert message in data["error"] and data["steps"] == []


def test_a_pass_that_fails_in_the_middle():
    with explaining("f") as explanation:
        module = lg.trace(lambda x: np.sin(x) * x, 1.0)
        explanation.steps.clear()
        with pytest.raises(LetgradError, match="no"):
            driver.run_passes(Context(), module, (Breaks(),))
    (step,) = explanation.steps
    assert set(states(step.before).values()) == {"same"} and not step.after


def test_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "f.mlir").write_text(PROGRAM)
    below_a_file = str(tmp_path / "f.mlir" / "page.html")
    assert cli.main(["explain", str(tmp_path / "f.mlir"), "-o", below_a_file]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_name_of_a_file_that_is_no_text(tmp_path: Path):
    path, page = tmp_path / os.fsdecode(b"\xff.mlir"), tmp_path / "page.html"
    path.write_text(PROGRAM)
    assert cli.main(["explain", str(path), "-p", "cse", "-o", str(page)]) == 0
    assert PROGRAM.splitlines() in recorded(page.read_text())["sources"].values()


def test_programs_without_anything(tmp_path: Path):
    status, page = written(tmp_path, "builtin.module {}\n", "-p", "cse")
    assert status == 0 and page.startswith("<!doctype html>")
    status, page = written(tmp_path, PROGRAM, "-p", "")
    assert status == 0 and page.startswith("<!doctype html>")


CHECKS = """
<script>
const said = [];
const check = (what, ok) => said.push((ok ? "ok " : "WRONG ") + what);
const rows = (id, kind) => [...document.querySelectorAll("#" + id + " ." + kind)];
try {
  const items = document.querySelectorAll("#steps li");
  check("steps " + items.length, items.length === data.steps.length);
  const at = data.steps.findIndex(s => s.name === "canonicalize");
  items[at].click();
  check("name", document.getElementById("name").textContent === "canonicalize");
  check("gone", rows("before", "gone").some(r => r.textContent.includes("arith.mulf")));
  check("changed", rows("after", "changed").some(r => r.textContent.includes("arith.addf")));
  const sine = [...document.querySelectorAll("#after div")].find(
    r => r.textContent.includes("math.sin"));
  sine.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  check("detail", document.getElementById("detail").textContent.includes("f.mlir:5"));
  sine.click();
  check("picked", rows("before", "picked").some(r => r.textContent.includes("math.sin")));
  const search = document.getElementById("search");
  search.value = "arith.addf";
  search.dispatchEvent(new Event("input"));
  check("found", document.querySelectorAll(".found").length === 2);
  for (const name of Object.keys(TABS)) {
    [...document.querySelectorAll("#tabs button")].find(b => b.textContent === name).click();
    if (name === "graph") {
      check("graph", document.querySelectorAll("#other svg g.node").length > 2);
      check("node", document.querySelectorAll("#other svg g.picked").length > 0);
    }
    if (name === "source")
      check("source", rows("other", "picked").some(r => r.textContent.includes("math.sin")));
  }
  const here = state.step;
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }));
  check("next", state.step === here + 1);
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp" }));
  check("back", state.step === here);
  check("a text is no markup", !document.querySelector("main b")
    && data.texts.some(t => t.includes("<\\/script><b>loud</b>")));
  check("nothing loaded", performance.getEntriesByType("resource").length === 0);
} catch (error) { said.push("WRONG " + error); }
document.body.replaceChildren(element("pre", said.join("\\n")));
</script>
"""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")


@pytest.mark.skipif(not BROWSER, reason="there is no Chromium on this system")
def test_the_page_in_a_browser(tmp_path: Path):
    """Headless Chromium clicks, points, searches and types, and finds what should be there."""
    program = PROGRAM.replace("-> f64 {", '-> f64 attributes {note = "</script><b>loud</b>"} {')
    status, page = written(tmp_path, program, "-p", "cse,canonicalize,sharing-materialize")
    assert status == 0
    tested = tmp_path / "tested.html"
    tested.write_text(page.replace("</body>", CHECKS + "</body>"))
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
        "--disable-background-networking --disable-component-update --virtual-time-budget=5000"
    ).split()
    run = subprocess.run(
        [BROWSER, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", tested.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r"<pre>(.*?)</pre>", run.stdout, re.S)
    assert found, run.stderr
    said = html.unescape(found[1]).split("\n")
    assert len(said) > 10 and all(line.startswith("ok ") for line in said), said


def test_the_page_loads_nothing():
    page = Explanation("f").html
    assert not re.search(r"""(src|href)=["'](?!data:)|url\(|@import|fetch\(""", page)
