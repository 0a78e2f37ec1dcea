// RUN: letgrad-opt %s -p ten-share-views,cse,canonicalize --verify-sharing --check-semantics | filecheck %s

// An op on a padded array is computed of the array itself, where that saves evaluations, and of the
// number around it.

// CHECK-LABEL: func.func @of_pad_beside_the_array(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6x4xf64>) -> (tensor<6x4xf64>, tensor<9x4xf64>, tensor<11x6xf64>) {
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<6x4xf64>
// CHECK-NEXT:    [[B:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[B_1:%.*]] = ten.broadcast [[B]] dims [0, 1] : f64 -> tensor<9x4xf64>
// CHECK-NEXT:    [[B_2:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[B_3:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[B_4:%.*]] = ten.update [[B_1]]{{\[}}[[B_2]], [[B_3]]] [[A]] strides [1, 1] : tensor<9x4xf64>, tensor<6x4xf64> -> tensor<9x4xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.broadcast [[B]] dims [0, 1] : f64 -> tensor<11x6xf64>
// CHECK-NEXT:    [[C_1:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[C_2:%.*]] = ten.update [[C]]{{\[}}[[C_1]], [[B_3]]] [[A]] strides [1, 1] : tensor<11x6xf64>, tensor<6x4xf64> -> tensor<11x6xf64>
// CHECK-NEXT:    func.return [[A]], [[B_4]], [[C_2]] : tensor<6x4xf64>, tensor<9x4xf64>, tensor<11x6xf64>
// CHECK-NEXT:  }
func.func @of_pad_beside_the_array(%v: tensor<6x4xf64>) -> (tensor<6x4xf64>, tensor<9x4xf64>, tensor<11x6xf64>) {
  %a = math.exp %v : tensor<6x4xf64>
  %p = ten.pad %v low [1, 0] high [2, 0] interior [0, 0] : tensor<6x4xf64> -> tensor<9x4xf64>
  %b = math.exp %p : tensor<9x4xf64>
  %q = ten.pad %v low [3, 0] high [2, 2] interior [0, 0] : tensor<6x4xf64> -> tensor<11x6xf64>
  %c = math.exp %q : tensor<11x6xf64>
  func.return %a, %b, %c : tensor<6x4xf64>, tensor<9x4xf64>, tensor<11x6xf64>
}

// The array stands the other way around, and a number is added to it. The sine is a view too.
// CHECK-LABEL: func.func @of_pad_of_a_view(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<6xf64>, tensor<9xf64>) {
// CHECK-NEXT:    [[TWO:%.*]] = arith.constant dense<2.000000e+00> : tensor<6xf64>
// CHECK-NEXT:    [[W:%.*]] = arith.addf [[V]], [[TWO]] : tensor<6xf64>
// CHECK-NEXT:    [[A:%.*]] = math.exp [[W]] : tensor<6xf64>
// CHECK-NEXT:    [[S:%.*]] = math.sin [[A]] : tensor<6xf64>
// CHECK-NEXT:    [[B:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[T:%.*]] = ten.reverse [[S]] dims [0] : tensor<6xf64>
// CHECK-NEXT:    [[T_1:%.*]] = arith.constant 0.8938549549128102 : f64
// CHECK-NEXT:    [[T_2:%.*]] = ten.broadcast [[T_1]] dims [0] : f64 -> tensor<9xf64>
// CHECK-NEXT:    [[T_3:%.*]] = ten.update [[T_2]]{{\[}}[[B]]] [[T]] strides [1] : tensor<9xf64>, tensor<6xf64> -> tensor<9xf64>
// CHECK-NEXT:    func.return [[S]], [[T_3]] : tensor<6xf64>, tensor<9xf64>
// CHECK-NEXT:  }
func.func @of_pad_of_a_view(%v: tensor<6xf64>) -> (tensor<6xf64>, tensor<9xf64>) {
  %two = arith.constant dense<2.0> : tensor<6xf64>
  %w = arith.addf %v, %two : tensor<6xf64>
  %a = math.exp %w : tensor<6xf64>
  %s = math.sin %a : tensor<6xf64>
  %p = ten.pad %v low [1] high [2] interior [0] : tensor<6xf64> -> tensor<9xf64>
  %r = ten.reverse %p dims [0] : tensor<9xf64>
  %twos = arith.constant dense<2.0> : tensor<9xf64>
  %x = arith.addf %r, %twos : tensor<9xf64>
  %b = math.exp %x : tensor<9xf64>
  %t = math.sin %b : tensor<9xf64>
  func.return %s, %t : tensor<6xf64>, tensor<9xf64>
}

