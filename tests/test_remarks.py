"""Remarks outside of FileCheck: nobody listens, JSON, Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

import letgrad as lg
from letgrad.lowering.cpu import vectorizer
from letgrad.passes.rewriting import driver, remarks
from letgrad.tools import cli, opt

PROGRAM = """
func.func @f(%x : tensor<4x5xf64>) -> (tensor<4xf64>, tensor<4x5xf64>) {
  %p = arith.mulf %x, %x : tensor<4x5xf64>
  %s = ten.sum %p dims [1] : tensor<4x5xf64> -> tensor<4xf64>
  func.return %s, %p : tensor<4xf64>, tensor<4x5xf64>
}
"""


def test_a_text_is_not_made_unless_somebody_listens():
    def text() -> str:
        raise AssertionError

    remarks.missed("a-pass", "Rule", None, text)
    assert not remarks.wanted()


def test_the_same_remark_is_heard_once():
    found = remarks.Report()
    with remarks.listening(found):
        for text in ("one", "one", "two"):
            remarks.passed("a-pass", "Rule", None, text)
    assert [r.text for r in found] == ["one", "two"]


def test_who_listens_already_hears_too():
    outer, inner = remarks.Report(), remarks.Report()
    with remarks.listening(outer):
        with remarks.listening(inner):
            remarks.passed("a-pass", "Rule", None, "text")
        remarks.passed("a-pass", "Rule", None, "other")
    assert [r.text for r in inner] == ["text"] and [r.text for r in outer] == ["text", "other"]


def test_remarks_of_a_command_that_fails(tmp_path: Path, capsys):
    """They are written, for they may tell why."""
    (tmp_path / "f.mlir").write_text(PROGRAM)
    output = tmp_path / "remarks.json"
    arguments = ["grad", str(tmp_path / "f.mlir"), "-p", "ten-raise-einsum,no-such-pass"]
    assert cli.main([*arguments, "--remarks-output", str(output)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert isinstance(json.loads(output.read_text()), list)


def test_no_process_for_the_vectorizer(monkeypatch: pytest.MonkeyPatch):
    """Where no other process can be started, there are no remarks of LLVM's, and no error."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with lg.remarks() as found:
        lg.jit(lambda x: np.exp(x) * 2.5)(np.ones(11))
    assert "threads" in {r.rule for r in found} and "vectorize" not in {r.rule for r in found}


def test_processes_for_the_vectorizer(monkeypatch: pytest.MonkeyPatch):
    """A program of many regions asks LLVM once for each nest that has a loop."""
    asked: list[int] = []

    def answer(texts: Sequence[str]) -> list[list[str]]:
        asked.append(len(texts))
        return [["vectorized loop"] for _ in texts]

    monkeypatch.setattr(vectorizer, "_remarks_of", answer)
    monkeypatch.setattr(vectorizer, "_said", {})
    with lg.remarks():
        lg.jit(lg.program(lambda x: min(x[i] for i in range(5))))(np.arange(5.0))
    assert asked == []
    for _ in range(2):
        with lg.remarks() as found:
            lg.jit(lambda x: np.exp(x) * 2.25)(np.ones(11))
        assert "LLVM: vectorized loop" in {r.text for r in found}
    assert asked == [1]


@dataclass(frozen=True)
class Says(ModulePass):
    """Makes a remark of each kind, and one that is the same in each run."""

    name = "says"
    text: str

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for say in (remarks.passed, remarks.missed, remarks.analysis):
            say(self.name, "Rule", None, self.text)
        remarks.missed(self.name, "Rule", None, "still")


def test_a_later_run_of_a_pass_withdraws_what_is_no_more_so():
    """What was done stays, what was missed is of the last run; another program has its own."""
    one, other = ModuleOp([]), ModuleOp([])
    found = remarks.Report()
    with remarks.listening(found):
        driver.run_passes(Context(), other, [Says("other")])
        driver.run_passes(Context(), one, [Says("first"), Says("second")])
    said = [(str(r.kind), r.text) for r in found]
    assert said.count(("missed", "still")) == 1
    assert [t for k, t in said if k == "passed"] == ["other", "first", "second"]
    assert {t for k, t in said if k == "missed"} == {"other", "second", "still"}
    assert {t for k, t in said if k == "analysis"} == {"other", "second"}


