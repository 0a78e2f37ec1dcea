// RUN: letgrad-opt %s -p ten-raise-einsum | filecheck %s

// A diagonal that no einsum takes in. The second one is below the first, backwards.
// CHECK-LABEL: func.func @gather_at_diagonal(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x5xf32>) -> (tensor<4xf32>, tensor<3xf32>) {
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.reshape [[X]] : tensor<4x5xf32> -> tensor<20xf32>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[Y]] offsets [0] sizes [4] strides [6] : tensor<20xf32> -> tensor<4xf32>
// CHECK-NEXT:    [[Z:%.*]] = ten.reshape [[X]] : tensor<4x5xf32> -> tensor<20xf32>
// CHECK-NEXT:    [[Z_1:%.*]] = ten.slice [[Z]] offsets [5] sizes [3] strides [6] : tensor<20xf32> -> tensor<3xf32>
// CHECK-NEXT:    [[Z_2:%.*]] = ten.reverse [[Z_1]] dims [0] : tensor<3xf32>
// CHECK-NEXT:    func.return [[Y_1]], [[Z_2]] : tensor<4xf32>, tensor<3xf32>
// CHECK-NEXT:  }
func.func @gather_at_diagonal(%x: tensor<4x5xf32>) -> (tensor<4xf32>, tensor<3xf32>) {
  %c3 = arith.constant 3 : index
  %c2 = arith.constant 2 : index
  %y = ten.gather [4] %x (%i) : tensor<4x5xf32> -> tensor<4xf32> {
    ten.yield %i, %i : index, index
  }
  %z = ten.gather [3] %x (%i) : tensor<4x5xf32> -> tensor<3xf32> {
    %j = arith.subi %c3, %i : index
    %k = arith.subi %c2, %i : index
    ten.yield %j, %k : index, index
  }
  func.return %y, %z : tensor<4xf32>, tensor<3xf32>
}

// The last place is outside.
// CHECK-LABEL: func.func @gather_at_diagonal_outside_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x3xf32>) -> tensor<4xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [4] [[X]] ([[I:%[^ ,:)]+]]) : tensor<4x3xf32> -> tensor<4xf32> {
// CHECK-NEXT:      ten.yield [[I]], [[I]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @gather_at_diagonal_outside_stays(%x: tensor<4x3xf32>) -> tensor<4xf32> {
  %y = ten.gather [4] %x (%i) : tensor<4x3xf32> -> tensor<4xf32> {
    ten.yield %i, %i : index, index
  }
  func.return %y : tensor<4xf32>
}

// A slice of the transpose, and no diagonal: the rules for layouts take it.
// CHECK-LABEL: func.func @gather_without_diagonal_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4x5xf64>) -> tensor<2x4xf64> {
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [2, 4] [[T]] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<4x5xf64> -> tensor<2x4xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[I]], [[C3]] : index
// CHECK-NEXT:      ten.yield [[J]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<2x4xf64>
// CHECK-NEXT:  }
func.func @gather_without_diagonal_stays(%t: tensor<4x5xf64>) -> tensor<2x4xf64> {
  %c3 = arith.constant 3 : index
  %y = ten.gather [2, 4] %t (%i, %j) : tensor<4x5xf64> -> tensor<2x4xf64> {
    %k = arith.addi %i, %c3 : index
    ten.yield %j, %k : index, index
  }
  func.return %y : tensor<2x4xf64>
}
