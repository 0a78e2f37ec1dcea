// RUN: letgrad-opt %s -p delta-evaluate | filecheck %s

// The tangent of what a select has chosen is zero where the mask says so, whatever it is scaled by.
// CHECK-LABEL: func.func @scale_of_select(
// CHECK:      %0 = arith.mulf %k, %t : tensor<3xf64>
// CHECK-NEXT: %1 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %r = ten.select %m, %0, %1 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: func.return %r : tensor<3xf64>
func.func @scale_of_select(%m: tensor<3xi1>, %k: tensor<3xf64>, %t: tensor<3xf64>) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %z = delta.zero : !delta.term<tensor<3xf64>>
  %a = ten.select %m, %d0, %z : tensor<3xi1>, !delta.term<tensor<3xf64>>
  %d = delta.scale %k, %a : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %r = delta.pushforward %d, (%t) : tensor<3xf64>, (tensor<3xf64>)
  func.return %r : tensor<3xf64>
}

// Two parts under one mask are added under it.
// CHECK-LABEL: func.func @add_of_scales_of_select(
// CHECK:      %0 = arith.mulf %k, %t : f64
// CHECK-NEXT: %1 = arith.mulf %l, %t : f64
// CHECK-NEXT: %2 = arith.addf %0, %1 : f64
// CHECK-NEXT: %3 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %r = arith.select %m, %3, %2 : f64
// CHECK-NEXT: func.return %r : f64
func.func @add_of_scales_of_select(%m: i1, %k: f64, %l: f64, %t: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %a = ten.select %m, %z, %d0 : i1, !delta.term<f64>
  %b = delta.scale %k, %a : f64, !delta.term<f64>
  %c = delta.scale %l, %a : f64, !delta.term<f64>
  %d = delta.add %b, %c : !delta.term<f64>
  %r = delta.pushforward %d, (%t) : f64, (f64)
  func.return %r : f64
}

// Behind a layout the mask is applied, and the next scale makes one from the zeros.
// CHECK-LABEL: func.func @scale_of_reverse_of_select(
// CHECK:      %0 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %1 = ten.select %m, %t, %0 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: %2 = ten.reverse %1 dims [0] : tensor<3xf64>
// CHECK-NEXT: %3 = ten.compare une, %2, %0 : tensor<3xf64>
// CHECK-NEXT: %4 = arith.mulf %k, %2 : tensor<3xf64>
// CHECK-NEXT: %5 = ten.compare ord, %4, %4 : tensor<3xf64>
// CHECK-NEXT: %6 = arith.ori %5, %3 : tensor<3xi1>
// CHECK-NEXT: %r = ten.select %6, %4, %0 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: func.return %r : tensor<3xf64>
func.func @scale_of_reverse_of_select(%m: tensor<3xi1>, %k: tensor<3xf64>, %t: tensor<3xf64>) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %z = delta.zero : !delta.term<tensor<3xf64>>
  %a = ten.select %m, %d0, %z : tensor<3xi1>, !delta.term<tensor<3xf64>>
  %b = ten.reverse %a dims [0] : !delta.term<tensor<3xf64>>
  %d = delta.scale %k, %b : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %r = delta.pushforward %d, (%t) : tensor<3xf64>, (tensor<3xf64>)
  func.return %r : tensor<3xf64>
}

// A number that is finite needs no mask.
// CHECK-LABEL: func.func @scale_by_constant_of_pad(
// CHECK:      %k = arith.constant dense<2.000000e+00> : tensor<4xf64>
// CHECK-NEXT: %0 = ten.pad %t low [1] high [0] interior [0] : tensor<3xf64> -> tensor<4xf64>
// CHECK-NEXT: %r = arith.mulf %k, %0 : tensor<4xf64>
// CHECK-NEXT: func.return %r : tensor<4xf64>
func.func @scale_by_constant_of_pad(%t: tensor<3xf64>) -> tensor<4xf64> {
  %k = arith.constant dense<2.0> : tensor<4xf64>
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %a = ten.pad %d0 low [1] high [0] interior [0] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<4xf64>>
  %d = delta.scale %k, %a : tensor<4xf64>, !delta.term<tensor<4xf64>>
  %r = delta.pushforward %d, (%t) : tensor<4xf64>, (tensor<3xf64>)
  func.return %r : tensor<4xf64>
}

// The zeros of a pad depend on nothing.
// CHECK-LABEL: func.func @scale_of_pad(
// CHECK:      %0 = ten.pad %t low [1] high [0] interior [0] : tensor<3xf64> -> tensor<4xf64>
// CHECK-NEXT: %1 = arith.constant dense<0.000000e+00> : tensor<4xf64>
// CHECK-NEXT: %2 = ten.compare une, %0, %1 : tensor<4xf64>
// CHECK-NEXT: %3 = arith.mulf %k, %0 : tensor<4xf64>
// CHECK-NEXT: %4 = ten.compare ord, %3, %3 : tensor<4xf64>
// CHECK-NEXT: %5 = arith.ori %4, %2 : tensor<4xi1>
// CHECK-NEXT: %r = ten.select %5, %3, %1 : tensor<4xi1>, tensor<4xf64>
// CHECK-NEXT: func.return %r : tensor<4xf64>
func.func @scale_of_pad(%k: tensor<4xf64>, %t: tensor<3xf64>) -> tensor<4xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %a = ten.pad %d0 low [1] high [0] interior [0] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<4xf64>>
  %d = delta.scale %k, %a : tensor<4xf64>, !delta.term<tensor<4xf64>>
  %r = delta.pushforward %d, (%t) : tensor<4xf64>, (tensor<3xf64>)
  func.return %r : tensor<4xf64>
}

// Nor does the branch of an scf.if that is a constant.
// CHECK-LABEL: func.func @scale_of_if(
// CHECK:      %0 = scf.if %c -> (f64) {
// CHECK-NEXT: scf.yield %t : f64
// CHECK-NEXT: } else {
// CHECK-NEXT: %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: scf.yield %1 : f64
// CHECK-NEXT: }
// CHECK-NEXT: %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %3 = arith.cmpf une, %0, %2 : f64
// CHECK-NEXT: %4 = arith.mulf %k, %0 : f64
// CHECK-NEXT: %5 = arith.cmpf ord, %4, %4 : f64
// CHECK-NEXT: %6 = arith.ori %5, %3 : i1
// CHECK-NEXT: %r = arith.select %6, %4, %2 : f64
// CHECK-NEXT: func.return %r : f64
func.func @scale_of_if(%c: i1, %k: f64, %t: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %a = scf.if %c -> (!delta.term<f64>) {
    scf.yield %d0 : !delta.term<f64>
  } else {
    %z = delta.zero : !delta.term<f64>
    scf.yield %z : !delta.term<f64>
  }
  %d = delta.scale %k, %a : f64, !delta.term<f64>
  %r = delta.pushforward %d, (%t) : f64, (f64)
  func.return %r : f64
}
