// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s
// RUN: letgrad-opt < %s | filecheck %s
// RUN: letgrad-opt - < %s | filecheck %s

// IR in, the same IR out, with the types as they were written.

// CHECK-LABEL: func.func @add(%x: tensor<2x3xf64>) -> tensor<2x3xf64>
// CHECK-NEXT:    %{{.*}} = arith.addf %x, %x : tensor<2x3xf64>
func.func @add(%x : tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = arith.addf %x, %x : tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @rank_zero(%x: tensor<f32>) -> tensor<f32>
func.func @rank_zero(%x : tensor<f32>) -> tensor<f32> {
  func.return %x : tensor<f32>
}
