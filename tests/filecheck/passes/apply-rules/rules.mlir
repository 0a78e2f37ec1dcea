// RUN: letgrad-opt %s -p 'apply-rules{file="%S/Inputs/rules.mlir"}' --check-rules | filecheck %s
// RUN: letgrad-opt %s -p 'apply-rules{file="%S/Inputs/rules.mlir"}' --trace-rules 2>&1 >/dev/null | filecheck %s --check-prefix=TRACE
// RUN: letgrad-opt %s -p 'apply-rules{file="%S/Inputs/rules.mlir" only=Twice}' --pass-statistics 2>&1 >/dev/null | filecheck %s --check-prefix=ONLY

// The rules are in Inputs/rules.mlir.

// ONLY:      apply-rules
// ONLY-NEXT:   2 Twice
// ONLY-NOT:    Neg

// TRACE-DAG: rules.mlir:{{[0-9]+}}:8: trace: NegOfNeg: arith.negf -> a block argument
// TRACE-DAG: rules.mlir:{{[0-9]+}}:8: trace: Twice: arith.mulf -> arith.addf

// CHECK-LABEL: func.func @scalars
// CHECK-NEXT:    func.return %x : f32
func.func @scalars(%x: f32) -> f32 {
  %a = arith.negf %x : f32
  %b = arith.negf %a : f32
  func.return %b : f32
}

// CHECK-LABEL: func.func @tensors_of_any_rank
// CHECK-NEXT:    func.return %x : tensor<2x7x0xf32>
func.func @tensors_of_any_rank(%x: tensor<2x7x0xf32>) -> tensor<2x7x0xf32> {
  %a = arith.negf %x : tensor<2x7x0xf32>
  %b = arith.negf %a : tensor<2x7x0xf32>
  func.return %b : tensor<2x7x0xf32>
}

// An op that another op uses stays.
// CHECK-LABEL: func.func @inner_op_with_another_use
// CHECK-NEXT:    %a = arith.negf %x
// CHECK-NEXT:    func.return %x, %a
func.func @inner_op_with_another_use(%x: f32) -> (f32, f32) {
  %a = arith.negf %x : f32
  %b = arith.negf %a : f32
  func.return %b, %a : f32, f32
}

// CHECK-LABEL: func.func @another_element_type_stays
// CHECK-COUNT-2: arith.negf
func.func @another_element_type_stays(%x: f64) -> f64 {
  %a = arith.negf %x : f64
  %b = arith.negf %a : f64
  func.return %b : f64
}

// Operands of commutative ops match in both orders, and a broadcast of a constant is one.
// CHECK-LABEL: func.func @constants
// CHECK-NEXT:    %p = arith.addf %x, %x : tensor<3xf64>
// CHECK-NEXT:    %q = arith.addf %p, %p : tensor<3xf64>
// CHECK-NEXT:    func.return %q
func.func @constants(%x: tensor<3xf64>) -> tensor<3xf64> {
  %c = arith.constant dense<2.0> : tensor<3xf64>
  %p = arith.mulf %x, %c : tensor<3xf64>
  %d = arith.constant 2.0 : f64
  %e = ten.broadcast %d dims [0] : f64 -> tensor<3xf64>
  %q = arith.mulf %e, %p : tensor<3xf64>
  func.return %q : tensor<3xf64>
}

// CHECK-LABEL: func.func @another_constant_stays
// CHECK:         arith.mulf
func.func @another_constant_stays(%x: f64) -> f64 {
  %c = arith.constant -2.0 : f64
  %p = arith.mulf %x, %c : f64
  func.return %p : f64
}

// CHECK-LABEL: func.func @sizes_are_variables
// CHECK-NEXT:    func.return %x, %y : tensor<2x4xf64>, tensor<6x6xf64>
func.func @sizes_are_variables(%x: tensor<2x4xf64>, %y: tensor<6x6xf64>) -> (tensor<2x4xf64>, tensor<6x6xf64>) {
  %a = ten.transpose %x perm [1, 0] : tensor<2x4xf64> -> tensor<4x2xf64>
  %b = ten.transpose %a perm [1, 0] : tensor<4x2xf64> -> tensor<2x4xf64>
  %c = ten.transpose %y perm [1, 0] : tensor<6x6xf64> -> tensor<6x6xf64>
  %d = ten.transpose %c perm [1, 0] : tensor<6x6xf64> -> tensor<6x6xf64>
  func.return %b, %d : tensor<2x4xf64>, tensor<6x6xf64>
}

// CHECK-LABEL: func.func @another_attribute_stays
// CHECK-COUNT-2: ten.transpose
func.func @another_attribute_stays(%x: tensor<2x2xf64>) -> tensor<2x2xf64> {
  %a = ten.transpose %x perm [0, 1] : tensor<2x2xf64> -> tensor<2x2xf64>
  %b = ten.transpose %a perm [1, 0] : tensor<2x2xf64> -> tensor<2x2xf64>
  func.return %b : tensor<2x2xf64>
}

// CHECK-LABEL: func.func @size_that_an_attribute_fixes
// CHECK-NEXT:    %b = ten.slice %y offsets [0] sizes [5]
// CHECK-NEXT:    func.return %x, %b
func.func @size_that_an_attribute_fixes(%x: tensor<4xf64>, %y: tensor<5xf64>) -> (tensor<4xf64>, tensor<5xf64>) {
  %a = ten.slice %x offsets [0] sizes [4] strides [1] : tensor<4xf64> -> tensor<4xf64>
  %b = ten.slice %y offsets [0] sizes [5] strides [1] : tensor<5xf64> -> tensor<5xf64>
  func.return %a, %b : tensor<4xf64>, tensor<5xf64>
}
