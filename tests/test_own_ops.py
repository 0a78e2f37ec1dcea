"""
Ops of one's own of kinds that examples/special_functions has none of: with a region and two
results, made of array comprehensions; and on a type of one's own.
"""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from xdsl.dialects import arith
from xdsl.ir import Block, Dialect, ParametrizedAttribute, Region, TypeAttribute
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import IsTerminator, Pure
from xdsl.universe import Universe

from letgrad.dialects import ten, types
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.differentiate.linearize import LinearizePass
from letgrad.passes.pipelines import GradientPass
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.rule_tables import decompose, linearize
from letgrad.tools import opt, source


@irdl_op_definition
class YieldOp(IRDLOperation):
    name = "own.yield"
    values = var_operand_def()
    traits = traits_def(IsTerminator())
    assembly_format = "$values attr-dict `:` type($values)"


@irdl_op_definition
class MapOp(IRDLOperation):
    """(y[i], z[i]) = body(x[i]), of a vector."""

    name = "own.map"
    x = operand_def()
    y = result_def()
    z = result_def()
    body = region_def("single_block")
    traits = traits_def(Pure())
    assembly_format = "$x attr-dict `:` type($x) `->` type($y) `,` type($z) $body"


@decompose.rule(MapOp)
def _(op, e):
    """One build per result, with the body in it"""

    def build(which: int):
        block = Block(arg_types=[ten.index_type])
        block.add_op(read := ten.IndexOp(op.x, block.args))
        values = {op.body.block.args[0]: read.result}
        *ops, last = op.body.block.ops
        block.add_ops([inner.clone(values) for inner in ops])
        block.add_op(ten.YieldOp(values.get(last.operands[which], last.operands[which])))
        return e(ten.BuildOp(types.shape(op.x.type), Region(block)))

    return build(0), build(1)


@irdl_attr_definition
class PairType(ParametrizedAttribute, TypeAttribute):
    name = "own.pair"


@irdl_op_definition
class PairOp(IRDLOperation):
    name = "own.pair_of"
    x = operand_def()
    y = operand_def()
    pair = result_def(PairType)
    traits = traits_def(Pure())
    assembly_format = "$x `,` $y attr-dict `:` type($x) `,` type($y) `->` type($pair)"


@irdl_op_definition
class FirstOp(IRDLOperation):
    name = "own.first"
    pair = operand_def(PairType)
    x = result_def(AnyAttr())
    traits = traits_def(Pure())
    assembly_format = "$pair attr-dict `:` type($pair) `->` type($x)"


@irdl_op_definition
class ShownOp(IRDLOperation):
    """A pair to be looked at: no floats come out of it."""

    name = "own.shown"
    x = operand_def()
    pair = result_def(PairType)
    assembly_format = "$x attr-dict `:` type($x) `->` type($pair)"


CTX = opt.LetgradOptMain([]).ctx
CTX.load_dialect(Dialect("own", [YieldOp, MapOp, PairOp, FirstOp, ShownOp], [PairType]))

MAPPED = """
func.func @main(%x: tensor<3xf64>) -> f64 {
  %y, %z = own.map %x : tensor<3xf64> -> tensor<3xf64>, tensor<3xf64> {
  ^bb0(%e: f64):
    %s = math.sin %e : f64
    %p = arith.mulf %s, %e : f64
    own.yield %s, %p : f64, f64
  }
  %d = arith.mulf %y, %z : tensor<3xf64>
  %r = ten.sum %d dims [0] : tensor<3xf64> -> f64
  func.return %r : f64
}
"""


def test_an_op_made_of_builds_has_derivatives_and_kernels():
    """d Σ x sin² x = (sin² x + 2 x sin x cos x) dx, and again."""
    x = np.array([0.3, -1.2, 2.0])
    module = source.parse(CTX, MAPPED)
    GradientPass(seed="one").apply(CTX, module)
    _, slope = Evaluator(module).call("main", [x])
    sin, cos = np.sin(x), np.cos(x)
    np.testing.assert_allclose(slope, sin**2 + 2 * x * sin * cos)
    GradientPass(wrt=(0,), primal=False).apply(CTX, module)
    (second,) = Evaluator(module).call("main", [x, 0.0, np.ones(3)])
    np.testing.assert_allclose(second, 4 * sin * cos + 2 * x * (cos**2 - sin**2))
    if "triton" in backends.names():
        from letgrad.lowering.triton import backend, emit

        text = backend.lower(source.parse(CTX, MAPPED), emit.Options(), "mapped").text
        assert "libdevice.sin" in text


