// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// An index with few places picks between few arrays: stacks and concatenations of slices.

// The elements of x and z in turns.
// CHECK-LABEL: func.func @gather_of_braid(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>, [[Z:%[^ ,:)]+]]: tensor<5xf64>) -> tensor<10xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Z]] : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[T]] perm [1, 0] : tensor<2x5xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.reshape [[Y]] : tensor<5x2xf64> -> tensor<10xf64>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<10xf64>
// CHECK-NEXT:  }
func.func @gather_of_braid(%x: tensor<5xf64>, %z: tensor<5xf64>) -> tensor<10xf64> {
  %c2 = arith.constant 2 : index
  %t = ten.stack %x, %z : tensor<5xf64> -> tensor<2x5xf64>
  %y = ten.gather [10] %t (%i) : tensor<2x5xf64> -> tensor<10xf64> {
    %k = arith.remui %i, %c2 : index
    %q = arith.divui %i, %c2 : index
    ten.yield %k, %q : index, index
  }
  func.return %y : tensor<10xf64>
}

// The last place has no element of z. Row 2 does not exist: zeros.
// CHECK-LABEL: func.func @gather_of_braid_outside(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<2xf64>) -> (tensor<3xf64>, tensor<3x2xf64>) {
// CHECK-NEXT:    [[W:%.*]] = ten.slice [[X]] offsets [0] sizes [2] strides [1] : tensor<4xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[W]], [[Z]] : tensor<2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[T]] perm [1, 0] : tensor<2x2xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.reshape [[Y]] : tensor<2x2xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.slice [[Y_1]] offsets [0] sizes [3] strides [1] : tensor<4xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[V:%.*]] = ten.slice [[X]] offsets [1] sizes [1] strides [1] : tensor<4xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[V_1:%.*]] = ten.pad [[V]] low [0] high [1] interior [0] : tensor<1xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[V_2:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[V_3:%.*]] = ten.broadcast [[V_2]] dims [0] : f64 -> tensor<2xf64>
// CHECK-NEXT:    [[V_4:%.*]] = ten.stack [[Z]], [[V_1]], [[V_3]] : tensor<2xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    func.return [[Y_2]], [[V_4]] : tensor<3xf64>, tensor<3x2xf64>
// CHECK-NEXT:  }
func.func @gather_of_braid_outside(%x: tensor<4xf64>, %z: tensor<2xf64>) -> (tensor<3xf64>, tensor<3x2xf64>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %w = ten.slice %x offsets [0] sizes [2] strides [1] : tensor<4xf64> -> tensor<2xf64>
  %t = ten.stack %w, %z : tensor<2xf64> -> tensor<2x2xf64>
  %y = ten.gather [3] %t (%i) : tensor<2x2xf64> -> tensor<3xf64> {
    %k = arith.remui %i, %c2 : index
    %q = arith.divui %i, %c2 : index
    ten.yield %k, %q : index, index
  }
  %u = ten.stack %z, %w : tensor<2xf64> -> tensor<2x2xf64>
  %v = ten.gather [3, 2] %u (%i, %j) : tensor<2x2xf64> -> tensor<3x2xf64> {
    %k = arith.addi %i, %j : index
    ten.yield %i, %k : index, index
  }
  func.return %y, %v : tensor<3xf64>, tensor<3x2xf64>
}

// A diagonal of a few rows: one element of each.
// CHECK-LABEL: func.func @gather_of_braid_on_diagonal(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>, [[Z:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<2xf64> {
// CHECK-NEXT:    [[Y:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[Y_1:%.*]] = ten.index [[X]]{{\[}}[[Y]]] : tensor<3xf64> -> f64
// CHECK-NEXT:    [[Y_2:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[Y_3:%.*]] = ten.index [[Z]]{{\[}}[[Y_2]]] : tensor<3xf64> -> f64
// CHECK-NEXT:    [[Y_4:%.*]] = ten.stack [[Y_1]], [[Y_3]] : f64 -> tensor<2xf64>
// CHECK-NEXT:    func.return [[Y_4]] : tensor<2xf64>
// CHECK-NEXT:  }
func.func @gather_of_braid_on_diagonal(%x: tensor<3xf64>, %z: tensor<3xf64>) -> tensor<2xf64> {
  %t = ten.stack %x, %z : tensor<3xf64> -> tensor<2x3xf64>
  %y = ten.gather [2] %t (%i) : tensor<2x3xf64> -> tensor<2xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %y : tensor<2xf64>
}

// The program has the stack anyway.
// CHECK-LABEL: func.func @gather_of_braid_of_kept_stack_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<3xf64>) -> (tensor<2xf64>, tensor<2x3xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Z]] : tensor<3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [2] [[T]] ([[I:%[^ ,:)]+]]) {in_bounds, sorted, unique} : tensor<2x3xf64> -> tensor<2xf64> {
// CHECK-NEXT:      ten.yield [[I]], [[I]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]], [[T]] : tensor<2xf64>, tensor<2x3xf64>
// CHECK-NEXT:  }
func.func @gather_of_braid_of_kept_stack_stays(%x: tensor<3xf64>, %z: tensor<3xf64>) -> (tensor<2xf64>, tensor<2x3xf64>) {
  %t = ten.stack %x, %z : tensor<3xf64> -> tensor<2x3xf64>
  %y = ten.gather [2] %t (%i) : tensor<2x3xf64> -> tensor<2xf64> {
    ten.yield %i, %i : index, index
  }
  func.return %y, %t : tensor<2xf64>, tensor<2x3xf64>
}

