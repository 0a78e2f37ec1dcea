"""
Programs of the kind that compilers of derivatives test on MLIR: loops with bounds that the program
computes, memory, parallel loops, maps, linear algebra, graphs of blocks. Beside each program stands
its meaning in NumPy. Arguments that are floats are random; integers stand among `given`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Meaning = Callable[..., Sequence[Any]]


@dataclass(frozen=True)
class Program:
    """A text whose function is `@f`, and its meaning: the results, then the written arguments."""

    name: str
    text: str
    meaning: Meaning
    given: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()


PROGRAMS: dict[str, Program] = {}


def program(text: str, *given: int, sizes: Sequence[int] = ()) -> Callable[[Meaning], Meaning]:
    """The text of a program, whose meaning is the function below."""

    def add(meaning: Meaning) -> Meaning:
        name = meaning.__name__
        assert name not in PROGRAMS, name
        PROGRAMS[name] = Program(name, text, meaning, given, tuple(sizes))
        return meaning

    return add


# Loops that carry numbers.


@program(
    """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%p = %one) -> (f64) {
    %q = arith.mulf %p, %x : f64
    scf.yield %q : f64
  }
  return %r : f64
}""",
    5,
)
def power_by_a_loop(x, n):
    return [x**n]


@program(
    """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%p = %one) -> (f64) {
    %s = scf.for %j = %c0 to %c4 step %c1 iter_args(%q = %p) -> (f64) {
      %t = arith.mulf %q, %x : f64
      scf.yield %t : f64
    }
    scf.yield %s : f64
  }
  return %r : f64
}""",
    3,
)
def two_loops(x, n):
    return [x ** (4 * n)]


@program(
    """
func.func @f(%x: f64, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %one = arith.constant 1.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%p = %one) -> (f64) : i32 {
    %k = arith.sitofp %i : i32 to f64
    %m = arith.addf %k, %x : f64
    %q = arith.mulf %p, %m : f64
    scf.yield %q : f64
  }
  return %r : f64
}""",
    4,
)
def counter_of_32_bits(x, n):
    return [np.prod([x + i for i in range(n)])]


@program("""
func.func @f(%x: f64) -> (f64, f64) {
  %c3 = arith.constant 3 : index
  %c20 = arith.constant 20 : index
  %c4 = arith.constant 4 : index
  %c0 = arith.constant 0.0 : f64
  %r:2 = scf.for %i = %c3 to %c20 step %c4 iter_args(%a = %c0, %b = %x) -> (f64, f64) {
    %k = arith.index_cast %i : index to i64
    %v = arith.sitofp %k : i64 to f64
    %s = math.sin %b : f64
    %t = arith.mulf %v, %s : f64
    %u = arith.addf %a, %t : f64
    scf.yield %s, %u : f64, f64
  }
  return %r#0, %r#1 : f64, f64
}""")
def two_values_by_steps_of_four(x):
    a, b = 0.0, x
    for i in range(3, 20, 4):
        a, b = np.sin(b), a + i * np.sin(b)
    return [a, b]


@program("""
func.func @f(%x: f64) -> f64 {
  %c10 = arith.constant 10.0 : f64
  %r = scf.while (%a = %x) : (f64) -> f64 {
    %p = arith.cmpf ult, %a, %c10 : f64
    scf.condition(%p) %a : f64
  } do {
  ^bb0(%a: f64):
    %b = arith.mulf %a, %a : f64
    %c = arith.addf %b, %x : f64
    scf.yield %c : f64
  }
  return %r : f64
}""")
def while_below_ten(x):
    a = x
    while a < 10:
        a = a * a + x
    return [a]


@program(
    """
func.func @f(%x: f64, %n: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %r:2 = scf.while (%a = %x, %i = %c0) : (f64, i64) -> (f64, i64) {
    %e = math.exp %a : f64
    %h = arith.divf %a, %e : f64
    %p = arith.cmpi slt, %i, %n : i64
    scf.condition(%p) %h, %i : f64, i64
  } do {
  ^bb0(%h: f64, %i: i64):
    %j = arith.addi %i, %c1 : i64
    %b = arith.addf %h, %x : f64
    scf.yield %b, %j : f64, i64
  }
  return %r#0 : f64
}""",
    3,
)
def while_with_a_long_test(x, n):
    a, i = x, 0
    while True:
        h = a / np.exp(a)
        if i >= n:
            return [h]
        a, i = h + x, i + 1


@program(
    """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> (f64) {
    %s = scf.for %j = %c0 to %i step %c1 iter_args(%b = %a) -> (f64) {
      %t = math.sin %b : f64
      %u = arith.addf %t, %x : f64
      scf.yield %u : f64
    }
    scf.yield %s : f64
  }
  return %r : f64
}""",
    4,
)
def triangle_of_turns(x, n):
    a = x
    for i in range(n):
        for _ in range(i):
            a = np.sin(a) + x
    return [a]


@program(
    """
func.func @f(%x: f64, %low: i32, %high: i32) -> f64 {
  %c2 = arith.constant 2 : i32
  %r = scf.for %i = %low to %high step %c2 iter_args(%a = %x) -> (f64) : i32 {
    %k = arith.sitofp %i : i32 to f64
    %b = arith.mulf %a, %x : f64
    %c = arith.addf %b, %k : f64
    scf.yield %c : f64
  }
  return %r : f64
}""",
    -3,
    4,
)
def steps_of_two_from_a_bound(x, low, high):
    a = x
    for i in range(low, high, 2):
        a = a * x + i
    return [a]


# Branches.


@program(
    """
