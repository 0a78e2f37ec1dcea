// RUN: letgrad-opt %s -t 'stablehlo{optimize=false}' | filecheck %s

// CHECK-LABEL: "func.func"() <{sym_name = "sum_of_short_floats", function_type = (tensor<3x4xf16>) -> tensor<3xf16>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<3x4xf16>):
// CHECK-NEXT:    [[CONVERT:%.*]] = "stablehlo.convert"([[X]]) : (tensor<3x4xf16>) -> tensor<3x4xf32>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<f32>}> : () -> tensor<f32>
// CHECK-NEXT:    [[REDUCE:%.*]] = "stablehlo.reduce"([[CONVERT]], [[CONSTANT]]) <{dimensions = array<i64: 1>}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<f32>, [[ARG_1:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:      [[ADD:%.*]] = "stablehlo.add"([[ARG]], [[ARG_1]]) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:      "stablehlo.return"([[ADD]]) : (tensor<f32>) -> ()
// CHECK-NEXT:    }) : (tensor<3x4xf32>, tensor<f32>) -> tensor<3xf32>
// CHECK-NEXT:    [[CONVERT_1:%.*]] = "stablehlo.convert"([[REDUCE]]) : (tensor<3xf32>) -> tensor<3xf16>
// CHECK-NEXT:    "func.return"([[CONVERT_1]]) : (tensor<3xf16>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @sum_of_short_floats(%x: tensor<3x4xf16>) -> tensor<3xf16> {
  %0 = ten.sum %x dims [1] : tensor<3x4xf16> -> tensor<3xf16>
  func.return %0 : tensor<3xf16>
}

// CHECK-LABEL: "func.func"() <{sym_name = "argmax", function_type = (tensor<3x4xf32>) -> tensor<3xi64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<3x4xf32>):
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 1 : i64}> : () -> tensor<3x4xi64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0xff800000> : tensor<f32>}> : () -> tensor<f32>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<9223372036854775807> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[REDUCE:%[^ ,:)]+]], [[REDUCE_1:%[^ ,:)]+]] = "stablehlo.reduce"([[X]], [[IOTA]], [[CONSTANT]], [[CONSTANT_1]]) <{dimensions = array<i64: 1>}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<f32>, [[ARG_1:%[^ ,:)]+]]: tensor<i64>, [[ARG_2:%[^ ,:)]+]]: tensor<f32>, [[ARG_3:%[^ ,:)]+]]: tensor<i64>):
// CHECK-NEXT:      [[COMPARE:%.*]] = "stablehlo.compare"([[ARG]], [[ARG_2]]) <{comparison_direction = #stablehlo<comparison_direction GT>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:      [[COMPARE_1:%.*]] = "stablehlo.compare"([[ARG]], [[ARG_2]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:      [[COMPARE_2:%.*]] = "stablehlo.compare"([[ARG]], [[ARG]]) <{comparison_direction = #stablehlo<comparison_direction NE>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:      [[COMPARE_3:%.*]] = "stablehlo.compare"([[ARG_2]], [[ARG_2]]) <{comparison_direction = #stablehlo<comparison_direction NE>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:      [[NOT:%.*]] = "stablehlo.not"([[COMPARE_3]]) : (tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[AND:%.*]] = "stablehlo.and"([[COMPARE_2]], [[NOT]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[OR:%.*]] = "stablehlo.or"([[COMPARE]], [[AND]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[AND_1:%.*]] = "stablehlo.and"([[COMPARE_2]], [[COMPARE_3]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[OR_1:%.*]] = "stablehlo.or"([[COMPARE_1]], [[AND_1]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[COMPARE_4:%.*]] = "stablehlo.compare"([[ARG_1]], [[ARG_3]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<i64>, tensor<i64>) -> tensor<i1>
// CHECK-NEXT:      [[AND_2:%.*]] = "stablehlo.and"([[OR_1]], [[COMPARE_4]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[OR_2:%.*]] = "stablehlo.or"([[OR]], [[AND_2]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      [[SELECT:%.*]] = "stablehlo.select"([[OR_2]], [[ARG]], [[ARG_2]]) : (tensor<i1>, tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:      [[SELECT_1:%.*]] = "stablehlo.select"([[OR_2]], [[ARG_1]], [[ARG_3]]) : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK-NEXT:      "stablehlo.return"([[SELECT]], [[SELECT_1]]) : (tensor<f32>, tensor<i64>) -> ()
// CHECK-NEXT:    }) : (tensor<3x4xf32>, tensor<3x4xi64>, tensor<f32>, tensor<i64>) -> (tensor<3xf32>, tensor<3xi64>)
// CHECK-NEXT:    "func.return"([[REDUCE_1]]) : (tensor<3xi64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @argmax(%x: tensor<3x4xf32>) -> tensor<3xi64> {
  %0 = ten.argmax %x dim 1 : tensor<3x4xf32> -> tensor<3xi64>
  func.return %0 : tensor<3xi64>
}

