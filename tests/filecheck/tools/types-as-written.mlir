// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s -p ten-scalarize --split-input-file | filecheck %s --check-prefix=SCALAR

// Without a pass, types are printed as they were read.
// CHECK-LABEL: func.func @rank_zero(%x: tensor<f64>) -> (tensor<f64>, tensor<f64>)
// CHECK-NEXT:    %c = math.cos %x : tensor<f64>
// CHECK-NEXT:    %k = arith.constant dense<1.000000e+00> : tensor<f64>
// CHECK-NEXT:    func.return %c, %k : tensor<f64>, tensor<f64>
// SCALAR-LABEL: func.func @rank_zero(%x: f64) -> (f64, f64)
func.func @rank_zero(%x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  %c = math.cos %x : tensor<f64>
  %k = arith.constant dense<1.0> : tensor<f64>
  func.return %c, %k : tensor<f64>, tensor<f64>
}
