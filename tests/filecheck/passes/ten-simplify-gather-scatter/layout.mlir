// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s

// Pads and slices that gathers and scatters have become.

// CHECK-LABEL: func.func @slice_of_part_of_pad(
// CHECK-NEXT:    %y = ten.slice %x offsets [0] sizes [3] strides [1] : tensor<4xf64> -> tensor<3xf64>
// CHECK-NEXT:    %y_1 = ten.pad %y low [1] high [0] interior [0] : tensor<3xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return %y_1 : tensor<4xf64>
func.func @slice_of_part_of_pad(%x: tensor<4xf64>) -> tensor<4xf64> {
  %p = ten.pad %x low [2] high [3] interior [0] : tensor<4xf64> -> tensor<9xf64>
  %y = ten.slice %p offsets [1] sizes [4] strides [1] : tensor<9xf64> -> tensor<4xf64>
  func.return %y : tensor<4xf64>
}

// CHECK-LABEL: func.func @slice_of_part_of_pad_in_steps_stays(
// CHECK-NEXT:    %p = ten.pad %x low [2] high [3] interior [0] : tensor<4xf64> -> tensor<9xf64>
// CHECK-NEXT:    %y = ten.slice %p offsets [1] sizes [4] strides [2] : tensor<9xf64> -> tensor<4xf64>
// CHECK-NEXT:    func.return %y : tensor<4xf64>
func.func @slice_of_part_of_pad_in_steps_stays(%x: tensor<4xf64>) -> tensor<4xf64> {
  %p = ten.pad %x low [2] high [3] interior [0] : tensor<4xf64> -> tensor<9xf64>
  %y = ten.slice %p offsets [1] sizes [4] strides [2] : tensor<9xf64> -> tensor<4xf64>
  func.return %y : tensor<4xf64>
}

// -0 + +0 is +0: a sum with the padding gives no -0, and so no element of the concat may be one.
// CHECK-LABEL: func.func @add_of_pads(
// CHECK-NEXT:    %y = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %y_1 = ten.broadcast %y dims [0, 1] : f64 -> tensor<2x3xf64>
// CHECK-NEXT:    %y_2 = arith.addf %x, %y_1 : tensor<2x3xf64>
// CHECK-NEXT:    %y_3 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %y_4 = ten.broadcast %y_3 dims [0, 1] : f64 -> tensor<2x4xf64>
// CHECK-NEXT:    %y_5 = arith.addf %z, %y_4 : tensor<2x4xf64>
// CHECK-NEXT:    %y_6 = ten.concat %y_2, %y_5 dim 1 : tensor<2x3xf64>, tensor<2x4xf64> -> tensor<2x7xf64>
// CHECK-NEXT:    func.return %y_6 : tensor<2x7xf64>
func.func @add_of_pads(%x: tensor<2x3xf64>, %z: tensor<2x4xf64>) -> tensor<2x7xf64> {
  %p = ten.pad %x low [0, 0] high [0, 4] interior [0, 0] : tensor<2x3xf64> -> tensor<2x7xf64>
  %q = ten.pad %z low [0, 3] high [0, 0] interior [0, 0] : tensor<2x4xf64> -> tensor<2x7xf64>
  %y = arith.addf %q, %p : tensor<2x7xf64>
  func.return %y : tensor<2x7xf64>
}

// Between and after the two are zeros.
// CHECK-LABEL: func.func @add_of_pads_apart(
// CHECK-NEXT:    %y = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %y_1 = ten.broadcast %y dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:    %y_2 = arith.addf %x, %y_1 : tensor<3xf64>
// CHECK-NEXT:    %y_3 = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    %y_4 = ten.broadcast %y_3 dims [0] : f64 -> tensor<4xf64>
// CHECK-NEXT:    %y_5 = arith.addf %z, %y_4 : tensor<4xf64>
// CHECK-NEXT:    %y_6 = ten.pad %y_2 low [0] high [1] interior [0] : tensor<3xf64> -> tensor<4xf64>
// CHECK-NEXT:    %y_7 = ten.pad %y_5 low [0] high [1] interior [0] : tensor<4xf64> -> tensor<5xf64>
// CHECK-NEXT:    %y_8 = ten.concat %y_6, %y_7 dim 0 : tensor<4xf64>, tensor<5xf64> -> tensor<9xf64>
// CHECK-NEXT:    func.return %y_8 : tensor<9xf64>
func.func @add_of_pads_apart(%x: tensor<3xf64>, %z: tensor<4xf64>) -> tensor<9xf64> {
  %p = ten.pad %x low [0] high [6] interior [0] : tensor<3xf64> -> tensor<9xf64>
  %q = ten.pad %z low [4] high [1] interior [0] : tensor<4xf64> -> tensor<9xf64>
  %y = arith.addf %p, %q : tensor<9xf64>
  func.return %y : tensor<9xf64>
}

