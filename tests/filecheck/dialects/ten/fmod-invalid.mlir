// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @two_types(%x: f64, %y: f32) {
  // expected-error @+1 {{ten.fmod: operands are f64 and f32}}
  %a = "ten.fmod"(%x, %y) : (f64, f32) -> f64
  func.return
}

// -----

func.func @integers(%x: tensor<2xi32>) {
  // expected-error @+1 {{ten.fmod: operands are floats, not tensor<2xi32>}}
  %a = ten.fmod %x, %x : tensor<2xi32>
  func.return
}

// -----

func.func @terms(%x: !delta.term<f64>) {
  // expected-error @+1 {{ten.fmod: operands are floats, not !delta.term<f64>}}
  %a = ten.fmod %x, %x : !delta.term<f64>
  func.return
}

// -----

func.func @result(%x: f64) {
  // expected-error @+1 {{ten.fmod: the result is f64, not f32}}
  %a = "ten.fmod"(%x, %x) : (f64, f64) -> f32
  func.return
}
