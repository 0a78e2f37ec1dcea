// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @integers(%x: f64) -> f64 {
  // expected-error@+1 {{arith.addi does not take f64}}
  %y = arith.addi %x, %x : f64
  return %y : f64
}

// -----

func.func @floats(%x: i32) -> i32 {
  %c = arith.constant true
  scf.if %c {
    // expected-error@+1 {{math.sin does not take i32}}
    %y = math.sin %x : i32
  }
  return %x : i32
}
