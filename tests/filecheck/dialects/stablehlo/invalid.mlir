// RUN: letgrad-opt %s --split-input-file --verify-diagnostics

func.func @sizes_differ(%a: tensor<2xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{stablehlo.add: operand 0 is tensor<2xf32> and operand 1 is tensor<3xf32>; the sizes differ}}
  %r = stablehlo.add %a, %b : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @element_types_differ(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error@+1 {{stablehlo.multiply: operand 0 is tensor<2xf32> and operand 1 is tensor<2xf64>; the element types differ}}
  %r = stablehlo.multiply %a, %b : (tensor<2xf32>, tensor<2xf64>) -> tensor<2xf32>
  func.return
}

// -----

func.func @result_differs(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.sine: operand 0 is tensor<2xf32> and the result is tensor<2xf64>; the element types differ}}
  %r = stablehlo.sine %a : (tensor<2xf32>) -> tensor<2xf64>
  func.return
}

// -----

func.func @sine_of_integers(%a: tensor<2xi32>) {
  // expected-error@+1 {{stablehlo.sine: each operand has elements that are floats or complex numbers, not tensor<2xi32>}}
  %r = stablehlo.sine %a : tensor<2xi32>
  func.return
}

// -----

func.func @difference_of_booleans(%a: tensor<2xi1>) {
  // expected-error@+1 {{stablehlo.subtract: each operand has elements that are integers or floats or complex numbers, not tensor<2xi1>}}
  %r = stablehlo.subtract %a, %a : tensor<2xi1>
  func.return
}

// -----

func.func @sign_of_unsigned(%a: tensor<2xui32>) {
  // expected-error@+1 {{stablehlo.sign: each operand has elements that are signed integers or floats or complex numbers, not tensor<2xui32>}}
  %r = stablehlo.sign %a : tensor<2xui32>
  func.return
}

// -----

func.func @or_of_floats(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.or: each operand has elements that are booleans or integers, not tensor<2xf32>}}
  %r = stablehlo.or %a, %a : tensor<2xf32>
  func.return
}

// -----

func.func @abs_of_complex(%a: tensor<2xcomplex<f32>>) {
  // expected-error@+1 {{stablehlo.abs: the result has elements of type f32, not tensor<2xcomplex<f32>>}}
  %r = stablehlo.abs %a : tensor<2xcomplex<f32>>
  func.return
}

// -----

func.func @real_of_integers(%a: tensor<2xi32>) {
  // expected-error@+1 {{stablehlo.real: the operand has elements that are floats or complex numbers, not tensor<2xi32>}}
  %r = stablehlo.real %a : tensor<2xi32>
  func.return
}

// -----

func.func @complex_of_halves(%a: tensor<2xf16>) {
  // expected-error@+1 {{stablehlo.complex: lhs has elements of type f32 or f64, not tensor<2xf16>}}
  %r = stablehlo.complex %a, %a : tensor<2xcomplex<f16>>
  func.return
}

// -----

func.func @is_finite_gives_floats(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.is_finite: the result has elements of type i1, not tensor<2xf32>}}
  %r = stablehlo.is_finite %a : tensor<2xf32>
  func.return
}

// -----

func.func @convert_keeps_sizes(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.convert: the operand is tensor<2xf32> and the result is tensor<3xf64>; the sizes differ}}
  %r = stablehlo.convert %a : (tensor<2xf32>) -> tensor<3xf64>
  func.return
}

// -----

func.func @no_exponent(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.reduce_precision: exponent_bits is at least 1, not 0}}
  %r = stablehlo.reduce_precision %a, format = e0m3 : tensor<2xf32>
  func.return
}

// -----

func.func @compare_gives_integers(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.compare: the result has elements of type i1, not tensor<2xi32>}}
  %r = stablehlo.compare LT, %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi32>
  func.return
}

// -----

func.func @pred_is_no_boolean(%a: tensor<2xi32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.select: pred has elements of type i1, not tensor<2xi32>}}
  %r = stablehlo.select %a, %b, %b : tensor<2xi32>, tensor<2xf32>
  func.return
}

// -----

func.func @pred_of_other_sizes(%a: tensor<3xi1>, %b: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.select: pred is tensor<3xi1> and on_true is tensor<2xf32>; the sizes differ}}
  %r = stablehlo.select %a, %b, %b : tensor<3xi1>, tensor<2xf32>
  func.return
}

