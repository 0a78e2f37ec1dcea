// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// scan [0] (c = c0) {…}  →  c0, and results without rows
// CHECK-LABEL: func.func @scan_of_no_rows(
// CHECK-NEXT:   %ys = arith.constant dense<> : tensor<0x2xf64>
// CHECK-NEXT:   func.return %a, %ys : f64, tensor<0x2xf64>
func.func @scan_of_no_rows(%a: f64, %xs: tensor<0x2xf64>) -> (f64, tensor<0x2xf64>) {
  %c, %ys = ten.scan [0] (%h = %a : f64) over (%x = %xs : tensor<0x2xf64>) -> (f64, tensor<0x2xf64>) {
    %0 = math.sin %h : f64
    ten.yield %0, %x : f64, tensor<2xf64>
  }
  func.return %c, %ys : f64, tensor<0x2xf64>
}

// scan [1] (c = c0) over (x = xs) { f(c, x) }  →  f(c0, xs[0])
// CHECK-LABEL: func.func @scan_of_one_row(
// CHECK-NEXT:   %x = ten.reshape %xs : tensor<1x3xf64> -> tensor<3xf64>
// CHECK-NEXT:   %0 = arith.addf %a, %x : tensor<3xf64>
// CHECK-NEXT:   %ys = ten.reshape %0 : tensor<3xf64> -> tensor<1x3xf64>
// CHECK-NEXT:   func.return %x, %ys : tensor<3xf64>, tensor<1x3xf64>
func.func @scan_of_one_row(%a: tensor<3xf64>, %xs: tensor<1x3xf64>) -> (tensor<3xf64>, tensor<1x3xf64>) {
  %c, %ys = ten.scan [1] reverse (%h = %a : tensor<3xf64>) over (%x = %xs : tensor<1x3xf64>) -> (tensor<3xf64>, tensor<1x3xf64>) {
    %0 = arith.addf %h, %x : tensor<3xf64>
    ten.yield %x, %0 : tensor<3xf64>, tensor<3xf64>
  }
  func.return %c, %ys : tensor<3xf64>, tensor<1x3xf64>
}

// Nothing needs %d, %us or %v: they go, with what makes them. %e is needed by %c, step by step.
// CHECK-LABEL: func.func @scan_with_dead_parts(
// CHECK-NEXT:   %c, %e = ten.scan [4] (%p = %a : f64, %r = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, f64) {
// CHECK-NEXT:     %0 = arith.mulf %p, %r : f64
// CHECK-NEXT:     %1 = arith.addf %r, %x : f64
// CHECK-NEXT:     ten.yield %0, %1 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c : f64
func.func @scan_with_dead_parts(%a: f64, %xs: tensor<4xf64>, %vs: tensor<4xf64>) -> f64 {
  %c, %d, %e, %ys, %us = ten.scan [4] (%p = %a : f64, %q = %a : f64, %r = %a : f64) over (%x = %xs : tensor<4xf64>, %v = %vs : tensor<4xf64>) -> (f64, f64, f64, tensor<4xf64>, tensor<4xf64>) {
    %0 = arith.mulf %p, %r : f64
    %1 = math.sin %q : f64
    %2 = arith.addf %r, %x : f64
    %3 = math.cos %v : f64
    ten.yield %0, %1, %2, %1, %3 : f64, f64, f64, f64, f64
  }
  func.return %c : f64
}

