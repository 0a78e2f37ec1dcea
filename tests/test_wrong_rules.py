"""
A rule that gives the wrong number of values, values of a wrong type, or nothing, is an error at the
op, with the names of the op and of the rule: in each table.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from xdsl.dialects import arith
from xdsl.dialects.builtin import f32
from xdsl.ir import Dialect
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import Pure

from letgrad.dialects import types
from letgrad.lowering import backends
from letgrad.passes.differentiate.linearize import linear
from letgrad.passes.differentiate.partials import partials
from letgrad.passes.rewriting.decomposing import formula
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.rule_tables import (
    batch,
    decompose,
    element,
    evaluate,
    linearize,
    pushforward,
    transpose,
)
from letgrad.tools import opt, source

TABLES = (batch, decompose, element, evaluate, linearize, pushforward, transpose)


@irdl_op_definition
class TwiceOp(IRDLOperation):
    """y = 2 x"""

    name = "wrong.twice"
    x = operand_def()
    y = result_def()
    traits = traits_def(Pure())
    assembly_format = "$x attr-dict `:` type($x) `->` type($y)"


@pytest.fixture(autouse=True)
def no_rules() -> Iterator[None]:
    yield
    for table in TABLES:
        table._rules.pop(TwiceOp, None)
        table._found.clear()


PROGRAM = """
func.func @main(%x: tensor<3xf64>) -> tensor<3xf64> {
  %y = wrong.twice %x : tensor<3xf64> -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}