// -----

func.func @bound_of_other_sizes(%a: tensor<3xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.clamp: the operand is tensor<2xf32> and min is tensor<3xf32>; the sizes differ}}
  %r = stablehlo.clamp %a, %b, %b : (tensor<3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @tolerance_below_zero(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.exponential: a tolerance is below 0: #stablehlo.result_accuracy<ulps = -1, mode = #stablehlo.result_accuracy_mode<TOLERANCE>>}}
  %r = stablehlo.exponential %a {result_accuracy = #stablehlo.result_accuracy<ulps = -1, mode = #stablehlo.result_accuracy_mode<TOLERANCE>>} : tensor<2xf32>
  func.return
}

// -----

func.func @constant_of_another_type() {
  // expected-error@+1 {{stablehlo.constant: the value is tensor<2xf32>, the result is tensor<3xf32>}}
  %r = "stablehlo.constant"() <{value = dense<1.0> : tensor<2xf32>}> : () -> tensor<3xf32>
  func.return
}

// -----

func.func @iota_outside() {
  // expected-error@+1 {{stablehlo.iota: iota_dimension is 2, and the result is tensor<2x3xi32>}}
  %r = stablehlo.iota dim = 2 : tensor<2x3xi32>
  func.return
}

// -----

func.func @iota_of_booleans() {
  // expected-error@+1 {{stablehlo.iota: the result has elements that are integers or floats or complex numbers, not tensor<2xi1>}}
  %r = stablehlo.iota dim = 0 : tensor<2xi1>
  func.return
}

// -----

func.func @iota_of_unknown_size() {
  // expected-error@+1 {{stablehlo.iota: the result has a fixed shape, not tensor<?xi32>}}
  %r = stablehlo.iota dim = 0 : tensor<?xi32>
  func.return
}

// -----

func.func @broadcast_twice(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.broadcast_in_dim: broadcast_dimensions has the dimension 1 twice}}
  %r = stablehlo.broadcast_in_dim %a, dims = [1, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @broadcast_outside(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.broadcast_in_dim: broadcast_dimensions has the dimension 2, and the rank is 2}}
  %r = stablehlo.broadcast_in_dim %a, dims = [2] : (tensor<2xf32>) -> tensor<3x2xf32>
  func.return
}

// -----

func.func @broadcast_of_another_size(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.broadcast_in_dim: dimension 0 of the operand tensor<2xf32> does not fit dimension 0 of the result tensor<3x2xf32>}}
  %r = stablehlo.broadcast_in_dim %a, dims = [0] : (tensor<2xf32>) -> tensor<3x2xf32>
  func.return
}

// -----

func.func @broadcast_too_few(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.broadcast_in_dim: broadcast_dimensions has 1 dimensions, and the operand is tensor<2x3xf32>}}
  %r = stablehlo.broadcast_in_dim %a, dims = [0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @concatenate_nothing() {
  // expected-error@+1 {{stablehlo.concatenate: there is at least one input}}
  %r = "stablehlo.concatenate"() <{dimension = 0 : i64}> : () -> tensor<0xf32>
  func.return
}

// -----

func.func @concatenate_sizes(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) {
  // expected-error@+1 {{stablehlo.concatenate: input 0 is tensor<2x3xf32> and input 1 is tensor<2x4xf32>; they differ outside of dimension 0}}
  %r = stablehlo.concatenate %a, %b, dim = 0 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  func.return
}

// -----

func.func @concatenate_result(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.concatenate: the result has the sizes [4, 3], not tensor<5x3xf32>}}
  %r = stablehlo.concatenate %a, %a, dim = 0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
  func.return
}

// -----

func.func @pad_sizes(%a: tensor<2xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.pad: the result has the sizes [4], not tensor<5xf32>}}
  %r = stablehlo.pad %a, %b, low = [1], high = [0], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<5xf32>
  func.return
}

// -----

func.func @pad_negative_interior(%a: tensor<2xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.pad: interior_padding is below 0: [-1]}}
  %r = stablehlo.pad %a, %b, low = [0], high = [0], interior = [-1] : (tensor<2xf32>, tensor<f32>) -> tensor<1xf32>
  func.return
}