// Data says which element, so the parts are no layouts.
// CHECK-LABEL: func.func @gather_of_braid_of_data_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[P:%[^ ,:)]+]]: tensor<4xindex>) -> tensor<4xf64> {
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Z]] : tensor<3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [4] [[T]] ([[I:%[^ ,:)]+]]) : tensor<2x3xf64> -> tensor<4xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.remui [[I]], [[C2]] : index
// CHECK-NEXT:      [[J:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<4xindex> -> index
// CHECK-NEXT:      ten.yield [[K]], [[J]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @gather_of_braid_of_data_stays(%x: tensor<3xf64>, %z: tensor<3xf64>, %p: tensor<4xindex>) -> tensor<4xf64> {
  %c2 = arith.constant 2 : index
  %t = ten.stack %x, %z : tensor<3xf64> -> tensor<2x3xf64>
  %y = ten.gather [4] %t (%i) : tensor<2x3xf64> -> tensor<4xf64> {
    %k = arith.remui %i, %c2 : index
    %j = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %k, %j : index, index
  }
  func.return %y : tensor<4xf64>
}

// Ten places, and no digit with few of them.
// CHECK-LABEL: func.func @gather_of_braid_of_many_strands_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<11xf64>, [[Z:%[^ ,:)]+]]: tensor<11xf64>) -> tensor<10xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Z]] : tensor<11xf64> -> tensor<2x11xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [10] [[T]] ([[I:%[^ ,:)]+]]) {unique} : tensor<2x11xf64> -> tensor<10xf64> {
// CHECK-NEXT:      [[K:%.*]] = arith.subi [[I]], [[C1]] : index
// CHECK-NEXT:      ten.yield [[K]], [[I]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<10xf64>
// CHECK-NEXT:  }
func.func @gather_of_braid_of_many_strands_stays(%x: tensor<11xf64>, %z: tensor<11xf64>) -> tensor<10xf64> {
  %c1 = arith.constant 1 : index
  %t = ten.stack %x, %z : tensor<11xf64> -> tensor<2x11xf64>
  %y = ten.gather [10] %t (%i) : tensor<2x11xf64> -> tensor<10xf64> {
    %k = arith.subi %i, %c1 : index
    ten.yield %k, %i : index, index
  }
  func.return %y : tensor<10xf64>
}

// np.repeat(x, 3), every third element from the second on: x.
// CHECK-LABEL: func.func @gather_of_repeat(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    func.return [[X]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @gather_of_repeat(%x: tensor<4xf64>) -> tensor<4xf64> {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %b = ten.broadcast %x dims [1] : tensor<4xf64> -> tensor<4x3xf64>
  %t = ten.reshape %b : tensor<4x3xf64> -> tensor<12xf64>
  %y = ten.gather [4] %t (%i) : tensor<12xf64> -> tensor<4xf64> {
    %j = arith.muli %i, %c3 : index
    %k = arith.addi %j, %c1 : index
    ten.yield %k : index
  }
  func.return %y : tensor<4xf64>
}

// The last element is outside, and 0.
// CHECK-LABEL: func.func @gather_of_repeat_outside_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[X]] dims [1] : tensor<4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    [[T:%.*]] = ten.reshape [[B]] : tensor<4x3xf64> -> tensor<12xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[T]] offsets [9] sizes [1] strides [1] : tensor<12xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.pad [[Y]] low [0] high [3] interior [0] : tensor<1xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @gather_of_repeat_outside_stays(%x: tensor<4xf64>) -> tensor<4xf64> {
  %c3 = arith.constant 3 : index
  %b = ten.broadcast %x dims [1] : tensor<4xf64> -> tensor<4x3xf64>
  %t = ten.reshape %b : tensor<4x3xf64> -> tensor<12xf64>
  %y = ten.gather [4] %t (%i) : tensor<12xf64> -> tensor<4xf64> {
    %j = arith.addi %i, %c3 : index
    %k = arith.muli %j, %c3 : index
    ten.yield %k : index
  }
  func.return %y : tensor<4xf64>
}

// Data says which copy. The program reads the element itself, at the data's quotient.
// CHECK-LABEL: func.func @gather_of_repeat_at_data(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>, [[P:%[^ ,:)]+]]: tensor<5xindex>) -> tensor<5xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [5] [[X]] ([[ARG:%[^ ,:)]+]]) {in_bounds} : tensor<4xf64> -> tensor<5xf64> {
// CHECK-NEXT:      [[CONSTANT:%.*]] = arith.constant 3 : index
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[P]]{{\[}}[[ARG]]] : tensor<5xindex> -> index
// CHECK-NEXT:      [[CONSTANT_1:%.*]] = arith.constant 12 : index
// CHECK-NEXT:      [[REMUI:%.*]] = arith.remui [[INDEX]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[FLOORDIVSI:%.*]] = arith.floordivsi [[REMUI]], [[CONSTANT]] : index
// CHECK-NEXT:      ten.yield [[FLOORDIVSI]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @gather_of_repeat_at_data(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<5xf64> {
  %c12 = arith.constant 12 : index
  %b = ten.broadcast %x dims [1] : tensor<4xf64> -> tensor<4x3xf64>
  %t = ten.reshape %b : tensor<4x3xf64> -> tensor<12xf64>
  %y = ten.gather [5] %t (%i) : tensor<12xf64> -> tensor<5xf64> {
    %j = ten.index %p[%i] : tensor<5xindex> -> index
    %k = arith.remui %j, %c12 : index
    ten.yield %k : index
  }
  func.return %y : tensor<5xf64>
}

