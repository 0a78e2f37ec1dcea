"""letgrad-opt: what goes to which stream, bad input of every kind, and the checks around passes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import FileLineColLoc, IntAttr, ModuleOp, StringAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern, op_type_rewrite_pattern
from xdsl.utils.exceptions import DiagnosticException, PassFailedException, VerifyException

from letgrad.passes.rewriting import driver
from letgrad.passes.rewriting.diagnostics import Diagnostic, LetgradError, Severity, remark, warning
from letgrad.passes.rewriting.levels import Level
from letgrad.tools import opt, pipeline_text, source
from letgrad.tools.instruments import Instruments
from letgrad.tools.testing import expected, semantics

LINE = re.compile(r"^\S+:\d+:\d+: (error|warning|remark|note|trace): \S.*$")

PROGRAM = """\
func.func @f(%x : f64) -> f64 {
  %c = arith.constant 2.0 : f64
  %y = arith.mulf %x, %c : f64
  func.return %y : f64
}
"""


def test_lines_end_with_newlines_only():
    """Other ends of line, such as a form feed, are characters of a line, for MLIR and editors."""
    text = "a\f\n// -----\nb\x0b\u2028\nc\n// -----\nd"
    assert list(opt.split(text)) == [("a\f\n", 1), ("b\x0b\u2028\nc\n", 3), ("d", 6)]


def function(body: str, signature: str = "()") -> str:
    """A function `@f`, its body from line 2 on."""
    return f"func.func @f{signature} {{\n  {body}\n}}"


def passes() -> dict[str, type[ModulePass]]:
    """Passes that do what passes should not."""
    made: dict[str, type[ModulePass]] = {}

    def make(name: str, apply: Callable[[ModuleOp], None], **attributes: object) -> None:
        made[name] = type(
            name,
            (ModulePass,),
            {"name": name, "apply": lambda self, ctx, op: apply(op), **attributes},
        )

    def raising(error: BaseException) -> Callable[[ModuleOp], None]:
        def apply(module: ModuleOp) -> None:
            raise error

        return apply

    def muls(module: ModuleOp) -> list[Operation]:
        return [op for op in module.walk() if isinstance(op, arith.MulfOp)]

    def to_add(module: ModuleOp) -> None:
        for op in muls(module):
            op.results[0].replace_all_uses_with(op.operands[0])

    def at_op(module: ModuleOp) -> None:
        def visit(op: Operation) -> None:
            raise IndexError("list index out of range")

        for op in muls(module):
            visit(op)

    def forever(op: ModuleOp, depth: int = 0) -> None:
        forever(op, depth + 1)

    def break_order(module: ModuleOp) -> None:
        for op in muls(module):
            block = op.parent
            op.detach()
            block.insert_op_before(op, block.first_op)

    def talk(module: ModuleOp) -> None:
        for op in muls(module):
            warning("this is slow", op)
            remark("but it is right", op)

    def wrong_rule(module: ModuleOp) -> None:
        driver.apply_rules(module, [MulToItsOperand()])

    def verify_late(module: ModuleOp) -> None:
        for op in muls(module):
            op.operands = (op.operands[0],)
            op.verify()

    make("raises-letgrad", lambda m: raising(LetgradError("cannot do this", muls(m)[0]))(m))
    make("raises-pass-failed", raising(PassFailedException("no such\nthing")))
    make("raises-diagnostic", raising(DiagnosticException("odd")))
    make("raises-verify", raising(VerifyException("ill-formed")))
    make("raises-value-error", raising(ValueError("bad value")))
    make("raises-assertion", raising(AssertionError()))
    make("raises-at-op", at_op)
    make("recurses", forever)
    make("wrong-value", to_add)
    make("wrong-rule", wrong_rule)
    make("breaks-order", break_order)
    make("breaks-op", verify_late)
    make("talks", talk)
    make("needs-kernel", lambda m: None, needs=Level.KERNEL)
    make("leaves-kernel", lambda m: None, leaves=Level.KERNEL)
    return made


class MulToItsOperand(RewritePattern):
    """x * y → x, which is wrong."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MulfOp, rewriter: PatternRewriter) -> None:
        rewriter.replace(op, [], [op.lhs])


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """
    Runs letgrad-opt on a text, in this process: gives status, stdout, stderr. It has some bad
    passes more.
    """
    register = opt.LetgradOptMain.register_all_passes
    bad = passes()

    def register_all_passes(self: opt.LetgradOptMain) -> None:
        register(self)
        self.available_passes.update({name: lambda p=p: p for name, p in bad.items()})

    monkeypatch.setattr(opt.LetgradOptMain, "register_all_passes", register_all_passes)
    monkeypatch.delenv("LETGRAD_TRACEBACK", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(text: str | bytes, *args: str) -> tuple[int, str, str]:
        Path("t.mlir").write_bytes(text.encode() if isinstance(text, str) else text)
        capsys.readouterr()
        status = opt.main(["t.mlir", *args])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def fails(result: tuple[int, str, str]) -> str:
    """The one error line of a run that failed as it should."""
    status, out, err = result
    assert status == 1 and out == "", (status, out)
    assert "Traceback" not in err
    lines = err.splitlines()
    assert all(LINE.match(line) for line in lines), err
    assert sum(": error: " in line for line in lines) == 1, err
    return lines[0]


# Text that is no program.


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("func.func @f(", "t.mlir:1:14: error: "),
        ("func.func @f() {\n  func.return\n", "t.mlir:2:14: error: "),
        ("hello world", "t.mlir:1:1: error: operation hello is not registered"),
        ("}", "t.mlir:1:1: error: expected an operation"),
        (
            function("func.return %x : f64"),
            "t.mlir:2:15: error: %x is used but not defined",
        ),
        (
            function("%x = arith.constant 1 : i32\n  %x = arith.constant 1 : i32"),
            "t.mlir:3:3: error: SSA value %x is already defined",
        ),
        (
            function("nosuch.op"),
            "t.mlir:2:3: error: operation nosuch.op is not registered",
        ),
        (
            'func.func @f() {\n  "nosuch.op"() : () -> ()\n}',
            "t.mlir:2:3: error: operation nosuch.op is not registered",
        ),
        ('"unterminated', "t.mlir:1:1: error: "),
        ("func.func @f(%x : tensor<2xnosuch>) { func.return }", "t.mlir:1:28: error: "),
        ("func.func @f(%x : tensor<-2xf64>) { func.return }", "t.mlir:1:"),
        (
            function("%x = arith.constant dense<[1, [2]]> : tensor<2xi32>\n  func.return"),
            "t.mlir:2:",
        ),
        (
            function("%x = arith.constant dense<[1, 2, 3]> : tensor<2xi32>\n  func.return"),
            "t.mlir:2:",
        ),
        (function("%x = arith.constant 1.5 : i32\n  func.return"), "t.mlir:2:"),
        (
            function("cf.br ^nowhere"),
            "t.mlir:2:9: error: block ^nowhere is used but not defined",
        ),
        (
            "func.func @f() {\n^a:\n  func.return\n^a:\n  func.return\n}",
            "t.mlir:4:1: error: re-declaration of block 'a'",
        ),
        (
            function("cf.br ^a\n^a:\n^a:\n  func.return"),  # of one that is used before
            "t.mlir:4:1: error: re-declaration of block 'a'",
        ),
        ('"' + "never closed " * 20, "t.mlir:1:1: error: "),  # took xDSL's lexer for ever
        ("\x00\x01", "t.mlir:1:1: error: "),
        (function("func.return", "(%x : f64) -> f64"), "t.mlir:2:3: error: "),
        (
            function("%y = arith.addf %x, %x : f32\n  func.return %y : f64", "(%x : f64) -> f64"),
            "t.mlir:2:",
        ),
    ],
)
def test_bad_text(tool, text: str, line: str) -> None:
    assert fails(tool(text)).startswith(line)


