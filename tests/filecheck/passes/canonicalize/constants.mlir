// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// Ops of constants fold, in the arithmetic of the type; beside them the ops that must stay.

// CHECK-LABEL: func.func @comparisons(
// CHECK-NEXT:    %a = arith.constant false
// CHECK-NEXT:    %b = arith.constant true
// CHECK-NEXT:    %c = arith.constant true
// CHECK-NEXT:    %d = arith.constant false
// CHECK-NEXT:    func.return
func.func @comparisons() -> (i1, i1, i1, i1) {
  %m = arith.constant -1 : i8
  %one = arith.constant 1 : i8
  %nan = arith.constant 0x7FC00000 : f32
  %a = arith.cmpi ult, %m, %one : i8
  %b = arith.cmpi slt, %m, %one : i8
  %c = arith.cmpf une, %nan, %nan : f32
  %d = arith.cmpf ole, %nan, %nan : f32
  func.return %a, %b, %c, %d : i1, i1, i1, i1
}

// CHECK-LABEL: func.func @divisions(
// CHECK-NEXT:    %a = arith.constant -3 : i32
// CHECK-NEXT:    %b = arith.constant -4 : i32
// CHECK-NEXT:    %c = arith.constant -1 : i32
// CHECK-NEXT:    %d = arith.constant 2147483644 : i32
// CHECK-NEXT:    func.return
func.func @divisions() -> (i32, i32, i32, i32) {
  %x = arith.constant -7 : i32
  %y = arith.constant 2 : i32
  %a = arith.divsi %x, %y : i32
  %b = arith.floordivsi %x, %y : i32
  %c = arith.remsi %x, %y : i32
  %d = arith.divui %x, %y : i32
  func.return %a, %b, %c, %d : i32, i32, i32, i32
}

// CHECK-LABEL: func.func @divisions_without_a_result_stay(
// CHECK:         arith.divsi %x, %zero : i8
// CHECK-NEXT:    arith.divsi %x, %m : i8
// CHECK-NEXT:    arith.remui %x, %zero : i8
func.func @divisions_without_a_result_stay() -> (i8, i8, i8) {
  %x = arith.constant -128 : i8
  %m = arith.constant -1 : i8
  %zero = arith.constant 0 : i8
  %a = arith.divsi %x, %zero : i8
  %b = arith.divsi %x, %m : i8
  %c = arith.remui %x, %zero : i8
  func.return %a, %b, %c : i8, i8, i8
}

// CHECK-LABEL: func.func @shifts(
// CHECK-NEXT:    %a = arith.constant -128 : i8
// CHECK-NEXT:    %b = arith.constant 1 : i8
// CHECK-NEXT:    func.return
func.func @shifts() -> (i8, i8) {
  %x = arith.constant -1 : i8
  %n = arith.constant 7 : i8
  %a = arith.shli %x, %n : i8
  %b = arith.shrui %x, %n : i8
  func.return %a, %b : i8, i8
}

// CHECK-LABEL: func.func @shifts_by_the_width_stay(
// CHECK:         arith.shli %x, %n : i8
func.func @shifts_by_the_width_stay() -> i8 {
  %x = arith.constant -1 : i8
  %n = arith.constant 8 : i8
  %a = arith.shli %x, %n : i8
  func.return %a : i8
}

// CHECK-LABEL: func.func @conversions(
// CHECK-NEXT:    %a = arith.constant 255 : i16
// CHECK-NEXT:    %b = arith.constant -1.000000e+00 : f64
// CHECK-NEXT:    %c = arith.constant -3 : i8
// CHECK-NEXT:    %d = arith.constant 1.000980e-01 : bf16
// CHECK-NEXT:    func.return
func.func @conversions() -> (i16, f64, i8, bf16) {
  %x = arith.constant -1 : i8
  %y = arith.constant -3.75 : f32
  %z = arith.constant 0.1 : f64
  %a = arith.extui %x : i8 to i16
  %b = arith.sitofp %x : i8 to f64
  %c = arith.fptosi %y : f32 to i8
  %d = arith.truncf %z : f64 to bf16
  func.return %a, %b, %c, %d : i16, f64, i8, bf16
}

// CHECK-LABEL: func.func @conversions_out_of_range_stay(
// CHECK:         arith.fptosi %x : f32 to i8
// CHECK-NEXT:    arith.fptoui %y : f32 to i8
func.func @conversions_out_of_range_stay() -> (i8, i8) {
  %x = arith.constant 128.0 : f32
  %y = arith.constant -1.0 : f32
  %a = arith.fptosi %x : f32 to i8
  %b = arith.fptoui %y : f32 to i8
  func.return %a, %b : i8, i8
}

// CHECK-LABEL: func.func @functions(
// CHECK-NEXT:    %a = arith.constant 0.47942553860420301 : f64
// CHECK-NEXT:    %b = arith.constant dense<[1.000000e+00, 1.41421354, 2.000000e+00]> : tensor<3xf32>
// CHECK-NEXT:    %c = arith.constant dense<8.000000e+00> : tensor<1000xf32>
// CHECK-NEXT:    func.return
func.func @functions() -> (f64, tensor<3xf32>, tensor<1000xf32>) {
  %x = arith.constant 0.5 : f64
  %y = arith.constant dense<[1.0, 2.0, 4.0]> : tensor<3xf32>
  %z = arith.constant dense<3.0> : tensor<1000xf32>
  %a = math.sin %x : f64
  %b = math.sqrt %y : tensor<3xf32>
  %c = math.exp2 %z : tensor<1000xf32>
  func.return %a, %b, %c : f64, tensor<3xf32>, tensor<1000xf32>
}

// CHECK-LABEL: func.func @a_branch_of_a_folded_condition(
// CHECK-NEXT:    func.return %x : f64
func.func @a_branch_of_a_folded_condition(%x: f64, %y: f64) -> f64 {
  %a = arith.constant 2 : i32
  %b = arith.constant 3 : i32
  %c = arith.cmpi slt, %a, %b : i32
  %r = scf.if %c -> (f64) {
    scf.yield %x : f64
  } else {
    scf.yield %y : f64
  }
  func.return %r : f64
}
