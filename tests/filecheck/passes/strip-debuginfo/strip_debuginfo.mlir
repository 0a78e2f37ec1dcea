// RUN: letgrad-opt %s --strip-debuginfo --mlir-print-debuginfo | filecheck %s

// CHECK-NOT:   loc("
// CHECK:       func.func @f(%x: f64 loc(unknown))
// CHECK-NEXT:    arith.negf %x : f64 loc(unknown)
// CHECK-NEXT:    return {{.*}} loc(unknown)
// CHECK-NOT:   loc("
func.func @f(%x: f64 loc("there":3:4)) -> f64 {
  %y = arith.negf %x : f64 loc(fused["a":1:2, "b":3:4])
  return %y : f64
}
