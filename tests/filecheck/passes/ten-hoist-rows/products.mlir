// RUN: letgrad-opt %s -p ten-hoist-rows --check-semantics --verify-sharing | filecheck %s

// The gates of an LSTM: the product of the row has four times as many elements as the row.
// CHECK-LABEL: func.func @product_of_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x8x16xf32>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<16x64xf32>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<8x64xf32>) -> tensor<8x64xf32> {
// CHECK-NEXT:    [[M:%.*]] = ten.einsum "Aij,jk->Aik" [[X]], [[U]] : tensor<5x8x16xf32>, tensor<16x64xf32> -> tensor<5x8x64xf32>
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : tensor<8x64xf32>) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5x8x16xf32>, [[M_1:%[^ ,:)]+]] = [[M]] : tensor<5x8x64xf32>) -> (tensor<8x64xf32>) {
// CHECK-NEXT:      [[N:%.*]] = arith.mulf [[H]], [[M_1]] : tensor<8x64xf32>
// CHECK-NEXT:      ten.yield [[N]] : tensor<8x64xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<8x64xf32>
// CHECK-NEXT:  }
func.func @product_of_rows(%x: tensor<5x8x16xf32>, %u: tensor<16x64xf32>, %c: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %r = ten.scan [5] (%h = %c : tensor<8x64xf32>) over (%row = %x : tensor<5x8x16xf32>) -> (tensor<8x64xf32>) {
    %m = ten.einsum "ij,jk->ik" %row, %u : tensor<8x16xf32>, tensor<16x64xf32> -> tensor<8x64xf32>
    %n = arith.mulf %h, %m : tensor<8x64xf32>
    ten.yield %n : tensor<8x64xf32>
  }
  func.return %r : tensor<8x64xf32>
}

// Five times as many.
// CHECK-LABEL: func.func @wide_product_of_rows_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x8x16xf32>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<16x80xf32>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<8x80xf32>) -> tensor<8x80xf32> {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : tensor<8x80xf32>) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5x8x16xf32>) -> (tensor<8x80xf32>) {
// CHECK-NEXT:      [[M:%.*]] = ten.einsum "ij,jk->ik" [[ROW]], [[U]] : tensor<8x16xf32>, tensor<16x80xf32> -> tensor<8x80xf32>
// CHECK-NEXT:      [[N:%.*]] = arith.mulf [[H]], [[M]] : tensor<8x80xf32>
// CHECK-NEXT:      ten.yield [[N]] : tensor<8x80xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<8x80xf32>
// CHECK-NEXT:  }
func.func @wide_product_of_rows_stays(%x: tensor<5x8x16xf32>, %u: tensor<16x80xf32>, %c: tensor<8x80xf32>) -> tensor<8x80xf32> {
  %r = ten.scan [5] (%h = %c : tensor<8x80xf32>) over (%row = %x : tensor<5x8x16xf32>) -> (tensor<8x80xf32>) {
    %m = ten.einsum "ij,jk->ik" %row, %u : tensor<8x16xf32>, tensor<16x80xf32> -> tensor<8x80xf32>
    %n = arith.mulf %h, %m : tensor<8x80xf32>
    ten.yield %n : tensor<8x80xf32>
  }
  func.return %r : tensor<8x80xf32>
}

// CHECK-LABEL: func.func @product_of_rows_with_a_checkpoint_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x8x16xf32>,
// CHECK-SAME: [[U:%[^ ,:)]+]]: tensor<16x64xf32>,
// CHECK-SAME: [[C:%[^ ,:)]+]]: tensor<8x64xf32>) -> tensor<8x64xf32> {
// CHECK-NEXT:    [[R:%.*]] = ten.scan [5] ([[H:%[^ ,:)]+]] = [[C]] : tensor<8x64xf32>) over ([[ROW:%[^ ,:)]+]] = [[X]] : tensor<5x8x16xf32>) {checkpoint = 2 : i64} -> (tensor<8x64xf32>) {
// CHECK-NEXT:      [[M:%.*]] = ten.einsum "ij,jk->ik" [[ROW]], [[U]] : tensor<8x16xf32>, tensor<16x64xf32> -> tensor<8x64xf32>
// CHECK-NEXT:      [[N:%.*]] = arith.mulf [[H]], [[M]] : tensor<8x64xf32>
// CHECK-NEXT:      ten.yield [[N]] : tensor<8x64xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<8x64xf32>
// CHECK-NEXT:  }
func.func @product_of_rows_with_a_checkpoint_stays(%x: tensor<5x8x16xf32>, %u: tensor<16x64xf32>, %c: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %r = ten.scan [5] (%h = %c : tensor<8x64xf32>) over (%row = %x : tensor<5x8x16xf32>) {checkpoint = 2 : i64} -> (tensor<8x64xf32>) {
    %m = ten.einsum "ij,jk->ik" %row, %u : tensor<8x16xf32>, tensor<16x64xf32> -> tensor<8x64xf32>
    %n = arith.mulf %h, %m : tensor<8x64xf32>
    ten.yield %n : tensor<8x64xf32>
  }
  func.return %r : tensor<8x64xf32>
}
