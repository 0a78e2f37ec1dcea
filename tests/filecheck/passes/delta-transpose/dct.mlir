// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// CHECK-LABEL: func.func @cosine1(
// CHECK:      [[W:%.*]] = ten.broadcast {{.*}} dims [0] : tensor<4xf64> -> tensor<3x4xf64>
// CHECK-NEXT: [[C:%.*]] = arith.mulf %ct, [[W]] : tensor<3x4xf64>
// CHECK-NEXT: [[T:%.*]] = ten.dct cosine1, [[C]] dims [1] : tensor<3x4xf64> -> tensor<3x4xf64>
// CHECK:      %g0 = arith.mulf [[T]], {{.*}} : tensor<3x4xf64>
func.func @cosine1(%ct: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %d = ten.dct cosine1, %d0 dims [1] : !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %g0 : tensor<3x4xf64>
}

// CHECK-LABEL: func.func @cosine2(
// CHECK:      [[E:%.*]] = ten.compare eq, {{.*}} : tensor<3xindex>
// CHECK:      ten.select [[E]]
// CHECK:      [[C:%.*]] = arith.mulf %ct, {{.*}} : tensor<3x4xf64>
// CHECK-NEXT: %g0 = ten.dct cosine3, [[C]] dims [0] : tensor<3x4xf64> -> tensor<3x4xf64>
func.func @cosine2(%ct: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %d = ten.dct cosine2, %d0 dims [0] : !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %g0 : tensor<3x4xf64>
}

// CHECK-LABEL: func.func @sine3(
// CHECK-NEXT: [[T:%.*]] = ten.dct sine2, %ct dims [1] : tensor<3x4xf64> -> tensor<3x4xf64>
// CHECK:      %g0 = arith.mulf [[T]], {{.*}} : tensor<3x4xf64>
func.func @sine3(%ct: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %d = ten.dct sine3, %d0 dims [1] : !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %g0 : tensor<3x4xf64>
}

// CHECK-LABEL: func.func @sine4(
// CHECK-NEXT: %g0 = ten.dct sine4, %ct dims [1] : tensor<3x4xf64> -> tensor<3x4xf64>
func.func @sine4(%ct: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %d = ten.dct sine4, %d0 dims [1] : !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %g0 : tensor<3x4xf64>
}