// np.tile(x, 3)[1:11] is a slice. As a gather of x, it would read at (i + 1) mod 4.
// CHECK-LABEL: func.func @gather_of_tile_as_slice_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<10xf64> {
// CHECK-NEXT:    [[B:%.*]] = ten.broadcast [[X]] dims [0] : tensor<4xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    [[T:%.*]] = ten.reshape [[B]] : tensor<3x4xf64> -> tensor<12xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[T]] offsets [1] sizes [10] strides [1] : tensor<12xf64> -> tensor<10xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<10xf64>
// CHECK-NEXT:  }
func.func @gather_of_tile_as_slice_stays(%x: tensor<4xf64>) -> tensor<10xf64> {
  %c1 = arith.constant 1 : index
  %b = ten.broadcast %x dims [0] : tensor<4xf64> -> tensor<3x4xf64>
  %t = ten.reshape %b : tensor<3x4xf64> -> tensor<12xf64>
  %y = ten.gather [10] %t (%i) : tensor<12xf64> -> tensor<10xf64> {
    %k = arith.addi %i, %c1 : index
    ten.yield %k : index
  }
  func.return %y : tensor<10xf64>
}

// The gradient of the elements in turns: each operand has its slice of the cotangent.
// CHECK-LABEL: func.func @scatter_of_braid(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<10xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.reshape [[CT]] : tensor<10xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    [[T_1:%.*]] = ten.slice [[T]] offsets [0, 0] sizes [5, 1] strides [1, 1] : tensor<5x2xf64> -> tensor<5x1xf64>
// CHECK-NEXT:    [[T_2:%.*]] = ten.reshape [[T_1]] : tensor<5x1xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[T_3:%.*]] = ten.slice [[T]] offsets [0, 1] sizes [5, 1] strides [1, 1] : tensor<5x2xf64> -> tensor<5x1xf64>
// CHECK-NEXT:    [[T_4:%.*]] = ten.reshape [[T_3]] : tensor<5x1xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[T_2]], [[T_4]] : tensor<5xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @scatter_of_braid(%ct: tensor<10xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %t = ten.scatter [2, 5] %ct (%i) : tensor<10xf64> -> tensor<2x5xf64> {
    %k = arith.remui %i, %c2 : index
    %q = arith.divui %i, %c2 : index
    ten.yield %k, %q : index, index
  }
  %x = ten.index %t[%c0] : tensor<2x5xf64> -> tensor<5xf64>
  %z = ten.index %t[%c1] : tensor<2x5xf64> -> tensor<5xf64>
  func.return %x, %z : tensor<5xf64>, tensor<5xf64>
}

// A stack of nine rows would write seven of zeros. One pad writes them all.
// CHECK-LABEL: func.func @scatter_of_braid_in_many_rows(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<10xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[T:%.*]] = ten.reshape [[CT]] : tensor<10xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    [[T_1:%.*]] = ten.transpose [[T]] perm [1, 0] : tensor<5x2xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[T_2:%.*]] = ten.reshape [[T_1]] : tensor<2x5xf64> -> tensor<10xf64>
// CHECK-NEXT:    [[T_3:%.*]] = ten.pad [[T_2]] low [0] high [35] interior [0] : tensor<10xf64> -> tensor<45xf64>
// CHECK-NEXT:    [[T_4:%.*]] = ten.reshape [[T_3]] : tensor<45xf64> -> tensor<9x5xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.index [[T_4]]{{\[}}[[C1]]] : tensor<9x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[X]] : tensor<5xf64>
// CHECK-NEXT:  }
func.func @scatter_of_braid_in_many_rows(%ct: tensor<10xf64>) -> tensor<5xf64> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %t = ten.scatter [9, 5] %ct (%i) : tensor<10xf64> -> tensor<9x5xf64> {
    %k = arith.remui %i, %c2 : index
    %q = arith.divui %i, %c2 : index
    ten.yield %k, %q : index, index
  }
  %x = ten.index %t[%c1] : tensor<9x5xf64> -> tensor<5xf64>
  func.return %x : tensor<5xf64>
}

// Somebody reads all rows.
// CHECK-LABEL: func.func @scatter_of_braid_read_as_a_whole_stays(
// CHECK-SAME: [[CT:%[^ ,:)]+]]: tensor<7xf64>) -> (tensor<6xf64>, tensor<2x7xf64>) {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[T:%.*]] = ten.scatter [2, 7] [[CT]] ([[I:%[^ ,:)]+]]) {in_bounds, unique} : tensor<7xf64> -> tensor<2x7xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.addi [[I]], [[C1]] : index
// CHECK-NEXT:      [[K:%.*]] = arith.remui [[J]], [[C2]] : index
// CHECK-NEXT:      ten.yield [[K]], [[I]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[X:%.*]] = ten.slice [[T]] offsets [0, 1] sizes [1, 6] strides [1, 1] : tensor<2x7xf64> -> tensor<1x6xf64>
// CHECK-NEXT:    [[Z:%.*]] = ten.reshape [[X]] : tensor<1x6xf64> -> tensor<6xf64>
// CHECK-NEXT:    func.return [[Z]], [[T]] : tensor<6xf64>, tensor<2x7xf64>
// CHECK-NEXT:  }
func.func @scatter_of_braid_read_as_a_whole_stays(%ct: tensor<7xf64>) -> (tensor<6xf64>, tensor<2x7xf64>) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %t = ten.scatter [2, 7] %ct (%i) : tensor<7xf64> -> tensor<2x7xf64> {
    %j = arith.addi %i, %c1 : index
    %k = arith.remui %j, %c2 : index
    ten.yield %k, %i : index, index
  }
  %x = ten.slice %t offsets [0, 1] sizes [1, 6] strides [1, 1] : tensor<2x7xf64> -> tensor<1x6xf64>
  %z = ten.reshape %x : tensor<1x6xf64> -> tensor<6xf64>
  func.return %z, %t : tensor<6xf64>, tensor<2x7xf64>
}

