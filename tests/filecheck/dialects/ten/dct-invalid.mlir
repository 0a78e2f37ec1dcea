// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @no_such_transform(%x: tensor<3xf64>) {
  // expected-error@+1 {{ten.dct: 'cosine5' is none of cosine1, cosine2, cosine3, cosine4, sine1, sine2, sine3, sine4}}
  %0 = ten.dct cosine5, %x dims [0] : tensor<3xf64> -> tensor<3xf64>
  func.return
}

// -----

func.func @integers(%x: tensor<3xi32>) {
  // expected-error@+1 {{ten.dct: the elements of tensor<3xi32> are neither f32 nor f64}}
  %0 = ten.dct cosine2, %x dims [0] : tensor<3xi32> -> tensor<3xi32>
  func.return
}

// -----

func.func @two_dims(%x: tensor<3x4xf64>) {
  // expected-error@+1 {{ten.dct: sine2 takes one dim, not [0, 1]}}
  %0 = ten.dct sine2, %x dims [0, 1] : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return
}

// -----

func.func @no_such_dim(%x: tensor<3x4xf64>) {
  // expected-error@+1 {{ten.dct: dims [2] are not all in 0..1 (rank 2)}}
  %0 = ten.dct sine2, %x dims [2] : tensor<3x4xf64> -> tensor<3x4xf64>
  func.return
}

// -----

func.func @nothing(%x: tensor<3x0xf64>) {
  // expected-error@+1 {{ten.dct: cosine3 needs 1 elements along dim 1, not 0}}
  %0 = ten.dct cosine3, %x dims [1] : tensor<3x0xf64> -> tensor<3x0xf64>
  func.return
}

// -----

func.func @one_element(%x: tensor<1xf64>) {
  // expected-error@+1 {{ten.dct: cosine1 needs 2 elements along dim 0, not 1}}
  %0 = ten.dct cosine1, %x dims [0] : tensor<1xf64> -> tensor<1xf64>
  func.return
}

// -----

func.func @result_differs(%x: tensor<6xf64>) {
  // expected-error@+1 {{ten.dct: the result is tensor<6xf64>, not tensor<4xf64>}}
  %0 = ten.dct cosine2, %x dims [0] : tensor<6xf64> -> tensor<4xf64>
  func.return
}
