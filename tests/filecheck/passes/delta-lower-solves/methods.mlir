// RUN: letgrad-opt %s -p delta-lower-solves --split-input-file | filecheck %s

// A solution is a value like any other.
// CHECK-LABEL: func.func @implicit(
// CHECK-SAME: [[X:%[^ ,:)]+]]: f64, [[P:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    func.return [[X]] : f64
// CHECK-NEXT:  }
func.func @implicit(%x: f64, %p: f64) -> f64 {
  %y = delta.implicit @f(%x, %p) : (f64, f64) -> f64
  func.return %y : f64
}

// -----

// One unknown needs one division, by the product with 1.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: f64, [[V:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : f64
// CHECK-NEXT:    func.return [[MULF]] : f64
// CHECK-NEXT:  }
func.func private @a(%w: f64, %v: f64) -> f64 {
  %0 = arith.mulf %w, %v : f64
  func.return %0 : f64
}

// CHECK-LABEL: func.func @one_unknown(
// CHECK-SAME: [[B:%[^ ,:)]+]]: f64, [[W:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[B]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[CONSTANT]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[RESHAPE_1]] : f64
// CHECK-NEXT:    [[RESHAPE_2:%.*]] = ten.reshape [[MULF]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[RESHAPE]], [[RESHAPE_2]] : tensor<1x1xf64>
// CHECK-NEXT:    [[ABSF:%.*]] = math.absf [[DIVF]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0x7FF0000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[ABSF]], [[CONSTANT_1]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<0x7FF8000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_2]], [[DIVF]] : tensor<1x1xi1>, tensor<1x1xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reshape [[SELECT]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    func.return [[X]] : f64
// CHECK-NEXT:  }
func.func @one_unknown(%b: f64, %w: f64) -> f64 {
  %x = delta.solve @a(%b, %w) : (f64, f64) -> f64
  func.return %x : f64
}

// -----

// The matrix of few unknowns, and the elimination of its columns. 16-bit floats become f32.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<3xf16>, [[V:%[^ ,:)]+]]: tensor<3xf16>) -> tensor<3xf16> {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : tensor<3xf16>
// CHECK-NEXT:    func.return [[MULF]] : tensor<3xf16>
// CHECK-NEXT:  }
func.func private @a(%w: tensor<3xf16>, %v: tensor<3xf16>) -> tensor<3xf16> {
  %0 = arith.mulf %w, %v : tensor<3xf16>
  func.return %0 : tensor<3xf16>
}