// The zeros are not added.
// CHECK-LABEL: func.func @scatter_of_pad(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<4xf64> {
// CHECK-NEXT:    func.return [[X]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @scatter_of_pad(%x: tensor<4xf64>) -> tensor<4xf64> {
  %c2 = arith.constant 2 : index
  %p = ten.pad %x low [1] high [0] interior [1] : tensor<4xf64> -> tensor<8xf64>
  %y = ten.scatter [4] %p (%i) : tensor<8xf64> -> tensor<4xf64> {
    %k = arith.divui %i, %c2 : index
    ten.yield %k : index
  }
  func.return %y : tensor<4xf64>
}

// Several elements go to one place.
// CHECK-LABEL: func.func @scatter_of_pad_at_data_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>, [[P:%[^ ,:)]+]]: tensor<5xindex>) -> tensor<4xf64> {
// CHECK-NEXT:    [[W:%.*]] = ten.pad [[X]] low [1] high [0] interior [0] : tensor<4xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.scatter [4] [[W]] ([[I:%[^ ,:)]+]]) : tensor<5xf64> -> tensor<4xf64> {
// CHECK-NEXT:      [[K:%.*]] = ten.index [[P]]{{\[}}[[I]]] : tensor<5xindex> -> index
// CHECK-NEXT:      ten.yield [[K]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<4xf64>
// CHECK-NEXT:  }
func.func @scatter_of_pad_at_data_stays(%x: tensor<4xf64>, %p: tensor<5xindex>) -> tensor<4xf64> {
  %w = ten.pad %x low [1] high [0] interior [0] : tensor<4xf64> -> tensor<5xf64>
  %y = ten.scatter [4] %w (%i) : tensor<5xf64> -> tensor<4xf64> {
    %k = ten.index %p[%i] : tensor<5xindex> -> index
    ten.yield %k : index
  }
  func.return %y : tensor<4xf64>
}

// np.where(np.arange(7) < 3, x, z)
// CHECK-LABEL: func.func @select_by_place(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7xf64>, [[Z:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [0] sizes [3] strides [1] : tensor<7xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[Z]] offsets [3] sizes [4] strides [1] : tensor<7xf64> -> tensor<4xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.concat [[Y]], [[Y_1]] dim 0 : tensor<3xf64>, tensor<4xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return [[Y_2]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @select_by_place(%x: tensor<7xf64>, %z: tensor<7xf64>) -> tensor<7xf64> {
  %i = ten.iota dim 0 : tensor<7xindex>
  %c = arith.constant dense<3> : tensor<7xindex>
  %m = ten.compare slt, %i, %c : tensor<7xindex>
  %y = ten.select %m, %x, %z : tensor<7xi1>, tensor<7xf64>
  func.return %y : tensor<7xf64>
}

// The same, of rows, and zeros: a pad.
// CHECK-LABEL: func.func @select_by_place_of_zeros(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x12xf32>) -> tensor<4x12xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [0, 3] sizes [4, 1] strides [1, 1] : tensor<4x12xf32> -> tensor<4x1xf32>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.pad [[Y]] low [0, 3] high [0, 8] interior [0, 0] : tensor<4x1xf32> -> tensor<4x12xf32>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<4x12xf32>
// CHECK-NEXT:  }
func.func @select_by_place_of_zeros(%x: tensor<4x12xf32>) -> tensor<4x12xf32> {
  %i = ten.iota dim 1 : tensor<4x12xi64>
  %c = arith.constant dense<3> : tensor<4x12xi64>
  %m = ten.compare ne, %i, %c : tensor<4x12xi64>
  %z = arith.constant dense<0.0> : tensor<4x12xf32>
  %y = ten.select %m, %z, %x : tensor<4x12xi1>, tensor<4x12xf32>
  func.return %y : tensor<4x12xf32>
}

// -0.0 is no zero of a pad.
// CHECK-LABEL: func.func @select_by_place_of_negative_zeros(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [0] sizes [2] strides [1] : tensor<3xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[Y_1:%.*]] = arith.constant dense<-0.000000e+00> : tensor<1xf32>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.concat [[Y]], [[Y_1]] dim 0 : tensor<2xf32>, tensor<1xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return [[Y_2]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @select_by_place_of_negative_zeros(%x: tensor<3xf32>) -> tensor<3xf32> {
  %i = ten.iota dim 0 : tensor<3xi64>
  %c = arith.constant dense<2> : tensor<3xi64>
  %m = ten.compare slt, %i, %c : tensor<3xi64>
  %z = arith.constant dense<-0.0> : tensor<3xf32>
  %y = ten.select %m, %x, %z : tensor<3xi1>, tensor<3xf32>
  func.return %y : tensor<3xf32>
}

