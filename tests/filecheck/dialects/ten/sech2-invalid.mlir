// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @integers(%x: tensor<2xi32>) {
  // expected-error @+1 {{ten.sech2: operands are floats, not tensor<2xi32>}}
  %a = ten.sech2 %x : tensor<2xi32>
  func.return
}

// -----

func.func @terms(%x: !delta.term<f64>) {
  // expected-error @+1 {{ten.sech2: operands are floats, not !delta.term<f64>}}
  %a = ten.sech2 %x : !delta.term<f64>
  func.return
}

// -----

func.func @result(%x: f64) {
  // expected-error @+1 {{ten.sech2: the result is f64, not f32}}
  %a = "ten.sech2"(%x) : (f64) -> f32
  func.return
}
