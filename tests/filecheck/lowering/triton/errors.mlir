// RUN: letgrad-opt %s -t triton --split-input-file --verify-diagnostics

func.func @f(%x: i32) -> i32 {
  // expected-error@+1 {{the triton backend has no code for varith.add}}
  %y = varith.add %x, %x : i32
  func.return %y : i32
}

// -----

// Branches between blocks are not structured: neither of a function, nor of a region.

// expected-error@+1 {{a region of 3 blocks is not structured control flow: letgrad compiles only regions of one block}}
func.func @branches(%c: i1, %x: f64) -> f64 {
  cf.cond_br %c, ^left, ^right
^left:
  func.return %x : f64
^right:
  %y = arith.addf %x, %x : f64
  func.return %y : f64
}

// -----

func.func @region(%c: i1, %x: f64) -> f64 {
  // expected-error@+1 {{a region of 3 blocks is not structured control flow: letgrad compiles only regions of one block}}
  %r = scf.execute_region -> (f64) {
    cf.cond_br %c, ^left, ^right
  ^left:
    scf.yield %x : f64
  ^right:
    %y = arith.addf %x, %x : f64
    scf.yield %y : f64
  }
  func.return %r : f64
}

// -----

// expected-error@+1 {{the triton backend has no tensor for a value that is memref<3xf64>; letgrad computes with scalars and tensors of fixed sizes whose elements are}}
func.func @memref(%x: memref<3xf64>) -> memref<3xf64> {
  func.return %x : memref<3xf64>
}

// -----

func.func @product(%x: tensor<5x3xf64>, %w: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    // expected-error @+1 {{triton multiplies whole matrices: kernel-fuse-rows is to run without `products`}}
    %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}
