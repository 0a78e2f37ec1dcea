// RUN: letgrad-opt %s -p canonicalize,cse --check-semantics=3 | filecheck %s
// RUN: letgrad-opt %s -p canonicalize,cse --check-rules | filecheck %s
// RUN: letgrad-opt %s -p canonicalize --check-semantics 2>&1 >/dev/null | filecheck %s --check-prefix=SKIP

// That a pass which breaks a function is found is shown in tests/test_opt.py: no pass here does.

// CHECK-LABEL: func.func @kept
// CHECK-NEXT:    %[[r:.*]] = arith.addf %x, %x
// CHECK-NEXT:    return %[[r]]
func.func @kept(%x : tensor<2x3xf64>) -> tensor<2x3xf64> {
  %a = ten.transpose %x perm [1, 0] : tensor<2x3xf64> -> tensor<3x2xf64>
  %b = ten.transpose %a perm [1, 0] : tensor<3x2xf64> -> tensor<2x3xf64>
  %c = arith.addf %b, %x : tensor<2x3xf64>
  func.return %c : tensor<2x3xf64>
}

// SKIP: check_semantics.mlir:18:1: warning: the meaning of @external_call is not checked: @unknown has no body to run
func.func @external_call(%x : f64) -> f64 {
  %r = func.call @unknown(%x) : (f64) -> f64
  func.return %r : f64
}
func.func private @unknown(f64) -> f64
