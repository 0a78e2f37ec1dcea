// RUN: letgrad-opt %s -p ten-simplify-gather-scatter --check-semantics | filecheck %s

// What the transpose of gather(v, i ↦ ⌊i / 2⌋), a broadcast, gives.
// CHECK-LABEL: func.func @scatter_to_quotient(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<8x3xf64>) -> tensor<4x3xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.reshape [[T]] : tensor<8x3xf64> -> tensor<4x2x3xf64>
// CHECK-NEXT:    [[R_1:%.*]] = ten.sum [[R]] dims [1] : tensor<4x2x3xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    func.return [[R_1]] : tensor<4x3xf64>
// CHECK-NEXT:  }
func.func @scatter_to_quotient(%t: tensor<8x3xf64>) -> tensor<4x3xf64> {
  %r = ten.scatter [4] %t (%i) : tensor<8x3xf64> -> tensor<4x3xf64> {
    %two = arith.constant 2 : index
    %q = arith.divui %i, %two : index
    ten.yield %q : index
  }
  func.return %r : tensor<4x3xf64>
}

// The last group has one element, and the rows 0 and 5 have none.
// CHECK-LABEL: func.func @scatter_to_quotient_of_odd_size(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<7xf32>) -> tensor<6xf32> {
// CHECK-NEXT:    [[R:%.*]] = ten.pad [[T]] low [0] high [1] interior [0] : tensor<7xf32> -> tensor<8xf32>
// CHECK-NEXT:    [[R_1:%.*]] = ten.reshape [[R]] : tensor<8xf32> -> tensor<4x2xf32>
// CHECK-NEXT:    [[R_2:%.*]] = ten.sum [[R_1]] dims [1] : tensor<4x2xf32> -> tensor<4xf32>
// CHECK-NEXT:    [[R_3:%.*]] = ten.pad [[R_2]] low [1] high [1] interior [0] : tensor<4xf32> -> tensor<6xf32>
// CHECK-NEXT:    func.return [[R_3]] : tensor<6xf32>
// CHECK-NEXT:  }
func.func @scatter_to_quotient_of_odd_size(%t: tensor<7xf32>) -> tensor<6xf32> {
  %r = ten.scatter [6] %t (%i) : tensor<7xf32> -> tensor<6xf32> {
    %two = arith.constant 2 : index
    %one = arith.constant 1 : index
    %q = arith.floordivsi %i, %two : index
    %p = arith.addi %q, %one : index
    ten.yield %p : index
  }
  func.return %r : tensor<6xf32>
}

// CHECK-LABEL: func.func @scatter_to_remainder(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<2xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.reshape [[T]] : tensor<6xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    [[R_1:%.*]] = ten.sum [[R]] dims [0] : tensor<3x2xf64> -> tensor<2xf64>
// CHECK-NEXT:    func.return [[R_1]] : tensor<2xf64>
// CHECK-NEXT:  }
func.func @scatter_to_remainder(%t: tensor<6xf64>) -> tensor<2xf64> {
  %r = ten.scatter [2] %t (%i) : tensor<6xf64> -> tensor<2xf64> {
    %two = arith.constant 2 : index
    %q = arith.remsi %i, %two : index
    ten.yield %q : index
  }
  func.return %r : tensor<2xf64>
}

// A sum of two quotients is no layout.
// CHECK-LABEL: func.func @scatter_to_two_quotients_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<12xf64>) -> tensor<10xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.scatter [10] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<12xf64> -> tensor<10xf64> {
// CHECK-NEXT:      [[TWO:%.*]] = arith.constant 2 : index
// CHECK-NEXT:      [[THREE:%.*]] = arith.constant 3 : index
// CHECK-NEXT:      [[Q:%.*]] = arith.floordivsi [[I]], [[TWO]] : index
// CHECK-NEXT:      [[S:%.*]] = arith.floordivsi [[I]], [[THREE]] : index
// CHECK-NEXT:      [[P:%.*]] = arith.addi [[Q]], [[S]] : index
// CHECK-NEXT:      ten.yield [[P]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<10xf64>
// CHECK-NEXT:  }
func.func @scatter_to_two_quotients_stays(%t: tensor<12xf64>) -> tensor<10xf64> {
  %r = ten.scatter [10] %t (%i) : tensor<12xf64> -> tensor<10xf64> {
    %two = arith.constant 2 : index
    %three = arith.constant 3 : index
    %q = arith.floordivsi %i, %two : index
    %s = arith.floordivsi %i, %three : index
    %p = arith.addi %q, %s : index
    ten.yield %p : index
  }
  func.return %r : tensor<10xf64>
}
