"""
More programs, in the order of the dialects that they use: `memref`, `affine`, `scf`, `cf`,
`tensor`, `linalg`, `arith`, `math`, `complex`, `index` and `vector`.
"""

from __future__ import annotations

import math

import numpy as np

from .programs import program

# Memory.


@program(
    """
func.func @f(%x: memref<6xf64>, %n: index) -> f64 {
  %zero = arith.constant 0.0 : f64
  %a = memref.alloca() : memref<6xf64>
  memref.copy %x, %a : memref<6xf64> to memref<6xf64>
  %v = memref.subview %a[1] [2] [2] : memref<6xf64> to memref<2xf64, strided<[2], offset: 1>>
  affine.for %i = 0 to 2 {
    %p = affine.load %v[%i] : memref<2xf64, strided<[2], offset: 1>>
    %q = arith.mulf %p, %p : f64
    affine.store %q, %v[%i] : memref<2xf64, strided<[2], offset: 1>>
  }
  %s = affine.for %i = 0 to %n iter_args(%t = %zero) -> (f64) {
    %p = affine.load %a[%i] : memref<6xf64>
    %u = arith.addf %t, %p : f64
    affine.yield %u : f64
  }
  return %s : f64
}""",
    4,
)
def squares_of_odd_places(x, n):
    a = x.copy()
    a[1:5:2] **= 2
    return [a[:n].sum()]


@program(
    """
func.func @f(%x: memref<?x?xf64>, %y: memref<?x?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.dim %x, %c0 : memref<?x?xf64>
  %n = memref.dim %x, %c1 : memref<?x?xf64>
  %t = memref.alloc(%n, %m) : memref<?x?xf64>
  scf.parallel (%i, %j) = (%c0, %c0) to (%m, %n) step (%c1, %c1) {
    %a = memref.load %x[%i, %j] : memref<?x?xf64>
    memref.store %a, %t[%j, %i] : memref<?x?xf64>
    scf.reduce
  }
  linalg.mul ins(%t, %t : memref<?x?xf64>, memref<?x?xf64>) outs(%y : memref<?x?xf64>)
  memref.dealloc %t : memref<?x?xf64>
  return
}""",
    sizes=(2, 3, 3, 2),
)
def transpose_through_an_alloc(x, y):
    return [x.T**2]


@program(
    """
func.func @f(%x: memref<2x6xf64>) -> f64 {
  %flat = memref.collapse_shape %x [[0, 1]] : memref<2x6xf64> into memref<12xf64>
  %box = memref.reinterpret_cast %flat to offset: [0], sizes: [3, 4], strides: [4, 1]
    : memref<12xf64> to memref<3x4xf64, strided<[4, 1]>>
  %r = affine.for %i = 0 to 3 iter_args(%s = %zero) -> (f64) {
    %a = affine.load %box[%i, 3 - %i] : memref<3x4xf64, strided<[4, 1]>>
    %b = math.exp %a : f64
    %t = arith.addf %s, %b : f64
    affine.yield %t : f64
  }
  return %r : f64
}""".replace("  %flat", "  %zero = arith.constant 0.0 : f64\n  %flat"),
)
def antidiagonal_of_a_cast(x):
    y = x.reshape(3, 4)
    return [sum(math.exp(y[i, 3 - i]) for i in range(3))]


@program(
    """
func.func @f(%x: memref<8xf64>, %k: index) -> f64 {
  %v = memref.reinterpret_cast %x to offset: [%k], sizes: [2, 2], strides: [1, 2]
    : memref<8xf64> to memref<2x2xf64, strided<[1, 2], offset: ?>>
  %a = affine.load %v[0, 1] : memref<2x2xf64, strided<[1, 2], offset: ?>>
  %b = affine.load %v[1, 0] : memref<2x2xf64, strided<[1, 2], offset: ?>>
  %c = arith.mulf %a, %b : f64
  affine.store %c, %v[1, 1] : memref<2x2xf64, strided<[1, 2], offset: ?>>
  return %c : f64
}""",
    3,
)
def columns_of_a_cast(x, k):
    y, r = x.copy(), x[k + 2] * x[k + 1]
    y[k + 3] = r
    return [r, y]


@program(
    """
func.func @f(%x: memref<4xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %bytes = memref.alloc() : memref<40xi8>
  %v = memref.view %bytes[%c8][] : memref<40xi8> to memref<4xf64>
  memref.copy %x, %v : memref<4xf64> to memref<4xf64>
  %a = memref.load %v[%c0] : memref<4xf64>
  %b = arith.mulf %a, %a : f64
  memref.store %b, %v[%c0] : memref<4xf64>
  %e = memref.expand_shape %v [[0, 1]] output_shape [2, 2] : memref<4xf64> into memref<2x2xf64>
  %p = affine.load %e[0, 0] : memref<2x2xf64>
  %q = affine.load %e[1, 1] : memref<2x2xf64>
  %r = arith.addf %p, %q : f64
  return %r : f64
}""",
)
def floats_in_bytes(x):
    return [x[0] ** 2 + x[3]]


@program(
    """
memref.global "private" constant @w : memref<2x2xf64> = dense<[[1.0, 2.0], [3.0, 4.0]]>
memref.global "private" constant @ones : memref<2xf64> = dense<1.0>
func.func @f(%x: memref<2xf64>) -> f64 {
  %w = memref.get_global @w : memref<2x2xf64>
  %o = memref.get_global @ones : memref<2xf64>
  %y = memref.alloc() : memref<2xf64>
  linalg.matvec ins(%w, %x : memref<2x2xf64>, memref<2xf64>) outs(%y : memref<2xf64>)
  %c = memref.alloca() : memref<f64>
  linalg.dot ins(%y, %o : memref<2xf64>, memref<2xf64>) outs(%c : memref<f64>)
  %r = memref.load %c[] : memref<f64>
  %s = arith.mulf %r, %r : f64
  memref.dealloc %y : memref<2xf64>
  return %s : f64
}""",
)
def weights_of_the_module(x):
    return [(np.array([[1.0, 2.0], [3.0, 4.0]]) @ x).sum() ** 2]


@program(
    """
func.func @f(%x: memref<5xf64>, %n: i64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %c1 = arith.constant 1 : i64
  %sum = memref.alloca() : memref<1xf64>
  %at = memref.alloca() : memref<i64>
  affine.store %zero, %sum[0] : memref<1xf64>
  %c0 = arith.constant 0 : i64
  memref.store %c0, %at[] : memref<i64>
  scf.while : () -> () {
    %k = memref.load %at[] : memref<i64>
    %go = arith.cmpi slt, %k, %n : i64
    scf.condition(%go)
  } do {
    %k = memref.load %at[] : memref<i64>
    %i = arith.index_cast %k : i64 to index
    %a = memref.load %x[%i] : memref<5xf64>
    %s = affine.load %sum[0] : memref<1xf64>
    %b = arith.mulf %a, %a : f64
    %t = arith.addf %s, %b : f64
    affine.store %t, %sum[0] : memref<1xf64>
    %l = arith.addi %k, %c1 : i64
    memref.store %l, %at[] : memref<i64>
    scf.yield
  }
  %r = affine.load %sum[0] : memref<1xf64>
  return %r : f64
}""",
    4,
)
def counter_in_memory(x, n):
    return [(x[:n] ** 2).sum()]


@program(
    """
func.func @f(%x: memref<3x4xf64>) -> memref<4xf64> {
  %zero = arith.constant 0.0 : f64
  %y = memref.alloc() : memref<4xf64>
  affine.for %j = 0 to 4 {
    affine.store %zero, %y[%j] : memref<4xf64>
    affine.for %i = 0 to 3 {
      %a = affine.load %x[%i, %j] : memref<3x4xf64>
      %s = affine.load %y[%j] : memref<4xf64>
      %t = arith.addf %s, %a : f64
      affine.store %t, %y[%j] : memref<4xf64>
    }
    %s = affine.load %y[%j] : memref<4xf64>
    %l = math.log %s : f64
    affine.store %l, %y[%j] : memref<4xf64>
  }
  return %y : memref<4xf64>
}""",
)
def logs_of_columns(x):
    return [np.log(x.sum(axis=0))]


