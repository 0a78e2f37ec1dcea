// RUN: letgrad-opt %s -t 'stablehlo{optimize=false}' | filecheck %s

// Row i + k may be outside: it reads 0, and XLA would read the nearest row.
// CHECK-LABEL: "func.func"() <{sym_name = "gather_outside_has_a_mask", function_type = (tensor<5x2xf32>, tensor<i64>) -> tensor<3x2xf32>}> ({
// CHECK-NEXT:  ^bb0([[T:%[^ ,:)]+]]: tensor<5x2xf32>, [[K:%[^ ,:)]+]]: tensor<i64>):
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 0 : i64}> : () -> tensor<3xi64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[K]]) <{broadcast_dimensions = array<i64>}> : (tensor<i64>) -> tensor<3xi64>
// CHECK-NEXT:    [[ADD:%.*]] = "stablehlo.add"([[IOTA]], [[BROADCAST_IN_DIM]]) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[ADD]]) : (tensor<3xi64>) -> tensor<3xui64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<5> : tensor<ui64>}> : () -> tensor<ui64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_1:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT]]) <{broadcast_dimensions = array<i64>}> : (tensor<ui64>) -> tensor<3xui64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[BROADCAST_IN_DIM_1]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<3xui64>, tensor<3xui64>) -> tensor<3xi1>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[ADD]]) : (tensor<3xi64>) -> tensor<3x1xi64>
// CHECK-NEXT:    [[GATHER:%.*]] = "stablehlo.gather"([[T]], [[RESHAPE]]) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 2>, indices_are_sorted = false}> : (tensor<5x2xf32>, tensor<3x1xi64>) -> tensor<3x2xf32>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_2:%.*]] = "stablehlo.broadcast_in_dim"([[COMPARE]]) <{broadcast_dimensions = array<i64: 0>}> : (tensor<3xi1>) -> tensor<3x2xi1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<3x2xf32>}> : () -> tensor<3x2xf32>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[BROADCAST_IN_DIM_2]], [[GATHER]], [[CONSTANT_1]]) : (tensor<3x2xi1>, tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
// CHECK-NEXT:    "func.return"([[SELECT]]) : (tensor<3x2xf32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @gather_outside_has_a_mask(%t: tensor<5x2xf32>, %k: index) -> tensor<3x2xf32> {
  %y = ten.gather [3] %t (%i) : tensor<5x2xf32> -> tensor<3x2xf32> {
    %j = arith.addi %i, %k : index
    ten.yield %j : index
  }
  func.return %y : tensor<3x2xf32>
}

// The indices of the domain are rows of %t, so no mask is needed.
// CHECK-LABEL: "func.func"() <{sym_name = "gather_inside_has_no_mask", function_type = (tensor<5x2xf32>) -> tensor<3xf32>}> ({
// CHECK-NEXT:  ^bb0([[T:%[^ ,:)]+]]: tensor<5x2xf32>):
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 0 : i64}> : () -> tensor<3xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<1> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT]]) <{broadcast_dimensions = array<i64>}> : (tensor<i64>) -> tensor<3xi64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[IOTA]]) : (tensor<3xi64>) -> tensor<3x1xi64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = "stablehlo.reshape"([[BROADCAST_IN_DIM]]) : (tensor<3xi64>) -> tensor<3x1xi64>
// CHECK-NEXT:    [[CONCATENATE:%.*]] = "stablehlo.concatenate"([[RESHAPE]], [[RESHAPE_1]]) <{dimension = 1 : i64}> : (tensor<3x1xi64>, tensor<3x1xi64>) -> tensor<3x2xi64>
// CHECK-NEXT:    [[GATHER:%.*]] = "stablehlo.gather"([[T]], [[CONCATENATE]]) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 1>, slice_sizes = array<i64: 1, 1>, indices_are_sorted = false}> : (tensor<5x2xf32>, tensor<3x2xi64>) -> tensor<3xf32>
// CHECK-NEXT:    "func.return"([[GATHER]]) : (tensor<3xf32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @gather_inside_has_no_mask(%t: tensor<5x2xf32>) -> tensor<3xf32> {
  %y = ten.gather [3] %t (%i) : tensor<5x2xf32> -> tensor<3xf32> {
    %one = arith.constant 1 : index
    ten.yield %i, %one : index, index
  }
  func.return %y : tensor<3xf32>
}

