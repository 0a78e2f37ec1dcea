// RUN: letgrad-opt %s -p canonicalize --check-semantics 2>&1 | filecheck %s

// On random inputs a loop may not end. The check gives it up, and says so.
// CHECK: warning: the meaning of @endless is not checked: the loop has not ended after 10000 turns
// CHECK: func.func @endless(
func.func @endless(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %r = ten.while (%h = %x : f64) -> (f64) {
    %go = arith.cmpf oeq, %h, %h : f64
    ten.yield %go : i1
  } do (%k) {
    %next = arith.addf %k, %one : f64
    ten.yield %next : f64
  }
  func.return %r : f64
}
