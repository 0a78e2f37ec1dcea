// RUN: letgrad-opt %s -p convert-ten-to-linalg --split-input-file --verify-diagnostics

func.func @no_rule(%x: tensor<3xf64>) -> tensor<3xi64> {
  // expected-error@+1 {{convert-ten-to-linalg has no rule for ten.argsort}}
  %y = ten.argsort %x dim 0 : tensor<3xf64> -> tensor<3xi64>
  func.return %y : tensor<3xi64>
}

// -----

func.func @complex(%x: tensor<3xf64>) -> tensor<3xcomplex<f64>> {
  // expected-error@+1 {{ten-split-complex writes them as pairs first}}
  %y = ten.complex %x, %x : tensor<3xf64>, tensor<3xf64> -> tensor<3xcomplex<f64>>
  func.return %y : tensor<3xcomplex<f64>>
}

// -----

func.func @of_no_function(%x: f64) -> f64 {
  // expected-error@+1 {{there is no function @f}}
  %y = delta.custom_vjp @f, @f_forward, @f_backward(%x) : (f64) -> f64
  func.return %y : f64
}

// -----

func.func @sum_of_complex_numbers(%z: tensor<4x5xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  // expected-error@+1 {{ten.sum has complex numbers; ten-split-complex writes them as pairs first}}
  %s = ten.sum %z dims [1] : tensor<4x5xcomplex<f32>> -> tensor<4xcomplex<f32>>
  func.return %s : tensor<4xcomplex<f32>>
}

// -----

func.func @transpose_of_complex_numbers(%z: tensor<4x5xcomplex<f32>>) -> tensor<5x4xcomplex<f32>> {
  // expected-error@+1 {{ten.transpose has complex numbers}}
  %t = ten.transpose %z perm [1, 0] : tensor<4x5xcomplex<f32>> -> tensor<5x4xcomplex<f32>>
  func.return %t : tensor<5x4xcomplex<f32>>
}
