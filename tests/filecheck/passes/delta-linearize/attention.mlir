// RUN: letgrad-opt %s -p delta-linearize | filecheck %s

// The tangent of attention is one op, so that its transpose is one op, too.

// CHECK-LABEL: func.func @attention(
// CHECK-SAME: [[Q:%[^ ,:)]+]]: tensor<3x4xf64>,
// CHECK-SAME: [[K:%[^ ,:)]+]]: tensor<5x4xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5x6xf64>,
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<3x6xf64>) -> (tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>) attributes {letgrad.primal_flops = 600 : i64} {
// CHECK-NEXT:    [[DQ:%.*]] = delta.input 0 : !delta.term<tensor<3x4xf64>>
// CHECK-NEXT:    [[DK:%.*]] = delta.input 1 : !delta.term<tensor<5x4xf64>>
// CHECK-NEXT:    [[DV:%.*]] = delta.input 2 : !delta.term<tensor<5x6xf64>>
// CHECK-NEXT:    [[O:%[^ ,:)]+]], [[MAX:%[^ ,:)]+]], [[SUM:%[^ ,:)]+]] = ten.attention "id,jd,je->ie" [[Q]], [[K]], [[V]] {scale = 5.000000e-01 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64> -> (tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>)
// CHECK-NEXT:    [[DO:%.*]] = ten.attention_tangent "id,jd,je->ie" [[Q]], [[K]], [[V]], [[O]], [[MAX]], [[SUM]], [[DQ]], [[DK]], [[DV]] {scale = 5.000000e-01 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>, tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>, !delta.term<tensor<3x4xf64>>, !delta.term<tensor<5x4xf64>>, !delta.term<tensor<5x6xf64>> -> (!delta.term<tensor<3x6xf64>>)
// CHECK-NEXT:    [[PULLBACK:%[^ ,:)]+]], [[PULLBACK_1:%[^ ,:)]+]], [[PULLBACK_2:%[^ ,:)]+]] = delta.pullback ([[DO]] : [[CT]]) : tensor<3x6xf64> -> tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>
// CHECK-NEXT:    func.return [[O]], [[PULLBACK]], [[PULLBACK_1]], [[PULLBACK_2]] : tensor<3x6xf64>, tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64>
// CHECK-NEXT:  }
func.func @attention(%q: tensor<3x4xf64>, %k: tensor<5x4xf64>, %v: tensor<5x6xf64>) -> tensor<3x6xf64> {
  %o, %max, %sum = ten.attention "id,jd,je->ie" %q, %k, %v {scale = 0.5 : f64} : tensor<3x4xf64>, tensor<5x4xf64>, tensor<5x6xf64> -> (tensor<3x6xf64>, tensor<3xf64>, tensor<3xf64>)
  func.return %o : tensor<3x6xf64>
}
