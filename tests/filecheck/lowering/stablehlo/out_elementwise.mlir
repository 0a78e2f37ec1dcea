// RUN: letgrad-opt %s -t 'stablehlo{optimize=false}' | filecheck %s

// CHECK-LABEL: "func.func"() <{sym_name = "floats", function_type = (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<3xf64>, [[Y:%[^ ,:)]+]]: tensor<3xf64>):
// CHECK-NEXT:    [[ADD:%.*]] = "stablehlo.add"([[X]], [[Y]]) : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[TANH:%.*]] = "stablehlo.tanh"([[ADD]]) : (tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    [[ERF:%.*]] = "chlo.erf"([[TANH]]) : (tensor<3xf64>) -> tensor<3xf64>
// CHECK-NEXT:    "func.return"([[ERF]]) : (tensor<3xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @floats(%x: tensor<3xf64>, %y: tensor<3xf64>) -> tensor<3xf64> {
  %0 = arith.addf %x, %y : tensor<3xf64>
  %1 = math.tanh %0 : tensor<3xf64>
  %2 = math.erf %1 : tensor<3xf64>
  func.return %2 : tensor<3xf64>
}

// Floats of 16 bits are computed in f32, and rounded once.
// CHECK-LABEL: "func.func"() <{sym_name = "short_floats", function_type = (tensor<bf16>) -> tensor<bf16>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<bf16>):
// CHECK-NEXT:    [[CONVERT:%.*]] = "stablehlo.convert"([[X]]) : (tensor<bf16>) -> tensor<f32>
// CHECK-NEXT:    [[EXPONENTIAL:%.*]] = "stablehlo.exponential"([[CONVERT]]) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:    [[CONVERT_1:%.*]] = "stablehlo.convert"([[EXPONENTIAL]]) : (tensor<f32>) -> tensor<bf16>
// CHECK-NEXT:    "func.return"([[CONVERT_1]]) : (tensor<bf16>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @short_floats(%x: bf16) -> bf16 {
  %0 = math.exp %x : bf16
  func.return %0 : bf16
}

// A sum of two zeros is -0 only if both are: XLA leaves this sign open.
// CHECK-LABEL: "func.func"() <{sym_name = "maximum_of_zeros", function_type = (tensor<f32>, tensor<f32>) -> tensor<f32>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<f32>, [[Y:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<f32>}> : () -> tensor<f32>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[X]], [[CONSTANT]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<f32>}> : () -> tensor<f32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = "stablehlo.compare"([[Y]], [[CONSTANT_1]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f32>, tensor<f32>) -> tensor<i1>
// CHECK-NEXT:    [[AND:%.*]] = "stablehlo.and"([[COMPARE]], [[COMPARE_1]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:    [[ADD:%.*]] = "stablehlo.add"([[X]], [[Y]]) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:    [[MAXIMUM:%.*]] = "stablehlo.maximum"([[X]], [[Y]]) : (tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[AND]], [[ADD]], [[MAXIMUM]]) : (tensor<i1>, tensor<f32>, tensor<f32>) -> tensor<f32>
// CHECK-NEXT:    "func.return"([[SELECT]]) : (tensor<f32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @maximum_of_zeros(%x: f32, %y: f32) -> f32 {
  %0 = arith.maximumf %x, %y : f32
  func.return %0 : f32
}

