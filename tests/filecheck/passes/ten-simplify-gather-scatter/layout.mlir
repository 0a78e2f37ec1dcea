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

// CHECK-LABEL: func.func @add_of_pads(
// CHECK-NEXT:    %y = ten.concat %x, %z dim 1 : tensor<2x3xf64>, tensor<2x4xf64> -> tensor<2x7xf64>
// CHECK-NEXT:    func.return %y : tensor<2x7xf64>
func.func @add_of_pads(%x: tensor<2x3xf64>, %z: tensor<2x4xf64>) -> tensor<2x7xf64> {
  %p = ten.pad %x low [0, 0] high [0, 4] interior [0, 0] : tensor<2x3xf64> -> tensor<2x7xf64>
  %q = ten.pad %z low [0, 3] high [0, 0] interior [0, 0] : tensor<2x4xf64> -> tensor<2x7xf64>
  %y = arith.addf %q, %p : tensor<2x7xf64>
  func.return %y : tensor<2x7xf64>
}

// Between and after the two are zeros.
// CHECK-LABEL: func.func @add_of_pads_apart(
// CHECK-NEXT:    %y = ten.pad %x low [0] high [1] interior [0] : tensor<3xf64> -> tensor<4xf64>
// CHECK-NEXT:    %y_1 = ten.pad %z low [0] high [1] interior [0] : tensor<4xf64> -> tensor<5xf64>
// CHECK-NEXT:    %y_2 = ten.concat %y, %y_1 dim 0 : tensor<4xf64>, tensor<5xf64> -> tensor<9xf64>
// CHECK-NEXT:    func.return %y_2 : tensor<9xf64>
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
