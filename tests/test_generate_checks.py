"""letgrad generate-checks: its tests pass, fail on another program, and stay when written again."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import filecheck.main
import pytest

from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.tools import cli
from letgrad.tools.testing import generate_checks

from . import forked

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def commands_are_forks(server: forked.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """RUN lines of one command start no interpreter."""

    def run(line: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        words = shlex.split(line)
        if words[0] not in ("letgrad", "letgrad-opt") or set("|&;<>$`*") & set(line):
            return subprocess.run(line, **options)
        done = server.run(BIN / words[0], *words[1:], cwd=Path.cwd())
        out, err = done.stdout.encode(), done.stderr.encode()
        return subprocess.CompletedProcess(line, done.returncode, out, err)

    fake = type("subprocess", (), {**vars(subprocess), "run": staticmethod(run)})
    monkeypatch.setattr(generate_checks, "subprocess", fake)


def passes_filecheck(test: str, printed: str, tmp_path: Path, prefix: str = "CHECK") -> bool:
    """Whether a text passes the checks of a test."""
    path = tmp_path / "checks.mlir"
    path.write_text(test)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()):
        patch.setattr(sys, "stdin", io.StringIO(printed))
        with redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as end:
            filecheck.main.main(["filecheck", str(path), f"--check-prefix={prefix}"])
    return not end.value.code


def checks_of(printed: str) -> str:
    """The checks of a text, as the text of a test."""
    groups = generate_checks.checks(printed, "CHECK")
    return "".join(f"{line}\n" for group in groups for line in group.lines)


def passes(path: Path) -> list[bool]:
    """Which RUN lines of a test pass."""
    text = path.read_text()
    found: list[bool] = []
    for each in generate_checks.checked_commands(text, str(path)):
        printed = generate_checks.output_of(each, path)
        found.append(passes_filecheck(text, printed, path.parent, each.prefix))
    return found


PROGRAM = """\
func.func @f(%x: tensor<3xf64>, %n: i1) -> (tensor<3xf64>, i1) {
  %c = arith.constant dense<[1.0, 2.0, 4.0]> : tensor<3xf64>
  %0 = arith.mulf %x, %c : tensor<3xf64>
  %1 = math.sin %0 : tensor<3xf64>
  %g = ten.gather [3] %1 (%i) : tensor<3xf64> -> tensor<3xf64> {
    %k = arith.constant 2 : index
    %j = arith.subi %k, %i : index
    ten.yield %j : index
  }
  %h = ten.gather [3] %g (%i) : tensor<3xf64> -> tensor<3xf64> {
    ten.yield %i : index
  }
  %s = ten.reverse %h dims [0] : tensor<3xf64>
  func.return %s, %n : tensor<3xf64>, i1
}
"""

CHECKS = """\
// CHECK-LABEL: func.func @f(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>, [[N:%[^ ,:)]+]]: i1) -> (tensor<3xf64>, i1) {
// CHECK-NEXT:    [[C:%.*]] = arith.constant dense<[1.0, 2.0, 4.0]> : tensor<3xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[X]], [[C]] : tensor<3xf64>
// CHECK-NEXT:    [[SIN:%.*]] = math.sin [[MULF]] : tensor<3xf64>
// CHECK-NEXT:    [[G:%.*]] = ten.gather [3] [[SIN]] ([[I:%[^ ,:)]+]]) : tensor<3xf64> -> tensor<3xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.constant 2 : index
// CHECK-NEXT:      [[J:%.*]] = arith.subi [[K]], [[I]] : index
// CHECK-NEXT:      ten.yield [[J]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[H:%.*]] = ten.gather [3] [[G]] ([[I_1:%[^ ,:)]+]]) : tensor<3xf64> -> tensor<3xf64> {
// CHECK-NEXT:      ten.yield [[I_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[S:%.*]] = ten.reverse [[H]] dims [0] : tensor<3xf64>
// CHECK-NEXT:    func.return [[S]], [[N]] : tensor<3xf64>, i1{{$}}
// CHECK-NEXT:  }
"""  # noqa: E501


def test_checks_name_values_as_the_program_does():
    assert checks_of(PROGRAM) == CHECKS


def test_checks_do_not_depend_on_names(tmp_path):
    renamed = re.sub(r"%(\w+)", r"%new_\1", PROGRAM)
    assert passes_filecheck(CHECKS, PROGRAM, tmp_path)
    assert passes_filecheck(CHECKS, renamed, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("math.sin", "math.cos"),
        ("%x, %c", "%c, %x"),
        ("%x, %c", "%x, %x"),
        ("subi %k, %i", "subi %i, %k"),
        ("dense<[1.0", "dense<[1.5"),
        ("ten.yield %i", "ten.yield %j"),
        ("reverse %h", "reverse %g"),
        (", i1\n", ", i16\n"),
        ("(%x: tensor<3xf64>, %n: i1)", "(%x: tensor<3xf64>, %m: i1, %n: i1)"),
        ("  %1 = math.sin %0", "  %e = math.exp %0 : tensor<3xf64>\n  %1 = math.sin %0"),
        ("%s, %n :", "%s, %s :"),
        ("  func.return", "  func.call @f() : () -> ()\n  func.return"),
    ],
)
def test_checks_fail_on_another_program(old, new, tmp_path):
    assert old in PROGRAM
    assert not passes_filecheck(CHECKS, PROGRAM.replace(old, new), tmp_path)


def test_a_read_with_brackets_around_a_name(tmp_path):
    printed = """\
