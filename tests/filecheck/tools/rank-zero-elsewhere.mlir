// RUN: letgrad-opt %s | filecheck %s

// Ops of other dialects take tensors of rank 0.
// CHECK-LABEL: func.func @extract(%x: tensor<f64>) -> f64
// CHECK-NEXT:    tensor.extract %x[] : tensor<f64>
func.func @extract(%x: tensor<f64>) -> f64 {
  %e = tensor.extract %x[] : tensor<f64>
  func.return %e : f64
}
