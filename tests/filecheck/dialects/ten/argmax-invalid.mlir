// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @dim_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmax: dim 2 is not in 0..1 (rank 2)}}
  %0 = ten.argmax %x dim 2 : tensor<2x3xf32> -> tensor<2xi64>
  func.return
}

// -----

func.func @of_scalar(%x: f32) {
  // expected-error@+1 {{ten.argmax: dim 0 is not in 0..-1 (rank 0)}}
  %0 = ten.argmax %x dim 0 : f32 -> i64
  func.return
}

// -----

func.func @gives_floats(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmax: positions are integers, not tensor<3xf32>}}
  %0 = ten.argmax %x dim 0 : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @gives_truth_values(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmax: positions are integers, not tensor<3xi1>}}
  %0 = ten.argmax %x dim 0 : tensor<2x3xf32> -> tensor<3xi1>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmax: the result is tensor<3xi64>, not tensor<2xi64>}}
  %0 = ten.argmax %x dim 0 : tensor<2x3xf32> -> tensor<2xi64>
  func.return
}
