// RUN: letgrad-opt %s --host-order-calls --disable-verify --split-input-file --verify-diagnostics

func.func @condition(%a: f64) -> f64 {
  %r = ten.while (%c = %a : f64) -> (f64) {
    // expected-error@+1 {{cannot stand in the condition of a loop; call it in the body}}
    host.call "f" 1 (%c) : (f64) -> ()
    %go = arith.cmpf olt, %c, %a : f64
    ten.yield %go : i1
  } do (%c) {
    ten.yield %c : f64
  }
  func.return %r : f64
}

// -----

func.func @index(%a: f64) -> tensor<3xf64> {
  %y = ten.build [3] (%i) : tensor<3xf64> {
    // expected-error@+1 {{cannot stand in ten.build: letgrad may run it in any order}}
    host.call "f" 1 (%i) : (index) -> ()
    ten.yield %a : f64
  }
  func.return %y : tensor<3xf64>
}
