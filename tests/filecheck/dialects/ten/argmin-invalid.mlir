// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @dim_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmin: dim -1 is not in 0..1 (rank 2)}}
  %0 = ten.argmin %x dim -1 : tensor<2x3xf32> -> tensor<2xi64>
  func.return
}

// -----

func.func @gives_floats(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmin: positions are integers, not tensor<3xf32>}}
  %0 = ten.argmin %x dim 0 : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.argmin: the result is tensor<2xi32>, not tensor<3xi32>}}
  %0 = ten.argmin %x dim 1 : tensor<2x3xf32> -> tensor<3xi32>
  func.return
}
