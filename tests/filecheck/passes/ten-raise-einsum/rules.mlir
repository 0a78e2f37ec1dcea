// RUN: letgrad-opt %s -p ten-raise-einsum | filecheck %s


// A sum of a product that is a contraction; it has two matrices with an index of each of three sizes.
// CHECK-LABEL: func.func @sum_of_product(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    func.return %0 : tensor<3x5xf32>
func.func @sum_of_product(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>) -> tensor<3x5xf32> {
  %0 = ten.broadcast %x dims [2] : tensor<3x4xf32> -> tensor<3x4x5xf32>
  %1 = ten.broadcast %y dims [0] : tensor<4x5xf32> -> tensor<3x4x5xf32>
  %2 = arith.mulf %0, %1 : tensor<3x4x5xf32>
  %3 = ten.sum %2 dims [1] : tensor<3x4x5xf32> -> tensor<3x5xf32>
  func.return %3 : tensor<3x5xf32>
}

// CHECK-LABEL: func.func @sum_of_product_of_integers(
// CHECK-NEXT:    %0 = ten.einsum "i,i->" %x, %y : tensor<3xi32>, tensor<3xi32> -> i32
// CHECK-NEXT:    func.return %0 : i32
func.func @sum_of_product_of_integers(%x: tensor<3xi32>, %y: tensor<3xi32>) -> i32 {
  %2 = arith.muli %x, %y : tensor<3xi32>
  %3 = ten.sum %2 dims [0] : tensor<3xi32> -> i32
  func.return %3 : i32
}

// No index that is summed over occurs in both.
// CHECK-LABEL: func.func @sum_of_product_without_contraction_stays(
// CHECK-NEXT:    %0 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x4xf32>
// CHECK-NEXT:    %1 = arith.mulf %0, %y : tensor<3x4xf32>
// CHECK-NEXT:    %2 = ten.sum %1 dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %2 : tensor<3xf32>
func.func @sum_of_product_without_contraction_stays(%x: tensor<3xf32>, %y: tensor<3x4xf32>) -> tensor<3xf32> {
  %0 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x4xf32>
  %2 = arith.mulf %0, %y : tensor<3x4xf32>
  %3 = ten.sum %2 dims [1] : tensor<3x4xf32> -> tensor<3xf32>
  func.return %3 : tensor<3xf32>
}

// The operand of the transposition is no einsum.
// CHECK-LABEL: func.func @transpose_of_sum_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x4xf32>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<3x4xf32>) -> tensor<4x3xf32> {
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[X]], [[Y]] : tensor<3x4xf32>
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = ten.transpose [[ADDF]] perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    func.return [[TRANSPOSE]] : tensor<4x3xf32>
// CHECK-NEXT:  }
func.func @transpose_of_sum_stays(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>) -> tensor<4x3xf32> {
  %0 = arith.addf %x, %y : tensor<3x4xf32>
  %1 = ten.transpose %0 perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  func.return %1 : tensor<4x3xf32>
}

// A constant of equal elements varies along no dimension.
// CHECK-LABEL: func.func @sum_of_multiple_stays(
// CHECK-NEXT:    %c = arith.constant dense<2.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    %0 = arith.mulf %c, %x : tensor<3xf32>
// CHECK-NEXT:    %1 = ten.sum %0 dims [0] : tensor<3xf32> -> f32
// CHECK-NEXT:    func.return %1 : f32
func.func @sum_of_multiple_stays(%x: tensor<3xf32>) -> f32 {
  %c = arith.constant dense<2.0> : tensor<3xf32>
  %2 = arith.mulf %c, %x : tensor<3xf32>
  %3 = ten.sum %2 dims [0] : tensor<3xf32> -> f32
  func.return %3 : f32
}

