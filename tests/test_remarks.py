"""Remarks outside of FileCheck: nobody listens, JSON, Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import letgrad as lg
from letgrad.passes import remarks
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
    found: list[remarks.Remark] = []
    with remarks.listening(found.append):
        for text in ("one", "one", "two"):
            remarks.passed("a-pass", "Rule", None, text)
    assert [r.text for r in found] == ["one", "two"]


def test_who_listens_already_hears_too():
    outer: list[remarks.Remark] = []
    inner: list[remarks.Remark] = []
    with remarks.listening(outer.append):
        with remarks.listening(inner.append):
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
        lg.jit(lambda x: (np.einsum("ij,jk->ik", x, x), np.einsum("ij,jk,kl->il", x, x, x)))(x)
    kinds = {str(r.kind) for r in found if r.rule == "matrix product"}
    assert "passed" in kinds
