// RUN: letgrad-opt %s -p canonicalize,cse --print-ir-after-all 2>&1 >/dev/null | filecheck %s --check-prefix=ALL
// RUN: letgrad-opt %s -p canonicalize,cse --print-ir-before-all 2>&1 >/dev/null | filecheck %s --check-prefix=BEFORE
// RUN: letgrad-opt %s -p canonicalize,cse --print-ir-after-change 2>&1 >/dev/null | filecheck %s --check-prefix=CHANGE
// RUN: letgrad-opt %s -p canonicalize,cse --print-ir-after-all 2>/dev/null | filecheck %s --check-prefix=STDOUT
// RUN: rm -rf %t.d
// RUN: letgrad-opt %s -p canonicalize,cse --print-ir-tree-dir=%t.d | filecheck %s --check-prefix=STDOUT
// RUN: cat %t.d/0_input.mlir | filecheck %s --check-prefix=INPUT
// RUN: cat %t.d/1_canonicalize.mlir | filecheck %s --check-prefix=OUTPUT
// RUN: cat %t.d/2_cse.mlir | filecheck %s --check-prefix=OUTPUT

// Here canonicalize removes what is dead, and cse finds nothing.

// ALL:         IR Dump After Canonicalizer (canonicalize)
// ALL-NOT:     arith.mulf
// ALL:         IR Dump After CSE (cse)
// ALL-NOT:     arith.mulf
// BEFORE:      IR Dump Before Canonicalizer (canonicalize)
// BEFORE:      arith.mulf
// BEFORE:      IR Dump Before CSE (cse)
// BEFORE-NOT:  arith.mulf
// CHANGE:      IR Dump After Canonicalizer (canonicalize)
// CHANGE-NOT:  IR Dump After CSE
// STDOUT-NOT:  IR Dump
// STDOUT:      func.func @dead
// STDOUT-NOT:  IR Dump
// INPUT:       arith.mulf
// OUTPUT-NOT:  arith.mulf
// OUTPUT:      func.func @dead
// OUTPUT-NEXT: return
func.func @dead(%x : f64) -> f64 {
  %dead = arith.mulf %x, %x : f64
  func.return %x : f64
}
