// RUN: letgrad-opt %s -p convert-ten-to-stablehlo --split-input-file --verify-diagnostics

func.func @f(%x: f64) -> f64 {
  // expected-error@+1 {{the xla backend has no code for ten.special: XLA has no function owens_t}}
  %0 = ten.special owens_t, %x, %x : f64
  func.return %0 : f64
}

// -----

func.func @f(%x: tensor<3xf64>) -> tensor<3xf64> {
  // expected-error@+1 {{tensor.cast has no rule in the table 'stablehlo'; add one with @stablehlo.rule(CastOp): (op, h, *xs) -> value or tuple of values of StableHLO}}
  %0 = tensor.cast %x : tensor<3xf64> to tensor<3xf64>
  func.return %0 : tensor<3xf64>
}

// -----

// Branches between blocks are not structured.

// expected-error@+1 {{a region of 3 blocks is not structured control flow: letgrad compiles only regions of one block}}
func.func @branches(%c: i1, %x: f64) -> f64 {
  cf.cond_br %c, ^left, ^right
^left:
  func.return %x : f64
^right:
  %y = arith.addf %x, %x : f64
  func.return %y : f64
}

// -----

// A function that calls itself has no form in XLA, which writes each call out.

func.func @f(%x: f64) -> f64 {
  // expected-error@+1 {{@f calls itself, directly or through others, and StableHLO has no such calls}}
  %0 = func.call @f(%x) : (f64) -> f64
  func.return %0 : f64
}

// -----

// expected-error@+1 {{argument 0 of @f is !delta.term<f64>, a linear term, which only passes of differentiation use; letgrad}}
func.func @f(%x: !delta.term<f64>) -> !delta.term<f64> {
  func.return %x : !delta.term<f64>
}

// -----

func.func @custom(%x: f64) -> f64 {
  // expected-error@+1 {{there is no function @f}}
  %0 = delta.custom_vjp @f, @f_forward, @f_backward(%x) : (f64) -> f64
  func.return %0 : f64
}

// -----

// expected-error@+1 {{argument 0 of @f is vector<4xf64>; letgrad computes with scalars}}
func.func @f(%x: vector<4xf64>) -> f64 {
  %y = arith.constant 1.0 : f64
  func.return %y : f64
}

// -----

func.func @f() {
  // expected-error@+1 {{arith.constant: result 0 is vector<4xf64>}}
  %y = arith.constant dense<1.0> : vector<4xf64>
  func.return
}
