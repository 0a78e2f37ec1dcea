// RUN: letgrad-opt %s | filecheck %s
// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | filecheck %s --check-prefix=GENERIC

// Every op, in the form in which it is printed.

// CHECK-LABEL: func.func @terms(
// CHECK-NEXT:    %d = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    %e = delta.input 12 {note = "x"} : !delta.term<tensor<2x0xbf16>>
// CHECK-NEXT:    %z = delta.zero : !delta.term<tensor<3xf32>>
// CHECK-NEXT:    %s = delta.add %d, %d : !delta.term<f64>
// CHECK-NEXT:    %n = delta.neg %s : !delta.term<f64>
// CHECK-NEXT:    %p = delta.scale %k, %n : f64, !delta.term<f64>
// CHECK-NEXT:    %q = ten.select %m, %p, %d : i1, !delta.term<f64>
// CHECK-NEXT:    %b = ten.broadcast %q dims [0] : !delta.term<f64> -> !delta.term<tensor<3xf64>>
// CHECK-NEXT:    %c = ten.cast %b : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xf32>>
// CHECK-NEXT:    %r, %r_1 = delta.transposed_call @backward(%k, %i) of (%d, %z) {note = 1 : i64} : (f64, i64), (!delta.term<f64>, !delta.term<tensor<3xf32>>) -> (!delta.term<f64>, !delta.term<f64>)
// GENERIC:       "delta.transposed_call"(%k, %i, %d, %z) <{backward = @backward, operandSegmentSizes = array<i32: 2, 2>}>
func.func @terms(%k: f64, %i: i64, %m: i1) {
  %d = delta.input 0 : !delta.term<f64>
  %e = delta.input 12 {note = "x"} : !delta.term<tensor<2x0xbf16>>
  %z = delta.zero : !delta.term<tensor<3xf32>>
  %s = delta.add %d, %d : !delta.term<f64>
  %n = delta.neg %s : !delta.term<f64>
  %p = delta.scale %k, %n : f64, !delta.term<f64>
  %q = ten.select %m, %p, %d : i1, !delta.term<f64>
  %b = ten.broadcast %q dims [0] : !delta.term<f64> -> !delta.term<tensor<3xf64>>
  %c = ten.cast %b : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xf32>>
  %r, %r_1 = delta.transposed_call @backward(%k, %i) of (%d, %z) {note = 1 : i64} : (f64, i64), (!delta.term<f64>, !delta.term<tensor<3xf32>>) -> (!delta.term<f64>, !delta.term<f64>)
  func.return
}

// CHECK-LABEL: func.func @uses(
// CHECK:         delta.pullback -> f64
// CHECK-NEXT:    delta.pullback
// CHECK-NEXT:    delta.pullback (%d : %x) : f64 -> f64
// CHECK-NEXT:    delta.pullback (%d : %x), (%e : %v) masked [1] {note = 1 : i64} : f64, tensor<3xf64> -> f64, tensor<3xf64>
// CHECK-NEXT:    delta.pushforward %d, () : f64, ()
// CHECK-NEXT:    delta.pushforward %e, (%x, %v) {note = 1 : i64} : tensor<3xf64>, (f64, tensor<3xf64>)
// GENERIC:       "delta.pullback"(%d, %e, %x, %v) <{masked = array<i64: 1>, operandSegmentSizes = array<i32: 2, 2>}>
func.func @uses(%x: f64, %v: tensor<3xf64>) {
  %d = delta.input 0 : !delta.term<f64>
  %e = delta.input 1 : !delta.term<tensor<3xf64>>
  %g = delta.pullback -> f64
  delta.pullback ->
  %g0 = delta.pullback (%d : %x) : f64 -> f64
  %g1, %g2 = delta.pullback (%d : %x), (%e : %v) masked [1] {note = 1 : i64} : f64, tensor<3xf64> -> f64, tensor<3xf64>
  %t = delta.pushforward %d, () : f64, ()
  %u = delta.pushforward %e, (%x, %v) {note = 1 : i64} : tensor<3xf64>, (f64, tensor<3xf64>)
  func.return
}

// CHECK-LABEL: func.func @programs(
// CHECK-NEXT:    %s = delta.stop %x {reason = "the rule of f fails"} : f64
// CHECK-NEXT:    %a = delta.stop %s : f64
// CHECK-NEXT:    %b, %n = delta.custom_vjp @f, @forward, @backward(%a, %i) {note = 1 : i64} : (f64, i64) -> (f64, i64)
// CHECK-NEXT:    %c = delta.custom_jvp @g, @g_jvp(%b) : (f64) -> f64
// CHECK-NEXT:    delta.custom_jvp @h, @h_jvp() : () -> ()
func.func @programs(%x: f64, %i: i64) -> f64 {
  %s = delta.stop %x {reason = "the rule of f fails"} : f64
  %a = delta.stop %s : f64
  %b, %n = delta.custom_vjp @f, @forward, @backward(%a, %i) {note = 1 : i64} : (f64, i64) -> (f64, i64)
  %c = delta.custom_jvp @g, @g_jvp(%b) : (f64) -> f64
  delta.custom_jvp @h, @h_jvp() : () -> ()
  func.return %c : f64
}

// CHECK-LABEL: func.func @systems(
// CHECK-NEXT:    %y = delta.implicit @f(%x, %p, %n) : (f64, tensor<3xf64>, i64) -> f64
// CHECK-NEXT:    %z = delta.implicit @f, @f_apply, @f_transposed(%q) batch 1 by gmres {note = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT:    %u = delta.solve @a(%y, %p) by dense : (f64, tensor<3xf64>) -> f64
// CHECK-NEXT:    %v = delta.solve @a, @a_transposed(%t, %p) batch 1 by cg : (!delta.term<tensor<2xf64>>, tensor<3xf64>) -> !delta.term<tensor<2xf64>>
func.func @systems(%x: f64, %p: tensor<3xf64>, %n: i64, %q: tensor<2x3xf32>, %t: !delta.term<tensor<2xf64>>) {
  %y = delta.implicit @f(%x, %p, %n) : (f64, tensor<3xf64>, i64) -> f64
  %z = delta.implicit @f, @f_apply, @f_transposed(%q) batch 1 by gmres {note = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = delta.solve @a(%y, %p) by dense : (f64, tensor<3xf64>) -> f64
  %v = delta.solve @a, @a_transposed(%t, %p) batch 1 by cg : (!delta.term<tensor<2xf64>>, tensor<3xf64>) -> !delta.term<tensor<2xf64>>
  func.return
}

// CHECK-LABEL: func.func @regions(
// CHECK:         %d = scf.if %c -> (!delta.term<f64>) {
// CHECK-NEXT:      scf.yield %t : !delta.term<f64>
func.func @regions(%c: i1, %t: !delta.term<f64>) -> !delta.term<f64> {
  %d = scf.if %c -> (!delta.term<f64>) {
    scf.yield %t : !delta.term<f64>
  } else {
    scf.yield %t : !delta.term<f64>
  }
  func.return %d : !delta.term<f64>
}
