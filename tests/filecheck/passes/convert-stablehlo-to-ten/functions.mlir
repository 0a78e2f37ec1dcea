// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// Sorts, transforms, special functions, linear algebra.

// The network sorts places; the comparator reads the first operand alone.
// CHECK-LABEL: func.func @sort(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
// CHECK-NEXT:    [[STOP:%.*]] = delta.stop [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[PAD:%.*]] = ten.pad [[STOP]] low [0] high [1] interior [0] : tensor<3xf32> -> tensor<4xf32>
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<{{\[\[}}2, 1], [4, 2], [4, 1]]> : tensor<3x2xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 1 : index
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<3> : tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = arith.constant dense<true> : tensor<4xi1>
// CHECK-NEXT:    [[CONSTANT_6:%.*]] = arith.constant dense<0> : tensor<4xi64>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [3] ([[ARG:%[^ ,:)]+]] = [[PAD]] : tensor<4xf32>, [[ARG_1:%[^ ,:)]+]] = [[IOTA]] : tensor<4xi64>) over ([[ARG_2:%[^ ,:)]+]] = [[CONSTANT]] : tensor<3x2xi64>) -> (tensor<4xf32>, tensor<4xi64>) {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[ARG_2]]{{\[}}[[CONSTANT_1]]] : tensor<2xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_1:%.*]] = ten.index [[ARG_2]]{{\[}}[[CONSTANT_2]]] : tensor<2xi64> -> i64{{$}}
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[INDEX_1]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[XORI:%.*]] = arith.xori [[CONSTANT_3]], [[BROADCAST]] : tensor<4xi64>
// CHECK-NEXT:      [[GATHER:%.*]] = ten.gather [4] [[ARG]] ([[ARG_3:%[^ ,:)]+]]) : tensor<4xf32> -> tensor<4xf32> {
// CHECK-NEXT:        [[INDEX_2:%.*]] = ten.index [[XORI]]{{\[}}[[ARG_3]]] : tensor<4xi64> -> i64{{$}}
// CHECK-NEXT:        [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX_2]] : i64 to index
// CHECK-NEXT:        ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[GATHER_1:%.*]] = ten.gather [4] [[ARG_1]] ([[ARG_4:%[^ ,:)]+]]) : tensor<4xi64> -> tensor<4xi64> {
// CHECK-NEXT:        [[INDEX_3:%.*]] = ten.index [[XORI]]{{\[}}[[ARG_4]]] : tensor<4xi64> -> i64{{$}}
// CHECK-NEXT:        [[INDEX_CAST_1:%.*]] = arith.index_cast [[INDEX_3]] : i64 to index
// CHECK-NEXT:        ten.yield [[INDEX_CAST_1]] : index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[COMPARE:%.*]] = ten.compare slt, [[ARG_1]], [[CONSTANT_4]] : tensor<4xi64>
// CHECK-NEXT:      [[COMPARE_1:%.*]] = ten.compare slt, [[GATHER_1]], [[CONSTANT_4]] : tensor<4xi64>
// CHECK-NEXT:      [[ANDI:%.*]] = arith.andi [[COMPARE]], [[COMPARE_1]] : tensor<4xi1>
// CHECK-NEXT:      [[Y:%.*]] = ten.compare olt, [[ARG]], [[GATHER]] : tensor<4xf32>
// CHECK-NEXT:      [[Y_1:%.*]] = ten.compare olt, [[GATHER]], [[ARG]] : tensor<4xf32>
// CHECK-NEXT:      [[XORI_1:%.*]] = arith.xori [[Y_1]], [[CONSTANT_5]] : tensor<4xi1>
// CHECK-NEXT:      [[COMPARE_2:%.*]] = ten.compare slt, [[ARG_1]], [[GATHER_1]] : tensor<4xi64>
// CHECK-NEXT:      [[ANDI_1:%.*]] = arith.andi [[XORI_1]], [[COMPARE_2]] : tensor<4xi1>
// CHECK-NEXT:      [[ORI:%.*]] = arith.ori [[Y]], [[ANDI_1]] : tensor<4xi1>
// CHECK-NEXT:      [[COMPARE_3:%.*]] = ten.compare slt, [[ARG_1]], [[GATHER_1]] : tensor<4xi64>
// CHECK-NEXT:      [[SELECT:%.*]] = ten.select [[ANDI]], [[ORI]], [[COMPARE_3]] : tensor<4xi1>, tensor<4xi1>
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[INDEX_1]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[ANDI_2:%.*]] = arith.andi [[CONSTANT_3]], [[BROADCAST_1]] : tensor<4xi64>
// CHECK-NEXT:      [[COMPARE_4:%.*]] = ten.compare eq, [[ANDI_2]], [[CONSTANT_6]] : tensor<4xi64>
// CHECK-NEXT:      [[BROADCAST_2:%.*]] = ten.broadcast [[INDEX]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[ANDI_3:%.*]] = arith.andi [[CONSTANT_3]], [[BROADCAST_2]] : tensor<4xi64>
// CHECK-NEXT:      [[COMPARE_5:%.*]] = ten.compare eq, [[ANDI_3]], [[CONSTANT_6]] : tensor<4xi64>
// CHECK-NEXT:      [[COMPARE_6:%.*]] = ten.compare eq, [[COMPARE_4]], [[COMPARE_5]] : tensor<4xi1>
// CHECK-NEXT:      [[COMPARE_7:%.*]] = ten.compare eq, [[SELECT]], [[COMPARE_6]] : tensor<4xi1>
// CHECK-NEXT:      [[SELECT_1:%.*]] = ten.select [[COMPARE_7]], [[ARG]], [[GATHER]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT:      [[SELECT_2:%.*]] = ten.select [[COMPARE_7]], [[ARG_1]], [[GATHER_1]] : tensor<4xi1>, tensor<4xi64>
// CHECK-NEXT:      ten.yield [[SELECT_1]], [[SELECT_2]] : tensor<4xf32>, tensor<4xi64>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[SCAN_1]] offsets [0] sizes [3] strides [1] : tensor<4xi64> -> tensor<3xi64>
// CHECK-NEXT:    [[GATHER_2:%.*]] = ten.gather [3] [[X]] ([[ARG_5:%[^ ,:)]+]]) : tensor<3xf32> -> tensor<3xf32> {
// CHECK-NEXT:      [[INDEX_4:%.*]] = ten.index [[SLICE]]{{\[}}[[ARG_5]]] : tensor<3xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST_2:%.*]] = arith.index_cast [[INDEX_4]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST_2]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[GATHER_3:%.*]] = ten.gather [3] [[V]] ([[ARG_6:%[^ ,:)]+]]) : tensor<3xf32> -> tensor<3xf32> {
// CHECK-NEXT:      [[INDEX_5:%.*]] = ten.index [[SLICE]]{{\[}}[[ARG_6]]] : tensor<3xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST_3:%.*]] = arith.index_cast [[INDEX_5]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST_3]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[GATHER_2]], [[GATHER_3]] : tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:  }
func.func @sort(%x: tensor<3xf32>, %v: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0:2 = "stablehlo.sort"(%x, %v) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>, %d: tensor<f32>):
    %y = stablehlo.compare LT, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %y : tensor<i1>
  }) : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1 : tensor<3xf32>, tensor<3xf32>
}

