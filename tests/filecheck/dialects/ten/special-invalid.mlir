// RUN: letgrad-opt %s --verify-diagnostics --split-input-file

func.func @unknown(%x: f64) {
  // expected-error @+1 {{ten.special: there is no function 'gama'}}
  %a = ten.special gama, %x : f64
  func.return
}

// -----

func.func @count(%x: f64) {
  // expected-error @+1 {{ten.special: beta takes 2 operands, not 1}}
  %a = ten.special beta, %x : f64
  func.return
}

// -----

func.func @none() {
  // expected-error @+1 {{ten.special: psi takes 1 operands, not 0}}
  %a = "ten.special"() <{function = "psi"}> : () -> f64
  func.return
}

// -----

func.func @integers(%x: tensor<2xi32>) {
  // expected-error @+1 {{ten.special: operands are floats, not tensor<2xi32>}}
  %a = ten.special psi, %x : tensor<2xi32>
  func.return
}

// -----

func.func @types(%x: f64, %y: f32) {
  // expected-error @+1 {{ten.special: operands are f64 and f32}}
  %a = "ten.special"(%x, %y) <{function = "beta"}> : (f64, f32) -> f64
  func.return
}

// -----

func.func @terms(%x: !delta.term<f64>) {
  // expected-error @+1 {{ten.special: operands are floats, not !delta.term<f64>}}
  %a = ten.special psi, %x : !delta.term<f64>
  func.return
}

// -----

func.func @result(%x: f64) {
  // expected-error @+1 {{ten.special: the result is f64, not f32}}
  %a = "ten.special"(%x) <{function = "psi"}> : (f64) -> f32
  func.return
}
