// RUN: letgrad-opt %s -p ten-decompose --check-semantics --split-input-file | filecheck %s

// The power and its derivative share x * x.
// CHECK-LABEL: func.func @whole(
// CHECK-NOT:   powf
// CHECK:       %[[S:.*]] = arith.mulf %x, %x : tensor<3xf64>
// CHECK-NEXT:  %[[C:.*]] = arith.mulf %x, %[[S]] : tensor<3xf64>
// CHECK-NEXT:  return %[[C]], %[[S]]
func.func @whole(%x: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %three = arith.constant dense<3.0> : tensor<3xf64>
  %two = arith.constant dense<2.0> : tensor<3xf64>
  %p = math.powf %x, %three : tensor<3xf64>
  %q = math.powf %x, %two : tensor<3xf64>
  func.return %p, %q : tensor<3xf64>, tensor<3xf64>
}

// -----

// A product for each bit of 10, and for each 1.
// CHECK-LABEL: func.func @bits(
// CHECK:       %[[X2:.*]] = arith.mulf %x, %x : f64
// CHECK-NEXT:  %[[X4:.*]] = arith.mulf %[[X2]], %[[X2]] : f64
// CHECK-NEXT:  %[[X8:.*]] = arith.mulf %[[X4]], %[[X4]] : f64
// CHECK-NEXT:  %[[P:.*]] = arith.mulf %[[X2]], %[[X8]] : f64
// CHECK-NEXT:  return %[[P]]
func.func @bits(%x: f64) -> f64 {
  %n = arith.constant 10 : i32
  %p = math.fpowi %x, %n : f64, i32
  func.return %p : f64
}

// -----

// 1 / x comes first, because x * x can overflow where its reciprocal is a number.
// CHECK-LABEL: func.func @negative(
// CHECK:       %[[R:.*]] = arith.divf %{{.*}}, %x : f64
// CHECK-NEXT:  %[[P:.*]] = arith.mulf %[[R]], %[[R]] : f64
// CHECK-NEXT:  return %[[P]]
func.func @negative(%x: f64) -> f64 {
  %n = arith.constant -2.0 : f64
  %p = math.powf %x, %n : f64
  func.return %p : f64
}

// -----

// The power of -0 is 0, and the power of -inf is inf; the square roots are -0 and NaN.
// CHECK-LABEL: func.func @half(
// CHECK:       %[[R:.*]] = math.sqrt %x : f64
// CHECK-NEXT:  %[[P:.*]] = arith.mulf %x, %[[R]] : f64
// CHECK-NEXT:  %[[A:.*]] = math.absf %[[P]] : f64
// CHECK:       arith.select %{{.*}}, %{{.*}}, %[[A]]
func.func @half(%x: f64) -> f64 {
  %n = arith.constant 1.5 : f64
  %p = math.powf %x, %n : f64
  func.return %p : f64
}

// -----

// The products of a float32 are as exact as the library up to x ^ 8. Beyond, they are products of float64.
// CHECK-LABEL: func.func @wide(
// CHECK:       %[[X:.*]] = ten.cast %x : f32 -> f64
// CHECK-NEXT:  arith.mulf %[[X]], %[[X]] : f64
// CHECK:       ten.cast %{{.*}} : f64 -> f32
func.func @wide(%x: f32) -> f32 {
  %n = arith.constant 9.0 : f32
  %p = math.powf %x, %n : f32
  func.return %p : f32
}

// -----

// A third is no half, 65 products are too many, and nobody knows %y.
// CHECK-LABEL: func.func @other_exponents_stay(
// CHECK-COUNT-3: math.powf
// CHECK:       return
func.func @other_exponents_stay(%x: f64, %y: f64) -> (f64, f64, f64) {
  %third = arith.constant 0.3333333333333333 : f64
  %many = arith.constant 65.0 : f64
  %p = math.powf %x, %third : f64
  %q = math.powf %x, %many : f64
  %r = math.powf %x, %y : f64
  func.return %p, %q, %r : f64, f64, f64
}

// -----

// The exponents of a table are whole numbers up to 3, so two bits choose the factors.
// CHECK-LABEL: func.func @table(
// CHECK:       %[[N:.*]] = arith.constant dense<[0.{{.*}}, 1.{{.*}}, 2.{{.*}}, 3.{{.*}}]>
// CHECK-NOT:   powf
// CHECK:       ten.compare oge, %[[N]],
// CHECK:       arith.mulf %x, %x : tensor<4xf64>
// CHECK-NOT:   divf
// CHECK:       return
func.func @table(%x: tensor<4xf64>) -> tensor<4xf64> {
  %n = arith.constant dense<[0.0, 1.0, 2.0, 3.0]> : tensor<4xf64>
  %p = math.powf %x, %n : tensor<4xf64>
  func.return %p : tensor<4xf64>
}

// -----

// The exponents of a derivative are one less: a reciprocal comes first where they are negative.
// CHECK-LABEL: func.func @table_and_a_number(
// CHECK-NOT:   powf
// CHECK:       arith.divf %{{.*}}, %x : tensor<2x3xf64>
// CHECK-NOT:   powf
// CHECK:       return
func.func @table_and_a_number(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %n = arith.constant dense<[0.0, 1.0, 5.0]> : tensor<3xf64>
  %one = arith.constant dense<1.0> : tensor<2x3xf64>
  %b = ten.broadcast %n dims [0] : tensor<3xf64> -> tensor<2x3xf64>
  %m = arith.subf %b, %one : tensor<2x3xf64>
  %p = math.powf %x, %m : tensor<2x3xf64>
  func.return %p : tensor<2x3xf64>
}

// -----

// A half in a table, 65 products, and a NaN.
// CHECK-LABEL: func.func @other_tables_stay(
// CHECK-COUNT-3: math.powf
// CHECK:       return
func.func @other_tables_stay(%x: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) {
  %half = arith.constant dense<[1.0, 0.5]> : tensor<2xf64>
  %many = arith.constant dense<[1.0, 65.0]> : tensor<2xf64>
  %nan = arith.constant dense<[1.0, 0x7FF8000000000000]> : tensor<2xf64>
  %p = math.powf %x, %half : tensor<2xf64>
  %q = math.powf %x, %many : tensor<2xf64>
  %r = math.powf %x, %nan : tensor<2xf64>
  func.return %p, %q, %r : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>
}