def test_not_utf8(tool) -> None:
    assert fails(tool(b"// fine\n// \xff\n")) == "t.mlir:2:4: error: the file is not UTF-8 text"


def test_missing_file(tool, capsys) -> None:
    assert opt.main(["nosuch.mlir"]) == 1
    assert (
        capsys.readouterr().err
        == "nosuch.mlir:1:1: error: cannot read the file: no such file or directory\n"
    )
    assert opt.main(["."]) == 1
    assert capsys.readouterr().err == ".:1:1: error: cannot read the file: is a directory\n"


@pytest.mark.parametrize("text", ["", "\n", "// a comment\n"])
def test_nothing_is_the_empty_module(tool, text: str) -> None:
    assert tool(text) == (0, "builtin.module {\n}\n", "")


def test_windows_lines(tool) -> None:
    status, out, _ = tool(PROGRAM.replace("\n", "\r\n"))
    assert status == 0 and "arith.mulf" in out


def nested(depth: int) -> str:
    ifs = "scf.if %c {\n" * depth + "}\n" * depth
    return "func.func @f(%c : i1) {\n" + ifs + "func.return\n}\n"


def test_nest_of_100(tool) -> None:
    status, out, err = tool(
        nested(100), "-p", "canonicalize,cse", "--print-ir-after-all", "--check-semantics"
    )
    assert (status, out.count("func.func"), "error" in err) == (0, 1, False)


