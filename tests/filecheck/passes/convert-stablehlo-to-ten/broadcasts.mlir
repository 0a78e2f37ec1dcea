// RUN: letgrad-opt %s -p convert-stablehlo-to-ten,canonicalize -t terms | filecheck %s

// A vector along the first dimension of a square matrix, and not along the last one.
// CHECK-LABEL: along_the_first = \x v -> (x - broadcast[1] [3, 3] v, broadcast[1] [3, 3] v < x)
func.func @along_the_first(%x: tensor<3x3xf32>, %v: tensor<3xf32>) -> (tensor<3x3xf32>, tensor<3x3xi1>) {
  %r = chlo.broadcast_subtract %x, %v {broadcast_dimensions = array<i64: 0>} : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  %c = chlo.broadcast_compare %v, %x {broadcast_dimensions = array<i64: 0>, comparison_direction = #chlo<comparison_direction LT>} : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3x3xi1>
  return %r, %c : tensor<3x3xf32>, tensor<3x3xi1>
}