// CHECK-LABEL: func.func @dense(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<3xf16>, [[W:%[^ ,:)]+]]: tensor<3xf16>) -> tensor<3xf16> {
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[B]] : tensor<3xf16> -> tensor<3xf32>
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[CAST]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:    [[BUILD:%.*]] = ten.build [3] ([[ARG:%[^ ,:)]+]]) : tensor<3x1x3xf32> {
// CHECK-NEXT:      [[BUILD_1:%.*]] = ten.build [1, 3] ([[ARG_1:%[^ ,:)]+]], [[ARG_2:%[^ ,:)]+]]) : tensor<1x3xf32> {
// CHECK-NEXT:        [[CONSTANT:%.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT:        [[CONSTANT_1:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:        [[CMPI:%.*]] = arith.cmpi eq, [[ARG_2]], [[ARG]] : index
// CHECK-NEXT:        [[SELECT:%.*]] = arith.select [[CMPI]], [[CONSTANT]], [[CONSTANT_1]] : f32
// CHECK-NEXT:        ten.yield [[SELECT]] : f32
// CHECK-NEXT:      }
// CHECK-NEXT:      [[RESHAPE_1:%.*]] = ten.reshape [[BUILD_1]] : tensor<1x3xf32> -> tensor<3xf32>
// CHECK-NEXT:      [[CAST_1:%.*]] = ten.cast [[RESHAPE_1]] : tensor<3xf32> -> tensor<3xf16>
// CHECK-NEXT:      [[MULF:%.*]] = arith.mulf [[W]], [[CAST_1]] : tensor<3xf16>
// CHECK-NEXT:      [[CAST_2:%.*]] = ten.cast [[MULF]] : tensor<3xf16> -> tensor<3xf32>
// CHECK-NEXT:      [[RESHAPE_2:%.*]] = ten.reshape [[CAST_2]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:      ten.yield [[RESHAPE_2]] : tensor<1x3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = ten.transpose [[BUILD]] perm [1, 2, 0] : tensor<3x1x3xf32> -> tensor<1x3x3xf32>
// CHECK-NEXT:    [[RESHAPE_3:%.*]] = ten.reshape [[RESHAPE]] : tensor<1x3xf32> -> tensor<1x3x1xf32>
// CHECK-NEXT:    [[CONCAT:%.*]] = ten.concat [[TRANSPOSE]], [[RESHAPE_3]] dim 2 : tensor<1x3x3xf32>, tensor<1x3x1xf32> -> tensor<1x3x4xf32>
// CHECK-NEXT:    [[BUILD_2:%.*]] = ten.build [1] ([[ARG_3:%[^ ,:)]+]]) : tensor<1x3xf32> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[CONCAT]]{{\[}}[[ARG_3]]] : tensor<1x3x4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:      [[IOTA:%.*]] = ten.iota dim 0 : tensor<3xindex>
// CHECK-NEXT:      [[SCAN:%[^ ,:)]+]], [[SCAN_1:%[^ ,:)]+]] = ten.scan [3] ([[ARG_4:%[^ ,:)]+]] = [[INDEX]] : tensor<3x4xf32>) over ([[ARG_5:%[^ ,:)]+]] = [[IOTA]] : tensor<3xindex>) -> (tensor<3x4xf32>, tensor<3xf32>) {
// CHECK-NEXT:        [[TRANSPOSE_1:%.*]] = ten.transpose [[ARG_4]] perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// CHECK-NEXT:        [[INDEX_1:%.*]] = ten.index [[TRANSPOSE_1]]{{\[}}[[ARG_5]]] : tensor<4x3xf32> -> tensor<3xf32>
// CHECK-NEXT:        [[BROADCAST:%.*]] = ten.broadcast [[ARG_5]] dims [0] : index -> tensor<3xindex>
// CHECK-NEXT:        [[COMPARE:%.*]] = ten.compare sge, [[IOTA]], [[BROADCAST]] : tensor<3xindex>
// CHECK-NEXT:        [[ABSF:%.*]] = math.absf [[INDEX_1]] : tensor<3xf32>
// CHECK-NEXT:        [[CONSTANT_2:%.*]] = arith.constant dense<-1.000000e+00> : tensor<3xf32>
// CHECK-NEXT:        [[SELECT_1:%.*]] = ten.select [[COMPARE]], [[ABSF]], [[CONSTANT_2]] : tensor<3xi1>, tensor<3xf32>
// CHECK-NEXT:        [[ARGMAX:%.*]] = ten.argmax [[SELECT_1]] dim 0 : tensor<3xf32> -> i64{{$}}
// CHECK-NEXT:        [[INDEX_CAST:%.*]] = arith.index_cast [[ARGMAX]] : i64 to index
// CHECK-NEXT:        [[INDEX_2:%.*]] = ten.index [[ARG_4]]{{\[}}[[ARG_5]]] : tensor<3x4xf32> -> tensor<4xf32>
// CHECK-NEXT:        [[INDEX_3:%.*]] = ten.index [[ARG_4]]{{\[}}[[INDEX_CAST]]] : tensor<3x4xf32> -> tensor<4xf32>
// CHECK-NEXT:        [[INDEX_4:%.*]] = ten.index [[INDEX_1]]{{\[}}[[INDEX_CAST]]] : tensor<3xf32> -> f32
// CHECK-NEXT:        [[BROADCAST_1:%.*]] = ten.broadcast [[INDEX_4]] dims [0] : f32 -> tensor<4xf32>
// CHECK-NEXT:        [[DIVF:%.*]] = arith.divf [[INDEX_3]], [[BROADCAST_1]] : tensor<4xf32>
// CHECK-NEXT:        [[COMPARE_1:%.*]] = ten.compare eq, [[IOTA]], [[BROADCAST]] : tensor<3xindex>
// CHECK-NEXT:        [[BROADCAST_2:%.*]] = ten.broadcast [[INDEX_CAST]] dims [0] : index -> tensor<3xindex>
// CHECK-NEXT:        [[COMPARE_2:%.*]] = ten.compare eq, [[IOTA]], [[BROADCAST_2]] : tensor<3xindex>
// CHECK-NEXT:        [[BROADCAST_3:%.*]] = ten.broadcast [[COMPARE_2]] dims [1] : tensor<3xi1> -> tensor<3x4xi1>
// CHECK-NEXT:        [[BROADCAST_4:%.*]] = ten.broadcast [[INDEX_2]] dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:        [[SELECT_2:%.*]] = ten.select [[BROADCAST_3]], [[BROADCAST_4]], [[ARG_4]] : tensor<3x4xi1>, tensor<3x4xf32>
// CHECK-NEXT:        [[TRANSPOSE_2:%.*]] = ten.transpose [[SELECT_2]] perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// CHECK-NEXT:        [[INDEX_5:%.*]] = ten.index [[TRANSPOSE_2]]{{\[}}[[ARG_5]]] : tensor<4x3xf32> -> tensor<3xf32>
// CHECK-NEXT:        [[BROADCAST_5:%.*]] = ten.broadcast [[INDEX_5]] dims [1] : tensor<3xf32> -> tensor<3x4xf32>
// CHECK-NEXT:        [[BROADCAST_6:%.*]] = ten.broadcast [[DIVF]] dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:        [[MULF_1:%.*]] = arith.mulf [[BROADCAST_5]], [[BROADCAST_6]] : tensor<3x4xf32>
// CHECK-NEXT:        [[SUBF:%.*]] = arith.subf [[SELECT_2]], [[MULF_1]] : tensor<3x4xf32>
// CHECK-NEXT:        [[BROADCAST_7:%.*]] = ten.broadcast [[COMPARE_1]] dims [1] : tensor<3xi1> -> tensor<3x4xi1>
// CHECK-NEXT:        [[BROADCAST_8:%.*]] = ten.broadcast [[DIVF]] dims [0] : tensor<4xf32> -> tensor<3x4xf32>
// CHECK-NEXT:        [[SELECT_3:%.*]] = ten.select [[BROADCAST_7]], [[BROADCAST_8]], [[SUBF]] : tensor<3x4xi1>, tensor<3x4xf32>
// CHECK-NEXT:        ten.yield [[SELECT_3]], [[INDEX_4]] : tensor<3x4xf32>, f32
// CHECK-NEXT:      }
// CHECK-NEXT:      [[TRANSPOSE_3:%.*]] = ten.transpose [[SCAN]] perm [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// CHECK-NEXT:      [[CONSTANT_3:%.*]] = arith.constant 3 : index
// CHECK-NEXT:      [[INDEX_6:%.*]] = ten.index [[TRANSPOSE_3]]{{\[}}[[CONSTANT_3]]] : tensor<4x3xf32> -> tensor<3xf32>
// CHECK-NEXT:      [[CONSTANT_4:%.*]] = arith.constant dense<0.000000e+00> : tensor<3xf32>
// CHECK-NEXT:      [[COMPARE_3:%.*]] = ten.compare oeq, [[SCAN_1]], [[CONSTANT_4]] : tensor<3xf32>
// CHECK-NEXT:      [[REDUCE:%.*]] = ten.reduce any, [[COMPARE_3]] dims [0] : tensor<3xi1> -> i1{{$}}
// CHECK-NEXT:      [[CONSTANT_5:%.*]] = arith.constant dense<0x7FC00000> : tensor<3xf32>
// CHECK-NEXT:      [[SELECT_4:%.*]] = ten.select [[REDUCE]], [[CONSTANT_5]], [[INDEX_6]] : i1, tensor<3xf32>
// CHECK-NEXT:      ten.yield [[SELECT_4]] : tensor<3xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[RESHAPE_4:%.*]] = ten.reshape [[BUILD_2]] : tensor<1x3xf32> -> tensor<3xf32>
// CHECK-NEXT:    [[X:%.*]] = ten.cast [[RESHAPE_4]] : tensor<3xf32> -> tensor<3xf16>
// CHECK-NEXT:    func.return [[X]] : tensor<3xf16>
// CHECK-NEXT:  }
func.func @dense(%b: tensor<3xf16>, %w: tensor<3xf16>) -> tensor<3xf16> {
  %x = delta.solve @a(%b, %w) : (tensor<3xf16>, tensor<3xf16>) -> tensor<3xf16>
  func.return %x : tensor<3xf16>
}

// -----

// Many unknowns: cycles of products.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<200xf64>) -> tensor<200xf64> {
// CHECK-NEXT:    [[SIN:%.*]] = math.sin [[V]] : tensor<200xf64>
// CHECK-NEXT:    func.return [[SIN]] : tensor<200xf64>
// CHECK-NEXT:  }
func.func private @a(%v: tensor<200xf64>) -> tensor<200xf64> {
  %0 = math.sin %v : tensor<200xf64>
  func.return %0 : tensor<200xf64>
}

// CHECK-LABEL: func.func @products(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<200xf64>) -> tensor<200xf64> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[B]] : tensor<200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:    [[ABSF:%.*]] = math.absf [[RESHAPE]] : tensor<1x200xf64>
// CHECK-NEXT:    [[REDUCE:%.*]] = ten.reduce max, [[ABSF]] dims [1] : tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<1xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1.000000e+00> : tensor<1xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[REDUCE]], [[CONSTANT]] : tensor<1xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_1]], [[REDUCE]] : tensor<1xi1>, tensor<1xf64>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[SELECT]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[RESHAPE]], [[BROADCAST]] : tensor<1x200xf64>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ki,ki->k" [[DIVF]], [[DIVF]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<4.9303806576313238e-28> : tensor<1xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[EINSUM]], [[CONSTANT_2]] : tensor<1xf64>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<0.000000e+00> : tensor<1x200xf64>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "ki,ki->k" [[DIVF]], [[DIVF]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<true> : tensor<1xi1>
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]], [[WHILE_3:%[^ ,:)]+]], [[WHILE_4:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[CONSTANT_3]] : tensor<1x200xf64>, [[ARG_1:%[^ ,:)]+]] = [[DIVF]] : tensor<1x200xf64>, [[ARG_2:%[^ ,:)]+]] = [[EINSUM_1]] : tensor<1xf64>, [[ARG_3:%[^ ,:)]+]] = [[CONSTANT_5]] : i64, [[ARG_4:%[^ ,:)]+]] = [[CONSTANT_4]] : tensor<1xi1>) -> (tensor<1x200xf64>, tensor<1x200xf64>, tensor<1xf64>, i64, tensor<1xi1>) {
// CHECK-NEXT:      [[COMPARE_1:%.*]] = ten.compare ogt, [[ARG_2]], [[MULF]] : tensor<1xf64>
// CHECK-NEXT:      [[ANDI:%.*]] = arith.andi [[COMPARE_1]], [[ARG_4]] : tensor<1xi1>
// CHECK-NEXT:      [[REDUCE_1:%.*]] = ten.reduce any, [[ANDI]] dims [0] : tensor<1xi1> -> i1{{$}}
// CHECK-NEXT:      [[CONSTANT_6:%.*]] = arith.constant 1000 : i64{{$}}
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[ARG_3]], [[CONSTANT_6]] : i64{{$}}
// CHECK-NEXT:      [[ANDI_1:%.*]] = arith.andi [[REDUCE_1]], [[CMPI]] : i1{{$}}
// CHECK-NEXT:      ten.yield [[ANDI_1]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_5:%[^ ,:)]+]], [[ARG_6:%[^ ,:)]+]], [[ARG_7:%[^ ,:)]+]], [[ARG_8:%[^ ,:)]+]], [[ARG_9:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CONSTANT_7:%.*]] = arith.constant dense<0.000000e+00> : tensor<30x1x200xf64>
// CHECK-NEXT:      [[CONSTANT_8:%.*]] = arith.constant dense<0.000000e+00> : tensor<30x1x31xf64>
// CHECK-NEXT:      [[CONSTANT_9:%.*]] = arith.constant dense<0.000000e+00> : tensor<1x31xf64>
// CHECK-NEXT:      [[CONSTANT_10:%.*]] = arith.constant 0 : index
// CHECK-NEXT:      [[WHILE_5:%[^ ,:)]+]], [[WHILE_6:%[^ ,:)]+]], [[WHILE_7:%[^ ,:)]+]], [[WHILE_8:%[^ ,:)]+]], [[WHILE_9:%[^ ,:)]+]], [[WHILE_10:%[^ ,:)]+]] = ten.while ([[ARG_10:%[^ ,:)]+]] = [[CONSTANT_9]] : tensor<1x31xf64>, [[ARG_11:%[^ ,:)]+]] = [[ARG_6]] : tensor<1x200xf64>, [[ARG_12:%[^ ,:)]+]] = [[ARG_6]] : tensor<1x200xf64>, [[ARG_13:%[^ ,:)]+]] = [[CONSTANT_8]] : tensor<30x1x31xf64>, [[ARG_14:%[^ ,:)]+]] = [[CONSTANT_7]] : tensor<30x1x200xf64>, [[ARG_15:%[^ ,:)]+]] = [[CONSTANT_10]] : index) -> (tensor<1x31xf64>, tensor<1x200xf64>, tensor<1x200xf64>, tensor<30x1x31xf64>, tensor<30x1x200xf64>, index) {
// CHECK-NEXT:        [[EINSUM_2:%.*]] = ten.einsum "ki,ki->k" [[ARG_11]], [[ARG_11]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[COMPARE_2:%.*]] = ten.compare ogt, [[EINSUM_2]], [[MULF]] : tensor<1xf64>
// CHECK-NEXT:        [[REDUCE_2:%.*]] = ten.reduce any, [[COMPARE_2]] dims [0] : tensor<1xi1> -> i1{{$}}
// CHECK-NEXT:        [[CONSTANT_11:%.*]] = arith.constant 30 : index
// CHECK-NEXT:        [[CMPI_1:%.*]] = arith.cmpi slt, [[ARG_15]], [[CONSTANT_11]] : index
// CHECK-NEXT:        [[ANDI_2:%.*]] = arith.andi [[REDUCE_2]], [[CMPI_1]] : i1{{$}}
// CHECK-NEXT:        ten.yield [[ANDI_2]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_16:%[^ ,:)]+]], [[ARG_17:%[^ ,:)]+]], [[ARG_18:%[^ ,:)]+]], [[ARG_19:%[^ ,:)]+]], [[ARG_20:%[^ ,:)]+]], [[ARG_21:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[CONSTANT_12:%.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf64>
// CHECK-NEXT:        [[CONSTANT_13:%.*]] = arith.constant 0 : index
// CHECK-NEXT:        [[UPDATE:%.*]] = ten.update [[CONSTANT_9]]{{\[}}[[CONSTANT_13]], [[ARG_21]]] [[CONSTANT_12]] strides [1, 1] : tensor<1x31xf64>, tensor<1x1xf64> -> tensor<1x31xf64>
// CHECK-NEXT:        [[RESHAPE_1:%.*]] = ten.reshape [[ARG_18]] : tensor<1x200xf64> -> tensor<200xf64>
// CHECK-NEXT:        [[SIN:%.*]] = math.sin [[RESHAPE_1]] : tensor<200xf64>
// CHECK-NEXT:        [[RESHAPE_2:%.*]] = ten.reshape [[SIN]] : tensor<200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_3:%.*]] = ten.einsum "ki,ki->k" [[RESHAPE_2]], [[RESHAPE_2]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[EINSUM_4:%.*]] = ten.einsum "mki,ki->mk" [[ARG_20]], [[RESHAPE_2]] : tensor<30x1x200xf64>, tensor<1x200xf64> -> tensor<30x1xf64>
// CHECK-NEXT:        [[EINSUM_5:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_4]], [[ARG_20]] : tensor<30x1xf64>, tensor<30x1x200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[SUBF:%.*]] = arith.subf [[RESHAPE_2]], [[EINSUM_5]] : tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_6:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_4]], [[ARG_19]] : tensor<30x1xf64>, tensor<30x1x31xf64> -> tensor<1x31xf64>
// CHECK-NEXT:        [[SUBF_1:%.*]] = arith.subf [[UPDATE]], [[EINSUM_6]] : tensor<1x31xf64>
// CHECK-NEXT:        [[EINSUM_7:%.*]] = ten.einsum "mki,ki->mk" [[ARG_20]], [[SUBF]] : tensor<30x1x200xf64>, tensor<1x200xf64> -> tensor<30x1xf64>
// CHECK-NEXT:        [[EINSUM_8:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_7]], [[ARG_20]] : tensor<30x1xf64>, tensor<30x1x200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[SUBF_2:%.*]] = arith.subf [[SUBF]], [[EINSUM_8]] : tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_9:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_7]], [[ARG_19]] : tensor<30x1xf64>, tensor<30x1x31xf64> -> tensor<1x31xf64>
// CHECK-NEXT:        [[SUBF_3:%.*]] = arith.subf [[SUBF_1]], [[EINSUM_9]] : tensor<1x31xf64>
// CHECK-NEXT:        [[EINSUM_10:%.*]] = ten.einsum "ki,ki->k" [[SUBF_2]], [[SUBF_2]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[CONSTANT_14:%.*]] = arith.constant dense<4.9303806576313238e-30> : tensor<1xf64>
// CHECK-NEXT:        [[MULF_1:%.*]] = arith.mulf [[EINSUM_3]], [[CONSTANT_14]] : tensor<1xf64>
// CHECK-NEXT:        [[COMPARE_3:%.*]] = ten.compare ogt, [[EINSUM_10]], [[MULF_1]] : tensor<1xf64>
// CHECK-NEXT:        [[CONSTANT_15:%.*]] = arith.constant dense<0.000000e+00> : tensor<1xf64>
// CHECK-NEXT:        [[RSQRT:%.*]] = math.rsqrt [[EINSUM_10]] : tensor<1xf64>
// CHECK-NEXT:        [[SELECT_1:%.*]] = ten.select [[COMPARE_3]], [[RSQRT]], [[CONSTANT_15]] : tensor<1xi1>, tensor<1xf64>
// CHECK-NEXT:        [[BROADCAST_1:%.*]] = ten.broadcast [[SELECT_1]] dims [1] : tensor<1xf64> -> tensor<1x31xf64>
// CHECK-NEXT:        [[MULF_2:%.*]] = arith.mulf [[SUBF_3]], [[BROADCAST_1]] : tensor<1x31xf64>
// CHECK-NEXT:        [[BROADCAST_2:%.*]] = ten.broadcast [[SELECT_1]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[MULF_3:%.*]] = arith.mulf [[SUBF_2]], [[BROADCAST_2]] : tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_11:%.*]] = ten.einsum "ki,ki->k" [[ARG_17]], [[MULF_3]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[BROADCAST_3:%.*]] = ten.broadcast [[EINSUM_11]] dims [1] : tensor<1xf64> -> tensor<1x31xf64>
// CHECK-NEXT:        [[MULF_4:%.*]] = arith.mulf [[BROADCAST_3]], [[MULF_2]] : tensor<1x31xf64>
// CHECK-NEXT:        [[ADDF:%.*]] = arith.addf [[ARG_16]], [[MULF_4]] : tensor<1x31xf64>
// CHECK-NEXT:        [[BROADCAST_4:%.*]] = ten.broadcast [[EINSUM_11]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[MULF_5:%.*]] = arith.mulf [[BROADCAST_4]], [[MULF_3]] : tensor<1x200xf64>
// CHECK-NEXT:        [[SUBF_4:%.*]] = arith.subf [[ARG_17]], [[MULF_5]] : tensor<1x200xf64>
// CHECK-NEXT:        [[CONSTANT_16:%.*]] = arith.constant 0 : index
// CHECK-NEXT:        [[CONSTANT_17:%.*]] = arith.constant 0 : index
// CHECK-NEXT:        [[RESHAPE_3:%.*]] = ten.reshape [[MULF_2]] : tensor<1x31xf64> -> tensor<1x1x31xf64>
// CHECK-NEXT:        [[UPDATE_1:%.*]] = ten.update [[ARG_19]]{{\[}}[[ARG_21]], [[CONSTANT_16]], [[CONSTANT_17]]] [[RESHAPE_3]] strides [1, 1, 1] : tensor<30x1x31xf64>, tensor<1x1x31xf64> -> tensor<30x1x31xf64>
// CHECK-NEXT:        [[RESHAPE_4:%.*]] = ten.reshape [[MULF_3]] : tensor<1x200xf64> -> tensor<1x1x200xf64>
// CHECK-NEXT:        [[UPDATE_2:%.*]] = ten.update [[ARG_20]]{{\[}}[[ARG_21]], [[CONSTANT_16]], [[CONSTANT_17]]] [[RESHAPE_4]] strides [1, 1, 1] : tensor<30x1x200xf64>, tensor<1x1x200xf64> -> tensor<30x1x200xf64>
// CHECK-NEXT:        [[CONSTANT_18:%.*]] = arith.constant 1 : index
// CHECK-NEXT:        [[ADDI:%.*]] = arith.addi [[ARG_21]], [[CONSTANT_18]] : index
// CHECK-NEXT:        ten.yield [[ADDF]], [[SUBF_4]], [[MULF_3]], [[UPDATE_1]], [[UPDATE_2]], [[ADDI]] : tensor<1x31xf64>, tensor<1x200xf64>, tensor<1x200xf64>, tensor<30x1x31xf64>, tensor<30x1x200xf64>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[TRANSPOSE:%.*]] = ten.transpose [[WHILE_5]] perm [1, 0] : tensor<1x31xf64> -> tensor<31x1xf64>
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[TRANSPOSE]]{{\[}}[[CONSTANT_10]]] : tensor<31x1xf64> -> tensor<1xf64>
// CHECK-NEXT:      [[SLICE:%.*]] = ten.slice [[WHILE_5]] offsets [0, 1] sizes [1, 30] strides [1, 1] : tensor<1x31xf64> -> tensor<1x30xf64>
// CHECK-NEXT:      [[BROADCAST_5:%.*]] = ten.broadcast [[INDEX]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[MULF_6:%.*]] = arith.mulf [[BROADCAST_5]], [[ARG_6]] : tensor<1x200xf64>
// CHECK-NEXT:      [[ADDF_1:%.*]] = arith.addf [[ARG_5]], [[MULF_6]] : tensor<1x200xf64>
// CHECK-NEXT:      [[EINSUM_12:%.*]] = ten.einsum "km,mki->ki" [[SLICE]], [[WHILE_9]] : tensor<1x30xf64>, tensor<30x1x200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[ADDF_2:%.*]] = arith.addf [[ADDF_1]], [[EINSUM_12]] : tensor<1x200xf64>
// CHECK-NEXT:      [[RESHAPE_5:%.*]] = ten.reshape [[ADDF_2]] : tensor<1x200xf64> -> tensor<200xf64>
// CHECK-NEXT:      [[SIN_1:%.*]] = math.sin [[RESHAPE_5]] : tensor<200xf64>
// CHECK-NEXT:      [[RESHAPE_6:%.*]] = ten.reshape [[SIN_1]] : tensor<200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[SUBF_5:%.*]] = arith.subf [[DIVF]], [[RESHAPE_6]] : tensor<1x200xf64>
// CHECK-NEXT:      [[EINSUM_13:%.*]] = ten.einsum "ki,ki->k" [[SUBF_5]], [[SUBF_5]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:      [[CONSTANT_19:%.*]] = arith.constant dense<9.801000e-01> : tensor<1xf64>
// CHECK-NEXT:      [[MULF_7:%.*]] = arith.mulf [[ARG_7]], [[CONSTANT_19]] : tensor<1xf64>
// CHECK-NEXT:      [[CONSTANT_20:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[ADDI_1:%.*]] = arith.addi [[ARG_8]], [[CONSTANT_20]] : i64{{$}}
// CHECK-NEXT:      [[COMPARE_4:%.*]] = ten.compare olt, [[EINSUM_13]], [[MULF_7]] : tensor<1xf64>
// CHECK-NEXT:      ten.yield [[ADDF_2]], [[SUBF_5]], [[EINSUM_13]], [[ADDI_1]], [[COMPARE_4]] : tensor<1x200xf64>, tensor<1x200xf64>, tensor<1xf64>, i64, tensor<1xi1>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CONSTANT_21:%.*]] = arith.constant dense<true> : tensor<1xi1>
// CHECK-NEXT:    [[CONSTANT_22:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:    [[WHILE_11:%[^ ,:)]+]], [[WHILE_12:%[^ ,:)]+]], [[WHILE_13:%[^ ,:)]+]], [[WHILE_14:%[^ ,:)]+]], [[WHILE_15:%[^ ,:)]+]] = ten.while ([[ARG_22:%[^ ,:)]+]] = [[WHILE]] : tensor<1x200xf64>, [[ARG_23:%[^ ,:)]+]] = [[WHILE_1]] : tensor<1x200xf64>, [[ARG_24:%[^ ,:)]+]] = [[WHILE_2]] : tensor<1xf64>, [[ARG_25:%[^ ,:)]+]] = [[CONSTANT_22]] : i64, [[ARG_26:%[^ ,:)]+]] = [[CONSTANT_21]] : tensor<1xi1>) -> (tensor<1x200xf64>, tensor<1x200xf64>, tensor<1xf64>, i64, tensor<1xi1>) {
// CHECK-NEXT:      [[COMPARE_5:%.*]] = ten.compare ogt, [[ARG_24]], [[MULF]] : tensor<1xf64>
// CHECK-NEXT:      [[ANDI_3:%.*]] = arith.andi [[COMPARE_5]], [[ARG_26]] : tensor<1xi1>
// CHECK-NEXT:      [[REDUCE_3:%.*]] = ten.reduce any, [[ANDI_3]] dims [0] : tensor<1xi1> -> i1{{$}}
// CHECK-NEXT:      [[CONSTANT_23:%.*]] = arith.constant 1000 : i64{{$}}
// CHECK-NEXT:      [[CMPI_2:%.*]] = arith.cmpi slt, [[ARG_25]], [[CONSTANT_23]] : i64{{$}}
// CHECK-NEXT:      [[ANDI_4:%.*]] = arith.andi [[REDUCE_3]], [[CMPI_2]] : i1{{$}}
// CHECK-NEXT:      ten.yield [[ANDI_4]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_27:%[^ ,:)]+]], [[ARG_28:%[^ ,:)]+]], [[ARG_29:%[^ ,:)]+]], [[ARG_30:%[^ ,:)]+]], [[ARG_31:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[CONSTANT_24:%.*]] = arith.constant dense<0.000000e+00> : tensor<200x1x200xf64>
// CHECK-NEXT:      [[CONSTANT_25:%.*]] = arith.constant dense<0.000000e+00> : tensor<200x1x201xf64>
// CHECK-NEXT:      [[CONSTANT_26:%.*]] = arith.constant dense<0.000000e+00> : tensor<1x201xf64>
// CHECK-NEXT:      [[CONSTANT_27:%.*]] = arith.constant 0 : index
// CHECK-NEXT:      [[WHILE_16:%[^ ,:)]+]], [[WHILE_17:%[^ ,:)]+]], [[WHILE_18:%[^ ,:)]+]], [[WHILE_19:%[^ ,:)]+]], [[WHILE_20:%[^ ,:)]+]], [[WHILE_21:%[^ ,:)]+]] = ten.while ([[ARG_32:%[^ ,:)]+]] = [[CONSTANT_26]] : tensor<1x201xf64>, [[ARG_33:%[^ ,:)]+]] = [[ARG_28]] : tensor<1x200xf64>, [[ARG_34:%[^ ,:)]+]] = [[ARG_28]] : tensor<1x200xf64>, [[ARG_35:%[^ ,:)]+]] = [[CONSTANT_25]] : tensor<200x1x201xf64>, [[ARG_36:%[^ ,:)]+]] = [[CONSTANT_24]] : tensor<200x1x200xf64>, [[ARG_37:%[^ ,:)]+]] = [[CONSTANT_27]] : index) -> (tensor<1x201xf64>, tensor<1x200xf64>, tensor<1x200xf64>, tensor<200x1x201xf64>, tensor<200x1x200xf64>, index) {
// CHECK-NEXT:        [[EINSUM_14:%.*]] = ten.einsum "ki,ki->k" [[ARG_33]], [[ARG_33]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[COMPARE_6:%.*]] = ten.compare ogt, [[EINSUM_14]], [[MULF]] : tensor<1xf64>
// CHECK-NEXT:        [[REDUCE_4:%.*]] = ten.reduce any, [[COMPARE_6]] dims [0] : tensor<1xi1> -> i1{{$}}
// CHECK-NEXT:        [[CONSTANT_28:%.*]] = arith.constant 200 : index
// CHECK-NEXT:        [[CMPI_3:%.*]] = arith.cmpi slt, [[ARG_37]], [[CONSTANT_28]] : index
// CHECK-NEXT:        [[ANDI_5:%.*]] = arith.andi [[REDUCE_4]], [[CMPI_3]] : i1{{$}}
// CHECK-NEXT:        ten.yield [[ANDI_5]] : i1{{$}}
// CHECK-NEXT:      } do ([[ARG_38:%[^ ,:)]+]], [[ARG_39:%[^ ,:)]+]], [[ARG_40:%[^ ,:)]+]], [[ARG_41:%[^ ,:)]+]], [[ARG_42:%[^ ,:)]+]], [[ARG_43:%[^ ,:)]+]]) {
// CHECK-NEXT:        [[CONSTANT_29:%.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf64>
// CHECK-NEXT:        [[CONSTANT_30:%.*]] = arith.constant 0 : index
// CHECK-NEXT:        [[UPDATE_3:%.*]] = ten.update [[CONSTANT_26]]{{\[}}[[CONSTANT_30]], [[ARG_43]]] [[CONSTANT_29]] strides [1, 1] : tensor<1x201xf64>, tensor<1x1xf64> -> tensor<1x201xf64>
// CHECK-NEXT:        [[RESHAPE_7:%.*]] = ten.reshape [[ARG_40]] : tensor<1x200xf64> -> tensor<200xf64>
// CHECK-NEXT:        [[SIN_2:%.*]] = math.sin [[RESHAPE_7]] : tensor<200xf64>
// CHECK-NEXT:        [[RESHAPE_8:%.*]] = ten.reshape [[SIN_2]] : tensor<200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_15:%.*]] = ten.einsum "ki,ki->k" [[RESHAPE_8]], [[RESHAPE_8]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[EINSUM_16:%.*]] = ten.einsum "mki,ki->mk" [[ARG_42]], [[RESHAPE_8]] : tensor<200x1x200xf64>, tensor<1x200xf64> -> tensor<200x1xf64>
// CHECK-NEXT:        [[EINSUM_17:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_16]], [[ARG_42]] : tensor<200x1xf64>, tensor<200x1x200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[SUBF_6:%.*]] = arith.subf [[RESHAPE_8]], [[EINSUM_17]] : tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_18:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_16]], [[ARG_41]] : tensor<200x1xf64>, tensor<200x1x201xf64> -> tensor<1x201xf64>
// CHECK-NEXT:        [[SUBF_7:%.*]] = arith.subf [[UPDATE_3]], [[EINSUM_18]] : tensor<1x201xf64>
// CHECK-NEXT:        [[EINSUM_19:%.*]] = ten.einsum "mki,ki->mk" [[ARG_42]], [[SUBF_6]] : tensor<200x1x200xf64>, tensor<1x200xf64> -> tensor<200x1xf64>
// CHECK-NEXT:        [[EINSUM_20:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_19]], [[ARG_42]] : tensor<200x1xf64>, tensor<200x1x200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[SUBF_8:%.*]] = arith.subf [[SUBF_6]], [[EINSUM_20]] : tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_21:%.*]] = ten.einsum "mk,mki->ki" [[EINSUM_19]], [[ARG_41]] : tensor<200x1xf64>, tensor<200x1x201xf64> -> tensor<1x201xf64>
// CHECK-NEXT:        [[SUBF_9:%.*]] = arith.subf [[SUBF_7]], [[EINSUM_21]] : tensor<1x201xf64>
// CHECK-NEXT:        [[EINSUM_22:%.*]] = ten.einsum "ki,ki->k" [[SUBF_8]], [[SUBF_8]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[CONSTANT_31:%.*]] = arith.constant dense<4.9303806576313238e-30> : tensor<1xf64>
// CHECK-NEXT:        [[MULF_8:%.*]] = arith.mulf [[EINSUM_15]], [[CONSTANT_31]] : tensor<1xf64>
// CHECK-NEXT:        [[COMPARE_7:%.*]] = ten.compare ogt, [[EINSUM_22]], [[MULF_8]] : tensor<1xf64>
// CHECK-NEXT:        [[CONSTANT_32:%.*]] = arith.constant dense<0.000000e+00> : tensor<1xf64>
// CHECK-NEXT:        [[RSQRT_1:%.*]] = math.rsqrt [[EINSUM_22]] : tensor<1xf64>
// CHECK-NEXT:        [[SELECT_2:%.*]] = ten.select [[COMPARE_7]], [[RSQRT_1]], [[CONSTANT_32]] : tensor<1xi1>, tensor<1xf64>
// CHECK-NEXT:        [[BROADCAST_6:%.*]] = ten.broadcast [[SELECT_2]] dims [1] : tensor<1xf64> -> tensor<1x201xf64>
// CHECK-NEXT:        [[MULF_9:%.*]] = arith.mulf [[SUBF_9]], [[BROADCAST_6]] : tensor<1x201xf64>
// CHECK-NEXT:        [[BROADCAST_7:%.*]] = ten.broadcast [[SELECT_2]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[MULF_10:%.*]] = arith.mulf [[SUBF_8]], [[BROADCAST_7]] : tensor<1x200xf64>
// CHECK-NEXT:        [[EINSUM_23:%.*]] = ten.einsum "ki,ki->k" [[ARG_39]], [[MULF_10]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:        [[BROADCAST_8:%.*]] = ten.broadcast [[EINSUM_23]] dims [1] : tensor<1xf64> -> tensor<1x201xf64>
// CHECK-NEXT:        [[MULF_11:%.*]] = arith.mulf [[BROADCAST_8]], [[MULF_9]] : tensor<1x201xf64>
// CHECK-NEXT:        [[ADDF_3:%.*]] = arith.addf [[ARG_38]], [[MULF_11]] : tensor<1x201xf64>
// CHECK-NEXT:        [[BROADCAST_9:%.*]] = ten.broadcast [[EINSUM_23]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:        [[MULF_12:%.*]] = arith.mulf [[BROADCAST_9]], [[MULF_10]] : tensor<1x200xf64>
// CHECK-NEXT:        [[SUBF_10:%.*]] = arith.subf [[ARG_39]], [[MULF_12]] : tensor<1x200xf64>
// CHECK-NEXT:        [[CONSTANT_33:%.*]] = arith.constant 0 : index
// CHECK-NEXT:        [[CONSTANT_34:%.*]] = arith.constant 0 : index
// CHECK-NEXT:        [[RESHAPE_9:%.*]] = ten.reshape [[MULF_9]] : tensor<1x201xf64> -> tensor<1x1x201xf64>
// CHECK-NEXT:        [[UPDATE_4:%.*]] = ten.update [[ARG_41]]{{\[}}[[ARG_43]], [[CONSTANT_33]], [[CONSTANT_34]]] [[RESHAPE_9]] strides [1, 1, 1] : tensor<200x1x201xf64>, tensor<1x1x201xf64> -> tensor<200x1x201xf64>
// CHECK-NEXT:        [[RESHAPE_10:%.*]] = ten.reshape [[MULF_10]] : tensor<1x200xf64> -> tensor<1x1x200xf64>
// CHECK-NEXT:        [[UPDATE_5:%.*]] = ten.update [[ARG_42]]{{\[}}[[ARG_43]], [[CONSTANT_33]], [[CONSTANT_34]]] [[RESHAPE_10]] strides [1, 1, 1] : tensor<200x1x200xf64>, tensor<1x1x200xf64> -> tensor<200x1x200xf64>
// CHECK-NEXT:        [[CONSTANT_35:%.*]] = arith.constant 1 : index
// CHECK-NEXT:        [[ADDI_2:%.*]] = arith.addi [[ARG_43]], [[CONSTANT_35]] : index
// CHECK-NEXT:        ten.yield [[ADDF_3]], [[SUBF_10]], [[MULF_10]], [[UPDATE_4]], [[UPDATE_5]], [[ADDI_2]] : tensor<1x201xf64>, tensor<1x200xf64>, tensor<1x200xf64>, tensor<200x1x201xf64>, tensor<200x1x200xf64>, index
// CHECK-NEXT:      }
// CHECK-NEXT:      [[TRANSPOSE_1:%.*]] = ten.transpose [[WHILE_16]] perm [1, 0] : tensor<1x201xf64> -> tensor<201x1xf64>
// CHECK-NEXT:      [[INDEX_1:%.*]] = ten.index [[TRANSPOSE_1]]{{\[}}[[CONSTANT_27]]] : tensor<201x1xf64> -> tensor<1xf64>
// CHECK-NEXT:      [[SLICE_1:%.*]] = ten.slice [[WHILE_16]] offsets [0, 1] sizes [1, 200] strides [1, 1] : tensor<1x201xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[BROADCAST_10:%.*]] = ten.broadcast [[INDEX_1]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[MULF_13:%.*]] = arith.mulf [[BROADCAST_10]], [[ARG_28]] : tensor<1x200xf64>
// CHECK-NEXT:      [[ADDF_4:%.*]] = arith.addf [[ARG_27]], [[MULF_13]] : tensor<1x200xf64>
// CHECK-NEXT:      [[EINSUM_24:%.*]] = ten.einsum "km,mki->ki" [[SLICE_1]], [[WHILE_20]] : tensor<1x200xf64>, tensor<200x1x200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[ADDF_5:%.*]] = arith.addf [[ADDF_4]], [[EINSUM_24]] : tensor<1x200xf64>
// CHECK-NEXT:      [[RESHAPE_11:%.*]] = ten.reshape [[ADDF_5]] : tensor<1x200xf64> -> tensor<200xf64>
// CHECK-NEXT:      [[SIN_3:%.*]] = math.sin [[RESHAPE_11]] : tensor<200xf64>
// CHECK-NEXT:      [[RESHAPE_12:%.*]] = ten.reshape [[SIN_3]] : tensor<200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:      [[SUBF_11:%.*]] = arith.subf [[DIVF]], [[RESHAPE_12]] : tensor<1x200xf64>
// CHECK-NEXT:      [[EINSUM_25:%.*]] = ten.einsum "ki,ki->k" [[SUBF_11]], [[SUBF_11]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:      [[CONSTANT_36:%.*]] = arith.constant dense<9.801000e-01> : tensor<1xf64>
// CHECK-NEXT:      [[MULF_14:%.*]] = arith.mulf [[ARG_29]], [[CONSTANT_36]] : tensor<1xf64>
// CHECK-NEXT:      [[CONSTANT_37:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[ADDI_3:%.*]] = arith.addi [[ARG_30]], [[CONSTANT_37]] : i64{{$}}
// CHECK-NEXT:      [[COMPARE_8:%.*]] = ten.compare olt, [[EINSUM_25]], [[MULF_14]] : tensor<1xf64>
// CHECK-NEXT:      ten.yield [[ADDF_5]], [[SUBF_11]], [[EINSUM_25]], [[ADDI_3]], [[COMPARE_8]] : tensor<1x200xf64>, tensor<1x200xf64>, tensor<1xf64>, i64, tensor<1xi1>
// CHECK-NEXT:    }
// CHECK-NEXT:    [[RESHAPE_13:%.*]] = ten.reshape [[WHILE_11]] : tensor<1x200xf64> -> tensor<200xf64>
// CHECK-NEXT:    [[SIN_4:%.*]] = math.sin [[RESHAPE_13]] : tensor<200xf64>
// CHECK-NEXT:    [[RESHAPE_14:%.*]] = ten.reshape [[SIN_4]] : tensor<200xf64> -> tensor<1x200xf64>
// CHECK-NEXT:    [[SUBF_12:%.*]] = arith.subf [[DIVF]], [[RESHAPE_14]] : tensor<1x200xf64>
// CHECK-NEXT:    [[EINSUM_26:%.*]] = ten.einsum "ki,ki->k" [[DIVF]], [[DIVF]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[CONSTANT_38:%.*]] = arith.constant dense<2.2204460492503131e-16> : tensor<1xf64>
// CHECK-NEXT:    [[MULF_15:%.*]] = arith.mulf [[EINSUM_26]], [[CONSTANT_38]] : tensor<1xf64>
// CHECK-NEXT:    [[EINSUM_27:%.*]] = ten.einsum "ki,ki->k" [[SUBF_12]], [[SUBF_12]] : tensor<1x200xf64>, tensor<1x200xf64> -> tensor<1xf64>
// CHECK-NEXT:    [[COMPARE_9:%.*]] = ten.compare ole, [[EINSUM_27]], [[MULF_15]] : tensor<1xf64>
// CHECK-NEXT:    [[BROADCAST_11:%.*]] = ten.broadcast [[SELECT]] dims [1] : tensor<1xf64> -> tensor<1x200xf64>
// CHECK-NEXT:    [[MULF_16:%.*]] = arith.mulf [[WHILE_11]], [[BROADCAST_11]] : tensor<1x200xf64>
// CHECK-NEXT:    [[BROADCAST_12:%.*]] = ten.broadcast [[COMPARE_9]] dims [1] : tensor<1xi1> -> tensor<1x200xi1>
// CHECK-NEXT:    [[CONSTANT_39:%.*]] = arith.constant dense<0x7FF8000000000000> : tensor<1x200xf64>
// CHECK-NEXT:    [[SELECT_3:%.*]] = ten.select [[BROADCAST_12]], [[MULF_16]], [[CONSTANT_39]] : tensor<1x200xi1>, tensor<1x200xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reshape [[SELECT_3]] : tensor<1x200xf64> -> tensor<200xf64>
// CHECK-NEXT:    func.return [[X]] : tensor<200xf64>
// CHECK-NEXT:  }
func.func @products(%b: tensor<200xf64>) -> tensor<200xf64> {
  %x = delta.solve @a(%b) : (tensor<200xf64>) -> tensor<200xf64>
  func.return %x : tensor<200xf64>
}