func.func @f(%x: tensor<3xf64>, %i: index) -> f64 {
  %y = ten.index %x[%i] : tensor<3xf64> -> f64
  func.return %y : f64
}
"""
    checks = checks_of(printed)
    assert r"ten.index [[X]]{{\[}}[[I]]] : tensor<3xf64> -> f64" in checks
    assert passes_filecheck(checks, printed, tmp_path)


def test_brackets_and_braces_are_text(tmp_path):
    printed = "%c = arith.constant {a = {b = {}}} dense<[[1.0], [2.0]]> : tensor<2x1xf64>\n"
    checks = checks_of(printed)
    assert r"dense<{{\[\[}}1.0], [2.0]]> : tensor<2x1xf64>" in checks
    assert passes_filecheck(checks, printed, tmp_path)


def test_names_that_look_alike_stay_apart():
    printed = """\
func.func @f(%a: f64, %a_1: f64, %0: f64) {
  %1 = arith.addf %a, %a_1 : f64
  %addf = arith.addf %1, %0 : f64
  %2 = arith.addf %addf, %0 : f64
  func.return
}
"""
    names = re.findall(r"\[\[(\w+):", checks_of(printed))
    assert names == ["A", "A_1", "ARG", "ADDF", "ADDF_1", "ADDF_2"]


def test_a_name_of_two_arguments_is_captured_once(tmp_path):
    printed = """\
func.func @f(%a: tensor<i1>) {
  %0 = stablehlo.while(%it = %a) : tensor<i1> cond {
    stablehlo.return %it : tensor<i1>
  } do {
    stablehlo.return %it : tensor<i1>
  }
  func.return
}
"""
    checks = checks_of(printed)
    assert "while([[IT:%[^ ,:)]+]] = [[A]])" in checks
    assert checks.count("stablehlo.return [[IT]]") == 2
    assert passes_filecheck(checks, printed.replace("%it", "%other"), tmp_path)


def test_a_long_line_is_cut_at_the_arguments(tmp_path):
    names = [f"argument_{i}" for i in range(5)]
    arguments = ", ".join(f"%{name}: tensor<3x4xf64>" for name in names)
    printed = f"func.func @f({arguments}) {{\n  func.return\n}}\n"
    checks = checks_of(printed)
    assert checks.count("CHECK-SAME") == 5
    assert passes_filecheck(checks, printed, tmp_path)
    assert not passes_filecheck(checks, printed.replace("3x4", "4x4", 1), tmp_path)


def test_what_is_no_mlir_is_checked_as_it_stands(tmp_path):
    printed = "foo = \\x ->\n  {{ [[A]]\n\n  sin x\nbar = \\y -> y\n"
    checks = checks_of(printed)
    assert checks.splitlines() == [
        "// CHECK: foo = \\x ->",
        "// CHECK-NEXT:   {{\\{\\{}} {{\\[\\[}}A]]",
        "// CHECK-EMPTY:",
        "// CHECK-NEXT:   sin x{{$}}",
        "// CHECK-NEXT: bar = \\y -> y{{$}}",
    ]
    assert passes_filecheck(checks, printed, tmp_path)
    assert not passes_filecheck(checks, printed.replace("sin x", "sin xs"), tmp_path)


# Whole tests.


@pytest.fixture
def generate(capfd: pytest.CaptureFixture[str]):
    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.main(["generate-checks", *map(str, arguments)])
        return (status, *capfd.readouterr())

    return run


TWO = """\
// Text above.

