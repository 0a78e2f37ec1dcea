// RUN: letgrad-opt %s -t triton --remarks=triton --verify-diagnostics

// These ops are no loop nests: torch has a function for an op, or the launcher does it in Python.

func.func @prefix_sums(%x: tensor<7xf32>) -> tensor<7xf32> {
  // expected-remark@+1 {{[triton] analysis: ten.cumsum is no kernel: torch runs it (library)}}
  %s = ten.cumsum %x dim 0 : tensor<7xf32>
  func.return %s : tensor<7xf32>
}

func.func @exact_product(%x: tensor<65x70xf32>, %y: tensor<70x75xf32>) -> tensor<65x75xf32> {
  // expected-remark@+1 {{[triton] analysis: ten.einsum is no kernel: torch runs it (library)}}
  %p = ten.einsum "ij,jk->ik" %x, %y : tensor<65x70xf32>, tensor<70x75xf32> -> tensor<65x75xf32>
  func.return %p : tensor<65x75xf32>
}

func.func @conditional(%c: i1, %x: tensor<7xf32>) -> tensor<7xf32> {
  // expected-remark@+1 {{[triton] analysis: scf.if is no kernel: the launcher waits for its condition, and decides (library)}}
  %r = scf.if %c -> (tensor<7xf32>) {
    %e = math.exp %x : tensor<7xf32>
    scf.yield %e : tensor<7xf32>
  } else {
    scf.yield %x : tensor<7xf32>
  }
  func.return %r : tensor<7xf32>
}

func.func @loop(%x: tensor<7xf32>) -> tensor<7xf32> {
  %low = arith.constant 0 : index
  %high = arith.constant 5 : index
  %one = arith.constant 1 : index
  // expected-remark@+1 {{[triton] analysis: scf.for is no kernel: the launcher runs the loop, and in each step its kernels (library)}}
  %r = scf.for %i = %low to %high step %one iter_args(%y = %x) -> (tensor<7xf32>) {
    %e = math.sin %y : tensor<7xf32>
    scf.yield %e : tensor<7xf32>
  }
  func.return %r : tensor<7xf32>
}

func.func @steps(%x: tensor<7xf32>) -> tensor<3xf32> {
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  // expected-remark@+1 {{[triton] analysis: ten.scan is no kernel: the launcher runs the loop, and in each step its kernels (library)}}
  %r = ten.scan [7] (%s = %zero : tensor<3xf32>) over (%e = %x : tensor<7xf32>) -> (tensor<3xf32>) {
    %b = ten.broadcast %e dims [0] : f32 -> tensor<3xf32>
    %q = ten.reverse %s dims [0] : tensor<3xf32>
    %t = arith.addf %q, %b : tensor<3xf32>
    %u = math.sin %t : tensor<3xf32>
    ten.yield %u : tensor<3xf32>
  }
  func.return %r : tensor<3xf32>
}

// A sum along rows is a kernel, and so is a product that is short; a call is what is called.
func.func @kernels(%x: tensor<3x5xf32>, %y: tensor<7xf32>) -> (tensor<3xf32>, tensor<7xf32>) {
  %s = ten.sum %x dims [1] : tensor<3x5xf32> -> tensor<3xf32>
  %c = func.call @prefix_sums(%y) : (tensor<7xf32>) -> tensor<7xf32>
  func.return %s, %c : tensor<3xf32>, tensor<7xf32>
}
