// RUN: letgrad-opt %s | letgrad-opt | filecheck %s
// RUN: letgrad-opt %s --print-op-generic | letgrad-opt | filecheck %s

// Every op of StableHLO, in the syntax in which JAX prints it.

func.func private @dec(%arg1: tensor<f32>) -> tensor<f32> {
  func.return %arg1 : tensor<f32>
}

func.func private @dec2(%arg0: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  func.return %arg0, %arg0 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @abs(
// CHECK-NEXT:  %0 = stablehlo.abs %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @abs(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.abs %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @cbrt(
// CHECK-NEXT:  %0 = stablehlo.cbrt %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cbrt(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.cbrt %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @ceil(
// CHECK-NEXT:  %0 = stablehlo.ceil %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @ceil(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.ceil %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @cosine(
// CHECK-NEXT:  %0 = stablehlo.cosine %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cosine(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.cosine %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @exponential(
// CHECK-NEXT:  %0 = stablehlo.exponential %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @exponential(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.exponential %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @exponential_minus_one(
// CHECK-NEXT:  %0 = stablehlo.exponential_minus_one %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @exponential_minus_one(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.exponential_minus_one %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @floor(
// CHECK-NEXT:  %0 = stablehlo.floor %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @floor(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.floor %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @log(
// CHECK-NEXT:  %0 = stablehlo.log %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @log(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.log %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @log_plus_one(
// CHECK-NEXT:  %0 = stablehlo.log_plus_one %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @log_plus_one(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.log_plus_one %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @logistic(
// CHECK-NEXT:  %0 = stablehlo.logistic %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @logistic(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.logistic %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @negate(
// CHECK-NEXT:  %0 = stablehlo.negate %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @negate(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.negate %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @round_nearest_afz(
// CHECK-NEXT:  %0 = stablehlo.round_nearest_afz %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @round_nearest_afz(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.round_nearest_afz %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @round_nearest_even(
// CHECK-NEXT:  %0 = stablehlo.round_nearest_even %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @round_nearest_even(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.round_nearest_even %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @rsqrt(
// CHECK-NEXT:  %0 = stablehlo.rsqrt %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @rsqrt(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.rsqrt %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @sign(
// CHECK-NEXT:  %0 = stablehlo.sign %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sign(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.sign %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @sine(
// CHECK-NEXT:  %0 = stablehlo.sine %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sine(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.sine %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @sqrt(
// CHECK-NEXT:  %0 = stablehlo.sqrt %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sqrt(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.sqrt %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @tan(
// CHECK-NEXT:  %0 = stablehlo.tan %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @tan(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.tan %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @tanh(
// CHECK-NEXT:  %0 = stablehlo.tanh %arg0 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @tanh(%arg0: tensor<2x3xf32>) {
  %0 = stablehlo.tanh %arg0 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @abs_2(
// CHECK-NEXT:  %0 = stablehlo.abs %arg0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @abs_2(%arg0: tensor<2xcomplex<f32>>) {
  %0 = stablehlo.abs %arg0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @exponential_2(
// CHECK-NEXT:  %0 = stablehlo.exponential %arg0 {result_accuracy = #stablehlo.result_accuracy<atol = 1.000000e-01, rtol = 2.000000e-05, ulps = 3, mode = #stablehlo.result_accuracy_mode<TOLERANCE>>} : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @exponential_2(%arg0: tensor<2xf32>) {
  %0 = stablehlo.exponential %arg0 {result_accuracy = #stablehlo.result_accuracy<atol = 1.000000e-01, rtol = 2.000000e-05, ulps = 3, mode = #stablehlo.result_accuracy_mode<TOLERANCE>>} : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @cosine_2(
// CHECK-NEXT:  %0 = stablehlo.cosine %arg0 {result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<HIGHEST>>} : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cosine_2(%arg0: tensor<2xf32>) {
  %0 = stablehlo.cosine %arg0 {result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<HIGHEST>>} : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @convert(
// CHECK-NEXT:  %0 = stablehlo.convert %arg0 : (tensor<2xf32>) -> tensor<2xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @convert(%arg0: tensor<2xf32>) {
  %0 = stablehlo.convert %arg0 : (tensor<2xf32>) -> tensor<2xi32>
  func.return
}

// CHECK-LABEL: func.func @convert_2(
// CHECK-NEXT:  %0 = stablehlo.convert %arg0 : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @convert_2(%arg0: tensor<2xf32>) {
  %0 = stablehlo.convert %arg0 : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @count_leading_zeros(
// CHECK-NEXT:  %0 = stablehlo.count_leading_zeros %arg0 : tensor<2xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @count_leading_zeros(%arg0: tensor<2xi32>) {
  %0 = stablehlo.count_leading_zeros %arg0 : tensor<2xi32>
  func.return
}

// CHECK-LABEL: func.func @popcnt(
// CHECK-NEXT:  %0 = stablehlo.popcnt %arg0 : tensor<2xui8>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @popcnt(%arg0: tensor<2xui8>) {
  %0 = stablehlo.popcnt %arg0 : tensor<2xui8>
  func.return
}

// CHECK-LABEL: func.func @not(
// CHECK-NEXT:  %0 = stablehlo.not %arg0 : tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @not(%arg0: tensor<2xi1>) {
  %0 = stablehlo.not %arg0 : tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @imag(
// CHECK-NEXT:  %0 = stablehlo.imag %arg0 : (tensor<2xcomplex<f64>>) -> tensor<2xf64>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @imag(%arg0: tensor<2xcomplex<f64>>) {
  %0 = stablehlo.imag %arg0 : (tensor<2xcomplex<f64>>) -> tensor<2xf64>
  func.return
}

// CHECK-LABEL: func.func @real(
// CHECK-NEXT:  %0 = stablehlo.real %arg0 : (tensor<2xcomplex<f64>>) -> tensor<2xf64>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @real(%arg0: tensor<2xcomplex<f64>>) {
  %0 = stablehlo.real %arg0 : (tensor<2xcomplex<f64>>) -> tensor<2xf64>
  func.return
}

// CHECK-LABEL: func.func @real_2(
// CHECK-NEXT:  %0 = stablehlo.real %arg0 : tensor<2xf64>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @real_2(%arg0: tensor<2xf64>) {
  %0 = stablehlo.real %arg0 : tensor<2xf64>
  func.return
}

// CHECK-LABEL: func.func @is_finite(
// CHECK-NEXT:  %0 = stablehlo.is_finite %arg0 : (tensor<2xf32>) -> tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @is_finite(%arg0: tensor<2xf32>) {
  %0 = stablehlo.is_finite %arg0 : (tensor<2xf32>) -> tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @reduce_precision(
// CHECK-NEXT:  %0 = stablehlo.reduce_precision %arg0, format = e5m10 : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_precision(%arg0: tensor<2xf32>) {
  %0 = stablehlo.reduce_precision %arg0, format = e5m10 : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @add(
// CHECK-NEXT:  %0 = stablehlo.add %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @add(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.add %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @and(
// CHECK-NEXT:  %0 = stablehlo.and %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @and(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.and %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @atan2(
// CHECK-NEXT:  %0 = stablehlo.atan2 %arg0, %arg1 : tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @atan2(%arg0: tensor<2x3xf32>, %arg1: tensor<2x3xf32>) {
  %0 = stablehlo.atan2 %arg0, %arg1 : tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @divide(
// CHECK-NEXT:  %0 = stablehlo.divide %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @divide(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.divide %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @maximum(
// CHECK-NEXT:  %0 = stablehlo.maximum %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @maximum(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.maximum %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @minimum(
// CHECK-NEXT:  %0 = stablehlo.minimum %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @minimum(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.minimum %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @multiply(
// CHECK-NEXT:  %0 = stablehlo.multiply %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @multiply(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.multiply %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @or(
// CHECK-NEXT:  %0 = stablehlo.or %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @or(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.or %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @power(
// CHECK-NEXT:  %0 = stablehlo.power %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @power(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.power %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @remainder(
// CHECK-NEXT:  %0 = stablehlo.remainder %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @remainder(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.remainder %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @shift_left(
// CHECK-NEXT:  %0 = stablehlo.shift_left %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @shift_left(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.shift_left %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @shift_right_arithmetic(
// CHECK-NEXT:  %0 = stablehlo.shift_right_arithmetic %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @shift_right_arithmetic(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.shift_right_arithmetic %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @shift_right_logical(
// CHECK-NEXT:  %0 = stablehlo.shift_right_logical %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @shift_right_logical(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.shift_right_logical %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @subtract(
// CHECK-NEXT:  %0 = stablehlo.subtract %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @subtract(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.subtract %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @xor(
// CHECK-NEXT:  %0 = stablehlo.xor %arg0, %arg1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @xor(%arg0: tensor<2x3xi32>, %arg1: tensor<2x3xi32>) {
  %0 = stablehlo.xor %arg0, %arg1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @add_2(
// CHECK-NEXT:  %0 = stablehlo.add %arg0, %arg1 : (tensor<?x3xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @add_2(%arg0: tensor<?x3xf32>, %arg1: tensor<2x3xf32>) {
  %0 = stablehlo.add %arg0, %arg1 : (tensor<?x3xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  func.return
}

// CHECK-LABEL: func.func @complex(
// CHECK-NEXT:  %0 = stablehlo.complex %arg0, %arg1 : tensor<2xcomplex<f32>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @complex(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) {
  %0 = stablehlo.complex %arg0, %arg1 : tensor<2xcomplex<f32>>
  func.return
}

// CHECK-LABEL: func.func @compare(
// CHECK-NEXT:  %0 = stablehlo.compare LT, %arg0, %arg1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @compare(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) {
  %0 = stablehlo.compare LT, %arg0, %arg1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @compare_2(
// CHECK-NEXT:  %0 = stablehlo.compare LT, %arg0, %arg1, TOTALORDER {my.attr = 1 : i32} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @compare_2(%arg0: tensor<2xf32>, %arg1: tensor<2xf32>) {
  %0 = stablehlo.compare LT, %arg0, %arg1, TOTALORDER {my.attr = 1 : i32} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  func.return
}

// CHECK-LABEL: func.func @clamp(
// CHECK-NEXT:  %0 = stablehlo.clamp %arg0, %arg1, %arg2 : (tensor<f32>, tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @clamp(%arg0: tensor<f32>, %arg1: tensor<2xf32>, %arg2: tensor<f32>) {
  %0 = stablehlo.clamp %arg0, %arg1, %arg2 : (tensor<f32>, tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @clamp_2(
// CHECK-NEXT:  %0 = stablehlo.clamp %arg0, %arg0, %arg0 : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @clamp_2(%arg0: tensor<2xf32>) {
  %0 = stablehlo.clamp %arg0, %arg0, %arg0 : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @select(
// CHECK-NEXT:  %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @select(%arg0: tensor<i1>, %arg1: tensor<2xf32>, %arg2: tensor<2xf32>) {
  %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @select_2(
// CHECK-NEXT:  %0 = stablehlo.select %arg0, %arg1, %arg2 : (tensor<?xi1>, tensor<2xf32>, tensor<?xf32>) -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @select_2(%arg0: tensor<?xi1>, %arg1: tensor<2xf32>, %arg2: tensor<?xf32>) {
  %0 = stablehlo.select %arg0, %arg1, %arg2 : (tensor<?xi1>, tensor<2xf32>, tensor<?xf32>) -> tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @constant(
// CHECK-NEXT:  %cst = stablehlo.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @constant() {
  %cst = stablehlo.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @constant_2(
// CHECK-NEXT:  %cst = stablehlo.constant {my.x = 1 : i64} dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @constant_2() {
  %cst = stablehlo.constant {my.x = 1 : i64} dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  func.return
}

// CHECK-LABEL: func.func @iota(
// CHECK-NEXT:  %0 = stablehlo.iota dim = 1 : tensor<2x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @iota() {
  %0 = stablehlo.iota dim = 1 : tensor<2x3xi32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_iota(
// CHECK-NEXT:  %0 = stablehlo.dynamic_iota %arg0, dim = 1 : (tensor<2xi64>) -> tensor<?x3xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_iota(%arg0: tensor<2xi64>) {
  %0 = stablehlo.dynamic_iota %arg0, dim = 1 : (tensor<2xi64>) -> tensor<?x3xi32>
  func.return
}

// CHECK-LABEL: func.func @bitcast_convert(
// CHECK-NEXT:  %0 = stablehlo.bitcast_convert %arg0 : (tensor<2xf32>) -> tensor<2xi32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @bitcast_convert(%arg0: tensor<2xf32>) {
  %0 = stablehlo.bitcast_convert %arg0 : (tensor<2xf32>) -> tensor<2xi32>
  func.return
}

// CHECK-LABEL: func.func @bitcast_convert_2(
// CHECK-NEXT:  %0 = stablehlo.bitcast_convert %arg0 : (tensor<2xf32>) -> tensor<2x4xi8>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @bitcast_convert_2(%arg0: tensor<2xf32>) {
  %0 = stablehlo.bitcast_convert %arg0 : (tensor<2xf32>) -> tensor<2x4xi8>
  func.return
}

// CHECK-LABEL: func.func @broadcast_in_dim(
// CHECK-NEXT:  %0 = stablehlo.broadcast_in_dim %arg0, dims = [1, 2] : (tensor<2x1xf32>) -> tensor<3x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast_in_dim(%arg0: tensor<2x1xf32>) {
  %0 = stablehlo.broadcast_in_dim %arg0, dims = [1, 2] : (tensor<2x1xf32>) -> tensor<3x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @broadcast(
// CHECK-NEXT:  %0 = stablehlo.broadcast %arg0, sizes = [3] : (tensor<2x1xf32>) -> tensor<3x2x1xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @broadcast(%arg0: tensor<2x1xf32>) {
  %0 = stablehlo.broadcast %arg0, sizes = [3] : (tensor<2x1xf32>) -> tensor<3x2x1xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_broadcast_in_dim(
// CHECK-NEXT:  %0 = stablehlo.dynamic_broadcast_in_dim %arg0, %arg1, dims = [1, 2] : (tensor<2x1xf32>, tensor<3xi32>) -> tensor<?x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_broadcast_in_dim(%arg0: tensor<2x1xf32>, %arg1: tensor<3xi32>) {
  %0 = stablehlo.dynamic_broadcast_in_dim %arg0, %arg1, dims = [1, 2] : (tensor<2x1xf32>, tensor<3xi32>) -> tensor<?x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_broadcast_in_dim_2(
// CHECK-NEXT:  %0 = stablehlo.dynamic_broadcast_in_dim %arg0, %arg1, dims = [1, 2] {known_expanding_dimensions = array<i64: 1>, known_nonexpanding_dimensions = array<i64: 0>} : (tensor<2x1xf32>, tensor<3xi32>) -> tensor<?x2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_broadcast_in_dim_2(%arg0: tensor<2x1xf32>, %arg1: tensor<3xi32>) {
  %0 = stablehlo.dynamic_broadcast_in_dim %arg0, %arg1, dims = [1, 2] {known_expanding_dimensions = array<i64: 1>, known_nonexpanding_dimensions = array<i64: 0>} : (tensor<2x1xf32>, tensor<3xi32>) -> tensor<?x2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @concatenate(
// CHECK-NEXT:  %0 = stablehlo.concatenate %arg0, %arg1, dim = 1 : (tensor<2x1xf32>, tensor<2x4xf32>) -> tensor<2x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @concatenate(%arg0: tensor<2x1xf32>, %arg1: tensor<2x4xf32>) {
  %0 = stablehlo.concatenate %arg0, %arg1, dim = 1 : (tensor<2x1xf32>, tensor<2x4xf32>) -> tensor<2x5xf32>
  func.return
}

// CHECK-LABEL: func.func @pad(
// CHECK-NEXT:  %0 = stablehlo.pad %arg0, %arg1, low = [0, 1], high = [2, 1], interior = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<4x7xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @pad(%arg0: tensor<2x3xf32>, %arg1: tensor<f32>) {
  %0 = stablehlo.pad %arg0, %arg1, low = [0, 1], high = [2, 1], interior = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<4x7xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_pad(
// CHECK-NEXT:  %0 = stablehlo.dynamic_pad %arg0, %arg1, %arg2, %arg2, %arg2 : (tensor<2xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_pad(%arg0: tensor<2xf32>, %arg1: tensor<f32>, %arg2: tensor<1xi32>) {
  %0 = stablehlo.dynamic_pad %arg0, %arg1, %arg2, %arg2, %arg2 : (tensor<2xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
  func.return
}

// CHECK-LABEL: func.func @reshape(
// CHECK-NEXT:  %0 = stablehlo.reshape %arg0 : (tensor<2x6xf32>) -> tensor<3x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reshape(%arg0: tensor<2x6xf32>) {
  %0 = stablehlo.reshape %arg0 : (tensor<2x6xf32>) -> tensor<3x4xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_reshape(
// CHECK-NEXT:  %0 = stablehlo.dynamic_reshape %arg0, %arg1 : (tensor<2x6xf32>, tensor<2xi32>) -> tensor<?x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_reshape(%arg0: tensor<2x6xf32>, %arg1: tensor<2xi32>) {
  %0 = stablehlo.dynamic_reshape %arg0, %arg1 : (tensor<2x6xf32>, tensor<2xi32>) -> tensor<?x4xf32>
  func.return
}

// CHECK-LABEL: func.func @reverse(
// CHECK-NEXT:  %0 = stablehlo.reverse %arg0, dims = [0, 1] : tensor<2x6xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reverse(%arg0: tensor<2x6xf32>) {
  %0 = stablehlo.reverse %arg0, dims = [0, 1] : tensor<2x6xf32>
  func.return
}

// CHECK-LABEL: func.func @slice(
// CHECK-NEXT:  %0 = stablehlo.slice %arg0 [0:2, 1:6:3] : (tensor<6x6xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @slice(%arg0: tensor<6x6xf32>) {
  %0 = stablehlo.slice %arg0 [0:2, 1:6:3] : (tensor<6x6xf32>) -> tensor<2x2xf32>
  func.return
}

// CHECK-LABEL: func.func @real_dynamic_slice(
// CHECK-NEXT:  %0 = stablehlo.real_dynamic_slice %arg0, %arg1, %arg1, %arg1 : (tensor<2xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @real_dynamic_slice(%arg0: tensor<2xf32>, %arg1: tensor<1xi32>) {
  %0 = stablehlo.real_dynamic_slice %arg0, %arg1, %arg1, %arg1 : (tensor<2xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
  func.return
}

// CHECK-LABEL: func.func @transpose(
// CHECK-NEXT:  %0 = stablehlo.transpose %arg0, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @transpose(%arg0: tensor<2x3x4xf32>) {
  %0 = stablehlo.transpose %arg0, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @get_dimension_size(
// CHECK-NEXT:  %0 = stablehlo.get_dimension_size %arg0, dim = 0 : (tensor<?x3x4xf32>) -> tensor<i32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @get_dimension_size(%arg0: tensor<?x3x4xf32>) {
  %0 = stablehlo.get_dimension_size %arg0, dim = 0 : (tensor<?x3x4xf32>) -> tensor<i32>
  func.return
}

// CHECK-LABEL: func.func @set_dimension_size(
// CHECK-NEXT:  %0 = stablehlo.set_dimension_size %arg0, %arg1, dim = 0 : (tensor<3x4xf32>, tensor<i32>) -> tensor<?x4xf32, #stablehlo.bounds<3, ?>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @set_dimension_size(%arg0: tensor<3x4xf32>, %arg1: tensor<i32>) {
  %0 = stablehlo.set_dimension_size %arg0, %arg1, dim = 0 : (tensor<3x4xf32>, tensor<i32>) -> tensor<?x4xf32, #stablehlo.bounds<3, ?>>
  func.return
}

// CHECK-LABEL: func.func @dynamic_slice(
// CHECK-NEXT:  %0 = stablehlo.dynamic_slice %arg0, %arg1, %arg1, sizes = [2, 3] : (tensor<4x5xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_slice(%arg0: tensor<4x5xf32>, %arg1: tensor<i32>) {
  %0 = stablehlo.dynamic_slice %arg0, %arg1, %arg1, sizes = [2, 3] : (tensor<4x5xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_slice_2(
// CHECK-NEXT:  %0 = stablehlo.dynamic_slice %arg0, sizes = [] : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_slice_2(%arg0: tensor<f32>) {
  %0 = stablehlo.dynamic_slice %arg0, sizes = [] : (tensor<f32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_update_slice(
// CHECK-NEXT:  %0 = stablehlo.dynamic_update_slice %arg0, %arg1, %arg2, %arg2 : (tensor<4x5xf32>, tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<4x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_update_slice(%arg0: tensor<4x5xf32>, %arg1: tensor<2x3xf32>, %arg2: tensor<i32>) {
  %0 = stablehlo.dynamic_update_slice %arg0, %arg1, %arg2, %arg2 : (tensor<4x5xf32>, tensor<2x3xf32>, tensor<i32>, tensor<i32>) -> tensor<4x5xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_update_slice_2(
// CHECK-NEXT:  %0 = stablehlo.dynamic_update_slice %arg0, %arg0 : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_update_slice_2(%arg0: tensor<f32>) {
  %0 = stablehlo.dynamic_update_slice %arg0, %arg0 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @gather(
// CHECK-NEXT:  %0 = "stablehlo.gather"(%arg0, %arg1) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = true, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x3x1xi32>) -> tensor<2x3x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @gather(%arg0: tensor<5x4xf32>, %arg1: tensor<2x3x1xi32>) {
  %0 = "stablehlo.gather"(%arg0, %arg1) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = true, slice_sizes = array<i64: 1, 4>}> : (tensor<5x4xf32>, tensor<2x3x1xi32>) -> tensor<2x3x4xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_gather(
// CHECK-NEXT:  %0 = "stablehlo.dynamic_gather"(%arg0, %arg1, %arg2) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>}> : (tensor<5x4xf32>, tensor<2x3x1xi32>, tensor<2xi32>) -> tensor<2x3x?xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_gather(%arg0: tensor<5x4xf32>, %arg1: tensor<2x3x1xi32>, %arg2: tensor<2xi32>) {
  %0 = "stablehlo.dynamic_gather"(%arg0, %arg1, %arg2) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>}> : (tensor<5x4xf32>, tensor<2x3x1xi32>, tensor<2xi32>) -> tensor<2x3x?xf32>
  func.return
}

// CHECK-LABEL: func.func @scatter(
// CHECK-NEXT:  %0 = "stablehlo.scatter"(%arg0, %arg1, %arg2) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = true}> ({
// CHECK-NEXT:  ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.add %arg3, %arg4 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<5x4xf32>, tensor<2x1xi32>, tensor<2x4xf32>) -> tensor<5x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @scatter(%arg0: tensor<5x4xf32>, %arg1: tensor<2x1xi32>, %arg2: tensor<2x4xf32>) {
  %0 = "stablehlo.scatter"(%arg0, %arg1, %arg2) <{indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = true}> ({
  ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
    %1 = stablehlo.add %arg3, %arg4 : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<5x4xf32>, tensor<2x1xi32>, tensor<2x4xf32>) -> tensor<5x4xf32>
  func.return
}

// CHECK-LABEL: func.func @torch_index_select(
// CHECK-NEXT:  %0 = "stablehlo.torch_index_select"(%arg0, %arg1) <{batch_dims = 0 : i64, dim = 0 : i64}> : (tensor<5x4xf32>, tensor<2xi32>) -> tensor<2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @torch_index_select(%arg0: tensor<5x4xf32>, %arg1: tensor<2xi32>) {
  %0 = "stablehlo.torch_index_select"(%arg0, %arg1) <{batch_dims = 0 : i64, dim = 0 : i64}> : (tensor<5x4xf32>, tensor<2xi32>) -> tensor<2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @dot_general(
// CHECK-NEXT:  %0 = stablehlo.dot_general %arg0, %arg1, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dot_general(%arg0: tensor<2x3x4xf32>, %arg1: tensor<2x4x5xf32>) {
  %0 = stablehlo.dot_general %arg0, %arg1, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @dot_general_2(
// CHECK-NEXT:  %0 = stablehlo.dot_general %arg0, %arg1, batching_dims = [0] x [0], contracting_dims = [2] x [1], precision = [DEFAULT, HIGHEST] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dot_general_2(%arg0: tensor<2x3x4xf32>, %arg1: tensor<2x4x5xf32>) {
  %0 = stablehlo.dot_general %arg0, %arg1, batching_dims = [0] x [0], contracting_dims = [2] x [1], precision = [DEFAULT, HIGHEST] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @dot_general_3(
// CHECK-NEXT:  %0 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [] x [], precision = [DEFAULT, DEFAULT], algorithm = <lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = false> {my.q = 3 : i32} : (tensor<3xf32>, tensor<5xf32>) -> tensor<3x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dot_general_3(%arg0: tensor<3xf32>, %arg1: tensor<5xf32>) {
  %0 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [] x [], precision = [DEFAULT, DEFAULT], algorithm = <lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = false> {my.q = 3 : i32} : (tensor<3xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @dot_general_4(
// CHECK-NEXT:  %0 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [0] x [0] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dot_general_4(%arg0: tensor<3xf32>, %arg1: tensor<3xf32>) {
  %0 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [0] x [0] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @dot(
// CHECK-NEXT:  %0 = stablehlo.dot %arg0, %arg1 : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dot(%arg0: tensor<3x4xf32>, %arg1: tensor<4x5xf32>) {
  %0 = stablehlo.dot %arg0, %arg1 : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @dot_2(
// CHECK-NEXT:  %0 = stablehlo.dot %arg0, %arg1, precision = [DEFAULT, HIGHEST] : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dot_2(%arg0: tensor<3x4xf32>, %arg1: tensor<4x5xf32>) {
  %0 = stablehlo.dot %arg0, %arg1, precision = [DEFAULT, HIGHEST] : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @einsum(
// CHECK-NEXT:  %0 = stablehlo.einsum %arg0, %arg1, config = "ij,jk->ik" : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @einsum(%arg0: tensor<3x4xf32>, %arg1: tensor<4x5xf32>) {
  %0 = stablehlo.einsum %arg0, %arg1, config = "ij,jk->ik" : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  func.return
}

// CHECK-LABEL: func.func @unary_einsum(
// CHECK-NEXT:  %0 = stablehlo.unary_einsum %arg0, config = "ij->ji" : (tensor<3x4xf32>) -> tensor<4x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @unary_einsum(%arg0: tensor<3x4xf32>) {
  %0 = stablehlo.unary_einsum %arg0, config = "ij->ji" : (tensor<3x4xf32>) -> tensor<4x3xf32>
  func.return
}

// CHECK-LABEL: func.func @convolution(
// CHECK-NEXT:  %0 = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x8x3xf32>, tensor<3x3x3x5xf32>) -> tensor<1x6x6x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @convolution(%arg0: tensor<1x8x8x3xf32>, %arg1: tensor<3x3x3x5xf32>) {
  %0 = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x8x8x3xf32>, tensor<3x3x3x5xf32>) -> tensor<1x6x6x5xf32>
  func.return
}

// CHECK-LABEL: func.func @convolution_2(
// CHECK-NEXT:  %0 = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = {{\[\[}}1, 1], [2, 2{{\]\]}}, rhs_dilate = [1, 1], reverse = [false, true]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGHEST>]} : (tensor<1x8x8x3xf32>, tensor<3x3x3x5xf32>) -> tensor<1x4x5x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @convolution_2(%arg0: tensor<1x8x8x3xf32>, %arg1: tensor<3x3x3x5xf32>) {
  %0 = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[1, 1], [2, 2]], rhs_dilate = [1, 1], reverse = [false, true]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGHEST>]} : (tensor<1x8x8x3xf32>, tensor<3x3x3x5xf32>) -> tensor<1x4x5x5xf32>
  func.return
}

// CHECK-LABEL: func.func @dynamic_conv(
// CHECK-NEXT:  %0 = "stablehlo.dynamic_conv"(%arg0, %arg1, %arg2) <{batch_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>, feature_group_count = 1 : i64}> : (tensor<1x8x8x3xf32>, tensor<3x3x3x5xf32>, tensor<2x2xi32>) -> tensor<1x?x?x5xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @dynamic_conv(%arg0: tensor<1x8x8x3xf32>, %arg1: tensor<3x3x3x5xf32>, %arg2: tensor<2x2xi32>) {
  %0 = "stablehlo.dynamic_conv"(%arg0, %arg1, %arg2) <{batch_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>, feature_group_count = 1 : i64}> : (tensor<1x8x8x3xf32>, tensor<3x3x3x5xf32>, tensor<2x2xi32>) -> tensor<1x?x?x5xf32>
  func.return
}

// CHECK-LABEL: func.func @cholesky(
// CHECK-NEXT:  %0 = stablehlo.cholesky %arg0, lower = true : tensor<3x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cholesky(%arg0: tensor<3x3xf32>) {
  %0 = stablehlo.cholesky %arg0, lower = true : tensor<3x3xf32>
  func.return
}

// CHECK-LABEL: func.func @cholesky_2(
// CHECK-NEXT:  %0 = stablehlo.cholesky %arg0 : tensor<3x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cholesky_2(%arg0: tensor<3x3xf32>) {
  %0 = stablehlo.cholesky %arg0 : tensor<3x3xf32>
  func.return
}

// CHECK-LABEL: func.func @triangular_solve(
// CHECK-NEXT:  %0 = "stablehlo.triangular_solve"(%arg0, %arg1) <{left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @triangular_solve(%arg0: tensor<3x3xf32>, %arg1: tensor<3x2xf32>) {
  %0 = "stablehlo.triangular_solve"(%arg0, %arg1) <{left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false}> : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  func.return
}

// CHECK-LABEL: func.func @fft(
// CHECK-NEXT:  %0 = stablehlo.fft %arg0, type = RFFT, length = [8] : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @fft(%arg0: tensor<3x8xf32>) {
  %0 = stablehlo.fft %arg0, type = RFFT, length = [8] : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
  func.return
}

// CHECK-LABEL: func.func @reduce(
// CHECK-NEXT:  %0 = stablehlo.reduce(%arg0 init: %arg1) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce(%arg0: tensor<3x8xf32>, %arg1: tensor<f32>) {
  %0 = stablehlo.reduce(%arg0 init: %arg1) applies stablehlo.add across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32>
  func.return
}

// CHECK-LABEL: func.func @reduce_2(
// CHECK-NEXT:  %0 = stablehlo.reduce(%arg0 init: %arg1) applies stablehlo.maximum across dimensions = [1, 0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_2(%arg0: tensor<3x8xf32>, %arg1: tensor<f32>) {
  %0 = stablehlo.reduce(%arg0 init: %arg1) applies stablehlo.maximum across dimensions = [1, 0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @reduce_3(
// CHECK-NEXT:  %0, %1 = stablehlo.reduce(%arg0 init: %arg2), (%arg1 init: %arg3) across dimensions = [0] {my.z = 1 : i32} : (tensor<3x8xf32>, tensor<3x8xi32>, tensor<f32>, tensor<i32>) -> (tensor<8xf32>, tensor<8xi32>) reducer(%arg4: tensor<f32>, %arg6: tensor<f32>) (%arg5: tensor<i32>, %arg7: tensor<i32>) {
// CHECK-NEXT:  %2 = stablehlo.add %arg4, %arg6 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %2, %arg5 : tensor<f32>, tensor<i32>
// CHECK-NEXT:  }
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_3(%arg0: tensor<3x8xf32>, %arg1: tensor<3x8xi32>, %arg2: tensor<f32>, %arg3: tensor<i32>) {
  %0, %1 = stablehlo.reduce(%arg0 init: %arg2), (%arg1 init: %arg3) across dimensions = [0] {my.z = 1 : i32} : (tensor<3x8xf32>, tensor<3x8xi32>, tensor<f32>, tensor<i32>) -> (tensor<8xf32>, tensor<8xi32>) reducer(%arg4: tensor<f32>, %arg6: tensor<f32>) (%arg5: tensor<i32>, %arg7: tensor<i32>) {
    %2 = stablehlo.add %arg4, %arg6 : tensor<f32>
    stablehlo.return %2, %arg5 : tensor<f32>, tensor<i32>
  }
  func.return
}

// CHECK-LABEL: func.func @reduce_4(
// CHECK-NEXT:  %0 = stablehlo.reduce(%arg0 init: %arg1) across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32> reducer(%arg2: tensor<f32>, %arg3: tensor<f32>) {
// CHECK-NEXT:  %1 = stablehlo.subtract %arg3, %arg2 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<f32>
// CHECK-NEXT:  }
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_4(%arg0: tensor<3x8xf32>, %arg1: tensor<f32>) {
  %0 = stablehlo.reduce(%arg0 init: %arg1) across dimensions = [0] : (tensor<3x8xf32>, tensor<f32>) -> tensor<8xf32> reducer(%arg2: tensor<f32>, %arg3: tensor<f32>) {
    %1 = stablehlo.subtract %arg3, %arg2 : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }
  func.return
}

// CHECK-LABEL: func.func @reduce_window(
// CHECK-NEXT:  %0 = "stablehlo.reduce_window"(%arg0, %arg1) <{window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 1>}> ({
// CHECK-NEXT:  ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.add %arg2, %arg3 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<4x8xf32>, tensor<f32>) -> tensor<2x7xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_window(%arg0: tensor<4x8xf32>, %arg1: tensor<f32>) {
  %0 = "stablehlo.reduce_window"(%arg0, %arg1) <{window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 1>}> ({
  ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
    %1 = stablehlo.add %arg2, %arg3 : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4x8xf32>, tensor<f32>) -> tensor<2x7xf32>
  func.return
}

// CHECK-LABEL: func.func @select_and_scatter(
// CHECK-NEXT:  %0 = "stablehlo.select_and_scatter"(%arg0, %arg1, %arg2) <{padding = dense<0> : tensor<2x2xi64>, window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 2>}> ({
// CHECK-NEXT:  ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.compare GE, %arg3, %arg4 : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:  stablehlo.return %1 : tensor<i1>
// CHECK-NEXT:  }, {
// CHECK-NEXT:  ^bb0(%arg3_1: tensor<f32>, %arg4_1: tensor<f32>):
// CHECK-NEXT:  %2 = stablehlo.add %arg3_1, %arg4_1 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %2 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<4x8xf32>, tensor<2x4xf32>, tensor<f32>) -> tensor<4x8xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @select_and_scatter(%arg0: tensor<4x8xf32>, %arg1: tensor<2x4xf32>, %arg2: tensor<f32>) {
  %0 = "stablehlo.select_and_scatter"(%arg0, %arg1, %arg2) <{padding = dense<0> : tensor<2x2xi64>, window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 2>}> ({
  ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
    %1 = stablehlo.compare GE, %arg3, %arg4 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }, {
  ^bb0(%arg3_1: tensor<f32>, %arg4_1: tensor<f32>):
    %2 = stablehlo.add %arg3_1, %arg4_1 : tensor<f32>
    stablehlo.return %2 : tensor<f32>
  }) : (tensor<4x8xf32>, tensor<2x4xf32>, tensor<f32>) -> tensor<4x8xf32>
  func.return
}

// CHECK-LABEL: func.func @map(
// CHECK-NEXT:  %0 = "stablehlo.map"(%arg0, %arg1) <{dimensions = array<i64: 0, 1>}> ({
// CHECK-NEXT:  ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.add %arg2, %arg3 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @map(%arg0: tensor<4x8xf32>, %arg1: tensor<4x8xf32>) {
  %0 = "stablehlo.map"(%arg0, %arg1) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
    %1 = stablehlo.add %arg2, %arg3 : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  func.return
}

// CHECK-LABEL: func.func @sort(
// CHECK-NEXT:  %0 = "stablehlo.sort"(%arg0) <{dimension = 1 : i64, is_stable = true}> ({
// CHECK-NEXT:  ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.compare LT, %arg1, %arg2 : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:  stablehlo.return %1 : tensor<i1>
// CHECK-NEXT:  }) : (tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @sort(%arg0: tensor<4x8xf32>) {
  %0 = "stablehlo.sort"(%arg0) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
    %1 = stablehlo.compare LT, %arg1, %arg2 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  func.return
}

// CHECK-LABEL: func.func @batch_norm_grad(
// CHECK-NEXT:  %grad_operand, %grad_scale, %grad_offset = "stablehlo.batch_norm_grad"(%arg0, %arg1, %arg1, %arg1, %arg0) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @batch_norm_grad(%arg0: tensor<2x3xf32>, %arg1: tensor<3xf32>) {
  %grad_operand, %grad_scale, %grad_offset = "stablehlo.batch_norm_grad"(%arg0, %arg1, %arg1, %arg1, %arg0) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// CHECK-LABEL: func.func @batch_norm_inference(
// CHECK-NEXT:  %0 = "stablehlo.batch_norm_inference"(%arg0, %arg1, %arg1, %arg1, %arg1) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @batch_norm_inference(%arg0: tensor<2x3xf32>, %arg1: tensor<3xf32>) {
  %0 = "stablehlo.batch_norm_inference"(%arg0, %arg1, %arg1, %arg1, %arg1) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  func.return
}

// CHECK-LABEL: func.func @batch_norm_training(
// CHECK-NEXT:  %output, %batch_mean, %batch_var = "stablehlo.batch_norm_training"(%arg0, %arg1, %arg1) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @batch_norm_training(%arg0: tensor<2x3xf32>, %arg1: tensor<3xf32>) {
  %output, %batch_mean, %batch_var = "stablehlo.batch_norm_training"(%arg0, %arg1, %arg1) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>)
  func.return
}

// CHECK-LABEL: func.func @rng(
// CHECK-NEXT:  %0 = stablehlo.rng %arg0, %arg0, %arg1, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<?xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @rng(%arg0: tensor<f32>, %arg1: tensor<1xi64>) {
  %0 = stablehlo.rng %arg0, %arg0, %arg1, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<?xf32>
  func.return
}

// CHECK-LABEL: func.func @rng_bit_generator(
// CHECK-NEXT:  %output_state, %output = stablehlo.rng_bit_generator %arg0, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @rng_bit_generator(%arg0: tensor<2xui64>) {
  %output_state, %output = stablehlo.rng_bit_generator %arg0, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui32>)
  func.return
}

