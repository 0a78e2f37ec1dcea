// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// CHECK-LABEL: func.func @let(
// CHECK:      %y = sharing.let %x : f64
// CHECK-NEXT: %w = sharing.let %v {decision = "store"} : tensor<5xf32>
// CHECK-NEXT: func.return %y, %w : f64, tensor<5xf32>
func.func @let(%x: f64, %v: tensor<5xf32>) -> (f64, tensor<5xf32>) {
  %y = sharing.let %x : f64
  %w = sharing.let %v {decision = "store"} : tensor<5xf32>
  func.return %y, %w : f64, tensor<5xf32>
}
