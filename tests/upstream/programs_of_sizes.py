"""
Programs whose sizes follow from integers among the arguments, or from counters of loops, and
    those
that ask memory for its sizes and strides.
"""

from __future__ import annotations

import numpy as np

from .programs import program


@program(
    """
func.func @f(%x: f64, %n: index, %k: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloc(%n, %k) : memref<?x?xf64>
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %d = memref.dim %m, %c1 : memref<?x?xf64>
      %a = arith.muli %i, %d : index
      %b = arith.addi %a, %j : index
      %ki = arith.index_cast %b : index to i64
      %kf = arith.sitofp %ki : i64 to f64
      %v = arith.mulf %x, %kf : f64
      memref.store %v, %m[%i, %j] : memref<?x?xf64>
    }
  }
  %z = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> (f64) {
    %v = memref.load %m[%i, %c1] : memref<?x?xf64>
    %w = math.exp %v : f64
    %t = arith.addf %s, %w : f64
    scf.yield %t : f64
  }
  memref.dealloc %m : memref<?x?xf64>
  return %r : f64
}""",
    sizes=(3, 2),
)
def matrix_of_asked_sizes(x):
    i, j = np.indices((3, 2))
    return [np.sum(np.exp(x * (i * 2 + j))[:, 1])]


@program(
    """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f64
  %r = scf.for %k = %c1 to %n step %c1 iter_args(%s = %z) -> (f64) {
    %m = memref.alloc(%k) : memref<?xf64>
    scf.for %i = %c0 to %k step %c1 {
      memref.store %x, %m[%i] : memref<?xf64>
    }
    %q = scf.for %i = %c0 to %k step %c1 iter_args(%t = %s) -> (f64) {
      %v = memref.load %m[%i] : memref<?xf64>
      %w = arith.mulf %v, %v : f64
      %u = arith.addf %t, %w : f64
      scf.yield %u : f64
    }
    memref.dealloc %m : memref<?xf64>
    scf.yield %q : f64
  }
  return %r : f64
}""",
    sizes=(4,),
)
def memory_as_large_as_the_counter(x):
    return [(1 + 2 + 3) * x * x]


@program(
    """
func.func @f(%x: f64, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = memref.alloc(%n) {alignment = 64 : i64} : memref<?xf64>
  %idx = memref.alloc(%n) : memref<?xindex>
  scf.for %i = %c0 to %n step %c1 {
    %j = arith.subi %n, %i : index
    %k = arith.subi %j, %c1 : index
    memref.store %k, %idx[%i] : memref<?xindex>
    memref.store %x, %m[%i] : memref<?xf64>
  }
  scf.for %i = %c0 to %n step %c1 {
    %k = memref.load %idx[%i] : memref<?xindex>
    %v = memref.load %m[%k] : memref<?xf64>
    %a = memref.load %m[%i] : memref<?xf64>
    %w = arith.mulf %v, %a : f64
    memref.store %w, %m[%i] : memref<?xf64>
  }
  %r = memref.load %m[%c0] : memref<?xf64>
  %l = arith.subi %n, %c1 : index
  %q = memref.load %m[%l] : memref<?xf64>
  %s = arith.addf %r, %q : f64
  return %s : f64
}""",
    sizes=(4,),
)
def memory_of_places(x):
    m = np.full(4, x)
    for i in range(4):
        m[i] = m[3 - i] * m[i]
    return [m[0] + m[-1]]


@program(
    """
func.func @f(%x: memref<?x?xf64>, %i: index, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %row = memref.subview %x[%i, 0] [1, %n] [1, 1] : memref<?x?xf64>
    to memref<?xf64, strided<[1], offset: ?>>
  %z = arith.constant 0.0 : f64
  %r = scf.for %j = %c0 to %n step %c1 iter_args(%s = %z) -> (f64) {
    %v = memref.load %row[%j] : memref<?xf64, strided<[1], offset: ?>>
    %w = arith.mulf %v, %v : f64
    memref.store %w, %row[%j] : memref<?xf64, strided<[1], offset: ?>>
    %t = arith.addf %s, %w : f64
    scf.yield %t : f64
  }
  return %r : f64
}""",
    1,
    sizes=(3, 4, 4),
)
def a_row_of_asked_length(x, i):
    x = x.copy()
    x[i] = x[i] ** 2
    return [np.sum(x[i]), x]


