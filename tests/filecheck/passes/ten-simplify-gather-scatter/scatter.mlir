// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Scatters whose maps are layouts, and those that add.

// CHECK-LABEL: func.func @scatter_outside(
// CHECK-NEXT:    %y = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %y_1 = ten.broadcast %y dims [0, 1] : f64 -> tensor<3x2xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<3x2xf64>
func.func @scatter_outside(%t: tensor<4x2xf64>) -> tensor<3x2xf64> {
  %c3 = arith.constant 3 : index
  %y = ten.scatter [3] %t (%i) : tensor<4x2xf64> -> tensor<3x2xf64> {
    %j = arith.addi %i, %c3 : index
    ten.yield %j : index
  }
  func.return %y : tensor<3x2xf64>
}

// The first row is inside.
// CHECK-LABEL: func.func @scatter_outside_but_for_one(
// CHECK-NEXT:    %y = ten.slice %t offsets [0, 0] sizes [1, 2] strides [1, 1] : tensor<4x2xf64> -> tensor<1x2xf64>
// CHECK-NEXT:    %y_1 = ten.pad %y low [2, 0] high [0, 0] interior [0, 0] : tensor<1x2xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<3x2xf64>
func.func @scatter_outside_but_for_one(%t: tensor<4x2xf64>) -> tensor<3x2xf64> {
  %c2 = arith.constant 2 : index
  %y = ten.scatter [3] %t (%i) : tensor<4x2xf64> -> tensor<3x2xf64> {
    %j = arith.addi %i, %c2 : index
    ten.yield %j : index
  }
  func.return %y : tensor<3x2xf64>
}