// One key, in an order that has a place for each number.
// CHECK-LABEL: func.func @sort_by_one_key(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<12xi32>) -> tensor<12xi32> {
// CHECK-NEXT:    [[ARGSORT:%.*]] = ten.argsort [[X]] dim 0 : tensor<12xi32> -> tensor<12xi64>
// CHECK-NEXT:    [[GATHER:%.*]] = ten.gather [12] [[X]] ([[ARG:%[^ ,:)]+]]) : tensor<12xi32> -> tensor<12xi32> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[ARGSORT]]{{\[}}[[ARG]]] : tensor<12xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[GATHER]] : tensor<12xi32>
// CHECK-NEXT:  }
func.func @sort_by_one_key(%x: tensor<12xi32>) -> tensor<12xi32> {
  %0 = "stablehlo.sort"(%x) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %y = stablehlo.compare LT, %a, %b, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %y : tensor<i1>
  }) : (tensor<12xi32>) -> tensor<12xi32>
  return %0 : tensor<12xi32>
}

// CHECK-LABEL: func.func @fft(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<8xf32>) -> tensor<5xcomplex<f32>> {
// CHECK-NEXT:    [[FFT:%.*]] = ten.fft real, [[X]] dims [0] : tensor<8xf32> -> tensor<5x2xf32>
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[FFT]] offsets [0, 0] sizes [5, 1] strides [1, 1] : tensor<5x2xf32> -> tensor<5x1xf32>
// CHECK-NEXT:    [[SLICE_1:%.*]] = ten.slice [[FFT]] offsets [0, 1] sizes [5, 1] strides [1, 1] : tensor<5x2xf32> -> tensor<5x1xf32>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[SLICE]] : tensor<5x1xf32> -> tensor<5xf32>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[SLICE_1]] : tensor<5x1xf32> -> tensor<5xf32>
// CHECK-NEXT:    [[Y:%.*]] = ten.complex [[RESHAPE]], [[RESHAPE_1]] : tensor<5xf32>, tensor<5xf32> -> tensor<5xcomplex<f32>>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xcomplex<f32>>
// CHECK-NEXT:  }
func.func @fft(%x: tensor<8xf32>) -> tensor<5xcomplex<f32>> {
  %y = stablehlo.fft %x, type = RFFT, length = [8] : (tensor<8xf32>) -> tensor<5xcomplex<f32>>
  return %y : tensor<5xcomplex<f32>>
}

