// RUN: letgrad-opt %s -p 'ten-decompose{thin_products=true}' --split-input-file | filecheck %s

// 500 x 12 by 12 x 3 reads each element of the tall matrix three times.
// CHECK-LABEL: func.func @tall
// CHECK-NEXT:  ten.einsum
func.func @tall(%x: tensor<500x12xf64>, %y: tensor<12x3xf64>) -> tensor<500x3xf64> {
  %z = ten.einsum "ij,jk->ik" %x, %y : tensor<500x12xf64>, tensor<12x3xf64> -> tensor<500x3xf64>
  func.return %z : tensor<500x3xf64>
}

// -----

// The tall matrices may be both operands.
// CHECK-LABEL: func.func @long_sum
// CHECK-NEXT:  ten.einsum
func.func @long_sum(%x: tensor<500x12xf32>, %y: tensor<500x3xf32>) -> tensor<12x3xf32> {
  %z = ten.einsum "ij,ik->jk" %x, %y : tensor<500x12xf32>, tensor<500x3xf32> -> tensor<12x3xf32>
  func.return %z : tensor<12x3xf32>
}

// -----

// Two columns: a loop is as fast, and computes its operands where it reads them.
// CHECK-LABEL: func.func @two_columns_stay
// CHECK-NOT:   ten.einsum
func.func @two_columns_stay(%x: tensor<500x12xf64>, %y: tensor<12x2xf64>) -> tensor<500x2xf64> {
  %z = ten.einsum "ij,jk->ik" %x, %y : tensor<500x12xf64>, tensor<12x2xf64> -> tensor<500x2xf64>
  func.return %z : tensor<500x2xf64>
}

// -----

// CHECK-LABEL: func.func @few_points_stay
// CHECK-NOT:   ten.einsum
func.func @few_points_stay(%x: tensor<50x12xf64>, %y: tensor<12x3xf64>) -> tensor<50x3xf64> {
  %z = ten.einsum "ij,jk->ik" %x, %y : tensor<50x12xf64>, tensor<12x3xf64> -> tensor<50x3xf64>
  func.return %z : tensor<50x3xf64>
}

// -----

// A batch of small products would be a call of the library each.
// CHECK-LABEL: func.func @batch_stays
// CHECK-NOT:   ten.einsum
func.func @batch_stays(%x: tensor<500x3x4xf64>, %y: tensor<500x4x5xf64>) -> tensor<500x3x5xf64> {
  %z = ten.einsum "bij,bjk->bik" %x, %y : tensor<500x3x4xf64>, tensor<500x4x5xf64> -> tensor<500x3x5xf64>
  func.return %z : tensor<500x3x5xf64>
}

// -----

// The library has no integers.
// CHECK-LABEL: func.func @integers_stay
// CHECK-NOT:   ten.einsum
func.func @integers_stay(%x: tensor<500x12xi64>, %y: tensor<12x3xi64>) -> tensor<500x3xi64> {
  %z = ten.einsum "ij,jk->ik" %x, %y : tensor<500x12xi64>, tensor<12x3xi64> -> tensor<500x3xi64>
  func.return %z : tensor<500x3xi64>
}

// -----

// The library would need a copy of the part.
// CHECK-LABEL: func.func @part_stays
// CHECK-NOT:   ten.einsum
func.func @part_stays(%x: tensor<600x12xf64>, %y: tensor<12x3xf64>) -> tensor<500x3xf64> {
  %p = ten.slice %x offsets [7, 0] sizes [500, 12] strides [1, 1] : tensor<600x12xf64> -> tensor<500x12xf64>
  %z = ten.einsum "ij,jk->ik" %p, %y : tensor<500x12xf64>, tensor<12x3xf64> -> tensor<500x3xf64>
  func.return %z : tensor<500x3xf64>
}

// -----

// So would it of images, whose channels are not next to each other.
// CHECK-LABEL: func.func @images_stay
// CHECK-NOT:   ten.einsum
func.func @images_stay(%x: tensor<5x3x9x9xf64>, %y: tensor<8x3xf64>) -> tensor<5x8x9x9xf64> {
  %z = ten.einsum "nchw,oc->nohw" %x, %y : tensor<5x3x9x9xf64>, tensor<8x3xf64> -> tensor<5x8x9x9xf64>
  func.return %z : tensor<5x8x9x9xf64>
}
