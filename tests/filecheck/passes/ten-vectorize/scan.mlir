// RUN: letgrad-opt %s -p ten-vectorize | filecheck %s

// A scan in a build is one scan over bulk values. Of what it carries, %n depends on no index and
// stays as it is; so do the rows of %vs. Rows that depend on an index come first for the loop, then
// by the index.
// CHECK-LABEL: func.func @scan_in_build(
// CHECK-NEXT:   %0 = ten.transpose %ws perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:   %b, %k, %1 = ten.scan [4] reverse (%a = %x : tensor<3xf64>, %n = %n0 : i64) over (%v = %vs : tensor<4xf64>, %u = %0 : tensor<4x3xf64>) -> (tensor<3xf64>, i64, tensor<4x3xf64>) {
// CHECK-NEXT:     %2 = arith.sitofp %n : i64 to f64
// CHECK-NEXT:     %3 = arith.addf %v, %2 : f64
// CHECK-NEXT:     %4 = ten.broadcast %3 dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:     %5 = arith.mulf %a, %4 : tensor<3xf64>
// CHECK-NEXT:     %6 = arith.mulf %5, %u : tensor<3xf64>
// CHECK-NEXT:     %7 = arith.muli %n, %n : i64
// CHECK-NEXT:     ten.yield %6, %7, %5 : tensor<3xf64>, i64, tensor<3xf64>
// CHECK-NEXT:   }
// CHECK-NEXT:   %s = ten.transpose %1 perm [1, 0] : tensor<4x3xf64> -> tensor<3x4xf64>
// CHECK-NEXT:   func.return %s : tensor<3x4xf64>
func.func @scan_in_build(%x: tensor<3xf64>, %vs: tensor<4xf64>, %ws: tensor<3x4xf64>, %n0: i64) -> tensor<3x4xf64> {
  %r = ten.build [3] (%i) : tensor<3x4xf64> {
    %y = ten.index %x[%i] : tensor<3xf64> -> f64
    %w = ten.index %ws[%i] : tensor<3x4xf64> -> tensor<4xf64>
    %b, %k, %s = ten.scan [4] reverse (%a = %y : f64, %n = %n0 : i64) over (%v = %vs : tensor<4xf64>, %u = %w : tensor<4xf64>) -> (f64, i64, tensor<4xf64>) {
      %0 = arith.sitofp %n : i64 to f64
      %1 = arith.addf %v, %0 : f64
      %2 = arith.mulf %a, %1 : f64
      %3 = arith.mulf %2, %u : f64
      %4 = arith.muli %n, %n : i64
      ten.yield %3, %4, %2 : f64, i64, f64
    }
    ten.yield %s : tensor<4xf64>
  }
  func.return %r : tensor<3x4xf64>
}

// A step reads a value that depends on an index. So the carried value does, though its first value does not.
// CHECK-LABEL: func.func @carried_by_another(
// CHECK-NEXT:   %0 = ten.broadcast %x dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:   %b, %c = ten.scan [4] (%p = %0 : tensor<3xf64>, %q = %0 : tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:     %1 = arith.addf %q, %vs : tensor<3xf64>
// CHECK-NEXT:     ten.yield %q, %1 : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %b : tensor<3xf64>
func.func @carried_by_another(%x: f64, %vs: tensor<3xf64>) -> tensor<3xf64> {
  %r = ten.build [3] (%i) : tensor<3xf64> {
    %v = ten.index %vs[%i] : tensor<3xf64> -> f64
    %b, %c = ten.scan [4] (%p = %x : f64, %q = %x : f64) -> (f64, f64) {
      %0 = arith.addf %q, %v : f64
      ten.yield %q, %0 : f64, f64
    }
    ten.yield %b : f64
  }
  func.return %r : tensor<3xf64>
}

// Builds in a scan are vectorized in it.
// CHECK-LABEL: func.func @build_in_scan(
// CHECK-NEXT:   %c = ten.scan [4] (%a = %x : tensor<3xf64>) -> (tensor<3xf64>) {
// CHECK-NEXT:     %b = math.sin %a : tensor<3xf64>
// CHECK-NEXT:     ten.yield %b : tensor<3xf64>
// CHECK-NEXT:   }
// CHECK-NEXT:   func.return %c : tensor<3xf64>
func.func @build_in_scan(%x: tensor<3xf64>) -> tensor<3xf64> {
  %c = ten.scan [4] (%a = %x : tensor<3xf64>) -> (tensor<3xf64>) {
    %b = ten.build [3] (%i) : tensor<3xf64> {
      %y = ten.index %a[%i] : tensor<3xf64> -> f64
      %0 = math.sin %y : f64
      ten.yield %0 : f64
    }
    ten.yield %b : tensor<3xf64>
  }
  func.return %c : tensor<3xf64>
}