// CHECK-LABEL: func.func @case(
// CHECK-NEXT:  %0 = "stablehlo.case"(%arg1) ({
// CHECK-NEXT:  stablehlo.return %arg0 : tensor<f32>
// CHECK-NEXT:  }, {
// CHECK-NEXT:  stablehlo.return %arg0 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<i32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @case(%arg0: tensor<f32>, %arg1: tensor<i32>) {
  %0 = "stablehlo.case"(%arg1) ({
    stablehlo.return %arg0 : tensor<f32>
  }, {
    stablehlo.return %arg0 : tensor<f32>
  }) : (tensor<i32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @if(
// CHECK-NEXT:  %0 = "stablehlo.if"(%arg1) ({
// CHECK-NEXT:  stablehlo.return %arg0 : tensor<f32>
// CHECK-NEXT:  }, {
// CHECK-NEXT:  stablehlo.return %arg0 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<i1>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @if(%arg0: tensor<f32>, %arg1: tensor<i1>) {
  %0 = "stablehlo.if"(%arg1) ({
    stablehlo.return %arg0 : tensor<f32>
  }, {
    stablehlo.return %arg0 : tensor<f32>
  }) : (tensor<i1>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @while(
// CHECK-NEXT:  %0, %1 = stablehlo.while(%iterArg = %arg0, %iterArg_1 = %arg1) : tensor<f32>, tensor<i1> attributes {my.x = 1 : i32} cond {
// CHECK-NEXT:  stablehlo.return %iterArg_1 : tensor<i1>
// CHECK-NEXT:  } do {
// CHECK-NEXT:  stablehlo.return %iterArg, %iterArg_1 : tensor<f32>, tensor<i1>
// CHECK-NEXT:  }
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @while(%arg0: tensor<f32>, %arg1: tensor<i1>) {
  %0, %1 = stablehlo.while(%iterArg = %arg0, %iterArg_1 = %arg1) : tensor<f32>, tensor<i1> attributes {my.x = 1 : i32} cond {
    stablehlo.return %iterArg_1 : tensor<i1>
  } do {
    stablehlo.return %iterArg, %iterArg_1 : tensor<f32>, tensor<i1>
  }
  func.return
}

// CHECK-LABEL: func.func @while_2(
// CHECK-NEXT:  stablehlo.while() cond {
// CHECK-NEXT:  %c = stablehlo.constant dense<false> : tensor<i1>
// CHECK-NEXT:  stablehlo.return %c : tensor<i1>
// CHECK-NEXT:  } do {
// CHECK-NEXT:  stablehlo.return
// CHECK-NEXT:  }
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @while_2() {
  stablehlo.while() cond {
    %c = stablehlo.constant dense<false> : tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    stablehlo.return
  }
  func.return
}

// CHECK-LABEL: func.func @composite(
// CHECK-NEXT:  %0 = stablehlo.composite "my.op" %arg0 {composite_attributes = {n = 3 : i32}, decomposition = @dec, version = 1 : i32} : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @composite(%arg0: tensor<f32>) {
  %0 = stablehlo.composite "my.op" %arg0 {composite_attributes = {n = 3 : i32}, decomposition = @dec, version = 1 : i32} : (tensor<f32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @composite_2(
// CHECK-NEXT:  %0, %1 = stablehlo.composite "my.op2" %arg0 {decomposition = @dec2} : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @composite_2(%arg0: tensor<f32>) {
  %0, %1 = stablehlo.composite "my.op2" %arg0 {decomposition = @dec2} : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  func.return
}

// CHECK-LABEL: func.func @custom_call(
// CHECK-NEXT:  %0 = stablehlo.custom_call @foo(%arg0) {api_version = 4 : i32, backend_config = {x = 1 : i32}, has_side_effect = true, mhlo.q = 1 : i32} : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @custom_call(%arg0: tensor<f32>) {
  %0 = stablehlo.custom_call @foo(%arg0) {api_version = 4 : i32, backend_config = {x = 1 : i32}, has_side_effect = true, mhlo.q = 1 : i32} : (tensor<f32>) -> tensor<f32>
  func.return
}

// CHECK-LABEL: func.func @custom_call_2(
// CHECK-NEXT:  %0, %1 = stablehlo.custom_call @"foo bar"(%arg0, %arg0) {backend_config = "", called_computations = [@dec], operand_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [0], operand_index = 0, operand_tuple_indices = []>], result_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>]} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @custom_call_2(%arg0: tensor<2xf32>) {
  %0, %1 = stablehlo.custom_call @"foo bar"(%arg0, %arg0) {backend_config = "", called_computations = [@dec], operand_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [0], operand_index = 0, operand_tuple_indices = []>], result_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>]} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  func.return
}

// CHECK-LABEL: func.func @custom_call_3(
// CHECK-NEXT:  stablehlo.custom_call @foo() : () -> ()
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @custom_call_3() {
  stablehlo.custom_call @foo() : () -> ()
  func.return
}

// CHECK-LABEL: func.func @optimization_barrier(
// CHECK-NEXT:  %0, %1 = stablehlo.optimization_barrier %arg0, %arg1 : tensor<2xf32>, tensor<i1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @optimization_barrier(%arg0: tensor<2xf32>, %arg1: tensor<i1>) {
  %0, %1 = stablehlo.optimization_barrier %arg0, %arg1 : tensor<2xf32>, tensor<i1>
  func.return
}

