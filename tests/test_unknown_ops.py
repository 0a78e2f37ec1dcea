"""
An op that nobody knows may do anything: no pass erases, doubles, merges or moves one, wherever it
stands.
"""

from __future__ import annotations

import re
from io import StringIO

import numpy as np
import pytest
from xdsl.context import Context

from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import opt, source
from letgrad.tools.opt import LetgradOptMain

PROGRAMS = {
    "top": """
func.func @f(%x: tensor<3xf64>) -> tensor<3xf64> {
  %c = "log.const"() : () -> f64
  %d = "log.const"() : () -> f64
  "log.write"(%c, %d) : (f64, f64) -> ()
  %s = math.sin %x : tensor<3xf64>
  "log.unused"() : () -> ()
  %u = "log.use"(%s) : (tensor<3xf64>) -> tensor<3xf64>
  %v = "log.use"(%s) : (tensor<3xf64>) -> tensor<3xf64>
  %w = arith.addf %u, %v : tensor<3xf64>
  func.return %w : tensor<3xf64>
}
""",
    "loop": """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %r = scf.for %i = %c0 to %n step %c2 iter_args(%a = %x) -> (f64) {
    %k = "log.const"() : () -> f64
    %l = "log.const"() : () -> f64
    "log.write"(%i) : (index) -> ()
    %m = arith.mulf %a, %k : f64
    %o = arith.addf %m, %l : f64
    scf.yield %o : f64
  }
  func.return %r : f64
}
""",
    "memory": """
func.func @f(%i: index) -> f64 {
  %a = memref.alloc() : memref<3xf64>
  %c = arith.constant 1.0 : f64
  memref.store %c, %a[%i] : memref<3xf64>
  %r = memref.load %a[%i] : memref<3xf64>
  %s = arith.addf %r, %r : f64
  memref.store %s, %a[%i] : memref<3xf64>
  %t = memref.load %a[%i] : memref<3xf64>
  memref.dealloc %a : memref<3xf64>
  func.return %t : f64
}
""",
    "if": """
func.func @f(%x: f64, %c: i1) -> f64 {
  %r = scf.if %c -> (f64) {
    %k = "log.const"() : () -> f64
    "log.write"(%k) : (f64) -> ()
    scf.yield %k : f64
  } else {
    %k = "log.const"() : () -> f64
    "log.write"(%k) : (f64) -> ()
    scf.yield %x : f64
  }
  func.return %r : f64
}
""",
    "while": """
func.func @f(%x: f64) -> f64 {
  %r = scf.while (%a = %x) : (f64) -> f64 {
    %c = "log.cond"(%a) : (f64) -> i1
    scf.condition(%c) %a : f64
  } do {
  ^b(%a: f64):
    %k = "log.const"() : () -> f64
    %m = arith.mulf %a, %k : f64
    scf.yield %m : f64
  }
  func.return %r : f64
}
""",
    "region": """
func.func @f(%x: f64, %t: tensor<4xf64>) -> f64 {
  %y = math.sin %x : f64
  "log.around"() ({
    %z = math.sin %x : f64
    %d = math.cos %x : f64
    "log.write"(%z, %y) : (f64, f64) -> ()
    %g = "log.const"() : () -> f64
  }) : () -> ()
  %q = "log.around"(%x) ({
  ^a(%p: f64):
    %z = math.sin %p : f64
    "log.end"(%z)[^b] : (f64) -> ()
  ^b:
    %e = math.sin %p : f64
    "log.end"(%e) : (f64) -> ()
  }) : (f64) -> f64
  %r = arith.addf %y, %q : f64
  func.return %r : f64
}
""",
    "module": """
%m = "log.const"() : () -> f64
%m2 = "log.const"() : () -> f64
"log.write"(%m, %w) : (f64, f64) -> ()
%w = math.sin %m : f64
func.func @f(%x: f64) -> f64 {
  func.return %x : f64
}
""",
    "blocks": """
func.func @f(%x: f64, %c: i1) -> f64 {
  cf.cond_br %c, ^a, ^b
^a:
  %k = "log.const"() : () -> f64
  cf.br ^e(%k : f64)
^b:
  "log.write"(%x) : (f64) -> ()
  %l = "log.const"() : () -> f64
  cf.br ^e(%l : f64)
^e(%r: f64):
  func.return %r : f64
}
""",
    "call": """
func.func private @g(%x: f64) -> f64 {
  %k = "log.const"() : () -> f64
  func.return %k : f64
}
func.func @f(%x: f64) -> f64 {
  %a = func.call @g(%x) : (f64) -> f64
  %b = func.call @g(%x) : (f64) -> f64
  %c = func.call @g(%x) : (f64) -> f64
  %d = arith.addf %a, %b : f64
  func.return %d : f64
}
""",
}

PIPELINES = (
    "canonicalize",
    "cse",
    "dce",
    "optimize",
    "sharing-stamp",
    "sharing-recover",
    "sharing-simplify-lets",
    "sharing-unshare",
    "sharing-materialize",
    "ten-vectorize",
    "ten-simplify-gather-scatter",
    "ten-raise-einsum",
    "ten-fuse-scans",
    "ten-decompose",
    "outline-regions",
    "convert-ten-to-kernel",
    "convert-ten-to-kernel,kernel-fuse-rows,kernel-plan-buffers",
    "delta-linearize",
    "gradient",
    "sharing-stamp,sharing-recover,canonicalize,cse",
)
MAY_REFUSE = {"delta-linearize", "gradient"}
"""Passes that ask what an op means say that they do not know."""


