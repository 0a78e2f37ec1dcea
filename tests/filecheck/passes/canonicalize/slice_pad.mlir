// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @slice_of_slice
// CHECK-NEXT:    %0 = ten.slice %x offsets [3, 1] sizes [2, 3] strides [6, 1] : tensor<11x5xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    func.return %0
func.func @slice_of_slice(%x: tensor<11x5xf32>) -> tensor<2x3xf32> {
  %0 = ten.slice %x offsets [1, 1] sizes [5, 4] strides [2, 1] : tensor<11x5xf32> -> tensor<5x4xf32>
  %1 = ten.slice %0 offsets [1, 0] sizes [2, 3] strides [3, 1] : tensor<5x4xf32> -> tensor<2x3xf32>
  func.return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @slice_of_reverse_stays
// CHECK-NEXT:    %0 = ten.reverse %x
// CHECK-NEXT:    %1 = ten.slice %0
func.func @slice_of_reverse_stays(%x: tensor<5xf32>) -> tensor<3xf32> {
  %0 = ten.reverse %x dims [0] : tensor<5xf32>
  %1 = ten.slice %0 offsets [1] sizes [3] strides [1] : tensor<5xf32> -> tensor<3xf32>
  func.return %1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @slice_of_pad_of_x_exactly
// CHECK-NEXT:    func.return %x
func.func @slice_of_pad_of_x_exactly(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = ten.pad %x low [1, 2] high [0, 3] interior [0, 1] : tensor<2x3xf32> -> tensor<3x10xf32>
  %1 = ten.slice %0 offsets [1, 2] sizes [2, 3] strides [1, 2] : tensor<3x10xf32> -> tensor<2x3xf32>
  func.return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @slice_of_pad_within_x
// CHECK-NEXT:    %0 = ten.slice %x offsets [1] sizes [2] strides [2] : tensor<5xf32> -> tensor<2xf32>
// CHECK-NEXT:    func.return %0
func.func @slice_of_pad_within_x(%x: tensor<5xf32>) -> tensor<2xf32> {
  %0 = ten.pad %x low [1] high [1] interior [1] : tensor<5xf32> -> tensor<11xf32>
  %1 = ten.slice %0 offsets [3] sizes [2] strides [4] : tensor<11xf32> -> tensor<2xf32>
  func.return %1 : tensor<2xf32>
}

// Before x, behind x, and between its elements.
// CHECK-LABEL: func.func @slice_of_pad_beside_x
// CHECK-NOT:     ten.pad
// CHECK-NOT:     ten.slice
// CHECK:         ten.broadcast {{.*}} dims [0] : f32 -> tensor<2xf32>
// CHECK:         ten.broadcast {{.*}} dims [0] : f32 -> tensor<1xf32>
// CHECK:         ten.broadcast {{.*}} dims [0] : f32 -> tensor<4xf32>
func.func @slice_of_pad_beside_x(%x: tensor<5xf32>) -> (tensor<2xf32>, tensor<1xf32>, tensor<4xf32>) {
  %0 = ten.pad %x low [2] high [1] interior [1] : tensor<5xf32> -> tensor<12xf32>
  %1 = ten.slice %0 offsets [0] sizes [2] strides [1] : tensor<12xf32> -> tensor<2xf32>
  %2 = ten.slice %0 offsets [11] sizes [1] strides [1] : tensor<12xf32> -> tensor<1xf32>
  %3 = ten.slice %0 offsets [3] sizes [4] strides [2] : tensor<12xf32> -> tensor<4xf32>
  func.return %1, %2, %3 : tensor<2xf32>, tensor<1xf32>, tensor<4xf32>
}

// One element too far on either side, or a zero between: the slice has both zeros and elements of x.
// CHECK-LABEL: func.func @slice_of_pad_of_both_stays
// CHECK-NEXT:    %0 = ten.pad %x
// CHECK-NEXT:    %1 = ten.slice %0 offsets [1] sizes [3] strides [2]
// CHECK-NEXT:    %2 = ten.slice %0 offsets [9] sizes [3] strides [2]
// CHECK-NEXT:    %3 = ten.slice %0 offsets [3] sizes [3] strides [1]
func.func @slice_of_pad_of_both_stays(%x: tensor<5xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0 = ten.pad %x low [3] high [2] interior [1] : tensor<5xf32> -> tensor<14xf32>
  %1 = ten.slice %0 offsets [1] sizes [3] strides [2] : tensor<14xf32> -> tensor<3xf32>
  %2 = ten.slice %0 offsets [9] sizes [3] strides [2] : tensor<14xf32> -> tensor<3xf32>
  %3 = ten.slice %0 offsets [3] sizes [3] strides [1] : tensor<14xf32> -> tensor<3xf32>
  func.return %1, %2, %3 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @slice_of_concat
// CHECK-NEXT:    %0 = ten.slice %b offsets [0, 1] sizes [1, 2] strides [1, 2] : tensor<2x5xf32> -> tensor<1x2xf32>
// CHECK-NEXT:    func.return %b, %0
func.func @slice_of_concat(%a: tensor<2x3xf32>, %b: tensor<2x5xf32>) -> (tensor<2x5xf32>, tensor<1x2xf32>) {
  %0 = ten.concat %a, %b dim 1 : tensor<2x3xf32>, tensor<2x5xf32> -> tensor<2x8xf32>
  %1 = ten.slice %0 offsets [0, 3] sizes [2, 5] strides [1, 1] : tensor<2x8xf32> -> tensor<2x5xf32>
  %2 = ten.slice %0 offsets [0, 4] sizes [1, 2] strides [1, 2] : tensor<2x8xf32> -> tensor<1x2xf32>
  func.return %1, %2 : tensor<2x5xf32>, tensor<1x2xf32>
}

// CHECK-LABEL: func.func @slice_of_concat_across_operands_stays
// CHECK-NEXT:    %0 = ten.concat %a, %b
// CHECK-NEXT:    %1 = ten.slice %0
func.func @slice_of_concat_across_operands_stays(%a: tensor<2x3xf32>, %b: tensor<2x5xf32>) -> tensor<2x2xf32> {
  %0 = ten.concat %a, %b dim 1 : tensor<2x3xf32>, tensor<2x5xf32> -> tensor<2x8xf32>
  %1 = ten.slice %0 offsets [0, 2] sizes [2, 2] strides [1, 1] : tensor<2x8xf32> -> tensor<2x2xf32>
  func.return %1 : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @pad_of_pad
// CHECK-NEXT:    %0 = ten.pad %x low [1, 8] high [4, 4] interior [1, 5] : tensor<3x4xf32> -> tensor<10x31xf32>
// CHECK-NEXT:    func.return %0
func.func @pad_of_pad(%x: tensor<3x4xf32>) -> tensor<10x31xf32> {
  %0 = ten.pad %x low [1, 2] high [0, 1] interior [1, 1] : tensor<3x4xf32> -> tensor<6x10xf32>
  %1 = ten.pad %0 low [0, 2] high [4, 1] interior [0, 2] : tensor<6x10xf32> -> tensor<10x31xf32>
  func.return %1 : tensor<10x31xf32>
}

// CHECK-LABEL: func.func @pad_of_slice_stays
// CHECK-NEXT:    %0 = ten.slice %x
// CHECK-NEXT:    %1 = ten.pad %0
func.func @pad_of_slice_stays(%x: tensor<5xf32>) -> tensor<5xf32> {
  %0 = ten.slice %x offsets [1] sizes [3] strides [1] : tensor<5xf32> -> tensor<3xf32>
  %1 = ten.pad %0 low [1] high [1] interior [0] : tensor<3xf32> -> tensor<5xf32>
  func.return %1 : tensor<5xf32>
}

// Between its zeros, the outer pad puts another one: no single pad of the empty %x has a place for
// it. Without zeros in between, one pad is enough. On values, another rule makes zeros of both.
// CHECK-LABEL: func.func @pad_of_pad_of_empty_stays(
// CHECK-NEXT:    %0 = ten.pad %x low [0, 1] high [0, 1] interior [0, 0] : !delta.term<tensor<3x0xf32>> -> !delta.term<tensor<3x2xf32>>
// CHECK-NEXT:    %1 = ten.pad %0 low [1, 0] high [1, 0] interior [0, 1] : !delta.term<tensor<3x2xf32>> -> !delta.term<tensor<5x3xf32>>
// CHECK-NEXT:    %2 = ten.pad %x low [1, 2] high [1, 1] interior [0, 0] : !delta.term<tensor<3x0xf32>> -> !delta.term<tensor<5x3xf32>>
// CHECK-NEXT:    func.return %1, %2 : !delta.term<tensor<5x3xf32>>, !delta.term<tensor<5x3xf32>>
func.func @pad_of_pad_of_empty_stays(%x: !delta.term<tensor<3x0xf32>>) -> (!delta.term<tensor<5x3xf32>>, !delta.term<tensor<5x3xf32>>) {
  %0 = ten.pad %x low [0, 1] high [0, 1] interior [0, 0] : !delta.term<tensor<3x0xf32>> -> !delta.term<tensor<3x2xf32>>
  %1 = ten.pad %0 low [1, 0] high [1, 0] interior [0, 1] : !delta.term<tensor<3x2xf32>> -> !delta.term<tensor<5x3xf32>>
  %2 = ten.pad %0 low [1, 1] high [1, 0] interior [0, 0] : !delta.term<tensor<3x2xf32>> -> !delta.term<tensor<5x3xf32>>
  func.return %1, %2 : !delta.term<tensor<5x3xf32>>, !delta.term<tensor<5x3xf32>>
}

// Of terms there is no zero here: the dialect of terms has its own.
// CHECK-LABEL: func.func @slice_of_pad_beside_term_stays(
// CHECK-NEXT:    %0 = ten.pad %x low [2] high [1] interior [0] : !delta.term<tensor<5xf32>> -> !delta.term<tensor<8xf32>>
// CHECK-NEXT:    %1 = ten.slice %0 offsets [0] sizes [2] strides [1] : !delta.term<tensor<8xf32>> -> !delta.term<tensor<2xf32>>
// CHECK-NEXT:    func.return %1 : !delta.term<tensor<2xf32>>
func.func @slice_of_pad_beside_term_stays(%x: !delta.term<tensor<5xf32>>) -> !delta.term<tensor<2xf32>> {
  %0 = ten.pad %x low [2] high [1] interior [0] : !delta.term<tensor<5xf32>> -> !delta.term<tensor<8xf32>>
  %1 = ten.slice %0 offsets [0] sizes [2] strides [1] : !delta.term<tensor<8xf32>> -> !delta.term<tensor<2xf32>>
  func.return %1 : !delta.term<tensor<2xf32>>
}
