"""Loops of `scf` of unknown length, in MLIR text: values on all backends, and derivatives."""

from __future__ import annotations

import numpy as np
import pytest

from letgrad.lowering import backends
from letgrad.passes.simplify.scf_loops import ConvertScfPass

from .test_derivatives import CTX, check, gradient, parse, run

NEWTON = """
func.func @f(%a: f64) -> f64 {
  %e = arith.constant 1.000000e-12 : f64
  %half = arith.constant 5.000000e-01 : f64
  %r = scf.while (%x = %a) : (f64) -> f64 {
    %s = arith.mulf %x, %x : f64
    %d = arith.subf %s, %a : f64
    %go = arith.cmpf ogt, %d, %e : f64
    scf.condition(%go) %x : f64
  } do {
  ^bb0(%x: f64):
    %q = arith.divf %a, %x : f64
    %t = arith.addf %x, %q : f64
    %h = arith.mulf %t, %half : f64
    scf.yield %h : f64
  }
  func.return %r : f64
}
"""

OTHER_TYPES = """
func.func @f(%a: f64, %n: i64) -> f64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %r, %k = scf.while (%x = %a, %i = %zero) : (f64, i64) -> (f64, i64) {
    %y = math.sin %x : f64
    %go = arith.cmpi slt, %i, %n : i64
    scf.condition(%go) %y, %i : f64, i64
  } do {
  ^bb0(%y: f64, %i: i64):
    %j = arith.addi %i, %one : i64
    %z = arith.addf %y, %a : f64
    scf.yield %z, %j : f64, i64
  }
  %b = arith.sitofp %k : i64 to f64
  %c = arith.mulf %r, %b : f64
  func.return %c : f64
}
"""

SWAPPED = """
func.func @f(%a: f64, %n: i64) -> f64 {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %b0 = math.cos %a : f64
  %i0, %b, %c = scf.while (%x = %a, %y = %b0, %i = %zero) : (f64, f64, i64) -> (i64, f64, f64) {
    %go = arith.cmpi slt, %i, %n : i64
    scf.condition(%go) %i, %y, %x : i64, f64, f64
  } do {
  ^bb0(%i: i64, %y: f64, %x: f64):
    %j = arith.addi %i, %one : i64
    %z = arith.mulf %x, %y : f64
    scf.yield %y, %z, %j : f64, f64, i64
  }
  %r = arith.subf %b, %c : f64
  func.return %r : f64
}
"""

POWER = """
func.func @f(%x: f64, %n: index) -> f64 {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %y0 = arith.constant 1.000000e+00 : f64
  %y = scf.for %i = %zero to %n step %one iter_args(%c = %y0) -> (f64) {
    %m = arith.mulf %c, %x : f64
    scf.yield %m : f64
  }
  func.return %y : f64
}
"""

BY_STEPS = """
func.func @f(%x: f64, %low: i32, %high: i32, %step: i32) -> f64 {
  %y = scf.for %i = %low to %high step %step iter_args(%c = %x) -> (f64) : i32 {
    %k = arith.sitofp %i : i32 to f64
    %m = arith.mulf %c, %k : f64
    %s = math.sin %m : f64
    scf.yield %s : f64
  }
  func.return %y : f64
}
"""

THREE_DEEP = """
func.func @f(%a: tensor<2xf64>, %n: index) -> f64 {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = scf.for %i = %zero to %n step %one iter_args(%c = %a) -> (tensor<2xf64>) {
    %d, %j = scf.while (%x = %c, %k = %zero) : (tensor<2xf64>, index) -> (tensor<2xf64>, index) {
      %go = arith.cmpi sle, %k, %i : index
      scf.condition(%go) %x, %k : tensor<2xf64>, index
    } do {
    ^bb0(%x: tensor<2xf64>, %k: index):
      %next = arith.addi %k, %one : index
      %y = scf.for %l = %k to %i step %one iter_args(%e = %x) -> (tensor<2xf64>) {
        %s = math.sin %e : tensor<2xf64>
        %t = arith.addf %s, %a : tensor<2xf64>
        scf.yield %t : tensor<2xf64>
      }
      %m = arith.mulf %y, %a : tensor<2xf64>
      scf.yield %m, %next : tensor<2xf64>, index
    }
    scf.yield %d : tensor<2xf64>
  }
  %s = ten.sum %r dims [0] : tensor<2xf64> -> f64
  func.return %s : f64
}
"""

