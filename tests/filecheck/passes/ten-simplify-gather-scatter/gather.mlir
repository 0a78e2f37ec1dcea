// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Gathers whose maps are layouts.

// CHECK-LABEL: func.func @gather_outside(
// CHECK-NEXT:    %y = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %y_1 = ten.broadcast %y dims [0, 1] : f64 -> tensor<4x2xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<4x2xf64>
func.func @gather_outside(%x: tensor<3x2xf64>) -> tensor<4x2xf64> {
  %c3 = arith.constant 3 : index
  %y = ten.gather [4] %x (%i) : tensor<3x2xf64> -> tensor<4x2xf64> {
    %j = arith.addi %i, %c3 : index
    ten.yield %j : index
  }
  func.return %y : tensor<4x2xf64>
}

// The first row is inside.
// CHECK-LABEL: func.func @gather_outside_but_for_one(
// CHECK-NEXT:    %y = ten.slice %x offsets [2, 0] sizes [1, 2] strides [1, 1] : tensor<3x2xf64> -> tensor<1x2xf64>
// CHECK-NEXT:    %y_1 = ten.pad %y low [0, 0] high [3, 0] interior [0, 0] : tensor<1x2xf64> -> tensor<4x2xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<4x2xf64>
func.func @gather_outside_but_for_one(%x: tensor<3x2xf64>) -> tensor<4x2xf64> {
  %c2 = arith.constant 2 : index
  %y = ten.gather [4] %x (%i) : tensor<3x2xf64> -> tensor<4x2xf64> {
    %j = arith.addi %i, %c2 : index
    ten.yield %j : index
  }
  func.return %y : tensor<4x2xf64>
}

// CHECK-LABEL: func.func @gather_without_argument(
// CHECK-NEXT:    %y = ten.gather [4] %x (%0) : tensor<3xf64> -> tensor<4xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_1 = ten.broadcast %y dims [1] : tensor<4xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<4x5xf64>
func.func @gather_without_argument(%x: tensor<3xf64>, %p: tensor<4xindex>) -> tensor<4x5xf64> {
  %y = ten.gather [4, 5] %x (%i, %j) : tensor<3xf64> -> tensor<4x5xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<4x5xf64>
}

// CHECK-LABEL: func.func @gather_at_trailing_argument(
// CHECK-NEXT:    %y = ten.gather [4] %x (%0) : tensor<3x2xf64> -> tensor<4x2xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<4x2xf64>
func.func @gather_at_trailing_argument(%x: tensor<3x2xf64>, %p: tensor<4xindex>) -> tensor<4x2xf64> {
  %y = ten.gather [4, 2] %x (%i, %j) : tensor<3x2xf64> -> tensor<4x2xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<4x2xf64>
}

