// RUN: letgrad-opt %s -t 'stablehlo{optimize=false}' | filecheck %s

// CHECK-LABEL: "func.func"() <{sym_name = "scan", function_type = (tensor<f64>, tensor<4x2xf64>) -> (tensor<f64>, tensor<4xf64>)}> ({
// CHECK-NEXT:  ^bb0([[C:%[^ ,:)]+]]: tensor<f64>, [[XS:%[^ ,:)]+]]: tensor<4x2xf64>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<4xf64>}> : () -> tensor<4xf64>
// CHECK-NEXT:    [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<4> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]], [[WHILE_2:%[^ ,:)]+]] = "stablehlo.while"([[CONSTANT_2]], [[C]], [[CONSTANT]]) ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<i64>, [[ARG_1:%[^ ,:)]+]]: tensor<f64>, [[ARG_2:%[^ ,:)]+]]: tensor<4xf64>):
// CHECK-NEXT:      [[COMPARE:%.*]] = "stablehlo.compare"([[ARG]], [[CONSTANT_1]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<i64>, tensor<i64>) -> tensor<i1>
// CHECK-NEXT:      "stablehlo.return"([[COMPARE]]) : (tensor<i1>) -> ()
// CHECK-NEXT:    }, {
// CHECK-NEXT:    ^bb0([[ARG_3:%[^ ,:)]+]]: tensor<i64>, [[ARG_4:%[^ ,:)]+]]: tensor<f64>, [[ARG_5:%[^ ,:)]+]]: tensor<4xf64>):
// CHECK-NEXT:      [[CONSTANT_3:%.*]] = "stablehlo.constant"() <{value = dense<1> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:      [[SUBTRACT:%.*]] = "stablehlo.subtract"([[CONSTANT_1]], [[CONSTANT_3]]) : (tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK-NEXT:      [[SUBTRACT_1:%.*]] = "stablehlo.subtract"([[SUBTRACT]], [[ARG_3]]) : (tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK-NEXT:      [[CONSTANT_4:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:      [[DYNAMIC_SLICE:%.*]] = "stablehlo.dynamic_slice"([[XS]], [[SUBTRACT_1]], [[CONSTANT_4]]) <{slice_sizes = array<i64: 1, 2>}> : (tensor<4x2xf64>, tensor<i64>, tensor<i64>) -> tensor<1x2xf64>
// CHECK-NEXT:      [[RESHAPE:%.*]] = "stablehlo.reshape"([[DYNAMIC_SLICE]]) : (tensor<1x2xf64>) -> tensor<2xf64>
// CHECK-NEXT:      [[CONSTANT_5:%.*]] = "stablehlo.constant"() <{value = dense<0.000000e+00> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:      [[REDUCE:%.*]] = "stablehlo.reduce"([[RESHAPE]], [[CONSTANT_5]]) <{dimensions = array<i64: 0>}> ({
// CHECK-NEXT:      ^bb0([[ARG_6:%[^ ,:)]+]]: tensor<f64>, [[ARG_7:%[^ ,:)]+]]: tensor<f64>):
// CHECK-NEXT:        [[ADD:%.*]] = "stablehlo.add"([[ARG_6]], [[ARG_7]]) : (tensor<f64>, tensor<f64>) -> tensor<f64>
// CHECK-NEXT:        "stablehlo.return"([[ADD]]) : (tensor<f64>) -> ()
// CHECK-NEXT:      }) : (tensor<2xf64>, tensor<f64>) -> tensor<f64>
// CHECK-NEXT:      [[MULTIPLY:%.*]] = "stablehlo.multiply"([[ARG_4]], [[REDUCE]]) : (tensor<f64>, tensor<f64>) -> tensor<f64>
// CHECK-NEXT:      [[CONSTANT_6:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:      [[RESHAPE_1:%.*]] = "stablehlo.reshape"([[ARG_4]]) : (tensor<f64>) -> tensor<1xf64>
// CHECK-NEXT:      [[DYNAMIC_UPDATE_SLICE:%.*]] = "stablehlo.dynamic_update_slice"([[ARG_5]], [[RESHAPE_1]], [[SUBTRACT_1]]) : (tensor<4xf64>, tensor<1xf64>, tensor<i64>) -> tensor<4xf64>
// CHECK-NEXT:      [[CONSTANT_7:%.*]] = "stablehlo.constant"() <{value = dense<1> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:      [[ADD_1:%.*]] = "stablehlo.add"([[ARG_3]], [[CONSTANT_7]]) : (tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK-NEXT:      "stablehlo.return"([[ADD_1]], [[MULTIPLY]], [[DYNAMIC_UPDATE_SLICE]]) : (tensor<i64>, tensor<f64>, tensor<4xf64>) -> ()
// CHECK-NEXT:    }) : (tensor<i64>, tensor<f64>, tensor<4xf64>) -> (tensor<i64>, tensor<f64>, tensor<4xf64>)
// CHECK-NEXT:    "func.return"([[WHILE_1]], [[WHILE_2]]) : (tensor<f64>, tensor<4xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @scan(%c: f64, %xs: tensor<4x2xf64>) -> (f64, tensor<4xf64>) {
  %r:2 = ten.scan [4] reverse (%a = %c : f64) over (%x = %xs : tensor<4x2xf64>) -> (f64, tensor<4xf64>) {
    %s = ten.sum %x dims [0] : tensor<2xf64> -> f64
    %b = arith.mulf %a, %s : f64
    ten.yield %b, %a : f64, f64
  }
  func.return %r#0, %r#1 : f64, tensor<4xf64>
}

