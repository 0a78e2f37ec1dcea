// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// CHECK-LABEL: func.func @cast_of_cast
// CHECK-NEXT:    %0 = ten.cast %a : tensor<3xi1> -> tensor<3xf64>
// CHECK-NEXT:    %1 = ten.cast %b : tensor<3xf16> -> tensor<3xi8>
// CHECK-NEXT:    %2 = ten.cast %c : tensor<3xi32> -> tensor<3xi8>
// CHECK-NEXT:    func.return %0, %1, %2, %d
func.func @cast_of_cast(%a: tensor<3xi1>, %b: tensor<3xf16>, %c: tensor<3xi32>, %d: tensor<3xi32>) -> (tensor<3xf64>, tensor<3xi8>, tensor<3xi8>, tensor<3xi32>) {
  %0 = ten.cast %a : tensor<3xi1> -> tensor<3xi8>
  %1 = ten.cast %0 : tensor<3xi8> -> tensor<3xf64>
  %2 = ten.cast %b : tensor<3xf16> -> tensor<3xf64>
  %3 = ten.cast %2 : tensor<3xf64> -> tensor<3xi8>
  %4 = ten.cast %c : tensor<3xi32> -> tensor<3xi64>
  %5 = ten.cast %4 : tensor<3xi64> -> tensor<3xi8>
  %6 = ten.cast %d : tensor<3xi32> -> tensor<3xf64>
  %7 = ten.cast %6 : tensor<3xf64> -> tensor<3xi32>
  func.return %1, %3, %5, %7 : tensor<3xf64>, tensor<3xi8>, tensor<3xi8>, tensor<3xi32>
}

// f64 is rounded to f32; bf16 has not all of f16; i64 has bits that f64 lacks; truth is lost in i1; 300 saturates
// from f64 to i8, and wraps from i32.
// CHECK-LABEL: func.func @cast_of_cast_stays
// CHECK-COUNT-10: ten.cast
func.func @cast_of_cast_stays(%a: f64, %b: f16, %c: i64, %d: i8, %e: i32) -> (f64, f64, i64, i8, i8) {
  %0 = ten.cast %a : f64 -> f32
  %1 = ten.cast %0 : f32 -> f64
  %2 = ten.cast %b : f16 -> bf16
  %3 = ten.cast %2 : bf16 -> f64
  %4 = ten.cast %c : i64 -> f64
  %5 = ten.cast %4 : f64 -> i64
  %6 = ten.cast %d : i8 -> i1
  %7 = ten.cast %6 : i1 -> i8
  %8 = ten.cast %e : i32 -> f64
  %9 = ten.cast %8 : f64 -> i8
  func.return %1, %3, %5, %7, %9 : f64, f64, i64, i8, i8
}

// f16 lacks the range of bf16; an integer has no fractions; an integer of fewer bits wraps.
// CHECK-LABEL: func.func @cast_of_cast_through_less_stays(
// CHECK-NEXT:    %0 = ten.cast %a : bf16 -> f16
// CHECK-NEXT:    %1 = ten.cast %0 : f16 -> f32
// CHECK-NEXT:    %2 = ten.cast %b : f32 -> i64
// CHECK-NEXT:    %3 = ten.cast %2 : i64 -> f64
// CHECK-NEXT:    %4 = ten.cast %c : i32 -> i8
// CHECK-NEXT:    %5 = ten.cast %4 : i8 -> i64
// CHECK-NEXT:    func.return %1, %3, %5
func.func @cast_of_cast_through_less_stays(%a: bf16, %b: f32, %c: i32) -> (f32, f64, i64) {
  %0 = ten.cast %a : bf16 -> f16
  %1 = ten.cast %0 : f16 -> f32
  %2 = ten.cast %b : f32 -> i64
  %3 = ten.cast %2 : i64 -> f64
  %4 = ten.cast %c : i32 -> i8
  %5 = ten.cast %4 : i8 -> i64
  func.return %1, %3, %5 : f32, f64, i64
}

// Zero stays zero on the way, and nothing else becomes it.
// CHECK-LABEL: func.func @cast_of_integer_through_float_to_bool(
// CHECK-NEXT:    %0 = ten.cast %x : tensor<3xi32> -> tensor<3xi1>
// CHECK-NEXT:    func.return %0 : tensor<3xi1>
func.func @cast_of_integer_through_float_to_bool(%x: tensor<3xi32>) -> tensor<3xi1> {
  %0 = ten.cast %x : tensor<3xi32> -> tensor<3xf64>
  %1 = ten.cast %0 : tensor<3xf64> -> tensor<3xi1>
  func.return %1 : tensor<3xi1>
}
