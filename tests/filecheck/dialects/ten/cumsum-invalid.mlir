// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @dim_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.cumsum: dim 2 is not in 0..1 (rank 2)}}
  %0 = ten.cumsum %x dim 2 : tensor<2x3xf32>
  func.return
}

// -----

func.func @of_scalar(%x: f32) {
  // expected-error@+1 {{ten.cumsum: dim 0 is not in 0..-1 (rank 0)}}
  %0 = ten.cumsum %x dim 0 : f32
  func.return
}

// -----

func.func @of_truth_values(%x: tensor<3xi1>) {
  // expected-error@+1 {{ten.cumsum: tensor<3xi1> has no numbers to add}}
  %0 = ten.cumsum %x dim 0 : tensor<3xi1>
  func.return
}

// -----

func.func @result_differs(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.cumsum: the result is tensor<3xf32>, not tensor<4xf32>}}
  %0 = "ten.cumsum"(%x) <{dim = 0}> : (tensor<3xf32>) -> tensor<4xf32>
  func.return
}