// Every third element of z.
// CHECK-LABEL: func.func @select_by_place_in_turns(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<12xf64>, [[Z:%[^ ,:)]+]]: tensor<12xf64>) -> tensor<12xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.reshape [[Z]] : tensor<12xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[Y]] offsets [0, 0] sizes [4, 1] strides [1, 1] : tensor<4x3xf64> -> tensor<4x1xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.reshape [[X]] : tensor<12xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    [[Y_3:%.*]] = ten.slice [[Y_2]] offsets [0, 1] sizes [4, 2] strides [1, 1] : tensor<4x3xf64> -> tensor<4x2xf64>
// CHECK-NEXT:    [[Y_4:%.*]] = ten.concat [[Y_1]], [[Y_3]] dim 1 : tensor<4x1xf64>, tensor<4x2xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    [[Y_5:%.*]] = ten.reshape [[Y_4]] : tensor<4x3xf64> -> tensor<12xf64>
// CHECK-NEXT:    func.return [[Y_5]] : tensor<12xf64>
// CHECK-NEXT:  }
func.func @select_by_place_in_turns(%x: tensor<12xf64>, %z: tensor<12xf64>) -> tensor<12xf64> {
  %i = ten.iota dim 0 : tensor<12xi64>
  %c = arith.constant dense<3> : tensor<12xi64>
  %zero = arith.constant dense<0> : tensor<12xi64>
  %r = arith.remsi %i, %c : tensor<12xi64>
  %m = ten.compare eq, %r, %zero : tensor<12xi64>
  %y = ten.select %m, %z, %x : tensor<12xi1>, tensor<12xf64>
  func.return %y : tensor<12xf64>
}

// The condition takes two places: a triangle.
// CHECK-LABEL: func.func @select_by_place_in_triangle_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7x9xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<7x9xf64>) -> tensor<7x9xf64> {
// CHECK-NEXT:    [[I:%.*]] = ten.iota dim 0 : tensor<7x9xi64>
// CHECK-NEXT:    [[J:%.*]] = ten.iota dim 1 : tensor<7x9xi64>
// CHECK-NEXT:    [[M:%.*]] = ten.compare slt, [[I]], [[J]] : tensor<7x9xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[M]], [[X]], [[Z]] : tensor<7x9xi1>, tensor<7x9xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7x9xf64>
// CHECK-NEXT:  }
func.func @select_by_place_in_triangle_stays(%x: tensor<7x9xf64>, %z: tensor<7x9xf64>) -> tensor<7x9xf64> {
  %i = ten.iota dim 0 : tensor<7x9xi64>
  %j = ten.iota dim 1 : tensor<7x9xi64>
  %m = ten.compare slt, %i, %j : tensor<7x9xi64>
  %y = ten.select %m, %x, %z : tensor<7x9xi1>, tensor<7x9xf64>
  func.return %y : tensor<7x9xf64>
}

// The sine is computed where the elements are selected.
// CHECK-LABEL: func.func @select_by_place_of_computed_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7xf64>, [[Z:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[I:%.*]] = ten.iota dim 0 : tensor<7xindex>
// CHECK-NEXT:    [[C:%.*]] = arith.constant dense<3> : tensor<7xindex>
// CHECK-NEXT:    [[M:%.*]] = ten.compare slt, [[I]], [[C]] : tensor<7xindex>
// CHECK-NEXT:    [[S:%.*]] = math.sin [[Z]] : tensor<7xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[M]], [[X]], [[S]] : tensor<7xi1>, tensor<7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @select_by_place_of_computed_stays(%x: tensor<7xf64>, %z: tensor<7xf64>) -> tensor<7xf64> {
  %i = ten.iota dim 0 : tensor<7xindex>
  %c = arith.constant dense<3> : tensor<7xindex>
  %m = ten.compare slt, %i, %c : tensor<7xindex>
  %s = math.sin %z : tensor<7xf64>
  %y = ten.select %m, %x, %s : tensor<7xi1>, tensor<7xf64>
  func.return %y : tensor<7xf64>
}

// CHECK-LABEL: func.func @select_by_place_of_computed_first_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7xf64>, [[Z:%[^ ,:)]+]]: tensor<7xf64>) -> tensor<7xf64> {
// CHECK-NEXT:    [[I:%.*]] = ten.iota dim 0 : tensor<7xindex>
// CHECK-NEXT:    [[C:%.*]] = arith.constant dense<3> : tensor<7xindex>
// CHECK-NEXT:    [[M:%.*]] = ten.compare slt, [[I]], [[C]] : tensor<7xindex>
// CHECK-NEXT:    [[S:%.*]] = math.sin [[Z]] : tensor<7xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[M]], [[S]], [[X]] : tensor<7xi1>, tensor<7xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7xf64>
// CHECK-NEXT:  }
func.func @select_by_place_of_computed_first_stays(%x: tensor<7xf64>, %z: tensor<7xf64>) -> tensor<7xf64> {
  %i = ten.iota dim 0 : tensor<7xindex>
  %c = arith.constant dense<3> : tensor<7xindex>
  %m = ten.compare slt, %i, %c : tensor<7xindex>
  %s = math.sin %z : tensor<7xf64>
  %y = ten.select %m, %s, %x : tensor<7xi1>, tensor<7xf64>
  func.return %y : tensor<7xf64>
}

// 27 elements have no equal parts of 2.
// CHECK-LABEL: func.func @select_by_place_of_odd_size_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<27xf64>, [[Z:%[^ ,:)]+]]: tensor<27xf64>) -> tensor<27xf64> {
// CHECK-NEXT:    [[I:%.*]] = ten.iota dim 0 : tensor<27xi64>
// CHECK-NEXT:    [[C:%.*]] = arith.constant dense<2> : tensor<27xi64>
// CHECK-NEXT:    [[ZERO:%.*]] = arith.constant dense<0> : tensor<27xi64>
// CHECK-NEXT:    [[R:%.*]] = arith.remsi [[I]], [[C]] : tensor<27xi64>
// CHECK-NEXT:    [[M:%.*]] = ten.compare eq, [[R]], [[ZERO]] : tensor<27xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[M]], [[Z]], [[X]] : tensor<27xi1>, tensor<27xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<27xf64>
// CHECK-NEXT:  }
func.func @select_by_place_of_odd_size_stays(%x: tensor<27xf64>, %z: tensor<27xf64>) -> tensor<27xf64> {
  %i = ten.iota dim 0 : tensor<27xi64>
  %c = arith.constant dense<2> : tensor<27xi64>
  %zero = arith.constant dense<0> : tensor<27xi64>
  %r = arith.remsi %i, %c : tensor<27xi64>
  %m = ten.compare eq, %r, %zero : tensor<27xi64>
  %y = ten.select %m, %z, %x : tensor<27xi1>, tensor<27xf64>
  func.return %y : tensor<27xf64>
}