// CHECK-LABEL: "func.func"() <{sym_name = "einsum_is_dot_general", function_type = (tensor<5x2x3xf64>, tensor<3x5x4xf64>) -> tensor<4x5x2xf64>}> ({
// CHECK-NEXT:  ^bb0([[A:%[^ ,:)]+]]: tensor<5x2x3xf64>, [[B:%[^ ,:)]+]]: tensor<3x5x4xf64>):
// CHECK-NEXT:    [[DOT_GENERAL:%.*]] = "stablehlo.dot_general"([[A]], [[B]]) <{dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [1], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [0]>, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]}> : (tensor<5x2x3xf64>, tensor<3x5x4xf64>) -> tensor<5x2x4xf64>
// CHECK-NEXT:    [[TRANSPOSE:%.*]] = "stablehlo.transpose"([[DOT_GENERAL]]) <{permutation = array<i64: 2, 0, 1>}> : (tensor<5x2x4xf64>) -> tensor<4x5x2xf64>
// CHECK-NEXT:    "func.return"([[TRANSPOSE]]) : (tensor<4x5x2xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @einsum_is_dot_general(%a: tensor<5x2x3xf64>, %b: tensor<3x5x4xf64>) -> tensor<4x5x2xf64> {
  %0 = ten.einsum "bij,jbk->kbi" %a, %b : tensor<5x2x3xf64>, tensor<3x5x4xf64> -> tensor<4x5x2xf64>
  func.return %0 : tensor<4x5x2xf64>
}

// CHECK-LABEL: "func.func"() <{sym_name = "einsum_of_a_diagonal", function_type = (tensor<3x3xf64>) -> tensor<3xf64>}> ({
// CHECK-NEXT:  ^bb0([[A:%[^ ,:)]+]]: tensor<3x3xf64>):
// CHECK-NEXT:    [[IOTA:%.*]] = "stablehlo.iota"() <{iota_dimension = 0 : i64}> : () -> tensor<3x3xi64>
// CHECK-NEXT:    [[IOTA_1:%.*]] = "stablehlo.iota"() <{iota_dimension = 1 : i64}> : () -> tensor<3x3xi64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[IOTA]], [[IOTA_1]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<3x3xi64>, tensor<3x3xi64>) -> tensor<3x3xi1>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<3x3xf64>}> : () -> tensor<3x3xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[COMPARE]], [[A]], [[CONSTANT]]) : (tensor<3x3xi1>, tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3x3xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:    [[REDUCE:%.*]] = "stablehlo.reduce"([[SELECT]], [[CONSTANT_1]]) <{dimensions = array<i64: 1>}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<f64>, [[ARG_1:%[^ ,:)]+]]: tensor<f64>):
// CHECK-NEXT:      [[ADD:%.*]] = "stablehlo.add"([[ARG]], [[ARG_1]]) : (tensor<f64>, tensor<f64>) -> tensor<f64>
// CHECK-NEXT:      "stablehlo.return"([[ADD]]) : (tensor<f64>) -> ()
// CHECK-NEXT:    }) : (tensor<3x3xf64>, tensor<f64>) -> tensor<3xf64>
// CHECK-NEXT:    "func.return"([[REDUCE]]) : (tensor<3xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @einsum_of_a_diagonal(%a: tensor<3x3xf64>) -> tensor<3xf64> {
  %0 = ten.einsum "ii->i" %a : tensor<3x3xf64> -> tensor<3xf64>
  func.return %0 : tensor<3xf64>
}