// CHECK-LABEL: func.func @scatter_without_argument(
// CHECK-NEXT:    %y = ten.sum %t dims [1] : tensor<4x5xf64> -> tensor<4xf64>
// CHECK-NEXT:    %y_1 = ten.scatter [3] %y (%0) : tensor<4xf64> -> tensor<3xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y_1 : tensor<3xf64>
func.func @scatter_without_argument(%t: tensor<4x5xf64>, %p: tensor<4xindex>) -> tensor<3xf64> {
  %y = ten.scatter [3] %t (%i, %j) : tensor<4x5xf64> -> tensor<3xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @scatter_to_trailing_argument(
// CHECK-NEXT:    %y = ten.scatter [3] %t (%0) : tensor<4x2xf64> -> tensor<3x2xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x2xf64>
func.func @scatter_to_trailing_argument(%t: tensor<4x2xf64>, %p: tensor<4xindex>) -> tensor<3x2xf64> {
  %y = ten.scatter [3, 2] %t (%i, %j) : tensor<4x2xf64> -> tensor<3x2xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<3x2xf64>
}

// CHECK-LABEL: func.func @scatter_to_trailing_argument_of_more_stays(
// CHECK-NEXT:    %y = ten.scatter [3, 5] %t (%i, %j) : tensor<4x2xf64> -> tensor<3x5xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k, %j : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x5xf64>
func.func @scatter_to_trailing_argument_of_more_stays(%t: tensor<4x2xf64>, %p: tensor<4xindex>) -> tensor<3x5xf64> {
  %y = ten.scatter [3, 5] %t (%i, %j) : tensor<4x2xf64> -> tensor<3x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<3x5xf64>
}

// CHECK-LABEL: func.func @scatter_to_constant(
// CHECK-NEXT:    %y = ten.scatter [5] %t (%0) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_1 = ten.reshape %y : tensor<5xf64> -> tensor<1x5xf64>
// CHECK-NEXT:    %y_2 = ten.pad %y_1 low [1, 0] high [1, 0] interior [0, 0] : tensor<1x5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<3x5xf64>
func.func @scatter_to_constant(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<3x5xf64> {
  %c1 = arith.constant 1 : index
  %y = ten.scatter [3, 5] %t (%i) : tensor<4xf64> -> tensor<3x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %c1, %k : index, index
  }
  func.return %y : tensor<3x5xf64>
}

// One place of all: the sum.
// CHECK-LABEL: func.func @scatter_to_constant_place(
// CHECK-NEXT:    %y = ten.sum %t dims [0] : tensor<4xf64> -> f64
// CHECK-NEXT:    %y_1 = ten.reshape %y : f64 -> tensor<1xf64>
// CHECK-NEXT:    %y_2 = ten.pad %y_1 low [1] high [1] interior [0] : tensor<1xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<3xf64>
func.func @scatter_to_constant_place(%t: tensor<4xf64>) -> tensor<3xf64> {
  %c1 = arith.constant 1 : index
  %y = ten.scatter [3] %t (%i) : tensor<4xf64> -> tensor<3xf64> {
    ten.yield %c1 : index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @scatter_to_multiple(
// CHECK-NEXT:    %y = ten.pad %t low [0, 1] high [1, 0] interior [0, 1] : tensor<3x4xf64> -> tensor<4x8xf64>
// CHECK-NEXT:    func.return %y : tensor<4x8xf64>
func.func @scatter_to_multiple(%t: tensor<3x4xf64>) -> tensor<4x8xf64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = ten.scatter [4, 8] %t (%i, %j) : tensor<3x4xf64> -> tensor<4x8xf64> {
    %d = arith.muli %j, %c2 : index
    %k = arith.addi %d, %c1 : index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<4x8xf64>
}

// Backwards, and beyond both ends: 8, 6, …, -2 of 0 … 6.
// CHECK-LABEL: func.func @scatter_to_multiple_outside(
// CHECK-NEXT:    %y = ten.slice %t offsets [1] sizes [4] strides [1] : tensor<6xf64> -> tensor<4xf64>
// CHECK-NEXT:    %y_1 = ten.reverse %y dims [0] : tensor<4xf64>
// CHECK-NEXT:    %y_2 = ten.pad %y_1 low [0] high [0] interior [1] : tensor<4xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<7xf64>
func.func @scatter_to_multiple_outside(%t: tensor<6xf64>) -> tensor<7xf64> {
  %c8 = arith.constant 8 : index
  %c2 = arith.constant 2 : index
  %y = ten.scatter [7] %t (%i) : tensor<6xf64> -> tensor<7xf64> {
    %d = arith.muli %i, %c2 : index
    %k = arith.subi %c8, %d : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xf64>
}

// CHECK-LABEL: func.func @scatter_by_permutation(
// CHECK-NEXT:    %y = ten.transpose %t perm [1, 0, 2] : tensor<2x3x4xf64> -> tensor<3x2x4xf64>
// CHECK-NEXT:    func.return %y : tensor<3x2x4xf64>
func.func @scatter_by_permutation(%t: tensor<2x3x4xf64>) -> tensor<3x2x4xf64> {
  %y = ten.scatter [3, 2] %t (%i, %j) : tensor<2x3x4xf64> -> tensor<3x2x4xf64> {
    ten.yield %j, %i : index, index
  }
  func.return %y : tensor<3x2x4xf64>
}

// CHECK-LABEL: func.func @scatter_to_quotient(
// CHECK-NEXT:    %y = ten.reshape %t : tensor<12xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    func.return %y : tensor<3x4xf64>
func.func @scatter_to_quotient(%t: tensor<12xf64>) -> tensor<3x4xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.scatter [3, 4] %t (%i) : tensor<12xf64> -> tensor<3x4xf64> {
    %q = arith.floordivsi %i, %c4 : index
    %r = arith.remsi %i, %c4 : index
    ten.yield %q, %r : index, index
  }
  func.return %y : tensor<3x4xf64>
}

// CHECK-LABEL: func.func @scatter_to_quotient_transposed(
// CHECK-NEXT:    %y = ten.reshape %t : tensor<12xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    %y_1 = ten.transpose %y perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<4x3xf64>
func.func @scatter_to_quotient_transposed(%t: tensor<12xf64>) -> tensor<4x3xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.scatter [4, 3] %t (%i) : tensor<12xf64> -> tensor<4x3xf64> {
    %q = arith.floordivsi %i, %c4 : index
    %r = arith.remsi %i, %c4 : index
    ten.yield %r, %q : index, index
  }
  func.return %y : tensor<4x3xf64>
}

// CHECK-LABEL: func.func @scatter_to_sum(
// CHECK-NEXT:    %y = ten.reshape %t : tensor<3x4xf64> -> tensor<12xf64>
// CHECK-NEXT:    func.return %y : tensor<12xf64>
func.func @scatter_to_sum(%t: tensor<3x4xf64>) -> tensor<12xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.scatter [12] %t (%i, %j) : tensor<3x4xf64> -> tensor<12xf64> {
    %q = arith.muli %i, %c4 : index
    %k = arith.addi %q, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<12xf64>
}

// The scatter drops the element for place 11. A reshape would keep it.
// CHECK-LABEL: func.func @scatter_to_sum_outside_is_no_reshape(
// CHECK-NEXT:    %y = ten.gather [11, 3] %t (%0, %1) {unique} : tensor<3x4xf64> -> tensor<11x3xf64> {
// CHECK-NEXT:    %2 = arith.constant -4 : index
// CHECK-NEXT:    %3 = arith.muli %1, %2 : index
// CHECK-NEXT:    %4 = arith.addi %0, %3 : index
// CHECK-NEXT:    ten.yield %1, %4 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_1 = ten.sum %y dims [1] : tensor<11x3xf64> -> tensor<11xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<11xf64>
func.func @scatter_to_sum_outside_is_no_reshape(%t: tensor<3x4xf64>) -> tensor<11xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.scatter [11] %t (%i, %j) : tensor<3x4xf64> -> tensor<11xf64> {
    %q = arith.muli %i, %c4 : index
    %k = arith.addi %q, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<11xf64>
}

// CHECK-LABEL: func.func @scatter_to_digits(
// CHECK-NEXT:    %y = ten.pad %t low [0] high [0] interior [3] : tensor<3xf64> -> tensor<9xf64>
// CHECK-NEXT:    %y_1 = ten.reshape %y : tensor<9xf64> -> tensor<3x3xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<3x3xf64>
func.func @scatter_to_digits(%t: tensor<3xf64>) -> tensor<3x3xf64> {
  %y = ten.scatter [3, 3] %t (%i) : tensor<3xf64> -> tensor<3x3xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %y : tensor<3x3xf64>
}

// (2, 2) is outside, and not the first of a third row.
// CHECK-LABEL: func.func @scatter_to_digits_outside_stays(
// CHECK-NEXT:    %y = ten.scatter [3, 2] %t (%i) {unique} : tensor<3xf64> -> tensor<3x2xf64> {
// CHECK-NEXT:    ten.yield %i, %i : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x2xf64>
func.func @scatter_to_digits_outside_stays(%t: tensor<3xf64>) -> tensor<3x2xf64> {
  %y = ten.scatter [3, 2] %t (%i) : tensor<3xf64> -> tensor<3x2xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %y : tensor<3x2xf64>
}

// CHECK-LABEL: func.func @scatter_to_sum_beside_data_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<3x4x2xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<2xindex>) -> tensor<12x7xf64> {
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [12, 7] [[T]] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]], [[L:%[^ ,:)]+]]) : tensor<3x4x2xf64> -> tensor<12x7xf64> {
// CHECK-NEXT:      [[Q:%.*]] = arith.muli [[I]], [[C4]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[Q]], [[J]] : index
// CHECK-NEXT:      [[M:%.*]] = ten.index [[P]]{{\[}}[[L]]] : tensor<2xindex> -> index
// CHECK-NEXT:      ten.yield [[K]], [[M]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<12x7xf64>
// CHECK-NEXT:  }
func.func @scatter_to_sum_beside_data_stays(%t: tensor<3x4x2xf64>, %p: tensor<2xindex>) -> tensor<12x7xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.scatter [12, 7] %t (%i, %j, %l) : tensor<3x4x2xf64> -> tensor<12x7xf64> {
    %q = arith.muli %i, %c4 : index
    %k = arith.addi %q, %j : index
    %m = ten.index %p[%l] : tensor<2xindex> -> index
    ten.yield %k, %m : index, index
  }
  func.return %y : tensor<12x7xf64>
}

