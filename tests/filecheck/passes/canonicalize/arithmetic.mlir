// RUN: letgrad-opt %s -p canonicalize | filecheck %s

// One case per rule of passes/simplify/arithmetic.py: where it fires, and beside it where it must not, for the sake of a signed zero.

// CHECK-LABEL: func.func @multiply_by_one(
// CHECK-NEXT:    func.return %x, %x, %v : f64, f64, tensor<2x3xf32>
func.func @multiply_by_one(%x: f64, %v: tensor<2x3xf32>) -> (f64, f64, tensor<2x3xf32>) {
  %one = arith.constant 1.0 : f64
  %ones = arith.constant dense<1.0> : tensor<2x3xf32>
  %a = arith.mulf %x, %one : f64
  %b = arith.mulf %one, %x : f64
  %c = arith.mulf %v, %ones : tensor<2x3xf32>
  func.return %a, %b, %c : f64, f64, tensor<2x3xf32>
}

// 0 * x is NaN for infinite x, and -0 for negative x.
// CHECK-LABEL: func.func @multiply_by_zero_stays(
// CHECK:         arith.mulf %x, %zero : f64
func.func @multiply_by_zero_stays(%x: f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %a = arith.mulf %x, %zero : f64
  func.return %a : f64
}

// CHECK-LABEL: func.func @multiply_by_constants_stays(
// CHECK:         arith.mulf %v, %k : tensor<2xf64>
func.func @multiply_by_constants_stays(%v: tensor<2xf64>) -> tensor<2xf64> {
  %k = arith.constant dense<[1.0, 2.0]> : tensor<2xf64>
  %a = arith.mulf %v, %k : tensor<2xf64>
  func.return %a : tensor<2xf64>
}

// CHECK-LABEL: func.func @multiply_by_minus_one(
// CHECK-NEXT:    %a = arith.negf %x : f64
// CHECK-NEXT:    %b = arith.negf %x : f64
// CHECK-NEXT:    func.return %a, %b : f64, f64
func.func @multiply_by_minus_one(%x: f64) -> (f64, f64) {
  %one = arith.constant -1.0 : f64
  %a = arith.mulf %x, %one : f64
  %b = arith.mulf %one, %x : f64
  func.return %a, %b : f64, f64
}

// CHECK-LABEL: func.func @divide_by_one(
// CHECK-NEXT:    func.return %x : f64
func.func @divide_by_one(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %a = arith.divf %x, %one : f64
  func.return %a : f64
}

// CHECK-LABEL: func.func @divide_one_stays(
// CHECK:         arith.divf %one, %x : f64
func.func @divide_one_stays(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %a = arith.divf %one, %x : f64
  func.return %a : f64
}

// CHECK-LABEL: func.func @subtract_zero(
// CHECK-NEXT:    func.return %x, %v : f64, tensor<3xf64>
func.func @subtract_zero(%x: f64, %v: tensor<3xf64>) -> (f64, tensor<3xf64>) {
  %zero = arith.constant 0.0 : f64
  %zeros = arith.constant dense<0.0> : tensor<3xf64>
  %a = arith.subf %x, %zero : f64
  %b = arith.subf %v, %zeros : tensor<3xf64>
  func.return %a, %b : f64, tensor<3xf64>
}

// -0 - -0 is 0.
// CHECK-LABEL: func.func @subtract_minus_zero_stays(
// CHECK:         arith.subf %x, %zero : f64
// CHECK:         arith.subf %v, %zeros : tensor<3xf64>
// CHECK:         arith.subf %w, %mixed : tensor<2xf64>
func.func @subtract_minus_zero_stays(%x: f64, %v: tensor<3xf64>, %w: tensor<2xf64>) -> (f64, tensor<3xf64>, tensor<2xf64>) {
  %zero = arith.constant -0.0 : f64
  %zeros = arith.constant dense<-0.0> : tensor<3xf64>
  %mixed = arith.constant dense<[0.0, -0.0]> : tensor<2xf64>
  %a = arith.subf %x, %zero : f64
  %b = arith.subf %v, %zeros : tensor<3xf64>
  %c = arith.subf %w, %mixed : tensor<2xf64>
  func.return %a, %b, %c : f64, tensor<3xf64>, tensor<2xf64>
}

// 0 - 0 is 0, and -0 is -0.
// CHECK-LABEL: func.func @subtract_from_zero_stays(
// CHECK:         arith.subf %zero, %x : f64
func.func @subtract_from_zero_stays(%x: f64) -> f64 {
  %zero = arith.constant 0.0 : f64
  %a = arith.subf %zero, %x : f64
  func.return %a : f64
}

// CHECK-LABEL: func.func @add_minus_zero(
// CHECK-NEXT:    func.return %x, %x : f64, f64
func.func @add_minus_zero(%x: f64) -> (f64, f64) {
  %zero = arith.constant -0.0 : f64
  %a = arith.addf %x, %zero : f64
  %b = arith.addf %zero, %x : f64
  func.return %a, %b : f64, f64
}

// -0 + 0 is 0.
// CHECK-LABEL: func.func @add_zero_stays(
// CHECK:         arith.addf %x, %zero : f64
// CHECK:         arith.addf %w, %mixed : tensor<2xf64>
func.func @add_zero_stays(%x: f64, %w: tensor<2xf64>) -> (f64, tensor<2xf64>) {
  %zero = arith.constant 0.0 : f64
  %mixed = arith.constant dense<[-0.0, 0.0]> : tensor<2xf64>
  %a = arith.addf %x, %zero : f64
  %b = arith.addf %w, %mixed : tensor<2xf64>
  func.return %a, %b : f64, tensor<2xf64>
}

// CHECK-LABEL: func.func @negate_of_negate(
// CHECK-NEXT:    func.return %x : f64
func.func @negate_of_negate(%x: f64) -> f64 {
  %a = arith.negf %x : f64
  %b = arith.negf %a : f64
  func.return %b : f64
}

// CHECK-LABEL: func.func @add_of_negate(
// CHECK-NEXT:    %a = arith.subf %x, %y : f64
// CHECK-NEXT:    %b = arith.subf %x, %y : f64
// CHECK-NEXT:    func.return %a, %b : f64, f64
func.func @add_of_negate(%x: f64, %y: f64) -> (f64, f64) {
  %n = arith.negf %y : f64
  %a = arith.addf %x, %n : f64
  %b = arith.addf %n, %x : f64
  func.return %a, %b : f64, f64
}

// -(1 + -1) is -0, and -1 - -1 is 0.
// CHECK-LABEL: func.func @negate_of_add_stays(
// CHECK:         arith.addf %x, %y : f64
// CHECK-NEXT:    arith.negf
func.func @negate_of_add_stays(%x: f64, %y: f64) -> f64 {
  %a = arith.addf %x, %y : f64
  %b = arith.negf %a : f64
  func.return %b : f64
}
