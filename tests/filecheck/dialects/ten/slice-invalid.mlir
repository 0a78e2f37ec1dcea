// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @offsets_missing(%x: tensor<5x7xf32>) {
  // expected-error@+1 {{ten.slice: 1 offsets for the 2 dimensions of tensor<5x7xf32>}}
  %0 = ten.slice %x offsets [1] sizes [2, 4] strides [1, 1] : tensor<5x7xf32> -> tensor<2x4xf32>
  func.return
}

// -----

func.func @sizes_missing(%x: tensor<5x7xf32>) {
  // expected-error@+1 {{ten.slice: 1 sizes for the 2 dimensions of tensor<5x7xf32>}}
  %0 = ten.slice %x offsets [1, 1] sizes [2] strides [1, 1] : tensor<5x7xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @strides_too_many(%x: tensor<5x7xf32>) {
  // expected-error@+1 {{ten.slice: 3 strides for the 2 dimensions of tensor<5x7xf32>}}
  %0 = ten.slice %x offsets [1, 1] sizes [2, 4] strides [1, 1, 1] : tensor<5x7xf32> -> tensor<2x4xf32>
  func.return
}

// -----

func.func @stride_0(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.slice: stride 0 of dimension 0 is below 1}}
  %0 = ten.slice %x offsets [1] sizes [2] strides [0] : tensor<5xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @size_negative(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.slice: size -2 of dimension 0 is negative}}
  %0 = ten.slice %x offsets [1] sizes [-2] strides [1] : tensor<5xf32> -> tensor<0xf32>
  func.return
}

// -----

func.func @end_outside(%x: tensor<4x5xf32>) {
  // expected-error@+1 {{ten.slice: offset 1, size 3, stride 2 leave dimension 1 of tensor<4x5xf32>, which has 5 elements}}
  %0 = ten.slice %x offsets [0, 1] sizes [4, 3] strides [1, 2] : tensor<4x5xf32> -> tensor<4x3xf32>
  func.return
}

// -----

func.func @offset_negative(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.slice: offset -1, size 2, stride 1 leave dimension 0 of tensor<5xf32>, which has 5 elements}}
  %0 = ten.slice %x offsets [-1] sizes [2] strides [1] : tensor<5xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @empty_outside(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.slice: offset 6, size 0, stride 1 leave dimension 0 of tensor<5xf32>, which has 5 elements}}
  %0 = ten.slice %x offsets [6] sizes [0] strides [1] : tensor<5xf32> -> tensor<0xf32>
  func.return
}

// -----

func.func @result_differs(%x: tensor<5xf32>) {
  // expected-error@+1 {{ten.slice: the result is tensor<2xf32>, not tensor<3xf32>}}
  %0 = ten.slice %x offsets [1] sizes [2] strides [1] : tensor<5xf32> -> tensor<3xf32>
  func.return
}
