// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @dims_outside(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.sum: dims [2] are not all in 0..1 (rank 2)}}
  %0 = ten.sum %x dims [2] : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @dims_negative(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.sum: dims [-1] are not all in 0..1 (rank 2)}}
  %0 = ten.sum %x dims [-1] : tensor<2x3xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @dims_not_increasing(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.sum: dims [1, 0] are not strictly increasing}}
  %0 = ten.sum %x dims [1, 0] : tensor<2x3xf32> -> f32
  func.return
}

// -----

func.func @of_truth_values(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{ten.sum: tensor<2x3xi1> has no numbers to add}}
  %0 = ten.sum %x dims [1] : tensor<2x3xi1> -> tensor<2xi1>
  func.return
}

// -----

func.func @result_differs(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{ten.sum: the result is tensor<2xf32>, not tensor<3xf32>}}
  %0 = ten.sum %x dims [1] : tensor<2x3xf32> -> tensor<3xf32>
  func.return
}

// -----

func.func @of_scalar(%x: f32) {
  // expected-error@+1 {{ten.sum: dims [0] are not all in 0..-1 (rank 0)}}
  %0 = ten.sum %x dims [0] : f32 -> f32
  func.return
}

// -----

func.func @without_operand() {
  // expected-error@+1 {{1}}
  %0 = ten.sum dims [0] : f32 -> f32
  func.return
}