# Maps and sets.


@program(
    """
#band = affine_map<(i)[n] -> (0, i - n)>
#top = affine_map<(i)[n] -> (6, i + n + 1)>
func.func @f(%x: memref<6xf64>, %y: memref<6xf64>, %n: index) {
  affine.for %i = 0 to 6 {
    %zero = arith.constant 0.0 : f64
    %s = affine.for %j = max #band(%i)[%n] to min #top(%i)[%n] iter_args(%t = %zero) -> f64 {
      %a = affine.load %x[%j] : memref<6xf64>
      %u = arith.addf %t, %a : f64
      affine.yield %u : f64
    }
    affine.store %s, %y[%i] : memref<6xf64>
  }
  return
}""",
    1,
)
def moving_sums(x, y, n):
    return [np.array([x[max(0, i - n) : min(6, i + n + 1)].sum() for i in range(6)])]


@program(
    """
#inside = affine_set<(i, j)[n] : (i - j >= 0, n - i - 1 >= 0, (i + j) mod 2 == 0)>
func.func @f(%x: memref<4x4xf64>, %n: index) -> f64 {
  %zero = arith.constant 0.0 : f64
  %r = affine.for %i = 0 to 4 iter_args(%s = %zero) -> (f64) {
    %t = affine.for %j = 0 to 4 iter_args(%u = %s) -> (f64) {
      %v = affine.if #inside(%i, %j)[%n] -> f64 {
        %a = affine.load %x[%i, %j] : memref<4x4xf64>
        %b = arith.mulf %a, %a : f64
        affine.yield %b : f64
      } else {
        affine.yield %zero : f64
      }
      %w = arith.addf %u, %v : f64
      affine.yield %w : f64
    }
    affine.yield %t : f64
  }
  return %r : f64
}""",
    3,
)
def even_places_below_the_diagonal(x, n):
    return [
        sum(x[i, j] ** 2 for i in range(4) for j in range(4)
            if i >= j and i < n and (i + j) % 2 == 0)
    ]  # fmt: skip


@program(
    """
func.func @f(%x: memref<3x4xf64>, %y: memref<12xf64>) {
  affine.parallel (%i, %j) = (0, 0) to (3, 4) step (1, 2) {
    %k = affine.apply affine_map<(d0, d1) -> (d0 * 4 + d1)>(%i, %j)
    %a = affine.load %x[%i, %j] : memref<3x4xf64>
    %b = affine.load %x[%i, %j + 1] : memref<3x4xf64>
    %c = arith.mulf %a, %b : f64
    affine.store %c, %y[symbol(%k) + 1] : memref<12xf64>
    affine.store %a, %y[%i * 4 + %j] : memref<12xf64>
  }
  return
}""",
)
def pairs_side_by_side(x, y):
    result = x.copy()
    result[:, 1::2] = x[:, ::2] * x[:, 1::2]
    return [result.reshape(12)]


@program(
    """
func.func @f(%x: memref<7xf64>, %n: index) -> f64 {
  %one = arith.constant 1.0 : f64
  %m = affine.min affine_map<()[s0] -> (s0, 7)>()[%n]
  %l = affine.max affine_map<(d0) -> (d0 floordiv 2, d0 ceildiv 3, 1)>(%m)
  %r = affine.for %i = %l to %m step 2 iter_args(%p = %one) -> (f64) {
    %a = affine.load %x[%i] : memref<7xf64>
    %q = arith.mulf %p, %a : f64
    affine.yield %q : f64
  }
  return %r : f64
}""",
    9,
)
def products_between_extremes(x, n):
    return [x[3:7:2].prod()]


@program(
    """
func.func @f(%x: memref<4x5xf64>) -> f64 {
  %r = affine.parallel (%i, %j) = (0, 1) to (4, 5) reduce ("maximumf") -> (f64) {
    %a = affine.load %x[%i, %j] : memref<4x5xf64>
    %b = affine.load %x[%i, %j - 1] : memref<4x5xf64>
    %c = arith.mulf %a, %b : f64
    affine.yield %c : f64
  }
  return %r : f64
}""",
)
def greatest_product_of_neighbours(x):
    return [(x[:, 1:] * x[:, :-1]).max()]


# `scf`.


@program(
    """
func.func @f(%x: f64, %c: i1) -> f64 {
  %r = scf.if %c -> f64 {
    %a = math.sin %x : f64
    scf.yield %a : f64
  } else {
    %b = math.cos %x : f64
    scf.yield %b : f64
  }
  return %r : f64
}""",
    1,
)
def branch_without_parentheses(x, c):
    return [np.sin(x)]


@program(
    """
func.func @f(%x: tensor<5xf64>, %low: index, %high: index, %by: index) -> (f64, index) {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %r:2 = scf.for %i = %low to %high step %by iter_args(%s = %zero, %k = %c0) -> (f64, index) {
    %a = tensor.extract %x[%i] : tensor<5xf64>
    %odd = arith.remui %i, %by : index
    %e = arith.index_cast %odd : index to i64
    %w = arith.sitofp %e : i64 to f64
    %b = math.absf %a : f64
    %c = math.powf %b, %w : f64
    %t = arith.addf %s, %c : f64
    %l = arith.addi %k, %i : index
    scf.yield %t, %l : f64, index
  }
  return %r#0, %r#1 : f64, index
}""",
    1,
    5,
    3,
)
def two_values_by_steps(x, low, high, by):
    return [sum(x[i] ** (i % by) for i in range(low, high, by)), sum(range(low, high, by))]


@program(
    """
func.func @f(%x: f64, %tol: f64) -> f64 {
  %half = arith.constant 0.5 : f64
  %one = arith.constant 1.0 : f64
  %r:2 = scf.while (%y = %one, %e = %one) : (f64, f64) -> (f64, f64) {
    %more = arith.cmpf ogt, %e, %half : f64
    scf.condition(%more) %y, %e : f64, f64
  } do {
  ^bb0(%y: f64, %e: f64):
    %q = arith.divf %x, %y : f64
    %s = arith.addf %y, %q : f64
    %z = arith.mulf %s, %half : f64
    %f = arith.mulf %e, %half : f64
    scf.yield %z, %f : f64, f64
  }
  %u = arith.mulf %r#0, %tol : f64
  return %u : f64
}""",
)
def one_step_of_newton(x, tol):
    return [(1 + x) / 2 * tol]


@program(
    """
func.func @f(%x: tensor<3x4xf64>, %k: index) -> tensor<4xf64> {
  %init = tensor.empty() : tensor<4xf64>
  %r = scf.forall (%j) in (4) shared_outs(%o = %init) -> tensor<4xf64> {
    %c = tensor.extract_slice %x[0, %j] [3, 1] [1, 1] : tensor<3x4xf64> to tensor<3xf64>
    %a = tensor.extract %c[%k] : tensor<3xf64>
    %b = math.exp %a : f64
    %e = tensor.from_elements %b : tensor<1xf64>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %e into %o[%j] [1] [1] : tensor<1xf64> into tensor<4xf64>
    }
  }
  return %r : tensor<4xf64>
}""",
    2,
)
def forall_over_columns(x, k):
    return [np.exp(x[k])]


@program(
    """
func.func @f(%x: memref<4xf64>, %y: memref<4xf64>) {
  scf.forall (%i) = (1) to (4) step (2) {
    %a = memref.load %x[%i] : memref<4xf64>
    %b = arith.mulf %a, %a : f64
    memref.store %b, %y[%i] : memref<4xf64>
  }
  return
}""",
)
def forall_that_stores(x, y):
    z = y.copy()
    z[1::2] = x[1::2] ** 2
    return [z]


@program(
    """
func.func @f(%x: f64, %k: index) -> f64 {
  %r:2 = scf.index_switch %k -> f64, f64
  case 2 {
    %a = arith.mulf %x, %x : f64
    scf.yield %a, %x : f64, f64
  }
  case 5 {
    %b = scf.execute_region -> f64 {
      %e = math.exp2 %x : f64
      scf.yield %e : f64
    }
    scf.yield %b, %b : f64, f64
  }
  default {
    scf.yield %x, %x : f64, f64
  }
  %s = arith.addf %r#0, %r#1 : f64
  return %s : f64
}""",
    5,
)
def switch_of_two_results(x, k):
    return [2 * 2**x]


