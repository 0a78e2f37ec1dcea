// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --mlir-print-op-generic | letgrad-opt | filecheck %s
// RUN: not letgrad-opt %s -p convert-upstream-to-ten 2>&1 | filecheck %s --check-prefix=ERROR

func.func private @square(f64) -> f64

// CHECK-LABEL: func.func @f
// CHECK: %g = func.constant @square : (f64) -> f64
// CHECK: %y = func.call_indirect %g(%x) : (f64) -> f64
// ERROR: error: @square has no body
func.func @f(%x: f64) -> f64 {
  %g = constant @square : (f64) -> f64
  %y = call_indirect %g(%x) : (f64) -> f64
  return %y : f64
}