// CHECK-LABEL: func.func @slice_of_stack(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<2x3xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.slice [[X]] offsets [1] sizes [3] strides [1] : tensor<4xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.slice [[Z]] offsets [1] sizes [3] strides [1] : tensor<4xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[S_2:%.*]] = ten.stack [[S]], [[S_1]] : tensor<3xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    func.return [[S_2]] : tensor<2x3xf64>
// CHECK-NEXT:  }
func.func @slice_of_stack(%x: tensor<4xf64>, %y: tensor<4xf64>, %z: tensor<4xf64>) -> tensor<2x3xf64> {
  %t = ten.stack %x, %y, %z : tensor<4xf64> -> tensor<3x4xf64>
  %s = ten.slice %t offsets [0, 1] sizes [2, 3] strides [2, 1] : tensor<3x4xf64> -> tensor<2x3xf64>
  func.return %s : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @slice_of_stack_of_kept_stack_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<4xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<2x4xf64>, tensor<3x4xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]], [[Z]] : tensor<4xf64> -> tensor<3x4xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.slice [[T]] offsets [1, 0] sizes [2, 4] strides [1, 1] : tensor<3x4xf64> -> tensor<2x4xf64>
// CHECK-NEXT:    func.return [[S]], [[T]] : tensor<2x4xf64>, tensor<3x4xf64>
// CHECK-NEXT:  }
func.func @slice_of_stack_of_kept_stack_stays(%x: tensor<4xf64>, %y: tensor<4xf64>, %z: tensor<4xf64>) -> (tensor<2x4xf64>, tensor<3x4xf64>) {
  %t = ten.stack %x, %y, %z : tensor<4xf64> -> tensor<3x4xf64>
  %s = ten.slice %t offsets [1, 0] sizes [2, 4] strides [1, 1] : tensor<3x4xf64> -> tensor<2x4xf64>
  func.return %s, %t : tensor<2x4xf64>, tensor<3x4xf64>
}

// CHECK-LABEL: func.func @reverse_of_stack(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<2x5xf64>) -> tensor<3x2x5xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.reverse [[Z]] dims [1] : tensor<2x5xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.reverse [[Y]] dims [1] : tensor<2x5xf64>
// CHECK-NEXT:    [[S_2:%.*]] = ten.reverse [[X]] dims [1] : tensor<2x5xf64>
// CHECK-NEXT:    [[S_3:%.*]] = ten.stack [[S]], [[S_1]], [[S_2]] : tensor<2x5xf64> -> tensor<3x2x5xf64>
// CHECK-NEXT:    func.return [[S_3]] : tensor<3x2x5xf64>
// CHECK-NEXT:  }
func.func @reverse_of_stack(%x: tensor<2x5xf64>, %y: tensor<2x5xf64>, %z: tensor<2x5xf64>) -> tensor<3x2x5xf64> {
  %t = ten.stack %x, %y, %z : tensor<2x5xf64> -> tensor<3x2x5xf64>
  %s = ten.reverse %t dims [0, 2] : tensor<3x2x5xf64>
  func.return %s : tensor<3x2x5xf64>
}

// The rows stay where they are.
// CHECK-LABEL: func.func @reverse_of_stack_of_columns_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2x5xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<2x5xf64>) -> tensor<3x2x5xf64> {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]], [[Z]] : tensor<2x5xf64> -> tensor<3x2x5xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.reverse [[T]] dims [1] : tensor<3x2x5xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<3x2x5xf64>
// CHECK-NEXT:  }
func.func @reverse_of_stack_of_columns_stays(%x: tensor<2x5xf64>, %y: tensor<2x5xf64>, %z: tensor<2x5xf64>) -> tensor<3x2x5xf64> {
  %t = ten.stack %x, %y, %z : tensor<2x5xf64> -> tensor<3x2x5xf64>
  %s = ten.reverse %t dims [1] : tensor<3x2x5xf64>
  func.return %s : tensor<3x2x5xf64>
}

// CHECK-LABEL: func.func @reverse_of_stack_of_kept_stack_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<2x5xf64>, tensor<2x5xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]] : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.reverse [[T]] dims [0] : tensor<2x5xf64>
// CHECK-NEXT:    func.return [[S]], [[T]] : tensor<2x5xf64>, tensor<2x5xf64>
// CHECK-NEXT:  }
func.func @reverse_of_stack_of_kept_stack_stays(%x: tensor<5xf64>, %y: tensor<5xf64>) -> (tensor<2x5xf64>, tensor<2x5xf64>) {
  %t = ten.stack %x, %y : tensor<5xf64> -> tensor<2x5xf64>
  %s = ten.reverse %t dims [0] : tensor<2x5xf64>
  func.return %s, %t : tensor<2x5xf64>, tensor<2x5xf64>
}

