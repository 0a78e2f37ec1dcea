// RUN: letgrad-opt %s -p 'sparse-jacobian{wrt=0}' --split-input-file --verify-diagnostics

// expected-error@+1 {{the Jacobian of @integer needs real floats, not tensor<3xi64>}}
func.func @integer(%x: tensor<3xi64>) -> tensor<3xi64> {
  func.return %x : tensor<3xi64>
}

// -----

// expected-error@+1 {{the Jacobian of @complex needs real floats, not tensor<3xcomplex<f64>>}}
func.func @complex(%x: tensor<3xcomplex<f64>>) -> tensor<3xcomplex<f64>> {
  func.return %x : tensor<3xcomplex<f64>>
}

// -----

// expected-error@+1 {{a sparse Jacobian takes no complex numbers, and @beside has complex<f64>}}
func.func @beside(%x: tensor<3xf64>, %c: complex<f64>) -> tensor<3xf64> {
  func.return %x : tensor<3xf64>
}

// -----

// expected-error@+1 {{@none has no argument 0 to differentiate by}}
func.func @none() -> f64 {
  %c = arith.constant 1.0 : f64
  func.return %c : f64
}

// -----

// expected-error@+1 {{the Jacobian of @large has 1600000000 places that may not be zero, which are too many for a sparse matrix}}
func.func @large(%x: tensor<40000xf64>) -> tensor<40000xf64> {
  %s = ten.sum %x dims [0] : tensor<40000xf64> -> f64
  %w = ten.broadcast %s dims [0] : f64 -> tensor<40000xf64>
  func.return %w : tensor<40000xf64>
}

// -----

// expected-error@+1 {{the Jacobian of @huge is 8000000000 x 8000000000, which is too large for a sparse matrix}}
func.func @huge(%x: tensor<8000000000xf64>) -> tensor<8000000000xf64> {
  %s = math.sin %x : tensor<8000000000xf64>
  func.return %s : tensor<8000000000xf64>
}

// -----

// expected-error@+1 {{argument 0 of @dynamic is}}
func.func @dynamic(%x: tensor<?xf64>) -> tensor<?xf64> {
  func.return %x : tensor<?xf64>
}
