"""
Loops whose number of turns only the run knows: every pass keeps what `ten.while`, and `ten.scan`
with turns, mean, for all small numbers of turns.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

import letgrad as lg
from letgrad.lowering import backends
from letgrad.lowering.reference import Evaluator
from letgrad.passes.differentiate.fuse_scans import FuseScansPass
from letgrad.passes.pipelines import OptimizePass
from letgrad.passes.sharing.cse import CsePass
from letgrad.passes.simplify.canonicalize import CanonicalizePass
from letgrad.passes.simplify.index_maps import bounds_of_elements
from letgrad.passes.vectorize.vectorize_builds import VectorizePass

PASSES = (CanonicalizePass, CsePass, FuseScansPass, VectorizePass, OptimizePass)

SCAN = """
func.func @main(%a: f64, %n: index, %xs: tensor<{rows}xf64>) -> (f64, i64, tensor<{rows}xf64>) {{
  %zero = arith.constant {first} : i64
  %m = arith.constant {turns} : index
  %c, %k, %ys = ten.scan [{rows}] turns {by} {reverse} (%h = %a : f64, %i = %zero : i64)
      over (%x = %xs : tensor<{rows}xf64>) -> (f64, i64, tensor<{rows}xf64>) {{
    %step = arith.constant 2 : i64
    %0 = arith.sitofp %i : i64 to f64
    %1 = arith.mulf %h, %x : f64
    %2 = arith.addf %1, %0 : f64
    %3 = arith.addi %i, %step : i64
    ten.yield %2, %3, %h : f64, i64, f64
  }}
  func.return %c, %k, %ys : f64, i64, tensor<{rows}xf64>
}}
"""

WHILE = """
func.func @main(%a: f64, %n: i8) -> (f64, i8, f64) {{
  %low = arith.constant {low} : i8
  %c, %k, %e = ten.while {limit} (%h = %a : f64, %i = %low : i8, %j = %a : f64) -> (f64, i8, f64) {{
    %go = arith.cmpi {predicate}, %i, %n : i8
    ten.yield %go : i1
  }} do (%h, %i, %j) {{
    %one = arith.constant 1 : i8
    %0 = arith.sitofp %i : i8 to f64
    %1 = arith.mulf %h, %j : f64
    %2 = arith.addf %1, %0 : f64
    %3 = arith.addi %i, %one : i8
    ten.yield %2, %3, %j : f64, i8, f64
  }}
  func.return %c, %k, %e : f64, i8, f64
}}
"""


def parsed(text: str) -> ModuleOp:
    module = Parser(backends.context(), text).parse_module()
    module.verify()
    return module


def check(text: str, *args: object) -> tuple:
    """The values of a program, which all passes and the CPU keep."""
    module = parsed(text)
    wanted = Evaluator(module).call("main", args)
    for kind in PASSES:
        changed = module.clone()
        kind().apply(backends.context(), changed)
        changed.verify()
        for x, y in zip(wanted, Evaluator(changed).call("main", args), strict=True):
            np.testing.assert_array_equal(x, y, err_msg=f"{kind.__name__}:\n{changed}")
    compiled = compiled_for(text)(*args)
    for x, y in zip(wanted, compiled, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-15)
    return wanted


@cache
def compiled_for(text: str):
    return backends.compile("cpu", parsed(text), "main")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("reverse", ["", "reverse"])
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_scans_with_turns(rows: int, known: bool, reverse: str):
    xs = np.linspace(0.5, 1.5, rows)
    for turns in (-3, 0, 1, 2, 3, 4):
        by = "%m" if known else "%n"
        names = {"rows": rows, "first": 5, "turns": turns, "by": by, "reverse": reverse}
        c, k, ys = check(SCAN.format(**names), np.float64(1.25), np.int64(turns), xs)
        taken = max(0, min(turns, rows))
        h, i, wanted = 1.25, 5, np.zeros(rows)
        for row in reversed(range(taken)) if reverse else range(taken):
            wanted[row] = h
            h, i = h * xs[row] + i, i + 2
        assert (c, k) == (h, i)
        np.testing.assert_array_equal(ys, wanted)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("predicate", ["slt", "sle", "ne"])
@pytest.mark.parametrize("limit", [None, 0, 2])
def test_whiles(limit: int | None, predicate: str):
    for low, n in ((-2, 1), (0, 0), (3, 1), (126, 127), (-128, -127)):
        if predicate == "ne" and n < low and limit is None:
            continue  # 254 turns, around the end of the type
        text = WHILE.format(
            low=low, limit="" if limit is None else f"limit {limit}", predicate=predicate
        )
        if predicate == "sle" and n == 127 and limit is None:
            continue  # holds for ever
        c, k, e = check(text, np.float64(1.25), np.int8(n))
        holds = {"slt": int.__lt__, "sle": int.__le__, "ne": int.__ne__}[predicate]
        h, i, left = 1.25, low, limit
        while left != 0 and holds(i, n):
            h, i, left = h * 1.25 + i, (i + 129) % 256 - 128, None if left is None else left - 1
        assert (c, k, e) == (h, i, 1.25)


def test_bounds_of_what_a_loop_carries():
    module = parsed("""
      func.func @main(%n: i64) -> (index, index) {
        %zero = arith.constant 0 : index
        %seven = arith.constant 7 : index
        %c, %k = ten.while (%i = %zero : index, %j = %seven : index) -> (index, index) {
          %go = arith.cmpi slt, %i, %j : index
          ten.yield %go : i1
        } do (%i, %j) {
          %one = arith.constant 1 : index
          %0 = arith.addi %i, %one : index
          %1 = arith.remsi %0, %seven : index
          ten.yield %1, %0 : index, index
        }
        %rows = ten.scan [3] turns %c () -> (tensor<3xindex>) {
          ten.yield %seven : index
        }
        %r = ten.index %rows[%zero] : tensor<3xindex> -> index
        func.return %c, %r : index, index
      }""")
    last = next(op for op in module.walk() if op.name == "func.return")
    carried, row = (bounds_of_elements(x) for x in last.operands)
    assert carried == (0, 6)
    # The rows that the loop does not reach are 0.
    assert row == (0, 7)


def test_turns_beyond_all_levels_give_nan(monkeypatch: pytest.MonkeyPatch):
    """The program cannot keep what such a loop needs, and says so."""
    from letgrad.passes.differentiate import expand_whiles

    monkeypatch.setattr(expand_whiles, "SMALL", (3, 2))

    def f(x, n):
        return lg.fori_loop(0, n, lambda i, c: c * x, x)

    slope = lg.grad(f)
    for n in (0, 2, 3, 8, 9):
        np.testing.assert_allclose(slope(1.1, n), (n + 1) * 1.1**n)
    assert np.isnan(slope(1.1, 10))


def test_the_loop_of_values_is_the_loop_that_counts():
    """The gradient of a loop computes its values in one loop, and counts the turns in it."""

    def newton(a):
        return lg.while_loop(lambda x: abs(x * x - a) > 1e-9, lambda x: (x + a / x) / 2, a)

    module = lg.trace(lg.value_and_grad(newton), 4.0)
    outer = next(op for op in module.walk() if op.name == "func.func")
    loops = [op for op in outer.regions[0].block.ops if op.name == "ten.while"]
    assert len(loops) == 1


def test_loops_in_machine_code(monkeypatch: pytest.MonkeyPatch):
    """All turns are one piece of machine code: Python neither takes them nor begins them."""
    from letgrad.lowering.cpu import control_flow

    def taken(*_: object) -> None:
        raise AssertionError("Python takes the turns")

    monkeypatch.setattr(control_flow.Body, "run_while", taken)

    def f(x, n):
        return lg.fori_loop(0, n, lambda i, c: np.sin(c) + 0.5, x)

    run = lg.jit(f, backend="cpu")
    for n in (0, 1, 2, 5):
        assert abs(run(0.5, n) - lg.jit(f, backend="numpy")(0.5, n)) < 1e-14


@pytest.mark.parametrize(
    "f",
    [
        lambda x: lg.while_loop(lambda c: c[0] < 3.0, lambda c: (c[0] + 1.0, c[1] * x), (0, x)),
        lambda x: lg.scan(lambda c, y: (np.tanh(c * y + 1), c), 1, np.ones(3) * x),
    ],
)
def test_trials_of_a_step_leave_no_uses(f: Any):
    """A trial finds the types of the carry. A use by its ops would hide that there is one use."""
    module = lg.trace(f, 1.0)
    ops = set(module.walk())
    values = [r for op in ops for r in op.results]
    values += [a for op in ops for r in op.regions for b in r.blocks for a in b.args]
    assert all(use.operation in ops for value in values for use in value.uses)