// CHECK-LABEL: "func.func"() <{sym_name = "cumsum", function_type = (tensor<5xf64>) -> tensor<5xf64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<5xf64>):
// CHECK-NEXT:    [[SLICE:%.*]] = "stablehlo.slice"([[X]]) <{start_indices = array<i64: 0>, limit_indices = array<i64: 1>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<1xf64>
// CHECK-NEXT:    [[SLICE_1:%.*]] = "stablehlo.slice"([[X]]) <{start_indices = array<i64: 1>, limit_indices = array<i64: 5>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[SLICE_2:%.*]] = "stablehlo.slice"([[X]]) <{start_indices = array<i64: 0>, limit_indices = array<i64: 4>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[ADD:%.*]] = "stablehlo.add"([[SLICE_1]], [[SLICE_2]]) : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[CONCATENATE:%.*]] = "stablehlo.concatenate"([[SLICE]], [[ADD]]) <{dimension = 0 : i64}> : (tensor<1xf64>, tensor<4xf64>) -> tensor<5xf64>
// CHECK-NEXT:    [[SLICE_3:%.*]] = "stablehlo.slice"([[CONCATENATE]]) <{start_indices = array<i64: 0>, limit_indices = array<i64: 2>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<2xf64>
// CHECK-NEXT:    [[SLICE_4:%.*]] = "stablehlo.slice"([[CONCATENATE]]) <{start_indices = array<i64: 2>, limit_indices = array<i64: 5>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[SLICE_5:%.*]] = "stablehlo.slice"([[CONCATENATE]]) <{start_indices = array<i64: 0>, limit_indices = array<i64: 3>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[ADD_1:%.*]] = "stablehlo.add"([[SLICE_4]], [[SLICE_5]]) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[CONCATENATE_1:%.*]] = "stablehlo.concatenate"([[SLICE_3]], [[ADD_1]]) <{dimension = 0 : i64}> : (tensor<2xf64>, tensor<3xf64>) -> tensor<5xf64>
// CHECK-NEXT:    [[SLICE_6:%.*]] = "stablehlo.slice"([[CONCATENATE_1]]) <{start_indices = array<i64: 0>, limit_indices = array<i64: 4>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[SLICE_7:%.*]] = "stablehlo.slice"([[CONCATENATE_1]]) <{start_indices = array<i64: 4>, limit_indices = array<i64: 5>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<1xf64>
// CHECK-NEXT:    [[SLICE_8:%.*]] = "stablehlo.slice"([[CONCATENATE_1]]) <{start_indices = array<i64: 0>, limit_indices = array<i64: 1>, strides = array<i64: 1>}> : (tensor<5xf64>) -> tensor<1xf64>
// CHECK-NEXT:    [[ADD_2:%.*]] = "stablehlo.add"([[SLICE_7]], [[SLICE_8]]) : (tensor<1xf64>, tensor<1xf64>) -> tensor<1xf64>
// CHECK-NEXT:    [[CONCATENATE_2:%.*]] = "stablehlo.concatenate"([[SLICE_6]], [[ADD_2]]) <{dimension = 0 : i64}> : (tensor<4xf64>, tensor<1xf64>) -> tensor<5xf64>
// CHECK-NEXT:    "func.return"([[CONCATENATE_2]]) : (tensor<5xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @cumsum(%x: tensor<5xf64>) -> tensor<5xf64> {
  %0 = ten.cumsum %x dim 0 : tensor<5xf64>
  func.return %0 : tensor<5xf64>
}