// CHECK-LABEL: func.func @optimization_barrier_2(
// CHECK-NEXT:  stablehlo.optimization_barrier()
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @optimization_barrier_2() {
  stablehlo.optimization_barrier()
  func.return
}

// CHECK-LABEL: func.func @tuple(
// CHECK-NEXT:  %0 = stablehlo.tuple %arg0, %arg1 : tuple<tensor<2xf32>, tensor<i1>>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @tuple(%arg0: tensor<2xf32>, %arg1: tensor<i1>) {
  %0 = stablehlo.tuple %arg0, %arg1 : tuple<tensor<2xf32>, tensor<i1>>
  func.return
}

// CHECK-LABEL: func.func @tuple_2(
// CHECK-NEXT:  %0 = stablehlo.tuple  : tuple<>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @tuple_2() {
  %0 = stablehlo.tuple  : tuple<>
  func.return
}

// CHECK-LABEL: func.func @get_tuple_element(
// CHECK-NEXT:  %0 = stablehlo.get_tuple_element %arg0[1] : (tuple<tensor<2xf32>, tensor<i1>>) -> tensor<i1>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @get_tuple_element(%arg0: tuple<tensor<2xf32>, tensor<i1>>) {
  %0 = stablehlo.get_tuple_element %arg0[1] : (tuple<tensor<2xf32>, tensor<i1>>) -> tensor<i1>
  func.return
}

