// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @square(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{ten.eigh: the matrices of tensor<2x3xf64> are not square}}
  %w, %v = ten.eigh %a : tensor<2x3xf64> -> tensor<2xf64>, tensor<2x2xf64>
  func.return
}

// -----

func.func @vector(%a: tensor<3xf64>) {
  // expected-error @+1 {{ten.svd: tensor<3xf64> has no matrices}}
  %u, %s, %vt = ten.svd %a : tensor<3xf64> -> tensor<3xf64>, tensor<3xf64>, tensor<3xf64>
  func.return
}

// -----

func.func @short(%a: tensor<2x2xf16>) {
  // expected-error @+1 {{ten.qr: matrices hold f32 or f64, not tensor<2x2xf16>}}
  %q, %r = ten.qr %a : tensor<2x2xf16> -> tensor<2x2xf16>, tensor<2x2xf16>
  func.return
}

// -----

func.func @result(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{ten.lu: result 1 is tensor<2x3xf64>, not tensor<3x3xf64>}}
  %o, %l = ten.lu %a : tensor<2x3xf64> -> tensor<2xi64>, tensor<3x3xf64>
  func.return
}

// -----

func.func @order_of_columns(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{ten.lu: result 0 is tensor<3xi64>, not tensor<2xi64>}}
  %o, %l = ten.lu columns %a : tensor<2x3xf64> -> tensor<2xi64>, tensor<2x3xf64>
  func.return
}

// -----

func.func @no_pair(%a: tensor<3x3xf64>) {
  // expected-error @+1 {{ten.eigh: the last dimension of tensor<3x3xf64> is no pair}}
  %w, %v = ten.eigh complex %a : tensor<3x3xf64> -> tensor<3xf64>, tensor<3x3xf64>
  func.return
}

// -----

func.func @pairs_of_a_vector(%a: tensor<3x2xf64>) {
  // expected-error @+1 {{ten.cholesky: tensor<3x2xf64> has no matrices}}
  %l = ten.cholesky complex %a : tensor<3x2xf64> -> tensor<3x2xf64>
  func.return
}

// -----

func.func @real_eigenvalues(%a: tensor<3x3xf64>) {
  // expected-error @+1 {{ten.eig: result 0 is tensor<3x2xf64>, not tensor<3xf64>}}
  %w, %v = ten.eig %a : tensor<3x3xf64> -> tensor<3xf64>, tensor<3x3x2xf64>
  func.return
}

// -----

func.func @kind(%a: tensor<3x3xf64>) {
  // expected-error @+1 {{ten.triangular_solve: 'middle' is none of lower, lower_adjoint,}}
  %x = ten.triangular_solve middle, %a, %a : tensor<3x3xf64>, tensor<3x3xf64> -> tensor<3x3xf64>
  func.return
}

// -----

func.func @not_square(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{ten.triangular_solve: the matrices of tensor<2x3xf64> are not square}}
  %x = ten.triangular_solve lower, %a, %a : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  func.return
}

// -----

func.func @right_sides(%a: tensor<3x3xf64>, %b: tensor<2x4xf64>) {
  // expected-error @+1 {{ten.triangular_solve: the right sides tensor<2x4xf64> do not fit the matrices tensor<3x3xf64>}}
  %x = ten.triangular_solve lower, %a, %b : tensor<3x3xf64>, tensor<2x4xf64> -> tensor<2x4xf64>
  func.return
}

// -----

func.func @elements(%a: tensor<3x3xf64>, %b: tensor<3x4xf32>) {
  // expected-error @+1 {{ten.triangular_solve: tensor<3x4xf32> has other elements than tensor<3x3xf64>}}
  %x = ten.triangular_solve lower, %a, %b : tensor<3x3xf64>, tensor<3x4xf32> -> tensor<3x4xf32>
  func.return
}

// -----

func.func @linear(%b: tensor<3x4xf64>) {
  %d = delta.input 0 : !delta.term<tensor<3x3xf64>>
  // expected-error @+1 {{ten.triangular_solve: the op is not linear in !delta.term<tensor<3x3xf64>>}}
  %x = ten.triangular_solve lower, %d, %b : !delta.term<tensor<3x3xf64>>, tensor<3x4xf64> -> tensor<3x4xf64>
  func.return
}

// -----

func.func @triangle(%a: tensor<3x3xf64>) {
  // expected-error @+1 {{ten.symmetric_solve: 'unit_lower' is neither lower nor upper}}
  %x = ten.symmetric_solve unit_lower, %a, %a : tensor<3x3xf64>, tensor<3x3xf64> -> tensor<3x3xf64>
  func.return
}

// -----

func.func @symmetric_not_square(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{ten.symmetric_solve: the matrices of tensor<2x3xf64> are not square}}
  %x = ten.symmetric_solve lower, %a, %a : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2x3xf64>
  func.return
}

// -----

func.func @symmetric_right_sides(%a: tensor<3x3xf64>, %b: tensor<2x3x4xf64>) {
  // expected-error @+1 {{ten.symmetric_solve: the right sides tensor<2x3x4xf64> do not fit the matrices tensor<3x3xf64>}}
  %x = ten.symmetric_solve lower, %a, %b : tensor<3x3xf64>, tensor<2x3x4xf64> -> tensor<2x3x4xf64>
  func.return
}

// -----

func.func @symmetric_elements(%a: tensor<3x3xf64>, %b: tensor<3x4xf32>) {
  // expected-error @+1 {{ten.symmetric_solve: tensor<3x4xf32> has other elements than tensor<3x3xf64>}}
  %x = ten.symmetric_solve lower, %a, %b : tensor<3x3xf64>, tensor<3x4xf32> -> tensor<3x4xf32>
  func.return
}

// -----

func.func @symmetric_integers(%a: tensor<3x3xi64>) {
  // expected-error @+1 {{ten.symmetric_solve: matrices hold f32 or f64, not tensor<3x3xi64>}}
  %x = ten.symmetric_solve lower, %a, %a : tensor<3x3xi64>, tensor<3x3xi64> -> tensor<3x3xi64>
  func.return
}

// -----

func.func @symmetric_linear(%b: tensor<3x4xf64>) {
  %d = delta.input 0 : !delta.term<tensor<3x3xf64>>
  // expected-error @+1 {{ten.symmetric_solve: the op is not linear in !delta.term<tensor<3x3xf64>>}}
  %x = ten.symmetric_solve lower, %d, %b : !delta.term<tensor<3x3xf64>>, tensor<3x4xf64> -> tensor<3x4xf64>
  func.return
}