// Two paddings of one array, and nobody needs the function of the array alone. tanh 0 is 0.
// CHECK-LABEL: func.func @of_two_pads(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<7xf64>, tensor<7xf64>) {
// CHECK-NEXT:    [[A:%.*]] = math.tanh [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[A_1:%.*]] = ten.pad [[A]] low [1] high [0] interior [0] : tensor<6xf64> -> tensor<7xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.pad [[A]] low [0] high [1] interior [0] : tensor<6xf64> -> tensor<7xf64>
// CHECK-NEXT:    func.return [[A_1]], [[B]] : tensor<7xf64>, tensor<7xf64>
// CHECK-NEXT:  }
func.func @of_two_pads(%v: tensor<6xf64>) -> (tensor<7xf64>, tensor<7xf64>) {
  %p = ten.pad %v low [1] high [0] interior [0] : tensor<6xf64> -> tensor<7xf64>
  %a = math.tanh %p : tensor<7xf64>
  %q = ten.pad %v low [0] high [1] interior [0] : tensor<6xf64> -> tensor<7xf64>
  %b = math.tanh %q : tensor<7xf64>
  func.return %a, %b : tensor<7xf64>, tensor<7xf64>
}

// Half of the elements are padding.
// CHECK-LABEL: func.func @of_wide_pad(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<12xf64> {
// CHECK-NEXT:    [[A:%.*]] = math.cos [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[A_1:%.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    [[A_2:%.*]] = ten.broadcast [[A_1]] dims [0] : f64 -> tensor<12xf64>
// CHECK-NEXT:    [[A_3:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[A_4:%.*]] = ten.update [[A_2]]{{\[}}[[A_3]]] [[A]] strides [2] : tensor<12xf64>, tensor<6xf64> -> tensor<12xf64>
// CHECK-NEXT:    func.return [[A_4]] : tensor<12xf64>
// CHECK-NEXT:  }
func.func @of_wide_pad(%v: tensor<6xf64>) -> tensor<12xf64> {
  %p = ten.pad %v low [0] high [1] interior [1] : tensor<6xf64> -> tensor<12xf64>
  %a = math.cos %p : tensor<12xf64>
  func.return %a : tensor<12xf64>
}

// The number around the array is another one than 0.
// CHECK-LABEL: func.func @of_update(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64) -> (tensor<6xf64>, tensor<8xf64>) {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[B:%.*]] = math.exp [[X]] : f64
// CHECK-NEXT:    [[B_1:%.*]] = ten.broadcast [[B]] dims [0] : f64 -> tensor<8xf64>
// CHECK-NEXT:    [[B_2:%.*]] = ten.update [[B_1]]{{\[}}[[C1]]] [[A]] strides [1] : tensor<8xf64>, tensor<6xf64> -> tensor<8xf64>
// CHECK-NEXT:    func.return [[A]], [[B_2]] : tensor<6xf64>, tensor<8xf64>
// CHECK-NEXT:  }
func.func @of_update(%v: tensor<6xf64>, %x: f64) -> (tensor<6xf64>, tensor<8xf64>) {
  %c1 = arith.constant 1 : index
  %a = math.exp %v : tensor<6xf64>
  %w = ten.broadcast %x dims [0] : f64 -> tensor<8xf64>
  %p = ten.update %w[%c1] %v strides [1] : tensor<8xf64>, tensor<6xf64> -> tensor<8xf64>
  %b = math.exp %p : tensor<8xf64>
  func.return %a, %b : tensor<6xf64>, tensor<8xf64>
}