func.func @f(%x: f64, %c: i1) -> f64 {
  %two = arith.constant 2.0 : f64
  %ten = arith.constant 10.0 : f64
  %r:2 = scf.if %c -> (f64, f64) {
    %m = arith.mulf %x, %x : f64
    scf.yield %m, %two : f64, f64
  } else {
    %a = arith.addf %x, %x : f64
    scf.yield %a, %ten : f64, f64
  }
  %y = arith.mulf %r#0, %r#1 : f64
  return %y : f64
}""",
    1,
)
def branch_of_two_values(x, c):
    return [x * x * 2] if c else [2 * x * 10]


@program(
    """
func.func @f(%x: f64, %c: i1) -> f64 {
  %two = arith.constant 2.0 : f64
  %c0 = arith.constant 0 : index
  %m = memref.alloc() : memref<1xf64>
  memref.store %two, %m[%c0] : memref<1xf64>
  scf.if %c {
    %s = arith.mulf %x, %x : f64
    memref.store %s, %m[%c0] : memref<1xf64>
  }
  %r = memref.load %m[%c0] : memref<1xf64>
  %y = arith.mulf %x, %r : f64
  memref.dealloc %m : memref<1xf64>
  return %y : f64
}""",
    1,
)
def branch_that_stores(x, c):
    return [x * (x * x if c else 2.0)]


@program(
    """
func.func @f(%x: f64, %k: index) -> f64 {
  %r = scf.index_switch %k -> f64
  case 2 {
    %a = math.sin %x : f64
    scf.yield %a : f64
  }
  case 5 {
    %a = math.exp %x : f64
    scf.yield %a : f64
  }
  default {
    scf.yield %x : f64
  }
  return %r : f64
}""",
    5,
)
def switch(x, k):
    return [{2: np.sin, 5: np.exp}.get(k, lambda x: x)(x)]


@program("""
func.func @f(%x: f64) -> f64 {
  %r = scf.execute_region -> f64 {
    %c = arith.constant 1.0 : f64
    %p = arith.cmpf olt, %x, %c : f64
    cf.cond_br %p, ^bb1, ^bb2
  ^bb1:
    %a = arith.mulf %x, %x : f64
    scf.yield %a : f64
  ^bb2:
    %b = math.sqrt %x : f64
    scf.yield %b : f64
  }
  return %r : f64
}""")
def region_of_blocks(x):
    return [x * x if x < 1 else np.sqrt(x)]


# Graphs of blocks.


@program("""
func.func @f(%x: f64) -> f64 {
  %c1 = arith.constant 1.0 : f64
  %a = arith.addf %x, %c1 : f64
  cf.br ^bb1(%a : f64)
^bb1(%b: f64):
  %c9 = arith.constant 9.0 : f64
  %s = arith.mulf %b, %b : f64
  %p = arith.cmpf ult, %s, %c9 : f64
  cf.cond_br %p, ^bb1(%s : f64), ^bb2(%s : f64)
^bb2(%r: f64):
  return %r : f64
}""")
def loop_of_one_block(x):
    b = x + 1
    while True:
        b = b * b
        if not b < 9:
            return [b]


@program(
    """
func.func @f(%x: f64, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  cf.br ^head(%c0, %x : i32, f64)
^head(%i: i32, %a: f64):
  %p = arith.cmpi slt, %i, %n : i32
  %h = arith.mulf %a, %x : f64
  cf.cond_br %p, ^body, ^exit
^body:
  %s = math.sin %h : f64
  %j = arith.addi %i, %c1 : i32
  cf.br ^head(%j, %s : i32, f64)
^exit:
  %r = arith.addf %h, %a : f64
  return %r : f64
}""",
    3,
)
def loop_that_tests_first(x, n):
    a = x
    for _ in range(n):
        a = np.sin(a * x)
    return [a * x + a]


@program("""
func.func @f(%x: f64, %y: f64) -> f64 {
  %p = arith.cmpf ogt, %x, %y : f64
  cf.cond_br %p, ^bb1(%x : f64), ^bb2(%y, %x : f64, f64)
^bb1(%a: f64):
  %b = arith.mulf %a, %y : f64
  cf.br ^bb3(%b : f64)
^bb2(%c: f64, %d: f64):
  %e = math.cos %c : f64
  %g = arith.mulf %e, %d : f64
  cf.br ^bb3(%g : f64)
^bb3(%r: f64):
  %s = arith.mulf %r, %r : f64
  return %s : f64
}""")
def diamond(x, y):
    return [(x * y if x > y else np.cos(y) * x) ** 2]


@program("""
func.func @f(%x: f64, %y: f64) -> f64 {
  %c1 = arith.constant 1.0 : f64
  %p = arith.cmpf ogt, %x, %c1 : f64
  cf.cond_br %p, ^early, ^next
^early:
  %e = arith.mulf %x, %y : f64
  return %e : f64
^next:
  %q = arith.cmpf ogt, %y, %c1 : f64
  cf.cond_br %q, ^early2, ^last
^early2:
  %d = math.exp %x : f64
  return %d : f64
^last:
  %s = arith.addf %x, %y : f64
  return %s : f64
}""")
def early_returns(x, y):
    return [x * y if x > 1 else np.exp(x) if y > 1 else x + y]


@program(
    """
func.func @f(%x: f64, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %limit = arith.constant 50.0 : f64
  cf.br ^head(%c0, %x : i32, f64)
^head(%i: i32, %a: f64):
  %p = arith.cmpi slt, %i, %n : i32
  cf.cond_br %p, ^body, ^done(%a : f64)
^body:
  %b = arith.mulf %a, %a : f64
  %c = arith.addf %b, %x : f64
  %q = arith.cmpf ogt, %c, %limit : f64
  cf.cond_br %q, ^broken(%c, %i : f64, i32), ^latch
^latch:
  %j = arith.addi %i, %c1 : i32
  cf.br ^head(%j, %c : i32, f64)
^broken(%d: f64, %k: i32):
  %t = math.log %d : f64
  cf.br ^done(%t : f64)
^done(%r: f64):
  return %r : f64
}""",
    9,
)
def loop_with_a_break(x, n):
    a = x
    for _ in range(n):
        a = a * a + x
        if a > 50:
            return [np.log(a)]
    return [a]


@program(
    """
