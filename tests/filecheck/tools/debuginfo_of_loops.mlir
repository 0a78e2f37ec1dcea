// RUN: letgrad-opt %s --print-debuginfo | filecheck %s
// RUN: letgrad-opt %s --print-debuginfo | letgrad-opt - | filecheck %s --check-prefix=AGAIN

// The location of a loop stands behind its regions only.
// CHECK:      %r = scf.while (%a = %x) : (f64) -> f64 {
// CHECK:      } loc("{{.*}}":9:8)
// AGAIN:      %r = scf.while (%a = %x) : (f64) -> f64 {
func.func @loop(%x: f64, %go: i1) -> f64 {
  %r = scf.while (%a = %x) : (f64) -> f64 {
    scf.condition(%go) %a : f64
  } do {
  ^bb0(%b: f64):
    scf.yield %b : f64
  }
  func.return %r : f64
}
