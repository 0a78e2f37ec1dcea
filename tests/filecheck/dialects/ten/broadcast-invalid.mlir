// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @sizes_differ(%x: tensor<3xf32>) {
  // expected-error@+1 {{ten.broadcast: tensor<3x2xf32> without dims [0] has sizes [2], but the operand is tensor<3xf32>}}
  %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<3x2xf32>
  func.return
}

// -----

func.func @dims_missing(%x: f32) {
  // expected-error@+1 {{ten.broadcast: tensor<3x2xf32> without dims [1] has sizes [3], but the operand is f32}}
  %0 = ten.broadcast %x dims [1] : f32 -> tensor<3x2xf32>
  func.return
}

// -----

func.func @dims_not_increasing(%x: f32) {
  // expected-error@+1 {{ten.broadcast: dims [1, 0] are not strictly increasing}}
  %0 = ten.broadcast %x dims [1, 0] : f32 -> tensor<3x2xf32>
  func.return
}

// -----

func.func @dims_twice(%x: f32) {
  // expected-error@+1 {{ten.broadcast: dims [0, 0] are not strictly increasing}}
  %0 = ten.broadcast %x dims [0, 0] : f32 -> tensor<3x2xf32>
  func.return
}

// -----

func.func @dims_outside(%x: f32) {
  // expected-error@+1 {{ten.broadcast: dims [0, 2] are not all in 0..1 (rank 2)}}
  %0 = ten.broadcast %x dims [0, 2] : f32 -> tensor<3x2xf32>
  func.return
}

// -----

func.func @element_differs(%x: f32) {
  // expected-error@+1 {{ten.broadcast: the result is tensor<3xf32>, not tensor<3xf64>}}
  %0 = ten.broadcast %x dims [0] : f32 -> tensor<3xf64>
  func.return
}

// -----

func.func @dims_of_another_kind(%x: f32) {
  // expected-error@+1 {{ten.broadcast: dims is array<f32: 0.000000e+00>, not a list of i64}}
  %0 = "ten.broadcast"(%x) <{dims = array<f32: 0.0>}> : (f32) -> tensor<3xf32>
  func.return
}

// -----

func.func @dims_of_narrow_integers(%x: f32) {
  // expected-error@+1 {{ten.broadcast: dims is array<i32: 0>, not a list of i64}}
  %0 = "ten.broadcast"(%x) <{dims = array<i32: 0>}> : (f32) -> tensor<3xf32>
  func.return
}