def test_nest_too_deep(tool) -> None:
    assert source.TOO_DEEP in fails(tool(nested(6_000)))


def test_wide_regions_are_linear(tool) -> None:
    """xDSL's parser copies all names at each region: 3000 regions among 3000 values took it 1 s."""
    body = "".join(
        f"%a{i} = arith.addf %x, %x : f64\nscf.if %c {{\n%a = arith.addf %a{i}, %x : f64\n}}\n"
        for i in range(300)
    )
    status, out, _ = tool("func.func @f(%c : i1, %x : f64) {\n" + body + "func.return\n}\n")
    assert status == 0 and out.count("scf.if") == 300


def test_names_of_regions_end_with_them(tool) -> None:
    text = function(
        "scf.if %c {\n    %a = arith.constant 1.0 : f64\n  }\n  func.return %a : f64",
        "(%c : i1) -> f64",
    )
    assert fails(tool(text)) == "t.mlir:5:15: error: %a is used but not defined"


def test_undefined_value_that_was_defined_elsewhere(tool) -> None:
    """The first %a is a forward reference, which its region resolves; the second is the error."""
    text = function(
        "scf.if %c {\n    func.call @g(%a) : (f64) -> ()\n    %a = arith.constant 1.0 : f64\n  }\n"
        "  func.call @g(%a) : (f64) -> ()\n  func.return",
        "(%c : i1)",
    )
    assert fails(tool(text)) == "t.mlir:6:16: error: %a is used but not defined"


# The command line.


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["-p", "nosuch"], "<pass-pipeline>:1:1: error: there is no pass 'nosuch'"),
        (["-p", "cse,"], "<pass-pipeline>:1:5: error: expected a name"),
        (["-p", "cse,,cse"], "<pass-pipeline>:1:5: error: expected a name"),
        (["-p", "cse cse"], "<pass-pipeline>:1:4: error: expected a comma or pass arguments here"),
        (["-p", "cse{"], "<pass-pipeline>:1:5: error: expected argument name here"),
        (["-p", "cse{a=}"], "<pass-pipeline>:1:1: error: pass cse has no option 'a'"),
        (["-p", "cse, $"], "<pass-pipeline>:1:6: error: unknown token"),
        (
            ["-p", "builtin.module(cse, func.func(cse)"],
            "<pass-pipeline>:1:25: error: unknown token",
        ),
        (["-p", "cse{a=1}"], "<pass-pipeline>:1:1: error: pass cse has no option 'a'; it has none"),
        (["-p", "test-vectorize-matmul{a=1}"], "<pass-pipeline>:1:1: error: "),
        (["-p", "canonicalize,convert-vector-to-ptr{x"], "<pass-pipeline>:1:"),
        (["-t", "nosuch"], "<target>:1:1: error: there is no target 'nosuch'"),
        (["-t", "mlir{print_debuginfo=7}"], "<target>:1:1: error: target mlir: "),
        (["-t", "mlir{"], "<target>:1:6: error: "),
    ],
)
def test_bad_pipeline(tool, args: list[str], line: str) -> None:
    assert fails(tool(PROGRAM, *args)).startswith(line)