// CHECK-LABEL: func.func @add_of_pads_that_meet_stays(
// CHECK-NEXT:    %p = ten.pad %x low [0] high [3] interior [0] : tensor<3xf64> -> tensor<6xf64>
// CHECK-NEXT:    %q = ten.pad %z low [2] high [0] interior [0] : tensor<4xf64> -> tensor<6xf64>
// CHECK-NEXT:    %y = arith.addf %p, %q : tensor<6xf64>
// CHECK-NEXT:    func.return %y : tensor<6xf64>
func.func @add_of_pads_that_meet_stays(%x: tensor<3xf64>, %z: tensor<4xf64>) -> tensor<6xf64> {
  %p = ten.pad %x low [0] high [3] interior [0] : tensor<3xf64> -> tensor<6xf64>
  %q = ten.pad %z low [2] high [0] interior [0] : tensor<4xf64> -> tensor<6xf64>
  %y = arith.addf %p, %q : tensor<6xf64>
  func.return %y : tensor<6xf64>
}

// Integers have one zero.
// CHECK-LABEL: func.func @add_of_pads_of_integers(
// CHECK-NEXT:    %y = ten.concat %x, %z dim 1 : tensor<2x3xi32>, tensor<2x4xi32> -> tensor<2x7xi32>
// CHECK-NEXT:    func.return %y : tensor<2x7xi32>
func.func @add_of_pads_of_integers(%x: tensor<2x3xi32>, %z: tensor<2x4xi32>) -> tensor<2x7xi32> {
  %p = ten.pad %x low [0, 0] high [0, 4] interior [0, 0] : tensor<2x3xi32> -> tensor<2x7xi32>
  %q = ten.pad %z low [0, 3] high [0, 0] interior [0, 0] : tensor<2x4xi32> -> tensor<2x7xi32>
  %y = arith.addi %p, %q : tensor<2x7xi32>
  func.return %y : tensor<2x7xi32>
}

// Each of the two pads in turn has another use: it is computed anyhow, and a concat would be, too.
// CHECK-LABEL: func.func @add_of_pads_used_again_stays(
// CHECK-NEXT:    %p = ten.pad %x low [0] high [4] interior [0] : tensor<3xi32> -> tensor<7xi32>
// CHECK-NEXT:    %q = ten.pad %z low [3] high [0] interior [0] : tensor<4xi32> -> tensor<7xi32>
// CHECK-NEXT:    %r = ten.pad %z low [3] high [0] interior [0] : tensor<4xi32> -> tensor<7xi32>
// CHECK-NEXT:    %s = ten.pad %x low [0] high [4] interior [0] : tensor<3xi32> -> tensor<7xi32>
// CHECK-NEXT:    %y = arith.addi %p, %r : tensor<7xi32>
// CHECK-NEXT:    %w = arith.addi %s, %q : tensor<7xi32>
// CHECK-NEXT:    func.return %p, %q, %y, %w : tensor<7xi32>, tensor<7xi32>, tensor<7xi32>, tensor<7xi32>
func.func @add_of_pads_used_again_stays(%x: tensor<3xi32>, %z: tensor<4xi32>) -> (tensor<7xi32>, tensor<7xi32>, tensor<7xi32>, tensor<7xi32>) {
  %p = ten.pad %x low [0] high [4] interior [0] : tensor<3xi32> -> tensor<7xi32>
  %q = ten.pad %z low [3] high [0] interior [0] : tensor<4xi32> -> tensor<7xi32>
  %r = ten.pad %z low [3] high [0] interior [0] : tensor<4xi32> -> tensor<7xi32>
  %s = ten.pad %x low [0] high [4] interior [0] : tensor<3xi32> -> tensor<7xi32>
  %y = arith.addi %p, %r : tensor<7xi32>
  %w = arith.addi %s, %q : tensor<7xi32>
  func.return %p, %q, %y, %w : tensor<7xi32>, tensor<7xi32>, tensor<7xi32>, tensor<7xi32>
}

