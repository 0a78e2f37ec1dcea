// RUN: letgrad-opt %s -p delta-linearize{entry=foo} -t terms | filecheck %s --check-prefix=DUAL
// RUN: letgrad-opt %s -p gradient{entry=foo},gradient{entry=foo_unshared} -t terms | filecheck %s
// RUN: letgrad-opt %s -p gradient{entry=foo} -t terms{sharing=none} | filecheck %s --check-prefix=TREE

// Each value stands beside the term that is its derivative.
// DUAL-LABEL: foo = \x y z ct ->
// DUAL-NEXT:    let s = sin y
// DUAL-NEXT:        w = x * s
// DUAL-NEXT:        dw = s * dx + x * (cos y * dy)
// DUAL-NEXT:        (x1, x2, x3) = pullback (invert w z * dz + -invert z w * dw + (w * dz + z * dw) : ct)
// DUAL-NEXT:    in (atan2 z w + z * w, x1, x2, x3)

// sin y and x * sin y are computed once, in the value and the derivative together.
// CHECK-LABEL: foo = \x y z ct ->
// CHECK-NEXT:    let s = sin y
// CHECK-NEXT:        w = x * s
// CHECK-NEXT:        x1 = z * ct + -invert z w * ct
// CHECK-NEXT:    in (atan2 z w + z * w, s * x1, cos y * (x * x1), w * ct + invert w z * ct)
func.func @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// With w written out twice, the gradient is the same program.
// CHECK-LABEL: foo_unshared = \x y z ct ->
// CHECK-NEXT:    let s = sin y
// CHECK-NEXT:        w = x * s
// CHECK-NEXT:        x1 = z * ct + -invert z w * ct
// CHECK-NEXT:    in (atan2 z w + z * w, s * x1, cos y * (x * x1), w * ct + invert w z * ct)
func.func @foo_unshared(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %s2 = math.sin %y : f64
  %w2 = arith.mulf %x, %s2 : f64
  %b = arith.mulf %z, %w2 : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// The same program without sharing.
// TREE-LABEL: foo = \x y z ct ->
// TREE-COUNT-9: sin y