// -----

func.func @pad_cuts_too_much(%a: tensor<2xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.pad: a size is below 0}}
  %r = stablehlo.pad %a, %b, low = [-2], high = [-1], interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<0xf32>
  func.return
}

// -----

func.func @pad_value(%a: tensor<2xf32>, %b: tensor<1xf32>) {
  // expected-error@+1 {{stablehlo.pad: padding_value has rank 0, not tensor<1xf32>}}
  %r = stablehlo.pad %a, %b, low = [0], high = [0], interior = [0] : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @reshape_elements(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.reshape: tensor<2x3xf32> has 6 elements, and tensor<5xf32> has 5}}
  %r = stablehlo.reshape %a : (tensor<2x3xf32>) -> tensor<5xf32>
  func.return
}

// -----

func.func @reverse_twice(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.reverse: dimensions has the dimension 1 twice}}
  %r = stablehlo.reverse %a, dims = [1, 1] : tensor<2x3xf32>
  func.return
}

// -----

func.func @slice_outside(%a: tensor<6xf32>) {
  // expected-error@+1 {{stablehlo.slice: the range 2:7:1 of dimension 0 does not lie in the operand tensor<6xf32>}}
  %r = stablehlo.slice %a [2:7] : (tensor<6xf32>) -> tensor<5xf32>
  func.return
}

// -----

func.func @slice_backwards(%a: tensor<6xf32>) {
  // expected-error@+1 {{stablehlo.slice: the range 4:2:1 of dimension 0 does not lie in the operand tensor<6xf32>}}
  %r = stablehlo.slice %a [4:2] : (tensor<6xf32>) -> tensor<0xf32>
  func.return
}

// -----

func.func @slice_without_stride(%a: tensor<6xf32>) {
  // expected-error@+1 {{stablehlo.slice: the range 0:2:0 of dimension 0 does not lie in the operand tensor<6xf32>}}
  %r = stablehlo.slice %a [0:2:0] : (tensor<6xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @slice_rank(%a: tensor<6x2xf32>) {
  // expected-error@+1 {{stablehlo.slice: there are 1 numbers for the start, and the operand is tensor<6x2xf32>}}
  %r = stablehlo.slice %a [0:2] : (tensor<6x2xf32>) -> tensor<2x2xf32>
  func.return
}

// -----

func.func @slice_result(%a: tensor<6xf32>) {
  // expected-error@+1 {{stablehlo.slice: the result has the sizes [3], not tensor<2xf32>}}
  %r = stablehlo.slice %a [0:5:2] : (tensor<6xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @transpose_no_order(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.transpose: [0, 0] is no order of the dimensions of tensor<2x3xf32>}}
  %r = stablehlo.transpose %a, dims = [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  func.return
}

// -----

func.func @transpose_result(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.transpose: the result has the sizes [3, 2], not tensor<2x3xf32>}}
  %r = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @bitcast_of_other_width(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.bitcast_convert: the bits of tensor<2xf32> are not those of tensor<2xf64>}}
  %r = stablehlo.bitcast_convert %a : (tensor<2xf32>) -> tensor<2xf64>
  func.return
}

// -----

func.func @size_of_no_dimension(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.get_dimension_size: tensor<2xf32> has no dimension 1}}
  %r = stablehlo.get_dimension_size %a, dim = 1 : (tensor<2xf32>) -> tensor<i32>
  func.return
}

// -----

func.func @box_too_large(%a: tensor<4xf32>, %b: tensor<i32>) {
  // expected-error@+1 {{stablehlo.dynamic_slice: slice_sizes is [5], and the operand is tensor<4xf32>}}
  %r = stablehlo.dynamic_slice %a, %b, sizes = [5] : (tensor<4xf32>, tensor<i32>) -> tensor<5xf32>
  func.return
}

// -----

func.func @too_few_starts(%a: tensor<4x4xf32>, %b: tensor<i32>) {
  // expected-error@+1 {{stablehlo.dynamic_slice: there are 1 start indices, and the operand is tensor<4x4xf32>}}
  %r = stablehlo.dynamic_slice %a, %b, sizes = [2, 2] : (tensor<4x4xf32>, tensor<i32>) -> tensor<2x2xf32>
  func.return
}