// The rows of %t are summed into f32 and rounded once. XLA drops what is outside.
// CHECK-LABEL: "func.func"() <{sym_name = "scatter_adds", function_type = (tensor<4xf16>, tensor<4xi64>) -> tensor<3xf16>}> ({
// CHECK-NEXT:  ^bb0([[T:%[^ ,:)]+]]: tensor<4xf16>, [[P:%[^ ,:)]+]]: tensor<4xi64>):
// CHECK-NEXT:    [[CONVERT:%.*]] = "stablehlo.convert"([[T]]) : (tensor<4xf16>) -> tensor<4xf32>
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 0 : i64}> : () -> tensor<4xi64>
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[IOTA]]) : (tensor<4xi64>) -> tensor<4xui64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<4> : tensor<ui64>}> : () -> tensor<ui64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT]]) <{broadcast_dimensions = array<i64>}> : (tensor<ui64>) -> tensor<4xui64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[BROADCAST_IN_DIM]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<4xui64>, tensor<4xui64>) -> tensor<4xi1>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[IOTA]]) : (tensor<4xi64>) -> tensor<4x1xi64>
// CHECK-NEXT:    [[GATHER:%.*]] = "stablehlo.gather"([[P]], [[RESHAPE]]) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1>, indices_are_sorted = false}> : (tensor<4xi64>, tensor<4x1xi64>) -> tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<4xi64>}> : () -> tensor<4xi64>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[COMPARE]], [[GATHER]], [[CONSTANT_1]]) : (tensor<4xi1>, tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<3xf32>}> : () -> tensor<3xf32>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = "stablehlo.reshape"([[SELECT]]) : (tensor<4xi64>) -> tensor<4x1xi64>
// CHECK-NEXT:    [[SCATTER:%.*]] = "stablehlo.scatter"([[CONSTANT_2]], [[RESHAPE_1]], [[CONVERT]]) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, indices_are_sorted = false, unique_indices = false}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<f32>, [[ARG_1:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:      [[ADD:%.*]] = "stablehlo.add"([[ARG]], [[ARG_1]]) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:      "stablehlo.return"([[ADD]]) : (tensor<f32>) -> ()
// CHECK-NEXT:    }) : (tensor<3xf32>, tensor<4x1xi64>, tensor<4xf32>) -> tensor<3xf32>
// CHECK-NEXT:    [[CONVERT_1:%.*]] = "stablehlo.convert"([[SCATTER]]) : (tensor<3xf32>) -> tensor<3xf16>
// CHECK-NEXT:    "func.return"([[CONVERT_1]]) : (tensor<3xf16>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @scatter_adds(%t: tensor<4xf16>, %p: tensor<4xindex>) -> tensor<3xf16> {
  %y = ten.scatter [3] %t (%i) : tensor<4xf16> -> tensor<3xf16> {
    %j = ten.index %p[%i] : tensor<4xindex> -> index
    ten.yield %j : index
  }
  func.return %y : tensor<3xf16>
}