func.func @f(%x: f64, %k: i32) -> f64 {
  %c2 = arith.constant 2.0 : f64
  cf.switch %k : i32, [
    default: ^bb1(%x : f64),
    1: ^bb2(%x : f64),
    7: ^bb1(%c2 : f64)
  ]
^bb1(%a: f64):
  %b = arith.mulf %a, %x : f64
  cf.br ^bb3(%b : f64)
^bb2(%c: f64):
  %d = math.tanh %c : f64
  cf.br ^bb3(%d : f64)
^bb3(%r: f64):
  return %r : f64
}""",
    7,
)
def switch_of_blocks(x, k):
    return [np.tanh(x) if k == 1 else 2 * x if k == 7 else x * x]


@program(
    """
func.func @f(%x: f64, %n: i64, %m: i64) -> f64 {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  cf.br ^outer(%c0, %x : i64, f64)
^outer(%i: i64, %a: f64):
  %p = arith.cmpi slt, %i, %n : i64
  cf.cond_br %p, ^inner(%c0, %a : i64, f64), ^exit
^inner(%j: i64, %b: f64):
  %q = arith.cmpi slt, %j, %m : i64
  cf.cond_br %q, ^body, ^latch
^body:
  %s = math.sin %b : f64
  %t = arith.mulf %s, %x : f64
  %k = arith.addi %j, %c1 : i64
  cf.br ^inner(%k, %t : i64, f64)
^latch:
  %l = arith.addi %i, %c1 : i64
  %u = arith.addf %b, %x : f64
  cf.br ^outer(%l, %u : i64, f64)
^exit:
  return %a : f64
}""",
    2,
    3,
)
def loops_of_blocks(x, n, m):
    a = x
    for _ in range(n):
        for _ in range(m):
            a = np.sin(a) * x
        a = a + x
    return [a]


# Memory.


@program("""
func.func @f(%x: f64) -> f64 {
  %m = memref.alloca() : memref<f64>
  memref.store %x, %m[] : memref<f64>
  %a = memref.load %m[] : memref<f64>
  %b = arith.mulf %a, %x : f64
  memref.store %b, %m[] : memref<f64>
  %c = memref.load %m[] : memref<f64>
  %d = arith.mulf %c, %a : f64
  return %d : f64
}""")
def cell_of_one_number(x):
    return [x**3]


@program(
    """
func.func @f(%low: index, %high: index, %x: memref<?xf64>) -> f64 {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  %r = scf.for %i = %low to %high step %c1 iter_args(%a = %zero) -> (f64) {
    %l = memref.load %x[%i] : memref<?xf64>
    %m = arith.mulf %l, %l : f64
    memref.store %m, %x[%i] : memref<?xf64>
    %b = arith.addf %m, %a : f64
    scf.yield %b : f64
  }
  return %r : f64
}""",
    1,
    4,
    sizes=[6],
)
def squares_in_place(low, high, x):
    y = x.copy()
    y[low:high] **= 2
    return [y[low:high].sum(), y]


@program(
    """
func.func @f(%x: memref<?xf64>, %y: memref<?xf64>) {
  affine.parallel (%i) = (0) to (4) step (2) {
    %l = memref.load %x[%i] : memref<?xf64>
    %m = arith.mulf %l, %l : f64
    affine.store %m, %y[%i] : memref<?xf64>
  }
  return
}""",
    sizes=[5, 4],
)
def parallel_squares(x, y):
    y = y.copy()
    y[0:4:2] = x[0:4:2] ** 2
    return [y]


@program(
    """
func.func @f(%x: memref<?xf64>, %y: memref<?xf64>, %n: index) {
  affine.parallel (%i) = (0) to (%n) {
    %l = memref.load %x[%i] : memref<?xf64>
    %m = math.exp %l : f64
    affine.store %m, %y[%i] : memref<?xf64>
  }
  return
}""",
    3,
    sizes=[5, 4],
)
def parallel_up_to_a_bound(x, y, n):
    y = y.copy()
    y[:n] = np.exp(x[:n])
    return [y]


@program("""
func.func @f(%x: memref<3x4xf64>, %w: memref<3x4xf64>, %y: memref<3x4xf64>) {
  affine.parallel (%i, %j) = (0, 0) to (3, 4) {
    %a = affine.load %x[%i, %j] : memref<3x4xf64>
    %b = affine.load %w[%i, %j] : memref<3x4xf64>
    %c = math.tanh %b : f64
    %d = arith.mulf %a, %c : f64
    affine.store %d, %y[%i, %j] : memref<3x4xf64>
  }
  return
}""")
def parallel_of_two_dimensions(x, w, y):
    return [x * np.tanh(w)]


@program(
    """
func.func @f(%x: memref<?xf64>, %y: memref<?xf64>, %z: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?xf64>
  %p = arith.cmpi sgt, %n, %c0 : index
  scf.if %p {
    scf.parallel (%i) = (%c0) to (%n) step (%c1) {
      %a = memref.load %x[%i] : memref<?xf64>
      %b = memref.load %y[%i] : memref<?xf64>
      %c = arith.mulf %a, %b : f64
      memref.store %c, %z[%i] : memref<?xf64>
      scf.reduce
    }
  }
  return
}""",
    sizes=[5],
)
def products_if_there_are_any(x, y, z):
    return [x * y]


@program(
    """
