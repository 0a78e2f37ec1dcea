// RUN: letgrad-opt %s -p ten-real-transforms,canonicalize --check-semantics | filecheck %s

// CHECK-LABEL: func.func @transform_of_real
// CHECK:         [[H:%.*]] = ten.fft real, %x dims [1] : tensor<3x16xf64> -> tensor<3x9x2xf64>
// CHECK:         ten.reverse {{%.*}} dims [1] : tensor<3x7xf64>
// CHECK:         ten.reverse {{%.*}} dims [1] : tensor<3x7xf64>
// CHECK-NEXT:    arith.negf
// CHECK-NOT:     ten.fft
func.func @transform_of_real(%x: tensor<3x16xf64>) -> tensor<3x16x2xf64> {
  %zero = arith.constant dense<0.0> : tensor<3x16x1xf64>
  %re = ten.reshape %x : tensor<3x16xf64> -> tensor<3x16x1xf64>
  %z = ten.concat %re, %zero dim 2 : tensor<3x16x1xf64>, tensor<3x16x1xf64> -> tensor<3x16x2xf64>
  %y = ten.fft forward, %z dims [1] : tensor<3x16x2xf64> -> tensor<3x16x2xf64>
  func.return %y : tensor<3x16x2xf64>
}

// Two dimensions, backward, and pairs by a pad that a number multiplies.
// CHECK-LABEL: func.func @backward_of_real
// CHECK:         [[H:%.*]] = ten.fft real, %x dims [1] : tensor<5x17xf64> -> tensor<5x9x2xf64>
// CHECK-NEXT:    ten.fft forward, [[H]] dims [0] : tensor<5x9x2xf64>
// CHECK-NOT:     ten.fft
// CHECK:         arith.constant dense<5.000000e-01> : tensor<5x17x2xf64>
func.func @backward_of_real(%x: tensor<5x17xf64>) -> tensor<5x17x2xf64> {
  %half = arith.constant dense<0.5> : tensor<5x17x2xf64>
  %re = ten.reshape %x : tensor<5x17xf64> -> tensor<5x17x1xf64>
  %z = ten.pad %re low [0, 0, 0] high [0, 0, 1] interior [0, 0, 0] : tensor<5x17x1xf64> -> tensor<5x17x2xf64>
  %s = arith.mulf %z, %half : tensor<5x17x2xf64>
  %y = ten.fft backward, %s dims [0, 1] : tensor<5x17x2xf64> -> tensor<5x17x2xf64>
  func.return %y : tensor<5x17x2xf64>
}

// CHECK-LABEL: func.func @real_part_of_transform
// CHECK:         [[B:%.*]] = ten.fft backward, {{%.*}} dims [0] : tensor<3x9x2xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.fft hermitian, [[B]] dims [1] : tensor<3x9x2xf64> -> tensor<3x16xf64>
// CHECK-NEXT:    func.return [[Y]]
func.func @real_part_of_transform(%z: tensor<3x16x2xf64>) -> tensor<3x16xf64> {
  %y = ten.fft backward, %z dims [0, 1] : tensor<3x16x2xf64> -> tensor<3x16x2xf64>
  %re = ten.slice %y offsets [0, 0, 0] sizes [3, 16, 1] strides [1, 1, 1] : tensor<3x16x2xf64> -> tensor<3x16x1xf64>
  %r = ten.reshape %re : tensor<3x16x1xf64> -> tensor<3x16xf64>
  func.return %r : tensor<3x16xf64>
}

// A number multiplies the transform, and two readers take parts of the real parts.
// CHECK-LABEL: func.func @part_of_scaled_transform
// CHECK:         [[Y:%.*]] = ten.fft hermitian, {{%.*}} dims [0] : tensor<9x2xf64> -> tensor<17xf64>
// CHECK-NOT:     ten.fft
// CHECK:         arith.constant dense<2.000000e+00> : tensor<7x1xf64>
func.func @part_of_scaled_transform(%z: tensor<17x2xf64>) -> (tensor<7x1xf64>, tensor<3x1xf64>) {
  %two = arith.constant dense<2.0> : tensor<17x2xf64>
  %y = ten.fft forward, %z dims [0] : tensor<17x2xf64> -> tensor<17x2xf64>
  %s = arith.mulf %y, %two : tensor<17x2xf64>
  %p = ten.slice %s offsets [1, 0] sizes [7, 1] strides [2, 1] : tensor<17x2xf64> -> tensor<7x1xf64>
  %q = ten.slice %y offsets [4, 0] sizes [3, 1] strides [1, 1] : tensor<17x2xf64> -> tensor<3x1xf64>
  func.return %p, %q : tensor<7x1xf64>, tensor<3x1xf64>
}
