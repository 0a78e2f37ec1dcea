// RUN: letgrad-opt %s -p delta-linearize --split-input-file --verify-diagnostics | filecheck %s

// The slope of expit is made of its result.
// CHECK-LABEL: func.func @expit(
// CHECK:         %r = ten.special expit, %x : f64
// CHECK:         ten.special expit
// CHECK:         delta.scale
func.func @expit(%x: f64) -> f64 {
  %r = ten.special expit, %x : f64
  func.return %r : f64
}

// -----

// A constant order needs no derivative by the order.
// CHECK-LABEL: func.func @jv_of_a_constant_order(
// CHECK:         ten.special jv
// CHECK:         ten.special jv
// CHECK:         delta.scale
func.func @jv_of_a_constant_order(%x: f64) -> f64 {
  %two = arith.constant 2.0 : f64
  %r = ten.special jv, %two, %x : f64
  func.return %r : f64
}

// -----

func.func @chndtr_stays(%x: f64, %n: f64, %c: f64) -> f64 {
  // expected-error @+1 {{letgrad has no derivative of chndtr by its parameter n}}
  %r = ten.special chndtr, %x, %n, %c : f64
  func.return %r : f64
}

// -----

// The slope by a shape is an integral: a sum over 64 nodes.
// CHECK-LABEL: func.func @gammainc_by_its_shape(
// CHECK:         ten.sum %{{.*}} dims [1] : tensor<3x64xf64> -> tensor<3xf64>
// CHECK:         delta.scale
func.func @gammainc_by_its_shape(%a: tensor<3xf64>, %x: tensor<3xf64>) -> tensor<3xf64> {
  %r = ten.special gammainc, %a, %x : tensor<3xf64>
  func.return %r : tensor<3xf64>
}

// -----

// A constant shape needs no integral.
// CHECK-LABEL: func.func @gammainc_of_a_constant_shape_stays(
// CHECK-NOT:     ten.sum
// CHECK:         delta.scale
func.func @gammainc_of_a_constant_shape_stays(%x: tensor<5xf64>) -> tensor<5xf64> {
  %a = arith.constant dense<2.0> : tensor<5xf64>
  %r = ten.special gammainc, %a, %x : tensor<5xf64>
  func.return %r : tensor<5xf64>
}
