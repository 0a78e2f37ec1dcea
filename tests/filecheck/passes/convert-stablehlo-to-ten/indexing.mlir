// RUN: letgrad-opt %s -p convert-stablehlo-to-ten | filecheck %s

// Reads clamp their places, and writes outside are dropped.

// A known place outside moves into the array.
// CHECK-LABEL: func.func @dynamic_slice_at_known_place(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x4xf32>) -> tensor<2x4xf32> {
// CHECK-NEXT:    [[Y:%.*]] = ten.slice [[X]] offsets [3, 0] sizes [2, 4] strides [1, 1] : tensor<5x4xf32> -> tensor<2x4xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<2x4xf32>
// CHECK-NEXT:  }
func.func @dynamic_slice_at_known_place(%x: tensor<5x4xf32>) -> tensor<2x4xf32> {
  %i = stablehlo.constant dense<9> : tensor<i32>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %y = stablehlo.dynamic_slice %x, %i, %z, sizes = [2, 4] : (tensor<5x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @dynamic_slice(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5x4xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: i32,
// CHECK-SAME: [[J:%[^ ,:)]+]]: i32) -> tensor<2x4xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 3 : i32{{$}}
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[I]], [[CONSTANT]] : i32{{$}}
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[CONSTANT_1]] : i32{{$}}
// CHECK-NEXT:    [[INDEX_CAST:%.*]] = arith.index_cast [[MAXSI]] : i32 to index
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [2] [[X]] ([[ARG:%[^ ,:)]+]]) : tensor<5x4xf32> -> tensor<2x4xf32> {
// CHECK-NEXT:      [[ADDI:%.*]] = arith.addi [[INDEX_CAST]], [[ARG]] : index
// CHECK-NEXT:      ten.yield [[ADDI]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<2x4xf32>
// CHECK-NEXT:  }
func.func @dynamic_slice(%x: tensor<5x4xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<2x4xf32> {
  %y = stablehlo.dynamic_slice %x, %i, %j, sizes = [2, 4] : (tensor<5x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @dynamic_update_slice(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<5xf32>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<2xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: i32) -> tensor<5xf32> {
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 3 : i32{{$}}
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[I]], [[CONSTANT]] : i32{{$}}
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : i32{{$}}
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[CONSTANT_1]] : i32{{$}}
// CHECK-NEXT:    [[INDEX_CAST:%.*]] = arith.index_cast [[MAXSI]] : i32 to index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[INDEX_CAST]]] [[V]] strides [1] : tensor<5xf32>, tensor<2xf32> -> tensor<5xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @dynamic_update_slice(%x: tensor<5xf32>, %v: tensor<2xf32>, %i: tensor<i32>) -> tensor<5xf32> {
  %y = stablehlo.dynamic_update_slice %x, %v, %i : (tensor<5xf32>, tensor<2xf32>, tensor<i32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: func.func @gather(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6x3xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: tensor<5x1xi32>) -> tensor<5x3xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[I]] : tensor<5x1xi32> -> tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<5> : tensor<5xi32>
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[RESHAPE]], [[CONSTANT]] : tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0> : tensor<5xi32>
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[CONSTANT_1]] : tensor<5xi32>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [5] [[X]] ([[ARG:%[^ ,:)]+]]) : tensor<6x3xf32> -> tensor<5x3xf32> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[MAXSI]]{{\[}}[[ARG]]] : tensor<5xi32> -> i32{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX]] : i32 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<5x3xf32>
// CHECK-NEXT:  }
func.func @gather(%x: tensor<6x3xf32>, %i: tensor<5x1xi32>) -> tensor<5x3xf32> {
  %y = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 3>, indices_are_sorted = false}> : (tensor<6x3xf32>, tensor<5x1xi32>) -> tensor<5x3xf32>
  return %y : tensor<5x3xf32>
}