// Its range is not the dimension's: the second column is not read.
// CHECK-LABEL: func.func @gather_at_trailing_argument_of_less_stays(
// CHECK-NEXT:    %y = ten.gather [4, 1] %x (%i, %j) : tensor<3x2xf64> -> tensor<4x1xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<4xindex> -> index
// CHECK-NEXT:    ten.yield %k, %j : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<4x1xf64>
func.func @gather_at_trailing_argument_of_less_stays(%x: tensor<3x2xf64>, %p: tensor<4xindex>) -> tensor<4x1xf64> {
  %y = ten.gather [4, 1] %x (%i, %j) : tensor<3x2xf64> -> tensor<4x1xf64> {
    %k = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<4x1xf64>
}

// CHECK-LABEL: func.func @gather_by_identity(
// CHECK-NEXT:    func.return %x : tensor<3x2xf64>
func.func @gather_by_identity(%x: tensor<3x2xf64>) -> tensor<3x2xf64> {
  %y = ten.gather [3, 2] %x (%i, %j) : tensor<3x2xf64> -> tensor<3x2xf64> {
    ten.yield %i, %j : index, index
  }
  func.return %y : tensor<3x2xf64>
}

// CHECK-LABEL: func.func @gather_at_fixed_index(
// CHECK-NEXT:    %y = ten.index %x[%k] : tensor<3x4xf64> -> tensor<4xf64>
// CHECK-NEXT:    %y_1 = ten.gather [5] %y (%0) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y_1 : tensor<5xf64>
func.func @gather_at_fixed_index(%x: tensor<3x4xf64>, %k: index, %p: tensor<5xindex>) -> tensor<5xf64> {
  %y = ten.gather [5] %x (%i) : tensor<3x4xf64> -> tensor<5xf64> {
    %j = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<5xf64>
}

// A column: %x is transposed, for nothing but slices and the like is left.
// CHECK-LABEL: func.func @gather_at_fixed_index_of_column(
// CHECK-NEXT:    %y = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    %y_1 = ten.index %y[%k] : tensor<4x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<3xf64>
func.func @gather_at_fixed_index_of_column(%x: tensor<3x4xf64>, %k: index) -> tensor<3xf64> {
  %y = ten.gather [3] %x (%i) : tensor<3x4xf64> -> tensor<3xf64> {
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @gather_at_fixed_index_of_data_stays(
// CHECK-NEXT:    %y = ten.gather [5] %x (%i) : tensor<3x4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %j = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %j, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_at_fixed_index_of_data_stays(%x: tensor<3x4xf64>, %k: index, %p: tensor<5xindex>) -> tensor<5xf64> {
  %y = ten.gather [5] %x (%i) : tensor<3x4xf64> -> tensor<5xf64> {
    %j = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %j, %k : index, index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather_at_multiple(
// CHECK-NEXT:    %y = ten.slice %x offsets [1] sizes [4] strides [2] : tensor<9xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return %y : tensor<4xf64>
func.func @gather_at_multiple(%x: tensor<9xf64>) -> tensor<4xf64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %y = ten.gather [4] %x (%i) : tensor<9xf64> -> tensor<4xf64> {
    %d = arith.muli %i, %c2 : index
    %k = arith.addi %d, %c1 : index
    ten.yield %k : index
  }
  func.return %y : tensor<4xf64>
}

// Backwards, and beyond both ends: 8, 6, …, -2 of 0 … 6.
// CHECK-LABEL: func.func @gather_at_multiple_outside(
// CHECK-NEXT:    %y = ten.slice %x offsets [0, 0] sizes [4, 2] strides [2, 1] : tensor<7x2xf64> -> tensor<4x2xf64>
// CHECK-NEXT:    %y_1 = ten.reverse %y dims [0] : tensor<4x2xf64>
// CHECK-NEXT:    %y_2 = ten.pad %y_1 low [1, 0] high [1, 0] interior [0, 0] : tensor<4x2xf64> -> tensor<6x2xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<6x2xf64>
func.func @gather_at_multiple_outside(%x: tensor<7x2xf64>) -> tensor<6x2xf64> {
  %c8 = arith.constant 8 : index
  %c2 = arith.constant 2 : index
  %y = ten.gather [6] %x (%i) : tensor<7x2xf64> -> tensor<6x2xf64> {
    %d = arith.muli %i, %c2 : index
    %k = arith.subi %c8, %d : index
    ten.yield %k : index
  }
  func.return %y : tensor<6x2xf64>
}

// A window is no layout: each element is read more than once.
// CHECK-LABEL: func.func @gather_at_multiple_of_two_arguments_stays(
// CHECK-NEXT:    %y = ten.gather [5, 3] %x (%i, %p) {in_bounds} : tensor<7xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %k = arith.addi %i, %p : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x3xf64>
func.func @gather_at_multiple_of_two_arguments_stays(%x: tensor<7xf64>) -> tensor<5x3xf64> {
  %y = ten.gather [5, 3] %x (%i, %p) : tensor<7xf64> -> tensor<5x3xf64> {
    %k = arith.addi %i, %p : index
    ten.yield %k : index
  }
  func.return %y : tensor<5x3xf64>
}

// 2^62 times 4 is 0: the multiple wraps, and place 4 reads %x at 0 again.
// CHECK-LABEL: func.func @gather_at_multiple_that_wraps_stays(
// CHECK:         ten.gather [5] %x (%i) : tensor<7xf64> -> tensor<5xf64> {
func.func @gather_at_multiple_that_wraps_stays(%x: tensor<7xf64>) -> tensor<5xf64> {
  %c = arith.constant 4611686018427387904 : index
  %y = ten.gather [5] %x (%i) : tensor<7xf64> -> tensor<5xf64> {
    %k = arith.muli %i, %c : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather_by_permutation(
// CHECK-NEXT:    %y = ten.transpose %x perm [1, 0, 2] : tensor<2x3x4xf64> -> tensor<3x2x4xf64>
// CHECK-NEXT:    func.return %y : tensor<3x2x4xf64>
func.func @gather_by_permutation(%x: tensor<2x3x4xf64>) -> tensor<3x2x4xf64> {
  %y = ten.gather [3, 2] %x (%i, %j) : tensor<2x3x4xf64> -> tensor<3x2x4xf64> {
    ten.yield %j, %i : index, index
  }
  func.return %y : tensor<3x2x4xf64>
}

// CHECK-LABEL: func.func @gather_at_quotient(
// CHECK-NEXT:    %y = ten.reshape %x : tensor<3x4xf64> -> tensor<12xf64>
// CHECK-NEXT:    func.return %y : tensor<12xf64>
func.func @gather_at_quotient(%x: tensor<3x4xf64>) -> tensor<12xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.gather [12] %x (%i) : tensor<3x4xf64> -> tensor<12xf64> {
    %q = arith.floordivsi %i, %c4 : index
    %r = arith.remsi %i, %c4 : index
    ten.yield %q, %r : index, index
  }
  func.return %y : tensor<12xf64>
}

// Column by column; the last one is not read to its end.
// CHECK-LABEL: func.func @gather_at_quotient_of_part(
// CHECK-NEXT:    %y = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    %y_1 = ten.reshape %y : tensor<4x3xf64> -> tensor<12xf64>
// CHECK-NEXT:    %y_2 = ten.slice %y_1 offsets [0] sizes [10] strides [1] : tensor<12xf64> -> tensor<10xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<10xf64>
func.func @gather_at_quotient_of_part(%x: tensor<3x4xf64>) -> tensor<10xf64> {
  %c3 = arith.constant 3 : index
  %y = ten.gather [10] %x (%i) : tensor<3x4xf64> -> tensor<10xf64> {
    %q = arith.floordivsi %i, %c3 : index
    %r = arith.remsi %i, %c3 : index
    ten.yield %r, %q : index, index
  }
  func.return %y : tensor<10xf64>
}

// Two arguments in the place of %i would gain nothing: at %p, the op stays a gather.
// CHECK-LABEL: func.func @gather_at_quotient_beside_data_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<2xindex>) -> tensor<5x2xf64> {
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [5, 2] [[X]] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) : tensor<3x4xf64> -> tensor<5x2xf64> {
// CHECK-NEXT:      [[Q:%.*]] = arith.floordivsi [[I]], [[C2]] : index
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[J]]] : tensor<2xindex> -> index
// CHECK-NEXT:      ten.yield [[Q]], [[K]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<5x2xf64>
// CHECK-NEXT:  }
func.func @gather_at_quotient_beside_data_stays(%x: tensor<3x4xf64>, %p: tensor<2xindex>) -> tensor<5x2xf64> {
  %c2 = arith.constant 2 : index
  %y = ten.gather [5, 2] %x (%i, %j) : tensor<3x4xf64> -> tensor<5x2xf64> {
    %q = arith.floordivsi %i, %c2 : index
    %k = ten.index %p[%j] : tensor<2xindex> -> index
    ten.yield %q, %k : index, index
  }
  func.return %y : tensor<5x2xf64>
}

// CHECK-LABEL: func.func @gather_at_sum(
// CHECK-NEXT:    %y = ten.reshape %x : tensor<12xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    func.return %y : tensor<3x4xf64>
func.func @gather_at_sum(%x: tensor<12xf64>) -> tensor<3x4xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.gather [3, 4] %x (%i, %j) : tensor<12xf64> -> tensor<3x4xf64> {
    %q = arith.muli %i, %c4 : index
    %k = arith.addi %q, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x4xf64>
}

// Place 11 is outside, and not in the next row.
// CHECK-LABEL: func.func @gather_at_sum_outside_stays(
// CHECK-NEXT:    %c4 = arith.constant 4 : index
// CHECK-NEXT:    %y = ten.gather [3, 4] %x (%i, %j) {unique} : tensor<11xf64> -> tensor<3x4xf64> {
// CHECK-NEXT:    %q = arith.muli %i, %c4 : index
// CHECK-NEXT:    %k = arith.addi %q, %j : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x4xf64>
func.func @gather_at_sum_outside_stays(%x: tensor<11xf64>) -> tensor<3x4xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.gather [3, 4] %x (%i, %j) : tensor<11xf64> -> tensor<3x4xf64> {
    %q = arith.muli %i, %c4 : index
    %k = arith.addi %q, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x4xf64>
}

// CHECK-LABEL: func.func @gather_at_sum_beside_data_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<12x7xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<2xindex>) -> tensor<3x4x2xf64> {
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [3, 4, 2] [[X]] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]], [[L:%[^ ,:)]+]]) : tensor<12x7xf64> -> tensor<3x4x2xf64> {
// CHECK-NEXT:      [[Q:%.*]] = arith.muli [[I]], [[C4]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[Q]], [[J]] : index
// CHECK-NEXT:      [[M:%.*]] = ten.index [[P]]{{\[}}[[L]]] : tensor<2xindex> -> index
// CHECK-NEXT:      ten.yield [[K]], [[M]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<3x4x2xf64>
// CHECK-NEXT:  }
func.func @gather_at_sum_beside_data_stays(%x: tensor<12x7xf64>, %p: tensor<2xindex>) -> tensor<3x4x2xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.gather [3, 4, 2] %x (%i, %j, %l) : tensor<12x7xf64> -> tensor<3x4x2xf64> {
    %q = arith.muli %i, %c4 : index
    %k = arith.addi %q, %j : index
    %m = ten.index %p[%l] : tensor<2xindex> -> index
    ten.yield %k, %m : index, index
  }
  func.return %y : tensor<3x4x2xf64>
}

// CHECK-LABEL: func.func @gather_at_digits(
// CHECK-NEXT:    %y = ten.reshape %x : tensor<6x2xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    func.return %y : tensor<4x3xf64>
func.func @gather_at_digits(%x: tensor<6x2xf64>) -> tensor<4x3xf64> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %y = ten.gather [4, 3] %x (%i, %j) : tensor<6x2xf64> -> tensor<4x3xf64> {
    %d = arith.muli %i, %c3 : index
    %k = arith.addi %d, %j : index
    %q = arith.floordivsi %k, %c2 : index
    %r = arith.remsi %k, %c2 : index
    ten.yield %q, %r : index, index
  }
  func.return %y : tensor<4x3xf64>
}

// CHECK-LABEL: func.func @gather_at_digits_of_diagonal_stays(
// CHECK-NEXT:    %y = ten.gather [3] %x (%i) {in_bounds, sorted, unique} : tensor<3x3xf64> -> tensor<3xf64> {
// CHECK-NEXT:    ten.yield %i, %i : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @gather_at_digits_of_diagonal_stays(%x: tensor<3x3xf64>) -> tensor<3xf64> {
  %y = ten.gather [3] %x (%i) : tensor<3x3xf64> -> tensor<3xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @gather_at_digits_beside_data_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6x2x7xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<5xindex>) -> tensor<12x5xf64> {
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [12, 5] [[X]] ([[K:%[^ ,:)]+]], [[L:%[^ ,:)]+]]) : tensor<6x2x7xf64> -> tensor<12x5xf64> {
// CHECK-NEXT:      [[Q:%.*]] = arith.floordivsi [[K]], [[C2]] : index
// CHECK-NEXT:      [[R:%.*]] = arith.remsi [[K]], [[C2]] : index
// CHECK-NEXT:      [[M:%.*]] = ten.index [[P]]{{\[}}[[L]]] : tensor<5xindex> -> index
// CHECK-NEXT:      ten.yield [[Q]], [[R]], [[M]] : index, index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<12x5xf64>
// CHECK-NEXT:  }
func.func @gather_at_digits_beside_data_stays(%x: tensor<6x2x7xf64>, %p: tensor<5xindex>) -> tensor<12x5xf64> {
  %c2 = arith.constant 2 : index
  %y = ten.gather [12, 5] %x (%k, %l) : tensor<6x2x7xf64> -> tensor<12x5xf64> {
    %q = arith.floordivsi %k, %c2 : index
    %r = arith.remsi %k, %c2 : index
    %m = ten.index %p[%l] : tensor<5xindex> -> index
    ten.yield %q, %r, %m : index, index, index
  }
  func.return %y : tensor<12x5xf64>
}

// Each index is beyond the end.
// CHECK-LABEL: func.func @gather_beyond(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x2xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<3xindex>) -> tensor<3x2xf64> {
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[Y_1:%.*]] = ten.broadcast [[Y]] dims [0, 1] : f64 -> tensor<3x2xf64>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<3x2xf64>
// CHECK-NEXT:  }
func.func @gather_beyond(%x: tensor<4x2xf64>, %p: tensor<3xindex>) -> tensor<3x2xf64> {
  %c4 = arith.constant 4 : index
  %y = ten.gather [3] %x (%i) : tensor<4x2xf64> -> tensor<3x2xf64> {
    %d = ten.index %p[%i] : tensor<3xindex> -> index
    %k = arith.maxsi %d, %c4 : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x2xf64>
}

// Each index is before the start.
// CHECK-LABEL: func.func @gather_before(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x2xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<3xindex>) -> tensor<3x2xf64> {
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[Y_1:%.*]] = ten.broadcast [[Y]] dims [0, 1] : f64 -> tensor<3x2xf64>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<3x2xf64>
// CHECK-NEXT:  }
func.func @gather_before(%x: tensor<4x2xf64>, %p: tensor<3xindex>) -> tensor<3x2xf64> {
  %m1 = arith.constant -1 : index
  %y = ten.gather [3] %x (%i) : tensor<4x2xf64> -> tensor<3x2xf64> {
    %d = ten.index %p[%i] : tensor<3xindex> -> index
    %k = arith.minsi %d, %m1 : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x2xf64>
}