// About @f.
func.func @f(%x: f64) -> f64 {
  %y = arith.addf %x, %x : f64
  func.return %y : f64
}

func.func @g(%x: f64) -> f64 {  // beside it
  func.return %x : f64
}
"""


def test_a_new_test(generate, tmp_path):
    program = tmp_path / "program.mlir"
    program.write_text(TWO)
    test = tmp_path / "test.mlir"
    assert generate(program, "-p", "gradient{entry=f to=df},cse", "-o", test) == (0, "", "")
    text = test.read_text()
    assert text.startswith(
        "// RUN: letgrad-opt %s -p 'gradient{entry=f to=df},cse' | filecheck %s\n\n// Text above."
    )
    assert [line for line in text.splitlines() if "CHECK" not in line][2:] == TWO.splitlines()
    # The derivative, which is not in the program, stands with what was printed before it.
    labels = re.findall(r"LABEL: func.func (@\w+)|^func.func (@\w+)", text, re.MULTILINE)
    assert [a or b for a, b in labels] == ["@f", "@df", "@f", "@g", "@g"]
    assert "// About @f.\n// CHECK-LABEL" in text
    assert passes(test) == [True]
    assert generate(test) == (0, text, "")

    test.write_text(text.replace("arith.addf %x, %x", "arith.mulf %x, %x"))
    assert passes(test) == [False]
    assert generate(test, "-i") == (0, "", "")
    assert passes(test) == [True]
    assert "// About @f.\n// CHECK-LABEL" in test.read_text()


def test_split_input(generate, tmp_path):
    program = tmp_path / "program.mlir"
    program.write_text(f"{TWO}\n// -----\n\n{TWO.replace('f64', 'f32')}")
    test = tmp_path / "test.mlir"
    generate(program, "-p", "canonicalize", "--split-input-file", "-o", test)
    assert passes(test) == [True]
    first, second = test.read_text().split("// -----\n")
    assert first.count("CHECK-LABEL") == second.count("CHECK-LABEL") == 2
    assert "f32" not in first
    assert generate(test) == (0, test.read_text(), "")


def test_prefixes_and_other_commands(generate, tmp_path):
    test = tmp_path / "test.mlir"
    test.write_text(
        "// RUN: letgrad-opt %s | filecheck %s --check-prefix=PLAIN\n"
        "// RUN: letgrad-opt %s -t \\\n"
        "// RUN:   terms | filecheck %s\n"
        "// RUN: letgrad-opt --nosuch 2>&1 | filecheck %s --check-prefix=BAD\n"
        "// BAD: unrecognized arguments\n"
        "// CHECK: something old\n" + TWO
    )
    assert generate(test, "-i") == (0, "", "")
    text = test.read_text()
    assert "old" not in text
    assert "// BAD: unrecognized arguments\n" in text
    assert text.count("// PLAIN-LABEL: func.func @f(") == 1
    assert "// CHECK: f = \\x -> x + x{{$}}\n" in text
    assert passes(test) == [True, True]
    assert generate(test) == (0, text, "")


def test_a_file_from_windows_stays_one(generate, tmp_path):
    test = tmp_path / "test.mlir"
    test.write_bytes(
        ("// RUN: letgrad-opt %s | filecheck %s\n" + TWO).replace("\n", "\r\n").encode()
    )
    assert generate(test, "-i") == (0, "", "")
    written = test.read_bytes()
    assert b"CHECK-LABEL" in written
    assert written.count(b"\n") == written.count(b"\r\n")


def test_checks_that_are_not_generated_are_named(generate, tmp_path):
    test = tmp_path / "test.mlir"
    test.write_text(
        "// RUN: letgrad-opt %s | filecheck %s\n"
        "// RUN: not letgrad-opt %s -p nosuch 2>&1 | filecheck %s --check-prefix=BAD\n" + TWO
    )
    status, _, said = generate(test)
    assert status == 0
    assert said == (
        f"{test}:2:1: warning: the checks of this command are yours to write: "
        "it checks the messages on stderr\n"
    )


def test_locations_are_left_open(generate, tmp_path):
    """They name the file, and lines that move as checks are added."""
    test = tmp_path / "test.mlir"
    test.write_text("// RUN: letgrad-opt %s --print-debuginfo | filecheck %s\n" + TWO)
    generate(test, "-i")
    text = test.read_text()
    assert "arith.addf [[X]], [[X]] : f64 loc({{.*}})" in text
    assert passes(test) == [True]
    assert generate(test) == (0, text, "")


@pytest.mark.parametrize(
    ("text", "arguments", "line", "message"),
    [
        ("// RUN: letgrad-opt %s | filecheck %s\n", ["-p", "cse"], 1, "this test has RUN lines"),
        ("// RUN: letgrad-opt %s\n", [], 1, "no RUN line is of the form"),
        ("\n// RUN: letgrad-opt %s -p no | filecheck %s\n", [], 2, "the command fails: <pass-"),
        ("// RUN: true | filecheck %s\n", [], 1, "the command prints nothing"),
        (
            "// RUN: letgrad-opt %s | filecheck %s\n// RUN: echo | filecheck %s\n",
            [],
            2,
            "the command prints nothing",
        ),
        (
            "// RUN: letgrad-opt %s | filecheck %s\n// RUN: echo a | filecheck %s\n",
            [],
            2,
            "two commands have the prefix CHECK and print different things",
        ),
        (
            "// RUN: echo a | filecheck %s\n// RUN: echo a 2>&1 | filecheck %s\n",
            [],
            1,
            "the command of line 2 has the prefix CHECK too",
        ),
    ],
)
def test_errors(text, arguments, line, message, generate, tmp_path):
    test = tmp_path / "test.mlir"
    test.write_text(text + TWO)
    status, out, err = generate(test, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(f"{test}:{line}:1: error: {message}")
    assert err.count("\n") == 1
    assert test.read_text() == text + TWO


def test_standard_input_is_no_file(generate):
    status, out, err = generate("-", "-p", "cse")
    assert (status, out) == (1, "")
    assert err == "letgrad: error: a test is made of a file, which its commands read; - is none\n"


def updatable() -> list[str]:
    """The FileCheck tests of passes whose checks can be generated, as paths."""
    found: list[str] = []
    for path in sorted((ROOT / "tests" / "filecheck").rglob("*.mlir")):
        try:
            commands = generate_checks.checked_commands(path.read_text(), str(path))
        except LetgradError:
            continue
        # Some write temporary files, are about one order of several prefixes, or print the lines of
        # their own file, as Triton code does, which are others once there are checks.
        left_out = ("%t", " triton", "letgrad compile", "debuginfo", "-t dot")
        if not any(
            c.command.startswith("not ") or any(part in c.command for part in left_out)
            for c in commands
        ):
            found.append(str(path.relative_to(ROOT)))
    return found


def _written_again(file: str, folder: Path) -> None:
    source = ROOT / file
    inputs = source.parent / "Inputs"
    folder.joinpath("Inputs").symlink_to(inputs) if inputs.exists() else None
    path = folder / source.name
    path.write_text(source.read_text())
    try:
        text = generate_checks.with_checks(path.read_text(), path)
    except LetgradError as error:
        assert "print different things" in str(error) or "command fails" in str(error)
        return
    path.write_text(text)
    assert all(passes(path))
    assert generate_checks.with_checks(text, path) == text


FILES = updatable()


@pytest.mark.parametrize("file", FILES[len(FILES) // 4 :: len(FILES) // 2])
def test_tests_of_this_repository(file, tmp_path):
    _written_again(file, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_all_tests_of_this_repository(file, tmp_path):
    _written_again(file, tmp_path)
