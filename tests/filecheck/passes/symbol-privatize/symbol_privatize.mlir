// RUN: letgrad-opt %s --symbol-privatize | filecheck %s --check-prefixes=CHECK,ALL
// RUN: letgrad-opt %s --symbol-privatize=exclude=kept_stays,other | filecheck %s --check-prefixes=CHECK,SOME

// CHECK: func.func private @public
func.func @public() { return }
// CHECK: func.func private @nested
func.func nested @nested() { return }
// ALL:  func.func private @kept_stays
// SOME: func.func @kept_stays
func.func @kept_stays() { return }
// CHECK: builtin.module @inner attributes {{.*}}sym_visibility = "private"
builtin.module @inner {
  // Symbols inside belong to the table of @inner.
  // CHECK: func.func @inside_stays
  func.func @inside_stays() { return }
}