// CHECK-LABEL: func.func @chlo_functions(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
// CHECK-NEXT:    [[A:%.*]] = math.erf [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[B:%.*]] = ten.special gammaln, [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[C:%.*]] = ten.special erfinv, [[X]] : tensor<3xf32>
// CHECK-NEXT:    [[D:%.*]] = math.asinh [[X]] : tensor<3xf32>
// CHECK-NEXT:    func.return [[A]], [[B]], [[C]], [[D]] : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
// CHECK-NEXT:  }
func.func @chlo_functions(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %a = chlo.erf %x : tensor<3xf32> -> tensor<3xf32>
  %b = chlo.lgamma %x : tensor<3xf32> -> tensor<3xf32>
  %c = chlo.erf_inv %x : tensor<3xf32> -> tensor<3xf32>
  %d = chlo.asinh %x : tensor<3xf32> -> tensor<3xf32>
  return %a, %b, %c, %d : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @identity_targets(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<3xf32> {
// CHECK-NEXT:    func.return [[X]] : tensor<3xf32>
// CHECK-NEXT:  }
func.func @identity_targets(%x: tensor<3xf32>) -> tensor<3xf32> {
  %y = stablehlo.custom_call @Sharding(%x) {mhlo.sharding = "{replicated}"} : (tensor<3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @cholesky(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4x4xf32>) -> tensor<4x4xf32> {
// CHECK-NEXT:    [[Y:%.*]] = delta.custom_jvp @_cholesky, @_cholesky_jvp([[X]]) : (tensor<4x4xf32>) -> tensor<4x4xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4x4xf32>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @_cholesky(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4x4xf32>) -> tensor<4x4xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [4] ([[ARG:%[^ ,:)]+]] = [[A]] : tensor<4x4xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT]] : tensor<4xi64>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[INDEX_CAST]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[INDEX_CAST]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[SELECT:%.*]] = arith.select [[CMPI]], [[ADDI]], [[INDEX_CAST]] : index
// CHECK-NEXT:      [[INDEX_CAST_1:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[INDEX_CAST_1]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[CMPI_1:%.*]] = arith.cmpi slt, [[INDEX_CAST_1]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[SELECT_1:%.*]] = arith.select [[CMPI_1]], [[ADDI_1]], [[INDEX_CAST_1]] : index
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[ARG]]{{\[}}[[SELECT]], [[SELECT_1]]] : tensor<4x4xf32> -> f32
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[ARG_1]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[COMPARE:%.*]] = ten.compare sge, [[CONSTANT]], [[BROADCAST]] : tensor<4xi64>
// CHECK-NEXT:      [[INDEX_CAST_2:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI_2:%.*]] = arith.addi [[INDEX_CAST_2]], [[CONSTANT_1]] : index
// CHECK-NEXT:      [[CMPI_2:%.*]] = arith.cmpi slt, [[INDEX_CAST_2]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[SELECT_2:%.*]] = arith.select [[CMPI_2]], [[ADDI_2]], [[INDEX_CAST_2]] : index
// CHECK-NEXT:      [[TRANSPOSE:%.*]] = ten.transpose [[ARG]] perm [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:      [[INDEX_1:%.*]] = ten.index [[TRANSPOSE]]{{\[}}[[SELECT_2]]] : tensor<4x4xf32> -> tensor<4xf32>
// CHECK-NEXT:      [[SELECT_3:%.*]] = ten.select [[COMPARE]], [[INDEX_1]], [[CONSTANT_3]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT:      [[SQRT:%.*]] = math.sqrt [[INDEX]] : f32
// CHECK-NEXT:      [[RESHAPE:%.*]] = ten.reshape [[SQRT]] : f32 -> tensor<1xf32>
// CHECK-NEXT:      [[RESHAPE_1:%.*]] = ten.reshape [[RESHAPE]] : tensor<1xf32> -> f32
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[RESHAPE_1]] dims [0] : f32 -> tensor<4xf32>
// CHECK-NEXT:      [[DIVF:%.*]] = arith.divf [[SELECT_3]], [[BROADCAST_1]] : tensor<4xf32>
// CHECK-NEXT:      [[RESHAPE_2:%.*]] = ten.reshape [[DIVF]] : tensor<4xf32> -> tensor<4x1xf32>
// CHECK-NEXT:      [[RESHAPE_3:%.*]] = ten.reshape [[DIVF]] : tensor<4xf32> -> tensor<1x4xf32>
// CHECK-NEXT:      [[RESHAPE_4:%.*]] = ten.reshape [[RESHAPE_2]] : tensor<4x1xf32> -> tensor<4xf32>
// CHECK-NEXT:      [[BROADCAST_2:%.*]] = ten.broadcast [[RESHAPE_4]] dims [1] : tensor<4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:      [[RESHAPE_5:%.*]] = ten.reshape [[RESHAPE_3]] : tensor<1x4xf32> -> tensor<4xf32>
// CHECK-NEXT:      [[BROADCAST_3:%.*]] = ten.broadcast [[RESHAPE_5]] dims [0] : tensor<4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[BROADCAST_2]], [[BROADCAST_3]] : tensor<4x4xf32>
// CHECK-NEXT:      [[SUBF:%.*]] = arith.subf [[ARG]], [[MULF]] : tensor<4x4xf32>
// CHECK-NEXT:      ten.yield [[SUBF]], [[DIVF]] : tensor<4x4xf32>, tensor<4xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[TRANSPOSE_1:%.*]] = ten.transpose [[SCAN_1]] perm [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare uno, [[TRANSPOSE_1]], [[TRANSPOSE_1]] : tensor<4x4xf32>
// CHECK-NEXT:    [[REDUCE:%.*]] = ten.reduce any, [[COMPARE_1]] dims [0, 1] : tensor<4x4xi1> -> i1{{$}}
// CHECK-NEXT:    [[RESHAPE_6:%.*]] = ten.reshape [[REDUCE]] : i1 -> tensor<1x1xi1>
// CHECK-NEXT:    [[RESHAPE_7:%.*]] = ten.reshape [[RESHAPE_6]] : tensor<1x1xi1> -> i1{{$}}
// CHECK-NEXT:    [[BROADCAST_4:%.*]] = ten.broadcast [[RESHAPE_7]] dims [0, 1] : i1 -> tensor<4x4xi1>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<0x7FC00000> : tensor<4x4xf32>
// CHECK-NEXT:    [[SELECT_4:%.*]] = ten.select [[BROADCAST_4]], [[CONSTANT_4]], [[TRANSPOSE_1]] : tensor<4x4xi1>, tensor<4x4xf32>
// CHECK-NEXT:    func.return [[SELECT_4]] : tensor<4x4xf32>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @_cholesky_jvp(
// CHECK-SAME: [[PRIMALS0:%[^ ,:)]+]]: tensor<4x4xf32>,
// CHECK-SAME: [[TANGENTS0:%[^ ,:)]+]]: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
// CHECK-NEXT:    [[CUSTOM_JVP:%.*]] = delta.custom_jvp @_cholesky, @_cholesky_jvp([[PRIMALS0]]) : (tensor<4x4xf32>) -> tensor<4x4xf32>
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<4x4xi64>
// CHECK-NEXT:    [[IOTA_1:%.*]] = ten.iota dim 1 : tensor<4x4xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<4x4xi64>
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[IOTA]], [[CONSTANT]] : tensor<4x4xi64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare sle, [[IOTA_1]], [[ADDI]] : tensor<4x4xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0.000000e+00> : tensor<4x4xf32>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[TANGENTS0]], [[CONSTANT_1]] : tensor<4x4xi1>, tensor<4x4xf32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<{{\[\[}}true, false, false, false], [false, true, false, false], [false, false, true, false], [false, false, false, true]]> : tensor<4x4xi1>
// CHECK-NEXT:    [[SELECT_1:%.*]] = ten.select [[CONSTANT_2]], [[CONSTANT_1]], [[SELECT]] : tensor<4x4xi1>, tensor<4x4xf32>
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = ten.transpose [[SELECT_1]] perm [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[SELECT]], [[TRANSPOSE]] : tensor<4x4xf32>
// CHECK-NEXT:    [[CUSTOM_JVP_1:%.*]] = delta.custom_jvp @_small_inv, @_small_inv_jvp([[CUSTOM_JVP]]) : (tensor<4x4xf32>) -> tensor<4x4xf32>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ij,jk->ik" [[CUSTOM_JVP_1]], [[ADDF]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[TRANSPOSE_1:%.*]] = ten.transpose [[CUSTOM_JVP_1]] perm [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "ij,jk->ik" [[EINSUM]], [[TRANSPOSE_1]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<{{\[\[}}5.000000e-01, 0.000000e+00, 0.000000e+00, 0.000000e+00], [1.000000e+00, 5.000000e-01, 0.000000e+00, 0.000000e+00], [1.000000e+00, 1.000000e+00, 5.000000e-01, 0.000000e+00], [1.000000e+00, 1.000000e+00, 1.000000e+00, 5.000000e-01]]> : tensor<4x4xf32>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[CONSTANT_3]], [[EINSUM_1]] : tensor<4x4xf32>
// CHECK-NEXT:    [[EINSUM_2:%.*]] = ten.einsum "ij,jk->ik" [[CUSTOM_JVP]], [[MULF]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    func.return [[CUSTOM_JVP]], [[EINSUM_2]] : tensor<4x4xf32>, tensor<4x4xf32>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @_small_inv(
// CHECK-SAME: [[A:%[^ ,:)]+]]: tensor<4x4xf32>) -> tensor<4x4xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 1.000000e+00]]> : tensor<4x4xf32>
// CHECK-NEXT:    [[CONCAT:%.*]] = ten.concat [[A]], [[CONSTANT]] dim 1 : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x8xf32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant 8 : index
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<-1.000000e+00> : tensor<4xf32>
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = arith.constant 4 : index
// CHECK-NEXT:    [[CONSTANT_6:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[CONSTANT_7:%.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:    [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]], [[SCAN_2:%[^ ,:)]+]] = ten.scan [4] ([[ARG:%[^ ,:)]+]] = [[CONCAT]] : tensor<4x8xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[CONSTANT_1]] : tensor<4xi64>) -> (tensor<4x8xf32>, tensor<4xf32>, tensor<4xi1>) {
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[INDEX_CAST]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[INDEX_CAST]], [[CONSTANT_3]] : index
// CHECK-NEXT:      [[SELECT:%.*]] = arith.select [[CMPI]], [[ADDI]], [[INDEX_CAST]] : index
// CHECK-NEXT:      [[TRANSPOSE:%.*]] = ten.transpose [[ARG]] perm [1, 0] : tensor<4x8xf32> -> tensor<8x4xf32>
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[TRANSPOSE]]{{\[}}[[SELECT]]] : tensor<8x4xf32> -> tensor<4xf32>
// CHECK-NEXT:      [[BROADCAST:%.*]] = ten.broadcast [[ARG_1]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[COMPARE:%.*]] = ten.compare sge, [[CONSTANT_1]], [[BROADCAST]] : tensor<4xi64>
// CHECK-NEXT:      [[ABSF:%.*]] = math.absf [[INDEX]] : tensor<4xf32>
// CHECK-NEXT:      [[SELECT_1:%.*]] = ten.select [[COMPARE]], [[ABSF]], [[CONSTANT_4]] : tensor<4xi1>, tensor<4xf32>
// CHECK-NEXT:      [[ARGMAX:%.*]] = ten.argmax [[SELECT_1]] dim 0 : tensor<4xf32> -> i64{{$}}
// CHECK-NEXT:      [[RESHAPE:%.*]] = ten.reshape [[ARGMAX]] : i64 -> tensor<1xi64>
// CHECK-NEXT:      [[INDEX_CAST_1:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[INDEX_CAST_1]], [[CONSTANT_5]] : index
// CHECK-NEXT:      [[CMPI_1:%.*]] = arith.cmpi slt, [[INDEX_CAST_1]], [[CONSTANT_3]] : index
// CHECK-NEXT:      [[SELECT_2:%.*]] = arith.select [[CMPI_1]], [[ADDI_1]], [[INDEX_CAST_1]] : index
// CHECK-NEXT:      [[INDEX_1:%.*]] = ten.index [[ARG]]{{\[}}[[SELECT_2]]] : tensor<4x8xf32> -> tensor<8xf32>
// CHECK-NEXT:      [[RESHAPE_1:%.*]] = ten.reshape [[RESHAPE]] : tensor<1xi64> -> tensor<1x1xi64>
// CHECK-NEXT:      [[RESHAPE_2:%.*]] = ten.reshape [[RESHAPE_1]] : tensor<1x1xi64> -> tensor<1xi64>
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[RESHAPE_2]] dims [1] : tensor<1xi64> -> tensor<1x8xi64>
// CHECK-NEXT:      [[GATHER:%.*]] = ten.gather [1, 8] [[ARG]] ([[ARG_2:%[^ ,:)]+]], [[ARG_3:%[^ ,:)]+]]) : tensor<4x8xf32> -> tensor<1x8xf32> {
// CHECK-NEXT:        [[INDEX_2:%.*]] = ten.index [[BROADCAST_1]]{{\[}}[[ARG_2]], [[ARG_3]]] : tensor<1x8xi64> -> i64{{$}}
// CHECK-NEXT:        [[INDEX_CAST_2:%.*]] = arith.index_cast [[INDEX_2]] : i64 to index
// CHECK-NEXT:        ten.yield [[INDEX_CAST_2]], [[ARG_3]] : index, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[INDEX_CAST_3:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI_2:%.*]] = arith.addi [[INDEX_CAST_3]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[CMPI_2:%.*]] = arith.cmpi slt, [[INDEX_CAST_3]], [[CONSTANT_3]] : index
// CHECK-NEXT:      [[SELECT_3:%.*]] = arith.select [[CMPI_2]], [[ADDI_2]], [[INDEX_CAST_3]] : index
// CHECK-NEXT:      [[INDEX_3:%.*]] = ten.index [[GATHER]]{{\[}}[[CONSTANT_3]], [[SELECT_3]]] : tensor<1x8xf32> -> f32
// CHECK-NEXT:      [[CMPF:%.*]] = arith.cmpf oeq, [[INDEX_3]], [[CONSTANT_6]] : f32
// CHECK-NEXT:      [[SELECT_4:%.*]] = arith.select [[CMPF]], [[CONSTANT_7]], [[INDEX_3]] : f32
// CHECK-NEXT:      [[RESHAPE_3:%.*]] = ten.reshape [[SELECT_4]] : f32 -> tensor<1x1xf32>
// CHECK-NEXT:      [[RESHAPE_4:%.*]] = ten.reshape [[RESHAPE_3]] : tensor<1x1xf32> -> tensor<1xf32>
// CHECK-NEXT:      [[BROADCAST_2:%.*]] = ten.broadcast [[RESHAPE_4]] dims [1] : tensor<1xf32> -> tensor<1x8xf32>
// CHECK-NEXT:      [[DIVF:%.*]] = arith.divf [[GATHER]], [[BROADCAST_2]] : tensor<1x8xf32>
// CHECK-NEXT:      [[BROADCAST_3:%.*]] = ten.broadcast [[ARG_1]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[COMPARE_1:%.*]] = ten.compare eq, [[CONSTANT_1]], [[BROADCAST_3]] : tensor<4xi64>
// CHECK-NEXT:      [[RESHAPE_5:%.*]] = ten.reshape [[COMPARE_1]] : tensor<4xi1> -> tensor<4x1xi1>
// CHECK-NEXT:      [[RESHAPE_6:%.*]] = ten.reshape [[RESHAPE]] : tensor<1xi64> -> i64{{$}}
// CHECK-NEXT:      [[BROADCAST_4:%.*]] = ten.broadcast [[RESHAPE_6]] dims [0] : i64 -> tensor<4xi64>
// CHECK-NEXT:      [[COMPARE_2:%.*]] = ten.compare eq, [[CONSTANT_1]], [[BROADCAST_4]] : tensor<4xi64>
// CHECK-NEXT:      [[RESHAPE_7:%.*]] = ten.reshape [[COMPARE_2]] : tensor<4xi1> -> tensor<4x1xi1>
// CHECK-NEXT:      [[RESHAPE_8:%.*]] = ten.reshape [[INDEX_1]] : tensor<8xf32> -> tensor<1x8xf32>
// CHECK-NEXT:      [[RESHAPE_9:%.*]] = ten.reshape [[RESHAPE_7]] : tensor<4x1xi1> -> tensor<4xi1>
// CHECK-NEXT:      [[BROADCAST_5:%.*]] = ten.broadcast [[RESHAPE_9]] dims [1] : tensor<4xi1> -> tensor<4x8xi1>
// CHECK-NEXT:      [[RESHAPE_10:%.*]] = ten.reshape [[RESHAPE_8]] : tensor<1x8xf32> -> tensor<8xf32>
// CHECK-NEXT:      [[BROADCAST_6:%.*]] = ten.broadcast [[RESHAPE_10]] dims [0] : tensor<8xf32> -> tensor<4x8xf32>
// CHECK-NEXT:      [[SELECT_5:%.*]] = ten.select [[BROADCAST_5]], [[BROADCAST_6]], [[ARG]] : tensor<4x8xi1>, tensor<4x8xf32>
// CHECK-NEXT:      [[INDEX_CAST_4:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[ADDI_3:%.*]] = arith.addi [[INDEX_CAST_4]], [[CONSTANT_2]] : index
// CHECK-NEXT:      [[CMPI_3:%.*]] = arith.cmpi slt, [[INDEX_CAST_4]], [[CONSTANT_3]] : index
// CHECK-NEXT:      [[SELECT_6:%.*]] = arith.select [[CMPI_3]], [[ADDI_3]], [[INDEX_CAST_4]] : index
// CHECK-NEXT:      [[TRANSPOSE_1:%.*]] = ten.transpose [[SELECT_5]] perm [1, 0] : tensor<4x8xf32> -> tensor<8x4xf32>
// CHECK-NEXT:      [[INDEX_4:%.*]] = ten.index [[TRANSPOSE_1]]{{\[}}[[SELECT_6]]] : tensor<8x4xf32> -> tensor<4xf32>
// CHECK-NEXT:      [[RESHAPE_11:%.*]] = ten.reshape [[INDEX_4]] : tensor<4xf32> -> tensor<4x1xf32>
// CHECK-NEXT:      [[RESHAPE_12:%.*]] = ten.reshape [[RESHAPE_11]] : tensor<4x1xf32> -> tensor<4xf32>
// CHECK-NEXT:      [[BROADCAST_7:%.*]] = ten.broadcast [[RESHAPE_12]] dims [1] : tensor<4xf32> -> tensor<4x8xf32>
// CHECK-NEXT:      [[RESHAPE_13:%.*]] = ten.reshape [[DIVF]] : tensor<1x8xf32> -> tensor<8xf32>
// CHECK-NEXT:      [[BROADCAST_8:%.*]] = ten.broadcast [[RESHAPE_13]] dims [0] : tensor<8xf32> -> tensor<4x8xf32>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[BROADCAST_7]], [[BROADCAST_8]] : tensor<4x8xf32>
// CHECK-NEXT:      [[SUBF:%.*]] = arith.subf [[SELECT_5]], [[MULF]] : tensor<4x8xf32>
// CHECK-NEXT:      [[RESHAPE_14:%.*]] = ten.reshape [[RESHAPE_5]] : tensor<4x1xi1> -> tensor<4xi1>
// CHECK-NEXT:      [[BROADCAST_9:%.*]] = ten.broadcast [[RESHAPE_14]] dims [1] : tensor<4xi1> -> tensor<4x8xi1>
// CHECK-NEXT:      [[RESHAPE_15:%.*]] = ten.reshape [[DIVF]] : tensor<1x8xf32> -> tensor<8xf32>
// CHECK-NEXT:      [[BROADCAST_10:%.*]] = ten.broadcast [[RESHAPE_15]] dims [0] : tensor<8xf32> -> tensor<4x8xf32>
// CHECK-NEXT:      [[SELECT_7:%.*]] = ten.select [[BROADCAST_9]], [[BROADCAST_10]], [[SUBF]] : tensor<4x8xi1>, tensor<4x8xf32>
// CHECK-NEXT:      [[INDEX_5:%.*]] = ten.index [[RESHAPE]]{{\[}}[[CONSTANT_3]]] : tensor<1xi64> -> i64{{$}}
// CHECK-NEXT:      [[CMPI_4:%.*]] = arith.cmpi ne, [[INDEX_5]], [[ARG_1]] : i64{{$}}
// CHECK-NEXT:      ten.yield [[SELECT_7]], [[INDEX_3]], [[CMPI_4]] : tensor<4x8xf32>, f32, i1{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[SCAN]] offsets [0, 4] sizes [4, 4] strides [1, 1] : tensor<4x8xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[CONSTANT_8:%.*]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT:    [[COMPARE_3:%.*]] = ten.compare une, [[SCAN_1]], [[CONSTANT_8]] : tensor<4xf32>
// CHECK-NEXT:    [[REDUCE:%.*]] = ten.reduce all, [[COMPARE_3]] dims [0] : tensor<4xi1> -> i1{{$}}
// CHECK-NEXT:    [[RESHAPE_16:%.*]] = ten.reshape [[REDUCE]] : i1 -> tensor<1x1xi1>
// CHECK-NEXT:    [[CONSTANT_9:%.*]] = arith.constant dense<0x7FC00000> : tensor<4x4xf32>
// CHECK-NEXT:    [[RESHAPE_17:%.*]] = ten.reshape [[RESHAPE_16]] : tensor<1x1xi1> -> i1{{$}}
// CHECK-NEXT:    [[BROADCAST_11:%.*]] = ten.broadcast [[RESHAPE_17]] dims [0, 1] : i1 -> tensor<4x4xi1>
// CHECK-NEXT:    [[SELECT_8:%.*]] = ten.select [[BROADCAST_11]], [[SLICE]], [[CONSTANT_9]] : tensor<4x4xi1>, tensor<4x4xf32>
// CHECK-NEXT:    func.return [[SELECT_8]] : tensor<4x4xf32>
// CHECK-NEXT:  }
// CHECK-LABEL: func.func private @_small_inv_jvp(
// CHECK-SAME: [[PRIMALS0:%[^ ,:)]+]]: tensor<4x4xf32>,
// CHECK-SAME: [[TANGENTS0:%[^ ,:)]+]]: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
// CHECK-NEXT:    [[CUSTOM_JVP:%.*]] = delta.custom_jvp @_small_inv, @_small_inv_jvp([[PRIMALS0]]) : (tensor<4x4xf32>) -> tensor<4x4xf32>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ij,jk->ik" [[CUSTOM_JVP]], [[TANGENTS0]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "ij,jk->ik" [[EINSUM]], [[CUSTOM_JVP]] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
// CHECK-NEXT:    [[NEGF:%.*]] = arith.negf [[EINSUM_1]] : tensor<4x4xf32>
// CHECK-NEXT:    func.return [[CUSTOM_JVP]], [[NEGF]] : tensor<4x4xf32>, tensor<4x4xf32>
// CHECK-NEXT:  }
func.func @cholesky(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = stablehlo.cholesky %x, lower = true : tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// A function that others call may stand before them, and have a name that they may call from outside.
// CHECK-LABEL: func.func @adds_two(
// CHECK-SAME: [[X:%[^ ,:)]+]]: i64) -> i64 {
// CHECK-NEXT:    [[C:%.*]] = arith.constant 2 : i64{{$}}
// CHECK-NEXT:    [[Y:%.*]] = arith.addi [[X]], [[C]] : i64{{$}}
// CHECK-NEXT:    func.return [[Y]] : i64{{$}}
// CHECK-NEXT:  }
func.func @adds_two(%x: tensor<i64>) -> tensor<i64> {
  %c = stablehlo.constant dense<2> : tensor<i64>
  %y = stablehlo.add %x, %c : tensor<i64>
  return %y : tensor<i64>
}

// CHECK-LABEL: func.func @composite_of_a_public_function(
// CHECK-SAME: [[X:%[^ ,:)]+]]: i64) -> i64 {
// CHECK-NEXT:    [[C:%.*]] = arith.constant 2 : i64{{$}}
// CHECK-NEXT:    [[Y:%.*]] = arith.addi [[X]], [[C]] : i64{{$}}
// CHECK-NEXT:    func.return [[Y]] : i64{{$}}
// CHECK-NEXT:  }
func.func @composite_of_a_public_function(%x: tensor<i64>) -> tensor<i64> {
  %y = stablehlo.composite "own.adds" %x {decomposition = @adds_two} : (tensor<i64>) -> tensor<i64>
  return %y : tensor<i64>
}

// CHECK-LABEL: func.func @call_of_a_public_function(
// CHECK-SAME: [[X:%[^ ,:)]+]]: i64) -> i64 {
// CHECK-NEXT:    [[C:%.*]] = arith.constant 2 : i64{{$}}
// CHECK-NEXT:    [[Y:%.*]] = arith.addi [[X]], [[C]] : i64{{$}}
// CHECK-NEXT:    func.return [[Y]] : i64{{$}}
// CHECK-NEXT:  }
func.func @call_of_a_public_function(%x: tensor<i64>) -> tensor<i64> {
  %y = call @adds_two(%x) : (tensor<i64>) -> tensor<i64>
  return %y : tensor<i64>
}