// The product is computed anyhow.
// CHECK-LABEL: func.func @sum_of_product_with_other_use_stays(
// CHECK-NEXT:    %0 = arith.mulf %x, %y : tensor<3xf32>
// CHECK-NEXT:    %1 = ten.sum %0 dims [0] : tensor<3xf32> -> f32
// CHECK-NEXT:    func.return %1, %0 : f32, tensor<3xf32>
func.func @sum_of_product_with_other_use_stays(%x: tensor<3xf32>, %y: tensor<3xf32>) -> (f32, tensor<3xf32>) {
  %2 = arith.mulf %x, %y : tensor<3xf32>
  %3 = ten.sum %2 dims [0] : tensor<3xf32> -> f32
  func.return %3, %2 : f32, tensor<3xf32>
}

// Windows are operands like any other.
// CHECK-LABEL: func.func @sum_of_product_of_slices(
// CHECK-NEXT:    %0 = ten.slice %x offsets [1] sizes [3] strides [1] : tensor<5xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = ten.slice %y offsets [0] sizes [3] strides [1] : tensor<4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %2 = ten.einsum "i,i->" %0, %1 : tensor<3xf32>, tensor<3xf32> -> f32
// CHECK-NEXT:    func.return %2 : f32
func.func @sum_of_product_of_slices(%x: tensor<5xf32>, %y: tensor<4xf32>) -> f32 {
  %0 = ten.slice %x offsets [1] sizes [3] strides [1] : tensor<5xf32> -> tensor<3xf32>
  %1 = ten.slice %y offsets [0] sizes [3] strides [1] : tensor<4xf32> -> tensor<3xf32>
  %2 = arith.mulf %0, %1 : tensor<3xf32>
  %3 = ten.sum %2 dims [0] : tensor<3xf32> -> f32
  func.return %3 : f32
}