@program(
    """
func.func @f(%x: memref<3x3xf64>) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %r:2 = scf.parallel (%i, %j) = (%c0, %c0) to (%c3, %c3) step (%c1, %c1) init (%zero, %one)
      -> (f64, f64) {
    %a = memref.load %x[%i, %j] : memref<3x3xf64>
    %b = memref.load %x[%j, %i] : memref<3x3xf64>
    %p = arith.mulf %a, %b : f64
    scf.reduce(%p, %a : f64, f64) {
    ^bb0(%u: f64, %v: f64):
      %s = arith.addf %u, %v : f64
      scf.reduce.return %s : f64
    }, {
    ^bb0(%u: f64, %v: f64):
      %s = arith.mulf %u, %v : f64
      scf.reduce.return %s : f64
    }
  }
  return %r#0, %r#1 : f64, f64
}""",
)
def sum_and_product_at_once(x):
    return [(x * x.T).sum(), x.prod()]


# Graphs of blocks.


@program(
    """
func.func @f(%x: memref<6xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  cf.br ^head(%c0, %zero : index, f64)
^head(%i: index, %s: f64):
  %go = arith.cmpi slt, %i, %n : index
  cf.cond_br %go, ^body, ^end(%s : f64)
^body:
  %a = memref.load %x[%i] : memref<6xf64>
  %one = arith.constant 1.0 : f64
  %small = arith.cmpf olt, %a, %one : f64
  cf.cond_br %small, ^skip(%s : f64), ^add
^add:
  %b = arith.mulf %a, %a : f64
  %t = arith.addf %s, %b : f64
  cf.br ^skip(%t : f64)
^skip(%u: f64):
  %j = arith.addi %i, %c1 : index
  cf.br ^head(%j, %u : index, f64)
^end(%r: f64):
  return %r : f64
}""",
    5,
)
def loop_of_blocks_with_a_test(x, n):
    return [sum(a * a for a in x[:n] if a >= 1)]


@program(
    """
func.func @f(%x: f64, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %ok = arith.cmpi sge, %n, %c0 : i32
  cf.assert %ok, "n is not negative"
  cf.br ^loop(%c0, %x : i32, f64)
^loop(%i: i32, %p: f64):
  %q = math.sin %p : f64
  %j = arith.addi %i, %c1 : i32
  %go = arith.cmpi ult, %j, %n : i32
  cf.cond_br %go, ^loop(%j, %q : i32, f64), ^done
^done:
  return %q : f64
}""",
    3,
)
def assertion_before_a_loop(x, n):
    return [np.sin(np.sin(np.sin(x)))]


@program(
    """
func.func @f(%x: f64, %k: i32) -> f64 {
  cf.switch %k : i32, [
    default: ^same(%x : f64),
    -1: ^inverse,
    2: ^square
  ]
^inverse:
  %one = arith.constant 1.0 : f64
  %a = arith.divf %one, %x : f64
  cf.br ^same(%a : f64)
^square:
  %b = arith.mulf %x, %x : f64
  cf.br ^same(%b : f64)
^same(%r: f64):
  return %r : f64
}""",
    -1,
)
def switch_with_a_negative_case(x, k):
    return [1 / x]


# Functions.


@program(
    """
func.func private @step(%x: memref<3xf64>, %y: memref<3xf64>, %a: f64) attributes {llvm.linkage} {
  affine.for %i = 0 to 3 {
    %p = affine.load %x[%i] : memref<3xf64>
    %q = affine.load %y[%i] : memref<3xf64>
    %r = arith.mulf %p, %a : f64
    %s = arith.addf %q, %r : f64
    affine.store %s, %y[%i] : memref<3xf64>
  }
  return
}
func.func private @two(%x: f64) -> (f64, f64) {
  %a = math.tanh %x : f64
  return %a, %x : f64, f64
}
func.func @f(%x: memref<3xf64> {enzyme.in}, %y: memref<3xf64>, %a: f64) -> f64 {
  %t:2 = call @two(%a) : (f64) -> (f64, f64)
  call @step(%x, %y, %t#0) : (memref<3xf64>, memref<3xf64>, f64) -> ()
  func.call @step(%y, %y, %t#1) : (memref<3xf64>, memref<3xf64>, f64) -> ()
  %r = affine.load %y[2] : memref<3xf64>
  return %r : f64
}""",
)
def calls_that_write(x, y, a):
    z = (y + x * np.tanh(a)) * (1 + a)
    return [z[2], z]


# `tensor`.


@program(
    """
func.func @f(%x: tensor<2x3xf64>, %v: f64, %i: index) -> tensor<2x3xf64> {
  %c1 = arith.constant 1 : index
  %a = tensor.extract %x[%c1, %i] : tensor<2x3xf64>
  %b = arith.mulf %a, %v : f64
  %y = tensor.insert %b into %x[%c1, %i] : tensor<2x3xf64>
  %t = tensor.collapse_shape %y [[0, 1]] : tensor<2x3xf64> into tensor<6xf64>
  %s = tensor.extract_slice %t[0] [3] [2] : tensor<6xf64> to tensor<3xf64>
  %z = tensor.insert_slice %s into %y[0, 0] [1, 3] [1, 1] : tensor<3xf64> into tensor<2x3xf64>
  return %z : tensor<2x3xf64>
}""",
    2,
)
def parts_of_a_tensor(x, v, i):
    y = x.copy()
    y[1, i] *= v
    y[0] = y.reshape(6)[::2].copy()
    return [y]


@program(
    """
func.func @f(%x: tensor<?x3xf64>) -> (tensor<?x3xf64>, tensor<3x?xf64>, index) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x3xf64>
  %e = tensor.empty(%n) : tensor<?x3xf64>
  %y = linalg.exp ins(%x : tensor<?x3xf64>) outs(%e : tensor<?x3xf64>) -> tensor<?x3xf64>
  %z = tensor.generate %n {
  ^bb0(%i: index, %j: index):
    %a = tensor.extract %y[%j, %i] : tensor<?x3xf64>
    %b = tensor.extract %x[%j, %i] : tensor<?x3xf64>
    %c = arith.mulf %a, %b : f64
    tensor.yield %c : f64
  } : tensor<3x?xf64>
  return %y, %z, %n : tensor<?x3xf64>, tensor<3x?xf64>, index
}""",
    sizes=(2,),
)
def sizes_that_are_read(x):
    return [np.exp(x), (x * np.exp(x)).T, 2]


@program(
    """
func.func @f(%x: tensor<2x2xf64>, %v: f64) -> tensor<4x5xf64> {
  %y = tensor.pad %x nofold low[1, 0] high[1, 3] {
  ^bb0(%i: index, %j: index):
    %a = arith.addi %i, %j : index
    %b = arith.index_cast %a : index to i32
    %c = arith.sitofp %b : i32 to f64
    %d = arith.mulf %c, %v : f64
    tensor.yield %d : f64
  } : tensor<2x2xf64> to tensor<4x5xf64>
  return %y : tensor<4x5xf64>
}""",
)
def padding_by_places(x, v):
    y = np.add.outer(np.arange(4), np.arange(5)) * v
    y[1:3, :2] = x
    return [y]


@program(
    """
func.func @f(%x: f64, %y: f64) -> (tensor<2x2xf64>, tensor<f64>, tensor<3xf64>) {
  %m = tensor.from_elements %x, %y, %y, %x : tensor<2x2xf64>
  %n = tensor.from_elements %x : tensor<f64>
  %s = tensor.splat %y : tensor<3xf64>
  %p = arith.mulf %s, %s : tensor<3xf64>
  return %m, %n, %p : tensor<2x2xf64>, tensor<f64>, tensor<3xf64>
}""",
)
def elements_and_splats(x, y):
    return [np.array([[x, y], [y, x]]), x, np.full(3, y * y)]


