// RUN: letgrad-opt %s -p delta-transpose --allow-unregistered-dialect | filecheck %s
// RUN: letgrad-opt %s -p delta-evaluate --allow-unregistered-dialect | filecheck %s

// An op that nobody knows may have effects, so the op stays, though nobody reads its term. The unused
// term beside the op goes.

// CHECK-LABEL: func.func @op_that_nobody_knows_stays(
// CHECK-NEXT:    %t = "other.op"(%x) : (f64) -> !delta.term<f64>
// CHECK-NEXT:    %s = math.sin %x : f64
// CHECK-NEXT:    return %s
func.func @op_that_nobody_knows_stays(%x: f64) -> f64 {
  %t = "other.op"(%x) : (f64) -> !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %s = math.sin %x : f64
  func.return %s : f64
}
