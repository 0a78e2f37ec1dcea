// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @no_such_dim(%x: tensor<3xf64>) -> tensor<3xi64> {
  // expected-error@+1 {{ten.argsort: dim 1 is not in 0..0 (rank 1)}}
  %0 = ten.argsort %x dim 1 : tensor<3xf64> -> tensor<3xi64>
  func.return %0 : tensor<3xi64>
}

// -----

func.func @no_positions(%x: tensor<3xf64>) -> tensor<3xf64> {
  // expected-error@+1 {{ten.argsort: positions are integers, not tensor<3xf64>}}
  %0 = ten.argsort %x dim 0 : tensor<3xf64> -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}

// -----

func.func @lost_dim(%x: tensor<3x2xf64>) -> tensor<3xi64> {
  // expected-error@+1 {{ten.argsort: the result is tensor<3x2xi64>, not tensor<3xi64>}}
  %0 = ten.argsort %x dim 1 : tensor<3x2xf64> -> tensor<3xi64>
  func.return %0 : tensor<3xi64>
}

// -----

func.func @no_order(%x: tensor<3xcomplex<f64>>) -> tensor<3xi64> {
  // expected-error@+1 {{ten.argsort: tensor<3xcomplex<f64>> is complex; take its parts}}
  %0 = ten.argsort %x dim 0 : tensor<3xcomplex<f64>> -> tensor<3xi64>
  func.return %0 : tensor<3xi64>
}
