// RUN: letgrad-opt %s --print-op-stats -o /dev/null 2>&1 | filecheck %s
// RUN: letgrad-opt %s --print-op-stats=json=true -o /dev/null 2>&1 | filecheck %s --check-prefix=JSON
// RUN: letgrad-opt %s --print-op-stats 2>/dev/null | filecheck %s --check-prefix=SAME

// CHECK-LABEL: Operations encountered:
// CHECK:         arith.addf     , 2
// CHECK-NEXT:    builtin.module , 1
// CHECK-NEXT:    func.func      , 1
// CHECK-NEXT:    func.return    , 1
// JSON:        {
// JSON-NEXT:     "arith.addf": 2,
// SAME:        func.func @f
func.func @f(%x: f64) -> f64 {
  %y = arith.addf %x, %x : f64
  %z = arith.addf %y, %x : f64
  return %z : f64
}
