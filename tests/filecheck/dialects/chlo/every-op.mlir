// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// Every op of CHLO, in the syntax in which JAX prints it.

// CHECK-LABEL: func.func @acos(
// CHECK-NEXT:  %0 = chlo.acos %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @acos(%arg0: tensor<2xf32>) {
  %0 = chlo.acos %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @acosh(
// CHECK-NEXT:  %0 = chlo.acosh %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @acosh(%arg0: tensor<2xf32>) {
  %0 = chlo.acosh %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @asin(
// CHECK-NEXT:  %0 = chlo.asin %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @asin(%arg0: tensor<2xf32>) {
  %0 = chlo.asin %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @asinh(
// CHECK-NEXT:  %0 = chlo.asinh %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @asinh(%arg0: tensor<2xf32>) {
  %0 = chlo.asinh %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @atan(
// CHECK-NEXT:  %0 = chlo.atan %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @atan(%arg0: tensor<2xf32>) {
  %0 = chlo.atan %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @atanh(
// CHECK-NEXT:  %0 = chlo.atanh %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @atanh(%arg0: tensor<2xf32>) {
  %0 = chlo.atanh %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @bessel_i1e(
// CHECK-NEXT:  %0 = chlo.bessel_i1e %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @bessel_i1e(%arg0: tensor<2xf32>) {
  %0 = chlo.bessel_i1e %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @cosh(
// CHECK-NEXT:  %0 = chlo.cosh %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cosh(%arg0: tensor<2xf32>) {
  %0 = chlo.cosh %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @digamma(
// CHECK-NEXT:  %0 = chlo.digamma %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @digamma(%arg0: tensor<2xf32>) {
  %0 = chlo.digamma %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @erf_inv(
// CHECK-NEXT:  %0 = chlo.erf_inv %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @erf_inv(%arg0: tensor<2xf32>) {
  %0 = chlo.erf_inv %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @erf(
// CHECK-NEXT:  %0 = chlo.erf %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @erf(%arg0: tensor<2xf32>) {
  %0 = chlo.erf %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @erfc(
// CHECK-NEXT:  %0 = chlo.erfc %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @erfc(%arg0: tensor<2xf32>) {
  %0 = chlo.erfc %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @lgamma(
// CHECK-NEXT:  %0 = chlo.lgamma %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @lgamma(%arg0: tensor<2xf32>) {
  %0 = chlo.lgamma %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @sinh(
// CHECK-NEXT:  %0 = chlo.sinh %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sinh(%arg0: tensor<2xf32>) {
  %0 = chlo.sinh %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @square(
// CHECK-NEXT:  %0 = chlo.square %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @square(%arg0: tensor<2xf32>) {
  %0 = chlo.square %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @tan(
// CHECK-NEXT:  %0 = chlo.tan %arg0 : tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @tan(%arg0: tensor<2xf32>) {
  %0 = chlo.tan %arg0 : tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @asin_acos_kernel(
// CHECK-NEXT:  %0 = chlo._asin_acos_kernel %arg0 : tensor<2xcomplex<f32>> -> tensor<2xcomplex<f32>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @asin_acos_kernel(%arg0: tensor<2xcomplex<f32>>) {
  %0 = chlo._asin_acos_kernel %arg0 : tensor<2xcomplex<f32>> -> tensor<2xcomplex<f32>>
  func.return
}

// CHECK-LABEL: func.func @conj(
// CHECK-NEXT:  %0 = chlo.conj %arg0 : tensor<2xcomplex<f32>> -> tensor<2xcomplex<f32>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @conj(%arg0: tensor<2xcomplex<f32>>) {
  %0 = chlo.conj %arg0 : tensor<2xcomplex<f32>> -> tensor<2xcomplex<f32>>
  func.return
}

// CHECK-LABEL: func.func @is_inf(
// CHECK-NEXT:  %0 = chlo.is_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @is_inf(%arg0: tensor<2xf32>) {
  %0 = chlo.is_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @is_pos_inf(
// CHECK-NEXT:  %0 = chlo.is_pos_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @is_pos_inf(%arg0: tensor<2xf32>) {
  %0 = chlo.is_pos_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @is_neg_inf(
// CHECK-NEXT:  %0 = chlo.is_neg_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @is_neg_inf(%arg0: tensor<2xf32>) {
  %0 = chlo.is_neg_inf %arg0 : tensor<2xf32> -> tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @mulhi(
// CHECK-NEXT:  %0 = chlo.mulhi %arg0, %arg1 : tensor<2xi32>, tensor<2xi32> -> tensor<2xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @mulhi(%arg0: tensor<2xi32>, %arg1: tensor<2xi32>) {
  %0 = chlo.mulhi %arg0, %arg1 : tensor<2xi32>, tensor<2xi32> -> tensor<2xi32>
  func.return
}

// CHECK-LABEL: func.func @next_after(
// CHECK-NEXT:  %0 = chlo.next_after %arg0, %arg1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @next_after(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) {
  %0 = chlo.next_after %arg0, %arg1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @polygamma(
// CHECK-NEXT:  %0 = chlo.polygamma %arg0, %arg1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @polygamma(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) {
  %0 = chlo.polygamma %arg0, %arg1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @zeta(
// CHECK-NEXT:  %0 = chlo.zeta %arg0, %arg1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @zeta(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) {
  %0 = chlo.zeta %arg0, %arg1 : tensor<2xf32>, tensor<2xf32> -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_add(
// CHECK-NEXT:  %0 = chlo.broadcast_add %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_add(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_add %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_atan2(
// CHECK-NEXT:  %0 = chlo.broadcast_atan2 %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_atan2(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_atan2 %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_divide(
// CHECK-NEXT:  %0 = chlo.broadcast_divide %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_divide(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_divide %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_maximum(
// CHECK-NEXT:  %0 = chlo.broadcast_maximum %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_maximum(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_maximum %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_minimum(
// CHECK-NEXT:  %0 = chlo.broadcast_minimum %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_minimum(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_minimum %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_multiply(
// CHECK-NEXT:  %0 = chlo.broadcast_multiply %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_multiply(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_multiply %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_next_after(
// CHECK-NEXT:  %0 = chlo.broadcast_next_after %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_next_after(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_next_after %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_polygamma(
// CHECK-NEXT:  %0 = chlo.broadcast_polygamma %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_polygamma(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_polygamma %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_power(
// CHECK-NEXT:  %0 = chlo.broadcast_power %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_power(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_power %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_remainder(
// CHECK-NEXT:  %0 = chlo.broadcast_remainder %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_remainder(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_remainder %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_subtract(
// CHECK-NEXT:  %0 = chlo.broadcast_subtract %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_subtract(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_subtract %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_zeta(
// CHECK-NEXT:  %0 = chlo.broadcast_zeta %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_zeta(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_zeta %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_add_2(
// CHECK-NEXT:  %0 = chlo.broadcast_add %arg0, %arg1 {broadcast_dimensions = array<i64: 0>} : (tensor<2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_add_2(%arg0: tensor<2xf32>, %arg1: tensor<2x4xf32>) {
  %0 = chlo.broadcast_add %arg0, %arg1 {broadcast_dimensions = array<i64: 0>} : (tensor<2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_and(
// CHECK-NEXT:  %0 = chlo.broadcast_and %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_and(%arg0: tensor<2x1xi32>, %arg1: tensor<3x2x4xi32>) {
  %0 = chlo.broadcast_and %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_or(
// CHECK-NEXT:  %0 = chlo.broadcast_or %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_or(%arg0: tensor<2x1xi32>, %arg1: tensor<3x2x4xi32>) {
  %0 = chlo.broadcast_or %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_xor(
// CHECK-NEXT:  %0 = chlo.broadcast_xor %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_xor(%arg0: tensor<2x1xi32>, %arg1: tensor<3x2x4xi32>) {
  %0 = chlo.broadcast_xor %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_shift_left(
// CHECK-NEXT:  %0 = chlo.broadcast_shift_left %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_shift_left(%arg0: tensor<2x1xi32>, %arg1: tensor<3x2x4xi32>) {
  %0 = chlo.broadcast_shift_left %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_shift_right_arithmetic(
// CHECK-NEXT:  %0 = chlo.broadcast_shift_right_arithmetic %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_shift_right_arithmetic(%arg0: tensor<2x1xi32>, %arg1: tensor<3x2x4xi32>) {
  %0 = chlo.broadcast_shift_right_arithmetic %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_shift_right_logical(
// CHECK-NEXT:  %0 = chlo.broadcast_shift_right_logical %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_shift_right_logical(%arg0: tensor<2x1xi32>, %arg1: tensor<3x2x4xi32>) {
  %0 = chlo.broadcast_shift_right_logical %arg0, %arg1 : (tensor<2x1xi32>, tensor<3x2x4xi32>) -> tensor<3x2x4xi32>
  func.return
}

// CHECK-LABEL: func.func @broadcast_complex(
// CHECK-NEXT:  %0 = chlo.broadcast_complex %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xcomplex<f32>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_complex(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_complex %arg0, %arg1 : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xcomplex<f32>>
  func.return
}

// CHECK-LABEL: func.func @broadcast_compare(
// CHECK-NEXT:  %0 = chlo.broadcast_compare %arg0, %arg1 {compare_type = #chlo<comparison_type FLOAT>, comparison_direction = #chlo<comparison_direction LT>} : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_compare(%arg0: tensor<2x1xf32>, %arg1: tensor<3x2x4xf32>) {
  %0 = chlo.broadcast_compare %arg0, %arg1 {compare_type = #chlo<comparison_type FLOAT>, comparison_direction = #chlo<comparison_direction LT>} : (tensor<2x1xf32>, tensor<3x2x4xf32>) -> tensor<3x2x4xi1>
  func.return
}

// CHECK-LABEL: func.func @broadcast_select(
// CHECK-NEXT:  %0 = chlo.broadcast_select %arg0, %arg1, %arg2 : (tensor<i1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_select(%arg0: tensor<i1>, %arg1: tensor<2xf32>, %arg2: tensor<2xf32>) {
  %0 = chlo.broadcast_select %arg0, %arg1, %arg2 : (tensor<i1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @constant(
// CHECK-NEXT:  %0 = chlo.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @constant() {
  %0 = chlo.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @constant_like(
// CHECK-NEXT:  %0 = "chlo.constant_like"(%arg0) <{value = 1.000000e+00 : f32}> : (tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @constant_like(%arg0: tensor<2xf32>) {
  %0 = "chlo.constant_like"(%arg0) <{value = 1.000000e+00 : f32}> : (tensor<2xf32>) -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @top_k(
// CHECK-NEXT:  %values, %indices = chlo.top_k(%arg0, k = 3) : tensor<2x5xf32> -> (tensor<2x3xf32>, tensor<2x3xi32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @top_k(%arg0: tensor<2x5xf32>) {
  %values, %indices = chlo.top_k(%arg0, k = 3) : tensor<2x5xf32> -> (tensor<2x3xf32>, tensor<2x3xi32>)
  func.return
}

// CHECK-LABEL: func.func @ragged_dot(
// CHECK-NEXT:  %0 = "chlo.ragged_dot"(%arg0, %arg1, %arg2) <{precision_config = [#chlo<precision DEFAULT>, #chlo<precision DEFAULT>], ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}> : (tensor<11x5xf32>, tensor<3x5x7xf32>, tensor<3xi64>) -> tensor<11x7xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @ragged_dot(%arg0: tensor<11x5xf32>, %arg1: tensor<3x5x7xf32>, %arg2: tensor<3xi64>) {
  %0 = "chlo.ragged_dot"(%arg0, %arg1, %arg2) <{precision_config = [#chlo<precision DEFAULT>, #chlo<precision DEFAULT>], ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>}> : (tensor<11x5xf32>, tensor<3x5x7xf32>, tensor<3xi64>) -> tensor<11x7xf32>
  func.return
}

// CHECK-LABEL: func.func @scan(
// CHECK-NEXT:  %0, %1 = chlo.scan(%arg0) inits (%arg1) dimension=0 attributes {is_reverse = false} {
// CHECK-NEXT:  ^bb0(%input: tensor<2xf32>, %carry: tensor<2xf32>):
// CHECK-NEXT:  stablehlo.return %input, %carry : tensor<2xf32>, tensor<2xf32>
// CHECK-NEXT:  } : (tensor<4x2xf32>, tensor<2xf32>) -> (tensor<4x2xf32>, tensor<2xf32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @scan(%arg0: tensor<4x2xf32>, %arg1: tensor<2xf32>) {
  %0, %1 = chlo.scan(%arg0) inits (%arg1) dimension=0 attributes {is_reverse = false} {
  ^bb0(%input: tensor<2xf32>, %carry: tensor<2xf32>):
    stablehlo.return %input, %carry : tensor<2xf32>, tensor<2xf32>
  } : (tensor<4x2xf32>, tensor<2xf32>) -> (tensor<4x2xf32>, tensor<2xf32>)
  func.return
}
