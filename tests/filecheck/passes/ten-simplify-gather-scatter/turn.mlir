// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Gathers and scatters by a quotient that changes a few times: rotations.

// CHECK-LABEL: func.func @gather_by_turn(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[V]] offsets [3] sizes [4] strides [1] : tensor<7xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[V]] offsets [0] sizes [3] strides [1] : tensor<7xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.concat [[Y]], [[Y_1]] dim 0 : tensor<4xf64>, tensor<3xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return [[Y_2]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @gather_by_turn(%v: tensor<7xf64>) -> tensor<7xf64> {
  %c3 = arith.constant 3 : index
  %c7 = arith.constant 7 : index
  %y = ten.gather [7] %v (%i) : tensor<7xf64> -> tensor<7xf64> {
    %s = arith.addi %i, %c3 : index
    %k = arith.remui %s, %c7 : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xf64>
}

// One dimension after the other: four slices, not two for each of two parts.
// CHECK-LABEL: func.func @gather_by_two_turns(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7x5xf64>) -> tensor<7x5xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[V]] offsets [3, 0] sizes [4, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[V]] offsets [0, 0] sizes [3, 5] strides [1, 1] : tensor<7x5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.concat [[Y]], [[Y_1]] dim 0 : tensor<4x5xf64>, tensor<3x5xf64> -> tensor<7x5xf64>
// CHECK-NEXT:    [[Y_3:%.*]] = ten.slice [[Y_2]] offsets [0, 2] sizes [7, 3] strides [1, 1] : tensor<7x5xf64> -> tensor<7x3xf64>
// CHECK-NEXT:    [[Y_4:%.*]] = ten.slice [[Y_2]] offsets [0, 0] sizes [7, 2] strides [1, 1] : tensor<7x5xf64> -> tensor<7x2xf64>
// CHECK-NEXT:    [[Y_5:%.*]] = ten.concat [[Y_3]], [[Y_4]] dim 1 : tensor<7x3xf64>, tensor<7x2xf64> -> tensor<7x5xf64>
// CHECK-NEXT:    func.return [[Y_5]] : tensor<7x5xf64>
// CHECK-NEXT:  }
func.func @gather_by_two_turns(%v: tensor<7x5xf64>) -> tensor<7x5xf64> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %y = ten.gather [7, 5] %v (%i, %j) : tensor<7x5xf64> -> tensor<7x5xf64> {
    %s = arith.addi %i, %c3 : index
    %k = arith.remui %s, %c7 : index
    %t = arith.addi %j, %c2 : index
    %l = arith.remui %t, %c5 : index
    ten.yield %k, %l : index, index
  }
  func.return %y : tensor<7x5xf64>
}

// The quotient changes four times, so five slices would replace one gather.
// CHECK-LABEL: func.func @gather_by_many_turns_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[C5:%.*]] = arith.constant 5 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [7] [[V]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<5xf64> -> tensor<7xf64> {
// CHECK-NEXT:      [[S:%.*]] = arith.muli [[I]], [[C4]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.remui [[S]], [[C5]] : index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @gather_by_many_turns_stays(%v: tensor<5xf64>) -> tensor<7xf64> {
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %y = ten.gather [7] %v (%i) : tensor<5xf64> -> tensor<7xf64> {
    %s = arith.muli %i, %c4 : index
    %k = arith.remui %s, %c5 : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xf64>
}

// Both parts would read a diagonal, which is no layout.
// CHECK-LABEL: func.func @gather_by_turn_of_a_diagonal_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<7x7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[C7:%.*]] = arith.constant 7 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [7] [[V]] ([[I:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7x7xf64> -> tensor<7xf64> {
// CHECK-NEXT:      [[S:%.*]] = arith.addi [[I]], [[C3]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.remui [[S]], [[C7]] : index
// CHECK-NEXT:      ten.yield [[I]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @gather_by_turn_of_a_diagonal_stays(%v: tensor<7x7xf64>) -> tensor<7xf64> {
  %c3 = arith.constant 3 : index
  %c7 = arith.constant 7 : index
  %y = ten.gather [7] %v (%i) : tensor<7x7xf64> -> tensor<7xf64> {
    %s = arith.addi %i, %c3 : index
    %k = arith.remui %s, %c7 : index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<7xf64>
}

