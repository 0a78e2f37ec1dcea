// RUN: letgrad-opt %s --view-op-graph -o /dev/null 2>&1 | filecheck %s
// RUN: letgrad-opt %s --view-op-graph="print-data-flow-edges=false print-attrs=false" -o /dev/null 2>&1 | filecheck %s --check-prefix=LESS
// RUN: letgrad-opt %s -pass-pipeline='builtin.module(func.func(view-op-graph))' -o /dev/null 2>&1 | filecheck %s --check-prefix=FUNC

// CHECK:       digraph G {
// CHECK:         label = "builtin.module"
// CHECK:         v[[x:[0-9]+]] [label = "x: f64"
// CHECK:         v[[s:[0-9]+]] [label = "math.sin : (f64)
// CHECK:         v[[m:[0-9]+]] [label = "arith.mulf : (f64)
// CHECK:         v[[x]] -> v[[s]];
// CHECK-NEXT:    v[[x]] -> v[[m]] [label = "0"];
// CHECK-NEXT:    v[[s]] -> v[[m]] [label = "1"];
// LESS:        "math.sin : (f64)"
// LESS-NOT:    ->
// FUNC:        digraph G {
// FUNC-NOT:    builtin.module
// FUNC:        func.func
func.func @f(%x: f64) -> f64 {
  %s = math.sin %x : f64
  %y = arith.mulf %x, %s : f64
  return %y : f64
}
