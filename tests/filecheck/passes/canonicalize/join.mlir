// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @concat_of_concat
// CHECK-NEXT:    %0 = ten.concat %a, %b, %a, %c, %c dim 1 : tensor<2x3xf32>, tensor<2x4xf32>, tensor<2x3xf32>, tensor<2x5xf32>, tensor<2x5xf32> -> tensor<2x20xf32>
// CHECK-NEXT:    func.return %0
func.func @concat_of_concat(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>, %c: tensor<2x5xf32>) -> tensor<2x20xf32> {
  %0 = ten.concat %b, %a dim 1 : tensor<2x4xf32>, tensor<2x3xf32> -> tensor<2x7xf32>
  %1 = ten.concat %a, %0, %c dim 1 : tensor<2x3xf32>, tensor<2x7xf32>, tensor<2x5xf32> -> tensor<2x15xf32>
  %2 = ten.concat %1, %c dim 1 : tensor<2x15xf32>, tensor<2x5xf32> -> tensor<2x20xf32>
  func.return %2 : tensor<2x20xf32>
}

// CHECK-LABEL: func.func @concat_of_concat_along_another_dimension_stays
// CHECK-NEXT:    %0 = ten.concat %a, %a dim 0
// CHECK-NEXT:    %1 = ten.concat %0, %b dim 1
func.func @concat_of_concat_along_another_dimension_stays(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) -> tensor<4x8xf32> {
  %0 = ten.concat %a, %a dim 0 : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
  %1 = ten.concat %0, %b dim 1 : tensor<4x3xf32>, tensor<4x5xf32> -> tensor<4x8xf32>
  func.return %1 : tensor<4x8xf32>
}

// %0 is there anyway: to list its operands again would move them twice.
// CHECK-LABEL: func.func @concat_of_concat_with_two_uses_stays
// CHECK-NEXT:    %0 = ten.concat %a, %b
// CHECK-NEXT:    %1 = ten.concat %0, %b
// CHECK-NEXT:    func.return %0, %1
func.func @concat_of_concat_with_two_uses_stays(%a: tensor<2xf32>, %b: tensor<3xf32>) -> (tensor<5xf32>, tensor<8xf32>) {
  %0 = ten.concat %a, %b dim 0 : tensor<2xf32>, tensor<3xf32> -> tensor<5xf32>
  %1 = ten.concat %0, %b dim 0 : tensor<5xf32>, tensor<3xf32> -> tensor<8xf32>
  func.return %0, %1 : tensor<5xf32>, tensor<8xf32>
}

