"""
Programs of `vector` with masks and with places in memory, of memory whose elements are vectors, of
maps that multiply by a symbol, and of casts of bits and of ranks.
"""

from __future__ import annotations

import numpy as np

from .programs import program


@program(
    """
func.func @f(%x: memref<8xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0.0 : f64
  %m = vector.create_mask %n : vector<8xi1>
  %v = vector.mask %m {
    vector.transfer_read %x[%c0], %z {in_bounds = [true]} : memref<8xf64>, vector<8xf64>
  } : vector<8xi1> -> vector<8xf64>
  %s = vector.mask %m { vector.reduction <add>, %v : vector<8xf64> into f64 } : vector<8xi1> -> f64
  %p = vector.mask %m { vector.reduction <mul>, %v : vector<8xf64> into f64 } : vector<8xi1> -> f64
  %q = arith.mulf %s, %p : f64
  return %q : f64
}""",
    5,
)
def masked_reductions(x, n):
    return [x[:n].sum() * x[:n].prod()]


@program(
    """
func.func @f(%x: vector<2x3xf64>, %y: vector<3x2xf64>, %z: vector<2x2xf64>) -> vector<2x2xf64> {
  %m = arith.constant dense<[[[1, 0, 1], [1, 1, 1]], [[0, 0, 0], [0, 1, 0]]]> : vector<2x2x3xi1>
  %v = vector.mask %m {
    vector.contract {
      indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>,
                       affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>
    } %x, %y, %z : vector<2x3xf64>, vector<3x2xf64> into vector<2x2xf64>
  } : vector<2x2x3xi1> -> vector<2x2xf64>
  return %v : vector<2x2xf64>
}"""
)
def masked_contraction(x, y, z):
    mask = np.array([[[1, 0, 1], [1, 1, 1]], [[0, 0, 0], [0, 1, 0]]])
    return [z + np.einsum("ik,kj,ijk->ij", x, y, mask)]


@program(
    """
func.func @f(%x: memref<4xf64>, %y: vector<4xf64>) -> vector<4xf64> {
  %c0 = arith.constant 0 : index
  %m = arith.constant dense<[true, false, true, true]> : vector<4xi1>
  %v = vector.load %x[%c0] : memref<4xf64>, vector<4xf64>
  %w = vector.mask %m, %y { arith.divf %v, %y : vector<4xf64> } : vector<4xi1> -> vector<4xf64>
  vector.mask %m { vector.transfer_write %w, %x[%c0] {in_bounds = [true]}
    : vector<4xf64>, memref<4xf64> } : vector<4xi1>
  vector.print %w : vector<4xf64>
  return %w : vector<4xf64>
}"""
)
def masked_division(x, y):
    mask = np.array([True, False, True, True])
    return [np.where(mask, x / y, y), np.where(mask, x / y, x)]


@program(
    """
func.func @f(%x: memref<2x8xf64>) -> vector<4xf64> {
  %c1 = arith.constant 1 : index
  %at = arith.constant dense<[3, -1, 6, 2]> : vector<4xi32>
  %m = arith.constant dense<[true, true, false, true]> : vector<4xi1>
  %p = arith.constant dense<9.0> : vector<4xf64>
  %v = vector.gather %x[%c1, %c1] [%at], %m, %p
    : memref<2x8xf64>, vector<4xi32>, vector<4xi1>, vector<4xf64> into vector<4xf64>
  %q = arith.mulf %v, %v : vector<4xf64>
  vector.scatter %x[%c1, %c1] [%at], %m, %q
    : memref<2x8xf64>, vector<4xi32>, vector<4xi1>, vector<4xf64>
  return %q : vector<4xf64>
}"""
)
def reads_and_writes_at_places(x):
    q = np.array([x[1, 4], x[1, 0], 9, x[1, 3]]) ** 2
    y = x.copy()
    y[1, [4, 0, 3]] = q[[0, 1, 3]]
    return [q, y]


@program(
    """
func.func @f(%x: memref<8xf64>, %v: vector<4xf64>) -> vector<4xf64> {
  %c2 = arith.constant 2 : index
  %m = arith.constant dense<[true, false, true, true]> : vector<4xi1>
  %r = vector.expandload %x[%c2], %m, %v
    : memref<8xf64>, vector<4xi1>, vector<4xf64> into vector<4xf64>
  %w = arith.mulf %r, %v : vector<4xf64>
  vector.compressstore %x[%c2], %m, %w : memref<8xf64>, vector<4xi1>, vector<4xf64>
  return %r : vector<4xf64>
}"""
)
def expand_and_compress(x, v):
    r = np.array([x[2], v[1], x[3], x[4]])
    y = x.copy()
    y[2:5] = (r * v)[[0, 2, 3]]
    return [r, y]