// One operand of the sum is no pad.
// CHECK-LABEL: func.func @add_of_pad_and_other_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xi32>, [[Z:%[^ ,:)]+]]: tensor<7xi32>) -> tensor<7xi32> {
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[X]] low [0] high [4] interior [0] : tensor<3xi32> -> tensor<7xi32>
// CHECK-NEXT:    [[Y:%.*]] = arith.addi [[P]], [[Z]] : tensor<7xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<7xi32>
// CHECK-NEXT:  }
func.func @add_of_pad_and_other_stays(%x: tensor<3xi32>, %z: tensor<7xi32>) -> tensor<7xi32> {
  %p = ten.pad %x low [0] high [4] interior [0] : tensor<3xi32> -> tensor<7xi32>
  %y = arith.addi %p, %z : tensor<7xi32>
  func.return %y : tensor<7xi32>
}

// CHECK-LABEL: func.func @add_of_pads_of_two_dimensions_stays(
// CHECK-NEXT:    %p = ten.pad %x low [0, 0] high [3, 0] interior [0, 0] : tensor<2x7xi32> -> tensor<5x7xi32>
// CHECK-NEXT:    %q = ten.pad %z low [0, 4] high [0, 0] interior [0, 0] : tensor<5x3xi32> -> tensor<5x7xi32>
// CHECK-NEXT:    %y = arith.addi %p, %q : tensor<5x7xi32>
// CHECK-NEXT:    func.return %y : tensor<5x7xi32>
func.func @add_of_pads_of_two_dimensions_stays(%x: tensor<2x7xi32>, %z: tensor<5x3xi32>) -> tensor<5x7xi32> {
  %p = ten.pad %x low [0, 0] high [3, 0] interior [0, 0] : tensor<2x7xi32> -> tensor<5x7xi32>
  %q = ten.pad %z low [0, 4] high [0, 0] interior [0, 0] : tensor<5x3xi32> -> tensor<5x7xi32>
  %y = arith.addi %p, %q : tensor<5x7xi32>
  func.return %y : tensor<5x7xi32>
}

// Zeros come before both: no part of the result begins with an element.
// CHECK-LABEL: func.func @add_of_pads_at_the_end_stays(
// CHECK-NEXT:    %p = ten.pad %x low [1] high [2] interior [0] : tensor<3xi32> -> tensor<6xi32>
// CHECK-NEXT:    %q = ten.pad %z low [5] high [0] interior [0] : tensor<1xi32> -> tensor<6xi32>
// CHECK-NEXT:    %y = arith.addi %p, %q : tensor<6xi32>
// CHECK-NEXT:    func.return %y : tensor<6xi32>
func.func @add_of_pads_at_the_end_stays(%x: tensor<3xi32>, %z: tensor<1xi32>) -> tensor<6xi32> {
  %p = ten.pad %x low [1] high [2] interior [0] : tensor<3xi32> -> tensor<6xi32>
  %q = ten.pad %z low [5] high [0] interior [0] : tensor<1xi32> -> tensor<6xi32>
  %y = arith.addi %p, %q : tensor<6xi32>
  func.return %y : tensor<6xi32>
}

// The pad is computed anyhow.
// CHECK-LABEL: func.func @slice_of_part_of_pad_used_again_stays(
// CHECK-NEXT:    %p = ten.pad %x low [2] high [3] interior [0] : tensor<4xf64> -> tensor<9xf64>
// CHECK-NEXT:    %y = ten.slice %p offsets [1] sizes [5] strides [1] : tensor<9xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return %p, %y : tensor<9xf64>, tensor<5xf64>
func.func @slice_of_part_of_pad_used_again_stays(%x: tensor<4xf64>) -> (tensor<9xf64>, tensor<5xf64>) {
  %p = ten.pad %x low [2] high [3] interior [0] : tensor<4xf64> -> tensor<9xf64>
  %y = ten.slice %p offsets [1] sizes [5] strides [1] : tensor<9xf64> -> tensor<5xf64>
  func.return %p, %y : tensor<9xf64>, tensor<5xf64>
}

