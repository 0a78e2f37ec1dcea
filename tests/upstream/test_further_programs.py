"""
More programs of the kind that compilers of derivatives test on MLIR: bounds that the program
computes, symbols in affine places, memory in branches and loops, reductions, graphs of blocks.
Their derivatives in both modes are those of finite differences, and machine code gives the values
of the reference.
"""

from __future__ import annotations

import numpy as np
import pytest

from letgrad.lowering import backends

from ..test_derivatives import check
from .programs import Program
from .test_programs import converted, inputs

# Each text stands beside the integers that it is given, and its dynamic sizes.
TEXTS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "square_ip": (
        """
func.func @f(%x: memref<?xf64>, %ub: index) {
  affine.for %iv = 0 to %ub {
    %v = affine.load %x[2 * %iv] {alignment = 16 : i64} : memref<?xf64>
    %sq = arith.mulf %v, %v : f64
    affine.store %sq, %x[2 * %iv + 1] {alignment = 16 : i64} : memref<?xf64>
    affine.yield
  }
  return
}""",
        (3,),
        (8,),
    ),
    "nonconst_par": (
        """
func.func @f(%x: memref<?xf64>, %y: memref<?xf64>, %len: index) {
  affine.parallel (%i) = (0) to (%len) {
    %0 = memref.load %x[%i] : memref<?xf64>
    %1 = arith.mulf %0, %0 fastmath<fast> : f64
    affine.store %1, %y[%i] : memref<?xf64>
  }
  return
}""",
        (4,),
        (5,),
    ),
    "par_symbol": (
        """
func.func @f(%x: memref<?xf64>, %y: memref<?xf64>, %len: index) {
  affine.parallel (%i) = (0) to (symbol(%len)) step (2) {
    %0 = affine.load %x[%i] : memref<?xf64>
    %1 = math.exp %0 : f64
    affine.store %1, %y[symbol(%len) - %i - 1] : memref<?xf64>
  }
  return
}""",
        (4,),
        (5,),
    ),
    "inner_dynamic": (
        """
func.func @f(%x: f64, %ub: index) -> f64 {
  %lb = arith.constant 0 : index
  %step = arith.constant 1 : index
  %one = arith.constant 1.0 : f64
  %r = scf.for %a = %lb to %ub step %step iter_args(%s = %one) -> (f64) {
    %q = scf.for %b = %lb to %a step %step iter_args(%t = %s) -> (f64) {
      %n = arith.mulf %t, %x : f64
      scf.yield %n : f64
    }
    scf.yield %q : f64
  }
  return %r : f64
}""",
        (4,),
        (),
    ),
    "while_not_eq": (
        """
func.func @f(%init: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 5 : index
  %res:2 = scf.while (%iter = %c0, %a = %init) : (index, f64) -> (index, f64) {
    %cond = arith.cmpi ne, %iter, %c10 : index
    scf.condition(%cond) %iter, %a : index, f64
  } do {
  ^bb0(%it: index, %b: f64):
    %next = arith.mulf %b, %b : f64
    %ni = arith.addi %it, %c1 : index
    scf.yield %ni, %next : index, f64
  }
  return %res#1 : f64
}""",
        (),
        (),
    ),
    "store_vector": (
        """
func.func @f(%m: memref<10xvector<4xf64>>, %v: vector<4xf64>) {
  %c0 = arith.constant 0 : index
  memref.store %v, %m[%c0] : memref<10xvector<4xf64>>
  return
}""",
        (),
        (),
    ),
    "scale_if": (
        """
func.func @f(%a: memref<?xf64>, %b: memref<?xf64>, %c: memref<?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %dim = memref.dim %a, %c0 : memref<?xf64>
  %0 = arith.cmpi sgt, %dim, %c0 : index
  scf.if %0 {
    scf.parallel (%i) = (%c0) to (%dim) step (%c1) {
      %1 = memref.load %a[%i] : memref<?xf64>
      %2 = memref.load %b[%i] : memref<?xf64>
      %3 = arith.mulf %1, %2 : f64
      memref.store %3, %c[%i] : memref<?xf64>
    }
  }
  return
}""",
        (),
        (4,),
    ),
    "load_and_ret": (
        """
func.func @f(%x: memref<f64>) -> f64 {
  %r = memref.load %x[] : memref<f64>
  return %r : f64
}""",
        (),
        (),
    ),
    "copysign": (
        """
func.func @f(%x: f64, %y: f64) -> f64 {
  %n = arith.negf %y : f64
  %r = math.copysign %x, %n : f64
  %s = arith.mulf %r, %r : f64
  %t = arith.addf %r, %s : f64
  return %t : f64
}""",
        (),
        (),
    ),
    "branch_cf": (
        """
func.func @f(%x: f64, %n: i64) -> f64 {
  %c1 = arith.constant 1 : i64
  %c0 = arith.constant 0 : i64
  cf.br ^bb1(%c0, %x : i64, f64)
^bb1(%i: i64, %v: f64):
  %w = arith.mulf %v, %x : f64
  %j = arith.addi %i, %c1 : i64
  %c = arith.cmpi slt, %j, %n : i64
  cf.cond_br %c, ^bb1(%j, %w : i64, f64), ^bb2(%w : f64)
^bb2(%r: f64):
  return %r : f64
}""",
        (4,),
        (),
    ),
    "if_then_mem": (
        """
func.func @f(%x : f64, %c : i1) -> f64 {
  %c2 = arith.constant 2.0 : f64
  %mem = memref.alloca() : memref<1xf64>
  affine.store %c2, %mem[0] : memref<1xf64>
  scf.if %c {
    %mul = arith.mulf %x, %x : f64
    affine.store %mul, %mem[0] : memref<1xf64>
  }
  %r = affine.load %mem[0] : memref<1xf64>
  %res = arith.mulf %x, %r : f64
  return %res : f64
}""",
        (1,),
        (),
    ),
    "affine_if": (
        """
#set = affine_set<(d0)[s0] : (d0 - s0 >= 0, -d0 + 6 >= 0)>
func.func @f(%x: memref<10xf64>, %n: index) -> f64 {
  %z = arith.constant 0.0 : f64
  %r = affine.for %i = 0 to 10 iter_args(%s = %z) -> (f64) {
    %v = affine.load %x[%i] : memref<10xf64>
    %p = affine.if #set(%i)[%n] -> f64 {
      %q = arith.mulf %v, %v : f64
      affine.yield %q : f64
    } else {
      %q = math.sin %v : f64
      affine.yield %q : f64
    }
    %t = arith.addf %s, %p : f64
    affine.yield %t : f64
  }
  return %r : f64
}""",
        (3,),
        (),
    ),
    "minmax_bounds": (
        """
#ub = affine_map<(d0)[s0] -> (d0 + 3, s0)>
#lb = affine_map<(d0) -> (d0, 2)>
func.func @f(%x: memref<?xf64>, %n: index) {
  affine.for %i = 0 to %n {
    affine.for %j = max #lb(%i) to min #ub(%i)[%n] {
      %a = affine.load %x[%i] : memref<?xf64>
      %b = affine.load %x[%j] : memref<?xf64>
      %c = arith.mulf %a, %b : f64
      affine.store %c, %x[%j] : memref<?xf64>
    }
  }
  return
}""",
        (6,),
        (6,),
    ),
    "linalg_reverse": (
        """
#map = affine_map<(d0) -> (d0)>
func.func @f(%x: memref<?xf64>, %y: memref<?xf64>) {
  linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel"]} ins(%x
      : memref<?xf64>) outs(%y : memref<?xf64>)
  {
  ^bb0(%a: f64, %b: f64):
    %0 = arith.mulf %a, %a : f64
    %1 = arith.addf %0, %b : f64
    linalg.yield %1 : f64
  }
  return
}""",
        (),
        (5,),
    ),
    "linalg_matvec_red": (
        """
func.func @f(%A: memref<3x4xf64>, %x: memref<4xf64>, %y: memref<3xf64>) -> f64 {
  %z = arith.constant 0.0 : f64
  linalg.fill ins(%z : f64) outs(%y : memref<3xf64>)
  linalg.matvec ins(%A, %x : memref<3x4xf64>, memref<4xf64>) outs(%y : memref<3xf64>)
  %s = memref.alloc() : memref<f64>
  memref.store %z, %s[] : memref<f64>
  linalg.dot ins(%y, %y : memref<3xf64>, memref<3xf64>) outs(%s : memref<f64>)
  %r = memref.load %s[] : memref<f64>
  memref.dealloc %s : memref<f64>
  return %r : f64
}""",
        (),
        (),
    ),
    "par_reduce": (
        """
func.func @f(%x: memref<?xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f64
  %n = memref.dim %x, %c0 : memref<?xf64>
  %r = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%one) -> f64 {
    %v = memref.load %x[%i] : memref<?xf64>
    scf.reduce(%v : f64) {
    ^bb0(%a: f64, %b: f64):
      %m = arith.mulf %a, %b : f64
      scf.reduce.return %m : f64
    }
  }
  return %r : f64
}""",
        (),
        (5,),
    ),
    "atomic": (
        """
func.func @f(%x: memref<6xf64>, %y: memref<2xf64>) {
  affine.parallel (%i) = (0) to (6) {
    %v = affine.load %x[%i] : memref<6xf64>
    %w = arith.mulf %v, %v : f64
    %j = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    %o = memref.atomic_rmw addf %w, %y[%j] : (f64, memref<2xf64>) -> f64
  }
  return
}""",
        (),
        (),
    ),
    "func_call_write": (
        """
func.func private @square_into(%x: memref<4xf64>, %y: memref<4xf64>) {
  affine.for %i = 0 to 4 {
    %v = affine.load %x[%i] : memref<4xf64>
    %w = arith.mulf %v, %v : f64
    affine.store %w, %y[%i] : memref<4xf64>
  }
  return
}
func.func @f(%x: memref<4xf64>) -> f64 {
  %y = memref.alloc() : memref<4xf64>
  call @square_into(%x, %y) : (memref<4xf64>, memref<4xf64>) -> ()
  call @square_into(%y, %x) : (memref<4xf64>, memref<4xf64>) -> ()
  %a = affine.load %x[2] : memref<4xf64>
  %b = affine.load %y[1] : memref<4xf64>
  %c = arith.mulf %a, %b : f64
  return %c : f64
}""",
        (),
        (),
    ),
    "alloca_scope": (
        """
func.func @f(%x: memref<4xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f64
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> f64 {
    %t = memref.alloca_scope -> (f64) {
      %m = memref.alloca() : memref<f64>
      %v = memref.load %x[%i] : memref<4xf64>
      memref.store %v, %m[] : memref<f64>
      %w = memref.load %m[] : memref<f64>
      %q = arith.mulf %w, %w : f64
      memref.alloca_scope.return %q : f64
    }
    %u = arith.addf %s, %t : f64
    scf.yield %u : f64
  }
  return %r : f64
}""",
        (4,),
        (),
    ),
    "multiret": (
        """
func.func @f(%x: f64, %y: f64) -> (f64, f64, f64) {
  %a = arith.mulf %x, %y : f64
  %b = arith.divf %x, %y : f64
  %s, %c = math.sincos %a : f64
  return %a, %b, %s : f64, f64, f64
}""",
        (),
        (),
    ),
    "partial_inactive": (
        """
func.func @f(%x: f64, %n: index) -> (f64, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %k = %c1) -> (f64, index) {
    %m = arith.muli %k, %i : index
    %j = arith.addi %m, %c1 : index
    %kf = arith.index_cast %j : index to i64
    %f = arith.sitofp %kf : i64 to f64
    %b = arith.mulf %a, %f : f64
    scf.yield %b, %j : f64, index
  }
  return %r#0, %r#1 : f64, index
}""",
        (4,),
        (),
    ),
    "stencil_ping": (
        """
func.func @f(%u: memref<8xf64>, %steps: index) {
  %tmp = memref.alloc() : memref<8xf64>
  %q = arith.constant 0.25 : f64
  affine.for %t = 0 to %steps {
    affine.for %i = 1 to 7 {
      %l = affine.load %u[%i - 1] : memref<8xf64>
      %c = affine.load %u[%i] : memref<8xf64>
      %r = affine.load %u[%i + 1] : memref<8xf64>
      %a = arith.addf %l, %r : f64
      %b = arith.addf %a, %c : f64
      %d = arith.mulf %b, %q : f64
      affine.store %d, %tmp[%i] : memref<8xf64>
    }
    affine.for %i = 1 to 7 {
      %v = affine.load %tmp[%i] : memref<8xf64>
      affine.store %v, %u[%i] : memref<8xf64>
    }
  }
  memref.dealloc %tmp : memref<8xf64>
  return
}""",
        (3,),
        (),
    ),
    "matmul_loops": (
        """
func.func @f(%A: memref<?x?xf64>, %B: memref<?x?xf64>, %C: memref<?x?xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %M = memref.dim %A, %c0 : memref<?x?xf64>
  %K = memref.dim %A, %c1 : memref<?x?xf64>
  %N = memref.dim %B, %c1 : memref<?x?xf64>
  affine.for %i = 0 to %M {
    affine.for %j = 0 to %N {
      affine.for %k = 0 to %K {
        %a = affine.load %A[%i, %k] : memref<?x?xf64>
        %b = affine.load %B[%k, %j] : memref<?x?xf64>
        %c = affine.load %C[%i, %j] : memref<?x?xf64>
        %p = arith.mulf %a, %b : f64
        %s = arith.addf %c, %p : f64
        affine.store %s, %C[%i, %j] : memref<?x?xf64>
      }
    }
  }
  return
}""",
        (),
        (2, 3, 3, 4, 2, 4),
    ),
    "while_norm": (
        """
func.func @f(%x: f64) -> f64 {
  %eps = arith.constant 1.0e-12 : f64
  %half = arith.constant 0.5 : f64
  %one = arith.constant 1.0 : f64
  %r:2 = scf.while (%g = %one, %d = %one) : (f64, f64) -> (f64, f64) {
    %ad = math.absf %d : f64
    %c = arith.cmpf ogt, %ad, %eps : f64
    scf.condition(%c) %g, %d : f64, f64
  } do {
  ^bb0(%g: f64, %d: f64):
    %q = arith.divf %x, %g : f64
    %s = arith.addf %g, %q : f64
    %n = arith.mulf %s, %half : f64
    %e = arith.subf %n, %g : f64
    scf.yield %n, %e : f64, f64
  }
  return %r#0 : f64
}""",
        (),
        (),
    ),
    "executeregion": (
        """
func.func @f(%x: f64, %c: i1) -> f64 {
  %r = scf.execute_region -> f64 {
    cf.cond_br %c, ^a, ^b
  ^a:
    %s = math.sin %x : f64
    scf.yield %s : f64
  ^b:
    %t = math.cos %x : f64
    scf.yield %t : f64
  }
  return %r : f64
}""",
        (1,),
        (),
    ),
    "tensor_ops": (
        """
func.func @f(%x: tensor<4x3xf64>, %i: index) -> tensor<3xf64> {
  %s = tensor.extract_slice %x[%i, 0] [1, 3] [1, 1] : tensor<4x3xf64> to tensor<3xf64>
  %e = tensor.empty() : tensor<3xf64>
  %r = linalg.map { math.exp } ins(%s : tensor<3xf64>) outs(%e : tensor<3xf64>)
  %c0 = arith.constant 0 : index
  %v = tensor.extract %x[%c0, %i] : tensor<4x3xf64>
  %q = tensor.insert %v into %r[%c0] : tensor<3xf64>
  %m = arith.mulf %q, %s : tensor<3xf64>
  return %m : tensor<3xf64>
}""",
        (1,),
        (),
    ),
    "complex_sq": (
        """
func.func @f(%a: f64, %b: f64) -> f64 {
  %z = complex.create %a, %b : complex<f64>
  %w = complex.mul %z, %z : complex<f64>
  %v = complex.exp %w : complex<f64>
  %r = complex.abs %v : complex<f64>
  %i = complex.im %w : complex<f64>
  %s = arith.addf %r, %i : f64
  return %s : f64
}""",
        (),
        (),
    ),
    "selects": (
        """
func.func @f(%x: f64, %y: f64) -> f64 {
  %c = arith.cmpf ult, %x, %y : f64
  %a = arith.select %c, %x, %y : f64
  %m = arith.maxnumf %x, %y : f64
  %n = arith.minimumf %x, %y : f64
  %p = arith.mulf %a, %m : f64
  %q = arith.addf %p, %n : f64
  return %q : f64
}""",
        (),
        (),
    ),
    "pow_mix": (
        """
func.func @f(%x: f64, %y: f64, %n: i32) -> f64 {
  %a = math.powf %x, %y : f64
  %b = math.fpowi %x, %n : f64, i32
  %c = math.log2 %x : f64
  %d = math.exp2 %y : f64
  %e = math.rsqrt %x : f64
  %f = math.cbrt %x : f64
  %g = math.fma %a, %b, %c : f64
  %h = arith.addf %d, %e : f64
  %i = arith.addf %f, %g : f64
  %j = arith.addf %h, %i : f64
  return %j : f64
}""",
        (3,),
        (),
    ),
    "subview_loop": (
        """
func.func @f(%x: memref<4x6xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %acc = memref.alloca() : memref<f64>
  %z = arith.constant 0.0 : f64
  memref.store %z, %acc[] : memref<f64>
  scf.for %i = %c0 to %c4 step %c1 {
    %row = memref.subview %x[%i, 0] [1, 6] [1, 1] : memref<4x6xf64>
      to memref<6xf64, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0)
      -> ()>], iterator_types = ["reduction"]} ins(%row
      : memref<6xf64, strided<[1], offset: ?>>) outs(%acc : memref<f64>)
    {
    ^bb0(%a: f64, %b: f64):
      %p = arith.mulf %a, %a : f64
      %s = arith.addf %p, %b : f64
      linalg.yield %s : f64
    }
  }
  %r = memref.load %acc[] : memref<f64>
  return %r : f64
}""",
        (),
        (),
    ),
    "index_switch": (
        """
func.func @f(%x: f64, %k: index) -> f64 {
  %r = scf.index_switch %k -> f64
  case 0 { %a = math.sin %x : f64  scf.yield %a : f64 }
  case 2 { %a = math.exp %x : f64  scf.yield %a : f64 }
  default { %a = arith.mulf %x, %x : f64  scf.yield %a : f64 }
  return %r : f64
}""",
        (2,),
        (),
    ),
    "while_mem": (
        """
func.func @f(%x: memref<?xf64>, %n: i32) -> f64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %z = arith.constant 0.0 : f64
  %r:2 = scf.while (%i = %c0, %s = %z) : (i32, f64) -> (i32, f64) {
    %c = arith.cmpi slt, %i, %n : i32
    scf.condition(%c) %i, %s : i32, f64
  } do {
  ^bb0(%i: i32, %s: f64):
    %k = arith.index_cast %i : i32 to index
    %v = memref.load %x[%k] : memref<?xf64>
    %sv = math.tanh %v : f64
    memref.store %sv, %x[%k] : memref<?xf64>
    %t = arith.addf %s, %sv : f64
    %j = arith.addi %i, %c1 : i32
    scf.yield %j, %t : i32, f64
  }
  return %r#1 : f64
}""",
        (3,),
        (4,),
    ),
    "checkpoint_attr": (
        """
func.func @f(%x: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %r = scf.for %i = %c0 to %c9 step %c1 iter_args(%a = %x) -> f64 {
    %s = math.sin %a : f64
    scf.yield %s : f64
  } {enzyme.enable_checkpointing = true}
  return %r : f64
}""",
        (),
        (),
    ),
    "arg_attrs": (
        """
func.func @f(%x: memref<?xf64> {llvm.noalias, llvm.nofree}, %y: f64 {llvm.noundef})
      -> (f64 {llvm.noundef}) attributes {enzyme.nofree} {
  %c0 = arith.constant 0 : index
  %a = memref.load %x[%c0] {alignment = 8 : i64} : memref<?xf64>
  %b = arith.mulf %a, %y {fastmathFlags = #arith.fastmath<fast>} : f64
  return %b : f64
}""",
        (),
        (2,),
    ),
    "reduce_2d_symbol": (
        """
func.func @f(%x: memref<?x?xf64>, %n: index, %m: index) -> f64 {
  %z = arith.constant 0.0 : f64
  %r = affine.parallel (%i, %j) = (0, 0) to (%n, %m) reduce ("addf") -> (f64) {
    %v = affine.load %x[%i, %j] : memref<?x?xf64>
    %w = math.sin %v : f64
    affine.yield %w : f64
  }
  return %r : f64
}""",
        (2, 3),
        (2, 3),
    ),
    "step_dynamic": (
        """
func.func @f(%x: memref<9xf64>, %lo: index, %hi: index, %st: index) -> f64 {
  %z = arith.constant 1.0 : f64
  %r = scf.for %i = %lo to %hi step %st iter_args(%s = %z) -> f64 {
    %v = memref.load %x[%i] : memref<9xf64>
    %t = arith.mulf %s, %v : f64
    scf.yield %t : f64
  }
  return %r : f64
}""",
        (1, 9, 3),
        (),
    ),
    "cf_switch": (
        """
func.func @f(%x: f64, %k: i32) -> f64 {
  cf.switch %k : i32, [
    default: ^d(%x : f64),
    1: ^a,
    7: ^d(%x : f64)
  ]
^a:
  %s = math.log %x : f64
  cf.br ^d(%s : f64)
^d(%v: f64):
  %w = arith.mulf %v, %v : f64
  return %w : f64
}""",
        (1,),
        (),
    ),
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", TEXTS)
def test_values_and_derivatives(name: str) -> None:
    text, given, sizes = TEXTS[name]
    module = converted(Program(name, text, lambda *xs: xs, given, sizes))
    args = inputs(module, given)
    wanted, got = (backends.compile(b, module.clone(), "f")(*args) for b in ("numpy", "cpu"))
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(np.asarray(a), b, rtol=1e-12, atol=1e-12)
    assert check(module, args), "finite differences say nothing"