// Without rows there is no row to read.
// CHECK-LABEL: "func.func"() <{sym_name = "scan_of_no_rows_is_no_loop", function_type = (tensor<f64>, tensor<0xf64>) -> (tensor<f64>, tensor<0xf64>)}> ({
// CHECK-NEXT:  ^bb0([[C:%[^ ,:)]+]]: tensor<f64>, [[XS:%[^ ,:)]+]]: tensor<0xf64>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<> : tensor<0xf64>}> : () -> tensor<0xf64>
// CHECK-NEXT:    "func.return"([[C]], [[CONSTANT]]) : (tensor<f64>, tensor<0xf64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @scan_of_no_rows_is_no_loop(%c: f64, %xs: tensor<0xf64>) -> (f64, tensor<0xf64>) {
  %r:2 = ten.scan [0] (%a = %c : f64) over (%x = %xs : tensor<0xf64>) -> (f64, tensor<0xf64>) {
    %b = arith.addf %a, %x : f64
    ten.yield %b, %a : f64, f64
  }
  func.return %r#0, %r#1 : f64, tensor<0xf64>
}

// CHECK-LABEL: "func.func"() <{sym_name = "while_with_a_limit_counts", function_type = (tensor<f64>) -> tensor<f64>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<f64>):
// CHECK-NEXT:    [[CONSTANT:%.*]] = "stablehlo.constant"() <{value = dense<0> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:    [[WHILE:%[^ ,:)]+]], [[WHILE_1:%[^ ,:)]+]] = "stablehlo.while"([[CONSTANT]], [[X]]) ({
// CHECK-NEXT:    ^bb0([[ARG:%[^ ,:)]+]]: tensor<i64>, [[ARG_1:%[^ ,:)]+]]: tensor<f64>):
// CHECK-NEXT:      [[CONSTANT_1:%.*]] = "stablehlo.constant"() <{value = dense<1.000000e+02> : tensor<f64>}> : () -> tensor<f64>
// CHECK-NEXT:      [[COMPARE:%.*]] = "stablehlo.compare"([[ARG_1]], [[CONSTANT_1]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type FLOAT>}> : (tensor<f64>, tensor<f64>) -> tensor<i1>
// CHECK-NEXT:      [[CONSTANT_2:%.*]] = "stablehlo.constant"() <{value = dense<7> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:      [[COMPARE_1:%.*]] = "stablehlo.compare"([[ARG]], [[CONSTANT_2]]) <{comparison_direction = #stablehlo<comparison_direction LT>, compare_type = #stablehlo<comparison_type SIGNED>}> : (tensor<i64>, tensor<i64>) -> tensor<i1>
// CHECK-NEXT:      [[AND:%.*]] = "stablehlo.and"([[COMPARE]], [[COMPARE_1]]) : (tensor<i1>, tensor<i1>) -> tensor<i1>
// CHECK-NEXT:      "stablehlo.return"([[AND]]) : (tensor<i1>) -> ()
// CHECK-NEXT:    }, {
// CHECK-NEXT:    ^bb0([[ARG_2:%[^ ,:)]+]]: tensor<i64>, [[ARG_3:%[^ ,:)]+]]: tensor<f64>):
// CHECK-NEXT:      [[CONSTANT_3:%.*]] = "stablehlo.constant"() <{value = dense<1> : tensor<i64>}> : () -> tensor<i64>
// CHECK-NEXT:      [[ADD:%.*]] = "stablehlo.add"([[ARG_2]], [[CONSTANT_3]]) : (tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK-NEXT:      [[ADD_1:%.*]] = "stablehlo.add"([[ARG_3]], [[X]]) : (tensor<f64>, tensor<f64>) -> tensor<f64>
// CHECK-NEXT:      "stablehlo.return"([[ADD]], [[ADD_1]]) : (tensor<i64>, tensor<f64>) -> ()
// CHECK-NEXT:    }) : (tensor<i64>, tensor<f64>) -> (tensor<i64>, tensor<f64>)
// CHECK-NEXT:    "func.return"([[WHILE_1]]) : (tensor<f64>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @while_with_a_limit_counts(%x: f64) -> f64 {
  %r = ten.while limit 7 (%c = %x : f64) -> (f64) {
    %h = arith.constant 100.0 : f64
    %t = arith.cmpf olt, %c, %h : f64
    ten.yield %t : i1
  } do (%a) {
    %b = arith.addf %a, %x : f64
    ten.yield %b : f64
  }
  func.return %r : f64
}

