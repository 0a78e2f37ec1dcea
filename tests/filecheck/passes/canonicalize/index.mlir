// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @index_of_index
// CHECK-NEXT:    %0 = ten.index %t[%i, %j] : tensor<2x3x4xf32> -> tensor<4xf32>
// CHECK-NEXT:    func.return %0
func.func @index_of_index(%t: tensor<2x3x4xf32>, %i: index, %j: index) -> tensor<4xf32> {
  %0 = ten.index %t[%i] : tensor<2x3x4xf32> -> tensor<3x4xf32>
  %1 = ten.index %0[%j] : tensor<3x4xf32> -> tensor<4xf32>
  func.return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @index_of_transpose_stays
// CHECK-NEXT:    %0 = ten.transpose %t
// CHECK-NEXT:    %1 = ten.index %0[%i]
func.func @index_of_transpose_stays(%t: tensor<2x3xf32>, %i: index) -> tensor<2xf32> {
  %0 = ten.transpose %t perm [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = ten.index %0[%i] : tensor<3x2xf32> -> tensor<2xf32>
  func.return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @index_at_constant_outside
// CHECK-NEXT:    %0 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %1 = ten.broadcast %0 dims [0] : f32 -> tensor<4xf32>
// CHECK-NEXT:    %2 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    func.return %1, %2
func.func @index_at_constant_outside(%t: tensor<2x3x4xf32>, %i: index) -> (tensor<4xf32>, f32) {
  %c3 = arith.constant 3 : index
  %minus = arith.constant -1 : index
  %0 = ten.index %t[%i, %c3] : tensor<2x3x4xf32> -> tensor<4xf32>
  %1 = ten.index %t[%i, %minus, %i] : tensor<2x3x4xf32> -> f32
  func.return %0, %1 : tensor<4xf32>, f32
}

// The last of each dimension is inside.
// CHECK-LABEL: func.func @index_at_constant_inside_stays
// CHECK:         ten.index %t[%c1, %c2]
func.func @index_at_constant_inside_stays(%t: tensor<2x3x4xf32>) -> tensor<4xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = ten.index %t[%c1, %c2] : tensor<2x3x4xf32> -> tensor<4xf32>
  func.return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @index_of_stack
// CHECK-NEXT:    %0 = ten.index %b[%i] : tensor<3xf32> -> f32
// CHECK-NEXT:    func.return %b, %0
func.func @index_of_stack(%a: tensor<3xf32>, %b: tensor<3xf32>, %i: index) -> (tensor<3xf32>, f32) {
  %c1 = arith.constant 1 : index
  %0 = ten.stack %a, %b : tensor<3xf32> -> tensor<2x3xf32>
  %1 = ten.index %0[%c1] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.index %0[%c1, %i] : tensor<2x3xf32> -> f32
  func.return %1, %2 : tensor<3xf32>, f32
}

// CHECK-LABEL: func.func @index_of_stack_outside
// CHECK-NEXT:    %0 = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    func.return %0
func.func @index_of_stack_outside(%a: f32, %b: f32) -> f32 {
  %c2 = arith.constant 2 : index
  %0 = ten.stack %a, %b : f32 -> tensor<2xf32>
  %1 = ten.index %0[%c2] : tensor<2xf32> -> f32
  func.return %1 : f32
}

// CHECK-LABEL: func.func @index_of_stack_at_unknown_stays
// CHECK-NEXT:    %0 = ten.stack %a, %b
// CHECK-NEXT:    %1 = ten.index %0[%i]
func.func @index_of_stack_at_unknown_stays(%a: f32, %b: f32, %i: index) -> f32 {
  %0 = ten.stack %a, %b : f32 -> tensor<2xf32>
  %1 = ten.index %0[%i] : tensor<2xf32> -> f32
  func.return %1 : f32
}

// CHECK-LABEL: func.func @index_of_broadcast
// CHECK-NEXT:    %0 = ten.index %x[%i] : tensor<3x4xf32> -> tensor<4xf32>
// CHECK-NEXT:    func.return %x, %0
func.func @index_of_broadcast(%x: tensor<3x4xf32>, %i: index) -> (tensor<3x4xf32>, tensor<4xf32>) {
  %c1 = arith.constant 1 : index
  %0 = ten.broadcast %x dims [0] : tensor<3x4xf32> -> tensor<2x3x4xf32>
  %1 = ten.index %0[%c1] : tensor<2x3x4xf32> -> tensor<3x4xf32>
  %2 = ten.index %0[%c1, %i] : tensor<2x3x4xf32> -> tensor<4xf32>
  func.return %1, %2 : tensor<3x4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @index_of_broadcast_behind
// CHECK-NEXT:    %0 = ten.index %x[%i] : tensor<3x4xf32> -> tensor<4xf32>
// CHECK-NEXT:    %1 = ten.broadcast %0 dims [1] : tensor<4xf32> -> tensor<4x5xf32>
// CHECK-NEXT:    func.return %1
func.func @index_of_broadcast_behind(%x: tensor<3x4xf32>, %i: index) -> tensor<4x5xf32> {
  %0 = ten.broadcast %x dims [2] : tensor<3x4xf32> -> tensor<3x4x5xf32>
  %1 = ten.index %0[%i] : tensor<3x4x5xf32> -> tensor<4x5xf32>
  func.return %1 : tensor<4x5xf32>
}

// One op takes the place of one, so that another use of the broadcast does no harm.
// CHECK-LABEL: func.func @index_of_broadcast_used_again(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: index) -> (tensor<2x4x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>, f32) {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[X]] dims [0, 1] : tensor<3xf32> -> tensor<2x4x3xf32>
// CHECK-NEXT:    [[BROADCAST_1:%.*]] = ten.broadcast [[X]] dims [0] : tensor<3xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    [[BROADCAST_2:%.*]] = ten.broadcast [[X]] dims [1] : tensor<3xf32> -> tensor<3x5xf32>
// CHECK-NEXT:    [[INDEX:%.*]] = ten.index [[X]]{{\[}}[[I]]] : tensor<3xf32> -> f32
// CHECK-NEXT:    func.return [[BROADCAST]], [[BROADCAST_1]], [[BROADCAST_2]], [[INDEX]] : tensor<2x4x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>, f32
// CHECK-NEXT:  }
func.func @index_of_broadcast_used_again(%x: tensor<3xf32>, %i: index) -> (tensor<2x4x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>, f32) {
  %c1 = arith.constant 1 : index
  %0 = ten.broadcast %x dims [0, 1] : tensor<3xf32> -> tensor<2x4x3xf32>
  %1 = ten.index %0[%c1] : tensor<2x4x3xf32> -> tensor<4x3xf32>
  %2 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x5xf32>
  %3 = ten.index %2[%i, %c1] : tensor<3x5xf32> -> f32
  func.return %0, %1, %2, %3 : tensor<2x4x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>, f32
}

// Outside, %i reads 0 and not x. And a broadcast with another use would stay, beside another one.
// CHECK-LABEL: func.func @index_of_broadcast_stays
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0]
// CHECK-NEXT:    %1 = ten.index %0[%i]
// CHECK-NEXT:    %2 = ten.broadcast %x dims [1]
// CHECK-NEXT:    %3 = ten.index %2[%i]
// CHECK-NEXT:    func.return %1, %2, %3
func.func @index_of_broadcast_stays(%x: tensor<3xf32>, %i: index) -> (tensor<3xf32>, tensor<3x5xf32>, tensor<5xf32>) {
  %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
  %1 = ten.index %0[%i] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x5xf32>
  %3 = ten.index %2[%i] : tensor<3x5xf32> -> tensor<5xf32>
  func.return %1, %2, %3 : tensor<3xf32>, tensor<3x5xf32>, tensor<5xf32>
}

// CHECK-LABEL: func.func @index_of_iota
// CHECK-NEXT:    %0 = arith.constant 2 : index
// CHECK-NEXT:    %1 = arith.constant 2.000000e+00 : f32
// CHECK-NEXT:    func.return %0, %1
func.func @index_of_iota() -> (index, f32) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = ten.iota dim 0 : tensor<3xindex>
  %1 = ten.index %0[%c2] : tensor<3xindex> -> index
  %2 = ten.iota dim 1 : tensor<2x3xf32>
  %3 = ten.index %2[%c1, %c2] : tensor<2x3xf32> -> f32
  func.return %1, %3 : index, f32
}

// bf16 has no 257, i8 no 128; %i may be outside; a row is no number.
// CHECK-LABEL: func.func @index_of_iota_stays
// CHECK-COUNT-4: ten.index
func.func @index_of_iota_stays(%i: index) -> (bf16, i8, index, tensor<3xindex>) {
  %c1 = arith.constant 1 : index
  %c128 = arith.constant 128 : index
  %c257 = arith.constant 257 : index
  %0 = ten.iota dim 0 : tensor<300xbf16>
  %1 = ten.index %0[%c257] : tensor<300xbf16> -> bf16
  %2 = ten.iota dim 0 : tensor<300xi8>
  %3 = ten.index %2[%c128] : tensor<300xi8> -> i8
  %4 = ten.iota dim 0 : tensor<3xindex>
  %5 = ten.index %4[%i] : tensor<3xindex> -> index
  %6 = ten.iota dim 1 : tensor<2x3xindex>
  %7 = ten.index %6[%c1] : tensor<2x3xindex> -> tensor<3xindex>
  func.return %1, %3, %5, %7 : bf16, i8, index, tensor<3xindex>
}

// On values, these are zeros; terms have no zero here.
// CHECK-LABEL: func.func @index_of_stack_of_terms_outside_stays(
// CHECK-NEXT:    %before = arith.constant -1 : index
// CHECK-NEXT:    %behind = arith.constant 3 : index
// CHECK-NEXT:    %s = ten.stack %x, %y, %z : !delta.term<f32> -> !delta.term<tensor<3xf32>>
// CHECK-NEXT:    %0 = ten.index %s[%before] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
// CHECK-NEXT:    %1 = ten.index %s[%behind] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
// CHECK-NEXT:    func.return %0, %1 : !delta.term<f32>, !delta.term<f32>
func.func @index_of_stack_of_terms_outside_stays(%x: !delta.term<f32>, %y: !delta.term<f32>, %z: !delta.term<f32>) -> (!delta.term<f32>, !delta.term<f32>) {
  %before = arith.constant -1 : index
  %behind = arith.constant 3 : index
  %s = ten.stack %x, %y, %z : !delta.term<f32> -> !delta.term<tensor<3xf32>>
  %0 = ten.index %s[%before] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
  %1 = ten.index %s[%behind] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
  func.return %0, %1 : !delta.term<f32>, !delta.term<f32>
}

// CHECK-LABEL: func.func @index_of_broadcast_of_term_outside_stays(
// CHECK-NEXT:    %before = arith.constant -1 : index
// CHECK-NEXT:    %behind = arith.constant 3 : index
// CHECK-NEXT:    %s = ten.broadcast %x dims [0] : !delta.term<f32> -> !delta.term<tensor<3xf32>>
// CHECK-NEXT:    %0 = ten.index %s[%before] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
// CHECK-NEXT:    %1 = ten.index %s[%behind] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
// CHECK-NEXT:    func.return %0, %1 : !delta.term<f32>, !delta.term<f32>
func.func @index_of_broadcast_of_term_outside_stays(%x: !delta.term<f32>) -> (!delta.term<f32>, !delta.term<f32>) {
  %before = arith.constant -1 : index
  %behind = arith.constant 3 : index
  %s = ten.broadcast %x dims [0] : !delta.term<f32> -> !delta.term<tensor<3xf32>>
  %0 = ten.index %s[%before] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
  %1 = ten.index %s[%behind] : !delta.term<tensor<3xf32>> -> !delta.term<f32>
  func.return %0, %1 : !delta.term<f32>, !delta.term<f32>
}

// Where %i is outside, 0 is read, and not 2.
// CHECK-LABEL: func.func @index_of_iota_at_unknown_row_stays(
// CHECK-NEXT:    %c2 = arith.constant 2 : index
// CHECK-NEXT:    %0 = ten.iota dim 1 : tensor<3x4xf32>
// CHECK-NEXT:    %1 = ten.index %0[%i, %c2] : tensor<3x4xf32> -> f32
// CHECK-NEXT:    func.return %1 : f32
func.func @index_of_iota_at_unknown_row_stays(%i: index) -> f32 {
  %c2 = arith.constant 2 : index
  %0 = ten.iota dim 1 : tensor<3x4xf32>
  %1 = ten.index %0[%i, %c2] : tensor<3x4xf32> -> f32
  func.return %1 : f32
}