// CHECK-LABEL: func.func @scatter_to_window(
// CHECK-NEXT:    %y = ten.gather [7, 3] %t (%0, %1) {unique} : tensor<5x3xf64> -> tensor<7x3xf64> {
// CHECK-NEXT:    %2 = arith.subi %0, %1 : index
// CHECK-NEXT:    ten.yield %2, %1 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_1 = ten.sum %y dims [1] : tensor<7x3xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<7xf64>
func.func @scatter_to_window(%t: tensor<5x3xf64>) -> tensor<7xf64> {
  %y = ten.scatter [7] %t (%i, %p) : tensor<5x3xf64> -> tensor<7xf64> {
    %k = arith.addi %i, %p : index
    ten.yield %k : index
  }
  func.return %y : tensor<7xf64>
}

// Most of 70 places get nothing: a gather would read 70 · 3 elements for 15.
// CHECK-LABEL: func.func @scatter_to_wide_window_stays(
// CHECK-NEXT:    %y = ten.scatter [70] %t (%i, %p) {in_bounds} : tensor<5x3xf64> -> tensor<70xf64> {
// CHECK-NEXT:    %k = arith.addi %i, %p : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<70xf64>
func.func @scatter_to_wide_window_stays(%t: tensor<5x3xf64>) -> tensor<70xf64> {
  %y = ten.scatter [70] %t (%i, %p) : tensor<5x3xf64> -> tensor<70xf64> {
    %k = arith.addi %i, %p : index
    ten.yield %k : index
  }
  func.return %y : tensor<70xf64>
}

// CHECK-LABEL: func.func @scatter_to_strides(
// CHECK-NEXT:    %y = ten.pad %t low [0, 0] high [0, 0] interior [1, 0] : tensor<6x3xf64> -> tensor<11x3xf64>
// CHECK-NEXT:    %y_1 = ten.gather [13, 3] %y (%0, %1) {unique} : tensor<11x3xf64> -> tensor<13x3xf64> {
// CHECK-NEXT:    %2 = arith.subi %0, %1 : index
// CHECK-NEXT:    ten.yield %2, %1 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_2 = ten.sum %y_1 dims [1] : tensor<13x3xf64> -> tensor<13xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<13xf64>
func.func @scatter_to_strides(%t: tensor<6x3xf64>) -> tensor<13xf64> {
  %c2 = arith.constant 2 : index
  %y = ten.scatter [13] %t (%i, %p) : tensor<6x3xf64> -> tensor<13xf64> {
    %d = arith.muli %i, %c2 : index
    %k = arith.addi %d, %p : index
    ten.yield %k : index
  }
  func.return %y : tensor<13xf64>
}

// With zeros between, too, it would read many times what it adds.
// CHECK-LABEL: func.func @scatter_to_wide_strides_stays(
// CHECK-NEXT:    %c2 = arith.constant 2 : index
// CHECK-NEXT:    %y = ten.scatter [99] %t (%i, %p) {in_bounds, sorted} : tensor<6x3xf64> -> tensor<99xf64> {
// CHECK-NEXT:    %d = arith.muli %i, %c2 : index
// CHECK-NEXT:    %k = arith.addi %d, %p : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<99xf64>
func.func @scatter_to_wide_strides_stays(%t: tensor<6x3xf64>) -> tensor<99xf64> {
  %c2 = arith.constant 2 : index
  %y = ten.scatter [99] %t (%i, %p) : tensor<6x3xf64> -> tensor<99xf64> {
    %d = arith.muli %i, %c2 : index
    %k = arith.addi %d, %p : index
    ten.yield %k : index
  }
  func.return %y : tensor<99xf64>
}