def test_a_package_that_cannot_be_loaded_is_named(monkeypatch, capsys):
    """Its author, or who has it installed, sees which one it is, from every command."""
    broken = EntryPoint("my_ops", "letgrad.tools.opt:NOTHING", "xdsl.universe")
    monkeypatch.setattr(opt, "entry_points", lambda group: [broken])

    def run() -> int:
        raise AttributeError("no NOTHING")

    assert opt.guarded("letgrad", run, False) == 1
    assert capsys.readouterr().err.startswith(
        "letgrad: error: the entry point my_ops = letgrad.tools.opt:NOTHING, of xdsl.universe, "
        "cannot be loaded: AttributeError: "
    )


def test_a_dialect_that_cannot_be_imported_is_named(monkeypatch, tmp_path, capsys):
    """It was an internal error, without the name of the package."""

    def missing():
        import nowhere.to_be_found  # type: ignore[import-not-found]

        return nowhere.to_be_found

    missing.__module__ = "my_ops"
    known = opt.Universe.get_multiverse()
    broken = Universe(
        all_dialects={**known.all_dialects, "lost": missing},
        all_passes={**known.all_passes, "lost-pass": missing},
        all_targets=known.all_targets,
    )
    monkeypatch.setattr(opt.Universe, "get_multiverse", lambda: broken)
    (tmp_path / "f.mlir").write_text('"lost.op"() : () -> ()')
    cause = (
        "which my_ops registers, cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"
    )
    assert opt.main([f"{tmp_path}/f.mlir"]) == 1
    assert capsys.readouterr().err == f"letgrad-opt: error: the dialect lost, {cause}\n"
    assert opt.main(["-p", "lost-pass", f"{tmp_path}/f.mlir"]) == 1
    err = capsys.readouterr().err
    assert err == f"<pass-pipeline>:1:1: error: pass lost-pass, {cause}\n"


def test_what_is_wrong_in_the_python_of_a_dialect_has_a_place():
    try:
        linaer(MapOp)  # type: ignore[name-defined]
    except NameError as error:
        said = source.explain(error)
    assert re.fullmatch(r"NameError: name 'linaer' is not defined \(.*test_own_ops\.py:\d+\)", said)
    try:
        raise TypeError("of whoever called")
    except TypeError as error:
        assert source.explain(error) == "TypeError: of whoever called"


THROUGH_A_PAIR = """
func.func @main(%x: f64) -> f64 {
  %p = own.pair_of %x, %x : f64, f64 -> !own.pair
  %r = own.first %p : !own.pair -> f64
  func.return %r : f64
}
"""


def test_a_pair_has_no_buffer():
    module = source.parse(CTX, THROUGH_A_PAIR)
    with pytest.raises(
        LetgradError,
        match=r"3:8: error: .* own\.pair_of: its result is !own\.pair; letgrad computes",
    ):
        backends.compile("cpu", module, "main")


def test_no_derivative_passes_through_a_pair_unnoticed():
    """It was 0, without a word: a pair has no floats that can be seen."""
    module = source.parse(CTX, THROUGH_A_PAIR)
    with pytest.raises(LetgradError, match=r"own\.pair_of has no rule in the table 'linearize'"):
        LinearizePass().apply(CTX, module)


def test_a_rule_says_that_none_comes_out_of_a_pair():
    linearize.rule(ShownOp)(lambda op, ds, e: (None,))
    module = source.parse(
        CTX,
        """
func.func @main(%x: f64) -> f64 {
  %p = own.shown %x : f64 -> !own.pair
  %r = arith.mulf %x, %x : f64
  func.return %r : f64
}
""",
    )
    LinearizePass().apply(CTX, module)
    assert sum(isinstance(op, arith.MulfOp) for op in module.walk()) == 1