// XLA leaves open what a quotient by 0 is, and what the least integer by -1 is.
// CHECK-LABEL: "func.func"() <{sym_name = "quotient_by_zero", function_type = (tensor<i32>, tensor<i32>) -> tensor<i32>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<i32>, [[Y:%[^ ,:)]+]]: tensor<i32>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[Y]], [[CONSTANT]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<i32>, tensor<i32>) -> tensor<i1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<-1> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = "stablehlo.compare"([[Y]], [[CONSTANT_1]]) <{comparison_direction = #stablehlo<comparison_direction EQ>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<i32>, tensor<i32>) -> tensor<i1>
// CHECK-NEXT:    [[OR:%.*]] = "stablehlo.or"([[COMPARE]], [[COMPARE_1]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<1> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[OR]], [[CONSTANT_2]], [[Y]]) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[NEGATE:%.*]] = "stablehlo.negate"([[X]]) : (tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[DIVIDE:%.*]] = "stablehlo.divide"([[X]], [[SELECT]]) : (tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[SELECT_1:%.*]] = "stablehlo.select"([[COMPARE_1]], [[NEGATE]], [[DIVIDE]]) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[REMAINDER:%.*]] = "stablehlo.remainder"([[X]], [[SELECT]]) : (tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[SELECT_2:%.*]] = "stablehlo.select"([[COMPARE_1]], [[CONSTANT_3]], [[REMAINDER]]) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[SELECT_3:%.*]] = "stablehlo.select"([[COMPARE]], [[CONSTANT_4]], [[SELECT_1]]) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    [[CONSTANT_5:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i32>}> : () -> tensor<i32>
// CHECK-NEXT:    [[SELECT_4:%.*]] = "stablehlo.select"([[COMPARE]], [[CONSTANT_5]], [[SELECT_2]]) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    "func.return"([[SELECT_3]]) : (tensor<i32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @quotient_by_zero(%x: i32, %y: i32) -> i32 {
  %0 = arith.divsi %x, %y : i32
  func.return %0 : i32
}

// CHECK-LABEL: "func.func"() <{sym_name = "shift_beyond_the_width", function_type = (tensor<i16>, tensor<i16>) -> tensor<i16>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<i16>, [[Y:%[^ ,:)]+]]: tensor<i16>):
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[Y]]) : (tensor<i16>) -> tensor<ui16>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<16> : tensor<ui16>}> : () -> tensor<ui16>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[CONSTANT]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<ui16>, tensor<ui16>) -> tensor<i1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i16>}> : () -> tensor<i16>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[COMPARE]], [[Y]], [[CONSTANT_1]]) : (tensor<i1>, tensor<i16>, tensor<i16>) -> tensor<i16>
// CHECK-NEXT:    [[SHIFT_LEFT:%.*]] = "stablehlo.shift_left"([[X]], [[SELECT]]) : (tensor<i16>, tensor<i16>) -> tensor<i16>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i16>}> : () -> tensor<i16>
// CHECK-NEXT:    [[SELECT_1:%.*]] = "stablehlo.select"([[COMPARE]], [[SHIFT_LEFT]], [[CONSTANT_2]]) : (tensor<i1>, tensor<i16>, tensor<i16>) -> tensor<i16>
// CHECK-NEXT:    "func.return"([[SELECT_1]]) : (tensor<i16>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @shift_beyond_the_width(%x: i16, %y: i16) -> i16 {
  %0 = arith.shli %x, %y : i16
  func.return %0 : i16
}

// CHECK-LABEL: "func.func"() <{sym_name = "unsigned_comparison", function_type = (tensor<i8>, tensor<i8>) -> tensor<i1>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<i8>, [[Y:%[^ ,:)]+]]: tensor<i8>):
// CHECK-NEXT:    [[BITCAST_CONVERT:%.*]] = "stablehlo.bitcast_convert"([[X]]) : (tensor<i8>) -> tensor<ui8>
// CHECK-NEXT:    [[BITCAST_CONVERT_1:%.*]] = "stablehlo.bitcast_convert"([[Y]]) : (tensor<i8>) -> tensor<ui8>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[BITCAST_CONVERT]], [[BITCAST_CONVERT_1]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<ui8>, tensor<ui8>) -> tensor<i1>
// CHECK-NEXT:    "func.return"([[COMPARE]]) : (tensor<i1>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @unsigned_comparison(%x: i8, %y: i8) -> i1 {
  %0 = arith.cmpi ult, %x, %y : i8
  func.return %0 : i1
}

