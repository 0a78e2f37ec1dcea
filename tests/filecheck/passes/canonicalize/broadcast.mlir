// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @broadcast_of_broadcast
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0, 2, 3] : tensor<3xf32> -> tensor<2x3x5x4xf32>
// CHECK-NEXT:    func.return %0
func.func @broadcast_of_broadcast(%x: tensor<3xf32>) -> tensor<2x3x5x4xf32> {
  %0 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x5xf32>
  %1 = ten.broadcast %0 dims [0, 3] : tensor<3x5xf32> -> tensor<2x3x5x4xf32>
  func.return %1 : tensor<2x3x5x4xf32>
}

// x's dimensions stay in order: nothing is moved.
// CHECK-LABEL: func.func @transpose_of_broadcast_in_order
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0] : tensor<3x4xf32> -> tensor<2x3x4xf32>
// CHECK-NEXT:    func.return %0
func.func @transpose_of_broadcast_in_order(%x: tensor<3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = ten.broadcast %x dims [1] : tensor<3x4xf32> -> tensor<3x2x4xf32>
  %1 = ten.transpose %0 perm [1, 0, 2] : tensor<3x2x4xf32> -> tensor<2x3x4xf32>
  func.return %1 : tensor<2x3x4xf32>
}

// One op takes the place of one, so that another use of the broadcast does no harm.
// CHECK-LABEL: func.func @transpose_of_broadcast_in_order_used_again(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x4xf32>) -> (tensor<3x2x4xf32>, tensor<2x3x4xf32>) {
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[X]] dims [1] : tensor<3x4xf32> -> tensor<3x2x4xf32>
// CHECK-NEXT:    [[BROADCAST_1:%.*]] = ten.broadcast [[X]] dims [0] : tensor<3x4xf32> -> tensor<2x3x4xf32>
// CHECK-NEXT:    func.return [[BROADCAST]], [[BROADCAST_1]] : tensor<3x2x4xf32>, tensor<2x3x4xf32>
// CHECK-NEXT:  }
func.func @transpose_of_broadcast_in_order_used_again(%x: tensor<3x4xf32>) -> (tensor<3x2x4xf32>, tensor<2x3x4xf32>) {
  %0 = ten.broadcast %x dims [1] : tensor<3x4xf32> -> tensor<3x2x4xf32>
  %1 = ten.transpose %0 perm [1, 0, 2] : tensor<3x2x4xf32> -> tensor<2x3x4xf32>
  func.return %0, %1 : tensor<3x2x4xf32>, tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @transpose_of_broadcast_moves_x
// CHECK-NEXT:    %0 = ten.transpose %x perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    %1 = ten.broadcast %0 dims [1] : tensor<4x3xf32> -> tensor<4x2x3xf32>
// CHECK-NEXT:    func.return %1
func.func @transpose_of_broadcast_moves_x(%x: tensor<3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = ten.broadcast %x dims [0] : tensor<3x4xf32> -> tensor<2x3x4xf32>
  %1 = ten.transpose %0 perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  func.return %1 : tensor<4x2x3xf32>
}

// The broadcast is a result, too: to transpose x would be a third op.
// CHECK-LABEL: func.func @transpose_of_broadcast_with_two_uses_stays
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0]
// CHECK-NEXT:    %1 = ten.transpose %0 perm [2, 0, 1]
// CHECK-NEXT:    func.return %0, %1
func.func @transpose_of_broadcast_with_two_uses_stays(%x: tensor<3x4xf32>) -> (tensor<2x3x4xf32>, tensor<4x2x3xf32>) {
  %0 = ten.broadcast %x dims [0] : tensor<3x4xf32> -> tensor<2x3x4xf32>
  %1 = ten.transpose %0 perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  func.return %0, %1 : tensor<2x3x4xf32>, tensor<4x2x3xf32>
}

