// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @shape_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.cast: the result is tensor<2x3xf64>, not tensor<3x2xf64>}}
  %0 = ten.cast %x : tensor<2x3xf32> -> tensor<3x2xf64>
  func.return
}

// -----

func.func @to_scalar(%x: tensor<1xf32>) {
  // expected-error@+1 {{ten.cast: the result is tensor<1xf64>, not f64}}
  %0 = ten.cast %x : tensor<1xf32> -> f64
  func.return
}

// -----

func.func @to_odd_width(%x: f32) {
  // expected-error@+1 {{ten.cast: the result is i7; letgrad computes with}}
  %0 = ten.cast %x : f32 -> i7
  func.return
}

// -----

func.func @from_complex(%x: complex<f32>) {
  // expected-error@+1 {{ten.cast: complex<f32> cannot become f32: take a part of it}}
  %0 = ten.cast %x : complex<f32> -> f32
  func.return
}

// -----

func.func @from_vector(%x: vector<3xf32>) {
  // expected-error@+1 {{ten.cast: operand 0 is vector<3xf32>; letgrad computes with}}
  %0 = ten.cast %x : vector<3xf32> -> tensor<3xf32>
  func.return
}
