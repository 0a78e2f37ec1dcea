// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @another_rank(%x: tensor<2x3xf32>, %v: tensor<3xf32>, %i: index) {
  // expected-error@+1 {{ten.update: a box tensor<3xf32> in tensor<2x3xf32>, which has another number of dimensions}}
  %0 = ten.update %x[%i, %i] %v strides [1, 1] : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xf32>
  func.return
}

// -----

func.func @another_element(%x: tensor<5xf32>, %v: tensor<3xf64>, %i: index) {
  // expected-error@+1 {{ten.update: operand 1 is tensor<3xf64>, but operand 0 is tensor<5xf32>}}
  %0 = ten.update %x[%i] %v strides [1] : tensor<5xf32>, tensor<3xf64> -> tensor<5xf32>
  func.return
}

// -----

func.func @too_few_offsets(%x: tensor<2x3xf32>, %v: tensor<1x1xf32>, %i: index) {
  // expected-error@+1 {{ten.update: 1 offsets for the 2 dimensions of tensor<2x3xf32>}}
  %0 = ten.update %x[%i] %v strides [1, 1] : tensor<2x3xf32>, tensor<1x1xf32> -> tensor<2x3xf32>
  func.return
}

// -----

func.func @too_many_strides(%x: tensor<5xf32>, %v: tensor<3xf32>, %i: index) {
  // expected-error@+1 {{ten.update: 2 strides for the 1 dimensions of tensor<5xf32>}}
  %0 = ten.update %x[%i] %v strides [1, 1] : tensor<5xf32>, tensor<3xf32> -> tensor<5xf32>
  func.return
}

// -----

func.func @stride_of_zero(%x: tensor<5xf32>, %v: tensor<3xf32>, %i: index) {
  // expected-error@+1 {{ten.update: stride 0 of dimension 0 is below 1}}
  %0 = ten.update %x[%i] %v strides [0] : tensor<5xf32>, tensor<3xf32> -> tensor<5xf32>
  func.return
}

// -----

func.func @offset_of_another_type(%x: tensor<5xf32>, %v: tensor<3xf32>, %i: i64) {
  // expected-error@+1 {{operand 'offsets' is i64, and the op takes index there}}
  %0 = "ten.update"(%x, %v, %i) <{strides = array<i64: 1>}> : (tensor<5xf32>, tensor<3xf32>, i64) -> tensor<5xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<5xf32>, %v: tensor<3xf32>, %i: index) {
  // expected-error@+1 {{ten.update: the result is tensor<5xf32>, not tensor<3xf32>}}
  %0 = ten.update %x[%i] %v strides [1] : tensor<5xf32>, tensor<3xf32> -> tensor<3xf32>
  func.return
}