// -----

func.func @starts_of_two_types(%a: tensor<4x4xf32>, %b: tensor<i32>, %c: tensor<i64>) {
  // expected-error@+1 {{stablehlo.dynamic_slice: the start indices have one type, not tensor<i32> and tensor<i64>}}
  %r = stablehlo.dynamic_slice %a, %b, %c, sizes = [2, 2] : (tensor<4x4xf32>, tensor<i32>, tensor<i64>) -> tensor<2x2xf32>
  func.return
}

// -----

func.func @update_too_large(%a: tensor<4xf32>, %b: tensor<5xf32>, %c: tensor<i32>) {
  // expected-error@+1 {{stablehlo.dynamic_update_slice: the update tensor<5xf32> does not lie in the operand tensor<4xf32>}}
  %r = stablehlo.dynamic_update_slice %a, %b, %c : (tensor<4xf32>, tensor<5xf32>, tensor<i32>) -> tensor<4xf32>
  func.return
}

// -----

func.func @gather_map_outside(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: start_index_map has the dimension 2, and the rank is 2}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [2], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x1xi32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @gather_index_vectors(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: the index vectors have 1 numbers, and 2 dimensions are indexed}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x1xi32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @gather_vector_dim(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: index_vector_dim is 3, and the indices are tensor<2x1xi32>}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 3>, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x1xi32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @gather_box(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: slice_sizes is [1, 5], and the operand is tensor<5x4xf32>}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 5>}> : (tensor<5x4xf32>, tensor<2x1xi32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @gather_collapsed_size(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: the box has the size 2 in dimension 0, which the result lacks}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 2, 4>}> : (tensor<5x4xf32>, tensor<2x1xi32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @gather_offsets_unsorted(%a: tensor<5x4x3xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: offset_dims is not in ascending order}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [2, 1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4, 3>}> : (tensor<5x4x3xf32>, tensor<2x1xi32>) -> tensor<2x3x4xf32>
  func.return
}

// -----

func.func @gather_result(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>) {
  // expected-error@+1 {{stablehlo.gather: the result has the sizes [2, 4], not tensor<2x5xf32>}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x1xi32>) -> tensor<2x5xf32>
  func.return
}

// -----

func.func @gather_float_indices(%a: tensor<5x4xf32>, %b: tensor<2x1xf32>) {
  // expected-error@+1 {{stablehlo.gather: the indices has elements that are integers, not tensor<2x1xf32>}}
  %r = "stablehlo.gather"(%a, %b) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @scatter_window(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>, %c: tensor<2x4xf32>) {
  // expected-error@+1 {{stablehlo.scatter: update_window_dims has 2 dimensions, and the input tensor<5x4xf32> has 1 that are not inserted}}
  %r = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0, 1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<5x4xf32>, tensor<2x1xi32>, tensor<2x4xf32>) -> tensor<5x4xf32>
  func.return
}

// -----

func.func @scatter_update_too_large(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>, %c: tensor<2x6xf32>) {
  // expected-error@+1 {{stablehlo.scatter: dimension 1 of the update tensor<2x6xf32> is larger than the input tensor<5x4xf32>}}
  %r = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<5x4xf32>, tensor<2x1xi32>, tensor<2x6xf32>) -> tensor<5x4xf32>
  func.return
}

// -----

func.func @scatter_batch(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>, %c: tensor<3x4xf32>) {
  // expected-error@+1 {{stablehlo.scatter: the update tensor<3x4xf32> has not the sizes [2] of the indices}}
  %r = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<5x4xf32>, tensor<2x1xi32>, tensor<3x4xf32>) -> tensor<5x4xf32>
  func.return
}

// -----

func.func @scatter_result(%a: tensor<5x4xf32>, %b: tensor<2x1xi32>, %c: tensor<2x4xf32>) {
  // expected-error@+1 {{stablehlo.scatter: the result has the sizes [5, 4], not tensor<4x4xf32>}}
  %r = "stablehlo.scatter"(%a, %b, %c) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<5x4xf32>, tensor<2x1xi32>, tensor<2x4xf32>) -> tensor<4x4xf32>
  func.return
}

// -----