@program(
    """
func.func @f(%x: tensor<4xf64>, %m: index) -> tensor<?x4xf64> {
  %r = tensor.generate %m {
  ^bb0(%i: index, %j: index):
    %a = tensor.extract %x[%j] : tensor<4xf64>
    %k = arith.index_cast %i : index to i32
    %kf = arith.sitofp %k : i32 to f64
    %p = math.powf %a, %kf : f64
    tensor.yield %p : f64
  } : tensor<?x4xf64>
  return %r : tensor<?x4xf64>
}""",
    sizes=(3,),
)
def rows_of_powers(x):
    return [x ** np.arange(3)[:, None]]


@program(
    """
func.func @f(%x: memref<4x6xf64>) -> f64 {
  %base, %off, %sizes:2, %strides:2 = memref.extract_strided_metadata %x : memref<4x6xf64>
    -> memref<f64>, index, index, index, index, index
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.muli %sizes#0, %sizes#1 : index
  %flat = memref.reinterpret_cast %base to offset: [0], sizes: [24], strides: [1]
    : memref<f64> to memref<24xf64>
  %z = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> (f64) {
    %v = memref.load %flat[%i] : memref<24xf64>
    %w = arith.mulf %v, %v : f64
    %t = arith.addf %s, %w : f64
    scf.yield %t : f64
  }
  return %r : f64
}""",
)
def memory_as_a_row(x):
    return [np.sum(x * x)]


@program(
    """
func.func @f(%x: memref<?x?xf64>, %i0: index) -> f64 {
  %sv = memref.subview %x[1, %i0] [2, 2] [1, 2] : memref<?x?xf64>
    to memref<2x2xf64, strided<[?, 2], offset: ?>>
  %base, %off, %sizes:2, %strides:2 = memref.extract_strided_metadata %sv
    : memref<2x2xf64, strided<[?, 2], offset: ?>>
    -> memref<f64>, index, index, index, index, index
  %flat = memref.reinterpret_cast %base to offset: [%off], sizes: [%sizes#0, %sizes#1],
    strides: [%strides#0, %strides#1] : memref<f64> to memref<?x?xf64, strided<[?, ?], offset: ?>>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.load %flat[%c1, %c1] : memref<?x?xf64, strided<[?, ?], offset: ?>>
  %b = memref.load %flat[%c0, %c1] : memref<?x?xf64, strided<[?, ?], offset: ?>>
  %r = arith.mulf %a, %b : f64
  return %r : f64
}""",
    1,
    sizes=(4, 5),
)
def strides_of_a_part(x, i):
    return [x[2, i + 2] * x[1, i + 2]]


@program(
    """
func.func @f(%x: memref<3x4xf64>, %v: f64) {
  %base, %off, %sizes:2, %strides:2 = memref.extract_strided_metadata %x : memref<3x4xf64>
    -> memref<f64>, index, index, index, index, index
  %e = math.exp %v : f64
  memref.store %e, %base[] : memref<f64>
  return
}""",
)
def the_first_element(x, v):
    x = x.copy()
    x[0, 0] = np.exp(v)
    return [x]


@program(
    """
func.func @f(%x: tensor<7x6xf64>, %d: tensor<3x4x2x2xf64>, %z: f64) -> tensor<3x4x2x2xf64> {
  %p = tensor.pack %x padding_value(%z
    : f64) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 2] into %d
    : tensor<7x6xf64> -> tensor<3x4x2x2xf64>
  %m = arith.mulf %p, %p : tensor<3x4x2x2xf64>
  return %m : tensor<3x4x2x2xf64>
}""",
)
def tiles_by_their_older_name(x, d, z):
    whole = np.full((8, 6), z)
    whole[:7] = x
    return [whole.reshape(4, 2, 3, 2).transpose(2, 0, 1, 3) ** 2]


@program(
    """
func.func @f(%x: tensor<4x3x2x2xf64>, %d: tensor<7x6xf64>) -> tensor<7x6xf64> {
  %p = tensor.unpack %x inner_dims_pos = [0, 1] inner_tiles = [2, 2] into %d
    : tensor<4x3x2x2xf64> -> tensor<7x6xf64>
  %m = arith.mulf %p, %p : tensor<7x6xf64>
  return %m : tensor<7x6xf64>
}""",
)
def tiles_put_together_by_their_older_name(x, d):
    return [x.transpose(0, 2, 1, 3).reshape(8, 6)[:7] ** 2]