// CHECK-LABEL: "func.func"() <{sym_name = "fft", function_type = (tensor<4x2xf64>) -> tensor<4x2xf64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<4x2xf64>):
// CHECK-NEXT:    [[SLICE:%.*]] = "stablehlo.slice"([[X]]) <{start_indices = array<i64: 0, 0>, limit_indices = array<i64: 4, 1>, strides = array<i64: 1, 1>}> : (tensor<4x2xf64>) -> tensor<4x1xf64>
// CHECK-NEXT:    [[RESHAPE:%.*]] = "stablehlo.reshape"([[SLICE]]) : (tensor<4x1xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[SLICE_1:%.*]] = "stablehlo.slice"([[X]]) <{start_indices = array<i64: 0, 1>, limit_indices = array<i64: 4, 2>, strides = array<i64: 1, 1>}> : (tensor<4x2xf64>) -> tensor<4x1xf64>
// CHECK-NEXT:    [[RESHAPE_1:%.*]] = "stablehlo.reshape"([[SLICE_1]]) : (tensor<4x1xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[COMPLEX:%.*]] = "stablehlo.complex"([[RESHAPE]], [[RESHAPE_1]]) : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xcomplex<f64>>
// CHECK-NEXT:    [[FFT:%.*]] = "stablehlo.fft"([[COMPLEX]]) <{fft_type = #stablehlo<fft_type IFFT>, fft_length = array<i64: 4>}> : (tensor<4xcomplex<f64>>) -> tensor<4xcomplex<f64>>
// CHECK-NEXT:    [[REAL:%.*]] = "stablehlo.real"([[FFT]]) : (tensor<4xcomplex<f64>>) -> tensor<4xf64>
// CHECK-NEXT:    [[IMAG:%.*]] = "stablehlo.imag"([[FFT]]) : (tensor<4xcomplex<f64>>) -> tensor<4xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<4.000000e+00> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT]]) <{broadcast_dimensions = array<i64>}> : (tensor<f64>) -> tensor<4xf64>
// CHECK-NEXT:    [[MULTIPLY:%.*]] = "stablehlo.multiply"([[REAL]], [[BROADCAST_IN_DIM]]) : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<4.000000e+00> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_1:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT_1]]) <{broadcast_dimensions = array<i64>}> : (tensor<f64>) -> tensor<4xf64>
// CHECK-NEXT:    [[MULTIPLY_1:%.*]] = "stablehlo.multiply"([[IMAG]], [[BROADCAST_IN_DIM_1]]) : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
// CHECK-NEXT:    [[COMPLEX_1:%.*]] = "stablehlo.complex"([[MULTIPLY]], [[MULTIPLY_1]]) : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xcomplex<f64>>
// CHECK-NEXT:    [[REAL_1:%.*]] = "stablehlo.real"([[COMPLEX_1]]) : (tensor<4xcomplex<f64>>) -> tensor<4xf64>
// CHECK-NEXT:    [[IMAG_1:%.*]] = "stablehlo.imag"([[COMPLEX_1]]) : (tensor<4xcomplex<f64>>) -> tensor<4xf64>
// CHECK-NEXT:    [[RESHAPE_2:%.*]] = "stablehlo.reshape"([[REAL_1]]) : (tensor<4xf64>) -> tensor<4x1xf64>
// CHECK-NEXT:    [[RESHAPE_3:%.*]] = "stablehlo.reshape"([[IMAG_1]]) : (tensor<4xf64>) -> tensor<4x1xf64>
// CHECK-NEXT:    [[CONCATENATE:%.*]] = "stablehlo.concatenate"([[RESHAPE_2]], [[RESHAPE_3]]) <{dimension = 1 : i64}> : (tensor<4x1xf64>, tensor<4x1xf64>) -> tensor<4x2xf64>
// CHECK-NEXT:    "func.return"([[CONCATENATE]]) : (tensor<4x2xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @fft(%x: tensor<4x2xf64>) -> tensor<4x2xf64> {
  %0 = ten.fft backward, %x dims [0] : tensor<4x2xf64> -> tensor<4x2xf64>
  func.return %0 : tensor<4x2xf64>
}

// CHECK-LABEL: "func.func"() <{sym_name = "pad", function_type = (tensor<2xf32>) -> tensor<6xf32>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<2xf32>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<f32>}> : () -> tensor<f32>
// CHECK-NEXT:    [[PAD:%.*]] = "stablehlo.pad"([[X]], [[CONSTANT]]) <{edge_padding_low = array<i64: 1>, edge_padding_high = array<i64: 2>, interior_padding = array<i64: 1>}> : (tensor<2xf32>, tensor<f32>) -> tensor<6xf32>
// CHECK-NEXT:    "func.return"([[PAD]]) : (tensor<6xf32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @pad(%x: tensor<2xf32>) -> tensor<6xf32> {
  %0 = ten.pad %x low [1] high [2] interior [1] : tensor<2xf32> -> tensor<6xf32>
  func.return %0 : tensor<6xf32>
}