// CHECK-LABEL: func.func @after_all(
// CHECK-NEXT:  %0 = stablehlo.after_all %arg0, %arg0 : !stablehlo.token
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @after_all(%arg0: !stablehlo.token) {
  %0 = stablehlo.after_all %arg0, %arg0 : !stablehlo.token
  func.return
}

// CHECK-LABEL: func.func @after_all_2(
// CHECK-NEXT:  %0 = stablehlo.after_all  : !stablehlo.token
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @after_all_2() {
  %0 = stablehlo.after_all  : !stablehlo.token
  func.return
}

// CHECK-LABEL: func.func @create_token(
// CHECK-NEXT:  %0 = stablehlo.create_token : !stablehlo.token
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @create_token() {
  %0 = stablehlo.create_token : !stablehlo.token
  func.return
}

// CHECK-LABEL: func.func @infeed(
// CHECK-NEXT:  %0, %1 = "stablehlo.infeed"(%arg0) <{infeed_config = "x", layout = {{\[\[}}0 : i64{{\]\]}}}> : (!stablehlo.token) -> (tensor<2xf32>, !stablehlo.token)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @infeed(%arg0: !stablehlo.token) {
  %0, %1 = "stablehlo.infeed"(%arg0) <{infeed_config = "x", layout = [[0 : i64]]}> : (!stablehlo.token) -> (tensor<2xf32>, !stablehlo.token)
  func.return
}

