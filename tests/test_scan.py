"""`ten.scan` and `lg.scan`: values against Python loops, and derivatives of every kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from letgrad.dialects import ten, types
from letgrad.lowering import backends
from letgrad.lowering.cpu import host_steps
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.rewriting import costs
from letgrad.passes.rewriting.diagnostics import LetgradError
from letgrad.passes.rewriting.functions import find_entry
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.vectorize.vectorize_builds import VectorizePass

from .test_derivatives import CTX, check, draw, gradient, parse, run

pytestmark = pytest.mark.sampled(4)

PROGRAMS = {
    "recurrence": """
        func.func @f(%h0: f64, %xs: tensor<5xf64>, %w: f64) -> (f64, tensor<5xf64>) {
          %c, %ys = ten.scan [5] (%h = %h0 : f64) over (%x = %xs : tensor<5xf64>)
              -> (f64, tensor<5xf64>) {
            %0 = arith.mulf %h, %w : f64
            %1 = arith.addf %0, %x : f64
            %2 = math.sin %1 : f64
            ten.yield %2, %1 : f64, f64
          }
          func.return %c, %ys : f64, tensor<5xf64>
        }""",
    "matrices, in reverse": """
        func.func @f(%h0: tensor<3xf64>, %xs: tensor<4x2xf64>, %w: tensor<3x3xf64>,
                     %u: tensor<3x2xf64>) -> tensor<3xf64> {
          %c = ten.scan [4] reverse (%h = %h0 : tensor<3xf64>) over (%x = %xs : tensor<4x2xf64>)
              -> (tensor<3xf64>) {
            %0 = ten.einsum "ij,j->i" %w, %h : tensor<3x3xf64>, tensor<3xf64> -> tensor<3xf64>
            %1 = ten.einsum "ij,j->i" %u, %x : tensor<3x2xf64>, tensor<2xf64> -> tensor<3xf64>
            %2 = arith.addf %0, %1 : tensor<3xf64>
            %3 = math.tanh %2 : tensor<3xf64>
            ten.yield %3 : tensor<3xf64>
          }
          func.return %c : tensor<3xf64>
        }""",
    "a counter, reads of what is outside": """
        func.func @f(%v: tensor<6xf64>, %w: tensor<2x3xf64>, %s: f64) -> (f64, index) {
          %zero = arith.constant 0 : index
          %c, %n = ten.scan [4] (%a = %s : f64, %i = %zero : index) -> (f64, index) {
            %one = arith.constant 1 : index
            %j = arith.addi %i, %one : index
            %x = ten.index %v[%i] : tensor<6xf64> -> f64
            %y = ten.index %v[%j] : tensor<6xf64> -> f64
            %two = arith.constant 2 : index
            %k = arith.remsi %i, %two : index
            %r = ten.index %w[%k] : tensor<2x3xf64> -> tensor<3xf64>
            %z = ten.index %r[%i] : tensor<3xf64> -> f64
            %0 = arith.mulf %x, %y : f64
            %1 = arith.mulf %a, %z : f64
            %2 = arith.addf %0, %1 : f64
            %3 = math.cos %2 : f64
            ten.yield %3, %j : f64, index
          }
          func.return %c, %n : f64, index
        }""",
    "nested": """
        func.func @f(%x: f64, %vs: tensor<3x4xf64>) -> (f64, tensor<3xf64>) {
          %c, %ys = ten.scan [3] (%a = %x : f64) over (%v = %vs : tensor<3x4xf64>)
              -> (f64, tensor<3xf64>) {
            %d = ten.scan [4] reverse (%b = %a : f64) over (%w = %v : tensor<4xf64>) -> (f64) {
              %0 = arith.mulf %b, %w : f64
              %1 = arith.addf %0, %x : f64
              %2 = math.sin %1 : f64
              ten.yield %2 : f64
            }
            %3 = arith.mulf %d, %a : f64
            ten.yield %d, %3 : f64, f64
          }
          func.return %c, %ys : f64, tensor<3xf64>
        }""",
    "nested reads": """
        func.func @f(%x: f64, %v: tensor<7xf64>) -> f64 {
          %zero = arith.constant 0 : index
          %one = arith.constant 1 : index
          %c, %n = ten.scan [3] (%a = %x : f64, %i = %zero : index) -> (f64, index) {
            %d, %m = ten.scan [2] (%b = %a : f64, %k = %i : index) -> (f64, index) {
              %y = ten.index %v[%k] : tensor<7xf64> -> f64
              %0 = arith.mulf %b, %y : f64
              %1 = math.sin %0 : f64
              %l = arith.addi %k, %one : index
              ten.yield %1, %l : f64, index
            }
            %j = arith.addi %i, %one : index
            ten.yield %d, %j : f64, index
          }
          func.return %c : f64
        }""",
    "a branch": """
        func.func @f(%x: f64, %vs: tensor<4xf64>, %ms: tensor<4xi1>) -> f64 {
          %c = ten.scan [4] (%a = %x : f64) over (%v = %vs : tensor<4xf64>, %m = %ms : tensor<4xi1>)
              -> (f64) {
            %d = scf.if %m -> (f64) {
              %0 = math.exp %a : f64
              %1 = math.sin %0 : f64
              %2 = arith.mulf %1, %v : f64
              scf.yield %2 : f64
            } else {
              %0 = math.cos %v : f64
              %1 = math.tanh %0 : f64
              %2 = arith.mulf %1, %a : f64
              scf.yield %2 : f64
            }
            ten.yield %d : f64
          }
          func.return %c : f64
        }""",
    "in a branch": """
        func.func @f(%x: f64, %vs: tensor<4xf64>, %m: i1) -> f64 {
          %d = scf.if %m -> (f64) {
            %c = ten.scan [4] (%a = %x : f64) over (%v = %vs : tensor<4xf64>) -> (f64) {
              %0 = arith.mulf %a, %v : f64
              %1 = math.sin %0 : f64
              ten.yield %1 : f64
            }
            scf.yield %c : f64
          } else {
            scf.yield %x : f64
          }
          func.return %d : f64
        }""",
    "in a build": """
        func.func @f(%x: tensor<3xf64>, %vs: tensor<4xf64>, %ws: tensor<3x4xf64>)
            -> tensor<3x4xf64> {
          %zero = arith.constant 0 : i64
          %one = arith.constant 1 : i64
          %r = ten.build [3] (%i) : tensor<3x4xf64> {
            %y = ten.index %x[%i] : tensor<3xf64> -> f64
            %w = ten.index %ws[%i] : tensor<3x4xf64> -> tensor<4xf64>
            %b, %k, %s = ten.scan [4] reverse (%a = %y : f64, %n = %zero : i64)
                over (%v = %vs : tensor<4xf64>, %u = %w : tensor<4xf64>)
                -> (f64, i64, tensor<4xf64>) {
              %0 = arith.mulf %a, %v : f64
              %m = arith.muli %n, %n : i64
              %1 = arith.sitofp %m : i64 to f64
              %2 = arith.addf %0, %1 : f64
              %3 = arith.mulf %2, %u : f64
              %4 = math.sin %3 : f64
              %l = arith.addi %m, %one : i64
              ten.yield %4, %l, %3 : f64, i64, f64
            }
            ten.yield %s : tensor<4xf64>
          }
          func.return %r : tensor<3x4xf64>
        }""",
    "a build in it": """
        func.func @f(%x: tensor<3xf64>, %vs: tensor<4xf64>) -> tensor<3xf64> {
          %c = ten.scan [4] (%a = %x : tensor<3xf64>) over (%v = %vs : tensor<4xf64>)
              -> (tensor<3xf64>) {
            %b = ten.build [3] (%i) : tensor<3xf64> {
              %y = ten.index %a[%i] : tensor<3xf64> -> f64
              %0 = arith.mulf %y, %v : f64
              %1 = math.sin %0 : f64
              ten.yield %1 : f64
            }
            ten.yield %b : tensor<3xf64>
          }
          func.return %c : tensor<3xf64>
        }""",
    "no rows": """
        func.func @f(%x: f64, %vs: tensor<0xf64>, %w: f64) -> (f64, tensor<0xf64>) {
          %c, %ys = ten.scan [0] (%a = %x : f64) over (%v = %vs : tensor<0xf64>)
              -> (f64, tensor<0xf64>) {
            %0 = arith.mulf %a, %v : f64
            %1 = arith.mulf %0, %w : f64
            ten.yield %1, %0 : f64, f64
          }
          func.return %c, %ys : f64, tensor<0xf64>
        }""",
    "one row": """
        func.func @f(%x: tensor<2xf64>, %vs: tensor<1x2xf64>) -> (tensor<2xf64>, tensor<1xf64>) {
          %c, %ys = ten.scan [1] (%a = %x : tensor<2xf64>) over (%v = %vs : tensor<1x2xf64>)
              -> (tensor<2xf64>, tensor<1xf64>) {
            %0 = arith.mulf %a, %v : tensor<2xf64>
            %1 = ten.sum %0 dims [0] : tensor<2xf64> -> f64
            ten.yield %v, %1 : tensor<2xf64>, f64
          }
          func.return %c, %ys : tensor<2xf64>, tensor<1xf64>
        }""",
    "carried without a derivative, unused, and swapped": """
        func.func @f(%x: f64, %y: f64, %n: i32, %vs: tensor<5xf64>) -> (f64, i32) {
          %a, %b, %k, %u = ten.scan [5]
              (%p = %x : f64, %q = %y : f64, %m = %n : i32, %d = %x : f64)
              over (%v = %vs : tensor<5xf64>) -> (f64, f64, i32, f64) {
            %0 = arith.mulf %p, %v : f64
            %l = arith.muli %m, %m : i32
            %1 = arith.sitofp %l : i32 to f64
            %2 = math.sin %1 : f64
            %3 = arith.addf %0, %2 : f64
            %4 = arith.mulf %d, %d : f64
            ten.yield %q, %3, %l, %4 : f64, f64, i32, f64
          }
          func.return %a, %k : f64, i32
        }""",
    "a mask": """
        func.func @f(%x: f64, %vs: tensor<4xf64>) -> f64 {
          %c = ten.scan [4] (%a = %x : f64) over (%v = %vs : tensor<4xf64>) -> (f64) {
            %zero = arith.constant 0.0 : f64
            %m = arith.cmpf ogt, %v, %zero : f64
            %0 = math.sqrt %v : f64
            %1 = arith.mulf %0, %a : f64
            %2 = arith.select %m, %1, %a : f64
            ten.yield %2 : f64
          }
          func.return %c : f64
        }""",
    "scf.for": """
        func.func @f(%x: f64, %v: tensor<9xf64>) -> f64 {
          %low = arith.constant 2 : index
          %high = arith.constant 9 : index
          %step = arith.constant 3 : index
          %c = scf.for %i = %low to %high step %step iter_args(%a = %x) -> (f64) {
            %y = ten.index %v[%i] : tensor<9xf64> -> f64
            %0 = arith.mulf %a, %y : f64
            %1 = math.sin %0 : f64
            scf.yield %1 : f64
          }
          func.return %c : f64
        }""",
    "scf.for that never runs": """
        func.func @f(%x: f64) -> f64 {
          %low = arith.constant 9 : i32
          %high = arith.constant 3 : i32
          %step = arith.constant 1 : i32
          %c = scf.for %i = %low to %high step %step iter_args(%a = %x) -> (f64) : i32 {
            %0 = math.sin %a : f64
            scf.yield %0 : f64
          }
          func.return %c : f64
        }""",
}  # fmt: skip


def module(name: str) -> ModuleOp:
    return parse(PROGRAMS[name])


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    """First and second ones: vjp = jvp = finite differences."""
    program = module(name)
    args = draw(program, np.random.default_rng(0))
    assert check(program, args, order=2)


@pytest.mark.parametrize("a_pass", [CanonicalizePass, CsePass, VectorizePass, OptimizePass])
@pytest.mark.parametrize("name", PROGRAMS)
def test_passes_keep_values(name: str, a_pass: Any) -> None:
    program = module(name)
    for version in (program, gradient(program), gradient(program, mode="forward")):
        given = draw(version, np.random.default_rng(1))
        expected = run(version, "f", *given)
        a_pass().apply(CTX, version)
        version.verify()
        got = run(version, "f", *given)
        assert all(np.allclose(a, b, rtol=1e-12) for a, b in zip(expected, got, strict=True))


def close(xs: Any, ys: Any, rtol: float = 1e-9) -> bool:
    return all(np.allclose(x, y, rtol=rtol, atol=1e-12) for x, y in zip(xs, ys, strict=True))


@pytest.mark.parametrize("name", PROGRAMS)
def test_cpu(name: str) -> None:
    """The compiled program, its derivatives, and a second derivative, against the reference."""
    program = module(name)
    versions = [program, gradient(program), gradient(program, mode="forward")]
    versions.append(gradient(versions[1]))
    for seed, version in enumerate(versions):
        args = draw(version, np.random.default_rng(seed))
        expected = run(version, "f", *args)
        compiled = backends.compile("cpu", version, "f")
        for _ in range(2):
            assert close(compiled(*args), expected)
        for got, value in zip(compiled(*args), expected, strict=True):
            assert np.asarray(got).dtype == np.asarray(value).dtype


def test_cpu_runs_no_op_of_a_body_by_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    by_reference: list[str] = []
    original = host_steps.reference_step
    monkeypatch.setattr(
        host_steps,
        "reference_step",
        lambda op, *more: by_reference.append(op.name) or original(op, *more),
    )
    for name in PROGRAMS:
        program = gradient(module(name))
        args = draw(program, np.random.default_rng(0))
        backends.compile("cpu", program, "f")(*args)
    assert by_reference == []


# Cost.


def flops(program: ModuleOp) -> int:
    """What a program costs once it is simplified."""
    program = program.clone()
    OptimizePass().apply(CTX, program)
    return costs.function_flops(find_entry(program, "f"))


def reading(n: int) -> str:
    """Each step reads an element of a tensor of n, and one that an inner loop reads."""
    return f"""
        func.func @f(%x: f64, %v: tensor<{n}xf64>, %is: tensor<{n}xindex>) -> f64 {{
          %c = ten.scan [{n}] (%a = %x : f64) over (%i = %is : tensor<{n}xindex>) -> (f64) {{
            %y = ten.index %v[%i] : tensor<{n}xf64> -> f64
            %0 = arith.mulf %a, %y : f64
            %zero = arith.constant 0 : index
            %d, %m = ten.scan [3] (%b = %0 : f64, %k = %i : index) -> (f64, index) {{
              %z = ten.index %v[%k] : tensor<{n}xf64> -> f64
              %1 = arith.mulf %b, %z : f64
              %l = arith.addi %k, %k : index
              ten.yield %1, %l : f64, index
            }}
            %2 = math.sin %d : f64
            ten.yield %2 : f64
          }}
          func.return %c : f64
        }}"""


def test_the_gradient_costs_a_multiple_of_the_loop() -> None:
    """Whatever a step reads of what is outside: not the size of that at each step."""
    ratios = []
    for n in (100, 1000, 10_000):
        program = parse(reading(n))
        first = gradient(program)
        ratios.append(flops(first) / flops(program))
        assert flops(gradient(program, mode="forward")) < 5 * flops(program)
    assert max(ratios) < 6 and ratios[2] < 1.1 * ratios[0]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_size_of_a_derivative_does_not_depend_on_the_number_of_steps(mode: str) -> None:
    sizes = {sum(1 for _ in gradient(parse(reading(n)), mode=mode).walk()) for n in (2, 50, 5000)}
    assert len(sizes) == 1


@pytest.mark.slow
def test_a_body_of_many_ops() -> None:
    """The passes are linear in a body, too."""
    n = 3_000
    lines = "\n".join(
        f"%{k + 1} = math.sin %{k} : f64" if k % 2 else f"%{k + 1} = arith.mulf %{k}, %x : f64"
        for k in range(n)
    )
    program = parse(f"""
        func.func @f(%a: f64, %xs: tensor<2xf64>) -> f64 {{
          %c = ten.scan [2] (%0 = %a : f64) over (%x = %xs : tensor<2xf64>) -> (f64) {{
            {lines}
            ten.yield %{n} : f64
          }}
          func.return %c : f64
        }}""")
    derived = gradient(program)
    assert sum(1 for _ in derived.walk()) < 6 * n


def test_forward_mode_is_one_loop_that_stores_nothing() -> None:
    derived = gradient(module("recurrence"), mode="forward")
    (scan,) = (op for op in derived.walk() if isinstance(op, ten.ScanOp))
    assert (len(scan.inits), len(scan.xs), len(scan.ys)) == (2, 2, 2)


def test_what_is_stored() -> None:
    """Of matrices h and w h + u x: the state, and the factor of tanh; nothing that is outside."""
    derived = gradient(module("matrices, in reverse"))
    first, second = (op for op in derived.walk() if isinstance(op, ten.ScanOp))
    assert first.is_reverse and not second.is_reverse
    assert len(first.ys) == 2
    # What is carried back: h, and the sums for w and u.
    assert len(second.inits) == 3


COLUMNS = """
    func.func @f(%a: tensor<40x30xf64>) -> tensor<40x30xf64> {
      %js = ten.iota dim 0 : tensor<20xindex>
      %is = ten.iota dim 0 : tensor<{turns}xindex>
      %zero = arith.constant 0.0 : f64
      %first = arith.constant 0 : index
      %r = ten.scan [20] (%m = %a : tensor<40x30xf64>) over (%j = %js : tensor<20xindex>)
          -> (tensor<40x30xf64>) {
        %dot = ten.scan [{turns}] (%s = %zero : f64) over (%i = %is : tensor<{turns}xindex>)
            -> (f64) {
          %x = ten.index %m[{row}] : tensor<40x30xf64> -> f64
          %xx = arith.mulf %x, %x : f64
          %t = arith.addf %s, %xx : f64
          ten.yield %t : f64
        }
        %part = ten.reshape %dot : f64 -> tensor<1x1xf64>
        %n = ten.update %m[%first, %j] %part strides [1, 1]
          : tensor<40x30xf64>, tensor<1x1xf64> -> tensor<40x30xf64>
        ten.yield %n : tensor<40x30xf64>
      }
      func.return %r : tensor<40x30xf64>
    }"""


@pytest.mark.parametrize(
    ("turns", "row", "stored"),
    [(40, "%i, %j", None), (30, "%j, %i", (20, 30)), (400, "%j, %i", (20, 400))],
    ids=["a column", "a row", "more turns than elements"],
)
def test_a_loop_around_stores_the_part_that_a_loop_inside_reads(
    turns: int, row: str, stored: tuple[int, ...] | None
) -> None:
    """
    Not the whole matrix in each turn, but what the turns inside read. Columns that need
    nothing of each other are one sum over the matrix, without a loop.
    """
    text = COLUMNS.replace("{turns}", str(turns)).replace("{row}", row)
    derived = gradient(parse(text))
    scans = [op for op in derived.walk() if isinstance(op, ten.ScanOp) and op.trips == 20]
    shapes = {types.shape(y.type) for op in scans for y in op.results[len(op.inits) :]}
    assert stored in shapes if stored else not scans
    assert (20, 40, 30) not in shapes


def test_loops_of_unknown_length() -> None:
    text = PROGRAMS["scf.for"].replace("%low = arith.constant 2 : index", "")
    text = text.replace("@f(%x: f64", "@f(%low: index, %x: f64")
    args = (2, 0.5, np.linspace(0.1, 0.9, 9))
    assert check(parse(text), args)
    assert close(backends.compile("cpu", parse(text), "f")(*args), run(parse(text), "f", *args))


@pytest.mark.parametrize("options", ["gradient", "gradient{mode=forward}", "optimize"])
@pytest.mark.parametrize("name", ["recurrence", "nested reads", "in a build", "a branch"])
def test_check_semantics(name: str, options: str, tmp_path: Path) -> None:
    path = tmp_path / "f.mlir"
    path.write_text(PROGRAMS[name], encoding="utf-8")
    command = [Path(sys.executable).with_name("letgrad-opt"), path, "-p", options]
    result = subprocess.run(
        [*command, "--check-semantics=2", "--verify-sharing"], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr


def test_a_step_that_is_not_positive() -> None:
    text = """
        func.func @f(%x: f64, %s: index) -> f64 {
          %c = scf.for %i = %s to %s step %s iter_args(%a = %x) -> (f64) {
            %0 = math.sin %a : f64
            scf.yield %0 : f64
          }
          func.return %c : f64
        }"""
    for backend_name in ("numpy", "cpu"):
        with pytest.raises(LetgradError, match="the step is 0"):
            backends.compile(backend_name, parse(text), "f")(0.5, 0)


def test_indices_of_a_for_near_the_end_of_words():
    """2^62 + 2 is the second and last one: a step more is no integer of 64 bits."""
    text = """
        func.func @f(%x: i64, %to: index, %by: index) -> i64 {
          %three = arith.constant 3 : index
          %c = scf.for %i = %three to %to step %by iter_args(%a = %x) -> (i64) {
            %k = arith.index_cast %i : index to i64
            %0 = arith.xori %a, %k : i64
            scf.yield %0 : i64
          }
          func.return %c : i64
        }"""
    for backend_name in ("numpy", "cpu"):
        compiled = backends.compile(backend_name, parse(text), "f")
        assert compiled(0, 2**63 - 1, 2**62 - 1) == (3 ^ (2**62 + 2),)


MASKS = {
    # The select of the second step makes the cotangent zero, which the first one scales by ∞.
    "after": """
        func.func @f(%x: f64, %ms: tensor<2xi1>) -> f64 {
          %one = arith.constant 1.0 : f64
          %c = ten.scan [2] (%a = %x : f64) over (%m = %ms : tensor<2xi1>) -> (f64) {
            %0 = math.sqrt %a : f64
            %1 = arith.select %m, %0, %one : f64
            ten.yield %1 : f64
          }
          func.return %c : f64
        }""",
    # The select of the first step makes the tangent zero, which the second one scales by ∞.
    "before": """
        func.func @f(%x: f64, %ms: tensor<2xi1>) -> f64 {
          %zero = arith.constant 0.0 : f64
          %c = ten.scan [2] reverse (%a = %x : f64) over (%m = %ms : tensor<2xi1>) -> (f64) {
            %0 = math.sqrt %a : f64
            %1 = arith.select %m, %0, %zero : f64
            ten.yield %1 : f64
          }
          func.return %c : f64
        }""",
    # Nothing needs %b after the last step; what it is carries no derivative to %a there.
    "not needed": """
        func.func @f(%x: f64, %ms: tensor<2xi1>) -> f64 {
          %one = arith.constant 1.0 : f64
          %c, %d = ten.scan [2] (%a = %one : f64, %b = %x : f64) -> (f64, f64) {
            %0 = math.sqrt %b : f64
            %1 = arith.subf %0, %0 : f64
            ten.yield %b, %1 : f64, f64
          }
          func.return %c : f64
        }""",
}


@pytest.mark.parametrize("name", MASKS)
def test_zeros_that_win(name: str) -> None:
    """0 · ∞ is 0 where the 0 is a choice, also from one step to another."""
    program = parse(MASKS[name])
    masks = np.array([True, False])
    if name == "not needed":
        (_, slope) = run(gradient(program), "f", 4.0, masks, 1.0)
        assert slope == 0
        return
    for mode in ("reverse", "forward"):
        (_, slope) = run(gradient(program, mode=mode), "f", 0.0, masks, 1.0)
        assert slope == 0