"""
BUILD = """
func.func @main(%x: tensor<3xf64>) -> tensor<3xf64> {

  %r = ten.build [3] (%i) : tensor<3xf64> {
    %e = ten.index %x[%i] : tensor<3xf64> -> f64
    %y = wrong.twice %e : f64 -> f64
    ten.yield %y : f64
  }
  func.return %r : tensor<3xf64>
}
"""


def error(pipeline: str, text: str = PROGRAM) -> str:
    tool = opt.LetgradOptMain([])
    tool.ctx.load_dialect(Dialect("wrong", [TwiceOp]))
    module = source.parse(tool.ctx, text, "f.mlir")
    with pytest.raises(LetgradError) as found:
        for a_pass in tool.parse_passes(pipeline):
            a_pass.apply(tool.ctx, module)
    return str(found.value.diagnostic)


def half(x, e):
    return e(arith.TruncFOp(x, types.of_shape(types.shape(x.type), f32)))


TRANSPOSED = "f.mlir:3:8: error: the transpose rule twice_transposed of wrong.twice "


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            lambda ct, e: None,
            "gave None; it must return tensor<3xf64>; for zero, it returns (None,)",
        ),
        (lambda ct, e: (ct, ct), "gave (tensor<3xf64>, tensor<3xf64>), not tensor<3xf64>"),
        (lambda ct, e: half(ct, e), "gave tensor<3xf32>, not tensor<3xf64>"),
        (lambda ct, e: e.sum(ct), "fails: AttributeError"),
        (lambda ct, e: 2.0, "gave a Python float, not tensor<3xf64>"),
        (lambda ct, e: arith.AddfOp(ct, ct), "gave a Python AddfOp, not tensor<3xf64>"),
    ],
    ids=["none", "two", "type", "raises", "number", "operation"],
)
def test_transpose(rule, said: str) -> None:
    linear(TwiceOp)

    @transpose.rule(TwiceOp)
    def twice_transposed(op, ct, e):
        return rule(ct, e)

    assert error("gradient").startswith(TRANSPOSED + said)


def test_a_rule_says_zero_explicitly() -> None:
    linear(TwiceOp)
    transpose.rule(TwiceOp)(lambda op, ct, e: (None,))
    tool = opt.LetgradOptMain([])
    tool.ctx.load_dialect(Dialect("wrong", [TwiceOp]))
    module = source.parse(tool.ctx, PROGRAM)
    for a_pass in tool.parse_passes("gradient{primal=false}"):
        a_pass.apply(tool.ctx, module)
    assert np.all(backends.compile("numpy", module, "main")(np.ones(3), np.ones(3))[0] == 0)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda ds, e: None, "gave None; it must return !delta.term<tensor<3xf64>>; for zero, it"),
        (lambda ds, e: (ds[0], ds[0]), "gave (!delta.term<tensor<3xf64>>, !delta.term<tensor<3x"),
        (lambda ds, e: e.constant(1.0, f32), "gave f32, not !delta.term<tensor<3xf64>>"),
    ],
    ids=["none", "two", "type"],
)
def test_linearize(rule, said: str) -> None:
    @linearize.rule(TwiceOp)
    def twice_linearized(op, ds, e):
        return rule(ds, e)

    begins = "f.mlir:3:8: error: the linearize rule twice_linearized of wrong.twice "
    assert error("gradient").startswith(begins + said)


@pytest.mark.parametrize(("given", "said"), [(None, "None"), ((1, 2), "2 formulas for 1 operands")])
def test_partials(given, said: str) -> None:
    @partials(TwiceOp)
    def twice_derivative(x):
        return given

    begins = "f.mlir:3:8: error: the partials twice_derivative of wrong.twice gave "
    assert error("gradient").startswith(begins + said)


def test_pushforward() -> None:
    linear(TwiceOp)

    @pushforward.rule(TwiceOp)
    def twice_pushed(op, ts, e): ...

    begins = "f.mlir:3:8: error: the pushforward rule twice_pushed of wrong.twice gave None"
    assert error("gradient{mode=forward}").startswith(begins)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda x, e: None, "gave None; it must return tensor<3xf64>"),
        (lambda x, e: e.constant(1.0, f32), "gave f32, not tensor<3xf64>"),
        (lambda x, e: (x, x), "gave (tensor<3xf64>, tensor<3xf64>), not tensor<3xf64>"),
        (lambda x, e: x[0], "fails: TypeError"),
    ],
    ids=["none", "type", "two", "raises"],
)
def test_batch(rule, said: str) -> None:
    @batch.rule(TwiceOp)
    def twice_in_bulk(op, xs, batched, sizes, e):
        return rule(xs[0], e)

    begins = "f.mlir:6:10: error: the batch rule twice_in_bulk of wrong.twice "
    assert error("ten-vectorize", BUILD).startswith(begins + said)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda x, e: None, "gave None; it must return f64"),
        (lambda x, e: e.constant(1.0, f32), "gave f32, not f64"),
        (lambda x, e: x.shape, "fails: AttributeError"),
    ],
    ids=["none", "type", "raises"],
)
def test_element(rule, said: str) -> None:
    @element.rule(TwiceOp)
    def twice_at(op, i, get, nest):
        return rule(get(op.x, i), nest.e)

    begins = "f.mlir:3:8: error: the element rule twice_at of wrong.twice "
    assert error("convert-ten-to-kernel").startswith(begins + said)


def test_decompose() -> None:
    @decompose.rule(TwiceOp)
    def twice_is_sum(op, e): ...

    begins = "f.mlir:3:8: error: the decompose rule twice_is_sum of wrong.twice "
    assert error("gradient").startswith(begins + "gave None; it must return tensor<3xf64>")
    decompose._rules.pop(TwiceOp)

    @formula(TwiceOp)
    def twice_by_formula(x): ...

    begins = "f.mlir:3:8: error: the decompose rule twice_by_formula of wrong.twice "
    assert error("gradient").startswith(begins + "fails: AttributeError")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda x: None, "gave object[] where the type is tensor<3xf64>"),
        (lambda x: x.astype(np.float32), "gave float32[3] where the type is tensor<3xf64>"),
        (lambda x: (x, x), "gave 2 values for 1 results"),
    ],
    ids=["none", "type", "two"],
)
def test_evaluate(rule, said: str) -> None:
    @evaluate.rule(TwiceOp)
    def twice_in_numpy(op, x):
        return rule(x)

    tool = opt.LetgradOptMain([])
    tool.ctx.load_dialect(Dialect("wrong", [TwiceOp]))
    module = source.parse(tool.ctx, PROGRAM, "f.mlir")
    with pytest.raises(LetgradError, match=r"f.mlir:3:8: error: the evaluate rule") as found:
        backends.compile("numpy", module, "main")(np.ones(3))
    assert str(found.value.diagnostic).endswith(f"rule twice_in_numpy of wrong.twice {said}")
