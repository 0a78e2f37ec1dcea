// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// CHECK-LABEL: func.func @upper(
// CHECK:      %g0 = ten.symmetric_solve upper, %a, %ct : tensor<3x3xf64>, tensor<3x4xf64> -> tensor<3x4xf64>
func.func @upper(%a: tensor<3x3xf64>, %ct: tensor<3x4xf64>) -> (tensor<3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4xf64>>
  %d = ten.symmetric_solve upper, %a, %d0 : tensor<3x3xf64>, !delta.term<tensor<3x4xf64>> -> !delta.term<tensor<3x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return %g0 : tensor<3x4xf64>
}