// A value that is carried unchanged is no carried value; a row that does not vary is repeated; a row
// that is given as it was taken is there already.
// CHECK-LABEL: func.func @scan_of_invariant(
// CHECK-NEXT:   %ys = ten.broadcast %b dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:   %c = ten.scan [4] (%p = %a : f64) -> (f64) {
// CHECK-NEXT:     %0 = arith.mulf %p, %b : f64
// CHECK-NEXT:     ten.yield %0 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c, %b, %ys, %xs : f64, f64, tensor<4xf64>, tensor<4xf64>
func.func @scan_of_invariant(%a: f64, %b: f64, %xs: tensor<4xf64>) -> (f64, f64, tensor<4xf64>, tensor<4xf64>) {
  %c, %d, %ys, %zs = ten.scan [4] (%p = %a : f64, %q = %b : f64) over (%x = %xs : tensor<4xf64>) -> (f64, f64, tensor<4xf64>, tensor<4xf64>) {
    %0 = arith.mulf %p, %q : f64
    ten.yield %0, %q, %q, %x : f64, f64, f64, f64
  }
  func.return %c, %d, %ys, %zs : f64, f64, tensor<4xf64>, tensor<4xf64>
}

// Two that change places are carried.
// CHECK-LABEL: func.func @scan_of_swapped_stays(
// CHECK-NEXT:   %c, %d = ten.scan [4] (%p = %a : f64, %q = %b : f64) -> (f64, f64) {
// CHECK-NEXT:     ten.yield %q, %p : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c, %d : f64, f64
func.func @scan_of_swapped_stays(%a: f64, %b: f64) -> (f64, f64) {
  %c, %d = ten.scan [4] (%p = %a : f64, %q = %b : f64) -> (f64, f64) {
    ten.yield %q, %p : f64, f64
  }
  func.return %c, %d : f64, f64
}

// scan over (x = a, y = a) { f(x, y) }  →  scan over (x = a) { f(x, x) }, and likewise of results
// CHECK-LABEL: func.func @scan_with_repeated_parts(
// CHECK-NEXT:   %c, %ys = ten.scan [4] (%p = %a : f64) over (%x = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>) {
// CHECK-NEXT:     %0 = arith.mulf %x, %x : f64
// CHECK-NEXT:     %1 = arith.divf %0, %p : f64
// CHECK-NEXT:     ten.yield %1, %0 : f64, f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c, %ys, %ys : f64, tensor<4xf64>, tensor<4xf64>
func.func @scan_with_repeated_parts(%a: f64, %xs: tensor<4xf64>) -> (f64, tensor<4xf64>, tensor<4xf64>) {
  %c, %ys, %zs = ten.scan [4] (%p = %a : f64) over (%x = %xs : tensor<4xf64>, %y = %xs : tensor<4xf64>) -> (f64, tensor<4xf64>, tensor<4xf64>) {
    %0 = arith.mulf %x, %y : f64
    %1 = arith.divf %0, %p : f64
    ten.yield %1, %0, %0 : f64, f64, f64
  }
  func.return %c, %ys, %zs : f64, tensor<4xf64>, tensor<4xf64>
}

// sin w is computed once, in front. Its broadcast, which is larger, is made at each step.
// CHECK-LABEL: func.func @scan_with_invariant_ops(
// CHECK-NEXT:   %0 = math.sin %w : f64
// CHECK-NEXT:   %c = ten.scan [4] (%p = %a : tensor<3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:     %1 = ten.broadcast %0 dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:     %2 = arith.mulf %p, %1 : tensor<3xf64>
// CHECK-NEXT:     ten.yield %2 : tensor<3xf64>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c : tensor<3xf64>
func.func @scan_with_invariant_ops(%a: tensor<3xf64>, %w: f64) -> tensor<3xf64> {
  %c = ten.scan [4] (%p = %a : tensor<3xf64>) -> (tensor<3xf64>) {
    %0 = math.sin %w : f64
    %1 = ten.broadcast %0 dims [0] : f64 -> tensor<3xf64>
    %2 = arith.mulf %p, %1 : tensor<3xf64>
    ten.yield %2 : tensor<3xf64>
  }
  func.return %c : tensor<3xf64>
}