// CHECK-LABEL: func.func @concat_of_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[S:%[^ ,:)]+]]: f64) -> tensor<4x5xf64> {
// CHECK-NEXT:    [[C:%.*]] = ten.broadcast [[S]] dims [0] : f64 -> tensor<5xf64>
// CHECK-NEXT:    [[C_1:%.*]] = ten.stack [[X]], [[Y]], [[Z]], [[C]] : tensor<5xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    func.return [[C_1]] : tensor<4x5xf64>
// CHECK-NEXT:  }
func.func @concat_of_rows(%x: tensor<5xf64>, %y: tensor<5xf64>, %z: tensor<5xf64>, %s: f64) -> tensor<4x5xf64> {
  %t = ten.stack %x, %y : tensor<5xf64> -> tensor<2x5xf64>
  %r = ten.broadcast %z dims [0] : tensor<5xf64> -> tensor<1x5xf64>
  %q = ten.broadcast %s dims [0, 1] : f64 -> tensor<1x5xf64>
  %c = ten.concat %t, %r, %q dim 0 : tensor<2x5xf64>, tensor<1x5xf64>, tensor<1x5xf64> -> tensor<4x5xf64>
  func.return %c : tensor<4x5xf64>
}

// CHECK-LABEL: func.func @concat_of_rows_as_columns(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<3x5xf64>) -> tensor<3x2x5xf64> {
// CHECK-NEXT:    [[C:%.*]] = ten.stack [[X]], [[Y]] : tensor<3x5xf64> -> tensor<2x3x5xf64>
// CHECK-NEXT:    [[C_1:%.*]] = ten.transpose [[C]] perm [1, 0, 2] : tensor<2x3x5xf64> -> tensor<3x2x5xf64>
// CHECK-NEXT:    func.return [[C_1]] : tensor<3x2x5xf64>
// CHECK-NEXT:  }
func.func @concat_of_rows_as_columns(%x: tensor<3x5xf64>, %y: tensor<3x5xf64>) -> tensor<3x2x5xf64> {
  %a = ten.broadcast %x dims [1] : tensor<3x5xf64> -> tensor<3x1x5xf64>
  %b = ten.broadcast %y dims [1] : tensor<3x5xf64> -> tensor<3x1x5xf64>
  %c = ten.concat %a, %b dim 1 : tensor<3x1x5xf64>, tensor<3x1x5xf64> -> tensor<3x2x5xf64>
  func.return %c : tensor<3x2x5xf64>
}

// The stack has another use. The second row is there twice.
// CHECK-LABEL: func.func @concat_of_rows_of_kept_stack_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf64>) -> (tensor<3x5xf64>, tensor<2x5xf64>, tensor<3x5xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.stack [[X]], [[Y]] : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.broadcast [[X]] dims [0] : tensor<5xf64> -> tensor<1x5xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.concat [[T]], [[R]] dim 0 : tensor<2x5xf64>, tensor<1x5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    [[Q:%.*]] = ten.broadcast [[Y]] dims [0] : tensor<5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[D:%.*]] = ten.concat [[R]], [[Q]] dim 0 : tensor<1x5xf64>, tensor<2x5xf64> -> tensor<3x5xf64>
// CHECK-NEXT:    func.return [[C]], [[T]], [[D]] : tensor<3x5xf64>, tensor<2x5xf64>, tensor<3x5xf64>
// CHECK-NEXT:  }
func.func @concat_of_rows_of_kept_stack_stays(%x: tensor<5xf64>, %y: tensor<5xf64>) -> (tensor<3x5xf64>, tensor<2x5xf64>, tensor<3x5xf64>) {
  %t = ten.stack %x, %y : tensor<5xf64> -> tensor<2x5xf64>
  %r = ten.broadcast %x dims [0] : tensor<5xf64> -> tensor<1x5xf64>
  %c = ten.concat %t, %r dim 0 : tensor<2x5xf64>, tensor<1x5xf64> -> tensor<3x5xf64>
  %q = ten.broadcast %y dims [0] : tensor<5xf64> -> tensor<2x5xf64>
  %d = ten.concat %r, %q dim 0 : tensor<1x5xf64>, tensor<2x5xf64> -> tensor<3x5xf64>
  func.return %c, %t, %d : tensor<3x5xf64>, tensor<2x5xf64>, tensor<3x5xf64>
}

// CHECK-LABEL: func.func @slice_of_part_of_concat(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.slice [[X]] offsets [2] sizes [1] strides [1] : tensor<3xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.concat [[S]], [[Y]] dim 0 : tensor<1xf64>, tensor<2xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[S_1]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @slice_of_part_of_concat(%x: tensor<3xf64>, %y: tensor<2xf64>, %z: tensor<4xf64>) -> tensor<3xf64> {
  %c = ten.concat %x, %y, %z dim 0 : tensor<3xf64>, tensor<2xf64>, tensor<4xf64> -> tensor<9xf64>
  %s = ten.slice %c offsets [2] sizes [3] strides [1] : tensor<9xf64> -> tensor<3xf64>
  func.return %s : tensor<3xf64>
}

// CHECK-LABEL: func.func @slice_of_part_of_concat_in_steps_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2xf64>,
// CHECK-SAME: [[Z:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[C:%.*]] = ten.concat [[X]], [[Y]], [[Z]] dim 0 : tensor<3xf64>, tensor<2xf64>, tensor<4xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.slice [[C]] offsets [2] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<3xf64>
// CHECK-NEXT:  }
func.func @slice_of_part_of_concat_in_steps_stays(%x: tensor<3xf64>, %y: tensor<2xf64>, %z: tensor<4xf64>) -> tensor<3xf64> {
  %c = ten.concat %x, %y, %z dim 0 : tensor<3xf64>, tensor<2xf64>, tensor<4xf64> -> tensor<9xf64>
  %s = ten.slice %c offsets [2] sizes [3] strides [2] : tensor<9xf64> -> tensor<3xf64>
  func.return %s : tensor<3xf64>
}