// The bound 299 does not fit into the bytes of the places.
// CHECK-LABEL: func.func @gather_at_bytes(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<300xf32>, [[I:%[^ ,:)]+]]: tensor<5x1xi8>) -> tensor<5xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[I]] : tensor<5x1xi8> -> tensor<5xi8>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[RESHAPE]] : tensor<5xi8> -> tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<299> : tensor<5xi64>
// CHECK-NEXT:    [[MINSI:%.*]] = arith.minsi [[CAST]], [[CONSTANT]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<0> : tensor<5xi64>
// CHECK-NEXT:    [[MAXSI:%.*]] = arith.maxsi [[MINSI]], [[CONSTANT_1]] : tensor<5xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.gather [5] [[X]] ([[ARG:%[^ ,:)]+]]) : tensor<300xf32> -> tensor<5xf32> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[MAXSI]]{{\[}}[[ARG]]] : tensor<5xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<5xf32>
// CHECK-NEXT:  }
func.func @gather_at_bytes(%x: tensor<300xf32>, %i: tensor<5x1xi8>) -> tensor<5xf32> {
  %y = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1>, indices_are_sorted = false}> : (tensor<300xf32>, tensor<5x1xi8>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: func.func @scatter_of_sums(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6x3xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: tensor<5x1xi32>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5x3xf32>) -> tensor<6x3xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[I]] : tensor<5x1xi32> -> tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<5xi64>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[RESHAPE]] : tensor<5xi32> -> tensor<5xi64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare sge, [[CAST]], [[CONSTANT]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<5> : tensor<5xi64>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare sle, [[CAST]], [[CONSTANT_1]] : tensor<5xi64>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[COMPARE]], [[COMPARE_1]] : tensor<5xi1>
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[CONSTANT]], [[CAST]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<5xi64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[ANDI]], [[ADDI]], [[CONSTANT_2]] : tensor<5xi1>, tensor<5xi64>
// CHECK-NEXT:    [[SCATTER:%.*]] = ten.scatter [6] [[V]] ([[ARG:%[^ ,:)]+]]) : tensor<5x3xf32> -> tensor<6x3xf32> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[SELECT]]{{\[}}[[ARG]]] : tensor<5xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[X]], [[SCATTER]] : tensor<6x3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<6x3xf32>
// CHECK-NEXT:  }
func.func @scatter_of_sums(%x: tensor<6x3xf32>, %i: tensor<5x1xi32>, %v: tensor<5x3xf32>) -> tensor<6x3xf32> {
  %y = "stablehlo.scatter"(%x, %i, %v) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, indices_are_sorted = false, unique_indices = false}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<6x3xf32>, tensor<5x1xi32>, tensor<5x3xf32>) -> tensor<6x3xf32>
  return %y : tensor<6x3xf32>
}

// CHECK-LABEL: func.func @scatter_of_unique_writes(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: tensor<5x1xi32>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5xf32>) -> tensor<6xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[I]] : tensor<5x1xi32> -> tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<5xi64>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[RESHAPE]] : tensor<5xi32> -> tensor<5xi64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare sge, [[CAST]], [[CONSTANT]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<5> : tensor<5xi64>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare sle, [[CAST]], [[CONSTANT_1]] : tensor<5xi64>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[COMPARE]], [[COMPARE_1]] : tensor<5xi1>
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[CONSTANT]], [[CAST]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<5xi64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[ANDI]], [[ADDI]], [[CONSTANT_2]] : tensor<5xi1>, tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = arith.constant dense<[1, 2, 3, 4, 5]> : tensor<5xi64>
// CHECK-NEXT:    [[SCATTER:%.*]] = ten.scatter [6] [[CONSTANT_3]] ([[ARG:%[^ ,:)]+]]) : tensor<5xi64> -> tensor<6xi64> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[SELECT]]{{\[}}[[ARG]]] : tensor<5xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = arith.constant dense<1> : tensor<6xi64>
// CHECK-NEXT:    [[SUBI:%.*]] = arith.subi [[SCATTER]], [[CONSTANT_4]] : tensor<6xi64>
// CHECK-NEXT:    [[GATHER:%.*]] = ten.gather [6] [[V]] ([[ARG_1:%[^ ,:)]+]]) : tensor<5xf32> -> tensor<6xf32> {
// CHECK-NEXT:      [[INDEX_1:%.*]] = ten.index [[SUBI]]{{\[}}[[ARG_1]]] : tensor<6xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST_1:%.*]] = arith.index_cast [[INDEX_1]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST_1]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = arith.constant dense<0> : tensor<6xi64>
// CHECK-NEXT:    [[COMPARE_2:%.*]] = ten.compare sge, [[SUBI]], [[CONSTANT_5]] : tensor<6xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.select [[COMPARE_2]], [[GATHER]], [[X]] : tensor<6xi1>, tensor<6xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf32>
// CHECK-NEXT:  }
func.func @scatter_of_unique_writes(%x: tensor<6xf32>, %i: tensor<5x1xi32>, %v: tensor<5xf32>) -> tensor<6xf32> {
  %y = "stablehlo.scatter"(%x, %i, %v) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, indices_are_sorted = false, unique_indices = true}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    stablehlo.return %b : tensor<f32>
  }) : (tensor<6xf32>, tensor<5x1xi32>, tensor<5xf32>) -> tensor<6xf32>
  return %y : tensor<6xf32>
}

