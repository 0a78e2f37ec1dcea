// RUN: letgrad-opt %s -p convert-stablehlo-to-ten,canonicalize -t terms | filecheck %s

// The rows of each group have a matrix of their own.
// CHECK-LABEL: rows_of_groups = \a b n ->
// CHECK-NEXT:    let x1 = cumsum (i64 n)
// CHECK-NEXT:    in sum[0]
// CHECK:         "ab,cbe->cae" a b : 0.0)
func.func @rows_of_groups(%a: tensor<5x2xf64>, %b: tensor<3x2x4xf64>, %n: tensor<3xi32>) -> tensor<5x4xf64> {
  %y = "chlo.ragged_dot"(%a, %b, %n) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}> : (tensor<5x2xf64>, tensor<3x2x4xf64>, tensor<3xi32>) -> tensor<5x4xf64>
  return %y : tensor<5x4xf64>
}

// CHECK-LABEL: quantized = \x ->
// CHECK-NEXT:    (min (max (custom_jvp[nearest, nearest_jvp] (x / 0.5) + 3.0) (-128.0)) 127.0 - 3.0) * 0.5
func.func @quantized(%x: tensor<3xf32>) -> tensor<3xf32> {
  %q = stablehlo.uniform_quantize %x : (tensor<3xf32>) -> tensor<3x!quant.uniform<i8:f32, 0.5:3>>
  %y = stablehlo.uniform_dequantize %q : (tensor<3x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}