// CHECK-LABEL: func.func @concat_of_slices
// CHECK-NEXT:    %0 = ten.slice %x offsets [1, 1] sizes [2, 3] strides [2, 2] : tensor<5x7xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    func.return %y, %0
func.func @concat_of_slices(%x: tensor<5x7xf32>, %y: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<2x3xf32>) {
  %0 = ten.slice %y offsets [0, 0] sizes [3, 1] strides [1, 1] : tensor<3x2xf32> -> tensor<3x1xf32>
  %1 = ten.slice %y offsets [0, 1] sizes [3, 1] strides [1, 1] : tensor<3x2xf32> -> tensor<3x1xf32>
  %2 = ten.concat %0, %1 dim 1 : tensor<3x1xf32>, tensor<3x1xf32> -> tensor<3x2xf32>
  %3 = ten.slice %x offsets [1, 1] sizes [2, 2] strides [2, 2] : tensor<5x7xf32> -> tensor<2x2xf32>
  %4 = ten.slice %x offsets [1, 5] sizes [2, 1] strides [2, 2] : tensor<5x7xf32> -> tensor<2x1xf32>
  %5 = ten.concat %3, %4 dim 1 : tensor<2x2xf32>, tensor<2x1xf32> -> tensor<2x3xf32>
  func.return %2, %5 : tensor<3x2xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @concat_of_slices_in_the_other_order_stays
// CHECK:         ten.concat
func.func @concat_of_slices_in_the_other_order_stays(%y: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = ten.slice %y offsets [0, 0] sizes [3, 1] strides [1, 1] : tensor<3x2xf32> -> tensor<3x1xf32>
  %1 = ten.slice %y offsets [0, 1] sizes [3, 1] strides [1, 1] : tensor<3x2xf32> -> tensor<3x1xf32>
  %2 = ten.concat %1, %0 dim 1 : tensor<3x1xf32>, tensor<3x1xf32> -> tensor<3x2xf32>
  func.return %2 : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @concat_of_slices_with_a_gap_stays
// CHECK:         ten.concat
func.func @concat_of_slices_with_a_gap_stays(%x: tensor<7xf32>) -> tensor<4xf32> {
  %0 = ten.slice %x offsets [0] sizes [2] strides [1] : tensor<7xf32> -> tensor<2xf32>
  %1 = ten.slice %x offsets [3] sizes [2] strides [1] : tensor<7xf32> -> tensor<2xf32>
  %2 = ten.concat %0, %1 dim 0 : tensor<2xf32>, tensor<2xf32> -> tensor<4xf32>
  func.return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @concat_of_slices_of_other_rows_stays
// CHECK:         ten.concat
func.func @concat_of_slices_of_other_rows_stays(%x: tensor<3x2xf32>) -> tensor<2x2xf32> {
  %0 = ten.slice %x offsets [0, 0] sizes [2, 1] strides [1, 1] : tensor<3x2xf32> -> tensor<2x1xf32>
  %1 = ten.slice %x offsets [1, 1] sizes [2, 1] strides [1, 1] : tensor<3x2xf32> -> tensor<2x1xf32>
  %2 = ten.concat %0, %1 dim 1 : tensor<2x1xf32>, tensor<2x1xf32> -> tensor<2x2xf32>
  func.return %2 : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @concat_of_slices_of_another_stride_stays
// CHECK:         ten.concat
func.func @concat_of_slices_of_another_stride_stays(%x: tensor<7xf32>) -> tensor<4xf32> {
  %0 = ten.slice %x offsets [0] sizes [2] strides [1] : tensor<7xf32> -> tensor<2xf32>
  %1 = ten.slice %x offsets [2] sizes [2] strides [2] : tensor<7xf32> -> tensor<2xf32>
  %2 = ten.concat %0, %1 dim 0 : tensor<2xf32>, tensor<2xf32> -> tensor<4xf32>
  func.return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @concat_of_slices_and_others_stays
// CHECK:         ten.concat
// CHECK:         ten.concat
func.func @concat_of_slices_and_others_stays(%x: tensor<7xf32>) -> (tensor<9xf32>, tensor<9xf32>) {
  %0 = ten.slice %x offsets [0] sizes [2] strides [1] : tensor<7xf32> -> tensor<2xf32>
  %1 = ten.concat %0, %x dim 0 : tensor<2xf32>, tensor<7xf32> -> tensor<9xf32>
  %2 = ten.concat %x, %0 dim 0 : tensor<7xf32>, tensor<2xf32> -> tensor<9xf32>
  func.return %1, %2 : tensor<9xf32>, tensor<9xf32>
}

// CHECK-LABEL: func.func @concat_of_slices_of_two_tensors_stays
// CHECK:         ten.concat
func.func @concat_of_slices_of_two_tensors_stays(%x: tensor<7xf32>, %y: tensor<7xf32>) -> tensor<4xf32> {
  %0 = ten.slice %x offsets [0] sizes [2] strides [1] : tensor<7xf32> -> tensor<2xf32>
  %1 = ten.slice %y offsets [2] sizes [2] strides [1] : tensor<7xf32> -> tensor<2xf32>
  %2 = ten.concat %0, %1 dim 0 : tensor<2xf32>, tensor<2xf32> -> tensor<4xf32>
  func.return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @concat_with_empty_operand
// CHECK-NEXT:    %0 = ten.concat %a, %b dim 0 : tensor<2x3xf32>, tensor<4x3xf32> -> tensor<6x3xf32>
// CHECK-NEXT:    func.return %0, %a
func.func @concat_with_empty_operand(%a: tensor<2x3xf32>, %b: tensor<4x3xf32>, %e: tensor<0x3xf32>) -> (tensor<6x3xf32>, tensor<2x3xf32>) {
  %0 = ten.concat %e, %a, %e, %b dim 0 : tensor<0x3xf32>, tensor<2x3xf32>, tensor<0x3xf32>, tensor<4x3xf32> -> tensor<6x3xf32>
  %1 = ten.concat %a, %e dim 0 : tensor<2x3xf32>, tensor<0x3xf32> -> tensor<2x3xf32>
  func.return %0, %1 : tensor<6x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @join_of_splats
// CHECK-NEXT:    %0 = ten.broadcast %s dims [0] : f32 -> tensor<5xf32>
// CHECK-NEXT:    %1 = ten.broadcast %s dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    func.return %0, %1
func.func @join_of_splats(%s: f32) -> (tensor<5xf32>, tensor<2x3xf32>) {
  %0 = ten.broadcast %s dims [0] : f32 -> tensor<2xf32>
  %1 = ten.broadcast %s dims [0] : f32 -> tensor<3xf32>
  %2 = ten.broadcast %s dims [0] : f32 -> tensor<3xf32>
  %3 = ten.concat %0, %1 dim 0 : tensor<2xf32>, tensor<3xf32> -> tensor<5xf32>
  %4 = ten.stack %1, %2 : tensor<3xf32> -> tensor<2x3xf32>
  func.return %3, %4 : tensor<5xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @join_of_equal_constants
// CHECK-NEXT:    %0 = arith.constant 2 : i32
// CHECK-NEXT:    %1 = ten.broadcast %0 dims [0] : i32 -> tensor<5xi32>
// CHECK-NEXT:    func.return %1
func.func @join_of_equal_constants() -> tensor<5xi32> {
  %s = arith.constant 2 : i32
  %0 = arith.constant dense<2> : tensor<3xi32>
  %1 = ten.broadcast %s dims [0] : i32 -> tensor<2xi32>
  %2 = ten.concat %0, %1 dim 0 : tensor<3xi32>, tensor<2xi32> -> tensor<5xi32>
  func.return %2 : tensor<5xi32>
}

// 0 and -0 are equal, but not the same.
// CHECK-LABEL: func.func @join_of_zeros_of_both_signs_stays
// CHECK:         ten.concat
func.func @join_of_zeros_of_both_signs_stays() -> tensor<4xf32> {
  %0 = arith.constant dense<0.0> : tensor<2xf32>
  %1 = arith.constant dense<-0.0> : tensor<2xf32>
  %2 = ten.concat %0, %1 dim 0 : tensor<2xf32>, tensor<2xf32> -> tensor<4xf32>
  func.return %2 : tensor<4xf32>
}

// Rows that are broadcast from one vector are no splats.
// CHECK-LABEL: func.func @join_of_broadcast_vectors_stays
// CHECK:         ten.concat
func.func @join_of_broadcast_vectors_stays(%x: tensor<3xf32>) -> tensor<3x3xf32> {
  %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<1x3xf32>
  %1 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
  %2 = ten.concat %0, %1 dim 0 : tensor<1x3xf32>, tensor<2x3xf32> -> tensor<3x3xf32>
  func.return %2 : tensor<3x3xf32>
}

// CHECK-LABEL: func.func @stack_of_one_operand
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:    %1 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    %2 = ten.stack %x, %y
// CHECK-NEXT:    func.return %0, %1, %2
func.func @stack_of_one_operand(%x: tensor<3xf32>, %y: tensor<3xf32>) -> (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = ten.stack %x : tensor<3xf32> -> tensor<1x3xf32>
  %1 = ten.stack %x, %x : tensor<3xf32> -> tensor<2x3xf32>
  %2 = ten.stack %x, %y : tensor<3xf32> -> tensor<2x3xf32>
  func.return %0, %1, %2 : tensor<1x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @stack_of_all_rows
// CHECK-NEXT:    func.return %t
func.func @stack_of_all_rows(%t: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = ten.index %t[%c0] : tensor<2x3xf32> -> tensor<3xf32>
  %1 = ten.index %t[%c1] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.stack %0, %1 : tensor<3xf32> -> tensor<2x3xf32>
  func.return %2 : tensor<2x3xf32>
}

// In another order, and not all of them.
// CHECK-LABEL: func.func @stack_of_other_rows_stays
// CHECK:         ten.stack
// CHECK:         ten.stack
func.func @stack_of_other_rows_stays(%t: tensor<2x3xf32>, %u: tensor<3x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = ten.index %t[%c0] : tensor<2x3xf32> -> tensor<3xf32>
  %1 = ten.index %t[%c1] : tensor<2x3xf32> -> tensor<3xf32>
  %2 = ten.stack %1, %0 : tensor<3xf32> -> tensor<2x3xf32>
  %3 = ten.index %u[%c0] : tensor<3x3xf32> -> tensor<3xf32>
  %4 = ten.index %u[%c1] : tensor<3x3xf32> -> tensor<3xf32>
  %5 = ten.stack %3, %4 : tensor<3xf32> -> tensor<2x3xf32>
  func.return %2, %5 : tensor<2x3xf32>, tensor<2x3xf32>
}