// -----

// Two systems of three unknowns.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<2x3xf64> {
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[W]], [[V]] : tensor<2x3xf64>
// CHECK-NEXT:    func.return [[MULF]] : tensor<2x3xf64>
// CHECK-NEXT:  }
func.func private @a(%w: tensor<2x3xf64>, %v: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = arith.mulf %w, %v : tensor<2x3xf64>
  func.return %0 : tensor<2x3xf64>
}

// CHECK-LABEL: func.func @conjugate(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<2x3xf64>,
// CHECK-SAME: [[W:%[^ ,:)]+]]: tensor<2x3xf64>) -> tensor<2x3xf64> {
// CHECK-NEXT:    [[ABSF:%.*]] = math.absf [[B]] : tensor<2x3xf64>
// CHECK-NEXT:    [[REDUCE:%.*]] = ten.reduce max, [[ABSF]] dims [1] : tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0.000000e+00> : tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1.000000e+00> : tensor<2xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[REDUCE]], [[CONSTANT]] : tensor<2xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_1]], [[REDUCE]] : tensor<2xi1>, tensor<2xf64>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[SELECT]] dims [1] : tensor<2xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[B]], [[BROADCAST]] : tensor<2x3xf64>
// CHECK-NEXT:    [[EINSUM:%.*]] = ten.einsum "ki,ki->k" [[DIVF]], [[DIVF]] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<4.9303806576313238e-28> : tensor<2xf64>
// CHECK-NEXT:    [[MULF:%.*]] = arith.mulf [[EINSUM]], [[CONSTANT_2]] : tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<0.000000e+00> : tensor<2x3xf64>
// CHECK-NEXT:    [[EINSUM_1:%.*]] = ten.einsum "ki,ki->k" [[DIVF]], [[DIVF]] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant 0 : i64{{$}}
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]], [[WHILE_3:%[^ ,:)]+]], [[WHILE_4:%[^ ,:)]+]] = ten.while ([[ARG:%[^ ,:)]+]] = [[CONSTANT_3]] : tensor<2x3xf64>, [[ARG_1:%[^ ,:)]+]] = [[DIVF]] : tensor<2x3xf64>, [[ARG_2:%[^ ,:)]+]] = [[DIVF]] : tensor<2x3xf64>, [[ARG_3:%[^ ,:)]+]] = [[EINSUM_1]] : tensor<2xf64>, [[ARG_4:%[^ ,:)]+]] = [[CONSTANT_4]] : i64) -> (tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3xf64>, tensor<2xf64>, i64) {
// CHECK-NEXT:      [[COMPARE_1:%.*]] = ten.compare ogt, [[ARG_3]], [[MULF]] : tensor<2xf64>
// CHECK-NEXT:      [[REDUCE_1:%.*]] = ten.reduce any, [[COMPARE_1]] dims [0] : tensor<2xi1> -> i1{{$}}
// CHECK-NEXT:      [[CONSTANT_5:%.*]] = arith.constant 130 : i64{{$}}
// CHECK-NEXT:      [[CMPI:%.*]] = arith.cmpi slt, [[ARG_4]], [[CONSTANT_5]] : i64{{$}}
// CHECK-NEXT:      [[ANDI:%.*]] = arith.andi [[REDUCE_1]], [[CMPI]] : i1{{$}}
// CHECK-NEXT:      ten.yield [[ANDI]] : i1{{$}}
// CHECK-NEXT:    } do ([[ARG_5:%[^ ,:)]+]], [[ARG_6:%[^ ,:)]+]], [[ARG_7:%[^ ,:)]+]], [[ARG_8:%[^ ,:)]+]], [[ARG_9:%[^ ,:)]+]]) {
// CHECK-NEXT:      [[MULF_1:%.*]] = arith.mulf [[W]], [[ARG_7]] : tensor<2x3xf64>
// CHECK-NEXT:      [[EINSUM_2:%.*]] = ten.einsum "ki,ki->k" [[ARG_7]], [[MULF_1]] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:      [[CONSTANT_6:%.*]] = arith.constant dense<0.000000e+00> : tensor<2xf64>
// CHECK-NEXT:      [[COMPARE_2:%.*]] = ten.compare ogt, [[EINSUM_2]], [[CONSTANT_6]] : tensor<2xf64>
// CHECK-NEXT:      [[DIVF_1:%.*]] = arith.divf [[ARG_8]], [[EINSUM_2]] : tensor<2xf64>
// CHECK-NEXT:      [[SELECT_1:%.*]] = ten.select [[COMPARE_2]], [[DIVF_1]], [[CONSTANT_6]] : tensor<2xi1>, tensor<2xf64>
// CHECK-NEXT:      [[BROADCAST_1:%.*]] = ten.broadcast [[SELECT_1]] dims [1] : tensor<2xf64> -> tensor<2x3xf64>
// CHECK-NEXT:      [[MULF_2:%.*]] = arith.mulf [[BROADCAST_1]], [[ARG_7]] : tensor<2x3xf64>
// CHECK-NEXT:      [[ADDF:%.*]] = arith.addf [[ARG_5]], [[MULF_2]] : tensor<2x3xf64>
// CHECK-NEXT:      [[MULF_3:%.*]] = arith.mulf [[BROADCAST_1]], [[MULF_1]] : tensor<2x3xf64>
// CHECK-NEXT:      [[SUBF:%.*]] = arith.subf [[ARG_6]], [[MULF_3]] : tensor<2x3xf64>
// CHECK-NEXT:      [[EINSUM_3:%.*]] = ten.einsum "ki,ki->k" [[SUBF]], [[SUBF]] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:      [[COMPARE_3:%.*]] = ten.compare ogt, [[ARG_8]], [[CONSTANT_6]] : tensor<2xf64>
// CHECK-NEXT:      [[DIVF_2:%.*]] = arith.divf [[EINSUM_3]], [[ARG_8]] : tensor<2xf64>
// CHECK-NEXT:      [[SELECT_2:%.*]] = ten.select [[COMPARE_3]], [[DIVF_2]], [[CONSTANT_6]] : tensor<2xi1>, tensor<2xf64>
// CHECK-NEXT:      [[BROADCAST_2:%.*]] = ten.broadcast [[SELECT_2]] dims [1] : tensor<2xf64> -> tensor<2x3xf64>
// CHECK-NEXT:      [[MULF_4:%.*]] = arith.mulf [[BROADCAST_2]], [[ARG_7]] : tensor<2x3xf64>
// CHECK-NEXT:      [[ADDF_1:%.*]] = arith.addf [[SUBF]], [[MULF_4]] : tensor<2x3xf64>
// CHECK-NEXT:      [[CONSTANT_7:%.*]] = arith.constant 1 : i64{{$}}
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[ARG_9]], [[CONSTANT_7]] : i64{{$}}
// CHECK-NEXT:      ten.yield [[ADDF]], [[SUBF]], [[ADDF_1]], [[EINSUM_3]], [[ADDI]] : tensor<2x3xf64>, tensor<2x3xf64>, tensor<2x3xf64>, tensor<2xf64>, i64{{$}}
// CHECK-NEXT:    }
// CHECK-NEXT:    [[MULF_5:%.*]] = arith.mulf [[W]], [[WHILE]] : tensor<2x3xf64>
// CHECK-NEXT:    [[SUBF_1:%.*]] = arith.subf [[DIVF]], [[MULF_5]] : tensor<2x3xf64>
// CHECK-NEXT:    [[EINSUM_4:%.*]] = ten.einsum "ki,ki->k" [[DIVF]], [[DIVF]] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT_8:%.*]] = arith.constant dense<2.2204460492503131e-16> : tensor<2xf64>
// CHECK-NEXT:    [[MULF_6:%.*]] = arith.mulf [[EINSUM_4]], [[CONSTANT_8]] : tensor<2xf64>
// CHECK-NEXT:    [[EINSUM_5:%.*]] = ten.einsum "ki,ki->k" [[SUBF_1]], [[SUBF_1]] : tensor<2x3xf64>, tensor<2x3xf64> -> tensor<2xf64>
// CHECK-NEXT:    [[COMPARE_4:%.*]] = ten.compare ole, [[EINSUM_5]], [[MULF_6]] : tensor<2xf64>
// CHECK-NEXT:    [[BROADCAST_3:%.*]] = ten.broadcast [[SELECT]] dims [1] : tensor<2xf64> -> tensor<2x3xf64>
// CHECK-NEXT:    [[MULF_7:%.*]] = arith.mulf [[WHILE]], [[BROADCAST_3]] : tensor<2x3xf64>
// CHECK-NEXT:    [[BROADCAST_4:%.*]] = ten.broadcast [[COMPARE_4]] dims [1] : tensor<2xi1> -> tensor<2x3xi1>
// CHECK-NEXT:    [[CONSTANT_9:%.*]] = arith.constant dense<0x7FF8000000000000> : tensor<2x3xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.select [[BROADCAST_4]], [[MULF_7]], [[CONSTANT_9]] : tensor<2x3xi1>, tensor<2x3xf64>
// CHECK-NEXT:    func.return [[X]] : tensor<2x3xf64>
// CHECK-NEXT:  }
func.func @conjugate(%b: tensor<2x3xf64>, %w: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %x = delta.solve @a(%b, %w) batch 1 by cg : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  func.return %x : tensor<2x3xf64>
}