// CHECK-LABEL: func.func @outfeed(
// CHECK-NEXT:  %0 = "stablehlo.outfeed"(%arg1, %arg0) <{outfeed_config = "x"}> : (tensor<f32>, !stablehlo.token) -> !stablehlo.token
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @outfeed(%arg0: !stablehlo.token, %arg1: tensor<f32>) {
  %0 = "stablehlo.outfeed"(%arg1, %arg0) <{outfeed_config = "x"}> : (tensor<f32>, !stablehlo.token) -> !stablehlo.token
  func.return
}

// CHECK-LABEL: func.func @recv(
// CHECK-NEXT:  %0, %1 = "stablehlo.recv"(%arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 3>, is_host_transfer = true}> : (!stablehlo.token) -> (tensor<2xf32>, !stablehlo.token)
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @recv(%arg0: !stablehlo.token) {
  %0, %1 = "stablehlo.recv"(%arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 3>, is_host_transfer = true}> : (!stablehlo.token) -> (tensor<2xf32>, !stablehlo.token)
  func.return
}

// CHECK-LABEL: func.func @send(
// CHECK-NEXT:  %0 = "stablehlo.send"(%arg1, %arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 2>, is_host_transfer = true}> : (tensor<f32>, !stablehlo.token) -> !stablehlo.token
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @send(%arg0: !stablehlo.token, %arg1: tensor<f32>) {
  %0 = "stablehlo.send"(%arg1, %arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 2>, is_host_transfer = true}> : (tensor<f32>, !stablehlo.token) -> !stablehlo.token
  func.return
}

