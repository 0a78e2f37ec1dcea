// RUN: not letgrad-opt %s --run-reproducer 2>&1 | filecheck %s --check-prefix=NONE
// RUN: letgrad-opt %S/Inputs/reproducer.mlir --run-reproducer | filecheck %s

// That a failing pass writes one is shown in tests/test_opt.py.

// NONE:  reproducer.mlir:1:1: error: this is no reproducer: its first line does not start with '// letgrad-opt reproducer:'
// CHECK: @from_reproducer
// CHECK-NEXT: return
