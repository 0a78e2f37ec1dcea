// RUN: letgrad-opt %s --canonicalize | filecheck %s

// Nobody needs the count after the loop, so the call without other results is dead.
// CHECK-LABEL: func.func @loop_of_unneeded_count(
// CHECK-NEXT:    %r = ten.scan [3] (%c = %a : f64) -> (f64) {
// CHECK-NEXT:      %s = math.sin %c : f64
// CHECK-NEXT:      ten.yield %s : f64
func.func @loop_of_unneeded_count(%a: f64) -> f64 {
  %n = host.begin
  %r, %k = ten.scan [3] (%c = %a : f64, %i = %n : i64) -> (f64, i64) {
    %s = math.sin %c : f64
    %j = host.ordered_call "f" 1 (%i, %c) : (i64, f64) -> i64
    ten.yield %s, %j : f64, i64
  }
  func.return %r : f64
}

// CHECK-LABEL: func.func @while_of_unneeded_count(
// CHECK-NOT:     host.ordered_call
// CHECK:         return
func.func @while_of_unneeded_count(%a: f64) -> f64 {
  %n = host.begin
  %r, %k = ten.while (%c = %a : f64, %i = %n : i64) -> (f64, i64) {
    %go = arith.cmpf olt, %c, %a : f64
    ten.yield %go : i1
  } do (%c, %i) {
    %s = math.sin %c : f64
    %j = host.ordered_call "f" 1 (%i, %c) : (i64, f64) -> i64
    ten.yield %s, %j : f64, i64
  }
  func.return %r : f64
}

// The calls happen, since somebody needs their count.
// CHECK-LABEL: func.func @loop_of_needed_count_stays(
// CHECK:         ten.scan [3] (%c = %a : f64, %i = %n : i64)
// CHECK:         host.ordered_call "f" 1(%i, %c)
func.func @loop_of_needed_count_stays(%a: f64) -> f64 {
  %n = host.begin
  %r, %k = ten.scan [3] (%c = %a : f64, %i = %n : i64) -> (f64, i64) {
    %s = math.sin %c : f64
    %j = host.ordered_call "f" 1 (%i, %c) : (i64, f64) -> i64
    ten.yield %s, %j : f64, i64
  }
  host.end %k : i64
  func.return %r : f64
}

// The rows of counts are no count of one call: a new one begins, and no loop keeps the rows.
// CHECK-LABEL: func.func @loop_over_counts(
// CHECK-NOT:     tensor<3xi64>
// CHECK:         host.end
// CHECK:         [[N:%.*]] = host.begin
// CHECK:         ten.scan [2]
// CHECK:           ten.scan [3] (%d = %e : f64) -> (f64)
// CHECK:             host.ordered_call "g" 1([[N]], %d)
func.func @loop_over_counts(%a: f64) -> (f64, f64) {
  %n = host.begin
  %r, %k, %ks = ten.scan [3] (%c = %a : f64, %i = %n : i64) -> (f64, i64, tensor<3xi64>) {
    %s = math.sin %c : f64
    %j = host.ordered_call "f" 1 (%i, %c) : (i64, f64) -> i64
    ten.yield %s, %j, %i : f64, i64, i64
  }
  host.end %k : i64
  %q = ten.scan [2] (%e = %r : f64) -> (f64) {
    %t = ten.scan [3] (%d = %e : f64) over (%m = %ks : tensor<3xi64>) -> (f64) {
      %l, %y = host.ordered_call "g" 1 (%m, %d) : (i64, f64) -> (i64, f64)
      ten.yield %y : f64
    }
    ten.yield %t : f64
  }
  func.return %r, %q : f64, f64
}
