// RUN: letgrad-opt %s -p ten-align-shapes --check-semantics | filecheck %s

// No shape has parts of 4 and of 6 in a row of 12.
// CHECK-LABEL: func.func @no_common_shape_stays
// CHECK:         ten.reshape %{{.*}} : tensor<3x4xf64> -> tensor<2x6xf64>
// CHECK:         arith.negf %{{.*}} : tensor<2x6xf64>
func.func @no_common_shape_stays(%x: tensor<3x4xf64>) -> tensor<2x6xf64> {
  %e = math.exp %x : tensor<3x4xf64>
  %y = ten.reshape %e : tensor<3x4xf64> -> tensor<2x6xf64>
  %z = arith.negf %y : tensor<2x6xf64>
  func.return %z : tensor<2x6xf64>
}

// The argument is in memory: the reshape moves nothing.
// CHECK-LABEL: func.func @reshape_of_an_argument_stays
// CHECK:         ten.reshape %x : tensor<3x4xf64> -> tensor<12xf64>
// CHECK:         math.exp %{{.*}} : tensor<12xf64>
func.func @reshape_of_an_argument_stays(%x: tensor<3x4xf64>) -> tensor<12xf64> {
  %y = ten.reshape %x : tensor<3x4xf64> -> tensor<12xf64>
  %z = math.exp %y : tensor<12xf64>
  func.return %z : tensor<12xf64>
}

// The slice would divide its index by 4 for each element.
// CHECK-LABEL: func.func @slice_of_the_other_shape_stays
// CHECK:         arith.negf %{{.*}} : tensor<12xf64>
func.func @slice_of_the_other_shape_stays(%x: tensor<3x4xf64>) -> tensor<7xf64> {
  %e = math.exp %x : tensor<3x4xf64>
  %y = ten.reshape %e : tensor<3x4xf64> -> tensor<12xf64>
  %z = arith.negf %y : tensor<12xf64>
  %s = ten.slice %z offsets [2] sizes [7] strides [1] : tensor<12xf64> -> tensor<7xf64>
  func.return %s : tensor<7xf64>
}

// Dimensions of one element make no other loops.
// CHECK-LABEL: func.func @dimensions_of_one_stay
// CHECK:         ten.reshape %{{.*}} : tensor<3x4xf64> -> tensor<3x1x4xf64>
// CHECK:         arith.negf %{{.*}} : tensor<3x1x4xf64>
func.func @dimensions_of_one_stay(%x: tensor<3x4xf64>) -> tensor<3x1x4xf64> {
  %e = math.exp %x : tensor<3x4xf64>
  %y = ten.reshape %e : tensor<3x4xf64> -> tensor<3x1x4xf64>
  %z = arith.negf %y : tensor<3x1x4xf64>
  func.return %z : tensor<3x1x4xf64>
}
