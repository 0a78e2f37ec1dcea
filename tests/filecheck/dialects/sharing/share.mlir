// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @share(
// CHECK:      %y = sharing.share %x {stamp = 7} : f64
// CHECK-NEXT: %w = sharing.share %v {stamp = 0, note = "kept"} : tensor<5xf32>
// CHECK-NEXT: func.return %y, %w : f64, tensor<5xf32>
func.func @share(%x: f64, %v: tensor<5xf32>) -> (f64, tensor<5xf32>) {
  %y = sharing.share %x {stamp = 7} : f64
  %w = sharing.share %v {stamp = 0, note = "kept"} : tensor<5xf32>
  func.return %y, %w : f64, tensor<5xf32>
}

// CHECK-LABEL: func.func @indices(
// CHECK:      %r = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
// CHECK-NEXT:   %e = ten.index %m[%i, %j] : tensor<2x3xf64> -> f64
// CHECK-NEXT:   %f = math.exp %e : f64
// CHECK-NEXT:   %y = sharing.share %f {stamp = 12} [%i, %j] : f64
// CHECK-NEXT:   ten.yield %y : f64
// CHECK-NEXT: }
// CHECK-NEXT: func.return %r : tensor<2x3xf64>
func.func @indices(%m: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %r = ten.build [2, 3] (%i, %j) : tensor<2x3xf64> {
    %e = ten.index %m[%i, %j] : tensor<2x3xf64> -> f64
    %f = math.exp %e : f64
    %y = sharing.share %f {stamp = 12} [%i, %j] : f64
    ten.yield %y : f64
  }
  func.return %r : tensor<2x3xf64>
}
