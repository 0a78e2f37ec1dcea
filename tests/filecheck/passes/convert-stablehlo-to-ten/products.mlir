// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// Products are einsums.

// CHECK-LABEL: func.func @dot_general(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x3x4xf32>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<4x2x5xf32>) -> tensor<2x3x5xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.einsum "abc,caf->abf" [[A]], [[B]] : tensor<2x3x4xf32>, tensor<4x2x5xf32> -> tensor<2x3x5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x3x5xf32>
// CHECK-NEXT:  }
func.func @dot_general(%a: tensor<2x3x4xf32>, %b: tensor<4x2x5xf32>) -> tensor<2x3x5xf32> {
  %y = stablehlo.dot_general %a, %b, batching_dims = [0] x [1], contracting_dims = [2] x [0] : (tensor<2x3x4xf32>, tensor<4x2x5xf32>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}

// The sums have the type of the result, so that no product of bytes wraps.
// CHECK-LABEL: func.func @dot_general_of_bytes(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<2x3xi8>,
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3x5xi8>) -> tensor<2x5xi32> {
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[A]] : tensor<2x3xi8> -> tensor<2x3xi32>
// CHECK-NEXT:    [[CAST_1:%.*]] = ten.cast [[B]] : tensor<3x5xi8> -> tensor<3x5xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.einsum "ab,bd->ad" [[CAST]], [[CAST_1]] : tensor<2x3xi32>, tensor<3x5xi32> -> tensor<2x5xi32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x5xi32>
// CHECK-NEXT:  }
func.func @dot_general_of_bytes(%a: tensor<2x3xi8>, %b: tensor<3x5xi8>) -> tensor<2x5xi32> {
  %y = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<2x3xi8>, tensor<3x5xi8>) -> tensor<2x5xi32>
  return %y : tensor<2x5xi32>
}

// CHECK-LABEL: func.func @convolution(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x6x7x3xf32>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3x2x3x5xf32>) -> tensor<2x4x3x5xf32> {
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = ten.transpose [[X]] perm [0, 3, 1, 2] : tensor<2x6x7x3xf32> -> tensor<2x3x6x7xf32>
// CHECK-NEXT:    [[TRANSPOSE_1:%.*]] = ten.transpose [[W]] perm [3, 2, 0, 1] : tensor<3x2x3x5xf32> -> tensor<5x3x3x2xf32>
// CHECK-NEXT:    [[TRANSPOSE_2:%.*]] = ten.transpose [[TRANSPOSE]] perm [2, 3, 0, 1] : tensor<2x3x6x7xf32> -> tensor<6x7x2x3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[GATHER:%.*]] = ten.gather [4, 3, 3, 2] [[TRANSPOSE_2]] ([[ARG:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]], [[ARG_3:%[^ ,:)]+]]) : tensor<6x7x2x3xf32> -> tensor<4x3x3x2x2x3xf32> {
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG]], [[ARG_2]] : index
// CHECK-NEXT:      [[MULI:%.*]] = arith.muli [[ARG_1]], [[CONSTANT]] : index
// CHECK-NEXT:      [[MULI_1:%.*]] = arith.muli [[ARG_3]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[MULI]], [[MULI_1]] : index
// CHECK-NEXT:      ten.yield [[ADDI]], [[ADDI_1]] : index, index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[TRANSPOSE_3:%.*]] = ten.transpose [[GATHER]] perm [4, 5, 0, 1, 2, 3] : tensor<4x3x3x2x2x3xf32> -> tensor<2x3x4x3x3x2xf32>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "efabcd,gfcd->egab" [[TRANSPOSE_3]], [[TRANSPOSE_1]] : tensor<2x3x4x3x3x2xf32>, tensor<5x3x3x2xf32> -> tensor<2x5x4x3xf32>
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[EINSUM]] perm [0, 2, 3, 1] : tensor<2x5x4x3xf32> -> tensor<2x4x3x5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x4x3x5xf32>
// CHECK-NEXT:  }
func.func @convolution(%x: tensor<2x6x7x3xf32>, %w: tensor<3x2x3x5xf32>) -> tensor<2x4x3x5xf32> {
  %y = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<2x6x7x3xf32>, tensor<3x2x3x5xf32>) -> tensor<2x4x3x5xf32>
  return %y : tensor<2x4x3x5xf32>
}

// CHECK-LABEL: func.func @convolution_of_groups(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<2x5x4xf32>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3x1x8xf32>) -> tensor<2x5x8xf32> {
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = ten.transpose [[X]] perm [0, 2, 1] : tensor<2x5x4xf32> -> tensor<2x4x5xf32>
// CHECK-NEXT:    [[TRANSPOSE_1:%.*]] = ten.transpose [[W]] perm [2, 1, 0] : tensor<3x1x8xf32> -> tensor<8x1x3xf32>
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[TRANSPOSE]] low [0, 0, 1] high [0, 0, 1] interior [0, 0, 0] : tensor<2x4x5xf32> -> tensor<2x4x7xf32>
// CHECK-NEXT:    [[TRANSPOSE_2:%.*]] = ten.transpose [[PAD]] perm [2, 0, 1] : tensor<2x4x7xf32> -> tensor<7x2x4xf32>
// CHECK-NEXT:    [[GATHER:%.*]] = ten.gather [5, 3] [[TRANSPOSE_2]] ([[ARG:%[^ ,:)]+]], [[ARG_1:%[^ ,:)]+]]) : tensor<7x2x4xf32> -> tensor<5x3x2x4xf32> {
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG]], [[ARG_1]] : index
// CHECK-NEXT:      ten.yield [[ADDI]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[TRANSPOSE_3:%.*]] = ten.transpose [[GATHER]] perm [2, 3, 0, 1] : tensor<5x3x2x4xf32> -> tensor<2x4x5x3xf32>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[TRANSPOSE_3]] : tensor<2x4x5x3xf32> -> tensor<2x4x1x5x3xf32>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[TRANSPOSE_1]] : tensor<8x1x3xf32> -> tensor<4x2x1x3xf32>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "cfdab,fedb->cfea" [[RESHAPE]], [[RESHAPE_1]] : tensor<2x4x1x5x3xf32>, tensor<4x2x1x3xf32> -> tensor<2x4x2x5xf32>
// CHECK-NEXT:    [[RESHAPE_2:%.*]] = ten.reshape [[EINSUM]] : tensor<2x4x2x5xf32> -> tensor<2x8x5xf32>
// CHECK-NEXT:    [[Y:%.*]] = ten.transpose [[RESHAPE_2]] perm [0, 2, 1] : tensor<2x8x5xf32> -> tensor<2x5x8xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x5x8xf32>
// CHECK-NEXT:  }
func.func @convolution_of_groups(%x: tensor<2x5x4xf32>, %w: tensor<3x1x8xf32>) -> tensor<2x5x8xf32> {
  %y = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {stride = [1], pad = [[1, 1]], lhs_dilate = [1], rhs_dilate = [1], reverse = [false]} {batch_group_count = 1 : i64, feature_group_count = 4 : i64} : (tensor<2x5x4xf32>, tensor<3x1x8xf32>) -> tensor<2x5x8xf32>
  return %y : tensor<2x5x8xf32>
}
