// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// CHECK-LABEL: func.func @forward(
// CHECK:      %g0 = ten.fft backward, %ct dims [0, 1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
func.func @forward(%ct: tensor<3x4x2xf64>) -> (tensor<3x4x2xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4x2xf64>>
  %d = ten.fft forward, %d0 dims [0, 1] : !delta.term<tensor<3x4x2xf64>> -> !delta.term<tensor<3x4x2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
  func.return %g0 : tensor<3x4x2xf64>
}

// CHECK-LABEL: func.func @backward(
// CHECK:      %g0 = ten.fft forward, %ct dims [1] : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
func.func @backward(%ct: tensor<3x4x2xf64>) -> (tensor<3x4x2xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x4x2xf64>>
  %d = ten.fft backward, %d0 dims [1] : !delta.term<tensor<3x4x2xf64>> -> !delta.term<tensor<3x4x2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4x2xf64> -> tensor<3x4x2xf64>
  func.return %g0 : tensor<3x4x2xf64>
}

// The last coefficient of an even number of elements is its own conjugate.
// CHECK-LABEL: func.func @real_of_an_even_size(
// CHECK:      [[W:%.*]] = arith.constant dense<[1.000000e+00, 5.000000e-01, 5.000000e-01, 1.000000e+00]> : tensor<4xf64>
// CHECK-NEXT: [[B:%.*]] = ten.broadcast [[W]] dims [0, 2] : tensor<4xf64> -> tensor<3x4x2xf64>
// CHECK-NEXT: [[C:%.*]] = arith.mulf %ct, [[B]] : tensor<3x4x2xf64>
// CHECK-NEXT: %g0 = ten.fft hermitian, [[C]] dims [1] : tensor<3x4x2xf64> -> tensor<3x6xf64>
func.func @real_of_an_even_size(%ct: tensor<3x4x2xf64>) -> (tensor<3x6xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x6xf64>>
  %d = ten.fft real, %d0 dims [1] : !delta.term<tensor<3x6xf64>> -> !delta.term<tensor<3x4x2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4x2xf64> -> tensor<3x6xf64>
  func.return %g0 : tensor<3x6xf64>
}

// CHECK-LABEL: func.func @hermitian_of_an_odd_size(
// CHECK:      [[A:%.*]] = ten.fft real, %ct dims [0] : tensor<5xf32> -> tensor<3x2xf32>
// CHECK-NEXT: [[W:%.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 2.000000e+00]> : tensor<3xf32>
// CHECK-NEXT: [[B:%.*]] = ten.broadcast [[W]] dims [1] : tensor<3xf32> -> tensor<3x2xf32>
// CHECK-NEXT: %g0 = arith.mulf [[A]], [[B]] : tensor<3x2xf32>
func.func @hermitian_of_an_odd_size(%ct: tensor<5xf32>) -> (tensor<3x2xf32>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x2xf32>>
  %d = ten.fft hermitian, %d0 dims [0] : !delta.term<tensor<3x2xf32>> -> !delta.term<tensor<5xf32>>
  %g0 = delta.pullback (%d : %ct) : tensor<5xf32> -> tensor<3x2xf32>
  func.return %g0 : tensor<3x2xf32>
}