// CHECK-LABEL: "func.func"() <{sym_name = "eigh_of_matrices_that_are_not_finite_is_nan", function_type = (tensor<2x3x3xf64>) -> tensor<2x3xf64>}> ({
// CHECK-NEXT:  ^bb0([[A:%[^ ,:)]+]]: tensor<2x3x3xf64>):
// CHECK-NEXT:    [[IS_FINITE:%.*]] = "stablehlo.is_finite"([[A]]) : (tensor<2x3x3xf64>) -> tensor<2x3x3xi1>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<true> : tensor<i1>}> : () -> tensor<i1>
// CHECK-NEXT:    [[IS_FINITE_1:%.*]] = "stablehlo.is_finite"([[A]]) : (tensor<2x3x3xf64>) -> tensor<2x3x3xi1>
// CHECK-NEXT:    [[REDUCE:%.*]] = "stablehlo.reduce"([[IS_FINITE_1]], [[CONSTANT]]) <{dimensions = array<i64: 1, 2>}> ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<i1>, [[ARG_1:%[^ ,:)]+]]: tensor<i1>):
// CHECK-NEXT:      [[AND:%.*]] = "stablehlo.and"([[ARG]], [[ARG_1]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      "stablehlo.return"([[AND]]) : (tensor<i1>) -> ()
// CHECK-NEXT:    }) : (tensor<2x3x3xi1>, tensor<i1>) -> tensor<2xi1>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[REDUCE]]) <{broadcast_dimensions = array<i64: 0>}> : (tensor<2xi1>) -> tensor<2x3x3xi1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<2x3x3xf64>}> : () -> tensor<2x3x3xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[BROADCAST_IN_DIM]], [[A]], [[CONSTANT_1]]) : (tensor<2x3x3xi1>, tensor<2x3x3xf64>, tensor<2x3x3xf64>) -> tensor<2x3x3xf64>
// CHECK-NEXT:    [[CUSTOM_CALL:%[^ ,:)]+]], [[CUSTOM_CALL_1:%[^ ,:)]+]], [[CUSTOM_CALL_2:%[^ ,:)]+]] = "stablehlo.custom_call"([[SELECT]]) <{call_target_name = "lapack_dsyevd_ffi", api_version = 4 : i32, backend_config = {mode = 86 : ui8, uplo = 76 : ui8}, operand_layouts = [dense<[1, 2, 0]> : tensor<3xindex>], result_layouts = [dense<[1, 2, 0]> : tensor<3xindex>, dense<[1, 0]> : tensor<2xindex>, dense<0> : tensor<1xindex>]}> : (tensor<2x3x3xf64>) -> (tensor<2x3x3xf64>, tensor<2x3xf64>, tensor<2xi32>)
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_1:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT_2]]) <{broadcast_dimensions = array<i64>}> : (tensor<i32>) -> tensor<2xi32>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[CUSTOM_CALL_2]], [[BROADCAST_IN_DIM_1]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
// CHECK-NEXT:    [[AND_1:%.*]] = "stablehlo.and"([[REDUCE]], [[COMPARE]]) : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_2:%.*]] = "stablehlo.broadcast_in_dim"([[AND_1]]) <{broadcast_dimensions = array<i64: 0>}> : (tensor<2xi1>) -> tensor<2x3xi1>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = "stablehlo.constant"() <{value = dense<0x7ff8000000000000> : tensor<2x3xf64>}> : () -> tensor<2x3xf64>
// CHECK-NEXT:    [[SELECT_1:%.*]] = "stablehlo.select"([[BROADCAST_IN_DIM_2]], [[CUSTOM_CALL_1]], [[CONSTANT_3]]) : (tensor<2x3xi1>, tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_3:%.*]] = "stablehlo.broadcast_in_dim"([[AND_1]]) <{broadcast_dimensions = array<i64: 0>}> : (tensor<2xi1>) -> tensor<2x3x3xi1>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = "stablehlo.constant"() <{value = dense<0x7ff8000000000000> : tensor<2x3x3xf64>}> : () -> tensor<2x3x3xf64>
// CHECK-NEXT:    [[SELECT_2:%.*]] = "stablehlo.select"([[BROADCAST_IN_DIM_3]], [[CUSTOM_CALL]], [[CONSTANT_4]]) : (tensor<2x3x3xi1>, tensor<2x3x3xf64>, tensor<2x3x3xf64>) -> tensor<2x3x3xf64>
// CHECK-NEXT:    "func.return"([[SELECT_1]]) : (tensor<2x3xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @eigh_of_matrices_that_are_not_finite_is_nan(%a: tensor<2x3x3xf64>) -> tensor<2x3xf64> {
  %w, %v = ten.eigh %a : tensor<2x3x3xf64> -> tensor<2x3xf64>, tensor<2x3x3xf64>
  func.return %w : tensor<2x3xf64>
}
