// RUN: letgrad-opt %s -p ten-decompose --check-semantics --split-input-file | filecheck %s

// A sum of products that reads each element once is a loop, and fuses with what is around it.
// CHECK-LABEL: func.func @dot(
// CHECK-NEXT: [[P:%[0-9]+]] = arith.mulf %x, %y : tensor<5xf64>
// CHECK-NEXT: %r = ten.sum [[P]] dims [0] : tensor<5xf64> -> f64
func.func @dot(%x: tensor<5xf64>, %y: tensor<5xf64>) -> f64 {
  %r = ten.einsum "i,i->" %x, %y : tensor<5xf64>, tensor<5xf64> -> f64
  func.return %r : f64
}

// -----

// A product of matrices stays: a library reads each element from a register many times.
// CHECK-LABEL: func.func @matmul(
// CHECK-NEXT: %r = ten.einsum "ij,jk->ik" %x, %y
func.func @matmul(%x: tensor<50x60xf64>, %y: tensor<60x70xf64>) -> tensor<50x70xf64> {
  %r = ten.einsum "ij,jk->ik" %x, %y : tensor<50x60xf64>, tensor<60x70xf64> -> tensor<50x70xf64>
  func.return %r : tensor<50x70xf64>
}

// -----

// The first position of the maximum, or of a NaN, as a reduction.
// CHECK-LABEL: func.func @argmax(
// CHECK:      [[M:%[0-9]+]] = ten.reduce max, %x dims [1]
// CHECK:      ten.compare oeq, %x,
// CHECK:      ten.compare uno, %x, %x
// CHECK:      %r = ten.reduce min, {{%[0-9]+}} dims [1] : tensor<2x5xi64> -> tensor<2xi64>
func.func @argmax(%x: tensor<2x5xf64>) -> tensor<2xi64> {
  %r = ten.argmax %x dim 1 : tensor<2x5xf64> -> tensor<2xi64>
  func.return %r : tensor<2xi64>
}