// CHECK-LABEL: func.func @all_gather(
// CHECK-NEXT:  %0 = "stablehlo.all_gather"(%arg0) <{all_gather_dim = 1 : i64, channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>, use_global_device_ids}> : (tensor<2x4xf32>) -> tensor<2x8xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_gather(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.all_gather"(%arg0) <{all_gather_dim = 1 : i64, channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, use_global_device_ids}> : (tensor<2x4xf32>) -> tensor<2x8xf32>
  func.return
}

// CHECK-LABEL: func.func @all_reduce(
// CHECK-NEXT:  %0 = "stablehlo.all_reduce"(%arg0) <{replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>}> ({
// CHECK-NEXT:  ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.add %arg1, %arg2 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_reduce(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.all_reduce"(%arg0) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({
  ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
    %1 = stablehlo.add %arg1, %arg2 : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @all_to_all(
// CHECK-NEXT:  %0 = "stablehlo.all_to_all"(%arg0) <{concat_dimension = 0 : i64, replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>, split_count = 2 : i64, split_dimension = 1 : i64}> : (tensor<2x4xf32>) -> tensor<4x2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @all_to_all(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.all_to_all"(%arg0) <{concat_dimension = 0 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, split_count = 2 : i64, split_dimension = 1 : i64}> : (tensor<2x4xf32>) -> tensor<4x2xf32>
  func.return
}

