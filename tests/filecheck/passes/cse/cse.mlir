// RUN: letgrad-opt %s -p cse --verify-sharing | filecheck %s

// A program that was written as a tree becomes the DAG that it is.
// CHECK-LABEL: func.func @tree(
// CHECK:      %a1 = math.sin %x : f64
// CHECK-NEXT: %b1 = arith.addf %a1, %a1 : f64
// CHECK-NEXT: %c = arith.mulf %b1, %b1 : f64
// CHECK-NEXT: func.return %c : f64
func.func @tree(%x: f64) -> f64 {
  %a1 = math.sin %x : f64
  %a2 = math.sin %x : f64
  %a3 = math.sin %x : f64
  %a4 = math.sin %x : f64
  %b1 = arith.addf %a1, %a2 : f64
  %b2 = arith.addf %a3, %a4 : f64
  %c = arith.mulf %b1, %b2 : f64
  func.return %c : f64
}

// x * y is y * x, also where that is known only after other ops were merged; x / y is not y / x.
// CHECK-LABEL: func.func @operands_in_either_order(
// CHECK:      %a = math.sin %x : f64
// CHECK-NEXT: %b = math.cos %y : f64
// CHECK-NEXT: %p = arith.mulf %a, %b : f64
// CHECK-NEXT: %r = arith.addf %p, %p : f64
// CHECK-NEXT: %s = arith.divf %a, %b : f64
// CHECK-NEXT: %t = arith.divf %b, %a : f64
// CHECK-NEXT: func.return %r, %s, %t : f64, f64, f64
func.func @operands_in_either_order(%x: f64, %y: f64) -> (f64, f64, f64) {
  %a = math.sin %x : f64
  %b = math.cos %y : f64
  %p = arith.mulf %a, %b : f64
  %b2 = math.cos %y : f64
  %a2 = math.sin %x : f64
  %q = arith.mulf %b2, %a2 : f64
  %r = arith.addf %p, %q : f64
  %s = arith.divf %a, %b : f64
  %t = arith.divf %b2, %a2 : f64
  func.return %r, %s, %t : f64, f64, f64
}

// A region computes a value that the block around it has; two regions compute the same; and only one branch computes a value.
// CHECK-LABEL: func.func @regions(
// CHECK:      %a = math.sin %x : f64
// CHECK-NEXT: %b = ten.build [5] (%i) : tensor<5xf64> {
// CHECK-NEXT:   %k = arith.index_cast %i : index to i64
// CHECK-NEXT:   %f = arith.sitofp %k : i64 to f64
// CHECK-NEXT:   %p = arith.mulf %f, %a : f64
// CHECK-NEXT:   ten.yield %p : f64
// CHECK-NEXT: }
// CHECK-NEXT: %e = scf.if %c -> (f64) {
// CHECK-NEXT:   %g = math.exp %x : f64
// CHECK-NEXT:   scf.yield %g : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield %x : f64
// CHECK-NEXT: }
// CHECK-NEXT: %g_1 = math.exp %x : f64
// CHECK-NEXT: func.return %b, %b, %e, %g_1 : tensor<5xf64>, tensor<5xf64>, f64, f64
func.func @regions(%x: f64, %c: i1) -> (tensor<5xf64>, tensor<5xf64>, f64, f64) {
  %a = math.sin %x : f64
  %b = ten.build [5] (%i) : tensor<5xf64> {
    %k = arith.index_cast %i : index to i64
    %f = arith.sitofp %k : i64 to f64
    %s = math.sin %x : f64
    %p = arith.mulf %f, %s : f64
    ten.yield %p : f64
  }
  %d = ten.build [5] (%j) : tensor<5xf64> {
    %k = arith.index_cast %j : index to i64
    %f = arith.sitofp %k : i64 to f64
    %s = math.sin %x : f64
    %p = arith.mulf %s, %f : f64
    ten.yield %p : f64
  }
  %e = scf.if %c -> (f64) {
    %g = math.exp %x : f64
    scf.yield %g : f64
  } else {
    scf.yield %x : f64
  }
  %g = math.exp %x : f64
  func.return %b, %d, %e, %g : tensor<5xf64>, tensor<5xf64>, f64, f64
}