// CHECK-LABEL: func.func @scatter_of_stack(
// CHECK-NEXT:    %r = arith.addf %x, %z : f64
// CHECK-NEXT:    %r_1 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %r_2 = ten.stack %r, %r_1, %y : f64 -> tensor<3xf64>
// CHECK-NEXT:    func.return %r_2 : tensor<3xf64>
func.func @scatter_of_stack(%x: f64, %y: f64, %z: f64) -> tensor<3xf64> {
  %table = arith.constant dense<[0, 2, 0]> : tensor<3xi64>
  %t = ten.stack %x, %y, %z : f64 -> tensor<3xf64>
  %r = ten.scatter [3] %t (%i) : tensor<3xf64> -> tensor<3xf64> {
    %k = ten.index %table[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %k : i64 to index
    ten.yield %j : index
  }
  func.return %r : tensor<3xf64>
}

// A row at -1 is dropped; it must not become the last one.
// CHECK-LABEL: func.func @scatter_of_stack_outside(
// CHECK-NEXT:    %r = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %r_1 = ten.stack %z, %r, %x : f64 -> tensor<3xf64>
// CHECK-NEXT:    func.return %r_1 : tensor<3xf64>
func.func @scatter_of_stack_outside(%x: f64, %y: f64, %z: f64) -> tensor<3xf64> {
  %table = arith.constant dense<[2, -1, 0]> : tensor<3xi64>
  %t = ten.stack %x, %y, %z : f64 -> tensor<3xf64>
  %r = ten.scatter [3] %t (%i) : tensor<3xf64> -> tensor<3xf64> {
    %k = ten.index %table[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %k : i64 to index
    ten.yield %j : index
  }
  func.return %r : tensor<3xf64>
}

// CHECK-LABEL: func.func @scatter_of_stack_at_data_stays(
// CHECK-NEXT:    %t = ten.stack %x, %y, %z : f64 -> tensor<3xf64>
// CHECK-NEXT:    %r = ten.scatter [3] %t (%i) : tensor<3xf64> -> tensor<3xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<3xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %r : tensor<3xf64>
func.func @scatter_of_stack_at_data_stays(%x: f64, %y: f64, %z: f64, %p: tensor<3xindex>) -> tensor<3xf64> {
  %t = ten.stack %x, %y, %z : f64 -> tensor<3xf64>
  %r = ten.scatter [3] %t (%i) : tensor<3xf64> -> tensor<3xf64> {
    %k = ten.index %p[%i] : tensor<3xindex> -> index
    ten.yield %k : index
  }
  func.return %r : tensor<3xf64>
}

// A stack of 13 values, most of them 0, would take the place of one of three.
// CHECK-LABEL: func.func @scatter_of_stack_to_many_places_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[Y:%[^ ,:)]+]]: f64, [[Z:%[^ ,:)]+]]: f64) -> tensor<13xf64> {
// CHECK-NEXT:    [[TABLE:%.*]] = arith.constant dense<[0, 2, 0]> : tensor<3xi64>
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]], [[Z]] : f64 -> tensor<3xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.scatter [13] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<3xf64> -> tensor<13xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[TABLE]]{{\[}}[[I]]] : tensor<3xi64> -> i64{{$}}
// CHECK-NEXT:      [[J:%.*]] = arith.index_cast [[K]] : i64 to index
// CHECK-NEXT:      ten.yield [[J]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<13xf64>
// CHECK-NEXT:  }
func.func @scatter_of_stack_to_many_places_stays(%x: f64, %y: f64, %z: f64) -> tensor<13xf64> {
  %table = arith.constant dense<[0, 2, 0]> : tensor<3xi64>
  %t = ten.stack %x, %y, %z : f64 -> tensor<3xf64>
  %r = ten.scatter [13] %t (%i) : tensor<3xf64> -> tensor<13xf64> {
    %k = ten.index %table[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %k : i64 to index
    ten.yield %j : index
  }
  func.return %r : tensor<13xf64>
}

// The stack is needed as it is, too.
// CHECK-LABEL: func.func @scatter_of_stack_with_other_use_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: f64) -> (tensor<3xf64>, tensor<3xf64>) {
// CHECK-NEXT:    [[TABLE:%.*]] = arith.constant dense<[0, 2, 0]> : tensor<3xi64>
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]], [[Z]] : f64 -> tensor<3xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.scatter [3] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<3xf64> -> tensor<3xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[TABLE]]{{\[}}[[I]]] : tensor<3xi64> -> i64{{$}}
// CHECK-NEXT:      [[J:%.*]] = arith.index_cast [[K]] : i64 to index
// CHECK-NEXT:      ten.yield [[J]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[T]], [[R]] : tensor<3xf64>, tensor<3xf64>
// CHECK-NEXT:  }
func.func @scatter_of_stack_with_other_use_stays(%x: f64, %y: f64, %z: f64) -> (tensor<3xf64>, tensor<3xf64>) {
  %table = arith.constant dense<[0, 2, 0]> : tensor<3xi64>
  %t = ten.stack %x, %y, %z : f64 -> tensor<3xf64>
  %r = ten.scatter [3] %t (%i) : tensor<3xf64> -> tensor<3xf64> {
    %k = ten.index %table[%i] : tensor<3xi64> -> i64
    %j = arith.index_cast %k : i64 to index
    ten.yield %j : index
  }
  func.return %t, %r : tensor<3xf64>, tensor<3xf64>
}

// The rows of the stack are taken apart.
// CHECK-LABEL: func.func @scatter_of_stack_by_element_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<3xindex>) -> tensor<4xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]] : tensor<3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.scatter [4] [[T]] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<2x3xf64> -> tensor<4xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[J]]] : tensor<3xindex> -> index
// CHECK-NEXT:      [[L:%.*]] = arith.addi [[I]], [[K]] : index
// CHECK-NEXT:      ten.yield [[L]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[R]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @scatter_of_stack_by_element_stays(%x: tensor<3xf64>, %y: tensor<3xf64>, %p: tensor<3xindex>) -> tensor<4xf64> {
  %t = ten.stack %x, %y : tensor<3xf64> -> tensor<2x3xf64>
  %r = ten.scatter [4] %t (%i, %j) : tensor<2x3xf64> -> tensor<4xf64> {
    %k = ten.index %p[%j] : tensor<3xindex> -> index
    %l = arith.addi %i, %k : index
    ten.yield %l : index
  }
  func.return %r : tensor<4xf64>
}

// CHECK-LABEL: func.func @scatter_of_transpose(
// CHECK-NEXT:    %y = ten.scatter [5, 3] %x (%0, %1) : tensor<3x4xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %2 = ten.index %p[%1] : tensor<4xindex> -> index
// CHECK-NEXT:    %3 = arith.addi %2, %0 : index
// CHECK-NEXT:    ten.yield %3, %0 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x3xf64>
func.func @scatter_of_transpose(%x: tensor<3x4xf64>, %p: tensor<4xindex>) -> tensor<5x3xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
  %y = ten.scatter [5, 3] %t (%i, %j) : tensor<4x3xf64> -> tensor<5x3xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    %l = arith.addi %k, %j : index
    ten.yield %l, %j : index, index
  }
  func.return %y : tensor<5x3xf64>
}

// CHECK-LABEL: func.func @scatter_of_transpose_of_rows_stays(
// CHECK-NEXT:    %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    %y = ten.scatter [5] %t (%i) : tensor<4x3xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x3xf64>
func.func @scatter_of_transpose_of_rows_stays(%x: tensor<3x4xf64>, %p: tensor<4xindex>) -> tensor<5x3xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
  %y = ten.scatter [5] %t (%i) : tensor<4x3xf64> -> tensor<5x3xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5x3xf64>
}

