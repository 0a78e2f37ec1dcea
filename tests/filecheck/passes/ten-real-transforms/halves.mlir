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
// CHECK:         arith.constant dense<5.000000e-01> : tensor<5x9xf64>
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

// The product of two spectra of real numbers is one. So nothing moves to opposite places.
// CHECK-LABEL: func.func @product_of_spectra
// CHECK-COUNT-2: ten.fft real
// CHECK-NOT:     ten.reverse
// CHECK:         [[Y:%.*]] = ten.fft hermitian, {{%.*}} dims [0] : tensor<10x2xf64> -> tensor<18xf64>
// CHECK-NEXT:    func.return [[Y]]
func.func @product_of_spectra(%x: tensor<18x1xf64>, %y: tensor<18x1xf64>) -> tensor<18xf64> {
  %zero = arith.constant dense<0.0> : tensor<18x1xf64>
  %p = ten.concat %x, %zero dim 1 : tensor<18x1xf64>, tensor<18x1xf64> -> tensor<18x2xf64>
  %q = ten.concat %y, %zero dim 1 : tensor<18x1xf64>, tensor<18x1xf64> -> tensor<18x2xf64>
  %f = ten.fft forward, %p dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %g = ten.fft forward, %q dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %a = ten.slice %f offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %b = ten.slice %f offsets [0, 1] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %c = ten.slice %g offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %d = ten.slice %g offsets [0, 1] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %ac = arith.mulf %a, %c : tensor<18x1xf64>
  %bd = arith.mulf %b, %d : tensor<18x1xf64>
  %ad = arith.mulf %a, %d : tensor<18x1xf64>
  %bc = arith.mulf %b, %c : tensor<18x1xf64>
  %re = arith.subf %ac, %bd : tensor<18x1xf64>
  %im = arith.addf %ad, %bc : tensor<18x1xf64>
  %z = ten.concat %re, %im dim 1 : tensor<18x1xf64>, tensor<18x1xf64> -> tensor<18x2xf64>
  %u = ten.fft backward, %z dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %v = ten.slice %u offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %r = ten.reshape %v : tensor<18x1xf64> -> tensor<18xf64>
  func.return %r : tensor<18xf64>
}

// Only the factors move to opposite places, and the spectrum does not.
// CHECK-LABEL: func.func @spectrum_times_factors
// CHECK:         ten.fft real
// CHECK:         [[W:%.*]] = ten.slice %w offsets [9] sizes [9] strides [1]
// CHECK-NEXT:    ten.reverse [[W]] dims [0] : tensor<9xf64>
// CHECK-NOT:     ten.reverse
// CHECK:         ten.fft hermitian
func.func @spectrum_times_factors(%x: tensor<18x1xf64>, %w: tensor<18xf64>) -> tensor<18x1xf64> {
  %p = ten.pad %x low [0, 0] high [0, 1] interior [0, 0] : tensor<18x1xf64> -> tensor<18x2xf64>
  %f = ten.fft forward, %p dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %a = ten.slice %f offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %b = ten.slice %f offsets [0, 1] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %s = ten.reshape %w : tensor<18xf64> -> tensor<18x1xf64>
  %re = arith.mulf %a, %s : tensor<18x1xf64>
  %im = arith.mulf %b, %s : tensor<18x1xf64>
  %z = ten.concat %re, %im dim 1 : tensor<18x1xf64>, tensor<18x1xf64> -> tensor<18x2xf64>
  %u = ten.fft backward, %z dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %v = ten.slice %u offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  func.return %v : tensor<18x1xf64>
}

// The sine has another reader. It is computed for all places once, and its images are moved.
// CHECK-LABEL: func.func @costly_function_of_a_spectrum
// CHECK:         [[S:%.*]] = math.sin {{%.*}} : tensor<16x1xf64>
// CHECK-NOT:     math.sin
// CHECK:         func.return {{%.*}}, [[S]]
func.func @costly_function_of_a_spectrum(%x: tensor<16x1xf64>) -> (tensor<16x1xf64>, tensor<16x1xf64>) {
  %p = ten.pad %x low [0, 0] high [0, 1] interior [0, 0] : tensor<16x1xf64> -> tensor<16x2xf64>
  %f = ten.fft forward, %p dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %a = ten.slice %f offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  %b = ten.slice %f offsets [0, 1] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  %re = math.sin %a : tensor<16x1xf64>
  %z = ten.concat %re, %b dim 1 : tensor<16x1xf64>, tensor<16x1xf64> -> tensor<16x2xf64>
  %u = ten.fft backward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %v = ten.slice %u offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  func.return %v, %re : tensor<16x1xf64>, tensor<16x1xf64>
}