IN_A_BRANCH = """
func.func @f(%a: f64, %n: index) -> f64 {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %go = arith.cmpi sgt, %n, %one : index
  %r = scf.if %go -> (f64) {
    %y = scf.for %i = %one to %n step %one iter_args(%c = %a) -> (f64) {
      %s = math.sin %c : f64
      scf.yield %s : f64
    }
    scf.yield %y : f64
  } else {
    %b = arith.mulf %a, %a : f64
    scf.yield %b : f64
  }
  func.return %r : f64
}
"""

BRANCHES_IN_LOOPS = """
func.func @f(%a: f64, %n: i32) -> f64 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %true = arith.constant true
  %limit = arith.constant 2.000000e+00 : f64
  %r, %k, %odd = scf.while (%x = %a, %i = %zero, %b = %true) : (f64, i32, i1) -> (f64, i32, i1) {
    %small = arith.cmpf olt, %x, %limit : f64
    %few = arith.cmpi slt, %i, %n : i32
    %go = arith.andi %small, %few : i1
    scf.condition(%go) %x, %i, %b : f64, i32, i1
  } do {
  ^bb0(%x: f64, %i: i32, %b: i1):
    %y = scf.if %b -> (f64) {
      %z = scf.for %j = %zero to %i step %one iter_args(%c = %x) -> (f64) : i32 {
        %s = math.sin %c : f64
        %t = arith.addf %s, %a : f64
        scf.yield %t : f64
      }
      scf.yield %z : f64
    } else {
      %q = arith.mulf %x, %a : f64
      scf.yield %q : f64
    }
    %e = arith.addf %y, %a : f64
    %next = arith.addi %i, %one : i32
    %not = arith.xori %b, %true : i1
    scf.yield %e, %next, %not : f64, i32, i1
  }
  %m = arith.sitofp %k : i32 to f64
  %v = arith.mulf %r, %m : f64
  func.return %v : f64
}
"""

INT = np.int64
PROGRAMS = {
    "newton": (NEWTON, (3.7,)),
    "newton of no turn": (NEWTON, (0.5,)),
    "other types": (OTHER_TYPES, (0.6, INT(4))),
    "other types, no turn": (OTHER_TYPES, (0.6, INT(0))),
    "swapped": (SWAPPED, (0.6, INT(5))),
    "power": (POWER, (1.3, INT(5))),
    "power of no turn": (POWER, (1.3, INT(-2))),
    "by steps": (BY_STEPS, (0.4, np.int32(1), np.int32(9), np.int32(3))),
    "by steps downwards": (BY_STEPS, (0.4, np.int32(5), np.int32(-9), np.int32(2))),
    "three deep": (THREE_DEEP, (np.array([0.7, 0.4]), INT(3))),
    "branches in loops": (BRANCHES_IN_LOOPS, (0.3, np.int32(6))),
    "branches in loops, no turn": (BRANCHES_IN_LOOPS, (2.3, np.int32(6))),
    "in a branch": (IN_A_BRANCH, (0.5, INT(4))),
    "not in a branch": (IN_A_BRANCH, (0.5, INT(1))),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    text, args = PROGRAMS[name]
    assert check(parse(text), args, order=2, rtol=1e-7)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("backend", ["cpu", "triton"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_backends(name: str, backend: str) -> None:
    text, args = PROGRAMS[name]
    module = parse(text)
    for program in (module, gradient(module, seed="one", wrt=(0,))):
        expected = run(program, "f", *args)
        compiled = backends.compile(backend, program, "f")
        for x, y in zip(compiled(*args), expected, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-12)


def test_the_value_keeps_its_bits() -> None:
    for text, args in PROGRAMS.values():
        module = parse(text)
        expected = run(module, "f", *args)
        ConvertScfPass().apply(CTX, module)
        module.verify()
        assert "scf.while" not in str(module)
        assert np.asarray(run(module, "f", *args)).tobytes() == np.asarray(expected).tobytes()


def test_bounds_far_apart() -> None:
    """A difference of bounds that its type does not hold, and a step that jumps over the end."""
    low, high = np.iinfo(np.int32).min, np.iinfo(np.int32).max
    args = (0.4, np.int32(low), np.int32(high), np.int32(high))
    module = gradient(BY_STEPS, seed="one", wrt=(0,))
    x, slope = 0.4, 1.0
    for i in range(low, high, high):
        slope *= i * np.cos(i * x)
        x = np.sin(i * x)
    np.testing.assert_allclose(run(module, "f", *args), (x, slope), rtol=1e-6)
