// RUN: letgrad-opt %s --symbol-dce | filecheck %s
// RUN: letgrad-opt %s -pass-pipeline="builtin.module(builtin.module(symbol-dce))" | filecheck %s --check-prefix=NESTED
// RUN: not letgrad-opt %s -pass-pipeline="builtin.module(func.func(symbol-dce))" 2>&1 | filecheck %s --check-prefix=FUNC

// FUNC: error: {{.*}}symbol-dce runs on ops that hold symbols, and func.func does not

// NESTED:      func.func private @dead
// CHECK-NOT:   @dead
func.func private @dead() {
  call @dead_too() : () -> ()
  return
}
func.func private @dead_too() {
  return
}
func.func private @dead_declaration(f64) -> f64
func.func nested @dead_nested() {
  return
}

// CHECK-LABEL: func.func private @called_stays
func.func private @called_stays() {
  return
}

// CHECK-LABEL: func.func @public_stays
func.func @public_stays() {
  call @called_stays() : () -> ()
  return
}

// A reference in an attribute, in a list.
// CHECK-LABEL: func.func private @named_stays
func.func private @named_stays() {
  return
}
// CHECK-LABEL: func.func @names
func.func @names() attributes {uses = [[@named_stays], {a = @inner::@named_inside_stays}]} {
  return
}

// CHECK-LABEL: builtin.module @inner
// CHECK-NOT:   @gone
// CHECK:         @named_inside_stays
// CHECK-NOT:   @gone
// NESTED-LABEL: builtin.module @inner
// NESTED-NOT:  @gone
builtin.module @inner {
  func.func private @gone() {
    return
  }
  func.func nested @named_inside_stays() {
    return
  }
}
