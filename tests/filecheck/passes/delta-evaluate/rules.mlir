// RUN: letgrad-opt %s -p delta-evaluate | filecheck %s

// One case per special rule: what a term becomes when its tangents are known.

// input i  →  the tangent of input i
// CHECK-LABEL: func.func @input(
// CHECK:      func.return %t1 : f64
func.func @input(%t0: f64, %t1: f64) -> f64 {
  %d1 = delta.input 1 : !delta.term<f64>
  %t = delta.pushforward %d1, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// zero  →  nothing, until somebody needs a value
// CHECK-LABEL: func.func @zero(
// CHECK:      %t = arith.constant 0.000000e+00 : f64
func.func @zero(%t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = delta.zero : !delta.term<f64>
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// add (d, e)  →  d + e
// CHECK-LABEL: func.func @add(
// CHECK:      %t = arith.addf %t0, %t1 : f64
func.func @add(%t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = delta.add %d0, %d1 : !delta.term<f64>
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// add (d, 0)  →  d
// CHECK-LABEL: func.func @add_zero(
// CHECK:      func.return %t0 : f64
func.func @add_zero(%t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %a = delta.neg %z : !delta.term<f64>
  %d = delta.add %a, %d0 : !delta.term<f64>
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// neg d  →  -d
// CHECK-LABEL: func.func @neg(
// CHECK:      %t = arith.negf %t0 : f64
func.func @neg(%t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = delta.neg %d0 : !delta.term<f64>
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// scale k d  →  k d
// CHECK-LABEL: func.func @scale(
// CHECK:      %t = arith.mulf %k, %t0 : f64
func.func @scale(%k: f64, %t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = delta.scale %k, %d0 : f64, !delta.term<f64>
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// Any other op: itself, on tangents in place of terms.
// CHECK-LABEL: func.func @select(
// CHECK:      %t = ten.select %m, %t0, %t1 : i1, f64
func.func @select(%m: i1, %t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = ten.select %m, %d0, %d1 : i1, !delta.term<f64>
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// A zero beside a tangent is needed as a value.
// CHECK-LABEL: func.func @concat(
// CHECK:      %0 = arith.constant dense<0.000000e+00> : tensor<2xf64>
// CHECK-NEXT: %t = ten.concat %t0, %0 dim 0 : tensor<3xf64>, tensor<2xf64> -> tensor<5xf64>
func.func @concat(%t0: tensor<3xf64>) -> tensor<5xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %z = delta.zero : !delta.term<tensor<2xf64>>
  %d = ten.concat %d0, %z dim 0 : !delta.term<tensor<3xf64>>, !delta.term<tensor<2xf64>> -> !delta.term<tensor<5xf64>>
  %t = delta.pushforward %d, (%t0) : tensor<5xf64>, (tensor<3xf64>)
  func.return %t : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather(
// CHECK:      %t = ten.gather [4] %t0 (%i) : tensor<3xf64> -> tensor<4xf64> {
// CHECK-NEXT:   %j = arith.subi %i, %k : index
// CHECK-NEXT:   ten.yield %j : index
// CHECK:      func.return %t : tensor<4xf64>
func.func @gather(%k: index, %t0: tensor<3xf64>) -> tensor<4xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d = ten.gather [4] %d0 (%i) : !delta.term<tensor<3xf64>> -> !delta.term<tensor<4xf64>> {
    %j = arith.subi %i, %k : index
    ten.yield %j : index
  }
  %t = delta.pushforward %d, (%t0) : tensor<4xf64>, (tensor<3xf64>)
  func.return %t : tensor<4xf64>
}

// CHECK-LABEL: func.func @if(
// CHECK:      %t = scf.if %c -> (f64) {
// CHECK-NEXT:   %0 = arith.mulf %k, %t0 : f64
// CHECK-NEXT:   scf.yield %0 : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   scf.yield %1 : f64
// CHECK:      func.return %t : f64
func.func @if(%c: i1, %k: f64, %t0: f64, %t1: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = scf.if %c -> (!delta.term<f64>) {
    %e = delta.scale %k, %d0 : f64, !delta.term<f64>
    scf.yield %e : !delta.term<f64>
  } else {
    %z = delta.zero : !delta.term<f64>
    scf.yield %z : !delta.term<f64>
  }
  %t = delta.pushforward %d, (%t0, %t1) : f64, (f64, f64)
  func.return %t : f64
}

// Two pushforwards of the same tangents compute their shared part once.
// CHECK-LABEL: func.func @shared(
// CHECK:      %a = arith.mulf %k, %t0 : f64
// CHECK-NEXT: %b = arith.negf %a : f64
func.func @shared(%k: f64, %t0: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %s = delta.scale %k, %d0 : f64, !delta.term<f64>
  %n = delta.neg %s : !delta.term<f64>
  %a = delta.pushforward %s, (%t0) : f64, (f64)
  %b = delta.pushforward %n, (%t0) : f64, (f64)
  func.return %a, %b : f64, f64
}

// Other tangents are another evaluation.
// CHECK-LABEL: func.func @two_directions(
// CHECK:      %a = arith.mulf %k, %t0 : f64
// CHECK-NEXT: %b = arith.mulf %k, %u0 : f64
func.func @two_directions(%k: f64, %t0: f64, %u0: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %s = delta.scale %k, %d0 : f64, !delta.term<f64>
  %a = delta.pushforward %s, (%t0) : f64, (f64)
  %b = delta.pushforward %s, (%u0) : f64, (f64)
  func.return %a, %b : f64, f64
}

// A term that no pushforward needs is erased; one that a pullback needs stays.
// CHECK-LABEL: func.func @needed(
// CHECK-NOT:  delta.neg
// CHECK:      %s = delta.scale %k, %d0 : f64, !delta.term<f64>
// CHECK-NEXT: %b = delta.pullback (%s : %ct) : f64 -> f64
// CHECK-NEXT: func.return %t0, %b : f64, f64
func.func @needed(%k: f64, %t0: f64, %ct: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %unused = delta.neg %d0 : !delta.term<f64>
  %s = delta.scale %k, %d0 : f64, !delta.term<f64>
  %a = delta.pushforward %d0, (%t0) : f64, (f64)
  %b = delta.pullback (%s : %ct) : f64 -> f64
  func.return %a, %b : f64, f64
}
