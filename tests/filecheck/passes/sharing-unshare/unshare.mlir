// RUN: letgrad-opt %s -p sharing-unshare --check-semantics | filecheck %s
// RUN: not letgrad-opt %s -p 'sharing-unshare{budget=8}' 2>&1 | filecheck %s --check-prefix=BUDGET

// Each use has its own copy, and what that is made of; lets and stamps are gone. Constants are not copied.
// BUDGET: unshare.mlir:14:1: error: @tree is a tree of 9 ops, above budget=8
// CHECK-LABEL: func.func @tree(
// CHECK:      %c = arith.constant 2.000000e+00 : f64
// CHECK-NEXT: %a = math.exp %x : f64
// CHECK-NEXT: %a_1 = math.exp %x : f64
// CHECK-NEXT: %b = arith.mulf %a, %c : f64
// CHECK-NEXT: %b_1 = arith.mulf %a_1, %c : f64
// CHECK-NEXT: %d = arith.addf %b, %b_1 : f64
// CHECK-NEXT: func.return %d : f64
func.func @tree(%x: f64) -> f64 {
  %c = arith.constant 2.0 : f64
  %a = math.exp %x : f64
  %y = sharing.let %a : f64
  %b = arith.mulf %y, %c : f64
  %z = sharing.share %b {stamp = 1} : f64
  %d = arith.addf %z, %z : f64
  func.return %d : f64
}

// Regions are trees too, and so are the copies of a region.
// CHECK-LABEL: func.func @regions(
// CHECK:      %a = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %e = ten.index %v[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %e_1 = ten.index %v[%i] : tensor<5xf64> -> f64
// CHECK-NEXT:   %f = arith.mulf %e_1, %e : f64
// CHECK-NEXT:   ten.yield %f : f64
// CHECK-NEXT: }
// CHECK-NEXT: %a_1 = ten.build [5] (%i_1) : tensor<5xf64> {
// CHECK-NEXT:   %e_2 = ten.index %v[%i_1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %e_3 = ten.index %v[%i_1] : tensor<5xf64> -> f64
// CHECK-NEXT:   %f_1 = arith.mulf %e_3, %e_2 : f64
// CHECK-NEXT:   ten.yield %f_1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %b = arith.addf %a_1, %a : tensor<5xf64>
func.func @regions(%v: tensor<5xf64>) -> tensor<5xf64> {
  %a = ten.build [5] (%i) : tensor<5xf64> {
    %e = ten.index %v[%i] : tensor<5xf64> -> f64
    %f = arith.mulf %e, %e : f64
    ten.yield %f : f64
  }
  %b = arith.addf %a, %a : tensor<5xf64>
  func.return %b : tensor<5xf64>
}