@program(
    """
func.func @f(%x: tensor<2x3xf64>, %y: tensor<2x1xf64>) -> tensor<1x2x4xf64> {
  %c = tensor.concat dim(1) %x, %y : (tensor<2x3xf64>, tensor<2x1xf64>) -> tensor<2x4xf64>
  %d = tensor.cast %c : tensor<2x4xf64> to tensor<?x4xf64>
  %e = tensor.cast %d : tensor<?x4xf64> to tensor<2x4xf64>
  %r = tensor.expand_shape %e [[0, 1], [2]] output_shape [1, 2, 4]
    : tensor<2x4xf64> into tensor<1x2x4xf64>
  return %r : tensor<1x2x4xf64>
}""",
)
def joined_and_expanded(x, y):
    return [np.concatenate([x, y], 1)[None]]


# `linalg`.


@program(
    """
func.func @f(%a: tensor<2x3x4xf64>, %b: tensor<2x4x2xf64>, %c: tensor<2x3x2xf64>)
    -> tensor<2x3x2xf64> {
  %r = linalg.batch_matmul ins(%a, %b : tensor<2x3x4xf64>, tensor<2x4x2xf64>)
    outs(%c : tensor<2x3x2xf64>) -> tensor<2x3x2xf64>
  return %r : tensor<2x3x2xf64>
}""",
)
def products_of_a_batch(a, b, c):
    return [a @ b + c]


def _windows(x, n, m, stride=1):
    """x[i * stride + k, j * stride + l] as an array [i, j, k, l]."""
    return np.lib.stride_tricks.sliding_window_view(x, (n, m), (0, 1))[::stride, ::stride]


@program(
    """
func.func @f(%x: tensor<1x5x5x2xf64>, %w: tensor<2x2x2x3xf64>, %o: tensor<1x2x2x3xf64>)
    -> tensor<1x2x2x3xf64> {
  %r = linalg.conv_2d_nhwc_hwcf
    {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%x, %w : tensor<1x5x5x2xf64>, tensor<2x2x2x3xf64>)
    outs(%o : tensor<1x2x2x3xf64>) -> tensor<1x2x2x3xf64>
  return %r : tensor<1x2x2x3xf64>
}""",
)
def strided_convolution(x, w, o):
    return [np.einsum("ijckl,klcf->ijf", _windows(x[0], 2, 2, 2), w)[None] + o]


@program(
    """
func.func @f(%x: tensor<1x4x4x2xf64>) -> (tensor<1x2x2x2xf64>, tensor<1x3x3x2xf64>) {
  %low = arith.constant 0xFFF0000000000000 : f64
  %zero = arith.constant 0.0 : f64
  %w = tensor.empty() : tensor<2x2xf64>
  %e = tensor.empty() : tensor<1x2x2x2xf64>
  %i = linalg.fill ins(%low : f64) outs(%e : tensor<1x2x2x2xf64>) -> tensor<1x2x2x2xf64>
  %a = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>}
    ins(%x, %w : tensor<1x4x4x2xf64>, tensor<2x2xf64>) outs(%i : tensor<1x2x2x2xf64>)
    -> tensor<1x2x2x2xf64>
  %g = tensor.empty() : tensor<1x3x3x2xf64>
  %j = linalg.fill ins(%zero : f64) outs(%g : tensor<1x3x3x2xf64>) -> tensor<1x3x3x2xf64>
  %b = linalg.pooling_nhwc_sum ins(%x, %w : tensor<1x4x4x2xf64>, tensor<2x2xf64>)
    outs(%j : tensor<1x3x3x2xf64>) -> tensor<1x3x3x2xf64>
  return %a, %b : tensor<1x2x2x2xf64>, tensor<1x3x3x2xf64>
}""",
)
def two_poolings(x):
    return [
        _windows(x[0], 2, 2, 2).max((3, 4))[None],
        _windows(x[0], 2, 2).sum((3, 4))[None],
    ]


@program(
    """
func.func @f(%x: tensor<3x2xf64>, %b: tensor<2xf64>) -> tensor<2xf64> {
  %e = tensor.empty() : tensor<2x3xf64>
  %t = linalg.transpose ins(%x : tensor<3x2xf64>) outs(%e : tensor<2x3xf64>) permutation = [1, 0]
  %w = linalg.broadcast ins(%b : tensor<2xf64>) outs(%e : tensor<2x3xf64>) dimensions = [1]
  %m = linalg.map { arith.mulf } ins(%t, %w : tensor<2x3xf64>, tensor<2x3xf64>)
    outs(%e : tensor<2x3xf64>)
  %o = arith.constant dense<1.0> : tensor<2xf64>
  %r = linalg.reduce ins(%m : tensor<2x3xf64>) outs(%o : tensor<2xf64>) dimensions = [1]
    (%in: f64, %out: f64) {
      %s = arith.mulf %in, %out : f64
      linalg.yield %s : f64
    }
  return %r : tensor<2xf64>
}""",
)
def products_of_a_transpose(x, b):
    return [(x.T * b[:, None]).prod(1)]


@program(
    """
#row = affine_map<(i, j) -> (i)>
#all = affine_map<(i, j) -> (i, j)>
#wrap = affine_map<(i, j) -> (j, i)>
func.func @f(%x: tensor<3x3xf64>, %s: f64) -> (tensor<3xf64>, tensor<3x3xf64>) {
  %e = tensor.empty() : tensor<3x3xf64>
  %z = arith.constant dense<0.0> : tensor<3xf64>
  %r:2 = linalg.generic {indexing_maps = [#all, #wrap, #row, #all],
      iterator_types = ["parallel", "reduction"]}
      ins(%x, %x : tensor<3x3xf64>, tensor<3x3xf64>)
      outs(%z, %e : tensor<3xf64>, tensor<3x3xf64>) {
  ^bb0(%a: f64, %b: f64, %o: f64, %p: f64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %below = arith.cmpi ule, %i, %j : index
    %c = arith.select %below, %a, %s : f64
    %d = arith.mulf %c, %b : f64
    %q = arith.addf %o, %d : f64
    linalg.yield %q, %d : f64, f64
  } -> (tensor<3xf64>, tensor<3x3xf64>)
  return %r#0, %r#1 : tensor<3xf64>, tensor<3x3xf64>
}""",
)
def generic_of_two_results(x, s):
    d = np.where(np.triu(np.ones((3, 3))) > 0, x, s) * x.T
    return [d.sum(1), d]


@program(
    """
func.func @f(%x: memref<2x3xf64>, %y: memref<3xf64>, %z: memref<2xf64>) -> f64 {
  linalg.matvec ins(%x, %y : memref<2x3xf64>, memref<3xf64>) outs(%z : memref<2xf64>)
  %v = memref.subview %x[1, 0] [1, 3] [1, 1]
    : memref<2x3xf64> to memref<3xf64, strided<[1], offset: 3>>
  linalg.add ins(%v, %y : memref<3xf64, strided<[1], offset: 3>>, memref<3xf64>)
    outs(%v : memref<3xf64, strided<[1], offset: 3>>)
  %d = memref.alloca() : memref<f64>
  %c = arith.constant 2.0 : f64
  linalg.fill ins(%c : f64) outs(%d : memref<f64>)
  linalg.dot ins(%v, %y : memref<3xf64, strided<[1], offset: 3>>, memref<3xf64>)
    outs(%d : memref<f64>)
  %r = memref.load %d[] : memref<f64>
  return %r : f64
}""",
)
def named_ops_on_views(x, y, z):
    w = x.copy()
    w[1] += y
    return [2 + w[1] @ y, w, z + x @ y]


# `arith`, `math`, `complex` and `index`.


