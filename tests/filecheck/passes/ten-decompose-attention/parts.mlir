// RUN: letgrad-opt %s -p ten-decompose-attention --check-semantics --split-input-file | filecheck %s
// RUN: letgrad-opt %s -p 'ten-decompose-attention,cse' --split-input-file | filecheck %s --check-prefix=SHARED
// RUN: letgrad-opt %s -p 'ten-decompose-attention{kernels=true}' --remarks --split-input-file 2>&1 | filecheck %s --check-prefix=KERNELS

// The causal mask is a comparison of places, and no table.
// CHECK-LABEL: func.func @causal
// CHECK:       ten.iota dim 0
// CHECK:       ten.compare sle
// CHECK:       ten.einsum "id,jd->ij"
// CHECK:       ten.select
// CHECK:       ten.reduce max
// CHECK:       math.exp
// CHECK:       ten.sum
// CHECK:       arith.divf
// CHECK:       ten.einsum "ij,je->ie"
// CHECK-NOT:   ten.attention
// KERNELS-LABEL: func.func @causal
// KERNELS:       ten.attention "id,jd,je->ie"
func.func @causal(%q: tensor<3x4xf32>, %k: tensor<5x4xf32>, %v: tensor<5x6xf32>) -> tensor<3x6xf32> {
  %o, %max, %sum = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 0.5 : f64, above = 0 : i64} : tensor<3x4xf32>, tensor<5x4xf32>, tensor<5x6xf32> -> (tensor<3x6xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return %o : tensor<3x6xf32>
}

// -----

// The attention and its gradient have one exponential, and no gradient of a maximum.
// SHARED-LABEL: func.func @with_gradient
// SHARED:       math.exp
// SHARED-NOT:   math.exp
// SHARED:       func.return
// CHECK-LABEL: func.func @with_gradient
// KERNELS-LABEL: func.func @with_gradient
// KERNELS-NOT:   ten.attention
func.func @with_gradient(%q: tensor<3x4xf64>, %k: tensor<5x4xf64>, %v: tensor<5x6xf64>, %ct: tensor<3x6xf64>) -> (tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>) {
  %o, %max, %sum = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 0.5 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64> -> (tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>)
  %delta = ten.einsum "ie,ie->i" %o, %ct : tensor<3x6xf64>, tensor<3x6xf64> -> tensor<3xf64>
  %dq, %dk, %dv = ten.attention_gradient "id,jd,je->ie" %q, %k, %v, %max, %sum, %ct, %delta {scale = 0.5 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x6xf64>, tensor<3xf64> -> (tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>)
  func.return %o, %dq, %dk, %dv : tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>
}
