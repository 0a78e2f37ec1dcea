// RUN: letgrad-opt %s -p canonicalize --trace-rules 2>&1 >/dev/null | filecheck %s
// RUN: letgrad-opt %s -p canonicalize,cse --pass-statistics 2>&1 >/dev/null | filecheck %s --check-prefix=COUNT
// RUN: letgrad-opt %s -p canonicalize,cse --timing 2>&1 >/dev/null | filecheck %s --check-prefix=TIME
// RUN: letgrad-opt %s -p canonicalize --timing --trace-rules --pass-statistics 2>/dev/null | filecheck %s --check-prefix=STDOUT

// Each firing is a line, at the op that the rule rewrote.

// CHECK:       trace_rules.mlir:24:8: trace: TransposeOfTranspose: ten.transpose -> ten.transpose
// COUNT:       rule firings:
// COUNT-NEXT:    canonicalize
// COUNT:           1  TransposeOfTranspose
// COUNT:         cse
// COUNT-NEXT:      - none
// TIME:        parse
// TIME:        verify
// TIME:        pass canonicalize
// TIME:        pass cse
// TIME:        print mlir
// TIME:        total
// STDOUT:      builtin.module {
// STDOUT-NEXT:   func.func @transposes
func.func @transposes(%x : tensor<2x3x5xf32>) -> tensor<5x3x2xf32> {
  %a = ten.transpose %x perm [2, 0, 1] : tensor<2x3x5xf32> -> tensor<5x2x3xf32>
  %b = ten.transpose %a perm [0, 2, 1] : tensor<5x2x3xf32> -> tensor<5x3x2xf32>
  func.return %b : tensor<5x3x2xf32>
}