@program(
    """
func.func @f(%x: f64, %n: i32) -> (f64, i32) {
  %c = arith.constant 7 : i32
  %s, %o = arith.addui_extended %n, %c : i32, i1
  %l, %h = arith.mului_extended %n, %c : i32
  %p, %q = arith.mulsi_extended %n, %c : i32
  %a = arith.shli %c, %c : i32
  %b = arith.shrsi %n, %c : i32
  %d = arith.shrui %n, %c : i32
  %t = arith.extui %o : i1 to i32
  %u = arith.xori %l, %h : i32
  %v = arith.subi %u, %q : i32
  %w = arith.maxsi %v, %t : i32
  %k = arith.minui %w, %s : i32
  %e = arith.addi %a, %b : i32
  %g = arith.ori %e, %d : i32
  %m = arith.andi %g, %k : i32
  %y = arith.uitofp %m : i32 to f64
  %z = arith.mulf %x, %y : f64
  return %z, %m : f64, i32
}""",
    -3,
)
def words_of_32_bits(x, n):
    n, bits = int(n), 0xFFFFFFFF
    s, o = (n + 7) & bits, ((n & bits) + 7) >> 32
    wide, signed = (n & bits) * 7, n * 7
    u = (wide & bits) ^ (wide >> 32)
    v = (u - (signed >> 32)) & bits
    k = min(max(v - (1 << 32) if v >> 31 else v, o) & bits, s)
    m = ((((7 << 7) + (n >> 7)) & bits) | ((n & bits) >> 7)) & k
    return [x * m, m]


@program(
    """
func.func @f(%x: f64, %y: f64) -> (f64, f64, f64) {
  %a = arith.maximumf %x, %y : f64
  %b = arith.minnumf %x, %y fastmath<nnan> : f64
  %c = arith.negf %b : f64
  %d = arith.remf %a, %b : f64
  %i = arith.fptosi %y : f64 to i64
  %e = arith.sitofp %i : i64 to f64
  %m = arith.cmpf une, %x, %y : f64
  %k = arith.select %m, %c, %d : f64
  %l = arith.addf %k, %e : f64
  %n = arith.subf %d, %x : f64
  %o = arith.bitcast %n : f64 to i64
  %p = arith.bitcast %o : i64 to f64
  return %a, %l, %n : f64, f64, f64
}""",
)
def floats_and_their_bits(x, y):
    a, b = max(x, y), min(x, y)
    return [a, -b + int(y), a % b - x]


MATH = (
    ("absf", abs), ("atan", np.arctan), ("cbrt", np.cbrt), ("cos", np.cos), ("cosh", np.cosh),
    ("erf", math.erf), ("exp", np.exp), ("exp2", np.exp2), ("expm1", np.expm1), ("log", np.log),
    ("log10", np.log10), ("log1p", np.log1p), ("log2", np.log2), ("rsqrt", lambda x: x**-0.5),
    ("sin", np.sin), ("sinh", np.sinh), ("sqrt", np.sqrt), ("tan", np.tan), ("tanh", np.tanh),
    ("asinh", np.arcsinh), ("erfc", math.erfc),
)  # fmt: skip
INNER = (
    ("acos", np.arccos), ("asin", np.arcsin), ("atanh", np.arctanh), ("ceil", np.ceil),
    ("floor", np.floor), ("round", np.rint), ("roundeven", np.rint), ("trunc", np.trunc),
)  # fmt: skip


def _sum_of(functions, argument):
    lines = []
    for k, (name, _) in enumerate(functions):
        lines.append(f"  %v{k} = math.{name} {argument} : f64")
        lines.append(f"  %s{k + 1} = arith.addf %s{k}, %v{k} : f64")
    return "\n".join(lines)


@program(
    f"""
func.func @f(%x: f64) -> f64 {{
  %s0 = arith.constant 0.0 : f64
{_sum_of(MATH, "%x")}
  return %s{len(MATH)} : f64
}}""",
)
def functions_of_positive_numbers(x):
    return [sum(g(x) for _, g in MATH)]


@program(
    f"""
func.func @f(%y: f64) -> f64 {{
  %c = arith.constant 3.0 : f64
  %s0 = arith.constant 0.0 : f64
  %x = arith.divf %y, %c : f64
{_sum_of(INNER, "%x")}
  return %s{len(INNER)} : f64
}}""",
)
def functions_between_0_and_1(y):
    return [sum(g(y / 3) for _, g in INNER)]


@program(
    """
func.func @f(%x: f64, %y: f64, %n: i32) -> f64 {
  %a = math.powf %x, %y : f64
  %b = math.atan2 %a, %x : f64
  %c = math.fma %a, %b, %y : f64
  %d = math.copysign %c, %y : f64
  %e = math.fpowi %d, %n : f64, i32
  %i = math.ctlz %n : i32
  %j = math.cttz %n : i32
  %k = math.ctpop %n : i32
  %l = math.absi %n : i32
  %m = math.ipowi %n, %n : i32
  %p = arith.muli %i, %j : i32
  %q = arith.addi %p, %k : i32
  %r = arith.addi %q, %l : i32
  %s = arith.addi %r, %m : i32
  %t = arith.sitofp %s : i32 to f64
  %u = arith.mulf %t, %e : f64
  return %u : f64
}""",
    6,
)
def functions_of_several_numbers(x, y, n):
    a = x**y
    return [(a * np.arctan2(a, x) + y) ** 6 * (29 * 1 + 2 + 6 + 6**6)]


@program(
    """
func.func @f(%x: f64, %y: f64) -> (f64, f64) {
  %z = complex.create %x, %y : complex<f64>
  %one = complex.constant [1.0, 0.0] : complex<f64>
  %a = complex.exp %z : complex<f64>
  %b = complex.div %one, %a : complex<f64>
  %c = complex.conj %b : complex<f64>
  %d = complex.sqrt %c : complex<f64>
  %e = complex.abs %d : complex<f64>
  %g = complex.mul %d, %z fastmath<fast> : complex<f64>
  %h = complex.im %g : complex<f64>
  %k = complex.neq %z, %one : complex<f64>
  %r = arith.select %k, %h, %x : f64
  return %e, %r : f64, f64
}""",
)
def functions_of_complex_numbers(x, y):
    z = complex(x, y)
    d = np.sqrt(np.conj(1 / np.exp(z)))
    return [abs(d), (d * z).imag]


