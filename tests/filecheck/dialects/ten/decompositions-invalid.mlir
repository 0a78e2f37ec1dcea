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
  // expected-error @+1 {{ten.lu: result 2 is tensor<2x3xf64>, not tensor<3x3xf64>}}
  %p, %l, %u = ten.lu %a : tensor<2x3xf64> -> tensor<2x2xf64>, tensor<2x2xf64>, tensor<3x3xf64>
  func.return
}
