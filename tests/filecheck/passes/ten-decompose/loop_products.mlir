// RUN: letgrad-opt %s -p 'ten-decompose{loop_products=true}' --split-input-file | filecheck %s

// The indices of the sum lie in another order in each operand, so both move.
// CHECK-LABEL: func.func private @order
// CHECK:       ten.transpose
// CHECK:       ten.einsum "mk,kn->mn"
// CHECK-SAME:    tensor<32x60xf64>, tensor<60x40xf64>
func.func private @order(%x: tensor<6x10x32xf64>, %y: tensor<40x10x6xf64>) -> tensor<32x40xf64> {
  %z = ten.einsum "abc,dba->cd" %x, %y : tensor<6x10x32xf64>, tensor<40x10x6xf64> -> tensor<32x40xf64>
  func.return %z : tensor<32x40xf64>
}
func.func @main(%x: tensor<3x6x10x32xf64>, %y: tensor<40x10x6xf64>) -> tensor<3x32x40xf64> {
  %zs = ten.scan [3] () over (%r = %x : tensor<3x6x10x32xf64>) -> (tensor<3x32x40xf64>) {
    %z = func.call @order(%r, %y) : (tensor<6x10x32xf64>, tensor<40x10x6xf64>) -> tensor<32x40xf64>
    ten.yield %z : tensor<32x40xf64>
  }
  func.return %zs : tensor<3x32x40xf64>
}

// -----

// No loop calls the function, so NumPy runs the einsum.
// CHECK-LABEL: func.func @outside_of_loops_stays
// CHECK-NEXT:  ten.einsum "abc,dba->cd"
func.func @outside_of_loops_stays(%x: tensor<6x10x32xf64>, %y: tensor<40x10x6xf64>) -> tensor<32x40xf64> {
  %z = ten.einsum "abc,dba->cd" %x, %y : tensor<6x10x32xf64>, tensor<40x10x6xf64> -> tensor<32x40xf64>
  func.return %z : tensor<32x40xf64>
}

// -----

// It lies as a library takes it.
// CHECK-LABEL: func.func private @product_stays
// CHECK-NEXT:  ten.einsum "ij,jk->ik"
func.func private @product_stays(%x: tensor<32x60xf64>, %y: tensor<60x40xf64>) -> tensor<32x40xf64> {
  %z = ten.einsum "ij,jk->ik" %x, %y : tensor<32x60xf64>, tensor<60x40xf64> -> tensor<32x40xf64>
  func.return %z : tensor<32x40xf64>
}
func.func @main(%x: tensor<3x32x60xf64>, %y: tensor<60x40xf64>) -> tensor<3x32x40xf64> {
  %zs = ten.scan [3] () over (%r = %x : tensor<3x32x60xf64>) -> (tensor<3x32x40xf64>) {
    %z = func.call @product_stays(%r, %y) : (tensor<32x60xf64>, tensor<60x40xf64>) -> tensor<32x40xf64>
    ten.yield %z : tensor<32x40xf64>
  }
  func.return %zs : tensor<3x32x40xf64>
}

// -----

// Integers have their dimensions in one order: BLAS has no other way to read them.
// CHECK-LABEL: func.func private @integers
// CHECK-NEXT:  %[[X:.*]] = ten.transpose %x perm [1, 0]
// CHECK-NEXT:  ten.einsum "mk,kn->mn" %[[X]], %y
func.func private @integers(%x: tensor<32x60xi32>, %y: tensor<32x40xi32>) -> tensor<60x40xi32> {
  %z = ten.einsum "ij,ik->jk" %x, %y : tensor<32x60xi32>, tensor<32x40xi32> -> tensor<60x40xi32>
  func.return %z : tensor<60x40xi32>
}
func.func @main(%x: tensor<3x32x60xi32>, %y: tensor<32x40xi32>) -> tensor<3x60x40xi32> {
  %zs = ten.scan [3] () over (%r = %x : tensor<3x32x60xi32>) -> (tensor<3x60x40xi32>) {
    %z = func.call @integers(%r, %y) : (tensor<32x60xi32>, tensor<32x40xi32>) -> tensor<60x40xi32>
    ten.yield %z : tensor<60x40xi32>
  }
  func.return %zs : tensor<3x60x40xi32>
}

// -----

// The diagonal, the sum over an index of one operand, and two products in the cheaper order.
// CHECK-LABEL: func.func private @three
// CHECK:       ten.slice %{{.*}} strides [21, 1] : tensor<400x30xf64>
// CHECK-NEXT:  %[[XY:.*]] = ten.einsum "ab,bc->ac"
// CHECK-NEXT:  ten.einsum "cd,ac->ad" %z, %[[XY]]
func.func private @three(%x: tensor<20x20x30xf64>, %y: tensor<30x40xf64>, %z: tensor<40x50xf64>) -> tensor<20x50xf64> {
  %r = ten.einsum "aab,bc,cd->ad" %x, %y, %z : tensor<20x20x30xf64>, tensor<30x40xf64>, tensor<40x50xf64> -> tensor<20x50xf64>
  func.return %r : tensor<20x50xf64>
}
func.func @main(%x: tensor<3x20x20x30xf64>, %y: tensor<30x40xf64>, %z: tensor<40x50xf64>) -> tensor<3x20x50xf64> {
  %zs = ten.scan [3] () over (%r = %x : tensor<3x20x20x30xf64>) -> (tensor<3x20x50xf64>) {
    %q = func.call @three(%r, %y, %z) : (tensor<20x20x30xf64>, tensor<30x40xf64>, tensor<40x50xf64>) -> tensor<20x50xf64>
    ten.yield %q : tensor<20x50xf64>
  }
  func.return %zs : tensor<3x20x50xf64>
}