// Most elements are no padding.
// CHECK-LABEL: func.func @of_narrow_pad_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<9xf64> {
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[V]] low [1] high [2] interior [0] : tensor<6xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[A:%.*]] = math.cos [[P]] : tensor<9xf64>
// CHECK-NEXT:    func.return [[A]] : tensor<9xf64>
// CHECK-NEXT:  }
func.func @of_narrow_pad_stays(%v: tensor<6xf64>) -> tensor<9xf64> {
  %p = ten.pad %v low [1] high [2] interior [0] : tensor<6xf64> -> tensor<9xf64>
  %a = math.cos %p : tensor<9xf64>
  func.return %a : tensor<9xf64>
}

// The elements beside v are those of w.
// CHECK-LABEL: func.func @of_pad_beside_others_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<9xf64>) -> (tensor<6xf64>, tensor<9xf64>) {
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[V]] low [1] high [2] interior [0] : tensor<6xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[Q:%.*]] = arith.addf [[P]], [[W]] : tensor<9xf64>
// CHECK-NEXT:    [[B:%.*]] = math.exp [[Q]] : tensor<9xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<6xf64>, tensor<9xf64>
// CHECK-NEXT:  }
func.func @of_pad_beside_others_stays(%v: tensor<6xf64>, %w: tensor<9xf64>) -> (tensor<6xf64>, tensor<9xf64>) {
  %a = math.exp %v : tensor<6xf64>
  %p = ten.pad %v low [1] high [2] interior [0] : tensor<6xf64> -> tensor<9xf64>
  %q = arith.addf %p, %w : tensor<9xf64>
  %b = math.exp %q : tensor<9xf64>
  func.return %a, %b : tensor<6xf64>, tensor<9xf64>
}

// The two paddings are at different places.
// CHECK-LABEL: func.func @of_unequal_pads_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<6xf64>) -> (tensor<6xf64>, tensor<7xf64>) {
// CHECK-NEXT:    [[A:%.*]] = arith.divf [[V]], [[W]] : tensor<6xf64>
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[V]] low [1] high [0] interior [0] : tensor<6xf64> -> tensor<7xf64>
// CHECK-NEXT:    [[Q:%.*]] = ten.pad [[W]] low [0] high [1] interior [0] : tensor<6xf64> -> tensor<7xf64>
// CHECK-NEXT:    [[B:%.*]] = arith.divf [[P]], [[Q]] : tensor<7xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<6xf64>, tensor<7xf64>
// CHECK-NEXT:  }
func.func @of_unequal_pads_stays(%v: tensor<6xf64>, %w: tensor<6xf64>) -> (tensor<6xf64>, tensor<7xf64>) {
  %a = arith.divf %v, %w : tensor<6xf64>
  %p = ten.pad %v low [1] high [0] interior [0] : tensor<6xf64> -> tensor<7xf64>
  %q = ten.pad %w low [0] high [1] interior [0] : tensor<6xf64> -> tensor<7xf64>
  %b = arith.divf %p, %q : tensor<7xf64>
  func.return %a, %b : tensor<6xf64>, tensor<7xf64>
}

