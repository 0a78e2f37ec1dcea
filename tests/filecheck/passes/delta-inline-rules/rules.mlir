// RUN: letgrad-opt %s -p delta-inline-rules | filecheck %s

// After differentiation, the rule is not asked for: the ops of @square join those around them.
// CHECK-LABEL: func.func @called(
// CHECK-NEXT:    [[Y:%.*]] = math.sin %x : tensor<5xf64>
// CHECK-NEXT:    [[Z:%.*]] = arith.mulf [[Y]], [[Y]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[Z]]
func.func @called(%x: tensor<5xf64>) -> tensor<5xf64> {
  %y = math.sin %x : tensor<5xf64>
  %z = delta.custom_jvp @square, @square_jvp(%y) : (tensor<5xf64>) -> tensor<5xf64>
  func.return %z : tensor<5xf64>
}

// A function that calls another one has its body first.
// CHECK-LABEL: func.func @called_by_a_called_one(
// CHECK-NEXT:    [[S:%.*]] = arith.mulf %x, %x : tensor<5xf64>
// CHECK-NEXT:    [[E:%.*]] = math.exp [[S]] : tensor<5xf64>
// CHECK-NEXT:    func.return [[E]]
func.func @called_by_a_called_one(%x: tensor<5xf64>) -> tensor<5xf64> {
  %z = delta.custom_vjp @bell, @bell_forward, @bell_backward(%x) : (tensor<5xf64>) -> tensor<5xf64>
  func.return %z : tensor<5xf64>
}

// A term is differentiated by the rule.
// CHECK-LABEL: func.func @terms_stay(
// CHECK:         delta.custom_jvp @id
func.func @terms_stay(%x: !delta.term<tensor<5xf64>>) -> !delta.term<tensor<5xf64>> {
  %z = delta.custom_jvp @id, @id_jvp(%x) : (!delta.term<tensor<5xf64>>) -> !delta.term<tensor<5xf64>>
  func.return %z : !delta.term<tensor<5xf64>>
}

// CHECK-LABEL: func.func @branches_between_blocks_stay(
// CHECK:         delta.custom_jvp @blocks
func.func @branches_between_blocks_stay(%x: f64) -> f64 {
  %z = delta.custom_jvp @blocks, @blocks_jvp(%x) : (f64) -> f64
  func.return %z : f64
}

// Nobody names @square any more, its rule and that of @bell; @id and @blocks are called.
// CHECK-NOT:     @square
// CHECK-NOT:     @bell
// CHECK:       func.func private @id(
// CHECK:       func.func private @id_jvp(
// CHECK:       func.func private @blocks(
func.func private @square(%x: tensor<5xf64>) -> tensor<5xf64> {
  %y = arith.mulf %x, %x : tensor<5xf64>
  func.return %y : tensor<5xf64>
}
func.func private @square_jvp(%x: tensor<5xf64>, %t: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %y = arith.mulf %x, %x : tensor<5xf64>
  %z = arith.mulf %x, %t : tensor<5xf64>
  %u = arith.addf %z, %z : tensor<5xf64>
  func.return %y, %u : tensor<5xf64>, tensor<5xf64>
}
func.func private @bell(%x: tensor<5xf64>) -> tensor<5xf64> {
  %y = delta.custom_jvp @square, @square_jvp(%x) : (tensor<5xf64>) -> tensor<5xf64>
  %z = math.exp %y : tensor<5xf64>
  func.return %z : tensor<5xf64>
}
func.func private @bell_forward(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  %y = arith.mulf %x, %x : tensor<5xf64>
  %z = math.exp %y : tensor<5xf64>
  func.return %z, %z : tensor<5xf64>, tensor<5xf64>
}
func.func private @bell_backward(%z: tensor<5xf64>, %c: tensor<5xf64>) -> tensor<5xf64> {
  %t = arith.mulf %z, %c : tensor<5xf64>
  func.return %t : tensor<5xf64>
}
func.func private @id(%x: !delta.term<tensor<5xf64>>) -> !delta.term<tensor<5xf64>> {
  func.return %x : !delta.term<tensor<5xf64>>
}
func.func private @id_jvp(%x: tensor<5xf64>, %t: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>) {
  func.return %x, %t : tensor<5xf64>, tensor<5xf64>
}
func.func private @blocks(%x: f64) -> f64 {
  cf.br ^end(%x : f64)
^end(%y: f64):
  func.return %y : f64
}
func.func private @blocks_jvp(%x: f64, %t: f64) -> (f64, f64) {
  func.return %x, %t : f64, f64
}
