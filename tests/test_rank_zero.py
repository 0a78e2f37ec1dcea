"""
Programs of other dialects with tensors of rank 0: every pass and target takes them, or says in one
sentence why not, and the result reads back as it was printed.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from letgrad.lowering.reference import Evaluator
from letgrad.passes.rewriting.diagnostics import LetgradError, handling
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.rewriting.verify import verify
from letgrad.tools import opt, source, universe
from letgrad.tools.opt import LetgradOptMain

pytestmark = pytest.mark.sampled(6)

TEXT = (Path(__file__).parent / "filecheck/tools/Inputs/rank_zero.mlir").read_text(encoding="utf-8")
PIECES = {re.findall(r"func\.func @(\w+)\(", piece)[0]: piece for piece, _ in opt.split(TEXT)}
KEEPING = ["canonicalize", "cse", "dce", "sharing-verify", "sharing-report"]
"""Passes that keep the types as they are written."""
PASSES = sorted({*universe.PASSES, *KEEPING} - {"apply-rules"})
REFUSALS = (
    "pass .* needs level",
    "there is no derivative here",
    "only ops of other dialects use, and letgrad has no derivatives",
    "has no derivative: its number of steps is not known",
    "has branches between blocks",
    "has no float argument to differentiate by",
    "the Jacobian of @.* needs real floats",
    "entry= must name one of the functions",
    "has no plan of its buffers",
    "no code for",
    "has no rule in the table 'stablehlo'",
    "is not structured control flow",
    "letgrad computes with scalars and tensors of fixed sizes",
    "the triton backend has no tensor for a value that is tensor<complex",
    "is not known to be pure, and a loop of letgrad has pure ops only",
    "letgrad has no rule that converts mhlo",
)


def compiled(text: str, *options: str) -> str:
    tool = LetgradOptMain(["--allow-unregistered-dialect", *options])
    tool.target = tool.parse_target(tool.args.target)
    tool.setup_pipeline()
    tool.instruments = tool.make_instruments()
    with handling(lambda diagnostic: None):
        return tool.compile(text, "f.mlir", 1)


def test_the_set_has_each_kind_of_program():
    assert len(PIECES) == 17
    for word in (
        "stablehlo",
        "mhlo",
        "linalg",
        "scf.if",
        "cf.cond_br",
        "private",
        "tensor.extract",
        "ten.",
    ):
        assert word in TEXT


@pytest.mark.sampled(52)
@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("program", PIECES)
def test_each_pass_takes_the_program_or_says_why_not(program, name):
    try:
        text = compiled(PIECES[program], "-p", name)
    except LetgradError as error:
        assert any(re.search(words, error.diagnostic.message) for words in REFUSALS), error
        assert error.diagnostic.position is not None
        return
    assert compiled(text) == text
    generic = compiled(text, "--print-op-generic")
    assert compiled(generic, "--print-op-generic") == generic


@pytest.mark.parametrize("target", universe.TARGETS)
@pytest.mark.parametrize("program", PIECES)
def test_each_target_takes_the_program_or_says_why_not(program, target):
    try:
        compiled(PIECES[program], "-t", target)
    except LetgradError as error:
        assert any(re.search(words, error.diagnostic.message) for words in REFUSALS), error


@pytest.mark.parametrize("name", KEEPING)
@pytest.mark.parametrize("program", [p for p in PIECES if p != "build"])  # it has a ten op
def test_passes_that_need_no_scalars_keep_the_types(program, name):
    """No tensor of rank 0 becomes a scalar. Ops that are dead may go."""
    before, after = compiled(PIECES[program]), compiled(PIECES[program], "-p", name)

    def signatures(text: str) -> list[str]:
        return re.findall(r"func\.func (?:private )?@.*", text)

    assert signatures(after) == signatures(before)
    for line in after.splitlines():
        op = re.sub(r"%\w+", "%", line).strip()
        assert op in [re.sub(r"%\w+", "%", old).strip() for old in before.splitlines()], line


def test_a_gradient_goes_through_extract_and_from_elements():
    text = """
    func.func @f(%x: tensor<f64>) -> tensor<f64> {
      %a = tensor.extract %x[] : tensor<f64>
      %b = math.sin %a : f64
      %c = tensor.from_elements %b : tensor<f64>
      %d = arith.mulf %c, %x : tensor<f64>
      func.return %d : tensor<f64>
    }"""
    ctx = LetgradOptMain([]).ctx
    derivative = source.parse(ctx, compiled(text, "-p", "gradient{primal=false seed=one}"))
    (got,) = Evaluator(derivative).call("f", (np.float64(0.5),))
    assert got == pytest.approx(np.sin(0.5) + 0.5 * np.cos(0.5), rel=1e-14)


def test_semantics_are_checked_across_the_change_of_types():
    text = """
    func.func @f(%x: tensor<f64>, %y: tensor<f64>) -> tensor<f64> {
      %c = arith.constant dense<2.0> : tensor<f64>
      %a = arith.mulf %x, %c : tensor<f64>
      %b = arith.addf %a, %y : tensor<f64>
      func.return %b : tensor<f64>
    }"""
    assert "tensor<f64>" in compiled(text, "-p", "cse", "--check-semantics", "2")
    assert "tensor<f64>" not in compiled(text, "-p", "cse,optimize", "--check-semantics", "2")


def test_scalars_are_made_once_before_the_first_pass_that_wants_them():
    text = "func.func @f(%x: tensor<f32>) -> tensor<f32> { func.return %x : tensor<f32> }"
    assert "tensor<f32>" in compiled(text, "-p", "canonicalize,cse")
    assert "tensor<f32>" not in compiled(text, "-p", "canonicalize,ten-vectorize,cse")


def test_functions_of_other_dialects_stay_beside_functions_that_change():
    text = """
    func.func @ours(%x: tensor<f32>) -> tensor<f32> {
      %a = math.cos %x : tensor<f32>
      func.return %a : tensor<f32>
    }
    func.func @theirs(%x: tensor<f32>) -> tensor<f32> {
      %a = "other.op"(%x) : (tensor<f32>) -> tensor<f32>
      func.return %a : tensor<f32>
    }"""
    result = compiled(text, "-p", "optimize")
    assert "@ours(%x: f32) -> f32" in result
    assert "@theirs(%x: tensor<f32>) -> tensor<f32>" in result
    assert "tensor.extract" not in result and "tensor.from_elements" not in result


def test_reading_for_the_interface_gives_scalars():
    ctx = LetgradOptMain([]).ctx
    module = source.parse(
        ctx, "func.func @f(%x: tensor<f32>) -> tensor<f32> { func.return %x : tensor<f32> }"
    )
    verify(module)
    assert str(find_entry(module, "f").function_type) == "(f32) -> f32"