// CHECK-LABEL: func.func @collective_broadcast(
// CHECK-NEXT:  %0 = "stablehlo.collective_broadcast"(%arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @collective_broadcast(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.collective_broadcast"(%arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @collective_permute(
// CHECK-NEXT:  %0 = "stablehlo.collective_permute"(%arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, source_target_pairs = dense<{{\[\[}}0, 1], [1, 0{{\]\]}}> : tensor<2x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @collective_permute(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.collective_permute"(%arg0) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, source_target_pairs = dense<[[0, 1], [1, 0]]> : tensor<2x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @cross_replica_sum(
// CHECK-NEXT:  %0 = "stablehlo.cross-replica-sum"(%arg0) <{replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @cross_replica_sum(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.cross-replica-sum"(%arg0) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
  func.return
}

// CHECK-LABEL: func.func @partition_id(
// CHECK-NEXT:  %0 = stablehlo.partition_id : tensor<ui32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @partition_id() {
  %0 = stablehlo.partition_id : tensor<ui32>
  func.return
}

// CHECK-LABEL: func.func @replica_id(
// CHECK-NEXT:  %0 = stablehlo.replica_id : tensor<ui32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @replica_id() {
  %0 = stablehlo.replica_id : tensor<ui32>
  func.return
}

