// RUN: letgrad-opt %s -p 'convert-stablehlo-to-ten{sizes=4,3}' -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @of_the_arguments(
// CHECK-SAME:    tensor<4x2xf64>
// CHECK-SAME:    -> tensor<4x2xf64>
func.func @of_the_arguments(%x: tensor<?x2xf64>, %y: tensor<?xf64>) -> tensor<?x2xf64> {
  %z = stablehlo.add %x, %x : tensor<?x2xf64>
  return %z : tensor<?x2xf64>
}

// A call gives its sizes to the function that it calls.
// CHECK-LABEL: func.func @of_a_call(
// CHECK-NOT:     call
// CHECK:         ten.iota {{.*}}tensor<3xi32>
func.func @of_a_call(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?xi32> {
  %z = call @counted(%y) : (tensor<?xf64>) -> tensor<?xi32>
  return %z : tensor<?xi32>
}
func.func private @counted(%x: tensor<?xf64>) -> tensor<?xi32> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf64>) -> tensor<i32>
  %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %y = stablehlo.dynamic_iota %s, dim = 0 : (tensor<1xi32>) -> tensor<?xi32>
  return %y : tensor<?xi32>
}

// The end of the slice is its begin and a number that is known: the begin may be computed.
// CHECK-LABEL: func.func @slice_at_a_computed_place(
// CHECK-SAME:    -> tensor<3xf64>
func.func @slice_at_a_computed_place(%x: tensor<?xf64>, %z: tensor<?xf64>, %i: tensor<1xi32>) -> tensor<?xf64> {
  %n = stablehlo.get_dimension_size %z, dim = 0 : (tensor<?xf64>) -> tensor<i32>
  %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %one = stablehlo.constant dense<1> : tensor<1xi32>
  %e = stablehlo.add %i, %s : tensor<1xi32>
  %y = stablehlo.real_dynamic_slice %x, %i, %e, %one : (tensor<?xf64>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf64>
  return %y : tensor<?xf64>
}

// The windows of a running sum are as long as the argument. The reducer is not a function of the program.
// CHECK-LABEL: func.func @running_sum(
// CHECK:         ten.cumsum
// CHECK-NOT:     @adds
func.func @running_sum(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?xf64> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf64>) -> tensor<i32>
  %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %one = stablehlo.constant dense<1> : tensor<1xi32>
  %l = stablehlo.subtract %s, %one : tensor<1xi32>
  %zero = stablehlo.constant dense<0> : tensor<1xi32>
  %p = stablehlo.concatenate %l, %zero, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %w = stablehlo.reshape %p : (tensor<2xi32>) -> tensor<1x2xi32>
  %c = stablehlo.constant dense<0.0> : tensor<f64>
  %y2 = stablehlo.custom_call @stablehlo.dynamic_reduce_window(%x, %c, %s, %one, %one, %one, %w) {called_computations = [@adds]} : (tensor<?xf64>, tensor<f64>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<?xf64>
  return %y2 : tensor<?xf64>
}
func.func @adds(%a: tensor<f64>, %b: tensor<f64>) -> tensor<f64> {
  %c = stablehlo.add %a, %b : tensor<f64>
  return %c : tensor<f64>
}
