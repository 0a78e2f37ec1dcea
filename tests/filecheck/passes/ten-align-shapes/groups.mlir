// RUN: letgrad-opt %s -p ten-align-shapes --check-semantics | filecheck %s

// Groups of channels are reduced, and channels are scaled: all in groups, channels of a group, and
// places. Only the argument and the result are reshaped.
// CHECK-LABEL: func.func @groups
// CHECK-NEXT:    %[[C:.*]] = ten.reshape %c : tensor<10xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    %[[X:.*]] = ten.reshape %x : tensor<6x10x7xf64> -> tensor<6x2x5x7xf64>
// CHECK:         %[[M:.*]] = ten.reduce max, %[[X]] dims [2, 3] : tensor<6x2x5x7xf64> -> tensor<6x2xf64>
// CHECK-NEXT:    %[[W:.*]] = ten.broadcast %[[M]] dims [2, 3]
// CHECK-NEXT:    %[[D:.*]] = arith.subf %[[X]], %[[W]]
// CHECK-NEXT:    %[[B:.*]] = ten.broadcast %[[C]] dims [0, 3]
// CHECK-NEXT:    %[[Z:.*]] = arith.mulf %[[D]], %[[B]]
// CHECK-NEXT:    ten.reshape %[[Z]] : tensor<6x2x5x7xf64> -> tensor<6x10x7xf64>
func.func @groups(%x: tensor<6x10x7xf64>, %c: tensor<10xf64>) -> tensor<6x10x7xf64> {
  %y = ten.reshape %x : tensor<6x10x7xf64> -> tensor<6x2x35xf64>
  %m = ten.reduce max, %y dims [2] : tensor<6x2x35xf64> -> tensor<6x2xf64>
  %w = ten.broadcast %m dims [2] : tensor<6x2xf64> -> tensor<6x2x35xf64>
  %d = arith.subf %y, %w : tensor<6x2x35xf64>
  %e = ten.reshape %d : tensor<6x2x35xf64> -> tensor<6x10x7xf64>
  %b = ten.broadcast %c dims [0, 2] : tensor<10xf64> -> tensor<6x10x7xf64>
  %z = arith.mulf %e, %b : tensor<6x10x7xf64>
  func.return %z : tensor<6x10x7xf64>
}

// A letter of a sum of products is two letters, and a constant gets the shape.
// CHECK-LABEL: func.func @letters
// CHECK:         arith.constant dense<2.000000e+00> : tensor<3x4xf64>
// CHECK:         ten.einsum "ab,ab->b" {{.*}} : tensor<3x4xf64>, tensor<3x4xf64> -> tensor<4xf64>
func.func @letters(%x: tensor<3x4xf64>, %c: tensor<12xf64>) -> tensor<4xf64> {
  %e = math.exp %c : tensor<12xf64>
  %two = arith.constant dense<2.0> : tensor<12xf64>
  %z = arith.addf %e, %two : tensor<12xf64>
  %y = ten.reshape %z : tensor<12xf64> -> tensor<3x4xf64>
  %s = ten.einsum "ij,ij->j" %y, %x : tensor<3x4xf64>, tensor<3x4xf64> -> tensor<4xf64>
  func.return %s : tensor<4xf64>
}

// Nothing tells the rows from the columns: they are one dimension.
// CHECK-LABEL: func.func @joined
// CHECK:         math.exp %{{.*}} : tensor<12xf64>
// CHECK-NEXT:    arith.negf %{{.*}} : tensor<12xf64>
func.func @joined(%x: tensor<3x4xf64>) -> tensor<2x6xf64> {
  %e = math.exp %x : tensor<3x4xf64>
  %y = ten.reshape %e : tensor<3x4xf64> -> tensor<12xf64>
  %z = arith.negf %y : tensor<12xf64>
  %r = ten.reshape %z : tensor<12xf64> -> tensor<2x6xf64>
  func.return %r : tensor<2x6xf64>
}