@program(
    """
func.func @f(%x: vector<2x3xf64>, %i: vector<2xf64>)
    -> (vector<2x3xf64>, vector<2xf64>, vector<2x3xf64>, vector<2xf64>) {
  %0:2 = vector.scan <add>, %x, %i {inclusive = true, reduction_dim = 1}
    : vector<2x3xf64>, vector<2xf64>
  %1:2 = vector.scan <mul>, %x, %i {inclusive = false, reduction_dim = 1}
    : vector<2x3xf64>, vector<2xf64>
  return %0#0, %0#1, %1#0, %1#1 : vector<2x3xf64>, vector<2xf64>, vector<2x3xf64>, vector<2xf64>
}"""
)
def scans(x, i):
    before = np.cumprod(np.concatenate([i[:, None], x], 1), 1)[:, :3]
    return [np.cumsum(x, 1), x.sum(1), before, before[:, -1]]


@program(
    """
func.func @f(%x: memref<2x4xf64>, %y: memref<2xvector<4xf64>>) -> f64 {
  %z = arith.constant dense<0.0> : vector<4xf64>
  %one = vector.type_cast %x : memref<2x4xf64> to memref<vector<2x4xf64>>
  %all = memref.load %one[] : memref<vector<2x4xf64>>
  %s = affine.for %i = 0 to 2 iter_args(%t = %z) -> (vector<4xf64>) {
    %a = affine.load %y[%i] : memref<2xvector<4xf64>>
    %b = vector.extract %all[%i] : vector<4xf64> from vector<2x4xf64>
    %w = vector.fma %a, %b, %t : vector<4xf64>
    affine.store %w, %y[%i] : memref<2xvector<4xf64>>
    affine.yield %w : vector<4xf64>
  }
  %u, %v = vector.deinterleave %s : vector<4xf64> -> vector<2xf64>
  %p = arith.mulf %u, %v : vector<2xf64>
  %r = vector.reduction <add>, %p : vector<2xf64> into f64
  return %r : f64
}"""
)
def memory_of_vectors(x, y):
    steps = np.cumsum(x * y, 0)
    return [(steps[-1, ::2] * steps[-1, 1::2]).sum(), steps]


@program(
    """
#row = affine_map<(d0)[s0] -> (d0 * s0 + s0 floordiv 2)>
func.func @f(%x: memref<9xf64>, %n: index) -> f64 {
  %z = arith.constant 0.0 : f64
  %r = affine.for %i = 0 to 3 iter_args(%s = %z) -> (f64) {
    %k = affine.apply #row(%i)[%n]
    %m = affine.apply affine_map<(d0)[s0] -> (d0 mod s0 + d0 ceildiv s0)>(%i)[%n]
    %a = memref.load %x[%k] : memref<9xf64>
    %b = memref.load %x[%m] : memref<9xf64>
    %p = arith.mulf %a, %b : f64
    %t = arith.addf %s, %p : f64
    affine.yield %t : f64
  }
  return %r : f64
}""",
    3,
)
def maps_that_multiply_by_a_symbol(x, n):
    return [sum(x[i * n + n // 2] * x[i % n + -(-i // n)] for i in range(3))]


@program(
    """
func.func @f(%x: tensor<2x3xf64>, %y: f64) -> tensor<3x2xf64> {
  %s = arith.constant dense<[3, 2]> : tensor<2xi32>
  %a = tensor.cast %x : tensor<2x3xf64> to tensor<*xf64>
  %b = tensor.reshape %a(%s) : (tensor<*xf64>, tensor<2xi32>) -> tensor<?x2xf64>
  %bits = tensor.bitcast %b : tensor<?x2xf64> to tensor<?x2xi64>
  %same = tensor.bitcast %bits : tensor<?x2xi64> to tensor<?x2xf64>
  %c = tensor.cast %b : tensor<?x2xf64> to tensor<3x2xf64>
  %q = arith.mulf %y, %y to_nearest_even fastmath<contract> : f64
  %sq = tensor.splat %q : tensor<3x2xf64>
  %d = arith.mulf %c, %sq : tensor<3x2xf64>
  return %d : tensor<3x2xf64>
}"""
)
def unknown_ranks(x, y):
    return [x.reshape(3, 2) * y * y]


@program(
    """
func.func @f(%x: f64, %n: i64) -> f64 {
  %c2 = arith.constant 2 : i64
  %c = arith.cmpi slt, %n, %c2 : i64
  cf.cond_br %c weights([90, 10]), ^a(%x : f64), ^b
^a(%v: f64):
  %p = math.sin %v : f64
  return %p : f64
^b:
  %q = math.exp %x : f64
  return %q : f64
}""",
    1,
)
def weights_of_branches(x, n):
    return [np.sin(x) if n < 2 else np.exp(x)]


@program(
    """
func.func @f(%x: tensor<8xf64>) -> tensor<8xf64> {
  %e = tensor.empty() : tensor<8xf64>
  %r = scf.forall (%i) in (4) shared_outs(%o = %e) -> (tensor<8xf64>) {
    %k = affine.apply affine_map<(d0) -> (d0 * 2)>(%i)
    %s = tensor.extract_slice %x[%k] [2] [1] : tensor<8xf64> to tensor<2xf64>
    %q = arith.mulf %s, %s : tensor<2xf64>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %q into %o[%k] [2] [1] : tensor<2xf64> into tensor<8xf64>
    }
  } {mapping = [#gpu.thread<x>]}
  return %r : tensor<8xf64>
}"""
)
def squares_on_threads(x):
    return [x * x]