@pytest.mark.parametrize(
    "args",
    [
        ["--nosuch"],
        ["--verify-each=2"],
        ["--check-semantics=0"],
        ["--check-semantics=x"],
        ["a", "b"],
    ],
)
def test_bad_flag(tool, args: list[str]) -> None:
    status, out, err = tool(PROGRAM, *args)
    assert status == 1 and out == "" and re.fullmatch(r"letgrad-opt: error: .*\n", err)


def test_pipeline_elements() -> None:
    assert list(pipeline_text.pipeline_elements(" builtin.module( a{x=1,2 y} , b ) ")) == [
        (17, "a{x=1,2 y}"),
        (30, "b"),
    ]
    assert list(pipeline_text.pipeline_elements('a{s="},{"},b')) == [(0, 'a{s="},{"}'), (11, "b")]
    assert list(pipeline_text.pipeline_elements("  ")) == []


def test_split() -> None:
    assert list(opt.split("a\n// -----\nb\nc\n// -----  \n")) == [
        ("a\n", 1),
        ("b\nc\n", 3),
        ("", 6),
    ]


# Passes that fail.


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("raises-letgrad", "t.mlir:3:8: error: cannot do this"),
        ("raises-pass-failed", "t.mlir:1:1: error: pass raises-pass-failed: no such thing"),
        ("raises-diagnostic", "t.mlir:1:1: error: pass raises-diagnostic: odd"),
        ("raises-verify", "t.mlir:1:1: error: pass raises-verify: ill-formed"),
        (
            "raises-value-error",
            "t.mlir:1:1: error: pass raises-value-error failed: ValueError: bad value",
        ),
        ("raises-assertion", "t.mlir:1:1: error: pass raises-assertion failed: AssertionError"),
        (
            "raises-at-op",
            "t.mlir:3:8: error: pass raises-at-op failed: IndexError: list index out of range",
        ),
        ("recurses", "t.mlir:1:1: error: pass recurses failed: " + source.TOO_DEEP),
        ("breaks-op", "t.mlir:"),
        (
            "breaks-order",
            "t.mlir:3:8: error: pass breaks-order left IR that does not verify: "
            "operand #1 of arith.mulf does not dominate its use",
        ),
        ("needs-kernel", "t.mlir:2:8: error: pass needs-kernel needs level kernel: "),
        ("leaves-kernel", "t.mlir:2:8: error: pass leaves-kernel promises level kernel: "),
    ],
)
def test_failing_pass(tool, name: str, line: str) -> None:
    iota = function(
        "%x = ten.iota dim 0 : tensor<3xf64>\n  func.return %x : tensor<3xf64>",
        "() -> tensor<3xf64>",
    )
    text = iota if "kernel" in name else PROGRAM
    assert fails(tool(text, "-p", f"cse,{name}")).startswith(line)


def test_verify_each_off(tool) -> None:
    status, out, err = tool(PROGRAM, "-p", "breaks-order", "--verify-each=0")
    assert (status, err) == (0, "") and out.index("arith.mulf") < out.index("arith.constant")


def test_traceback_for_developers(tool, monkeypatch) -> None:
    _, _, err = tool(PROGRAM, "-p", "raises-at-op", "--traceback")
    assert err.startswith("t.mlir:3:8: error: ") and "Traceback" in err and "in visit" in err
    monkeypatch.setenv("LETGRAD_TRACEBACK", "1")
    assert "in visit" in tool(PROGRAM, "-p", "raises-at-op")[2]


def test_warnings_and_remarks(tool) -> None:
    status, out, err = tool(PROGRAM, "-p", "talks")
    assert status == 0 and out.startswith("builtin.module")
    assert err == "t.mlir:3:8: warning: this is slow\nt.mlir:3:8: remark: but it is right\n"
    assert tool(PROGRAM, "-p", "talks", "--verify-diagnostics")[0] == 1
    text = PROGRAM.replace(
        "  %y", "  // expected-warning@+2 {{slow}}\n  // expected-remark@below {{right}}\n  %y"
    )
    assert tool(text, "-p", "talks", "--verify-diagnostics")[0] == 0


