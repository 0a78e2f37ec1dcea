// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @no_such_transform(%x: tensor<3x2xf64>) {
  // expected-error@+1 {{ten.fft: 'cosine' is none of forward, backward, real, hermitian}}
  %0 = ten.fft cosine, %x dims [0] : tensor<3x2xf64> -> tensor<3x2xf64>
  func.return
}

// -----

func.func @integers(%x: tensor<3x2xi32>) {
  // expected-error@+1 {{ten.fft: the elements of tensor<3x2xi32> are neither f32 nor f64}}
  %0 = ten.fft forward, %x dims [0] : tensor<3x2xi32> -> tensor<3x2xi32>
  func.return
}

// -----

func.func @no_pairs(%x: tensor<3x5xf64>) {
  // expected-error@+1 {{ten.fft: the last dimension of tensor<3x5xf64> is no pair}}
  %0 = ten.fft forward, %x dims [0] : tensor<3x5xf64> -> tensor<3x5xf64>
  func.return
}

// -----

func.func @over_the_parts(%x: tensor<3x2xf64>) {
  // expected-error@+1 {{ten.fft: dims [1] are not all in 0..0 (rank 1)}}
  %0 = ten.fft forward, %x dims [1] : tensor<3x2xf64> -> tensor<3x2xf64>
  func.return
}

// -----

func.func @nothing(%x: tensor<0x2xf64>) {
  // expected-error@+1 {{ten.fft: tensor<0x2xf64> has no elements along dims [0]}}
  %0 = ten.fft forward, %x dims [0] : tensor<0x2xf64> -> tensor<0x2xf64>
  func.return
}

// -----

func.func @two_real_dims(%x: tensor<3x4xf64>) {
  // expected-error@+1 {{ten.fft: real takes one dim, not [0, 1]}}
  %0 = ten.fft real, %x dims [0, 1] : tensor<3x4xf64> -> tensor<3x3x2xf64>
  func.return
}

// -----

func.func @size_does_not_fit(%x: tensor<3x2xf64>) {
  // expected-error@+1 {{ten.fft: 7 numbers along dim 0 have 4 independent coefficients, not 3}}
  %0 = ten.fft hermitian, %x dims [0] : tensor<3x2xf64> -> tensor<7xf64>
  func.return
}

// -----

func.func @result_differs(%x: tensor<6xf64>) {
  // expected-error@+1 {{ten.fft: the result is tensor<4x2xf64>, not tensor<6x2xf64>}}
  %0 = ten.fft real, %x dims [0] : tensor<6xf64> -> tensor<6x2xf64>
  func.return
}