func.func @f(%x: memref<?xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  %n = memref.dim %x, %c0 : memref<?xf64>
  %r = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%zero) -> f64 {
    %a = memref.load %x[%i] : memref<?xf64>
    %b = arith.mulf %a, %a : f64
    scf.reduce(%b : f64) {
    ^bb0(%p: f64, %q: f64):
      %s = arith.addf %p, %q : f64
      scf.reduce.return %s : f64
    }
  }
  return %r : f64
}""",
    sizes=[7],
)
def norm_by_a_parallel_sum(x):
    return [(x**2).sum()]


@program("""
func.func @f(%x: memref<4xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f64
  %zero = arith.constant 0.0 : f64
  %r:2 = scf.parallel (%i) = (%c0) to (%c4) step (%c1) init (%one, %zero) -> (f64, f64) {
    %a = memref.load %x[%i] : memref<4xf64>
    %b = math.sin %a : f64
    scf.reduce(%a, %b : f64, f64) {
    ^bb0(%p: f64, %q: f64):
      %s = arith.mulf %p, %q : f64
      scf.reduce.return %s : f64
    }, {
    ^bb0(%p: f64, %q: f64):
      %s = arith.addf %p, %q : f64
      scf.reduce.return %s : f64
    }
  }
  %y = arith.mulf %r#0, %r#1 : f64
  return %y : f64
}""")
def two_parallel_reductions(x):
    return [np.prod(x) * np.sin(x).sum()]


@program("""
func.func @f(%x: memref<3x5xf64>) -> f64 {
  %r = affine.parallel (%i, %j) = (0, 1) to (3, 5) step (1, 2) reduce ("addf") -> f64 {
    %a = affine.load %x[%i, %j] : memref<3x5xf64>
    %b = math.exp %a : f64
    affine.yield %b : f64
  }
  return %r : f64
}""")
def affine_sum(x):
    return [np.exp(x[:, 1:5:2]).sum()]


@program("""
func.func @f(%x: memref<6xf64>) -> f64 {
  %r = affine.parallel (%i) = (0) to (6) reduce ("maximumf") -> f64 {
    %a = affine.load %x[%i] : memref<6xf64>
    affine.yield %a : f64
  }
  return %r : f64
}""")
def affine_maximum(x):
    return [x.max()]


@program("""
#front = affine_set<(d0) : (-d0 + 2 >= 0)>
func.func @f(%x: memref<4xf64>) -> f64 {
  %zero = arith.constant 0.0 : f64
  %r = affine.for %i = 0 to 4 iter_args(%a = %zero) -> f64 {
    %s = affine.if #front(%i) -> f64 {
      %v = affine.load %x[%i] : memref<4xf64>
      %c = math.cos %v : f64
      affine.yield %c : f64
    } else {
      affine.yield %zero : f64
    }
    %b = arith.addf %a, %s : f64
    affine.yield %b : f64
  }
  return %r : f64
}""")
def first_three_by_affine_if(x):
    return [np.cos(x[:3]).sum()]


@program("""
func.func @f(%x: f64) -> f64 {
  %ten = arith.constant 10.0 : f64
  %r = affine.for %i = 0 to 10 step 3 iter_args(%a = %ten) -> (f64) {
    %b = arith.mulf %a, %x : f64
    affine.yield %b : f64
  }
  return %r : f64
}""")
def affine_loop_of_a_number(x):
    return [10 * x**4]


@program("""
func.func @f(%x: memref<5xf64>, %y: memref<5xf64>) {
  affine.for %i = 0 to 5 {
    affine.for %j = affine_map<(d0) -> (d0)>(%i) to min affine_map<(d0) -> (5, d0 + 3)>(%i) {
      %a = affine.load %x[%j] : memref<5xf64>
      %b = affine.load %y[%i] : memref<5xf64>
      %c = arith.mulf %a, %b : f64
      affine.store %c, %y[%i] : memref<5xf64>
    }
  }
  return
}""")
def bands_of_products(x, y):
    return [y * [np.prod(x[i : i + 3]) for i in range(5)]]


@program("""
func.func @f(%x: memref<8xf64>, %y: memref<4xf64>) {
  affine.for %i = 0 to 4 {
    %a = affine.load %x[2 * %i + 1] : memref<8xf64>
    %b = affine.load %x[(%i * 3) mod 8] : memref<8xf64>
    %k = affine.apply affine_map<(d0) -> (7 - d0 floordiv 2)>(%i)
    %c = memref.load %x[%k] : memref<8xf64>
    %d = arith.mulf %a, %b : f64
    %e = arith.mulf %d, %c : f64
    affine.store %e, %y[-%i + 3] : memref<4xf64>
  }
  return
}""")
def reads_by_maps(x, y):
    return [[x[2 * i + 1] * x[3 * i % 8] * x[7 - i // 2] for i in (3, 2, 1, 0)]]


@program("""
func.func @f(%x: memref<4x6xf64>) -> f64 {
  %zero = arith.constant 0.0 : f64
  %m = memref.alloc() : memref<1xf64>
  affine.store %zero, %m[0] : memref<1xf64>
  affine.for %i = 0 to 4 {
    affine.for %j = 0 to 6 {
      %a = affine.load %x[%i, %j] : memref<4x6xf64>
      %s = affine.load %m[0] : memref<1xf64>
      %b = arith.mulf %a, %a : f64
      %t = arith.addf %s, %b : f64
      affine.store %t, %m[0] : memref<1xf64>
    }
  }
  %r = affine.load %m[0] : memref<1xf64>
  memref.dealloc %m : memref<1xf64>
  return %r : f64
}""")
def sum_in_a_cell(x):
    return [(x**2).sum()]


@program("""
func.func @f(%x: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %m = memref.alloca() : memref<2xf64>
  memref.store %x, %m[%c0] : memref<2xf64>
  memref.store %x, %m[%c1] : memref<2xf64>
  scf.for %i = %c0 to %c9 step %c1 {
    %a = memref.load %m[%c0] : memref<2xf64>
    %b = memref.load %m[%c1] : memref<2xf64>
    %s = math.sin %a : f64
    %t = arith.addf %s, %b : f64
    memref.store %b, %m[%c0] : memref<2xf64>
    memref.store %t, %m[%c1] : memref<2xf64>
  }
  %r = memref.load %m[%c1] : memref<2xf64>
  return %r : f64
}""")
def state_in_memory(x):
    a, b = x, x
    for _ in range(9):
        a, b = b, np.sin(a) + b
    return [b]


@program(
    """
