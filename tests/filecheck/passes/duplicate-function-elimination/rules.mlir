// RUN: letgrad-opt %s -p duplicate-function-elimination --split-input-file | filecheck %s

// The functions differ by the names of their values alone, and their callers by the functions.
// CHECK-LABEL: func.func @equal(
// CHECK:         func.call @one(
// CHECK-NEXT:    func.call @one(
// CHECK-NEXT:    func.return
func.func @equal(%x: f64) -> (f64, f64) {
  %0 = func.call @one(%x) : (f64) -> f64
  %1 = func.call @two(%0) : (f64) -> f64
  func.return %0, %1 : f64, f64
}
// CHECK-LABEL: func.func private @one(
// CHECK:         func.call @inner(
// CHECK-NOT:   @two
// CHECK-LABEL: func.func private @inner(
// CHECK-NOT:   @other
func.func private @one(%x: f64) -> f64 {
  %0 = func.call @inner(%x) : (f64) -> f64
  func.return %0 : f64
}
func.func private @two(%y: f64) -> f64 {
  %z = func.call @other(%y) : (f64) -> f64
  func.return %z : f64
}
func.func private @inner(%x: f64) -> f64 {
  %0 = math.sin %x : f64
  func.return %0 : f64
}
func.func private @other(%x: f64) -> f64 {
  %0 = math.sin %x : f64
  func.return %0 : f64
}

// -----

// The order of the operands, a constant, and the blocks to which they jump are no names.
// CHECK-LABEL: func.func @differ_stays(
// CHECK:         func.call @a(
// CHECK-NEXT:    func.call @b(
// CHECK-NEXT:    func.call @c(
// CHECK-NEXT:    func.call @d(
// CHECK-NEXT:    func.call @e(
func.func @differ_stays(%x: f64, %y: f64, %c: i1) {
  %0 = func.call @a(%x, %y) : (f64, f64) -> f64
  %1 = func.call @b(%x, %y) : (f64, f64) -> f64
  %2 = func.call @c(%x, %y) : (f64, f64) -> f64
  %3 = func.call @d(%c) : (i1) -> i1
  %4 = func.call @e(%c) : (i1) -> i1
  func.return
}
func.func private @a(%x: f64, %y: f64) -> f64 {
  %two = arith.constant 2.0 : f64
  %0 = arith.subf %x, %y : f64
  func.return %0 : f64
}
func.func private @b(%x: f64, %y: f64) -> f64 {
  %two = arith.constant 2.0 : f64
  %0 = arith.subf %y, %x : f64
  func.return %0 : f64
}
func.func private @c(%x: f64, %y: f64) -> f64 {
  %two = arith.constant 3.0 : f64
  %0 = arith.subf %x, %y : f64
  func.return %0 : f64
}
func.func private @d(%c: i1) -> i1 {
  cf.cond_br %c, ^bb1, ^bb2
^bb1:
  func.return %c : i1
^bb2:
  cf.br ^bb1
}
func.func private @e(%c: i1) -> i1 {
  cf.cond_br %c, ^bb2, ^bb1
^bb1:
  func.return %c : i1
^bb2:
  cf.br ^bb1
}

// -----

// Others may call a public function, and an op that is no call names the other one.
// CHECK-LABEL: func.func @public_stays(
// CHECK:       func.func @named_stays(
// CHECK:       func.func private @called_by_name(
func.func @public_stays(%x: f64) -> f64 {
  %0 = math.sin %x : f64
  func.return %0 : f64
}
func.func @named_stays(%x: f64) -> (f64, f64) {
  %0 = func.call @called_by_name(%x) : (f64) -> f64
  %f = func.constant @called_by_name : (f64) -> f64
  %1 = func.call_indirect %f(%x) : (f64) -> f64
  func.return %0, %1 : f64, f64
}
func.func private @called_by_name(%x: f64) -> f64 {
  %0 = math.sin %x : f64
  func.return %0 : f64
}

// -----

// The first loop carries both results, and may change them in place. The second one carries one.
// CHECK-LABEL: func.func @carried_stays(
// CHECK:         func.call @both(
// CHECK:         func.call @first(
func.func @carried_stays(%x: f64) -> (f64, f64, tensor<3xf64>, f64) {
  %a, %b = ten.scan [3] (%h = %x : f64, %g = %x : f64) -> (f64, f64) {
    %0, %1 = func.call @both(%h, %g) : (f64, f64) -> (f64, f64)
    ten.yield %0, %1 : f64, f64
  }
  %c, %d = ten.scan [3] (%h = %x : f64) -> (f64, tensor<3xf64>) {
    %0, %1 = func.call @first(%h, %x) : (f64, f64) -> (f64, f64)
    ten.yield %0, %1 : f64, f64
  }
  func.return %a, %b, %d, %c : f64, f64, tensor<3xf64>, f64
}
func.func private @both(%h: f64, %g: f64) -> (f64, f64) {
  %0 = math.sin %h : f64
  %1 = math.sin %g : f64
  func.return %0, %1 : f64, f64
}
func.func private @first(%h: f64, %g: f64) -> (f64, f64) {
  %0 = math.sin %h : f64
  %1 = math.sin %g : f64
  func.return %0, %1 : f64, f64
}

// -----

// Loops may carry nothing.
// CHECK-LABEL: func.func @nothing_carried(
// CHECK:         func.call @row(
// CHECK:         func.call @row(
// CHECK-NOT:   @other_row
func.func @nothing_carried(%x: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %a = ten.scan [3] () over (%h = %x : tensor<3xf64>) -> (tensor<3xf64>) {
    %0 = func.call @row(%h) : (f64) -> f64
    ten.yield %0 : f64
  }
  %b = ten.scan [3] () over (%h = %a : tensor<3xf64>) -> (tensor<3xf64>) {
    %0 = func.call @other_row(%h) : (f64) -> f64
    ten.yield %0 : f64
  }
  func.return %a, %b : tensor<3xf64>, tensor<3xf64>
}
func.func private @row(%h: f64) -> f64 {
  %0 = math.sin %h : f64
  func.return %0 : f64
}
func.func private @other_row(%h: f64) -> f64 {
  %0 = math.sin %h : f64
  func.return %0 : f64
}

// -----

// Functions that call each other stay.
// CHECK-LABEL: func.func private @even_stays(
// CHECK:         func.call @odd_stays(
// CHECK-LABEL: func.func private @odd_stays(
// CHECK:         func.call @even_stays(
func.func private @even_stays(%x: f64) -> f64 {
  %0 = func.call @odd_stays(%x) : (f64) -> f64
  func.return %0 : f64
}
func.func private @odd_stays(%x: f64) -> f64 {
  %0 = func.call @even_stays(%x) : (f64) -> f64
  func.return %0 : f64
}
