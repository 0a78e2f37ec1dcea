// RUN: letgrad-opt %s -p ten-decompose --check-semantics --split-input-file | filecheck %s

// Products that are added up are one sum: the result is written once.
// CHECK-LABEL: func.func @two(
// CHECK:      [[P:%[0-9]+]] = arith.mulf %a,
// CHECK:      [[Q:%[0-9]+]] = arith.mulf %c,
// CHECK-NEXT: [[S:%[0-9]+]] = arith.addf [[P]], [[Q]] : tensor<5x7xf64>
// CHECK-NEXT: %r = ten.sum [[S]] dims [1]
// CHECK-NEXT: func.return %r
func.func @two(%a: tensor<5x7xf64>, %b: tensor<7xf64>, %c: tensor<5x7xf64>, %d: tensor<7xf64>) -> tensor<5xf64> {
  %x = ten.einsum "ij,j->i" %a, %b : tensor<5x7xf64>, tensor<7xf64> -> tensor<5xf64>
  %y = ten.einsum "ij,j->i" %c, %d : tensor<5x7xf64>, tensor<7xf64> -> tensor<5xf64>
  %r = arith.addf %x, %y : tensor<5xf64>
  func.return %r : tensor<5xf64>
}

// -----

// Letters are renamed, what is no einsum is added as it was, and the loops are in the order of the
// result.
// CHECK-LABEL: func.func @others(
// CHECK:      [[R:%[0-9a-z]+]] = ten.sum {{%[0-9]+}} dims [1]
// CHECK-NEXT: %r = arith.addf %z, [[R]]
func.func @others(%a: tensor<5x7xf64>, %b: tensor<7xf64>, %c: tensor<7x5xf64>, %d: tensor<7xf64>, %z: tensor<5xf64>) -> tensor<5xf64> {
  %x = ten.einsum "ij,j->i" %a, %b : tensor<5x7xf64>, tensor<7xf64> -> tensor<5xf64>
  %y = ten.einsum "kl,k->l" %c, %d : tensor<7x5xf64>, tensor<7xf64> -> tensor<5xf64>
  %s = arith.addf %z, %x : tensor<5xf64>
  %r = arith.addf %s, %y : tensor<5xf64>
  func.return %r : tensor<5xf64>
}

// -----

// Zeros are put around the product, not around its factors: infinity times zero is not zero.
// CHECK-LABEL: func.func @padded(
// CHECK:      arith.mulf
// CHECK-NEXT: ten.pad {{%[0-9]+}} low [0, 1] high [0, 0]
// CHECK:      arith.mulf
// CHECK-NEXT: ten.pad {{%[0-9]+}} low [0, 0] high [0, 1]
// CHECK:      %r = ten.sum {{%[0-9]+}} dims [0] : tensor<3x6xf64> -> tensor<6xf64>
// CHECK-NEXT: func.return %r
func.func @padded(%a: tensor<3x5xf64>, %b: tensor<3xf64>, %c: tensor<3xf64>) -> tensor<6xf64> {
  %x = ten.einsum "ij,i->j" %a, %b : tensor<3x5xf64>, tensor<3xf64> -> tensor<5xf64>
  %y = ten.einsum "ij,i->j" %a, %c : tensor<3x5xf64>, tensor<3xf64> -> tensor<5xf64>
  %p = ten.pad %x low [1] high [0] interior [0] : tensor<5xf64> -> tensor<6xf64>
  %q = ten.pad %y low [0] high [1] interior [0] : tensor<5xf64> -> tensor<6xf64>
  %r = arith.addf %p, %q : tensor<6xf64>
  func.return %r : tensor<6xf64>
}

// -----

// With as much padding the loops would run over zeros mostly.
// CHECK-LABEL: func.func @mostly_padding(
// CHECK:      ten.sum
// CHECK:      ten.sum
// CHECK:      arith.addf {{.*}} : tensor<9xf64>
func.func @mostly_padding(%a: tensor<3x2xf64>, %b: tensor<3xf64>, %c: tensor<3xf64>) -> tensor<9xf64> {
  %x = ten.einsum "ij,i->j" %a, %b : tensor<3x2xf64>, tensor<3xf64> -> tensor<2xf64>
  %y = ten.einsum "ij,i->j" %a, %c : tensor<3x2xf64>, tensor<3xf64> -> tensor<2xf64>
  %p = ten.pad %x low [7] high [0] interior [0] : tensor<2xf64> -> tensor<9xf64>
  %q = ten.pad %y low [0] high [7] interior [0] : tensor<2xf64> -> tensor<9xf64>
  %r = arith.addf %p, %q : tensor<9xf64>
  func.return %r : tensor<9xf64>
}

// -----

// The program needs a value with another use anyhow.
// CHECK-LABEL: func.func @used_twice(
// CHECK:      %x = ten.sum
// CHECK:      %y = ten.sum
// CHECK-NEXT: %r = arith.addf %x, %y
func.func @used_twice(%a: tensor<5x7xf64>, %b: tensor<7xf64>, %c: tensor<7xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %x = ten.einsum "ij,j->i" %a, %b : tensor<5x7xf64>, tensor<7xf64> -> tensor<5xf64>
  %y = ten.einsum "ij,j->i" %a, %c : tensor<5x7xf64>, tensor<7xf64> -> tensor<5xf64>
  %r = arith.addf %x, %y : tensor<5xf64>
  func.return %r, %x : tensor<5xf64>, tensor<5xf64>
}

// -----

// Products of 16 bits are added up in float32, all of them, and rounded once.
// CHECK-LABEL: func.func @short(
// CHECK:      [[R:%[0-9a-z]+]] = ten.sum {{%[0-9]+}} dims [1] : tensor<5x7xf32> -> tensor<5xf32>
// CHECK-NEXT: %r = ten.cast [[R]] : tensor<5xf32> -> tensor<5xbf16>
func.func @short(%a: tensor<5x7xbf16>, %b: tensor<7xbf16>, %c: tensor<5x7xbf16>) -> tensor<5xbf16> {
  %x = ten.einsum "ij,j->i" %a, %b : tensor<5x7xbf16>, tensor<7xbf16> -> tensor<5xbf16>
  %y = ten.einsum "ij,j->i" %c, %b : tensor<5x7xbf16>, tensor<7xbf16> -> tensor<5xbf16>
  %r = arith.addf %x, %y : tensor<5xbf16>
  func.return %r : tensor<5xbf16>
}