@program(
    """
func.func @f(%x: tensor<6xf64>, %n: index) -> f64 {
  %c2 = index.constant 2
  %true = index.bool.constant true
  %a = index.add %n, %c2
  %b = index.mul %a, %c2
  %c = index.divs %b, %n
  %d = index.remu %b, %n
  %e = index.maxs %c, %d
  %g = index.sub %e, %c2
  %h = index.ceildivs %g, %c2
  %i = index.floordivs %g, %c2
  %j = index.shl %i, %h
  %k = index.and %j, %a
  %m = index.cmp slt(%k, %n)
  %l = arith.select %m, %k, %c2 : index
  %w = index.casts %l : index to i32
  %u = index.castu %w : i32 to index
  %p = tensor.extract %x[%u] : tensor<6xf64>
  %q = tensor.extract %x[%c] : tensor<6xf64>
  %r = arith.mulf %p, %q : f64
  return %r : f64
}""",
    3,
)
def indices_of_the_index_dialect(x, n):
    a = n + 2
    b = a * 2
    c, d = b // n, b % n
    g = max(c, d) - 2
    k = ((g // 2) << -(-g // 2)) & a
    return [x[k if k < n else 2] * x[c]]


# `vector`.


@program(
    """
func.func @f(%x: memref<8xf64>, %y: memref<8xf64>, %a: f64) {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %v = vector.broadcast %a : f64 to vector<4xf64>
  scf.for %i = %c0 to %c8 step %c4 {
    %p = vector.transfer_read %x[%i], %zero {in_bounds = [true]} : memref<8xf64>, vector<4xf64>
    %q = vector.load %y[%i] : memref<8xf64>, vector<4xf64>
    %r = vector.fma %p, %v, %q : vector<4xf64>
    %s = math.sin %r : vector<4xf64>
    vector.transfer_write %s, %y[%i] {in_bounds = [true]} : vector<4xf64>, memref<8xf64>
  }
  return
}""",
)
def saxpy_in_vectors(x, y, a):
    return [np.sin(a * x + y)]


@program(
    """
func.func @f(%x: tensor<2x3xf64>, %y: tensor<2x3xf64>) -> (f64, f64) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f64
  %v = vector.transfer_read %x[%c0, %c0], %zero : tensor<2x3xf64>, vector<2x3xf64>
  %w = vector.transfer_read %y[%c0, %c0], %zero : tensor<2x3xf64>, vector<2x3xf64>
  %acc = arith.constant dense<1.0> : vector<2x2xf64>
  %p = vector.contract {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (j, k)>,
                       affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>}
      %v, %w, %acc : vector<2x3xf64>, vector<2x3xf64> into vector<2x2xf64>
  %init = arith.constant dense<[2.0, 3.0]> : vector<2xf64>
  %m = vector.multi_reduction <mul>, %p, %init [1] : vector<2x2xf64> to vector<2xf64>
  %r = vector.reduction <add>, %m : vector<2xf64> into f64
  %s = vector.reduction <maximumf>, %m, %r : vector<2xf64> into f64
  return %r, %s : f64, f64
}""",
)
def contraction_of_vectors(x, y):
    m = (x @ y.T + 1).prod(1) * [2, 3]
    return [m.sum(), max(m.sum(), m.max())]


@program(
    """
func.func @f(%x: vector<4xf64>, %a: f64, %i: index) -> (vector<2x2xf64>, f64) {
  %s = vector.splat %a : vector<4xf64>
  %p = vector.extract %x[1] : f64 from vector<4xf64>
  %q = vector.insert %p, %s[3] : f64 into vector<4xf64>
  %r = arith.mulf %q, %x : vector<4xf64>
  %t = vector.shape_cast %r : vector<4xf64> to vector<2x2xf64>
  %u = vector.transpose %t, [1, 0] : vector<2x2xf64> to vector<2x2xf64>
  %row = vector.extract %u[1] : vector<2xf64> from vector<2x2xf64>
  %w = vector.insert %row, %u[0] : vector<2xf64> into vector<2x2xf64>
  %d = vector.extractelement %x[%i : index] : vector<4xf64>
  %e = vector.extract_strided_slice %r {offsets = [1], sizes = [2], strides = [1]}
    : vector<4xf64> to vector<2xf64>
  %g = vector.shuffle %e, %x [0, 5, 1] : vector<2xf64>, vector<4xf64>
  %h = vector.reduction <mul>, %g : vector<3xf64> into f64
  %k = arith.addf %h, %d : f64
  return %w, %k : vector<2x2xf64>, f64
}""",
    2,
)
def parts_of_vectors(x, a, i):
    r = np.array([a, a, a, x[1]]) * x
    t = r.reshape(2, 2).T.copy()
    t[0] = t[1]
    return [t, r[1] * x[3] * r[2] + x[i]]


@program(
    """
func.func @f(%x: memref<5xf64>, %n: index) -> f64 {
  %one = arith.constant 1.0 : f64
  %c2 = arith.constant 2 : index
  %v = vector.transfer_read %x[%c2], %one : memref<5xf64>, vector<4xf64>
  %m = vector.create_mask %n : vector<4xi1>
  %rest = arith.constant dense<2.0> : vector<4xf64>
  %w = arith.select %m, %v, %rest : vector<4xi1>, vector<4xf64>
  %r = vector.reduction <mul>, %w : vector<4xf64> into f64
  %c3 = arith.constant 3 : index
  vector.transfer_write %w, %x[%c3] : vector<4xf64>, memref<5xf64>
  return %r : f64
}""",
    2,
)
def reads_past_the_end(x, n):
    w = np.array([x[2], x[3], 2.0, 2.0])
    y = x.copy()
    y[3:] = w[:2]
    return [w.prod(), y]


@program(
    """
func.func @f(%x: vector<2xf64>, %y: vector<3xf64>, %acc: vector<2x3xf64>) -> vector<2x3xf64> {
  %r = vector.outerproduct %x, %y, %acc {kind = #vector.kind<add>} : vector<2xf64>, vector<3xf64>
  %b = vector.broadcast %y : vector<3xf64> to vector<2x3xf64>
  %s = arith.addf %r, %b : vector<2x3xf64>
  %c = vector.step : vector<3xindex>
  %i = arith.index_cast %c : vector<3xindex> to vector<3xi64>
  %f = arith.sitofp %i : vector<3xi64> to vector<3xf64>
  %g = vector.broadcast %f : vector<3xf64> to vector<2x3xf64>
  %t = arith.mulf %s, %g : vector<2x3xf64>
  return %t : vector<2x3xf64>
}""",
)
def outer_product_of_vectors(x, y, acc):
    return [(np.outer(x, y) + acc + y) * np.arange(3)]


# Programs of several dialects.


@program(
    """
func.func @f(%x: memref<?xf64>, %w: memref<?xf64>, %out: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf64>
  %m = memref.dim %w, %c0 : memref<?xf64>
  affine.for %i = 0 to affine_map<(n)[m] -> (n - m + 1)>(%n)[%m] {
    affine.for %j = 0 to %m {
      %a = affine.load %x[%i + %j] : memref<?xf64>
      %b = affine.load %w[%j] : memref<?xf64>
      %p = arith.mulf %a, %b : f64
      %s = affine.load %out[%i] : memref<?xf64>
      %t = arith.addf %s, %p : f64
      affine.store %t, %out[%i] : memref<?xf64>
    }
  }
  return
}""",
    sizes=(6, 3, 4),
)
def convolution_by_loops(x, w, out):
    return [out + np.correlate(x, w, "valid")]


@program(
    """
func.func @f(%x: memref<4x4xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f64
  scf.for %k = %c0 to %c4 step %c1 {
    %k1 = arith.addi %k, %c1 : index
    %d = memref.load %x[%k, %k] : memref<4x4xf64>
    scf.for %i = %k1 to %c4 step %c1 {
      %a = memref.load %x[%i, %k] : memref<4x4xf64>
      %l = arith.divf %a, %d : f64
      memref.store %l, %x[%i, %k] : memref<4x4xf64>
      scf.for %j = %k1 to %c4 step %c1 {
        %u = memref.load %x[%k, %j] : memref<4x4xf64>
        %v = memref.load %x[%i, %j] : memref<4x4xf64>
        %p = arith.mulf %l, %u : f64
        %w = arith.subf %v, %p : f64
        memref.store %w, %x[%i, %j] : memref<4x4xf64>
      }
    }
  }
  %r = scf.for %k = %c0 to %c4 step %c1 iter_args(%p = %one) -> f64 {
    %d = memref.load %x[%k, %k] : memref<4x4xf64>
    %q = arith.mulf %p, %d : f64
    scf.yield %q : f64
  }
  return %r : f64
}""",
)
def determinant_by_elimination(x):
    y = x.copy()
    for k in range(4):
        y[k + 1 :, k] /= y[k, k]
        y[k + 1 :, k + 1 :] -= np.outer(y[k + 1 :, k], y[k, k + 1 :])
    return [np.linalg.det(x), y]


@program(
    """
func.func @f(%x: memref<5xf64>, %n: index) -> memref<5xf64> {
  %a = memref.alloc() : memref<5xf64>
  linalg.copy ins(%x : memref<5xf64>) outs(%a : memref<5xf64>)
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.while (%i = %c0, %m = %a) : (index, memref<5xf64>) -> (index, memref<5xf64>) {
    %go = arith.cmpi ult, %i, %n : index
    scf.condition(%go) %i, %m : index, memref<5xf64>
  } do {
  ^bb0(%i: index, %m: memref<5xf64>):
    %j = arith.addi %i, %c1 : index
    %p = memref.load %m[%i] : memref<5xf64>
    %q = memref.load %m[%j] : memref<5xf64>
    %s = arith.mulf %p, %q : f64
    memref.store %s, %m[%j] : memref<5xf64>
    scf.yield %j, %m : index, memref<5xf64>
  }
  return %r#1 : memref<5xf64>
}""",
    3,
)
def memory_that_a_loop_carries(x, n):
    y = x.copy()
    for i in range(n):
        y[i + 1] *= y[i]
    return [y]


@program(
    """
func.func @f(%x: memref<6xf64>, %k: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %zero = arith.constant 0.0 : f64
  cf.br ^outer(%c0, %zero : index, f64)
^outer(%i: index, %s: f64):
  %more = arith.cmpi ult, %i, %c6 : index
  cf.cond_br %more, ^inner(%c0, %s : index, f64), ^end
^inner(%j: index, %t: f64):
  %a = memref.load %x[%i] : memref<6xf64>
  %b = memref.load %x[%j] : memref<6xf64>
  %p = arith.mulf %a, %b : f64
  %u = arith.addf %t, %p : f64
  %j1 = arith.addi %j, %c1 : index
  %again = arith.cmpi ule, %j1, %i : index
  cf.cond_br %again, ^inner(%j1, %u : index, f64), ^next
^next:
  %i1 = arith.addi %i, %k : index
  cf.br ^outer(%i1, %u : index, f64)
^end:
  return %s : f64
}""",
    2,
)
def triangle_of_blocks(x, k):
    return [sum(x[i] * x[j] for i in range(0, 6, k) for j in range(i + 1))]


@program(
    """
func.func private @norm(%x: tensor<3xf64>) -> f64 {
  %zero = arith.constant dense<0.0> : tensor<f64>
  %r = linalg.dot ins(%x, %x : tensor<3xf64>, tensor<3xf64>) outs(%zero : tensor<f64>)
    -> tensor<f64>
  %s = tensor.extract %r[] : tensor<f64>
  return %s : f64
}
func.func @f(%x: tensor<2x3xf64>) -> tensor<2xf64> {
  %y = tensor.generate {
  ^bb0(%i: index):
    %row = tensor.extract_slice %x[%i, 0] [1, 3] [1, 1] : tensor<2x3xf64> to tensor<3xf64>
    %n = func.call @norm(%row) : (tensor<3xf64>) -> f64
    %s = math.sqrt %n : f64
    tensor.yield %s : f64
  } : tensor<2xf64>
  return %y : tensor<2xf64>
}""",
)
def calls_in_a_generate(x):
    return [np.sqrt((x**2).sum(1))]


@program(
    """
func.func @f(%x: tensor<2x6xf64>, %w: tensor<2x3xf64>) -> tensor<2x4xf64> {
  %e = arith.constant dense<0.5> : tensor<2x4xf64>
  %r = linalg.generic {
      indexing_maps = [affine_map<(b, i, k) -> (b, i + k)>, affine_map<(b, i, k) -> (b, k)>,
                       affine_map<(b, i, k) -> (b, i)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<2x6xf64>, tensor<2x3xf64>) outs(%e : tensor<2x4xf64>) {
  ^bb0(%a: f64, %b: f64, %o: f64):
    %d = arith.subf %a, %b : f64
    %q = arith.mulf %d, %d : f64
    %m = arith.minimumf %q, %o : f64
    linalg.yield %m : f64
  } -> tensor<2x4xf64>
  return %r : tensor<2x4xf64>
}""",
)
def least_distances_of_windows(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, 3, 1)
    return [np.minimum(((windows - w[:, None]) ** 2).min(2), 0.5)]


@program(
    """
func.func @f(%a: tensor<2x3xf64>, %b: tensor<3xf64>, %c: tensor<2xf64>, %d: tensor<2x3xf64>)
    -> (tensor<2xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<2xf64>) {
  %e = arith.constant dense<0.0> : tensor<2xf64>
  %g = arith.constant dense<0.0> : tensor<3xf64>
  %h = arith.constant dense<1.0> : tensor<3x3xf64>
  %p = linalg.matvec ins(%a, %b : tensor<2x3xf64>, tensor<3xf64>) outs(%e : tensor<2xf64>)
    -> tensor<2xf64>
  %q = linalg.vecmat ins(%c, %a : tensor<2xf64>, tensor<2x3xf64>) outs(%g : tensor<3xf64>)
    -> tensor<3xf64>
  %r = linalg.matmul_transpose_a ins(%a, %d : tensor<2x3xf64>, tensor<2x3xf64>)
    outs(%h : tensor<3x3xf64>) -> tensor<3x3xf64>
  %s = linalg.reduce { arith.maximumf } ins(%d : tensor<2x3xf64>) outs(%e : tensor<2xf64>)
    dimensions = [1]
  return %p, %q, %r, %s : tensor<2xf64>, tensor<3xf64>, tensor<3x3xf64>, tensor<2xf64>
}""",
)
def four_named_products(a, b, c, d):
    return [a @ b, c @ a, a.T @ d + 1, d.max(1)]


@program(
    """
func.func @f(%x: tensor<1x2x5xf64>, %w: tensor<3x2x2xf64>, %v: tensor<1x4x2xf64>,
             %u: tensor<2x2xf64>) -> (tensor<1x3x2xf64>, tensor<1x3x2xf64>) {
  %e = arith.constant dense<0.0> : tensor<1x3x2xf64>
  %a = linalg.conv_1d_ncw_fcw
    {dilations = dense<3> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>}
    ins(%x, %w : tensor<1x2x5xf64>, tensor<3x2x2xf64>) outs(%e : tensor<1x3x2xf64>)
    -> tensor<1x3x2xf64>
  %b = linalg.depthwise_conv_1d_nwc_wc
    ins(%v, %u : tensor<1x4x2xf64>, tensor<2x2xf64>) outs(%e : tensor<1x3x2xf64>)
    -> tensor<1x3x2xf64>
  return %a, %b : tensor<1x3x2xf64>, tensor<1x3x2xf64>
}""",
)
def convolutions_of_rows(x, w, v, u):
    a = np.stack([np.einsum("ck,fck->f", x[0][:, i : i + 4 : 3], w) for i in range(2)], 1)
    b = np.stack([(v[0, i : i + 2] * u).sum(0) for i in range(3)])
    return [a[None], b[None]]


@program(
    """
func.func @f(%x: tensor<4xf64>, %y: tensor<2x2xf64>) -> tensor<4xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c2 = arith.constant 2 : index
  %r = scf.for %i = %c0 to %c4 step %c2 iter_args(%t = %x) -> (tensor<4xf64>) {
    %s = tensor.extract_slice %t[%i] [2] [1] : tensor<4xf64> to tensor<2xf64>
    %u = linalg.matvec ins(%y, %s : tensor<2x2xf64>, tensor<2xf64>) outs(%s : tensor<2xf64>)
      -> tensor<2xf64>
    %v = tensor.insert_slice %u into %t[%i] [2] [1] : tensor<2xf64> into tensor<4xf64>
    scf.yield %v : tensor<4xf64>
  }
  return %r : tensor<4xf64>
}""",
)
def tiles_of_a_loop(x, y):
    return [np.concatenate([x[:2] + y @ x[:2], x[2:] + y @ x[2:]])]


@program(
    """
func.func @f(%x: memref<3xf64>, %c: i1) -> f64 {
  %zero = arith.constant 0.0 : f64
  %r = affine.for %i = 0 to 3 iter_args(%s = %zero) -> (f64) {
    %a = affine.load %x[%i] : memref<3xf64>
    %v = scf.if %c -> (f64) {
      %k = affine.apply affine_map<(d0) -> (2 - d0)>(%i)
      %b = memref.load %x[%k] : memref<3xf64>
      affine.store %a, %x[-%i + 2] : memref<3xf64>
      scf.yield %b : f64
    } else {
      scf.yield %a : f64
    }
    %p = arith.mulf %a, %v : f64
    %t = arith.addf %s, %p : f64
    affine.yield %t : f64
  }
  return %r : f64
}""",
    1,
)
def stores_in_a_branch_of_a_loop(x, c):
    y, total = x.copy(), 0.0
    for i in range(3):
        total += y[i] * y[2 - i]
        y[2 - i] = y[i]
    return [total, y]


@program(
    """
func.func @f(%x: memref<2x8xf64>, %y: memref<2xf64>) {
  %zero = arith.constant dense<0.0> : vector<4xf64>
  affine.for %i = 0 to 2 {
    %s = affine.for %j = 0 to 8 step 4 iter_args(%t = %zero) -> (vector<4xf64>) {
      %v = affine.vector_load %x[%i, %j] : memref<2x8xf64>, vector<4xf64>
      %p = arith.mulf %v, %v : vector<4xf64>
      %u = arith.addf %t, %p : vector<4xf64>
      affine.yield %u : vector<4xf64>
    }
    %r = vector.reduction <add>, %s : vector<4xf64> into f64
    affine.store %r, %y[%i] : memref<2xf64>
  }
  return
}""",
)
def sums_of_squares_in_vectors(x, y):
    return [(x**2).sum(1)]


@program(
    """
func.func @f(%x: memref<4x4xf64>, %n: index) -> vector<4xf64> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  %m = vector.constant_mask [3] : vector<4xi1>
  %a = vector.transfer_read %x[%c1, %n], %zero, %m
    {permutation_map = affine_map<(i, j) -> (i)>} : memref<4x4xf64>, vector<4xf64>
  %b = vector.transfer_read %x[%n, %c1], %zero
    {permutation_map = affine_map<(i, j) -> (j, 0)>} : memref<4x4xf64>, vector<4x2xf64>
  %d = vector.multi_reduction <maxnumf>, %b, %a [1] : vector<4x2xf64> to vector<4xf64>
  vector.transfer_write %d, %x[%n, %c1], %m : vector<4xf64>, memref<4x4xf64>
  return %d : vector<4xf64>
}""",
    2,
)
def masks_and_orders_of_vectors(x, n):
    a, b = np.zeros(4), np.zeros(4)
    a[:3], b[:3] = x[1:4, n], x[n, 1:4]
    d, y = np.maximum(a, b), x.copy()
    y[n, 1:4] = d[:3]
    return [d, y]


@program(
    """
func.func @f(%x: f64, %y: f64) -> (f64, vector<4xf64>) {
  %a = vector.from_elements %x, %y : vector<2xf64>
  %b = vector.interleave %a, %a : vector<2xf64> -> vector<4xf64>
  %p, %q = vector.to_elements %a : vector<2xf64>
  %r = arith.mulf %p, %q : f64
  %c = arith.constant 1 : index
  %d = vector.insertelement %r, %b[%c : index] : vector<4xf64>
  %e = vector.insert_strided_slice %a, %d {offsets = [2], strides = [1]}
    : vector<2xf64> into vector<4xf64>
  %z = arith.constant dense<1.2> : vector<4xf64>
  %m = arith.cmpf ogt, %e, %z : vector<4xf64>
  %s = arith.select %m, %e, %z : vector<4xi1>, vector<4xf64>
  %t = vector.broadcast %c : index to vector<4xindex>
  return %r, %s : f64, vector<4xf64>
}""",
)
def elements_of_vectors(x, y):
    return [x * y, np.maximum([x, x * y, x, y], 1.2)]


# Tiles, linear indices, and updates by a region.


@program(
    """
func.func @f(%x: tensor<5x6xf64>, %v: f64) -> tensor<3x3x2x2xf64> {
  %e = tensor.empty() : tensor<3x3x2x2xf64>
  %y = linalg.pack %x padding_value(%v : f64) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1]
    inner_tiles = [2, 2] into %e : tensor<5x6xf64> -> tensor<3x3x2x2xf64>
  return %y : tensor<3x3x2x2xf64>
}"""
)
def tiles_that_are_padded(x, v):
    whole = np.full((6, 6), v, x.dtype)
    whole[:5] = x
    return [whole.reshape(3, 2, 3, 2).transpose(2, 0, 1, 3)]


@program(
    """
func.func @f(%x: tensor<4x3x5x3xf64>) -> tensor<7x4x5xf64> {
  %e = tensor.empty() : tensor<7x4x5xf64>
  %y = linalg.unpack %x outer_dims_perm = [1, 0, 2] inner_dims_pos = [0] inner_tiles = [3]
    into %e : tensor<4x3x5x3xf64> -> tensor<7x4x5xf64>
  return %y : tensor<7x4x5xf64>
}"""
)
def tiles_put_together(x):
    return [x.transpose(1, 3, 0, 2).reshape(9, 4, 5)[:7]]


@program(
    """
func.func @f(%x: memref<12xf64>, %n: index) -> f64 {
  %zero = arith.constant 0.0 : f64
  %s = affine.for %k = 0 to 12 iter_args(%a = %zero) -> (f64) {
    %at:3 = affine.delinearize_index %k into (2, %n, 3) : index, index, index
    %t = affine.linearize_index [%at#2, %at#0, %at#1] by (3, 2, %n) : index
    %v = memref.load %x[%t] : memref<12xf64>
    %i = arith.index_cast %k : index to i64
    %f = arith.sitofp %i : i64 to f64
    %p = arith.mulf %v, %f : f64
    %b = arith.addf %a, %p : f64
    affine.yield %b : f64
  }
  return %s : f64
}""",
    2,
)
def linear_indices(x, n):
    k = np.arange(12).reshape(2, n, 3)
    return [np.sum(x * k.transpose(2, 0, 1).reshape(-1))]


@program(
    """
func.func @f(%x: memref<4xf64>, %i: index) -> f64 {
  %r = memref.generic_atomic_rmw %x[%i] : memref<4xf64> {
  ^bb0(%old: f64):
    %s = math.sin %old : f64
    memref.atomic_yield %s : f64
  }
  return %r : f64
}""",
    2,
)
def update_by_a_region(x, i):
    y = x.copy()
    y[i] = np.sin(x[i])
    return [x[i], y]


@program(
    """
func.func @f(%x: tensor<4xf64>) -> f64 {
  %c5 = arith.constant 5 : index
  %zero = arith.constant 0.0 : f64
  %m = memref.alloc() : memref<4xf64>
  bufferization.materialize_in_destination %x in writable %m : (tensor<4xf64>, memref<4xf64>) -> ()
  %n = arith.constant 6 : index
  %l = memref.realloc %m(%n) : memref<4xf64> to memref<?xf64>
  affine.store %zero, %l[0] : memref<?xf64>
  memref.store %zero, %l[%c5] : memref<?xf64>
  %a = affine.load %l[3] : memref<?xf64>
  %b = affine.load %l[0] : memref<?xf64>
  %c = arith.mulf %a, %a : f64
  %s = arith.addf %b, %c : f64
  return %s : f64
}"""
)
def memory_of_another_size(x):
    return [x[3] * x[3]]


@program(
    """
func.func @f(%x: tensor<3x4xf32>, %y: tensor<4x2xf32>, %z: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %r = linalg.matmul ins(%x, %y : tensor<3x4xf32>, tensor<4x2xf32>) outs(%z : tensor<3x2xf64>)
    -> tensor<3x2xf64>
  return %r : tensor<3x2xf64>
}"""
)
def product_of_narrower_elements(x, y, z):
    return [x.astype(np.float64) @ y.astype(np.float64) + z]


@program(
    """
#maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>]
#trait = {indexing_maps = #maps, iterator_types = ["parallel", "parallel"], doc = "a transpose"}
func.func @f(%x: memref<2 x 3 x f64>, %y: memref<3x2xf64>) {
  linalg.generic #trait ins(%x : memref<2x3xf64>) outs(%y : memref<3x2xf64>) {
  ^bb0(%a: f64, %b: f64):
    %c = arith.mulf %a, %a : f64
    linalg.yield %c : f64
  }
  return
}"""
)
def generic_with_a_trait(x, y):
    return [(x * x).T]


@program(
    """
func.func @f(%x: f64, %n: i32) -> f64 {
  %c2 = arith.constant 2 : i32
  %half = arith.constant 1.5 : f64
  %a = arith.divsi %n, %c2 exact : i32
  %b = arith.shrui %n, %c2 exact : i32
  %c = arith.trunci %a overflow<nsw> : i32 to i8
  %d = arith.extui %c nneg : i8 to i64
  %e = arith.uitofp %d nneg : i64 to f64
  %g = arith.truncf %half to_nearest_even fastmath<contract> : f64 to f32
  %h = arith.extf %g fastmath<fast> : f32 to f64
  %i = arith.sitofp %b : i32 to f64
  %o = arith.mulf %h, %x : f64
  %p = arith.mulf %o, %e : f64
  %q = arith.addf %p, %i : f64
  return %q : f64
}""",
    8,
)
def ops_with_flags(x, n):
    return [1.5 * x * (n // 2) + n // 4]
