// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// A let of a let is one let.
// CHECK-LABEL: func.func @let_of_let(
// CHECK:      %a = math.sin %x : f64
// CHECK-NEXT: %y = sharing.let %a : f64
// CHECK-NEXT: func.return %y : f64
func.func @let_of_let(%x: f64) -> f64 {
  %a = math.sin %x : f64
  %y = sharing.let %a : f64
  %z = sharing.let %y : f64
  func.return %z : f64
}

// A constant is kept by its literal.
// CHECK-LABEL: func.func @let_of_constant(
// CHECK:      %c = arith.constant 2.500000e+00 : f64
// CHECK-NEXT: func.return %c : f64
func.func @let_of_constant() -> f64 {
  %c = arith.constant 2.5 : f64
  %y = sharing.let %c : f64
  func.return %y : f64
}

// CHECK-LABEL: func.func @let_of_argument_stays(
// CHECK:      %y = sharing.let %x : f64
// CHECK-NEXT: func.return %y : f64
func.func @let_of_argument_stays(%x: f64) -> f64 {
  %y = sharing.let %x : f64
  func.return %y : f64
}