// CHECK-LABEL: func.func @sum_of_einsum(
// CHECK-NEXT:    %0 = ten.sum %y dims [1] : tensor<4x5xf32> -> tensor<4xf32>
// CHECK-NEXT:    %1 = ten.einsum "ij,j->i" %x, %0 : tensor<3x4xf32>, tensor<4xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %1 : tensor<3xf32>
func.func @sum_of_einsum(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>) -> tensor<3xf32> {
  %0 = ten.einsum "ij,jk->ki" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<5x3xf32>
  %1 = ten.sum %0 dims [0] : tensor<5x3xf32> -> tensor<3xf32>
  func.return %1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @sum_of_einsum_with_other_use_stays(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ki" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    %1 = ten.sum %0 dims [0] : tensor<5x3xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %1, %0 : tensor<3xf32>, tensor<5x3xf32>
func.func @sum_of_einsum_with_other_use_stays(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>) -> (tensor<3xf32>, tensor<5x3xf32>) {
  %0 = ten.einsum "ij,jk->ki" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<5x3xf32>
  %1 = ten.sum %0 dims [0] : tensor<5x3xf32> -> tensor<3xf32>
  func.return %1, %0 : tensor<3xf32>, tensor<5x3xf32>
}

// CHECK-LABEL: func.func @transpose_of_einsum(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ki" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    func.return %0 : tensor<5x3xf32>
func.func @transpose_of_einsum(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>) -> tensor<5x3xf32> {
  %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %1 = ten.transpose %0 perm [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
  func.return %1 : tensor<5x3xf32>
}

// CHECK-LABEL: func.func @transpose_of_einsum_with_other_use_stays(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    %1 = ten.transpose %0 perm [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    func.return %1, %0 : tensor<5x3xf32>, tensor<3x5xf32>
func.func @transpose_of_einsum_with_other_use_stays(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>) -> (tensor<5x3xf32>, tensor<3x5xf32>) {
  %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %1 = ten.transpose %0 perm [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
  func.return %1, %0 : tensor<5x3xf32>, tensor<3x5xf32>
}

// CHECK-LABEL: func.func @einsum_of_transpose(
// CHECK-NEXT:    %0 = ten.einsum "ijk,jl->kil" %x, %y : tensor<2x4x3xf32>, tensor<4x5xf32> -> tensor<3x2x5xf32>
// CHECK-NEXT:    func.return %0 : tensor<3x2x5xf32>
func.func @einsum_of_transpose(%x: tensor<2x4x3xf32>, %y: tensor<4x5xf32>) -> tensor<3x2x5xf32> {
  %0 = ten.transpose %x perm [2, 0, 1] : tensor<2x4x3xf32> -> tensor<3x2x4xf32>
  %1 = ten.einsum "aij,jk->aik" %0, %y : tensor<3x2x4xf32>, tensor<4x5xf32> -> tensor<3x2x5xf32>
  func.return %1 : tensor<3x2x5xf32>
}

// CHECK-LABEL: func.func @einsum_of_broadcast(
// CHECK-NEXT:    %0 = ten.einsum "i,ji->j" %x, %y : tensor<4xf32>, tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %0 : tensor<3xf32>
func.func @einsum_of_broadcast(%x: tensor<4xf32>, %y: tensor<3x4xf32>) -> tensor<3xf32> {
  %0 = ten.broadcast %x dims [0] : tensor<4xf32> -> tensor<3x4xf32>
  %1 = ten.einsum "ij,ij->i" %0, %y : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3xf32>
  func.return %1 : tensor<3xf32>
}

// Nothing is left to vary along "l", of size 6: it is a factor; nor along "k", of size 5: it is a broadcast of the result.
// CHECK-LABEL: func.func @einsum_of_broadcast_of_lost_letters(
// CHECK-NEXT:    %0 = ten.einsum "i,ji->j" %x, %y : tensor<4xf32>, tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = arith.constant dense<6.000000e+00> : tensor<3xf32>
// CHECK-NEXT:    %2 = arith.mulf %0, %1 : tensor<3xf32>
// CHECK-NEXT:    %3 = ten.broadcast %2 dims [0] : tensor<3xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    func.return %3 : tensor<5x3xf32>
func.func @einsum_of_broadcast_of_lost_letters(%x: tensor<4xf32>, %y: tensor<3x4xf32>) -> tensor<5x3xf32> {
  %0 = ten.broadcast %x dims [0, 2] : tensor<4xf32> -> tensor<5x4x6xf32>
  %1 = ten.einsum "kjl,ij->ki" %0, %y : tensor<5x4x6xf32>, tensor<3x4xf32> -> tensor<5x3xf32>
  func.return %1 : tensor<5x3xf32>
}

// bf16 has no 257.
// CHECK-LABEL: func.func @einsum_of_broadcast_with_factor_that_is_not_exact_stays(
// CHECK-NEXT:    %0 = ten.broadcast %x dims [1] : tensor<4xbf16> -> tensor<4x257xbf16>
// CHECK-NEXT:    %1 = ten.sum %0 dims [1] : tensor<4x257xbf16> -> tensor<4xbf16>
// CHECK-NEXT:    %2 = ten.einsum "i,i->" %1, %y : tensor<4xbf16>, tensor<4xbf16> -> bf16
// CHECK-NEXT:    func.return %2 : bf16
func.func @einsum_of_broadcast_with_factor_that_is_not_exact_stays(%x: tensor<4xbf16>, %y: tensor<4xbf16>) -> bf16 {
  %0 = ten.broadcast %x dims [1] : tensor<4xbf16> -> tensor<4x257xbf16>
  %1 = ten.einsum "jl,j->" %0, %y : tensor<4x257xbf16>, tensor<4xbf16> -> bf16
  func.return %1 : bf16
}

// A sum over nothing is 0. The product 0 * %x would be NaN for an infinite %x.
// CHECK-LABEL: func.func @einsum_of_broadcast_over_nothing_stays(
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0] : tensor<4xf32> -> tensor<0x4xf32>
// CHECK-NEXT:    %1 = ten.broadcast %y dims [0] : tensor<4xf32> -> tensor<0x4xf32>
// CHECK-NEXT:    %2 = ten.einsum "ij,ij->" %0, %1 : tensor<0x4xf32>, tensor<0x4xf32> -> f32
// CHECK-NEXT:    func.return %2 : f32
func.func @einsum_of_broadcast_over_nothing_stays(%x: tensor<4xf32>, %y: tensor<4xf32>) -> f32 {
  %0 = ten.broadcast %x dims [0] : tensor<4xf32> -> tensor<0x4xf32>
  %1 = ten.broadcast %y dims [0] : tensor<4xf32> -> tensor<0x4xf32>
  %2 = ten.einsum "ij,ij->" %0, %1 : tensor<0x4xf32>, tensor<0x4xf32> -> f32
  func.return %2 : f32
}

// f64 has no 2^53 + 1. But integers wrap: the product with this number is the sum, in each type.
// CHECK-LABEL: func.func @einsum_of_broadcast_of_many_integers(
// CHECK-NEXT:    %0 = arith.constant 9007199254740993 : i64
// CHECK-NEXT:    %1 = arith.muli %x, %0 : i64
// CHECK-NEXT:    func.return %1 : i64
func.func @einsum_of_broadcast_of_many_integers(%x: i64) -> i64 {
  %0 = ten.broadcast %x dims [0] : i64 -> tensor<9007199254740993xi64>
  %1 = ten.einsum "i->" %0 : tensor<9007199254740993xi64> -> i64
  func.return %1 : i64
}

// CHECK-LABEL: func.func @einsum_of_splat(
// CHECK-NEXT:    %c = arith.constant dense<2.000000e+00> : tensor<3x4xf32>
// CHECK-NEXT:    %0 = arith.constant 2.000000e+00 : f32
// CHECK-NEXT:    %1 = ten.einsum "ij,ij->i" %x, %y : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %2 = ten.broadcast %0 dims [0] : f32 -> tensor<3xf32>
// CHECK-NEXT:    %3 = arith.mulf %2, %1 : tensor<3xf32>
// CHECK-NEXT:    func.return %3 : tensor<3xf32>
func.func @einsum_of_splat(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>) -> tensor<3xf32> {
  %c = arith.constant dense<2.0> : tensor<3x4xf32>
  %0 = ten.einsum "ij,ij,ij->i" %c, %x, %y : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3xf32>
  func.return %0 : tensor<3xf32>
}

// CHECK-LABEL: func.func @einsum_of_gather(
// CHECK-NEXT:    %0 = ten.einsum "ii,i->" %x, %y : tensor<3x3xf32>, tensor<3xf32> -> f32
// CHECK-NEXT:    func.return %0 : f32
func.func @einsum_of_gather(%x: tensor<3x3xf32>, %y: tensor<3xf32>) -> f32 {
  %0 = ten.gather [3] %x (%i) : tensor<3x3xf32> -> tensor<3xf32> {
    ten.yield %i, %i : index, index
  }
  %1 = ten.einsum "i,i->" %0, %y : tensor<3xf32>, tensor<3xf32> -> f32
  func.return %1 : f32
}

// Of x, only 2 of 3 are read, so the einsum takes no gather in. GatherAtDiagonal makes it a slice.
// CHECK-LABEL: func.func @einsum_of_gather_of_fewer_stays(
// CHECK-NEXT:    %0 = ten.reshape %x : tensor<3x3xf32> -> tensor<9xf32>
// CHECK-NEXT:    %1 = ten.slice %0 offsets [0] sizes [2] strides [4] : tensor<9xf32> -> tensor<2xf32>
// CHECK-NEXT:    %2 = ten.einsum "i,i->" %1, %y : tensor<2xf32>, tensor<2xf32> -> f32
// CHECK-NEXT:    func.return %2 : f32
func.func @einsum_of_gather_of_fewer_stays(%x: tensor<3x3xf32>, %y: tensor<2xf32>) -> f32 {
  %0 = ten.gather [2] %x (%i) : tensor<3x3xf32> -> tensor<2xf32> {
    ten.yield %i, %i : index, index
  }
  %1 = ten.einsum "i,i->" %0, %y : tensor<2xf32>, tensor<2xf32> -> f32
  func.return %1 : f32
}

// The factor for rows is best applied to the smaller matrix, which is the result.
// CHECK-LABEL: func.func @einsum_of_product(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x40xf32>, tensor<40x5xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    %1 = ten.broadcast %d dims [1] : tensor<3xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    %2 = arith.mulf %1, %0 : tensor<3x5xf32>
// CHECK-NEXT:    func.return %2 : tensor<3x5xf32>
func.func @einsum_of_product(%d: tensor<3xf32>, %x: tensor<3x40xf32>, %y: tensor<40x5xf32>) -> tensor<3x5xf32> {
  %0 = ten.broadcast %d dims [1] : tensor<3xf32> -> tensor<3x40xf32>
  %1 = arith.mulf %0, %x : tensor<3x40xf32>
  %2 = ten.einsum "ij,jk->ik" %1, %y : tensor<3x40xf32>, tensor<40x5xf32> -> tensor<3x5xf32>
  func.return %2 : tensor<3x5xf32>
}

// Both factors have all dimensions: the product is best where it is.
// CHECK-LABEL: func.func @einsum_of_product_of_equals_stays(
// CHECK-NEXT:    %0 = arith.mulf %d, %x : tensor<3x40xf32>
// CHECK-NEXT:    %1 = ten.einsum "ij,jk->ik" %0, %y : tensor<3x40xf32>, tensor<40x5xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    func.return %1 : tensor<3x5xf32>
func.func @einsum_of_product_of_equals_stays(%d: tensor<3x40xf32>, %x: tensor<3x40xf32>, %y: tensor<40x5xf32>) -> tensor<3x5xf32> {
  %1 = arith.mulf %d, %x : tensor<3x40xf32>
  %2 = ten.einsum "ij,jk->ik" %1, %y : tensor<3x40xf32>, tensor<40x5xf32> -> tensor<3x5xf32>
  func.return %2 : tensor<3x5xf32>
}

// (X Y) z becomes X (Y z).
// CHECK-LABEL: func.func @einsum_of_einsum(
// CHECK-NEXT:    %0 = ten.einsum "ij,j->i" %y, %z : tensor<4x5xf32>, tensor<5xf32> -> tensor<4xf32>
// CHECK-NEXT:    %1 = ten.einsum "ij,j->i" %x, %0 : tensor<3x4xf32>, tensor<4xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %1 : tensor<3xf32>
func.func @einsum_of_einsum(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>, %z: tensor<5xf32>) -> tensor<3xf32> {
  %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %1 = ten.einsum "ij,j->i" %0, %z : tensor<3x5xf32>, tensor<5xf32> -> tensor<3xf32>
  func.return %1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @einsum_of_einsum_with_other_use_stays(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    %1 = ten.einsum "ij,j->i" %0, %z : tensor<3x5xf32>, tensor<5xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return %1, %0 : tensor<3xf32>, tensor<3x5xf32>
func.func @einsum_of_einsum_with_other_use_stays(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>, %z: tensor<5xf32>) -> (tensor<3xf32>, tensor<3x5xf32>) {
  %0 = ten.einsum "ij,jk->ik" %x, %y : tensor<3x4xf32>, tensor<4x5xf32> -> tensor<3x5xf32>
  %1 = ten.einsum "ij,j->i" %0, %z : tensor<3x5xf32>, tensor<5xf32> -> tensor<3xf32>
  func.return %1, %0 : tensor<3xf32>, tensor<3x5xf32>
}

// Σ_j x_i y_ij, which is no contraction, becomes part of one over i: x_i Σ_j y_ij.
// CHECK-LABEL: func.func @einsum_of_sum(
// CHECK-NEXT:    %0 = ten.sum %y dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = arith.mulf %x, %0 : tensor<3xf32>
// CHECK-NEXT:    %2 = ten.einsum "i,ij->j" %1, %z : tensor<3xf32>, tensor<3x5xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return %2 : tensor<5xf32>
func.func @einsum_of_sum(%x: tensor<3xf32>, %y: tensor<3x4xf32>, %z: tensor<3x5xf32>) -> tensor<5xf32> {
  %0 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x4xf32>
  %1 = arith.mulf %0, %y : tensor<3x4xf32>
  %2 = ten.sum %1 dims [1] : tensor<3x4xf32> -> tensor<3xf32>
  %3 = ten.einsum "i,ij->j" %2, %z : tensor<3xf32>, tensor<3x5xf32> -> tensor<5xf32>
  func.return %3 : tensor<5xf32>
}

// There is nothing below the sum for an einsum to take in.
// CHECK-LABEL: func.func @einsum_of_sum_of_argument_stays(
// CHECK-NEXT:    %0 = ten.sum %x dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = ten.einsum "i,ij->j" %0, %z : tensor<3xf32>, tensor<3x5xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return %1 : tensor<5xf32>
func.func @einsum_of_sum_of_argument_stays(%x: tensor<3x4xf32>, %z: tensor<3x5xf32>) -> tensor<5xf32> {
  %2 = ten.sum %x dims [1] : tensor<3x4xf32> -> tensor<3xf32>
  %3 = ten.einsum "i,ij->j" %2, %z : tensor<3xf32>, tensor<3x5xf32> -> tensor<5xf32>
  func.return %3 : tensor<5xf32>
}

// CHECK-LABEL: func.func @einsum_of_lone_letter(
// CHECK-NEXT:    %0 = ten.sum %x dims [1, 2] : tensor<3x4x2xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = ten.einsum "i,ij->j" %0, %y : tensor<3xf32>, tensor<3x5xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return %1 : tensor<5xf32>
func.func @einsum_of_lone_letter(%x: tensor<3x4x2xf32>, %y: tensor<3x5xf32>) -> tensor<5xf32> {
  %0 = ten.einsum "ijk,il->l" %x, %y : tensor<3x4x2xf32>, tensor<3x5xf32> -> tensor<5xf32>
  func.return %0 : tensor<5xf32>
}

// Twice in one operand: the trace. It is not summed by itself.
// CHECK-LABEL: func.func @einsum_of_a_letter_that_stands_twice_stays(
// CHECK-NEXT:    %0 = ten.einsum "ii->" %x : tensor<3x3xf32> -> f32
// CHECK-NEXT:    func.return %0 : f32
func.func @einsum_of_a_letter_that_stands_twice_stays(%x: tensor<3x3xf32>) -> f32 {
  %0 = ten.einsum "ii->" %x : tensor<3x3xf32> -> f32
  func.return %0 : f32
}

// CHECK-LABEL: func.func @einsum_without_contraction(
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    %1 = ten.broadcast %y dims [1] : tensor<4xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    %2 = arith.mulf %0, %1 : tensor<4x3xf32>
// CHECK-NEXT:    func.return %2 : tensor<4x3xf32>
func.func @einsum_without_contraction(%x: tensor<3xf32>, %y: tensor<4xf32>) -> tensor<4x3xf32> {
  %0 = ten.einsum "i,j->ji" %x, %y : tensor<3xf32>, tensor<4xf32> -> tensor<4x3xf32>
  func.return %0 : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @einsum_without_contraction_of_diagonal(
// CHECK-NEXT:    %0 = ten.reshape %x : tensor<3x3x2xf32> -> tensor<9x2xf32>
// CHECK-NEXT:    %1 = ten.slice %0 offsets [0, 0] sizes [3, 2] strides [4, 1] : tensor<9x2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    %2 = ten.transpose %1 perm [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    %3 = ten.broadcast %y dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    %4 = arith.mulf %3, %2 : tensor<2x3xf32>
// CHECK-NEXT:    func.return %4 : tensor<2x3xf32>
func.func @einsum_without_contraction_of_diagonal(%x: tensor<3x3x2xf32>, %y: f32) -> tensor<2x3xf32> {
  %0 = ten.einsum "iij,->ji" %x, %y : tensor<3x3x2xf32>, f32 -> tensor<2x3xf32>
  func.return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @einsum_of_many_operands(
// CHECK-NEXT:    %0 = ten.einsum "ij,jk->ik" %y, %z : tensor<4x5xf32>, tensor<5x2xf32> -> tensor<4x2xf32>
// CHECK-NEXT:    %1 = ten.einsum "ij,jk->ik" %x, %0 : tensor<3x4xf32>, tensor<4x2xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    func.return %1 : tensor<3x2xf32>
func.func @einsum_of_many_operands(%x: tensor<3x4xf32>, %y: tensor<4x5xf32>, %z: tensor<5x2xf32>) -> tensor<3x2xf32> {
  %0 = ten.einsum "ij,jk,kl->il" %x, %y, %z : tensor<3x4xf32>, tensor<4x5xf32>, tensor<5x2xf32> -> tensor<3x2xf32>
  func.return %0 : tensor<3x2xf32>
}

// Taken apart, both einsums have the sum of the rows of %x in them.
// CHECK-LABEL: func.func @einsums_with_a_sum_in_common(
// CHECK-NEXT:    %0 = ten.sum %x dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:    %1 = arith.mulf %0, %y : tensor<3xf32>
// CHECK-NEXT:    %2 = arith.mulf %0, %z : tensor<3xf32>
// CHECK-NEXT:    func.return %1, %2 : tensor<3xf32>, tensor<3xf32>
func.func @einsums_with_a_sum_in_common(%x: tensor<3x4xf32>, %y: tensor<3xf32>, %z: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = ten.einsum "ij,i->i" %x, %y : tensor<3x4xf32>, tensor<3xf32> -> tensor<3xf32>
  %1 = ten.einsum "ij,i->i" %x, %z : tensor<3x4xf32>, tensor<3xf32> -> tensor<3xf32>
  func.return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// The same in two regions: neither dominates the other, so both get one stamp.
// CHECK-LABEL: func.func @einsums_in_two_regions_with_a_sum_in_common(
// CHECK:         ten.build [2]
// CHECK:           [[A:%.*]] = ten.sum %x dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:      sharing.share [[A]] {stamp = 0}
// CHECK:         ten.build [5]
// CHECK:           [[B:%.*]] = ten.sum %x dims [1] : tensor<3x4xf32> -> tensor<3xf32>
// CHECK-NEXT:      sharing.share [[B]] {stamp = 0}
func.func @einsums_in_two_regions_with_a_sum_in_common(%x: tensor<3x4xf32>, %y: tensor<2x3xf32>, %z: tensor<5x3xf32>) -> (tensor<2x3xf32>, tensor<5x3xf32>) {
  %0 = ten.build [2] (%i) : tensor<2x3xf32> {
    %1 = ten.index %y[%i] : tensor<2x3xf32> -> tensor<3xf32>
    %2 = ten.einsum "ij,i->i" %x, %1 : tensor<3x4xf32>, tensor<3xf32> -> tensor<3xf32>
    ten.yield %2 : tensor<3xf32>
  }
  %3 = ten.build [5] (%j) : tensor<5x3xf32> {
    %4 = ten.index %z[%j] : tensor<5x3xf32> -> tensor<3xf32>
    %5 = ten.einsum "ij,i->i" %x, %4 : tensor<3x4xf32>, tensor<3xf32> -> tensor<3xf32>
    ten.yield %5 : tensor<3xf32>
  }
  func.return %0, %3 : tensor<2x3xf32>, tensor<5x3xf32>
}

// In the region, the product outside would be computed once per index.
// CHECK-LABEL: func.func @sum_in_a_region_of_product_outside_stays(
// CHECK-NEXT:    %0 = arith.mulf %x, %y : tensor<3xf32>
// CHECK-NEXT:    ten.build
// CHECK-NEXT:      ten.sum
func.func @sum_in_a_region_of_product_outside_stays(%x: tensor<3xf32>, %y: tensor<3xf32>, %z: tensor<5xf32>) -> tensor<5xf32> {
  %0 = arith.mulf %x, %y : tensor<3xf32>
  %1 = ten.build [5] (%i) : tensor<5xf32> {
    %2 = ten.sum %0 dims [0] : tensor<3xf32> -> f32
    %3 = ten.index %z[%i] : tensor<5xf32> -> f32
    %4 = arith.mulf %2, %3 : f32
    ten.yield %4 : f32
  }
  func.return %1 : tensor<5xf32>
}
