// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Gathers of what another op made. %p is data: no gather becomes a layout.

// CHECK-LABEL: func.func @gather_of_transpose(
// CHECK-NEXT:    %y = ten.gather [5] %x (%0) {unique} : tensor<3x4x2xf64> -> tensor<5x2xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %0, %1 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x2xf64>
func.func @gather_of_transpose(%x: tensor<3x4x2xf64>, %p: tensor<5xindex>) -> tensor<5x2xf64> {
  %t = ten.transpose %x perm [1, 0, 2] : tensor<3x4x2xf64> -> tensor<4x3x2xf64>
  %y = ten.gather [5] %t (%i) : tensor<4x3x2xf64> -> tensor<5x2xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k, %i : index, index
  }
  func.return %y : tensor<5x2xf64>
}

// Rows of the transpose are not rows of %x.
// CHECK-LABEL: func.func @gather_of_transpose_stays(
// CHECK-NEXT:    %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    %y = ten.gather [5] %t (%i) : tensor<4x3xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x3xf64>
func.func @gather_of_transpose_stays(%x: tensor<3x4xf64>, %p: tensor<5xindex>) -> tensor<5x3xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<3x4xf64> -> tensor<4x3xf64>
  %y = ten.gather [5] %t (%i) : tensor<4x3xf64> -> tensor<5x3xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5x3xf64>
}