// Both maps are in bounds: %c is clamped.
// CHECK-LABEL: func.func @scatter_of_scatter(
// CHECK-NEXT:    %y = ten.scatter [3] %t (%0) {in_bounds} : tensor<4xf64> -> tensor<3xf64> {
// CHECK-NEXT:    %1 = arith.constant 2 : index
// CHECK-NEXT:    %2 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    %3 = arith.constant 0 : index
// CHECK-NEXT:    %4 = arith.maxsi %2, %3 : index
// CHECK-NEXT:    %5 = arith.constant 5 : index
// CHECK-NEXT:    %6 = arith.minsi %4, %5 : index
// CHECK-NEXT:    %7 = arith.floordivsi %6, %1 : index
// CHECK-NEXT:    ten.yield %7 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @scatter_of_scatter(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %d = ten.index %p[%i] : tensor<4xindex> -> index
    %e = arith.maxsi %d, %c0 : index
    %k = arith.minsi %e, %c5 : index
    ten.yield %k : index
  }
  %y = ten.scatter [3] %s (%i) : tensor<6xf64> -> tensor<3xf64> {
    %k = arith.floordivsi %i, %c2 : index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// %s drops an element for place 6, which is outside. This element must not go to 5.
// CHECK-LABEL: func.func @scatter_of_scatter_outside_stays(
// CHECK-NEXT:    %c2 = arith.constant 2 : index
// CHECK-NEXT:    %c3 = arith.constant 3 : index
// CHECK-NEXT:    %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.scatter [9] %s (%i_1) {in_bounds} : tensor<6xf64> -> tensor<9xf64> {
// CHECK-NEXT:    %k2 = arith.floordivsi %i_1, %c2 : index
// CHECK-NEXT:    %k3 = arith.floordivsi %i_1, %c3 : index
// CHECK-NEXT:    %k_1 = arith.addi %k2, %k3 : index
// CHECK-NEXT:    ten.yield %k_1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<9xf64>
func.func @scatter_of_scatter_outside_stays(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<9xf64> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = ten.scatter [9] %s (%i) : tensor<6xf64> -> tensor<9xf64> {
    %k2 = arith.floordivsi %i, %c2 : index
    %k3 = arith.floordivsi %i, %c3 : index
    %k = arith.addi %k2, %k3 : index
    ten.yield %k : index
  }
  func.return %y : tensor<9xf64>
}

// The inner scatter is needed as it is, too.
// CHECK-LABEL: func.func @scatter_of_scatter_with_other_use_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> (tensor<6xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[C5:%.*]] = arith.constant 5 : index
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[D:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      [[E:%.*]] = arith.maxsi [[D]], [[C0]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.minsi [[E]], [[C5]] : index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [4] [[S]] ([[I_1:%[^ ,:)]+]]) {in_bounds} : tensor<6xf64> -> tensor<4xf64> {
// CHECK-NEXT:      [[K2:%.*]] = arith.floordivsi [[I_1]], [[C2]] : index
// CHECK-NEXT:      [[K3:%.*]] = arith.floordivsi [[I_1]], [[C3]] : index
// CHECK-NEXT:      [[K_1:%.*]] = arith.addi [[K2]], [[K3]] : index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[S]], [[Y]] : tensor<6xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @scatter_of_scatter_with_other_use_stays(%t: tensor<4xf64>, %p: tensor<4xindex>) -> (tensor<6xf64>, tensor<4xf64>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %d = ten.index %p[%i] : tensor<4xindex> -> index
    %e = arith.maxsi %d, %c0 : index
    %k = arith.minsi %e, %c5 : index
    ten.yield %k : index
  }
  %y = ten.scatter [4] %s (%i) : tensor<6xf64> -> tensor<4xf64> {
    %k2 = arith.floordivsi %i, %c2 : index
    %k3 = arith.floordivsi %i, %c3 : index
    %k = arith.addi %k2, %k3 : index
    ten.yield %k : index
  }
  func.return %s, %y : tensor<6xf64>, tensor<4xf64>
}

// CHECK-LABEL: func.func @scatter_of_scatter_to_data_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>,
// CHECK-SAME: [[Q:%[^ ,:)]+]]: tensor<6xindex>) -> tensor<3xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C5:%.*]] = arith.constant 5 : index
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[D:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      [[E:%.*]] = arith.maxsi [[D]], [[C0]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.minsi [[E]], [[C5]] : index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [3] [[S]] ([[I_1:%[^ ,:)]+]]) : tensor<6xf64> -> tensor<3xf64> {
// CHECK-NEXT:      [[K_1:%.*]] = ten.index [[Q]]{{\[}}[[I_1]]] : tensor<6xindex> -> index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @scatter_of_scatter_to_data_stays(%t: tensor<4xf64>, %p: tensor<4xindex>, %q: tensor<6xindex>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c5 = arith.constant 5 : index
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %d = ten.index %p[%i] : tensor<4xindex> -> index
    %e = arith.maxsi %d, %c0 : index
    %k = arith.minsi %e, %c5 : index
    ten.yield %k : index
  }
  %y = ten.scatter [3] %s (%i) : tensor<6xf64> -> tensor<3xf64> {
    %k = ten.index %q[%i] : tensor<6xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// The map of the inner scatter has no formula: an op in its region has a region itself.
// CHECK-LABEL: func.func @scatter_of_scatter_without_formula_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7xindex>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<4xf64> {
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6] [[T]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[NEAR:%.*]] = ten.gather [3] [[P]] ([[J:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7xindex> -> tensor<3xindex> {
// CHECK-NEXT:        [[L:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:        ten.yield [[L]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[K:%.*]] = ten.index [[NEAR]]{{\[}}[[N]]] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [4] [[S]] ([[I_1:%[^ ,:)]+]]) {in_bounds} : tensor<6xf64> -> tensor<4xf64> {
// CHECK-NEXT:      [[K2:%.*]] = arith.floordivsi [[I_1]], [[C2]] : index
// CHECK-NEXT:      [[K3:%.*]] = arith.floordivsi [[I_1]], [[C3]] : index
// CHECK-NEXT:      [[K_1:%.*]] = arith.addi [[K2]], [[K3]] : index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @scatter_of_scatter_without_formula_stays(%t: tensor<4xf64>, %p: tensor<7xindex>, %n: index) -> tensor<4xf64> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %near = ten.gather [3] %p (%j) : tensor<7xindex> -> tensor<3xindex> {
      %l = arith.addi %i, %j : index
      ten.yield %l : index
    }
    %k = ten.index %near[%n] : tensor<3xindex> -> index
    ten.yield %k : index
  }
  %y = ten.scatter [4] %s (%i) : tensor<6xf64> -> tensor<4xf64> {
    %k2 = arith.floordivsi %i, %c2 : index
    %k3 = arith.floordivsi %i, %c3 : index
    %k = arith.addi %k2, %k3 : index
    ten.yield %k : index
  }
  func.return %y : tensor<4xf64>
}

// The inner index is a formula of many parts. In two indices it would be above the limit.
// CHECK-LABEL: func.func @scatter_of_scatter_by_large_formulas_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7x7xindex>) -> tensor<14x7xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C13:%.*]] = arith.constant 13 : index
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [14] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<4xf64> -> tensor<14xf64> {
// CHECK-NEXT:      [[A0:%.*]] = ten.index [[P]]{{\[}}[[I]], [[I]]] : tensor<7x7xindex> -> index
// CHECK-NEXT:      [[A1:%.*]] = ten.index [[P]]{{\[}}[[A0]], [[A0]]] : tensor<7x7xindex> -> index
// CHECK-NEXT:      [[A2:%.*]] = ten.index [[P]]{{\[}}[[A1]], [[A1]]] : tensor<7x7xindex> -> index
// CHECK-NEXT:      [[A3:%.*]] = ten.index [[P]]{{\[}}[[A2]], [[A2]]] : tensor<7x7xindex> -> index
// CHECK-NEXT:      [[A4:%.*]] = ten.index [[P]]{{\[}}[[A3]], [[A3]]] : tensor<7x7xindex> -> index
// CHECK-NEXT:      [[D:%.*]] = arith.maxsi [[A4]], [[C0]] : index
// CHECK-NEXT:      [[E:%.*]] = arith.minsi [[D]], [[C13]] : index
// CHECK-NEXT:      ten.yield [[E]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.reshape [[S]] : tensor<14xf64> -> tensor<7x2xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.pad [[Y]] low [0, 0] high [0, 7] interior [0, 6] : tensor<7x2xf64> -> tensor<7x15xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.reshape [[Y_1]] : tensor<7x15xf64> -> tensor<105xf64>
// CHECK-NEXT:    [[Y_3:%.*]] = ten.slice [[Y_2]] offsets [0] sizes [98] strides [1] : tensor<105xf64> -> tensor<98xf64>
// CHECK-NEXT:    [[Y_4:%.*]] = ten.reshape [[Y_3]] : tensor<98xf64> -> tensor<14x7xf64>
// CHECK-NEXT:    func.return [[Y_4]] : tensor<14x7xf64>
// CHECK-NEXT:  }
func.func @scatter_of_scatter_by_large_formulas_stays(%t: tensor<4xf64>, %p: tensor<7x7xindex>) -> tensor<14x7xf64> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c13 = arith.constant 13 : index
  %s = ten.scatter [14] %t (%i) : tensor<4xf64> -> tensor<14xf64> {
    %a0 = ten.index %p[%i, %i] : tensor<7x7xindex> -> index
    %a1 = ten.index %p[%a0, %a0] : tensor<7x7xindex> -> index
    %a2 = ten.index %p[%a1, %a1] : tensor<7x7xindex> -> index
    %a3 = ten.index %p[%a2, %a2] : tensor<7x7xindex> -> index
    %a4 = ten.index %p[%a3, %a3] : tensor<7x7xindex> -> index
    %d = arith.maxsi %a4, %c0 : index
    %e = arith.minsi %d, %c13 : index
    ten.yield %e : index
  }
  %y = ten.scatter [14, 7] %s (%i) : tensor<14xf64> -> tensor<14x7xf64> {
    %k = arith.floordivsi %i, %c2 : index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<14x7xf64>
}

// CHECK-LABEL: func.func @sum_of_scatter(
// CHECK-NEXT:    %y = ten.scatter [5] %t (%0) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @sum_of_scatter(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<5xf64> {
  %s = ten.scatter [4, 5] %t (%i) : tensor<4xf64> -> tensor<4x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.sum %s dims [0] : tensor<4x5xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// A dropped element must not be added. The result's size counts, 3, and not the size of %t.
// CHECK-LABEL: func.func @sum_of_scatter_outside_stays(
// CHECK-NEXT:    %s = ten.scatter [3, 5] %t (%i) {unique} : tensor<4xf64> -> tensor<3x5xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %i, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.sum %s dims [0] : tensor<3x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @sum_of_scatter_outside_stays(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<5xf64> {
  %s = ten.scatter [3, 5] %t (%i) : tensor<4xf64> -> tensor<3x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.sum %s dims [0] : tensor<3x5xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// The scatter is needed as it is, too.
// CHECK-LABEL: func.func @sum_of_scatter_with_other_use_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> (tensor<4x5xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [4, 5] [[T]] ([[I:%[^ ,:)]+]]) {unique} : tensor<4xf64> -> tensor<4x5xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[I]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.sum [[S]] dims [0] : tensor<4x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[S]], [[Y]] : tensor<4x5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @sum_of_scatter_with_other_use_stays(%t: tensor<4xf64>, %p: tensor<4xindex>) -> (tensor<4x5xf64>, tensor<5xf64>) {
  %s = ten.scatter [4, 5] %t (%i) : tensor<4xf64> -> tensor<4x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.sum %s dims [0] : tensor<4x5xf64> -> tensor<5xf64>
  func.return %s, %y : tensor<4x5xf64>, tensor<5xf64>
}

// The map has no formula: an op in its region has a region itself.
// CHECK-LABEL: func.func @sum_of_scatter_without_formula_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7xindex>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<5xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [4, 5] [[T]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<4x5xf64> {
// CHECK-NEXT:      [[NEAR:%.*]] = ten.gather [3] [[P]] ([[J:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7xindex> -> tensor<3xindex> {
// CHECK-NEXT:        [[L:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:        ten.yield [[L]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[K:%.*]] = ten.index [[NEAR]]{{\[}}[[N]]] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield [[I]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.sum [[S]] dims [0] : tensor<4x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @sum_of_scatter_without_formula_stays(%t: tensor<4xf64>, %p: tensor<7xindex>, %n: index) -> tensor<5xf64> {
  %s = ten.scatter [4, 5] %t (%i) : tensor<4xf64> -> tensor<4x5xf64> {
    %near = ten.gather [3] %p (%j) : tensor<7xindex> -> tensor<3xindex> {
      %l = arith.addi %i, %j : index
      ten.yield %l : index
    }
    %k = ten.index %near[%n] : tensor<3xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.sum %s dims [0] : tensor<4x5xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @slice_of_scatter(
// CHECK-NEXT:    %y = ten.scatter [3] %t (%0) : tensor<4xf64> -> tensor<3xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    %2 = arith.constant -2 : index
// CHECK-NEXT:    %3 = arith.addi %1, %2 : index
// CHECK-NEXT:    ten.yield %3 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @slice_of_scatter(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<3xf64> {
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = ten.slice %s offsets [2] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// The scatter is needed as it is, too.
// CHECK-LABEL: func.func @slice_of_scatter_with_other_use_stays(
// CHECK-NEXT:    %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.slice %s offsets [2] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return %s, %y : tensor<6xf64>, tensor<3xf64>
func.func @slice_of_scatter_with_other_use_stays(%t: tensor<4xf64>, %p: tensor<4xindex>) -> (tensor<6xf64>, tensor<3xf64>) {
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = ten.slice %s offsets [2] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
  func.return %s, %y : tensor<6xf64>, tensor<3xf64>
}

// A slice of one element takes one step, whatever its stride is.
// CHECK-LABEL: func.func @slice_of_scatter_to_one_element(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>, [[P:%[^ ,:)]+]]: tensor<4xindex>) -> tensor<1xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [1] [[T]] ([[ARG:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<1xf64> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[P]]{{\[}}[[ARG]]] : tensor<4xindex> -> index
// CHECK-NEXT:      [[CONSTANT:%.*]] = arith.constant -2 : index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[INDEX]], [[CONSTANT]] : index
// CHECK-NEXT:      ten.yield [[ADDI]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<1xf64>
// CHECK-NEXT:  }
func.func @slice_of_scatter_to_one_element(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<1xf64> {
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = ten.slice %s offsets [2] sizes [1] strides [3] : tensor<6xf64> -> tensor<1xf64>
  func.return %y : tensor<1xf64>
}

// The map has no formula: an op in its region has a region itself.
// CHECK-LABEL: func.func @slice_of_scatter_without_formula_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7xindex>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<3xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6] [[T]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[NEAR:%.*]] = ten.gather [3] [[P]] ([[J:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7xindex> -> tensor<3xindex> {
// CHECK-NEXT:        [[L:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:        ten.yield [[L]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[K:%.*]] = ten.index [[NEAR]]{{\[}}[[N]]] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[S]] offsets [2] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @slice_of_scatter_without_formula_stays(%t: tensor<4xf64>, %p: tensor<7xindex>, %n: index) -> tensor<3xf64> {
  %s = ten.scatter [6] %t (%i) : tensor<4xf64> -> tensor<6xf64> {
    %near = ten.gather [3] %p (%j) : tensor<7xindex> -> tensor<3xindex> {
      %l = arith.addi %i, %j : index
      ten.yield %l : index
    }
    %k = ten.index %near[%n] : tensor<3xindex> -> index
    ten.yield %k : index
  }
  %y = ten.slice %s offsets [2] sizes [3] strides [1] : tensor<6xf64> -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @transpose_of_scatter(
// CHECK-NEXT:    %y = ten.scatter [5, 4] %t (%0) {unique} : tensor<4xf64> -> tensor<5x4xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1, %0 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x4xf64>
func.func @transpose_of_scatter(%t: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<5x4xf64> {
  %s = ten.scatter [4, 5] %t (%i) : tensor<4xf64> -> tensor<4x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.transpose %s perm [1, 0] : tensor<4x5xf64> -> tensor<5x4xf64>
  func.return %y : tensor<5x4xf64>
}

// CHECK-LABEL: func.func @transpose_of_scatter_of_rows_stays(
// CHECK-NEXT:    %s = ten.scatter [5] %t (%i) : tensor<4x2xf64> -> tensor<5x2xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.transpose %s perm [1, 0] : tensor<5x2xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    func.return %y : tensor<2x5xf64>
func.func @transpose_of_scatter_of_rows_stays(%t: tensor<4x2xf64>, %p: tensor<4xindex>) -> tensor<2x5xf64> {
  %s = ten.scatter [5] %t (%i) : tensor<4x2xf64> -> tensor<5x2xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = ten.transpose %s perm [1, 0] : tensor<5x2xf64> -> tensor<2x5xf64>
  func.return %y : tensor<2x5xf64>
}

// The program needs the scatter itself, too.
// CHECK-LABEL: func.func @transpose_of_scatter_with_other_use_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> (tensor<4x5xf64>, tensor<5x4xf64>) {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [4, 5] [[T]] ([[I:%[^ ,:)]+]]) {unique} : tensor<4xf64> -> tensor<4x5xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[I]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[S]] perm [1, 0] : tensor<4x5xf64> -> tensor<5x4xf64>
// CHECK-NEXT:    func.return [[S]], [[Y]] : tensor<4x5xf64>, tensor<5x4xf64>
// CHECK-NEXT:  }
func.func @transpose_of_scatter_with_other_use_stays(%t: tensor<4xf64>, %p: tensor<4xindex>) -> (tensor<4x5xf64>, tensor<5x4xf64>) {
  %s = ten.scatter [4, 5] %t (%i) : tensor<4xf64> -> tensor<4x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.transpose %s perm [1, 0] : tensor<4x5xf64> -> tensor<5x4xf64>
  func.return %s, %y : tensor<4x5xf64>, tensor<5x4xf64>
}

// The map has no formula: an op in its region has a region itself.
// CHECK-LABEL: func.func @transpose_of_scatter_without_formula_stays(
// CHECK-SAME: [[T:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7xindex>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<5x6xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6, 5] [[T]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6x5xf64> {
// CHECK-NEXT:      [[NEAR:%.*]] = ten.gather [3] [[P]] ([[J:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7xindex> -> tensor<3xindex> {
// CHECK-NEXT:        [[L:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:        ten.yield [[L]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[K:%.*]] = ten.index [[NEAR]]{{\[}}[[N]]] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield [[I]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[S]] perm [1, 0] : tensor<6x5xf64> -> tensor<5x6xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<5x6xf64>
// CHECK-NEXT:  }
func.func @transpose_of_scatter_without_formula_stays(%t: tensor<4xf64>, %p: tensor<7xindex>, %n: index) -> tensor<5x6xf64> {
  %s = ten.scatter [6, 5] %t (%i) : tensor<4xf64> -> tensor<6x5xf64> {
    %near = ten.gather [3] %p (%j) : tensor<7xindex> -> tensor<3xindex> {
      %l = arith.addi %i, %j : index
      ten.yield %l : index
    }
    %k = ten.index %near[%n] : tensor<3xindex> -> index
    ten.yield %i, %k : index, index
  }
  %y = ten.transpose %s perm [1, 0] : tensor<6x5xf64> -> tensor<5x6xf64>
  func.return %y : tensor<5x6xf64>
}

// CHECK-LABEL: func.func @add_of_scatters(
// CHECK-NEXT:    %y = arith.addf %a, %b : tensor<4xf64>
// CHECK-NEXT:    %y_1 = ten.scatter [6] %y (%0) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y_1 : tensor<6xf64>
func.func @add_of_scatters(%a: tensor<4xf64>, %b: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<6xf64> {
  %s = ten.scatter [6] %a (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %t = ten.scatter [6] %b (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = arith.addf %s, %t : tensor<6xf64>
  func.return %y : tensor<6xf64>
}

// CHECK-LABEL: func.func @add_of_scatters_by_other_maps_stays(
// CHECK-NEXT:    %s = ten.scatter [6] %a (%i) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %t = ten.scatter [6] %b (%i_1) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %k_1 = ten.index %q[%i_1] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k_1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = arith.addf %s, %t : tensor<6xf64>
// CHECK-NEXT:    func.return %y : tensor<6xf64>
func.func @add_of_scatters_by_other_maps_stays(%a: tensor<4xf64>, %b: tensor<4xf64>, %p: tensor<4xindex>, %q: tensor<4xindex>) -> tensor<6xf64> {
  %s = ten.scatter [6] %a (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %t = ten.scatter [6] %b (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %q[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = arith.addf %s, %t : tensor<6xf64>
  func.return %y : tensor<6xf64>
}

// The first scatter is needed as it is, too.
// CHECK-LABEL: func.func @add_of_scatters_with_other_use_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> (tensor<6xf64>, tensor<6xf64>) {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6] [[A]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[T:%.*]] = ten.scatter [6] [[B]] ([[I_1:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[K_1:%.*]] = ten.index [[P]]{{\[}}[[I_1]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[S]], [[T]] : tensor<6xf64>
// CHECK-NEXT:    func.return [[S]], [[Y]] : tensor<6xf64>, tensor<6xf64>
// CHECK-NEXT:  }
func.func @add_of_scatters_with_other_use_stays(%a: tensor<4xf64>, %b: tensor<4xf64>, %p: tensor<4xindex>) -> (tensor<6xf64>, tensor<6xf64>) {
  %s = ten.scatter [6] %a (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %t = ten.scatter [6] %b (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = arith.addf %s, %t : tensor<6xf64>
  func.return %s, %y : tensor<6xf64>, tensor<6xf64>
}

// The program needs the second scatter itself, too.
// CHECK-LABEL: func.func @add_of_scatters_with_other_use_of_second_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> (tensor<6xf64>, tensor<6xf64>) {
// CHECK-NEXT:    [[S:%.*]] = ten.scatter [6] [[A]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[T:%.*]] = ten.scatter [6] [[B]] ([[I_1:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[K_1:%.*]] = ten.index [[P]]{{\[}}[[I_1]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[K_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[S]], [[T]] : tensor<6xf64>
// CHECK-NEXT:    func.return [[T]], [[Y]] : tensor<6xf64>, tensor<6xf64>
// CHECK-NEXT:  }
func.func @add_of_scatters_with_other_use_of_second_stays(%a: tensor<4xf64>, %b: tensor<4xf64>, %p: tensor<4xindex>) -> (tensor<6xf64>, tensor<6xf64>) {
  %s = ten.scatter [6] %a (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %t = ten.scatter [6] %b (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = arith.addf %s, %t : tensor<6xf64>
  func.return %t, %y : tensor<6xf64>, tensor<6xf64>
}

// The other operand of the sum is no scatter.
// CHECK-LABEL: func.func @add_of_scatter_and_other_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> tensor<6xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.scatter [6] [[B]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[A]], [[T]] : tensor<6xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf64>
// CHECK-NEXT:  }
func.func @add_of_scatter_and_other_stays(%a: tensor<6xf64>, %b: tensor<4xf64>, %p: tensor<4xindex>) -> tensor<6xf64> {
  %t = ten.scatter [6] %b (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  %y = arith.addf %a, %t : tensor<6xf64>
  func.return %y : tensor<6xf64>
}