func.func @f(%x: memref<6xf64>, %i: index) -> f64 {
  %c1 = arith.constant 1 : index
  %s = memref.subview %x[%i] [2] [2] : memref<6xf64> to memref<2xf64, strided<[2], offset: ?>>
  %a = memref.load %s[%c1] : memref<2xf64, strided<[2], offset: ?>>
  %b = arith.mulf %a, %a : f64
  memref.store %b, %s[%c1] : memref<2xf64, strided<[2], offset: ?>>
  %k = arith.addi %i, %c1 : index
  %l = arith.addi %k, %c1 : index
  %c = memref.load %x[%l] : memref<6xf64>
  %d = arith.mulf %c, %a : f64
  return %d : f64
}""",
    1,
)
def write_through_a_view(x, i):
    y = x.copy()
    y[i + 2] **= 2
    return [y[i + 2] * x[i + 2], y]


@program("""
func.func @f(%x: memref<3x4xf64>, %y: memref<2x2xf64>) {
  %s = memref.subview %x[1, 0] [2, 2] [1, 2]
     : memref<3x4xf64> to memref<2x2xf64, strided<[4, 2], offset: 4>>
  memref.copy %s, %y : memref<2x2xf64, strided<[4, 2], offset: 4>> to memref<2x2xf64>
  %m = memref.alloc() : memref<2x2xf64>
  memref.copy %y, %m : memref<2x2xf64> to memref<2x2xf64>
  affine.for %i = 0 to 2 {
    %a = affine.load %m[%i, 1] : memref<2x2xf64>
    %b = math.sin %a : f64
    affine.store %b, %y[%i, 0] : memref<2x2xf64>
  }
  return
}""")
def copies_of_views(x, y):
    y = x[1:, 0::2].copy()
    y[:, 0] = np.sin(y[:, 1])
    return [y]


@program("""
func.func @f(%x: memref<2x6xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c12 = arith.constant 12 : index
  %v = memref.collapse_shape %x [[0, 1]] : memref<2x6xf64> into memref<12xf64>
  %e = memref.expand_shape %v [[0, 1, 2]] output_shape [3, 2, 2]
     : memref<12xf64> into memref<3x2x2xf64>
  %one = arith.constant 1.0 : f64
  %r = scf.for %i = %c1 to %c12 step %c1 iter_args(%a = %one) -> (f64) {
    %b = memref.load %v[%i] : memref<12xf64>
    %q = arith.remui %i, %c1 : index
    %c = memref.load %e[%c1, %q, %c1] : memref<3x2x2xf64>
    %d = arith.mulf %a, %b : f64
    %g = arith.addf %d, %c : f64
    memref.store %g, %v[%i] : memref<12xf64>
    scf.yield %g : f64
  }
  return %r : f64
}""")
def shapes_of_views(x):
    v, a = x.reshape(12).copy(), 1.0
    for i in range(1, 12):
        a = a * v[i] + v.reshape(3, 2, 2)[1, 0, 1]
        v[i] = a
    return [a, v.reshape(2, 6)]


@program(
    """
func.func @f(%x: f64, %m: memref<4xf64>, %i: index) -> f64 {
  %o = memref.atomic_rmw addf %x, %m[%i] : (f64, memref<4xf64>) -> f64
  %p = memref.atomic_rmw mulf %x, %m[%i] : (f64, memref<4xf64>) -> f64
  %r = arith.mulf %o, %p : f64
  return %r : f64
}""",
    2,
)
def atomic_updates(x, m, i):
    y = m.copy()
    y[i] = (m[i] + x) * x
    return [m[i] * (m[i] + x), y]


@program(
    """
memref.global "private" constant @table : memref<3xf64> = dense<[1.0, 2.0, 4.0]>
func.func @f(%x: f64, %i: index) -> f64 {
  %t = memref.get_global @table : memref<3xf64>
  %a = memref.load %t[%i] : memref<3xf64>
  %b = math.powf %x, %a : f64
  return %b : f64
}""",
    2,
)
def table_of_constants(x, i):
    return [x ** [1.0, 2.0, 4.0][i]]


@program("""
func.func private @square(%x: memref<3xf64>, %i: index) {
  %a = memref.load %x[%i] : memref<3xf64>
  %b = arith.mulf %a, %a : f64
  memref.store %b, %x[%i] : memref<3xf64>
  return
}
func.func @f(%x: memref<3xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  scf.for %i = %c0 to %c3 step %c1 {
    func.call @square(%x, %i) : (memref<3xf64>, index) -> ()
  }
  func.call @square(%x, %c1) : (memref<3xf64>, index) -> ()
  %a = memref.load %x[%c1] : memref<3xf64>
  return %a : f64
}""")
def call_that_writes(x):
    y = x**2
    y[1] **= 2
    return [y[1], y]


@program("""
func.func @f(%x: memref<4xf64>) -> memref<4xf64> {
  %m = memref.alloc() : memref<4xf64>
  affine.for %i = 0 to 4 {
    %a = affine.load %x[%i] : memref<4xf64>
    %b = math.log %a : f64
    affine.store %b, %m[%i] : memref<4xf64>
  }
  return %m : memref<4xf64>
}""")
def memory_as_a_result(x):
    return [np.log(x)]


@program("""
func.func @f(%x: f64) -> f64 {
  %r = memref.alloca_scope -> (f64) {
    %m = memref.alloca() : memref<1xf64>
    %c0 = arith.constant 0 : index
    memref.store %x, %m[%c0] : memref<1xf64>
    %a = memref.load %m[%c0] : memref<1xf64>
    %b = arith.mulf %a, %x : f64
    memref.alloca_scope.return %b : f64
  }
  return %r : f64
}""")
def memory_in_a_scope(x):
    return [x * x]


@program(
    """
