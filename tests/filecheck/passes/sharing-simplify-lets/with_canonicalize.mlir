// RUN: letgrad-opt %s -p sharing-simplify-lets,canonicalize,sharing-simplify-lets,canonicalize --verify-sharing | filecheck %s

// A let of a stack is split, so that an index at a constant reaches the element: %b is not computed.
// CHECK-LABEL: func.func @index_of_let_of_stack(
// CHECK:      %a = math.exp %x : f64
// CHECK-NEXT: %a_1 = sharing.let %a : f64
// CHECK-NEXT: %r = arith.mulf %a_1, %a_1 : f64
// CHECK-NEXT: func.return %r : f64
func.func @index_of_let_of_stack(%x: f64, %y: f64) -> f64 {
  %a = math.exp %x : f64
  %b = math.sin %y : f64
  %s = ten.stack %a, %b : f64 -> tensor<2xf64>
  %t = sharing.let %s : tensor<2xf64>
  %c0 = arith.constant 0 : index
  %p = ten.index %t[%c0] : tensor<2xf64> -> f64
  %q = ten.index %t[%c0] : tensor<2xf64> -> f64
  %r = arith.mulf %p, %q : f64
  func.return %r : f64
}
