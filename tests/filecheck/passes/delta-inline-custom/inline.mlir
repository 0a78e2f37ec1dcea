// RUN: letgrad-opt %s -p delta-inline-custom --split-input-file | filecheck %s

// The body takes the place of the call, also of the call in the body. Nothing needs the rules.
// CHECK-LABEL: func.func @call_of_custom
// CHECK-NEXT:    [[S:%.*]] = math.sin %x : tensor<3xf64>
// CHECK-NEXT:    [[E:%.*]] = math.exp [[S]] : tensor<3xf64>
// CHECK-NEXT:    func.return [[E]]
// CHECK-NOT:     func.func
func.func @call_of_custom(%x: tensor<3xf64>) -> tensor<3xf64> {
  %y = delta.custom_jvp @outer, @outer_jvp(%x) : (tensor<3xf64>) -> tensor<3xf64>
  func.return %y : tensor<3xf64>
}
func.func private @outer(%x: tensor<3xf64>) -> tensor<3xf64> {
  %y = delta.custom_jvp @sine, @sine_jvp(%x) : (tensor<3xf64>) -> tensor<3xf64>
  %z = math.exp %y : tensor<3xf64>
  func.return %z : tensor<3xf64>
}
func.func private @outer_jvp(%x: tensor<3xf64>, %dx: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %y = delta.custom_jvp @outer, @outer_jvp(%x) : (tensor<3xf64>) -> tensor<3xf64>
  func.return %y, %dx : tensor<3xf64>, tensor<3xf64>
}
func.func private @sine(%x: tensor<3xf64>) -> tensor<3xf64> {
  %y = math.sin %x : tensor<3xf64>
  func.return %y : tensor<3xf64>
}
func.func private @sine_jvp(%x: tensor<3xf64>, %dx: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  func.return %x, %dx : tensor<3xf64>, tensor<3xf64>
}

// -----

// A public function stays, and so does what it calls.
// CHECK-LABEL: func.func @public_function_stays
// CHECK-NEXT:    math.sin
// CHECK:       func.func @sine(
// CHECK:       func.func @sine_jvp(
// CHECK:         func.call @used
// CHECK:       func.func private @used
func.func @public_function_stays(%x: f64) -> f64 {
  %y = delta.custom_jvp @sine, @sine_jvp(%x) : (f64) -> f64
  func.return %y : f64
}
func.func @sine(%x: f64) -> f64 {
  %y = math.sin %x : f64
  func.return %y : f64
}
func.func @sine_jvp(%x: f64, %dx: f64) -> (f64, f64) {
  %y = func.call @used(%dx) : (f64) -> f64
  func.return %x, %y : f64, f64
}
func.func private @used(%x: f64) -> f64 {
  func.return %x : f64
}

// -----

// A function that calls itself would be inlined without an end.
// CHECK-LABEL: func.func @recursion_stays
// CHECK-NEXT:    delta.custom_vjp @f
func.func @recursion_stays(%x: f64) -> f64 {
  %y = delta.custom_vjp @f, @forward, @backward(%x) : (f64) -> f64
  func.return %y : f64
}
func.func private @f(%x: f64) -> f64 {
  %y = func.call @g(%x) : (f64) -> f64
  func.return %y : f64
}
func.func private @g(%x: f64) -> f64 {
  %y = delta.custom_vjp @f, @forward, @backward(%x) : (f64) -> f64
  func.return %y : f64
}
func.func private @forward(%x: f64) -> (f64, f64) {
  func.return %x, %x : f64, f64
}
func.func private @backward(%r: f64, %y: f64) -> f64 {
  func.return %y : f64
}

// -----

// A term is differentiated by the rule.
// CHECK-LABEL: func.func @terms_stay(
// CHECK:         delta.custom_jvp @id
func.func @terms_stay(%x: !delta.term<tensor<5xf64>>) -> !delta.term<tensor<5xf64>> {
  %z = delta.custom_jvp @id, @id_jvp(%x) : (!delta.term<tensor<5xf64>>) -> !delta.term<tensor<5xf64>>
  func.return %z : !delta.term<tensor<5xf64>>
}
func.func private @id(%x: !delta.term<tensor<5xf64>>) -> !delta.term<tensor<5xf64>> {
  func.return %x : !delta.term<tensor<5xf64>>
}
func.func private @id_jvp(%x: tensor<5xf64>, %t: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  func.return %x, %t : tensor<5xf64>, tensor<5xf64>
}
