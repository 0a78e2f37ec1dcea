// RUN: letgrad-opt %s -p ten-simplify-gather-scatter | filecheck %s
// RUN: letgrad-opt %s -p ten-simplify-gather-scatter{fast=true} | filecheck %s --check-prefix=FAST

// Sums of layouts.

// CHECK-LABEL: func.func @sum_of_broadcast(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3x2xf64> {
// CHECK-NEXT:    [[S:%.*]] = arith.constant 5.000000e+00 : f64
// CHECK-NEXT:    [[S_1:%.*]] = ten.broadcast [[S]] dims [0] : f64 -> tensor<3xf64>
// CHECK-NEXT:    [[S_2:%.*]] = arith.mulf [[X]], [[S_1]] : tensor<3xf64>
// CHECK-NEXT:    [[S_3:%.*]] = ten.broadcast [[S_2]] dims [1] : tensor<3xf64> -> tensor<3x2xf64>
// CHECK-NEXT:    func.return [[S_3]] : tensor<3x2xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_broadcast(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<3x2xf64> {
// FAST-NEXT:    [[S:%.*]] = arith.constant 5.000000e+00 : f64
// FAST-NEXT:    [[S_1:%.*]] = ten.broadcast [[S]] dims [0] : f64 -> tensor<3xf64>
// FAST-NEXT:    [[S_2:%.*]] = arith.mulf [[X]], [[S_1]] : tensor<3xf64>
// FAST-NEXT:    [[S_3:%.*]] = ten.broadcast [[S_2]] dims [1] : tensor<3xf64> -> tensor<3x2xf64>
// FAST-NEXT:    func.return [[S_3]] : tensor<3x2xf64>
// FAST-NEXT:  }
func.func @sum_of_broadcast(%x: tensor<3xf64>) -> tensor<3x2xf64> {
  %a = ten.broadcast %x dims [0, 2] : tensor<3xf64> -> tensor<5x3x2xf64>
  %s = ten.sum %a dims [0] : tensor<5x3x2xf64> -> tensor<3x2xf64>
  func.return %s : tensor<3x2xf64>
}

