// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @erf_of_integers(%a: tensor<2xi32>) {
  // expected-error@+1 {{chlo.erf: each operand has elements that are floats, not tensor<2xi32>}}
  %r = chlo.erf %a : tensor<2xi32> -> tensor<2xi32>
  func.return
}

// -----

func.func @top_k_too_many(%a: tensor<2x5xf32>) {
  // expected-error@+1 {{chlo.top_k: k is 6, and the operand is tensor<2x5xf32>}}
  %r, %i = chlo.top_k(%a, k = 6) : tensor<2x5xf32> -> (tensor<2x6xf32>, tensor<2x6xi32>)
  func.return
}

// -----

func.func @zeta_types(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error@+1 {{chlo.zeta: operand 0 is tensor<2xf32> and operand 1 is tensor<2xf64>; the element types differ}}
  %r = chlo.zeta %a, %b : tensor<2xf32>, tensor<2xf64> -> tensor<2xf32>
  func.return
}

// -----

func.func @is_inf_gives_floats(%a: tensor<2xf32>) {
  // expected-error@+1 {{chlo.is_inf: the result has elements of type i1, not tensor<2xf32>}}
  %r = chlo.is_inf %a : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// -----

func.func @broadcast_dimensions(%a: tensor<2xf32>, %b: tensor<2x4xf32>) {
  // expected-error@+1 {{chlo.broadcast_add: broadcast_dimensions has 2 dimensions, and the shorter operand has 1}}
  %r = chlo.broadcast_add %a, %b {broadcast_dimensions = array<i64: 0, 1>} : (tensor<2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}