# Meaning.


def test_wrong_pass_is_named(tool) -> None:
    assert tool(PROGRAM, "-p", "wrong-value")[0] == 0, "nothing else notices"
    line = fails(tool(PROGRAM, "-p", "canonicalize,wrong-value,cse", "--check-semantics"))
    assert line.startswith("t.mlir:1:1: error: pass wrong-value changed the result of @f: it was ")


def test_wrong_rule_is_named(tool) -> None:
    line = fails(tool(PROGRAM, "-p", "wrong-rule", "--check-rules"))
    assert line.startswith(
        "t.mlir:3:8: error: rule MulToItsOperand changed the result of @f: it was "
    )


def test_function_with_huge_arguments_is_skipped(tool) -> None:
    text = function("func.return", "(%x : tensor<9000000000000000xf64>)")
    status, out, err = tool(text, "-p", "cse", "--check-semantics")
    assert (
        status == 0 and out and "the meaning of @f is not checked: its arguments do not fit" in err
    )


def test_functions_of_new_types_are_checked_from_there_on() -> None:
    """
    A pass may give a function another type; what it computes then is what later passes must keep.
    """
    ctx = Context()
    for dialect in (arith.Arith, func.Func):
        ctx.load_dialect(dialect)
    narrow = function("%y = arith.BINARY %x, %x : f32\n  func.return %y : f32", "(%x : f32) -> f32")
    baseline = semantics.Baseline(source.parse(ctx, PROGRAM, "t.mlir"))
    baseline.check(source.parse(ctx, narrow.replace("BINARY", "addf"), "t.mlir"), "pass a")
    with pytest.raises(LetgradError, match="pass b changed the result of @f"):
        baseline.check(source.parse(ctx, narrow.replace("BINARY", "subf"), "t.mlir"), "pass b")


def test_inputs_depend_on_seed_and_name_only() -> None:
    ctx = Context()
    for dialect in (arith.Arith, func.Func):
        ctx.load_dialect(dialect)
    module = source.parse(ctx, PROGRAM, "t.mlir")
    first, again, other = (
        semantics.Baseline(module, 2),
        semantics.Baseline(module, 2),
        semantics.Baseline(module, 2, seed=1),
    )
    assert first._known["f"].inputs == again._known["f"].inputs != other._known["f"].inputs


def test_function_that_fails_after_a_pass() -> None:
    ctx = Context()
    for dialect in (arith.Arith, func.Func):
        ctx.load_dialect(dialect)
    text = (
        PROGRAM
        + "func.func @g(%x : f64) -> f64 {\n  %y = func.call @f(%x) : (f64) -> f64\n"
        + "  func.return %y : f64\n}\n"
    )
    module = source.parse(ctx, text, "t.mlir")
    baseline = semantics.Baseline(module)
    module.body.block.first_op.detach()
    with pytest.raises(
        LetgradError, match=r"t.mlir:7:8: error: @g fails after pass p: there is no function @f"
    ):
        baseline.check(module, "pass p")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (np.float64(1), np.float64(1 + 1e-12), True),
        (np.float64(1), np.float64(1 + 1e-6), False),
        (np.float64(1e6), np.float64(1e6 + 1e-4), True),
        (np.float32(1), np.float32(1 + 1e-6), True),
        (np.float32(1), np.float32(1 + 1e-3), False),
        (np.float64("nan"), np.float64("nan"), True),
        (np.float64("nan"), np.float64(0), False),
        (np.float64("inf"), np.float64("inf"), True),
        (np.float64("inf"), np.float64("-inf"), False),
        (np.array([1.0, np.inf]), np.array([1.0, 2.0]), False),
        (np.int32(5), np.int32(5), True),
        (np.int32(5), np.int32(6), False),
        (np.bool_(True), np.bool_(False), False),
        (np.zeros((2, 3)), np.zeros((3, 2)), False),
        (np.zeros((0, 3)), np.zeros((0, 3)), True),
        (np.float32(0), np.float64(0), False),
    ],
)
def test_difference(a: np.generic, b: np.generic, same: bool) -> None:
    assert (semantics.difference(a, b) is None) == same


