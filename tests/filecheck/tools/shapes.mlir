// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

// xDSL's own verifiers take these.

func.func @conversion(%x: tensor<2xf32>) -> f64 {
  // expected-error@+1 {{arith.extf is elementwise, and its types differ in shape: tensor<2xf32>, f64}}
  %y = arith.extf %x : tensor<2xf32> to f64
  func.return %y : f64
}

// -----

func.func @yield(%c: i1, %x: f64, %y: f32) -> f64 {
  %z = scf.if %c -> (f64) {
    scf.yield %x : f64
  } else {
    // expected-error@+1 {{this branch yields (f32), and the scf.if gives (f64)}}
    scf.yield %y : f32
  }
  func.return %z : f64
}