func.func @dot_contracting_sizes(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.dot_general: dimension 1 of lhs tensor<2x3xf32> and dimension 0 of rhs tensor<2x3xf32> differ}}
  %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @dot_counts(%a: tensor<2x3xf32>, %b: tensor<3x2xf32>) {
  // expected-error@+1 {{stablehlo.dot_general: lhs has 2 contracting dimensions, and rhs has 1}}
  %r = stablehlo.dot_general %a, %b, contracting_dims = [0, 1] x [1] : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<3xf32>
  func.return
}

// -----

func.func @dot_batch_is_contracted(%a: tensor<2x3xf32>, %b: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.dot_general: the list of lhs has the dimension 0 twice}}
  %r = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [0] x [0] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3x3xf32>
  func.return
}

// -----

func.func @dot_outside(%a: tensor<2x3xf32>, %b: tensor<3x2xf32>) {
  // expected-error@+1 {{stablehlo.dot_general: the list of lhs has the dimension 2, and the rank is 2}}
  %r = stablehlo.dot_general %a, %b, contracting_dims = [2] x [0] : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  func.return
}

// -----

func.func @dot_result(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error@+1 {{stablehlo.dot_general: the result has the sizes [2, 4], not tensor<4x2xf32>}}
  %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<4x2xf32>
  func.return
}

// -----

func.func @dot_precisions(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error@+1 {{stablehlo.dot_general: precision_config has at most 2 entries, not 3}}
  %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], precision = [HIGH, HIGH, HIGH] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @convolution_features(%a: tensor<1x8x3xf32>, %b: tensor<3x2x5xf32>) {
  // expected-error@+1 {{stablehlo.convolution: lhs has 3 features, and rhs has 2 for each of 1 groups}}
  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x3xf32>, tensor<3x2x5xf32>) -> tensor<1x6x5xf32>
  func.return
}

// -----

func.func @convolution_result(%a: tensor<1x8x2xf32>, %b: tensor<3x2x5xf32>) {
  // expected-error@+1 {{stablehlo.convolution: the result has the sizes [1, 3, 5], not tensor<1x4x5xf32>}}
  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {stride = [2]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x2xf32>, tensor<3x2x5xf32>) -> tensor<1x4x5xf32>
  func.return
}

// -----

func.func @convolution_stride(%a: tensor<1x8x2xf32>, %b: tensor<3x2x5xf32>) {
  // expected-error@+1 {{stablehlo.convolution: window_strides has a number below 1: [0]}}
  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {stride = [0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x2xf32>, tensor<3x2x5xf32>) -> tensor<1x6x5xf32>
  func.return
}

// -----

func.func @convolution_padding(%a: tensor<1x8x2xf32>, %b: tensor<3x2x5xf32>) {
  // expected-error@+1 {{stablehlo.convolution: the padding has the sizes [1, 2], not tensor<2x2xi64>}}
  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x2xf32>, tensor<3x2x5xf32>) -> tensor<1x8x5xf32>
  func.return
}

// -----

func.func @convolution_groups(%a: tensor<1x8x4xf32>, %b: tensor<3x2x5xf32>) {
  // expected-error@+1 {{stablehlo.convolution: the output features of rhs has the size 5, no multiple of 2 groups}}
  %r = stablehlo.convolution(%a, %b) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 2 : i64} : (tensor<1x8x4xf32>, tensor<3x2x5xf32>) -> tensor<1x6x5xf32>
  func.return
}

// -----

func.func @cholesky_of_no_square(%a: tensor<3x4xf32>) {
  // expected-error@+1 {{stablehlo.cholesky: a has square matrices, not tensor<3x4xf32>}}
  %r = stablehlo.cholesky %a, lower = true : tensor<3x4xf32>
  func.return
}

// -----