// CHECK-LABEL: func.func @slice_of_part_of_concat_with_other_use_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2xf64>) -> (tensor<3xf64>, tensor<5xf64>) {
// CHECK-NEXT:    [[C:%.*]] = ten.concat [[X]], [[Y]] dim 0 : tensor<3xf64>, tensor<2xf64> -> tensor<5xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.slice [[C]] offsets [1] sizes [3] strides [1] : tensor<5xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[S]], [[C]] : tensor<3xf64>, tensor<5xf64>
// CHECK-NEXT:  }
func.func @slice_of_part_of_concat_with_other_use_stays(%x: tensor<3xf64>, %y: tensor<2xf64>) -> (tensor<3xf64>, tensor<5xf64>) {
  %c = ten.concat %x, %y dim 0 : tensor<3xf64>, tensor<2xf64> -> tensor<5xf64>
  %s = ten.slice %c offsets [1] sizes [3] strides [1] : tensor<5xf64> -> tensor<3xf64>
  func.return %s, %c : tensor<3xf64>, tensor<5xf64>
}

// CHECK-LABEL: func.func @transpose_of_pad_of_transpose(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x5xf64>) -> tensor<7x5xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.pad [[X]] low [1, 0] high [1, 0] interior [1, 0] : tensor<3x5xf64> -> tensor<7x5xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<7x5xf64>
// CHECK-NEXT:  }
func.func @transpose_of_pad_of_transpose(%x: tensor<3x5xf64>) -> tensor<7x5xf64> {
  %t = ten.transpose %x perm [1, 0] : tensor<3x5xf64> -> tensor<5x3xf64>
  %p = ten.pad %t low [0, 1] high [0, 1] interior [0, 1] : tensor<5x3xf64> -> tensor<5x7xf64>
  %y = ten.transpose %p perm [1, 0] : tensor<5x7xf64> -> tensor<7x5xf64>
  func.return %y : tensor<7x5xf64>
}

// CHECK-LABEL: func.func @transpose_of_pad_of_transpose_with_other_use_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x5xf64>) -> (tensor<4x5xf64>, tensor<5x4xf64>) {
// CHECK-NEXT:    [[T:%.*]] = ten.transpose [[X]] perm [1, 0] : tensor<3x5xf64> -> tensor<5x3xf64>
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[T]] low [0, 1] high [0, 0] interior [0, 0] : tensor<5x3xf64> -> tensor<5x4xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[P]] perm [1, 0] : tensor<5x4xf64> -> tensor<4x5xf64>
// CHECK-NEXT:    func.return [[Y]], [[P]] : tensor<4x5xf64>, tensor<5x4xf64>
// CHECK-NEXT:  }
func.func @transpose_of_pad_of_transpose_with_other_use_stays(%x: tensor<3x5xf64>) -> (tensor<4x5xf64>, tensor<5x4xf64>) {
  %t = ten.transpose %x perm [1, 0] : tensor<3x5xf64> -> tensor<5x3xf64>
  %p = ten.pad %t low [0, 1] high [0, 0] interior [0, 0] : tensor<5x3xf64> -> tensor<5x4xf64>
  %y = ten.transpose %p perm [1, 0] : tensor<5x4xf64> -> tensor<4x5xf64>
  func.return %y, %p : tensor<4x5xf64>, tensor<5x4xf64>
}

// A mask that the program knows: the ends of x, and z between them.
// CHECK-LABEL: func.func @select_by_place_of_known_mask(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<9xf64>, [[Z:%[^ ,:)]+]]: tensor<9xf64>) -> tensor<9xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [0] sizes [1] strides [1] : tensor<9xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.slice [[Z]] offsets [1] sizes [6] strides [1] : tensor<9xf64> -> tensor<6xf64>
// CHECK-NEXT:    [[Y_2:%.*]] = ten.slice [[X]] offsets [7] sizes [2] strides [1] : tensor<9xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[Y_3:%.*]] = ten.concat [[Y]], [[Y_1]], [[Y_2]] dim 0 : tensor<1xf64>, tensor<6xf64>, tensor<2xf64> -> tensor<9xf64>
// CHECK-NEXT:    func.return [[Y_3]] : tensor<9xf64>
// CHECK-NEXT:  }
func.func @select_by_place_of_known_mask(%x: tensor<9xf64>, %z: tensor<9xf64>) -> tensor<9xf64> {
  %m = arith.constant dense<[true, false, false, false, false, false, false, true, true]> : tensor<9xi1>
  %y = ten.select %m, %x, %z : tensor<9xi1>, tensor<9xf64>
  func.return %y : tensor<9xf64>
}

// Nine slices would replace one select.
// CHECK-LABEL: func.func @select_by_place_of_many_runs_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<9xf64>, [[Z:%[^ ,:)]+]]: tensor<9xf64>) -> tensor<9xf64> {
// CHECK-NEXT:    [[M:%.*]] = arith.constant dense<[true, false, true, false, true, false, true, false, true]> : tensor<9xi1>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[M]], [[X]], [[Z]] : tensor<9xi1>, tensor<9xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<9xf64>
// CHECK-NEXT:  }
func.func @select_by_place_of_many_runs_stays(%x: tensor<9xf64>, %z: tensor<9xf64>) -> tensor<9xf64> {
  %m = arith.constant dense<[true, false, true, false, true, false, true, false, true]> : tensor<9xi1>
  %y = ten.select %m, %x, %z : tensor<9xi1>, tensor<9xf64>
  func.return %y : tensor<9xf64>
}
