// RUN: letgrad-opt %s -p delta-transpose | filecheck %s

// One case per term op: what a cotangent of its result becomes for its operands.

// CHECK-LABEL: func.func @input(
// CHECK:      %g0 = arith.addf %ct, %ct : f64
func.func @input(%ct: f64) -> (f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d = delta.add %d0, %d0 : !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// add (d, e) : ct  →  d : ct, e : ct
// CHECK-LABEL: func.func @add(
// CHECK:      func.return %ct, %ct : f64, f64
func.func @add(%ct: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = delta.add %d0, %d1 : !delta.term<f64>
  %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, f64
  func.return %g0, %g1 : f64, f64
}

// neg d : ct  →  d : -ct
// CHECK-LABEL: func.func @neg(
// CHECK:      %g0 = arith.negf %ct : f64
func.func @neg(%ct: f64) -> (f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d = delta.neg %d0 : !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// scale k d : ct  →  d : k ct
// CHECK-LABEL: func.func @scale(
// CHECK:      %g0 = arith.mulf %k, %ct : f64
func.func @scale(%k: f64, %ct: f64) -> (f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d = delta.scale %k, %d0 : f64, !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// zero : ct  →  nothing. What has no cotangent gets zeros at the end.
// CHECK-LABEL: func.func @zero(
// CHECK:      %g0 = arith.constant dense<0.000000e+00> : tensor<3xf64>
func.func @zero(%ct: tensor<3xf64>) -> (tensor<3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d = delta.zero : !delta.term<tensor<3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// select m d e : ct  →  d : ct where m, e : ct where not m
// CHECK-LABEL: func.func @select(
// CHECK:      %0 = arith.constant dense<0.000000e+00> : tensor<3xf64>
// CHECK-NEXT: %g0 = ten.select %m, %ct, %0 : tensor<3xi1>, tensor<3xf64>
// CHECK-NEXT: %g1 = ten.select %m, %0, %ct : tensor<3xi1>, tensor<3xf64>
func.func @select(%m: tensor<3xi1>, %ct: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d1 = delta.input 1 : !delta.term<tensor<3xf64>>
  %d = ten.select %m, %d0, %d1 : tensor<3xi1>, !delta.term<tensor<3xf64>>
  %g0, %g1 = delta.pullback (%d : %ct) : tensor<3xf64> -> tensor<3xf64>, tensor<3xf64>
  func.return %g0, %g1 : tensor<3xf64>, tensor<3xf64>
}

// CHECK-LABEL: func.func @broadcast(
// CHECK:      %g0 = ten.sum %ct dims [0] : tensor<2x3xf64> -> tensor<3xf64>
func.func @broadcast(%ct: tensor<2x3xf64>) -> (tensor<3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d = ten.broadcast %d0 dims [0] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<2x3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2x3xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// CHECK-LABEL: func.func @sum(
// CHECK:      %g0 = ten.broadcast %ct dims [1] : tensor<2xf64> -> tensor<2x3xf64>
func.func @sum(%ct: tensor<2xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.sum %d0 dims [1] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @cumsum(
// CHECK:      %0 = ten.reverse %ct dims [1] : tensor<2x3xf64>
// CHECK-NEXT: %1 = ten.cumsum %0 dim 1 : tensor<2x3xf64>
// CHECK-NEXT: %g0 = ten.reverse %1 dims [1] : tensor<2x3xf64>
func.func @cumsum(%ct: tensor<2x3xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.cumsum %d0 dim 1 : !delta.term<tensor<2x3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2x3xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @transpose(
// CHECK:      %g0 = ten.transpose %ct perm [2, 0, 1] : tensor<3x4x2xf64> -> tensor<2x3x4xf64>
func.func @transpose(%ct: tensor<3x4x2xf64>) -> (tensor<2x3x4xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3x4xf64>>
  %d = ten.transpose %d0 perm [1, 2, 0] : !delta.term<tensor<2x3x4xf64>> -> !delta.term<tensor<3x4x2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3x4x2xf64> -> tensor<2x3x4xf64>
  func.return %g0 : tensor<2x3x4xf64>
}

// CHECK-LABEL: func.func @reshape(
// CHECK:      %g0 = ten.reshape %ct : tensor<6xf64> -> tensor<2x3xf64>
func.func @reshape(%ct: tensor<6xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.reshape %d0 : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<6xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<6xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @reverse(
// CHECK:      %g0 = ten.reverse %ct dims [1] : tensor<2x3xf64>
func.func @reverse(%ct: tensor<2x3xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.reverse %d0 dims [1] : !delta.term<tensor<2x3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2x3xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @cast(
// CHECK:      %g0 = ten.cast %ct : tensor<3xf32> -> tensor<3xf64>
func.func @cast(%ct: tensor<3xf32>) -> (tensor<3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d = ten.cast %d0 : !delta.term<tensor<3xf64>> -> !delta.term<tensor<3xf32>>
  %g0 = delta.pullback (%d : %ct) : tensor<3xf32> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// CHECK-LABEL: func.func @slice(
// CHECK:      %g0 = ten.pad %ct low [1] high [2] interior [2] : tensor<2xf64> -> tensor<7xf64>
func.func @slice(%ct: tensor<2xf64>) -> (tensor<7xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<7xf64>>
  %d = ten.slice %d0 offsets [1] sizes [2] strides [3] : !delta.term<tensor<7xf64>> -> !delta.term<tensor<2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2xf64> -> tensor<7xf64>
  func.return %g0 : tensor<7xf64>
}

// CHECK-LABEL: func.func @pad(
// CHECK:      %g0 = ten.slice %ct offsets [1] sizes [3] strides [2] : tensor<8xf64> -> tensor<3xf64>
func.func @pad(%ct: tensor<8xf64>) -> (tensor<3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d = ten.pad %d0 low [1] high [2] interior [1] : !delta.term<tensor<3xf64>> -> !delta.term<tensor<8xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<8xf64> -> tensor<3xf64>
  func.return %g0 : tensor<3xf64>
}

// CHECK-LABEL: func.func @update(
// CHECK:      %g0 = ten.update %ct[%i] %0 strides [1] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
// CHECK-NEXT: %g1 = ten.gather [2] %ct (%1) : tensor<5xf64> -> tensor<2xf64> {
// CHECK-NEXT:   %2 = arith.addi %1, %i : index
func.func @update(%ct: tensor<5xf64>, %i: index) -> (tensor<5xf64>, tensor<2xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<5xf64>>
  %d1 = delta.input 1 : !delta.term<tensor<2xf64>>
  %d = ten.update %d0[%i] %d1 strides [1] : !delta.term<tensor<5xf64>>, !delta.term<tensor<2xf64>> -> !delta.term<tensor<5xf64>>
  %g0, %g1 = delta.pullback (%d : %ct) : tensor<5xf64> -> tensor<5xf64>, tensor<2xf64>
  func.return %g0, %g1 : tensor<5xf64>, tensor<2xf64>
}

// CHECK-LABEL: func.func @concat(
// CHECK:      %g0 = ten.slice %ct offsets [0] sizes [3] strides [1] : tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT: %g1 = ten.slice %ct offsets [3] sizes [2] strides [1] : tensor<5xf64> -> tensor<2xf64>
func.func @concat(%ct: tensor<5xf64>) -> (tensor<3xf64>, tensor<2xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3xf64>>
  %d1 = delta.input 1 : !delta.term<tensor<2xf64>>
  %d = ten.concat %d0, %d1 dim 0 : !delta.term<tensor<3xf64>>, !delta.term<tensor<2xf64>> -> !delta.term<tensor<5xf64>>
  %g0, %g1 = delta.pullback (%d : %ct) : tensor<5xf64> -> tensor<3xf64>, tensor<2xf64>
  func.return %g0, %g1 : tensor<3xf64>, tensor<2xf64>
}

// CHECK-LABEL: func.func @stack(
// CHECK:      %0 = arith.constant 0 : index
// CHECK-NEXT: %g0 = ten.index %ct[%0] : tensor<2xf64> -> f64
// CHECK-NEXT: %1 = arith.constant 1 : index
// CHECK-NEXT: %g1 = ten.index %ct[%1] : tensor<2xf64> -> f64
func.func @stack(%ct: tensor<2xf64>) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = ten.stack %d0, %d1 : !delta.term<f64> -> !delta.term<tensor<2xf64>>
  %g0, %g1 = delta.pullback (%d : %ct) : tensor<2xf64> -> f64, f64
  func.return %g0, %g1 : f64, f64
}

// CHECK-LABEL: func.func @index(
// CHECK:      %g0 = ten.scatter [2] %ct () : tensor<3xf64> -> tensor<2x3xf64> {
// CHECK-NEXT:   ten.yield %i : index
// CHECK:      func.return %g0 : tensor<2x3xf64>
func.func @index(%i: index, %ct: tensor<3xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.index %d0[%i] : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// The index function is copied.
// CHECK-LABEL: func.func @gather(
// CHECK:      %g0 = ten.scatter [2] %ct (%i) : tensor<4x3xf64> -> tensor<2x3xf64> {
// CHECK-NEXT:   %j = arith.subi %i, %k : index
// CHECK-NEXT:   ten.yield %j : index
// CHECK:      func.return %g0 : tensor<2x3xf64>
func.func @gather(%k: index, %ct: tensor<4x3xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.gather [4] %d0 (%i) : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<4x3xf64>> {
    %j = arith.subi %i, %k : index
    ten.yield %j : index
  }
  %g0 = delta.pullback (%d : %ct) : tensor<4x3xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @scatter(
// CHECK:      %g0 = ten.gather [2] %ct (%i) : tensor<4x3xf64> -> tensor<2x3xf64> {
// CHECK-NEXT:   %j = arith.subi %i, %k : index
// CHECK-NEXT:   ten.yield %j : index
// CHECK:      func.return %g0 : tensor<2x3xf64>
func.func @scatter(%k: index, %ct: tensor<4x3xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.scatter [4] %d0 (%i) : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<4x3xf64>> {
    %j = arith.subi %i, %k : index
    ten.yield %j : index
  }
  %g0 = delta.pullback (%d : %ct) : tensor<4x3xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// The cotangent times the other operands.
// CHECK-LABEL: func.func @einsum(
// CHECK:      %g0 = ten.einsum "jk,ik->ij" %y, %ct : tensor<3x4xf64>, tensor<2x4xf64> -> tensor<2x3xf64>
func.func @einsum(%y: tensor<3x4xf64>, %ct: tensor<2x4xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.einsum "ij,jk->ik" %d0, %y : !delta.term<tensor<2x3xf64>>, tensor<3x4xf64> -> !delta.term<tensor<2x4xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2x4xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// A letter that only the term has is broadcast.
// CHECK-LABEL: func.func @einsum_of_a_sum(
// CHECK:      %0 = ten.einsum "i->i" %ct : tensor<2xf64> -> tensor<2xf64>
// CHECK-NEXT: %g0 = ten.broadcast %0 dims [1] : tensor<2xf64> -> tensor<2x3xf64>
func.func @einsum_of_a_sum(%ct: tensor<2xf64>) -> (tensor<2x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<2x3xf64>>
  %d = ten.einsum "ij->i" %d0 : !delta.term<tensor<2x3xf64>> -> !delta.term<tensor<2xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<2xf64> -> tensor<2x3xf64>
  func.return %g0 : tensor<2x3xf64>
}

// A letter that stands twice in the term is put on the diagonal.
// CHECK-LABEL: func.func @einsum_of_a_diagonal(
// CHECK:      %0 = ten.einsum "i->i" %ct : tensor<3xf64> -> tensor<3xf64>
// CHECK-NEXT: %g0 = ten.scatter [3, 3] %0 (%1) : tensor<3xf64> -> tensor<3x3xf64> {
// CHECK-NEXT:   ten.yield %1, %1 : index, index
// CHECK:      func.return %g0 : tensor<3x3xf64>
func.func @einsum_of_a_diagonal(%ct: tensor<3xf64>) -> (tensor<3x3xf64>) {
  %d0 = delta.input 0 : !delta.term<tensor<3x3xf64>>
  %d = ten.einsum "ii->i" %d0 : !delta.term<tensor<3x3xf64>> -> !delta.term<tensor<3xf64>>
  %g0 = delta.pullback (%d : %ct) : tensor<3xf64> -> tensor<3x3xf64>
  func.return %g0 : tensor<3x3xf64>
}

// The branches hold only terms; what comes instead holds only cotangents.
// CHECK-LABEL: func.func @if(
// CHECK:      %g0, %g1 = scf.if %c -> (f64, f64) {
// CHECK-NEXT:   %0 = arith.mulf %k, %ct : f64
// CHECK-NEXT:   %1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   scf.yield %0, %1 : f64, f64
// CHECK-NEXT: } else {
// CHECK-NEXT:   %2 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:   scf.yield %2, %ct : f64, f64
// CHECK:      func.return %g0, %g1 : f64, f64
func.func @if(%c: i1, %k: f64, %ct: f64) -> (f64, f64) {
  %d0 = delta.input 0 : !delta.term<f64>
  %d1 = delta.input 1 : !delta.term<f64>
  %d = scf.if %c -> (!delta.term<f64>) {
    %e = delta.scale %k, %d0 : f64, !delta.term<f64>
    scf.yield %e : !delta.term<f64>
  } else {
    scf.yield %d1 : !delta.term<f64>
  }
  %g0, %g1 = delta.pullback (%d : %ct) : f64 -> f64, f64
  func.return %g0, %g1 : f64, f64
}

// The backward function of a custom_vjp runs here; a result without a cotangent has the cotangent 0.
// CHECK-LABEL: func.func @transposed_call(
// CHECK:      %0 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: %p = arith.mulf %k, %ct : f64
// CHECK-NEXT: %q = arith.addf %p, %0 : f64
func.func private @backward(%k: f64, %c0: f64, %c1: f64) -> f64 {
  %p = arith.mulf %k, %c0 : f64
  %q = arith.addf %p, %c1 : f64
  func.return %q : f64
}
func.func @transposed_call(%k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %d, %e = delta.transposed_call @backward(%k) of (%d0) : (f64), (!delta.term<f64>) -> (!delta.term<f64>, !delta.term<f64>)
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// Cotangents of one term are added before the term is taken, which therefore is taken once.
// CHECK-LABEL: func.func @shared_term(
// CHECK:      %0 = arith.negf %ct : f64
// CHECK-NEXT: %1 = arith.addf %ct, %0 : f64
// CHECK-NEXT: %g0 = arith.mulf %k, %1 : f64
func.func @shared_term(%k: f64, %ct: f64) -> f64 {
  %d0 = delta.input 0 : !delta.term<f64>
  %s = delta.scale %k, %d0 : f64, !delta.term<f64>
  %n = delta.neg %s : !delta.term<f64>
  %d = delta.add %s, %n : !delta.term<f64>
  %g0 = delta.pullback (%d : %ct) : f64 -> f64
  func.return %g0 : f64
}

// Several pairs; inputs in any order, and some that no term mentions.
// CHECK-LABEL: func.func @pairs(
// CHECK:      %g0 = arith.addf %c0, %c0 : f64
// CHECK-NEXT: %g1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT: func.return %g0, %g1, %c1 : f64, f64, tensor<2xf64>
func.func @pairs(%c0: f64, %c1: tensor<2xf64>) -> (f64, f64, tensor<2xf64>) {
  %d2 = delta.input 2 : !delta.term<tensor<2xf64>>
  %d0 = delta.input 0 : !delta.term<f64>
  %g0, %g1, %g2 = delta.pullback (%d0 : %c0), (%d2 : %c1), (%d0 : %c0) : f64, tensor<2xf64>, f64 -> f64, f64, tensor<2xf64>
  func.return %g0, %g1, %g2 : f64, f64, tensor<2xf64>
}