// CHECK-LABEL: "func.func"() <{sym_name = "if", function_type = (tensor<i1>, tensor<f32>) -> tensor<f32>}> ({
// CHECK-NEXT:  ^bb0([[B:%[^ ,:)]+]]: tensor<i1>, [[X:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:    [[IF:%.*]] = "stablehlo.if"([[B]]) ({
// CHECK-NEXT:      [[SINE:%.*]] = "stablehlo.sine"([[X]]) : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:      "stablehlo.return"([[SINE]]) : (tensor<f32>) -> ()
// CHECK-NEXT:    }, {
// CHECK-NEXT:      "stablehlo.return"([[X]]) : (tensor<f32>) -> ()
// CHECK-NEXT:    }) : (tensor<i1>) -> tensor<f32>
// CHECK-NEXT:    "func.return"([[IF]]) : (tensor<f32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @if(%b: i1, %x: f32) -> f32 {
  %r = scf.if %b -> (f32) {
    %0 = math.sin %x : f32
    scf.yield %0 : f32
  } else {
    scf.yield %x : f32
  }
  func.return %r : f32
}

// CHECK-LABEL: "func.func"() <{sym_name = "helper", function_type = (tensor<f32>) -> tensor<f32>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:    "func.return"([[X]]) : (tensor<f32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @helper(%x: f32) -> f32 {
  func.return %x : f32
}

// CHECK-LABEL: "func.func"() <{sym_name = "call", function_type = (tensor<f32>) -> tensor<f32>}> ({
// CHECK-NEXT:  ^bb0([[X:%[^ ,:)]+]]: tensor<f32>):
// CHECK-NEXT:    [[CALL:%.*]] = "func.call"([[X]]) <{callee = @helper}> : (tensor<f32>) -> tensor<f32>
// CHECK-NEXT:    "func.return"([[CALL]]) : (tensor<f32>) -> ()
// CHECK-NEXT:  }) : () -> ()
func.func @call(%x: f32) -> f32 {
  %0 = func.call @helper(%x) : (f32) -> f32
  func.return %0 : f32
}
