// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @counts_floats(%x: f64) {
  // expected-error@+1 {{the first operand and the first result count calls: i64}}
  %m = host.ordered_call "print" 7 (%x) : (f64) -> i64
  func.return
}

// -----

func.func @counts_nothing(%n: i64) {
  // expected-error@+1 {{the first operand and the first result count calls: i64}}
  host.ordered_call "print" 7 (%n) : (i64) -> ()
  func.return
}

// -----

func.func @when_what(%n: i64, %x: f64) {
  // expected-error@+1 {{the second operand says whether there is a call: i1}}
  %m = host.ordered_call "print" 7 when (%n, %x) : (i64, f64) -> i64
  func.return
}
