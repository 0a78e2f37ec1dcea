// RUN: not letgrad-opt %s -t llvm 2>&1 | filecheck %s --check-prefix=NONE

// NONE: error: there is no public function with a body
func.func private @hidden(%x: f64) -> f64 {
  func.return %x : f64
}
