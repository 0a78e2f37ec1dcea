// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// A cotangent that has passed a select is zero where the mask says so, whatever it is scaled by later.

// One select for the whole chain, behind it: k and l may be infinite where m is false.
// CHECK-LABEL: func.func @select_of_scales(
// CHECK:      %0 = arith.mulf %l, %ct : f64
// CHECK-NEXT: %1 = arith.mulf %k, %0 : f64
// CHECK-NEXT: %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %g0 = arith.select %m, %1, %2 : f64
func.func @select_of_scales(%m: i1, %k: f64, %l: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %a = delta.scale %k, %d0 : f64, !delta.term<f64>
  %b = delta.scale %l, %a : f64, !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %d = ten.select %m, %b, %z : i1, !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// The other branch is kept where the mask is false.
// CHECK-LABEL: func.func @select_other_branch(
// CHECK:      %0 = arith.mulf %k, %ct : f64
// CHECK-NEXT: %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %g0 = arith.select %m, %1, %0 : f64
func.func @select_other_branch(%m: i1, %k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %a = delta.scale %k, %d0 : f64, !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %d = ten.select %m, %z, %a : i1, !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// Nested masks are joined: one select of the and.
// CHECK-LABEL: func.func @select_of_select(
// CHECK:      %0 = arith.constant true
// CHECK-NEXT: %1 = arith.xori %m, %0 : i1
// CHECK-NEXT: %2 = arith.andi %1, %n : i1
// CHECK-NEXT: %3 = arith.mulf %k, %ct : f64
// CHECK-NEXT: %4 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %g0 = arith.select %2, %3, %4 : f64
func.func @select_of_select(%m: i1, %n: i1, %k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %a = delta.scale %k, %d0 : f64, !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %b = ten.select %n, %a, %z : i1, !delta.term<f64>
  %d = ten.select %m, %z, %b : i1, !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// A scalar mask and one of a tensor.
// CHECK-LABEL: func.func @select_of_select_of_tensors(
// CHECK:      %0 = ten.broadcast %m dims [0] : i1 -> tensor<3xi1>
// CHECK-NEXT: %1 = arith.andi %0, %n : tensor<3xi1>
// CHECK-NEXT: %2 = arith.mulf %k, %ct : tensor<3xf64>
// CHECK-NEXT: %3 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %g0 = ten.select %1, %2, %3 : tensor<3xi1>, tensor<3xf64>
func.func @select_of_select_of_tensors(%m: i1, %n: tensor<3xi1>, %k: tensor<3xf64>, %ct: tensor<3xf64>) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %a = delta.scale %k, %d0 : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %z = delta.zero : !delta.term<tensor<3xf64>>
  %b = ten.select %n, %a, %z : tensor<3xi1>, !delta.term<tensor<3xf64>>
  %d = ten.select %m, %b, %z : i1, !delta.term<tensor<3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// Behind a layout the mask is applied, and the next scale makes one from the zeros: what it makes NaN
// is 0. Where nothing is NaN the product stays, so that its derivative by the cotangent is %k.
// CHECK-LABEL: func.func @select_of_reverse_of_scale(
// CHECK:      %0 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %1 = ten.select %m, %ct, %0 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: %2 = ten.reverse %1 dims [0] : tensor<3xf64>
// CHECK-NEXT: %3 = ten.compare une, %2, %0 : tensor<3xf64>
// CHECK-NEXT: %4 = arith.mulf %k, %2 : tensor<3xf64>
// CHECK-NEXT: %5 = ten.compare ord, %4, %4 : tensor<3xf64>
// CHECK-NEXT: %6 = arith.ori %5, %3 : tensor<3xi1>
// CHECK-NEXT: %g0 = ten.select %6, %4, %0 : tensor<3xi1>, tensor<3xf64>
func.func @select_of_reverse_of_scale(%m: tensor<3xi1>, %k: tensor<3xf64>, %ct: tensor<3xf64>) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %a = delta.scale %k, %d0 : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %b = ten.reverse %a dims [0] : !delta.term<tensor<3xf64>>
  %z = delta.zero : !delta.term<tensor<3xf64>>
  %d = ten.select %m, %b, %z : tensor<3xi1>, !delta.term<tensor<3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// And so behind a sum with a cotangent that arrived on another way,
// CHECK-LABEL: func.func @select_of_shared(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %1 = arith.select %m, %ct, %0 : f64
// CHECK-NEXT: %2 = arith.addf %ct, %1 : f64
// CHECK-NEXT: %3 = arith.cmpf une, %2, %0 : f64
// CHECK-NEXT: %4 = arith.mulf %k, %2 : f64
// CHECK-NEXT: %5 = arith.cmpf ord, %4, %4 : f64
// CHECK-NEXT: %6 = arith.ori %5, %3 : i1
// CHECK-NEXT: %g0 = arith.select %6, %4, %0 : f64
func.func @select_of_shared(%m: i1, %k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %a = delta.scale %k, %d0 : f64, !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %b = ten.select %m, %a, %z : i1, !delta.term<f64>
  %d = delta.add %a, %b : !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// behind a read,
// CHECK-LABEL: func.func @select_of_index_of_scale(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %1 = arith.select %m, %ct, %0 : f64
// CHECK-NEXT: %2 = ten.scatter [3] %1 () : f64 -> tensor<3xf64> {
// CHECK-NEXT:   ten.yield %i : index
// CHECK:      %3 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %4 = ten.compare une, %2, %3 : tensor<3xf64>
// CHECK-NEXT: %5 = arith.mulf %k, %2 : tensor<3xf64>
// CHECK-NEXT: %6 = ten.compare ord, %5, %5 : tensor<3xf64>
// CHECK-NEXT: %7 = arith.ori %6, %4 : tensor<3xi1>
// CHECK-NEXT: %g0 = ten.select %7, %5, %3 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: func.return %g0 : tensor<3xf64>
func.func @select_of_index_of_scale(%m: i1, %i: index, %k: tensor<3xf64>, %ct: f64) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %a = delta.scale %k, %d0 : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %b = ten.index %a[%i] : !delta.term<tensor<3xf64>> -> !delta.term<f64>
  %z = delta.zero : !delta.term<f64>
  %d = ten.select %m, %b, %z : i1, !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// and behind an scf.if, where the branch that is not taken gives zeros.
// CHECK-LABEL: func.func @if_of_scale(
// CHECK:      %0 = scf.if %c -> (f64) {
// CHECK-NEXT:   scf.yield %ct : f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   scf.yield %1 : f64
// CHECK:      %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %3 = arith.cmpf une, %0, %2 : f64
// CHECK-NEXT: %4 = arith.mulf %k, %0 : f64
// CHECK-NEXT: %5 = arith.cmpf ord, %4, %4 : f64
// CHECK-NEXT: %6 = arith.ori %5, %3 : i1
// CHECK-NEXT: %g0 = arith.select %6, %4, %2 : f64
// CHECK-NEXT: func.return %g0 : f64
func.func @if_of_scale(%c: i1, %k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %a = delta.scale %k, %d0 : f64, !delta.term<f64>
  %d = scf.if %c -> (!delta.term<f64>) {
    scf.yield %a : !delta.term<f64>
  } else {
    %z = delta.zero : !delta.term<f64>
    scf.yield %z : !delta.term<f64>
  }
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// Without a select there is none: what is infinite shows.
// CHECK-LABEL: func.func @no_select(
// CHECK:      %g0 = arith.mulf %k, %ct : f64
func.func @no_select(%k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d = delta.scale %k, %d0 : f64, !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// Zeros of elements that the program does not read win over the slope of a root, which may be infinite,
// CHECK-LABEL: func.func @unread_under_the_slope_of_a_root(
// CHECK:      %r = math.sqrt %x : tensor<3xf64>
// CHECK-NEXT: %k = arith.divf %half, %r : tensor<3xf64>
// CHECK-NEXT: %0 = ten.pad %ct low [1] high [0] interior [0] : tensor<2xf64> -> tensor<3xf64>
// CHECK-NEXT: %1 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %2 = ten.compare une, %0, %1 : tensor<3xf64>
// CHECK-NEXT: %3 = arith.mulf %k, %0 : tensor<3xf64>
// CHECK-NEXT: %4 = ten.compare ord, %3, %3 : tensor<3xf64>
// CHECK-NEXT: %5 = arith.ori %4, %2 : tensor<3xi1>
// CHECK-NEXT: %g0 = ten.select %5, %3, %1 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: func.return %g0 : tensor<3xf64>
func.func @unread_under_the_slope_of_a_root(%x: tensor<3xf64>, %half: tensor<3xf64>, %ct: tensor<2xf64>) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %r = math.sqrt %x : tensor<3xf64>
  %k = arith.divf %half, %r : tensor<3xf64>
  %a = delta.scale %k, %d0 : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %d = ten.slice %a offsets [1] sizes [2] strides [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// and not over a quotient.
// CHECK-LABEL: func.func @unread_under_a_quotient_stays(
// CHECK:      %k = arith.divf %half, %x : tensor<3xf64>
// CHECK-NEXT: %0 = ten.pad %ct low [1] high [0] interior [0] : tensor<2xf64> -> tensor<3xf64>
// CHECK-NEXT: %g0 = arith.mulf %k, %0 : tensor<3xf64>
// CHECK-NEXT: func.return %g0 : tensor<3xf64>
func.func @unread_under_a_quotient_stays(%x: tensor<3xf64>, %half: tensor<3xf64>, %ct: tensor<2xf64>) -> tensor<3xf64> {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %k = arith.divf %half, %x : tensor<3xf64>
  %a = delta.scale %k, %d0 : tensor<3xf64>, !delta.term<tensor<3xf64>>
  %d = ten.slice %a offsets [1] sizes [2] strides [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}
