// RUN: letgrad-opt %s -t terms | filecheck %s

// The tangent of an input is written wherever it is used, like an argument; %d is used twice, and
// stands beside the value that it belongs to.
// CHECK-LABEL: side_by_side = \x y ct ->
// CHECK-NEXT:    let w = x * y
// CHECK-NEXT:        dw = y * dx + x * dy
// CHECK-NEXT:        (gx, gy) = pullback (w * dw + -dw : ct)
// CHECK-NEXT:    in (w, gx, gy)
func.func @side_by_side(%x: f64, %y: f64, %ct: f64) -> (f64, f64, f64) {
  %dx = delta.input 0 : !delta.term<f64>
  %dy = delta.input 1 : !delta.term<f64>
  %w = arith.mulf %x, %y : f64
  %a = delta.scale %y, %dx : f64, !delta.term<f64>
  %b = delta.scale %x, %dy : f64, !delta.term<f64>
  %dw = delta.add %a, %b : !delta.term<f64>
  %c = delta.scale %w, %dw : f64, !delta.term<f64>
  %n = delta.neg %dw : !delta.term<f64>
  %d = delta.add %c, %n : !delta.term<f64>
  %gx, %gy = delta.pullback (%d : %ct) : f64 -> f64, f64
  func.return %w, %gx, %gy : f64, f64, f64
}

// Without names: inputs are counted from 0, other terms from 1.
// CHECK-LABEL: unnamed = \x t ->
// CHECK-SAME:    let d1 = x * d0 in pushforward (x * d1 + d1) t
func.func @unnamed(%x: f64, %t: f64) -> f64 {
  %0 = delta.input 0 : !delta.term<f64>
  %1 = delta.scale %x, %0 : f64, !delta.term<f64>
  %2 = delta.scale %x, %1 : f64, !delta.term<f64>
  %3 = delta.add %2, %1 : !delta.term<f64>
  %4 = delta.pushforward %3, (%t) : f64, (f64)
  func.return %4 : f64
}

// A name that the program gives to something else is not taken.
// CHECK-LABEL: names = \d0 d1 t -> let d2 = d0_1 + d0_1 in d0 * d1 * pushforward (d2 + d2) t
func.func @names(%d0: f64, %d1: f64, %t: f64) -> f64 {
  %0 = delta.input 0 : !delta.term<f64>
  %1 = delta.add %0, %0 : !delta.term<f64>
  %2 = delta.add %1, %1 : !delta.term<f64>
  %p = delta.pushforward %2, (%t) : f64, (f64)
  %k = arith.mulf %d0, %d1 : f64
  %r = arith.mulf %k, %p : f64
  func.return %r : f64
}

// Grouping is that of sums and products.
// CHECK-LABEL: grouping = \x y t -> pushforward (-(dx + dy) + (x + y) * (dx + -dy) + x * y * dx) (t, t)
func.func @grouping(%x: f64, %y: f64, %t: f64) -> f64 {
  %dx = delta.input 0 : !delta.term<f64>
  %dy = delta.input 1 : !delta.term<f64>
  %0 = delta.add %dx, %dy : !delta.term<f64>
  %1 = delta.neg %0 : !delta.term<f64>
  %2 = delta.neg %dy : !delta.term<f64>
  %3 = delta.add %dx, %2 : !delta.term<f64>
  %k = arith.addf %x, %y : f64
  %4 = delta.scale %k, %3 : f64, !delta.term<f64>
  %5 = delta.add %1, %4 : !delta.term<f64>
  %l = arith.mulf %x, %y : f64
  %6 = delta.scale %l, %dx : f64, !delta.term<f64>
  %7 = delta.add %5, %6 : !delta.term<f64>
  %r = delta.pushforward %7, (%t, %t) : f64, (f64, f64)
  func.return %r : f64
}

// Linear ops of ten are written as on values, and a number that scales a term shows no shape.
// CHECK-LABEL: structure = \v m ct ->
// CHECK-NEXT:    pullback (2.0 * transpose[1, 0] dv : ct) ((m ? 0 : dv[1:3, :]) : ct[:, 0:2] masked)
func.func @structure(%v: tensor<3x2xf64>, %m: tensor<2x2xi1>, %ct: tensor<2x3xf64>) -> tensor<3x2xf64> {
  %dv = delta.input 0 : !delta.term<tensor<3x2xf64>>
  %two = arith.constant dense<2.0> : tensor<2x3xf64>
  %0 = ten.transpose %dv perm [1, 0] : !delta.term<tensor<3x2xf64>> -> !delta.term<tensor<2x3xf64>>
  %1 = delta.scale %two, %0 : tensor<2x3xf64>, !delta.term<tensor<2x3xf64>>
  %2 = ten.slice %dv offsets [1, 0] sizes [2, 2] strides [1, 1] : !delta.term<tensor<3x2xf64>> -> !delta.term<tensor<2x2xf64>>
  %zero = delta.zero : !delta.term<tensor<2x2xf64>>
  %3 = ten.select %m, %zero, %2 : tensor<2x2xi1>, !delta.term<tensor<2x2xf64>>
  %4 = ten.slice %ct offsets [0, 0] sizes [2, 2] strides [1, 1] : tensor<2x3xf64> -> tensor<2x2xf64>
  %g = delta.pullback (%1 : %ct), (%3 : %4) masked [1] : tensor<2x3xf64>, tensor<2x2xf64> -> tensor<3x2xf64>
  func.return %g : tensor<3x2xf64>
}

// CHECK-LABEL: f = \x -> stop x
func.func @f(%x: f64) -> f64 {
  %0 = delta.stop %x : f64
  func.return %0 : f64
}
func.func @f_forward(%x: f64) -> (f64, f64) {
  func.return %x, %x : f64, f64
}
func.func @f_backward(%x: f64, %ct: f64) -> f64 {
  %0 = arith.mulf %x, %ct : f64
  func.return %0 : f64
}
func.func @f_jvp(%x: f64, %t: f64) -> (f64, f64) {
  func.return %x, %t : f64, f64
}

// CHECK-LABEL: custom = \x -> custom_jvp[f, f_jvp] (custom_vjp[f, f_forward, f_backward] x)
func.func @custom(%x: f64) -> f64 {
  %0 = delta.custom_vjp @f, @f_forward, @f_backward(%x) : (f64) -> f64
  %1 = delta.custom_jvp @f, @f_jvp(%0) : (f64) -> f64
  func.return %1 : f64
}

// CHECK-LABEL: linearized = \x ct -> pullback (transposed_call[f_backward] (sin x) dx : ct)
func.func @linearized(%x: f64, %ct: f64) -> f64 {
  %dx = delta.input 0 : !delta.term<f64>
  %s = math.sin %x : f64
  %0 = delta.transposed_call @f_backward(%s) of (%dx) : (f64), (!delta.term<f64>) -> (!delta.term<f64>)
  %g = delta.pullback (%0 : %ct) : f64 -> f64
  func.return %g : f64
}
