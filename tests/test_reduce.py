"""letgrad reduce: planted bugs, in passes from outside of letgrad, come out small."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from letgrad.tools import cli, opt, source
from letgrad.tools.testing import reduce

PASSES = '''
"""Passes with bugs, made known to every xDSL tool as a package does it."""

from xdsl.dialects import arith, math
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import RewritePattern, op_type_rewrite_pattern
from xdsl.universe import Universe

from letgrad.dialects import ten
from letgrad.passes.rewriting.driver import apply_rules


class WrongSub(ModulePass):
    """Takes x - y for y - x."""

    name = "wrong-sub"

    def apply(self, ctx, op):
        for each in list(op.walk()):
            if isinstance(each, arith.SubfOp):
                each.operands = (each.rhs, each.lhs)


class NoSinOfCos(ModulePass):
    """Fails on the sine of a cosine."""

    name = "no-sin-of-cos"

    def apply(self, ctx, op):
        for each in op.walk():
            if isinstance(each, math.SinOp) and isinstance(each.operand.owner, math.CosOp):
                raise KeyError(each)


class MulOfSelf(RewritePattern):
    """x * y → x, which is wrong."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MulfOp, rewriter):
        rewriter.replace(op, [], [op.lhs])


class WrongRule(ModulePass):
    """Has a wrong rule."""

    name = "wrong-rule"

    def apply(self, ctx, op):
        apply_rules(op, [MulOfSelf()])


class LosesUse(ModulePass):
    """Leaves the index of a read of a wide tensor undefined where it is used."""

    name = "loses-use"

    def apply(self, ctx, op):
        for each in list(op.walk()):
            if isinstance(each, ten.IndexOp) and each.t.type.get_shape()[0] > 2:
                each.detach()
                each_block = each.result.first_use.operation.parent
                each_block.insert_op_after(each, each_block.last_op.prev_op)