// Any other reducer: one window after the other.
// CHECK-LABEL: func.func @scatter_of_products(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6xf32>,
// CHECK-SAME: [[I:%[^ ,:)]+]]: tensor<5x1xi32>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<5xf32>) -> tensor<6xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[I]] : tensor<5x1xi32> -> tensor<5xi32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<5xi64>
// CHECK-NEXT:    [[CAST:%.*]] = ten.cast [[RESHAPE]] : tensor<5xi32> -> tensor<5xi64>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare sge, [[CAST]], [[CONSTANT]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<5> : tensor<5xi64>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare sle, [[CAST]], [[CONSTANT_1]] : tensor<5xi64>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[COMPARE]], [[COMPARE_1]] : tensor<5xi1>
// CHECK-NEXT:    [[ADDI:%.*]] = arith.addi [[CONSTANT]], [[CAST]] : tensor<5xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<5xi64>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[ANDI]], [[ADDI]], [[CONSTANT_2]] : tensor<5xi1>, tensor<5xi64>
// CHECK-NEXT:    [[Y:%.*]] = ten.scan [5] ([[ARG:%[^ ,:)]+]] = [[X]] : tensor<6xf32>) over ([[ARG_1:%[^ ,:)]+]] = [[SELECT]] : tensor<5xi64>, [[ARG_2:%[^ ,:)]+]] = [[V]] : tensor<5xf32>) -> (tensor<6xf32>) {
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[ARG_1]] : i64 to index
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[ARG]]{{\[}}[[INDEX_CAST]]] : tensor<6xf32> -> f32
// CHECK-NEXT:      [[S:%.*]] = arith.mulf [[INDEX]], [[ARG_2]] : f32
// CHECK-NEXT:      [[RESHAPE_1:%.*]] = ten.reshape [[S]] : f32 -> tensor<1xf32>
// CHECK-NEXT:      [[UPDATE:%.*]] = ten.update [[ARG]]{{\[}}[[INDEX_CAST]]] [[RESHAPE_1]] strides [1] : tensor<6xf32>, tensor<1xf32> -> tensor<6xf32>
// CHECK-NEXT:      ten.yield [[UPDATE]] : tensor<6xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    func.return [[Y]] : tensor<6xf32>
// CHECK-NEXT:  }
func.func @scatter_of_products(%x: tensor<6xf32>, %i: tensor<5x1xi32>, %v: tensor<5xf32>) -> tensor<6xf32> {
  %y = "stablehlo.scatter"(%x, %i, %v) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, indices_are_sorted = false, unique_indices = false}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %s = stablehlo.multiply %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<6xf32>, tensor<5x1xi32>, tensor<5xf32>) -> tensor<6xf32>
  return %y : tensor<6xf32>
}

// One window at a known place is a ten.update.
// CHECK-LABEL: func.func @scatter_of_one_window(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<6x3xf32>,
// CHECK-SAME: [[V:%[^ ,:)]+]]: tensor<3xf32>) -> tensor<6x3xf32> {
// CHECK-NEXT:    [[RESHAPE:%.*]] = ten.reshape [[V]] : tensor<3xf32> -> tensor<1x3xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant 2 : index
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant 0 : index
// CHECK-NEXT:    [[Y:%.*]] = ten.update [[X]]{{\[}}[[CONSTANT]], [[CONSTANT_1]]] [[RESHAPE]] strides [1, 1] : tensor<6x3xf32>, tensor<1x3xf32> -> tensor<6x3xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<6x3xf32>
// CHECK-NEXT:  }
func.func @scatter_of_one_window(%x: tensor<6x3xf32>, %v: tensor<3xf32>) -> tensor<6x3xf32> {
  %i = stablehlo.constant dense<2> : tensor<1xi32>
  %y = "stablehlo.scatter"(%x, %i, %v) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0]>, indices_are_sorted = true, unique_indices = true}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    stablehlo.return %b : tensor<f32>
  }) : (tensor<6x3xf32>, tensor<1xi32>, tensor<3xf32>) -> tensor<6x3xf32>
  return %y : tensor<6x3xf32>
}

