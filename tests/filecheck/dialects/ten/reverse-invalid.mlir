// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @dims_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.reverse: dims [2] are not all in 0..1 (rank 2)}}
  %0 = ten.reverse %x dims [2] : tensor<2x3xf32>
  func.return
}

// -----

func.func @dims_not_increasing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.reverse: dims [1, 0] are not strictly increasing}}
  %0 = ten.reverse %x dims [1, 0] : tensor<2x3xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.reverse: the result is tensor<3xf32>, not tensor<4xf32>}}
  %0 = "ten.reverse"(%x) <{dims = array<i64: 0>}> : (tensor<3xf32>) -> tensor<4xf32>
  func.return
}
