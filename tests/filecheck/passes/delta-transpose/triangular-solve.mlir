// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// CHECK-LABEL: func.func @lower(
// CHECK:      %g0 = ten.triangular_solve lower_adjoint, %t, %ct : tensor<3x3xf64>, tensor<3x4xf64> -> tensor<3x4xf64>
func.func @lower(%t: tensor<3x3xf64>, %ct: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %d = ten.triangular_solve lower, %t, %d0 : tensor<3x3xf64>, !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %g0 : tensor<3x4xf64>
}

// CHECK-LABEL: func.func @complex_upper_adjoint(
// CHECK:      %g0 = ten.triangular_solve complex_upper, %t, %ct : tensor<3x3x2xf64>, tensor<3x4x2xf64> -> tensor<3x4x2xf64>
func.func @complex_upper_adjoint(%t: tensor<3x3x2xf64>, %ct: tensor<3x4x2xf64>) -> (tensor<3x4x2xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4x2xf64>>
  %d = ten.triangular_solve complex_upper_adjoint, %t, %d0 : tensor<3x3x2xf64>, !delta.term<tensor<3x4x2xf64>> -> !delta.term<tensor<3x4x2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
  func.return %g0 : tensor<3x4x2xf64>
}