def unknown_ops(text: str) -> list[str]:
    return re.findall(r'"log\.\w+"|memref\.\w+', text)


def context() -> Context:
    ctx = LetgradOptMain(args=["--allow-unregistered-dialect"]).ctx
    ctx.allow_unregistered = True
    return ctx


def run(text: str, pipeline: str) -> str:
    tool = LetgradOptMain(args=["--allow-unregistered-dialect"])
    ctx = tool.ctx
    ctx.allow_unregistered = True
    module = source.parse(ctx, text)
    verify(module)
    for a_pass in tool.parse_passes(pipeline):
        a_pass.apply(ctx, module)
        verify(module)
    out = StringIO()
    source.print_module(module, out)
    return out.getvalue()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("place", PROGRAMS)
def test_ops_that_nobody_knows_stay_as_they_are(place: str, pipeline: str):
    text = PROGRAMS[place]
    try:
        after = run(text, pipeline)
    except LetgradError as error:
        assert pipeline in MAY_REFUSE, str(error)
        return
    if place == "call" and pipeline in MAY_REFUSE:
        # Three calls are written out, and the function is kept.
        assert unknown_ops(after) == 4 * unknown_ops(text)
        return
    assert unknown_ops(after) == unknown_ops(text)
    assert unknown_ops(run(after, "canonicalize")) == unknown_ops(text)


def test_a_region_with_an_implicit_terminator_may_end_in_one():
    """xDSL took the unregistered op for the terminator. MLIR adds scf.yield after it."""
    text = """
func.func @f(%c: i1) {
  scf.if %c {
    "log.write"() : () -> ()
  }
  func.return
}
"""
    assert run(run(text, "canonicalize"), "canonicalize").count("log.write") == 1


def test_the_custom_form_of_an_unregistered_op_is_an_error_that_names_it():
    form = '"log.write"(operands) : (types) -> (types)'
    said = f"operation log.write is not registered, so it has no custom form; write {form}"
    with pytest.raises(LetgradError, match=re.escape(said)):
        run("log.write", "cse")


def test_an_unregistered_op_is_no_return():
    """The reference gave its operands as the results of the function."""
    module = source.parse(context(), PROGRAMS["top"])
    with pytest.raises(LetgradError, match=r"log\.const has no rule in the table 'evaluate'"):
        Evaluator(module).call("f", [np.zeros(3)])


def test_no_derivative_is_lost_between_ops_that_nobody_knows():
    """The gradient was 0, though log.get may give what log.put took."""
    text = """
func.func @f(%x: f64) -> f64 {
  %k = "log.get"() : () -> f64
  "log.put"(%x) : (f64) -> ()
  %r = "log.get"() : () -> f64
  func.return %r : f64
}
"""
    with pytest.raises(LetgradError, match=r"log\.get may give a value that log\.put took"):
        run(text, "gradient")
    text = text.replace('%r = "log.get"() : () -> f64', "%r = arith.mulf %x, %k : f64")
    assert unknown_ops(run(text, "gradient")) == ['"log.get"', '"log.put"']


def test_a_region_of_stablehlo_has_the_effects_of_its_ops():
    """Nobody reads the reduction, and what it runs may print."""
    text = """
func.func @f(%x: tensor<3xf32>, %c: tensor<f32>) {
  %y = "stablehlo.reduce"(%x, %c) <{dimensions = array<i64: 0>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.add %a, %b : tensor<f32>
    PRINTS
    stablehlo.return %s : tensor<f32>
  }) : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
  func.return
}
"""
    for prints, stays in (('"own.print"(%s) : (tensor<f32>) -> ()', True), ("", False)):
        out = run(text.replace("PRINTS", prints), "canonicalize,cse")
        assert ("stablehlo.reduce" in out) == stays


def test_a_loop_around_an_op_that_nobody_knows_stays_a_loop():
    after = run(PROGRAMS["loop"], "canonicalize")
    loop = after[after.index("scf.for") : after.index("scf.yield")]
    assert len(unknown_ops(loop)) == 3


SHOWN = (
    ("-p", "optimize", "--trace-rules", "--pass-statistics"),
    ("-p", "convert-ten-to-kernel,kernel-fuse-rows,kernel-plan-buffers"),
    ("-p", "ten-vectorize,sharing-stamp,sharing-recover,sharing-report"),
    ("-p", "sharing-materialize,outline-regions"),
    ("-p", "gradient"),
    ("-t", "terms"),
    ("-t", "dot"),
    ("-t", "triton"),
    ("--verify-level", "kernel"),
)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("options", SHOWN, ids=" ".join)
@pytest.mark.parametrize("place", PROGRAMS)
def test_what_letgrad_says_names_the_op(tmp_path, capsys, place: str, options: tuple[str, ...]):
    """Messages called every such op builtin.unregistered, as xDSL does."""
    (tmp_path / "f.mlir").write_text(PROGRAMS[place])
    opt.main([f"{tmp_path}/f.mlir", "--allow-unregistered-dialect", "--remarks", *options])
    out, err = capsys.readouterr()
    assert "unregistered" not in out + err and "op_name__" not in out
    assert "Traceback" not in err and "internal error" not in err
    assert not re.search("^letgrad-opt: ", err, re.MULTILINE), "an error without a place"