func.func @triangular_solve_sizes(%a: tensor<3x3xf32>, %b: tensor<2x3xf32>) {
  // expected-error@+1 {{stablehlo.triangular_solve: a tensor<3x3xf32> and b tensor<2x3xf32> do not fit each other}}
  %r = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false}> : (tensor<3x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @fft_of_reals(%a: tensor<8xf32>) {
  // expected-error@+1 {{stablehlo.fft: FFT takes complex numbers, not tensor<8xf32>}}
  %r = stablehlo.fft %a, type = FFT, length = [8] : (tensor<8xf32>) -> tensor<8xcomplex<f32>>
  func.return
}

// -----

func.func @rfft_result(%a: tensor<8xf32>) {
  // expected-error@+1 {{stablehlo.fft: the result has the sizes [5], not tensor<8xcomplex<f32>>}}
  %r = stablehlo.fft %a, type = RFFT, length = [8] : (tensor<8xf32>) -> tensor<8xcomplex<f32>>
  func.return
}

// -----

func.func @fft_length(%a: tensor<8xcomplex<f32>>) {
  // expected-error@+1 {{stablehlo.fft: fft_length is [7], and the operand is tensor<8xcomplex<f32>>}}
  %r = stablehlo.fft %a, type = FFT, length = [7] : (tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>
  func.return
}

// -----

func.func @reduce_dimension(%a: tensor<3x8xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.reduce: dimensions has the dimension 2, and the rank is 2}}
  %r = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [2] : (tensor<3x8xf32>, tensor<f32>) -> tensor<3x8xf32>
  func.return
}

// -----

func.func @reduce_result(%a: tensor<3x8xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.reduce: result 0 has the sizes [8], not tensor<3xf32>}}
  %r = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<3xf32>
  func.return
}

// -----

func.func @reduce_init(%a: tensor<3x8xf32>, %b: tensor<f64>) {
  // expected-error@+1 {{stablehlo.reduce: initial value 0 is tensor<f32>, not tensor<f64>}}
  %r = stablehlo.reduce(%a init: %b) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f64>) -> tensor<8xf32>
  func.return
}

// -----

func.func @reduce_region(%a: tensor<3x8xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.reduce: the region body gives tensor<f32>, not tensor<i1>}}
  %r = stablehlo.reduce(%a init: %b) across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32> reducer(%x: tensor<f32>, %y: tensor<f32>) {
    %z = stablehlo.compare LT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %z : tensor<i1>
  }
  func.return
}

// -----

func.func @window_rank(%a: tensor<4x8xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.reduce_window: window_dimensions has 1 numbers, and the input is tensor<4x8xf32>}}
  %r = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<4x8xf32>, tensor<f32>) -> tensor<3x8xf32>
  func.return
}

// -----