// The slice begins and ends beside elements, and has zeros between them.
// CHECK-LABEL: func.func @slice_of_part_of_spread_pad_stays(
// CHECK-NEXT:    %p = ten.pad %x low [2] high [3] interior [1] : tensor<4xf64> -> tensor<12xf64>
// CHECK-NEXT:    %y = ten.slice %p offsets [1] sizes [5] strides [1] : tensor<12xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return %y : tensor<5xf64>
func.func @slice_of_part_of_spread_pad_stays(%x: tensor<4xf64>) -> tensor<5xf64> {
  %p = ten.pad %x low [2] high [3] interior [1] : tensor<4xf64> -> tensor<12xf64>
  %y = ten.slice %p offsets [1] sizes [5] strides [1] : tensor<12xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// Beside one element there is nothing between, and of one element no step is taken.
// CHECK-LABEL: func.func @slice_of_part_of_pad_of_one(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<1x4xf64>) -> tensor<2x1xf64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [0, 2] sizes [1, 1] strides [1, 1] : tensor<1x4xf64> -> tensor<1x1xf64>
// CHECK-NEXT:    [[Y_1:%.*]] = ten.pad [[Y]] low [1, 0] high [0, 0] interior [0, 0] : tensor<1x1xf64> -> tensor<2x1xf64>
// CHECK-NEXT:    func.return [[Y_1]] : tensor<2x1xf64>
// CHECK-NEXT:  }
func.func @slice_of_part_of_pad_of_one(%x: tensor<1x4xf64>) -> (tensor<2x1xf64>) {
  %p = ten.pad %x low [2, 1] high [3, 2] interior [1, 0] : tensor<1x4xf64> -> tensor<6x7xf64>
  %y = ten.slice %p offsets [1, 3] sizes [2, 1] strides [1, 2] : tensor<6x7xf64> -> tensor<2x1xf64>
  func.return %y : tensor<2x1xf64>
}

// The zeros between the elements of the first pad are no part of a concatenation.
// CHECK-LABEL: func.func @add_of_pad_with_zeros_between_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<3xf64>, [[B:%[^ ,:)]+]]: tensor<4xf64>) -> tensor<9xf64> {
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[A]] low [0] high [4] interior [1] : tensor<3xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[Q:%.*]] = ten.pad [[B]] low [5] high [0] interior [0] : tensor<4xf64> -> tensor<9xf64>
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[P]], [[Q]] : tensor<9xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<9xf64>
// CHECK-NEXT:  }
func.func @add_of_pad_with_zeros_between_stays(%a: tensor<3xf64>, %b: tensor<4xf64>) -> tensor<9xf64> {
  %p = ten.pad %a low [0] high [4] interior [1] : tensor<3xf64> -> tensor<9xf64>
  %q = ten.pad %b low [5] high [0] interior [0] : tensor<4xf64> -> tensor<9xf64>
  %y = arith.addf %p, %q : tensor<9xf64>
  func.return %y : tensor<9xf64>
}

// Zeros between the elements of one element are none.
// CHECK-LABEL: func.func @add_of_pads_of_one_element(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<1xi64>, [[B:%[^ ,:)]+]]: tensor<4xi64>) -> tensor<5xi64> {
// CHECK-NEXT:    [[Y:%.*]] = ten.concat [[A]], [[B]] dim 0 : tensor<1xi64>, tensor<4xi64> -> tensor<5xi64>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xi64>
// CHECK-NEXT:  }
func.func @add_of_pads_of_one_element(%a: tensor<1xi64>, %b: tensor<4xi64>) -> tensor<5xi64> {
  %p = ten.pad %a low [0] high [4] interior [2] : tensor<1xi64> -> tensor<5xi64>
  %q = ten.pad %b low [1] high [0] interior [0] : tensor<4xi64> -> tensor<5xi64>
  %y = arith.addi %p, %q : tensor<5xi64>
  func.return %y : tensor<5xi64>
}

// Both pads have zeros along two dimensions, so no concatenation along one dimension has these zeros.
// CHECK-LABEL: func.func @add_of_pads_of_two_dimensions_each_stays(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<4x5xf64>) -> tensor<6x8xf64> {
// CHECK-NEXT:    [[P:%.*]] = ten.pad [[A]] low [0, 0] high [4, 5] interior [0, 0] : tensor<2x3xf64> -> tensor<6x8xf64>
// CHECK-NEXT:    [[Q:%.*]] = ten.pad [[B]] low [2, 3] high [0, 0] interior [0, 0] : tensor<4x5xf64> -> tensor<6x8xf64>
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[P]], [[Q]] : tensor<6x8xf64>
// CHECK-NEXT:    func.return [[Y]] : tensor<6x8xf64>
// CHECK-NEXT:  }
func.func @add_of_pads_of_two_dimensions_each_stays(%a: tensor<2x3xf64>, %b: tensor<4x5xf64>) -> tensor<6x8xf64> {
  %p = ten.pad %a low [0, 0] high [4, 5] interior [0, 0] : tensor<2x3xf64> -> tensor<6x8xf64>
  %q = ten.pad %b low [2, 3] high [0, 0] interior [0, 0] : tensor<4x5xf64> -> tensor<6x8xf64>
  %y = arith.addf %p, %q : tensor<6x8xf64>
  func.return %y : tensor<6x8xf64>
}