// The spectrum has conjugates along another dimension.
// CHECK-LABEL: func.func @spectrum_along_another_dimension
// CHECK:         ten.fft real, {{%.*}} dims [1]
// CHECK:         ten.reverse {{%.*}} dims [1]
// CHECK:         ten.reverse {{%.*}} dims [0]
// CHECK:         ten.fft hermitian, {{%.*}} dims [0]
func.func @spectrum_along_another_dimension(%x: tensor<17x16x1xf64>) -> tensor<17x16x1xf64> {
  %p = ten.pad %x low [0, 0, 0] high [0, 0, 1] interior [0, 0, 0] : tensor<17x16x1xf64> -> tensor<17x16x2xf64>
  %f = ten.fft forward, %p dims [1] : tensor<17x16x2xf64> -> tensor<17x16x2xf64>
  %u = ten.fft backward, %f dims [0] : tensor<17x16x2xf64> -> tensor<17x16x2xf64>
  %v = ten.slice %u offsets [0, 0, 0] sizes [17, 16, 1] strides [1, 1, 1] : tensor<17x16x2xf64> -> tensor<17x16x1xf64>
  func.return %v : tensor<17x16x1xf64>
}

// The imaginary parts of coefficients 0 and 8 are zeros. The opposite half keeps their signs, because
// an angle tells 0.0 from -0.0.
// CHECK-LABEL: func.func @angle_of_a_spectrum
// CHECK:         [[NEG:%.*]] = arith.negf [[IM:%.*]] : tensor<9xf64>
// CHECK-NEXT:    [[OWN:%.*]] = arith.constant dense<[true, false, false, false, false, false, false, false, true]> : tensor<9xi1>
// CHECK-NEXT:    [[FAR:%.*]] = ten.select [[OWN]], [[IM]], [[NEG]]
// CHECK-NEXT:    math.atan2 [[FAR]]
func.func @angle_of_a_spectrum(%x: tensor<16x1xf64>) -> tensor<16x1xf64> {
  %p = ten.pad %x low [0, 0] high [0, 1] interior [0, 0] : tensor<16x1xf64> -> tensor<16x2xf64>
  %f = ten.fft forward, %p dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %a = ten.slice %f offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  %b = ten.slice %f offsets [0, 1] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  %t = math.atan2 %b, %a : tensor<16x1xf64>
  %re = arith.mulf %t, %a : tensor<16x1xf64>
  %z = ten.concat %re, %b dim 1 : tensor<16x1xf64>, tensor<16x1xf64> -> tensor<16x2xf64>
  %u = ten.fft backward, %z dims [0] : tensor<16x2xf64> -> tensor<16x2xf64>
  %v = ten.slice %u offsets [0, 0] sizes [16, 1] strides [1, 1] : tensor<16x2xf64> -> tensor<16x1xf64>
  func.return %v : tensor<16x1xf64>
}

// A sum and a product do not tell them, up to the signs of zeros.
// CHECK-LABEL: func.func @sum_of_parts_stays_without_a_mask
// CHECK-NOT:     ten.select
// CHECK:         ten.fft hermitian
func.func @sum_of_parts_stays_without_a_mask(%x: tensor<18x1xf64>) -> tensor<18x1xf64> {
  %p = ten.pad %x low [0, 0] high [0, 1] interior [0, 0] : tensor<18x1xf64> -> tensor<18x2xf64>
  %f = ten.fft forward, %p dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %a = ten.slice %f offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %b = ten.slice %f offsets [0, 1] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  %re = arith.addf %a, %b : tensor<18x1xf64>
  %z = ten.concat %re, %b dim 1 : tensor<18x1xf64>, tensor<18x1xf64> -> tensor<18x2xf64>
  %u = ten.fft backward, %z dims [0] : tensor<18x2xf64> -> tensor<18x2xf64>
  %v = ten.slice %u offsets [0, 0] sizes [18, 1] strides [1, 1] : tensor<18x2xf64> -> tensor<18x1xf64>
  func.return %v : tensor<18x1xf64>
}