func.func @window_result(%a: tensor<4x8xf32>, %b: tensor<f32>) {
  // expected-error@+1 {{stablehlo.reduce_window: result 0 has the sizes [3, 8], not tensor<4x8xf32>}}
  %r = "stablehlo.reduce_window"(%a, %b) <{window_dimensions = array<i64: 2, 1>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  func.return
}

// -----

func.func @comparator_gives_floats(%a: tensor<4xf32>) {
  // expected-error@+1 {{stablehlo.sort: the region comparator gives tensor<i1>, not tensor<f32>}}
  %r = "stablehlo.sort"(%a) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

func.func @map_dimensions(%a: tensor<4x2xf32>) {
  // expected-error@+1 {{stablehlo.map: dimensions are [0, 1], not [1, 0]}}
  %r = "stablehlo.map"(%a, %a) <{dimensions = array<i64: 1, 0>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  func.return
}

// -----

func.func @while_condition(%a: tensor<f32>) {
  // expected-error@+1 {{stablehlo.while: the region cond gives tensor<i1>, not tensor<f32>}}
  %r = stablehlo.while(%i = %a) : tensor<f32> cond {
    stablehlo.return %i : tensor<f32>
  } do {
    stablehlo.return %i : tensor<f32>
  }
  func.return
}

// -----

func.func @while_body(%a: tensor<f32>, %b: tensor<i1>) {
  // expected-error@+1 {{stablehlo.while: the region body gives tensor<f32>, not tensor<i1>}}
  %r = stablehlo.while(%i = %a) : tensor<f32> cond {
    stablehlo.return %b : tensor<i1>
  } do {
    stablehlo.return %b : tensor<i1>
  }
  func.return
}

// -----

func.func @branches_differ(%a: tensor<i1>, %b: tensor<f32>, %c: tensor<i32>) {
  // expected-error@+1 {{stablehlo.if: the region 1 gives tensor<f32>, not tensor<i32>}}
  %r = "stablehlo.if"(%a) ({
    stablehlo.return %b : tensor<f32>
  }, {
    stablehlo.return %c : tensor<i32>
  }) : (tensor<i1>) -> tensor<f32>
  func.return
}

// -----

func.func @case_without_branches(%a: tensor<i32>) {
  // expected-error@+1 {{stablehlo.case: there is at least one branch}}
  "stablehlo.case"(%a) : (tensor<i32>) -> ()
  func.return
}

// -----

func.func @barrier_types(%a: tensor<f32>) {
  // expected-error@+1 {{stablehlo.optimization_barrier: operand 0 is tensor<f32>, and result 0 is tensor<f64>}}
  %r = "stablehlo.optimization_barrier"(%a) : (tensor<f32>) -> tensor<f64>
  func.return
}

// -----

func.func @no_such_decomposition(%a: tensor<f32>) {
  // expected-error@+1 {{stablehlo.composite: there is no function @nowhere}}
  %r = stablehlo.composite "my.op" %a {decomposition = @nowhere} : (tensor<f32>) -> tensor<f32>
  func.return
}

// -----

func.func @layouts_of_one_side(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.custom_call: operand_layouts and result_layouts are both there, or both absent}}
  %r = stablehlo.custom_call @f(%a) {operand_layouts = [dense<0> : tensor<1xindex>]} : (tensor<2xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @config_is_no_dictionary(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.custom_call: the backend_config of api_version 4 is a dictionary, not "x"}}
  %r = stablehlo.custom_call @f(%a) {api_version = 4 : i32, backend_config = "x"} : (tensor<2xf32>) -> tensor<2xf32>
  func.return
}

// -----

func.func @tuple_type(%a: tensor<2xf32>) {
  // expected-error@+1 {{stablehlo.tuple: the result is a tuple of the operands' types, not tuple<tensor<3xf32>>}}
  %r = "stablehlo.tuple"(%a) : (tensor<2xf32>) -> tuple<tensor<3xf32>>
  func.return
}

// -----

func.func @tuple_index(%a: tuple<tensor<2xf32>>) {
  // expected-error@+1 {{stablehlo.get_tuple_element: tuple<tensor<2xf32>> has no element 1}}
  %r = stablehlo.get_tuple_element %a[1] : (tuple<tensor<2xf32>>) -> tensor<2xf32>
  func.return
}

// -----

func.func @batch_norm_feature(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{stablehlo.batch_norm_inference: tensor<2x3xf32> has no dimension 2}}
  %r = "stablehlo.batch_norm_inference"(%a, %b, %b, %b, %b) <{epsilon = 0.001 : f32, feature_index = 2 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}

// -----

func.func @all_gather_parts(%a: tensor<2x4xf32>) {
  // expected-error@+1 {{stablehlo.all_gather: tensor<2x7xf32> does not hold the parts tensor<2x4xf32> of a group}}
  %r = "stablehlo.all_gather"(%a) <{all_gather_dim = 1 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x7xf32>
  func.return
}

// -----

func.func @a_device_twice(%a: tensor<2x4xf32>) {
  // expected-error@+1 {{stablehlo.all_reduce: replica_groups has a device twice}}
  %r = "stablehlo.all_reduce"(%a) <{replica_groups = dense<[[0, 0]]> : tensor<1x2xi64>}> ({
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %z = stablehlo.add %x, %y : tensor<f32>
    stablehlo.return %z : tensor<f32>
  }) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}

// -----

func.func @partition_id_type() {
  // expected-error@+1 {{stablehlo.partition_id: the result is tensor<ui32>, not tensor<i32>}}
  %r = stablehlo.partition_id : tensor<i32>
  func.return
}

// -----

func.func @einsum_letter(%a: tensor<3x4xf32>) {
  // expected-error@+1 {{stablehlo.unary_einsum: no operand has the letter k}}
  %r = stablehlo.unary_einsum %a, config = "ij->ik" : (tensor<3x4xf32>) -> tensor<3x4xf32>
  func.return
}

// -----

func.func @einsum_rank(%a: tensor<3x4xf32>) {
  // expected-error@+1 {{stablehlo.unary_einsum: operand 0 is tensor<3x4xf32>, and its term is ijk}}
  %r = stablehlo.unary_einsum %a, config = "ijk->i" : (tensor<3x4xf32>) -> tensor<3xf32>
  func.return
}