// CHECK-LABEL: func.func @gather_of_reverse(
// CHECK-NEXT:    %y = ten.gather [5] %x (%0) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<5xindex> -> index
// CHECK-NEXT:    %2 = arith.constant 3 : index
// CHECK-NEXT:    %3 = arith.subi %2, %1 : index
// CHECK-NEXT:    ten.yield %3 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_reverse(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %t = ten.reverse %x dims [0] : tensor<4xf64>
  %y = ten.gather [5] %t (%i) : tensor<4xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather_of_reverse_of_rows_stays(
// CHECK-NEXT:    %t = ten.reverse %x dims [1] : tensor<4x3xf64>
// CHECK-NEXT:    %y = ten.gather [5] %t (%i) : tensor<4x3xf64> -> tensor<5x3xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5x3xf64>
func.func @gather_of_reverse_of_rows_stays(%x: tensor<4x3xf64>, %p: tensor<5xindex>) -> tensor<5x3xf64> {
  %t = ten.reverse %x dims [1] : tensor<4x3xf64>
  %y = ten.gather [5] %t (%i) : tensor<4x3xf64> -> tensor<5x3xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5x3xf64>
}

// CHECK-LABEL: func.func @gather_of_pad(
// CHECK-NEXT:    %y = ten.gather [5] %x (%0) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<5xindex> -> index
// CHECK-NEXT:    %2 = arith.constant -2 : index
// CHECK-NEXT:    %3 = arith.addi %1, %2 : index
// CHECK-NEXT:    ten.yield %3 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_pad(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %t = ten.pad %x low [2] high [1] interior [0] : tensor<4xf64> -> tensor<7xf64>
  %y = ten.gather [5] %t (%i) : tensor<7xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather_of_pad_between_stays(
// CHECK-NEXT:    %t = ten.pad %x low [2] high [1] interior [1] : tensor<4xf64> -> tensor<10xf64>
// CHECK-NEXT:    %y = ten.gather [5] %t (%i) : tensor<10xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_pad_between_stays(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %t = ten.pad %x low [2] high [1] interior [1] : tensor<4xf64> -> tensor<10xf64>
  %y = ten.gather [5] %t (%i) : tensor<10xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// The index is clamped: in bounds of the slice.
// CHECK-LABEL: func.func @gather_of_slice(
// CHECK-NEXT:    %y = ten.gather [5] %x (%0) {in_bounds} : tensor<9xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<5xindex> -> index
// CHECK-NEXT:    %2 = arith.constant 0 : index
// CHECK-NEXT:    %3 = arith.maxsi %1, %2 : index
// CHECK-NEXT:    %4 = arith.constant 2 : index
// CHECK-NEXT:    %5 = arith.minsi %3, %4 : index
// CHECK-NEXT:    %6 = arith.muli %5, %4 : index
// CHECK-NEXT:    %7 = arith.constant 1 : index
// CHECK-NEXT:    %8 = arith.addi %6, %7 : index
// CHECK-NEXT:    ten.yield %8 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_slice(%x: tensor<9xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %t = ten.slice %x offsets [1] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
  %y = ten.gather [5] %t (%i) : tensor<3xf64> -> tensor<5xf64> {
    %d = ten.index %p[%i] : tensor<5xindex> -> index
    %e = arith.maxsi %d, %c0 : index
    %k = arith.minsi %e, %c2 : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// Index 3 reads 0, and must not become %x[7].
// CHECK-LABEL: func.func @gather_of_slice_outside_stays(
// CHECK-NEXT:    %c0 = arith.constant 0 : index
// CHECK-NEXT:    %c3 = arith.constant 3 : index
// CHECK-NEXT:    %t = ten.slice %x offsets [1] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
// CHECK-NEXT:    %y = ten.gather [5] %t (%i) : tensor<3xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %d = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    %e = arith.maxsi %d, %c0 : index
// CHECK-NEXT:    %k = arith.minsi %e, %c3 : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_slice_outside_stays(%x: tensor<9xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %t = ten.slice %x offsets [1] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
  %y = ten.gather [5] %t (%i) : tensor<3xf64> -> tensor<5xf64> {
    %d = ten.index %p[%i] : tensor<5xindex> -> index
    %e = arith.maxsi %d, %c0 : index
    %k = arith.minsi %e, %c3 : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather_of_broadcast(
// CHECK-NEXT:    %y = ten.gather [5] %x (%0) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_broadcast(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %t = ten.broadcast %x dims [0] : tensor<4xf64> -> tensor<5x4xf64>
  %y = ten.gather [5] %t (%i) : tensor<5x4xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<5xf64>
}

// The fifth row does not exist: it reads 0, not %x.
// CHECK-LABEL: func.func @gather_of_broadcast_outside_stays(
// CHECK-NEXT:    %t = ten.broadcast %x dims [0] : tensor<4xf64> -> tensor<4x4xf64>
// CHECK-NEXT:    %y = ten.gather [5] %t (%i) {unique} : tensor<4x4xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %i, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_broadcast_outside_stays(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %t = ten.broadcast %x dims [0] : tensor<4xf64> -> tensor<4x4xf64>
  %y = ten.gather [5] %t (%i) : tensor<4x4xf64> -> tensor<5xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<5xf64>
}

// CHECK-LABEL: func.func @gather_of_concat(
// CHECK-NEXT:    %y = ten.gather [2] %z (%0) {unique} : tensor<5x4xf64> -> tensor<2xf64> {
// CHECK-NEXT:    %1 = ten.index %p[%0] : tensor<2xindex> -> index
// CHECK-NEXT:    ten.yield %0, %1 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<2xf64>
func.func @gather_of_concat(%x: tensor<3x4xf64>, %z: tensor<5x4xf64>, %p: tensor<2xindex>) -> tensor<2xf64> {
  %c3 = arith.constant 3 : index
  %t = ten.concat %x, %z dim 0 : tensor<3x4xf64>, tensor<5x4xf64> -> tensor<8x4xf64>
  %y = ten.gather [2] %t (%i) : tensor<8x4xf64> -> tensor<2xf64> {
    %k = arith.addi %i, %c3 : index
    %d = ten.index %p[%i] : tensor<2xindex> -> index
    ten.yield %k, %d : index, index
  }
  func.return %y : tensor<2xf64>
}

// CHECK-LABEL: func.func @gather_of_concat_of_both_stays(
// CHECK-NEXT:    %c2 = arith.constant 2 : index
// CHECK-NEXT:    %t = ten.concat %x, %z dim 0 : tensor<3x4xf64>, tensor<5x4xf64> -> tensor<8x4xf64>
// CHECK-NEXT:    %y = ten.gather [2] %t (%i) {unique} : tensor<8x4xf64> -> tensor<2xf64> {
// CHECK-NEXT:    %k = arith.addi %i, %c2 : index
// CHECK-NEXT:    %d = ten.index %p[%i] : tensor<2xindex> -> index
// CHECK-NEXT:    ten.yield %k, %d : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<2xf64>
func.func @gather_of_concat_of_both_stays(%x: tensor<3x4xf64>, %z: tensor<5x4xf64>, %p: tensor<2xindex>) -> tensor<2xf64> {
  %c2 = arith.constant 2 : index
  %t = ten.concat %x, %z dim 0 : tensor<3x4xf64>, tensor<5x4xf64> -> tensor<8x4xf64>
  %y = ten.gather [2] %t (%i) : tensor<8x4xf64> -> tensor<2xf64> {
    %k = arith.addi %i, %c2 : index
    %d = ten.index %p[%i] : tensor<2xindex> -> index
    ten.yield %k, %d : index, index
  }
  func.return %y : tensor<2xf64>
}

// The columns are joined, and no column is indexed.
// CHECK-LABEL: func.func @gather_of_concat_of_columns_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x3xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<4x5xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<2xindex>) -> tensor<2x8xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.concat [[X]], [[Z]] dim 1 : tensor<4x3xf64>, tensor<4x5xf64> -> tensor<4x8xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [2] [[T]] ([[I:%[^ ,:)]+]]) : tensor<4x8xf64> -> tensor<2x8xf64> {
// CHECK-NEXT:      [[D:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<2xindex> -> index
// CHECK-NEXT:      ten.yield [[D]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<2x8xf64>
// CHECK-NEXT:  }
func.func @gather_of_concat_of_columns_stays(%x: tensor<4x3xf64>, %z: tensor<4x5xf64>, %p: tensor<2xindex>) -> tensor<2x8xf64> {
  %t = ten.concat %x, %z dim 1 : tensor<4x3xf64>, tensor<4x5xf64> -> tensor<4x8xf64>
  %y = ten.gather [2] %t (%i) : tensor<4x8xf64> -> tensor<2x8xf64> {
    %d = ten.index %p[%i] : tensor<2xindex> -> index
    ten.yield %d : index
  }
  func.return %y : tensor<2x8xf64>
}

// CHECK-LABEL: func.func @gather_of_gather(
// CHECK-NEXT:    %y = ten.gather [3] %x (%0) : tensor<4xf64> -> tensor<3xf64> {
// CHECK-NEXT:    %1 = arith.constant 2 : index
// CHECK-NEXT:    %2 = arith.muli %0, %1 : index
// CHECK-NEXT:    %3 = ten.index %p[%2] : tensor<6xindex> -> index
// CHECK-NEXT:    ten.yield %3 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3xf64>
func.func @gather_of_gather(%x: tensor<4xf64>, %p: tensor<6xindex>) -> tensor<3xf64> {
  %c2 = arith.constant 2 : index
  %t = ten.gather [6] %x (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<6xindex> -> index
    ten.yield %k : index
  }
  %y = ten.gather [3] %t (%i) : tensor<6xf64> -> tensor<3xf64> {
    %k = arith.muli %i, %c2 : index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// Row 6 of %t does not exist: it reads 0, and must not become an element of %x.
// CHECK-LABEL: func.func @gather_of_gather_outside_stays(
// CHECK-NEXT:    %t = ten.gather [6] %x (%i) : tensor<4xf64> -> tensor<6xf64> {
// CHECK-NEXT:    %k = ten.index %p[%i] : tensor<6xindex> -> index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y = ten.gather [5] %t (%i_1) : tensor<6xf64> -> tensor<5xf64> {
// CHECK-NEXT:    %k_1 = ten.index %q[%i_1] : tensor<5xindex> -> index
// CHECK-NEXT:    ten.yield %k_1 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @gather_of_gather_outside_stays(%x: tensor<4xf64>, %p: tensor<6xindex>, %q: tensor<5xindex>) -> tensor<5xf64> {
  %t = ten.gather [6] %x (%i) : tensor<4xf64> -> tensor<6xf64> {
    %k = ten.index %p[%i] : tensor<6xindex> -> index
    ten.yield %k : index
  }
  %y = ten.gather [5] %t (%i) : tensor<6xf64> -> tensor<5xf64> {
    %k = ten.index %q[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// The inner map has no formula: an op in its region has a region itself.
// CHECK-LABEL: func.func @gather_of_gather_without_formula_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<7xindex>,
// CHECK-SAME: [[N:%[^ ,:)]+]]: index) -> tensor<3xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.gather [5] [[X]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[NEAR:%.*]] = ten.gather [3] [[P]] ([[J:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7xindex> -> tensor<3xindex> {
// CHECK-NEXT:        [[L:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:        ten.yield [[L]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[K:%.*]] = ten.index [[NEAR]]{{\[}}[[N]]] : tensor<3xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[T]] offsets [0] sizes [3] strides [2] : tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @gather_of_gather_without_formula_stays(%x: tensor<4xf64>, %p: tensor<7xindex>, %n: index) -> tensor<3xf64> {
  %c2 = arith.constant 2 : index
  %t = ten.gather [5] %x (%i) : tensor<4xf64> -> tensor<5xf64> {
    %near = ten.gather [3] %p (%j) : tensor<7xindex> -> tensor<3xindex> {
      %l = arith.addi %i, %j : index
      ten.yield %l : index
    }
    %k = ten.index %near[%n] : tensor<3xindex> -> index
    ten.yield %k : index
  }
  %y = ten.gather [3] %t (%i) : tensor<5xf64> -> tensor<3xf64> {
    %k = arith.muli %i, %c2 : index
    ten.yield %k : index
  }
  func.return %y : tensor<3xf64>
}

// The fused gather would do the index arithmetic of both, which is more than FUSED_COST ops.
// CHECK-LABEL: func.func @gather_of_gather_by_long_arithmetic_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>, [[P:%[^ ,:)]+]]: tensor<7xindex>) -> tensor<3xf64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C4:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[T:%.*]] = ten.gather [5] [[X]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[A0:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A1:%.*]] = ten.index [[P]]{{\[}}[[A0]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A2:%.*]] = ten.index [[P]]{{\[}}[[A1]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A3:%.*]] = ten.index [[P]]{{\[}}[[A2]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A4:%.*]] = ten.index [[P]]{{\[}}[[A3]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A5:%.*]] = ten.index [[P]]{{\[}}[[A4]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A6:%.*]] = ten.index [[P]]{{\[}}[[A5]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A7:%.*]] = ten.index [[P]]{{\[}}[[A6]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A8:%.*]] = ten.index [[P]]{{\[}}[[A7]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A9:%.*]] = ten.index [[P]]{{\[}}[[A8]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A10:%.*]] = ten.index [[P]]{{\[}}[[A9]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A11:%.*]] = ten.index [[P]]{{\[}}[[A10]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[A12:%.*]] = ten.index [[P]]{{\[}}[[A11]]] : tensor<7xindex> -> index
// CHECK-NEXT:      ten.yield [[A12]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [3] [[T]] ([[I_1:%[^ ,:)]+]]) {in_bounds} : tensor<5xf64> -> tensor<3xf64> {
// CHECK-NEXT:      [[B0:%.*]] = ten.index [[P]]{{\[}}[[I_1]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B1:%.*]] = ten.index [[P]]{{\[}}[[B0]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B2:%.*]] = ten.index [[P]]{{\[}}[[B1]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B3:%.*]] = ten.index [[P]]{{\[}}[[B2]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B4:%.*]] = ten.index [[P]]{{\[}}[[B3]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B5:%.*]] = ten.index [[P]]{{\[}}[[B4]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B6:%.*]] = ten.index [[P]]{{\[}}[[B5]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B7:%.*]] = ten.index [[P]]{{\[}}[[B6]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B8:%.*]] = ten.index [[P]]{{\[}}[[B7]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B9:%.*]] = ten.index [[P]]{{\[}}[[B8]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B10:%.*]] = ten.index [[P]]{{\[}}[[B9]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B11:%.*]] = ten.index [[P]]{{\[}}[[B10]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[B12:%.*]] = ten.index [[P]]{{\[}}[[B11]]] : tensor<7xindex> -> index
// CHECK-NEXT:      [[D:%.*]] = arith.maxsi [[B12]], [[C0]] : index
// CHECK-NEXT:      [[E:%.*]] = arith.minsi [[D]], [[C4]] : index
// CHECK-NEXT:      ten.yield [[E]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @gather_of_gather_by_long_arithmetic_stays(%x: tensor<4xf64>, %p: tensor<7xindex>) -> tensor<3xf64> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %t = ten.gather [5] %x (%i) : tensor<4xf64> -> tensor<5xf64> {
    %a0 = ten.index %p[%i] : tensor<7xindex> -> index
    %a1 = ten.index %p[%a0] : tensor<7xindex> -> index
    %a2 = ten.index %p[%a1] : tensor<7xindex> -> index
    %a3 = ten.index %p[%a2] : tensor<7xindex> -> index
    %a4 = ten.index %p[%a3] : tensor<7xindex> -> index
    %a5 = ten.index %p[%a4] : tensor<7xindex> -> index
    %a6 = ten.index %p[%a5] : tensor<7xindex> -> index
    %a7 = ten.index %p[%a6] : tensor<7xindex> -> index
    %a8 = ten.index %p[%a7] : tensor<7xindex> -> index
    %a9 = ten.index %p[%a8] : tensor<7xindex> -> index
    %a10 = ten.index %p[%a9] : tensor<7xindex> -> index
    %a11 = ten.index %p[%a10] : tensor<7xindex> -> index
    %a12 = ten.index %p[%a11] : tensor<7xindex> -> index
    ten.yield %a12 : index
  }
  %y = ten.gather [3] %t (%i) : tensor<5xf64> -> tensor<3xf64> {
    %b0 = ten.index %p[%i] : tensor<7xindex> -> index
    %b1 = ten.index %p[%b0] : tensor<7xindex> -> index
    %b2 = ten.index %p[%b1] : tensor<7xindex> -> index
    %b3 = ten.index %p[%b2] : tensor<7xindex> -> index
    %b4 = ten.index %p[%b3] : tensor<7xindex> -> index
    %b5 = ten.index %p[%b4] : tensor<7xindex> -> index
    %b6 = ten.index %p[%b5] : tensor<7xindex> -> index
    %b7 = ten.index %p[%b6] : tensor<7xindex> -> index
    %b8 = ten.index %p[%b7] : tensor<7xindex> -> index
    %b9 = ten.index %p[%b8] : tensor<7xindex> -> index
    %b10 = ten.index %p[%b9] : tensor<7xindex> -> index
    %b11 = ten.index %p[%b10] : tensor<7xindex> -> index
    %b12 = ten.index %p[%b11] : tensor<7xindex> -> index
    %d = arith.maxsi %b12, %c0 : index
    %e = arith.minsi %d, %c4 : index
    ten.yield %e : index
  }
  func.return %y : tensor<3xf64>
}

// CHECK-LABEL: func.func @gather_of_iota(
// CHECK-NEXT:    %y = ten.iota dim 0 : tensor<3x2xindex>
// CHECK-NEXT:    %y_1 = ten.iota dim 1 : tensor<3x2xindex>
// CHECK-NEXT:    %y_2 = arith.addi %y, %y_1 : tensor<3x2xindex>
// CHECK-NEXT:    %y_3 = ten.cast %y_2 : tensor<3x2xindex> -> tensor<3x2xi64>
// CHECK-NEXT:    func.return %y_3 : tensor<3x2xi64>
func.func @gather_of_iota() -> tensor<3x2xi64> {
  %c2 = arith.constant 2 : index
  %t = ten.iota dim 0 : tensor<6xi64>
  %y = ten.gather [3, 2] %t (%i, %j) : tensor<6xi64> -> tensor<3x2xi64> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x2xi64>
}

// Place 3 is outside, where iota has no 3.
// CHECK-LABEL: func.func @gather_of_iota_outside_stays(
// CHECK-NEXT:    %t = ten.iota dim 0 : tensor<3xi64>
// CHECK-NEXT:    %y = ten.gather [3, 2] %t (%i, %j) : tensor<3xi64> -> tensor<3x2xi64> {
// CHECK-NEXT:    %k = arith.addi %i, %j : index
// CHECK-NEXT:    ten.yield %k : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<3x2xi64>
func.func @gather_of_iota_outside_stays() -> tensor<3x2xi64> {
  %t = ten.iota dim 0 : tensor<3xi64>
  %y = ten.gather [3, 2] %t (%i, %j) : tensor<3xi64> -> tensor<3x2xi64> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x2xi64>
}

// A row is no single number.
// CHECK-LABEL: func.func @gather_of_iota_of_rows_stays(
// CHECK-SAME: ) -> tensor<3x2x5xi64> {
// CHECK-NEXT:    [[T:%.*]] = ten.iota dim 0 : tensor<4x5xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [3, 2] [[T]] ([[I:%[^ ,:)]+]], [[J:%[^ ,:)]+]]) {in_bounds, sorted} : tensor<4x5xi64> -> tensor<3x2x5xi64> {
// CHECK-NEXT:      [[K:%.*]] = arith.addi [[I]], [[J]] : index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<3x2x5xi64>
// CHECK-NEXT:  }
func.func @gather_of_iota_of_rows_stays() -> tensor<3x2x5xi64> {
  %t = ten.iota dim 0 : tensor<4x5xi64>
  %y = ten.gather [3, 2] %t (%i, %j) : tensor<4x5xi64> -> tensor<3x2x5xi64> {
    %k = arith.addi %i, %j : index
    ten.yield %k : index
  }
  func.return %y : tensor<3x2x5xi64>
}

// A map without arguments is an index.
// CHECK-LABEL: func.func @gather_of_iota_at_one_place(
// CHECK-SAME: ) -> i64 {
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 2 : i64{{$}}
// CHECK-NEXT:    func.return [[Y]] : i64{{$}}
// CHECK-NEXT:  }
func.func @gather_of_iota_at_one_place() -> i64 {
  %c2 = arith.constant 2 : index
  %t = ten.iota dim 0 : tensor<3xi64>
  %y = ten.gather [] %t () : tensor<3xi64> -> i64 {
    ten.yield %c2 : index
  }
  func.return %y : i64
}

// The place is read from %p.
// CHECK-LABEL: func.func @gather_of_iota_at_data_stays(
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<5xindex>) -> tensor<5xi64> {
// CHECK-NEXT:    [[C0:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[T:%.*]] = ten.iota dim 0 : tensor<3xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [5] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds} : tensor<3xi64> -> tensor<5xi64> {
// CHECK-NEXT:      [[D:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<5xindex> -> index
// CHECK-NEXT:      [[E:%.*]] = arith.maxsi [[D]], [[C0]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.minsi [[E]], [[C2]] : index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<5xi64>
// CHECK-NEXT:  }
func.func @gather_of_iota_at_data_stays(%p: tensor<5xindex>) -> tensor<5xi64> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %t = ten.iota dim 0 : tensor<3xi64>
  %y = ten.gather [5] %t (%i) : tensor<3xi64> -> tensor<5xi64> {
    %d = ten.index %p[%i] : tensor<5xindex> -> index
    %e = arith.maxsi %d, %c0 : index
    %k = arith.minsi %e, %c2 : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xi64>
}

// CHECK-LABEL: func.func @gather_of_stack(
// CHECK-NEXT:    %y = ten.slice %x offsets [1] sizes [3] strides [1] : tensor<4xf64> -> tensor<3xf64>
// CHECK-NEXT:    %y_1 = ten.slice %z offsets [1] sizes [3] strides [1] : tensor<4xf64> -> tensor<3xf64>
// CHECK-NEXT:    %y_2 = ten.stack %y, %y_1 : tensor<3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<2x3xf64>
func.func @gather_of_stack(%x: tensor<4xf64>, %z: tensor<4xf64>) -> tensor<2x3xf64> {
  %c1 = arith.constant 1 : index
  %t = ten.stack %x, %z : tensor<4xf64> -> tensor<2x4xf64>
  %y = ten.gather [2, 3] %t (%i, %j) : tensor<2x4xf64> -> tensor<2x3xf64> {
    %k = arith.addi %j, %c1 : index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @gather_of_stack_of_data_stays(
// CHECK-NEXT:    %t = ten.stack %x, %z : tensor<4xf64> -> tensor<2x4xf64>
// CHECK-NEXT:    %y = ten.gather [2, 3] %t (%i, %j) : tensor<2x4xf64> -> tensor<2x3xf64> {
// CHECK-NEXT:    %k = ten.index %p[%j] : tensor<3xindex> -> index
// CHECK-NEXT:    ten.yield %i, %k : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<2x3xf64>
func.func @gather_of_stack_of_data_stays(%x: tensor<4xf64>, %z: tensor<4xf64>, %p: tensor<3xindex>) -> tensor<2x3xf64> {
  %t = ten.stack %x, %z : tensor<4xf64> -> tensor<2x4xf64>
  %y = ten.gather [2, 3] %t (%i, %j) : tensor<2x4xf64> -> tensor<2x3xf64> {
    %k = ten.index %p[%j] : tensor<3xindex> -> index
    ten.yield %i, %k : index, index
  }
  func.return %y : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @gather_of_product(
// CHECK-NEXT:    %y = ten.gather [6, 6, 2] %x (%0, %1, %2) {in_bounds, sorted} : tensor<6x7xf64> -> tensor<6x6x2xf64> {
// CHECK-NEXT:    %3 = arith.addi %1, %2 : index
// CHECK-NEXT:    ten.yield %0, %3 : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_1 = ten.broadcast %w dims [1, 2] : tensor<6xf64> -> tensor<6x6x2xf64>
// CHECK-NEXT:    %y_2 = arith.mulf %y, %y_1 : tensor<6x6x2xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<6x6x2xf64>
func.func @gather_of_product(%x: tensor<6x7xf64>, %w: tensor<6xf64>) -> tensor<6x6x2xf64> {
  %wide = ten.broadcast %w dims [1] : tensor<6xf64> -> tensor<6x7xf64>
  %t = arith.mulf %x, %wide : tensor<6x7xf64>
  %y = ten.gather [6, 6, 2] %t (%k, %i, %p) : tensor<6x7xf64> -> tensor<6x6x2xf64> {
    %j = arith.addi %i, %p : index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<6x6x2xf64>
}

// Outside of the seven columns, 0 must not become 0 times an infinite %w.
// CHECK-LABEL: func.func @gather_of_product_outside_stays(
// CHECK-NEXT:    %wide = ten.broadcast %w dims [1] : tensor<6xf64> -> tensor<6x7xf64>
// CHECK-NEXT:    %t = arith.mulf %x, %wide : tensor<6x7xf64>
// CHECK-NEXT:    %y = ten.gather [6, 7, 2] %t (%k, %i, %p) : tensor<6x7xf64> -> tensor<6x7x2xf64> {
// CHECK-NEXT:    %j = arith.addi %i, %p : index
// CHECK-NEXT:    ten.yield %k, %j : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<6x7x2xf64>
func.func @gather_of_product_outside_stays(%x: tensor<6x7xf64>, %w: tensor<6xf64>) -> tensor<6x7x2xf64> {
  %wide = ten.broadcast %w dims [1] : tensor<6xf64> -> tensor<6x7xf64>
  %t = arith.mulf %x, %wide : tensor<6x7xf64>
  %y = ten.gather [6, 7, 2] %t (%k, %i, %p) : tensor<6x7xf64> -> tensor<6x7x2xf64> {
    %j = arith.addi %i, %p : index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<6x7x2xf64>
}

// CHECK-LABEL: func.func @gather_of_outer_product(
// CHECK-NEXT:    %y = ten.broadcast %x dims [0] : tensor<3xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    %y_1 = ten.gather [6, 3] %w (%0, %1) {in_bounds} : tensor<8xf64> -> tensor<6x3xf64> {
// CHECK-NEXT:    %2 = arith.addi %0, %1 : index
// CHECK-NEXT:    ten.yield %2 : index
// CHECK-NEXT:    }
// CHECK-NEXT:    %y_2 = arith.mulf %y, %y_1 : tensor<6x3xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<6x3xf64>
func.func @gather_of_outer_product(%x: tensor<3xf64>, %w: tensor<8xf64>) -> tensor<6x3xf64> {
  %t = ten.einsum "p,k->kp" %x, %w : tensor<3xf64>, tensor<8xf64> -> tensor<8x3xf64>
  %y = ten.gather [6, 3] %t (%k, %p) : tensor<8x3xf64> -> tensor<6x3xf64> {
    %j = arith.addi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<6x3xf64>
}

// Outside, 0 must not become 0 times an infinite %x.
// CHECK-LABEL: func.func @gather_of_outer_product_outside_stays(
// CHECK-NEXT:    %t = ten.einsum "p,k->kp" %x, %w : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
// CHECK-NEXT:    %y = ten.gather [8, 3] %t (%k, %p) {unique} : tensor<6x3xf64> -> tensor<8x3xf64> {
// CHECK-NEXT:    %j = arith.subi %k, %p : index
// CHECK-NEXT:    ten.yield %j, %p : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return %y : tensor<8x3xf64>
func.func @gather_of_outer_product_outside_stays(%x: tensor<3xf64>, %w: tensor<6xf64>) -> tensor<8x3xf64> {
  %t = ten.einsum "p,k->kp" %x, %w : tensor<3xf64>, tensor<6xf64> -> tensor<6x3xf64>
  %y = ten.gather [8, 3] %t (%k, %p) : tensor<6x3xf64> -> tensor<8x3xf64> {
    %j = arith.subi %k, %p : index
    ten.yield %j, %p : index, index
  }
  func.return %y : tensor<8x3xf64>
}
