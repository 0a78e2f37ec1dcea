// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=foo_twice},gradient{entry=foo_let}' | filecheck %s
// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=foo_twice},gradient{entry=foo_let}' -t terms | filecheck %s --check-prefix=TERMS
// RUN: letgrad-opt %s -p 'gradient{entry=foo mode=forward},gradient{entry=foo_twice mode=forward}' -t terms | filecheck %s --check-prefix=FORWARD

// foo(x, y, z) = let w = x * sin y in atan2(z, w) + z * w, where the program has w once, twice, and under a let. All have one
// derivative, in which sin y and x * sin y are computed once.

// CHECK-LABEL: func.func @foo(%x: f64, %y: f64, %z: f64, %ct: f64) -> (f64, f64, f64, f64)
// CHECK-NEXT: %s = math.sin %y : f64
// CHECK-NEXT: %0 = math.cos %y : f64
// CHECK-NEXT: %w = arith.mulf %x, %s : f64
// CHECK-NEXT: %a = math.atan2 %z, %w : f64
// CHECK-NEXT: %1 = ten.invert %w, %z : f64
// CHECK-NEXT: %2 = ten.invert %z, %w : f64
// CHECK-NEXT: %3 = arith.negf %2 : f64
// CHECK-NEXT: %b = arith.mulf %z, %w : f64
// CHECK-NEXT: %r = arith.addf %a, %b : f64
// CHECK-NEXT: %4 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %5 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %6 = arith.mulf %3, %ct : f64
// CHECK-NEXT: %7 = arith.addf %4, %6 : f64
// CHECK-NEXT: %8 = arith.mulf %1, %ct : f64
// CHECK-NEXT: %9 = arith.addf %5, %8 : f64
// CHECK-NEXT: %10 = arith.mulf %x, %7 : f64
// CHECK-NEXT: %11 = arith.mulf %s, %7 : f64
// CHECK-NEXT: %12 = arith.mulf %0, %10 : f64
// CHECK-NEXT: func.return %r, %11, %12, %9 : f64, f64, f64, f64
//
// TERMS:      foo = \x y z ct ->
// TERMS-NEXT:   let s = sin y
// TERMS-NEXT:       w = x * s
// TERMS-NEXT:       x1 = z * ct + -invert z w * ct
// TERMS-NEXT:   in (atan2 z w + z * w, s * x1, cos y * (x * x1), w * ct + invert w z * ct)
//
// FORWARD:      foo = \x y z t_x t_y t_z ->
// FORWARD-NEXT:   let s = sin y
// FORWARD-NEXT:       w = x * s
// FORWARD-NEXT:       x1 = s * t_x + x * (cos y * t_y)
// FORWARD-NEXT:   in (atan2 z w + z * w, invert w z * t_z + -invert z w * x1 + (w * t_z + z * x1))
func.func @foo(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// CHECK-LABEL: func.func @foo_twice(%x: f64, %y: f64, %z: f64, %ct: f64) -> (f64, f64, f64, f64)
// CHECK-NEXT: %s = math.sin %y : f64
// CHECK-NEXT: %0 = math.cos %y : f64
// CHECK-NEXT: %w = arith.mulf %x, %s : f64
// CHECK-NEXT: %a = math.atan2 %z, %w : f64
// CHECK-NEXT: %1 = ten.invert %w, %z : f64
// CHECK-NEXT: %2 = ten.invert %z, %w : f64
// CHECK-NEXT: %3 = arith.negf %2 : f64
// CHECK-NEXT: %b = arith.mulf %z, %w : f64
// CHECK-NEXT: %r = arith.addf %a, %b : f64
// CHECK-NEXT: %4 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %5 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %6 = arith.mulf %3, %ct : f64
// CHECK-NEXT: %7 = arith.addf %4, %6 : f64
// CHECK-NEXT: %8 = arith.mulf %1, %ct : f64
// CHECK-NEXT: %9 = arith.addf %5, %8 : f64
// CHECK-NEXT: %10 = arith.mulf %x, %7 : f64
// CHECK-NEXT: %11 = arith.mulf %s, %7 : f64
// CHECK-NEXT: %12 = arith.mulf %0, %10 : f64
// CHECK-NEXT: func.return %r, %11, %12, %9 : f64, f64, f64, f64
//
// TERMS:      foo_twice = \x y z ct ->
// TERMS-NEXT:   let s = sin y
// TERMS-NEXT:       w = x * s
// TERMS-NEXT:       x1 = z * ct + -invert z w * ct
// TERMS-NEXT:   in (atan2 z w + z * w, s * x1, cos y * (x * x1), w * ct + invert w z * ct)
//
// FORWARD:      foo_twice = \x y z t_x t_y t_z ->
// FORWARD-NEXT:   let s = sin y
// FORWARD-NEXT:       w = x * s
// FORWARD-NEXT:       x1 = s * t_x + x * (cos y * t_y)
// FORWARD-NEXT:   in (atan2 z w + z * w, invert w z * t_z + -invert z w * x1 + (w * t_z + z * x1))
func.func @foo_twice(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %w = arith.mulf %x, %s : f64
  %a = math.atan2 %z, %w : f64
  %s1 = math.sin %y : f64
  %w1 = arith.mulf %x, %s1 : f64
  %b = arith.mulf %z, %w1 : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}

// CHECK-LABEL: func.func @foo_let(%x: f64, %y: f64, %z: f64, %ct: f64) -> (f64, f64, f64, f64)
// CHECK-NEXT: %s = math.sin %y : f64
// CHECK-NEXT: %0 = math.cos %y : f64
// CHECK-NEXT: %p = arith.mulf %x, %s : f64
// CHECK-NEXT: %w = sharing.let %p : f64
// CHECK-NEXT: %a = math.atan2 %z, %w : f64
// CHECK-NEXT: %1 = ten.invert %w, %z : f64
// CHECK-NEXT: %2 = ten.invert %z, %w : f64
// CHECK-NEXT: %3 = arith.negf %2 : f64
// CHECK-NEXT: %b = arith.mulf %z, %w : f64
// CHECK-NEXT: %r = arith.addf %a, %b : f64
// CHECK-NEXT: %4 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %5 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %6 = arith.mulf %3, %ct : f64
// CHECK-NEXT: %7 = arith.addf %4, %6 : f64
// CHECK-NEXT: %8 = arith.mulf %1, %ct : f64
// CHECK-NEXT: %9 = arith.addf %5, %8 : f64
// CHECK-NEXT: %10 = arith.mulf %x, %7 : f64
// CHECK-NEXT: %11 = arith.mulf %s, %7 : f64
// CHECK-NEXT: %12 = arith.mulf %0, %10 : f64
// CHECK-NEXT: func.return %r, %11, %12, %9 : f64, f64, f64, f64
func.func @foo_let(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %p = arith.mulf %x, %s : f64
  %w = sharing.let %p : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