// -----

// Nothing to solve.
// CHECK-LABEL: func.func private @a(
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<0x3xf64>) -> tensor<0x3xf64> {
// CHECK-NEXT:    func.return [[V]] : tensor<0x3xf64>
// CHECK-NEXT:  }
func.func private @a(%v: tensor<0x3xf64>) -> tensor<0x3xf64> {
  func.return %v : tensor<0x3xf64>
}

// CHECK-LABEL: func.func @empty(
// CHECK-SAME: [[B:%[^ ,:)]+]]: tensor<0x3xf64>) -> tensor<0x3xf64> {
// CHECK-NEXT:    func.return [[B]] : tensor<0x3xf64>
// CHECK-NEXT:  }
func.func @empty(%b: tensor<0x3xf64>) -> tensor<0x3xf64> {
  %x = delta.solve @a(%b) : (tensor<0x3xf64>) -> tensor<0x3xf64>
  func.return %x : tensor<0x3xf64>
}

// -----

// The solve in the function of another one comes first.
// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: [[V:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[V]], [[V]] : f64
// CHECK-NEXT:    func.return [[ADDF]] : f64
// CHECK-NEXT:  }
func.func private @inner(%v: f64) -> f64 {
  %0 = arith.addf %v, %v : f64
  func.return %0 : f64
}

// CHECK-LABEL: func.func @nested(
// CHECK-SAME: [[B:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[B]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[CONSTANT]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    [[RESHAPE_2:%.*]] = ten.reshape [[RESHAPE_1]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf64>
// CHECK-NEXT:    [[RESHAPE_3:%.*]] = ten.reshape [[CONSTANT_1]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[RESHAPE_3]], [[RESHAPE_3]] : f64
// CHECK-NEXT:    [[RESHAPE_4:%.*]] = ten.reshape [[ADDF]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[RESHAPE_2]], [[RESHAPE_4]] : tensor<1x1xf64>
// CHECK-NEXT:    [[ABSF:%.*]] = math.absf [[DIVF]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<0x7FF0000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[ABSF]], [[CONSTANT_2]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<0x7FF8000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_3]], [[DIVF]] : tensor<1x1xi1>, tensor<1x1xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reshape [[SELECT]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    [[RESHAPE_5:%.*]] = ten.reshape [[X]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[DIVF_1:%.*]] = arith.divf [[RESHAPE]], [[RESHAPE_5]] : tensor<1x1xf64>
// CHECK-NEXT:    [[ABSF_1:%.*]] = math.absf [[DIVF_1]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<0x7FF0000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare oeq, [[ABSF_1]], [[CONSTANT_4]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = arith.constant dense<0x7FF8000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[SELECT_1:%.*]] = ten.select [[COMPARE_1]], [[CONSTANT_5]], [[DIVF_1]] : tensor<1x1xi1>, tensor<1x1xf64>
// CHECK-NEXT:    [[X_1:%.*]] = ten.reshape [[SELECT_1]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    func.return [[X_1]] : f64
// CHECK-NEXT:  }
func.func @nested(%b: f64) -> f64 {
  %x = delta.solve @outer(%b) : (f64) -> f64
  func.return %x : f64
}

// CHECK-LABEL: func.func private @outer(
// CHECK-SAME: [[V:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[V]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = ten.reshape [[CONSTANT]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    [[ADDF:%.*]] = arith.addf [[RESHAPE_1]], [[RESHAPE_1]] : f64
// CHECK-NEXT:    [[RESHAPE_2:%.*]] = ten.reshape [[ADDF]] : f64 -> tensor<1x1xf64>
// CHECK-NEXT:    [[DIVF:%.*]] = arith.divf [[RESHAPE]], [[RESHAPE_2]] : tensor<1x1xf64>
// CHECK-NEXT:    [[ABSF:%.*]] = math.absf [[DIVF]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0x7FF0000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare oeq, [[ABSF]], [[CONSTANT_1]] : tensor<1x1xf64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<0x7FF8000000000000> : tensor<1x1xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_2]], [[DIVF]] : tensor<1x1xi1>, tensor<1x1xf64>
// CHECK-NEXT:    [[X:%.*]] = ten.reshape [[SELECT]] : tensor<1x1xf64> -> f64
// CHECK-NEXT:    func.return [[X]] : f64
// CHECK-NEXT:  }
func.func private @outer(%v: f64) -> f64 {
  %x = delta.solve @inner(%v) : (f64) -> f64
  func.return %x : f64
}

// -----

// CHECK-LABEL: func.func @term_stays(
// CHECK-SAME: [[W:%[^ ,:)]+]]: f64) -> f64 {
// CHECK-NEXT:    [[D:%.*]] = delta.input 0 : !delta.term<f64>
// CHECK-NEXT:    [[X:%.*]] = delta.solve @a([[D]], [[W]]) : (!delta.term<f64>, f64) -> !delta.term<f64>
// CHECK-NEXT:    [[T:%.*]] = delta.pushforward [[X]], ([[W]]) : f64, (f64)
// CHECK-NEXT:    func.return [[T]] : f64
// CHECK-NEXT:  }
func.func @term_stays(%w: f64) -> f64 {
  %d = delta.input 0 : !delta.term<f64>
  %x = delta.solve @a(%d, %w) : (!delta.term<f64>, f64) -> !delta.term<f64>
  %t = delta.pushforward %x, (%w) : f64, (f64)
  func.return %t : f64
}