def test_the_commands_print_the_final_state(tmp_path: Path, capsys):
    """Both gathers are missed by the first run; they are one before the second."""
    program = """func.func @f(%x : tensor<7xf64>) -> tensor<7xf64> {
  %r = ten.gather [7] %x (%i) : tensor<7xf64> -> tensor<7xf64> {
    %c = arith.constant 3 : index
    %d = arith.subi %c, %c : index
    %k = arith.addi %i, %d : index
    %l = arith.muli %k, %k : index
    ten.yield %l : index
  }
  %s = ten.gather [7] %x (%i) : tensor<7xf64> -> tensor<7xf64> {
    %l = arith.muli %i, %i : index
    ten.yield %l : index
  }
  %t = arith.addf %r, %s : tensor<7xf64>
  func.return %t : tensor<7xf64>
}
"""
    (tmp_path / "f.mlir").write_text(program)
    twice = "ten-simplify-gather-scatter,cse,canonicalize,ten-simplify-gather-scatter"
    assert opt.main(["-p", twice, str(tmp_path / "f.mlir"), "--remarks"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "f.mlir:2:8: " in lines[0]


def test_what_was_said_before_an_error_is_printed_before_it(tmp_path: Path, capsys):
    (tmp_path / "f.mlir").write_text(PROGRAM)
    output = tmp_path / "remarks.json"
    arguments = ["-p", "ten-raise-einsum,gradient{wrt=7}", str(tmp_path / "f.mlir"), "--remarks"]
    assert opt.main([*arguments, "--remarks-output", str(output)]) == 1
    remark, error = capsys.readouterr().err.splitlines()
    assert " remark: " in remark and " error: " in error
    assert len(json.loads(output.read_text())) == 1


def test_remarks_as_json(tmp_path: Path, capsys):
    (tmp_path / "f.mlir").write_text(PROGRAM)
    output = tmp_path / "remarks.json"
    arguments = ["-p", "ten-raise-einsum", str(tmp_path / "f.mlir"), "--remarks-output"]
    assert opt.main([*arguments, str(output)]) == 0
    (found,) = json.loads(output.read_text())
    assert (found["line"], found["column"]) == (4, 8)
    assert (found["pass"], found["kind"]) == ("ten-raise-einsum", "missed")
    assert found["rule"] == "SumOfProduct" and "other uses" in found["text"]
    assert "remark" not in capsys.readouterr().err


def test_a_bad_expression_is_one_line(tmp_path: Path, capsys):
    assert opt.main(["--remarks=(", str(tmp_path / "f.mlir")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_remarks_of_python_code_have_its_lines():
    with lg.remarks() as found:
        lg.jit(lambda x: np.sum(x * x, axis=1))(np.ones((4, 5)))
    raised = [r for r in found if r.rule == "SumOfProduct"]
    assert raised and raised[0].kind == "passed" and "test_remarks.py" in str(raised[0])


def test_what_becomes_of_a_nest():
    """What LLVM's vectorizer says of its loops, and why a value is stored between two."""
    places = np.array([1, 0, 1])
    with lg.remarks() as found:
        lg.jit(lambda x, y, t: (np.exp(x) / np.sum(x), lg.scatter(3, y, lambda i: t[i])))(
            np.ones(1000), np.ones(3), places
        )
    said = [(r.rule, str(r.kind), r.text) for r in found]
    assert any(r == ["vectorize", "passed"] and "LLVM: vectorized" in t for *r, t in said)
    assert any(r == ["stored", "analysis"] and "ten.sum" in t for *r, t in said)
    assert any(r == ["vectorize", "missed"] and "not vectorized: " in t for *r, t in said)


def test_einsums_that_are_no_matrix_products():
    with lg.remarks() as found:
        x = np.ones((40, 40))
        y = np.ones((40, 40, 40))
        lg.jit(lambda x, y: (x @ x, np.einsum("iij,jk->ik", y, x)))(x, y)
    said = [(str(r.kind), r.text) for r in found if r.rule == "matrix product"]
    assert ("passed", "the matrix product of BLAS") in said
    (missed,) = (text for kind, text in said if kind == "missed")
    assert "an operand has one index twice" in missed


def test_the_maximum_of_what_a_mask_leaves_is_a_vector_loop():
    random = np.random.default_rng(3)
    x, mask = random.standard_normal((5, 100)), random.random((5, 100)) < 0.5
    x[1, 7], mask[1, 7], mask[2], x[3, 3], mask[3, 3] = np.nan, True, False, np.inf, False

    def ends(x: Any, mask: Any) -> Any:
        high = np.max(np.where(mask, x, -np.inf), axis=1)
        return high, np.min(np.where(mask, np.inf, x * 2), axis=1)

    for dtype in (np.float64, np.float32):
        given = x.astype(dtype)
        if dtype == np.float64:
            found = lg.jit(ends, backend="cpu")(given, mask)
        else:
            with lg.remarks() as said:
                found = lg.jit(ends, backend="cpu")(given, mask)
        for got, expected in zip(found, ends(given, mask)):
            np.testing.assert_array_equal(got, expected)
    texts = [remark.text for remark in said if remark.rule == "vectorize"]
    assert texts and all("vectorized loop" in text for text in texts), texts