// A set i1 is -1 as a signed integer: -1 < 0.
// CHECK-LABEL: "func.func"() <{sym_name = "signed_comparison_of_i1", function_type = (tensor<i1>, tensor<i1>) -> tensor<i1>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<i1>, [[Y:%[^ ,:)]+]]: tensor<i1>):
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[Y]], [[X]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type UNSIGNED>}> : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:    "func.return"([[COMPARE]]) : (tensor<i1>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @signed_comparison_of_i1(%x: i1, %y: i1) -> i1 {
  %0 = arith.cmpi slt, %x, %y : i1
  func.return %0 : i1
}

// NaN becomes 0, and other floats saturate.
// CHECK-LABEL: "func.func"() <{sym_name = "float_to_integer", function_type = (tensor<2xf32>) -> tensor<2xi8>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<2xf32>):
// CHECK-NEXT:    [[CONVERT:%.*]] = "stablehlo.convert"([[X]]) : (tensor<2xf32>) -> tensor<2xf64>
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<-1.280000e+02> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT]]) <{broadcast_dimensions = array<i64>}> : (tensor<f64>) -> tensor<2xf64>
// CHECK-NEXT:    [[COMPARE:%.*]] = "stablehlo.compare"([[CONVERT]], [[BROADCAST_IN_DIM]]) <{comparison_direction = #stablehlo<comparison_direction LE>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xi1>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<1.270000e+02> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:    [[BROADCAST_IN_DIM_1:%.*]] = "stablehlo.broadcast_in_dim"([[CONSTANT_1]]) <{broadcast_dimensions = array<i64>}> : (tensor<f64>) -> tensor<2xf64>
// CHECK-NEXT:    [[COMPARE_1:%.*]] = "stablehlo.compare"([[CONVERT]], [[BROADCAST_IN_DIM_1]]) <{comparison_direction = #stablehlo<comparison_direction GE>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xi1>
// CHECK-NEXT:    [[OR:%.*]] = "stablehlo.or"([[COMPARE]], [[COMPARE_1]]) : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
// CHECK-NEXT:    [[COMPARE_2:%.*]] = "stablehlo.compare"([[CONVERT]], [[CONVERT]]) <{comparison_direction = #stablehlo<comparison_direction NE>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xi1>
// CHECK-NEXT:    [[OR_1:%.*]] = "stablehlo.or"([[OR]], [[COMPARE_2]]) : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<2xf64>}> : () -> tensor<2xf64>
// CHECK-NEXT:    [[SELECT:%.*]] = "stablehlo.select"([[OR_1]], [[CONSTANT_2]], [[CONVERT]]) : (tensor<2xi1>, tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
// CHECK-NEXT:    [[CONVERT_1:%.*]] = "stablehlo.convert"([[SELECT]]) : (tensor<2xf64>) -> tensor<2xi8>
// CHECK-NEXT:    [[CONSTANT_3:%.*]] = "stablehlo.constant"() <{value = dense<127> : tensor<2xi8>}> : () -> tensor<2xi8>
// CHECK-NEXT:    [[SELECT_1:%.*]] = "stablehlo.select"([[COMPARE_1]], [[CONSTANT_3]], [[CONVERT_1]]) : (tensor<2xi1>, tensor<2xi8>, tensor<2xi8>) -> tensor<2xi8>
// CHECK-NEXT:    [[CONSTANT_4:%.*]] = "stablehlo.constant"() <{value = dense<-128> : tensor<2xi8>}> : () -> tensor<2xi8>
// CHECK-NEXT:    [[SELECT_2:%.*]] = "stablehlo.select"([[COMPARE]], [[CONSTANT_4]], [[SELECT_1]]) : (tensor<2xi1>, tensor<2xi8>, tensor<2xi8>) -> tensor<2xi8>
// CHECK-NEXT:    "func.return"([[SELECT_2]]) : (tensor<2xi8>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @float_to_integer(%x: tensor<2xf32>) -> tensor<2xi8> {
  %0 = ten.cast %x : tensor<2xf32> -> tensor<2xi8>
  func.return %0 : tensor<2xi8>
}

// CHECK-LABEL: "func.func"() <{sym_name = "special_function_of_chlo", function_type = (tensor<f32>) -> tensor<f32>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:    [[CONVERT:%.*]] = "stablehlo.convert"([[X]]) : (tensor<f32>) -> tensor<f64>
// CHECK-NEXT:    [[LGAMMA:%.*]] = "chlo.lgamma"([[CONVERT]]) : (tensor<f64>) -> tensor<f64>
// CHECK-NEXT:    [[CONVERT_1:%.*]] = "stablehlo.convert"([[LGAMMA]]) : (tensor<f64>) -> tensor<f32>
// CHECK-NEXT:    "func.return"([[CONVERT_1]]) : (tensor<f32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @special_function_of_chlo(%x: f32) -> f32 {
  %0 = ten.special gammaln, %x : f32
  func.return %0 : f32
}
