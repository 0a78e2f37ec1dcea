// RUN: letgrad-opt -p convert-ten-to-stablehlo %s | filecheck %s

// Numbers are tensors in StableHLO. A declaration of another dialect's types keeps them.

// CHECK: func.func private @mine(tensor<f32>, tensor<3xf64>) -> tensor<i64>
func.func private @mine(f32, tensor<3xf64>) -> index

// CHECK: func.func private @other(memref<4xf32>, vector<3xf32>, tensor<f32>) -> tensor<?xf32>
func.func private @other(memref<4xf32>, vector<3xf32>, f32) -> tensor<?xf32>
