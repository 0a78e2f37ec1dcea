// RUN: letgrad-opt %s -p ten-decompose --check-semantics --split-input-file | filecheck %s

// The nest of the tanh that a product reads stores sech² too: both need one exponential.
// CHECK-LABEL: func.func @slope_of_tanh(
// CHECK:      math.tanh %h
// CHECK:      %s = arith.mulf
// CHECK:      [[L:%[0-9]+]] = sharing.let %s {decision = "store"} : tensor<50x60xf64>
// CHECK:      arith.mulf [[L]], %d
func.func @slope_of_tanh(%x: tensor<50x60xf64>, %w: tensor<60x70xf64>, %d: tensor<50x60xf64>) -> (tensor<50x70xf64>, tensor<50x60xf64>) {
  %h = arith.addf %x, %x : tensor<50x60xf64>
  %t = math.tanh %h : tensor<50x60xf64>
  %y = ten.einsum "ij,jk->ik" %t, %w : tensor<50x60xf64>, tensor<60x70xf64> -> tensor<50x70xf64>
  %s = ten.sech2 %h : tensor<50x60xf64>
  %r = arith.mulf %s, %d : tensor<50x60xf64>
  func.return %y, %r : tensor<50x70xf64>, tensor<50x60xf64>
}

// -----

// No product reads the tanh: one nest may compute all.
// CHECK-LABEL: func.func @slope_of_tanh_of_loops_stays(
// CHECK-NOT:   sharing.let
func.func @slope_of_tanh_of_loops_stays(%x: tensor<5x6xf64>, %w: tensor<6xf64>) -> (tensor<5xf64>, tensor<5x6xf64>) {
  %h = arith.addf %x, %x : tensor<5x6xf64>
  %t = math.tanh %h : tensor<5x6xf64>
  %y = ten.einsum "ij,j->i" %t, %w : tensor<5x6xf64>, tensor<6xf64> -> tensor<5xf64>
  %s = ten.sech2 %h : tensor<5x6xf64>
  func.return %y, %s : tensor<5xf64>, tensor<5x6xf64>
}

// -----

// An argument is in memory anyway, so storing sech² saves nothing.
// CHECK-LABEL: func.func @slope_of_tanh_of_argument_stays(
// CHECK-NOT:   sharing.let
func.func @slope_of_tanh_of_argument_stays(%x: tensor<50x60xf64>, %w: tensor<60x70xf64>) -> (tensor<50x70xf64>, tensor<50x60xf64>) {
  %t = math.tanh %x : tensor<50x60xf64>
  %y = ten.einsum "ij,jk->ik" %t, %w : tensor<50x60xf64>, tensor<60x70xf64> -> tensor<50x70xf64>
  %s = ten.sech2 %x : tensor<50x60xf64>
  func.return %y, %s : tensor<50x70xf64>, tensor<50x60xf64>
}

// -----

// A decision that a let states stays.
// CHECK-LABEL: func.func @slope_of_tanh_with_a_decision_stays(
// CHECK-NOT:   "store"
// CHECK:       sharing.let %{{.+}} {decision = "recompute"}
// CHECK-NOT:   "store"
func.func @slope_of_tanh_with_a_decision_stays(%x: tensor<50x60xf64>, %w: tensor<60x70xf64>) -> (tensor<50x70xf64>, tensor<50x60xf64>) {
  %h = arith.addf %x, %x : tensor<50x60xf64>
  %t = math.tanh %h : tensor<50x60xf64>
  %y = ten.einsum "ij,jk->ik" %t, %w : tensor<50x60xf64>, tensor<60x70xf64> -> tensor<50x70xf64>
  %s = ten.sech2 %h : tensor<50x60xf64>
  %l = sharing.let %s {decision = "recompute"} : tensor<50x60xf64>
  func.return %y, %l : tensor<50x70xf64>, tensor<50x60xf64>
}