func.func @f(%x: memref<5xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f64
  %r:2 = scf.while (%i = %c0, %a = %one) : (index, f64) -> (index, f64) {
    %p = arith.cmpi ult, %i, %n : index
    scf.condition(%p) %i, %a : index, f64
  } do {
  ^bb0(%i: index, %a: f64):
    %l = memref.load %x[%i] : memref<5xf64>
    %b = arith.mulf %a, %l : f64
    memref.store %b, %x[%i] : memref<5xf64>
    %j = arith.addi %i, %c1 : index
    scf.yield %j, %b : index, f64
  }
  return %r#1 : f64
}""",
    4,
)
def while_that_writes(x, n):
    y = x.copy()
    y[:n] = np.cumprod(x[:n])
    return [y[n - 1], y]


@program("""
func.func @f(%x: memref<3x3xf64>, %y: memref<3xf64>) {
  %zero = arith.constant 0.0 : f64
  affine.for %i = 0 to 3 {
    affine.store %zero, %y[%i] : memref<3xf64>
    affine.for %j = 0 to 3 {
      %a = affine.load %x[%i, %j] : memref<3x3xf64>
      %s = affine.load %y[%i] : memref<3xf64>
      %p = arith.cmpf ogt, %a, %s : f64
      scf.if %p {
        %b = arith.mulf %a, %a : f64
        affine.store %b, %y[%i] : memref<3xf64>
      }
    }
  }
  return
}""")
def conditional_stores(x, y):
    out = []
    for row in x:
        s = 0.0
        for a in row:
            s = a * a if a > s else s
        out.append(s)
    return [out]


# Linear algebra.

_ROWS = "affine_map<(d0, d1) -> (d0, d1)>"


@program("""
func.func @f(%a: tensor<4xf64>, %b: tensor<4xf64>) -> tensor<4xf64> {
  %e = tensor.empty() : tensor<4xf64>
  %r = linalg.generic {
    indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
    iterator_types = ["parallel"]
  } ins(%a, %b : tensor<4xf64>, tensor<4xf64>) outs(%e : tensor<4xf64>) {
  ^bb0(%x: f64, %y: f64, %z: f64):
    %s = arith.mulf %x, %y : f64
    %t = math.sin %s : f64
    linalg.yield %t : f64
  } -> tensor<4xf64>
  return %r : tensor<4xf64>
}""")
def elementwise_generic(a, b):
    return [np.sin(a * b)]


@program(f"""
func.func @f(%x: memref<3x4xf64>, %w: memref<4xf64>, %y: memref<3x4xf64>) {{
  linalg.generic {{
    indexing_maps = [{_ROWS}, affine_map<(d0, d1) -> (d1)>, {_ROWS}],
    iterator_types = ["parallel", "parallel"]
  }} ins(%x, %w : memref<3x4xf64>, memref<4xf64>) outs(%y : memref<3x4xf64>) {{
  ^bb0(%a: f64, %b: f64, %c: f64):
    %s = arith.mulf %a, %b : f64
    %t = arith.addf %s, %c : f64
    linalg.yield %t : f64
  }}
  return
}}""")
def generic_on_memory(x, w, y):
    return [x * w + y]


@program("""
func.func @f(%x: tensor<3x5xf64>) -> tensor<3xf64> {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<3xf64>
  %z = linalg.fill ins(%zero : f64) outs(%e : tensor<3xf64>) -> tensor<3xf64>
  %r = linalg.generic {
    indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
    iterator_types = ["parallel", "reduction"]
  } ins(%x : tensor<3x5xf64>) outs(%z : tensor<3xf64>) {
  ^bb0(%a: f64, %s: f64):
    %b = math.exp %a : f64
    %t = arith.addf %s, %b : f64
    linalg.yield %t : f64
  } -> tensor<3xf64>
  return %r : tensor<3xf64>
}""")
def sums_of_rows(x):
    return [np.exp(x).sum(1)]


@program("""
func.func @f(%x: tensor<3x5xf64>, %i: tensor<3xf64>) -> tensor<3xf64> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
    iterator_types = ["parallel", "reduction"]
  } ins(%x : tensor<3x5xf64>) outs(%i : tensor<3xf64>) {
  ^bb0(%a: f64, %s: f64):
    %b = arith.mulf %a, %s : f64
    %c = math.sin %b : f64
    linalg.yield %c : f64
  } -> tensor<3xf64>
  return %r : tensor<3xf64>
}""")
def rows_in_their_order(x, i):
    s = i
    for column in x.T:
        s = np.sin(column * s)
    return [s]


@program("""
func.func @f(%a: tensor<2x3xf64>, %b: tensor<3x4xf64>, %c: tensor<2x4xf64>) -> tensor<2x4xf64> {
  %r = linalg.matmul ins(%a, %b : tensor<2x3xf64>, tensor<3x4xf64>)
                     outs(%c : tensor<2x4xf64>) -> tensor<2x4xf64>
  return %r : tensor<2x4xf64>
}""")
def matmul(a, b, c):
    return [a @ b + c]


@program("""
func.func @f(%a: memref<2x3xf64>, %x: memref<3xf64>, %y: memref<2xf64>) -> f64 {
  linalg.matvec ins(%a, %x : memref<2x3xf64>, memref<3xf64>) outs(%y : memref<2xf64>)
  %c0 = arith.constant 0 : index
  %r = memref.load %y[%c0] : memref<2xf64>
  return %r : f64
}""")
def matvec_on_memory(a, x, y):
    return [(a @ x + y)[0], a @ x + y]


@program("""
func.func @f(%x: tensor<1x5x6x2xf64>, %w: tensor<2x3x2x3xf64>) -> tensor<1x2x4x3xf64> {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<1x2x4x3xf64>
  %z = linalg.fill ins(%zero : f64) outs(%e : tensor<1x2x4x3xf64>) -> tensor<1x2x4x3xf64>
  %r = linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 1]> : tensor<2xi64>,
                                 dilations = dense<[2, 1]> : tensor<2xi64>}
    ins(%x, %w : tensor<1x5x6x2xf64>, tensor<2x3x2x3xf64>)
    outs(%z : tensor<1x2x4x3xf64>) -> tensor<1x2x4x3xf64>
  return %r : tensor<1x2x4x3xf64>
}""")
def convolution(x, w):
    y = np.zeros((1, 2, 4, 3))
    for i, j, k, m in np.ndindex(2, 4, 2, 3):
        y[:, i, j] += x[:, 2 * i + 2 * k, j + m] @ w[k, m]
    return [y]


@program("""
func.func @f(%x: tensor<1x6x6x2xf64>, %w: tensor<2x2xf64>) -> tensor<1x3x3x2xf64> {
  %low = arith.constant -1.0e300 : f64
  %e = tensor.empty() : tensor<1x3x3x2xf64>
  %z = linalg.fill ins(%low : f64) outs(%e : tensor<1x3x3x2xf64>) -> tensor<1x3x3x2xf64>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>}
    ins(%x, %w : tensor<1x6x6x2xf64>, tensor<2x2xf64>)
    outs(%z : tensor<1x3x3x2xf64>) -> tensor<1x3x3x2xf64>
  return %r : tensor<1x3x3x2xf64>
}""")
def pooling(x, w):
    return [x.reshape(1, 3, 2, 3, 2, 2).max((2, 4))]


@program("""
func.func @f(%x: tensor<3x4xf64>) -> tensor<4x3xf64> {
  %e = tensor.empty() : tensor<4x3xf64>
  %t = linalg.transpose ins(%x : tensor<3x4xf64>) outs(%e : tensor<4x3xf64>) permutation = [1, 0]
  %r = linalg.map { math.tanh } ins(%t : tensor<4x3xf64>) outs(%e : tensor<4x3xf64>)
  return %r : tensor<4x3xf64>
}""")
def transpose_and_map(x):
    return [np.tanh(x.T)]


@program("""
func.func @f(%x: tensor<3x4xf64>, %y: tensor<3xf64>) -> tensor<3x4xf64> {
  %e = tensor.empty() : tensor<3x4xf64>
  %b = linalg.broadcast ins(%y : tensor<3xf64>) outs(%e : tensor<3x4xf64>) dimensions = [1]
  %m = linalg.mul ins(%x, %b : tensor<3x4xf64>, tensor<3x4xf64>)
                  outs(%e : tensor<3x4xf64>) -> tensor<3x4xf64>
  %s = linalg.softmax dimension(1) ins(%m : tensor<3x4xf64>) outs(%e : tensor<3x4xf64>)
     -> tensor<3x4xf64>
  return %s : tensor<3x4xf64>
}""")
def softmax_of_products(x, y):
    p = np.exp(x * y[:, None])
    return [p / p.sum(1, keepdims=True)]


@program("""
func.func @f(%x: tensor<3x4xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %one = arith.constant dense<1.0> : tensor<3xf64>
  %p = linalg.reduce { arith.mulf } ins(%x : tensor<3x4xf64>) outs(%one : tensor<3xf64>)
       dimensions = [1]
  %q = linalg.reduce ins(%x : tensor<3x4xf64>) outs(%one : tensor<3xf64>) dimensions = [1]
    (%in: f64, %out: f64) {
      %s = arith.maximumf %in, %out : f64
      linalg.yield %s : f64
    }
  return %p, %q : tensor<3xf64>, tensor<3xf64>
}""")
def reduce_by_products_and_maxima(x):
    return [x.prod(1), np.maximum(x.max(1), 1.0)]


@program("""
func.func @f(%x: tensor<5xf64>) -> tensor<5xf64> {
  %e = tensor.empty() : tensor<5xf64>
  %r = linalg.generic {
    indexing_maps = [affine_map<(d0) -> (4 - d0)>, affine_map<(d0) -> (d0)>],
    iterator_types = ["parallel"]
  } ins(%x : tensor<5xf64>) outs(%e : tensor<5xf64>) {
  ^bb0(%a: f64, %b: f64):
    %i = linalg.index 0 : index
    %k = arith.index_cast %i : index to i64
    %v = arith.sitofp %k : i64 to f64
    %s = arith.mulf %a, %v : f64
    linalg.yield %s : f64
  } -> tensor<5xf64>
  return %r : tensor<5xf64>
}""")
def generic_with_indices(x):
    return [x[::-1] * np.arange(5.0)]


# Tensors.


@program(
    """