// CHECK-LABEL: "func.func"() <{sym_name = "index_outside_has_a_mask", function_type = (tensor<5xi32>, tensor<i64>) -> tensor<i32>}> ({
// CHECK-NEXT:  ^bb0([[T:%[^ ,:)]+]]: tensor<5xi32>, [[K:%[^ ,:)]+]]: tensor<i64>):
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[K]]) : (tensor<i64>) -> tensor<ui64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<5> : tensor<ui64>}> : () -> tensor<ui64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[CONSTANT]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<ui64>, tensor<ui64>) -> tensor<i1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[DYNAMIC_SLICE:%.*]] = "stablehlo.dynamic_slice"([[T]], [[K]]) <{slice_sizes = array<i64: 1>}> : (tensor<5xi32>, tensor<i64>) -> tensor<1xi32>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[DYNAMIC_SLICE]]) : (tensor<1xi32>) -> tensor<i32>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[COMPARE]], [[RESHAPE]], [[CONSTANT_2]]) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    "func.return"([[SELECT]]) : (tensor<i32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @index_outside_has_a_mask(%t: tensor<5xi32>, %k: index) -> i32 {
  %y = ten.index %t[%k] : tensor<5xi32> -> i32
  func.return %y : i32
}

// The box stays where it is: no element moves inside in its place.
// CHECK-LABEL: "func.func"() <{sym_name = "update_of_a_known_box", function_type = (tensor<5xf64>, tensor<2xf64>) -> tensor<5xf64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<5xf64>, [[V:%[^ ,:)]+]]: tensor<2xf64>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<3> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[DYNAMIC_UPDATE_SLICE:%.*]] = "stablehlo.dynamic_update_slice"([[X]], [[V]], [[CONSTANT]]) : (tensor<5xf64>, tensor<2xf64>, tensor<i64>) -> tensor<5xf64>
// CHECK-NEXT:    "func.return"([[DYNAMIC_UPDATE_SLICE]]) : (tensor<5xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @update_of_a_known_box(%x: tensor<5xf64>, %v: tensor<2xf64>) -> tensor<5xf64> {
  %k = arith.constant 3 : index
  %y = ten.update %x[%k] %v strides [1] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// One element may be outside: then the element that stands there is written again.
// CHECK-LABEL: "func.func"() <{sym_name = "update_of_one_element", function_type = (tensor<5xf64>, tensor<1xf64>, tensor<i64>) -> tensor<5xf64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<5xf64>, [[V:%[^ ,:)]+]]: tensor<1xf64>, [[K:%[^ ,:)]+]]: tensor<i64>):
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[K]]) : (tensor<i64>) -> tensor<ui64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<5> : tensor<ui64>}> : () -> tensor<ui64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[CONSTANT]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<ui64>, tensor<ui64>) -> tensor<i1>
// CHECK-NEXT:    [[DYNAMIC_SLICE:%.*]] = "stablehlo.dynamic_slice"([[X]], [[K]]) <{slice_sizes = array<i64: 1>}> : (tensor<5xf64>, tensor<i64>) -> tensor<1xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[COMPARE]], [[V]], [[DYNAMIC_SLICE]]) : (tensor<i1>, tensor<1xf64>, tensor<1xf64>) -> tensor<1xf64>
// CHECK-NEXT:    [[DYNAMIC_UPDATE_SLICE:%.*]] = "stablehlo.dynamic_update_slice"([[X]], [[SELECT]], [[K]]) : (tensor<5xf64>, tensor<1xf64>, tensor<i64>) -> tensor<5xf64>
// CHECK-NEXT:    "func.return"([[DYNAMIC_UPDATE_SLICE]]) : (tensor<5xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @update_of_one_element(%x: tensor<5xf64>, %v: tensor<1xf64>, %k: index) -> tensor<5xf64> {
  %y = ten.update %x[%k] %v strides [1] : tensor<5xf64>, tensor<1xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// A part of the box may be outside: each element is written, or dropped.
// CHECK-LABEL: "func.func"() <{sym_name = "update_of_an_unknown_box", function_type = (tensor<5xf64>, tensor<2xf64>, tensor<i64>) -> tensor<5xf64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<5xf64>, [[V:%[^ ,:)]+]]: tensor<2xf64>, [[K:%[^ ,:)]+]]: tensor<i64>):
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 0 : i64}> : () -> tensor<2xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<2> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT]]) <{broadcast_dimensions = array<i64>}> : (tensor<i64>) -> tensor<2xi64>
// CHECK-NEXT:    [[MULTIPLY:%.*]] = "stablehlo.multiply"([[IOTA]], [[BROADCAST_IN_DIM]]) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_1:%.*]] = "stablehlo.broadcast_in_dim"([[K]]) <{broadcast_dimensions = array<i64>}> : (tensor<i64>) -> tensor<2xi64>
// CHECK-NEXT:    [[ADD:%.*]] = "stablehlo.add"([[MULTIPLY]], [[BROADCAST_IN_DIM_1]]) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[ADD]]) : (tensor<2xi64>) -> tensor<2x1xi64>
// CHECK-NEXT:    [[SCATTER:%.*]] = "stablehlo.scatter"([[X]], [[RESHAPE]], [[V]]) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, indices_are_sorted = false, unique_indices = false}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<f64>, [[ARG_1:%[^ ,:)]+]]: tensor<f64>):
// CHECK-NEXT:      "stablehlo.return"([[ARG_1]]) : (tensor<f64>) -> ()
// CHECK-NEXT:    }) : (tensor<5xf64>, tensor<2x1xi64>, tensor<2xf64>) -> tensor<5xf64>
// CHECK-NEXT:    "func.return"([[SCATTER]]) : (tensor<5xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @update_of_an_unknown_box(%x: tensor<5xf64>, %v: tensor<2xf64>, %k: index) -> tensor<5xf64> {
  %y = ten.update %x[%k] %v strides [2] : tensor<5xf64>, tensor<2xf64> -> tensor<5xf64>
  func.return %y : tensor<5xf64>
}

