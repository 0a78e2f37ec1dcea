// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// Ops that move elements.

// CHECK-LABEL: func.func @constant(
// CHECK-SAME: ) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[C:%.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>
// CHECK-NEXT:    func.return [[C]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @constant() -> tensor<2x3xf32> {
  %c = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  return %c : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @iota(
// CHECK-SAME: ) -> tensor<2x3xi32> {
// CHECK-NEXT:    [[C:%.*]] = ten.iota dim 1 : tensor<2x3xi32>
// CHECK-NEXT:    func.return [[C]] : tensor<2x3xi32>
// CHECK-NEXT:  }
func.func @iota() -> tensor<2x3xi32> {
  %c = stablehlo.iota dim = 1 : tensor<2x3xi32>
  return %c : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @broadcast_in_dim(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3x1xf32>) -> tensor<2x3x4xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[X]] : tensor<3x1xf32> -> tensor<1x3x1xf32>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[RESHAPE]] : tensor<1x3x1xf32> -> tensor<3xf32>
// CHECK-NEXT:    [[Y:%.*]] = ten.broadcast [[RESHAPE_1]] dims [0, 2] : tensor<3xf32> -> tensor<2x3x4xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x3x4xf32>
// CHECK-NEXT:  }
func.func @broadcast_in_dim(%x: tensor<3x1xf32>) -> tensor<2x3x4xf32> {
  %y = stablehlo.broadcast_in_dim %x, dims = [1, 2] : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @broadcast_in_dim_of_scalar(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f32) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.broadcast [[X]] dims [0, 1] : f32 -> tensor<2x3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @broadcast_in_dim_of_scalar(%x: tensor<f32>) -> tensor<2x3xf32> {
  %y = stablehlo.broadcast_in_dim %x, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reshape_of_reshape(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x6xf32>) -> tensor<4x3xf32> {
// CHECK-NEXT:    [[Z:%.*]] = ten.reshape [[X]] : tensor<2x6xf32> -> tensor<4x3xf32>
// CHECK-NEXT:    func.return [[Z]] : tensor<4x3xf32>
// CHECK-NEXT:  }
func.func @reshape_of_reshape(%x: tensor<2x6xf32>) -> tensor<4x3xf32> {
  %y = stablehlo.reshape %x : (tensor<2x6xf32>) -> tensor<3x4xf32>
  %z = stablehlo.reshape %y : (tensor<3x4xf32>) -> tensor<4x3xf32>
  return %z : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @transpose(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[X]] perm [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4x2x3xf32>
// CHECK-NEXT:  }
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %y = stablehlo.transpose %x, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %y : tensor<4x2x3xf32>
}

// CHECK-LABEL: func.func @reverse(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>) -> tensor<2x3xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.reverse [[X]] dims [1] : tensor<2x3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x3xf32>
// CHECK-NEXT:  }
func.func @reverse(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = stablehlo.reverse %x, dims = [1] : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @slice(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<7x3xf32>) -> tensor<3x2xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [1, 1] sizes [3, 2] strides [2, 1] : tensor<7x3xf32> -> tensor<3x2xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<3x2xf32>
// CHECK-NEXT:  }
func.func @slice(%x: tensor<7x3xf32>) -> tensor<3x2xf32> {
  %y = stablehlo.slice %x [1:6:2, 1:3] : (tensor<7x3xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: func.func @concatenate(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x3xf32>,
// CHECK-SAME: [[Y:%[^ ,:)]+]]: tensor<2x4xf32>) -> tensor<2x7xf32> {
// CHECK-NEXT:    [[Z:%.*]] = ten.concat [[X]], [[Y]] dim 1 : tensor<2x3xf32>, tensor<2x4xf32> -> tensor<2x7xf32>
// CHECK-NEXT:    func.return [[Z]] : tensor<2x7xf32>
// CHECK-NEXT:  }
func.func @concatenate(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x7xf32> {
  %z = stablehlo.concatenate %x, %y, dim = 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  return %z : tensor<2x7xf32>
}

// CHECK-LABEL: func.func @pad(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<8xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.pad [[X]] low [1] high [2] interior [1] : tensor<3xf32> -> tensor<8xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<8xf32>
// CHECK-NEXT:  }
func.func @pad(%x: tensor<3xf32>) -> tensor<8xf32> {
  %v = stablehlo.constant dense<0.0> : tensor<f32>
  %y = stablehlo.pad %x, %v, low = [1], high = [2], interior = [1] : (tensor<3xf32>, tensor<f32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// A value other than 0 needs a mask.
// CHECK-LABEL: func.func @pad_with_value(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>, [[V:%[^ ,:)]+]]: f32) -> tensor<6xf32> {
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[X]] low [1] high [2] interior [0] : tensor<3xf32> -> tensor<6xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<true> : tensor<3xi1>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[CONSTANT]] : tensor<3xi1> -> tensor<3xi8>
// CHECK-NEXT:    [[PAD_1:%.*]] = ten.pad [[CAST]] low [1] high [2] interior [0] : tensor<3xi8> -> tensor<6xi8>
// CHECK-NEXT:    [[CAST_1:%.*]] = ten.cast [[PAD_1]] : tensor<6xi8> -> tensor<6xi1>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[V]] dims [0] : f32 -> tensor<6xf32>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[CAST_1]], [[PAD]], [[BROADCAST]] : tensor<6xi1>, tensor<6xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf32>
// CHECK-NEXT:  }
func.func @pad_with_value(%x: tensor<3xf32>, %v: tensor<f32>) -> tensor<6xf32> {
  %y = stablehlo.pad %x, %v, low = [1], high = [2], interior = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<6xf32>
  return %y : tensor<6xf32>
}

// A negative width cuts.
// CHECK-LABEL: func.func @pad_with_negative_width(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>) -> tensor<5xf32> {
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[X]] low [0] high [2] interior [0] : tensor<5xf32> -> tensor<7xf32>
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[PAD]] offsets [2] sizes [5] strides [1] : tensor<7xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @pad_with_negative_width(%x: tensor<5xf32>) -> tensor<5xf32> {
  %v = stablehlo.constant dense<0.0> : tensor<f32>
  %y = stablehlo.pad %x, %v, low = [-2], high = [2], interior = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}
