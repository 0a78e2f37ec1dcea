// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @of_nothing() {
  // expected-error@+1 {{ten.concat: there is nothing to join}}
  %0 = "ten.concat"() <{dim = 0}> : () -> tensor<0xf32>
  func.return
}

// -----

func.func @dim_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.concat: dim 2 is not in 0..1 (rank 2)}}
  %0 = ten.concat %x, %x dim 2 : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
  func.return
}

// -----

func.func @of_scalars(%x: f32) {
  // expected-error@+1 {{ten.concat: dim 0 is not in 0..-1 (rank 0)}}
  %0 = ten.concat %x, %x dim 0 : f32, f32 -> tensor<2xf32>
  func.return
}

// -----

func.func @sizes_differ(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error@+1 {{ten.concat: operand 1 is tensor<4x5xf32>, which differs from tensor<2x3xf32> elsewhere than in dimension 0}}
  %0 = ten.concat %x, %y dim 0 : tensor<2x3xf32>, tensor<4x5xf32> -> tensor<6x3xf32>
  func.return
}

// -----

func.func @ranks_differ(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error@+1 {{ten.concat: operand 1 is tensor<2xf32>, which differs from tensor<2x3xf32> elsewhere than in dimension 1}}
  %0 = ten.concat %x, %y dim 1 : tensor<2x3xf32>, tensor<2xf32> -> tensor<2x3xf32>
  func.return
}

// -----

func.func @elements_differ(%x: tensor<2xf32>, %y: tensor<2xf64>) {
  // expected-error@+1 {{ten.concat: operand 1 is tensor<2xf64>, but operand 0 is tensor<2xf32>}}
  %0 = ten.concat %x, %y dim 0 : tensor<2xf32>, tensor<2xf64> -> tensor<4xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2xf32>) {
  // expected-error@+1 {{ten.concat: the result is tensor<4xf32>, not tensor<5xf32>}}
  %0 = ten.concat %x, %x dim 0 : tensor<2xf32>, tensor<2xf32> -> tensor<5xf32>
  func.return
}