// CHECK-LABEL: func.func @reduce_scatter(
// CHECK-NEXT:  %0 = "stablehlo.reduce_scatter"(%arg0) <{replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>, scatter_dimension = 1 : i64}> ({
// CHECK-NEXT:  ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
// CHECK-NEXT:  %1 = stablehlo.add %arg1, %arg2 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<2x4xf32>) -> tensor<2x2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @reduce_scatter(%arg0: tensor<2x4xf32>) {
  %0 = "stablehlo.reduce_scatter"(%arg0) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, scatter_dimension = 1 : i64}> ({
  ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
    %1 = stablehlo.add %arg1, %arg2 : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<2x4xf32>) -> tensor<2x2xf32>
  func.return
}

// CHECK-LABEL: func.func @async_start(
// CHECK-NEXT:  %0 = "stablehlo.async_start"(%arg0) ({
// CHECK-NEXT:  ^bb0(%arg1: tensor<2xf32>):
// CHECK-NEXT:  %1 = "stablehlo.all_reduce"(%arg1) <{replica_groups = dense<{{\[\[}}0, 1{{\]\]}}> : tensor<1x2xi64>}> ({
// CHECK-NEXT:  ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
// CHECK-NEXT:  %2 = stablehlo.add %arg2, %arg3 : tensor<f32>
// CHECK-NEXT:  stablehlo.return %2 : tensor<f32>
// CHECK-NEXT:  }) : (tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT:  stablehlo.return %1 : tensor<2xf32>
// CHECK-NEXT:  }) : (tensor<2xf32>) -> !stablehlo.future<tensor<2xf32>>
// CHECK-NEXT:  %3 = "stablehlo.async_done"(%0) : (!stablehlo.future<tensor<2xf32>>) -> tensor<2xf32>
// CHECK-NEXT:  func.return
// CHECK-NEXT:  }
func.func @async_start(%arg0: tensor<2xf32>) {
  %0 = "stablehlo.async_start"(%arg0) ({
  ^bb0(%arg1: tensor<2xf32>):
    %1 = "stablehlo.all_reduce"(%arg1) <{replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}> ({
    ^bb0(%arg2: tensor<f32>, %arg3: tensor<f32>):
      %2 = stablehlo.add %arg2, %arg3 : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }) : (tensor<2xf32>) -> tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<2xf32>) -> !stablehlo.future<tensor<2xf32>>
  %3 = "stablehlo.async_done"(%0) : (!stablehlo.future<tensor<2xf32>>) -> tensor<2xf32>
  func.return
}
