// Also products that a library does faster, where the order of their sums is to be kept.
// RUN: letgrad-opt %s -p 'ten-decompose{all=true}' --check-semantics | filecheck %s
// RUN: letgrad-opt %s -p ten-decompose | filecheck %s --check-prefix=FAST

// CHECK-LABEL: func.func @product(
// CHECK-NOT:     ten.einsum
// CHECK:         ten.sum
// FAST-LABEL:  func.func @product(
// FAST-NEXT:     ten.einsum
func.func @product(%x: tensor<30x20xf64>, %y: tensor<20x40xf64>) -> tensor<30x40xf64> {
  %r = ten.einsum "ij,jk->ik" %x, %y : tensor<30x20xf64>, tensor<20x40xf64> -> tensor<30x40xf64>
  func.return %r : tensor<30x40xf64>
}

// A diagonal is no loop over different indices.
// CHECK-LABEL: func.func @trace(
// CHECK-NEXT:    ten.einsum "ii->"
func.func @trace(%x: tensor<5x5xf64>) -> f64 {
  %r = ten.einsum "ii->" %x : tensor<5x5xf64> -> f64
  func.return %r : f64
}
