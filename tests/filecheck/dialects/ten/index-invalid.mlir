// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @too_many_indices(%t: tensor<2x3xf32>, %i: index) {
  // expected-error@+1 {{ten.index: 3 indices into tensor<2x3xf32>, which has rank 2}}
  %0 = ten.index %t[%i, %i, %i] : tensor<2x3xf32> -> f32
  func.return
}

// -----

func.func @of_scalar(%t: f32, %i: index) {
  // expected-error@+1 {{ten.index: 1 indices into f32, which has rank 0}}
  %0 = ten.index %t[%i] : f32 -> f32
  func.return
}

// -----

func.func @index_of_another_type(%t: tensor<2x3xf32>, %i: i64) {
  // expected-error@+1 {{operand 'indices' is i64, and the op takes index there}}
  %0 = "ten.index"(%t, %i) : (tensor<2x3xf32>, i64) -> tensor<3xf32>
  func.return
}

// -----

func.func @result_differs(%t: tensor<2x3xf32>, %i: index) {
  // expected-error@+1 {{ten.index: the result is tensor<3xf32>, not tensor<2xf32>}}
  %0 = ten.index %t[%i] : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}