def test_difference_says_where() -> None:
    a, b = np.zeros((2, 3)), np.zeros((2, 3))
    b[1, 2] = 7
    assert semantics.difference(a, b) == "[1, 2] it was 0.0 and is 7.0"


# Files.


def test_output_file(tool) -> None:
    status, out, _ = tool(PROGRAM, "-o", "out.mlir")
    assert (status, out) == (0, "") and "arith.mulf" in Path("out.mlir").read_text()


def test_output_file_stays_as_it_was_on_failure(tool) -> None:
    Path("out.mlir").write_text("before")
    for args in (
        ["-p", "raises-letgrad"],
        ["-p", "nosuch"],
        ["--split-input-file", "-p", "raises-letgrad"],
    ):
        assert tool(PROGRAM, "-o", "out.mlir", *args)[0] == 1
        assert Path("out.mlir").read_text() == "before"


def test_output_file_that_cannot_be_written(tool) -> None:
    Path("folder").mkdir()
    status, out, err = tool(PROGRAM, "-o", "folder")
    assert (status, out, err) == (
        1,
        "",
        "letgrad-opt: error: cannot write folder: is a directory\n",
    )


@pytest.mark.parametrize(
    "args",
    [
        ["-p", "canonicalize,raises-letgrad,cse"],
        ["-p", "canonicalize,wrong-value", "--check-semantics=3"],
    ],
)
def test_crash_reproducer(tool, args: list[str]) -> None:
    error = fails(tool(PROGRAM, *args, "--crash-reproducer=repro.mlir")).partition("error: ")[2]
    text = Path("repro.mlir").read_text()
    assert "canonicalize" not in text.splitlines()[0] and "arith.mulf" in text
    assert fails(tool(text, "--run-reproducer")).partition("error: ")[2] == error


def test_no_reproducer_without_failure(tool) -> None:
    assert tool(PROGRAM, "-p", "canonicalize", "--crash-reproducer=repro.mlir")[0] == 0
    assert not Path("repro.mlir").exists()


@pytest.mark.parametrize("line", ["-o x -p cse", "--nosuch", "-p 'cse", "--check-semantics=x"])
def test_bad_reproducer(tool, line: str) -> None:
    assert fails(tool(f"{opt.REPRODUCER} {line}\n{PROGRAM}", "--run-reproducer")).startswith(
        "t.mlir:1:1: error: "
    )


def test_tree_of_a_split_file(tool) -> None:
    assert (
        tool(
            PROGRAM + "// -----\n" + PROGRAM,
            "--split-input-file",
            "-p",
            "cse",
            "--print-ir-tree-dir=ir",
        )[0]
        == 0
    )
    files = sorted(str(p) for p in Path("ir").rglob("*.mlir"))
    assert files == [f"ir/chunk_{i}/{name}.mlir" for i in (1, 2) for name in ("0_input", "1_cse")]


# Locations and printing.


def test_locations_follow_rewrites(tool) -> None:
    text = PROGRAM.replace("%y = arith.mulf %x, %c", "%y = arith.addf %c, %c")
    _, out, _ = tool(text, "-p", "canonicalize", "--print-debuginfo")
    assert 'arith.constant 4.000000e+00 : f64 loc("fold"("t.mlir":3:8))' in out


def test_print_parse_keeps_signed_zeros(tool) -> None:
    data = "dense<[0.0, -0.0, 0.0]> : tensor<3xf32>"
    _, out, _ = tool(f"func.func @f() {{\n  %0 = arith.constant {data}\n  func.return\n}}")
    assert "dense<[0.000000e+00, -0.000000e+00, 0.000000e+00]> : tensor<3xf32>" in out
    many = ", ".join(["0.0", "-0.0"] * 60)
    _, out, _ = tool(
        function(f"%0 = arith.constant dense<[{many}]> : tensor<120xf32>\n  func.return")
    )
    assert "00000000" + "00000080" in out
    assert tool(out)[1] == out


