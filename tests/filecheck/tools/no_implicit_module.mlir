// RUN: letgrad-opt %s --no-implicit-module --allow-unregistered-dialect --split-input-file --verify-diagnostics | filecheck %s

// Aliases may stand before the module.
// CHECK:      builtin.module @one {
// CHECK-NEXT:   "test.op"() {map = affine_map<(d0) -> (d0)>} : () -> ()
#map = affine_map<(i) -> (i)>
builtin.module @one {
  "test.op"() {map = #map} : () -> ()
}

// -----

builtin.module @one {
}
// expected-error @below {{the program is one module; this op is outside}}
builtin.module @two {
}

// -----

// expected-error @below {{builtin.module operation expected}}
func.func @f() {
  func.return
}
