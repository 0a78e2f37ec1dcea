"""The delta dialect from Python: constructors, types, folds; and that its files name every op."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdsl.dialects import test
from xdsl.dialects.builtin import TensorType, f32, f64, i64
from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from letgrad.dialects import delta, ten, types
from letgrad.dialects.delta import TermType
from letgrad.passes.differentiate import linearize, transpose
from letgrad.passes.rewriting import rule_tables

MATRIX = TensorType(f64, [2, 3])
FILECHECK = Path(__file__).parent / "filecheck"


def value(type) -> SSAValue:
    return test.TestOp(result_types=[type]).results[0]


def term(type) -> SSAValue:
    return delta.InputOp(0, type).result


def test_shape_questions_look_through_terms() -> None:
    type = TermType(MATRIX)
    assert types.shape(type) == (2, 3)
    assert types.element(type) == f64
    assert types.value_type(type) == MATRIX
    assert types.like(type, (3,)) == TermType(TensorType(f64, [3]))
    assert types.like(type, ()) == TermType(f64)
    assert TermType(f32).of(f64) == TermType(f64)


@pytest.mark.parametrize("type", [i64, TensorType(i64, [2]), TermType(f64), TensorType(f64, [])])
def test_what_has_no_terms(type) -> None:
    with pytest.raises(VerifyException):
        TermType(type)


def test_constructors_infer_types() -> None:
    d = term(MATRIX)
    assert delta.ZeroOp(MATRIX).result.type == TermType(MATRIX)
    assert delta.AddOp(d, d).result.type == TermType(MATRIX)
    assert delta.NegOp(d).result.type == TermType(MATRIX)
    assert delta.ScaleOp(value(MATRIX), d).result.type == TermType(MATRIX)
    assert delta.PushforwardOp(d, [value(f64)]).result.type == MATRIX
    pullback = delta.PullbackOp([d], [value(MATRIX)], [f64, MATRIX], [0])
    assert [g.type for g in pullback.gradients] == [f64, MATRIX]
    assert ten.SumOp(d, [0]).result.type == TermType(TensorType(f64, [3]))
    assert ten.TransposeOp(d, [1, 0]).result.type == TermType(TensorType(f64, [3, 2]))
    for op in (pullback, ten.ReshapeOp(d, [6]), ten.CastOp(d, f32), ten.StackOp([d, d])):
        op.verify()


def test_stop_folds_where_there_is_nothing_to_stop() -> None:
    x = value(f64)
    once = delta.StopOp(x)
    assert once.fold() is None
    assert delta.StopOp(once.result).fold() == (once.result,)
    n = value(i64)
    assert delta.StopOp(n).fold() == (n,)


@pytest.mark.parametrize("op", list(delta.Delta.operations))
def test_every_op_is_in_the_round_trips(op) -> None:
    assert op.name in (FILECHECK / "dialects" / "delta" / "ops.mlir").read_text()


def cases(folder: str) -> str:
    return "".join(p.read_text() for p in (FILECHECK / "passes" / folder).glob("*.mlir"))


@pytest.mark.parametrize("op", sorted(o.name for o in rule_tables.linearize))
def test_every_linearize_rule_has_a_filecheck_case(op: str) -> None:
    assert f"= {op} " in cases("delta-linearize")


@pytest.mark.parametrize("op", sorted(o.name for o in rule_tables.transpose))
def test_every_transpose_rule_has_a_filecheck_case(op: str) -> None:
    assert f"= {op} " in cases("delta-transpose")


def test_the_tables_are_filled() -> None:
    """The cases above are not none: these modules fill the tables."""
    assert linearize and len(list(rule_tables.linearize)) > 60
    assert transpose and len(list(rule_tables.transpose)) > 14
