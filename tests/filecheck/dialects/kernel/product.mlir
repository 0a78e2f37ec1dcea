// From the custom form to the generic one and back.
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @product(
// CHECK:         %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
// CHECK-NEXT:    kernel.yield %p : tensor<4xf64>
func.func @product(%x: tensor<5x3xf64>, %w: tensor<3x4xf64>) -> tensor<5x4xf64> {
  %y = kernel.fused [5] (%i) store [0] : tensor<5x4xf64> {
    %p = kernel.product "ik,kj->ij" %x, %w [%i] : tensor<5x3xf64>, tensor<3x4xf64>
    kernel.yield %p : tensor<4xf64>
  }
  func.return %y : tensor<5x4xf64>
}
