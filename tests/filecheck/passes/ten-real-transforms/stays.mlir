// RUN: letgrad-opt %s -p ten-real-transforms --check-semantics | filecheck %s

// The imaginary parts are no zeros.
// CHECK-LABEL: func.func @transform_of_complex_stays
// CHECK:         ten.fft forward
func.func @transform_of_complex_stays(%x: tensor<16x1xf64>, %y: tensor<16x1xf64>) -> tensor<16x2xf64> {
  %z = ten.concat %x, %y dim 1 : tensor<16x1xf64>, tensor<16x1xf64> -> tensor<16x2xf64>
  %f = ten.fft forward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  func.return %f : tensor<16x2xf64>
}

// The zeros are the real parts.
// CHECK-LABEL: func.func @transform_of_imaginary_stays
// CHECK:         ten.fft forward
func.func @transform_of_imaginary_stays(%x: tensor<16x1xf64>) -> tensor<16x2xf64> {
  %z = ten.pad %x low [0, 1] high [0, 0] interior [0, 0] : tensor<16x1xf64> -> tensor<16x2xf64>
  %f = ten.fft forward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  func.return %f : tensor<16x2xf64>
}

// An infinite number times zero is NaN.
// CHECK-LABEL: func.func @infinite_factor_stays
// CHECK:         ten.fft forward
func.func @infinite_factor_stays(%x: tensor<16x1xf64>) -> tensor<16x2xf64> {
  %inf = arith.constant dense<0x7FF0000000000000> : tensor<16x2xf64>
  %z = ten.pad %x low [0, 0] high [0, 1] interior [0, 0] : tensor<16x1xf64> -> tensor<16x2xf64>
  %s = arith.mulf %z, %inf : tensor<16x2xf64>
  %f = ten.fft forward, %s dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  func.return %f : tensor<16x2xf64>
}

// CHECK-LABEL: func.func @short_transform_of_real_stays
// CHECK:         ten.fft forward
func.func @short_transform_of_real_stays(%x: tensor<15x1xf64>) -> tensor<15x2xf64> {
  %z = ten.pad %x low [0, 0] high [0, 1] interior [0, 0] : tensor<15x1xf64> -> tensor<15x2xf64>
  %f = ten.fft forward, %z dims [0] : tensor<15x2xf64> -> tensor<15x2xf64>
  func.return %f : tensor<15x2xf64>
}

// CHECK-LABEL: func.func @real_part_of_short_transform_stays
// CHECK:         ten.fft backward
func.func @real_part_of_short_transform_stays(%z: tensor<15x2xf64>) -> tensor<15x1xf64> {
  %f = ten.fft backward, %z dims [0] : tensor<15x2xf64> -> tensor<15x2xf64>
  %y = ten.slice %f offsets [0, 0] sizes [15, 1] strides [1, 1] : tensor<15x2xf64> -> tensor<15x1xf64>
  func.return %y : tensor<15x1xf64>
}

// CHECK-LABEL: func.func @imaginary_part_stays
// CHECK:         ten.fft backward
func.func @imaginary_part_stays(%z: tensor<16x2xf64>) -> (tensor<16x1xf64>, tensor<16x1xf64>) {
  %f = ten.fft backward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %y = ten.slice %f offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  %i = ten.slice %f offsets [0, 1] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  func.return %y, %i : tensor<16x1xf64>, tensor<16x1xf64>
}

// The whole transform is a result.
// CHECK-LABEL: func.func @other_reader_stays
// CHECK:         ten.fft backward
func.func @other_reader_stays(%z: tensor<16x2xf64>) -> (tensor<16x1xf64>, tensor<16x2xf64>) {
  %f = ten.fft backward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %y = ten.slice %f offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  func.return %y, %f : tensor<16x1xf64>, tensor<16x2xf64>
}

// Each element has a factor of its own.
// CHECK-LABEL: func.func @part_of_weighted_transform_stays
// CHECK:         [[F:%.*]] = ten.fft backward
// CHECK-NEXT:    arith.mulf [[F]], %w
func.func @part_of_weighted_transform_stays(%z: tensor<16x2xf64>, %w: tensor<16x2xf64>) -> tensor<16x1xf64> {
  %f = ten.fft backward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %s = arith.mulf %f, %w : tensor<16x2xf64>
  %y = ten.slice %s offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  func.return %y : tensor<16x1xf64>
}