func.func @f(%x: tensor<4xf64>, %i: index) -> tensor<4xf64> {
  %a = tensor.extract %x[%i] : tensor<4xf64>
  %b = math.sin %a : f64
  %r = tensor.insert %b into %x[%i] : tensor<4xf64>
  return %r : tensor<4xf64>
}""",
    2,
)
def extract_and_insert(x, i):
    y = x.copy()
    y[i] = np.sin(x[i])
    return [y]


@program(
    """
func.func @f(%x: tensor<6x4xf64>, %i: index) -> tensor<6x4xf64> {
  %s = tensor.extract_slice %x[%i, 1] [2, 2] [2, 1] : tensor<6x4xf64> to tensor<2x2xf64>
  %t = math.exp %s : tensor<2x2xf64>
  %r = tensor.insert_slice %t into %x[%i, 2] [2, 2] [1, 1] : tensor<2x2xf64> into tensor<6x4xf64>
  return %r : tensor<6x4xf64>
}""",
    1,
)
def slices(x, i):
    y = x.copy()
    y[i : i + 2, 2:] = np.exp(x[i : i + 4 : 2, 1:3])
    return [y]


@program("""
func.func @f(%x: tensor<2x3xf64>, %v: f64) -> tensor<2x2x4xf64> {
  %p = tensor.pad %x low[1, 0] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : f64
  } : tensor<2x3xf64> to tensor<4x4xf64>
  %r = tensor.expand_shape %p [[0, 1], [2]] output_shape [2, 2, 4]
     : tensor<4x4xf64> into tensor<2x2x4xf64>
  return %r : tensor<2x2x4xf64>
}""")
def padding(x, v):
    return [np.pad(x, ((1, 1), (0, 1)), constant_values=v).reshape(2, 2, 4)]


@program(
    """