// An index function with a sum is a table first.
// CHECK-LABEL: "func.func"() <{sym_name = "an_index_function_that_sums", function_type = (tensor<5xf64>, tensor<3x2xi64>) -> tensor<3xf64>}> ({
// CHECK-NEXT:  ^bb0([[T:%[^ ,:)]+]]: tensor<5xf64>, [[P:%[^ ,:)]+]]: tensor<3x2xi64>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[REDUCE:%.*]] = "stablehlo.reduce"([[P]], [[CONSTANT]]) <{dimensions = array<i64: 1>}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<i64>, [[ARG_1:%[^ ,:)]+]]: tensor<i64>):
// CHECK-NEXT:      [[ADD:%.*]] = "stablehlo.add"([[ARG]], [[ARG_1]]) : (tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK-NEXT:      "stablehlo.return"([[ADD]]) : (tensor<i64>) -> ()
// CHECK-NEXT:    }) : (tensor<3x2xi64>, tensor<i64>) -> tensor<3xi64>
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 0 : i64}> : () -> tensor<3xi64>
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[IOTA]]) : (tensor<3xi64>) -> tensor<3xui64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<3> : tensor<ui64>}> : () -> tensor<ui64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT_1]]) <{broadcast_dimensions = array<i64>}> : (tensor<ui64>) -> tensor<3xui64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[BROADCAST_IN_DIM]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<3xui64>, tensor<3xui64>) -> tensor<3xi1>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[IOTA]]) : (tensor<3xi64>) -> tensor<3x1xi64>
// CHECK-NEXT:    [[GATHER:%.*]] = "stablehlo.gather"([[REDUCE]], [[RESHAPE]]) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1>, indices_are_sorted = false}> : (tensor<3xi64>, tensor<3x1xi64>) -> tensor<3xi64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<3xi64>}> : () -> tensor<3xi64>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[COMPARE]], [[GATHER]], [[CONSTANT_2]]) : (tensor<3xi1>, tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
// CHECK-NEXT:    [[BITCAST_CONVERT_1:%.*]] = "stablehlo.bitcast_convert"([[SELECT]]) : (tensor<3xi64>) -> tensor<3xui64>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = "stablehlo.constant"() <{value = dense<5> : tensor<ui64>}> : () -> tensor<ui64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_1:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT_3]]) <{broadcast_dimensions = array<i64>}> : (tensor<ui64>) -> tensor<3xui64>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT_1]], [[BROADCAST_IN_DIM_1]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<3xui64>, tensor<3xui64>) -> tensor<3xi1>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = "stablehlo.reshape"([[SELECT]]) : (tensor<3xi64>) -> tensor<3x1xi64>
// CHECK-NEXT:    [[GATHER_1:%.*]] = "stablehlo.gather"([[T]], [[RESHAPE_1]]) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1>, indices_are_sorted = false}> : (tensor<5xf64>, tensor<3x1xi64>) -> tensor<3xf64>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<3xf64>}> : () -> tensor<3xf64>
// CHECK-NEXT:    [[SELECT_1:%.*]] = "stablehlo.select"([[COMPARE_1]], [[GATHER_1]], [[CONSTANT_4]]) : (tensor<3xi1>, tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    "func.return"([[SELECT_1]]) : (tensor<3xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @an_index_function_that_sums(%t: tensor<5xf64>, %p: tensor<3x2xindex>) -> tensor<3xf64> {
  %y = ten.gather [3] %t (%i) : tensor<5xf64> -> tensor<3xf64> {
    %row = ten.index %p[%i] : tensor<3x2xindex> -> tensor<2xindex>
    %j = ten.sum %row dims [0] : tensor<2xindex> -> index
    ten.yield %j : index
  }
  func.return %y : tensor<3xf64>
}
