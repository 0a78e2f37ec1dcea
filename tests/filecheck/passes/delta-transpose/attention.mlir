// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// The tangent of attention becomes the gradient of attention. The weights of all pairs are in neither.

// CHECK-LABEL: func.func @attention(
// CHECK-SAME: [[Q:%[^ ,:)]+]]: tensor<3x4xf64>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: tensor<5x4xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5x6xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<3x6xf64>) -> (tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>) {
// CHECK-NEXT:    [[O:%[^ ,:)]+]], [[MAX:%[^ ,:)]+]], [[SUM:%[^ ,:)]+]] = ten.attention "id,jd,je->ie" [[Q]], [[K]], [[V]] {scale = 5.000000e-01 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64> -> (tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>)
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ie,ie->i" [[O]], [[CT]] : tensor<3x6xf64>, tensor<3x6xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[ATTENTION_GRADIENT:%[^ ,:)]+]], [[ATTENTION_GRADIENT_1:%[^ ,:)]+]], [[ATTENTION_GRADIENT_2:%[^ ,:)]+]] = ten.attention_gradient "id,jd,je->ie" [[Q]], [[K]], [[V]], [[MAX]], [[SUM]], [[CT]], [[EINSUM]] {scale = 5.000000e-01 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3x6xf64>, tensor<3xf64> -> (tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>)
// CHECK-NEXT:    func.return [[O]], [[ATTENTION_GRADIENT]], [[ATTENTION_GRADIENT_1]], [[ATTENTION_GRADIENT_2]] : tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>
// CHECK-NEXT:  }
func.func @attention(%q: tensor<3x4xf64>, %k: tensor<5x4xf64>, %v: tensor<5x6xf64>, %ct: tensor<3x6xf64>) -> (tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>) {
  %dq = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %dk = delta.input 1 : !delta.term<tensor<5x4xf64>>
  %dv = delta.input 2 : !delta.term<tensor<5x6xf64>>
  %o, %max, %sum = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 5.000000e-01 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64> -> (tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>)
  %do = ten.attention_tangent "id,jd,je->ie" %q, %k, %v, %o, %max, %sum, %dq, %dk, %dv {scale = 5.000000e-01 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>, tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>, !delta.term<tensor<3x4xf64>>, !delta.term<tensor<5x4xf64>>, !delta.term<tensor<5x6xf64>> -> (!delta.term<tensor<3x6xf64>>)
  %0, %1, %2 = delta.pullback (%do : %ct) : tensor<3x6xf64> -> tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>
  func.return %o, %0, %1, %2 : tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>
}