// CHECK-LABEL: func.func @reshape_of_broadcast_of_scalar
// CHECK-NEXT:    %0 = ten.broadcast %s dims [0, 1] : f32 -> tensor<3x4xf32>
// CHECK-NEXT:    func.return %0
func.func @reshape_of_broadcast_of_scalar(%s: f32) -> tensor<3x4xf32> {
  %0 = ten.broadcast %s dims [0, 1, 2] : f32 -> tensor<2x2x3xf32>
  %1 = ten.reshape %0 : tensor<2x2x3xf32> -> tensor<3x4xf32>
  func.return %1 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @reshape_of_broadcast_to_scalar
// CHECK-NEXT:    func.return %s : f32
func.func @reshape_of_broadcast_to_scalar(%s: f32) -> f32 {
  %0 = ten.broadcast %s dims [0, 1] : f32 -> tensor<1x1xf32>
  %1 = ten.reshape %0 : tensor<1x1xf32> -> f32
  func.return %1 : f32
}

// CHECK-LABEL: func.func @reshape_of_broadcast_by_ones
// CHECK-NEXT:    %0 = ten.reshape %x : tensor<3x4xf32> -> tensor<2x6xf32>
// CHECK-NEXT:    func.return %0
func.func @reshape_of_broadcast_by_ones(%x: tensor<3x4xf32>) -> tensor<2x6xf32> {
  %0 = ten.broadcast %x dims [1] : tensor<3x4xf32> -> tensor<3x1x4xf32>
  %1 = ten.reshape %0 : tensor<3x1x4xf32> -> tensor<2x6xf32>
  func.return %1 : tensor<2x6xf32>
}

// The elements of x would have to be repeated within the new rows.
// CHECK-LABEL: func.func @reshape_of_broadcast_stays
// CHECK-NEXT:    %0 = ten.broadcast %x dims [1]
// CHECK-NEXT:    %1 = ten.reshape %0
// CHECK-NEXT:    func.return %1
func.func @reshape_of_broadcast_stays(%x: tensor<3xf32>) -> tensor<6xf32> {
  %0 = ten.broadcast %x dims [1] : tensor<3xf32> -> tensor<3x2xf32>
  %1 = ten.reshape %0 : tensor<3x2xf32> -> tensor<6xf32>
  func.return %1 : tensor<6xf32>
}

// CHECK-LABEL: func.func @reverse_of_broadcast
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0]
// CHECK-NEXT:    %1 = ten.reverse %0 dims [1] : tensor<2x3xf32>
// CHECK-NEXT:    func.return %0, %1
func.func @reverse_of_broadcast(%x: tensor<3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
  %1 = ten.reverse %0 dims [0] : tensor<2x3xf32>
  %2 = ten.reverse %0 dims [0, 1] : tensor<2x3xf32>
  func.return %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @slice_of_broadcast
// CHECK-NEXT:    %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK-NEXT:    func.return %0
func.func @slice_of_broadcast(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<5x3xf32>
  %1 = ten.slice %0 offsets [1, 0] sizes [2, 3] strides [2, 1] : tensor<5x3xf32> -> tensor<2x3xf32>
  func.return %1 : tensor<2x3xf32>
}

// The slice cuts x as well.
// CHECK-LABEL: func.func @slice_of_broadcast_stays
// CHECK-NEXT:    %0 = ten.broadcast %x
// CHECK-NEXT:    %1 = ten.slice %0
func.func @slice_of_broadcast_stays(%x: tensor<3xf32>) -> tensor<2x2xf32> {
  %0 = ten.broadcast %x dims [0] : tensor<3xf32> -> tensor<5x3xf32>
  %1 = ten.slice %0 offsets [1, 0] sizes [2, 2] strides [2, 1] : tensor<5x3xf32> -> tensor<2x2xf32>
  func.return %1 : tensor<2x2xf32>
}

// CHECK-LABEL: func.func @select_by_broadcast
// CHECK-NEXT:    %0 = ten.select %m, %a, %b : i1, tensor<3x4xf32>
// CHECK-NEXT:    func.return %0
func.func @select_by_broadcast(%m: i1, %a: tensor<3x4xf32>, %b: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = ten.broadcast %m dims [0, 1] : i1 -> tensor<3x4xi1>
  %1 = ten.select %0, %a, %b : tensor<3x4xi1>, tensor<3x4xf32>
  func.return %1 : tensor<3x4xf32>
}

// A mask for each row is no scalar.
// CHECK-LABEL: func.func @select_by_broadcast_of_rows_stays
// CHECK-NEXT:    %0 = ten.broadcast %m
// CHECK-NEXT:    %1 = ten.select %0, %a, %b : tensor<3x4xi1>, tensor<3x4xf32>
func.func @select_by_broadcast_of_rows_stays(%m: tensor<3xi1>, %a: tensor<3x4xf32>, %b: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = ten.broadcast %m dims [1] : tensor<3xi1> -> tensor<3x4xi1>
  %1 = ten.select %0, %a, %b : tensor<3x4xi1>, tensor<3x4xf32>
  func.return %1 : tensor<3x4xf32>
}