BUGGY = Universe(
    all_passes={
        "wrong-sub": lambda: WrongSub,
        "no-sin-of-cos": lambda: NoSinOfCos,
        "loses-use": lambda: LosesUse,
        "wrong-rule": lambda: WrongRule,
    }
)
'''

PROGRAM = """
func.func private @unused(%x: f64) -> f64 {
  %y = math.exp %x : f64
  func.return %y : f64
}
func.func @main(%x: tensor<7x5xf64>, %y: tensor<7x5xf64>, %n: index) -> (tensor<7xf64>, f64, f64) {
  %a = arith.mulf %x, %y : tensor<7x5xf64>
  %b = math.cos %a {odd = 1 : i64} : tensor<7x5xf64>
  %c = math.sin %b : tensor<7x5xf64>
  %d = arith.subf %c, %a : tensor<7x5xf64>
  %e = ten.sum %d dims [1] : tensor<7x5xf64> -> tensor<7xf64>
  %k = arith.constant 3 : index
  %i = arith.addi %n, %k : index
  %f = ten.index %e[%i] : tensor<7xf64> -> f64
  %g = ten.build [7] (%j) : tensor<7xf64> {
    %h = ten.index %e[%j] : tensor<7xf64> -> f64
    %l = arith.subf %h, %f : f64
    %m = arith.mulf %l, %l : f64
    ten.yield %m : f64
  }
  %o = math.exp %f : f64
  func.return %g, %f, %o : tensor<7xf64>, f64, f64
}
func.func @other(%x: f64) -> f64 {
  %y = math.exp %x : f64
  func.return %y : f64
}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like one into which a package with passes was installed."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "buggy.py").write_text(PASSES)
    info = folder / "buggy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: buggy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[xdsl.universe]\nbuggy = buggy:BUGGY\n")
    return folder


@pytest.fixture
def letgrad(
    package: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Run `letgrad reduce` with that package on a program; give what it says and writes."""
    monkeypatch.syspath_prepend(package)
    original = opt.LetgradOptMain.register_all_passes

    def register(self: opt.LetgradOptMain) -> None:
        original(self)
        import buggy  # pyright: ignore[reportMissingImports]

        self.available_passes |= buggy.BUGGY.all_passes

    monkeypatch.setattr(opt.LetgradOptMain, "register_all_passes", register)

    def run(*arguments: str, program: str = PROGRAM) -> tuple[int, str, str]:
        path = tmp_path / "bad.mlir"
        path.write_text(program)
        words = [str(path) if a == "%s" else a for a in arguments]
        status = cli.main(["reduce", *words])
        return (status, *capfd.readouterr())

    return run


def names(text: str) -> list[str]:
    """The ops of a reduced program, in order."""
    module = source.parse(opt.LetgradOptMain([]).ctx, text)
    return [op.name for op in module.walk()][1:]


def test_a_changed_result(letgrad):
    status, out, err = letgrad(
        "%s", "-p", "canonicalize,wrong-sub,cse,ten-vectorize", "--check-semantics=5"
    )
    assert status == 0, err
    assert names(out) == ["func.func", "arith.subf", "func.return"]
    first, _, said, *_ = out.splitlines()
    assert first == "// RUN: letgrad-opt %s -p wrong-sub --check-semantics=5 --verify-diagnostics"
    assert said.startswith("// It failed: pass wrong-sub changed the result of @main: ")
    assert "and 4 passes 1" in err


def test_a_wrong_rule(letgrad):
    status, out, err = letgrad("%s", "-p", "cse,wrong-rule", "--check-rules")
    assert status == 0, err
    assert names(out) == ["func.func", "arith.mulf", "func.return"]
    assert "-p wrong-rule --check-rules --verify-diagnostics\n" in out
    assert "// It failed: rule MulOfSelf changed the result of @main: " in out


def test_an_error_of_a_pass(letgrad):
    status, out, err = letgrad("%s", "-p", "cse,no-sin-of-cos,canonicalize")
    assert status == 0, err
    assert names(out) == ["func.func", "math.cos", "math.sin", "func.return"]
    assert "odd" not in out
    assert "tensor<0x0xf64>" in out or "f64" in out
    assert "-p no-sin-of-cos --verify-diagnostics\n" in out
    assert "// It failed: pass no-sin-of-cos failed: KeyError" in out


def test_ir_that_does_not_verify_and_needs_a_size(letgrad):
    status, out, err = letgrad("%s", "-p", "loses-use")
    assert status == 0, err
    assert "pass loses-use left IR that does not verify" in out
    # A size below 3 does not fail.
    assert "ten.index" in out and "tensor<3xf64>" in out
    assert len(names(out)) <= 6


def test_what_was_reduced_fails_and_passes_once_it_is_mended(letgrad, package, tmp_path):
    """The test file is run as lit does, with the package installed."""
    _, out, _ = letgrad("%s", "-p", "wrong-sub", "--check-semantics=3")
    path = tmp_path / "reduced.mlir"
    path.write_text(out)
    words = shlex.split(out.partition("\n")[0].removeprefix("// RUN: "))
    words = [str(path) if w == "%s" else w for w in words]

    def run(*words: str) -> int:
        environment = os.environ | {"PYTHONPATH": str(package)}
        tool = Path(sys.executable).with_name(words[0])
        return subprocess.run([tool, *words[1:]], env=environment, capture_output=True).returncode

    assert run(*words) == 1
    assert run(*[w.replace("wrong-sub", "cse") for w in words]) == 0


def test_a_command(letgrad):
    """Exit status 0 is the failure; nothing of letgrad's is asked."""
    status, out, err = letgrad("%s", "--test", "grep -q math.exp %s && grep -q ten.build %s")
    assert status == 0, err
    assert out.startswith("// RUN: grep -q math.exp %s && grep -q ten.build %s\n")
    assert set(names(out)) - {"arith.constant"} == {
        "func.func",
        "math.exp",
        "ten.build",
        "ten.yield",
        "func.return",
    }


def test_a_command_with_the_pipeline(letgrad):
    status, out, err = letgrad(
        "%s", "-p", "cse,canonicalize,ten-vectorize", "--test", "echo %p | grep -q vec"
    )
    assert status == 0, err
    assert out.startswith("// RUN: echo ten-vectorize | grep -q vec\n")
    assert names(out) == []


def test_the_first_piece_that_fails(letgrad):
    program = f"func.func @fine() {{\n  func.return\n}}\n// -----\n{PROGRAM}"
    status, out, _ = letgrad("%s", "-p", "no-sin-of-cos", "--split-input-file", program=program)
    assert status == 0
    assert names(out) == ["func.func", "math.cos", "math.sin", "func.return"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "cse"], "there is nothing to reduce: the passes run without an error"),
        (["--test", "false"], "the command does not end with exit status 0"),
        ([], "give the passes that fail with -p, or a command with --test"),
        (["-p", "nosuch"], "there is no pass 'nosuch'"),
    ],
)
def test_errors(letgrad, arguments, message):
    status, out, err = letgrad("%s", *arguments)
    assert (status, out) == (1, "")
    assert message in err and err.count("\n") == 1


def test_failures_of_another_kind_are_others():
    kind = reduce.kind_of
    one = "pass p changed the result of @f: it was 1.0 and is 2.0"
    assert kind(one) == kind(
        "pass p changed the result of @g: result #2: [0, 1] it was nan and is 3"
    )
    assert kind(one) != kind("pass q changed the result of @f: it was 1.0 and is 2.0")
    assert kind("pass p failed: KeyError: 3") == kind("pass p failed: KeyError: f64")
    assert kind("pass p failed: KeyError: 3") != kind("pass p failed: IndexError: 3")
    assert kind("@f fails after pass p: odd") == kind("@g fails after pass p: odder")
    assert kind("ten.x: %a is tensor<3xf32>, not 4") == kind("ten.x: %b is tensor<2x2xi1>, not 7")
    assert kind("ten.x: %a is tensor<3xf32>, not 4") != kind("ten.x: %a is too large")


@pytest.mark.parametrize("needed", [[], [3], [0, 9], [2, 3, 7], list(range(10))])
def test_delta_debugging(needed: list[int]):
    tests = 0

    def test(items: Sequence[int]) -> bool:
        nonlocal tests
        tests += 1
        return set(needed) <= set(items)

    assert reduce.minimal(range(10), test) == needed
    assert tests < 100
