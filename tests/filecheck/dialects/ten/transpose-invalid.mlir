// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @perm_too_short(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.transpose: perm [0] is not a permutation of the 2 dimensions of tensor<2x3xf32>}}
  %0 = ten.transpose %x perm [0] : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return
}

// -----

func.func @perm_twice(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.transpose: perm [1, 1] is not a permutation of the 2 dimensions of tensor<2x3xf32>}}
  %0 = ten.transpose %x perm [1, 1] : tensor<2x3xf32> -> tensor<3x3xf32>
  func.return
}

// -----

func.func @perm_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.transpose: perm [1, 2] is not a permutation of the 2 dimensions of tensor<2x3xf32>}}
  %0 = ten.transpose %x perm [1, 2] : tensor<2x3xf32> -> tensor<3x2xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.transpose: the result is tensor<3x2xf32>, not tensor<2x3xf32>}}
  %0 = ten.transpose %x perm [1, 0] : tensor<2x3xf32> -> tensor<2x3xf32>
  func.return
}