// f16 has no number 4097: 4097 * x would be 4096 * x.
// CHECK-LABEL: func.func @sum_of_many_copies_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f16) -> f16 {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : f16 -> tensor<4097xf16>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<4097xf16> -> f16
// CHECK-NEXT:    func.return [[S]] : f16
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_many_copies_stays(
// FAST-SAME: [[X:%[^ ,:)]+]]: f16) -> f16 {
// FAST-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : f16 -> tensor<4097xf16>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<4097xf16> -> f16
// FAST-NEXT:    func.return [[S]] : f16
// FAST-NEXT:  }
func.func @sum_of_many_copies_stays(%x: f16) -> f16 {
  %a = ten.broadcast %x dims [0] : f16 -> tensor<4097xf16>
  %s = ten.sum %a dims [0] : tensor<4097xf16> -> f16
  func.return %s : f16
}

// CHECK-LABEL: func.func @sum_of_no_copies(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[S:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    func.return [[S]] : f64
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_no_copies(
// FAST-SAME: [[X:%[^ ,:)]+]]: f64) -> f64 {
// FAST-NEXT:    [[S:%.*]] = arith.constant 0.000000e+00 : f64
// FAST-NEXT:    func.return [[S]] : f64
// FAST-NEXT:  }
func.func @sum_of_no_copies(%x: f64) -> f64 {
  %a = ten.broadcast %x dims [0] : f64 -> tensor<0xf64>
  %s = ten.sum %a dims [0] : tensor<0xf64> -> f64
  func.return %s : f64
}

// A sum of floats of 16 bits is rounded once. The product with 3 would round it a second time.
// CHECK-LABEL: func.func @sum_of_short_broadcast_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xbf16>) -> bf16 {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : tensor<2xbf16> -> tensor<3x2xbf16>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0, 1] : tensor<3x2xbf16> -> bf16
// CHECK-NEXT:    func.return [[S]] : bf16
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_short_broadcast_stays(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2xbf16>) -> bf16 {
// FAST-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : tensor<2xbf16> -> tensor<3x2xbf16>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0, 1] : tensor<3x2xbf16> -> bf16
// FAST-NEXT:    func.return [[S]] : bf16
// FAST-NEXT:  }
func.func @sum_of_short_broadcast_stays(%x: tensor<2xbf16>) -> bf16 {
  %a = ten.broadcast %x dims [0] : tensor<2xbf16> -> tensor<3x2xbf16>
  %s = ten.sum %a dims [0, 1] : tensor<3x2xbf16> -> bf16
  func.return %s : bf16
}

// One rounding of the product, as of the sum.
// CHECK-LABEL: func.func @sum_of_short_copies(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xbf16>) -> tensor<2xbf16> {
// CHECK-NEXT:    [[S:%.*]] = arith.constant 3.000000e+00 : bf16
// CHECK-NEXT:    [[S_1:%.*]] = ten.broadcast [[S]] dims [0] : bf16 -> tensor<2xbf16>
// CHECK-NEXT:    [[S_2:%.*]] = arith.mulf [[X]], [[S_1]] : tensor<2xbf16>
// CHECK-NEXT:    func.return [[S_2]] : tensor<2xbf16>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_short_copies(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2xbf16>) -> tensor<2xbf16> {
// FAST-NEXT:    [[S:%.*]] = arith.constant 3.000000e+00 : bf16
// FAST-NEXT:    [[S_1:%.*]] = ten.broadcast [[S]] dims [0] : bf16 -> tensor<2xbf16>
// FAST-NEXT:    [[S_2:%.*]] = arith.mulf [[X]], [[S_1]] : tensor<2xbf16>
// FAST-NEXT:    func.return [[S_2]] : tensor<2xbf16>
// FAST-NEXT:  }
func.func @sum_of_short_copies(%x: tensor<2xbf16>) -> tensor<2xbf16> {
  %a = ten.broadcast %x dims [0] : tensor<2xbf16> -> tensor<3x2xbf16>
  %s = ten.sum %a dims [0] : tensor<3x2xbf16> -> tensor<2xbf16>
  func.return %s : tensor<2xbf16>
}

// One copy: there is no product.
// CHECK-LABEL: func.func @sum_of_one_short_copy(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xbf16>) -> bf16 {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2xbf16> -> bf16
// CHECK-NEXT:    func.return [[S]] : bf16
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_one_short_copy(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2xbf16>) -> bf16 {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2xbf16> -> bf16
// FAST-NEXT:    func.return [[S]] : bf16
// FAST-NEXT:  }
func.func @sum_of_one_short_copy(%x: tensor<2xbf16>) -> bf16 {
  %a = ten.broadcast %x dims [0] : tensor<2xbf16> -> tensor<1x2xbf16>
  %s = ten.sum %a dims [0, 1] : tensor<1x2xbf16> -> bf16
  func.return %s : bf16
}

// CHECK-LABEL: func.func @sum_of_broadcast_and_rows(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2xf32>) -> f32 {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2xf32> -> f32
// CHECK-NEXT:    [[S_1:%.*]] = arith.constant 3.000000e+00 : f32
// CHECK-NEXT:    [[S_2:%.*]] = arith.mulf [[S]], [[S_1]] : f32
// CHECK-NEXT:    func.return [[S_2]] : f32
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_broadcast_and_rows(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2xf32>) -> f32 {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2xf32> -> f32
// FAST-NEXT:    [[S_1:%.*]] = arith.constant 3.000000e+00 : f32
// FAST-NEXT:    [[S_2:%.*]] = arith.mulf [[S]], [[S_1]] : f32
// FAST-NEXT:    func.return [[S_2]] : f32
// FAST-NEXT:  }
func.func @sum_of_broadcast_and_rows(%x: tensor<2xf32>) -> f32 {
  %a = ten.broadcast %x dims [0] : tensor<2xf32> -> tensor<3x2xf32>
  %s = ten.sum %a dims [0, 1] : tensor<3x2xf32> -> f32
  func.return %s : f32
}

// The sum is over the rows that differ.
// CHECK-LABEL: func.func @sum_of_broadcast_over_another_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : tensor<3xf64> -> tensor<5x3xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [1] : tensor<5x3xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<5xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_broadcast_over_another_stays(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<3xf64>) -> tensor<5xf64> {
// FAST-NEXT:    [[A:%.*]] = ten.broadcast [[X]] dims [0] : tensor<3xf64> -> tensor<5x3xf64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [1] : tensor<5x3xf64> -> tensor<5xf64>
// FAST-NEXT:    func.return [[S]] : tensor<5xf64>
// FAST-NEXT:  }
func.func @sum_of_broadcast_over_another_stays(%x: tensor<3xf64>) -> tensor<5xf64> {
  %a = ten.broadcast %x dims [0] : tensor<3xf64> -> tensor<5x3xf64>
  %s = ten.sum %a dims [1] : tensor<5x3xf64> -> tensor<5xf64>
  func.return %s : tensor<5xf64>
}

// CHECK-LABEL: func.func @sum_of_transpose(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3x5xf64>) -> tensor<5x2xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [1] : tensor<2x3x5xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.transpose [[S]] perm [1, 0] : tensor<2x5xf64> -> tensor<5x2xf64>
// CHECK-NEXT:    func.return [[S_1]] : tensor<5x2xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_transpose(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2x3x5xf64>) -> tensor<5x2xf64> {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [1] : tensor<2x3x5xf64> -> tensor<2x5xf64>
// FAST-NEXT:    [[S_1:%.*]] = ten.transpose [[S]] perm [1, 0] : tensor<2x5xf64> -> tensor<5x2xf64>
// FAST-NEXT:    func.return [[S_1]] : tensor<5x2xf64>
// FAST-NEXT:  }
func.func @sum_of_transpose(%x: tensor<2x3x5xf64>) -> tensor<5x2xf64> {
  %a = ten.transpose %x perm [2, 1, 0] : tensor<2x3x5xf64> -> tensor<5x3x2xf64>
  %s = ten.sum %a dims [1] : tensor<5x3x2xf64> -> tensor<5x2xf64>
  func.return %s : tensor<5x2xf64>
}

// CHECK-LABEL: func.func @sum_of_reverse(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.reverse [[S]] dims [0] : tensor<3xf64>
// CHECK-NEXT:    func.return [[S_1]] : tensor<3xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_reverse(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<3xf64> {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2x3xf64> -> tensor<3xf64>
// FAST-NEXT:    [[S_1:%.*]] = ten.reverse [[S]] dims [0] : tensor<3xf64>
// FAST-NEXT:    func.return [[S_1]] : tensor<3xf64>
// FAST-NEXT:  }
func.func @sum_of_reverse(%x: tensor<2x3xf64>) -> tensor<3xf64> {
  %a = ten.reverse %x dims [0, 1] : tensor<2x3xf64>
  %s = ten.sum %a dims [0] : tensor<2x3xf64> -> tensor<3xf64>
  func.return %s : tensor<3xf64>
}

// CHECK-LABEL: func.func @sum_of_reverse_of_another_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<3xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.reverse [[X]] dims [1] : tensor<2x3xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<2x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<3xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_reverse_of_another_stays(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<3xf64> {
// FAST-NEXT:    [[A:%.*]] = ten.reverse [[X]] dims [1] : tensor<2x3xf64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<2x3xf64> -> tensor<3xf64>
// FAST-NEXT:    func.return [[S]] : tensor<3xf64>
// FAST-NEXT:  }
func.func @sum_of_reverse_of_another_stays(%x: tensor<2x3xf64>) -> tensor<3xf64> {
  %a = ten.reverse %x dims [1] : tensor<2x3xf64>
  %s = ten.sum %a dims [0] : tensor<2x3xf64> -> tensor<3xf64>
  func.return %s : tensor<3xf64>
}

// CHECK-LABEL: func.func @sum_of_reshape(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> f64 {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0, 1] : tensor<2x3xf64> -> f64
// CHECK-NEXT:    func.return [[S]] : f64
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_reshape(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> f64 {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0, 1] : tensor<2x3xf64> -> f64
// FAST-NEXT:    func.return [[S]] : f64
// FAST-NEXT:  }
func.func @sum_of_reshape(%x: tensor<2x3xf64>) -> f64 {
  %a = ten.reshape %x : tensor<2x3xf64> -> tensor<6xf64>
  %s = ten.sum %a dims [0] : tensor<6xf64> -> f64
  func.return %s : f64
}

// CHECK-LABEL: func.func @sum_of_reshape_over_one_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<2xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.reshape [[X]] : tensor<6xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [1] : tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<2xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_reshape_over_one_stays(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<6xf64>) -> tensor<2xf64> {
// FAST-NEXT:    [[A:%.*]] = ten.reshape [[X]] : tensor<6xf64> -> tensor<2x3xf64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [1] : tensor<2x3xf64> -> tensor<2xf64>
// FAST-NEXT:    func.return [[S]] : tensor<2xf64>
// FAST-NEXT:  }
func.func @sum_of_reshape_over_one_stays(%x: tensor<6xf64>) -> tensor<2xf64> {
  %a = ten.reshape %x : tensor<6xf64> -> tensor<2x3xf64>
  %s = ten.sum %a dims [1] : tensor<2x3xf64> -> tensor<2xf64>
  func.return %s : tensor<2xf64>
}

// CHECK-LABEL: func.func @sum_of_pad(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2x3xf64> -> tensor<3xf64>
// CHECK-NEXT:    [[S_1:%.*]] = ten.pad [[S]] low [2] high [0] interior [0] : tensor<3xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[S_1]] : tensor<5xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_pad(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<5xf64> {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<2x3xf64> -> tensor<3xf64>
// FAST-NEXT:    [[S_1:%.*]] = ten.pad [[S]] low [2] high [0] interior [0] : tensor<3xf64> -> tensor<5xf64>
// FAST-NEXT:    func.return [[S_1]] : tensor<5xf64>
// FAST-NEXT:  }
func.func @sum_of_pad(%x: tensor<2x3xf64>) -> tensor<5xf64> {
  %a = ten.pad %x low [1, 2] high [1, 0] interior [2, 0] : tensor<2x3xf64> -> tensor<6x5xf64>
  %s = ten.sum %a dims [0] : tensor<6x5xf64> -> tensor<5xf64>
  func.return %s : tensor<5xf64>
}

// CHECK-LABEL: func.func @sum_of_pad_of_another_stays(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<5xf64> {
// CHECK-NEXT:    [[A:%.*]] = ten.pad [[X]] low [0, 2] high [0, 0] interior [0, 0] : tensor<2x3xf64> -> tensor<2x5xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<2x5xf64> -> tensor<5xf64>
// CHECK-NEXT:    func.return [[S]] : tensor<5xf64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_pad_of_another_stays(
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<5xf64> {
// FAST-NEXT:    [[A:%.*]] = ten.pad [[X]] low [0, 2] high [0, 0] interior [0, 0] : tensor<2x3xf64> -> tensor<2x5xf64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<2x5xf64> -> tensor<5xf64>
// FAST-NEXT:    func.return [[S]] : tensor<5xf64>
// FAST-NEXT:  }
func.func @sum_of_pad_of_another_stays(%x: tensor<2x3xf64>) -> tensor<5xf64> {
  %a = ten.pad %x low [0, 2] high [0, 0] interior [0, 0] : tensor<2x3xf64> -> tensor<2x5xf64>
  %s = ten.sum %a dims [0] : tensor<2x5xf64> -> tensor<5xf64>
  func.return %s : tensor<5xf64>
}

// One sum serves both branches.
// CHECK-LABEL: func.func @sum_of_select(
// CHECK-SAME: [[C:%[^ ,:)]+]]: i1, [[X:%[^ ,:)]+]]: tensor<5xf64>) -> (f64, f64) {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:    [[S_1:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[S_2:%.*]] = ten.select [[C]], [[S]], [[S_1]] : i1, f64
// CHECK-NEXT:    [[T:%.*]] = arith.constant 0.000000e+00 : f64
// CHECK-NEXT:    [[T_1:%.*]] = ten.sum [[X]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:    [[T_2:%.*]] = ten.select [[C]], [[T]], [[T_1]] : i1, f64
// CHECK-NEXT:    func.return [[S_2]], [[T_2]] : f64, f64
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_select(
// FAST-SAME: [[C:%[^ ,:)]+]]: i1, [[X:%[^ ,:)]+]]: tensor<5xf64>) -> (f64, f64) {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<5xf64> -> f64
// FAST-NEXT:    [[S_1:%.*]] = arith.constant 0.000000e+00 : f64
// FAST-NEXT:    [[S_2:%.*]] = ten.select [[C]], [[S]], [[S_1]] : i1, f64
// FAST-NEXT:    [[T:%.*]] = arith.constant 0.000000e+00 : f64
// FAST-NEXT:    [[T_1:%.*]] = ten.sum [[X]] dims [0] : tensor<5xf64> -> f64
// FAST-NEXT:    [[T_2:%.*]] = ten.select [[C]], [[T]], [[T_1]] : i1, f64
// FAST-NEXT:    func.return [[S_2]], [[T_2]] : f64, f64
// FAST-NEXT:  }
func.func @sum_of_select(%c: i1, %x: tensor<5xf64>) -> (f64, f64) {
  %z = arith.constant dense<0.0> : tensor<5xf64>
  %a = ten.select %c, %x, %z : i1, tensor<5xf64>
  %b = ten.select %c, %z, %x : i1, tensor<5xf64>
  %s = ten.sum %a dims [0] : tensor<5xf64> -> f64
  %t = ten.sum %b dims [0] : tensor<5xf64> -> f64
  func.return %s, %t : f64, f64
}

// CHECK-LABEL: func.func @sum_of_select_of_two_stays(
// CHECK-SAME: [[C:%[^ ,:)]+]]: i1,
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf64>) -> f64 {
// CHECK-NEXT:    [[A:%.*]] = ten.select [[C]], [[X]], [[Y]] : i1, tensor<5xf64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<5xf64> -> f64
// CHECK-NEXT:    func.return [[S]] : f64
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_select_of_two_stays(
// FAST-SAME: [[C:%[^ ,:)]+]]: i1,
// FAST-SAME: [[X:%[^ ,:)]+]]: tensor<5xf64>,
// FAST-SAME: [[Y:%[^ ,:)]+]]: tensor<5xf64>) -> f64 {
// FAST-NEXT:    [[A:%.*]] = ten.select [[C]], [[X]], [[Y]] : i1, tensor<5xf64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[A]] dims [0] : tensor<5xf64> -> f64
// FAST-NEXT:    func.return [[S]] : f64
// FAST-NEXT:  }
func.func @sum_of_select_of_two_stays(%c: i1, %x: tensor<5xf64>, %y: tensor<5xf64>) -> f64 {
  %a = ten.select %c, %x, %y : i1, tensor<5xf64>
  %s = ten.sum %a dims [0] : tensor<5xf64> -> f64
  func.return %s : f64
}

// CHECK-LABEL: func.func @sum_of_scaled(
// CHECK-SAME: [[K:%[^ ,:)]+]]: i64, [[X:%[^ ,:)]+]]: tensor<5xi64>) -> i64 {
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<5xi64> -> i64{{$}}
// CHECK-NEXT:    [[S_1:%.*]] = arith.muli [[K]], [[S]] : i64{{$}}
// CHECK-NEXT:    func.return [[S_1]] : i64{{$}}
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_scaled(
// FAST-SAME: [[K:%[^ ,:)]+]]: i64, [[X:%[^ ,:)]+]]: tensor<5xi64>) -> i64 {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<5xi64> -> i64{{$}}
// FAST-NEXT:    [[S_1:%.*]] = arith.muli [[K]], [[S]] : i64{{$}}
// FAST-NEXT:    func.return [[S_1]] : i64{{$}}
// FAST-NEXT:  }
func.func @sum_of_scaled(%k: i64, %x: tensor<5xi64>) -> i64 {
  %a = ten.broadcast %k dims [0] : i64 -> tensor<5xi64>
  %m = arith.muli %a, %x : tensor<5xi64>
  %s = ten.sum %m dims [0] : tensor<5xi64> -> i64
  func.return %s : i64
}

// The sum of x may overflow where the sum of the products does not, so that this needs `fast`.
// CHECK-LABEL: func.func @sum_of_scaled_floats(
// CHECK-SAME: [[K:%[^ ,:)]+]]: tensor<3xf32>, [[X:%[^ ,:)]+]]: tensor<5x3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[K]] dims [0] : tensor<3xf32> -> tensor<5x3xf32>
// CHECK-NEXT:    [[M:%.*]] = arith.mulf [[X]], [[A]] : tensor<5x3xf32>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[M]] dims [0] : tensor<5x3xf32> -> tensor<3xf32>
// CHECK-NEXT:    func.return [[S]] : tensor<3xf32>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_scaled_floats(
// FAST-SAME: [[K:%[^ ,:)]+]]: tensor<3xf32>, [[X:%[^ ,:)]+]]: tensor<5x3xf32>) -> tensor<3xf32> {
// FAST-NEXT:    [[S:%.*]] = ten.sum [[X]] dims [0] : tensor<5x3xf32> -> tensor<3xf32>
// FAST-NEXT:    [[S_1:%.*]] = arith.mulf [[K]], [[S]] : tensor<3xf32>
// FAST-NEXT:    func.return [[S_1]] : tensor<3xf32>
// FAST-NEXT:  }
func.func @sum_of_scaled_floats(%k: tensor<3xf32>, %x: tensor<5x3xf32>) -> tensor<3xf32> {
  %a = ten.broadcast %k dims [0] : tensor<3xf32> -> tensor<5x3xf32>
  %m = arith.mulf %x, %a : tensor<5x3xf32>
  %s = ten.sum %m dims [0] : tensor<5x3xf32> -> tensor<3xf32>
  func.return %s : tensor<3xf32>
}

// Another op needs the products.
// CHECK-LABEL: func.func @sum_of_scaled_with_another_use_stays(
// CHECK-SAME: [[K:%[^ ,:)]+]]: i64, [[X:%[^ ,:)]+]]: tensor<5xi64>) -> (i64, tensor<5xi64>) {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[K]] dims [0] : i64 -> tensor<5xi64>
// CHECK-NEXT:    [[M:%.*]] = arith.muli [[A]], [[X]] : tensor<5xi64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[M]] dims [0] : tensor<5xi64> -> i64{{$}}
// CHECK-NEXT:    func.return [[S]], [[M]] : i64, tensor<5xi64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_scaled_with_another_use_stays(
// FAST-SAME: [[K:%[^ ,:)]+]]: i64, [[X:%[^ ,:)]+]]: tensor<5xi64>) -> (i64, tensor<5xi64>) {
// FAST-NEXT:    [[A:%.*]] = ten.broadcast [[K]] dims [0] : i64 -> tensor<5xi64>
// FAST-NEXT:    [[M:%.*]] = arith.muli [[A]], [[X]] : tensor<5xi64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[M]] dims [0] : tensor<5xi64> -> i64{{$}}
// FAST-NEXT:    func.return [[S]], [[M]] : i64, tensor<5xi64>
// FAST-NEXT:  }
func.func @sum_of_scaled_with_another_use_stays(%k: i64, %x: tensor<5xi64>) -> (i64, tensor<5xi64>) {
  %a = ten.broadcast %k dims [0] : i64 -> tensor<5xi64>
  %m = arith.muli %a, %x : tensor<5xi64>
  %s = ten.sum %m dims [0] : tensor<5xi64> -> i64
  func.return %s, %m : i64, tensor<5xi64>
}

// The factor differs from row to row of the sum.
// CHECK-LABEL: func.func @sum_of_weighted_stays(
// CHECK-SAME: [[K:%[^ ,:)]+]]: tensor<3xi64>, [[X:%[^ ,:)]+]]: tensor<5x3xi64>) -> tensor<5xi64> {
// CHECK-NEXT:    [[A:%.*]] = ten.broadcast [[K]] dims [0] : tensor<3xi64> -> tensor<5x3xi64>
// CHECK-NEXT:    [[M:%.*]] = arith.muli [[X]], [[A]] : tensor<5x3xi64>
// CHECK-NEXT:    [[S:%.*]] = ten.sum [[M]] dims [1] : tensor<5x3xi64> -> tensor<5xi64>
// CHECK-NEXT:    func.return [[S]] : tensor<5xi64>
// CHECK-NEXT:  }
// FAST-LABEL: func.func @sum_of_weighted_stays(
// FAST-SAME: [[K:%[^ ,:)]+]]: tensor<3xi64>, [[X:%[^ ,:)]+]]: tensor<5x3xi64>) -> tensor<5xi64> {
// FAST-NEXT:    [[A:%.*]] = ten.broadcast [[K]] dims [0] : tensor<3xi64> -> tensor<5x3xi64>
// FAST-NEXT:    [[M:%.*]] = arith.muli [[X]], [[A]] : tensor<5x3xi64>
// FAST-NEXT:    [[S:%.*]] = ten.sum [[M]] dims [1] : tensor<5x3xi64> -> tensor<5xi64>
// FAST-NEXT:    func.return [[S]] : tensor<5xi64>
// FAST-NEXT:  }
func.func @sum_of_weighted_stays(%k: tensor<3xi64>, %x: tensor<5x3xi64>) -> tensor<5xi64> {
  %a = ten.broadcast %k dims [0] : tensor<3xi64> -> tensor<5x3xi64>
  %m = arith.muli %x, %a : tensor<5x3xi64>
  %s = ten.sum %m dims [1] : tensor<5x3xi64> -> tensor<5xi64>
  func.return %s : tensor<5xi64>
}
