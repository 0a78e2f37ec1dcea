// RUN: letgrad-opt %s -verify-diagnostics=only-expected -split-input-file -allow-unregistered-dialect
// RUN: not letgrad-opt %s -verify-diagnostics=all -split-input-file 2>&1 | filecheck %s
// RUN: not letgrad-opt %s -verify-diagnostics -split-input-file 2>&1 | filecheck %s
// CHECK: unexpected error:

// expected-error@+2 {{is used but not defined}}
func.func @missing() -> f64 {
  return %x : f64
}

// -----

func.func @other() -> f64 {
  return %y : f64
}
