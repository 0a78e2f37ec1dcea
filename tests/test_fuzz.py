"""Broken programs and random pipelines: a sample of what `make fuzz` runs, and its findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from letgrad.passes.rewriting.verify import verify
from letgrad.tools import source

from .fuzz import foreign, fuzz

CORPUS = sorted(fuzz.CORPUS.glob("*.mlir"))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_findings_of_the_past(path: Path):
    with fuzz.Runner() as runner:
        assert runner.run(fuzz.Case.from_file(path)) is None


def test_a_sample():
    assert fuzz.fuzz(count=100, seed=0) == []


@pytest.mark.slow
def test_more():
    assert fuzz.fuzz(count=2000, seed=1) == []


PROGRAM = "func.func @f(%x: f64) -> f64 {\n  func.return %x : f64\n}\n"
OPT = fuzz.Case(("letgrad-opt", "%s"), PROGRAM)


@pytest.mark.parametrize(
    ("status", "stderr", "found"),
    [
        (0, "", None),
        (0, "%s:1:1: warning: slow\n", None),
        (1, "%s:1:1: error: bad\n%s:2:1: note: here\n", None),
        (1, "letgrad-opt: error: unrecognized arguments: --nosuch\n", None),
        (1, "", "exit status 1 without an error"),
        (1, "Traceback (most recent call last):\n  File\nKeyError: 3\n", "traceback: KeyError: 3"),
        (1, "%s:1:1: error: pass cse failed: KeyError: 3\n", "KeyError"),
        (1, "letgrad-opt: error: internal error: odd\n", "internal error"),
        (1, "%s:1:1: error: pass cse changed the result of @f: it was 1 and is 2\n", "changed"),
        (1, "  odd text ending in: error: x\n", "no diagnostic"),
        (0, "letgrad/x.py:1: RuntimeWarning: overflow\n", "RuntimeWarning"),
        (3, "", "exit status 3"),
    ],
)
def test_what_counts_as_a_finding(status: int, stderr: str, found: str | None):
    verdict = fuzz.verdict(status, stderr, OPT)
    assert verdict == found if found is None else found in (verdict or "")


def test_python_errors_are_no_findings_where_nothing_is_verified():
    unverified = fuzz.Case(("letgrad-opt", "%s", "--disable-verify"), PROGRAM)
    stderr = "%s:1:1: error: pass cse failed: KeyError: 3\n"
    assert fuzz.verdict(1, stderr, OPT) is not None
    assert fuzz.verdict(1, stderr, unverified) is None


def test_what_hangs_or_crashes_is_found(monkeypatch: pytest.MonkeyPatch):
    def run(case: fuzz.Case) -> str | None:
        match case.text:
            case "hang":
                while True:
                    pass
            case "crash":
                fuzz.os.kill(fuzz.os.getpid(), 9)
            case "memory":
                return str(len(bytearray(2 * fuzz.MEMORY_LIMIT)))
            case _:
                return None

    monkeypatch.setattr(fuzz, "run", run)
    with fuzz.Runner(time_limit=2) as runner:
        assert runner.run(fuzz.Case((), "hang")) == "takes more than 2 seconds"
        assert runner.run(fuzz.Case((), "")) is None
        assert runner.run(fuzz.Case((), "crash")) == "ends the process with -9"
        assert runner.run(fuzz.Case((), "memory")) == "raises MemoryError: "
        assert runner.run(fuzz.Case((), "")) is None


def test_what_is_foreign_parses():
    assert len(foreign.parsed_types()) == len(foreign.TYPES)
    assert len(foreign.parsed_attributes()) == len(foreign.ATTRIBUTES)
    for text in foreign.programs():
        module = source.parse(foreign.CONTEXT.clone(), text, as_written=True)
        verify(module)
        for generic in (False, True):
            again = foreign.printed(module, generic)
            verify(source.parse(foreign.CONTEXT.clone(), again, as_written=True))


LOGGED = """
func.func @f(%x: f64) -> f64 {
  %a = "fz.a"(%x) : (f64) -> f64
  %b = "fz.b"() : () -> f64
  %c = arith.mulf %a, %b : f64
  func.return %c : f64
}
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("arith.mulf %a, %b", "arith.mulf %b, %a", None),
        ('  %b = "fz.b"() : () -> f64', "  %b = arith.constant 1.0 : f64", "the foreign ops were"),
        ("fz.b", "fz.c", "the foreign ops were"),
        ("arith.mulf", "arith.addf", "a value of @f"),
        ('"fz.a"(%x)', '"fz.a"(%y)', "a value of @f"),
    ],
    ids=["commuted", "lost", "another", "value", "operand"],
)
@pytest.mark.parametrize("jumps", [False, True])
def test_changes_of_foreign_ops_are_found(old: str, new: str, found: str | None, jumps: bool):
    """With a choice in the program, only running it tells."""
    y = "  %y = arith.addf %x, %x : f64\n"
    text = LOGGED.replace("  %a =", f"{y}  %a =")
    if jumps:
        branch = "  %t = arith.constant true\n  scf.if %t {\n  }\n"
        text = text.replace(y, y + branch)
        found = found and found.replace("the foreign ops were", "foreign ops")
    before, after = (
        source.parse(foreign.CONTEXT.clone(), each) for each in (text, text.replace(old, new))
    )
    said = foreign.changed(before, after, same_values=True)
    assert said == found if found is None else found in (said or "")


def test_inputs_depend_on_seed_and_number_only():
    mutator = fuzz.Mutator(fuzz.seeds())
    assert fuzz.case(mutator, 3, 5) == fuzz.case(fuzz.Mutator(fuzz.seeds()), 3, 5)
    assert len({fuzz.case(mutator, 3, i) for i in range(50)}) > 45
