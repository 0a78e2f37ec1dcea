// RUN: letgrad-opt %s -t dot --verify-diagnostics | filecheck %s

// A function of several blocks has no graph, which is said; the others are drawn. A declaration is
// no function to draw.

// CHECK:       digraph {
// CHECK-NOT:   @branches
// CHECK:         label="@f";
// CHECK-NOT:   @declared

// expected-warning@+1 {{@branches is not drawn: it has several blocks, and a sharing graph is that of one}}
func.func @branches(%x: f64) -> f64 {
  cf.br ^end(%x : f64)
^end(%y: f64):
  func.return %y : f64
}

func.func @f(%x: f64) -> f64 {
  %0 = math.sin %x : f64
  func.return %0 : f64
}

func.func private @declared(f64) -> f64