def test_chain_parses_to_right_lines(tool) -> None:
    n = 500
    lines = "".join(f"  %{i + 1} = arith.addf %{i}, %{i} : f64\n" for i in range(n))
    text = "func.func @f(%0 : f64) {\n" + lines + "  func.return\n}"
    _, out, _ = tool(text, "--print-debuginfo")
    assert f'loc("t.mlir":{n + 1}:{len("  %500 = ") + 1})' in out


# Expected diagnostics.


def at(line: int, message: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(
        severity, message, FileLineColLoc(StringAttr("t.mlir"), IntAttr(line), IntAttr(5))
    )


@pytest.mark.parametrize(
    ("text", "diagnostics", "wrong"),
    [
        ("// expected-error {{bad}}", [at(1, "it is bad")], 0),
        ("// expected-error @+1 {{bad}}\n", [at(2, "it is bad")], 0),
        ("\n// expected-error@-1 {{bad}}", [at(1, "it is bad")], 0),
        (
            "x\n// expected-error@above {{a}}\n// expected-error@above {{b}}",
            [at(1, "a"), at(1, "b")],
            0,
        ),
        (
            "// expected-error@below {{a}}\n// expected-error@below {{b}}\nx",
            [at(3, "b"), at(3, "a")],
            0,
        ),
        ("// expected-error@unknown {{bad}}", [Diagnostic(Severity.ERROR, "bad")], 0),
        ("// expected-error {{bad}}", [Diagnostic(Severity.ERROR, "bad")], 2),
        ("// expected-error {{bad}}", [at(1, "bad"), at(1, "bad")], 1),
        ("// expected-error {{bad}}", [at(2, "bad")], 2),
        ("// expected-error {{bad}}", [at(1, "bad", Severity.WARNING)], 2),
        ("// expected-error {{bad}}", [at(1, "good")], 2),
        ("// expected-error {{bad}}", [], 1),
        ("// expected-error {{a.c}}", [at(1, "abc")], 2),
        ("// expected-error-re {{a{{.}}c.}}", [at(1, "abc.")], 0),
        ("// expected-error-re {{a{{.}}c.}}", [at(1, "abcd")], 2),
        ("// expected-error-re {{a{{(}}c}}", [], 1),
        (
            "// expected-note {{here}}\n// expected-error@-1 {{bad}}",
            [
                Diagnostic(
                    Severity.ERROR, "bad", at(1, "").location, (at(1, "here", Severity.NOTE),)
                )
            ],
            0,
        ),
        (
            "// expected-error@+1 {{bad}}",
            [
                Diagnostic(
                    Severity.ERROR, "bad", at(2, "").location, (at(1, "here", Severity.NOTE),)
                )
            ],
            1,
        ),
        ("", [], 0),
    ],
)
def test_expected(text: str, diagnostics: list[Diagnostic], wrong: int) -> None:
    assert len(expected.mismatches(text, "t.mlir", diagnostics)) == wrong


# As a process: streams that end early, and the exit status.


def command(*args: str, **kwargs) -> subprocess.Popen:
    environment = {k: v for k, v in os.environ.items() if k != "LETGRAD_TRACEBACK"}
    return subprocess.Popen(
        [sys.executable, "-m", "letgrad.tools.opt", *args],
        env=environment,
        stdin=subprocess.PIPE,
        **kwargs,
    )


def test_reader_that_goes_away(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    process = command(stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, err = process.communicate(PROGRAM.encode())
    assert (process.returncode, err) == (1, b"")


def test_standard_input_has_a_name() -> None:
    process = command("-", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(b"}")
    assert (process.returncode, out, err) == (
        1,
        b"",
        b"<stdin>:1:1: error: expected an operation\n",
    )


def test_interrupt() -> None:
    # Tests that run in the background of a shell ignore the signal, and so would the command.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = command(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    # More than a pipe holds: once it is written, the command is at work, and waits for the rest.
    process.stdin.write(b"// comment\n" * 100_000)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert (process.returncode, process.stderr.read()) == (130, b"interrupted\n")


def test_reading_and_printing_imports_little():
    """Importing NumPy and the interpreter takes as long as the rest of a short run."""
    script = (
        "import sys\n"
        "from letgrad.tools import opt\n"
        "sys.argv = ['letgrad-opt', 'examples/square.mlir']\n"
        "opt.main()\n"
        "heavy = {'numpy', 'ml_dtypes', 'letgrad.lowering.reference', 'letgrad.frontend'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    root = Path(__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "func.func @square" in run.stdout


def test_hooks_around_passes(tool: Callable[..., tuple[int, str, str]]) -> None:
    """Also around each step of a nest, and where a pass fails."""
    main = opt.LetgradOptMain([])
    module = source.parse(main.ctx, PROGRAM)
    calls: list[str] = []

    def hook(when: str) -> Callable[[ModulePass, Operation], None]:
        return lambda a_pass, op: calls.append(f"{when} {a_pass.name} {op.name}")

    instruments = Instruments(
        before_pass=[hook("before")],
        after_pass=[hook("after")],
        after_failed_pass=[hook("failed")],
    )
    passes = [*main.parse_passes("func.func(cse),gradient{entry=nosuch}")]
    with pytest.raises(LetgradError):
        instruments.run(main.ctx, module, passes)
    assert calls == [
        "before cse func.func",
        "after cse func.func",
        "before gradient builtin.module",
        "failed gradient builtin.module",
    ]


@pytest.mark.parametrize(
    "flags, status, said",
    [
        (["-canonicalize", "-o", "-"], 0, ""),
        (["--canonicalize={max-iterations=1}"], 0, ""),
        (["--canonicalize=max-iterations=x"], 1, "pass canonicalize"),
        (["-p", "func.func(ten-vectorize)"], 0, ""),
        (["-pcse"], 0, ""),
        (["--canonicalize=test-convergence"], 0, ""),
        (["-p", "func.func(canonicalize{test-convergence top-down=0})"], 0, ""),
        (["-p", "canonicalize{top-down=2}"], 1, "pass canonicalize"),
        (["-p", "inline{default-pipeline=}"], 0, ""),
        (["-p", "inline{op-pipelines=func.func(cse)}"], 0, ""),
        (["--mlir-nosuch"], 1, "unrecognized arguments: --mlir-nosuch"),
        (["---cse"], 1, "unrecognized arguments"),
        (["--csee"], 1, "unrecognized arguments: --csee; did you mean --cse?"),
        (["-split-input-fil"], 1, "did you mean --split-input-file?"),
        (["--one-shot-bufferize=x=1"], 1, "give mlir-opt the output of letgrad-opt -t linalg"),
        (["--emit-bytecode-version=1"], 1, "--emit-bytecode-version: letgrad-opt writes text"),
        (["--mlir-print-value-users"], 1, "-t dot draws each value and its users"),
        (["--irdl-file", "x.irdl"], 1, "--load-pass-plugin=FILE.py loads dialects"),
        (["--mlir-elide-resource-strings-if-larger=4", "--color"], 0, ""),
        (["--mlir-pretty-debuginfo"], 0, ""),
        (["--verify-diagnostics=some"], 1, "invalid choice"),
        (["-mlir-elide-elementsattrs-if-larger=x"], 1, "'x' is not a number from 0 on"),
        (["--load-pass-plugin=nosuch_module"], 1, "cannot load the plugin nosuch_module"),
        (["-debug-only=nosuch"], 1, "--debug-only: there is no pass 'nosuch'"),
    ],
)
def test_spellings(
    tool: Callable[..., tuple[int, str, str]], flags: list[str], status: int, said: str
) -> None:
    found, _, err = tool(PROGRAM, *flags)
    assert (found, said in err) == (status, True), err


def test_a_nest_does_not_see_other_functions(tool: Callable[..., tuple[int, str, str]]) -> None:
    text = """func.func @f(%x : f64) -> f64 {
  %y = func.call @f(%x) : (f64) -> f64
  func.return %y : f64
}
"""
    line = fails(tool(text, "-p", "func.func(ten-vectorize)"))
    assert "pass ten-vectorize needs the whole module here, because @f refers to @f" in line
    assert line.startswith("t.mlir:1:1: error:")