// CHECK-LABEL: func.func @select_and_scatter(
// CHECK-SAME: [[X:%[^ ,:)]+]]: tensor<4xf32>, [[S:%[^ ,:)]+]]: tensor<2xf32>) -> tensor<4xf32> {
// CHECK-NEXT:    [[C:%.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    [[IOTA:%.*]] = ten.iota dim 0 : tensor<4xi64>
// CHECK-NEXT:    [[SLICE:%.*]] = ten.slice [[X]] offsets [0] sizes [2] strides [2] : tensor<4xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[SLICE_1:%.*]] = ten.slice [[IOTA]] offsets [0] sizes [2] strides [2] : tensor<4xi64> -> tensor<2xi64>
// CHECK-NEXT:    [[SLICE_2:%.*]] = ten.slice [[X]] offsets [1] sizes [2] strides [2] : tensor<4xf32> -> tensor<2xf32>
// CHECK-NEXT:    [[SLICE_3:%.*]] = ten.slice [[IOTA]] offsets [1] sizes [2] strides [2] : tensor<4xi64> -> tensor<2xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = arith.constant dense<0> : tensor<2xi64>
// CHECK-NEXT:    [[G:%.*]] = ten.compare oge, [[SLICE]], [[SLICE_2]] : tensor<2xf32>
// CHECK-NEXT:    [[COMPARE:%.*]] = ten.compare slt, [[SLICE_3]], [[CONSTANT]] : tensor<2xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = arith.constant dense<true> : tensor<2xi1>
// CHECK-NEXT:    [[SELECT:%.*]] = ten.select [[COMPARE]], [[CONSTANT_1]], [[G]] : tensor<2xi1>, tensor<2xi1>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = ten.compare sge, [[SLICE_1]], [[CONSTANT]] : tensor<2xi64>
// CHECK-NEXT:    [[ANDI:%.*]] = arith.andi [[SELECT]], [[COMPARE_1]] : tensor<2xi1>
// CHECK-NEXT:    [[SELECT_1:%.*]] = ten.select [[ANDI]], [[SLICE_1]], [[SLICE_3]] : tensor<2xi1>, tensor<2xi64>
// CHECK-NEXT:    [[BROADCAST:%.*]] = ten.broadcast [[C]] dims [0] : f32 -> tensor<4xf32>
// CHECK-NEXT:    [[COMPARE_2:%.*]] = ten.compare sge, [[SELECT_1]], [[CONSTANT]] : tensor<2xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = arith.constant dense<-1> : tensor<2xi64>
// CHECK-NEXT:    [[SELECT_2:%.*]] = ten.select [[COMPARE_2]], [[SELECT_1]], [[CONSTANT_2]] : tensor<2xi1>, tensor<2xi64>
// CHECK-NEXT:    [[SCATTER:%.*]] = ten.scatter [4] [[S]] ([[ARG:%[^ ,:)]+]]) : tensor<2xf32> -> tensor<4xf32> {
// CHECK-NEXT:      [[INDEX:%.*]] = ten.index [[SELECT_2]]{{\[}}[[ARG]]] : tensor<2xi64> -> i64{{$}}
// CHECK-NEXT:      [[INDEX_CAST:%.*]] = arith.index_cast [[INDEX]] : i64 to index
// CHECK-NEXT:      ten.yield [[INDEX_CAST]] : index
// CHECK-NEXT:    }
// CHECK-NEXT:    [[Y:%.*]] = arith.addf [[BROADCAST]], [[SCATTER]] : tensor<4xf32>
// CHECK-NEXT:    func.return [[Y]] : tensor<4xf32>
// CHECK-NEXT:  }
func.func @select_and_scatter(%x: tensor<4xf32>, %s: tensor<2xf32>) -> tensor<4xf32> {
  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %y = "stablehlo.select_and_scatter"(%x, %s, %c) <{window_dimensions = array<i64: 2>, window_strides = array<i64: 2>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %g = stablehlo.compare GE, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %g : tensor<i1>
  }, {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %g = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %g : tensor<f32>
  }) : (tensor<4xf32>, tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