// Data says where the box is, and it may reach beyond the array.
// CHECK-LABEL: func.func @of_update_by_chance_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<6xf64>,
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> (tensor<6xf64>, tensor<8xf64>) {
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<6xf64>
// CHECK-NEXT:    [[W:%.*]] = ten.broadcast [[X]] dims [0] : f64 -> tensor<8xf64>
// CHECK-NEXT:    [[P:%.*]] = ten.update [[W]]{{\[}}[[I]]] [[V]] strides [1] : tensor<8xf64>, tensor<6xf64> -> tensor<8xf64>
// CHECK-NEXT:    [[B:%.*]] = math.exp [[P]] : tensor<8xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<6xf64>, tensor<8xf64>
// CHECK-NEXT:  }
func.func @of_update_by_chance_stays(%v: tensor<6xf64>, %x: f64, %i: index) -> (tensor<6xf64>, tensor<8xf64>) {
  %a = math.exp %v : tensor<6xf64>
  %w = ten.broadcast %x dims [0] : f64 -> tensor<8xf64>
  %p = ten.update %w[%i] %v strides [1] : tensor<8xf64>, tensor<6xf64> -> tensor<8xf64>
  %b = math.exp %p : tensor<8xf64>
  func.return %a, %b : tensor<6xf64>, tensor<8xf64>
}

// The same elements in another shape.
// CHECK-LABEL: func.func @of_reshape(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4x6xf64>) -> (tensor<24xf64>, tensor<6x4xf64>, tensor<3x8xf64>) {
// CHECK-NEXT:    [[A:%.*]] = math.tanh [[V]] : tensor<4x6xf64>
// CHECK-NEXT:    [[A_1:%.*]] = ten.reshape [[A]] : tensor<4x6xf64> -> tensor<24xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.transpose [[A]] perm [1, 0] : tensor<4x6xf64> -> tensor<6x4xf64>
// CHECK-NEXT:    [[C:%.*]] = ten.reshape [[A]] : tensor<4x6xf64> -> tensor<3x8xf64>
// CHECK-NEXT:    func.return [[A_1]], [[B]], [[C]] : tensor<24xf64>, tensor<6x4xf64>, tensor<3x8xf64>
// CHECK-NEXT:  }
func.func @of_reshape(%v: tensor<4x6xf64>) -> (tensor<24xf64>, tensor<6x4xf64>, tensor<3x8xf64>) {
  %r = ten.reshape %v : tensor<4x6xf64> -> tensor<24xf64>
  %a = math.tanh %r : tensor<24xf64>
  %t = ten.transpose %v perm [1, 0] : tensor<4x6xf64> -> tensor<6x4xf64>
  %b = math.tanh %t : tensor<6x4xf64>
  %s = ten.reshape %v : tensor<4x6xf64> -> tensor<3x8xf64>
  %c = math.tanh %s : tensor<3x8xf64>
  func.return %a, %b, %c : tensor<24xf64>, tensor<6x4xf64>, tensor<3x8xf64>
}

// np.repeat(x, 3): the copies are equal.
// CHECK-LABEL: func.func @of_repeat(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<12xf64> {
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<4xf64>
// CHECK-NEXT:    [[A_1:%.*]] = ten.broadcast [[A]] dims [1] : tensor<4xf64> -> tensor<4x3xf64>
// CHECK-NEXT:    [[A_2:%.*]] = ten.reshape [[A_1]] : tensor<4x3xf64> -> tensor<12xf64>
// CHECK-NEXT:    func.return [[A_2]] : tensor<12xf64>
// CHECK-NEXT:  }
func.func @of_repeat(%v: tensor<4xf64>) -> tensor<12xf64> {
  %w = ten.broadcast %v dims [1] : tensor<4xf64> -> tensor<4x3xf64>
  %r = ten.reshape %w : tensor<4x3xf64> -> tensor<12xf64>
  %a = math.exp %r : tensor<12xf64>
  func.return %a : tensor<12xf64>
}

// The reshape costs nothing, and nobody else needs the exponentials.
// CHECK-LABEL: func.func @of_reshape_alone_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4x6xf64>) -> tensor<24xf64> {
// CHECK-NEXT:    [[R:%.*]] = ten.reshape [[V]] : tensor<4x6xf64> -> tensor<24xf64>
// CHECK-NEXT:    [[A:%.*]] = math.exp [[R]] : tensor<24xf64>
// CHECK-NEXT:    func.return [[A]] : tensor<24xf64>
// CHECK-NEXT:  }
func.func @of_reshape_alone_stays(%v: tensor<4x6xf64>) -> tensor<24xf64> {
  %r = ten.reshape %v : tensor<4x6xf64> -> tensor<24xf64>
  %a = math.exp %r : tensor<24xf64>
  func.return %a : tensor<24xf64>
}

// A column that a gather reads.
// CHECK-LABEL: func.func @of_gather(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4x6xf64>) -> (tensor<4x6xf64>, tensor<4xf64>) {
// CHECK-NEXT:    [[C2:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<4x6xf64>
// CHECK-NEXT:    [[B:%.*]] = ten.transpose [[A]] perm [1, 0] : tensor<4x6xf64> -> tensor<6x4xf64>
// CHECK-NEXT:    [[B_1:%.*]] = ten.index [[B]]{{\[}}[[C2]]] : tensor<6x4xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return [[A]], [[B_1]] : tensor<4x6xf64>, tensor<4xf64>
// CHECK-NEXT:  }
func.func @of_gather(%v: tensor<4x6xf64>) -> (tensor<4x6xf64>, tensor<4xf64>) {
  %c2 = arith.constant 2 : index
  %a = math.exp %v : tensor<4x6xf64>
  %g = ten.gather [4] %v (%i) : tensor<4x6xf64> -> tensor<4xf64> {
    ten.yield %i, %c2 : index, index
  }
  %b = math.exp %g : tensor<4xf64>
  func.return %a, %b : tensor<4x6xf64>, tensor<4xf64>
}

// The last element is outside: exp 0 is 1, and a read outside of exp v is 0.
// CHECK-LABEL: func.func @of_gather_outside_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4xf64>) -> (tensor<4xf64>, tensor<2xf64>) {
// CHECK-NEXT:    [[C3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:    [[A:%.*]] = math.exp [[V]] : tensor<4xf64>
// CHECK-NEXT:    [[G:%.*]] = ten.gather [2] [[V]] ([[I:%[^ ,:)]+]]) : tensor<4xf64> -> tensor<2xf64> {
// CHECK-NEXT:      [[J:%.*]] = arith.addi [[I]], [[C3]] : index
// CHECK-NEXT:      ten.yield [[J]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[B:%.*]] = math.exp [[G]] : tensor<2xf64>
// CHECK-NEXT:    func.return [[A]], [[B]] : tensor<4xf64>, tensor<2xf64>
// CHECK-NEXT:  }
func.func @of_gather_outside_stays(%v: tensor<4xf64>) -> (tensor<4xf64>, tensor<2xf64>) {
  %c3 = arith.constant 3 : index
  %a = math.exp %v : tensor<4xf64>
  %g = ten.gather [2] %v (%i) : tensor<4xf64> -> tensor<2xf64> {
    %j = arith.addi %i, %c3 : index
    ten.yield %j : index
  }
  %b = math.exp %g : tensor<2xf64>
  func.return %a, %b : tensor<4xf64>, tensor<2xf64>
}

// A row of the same elements in another shape; and a row that does not exist, which is 0.
// CHECK-LABEL: func.func @of_part_of_reshape(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4x6xf64>) -> (tensor<4x6xf64>, tensor<8xf64>, tensor<2x2xf64>, tensor<8xf64>) {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[W:%.*]] = math.exp [[V]] : tensor<4x6xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reshape [[W]] : tensor<4x6xf64> -> tensor<3x8xf64>
// CHECK-NEXT:    [[X_1:%.*]] = ten.index [[X]]{{\[}}[[C1]]] : tensor<3x8xf64> -> tensor<8xf64>
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [1, 2] sizes [2, 2] strides [1, 3] : tensor<3x8xf64> -> tensor<2x2xf64>
// CHECK-NEXT:    [[C:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[C_1:%.*]] = ten.broadcast [[C]] dims [0] : f64 -> tensor<8xf64>
// CHECK-NEXT:    [[Z:%.*]] = math.exp [[C_1]] : tensor<8xf64>
// CHECK-NEXT:    func.return [[W]], [[X_1]], [[Y]], [[Z]] : tensor<4x6xf64>, tensor<8xf64>, tensor<2x2xf64>, tensor<8xf64>
// CHECK-NEXT:  }
func.func @of_part_of_reshape(%v: tensor<4x6xf64>) -> (tensor<4x6xf64>, tensor<8xf64>, tensor<2x2xf64>, tensor<8xf64>) {
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %w = math.exp %v : tensor<4x6xf64>
  %r = ten.reshape %v : tensor<4x6xf64> -> tensor<3x8xf64>
  %a = ten.index %r[%c1] : tensor<3x8xf64> -> tensor<8xf64>
  %x = math.exp %a : tensor<8xf64>
  %b = ten.slice %r offsets [1, 2] sizes [2, 2] strides [1, 3] : tensor<3x8xf64> -> tensor<2x2xf64>
  %y = math.exp %b : tensor<2x2xf64>
  %c = ten.index %r[%c3] : tensor<3x8xf64> -> tensor<8xf64>
  %z = math.exp %c : tensor<8xf64>
  func.return %w, %x, %y, %z : tensor<4x6xf64>, tensor<8xf64>, tensor<2x2xf64>, tensor<8xf64>
}

// Nobody else needs all of the elements.
// CHECK-LABEL: func.func @of_part_of_reshape_alone_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<4x6xf64>) -> tensor<8xf64> {
// CHECK-NEXT:    [[C1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[R:%.*]] = ten.reshape [[V]] : tensor<4x6xf64> -> tensor<3x8xf64>
// CHECK-NEXT:    [[A:%.*]] = ten.index [[R]]{{\[}}[[C1]]] : tensor<3x8xf64> -> tensor<8xf64>
// CHECK-NEXT:    [[X:%.*]] = math.exp [[A]] : tensor<8xf64>
// CHECK-NEXT:    func.return [[X]] : tensor<8xf64>
// CHECK-NEXT:  }
func.func @of_part_of_reshape_alone_stays(%v: tensor<4x6xf64>) -> tensor<8xf64> {
  %c1 = arith.constant 1 : index
  %r = ten.reshape %v : tensor<4x6xf64> -> tensor<3x8xf64>
  %a = ten.index %r[%c1] : tensor<3x8xf64> -> tensor<8xf64>
  %x = math.exp %a : tensor<8xf64>
  func.return %x : tensor<8xf64>
}

// The factor is one number in all places, which two numbers make: it has no box of its own.
// CHECK-LABEL: func.func @of_a_reshape_beside_numbers_alone_stays(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>, [[S:%[^ ,:)]+]]: f64, [[T:%[^ ,:)]+]]: f64)
// CHECK-NEXT:    [[P:%.*]] = ten.broadcast [[S]] dims [0] : f64 -> tensor<6xf64>
// CHECK-NEXT:    [[P_1:%.*]] = ten.broadcast [[T]] dims [0] : f64 -> tensor<6xf64>
// CHECK-NEXT:    [[N:%.*]] = arith.addf [[P]], [[P_1]] : tensor<6xf64>
// CHECK-NEXT:    [[R:%.*]] = ten.reshape [[V]] : tensor<2x3xf64> -> tensor<6xf64>
// CHECK-NEXT:    [[Q:%.*]] = arith.mulf [[R]], [[N]] : tensor<6xf64>
// CHECK-NEXT:    [[Y:%.*]] = math.exp [[Q]] : tensor<6xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf64>
func.func @of_a_reshape_beside_numbers_alone_stays(%v: tensor<2x3xf64>, %s: f64, %t: f64) -> tensor<6xf64> {
  %b = ten.broadcast %s dims [0] : f64 -> tensor<6xf64>
  %c = ten.broadcast %t dims [0] : f64 -> tensor<6xf64>
  %n = arith.addf %b, %c : tensor<6xf64>
  %r = ten.reshape %v : tensor<2x3xf64> -> tensor<6xf64>
  %p = arith.mulf %r, %n : tensor<6xf64>
  %y = math.exp %p : tensor<6xf64>
  func.return %y : tensor<6xf64>
}
