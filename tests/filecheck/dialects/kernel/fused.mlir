// From the custom form to the generic one and back.
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @softmax(
// CHECK-NEXT:    %y, %g, %mm = kernel.fused [5] (%i) store [0], add [], store [0] : tensor<5x7xf64>, tensor<7xf64>, tensor<5xf64> {
// CHECK-NEXT:      %m = kernel.generic [7] (%j) max [] : f64 {
// CHECK:           %e, %s = kernel.generic [7] (%j_1) store [0], add [] : tensor<7xf64>, f64 {
// CHECK:             %d = arith.subf %a_1, %m : f64
// CHECK:           %r = kernel.generic [7] (%j_2) store [0] : tensor<7xf64> {
// CHECK:           kernel.yield %r, %e, %m : tensor<7xf64>, tensor<7xf64>, f64
// CHECK-NEXT:    }
func.func @softmax(%x: tensor<5x7xf64>, %w: tensor<7xf64>) -> (tensor<5x7xf64>, tensor<7xf64>, tensor<5xf64>) {
  %y, %g, %mm = kernel.fused [5] (%i) store [0], add [], store [0] : tensor<5x7xf64>, tensor<7xf64>, tensor<5xf64> {
    %m = kernel.generic [7] (%j) max [] : f64 {
      %a = kernel.load %x[%i, %j] {in_bounds} : tensor<5x7xf64>
      kernel.yield %a : f64
    }
    %e, %s = kernel.generic [7] (%j) store [0], add [] : tensor<7xf64>, f64 {
      %a = kernel.load %x[%i, %j] {in_bounds} : tensor<5x7xf64>
      %d = arith.subf %a, %m : f64
      %ex = math.exp %d : f64
      kernel.yield %ex, %ex : f64, f64
    }
    %r = kernel.generic [7] (%j) store [0] : tensor<7xf64> {
      %a = kernel.load %e[%j] {in_bounds} : tensor<7xf64>
      %ww = kernel.load %w[%j] {in_bounds} : tensor<7xf64>
      %d = arith.divf %a, %s : f64
      %d2 = arith.mulf %d, %ww : f64
      kernel.yield %d2 : f64
    }
    kernel.yield %r, %e, %m : tensor<7xf64>, tensor<7xf64>, f64
  }
  func.return %y, %g, %mm : tensor<5x7xf64>, tensor<7xf64>, tensor<5xf64>
}
