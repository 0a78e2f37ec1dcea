// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=foo_twice},gradient{entry=foo_let}' | filecheck %s
// RUN: letgrad-opt %s -p 'gradient{entry=foo},gradient{entry=foo_twice},gradient{entry=foo_let}' -t terms | filecheck %s --check-prefix=TERMS
// RUN: letgrad-opt %s -p 'gradient{entry=foo mode=forward},gradient{entry=foo_twice mode=forward}' -t terms | filecheck %s --check-prefix=FORWARD

// foo(x, y, z) = let w = x * sin y in atan2(z, w) + z * w, where the program has w once, twice, and under a let. All have one
// derivative, in which sin y, x * sin y and 1 / (w * w + z * z) are computed once.

// CHECK-LABEL: func.func @foo(%x: f64, %y: f64, %z: f64, %ct: f64) -> (f64, f64, f64, f64)
// CHECK-NEXT: %s = math.sin %y : f64
// CHECK-NEXT: %0 = math.cos %y : f64
// CHECK-NEXT: %w = arith.mulf %x, %s : f64
// CHECK-NEXT: %a = math.atan2 %z, %w : f64
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.mulf %w, %w : f64
// CHECK-NEXT: %3 = arith.mulf %z, %z : f64
// CHECK-NEXT: %4 = arith.addf %2, %3 : f64
// CHECK-NEXT: %5 = arith.divf %1, %4 : f64
// CHECK-NEXT: %6 = arith.mulf %w, %5 : f64
// CHECK-NEXT: %7 = arith.negf %z : f64
// CHECK-NEXT: %8 = arith.mulf %7, %5 : f64
// CHECK-NEXT: %b = arith.mulf %z, %w : f64
// CHECK-NEXT: %r = arith.addf %a, %b : f64
// CHECK-NEXT: %9 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %10 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %11 = arith.mulf %8, %ct : f64
// CHECK-NEXT: %12 = arith.addf %9, %11 : f64
// CHECK-NEXT: %13 = arith.mulf %6, %ct : f64
// CHECK-NEXT: %14 = arith.addf %10, %13 : f64
// CHECK-NEXT: %15 = arith.mulf %x, %12 : f64
// CHECK-NEXT: %16 = arith.mulf %s, %12 : f64
// CHECK-NEXT: %17 = arith.mulf %0, %15 : f64
// CHECK-NEXT: func.return %r, %16, %17, %14 : f64, f64, f64, f64
//
// TERMS:      foo = \x y z ct ->
// TERMS-NEXT:   let s = sin y
// TERMS-NEXT:       w = x * s
// TERMS-NEXT:       x1 = 1.0 / (w * w + z * z)
// TERMS-NEXT:       x2 = z * ct + -z * x1 * ct
// TERMS-NEXT:   in (atan2 z w + z * w, s * x2, cos y * (x * x2), w * ct + w * x1 * ct)
//
// FORWARD:      foo = \x y z t_x t_y t_z ->
// FORWARD-NEXT:   let s = sin y
// FORWARD-NEXT:       w = x * s
// FORWARD-NEXT:       x1 = 1.0 / (w * w + z * z)
// FORWARD-NEXT:       x2 = s * t_x + x * (cos y * t_y)
// FORWARD-NEXT:   in (atan2 z w + z * w, w * x1 * t_z + -z * x1 * x2 + (w * t_z + z * x2))
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
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.mulf %w, %w : f64
// CHECK-NEXT: %3 = arith.mulf %z, %z : f64
// CHECK-NEXT: %4 = arith.addf %2, %3 : f64
// CHECK-NEXT: %5 = arith.divf %1, %4 : f64
// CHECK-NEXT: %6 = arith.mulf %w, %5 : f64
// CHECK-NEXT: %7 = arith.negf %z : f64
// CHECK-NEXT: %8 = arith.mulf %7, %5 : f64
// CHECK-NEXT: %b = arith.mulf %z, %w : f64
// CHECK-NEXT: %r = arith.addf %a, %b : f64
// CHECK-NEXT: %9 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %10 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %11 = arith.mulf %8, %ct : f64
// CHECK-NEXT: %12 = arith.addf %9, %11 : f64
// CHECK-NEXT: %13 = arith.mulf %6, %ct : f64
// CHECK-NEXT: %14 = arith.addf %10, %13 : f64
// CHECK-NEXT: %15 = arith.mulf %x, %12 : f64
// CHECK-NEXT: %16 = arith.mulf %s, %12 : f64
// CHECK-NEXT: %17 = arith.mulf %0, %15 : f64
// CHECK-NEXT: func.return %r, %16, %17, %14 : f64, f64, f64, f64
//
// TERMS:      foo_twice = \x y z ct ->
// TERMS-NEXT:   let s = sin y
// TERMS-NEXT:       w = x * s
// TERMS-NEXT:       x1 = 1.0 / (w * w + z * z)
// TERMS-NEXT:       x2 = z * ct + -z * x1 * ct
// TERMS-NEXT:   in (atan2 z w + z * w, s * x2, cos y * (x * x2), w * ct + w * x1 * ct)
//
// FORWARD:      foo_twice = \x y z t_x t_y t_z ->
// FORWARD-NEXT:   let s = sin y
// FORWARD-NEXT:       w = x * s
// FORWARD-NEXT:       x1 = 1.0 / (w * w + z * z)
// FORWARD-NEXT:       x2 = s * t_x + x * (cos y * t_y)
// FORWARD-NEXT:   in (atan2 z w + z * w, w * x1 * t_z + -z * x1 * x2 + (w * t_z + z * x2))
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
// CHECK-NEXT: %1 = arith.constant 1.000000e+00 : f64
// CHECK-NEXT: %2 = arith.mulf %w, %w : f64
// CHECK-NEXT: %3 = arith.mulf %z, %z : f64
// CHECK-NEXT: %4 = arith.addf %2, %3 : f64
// CHECK-NEXT: %5 = arith.divf %1, %4 : f64
// CHECK-NEXT: %6 = arith.mulf %w, %5 : f64
// CHECK-NEXT: %7 = arith.negf %z : f64
// CHECK-NEXT: %8 = arith.mulf %7, %5 : f64
// CHECK-NEXT: %b = arith.mulf %z, %w : f64
// CHECK-NEXT: %r = arith.addf %a, %b : f64
// CHECK-NEXT: %9 = arith.mulf %z, %ct : f64
// CHECK-NEXT: %10 = arith.mulf %w, %ct : f64
// CHECK-NEXT: %11 = arith.mulf %8, %ct : f64
// CHECK-NEXT: %12 = arith.addf %9, %11 : f64
// CHECK-NEXT: %13 = arith.mulf %6, %ct : f64
// CHECK-NEXT: %14 = arith.addf %10, %13 : f64
// CHECK-NEXT: %15 = arith.mulf %x, %12 : f64
// CHECK-NEXT: %16 = arith.mulf %s, %12 : f64
// CHECK-NEXT: %17 = arith.mulf %0, %15 : f64
// CHECK-NEXT: func.return %r, %16, %17, %14 : f64, f64, f64, f64
func.func @foo_let(%x: f64, %y: f64, %z: f64) -> f64 {
  %s = math.sin %y : f64
  %p = arith.mulf %x, %s : f64
  %w = sharing.let %p : f64
  %a = math.atan2 %z, %w : f64
  %b = arith.mulf %z, %w : f64
  %r = arith.addf %a, %b : f64
  func.return %r : f64
}