func.func @f(%x: tensor<5xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %g = tensor.generate {
  ^bb0(%i: index, %j: index):
    %a = tensor.extract %x[%i] : tensor<5xf64>
    %b = tensor.extract %x[%j] : tensor<5xf64>
    %c = arith.mulf %a, %b : f64
    tensor.yield %c : f64
  } : tensor<3x5xf64>
  %zero = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> (f64) {
    %a = tensor.extract %g[%c1, %i] : tensor<3x5xf64>
    %t = arith.addf %s, %a : f64
    scf.yield %t : f64
  }
  return %r : f64
}""",
    4,
)
def generate_and_sum(x, n):
    return [(x[1] * x)[:n].sum()]


@program("""
func.func @f(%a: tensor<4xf64>, %c: tensor<4xf64>) -> tensor<4xf64> {
  %r = scf.forall (%i) in (4) shared_outs(%o = %c) -> (tensor<4xf64>) {
    %s = tensor.extract_slice %a[%i] [1] [1] : tensor<4xf64> to tensor<1xf64>
    %t = math.sqrt %s : tensor<1xf64>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %o[%i] [1] [1] : tensor<1xf64> into tensor<4xf64>
    }
  }
  return %r : tensor<4xf64>
}""")
def forall(a, c):
    return [np.sqrt(a)]


@program("""
func.func @f(%x: f64, %y: f64) -> tensor<2x3xf64> {
  %s = tensor.splat %x : tensor<2x1xf64>
  %e = tensor.from_elements %y, %x, %y, %x : tensor<2x2xf64>
  %r = tensor.concat dim(1) %s, %e : (tensor<2x1xf64>, tensor<2x2xf64>) -> tensor<2x3xf64>
  return %r : tensor<2x3xf64>
}""")
def made_of_elements(x, y):
    return [np.array([[x, y, x], [x, y, x]])]


@program("""
func.func @f(%x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %m = arith.cmpf ogt, %x, %y : tensor<4xf64>
  %a = math.sin %x : tensor<4xf64>
  %b = arith.mulf %y, %y : tensor<4xf64>
  %r = arith.select %m, %a, %b : tensor<4xi1>, tensor<4xf64>
  return %r : tensor<4xf64>
}""")
def choice_of_elements(x, y):
    return [np.where(x > y, np.sin(x), y * y)]


# Arithmetic.


@program("""
func.func @f(%x: f64, %y: f64) -> f64 {
  %a = math.fma %x, %y, %x : f64
  %b = math.atan2 %a, %y : f64
  %c = math.log1p %b : f64
  %d = math.exp2 %c : f64
  %e = arith.divf %d, %x : f64
  %g = arith.maximumf %e, %y : f64
  %h = arith.negf %g : f64
  %i = math.cbrt %x : f64
  %r = arith.subf %h, %i : f64
  return %r : f64
}""")
def functions_of_numbers(x, y):
    e = 2 ** math.log1p(math.atan2(x * y + x, y)) / x
    return [-max(e, y) - np.cbrt(x)]


@program("""
func.func @f(%x: f64, %y: f64) -> f64 {
  %z = complex.create %x, %y : complex<f64>
  %w = complex.mul %z, %z : complex<f64>
  %e = complex.exp %w : complex<f64>
  %a = complex.re %e : complex<f64>
  %b = complex.im %w : complex<f64>
  %r = arith.mulf %a, %b : f64
  return %r : f64
}""")
def complex_square(x, y):
    w = complex(x, y) ** 2
    return [np.exp(w).real * w.imag]


@program(
    """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloca() : memref<1xf64>
  memref.store %x, %m[%c0] : memref<1xf64>
  scf.for %i = %c0 to %n step %c1 {
    %a = memref.load %m[%c0] : memref<1xf64>
    %b = math.sin %a : f64
    %c2 = arith.constant 2 : index
    %p = arith.remui %i, %c2 : index
    %q = arith.cmpi eq, %p, %c0 : index
    scf.if %q {
      %c = arith.mulf %b, %x : f64
      memref.store %c, %m[%c0] : memref<1xf64>
    } else {
      memref.store %b, %m[%c0] : memref<1xf64>
    }
  }
  %r = memref.load %m[%c0] : memref<1xf64>
  return %r : f64
}""",
    4,
)
def loop_and_branch_in_memory(x, n):
    a = x
    for i in range(n):
        a = np.sin(a) * (1 if i % 2 else x)
    return [a]