// scan (i = i0) { …, i + s }  →  scan over (i = i0 + iota * s) {…};  i0 + length * s
// CHECK-LABEL: func.func @scan_of_counter(
// CHECK-NEXT:   %0 = arith.constant 3 : i64
// CHECK-NEXT:   %1 = ten.iota dim 0 : tensor<4xi64>
// CHECK-NEXT:   %2 = ten.broadcast %0 dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:   %3 = arith.muli %1, %2 : tensor<4xi64>
// CHECK-NEXT:   %4 = ten.broadcast %i0 dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:   %5 = arith.addi %3, %4 : tensor<4xi64>
// CHECK-NEXT:   %6 = arith.constant 12 : i64
// CHECK-NEXT:   %n = arith.addi %i0, %6 : i64
// CHECK-NEXT:   %c = ten.scan [4] (%p = %a : f64) over (%i = %5 : tensor<4xi64>) -> (f64) {
// CHECK-NEXT:     %7 = arith.sitofp %i : i64 to f64
// CHECK-NEXT:     %8 = arith.mulf %p, %7 : f64
// CHECK-NEXT:     ten.yield %8 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c, %n : f64, i64
func.func @scan_of_counter(%a: f64, %i0: i64) -> (f64, i64) {
  %c, %n = ten.scan [4] (%p = %a : f64, %i = %i0 : i64) -> (f64, i64) {
    %three = arith.constant 3 : i64
    %0 = arith.sitofp %i : i64 to f64
    %1 = arith.mulf %p, %0 : f64
    %2 = arith.addi %i, %three : i64
    ten.yield %1, %2 : f64, i64
  }
  func.return %c, %n : f64, i64
}

// The first row is the last step's.
// CHECK-LABEL: func.func @reversed_scan_of_counter(
// CHECK-NEXT:   %0 = ten.iota dim 0 : tensor<4xindex>
// CHECK-NEXT:   %1 = ten.broadcast %s dims [0] : index -> tensor<4xindex>
// CHECK-NEXT:   %2 = arith.muli %0, %1 : tensor<4xindex>
// CHECK-NEXT:   %3 = ten.reverse %2 dims [0] : tensor<4xindex>
// CHECK-NEXT:   %c = ten.scan [4] reverse (%p = %a : f64) over (%i = %3 : tensor<4xindex>) -> (f64) {
// CHECK-NEXT:     %4 = ten.cast %i : index -> f64
// CHECK-NEXT:     %5 = arith.mulf %p, %4 : f64
// CHECK-NEXT:     ten.yield %5 : f64
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c : f64
func.func @reversed_scan_of_counter(%a: f64, %s: index) -> f64 {
  %zero = arith.constant 0 : index
  %c, %n = ten.scan [4] reverse (%p = %a : f64, %i = %zero : index) -> (f64, index) {
    %0 = ten.cast %i : index -> f64
    %1 = arith.mulf %p, %0 : f64
    %2 = arith.addi %s, %i : index
    ten.yield %1, %2 : f64, index
  }
  func.return %c : f64
}

// The sum of floats depends on the order; a step that varies is no counter.
// CHECK-LABEL: func.func @scan_of_sums_stays(
// CHECK-NEXT:   %one = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:   %c, %n = ten.scan [4] (%p = %a : f64, %i = %i0 : i32) over (%x = %xs : tensor<4xi32>) -> (f64, i32) {
// CHECK-NEXT:     %0 = arith.addf %p, %one : f64
// CHECK-NEXT:     %1 = arith.addi %i, %x : i32
// CHECK-NEXT:     ten.yield %0, %1 : f64, i32
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c, %n : f64, i32
func.func @scan_of_sums_stays(%a: f64, %xs: tensor<4xi32>, %i0: i32) -> (f64, i32) {
  %one = arith.constant 1.0 : f64
  %c, %n = ten.scan [4] (%p = %a : f64, %i = %i0 : i32) over (%x = %xs : tensor<4xi32>) -> (f64, i32) {
    %0 = arith.addf %p, %one : f64
    %1 = arith.addi %i, %x : i32
    ten.yield %0, %1 : f64, i32
  }
  func.return %c, %n : f64, i32
}