// CHECK-LABEL: func.func @scatter_by_turn(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<7xi64>) -> tensor<7xi64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[T]] offsets [0] sizes [4] strides [1] : tensor<7xi64> -> tensor<4xi64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[T]] offsets [4] sizes [3] strides [1] : tensor<7xi64> -> tensor<3xi64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.concat [[Y_1]], [[Y]] dim 0 : tensor<3xi64>, tensor<4xi64> -> tensor<7xi64>
// CHECK-NEXT:    func.return [[Y_2]] : tensor<7xi64>
// CHECK-NEXT:  }
func.func @scatter_by_turn(%t: tensor<7xi64>) -> tensor<7xi64> {
  %c3 = arith.constant 3 : index
  %c7 = arith.constant 7 : index
  %y = ten.scatter [7] %t (%i) : tensor<7xi64> -> tensor<7xi64> {
    %s = arith.addi %i, %c3 : index
    %k = arith.remui %s, %c7 : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xi64>
}

// CHECK-LABEL: func.func @scatter_by_two_turns(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<7x5xi64>) -> tensor<7x5xi64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[T]] offsets [0, 0] sizes [4, 5] strides [1, 1] : tensor<7x5xi64> -> tensor<4x5xi64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[T]] offsets [4, 0] sizes [3, 5] strides [1, 1] : tensor<7x5xi64> -> tensor<3x5xi64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.concat [[Y_1]], [[Y]] dim 0 : tensor<3x5xi64>, tensor<4x5xi64> -> tensor<7x5xi64>
// CHECK-NEXT:    [[Y_3:%.*]] = ten.slice [[Y_2]] offsets [0, 0] sizes [7, 3] strides [1, 1] : tensor<7x5xi64> -> tensor<7x3xi64>
// CHECK-NEXT:    [[Y_4:%.*]] = ten.slice [[Y_2]] offsets [0, 3] sizes [7, 2] strides [1, 1] : tensor<7x5xi64> -> tensor<7x2xi64>
// CHECK-NEXT:    [[Y_5:%.*]] = ten.concat [[Y_4]], [[Y_3]] dim 1 : tensor<7x2xi64>, tensor<7x3xi64> -> tensor<7x5xi64>
// CHECK-NEXT:    func.return [[Y_5]] : tensor<7x5xi64>
// CHECK-NEXT:  }
func.func @scatter_by_two_turns(%t: tensor<7x5xi64>) -> tensor<7x5xi64> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %y = ten.scatter [7, 5] %t (%i, %j) : tensor<7x5xi64> -> tensor<7x5xi64> {
    %s = arith.addi %i, %c3 : index
    %k = arith.remui %s, %c7 : index
    %u = arith.addi %j, %c2 : index
    %l = arith.remui %u, %c5 : index
    ten.yield %k, %l : index, index
  }
  func.return %y : tensor<7x5xi64>
}

// CHECK-LABEL: func.func @scatter_by_many_turns_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[C5:%.*]] = arith.constant 5 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [5] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<7xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[S:%.*]] = arith.muli [[I]], [[C4]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.remui [[S]], [[C5]] : index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @scatter_by_many_turns_stays(%t: tensor<7xf64>) -> tensor<5xf64> {
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %y = ten.scatter [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
    %s = arith.muli %i, %c4 : index
    %k = arith.remui %s, %c5 : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// A quotient of unsigned numbers is one of signed numbers where the number is not negative.
// CHECK-LABEL: func.func @unsigned_digits(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<6xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.reshape [[V]] : tensor<2x3xf64> -> tensor<6xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf64>
// CHECK-NEXT:  }
func.func @unsigned_digits(%v: tensor<2x3xf64>) -> tensor<6xf64> {
  %c3 = arith.constant 3 : index
  %y = ten.gather [6] %v (%i) : tensor<2x3xf64> -> tensor<6xf64> {
    %q = arith.divui %i, %c3 : index
    %r = arith.remui %i, %c3 : index
    ten.yield %q, %r : index, index
  }
  func.return %y : tensor<6xf64>
}

// i - 3 is negative at first, so that its unsigned remainder is no digit. Its bounds are known.
// CHECK-LABEL: func.func @unsigned_remainder_of_negative_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<6xf64> {
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [6] [[V]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[S:%.*]] = arith.subi [[I]], [[C3]] : index
// CHECK-NEXT:      [[R:%.*]] = arith.remui [[S]], [[C4]] : index
// CHECK-NEXT:      ten.yield [[R]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf64>
// CHECK-NEXT:  }
func.func @unsigned_remainder_of_negative_stays(%v: tensor<4xf64>) -> tensor<6xf64> {
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %y = ten.gather [6] %v (%i) : tensor<4xf64> -> tensor<6xf64> {
    %s = arith.subi %i, %c3 : index
    %r = arith.remui %s, %c4 : index
    ten.yield %r : index
  }
  func.return %y : tensor<6xf64>
}
