// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @sizes_differ(%x: tensor<12xf32>) {
  // expected-error@+1 {{ten.reshape: 12 elements cannot become tensor<5x3xf32> (15)}}
  %0 = ten.reshape %x : tensor<12xf32> -> tensor<5x3xf32>
  func.return
}

// -----

func.func @of_nothing(%x: tensor<0x3xf32>) {
  // expected-error@+1 {{ten.reshape: 0 elements cannot become f32 (1)}}
  %0 = ten.reshape %x : tensor<0x3xf32> -> f32
  func.return
}

// -----

func.func @element_differs(%x: tensor<12xf32>) {
  // expected-error@+1 {{ten.reshape: the result is tensor<4x3xf32>, not tensor<4x3xf64>}}
  %0 = ten.reshape %x : tensor<12xf32> -> tensor<4x3xf64>
  func.return
}

// -----

func.func @dynamic(%x: tensor<12xf32>) {
  // expected-error@+1 {{ten.reshape: the result is tensor<?xf32>, whose sizes are not fixed; letgrad computes with scalars and tensors of fixed sizes}}
  %0 = ten.reshape %x : tensor<12xf32> -> tensor<?xf32>
  func.return
}
