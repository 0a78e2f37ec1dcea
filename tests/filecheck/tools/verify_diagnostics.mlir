// RUN: letgrad-opt %s --verify-diagnostics --split-input-file | filecheck %s
// RUN: not letgrad-opt %S/Inputs/unmet_expectations.mlir --verify-diagnostics 2>&1 | filecheck %s --check-prefix=UNMET

// The expected errors come: the run succeeds, and prints the functions without errors.

// UNMET:      unmet_expectations.mlir:6:1: error: this is no expected-{{.*}} comment
// UNMET-NEXT: unmet_expectations.mlir:3:8: error: unexpected error: ten.transpose: perm [0, 0]
// UNMET-NEXT: unmet_expectations.mlir:1:4: error: expected warning "nobody says this" was not produced
// UNMET-NOT:  {{.}}

// CHECK-NOT: @parse_error
// CHECK:     @fine
// CHECK-NOT: @verify_error

func.func @parse_error() {
  // expected-error@below {{operation nosuch.op is not registered}}
  nosuch.op
  func.return
}

// -----

func.func @fine() { func.return }

// -----

func.func @verify_error(%x : tensor<2x3xf64>) {
  // expected-error-re@+1 {{ten.transpose: {{.*}}[0, 0]}}
  %y = ten.transpose %x perm [0, 0] : tensor<2x3xf64> -> tensor<2x2xf64>
  func.return
}

// -----

func.func @note() {
  // expected-error@+1 {{operand #0 of func.call does not dominate its use}}
  func.call @note(%x) : (f64) -> ()
  %x = arith.constant 1.0 : f64
  // expected-note@above {{it is defined here}}
  func.return
}

// -----

// An error that a parser raises in several parts is one sentence.
func.func @name_of_a_block() {
  cf.br ^bb
// expected-error@below {{Invalid Block name format `0`. Make sure}}
^0:
  func.return
}
